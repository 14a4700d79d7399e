package uncertainty

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// of is a measured volume of a meter without a name.
func of(volume quantity.Micro, percent float64) Measured {
	return Measured{Volume: volume, Percent: percent}
}

// by is one of a named meter.
func by(meter string, volume quantity.Micro, percent float64) Measured {
	return Measured{Volume: volume, Percent: percent, Meter: meter}
}

// TestClose holds balances against figures computed by hand and independently of this code.
func TestClose(t *testing.T) {
	injection := of(19_906_900_000, 0.14)
	for _, tc := range []struct {
		name           string
		in, out        []Measured
		change         Change
		imbalance      string
		percent, sigma float64
		z              float64
		level          Level
	}{
		{
			"two leases, a refinery and a dock",
			[]Measured{of(100_023_400_000, 0.15), of(50_110_200_000, 0.20)},
			[]Measured{of(120_004_800_000, 0.20), of(29_410_000_000, 0.30)},
			Change{310_000_000, 60_000_000},
			"408.8", 0.27229081298256247, 159.32969026544458, 2.565749040991194, Warning,
		},
		{
			"pipeline, injection to border: 7.57 m3 are noise",
			[]Measured{injection}, []Measured{of(19_899_330_000, 0.20)}, Change{},
			"7.57", 0.03802701575835514, 24.29326700091612, 0.31160897378333385, Noise,
		},
		{
			"pipeline, injection to outturn: so are 18.12 m3",
			[]Measured{injection}, []Measured{of(19_888_780_000, 0.14)}, Change{},
			"18.12", 0.09102371539516449, 19.697858674846263, 0.9198969440845287, Noise,
		},
		{
			"a gain is negative",
			[]Measured{of(1_000_000_000, 0.2)}, []Measured{of(1_010_000_000, 0)}, Change{},
			"-10", -1, 1, -10, Action,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := Close(tc.in, tc.out, tc.change)
			if err != nil {
				t.Fatal(err)
			}
			if b.Imbalance.String() != tc.imbalance {
				t.Errorf("imbalance %s, want %s", b.Imbalance, tc.imbalance)
			}
			near(t, "percent", b.Percent, tc.percent)
			near(t, "sigma", b.Sigma, tc.sigma)
			near(t, "expanded", b.Expanded, 2*tc.sigma)
			near(t, "z", b.Z, tc.z)
			if b.Level() != tc.level || b.Method != Method {
				t.Errorf("level %q by %q, want %q", b.Level(), b.Method, tc.level)
			}
		})
	}
}

// near compares to what float64 arithmetic in another order may change.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// TestCloseRefuses: a balance without receipts, with a wrong sign or without any uncertainty says nothing.
func TestCloseRefuses(t *testing.T) {
	one := []Measured{of(1e6, 0.1)}
	for _, tc := range []struct {
		name    string
		in, out []Measured
		change  Change
		want    error
	}{
		{"nothing received", nil, one, Change{}, nil},
		{"negative receipt", []Measured{of(-1, 0.1)}, one, Change{}, nil},
		{"negative uncertainty", one, []Measured{of(1e6, -0.1)}, Change{}, nil},
		{"no number", one, []Measured{of(1e6, math.NaN())}, Change{}, nil},
		{"negative uncertainty of the inventory", one, one, Change{0, -1}, nil},
		{"no uncertainty at all", []Measured{of(1e6, 0)}, []Measured{of(1e6, 0)}, Change{}, ErrNone},
		{"one meter on both sides: its error cancels", []Measured{by("M", 3e6, 0.1), by("M", 1e6, 0.1)}, []Measured{by("M", 4e6, 0.1)}, Change{}, ErrNone},
		{"receipts overflow", []Measured{of(math.MaxInt64, 1), of(1, 1)}, one, Change{}, quantity.ErrOverflow},
		{"imbalance overflows", one, one, Change{math.MinInt64, 0}, quantity.ErrOverflow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := Close(tc.in, tc.out, tc.change)
			if err == nil || (tc.want != nil && !errors.Is(err, tc.want)) {
				t.Errorf("Close = %+v, %v; want a refusal (%v)", b, err, tc.want)
			}
		})
	}
}

// TestCloseIsFair: turning a balance round turns its sign only, and a worse meter never makes an imbalance more significant.
func TestCloseIsFair(t *testing.T) {
	volume := rapid.Int64Range(1, 1e14)
	percent := rapid.Float64Range(0.01, 5)
	rapid.Check(t, func(t *rapid.T) {
		a := of(quantity.Micro(volume.Draw(t, "a")), percent.Draw(t, "ua"))
		b := of(quantity.Micro(volume.Draw(t, "b")), percent.Draw(t, "ub"))
		there, err := Close([]Measured{a}, []Measured{b}, Change{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Close([]Measured{b}, []Measured{a}, Change{})
		if err != nil {
			t.Fatal(err)
		}
		if there.Imbalance != -back.Imbalance || math.Abs(there.Z+back.Z) > 1e-9*math.Abs(there.Z) {
			t.Fatalf("%+v is not the mirror of %+v", there, back)
		}
		b.Percent *= 2
		worse, err := Close([]Measured{a}, []Measured{b}, Change{})
		if err != nil || math.Abs(worse.Z) > math.Abs(there.Z) {
			t.Fatalf("worse meter: %+v, %v; before %+v", worse, err, there)
		}
	})
}

// TestCommonMeter: what one meter measured errs together, in receipts as in deliveries.
func TestCommonMeter(t *testing.T) {
	for _, tc := range []struct {
		name    string
		in, out []Measured
		sigma   float64
		method  string
	}{
		{"independent: 0.1 % of 100 twice", []Measured{of(100e6, 0.2), of(100e6, 0.2)}, []Measured{of(200e6, 0)}, 0.1 * math.Sqrt2, Method},
		{"named, but different", []Measured{by("A", 100e6, 0.2), by("B", 100e6, 0.2)}, []Measured{of(200e6, 0)}, 0.1 * math.Sqrt2, Method},
		{"one meter: 0.1 % of 200", []Measured{by("A", 100e6, 0.2), by("A", 100e6, 0.2)}, []Measured{of(200e6, 0)}, 0.2, MethodCommonMeters},
		{"in and out by one meter", []Measured{by("A", 300e6, 0.2)}, []Measured{by("A", 100e6, 0.2), of(200e6, 0)}, 0.2, MethodCommonMeters},
		{"and another beside it", []Measured{by("A", 300e6, 0.2), by("B", 150e6, 0.2)}, []Measured{by("A", 100e6, 0.2)}, 0.25, MethodCommonMeters},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := Close(tc.in, tc.out, Change{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "sigma", b.Sigma, tc.sigma)
			if b.Method != tc.method {
				t.Errorf("method %q, want %q", b.Method, tc.method)
			}
		})
	}
}

// TestTotal: thirty days of one meter are no better known than one day, those of thirty meters are.
func TestTotal(t *testing.T) {
	for meter, want := range map[string]float64{"": 0.3 / math.Sqrt(30), "M-1": 0.3} {
		days := make([]Measured, 30)
		for i := range days {
			days[i] = by(meter, 1_000e6, 0.3)
		}
		got, err := Total(days)
		if err != nil || got.Volume != 30_000e6 {
			t.Fatalf("%+v, %v", got, err)
		}
		near(t, "percent of 30 days by meter "+meter, got.Percent, want)
	}
	for name, all := range map[string][]Measured{"nothing": nil, "zero": {of(0, 1)}, "negative": {of(-1, 1)}, "overflow": {of(math.MaxInt64, 1), of(1, 1)}} {
		if got, err := Total(all); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, got)
		}
	}
}

// TestTotalOfMeters: naming meters in common never makes a sum of receipts better known, and splitting a volume of one meter
// changes nothing.
func TestTotalOfMeters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alone := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Measured {
			return of(quantity.Micro(rapid.Int64Range(1, 1e14).Draw(t, "volume")), rapid.Float64Range(0.01, 5).Draw(t, "percent"))
		}), 1, 10).Draw(t, "all")
		named := make([]Measured, len(alone))
		for i, m := range alone {
			m.Meter = rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "meter")
			named[i] = m
		}
		a, err := Total(alone)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Total(named)
		if err != nil || n.Volume != a.Volume || n.Percent < a.Percent*(1-1e-12) {
			t.Fatalf("%+v, %v; independent %+v", n, err, a)
		}
		whole := by("M", a.Volume, 1)
		half := quantity.Micro(rapid.Int64Range(0, int64(a.Volume)).Draw(t, "half"))
		both, err := Total([]Measured{by("M", half, 1), by("M", a.Volume-half, 1)})
		if err != nil || both.Volume != whole.Volume || math.Abs(both.Percent-1) > 1e-9 {
			t.Fatalf("%+v, %v of %+v", both, err, whole)
		}
	})
}

// FuzzClose: any balance is closed with finite figures or refused.
func FuzzClose(f *testing.F) {
	f.Add(int64(100_023_400_000), 0.15, int64(120_004_800_000), 0.2, int64(310_000_000), int64(60_000_000), true)
	f.Add(int64(math.MaxInt64), 100.0, int64(0), 0.0, int64(math.MinInt64), int64(math.MaxInt64), false)
	f.Add(int64(1), 5e-324, int64(1), math.NaN(), int64(-1), int64(0), true)
	f.Fuzz(func(t *testing.T, in int64, uIn float64, out int64, uOut float64, change, uChange int64, same bool) {
		a, b := of(quantity.Micro(in), uIn), of(quantity.Micro(out), uOut)
		if same {
			a.Meter, b.Meter = "M", "M"
		}
		got, err := Close([]Measured{a}, []Measured{b}, Change{quantity.Micro(change), quantity.Micro(uChange)})
		if err != nil {
			return
		}
		if !(got.Sigma > 0) || math.IsInf(got.Sigma, 0) || math.IsNaN(got.Z) || math.IsInf(got.Z, 0) || math.IsNaN(got.Percent) {
			t.Fatalf("%+v", got)
		}
		if int64(got.Imbalance) != in-out-change {
			t.Fatalf("imbalance %s of %d, %d, %d", got.Imbalance, in, out, change)
		}
	})
}
