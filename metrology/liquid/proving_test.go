package liquid

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// worked is a proving worked out independently of this code: five runs of a turbine meter against a mild steel pipe prover.
func worked() Proving {
	return Proving{
		Prover: Prover{
			Volume: quantity.F(25_0018, 4), Base: quantity.At60F,
			Expansion: MildSteelExpansion, Elasticity: MildSteelElasticity, Inner: 17.25, Wall: 0.375,
		},
		K:       quantity.F(8400, 0),
		Runs:    []int64{210_154, 210_161, 210_150, 210_158, 210_157},
		Limit:   FiveRunRepeatability,
		Group:   Crude,
		RhoBase: FromAPIGravity(37.4),
		ProverT: Fahrenheit(84.2), ProverP: Psi(60),
		MeterT: Fahrenheit(84.3), MeterP: Psi(62),
	}
}

// TestProve holds each step of the worked proving.
func TestProve(t *testing.T) {
	got, err := Prove(worked())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		what      string
		got, want float64
	}{
		{"mean pulses", got.MeanPulses, 210_156},
		{"repeatability", got.Repeatability, 0.005234356412086605},
		{"CTS", got.CTS, 1.00045012},
		{"CPS", got.CPS, 1.000092},
		{"CTL of the prover", got.Prover.CTL, 0.9881723076472727},
		{"CPL of the prover", got.Prover.CPL, 1.0003393013367476},
		{"GSV", got.GSV, 24.727868440977076},
		{"IV", got.IV, 25.018571428571427},
		{"CTL of the meter", got.Meter.CTL, 0.9881232683404445},
		{"CPL of the meter", got.Meter.CPL, 1.0003507365729998},
		{"ISV", got.ISV, 24.73010327974783},
		{"meter factor", got.MF, 0.9999096308355258},
	} {
		close9(t, tc.what, tc.got, tc.want)
	}
	const table, exact = 2.776, 2.776445 // the figure was worked out with the three decimals of a printed table of Student's t
	if want := 0.002471221593883701 / table * exact; math.Abs(got.Uncertainty-want) > 1e-12 {
		t.Errorf("random uncertainty %v %%, want %v %%", got.Uncertainty, want)
	}
	if got.MeterFactor.String() != "0.9999" {
		t.Errorf("meter factor %s, want 0.9999", got.MeterFactor)
	}
}

// TestProveRepeats: runs that lie too far apart give no meter factor but a reason.
func TestProveRepeats(t *testing.T) {
	p := worked()
	p.Runs[3] = 210_290
	_, err := Prove(p)
	var bad *RepeatabilityError
	if !errors.As(err, &bad) || bad.Runs != 5 || bad.Limit != FiveRunRepeatability || math.Abs(bad.Repeatability-0.066619) > 1e-6 {
		t.Fatalf("got %v, want the repeatability of 0.0666 %% refused", err)
	}
	if want := "repeatability of 5 runs is 0.0666 %, above the limit of 0.05 %: prove again"; err.Error() != want {
		t.Errorf("message %q, want %q", err, want)
	}
	p.Limit = 0.07
	if _, err := Prove(p); err != nil {
		t.Errorf("within a wider limit: %v", err)
	}
}

// TestProveDoubleWall: with the pressure on both sides the measuring pipe does not stretch.
func TestProveDoubleWall(t *testing.T) {
	p := worked()
	p.Prover.DoubleWall, p.Prover.Inner, p.Prover.Wall, p.Prover.Elasticity = true, 0, 0, 0
	got, err := Prove(p)
	if err != nil || got.CPS != 1 {
		t.Errorf("CPS %v, %v; want 1", got.CPS, err)
	}
}

// TestProveMetric: a prover with its volume at 15 C has its steel referred to 15 C.
func TestProveMetric(t *testing.T) {
	p := worked()
	p.Prover.Base = quantity.At15C
	p.ProverT = Celsius(15)
	got, err := Prove(p)
	if err != nil || got.CTS != 1 {
		t.Errorf("CTS %v, %v; want 1", got.CTS, err)
	}
}

// TestProveRefuses: what is missing or can't be, with a word on what.
func TestProveRefuses(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(*Proving)
		message string
	}{
		{"no k-factor", func(p *Proving) { p.K = quantity.Factor{} }, "k-factor 0"},
		{"no prover volume", func(p *Proving) { p.Prover.Volume = quantity.Factor{} }, "prover volume 0"},
		{"one run", func(p *Proving) { p.Runs = p.Runs[:1] }, "1 runs: 2 to 20"},
		{"no runs", func(p *Proving) { p.Runs = nil }, "0 runs: 2 to 20"},
		{"too many runs", func(p *Proving) { p.Runs = slices.Repeat([]int64{210_150}, 21) }, "21 runs: 2 to 20"},
		{"an empty run", func(p *Proving) { p.Runs[0] = 0 }, "without pulses"},
		{"no limit", func(p *Proving) { p.Limit = math.NaN() }, "above the limit of NaN"},
		{"no meter temperature", func(p *Proving) { p.MeterT = Temperature{} }, "liquid in the meter: temperature not given"},
		{"prover too hot", func(p *Proving) { p.ProverT = Fahrenheit(400) }, "liquid in the prover: temperature"},
		{"no base", func(p *Proving) { p.Prover.Base = "" }, "unknown reference conditions"},
		{"no expansion", func(p *Proving) { p.Prover.Expansion = 0 }, "check expansion"},
		{"expansion per million", func(p *Proving) { p.Prover.Expansion = 18.6 }, "check expansion"},
		{"no wall", func(p *Proving) { p.Prover.Wall = 0 }, "check expansion"},
		{"no elasticity", func(p *Proving) { p.Prover.Elasticity = math.NaN() }, "check expansion"},
		{"k-factor of another meter", func(p *Proving) { p.K = quantity.F(1, 6) }, "meter factor 1.19"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := worked()
			tc.change(&p)
			got, err := Prove(p)
			if err == nil || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("got %+v, %v; want a refusal that says %q", got, err, tc.message)
			}
		})
	}
}

// TestStudent: the points of Student's t, by integrating its density: 95 % of it lies within.
func TestStudent(t *testing.T) {
	for i, point := range student {
		free := float64(i + 1)
		density := func(x float64) float64 { return math.Pow(1+x*x/free, -(free+1)/2) }
		scale := math.Gamma((free+1)/2) / math.Sqrt(free*math.Pi) / math.Gamma(free/2)
		const steps = 2000 // Simpson
		h := point / steps
		sum := density(0) + density(point)
		for k := 1; k < steps; k++ {
			sum += density(float64(k)*h) * float64(2+2*(k%2))
		}
		if within := 2 * scale * sum * h / 3; math.Abs(within-0.95) > 1e-7 {
			t.Errorf("within %v at %v degrees of freedom lie %v, want 0.95", point, free, within)
		}
	}
}

// TestProveScales: a meter that counts k times as many pulses has the same factor at k times the K-factor, and the order of the
// runs does not matter.
func TestProveScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := worked()
		p.Runs = rapid.SliceOfN(rapid.Int64Range(210_100, 210_200), 2, 20).Draw(t, "runs")
		want, err := Prove(p)
		if err != nil {
			t.Fatal(err)
		}
		k := rapid.Int64Range(2, 1000).Draw(t, "k")
		p.K.Mantissa *= k
		for i := range p.Runs {
			p.Runs[i] *= k
		}
		slices.Reverse(p.Runs)
		got, err := Prove(p)
		if err != nil || math.Abs(got.MF-want.MF) > 1e-12 || math.Abs(got.Uncertainty-want.Uncertainty) > 1e-9 || got.Uncertainty < 0 {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	})
}
