// Package gross is the GROSS equation of state of AGA 8 Part 1: the density of a natural gas of which not the composition is known
// but its heating value, relative density, nitrogen and carbon dioxide, or three of them. It takes all that is neither nitrogen nor
// carbon dioxide for one equivalent hydrocarbon, and cuts the virial equation off behind the third coefficient; other properties
// than the density do not follow from it. Nothing is rounded.
//
// Coefficients and relations are those of the public code of NIST (E. W. Lemmon, I. H. Bell: AGA8, commit
// 3bdb9ab8ff317c618b0b59d1b704c2c86ddc5fce), whose notice is in the file NOTICE. Densities from the composition agree with it to
// 1e-9 of themselves or better; those of methods 1 and 2 agree so with the example in it. The code itself ends the iteration of
// the two methods early, which may move a density by 1e-7 of itself in the range that AGA 8 states.
//
// Mixture.RangeOf says whether gas and state lie in the range that AGA 8 states. The bounds that lead to a *quantity.RangeError
// are wider, where the coefficients still behave: 200 to 400 K, up to 100 MPa, up to 100 mol/dm3.
package gross

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// The methods and editions that results of this package name, one for each way to a Mixture.
const (
	MethodComposition = "AGA 8 Part 1-2017 GROSS, from the composition"
	Method1           = "AGA 8 Part 1-2017 GROSS, method 1"
	Method2           = "AGA 8 Part 1-2017 GROSS, method 2"
)

// ErrHydrocarbon reports a gas whose equivalent hydrocarbon burns so little or so well that GROSS has no virial coefficients for it
// at the temperature.
var ErrHydrocarbon = errors.New("GROSS does not know such an equivalent hydrocarbon: the gas is no natural gas")

// gasConstant is the R of AGA 8 Part 1, in J/(mol K).
const gasConstant = 8.31451

// The bounds of the arithmetic.
const (
	minTemperature, maxTemperature = 200, 400 // K
	maxPressure                    = 100e3    // kPa
	maxDensity                     = 100      // mol/dm3
)

// Mixture is a gas as GROSS sees it. It does not change, and any number of goroutines may use it at once.
type Mixture struct {
	hydrocarbon, nitrogen, carbonDioxide float64 // mole fractions
	heating                              float64 // molar heating value of the equivalent hydrocarbon, kJ/mol
	molarMass                            float64 // g/mol
	method                               string
}

// New returns the gas of a composition, by way of the heating values of its components: AGA 5-2009, ideal gas, 25 C. It refuses
// what gas.Composition.Valid refuses, and a gas without hydrocarbons with ErrHydrocarbon.
func New(x gas.Composition) (*Mixture, error) {
	if err := x.Valid(); err != nil {
		return nil, fmt.Errorf("AGA 8 GROSS: %w", err)
	}
	m := &Mixture{nitrogen: x[gas.Nitrogen], carbonDioxide: x[gas.CarbonDioxide], method: MethodComposition}
	m.hydrocarbon = 1 - m.nitrogen - m.carbonDioxide
	heating := 0.0
	for i, xi := range x {
		m.molarMass += xi * components[i].mass
		heating += xi * components[i].heating
	}
	if !(m.hydrocarbon > 0 && heating > 0) {
		return nil, ErrHydrocarbon
	}
	m.heating = heating / m.hydrocarbon
	return m, nil
}

// Conditions are those to which a heating value and a relative density are referred.
type Conditions struct {
	Combustion float64 // temperature of the heating value, K
	T, P       float64 // temperature and absolute pressure of the volume, K and kPa
}

// NewMethod1 returns the gas of a relative density (to air, both at T and P), a volumetric ideal gross heating value in MJ/m3 and a
// mole fraction of carbon dioxide: method 1. Nitrogen follows from them. It refuses with *quantity.RangeError what is out of bounds
// or leads to mole fractions that are, and with ErrHydrocarbon a gas that is no natural gas.
func NewMethod1(at Conditions, relativeDensity, heatingValue, carbonDioxide float64) (*Mixture, error) {
	if err := at.check(relativeDensity); err != nil {
		return nil, err
	}
	if !(heatingValue > 0 && heatingValue <= 1000) {
		return nil, &quantity.RangeError{Quantity: "heating value", Value: heatingValue, Min: 0, Max: 1000, Unit: "MJ/m3"}
	}
	if err := checkFraction("carbon dioxide", carbonDioxide); err != nil {
		return nil, err
	}
	m, err := at.solve(func(z float64) Mixture {
		mass := at.molarMass(relativeDensity, z)
		heating := heatingValue * z * gasConstant * at.T / at.P * at.combustion()
		hydrocarbon := (mass - (1-carbonDioxide)*massNitrogen - carbonDioxide*massCarbonDioxide - massSlope*heating) /
			(massIntercept - massNitrogen)
		return Mixture{
			hydrocarbon: hydrocarbon, nitrogen: 1 - hydrocarbon - carbonDioxide, carbonDioxide: carbonDioxide,
			heating: heating / hydrocarbon, molarMass: mass, method: Method1,
		}
	})
	if err != nil {
		return nil, err
	}
	if err := checkHydrocarbon(m.hydrocarbon); err != nil {
		return nil, err
	}
	if err := checkFraction("nitrogen of method 1", m.nitrogen); err != nil {
		return nil, err
	}
	return m, nil
}

// NewMethod2 returns the gas of a relative density (to air, both at T and P) and mole fractions of nitrogen and carbon dioxide:
// method 2. The heating value follows from them; Combustion has no part in it. It refuses with *quantity.RangeError what is out of
// bounds, and with ErrHydrocarbon a gas that is no natural gas.
func NewMethod2(at Conditions, relativeDensity, nitrogen, carbonDioxide float64) (*Mixture, error) {
	if err := at.check(relativeDensity); err != nil {
		return nil, err
	}
	if err := checkFraction("nitrogen", nitrogen); err != nil {
		return nil, err
	}
	if err := checkFraction("carbon dioxide", carbonDioxide); err != nil {
		return nil, err
	}
	hydrocarbon := 1 - nitrogen - carbonDioxide
	if err := checkHydrocarbon(hydrocarbon); err != nil {
		return nil, err
	}
	return at.solve(func(z float64) Mixture {
		mass := at.molarMass(relativeDensity, z)
		ofHydrocarbon := (mass - nitrogen*massNitrogen - carbonDioxide*massCarbonDioxide) / hydrocarbon
		return Mixture{
			hydrocarbon: hydrocarbon, nitrogen: nitrogen, carbonDioxide: carbonDioxide,
			heating: (ofHydrocarbon - massIntercept) / massSlope, molarMass: mass, method: Method2,
		}
	})
}

// Relations of the molar mass of the equivalent hydrocarbon, g/mol, to its molar heating value, kJ/mol.
const massIntercept, massSlope = -2.709328, 0.021062199

// massAir is the molar mass of the air that relative densities refer to, g/mol.
const massAir = 28.9625

// check refuses conditions, and a relative density at them, that are out of bounds.
func (at Conditions) check(relativeDensity float64) error {
	if err := checkTemperature(at.T); err != nil {
		return err
	}
	if err := checkTemperature(at.Combustion); err != nil {
		return err
	}
	if !(at.P >= 1 && at.P <= 1000) {
		return &quantity.RangeError{Quantity: "reference pressure", Value: at.P, Min: 1, Max: 1000, Unit: "kPa"}
	}
	if !(relativeDensity > 0 && relativeDensity <= 10) {
		return &quantity.RangeError{Quantity: "relative density", Value: relativeDensity, Min: 0, Max: 10, Unit: "(air = 1)"}
	}
	return nil
}

// combustion is by how much the molar heating value at 25 C exceeds the one at the temperature of combustion.
func (at Conditions) combustion() float64 { return 1 + 0.0001027*(at.Combustion-298.15) }

// air returns Z of air.
func (at Conditions) air() float64 {
	return 1 + quadratic{-0.12527, 0.000591, -0.000000662}.at(at.T)*at.P/(gasConstant*at.T)
}

// molarMass returns the molar mass of a gas of a relative density and a Z, g/mol.
func (at Conditions) molarMass(relativeDensity, z float64) float64 {
	return relativeDensity * z * massAir / at.air()
}

// virialZ returns Z at the conditions by the second virial coefficient alone, as methods 1 and 2 have it.
func (at Conditions) virialZ(m *Mixture) (float64, error) {
	b, _, err := m.virial(at.T)
	return 1 + b*at.P/(gasConstant*at.T), err
}

// solve finds the gas whose Z at the conditions is the one that it was worked out with. Each step takes two digits or more off the
// error; it goes on to the last, as the example in NIST's code does, which itself ends at a change of Z of 1e-7.
func (at Conditions) solve(gasOf func(z float64) Mixture) (*Mixture, error) {
	z := 1.0
	for range 50 {
		m := gasOf(z)
		next, err := at.virialZ(&m)
		if err != nil {
			return nil, err
		}
		if math.Abs(next-z) < 1e-14 {
			found := m // only this one outlives the loop
			return &found, nil
		}
		z = next
	}
	return nil, gas.ErrNoConvergence
}

// Method returns the method and edition that results of the Mixture name.
func (m *Mixture) Method() string { return m.method }

// MolarMass returns the molar mass in g/mol.
func (m *Mixture) MolarMass() float64 { return m.molarMass }

// GasConstant returns the gas constant of the equation in J/(mol K), with which a compressibility factor is P/(D R T). It is older
// than that of the SI.
func (m *Mixture) GasConstant() float64 { return gasConstant }

// Fractions returns the mole fractions of the equivalent hydrocarbon, which is all that is not one of the other two, of nitrogen and
// of carbon dioxide.
func (m *Mixture) Fractions() (hydrocarbon, nitrogen, carbonDioxide float64) {
	return m.hydrocarbon, m.nitrogen, m.carbonDioxide
}

// MolarHeatingValue returns the molar ideal gross heating value of the gas at 25 C, in kJ/mol.
func (m *Mixture) MolarHeatingValue() float64 { return m.heating * m.hydrocarbon }

// HeatingValue returns the volumetric ideal gross heating value at conditions, in MJ/m3 (equation of method 2). Its errors are those
// of Density.
func (m *Mixture) HeatingValue(at Conditions) (float64, error) {
	if err := at.check(1); err != nil {
		return 0, err
	}
	z, err := at.virialZ(m)
	if err != nil {
		return 0, err
	}
	return m.MolarHeatingValue() * at.P / (z * gasConstant * at.T * at.combustion()), nil
}

// RelativeDensity returns the density over that of air, both at T and P of the conditions. Its errors are those of Density.
func (m *Mixture) RelativeDensity(at Conditions) (float64, error) {
	if err := at.check(1); err != nil {
		return 0, err
	}
	z, err := m.Z(at.T, at.P)
	if err != nil {
		return 0, err
	}
	return m.molarMass * at.air() / (massAir * z), nil
}

// RangeOf returns the range of GROSS in which the gas lies at a temperature of T kelvins and an absolute pressure of P kilopascals:
// the normal one is 32 to 130 F, up to 1200 psia, for gases of up to 50 % nitrogen and 30 % carbon dioxide that are as heavy as
// methane to 0.87 times air. There is no other. Its limits are from memory: unverified.
func (m *Mixture) RangeOf(T, P float64) gas.Range {
	const coldest, hottest, highest = (32 + 459.67) / 1.8, (130 + 459.67) / 1.8, 1200 * gas.KPaPerPsi
	const slack = 1e-9 // of the conversion of units: the limits themselves are in the range
	mass := m.molarMass / massAir
	if T >= coldest-slack && T <= hottest+slack && P >= 0 && P <= highest+slack &&
		m.nitrogen <= 0.5 && m.carbonDioxide <= 0.3 && mass >= 0.5539 && mass <= 0.87 {
		return gas.NormalRange
	}
	return gas.OutsideRange
}
