// Package detail is the DETAIL equation of state of AGA 8 Part 1 for natural gas and its like: density, and with it compressibility,
// heat capacity, speed of sound and the other properties, from temperature, pressure and the mole fractions of 21 components.
// Nothing is rounded.
//
// Coefficients and the way of the iteration for the density are those of the public code of NIST (E. W. Lemmon, I. H. Bell: AGA8,
// commit 3bdb9ab8ff317c618b0b59d1b704c2c86ddc5fce), whose notice is in the file NOTICE; the results agree with it to 1e-9 of
// themselves or better, on processors that multiply and add in one step too. Where that code finds a density this package finds
// the same, and where it finds none, none.
//
// The equation is evaluated far outside the ranges for which AGA 8 states an uncertainty, as the published test points are:
// RangeOf says where a state lies. The bounds that lead to a *quantity.RangeError are those of the arithmetic: 10 to 2,000 K, up to
// 1e7 kPa, up to 1,096 mol/dm3.
package detail

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method and edition that results of this package name.
const Method = "AGA 8 Part 1-2017 DETAIL"

// The bounds of the arithmetic.
const (
	minTemperature, maxTemperature = 10, 2000           // K
	maxPressure                    = 1e7                // kPa
	maxDensity                     = 1096.6331584284585 // mol/dm3: exp(7), at which the iteration of AGA 8 stops
)

// gasConstant is the R of AGA 8 Part 1, in J/(mol K): a constant of the fit.
const gasConstant = 8.31451

// Mixture is the equation for one composition: all of it that depends on neither temperature nor density, worked out once. It does
// not change, and any number of goroutines may use it at once.
type Mixture struct {
	x         gas.Composition
	molarMass float64                  // g/mol
	size      float64                  // dm3/mol: the reduced density is the density times this
	energy    float64                  // K
	virial    [virialTerms + 1]float64 // coefficients of T^-u x of the terms by their number, without an exponential
	dense     [terms + 1]float64       // coefficients of T^-u x^b exp(-x^k) of the terms by their number
}

// New returns the equation for a composition. It refuses what gas.Composition.Valid refuses.
func New(x gas.Composition) (*Mixture, error) {
	if err := x.Valid(); err != nil {
		return nil, fmt.Errorf("AGA 8 DETAIL: %w", err)
	}
	mean := mix(&x)
	m := &Mixture{x: x, size: mean.size, energy: mean.energy}
	for i, xi := range x {
		m.molarMass += xi * molecules[i].mass
	}
	for n := 1; n <= virialTerms; n++ {
		m.virial[n] = coefficients[n].a * mean.virial[n] / mean.size
	}
	energy := powersOf(mean.energy)
	for n := firstDense; n <= terms; n++ {
		t := &coefficients[n]
		m.dense[n] = t.a * mean.property[t.q] * energy[t.u]
		if n <= virialTerms {
			m.virial[n] -= m.dense[n]
		}
	}
	return m, nil
}

// MolarMass returns the molar mass of the mixture in g/mol, by the molar masses of AGA 8 Part 1.
func (m *Mixture) MolarMass() float64 { return m.molarMass }

// GasConstant returns the gas constant of the equation in J/(mol K), with which a compressibility factor is P/(D R T). It is older
// than that of the SI.
func (m *Mixture) GasConstant() float64 { return gasConstant }

// Pressure returns the absolute pressure, in kPa, at a temperature of T kelvins and a density of D mol/dm3. Between gas and liquid
// it may be negative. It refuses a T or D that is out of bounds with *quantity.RangeError.
func (m *Mixture) Pressure(T, D float64) (P float64, err error) {
	if err := checkTemperature(T); err != nil {
		return 0, err
	}
	if D == 0 {
		return 0, nil
	}
	if err := checkDensity(D); err != nil {
		return 0, err
	}
	t := powersOf(1 / T)
	c := m.at(&t)
	return D * gasConstant * T * (1 + c.helmholtz(D*m.size).s1), nil
}

// Properties returns the properties at a temperature of T kelvins and a density of D mol/dm3. Energies and entropy are from the
// ideal gas at 298.15 K and 101.325 kPa. In an unstable state, where dP/dD or the square of the speed of sound is not positive, the
// error is gas.ErrUnstable and the properties are what the equation has for that state: where dP/dD alone is negative, W and Kappa
// are those of a fluid that has no time to split; where the square of the speed of sound is not positive they are 0. Properties
// refuses a T or D that is out of bounds with *quantity.RangeError, and so a D of 0, where the entropy has no bound.
func (m *Mixture) Properties(T, D float64) (gas.Properties, error) {
	if err := checkTemperature(T); err != nil {
		return gas.Properties{}, err
	}
	if err := checkDensity(D); err != nil {
		return gas.Properties{}, err
	}
	// A differentiation t d/dt by t = 1/T gives each term its exponent u as a factor.
	t0 := powersOf(1 / T)
	t1 := t0.weighted()
	t2 := t1.weighted()
	c0, c1, c2 := m.at(&t0), m.at(&t1), m.at(&t2)
	x := D * m.size
	a, au, auu := c0.helmholtz(x), c1.helmholtz(x), c2.helmholtz(x)
	ideal := m.ideal(T, D)

	const R = gasConstant
	RT := R * T
	z, dpdx := 1+a.s1, 1+a.s1+a.s2
	helmholtz := ideal.helmholtz + a.s0
	energy := ideal.energy + au.s0
	p := gas.Properties{
		M: m.molarMass, T: T, P: D * RT * z, D: D, Z: z,
		DPDD:   RT * dpdx,
		D2PDD2: RT * (a.s2 + a.s3) / D,
		DPDT:   D * R * (z - au.s1),
		U:      RT * energy,
		H:      RT * (energy + z),
		S:      R * (energy - helmholtz),
		Cv:     R * (ideal.heat + au.s0 - auu.s0),
		G:      RT * (helmholtz + z),
	}
	p.Cp = p.Cv + R*(z-au.s1)*(z-au.s1)/dpdx
	p.JT = -(au.s1 + a.s2) / (dpdx * p.Cp * D) // T/D dP/dT - dP/dD without what cancels in it
	w2 := 1000 * p.Cp / p.Cv * p.DPDD / p.M
	if w2 > 0 {
		p.W = math.Sqrt(w2)
		p.Kappa = p.Cp / p.Cv * dpdx / z
	}
	if !(dpdx > 0 && w2 > 0) {
		return p, gas.ErrUnstable
	}
	return p, nil
}

func checkState(T, P float64) error {
	if err := checkTemperature(T); err != nil {
		return err
	}
	if !(P >= 0 && P <= maxPressure) {
		return &quantity.RangeError{Quantity: "absolute pressure", Value: P, Min: 0, Max: maxPressure, Unit: "kPa"}
	}
	return nil
}

func checkTemperature(T float64) error {
	if !(T >= minTemperature && T <= maxTemperature) {
		return &quantity.RangeError{Quantity: "temperature", Value: T, Min: minTemperature, Max: maxTemperature, Unit: "K"}
	}
	return nil
}

func checkDensity(D float64) error {
	if !(D > 0 && D <= maxDensity) {
		return &quantity.RangeError{Quantity: "molar density", Value: D, Min: 0, Max: maxDensity, Unit: "mol/dm3"}
	}
	return nil
}

// The limits of the ranges, in K and kPa.
const (
	normalMin, normalMax, normalPressure       = (17+459.67)/1.8 - slack, (143+459.67)/1.8 + slack, 1500*gas.KPaPerPsi + slack
	extendedMin, extendedMax, extendedPressure = 143, 673, 280e3
	slack                                      = 1e-9 // of the conversion of units: the limits themselves are in the range
)

// RangeOf returns the range of DETAIL in which a temperature of T kelvins and an absolute pressure of P kilopascals lie: the normal
// one is 17 to 143 F, up to 1500 psia, with an uncertainty of 0.1 % of the density; the extended one is 143 to 673 K, up to 280 MPa.
// They are from memory: unverified. The composition, for which AGA 8 states ranges as well, is not judged.
func RangeOf(T, P float64) gas.Range {
	switch {
	case T >= normalMin && T <= normalMax && P >= 0 && P <= normalPressure:
		return gas.NormalRange
	case T >= extendedMin && T <= extendedMax && P >= 0 && P <= extendedPressure:
		return gas.ExtendedRange
	}
	return gas.OutsideRange
}
