package calc

import (
	"errors"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/transmix"
)

var transmixKind = kind{
	use:   "transmix",
	short: "Mixed zone between two products that follow each other in a pipeline (Austin and Palfrey)",
	long:  "With --limit-leading and --limit-trailing also where to cut it.",
	example: "  gauger calc transmix --diameter 304.8mm --length 100km --velocity 1.5m/s --viscosity-leading 0.6cSt --viscosity-trailing 3.5cSt \\\n" +
		"      --limit-leading 5% --limit-trailing 5%",
	new: func() calculation { return new(transmixInput) },
}

var (
	wantKinematic = unit.Want{Kind: unit.Kinematic, Sign: unit.Positive, Example: "3.5cSt"}
	wantLimit     = unit.Want{Kind: unit.Percentage, Units: []string{"%"}, Sign: unit.Positive, Example: "5%"}
)

type transmixInput struct {
	diameter, length, velocity    unit.Value
	leading, trailing             unit.Value // viscosities
	limitLeading, limitOfTrailing unit.Value
}

func (in *transmixInput) bind(f *flags) {
	f.value(&in.diameter, "diameter", unit.Want{Kind: unit.Length, Sign: unit.Positive, Example: "304.8mm"}, "inner diameter of the line", needed)
	f.value(&in.length, "length", unit.Want{Kind: unit.Length, Sign: unit.Positive, Example: "100km"}, "length that the interface has travelled", needed)
	f.value(&in.velocity, "velocity", unit.Want{Kind: unit.Velocity, Sign: unit.Positive, Example: "1.5m/s"}, "mean velocity", needed)
	f.value(&in.leading, "viscosity-leading", wantKinematic, "kinematic viscosity of the product in front", needed)
	f.value(&in.trailing, "viscosity-trailing", wantKinematic, "kinematic viscosity of the one behind", needed)
	f.value(&in.limitLeading, "limit-leading", wantLimit, "most that the leading product may hold of the trailing one")
	f.value(&in.limitOfTrailing, "limit-trailing", wantLimit, "most that the trailing product may hold of the leading one")
}

func (in *transmixInput) compute(r *Result) error {
	if in.limitLeading.Given() != in.limitOfTrailing.Given() {
		return errors.New("--limit-leading and --limit-trailing go together: one for each product")
	}
	i, err := transmix.Mix(transmix.Run{
		Diameter: in.diameter.In("m"), Length: in.length.In("m"), Velocity: in.velocity.In("m/s"),
		ViscosityA: in.leading.In("cSt"), ViscosityB: in.trailing.In("cSt"),
	})
	if err != nil {
		return err
	}
	r.step("viscosity_cSt", "viscosity, half and half", number(i.Viscosity, 9), "cSt", "log log (nu + 0.8) is the mean of theirs")
	r.step("reynolds", "Reynolds number", number(i.Reynolds, 3), "", "v D / viscosity")
	r.step("reynolds_critical", "where the regimes meet", number(i.Critical, 3), "", "10000 exp(2.75 sqrt(D)), D in m")
	note := "11.75 sqrt(D L) Re^-0.1, in m"
	if i.Regime == transmix.BelowCritical {
		note = "18384 sqrt(D L) Re^-0.9 exp(2.18 sqrt(D)), in m"
	}
	r.step("regime", "regime", word(string(i.Regime)), "", "")
	r.result("mixed_m", "mixed zone S", number(i.Mixed, 6), "m", note)
	r.result("mixed_m3", "volume of the mixed zone", exact(decimals(i.Volume, 6)), "m3", "S x pi D^2 / 4")
	r.result("mixed_bbl", "volume of the mixed zone", exact(decimals(i.Barrels, 6)), "bbl", "")
	if !in.limitLeading.Given() {
		r.by("volumes to 6 decimals", i.Method)
		return nil
	}
	c, err := transmix.Cut(i.Volume, in.limitLeading.SI(), in.limitOfTrailing.SI())
	if err != nil {
		return err
	}
	cuts(r, c)
	r.by("volumes to 6 decimals", i.Method, c.Method)
	return nil
}

func cuts(r *Result, c transmix.Cuts) {
	for _, x := range []struct {
		key, label string
		volume     quantity.Micro
		note       string
	}{
		{"to_leading_m3", "to the leading product", c.ToLeading, "of the mixed zone, in this order"},
		{"transmix_m3", "transmix", c.Transmix, ""},
		{"to_trailing_m3", "to the trailing product", c.ToTrailing, ""},
	} {
		r.result(x.key, x.label, exact(decimals(x.volume, 6)), "m3", x.note)
	}
	r.result("trailing_in_leading_m3", "trailing product in the leading", number(c.TrailingInLeading, 6), "m3", "")
	r.result("leading_in_trailing_m3", "leading product in the trailing", number(c.LeadingInTrailing, 6), "m3", "")
	r.result("leading_in_transmix_percent", "leading product in the transmix", number(c.LeadingInTransmix*100, 4), "%", "")
}
