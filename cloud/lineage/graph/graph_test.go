package graph

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/quantity"
)

// history draws a random history of lots, through Add.
func history(t *rapid.T) *Graph {
	g := New()
	at := int64(0)
	for range rapid.IntRange(1, 40).Draw(t, "lots") {
		at += rapid.Int64Range(0, 5).Draw(t, "pause")
		var edges []Edge
		for n := range g.Lots() {
			left := g.volume[n] - g.given[n]
			if left > 0 && rapid.IntRange(0, 3).Draw(t, "draw") == 0 {
				edges = append(edges, Edge{Lot(n), quantity.Micro(rapid.Int64Range(1, left).Draw(t, "amount"))})
			}
		}
		volume := sum(edges)
		if edges == nil || rapid.IntRange(0, 3).Draw(t, "gain") == 0 {
			volume += quantity.Micro(rapid.Int64Range(1, 1<<rapid.IntRange(1, 40).Draw(t, "size")).Draw(t, "volume"))
		}
		if _, err := g.Add(at, volume, edges...); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func sum(edges []Edge) (sum quantity.Micro) {
	for _, e := range edges {
		sum += e.Volume
	}
	return sum
}

func total(shares []Share) (sum quantity.Micro) {
	for _, s := range shares {
		sum += s.Volume
	}
	return sum
}

// TestAddsUp: back to the sources and forward to where it lies, every micro-unit is accounted for, and none is negative.
func TestAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := history(t)
		last := g.At(Lot(g.Lots() - 1))
		for n := range g.Lots() {
			l := Lot(n)
			back, err := g.Back(Share{l, g.Volume(l)})
			if err != nil || total(back.Shares) != g.Volume(l) {
				t.Fatalf("lot %d of %s: back %v, %v", l, g.Volume(l), back, err)
			}
			forward, err := g.Forward(last, l)
			if err != nil || total(forward.Shares) != g.Volume(l) {
				t.Fatalf("lot %d of %s: forward %v, %v", l, g.Volume(l), forward, err)
			}
			for _, s := range append(back.Shares, forward.Shares...) {
				if s.Volume <= 0 {
					t.Fatalf("lot %d: share %v", l, s)
				}
			}
		}
	})
}

// TestTogether: lots that are traced together add up as each alone does, lot by lot within the rounding of the steps, and every lot is
// passed once.
func TestTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := history(t)
		last := g.At(Lot(g.Lots() - 1))
		var of []Share
		var lots []Lot
		alone, passed := [2]map[Lot]quantity.Micro{{}, {}}, 0
		for range rapid.IntRange(1, 4).Draw(t, "asked") {
			l := Lot(rapid.IntRange(0, g.Lots()-1).Draw(t, "lot"))
			of, lots = append(of, Share{l, g.Volume(l)}), append(lots, l)
			back, err := g.Back(of[len(of)-1])
			if err != nil {
				t.Fatal(err)
			}
			forward, err := g.Forward(last, l)
			if err != nil {
				t.Fatal(err)
			}
			for i, trace := range []Trace{back, forward} {
				passed += trace.Passed
				for _, s := range trace.Shares {
					alone[i][s.Lot] += s.Volume
				}
			}
		}
		back, err := g.Back(of...)
		if err != nil {
			t.Fatal(err)
		}
		forward, err := g.Forward(last, lots...)
		if err != nil {
			t.Fatal(err)
		}
		for i, trace := range []Trace{back, forward} {
			if total(trace.Shares) != total(of) || trace.Volume != total(of) || trace.Passed > g.Lots() {
				t.Fatalf("%v together: %+v", of, trace)
			}
			for _, s := range trace.Shares {
				alone[i][s.Lot] -= s.Volume
			}
			for l, off := range alone[i] {
				if math.Abs(float64(off)) > float64(passed) {
					t.Fatalf("lot %d is off by %d over %d lots", l, int64(off), passed)
				}
			}
		}
	})
}

// TestBackIsNearTheExactShare: each step rounds by less than one micro-unit, so a share is off the exact fraction by less than the
// number of lots on the way.
func TestBackIsNearTheExactShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := history(t)
		l := Lot(rapid.IntRange(0, g.Lots()-1).Draw(t, "lot"))
		exact := make([]float64, g.Lots())
		exact[l] = float64(g.volume[l])
		for n := int(l); n >= 0; n-- {
			made := g.Made(Lot(n))
			for _, e := range made {
				exact[e.From] += exact[n] * float64(e.Volume) / float64(sum(made))
			}
		}
		back, err := g.Back(Share{l, g.Volume(l)})
		if err != nil {
			t.Fatal(err)
		}
		got := map[Lot]quantity.Micro{}
		for _, s := range back.Shares {
			got[s.Lot] = s.Volume
		}
		for n := range exact {
			if len(g.Made(Lot(n))) > 0 {
				continue
			}
			if d := float64(got[Lot(n)]) - exact[n]; math.Abs(d) > float64(g.Lots())+1e-9*exact[n] {
				t.Fatalf("lot %d of source %d: %s, exactly %v", l, n, got[Lot(n)], exact[n])
			}
		}
	})
}

// TestTrace: two receipts into a tank, a batch out of it, a third receipt on the rest, and a second batch.
func TestTrace(t *testing.T) {
	g := New()
	add := func(at int64, v quantity.Micro, edges ...Edge) Lot {
		t.Helper()
		l, err := g.Add(at, v, edges...)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	a, b := add(1, 100), add(2, 50)
	tank := add(3, 150, Edge{a, 100}, Edge{b, 50})
	first := add(4, 40, Edge{tank, 40})
	c := add(5, 10)
	rest := add(6, 120, Edge{tank, 110}, Edge{c, 10})
	second := add(7, 60, Edge{rest, 60})

	back, err := g.Back(Share{first, 40})
	if err != nil {
		t.Fatal(err)
	}
	// 40 of 150: a gives 26.67, b 13.33.
	if diff := cmp.Diff(Trace{40, []Share{{a, 27}, {b, 13}}, 4}, back); diff != "" {
		t.Errorf("first batch: %s", diff)
	}
	if back, err = g.Back(Share{second, 60}); err != nil {
		t.Fatal(err)
	}
	// 60 of 120: 55 of the tank (a 36.67, b 18.33), 5 of c.
	if diff := cmp.Diff(Trace{60, []Share{{a, 37}, {b, 18}, {c, 5}}, 6}, back); diff != "" {
		t.Errorf("second batch: %s", diff)
	}
	forward, err := g.Forward(7, c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Trace{10, []Share{{rest, 5}, {second, 5}}, 3}, forward); diff != "" {
		t.Errorf("forward: %s", diff)
	}
	if forward, err = g.Forward(6, c); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Trace{10, []Share{{rest, 10}}, 2}, forward); diff != "" {
		t.Errorf("forward, before the second batch: %s", diff)
	}
}

// TestCut: what is taken back was never there.
func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := history(t)
		keep := rapid.IntRange(0, g.Lots()).Draw(t, "keep")
		again := New()
		for n := range keep {
			if _, err := again.Add(g.at[n], g.Volume(Lot(n)), g.Made(Lot(n))...); err != nil {
				t.Fatal(err)
			}
		}
		g.Cut(keep)
		if diff := cmp.Diff(again, g, cmp.AllowUnexported(Graph{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestRefuses: what does not fit changes nothing.
func TestRefuses(t *testing.T) {
	g := New()
	if _, err := g.Add(10, 100); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		at     int64
		volume quantity.Micro
		edges  []Edge
		is     error
	}{
		{"before the one before", 9, 1, nil, nil},
		{"nothing", 10, 0, nil, ErrVolume},
		{"less than nothing", 10, -1, nil, ErrVolume},
		{"less than its parts", 10, 4, []Edge{{0, 5}}, ErrVolume},
		{"of a lot that is not there", 10, 5, []Edge{{1, 5}}, nil},
		{"twice the same", 10, 10, []Edge{{0, 5}, {0, 5}}, nil},
		{"more than there is", 10, 101, []Edge{{0, 101}}, ErrVolume},
		{"an edge of nothing", 10, 1, []Edge{{0, 0}}, ErrVolume},
	} {
		if _, err := g.Add(tt.at, tt.volume, tt.edges...); err == nil || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if g.Lots() != 1 || g.Edges() != 0 || g.given[0] != 0 {
		t.Errorf("a refusal left %d lots, %d edges", g.Lots(), g.Edges())
	}
	for _, amount := range []quantity.Micro{-1, 0, 101} {
		if _, err := g.Back(Share{0, amount}); !errors.Is(err, ErrVolume) {
			t.Errorf("traced %s of a lot of 100: %v", amount, err)
		}
	}
	if _, err := g.Back(Share{1, 1}); err == nil {
		t.Error("traced a lot that is not there")
	}
	if _, err := g.Forward(9, 0); err == nil {
		t.Error("found a lot before it came to be")
	}
}
