package custodytest

import (
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

func streamName(i int) string { return fmt.Sprintf("ST-%d", i) }

// shippers of the streams; the terminal keeps them, and ships the line fill.
var shippers = []string{Shipper, Buyer, Terminal}

func (w *network) declareStreams() {
	for i := range 2 {
		e := w.event(Terminal)
		e.Pool = &custody.Pool{ID: streamName(i), Kind: custody.Stream, Basis: quantity.Metric, Keeper: Terminal, Method: custody.Average}
		w.state(e, nil)
	}
	e := w.event(Terminal)
	e.Inventory = &custody.Inventory{
		Pool: streamName(0), Year: "2025-01", UTCOffset: -420, Of: custody.FungibleGoods, Method: custody.Average, Period: custody.ByMonth,
		Opening: custody.LatestReceipts, Decimals: new(uint64),
	}
	w.state(e, nil)
}

func (w *network) aStream() string  { return streamName(rapid.IntRange(0, 1).Draw(w.t, "stream")) }
func (w *network) aShipper() string { return rapid.SampledFrom(shippers).Draw(w.t, "shipper") }

// nearPosition draws a volume about as large as a shipper's position, or part of it.
func (w *network) nearPosition(stream, shipper string) quantity.Micro {
	p, err := w.books.Pool(stream)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, at := range p.Positions {
		if at.Shipper == shipper {
			return 1 + quantity.Micro(rapid.Int64Range(0, int64(at.Volume)/100*101).Draw(w.t, "near"))
		}
	}
	return 1
}

// streaming draws an event about a stream.
func (w *network) streaming() {
	s, shipper := w.aStream(), w.aShipper()
	switch e := w.event(Terminal); rapid.SampledFrom([]custody.Kind{
		custody.KindReceipt, custody.KindReceipt, custody.KindWithdrawal, custody.KindWithdrawal, custody.KindTitle, custody.KindExchange,
		custody.KindAllowance, custody.KindGauging,
	}).Draw(w.t, "kind in the stream") {
	case custody.KindReceipt:
		if b, some := w.onTheWay(); some && b.Delivered {
			e.Receipt = &custody.Receipt{Pool: s, Shipper: shipper, Batch: b.Batch}
			if rapid.Bool().Draw(w.t, "into a tank") {
				e.Receipt.Pool, e.Receipt.Shipper = tankName(rapid.IntRange(0, 1).Draw(w.t, "tank")), ""
			}
			w.state(e, nil)
			return
		}
		e.Receipt = &custody.Receipt{Pool: s, Source: sourceName(rapid.IntRange(0, sources-1).Draw(w.t, "source")), Shipper: shipper}
		if rapid.Bool().Draw(w.t, "metered") {
			w.state(e, &Metering{From: Whitemud, To: Terminal, Basis: quantity.Metric, GSV: w.volume("received"), Density: 900e6})
			return
		}
		e.Receipt.Stated = &custody.Stated{Volume: w.volume("received"), Basis: quantity.Metric, Density: 870e6}
		w.state(e, nil)
	case custody.KindWithdrawal:
		w.withdraw(e, s, shipper)
	case custody.KindTitle:
		e.Title = &custody.Title{Pool: s, From: shipper, To: w.aShipper(), Volume: w.nearPosition(s, shipper)}
		w.state(e, nil)
	case custody.KindExchange:
		e.Exchange = &custody.Exchange{
			Party: shipper, Other: w.aShipper(), Pool: s, ForPool: w.aStream(), Volume: w.nearPosition(s, shipper),
		}
		w.state(e, nil)
	case custody.KindAllowance:
		for _, before := range w.steps {
			if r := before.Event.Receipt; r != nil && r.Shipper != "" {
				e.Allowance = &custody.Allowance{Receipt: before.Event.ID, Percent: Factor("0.20")}
			}
		}
		if e.Allowance != nil {
			w.state(e, nil)
		}
	case custody.KindGauging:
		p, err := w.books.Pool(s)
		if err != nil {
			w.t.Fatal(err)
		}
		off := rapid.Int64Range(int64(p.Volume)/100*50, int64(p.Volume)/100*102).Draw(w.t, "gauged")
		e.Gauging = &custody.Gauging{Pool: s, Volume: 1 + quantity.Micro(off), Basis: quantity.Metric}
		w.state(e, nil)
	}
}

// withdraw takes oil out of a stream or a tank, as a lot or into another.
func (w *network) withdraw(e custody.Event, stream, shipper string) {
	d := &custody.Withdrawal{Pool: stream, Shipper: shipper}
	volume := w.nearPosition(stream, shipper)
	if rapid.Bool().Draw(w.t, "from a tank") {
		d.Pool, d.Shipper = tankName(rapid.IntRange(0, 1).Draw(w.t, "tank")), ""
		volume = w.near(d.Pool)
	}
	e.Withdrawal = d
	if rapid.Bool().Draw(w.t, "store") {
		d.ToPool = tankName(rapid.IntRange(0, 1).Draw(w.t, "to tank"))
		if rapid.Bool().Draw(w.t, "to a stream") {
			d.ToPool, d.ToShipper = w.aStream(), w.aShipper()
		}
		d.Stated = &custody.Bulk{Volume: volume, Basis: quantity.Metric}
		w.state(e, nil)
		return
	}
	d.To, d.Lot, d.Place = rapid.SampledFrom([]string{Buyer, Terminal}).Draw(w.t, "to"), "L-"+e.ID, Patoka
	w.state(e, &Metering{Batch: d.Lot, From: Terminal, To: d.To, Basis: quantity.Metric, GSV: volume, Density: 900e6})
}
