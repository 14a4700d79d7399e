package quantity

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var (
	anyMicro  = rapid.Custom(func(t *rapid.T) Micro { return Micro(rapid.Int64().Draw(t, "micro")) })
	anyFactor = rapid.Custom(func(t *rapid.T) Factor {
		return F(rapid.Int64().Draw(t, "mantissa"), rapid.Uint8Range(0, MaxDecimals).Draw(t, "decimals"))
	})
	// meterFactor is a factor such as meters have, so that products stay in range.
	meterFactor = rapid.Custom(func(t *rapid.T) Factor {
		return F(rapid.Int64Range(-20_000, 20_000).Draw(t, "mantissa"), rapid.Uint8Range(3, 6).Draw(t, "decimals"))
	})
)

// rat returns a factor as a fraction.
func (f Factor) rat() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(f.Mantissa), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.Decimals)), nil))
}

// halfAway rounds a fraction to the nearest integer, a half away from zero: the slow way, as an oracle. ok says whether it is
// a Micro.
func halfAway(x *big.Rat) (m Micro, ok bool) {
	half := big.NewRat(1, 2)
	abs := new(big.Rat).Abs(x)
	abs.Add(abs, half)
	n := new(big.Int).Quo(abs.Num(), abs.Denom()) // of a positive number: rounded down
	if x.Sign() < 0 {
		n.Neg(n)
	}
	return Micro(n.Int64()), n.IsInt64()
}

// check compares a result with the oracle: the same amount, or ErrOverflow where there is none.
func check(t *rapid.T, got Micro, err error, exact *big.Rat) {
	t.Helper()
	want, ok := halfAway(exact)
	if !ok && !errors.Is(err, ErrOverflow) {
		t.Fatalf("%s is out of range, got %s, %v", exact.FloatString(3), got, err)
	}
	if ok && (err != nil || got != want) {
		t.Fatalf("%s is %s, %v; want %s", exact.FloatString(9), got, err, want)
	}
}

// TestMul: a product of any factors is rounded once.
func TestMul(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMicro.Draw(t, "m")
		factors := rapid.SliceOfN(rapid.OneOf(meterFactor, anyFactor), 0, 4).Draw(t, "factors")
		exact := new(big.Rat).SetInt64(int64(m))
		for _, f := range factors {
			exact.Mul(exact, f.rat())
		}
		got, err := m.Mul(factors...)
		check(t, got, err, exact)
	})
}

// TestRoundsHalfAway: halves go away from zero, on both sides, in every function that rounds.
func TestRoundsHalfAway(t *testing.T) {
	half := F(5, 1)
	for _, tc := range []struct {
		name      string
		give      Micro
		f         func(Micro) (Micro, error)
		up, below Micro // of give, and of -give
	}{
		{"Mul", 5, func(m Micro) (Micro, error) { return m.Mul(half) }, 3, -3},
		{"Mul twice, rounded once", 5, func(m Micro) (Micro, error) { return m.Mul(half, half) }, 1, -1},
		{"Ratio", 7, func(m Micro) (Micro, error) { return m.Ratio(1, 2) }, 4, -4},
		{"Ratio over a negative", 7, func(m Micro) (Micro, error) { return m.Ratio(-1, -2) }, 4, -4},
		{"Indicated", 1, func(m Micro) (Micro, error) { return Indicated(int64(m), F(2_000_000, 0)) }, 1, -1},
		{"Round", 12_345_500, func(m Micro) (Micro, error) { return m.Round(3) }, 12_346_000, -12_346_000},
		{"Round to nothing", 499_999, func(m Micro) (Micro, error) { return m.Round(-1) }, 0, 0},
		{"Round of more than there is", 5, func(m Micro) (Micro, error) { return m.Round(9) }, 5, -5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := tc.f(tc.give); err != nil || got != tc.up {
				t.Errorf("of %d: %d, %v; want %d", tc.give, got, err, tc.up)
			}
			if got, err := tc.f(-tc.give); err != nil || got != tc.below {
				t.Errorf("of %d: %d, %v; want %d", -tc.give, got, err, tc.below)
			}
		})
	}
}

// TestIndicated: pulses over K-factor, rounded once; a K-factor that is not positive is refused.
func TestIndicated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pulses, k := rapid.Int64().Draw(t, "pulses"), anyFactor.Draw(t, "k")
		got, err := Indicated(pulses, k)
		if k.Mantissa <= 0 {
			if err == nil {
				t.Fatalf("%d pulses at %s are %s", pulses, k, got)
			}
			return
		}
		exact := new(big.Rat).SetInt64(pulses)
		check(t, got, err, exact.Mul(exact, big.NewRat(PerUnit, 1)).Quo(exact, k.rat()))
	})
	for _, tc := range []struct {
		pulses int64
		k      Factor
		want   string
	}{
		{84_123_450, F(8400, 0), "10014.696429"},
		{52_459_594, F(10_000, 0), "5245.9594"},
		{66_277_065, F(12_000, 0), "5523.08875"},
		{20_027_580, F(1000, 0), "20027.58"},
		{1, F(52_834_41, 2), "0.000019"},
	} {
		if got, err := Indicated(tc.pulses, tc.k); err != nil || got.String() != tc.want {
			t.Errorf("%d pulses at %s are %s, %v; want %s", tc.pulses, tc.k, got, err, tc.want)
		}
	}
}

// TestRatio: m x num/den, rounded once; nothing goes over zero.
func TestRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, num, den := anyMicro.Draw(t, "m"), rapid.Int64().Draw(t, "num"), rapid.Int64().Draw(t, "den")
		got, err := m.Ratio(num, den)
		if den == 0 {
			if err == nil {
				t.Fatalf("%s over zero is %s", m, got)
			}
			return
		}
		exact := new(big.Rat).SetInt64(int64(m))
		exact.Mul(exact, new(big.Rat).SetInt64(num)).Quo(exact, new(big.Rat).SetInt64(den))
		check(t, got, err, exact)
	})
}

// TestAddSub: sums and differences are exact or refused.
func TestAddSub(t *testing.T) {
	extreme := rapid.OneOf(anyMicro, rapid.SampledFrom([]Micro{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}))
	rapid.Check(t, func(t *rapid.T) {
		m, n := extreme.Draw(t, "m"), extreme.Draw(t, "n")
		exact := new(big.Rat).SetInt64(int64(m))
		got, err := m.Add(n)
		check(t, got, err, new(big.Rat).Add(exact, new(big.Rat).SetInt64(int64(n))))
		if n == math.MinInt64 {
			return // refused, since it has no opposite
		}
		got, err = m.Sub(n)
		check(t, got, err, new(big.Rat).Sub(exact, new(big.Rat).SetInt64(int64(n))))
	})
	if got, err := Micro(0).Sub(math.MinInt64); !errors.Is(err, ErrOverflow) {
		t.Errorf("0 less the least amount is %s, %v", got, err)
	}
	if got, err := Sum(1, 2, -4); err != nil || got != -1 {
		t.Errorf("sum of 1, 2, -4 is %d, %v", got, err)
	}
	if got, err := Sum(math.MaxInt64, 1, -1); !errors.Is(err, ErrOverflow) {
		t.Errorf("a sum that overflows on the way is %s, %v", got, err)
	}
	if got, err := Sum(); err != nil || got != 0 {
		t.Errorf("sum of nothing is %s, %v", got, err)
	}
}

// TestParseString: what is printed reads back as the same amount; trailing zeros of factors stay.
func TestParseString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMicro.Draw(t, "m")
		if got, err := Parse(m.String()); err != nil || got != m {
			t.Fatalf("%d prints as %q and reads as %d, %v", m, m.String(), got, err)
		}
		f := anyFactor.Draw(t, "f")
		if got, err := ParseFactor(f.String()); err != nil || got != f {
			t.Fatalf("%+v prints as %q and reads as %+v, %v", f, f.String(), got, err)
		}
	})
	for _, tc := range []struct {
		m    Micro
		want string
	}{
		{0, "0"}, {1, "0.000001"}, {-1, "-0.000001"}, {-1_500_000, "-1.5"}, {10_000_000, "10"},
		{math.MinInt64, "-9223372036854.775808"}, {math.MaxInt64, "9223372036854.775807"},
	} {
		if got := tc.m.String(); got != tc.want {
			t.Errorf("%d prints as %q, want %q", int64(tc.m), got, tc.want)
		}
	}
}

// TestParseRefuses: only plain decimals are read, and no digit is rounded away.
func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "-", ".", "1.", "-.", "+1", "1e3", "0x1", " 1", "1 ", "1,000", "1.2.3", "--1", "1-", "1.-2", "NaN", "Inf", "٣",
		"9223372036854775808", "0.1234567890123456789", "-0.0000000000000000000",
	} {
		if got, err := ParseFactor(s); err == nil {
			t.Errorf("factor %q reads as %+v", s, got)
		}
	}
	for _, s := range []string{"1.0000000", "0.1234567", "9223372036854.775808", "x"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("amount %q reads as %s", s, got)
		}
	}
}

// TestDecimal prints amounts to fewer places than they have.
func TestDecimal(t *testing.T) {
	for _, tc := range []struct {
		m      Micro
		places int
		want   string
	}{
		{9_911_104_440, 2, "9911.10"}, {9_911_105_000, 2, "9911.11"}, {-9_911_105_000, 2, "-9911.11"}, {1_500_000, 0, "2"},
		{1_500_000, -3, "2"}, {1, 9, "0.000001"}, {math.MaxInt64, 6, "9223372036854.775807"}, {math.MinInt64, 0, "-9223372036855"},
	} {
		if got := tc.m.Decimal(tc.places); got != tc.want {
			t.Errorf("%s to %d places is %q, want %q", tc.m, tc.places, got, tc.want)
		}
	}
	if got, err := Micro(math.MaxInt64).Round(0); !errors.Is(err, ErrOverflow) {
		t.Errorf("the largest amount rounds up to %s, %v", got, err)
	}
}

// TestFloat: amounts and factors go to float64 and back, and what is no number is refused.
func TestFloat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Micro(rapid.Int64Range(-1e15, 1e15).Draw(t, "m"))
		if got, err := FromFloat(m.Float()); err != nil || got != m {
			t.Fatalf("%s comes back from float64 as %s, %v", m, got, err)
		}
		f := F(rapid.Int64Range(-1e12, 1e12).Draw(t, "mantissa"), rapid.Uint8Range(0, 12).Draw(t, "decimals"))
		if got, err := RoundFactor(f.Float(), f.Decimals); err != nil || got != f {
			t.Fatalf("%s comes back from float64 as %s, %v", f, got, err)
		}
	})
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e13, -1e13, math.MaxFloat64} {
		if got, err := FromFloat(x); !errors.Is(err, ErrOverflow) {
			t.Errorf("%v units are %s, %v", x, got, err)
		}
		if got, err := RoundFactor(x, 6); !errors.Is(err, ErrOverflow) {
			t.Errorf("%v is the factor %s, %v", x, got, err)
		}
	}
	if got, err := RoundFactor(1, MaxDecimals+1); err == nil {
		t.Errorf("a factor with too many decimals is %s", got)
	}
	if got, err := RoundFactor(-0.0000125, 6); err != nil || got != F(-13, 6) {
		t.Errorf("-0.0000125 to 6 decimals is %s, %v; want -0.000013", got, err)
	}
}

// TestValid: a factor that measures is positive and has a bounded number of decimals.
func TestValid(t *testing.T) {
	for _, tc := range []struct {
		f    Factor
		want bool
	}{
		{One, true}, {F(1, MaxDecimals), true}, {Factor{}, false}, {F(-1, 0), false}, {F(1, MaxDecimals+1), false},
	} {
		if got := tc.f.Valid(); got != tc.want {
			t.Errorf("%s is valid: %v, want %v", tc.f, got, tc.want)
		}
	}
}

// TestText: JSON carries decimals as strings, never as binary floats.
func TestText(t *testing.T) {
	type ticket struct {
		GSV  Micro
		CTPL Factor
	}
	want := ticket{19_906_900_001, F(99_477, 5)}
	b, err := json.Marshal(want)
	if err != nil || string(b) != `{"GSV":"19906.900001","CTPL":"0.99477"}` {
		t.Fatalf("marshalled to %s, %v", b, err)
	}
	var got ticket
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("came back as %+v, %v", got, err)
	}
	for _, s := range []string{`{"GSV":"1e3"}`, `{"CTPL":"1,0"}`, `{"GSV":1.5}`} {
		if err := json.Unmarshal([]byte(s), &got); err == nil {
			t.Errorf("%s is accepted", s)
		}
	}
}

// FuzzParseFactor: any text either reads as a factor that prints and reads as itself, or is refused.
func FuzzParseFactor(f *testing.F) {
	for _, s := range []string{"0.95950", "-1", "", ".", "1.", "00.10", "-.5", "9223372036854775807", "0.000000000000000001", "1e9", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseFactor(s)
		if err != nil {
			if got != (Factor{}) {
				t.Fatalf("%q is refused and yet %+v", s, got)
			}
			return
		}
		if got.Decimals > MaxDecimals {
			t.Fatalf("%q has %d decimals", s, got.Decimals)
		}
		if again, err := ParseFactor(got.String()); err != nil || again != got {
			t.Fatalf("%q is %+v, which prints as %q and reads as %+v, %v", s, got, got.String(), again, err)
		}
		if want, ok := new(big.Rat).SetString(s); !ok || want.Cmp(got.rat()) != 0 {
			t.Fatalf("%q reads as %s", s, got)
		}
	})
}

func TestGrouped(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "999": "999", "1000": "1,000", "20519.3": "20,519.3", "-1234567.25": "-1,234,567.25",
	} {
		if got := Grouped(in); got != want {
			t.Errorf("Grouped(%q) = %q, want %q", in, got, want)
		}
	}
}
