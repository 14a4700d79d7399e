// Package gerg is the GERG-2008 equation of state of AGA 8 Part 2, which is also ISO 20765-2, for natural gases, liquefied natural
// gases and their like: density, and with it compressibility, heat capacity, speed of sound and the other properties, from
// temperature, pressure and the mole fractions of 21 components. Nothing is rounded. The equation was published by O. Kunz and
// W. Wagner: The GERG-2008 Wide-Range Equation of State for Natural Gases and Other Mixtures, J. Chem. Eng. Data 57 (2012) 3032.
//
// Parameters and the way of the iteration for the density are those of the public code of NIST (E. W. Lemmon, I. H. Bell: AGA8,
// commit 3bdb9ab8ff317c618b0b59d1b704c2c86ddc5fce), whose notice is in the file NOTICE; the results agree with it to 1e-9 of
// themselves or better. Processors that multiply and add in one step differ from others in the last digits only.
//
// The equation is evaluated far outside the ranges for which an uncertainty is stated, as the published test points are: RangeOf
// says where a state lies. The bounds that lead to a *quantity.RangeError are those of the arithmetic: 1 to 5,000 K, up to
// 1e7 kPa, up to 1,096 mol/dm3.
package gerg

import (
	"fmt"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method and edition that results of this package name.
const Method = "AGA 8 Part 2-2017 GERG-2008"

// The bounds of the arithmetic. The least density is one at which the logarithm of the entropy still makes sense: a hard vacuum.
const (
	minTemperature, maxTemperature = 1, 5000                   // K
	maxPressure                    = 1e7                       // kPa
	minDensity, maxDensity         = 1e-12, 1096.6331584284585 // mol/dm3; the iteration of NIST stops at exp(7)
)

// The gas constants, J/(mol K): that of the equation, and the older one of the ideal heat capacities.
const (
	gasConstant      = 8.314472
	idealGasConstant = 8.31451
)

// Mixture is the equation for one composition: all of it that depends on neither temperature nor density, worked out once. It does
// not change, and any number of goroutines may use it at once.
type Mixture struct {
	molarMass float64 // g/mol
	tr, dr    float64 // reducing temperature, K, and density, mol/dm3
	dc        float64 // density of the mean critical volume, mol/dm3
	residual  residual
	ideal     ideal
}

// New returns the equation for a composition. It refuses what gas.Composition.Valid refuses.
func New(x gas.Composition) (*Mixture, error) {
	if err := x.Valid(); err != nil {
		return nil, fmt.Errorf("GERG-2008: %w", err)
	}
	m := &Mixture{residual: newResidual(&x), ideal: newIdeal(&x)}
	m.tr, m.dr = reducing(&x)
	var vc float64
	for i, xi := range x {
		m.molarMass += xi * substances[i].molarMass
		vc += xi / substances[i].dc
	}
	m.dc = 1 / vc
	return m, nil
}

// MolarMass returns the molar mass of the mixture in g/mol, by the molar masses of AGA 8 Part 2.
func (m *Mixture) MolarMass() float64 { return m.molarMass }

// GasConstant returns the gas constant of the equation in J/(mol K), with which a compressibility factor is P/(D R T). It is older
// than that of the SI.
func (m *Mixture) GasConstant() float64 { return gasConstant }

// Pressure returns the absolute pressure, in kPa, at a temperature of T kelvins and a density of D mol/dm3. Between gas and liquid
// it may be negative. It refuses a T or D that is out of bounds with *quantity.RangeError.
func (m *Mixture) Pressure(T, D float64) (P float64, err error) {
	if err := checkState(T, 0); err != nil {
		return 0, err
	}
	if D == 0 {
		return 0, nil
	}
	if err := checkDensity(D); err != nil {
		return 0, err
	}
	a := m.residual.at(m.tr / T)
	return D * gasConstant * T * (1 + a.at(D/m.dr).f1), nil
}

// checkState refuses temperatures and pressures that are out of bounds.
func checkState(T, P float64) error {
	if !(T >= minTemperature && T <= maxTemperature) {
		return &quantity.RangeError{Quantity: "temperature", Value: T, Min: minTemperature, Max: maxTemperature, Unit: "K"}
	}
	if !(P >= 0 && P <= maxPressure) {
		return &quantity.RangeError{Quantity: "absolute pressure", Value: P, Min: 0, Max: maxPressure, Unit: "kPa"}
	}
	return nil
}

// checkDensity refuses densities that are out of bounds.
func checkDensity(D float64) error {
	if !(D >= minDensity && D <= maxDensity) {
		return &quantity.RangeError{Quantity: "molar density", Value: D, Min: minDensity, Max: maxDensity, Unit: "mol/dm3"}
	}
	return nil
}

// RangeOf returns the range of GERG-2008 in which a temperature of T kelvins and an absolute pressure of P kilopascals lie: the
// normal one is 90 to 450 K, up to 35 MPa, with an uncertainty of 0.1 % of the density of a gas; the extended one is 60 to 700 K,
// up to 70 MPa. They are from secondary sources: unverified. The composition, for which AGA 8 states ranges as well, is not judged.
func RangeOf(T, P float64) gas.Range {
	switch {
	case T >= 90 && T <= 450 && P >= 0 && P <= 35e3:
		return gas.NormalRange
	case T >= 60 && T <= 700 && P >= 0 && P <= 70e3:
		return gas.ExtendedRange
	}
	return gas.OutsideRange
}
