package gross

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// The figures that this package is held against are from the public AGA8 code of NIST at commit
// 3bdb9ab8ff317c618b0b59d1b704c2c86ddc5fce: its example, and in TESTDATA/Tables.xls the values of the AGA 8 document of 1994.

var _ gas.Equation = (*Mixture)(nil)

// rich is the gas of the example.
var rich = gas.Composition{
	.77824, .02, .06, .08, .03, .0015, .003, .0005, .00165, .00215, .00088, .00024, .00015, .00009, .004, .005, .002, .0001, .0025, .007,
	.001,
}

// exampleConditions are the reference conditions of the example: combustion at 25 C, volumes at 0 C and 1 atm.
var exampleConditions = Conditions{Combustion: 298.15, T: 273.15, P: 101.325}

// near reports a got that is not want to 1e-9 of it.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
		t.Errorf("%s: %.15g, want %.15g, off by %.1e", what, got, want, got/want-1)
	}
}

func TestExample(t *testing.T) {
	m, err := New(rich)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "molar mass", m.MolarMass(), 20.54333051)
	near(t, "molar heating value", m.MolarHeatingValue(), 924.359178)
	hydrocarbon, nitrogen, carbonDioxide := m.Fractions()
	near(t, "hydrocarbon", hydrocarbon, 0.92)
	near(t, "nitrogen", nitrogen, 0.02)
	near(t, "carbon dioxide", carbonDioxide, 0.06)
	near(t, "molar heating value of the hydrocarbon", m.heating, 1004.738236956522)
	near(t, "density", must(t)(m.Density(300, 10000)), 5.117641317088482)
	near(t, "Z", must(t)(m.Z(300, 10000)), 0.7833795701012788)
	near(t, "gas constant", m.GasConstant(), 10000/(5.117641317088482*300*0.7833795701012788))
	near(t, "pressure", must(t)(m.Pressure(300, 5.117641317088482)), 10000)
	relative := must(t)(m.RelativeDensity(exampleConditions))
	near(t, "relative density", relative, 0.7112387718599272)
	heating := m.MolarHeatingValue() * must(t)(m.Density(exampleConditions.T, exampleConditions.P))
	near(t, "heating value", heating, 41.37676728724603)

	one, err := NewMethod1(exampleConditions, relative, heating, 0.06)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "density by method 1", must(t)(one.Density(300, 10000)), 5.144374668159809)

	two, err := NewMethod2(exampleConditions, relative, 0.02, 0.06)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "density by method 2", must(t)(two.Density(300, 10000)), 5.197833636353455)
	near(t, "heating value by method 2", must(t)(two.HeatingValue(exampleConditions)), 42.15440903329388)
	if m.Method() != MethodComposition || one.Method() != Method1 || two.Method() != Method2 {
		t.Errorf("methods: %q, %q, %q", m.Method(), one.Method(), two.Method())
	}
}

func must(t *testing.T) func(float64, error) float64 {
	return func(v float64, err error) float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// The gases of the document of 1994 as it gives them to methods 1 and 2: mole percent, relative density and heating value in MJ/m3,
// both at 60 F and 14.73 psia.
var gases1994 = [5]struct {
	name                                              string
	nitrogen, carbonDioxide, relativeDensity, heating float64
}{
	{"Gulf Coast", 0.2595, 0.5956, 0.581078, 38.6022},
	{"Amarillo", 3.1284, 0.4676, 0.608657, 38.5574},
	{"Ekofisk", 1.0068, 1.4954, 0.649521, 41.2871},
	{"high N2", 13.465, 0.985, 0.644869, 33.7797},
	{"high CO2", 5.702, 7.585, 0.686002, 34.7672},
}

// z1994 are the compressibility factors of those gases in the document of 1994, which prints six decimals.
var z1994 = []struct {
	method           int
	fahrenheit, psia float64
	z                [len(gases1994)]float64
}{
	{1, 32, 14.73, [len(gases1994)]float64{0.997407, 0.997309, 0.996792, 0.997681, 0.997220}},
	{1, 32, 100, [len(gases1994)]float64{0.982366, 0.981689, 0.978106, 0.984263, 0.981072}},
	{1, 32, 400, [len(gases1994)]float64{0.929232, 0.926413, 0.910923, 0.937409, 0.923693}},
	{1, 32, 600, [len(gases1994)]float64{0.894003, 0.889691, 0.865238, 0.906878, 0.885329}},
	{1, 32, 1000, [len(gases1994)]float64{0.826402, 0.819185, 0.775061, 0.849666, 0.810972}},
	{1, 32, 1200, [len(gases1994)]float64{0.795719, 0.787317, 0.733805, 0.824302, 0.777024}},
	{1, 50, 100, [len(gases1994)]float64{0.984414, 0.983812, 0.980587, 0.986158, 0.983275}},
	{1, 50, 200, [len(gases1994)]float64{0.968846, 0.967630, 0.961044, 0.972409, 0.966529}},
	{1, 50, 600, [len(gases1994)]float64{0.907424, 0.903679, 0.882290, 0.919027, 0.900017}},
	{1, 50, 800, [len(gases1994)]float64{0.877876, 0.872882, 0.843433, 0.893904, 0.867761}},
	{1, 50, 1200, [len(gases1994)]float64{0.823846, 0.816703, 0.771453, 0.849024, 0.808478}},
	{1, 100, 14.73, [len(gases1994)]float64{0.998359, 0.998294, 0.997941, 0.998556, 0.998238}},
	{1, 100, 200, [len(gases1994)]float64{0.977952, 0.977066, 0.972174, 0.980702, 0.976284}},
	{1, 100, 400, [len(gases1994)]float64{0.956520, 0.954752, 0.944771, 0.962169, 0.953149}},
	{1, 100, 800, [len(gases1994)]float64{0.916360, 0.912913, 0.892439, 0.928155, 0.909578}},
	{1, 100, 1000, [len(gases1994)]float64{0.898136, 0.893941, 0.868312, 0.913089, 0.889728}},
	{1, 130, 14.73, [len(gases1994)]float64{0.998652, 0.998598, 0.998299, 0.998822, 0.998549}},
	{1, 130, 100, [len(gases1994)]float64{0.990914, 0.990544, 0.988499, 0.992074, 0.990211}},
	{1, 130, 400, [len(gases1994)]float64{0.964671, 0.963207, 0.954862, 0.969461, 0.961840}},
	{1, 130, 600, [len(gases1994)]float64{0.948212, 0.946049, 0.933424, 0.955526, 0.943972}},
	{1, 130, 1000, [len(gases1994)]float64{0.918541, 0.915122, 0.894090, 0.931023, 0.911624}},
	{1, 130, 1200, [len(gases1994)]float64{0.905682, 0.901743, 0.876792, 0.920727, 0.897561}},
	{2, 32, 100, [len(gases1994)]float64{0.982375, 0.981701, 0.978120, 0.984272, 0.981083}},
	{2, 32, 200, [len(gases1994)]float64{0.964691, 0.963323, 0.955976, 0.968582, 0.962048}},
	{2, 32, 600, [len(gases1994)]float64{0.894059, 0.889768, 0.865334, 0.906940, 0.885400}},
	{2, 32, 800, [len(gases1994)]float64{0.859563, 0.853785, 0.819681, 0.877516, 0.847573}},
	{2, 32, 1200, [len(gases1994)]float64{0.795840, 0.787484, 0.734024, 0.824432, 0.777179}},
	{2, 50, 14.73, [len(gases1994)]float64{0.997705, 0.997618, 0.997151, 0.997957, 0.997540}},
	{2, 50, 200, [len(gases1994)]float64{0.968862, 0.967651, 0.961069, 0.972427, 0.966548}},
	{2, 50, 400, [len(gases1994)]float64{0.937919, 0.935459, 0.921743, 0.945356, 0.933134}},
	{2, 50, 800, [len(gases1994)]float64{0.877944, 0.872976, 0.843550, 0.893979, 0.867847}},
	{2, 50, 1000, [len(gases1994)]float64{0.849878, 0.843755, 0.806195, 0.870495, 0.837082}},
	{2, 100, 14.73, [len(gases1994)]float64{0.998360, 0.998295, 0.997943, 0.998557, 0.998239}},
	{2, 100, 100, [len(gases1994)]float64{0.988916, 0.988476, 0.986058, 0.990273, 0.988089}},
	{2, 100, 400, [len(gases1994)]float64{0.956544, 0.954785, 0.944810, 0.962196, 0.953178}},
	{2, 100, 600, [len(gases1994)]float64{0.935947, 0.933331, 0.918132, 0.944627, 0.930867}},
	{2, 100, 1000, [len(gases1994)]float64{0.898198, 0.894025, 0.868415, 0.913156, 0.889804}},
	{2, 100, 1200, [len(gases1994)]float64{0.881593, 0.876778, 0.846323, 0.899679, 0.871699}},
	{2, 130, 100, [len(gases1994)]float64{0.990919, 0.990551, 0.988507, 0.992080, 0.990217}},
	{2, 130, 200, [len(gases1994)]float64{0.981995, 0.981261, 0.977142, 0.984342, 0.980586}},
	{2, 130, 600, [len(gases1994)]float64{0.948242, 0.946091, 0.933474, 0.955560, 0.944010}},
	{2, 130, 800, [len(gases1994)]float64{0.932817, 0.930012, 0.913137, 0.942712, 0.927215}},
	{2, 130, 1200, [len(gases1994)]float64{0.905742, 0.901825, 0.876893, 0.920793, 0.897635}},
}

func TestDocumentOf1994(t *testing.T) {
	at := Conditions{Combustion: (60 + 459.67) / 1.8, T: (60 + 459.67) / 1.8, P: 14.73 * 6.894757293168}
	for i, g := range gases1994 {
		one, err := NewMethod1(at, g.relativeDensity, g.heating, g.carbonDioxide/100)
		if err != nil {
			t.Fatal(err)
		}
		two, err := NewMethod2(at, g.relativeDensity, g.nitrogen/100, g.carbonDioxide/100)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range z1994 {
			m := map[int]*Mixture{1: one, 2: two}[v.method]
			T, P := (v.fahrenheit+459.67)/1.8, v.psia*6.894757293168
			if z := must(t)(m.Z(T, P)); math.Abs(z-v.z[i]) > 2e-6 {
				t.Errorf("%s by method %d at %v F and %v psia: %.7f, want %v", g.name, v.method, v.fahrenheit, v.psia, z, v.z[i])
			}
			if m.RangeOf(T, P) != gas.NormalRange {
				t.Errorf("%s at %v F and %v psia is %s", g.name, v.fahrenheit, v.psia, m.RangeOf(T, P))
			}
		}
	}
}

// drawn are inputs of methods 1 and 2 that fit together, for they come from a gas that has a composition.
func drawn(t *rapid.T) (m *Mixture, at Conditions) {
	x := gas.Composition{gas.Methane: 80}
	for _, c := range []gas.Component{gas.Nitrogen, gas.CarbonDioxide, gas.Ethane} {
		x[c] = rapid.Float64Range(0, 10).Draw(t, c.String())
	}
	for c := gas.Propane; c <= gas.NHexane; c++ {
		x[c] = rapid.Float64Range(0, 1).Draw(t, c.String())
	}
	x, err := gas.Normalize(x)
	if err == nil {
		m, err = New(x)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m, Conditions{
		Combustion: rapid.Float64Range(273, 299).Draw(t, "combustion"),
		T:          rapid.Float64Range(273, 299).Draw(t, "reference T"), P: rapid.Float64Range(100, 103).Draw(t, "reference P"),
	}
}

// TestMethodsAgree: what method 2 says of the heating value leads method 1 to the same gas.
func TestMethodsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, at := drawn(t)
		relative, err := m.RelativeDensity(at)
		if err != nil {
			t.Fatal(err)
		}
		nitrogen := m.nitrogen + 1e-9 // method 1 refuses what rounding takes below 0
		two, err := NewMethod2(at, relative, nitrogen, m.carbonDioxide)
		if err != nil {
			t.Fatal(err)
		}
		heating, err := two.HeatingValue(at)
		if err != nil {
			t.Fatal(err)
		}
		one, err := NewMethod1(at, relative, heating, m.carbonDioxide)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(one.nitrogen-nitrogen) > 1e-12 || math.Abs(one.heating/two.heating-1) > 1e-12 {
			t.Errorf("nitrogen %v, heating value %v; want %v, %v", one.nitrogen, one.heating, nitrogen, two.heating)
		}
	})
}

// TestDensityIsTheRoot: a density has the pressure that it was asked for, no lesser one has, and more pressure gives more density.
func TestDensityIsTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, _ := drawn(t)
		T, P := rapid.Float64Range(250, 400).Draw(t, "T"), rapid.Float64Range(1e-3, 15000).Draw(t, "P")
		D, err := m.Density(T, P)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := m.Pressure(T, D); err != nil || math.Abs(back/P-1) > 1e-12 {
			t.Errorf("pressure at %v: %v, %v; want %v", D, back, err, P)
		}
		for i := range 100 {
			if less, err := m.Pressure(T, D*float64(i)/100); err != nil || less >= P {
				t.Errorf("pressure at %d %% of %v: %v, %v; want less than %v", i, D, less, err, P)
			}
		}
		if more, err := m.Density(T, P*1.0001); err != nil || more <= D {
			t.Errorf("density at more pressure: %v, %v; want more than %v", more, err, D)
		}
	})
}

// TestSolve: the root of isotherms with and without a loop, before it and behind it.
func TestSolve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := rapid.Float64Range(-0.3, 0.1).Draw(t, "b"), rapid.Float64Range(1e-3, 0.01).Draw(t, "c")
		p := rapid.Float64Range(1e-9, 50).Draw(t, "p")
		D, err := solve(b, c, p)
		if err != nil {
			t.Fatal(err)
		}
		at := func(D float64) float64 { return D * (1 + D*(b+D*c)) }
		if math.Abs(at(D)-p) > 1e-11*max(p, D) {
			t.Errorf("root %v has %v, want %v", D, at(D), p)
		}
		for i := range 1000 {
			if less := D * (1 - 1e-6) * float64(i) / 1000; at(less) > p {
				t.Fatalf("root %v, but %v has %v already, which is more than %v", D, less, at(less), p)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	m, err := New(rich)
	if err != nil {
		t.Fatal(err)
	}
	at := exampleConditions
	value := func(_ float64, err error) error { return err }
	mixture := func(_ *Mixture, err error) error { return err }
	var outside *quantity.RangeError
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e7} {
		for name, err := range map[string]error{
			"density at T":          value(m.Density(v, 100)),
			"density at P":          value(m.Density(300, v)),
			"pressure at T":         value(m.Pressure(v, 1)),
			"pressure at D":         value(m.Pressure(300, v)),
			"Z":                     value(m.Z(300, v)),
			"combustion":            value(m.HeatingValue(Conditions{v, 273, 101})),
			"reference temperature": value(m.RelativeDensity(Conditions{298, v, 101})),
			"reference pressure":    value(m.RelativeDensity(Conditions{298, 273, v})),
			"1, relative density":   mixture(NewMethod1(at, v, 40, 0.01)),
			"1, heating value":      mixture(NewMethod1(at, 0.6, v, 0.01)),
			"1, carbon dioxide":     mixture(NewMethod1(at, 0.6, 40, v)),
			"2, relative density":   mixture(NewMethod2(at, v, 0.01, 0.01)),
			"2, nitrogen":           mixture(NewMethod2(at, 0.6, v, 0.01)),
			"2, carbon dioxide":     mixture(NewMethod2(at, 0.6, 0.01, v)),
		} {
			if !errors.As(err, &outside) {
				t.Errorf("%s of %v: %v, want a RangeError", name, v, err)
			}
		}
	}
	for name, err := range map[string]error{
		"more heat than the density allows": mixture(NewMethod1(at, 0.6, 50, 0.01)), // nitrogen below 0
		"nothing but nitrogen and CO2":      mixture(NewMethod2(at, 1.2, 0.5, 0.5)),
		"more than all":                     mixture(NewMethod2(at, 1.2, 0.7, 0.7)),
	} {
		if !errors.As(err, &outside) {
			t.Errorf("%s: %v, want a RangeError", name, err)
		}
	}
	for name, err := range map[string]error{
		"too light to burn": mixture(NewMethod2(at, 0.2, 0.01, 0.01)),
		"nitrogen":          mixture(New(gas.Composition{gas.Nitrogen: 1})),
		"helium":            mixture(New(gas.Composition{gas.Helium: 1})),
		"hydrogen":          valueOfHydrogen(t),
	} {
		if !errors.Is(err, ErrHydrocarbon) {
			t.Errorf("%s: %v, want %v", name, err, ErrHydrocarbon)
		}
	}
	if _, err := New(gas.Composition{gas.Methane: 96}); err == nil {
		t.Error("a composition in percent is accepted")
	}
	if D, err := m.Density(300, 0); D != 0 || err != nil {
		t.Errorf("density at 0 kPa: %v, %v; want 0", D, err)
	}
	if z, err := m.Z(300, 0); z != 1 || err != nil {
		t.Errorf("Z at 0 kPa: %v, %v; want 1", z, err)
	}
}

// valueOfHydrogen returns what GROSS says to the density of hydrogen, which burns too little for a hydrocarbon.
func valueOfHydrogen(t *testing.T) error {
	m, err := New(gas.Composition{gas.Hydrogen: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Density(300, 1000)
	return err
}

func TestRangeOf(t *testing.T) {
	m, err := New(rich)
	if err != nil {
		t.Fatal(err)
	}
	sour, err := New(gas.Composition{gas.Methane: 0.6, gas.CarbonDioxide: 0.4})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		m    *Mixture
		T, P float64
		want gas.Range
	}{
		{m, 288.15, 101.325, gas.NormalRange}, {m, 273.15, 8273, gas.NormalRange}, {m, 327.59, 0, gas.NormalRange},
		{m, 273, 100, gas.OutsideRange}, {m, 328, 100, gas.OutsideRange}, {m, 300, 8274, gas.OutsideRange},
		{m, 300, -1, gas.OutsideRange}, {m, math.NaN(), 100, gas.OutsideRange},
		{sour, 288.15, 101.325, gas.OutsideRange},
	} {
		if got := v.m.RangeOf(v.T, v.P); got != v.want {
			t.Errorf("at %v K and %v kPa: %s, want %s", v.T, v.P, got, v.want)
		}
	}
}

// FuzzGross: no input panics, loops for ever or gives a number that is none.
func FuzzGross(f *testing.F) {
	f.Add(0.6, 38.0, 0.01, 0.01, 300.0, 5000.0)
	f.Add(0.711, 41.4, 0.02, 0.06, 200.0, 1e5)
	f.Add(5.0, 300.0, 0.0, 0.0, 400.0, 1e5)
	f.Add(0.6, 20.0, 0.3, 0.5, 200.0, 1e-9)
	f.Add(math.NaN(), math.Inf(1), -1.0, 2.0, 0.0, -1.0)
	f.Fuzz(func(t *testing.T, relativeDensity, heating, nitrogen, carbonDioxide, T, P float64) {
		one, err := NewMethod1(exampleConditions, relativeDensity, heating, carbonDioxide)
		holdsOrRefuses(t, one, err, T, P)
		two, err := NewMethod2(exampleConditions, relativeDensity, nitrogen, carbonDioxide)
		holdsOrRefuses(t, two, err, T, P)
	})
}

func holdsOrRefuses(t *testing.T, m *Mixture, err error, T, P float64) {
	var outside *quantity.RangeError
	var D, z float64
	if err == nil {
		D, err = m.Density(T, P)
	}
	if err == nil {
		z, err = m.Z(T, P)
	}
	if err != nil {
		if !errors.As(err, &outside) && !errors.Is(err, ErrHydrocarbon) && !errors.Is(err, gas.ErrNoConvergence) {
			t.Fatal(err)
		}
		return
	}
	back, err := m.Pressure(T, D)
	if err != nil || !(math.Abs(back-P) <= 1e-9*max(P, D*gasConstant*T)) || !(z > 0) || math.IsInf(z, 0) {
		t.Fatalf("%v K, %v kPa: density %v, Z %v, pressure %v, %v", T, P, D, z, back, err)
	}
}

// TestNoAllocations: a gateway calls these for every meter every second.
func TestNoAllocations(t *testing.T) {
	m, err := New(rich)
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		if _, err := m.Z(300, 6000); err != nil {
			t.Error(err)
		}
		if _, err := m.Pressure(300, 3); err != nil {
			t.Error(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkDensity(b *testing.B) {
	m, err := New(rich)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		const n = 100000
		if _, err := m.Density(280+48*float64(i*7919%n)/n, 2000+6000*float64(i*104729%n)/n); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkMethod1AndDensity(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		m, err := NewMethod1(exampleConditions, 0.7112387718599272, 41.37676728724603, 0.06)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Density(300, 6000); err != nil {
			b.Fatal(err)
		}
	}
}
