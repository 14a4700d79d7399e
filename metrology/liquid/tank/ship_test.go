package tank

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// voyages makes voyages of 500,000 bbl by the shore, the ship finding so many in 100,000 of it, with 300 bbl aboard that are no cargo.
func voyages(ratios ...int64) []Voyage {
	out := make([]Voyage, len(ratios))
	for i, r := range ratios {
		out[i] = Voyage{ID: strconv.Itoa(i + 1), TCV: quantity.Micro(5*r+300) * unit, OnBoard: 300 * unit, Shore: 500_000 * unit}
	}
	return out
}

// TestVesselExperience: by hand. One voyage is a gross error, at 1.03; the mean of the other eight is 1.00193, so that 0.99892 to 1.00494
// qualify and 1.00800 does not; the sum of the seven that remain is 7.00740 over 7.
func TestVesselExperience(t *testing.T) {
	e, err := VesselExperience(voyages(100_100, 100_140, 103_000, 100_060, 100_120, 100_080, 100_800, 100_150, 100_090))
	if err != nil {
		t.Fatal(err)
	}
	if e.Mean.String() != "1.00193" || e.VEF.String() != "1.00106" || e.Method != MethodVEF {
		t.Errorf("mean %s, VEF %s by %q; want 1.00193 and 1.00106", e.Mean, e.VEF, e.Method)
	}
	for i, j := range e.Voyages {
		want := Qualified
		switch j.ID {
		case "3":
			want = GrossError
		case "7":
			want = Outlier
		}
		if j.Verdict != want || j.ID != strconv.Itoa(i+1) {
			t.Errorf("voyage %+v, want %s", j, want)
		}
	}
	if e.Voyages[1].Ratio.String() != "1.00140" {
		t.Errorf("ratio %s, want 1.00140", e.Voyages[1].Ratio)
	}
	if shore, err := e.Shore(500_530 * unit); err != nil || shore.String() != "500000" {
		t.Errorf("500,530 bbl aboard are %s ashore, %v; want 500,000", shore, err)
	}
	if got, err := (Experience{}).Shore(1); err == nil {
		t.Errorf("without a VEF the shore has %s", got)
	}
}

// TestOldVoyages: the twenty newest count.
func TestOldVoyages(t *testing.T) {
	ratios := make([]int64, 25)
	for i := range ratios {
		ratios[i] = 100_000
		if i >= MostVoyages {
			ratios[i] = 100_200
		}
	}
	e, err := VesselExperience(voyages(ratios...))
	if err != nil || e.VEF.String() != "1.00000" || e.Voyages[19].Verdict != Qualified || e.Voyages[20].Verdict != TooOld {
		t.Errorf("got %+v, %v", e, err)
	}
}

// TestVesselExperienceRefuses: too few voyages, before or after they are judged, and what is no voyage.
func TestVesselExperienceRefuses(t *testing.T) {
	five := func(change func(*Voyage)) []Voyage {
		v := voyages(100_100, 100_100, 100_100, 100_100, 100_100)
		change(&v[2])
		return v
	}
	for _, tc := range []struct {
		name    string
		voyages []Voyage
		message string
	}{
		{"none", nil, "0 of 0 voyages"},
		{"four", voyages(100_100, 100_100, 100_100, 100_100), "4 of 4 voyages"},
		{"five with an error", voyages(100_100, 100_100, 100_100, 100_100, 97_999), "4 of 5 voyages"},
		{"five with an outlier", voyages(100_100, 100_100, 100_100, 100_100, 101_000), "4 of 5 voyages"},
		{"no shore", five(func(v *Voyage) { v.Shore = 0 }), "voyage 3: cargo"},
		{"no cargo", five(func(v *Voyage) { v.OnBoard = v.TCV }), "voyage 3: cargo of 0"},
		{"more left than there was", five(func(v *Voyage) { v.OnBoard = v.TCV + 1 }), "voyage 3: "},
		{"negative remainder", five(func(v *Voyage) { v.OnBoard = -1 }), "voyage 3: -0.000001 of OBQ or ROB"},
		{"ratio without end", five(func(v *Voyage) { v.TCV, v.Shore = math.MaxInt64, 1 }), "voyage 3: quantity out of range"},
		{"sum without end", five(func(v *Voyage) { v.TCV, v.Shore = math.MaxInt64, math.MaxInt64 }), "quantity out of range"},
	} {
		if e, err := VesselExperience(tc.voyages); err == nil || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: %+v, %v; want a refusal that says %q", tc.name, e, err, tc.message)
		}
	}
}

// TestVEFLiesAmong: the factor lies among the ratios of the voyages it rests on, each of them within 0.30 % of the mean.
func TestVEFLiesAmong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, err := VesselExperience(voyages(rapid.SliceOfN(rapid.Int64Range(97_500, 102_500), 0, 25).Draw(t, "ratios")...))
		if err != nil {
			return // too few qualify
		}
		least, most, n := int64(math.MaxInt64), int64(0), 0
		for _, j := range e.Voyages {
			if j.Verdict != Qualified {
				continue
			}
			n++
			least, most = min(least, j.Ratio.Mantissa), max(most, j.Ratio.Mantissa)
			if math.Abs(j.Ratio.Float()/e.Mean.Float()-1) > 0.003+1e-12 {
				t.Fatalf("voyage %+v qualifies at a mean of %s", j, e.Mean)
			}
		}
		if n < LeastQualified || n > MostVoyages || e.VEF.Mantissa < least || e.VEF.Mantissa > most {
			t.Fatalf("VEF %s of %d voyages from %d to %d", e.VEF, n, least, most)
		}
	})
}

// FuzzVesselExperience: no voyages panic or make a factor beyond those that qualify.
func FuzzVesselExperience(f *testing.F) {
	f.Add(int64(500_500), int64(300), int64(500_000), uint8(6))
	f.Add(int64(math.MaxInt64), int64(0), int64(math.MaxInt64), uint8(30))
	f.Add(int64(-1), int64(math.MinInt64), int64(math.MinInt64), uint8(5))
	f.Fuzz(func(t *testing.T, tcv, aboard, ashore int64, n uint8) {
		v := make([]Voyage, n)
		for i := range v {
			v[i] = Voyage{TCV: quantity.Micro(tcv + int64(i)), OnBoard: quantity.Micro(aboard), Shore: quantity.Micro(ashore)}
		}
		e, err := VesselExperience(v)
		if err == nil && (e.VEF.Mantissa < 97_000 || e.VEF.Mantissa > 103_000) {
			t.Errorf("VEF %s without an error", e.VEF)
		}
	})
}
