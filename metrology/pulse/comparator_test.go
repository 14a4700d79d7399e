package pulse

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// period is that of the meter in these tests: its pulses are square, B a quarter of a period after A.
const period = 1000 * time.Microsecond

// cycle returns the edges of one pulse pair that begins at a time.
func cycle(at time.Duration) []Edge {
	return []Edge{
		{at, ChannelA, true}, {at + period/4, ChannelB, true}, {at + period/2, ChannelA, false}, {at + period*3/4, ChannelB, false},
	}
}

// cycles returns n pulse pairs from a time on.
func cycles(at time.Duration, n int) (edges []Edge) {
	for i := range n {
		edges = append(edges, cycle(at+time.Duration(i)*period)...)
	}
	return edges
}

// spike returns the edges of a short pulse.
func spike(at time.Duration, x Channel) []Edge {
	return []Edge{{at, x, true}, {at + period/50, x, false}}
}

// without leaves out the edges that a test names: the i-th of a channel's, counted from 0.
func without(edges []Edge, x Channel, drop ...int) (kept []Edge) {
	n := 0
	for _, e := range edges {
		if e.Channel == x {
			n++
			if slices.Contains(drop, n-1) {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept
}

// merged returns edges in the order of their times.
func merged(edges ...[]Edge) []Edge {
	all := slices.Concat(edges...)
	slices.SortStableFunc(all, func(a, b Edge) int { return int(a.At - b.At) })
	return all
}

var levelA = Comparator{Level: LevelA, Limit: Limit{Pulses: 10, Per: 10_000}, PhaseTolerance: 45}

// feed hands edges to a comparator and returns the train.
func feed(t interface {
	Helper()
	Fatal(...any)
}, c Comparator, edges []Edge) *Train {
	t.Helper()
	var train Train
	for _, e := range edges {
		if err := c.Edge(&train, e); err != nil {
			t.Fatal(err)
		}
	}
	return &train
}

func TestPulsePatterns(t *testing.T) {
	reverse := []Edge{{0, ChannelB, true}, {250, ChannelA, true}, {500, ChannelB, false}, {750, ChannelA, false}}
	for _, tt := range []struct {
		name, why string
		edges     []Edge
		want      Report
	}{
		{"clean", "a pair a period", cycles(0, 5), Report{A: 5, B: 5, Good: 5}},
		{"reverse", "B leads", reverse, Report{A: 1, B: 1, Reverse: 1}},
		{"B lost a pulse", "two periods to the next pair", without(cycles(0, 5), ChannelB, 4, 5),
			Report{A: 5, B: 4, Good: 4, OnlyA: 1, Missing: 1}},
		{"A lost two pulses", "three periods to the next pair", without(cycles(0, 7), ChannelA, 6, 7, 8, 9),
			Report{A: 5, B: 7, Good: 5, OnlyB: 2, Missing: 2}},
		{"noise on A between pulses", "a period to the next pair all the same", merged(cycles(0, 5), spike(2*period+period*4/5, ChannelA)),
			Report{A: 6, B: 5, Good: 5, OnlyA: 1, Extra: 1}},
		{"noise on A while B is high", "B had its partner", merged(cycles(0, 5), spike(2*period+period*3/5, ChannelA)),
			Report{A: 6, B: 5, Good: 5, OnlyA: 1, Extra: 1}},
		{"B bounces while A is high", "the first rise is the partner", merged(without(cycles(0, 5), ChannelB, 4), []Edge{
			{2*period + period/4, ChannelB, true}, {2*period + period*3/10, ChannelB, false}, {2*period + period*7/20, ChannelB, true}}),
			Report{A: 5, B: 6, Good: 5, OnlyB: 1, Extra: 1}},
		{"lost and gained", "a noise on A, then a pulse lost by B", merged(without(cycles(0, 6), ChannelB, 6, 7), spike(2*period+period*4/5, ChannelA)),
			Report{A: 7, B: 5, Good: 5, OnlyA: 2, Missing: 1, Extra: 1}},
		{"noise on both", "they rise together", merged(cycles(0, 4), spike(period*9/5, ChannelA), spike(period*9/5, ChannelB)),
			Report{A: 5, B: 5, Good: 4, Coincident: 1}},
		{"B fell unseen", "the pulse is there, the edge is not", without(cycles(0, 4), ChannelB, 3),
			Report{A: 4, B: 4, Good: 4, Sequence: 1}},
		{"A rose unseen", "it must have risen before it fell", without(cycles(0, 4), ChannelA, 2),
			Report{A: 4, B: 4, Good: 4, Sequence: 1}},
		{"A rose unseen, and falls as B rises", "the time of the rise is not known, so it is no coincidence",
			append(cycles(0, 2), []Edge{{2*period + period/4, ChannelB, true}, {2*period + period/4, ChannelA, false}, {2*period + period*3/4, ChannelB, false}}...),
			Report{A: 3, B: 3, Good: 3, Sequence: 1}},
		{"back and forth", "flow the other way has another rhythm", merged(cycles(0, 3), []Edge{
			{3 * period, ChannelB, true}, {3*period + period/4, ChannelA, true}, {3*period + period/2, ChannelB, false}, {3*period + period*3/4, ChannelA, false}},
			spike(3*period+period*4/5, ChannelA), cycles(4*period, 1)), Report{A: 6, B: 5, Good: 4, Reverse: 1, OnlyA: 1, Undecided: 1}},
		{"the flow turns", "A rises, the rotor goes back", append(cycles(0, 2), spike(2*period, ChannelA)...),
			Report{A: 3, B: 2, Good: 2, OnlyA: 1}},
		{"B is dead", "nothing tells the rhythm", without(cycles(0, 6), ChannelB, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
			Report{A: 6, OnlyA: 6}},
		{"B is dead for long", "the rhythm may have changed", without(cycles(0, 12), ChannelB, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
			Report{A: 12, B: 7, Good: 7, OnlyA: 5, Undecided: 5}},
		{"noise after a standstill", "the gap tells nothing", merged(cycles(0, 3), spike(5*period, ChannelA), cycles(90*period, 2)),
			Report{A: 6, B: 5, Good: 5, OnlyA: 1, Undecided: 1}},
		{"noise in a short standstill", "two periods too many, and one pulse", merged(cycles(0, 3), spike(4*period, ChannelA), cycles(5*period, 2)),
			Report{A: 6, B: 5, Good: 5, OnlyA: 1, Undecided: 1}},
		{"noise before the first pair", "there is no rhythm yet", merged(spike(0, ChannelB), cycles(period, 2)),
			Report{A: 2, B: 3, Good: 2, OnlyB: 1, Undecided: 1}},
		{"B is late", "a fifth of a period later than its quarter", merged(without(cycles(0, 4), ChannelB, 4), []Edge{{2*period + period*9/20, ChannelB, true}}),
			Report{A: 4, B: 4, Good: 4, Phase: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Level = LevelA
			train := feed(t, levelA, tt.edges)
			got := train.Take()
			got.MaxDifference = 0
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.why, diff)
			}
			if train.Report != (Report{Level: LevelA}) {
				t.Errorf("taken and still there: %+v", train.Report)
			}
		})
	}
}

// Level B sees what level A sees, and corrects nothing.
func TestLevelB(t *testing.T) {
	c := levelA
	c.Level = LevelB
	edges := merged(without(cycles(0, 9), ChannelB, 4, 5), spike(6*period+period*4/5, ChannelA))
	got := feed(t, c, edges).Report
	want := Report{Level: LevelB, A: 10, B: 8, Good: 8, OnlyA: 2, MaxDifference: 2}
	if got != want || got.Pulses() != 10 {
		t.Errorf("got %+v with %d pulses, want %+v", got, got.Pulses(), want)
	}
	if a := feed(t, levelA, edges).Report; a.Pulses() != 9 {
		t.Errorf("level A makes %d pulses of 9: %+v", a.Pulses(), a)
	}
}

// A phase is not measured across a standstill, nor where nobody asked for it.
func TestPhaseOfSteadyFlowOnly(t *testing.T) {
	edges := append(cycles(0, 3), cycles(500*period, 3)...)
	if r := feed(t, levelA, edges).Report; r.Phase != 0 || r.Good != 6 {
		t.Errorf("after a standstill: %+v", r)
	}
	c := levelA
	c.PhaseTolerance = 0
	late := merged(without(cycles(0, 4), ChannelB, 4), []Edge{{2*period + period*9/20, ChannelB, true}})
	if r := feed(t, c, late).Report; r.Phase != 0 {
		t.Errorf("unwatched: %+v", r)
	}
}

// The alarm comes with the first pulse over the limit, and not across windows.
func TestAlarmLimit(t *testing.T) {
	c := Comparator{Level: LevelB, Limit: Limit{Pulses: 3, Per: 100}}
	for _, tt := range []struct {
		name    string
		dropped []int // pulses of B
		want    Alarm
		most    int64
	}{
		{"none", nil, 0, 0},
		{"three of a hundred", []int{10, 20, 30}, 0, 3},
		{"four of a hundred", []int{10, 20, 30, 99}, Difference | Errors, 4},
		{"four, of two windows", []int{96, 97, 98, 130}, 0, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var edges []int
			for _, n := range tt.dropped {
				edges = append(edges, 2*n, 2*n+1)
			}
			r := feed(t, c, without(cycles(0, 150), ChannelB, edges...)).Report
			if r.Alarms != tt.want || r.MaxDifference != tt.most {
				t.Errorf("alarms %d with a difference of %d, want %d with %d", r.Alarms, r.MaxDifference, tt.want, tt.most)
			}
		})
	}
	// What one channel loses and the other gains is no difference of the counts, but an error each.
	lost := merged(without(cycles(0, 50), ChannelB, 20, 21, 40, 41), spike(15*period+period*4/5, ChannelB), spike(30*period+period*4/5, ChannelB))
	if r := feed(t, c, lost).Report; r.A != r.B || r.Alarms != Errors {
		t.Errorf("lost and gained alike: %+v", r)
	}
	// No disagreement at all is allowed: a pair half way is none.
	strict := Comparator{Level: LevelB, Limit: Limit{Pulses: 0, Per: 100}}
	if r := feed(t, strict, cycles(0, 300)).Report; r.Alarms != 0 {
		t.Errorf("clean pulses under a limit of none: %+v", r)
	}
}

func TestCounts(t *testing.T) {
	limit := Limit{Pulses: 10, Per: 10_000}
	for _, tt := range []struct {
		name  string
		level Level
		lumps [][2]int64
		want  Report
	}{
		{"agree", LevelC, [][2]int64{{5000, 5000}, {7000, 7000}}, Report{A: 12_000, B: 12_000}},
		{"ten of ten thousand", LevelC, [][2]int64{{10_000, 9_990}}, Report{A: 10_000, B: 9_990, MaxDifference: 10}},
		{"eleven", LevelD, [][2]int64{{9_989, 10_000}}, Report{A: 9_989, B: 10_000, MaxDifference: 11, Alarms: Difference}},
		{"eleven of few", LevelC, [][2]int64{{11, 0}}, Report{A: 11, MaxDifference: 11, Alarms: Difference}},
		{"in a lump, in proportion", LevelC, [][2]int64{{50_000, 49_950}}, Report{A: 50_000, B: 49_950, MaxDifference: 50}},
		{"in a lump, out of proportion", LevelC, [][2]int64{{50_000, 49_949}}, Report{A: 50_000, B: 49_949, MaxDifference: 51, Alarms: Difference}},
		{"alone", LevelE, [][2]int64{{50_000, 0}, {1, 0}}, Report{A: 50_001}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Comparator{Level: tt.level, Limit: limit}
			var train Train
			for _, n := range tt.lumps {
				if err := c.Counts(&train, n[0], n[1]); err != nil {
					t.Fatal(err)
				}
			}
			tt.want.Level = tt.level
			if train.Report != tt.want || train.Report.Pulses() != tt.want.A {
				t.Errorf("got %+v, want %+v", train.Report, tt.want)
			}
		})
	}
}

// uneven returns n pulse pairs, each up to 3 % of a period early or late.
func uneven(t *rapid.T, n int) (edges []Edge) {
	for i := range n {
		early := time.Duration(rapid.IntRange(-30, 30).Draw(t, "late")) * period / 1000
		edges = append(edges, cycle(time.Duration(i+1)*period+early)...)
	}
	return edges
}

// With single faults in a steady flow, level A finds back the true number of pulses, and says what was lost and what was gained.
func TestLevelACorrects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(10, 120).Draw(t, "pulses")
		var lost [2][]int
		var noise [][]Edge
		missing, extra := int64(0), int64(0)
		for i := 3; i < n-2; i += rapid.IntRange(3, 9).Draw(t, "distance") {
			x := Channel(rapid.IntRange(0, 1).Draw(t, "channel"))
			switch rapid.SampledFrom([]string{"lost", "two lost", "gained", "none"}).Draw(t, "fault") {
			case "lost":
				lost[x] = append(lost[x], 2*i, 2*i+1)
				missing++
			case "two lost":
				if i+1 < n-2 {
					lost[x] = append(lost[x], 2*i, 2*i+1, 2*i+2, 2*i+3)
					missing += 2
				}
			case "gained":
				at := time.Duration(i+1)*period + period*time.Duration(rapid.IntRange(80, 94).Draw(t, "percent of the period"))/100
				noise = append(noise, spike(at, x))
				extra++
			}
		}
		edges := without(without(uneven(t, n), ChannelA, lost[0]...), ChannelB, lost[1]...)
		train := feed(t, levelA, merged(append(noise, edges)...))
		r := train.Report
		if r.Pulses() != int64(n) || r.Missing != missing || r.Extra != extra || r.Undecided != 0 {
			t.Fatalf("%d true pulses, %d lost, %d gained: %+v counts %d", n, missing, extra, r, r.Pulses())
		}
	})
}

// balanced checks what holds of any train: each pulse is accounted for once.
func balanced(t *Train) error {
	r := t.Report
	alone := func(x Channel) int64 {
		if t.Alone[x] {
			return 1
		}
		return 0
	}
	pairs := r.Good + r.Reverse + r.Coincident
	if r.A != pairs+r.OnlyA+alone(ChannelA) || r.B != pairs+r.OnlyB+alone(ChannelB) {
		return fmt.Errorf("pulses are not accounted for: %+v, alone %v", r, t.Alone)
	}
	if r.Level == LevelA && r.OnlyA+r.OnlyB != r.Missing+r.Extra+r.Undecided+t.Single {
		return fmt.Errorf("pulses without a partner are not accounted for: %+v, %d to be judged", r, t.Single)
	}
	return t.Valid()
}

// FuzzEdges: whatever the edges, each pulse is accounted for once, also when the train is stored and taken up again.
func FuzzEdges(f *testing.F) {
	f.Add([]byte("0\x103\x107\x10"), int64(10), int64(100), 45)
	f.Add([]byte{0, 1, 2, 3, 128, 129, 130, 131, 255, 254, 7, 6, 5, 4}, int64(0), int64(1), 0)
	f.Add([]byte{1, 1, 1, 5, 5, 5, 1, 5}, int64(3), int64(5), 89)
	f.Add([]byte{}, int64(-1), int64(0), -1)
	f.Fuzz(func(t *testing.T, data []byte, pulses, per int64, tolerance int) {
		c := Comparator{Level: LevelA, Limit: Limit{pulses, per}, Coincidence: 1, PhaseTolerance: tolerance}
		var a, b Train
		at := time.Duration(0)
		for i, x := range data {
			at += time.Duration(x >> 2)
			e := Edge{At: at, Channel: Channel(x & 1), High: x&2 != 0}
			err := c.Edge(&a, e)
			if (err == nil) != (c.Valid() == nil) {
				t.Fatalf("edge %+v: %v", e, err)
			}
			if err := c.Edge(&b, e); err != nil {
				continue
			}
			if err := balanced(&a); err != nil {
				t.Fatalf("after %d edges: %v", i+1, err)
			}
			text, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			b = Train{}
			if err := json.Unmarshal(text, &b); err != nil || a != b {
				t.Fatalf("%+v came back as %+v, %v", a, b, err)
			}
		}
	})
}

func TestComparatorRefuses(t *testing.T) {
	good := Limit{10, 10_000}
	for _, tt := range []struct {
		name string
		c    Comparator
		want string
	}{
		{"no level", Comparator{Limit: good}, "none of A, B, C, D, E"},
		{"no limit", Comparator{Level: LevelB}, "name a window"},
		{"all may differ", Comparator{Level: LevelB, Limit: Limit{100, 100}}, "fewer pulses than that"},
		{"huge window", Comparator{Level: LevelB, Limit: Limit{1, 1e9 + 1}}, "name a window"},
		{"negative coincidence", Comparator{Level: LevelB, Limit: good, Coincidence: -1}, "coincidence"},
		{"long coincidence", Comparator{Level: LevelB, Limit: good, Coincidence: time.Hour}, "coincidence"},
		{"tolerance", Comparator{Level: LevelB, Limit: good, PhaseTolerance: 90}, "phase tolerance"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var train Train
			for _, err := range []error{tt.c.Valid(), tt.c.Edge(&train, Edge{}), tt.c.Counts(&train, 1, 1)} {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			}
			if train != (Train{}) {
				t.Errorf("refused and yet %+v", train)
			}
		})
	}
	train := Train{At: 5}
	var order *OrderError
	if err := levelA.Edge(&train, Edge{At: 4}); !errors.As(err, &order) || order.Last != 5 || !strings.Contains(err.Error(), "older") {
		t.Errorf("an edge of before: %v", err)
	}
	if err := levelA.Edge(&train, Edge{At: 6, Channel: 2}); err == nil {
		t.Error("an edge of a third channel")
	}
	c := Comparator{Level: LevelC, Limit: good}
	e := Comparator{Level: LevelE}
	for name, err := range map[string]error{
		"edges at level C":          c.Edge(&train, Edge{At: 9}),
		"counts at level A":         levelA.Counts(&train, 1, 1),
		"two counts at level E":     e.Counts(&train, 1, 1),
		"negative counts":           c.Counts(&train, -1, 1),
		"huge counts":               c.Counts(&train, 1, 1e9+1),
		"counts after another kind": c.Counts(&Train{Report: Report{Level: LevelD, A: 1}}, 1, 1),
	} {
		if err == nil {
			t.Errorf("%s are taken", name)
		}
	}
	for _, damaged := range []Train{
		{Window: Window{A: -1}}, {Window: Window{Errors: 1e18}}, {Single: -1}, {Rose: [2]time.Duration{9, 0}}, {Last: -1}, {At: 1, Period: 2},
		{Report: Report{Level: LevelA, Good: -1}}, {Report: Report{Level: "Z"}}, {Report: Report{A: 1}}, {Report: Report{Level: LevelB, MaxDifference: -1}},
	} {
		if damaged.Valid() == nil {
			t.Errorf("stored train %+v is accepted", damaged)
		}
	}
}

func TestReportsAddUp(t *testing.T) {
	r := Report{Level: LevelA, A: 1, B: 2, Good: 3, Reverse: 4, Coincident: 5, OnlyA: 6, OnlyB: 7, Sequence: 8, Phase: 9, Missing: 10, Extra: 11,
		Undecided: 12, MaxDifference: 13, Alarms: Errors}
	other := Report{Level: LevelA, A: 1, MaxDifference: 5, Alarms: Difference}
	want := r
	want.A, want.Alarms = 2, Errors|Difference
	for _, tt := range []struct{ a, b, want Report }{{r, other, want}, {other, r, want}, {r, Report{}, r}, {Report{}, r, r}, {Report{}, Report{}, Report{}}} {
		if got, err := tt.a.Add(tt.b); err != nil || got != tt.want || got.Valid() != nil {
			t.Errorf("%+v and %+v are %+v, %v", tt.a, tt.b, got, err)
		}
	}
	for _, tt := range []struct{ a, b Report }{
		{Report{Level: LevelA}, Report{Level: LevelB}},
		{Report{Level: LevelA, Good: 1<<63 - 1}, Report{Level: LevelA, Good: 1}},
		{Report{Level: LevelA, Good: -1}, Report{Level: LevelA, Good: 1}},
	} {
		if got, err := tt.a.Add(tt.b); err == nil {
			t.Errorf("%+v and %+v are %+v", tt.a, tt.b, got)
		}
	}
}

func TestEdgeAllocatesNothing(t *testing.T) {
	var train Train
	at := time.Duration(0)
	if n := testing.AllocsPerRun(100, func() {
		for _, e := range [...]Edge{{0, ChannelA, true}, {250, ChannelB, true}, {500, ChannelA, false}, {750, ChannelB, false}} {
			e.At += at
			if err := levelA.Edge(&train, e); err != nil {
				t.Fatal(err)
			}
		}
		at += 1000
	}); n != 0 {
		t.Errorf("a pulse allocates %v times", n)
	}
}

// BenchmarkPulse is the cost of one pulse pair: four edges.
func BenchmarkPulse(b *testing.B) {
	b.ReportAllocs()
	var train Train
	at := time.Duration(0)
	for b.Loop() {
		for _, e := range [...]Edge{{0, ChannelA, true}, {250, ChannelB, true}, {500, ChannelA, false}, {750, ChannelB, false}} {
			e.At += at
			if err := levelA.Edge(&train, e); err != nil {
				b.Fatal(err)
			}
		}
		at += 1000
	}
}
