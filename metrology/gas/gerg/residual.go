package gerg

import "github.com/gauger/gauger/metrology/gas"

// residual is the residual Helmholtz energy of a mixture, over RT: what the equation of state adds to an ideal gas. It is a sum of
// terms n tau^t, each in the slot of its power of delta and its exponential.
type residual struct {
	terms []residualTerm // in the order of their slots
	ends  [slots]int     // where the terms of each slot end
	bells bool           // some pair has a departure function with bells
}

type residualTerm struct {
	n     float64
	power power
}

func newResidual(x *gas.Composition) (r residual) {
	var n [maxPlaces]float64
	for i, xi := range x {
		if xi > 0 {
			add(&n, gerg2008.fluids[i], xi)
		}
	}
	for i, pair := range departures {
		if xx := x[pair.i] * x[pair.j]; xx > 0 {
			add(&n, gerg2008.departures[i], xx)
		}
	}
	count := 0
	for _, v := range n {
		if v != 0 {
			count++
		}
	}
	r.terms = make([]residualTerm, 0, count)
	for i, place := range gerg2008.places {
		if n[i] != 0 {
			r.terms = append(r.terms, residualTerm{n[i], place.power})
		}
		r.ends[place.slot] = len(r.terms)
	}
	r.bells = r.ends[slots-1] > r.ends[bell1-1]
	return r
}

func add(n *[maxPlaces]float64, shares []share, weight float64) {
	for _, s := range shares {
		n[s.place] += weight * s.n
	}
}

// coefficients are the factors of the slots at one temperature.
type coefficients struct {
	n     [slots]float64
	bells bool
}

// at returns the coefficients at tau.
func (r *residual) at(tau float64) (a coefficients) {
	var p powers
	p.of(tau)
	first := 0
	for s, end := range r.ends {
		terms := r.terms[first:end]
		var even, odd float64 // two sums, because each addition waits for the one before
		for len(terms) > 1 {
			even += terms[0].n * p.at(terms[0].power)
			odd += terms[1].n * p.at(terms[1].power)
			terms = terms[2:]
		}
		if len(terms) > 0 {
			even += terms[0].n * p.at(terms[0].power)
		}
		a.n[s] = even + odd
		first = end
	}
	a.bells = r.bells
	return a
}

// inTau returns the coefficients at tau of the residual Helmholtz energy, of its derivative with respect to tau, times tau, and of
// its second derivative, times tau^2.
func (r *residual) inTau(tau float64) (a, a1, a2 coefficients) {
	var p powers
	p.of(tau)
	first := 0
	for s, end := range r.ends {
		for _, term := range r.terms[first:end] {
			v, t := term.n*p.at(term.power), term.power.exponent()
			a.n[s] += v
			a1.n[s] += v * t
			a2.n[s] += v * t * (t - 1)
		}
		first = end
	}
	a.bells, a1.bells, a2.bells = r.bells, r.bells, r.bells
	return a, a1, a2
}

// jet is a function of delta with its first three derivatives with respect to ln delta. Those of delta^d are d, d^2 and d^3 times
// itself.
type jet struct{ f0, f1, f2, f3 float64 }

// term adds v, which is a factor times delta^d.
func (j jet) term(v, d float64) jet {
	return jet{j.f0 + v, j.f1 + d*v, j.f2 + d*d*v, j.f3 + d*d*d*v}
}

func (j jet) plus(k jet) jet {
	return jet{j.f0 + k.f0, j.f1 + k.f1, j.f2 + k.f2, j.f3 + k.f3}
}

// times multiplies by an exponential, given with the three derivatives of its exponent.
func (j jet) times(e, g1, g2, g3 float64) jet {
	e2 := g1*g1 + g2
	e3 := g1*(e2+2*g2) + g3
	return jet{
		e * j.f0,
		e * (j.f1 + g1*j.f0),
		e * (j.f2 + 2*g1*j.f1 + e2*j.f0),
		e * (j.f3 + 3*(g1*j.f2+e2*j.f1) + e3*j.f0),
	}
}

// bellTerm is v, a factor times delta^d exp(-linear-square), where linear and square are multiples of delta and delta^2.
func bellTerm(v, d, linear, square float64) jet {
	g2 := -linear - 4*square
	s := d - linear - 2*square
	e2 := s*s + g2
	return jet{v, v * s, v * e2, v * (s*(e2+2*g2) - linear - 8*square)}
}

// at sums up the slots at delta.
func (a *coefficients) at(delta float64) jet {
	n := &a.n
	d1, d2, d3 := delta, delta*delta, delta*delta*delta
	d4, d5, d6, d7 := d2*d2, d2*d3, d3*d3, d3*d2*d2
	l, q := fall(d1/8), fall(d2/8) // eighth roots: the bells are products of their powers
	l4, q4 := l*l*l*l, q*q*q*q
	f := jet{}.term(n[plain1]*d1, 1).term(n[plain2]*d2, 2).term(n[plain3]*d3, 3).term(n[plain4]*d4, 4).term(n[plain7]*d7, 7)
	f = f.plus(jet{}.term(n[first1]*d1, 1).term(n[first2]*d2, 2).term(n[first3]*d3, 3).term(n[first4]*d4, 4).
		term(n[first5]*d5, 5).term(n[first6]*d6, 6).times(l4*l4, -d1, -d1, -d1))
	f = f.plus(jet{}.term(n[second1]*d1, 1).term(n[second2]*d2, 2).term(n[second3]*d3, 3).term(n[second4]*d4, 4).
		times(q4*q4, -2*d2, -4*d2, -8*d2))
	f = f.plus(jet{}.term(n[third1]*d1, 1).term(n[third2]*d2, 2).term(n[third3]*d3, 3).term(n[third4]*d4, 4).
		term(n[third5]*d5, 5).times(fall(d3), -3*d3, -9*d3, -27*d3))
	f = f.plus(jet{}.term(n[fifth1]*d1, 1).term(n[fifth5]*d5, 5).times(fall(d5), -5*d5, -25*d5, -125*d5))
	f = f.plus(jet{}.term(n[sixth5]*d5, 5).term(n[sixth6]*d6, 6).term(n[sixth7]*d7, 7).times(fall(d6), -6*d6, -36*d6, -216*d6))
	if a.bells {
		f = f.plus(a.bellsAt(d1, d2, d3, l, q))
	}
	return f
}

// bellsAt sums up the bells. Their exponentials are exp(-linear-square) with linear = (beta-eta) delta and square = eta delta^2,
// and l and q are exp(-delta/8) and exp(-delta^2/8).
func (a *coefficients) bellsAt(d1, d2, d3, l, q float64) jet {
	n := (*[len(bells)]float64)(a.n[bell1:])
	l2, q2 := l*l, q*q
	l4, q4 := l2*l2, q2*q2
	l6, q6 := l2*l4, q2*q4
	l12 := l6 * l6
	f := jet{}.term(n[0]*d2, 2).term(n[1]*d3, 3).times(l12*l12, -3*d1, -3*d1, -3*d1)
	f = f.plus(bellTerm(n[2]*d1*l12*l4, 1, 2*d1, 0))
	f = f.plus(bellTerm(n[3]*d1*l4*q2, 1, d1/2, d2/4))
	f = f.plus(bellTerm(n[4]*d1*l6*q2, 1, d1*3/4, d2/4))
	f = f.plus(bellTerm(n[5]*d2*l12*l6*q2, 2, d1*9/4, d2/4))
	f = f.plus(bellTerm(n[6]*d2*l12*q4, 2, d1*3/2, d2/2))
	f = f.plus(bellTerm(n[7]*d2*l6*q6, 2, d1*3/4, d2*3/4))
	f = f.plus(bellTerm(n[8]*d2*l2*l*q6*q, 2, d1*3/8, d2*7/8))
	return f
}
