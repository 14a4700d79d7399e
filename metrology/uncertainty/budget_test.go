package uncertainty

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// within fails unless got lies within a relative distance of want.
func within(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// TestEndGauge is the calibration of an end gauge, GUM H.1, first order, in nm: the inputs are the components of Table H.1, the
// figures were computed from them with 40 digits; the GUM prints 32 nm, 16 degrees of freedom (16.7), k 2.92 and 93 nm.
func TestEndGauge(t *testing.T) {
	b, err := Combine(50_000_838, []Input{
		{Name: "standard", Standard: 25, Sensitivity: 1, Freedom: 18},
		{Name: "comparison", Standard: 9.7, Sensitivity: 1, Freedom: 25.6},
		{Name: "expansion of the standard", Value: 11.5e-6, Standard: 1.2e-6, Sensitivity: 0},
		{Name: "temperature of the bed", Value: -0.1, Standard: 0.41, Sensitivity: 0},
		{Name: "difference of expansions", Standard: 0.58e-6, Sensitivity: 2.9 / 0.58e-6, Freedom: 50},
		{Name: "difference of temperatures", Standard: 0.029, Sensitivity: -16.6 / 0.029, Freedom: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "standard uncertainty", b.Standard, 31.671122493527128, 1e-12)
	within(t, "degrees of freedom", b.Freedom, 16.764553980917161, 1e-12)
	for i, want := range []float64{62.309333439674596, 9.3802962933423723, 0, 0, 0.83843439076426136, 27.471935876218771} {
		within(t, "share of "+b.Lines[i].Name, b.Lines[i].Percent, want, 1e-12)
	}
	k, expanded, err := b.Expand(0.99)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "k", k, 2.90327129646, 1e-10)
	within(t, "expanded", expanded, 2.90327129646*31.671122493527128, 1e-10)
	if k, err := Coverage(0.99, math.Floor(b.Freedom)); err != nil || math.Abs(k-2.92) > 0.005 || math.Round(k*b.Standard) != 93 {
		t.Errorf("with whole degrees of freedom k = %v, %v; the GUM has 2.92 and 93 nm", k, err)
	}
	if b.Method != MethodGUM {
		t.Errorf("method %q", b.Method)
	}
}

// impedance holds the inputs of GUM H.2, the simultaneous measurement of resistance and reactance, in volts, amperes and radians.
var (
	impedance = []Input{
		{Name: "V", Value: 4.9990, Standard: 0.0032, Freedom: 4},
		{Name: "I", Value: 19.6610e-3, Standard: 0.0095e-3, Freedom: 4},
		{Name: "phi", Value: 1.04446, Standard: 0.00075, Freedom: 4},
	}
	impedanceCorrelations = []Correlation{{"V", "I", -0.36}, {"V", "phi", 0.86}, {"phi", "I", -0.65}}
)

// TestImpedance: GUM H.2, figures computed from the same inputs with 40 digits. The GUM, which rounds on its way, prints
// 127.732(71), 219.847(295) and 254.260(236) ohm.
func TestImpedance(t *testing.T) {
	for _, tc := range []struct {
		name        string
		f           func(v, i, phi float64) float64
		value, want float64
	}{
		{"R", func(v, i, phi float64) float64 { return v / i * math.Cos(phi) }, 127.73216992810209, 0.06997872798837178},
		{"X", func(v, i, phi float64) float64 { return v / i * math.Sin(phi) }, 219.84651191263843, 0.2957168268461236},
		{"Z", func(v, i, _ float64) float64 { return v / i }, 254.25970194801892, 0.23660297183529755},
	} {
		b, err := Propagate(func(x []float64) (float64, error) { return tc.f(x[0], x[1], x[2]), nil }, impedance, impedanceCorrelations...)
		if err != nil {
			t.Fatal(err)
		}
		within(t, tc.name, b.Value, tc.value, 1e-14)
		within(t, "u of "+tc.name, b.Standard, tc.want, 1e-8) // differences, not derivatives
		if b.Freedom != 4 {
			t.Errorf("degrees of freedom of %s = %v; correlated inputs have 4 each", tc.name, b.Freedom)
		}
		var shares float64
		for _, l := range b.Lines {
			shares += l.Percent
		}
		within(t, "shares of "+tc.name, shares, 100, 1e-12)
	}
}

// TestMean: the observations of GUM Table H.2 give its means and their uncertainties, as printed.
func TestMean(t *testing.T) {
	for _, tc := range []struct {
		readings       []float64
		mean, standard float64
		last           float64 // half a unit of the last digit printed
	}{
		{[]float64{5.007, 4.994, 5.005, 4.990, 4.999}, 4.9990, 0.0032, 0.00005},
		{[]float64{19.663, 19.639, 19.640, 19.685, 19.678}, 19.6610, 0.0095, 0.00005},
		{[]float64{1.0456, 1.0438, 1.0468, 1.0428, 1.0433}, 1.04446, 0.00075, 0.000005},
	} {
		in, err := Mean("x", tc.readings...)
		if err != nil || math.Abs(in.Value-tc.mean) > tc.last || math.Abs(in.Standard-tc.standard) > tc.last || in.Freedom != 4 {
			t.Errorf("%+v, %v; want %v(%v)", in, err, tc.mean, tc.standard)
		}
	}
	for name, readings := range map[string][]float64{"one": {1}, "none": nil, "no number": {1, math.NaN()}, "infinite": {math.Inf(1), 1}} {
		if in, err := Mean("x", readings...); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, in)
		}
	}
}

// TestTenResistors: GUM 5.2.2, ten resistors of 1000 ohm in series, each calibrated with 0.1 ohm against the same standard: 1 ohm
// together, not 0.32.
func TestTenResistors(t *testing.T) {
	var inputs []Input
	var all []Correlation
	for i := range 10 {
		inputs = append(inputs, Input{Name: string(rune('a' + i)), Value: 1000, Standard: 0.1, Sensitivity: 1})
		for j := range i {
			all = append(all, Correlation{inputs[j].Name, inputs[i].Name, 1})
		}
	}
	b, err := Combine(10_000, inputs, all...)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "correlated", b.Standard, 1, 1e-12)
	if b, err = Combine(10_000, inputs); err != nil {
		t.Fatal(err)
	}
	within(t, "independent", b.Standard, 0.1*math.Sqrt(10), 1e-12)
}

// TestStandards: the ways to a standard uncertainty.
func TestStandards(t *testing.T) {
	within(t, "expanded", Expanded(0.3, 2), 0.15, 1e-15)
	within(t, "rectangular", Rectangular(0.05), 0.028867513459481287, 1e-15)
	within(t, "triangular", Triangular(0.05), 0.020412414523193152, 1e-15)
	within(t, "reproducibility", Reproducibility(0.5), 0.18038769762202664, 1e-14)
}

// TestCombineRefuses: figures, names and correlations that no budget has.
func TestCombineRefuses(t *testing.T) {
	good := func() []Input {
		return []Input{{Name: "a", Standard: 1, Sensitivity: 1}, {Name: "b", Standard: 1, Sensitivity: 1}, {Name: "c", Standard: 1, Sensitivity: 1}}
	}
	with := func(change func(*Input)) []Input {
		in := good()
		change(&in[1])
		return in
	}
	for _, tc := range []struct {
		name   string
		value  float64
		inputs []Input
		r      []Correlation
		want   string
	}{
		{"no result", math.NaN(), good(), nil, "result"},
		{"no inputs", 1, nil, nil, "0 inputs"},
		{"too many", 1, make([]Input, MaxInputs+1), nil, "201 inputs"},
		{"no name", 1, with(func(i *Input) { i.Name = "" }), nil, "input 2 needs a name"},
		{"a name twice", 1, with(func(i *Input) { i.Name = "a" }), nil, "input 2 needs a name"},
		{"no value", 1, with(func(i *Input) { i.Value = math.Inf(1) }), nil, "value of b"},
		{"no sensitivity", 1, with(func(i *Input) { i.Sensitivity = math.NaN() }), nil, "sensitivity to b"},
		{"no uncertainty", 1, with(func(i *Input) { i.Standard = math.NaN() }), nil, "uncertainty of b"},
		{"coverage factor of zero", 1, with(func(i *Input) { i.Standard = Expanded(1, 0) }), nil, "uncertainty of b"},
		{"negative", 1, with(func(i *Input) { i.Standard = -1 }), nil, "negative"},
		{"half a degree of freedom", 1, with(func(i *Input) { i.Freedom = 0.5 }), nil, "0.5 degrees of freedom of b"},
		{"no degrees of freedom", 1, with(func(i *Input) { i.Freedom = math.NaN() }), nil, "degrees of freedom of b"},
		{"all known exactly", 1, []Input{{Name: "a", Sensitivity: 1}}, nil, ErrNone.Error()},
		{"with itself", 1, good(), []Correlation{{"a", "a", 1}}, "different"},
		{"with nobody", 1, good(), []Correlation{{"a", "d", 1}}, "must be inputs"},
		{"more than full", 1, good(), []Correlation{{"a", "b", 1.01}}, "correlation of a and b"},
		{"no coefficient", 1, good(), []Correlation{{"a", "b", math.NaN()}}, "correlation of a and b"},
		{"twice", 1, good(), []Correlation{{"a", "b", 1}, {"b", "a", 1}}, "given twice"},
		{"impossible", 1, good(), []Correlation{{"a", "b", 1}, {"b", "c", 1}, {"a", "c", -1}}, "contradict"},
		{"impossible, a little", 1, good(), []Correlation{{"a", "b", 0.9}, {"b", "c", 0.9}, {"a", "c", 0.5}}, "contradict"},
		{"all cancels", 1, good()[:2], []Correlation{{"a", "b", -1}}, ErrNone.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := Combine(tc.value, tc.inputs, tc.r...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%+v, %v; want a refusal that says %q", b, err, tc.want)
			}
		})
	}
}

// anyInputs draws inputs with uncertainties, and correlations that can be: those of quantities which share one cause to a degree.
func anyInputs(t *rapid.T) ([]Input, []Correlation) {
	n := rapid.IntRange(1, 6).Draw(t, "n")
	inputs := make([]Input, n)
	loading := make([]float64, n)
	var r []Correlation
	for i := range inputs {
		inputs[i] = Input{
			Name:        string(rune('a' + i)),
			Value:       rapid.Float64Range(-100, 100).Draw(t, "value"),
			Standard:    rapid.Float64Range(0.1, 10).Draw(t, "standard"),
			Sensitivity: rapid.SampledFrom([]float64{-3, -1, 0.5, 2}).Draw(t, "sensitivity"),
			Freedom:     rapid.SampledFrom([]float64{0, 1, 4.5, 30}).Draw(t, "freedom"),
		}
		loading[i] = rapid.Float64Range(-0.9, 0.9).Draw(t, "loading")
		for j := range i {
			r = append(r, Correlation{inputs[j].Name, inputs[i].Name, loading[i] * loading[j]})
		}
	}
	return inputs, r
}

// TestCombineScales: all uncertainties twice as large make that of the result twice as large and change nothing else; so do
// sensitivities; the order of the inputs does not count; shares add up.
func TestCombineScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs, r := anyInputs(t)
		b, err := Combine(7, inputs, r...)
		if err != nil {
			t.Fatal(err)
		}
		factor := rapid.SampledFrom([]float64{0x1p-300, 0.5, 2, 0x1p300}).Draw(t, "factor") // exact, and far from 1
		for _, change := range []func(*Input){
			func(in *Input) { in.Standard *= factor },
			func(in *Input) { in.Sensitivity *= factor },
			func(in *Input) { in.Sensitivity *= -factor },
		} {
			scaled := append([]Input(nil), inputs...)
			for i := range scaled {
				change(&scaled[i])
			}
			s, err := Combine(7, scaled, r...)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(s.Standard/(b.Standard*factor)-1) > 1e-12 || math.Abs(s.Freedom-b.Freedom) > 1e-9*b.Freedom {
				t.Fatalf("scaled by %v: %+v; before %+v", factor, s, b)
			}
			for i, l := range s.Lines {
				if math.Abs(l.Percent-b.Lines[i].Percent) > 1e-9 {
					t.Fatalf("share of %s becomes %v %%, was %v %%", l.Name, l.Percent, b.Lines[i].Percent)
				}
			}
		}
		turned := rapid.Permutation(inputs).Draw(t, "turned")
		o, err := Combine(7, turned, r...)
		if err != nil || math.Abs(o.Standard/b.Standard-1) > 1e-12 {
			t.Fatalf("in another order %+v, %v; before %+v", o, err, b)
		}
	})
}

// TestCombineLaws: of independent inputs the result is at least as uncertain as each and at most as their sum, which full
// correlation reaches; the effective degrees of freedom lie between the least and the sum of all (GUM G.4.1).
func TestCombineLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs, _ := anyInputs(t)
		b, err := Combine(0, inputs)
		if err != nil {
			t.Fatal(err)
		}
		var sum, most, shares, freedom float64
		least, all := math.Inf(1), true
		for _, l := range b.Lines {
			c := math.Abs(l.Contribution)
			sum, most, shares = sum+c, max(most, c), shares+l.Percent
			if l.Freedom == 0 {
				all = false
				continue
			}
			least, freedom = min(least, l.Freedom), freedom+l.Freedom
		}
		if b.Standard < most*(1-1e-12) || b.Standard > sum*(1+1e-12) || math.Abs(shares-100) > 1e-9 {
			t.Fatalf("%+v: contributions of at most %v, %v together", b, most, sum)
		}
		if b.Freedom != 0 && b.Freedom < least*(1-1e-12) || all && (b.Freedom == 0 || b.Freedom > freedom*(1+1e-12)) {
			t.Fatalf("%v effective degrees of freedom of at least %v, %v together", b.Freedom, least, freedom)
		}
		for i := range inputs {
			inputs[i].Sensitivity = math.Abs(inputs[i].Sensitivity)
		}
		var full []Correlation
		for i := range inputs {
			for j := range i {
				full = append(full, Correlation{inputs[j].Name, inputs[i].Name, 1})
			}
		}
		if b, err = Combine(0, inputs, full...); err != nil || math.Abs(b.Standard/sum-1) > 1e-12 {
			t.Fatalf("fully correlated %+v, %v; want %v", b, err, sum)
		}
	})
}

// TestPropagateFindsSensitivities: numeric and analytic sensitivities agree, of a product of powers and of a polynomial.
func TestPropagateFindsSensitivities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs, r := anyInputs(t)
		a := rapid.Float64Range(-2, 2).Draw(t, "a")
		analytic := append([]Input(nil), inputs...)
		var scale float64
		for i, in := range analytic {
			analytic[i].Sensitivity = 3*in.Value*in.Value + a*(2*in.Value+1)
			scale = max(scale, math.Abs(analytic[i].Sensitivity))
		}
		f := func(x []float64) (y float64, err error) {
			for _, v := range x {
				y += v*v*v + a*(v*v+v)
			}
			return y, nil
		}
		b, err := Propagate(f, inputs, r...)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range b.Lines {
			if math.Abs(l.Sensitivity-analytic[i].Sensitivity) > 1e-6*(1+scale+math.Abs(b.Value)) {
				t.Fatalf("sensitivity to %s at %v: %v, want %v", l.Name, l.Value, l.Sensitivity, analytic[i].Sensitivity)
			}
		}
	})
}

// TestPropagateRefuses: what the function refuses, or does not answer with a number; and it may spoil its argument.
func TestPropagateRefuses(t *testing.T) {
	in := []Input{{Name: "x", Value: 1, Standard: 0.1}, {Name: "y", Value: 2, Standard: 0.1}}
	stop := errors.New("stop")
	for name, f := range map[string]func(x []float64) (float64, error){
		"refuses":           func([]float64) (float64, error) { return 1, stop },
		"no number":         func([]float64) (float64, error) { return math.NaN(), nil },
		"infinite":          func([]float64) (float64, error) { return math.Inf(1), nil },
		"refuses the step":  func(x []float64) (float64, error) { return 1, map[bool]error{true: stop}[x[1] != 2] },
		"no number at step": func(x []float64) (float64, error) { return math.Sqrt(2 - x[1]), nil },
		"no slope at all":   func([]float64) (float64, error) { return 1, nil },
	} {
		if b, err := Propagate(f, in); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, b)
		}
	}
	if b, err := Propagate(nil, nil); err == nil {
		t.Errorf("no inputs: %+v, want a refusal", b)
	}
	b, err := Propagate(func(x []float64) (float64, error) {
		y := x[0] * x[1]
		clear(x)
		return y, nil
	}, in)
	if err != nil || b.Value != 2 {
		t.Fatalf("%+v, %v", b, err)
	}
	within(t, "u", b.Standard, math.Hypot(0.2, 0.1), 1e-9)
}

// TestBudgetMeasured: a budget feeds a balance, in its own unit or in percent.
func TestBudgetMeasured(t *testing.T) {
	b, err := Combine(-200, []Input{{Name: "a", Standard: 0.3, Sensitivity: 1}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Measured(5e6, "M-1")
	if err != nil || m.Volume != 5e6 || m.Meter != "M-1" {
		t.Fatalf("%+v, %v", m, err)
	}
	within(t, "percent", m.Percent, 0.3, 1e-12)
	for _, value := range []float64{0, 0.59} {
		b.Value = value
		if m, err := b.Measured(5e6, ""); err == nil {
			t.Errorf("0.3 of %v: %+v, want a refusal", value, m)
		}
	}
}

// FuzzCombine: any figures make a finite budget whose shares add up, or are refused.
func FuzzCombine(f *testing.F) {
	f.Add(1.0, 2.0, 0.1, 1.0, 4.0, 3.0, 0.2, -1.0, 0.0, 0.5)
	f.Add(0.0, 0.0, 1e100, 1e100, 1.0, 0.0, 1e-300, 1e-300, 1e300, 1.0)
	f.Add(1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, -1.0, 1.0, 1.0)
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, 0.5, 5e-324, 5e-324, 5e-324, math.Inf(1), -1.0)
	f.Fuzz(func(t *testing.T, value, x, ux, cx, nx, y, uy, cy, ny, r float64) {
		b, err := Combine(value, []Input{
			{Name: "x", Value: x, Standard: ux, Sensitivity: cx, Freedom: nx},
			{Name: "y", Value: y, Standard: uy, Sensitivity: cy, Freedom: ny},
		}, Correlation{"x", "y", r})
		if err != nil {
			return
		}
		if !(b.Standard > 0) || math.IsInf(b.Standard, 0) || !(b.Freedom == 0 || b.Freedom >= 1-1e-9) {
			t.Fatalf("%+v", b)
		}
		// What cancels leaves large shares of both signs, with the rounding of those.
		large := math.Abs(b.Lines[0].Percent) + math.Abs(b.Lines[1].Percent)
		if sum := b.Lines[0].Percent + b.Lines[1].Percent; !(math.Abs(sum-100) <= 1e-12*large) {
			t.Fatalf("shares add up to %v: %+v", sum, b)
		}
		if k, u, err := b.Expand(0.95); err != nil || !(k > 1.9 && k < 13 && u > 0) {
			t.Fatalf("k %v, expanded %v, %v", k, u, err)
		}
	})
}

// TestShare: a share is better known than its volumes, and two volumes of one meter say all about it.
func TestShare(t *testing.T) {
	b, err := Share(of(8_000e6, 0.14), of(12_000e6, 0.14))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "share", b.Value, 40, 1e-15)
	within(t, "u", b.Standard, 100*0.4*0.6*math.Sqrt2*0.0007, 1e-12)
	var none error
	for name, pair := range map[string][2]Measured{
		"one meter": {by("M", 1e6, 1), by("M", 2e6, 1)}, "nothing": {of(0, 1), of(1e6, 1)}, "negative": {of(-1, 1), of(1e6, 1)},
		"no percentage": {of(1e6, math.NaN()), of(1e6, 1)}, "too much": {of(math.MaxInt64, 1), of(1e6, 1)},
	} {
		b, err := Share(pair[0], pair[1])
		if err == nil {
			t.Errorf("%s: %+v, want a refusal", name, b)
		}
		if name == "one meter" {
			none = err
		}
		if name == "too much" && !errors.Is(err, quantity.ErrOverflow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !errors.Is(none, ErrNone) {
		t.Errorf("one meter: %v, want %v", none, ErrNone)
	}
}
