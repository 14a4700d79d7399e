package calc

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/gas/heating"
)

var heatingKind = kind{
	use:   "heating",
	short: "Heating value, relative density and Wobbe index of a gas (ISO 6976, GPA 2172)",
	long: "gpa2172 takes any base pressure at 60 F and gives the superior heating value per cubic foot, dry, saturated or as delivered with the\n" +
		"water of the composition. iso6976 takes base temperatures of 0 C, 15 C, 60 F and 20 C and a combustion temperature.",
	example: "  gauger calc heating --method gpa2172 --composition C1=96.5222%,N2=0.2595%,CO2=0.5956%,C2=1.8186%,C3=0.4596%,iC4=0.0977%,\\\n" +
		"nC4=0.1007%,iC5=0.0473%,nC5=0.0324%,C6=0.0664% --base-pressure 14.73psia --base-temperature 60F",
	new: func() calculation { return new(heatingInput) },
}

// gasBase is the base conditions of a gas.
type gasBase struct{ pressure, temperature unit.Value }

func (b *gasBase) bind(f *flags, options ...option) {
	f.value(&b.pressure, "base-pressure", wantAbsolute, "absolute pressure of the base conditions", options...)
	f.value(&b.temperature, "base-temperature", unit.Want{Kind: unit.Temperature, Example: "60F"}, "temperature of the base conditions", options...)
}

// base returns the base conditions, if they can be.
func (b *gasBase) base() (gas.Base, error) {
	if !b.pressure.Given() || !b.temperature.Given() {
		return gas.Base{}, errors.New("--base-pressure and --base-temperature are missing: a volume of gas means nothing without them; give both, such as 14.73psia and 60F")
	}
	p, unit := b.pressure.Text, baseUnits[b.pressure.Unit.Name]
	if unit == "" {
		p, unit = strconv.FormatFloat(b.pressure.In("kPaa"), 'f', -1, 64), "kPa"
	}
	return gas.ParseBase(p + unit + " " + b.temperature.Written())
}

// baseUnits are the units of pressure of package gas, all of which are absolute.
var baseUnits = map[string]string{"psia": "psia", "kPaa": "kPa", "bara": "bar"}

// fuel says how a heating value is computed.
type fuel struct {
	combustion, moisture string
	helium               unit.Value
}

var combustions = map[string]heating.Combustion{
	"0C": heating.At0C, "15C": heating.At15C, "60F": heating.At60F, "20C": heating.At20C, "25C": heating.At25C,
}

// moistures are the moistures by the word that picks them.
var moistures = map[string]gas.Moisture{"dry": gas.Dry, "saturated": gas.Saturated, "as-delivered": gas.AsDelivered}

func (u *fuel) bind(f *flags) {
	f.choice(&u.combustion, "combustion", []string{"0C", "15C", "60F", "20C", "25C"}, "temperature of combustion, for iso6976")
	f.choice(&u.moisture, "moisture", []string{"dry", "saturated", "as-delivered"}, "gas that the heating value is for, for gpa2172: dry unless it is given")
	f.value(&u.helium, "helium-factor", unit.Want{Kind: unit.Number, Example: "0.0"}, "summation factor of helium, for gpa2172: the table has none, so that you answer for it")
}

// asked returns the moisture that was asked for: dry, if nothing was said.
func (u *fuel) asked() gas.Moisture { return moistures[cmp.Or(u.moisture, "dry")] }

// compute adds the steps to a superior heating value, and returns it with the relative density.
func (u *fuel) compute(r *Result, method string, x gas.Composition, base gas.Base) (gas.HeatingValue, float64, error) {
	switch {
	case method == "gpa2172" && u.combustion != "":
		return gas.HeatingValue{}, 0, errors.New("--combustion does not go with gpa2172, whose table is for 60 F")
	case method == "gpa2172":
		return u.gpa(r, x, base)
	case u.moisture != "" || u.helium.Given():
		return gas.HeatingValue{}, 0, errors.New("--moisture and --helium-factor do not go with iso6976: it takes the composition as it is, water included")
	}
	p, err := u.iso(x, base)
	if err != nil {
		return gas.HeatingValue{}, 0, err
	}
	r.step("heating_m_g_mol", "molar mass", number(p.M, 6), "g/mol", "ISO 6976")
	r.step("heating_z", "compressibility Z", number(p.Z, 9), "", "1 - (p / 101.325) x (sum of x s)^2")
	r.step("hs_molar_kJ_mol", "superior, molar", number(p.Superior.Molar, 6), "kJ/mol", "sum of x H")
	r.step("hs_ideal_MJ_m3", "superior, ideal gas", number(p.Superior.IdealVolume, 6), "MJ/m3", "molar x p / (R T)")
	h, err := p.HeatingValue(gas.Superior)
	return h, p.RelativeDensity, err
}

func (u *fuel) iso(x gas.Composition, base gas.Base) (heating.Properties, error) {
	if u.combustion == "" {
		return heating.Properties{}, errors.New("--combustion is missing: heating values of ISO 6976 depend on the temperature of combustion; give it, such as 15C")
	}
	return heating.ISO6976(x, heating.Reference{Combustion: combustions[u.combustion], Base: base})
}

func (u *fuel) gpa(r *Result, x gas.Composition, base gas.Base) (gas.HeatingValue, float64, error) {
	g := heating.Gas{Dry: x, Base: base, Moisture: u.asked()}
	if u.helium.Given() {
		g.HeliumFactor = &u.helium.Number
	}
	if water := x[gas.Water]; water > 0 {
		x[gas.Water] = 0
		dry, err := gas.Normalize(x)
		if err != nil {
			return gas.HeatingValue{}, 0, err
		}
		g.Dry = dry
		if g.Moisture == gas.AsDelivered {
			g.Water = water
		}
		r.step("water_mol_mol", "water taken out", number(water, 9), "mol/mol", "the rest is the dry gas")
	}
	fuel, err := heating.GPA2172(g)
	if err != nil {
		return gas.HeatingValue{}, 0, err
	}
	r.step("heating_m_g_mol", "molar mass, dry", number(fuel.M, 6), "g/mol", "GPA 2145")
	r.step("heating_z", "compressibility Z, dry", number(fuel.Z, 9), "", "1 - (psia / 14.696) x (sum of x s)^2")
	r.step("hs_ideal_dry_Btu_ft3", "ideal dry gas", number(fuel.IdealDry, 6), "Btu/ft3", "sum of x H x psia / 14.696")
	r.step("hs_real_dry_Btu_ft3", "real dry gas", number(fuel.RealDry, 6), "Btu/ft3", "ideal / Z")
	if fuel.Water > 0 {
		r.step("water_used_mol_mol", "water in the gas", number(fuel.Water, 9), "mol/mol", "real dry gas x (1 - water)")
	}
	return fuel.HeatingValue, fuel.RelativeDensity, nil
}

// heatingResult adds a heating value in both units.
func heatingResult(r *Result, h gas.HeatingValue) error {
	for _, x := range []struct {
		unit gas.HeatingUnit
		key  string
	}{{gas.BtuPerCubicFoot, "Btu_ft3"}, {gas.MJPerCubicMetre, "MJ_m3"}} {
		v, err := h.In(x.unit)
		if err != nil {
			return err
		}
		r.result("h"+string(h.Kind[0])+"_"+x.key, "heating value", number(v.Value, 6), string(x.unit), fmt.Sprintf("%s, %s, real gas at %s", h.Kind, h.Moisture, h.Base))
	}
	return nil
}

type heatingInput struct {
	method      string
	composition composition
	gasBase
	fuel
}

func (in *heatingInput) bind(f *flags) {
	f.choice(&in.method, "method", []string{"gpa2172", "iso6976"}, "the standard", needed)
	f.add(&in.composition, "composition", "components in mole percent", []option{needed})
	in.gasBase.bind(f, needed)
	in.fuel.bind(f)
}

func (in *heatingInput) compute(r *Result) error {
	base, err := in.base()
	if err != nil {
		return err
	}
	x, err := in.composition.fractions(r)
	if err != nil {
		return err
	}
	h, relative, err := in.fuel.compute(r, in.method, x, base)
	if err != nil {
		return err
	}
	if err := heatingResult(r, h); err != nil {
		return err
	}
	r.result("relative_density", "relative density", number(relative, 9), "", "M / M of air x Z of air / Z")
	if in.method == "iso6976" {
		p, err := in.iso(x, base)
		if err != nil {
			return err
		}
		inferior, err := p.HeatingValue(gas.Inferior)
		if err != nil {
			return err
		}
		if err := heatingResult(r, inferior); err != nil {
			return err
		}
		r.result("density_kgm3", "density", number(p.Density, 9), "kg/m3", "at base")
		r.result("wobbe_superior_MJ_m3", "Wobbe index, superior", number(p.Superior.Wobbe, 6), "MJ/m3", "heating value / sqrt(relative density)")
		r.result("wobbe_inferior_MJ_m3", "Wobbe index, inferior", number(p.Inferior.Wobbe, 6), "MJ/m3", "")
	}
	r.by("nothing rounded", h.Method)
	return nil
}
