package uncertainty

import (
	"fmt"
	"math"
)

// MethodLimit is the method that verdicts name.
const MethodLimit = "normal distribution about the value; what is tested is the value rounded to the reporting step"

// Standing is where a value stands against a limit.
type Standing string

// The standings.
const (
	ClearAbove Standing = "clear above"
	ClearBelow Standing = "clear below"
	AtRisk     Standing = "at risk"
)

// DefaultConfidence is the probability from which on a value counts as clear of a limit, the usual 95 %: our choice.
const DefaultConfidence = 0.95

// Limit is a limit of law or contract, such as 25 degrees API or 40 % of diluent.
type Limit struct {
	Value float64
	// Step is what the figure that is tested is rounded to, half away from zero: a laboratory reports gravity to 0.1 degree. 0
	// means that it is not rounded.
	Step float64
	// EqualIsBelow says on which side a figure of exactly the limit is: below for "not more than 40 %", above for "25 degrees or
	// more".
	EqualIsBelow bool
	Confidence   float64 // probability for clear, 0.5 to 1; DefaultConfidence is the usual one
}

// Verdict is a value held against a limit.
type Verdict struct {
	Value, Standard float64
	Limit           Limit
	Reported        float64 // Value rounded to the step of the limit: the figure that is tested
	// Threshold is the unrounded value from which on figures are above the limit: 24.95 for 25 degrees or more, to 0.1.
	Threshold float64
	Above     float64 // probability that the quantity is reported above the limit; below it: 1 - Above
	Standing  Standing
	Method    string
}

// ReportedAbove reports on which side of the limit the figure that is tested lies.
func (v Verdict) ReportedAbove() bool {
	return v.Reported > v.Limit.Value || v.Reported == v.Limit.Value && !v.Limit.EqualIsBelow
}

// Test says whether a value is clear of the limit or at risk, by the probability that the quantity, known with a standard
// uncertainty, is reported on either side. The uncertainty should be that between two laboratories (see Reproducibility), not of
// one meter alone, and, when only a rounded figure is known, include its Rectangular(Step/2). Test refuses with
// *quantity.RangeError an uncertainty that is not positive and a step or confidence that is none, and a value of more than 1e8
// steps.
func (l Limit) Test(value, standard float64) (Verdict, error) {
	const unit = "in the unit of the limit"
	for _, x := range [...]struct {
		what       string
		value, min float64
		max        float64
		unit       string
	}{
		{"limit", l.Value, -1e12, 1e12, unit},
		{"value", value, -1e12, 1e12, unit},
		{"standard uncertainty", standard, 1e-12, 1e12, unit},
		{"reporting step", l.Step, 0, 1e12, unit},
		{"confidence", l.Confidence, 0.5, 1, "(1 is certainty)"},
	} {
		if err := inRange(x.what, x.value, x.min, x.max, x.unit); err != nil {
			return Verdict{}, fmt.Errorf("limit of %v: %w", l.Value, err)
		}
	}
	v := Verdict{Value: value, Standard: standard, Limit: l, Reported: value, Threshold: l.Value, Method: MethodLimit}
	if l.Step > 0 {
		if max(math.Abs(value), math.Abs(l.Value))/l.Step > mostSteps {
			return Verdict{}, fmt.Errorf("limit of %v: a step of %v is too small to round %v to", l.Value, l.Step, value)
		}
		v.Reported, v.Threshold = l.round(value), l.threshold()
	}
	v.Above = 0.5 * math.Erfc((v.Threshold-value)/standard/math.Sqrt2)
	switch {
	case v.Above >= l.Confidence:
		v.Standing = ClearAbove
	case 1-v.Above >= l.Confidence:
		v.Standing = ClearBelow
	default:
		v.Standing = AtRisk
	}
	return v, nil
}

// mostSteps is the largest number of steps that a value may have, and sliver how near, in steps, a quotient must come to a whole
// or half number of them to count as being one: 0.1 is no float64, and 250 of them are not quite 25.
const (
	mostSteps = 1e8
	sliver    = 1e-6
)

// round returns a value rounded to the step, half away from zero.
func (l Limit) round(value float64) float64 {
	steps := value / l.Step
	reported := l.steps(math.Round(steps + math.Copysign(sliver, steps)))
	if math.Abs(reported-l.Value) < sliver*l.Step {
		return l.Value
	}
	return reported
}

// threshold returns the value at which rounding begins to carry over the limit: half a step short of the first step above it.
func (l Limit) threshold() float64 {
	steps := l.Value / l.Step
	if whole := math.Round(steps); math.Abs(steps-whole) < sliver {
		steps = whole
	}
	if l.EqualIsBelow {
		return l.steps(math.Floor(steps) + 0.5)
	}
	return l.steps(math.Ceil(steps) - 0.5)
}

// steps returns the value of a number of steps, as the nearest decimal where a unit has a whole number of them.
func (l Limit) steps(n float64) float64 {
	if perUnit := math.Round(1 / l.Step); perUnit >= 1 && math.Abs(perUnit*l.Step-1) < 1e-12 {
		return n / perUnit
	}
	return n * l.Step
}

// Share returns the budget, in percent of the whole, of the share that one measured volume has in the sum of two: diluent in a
// blend. The part is within the whole, so an uncertainty of 0.14 % (k = 2) of either leaves a share of 40 % uncertain by 0.048
// points, not by 0.14 % of the share times the square root of 2. Two volumes of one meter leave no uncertainty at all: ErrNone.
func Share(part, rest Measured) (Budget, error) {
	var e errorSum
	if _, err := e.add("volume", []Measured{part, rest}, 1); err != nil {
		return Budget{}, fmt.Errorf("share: %w", err)
	}
	if part.Volume == 0 || rest.Volume == 0 {
		return Budget{}, fmt.Errorf("share: both volumes must be positive, not %s and %s", part.Volume, rest.Volume)
	}
	a, b := part.Volume.Float(), rest.Volume.Float()
	whole := a + b
	inputs := []Input{
		{Name: "part", Value: a, Standard: part.Percent / 200 * a, Sensitivity: 100 * b / whole / whole},
		{Name: "rest", Value: b, Standard: rest.Percent / 200 * b, Sensitivity: -100 * a / whole / whole},
	}
	if e.common {
		return Combine(100*a/whole, inputs, Correlation{A: "part", B: "rest", R: 1})
	}
	return Combine(100*a/whole, inputs)
}
