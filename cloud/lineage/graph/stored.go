package graph

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/cloud/lineage/columns"
)

// Append appends the history to b, as columns.
func (g *Graph) Append(b []byte) []byte {
	b = columns.AppendInt64(b, g.at)
	b = columns.AppendInt64(b, g.volume)
	b = columns.AppendUint32(b, g.start)
	b = columns.AppendUint32(b, g.from)
	return columns.AppendInt64(b, g.portion)
}

// Read takes a history off its columns. It refuses what Add could not have made.
func Read(r *columns.Reader) (*Graph, error) {
	g := &Graph{at: r.Int64(), volume: r.Int64(), start: r.Uint32(), from: r.Uint32(), portion: r.Int64()}
	if err := r.Err(); err != nil {
		return nil, err
	}
	lots, edges := len(g.volume), len(g.from)
	switch {
	case len(g.at) != lots || len(g.start) != lots+1 || len(g.portion) != edges:
		return nil, fmt.Errorf("%d lots of %d instants and %d places, %d edges of %d amounts", lots, len(g.at), len(g.start), edges, len(g.portion))
	case g.start[0] != 0 || uint64(g.start[lots]) != uint64(edges):
		return nil, errors.New("edges belong to no lot")
	}
	g.given = make([]int64, lots)
	for n := range lots {
		if g.start[n] > g.start[n+1] || uint64(g.start[n+1]) > uint64(edges) || n > 0 && g.at[n] < g.at[n-1] {
			return nil, fmt.Errorf("lot %d is out of order", n)
		}
		if err := g.check(n); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// check notes what a lot took of others, and refuses what Add would have refused.
func (g *Graph) check(n int) error {
	total, first, end := int64(0), g.start[n], g.start[n+1]
	for i := first; i < end; i++ {
		from, amount := g.from[i], g.portion[i]
		if int(from) >= n || slices.Contains(g.from[first:i], from) {
			return fmt.Errorf("lot %d is made of lot %d, which is not there yet or named twice", n, from)
		}
		if amount <= 0 || amount > g.volume[from]-g.given[from] || amount > g.volume[n]-total {
			return fmt.Errorf("lot %d takes %d micro-units of lot %d: %w", n, amount, from, ErrVolume)
		}
		total += amount
		g.given[from] += amount
	}
	if g.volume[n] <= 0 {
		return fmt.Errorf("lot %d has %d micro-units: %w", n, g.volume[n], ErrVolume)
	}
	return nil
}
