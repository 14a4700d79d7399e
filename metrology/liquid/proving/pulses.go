package proving

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Whole returns the runs of a prover that counts whole pulses.
func Whole(pulses []int64) []float64 {
	runs := make([]float64, len(pulses))
	for i, n := range pulses {
		runs[i] = float64(n)
	}
	return runs
}

// Interpolate returns the pulses of one pass of a small-volume prover by double chronometry, n x detectors/pulses (API MPMS 4.6,
// unverified): n whole pulses took the time of pulses, from the first after one detector to the first after the other, and the
// displacer the time of detectors, in one unit. It refuses times that differ by more than the two pulses at the ends: those are not
// the times of one pass.
func Interpolate(n int64, pulses, detectors float64) (float64, error) {
	if n < 1 || n > mostPulses {
		return 0, fmt.Errorf("double chronometry: %w", pulsesOutOfRange(float64(n)))
	}
	if !(pulses > 0 && detectors > 0) || math.IsInf(pulses, 1) || math.IsInf(detectors, 1) {
		return 0, fmt.Errorf("double chronometry: times %v of the pulses and %v between the detectors must be positive", pulses, detectors)
	}
	interpolated := float64(n) * (detectors / pulses)
	if !(math.Abs(interpolated-float64(n)) <= 2) {
		least, most := float64(n-2)/float64(n), float64(n+2)/float64(n)
		return 0, fmt.Errorf("double chronometry: %w", &quantity.RangeError{
			Quantity: "time between the detectors", Value: detectors / pulses, Min: max(least, 0), Max: most, Unit: "times that of the pulses",
		})
	}
	return interpolated, nil
}

// Passes returns runs of a number of consecutive passes each: the pulses of a run are the mean of its passes. A small-volume prover's
// pass is too short to be a run of its own. It refuses passes that do not fill the last run.
func Passes(pulses []float64, perRun int) ([]float64, error) {
	if perRun < 1 || len(pulses) == 0 || len(pulses)%perRun != 0 {
		return nil, fmt.Errorf("proving: %d passes do not make runs of %d", len(pulses), perRun)
	}
	runs := make([]float64, 0, len(pulses)/perRun)
	for ; len(pulses) > 0; pulses = pulses[perRun:] {
		sum := 0.0
		for _, x := range pulses[:perRun] {
			sum += x
		}
		runs = append(runs, sum/float64(perRun))
	}
	return runs, nil
}
