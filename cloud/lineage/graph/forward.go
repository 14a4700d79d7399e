package graph

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Forward returns where whole lots are at an instant (ms), together: the lots that hold them then. What a lot gave away is divided,
// with what stays, in the proportion of the recorded edges, by the largest remainder, ties to the older edge, and then to what stays.
// What a meter found in addition on the way is not counted.
func (g *Graph) Forward(at int64, of ...Lot) (t Trace, err error) {
	end := g.Before(at)
	first := end
	for _, l := range of {
		if int(l) >= g.Lots() {
			return Trace{}, fmt.Errorf("there is no lot %d: the newest is %d", l, g.Lots()-1)
		}
		if int(l) >= end {
			return Trace{}, fmt.Errorf("lot %d came to be at %d ms, after %d ms", l, g.at[l], at)
		}
		if t.Volume, err = t.Volume.Add(g.Volume(l)); err != nil {
			return Trace{}, err
		}
		first = min(first, int(l))
	}
	out := g.children(first, end)
	have := make([]int64, end-first) // by lot, from the first on
	for _, l := range of {
		have[int(l)-first] += g.volume[l]
	}
	var d divider
	var parts []int64
	for n := first; n < end; n++ {
		amount := have[n-first]
		if amount == 0 {
			continue
		}
		t.Passed++
		parts = parts[:0]
		stays := g.volume[n]
		for _, e := range out.of(n) {
			parts = append(parts, g.portion[e.edge])
			stays -= g.portion[e.edge]
		}
		parts = append(parts, stays)
		shares := d.divide(amount, parts)
		for i, e := range out.of(n) {
			have[int(e.to)-first] += shares[i]
		}
		if rest := shares[len(shares)-1]; rest > 0 {
			t.Shares = append(t.Shares, Share{Lot(n), quantity.Micro(rest)})
		}
	}
	return t, nil
}

// Before returns the number of lots that came to be until an instant (ms), it included: those with lower numbers.
func (g *Graph) Before(at int64) int {
	lo, hi := 0, len(g.at)
	for lo < hi {
		if mid := (lo + hi) / 2; g.at[mid] <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// child is an edge out of a lot.
type child struct{ to, edge uint32 }

// children are the edges out of the lots from first on, into lots before end.
type children struct {
	first int
	start []uint32
	list  []child
}

func (c children) of(lot int) []child { return c.list[c.start[lot-c.first]:c.start[lot-c.first+1]] }

// children turns the arrays around, in the order of the edges: a counting sort, since lots keep what they are made of only.
func (g *Graph) children(first, end int) children {
	c := children{first: first, start: make([]uint32, end-first+1)}
	for n := first; n < end; n++ {
		for e := g.start[n]; e < g.start[n+1]; e++ {
			if f := int(g.from[e]) - c.first; f >= 0 {
				c.start[f+1]++
			}
		}
	}
	for i := 1; i < len(c.start); i++ {
		c.start[i] += c.start[i-1]
	}
	c.list = make([]child, c.start[len(c.start)-1])
	next := append([]uint32(nil), c.start...)
	for n := first; n < end; n++ {
		for e := g.start[n]; e < g.start[n+1]; e++ {
			if f := int(g.from[e]) - c.first; f >= 0 {
				c.list[next[f]] = child{uint32(n), e}
				next[f]++
			}
		}
	}
	return c
}
