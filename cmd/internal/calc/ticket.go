package calc

import (
	"fmt"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var ticketKind = kind{
	use:   "ticket",
	short: "Volumes of a metered movement: indicated, gross, gross standard, net standard (MPMS 12.2)",
	long: "From the pulses of a meter to IV, GV, GSV and NSV. Schemes: ccf rounds CTL, CPL and CCF to 5 decimals and volumes to 0.01 bbl or\n" +
		"0.001 m3, so that the ticket can be redone by hand from what it prints; unrounded-into-ccf makes CCF of the unrounded CTL and CPL;\n" +
		"ctpl rounds CTPL and each volume once; none rounds no factor.",
	example: "  gauger calc ticket --pulses 84123450 --k-factor 8400 --meter-factor 1.0012 --density 38.4API --observed-at 71.5F \\\n" +
		"      --temperature 84.3F --pressure 62psig --sw 0.35%",
	new: func() calculation { return new(ticketInput) },
}

// schemes are the ticket schemes by their word.
var schemes = map[string]liquid.Scheme{
	"ccf": liquid.RoundedCCF, "unrounded-into-ccf": liquid.UnroundedIntoCCF, "ctpl": liquid.OneProduct, "none": liquid.NothingRounded,
}

type ticketInput struct {
	pulses int64
	k, mf  quantity.Factor
	unit   string
	oil
	temperature, pressure, sw unit.Value
	composite                 bool
	scheme, baseDensity       string
}

func (in *ticketInput) bind(f *flags) {
	f.count(&in.pulses, "pulses", "pulses of the meter", needed)
	f.factor(&in.k, "k-factor", "8400", "pulses per unit of volume", needed, called("K-factor"))
	f.choice(&in.unit, "unit", []string{"bbl", "m3"}, "the unit of volume", or("bbl"))
	f.factor(&in.mf, "meter-factor", "1.0012", "meter factor of the last proving", needed)
	f.yes(&in.composite, "composite", "meter factor or K-factor holds the CPL of the proving, so that CPL is 1")
	in.oil.bind(f)
	f.value(&in.temperature, "temperature", wantTemperature, "average temperature at the meter", needed)
	f.value(&in.pressure, "pressure", wantGauge, "average pressure at the meter", needed)
	f.value(&in.sw, "sw", wantPercent, "sediment and water, in % of the volume", or("0%"), called("sediment and water"))
	f.choice(&in.baseDensity, "base-density", []string{"reported", "unrounded"},
		"reported: go on from the density at base as it is reported, to 0.1 API, 0.1 kg/m3 or 0.0001 RD", or("reported"))
	f.choice(&in.scheme, "scheme", []string{"ccf", "unrounded-into-ccf", "ctpl", "none"}, "where the ticket rounds", or("ccf"))
}

func (in *ticketInput) compute(r *Result) error {
	g, err := in.liquidGroup()
	if err != nil {
		return err
	}
	rho, err := in.atBase(r, g, liquid.InputsUnrounded)
	if err != nil {
		return err
	}
	if rho, err = in.reported(r, g, rho); err != nil {
		return err
	}
	f, err := liquid.FromBase(g, rho, in.reference(), temperature(in.temperature), gauge(in.pressure))
	if err != nil {
		return err
	}
	percent, err := in.sw.Factor()
	if err != nil {
		return fmt.Errorf("--sw: %w", err)
	}
	m := liquid.Metered{Pulses: in.pulses, K: in.k, MF: in.mf, Unit: quantity.Unit(in.unit), Composite: in.composite}
	scheme := schemes[in.scheme]
	v, err := liquid.Ticket(scheme, m, f, percent)
	if err != nil {
		return err
	}
	arithmetic, err := v.Arithmetic()
	if err != nil {
		return err
	}
	hand := byHand(arithmetic)
	in.factors(r, f, v, hand)
	in.volumes(r, v, hand)
	density := "density at base unrounded"
	if in.baseDensity == "reported" {
		density = "density at base as reported, to " + increment[in.density.Unit.Name]
	}
	r.by(density+"; "+string(v.Scheme), liquid.Method11_1, liquid.Method12_2)
	return nil
}

// increment is what a density is reported to.
var increment = map[string]string{"API": "0.1 API", "RD": "0.0001 RD", "kg/m3": "0.1 kg/m3"}

// reported returns the density at base that the ticket goes on from.
func (in *ticketInput) reported(r *Result, g liquid.Group, rho float64) (float64, error) {
	rho60, err := liquid.Rebase(g, rho, in.reference(), quantity.At60F)
	if err != nil {
		return 0, fmt.Errorf("density at base: %w", err)
	}
	r.step("api60", "API gravity at 60F", number(liquid.APIGravity(rho60.Density), 5), "API", "141.5 / (density at 60F / 999.016) - 131.5")
	if in.baseDensity != "reported" {
		return rho, nil
	}
	var used float64 // at 60 F
	var note string
	switch in.density.Unit.Name {
	case "API":
		api, err := liquid.ReportAPIGravity(rho60.Density)
		if err != nil {
			return 0, err
		}
		r.step("api60_used", "API gravity used", exact(api), "API", "to 0.1")
		used, note = liquid.FromAPIGravity(api.Float()), fmt.Sprintf("141.5 / (%s + 131.5) x 999.016", api)
	case "RD":
		rd, err := quantity.RoundFactor(liquid.RelativeDensity(rho60.Density), 4)
		if err != nil {
			return 0, err
		}
		r.step("rd60_used", "relative density used", exact(rd), "", "to 0.0001")
		used, note = liquid.FromRelativeDensity(rd.Float()), rd.String()+" x 999.016"
	default:
		used, err := liquid.InputDiscrimination.Density(rho)
		r.step("rho_base_used_kgm3", "density used", number(used, 1), "kg/m3", "to 0.1, at "+in.base)
		return used, err
	}
	to, err := liquid.Rebase(g, used, quantity.At60F, in.reference())
	if err != nil {
		return 0, fmt.Errorf("density as reported: %w", err)
	}
	if in.base != "60F" {
		note += ", " + to.Name
	}
	r.step("rho_base_used_kgm3", "density used", number(to.Density, 6), "kg/m3", note)
	return to.Density, nil
}

// byHand returns what each figure of a ticket is calculated from, by its name.
func byHand(arithmetic []string) map[string]string {
	hand := map[string]string{}
	for _, a := range arithmetic {
		name, from, _ := strings.Cut(a, " = ")
		hand[name], _, _ = strings.Cut(from, " = ")
	}
	return hand
}

func (in *ticketInput) factors(r *Result, f liquid.Factors, v liquid.Volumes, hand map[string]string) {
	r.step("ctl_unrounded", "CTL, unrounded", number(f.CTL, 12), "", fmt.Sprintf("%s to %s", in.temperature, in.base))
	r.step("cpl_unrounded", "CPL, unrounded", number(f.CPL, 12), "", at(gauge(in.pressure)))
	cpl := "to 5 decimals"
	if in.composite {
		cpl = "in the composite factor"
	}
	if v.CCF.Valid() {
		r.step("ctl", "CTL", exact(v.CTL), "", "to 5 decimals")
		r.step("cpl", "CPL", exact(v.CPL), "", cpl)
		r.step("ccf", "CCF", exact(v.CCF), "", hand["CCF"])
	} else {
		r.step("ctpl", "CTPL", exact(v.CTPL), "", fmt.Sprintf("CTL x CPL, to %d decimals", v.CTPL.Decimals))
	}
	r.step("csw", "CSW", exact(v.CSW), "", hand["CSW"])
}

func (in *ticketInput) volumes(r *Result, v liquid.Volumes, hand map[string]string) {
	for _, x := range []struct {
		key, label string
		volume     quantity.Micro
		name       string
	}{
		{"iv", "indicated volume IV", v.IV, "IV"},
		{"gv", "gross volume GV", v.GV, "GV"},
		{"isv", "indicated standard volume ISV", v.ISV, "ISV"},
		{"gsv", "gross standard volume GSV", v.GSV, "GSV"},
		{"nsv", "net standard volume NSV", v.NSV, "NSV"},
		{"sw", "sediment and water", v.Water, "S&W"},
	} {
		r.result(x.key+"_"+in.unit, x.label, exact(decimals(x.volume, places(v, in.unit))), in.unit, hand[x.name])
	}
}

// places is how many decimals the volumes of a ticket have.
func places(v liquid.Volumes, unit string) int {
	switch {
	case !v.CCF.Valid():
		return 6
	case unit == "bbl":
		return 2
	}
	return 3
}

// fixed is an exact decimal with the number of decimals it is printed with.
type fixed string

// String returns the decimal.
func (f fixed) String() string { return string(f) }

// decimals prints a volume that has no more decimals than asked for.
func decimals(m quantity.Micro, places int) fixed { return fixed(m.Decimal(places)) }
