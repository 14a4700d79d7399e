package graph

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/lineage/columns"
)

// TestStored: a history that was read is the one that was appended, and goes on as that one does.
func TestStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := history(t)
		r := columns.NewReader(g.Append(nil))
		read, err := Read(r)
		if err != nil || r.End() != nil {
			t.Fatal(err, r.End())
		}
		if diff := cmp.Diff(g, read, cmp.AllowUnexported(Graph{}), cmp.Transformer("empty", func(in []uint32) []uint32 { return append([]uint32{}, in...) }),
			cmp.Transformer("none", func(in []int64) []int64 { return append([]int64{}, in...) })); diff != "" {
			t.Fatalf("(-appended +read):\n%s", diff)
		}
	})
}

// four returns a history of two sources and two lots made of them.
func four(t testing.TB) *Graph {
	g := New()
	for _, l := range []struct {
		at    int64
		edges []Edge
	}{{1, nil}, {1, nil}, {2, []Edge{{0, 60}, {1, 40}}}, {3, []Edge{{0, 40}, {2, 60}}}} {
		if _, err := g.Add(l.at, 100, l.edges...); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// TestStoredRefused: no history is read that Add would not have made.
func TestStoredRefused(t *testing.T) {
	for name, alter := range map[string]func(g *Graph){
		"time that runs back":          func(g *Graph) { g.at[2] = 4 },
		"a lot without an instant":     func(g *Graph) { g.at = g.at[1:] },
		"a lot without a place":        func(g *Graph) { g.start = g.start[1:] },
		"edges of no lot":              func(g *Graph) { g.start[4] = 3 },
		"edges before the first lot":   func(g *Graph) { g.start[0] = 1 },
		"places that run back":         func(g *Graph) { g.start[2], g.start[3] = 3, 2 },
		"a place beyond the edges":     func(g *Graph) { g.start[3] = 9 },
		"an edge without an amount":    func(g *Graph) { g.portion = g.portion[1:] },
		"oil from the future":          func(g *Graph) { g.from[0] = 3 },
		"oil from itself":              func(g *Graph) { g.from[0] = 2 },
		"a lot that is named twice":    func(g *Graph) { g.from[1] = 0 },
		"no amount":                    func(g *Graph) { g.portion[0] = 0 },
		"a negative amount":            func(g *Graph) { g.portion[0] = -1 },
		"more than a lot has left":     func(g *Graph) { g.portion[2] = 41 },
		"more than a lot has room for": func(g *Graph) { g.volume[2] = 99 },
		"a lot of nothing":             func(g *Graph) { g.volume[1] = 0; g.portion[1] = 1 },
		"a source of nothing":          func(g *Graph) { g.volume = append(g.volume, 0); g.at = append(g.at, 9); g.start = append(g.start, 4) },
		"amounts that overflow in sum": func(g *Graph) {
			g.volume[0], g.volume[1] = 1<<63-1, 1<<63-1
			g.portion[0], g.portion[1] = 1<<63-1, 1<<63-1
		},
		"a negative volume of a source": func(g *Graph) { g.volume = append(g.volume, -5); g.at = append(g.at, 9); g.start = append(g.start, 4) },
	} {
		g := four(t)
		alter(g)
		if _, err := Read(columns.NewReader(g.Append(nil))); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// FuzzRead: whatever is read can be traced, and is appended as the same bytes.
func FuzzRead(f *testing.F) {
	f.Add(New().Append(nil))
	b := four(f).Append(nil)
	f.Add(b)
	for at := range b {
		altered := bytes.Clone(b)
		altered[at] ^= 1
		f.Add(altered)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := columns.NewReader(b)
		g, err := Read(r)
		if err != nil || r.End() != nil {
			return
		}
		if !bytes.Equal(g.Append(nil), b) {
			t.Fatal("a history has two forms")
		}
		for n := range min(g.Lots(), 50) {
			if _, err := g.Back(Share{Lot(n), g.Volume(Lot(n))}); err != nil {
				t.Fatal(err)
			}
			if _, err := g.Forward(slices.Max(g.at), Lot(n)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
