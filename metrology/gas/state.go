package gas

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// KPaPerPsi is a pound force (0.45359237 kg x 9.80665 m/s2) per square inch (0.0254 m) in kPa.
const KPaPerPsi = 0.45359237 * 9.80665 / (0.0254 * 0.0254) / 1000

// Psi returns the kPa of p psi. A gauge pressure becomes an absolute one by adding the atmospheric pressure at the meter first.
func Psi(p float64) float64 { return p * KPaPerPsi }

// Fahrenheit returns the K of t degrees F.
func Fahrenheit(t float64) float64 { return (t + 459.67) / 1.8 }

// Celsius returns the K of t degrees C.
func Celsius(t float64) float64 { return t + 273.15 }

// State is a temperature in K and an absolute pressure in kPa.
type State struct {
	T, P float64
}

// The range of a State: that of AGA 8 and some more. The equation of state has its own.
const (
	minT, maxT = 90, 700
	minP, maxP = 0.001, 300_000
)

// Valid refuses, with *quantity.RangeError, temperatures outside 90 to 700 K and absolute pressures outside 0.001 to 300 000 kPa.
func (s State) Valid() error {
	if !(s.T >= minT && s.T <= maxT) {
		return &quantity.RangeError{Quantity: "temperature", Value: s.T, Min: minT, Max: maxT, Unit: "K"}
	}
	if !(s.P >= minP && s.P <= maxP) {
		return &quantity.RangeError{Quantity: "absolute pressure", Value: s.P, Min: minP, Max: maxP, Unit: "kPa"}
	}
	return nil
}

// Equation is an equation of state of one gas of fixed composition, as detail.Mixture and gerg.Mixture are.
type Equation interface {
	MolarMass() float64                    // g/mol
	Density(t, p float64) (float64, error) // molar density in mol/dm3, at t in K and p in kPa absolute
}

// GasConstant is the molar gas constant in J/(mol K), exact since the SI of 2019.
const GasConstant = 8.31446261815324

// gasConstant returns the gas constant that an equation of state was fitted with, if it tells: AGA 8 kept older values, and a
// compressibility factor belongs to the constant it was computed with. Volumes do not depend on it: there it cancels.
func gasConstant(e Equation) float64 {
	if own, ok := e.(interface{ GasConstant() float64 }); ok {
		return own.GasConstant()
	}
	return GasConstant
}

// density returns the molar density in mol/dm3, or what is wrong with the state or with the equation.
func density(e Equation, s State) (float64, error) {
	if err := s.Valid(); err != nil {
		return 0, err
	}
	d, err := e.Density(s.T, s.P)
	if err != nil {
		return 0, fmt.Errorf("density at %.6g K and %.6g kPa: %w", s.T, s.P, err)
	}
	if !(d > 0) || math.IsInf(d, 1) {
		return 0, fmt.Errorf("density at %.6g K and %.6g kPa: equation of state gives %v mol/dm3", s.T, s.P, d)
	}
	return d, nil
}

// Z returns the compressibility factor P/(D R T) of a gas, with the gas constant of its equation of state where that has a method
// GasConstant() float64, and GasConstant otherwise.
func Z(e Equation, s State) (float64, error) {
	d, err := density(e, s)
	if err != nil {
		return 0, err
	}
	z := s.P / (d * gasConstant(e) * s.T)
	if !(z > 0) || math.IsInf(z, 1) {
		return 0, fmt.Errorf("compressibility at %.6g K and %.6g kPa: density %v mol/dm3 gives %v", s.T, s.P, d, z)
	}
	return z, nil
}
