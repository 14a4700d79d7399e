package custody_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestPositionsAddUp: over any network and in any period, the positions of a stream or line add up to what it held, and the movements
// of each position to its line.
func TestPositionsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := custody.NewLedger()
		for _, s := range custodytest.Network(t) {
			_ = l.Apply(s.Event, s.Ticket) // a refused one leaves no trace
			sell(t, l, s.Event.At+1)
		}
		_, last := l.Latest()
		from := rapid.Int64Range(0, last+1).Draw(t, "from")
		to := rapid.Int64Range(from, last+1).Draw(t, "to")
		if rapid.Bool().Draw(t, "all") {
			from, to = 0, last+1
		}
		for _, id := range l.Pools() {
			p, err := l.Pool(id)
			fine(t, err)
			lines, err := l.Positions(id, from, to)
			if p.Kind == custody.Tank {
				if err == nil {
					t.Fatalf("tank %s has positions", id)
				}
				continue
			}
			fine(t, err)
			b, err := l.PoolBalance(id, from, to)
			fine(t, err)
			var sum custody.StatementLine
			for _, line := range lines {
				sum.Opening, sum.Closing, sum.OverShort, sum.Transfers = sum.Opening+line.Opening, sum.Closing+line.Closing, sum.OverShort+line.OverShort, sum.Transfers+line.Transfers
				moved, err := l.PositionMovements(id, line.Shipper, from, to)
				fine(t, err)
				by := map[custody.Item]quantity.Micro{}
				for _, m := range moved {
					by[m.Item] += m.Change
				}
				if got := (custody.StatementLine{
					Shipper: line.Shipper, Opening: line.Opening, Receipts: by[custody.Receipts], Deliveries: -by[custody.Deliveries],
					Transfers: by[custody.Transfers], Allowance: -by[custody.InKind], Deductions: -by[custody.Deductions],
					OverShort: by[custody.OverShort], Adjustments: by[custody.Adjustments], Closing: line.Closing,
				}); got != line {
					t.Fatalf("%s in %s: its movements make %+v, its line is %+v", line.Shipper, id, got, line)
				}
			}
			if sum.Opening != b.Opening.Volume || sum.Closing != b.Closing.Volume || sum.OverShort != b.GainLoss || sum.Transfers != 0 {
				t.Fatalf("positions in %s come to %+v, it has %+v", id, sum, b)
			}
		}
	})
}

// sell sells a batch in a line, perhaps.
func sell(t *rapid.T, l *custody.Ledger, at int64) {
	all := l.Batches()
	if len(all) == 0 || !rapid.Bool().Draw(t, "sell") {
		return
	}
	b, err := l.Batch(rapid.SampledFrom(all).Draw(t, "sold"))
	fine(t, err)
	if b.Delivered || b.Into != nil {
		return
	}
	buyer := rapid.SampledFrom([]string{"did:web:a.example", "did:web:b.example"}).Draw(t, "buyer")
	_ = l.Apply(custody.Event{
		Version: custody.Version, ID: fmt.Sprintf("sale-%d", at), By: b.Owner, At: at, Sale: &custody.Sale{Batch: b.Batch, Seller: b.Owner, Buyer: buyer},
	}, nil) // nobody sells to himself
}

// TestPositionsInALine: who buys a batch on the way has it from the instant of the sale, with what the meters find after it.
func TestPositionsInALine(t *testing.T) {
	l := custody.NewLedger()
	for _, s := range custodytest.Story() {
		fine(t, l.Apply(s.Event, s.Ticket))
	}
	_, last := l.Latest()
	for _, id := range l.Batches() {
		b, err := l.Batch(id)
		fine(t, err)
		if len(b.Titles) == 0 {
			continue
		}
		sale := b.Titles[len(b.Titles)-1]
		before, err := l.PositionMovements(b.Line, sale.Buyer, 0, sale.At)
		fine(t, err)
		after, err := l.PositionMovements(b.Line, sale.Buyer, sale.At, last+1)
		fine(t, err)
		for _, m := range before {
			if m.Batch == id {
				t.Errorf("%s has %s before it bought it: %s", sale.Buyer, id, m)
			}
		}
		var first *custody.PositionMovement
		for i := range after {
			if after[i].Batch == id {
				first = &after[i]
				break
			}
		}
		if first == nil || first.Event != sale.Event || first.Other != sale.Seller || first.Item != custody.Transfers || first.Change != b.Legs[0].Volume {
			t.Errorf("%s of %s: %+v", id, sale.Buyer, first)
		}
		return
	}
	t.Error("nothing is sold in the story")
}
