package calc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/liquid/proving"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
)

var provingKind = kind{
	use:   "proving",
	short: "Meter factor of a meter that was held against a prover (MPMS 4.8, 12.2)",
	long: "A pipe prover or, with --mount, a small-volume prover whose detectors are mounted apart from the pipe. Runs may have fractions of a\n" +
		"pulse, as interpolation gives them. They are accepted by their repeatability (max - min)/min, by the limit for their number\n" +
		"(run-count), or by the random uncertainty of their mean.",
	example: "  gauger calc proving --prover-volume 25.0018bbl --runs 210154,210161,210150,210158,210157 --k-factor 8400 \\\n" +
		"      --prover-temperature 84.2F --prover-pressure 60psig --meter-temperature 84.3F --meter-pressure 62psig --density 37.4API \\\n" +
		"      --inner-diameter 17.25in --wall 0.375in",
	new: func() calculation { return new(provingInput) },
}

// steels are the materials by the word that picks them.
var steels = map[string]steel.Material{
	"mild": steel.MildSteel, "304": steel.Stainless304, "316": steel.Stainless316, "17-4PH": steel.Stainless17_4PH, "invar": steel.Invar,
}

type provingInput struct {
	volume unit.Value
	runs   runList
	k      quantity.Factor
	oil
	proverT, proverP, meterT, meterP unit.Value
	inner, wall                      unit.Value
	doubleWall                       bool
	steel, mount                     string
	mountT                           unit.Value
	accept                           string
	limit                            unit.Value
}

func (in *provingInput) bind(f *flags) {
	f.value(&in.volume, "prover-volume", unit.Want{Kind: unit.Volume, Units: wantVolume.Units, Sign: unit.Positive, Exact: true, Example: "25.0018bbl"},
		"base volume of the prover, in the unit of the K-factor", needed)
	f.add(&in.runs, "runs", "pulses of each run", []option{needed})
	f.factor(&in.k, "k-factor", "8400", "nominal pulses per unit of volume", needed, called("K-factor"))
	f.value(&in.proverT, "prover-temperature", wantTemperature, "temperature in the prover", needed)
	f.value(&in.proverP, "prover-pressure", wantGauge, "pressure in the prover", needed)
	f.value(&in.meterT, "meter-temperature", wantTemperature, "temperature at the meter", needed)
	f.value(&in.meterP, "meter-pressure", wantGauge, "pressure at the meter", needed)
	in.oil.bind(f)
	f.value(&in.inner, "inner-diameter", wantDiameter, "inner diameter of the measuring pipe")
	f.value(&in.wall, "wall", wantDiameter, "its wall thickness")
	f.yes(&in.doubleWall, "double-wall", "the pipe has the pressure on both sides; diameter and wall are then not needed")
	f.choice(&in.steel, "steel", []string{"mild", "304", "316", "17-4PH"}, "steel of the measuring pipe", or("mild"))
	f.choice(&in.mount, "mount", []string{"invar", "mild", "304", "316", "17-4PH"}, "what holds the detectors of a small-volume prover")
	f.value(&in.mountT, "mount-temperature", wantTemperature, "its temperature", with("mount"))
	f.choice(&in.accept, "accept", []string{"repeatability", "run-count", "uncertainty"}, "by what the runs are accepted", or("repeatability"))
	f.value(&in.limit, "limit", wantUncertainty, "limit of the repeatability, 0.05%, or of the uncertainty, 0.027%")
}

func (in *provingInput) compute(r *Result) error {
	g, err := in.liquidGroup()
	if err != nil {
		return err
	}
	p := proving.Proving{
		K: in.k, Runs: in.runs.pulses, Group: g, ProverT: temperature(in.proverT), ProverP: gauge(in.proverP), MeterT: temperature(in.meterT), MeterP: gauge(in.meterP),
	}
	if p.Prover, err = in.prover(); err != nil {
		return err
	}
	if in.mount != "" {
		if !in.mountT.Given() {
			return errors.New("--mount-temperature is missing: the mount of the detectors grows with its own temperature; give it, such as 84.3F")
		}
		p.MountT = temperature(in.mountT)
	}
	if p.Accept, err = in.acceptance(); err != nil {
		return err
	}
	if p.RhoBase, err = in.atBase(r, g, liquid.InputsUnrounded); err != nil {
		return err
	}
	proof, err := proving.Prove(p)
	if err != nil {
		return err
	}
	in.steps(r, proof)
	composite, err := proof.Composite()
	if err != nil {
		return err
	}
	r.result("mf_unrounded", "meter factor, unrounded", number(proof.MF, 9), "", "GSV of the prover / ISV of the meter")
	r.result("mf", "meter factor MF", exact(proof.MeterFactor), "", fmt.Sprintf("to %d decimals", proving.MeterFactorDecimals))
	r.result("cmf", "composite meter factor CMF", exact(composite), "", "MF unrounded x CPL at the meter")
	r.by(proof.Rounding, strings.Split(proof.Method, "; ")...)
	return nil
}

func (in *provingInput) prover() (proving.Prover, error) {
	volume, err := in.volume.Factor()
	if err != nil {
		return proving.Prover{}, fmt.Errorf("--prover-volume: %w", err)
	}
	if !in.doubleWall && !(in.inner.Given() && in.wall.Given()) {
		return proving.Prover{}, errors.New("--inner-diameter and --wall are missing: the pressure widens the pipe by them; give both, or --double-wall")
	}
	p := proving.Prover{Volume: volume, Base: in.reference(), Steel: steels[in.steel], DoubleWall: in.doubleWall, Mount: steels[in.mount]}
	if !in.doubleWall {
		p.Inner, p.Wall = in.inner.Number, in.wall.In(in.inner.Unit.Name)
	}
	return p, nil
}

// acceptance returns the criterion for the runs.
func (in *provingInput) acceptance() (proving.Acceptance, error) {
	limit := in.limit.Number
	switch {
	case in.accept == "run-count" && in.limit.Given():
		return proving.Acceptance{}, errors.New("--limit does not go with --accept run-count: the number of runs has its own")
	case in.accept == "run-count":
		return proving.ByRunCount(), nil
	case in.accept == "uncertainty":
		if !in.limit.Given() {
			limit = proving.RandomUncertainty
		}
		return proving.UncertaintyWithin(limit), nil
	}
	if !in.limit.Given() {
		limit = proving.FiveRunRepeatability
	}
	return proving.RepeatabilityWithin(limit), nil
}

func (in *provingInput) steps(r *Result, p proving.Proof) {
	u := in.volume.Unit.Name
	r.step("mean_pulses", "mean pulses", number(p.Mean, 3), "", fmt.Sprintf("of %d runs", p.Runs))
	r.step("repeatability_percent", "repeatability", number(p.Repeatability, 6), "%", "(max - min) / min x 100")
	r.step("random_uncertainty_percent", "random uncertainty", number(p.Uncertainty, 6), "%", "t(95 %) x s / sqrt(n) / mean x 100")
	r.step("accepted_by", "accepted by", word(p.Accepted), "", "")
	r.step("cts_prover", "CTS of the prover", number(p.CTS, 9), "", "steel, temperature")
	r.step("cps_prover", "CPS of the prover", number(p.CPS, 9), "", "steel, pressure")
	r.step("ctl_prover", "CTL in the prover", number(p.Prover.CTL, 9), "", in.proverT.String()+" to "+in.base)
	r.step("cpl_prover", "CPL in the prover", number(p.Prover.CPL, 9), "", at(gauge(in.proverP)))
	r.step("gsv_prover_"+u, "GSV of the prover", number(p.GSV, 9), u, "base volume x CTS x CPS x CTL x CPL")
	r.step("ctl_meter", "CTL at the meter", number(p.Meter.CTL, 9), "", in.meterT.String()+" to "+in.base)
	r.step("cpl_meter", "CPL at the meter", number(p.Meter.CPL, 9), "", at(gauge(in.meterP)))
	r.step("iv_meter_"+u, "IV of the meter", number(p.IV, 9), u, "mean pulses / K-factor")
	r.step("isv_meter_"+u, "ISV of the meter", number(p.ISV, 9), u, "IV x CTL x CPL")
}

// runList is the flag with the pulses of each run.
type runList struct{ pulses []float64 }

// Type returns an example.
func (l *runList) Type() string { return "210154,210161,210150" }

// String returns the runs as they would be written.
func (l *runList) String() string {
	all := make([]string, len(l.pulses))
	for i, p := range l.pulses {
		all[i] = strconv.FormatFloat(p, 'f', -1, 64)
	}
	return strings.Join(all, ",")
}

// Set reads the runs.
func (l *runList) Set(s string) error {
	l.pulses = nil
	for cell := range strings.SplitSeq(s, ",") {
		p, err := float(strings.TrimSpace(cell))
		if err != nil || p <= 0 || len(l.pulses) == proving.MostRuns {
			return fmt.Errorf("want the pulses of %d to %d runs, such as %s", proving.LeastRuns, proving.MostRuns, l.Type())
		}
		l.pulses = append(l.pulses, p)
	}
	return nil
}
