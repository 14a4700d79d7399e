package custody

import (
	"errors"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
)

// TestCheckFindsBrokenBooks: a figure that moves without a movement is found, whichever it is.
func TestCheckFindsBrokenBooks(t *testing.T) {
	tank, gain := account{PoolAccount("T"), quantity.Metric}, account{TankGainLoss, quantity.Metric}
	for _, tc := range []struct {
		name  string
		spoil func(l *Ledger)
	}{
		{"a volume", func(l *Ledger) { l.stocks[tank] = Stock{Volume: 11, Mass: 5} }},
		{"a mass", func(l *Ledger) { l.stocks[tank] = Stock{Volume: 10, Mass: 6} }},
		{"an account", func(l *Ledger) { delete(l.stocks, tank) }},
		{"an account too many", func(l *Ledger) { l.stocks[account{"pool:U", quantity.Metric}] = Stock{} }},
		{"two that cancel", func(l *Ledger) {
			l.stocks[tank], l.stocks[gain] = Stock{Volume: 11, Mass: 5}, Stock{Volume: -11, Mass: -5}
		}},
		{"a movement", func(l *Ledger) { l.movements[0].Volume = 9 }},
		{"a negative movement", func(l *Ledger) { l.movements[0].Volume = -10 }},
		{"a movement of nothing there", func(l *Ledger) { l.movements[0].From, l.movements[0].To = PoolAccount("T"), TankGainLoss }},
		{"a batch", func(l *Ledger) { l.batches["B"].legs[0].Volume = 2 }},
		{"a delivery", func(l *Ledger) { l.batches["B"].delivered = true }},
		{"a split", func(l *Ledger) { l.batches["B"].split = "e" }},
		{"a deduction", func(l *Ledger) { l.batches["B"].taken = 1 }},
		{"a stream", func(l *Ledger) { l.pools["S"].stream.total.Volume = 8 }},
		{"the mass of a stream", func(l *Ledger) { l.pools["S"].stream.total.Mass = 4 }},
		{"a position with mass", func(l *Ledger) {
			l.movements[3].To = l.movements[2].To
			l.stocks, _ = NewLedger().balance(l.movements)
		}},
		{"a process that keeps oil", func(l *Ledger) {
			m := Movement{From: TankGainLoss, To: ProcessAccount("e"), Basis: quantity.Metric, Mass: 1}
			l.movements = append(l.movements, m)
			l.stocks, _ = NewLedger().balance(l.movements)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := NewLedger()
			l.movements = []Movement{
				{From: TankGainLoss, To: PoolAccount("T"), Basis: quantity.Metric, Volume: 10, Mass: 5},
				{From: LineGainLoss, To: BatchAccount("B"), Basis: quantity.Metric, Volume: 1, Mass: 1},
				{From: SourceAccount("x"), To: PositionAccount("S", "did:web:a.example"), Basis: quantity.Metric, Volume: 7},
				{From: SourceAccount("x"), To: PoolAccount("S"), Basis: quantity.Metric, Mass: 5},
			}
			l.pools["S"] = &pool{Pool: Pool{ID: "S", Kind: Stream, Basis: quantity.Metric}, stream: streamBook{total: Stock{Volume: 7, Mass: 5}}}
			var err error
			if l.stocks, err = l.balance(l.movements); err != nil {
				t.Fatal(err)
			}
			l.batches["B"] = &batch{id: "B", basis: quantity.Metric, legs: []Leg{{Volume: 1}}}
			if err := l.Check(); err != nil {
				t.Fatalf("sound books are called broken: %v", err)
			}
			tc.spoil(l)
			if err := l.Check(); !errors.Is(err, ErrInvariant) {
				t.Errorf("got %v, want ErrInvariant", err)
			}
		})
	}
}

// TestOverflowIsARefusal: more oil than fits an amount is refused, and is no broken book.
func TestOverflowIsARefusal(t *testing.T) {
	l := NewLedger()
	full := Movement{From: TankGainLoss, To: PoolAccount("T"), Basis: quantity.Metric, Volume: 1 << 62}
	_, err := l.balance([]Movement{full, full})
	if !errors.Is(err, quantity.ErrOverflow) || errors.Is(err, ErrInvariant) {
		t.Errorf("got %v, want an overflow", err)
	}
}
