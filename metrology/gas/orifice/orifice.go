// Package orifice computes the flow through a concentric, square-edged orifice plate with flange taps: API MPMS 14.3, which is AGA
// Report No. 3. It has the discharge coefficient of Reader-Harris and Gallagher, both expansion factors, and the branch for low
// Reynolds numbers of the implementation procedure (14.3.4). Viscosity, densities and the isentropic exponent are inputs: an
// equation of state gives them, never this package.
//
// The standard computes in US customary units, and so does the package; SIMeter, SIConditions and SIFlow translate.
package orifice

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that results of this package name. Nothing is rounded.
const (
	Method1992 = "API MPMS 14.3-1992 (AGA 3), flange taps, expansion factor of 1992, unrounded"
	Method2013 = "API MPMS 14.3-2012/2013 (AGA 3), flange taps, expansion factor of 2013 (unverified), unrounded"

	MethodIncompressible = "API MPMS 14.3-1992 (AGA 3), flange taps, incompressible, unrounded"
)

// Tap is the flange tap at which the static pressure is read. The zero Tap means none was given, and is refused.
type Tap uint8

// The taps.
const (
	Upstream   Tap = iota + 1
	Downstream     // the pressure before the plate is then this one and the differential pressure together
)

// Expansion is the edition whose equation for the expansion factor Y of a gas is used. Contracts name it; the zero Expansion means
// none was given, and is refused but for a liquid.
type Expansion uint8

// The expansion factors.
const (
	Expansion1992 Expansion = iota + 1
	// Expansion2013Unverified is the equation of 14.3.1-2012 and 14.3.3-2013 from memory, which nobody has yet held against the
	// text of the standard.
	Expansion2013Unverified
)

// Linear expansion of the usual materials, per degree F (14.3.1).
const (
	StainlessSteel = 9.25e-6 // type 304 and 316: plates
	CarbonSteel    = 6.20e-6 // tubes
)

// ReferenceF is the temperature in degrees F that 14.3 refers diameters to.
const ReferenceF = 68

// Meter is an orifice meter: what stays the same from sample to sample.
type Meter struct {
	Bore, Pipe  float64 // diameter of plate bore and of meter tube at Reference, inches
	Plate, Tube float64 // linear expansion of their materials, per degree F
	Reference   float64 // temperature at which the diameters hold, degrees F: ReferenceF, unless the certificate says otherwise
	Tap         Tap
	Expansion   Expansion
}

// Conditions are what the instruments say, and the properties of the fluid there.
type Conditions struct {
	T           float64 // flowing temperature, degrees F
	P           float64 // absolute static pressure at the tap, psi
	DP          float64 // differential pressure, inches of water at 60 F; 0 is no flow
	Viscosity   float64 // dynamic viscosity, cP
	Density     float64 // of the flowing fluid, at T and the pressure upstream of the plate (Meter.UpstreamPressure), lbm/ft3
	BaseDensity float64 // at base conditions, lbm/ft3
	K           float64 // isentropic exponent; 0 for an incompressible fluid

	// Incompressible says that the fluid is a liquid, which does not expand: Y is 1 and K is not used.
	Incompressible bool
}

// Flow is the flow through the meter, and what it was computed with.
type Flow struct {
	Mass        float64 // lbm/h
	Base        float64 // ft3/h at the base conditions of BaseDensity
	Coefficient float64 // C': Base / sqrt(DP x P), ft3/h per sqrt(inH2O psi); the multiplier of an Integral

	Bore, Pipe float64 // at flowing temperature, inches
	Beta       float64 // Bore / Pipe
	Ev         float64 // velocity of approach factor
	Upstream   float64 // absolute pressure before the plate, psi
	Ratio      float64 // x: differential pressure over Upstream
	Y          float64 // expansion factor
	Cd         float64 // discharge coefficient

	// Reynolds is the Reynolds number of the pipe, as the iteration for Cd sees it: with Caution IterationCapped the true one is
	// smaller. Without flow it is 0.
	Reynolds   float64
	Iterations int
	Cautions   Caution
	Method     string
}

// ErrNoConvergence reports a meter for which the equations have no discharge coefficient: its diameter ratio lies far outside them.
var ErrNoConvergence = errors.New("iteration for the discharge coefficient did not converge")

// The conversion constants of 14.3 in US units, as rounded there.
const (
	flowConstant      = 323.279     // N_c, of the mass flow
	iterationConstant = 0.000623582 // N_Ic, of the iteration flow factor
	inH2OPerPsi       = 27.7070     // N_3, inches of water at 60 F
	maxFI             = 1000        // cap of the iteration flow factor
	reynoldsOverFI    = 4000        // FI is 4000/Re x Cd
)

// UpstreamPressure returns the absolute pressure before the plate in psi: what is read there, or the reading after the plate plus
// the differential pressure. It is the pressure to compute Conditions.Density at.
func (m Meter) UpstreamPressure(p, dp float64) float64 {
	if m.Tap == Downstream {
		return p + dp/inH2OPerPsi
	}
	return p
}

// Flow returns the flow through the meter (14.3.1 and 14.3.3, by the procedure of 14.3.4):
//
//	qm = pi/4 x 323.279 x Ev x Y x Cd x d^2 x sqrt(2 x density x DP)
//
// It refuses a Tap and an Expansion that were not given, a bore that does not fit into the pipe, a differential pressure that
// leaves nothing behind the plate, an Incompressible fluid with a K, with *quantity.RangeError what cannot be, and, with
// ErrNoConvergence, what the equations cannot solve. What lies outside the limits of the standard, but can be computed, comes
// with Cautions: see there.
func (m Meter) Flow(c Conditions) (Flow, error) {
	if err := m.check(); err != nil {
		return Flow{}, err
	}
	if err := c.check(); err != nil {
		return Flow{}, err
	}
	method, err := m.Expansion.method(c.Incompressible)
	if err != nil {
		return Flow{}, err
	}
	f := Flow{Upstream: m.UpstreamPressure(c.P, c.DP), Method: method}
	f.Bore = m.Bore * (1 + m.Plate*(c.T-m.Reference))
	f.Pipe = m.Pipe * (1 + m.Tube*(c.T-m.Reference))
	f.Beta = f.Bore / f.Pipe
	if !(f.Beta < 1) {
		return Flow{}, fmt.Errorf("orifice: bore of %.6g in fills the pipe of %.6g in at %v F", f.Bore, f.Pipe, c.T)
	}
	f.Ev = 1 / math.Sqrt(1-pow4(f.Beta))
	f.Ratio = c.DP / (inH2OPerPsi * f.Upstream)
	if !(f.Ratio < 1) {
		return Flow{}, fmt.Errorf("orifice: differential pressure of %v inH2O is all of the static pressure of %v psia; check that it is absolute", c.DP, c.P)
	}
	f.Y = 1
	if !c.Incompressible {
		f.Y = m.Expansion.factor(f.Beta, f.Ratio, c.K)
	}
	if !(f.Y > 0) {
		return Flow{}, fmt.Errorf("orifice: expansion factor is %.4g at a pressure ratio of %.4g and k = %v; no equation covers that", f.Y, f.Ratio, c.K)
	}
	perCd := math.Pi / 4 * flowConstant * f.Ev * f.Y * f.Bore * f.Bore // of sqrt(2 x density x DP)
	fi := reynoldsOverFI * iterationConstant * f.Pipe * c.Viscosity / (f.Ev * f.Y * f.Bore * f.Bore * math.Sqrt(2*c.Density*c.DP))
	capped := min(fi, maxFI)
	if f.Cd, f.Iterations, err = newCoefficients(f.Beta, f.Pipe).solve(capped); err != nil {
		return Flow{}, fmt.Errorf("orifice of diameter ratio %.4g: %w", f.Beta, err)
	}
	f.Mass = perCd * f.Cd * math.Sqrt(2*c.Density*c.DP)
	f.Base = f.Mass / c.BaseDensity
	f.Coefficient = perCd * f.Cd * math.Sqrt(2*c.Density/c.P) / c.BaseDensity
	if c.DP > 0 {
		f.Reynolds = reynoldsOverFI * f.Cd / capped
	}
	f.Cautions = cautions(m, f, fi)
	return f, nil
}

func pow4(x float64) float64 { return x * x * x * x }

// method returns the Method of a flow with this expansion factor, or refuses an unknown one.
func (e Expansion) method(incompressible bool) (string, error) {
	switch {
	case incompressible && e <= Expansion2013Unverified:
		return MethodIncompressible, nil
	case e == Expansion1992:
		return Method1992, nil
	case e == Expansion2013Unverified:
		return Method2013, nil
	}
	return "", errors.New("orifice: expansion factor not given: Expansion1992 or Expansion2013Unverified")
}

// factor returns the expansion factor Y at the diameter ratio beta, the pressure ratio x upstream, and the isentropic exponent k.
func (e Expansion) factor(beta, x, k float64) float64 {
	b4 := pow4(beta)
	if e == Expansion2013Unverified {
		return 1 - (0.3625+0.1027*b4+1.1320*b4*b4)*(1-math.Pow(1-x, 1/k))
	}
	return 1 - (0.41+0.35*b4)*x/k
}

// within refuses, with *quantity.RangeError, a value outside a range that any meter stays in.
func within(what string, x, least, most float64, unit string) error {
	if !(x >= least && x <= most) {
		return &quantity.RangeError{Quantity: "orifice: " + what, Value: x, Min: least, Max: most, Unit: unit}
	}
	return nil
}

func (m Meter) check() error {
	if m.Tap != Upstream && m.Tap != Downstream {
		return errors.New("orifice: static tap not given: Upstream or Downstream")
	}
	if err := within("pipe diameter", m.Pipe, 0.1, 200, "in"); err != nil {
		return err
	}
	if err := within("bore diameter", m.Bore, 0.001, 200, "in"); err != nil {
		return err
	}
	if err := within("expansion of the plate", m.Plate, 0, 1e-4, "per F"); err != nil {
		return err
	}
	if err := within("expansion of the tube", m.Tube, 0, 1e-4, "per F"); err != nil {
		return err
	}
	return within("reference temperature", m.Reference, -50, 200, "F")
}

func (c Conditions) check() error {
	for _, v := range [...]struct {
		what           string
		x, least, most float64
		unit           string
	}{
		{"flowing temperature", c.T, -400, 1500, "F"},
		{"absolute static pressure", c.P, 0.01, 50_000, "psia"},
		{"differential pressure", c.DP, 0, 50_000 * inH2OPerPsi, "inH2O"},
		{"viscosity", c.Viscosity, 1e-4, 1e6, "cP"},
		{"flowing density", c.Density, 1e-6, 2000, "lbm/ft3"},
		{"base density", c.BaseDensity, 1e-6, 2000, "lbm/ft3"},
	} {
		if err := within(v.what, v.x, v.least, v.most, v.unit); err != nil {
			return err
		}
	}
	if !c.Incompressible {
		return within("isentropic exponent of a compressible fluid", c.K, 0.5, 20, "")
	}
	if c.K != 0 {
		return fmt.Errorf("orifice: an incompressible fluid has no isentropic exponent, got %v", c.K)
	}
	return nil
}
