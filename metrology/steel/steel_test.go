package steel

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

var materials = []Material{MildSteel, Stainless304, Stainless316, Stainless17_4PH, Invar}

// TestWorked: figures worked out elsewhere, and those that a surveyor's handbook prints (shell of a tank: 128 F and 129 F).
func TestWorked(t *testing.T) {
	type result struct {
		factor float64
		err    error
	}
	of := func(factor float64, err error) result { return result{factor, err} }
	for _, tc := range []struct {
		name      string
		got       result
		want      float64
		tolerance float64
	}{
		{"pipe prover at 84.2 F", of(CTS(84.2-60, MildSteel.PerF.Cubical)), 1.00045012, 1e-14},
		{"pipe prover at 60 psi", of(CPS(60, 17.25, 0.375, MildSteel.Elasticity)), 1.000092, 1e-14},
		{"small-volume prover", of(CTSDetached(20, 1.20e-5, 10, 0.80e-6)), 1.00024 * 1.000008, 1e-14},
		{"tank at 78 F", of(CTSh(18, MildSteel.PerF.Linear)), 1.00022321245456, 1e-14},
		{"tank at 128 F, as printed", of(CTSh(68, 6.20e-6)), 1.00084, 0.5e-5},
		{"tank at 129 F, as printed", of(CTSh(69, 6.20e-6)), 1.00086, 0.5e-5},
		{"metric pipe prover", of(CTS(25-15, MildSteel.PerC.Cubical)), 1.000335, 1e-14},
		{"metric pressure", of(CPS(413.68542, 438.15, 9.525, 206_842_710)), 1.000092, 1e-10},
		{"vacuum", of(CPS(-3, 17.25, 0.375, 3e7)), 1, 0},
		{"at base", of(CTS(0, 1.86e-5)), 1, 0},
	} {
		if tc.got.err != nil || !(math.Abs(tc.got.factor-tc.want) <= tc.tolerance) {
			t.Errorf("%s: %.15g, %v; want %.15g", tc.name, tc.got.factor, tc.got.err, tc.want)
		}
	}
}

// TestMaterials: the three expansions of a steel belong together, and the two scales differ by 1.8 but for the rounding.
func TestMaterials(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) <= 0.005*b }
	names := map[string]bool{}
	for _, m := range materials {
		names[m.Name] = true
		for _, e := range []Expansion{m.PerF, m.PerC} {
			if !near(e.Area, 2*e.Linear) || !near(e.Cubical, 3*e.Linear) {
				t.Errorf("%s: area and cubical expansion of %+v are not two and three times the linear", m.Name, e)
			}
		}
		for _, x := range [][2]float64{
			{m.PerC.Linear, m.PerF.Linear}, {m.PerC.Area, m.PerF.Area}, {m.PerC.Cubical, m.PerF.Cubical},
		} {
			if !near(x[0], 1.8*x[1]) {
				t.Errorf("%s: %v per C is not %v per F", m.Name, x[0], x[1])
			}
		}
	}
	if len(names) != len(materials) || names[""] {
		t.Errorf("materials are not told apart by their names: %v", names)
	}
}

// TestRefuses: what is not steel, or not near the temperature of any oil.
func TestRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	of := func(_ float64, err error) error { return err }
	for _, tc := range []struct {
		name    string
		err     error
		message string
	}{
		{"no coefficient", of(CTS(20, 0)), "expansion of steel: 0 per degree is outside 1e-07 to 0.0001 per degree"},
		{"coefficient in millionths", of(CTS(20, 18.6)), "expansion of steel"},
		{"negative coefficient", of(CTS(20, -1.86e-5)), "expansion of steel"},
		{"coefficient NaN", of(CTS(20, nan)), "expansion of steel"},
		{"too hot", of(CTS(301, 1.86e-5)), "steel above its base temperature: 301 degrees"},
		{"too cold", of(CTS(-301, 1.86e-5)), "-301 degrees"},
		{"dT NaN", of(CTS(nan, 1.86e-5)), "NaN degrees"},
		{"detached: pipe", of(CTSDetached(inf, 1.2e-5, 10, 8e-7)), "+Inf degrees"},
		{"detached: mount", of(CTSDetached(20, 1.2e-5, nan, 8e-7)), "NaN degrees"},
		{"detached: no mount", of(CTSDetached(20, 1.2e-5, 10, 0)), "expansion of steel"},
		{"shell", of(CTSh(nan, 6.2e-6)), "NaN degrees"},
		{"no elasticity", of(CPS(60, 17.25, 0.375, 0)), "modulus of elasticity"},
		{"endless elasticity", of(CPS(60, 17.25, 0.375, inf)), "modulus of elasticity"},
		{"no wall", of(CPS(60, 17.25, 0, 3e7)), "inner diameter: +Inf wall thicknesses"},
		{"no pipe", of(CPS(60, 0, 0.375, 3e7)), "inner diameter: 0 wall thicknesses"},
		{"inside out", of(CPS(60, -17.25, -0.375, 3e7)), "inner diameter"},
		{"burst", of(CPS(1e5, 17.25, 0.375, 3e7)), "stretch of steel by pressure"},
		{"pressure NaN", of(CPS(nan, 17.25, 0.375, 3e7)), "stretch of steel by pressure"},
		{"bottomless", of(CPS(-inf, 17.25, 0.375, 3e7)), "stretch of steel by pressure"},
	} {
		var out *quantity.RangeError
		if !errors.As(tc.err, &out) || !strings.Contains(tc.err.Error(), tc.message) {
			t.Errorf("%s: %v; want a refusal that says %q", tc.name, tc.err, tc.message)
		}
	}
}

// TestGrowth: warmer and harder pressed steel holds more; to first order a detached prover grows like a pipe prover of one steel
// at one temperature, and a shell like its area.
func TestGrowth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(materials[:4]).Draw(t, "steel")
		dT := rapid.Float64Range(-100, 240).Draw(t, "dT")
		factor := func(f float64, err error) float64 {
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		cts := factor(CTS(dT, m.PerF.Cubical))
		if warmer := factor(CTS(dT+1, m.PerF.Cubical)); !(warmer > cts) {
			t.Fatalf("CTS %v, a degree above %v", cts, warmer)
		}
		second := 4 * math.Pow(m.PerF.Cubical*dT, 2)
		if d := factor(CTSDetached(dT, m.PerF.Area, dT, m.PerF.Linear)); math.Abs(d-cts) > second+6e-8*math.Abs(dT)+1e-15 {
			t.Fatalf("detached %v, pipe %v", d, cts)
		}
		if sh, area := factor(CTSh(dT, m.PerF.Linear)), factor(CTS(dT, m.PerF.Area)); math.Abs(sh-area) > second+6e-8*math.Abs(dT)+1e-15 {
			t.Fatalf("shell %v, area %v", sh, area)
		}
		p := rapid.Float64Range(0, 1400).Draw(t, "psi")
		if a, b := factor(CPS(p, 20, 0.5, m.Elasticity)), factor(CPS(p+1, 20, 0.5, m.Elasticity)); !(b > a && a >= 1) {
			t.Fatalf("CPS %v, a psi above %v", a, b)
		}
	})
}

// FuzzSteel: no number makes a factor that is none.
func FuzzSteel(f *testing.F) {
	f.Add(24.2, 1.86e-5, 60.0, 17.25, 0.375, 3e7)
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, 0.0, 0.0)
	f.Add(300.0, 1e-4, math.MaxFloat64, math.MaxFloat64, 5e-324, 1e9)
	f.Fuzz(func(t *testing.T, dT, coefficient, gauge, inner, wall, elasticity float64) {
		cts, err1 := CTS(dT, coefficient)
		detached, err2 := CTSDetached(dT, coefficient, gauge, wall)
		shell, err3 := CTSh(dT, coefficient)
		cps, err4 := CPS(gauge, inner, wall, elasticity)
		for i, r := range []struct {
			factor float64
			err    error
		}{{cts, err1}, {detached, err2}, {shell, err3}, {cps, err4}} {
			if r.err == nil && !(r.factor > 0.9 && r.factor < 1.1) {
				t.Errorf("function %d: factor %v without an error", i, r.factor)
			}
		}
	})
}
