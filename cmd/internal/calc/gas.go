package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/gas"
)

var gasKind = kind{
	use:   "gas",
	short: "Density and compressibility of a gas, its volume at base and its energy (AGA 8, AGA 7, AGA 11)",
	long: "Properties of a gas by an equation of state of AGA 8 and, for a volume at the meter (AGA 7, 9) or a mass (AGA 11), the volume at base\n" +
		"conditions and its energy.\n\n" +
		"--batch columns: " + wrapped(gasColumns) + ".\nOne of P_kPa and D_mol_dm3 is empty; the components are in mole percent, or in any other proportion.",
	example: "  gauger calc gas --composition C1=96.5222%,N2=0.2595%,CO2=0.5956%,C2=1.8186%,C3=0.4596%,iC4=0.0977%,nC4=0.1007%,iC5=0.0473%,\\\n" +
		"nC5=0.0324%,C6=0.0664% --temperature 72F --pressure 600psig --atmosphere 14.45psia --volume 125000acf \\\n" +
		"      --base-pressure 14.73psia --base-temperature 60F --heating gpa2172",
	new: func() calculation { return new(gasInput) },
}

type gasInput struct {
	composition                       composition
	method                            string
	temperature, pressure, atmosphere unit.Value
	volume, mass                      unit.Value
	gasBase
	heating string
	fuel
	heatingValue unit.Value
}

func (in *gasInput) bind(f *flags) {
	f.add(&in.composition, "composition", "components in mole percent", []option{needed})
	f.choice(&in.method, "method", equationWords, "equation of state of AGA 8", or("detail"), inBatch)
	f.value(&in.temperature, "temperature", wantAnyTemp, "temperature of the gas", needed)
	f.value(&in.pressure, "pressure", wantPressure, "pressure of the gas", needed)
	f.value(&in.atmosphere, "atmosphere", wantAbsolute, "pressure of the air at the meter; needed for a gauge pressure")
	f.value(&in.volume, "volume", unit.Want{Kind: unit.GasVolume, Sign: unit.NotNegative, Example: "125000acf"}, "volume at the meter")
	f.value(&in.mass, "mass", unit.Want{Kind: unit.Mass, Sign: unit.NotNegative, Example: "8500lbm"}, "mass through the meter, instead of a volume")
	in.gasBase.bind(f)
	f.choice(&in.heating, "heating", []string{"gpa2172", "iso6976"}, "standard to compute the heating value by, for the energy")
	in.fuel.bind(f)
	f.value(&in.heatingValue, "heating-value", unit.Want{Kind: unit.HeatingValue, Sign: unit.Positive, Example: "1036.05Btu/ft3"},
		"superior heating value at base, instead of a computed one")
}

func (in *gasInput) compute(r *Result) error {
	if in.volume.Given() && in.mass.Given() || in.heating != "" && in.heatingValue.Given() {
		return errors.New("give one of --volume and --mass, and one of --heating and --heating-value")
	}
	of := equations[in.method]
	kPa, err := absolute(in.pressure, in.atmosphere, "kPaa")
	if err != nil {
		return err
	}
	at := gas.State{T: in.temperature.In("K"), P: kPa}
	if err := at.Valid(); err != nil {
		return err
	}
	x, err := in.composition.fractions(r)
	if err != nil {
		return err
	}
	e, err := of.new(x)
	if err != nil {
		return err
	}
	if err := properties(r, e, at, of); err != nil {
		return err
	}
	methods := []string{of.method}
	if in.volume.Given() || in.mass.Given() {
		more, err := in.atBase(r, e, at, x)
		if err != nil {
			return err
		}
		methods = append(methods, more...)
	} else if in.heating != "" || in.heatingValue.Given() {
		return errors.New("--volume or --mass is missing: a heating value alone is no energy; for the value itself see gauger calc heating")
	}
	r.by("nothing rounded", methods...)
	return nil
}

// properties adds what the equation says of the gas at the meter.
func properties(r *Result, e equation, at gas.State, of equationOf) error {
	d, err := e.Density(at.T, at.P)
	if err != nil {
		return err
	}
	p, err := propertiesOf(e, at.T, d)
	if err != nil {
		return err
	}
	r.step("m_g_mol", "molar mass", number(p.M, 6), "g/mol", "sum of x M")
	r.step("t_K", "temperature", number(at.T, 6), "K", "")
	r.step("p_kPa", "pressure", number(at.P, 6), "kPa", "absolute")
	r.step("p_psia", "pressure", number(at.P/gas.KPaPerPsi, 6), "psia", "")
	r.step("range", "range of validity", word(fmt.Sprint(of.within(e, at.T, at.P))), "", "")
	r.result("d_mol_dm3", "molar density", number(d, 9), "mol/dm3", "")
	r.result("z", "compressibility Z", number(p.Z, 10), "", "P / (D R T)")
	r.result("rho_kgm3", "density", number(d*p.M, 6), "kg/m3", "molar density x molar mass")
	r.result("rho_lbm_ft3", "density", number(d*p.M/16.018463373960142, 9), "lbm/ft3", "")
	if math.IsNaN(p.Cv) {
		return nil
	}
	r.result("cv_J_molK", "heat capacity cv", number(p.Cv, 6), "J/(mol K)", "")
	r.result("cp_J_molK", "heat capacity cp", number(p.Cp, 6), "J/(mol K)", "")
	r.result("w_m_s", "speed of sound", number(p.W, 6), "m/s", "")
	r.result("kappa", "isentropic exponent", number(p.Kappa, 6), "", "")
	return nil
}

// atBase adds the volume at base, and the energy where there is a heating value. It returns the methods.
func (in *gasInput) atBase(r *Result, e equation, at gas.State, x gas.Composition) ([]string, error) {
	base, err := in.base()
	if err != nil {
		return nil, err
	}
	v, method, err := in.volumeAtBase(r, e, at, base)
	if err != nil {
		return nil, err
	}
	for _, u := range []gas.VolumeUnit{gas.CubicFoot, gas.CubicMetre} {
		same, err := v.In(u)
		if err != nil {
			return nil, err
		}
		r.result("volume_base_"+string(u), "volume at base", number(same.Value, 6), string(u), "at "+base.String())
	}
	h, err := in.value(r, x, base)
	if err != nil || h == nil {
		return []string{method}, err
	}
	heat, err := h.Energy(v)
	if err != nil {
		return nil, err
	}
	if err := heatingResult(r, *h); err != nil {
		return nil, err
	}
	r.result("energy_MMBtu", "energy", number(heat.Energy.In(gas.MMBtu), 6), "MMBtu", "volume at base x heating value")
	r.result("energy_GJ", "energy", number(heat.Energy.In(gas.GJ), 6), "GJ", "")
	return []string{method, h.Method, heat.Method}, nil
}

func (in *gasInput) volumeAtBase(r *Result, e equation, at gas.State, base gas.Base) (gas.Volume, string, error) {
	if in.mass.Given() {
		m, err := gas.FromMass(e, in.mass.In("kg"), gas.CubicMetre, base)
		if err != nil {
			return gas.Volume{}, "", err
		}
		r.step("zb", "compressibility Zb", number(m.Zb, 10), "", "at base")
		r.step("rho_base_kgm3", "density at base", number(m.Density, 9), "kg/m3", "M Pb / (Zb R Tb)")
		return m.Volume, m.Method, nil
	}
	c, err := gas.Correct(e, at, base)
	if err != nil {
		return gas.Volume{}, "", err
	}
	r.step("zf", "compressibility Zf", number(c.Zf, 10), "", "at the meter")
	r.step("zb", "compressibility Zb", number(c.Zb, 10), "", "at base")
	r.step("fpm", "pressure factor Fpm", number(c.Fpm, 10), "", fmt.Sprintf("Pf / Pb, Pb = %.6g kPa", base.KPa()))
	r.step("ftm", "temperature factor Ftm", number(c.Ftm, 10), "", fmt.Sprintf("Tb / Tf, Tb = %.6f K", base.Kelvin()))
	r.step("s", "compressibility factor s", number(c.S, 10), "", "Zb / Zf")
	r.step("fpv", "supercompressibility Fpv", number(c.Fpv(), 10), "", "sqrt(s)")
	r.step("factor", "volume factor", number(c.Factor, 10), "", "Fpm x Ftm x s")
	u := gas.CubicMetre
	if in.volume.Unit.Name == "acf" {
		u = gas.CubicFoot
	}
	v, err := c.Volume(in.volume.Number, u)
	return v, c.Method, err
}

// value returns the heating value, entered or computed, or nil if there is none.
func (in *gasInput) value(r *Result, x gas.Composition, base gas.Base) (*gas.HeatingValue, error) {
	switch {
	case in.heatingValue.Given():
		h := gas.HeatingValue{
			Value: in.heatingValue.Number, Unit: gas.HeatingUnit(in.heatingValue.Unit.Name), Kind: gas.Superior, Moisture: in.asked(),
			Base: base, Method: "heating value entered",
		}
		return &h, h.Valid()
	case in.heating != "":
		h, _, err := in.fuel.compute(r, in.heating, x, base)
		return &h, err
	}
	return nil, nil
}
