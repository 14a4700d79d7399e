// Package proving computes the factor of a liquid meter that was held against a prover: a pipe prover, a small-volume prover, or
// another meter that was itself proved. What repeated runs scatter decides whether there is a factor at all.
package proving

import (
	"fmt"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
)

// The methods and editions that results of this package name. Nobody has held the equations against the text of the standards; that of
// the small-volume prover was read in a maker's manual that quotes MPMS 12.2.4.
const (
	MethodPipe        = "API MPMS 12.2-2021 and 4.8, pipe prover, average data (equations unverified)"
	MethodSmallVolume = "API MPMS 12.2-2021, 4.6 and 4.8, small-volume prover, average data (equations unverified)"
	MethodMaster      = "API MPMS 12.2-2021 and 4.5, master meter, average meter factor (equations unverified)"
)

// Rounding is what a proving rounds.
const Rounding = "meter factor to 4 decimals, nothing before it (MPMS 12.2 discrimination unverified)"

// MeterFactorDecimals is the number of decimals of a reported meter factor. From memory, unverified (MPMS 12.2).
const MeterFactorDecimals = 4

// Prover is a length of pipe between two detectors whose volume is known.
type Prover struct {
	Volume     quantity.Factor    // base volume, at the reference temperature and 0 gauge, in the unit of the K-factor
	Base       quantity.Reference // reference conditions of the base volume
	Steel      steel.Material     // of the measuring pipe
	Inner      float64            // inner diameter, in the unit of Wall
	Wall       float64            // wall thickness
	DoubleWall bool               // the measuring pipe has the pressure on both sides, so that CPS is 1

	// Mount is the material that holds the detectors of a small-volume prover apart from its pipe, at the temperature
	// Proving.MountT. The zero Material is a pipe prover, whose detectors sit in the wall.
	Mount steel.Material
}

// Proving is a meter held against a prover, by the average of its runs.
type Proving struct {
	Prover Prover
	K      quantity.Factor // nominal, pulses per unit
	Runs   []float64       // pulses of each consecutive run: Whole, Interpolate, Passes
	Accept Acceptance

	Group           liquid.Group
	RhoBase         float64 // density at the reference conditions of the prover, kg/m3
	ProverT, MeterT liquid.Temperature
	ProverP, MeterP liquid.Pressure
	MountT          liquid.Temperature // of the mount of the detectors; a pipe prover has none
}

// Proof is the outcome of a proving (MPMS 12.2 and 4.8). Nothing but MeterFactor is rounded.
type Proof struct {
	Method   string // of the proving, of the steel, and of the liquid
	Rounding string
	Accepted string // the criterion that the runs met
	Spread          // of the pulses

	CTS, CPS      float64        // of the prover's steel: temperature and pressure
	Prover, Meter liquid.Factors // of the liquid in the prover and in the meter
	GSV           float64        // standard volume of the prover: base volume x CTS x CPS x CTL x CPL
	IV, ISV       float64        // volume the meter indicated, and the same at reference conditions: x CTL x CPL
	MF            float64        // GSV / ISV

	MeterFactor quantity.Factor // MF with MeterFactorDecimals decimals
}

// Prove returns the meter factor of a proving, or, with *SpreadError, refuses runs that lie too far apart. It refuses what
// liquid.FromBase and the functions of package steel refuse, and a prover that is not fully described.
func Prove(p Proving) (Proof, error) {
	prover, meter, err := factors(p.Group, p.RhoBase, p.Prover.Base, [2]liquid.Temperature{p.ProverT, p.MeterT}, [2]liquid.Pressure{p.ProverP, p.MeterP})
	if err != nil {
		return Proof{}, err
	}
	return ProveWith(p, prover, meter)
}

// ProveWith is Prove of a liquid that API MPMS 11.1 does not cover, such as LPG, with factors that were computed or entered elsewhere
// for the conditions of p. It does not look at the group, the density and the conditions at the meter.
func ProveWith(p Proving, prover, meter liquid.Factors) (Proof, error) {
	if !p.K.Valid() || !p.Prover.Volume.Valid() {
		return Proof{}, fmt.Errorf("proving: k-factor %s and prover volume %s must be positive", p.K, p.Prover.Volume)
	}
	for _, f := range [...]liquid.Factors{prover, meter} {
		if !liquid.RoundCTPL(f).Valid() {
			return Proof{}, fmt.Errorf("proving: CTPL %v of the liquid is none; a CPL may be missing", f.CTPL)
		}
	}
	proof := Proof{Rounding: Rounding, Accepted: p.Accept.String(), Prover: prover, Meter: meter}
	var err error
	if proof.Spread, err = SpreadOf(p.Runs); err != nil {
		return Proof{}, err
	}
	if err = p.Accept.Accept(proof.Spread); err != nil {
		return Proof{}, err
	}
	if err = proof.stretch(p); err != nil {
		return Proof{}, err
	}
	proof.Method += "; " + steel.Method + "; " + prover.Method
	proof.GSV = p.Prover.Volume.Float() * proof.CTS * proof.CPS * prover.CTPL
	proof.IV = proof.Mean / p.K.Float()
	proof.ISV = proof.IV * meter.CTPL
	proof.MF = proof.GSV / proof.ISV
	if proof.MeterFactor, err = report(proof.MF); err != nil {
		return Proof{}, fmt.Errorf("%w; check that the k-factor %s and the prover volume %s are in one unit", err, p.K, p.Prover.Volume)
	}
	return proof, nil
}

// factors returns the factors of one liquid at two places, the first of which is the standard.
func factors(g liquid.Group, rhoBase float64, base quantity.Reference, t [2]liquid.Temperature, p [2]liquid.Pressure) (standard, meter liquid.Factors, err error) {
	if standard, err = liquid.FromBase(g, rhoBase, base, t[0], p[0]); err != nil {
		return standard, meter, fmt.Errorf("liquid in the prover: %w", err)
	}
	if meter, err = liquid.FromBase(g, rhoBase, base, t[1], p[1]); err != nil {
		return standard, meter, fmt.Errorf("liquid in the meter: %w", err)
	}
	return standard, meter, nil
}

// stretch fills in CTS and CPS of the prover's steel, and the method.
func (proof *Proof) stretch(p Proving) error {
	base, err := liquid.BaseTemperature(p.Prover.Base)
	if err != nil {
		return fmt.Errorf("prover: %w", err)
	}
	if err := steelTemperature(p.ProverT); err != nil {
		return fmt.Errorf("prover: %w", err)
	}
	if p.ProverP == (liquid.Pressure{}) {
		return fmt.Errorf("prover: pressure %w", liquid.ErrMissing)
	}
	warmer := p.ProverT.Fahrenheit() - base.Fahrenheit()
	proof.Method = MethodPipe
	if p.Prover.Mount == (steel.Material{}) {
		proof.CTS, err = steel.CTS(warmer, p.Prover.Steel.PerF.Cubical)
	} else {
		proof.Method = MethodSmallVolume
		if err := steelTemperature(p.MountT); err != nil {
			return fmt.Errorf("mount of the detectors: %w", err)
		}
		proof.CTS, err = steel.CTSDetached(warmer, p.Prover.Steel.PerF.Area, p.MountT.Fahrenheit()-base.Fahrenheit(), p.Prover.Mount.PerF.Linear)
	}
	if err != nil {
		return fmt.Errorf("prover: %w", err)
	}
	proof.CPS = 1
	if !p.Prover.DoubleWall {
		proof.CPS, err = steel.CPS(p.ProverP.Psi(), p.Prover.Inner, p.Prover.Wall, p.Prover.Steel.Elasticity)
	}
	if err != nil {
		return fmt.Errorf("prover: %w", err)
	}
	return nil
}

// steelTemperature refuses temperatures that API MPMS 11.1 would refuse for the liquid beside the steel.
func steelTemperature(t liquid.Temperature) error {
	return t.InRange(liquid.Celsius(-50), liquid.Celsius(150))
}
