package lpg

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// example is one of the published examples of Table 24E, figures only.
type example struct{ tF, rd60, ctl float64 }

var examples = []example{
	{-48.02, 0.35013, 1.374174158511},
	{24.95, 0.39995, 1.100764647588},
	{87.42, 0.45153, 0.932749411288},
	{184.97, 0.4904, 0.615949186930},
	{155.04, 0.54002, 0.851071799690},
	{3.033, 0.56998, 1.062314380669},
	{110.04, 0.59997, 0.948465346003},
	{169.97, 0.62502, 0.893815224960},
	{-12.02, 0.64004, 1.057304685863},
}

// TestExamples: the published examples, to the twelve digits they are printed with.
func TestExamples(t *testing.T) {
	for _, tc := range examples {
		f, err := FromBase(liquid.FromRelativeDensity(tc.rd60), quantity.At60F, liquid.Fahrenheit(tc.tF), TableInputs)
		if err != nil || math.Abs(f.CTL-tc.ctl) > 1e-12 {
			t.Errorf("%v F, %v: CTL %.13g, %v; want %.13g", tc.tF, tc.rd60, f.CTL, err, tc.ctl)
		}
		if f.Method != Method || f.Rounding != TableInputs || f.Base != quantity.At60F || f.CPL != 0 || f.CTPL != 0 || f.Iterations != 0 {
			t.Errorf("%v F, %v: the result does not say what it is: %+v", tc.tF, tc.rd60, f)
		}
	}
}

// TestRoundingMatters: the examples come out only of rounded inputs, and the result records what was used.
func TestRoundingMatters(t *testing.T) {
	rho, temperature := liquid.FromRelativeDensity(0.39995), liquid.Fahrenheit(24.95)
	f, err := FromBase(rho, quantity.At60F, temperature, InputsUnrounded)
	if err != nil || math.Abs(f.CTL-1.100927914) > 5e-10 || f.Temperature != temperature || f.RhoBase != rho {
		t.Errorf("unrounded: %+v, %v; want CTL 1.100927914", f, err)
	}
	f, err = FromBase(rho, quantity.At60F, temperature, TableInputs)
	if err != nil || f.Temperature != liquid.Fahrenheit(25) || math.Abs(f.RhoBase-liquid.FromRelativeDensity(0.4)) > 1e-12 {
		t.Errorf("rounded: %+v, %v; want 25 F and 0.4000", f, err)
	}
	again, err := FromBase(f.RhoBase, f.Base, f.Temperature, f.Rounding)
	if err != nil || again != f {
		t.Errorf("what it records gives %+v, %v; want %+v", again, err, f)
	}
	for _, tc := range []struct{ rd, want float64 }{{0.50005, 0.5000}, {0.50015, 0.5002}, {0.500149, 0.5001}} {
		got := TableInputs.density(liquid.FromRelativeDensity(tc.rd), quantity.At60F)
		if math.Abs(liquid.RelativeDensity(got)-tc.want) > 1e-12 {
			t.Errorf("%v is rounded to %v, want %v", tc.rd, liquid.RelativeDensity(got), tc.want)
		}
	}
	if got := TableInputs.density(507.25, quantity.At15C); got != 507.2 {
		t.Errorf("507.25 kg/m3 at 15 C is rounded to %v, want 507.2", got)
	}
}

// TestObserved: each example, seen at its temperature, comes back.
func TestObserved(t *testing.T) {
	for _, tc := range examples {
		there, err := FromBase(liquid.FromRelativeDensity(tc.rd60), quantity.At60F, liquid.Fahrenheit(tc.tF), InputsUnrounded)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ToBase(there.RhoObserved, quantity.At60F, there.Temperature, InputsUnrounded)
		if err != nil || math.Abs(back.RhoBase-there.RhoBase) > 1e-6 || math.Abs(back.CTL-there.CTL) > 1e-8 {
			t.Errorf("%v F, %v: back %+v, %v; want %+v", tc.tF, tc.rd60, back, err, there)
		}
		if back.Method != MethodByTurns || back.Iterations < 1 || back.Iterations > 20 {
			t.Errorf("%v F, %v: method %q after %d iterations", tc.tF, tc.rd60, back.Method, back.Iterations)
		}
	}
	// As tables are used: inputs rounded, the answer rounded, and CTL from the answer.
	table, err := ToBase(liquid.FromRelativeDensity(0.48631), quantity.At60F, liquid.Fahrenheit(100.04), TableInputs)
	if err != nil {
		t.Fatal(err)
	}
	rd := liquid.RelativeDensity(table.RhoBase)
	if math.Abs(rd*1e4-math.Round(rd*1e4)) > 1e-8 || table.Temperature != liquid.Fahrenheit(100) ||
		math.Abs(liquid.RelativeDensity(table.RhoObserved)-0.4863) > 1e-12 {
		t.Errorf("table: %+v is not rounded", table)
	}
	forward, err := FromBase(table.RhoBase, quantity.At60F, table.Temperature, TableInputs)
	if err != nil || forward.CTL != table.CTL || math.Abs(forward.RhoObserved-table.RhoObserved) > 0.15 {
		t.Errorf("table: %+v, forward %+v, %v", table, forward, err)
	}
}

// TestRefuses: what TP-27 does not cover, and what was never given.
func TestRefuses(t *testing.T) {
	mid, warm := liquid.FromRelativeDensity(0.55), liquid.Fahrenheit(80)
	from := func(rho float64, base quantity.Reference, t liquid.Temperature, r Rounding) (Factors, error) {
		return FromBase(rho, base, t, r)
	}
	for _, tc := range []struct {
		name    string
		run     func(float64, quantity.Reference, liquid.Temperature, Rounding) (Factors, error)
		rho     float64
		base    quantity.Reference
		t       liquid.Temperature
		r       Rounding
		message string // empty: accepted
	}{
		{"lightest", from, liquid.FromRelativeDensity(0.35), quantity.At60F, warm, InputsUnrounded, ""},
		{"too light", from, liquid.FromRelativeDensity(0.3499), quantity.At60F, warm, InputsUnrounded, "0.3499 times water is outside 0.35 to 0.688"},
		{"heaviest", from, liquid.FromRelativeDensity(0.688), quantity.At60F, warm, InputsUnrounded, ""},
		{"too heavy", from, liquid.FromRelativeDensity(0.68806), quantity.At60F, warm, TableInputs, "0.6881 times water"},
		{"no density", from, math.NaN(), quantity.At60F, warm, TableInputs, "NaN times water"},
		{"no density at 15 C", from, math.NaN(), quantity.At15C, warm, InputsUnrounded, "NaN kg/m3"},
		{"coldest", from, mid, quantity.At60F, liquid.Celsius(-46), TableInputs, ""},
		{"coldest in F", from, mid, quantity.At60F, liquid.Fahrenheit(-50.8), TableInputs, ""},
		{"too cold", from, mid, quantity.At60F, liquid.Celsius(-46.05), TableInputs, "temperature: -46.05 C is outside -46 to 93 C"},
		{"too cold in F", from, mid, quantity.At60F, liquid.Fahrenheit(-50.9), TableInputs, "temperature: -50.9 F is outside -50.8 to 199.4 F"},
		{"warmest", from, mid, quantity.At60F, liquid.Celsius(93), InputsUnrounded, ""},
		{"warmest in F", from, mid, quantity.At60F, liquid.Fahrenheit(199.4), InputsUnrounded, ""},
		{"too warm", from, mid, quantity.At60F, liquid.Celsius(93.01), InputsUnrounded, "93.01 C"},
		{"rounds into range", from, mid, quantity.At60F, liquid.Celsius(93.02), TableInputs, ""},
		{"above the critical point", from, liquid.FromRelativeDensity(0.36), quantity.At60F, liquid.Celsius(50), TableInputs, "critical point, of LPG: 50 C"},
		{"no temperature", from, mid, quantity.At60F, liquid.Temperature{}, TableInputs, "not given"},
		{"temperature NaN", from, mid, quantity.At60F, liquid.Celsius(math.NaN()), TableInputs, "NaN C"},
		{"no base", from, mid, quantity.None, warm, TableInputs, "unknown reference conditions"},
		{"no policy", from, mid, quantity.At60F, warm, "", "unknown rounding policy"},
		{"observed: too dense", ToBase, 720, quantity.At60F, warm, TableInputs, "density of LPG at 299.817 K: 719.99"},
		{"observed: too thin", ToBase, 100, quantity.At15C, liquid.Celsius(60), TableInputs, "density of LPG at 333.15 K: 100 kg/m3"},
		{"observed: no density", ToBase, math.NaN(), quantity.At15C, warm, InputsUnrounded, "NaN kg/m3"},
		{"observed: no temperature", ToBase, mid, quantity.At15C, liquid.Temperature{}, InputsUnrounded, "not given"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := tc.run(tc.rho, tc.base, tc.t, tc.r)
			if tc.message == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.message) || f != (Factors{}) {
				t.Errorf("got %+v, %v; want a refusal that says %q", f, err, tc.message)
			}
			var out *quantity.RangeError
			if !errors.As(err, &out) && !errors.Is(err, liquid.ErrMissing) && !errors.Is(err, liquid.ErrReference) && !errors.Is(err, liquid.ErrRounding) {
				t.Errorf("%v is of no type that a program can tell", err)
			}
		})
	}
}

// TestEnter: a CPL comes from outside, is named so, and makes a ticket possible.
func TestEnter(t *testing.T) {
	f, err := FromBase(liquid.FromRelativeDensity(0.508), quantity.At60F, liquid.Fahrenheit(75), TableInputs)
	if err != nil {
		t.Fatal(err)
	}
	if ctpl := liquid.RoundCTPL(f.Factors); ctpl.Valid() {
		t.Errorf("without a CPL there is a CTPL of %s", ctpl)
	}
	full, err := f.Enter(quantity.F(10123, 4))
	if err != nil || full.CTPL != f.CTL*1.0123 || full.RhoObserved != f.RhoObserved*1.0123 || !strings.HasSuffix(full.Method, "CPL entered") {
		t.Errorf("got %+v, %v", full, err)
	}
	m := liquid.Metered{Pulses: 840_000, K: quantity.F(840, 0), MF: quantity.One, Unit: quantity.Barrel}
	v, err := liquid.Ticket(liquid.DefaultScheme, m, full.Factors, quantity.F(0, 0))
	if err != nil || !strings.Contains(v.Method, Method+CPLEntered) || v.CPL.String() != "1.01230" {
		t.Errorf("ticket %+v, %v", v, err)
	}
	if _, err := liquid.Ticket(liquid.DefaultScheme, m, f.Factors, quantity.F(0, 0)); err == nil {
		t.Error("a ticket without a CPL is accepted")
	}
	for _, bad := range []quantity.Factor{{}, quantity.F(9999, 4), quantity.F(1301, 3), quantity.F(-1, 0)} {
		if got, err := f.Enter(bad); err == nil {
			t.Errorf("CPL %s is accepted: %+v", bad, got)
		}
	}
	if _, err := full.Enter(quantity.One); err == nil {
		t.Error("a CPL is entered twice")
	}
	if _, err := (Factors{}).Enter(quantity.One); err == nil {
		t.Error("a CPL is entered for nothing")
	}
}

// TestRoundTrip: from base to observed and back comes home at every reference, in few steps, near the critical point too.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SampledFrom([]quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C}).Draw(t, "base")
		rho := rapid.Float64Range(leastRD, mostRD).Draw(t, "rd") * liquid.WaterDensity
		temperature := liquid.Celsius(rapid.Float64Range(coldest, warmest).Draw(t, "C"))
		var out *quantity.RangeError
		there, err := FromBase(rho, base, temperature, InputsUnrounded)
		if errors.As(err, &out) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		back, err := ToBase(there.RhoObserved, base, temperature, InputsUnrounded)
		if err != nil {
			t.Fatalf("there %+v, back: %v", there, err)
		}
		if math.Abs(back.RhoBase-rho) > 2e-7 {
			t.Fatalf("there %+v, back %+v", there, back)
		}
		critical := between(liquid.RelativeDensity(back.Rho60)).tc - 0.01 // beyond that a CTL is no steadier than a density is exact
		if math.Abs(back.CTL-there.CTL) > 1e-8 && kelvin(temperature.Fahrenheit()) < critical {
			t.Fatalf("there %+v, back %+v", there, back)
		}
	})
}

// TestMonotone: warmer LPG is larger, and denser LPG stays denser, across the reference fluids.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rd := rapid.Float64Range(leastRD, mostRD-0.001).Draw(t, "rd")
		c := rapid.Float64Range(coldest, warmest-0.1).Draw(t, "C")
		at := func(rd, c float64) (Factors, bool) {
			f, err := FromBase(rd*liquid.WaterDensity, quantity.At60F, liquid.Celsius(c), InputsUnrounded)
			return f, err == nil
		}
		f, ok := at(rd, c)
		warmer, still := at(rd, c+0.1)
		if !ok || !still { // beyond the critical point
			return
		}
		if !(warmer.CTL < f.CTL) {
			t.Fatalf("CTL %v at %v C, %v a little above", f.CTL, c, warmer.CTL)
		}
		if denser, ok := at(rd+0.001, c); !ok || !(denser.RhoObserved > f.RhoObserved) {
			t.Fatalf("observed density %v, of a denser liquid %v, %v", f.RhoObserved, denser.RhoObserved, ok)
		}
	})
}

// TestJoints: at a reference fluid the two mixtures that meet there agree.
func TestJoints(t *testing.T) {
	for i := 1; i < len(fluids)-1; i++ {
		below, above := between(math.Nextafter(fluids[i].rd60, 0)), between(fluids[i].rd60)
		if below.heavy != above.light || above.light != &fluids[i] {
			t.Fatalf("%s lies between %s and %s", fluids[i].name, below.heavy.name, above.light.name)
		}
		for k := 230.0; k < above.tc-1 && k < 366; k += 10 {
			if math.Abs(below.ctl(k)-above.ctl(k)) > 1e-12 {
				t.Errorf("%s at %v K: CTL %v from below, %v from above", fluids[i].name, k, below.ctl(k), above.ctl(k))
			}
		}
	}
}

// FuzzLPG: no input panics, loops for ever or gives a number that is none.
func FuzzLPG(f *testing.F) {
	f.Add(507.0, 75.0, uint8(0))
	f.Add(349.7, 93.0, uint8(5))
	f.Add(650.0, -46.0, uint8(10))
	f.Add(math.NaN(), math.Inf(1), uint8(3))
	f.Add(210.0, 32.18, uint8(7))
	f.Add(204.0, 96.54, uint8(0)) // next to the critical point
	f.Fuzz(func(t *testing.T, rho, temperature float64, choice uint8) {
		unit := []func(float64) liquid.Temperature{liquid.Fahrenheit, liquid.Celsius}[choice%2]
		policy := []Rounding{TableInputs, InputsUnrounded}[choice/2%2]
		base := []quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C}[choice/4%3]
		for _, run := range []func(float64, quantity.Reference, liquid.Temperature, Rounding) (Factors, error){FromBase, ToBase} {
			got, err := run(rho, base, unit(temperature), policy)
			if err != nil {
				if errors.Is(err, liquid.ErrNoConvergence) || got != (Factors{}) {
					t.Fatalf("%v, %v: %+v, %v", rho, temperature, got, err)
				}
				continue
			}
			for _, x := range []float64{got.CTL, got.RhoBase, got.Rho60, got.RhoObserved} {
				if !(x > 0.1 && x < 1000) {
					t.Fatalf("%v, %v: %+v without an error", rho, temperature, got)
				}
			}
		}
	})
}

// TestNoAllocations: a gateway calls these for every meter every second.
func TestNoAllocations(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		f, err := FromBase(507, quantity.At15C, liquid.Celsius(24), TableInputs)
		if err == nil {
			_, err = ToBase(f.RhoObserved, quantity.At15C, liquid.Celsius(24), TableInputs)
		}
		if err != nil {
			t.Error(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkFromBase(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromBase(507.5, quantity.At60F, liquid.Fahrenheit(84.3), TableInputs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkToBase(b *testing.B) {
	b.ReportAllocs()
	var f Factors
	for b.Loop() {
		var err error
		if f, err = ToBase(490, quantity.At60F, liquid.Fahrenheit(84.3), TableInputs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(f.Iterations), "iterations")
}
