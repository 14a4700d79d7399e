package calc

import (
	"fmt"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var liquidKind = kind{
	use:   "liquid",
	short: "Factors of temperature and pressure of a liquid, its density and volume at base (MPMS 11.1)",
	long: "From a density, observed or at base, to the density at base, the factors CTL, CPL and CTPL at a temperature and pressure, and the\n" +
		"volume at base of a volume there. Without --to the factors are those of the conditions under which the density was observed.\n\n" +
		"--batch columns: " + wrapped(liquidColumns) + ".\nkind is base_to_alt, obs_to_base or obs_to_base_to_alt.",
	example: "  gauger calc liquid --density 38.4API --observed-at 71.5F --to 84.3F --pressure 62psig --volume 10014.70bbl",
	new:     func() calculation { return new(liquidInput) },
}

type liquidInput struct {
	oil
	to, pressure, volume unit.Value
	rounding             string
}

func (in *liquidInput) bind(f *flags) {
	in.oil.bind(f)
	f.value(&in.to, "to", wantTemperature, "temperature that the factors are for")
	f.value(&in.pressure, "pressure", wantGauge, "pressure there", or("0psig"), with("to"))
	f.value(&in.volume, "volume", wantVolume, "volume at that temperature and pressure")
	f.choice(&in.rounding, "rounding", []string{"none", "inputs"}, "inputs: round density, temperature and pressure to the increments of 11.1 first", or("none"))
}

// policy returns the rounding policy of the word.
func policy(word string) liquid.Rounding {
	if word == "inputs" {
		return liquid.InputDiscrimination
	}
	return liquid.InputsUnrounded
}

func (in *liquidInput) compute(r *Result) error {
	g, err := in.liquidGroup()
	if err != nil {
		return err
	}
	if !in.to.Given() && !in.observedAt.Given() {
		return fmt.Errorf("--to is missing: name the temperature that the factors are for, such as %s", wantTemperature.Example)
	}
	p := policy(in.rounding)
	rho, err := in.atBase(r, g, p)
	if err != nil {
		return err
	}
	to, pressure := in.to, in.pressure
	if !to.Given() {
		to, pressure = in.observedAt, in.observedPressure
	}
	t, err := p.Temperature(temperature(to))
	if err != nil {
		return err
	}
	at, err := p.Pressure(gauge(pressure))
	if err != nil {
		return err
	}
	f, err := liquid.FromBase(g, rho, in.reference(), t, at)
	if err != nil {
		return err
	}
	densities(r, f, in.base)
	factors(r, f, t, at, in.base)
	ctpl := liquid.RoundCTPL(f)
	r.result("ctpl", "CTPL", exact(ctpl), "", "to 5 decimals")
	r.result("rho_kgm3", "density at "+t.String(), number(f.RhoObserved, 6), "kg/m3", "density at "+in.base+" x CTPL unrounded")
	if in.volume.Given() {
		if err := volumeAtBase(r, in.volume, ctpl, in.base); err != nil {
			return err
		}
	}
	r.by(string(p)+"; CTPL to 5 decimals before it multiplies a volume", liquid.Method11_1)
	return nil
}

// factors adds the factors of 11.1, unrounded.
func factors(r *Result, f liquid.Factors, t liquid.Temperature, p liquid.Pressure, base string) {
	r.step("ctl", "CTL", number(f.CTL, 12), "", t.String()+" to "+base)
	r.step("fp_1e5_per_psi", "Fp", number(f.Fp, 12), "1e-5/psi", "")
	note := "1 / (1 - 1e-5 x Fp x psi) " + at(p)
	if psi := p.Psi(); psi >= 0 && !strings.HasSuffix(p.String(), "psi") {
		note += fmt.Sprintf(", which is %.6f psi", psi)
	}
	r.step("cpl", "CPL", number(f.CPL, 12), "", note)
	r.step("ctpl_unrounded", "CTPL, unrounded", number(f.CTPL, 12), "", "CTL x CPL")
}

// densities adds the density at 60 F as the trade names it.
func densities(r *Result, f liquid.Factors, base string) {
	if base != "60F" {
		r.step("rho60_kgm3", "density at 60F", number(f.Rho60, 6), "kg/m3", "")
	}
	r.step("api60", "API gravity at 60F", number(liquid.APIGravity(f.Rho60), 5), "API", "141.5 / (density at 60F / 999.016) - 131.5")
	r.step("rd60", "relative density 60/60F", number(liquid.RelativeDensity(f.Rho60), 7), "", "density at 60F / 999.016")
}

func volumeAtBase(r *Result, v unit.Value, ctpl quantity.Factor, base string) error {
	m, err := v.Micro()
	if err != nil {
		return fmt.Errorf("--volume: %w", err)
	}
	m, err = m.Mul(ctpl)
	if err != nil {
		return fmt.Errorf("--volume: %w", err)
	}
	r.result("volume_base_"+v.Unit.Name, "volume at "+base, exact(m), v.Unit.Name, "volume x CTPL")
	return nil
}
