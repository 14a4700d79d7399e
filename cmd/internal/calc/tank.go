package calc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/liquid/tank"
	"github.com/gauger/gauger/metrology/quantity"
)

var tankKind = kind{
	use:   "tank",
	short: "What an upright tank holds, or received between two gauges (MPMS 12.1.1)",
	long: "From the total observed volume of the capacity table. With --open-tov it is a transfer: what the flags without open- say is then the\n" +
		"closing gauge, and --open-temperature, --open-ambient and --open-density are as at closing unless they are given.",
	example: "  gauger calc tank --tov 96211.80bbl --water 152.40bbl --roof 12.10bbl --open-tov 12034.55bbl --open-water 150.20bbl \\\n" +
		"      --open-roof -12.35bbl --temperature 77F --ambient 85F --density 37.4API --sw 0.25%",
	new: func() calculation { return new(tankInput) },
}

var (
	shells        = map[string]tank.Shell{"bare": tank.Bare, "insulated": tank.Insulated, "none": tank.NoCTSh}
	tankRoundings = map[string]tank.Rounding{"ticket": tank.TicketRounding, "ctl": tank.CTLRounded, "none": tank.NothingRounded}
)

// gauging is what was found in the tank at one time.
type gauging struct{ tov, water, roof, temperature, ambient, density unit.Value }

type tankInput struct {
	closing, opening gauging
	roofMass         unit.Value
	oil              // group and base; the density is that of each gauge
	sw               unit.Value
	shell, steel     string
	rounding         string
}

func (in *tankInput) bind(f *flags) {
	c, o := &in.closing, &in.opening
	f.value(&c.tov, "tov", wantVolume, "total observed volume, by the capacity table", needed, called("TOV"))
	f.value(&c.water, "water", wantVolume, "free water in it", called("free water"))
	f.value(&c.roof, "roof", wantSigned, "floating roof adjustment FRA, with its sign", called("FRA"))
	f.value(&in.roofMass, "roof-mass", unit.Want{Kind: unit.Mass, Sign: unit.Positive, Example: "125000kg"}, "mass of a floating roof that the table leaves out, instead of an FRA")
	f.value(&c.temperature, "temperature", wantTemperature, "mean temperature of the liquid", needed)
	f.value(&c.ambient, "ambient", wantTemperature, "temperature of the air around a bare shell")
	f.value(&c.density, "density", wantDensity, "density at base; API gravity and relative density are at 60 F", needed)
	f.value(&in.sw, "sw", wantPercent, "sediment and water, in % of the volume", or("0%"), called("sediment and water"))
	f.value(&o.tov, "open-tov", wantVolume, "total observed volume at the opening gauge", called("opening TOV"))
	f.value(&o.water, "open-water", wantVolume, "free water then", with("open-tov"), called("opening free water"))
	f.value(&o.roof, "open-roof", wantSigned, "FRA then", with("open-tov"), called("opening FRA"))
	f.value(&o.temperature, "open-temperature", wantTemperature, "mean temperature of the liquid then", with("open-tov"))
	f.value(&o.ambient, "open-ambient", wantTemperature, "temperature of the air then", with("open-tov"))
	f.value(&o.density, "open-density", wantDensity, "density at base then", with("open-tov"))
	in.bindKind(f)
	f.choice(&in.base, "base", bases, "reference (base) temperature", or("60F"))
	f.choice(&in.shell, "shell", []string{"bare", "insulated", "none"}, "the shell; none takes no CTSh", or("bare"))
	f.choice(&in.steel, "steel", []string{"mild", "304", "316", "17-4PH"}, "steel of the shell", or("mild"))
	f.choice(&in.rounding, "rounding", []string{"ticket", "ctl", "none"},
		"ticket: shell to 1 F or 0.5 C, CTSh and CTL to 5 decimals, volumes to 0.01 bbl or 0.001 m3; ctl: only CTL; none", or("ticket"))
}

func (in *tankInput) compute(r *Result) error {
	if in.roofMass.Given() && (in.closing.roof.Given() || in.opening.roof.Given()) {
		return errors.New("--roof-mass does not go with --roof and --open-roof: give either, the mass or the adjustment")
	}
	g, err := in.liquidGroup()
	if err != nil {
		return err
	}
	t := tank.Tank{Unit: volumeUnit(in.closing.tov), Base: in.reference(), Shell: shells[in.shell], Steel: steels[in.steel], Group: g}
	if in.shell == "none" {
		t.Steel = steels[""]
	}
	if !in.opening.tov.Given() {
		c, err := in.measure(r, t, in.closing, "")
		if err != nil {
			return err
		}
		in.contents(r, c)
		r.by(string(c.Rounding), strings.Split(c.Method, "; ")...)
		return nil
	}
	for _, v := range []struct{ to, from *unit.Value }{
		{&in.opening.temperature, &in.closing.temperature}, {&in.opening.ambient, &in.closing.ambient}, {&in.opening.density, &in.closing.density},
	} {
		if !v.to.Given() {
			*v.to = *v.from
		}
	}
	opening, err := in.measure(r, t, in.opening, "opening ")
	if err != nil {
		return fmt.Errorf("opening gauge: %w", err)
	}
	closing, err := in.measure(r, t, in.closing, "closing ")
	if err != nil {
		return fmt.Errorf("closing gauge: %w", err)
	}
	moved, err := tank.Between(opening, closing, tank.Line{})
	if err != nil {
		return err
	}
	in.transfer(r, moved)
	r.by(string(moved.Rounding), strings.Split(moved.Method, "; ")...)
	return nil
}

// measure measures one gauge, and adds the steps under its name.
func (in *tankInput) measure(r *Result, t tank.Tank, g gauging, name string) (tank.Contents, error) {
	m := tank.Gauging{Liquid: temperature(g.temperature)}
	if g.ambient.Given() {
		m.Ambient = temperature(g.ambient)
	} else if in.shell == "bare" {
		return tank.Contents{}, errors.New("--ambient is missing: a bare shell is partly as warm as the air; give its temperature, such as 85F, or --shell insulated")
	}
	all := []unit.Value{g.tov}
	for _, v := range []struct {
		value unit.Value
		to    *quantity.Micro
		name  string
	}{{in.closing.tov, new(quantity.Micro), "tov"}, {g.tov, &m.TOV, "tov"}, {g.water, &m.FW, "water"}, {g.roof, new(quantity.Micro), "roof"}} {
		if !v.value.Given() {
			continue
		}
		all = append(all, v.value)
		var err error
		if *v.to, err = v.value.Micro(); err != nil {
			return tank.Contents{}, fmt.Errorf("--%s: %w", v.name, err)
		}
		if v.name == "roof" {
			m.Roof = tank.EnteredRoof(*v.to)
		}
	}
	if err := sameUnit(all...); err != nil {
		return tank.Contents{}, err
	}
	if in.roofMass.Given() {
		m.Roof = tank.RoofByMass(in.roofMass.In("kg"))
	}
	var err error
	if m.SW, err = in.sw.Factor(); err != nil {
		return tank.Contents{}, fmt.Errorf("--sw: %w", err)
	}
	if m.RhoBase, err = in.density(g.density, t.Group); err != nil {
		return tank.Contents{}, err
	}
	c, err := t.Measure(tankRoundings[in.rounding], m)
	if err != nil {
		return tank.Contents{}, err
	}
	in.steps(r, c, name)
	return c, nil
}

// density returns a density at base in kg/m3.
func (in *tankInput) density(v unit.Value, g liquid.Group) (float64, error) {
	if v.Unit.Name == "kg/m3" || in.base == "60F" {
		return v.SI(), nil
	}
	to, err := liquid.Rebase(g, v.SI(), quantity.At60F, in.reference())
	if err != nil {
		return 0, fmt.Errorf("density: %w", err)
	}
	return to.Density, nil
}

// steps adds the figures of a gauge, each with what it is made of.
func (in *tankInput) steps(r *Result, c tank.Contents, name string) {
	u, key := in.closing.tov.Unit.Name, strings.ReplaceAll(name, " ", "_")
	v := func(m quantity.Micro) string { return in.decimals(m) }
	add := func(k, label string, x cell, unit, note string) { r.step(key+k, name+label, x, unit, note) }
	add("rho_base_kgm3", "density at "+in.base, number(c.Gauging.RhoBase, 6), "kg/m3", "")
	if in.shell != "none" {
		note := "as the liquid"
		if in.shell == "bare" {
			note = "(7 x liquid + ambient) / 8"
		}
		degrees, scale := c.ShellT.Fahrenheit(), "F"
		if in.base != "60F" {
			degrees, scale = c.ShellT.Celsius(), "C"
		}
		add("shell_temperature_"+scale, "shell temperature", number(degrees, 3), scale, note)
		add("ctsh", "CTSh", exact(c.CTSh), "", "1 + 2 a dT + (a dT)^2")
	}
	add("fra_"+u, "FRA", word(v(c.FRA)), u, "")
	add("gov_"+u, "GOV", word(v(c.GOV)), u, strings.Replace(fmt.Sprintf("(%s - %s) x %s + %s", v(c.Gauging.TOV), v(c.Gauging.FW), c.CTSh, v(c.FRA)), "+ -", "- ", 1))
	add("ctl_unrounded", "CTL, unrounded", number(c.Liquid.CTL, 12), "", c.Gauging.Liquid.String()+" to "+in.base)
	add("ctl", "CTL", exact(c.CTL), "", fmt.Sprintf("to %d decimals", c.CTL.Decimals))
	add("gsv_"+u, "GSV", word(v(c.GSV)), u, fmt.Sprintf("%s x %s", v(c.GOV), c.CTL))
	add("csw", "CSW", exact(c.CSW), "", fmt.Sprintf("1 - %s / 100", c.Gauging.SW))
	add("nsv_"+u, "NSV", word(v(c.NSV)), u, fmt.Sprintf("%s x %s", v(c.GSV), c.CSW))
	add("wcf_kg_"+u, "WCF", exact(c.WCF), "kg/"+u, "weight in air of a unit")
}

// decimals prints a volume with the decimals that the rounding leaves.
func (in *tankInput) decimals(m quantity.Micro) string {
	places := 6
	if in.rounding == "ticket" {
		places = 3
		if in.closing.tov.Unit.Name == "bbl" {
			places = 2
		}
	}
	return m.Decimal(places)
}

func (in *tankInput) contents(r *Result, c tank.Contents) {
	in.results(r, []tankFigure{
		{"gsv", "gross standard volume", c.GSV, "GOV x CTL"}, {"nsv", "net standard volume", c.NSV, "GSV x CSW"},
		{"sw", "sediment and water", c.Water, "GSV - NSV"}, {"tcv", "total calculated volume", c.TCV, "GSV + free water"},
	}, c.GSW, c.NSW)
}

func (in *tankInput) transfer(r *Result, t tank.Transfer) {
	in.results(r, []tankFigure{
		{"gsv_received", "GSV received", t.GSV, "closing - opening; negative is delivered"}, {"nsv_received", "NSV received", t.NSV, "closing - opening"},
		{"sw", "sediment and water", t.Water, "GSV - NSV"}, {"free_water", "free water", t.FreeWater, "closing - opening"},
	}, t.GSW, t.NSW)
}

// tankFigure is a volume that comes out of a tank.
type tankFigure struct {
	key, label string
	volume     quantity.Micro
	note       string
}

func (in *tankInput) results(r *Result, figures []tankFigure, gsw, nsw quantity.Micro) {
	u := in.closing.tov.Unit.Name
	for _, x := range figures {
		r.result(x.key+"_"+u, x.label, word(in.decimals(x.volume)), u, x.note)
	}
	r.result("gsw_kg", "gross weight in air", word(gsw.Decimal(3)), "kg", "GSV x WCF")
	r.result("nsw_kg", "net weight in air", word(nsw.Decimal(3)), "kg", "NSV x WCF")
}
