package detail

import "math"

// The residual Helmholtz energy over RT is a sum of 58 terms a q x^b exp(-x^k) T^-u, in which x is the reduced density and q a
// property of the mixture; without k there is no exponential. The first 18 terms make up the second virial coefficient and stand
// in the density itself. Terms 13 to 18 are in both, and taken off again in x, so that they cancel as the density goes to 0.
const (
	terms       = 58
	virialTerms = 18
	firstDense  = 13 // the terms before it are in the virial coefficient only
)

// property is what of the mixture a term is multiplied with.
type property uint8

const (
	plain property = iota
	orientation
	quadrupole
	highTemperature
	dipole
	association
	properties
)

// coefficients are the terms by their number in the publication.
var coefficients = [terms + 1]struct {
	a    float64
	b, k uint8
	u    exponent
	q    property
}{
	1:  {0.1538326, 1, 0, u0, plain},
	2:  {1.341953, 1, 0, uh, plain},
	3:  {-2.998583, 1, 0, u1, plain},
	4:  {-0.04831228, 1, 0, u3h, plain},
	5:  {0.3757965, 1, 0, umh, orientation},
	6:  {-1.589575, 1, 0, u4h, orientation},
	7:  {-0.05358847, 1, 0, uh, quadrupole},
	8:  {0.88659463, 1, 0, u7h, dipole},
	9:  {-0.71023704, 1, 0, u9h, dipole},
	10: {-1.471722, 1, 0, u6, association},
	11: {1.32185035, 1, 0, u12, association},
	12: {-0.78665925, 1, 0, u12h, association},
	13: {0.00000000229129, 1, 3, um6, highTemperature},
	14: {0.1576724, 1, 2, u2, plain},
	15: {-0.4363864, 1, 2, u3, plain},
	16: {-0.04408159, 1, 2, u2, quadrupole},
	17: {-0.003433888, 1, 4, u2, plain},
	18: {0.03205905, 1, 4, u11, plain},
	19: {0.02487355, 2, 0, umh, plain},
	20: {0.07332279, 2, 0, uh, plain},
	21: {-0.001600573, 2, 2, u0, plain},
	22: {0.6424706, 2, 2, u4, plain},
	23: {-0.4162601, 2, 2, u6, plain},
	24: {-0.06689957, 2, 4, u21, plain},
	25: {0.2791795, 2, 4, u23, orientation},
	26: {-0.6966051, 2, 4, u22, quadrupole},
	27: {-0.002860589, 2, 4, um1, highTemperature},
	28: {-0.008098836, 3, 0, umh, quadrupole},
	29: {3.150547, 3, 1, u7, orientation},
	30: {0.007224479, 3, 1, um1, highTemperature},
	31: {-0.7057529, 3, 2, u6, plain},
	32: {0.5349792, 3, 2, u4, orientation},
	33: {-0.07931491, 3, 3, u1, orientation},
	34: {-1.418465, 3, 3, u9, orientation},
	35: {-5.99905e-17, 3, 4, um13, highTemperature},
	36: {0.1058402, 3, 4, u21, plain},
	37: {0.03431729, 3, 4, u8, quadrupole},
	38: {-0.007022847, 4, 0, umh, plain},
	39: {0.02495587, 4, 0, u0, plain},
	40: {0.04296818, 4, 2, u2, plain},
	41: {0.7465453, 4, 2, u7, plain},
	42: {-0.2919613, 4, 2, u9, quadrupole},
	43: {7.294616, 4, 4, u22, plain},
	44: {-9.936757, 4, 4, u23, plain},
	45: {-0.005399808, 5, 0, u1, plain},
	46: {-0.2432567, 5, 2, u9, plain},
	47: {0.04987016, 5, 2, u3, quadrupole},
	48: {0.003733797, 5, 4, u8, plain},
	49: {1.874951, 5, 4, u23, quadrupole},
	50: {0.002168144, 6, 0, u1h, plain},
	51: {-0.6587164, 6, 2, u5, orientation},
	52: {0.000205518, 7, 0, umh, quadrupole},
	53: {0.009776195, 7, 2, u4, plain},
	54: {-0.02048708, 8, 1, u7, orientation},
	55: {0.01557322, 8, 2, u3, plain},
	56: {0.006862415, 8, 2, u0, orientation},
	57: {-0.001226752, 9, 2, u1, plain},
	58: {0.002850908, 9, 2, u0, quadrupole},
}

// exponent names a power of the temperature: u3h is 3.5, um1 is -1. The terms share 26 of them.
type exponent uint8

const (
	um13 exponent = iota
	um6
	um1
	umh
	u0
	uh
	u1
	u1h
	u2
	u3
	u3h
	u4
	u4h
	u5
	u6
	u7
	u7h
	u8
	u9
	u9h
	u11
	u12
	u12h
	u21
	u22
	u23
	exponents
)

var exponentValues = [exponents]float64{
	-13, -6, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 3.5, 4, 4.5, 5, 6, 7, 7.5, 8, 9, 9.5, 11, 12, 12.5, 21, 22, 23,
}

// powers holds t^u for all exponents of the equation.
type powers [exponents]float64

// powersOf returns the powers of t by one root and multiplications, in place of a call of math.Pow for each term.
func powersOf(t float64) (p powers) {
	h, r := math.Sqrt(t), 1/t
	r2, t2 := r*r, t*t
	r6, t3, t4 := r2*r2*r2, t2*t, t2*t2
	t7 := t4 * t3
	t9, t11, t12 := t7*t2, t7*t4, t7*t3*t2
	p[um13], p[um6], p[um1], p[umh] = r6*r6*r, r6, r, r*h
	p[u0], p[uh], p[u1], p[u1h], p[u2] = 1, h, t, t*h, t2
	p[u3], p[u3h], p[u4], p[u4h], p[u5], p[u6] = t3, t3*h, t4, t4*h, t3*t2, t3*t3
	p[u7], p[u7h], p[u8], p[u9], p[u9h] = t7, t7*h, t4*t4, t9, t9*h
	p[u11], p[u12], p[u12h] = t11, t12, t12*h
	p[u21], p[u22], p[u23] = t12*t9, t11*t11, t12*t11
	return p
}

// weighted returns each power times its exponent: t d/dt of all of them.
func (p powers) weighted() powers {
	for i := range p {
		p[i] *= exponentValues[i]
	}
	return p
}
