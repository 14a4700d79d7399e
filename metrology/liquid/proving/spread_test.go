package proving

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestStudent: the points of Student's t, by integrating its density: 95 % of it lies within.
func TestStudent(t *testing.T) {
	for i, point := range student {
		free := float64(i + 1)
		density := func(x float64) float64 { return math.Pow(1+x*x/free, -(free+1)/2) }
		scale := math.Gamma((free+1)/2) / math.Sqrt(free*math.Pi) / math.Gamma(free/2)
		if within := 2 * scale * simpson(density, 0, point); math.Abs(within-0.95) > 1e-7 {
			t.Errorf("within %v at %v degrees of freedom lie %v, want 0.95", point, free, within)
		}
	}
}

func simpson(f func(float64) float64, from, to float64) float64 {
	const steps = 2000
	h := (to - from) / steps
	sum := f(from) + f(to)
	for k := 1; k < steps; k++ {
		sum += f(from+float64(k)*h) * float64(2+2*(k%2))
	}
	return sum * h / 3
}

// TestRunLimit: the table is what a random uncertainty of 0.027 % allows, for normal runs, whose expected range is d2 deviations. For
// 6 runs that is 0.0652 %, and the table, stricter, has 0.06 %.
func TestRunLimit(t *testing.T) {
	for n := 3; n <= MostRuns; n++ {
		d2 := simpson(func(x float64) float64 {
			below := 0.5 * math.Erfc(-x/math.Sqrt2)
			return 1 - math.Pow(below, float64(n)) - math.Pow(1-below, float64(n))
		}, -9, 9)
		want := RandomUncertainty * math.Sqrt(float64(n)) * d2 / student[n-2]
		got, err := RunLimit(n)
		rounded := math.Round(want*100) / 100
		if n == 6 {
			rounded = math.Floor(want*100) / 100
		}
		if err != nil || math.Abs(got-rounded) > 1e-12 {
			t.Errorf("limit of %d runs is %v, %v; the formula gives %.4f", n, got, err, want)
		}
	}
	for n, want := range map[int]float64{3: 0.02, 5: FiveRunRepeatability, 10: 0.12, 15: 0.17, 20: 0.22} { // as remembered of MPMS 4.8
		if got, err := RunLimit(n); err != nil || got != want {
			t.Errorf("limit of %d runs is %v, %v; want %v", n, got, err, want)
		}
	}
	for _, n := range []int{-1, 0, 2, 21} {
		if got, err := RunLimit(n); err == nil {
			t.Errorf("%d runs have a limit of %v", n, got)
		}
	}
}

// TestAcceptance: a criterion prints what it is.
func TestAcceptance(t *testing.T) {
	for _, tc := range []struct {
		a    Acceptance
		want string
	}{
		{RepeatabilityWithin(0.05), "repeatability within 0.05 %"},
		{UncertaintyWithin(0.027), "random uncertainty at 95 % within 0.027 %"},
		{ByRunCount(), "repeatability by number of runs (API MPMS 4.8, table from memory, unverified)"},
		{Acceptance{}, "no criterion"},
	} {
		if got := tc.a.String(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

// TestSpread: runs that are all the same have none, and the mean lies among the runs.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runs := rapid.SliceOfN(rapid.Float64Range(1, 1e9), LeastRuns, MostRuns).Draw(t, "runs")
		s, err := SpreadOf(runs)
		if err != nil {
			t.Fatal(err)
		}
		least, most := runs[0], runs[0]
		for _, x := range runs {
			least, most = min(least, x), max(most, x)
		}
		if s.Mean < least*(1-1e-12) || s.Mean > most*(1+1e-12) || s.Repeatability < 0 || s.Uncertainty < 0 || (most == least) != (s.Repeatability == 0) {
			t.Fatalf("%+v of %v", s, runs)
		}
	})
}

// TestInterpolate: a displacer that takes as long as n pulses has passed n, and one that takes longer has passed more.
func TestInterpolate(t *testing.T) {
	for _, tc := range []struct {
		n                 int64
		pulses, detectors float64
		want              float64
		message           string
	}{
		{4002, 0.80015, 0.80015, 4002, ""},
		{4002, 0.80015, 0.80025, 4002 * 0.80025 / 0.80015, ""},
		{10_000, 2.5, 2.4999, 9999.6, ""},
		{1, 1, 2.5, 2.5, ""},
		{4002, 0.80015, 0.81, 0, "time between the detectors: 1.01"},
		{4002, 0.80015, 0.79, 0, "time between the detectors: 0.98"},
		{0, 1, 1, 0, "pulses: 0 pulses is outside 1"},
		{-5, 1, 1, 0, "pulses: -5"},
		{math.MaxInt64, 1, 1, 0, "double chronometry: pulses"},
		{4002, 0, 1, 0, "must be positive"},
		{4002, 1, math.NaN(), 0, "must be positive"},
		{4002, math.Inf(1), math.Inf(1), 0, "must be positive"},
	} {
		got, err := Interpolate(tc.n, tc.pulses, tc.detectors)
		if tc.message != "" {
			if err == nil || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("%d pulses, %v, %v: %v, %v; want a refusal that says %q", tc.n, tc.pulses, tc.detectors, got, err, tc.message)
			}
		} else if err != nil || math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%d pulses, %v, %v: %v, %v; want %v", tc.n, tc.pulses, tc.detectors, got, err, tc.want)
		}
	}
}

// TestPasses: runs are means of their passes, and none is left over.
func TestPasses(t *testing.T) {
	got, err := Passes([]float64{1, 2, 3, 4, 5, 9}, 3)
	if err != nil || len(got) != 2 || got[0] != 2 || got[1] != 6 {
		t.Errorf("got %v, %v; want 2 and 6", got, err)
	}
	for _, tc := range []struct {
		passes []float64
		perRun int
	}{{nil, 3}, {[]float64{1, 2}, 0}, {[]float64{1, 2}, -1}, {[]float64{1, 2}, 3}, {[]float64{1, 2, 3}, 2}} {
		if got, err := Passes(tc.passes, tc.perRun); err == nil {
			t.Errorf("%v in runs of %d are %v", tc.passes, tc.perRun, got)
		}
	}
}
