package gerg

import (
	"errors"
	"math"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

func TestTwoDensities(t *testing.T) {
	for _, x := range twoDensities {
		m := mixture(t, x.x)
		d, err := m.Density(x.t, x.p)
		if err != nil {
			t.Error(err)
		}
		near(t, "density of the gas", d, x.gas)
		d, err = m.DensityLiquid(x.t, x.p)
		if err != nil {
			t.Error(err)
		}
		near(t, "density of the liquid", d, x.liquid)
		for _, want := range []float64{x.gas, x.liquid} {
			d, err := m.DensityFrom(x.t, x.p, want*1.01)
			if err != nil {
				t.Error(err)
			}
			near(t, "density from a guess", d, want)
		}
	}
}

// lng is a liquefied natural gas.
var lng = gas.Composition{gas.Methane: 0.92, gas.Nitrogen: 0.005, gas.Ethane: 0.05, gas.Propane: 0.02, gas.Isobutane: 0.005}

// TestLiquid: liquids under so little pressure that the NIST code finds none.
func TestLiquid(t *testing.T) {
	for _, x := range []struct {
		x    gas.Composition
		t, p float64
	}{{lng, 112, 200}, {lng, 130, 600}, {gas.Composition{gas.Methane: 1}, 111, 500}, {gas.Composition{gas.NButane: 1}, 310, 300}} {
		m := mixture(t, x.x)
		d, err := m.DensityLiquid(x.t, x.p)
		if err != nil {
			t.Error(err)
			continue
		}
		p, err := m.Properties(x.t, d)
		if err != nil || d < 2*m.dc || math.Abs(p.P-x.p) > 1e-12*p.DPDD*d {
			t.Errorf("at %v K and %v kPa the density is %v mol/dm3, and its pressure %v kPa: %v", x.t, x.p, d, p.P, err)
		}
	}
	// At its critical temperature nothing boils.
	m := mixture(t, gas.Composition{gas.Methane: 1})
	if d, err := m.DensityLiquid(191, 100); err == nil && d > m.dc {
		t.Errorf("methane at 191 K and 1 bar is liquid: %v mol/dm3", d)
	}
}

// TestNoDensity: far below the freezing point of decane and water there is a pressure for which the search finds nothing.
func TestNoDensity(t *testing.T) {
	m := mixture(t, gas.Composition{gas.NDecane: 0.5, gas.Water: 0.5})
	found := 0
	for T := 20.0; T < 200; T += 20 {
		switch d, err := m.Density(T, 1e4); {
		case errors.Is(err, gas.ErrNoConvergence):
			found++
			if d != 0 {
				t.Errorf("density %v comes with %v", d, err)
			}
		case err != nil:
			t.Error(err)
		}
	}
	if found == 0 {
		t.Error("a density is found everywhere")
	}
}

// TestVacuum: without pressure there is no gas, and with hardly any it is ideal.
func TestVacuum(t *testing.T) {
	m := mixture(t, example)
	for name, f := range map[string]func(T, P float64) (float64, error){
		"Density": m.Density, "DensityLiquid": m.DensityLiquid,
		"DensityFrom": func(T, P float64) (float64, error) { return m.DensityFrom(T, P, 1) },
		"Pressure":    m.Pressure,
	} {
		if d, err := f(300, 0); d != 0 || err != nil {
			t.Errorf("%s at 0 is %v, %v", name, d, err)
		}
	}
	for _, p := range []float64{1e-300, 1e-16, 1e-15, 2e-15, 1e-9, 1e-6} {
		d, err := m.Density(300, p)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "density", d, p/(gasConstant*300))
	}
}

// TestRoundTrip: the density of a gas is the one that has its pressure, from wherever the search begins, to the last digits.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mixture(t, pipelineGas(t))
		T := rapid.Float64Range(250, 450).Draw(t, "T")
		want := rapid.Float64Range(1e-6, 12).Draw(t, "D")
		p, err := m.Properties(T, want)
		if err != nil {
			t.Fatal(err)
		}
		sharp := 1e-13 * max(1, gasConstant*T/p.DPDD)
		for name, f := range map[string]func() (float64, error){
			"Density":       func() (float64, error) { return m.Density(T, p.P) },
			"DensityLiquid": func() (float64, error) { return m.DensityLiquid(T, p.P) },
			"DensityFrom": func() (float64, error) {
				return m.DensityFrom(T, p.P, want*rapid.Float64Range(0.5, 2).Draw(t, "guess"))
			},
		} {
			if got, err := f(); err != nil || !(math.Abs(got/want-1) <= sharp) {
				t.Errorf("%s at %v K and %v kPa is %v, %v; want %v", name, T, p.P, got, err, want)
			}
		}
	})
}

// TestGoroutines: one Mixture serves many at once, and nothing is remembered from call to call.
func TestGoroutines(t *testing.T) {
	m := mixture(t, example)
	states := [][2]float64{{300, 5000}, {150, 9000}, {280, 100}, {400, 50_000}, {230, 3000}}
	var want [5]float64
	for i, s := range states {
		want[i], _ = m.Density(s[0], s[1])
	}
	var wait sync.WaitGroup
	for k := range 8 {
		wait.Go(func() {
			for n := range 50 {
				i := (n*k + n) % len(states)
				if d, err := m.Density(states[i][0], states[i][1]); d != want[i] || err != nil {
					t.Errorf("density at %v is %v, %v; at first it was %v", states[i], d, err, want[i])
				}
			}
		})
	}
	wait.Wait()
}

func TestNoAllocations(t *testing.T) {
	m := mixture(t, example)
	for name, f := range map[string]func(){
		"Density":       func() { _, _ = m.Density(300, 5000) },
		"DensityLiquid": func() { _, _ = m.DensityLiquid(160, 5000) },
		"DensityFrom":   func() { _, _ = m.DensityFrom(300, 5000, 2) },
		"Pressure":      func() { _, _ = m.Pressure(300, 2) },
		"Properties":    func() { _, _ = m.Properties(300, 2) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// FuzzEquation: no input makes the equation panic or return what is no number without an error, and what it returns as a density
// has the pressure that was asked for.
func FuzzEquation(f *testing.F) {
	f.Add(300.0, 5000.0, 2.0, 0.9, 0.05, 0.05, uint8(0), uint8(1), uint8(3))
	f.Add(1.0, 1e7, 1096.0, 1.0, 1.0, 1.0, uint8(13), uint8(14), uint8(19))
	f.Add(5000.0, 1e-15, 1e-12, 1e-300, 1.0, 0.0, uint8(17), uint8(2), uint8(18))
	f.Add(110.0, 100.0, 26.0, 1.0, 0.05, 0.02, uint8(0), uint8(3), uint8(4))
	f.Add(190.564, 4599.2, 10.139, 1.0, 0.0, 0.0, uint8(0), uint8(0), uint8(0))
	f.Add(math.NaN(), math.Inf(1), -1.0, 1.0, 1.0, 1.0, uint8(5), uint8(6), uint8(7))
	f.Add(99.0, 8000.0, 9.8, 0.8, 0.05, 0.1, uint8(0), uint8(16), uint8(14))
	f.Fuzz(func(t *testing.T, T, P, D, x, y, z float64, a, b, c uint8) {
		var amounts gas.Composition
		amounts[a%gas.Components] += x
		amounts[b%gas.Components] += y
		amounts[c%gas.Components] += z
		fractions, err := gas.Normalize(amounts)
		if err != nil {
			return
		}
		m, err := New(fractions)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func() (float64, error){
			"Density":       func() (float64, error) { return m.Density(T, P) },
			"DensityLiquid": func() (float64, error) { return m.DensityLiquid(T, P) },
			"DensityFrom":   func() (float64, error) { return m.DensityFrom(T, P, D) },
		} {
			d, err := f()
			if err != nil {
				known(t, err)
				continue
			}
			if !(d >= 0 && d <= 2*maxDensity) {
				t.Fatalf("%s at %v K and %v kPa is %v", name, T, P, d)
			}
			if d >= minDensity && d <= maxDensity {
				p, err := m.Properties(T, d)
				known(t, err)
				if !(math.Abs(p.P-P) <= 1e-8*(P+math.Abs(p.DPDD)*d)) {
					t.Fatalf("%s at %v K and %v kPa is %v, of pressure %v kPa and dP/dD %v", name, T, P, d, p.P, p.DPDD)
				}
			}
		}
		p, err := m.Pressure(T, D)
		known(t, err)
		if math.IsNaN(p) || math.IsInf(p, 0) {
			t.Fatalf("pressure at %v K and %v mol/dm3 is %v, %v", T, D, p, err)
		}
		q, err := m.Properties(T, D)
		known(t, err)
		sum := q.P + q.Z + q.DPDD + q.D2PDD2 + q.DPDT + q.U + q.H + q.S + q.Cv + q.Cp + q.W + q.G + q.JT + q.Kappa
		if err == nil && (math.IsNaN(sum) || math.IsInf(sum, 0) || q.W <= 0) {
			t.Fatalf("properties at %v K and %v mol/dm3 are %+v", T, D, q)
		}
	})
}

// known refuses errors that are not those of the equations of state.
func known(t *testing.T, err error) {
	t.Helper()
	var outside *quantity.RangeError
	if err != nil && !errors.As(err, &outside) && !errors.Is(err, gas.ErrUnstable) && !errors.Is(err, gas.ErrNoConvergence) {
		t.Fatal(err)
	}
}
