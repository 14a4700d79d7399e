// Package graphtest makes histories of lots that are large enough to measure on.
package graphtest

import (
	"fmt"
	"math/rand/v2"

	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/metrology/quantity"
)

// Sources is the number of lots that a large history begins with.
const Sources = 1000

// Large returns a history in which nearly every lot is an ancestor of the newest: each is made of a third of the one before it and
// of two anywhere among the hundred thousand before that, so that a trace finds nothing in the processor's cache. It is the same
// history every time. Lots must be more than Sources.
func Large(lots int) (*graph.Graph, error) {
	const far = 100_000
	r := rand.New(rand.NewPCG(1, 2))
	g := graph.New()
	for n := range Sources {
		if _, err := g.Add(int64(n), quantity.Micro(1e12+r.Int64N(1e12))); err != nil {
			return nil, err
		}
	}
	for n := Sources; n < lots; n++ {
		edges := []graph.Edge{third(g, n-1)}
		for len(edges) < 3 {
			from := n - 2 - r.IntN(min(n-1, far))
			if e := third(g, from); e.Volume <= g.Left(e.From) && e.From != edges[len(edges)-1].From {
				edges = append(edges, e)
			}
		}
		volume := edges[0].Volume + edges[1].Volume + edges[2].Volume
		if _, err := g.Add(int64(n), volume, edges...); err != nil {
			return nil, fmt.Errorf("lot %d of a large history: %w", n, err)
		}
	}
	return g, nil
}

// third is a third of a lot.
func third(g *graph.Graph, from int) graph.Edge {
	return graph.Edge{From: graph.Lot(from), Volume: g.Volume(graph.Lot(from)) / 3}
}
