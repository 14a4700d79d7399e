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

// dry is the heating value of the worked example: Gulf Coast gas by GPA 2172 at 14.73 psia.
var dry = gas.HeatingValue{
	Value: 1036.04776, Unit: gas.BtuPerCubicFoot, Kind: gas.Superior, Moisture: gas.Dry, Base: gas.USInterstate, Method: "GPA 2172",
}

func TestEnergyUnits(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"MMBtu in MJ", gas.MMBtu.In(gas.MJ), 1055.05585262},
		{"Dekatherm in MMBtu", gas.Dekatherm.In(gas.MMBtu), 1},
		{"GJ in MMBtu", gas.GJ.In(gas.MMBtu), 0.94781712031332},
		{"MMBtu in kWh", gas.MMBtu.In(gas.KWh), 293.071070172222},
		{"Btu in J", gas.Btu.In(gas.Joule), 1055.05585262},
	} {
		if !closeTo(c.got, c.want, 1e-14) {
			t.Errorf("%s: %.15g, want %.15g", c.name, c.got, c.want)
		}
	}
}

// The energy of the worked example.
func TestEnergyWorkedExample(t *testing.T) {
	v := gas.Volume{Value: 5530265.756527556, Unit: gas.CubicFoot, Base: gas.USInterstate}
	heat, err := dry.Energy(v)
	if err != nil {
		t.Fatal(err)
	}
	if !closeTo(heat.Energy.In(gas.MMBtu), 5729.619449255079, 1e-14) || !closeTo(heat.Energy.In(gas.GJ), 6045.068535, 1e-9) {
		t.Errorf("%.15g MMBtu, %.15g GJ", heat.Energy.In(gas.MMBtu), heat.Energy.In(gas.GJ))
	}
	if heat.Volume != v || heat.HeatingValue != dry || heat.Method != gas.MethodEnergy {
		t.Errorf("the heat does not say what it is of: %+v", heat)
	}
	mcf, err := v.In(gas.Mcf)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := dry.Energy(mcf); err != nil || !closeTo(float64(same.Energy), float64(heat.Energy), 1e-14) {
		t.Errorf("in Mcf %v J, %v; want %v", same.Energy, err, heat.Energy)
	}
}

// A volume and a heating value at different base conditions do not meet before one of them is rebased; the energy is then the same
// whichever it was.
func TestEnergyRefusesMixedBases(t *testing.T) {
	v := gas.Volume{Value: 1e6, Unit: gas.CubicMetre, Base: gas.ISO13443}
	var mixed *gas.BaseError
	if _, err := dry.Energy(v); !errors.As(err, &mixed) || mixed.Volume != gas.ISO13443 || mixed.HeatingValue != gas.USInterstate {
		t.Fatalf("error %v, want *BaseError", err)
	}
	if text := mixed.Error(); !strings.Contains(text, "101.325kPa 15C") || !strings.Contains(text, "14.73psia 60F") {
		t.Errorf("%q names not both bases", text)
	}
	moved, _, err := v.Rebase(virial{}, gas.USInterstate)
	if err != nil {
		t.Fatal(err)
	}
	a, err := dry.Energy(moved)
	if err != nil {
		t.Fatal(err)
	}
	there, err := dry.Rebase(virial{}, gas.ISO13443)
	if err != nil {
		t.Fatal(err)
	}
	b, err := there.Energy(v)
	if err != nil || !closeTo(float64(b.Energy), float64(a.Energy), 1e-13) {
		t.Errorf("%v J with the heating value rebased, %v with the volume: %v", b.Energy, a.Energy, err)
	}
	if !strings.Contains(there.Method, "GPA 2172") || !strings.Contains(there.Method, gas.MethodRebase) {
		t.Errorf("method %q", there.Method)
	}
	// The same conditions in other units are the same conditions.
	iso, err := gas.ParseBase("1.01325bar 59F")
	if err != nil {
		t.Fatal(err)
	}
	v.Base = iso
	if _, err := there.Energy(v); err != nil {
		t.Errorf("%v and %v: %v", iso, there.Base, err)
	}
}

func TestHeatingValueUnits(t *testing.T) {
	mj, err := dry.In(gas.MJPerCubicMetre)
	if err != nil || !closeTo(mj.Value, 1036.04776*1055.05585262/0.028316846592/1e6, 1e-14) || mj.Base != dry.Base {
		t.Errorf("%v, %v", mj, err)
	}
	if back, err := mj.In(gas.BtuPerCubicFoot); err != nil || !closeTo(back.Value, dry.Value, 1e-14) {
		t.Errorf("%v, %v", back, err)
	}
	if _, err := dry.In("therm"); err == nil {
		t.Error("an unknown unit was taken")
	}
}

func TestHeatingValueRefusals(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*gas.HeatingValue)
		says   string
	}{
		{"unit", func(h *gas.HeatingValue) { h.Unit = "" }, "unit"},
		{"kind", func(h *gas.HeatingValue) { h.Kind = "" }, "superior"},
		{"moisture", func(h *gas.HeatingValue) { h.Moisture = "" }, "moisture"},
		{"base", func(h *gas.HeatingValue) { h.Base = gas.Base{} }, "not given"},
		{"negative", func(h *gas.HeatingValue) { h.Value = -1 }, "heating value"},
		{"NaN", func(h *gas.HeatingValue) { h.Value = math.NaN() }, "heating value"},
		{"in Btu per Mcf", func(h *gas.HeatingValue) { h.Value = 1_036_047 }, "heating value"},
	} {
		h := dry
		r.change(&h)
		if _, err := h.Energy(gas.Volume{Value: 1, Unit: gas.CubicFoot, Base: gas.USInterstate}); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: energy, error %v; want one about %q", r.name, err, r.says)
		}
		if _, err := h.Rebase(virial{}, gas.API); err == nil {
			t.Errorf("%s: rebased", r.name)
		}
		if _, err := h.In(gas.MJPerCubicMetre); err == nil {
			t.Errorf("%s: converted", r.name)
		}
	}
	wet := dry
	wet.Moisture = gas.Saturated
	if _, err := wet.Rebase(virial{}, gas.API); err == nil || !strings.Contains(err.Error(), "share of water") {
		t.Errorf("saturated gas was rebased: %v", err)
	}
	if _, err := dry.Rebase(virial{}, gas.Base{}); err == nil {
		t.Error("rebased to nowhere")
	}
	if _, err := dry.Energy(gas.Volume{Value: math.NaN(), Unit: gas.CubicFoot, Base: gas.USInterstate}); err == nil {
		t.Error("a volume that is no number has an energy")
	}
}

// What is accounted for is the energy in millionths of an MMBtu: every valid energy up to what a Micro holds gets there.
func TestEnergyIsAccountable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := gas.Volume{Value: rapid.Float64Range(0, 1e9).Draw(t, "Mcf"), Unit: gas.Mcf, Base: gas.USInterstate}
		h := dry
		h.Value = rapid.Float64Range(500, 1800).Draw(t, "Btu/ft3")
		heat, err := h.Energy(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := quantity.FromFloat(heat.Energy.In(gas.MMBtu))
		if err != nil || math.Abs(got.Float()-v.Value*h.Value/1000) > 1e-6+1e-13*v.Value*h.Value/1000 {
			t.Fatalf("%v of %v: %v MMBtu, %v", v, h.Value, got, err)
		}
	})
}

func FuzzEnergy(f *testing.F) {
	f.Add(1e6, "ft3", 14.73, 60.0, 1036.0, "Btu/ft3", "superior", "dry", 14.73, 60.0)
	f.Add(1e18, "Mcf", 14.696, 60.0, 20000.0, "MJ/m3", "inferior", "as delivered", 14.73, 60.0)
	f.Add(math.NaN(), "", 0.0, 0.0, math.Inf(1), "", "", "", -1.0, math.NaN())
	f.Fuzz(func(t *testing.T, value float64, unit string, psia, tF, heating float64, hUnit, kind, moisture string, hPsia, hF float64) {
		v := gas.Volume{Value: value, Unit: gas.VolumeUnit(unit), Base: gas.PsiaF(psia, tF)}
		h := gas.HeatingValue{
			Value: heating, Unit: gas.HeatingUnit(hUnit), Kind: gas.Kind(kind), Moisture: gas.Moisture(moisture), Base: gas.PsiaF(hPsia, hF),
		}
		heat, err := h.Energy(v)
		if err != nil {
			return
		}
		if !(heat.Energy >= 0) || math.IsInf(float64(heat.Energy), 1) || !v.Base.Same(h.Base) {
			t.Fatalf("%v of %+v: %+v", v, h, heat)
		}
		if moved, err := h.Rebase(virial{}, gas.Normal); err == nil && moved.Valid() != nil {
			t.Fatalf("%+v rebased: %+v", h, moved)
		}
	})
}
