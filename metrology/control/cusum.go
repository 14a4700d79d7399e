package control

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// MethodCUSUM is the method that cumulative sums name.
const MethodCUSUM = "CUSUM, two-sided, tabular (Page; from memory, unverified)"

// Standard returns the usual pair of constants, 0.5 and 5: made to find a bias of one sigma, it does so after about 10 values,
// where a limit of 3 sigma takes 44, and raises a false alarm in 465 values. From memory, unverified.
func Standard() CUSUM { return CUSUM{Slack: 0.5, Decision: 5} }

// CUSUM are the constants of a pair of cumulative sums, in sigmas.
type CUSUM struct {
	Slack    float64 // k, half the bias that is to be found
	Decision float64 // h, the sum beyond which there is one
}

// Sums are a pair of cumulative sums, in sigmas. The zero Sums stand at the start, and begin anew after a cause was found.
type Sums struct {
	High, Low           float64 // for a bias upwards and downwards; neither is negative
	HighCount, LowCount int     // values since the sum last was 0
}

// Drift says whether there is a bias.
type Drift string

// The drifts.
const (
	NoDrift   Drift = "none"
	DriftUp   Drift = "up"
	DriftDown Drift = "down"
)

// Next returns the sums after one more value, given in sigmas from its target (Point.Sigmas, Balance.Z):
//
//	High = max(0, High + z - k),  Low = max(0, Low - z - k)
//
// It refuses values beyond a million sigmas, sums that are negative or none, and constants that are not positive.
func (c CUSUM) Next(s Sums, z float64) (Sums, error) {
	const most = 1e6
	if !(math.Abs(z) <= most) {
		return Sums{}, fmt.Errorf("CUSUM: %w", &quantity.RangeError{Quantity: "value", Value: z, Min: -most, Max: most, Unit: "sigma"})
	}
	if !(c.Slack > 0 && c.Slack <= most && c.Decision > 0 && c.Decision <= most) {
		return Sums{}, fmt.Errorf("CUSUM: slack %v and decision %v must be positive, such as 0.5 and 5", c.Slack, c.Decision)
	}
	if !(s.High >= 0 && s.High <= largest && s.Low >= 0 && s.Low <= largest && s.HighCount >= 0 && s.LowCount >= 0) {
		return Sums{}, fmt.Errorf("CUSUM: %+v are no sums; begin with the zero Sums", s)
	}
	s.High, s.HighCount = step(s.High, s.HighCount, z-c.Slack)
	s.Low, s.LowCount = step(s.Low, s.LowCount, -z-c.Slack)
	return s, nil
}

// step adds to a sum that does not fall below 0.
func step(sum float64, count int, by float64) (float64, int) {
	if sum += by; sum > 0 {
		return sum, count + 1
	}
	return 0, 0
}

// Drift says whether the sums have found a bias, and to which side; if to both, the larger one.
func (c CUSUM) Drift(s Sums) Drift {
	switch {
	case s.High > c.Decision && s.High >= s.Low:
		return DriftUp
	case s.Low > c.Decision:
		return DriftDown
	}
	return NoDrift
}

// Bias estimates the bias behind the larger sum, in sigmas, signed: k + sum/count. The bias began about count values ago. Of sums
// that are 0 it is 0.
func (c CUSUM) Bias(s Sums) float64 {
	switch {
	case s.High >= s.Low && s.HighCount > 0:
		return c.Slack + s.High/float64(s.HighCount)
	case s.LowCount > 0:
		return -c.Slack - s.Low/float64(s.LowCount)
	}
	return 0
}
