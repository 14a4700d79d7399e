package heating

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// gulfCoast is the reference gas of AGA 8 of that name.
var gulfCoast = gas.Composition{
	gas.Methane: 0.965222, gas.Nitrogen: 0.002595, gas.CarbonDioxide: 0.005956, gas.Ethane: 0.018186, gas.Propane: 0.004596,
	gas.Isobutane: 0.000977, gas.NButane: 0.001007, gas.Isopentane: 0.000473, gas.NPentane: 0.000324, gas.NHexane: 0.000664,
}

// The worked example of a measurement handbook, computed independently from the same table.
func TestGPA2172GulfCoast(t *testing.T) {
	f, err := GPA2172(Gas{Dry: gulfCoast, Base: gas.USInterstate, Moisture: gas.Dry})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want float64
		tolerance float64
	}{
		{"ideal", f.IdealDry, 1033.81966, 5e-9}, {"Z", f.Z, 0.997849424, 5e-10}, {"real", f.RealDry, 1036.04776, 5e-9},
		{"value", f.HeatingValue.Value, 1036.04776, 5e-9},
		{"M", f.M, 16.79888717, 3e-6}, // by the molar masses of GERG-2008
	} {
		if !closeTo(c.got, c.want, c.tolerance) {
			t.Errorf("%s = %.12g, want %.12g", c.what, c.got, c.want)
		}
	}
	if h := f.HeatingValue; h.Moisture != gas.Dry || h.Kind != gas.Superior || h.Base != gas.USInterstate || h.Method != MethodGPA2172 {
		t.Errorf("heating value %+v", h)
	}
	if !strings.Contains(f.Method, "unverified") {
		t.Errorf("method %q does not say that it is unverified", f.Method)
	}
}

// Pure methane by hand, at the base of the table: Z = 1 - 0.04438^2, H = 1010/Z, G = 16.0425/28.9625 x 0.999601/Z.
func TestGPA2172Methane(t *testing.T) {
	f, err := GPA2172(Gas{Dry: gas.Composition{gas.Methane: 1}, Base: gas.API, Moisture: gas.Dry})
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(f.Z, 0.9980304156, 1e-12) || !closeTo(f.RealDry, 1011.993205, 1e-8) || f.IdealDry != 1010 {
		t.Errorf("Z %v, real %v, ideal %v", f.Z, f.RealDry, f.IdealDry)
	}
	if !closeTo(f.RelativeDensity, 0.55477759, 1e-8) || !closeTo(f.IdealRelativeDensity, 0.55390591, 1e-8) {
		t.Errorf("G %v, ideal %v", f.RelativeDensity, f.IdealRelativeDensity)
	}
}

func TestGPA2172Water(t *testing.T) {
	dry, err := GPA2172(Gas{Dry: gulfCoast, Base: gas.USInterstate, Moisture: gas.Dry})
	if err != nil {
		t.Fatal(err)
	}
	wet, err := GPA2172(Gas{Dry: gulfCoast, Base: gas.USInterstate, Moisture: gas.Saturated})
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(wet.Water, 0.25636/14.73, 1e-14) || !closeTo(wet.HeatingValue.Value, dry.RealDry*(1-0.25636/14.73), 1e-14) {
		t.Errorf("saturated: %v of water, %v Btu/ft3", wet.Water, wet.HeatingValue.Value)
	}
	some, err := GPA2172(Gas{Dry: gulfCoast, Base: gas.USInterstate, Moisture: gas.AsDelivered, Water: 0.001})
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(some.HeatingValue.Value, dry.RealDry*0.999, 1e-14) || some.HeatingValue.Moisture != gas.AsDelivered {
		t.Errorf("as delivered: %+v", some.HeatingValue)
	}
}

// Helium's summation factor is entered, and the method says so.
func TestGPA2172Helium(t *testing.T) {
	x := gas.Composition{gas.Methane: 0.98, gas.Helium: 0.02}
	if _, err := GPA2172(Gas{Dry: x, Base: gas.API, Moisture: gas.Dry}); !errors.Is(err, ErrComponent) {
		t.Errorf("helium without factor: %v", err)
	}
	zero := 0.0
	f, err := GPA2172(Gas{Dry: x, Base: gas.API, Moisture: gas.Dry, HeliumFactor: &zero})
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(f.Z, 1-math.Pow(0.98*0.04438, 2), 1e-14) || f.Method != MethodGPA2172Helium || f.HeatingValue.Method != f.Method {
		t.Errorf("Z %v, method %q", f.Z, f.Method)
	}
}

func TestGPA2172Refusals(t *testing.T) {
	methane := gas.Composition{gas.Methane: 1}
	big, nan := 0.5, math.NaN()
	helium := gas.Composition{gas.Helium: 1}
	for _, r := range []struct {
		name   string
		g      Gas
		ranged bool
		says   string
	}{
		{"percent", Gas{Dry: gas.Composition{gas.Methane: 100}, Base: gas.API, Moisture: gas.Dry}, false, "percent"},
		{"no base", Gas{Dry: methane, Moisture: gas.Dry}, false, "not given"},
		{"base of 15 C", Gas{Dry: methane, Base: gas.ISO13443, Moisture: gas.Dry}, false, "60F"},
		{"no moisture", Gas{Dry: methane, Base: gas.API}, false, "moisture"},
		{"water in a dry gas", Gas{Dry: methane, Base: gas.API, Moisture: gas.Dry, Water: 0.01}, false, "as delivered"},
		{"more water than gas holds", Gas{Dry: methane, Base: gas.API, Moisture: gas.AsDelivered, Water: 0.2}, true, "water"},
		{"water NaN", Gas{Dry: methane, Base: gas.API, Moisture: gas.AsDelivered, Water: nan}, true, "water"},
		{"helium factor", Gas{Dry: helium, Base: gas.API, Moisture: gas.Dry, HeliumFactor: &big}, true, "helium"},
		{"helium NaN", Gas{Dry: helium, Base: gas.API, Moisture: gas.Dry, HeliumFactor: &nan}, true, "helium"},
	} {
		f, err := GPA2172(r.g)
		var ranged *quantity.RangeError
		if err == nil || errors.As(err, &ranged) != r.ranged || !strings.Contains(err.Error(), r.says) || f != (Fuel{}) {
			t.Errorf("%s: %+v, error %v; want one about %q", r.name, f, err, r.says)
		}
	}
	for _, c := range []gas.Component{gas.Water, gas.Hydrogen, gas.CarbonMonoxide, gas.Argon, gas.NNonane, gas.NDecane} {
		var x gas.Composition
		x[c] = 1
		if _, err := GPA2172(Gas{Dry: x, Base: gas.API, Moisture: gas.Dry}); !errors.Is(err, ErrComponent) || !strings.Contains(err.Error(), c.String()) {
			t.Errorf("%s: %v, want ErrComponent", c, err)
		}
	}
}

// Two roads to the heating value of the same gas: GPA 2172 per cubic foot and ISO 6976 per cubic metre differ by less than 0.05 %.
func TestGPA2172AgreesWithISO6976(t *testing.T) {
	f, err := GPA2172(Gas{Dry: gulfCoast, Base: gas.USInterstate, Moisture: gas.Dry})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ISO6976(gulfCoast, Reference{Combustion: At60F, Base: gas.USInterstate})
	if err != nil {
		t.Fatal(err)
	}
	h, err := p.HeatingValue(gas.Superior)
	if err == nil {
		h, err = h.In(gas.BtuPerCubicFoot)
	}
	if err != nil || !closeTo(h.Value, f.RealDry, 5e-4) || !closeTo(p.RelativeDensity, f.RelativeDensity, 2e-4) {
		t.Errorf("ISO 6976 %v Btu/ft3, G %v; GPA 2172 %v, G %v; %v", h.Value, p.RelativeDensity, f.RealDry, f.RelativeDensity, err)
	}
}

func FuzzGPA2172(f *testing.F) {
	f.Add(0.9, 0.05, 0.05, 0.0, 14.73, 60.0, "dry", 0.0)
	f.Add(0.9, 0.05, 0.0, 0.05, 15.025, 60.0, "saturated", 0.0)
	f.Add(0.0, 0.0, 1.0, 0.0, 29.0, 60.0, "as delivered", 0.1)
	f.Add(math.NaN(), -1.0, math.Inf(1), 1.0, 0.0, 1e9, "", math.NaN())
	f.Fuzz(func(t *testing.T, methane, octane, nitrogen, helium, psia, tF float64, moisture string, water float64) {
		x := gas.Composition{gas.Methane: methane, gas.NOctane: octane, gas.Nitrogen: nitrogen, gas.Helium: helium}
		factor := water / 2
		g := Gas{Dry: x, Base: gas.PsiaF(psia, tF), Moisture: gas.Moisture(moisture), Water: water, HeliumFactor: &factor}
		fuel, err := GPA2172(g)
		if err != nil {
			return
		}
		for _, v := range []float64{fuel.HeatingValue.Value, fuel.IdealDry, fuel.RelativeDensity, fuel.M} {
			if !(v >= 0) || math.IsInf(v, 1) {
				t.Fatalf("%+v gives %+v", g, fuel)
			}
		}
		if !(fuel.Z > 0 && fuel.Z <= 1) || fuel.HeatingValue.Value > fuel.RealDry {
			t.Fatalf("%+v gives %+v", g, fuel)
		}
	})
}
