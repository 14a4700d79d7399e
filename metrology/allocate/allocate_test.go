package allocate

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// wells are three wells before one sale of 1,017.3.
var wells = []Claim{
	{"A", 412_000_000, quantity.F(5, 0)},
	{"B", 388_500_000, quantity.F(20, 1)},
	{"C", 205_200_000, quantity.F(10_000, 3)},
}

const sale = 1_017_300_000

// allocated returns the shares as text.
func allocated(shares []Share) (out []string) {
	for _, s := range shares {
		out = append(out, s.Allocated.String())
	}
	return out
}

// near compares to what float64 arithmetic in another order may change.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-13*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// TestWells holds all methods against figures computed independently, unrounded and rounded.
func TestWells(t *testing.T) {
	for _, tc := range []struct {
		name      string
		allocate  func() (Result, error)
		unrounded []float64
		shares    []string
		total     string
		z         float64
		method    string
	}{
		{
			"pro rata", func() (Result, error) { return ProRata(sale, wells, 6) },
			[]float64{416.7521129561499, 392.9810579695734, 207.5668290742766},
			[]string{"416.752113", "392.981058", "207.566829"}, "1017.3", 0, MethodProRata,
		},
		{
			"pro rata to 0.01", func() (Result, error) { return ProRata(sale, wells, 2) },
			[]float64{416.7521129561499, 392.9810579695734, 207.5668290742766},
			[]string{"416.75", "392.98", "207.57"}, "1017.3", 0, MethodProRata,
		},
		{
			"total fixed", func() (Result, error) { return TotalFixed(sale, wells, 6) },
			[]float64{417.4344867147205, 389.2731542157111, 210.59235906956837},
			[]string{"417.434487", "389.273154", "210.592359"}, "1017.3", 0.7708520569359116, MethodTotalFixed,
		},
		{
			"total fixed to 0.1", func() (Result, error) { return TotalFixed(sale, wells, 1) },
			[]float64{417.4344867147205, 389.2731542157111, 210.59235906956837},
			[]string{"417.4", "389.3", "210.6"}, "1017.3", 0.7708520569359116, MethodTotalFixed,
		},
		{
			"total adjusted", func() (Result, error) { return TotalAdjusted(sale, quantity.F(3, 1), wells, 6) },
			[]float64{417.3791743380389, 389.26528502779007, 210.53747546938393},
			[]string{"417.379174", "389.265285", "210.537476"}, "1017.181935", 0.7669191457801291, MethodTotalAdjusted,
		},
		{
			"total adjusted to 0.01", func() (Result, error) { return TotalAdjusted(sale, quantity.F(3, 1), wells, 2) },
			[]float64{417.3791743380389, 389.26528502779007, 210.53747546938393},
			[]string{"417.38", "389.26", "210.54"}, "1017.18", 0.7669191457801291, MethodTotalAdjusted,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := tc.allocate()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.shares, allocated(r.Shares)); diff != "" {
				t.Error(diff)
			}
			for i, want := range tc.unrounded {
				near(t, r.Shares[i].ID, r.Shares[i].Unrounded, want)
			}
			near(t, "factor", r.Factor, 1.0115342547479367)
			near(t, "z", r.Z, tc.z)
			if r.Total.String() != tc.total || r.Imbalance.String() != "11.6" || r.Method != tc.method {
				t.Errorf("total %s, imbalance %s, method %q", r.Total, r.Imbalance, r.Method)
			}
		})
	}
}

// TestByDifference: the party without a meter gets the rest, and never less than nothing.
func TestByDifference(t *testing.T) {
	r, err := ByDifference(sale, wells[:2], "C")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"412", "388.5", "216.8"}, allocated(r.Shares)); diff != "" || r.Total != sale || r.Method != MethodDifference {
		t.Errorf("%s%+v", diff, r)
	}
	var below *NegativeError
	if r, err = ByDifference(800_000_000, wells[:2], "C"); !errors.As(err, &below) || below.ID != "C" || below.Share != -0.5 {
		t.Errorf("%+v, %v; want a *NegativeError of C", r, err)
	}
	if r, err = ByDifference(800_500_000, wells[:2], "C"); err != nil || r.Shares[2].Allocated != 0 {
		t.Errorf("%+v, %v; want nothing for C", r, err)
	}
	if r, err = ByDifference(sale, wells, "C"); err == nil {
		t.Errorf("%+v; C has a meter and the rest", r)
	}
}

// TestByComponent: each component adds up, and so does what each party gets.
func TestByComponent(t *testing.T) {
	results, shares, err := ByComponent([]Component{
		{"propane", 1_000_000, []Claim{{ID: "A", Measured: 1e6}, {ID: "B", Measured: 2e6}}},
		{"butane", 2_000_000, []Claim{{ID: "B", Measured: 2e6}, {ID: "C", Measured: 1e6}}},
	}, 6)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0.333333", "0.666667"}, allocated(results[0].Shares)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1.333333", "0.666667"}, allocated(results[1].Shares)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"0.333333", "2", "0.666667"}, allocated(shares)); diff != "" || shares[1].Measured != 4e6 || results[1].Method != MethodByComponent {
		t.Errorf("%s%+v, %q", diff, shares, results[1].Method)
	}
	near(t, "B", shares[1].Unrounded, 2)
	claims := []Claim{{ID: "A", Measured: math.MaxInt64}}
	for name, components := range map[string][]Component{
		"no name":       {{"", 1, wells}},
		"a name twice":  {{"propane", 1, wells}, {"propane", 1, wells}},
		"nobody":        {{"propane", 1, nil}},
		"too much of A": {{"propane", 1, claims}, {"butane", 1, claims}},
		"too much to A": {{"propane", math.MaxInt64, wells[:1]}, {"butane", math.MaxInt64, wells[:1]}},
	} {
		if r, _, err := ByComponent(components, 6); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, r)
		}
	}
}

// TestRefusals: what cannot be divided, or not among these.
func TestRefusals(t *testing.T) {
	one := []Claim{{ID: "A", Measured: 1e6, Percent: quantity.F(1, 0)}}
	with := func(change func(*Claim)) []Claim {
		claims := append([]Claim(nil), wells...)
		change(&claims[1])
		return claims
	}
	for _, tc := range []struct {
		name      string
		total     quantity.Micro
		claims    []Claim
		decimals  int
		uncertain bool // refused by uncertainty only
	}{
		{"nobody", 1e6, nil, 6, false},
		{"negative total", -1, one, 6, false},
		{"negative measurement", 1e6, with(func(c *Claim) { c.Measured = -1 }), 6, false},
		{"no ID", 1e6, with(func(c *Claim) { c.ID = "" }), 6, false},
		{"an ID twice", 1e6, with(func(c *Claim) { c.ID = "A" }), 6, false},
		{"seven decimals", 1e6, one, 7, false},
		{"no decimals", 1e6, one, -1, false},
		{"too fine a total", 1_000_001, one, 5, false},
		{"measurements overflow", 1e6, append([]Claim{{ID: "Z", Measured: math.MaxInt64}}, one...), 6, false},
		{"nothing measured", 1e6, []Claim{{ID: "A"}}, 6, false},
		{"negative uncertainty", 1e9, with(func(c *Claim) { c.Percent = quantity.F(-1, 0) }), 6, true},
		{"more than 100 %", 1e9, with(func(c *Claim) { c.Percent = quantity.F(1001, 1) }), 6, true},
		{"too many decimals", 1e9, with(func(c *Claim) { c.Percent = quantity.F(1, 19) }), 6, true},
		{"nothing uncertain", 1e9, []Claim{{ID: "A", Measured: 1e9}}, 6, true},
	} {
		if r, err := ProRata(tc.total, tc.claims, tc.decimals); !tc.uncertain && err == nil {
			t.Errorf("%s: pro rata %+v, want a refusal", tc.name, r)
		}
		if r, err := TotalFixed(tc.total, tc.claims, tc.decimals); err == nil {
			t.Errorf("%s: total fixed %+v, want a refusal", tc.name, r)
		}
		if r, err := TotalAdjusted(tc.total, quantity.F(0, 0), tc.claims, tc.decimals); err == nil {
			t.Errorf("%s: total adjusted %+v, want a refusal", tc.name, r)
		}
	}
	if r, err := TotalAdjusted(1e6, quantity.F(-1, 0), one, 6); err == nil {
		t.Errorf("negative uncertainty of the total: %+v, want a refusal", r)
	}
	// A bad meter would have to give back more than it measured.
	var below *NegativeError
	bad := []Claim{{"good", 1_000e6, quantity.F(1, 1)}, {"bad", 10e6, quantity.F(100, 0)}}
	if r, err := TotalFixed(990e6, bad, 6); !errors.As(err, &below) || below.ID != "bad" || !(below.Share < 0) {
		t.Errorf("%+v, %v; want a *NegativeError", r, err)
	}
}

// TestTies: what is left over goes to the smaller ID, whatever the order of the claims.
func TestTies(t *testing.T) {
	claims := []Claim{{"b", 1e6, quantity.F(1, 0)}, {"a", 1e6, quantity.F(1, 0)}, {"c", 1e6, quantity.F(1, 0)}}
	for name, allocate := range map[string]func() (Result, error){
		"pro rata":    func() (Result, error) { return ProRata(1_000_000, claims, 2) },
		"total fixed": func() (Result, error) { return TotalFixed(1_000_000, claims, 2) },
	} {
		r, err := allocate()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"0.33", "0.34", "0.33"}, allocated(r.Shares)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// anyClaims draws parties with uncertain measurements.
func anyClaims(t *rapid.T) []Claim {
	claims := make([]Claim, rapid.IntRange(1, 12).Draw(t, "n"))
	for i := range claims {
		claims[i] = Claim{
			ID:       fmt.Sprintf("p%02d", i),
			Measured: quantity.Micro(rapid.Int64Range(1, 1e15).Draw(t, "measured")),
			Percent:  quantity.F(rapid.Int64Range(1, 10_000).Draw(t, "percent"), 2),
		}
	}
	return claims
}

// TestAllocationConserves: by every method shares are not negative, add up to the total exactly, lie less than a step from their
// unrounded value, and belong to their owners whatever the order.
func TestAllocationConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := anyClaims(t)
		decimals := rapid.IntRange(0, 6).Draw(t, "decimals")
		step := unit(decimals)
		total := quantity.Micro(rapid.Int64Range(0, 2e15).Draw(t, "total")) / step * step
		method := rapid.SampledFrom([]func([]Claim) (Result, error){
			func(c []Claim) (Result, error) { return ProRata(total, c, decimals) },
			func(c []Claim) (Result, error) { return TotalFixed(total, c, decimals) },
			func(c []Claim) (Result, error) { return TotalAdjusted(total, quantity.F(25, 2), c, decimals) },
		}).Draw(t, "method")
		r, err := method(claims)
		var below *NegativeError
		if errors.As(err, &below) && below.Share < 0 {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]quantity.Micro{}
		var sum quantity.Micro
		for _, s := range r.Shares {
			sum += s.Allocated
			byID[s.ID] = s.Allocated
			if s.Allocated < 0 || s.Allocated%step != 0 || math.Abs(s.Allocated.Float()-s.Unrounded) > step.Float()+1e-15*math.Abs(s.Unrounded) {
				t.Fatalf("%+v in steps of %s", s, step)
			}
		}
		if sum != r.Total || r.Method != MethodTotalAdjusted && r.Total != total {
			t.Fatalf("shares add up to %s, total %s of %s", sum, r.Total, total)
		}
		var measured quantity.Micro
		for _, c := range claims {
			measured += c.Measured
		}
		if low, high := min(total, measured), max(total, measured); r.Total < low-step || r.Total > high+step || r.Imbalance != total-measured {
			t.Fatalf("total %s of %s and %s, imbalance %s", r.Total, total, measured, r.Imbalance)
		}
		shuffled := rapid.Permutation(claims).Draw(t, "shuffled")
		again, err := method(shuffled)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range again.Shares {
			if byID[s.ID] != s.Allocated {
				t.Fatalf("%s gets %s in another order, %s before", s.ID, s.Allocated, byID[s.ID])
			}
		}
	})
}

// TestBetterMetersMoveLess: of two parties that measured the same, the better meter is moved less, and one that is known exactly
// not at all; equal absolute uncertainties share the imbalance equally.
func TestBetterMetersMoveLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := quantity.Micro(rapid.Int64Range(1e9, 1e12).Draw(t, "m"))
		good := rapid.Int64Range(1, 500).Draw(t, "good")
		bad := rapid.Int64Range(good, 1000).Draw(t, "bad")
		off := quantity.Micro(rapid.Int64Range(-1e8, 1e8).Draw(t, "imbalance"))
		r, err := TotalFixed(3*m+off, []Claim{{"bad", m, quantity.F(bad, 2)}, {"exact", m, quantity.F(0, 0)}, {"good", m, quantity.F(good, 2)}}, 6)
		if err != nil {
			t.Fatal(err)
		}
		moved := func(i int) int64 { return max(int64(r.Shares[i].Allocated-m), int64(m-r.Shares[i].Allocated)) }
		if moved(1) != 0 || moved(2) > moved(0)+1 || bad == good && moved(0)-moved(2) > 1 {
			t.Fatalf("%+v", r)
		}
	})
}

// TestTotalFixedIsExact: shares agree with fractions worked out the slow way, to the micro-unit.
func TestTotalFixedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := anyClaims(t)
		total := quantity.Micro(rapid.Int64Range(1e14, 1e15).Draw(t, "total"))
		r, err := TotalFixed(total, claims, 6)
		var below *NegativeError
		if errors.As(err, &below) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		sigma := make([]*big.Rat, len(claims))
		for i, c := range claims {
			s := new(big.Rat).Mul(big.NewRat(int64(c.Measured), 1), big.NewRat(c.Percent.Mantissa, 20_000))
			sigma[i] = s.Mul(s, s)
			sum.Add(sum, sigma[i])
		}
		for i, c := range claims {
			x := new(big.Rat).Quo(sigma[i], sum)
			x.Mul(x, big.NewRat(int64(r.Imbalance), 1)).Add(x, big.NewRat(int64(c.Measured), 1))
			if off := x.Sub(x, big.NewRat(int64(r.Shares[i].Allocated), 1)); off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("%s is %s micro-units off", c.ID, off.FloatString(3))
			}
		}
	})
}

// FuzzAllocate: any figures are divided so that they add up, or refused.
func FuzzAllocate(f *testing.F) {
	f.Add(int64(sale), int64(412_000_000), int64(388_500_000), int64(5), uint8(0), int64(2), uint8(0), int64(3), uint8(1), 2)
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(0), int64(math.MaxInt64), uint8(18), int64(1), uint8(18), int64(0), uint8(0), 6)
	f.Add(int64(0), int64(0), int64(0), int64(-1), uint8(255), int64(math.MinInt64), uint8(3), int64(100), uint8(0), -5)
	f.Add(int64(math.MaxInt64), int64(1), int64(1), int64(1), uint8(0), int64(1), uint8(0), int64(1), uint8(0), 0)
	f.Fuzz(func(t *testing.T, total, a, b, ua int64, da uint8, ub int64, db uint8, ut int64, dt uint8, decimals int) {
		claims := []Claim{{"a", quantity.Micro(a), quantity.F(ua, da)}, {"b", quantity.Micro(b), quantity.F(ub, db)}}
		for _, allocate := range []func() (Result, error){
			func() (Result, error) { return ProRata(quantity.Micro(total), claims, decimals) },
			func() (Result, error) { return ByDifference(quantity.Micro(total), claims[:1], "b") },
			func() (Result, error) { return TotalFixed(quantity.Micro(total), claims, decimals) },
			func() (Result, error) {
				return TotalAdjusted(quantity.Micro(total), quantity.F(ut, dt), claims, decimals)
			},
		} {
			r, err := allocate()
			if err != nil {
				continue
			}
			if r.Shares[0].Allocated < 0 || r.Shares[1].Allocated < 0 || r.Shares[0].Allocated+r.Shares[1].Allocated != r.Total {
				t.Fatalf("%+v", r)
			}
			if x := r.Factor + r.Z + r.Shares[0].Unrounded + r.Shares[1].Unrounded; math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func BenchmarkProRata(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ProRata(sale, wells, 2); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTotalAdjusted(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := TotalAdjusted(sale, quantity.F(3, 1), wells, 2); err != nil {
			b.Fatal(err)
		}
	}
}
