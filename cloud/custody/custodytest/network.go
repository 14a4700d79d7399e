package custodytest

import (
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// Network draws what happens in a small network: two tanks that feed one line of two segments, and two streams, with what is
// deducted, processed and split on the way. Most events fit the books when they are applied in order; some do not, and are to be
// refused.
func Network(t *rapid.T) []Step {
	w := &network{t: t, books: custody.NewLedger()}
	w.declare()
	for range rapid.IntRange(20, 120).Draw(t, "events") {
		w.next()
	}
	return w.steps
}

type network struct {
	t       *rapid.T
	books   *custody.Ledger // what was accepted so far: it makes plausible events possible
	steps   []Step
	records uint64
}

const sources = 4

func (w *network) declare() {
	for i := range 2 {
		e := w.event(Terminal)
		e.Pool = &custody.Pool{ID: tankName(i), Kind: custody.Tank, Basis: quantity.Metric, Keeper: Terminal, Owner: Shipper, Method: custody.Average}
		w.state(e, nil)
	}
	e := w.event(CarrierCA)
	e.Pool = &custody.Pool{
		ID: LineName, Kind: custody.Line, Basis: quantity.Metric, Keeper: CarrierCA, Method: custody.FIFO, Segments: []custody.Segment{
			{To: Border, Custodian: CarrierCA, Fill: 1e9, Rate: 1e6}, {To: Patoka, Custodian: CarrierUS, Fill: 1e9, Rate: 1e6},
		},
	}
	w.state(e, nil)
	for i := range sources {
		e := w.event(Terminal)
		e.Source = &custody.Source{
			ID: sourceName(i), Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Unproven,
		}
		if i%2 == 1 {
			e.Source.Role = custody.Diluent
		}
		w.state(e, nil)
	}
	w.declareStreams()
}

func tankName(i int) string   { return fmt.Sprintf("T-%d", i) }
func sourceName(i int) string { return fmt.Sprintf("S-%d", i) }

// event returns the frame of the next event.
func (w *network) event(by string) custody.Event {
	n := len(w.steps)
	return event(fmt.Sprintf("e-%03d", n), by, At(1, 0, n))
}

func (w *network) state(e custody.Event, m *Metering) {
	s := Step{Event: e}
	if m != nil {
		w.records += 10
		m.ID, m.Point, m.First, m.Last = "TK-"+e.ID, "M-1", w.records, w.records+9
		m.Open, m.Close, m.At = e.At, e.At, e.At
		s = Cite(e, m.Ticket())
	}
	w.steps = append(w.steps, s)
	_ = w.books.Apply(s.Event, s.Ticket) // a refused event is one of those that the test wants to see refused
}

func (w *network) next() {
	switch rapid.IntRange(0, 4).Draw(w.t, "where") {
	case 0:
		w.streaming()
		return
	case 1:
		w.working()
		return
	}
	tank := tankName(rapid.IntRange(0, 1).Draw(w.t, "tank"))
	switch rapid.SampledFrom([]custody.Kind{
		custody.KindOpening, custody.KindReceipt, custody.KindReceipt, custody.KindReceipt, custody.KindBlend, custody.KindBlend,
		custody.KindGauging, custody.KindTransfer, custody.KindTransfer, custody.KindCheck, custody.KindCheck, custody.KindCheck, custody.KindAllowance,
	}).Draw(w.t, "kind") {
	case custody.KindOpening:
		e := w.event(Terminal)
		e.Opening = &custody.Opening{Pool: tank, Basis: quantity.Metric, Density: 900e6}
		for i := range rapid.IntRange(1, sources).Draw(w.t, "components") {
			c := custody.Component{Source: sourceName(i), Book: w.volume("book"), Input: w.volume("input")}
			e.Opening.Components = append(e.Opening.Components, c)
		}
		w.state(e, nil)
	case custody.KindReceipt:
		w.receipt(tank)
	case custody.KindBlend:
		w.blend(tank)
	case custody.KindGauging:
		e := w.event(Terminal)
		e.Gauging = &custody.Gauging{Pool: tank, Volume: w.near(tank), Basis: quantity.Metric}
		w.state(e, nil)
	case custody.KindTransfer:
		e := w.event(Terminal)
		e.Transfer = &custody.Transfer{Tank: tank, Line: LineName, Batch: "B-" + e.ID, Empties: rapid.Bool().Draw(w.t, "empties")}
		if rapid.IntRange(0, 2).Draw(w.t, "out of a stream") == 0 {
			s, shipper := w.aStream(), w.aShipper()
			e.Transfer.Tank, e.Transfer.Empties, e.Transfer.Shipper = s, false, shipper
			w.state(e, &Metering{Batch: e.Transfer.Batch, From: Terminal, To: CarrierCA, Basis: quantity.Metric, GSV: w.nearPosition(s, shipper), Density: 900e6})
			return
		}
		w.state(e, &Metering{Batch: e.Transfer.Batch, From: Terminal, To: CarrierCA, Basis: quantity.Metric, GSV: w.near(tank), Density: 900e6})
	case custody.KindCheck:
		w.travel()
	case custody.KindAllowance:
		if all := w.books.Batches(); len(all) > 0 {
			e := w.event(CarrierCA)
			e.Allowance = &custody.Allowance{Batch: rapid.SampledFrom(all).Draw(w.t, "batch"), Percent: Factor("0.10")}
			w.state(e, nil)
		}
	}
}

// volume draws anything from a single micro-unit up.
func (w *network) volume(label string) quantity.Micro {
	return quantity.Micro(rapid.Int64Range(1, 20_000_000_000).Draw(w.t, label))
}

// near draws a volume about as large as what a tank holds, or part of it.
func (w *network) near(tank string) quantity.Micro {
	p, err := w.books.Pool(tank)
	if err != nil {
		w.t.Fatal(err)
	}
	return 1 + quantity.Micro(rapid.Int64Range(0, int64(p.Volume)/100*101).Draw(w.t, "near"))
}

func (w *network) receipt(tank string) {
	e := w.event(Terminal)
	i := rapid.IntRange(0, sources-1).Draw(w.t, "source")
	density := quantity.Micro(rapid.Int64Range(850e6, 1_050e6).Draw(w.t, "heavy"))
	if i%2 == 1 {
		density = quantity.Micro(rapid.Int64Range(650e6, 830e6).Draw(w.t, "light"))
	}
	e.Receipt = &custody.Receipt{Pool: tank, Source: sourceName(i)}
	volume := w.volume("received")
	if rapid.Bool().Draw(w.t, "metered") {
		w.state(e, &Metering{From: Whitemud, To: Terminal, Basis: quantity.Metric, GSV: volume, Density: density})
		return
	}
	e.Receipt.Stated = &custody.Stated{Volume: volume, Basis: quantity.Metric, Density: density}
	if rapid.Bool().Draw(w.t, "paper") {
		e.Paper = &record.Hash{1}
	}
	w.state(e, nil)
}

// blend names all receipts that wait in the tank.
func (w *network) blend(tank string) {
	p, err := w.books.Pool(tank)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(p.Unblended) == 0 {
		w.receipt(tank)
		return
	}
	e := w.event(Terminal)
	e.Blend = &custody.Blend{Pool: tank}
	for _, r := range p.Unblended {
		e.Blend.Receipts = append(e.Blend.Receipts, r.Event)
	}
	if e.Blend.Work = w.work("direct blending", "blending of what is there"); e.Blend.Work != nil {
		e.Blend.Heading = "271019"
	}
	w.state(e, nil)
}

// travel moves a batch on: its check and handover at the border, or its delivery.
func (w *network) travel() {
	all := w.books.Batches()
	if len(all) == 0 {
		return
	}
	b, err := w.books.Batch(rapid.SampledFrom(all).Draw(w.t, "batch"))
	if err != nil {
		w.t.Fatal(err)
	}
	if b.Line != LineName {
		return
	}
	found := 1 + quantity.Micro(rapid.Int64Range(int64(b.Volume)/100*98, int64(b.Volume)/100*102).Draw(w.t, "found"))
	m := &Metering{Batch: b.Batch, Basis: quantity.Metric, GSV: found, Density: 900e6}
	if b.Custodian == CarrierCA {
		m.From, m.To = CarrierCA, CarrierUS
		e := w.event(CarrierCA)
		e.Check = &custody.Check{Batch: b.Batch}
		w.state(e, m)
		e = w.event(CarrierCA)
		e.Handover = &custody.Handover{Batch: b.Batch, From: CarrierCA, To: CarrierUS}
		w.state(e, nil)
		return
	}
	m.From, m.To = CarrierUS, Buyer
	e := w.event(CarrierUS)
	e.Delivery = &custody.Delivery{Batch: b.Batch, To: Buyer}
	w.state(e, m)
}
