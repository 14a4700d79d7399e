package gas

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that results of this package name. Nothing is rounded.
const (
	MethodAGA7   = "AGA 7, Vb = Vf x Fpm x Ftm x s (equation via a secondary source), unrounded"
	MethodAGA11  = "AGA 11, Vb = m Zb R Tb / (M Pb) (equation from memory, unverified), unrounded"
	MethodRebase = "base to base through moles with Z at both, unrounded"
)

// Correction is what turns a volume of gas at one state into its volume at base conditions: three factors, each of which shows one
// of the causes.
type Correction struct {
	From State
	To   Base
	Fpm  float64 // pressure: Pf/Pb
	Ftm  float64 // temperature: Tb/Tf
	S    float64 // compressibility: Zb/Zf, the square of the Fpv of AGA 8
	Zf   float64 // compressibility factor at From
	Zb   float64 // compressibility factor at To

	// Factor is Fpm x Ftm x S: what the actual volume is multiplied by.
	Factor float64
	Method string
}

// Correct returns the correction of a gas from flowing conditions to a base, as AGA 7 has it for turbine meters:
//
//	Vb = Vf x (Pf/Pb) x (Tb/Tf) x (Zb/Zf)
//
// It is the same for ultrasonic (AGA 9), rotary and other positive displacement meters: whatever turns actual volume into pulses.
// It refuses what State.Valid, Base.Valid and the equation of state refuse.
func Correct(e Equation, flowing State, base Base) (Correction, error) {
	if err := base.Valid(); err != nil {
		return Correction{}, err
	}
	c := Correction{From: flowing, To: base, Method: MethodAGA7}
	var err error
	if c.Zf, err = Z(e, flowing); err != nil {
		return Correction{}, fmt.Errorf("flowing gas: %w", err)
	}
	at := base.State()
	if c.Zb, err = Z(e, at); err != nil {
		return Correction{}, fmt.Errorf("gas at base conditions: %w", err)
	}
	c.Fpm, c.Ftm, c.S = flowing.P/at.P, at.T/flowing.T, c.Zb/c.Zf
	c.Factor = c.Fpm * c.Ftm * c.S
	if !(c.Factor > 0) || math.IsInf(c.Factor, 1) {
		return Correction{}, fmt.Errorf("volume correction is %v: check the compressibilities %v and %v of the equation of state", c.Factor, c.Zf, c.Zb)
	}
	return c, nil
}

// Fpv returns the supercompressibility factor of AGA 8, the square root of S.
func (c Correction) Fpv() float64 { return math.Sqrt(c.S) }

// Volume returns the volume at base conditions of an actual volume at the meter. It refuses unknown units and, with
// *quantity.RangeError, an actual volume that is negative, above 1e18 or no number, or whose volume at base conditions would be.
func (c Correction) Volume(actual float64, unit VolumeUnit) (Volume, error) {
	if err := unit.Valid(); err != nil {
		return Volume{}, err
	}
	if err := amount("actual volume of gas", actual, string(unit)); err != nil {
		return Volume{}, err
	}
	v := Volume{Value: actual * c.Factor, Unit: unit, Base: c.To}
	return v, v.Valid()
}

// Inferred is a volume at base conditions that was inferred from a mass.
type Inferred struct {
	Volume  Volume
	Zb      float64 // compressibility factor at the base
	Density float64 // at the base, kg/m3
	Method  string
}

// KgPerPound is the avoirdupois pound in kg, exactly.
const KgPerPound = 0.45359237

// FromMass returns the volume at base conditions of a mass in kg, as AGA 11 has it for Coriolis meters:
//
//	Vb = m Zb R Tb / (M Pb)
//
// which is the mass over the density at the base. For a meter of actual volume with a densitometer, the mass is the volume times
// the density. It refuses unknown units, what Base.Valid and the equation of state refuse, and, with *quantity.RangeError, a mass
// or a molar mass (1 to 500 g/mol) that cannot be.
func FromMass(e Equation, kg float64, unit VolumeUnit, base Base) (Inferred, error) {
	if err := unit.Valid(); err != nil {
		return Inferred{}, err
	}
	if err := base.Valid(); err != nil {
		return Inferred{}, err
	}
	if err := amount("mass of gas", kg, "kg"); err != nil {
		return Inferred{}, err
	}
	m := e.MolarMass()
	if !(m >= 1 && m <= 500) {
		return Inferred{}, &quantity.RangeError{Quantity: "molar mass", Value: m, Min: 1, Max: 500, Unit: "g/mol"}
	}
	at := base.State()
	zb, err := Z(e, at)
	if err != nil {
		return Inferred{}, fmt.Errorf("gas at base conditions: %w", err)
	}
	rho := m * at.P / (zb * gasConstant(e) * at.T)
	v := Volume{Value: kg / rho / unit.m3(), Unit: unit, Base: base}
	return Inferred{Volume: v, Zb: zb, Density: rho, Method: MethodAGA11}, v.Valid()
}
