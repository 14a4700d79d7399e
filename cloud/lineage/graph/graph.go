// Package graph holds the whole history of a system as lots and the amounts that went from one into another, in arrays compact
// enough to trace a lot through a million ancestors while somebody waits. A lot is oil that was once in one place, unmixed with
// anything later: a receipt, a tank after a blend, a batch. What is traced adds up to the micro-unit.
package graph

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Lot is the number of a lot in the order in which lots came to be, from 0. A lot is made of lots with lower numbers only: oil
// does not flow back in time.
type Lot uint32

// Edge is an amount that one lot gave to another.
type Edge struct {
	From   Lot
	Volume quantity.Micro
}

// Limits of a graph.
const (
	// MaxLots and MaxEdges bound what fits the arrays.
	MaxLots  = math.MaxUint32 - 1
	MaxEdges = math.MaxUint32 - 1
)

// Graph is a history of lots. It grows by Add and is never changed otherwise. Any number of traces may read at once, but none while
// Add runs.
type Graph struct {
	at      []int64  // when each lot came to be, ms since 1970 UTC, never decreasing
	volume  []int64  // of each lot, micro-units
	given   []int64  // how much of each lot has gone into others
	start   []uint32 // edges into lot n are start[n] to start[n+1]
	from    []uint32 // by edge
	portion []int64  // by edge, micro-units
}

// New returns a history without lots.
func New() *Graph { return &Graph{start: []uint32{0}} }

// Lots returns the number of lots.
func (g *Graph) Lots() int { return len(g.volume) }

// Edges returns the number of edges.
func (g *Graph) Edges() int { return len(g.from) }

// Volume returns the volume of a lot, or zero for one that is not there.
func (g *Graph) Volume(l Lot) quantity.Micro {
	if int(l) >= len(g.volume) {
		return 0
	}
	return quantity.Micro(g.volume[l])
}

// At returns when a lot came to be, in ms since 1970 UTC.
func (g *Graph) At(l Lot) int64 {
	if int(l) >= len(g.at) {
		return 0
	}
	return g.at[l]
}

// ErrVolume reports edges that take more from a lot than it has, or that are not positive.
var ErrVolume = errors.New("volume does not fit")

// Add appends a lot that came to be at an instant (ms) and returns its number. Without edges it is a source. With edges its volume
// is their sum and more where a meter or gauge found a gain, which counts as more of the same. Refused, and nothing is changed,
// are lots out of order in time, edges from lots that are not there or named twice, amounts that are not positive, and, with
// ErrVolume, more than a lot has left and a volume below the sum.
func (g *Graph) Add(at int64, volume quantity.Micro, edges ...Edge) (Lot, error) {
	n := len(g.volume)
	if n >= MaxLots || len(g.from) > MaxEdges-len(edges) {
		return 0, fmt.Errorf("lot %d with %d edges: a graph holds %d lots and as many edges", n, len(edges), uint32(MaxLots))
	}
	if n > 0 && at < g.at[n-1] {
		return 0, fmt.Errorf("lot %d of %d ms comes after one of %d ms: add lots in the order of time", n, at, g.at[n-1])
	}
	total := quantity.Micro(0)
	for i, e := range edges {
		if int(e.From) >= n {
			return 0, fmt.Errorf("lot %d is made of lot %d, which is not there yet", n, e.From)
		}
		if slices.ContainsFunc(edges[:i], func(o Edge) bool { return o.From == e.From }) {
			return 0, fmt.Errorf("lot %d names lot %d twice: add the amounts up", n, e.From)
		}
		if left := g.volume[e.From] - g.given[e.From]; e.Volume <= 0 || int64(e.Volume) > left {
			return 0, fmt.Errorf("lot %d takes %s of lot %d, which has %s left: %w", n, e.Volume, e.From, quantity.Micro(left), ErrVolume)
		}
		var err error
		if total, err = total.Add(e.Volume); err != nil {
			return 0, fmt.Errorf("lot %d: %w", n, err)
		}
	}
	if volume <= 0 || volume < total {
		return 0, fmt.Errorf("lot %d has a volume of %s, its parts have %s: %w", n, volume, total, ErrVolume)
	}
	for _, e := range edges {
		g.given[e.From] += int64(e.Volume)
		g.from = append(g.from, uint32(e.From))
		g.portion = append(g.portion, int64(e.Volume))
	}
	g.at = append(g.at, at)
	g.volume = append(g.volume, int64(volume))
	g.given = append(g.given, 0)
	g.start = append(g.start, uint32(len(g.from)))
	return Lot(n), nil
}

// Cut takes the newest lots back, so that the given number stays.
func (g *Graph) Cut(lots int) {
	if lots < 0 || lots >= g.Lots() {
		return
	}
	edges := g.start[lots]
	for i := edges; i < uint32(len(g.from)); i++ {
		g.given[g.from[i]] -= g.portion[i]
	}
	g.at, g.volume, g.given, g.start = g.at[:lots], g.volume[:lots], g.given[:lots], g.start[:lots+1]
	g.from, g.portion = g.from[:edges], g.portion[:edges]
}

// Left returns what no other lot has taken of a lot.
func (g *Graph) Left(l Lot) quantity.Micro {
	if int(l) >= g.Lots() {
		return 0
	}
	return quantity.Micro(g.volume[l] - g.given[l])
}

// Made returns what a lot is made of: nothing for a source.
func (g *Graph) Made(l Lot) []Edge {
	if int(l) >= g.Lots() {
		return nil
	}
	var edges []Edge
	for i := g.start[l]; i < g.start[l+1]; i++ {
		edges = append(edges, Edge{Lot(g.from[i]), quantity.Micro(g.portion[i])})
	}
	return edges
}

// Share is the part of an amount that is of one lot.
type Share struct {
	Lot    Lot
	Volume quantity.Micro
}

// Trace is where an amount of a lot came from, or went to. Shares add up to Volume exactly.
type Trace struct {
	Volume quantity.Micro
	Shares []Share // of sources, or of lots that still hold it, by number
	Passed int     // lots that it passed through, the first included, each once
}

// Back returns the sources of amounts of lots, each at most all of its lot, together: a lot that is behind several of them is passed
// once. Each lot on the way is made of its parents in the proportion of the recorded edges; an amount that is not the sum of them is
// divided by the largest remainder, ties to the edge named first, so that every step adds up.
func (g *Graph) Back(of ...Share) (t Trace, err error) {
	end := 0
	for _, s := range of {
		if int(s.Lot) >= g.Lots() {
			return Trace{}, fmt.Errorf("there is no lot %d: the newest is %d", s.Lot, g.Lots()-1)
		}
		if s.Volume <= 0 || s.Volume > g.Volume(s.Lot) {
			return Trace{}, fmt.Errorf("%s of lot %d, which has %s: %w", s.Volume, s.Lot, g.Volume(s.Lot), ErrVolume)
		}
		if t.Volume, err = t.Volume.Add(s.Volume); err != nil {
			return Trace{}, err
		}
		end = max(end, int(s.Lot)+1)
	}
	need := make([]int64, end)
	for _, s := range of {
		need[s.Lot] += int64(s.Volume) // no step adds anything: all of them are at most t.Volume
	}
	var d divider
	for n := end - 1; n >= 0; n-- {
		amount := need[n]
		if amount == 0 {
			continue
		}
		t.Passed++
		first, end := g.start[n], g.start[n+1]
		if first == end {
			t.Shares = append(t.Shares, Share{Lot(n), quantity.Micro(amount)})
			continue
		}
		from, portion := g.from[first:end], g.portion[first:end]
		for i, v := range d.divide(amount, portion) {
			need[from[i]] += v
		}
	}
	slices.Reverse(t.Shares)
	return t, nil
}

// divider divides amounts, reusing its space.
type divider struct {
	share, rest []int64
}

// divide returns amount divided in proportion of parts: quotients rounded down, and the units left over one each to the largest
// remainders, ties to the first. The result is valid until the next call.
func (d *divider) divide(amount int64, parts []int64) []int64 {
	total := int64(0)
	for _, p := range parts {
		total += p // parts of one lot: no overflow
	}
	if amount == total {
		return parts
	}
	d.share, d.rest = d.share[:0], d.rest[:0]
	left := amount
	for _, p := range parts {
		hi, lo := bits.Mul64(uint64(amount), uint64(p))
		q, r := bits.Div64(hi, lo, uint64(total)) // p is at most total, so the quotient is at most amount
		d.share, d.rest = append(d.share, int64(q)), append(d.rest, int64(r))
		left -= int64(q)
	}
	for ; left > 0; left-- { // fewer than parts
		best := 0
		for i, r := range d.rest {
			if r > d.rest[best] {
				best = i
			}
		}
		d.share[best]++
		d.rest[best] = -1
	}
	return d.share
}
