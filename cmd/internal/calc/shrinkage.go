package calc

import (
	"fmt"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/blend"
	"github.com/gauger/gauger/metrology/liquid"
)

var shrinkageKind = kind{
	use:     "shrinkage",
	short:   "Volume that vanishes when a light and a heavy liquid are blended (MPMS 12.3)",
	example: "  gauger calc shrinkage --heavy 95000bbl --heavy-density 30.7API --light 5000bbl --light-density 86.5API",
	new:     func() calculation { return new(shrinkageInput) },
}

type shrinkageInput struct {
	heavy, heavyDensity, light, lightDensity unit.Value
}

func (in *shrinkageInput) bind(f *flags) {
	f.value(&in.heavy, "heavy", wantVolume, "volume of the heavy component, at reference conditions", needed)
	f.value(&in.heavyDensity, "heavy-density", wantDensity, "its density at 60 F", needed)
	f.value(&in.light, "light", wantVolume, "volume of the light component, at the same reference conditions", needed)
	f.value(&in.lightDensity, "light-density", wantDensity, "its density at 60 F", needed)
}

func (in *shrinkageInput) compute(r *Result) error {
	if err := sameUnit(in.heavy, in.light); err != nil {
		return err
	}
	heavy, err := component(in.heavy, in.heavyDensity)
	if err != nil {
		return fmt.Errorf("--heavy: %w", err)
	}
	light, err := component(in.light, in.lightDensity)
	if err != nil {
		return fmt.Errorf("--light: %w", err)
	}
	if light.API <= heavy.API {
		return fmt.Errorf("--light of %s is not lighter than --heavy of %s: exchange them", in.lightDensity, in.heavyDensity)
	}
	s, err := blend.Shrink(heavy, light)
	if err != nil {
		return err
	}
	name := in.heavy.Unit.Name
	r.step("heavy_api60", "API gravity of the heavy", number(heavy.API, 4), "API", "")
	r.step("light_api60", "API gravity of the light", number(light.API, 4), "API", "")
	r.step("gross_"+name, "gross volume", exact(s.Gross), name, "heavy + light")
	r.step("light_percent", "light component C", number(s.LightPercent, 6), "%", "light / gross x 100")
	r.step("difference_api", "difference of gravities G", number(s.Difference, 4), "API", "light - heavy")
	r.step("shrinkage_percent", "shrinkage S", exact(s.Percent), "%", "4.86e-8 x C x (100 - C)^0.819 x G^2.28, to 4 decimals")
	r.result("shrinkage_"+name, "volume lost", exact(s.Volume), name, "gross x S / 100")
	r.result("net_"+name, "volume of the blend", exact(s.Net), name, "gross - volume lost")
	r.by(fmt.Sprintf("S to %d decimals, volume lost to 6", blend.PercentDecimals), blend.Method)
	return nil
}

func component(volume, density unit.Value) (blend.Component, error) {
	m, err := volume.Micro()
	return blend.Component{Volume: m, API: apiGravity(density)}, err
}

// apiGravity returns the API gravity of a density at 60 F, to the digit if it was given as one.
func apiGravity(v unit.Value) float64 {
	if v.Unit.Name == "API" {
		return v.Number
	}
	return liquid.APIGravity(v.SI())
}
