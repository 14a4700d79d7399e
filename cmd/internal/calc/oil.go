package calc

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// What the flags of liquids want.
var (
	wantTemperature = unit.Want{Kind: unit.Temperature, Units: []string{"F", "C"}, Example: "84.3F"}
	wantGauge       = unit.Want{Kind: unit.Pressure, Units: []string{"psig", "kPag", "barg"}, Example: "62psig"}
	wantDensity     = unit.Want{Kind: unit.Density, Units: []string{"API", "RD", "kg/m3"}, Example: "38.4API"}
	wantExpansion   = unit.Want{Kind: unit.Expansion, Sign: unit.Positive, Example: "0.00057634/F"}
	wantVolume      = unit.Want{Kind: unit.Volume, Units: []string{"bbl", "m3"}, Sign: unit.NotNegative, Exact: true, Example: "10014.70bbl"}
	wantSigned      = unit.Want{Kind: unit.Volume, Units: []string{"bbl", "m3"}, Exact: true, Example: "-12.35bbl"}
	wantPercent     = unit.Want{Kind: unit.Percentage, Units: []string{"%"}, Sign: unit.NotNegative, Exact: true, Example: "0.35%"}
)

var bases = []string{string(quantity.At60F), string(quantity.At15C), string(quantity.At20C)}

// oil is a liquid and its density, observed or at reference conditions.
type oil struct {
	group            string
	expansion        unit.Value
	density          unit.Value
	observedAt       unit.Value // none: the density is at the reference conditions
	observedPressure unit.Value
	base             string
}

// bindKind binds what kind of liquid it is; bindDensity its density and the reference conditions.
func (o *oil) bindKind(f *flags) {
	f.choice(&o.group, "group", []string{"crude", "refined", "lubricating", "special"}, "commodity group of MPMS 11.1", or("crude"))
	f.value(&o.expansion, "expansion", wantExpansion, "expansion at 60 F of a liquid of group special")
}

func (o *oil) bindDensity(f *flags) {
	f.value(&o.density, "density", wantDensity, "density of the liquid; API gravity and relative density are at 60 F", needed)
	f.value(&o.observedAt, "observed-at", wantTemperature, "temperature at which the density was observed; without it the density is at base")
	f.value(&o.observedPressure, "observed-pressure", wantGauge, "pressure at which it was observed", or("0psig"), with("observed-at"))
	f.choice(&o.base, "base", bases, "reference (base) temperature; the pressure is 0 gauge", or("60F"))
}

func (o *oil) bind(f *flags) {
	o.bindKind(f)
	o.bindDensity(f)
}

// liquidGroup returns the group for MPMS 11.1.
func (o *oil) liquidGroup() (liquid.Group, error) {
	if o.group != "special" {
		if o.expansion.Given() {
			return liquid.Group{}, fmt.Errorf("--expansion goes with --group special; that of %s follows from its density", o.group)
		}
		return liquid.ParseGroup(o.group)
	}
	if !o.expansion.Given() {
		return liquid.Group{}, errors.New("--group special needs --expansion, the expansion at 60 F, such as 0.00057634/F")
	}
	g := liquid.Special(o.expansion.In("/F"))
	return g, g.Valid()
}

func (o *oil) reference() quantity.Reference { return quantity.Reference(o.base) }

// temperature returns what was given in F or C, to the digit.
func temperature(v unit.Value) liquid.Temperature {
	if v.Unit.Name == "C" {
		return liquid.Celsius(v.Number)
	}
	return liquid.Fahrenheit(v.Number)
}

// gauge returns what was given in psig, kPag or barg, to the digit.
func gauge(v unit.Value) liquid.Pressure {
	switch v.Unit.Name {
	case "kPag":
		return liquid.KPa(v.Number)
	case "barg":
		return liquid.Bar(v.Number)
	}
	return liquid.Psi(v.Number)
}

// observed returns the density in kg/m3 as it was given or, where the policy rounds inputs, rounded in the unit it was given in; and
// how it was come by.
func (o *oil) observed(policy liquid.Rounding) (rho float64, note string, err error) {
	v := o.density
	if policy == liquid.InputDiscrimination {
		places := 1
		if v.Unit.Name == "RD" {
			places = 4
		}
		if v, err = roundedEven(v, places); err != nil {
			return 0, "", fmt.Errorf("--density: %w", err)
		}
		note = " of " + v.String()
	}
	switch v.Unit.Name {
	case "API":
		note = "141.5 / (API + 131.5) x 999.016" + note
	case "RD":
		note = "RD x 999.016" + note
	default:
		note = "as given" + note
	}
	return v.SI(), note, nil
}

// atBase returns the density at the reference conditions in kg/m3, unrounded, and adds the steps to it.
func (o *oil) atBase(r *Result, g liquid.Group, policy liquid.Rounding) (float64, error) {
	rho, note, err := o.observed(policy)
	if err != nil {
		return 0, err
	}
	if o.observedAt.Given() {
		return o.fromObserved(r, g, policy, rho, note)
	}
	if o.density.Unit.Name != "kg/m3" && o.base != "60F" { // an API gravity and a relative density are at 60 F whatever the base
		r.step("rho60_kgm3", "density at 60F", number(rho, 6), "kg/m3", note)
		to, err := liquid.Rebase(g, rho, quantity.At60F, o.reference())
		if err != nil {
			return 0, fmt.Errorf("density: %w", err)
		}
		rho, note = to.Density, to.Name
	}
	r.step("rho_base_kgm3", "density at "+o.base, number(rho, 6), "kg/m3", note)
	return rho, nil
}

func (o *oil) fromObserved(r *Result, g liquid.Group, policy liquid.Rounding, rho float64, note string) (float64, error) {
	t, err := policy.Temperature(temperature(o.observedAt))
	if err != nil {
		return 0, err
	}
	p, err := policy.Pressure(gauge(o.observedPressure))
	if err != nil {
		return 0, err
	}
	f, err := liquid.ToBase(g, rho, o.reference(), t, p)
	if err != nil {
		return 0, fmt.Errorf("density as observed: %w", err)
	}
	r.step("rho_observed_kgm3", "density as observed", number(rho, 6), "kg/m3", note)
	r.step("ctl_observed", "CTL, as observed", number(f.CTL, 9), "", "at "+t.String())
	r.step("cpl_observed", "CPL, as observed", number(f.CPL, 9), "", at(p))
	r.step("rho_base_kgm3", "density at "+o.base, number(f.RhoBase, 6), "kg/m3", "density as observed / (CTL x CPL), iterated")
	if f.LastIterate {
		r.step("last_iterate", "last iterate", cell{"yes", true}, "", "two subgroups meet here: the density is uncertain by the step between them")
	}
	return f.RhoBase, nil
}

// at says at which pressure a factor is, and what 11.1 makes of one below that of the air.
func at(p liquid.Pressure) string {
	if p.Psi() < 0 {
		return "a pressure below 0 gauge counts as 0"
	}
	return "at " + p.String() + "g"
}

// roundedEven returns a value with a number of decimals, a half going to the even digit, as 11.1 rounds.
func roundedEven(v unit.Value, places int) (unit.Value, error) {
	f, err := v.Factor()
	if err != nil {
		return v, err
	}
	if int(f.Decimals) > places {
		tens := int64(1)
		for range int(f.Decimals) - places {
			tens *= 10
		}
		n, rest := f.Mantissa/tens, f.Mantissa%tens
		switch half := 2 * max(rest, -rest); {
		case half > tens, half == tens && n%2 != 0:
			n += int64(cmp.Compare(f.Mantissa, 0))
		}
		f = quantity.F(n, uint8(places))
	}
	v.Text, v.Number = f.String(), f.Float()
	return v, nil
}

// volumeUnit is the unit of account that a volume was written in.
func volumeUnit(v unit.Value) quantity.Unit { return quantity.Unit(v.Unit.Name) }

// sameUnit refuses volumes that are not all in one unit.
func sameUnit(all ...unit.Value) error {
	for _, v := range all[1:] {
		if v.Unit.Name != all[0].Unit.Name {
			return fmt.Errorf("%s and %s are in two units: write all volumes in one", all[0], v)
		}
	}
	return nil
}
