package calc

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/gas/orifice"
	"github.com/gauger/gauger/metrology/quantity"
)

var orificeKind = kind{
	use:   "orifice",
	short: "Flow through an orifice plate with flange taps (AGA 3, MPMS 14.3)",
	long:  "--batch columns: " + wrapped(orificeColumns) + ".\nk below 0 means an incompressible fluid. Meters of a batch are of stainless plates in carbon steel tubes, tapped upstream.",
	example: "  gauger calc orifice --bore 2.66406in --pipe 4.02638in --temperature 0F --pressure 200psia --dp 56.2110inH2O60 \\\n" +
		"      --viscosity 0.01352cP --density 2.0466lbm/ft3 --base-density 0.116198lbm/ft3 --k 1.3198 --expansion 1992",
	new: func() calculation { return new(orificeInput) },
}

var (
	wantDiameter  = unit.Want{Kind: unit.Length, Sign: unit.Positive, Example: "4.02638in"}
	wantAnyTemp   = unit.Want{Kind: unit.Temperature, Example: "72F"}
	wantPressure  = unit.Want{Kind: unit.Pressure, Example: "600psig"}
	wantAbsolute  = unit.Want{Kind: unit.Pressure, Units: []string{"psia", "kPaa", "bara", "MPaa"}, Sign: unit.Positive, Example: "14.73psia"}
	wantDP        = unit.Want{Kind: unit.Difference, Sign: unit.NotNegative, Example: "56.2110inH2O60"}
	wantViscosity = unit.Want{Kind: unit.Viscosity, Sign: unit.Positive, Example: "0.01352cP"}
	wantMassPer   = unit.Want{Kind: unit.Density, Units: []string{"lbm/ft3", "kg/m3"}, Sign: unit.Positive, Example: "2.0466lbm/ft3"}
)

type orificeInput struct {
	bore, pipe, diametersAt, plate, tube  unit.Value
	temperature, pressure, atmosphere, dp unit.Value
	viscosity, density, baseDensity       unit.Value
	k                                     quantity.Factor
	incompressible                        bool
	tap, expansion                        string
}

func (in *orificeInput) bind(f *flags) {
	f.value(&in.bore, "bore", wantDiameter, "diameter of the plate's bore", needed)
	f.value(&in.pipe, "pipe", wantDiameter, "inner diameter of the meter tube", needed)
	f.value(&in.diametersAt, "diameters-at", wantAnyTemp, "temperature at which both were measured", or("68F"))
	f.value(&in.plate, "plate-expansion", wantExpansion, "linear expansion of the plate", or("0.00000925/F"))
	f.value(&in.tube, "tube-expansion", wantExpansion, "linear expansion of the tube", or("0.0000062/F"))
	f.choice(&in.tap, "tap", []string{"upstream", "downstream"}, "tap at which the static pressure is read", or("upstream"))
	f.value(&in.temperature, "temperature", wantAnyTemp, "flowing temperature", needed)
	f.value(&in.pressure, "pressure", wantPressure, "static pressure", needed)
	f.value(&in.atmosphere, "atmosphere", wantAbsolute, "pressure of the air at the meter; needed for a gauge pressure")
	f.value(&in.dp, "dp", wantDP, "differential pressure", needed)
	f.value(&in.viscosity, "viscosity", wantViscosity, "dynamic viscosity", needed)
	f.value(&in.density, "density", wantMassPer, "density at flowing conditions", needed)
	f.value(&in.baseDensity, "base-density", wantMassPer, "density at base conditions", needed)
	f.factor(&in.k, "k", "1.3198", "isentropic exponent of a gas")
	f.yes(&in.incompressible, "incompressible", "the fluid is a liquid, which does not expand")
	f.choice(&in.expansion, "expansion", []string{"1992", "2013"}, "edition of the expansion factor (that of 2013 is unverified)", or("1992"), inBatch)
}

// edition returns the expansion factor of the word.
func (in *orificeInput) edition() orifice.Expansion {
	if in.expansion == "2013" {
		return orifice.Expansion2013Unverified
	}
	return orifice.Expansion1992
}

// absolute returns an absolute pressure in a unit of absolute pressure. That of the air is added to a gauge pressure.
func absolute(pressure, atmosphere unit.Value, name string) (float64, error) {
	if !pressure.Unit.Gauge {
		return pressure.In(name), nil
	}
	if !atmosphere.Given() {
		return 0, fmt.Errorf("--atmosphere is missing: %s counts from the pressure of the air at the meter; give that, such as 14.45psia", pressure)
	}
	p := pressure.In(name) + atmosphere.In(name)
	if !(p > 0) {
		return 0, fmt.Errorf("%s is below a perfect vacuum where the air has %s", pressure, atmosphere)
	}
	return p, nil
}

func (in *orificeInput) compute(r *Result) error {
	if in.k.Valid() == in.incompressible {
		return errors.New("give either --k, the isentropic exponent of a gas, or --incompressible")
	}
	p, err := absolute(in.pressure, in.atmosphere, "psia")
	if err != nil {
		return err
	}
	m := orifice.Meter{
		Bore: in.bore.In("in"), Pipe: in.pipe.In("in"), Plate: in.plate.In("/F"), Tube: in.tube.In("/F"),
		Reference: in.diametersAt.In("F"), Tap: orifice.Upstream, Expansion: in.edition(),
	}
	if in.tap == "downstream" {
		m.Tap = orifice.Downstream
	}
	c := orifice.Conditions{
		T: in.temperature.In("F"), P: p, DP: in.dp.In("inH2O60"), Viscosity: in.viscosity.In("cP"), Density: in.density.In("lbm/ft3"),
		BaseDensity: in.baseDensity.In("lbm/ft3"), K: in.k.Float(), Incompressible: in.incompressible,
	}
	f, err := m.Flow(c)
	if err != nil {
		return err
	}
	in.steps(r, c, f)
	r.result("qm_lbm_h", "mass flow", number(f.Mass, 4), "lbm/h", "pi/4 x 323.279 x Ev x Y x Cd x d^2 x sqrt(2 x density x dP)")
	r.result("qm_kg_h", "mass flow", number(f.Mass*0.45359237, 4), "kg/h", "")
	r.result("qb_ft3_h", "volume flow at base", number(f.Base, 4), "ft3/h", "mass flow / base density")
	r.result("qb_m3_h", "volume flow at base", number(f.Base*0.028316846592, 4), "m3/h", "")
	r.result("c_prime", "C'", number(f.Coefficient, 6), "", "volume flow / sqrt(dP x Pf), for the integral value")
	if f.Cautions != 0 {
		r.result("cautions", "outside the standard", word(f.Cautions.String()), "", "limits unverified")
	}
	r.by("nothing rounded", f.Method)
	return nil
}

func (in *orificeInput) steps(r *Result, c orifice.Conditions, f orifice.Flow) {
	r.step("pf_psia", "static pressure", number(c.P, 6), "psia", "absolute")
	r.step("dp_inH2O60", "differential pressure", number(c.DP, 6), "inH2O60", "27.707 to the psi")
	r.step("bore_in", "bore d", number(f.Bore, 6), "in", "at flowing temperature")
	r.step("pipe_in", "pipe D", number(f.Pipe, 6), "in", "at flowing temperature")
	r.step("beta", "diameter ratio", number(f.Beta, 9), "", "d / D")
	r.step("ev", "velocity of approach Ev", number(f.Ev, 9), "", "1 / sqrt(1 - ratio^4)")
	r.step("x", "pressure ratio x", number(f.Ratio, 9), "", "dP / (27.707 x upstream pressure)")
	note := "edition " + in.expansion
	if in.incompressible {
		note = "a liquid does not expand"
	}
	r.step("y", "expansion factor Y", number(f.Y, 9), "", note)
	r.step("cd", "discharge coefficient Cd", number(f.Cd, 9), "", fmt.Sprintf("Reader-Harris/Gallagher, %d iterations", f.Iterations))
	r.step("reynolds", "Reynolds number of the pipe", number(f.Reynolds, 2), "", "")
}

var (
	orificeColumns = []string{
		"case", "Tf_F", "Pf_psia", "dP_inH2O60", "d_ref_in", "D_ref_in", "mu_cP", "rho_f_lbm_ft3", "rho_b_lbm_ft3", "k",
	}
	orificeAnswers = []string{"case", "Cd", "qm_lbm_h", "qb_ft3_h", "Re"}
)

func (in *orificeInput) batch() batch {
	return batch{columns: orificeColumns, answers: orificeAnswers, echo: true, row: in.answer}
}

func (in *orificeInput) answer(cells []string, a *answer) error {
	var x [9]float64
	for i := range x {
		var err error
		if x[i], err = float(cells[i+1]); err != nil {
			return err
		}
	}
	m := orifice.Meter{
		Bore: x[3], Pipe: x[4], Plate: orifice.StainlessSteel, Tube: orifice.CarbonSteel,
		Reference: orifice.ReferenceF, Tap: orifice.Upstream, Expansion: in.edition(),
	}
	c := orifice.Conditions{T: x[0], P: x[1], DP: x[2], Viscosity: x[5], Density: x[6], BaseDensity: x[7], K: x[8]}
	if c.K < 0 {
		c.K, c.Incompressible = 0, true
	}
	f, err := m.Flow(c)
	if err != nil {
		return err
	}
	a.number(f.Cd)
	a.number(f.Mass)
	a.number(f.Base)
	a.number(f.Reynolds)
	return nil
}
