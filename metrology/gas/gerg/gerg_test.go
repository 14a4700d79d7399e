package gerg

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// example is the composition that the NIST code is published with: all 21 components.
var example = gas.Composition{
	0.77824, 0.02, 0.06, 0.08, 0.03, 0.0015, 0.003, 0.0005, 0.00165, 0.00215, 0.00088, 0.00024, 0.00015, 0.00009, 0.004, 0.005, 0.002,
	0.0001, 0.0025, 0.007, 0.001,
}

// mixture returns the equation for amounts in any unit.
func mixture(t interface {
	Helper()
	Fatal(...any)
}, amounts gas.Composition) *Mixture {
	t.Helper()
	x, err := gas.Normalize(amounts)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(x)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tolerance is relative: what results must agree to on every platform.
const tolerance = 1e-9

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %.15g, want %.15g: off by %.2g of it", what, got, want, got/want-1)
	}
}

// TestExample is the published test of the NIST code, but for d2P/dD2: the 1130.481239114938 that it prints is not what the code
// gives.
func TestExample(t *testing.T) {
	m := mixture(t, example)
	d, err := m.Density(400, 50_000)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Properties(400, d)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "molar mass", m.MolarMass(), 20.54274450160000)
	near(t, "density", d, 12.79828626082062)
	near(t, "M", p.M, 20.54274450160000)
	near(t, "T", p.T, 400)
	near(t, "P", p.P, 50_000)
	near(t, "D", p.D, 12.79828626082062)
	near(t, "Z", p.Z, 1.174690666383717)
	near(t, "dP/dD", p.DPDD, 7000.694030193327)
	near(t, "d2P/dD2", p.D2PDD2, 1129.526655214841)
	near(t, "dP/dT", p.DPDT, 235.9832292593096)
	near(t, "U", p.U, -2746.492901212530)
	near(t, "H", p.H, 1160.280160510973)
	near(t, "S", p.S, -38.57590392409089)
	near(t, "Cv", p.Cv, 39.02948218156372)
	near(t, "Cp", p.Cp, 58.45522051000366)
	near(t, "W", p.W, 714.4248840596024)
	near(t, "G", p.G, 16590.64173014733)
	near(t, "JT", p.JT, 7.155629581480913e-05)
	near(t, "Kappa", p.Kappa, 2.683820255058032)
	near(t, "Z by the gas constant", p.P/(d*m.GasConstant()*400), p.Z)
}

// hold compares the properties at a temperature and density with a point, and the way back from its pressure.
func (x point) hold(t *testing.T, m *Mixture) {
	t.Helper()
	p, err := m.Properties(x.t, x.d)
	if err != nil {
		t.Errorf("at %v K and %v mol/dm3: %v", x.t, x.d, err)
	}
	near(t, "P", p.P/1000, x.p)
	near(t, "Cv", p.Cv, x.cv)
	near(t, "Cp", p.Cp, x.cp)
	near(t, "W", p.W, x.w)
	pressure, err := m.Pressure(x.t, x.d)
	if err != nil {
		t.Error(err)
	}
	near(t, "Pressure", pressure/1000, x.p)
	d, err := m.DensityFrom(x.t, pressure, x.d)
	if err != nil {
		t.Error(err)
	}
	near(t, "D", d, x.d)
}

func TestBinaries(t *testing.T) {
	for _, x := range binaries {
		t.Run(x.a.String()+"-"+x.b.String(), func(t *testing.T) {
			var amounts gas.Composition
			amounts[x.a], amounts[x.b] = 1, 1
			x.hold(t, mixture(t, amounts))
		})
	}
}

func TestNaturalGases(t *testing.T) {
	for _, g := range naturalGases {
		m := mixture(t, g.x)
		for _, x := range g.points {
			x.hold(t, m)
		}
	}
}

func TestAppendixB(t *testing.T) {
	for _, x := range appendixB {
		t.Run(x.gas, func(t *testing.T) { x.hold(t, mixture(t, referenceGases[x.gas])) })
	}
}

func TestISO20765(t *testing.T) {
	for _, x := range iso20765 {
		t.Run(x.gas, func(t *testing.T) {
			m := mixture(t, referenceGases[x.gas])
			d, err := m.Density(x.t, x.p*1000)
			if err != nil {
				t.Fatal(err)
			}
			p, err := m.Properties(x.t, d)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "D", d, x.d)
			near(t, "Z", p.Z, x.z)
			near(t, "W", p.W, x.w)
		})
	}
}

func TestPipelines(t *testing.T) {
	for _, x := range pipelines {
		t.Run(x.gas, func(t *testing.T) {
			m := mixture(t, referenceGases[x.gas])
			T := gas.Fahrenheit(x.f)
			d, err := m.Density(T, gas.Psi(x.psia))
			if err != nil {
				t.Fatal(err)
			}
			p, err := m.Properties(T, d)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "D", d, x.d)
			near(t, "Z", p.Z, x.z)
			near(t, "W", p.W, x.w)
			near(t, "Kappa", p.Kappa, x.kappa)
		})
	}
}

// TestResidual holds the slots, in which terms are gathered, against the equation as it is published: term by term, fluid by fluid
// and pair by pair.
func TestResidual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := anyGas(t)
		m := mixture(t, x)
		x, _ = gas.Normalize(x)
		tau := rapid.Float64Range(0.2, 5).Draw(t, "tau")
		delta := rapid.Float64Range(1e-4, 4).Draw(t, "delta")
		a, a1, a2 := m.residual.inTau(tau)
		f, g, h := a.at(delta), a1.at(delta), a2.at(delta)
		var want, size [6]float64 // the energy, its three derivatives by ln delta, and two by tau; the same without signs
		term := func(n, d, tt, e, g1, g2, g3 float64) {
			v, s := n*math.Pow(delta, d)*math.Pow(tau, tt)*e, d+g1
			for i, by := range [6]float64{1, s, s*s + g2, s*s*s + 3*s*g2 + g3, tt, tt * (tt - 1)} {
				want[i] += v * by
				size[i] += math.Abs(v) * (1 + math.Abs(s*s*s) + math.Abs(3*s*g2+g3) + tt*tt)
			}
		}
		for i, xi := range x {
			for k, e := range fluids[i].form {
				c := float64(e.c)
				power := math.Pow(delta, c)
				if c == 0 {
					power = 0
				}
				term(xi*fluids[i].n[k], float64(e.d), e.t, math.Exp(-power), -c*power, -c*c*power, -c*c*c*power)
			}
		}
		for _, pair := range departures {
			for _, e := range pair.terms {
				y := delta - 0.5
				linear, square := (e.beta-e.eta)*delta, e.eta*delta*delta
				term(x[pair.i]*x[pair.j]*pair.weight*e.n, float64(e.d), e.t, math.Exp(-e.eta*y*y-e.beta*y),
					-linear-2*square, -linear-4*square, -linear-8*square)
			}
		}
		for i, got := range [6]float64{f.f0, f.f1, f.f2, f.f3, g.f0, h.f0} {
			if !(math.Abs(got-want[i]) <= 1e-13*size[i]) {
				t.Fatalf("sum %d at tau %v and delta %v is %v, term by term %v", i, tau, delta, got, want[i])
			}
		}
		if plain := m.residual.at(tau); !(math.Abs(plain.at(delta).f1-f.f1) <= 1e-13*size[1]) {
			t.Fatalf("%v, %v with the temperature derivatives", plain.at(delta).f1, f.f1)
		}
	})
}

// anyGas draws a mixture of any components.
func anyGas(t *rapid.T) (x gas.Composition) {
	for i := range rapid.IntRange(1, gas.Components).Draw(t, "components") {
		c := rapid.IntRange(0, gas.Components-1).Draw(t, "component")
		x[c] += rapid.Float64Range(0.001, 1).Draw(t, "amount") / float64(i+1)
	}
	return x
}

// pipelineGas draws a natural gas.
func pipelineGas(t *rapid.T) gas.Composition {
	x := gas.Composition{gas.Methane: 1}
	for c, most := range map[gas.Component]float64{
		gas.Nitrogen: 0.2, gas.CarbonDioxide: 0.1, gas.Ethane: 0.1, gas.Propane: 0.04, gas.Isobutane: 0.006, gas.NButane: 0.006,
		gas.NPentane: 0.002, gas.NHexane: 0.001, gas.Hydrogen: 0.1, gas.Water: 0.0001, gas.Helium: 0.005,
	} {
		x[c] = rapid.Float64Range(0, most).Draw(t, c.String())
	}
	return x
}

// TestPowers: every power of tau that the equation has is found among the few that are computed.
func TestPowers(t *testing.T) {
	for _, tau := range []float64{0.1, 0.7, 1, 2.3, 30} {
		var p powers
		p.of(tau)
		check := func(exponent float64) {
			q := powerOf(exponent)
			if got := q.exponent(); math.Abs(got-exponent) > 1e-14 {
				t.Errorf("exponent %v is taken for %v", exponent, got)
			}
			if got, want := p.at(q), math.Pow(tau, exponent); !(math.Abs(got-want) <= 2e-14*want) {
				t.Errorf("%v^%v is %v, want %v", tau, exponent, got, want)
			}
		}
		for _, f := range fluids {
			for _, e := range f.form {
				check(e.t)
			}
		}
		for _, d := range departures {
			for _, e := range d.terms {
				check(e.t)
			}
		}
	}
}

// TestFall: as good as math.Exp.
func TestFall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(0, 699).Draw(t, "x")
		if got, want := fall(x), math.Exp(-x); !(math.Abs(got-want) <= 1e-15*want) {
			t.Fatalf("exp(-%v) is %v, want %v", x, got, want)
		}
	})
	for _, x := range []float64{700, 1e300, math.Inf(1)} {
		if got := fall(x); got != 0 {
			t.Errorf("exp(-%v) is %v, want 0", x, got)
		}
	}
	if got := fall(0); got != 1 {
		t.Errorf("exp(0) is %v", got)
	}
}

// TestThermodynamics holds the properties to the relations between them, derivatives by differences among them.
func TestThermodynamics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mixture(t, pipelineGas(t))
		T := rapid.Float64Range(240, 440).Draw(t, "T")
		d := rapid.Float64Range(0.01, 12).Draw(t, "D")
		p, err := m.Properties(T, d)
		if err != nil {
			t.Fatal(err)
		}
		const h = 1e-4
		at := func(T, d float64) gas.Properties {
			q, err := m.Properties(T, d)
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		hot, cold, dense, thin := at(T*(1+h), d), at(T*(1-h), d), at(T, d*(1+h)), at(T, d*(1-h))
		rt := gasConstant * T
		for _, x := range []struct {
			what             string
			got, want, scale float64
		}{
			{"H = U + P/D", p.H, p.U + p.P/d, 1e-9 * rt},
			{"G = H - TS", p.G, p.H - T*p.S, 1e-9 * rt},
			{"Z", p.Z, p.P / (d * rt), 1e-9},
			{"Cp-Cv", p.Cp - p.Cv, T * p.DPDT * p.DPDT / (d * d * p.DPDD), 1e-9 * gasConstant},
			{"w^2", p.W * p.W, 1000 * p.Cp / p.Cv * p.DPDD / p.M, 1e-3},
			{"kappa", p.Kappa, p.W * p.W * p.M / (1000 * rt * p.Z), 1e-9},
			{"JT", p.JT * p.Cp * d, T/d*p.DPDT/p.DPDD - 1, 1e-9},
			{"dP/dD", p.DPDD, (dense.P - thin.P) / (2 * h * d), 1e-5 * rt},
			{"d2P/dD2", p.D2PDD2 * d, (dense.DPDD - thin.DPDD) / (2 * h), 1e-5 * rt},
			{"dP/dT", p.DPDT / d, (hot.P - cold.P) / (2 * h * T * d), 1e-5 * gasConstant},
			{"Cv", p.Cv, (hot.U - cold.U) / (2 * h * T), 1e-5 * gasConstant},
			{"Cv by S", p.Cv, (hot.S - cold.S) / (2 * h), 1e-5 * gasConstant},
			{"dS/dD", (dense.S - thin.S) / (2 * h), -p.DPDT / d, 1e-5 * gasConstant},
		} {
			if !(math.Abs(x.got-x.want) <= x.scale) {
				t.Errorf("%s: %v and %v at %v K and %v mol/dm3", x.what, x.got, x.want, T, d)
			}
		}
	})
}

// TestIdealGas: a vacuum is an ideal gas, and its Joule-Thomson coefficient that of the second virial coefficient.
func TestIdealGas(t *testing.T) {
	m := mixture(t, example)
	p, err := m.Properties(300, 1e-12)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Z", p.Z, 1)
	near(t, "Cp-Cv", p.Cp-p.Cv, gasConstant)
	near(t, "dP/dD", p.DPDD, gasConstant*300)
	b := func(T float64) float64 { // dm3/mol
		q, err := m.Properties(T, 1e-12)
		if err != nil {
			t.Fatal(err)
		}
		return q.D2PDD2 / (2 * gasConstant * T)
	}
	dbdt := (b(300.3) - b(299.7)) / 0.6
	if want := (300*dbdt - b(300)) / p.Cp; math.Abs(p.JT-want) > 1e-5*want {
		t.Errorf("JT is %v, want %v", p.JT, want)
	}
}

func TestRangeOf(t *testing.T) {
	for _, x := range []struct {
		t, p float64
		want gas.Range
	}{
		{288.15, 101.325, gas.NormalRange}, {90, 0, gas.NormalRange}, {450, 35_000, gas.NormalRange},
		{89, 100, gas.ExtendedRange}, {451, 100, gas.ExtendedRange}, {300, 35_001, gas.ExtendedRange}, {60, 70_000, gas.ExtendedRange},
		{59, 100, gas.OutsideRange}, {701, 100, gas.OutsideRange}, {300, 70_001, gas.OutsideRange}, {300, -1, gas.OutsideRange},
		{math.NaN(), 100, gas.OutsideRange}, {300, math.NaN(), gas.OutsideRange},
	} {
		if got := RangeOf(x.t, x.p); got != x.want {
			t.Errorf("%v K and %v kPa: %s, want %s", x.t, x.p, got, x.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	if _, err := New(gas.Composition{gas.Methane: 96.5}); err == nil {
		t.Error("percent are taken for fractions")
	}
	m := mixture(t, example)
	nan, inf := math.NaN(), math.Inf(1)
	density := func(f func(T, P float64) (float64, error)) func(float64, float64) error {
		return func(T, P float64) error { _, err := f(T, P); return err }
	}
	from := func(T, P float64) (float64, error) { return m.DensityFrom(T, P, 1) }
	for name, f := range map[string]func(float64, float64) error{
		"Density": density(m.Density), "DensityLiquid": density(m.DensityLiquid), "DensityFrom": density(from),
		"Pressure":     density(m.Pressure),
		"Properties":   func(T, D float64) error { _, err := m.Properties(T, D); return err },
		"guess":        func(guess, _ float64) error { _, err := m.DensityFrom(300, 1000, guess); return err },
		"Pressure (T)": func(T, _ float64) error { _, err := m.Pressure(T, 0); return err },
	} {
		for _, x := range [][2]float64{
			{nan, nan}, {-1, -1}, {inf, inf}, {-inf, -inf}, {0, nan}, {0, 1}, {300, nan}, {300, -1}, {300, inf}, {300, 1e8}, {1e9, 1},
		} {
			if (name == "guess" || name == "Pressure (T)") && x[0] == 300 {
				continue
			}
			var outside *quantity.RangeError
			if err := f(x[0], x[1]); !errors.As(err, &outside) {
				t.Errorf("%s(%v, %v): %v, want a RangeError", name, x[0], x[1], err)
			}
		}
	}
	if _, err := m.Properties(300, 0); err == nil {
		t.Error("a vacuum has an entropy")
	}
}

// TestUnstable: inside the two-phase region there is no speed of sound.
func TestUnstable(t *testing.T) {
	m := mixture(t, gas.Composition{gas.Methane: 1})
	p, err := m.Properties(150, 5)
	if !errors.Is(err, gas.ErrUnstable) {
		t.Errorf("error is %v", err)
	}
	if p.W != 0 || p.Kappa != 0 || p.DPDD >= 0 || p.T != 150 || p.D != 5 {
		t.Errorf("properties are %+v", p)
	}
	if pressure, err := m.Pressure(150, 5); err != nil || pressure != p.P {
		t.Errorf("pressure is %v, %v; want %v", pressure, err, p.P)
	}
}
