package calc

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/liquid/lpg"
	"github.com/gauger/gauger/metrology/quantity"
)

var lpgKind = kind{
	use:   "lpg",
	short: "CTL of LPG and NGL, and its volume at base (MPMS 11.2.4, GPA TP-27)",
	long: "The CPL of light hydrocarbons is not computed: enter the one that you answer for with --cpl. A liquid that is measured at its\n" +
		"equilibrium pressure has 1.",
	example: "  gauger calc lpg --density 0.5080RD --to 87.4F --cpl 1 --volume 1250.00bbl",
	new:     func() calculation { return new(lpgInput) },
}

type lpgInput struct {
	density, observedAt, to, volume unit.Value
	base, rounding                  string
	cpl                             quantity.Factor
}

func (in *lpgInput) bind(f *flags) {
	f.value(&in.density, "density", unit.Want{Kind: unit.Density, Units: []string{"RD", "API", "kg/m3"}, Example: "0.5080RD"},
		"density of the liquid; relative density and API gravity are at 60 F", needed)
	f.value(&in.observedAt, "observed-at", wantTemperature, "temperature at which the density was observed; without it the density is at base")
	f.choice(&in.base, "base", bases, "reference (base) temperature; the pressure is that of equilibrium", or("60F"))
	f.value(&in.to, "to", wantTemperature, "temperature of the liquid", needed)
	f.factor(&in.cpl, "cpl", "1.00231", "CPL, entered")
	f.value(&in.volume, "volume", wantVolume, "volume at that temperature and the pressure of the CPL")
	f.choice(&in.rounding, "rounding", []string{"table", "none"}, "table: round temperature and density first, as TP-27 asks", or("table"))
}

func (in *lpgInput) compute(r *Result) error {
	policy := lpg.TableInputs
	if in.rounding == "none" {
		policy = lpg.InputsUnrounded
	}
	base := quantity.Reference(in.base)
	if base != quantity.At60F && in.density.Unit.Name != "kg/m3" && !in.observedAt.Given() {
		return fmt.Errorf("--density %s is at 60 F: take --base 60F, or give the density at %s in kg/m3", in.density, in.base)
	}
	rho := in.density.SI()
	var methods []string
	if in.observedAt.Given() {
		f, err := lpg.ToBase(rho, base, temperature(in.observedAt), policy)
		if err != nil {
			return fmt.Errorf("density as observed: %w", err)
		}
		r.step("rho_observed_kgm3", "density as observed", number(f.RhoObserved, 6), "kg/m3", "at "+f.Temperature.String())
		r.step("ctl_observed", "CTL, as observed", number(f.CTL, 9), "", "")
		rho = f.RhoBase
		methods = append(methods, f.Method)
	}
	f, err := lpg.FromBase(rho, base, temperature(in.to), policy)
	if err != nil {
		return err
	}
	r.step("rho_base_kgm3", "density at "+in.base, number(f.RhoBase, 6), "kg/m3", "as used")
	r.step("rd60", "relative density 60/60F", number(liquid.RelativeDensity(f.Rho60), 6), "", "density at 60F / 999.016")
	used := f.Temperature.Fahrenheit()
	if in.to.Unit.Name == "C" {
		used = f.Temperature.Celsius()
	}
	r.step("temperature_used_"+in.to.Unit.Name, "temperature used", number(used, 2), in.to.Unit.Name, "")
	r.step("ctl", "CTL", number(f.CTL, 12), "", f.Temperature.String()+" to "+in.base)
	if err := in.atPressure(r, &f); err != nil {
		return err
	}
	r.result("rho_kgm3", "density at "+f.Temperature.String(), number(f.RhoObserved, 6), "kg/m3", "density at "+in.base+" x CTL and CPL")
	if methods = append(methods, f.Method); len(methods) == 2 && methods[0] == methods[1] {
		methods = methods[:1]
	}
	r.by(string(policy)+"; CTPL to 5 decimals before it multiplies a volume", methods...)
	return nil
}

// atPressure adds what an entered CPL leads to.
func (in *lpgInput) atPressure(r *Result, f *lpg.Factors) error {
	if !in.cpl.Valid() {
		if in.volume.Given() {
			return errors.New("--volume needs --cpl: none is computed for light hydrocarbons; enter the one that you answer for, 1 at equilibrium pressure")
		}
		return nil
	}
	var err error
	if *f, err = f.Enter(in.cpl); err != nil {
		return err
	}
	r.step("ctpl_unrounded", "CTPL, unrounded", number(f.CTPL, 12), "", "CTL x CPL")
	ctpl := liquid.RoundCTPL(f.Factors)
	r.result("ctpl", "CTPL", exact(ctpl), "", "to 5 decimals")
	if !in.volume.Given() {
		return nil
	}
	return volumeAtBase(r, in.volume, ctpl, in.base)
}
