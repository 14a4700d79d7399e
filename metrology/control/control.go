// Package control keeps measurement under statistical control: charts of individual values with limits from their own history,
// cumulative sums that find a slow drift, meter factors, and the losses of a line.
package control

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that charts name. API Std 2560 (now MPMS 23.1) was read in an excerpt: limits at 3 sigma from the line's own
// history, lines for warning and action, moving ranges while the history is short.
const (
	MethodMovingRange = "individuals chart, 3 sigma = 2.66 x mean moving range (API Std 2560 by excerpt, MPMS 13.2 unverified)"
	MethodDeviation   = "individuals chart, 3 sigma = 3 standard deviations, n - 1 (API Std 2560 by excerpt, MPMS 13.2 unverified)"
)

// MinHistory is the least number of values that a chart is drawn from: our choice; twelve and more are better.
const MinHistory = 5

// largest is the largest magnitude of a value: our choice, far beyond any loss, factor or volume.
const largest = 1e15

// ErrConstant reports a history that does not vary. Its figures are rounded too far, or a reading is stuck: no limit follows.
var ErrConstant = errors.New("history does not vary")

// The constants of a chart of individual values, for moving ranges of two (statistical process control): 3/d2 and D4.
const (
	threeSigmaPerRange = 2.66
	rangeLimit         = 3.267
)

// Chart is a chart of individual values. Its lines are recorded, and values are judged by them.
type Chart struct {
	N                          int // values in the history
	Mean                       float64
	Sigma                      float64 // a third of the distance from Mean to the action lines
	Lower, Upper               float64 // action: 3 sigma
	LowerWarning, UpperWarning float64 // warning: 2 sigma
	MeanRange, UpperRange      float64 // of the moving range, the step from one value to the next
	Method                     string
}

// MovingRange returns the chart of a history, in its order, by the mean moving range: the right one for a short history, and for
// one with a drift in it, which would widen a standard deviation. It refuses fewer than MinHistory values, values beyond 1e15,
// and, with ErrConstant, a history that does not vary.
func MovingRange(history []float64) (Chart, error) {
	c, err := lines(history)
	if err != nil {
		return Chart{}, err
	}
	return c.limits(threeSigmaPerRange*c.MeanRange, MethodMovingRange, history)
}

// Deviation returns the chart of a history by its standard deviation. It refuses what MovingRange refuses.
func Deviation(history []float64) (Chart, error) {
	c, err := lines(history)
	if err != nil {
		return Chart{}, err
	}
	var squares float64
	for _, x := range history {
		squares += (x - c.Mean) * (x - c.Mean)
	}
	return c.limits(3*math.Sqrt(squares/float64(c.N-1)), MethodDeviation, history)
}

// lines returns the means of a history.
func lines(history []float64) (Chart, error) {
	if len(history) < MinHistory {
		return Chart{}, fmt.Errorf("control chart of %d values: %d or more are needed", len(history), MinHistory)
	}
	c := Chart{N: len(history)}
	for i, x := range history {
		if err := inRange(fmt.Sprintf("value %d of the history", i+1), x); err != nil {
			return Chart{}, err
		}
		c.Mean += x
		if i > 0 {
			c.MeanRange += math.Abs(x - history[i-1])
		}
	}
	c.Mean /= float64(c.N)
	c.MeanRange /= float64(c.N - 1)
	c.UpperRange = rangeLimit * c.MeanRange
	return c, nil
}

// limits draws the lines at a distance of three sigma.
func (c Chart) limits(three float64, method string, history []float64) (Chart, error) {
	var most float64
	for _, x := range history {
		most = max(most, math.Abs(x))
	}
	const noise = 1e-12 // of the values: what float64 arithmetic makes of equal ones
	if !(three > noise*most && three > leastSigma) {
		return Chart{}, fmt.Errorf("control chart: %w: %d values about %v", ErrConstant, c.N, c.Mean)
	}
	c.Sigma = three / 3
	c.Lower, c.Upper = c.Mean-three, c.Mean+three
	c.LowerWarning, c.UpperWarning = c.Mean-three*2/3, c.Mean+three*2/3
	c.Method = method
	return c, nil
}

// leastSigma keeps a quotient by sigma finite.
const leastSigma = 1e-280

// inRange refuses what is no number, or too large a one.
func inRange(what string, x float64) error {
	if !(math.Abs(x) <= largest) {
		return fmt.Errorf("control chart: %w",
			&quantity.RangeError{Quantity: what, Value: x, Min: -largest, Max: largest, Unit: "units"})
	}
	return nil
}

// Signal says what a point of a chart asks for.
type Signal string

// The signals. A point on a line is still within it.
const (
	InControl Signal = "in control"
	Warning   Signal = "warning, beyond 2 sigma"
	Action    Signal = "action, beyond 3 sigma"
)

// Point is a value held against a chart.
type Point struct {
	Value  float64
	Sigmas float64 // distance from the mean, signed
	Signal Signal
}

// Judge holds a value against the chart. It refuses values beyond 1e15, and a chart that was not drawn by this package.
func (c Chart) Judge(x float64) (Point, error) {
	if err := inRange("value", x); err != nil {
		return Point{}, err
	}
	p := Point{Value: x, Sigmas: (x - c.Mean) / c.Sigma, Signal: InControl}
	if !(c.Sigma > 0) || math.IsInf(p.Sigmas, 0) || math.IsNaN(p.Sigmas) {
		return Point{}, fmt.Errorf("control chart: sigma %v about %v is none; draw the chart by MovingRange or Deviation",
			c.Sigma, c.Mean)
	}
	switch {
	case x > c.Upper || x < c.Lower:
		p.Signal = Action
	case x > c.UpperWarning || x < c.LowerWarning:
		p.Signal = Warning
	}
	return p, nil
}

// JudgeRange holds the step between two successive values against the chart of moving ranges: in control, or action. It refuses
// values beyond 1e15.
func (c Chart) JudgeRange(previous, x float64) (Signal, error) {
	if err := inRange("previous value", previous); err != nil {
		return "", err
	}
	if err := inRange("value", x); err != nil {
		return "", err
	}
	if math.Abs(x-previous) > c.UpperRange {
		return Action, nil
	}
	return InControl, nil
}
