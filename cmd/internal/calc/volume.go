package calc

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var volumeKind = kind{
	use:   "volume VOLUME",
	short: "A liquid volume in another unit and at other reference conditions (MPMS 11.1.7, exact barrel)",
	long: "Converts a volume to another unit, to another reference temperature, or both, step by step. A barrel is 42 US gallons exactly,\n" +
		"0.158987294928 m3; --barrel legal takes that of the tariff, 158.98 liters at 60 F (HTSUS chapter 27, Additional US Note 7).",
	example: "  gauger calc volume 1592m3 --base 15C --to bbl --to-base 60F --density 926.5kg/m3",
	new:     func() calculation { return new(volumeInput) },
}

type volumeInput struct {
	oil        // without an observation: its density is at base
	volume     unit.Value
	to, toBase string
	barrel     string
}

func (in *volumeInput) bind(f *flags) {
	f.value(&in.volume, "volume", wantVolume, "a liquid volume", argument)
	f.choice(&in.base, "base", bases, "its reference (base) temperature", needed)
	f.choice(&in.to, "to", []string{"bbl", "m3"}, "unit to state it in; without it the unit stays")
	f.choice(&in.toBase, "to-base", bases, "reference temperature to state it at; without it that stays")
	in.bindKind(f)
	f.value(&in.density, "density", wantDensity, "density at base; API gravity and relative density are at 60 F")
	f.choice(&in.barrel, "barrel", []string{"exact", "legal"}, "which barrel to state m3 in; without it the exact one")
}

func (in *volumeInput) compute(r *Result) error {
	from := quantity.Basis{Unit: volumeUnit(in.volume), Reference: in.reference()}
	to := quantity.Basis{Unit: cmp.Or(quantity.Unit(in.to), from.Unit), Reference: cmp.Or(quantity.Reference(in.toBase), from.Reference)}
	if from == to {
		return fmt.Errorf("the volume is in %s already: name another unit with --to, or another temperature with --to-base", from)
	}
	g, err := in.liquidGroup()
	if err != nil {
		return err
	}
	m, err := in.volume.Micro()
	if err != nil {
		return err
	}
	var rho float64
	if from.Reference != to.Reference {
		if !in.density.Given() {
			return errors.New("--density is missing: from " + in.base + " to " + in.toBase + " a liquid grows as its density has it; give it, such as 926.5kg/m3")
		}
		if rho, err = in.atBase(r, g, liquid.InputsUnrounded); err != nil {
			return err
		}
	}
	m, steps, err := in.convert(g, m, from, to, rho)
	if err != nil {
		return err
	}
	var methods []string
	for _, s := range steps {
		note, key := "volume after over volume before", "rebase"
		switch s.Name {
		case quantity.ExactBarrel:
			note, key = "m3 in a barrel of 42 US gallons, exactly", "exact_barrel"
			methods = append(methods, s.Name)
		case customs.LegalBarrel:
			note, key = "m3 in a barrel of the tariff", "legal_barrel"
			methods = append(methods, s.Name)
		default:
			methods = append(methods, liquid.Method11_1)
		}
		r.step(key+"_factor", s.Name, exact(s.Factor), "", note)
		r.step(key+"_volume_"+string(s.To.Unit), "volume then", exact(s.Result), s.To.String(), "rounded once, to 6 decimals")
	}
	r.result("volume_"+string(to.Unit), "volume", exact(m), to.String(), "")
	rounding := "volumes to 6 decimals"
	if from.Reference != to.Reference {
		rounding = fmt.Sprintf("factor of reference conditions to %d decimals, ", liquid.RebaseDecimals) + rounding
	}
	r.by(rounding, methods...)
	return nil
}

// convert goes from one basis to the other. The barrel of the tariff is that of 60 F, so what is at another temperature goes there first.
func (in *volumeInput) convert(g liquid.Group, m quantity.Micro, from, to quantity.Basis, rho float64) (quantity.Micro, []liquid.Conversion, error) {
	if in.barrel != "legal" {
		return liquid.ConvertVolume(g, m, from, to, rho)
	}
	if from.Unit != quantity.CubicMetre || to != quantity.Customary {
		return 0, nil, errors.New("--barrel legal goes from m3 to barrels at 60 F: give the volume in m3, and --to bbl --to-base 60F")
	}
	metric := quantity.Basis{Unit: quantity.CubicMetre, Reference: quantity.At60F}
	var steps []liquid.Conversion
	if from != metric {
		var err error
		if m, steps, err = liquid.ConvertVolume(g, m, from, metric, rho); err != nil {
			return 0, nil, err
		}
	}
	bbl, err := customs.ToLegalBarrels(m)
	return bbl, append(steps, liquid.Conversion{
		Name: customs.LegalBarrel, Factor: customs.MetresPerLegalBarrel, From: metric, To: to, Result: bbl,
	}), err
}
