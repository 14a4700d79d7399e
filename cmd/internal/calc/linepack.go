package calc

import (
	"fmt"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/liquid/linepack"
	"github.com/gauger/gauger/metrology/quantity"
)

var linepackKind = kind{
	use:   "linepack",
	short: "Standard volume that a segment of pipeline holds, and its change with temperature and pressure",
	long:  "With --after-temperature or --after-pressure also what the segment holds then, and the change.",
	example: "  gauger calc linepack --length 100km --inner-diameter 304.8mm --wall 9.5mm --density 35API --temperature 20C --pressure 3500kPag \\\n" +
		"      --after-temperature 21C --unit m3 --base 15C",
	new: func() calculation { return new(linepackInput) },
}

type linepackInput struct {
	length, inner, wall      unit.Value
	steel                    string
	oil                      // with the density at base
	temperature, pressure    unit.Value
	afterTemperature, afterP unit.Value
	unit                     string
}

func (in *linepackInput) bind(f *flags) {
	f.value(&in.length, "length", unit.Want{Kind: unit.Length, Sign: unit.Positive, Example: "100km"}, "length of the segment", needed)
	f.value(&in.inner, "inner-diameter", unit.Want{Kind: unit.Length, Sign: unit.Positive, Example: "304.8mm"}, "inner diameter of the pipe", needed)
	f.value(&in.wall, "wall", unit.Want{Kind: unit.Length, Sign: unit.Positive, Example: "9.5mm"}, "wall thickness", needed)
	f.choice(&in.steel, "steel", []string{"mild", "304", "316", "17-4PH"}, "steel of the pipe", or("mild"))
	in.bindKind(f)
	f.value(&in.density, "density", wantDensity, "density at base; API gravity and relative density are at 60 F", needed)
	f.choice(&in.base, "base", bases, "reference (base) temperature", or("60F"))
	f.choice(&in.unit, "unit", []string{"bbl", "m3"}, "unit of the volume", or("bbl"))
	f.value(&in.temperature, "temperature", wantTemperature, "mean temperature of the liquid", needed)
	f.value(&in.pressure, "pressure", wantGauge, "mean pressure", needed)
	f.value(&in.afterTemperature, "after-temperature", wantTemperature, "mean temperature afterwards; without it as before")
	f.value(&in.afterP, "after-pressure", wantGauge, "mean pressure afterwards; without it as before")
}

func (in *linepackInput) compute(r *Result) error {
	g, err := in.liquidGroup()
	if err != nil {
		return err
	}
	rho, err := in.atBase(r, g, liquid.InputsUnrounded)
	if err != nil {
		return err
	}
	segment := linepack.Segment{Name: in.length.String(), Length: in.length.In("m"), Inner: in.inner.In("m"), Wall: in.wall.In("m"), Steel: steels[in.steel]}
	basis := quantity.Basis{Unit: quantity.Unit(in.unit), Reference: in.reference()}
	state := linepack.State{Group: g, RhoBase: rho, T: temperature(in.temperature), P: gauge(in.pressure)}
	before, err := linepack.Fill(segment, state, basis)
	if err != nil {
		return err
	}
	r.step("geometric_m3", "geometric volume", number(before.Geometric, 6), "m3", "pi/4 x inner diameter^2 x length")
	in.steps(r, before, "")
	r.result("pack_"+in.unit, "volume in the segment", exact(before.Volume), basis.String(), "geometric x CTS x CPS x CTL x CPL")
	if in.afterTemperature.Given() || in.afterP.Given() {
		if in.afterTemperature.Given() {
			state.T = temperature(in.afterTemperature)
		}
		if in.afterP.Given() {
			state.P = gauge(in.afterP)
		}
		after, err := linepack.Fill(segment, state, basis)
		if err != nil {
			return fmt.Errorf("afterwards: %w", err)
		}
		in.steps(r, after, "after ")
		change, err := linepack.Between([]linepack.Pack{before}, []linepack.Pack{after})
		if err != nil {
			return err
		}
		r.result("pack_after_"+in.unit, "volume afterwards", exact(change.After), basis.String(), "")
		r.result("change_"+in.unit, "change", exact(change.Volume), basis.String(), "positive stayed in the line")
	}
	r.by(before.Rounding, strings.Split(before.Method, "; ")...)
	return nil
}

func (in *linepackInput) steps(r *Result, p linepack.Pack, name string) {
	key := strings.ReplaceAll(name, " ", "_")
	r.step(key+"cts", name+"CTS", number(p.CTS, 9), "", "steel, 1 + dT x 2 a")
	r.step(key+"cps", name+"CPS", number(p.CPS, 9), "", "steel, 1 + P D / (E t)")
	r.step(key+"ctl", name+"CTL", number(p.Liquid.CTL, 12), "", p.State.T.String()+" to "+in.base)
	r.step(key+"cpl", name+"CPL", number(p.Liquid.CPL, 12), "", at(p.State.P))
}
