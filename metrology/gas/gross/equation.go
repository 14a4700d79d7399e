package gross

import (
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// quadratic is a polynomial of the second degree, the constant first.
type quadratic [3]float64

func (q quadratic) at(v float64) float64 { return q[0] + v*(q[1]+v*q[2]) }

// Virial coefficients as quadratics of the temperature: second ones in dm3/mol, third ones in dm6/mol2. Those of the equivalent
// hydrocarbon are quadratics of its heating value, whose coefficients are quadratics of the temperature.
var (
	hydrocarbonB = [3]quadratic{
		{-0.425468, 0.002865, -0.00000462073},
		{0.000877118, -0.00000556281, 0.0000000088151},
		{-0.000000824747, 0.00000000431436, -6.08319e-12},
	}
	hydrocarbonC = [3]quadratic{
		{-0.302488, 0.00195861, -0.00000316302},
		{0.000646422, -0.00000422876, 0.00000000688157},
		{-0.000000332805, 0.0000000022316, -3.67713e-12},
	}
	nitrogenB      = quadratic{-0.1446, 0.00074091, -0.00000091195}
	nitrogenCO2B   = quadratic{-0.339693, 0.00161176, -0.00000204429}
	carbonDioxideB = quadratic{-0.86834, 0.0040376, -0.0000051657}
	nitrogenC      = quadratic{0.0078498, -0.000039895, 0.000000061187}
	nitrogen2CO2C  = quadratic{0.00552066, -0.0000168609, 0.0000000157169}
	nitrogenCO22C  = quadratic{0.00358783, 0.00000806674, -0.0000000325798}
	carbonDioxideC = quadratic{0.0020513, 0.000034888, -0.000000083703}
)

// virial returns the second and third virial coefficients of the gas at T kelvins. The third is more than 0.
func (m *Mixture) virial(T float64) (b, c float64, err error) {
	h, n, d := m.hydrocarbon, m.nitrogen, m.carbonDioxide
	hb := quadratic{hydrocarbonB[0].at(T), hydrocarbonB[1].at(T), hydrocarbonB[2].at(T)}.at(m.heating)
	hc := quadratic{hydrocarbonC[0].at(T), hydrocarbonC[1].at(T), hydrocarbonC[2].at(T)}.at(m.heating)
	if !(hb <= 0 && hc >= 0) {
		return 0, 0, ErrHydrocarbon
	}
	nb, db := nitrogenB.at(T), carbonDioxideB.at(T)
	nc, dc := nitrogenC.at(T), carbonDioxideC.at(T)

	hnb := (0.72 + 0.00001875*(320-T)*(320-T)) * (hb + nb) / 2
	hdb := -0.865 * math.Sqrt(hb*db)
	b = h*h*hb + n*n*nb + d*d*db + 2*(h*n*hnb+h*d*hdb+n*d*nitrogenCO2B.at(T))

	hr, nr, dr := math.Cbrt(hc), math.Cbrt(nc), math.Cbrt(dc)
	hn := 0.92 + 0.0013*(T-270)
	c = h*h*h*hc + n*n*n*nc + d*d*d*dc +
		3*(h*h*n*hn*hr*hr*nr+h*n*n*hn*nr*nr*hr+h*h*d*0.92*hr*hr*dr+h*d*d*0.92*dr*dr*hr) +
		3*(n*n*d*nitrogen2CO2C.at(T)+n*d*d*nitrogenCO22C.at(T)) +
		6*h*n*d*1.1*hr*nr*dr
	return b, c, nil
}

// Pressure returns the absolute pressure, in kPa, at a temperature of T kelvins and a density of D mol/dm3. It refuses a T or D that
// is out of bounds with *quantity.RangeError, and with ErrHydrocarbon a gas for which there is no equation.
func (m *Mixture) Pressure(T, D float64) (P float64, err error) {
	if err := checkTemperature(T); err != nil {
		return 0, err
	}
	if !(D >= 0 && D <= maxDensity) {
		return 0, &quantity.RangeError{Quantity: "molar density", Value: D, Min: 0, Max: maxDensity, Unit: "mol/dm3"}
	}
	b, c, err := m.virial(T)
	if err != nil {
		return 0, err
	}
	return gasConstant * T * D * (1 + D*(b+D*c)), nil
}

// Density returns the molar density, in mol/dm3, at a temperature of T kelvins and an absolute pressure of P kilopascals; at a
// pressure of 0 it is 0. Of several densities with that pressure it is the least. It refuses a T or P that is out of bounds with
// *quantity.RangeError, and with ErrHydrocarbon a gas for which there is no equation.
func (m *Mixture) Density(T, P float64) (D float64, err error) {
	if err := checkTemperature(T); err != nil {
		return 0, err
	}
	if !(P >= 0 && P <= maxPressure) {
		return 0, &quantity.RangeError{Quantity: "absolute pressure", Value: P, Min: 0, Max: maxPressure, Unit: "kPa"}
	}
	b, c, err := m.virial(T)
	if err != nil || P == 0 {
		return 0, err
	}
	D, err = solve(b, c, P/(gasConstant*T))
	if err == nil && D > maxDensity {
		return 0, &quantity.RangeError{Quantity: "molar density, computed", Value: D, Min: 0, Max: maxDensity, Unit: "mol/dm3"}
	}
	return D, err
}

// solve returns the least D of 0 or more with p = D (1 + b D + c D^2), for a c of more than 0.
//
// With b below 0 the right side bends down up to D = -b/3c, and up from there. Newton's steps creep up on a root in the first part
// from the ideal gas, D = p, and down on one in the second from where Z is 1 or more: so they need no guard, and there is
// nothing more to gain when rounding turns one back.
func solve(b, c, p float64) (D float64, err error) {
	D, direction := p, 1.0
	bend := -b / (3 * c)
	if fall := b*b - 3*c; bend > 0 && fall > 0 { // the right side falls in between: its first part ends at its peak
		bend = (-b - math.Sqrt(fall)) / (3 * c)
	}
	if bend <= 0 || p > bend*(1+bend*(b+bend*c)) {
		D, direction = max(p, -b/c), -1
	}
	for range 100 {
		slope := 1 + D*(2*b+D*3*c)
		next := D + (p-D*(1+D*(b+D*c)))/slope
		if !(slope > 0 && (next-D)*direction > 0) {
			return D, nil
		}
		D = next
	}
	return 0, gas.ErrNoConvergence
}

// Z returns the compressibility factor at a temperature of T kelvins and an absolute pressure of P kilopascals. Its errors are those
// of Density.
func (m *Mixture) Z(T, P float64) (float64, error) {
	D, err := m.Density(T, P)
	if err != nil {
		return 0, err
	}
	if D == 0 {
		return 1, nil
	}
	return P / (D * gasConstant * T), nil
}
