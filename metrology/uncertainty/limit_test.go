package uncertainty

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestLimit: gravities and shares at the limits of law, with probabilities computed with 40 digits.
func TestLimit(t *testing.T) {
	gravity := Limit{Value: 25, Step: 0.1, Confidence: DefaultConfidence} // 25 degrees API or more
	diluent := Limit{Value: 40, Step: 0.01, EqualIsBelow: true, Confidence: DefaultConfidence}
	for _, tc := range []struct {
		name            string
		limit           Limit
		value, standard float64
		reported        float64
		threshold       float64
		reportedAbove   bool
		above           float64
		standing        Standing
	}{
		{"24.96 API is reported 25.0", gravity, 24.96, 0.18, 25, 24.95, true, 0.52215206434178216, AtRisk},
		{"and with a hydrometer of 0.7 API", gravity, 24.96, 0.25, 25, 24.95, true, 0.51595343685283076, AtRisk},
		{"24.94 API is not", gravity, 24.94, 0.18, 24.9, 24.95, false, 1 - 0.52215206434178216, AtRisk},
		{"a half goes away from zero", gravity, 24.95, 0.18, 25, 24.95, true, 0.5, AtRisk},
		{"21.1 API", gravity, 21.1, 0.18, 21.1, 24.95, false, 8.4774642442715231e-102, ClearBelow},
		{"25.4 API", gravity, 25.4, 0.18, 25.4, 24.95, true, 0.99379033467422386, ClearAbove},
		{"45.0733 % of diluent", diluent, 45.0733, 0.024, 45.07, 40.005, true, 1, ClearAbove},
		{"39.9 %", diluent, 39.9, 0.024, 39.9, 40.005, false, 6.0716239113305989e-6, ClearBelow},
		{"exactly 40 % is not more than 40 %", diluent, 40, 0.024, 40, 40.005, false, 0.41748435317947751, AtRisk},
		{"exactly 49 % unrounded, not more", Limit{49, 0, true, 0.95}, 49, 0.05, 49, 49, false, 0.5, AtRisk},
		{"48.97 % of 49 %", Limit{49, 0, true, 0.95}, 48.97, 0.05, 48.97, 49, false, 0.27425311775007358, AtRisk},
		{"a limit between the steps, or more", Limit{25.05, 0.1, false, 0.95}, 25.06, 1, 25.1, 25.05, true, 0.50398935631463160, AtRisk},
		{"a limit between the steps, not more", Limit{25.02, 0.1, true, 0.95}, 25.04, 1, 25, 25.05, false, 0.49601064368536840, AtRisk},
		{"below zero", Limit{-5, 0.1, true, 0.95}, -4.95, 1, -5, -4.95, false, 0.5, AtRisk},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := tc.limit.Test(tc.value, tc.standard)
			if err != nil {
				t.Fatal(err)
			}
			if v.Reported != tc.reported || v.Standing != tc.standing || v.ReportedAbove() != tc.reportedAbove || v.Method != MethodLimit {
				t.Errorf("%+v, reported above %t; want %v, %t, %s", v, v.ReportedAbove(), tc.reported, tc.reportedAbove, tc.standing)
			}
			within(t, "threshold", v.Threshold, tc.threshold, 1e-15)
			if !(math.Abs(v.Above-tc.above) <= 1e-9*tc.above) { // of the difference to the threshold few digits are left
				t.Errorf("above with probability %.17g, want %.17g", v.Above, tc.above)
			}
		})
	}
}

// TestLimitRefuses: what is no measurement, no step or no confidence.
func TestLimitRefuses(t *testing.T) {
	for _, tc := range []struct {
		name            string
		limit           Limit
		value, standard float64
	}{
		{"no uncertainty", Limit{25, 0.1, false, 0.95}, 25, 0},
		{"negative uncertainty", Limit{25, 0.1, false, 0.95}, 25, -0.1},
		{"no number for an uncertainty", Limit{25, 0.1, false, 0.95}, 25, math.NaN()},
		{"no value", Limit{25, 0.1, false, 0.95}, math.NaN(), 0.1},
		{"infinite", Limit{25, 0.1, false, 0.95}, math.Inf(-1), 0.1},
		{"no limit", Limit{math.NaN(), 0.1, false, 0.95}, 25, 0.1},
		{"negative step", Limit{25, -0.1, false, 0.95}, 25, 0.1},
		{"no step", Limit{25, math.NaN(), false, 0.95}, 25, 0.1},
		{"no confidence", Limit{25, 0.1, false, 0}, 25, 0.1},
		{"as likely as not", Limit{25, 0.1, false, 0.49}, 25, 0.1},
	} {
		v, err := tc.limit.Test(tc.value, tc.standard)
		var out *quantity.RangeError
		if !errors.As(err, &out) {
			t.Errorf("%s: %+v, %v; want a quantity.RangeError", tc.name, v, err)
		}
	}
	if v, err := (Limit{25, 1e-9, false, 0.95}).Test(25, 0.1); err == nil {
		t.Errorf("a step beyond float64: %+v, want a refusal", v)
	}
}

// TestLimitIsConsistent: what is reported lies on the side of the threshold that its value does; a clear standing agrees with the
// report; a larger value is no less likely to be above, and a worse measurement never clears what a better one does not.
func TestLimitIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limit{
			Value:        float64(rapid.IntRange(-1000, 1000).Draw(t, "limit")) / 20,
			Step:         rapid.SampledFrom([]float64{0, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5}).Draw(t, "step"),
			EqualIsBelow: rapid.Bool().Draw(t, "equal"),
			Confidence:   rapid.SampledFrom([]float64{0.5, 0.9, 0.95, 0.99}).Draw(t, "confidence"),
		}
		value := float64(rapid.IntRange(-1_000_000, 1_000_000).Draw(t, "value")) / 16384 // never within a sliver of a half step but on it
		u := rapid.Float64Range(0.001, 5).Draw(t, "u")
		v, err := l.Test(value, u)
		if err != nil {
			t.Fatal(err)
		}
		if apart := math.Abs(value - v.Threshold); apart > 1e-6*l.Step+1e-12 && v.ReportedAbove() != (value > v.Threshold) {
			t.Fatalf("%+v is reported above: %t", v, v.ReportedAbove())
		}
		if l.Step > 0 && math.Abs(v.Reported-value) > l.Step*(0.5+2*sliver) {
			t.Fatalf("%v is reported as %v in steps of %v", value, v.Reported, l.Step)
		}
		if l.Confidence > 0.5 && v.Standing != AtRisk && (v.Standing == ClearAbove) != v.ReportedAbove() {
			t.Fatalf("%+v", v)
		}
		more, err := l.Test(value+0.01, u)
		if err != nil || more.Above < v.Above {
			t.Fatalf("%+v, %v after %+v", more, err, v)
		}
		worse, err := l.Test(value, 2*u)
		if err != nil || l.Confidence > 0.5 && worse.Standing != AtRisk && v.Standing != worse.Standing {
			t.Fatalf("%+v, %v after %+v", worse, err, v)
		}
	})
}

// FuzzLimit: any figures give a probability or are refused.
func FuzzLimit(f *testing.F) {
	f.Add(25.0, 0.1, false, 0.95, 24.96, 0.18)
	f.Add(40.0, 1e-300, true, 1.0, -1e12, 1e-12)
	f.Add(math.NaN(), math.Inf(1), true, 0.0, 0.0, -1.0)
	f.Fuzz(func(t *testing.T, limit, step float64, equal bool, confidence, value, standard float64) {
		v, err := Limit{limit, step, equal, confidence}.Test(value, standard)
		if err != nil {
			return
		}
		if !(v.Above >= 0 && v.Above <= 1) || math.IsNaN(v.Reported+v.Threshold) || math.IsInf(v.Reported+v.Threshold, 0) {
			t.Fatalf("%+v", v)
		}
	})
}
