package custody_test

import (
	"math"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// rests returns what a receipt rests on when a month is over and somebody has stated it.
func (d *desk) rests(receipt, by string, s custody.MonthlyStatement) string {
	d.t.Helper()
	s.Month, s.From, s.Until, s.Basis = "2024-03", 1, april, quantity.Metric
	events, tickets := papers(d.steps)
	events = append(events, custody.Event{Version: custody.Version, ID: "stated", By: by, At: april + 1, Statement: &s})
	l, err := custody.Fold(events, tickets, math.MaxInt64)
	fine(d.t, err)
	fine(d.t, l.Check())
	before, err := custody.Fold(events, tickets, april)
	fine(d.t, err)
	if r, err := before.Receipt(receipt); err != nil || r.Statement != "" {
		d.t.Errorf("before the month was stated receipt %s rests on %+v, %v", receipt, r, err)
	}
	r, err := l.Receipt(receipt)
	fine(d.t, err)
	for _, m := range l.Movements(0) {
		if m.Event == receipt && (m.Evidence != r.Evidence || m.Statement != r.Statement) {
			d.t.Errorf("receipt %s is %s by %s, its movement %s by %s", receipt, r.Evidence, r.Statement, m.Evidence, m.Statement)
		}
	}
	return string(r.Evidence) + " " + r.Statement
}

// TestAttestedHere: a typed receipt into a stream is attested where the carrier's own statement has the shipper's whole line as the
// books have it, to the last digit.
func TestAttestedHere(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	typed := d.ship("LSB", "field", alpha, "500")
	paper := d.state(carrier, func(e *custody.Event) {
		e.Paper = &record.Hash{1}
		e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: alpha, Stated: &custody.Stated{Volume: 7e6, Basis: quantity.Metric, Density: 850e6}}
	})
	metered := d.measure(carrier, custodytest.Metering{From: alpha, To: carrier, GSV: 9e6}, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: alpha}
	})
	lot := d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "LSB", Shipper: alpha, To: alpha, Lot: "L-1", Place: "Clearbrook", Stated: &custody.Bulk{Volume: 300e6, Basis: quantity.Metric},
		}
	})
	books, err := d.PoolBalance("LSB", 1, april)
	fine(t, err)
	line := func(change func(l *custody.StatementLine)) custody.MonthlyStatement {
		lines := append([]custody.StatementLine(nil), books.Positions...)
		for i := range lines {
			if lines[i].Shipper == alpha {
				change(&lines[i])
			}
		}
		return custody.MonthlyStatement{Carrier: carrier, Pool: "LSB", Lines: lines}
	}
	agreeing := line(func(*custody.StatementLine) {})
	for _, tt := range []struct {
		name, receipt, by string
		s                 custody.MonthlyStatement
		want              string
	}{
		{"by the carrier", typed, carrier, agreeing, "attested stated"},
		{"by a shipper alone", typed, alpha, agreeing, "typed "},
		{"on a paper already", paper, carrier, agreeing, "attested "},
		{"metered", metered, carrier, agreeing, "signed "},
		{"a millionth more", typed, carrier, line(func(l *custody.StatementLine) { l.Receipts++; l.Closing++ }), "typed "},
		{"a line that does not add up", typed, carrier, line(func(l *custody.StatementLine) { l.Closing++ }), "typed "},
		{"another figure of the line", typed, carrier, line(func(l *custody.StatementLine) { l.Deliveries--; l.OverShort-- }), "typed "},
		{"the line of another", typed, carrier, custody.MonthlyStatement{Carrier: carrier, Pool: "LSB", Lines: books.Positions[1:]}, "typed "},
	} {
		same(t, tt.name, d.rests(tt.receipt, tt.by, tt.s), tt.want)
	}
	events, tickets := papers(d.steps)
	agreeing.Month, agreeing.From, agreeing.Until, agreeing.Basis = "2024-03", 1, april, quantity.Metric
	l, err := custody.Fold(append(events, custody.Event{Version: custody.Version, ID: "stated", By: carrier, At: april + 1, Statement: &agreeing}), tickets, math.MaxInt64)
	fine(t, err)
	b := lineage.New()
	fine(t, b.Apply(l.Movements(0)...))
	composition, err := b.Lot("L-1")
	fine(t, err)
	if c := composition.Coverage(); c.Typed != 0 || c.Signed == 0 || c.Signed+c.Attested != c.Volume {
		t.Errorf("the lot rests on %+v", c)
	}
	behind, err := b.Statements("L-1")
	if err != nil || len(behind) != 1 || behind[0] != "stated" {
		t.Errorf("statements behind the lot: %v, %v", behind, err)
	}
	for _, m := range l.Movements(0) {
		if m.Event == lot && (m.Evidence != custody.Attested || m.Statement != "stated") {
			t.Errorf("the withdrawal rests on %+v", m)
		}
	}
}

// TestAttestedOutside: receipts out of a stream that is not in the books are attested where together they are what its carrier states
// to have delivered.
func TestAttestedOutside(t *testing.T) {
	const far = "did:web:far.example"
	d := newStreams(t)
	receive := func(pool string, volume quantity.Micro, c custody.Carried) string {
		return d.state(neighbour, func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: pool, Source: "n", Carried: &c, Stated: &custody.Stated{Volume: volume, Basis: quantity.Metric, Density: 850e6}}
			if pool == "N-S" {
				e.Receipt.Shipper = alpha
			}
		})
	}
	d.state(neighbour, func(e *custody.Event) {
		e.Source = &custody.Source{ID: "n", Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Unproven}
	})
	one := receive("N-1", 100e6, custody.Carried{Carrier: far, Stream: "FAR"})
	two := receive("N-S", 50e6, custody.Carried{Carrier: far, Stream: "FAR"})
	receive("N-1", 1e6, custody.Carried{Carrier: far, Stream: "OTHER"})
	plain := d.state(neighbour, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "N-1", Source: "n", Stated: &custody.Stated{Volume: 100e6, Basis: quantity.Metric, Density: 850e6}}
	})
	delivered := func(volume quantity.Micro) custody.MonthlyStatement {
		return custody.MonthlyStatement{Carrier: far, Pool: "FAR", Lines: []custody.StatementLine{{Shipper: alpha, Opening: 200e6, Deliveries: volume, Closing: 200e6 - volume}}}
	}
	same(t, "into a tank", d.rests(one, far, delivered(150e6)), "attested stated")
	same(t, "into a stream", d.rests(two, far, delivered(150e6)), "attested stated")
	same(t, "a receipt that names nothing", d.rests(plain, far, delivered(150e6)), "typed ")
	same(t, "a millionth less", d.rests(one, far, delivered(150e6-1)), "typed ")
	same(t, "by the shipper alone", d.rests(one, alpha, delivered(150e6)), "typed ")
	other := delivered(150e6)
	other.Lines[0].Shipper = beta
	same(t, "of another shipper", d.rests(one, far, other), "typed ")
	d.reject("is in these books: withdraw it", neighbour, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{
			Pool: "N-1", Source: "n", Carried: &custody.Carried{Carrier: carrier, Stream: "LSB"},
			Stated: &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 850e6},
		}
	})
	d.reject("says by itself what carried it", neighbour, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "N-1", Batch: "L-9", Carried: &custody.Carried{Carrier: far, Stream: "FAR"}}
	})
	d.reject("name of the stream", neighbour, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{
			Pool: "N-1", Source: "n", Carried: &custody.Carried{Carrier: far}, Stated: &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 850e6},
		}
	})
}
