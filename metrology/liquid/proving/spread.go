package proving

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Spread says how close together the runs of a proving lie.
type Spread struct {
	Runs          int
	Mean          float64 // pulses of a run, or meter factor of a run
	Repeatability float64 // (max - min)/min of the runs, percent
	Uncertainty   float64 // random uncertainty of the mean at 95 %: t x s/sqrt(n), percent
}

// The number of runs that a proving may have.
const (
	LeastRuns = 2
	MostRuns  = 20
)

// student holds the two-sided 95 % points of Student's t, by degrees of freedom less one.
var student = [MostRuns - 1]float64{
	12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
	2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024,
}

// SpreadOf returns the spread of 2 to 20 runs: the pulses of each, or the meter factor of each. It refuses runs that are not positive
// numbers.
func SpreadOf(runs []float64) (Spread, error) {
	n := len(runs)
	if n < LeastRuns || n > MostRuns {
		return Spread{}, fmt.Errorf("proving of %d runs: %d to %d are accepted", n, LeastRuns, MostRuns)
	}
	sum := 0.0
	for i, x := range runs {
		if !(x > 0 && x <= mostPulses) {
			return Spread{}, fmt.Errorf("proving: run %d: %w", i+1, pulsesOutOfRange(x))
		}
		sum += x
	}
	mean, squares := sum/float64(n), 0.0
	for _, x := range runs {
		squares += (x - mean) * (x - mean)
	}
	deviation := math.Sqrt(squares/float64(n-1)) / math.Sqrt(float64(n))
	least, most := slices.Min(runs), slices.Max(runs)
	s := Spread{
		Runs:          n,
		Mean:          mean,
		Repeatability: (most - least) / least * 100,
		Uncertainty:   student[n-2] * deviation / mean * 100,
	}
	if math.IsInf(s.Repeatability, 1) {
		return Spread{}, errors.New("proving: one run is next to nothing beside another")
	}
	return s, nil
}

// mostPulses of a run is what a float64 counts exactly.
const mostPulses = 1 << 53

func pulsesOutOfRange(x float64) error {
	return &quantity.RangeError{Quantity: "pulses", Value: x, Min: 1, Max: mostPulses, Unit: "pulses"}
}

// Acceptance decides whether runs lie close enough together for a meter factor. The zero Acceptance accepts nothing.
type Acceptance struct {
	criterion string
	limit     float64 // percent; that of runLimits when zero
}

// The criteria, as refusals and proofs name them.
const (
	repeatability = "repeatability"
	byRunCount    = "repeatability by number of runs (API MPMS 4.8, table from memory, unverified)"
	uncertainty   = "random uncertainty at 95 %"
)

// The conventional limits, percent: repeatability of five consecutive runs, and the random uncertainty that it stands for.
const (
	FiveRunRepeatability = 0.05
	RandomUncertainty    = 0.027
)

// RepeatabilityWithin accepts runs whose (max - min)/min is at most a limit in percent, such as FiveRunRepeatability, whatever their
// number.
func RepeatabilityWithin(percent float64) Acceptance { return Acceptance{repeatability, percent} }

// UncertaintyWithin accepts runs whose mean has a random uncertainty of at most a limit in percent, such as RandomUncertainty.
func UncertaintyWithin(percent float64) Acceptance { return Acceptance{uncertainty, percent} }

// ByRunCount accepts 3 to 20 runs by the limit of RunLimit for their number.
func ByRunCount() Acceptance { return Acceptance{criterion: byRunCount} }

// String names the criterion and its limit, as a proof records it.
func (a Acceptance) String() string {
	switch a.criterion {
	case "":
		return "no criterion"
	case byRunCount:
		return byRunCount
	}
	return fmt.Sprintf("%s within %v %%", a.criterion, a.limit)
}

// Accept returns nil for runs that lie close enough together, or *SpreadError.
func (a Acceptance) Accept(s Spread) error {
	value, limit := s.Repeatability, a.limit
	switch a.criterion {
	case "":
		return errors.New("proving: no criterion for the runs is given; take RepeatabilityWithin, UncertaintyWithin or ByRunCount")
	case uncertainty:
		value = s.Uncertainty
	case byRunCount:
		var err error
		if limit, err = RunLimit(s.Runs); err != nil {
			return err
		}
	}
	if !(value <= limit) {
		return &SpreadError{Runs: s.Runs, Criterion: a.criterion, Value: value, Limit: limit}
	}
	return nil
}

// SpreadError reports runs that lie too far apart for a meter factor.
type SpreadError struct {
	Runs         int
	Criterion    string
	Value, Limit float64 // percent
}

// Error names the value and the limit.
func (e *SpreadError) Error() string {
	return fmt.Sprintf("%s of %d runs is %.4f %%, above the limit of %v %%: prove again", e.Criterion, e.Runs, e.Value, e.Limit)
}

// runLimits are the limits of the repeatability of 3 to 20 runs, hundredths of a percent. They follow from RandomUncertainty and the
// range that n runs are expected to have: 0.027 % x sqrt(n) x d2(n)/t(n-1), rounded; only that of 6 runs, 0.0652 %, is cut off.
var runLimits = [MostRuns - 2]uint8{2, 3, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}

// RunLimit returns the repeatability in percent that n runs may have for a random uncertainty of 0.027 %: 0.02 % of 3 runs to 0.22 % of
// 20. The table is that of API MPMS 4.8 from memory (unverified).
func RunLimit(n int) (float64, error) {
	if n < 3 || n > MostRuns {
		return 0, fmt.Errorf("proving of %d runs: the limits by number of runs are for 3 to %d", n, MostRuns)
	}
	return float64(runLimits[n-3]) / 100, nil
}
