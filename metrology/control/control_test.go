package control

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/uncertainty"
	"pgregory.net/rapid"
)

// near compares to what float64 arithmetic in another order may change.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// losses are twelve months of a line, percent of receipts.
var losses = []float64{0.021, 0.034, -0.010, 0.027, 0.018, 0.040, 0.009, 0.031, 0.022, 0.015, 0.028, 0.019}

// TestLossChart holds the chart of twelve months against figures computed independently, by both methods.
func TestLossChart(t *testing.T) {
	c, err := MovingRange(losses)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", c.Mean, 0.021166666666666667)
	near(t, "mean range", c.MeanRange, 0.01963636363636364)
	near(t, "upper", c.Upper, 0.07339939393939396)
	near(t, "lower", c.Lower, -0.031066060606060618)
	near(t, "upper range", c.UpperRange, 0.06415200000000001)
	near(t, "upper warning", c.UpperWarning, 0.021166666666666667+0.052232727272727283*2/3)
	near(t, "lower warning", c.LowerWarning, 0.021166666666666667-0.052232727272727283*2/3)
	d, err := Deviation(losses)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "standard deviation", d.Sigma, 0.013037242690450193)
	near(t, "upper 3 s", d.Upper, 0.060278394738017244)
	near(t, "lower 3 s", d.Lower, -0.01794506140468391)
	if c.N != 12 || c.Method != MethodMovingRange || d.Method != MethodDeviation {
		t.Errorf("%+v, %+v", c, d)
	}
}

// TestJudge: a point on a line is within it; beyond two sigma is a warning, beyond three asks for action, to both sides.
func TestJudge(t *testing.T) {
	c := Chart{N: 12, Mean: 10, Sigma: 1, Lower: 7, Upper: 13, LowerWarning: 8, UpperWarning: 12, UpperRange: 3}
	for _, tc := range []struct {
		x, sigmas float64
		want      Signal
	}{
		{10, 0, InControl}, {12, 2, InControl}, {8, -2, InControl}, {12.5, 2.5, Warning}, {7.5, -2.5, Warning}, {13, 3, Warning},
		{7, -3, Warning}, {13.5, 3.5, Action}, {6.5, -3.5, Action},
	} {
		if p, err := c.Judge(tc.x); err != nil || p != (Point{tc.x, tc.sigmas, tc.want}) {
			t.Errorf("%v: %+v, %v; want %v sigma, %s", tc.x, p, err, tc.sigmas, tc.want)
		}
	}
	for x, want := range map[float64]Signal{10: InControl, 13: InControl, 7: InControl, 13.5: Action, 6.5: Action} {
		if s, err := c.JudgeRange(10, x); err != nil || s != want {
			t.Errorf("from 10 to %v: %s, %v; want %s", x, s, err, want)
		}
	}
}

// TestRefusals: histories that give no limits, and values that are none.
func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		history []float64
		want    error
	}{
		"nothing":            {nil, nil},
		"four values":        {[]float64{1, 2, 3, 4}, nil},
		"no number":          {[]float64{1, 2, math.NaN(), 4, 5}, new(quantity.RangeError)},
		"infinite":           {[]float64{1, 2, math.Inf(-1), 4, 5}, new(quantity.RangeError)},
		"huge":               {[]float64{1, 2, 1e300, 4, 5}, new(quantity.RangeError)},
		"constant":           {[]float64{3, 3, 3, 3, 3}, ErrConstant},
		"zero":               {make([]float64, 12), ErrConstant},
		"constant but noise": {[]float64{0.3, 0.1 + 0.2, 0.3, 0.3, 0.3}, ErrConstant},
		"too fine":           {[]float64{0, 5e-324, 0, 0, 0}, ErrConstant},
	} {
		for method, draw := range map[string]func([]float64) (Chart, error){"moving range": MovingRange, "deviation": Deviation} {
			c, err := draw(tc.history)
			var out *quantity.RangeError
			wrong := tc.want == ErrConstant && !errors.Is(err, ErrConstant) || tc.want != nil && tc.want != ErrConstant && !errors.As(err, &out)
			if err == nil || wrong {
				t.Errorf("%s, %s: %+v, %v; want a refusal (%T)", name, method, c, err, tc.want)
			}
		}
	}
	c, err := MovingRange(losses)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), -1e300} {
		if p, err := c.Judge(x); err == nil {
			t.Errorf("%v: %+v, want a refusal", x, p)
		}
		if s, err := c.JudgeRange(x, 0); err == nil {
			t.Errorf("from %v: %s, want a refusal", x, s)
		}
		if s, err := c.JudgeRange(0, x); err == nil {
			t.Errorf("to %v: %s, want a refusal", x, s)
		}
	}
	if p, err := (Chart{}).Judge(1); err == nil {
		t.Errorf("the zero chart: %+v, want a refusal", p)
	}
}

// TestChartMoves: a chart moves with its values and stretches with their scale, and so do its judgements.
func TestChartMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.Float64Range(-10, 10), MinHistory, 30).Draw(t, "history")
		draw := rapid.SampledFrom([]func([]float64) (Chart, error){MovingRange, Deviation}).Draw(t, "draw")
		c, err := draw(history)
		if errors.Is(err, ErrConstant) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		by, factor := rapid.Float64Range(-10, 10).Draw(t, "by"), rapid.Float64Range(0.1, 10).Draw(t, "factor")
		moved := make([]float64, len(history))
		for i, x := range history {
			moved[i] = by + factor*x
		}
		m, err := draw(moved)
		if errors.Is(err, ErrConstant) && c.Sigma < 1e-9 { // rounded away
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]float64{{c.Upper, m.Upper}, {c.Lower, m.Lower}, {c.UpperWarning, m.UpperWarning}, {c.Mean, m.Mean}} {
			if math.Abs(by+factor*pair[0]-pair[1]) > 1e-10 {
				t.Fatalf("%+v becomes %+v", c, m)
			}
		}
		if math.Abs(factor*c.UpperRange-m.UpperRange) > 1e-10 || !(c.Lower < c.LowerWarning && c.LowerWarning < c.UpperWarning && c.UpperWarning < c.Upper) {
			t.Fatalf("%+v becomes %+v", c, m)
		}
	})
}

// TestCUSUM: sums by hand, with the count of values and the bias that they say.
func TestCUSUM(t *testing.T) {
	var s Sums
	for i, tc := range []struct {
		z    float64
		want Sums
	}{
		{0.25, Sums{}},
		{1.5, Sums{High: 1, HighCount: 1}},
		{-1.25, Sums{Low: 0.75, LowCount: 1}},
		{-0.5, Sums{Low: 0.75, LowCount: 2}},
		{2.5, Sums{High: 2, HighCount: 1}},
		{0.25, Sums{High: 1.75, HighCount: 2}},
		{3.75, Sums{High: 5, HighCount: 3}},
		{0.75, Sums{High: 5.25, HighCount: 4}},
	} {
		var err error
		if s, err = Standard().Next(s, tc.z); err != nil || s != tc.want {
			t.Fatalf("value %d: %+v, %v; want %+v", i+1, s, err, tc.want)
		}
		if want := map[bool]Drift{true: DriftUp, false: NoDrift}[s.High > 5]; Standard().Drift(s) != want {
			t.Errorf("value %d: %s, want %s", i+1, Standard().Drift(s), want)
		}
	}
	near(t, "bias", Standard().Bias(s), 0.5+5.25/4)
	near(t, "bias downwards", Standard().Bias(Sums{Low: 6, LowCount: 3}), -2.5)
	near(t, "no bias", Standard().Bias(Sums{}), 0)
	for want, s := range map[Drift]Sums{DriftDown: {High: 5.5, Low: 6}, DriftUp: {High: 6, Low: 6}, NoDrift: {High: 5, Low: 5}} {
		if got := Standard().Drift(s); got != want {
			t.Errorf("%+v: %s, want %s", s, got, want)
		}
	}
}

// TestCUSUMRefuses: values, constants and sums that are none.
func TestCUSUMRefuses(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		c CUSUM
		s Sums
		z float64
	}{
		{Standard(), Sums{}, nan}, {Standard(), Sums{}, math.Inf(1)}, {Standard(), Sums{}, -2e6},
		{CUSUM{}, Sums{}, 1}, {CUSUM{0.5, nan}, Sums{}, 1}, {CUSUM{nan, 5}, Sums{}, 1}, {CUSUM{-1, 5}, Sums{}, 1}, {CUSUM{0.5, math.Inf(1)}, Sums{}, 1},
		{Standard(), Sums{High: -1}, 1}, {Standard(), Sums{Low: nan}, 1}, {Standard(), Sums{High: math.Inf(1)}, 1}, {Standard(), Sums{LowCount: -1}, 1},
	} {
		if s, err := tc.c.Next(tc.s, tc.z); err == nil {
			t.Errorf("%+v of %+v, %v: %+v, want a refusal", tc.c, tc.s, tc.z, s)
		}
	}
}

// runLength returns the mean number of values until a signal, over trials of normal values about a bias of sigmas.
func runLength(trials int, bias float64, signal func() func(z float64) bool) float64 {
	r := rand.New(rand.NewPCG(1, 2))
	var sum float64
	for range trials {
		found := signal()
		n := 1
		for !found(bias + r.NormFloat64()) {
			n++
		}
		sum += float64(n)
	}
	return sum / float64(trials)
}

// TestRunLengths: sums find a bias of one sigma in 10.4 values on average, a chart of 3 sigma in 43.9; without a bias they raise
// an alarm every 465 and 370 values. These are the figures of the textbooks; the trials scatter by some percent, their seed is
// fixed.
func TestRunLengths(t *testing.T) {
	chart := Chart{Mean: 0, Sigma: 1, Lower: -3, Upper: 3, LowerWarning: -2, UpperWarning: 2}
	shewhart := func() func(z float64) bool {
		return func(z float64) bool {
			p, err := chart.Judge(z)
			return err != nil || p.Signal == Action
		}
	}
	cusum := func() func(z float64) bool {
		var s Sums
		return func(z float64) bool {
			var err error
			s, err = Standard().Next(s, z)
			return err != nil || Standard().Drift(s) != NoDrift
		}
	}
	for _, tc := range []struct {
		name   string
		trials int
		bias   float64
		signal func() func(z float64) bool
		want   float64
	}{
		{"sums, bias of 1 sigma", 4000, 1, cusum, 10.4},
		{"sums, bias of -1 sigma", 4000, -1, cusum, 10.4},
		{"chart, bias of 1 sigma", 4000, 1, shewhart, 43.9},
		{"sums, no bias", 1000, 0, cusum, 465},
		{"chart, no bias", 1000, 0, shewhart, 370.4},
	} {
		got := runLength(tc.trials, tc.bias, tc.signal)
		if scatter := 4 * tc.want / math.Sqrt(float64(tc.trials)); math.Abs(got-tc.want) > scatter {
			t.Errorf("%s: %v values on average, want %v", tc.name, got, tc.want)
		}
	}
}

// TestCUSUMMirrors: turning all values round exchanges the sums, and both stay as they should.
func TestCUSUMMirrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b Sums
		for _, z := range rapid.SliceOfN(rapid.Float64Range(-6, 6), 0, 50).Draw(t, "z") {
			var errA, errB error
			a, errA = Standard().Next(a, z)
			b, errB = Standard().Next(b, -z)
			if errA != nil || errB != nil || a.High != b.Low || a.Low != b.High || a.HighCount != b.LowCount || a.High < 0 || a.Low < 0 {
				t.Fatalf("%+v, %v and %+v, %v", a, errA, b, errB)
			}
			if Standard().Bias(a) != -Standard().Bias(b) && a.High != a.Low {
				t.Fatalf("bias %v and %v", Standard().Bias(a), Standard().Bias(b))
			}
		}
	})
}

// TestLoss: the same balance as package uncertainty closes, in volume and percent; and what is burnt is no loss.
func TestLoss(t *testing.T) {
	p := Period{Receipts: 150_133_600_000, Deliveries: 149_414_800_000, Change: 310_000_000}
	l, err := p.Loss()
	if err != nil || l.Volume.String() != "408.8" || l.Method != MethodLoss {
		t.Fatalf("%+v, %v", l, err)
	}
	near(t, "percent", l.Percent, 0.27229081298256247)
	b, err := uncertainty.Close([]uncertainty.Measured{{Volume: 100_023_400_000, Percent: 0.15}, {Volume: 50_110_200_000, Percent: 0.20}},
		[]uncertainty.Measured{{Volume: 120_004_800_000, Percent: 0.20}, {Volume: 29_410_000_000, Percent: 0.30}},
		uncertainty.Change{Volume: 310_000_000, Expanded: 60_000_000})
	if err != nil || b.Imbalance != l.Volume || b.Percent != l.Percent {
		t.Errorf("%+v, %v; loss %+v", b, err, l)
	}
	near(t, "expanded", b.Expanded, 318.65938053088917)
	near(t, "z", b.Z, 2.565749040991194)
	if !l.Beyond(0.2) || l.Beyond(0.3) {
		t.Errorf("loss of %v %% against an allowance", l.Percent)
	}
	c, err := MovingRange(losses)
	if err != nil {
		t.Fatal(err)
	}
	if point, err := c.Judge(l.Percent); err != nil || point.Signal != Action {
		t.Errorf("%+v, %v", point, err)
	}
	p.Consumed = 400_000_000
	if l, err = p.Loss(); err != nil || l.Volume.String() != "8.8" {
		t.Errorf("%+v, %v", l, err)
	}
	for name, p := range map[string]Period{
		"nothing received": {Deliveries: 1}, "negative receipts": {Receipts: -1}, "negative deliveries": {Receipts: 1, Deliveries: -1},
		"negative consumption": {Receipts: 1, Consumed: -1}, "overflow": {Receipts: 1, Change: math.MinInt64},
	} {
		if l, err := p.Loss(); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, l)
		}
	}
}

// TestMeterFactor: a factor within its history, one beyond it, and histories that say nothing.
func TestMeterFactor(t *testing.T) {
	f := func(mantissa int64) quantity.Factor { return quantity.F(mantissa, 5) }
	history := []quantity.Factor{f(100121), f(100113), f(100125), f(100118), f(100116), f(100123)}
	c, change, err := MeterFactor(history, f(100120))
	if err != nil || change.Signal != InControl || change.Method != MethodMovingRange {
		t.Fatalf("%+v, %v", change, err)
	}
	near(t, "mean", c.Mean, 6.00716/6)
	if math.Abs(c.MeanRange-0.00036/5) > 1e-15 { // 8 + 12 + 7 + 2 + 7 in the fifth decimal
		t.Errorf("mean range %v", c.MeanRange)
	}
	if math.Abs(change.FromPrevious-(1.00120/1.00123-1)*100) > 1e-12 || math.Abs(change.FromMean-(1.00120*6/6.00716-1)*100) > 1e-12 {
		t.Errorf("%+v", change)
	}
	if _, change, err = MeterFactor(history, f(100390)); err != nil || change.Signal != Action || !(change.FromPrevious > 0.25) {
		t.Errorf("%+v, %v", change, err)
	}
	same := quantity.F(10012, 4)
	if _, _, err = MeterFactor([]quantity.Factor{same, same, same, same, same}, same); !errors.Is(err, ErrConstant) {
		t.Errorf("constant factors: %v", err)
	}
	for name, bad := range map[string][]quantity.Factor{"none": nil, "short": history[:4], "negative": append([]quantity.Factor{f(-1)}, history...)} {
		if c, _, err := MeterFactor(bad, f(100120)); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, c)
		}
	}
	if c, _, err := MeterFactor(history, quantity.Factor{}); err == nil {
		t.Errorf("no factor: %+v, want a refusal", c)
	}
}

// TestHotPath: a point and a pair of sums cost no allocation.
func TestHotPath(t *testing.T) {
	c, err := MovingRange(losses)
	if err != nil {
		t.Fatal(err)
	}
	var s Sums
	if n := testing.AllocsPerRun(100, func() {
		p, _ := c.Judge(0.03)
		s, _ = Standard().Next(s, p.Sigmas)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzChart: any history gives finite lines about its mean, or is refused; so is any point.
func FuzzChart(f *testing.F) {
	f.Add(0.021, 0.034, -0.010, 0.027, 0.018, 0.040)
	f.Add(1e15, -1e15, 1e15, 0.0, 5e-324, 1e-300)
	f.Add(math.NaN(), math.Inf(1), 0.0, 0.0, 0.0, 0.0)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, x float64) {
		for _, draw := range []func([]float64) (Chart, error){MovingRange, Deviation} {
			chart, err := draw([]float64{a, b, c, d, e})
			if err != nil {
				continue
			}
			if !(chart.Sigma > 0) || !(chart.Lower < chart.Mean && chart.Mean < chart.Upper) || math.IsInf(chart.Upper-chart.Lower, 0) {
				t.Fatalf("%+v", chart)
			}
			p, err := chart.Judge(x)
			if err != nil {
				continue
			}
			if math.IsNaN(p.Sigmas) || math.IsInf(p.Sigmas, 0) || p.Signal == InControl && math.Abs(p.Sigmas) > 2.001 {
				t.Fatalf("%+v of %+v", p, chart)
			}
			if s, err := Standard().Next(Sums{}, p.Sigmas); err == nil && !(s.High >= 0 && s.Low >= 0 && (s.High == 0 || s.Low == 0)) {
				t.Fatalf("%+v after %+v", s, p)
			}
		}
	})
}

func BenchmarkCUSUM(b *testing.B) {
	b.ReportAllocs()
	var s Sums
	for b.Loop() {
		s, _ = Standard().Next(s, 0.3)
	}
}
