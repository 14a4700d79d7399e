package uncertainty

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestClose holds balances against figures computed by hand and independently of this code.
func TestClose(t *testing.T) {
	injection := Measured{19_906_900_000, 0.14}
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
			[]Measured{{100_023_400_000, 0.15}, {50_110_200_000, 0.20}},
			[]Measured{{120_004_800_000, 0.20}, {29_410_000_000, 0.30}},
			Change{310_000_000, 60_000_000},
			"408.8", 0.27229081298256247, 159.32969026544458, 2.565749040991194, Warning,
		},
		{
			"pipeline, injection to border: 7.57 m3 are noise",
			[]Measured{injection}, []Measured{{19_899_330_000, 0.20}}, Change{},
			"7.57", 0.03802701575835514, 24.29326700091612, 0.31160897378333385, Noise,
		},
		{
			"pipeline, injection to outturn: so are 18.12 m3",
			[]Measured{injection}, []Measured{{19_888_780_000, 0.14}}, Change{},
			"18.12", 0.09102371539516449, 19.697858674846263, 0.9198969440845287, Noise,
		},
		{
			"a gain is negative",
			[]Measured{{1_000_000_000, 0.2}}, []Measured{{1_010_000_000, 0}}, Change{},
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
			if b.Level() != tc.level {
				t.Errorf("level %q, want %q", b.Level(), tc.level)
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
	one := []Measured{{1e6, 0.1}}
	for _, tc := range []struct {
		name    string
		in, out []Measured
		change  Change
		want    error
	}{
		{"nothing received", nil, one, Change{}, nil},
		{"negative receipt", []Measured{{-1, 0.1}}, one, Change{}, nil},
		{"negative uncertainty", one, []Measured{{1e6, -0.1}}, Change{}, nil},
		{"no number", one, []Measured{{1e6, math.NaN()}}, Change{}, nil},
		{"negative uncertainty of the inventory", one, one, Change{0, -1}, nil},
		{"no uncertainty at all", []Measured{{1e6, 0}}, []Measured{{1e6, 0}}, Change{}, nil},
		{"receipts overflow", []Measured{{math.MaxInt64, 1}, {1, 1}}, one, Change{}, quantity.ErrOverflow},
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
		a := Measured{quantity.Micro(volume.Draw(t, "a")), percent.Draw(t, "ua")}
		b := Measured{quantity.Micro(volume.Draw(t, "b")), percent.Draw(t, "ub")}
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
