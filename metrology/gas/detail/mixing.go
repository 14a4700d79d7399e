package detail

import (
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// The parameters of a mixture are sums over all pairs of its components. A pair whose factors are 1 contributes a product of what each
// of the two brings, so that over all pairs it is the square of a sum over the components; what the pairs of interactions have beyond
// that product is added. That leaves 61 pairs to go through instead of 210.

// orientationTerms are the terms of the virial coefficient that go with the mean orientation of a pair: the sum over the pairs is
// then that of the weights times that of the oriented weights.
var orientationTerms = [...]int{5, 6}

// weights are what a component brings into a product.
type weights struct {
	size, energy float64 // to the power 5/2
	virial       [virialTerms + 1]float64
}

// excess is what a pair has beyond the product of its weights.
type excess struct {
	i, j                      gas.Component
	size, energy, orientation float64
	virial                    [virialTerms + 1]float64
}

// They do not depend on the composition, and are worked out once.
var (
	single = weightsOfAll()
	paired = excessesOfAll()
)

func weightsOfAll() (all [gas.Components]weights) {
	for i := range all {
		c, w := &molecules[i], &all[i]
		w.size, w.energy = math.Pow(c.size, 2.5), math.Pow(c.energy, 2.5)
		q := [properties]float64{
			plain: 1, orientation: 1, quadrupole: c.quadrupole, highTemperature: c.highTemperature, dipole: c.dipole,
			association: c.association,
		}
		for n := 1; n <= virialTerms; n++ {
			t := &coefficients[n]
			w.virial[n] = q[t.q] * math.Pow(c.energy, exponentValues[t.u]/2) * math.Pow(c.size, 1.5)
		}
	}
	return all
}

func excessesOfAll() (all [len(interactions)]excess) {
	for k := range interactions {
		p, e := &interactions[k], &all[k]
		wi, wj := &single[p.i], &single[p.j]
		mean := (molecules[p.i].orientation + molecules[p.j].orientation) / 2
		e.i, e.j = p.i, p.j
		e.size = (math.Pow(p.size, 5) - 1) * wi.size * wj.size
		e.energy = (math.Pow(p.conformal, 5) - 1) * wi.energy * wj.energy
		e.orientation = (p.orientation - 1) * mean
		for n := 1; n <= virialTerms; n++ {
			t := &coefficients[n]
			factor := math.Pow(p.energy, exponentValues[t.u])
			if t.q == orientation {
				e.virial[n] = (factor*p.orientation - 1) * mean * wi.virial[n] * wj.virial[n]
			} else {
				e.virial[n] = (factor - 1) * wi.virial[n] * wj.virial[n]
			}
		}
	}
	return all
}

// means are the parameters of a mixture.
type means struct {
	size, energy float64                  // as in Mixture
	property     [properties]float64      // of the dense gas
	virial       [virialTerms + 1]float64 // of the terms by their number
}

// mix returns the parameters of a composition.
func mix(x *gas.Composition) (m means) {
	var orientations, quadrupoles, high float64
	var oriented [len(orientationTerms)]float64 // virial, times the orientation of the component
	for i, xi := range x {
		if xi == 0 {
			continue
		}
		c, w := &molecules[i], &single[i]
		m.size += xi * w.size
		m.energy += xi * w.energy
		orientations += xi * c.orientation
		quadrupoles += xi * c.quadrupole
		high += xi * xi * c.highTemperature
		for n, v := range w.virial {
			m.virial[n] += xi * v
		}
		for k, n := range orientationTerms {
			oriented[k] += xi * w.virial[n] * c.orientation
		}
	}
	m.size *= m.size
	m.energy *= m.energy
	sums := m.virial
	for n, sum := range sums {
		m.virial[n] = sum * sum
	}
	for k, n := range orientationTerms {
		m.virial[n] = sums[n] * oriented[k]
	}
	for k := range paired {
		e := &paired[k]
		xij := 2 * x[e.i] * x[e.j]
		if xij == 0 {
			continue
		}
		m.size += xij * e.size
		m.energy += xij * e.energy
		orientations += xij * e.orientation
		for n, v := range e.virial {
			m.virial[n] += xij * v
		}
	}
	m.size, m.energy = math.Pow(m.size, 0.6), math.Pow(m.energy, 0.2)
	m.property = [properties]float64{plain: 1, orientation: orientations, quadrupole: quadrupoles * quadrupoles, highTemperature: high}
	return m
}
