package graph

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Forward returns where a whole lot is at an instant (ms): the lots that hold it then. What a lot gave away is divided, with what
// stays, in the proportion of the recorded edges, by the largest remainder, ties to the older edge, and then to what stays. What
// a meter found in addition on the way is not counted.
func (g *Graph) Forward(l Lot, at int64) (Trace, error) {
	if int(l) >= g.Lots() {
		return Trace{}, fmt.Errorf("there is no lot %d: the newest is %d", l, g.Lots()-1)
	}
	end := g.Before(at)
	if int(l) >= end {
		return Trace{}, fmt.Errorf("lot %d came to be at %d ms, after %d ms", l, g.at[l], at)
	}
	out := g.children(l, end)
	t := Trace{Volume: g.Volume(l)}
	have := make([]int64, end-int(l)) // by lot, from l on
	have[0] = g.volume[l]
	var d divider
	var parts []int64
	for n := int(l); n < end; n++ {
		amount := have[n-int(l)]
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
			have[int(e.to)-int(l)] += shares[i]
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
func (g *Graph) children(first Lot, end int) children {
	c := children{first: int(first), start: make([]uint32, end-int(first)+1)}
	for n := int(first); n < end; n++ {
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
	for n := int(first); n < end; n++ {
		for e := g.start[n]; e < g.start[n+1]; e++ {
			if f := int(g.from[e]) - c.first; f >= 0 {
				c.list[next[f]] = child{uint32(n), e}
				next[f]++
			}
		}
	}
	return c
}
