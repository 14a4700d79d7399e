package liquid

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestRebaseCountsOil: a degree of reference temperature is oil. 9,500 m3 at 15 C are some 24 bbl more at 60 F than the change
// of unit alone gives.
func TestRebaseCountsOil(t *testing.T) {
	const m3 = 9_500_000_000
	bbl, steps, err := ConvertVolume(Crude, m3, quantity.Metric, quantity.Customary, 926.5)
	if err != nil {
		t.Fatal(err)
	}
	if got := bbl.Decimal(2); got != "59776.97" {
		t.Errorf("9,500 m3 at 15 C are %s bbl at 60 F, want 59776.97", got)
	}
	warm := quantity.Basis{Unit: quantity.CubicMetre, Reference: quantity.At60F}
	want := []Conversion{
		{"MPMS 11.1 15C->60F", quantity.F(1_000_397_730, 9), quantity.Metric, warm, 9_503_778_435},
		{quantity.ExactBarrel, quantity.F(158_987_294_928, 12), warm, quantity.Customary, bbl},
	}
	if len(steps) != 2 || steps[0] != want[0] || steps[1] != want[1] {
		t.Errorf("steps %+v, want %+v", steps, want)
	}
	unit, steps, err := ConvertVolume(Crude, m3, quantity.Metric, quantity.Basis{Unit: quantity.Barrel, Reference: quantity.At15C}, 926.5)
	if err != nil || unit.Decimal(2) != "59753.20" || len(steps) != 1 || steps[0].Name != quantity.ExactBarrel {
		t.Errorf("the unit alone: %s, %+v, %v; want 59753.20 bbl in one step", unit, steps, err)
	}
}

// TestConvertVolume: the conversions of the crude trade, one by one.
func TestConvertVolume(t *testing.T) {
	for _, tc := range []struct {
		name     string
		volume   string
		from, to quantity.Basis
		rho      float64
		want     string
		steps    int
	}{
		{"border, gross", "19899.33", quantity.Metric, quantity.Customary, 932, "125212.22", 2},
		{"outturn", "125145.828888", quantity.Customary, quantity.Metric, 931.6338244155253, "19888.78", 2},
		{"second batch", "7983.79", quantity.Metric, quantity.Customary, 926, "50236.52", 2},
		{"nothing to do", "1", quantity.Metric, quantity.Metric, 932, "1.00", 0},
		{"nothing", "0", quantity.Metric, quantity.Customary, 932, "0.00", 2},
		{"a correction", "-19899.33", quantity.Metric, quantity.Customary, 932, "-125212.22", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := quantity.Parse(tc.volume)
			if err != nil {
				t.Fatal(err)
			}
			got, steps, err := ConvertVolume(Crude, m, tc.from, tc.to, tc.rho)
			if err != nil || got.Decimal(2) != tc.want || len(steps) != tc.steps {
				t.Errorf("got %s in %+v, %v; want %s in %d steps", got, steps, err, tc.want, tc.steps)
			}
		})
	}
}

// TestConvertVolumeRefuses: bases that are no volume, densities out of range, amounts that do not fit.
func TestConvertVolumeRefuses(t *testing.T) {
	mass := quantity.Basis{Unit: quantity.Kilogram}
	nowhere := quantity.Basis{Unit: quantity.Barrel}
	for _, tc := range []struct {
		name     string
		m        quantity.Micro
		g        Group
		from, to quantity.Basis
		rho      float64
		want     error // nil: any
	}{
		{"from mass", 1e6, Crude, mass, quantity.Metric, 932, nil},
		{"to mass", 1e6, Crude, quantity.Metric, mass, 932, nil},
		{"without reference", 1e6, Crude, nowhere, quantity.Metric, 932, nil},
		{"no group", 1e6, Group{}, quantity.Metric, quantity.Customary, 932, ErrGroup},
		{"too much", math.MaxInt64, Crude, quantity.Metric, quantity.Customary, 932, quantity.ErrOverflow},
		{"too many barrels", math.MaxInt64, Crude, quantity.Metric, quantity.Basis{Unit: quantity.Barrel, Reference: quantity.At15C}, 932, quantity.ErrOverflow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, steps, err := ConvertVolume(tc.g, tc.m, tc.from, tc.to, tc.rho)
			if err == nil || steps != nil || (tc.want != nil && !errors.Is(err, tc.want)) {
				t.Errorf("got %s, %+v, %v; want a refusal (%v)", got, steps, err, tc.want)
			}
		})
	}
	var out *quantity.RangeError
	if _, _, err := ConvertVolume(Crude, 1e6, quantity.Metric, quantity.Customary, 93.2); !errors.As(err, &out) || out.Value != 93.2 {
		t.Errorf("93.2 kg/m3: %v, want it out of range", err)
	}
}

// TestRebaseRefuses: reference conditions must be known.
func TestRebaseRefuses(t *testing.T) {
	for _, pair := range [][2]quantity.Reference{{"", quantity.At60F}, {quantity.At60F, ""}, {"0C", quantity.At15C}} {
		if r, err := Rebase(Crude, 900, pair[0], pair[1]); !errors.Is(err, ErrReference) {
			t.Errorf("Rebase from %q to %q: %+v, %v", pair[0], pair[1], r, err)
		}
	}
	if r, err := Rebase(Crude, math.NaN(), quantity.At60F, quantity.At15C); err == nil {
		t.Errorf("Rebase of NaN: %+v", r)
	}
}

// TestRebaseKeepsMass: what the volume gains the density loses, there and back; the density is that of 11.1.7.1.
func TestRebaseKeepsMass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, rho := anyGroup(t)
		from, to := anyBase.Draw(t, "from"), anyBase.Draw(t, "to")
		var out *quantity.RangeError
		there, err := Rebase(g, rho, from, to)
		if errors.As(err, &out) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(there.Volume*there.Density/rho-1) > 1e-12 || math.Abs(there.Factor.Float()-there.Volume) > 0.6e-9 {
			t.Fatalf("%+v of %v kg/m3 loses mass", there, rho)
		}
		if from == to && (there.Volume != 1 || there.Density != rho) {
			t.Fatalf("%+v of %v kg/m3 changes something", there, rho)
		}
		warm := map[quantity.Reference]Temperature{quantity.At60F: Fahrenheit(60), quantity.At15C: Celsius(15), quantity.At20C: Celsius(20)}
		if f, err := FromBase(g, rho, from, warm[to], Psi(0)); err != nil || math.Abs(f.RhoObserved-there.Density) > 2e-6 {
			t.Fatalf("%+v of %v kg/m3, but observed at %s it has %v, %v", there, rho, warm[to], f.RhoObserved, err)
		}
		back, err := Rebase(g, there.Density, to, from)
		if errors.As(err, &out) || g == Refined { // on a limit of the range; on a step between subgroups
			return
		}
		if err != nil || math.Abs(back.Density-rho) > 1e-5 || math.Abs(back.Volume*there.Volume-1) > 1e-8 {
			t.Fatalf("there %+v, back %+v, %v", there, back, err)
		}
	})
}
