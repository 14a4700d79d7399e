package calc

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var volumeKind = kind{
	use:     "volume VOLUME",
	short:   "A liquid volume in another unit and at other reference conditions (MPMS 11.1.7, exact barrel)",
	example: "  gauger calc volume 1592m3 --base 15C --to bbl --to-base 60F --density 926.5kg/m3",
	new:     func() calculation { return new(volumeInput) },
}

type volumeInput struct {
	oil        // without an observation: its density is at base
	volume     unit.Value
	to, toBase string
}

func (in *volumeInput) bind(f *flags) {
	f.value(&in.volume, "volume", wantVolume, "a liquid volume", argument)
	f.choice(&in.base, "base", bases, "its reference (base) temperature", needed)
	f.choice(&in.to, "to", []string{"bbl", "m3"}, "unit to state it in; without it the unit stays")
	f.choice(&in.toBase, "to-base", bases, "reference temperature to state it at; without it that stays")
	in.bindKind(f)
	f.value(&in.density, "density", wantDensity, "density at base; API gravity and relative density are at 60 F")
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
	m, steps, err := liquid.ConvertVolume(g, m, from, to, rho)
	if err != nil {
		return err
	}
	var methods []string
	for _, s := range steps {
		note, key := "volume after over volume before", "rebase"
		if s.Name == quantity.ExactBarrel {
			note, key = "m3 in a barrel of 42 US gallons, exactly", "exact_barrel"
		} else {
			methods = append(methods, liquid.Method11_1)
		}
		r.step(key+"_factor", s.Name, exact(s.Factor), "", note)
		r.step(key+"_volume_"+string(s.To.Unit), "volume then", exact(s.Result), s.To.String(), "rounded once, to 6 decimals")
		if s.Name == quantity.ExactBarrel {
			methods = append(methods, quantity.ExactBarrel)
		}
	}
	r.result("volume_"+string(to.Unit), "volume", exact(m), to.String(), "")
	rounding := "volumes to 6 decimals"
	if from.Reference != to.Reference {
		rounding = fmt.Sprintf("factor of reference conditions to %d decimals, ", liquid.RebaseDecimals) + rounding
	}
	r.by(rounding, methods...)
	return nil
}
