// Package lpg computes what temperature does to light hydrocarbons, LPG and NGL, which API MPMS 11.1 does not cover: the CTL of MPMS
// 11.2.4 / GPA TP-27, and densities at reference conditions. It computes no CPL: of MPMS 11.2.2 nothing at hand can be trusted, so
// that a CPL is entered by whoever answers for it, and the result says so.
package lpg

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that results of this package name. The published examples cover a relative density at 60 F and a temperature (Table 24E)
// only; the way back from an observed density and the tables at 15 C and 20 C are that equation solved, without examples to hold it
// against.
const (
	Method        = "API MPMS 11.2.4-2007 / GPA TP-27, Table 24E (constants via public implementations)"
	MethodByTurns = "API MPMS 11.2.4-2007 / GPA TP-27, Table 24E solved for Tables 23E, 53E, 54E, 59E, 60E (unverified)"
	// CPLEntered is what Enter adds to the method.
	CPLEntered = "; CPL entered"
)

// Rounding names what is done to temperature and density before and, for a density that is computed, after the calculation. It is
// recorded with every result: the policies differ in the fourth decimal of CTL.
type Rounding string

// The rounding policies.
const (
	// TableInputs rounds as TP-27 asks and as its examples are computed: temperature to 0.1 F or 0.05 C, relative density at 60 F to
	// 0.0001, halves to the even digit. That a density at 15 C or 20 C goes to 0.1 kg/m3 is from memory (unverified).
	TableInputs Rounding = "TP-27 inputs rounded: 0.1 F or 0.05 C, relative density 0.0001 or 0.1 kg/m3"
	// InputsUnrounded uses inputs as they are.
	InputsUnrounded Rounding = "TP-27 inputs unrounded"
)

// Valid refuses, with liquid.ErrRounding, any name but those of the two policies.
func (r Rounding) Valid() error {
	switch r {
	case TableInputs, InputsUnrounded:
		return nil
	}
	return fmt.Errorf("%w: %q is neither %q nor %q", liquid.ErrRounding, string(r), TableInputs, InputsUnrounded)
}

// density returns a density in kg/m3 as the policy has it. At 60 F it is a relative density in disguise. One that was multiplied by
// the density of water and is divided by it again differs in its last digit: a half must still be a half, hence the ninth decimal.
func (r Rounding) density(rho float64, base quantity.Reference) float64 {
	switch {
	case r != TableInputs:
		return rho
	case base == quantity.At60F:
		rd := math.Round(liquid.RelativeDensity(rho)*1e9) / 1e9
		return liquid.FromRelativeDensity(math.RoundToEven(rd*1e4) / 1e4)
	}
	return math.RoundToEven(rho*10) / 10
}

// The range of TP-27: relative density 60/60 F, and temperature in degrees C.
const (
	leastRD, mostRD  = 0.3500, 0.6880
	coldest, warmest = -46, 93
)

// Factors is what TP-27 says of a liquid at a temperature and its equilibrium pressure. Its CPL and CTPL are zero until Enter.
type Factors struct {
	liquid.Factors
	Temperature liquid.Temperature // as used
	Base        quantity.Reference
	Rounding    Rounding
}

// FromBase returns the CTL at temperature t of a liquid whose density at the reference conditions is rhoBase kg/m3: Table 24E at 60 F,
// for a relative density by liquid.FromRelativeDensity; Tables 54E and 60E at 15 C and 20 C (unverified). With *quantity.RangeError it
// refuses relative densities 60/60 F outside 0.3500 to 0.6880, temperatures outside -46 to 93 C and those above the critical point;
// with liquid.ErrMissing, liquid.ErrReference and liquid.ErrRounding what they say.
func FromBase(rhoBase float64, base quantity.Reference, t liquid.Temperature, r Rounding) (Factors, error) {
	f, baseK, err := start(base, t, r)
	if err != nil {
		return Factors{}, err
	}
	rhoBase = r.density(rhoBase, base)
	f.Method, f.Rho60 = Method, rhoBase
	if base != quantity.At60F {
		f.Method = MethodByTurns
		if f.Rho60, f.Iterations, err = solve(rhoBase, baseK); err != nil {
			return Factors{}, fmt.Errorf("density at %s to 60F: %w", base, err)
		}
	}
	rd := liquid.RelativeDensity(f.Rho60)
	if !(rd >= leastRD-slack && rd <= mostRD+slack) {
		return Factors{}, &quantity.RangeError{Quantity: "relative density 60/60 F of LPG", Value: rd, Min: leastRD, Max: mostRD, Unit: "times water"}
	}
	m, here := between(rd), kelvin(f.Temperature.Fahrenheit())
	if here > m.tc {
		return Factors{}, &quantity.RangeError{
			Quantity: "temperature, up to the critical point, of LPG", Value: f.Temperature.Celsius(), Min: coldest, Max: m.tc - 273.15, Unit: "C",
		}
	}
	f.CTL = m.ctl(here) / m.ctl(baseK)
	f.RhoBase, f.RhoObserved = rhoBase, f.CTL*rhoBase
	return f, nil
}

// ToBase returns the CTL, and with it the density at the reference conditions, of a liquid whose density at temperature t and its
// equilibrium pressure is rhoObserved kg/m3: Tables 23E, 53E and 59E (unverified). Under TableInputs the density at the reference
// conditions is rounded too, as tables print it, and the CTL is that of the rounded one. It refuses what FromBase refuses, and an
// observed density that no liquid in range has.
func ToBase(rhoObserved float64, base quantity.Reference, t liquid.Temperature, r Rounding) (Factors, error) {
	f, baseK, err := start(base, t, r)
	if err != nil {
		return Factors{}, err
	}
	observed := r.density(rhoObserved, base) // rounded like one at base: the tables have one density scale each
	rho60, n, err := solve(observed, kelvin(f.Temperature.Fahrenheit()))
	if err != nil {
		return Factors{}, err
	}
	rhoBase := rho60
	if base != quantity.At60F {
		rhoBase *= between(liquid.RelativeDensity(rho60)).ctl(baseK)
	}
	if f, err = FromBase(rhoBase, base, f.Temperature, r); err != nil {
		return Factors{}, err
	}
	f.Method, f.RhoObserved, f.Iterations = MethodByTurns, observed, n
	return f, nil
}

// Enter returns the factors with a CPL that somebody stated, from 1 to 1.3, for the step from the equilibrium pressure to the pressure
// of the meter. The method says that it was entered. A liquid that is measured at its equilibrium pressure has a CPL of 1.
func (f Factors) Enter(cpl quantity.Factor) (Factors, error) {
	x := cpl.Float()
	if !cpl.Valid() || x < 1 || x > 1.3 {
		return Factors{}, &quantity.RangeError{Quantity: "entered CPL of LPG", Value: x, Min: 1, Max: 1.3, Unit: "times"}
	}
	if !(f.CTL > 0) || f.CPL != 0 {
		return Factors{}, errors.New("entered CPL of LPG: it goes with the factors of FromBase or ToBase, once")
	}
	f.CPL, f.CTPL = x, f.CTL*x
	f.RhoObserved *= x
	f.Method += CPLEntered
	return f, nil
}

func kelvin(fahrenheit float64) float64 { return (fahrenheit + 459.67) / 1.8 }

// start checks what does not depend on the density, and rounds the temperature, to which then the limits apply. It returns the
// temperature of the reference conditions in K too.
func start(base quantity.Reference, t liquid.Temperature, r Rounding) (f Factors, baseK float64, err error) {
	if err = r.Valid(); err != nil {
		return f, 0, err
	}
	reference, err := liquid.BaseTemperature(base)
	if err != nil {
		return f, 0, err
	}
	if r == TableInputs {
		if t, err = liquid.InputDiscrimination.Temperature(t); err != nil {
			return f, 0, err
		}
	}
	f.Temperature, f.Base, f.Rounding = t, base, r
	return f, kelvin(reference.Fahrenheit()), t.InRange(liquid.Celsius(coldest-slack), liquid.Celsius(warmest+slack))
}

const (
	slack         = 1e-9  // what a change of unit may add to an input on a limit
	tolerance     = 1e-11 // of the relative density that is solved for, and of the observed one
	halveAfter    = 15    // iterations; most liquids take less than 10
	maxIterations = 60    // by then the root lies within 1e-14
)

// solve returns the density at 60 F, kg/m3, of a liquid of density observed at a temperature in K, and the iterations that took. The
// observed density rises with the one at 60 F. Regula falsi keeps the root between two liquids, and halves the weight of one that stays
// twice (Illinois). Next to the critical point, where the rise is almost a step, that creeps: then the interval is halved instead.
func solve(observed, kelvin float64) (rho60 float64, iterations int, err error) {
	want := liquid.RelativeDensity(observed)
	seen := func(rd float64) float64 { return rd * between(rd).ctl(kelvin) }
	low, high := max(leastRD-slack, lightest(kelvin)), mostRD+slack
	atLow, atHigh := seen(low), seen(high)
	if !(want >= atLow && want <= atHigh) {
		return 0, 0, &quantity.RangeError{
			Quantity: fmt.Sprintf("density of LPG at %.6g K", kelvin), Value: observed, Unit: "kg/m3",
			Min: liquid.FromRelativeDensity(atLow), Max: liquid.FromRelativeDensity(atHigh),
		}
	}
	atLow, atHigh = atLow-want, atHigh-want
	lowStays, highStays := false, false
	for n := range maxIterations {
		rd := (low*atHigh - high*atLow) / (atHigh - atLow)
		if n >= halveAfter {
			rd = (low + high) / 2
		}
		at := seen(rd) - want
		switch {
		case math.Abs(at) < tolerance || high-low < tolerance:
			return liquid.FromRelativeDensity(rd), n + 1, nil
		case at > 0:
			high, atHigh = rd, at
			if lowStays {
				atLow /= 2
			}
			lowStays, highStays = true, false
		default:
			low, atLow = rd, at
			if highStays {
				atHigh /= 2
			}
			lowStays, highStays = false, true
		}
	}
	return 0, 0, fmt.Errorf("%w: LPG of %v kg/m3 at %v K", liquid.ErrNoConvergence, observed, kelvin)
}
