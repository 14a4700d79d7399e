package gerg

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// Density returns the molar density, in mol/dm3, at a temperature of T kelvins and an absolute pressure of P kilopascals; at a
// pressure of 0 it is 0. It depends on the composition, T and P only.
//
// Of several densities with that pressure it is the one to which the iteration of NIST leads from the ideal gas: the gas, where
// there is one. Where the fluid is liquid the iteration may end in the liquid, in a density that no fluid has, or nowhere: it does
// not look into the phase. Where it ends nowhere, Density returns the density of the liquid, and gas.ErrNoConvergence if there is
// none. It refuses a T or P that is out of bounds with *quantity.RangeError.
func (m *Mixture) Density(T, P float64) (D float64, err error) {
	if err := checkState(T, P); err != nil {
		return 0, err
	}
	return m.densityOr(T, P, P/(gasConstant*T))
}

// DensityLiquid is Density, begun at three times the density of the mean critical volume instead of the ideal gas: of several
// densities it is that of the liquid, as a rule, where there is one. Where it ends in a state in which dP/dD, d2P/dTdD, Cv, Cp or
// the square of the speed of sound is not positive it returns gas.ErrUnstable.
func (m *Mixture) DensityLiquid(T, P float64) (D float64, err error) {
	if err := checkState(T, P); err != nil {
		return 0, err
	}
	D, err = m.densityOr(T, P, restarts[0]*m.dc)
	if err != nil || D < minDensity {
		return D, err
	}
	p, d2PdTD, err := m.properties(T, D)
	if err != nil || d2PdTD <= 0 || p.Cv <= 0 {
		return 0, fmt.Errorf("liquid density at %.9g K and %.9g kPa: %w", T, P, gas.ErrUnstable)
	}
	return D, nil
}

// DensityFrom is Density, begun at a guess in mol/dm3 instead of the ideal gas: in the liquid, or at the density of a moment ago.
// A guess that leads nowhere does not count. Never take the result for evidence: where several densities have the same pressure,
// the guess picks one of them, and whoever recomputes it has another guess or none.
func (m *Mixture) DensityFrom(T, P, guess float64) (D float64, err error) {
	if err := checkState(T, P); err != nil {
		return 0, err
	}
	if err := checkDensity(guess); err != nil {
		return 0, err
	}
	if D, _, ok := m.solve(T, P, guess); ok {
		return D, nil
	}
	return m.Density(T, P)
}

// densityOr returns the density to which the iteration leads from d, or that of the liquid where it ends nowhere.
func (m *Mixture) densityOr(T, P, d float64) (float64, error) {
	if d, _, ok := m.solve(T, P, d); ok {
		return d, nil
	}
	if d, ok := m.liquid(T, P); ok {
		return d, nil
	}
	return 0, fmt.Errorf("density at %.9g K and %.9g kPa: %w", T, P, gas.ErrNoConvergence)
}

// maxTries is how many densities the iteration of NIST tries, and tiny the pressure, kPa, or slope, kPa dm3/mol, that is none to
// it.
const (
	maxTries = 50
	tiny     = 1e-15
)

// lowest is the density, in mol/dm3, at which the iteration of NIST stops: exp(-100).
const lowest = 3.720075976020836e-44

// restarts are the densities at which the iteration begins again, over that of the mean critical volume.
var restarts = [...]float64{3, 2.5, 2}

// Bounds within which a step of Halley's leads to the same density as the iteration of NIST. They were found by comparing 1.6 million
// states of gases and liquids of all components with it: wherever it ends at a density, Density is the same, and DensityLiquid is
// in all but four states.
const (
	dilute    = 0.8   // over the density of the mean critical volume: the equation has its loops above it
	gasBound  = 0.2   // of the step over the density, and of the bend along it, where it ends below dilute
	anyBound  = 0.002 // the same, elsewhere
	farBound  = 0.5   // of the pressure that is missing, over the pressure
	precision = 1e-5  // of the last step over the density: the error after it goes with its cube
)

// solve returns the density to which the iteration leads from d mol/dm3, and how many densities it tried.
//
// It goes the way of NIST: by Newton's steps in ln D towards ln P; out of an unstable state by small steps away from the critical
// density; and after 19, 29 and 39 tries, or beyond all bounds, from the next of the restarts. But as soon as the step is so
// short, and the pressure bends so little along it, that no other density can be meant, it takes Halley's steps in D towards P.
// They treble the digits where Newton's double them, and the last one leaves nothing but rounding: an answer does not show where
// it was begun.
func (m *Mixture) solve(T, P, d float64) (found float64, tries int, ok bool) {
	rt := gasConstant * T
	if P < tiny {
		return P / rt, 0, true
	}
	a := m.residual.at(m.tr / T)
	begun := 0
	for try := 1; try <= maxTries; try++ {
		if !(d >= lowest && d <= maxDensity) || try == 20 || try == 30 || try == 40 {
			if begun == len(restarts) {
				break
			}
			d = restarts[begun] * m.dc
			begun++
		}
		f := a.at(d / m.dr)
		z, slope := 1+f.f1, 1+f.f1+f.f2 // P over D RT, dP/dD over RT
		if slope*rt < tiny || z*d*rt < tiny {
			d *= math.Exp(m.escape(d, try))
			continue
		}
		missing := P/rt - z*d // pressure, over RT
		newton := missing / slope
		bend := newton * (f.f2 + f.f3) / (slope * d) // of the slope along the step, over the slope
		bound := anyBound
		if d+newton < dilute*m.dc {
			bound = gasBound
		}
		if math.Abs(newton) > bound*d || math.Abs(bend) > bound || math.Abs(missing) > farBound*P/rt {
			d *= math.Exp(math.Log(P/(z*d*rt)) * z / slope)
			continue
		}
		step := newton / (1 + bend/2)
		d += step
		if math.Abs(step) < precision*d*max(min(slope, 1), 0.01) {
			return d, try, true
		}
	}
	return 0, maxTries, false
}

// liquid returns the density of the liquid. Where a liquid is under little pressure the iteration of NIST often ends nowhere,
// because the logarithm of the pressure is a bad guide next to tension. The pressure itself bends one way only, from the densest
// liquids to where they boil, so that Newton's steps creep up on the density from above.
func (m *Mixture) liquid(T, P float64) (d float64, ok bool) {
	a := m.residual.at(m.tr / T)
	p := P / (gasConstant * T)
	d = restarts[0] * m.dc
	for range maxTries {
		f := a.at(d / m.dr)
		slope := 1 + f.f1 + f.f2
		if !(slope > 0) {
			return 0, false
		}
		step := (p - d*(1+f.f1)) / slope
		if d += step; !(d > m.dc && d <= maxDensity) {
			return 0, false
		}
		if math.Abs(step) < 1e-9*d { // the error after a step goes with its square
			return d, true
		}
	}
	return 0, false
}

// escape returns the step of ln D by which the iteration of NIST leaves an unstable state.
func (m *Mixture) escape(d float64, try int) float64 {
	step := -0.1
	if d > m.dc {
		step = 0.1
	}
	switch {
	case try > 10 && try < 20:
		return step / 10
	case try > 5:
		return step / 2
	}
	return step
}
