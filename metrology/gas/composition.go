package gas

import (
	"fmt"
	"math"
)

// Composition holds the mole fraction of each component, indexed by Component. The fractions of a gas add up to 1.
type Composition [Components]float64

// sumTolerance is how far the fractions may be off 1: what is left when each was read as a decimal.
const sumTolerance = 1e-9

// Valid refuses fractions that are negative or no numbers, and a sum that is not 1 (to 1e-9): Normalize brings it there.
func (x *Composition) Valid() error {
	sum, err := x.sum()
	if err != nil {
		return err
	}
	if math.Abs(sum-1) > sumTolerance {
		return fmt.Errorf("gas composition: mole fractions add up to %.12g, not 1: normalize them, or check that they are not percent", sum)
	}
	return nil
}

// Normalize returns mole fractions in the proportion of amounts: moles, mole percent, or fractions that are off by their
// rounding. It refuses amounts that are negative or no numbers, and a gas of nothing.
func Normalize(amounts Composition) (Composition, error) {
	sum, err := amounts.sum()
	if err != nil {
		return Composition{}, err
	}
	if sum == 0 || math.IsInf(sum, 0) || math.IsInf(1/sum, 0) {
		return Composition{}, fmt.Errorf("gas composition: amounts add up to %v", sum)
	}
	for i := range amounts {
		amounts[i] /= sum
	}
	return amounts, nil
}

func (x *Composition) sum() (sum float64, err error) {
	for i, v := range x {
		if !(v >= 0) || math.IsInf(v, 1) {
			return 0, fmt.Errorf("gas composition: %s is %v; an amount is 0 or more", Component(i), v)
		}
		sum += v
	}
	return sum, nil
}
