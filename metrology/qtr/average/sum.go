package average

import (
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// maxTerm bounds what is added to a Sum, so that no number of additions a machine can make overflows it.
const maxTerm = 1e200

// Sum adds up numbers and keeps beside the sum what each addition rounded away (Neumaier's compensated summation), so that
// millions of small terms cost no more than one rounding. The zero Sum is empty. Its fields are exported to be stored and taken
// up again.
type Sum struct {
	Hi, Lo float64
}

// Add adds x. It refuses, with *quantity.RangeError, infinities, NaN and what lies outside +-1e200.
func (s *Sum) Add(x float64) error {
	if !(x >= -maxTerm && x <= maxTerm) {
		return &quantity.RangeError{Quantity: "term of a sum", Value: x, Min: -maxTerm, Max: maxTerm, Unit: "units"}
	}
	s.add(x)
	return nil
}

// add is Add of a number known to be in range. The conversion keeps a product that is handed in from being fused with the
// addition, which would give other last digits on machines that can.
func (s *Sum) add(x float64) {
	x = float64(x)
	t := s.Hi + x
	z := t - s.Hi
	s.Lo += (s.Hi - (t - z)) + (x - z)
	s.Hi = t
}

// Value returns the sum, rounded once.
func (s Sum) Value() float64 { return s.Hi + s.Lo }

// Valid refuses a Sum that Add cannot have made: one that was stored and came back damaged.
func (s Sum) Valid() error {
	const most = maxTerm * 1e20
	if x := math.Abs(s.Hi) + math.Abs(s.Lo); !(x <= most) {
		return &quantity.RangeError{Quantity: "stored sum", Value: x, Min: -most, Max: most, Unit: "units"}
	}
	return nil
}
