package proving

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
	"pgregory.net/rapid"
)

// worked is a proving worked out independently of this code: five runs of a turbine meter against a mild steel pipe prover.
func worked() Proving {
	return Proving{
		Prover:  Prover{Volume: quantity.F(25_0018, 4), Base: quantity.At60F, Steel: steel.MildSteel, Inner: 17.25, Wall: 0.375},
		K:       quantity.F(8400, 0),
		Runs:    Whole([]int64{210_154, 210_161, 210_150, 210_158, 210_157}),
		Accept:  RepeatabilityWithin(FiveRunRepeatability),
		Group:   liquid.Crude,
		RhoBase: liquid.FromAPIGravity(37.4),
		ProverT: liquid.Fahrenheit(84.2), ProverP: liquid.Psi(60),
		MeterT: liquid.Fahrenheit(84.3), MeterP: liquid.Psi(62),
	}
}

// small is the same meter against a small-volume prover, whose pass is too short to give whole pulses.
func small(t *testing.T) Proving {
	t.Helper()
	p := worked()
	p.Prover = Prover{
		Volume: quantity.F(47_620, 5), Base: quantity.At60F, Steel: steel.Stainless17_4PH, Inner: 12.25, Wall: 1.125, Mount: steel.Invar,
	}
	p.MountT = liquid.Fahrenheit(90.1)
	var passes []float64
	for _, detectors := range []float64{0.8002311, 0.8002235, 0.8002307, 0.8002349, 0.8002271, 0.8002190, 0.8002290, 0.8002322, 0.8002280} {
		pulses, err := Interpolate(4002, 0.8001500, detectors)
		if err != nil {
			t.Fatal(err)
		}
		passes = append(passes, pulses)
	}
	var err error
	if p.Runs, err = Passes(passes, 3); err != nil {
		t.Fatal(err)
	}
	p.Accept = ByRunCount()
	return p
}

type figure struct {
	what      string
	got, want float64
}

// same compares to the last digits that a float64 has to give.
func same(t *testing.T, figures []figure) {
	t.Helper()
	for _, f := range figures {
		if !(math.Abs(f.got-f.want) <= 1e-13*math.Abs(f.want)) {
			t.Errorf("%s = %.17g, want %.17g", f.what, f.got, f.want)
		}
	}
}

// TestProve holds each step of the worked proving.
func TestProve(t *testing.T) {
	got, err := Prove(worked())
	if err != nil {
		t.Fatal(err)
	}
	same(t, []figure{
		{"mean pulses", got.Mean, 210_156},
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
	})
	const table, exact = 2.776, 2.776445 // the figure was worked out with the three decimals of a printed table of Student's t
	if want := 0.002471221593883701 / table * exact; math.Abs(got.Uncertainty-want) > 1e-12 {
		t.Errorf("random uncertainty %v %%, want %v %%", got.Uncertainty, want)
	}
	if got.MeterFactor.String() != "0.9999" || got.Runs != 5 {
		t.Errorf("meter factor %s of %d runs, want 0.9999 of 5", got.MeterFactor, got.Runs)
	}
	for _, part := range []string{MethodPipe, steel.Method, liquid.Method11_1} {
		if !strings.Contains(got.Method, part) {
			t.Errorf("method %q does not name %q", got.Method, part)
		}
	}
	if got.Accepted != "repeatability within 0.05 %" || got.Rounding != Rounding {
		t.Errorf("accepted by %q, rounded by %q", got.Accepted, got.Rounding)
	}
}

// TestSmallVolume: three runs of three interpolated passes; the steel by hand: (1 + 24.2 x 1.2e-5)(1 + 30.1 x 0.8e-6), and
// 1 + 60 x 12.25/(2.85e7 x 1.125).
func TestSmallVolume(t *testing.T) {
	got, err := Prove(small(t))
	if err != nil {
		t.Fatal(err)
	}
	mean := 4002 * (0.8002311 + 0.8002235 + 0.8002307 + 0.8002349 + 0.8002271 + 0.8002190 + 0.8002290 + 0.8002322 + 0.8002280) / 9 / 0.80015
	gsv := 0.47620 * 1.0002904 * 1.00002408 * (1 + 735/32_062_500.0) * got.Prover.CTPL
	same(t, []figure{
		{"mean pulses", got.Mean, mean},
		{"CTS", got.CTS, 1.0002904 * 1.00002408},
		{"CPS", got.CPS, 1 + 735/32_062_500.0},
		{"GSV", got.GSV, gsv},
		{"meter factor", got.MF, gsv / (mean / 8400 * got.Meter.CTPL)},
	})
	if got.Runs != 3 || !strings.Contains(got.Method, MethodSmallVolume) || !strings.Contains(got.Accepted, "4.8, table from memory, unverified") {
		t.Errorf("%d runs by %q, accepted by %q", got.Runs, got.Method, got.Accepted)
	}
	p := small(t)
	p.MountT = liquid.Temperature{}
	if _, err := Prove(p); !errors.Is(err, liquid.ErrMissing) || !strings.Contains(err.Error(), "mount of the detectors") {
		t.Errorf("without the temperature of the mount: %v", err)
	}
	p.MountT = liquid.Celsius(151)
	if _, err := Prove(p); err == nil {
		t.Error("a mount at 151 C is accepted")
	}
}

// TestFactors: what follows from a proof, by hand: 0.9999096308 x 1.0003507366 = 1.00026034, and 8400 over it.
func TestFactors(t *testing.T) {
	proof, err := Prove(worked())
	if err != nil {
		t.Fatal(err)
	}
	cmf, err := proof.Composite()
	if err != nil || cmf.String() != "1.0003" {
		t.Errorf("composite meter factor %s, %v; want 1.0003", cmf, err)
	}
	for _, tc := range []struct {
		nominal, mf quantity.Factor
		decimals    uint8
		want        string // empty: refused
	}{
		{quantity.F(8400, 0), proof.MeterFactor, 3, "8400.840"},
		{quantity.F(8400, 0), cmf, 2, "8397.48"},
		{quantity.F(8400, 0), quantity.F(10012, 4), 0, "8390"},
		{quantity.F(8400_000000, 6), quantity.F(1_001200, 6), 6, "8389.932082"},
		{quantity.F(8400_000000, 6), quantity.F(1_001200, 6), 0, "8390"},
		{quantity.F(1, 0), quantity.F(8, 1), 1, "1.3"}, // 1.25: half away from zero
		{quantity.Factor{}, quantity.One, 2, ""},
		{quantity.F(-8400, 0), quantity.One, 2, ""},
		{quantity.F(8400, 0), quantity.Factor{}, 2, ""},
		{quantity.F(8400, 0), quantity.F(4, 1), 2, ""},
		{quantity.F(8400, 0), quantity.One, 7, ""},
		{quantity.F(8400, 7), quantity.One, 2, ""},
		{quantity.F(1, 6), quantity.One, 0, ""},
		{quantity.F(math.MaxInt64, 0), quantity.One, 6, ""},
	} {
		got, err := KFactor(tc.nominal, tc.mf, tc.decimals)
		if (err == nil) != (tc.want != "") || (err == nil && got.String() != tc.want) {
			t.Errorf("KFactor(%s, %s, %d) = %s, %v; want %q", tc.nominal, tc.mf, tc.decimals, got, err, tc.want)
		}
	}
	if got, err := (Proof{MF: 1}).Composite(); err == nil {
		t.Errorf("composite meter factor %s without a CPL", got)
	}
}

// TestProveWith: factors that come from elsewhere stand in for those of 11.1, and are named.
func TestProveWith(t *testing.T) {
	p := worked()
	want, err := Prove(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Group, p.RhoBase, p.MeterT, p.MeterP = liquid.Group{}, 0, liquid.Temperature{}, liquid.Pressure{}
	prover, meter := want.Prover, want.Meter
	prover.Method = "entered"
	got, err := ProveWith(p, prover, meter)
	if err != nil || got.MF != want.MF || !strings.HasSuffix(got.Method, "; entered") {
		t.Errorf("got %+v, %v; want MF %v", got, err, want.MF)
	}
	if _, err := ProveWith(p, liquid.Factors{CTL: 0.98}, meter); err == nil || !strings.Contains(err.Error(), "a CPL may be missing") {
		t.Errorf("without a CPL: %v", err)
	}
	p.ProverT = liquid.Temperature{}
	if _, err := ProveWith(p, prover, meter); !errors.Is(err, liquid.ErrMissing) {
		t.Errorf("without a temperature of the prover: %v", err)
	}
	p.ProverT, p.ProverP = liquid.Celsius(20), liquid.Pressure{}
	if _, err := ProveWith(p, prover, meter); !errors.Is(err, liquid.ErrMissing) {
		t.Errorf("without a pressure of the prover: %v", err)
	}
}

// TestMaster: a master that was proved to 1.0012 and counts 1 in 1000 less than the meter; by hand for liquids in one state.
func TestMaster(t *testing.T) {
	p := MasterProving{
		Master: Master{K: quantity.F(1000, 0), MF: quantity.F(1_0012, 4)},
		K:      quantity.F(8400, 0),
		Runs:   []MasterRun{{25_000, 210_210}, {25_010, 210_300}, {24_990, 210_120}},
		Accept: ByRunCount(),
		Group:  liquid.Crude, RhoBase: 850, Base: quantity.At15C,
		MasterT: liquid.Celsius(24), MeterT: liquid.Celsius(24), MasterP: liquid.KPa(900), MeterP: liquid.KPa(900),
	}
	got, err := ProveByMaster(p)
	if err != nil {
		t.Fatal(err)
	}
	by := func(master, meter float64) float64 { return master / 1000 * 1.0012 / (meter / 8400) }
	want := []float64{by(25_000, 210_210), by(25_010, 210_300), by(24_990, 210_120)}
	same(t, []figure{
		{"first", got.Factors[0], want[0]}, {"second", got.Factors[1], want[1]}, {"third", got.Factors[2], want[2]},
		{"mean", got.MF, (want[0] + want[1] + want[2]) / 3},
	})
	if got.MeterFactor.String() != "1.0002" || got.Runs != 3 || !strings.Contains(got.Method, MethodMaster) || got.Rounding != Rounding {
		t.Errorf("got %+v", got)
	}
	p.MasterT = liquid.Celsius(25)
	warmer, err := ProveByMaster(p)
	if err != nil || math.Abs(warmer.MF-got.MF*warmer.Master.CTPL/got.Master.CTPL) > 1e-12 || !(warmer.MF < got.MF) {
		t.Errorf("with a warmer master %v, %v; want less than %v", warmer.MF, err, got.MF)
	}
	for _, tc := range []struct {
		name    string
		change  func(*MasterProving)
		message string
	}{
		{"no k-factor", func(p *MasterProving) { p.K = quantity.Factor{} }, "k-factors 0"},
		{"no k-factor of the master", func(p *MasterProving) { p.Master.K = quantity.Factor{} }, "and 0 of the master"},
		{"master never proved", func(p *MasterProving) { p.Master.MF = quantity.Factor{} }, "master: meter factor"},
		{"no temperature", func(p *MasterProving) { p.MeterT = liquid.Temperature{} }, "liquid in the meter"},
		{"no master pulses", func(p *MasterProving) { p.Runs[1].Master = 0 }, "run 2: pulses: 0"},
		{"pulses NaN", func(p *MasterProving) { p.Runs[2].Meter = math.NaN() }, "run 3: pulses: NaN"},
		{"one run", func(p *MasterProving) { p.Runs = p.Runs[:1] }, "1 runs"},
		{"runs apart", func(p *MasterProving) { p.Runs[0].Meter += 100 }, "prove again"},
		{"other units", func(p *MasterProving) { p.K = quantity.F(52834, 0) }, "check that the k-factors"},
	} {
		q := p
		q.Runs = slices.Clone(p.Runs)
		tc.change(&q)
		if got, err := ProveByMaster(q); err == nil || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: %+v, %v; want a refusal that says %q", tc.name, got, err, tc.message)
		}
	}
}

// TestProveRepeats: runs that lie too far apart give no meter factor but a reason.
func TestProveRepeats(t *testing.T) {
	p := worked()
	p.Runs[3] = 210_290
	_, err := Prove(p)
	var bad *SpreadError
	if !errors.As(err, &bad) || bad.Runs != 5 || bad.Limit != FiveRunRepeatability || math.Abs(bad.Value-0.066619) > 1e-6 {
		t.Fatalf("got %v, want the repeatability of 0.0666 %% refused", err)
	}
	if want := "repeatability of 5 runs is 0.0666 %, above the limit of 0.05 %: prove again"; err.Error() != want {
		t.Errorf("message %q, want %q", err, want)
	}
	p.Accept = RepeatabilityWithin(0.07)
	if _, err := Prove(p); err != nil {
		t.Errorf("within a wider limit: %v", err)
	}
	p.Accept = ByRunCount()
	if _, err := Prove(p); !errors.As(err, &bad) || bad.Limit != 0.05 {
		t.Errorf("by number of runs: %v", err)
	}
	p.Accept = UncertaintyWithin(RandomUncertainty)
	if _, err := Prove(p); !errors.As(err, &bad) || bad.Limit != RandomUncertainty || bad.Criterion != "random uncertainty at 95 %" {
		t.Errorf("by uncertainty: %v", err)
	}
	p.Accept = Acceptance{}
	if _, err := Prove(p); err == nil || !strings.Contains(err.Error(), "no criterion") {
		t.Errorf("without a criterion: %v", err)
	}
}

// TestProveDoubleWall: with the pressure on both sides the measuring pipe does not stretch.
func TestProveDoubleWall(t *testing.T) {
	p := worked()
	p.Prover.DoubleWall, p.Prover.Inner, p.Prover.Wall, p.Prover.Steel.Elasticity = true, 0, 0, 0
	got, err := Prove(p)
	if err != nil || got.CPS != 1 {
		t.Errorf("CPS %v, %v; want 1", got.CPS, err)
	}
}

// TestProveMetric: a prover with its volume at 15 C has its steel referred to 15 C, and the scale of a thermometer moves nothing.
func TestProveMetric(t *testing.T) {
	p := worked()
	p.Prover.Base = quantity.At15C
	p.ProverT = liquid.Celsius(15)
	got, err := Prove(p)
	if err != nil || got.CTS != 1 {
		t.Errorf("CTS %v, %v; want 1", got.CTS, err)
	}
	p.ProverT = liquid.Celsius(29)
	a, err1 := Prove(p)
	p.ProverT = liquid.Fahrenheit(84.2)
	b, err2 := Prove(p)
	if math.Abs(a.MF-b.MF) > 1e-15 || errors.Join(err1, err2) != nil {
		t.Errorf("at 29 C %v, at 84.2 F %v, %v", a.MF, b.MF, errors.Join(err1, err2))
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
		{"too many runs", func(p *Proving) { p.Runs = slices.Repeat([]float64{210_150}, 21) }, "21 runs: 2 to 20"},
		{"an empty run", func(p *Proving) { p.Runs[0] = 0 }, "run 1: pulses: 0"},
		{"a run of NaN", func(p *Proving) { p.Runs[4] = math.NaN() }, "run 5: pulses: NaN"},
		{"an endless run", func(p *Proving) { p.Runs[4] = math.Inf(1) }, "run 5: pulses: +Inf"},
		{"next to no run", func(p *Proving) { p.Runs[4] = 5e-324 }, "next to nothing"},
		{"no limit", func(p *Proving) { p.Accept = RepeatabilityWithin(math.NaN()) }, "above the limit of NaN"},
		{"two runs by their number", func(p *Proving) { p.Runs, p.Accept = p.Runs[:2], ByRunCount() }, "for 3 to 20"},
		{"no meter temperature", func(p *Proving) { p.MeterT = liquid.Temperature{} }, "liquid in the meter: temperature not given"},
		{"prover too hot", func(p *Proving) { p.ProverT = liquid.Fahrenheit(400) }, "liquid in the prover: temperature"},
		{"no base", func(p *Proving) { p.Prover.Base = "" }, "unknown reference conditions"},
		{"no expansion", func(p *Proving) { p.Prover.Steel.PerF.Cubical = 0 }, "prover: expansion of steel"},
		{"expansion per million", func(p *Proving) { p.Prover.Steel.PerF.Cubical = 18.6 }, "prover: expansion of steel"},
		{"no wall", func(p *Proving) { p.Prover.Wall = 0 }, "prover: inner diameter"},
		{"no elasticity", func(p *Proving) { p.Prover.Steel.Elasticity = math.NaN() }, "prover: modulus of elasticity"},
		{"k-factor of another meter", func(p *Proving) { p.K = quantity.F(1, 6) }, "one unit"},
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

// TestProveScales: a meter that counts k times as many pulses has the same factor at k times the K-factor, and the order of the
// runs does not matter.
func TestProveScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := worked()
		p.Runs = rapid.SliceOfN(rapid.Float64Range(210_100, 210_200), 2, 20).Draw(t, "runs")
		want, err := Prove(p)
		if err != nil {
			t.Fatal(err)
		}
		k := rapid.Int64Range(2, 1000).Draw(t, "k")
		p.K.Mantissa *= k
		for i := range p.Runs {
			p.Runs[i] *= float64(k)
		}
		slices.Reverse(p.Runs)
		got, err := Prove(p)
		if err != nil || math.Abs(got.MF-want.MF) > 1e-12 || math.Abs(got.Uncertainty-want.Uncertainty) > 1e-9 || got.Uncertainty < 0 {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	})
}

// FuzzProve: no proving panics or gives a factor that is none.
func FuzzProve(f *testing.F) {
	f.Add(210_154.0, 210_161.0, 84.2, 60.0, 17.25, 0.375, 3e7, 837.0, int64(8400), uint8(0))
	f.Add(4002.4, 4002.5, 84.2, 60.0, 12.25, 1.125, 2.85e7, 837.0, int64(8400), uint8(1))
	f.Add(math.NaN(), math.Inf(1), -1e300, 1e300, 0.0, 0.0, 0.0, 0.0, int64(-1), uint8(2))
	f.Add(5e-324, 1e15, 302.0, 1500.0, 1000.0, 1.0, 1e6, 610.6, int64(math.MaxInt64), uint8(7))
	f.Fuzz(func(t *testing.T, a, b, temperature, pressure, inner, wall, elasticity, rho float64, k int64, choice uint8) {
		p := worked()
		p.Runs, p.K, p.RhoBase = []float64{a, b, a, b}, quantity.F(k, 0), rho
		p.ProverT, p.ProverP, p.MountT = liquid.Fahrenheit(temperature), liquid.Psi(pressure), liquid.Celsius(temperature)
		p.Prover.Inner, p.Prover.Wall, p.Prover.Steel.Elasticity = inner, wall, elasticity
		if choice%2 == 1 {
			p.Prover.Mount = steel.Invar
		}
		p.Accept = []Acceptance{RepeatabilityWithin(a), UncertaintyWithin(b), ByRunCount(), {}}[choice/2%4]
		if got, err := Prove(p); err == nil && !(got.MF >= 0.5 && got.MF <= 1.5 && got.MeterFactor.Valid() && got.Uncertainty >= 0) {
			t.Errorf("proof %+v without an error", got)
		}
		master := MasterProving{
			Master: Master{K: p.K, MF: quantity.One}, K: p.K, Runs: []MasterRun{{a, b}, {b, a}, {a, a}}, Accept: p.Accept,
			Group: p.Group, RhoBase: rho, Base: quantity.At60F, MasterT: p.ProverT, MeterT: p.MeterT, MasterP: p.ProverP, MeterP: p.MeterP,
		}
		if got, err := ProveByMaster(master); err == nil && !(got.MF >= 0.5 && got.MF <= 1.5 && got.MeterFactor.Valid()) {
			t.Errorf("proof by master %+v without an error", got)
		}
		if x, err := Interpolate(k, a, b); err == nil && !(math.Abs(x-float64(k)) <= 2) {
			t.Errorf("%d pulses are interpolated to %v", k, x)
		}
	})
}
