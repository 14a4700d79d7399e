package detail

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// Density returns the molar density, in mol/dm3, at a temperature of T kelvins and an absolute pressure of P kilopascals; at a
// pressure of 0, or of less than 1e-15 kPa, it is 0. It depends on the composition, T and P only.
//
// Of several densities with that pressure it is the one to which the iteration of AGA 8 leads from the ideal gas: the gas, where
// there is one. Where there is only liquid the iteration may end in the liquid, in a density that no fluid has, or nowhere, and
// in rare cases it hangs on rounding which; AGA 8 does not look into the phase. Density refuses a T or P that is out of bounds
// with *quantity.RangeError, and where the iteration ends nowhere it returns gas.ErrNoConvergence.
func (m *Mixture) Density(T, P float64) (D float64, err error) {
	if err := checkState(T, P); err != nil {
		return 0, err
	}
	if P < vacuum {
		return 0, nil
	}
	c, p := m.reduced(T, P)
	x, steps := c.root(p, T/m.energy, m.size)
	if steps == 0 {
		return 0, fmt.Errorf("density at %v K and %v kPa: %w", T, P, gas.ErrNoConvergence)
	}
	return x / m.size, nil
}

// DensityFrom is Density, begun at a guess in mol/dm3 instead of the ideal gas: in the liquid, or at the density of a moment ago. A
// guess that leads nowhere does not count. Never take the result for evidence: where several densities have the same pressure, the
// guess picks one of them, and whoever recomputes it has another guess or none.
func (m *Mixture) DensityFrom(T, P, guess float64) (D float64, err error) {
	if err := checkState(T, P); err != nil {
		return 0, err
	}
	if err := checkDensity(guess); err != nil {
		return 0, err
	}
	if P < vacuum {
		return 0, nil
	}
	c, p := m.reduced(T, P)
	x, steps := c.settle(guess*m.size, p, steep, maxDensity*m.size)
	if steps == 0 {
		x, steps = c.search(guess*m.size, p, m.size)
	}
	if steps == 0 {
		return m.Density(T, P)
	}
	return x / m.size, nil
}

// vacuum is a pressure, in kPa, that NIST's code takes for none.
const vacuum = 1e-15

// reduced returns the isotherm of T and the reduced pressure p of P: in the reduced density x it is p = x (1 + s1).
func (m *Mixture) reduced(T, P float64) (c isotherm, p float64) {
	t := powersOf(1 / T)
	return m.at(&t), P * m.size / (gasConstant * T)
}

// root returns the reduced density to which the iteration of AGA 8 leads from the ideal gas at a reduced pressure p, and the number
// of times that it took to evaluate the equation: 0 if it leads nowhere. The temperature is over the energy of the mixture.
func (c *isotherm) root(p, temperature, size float64) (x float64, steps int) {
	x, steps = c.gasRoot(p, temperature)
	if steps == 0 {
		x, steps = c.search(p, p, size)
	}
	return x, steps
}

// gasRoot is root for the gas, in half the time of search, where the two are sure to agree: where the density is that of a gas
// and the pressure rises with it at least a fifth as steeply as in the ideal gas. There the logarithm of the pressure bends down
// all the way from the ideal gas to the root, so that search can but creep up on it.
//
// The bounds come from comparing tens of millions of states of random mixtures of all components with search. The temperature
// 1 is about 0.8 of a critical temperature, the density 1 about the critical density.
func (c *isotherm) gasRoot(p, temperature float64) (x float64, steps int) {
	var least, most float64
	switch {
	case temperature < 0.7: // there may be loops at low densities too
		return 0, 0
	case temperature < 1.7: // no loop comes before 0.7; Z is below 1, or the equation beyond all reason
		least, most = 0.99*p, 0.7
	case temperature < 10: // no loops at all
		least, most = 0, 3
	default: // the pressure of dense helium and hydrogen comes to fall again
		least, most = 0.5*p, 0.5
	}
	x, steps = c.settle(c.virialRoot(p), p, steep, most)
	if x < least {
		return 0, 0
	}
	return x, steps
}

// steep is a slope dp/dx at which it is safe to go by the slope; it is 1 in the ideal gas.
const steep = 0.2

// virialRoot returns the density by the virial equation up to the fifth coefficient, which misses that of a pipeline by a thousandth
// or less. Where it makes no sense the ideal gas stands in.
func (c *isotherm) virialRoot(p float64) float64 {
	v2 := c.virial + c.k2[1] + c.k3b1 + c.k4[1]
	v3 := 2 * (c.k0b2 + c.k2[2] + c.k4[2])
	v4 := 3 * (c.k0b3 + c.k1b3 + c.k2[3] - c.k2[1] + c.k3b3 + c.k4[3])
	v5 := 4 * (c.k0b4 - c.k1b3 + c.k2[4] - c.k2[2] - c.k3b1 + c.k4[4])
	x := p
	for range 3 {
		dpdx := 1 + x*(2*v2+x*(3*v3+x*(4*v4+x*5*v5)))
		x -= (x*(1+x*(v2+x*(v3+x*(v4+x*v5)))) - p) / dpdx
		if !(dpdx > 0.1 && x > 0 && x < 3*p) {
			return p
		}
	}
	return x
}

// settle improves x by Halley's steps until its pressure is p, and returns their number, or 0 if it gives up: where dp/dx is not
// more than slope or x is more than limit, and rather than take a step of half of x. The error after a step goes with the cube of
// that step, so the last one leaves nothing but rounding: an answer does not show where it was begun.
func (c *isotherm) settle(x, p, slope, limit float64) (root float64, steps int) {
	for steps = 1; steps <= 8; steps++ {
		a := c.helmholtz(x)
		dpdx := 1 + a.s1 + a.s2
		if !(dpdx > slope && x <= limit) {
			break
		}
		newton := (x*(1+a.s1) - p) / dpdx
		step := newton / max(1-newton*(a.s2+a.s3)/(2*x*dpdx), 0.5)
		if !(math.Abs(step) < x/2) {
			break
		}
		x -= step
		if math.Abs(step) < 1e-5*x {
			return x, steps
		}
	}
	return 0, 0
}

// search is the iteration of AGA 8 from x: Newton's steps in the logarithm of the volume towards the logarithm of the pressure, and
// a tenth towards the gas where the pressure does not rise with the density. Its bounds, its tolerance and the number of its steps
// decide whether and where it ends, so they are the ones of NIST's code; settle then does away with what the tolerance leaves.
func (c *isotherm) search(x, p, size float64) (root float64, steps int) {
	least, most := math.Exp(-100)*size, maxDensity*size
	for steps = 1; steps <= 20 && x >= least && x <= most; steps++ {
		a := c.helmholtz(x)
		z, dpdx := 1+a.s1, 1+a.s1+a.s2
		if !(z > 0 && dpdx > 0) {
			x *= math.Exp(-0.1)
			continue
		}
		step := math.Log(p/(x*z)) * z / dpdx
		x *= math.Exp(step)
		if math.Abs(step) < 1e-7 {
			root, last := c.settle(x, p, 0, math.Inf(1))
			if last == 0 {
				break
			}
			return root, steps + last
		}
	}
	return 0, 0
}
