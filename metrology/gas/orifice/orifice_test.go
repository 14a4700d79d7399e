package orifice

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// closeTo reports whether got is want to a relative tolerance.
func closeTo(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Abs(want)
}

// vector is a case of the implementation test of API MPMS 14.3.4-1992: its inputs as a public program lists them, its results
// from an unrounded computation of 14.3.3 that was made independently of this package.
type vector struct {
	name                  string
	tF, psia, inH2O, d, D float64
	mu, rho, rhoBase, k   float64
	cd, qm, qb, re        float64
}

var vectors = []vector{
	{"1 liquid, 2 in, beta .75", 210, 14.696, 110.1736, 1.45311, 1.93945, 0.2825, 58.792, 62.366, 0, 0.610059175, 45118.6467, 723.449422, 519655.938},
	{"2 heavy oil, 8 in, Re 10", 0, 14.696, 8.9938, 1.59374, 7.98146, 1865, 58.199, 56.861, 0, 1.14751972, 23933.4631, 420.911752, 10.1593649},
	{"3 gas, 4 in, beta .66", 0, 200, 56.211, 2.66406, 4.02638, 0.01352, 2.0466, 0.116198, 1.3198, 0.605436425, 18313.9862, 157610.167, 2125757.02},
	{"4 gas, 2 in, low pressure drop", 0, 200, 2.2484, 0.19531, 1.93945, 0.01352, 2.0466, 0.116198, 1.3198, 0.60296054, 17.692718, 152.26353, 0},
	{"5 gas, 2 in, beta .10", 0, 200, 440.6943, 0.19531, 1.93945, 0.01352, 2.0466, 0.116198, 1.3198, 0.59899862, 240.023059, 2065.63847, 57838.8806},
	{"6 heavy oil, 8 in, capped", 0, 14.696, 2.2484, 0.79689, 7.98146, 1865, 58.199, 56.861, 0, 1.15408618, 3006.67832, 52.8776898, 4.61634474},
}

func (v vector) meter(e Expansion) Meter {
	return Meter{Bore: v.d, Pipe: v.D, Plate: StainlessSteel, Tube: CarbonSteel, Reference: ReferenceF, Tap: Upstream, Expansion: e}
}

func (v vector) conditions() Conditions {
	return Conditions{
		T: v.tF, P: v.psia, DP: v.inH2O, Viscosity: v.mu, Density: v.rho, BaseDensity: v.rhoBase, K: v.k, Incompressible: v.k == 0,
	}
}

// printed is the tolerance of figures printed with n significant digits.
func printed(want float64, n int) float64 {
	return 0.51 * math.Pow(10, math.Floor(math.Log10(want))-float64(n-1)) / want
}

func TestFlowCasesOf1992(t *testing.T) {
	for _, v := range vectors {
		f, err := v.meter(Expansion1992).Flow(v.conditions())
		if err != nil {
			t.Errorf("case %s: %v", v.name, err)
			continue
		}
		digits := 9
		if v.re == 0 { // case 4 is printed with eight, and without Reynolds number
			digits, v.re = 8, f.Reynolds
		}
		for _, c := range []struct {
			what      string
			got, want float64
		}{{"Cd", f.Cd, v.cd}, {"qm", f.Mass, v.qm}, {"qb", f.Base, v.qb}, {"Re", f.Reynolds, v.re}} {
			if !closeTo(c.got, c.want, printed(c.want, digits)) {
				t.Errorf("case %s: %s = %.12g, want %.9g", v.name, c.what, c.got, c.want)
			}
		}
		if want := map[bool]string{true: MethodIncompressible, false: Method1992}[v.k == 0]; f.Method != want {
			t.Errorf("case %s: method %q, want %q", v.name, f.Method, want)
		}
	}
}

func TestFlowParts(t *testing.T) {
	f, err := vectors[2].meter(Expansion1992).Flow(vectors[2].conditions())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{{"beta", f.Beta, 0.661514125}, {"Ev", f.Ev, 1.11213762}, {"Y", f.Y, 0.996333657}} {
		if !closeTo(c.got, c.want, printed(c.want, 9)) {
			t.Errorf("%s = %.12g, want %.9g", c.what, c.got, c.want)
		}
	}
	if f.Cautions != 0 || f.Upstream != 200 {
		t.Errorf("cautions %q, upstream %v psia; want none, 200", f.Cautions, f.Upstream)
	}
}

// The expansion factor of 2013: figures of the same independent computation, the equation from memory on both sides.
func TestExpansion2013Unverified(t *testing.T) {
	for i, want := range map[int][4]float64{
		2: {0.996739649, 0.605435918, 18321.4336, 157674.259},
		4: {0.977938359, 0.598997178, 240.673677, 2071.23769},
	} {
		v := vectors[i]
		f, err := v.meter(Expansion2013Unverified).Flow(v.conditions())
		if err != nil {
			t.Fatal(err)
		}
		for j, got := range []float64{f.Y, f.Cd, f.Mass, f.Base} {
			if !closeTo(got, want[j], 1e-8) {
				t.Errorf("case %s: figure %d = %.12g, want %.9g", v.name, j, got, want[j])
			}
		}
		if f.Method != Method2013 || !strings.Contains(f.Method, "unverified") {
			t.Errorf("method %q does not say that it is unverified", f.Method)
		}
	}
}

func TestCautions(t *testing.T) {
	for i, want := range []Caution{
		0, LowReynolds, 0, SmallBore, SmallBore, LowReynolds | BetaRange | IterationCapped,
	} {
		v := vectors[i]
		f, err := v.meter(Expansion1992).Flow(v.conditions())
		if err != nil {
			t.Fatal(err)
		}
		if f.Cautions != want {
			t.Errorf("case %s: cautions %q, want %q", v.name, f.Cautions, want)
		}
	}
	m, c := vectors[2].meter(Expansion1992), vectors[2].conditions()
	m.Bore, m.Pipe, c.DP = 1.2, 1.5, 0.3*27.707*c.P
	f, err := m.Flow(c)
	if err != nil {
		t.Fatal(err)
	}
	if want := "diameter ratio, small pipe, large differential pressure"; f.Cautions.String() != want {
		t.Errorf("cautions %q, want %q", f.Cautions, want)
	}
}

// Without flow the flow is 0 and the multiplier C' is still there, for it is asked for once an hour, not once a sample.
func TestNoFlow(t *testing.T) {
	c := vectors[2].conditions()
	c.DP = 0
	f, err := vectors[2].meter(Expansion1992).Flow(c)
	if err != nil {
		t.Fatal(err)
	}
	if f.Mass != 0 || f.Base != 0 || f.Reynolds != 0 || f.Y != 1 || f.Cautions != 0 || !(f.Coefficient > 0) {
		t.Errorf("flow without differential pressure: %+v", f)
	}
}

// The reading of a downstream tap is the upstream pressure less the differential pressure: either gives the same flow.
func TestDownstreamTap(t *testing.T) {
	v := vectors[2]
	up, err := v.meter(Expansion1992).Flow(v.conditions())
	if err != nil {
		t.Fatal(err)
	}
	m, c := v.meter(Expansion1992), v.conditions()
	m.Tap = Downstream
	c.P -= c.DP / 27.707
	down, err := m.Flow(c)
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(down.Mass, up.Mass, 1e-13) || !closeTo(down.Upstream, up.Upstream, 1e-13) {
		t.Errorf("downstream tap: %v lbm/h at %v psia, want %v at %v", down.Mass, down.Upstream, up.Mass, up.Upstream)
	}
	if !closeTo(down.Coefficient*math.Sqrt(c.DP*c.P), down.Base, 1e-13) {
		t.Errorf("C' sqrt(hw Pf) = %v, want %v", down.Coefficient*math.Sqrt(c.DP*c.P), down.Base)
	}
}

func TestRefusals(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, r := range []struct {
		name   string
		change func(*Meter, *Conditions)
		ranged bool // with *quantity.RangeError
		says   string
	}{
		{"no tap", func(m *Meter, _ *Conditions) { m.Tap = 0 }, false, "tap not given"},
		{"no expansion factor", func(m *Meter, _ *Conditions) { m.Expansion = 9 }, false, "expansion factor not given"},
		{"bore fills the pipe", func(m *Meter, _ *Conditions) { m.Bore = 1.001 * m.Pipe }, false, "fills the pipe"},
		{"no bore", func(m *Meter, _ *Conditions) { m.Bore = 0 }, true, "bore"},
		{"pipe NaN", func(m *Meter, _ *Conditions) { m.Pipe = nan }, true, "pipe"},
		{"plate shrinks", func(m *Meter, _ *Conditions) { m.Plate = -1e-6 }, true, "plate"},
		{"tube of rubber", func(m *Meter, _ *Conditions) { m.Tube = 1 }, true, "tube"},
		{"reference in space", func(m *Meter, _ *Conditions) { m.Reference = -459 }, true, "reference"},
		{"hot", func(_ *Meter, c *Conditions) { c.T = inf }, true, "temperature"},
		{"gauge zero", func(_ *Meter, c *Conditions) { c.P = 0 }, true, "static pressure"},
		{"backwards", func(_ *Meter, c *Conditions) { c.DP = -0.1 }, true, "differential"},
		{"no viscosity", func(_ *Meter, c *Conditions) { c.Viscosity = 0 }, true, "viscosity"},
		{"no density", func(_ *Meter, c *Conditions) { c.Density = 0 }, true, "flowing density"},
		{"no base density", func(_ *Meter, c *Conditions) { c.BaseDensity = nan }, true, "base density"},
		{"no k", func(_ *Meter, c *Conditions) { c.K = 0 }, true, "isentropic"},
		{"k of a liquid", func(_ *Meter, c *Conditions) { c.Incompressible = true }, false, "incompressible"},
		{"Y of a liquid", func(m *Meter, c *Conditions) { m.Expansion, c.K, c.Incompressible = 9, 0, true }, false, "expansion"},
		{"vacuum behind the plate", func(_ *Meter, c *Conditions) { c.DP = c.P * 27.707 }, false, "absolute"},
		{"Y below zero", func(m *Meter, c *Conditions) { m.Bore, c.K, c.DP = 0.97*m.Pipe, 0.6, 0.99*c.P*27.707 }, false, "expansion factor is"},
	} {
		m, c := vectors[2].meter(Expansion1992), vectors[2].conditions()
		r.change(&m, &c)
		f, err := m.Flow(c)
		var ranged *quantity.RangeError
		if err == nil || errors.As(err, &ranged) != r.ranged || !strings.Contains(err.Error(), r.says) || f != (Flow{}) {
			t.Errorf("%s: flow %+v, error %v; want an error about %q", r.name, f, err, r.says)
		}
	}
}

// A bore that all but fills the pipe is far outside the equation, which then has no solution that is a coefficient of discharge.
func TestNoConvergence(t *testing.T) {
	m, c := vectors[2].meter(Expansion1992), vectors[2].conditions()
	m.Bore = 0.9999 * m.Pipe
	if f, err := m.Flow(c); !errors.Is(err, ErrNoConvergence) {
		t.Errorf("Cd = %v, error %v; want ErrNoConvergence", f.Cd, err)
	}
}

// draw returns a meter and conditions within the limits of the standard.
func draw(t *rapid.T) (Meter, Conditions) {
	pipe := rapid.Float64Range(2, 30).Draw(t, "pipe")
	m := Meter{
		Bore: pipe * rapid.Float64Range(0.2, 0.75).Draw(t, "beta"), Pipe: pipe, Plate: StainlessSteel, Tube: CarbonSteel,
		Reference: ReferenceF, Tap: Upstream, Expansion: rapid.SampledFrom([]Expansion{Expansion1992, Expansion2013Unverified}).Draw(t, "Y"),
	}
	p := rapid.Float64Range(20, 1500).Draw(t, "psia")
	c := Conditions{
		T: rapid.Float64Range(-20, 150).Draw(t, "F"), P: p, DP: p * 27.707 * rapid.Float64Range(1e-5, 0.2).Draw(t, "x"),
		Viscosity: rapid.Float64Range(0.005, 50).Draw(t, "cP"), Density: rapid.Float64Range(0.05, 60).Draw(t, "rho"),
		BaseDensity: rapid.Float64Range(0.03, 60).Draw(t, "rhoBase"), K: rapid.Float64Range(1.1, 2).Draw(t, "k"),
	}
	return m, c
}

func TestFlowProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, c := draw(t)
		f, err := m.Flow(c)
		if err != nil {
			t.Fatal(err)
		}
		if f.Iterations > 12 || f.Y <= 0.5 || f.Y > 1 {
			t.Fatalf("%d iterations, Y %v", f.Iterations, f.Y)
		}
		if f.Cautions&LowReynolds == 0 && (f.Cd < 0.58 || f.Cd > 0.70) {
			t.Fatalf("Cd %v at Re = %v", f.Cd, f.Reynolds)
		}
		if got := f.Coefficient * math.Sqrt(c.DP*c.P); !closeTo(got, f.Base, 1e-12) {
			t.Fatalf("C' sqrt(hw Pf) = %v, want %v", got, f.Base)
		}
		if f.Cautions&IterationCapped == 0 {
			// The Reynolds number is that of its definition, 4 qm / (pi D mu), to the digits of the constants in 14.3.
			const lbmPerFtSecond = 6.719689751e-4 // in one cP
			if want := 4 * f.Mass / 3600 / (math.Pi * f.Pipe / 12 * c.Viscosity * lbmPerFtSecond); !closeTo(f.Reynolds, want, 3e-6) {
				t.Fatalf("Re = %v, want %v", f.Reynolds, want)
			}
		}
		higher := c
		higher.DP *= 1.001
		g, err := m.Flow(higher)
		if err != nil {
			t.Fatal(err)
		}
		if !(g.Mass > f.Mass) {
			t.Fatalf("%v lbm/h at %v inH2O, but %v at %v", f.Mass, c.DP, g.Mass, higher.DP)
		}
	})
}

// The hyperbola of low Reynolds numbers takes over where the power leaves off.
func TestLowReynoldsBranchesMeet(t *testing.T) {
	k := newCoefficients(0.6, 4)
	below, _ := k.at(math.Nextafter(lowX, 0))
	above, _ := k.at(lowX)
	if !closeTo(below, above, 1e-14) {
		t.Errorf("at X = %v: %.15g below, %.15g above", lowX, below, above)
	}
}

func TestSI(t *testing.T) {
	v := vectors[2]
	want, err := v.meter(Expansion1992).Flow(v.conditions())
	if err != nil {
		t.Fatal(err)
	}
	m := SIMeter{
		Bore: 67.667124, Pipe: 102.270052, Plate: 16.65e-6, Tube: 11.16e-6, Reference: 20, Tap: Upstream, Expansion: Expansion1992,
	}
	c := SIConditions{
		T: -160.0 / 9, P: 1378.9514586336722, DP: 56.211 * 6.894757293168361 / 27.707, Viscosity: 0.01352,
		Density: 2.0466 * 16.018463373960142, BaseDensity: 0.116198 * 16.018463373960142, K: 1.3198,
	}
	f, err := m.US().Flow(c.US())
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(f.Mass, want.Mass, 1e-9) || !closeTo(f.Base, want.Base, 1e-9) {
		t.Errorf("metric inputs give %v lbm/h and %v ft3/h, want %v and %v", f.Mass, f.Base, want.Mass, want.Base)
	}
	if si := want.SI(); !closeTo(si.Mass, 8307.0843, 1e-7) || !closeTo(si.Base, 4463.0230, 1e-7) {
		t.Errorf("%v kg/h and %v m3/h, want 8307.0843 and 4463.0230", si.Mass, si.Base)
	}
}

// The samples, and the sum over those of flow, are the averaging example of a measurement handbook: the sum was computed
// independently. The cut-off is 0.5 inches of water.
func TestIntegral(t *testing.T) {
	hw := []float64{50, 52, 49, 0.2, 0, 51, 60, 62, 0, 48}
	pf := []float64{600, 601, 599, 602, 603, 600.5, 598, 597.5, 602.5, 600}
	var sum Integral
	for i := range hw {
		if hw[i] < 0.5 {
			continue
		}
		if err := sum.Add(hw[i], pf[i], 1); err != nil {
			t.Fatal(err)
		}
	}
	if !closeTo(sum.Sum*3600, 1247.9067692583876, 1e-14) || !closeTo(sum.Hours*3600, 7, 1e-14) {
		t.Errorf("integral %v over %v s, want 1247.9067692583876 over 7", sum.Sum*3600, sum.Hours*3600)
	}
	v, err := Integral{Sum: 2}.Volume(1500, gas.USInterstate)
	if err != nil || v != (gas.Volume{Value: 3000, Unit: gas.CubicFoot, Base: gas.USInterstate}) {
		t.Errorf("volume %v, %v; want 3000 ft3", v, err)
	}
	if v, err := (Integral{Sum: 2}).Volume(math.NaN(), gas.USInterstate); err == nil {
		t.Errorf("a multiplier that is no number gives %v", v)
	}
	for _, bad := range [][3]float64{{-1, 600, 1}, {1, 0, 1}, {1, 600, -1}, {math.NaN(), 600, 1}, {1, math.Inf(1), 1}, {1, 600, 1e9}} {
		var ranged *quantity.RangeError
		if err := (&Integral{}).Add(bad[0], bad[1], bad[2]); !errors.As(err, &ranged) {
			t.Errorf("sample %v: error %v, want a range error", bad, err)
		}
	}
}

// An hour of steady flow is the flow rate: the integral and the multiplier give what the equation gives.
func TestIntegralIsFlow(t *testing.T) {
	v := vectors[2]
	f, err := v.meter(Expansion1992).Flow(v.conditions())
	if err != nil {
		t.Fatal(err)
	}
	var sum Integral
	for range 3600 {
		if err := sum.Add(v.inH2O, v.psia, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := sum.Volume(f.Coefficient, gas.API); err != nil || !closeTo(got.Value, f.Base, 1e-12) {
		t.Errorf("an hour gives %v, %v; want %v ft3", got, err, f.Base)
	}
}

// The sensitivities are the derivatives of the flow: found here by moving each cause a little, with Cd and Y held.
func TestSensitivities(t *testing.T) {
	const d, pipe, h = 2.0, 4.0, 1e-6
	flow := func(d, pipe float64) float64 { return d * d / math.Sqrt(1-math.Pow(d/pipe, 4)) }
	c, err := Sensitivities(d / pipe)
	if err != nil {
		t.Fatal(err)
	}
	bore := (flow(d*(1+h), pipe) - flow(d*(1-h), pipe)) / (2 * h * flow(d, pipe))
	tube := (flow(d, pipe*(1+h)) - flow(d, pipe*(1-h))) / (2 * h * flow(d, pipe))
	if !closeTo(c.Bore, bore, 1e-8) || !closeTo(c.Pipe, tube, 1e-8) {
		t.Errorf("bore %v pipe %v, want %v and %v", c.Bore, c.Pipe, bore, tube)
	}
	if c.Cd != 1 || c.Y != 1 || c.DP != 0.5 || c.P != 0.5 || c.T != -0.5 || c.Z != -0.5 {
		t.Errorf("sensitivities %+v", c)
	}
}

func TestUncertainty(t *testing.T) {
	// 0.44 % of Cd, 0.05 % of d at beta 0.5 (2/(1-1/16) = 2.1333...), 0.25 % of DP: sqrt(0.1936 + 0.011378 + 0.015625).
	got, err := Uncertainty(0.5, Relative{Cd: 0.44, Bore: 0.05, DP: 0.25})
	if err != nil || !closeTo(got, 0.46968370, 1e-7) {
		t.Errorf("uncertainty %v %%, %v; want 0.46968370", got, err)
	}
	for _, beta := range []float64{0, 1, -0.5, math.NaN()} {
		if _, err := Uncertainty(beta, Relative{}); err == nil {
			t.Errorf("diameter ratio %v was taken", beta)
		}
	}
	for _, u := range []Relative{{Cd: -1}, {Z: math.NaN()}, {P: math.Inf(1)}} {
		if _, err := Uncertainty(0.5, u); err == nil {
			t.Errorf("uncertainty %+v was taken", u)
		}
	}
}

func TestFlowDoesNotAllocate(t *testing.T) {
	m, c := vectors[2].meter(Expansion1992), vectors[2].conditions()
	if n := testing.AllocsPerRun(100, func() { _, _ = m.Flow(c) }); n != 0 {
		t.Errorf("%v allocations a flow, want none", n)
	}
}

func FuzzFlow(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.tF, v.psia, v.inH2O, v.d, v.D, v.mu, v.rho, v.rhoBase, v.k, 9.25e-6, 6.2e-6, 68.0, uint8(1), uint8(1))
	}
	f.Add(60.0, 0.01, 0.27, 3.99, 4.0, 1e6, 1e-6, 1e-6, 0.5, 1e-4, 0.0, 200.0, uint8(2), uint8(2))
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, 1e300, 0.0, -1.0, math.Inf(-1), -1.0, 1.0, 1.0, 0.0, uint8(3), uint8(0))
	f.Fuzz(func(t *testing.T, tF, psia, inH2O, d, pipe, mu, rho, rhoBase, k, plate, tube, ref float64, tap, y uint8) {
		m := Meter{Bore: d, Pipe: pipe, Plate: plate, Tube: tube, Reference: ref, Tap: Tap(tap), Expansion: Expansion(y)}
		c := Conditions{T: tF, P: psia, DP: inH2O, Viscosity: mu, Density: rho, BaseDensity: rhoBase, K: k, Incompressible: k == 0}
		flow, err := m.Flow(c)
		if err != nil {
			if flow != (Flow{}) {
				t.Fatalf("%v, and yet %+v", err, flow)
			}
			return
		}
		for _, x := range []float64{flow.Mass, flow.Base, flow.Coefficient, flow.Reynolds, flow.Cd, flow.Y, flow.Ev} {
			if !(x >= 0) || math.IsInf(x, 1) {
				t.Fatalf("%+v at %+v gives %+v", m, c, flow)
			}
		}
		if cd, _ := newCoefficients(flow.Beta, flow.Pipe).at(reynoldsOverFI / max(flow.Reynolds, reynoldsOverFI*flow.Cd/maxFI)); inH2O > 0 && !closeTo(cd, flow.Cd, 1e-12) {
			t.Fatalf("Cd = %v at Re = %v, but the equation gives %v", flow.Cd, flow.Reynolds, cd)
		}
	})
}

func BenchmarkOrifice(b *testing.B) {
	b.ReportAllocs()
	m, c := vectors[2].meter(Expansion1992), vectors[2].conditions()
	for b.Loop() {
		if _, err := m.Flow(c); err != nil {
			b.Fatal(err)
		}
	}
}
