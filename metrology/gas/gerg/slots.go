package gerg

import (
	"cmp"
	"math"
	"slices"

	"github.com/gauger/gauger/metrology/gas"
)

// A slot is where all terms of the equation meet that have the same power of delta and the same exponential. Once tau is known,
// the residual Helmholtz energy is a sum over the slots, however many components and pairs there are.
type slot uint8

// The slots by their power of delta: first the plain powers, then those times exp(-delta^c), in the order of c, then those times
// one of the bells.
const (
	plain1 slot = iota
	plain2
	plain3
	plain4
	plain7
	first1 // exp(-delta)
	first2
	first3
	first4
	first5
	first6
	second1 // exp(-delta^2)
	second2
	second3
	second4
	third1 // exp(-delta^3)
	third2
	third3
	third4
	third5
	fifth1 // exp(-delta^5)
	fifth5
	sixth5 // exp(-delta^6)
	sixth6
	sixth7
	bell1
	slots = bell1 + slot(len(bells))
)

// families are the slots of the plain powers of delta (0) and of those times exp(-delta^c), by c and the power.
var families = map[int]map[int]slot{
	0: {1: plain1, 2: plain2, 3: plain3, 4: plain4, 7: plain7},
	1: {1: first1, 2: first2, 3: first3, 4: first4, 5: first5, 6: first6},
	2: {1: second1, 2: second2, 3: second3, 4: second4},
	3: {1: third1, 2: third2, 3: third3, 4: third4, 5: third5},
	5: {1: fifth1, 5: fifth5},
	6: {5: sixth5, 6: sixth6, 7: sixth7},
}

// bell is delta^d exp(-eta (delta-1/2)^2 - beta (delta-1/2)) of a departure function, less the constant factor of the exponential.
type bell struct {
	d         int
	eta, beta float64
}

// bells are those that occur, in the order of their slots.
var bells = [...]bell{
	{2, 0, 3}, {3, 0, 3}, {1, 0, 2}, {1, 0.25, 0.75}, {1, 0.25, 1}, {2, 0.25, 2.5}, {2, 0.5, 2}, {2, 0.75, 1.5}, {2, 0.875, 1.25},
}

// slot returns where a term of a departure function belongs, and the constant factor of its exponential. With eta and beta 1 only
// exp(-delta^2) is left of the rest.
func (t departureTerm) slot() (s slot, factor float64) {
	factor = math.Exp(t.beta/2 - t.eta/4)
	switch {
	case t.beta == 0:
		return families[0][t.d], factor
	case t.eta == 1 && t.beta == 1:
		return families[2][t.d], factor
	}
	return bell1 + slot(slices.Index(bells[:], bell{t.d, t.eta, t.beta})), factor
}

// power is a power of tau as a whole one and a rest: see powers.
type power struct{ whole, part uint8 }

// powers are the values of the powers of tau. Every exponent of the equation is a whole number of -1 to 30 plus a multiple of 1/8
// or of 1/20, so that few multiplications give all.
type powers struct {
	whole [32]float64 // exponents -1, 0, ... 30
	part  [32]float64 // exponents 0, 1/8, ... 7/8, 0, 1/20, ... 19/20, and four that are not used
}

// twentieths is where the multiples of 1/20 begin.
const twentieths = 8

// powerOf finds the exponent t.
func powerOf(t float64) power {
	whole := math.Floor(t)
	part := (t - whole) * 8
	if part != math.Trunc(part) {
		part = twentieths + math.Round((t-whole)*20)
	}
	return power{uint8(whole + 1), uint8(part)}
}

// exponent is the inverse of powerOf.
func (p power) exponent() float64 {
	whole := float64(p.whole) - 1
	if p.part < twentieths {
		return whole + float64(p.part)/8
	}
	return whole + float64(p.part-twentieths)/20
}

// of computes the powers of tau.
func (p *powers) of(tau float64) {
	w := &p.whole
	w[0], w[1], w[2] = 1/tau, 1, tau
	for i := 3; i < len(w); i++ { // i-1 is the sum of the two exponents
		w[i] = w[(i+1)/2] * w[i/2+1]
	}
	half := math.Sqrt(tau)
	quarter := math.Sqrt(half)
	eighth := math.Sqrt(quarter)
	q := &p.part
	q[0], q[1], q[2], q[3] = 1, eighth, quarter, quarter*eighth
	q[4], q[5], q[6], q[7] = half, half*eighth, half*quarter, half*quarter*eighth
	v := q[twentieths : twentieths+20]
	v[0], v[1] = 1, math.Exp(math.Log(tau)/20)
	for i := 2; i < len(v); i++ {
		v[i] = v[i/2] * v[(i+1)/2]
	}
}

func (p *powers) at(q power) float64 {
	return p.whole[q.whole%32] * p.part[q.part%32]
}

// place is what distinguishes a term of the equation: its slot and its power of tau. Terms of several substances and pairs that
// have the same place are one term of the mixture.
type place struct {
	slot  slot
	power power
}

// share is what a substance or pair adds, times its fraction, to the factor of the term at a place.
type share struct {
	place int
	n     float64
}

// equation is the whole equation of state: its places, in the order of their slots, and what substances and pairs put there.
type equation struct {
	places     []place
	fluids     [gas.Components][]share
	departures [len(departures)][]share
}

// maxPlaces is more than there are.
const maxPlaces = 160

var gerg2008 = newEquation()

func newEquation() (e equation) {
	index := map[place]int{}
	e.visit(func(p place, _ *[]share, _ float64) { index[p] = 0 })
	for p := range index {
		e.places = append(e.places, p)
	}
	slices.SortFunc(e.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.power.part, b.power.part), cmp.Compare(a.power.whole, b.power.whole))
	})
	for i, p := range e.places {
		index[p] = i
	}
	e.visit(func(p place, to *[]share, n float64) { *to = append(*to, share{index[p], n}) })
	return e
}

// visit calls f for every term of every substance and pair, with its place, its factor and the list that its share belongs to.
func (e *equation) visit(f func(p place, to *[]share, n float64)) {
	for i, substance := range fluids {
		for k, x := range substance.form {
			f(place{families[x.c][x.d], powerOf(x.t)}, &e.fluids[i], substance.n[k])
		}
	}
	for i, pair := range departures {
		for _, t := range pair.terms {
			s, factor := t.slot()
			f(place{s, powerOf(t.t)}, &e.departures[i], pair.weight*t.n*factor)
		}
	}
}
