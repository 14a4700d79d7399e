// Package liquid computes what temperature and pressure do to a liquid hydrocarbon: the factors of API MPMS 11.1, densities
// and volumes at other reference conditions, and the volumes of a ticket (MPMS 12.2). Physics is float64 and unrounded; each
// rounding is a named act with a result of its own, and volumes are exact integers. The packages beneath it hold LPG, tanks and
// ships, the proving of meters, and line pack.
package liquid

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// The methods and editions that results of this package name. A method marked unverified follows equations that nobody has yet
// held against the text of the standard.
const (
	Method11_1 = "API MPMS 11.1-2004/Add.1-2007"
	Method12_2 = "API MPMS 12.2-2021 (equations and discrimination unverified)"
)

// Factors is what API MPMS 11.1 says of a liquid at a temperature and a pressure. Nothing in it is rounded.
type Factors struct {
	Method string // what computed them: Method11_1

	CTL  float64 // volume at the base temperature over volume at the temperature, both at 0 gauge
	CPL  float64 // volume at 0 gauge over volume at the pressure, both at the temperature
	CTPL float64 // CTL x CPL: what a volume is multiplied by to become a volume at reference conditions
	Fp   float64 // scaled compressibility, 1e-5 per psi

	RhoBase     float64 // density at the reference conditions, kg/m3
	Rho60       float64 // density at 60 F and 0 gauge, kg/m3
	RhoObserved float64 // density at the temperature and pressure, kg/m3

	// Iterations is how often 11.1.6.2 ran through 11.1.6.1 to find Rho60, 1 to 15; 0 when the density at 60 F was given.
	Iterations int
	// LastIterate says that a refined product lies where two subgroups meet: the iteration swung between them, and, as 11.1
	// has it, its last value stands. The base density is then uncertain by the width of the step between the two.
	LastIterate bool
}

// FromBase returns the factors at temperature t and gauge pressure p of a liquid whose density at the reference conditions is
// rhoBase kg/m3 (API MPMS 11.1.6.1; 11.1.7.1 for 15 C and 20 C). Inputs are not rounded. It refuses with *quantity.RangeError what 11.1
// does not cover, with ErrMissing a zero Temperature or Pressure, and unknown groups and references.
func FromBase(g Group, rhoBase float64, base quantity.Reference, t Temperature, p Pressure) (Factors, error) {
	c, err := checked(g, base, t, p)
	if err != nil {
		return Factors{}, err
	}
	b, err := g.standardize(rhoBase, c.baseF)
	if err != nil {
		return Factors{}, fmt.Errorf("density at %s to 60F: %w", base, err)
	}
	f := g.at(b.rho60, c.tF, c.psi).factors(b.ctl)
	f.RhoBase = rhoBase // as given: the way back from 60 F would disturb its last digits
	f.RhoObserved = f.CTPL * rhoBase
	f.Iterations, f.LastIterate = b.iterations, b.lastIterate
	return f, nil
}

// ToBase returns the factors, and with them the density at reference conditions, of a liquid whose density at temperature t and
// gauge pressure p is rhoObserved kg/m3 (API MPMS 11.1.6.2; 11.1.7.2 for 15 C and 20 C). It refuses what FromBase refuses, a
// liquid whose density at 60 F would be out of range, and, with ErrNoConvergence, what 15 iterations do not solve.
func ToBase(g Group, rhoObserved float64, base quantity.Reference, t Temperature, p Pressure) (Factors, error) {
	c, err := checked(g, base, t, p)
	if err != nil {
		return Factors{}, err
	}
	s, err := g.solve(rhoObserved, c.tF, c.psi)
	if err != nil {
		return Factors{}, err
	}
	f := s.factors(g.baseCTL(s.rho60, c.baseF))
	f.RhoObserved = rhoObserved
	return f, nil
}

// ToAlternate carries a liquid observed at (t, p) over to the alternate conditions (tAlt, pAlt) by way of its density at the
// reference conditions (API MPMS 11.1.6.3, 11.1.7.3). A volume at the alternate conditions is the observed one times the
// observed CTPL over the alternate CTPL, each rounded by RoundCTPL.
func ToAlternate(g Group, rhoObserved float64, base quantity.Reference, t Temperature, p Pressure, tAlt Temperature, pAlt Pressure) (observed, alternate Factors, err error) {
	c, err := checked(g, base, tAlt, pAlt)
	if err != nil {
		return Factors{}, Factors{}, fmt.Errorf("alternate conditions: %w", err)
	}
	if observed, err = ToBase(g, rhoObserved, base, t, p); err != nil {
		return Factors{}, Factors{}, err
	}
	alternate = g.at(observed.Rho60, c.tF, c.psi).factors(g.baseCTL(observed.Rho60, c.baseF))
	alternate.Iterations, alternate.LastIterate = observed.Iterations, observed.LastIterate
	return observed, alternate, nil
}

// conditions are checked inputs in the units that 11.1 computes in.
type conditions struct {
	tF, psi, baseF float64
}

// checked refuses what 11.1 does not cover, and turns the rest into the units of its procedure. Limits apply to the inputs as
// they are given, before any rounding.
func checked(g Group, base quantity.Reference, t Temperature, p Pressure) (c conditions, err error) {
	if err = g.Valid(); err != nil {
		return c, err
	}
	reference, err := BaseTemperature(base)
	if err != nil {
		return c, err
	}
	c.baseF = reference.Fahrenheit()
	if err = t.InRange(Celsius(-50), Celsius(150)); err != nil { // -58 to 302 F
		return c, err
	}
	c.tF = t.Fahrenheit()
	c.psi, err = p.inRange()
	return c, err
}

// BaseTemperature returns the temperature of the reference conditions of a volume. It refuses, with ErrReference, those of none.
func BaseTemperature(base quantity.Reference) (Temperature, error) {
	switch base {
	case quantity.At60F:
		return Fahrenheit(60), nil
	case quantity.At15C:
		return Celsius(15), nil
	case quantity.At20C:
		return Celsius(20), nil
	}
	return Temperature{}, fmt.Errorf("%w: %q, not 60F, 15C or 20C", ErrReference, string(base))
}

// state is a liquid at a temperature and pressure, seen from its density at 60 F.
type state struct {
	rho60, alpha float64 // kg/m3; expansion at 60 F, per degree F
	ctl, cpl, fp float64 // ctl is to 60 F
	iterations   int
	lastIterate  bool
}

// factors refers a state to a base whose CTL to 60 F is ctlBase (11.1.7).
func (s state) factors(ctlBase float64) Factors {
	ctl := s.ctl / ctlBase
	rhoBase := s.rho60 * ctlBase
	ctpl := ctl * s.cpl
	return Factors{
		Method: Method11_1,
		CTL:    ctl, CPL: s.cpl, CTPL: ctpl, Fp: s.fp,
		RhoBase: rhoBase, Rho60: s.rho60, RhoObserved: ctpl * rhoBase,
		Iterations: s.iterations, LastIterate: s.lastIterate,
	}
}

// standardize returns the state at a base temperature of a liquid of base density rhoBase: its density at 60 F and its CTL there.
func (g Group) standardize(rhoBase, baseF float64) (state, error) {
	if baseF != 60 {
		return g.solve(rhoBase, baseF, 0)
	}
	limits := g.baseLimits()
	if !limits.hold(rhoBase) {
		return state{}, &quantity.RangeError{Quantity: "density at 60 F of " + g.name(), Value: rhoBase, Min: limits.min, Max: limits.max, Unit: "kg/m3"}
	}
	return state{rho60: rhoBase, ctl: 1, cpl: 1}, nil
}

// baseCTL returns the CTL to 60 F of a base temperature: 1 at 60 F itself, where the equation leaves a trace in the twelfth digit.
func (g Group) baseCTL(rho60, baseF float64) float64 {
	if baseF == 60 {
		return 1
	}
	return g.at(rho60, baseF, 0).ctl
}

// shift60 is the difference of the temperature scales ITS-90 and IPTS-68 at 60 F times two, and base60 is 60 F on the latter:
// 11.1 was fitted on IPTS-68, thermometers read ITS-90.
const (
	shift60 = 0.01374979547
	base60  = 60.0068749
)

// ipts68 returns the temperature on the scale of 1968 of a temperature on the scale of 1990, both in degrees Fahrenheit
// (11.1.5.3).
func ipts68(tF float64) float64 {
	t := (tF - 32) / 1.8
	tau := t / 630
	d := (-0.148759 + (-0.267408+(1.080760+(1.269056+(-4.089591+(-1.871251+(7.438081-3.536296*tau)*tau)*tau)*tau)*tau)*tau)*tau) * tau
	return 1.8*(t-d) + 32
}

// at returns the state at tF and psi of a liquid of density rho60 (11.1.6.1, steps 2 to 7).
func (g Group) at(rho60, tF, psi float64) state { return g.on1968(rho60, ipts68(tF), psi) }

// on1968 is at for a temperature t that is already one of the scale of 1968.
func (g Group) on1968(rho60, t, psi float64) state {
	s := state{rho60: rho60}
	rho := rho60 // at 60 F on the scale of 1968
	if g.kind == special {
		a := g.alpha60
		rho *= math.Exp(0.5 * a * shift60 * (1 + 0.4*a*shift60))
		s.alpha = a
	} else {
		k := g.coefficients(rho60)
		a := shift60 / 2 * ((k.k0/rho60+k.k1)/rho60 + k.k2)
		b := (2*k.k0 + k.k1*rho60) / (k.k0 + (k.k1+k.k2*rho60)*rho60)
		rho *= 1 + (math.Exp(a*(1+0.8*a))-1)/(1+a*(1+1.6*a)*b)
		s.alpha = (k.k0/rho+k.k1)/rho + k.k2
	}
	d := t - base60
	s.ctl = math.Exp(-s.alpha * d * (1 + 0.8*s.alpha*(d+shift60)))
	s.fp = math.Exp(-1.9947 + 0.00013427*t + (793920+2326*t)/(rho*rho))
	s.cpl = 1 / (1 - 1e-5*s.fp*psi)
	return s
}

// The iteration of 11.1.6.2 ends when the observed density is met to tolerance kg/m3, or fails after maxIterations.
const (
	tolerance     = 1e-6
	maxIterations = 15
)

// solve finds the density at 60 F of a liquid observed at tF and psi, by the damped Newton steps of 11.1.6.2.
func (g Group) solve(observed, tF, psi float64) (state, error) {
	base, obs := g.baseLimits(), g.observedLimits()
	if tF == 60 && psi == 0 { // the observed density is the density at 60 F: its limits apply
		obs = base
	}
	if !obs.hold(observed) {
		return state{}, &quantity.RangeError{Quantity: "observed density of " + g.name(), Value: observed, Min: obs.min, Max: obs.max, Unit: "kg/m3"}
	}
	if tF == 60 && psi == 0 {
		return g.at(observed, tF, psi), nil
	}
	rho, t := base.clamp(observed), ipts68(tF)
	var s, previous state
	for n := range maxIterations {
		previous, s = s, g.on1968(rho, t, psi)
		s.iterations = n + 1
		ctpl := s.ctl * s.cpl
		if math.Abs(observed-ctpl*rho) < tolerance {
			return s, nil
		}
		miss := observed/ctpl - rho
		dt := g.damping(rho) * s.alpha * (tF - 60) * (1 + 1.6*s.alpha*(tF-60))
		dp := -2 * s.cpl * psi * s.fp * (7.93920 + 0.02326*tF) / (rho * rho)
		free := rho + miss/(1+dt+dp)
		if next := base.clamp(free); next != rho || next == free {
			rho = next
			continue
		}
		// The limit holds the iterate where it is: no density in range explains the observed one.
		return state{}, &quantity.RangeError{
			Quantity: "density at 60 F, computed from the observed one, of " + g.name(),
			Value:    free, Min: base.min, Max: base.max, Unit: "kg/m3",
		}
	}
	if g.swings(previous.rho60, s.rho60) {
		s.lastIterate = true
		return s, nil
	}
	return state{}, fmt.Errorf("%w: %s of %v kg/m3 at %v F and %v psi", ErrNoConvergence, g.name(), observed, tF, psi)
}
