// Package transmix computes what becomes of two products that follow each other through a pipeline without a pig between them:
// how long the mixed zone grows, how its composition runs, where to cut it, and where the batches in the line stand.
package transmix

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method that interfaces name: Austin and Palfrey, Mixing of miscible but dissimilar liquids in serial flow in a
// pipeline, Proc. IMechE 178 (1963) 377-395. Of the paper the abstract was read; its constants are from memory.
const Method = "Austin and Palfrey 1963, 1-99 % (constants from memory, unverified)"

// The ranges of the method. The paper drew on pipes of 1/8 to 40 inches and lengths from a few feet to hundreds of miles, in
// turbulent flow. The rest is our choice: below 4 inches nothing at hand confirms the constants, 20 cSt covers motor fuels, jet
// fuel, heating oil and light crude, and heavy or diluted crude of hundreds of cSt is refused.
const (
	MinDiameter, MaxDiameter   = 0.1, 1.016  // m, inner
	MinLength, MaxLength       = 100, 1e6    // m
	MinVelocity, MaxVelocity   = 0.01, 5     // m/s
	MinViscosity, MaxViscosity = 0.3, 20     // cSt, of either product
	MinReynolds, MaxReynolds   = 4000.0, 2e7 // turbulent
)

// Run is the passage of an interface between two products, sharp at the start, through a line of one diameter at one velocity.
// Runs do not add up: where diameter or velocity changes, the interface is no longer sharp, and grows by less.
type Run struct {
	Diameter   float64 // inner, m
	Length     float64 // travelled by the interface, m
	Velocity   float64 // mean, m/s
	ViscosityA float64 // kinematic, cSt, of either product at the temperature of the line
	ViscosityB float64
}

// Regime tells which of the two equations holds.
type Regime string

// The regimes. Below the critical Reynolds number the mixed zone grows fast as the flow slows down.
const (
	AboveCritical Regime = "above the critical Reynolds number"
	BelowCritical Regime = "below the critical Reynolds number"
)

// Interface is the mixed zone at the end of a run, from 1 to 99 % of either product.
type Interface struct {
	Viscosity float64 // of a mixture half and half, cSt
	Reynolds  float64
	Critical  float64 // Reynolds number at which the regimes meet
	Regime    Regime
	Mixed     float64 // length of the mixed zone, m

	Volume  quantity.Micro // of the mixed zone, m3 at the conditions of the line
	Barrels quantity.Micro // the same volume (quantity.ExactBarrel)
	Method  string
}

// Mix returns the interface at the end of a run:
//
//	S = 11.75 sqrt(D L) Re^-0.1                        for Re >= Rec = 10000 exp(2.75 sqrt D)
//	S = 18384 sqrt(D L) Re^-0.9 exp(2.18 sqrt D)       below
//
// with lengths in m and the viscosity of HalfAndHalf. At Rec the two differ by 1 to 3 %: S steps. Nothing but the volumes is
// rounded, to the micro-unit. Mix refuses with *quantity.RangeError what lies outside the ranges of the method, and a mixed zone
// that would be longer than the line.
func Mix(r Run) (Interface, error) {
	if err := r.check(); err != nil {
		return Interface{}, fmt.Errorf("interface: %w", err)
	}
	nu, err := HalfAndHalf(r.ViscosityA, r.ViscosityB)
	if err != nil {
		return Interface{}, fmt.Errorf("interface: %w", err)
	}
	const perCentistokes = 1e6 // cSt in one m2/s
	i := Interface{Viscosity: nu, Reynolds: r.Velocity * r.Diameter / nu * perCentistokes, Method: Method}
	if err := within("Reynolds number", i.Reynolds, MinReynolds, MaxReynolds, "(turbulent)"); err != nil {
		return Interface{}, fmt.Errorf("interface: %w", err)
	}
	root := math.Sqrt(r.Diameter)
	i.Critical = 10_000 * math.Exp(2.75*root)
	grown := root * math.Sqrt(r.Length)
	if i.Reynolds >= i.Critical {
		i.Regime = AboveCritical
		i.Mixed = 11.75 * grown * math.Pow(i.Reynolds, -0.1)
	} else {
		i.Regime = BelowCritical
		i.Mixed = 18_384 * grown * math.Pow(i.Reynolds, -0.9) * math.Exp(2.18*root)
	}
	if err := within("mixed zone", i.Mixed, 0, r.Length, "m, the length of the line"); err != nil {
		return Interface{}, fmt.Errorf("interface: %w", err)
	}
	if i.Volume, err = quantity.FromFloat(i.Mixed * math.Pi * r.Diameter * r.Diameter / 4); err != nil {
		return Interface{}, fmt.Errorf("interface: %w", err)
	}
	if i.Barrels, err = quantity.ToBarrels(i.Volume); err != nil {
		return Interface{}, fmt.Errorf("interface: %w", err)
	}
	return i, nil
}

// HalfAndHalf returns the kinematic viscosity, cSt, of a mixture of equal volumes of two products, MinViscosity to MaxViscosity:
// log log (nu + 0.8) is the mean of theirs. From memory, unverified; other constants than 0.8 are in use.
func HalfAndHalf(a, b float64) (float64, error) {
	for _, nu := range [...]float64{a, b} {
		if err := within("viscosity", nu, MinViscosity, MaxViscosity, "cSt"); err != nil {
			return 0, err
		}
	}
	mean := (math.Log10(math.Log10(a+0.8)) + math.Log10(math.Log10(b+0.8))) / 2
	return math.Pow(10, math.Pow(10, mean)) - 0.8, nil
}

// check refuses a run outside the ranges of the method.
func (r Run) check() error {
	if err := within("inner diameter", r.Diameter, MinDiameter, MaxDiameter, "m"); err != nil {
		return err
	}
	if err := within("length", r.Length, MinLength, MaxLength, "m"); err != nil {
		return err
	}
	return within("velocity", r.Velocity, MinVelocity, MaxVelocity, "m/s")
}

// within refuses what lies outside a range; NaN does.
func within(what string, x, min, max float64, unit string) error {
	if !(x >= min && x <= max) {
		return &quantity.RangeError{Quantity: what, Value: x, Min: min, Max: max, Unit: unit}
	}
	return nil
}
