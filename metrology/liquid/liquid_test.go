package liquid

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// run takes an example its way; without alternate conditions, there is zero.
func (in input) run() (here, there Factors, err error) {
	switch in.way {
	case fromBase:
		here, err = FromBase(in.g, in.rho, in.base, in.t, in.p)
	case toBase:
		here, err = ToBase(in.g, in.rho, in.base, in.t, in.p)
	case toAlternate:
		here, there, err = ToAlternate(in.g, in.rho, in.base, in.t, in.p, in.tAlt, in.pAlt)
	}
	return here, there, err
}

// TestExamples: the examples of the standard, to the digits they are printed with.
func TestExamples(t *testing.T) {
	for _, tc := range examples {
		t.Run(tc.id, func(t *testing.T) {
			here, there, err := tc.run()
			if err != nil {
				t.Fatal(err)
			}
			if tc.rhoBase != 0 {
				close9(t, "base density", here.RhoBase, tc.rhoBase)
			}
			tc.here.check(t, "here", here, tc.p, tc.input)
			if tc.there != (printed{}) {
				tc.there.check(t, "there", there, tc.p, tc.input)
			}
			volume, err := number(t, tc.in).Mul(RoundCTPL(here))
			sameVolume(t, "volume at base", volume, err, tc.out)
			if tc.outThere != "" {
				volume, err = volume.Ratio(100_000, RoundCTPL(there).Mantissa)
				sameVolume(t, "volume at alternate conditions", volume, err, tc.outThere)
			}
		})
	}
}

// check compares factors to the printed ones, and their CTPL, rounded, exactly.
func (want printed) check(t *testing.T, where string, f Factors, p Pressure, in input) {
	t.Helper()
	fp := f.Fp
	switch p.unit {
	case kPa:
		fp /= kPaPerPsi
	case bar:
		fp /= barPerPsi
	}
	close9(t, where+": CTL", f.CTL, want.ctl)
	close9(t, where+": Fp", fp, want.fp)
	close9(t, where+": CPL", f.CPL, want.cpl)
	close9(t, where+": CTPL", f.CTPL, want.ctpl)
	if got := RoundCTPL(f); got.Mantissa != int64(math.RoundToEven(want.ctpl*1e5)) || got.Decimals != 5 {
		t.Errorf("%s: CTPL rounded is %s, want that of %v", where, got, want.ctpl)
	}
	rho := f.RhoObserved
	if in.way == fromBase && in.base != quantity.At60F { // the metric examples print the density times the rounded CTPL
		rho = in.rho * RoundCTPL(f).Float()
	}
	if want.rho != 0 {
		close9(t, where+": density", rho, want.rho)
	}
}

// close9 compares to 2e-9 of the value, which is what the printed digits allow.
func close9(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 2e-9*math.Abs(want)) {
		t.Errorf("%s = %.13g, want %.13g", what, got, want)
	}
}

// sameVolume compares to the micro-unit; the examples print up to seven decimals.
func sameVolume(t *testing.T, what string, got quantity.Micro, err error, want string) {
	t.Helper()
	if diff := got - number(t, want); err != nil || diff < -1 || diff > 1 {
		t.Errorf("%s = %s, %v; want %s", what, got, err, want)
	}
}

func number(t *testing.T, s string) quantity.Micro {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	m, err := quantity.FromFloat(x)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestIntermediates: the steps inside 11.1.6.1, as an independent implementation prints them.
func TestIntermediates(t *testing.T) {
	for _, tc := range []struct {
		id             string
		g              Group
		rho60, tF      float64
		tStar, alpha60 float64
	}{
		{"11.1.6.1-1", Crude, FromAPIGravity(17.785), -27.7, -27.712499233089, 0.000380407044},
		{"11.1.6.1-3", Refined, FromAPIGravity(19.4), 48.04, 48.043878159606, 0.000406689168},
		{"11.1.6.1-4", Refined, FromRelativeDensity(0.7943), 85.0, 85.013358222928, 0.000524557068},
		{"11.1.6.1-6", Refined, 657.3, 27.3, 27.298898616759, 0.000816362130},
		{"transition", Refined, FromAPIGravity(48.0015), 55.9, 55.905838569594, 0.000532585048},
	} {
		t.Run(tc.id, func(t *testing.T) {
			if got := ipts68(tc.tF); math.Abs(got-tc.tStar) > 1e-11 {
				t.Errorf("temperature on IPTS-68 = %.13g, want %.13g", got, tc.tStar)
			}
			if got := tc.g.at(tc.rho60, tc.tF, 0).alpha; math.Abs(got-tc.alpha60) > 1e-12 {
				t.Errorf("alpha60 = %.13g, want %.13g", got, tc.alpha60)
			}
		})
	}
}

// TestRefusedExamples: the examples that the standard says must fail.
func TestRefusedExamples(t *testing.T) {
	for _, tc := range refusals {
		t.Run(tc.id, func(t *testing.T) {
			here, there, err := tc.run()
			var out *quantity.RangeError
			if !errors.As(err, &out) || out.Quantity != tc.because {
				t.Fatalf("got %+v, %+v, %v; want %s out of range", here, there, err, tc.because)
			}
			if here != (Factors{}) || there != (Factors{}) {
				t.Errorf("a refusal carries factors: %+v, %+v", here, there)
			}
		})
	}
}

// TestRange: inputs on the limits are accepted, the next ones are not, and the message names both.
func TestRange(t *testing.T) {
	const mid = 850
	at60, psi0 := Fahrenheit(60), Psi(0)
	for _, tc := range []struct {
		name    string
		g       Group
		rho     float64
		base    quantity.Reference
		t       Temperature
		p       Pressure
		message string // empty: accepted
	}{
		{"coldest", Crude, mid, quantity.At60F, Fahrenheit(-58), psi0, ""},
		{"hottest", Crude, mid, quantity.At60F, Celsius(150), psi0, ""},
		{"coldest in C", Crude, mid, quantity.At15C, Celsius(-50), KPa(0), ""},
		{"too cold", Crude, mid, quantity.At60F, Fahrenheit(-58.05), psi0, "temperature: -58.05 F is outside -58 to 302 F"},
		{"too hot", Crude, mid, quantity.At60F, Fahrenheit(302.05), psi0, "302.05 F"},
		{"too hot in C", Crude, mid, quantity.At15C, Celsius(150.02), psi0, "150.02 C is outside -50 to 150 C"},
		{"no temperature", Crude, mid, quantity.At60F, Celsius(math.NaN()), psi0, "NaN C"},
		{"highest pressure", Crude, mid, quantity.At60F, at60, Psi(1500), ""},
		{"highest pressure in kPa", Crude, mid, quantity.At15C, at60, KPa(10342), ""},
		{"too high", Crude, mid, quantity.At60F, at60, Psi(1500.12), "gauge pressure: 1500.12 psi is outside 0 to 1500 psi"},
		{"too high in kPa", Crude, mid, quantity.At60F, at60, KPa(10342.5), "10342.5 kPa is outside 0 to 10342.1355 kPa"},
		{"too high in bar", Crude, mid, quantity.At60F, at60, Bar(103.43), "103.43 bar is outside 0 to 103.421355 bar"},
		{"no pressure", Crude, mid, quantity.At60F, at60, Psi(math.NaN()), "NaN psi"},
		{"bottomless", Crude, mid, quantity.At60F, at60, Psi(math.Inf(-1)), "-Inf psi"},
		{"lightest crude", Crude, 610.6, quantity.At60F, at60, psi0, ""},
		{"too light", Crude, FromAPIGravity(100.06), quantity.At60F, Fahrenheit(72), psi0, "kg/m3 is outside 610.6 to 1163.5 kg/m3"},
		{"heaviest crude", Crude, 1163.5, quantity.At60F, at60, psi0, ""},
		{"too heavy", Crude, 1163.51, quantity.At60F, at60, psi0, "density at 60 F of crude: 1163.51 kg/m3"},
		{"too heavy at 60 F although fit at 15 C", Crude, 1164, quantity.At15C, at60, psi0, "density at 15C to 60F: density at 60 F, computed"},
		{"lightest lubricating oil", Lubricating, 800.9, quantity.At60F, at60, psi0, ""},
		{"too light for lubricating oil", Lubricating, 800.8, quantity.At60F, at60, psi0, "800.8"},
		{"no density", Crude, math.NaN(), quantity.At60F, at60, psi0, "NaN kg/m3"},
		{"no density, metric", Crude, math.NaN(), quantity.At15C, at60, psi0, "NaN kg/m3"},
		{"least expansion", Special(230e-6), mid, quantity.At60F, at60, psi0, ""},
		{"too little expansion", Special(229e-6), mid, quantity.At60F, at60, psi0, "expansion at 60 F: 0.000229 1/F is outside 0.00023 to 0.00093 1/F"},
		{"no expansion", Special(math.NaN()), mid, quantity.At60F, at60, psi0, "NaN 1/F"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := FromBase(tc.g, tc.rho, tc.base, tc.t, tc.p)
			if tc.message == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var out *quantity.RangeError
			if !errors.As(err, &out) || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("got %+v, %v; want a quantity.RangeError that says %q", f, err, tc.message)
			}
		})
	}
}

// TestMissing: what was never given is refused as such, not taken for zero.
func TestMissing(t *testing.T) {
	for _, tc := range []struct {
		name string
		g    Group
		base quantity.Reference
		t    Temperature
		p    Pressure
		want error
	}{
		{"temperature", Crude, quantity.At60F, Temperature{}, Psi(0), ErrMissing},
		{"pressure", Crude, quantity.At60F, Fahrenheit(60), Pressure{}, ErrMissing},
		{"group", Group{}, quantity.At60F, Fahrenheit(60), Psi(0), ErrGroup},
		{"reference", Crude, quantity.None, Fahrenheit(60), Psi(0), ErrReference},
		{"known reference", Crude, "0C", Fahrenheit(60), Psi(0), ErrReference},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := FromBase(tc.g, 850, tc.base, tc.t, tc.p); !errors.Is(err, tc.want) {
				t.Errorf("FromBase: %v, want %v", err, tc.want)
			}
			if _, err := ToBase(tc.g, 850, tc.base, tc.t, tc.p); !errors.Is(err, tc.want) {
				t.Errorf("ToBase: %v, want %v", err, tc.want)
			}
			if _, _, err := ToAlternate(tc.g, 850, tc.base, Celsius(20), Psi(0), tc.t, tc.p); !errors.Is(err, tc.want) {
				t.Errorf("ToAlternate: %v, want %v", err, tc.want)
			}
		})
	}
}

// TestNegativePressure: 11.1 counts a vacuum as 0 gauge.
func TestNegativePressure(t *testing.T) {
	none, err := FromBase(Crude, 850, quantity.At15C, Celsius(40), KPa(0))
	if err != nil {
		t.Fatal(err)
	}
	vacuum, err := FromBase(Crude, 850, quantity.At15C, Celsius(40), KPa(-20))
	if err != nil || vacuum != none {
		t.Errorf("at -20 kPa: %+v, %v; want %+v", vacuum, err, none)
	}
}

// TestObservedAtBase: a liquid observed at 60 F and 0 gauge is at its base, and the limits there apply.
func TestObservedAtBase(t *testing.T) {
	f, err := ToBase(Crude, 850, quantity.At60F, Fahrenheit(60), Psi(-1))
	if err != nil || f.RhoBase != 850 || RoundCTPL(f) != quantity.F(100_000, 5) {
		t.Errorf("got %+v, %v; want the density as observed and no correction", f, err)
	}
	var out *quantity.RangeError
	if _, err := ToBase(Crude, 600, quantity.At60F, Fahrenheit(60), Psi(0)); !errors.As(err, &out) || out.Min != 610.6 {
		t.Errorf("600 kg/m3 at 60 F: %v; want it outside the limits at base", err)
	}
}

// TestBetweenSubgroups: where jet fuel meets the transition zone the expansion makes a small step that no density fits. As the
// standard has it, the last iterate stands, and says so.
func TestBetweenSubgroups(t *testing.T) {
	const tF = 302
	below := Refined.at(math.Nextafter(transitionToJet, 0), tF, 0)
	above := Refined.at(transitionToJet, tF, 0)
	low, high := below.ctl*below.rho60, above.ctl*above.rho60
	if low > high {
		low, high = high, low
	}
	f, err := ToBase(Refined, (low+high)/2, quantity.At60F, Fahrenheit(tF), Psi(0))
	if err != nil || !f.LastIterate {
		t.Fatalf("between %v and %v kg/m3: %+v, %v; want the last iterate", low, high, f, err)
	}
	if math.Abs(f.Rho60-transitionToJet) > 0.001 {
		t.Errorf("base density %v, want about %v", f.Rho60, transitionToJet)
	}
}

// anyGroup draws a group with a density at 60 F that it accepts.
func anyGroup(t *rapid.T) (Group, float64) {
	g := rapid.SampledFrom([]Group{Crude, Refined, Lubricating, Special(0)}).Draw(t, "group")
	if g.kind == special {
		g = Special(rapid.Float64Range(230e-6, 930e-6).Draw(t, "alpha60"))
	}
	limits := g.baseLimits()
	return g, rapid.Float64Range(limits.min, limits.max).Draw(t, "rho60")
}

var anyBase = rapid.SampledFrom([]quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C})

// TestRoundTrip: from base to observed and back comes home, at every reference.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, rho60 := anyGroup(t)
		base := anyBase.Draw(t, "base")
		temperature := Fahrenheit(rapid.Float64Range(-58, 302).Draw(t, "F"))
		pressure := Psi(rapid.Float64Range(0, 1500).Draw(t, "psi"))
		var out *quantity.RangeError
		there, err := FromBase(g, rho60, base, temperature, pressure)
		if errors.As(err, &out) { // the density drawn is out of range when it is one at 15 C or 20 C
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		back, err := ToBase(g, there.RhoObserved, base, temperature, pressure)
		if errors.As(err, &out) && out.Quantity == "observed density of "+g.name() {
			return // the limits of observed densities are narrower than what can be observed
		}
		if err != nil {
			t.Fatal(err)
		}
		// Near a boundary of subgroups two densities of a refined product look the same when observed: then it is the observed
		// density that must come home.
		again, err := FromBase(g, back.RhoBase, base, temperature, pressure)
		if err != nil && !errors.As(err, &out) {
			t.Fatal(err)
		}
		sameBase := math.Abs(back.RhoBase-rho60) < 5e-6 && math.Abs(back.CTPL-there.CTPL) < 1e-8
		sameObserved := math.Abs(again.RhoObserved-there.RhoObserved) < 5e-6
		if !sameBase && !(g == Refined && (sameObserved || back.LastIterate)) {
			t.Fatalf("%s: there %+v, back %+v", g, there, back)
		}
	})
}

// TestMonotone: hotter crude is larger, pressed crude smaller, and denser crude stays denser.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rho := rapid.Float64Range(620, 1150).Draw(t, "rho15")
		c := rapid.Float64Range(-50, 149).Draw(t, "C")
		p := rapid.Float64Range(0, 10_000).Draw(t, "kPa")
		at := func(rho, c, p float64) Factors {
			f, err := FromBase(Crude, rho, quantity.At15C, Celsius(c), KPa(p))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		f := at(rho, c, p)
		if hotter := at(rho, c+1, p); hotter.CTL >= f.CTL {
			t.Fatalf("CTL %v at %v C, %v a degree above", f.CTL, c, hotter.CTL)
		}
		if pressed := at(rho, c, p+300); pressed.CPL <= f.CPL || pressed.CTL != f.CTL {
			t.Fatalf("CPL %v at %v kPa, %v at 300 kPa above", f.CPL, p, pressed.CPL)
		}
		if denser := at(rho+1, c, p); denser.RhoObserved <= f.RhoObserved {
			t.Fatalf("observed density %v, of a denser liquid %v", f.RhoObserved, denser.RhoObserved)
		}
	})
}

// finite reports whether all of the factors are positive numbers.
func (f Factors) finite() bool {
	for _, x := range [...]float64{f.CTL, f.CPL, f.CTPL, f.Fp, f.RhoBase, f.Rho60, f.RhoObserved} {
		if !(x > 0) || math.IsInf(x, 1) {
			return false
		}
	}
	return true
}

// holdsOrRefuses runs all procedures: each gives numbers or an error, never neither.
func holdsOrRefuses(t interface{ Fatalf(string, ...any) }, in input) {
	for _, in.way = range [...]procedure{fromBase, toBase, toAlternate} {
		here, there, err := in.run()
		switch {
		case err != nil:
			if here != (Factors{}) || there != (Factors{}) {
				t.Fatalf("%+v: refused with %v, yet %+v, %+v", in, err, here, there)
			}
		case !here.finite() || (in.way == toAlternate && !there.finite()):
			t.Fatalf("%+v: %+v, %+v without an error", in, here, there)
		case !RoundCTPL(here).Valid():
			t.Fatalf("%+v: CTPL %v is not a valid factor", in, here.CTPL)
		}
	}
}

// TestWild: no float64 makes a NaN or an infinity.
func TestWild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wild := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-100, 1600), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}))
		g := rapid.SampledFrom([]Group{{}, Crude, Refined, Lubricating, Special(wild.Draw(t, "alpha60")), Special(930e-6), Special(230e-6)}).Draw(t, "group")
		temperature := rapid.SampledFrom([]func(float64) Temperature{Celsius, Fahrenheit})
		pressure := rapid.SampledFrom([]func(float64) Pressure{Psi, KPa, Bar})
		holdsOrRefuses(t, input{
			g: g, rho: wild.Draw(t, "rho"), base: anyBase.Draw(t, "base"),
			t: temperature.Draw(t, "unit")(wild.Draw(t, "t")), p: pressure.Draw(t, "unit")(wild.Draw(t, "p")),
			tAlt: temperature.Draw(t, "unit")(wild.Draw(t, "tAlt")), pAlt: pressure.Draw(t, "unit")(wild.Draw(t, "pAlt")),
		})
	})
}

// FuzzFactors: no input panics, loops for ever or gives a number that is none.
func FuzzFactors(f *testing.F) {
	f.Add(uint8(1), 0.0, 17.785, -27.7, 0.0, uint8(0))
	f.Add(uint8(2), 0.0, 787.5195, 302.0, 1500.0, uint8(0))
	f.Add(uint8(3), 0.0, 723.45, 0.42, 0.0, uint8(5))
	f.Add(uint8(4), 930e-6, 470.4, 302.0, 1500.0, uint8(0))
	f.Add(uint8(4), 930e-6, 1209.5, -58.0, 1500.0, uint8(0))
	f.Fuzz(func(t *testing.T, kindOf uint8, alpha, rho, temperature, pressure float64, units uint8) {
		g := []Group{{}, Crude, Refined, Lubricating, Special(alpha)}[kindOf%5]
		at := []func(float64) Temperature{Fahrenheit, Celsius}[units%2]
		under := []func(float64) Pressure{Psi, KPa, Bar}[units/2%3]
		base := []quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C}[units/6%3]
		holdsOrRefuses(t, input{
			g: g, rho: rho, base: base, t: at(temperature), p: under(pressure), tAlt: at(-temperature), pAlt: under(pressure / 2),
		})
	})
}

// TestIterations: a density at 60 F is taken as it is; another takes a few of the fifteen turns, and the result says how many.
func TestIterations(t *testing.T) {
	given, err := FromBase(Crude, 850, quantity.At60F, Celsius(40), KPa(500))
	if err != nil || given.Iterations != 0 || given.Method != Method11_1 {
		t.Errorf("from 60 F: %+v, %v", given, err)
	}
	metric, err := FromBase(Crude, 850, quantity.At15C, Celsius(40), KPa(500))
	if err != nil || metric.Iterations < 1 || metric.Iterations > 4 || metric.Method != Method11_1 {
		t.Errorf("from 15 C: %+v, %v", metric, err)
	}
	most := 0
	for _, tc := range examples {
		if tc.way == fromBase {
			continue
		}
		here, there, err := tc.run()
		if err != nil || here.Iterations < 1 || here.Iterations > maxIterations {
			t.Errorf("%s: %d iterations, %v", tc.id, here.Iterations, err)
		}
		if tc.way == toAlternate && there.Iterations != here.Iterations {
			t.Errorf("%s: %d iterations here, %d there", tc.id, here.Iterations, there.Iterations)
		}
		most = max(most, here.Iterations)
	}
	if most < 3 || most > 10 {
		t.Errorf("the hardest example takes %d iterations", most)
	}
}

// TestInRange: limits hold in the unit given, both included.
func TestInRange(t *testing.T) {
	low, high := Celsius(-40), Fahrenheit(100)
	for _, tc := range []struct {
		t       Temperature
		message string // empty: in range
	}{
		{Celsius(-40), ""}, {Fahrenheit(-40), ""}, {Fahrenheit(100), ""}, {Celsius(0), ""},
		{Celsius(-40.1), "temperature: -40.1 C is outside -40 to 37.77777778 C"},
		{Fahrenheit(100.1), "temperature: 100.1 F is outside -40 to 100 F"},
		{Celsius(math.NaN()), "NaN C"},
		{Temperature{}, "temperature not given"},
	} {
		err := tc.t.InRange(low, high)
		if (err == nil) != (tc.message == "") || (err != nil && !strings.Contains(err.Error(), tc.message)) {
			t.Errorf("%s: %v; want %q", tc.t, err, tc.message)
		}
	}
}

// TestParseGroup: a group that is printed reads back, and nothing else reads.
func TestParseGroup(t *testing.T) {
	for _, g := range []Group{Crude, Refined, Lubricating, Special(0.00057634)} {
		if got, err := ParseGroup(g.String()); err != nil || got != g {
			t.Errorf("ParseGroup(%q) = %v, %v", g, got, err)
		}
	}
	for _, s := range []string{"", "Crude", "no group", "special", "special ", "special x", "special 1", "special NaN", "lube"} {
		if got, err := ParseGroup(s); err == nil {
			t.Errorf("ParseGroup(%q) = %v, want a refusal", s, got)
		}
	}
}

// TestNoAllocations: a gateway calls these for every meter every second.
func TestNoAllocations(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		f, err := FromBase(Crude, 932, quantity.At15C, Celsius(24), KPa(1900))
		if err == nil {
			_, err = ToBase(Crude, f.RhoObserved, quantity.At15C, Celsius(24), KPa(1900))
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
	for _, base := range []quantity.Reference{quantity.At60F, quantity.At15C} {
		b.Run(string(base), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := FromBase(Crude, 932, base, Celsius(24), KPa(1900)); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b)
		})
	}
}

func BenchmarkToBase(b *testing.B) {
	for _, g := range []Group{Crude, Refined} {
		b.Run(g.String(), func(b *testing.B) {
			b.ReportAllocs()
			var f Factors
			for b.Loop() {
				var err error
				if f, err = ToBase(g, 727.1, quantity.At60F, Celsius(54), KPa(1900)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(f.Iterations), "iterations")
			perSecond(b)
		})
	}
}

// perSecond reports how many millions a second these are: a server that verifies a month of a pipeline wants one.
func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
}
