package uncertainty

import (
	"fmt"
	"math"
)

// Propagate returns the budget of f at the values of the inputs, with sensitivities by central differences over a step of 6e-6 of
// each value, or of its uncertainty where that is larger; sensitivities in the inputs are ignored. The function gets the values
// in the order of the inputs and must be smooth: one that rounds, as to five decimals of CTPL, shows no slope over a small step.
// Where f bends within an uncertainty the budget, being of first order, is not the whole truth (GUM 5.1.2, note).
func Propagate(f func(x []float64) (float64, error), inputs []Input, correlated ...Correlation) (Budget, error) {
	x := make([]float64, len(inputs))
	at := func(i int, value float64) (float64, error) {
		for j, in := range inputs {
			x[j] = in.Value
		}
		x[i] = value
		y, err := f(x)
		if err == nil {
			err = finite("result", y)
		}
		if err != nil {
			return 0, fmt.Errorf("uncertainty budget: at %s = %v: %w", inputs[i].Name, value, err)
		}
		return y, nil
	}
	if _, err := checkInputs(inputs); err != nil {
		return Budget{}, fmt.Errorf("uncertainty budget: %w", err)
	}
	value, err := at(0, inputs[0].Value)
	if err != nil {
		return Budget{}, err
	}
	lines := append([]Input(nil), inputs...)
	for i := range lines {
		in := &lines[i]
		if in.Standard == 0 { // nothing to carry over, and maybe no room for a step
			in.Sensitivity = 0
			continue
		}
		step := relativeStep * max(math.Abs(in.Value), in.Standard)
		low, high := in.Value-step, in.Value+step
		below, err := at(i, low)
		if err != nil {
			return Budget{}, err
		}
		above, err := at(i, high)
		if err != nil {
			return Budget{}, err
		}
		in.Sensitivity = (above - below) / (high - low)
	}
	return Combine(value, lines, correlated...)
}

// relativeStep is the cube root of the precision of float64, where the errors of rounding and of curvature balance.
const relativeStep = 6.055454e-6
