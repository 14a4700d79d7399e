package gas_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// fixed is an equation of state that knows two compressibility factors: one at base pressures, one above.
type fixed struct {
	zf, zb float64
	molar  float64
}

func (e fixed) MolarMass() float64 { return e.molar }

func (e fixed) z(p float64) float64 {
	if p < 200 {
		return e.zb
	}
	return e.zf
}

func (e fixed) Density(t, p float64) (float64, error) {
	return p / (e.z(p) * gas.GasConstant * t), nil
}

// own is the same with a gas constant of its own, that of AGA 8 DETAIL.
type own struct{ fixed }

func (e own) GasConstant() float64 { return 8.31451 }

func (e own) Density(t, p float64) (float64, error) { return p / (e.z(p) * 8.31451 * t), nil }

// The worked example of a measurement handbook: Gulf Coast gas, 125 000 ft3 at 72 F and 600 psig, 14.45 psia barometer, to 14.73
// psia and 60 F. The compressibilities are those of NIST's AGA 8 program, by DETAIL and by GERG-2008.
var worked = []struct {
	name           string
	equation       gas.Equation
	zf, zb, volume float64
}{
	{"DETAIL", own{fixed{0.9196062664684853, 0.9978577126332749, 16.7994390805}}, 0.9196062664684853, 0.9978577126332749, 5530265.756527556},
	{"GERG-2008", fixed{0.919852328927374, 0.9978648885753137, 16.79888717358}, 0.919852328927374, 0.9978648885753137, 5528826.158075367},
}

var line = gas.State{T: gas.Fahrenheit(72), P: gas.Psi(600 + 14.45)}

func TestCorrectWorkedExample(t *testing.T) {
	for _, w := range worked {
		c, err := gas.Correct(w.equation, line, gas.USInterstate)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.Volume(125_000, gas.CubicFoot)
		if err != nil {
			t.Fatal(err)
		}
		if !closeTo(v.Value, w.volume, 1e-14) || v.Unit != gas.CubicFoot || v.Base != gas.USInterstate {
			t.Errorf("%s: %v, want %v ft3", w.name, v, w.volume)
		}
		for _, f := range []struct {
			what      string
			got, want float64
		}{
			{"Fpm", c.Fpm, 614.45 / 14.73}, {"Ftm", c.Ftm, 519.67 / 531.67}, {"s", c.S, w.zb / w.zf}, {"Zf", c.Zf, w.zf}, {"Zb", c.Zb, w.zb},
			{"Fpv", c.Fpv(), math.Sqrt(w.zb / w.zf)}, {"factor", c.Factor, c.Fpm * c.Ftm * c.S},
		} {
			if !closeTo(f.got, f.want, 1e-14) {
				t.Errorf("%s: %s = %v, want %v", w.name, f.what, f.got, f.want)
			}
		}
		if c.Method != gas.MethodAGA7 || c.From != line || c.To != gas.USInterstate {
			t.Errorf("%s: %+v", w.name, c)
		}
	}
	if c, err := gas.Correct(worked[0].equation, line, gas.USInterstate); err != nil || !closeTo(c.Fpv(), 1.0416776549472393, 1e-14) {
		t.Errorf("Fpv %v, %v; want 1.0416776549472393", c.Fpv(), err)
	}
}

// By density: the mass in the line over the density at the base is the same volume (AGA 11, and the check of the example).
func TestFromMassIsDensityRoute(t *testing.T) {
	for _, w := range worked {
		d, err := w.equation.Density(line.T, line.P)
		if err != nil {
			t.Fatal(err)
		}
		kg := 125_000 * 0.028316846592 * d * w.equation.MolarMass()
		got, err := gas.FromMass(w.equation, kg, gas.CubicFoot, gas.USInterstate)
		if err != nil {
			t.Fatal(err)
		}
		if !closeTo(got.Volume.Value, w.volume, 1e-14) || !closeTo(got.Zb, w.zb, 1e-14) || got.Method != gas.MethodAGA11 {
			t.Errorf("%s: %+v, want %v ft3", w.name, got, w.volume)
		}
		if !closeTo(got.Density*got.Volume.Value*0.028316846592, kg, 1e-14) {
			t.Errorf("%s: %v kg/m3 x %v ft3 is not %v kg", w.name, got.Density, got.Volume.Value, kg)
		}
	}
}

func TestVolumeUnits(t *testing.T) {
	v := gas.Volume{Value: 5530.265, Unit: gas.Mcf, Base: gas.USInterstate}
	ft3, err := v.In(gas.CubicFoot)
	if err != nil || !closeTo(ft3.Value, 5530265, 1e-15) {
		t.Errorf("%v, %v", ft3, err)
	}
	m3, err := v.In(gas.CubicMetre)
	if err != nil || !closeTo(m3.Value, 156599.665, 1e-8) || m3.Base != v.Base {
		t.Errorf("%v, %v", m3, err)
	}
	if got, want := v.String(), "5530.265 Mcf at 14.73psia 60F"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if same, err := v.In(gas.Mcf); err != nil || same != v {
		t.Errorf("%v, %v", same, err)
	}
	if _, err := v.In("scf"); err == nil {
		t.Error("unit scf was taken: it does not say at which conditions")
	}
}

// From base to base by hand: an ideal gas shrinks as p/T, a real one by Z besides.
func TestRebase(t *testing.T) {
	e := fixed{zf: 0.9, zb: 0.998, molar: 17}
	v := gas.Volume{Value: 1e6, Unit: gas.CubicFoot, Base: gas.USInterstate}
	got, c, err := v.Rebase(e, gas.Normal)
	if err != nil {
		t.Fatal(err)
	}
	want := 1e6 * (14.73 * 6.894757293168361 / 101.325) * (273.15 / (519.67 / 1.8))
	if !closeTo(got.Value, want, 1e-14) || got.Base != gas.Normal || c.Method != gas.MethodRebase || !closeTo(c.S, 1, 1e-14) {
		t.Errorf("%v by %+v, want %v", got, c, want)
	}
	n, err := v.Moles(e)
	if err != nil || !closeTo(n, 1e6*0.028316846592*14.73*6.894757293168361/(0.998*8.31446261815324*519.67/1.8), 1e-14) {
		t.Errorf("%v kmol, %v", n, err)
	}
	if _, _, err := v.Rebase(e, gas.Base{}); err == nil {
		t.Error("a volume was rebased to nowhere")
	}
	if _, _, err := (gas.Volume{Value: -1, Unit: gas.CubicFoot, Base: gas.API}).Rebase(e, gas.Normal); err == nil {
		t.Error("a negative volume was rebased")
	}
}

// virial is an equation of state with a compressibility that runs with pressure and temperature.
type virial struct{}

func (virial) MolarMass() float64 { return 17 }

func (virial) Density(t, p float64) (float64, error) {
	return p / ((1 - 2e-5*p*(300/t)) * gas.GasConstant * t), nil
}

// The moles stay through every change of base, and the way back ends where it began.
func TestRebaseKeepsMoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bases := []gas.Base{gas.USInterstate, gas.API, gas.ISO13443, gas.Normal, gas.PsiaF(14.65, 60), gas.PsiaF(15.025, 60)}
		v := gas.Volume{
			Value: rapid.Float64Range(1e-3, 1e12).Draw(t, "value"),
			Unit:  rapid.SampledFrom([]gas.VolumeUnit{gas.CubicFoot, gas.Mcf, gas.CubicMetre}).Draw(t, "unit"),
			Base:  rapid.SampledFrom(bases).Draw(t, "from"),
		}
		w, _, err := v.Rebase(virial{}, rapid.SampledFrom(bases).Draw(t, "to"))
		if err != nil {
			t.Fatal(err)
		}
		before, err := v.Moles(virial{})
		if err != nil {
			t.Fatal(err)
		}
		if after, err := w.Moles(virial{}); err != nil || !closeTo(after, before, 1e-13) {
			t.Fatalf("%v kmol became %v, %v", before, after, err)
		}
		if back, _, err := w.Rebase(virial{}, v.Base); err != nil || !closeTo(back.Value, v.Value, 1e-13) {
			t.Fatalf("%v came back as %v, %v", v, back, err)
		}
	})
}

// broken is an equation of state that says what it is told to.
type broken struct {
	d, molar, r float64
	err         error
}

func (e broken) MolarMass() float64                        { return e.molar }
func (e broken) GasConstant() float64                      { return e.r }
func (e broken) Density(float64, float64) (float64, error) { return e.d, e.err }

func TestCorrectRefusals(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	good := fixed{0.9, 0.998, 17}
	for _, r := range []struct {
		name    string
		e       gas.Equation
		flowing gas.State
		base    gas.Base
		ranged  bool
		says    string
	}{
		{"no base", good, line, gas.Base{}, false, "not given"},
		{"gauge pressure", good, gas.State{T: 300, P: 0}, gas.API, true, "absolute pressure"},
		{"celsius", good, gas.State{T: 22, P: 4000}, gas.API, true, "temperature"},
		{"NaN", good, gas.State{T: nan, P: 4000}, gas.API, true, "temperature"},
		{"infinite", good, gas.State{T: 300, P: inf}, gas.API, true, "pressure"},
		{"no density", broken{err: gas.ErrNoConvergence}, line, gas.API, false, "did not converge"},
		{"density NaN", broken{d: nan, r: 8}, line, gas.API, false, "NaN"},
		{"density 0", broken{d: 0, r: 8}, line, gas.API, false, "gives 0"},
		{"density negative", broken{d: -1, r: 8}, line, gas.API, false, "gives -1"},
		{"density infinite", broken{d: inf, r: 8}, line, gas.API, false, "Inf"},
		{"density all but 0", broken{d: 5e-324, r: 1e-300}, line, gas.API, false, "compressibility"},
		{"gas constant NaN", broken{d: 1, r: nan}, line, gas.API, false, "compressibility"},
		{"factor overflows", fixed{1e-300, 1e300, 17}, line, gas.API, false, "correction"},
	} {
		c, err := gas.Correct(r.e, r.flowing, r.base)
		var ranged *quantity.RangeError
		if err == nil || errors.As(err, &ranged) != r.ranged || !strings.Contains(err.Error(), r.says) || c != (gas.Correction{}) {
			t.Errorf("%s: %+v, error %v; want one about %q", r.name, c, err, r.says)
		}
	}
	if _, err := gas.Correct(broken{err: gas.ErrNoConvergence}, line, gas.API); !errors.Is(err, gas.ErrNoConvergence) {
		t.Errorf("the equation's own error is lost: %v", err)
	}
}

func TestVolumeRefusals(t *testing.T) {
	c, err := gas.Correct(fixed{0.9, 0.998, 17}, line, gas.API)
	if err != nil {
		t.Fatal(err)
	}
	for _, actual := range []float64{-1, math.NaN(), math.Inf(1), 2e18, 9e17} { // the last would be above 1e18 at the base
		var ranged *quantity.RangeError
		if v, err := c.Volume(actual, gas.CubicFoot); !errors.As(err, &ranged) {
			t.Errorf("%v ft3 became %v, %v", actual, v, err)
		}
	}
	if _, err := c.Volume(1, "acf"); err == nil {
		t.Error("an unknown unit was taken")
	}
}

func TestFromMassRefusals(t *testing.T) {
	good := fixed{0.9, 0.998, 17}
	for _, r := range []struct {
		name string
		e    gas.Equation
		kg   float64
		unit gas.VolumeUnit
		base gas.Base
		says string
	}{
		{"unit", good, 1, "bbl", gas.API, "bbl"},
		{"base", good, 1, gas.CubicMetre, gas.Base{}, "not given"},
		{"negative", good, -1, gas.CubicMetre, gas.API, "mass of gas"},
		{"NaN", good, math.NaN(), gas.CubicMetre, gas.API, "mass of gas"},
		{"no molar mass", fixed{0.9, 0.998, 0}, 1, gas.CubicMetre, gas.API, "molar mass"},
		{"no density", broken{err: gas.ErrNoConvergence, molar: 17}, 1, gas.CubicMetre, gas.API, "converge"},
		{"too thin", broken{d: 1e-200, molar: 17, r: 8}, 1e17, gas.CubicMetre, gas.API, "volume of gas"},
	} {
		if _, err := gas.FromMass(r.e, r.kg, r.unit, r.base); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: error %v; want one about %q", r.name, err, r.says)
		}
	}
}

func TestCorrectDoesNotAllocate(t *testing.T) {
	var e gas.Equation = fixed{0.9, 0.998, 17}
	n := testing.AllocsPerRun(100, func() {
		c, _ := gas.Correct(e, line, gas.USInterstate)
		_, _ = c.Volume(1, gas.Mcf)
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzCorrect(f *testing.F) {
	f.Add(0.9, 0.998, 17.0, 295.0, 4200.0, 14.73, 60.0, 1000.0, "ft3")
	f.Add(1e-300, 1e300, -1.0, 1e9, 0.0, 100.0, 0.0, math.Inf(1), "")
	f.Add(math.NaN(), math.Inf(1), math.NaN(), math.NaN(), -1.0, math.NaN(), -500.0, -1.0, "Mcf")
	f.Fuzz(func(t *testing.T, zf, zb, molar, tK, p, psia, tF, amount float64, unit string) {
		e, base := fixed{zf, zb, molar}, gas.PsiaF(psia, tF)
		c, err := gas.Correct(e, gas.State{T: tK, P: p}, base)
		if err == nil && (!(c.Factor > 0) || math.IsInf(c.Factor, 1)) {
			t.Fatalf("correction %+v", c)
		}
		if err == nil {
			v, err := c.Volume(amount, gas.VolumeUnit(unit))
			if err == nil && v.Valid() != nil {
				t.Fatalf("volume %v: %v", v, v.Valid())
			}
		}
		m, err := gas.FromMass(e, amount, gas.VolumeUnit(unit), base)
		if err == nil && (m.Volume.Valid() != nil || !(m.Density > 0)) {
			t.Fatalf("inferred %+v", m)
		}
	})
}

func BenchmarkCorrect(b *testing.B) {
	b.ReportAllocs()
	var e gas.Equation = fixed{0.9, 0.998, 17}
	for b.Loop() {
		if _, err := gas.Correct(e, line, gas.USInterstate); err != nil {
			b.Fatal(err)
		}
	}
}
