package transmix

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// near compares to what float64 arithmetic on another processor may change.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

var gasolineDiesel = Run{Diameter: 0.3048, Length: 100_000, Velocity: 1.5, ViscosityA: 0.6, ViscosityB: 3.5}

// TestMix holds three runs, of both regimes, against figures computed independently of this code from the same constants.
func TestMix(t *testing.T) {
	for _, tc := range []struct {
		name                          string
		run                           Run
		viscosity, reynolds, critical float64
		regime                        Regime
		mixed, cubicMetres, barrels   float64
		volumeAsRecorded, asBarrels   string
	}{
		{
			"12 in, gasoline and diesel", gasolineDiesel, 1.2148794959262574, 376333.6211806079, 45641.81101300258, AboveCritical,
			568.1827520602701, 41.45795279469189, 260.7626780081188, "41.457953", "260.762679",
		},
		{
			"the same, slow", Run{0.3048, 100_000, 0.12, 0.6, 3.5}, 1.2148794959262574, 30106.689694448625, 45641.81101300258, BelowCritical,
			996.1981143075544, 72.68846906627451, 457.19671561927424, "72.688469", "457.196715",
		},
		{
			"20 in, gasoline and jet fuel", Run{0.508, 300_000, 1.8, 0.6, 2.2}, 1.0367368949995452, 881998.1274037721, 70995.98725625793, AboveCritical,
			1166.7655128510846, 236.4835246858689, 1487.4366205989247, "236.483525", "1487.436623",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			i, err := Mix(tc.run)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "viscosity", i.Viscosity, tc.viscosity)
			near(t, "Re", i.Reynolds, tc.reynolds)
			near(t, "critical Re", i.Critical, tc.critical)
			near(t, "mixed zone", i.Mixed, tc.mixed)
			near(t, "volume", i.Mixed*math.Pi/4*tc.run.Diameter*tc.run.Diameter, tc.cubicMetres)
			if math.Abs(i.Volume.Float()-tc.cubicMetres) > 0.5000001e-6 || math.Abs(i.Barrels.Float()-tc.barrels) > 4e-6 {
				t.Errorf("%s m3, %s bbl; want %v, %v", i.Volume, i.Barrels, tc.cubicMetres, tc.barrels)
			}
			if i.Volume.String() != tc.volumeAsRecorded || i.Barrels.String() != tc.asBarrels || i.Regime != tc.regime || i.Method != Method {
				t.Errorf("%+v", i)
			}
		})
	}
}

// TestRegimesMeet: at the critical Reynolds number the two equations differ by 1 to 4 %, over all diameters; that is what
// supports the constants.
func TestRegimesMeet(t *testing.T) {
	for d := MinDiameter; d <= MaxDiameter; d += 0.05 {
		r := Run{Diameter: d, Length: 100_000, ViscosityA: 1, ViscosityB: 1}
		critical := 10_000 * math.Exp(2.75*math.Sqrt(d))
		at := func(re float64) float64 {
			r.Velocity = re * 1e-6 / d
			i, err := Mix(r)
			if err != nil {
				t.Fatal(err)
			}
			return i.Mixed
		}
		if step := at(critical*1.000001) / at(critical*0.999999); step < 1.01 || step > 1.04 {
			t.Errorf("D %v m: the mixed zone steps by %v", d, step)
		}
	}
}

// TestMixRefuses: what the method does not cover; diluted bitumen by its viscosity.
func TestMixRefuses(t *testing.T) {
	for name, change := range map[string]func(*Run){
		"3 inches":             func(r *Run) { r.Diameter = 0.0762 },
		"42 inches":            func(r *Run) { r.Diameter = 1.0668 },
		"no diameter":          func(r *Run) { r.Diameter = math.NaN() },
		"no length":            func(r *Run) { r.Length = 0 },
		"round the earth":      func(r *Run) { r.Length = 40e6 },
		"infinite":             func(r *Run) { r.Length = math.Inf(1) },
		"standstill":           func(r *Run) { r.Velocity = 0 },
		"backwards":            func(r *Run) { r.Velocity = -1 },
		"no velocity":          func(r *Run) { r.Velocity = math.NaN() },
		"diluted bitumen":      func(r *Run) { r.ViscosityB = 350 },
		"propane":              func(r *Run) { r.ViscosityA = 0.2 },
		"no viscosity":         func(r *Run) { r.ViscosityA = math.NaN() },
		"laminar":              func(r *Run) { r.Velocity, r.ViscosityA, r.ViscosityB = 0.05, 20, 20 },
		"longer than the line": func(r *Run) { r.Length, r.Velocity, r.ViscosityB, r.Diameter = 100, 0.02, 0.6, 1 },
	} {
		r := gasolineDiesel
		change(&r)
		i, err := Mix(r)
		var out *quantity.RangeError
		if !errors.As(err, &out) {
			t.Errorf("%s: %+v, %v; want a quantity.RangeError", name, i, err)
		}
	}
}

// TestMixGrows: the mixed zone grows with the square root of the way, does not care which product leads, and shrinks with a
// faster flow within a regime.
func TestMixGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Run{
			Diameter:   rapid.Float64Range(MinDiameter, MaxDiameter).Draw(t, "diameter"),
			Length:     rapid.Float64Range(50_000, 250_000).Draw(t, "length"),
			Velocity:   rapid.Float64Range(0.2, 2).Draw(t, "velocity"),
			ViscosityA: rapid.Float64Range(MinViscosity, MaxViscosity).Draw(t, "a"),
			ViscosityB: rapid.Float64Range(MinViscosity, MaxViscosity).Draw(t, "b"),
		}
		i, err := Mix(r)
		var out *quantity.RangeError
		if errors.As(err, &out) && out.Quantity == "Reynolds number" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if low, high := min(r.ViscosityA, r.ViscosityB), max(r.ViscosityA, r.ViscosityB); i.Viscosity < low*(1-1e-9) || i.Viscosity > high*(1+1e-9) {
			t.Fatalf("viscosity %v of %v and %v", i.Viscosity, low, high)
		}
		far := r
		far.Length *= 4
		if f, err := Mix(far); err != nil || math.Abs(f.Mixed/i.Mixed-2) > 1e-9 {
			t.Fatalf("%+v, %v over four times the way of %+v", f, err, i)
		}
		turned := r
		turned.ViscosityA, turned.ViscosityB = r.ViscosityB, r.ViscosityA
		if f, err := Mix(turned); err != nil || math.Abs(f.Mixed/i.Mixed-1) > 1e-12 {
			t.Fatalf("%+v, %v turned round from %+v", f, err, i)
		}
		fast := r
		fast.Velocity *= 1.1
		if f, err := Mix(fast); err == nil && f.Regime == i.Regime && f.Mixed >= i.Mixed {
			t.Fatalf("%+v at a faster flow than %+v", f, i)
		}
	})
}

// TestProfile: half and half in the middle, 99 % and 1 % at the ends, and a value between computed with 30 digits.
func TestProfile(t *testing.T) {
	const mixed = 41.457953
	for _, tc := range []struct{ after, want float64 }{
		{-mixed / 2, 0.99}, {0, 0.5}, {5, 0.287352999251671}, {mixed / 2, 0.01}, {100, 1.577698560382431e-29},
	} {
		got, err := Leading(mixed, tc.after)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "leading", got, tc.want)
	}
	for _, bad := range [][2]float64{{0, 1}, {-1, 1}, {math.NaN(), 1}, {math.Inf(1), 1}, {1, math.NaN()}} {
		if got, err := Leading(bad[0], bad[1]); err == nil {
			t.Errorf("%v: %v, want a refusal", bad, got)
		}
	}
}

// TestCut holds cuts and what they carry along against integrals of the profile with 30 digits.
func TestCut(t *testing.T) {
	const mixed = 41_457_953
	for _, tc := range []struct {
		name              string
		trailing, leading float64
		want              [3]string // to the leading product, transmix, to the trailing one
		carried           [3]float64
	}{
		{
			"2 % and 5 %", 0.02, 0.05, [3]string{"2.428999", "32.956484", "6.07247"},
			[3]float64{0.0654313761224184, 0.186167194311489, 0.551613504976725},
		},
		{
			"one cut in the middle", 0.5, 0.5, [3]string{"20.728977", "0", "20.728976"},
			[3]float64{3.55478441018083, 3.55478441018083, 0},
		},
		{
			"all of it transmix", 0.01, 0.01, [3]string{"0", "41.457953", "0"},
			[3]float64{0.0301947641089259, 0.0301947641089259, 0.5},
		},
		{
			"5 % and 30 %", 0.05, 0.3, [3]string{"6.07247", "19.329189", "16.056294"},
			[3]float64{0.186167194311489, 1.69631820832044, 0.680129680805027},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := Cut(mixed, tc.trailing, tc.leading)
			if err != nil {
				t.Fatal(err)
			}
			got := [3]string{c.ToLeading.String(), c.Transmix.String(), c.ToTrailing.String()}
			if diff := cmp.Diff(tc.want, got); diff != "" || c.Method != MethodProfile {
				t.Errorf("%s%q", diff, c.Method)
			}
			near(t, "trailing in leading", c.TrailingInLeading, tc.carried[0])
			near(t, "leading in trailing", c.LeadingInTrailing, tc.carried[1])
			near(t, "leading in transmix", c.LeadingInTransmix, tc.carried[2])
		})
	}
}

// TestCutRefuses: no volume, and limits of which the profile says nothing.
func TestCutRefuses(t *testing.T) {
	for _, mixed := range []quantity.Micro{0, -1} {
		if c, err := Cut(mixed, 0.02, 0.05); err == nil {
			t.Errorf("%s m3: %+v, want a refusal", mixed, c)
		}
	}
	for _, limit := range []float64{0, 0.0099, 0.51, 1, -0.02, math.NaN(), math.Inf(1)} {
		for _, pair := range [][2]float64{{limit, 0.05}, {0.05, limit}} {
			c, err := Cut(1e6, pair[0], pair[1])
			var out *quantity.RangeError
			if !errors.As(err, &out) {
				t.Errorf("%v: %+v, %v; want a quantity.RangeError", pair, c, err)
			}
		}
	}
}

// TestCutsAddUp: of any interface the three parts are not negative and add up; looser limits leave less transmix; at each cut the
// profile says the limit; and turning the products round mirrors the cuts.
func TestCutsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mixed := quantity.Micro(rapid.Int64Range(1, math.MaxInt64).Draw(t, "mixed"))
		limit := rapid.Float64Range(0.01, 0.5)
		trailing, leading := limit.Draw(t, "trailing"), limit.Draw(t, "leading")
		c, err := Cut(mixed, trailing, leading)
		if err != nil {
			t.Fatal(err)
		}
		if c.ToLeading < 0 || c.Transmix < 0 || c.ToTrailing < 0 || c.ToLeading+c.Transmix+c.ToTrailing != mixed {
			t.Fatalf("%+v of %s", c, mixed)
		}
		looser, err := Cut(mixed, trailing, leading+(0.5-leading)/2)
		if err != nil || looser.Transmix > c.Transmix {
			t.Fatalf("%+v, %v; with a tighter limit %+v", looser, err, c)
		}
		turned, err := Cut(mixed, leading, trailing)
		if err != nil || max(turned.ToLeading-c.ToTrailing, c.ToTrailing-turned.ToLeading) > 1 || turned.TrailingInLeading != c.LeadingInTrailing {
			t.Fatalf("%+v, %v is not the mirror of %+v", turned, err, c)
		}
		if mixed < 1e6 {
			return // rounding to the micro-unit moves the shares
		}
		middle := mixed.Float() / 2
		for after, want := range map[float64]float64{c.ToLeading.Float() - middle: 1 - trailing, middle - c.ToTrailing.Float(): leading} {
			if got, err := Leading(mixed.Float(), after); err != nil || math.Abs(got-want) > 1e-5 {
				t.Fatalf("share %v, %v at the cut; want %v", got, err, want)
			}
		}
	})
}

// TestFill walks two batches through a line of 1,000 m3.
func TestFill(t *testing.T) {
	fill := Fill{{"old", 1_000e6}}
	var err error
	for _, b := range []Batch{{"A", 300e6}, {"A", 100e6}, {"B", 200e6}} {
		if fill, err = fill.Receive(b); err != nil {
			t.Fatal(err)
		}
		if fill, _, err = fill.Deliver(b.Volume); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(Fill{{"old", 400e6}, {"A", 400e6}, {"B", 200e6}}, fill); diff != "" {
		t.Fatal(diff)
	}
	heads, err := fill.Heads()
	if err != nil {
		t.Fatal(err)
	}
	want := []Head{{"old", 0, 1}, {"A", 400e6, 0.6}, {"B", 800e6, 0.2}}
	for i, h := range heads {
		if h.ID != want[i].ID || h.ToOutlet != want[i].ToOutlet || math.Abs(h.Position-want[i].Position) > 1e-12 {
			t.Errorf("%+v, want %+v", h, want[i])
		}
	}
	if d, err := fill.Drift("A", 398e6); err != nil || d != -2e6 {
		t.Errorf("drift %s, %v; A is 2 m3 early", d, err)
	}
	rest, out, err := fill.Deliver(500e6)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Batch{{"old", 400e6}, {"A", 100e6}}, out); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Fill{{"A", 300e6}, {"B", 200e6}}, rest); diff != "" {
		t.Error(diff)
	}
	if rest, _, err = rest.Deliver(500e6); err != nil || len(rest) != 0 {
		t.Errorf("%v, %v; the line should be empty", rest, err)
	}
}

// TestFillRefuses: volumes that are none, and more than the line holds.
func TestFillRefuses(t *testing.T) {
	good := Fill{{"A", 1e6}, {"B", 2e6}}
	for name, f := range map[string]func() error{
		"receives nothing":        func() error { _, err := good.Receive(Batch{"C", 0}); return err },
		"receives from nobody":    func() error { _, err := good.Receive(Batch{"", 1}); return err },
		"receives too much":       func() error { _, err := good.Receive(Batch{"B", math.MaxInt64}); return err },
		"negative fill, received": func() error { _, err := Fill{{"A", -1}}.Receive(Batch{"A", 5}); return err },
		"delivers nothing":        func() error { _, _, err := good.Deliver(0); return err },
		"delivers more":           func() error { _, _, err := good.Deliver(3_000_001); return err },
		"delivers from nothing":   func() error { _, _, err := Fill(nil).Deliver(1); return err },
		"negative fill":           func() error { _, _, err := Fill{{"A", -1}, {"B", 3}}.Deliver(1); return err },
		"heads of a bad fill":     func() error { _, err := Fill{{"", 1}}.Heads(); return err },
		"drift of nobody":         func() error { _, err := good.Drift("C", 1); return err },
		"drift out of the line":   func() error { _, err := good.Drift("B", 4e6); return err },
		"drift before the line":   func() error { _, err := good.Drift("B", -1); return err },
		"drift in a bad fill":     func() error { _, err := Fill{{"B", 0}}.Drift("B", 0); return err },
	} {
		if f() == nil {
			t.Errorf("%s: want a refusal", name)
		}
	}
	if len(good) != 2 || good[1].Volume != 2e6 {
		t.Errorf("the fill was changed: %+v", good)
	}
}

// TestFillConserves: whatever comes and goes, nothing is lost, batches come out in the order in which they went in, and the fill
// that an act was asked of stays as it was.
func TestFillConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fill := Fill{{"first", 1_000}}
		in, out := quantity.Micro(1_000), quantity.Micro(0)
		var arrived []string
		for range rapid.IntRange(0, 40).Draw(t, "acts") {
			before := append(Fill(nil), fill...)
			held, err := fill.Volume()
			if err != nil {
				t.Fatal(err)
			}
			next := fill
			if held == 0 || rapid.Bool().Draw(t, "receive") {
				b := Batch{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id"), quantity.Micro(rapid.Int64Range(1, 1_000).Draw(t, "volume"))}
				if next, err = fill.Receive(b); err != nil {
					t.Fatal(err)
				}
				in += b.Volume
			} else {
				var delivered []Batch
				v := quantity.Micro(rapid.Int64Range(1, int64(held)).Draw(t, "volume"))
				if next, delivered, err = fill.Deliver(v); err != nil {
					t.Fatal(err)
				}
				for i, b := range delivered {
					if b.ID != before[i].ID || b.Volume <= 0 {
						t.Fatalf("delivered %+v of %+v", delivered, before)
					}
					arrived = append(arrived, b.ID)
					out += b.Volume
				}
			}
			if !slices.Equal(before, fill) {
				t.Fatalf("the fill was changed from %+v to %+v", before, fill)
			}
			fill = next
			if now, err := fill.Volume(); err != nil || now != in-out {
				t.Fatalf("the line holds %s, %v; %s came in and %s went", now, err, in, out)
			}
		}
		if len(arrived) > 0 && arrived[0] != "first" {
			t.Fatalf("%s overtook", arrived[0])
		}
	})
}

// TestPassed: how far through an interface is, by its density.
func TestPassed(t *testing.T) {
	for _, tc := range []struct{ before, after, now, want float64 }{
		{740, 840, 740, 0}, {740, 840, 790, 0.5}, {740, 840, 840, 1}, {840, 740, 765, 0.75}, {740, 840, 735, 0}, {740, 840, 850, 1},
	} {
		if got, err := Passed(tc.before, tc.after, tc.now); err != nil || got != tc.want {
			t.Errorf("%v: %v, %v", tc, got, err)
		}
	}
	for _, tc := range [][3]float64{
		{740, 740, 740}, {740, 840, 720}, {740, 840, 851}, {0, 840, 800}, {740, -1, 800}, {740, 840, math.NaN()}, {740, math.Inf(1), 800},
	} {
		if got, err := Passed(tc[0], tc[1], tc[2]); err == nil {
			t.Errorf("%v: %v, want a refusal", tc, got)
		}
	}
}

// FuzzMix: any run gives a finite interface within the line, whose cuts add up, or is refused.
func FuzzMix(f *testing.F) {
	f.Add(0.3048, 100_000.0, 1.5, 0.6, 3.5, 0.02, 0.05)
	f.Add(0.3048, 100_000.0, 0.12, 0.6, 3.5, 0.5, 0.5)
	f.Add(1.016, 100.0, 0.02, 0.3, 0.3, 0.01, 0.01)
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, 350.0, 1.0, -1.0)
	f.Fuzz(func(t *testing.T, d, l, v, a, b, trailing, leading float64) {
		i, err := Mix(Run{d, l, v, a, b})
		if err != nil {
			return
		}
		if !(i.Mixed > 0 && i.Mixed <= l) || i.Volume <= 0 || i.Barrels <= i.Volume {
			t.Fatalf("%+v", i)
		}
		if c, err := Cut(i.Volume, trailing, leading); err == nil && c.ToLeading+c.Transmix+c.ToTrailing != i.Volume {
			t.Fatalf("%+v of %+v", c, i)
		}
	})
}

// FuzzProfile: any figures give a share of 0 to 1 or are refused, and cuts that add up.
func FuzzProfile(f *testing.F) {
	f.Add(41.4, 5.0, int64(41_457_953), 0.02, 0.05, 740.0, 840.0, 790.0)
	f.Add(5e-324, 1e308, int64(math.MaxInt64), 0.5, 0.01, 1e-300, 1e300, 1.0)
	f.Add(math.Inf(1), math.NaN(), int64(1), 0.01, 0.5, 1.0, 1.0, 1.0)
	f.Fuzz(func(t *testing.T, mixed, after float64, volume int64, trailing, leading, before, behind, now float64) {
		if c, err := Leading(mixed, after); err == nil && !(c >= 0 && c <= 1) {
			t.Fatalf("Leading(%v, %v) = %v", mixed, after, c)
		}
		if p, err := Passed(before, behind, now); err == nil && !(p >= 0 && p <= 1) {
			t.Fatalf("Passed(%v, %v, %v) = %v", before, behind, now, p)
		}
		c, err := Cut(quantity.Micro(volume), trailing, leading)
		if err != nil {
			return
		}
		if c.ToLeading < 0 || c.Transmix < 0 || c.ToTrailing < 0 || int64(c.ToLeading+c.Transmix+c.ToTrailing) != volume {
			t.Fatalf("%+v of %d", c, volume)
		}
		if !(c.LeadingInTransmix >= 0 && c.LeadingInTransmix <= 1) || !(c.TrailingInLeading >= 0) || !(c.LeadingInTrailing >= 0) {
			t.Fatalf("%+v", c)
		}
	})
}

func BenchmarkMix(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Mix(gasolineDiesel); err != nil {
			b.Fatal(err)
		}
	}
}
