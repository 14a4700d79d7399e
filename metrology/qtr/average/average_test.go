package average

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/quantity"
)

// ten are ten samples of a second each of an orifice meter, three of them below the low-flow cut-off of 0.5 inH2O. The averages
// were computed independently, in another language, from the techniques of 21.1 Annex B as they are remembered.
var ten = struct{ hw, pf, tf [10]float64 }{
	hw: [10]float64{50, 52, 49, 0.2, 0, 51, 60, 62, 0, 48},
	pf: [10]float64{600, 601, 599, 602, 603, 600.5, 598, 597.5, 602.5, 600},
	tf: [10]float64{70, 70.2, 70.1, 71, 72, 70.4, 69.8, 69.5, 72.5, 70.3},
}

const cutoff = 0.5

// mean averages an input over the ten samples.
func mean(t *testing.T, technique Technique, input [10]float64) (float64, Over) {
	t.Helper()
	m := Mean{Technique: technique}
	for i, hw := range ten.hw {
		flow := 0.0
		if Flows(hw, cutoff) {
			var err error
			if flow, err = Extension(hw, ten.pf[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Add(input[i], 1, flow); err != nil {
			t.Fatal(err)
		}
	}
	return m.Value()
}

func TestWorkedAverages(t *testing.T) {
	for _, tt := range []struct {
		name      string
		technique Technique
		input     [10]float64
		want      float64
	}{
		{"hw", FlowTimeLinear, ten.hw, 53.142857142857146},
		{"pf", FlowTimeLinear, ten.pf, 599.4285714285714},
		{"tf", FlowTimeLinear, ten.tf, 70.04285714285714},
		{"hw", FlowTimeFormulaic, ten.hw, 53.02289813348786},
		{"pf", FlowTimeFormulaic, ten.pf, 599.4279626218362},
		{"hw", FlowWeightedLinear, ten.hw, 53.38301277711502},
		{"pf", FlowWeightedLinear, ten.pf, 599.3853262388437},
		{"tf", FlowWeightedLinear, ten.tf, 70.03147786559434},
		{"hw", FlowWeightedFormulaic, ten.hw, 53.258935708563016},
	} {
		got, over := mean(t, tt.technique, tt.input)
		if over != Flow || math.Abs(got-tt.want) > 3e-16*tt.want {
			t.Errorf("%s average of %s is %.17g over %d, want %.17g", tt.technique, tt.name, got, over, tt.want)
		}
	}
}

// The integral value of the ten samples, and how far the product of the averages misses it: by +0.1168 %.
func TestWorkedIntegral(t *testing.T) {
	var integral, flowTime Sum
	for i, hw := range ten.hw {
		if !Flows(hw, cutoff) {
			continue
		}
		e, err := Extension(hw, ten.pf[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(integral.Add(e), flowTime.Add(1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := integral.Value(); got != 1247.9067692583876 || flowTime.Value() != 7 {
		t.Errorf("integral value is %.17g in %v s, want 1247.9067692583876 in 7 s", got, flowTime.Value())
	}
	hw, _ := mean(t, FlowTimeLinear, ten.hw)
	pf, _ := mean(t, FlowTimeLinear, ten.pf)
	e, err := Extension(hw, pf)
	if err != nil {
		t.Fatal(err)
	}
	if got := (7*e/integral.Value() - 1) * 100; math.Abs(got-0.11682517507280998) > 1e-12 {
		t.Errorf("the averages miss the integral value by %.15f %%, want 0.116825175072810 %%", got)
	}
}

// Without flow the plain average stands, by time, and says so; without samples there is none.
func TestNoFlow(t *testing.T) {
	for technique := FlowTimeLinear; technique <= FlowWeightedFormulaic; technique++ {
		m := Mean{Technique: technique}
		if x, over := m.Value(); x != 0 || over != Nothing {
			t.Errorf("%s average of nothing is %v over %d", technique, x, over)
		}
		for _, s := range []struct{ x, time float64 }{{-0.25, 1}, {0.5, 2}, {1e9, 0}} {
			if err := m.Add(s.x, s.time, 0); err != nil {
				t.Fatal(err)
			}
		}
		if x, over := m.Value(); x != 0.25 || over != All {
			t.Errorf("%s average without flow is %v over %d, want 0.25 over all", technique, x, over)
		}
		if err := m.Add(9, 1, 1e-3); err != nil {
			t.Fatal(err)
		}
		if x, over := m.Value(); x != 9 || over != Flow {
			t.Errorf("%s average of one sample with flow is %v over %d, want 9 over flow", technique, x, over)
		}
	}
}

func TestTechniques(t *testing.T) {
	for _, tt := range []struct {
		technique, linear Technique
		formulaic         bool
		name              string
	}{
		{FlowTimeLinear, FlowTimeLinear, false, "flow-time linear"}, {FlowTimeFormulaic, FlowTimeLinear, true, "flow-time formulaic"},
		{FlowWeightedLinear, FlowWeightedLinear, false, "flow-weighted linear"},
		{FlowWeightedFormulaic, FlowWeightedLinear, true, "flow-weighted formulaic"}, {9, 9, false, "technique 9"},
	} {
		if tt.technique.Linear() != tt.linear || tt.technique.Formulaic() != tt.formulaic || tt.technique.String() != tt.name {
			t.Errorf("%s: linear %s, formulaic %v; want %+v", tt.technique, tt.technique.Linear(), tt.technique.Formulaic(), tt)
		}
	}
}

func TestFlows(t *testing.T) {
	for _, tt := range []struct {
		differential, cutoff float64
		want                 bool
	}{
		{0.2, 0.5, false}, {0.5, 0.5, true}, {0, 0, false}, {1e-9, 0, true}, {-3, -5, false}, {math.NaN(), 0, false}, {1, math.NaN(), false},
	} {
		if got := Flows(tt.differential, tt.cutoff); got != tt.want {
			t.Errorf("%v with cut-off %v flows: %v", tt.differential, tt.cutoff, got)
		}
	}
}

// A month of seconds: the sum is the exact one, rounded, where plain addition is off in the eleventh digit.
func TestMonthOfSeconds(t *testing.T) {
	const seconds = 31 * 86400
	var s Sum
	plain := 0.0
	exact, term := new(big.Float).SetPrec(300), new(big.Float).SetPrec(300)
	for i := range seconds {
		x := 173.2 + math.Sin(float64(i)/977) // of no use to add in blocks
		if i%2 == 0 {
			x = 0.1
		}
		if err := s.Add(x); err != nil {
			t.Fatal(err)
		}
		plain += x
		exact.Add(exact, term.SetFloat64(x))
	}
	want, _ := exact.Float64()
	if s.Value() != want {
		t.Errorf("a month adds up to %.17g, exactly %.17g", s.Value(), want)
	}
	if math.Abs(plain/want-1) < 1e-13 {
		t.Errorf("plain addition gives %.17g, so close that this test proves nothing", plain)
	}
}

// However large and small terms are mixed, nothing but one rounding is lost.
func TestSumIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-1e15, 1e15), rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{0.1, 1e-9, 3e8})), 0, 200).Draw(t, "terms")
		var s Sum
		exact, magnitude := new(big.Float).SetPrec(2000), 0.0
		for _, x := range terms {
			if err := s.Add(x); err != nil {
				t.Fatal(err)
			}
			exact.Add(exact, new(big.Float).SetPrec(2000).SetFloat64(x))
			magnitude += math.Abs(x)
		}
		want, _ := exact.Float64()
		// One rounding of the sum, and one of the collected remainders.
		if tolerance := 2.3e-16*math.Abs(want) + 1e-29*magnitude; math.Abs(s.Value()-want) > tolerance {
			t.Fatalf("%v add up to %.17g, exactly %.17g", terms, s.Value(), want)
		}
	})
}

// An average lies between the least and the largest input, whatever the technique, and does not depend on the unit of time or
// flow.
func TestMeanIsBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		technique := Technique(rapid.IntRange(1, 4).Draw(t, "technique"))
		m, scaled := Mean{Technique: technique}, Mean{Technique: technique}
		least, most := math.Inf(1), math.Inf(-1)
		for range rapid.IntRange(1, 60).Draw(t, "samples") {
			x := rapid.Float64Range(0, 5000).Draw(t, "x")
			time := rapid.Float64Range(0.001, 10).Draw(t, "time")
			flow := rapid.Float64Range(0.001, 1e6).Draw(t, "flow")
			if err := errors.Join(m.Add(x, time, flow), scaled.Add(x, time*1024, flow*0.125)); err != nil {
				t.Fatal(err)
			}
			least, most = min(least, x), max(most, x)
		}
		got, over := m.Value()
		if over != Flow || got < least*(1-1e-15)-1e-300 || got > most*(1+1e-15) {
			t.Fatalf("%s average %v over %d is outside %v to %v", technique, got, over, least, most)
		}
		if other, _ := scaled.Value(); other != got {
			t.Fatalf("%s average %v, in other units of time and flow %v", technique, got, other)
		}
		if err := m.Valid(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct {
		name          string
		technique     Technique
		x, time, flow float64
	}{
		{"no input", FlowTimeLinear, math.NaN(), 1, 1},
		{"endless input", FlowTimeLinear, math.Inf(1), 1, 1},
		{"huge input", FlowTimeLinear, 1e13, 1, 1},
		{"negative time", FlowTimeLinear, 1, -1, 1},
		{"no time", FlowTimeLinear, 1, math.NaN(), 1},
		{"negative flow", FlowTimeLinear, 1, 1, -1},
		{"endless flow", FlowWeightedLinear, 1, 1, math.Inf(1)},
		{"root of a negative", FlowTimeFormulaic, -1, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := Mean{Technique: tt.technique}
			before := m
			var out *quantity.RangeError
			if err := m.Add(tt.x, tt.time, tt.flow); !errors.As(err, &out) {
				t.Errorf("got %v, want a range error", err)
			}
			if m != before {
				t.Errorf("what was refused was added: %+v", m)
			}
		})
	}
	for _, technique := range []Technique{0, 5, 255} {
		m := Mean{Technique: technique}
		if m.Add(1, 1, 1) == nil || m.Valid() == nil || technique.Valid() == nil {
			t.Errorf("%s is accepted", technique)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(-1), 1e201, -math.MaxFloat64} {
		var s Sum
		if err := s.Add(x); err == nil || s != (Sum{}) {
			t.Errorf("%v is added: %v", x, s)
		}
	}
	for _, p := range [][2]float64{{-1, 600}, {50, -1}, {math.NaN(), 1}, {1, math.Inf(1)}} {
		if e, err := Extension(p[0], p[1]); err == nil {
			t.Errorf("extension of %v is %v", p, e)
		}
	}
	for _, s := range []Sum{{Hi: math.NaN()}, {Lo: math.Inf(1)}, {Hi: math.MaxFloat64}, {Hi: 1e300, Lo: -math.MaxFloat64}} {
		m := Mean{Technique: FlowTimeLinear, Plain: s}
		if s.Valid() == nil || m.Valid() == nil {
			t.Errorf("the stored sum %v is accepted", s)
		}
	}
	if m := (Mean{Technique: FlowTimeLinear, Weight: Sum{Hi: -1}}); m.Valid() == nil {
		t.Error("a negative weight is accepted")
	}
}

// A mean that is stored as JSON and taken up again goes on as if nothing had happened.
func TestStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Mean{Technique: Technique(rapid.IntRange(1, 4).Draw(t, "technique"))}
		b := a
		for range rapid.IntRange(0, 20).Draw(t, "samples") {
			x, time, flow := rapid.Float64Range(0, 1e3).Draw(t, "x"), rapid.Float64Range(0, 2).Draw(t, "time"), rapid.Float64Range(0, 1e3).Draw(t, "flow")
			if err := errors.Join(a.Add(x, time, flow), b.Add(x, time, flow)); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			b = Mean{}
			if err := json.Unmarshal(text, &b); err != nil || a != b {
				t.Fatalf("%+v came back from %s as %+v, %v", a, text, b, err)
			}
		}
	})
	var m Mean
	if err := json.Unmarshal([]byte(`{"Technique":"moving"}`), &m); err == nil {
		t.Error("an unknown technique is read")
	}
	if _, err := Technique(9).MarshalText(); err == nil {
		t.Error("an unknown technique is printed")
	}
}

// FuzzMean: any numbers are either added or refused, and no average is NaN or infinite.
func FuzzMean(f *testing.F) {
	f.Add(uint8(1), 50.0, 1.0, 173.2, 60.0, 1.0, 0.0)
	f.Add(uint8(2), -1.0, 1.0, 1.0, 5e-324, 1e18, 1e-99)
	f.Add(uint8(4), 1e12, 1e18, 1e30, math.NaN(), math.Inf(1), math.Copysign(0, -1))
	f.Add(uint8(3), 5e-324, 5e-324, 1e-101, 1.0, 1.0, 5e-324)
	f.Fuzz(func(t *testing.T, technique uint8, x1, t1, f1, x2, t2, f2 float64) {
		m := Mean{Technique: Technique(technique)}
		least, most := math.Inf(1), math.Inf(-1)
		for _, s := range [][3]float64{{x1, t1, f1}, {x2, t2, f2}} {
			before := m
			if err := m.Add(s[0], s[1], s[2]); err != nil {
				if m != before {
					t.Fatalf("%v is refused and yet %+v became %+v", s, before, m)
				}
				continue
			}
			least, most = min(least, s[0]), max(most, s[0])
		}
		got, over := m.Value()
		if over == Nothing {
			return
		}
		slack := 1e-15*math.Max(math.Abs(least), math.Abs(most)) + 1e-200
		if !(got >= least-slack && got <= most+slack) {
			t.Fatalf("average %v over %d of inputs from %v to %v", got, over, least, most)
		}
		if err := m.Valid(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAllocatesNothing(t *testing.T) {
	m := Mean{Technique: FlowWeightedFormulaic}
	if n := testing.AllocsPerRun(100, func() {
		e, err := Extension(50, 600)
		if err := errors.Join(err, m.Add(50, 1, e)); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a sample allocates %v times", n)
	}
}

func BenchmarkMean(b *testing.B) {
	b.ReportAllocs()
	m := Mean{Technique: FlowTimeLinear}
	for b.Loop() {
		if err := m.Add(50, 1, 173.2); err != nil {
			b.Fatal(err)
		}
	}
}
