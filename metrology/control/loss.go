package control

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// MethodLoss is the method that losses name; API Std 2560 (MPMS 23.1) was read in an excerpt only.
const MethodLoss = "receipts - deliveries - change of inventory - consumed, percent of receipts (MPMS 23.1 unverified)"

// Period is what went through a line or a terminal in a period, all on one basis.
type Period struct {
	Receipts, Deliveries quantity.Micro // not negative
	Change               quantity.Micro // of the inventory: closing less opening
	Consumed             quantity.Micro // burnt, flared, spilt: accounted for, so no loss; not negative
}

// Loss is what is missing at the end of a period: short when positive, over (a gain) when negative.
type Loss struct {
	Volume  quantity.Micro // exactly
	Percent float64        // of the receipts
	Method  string
}

// Loss returns the over or short of a period. Chart.Judge of its Percent says how many sigmas of the line's own history it is;
// Close of package uncertainty, how many of what the meters can tell. It refuses volumes that are negative, and receipts of
// nothing.
func (p Period) Loss() (Loss, error) {
	if p.Receipts < 0 || p.Deliveries < 0 || p.Consumed < 0 {
		return Loss{}, fmt.Errorf("loss: receipts %s, deliveries %s and consumption %s may not be negative",
			p.Receipts, p.Deliveries, p.Consumed)
	}
	if p.Receipts == 0 {
		return Loss{}, errors.New("loss: nothing was received")
	}
	l := Loss{Volume: p.Receipts, Method: MethodLoss}
	for _, v := range [...]quantity.Micro{p.Deliveries, p.Change, p.Consumed} {
		var err error
		if l.Volume, err = l.Volume.Sub(v); err != nil {
			return Loss{}, fmt.Errorf("loss: %w", err)
		}
	}
	l.Percent = l.Volume.Float() / p.Receipts.Float() * 100
	return l, nil
}

// Beyond reports whether a loss is larger than the allowance of the contract, percent of receipts: the second limit that a line
// with a loss allowance is held to.
func (l Loss) Beyond(allowance float64) bool { return l.Percent > allowance }

// FactorChange is a new meter factor held against its history.
type FactorChange struct {
	Point
	FromMean     float64 // percent of the mean
	FromPrevious float64 // percent of the previous factor
	Method       string
}

// MeterFactor holds a new meter factor against the factors proved before, of one meter, product and rate, oldest first (MPMS
// 13.2, unverified; the chart is that of moving ranges). Factors should carry more decimals than are reported: rounded to four,
// those of a good meter do not vary, which is refused with ErrConstant. It refuses what MovingRange refuses.
func MeterFactor(history []quantity.Factor, now quantity.Factor) (Chart, FactorChange, error) {
	values := make([]float64, len(history))
	for i, f := range append(history[:len(history):len(history)], now) {
		if !f.Valid() {
			return Chart{}, FactorChange{}, fmt.Errorf("meter factor %d of %d is %s; it must be positive", i+1, len(history)+1, f)
		}
		if i < len(values) {
			values[i] = f.Float()
		}
	}
	c, err := MovingRange(values)
	if err != nil {
		return Chart{}, FactorChange{}, fmt.Errorf("meter factors: %w", err)
	}
	p, err := c.Judge(now.Float())
	if err != nil {
		return Chart{}, FactorChange{}, fmt.Errorf("meter factors: %w", err)
	}
	previous := values[len(values)-1]
	return c, FactorChange{
		Point: p, FromMean: (p.Value/c.Mean - 1) * 100, FromPrevious: (p.Value/previous - 1) * 100, Method: MethodMovingRange,
	}, nil
}
