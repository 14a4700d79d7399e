package gerg

import (
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// Properties returns the properties at a temperature of T kelvins and a density of D mol/dm3. Energies and entropy are from the
// ideal gas at 298.15 K and 101.325 kPa. In an unstable state, where dP/dD or the square of the speed of sound is not positive, the
// error is gas.ErrUnstable and the properties are what the equation has for that state: where dP/dD alone is negative, W and Kappa
// are those of a fluid that has no time to split; where the square of the speed of sound is not positive they are 0. Properties
// refuses a T or D that is out of bounds with *quantity.RangeError, and so a D of 0, where the entropy has no bound.
func (m *Mixture) Properties(T, D float64) (gas.Properties, error) {
	if err := checkState(T, 0); err != nil {
		return gas.Properties{}, err
	}
	if err := checkDensity(D); err != nil {
		return gas.Properties{}, err
	}
	p, _, err := m.properties(T, D)
	return p, err
}

// properties returns the properties, and d2P/dTdD in kPa dm3/(mol K).
func (m *Mixture) properties(T, D float64) (p gas.Properties, d2PdTD float64, err error) {
	const R = gasConstant
	RT := R * T
	c0, c1, c2 := m.residual.inTau(m.tr / T)
	delta := D / m.dr
	a, at, att := c0.at(delta), c1.at(delta), c2.at(delta)
	ideal := m.ideal.at(T, D)
	z, dpdd, dpdt := 1+a.f1, 1+a.f1+a.f2, 1+a.f1-at.f1
	helmholtz := ideal.helmholtz + a.f0
	energy := ideal.energy + at.f0
	p = gas.Properties{
		M: m.molarMass, T: T, P: D * RT * z, D: D, Z: z,
		DPDD:   RT * dpdd,
		D2PDD2: RT * (a.f2 + a.f3) / D,
		DPDT:   D * R * dpdt,
		U:      RT * energy,
		H:      RT * (energy + z),
		S:      R * (energy - helmholtz),
		Cv:     R * (ideal.heat - att.f0),
		G:      RT * (helmholtz + z),
	}
	p.Cp = p.Cv + R*dpdt*dpdt/dpdd
	p.JT = -(at.f1 + a.f2) / (dpdd * p.Cp * D) // T/D dP/dT - dP/dD without what cancels in it
	d2PdTD = R * (dpdd - at.f1 - at.f2)
	w2 := 1000 * p.Cp / p.Cv * p.DPDD / p.M
	kappa := p.Cp / p.Cv * dpdd / z
	sound := w2 > 0 && !math.IsInf(w2, 0) && !math.IsInf(kappa, 0)
	if sound {
		p.W, p.Kappa = math.Sqrt(w2), kappa
	}
	if !(dpdd > 0 && sound) {
		return p, d2PdTD, gas.ErrUnstable
	}
	return p, d2PdTD, nil
}

// ideal is the mixture as an ideal gas. Its Helmholtz energy over RT is ln D + n1 + n2/T - n3 ln T and the sum of the oscillators.
type ideal struct {
	n1, n2, n3  float64
	oscillators []oscillator
}

// oscillator is a term n ln(sinh(theta/T)), or n ln(cosh(theta/T)), of which the sign is -1.
type oscillator struct {
	n, theta, sign float64
}

func newIdeal(x *gas.Composition) (a ideal) {
	const (
		ratio = idealGasConstant / gasConstant
		t0    = 298.15                       // K
		d0    = 101.325 / (gasConstant * t0) // mol/dm3
	)
	count := 0
	for i, xi := range x {
		if xi > 0 {
			count += len(idealGases[i].vibrations)
		}
	}
	a.oscillators = make([]oscillator, 0, count)
	for i, xi := range x {
		if xi == 0 {
			continue
		}
		s := &idealGases[i]
		a.n1 += xi * (math.Log(xi/d0) + ratio*s.n1)
		a.n2 += xi * (ratio*(s.n2+t0) - t0)
		a.n3 += xi * ratio * (s.cp - 1)
		for k, v := range s.vibrations {
			sign := float64(1 - k%2*2)
			a.oscillators = append(a.oscillators, oscillator{sign * xi * ratio * v.n, v.theta, sign})
		}
	}
	return a
}

// idealState holds the properties of the mixture as an ideal gas that are not those of any ideal gas.
type idealState struct {
	helmholtz float64 // over RT
	energy    float64 // over RT
	heat      float64 // isochoric heat capacity over R
}

// at returns the properties of the ideal gas at T kelvins and D mol/dm3.
func (a *ideal) at(T, D float64) (s idealState) {
	s.helmholtz = math.Log(D) + a.n1 + a.n2/T - a.n3*math.Log(T)
	s.energy = a.n2/T + a.n3
	s.heat = a.n3
	for i := range a.oscillators {
		o := &a.oscillators[i]
		y := o.theta / T
		e := o.sign * fall(2*y)
		q := 1 / (1 - e)
		s.helmholtz += o.n * (y - math.Ln2 + math.Log(1-e))
		s.energy += o.n * y * (1 + e) * q
		s.heat += o.n * 4 * y * y * e * q * q
	}
	return s
}
