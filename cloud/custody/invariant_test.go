package custody

import (
	"errors"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
)

// TestCheckFindsBrokenBooks: a figure that moves without a movement is found, whichever it is.
func TestCheckFindsBrokenBooks(t *testing.T) {
	pool, gain := account{PoolAccount("T"), quantity.Metric}, account{TankGainLoss, quantity.Metric}
	for _, tc := range []struct {
		name  string
		spoil func(l *Ledger)
	}{
		{"a volume", func(l *Ledger) { l.stocks[pool] = Stock{Volume: 11, Mass: 5} }},
		{"a mass", func(l *Ledger) { l.stocks[pool] = Stock{Volume: 10, Mass: 6} }},
		{"an account", func(l *Ledger) { delete(l.stocks, pool) }},
		{"an account too many", func(l *Ledger) { l.stocks[account{"pool:U", quantity.Metric}] = Stock{} }},
		{"two that cancel", func(l *Ledger) {
			l.stocks[pool], l.stocks[gain] = Stock{Volume: 11, Mass: 5}, Stock{Volume: -11, Mass: -5}
		}},
		{"a movement", func(l *Ledger) { l.movements[0].Volume = 9 }},
		{"a negative movement", func(l *Ledger) { l.movements[0].Volume = -10 }},
		{"a movement of nothing there", func(l *Ledger) { l.movements[0].From, l.movements[0].To = PoolAccount("T"), TankGainLoss }},
		{"a batch", func(l *Ledger) { l.batches["B"].legs[0].Volume = 2 }},
		{"a delivery", func(l *Ledger) { l.batches["B"].delivered = true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := NewLedger()
			l.movements = []Movement{
				{From: TankGainLoss, To: PoolAccount("T"), Basis: quantity.Metric, Volume: 10, Mass: 5},
				{From: LineGainLoss, To: BatchAccount("B"), Basis: quantity.Metric, Volume: 1, Mass: 1},
			}
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
