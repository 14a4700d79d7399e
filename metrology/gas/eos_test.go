package gas_test

import (
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/gas/detail"
	"github.com/gauger/gauger/metrology/gas/gerg"
	"github.com/gauger/gauger/metrology/gas/heating"
)

var (
	_ gas.Equation = (*detail.Mixture)(nil)
	_ gas.Equation = (*gerg.Mixture)(nil)
)

// gulfCoast is the reference gas of AGA 8 of that name.
var gulfCoast = gas.Composition{
	gas.Methane: 0.965222, gas.Nitrogen: 0.002595, gas.CarbonDioxide: 0.005956, gas.Ethane: 0.018186, gas.Propane: 0.004596,
	gas.Isobutane: 0.000977, gas.NButane: 0.001007, gas.Isopentane: 0.000473, gas.NPentane: 0.000324, gas.NHexane: 0.000664,
}

// The worked example from end to end: chromatograph, pulses, temperature and pressure to MMBtu, with the equations of state and
// the heating value of this project.
func TestWorkedExampleEndToEnd(t *testing.T) {
	d, err := detail.New(gulfCoast)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gerg.New(gulfCoast)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range []gas.Equation{d, g} {
		w := worked[i]
		c, err := gas.Correct(e, line, gas.USInterstate)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.Volume(125_000, gas.CubicFoot)
		if err != nil {
			t.Fatal(err)
		}
		if !closeTo(v.Value, w.volume, 1e-10) {
			t.Errorf("%s: %.13g ft3, want %.13g", w.name, v.Value, w.volume)
		}
		// A compressibility times its gas constant is the same whichever constant goes with it.
		r := gas.GasConstant
		if own, ok := e.(interface{ GasConstant() float64 }); ok {
			r = own.GasConstant()
		}
		if fitted := [...]float64{8.31451, 8.314472}[i]; !closeTo(c.Zf*r, w.zf*fitted, 1e-10) || !closeTo(c.Zb*r, w.zb*fitted, 1e-10) {
			t.Errorf("%s: Zf %.13g, Zb %.13g; want %.13g, %.13g", w.name, c.Zf, c.Zb, w.zf, w.zb)
		}
		fuel, err := heating.GPA2172(heating.Gas{Dry: gulfCoast, Base: gas.USInterstate, Moisture: gas.Dry})
		if err != nil {
			t.Fatal(err)
		}
		heat, err := fuel.HeatingValue.Energy(v)
		if err != nil {
			t.Fatal(err)
		}
		if want := w.volume * 1036.04776 / 1e6; !closeTo(heat.Energy.In(gas.MMBtu), want, 2e-9) { // 1036.04776 is rounded
			t.Errorf("%s: %.10g MMBtu, want %.10g", w.name, heat.Energy.In(gas.MMBtu), want)
		}
	}
}
