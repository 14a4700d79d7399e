package detail

import "math"

// isotherm is the residual equation at one temperature. The terms of the same b and k are added up, so that what is left to do for
// a density is four exponentials and the polynomials that they multiply.
type isotherm struct {
	virial                             float64     // of x, without an exponential
	k0b2, k0b3, k0b4, k0b5, k0b6, k0b7 float64     // of x^b, without an exponential
	k1b3, k1b8                         float64     // of x^b exp(-x)
	k2                                 [10]float64 // of x^b exp(-x^2), b from 1
	k3b1, k3b3                         float64     // of x^b exp(-x^3)
	k4                                 [6]float64  // of x^b exp(-x^4), b from 1
}

// at returns the isotherm of the powers of 1/T; of weighted powers, what differentiation by T makes of it.
func (m *Mixture) at(p *powers) (c isotherm) {
	v, a := &m.virial, &m.dense
	c.virial = v[1]*p[u0] + (v[2]+v[7])*p[uh] + v[3]*p[u1] + v[4]*p[u3h] + v[5]*p[umh] + v[6]*p[u4h] + v[8]*p[u7h] + v[9]*p[u9h] +
		v[10]*p[u6] + v[11]*p[u12] + v[12]*p[u12h] + v[13]*p[um6] + (v[14]+v[16]+v[17])*p[u2] + v[15]*p[u3] + v[18]*p[u11]
	c.k0b2 = a[19]*p[umh] + a[20]*p[uh]
	c.k0b3 = a[28] * p[umh]
	c.k0b4 = a[38]*p[umh] + a[39]*p[u0]
	c.k0b5 = a[45] * p[u1]
	c.k0b6 = a[50] * p[u1h]
	c.k0b7 = a[52] * p[umh]
	c.k1b3 = a[29]*p[u7] + a[30]*p[um1]
	c.k1b8 = a[54] * p[u7]
	c.k2[1] = (a[14]+a[16])*p[u2] + a[15]*p[u3]
	c.k2[2] = a[21]*p[u0] + a[22]*p[u4] + a[23]*p[u6]
	c.k2[3] = a[31]*p[u6] + a[32]*p[u4]
	c.k2[4] = a[40]*p[u2] + a[41]*p[u7] + a[42]*p[u9]
	c.k2[5] = a[46]*p[u9] + a[47]*p[u3]
	c.k2[6] = a[51] * p[u5]
	c.k2[7] = a[53] * p[u4]
	c.k2[8] = a[55]*p[u3] + a[56]*p[u0]
	c.k2[9] = a[57]*p[u1] + a[58]*p[u0]
	c.k3b1 = a[13] * p[um6]
	c.k3b3 = a[33]*p[u1] + a[34]*p[u9]
	c.k4[1] = a[17]*p[u2] + a[18]*p[u11]
	c.k4[2] = a[24]*p[u21] + a[25]*p[u23] + a[26]*p[u22] + a[27]*p[um1]
	c.k4[3] = a[35]*p[um13] + a[36]*p[u21] + a[37]*p[u8]
	c.k4[4] = a[43]*p[u22] + a[44]*p[u23]
	c.k4[5] = a[48]*p[u8] + a[49]*p[u23]
	return c
}

// slopes are a function of the reduced density x and its derivatives by the logarithm of x: s1 = x ds0/dx, s2 = x ds1/dx,
// s3 = x ds2/dx.
type slopes struct {
	s0, s1, s2, s3 float64
}

// ofPowers returns the slopes of m1 + ... + m9, where m1 goes with x and m9 with its ninth power.
func ofPowers(m1, m2, m3, m4, m5, m6, m7, m8, m9 float64) slopes {
	return slopes{
		m1 + m2 + m3 + m4 + m5 + m6 + m7 + m8 + m9,
		m1 + 2*m2 + 3*m3 + 4*m4 + 5*m5 + 6*m6 + 7*m7 + 8*m8 + 9*m9,
		m1 + 4*m2 + 9*m3 + 16*m4 + 25*m5 + 36*m6 + 49*m7 + 64*m8 + 81*m9,
		m1 + 8*m2 + 27*m3 + 64*m4 + 125*m5 + 216*m6 + 343*m7 + 512*m8 + 729*m9,
	}
}

// plus returns the slopes of a + b e, where e is exp(-x^k) and z is k x^k.
func (a slopes) plus(b slopes, k, z, e float64) slopes {
	return slopes{
		a.s0 + e*b.s0,
		a.s1 + e*(b.s1-z*b.s0),
		a.s2 + e*(b.s2-2*z*b.s1+z*(z-k)*b.s0),
		a.s3 + e*(b.s3-3*z*b.s2+3*z*(z-k)*b.s1-z*(z*(z-3*k)+k*k)*b.s0),
	}
}

// helmholtz returns the slopes of the residual Helmholtz energy over RT at the reduced density x. With them Z is 1 + s1, and
// dP/dD is RT (1 + s1 + s2).
func (c *isotherm) helmholtz(x float64) slopes {
	x2 := x * x
	x3, x4 := x2*x, x2*x2
	x5, x6, x7, x8 := x3*x2, x3*x3, x4*x3, x4*x4
	a := ofPowers(c.virial*x, c.k0b2*x2, c.k0b3*x3, c.k0b4*x4, c.k0b5*x5, c.k0b6*x6, c.k0b7*x7, 0, 0)

	m3, m8 := c.k1b3*x3, c.k1b8*x8
	a = a.plus(slopes{m3 + m8, 3*m3 + 8*m8, 9*m3 + 64*m8, 27*m3 + 512*m8}, 1, x, decay(x))

	q := &c.k2
	b := ofPowers(q[1]*x, q[2]*x2, q[3]*x3, q[4]*x4, q[5]*x5, q[6]*x6, q[7]*x7, q[8]*x8, q[9]*x5*x4)
	a = a.plus(b, 2, 2*x2, decay(x2))

	m1, m3 := c.k3b1*x, c.k3b3*x3
	a = a.plus(slopes{m1 + m3, m1 + 3*m3, m1 + 9*m3, m1 + 27*m3}, 3, 3*x3, decay(x3))

	b = ofPowers(c.k4[1]*x, c.k4[2]*x2, c.k4[3]*x3, c.k4[4]*x4, c.k4[5]*x5, 0, 0, 0, 0)
	return a.plus(b, 4, 4*x4, decay(x4))
}

// decay returns exp(-y) for y of 0 or more, to 5e-16 of itself. With math.Exp, a density takes a third longer; and this does the same
// arithmetic on all processors. The argument is k ln 2 - r, with ln 2 in two parts so that nothing is lost,
// and exp(r) a Taylor series: |r| is at most ln 2/2.
func decay(y float64) float64 {
	const high, low = 6.93147180369123816490e-01, 1.90821492927058770002e-10
	if y > 700 {
		return 0
	}
	k := int64(y*math.Log2E + 0.5)
	r := (float64(k)*high - y) + float64(k)*low
	r2 := r * r
	r4 := r2 * r2
	a := 1 + r + r2*(1.0/2+r*(1.0/6))
	b := 1.0/24 + r*(1.0/120) + r2*(1.0/720+r*(1.0/5040))
	c := 1.0/40320 + r*(1.0/362880) + r2*(1.0/3628800+r*(1.0/39916800)) + r4*(1.0/479001600)
	return (a + r4*(b+r4*c)) * math.Float64frombits(uint64(1023-k)<<52)
}
