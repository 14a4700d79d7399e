package orifice

import (
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// Integral is the integral value of API MPMS 21.1: the sum of sqrt(DP x P) over the time of flow. With the multiplier C', which is
// recomputed at least once for each quantity transaction record, it gives the volume:
//
//	Q = C' x integral
//
// The average of the roots is not the root of the averages: a volume from averages of DP and P is off wherever they vary.
type Integral struct {
	Sum   float64 // sqrt(inH2O psi) h
	Hours float64 // summed over
}

// Add counts a differential pressure in inches of water and an absolute static pressure in psi at the tap, which held for so many
// seconds. A sample below the low-flow cut-off is not flow: don't add it. It refuses, with *quantity.RangeError, what
// Conditions cannot be, and times outside 0 to 86 400 s.
func (i *Integral) Add(dp, p, seconds float64) error {
	if err := within("absolute static pressure", p, 0.01, 50_000, "psia"); err != nil {
		return err
	}
	if err := within("differential pressure", dp, 0, 50_000*inH2OPerPsi, "inH2O"); err != nil {
		return err
	}
	if err := within("time of a sample", seconds, 0, 86_400, "s"); err != nil {
		return err
	}
	i.Sum += math.Sqrt(dp*p) * seconds / 3600
	i.Hours += seconds / 3600
	return nil
}

// Volume returns the volume at the base conditions that the Coefficient of a Flow is for: those of its Conditions.BaseDensity. It
// refuses what gas.Volume.Valid refuses.
func (i Integral) Volume(coefficient float64, base gas.Base) (gas.Volume, error) {
	v := gas.Volume{Value: coefficient * i.Sum, Unit: gas.CubicFoot, Base: base}
	return v, v.Valid()
}
