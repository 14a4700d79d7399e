package custody_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// mmbtu is what these streams of gas are kept in.
var mmbtu = quantity.Basis{Unit: quantity.MMBtu}

// newGas opens two streams of gas of the carrier, and one of crude, with three wells.
func newGas(t *testing.T) *desk {
	d := &desk{t: t, Ledger: custody.NewLedger()}
	for _, p := range []custody.Pool{{ID: "GAS", Basis: mmbtu}, {ID: "HUB", Basis: mmbtu}, {ID: "OIL", Basis: quantity.Metric}} {
		p.Kind, p.Keeper, p.Method = custody.Stream, carrier, custody.Average
		d.state(carrier, func(e *custody.Event) { e.Pool = &p })
	}
	for _, id := range []string{"well-1", "well-2", "well-3"} {
		d.state(carrier, func(e *custody.Event) { e.Source = well(id) })
	}
	return d
}

func well(id string) *custody.Source {
	return &custody.Source{
		ID: id, Description: "natural gas", Heading: "2711", Country: "CA", Role: custody.Material, Originating: custody.Originating, WhollyObtained: true,
		Capacity: &custody.Capacity{Volume: custodytest.Units("90000"), Basis: mmbtu},
	}
}

func flows(stream, source, shipper, energy string) func(e *custody.Event) {
	return func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: stream, Source: source, Shipper: shipper, Stated: &custody.Stated{Volume: custodytest.Units(energy), Basis: mmbtu}}
	}
}

// TestGasMonth: a stream is kept by energy from the receipts to a lot, with all that happens to a stream, and no mass anywhere.
func TestGasMonth(t *testing.T) {
	d := newGas(t)
	first := d.state(carrier, flows("GAS", "well-1", alpha, "60000"))
	d.state(carrier, flows("GAS", "well-2", beta, "30000"))
	d.state(carrier, flows("GAS", "well-3", beta, "10000"))
	d.state(carrier, flows("HUB", "well-3", gamma, "5000"))
	d.state(carrier, func(e *custody.Event) {
		e.Allowance = &custody.Allowance{Receipt: first, Percent: custodytest.Factor("0.50")} // fuel in kind
	})
	d.state(carrier, func(e *custody.Event) {
		e.Deduction = &custody.Deduction{Pool: "GAS", Shipper: carrier, Cause: custody.Fuel, Volume: custodytest.Units("200"), Basis: mmbtu}
	})
	d.state(beta, func(e *custody.Event) {
		e.Title = &custody.Title{Pool: "GAS", From: beta, To: alpha, Volume: custodytest.Units("5000")}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Exchange = &custody.Exchange{Party: beta, Other: gamma, Pool: "GAS", ForPool: "HUB", Volume: custodytest.Units("1000")}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{Pool: "GAS", Shipper: beta, ToPool: "HUB", ToShipper: beta, Stated: &custody.Bulk{Volume: custodytest.Units("800"), Basis: mmbtu}}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{Pool: "GAS", Shipper: alpha, To: alpha, Lot: "G-1", Place: "3409", Stated: &custody.Bulk{
			Volume: custodytest.Units("40000"), Basis: mmbtu, Also: &custody.Amount{Quantity: custodytest.Units("1075000"), Basis: quantity.Metric},
		}}
	})
	d.positions("GAS", "alpha 24700", "beta 33200", "gamma 1000", "gateway-llc 100")
	d.positions("HUB", "beta 1800", "gamma 4000")
	d.state(carrier, func(e *custody.Event) {
		e.Gauging = &custody.Gauging{Pool: "GAS", Volume: custodytest.Units("58000"), Basis: mmbtu}
	})
	p, err := d.Pool("GAS")
	fine(t, err)
	same(t, "closing", p.Volume.String(), "58000")
	lot, err := d.Batch("G-1")
	fine(t, err)
	if lot.Legs[0].Stated.Also.Quantity != custodytest.Units("1075000") || lot.Density != 0 || lot.Legs[0].Density != 0 {
		t.Errorf("lot is %+v", lot)
	}
	weightless(t, d.Ledger)

	book := lineage.New()
	fine(t, book.Apply(d.Movements(0)...))
	made, err := book.Lot("G-1")
	fine(t, err)
	// 99,800 MMBtu of the wells in proportion, after fuel; the store into the other stream took of each alike.
	text := fmt.Sprint(made.Volume, " ", made.Basis)
	for _, s := range made.Shares {
		text += fmt.Sprint(", ", s.Source, " ", s.Book, " of ", s.Input)
	}
	same(t, "lot", text, "40000 MMBtu, well-1 24000 of 24000, well-2 12000 of 12000, well-3 4000 of 4000")
	trail, err := book.Chart().Back(math.MaxInt64, "G-1")
	fine(t, err)
	if len(trail.Parts) != 3 || trail.Parts[0].Share != custodytest.Units("24000") {
		t.Errorf("trail is %+v", trail.Parts)
	}
}

// weightless holds the movements of gas to having no mass, and each to a volume.
func weightless(t rapid.TB, l *custody.Ledger) {
	t.Helper()
	for _, m := range l.Movements(0) {
		if m.Basis == mmbtu && (m.Mass != 0 || m.Volume <= 0) {
			t.Errorf("%s has a mass, or no energy", m)
		}
	}
}

// TestGasStatement: the carrier's month of a stream kept by energy is compared with the books, and attests what it confirms.
func TestGasStatement(t *testing.T) {
	d := newGas(t)
	d.state(carrier, flows("GAS", "well-1", alpha, "60000"))
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{Pool: "GAS", Shipper: alpha, To: alpha, Lot: "G-1", Place: "3409", Stated: &custody.Bulk{Volume: custodytest.Units("40000"), Basis: mmbtu}}
	})
	d.day = 40
	id := d.state(carrier, func(e *custody.Event) {
		e.Statement = &custody.MonthlyStatement{
			Carrier: carrier, Pool: "GAS", Month: "2024-03", From: 1, Until: april, Basis: mmbtu,
			Lines: []custody.StatementLine{{
				Shipper: alpha, Receipts: custodytest.Units("60000"), Deliveries: custodytest.Units("40000"), Closing: custodytest.Units("20000"),
			}},
		}
	})
	events, tickets := papers(d.steps)
	again, err := custody.Fold(events, tickets, math.MaxInt64)
	fine(t, err)
	lot, err := again.Batch("G-1")
	fine(t, err)
	if g := lot.Legs[0]; g.Evidence != custody.Attested || g.Statement != id {
		t.Errorf("the lot is %s by %q, want attested by %s", g.Evidence, g.Statement, id)
	}
	weightless(t, again)
	c, err := again.Closing("GAS", "2024-03", april)
	fine(t, err)
	if c.Volume != custodytest.Units("20000") || c.Mass != 0 {
		t.Errorf("the month closes with %+v", c)
	}
	fine(t, again.Apply(custody.Event{Version: custody.Version, ID: "close", By: carrier, At: custodytest.At(41, 1, 0), Close: &c}, nil))
	fine(t, again.Check())
}

// TestGasRefusals: what can't be kept by energy, and what does not go together.
func TestGasRefusals(t *testing.T) {
	d := newGas(t)
	d.state(carrier, flows("GAS", "well-1", alpha, "100"))
	bulk := func(b custody.Bulk) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{Pool: "GAS", Shipper: alpha, To: beta, Lot: "G-9", Place: "3409", Stated: &b}
		}
	}
	stated := func(s custody.Stated) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: "GAS", Source: "well-1", Shipper: alpha, Stated: &s}
		}
	}
	sale := func(price *quantity.Factor, unit quantity.Unit) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Sale = &custody.Sale{Batch: "G-1", Seller: alpha, Buyer: beta, Price: price, Unit: unit}
		}
	}
	price, sw := quantity.F(25, 1), quantity.F(1, 1)
	volume := &custody.Amount{Quantity: 1, Basis: quantity.Metric}
	for _, tc := range []struct {
		reason, by string
		fill       func(e *custody.Event)
	}{
		{"what is kept by energy is commingled, so declare a stream", carrier, func(e *custody.Event) {
			e.Pool = &custody.Pool{ID: "T", Kind: custody.Tank, Basis: mmbtu, Keeper: carrier, Owner: alpha, Method: custody.Average}
		}},
		{"has no reference conditions", carrier, func(e *custody.Event) {
			e.Pool = &custody.Pool{ID: "T", Kind: custody.Stream, Basis: quantity.Basis{Unit: quantity.MMBtu, Reference: quantity.At15C}, Keeper: carrier, Method: custody.Average}
		}},
		{"energy has none", carrier, stated(custody.Stated{Volume: 1, Basis: mmbtu, Density: 1})},
		{"a volume has a positive one", carrier, stated(custody.Stated{Volume: 1, Basis: quantity.Metric})},
		{"state it so", carrier, stated(custody.Stated{Volume: 1, Basis: quantity.Basis{Unit: quantity.Gigajoule}})},
		{"state it so", carrier, bulk(custody.Bulk{Volume: 1, Basis: quantity.Metric})},
		{"other measure of the same gas", carrier, bulk(custody.Bulk{Volume: 1, Basis: mmbtu, Also: &custody.Amount{Quantity: 1, Basis: mmbtu}})},
		{"other measure of the same gas", carrier, bulk(custody.Bulk{Volume: 1, Basis: mmbtu, Also: &custody.Amount{Basis: quantity.Metric}})},
		{"also: volume in m3 needs reference conditions", carrier, bulk(custody.Bulk{Volume: 1, Basis: mmbtu, Also: &custody.Amount{Quantity: 1, Basis: quantity.Basis{Unit: "m3"}}})},
		{"are of oil", carrier, bulk(custody.Bulk{Volume: 1, Basis: mmbtu, SW: &sw, Also: volume})},
		{"are of oil", carrier, bulk(custody.Bulk{Volume: 1, Basis: mmbtu, Commodity: "crude", Also: volume})},
		{"as energy has none", carrier, func(e *custody.Event) {
			e.Deduction = &custody.Deduction{Pool: "GAS", Cause: custody.Flare, Volume: 1, Basis: mmbtu, Density: 1}
		}},
		{"OIL in m3 at 15C: declare both in one basis", carrier, func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{Pool: "GAS", Shipper: alpha, ToPool: "OIL", ToShipper: alpha, Stated: &custody.Bulk{Volume: 1, Basis: mmbtu}}
		}},
		{"state it so", carrier, func(e *custody.Event) {
			e.Process = &custody.Process{Kind: custody.Refine, Basis: quantity.Metric, Draws: []custody.Draw{{Pool: "GAS", Shipper: alpha, Volume: 1}},
				Outputs: []custody.Output{{Pool: "OIL", Shipper: alpha, Product: "x", Volume: 1, Density: 1}}}
		}},
		{"is none of m3, MMBtu and GJ beside a price", alpha, sale(&price, quantity.Barrel)},
		{"is none of m3, MMBtu and GJ beside a price", alpha, sale(nil, quantity.MMBtu)},
	} {
		d.reject(tc.reason, tc.by, tc.fill)
	}
	metering := custodytest.Metering{From: carrier, To: carrier, GSV: custodytest.Units("1")}
	d.refuse("a ticket measures the volume of a liquid: state the energy", d.metered(carrier, metering, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "GAS", Source: "well-1", Shipper: alpha}
	}))
}

// TestGasIsConserved: whatever happens to streams kept by energy, nothing comes from nowhere and nothing weighs anything; what lots are
// made of adds up to them, and what is left of each well is in the streams.
func TestGasIsConserved(t *testing.T) {
	shippers, streams := []string{alpha, beta, gamma}, []string{"GAS", "HUB"}
	rapid.Check(t, func(rt *rapid.T) {
		d := newGas(t)
		who := func(what string) string { return rapid.SampledFrom(shippers).Draw(rt, what) }
		stream := func(what string) string { return rapid.SampledFrom(streams).Draw(rt, what) }
		some := func() quantity.Micro {
			return quantity.Micro(rapid.Int64Range(1, 50_000*quantity.PerUnit).Draw(rt, "energy"))
		}
		var in quantity.Micro
		for range rapid.IntRange(1, 30).Draw(rt, "events") {
			e := d.next(carrier, func(e *custody.Event) {})
			bulk := &custody.Bulk{Volume: some(), Basis: mmbtu}
			switch rapid.IntRange(0, 7).Draw(rt, "kind") {
			case 0, 1, 2:
				e.Receipt = &custody.Receipt{Pool: stream("into"), Source: rapid.SampledFrom([]string{"well-1", "well-2", "well-3"}).Draw(rt, "well"), Shipper: who("shipper"),
					Stated: &custody.Stated{Volume: some(), Basis: mmbtu}}
			case 3:
				e.Withdrawal = &custody.Withdrawal{Pool: stream("from"), Shipper: who("shipper"), ToPool: stream("to"), ToShipper: who("to"), Stated: bulk}
			case 4:
				e.Withdrawal = &custody.Withdrawal{Pool: stream("from"), Shipper: who("shipper"), To: gamma, Lot: "L-" + e.ID, Place: "3409", Stated: bulk}
			case 5:
				e.Title = &custody.Title{Pool: stream("in"), From: who("from"), To: who("to"), Volume: some()}
			case 6:
				e.Deduction = &custody.Deduction{Pool: stream("from"), Cause: custody.Fuel, Volume: some(), Basis: mmbtu}
			case 7:
				e.Gauging = &custody.Gauging{Pool: stream("of"), Volume: some(), Basis: mmbtu}
			}
			switch err := d.Apply(e, nil); {
			case errors.Is(err, custody.ErrInvariant):
				rt.Fatal(err)
			case err == nil:
				d.n++
				fine(rt, d.Check())
				if e.Receipt != nil {
					in += e.Receipt.Stated.Volume
				}
			}
		}
		weightless(rt, d.Ledger)
		book := lineage.New()
		fine(rt, book.Apply(d.Movements(0)...))
		var held, gained quantity.Micro
		for _, id := range streams {
			p, err := d.PoolBalance(id, 0, math.MaxInt64)
			fine(rt, err)
			held, gained = held+p.Closing.Volume, gained+p.GainLoss
			var shares quantity.Micro
			for _, s := range book.Shares(custody.PoolAccount(id)) {
				shares += s.Book
			}
			if shares != p.Closing.Volume || p.Closing.Mass != 0 {
				rt.Fatalf("stream %s holds %+v, by well %s", id, p.Closing, shares)
			}
		}
		for _, m := range d.Movements(0) {
			if m.Effect == custody.Burnt || m.Effect == custody.Withdrawn {
				held += m.Volume
			}
		}
		if held != in+gained {
			rt.Fatalf("%s MMBtu came in and %s were found, %s are there, delivered or burnt", in, gained, held)
		}
		for _, id := range d.Batches() {
			lot, err := book.Lot(id)
			fine(rt, err)
			b, err := d.Batch(id)
			fine(rt, err)
			if lot.Volume != b.Volume || lot.Basis != mmbtu {
				rt.Fatalf("lot %s is %s, made of %s %s", id, b.Volume, lot.Volume, lot.Basis)
			}
		}
	})
}

// TestGasBesideATicket: a carrier's ticket is of a liquid, so that no energy stands beside what it measured.
func TestGasBesideATicket(t *testing.T) {
	p := custody.Paper{
		Hash: record.Hash{7}, Number: "4711", Carrier: carrier, From: carrier, To: beta, Batch: "L-1", Point: "M-9", Open: custodytest.At(1, 0, 1),
		Close: custodytest.At(1, 0, 2), At: custodytest.At(1, 0, 2), Basis: quantity.Metric, Commodity: "crude", GSV: custodytest.Units("10"),
		Density: custodytest.Units("850"),
	}
	d := &desk{t: t, Ledger: custody.NewLedger(p)}
	d.state(carrier, func(e *custody.Event) {
		e.Pool = &custody.Pool{ID: "LSB", Kind: custody.Stream, Basis: quantity.Metric, Keeper: carrier, Method: custody.Average}
	})
	d.state(carrier, func(e *custody.Event) { e.Source = well("field") })
	d.ship("LSB", "field", carrier, "100")
	bulk := custody.Bulk{Volume: p.GSV, Basis: quantity.Metric, Also: &custody.Amount{Quantity: custodytest.Units("400"), Basis: mmbtu}}
	lot := func(e *custody.Event) {
		e.Paper = &p.Hash
		e.Withdrawal = &custody.Withdrawal{Pool: "LSB", Shipper: carrier, To: beta, Lot: "L-1", Place: "3407", Stated: &bulk}
	}
	d.reject("measures a liquid: leave also out", carrier, lot)
	bulk.Also = nil
	d.state(carrier, lot)
}
