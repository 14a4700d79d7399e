package blend

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestPercent holds the equation against figures computed independently of this code.
func TestPercent(t *testing.T) {
	for _, tc := range []struct{ c, g, want float64 }{
		{5, 55.8, 0.09720483779682282},
		{1, 10, 0.00039908140602742736},
		{10, 20, 0.01792706836236242},
		{25, 50, 0.3118193504560366},
		{50, 80, 1.3064953774958836},
		{75, 100, 1.8476104067137922},
	} {
		got, err := Percent(tc.c, tc.g)
		if err != nil || math.Abs(got/tc.want-1) > 1e-12 {
			t.Errorf("Percent(%v, %v) = %v, %v; want %v", tc.c, tc.g, got, err, tc.want)
		}
	}
}

// TestPercentRefuses: beyond its ranges the equation says nothing.
func TestPercentRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		c, g float64
	}{
		{"too little light", 0.99, 50},
		{"too little heavy", 99.01, 50},
		{"too alike", 50, 9.99},
		{"too unlike", 50, 100.01},
		{"no share", math.NaN(), 50},
		{"no gravity", 50, math.NaN()},
		{"infinite", 50, math.Inf(1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Percent(tc.c, tc.g)
			var out *quantity.RangeError
			if !errors.As(err, &out) {
				t.Errorf("Percent(%v, %v) = %v, %v; want a quantity.RangeError", tc.c, tc.g, got, err)
			}
		})
	}
}

const (
	bitumen    = 8.507990407063232  // 1,010 kg/m3 at 15 C
	condensate = 66.06277739755907  // 716 kg/m3 at 15 C
	lightCrude = 40.978723932045995 // 820 kg/m3 at 15 C
)

// TestShrink blends bitumen and its diluent, with gravities unrounded and rounded to 0.1.
func TestShrink(t *testing.T) {
	for _, tc := range []struct {
		name                 string
		heavy, light         Component
		percent, volume, net string
	}{
		{"bitumen and condensate", Component{14_400e6, bitumen}, Component{5_600e6, condensate}, "0.4655", "93.1", "19906.9"},
		{"the same, gravities rounded: the result moves", Component{14_400e6, 8.5}, Component{5_600e6, 66.1}, "0.4664", "93.28", "19906.72"},
		{"bitumen and light crude", Component{4_400e6, bitumen}, Component{3_600e6, lightCrude}, "0.1627", "13.016", "7986.984"},
		{"95,000 bbl of crude and 5,000 bbl of natural gasoline", Component{95_000e6, 30.7}, Component{5_000e6, 86.5}, "0.0972", "97.2", "99902.8"},
		{"a volume that needs rounding", Component{14_400_000_001, bitumen}, Component{5_600e6, condensate}, "0.4655", "93.1", "19906.900001"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := Shrink(tc.heavy, tc.light)
			if err != nil {
				t.Fatal(err)
			}
			if s.Percent.String() != tc.percent || s.Volume.String() != tc.volume || s.Net.String() != tc.net || s.Method != Method {
				t.Errorf("got %s %% = %s, net %s; want %s %% = %s, net %s", s.Percent, s.Volume, s.Net, tc.percent, tc.volume, tc.net)
			}
			if turned, err := Shrink(tc.light, tc.heavy); err != nil || turned != s {
				t.Errorf("the order of the components changes the result: %+v, %v", turned, err)
			}
		})
	}
}

// TestShrinkRefuses: what is no blend of two liquids, or does not fit an amount, is refused.
func TestShrinkRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		a, b Component
		want error
	}{
		{"nothing light", Component{1e6, 8.5}, Component{0, 66}, nil},
		{"negative", Component{-1e6, 8.5}, Component{1e6, 66}, nil},
		{"too much", Component{math.MaxInt64, 8.5}, Component{1e6, 66}, quantity.ErrOverflow},
		{"a trace", Component{1e9, 8.5}, Component{1e6, 66}, nil},
		{"alike", Component{1e6, 20}, Component{1e6, 21}, nil},
		{"no gravity", Component{1e6, math.NaN()}, Component{1e6, 21}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := Shrink(tc.a, tc.b)
			if err == nil || (tc.want != nil && !errors.Is(err, tc.want)) {
				t.Errorf("Shrink = %+v, %v; want a refusal (%v)", s, err, tc.want)
			}
		})
	}
}

// TestShrinkCloses: whatever is blended, lost and net volume add up to what went in, and little is lost.
func TestShrinkCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Component{quantity.Micro(rapid.Int64Range(1, 1e15).Draw(t, "a")), rapid.Float64Range(-10, 100).Draw(t, "apiA")}
		b := Component{quantity.Micro(rapid.Int64Range(1, 1e15).Draw(t, "b")), rapid.Float64Range(-10, 100).Draw(t, "apiB")}
		s, err := Shrink(a, b)
		if err != nil {
			var out *quantity.RangeError
			if !errors.As(err, &out) {
				t.Fatalf("refused for no range: %v", err)
			}
			return
		}
		if s.Net+s.Volume != a.Volume+b.Volume || s.Volume < 0 || float64(s.Volume) > 0.03*float64(s.Gross) {
			t.Fatalf("%+v and %+v give %+v", a, b, s)
		}
	})
}

// TestPercentLaws: the loss goes with the 2.28th power of the difference of gravities and with the light component up to 54.97 %
// of the volume, from where on it falls.
func TestPercentLaws(t *testing.T) {
	const turn = 100 / 1.819 // where C x (100 - C)^0.819 is greatest
	percent := func(t *rapid.T, c, g float64) float64 {
		s, err := Percent(c, g)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		c, g := rapid.Float64Range(1, 99).Draw(t, "c"), rapid.Float64Range(10, 50).Draw(t, "g")
		s := percent(t, c, g)
		if double := percent(t, c, 2*g); math.Abs(double/s/math.Pow(2, 2.28)-1) > 1e-12 {
			t.Fatalf("%v at a difference of %v, %v at twice that", s, g, double)
		}
		nearer := c + (turn-c)/2
		if more := percent(t, nearer, g); more < s*(1-1e-12) {
			t.Fatalf("%v %% of light lose %v %%, %v %% lose %v %%", c, s, nearer, more)
		}
		if s <= 0 || s > percent(t, turn, 100) {
			t.Fatalf("%v %% of light lose %v %%", c, s)
		}
	})
}

// TestThreeComponentsHaveNoAnswer: blended as pairs, one after the other, three liquids lose more or less, by cubic metres, with
// the order, though the mass of the mixture, and so its gravity, is the same. That is why Shrink takes two.
func TestThreeComponentsHaveNoAnswer(t *testing.T) {
	mix := func(a, b Component) Component {
		s, err := Shrink(a, b)
		if err != nil {
			t.Fatal(err)
		}
		rho := func(api float64) float64 { return 141.5 / (api + 131.5) }
		mass := a.Volume.Float()*rho(a.API) + b.Volume.Float()*rho(b.API)
		return Component{s.Net, 141.5/(mass/s.Net.Float()) - 131.5}
	}
	b, c, l := Component{10_000e6, bitumen}, Component{3_000e6, condensate}, Component{5_000e6, lightCrude}
	one, other := mix(mix(b, c), l), mix(mix(b, l), c)
	if off := math.Abs((one.Volume - other.Volume).Float()); off < 1 {
		t.Errorf("%s and %s are but %v apart: reconsider a third component", one.Volume, other.Volume, off)
	}
}

// FuzzShrink: any two components lose a volume that closes, or are refused.
func FuzzShrink(f *testing.F) {
	f.Add(int64(14_400e6), bitumen, int64(5_600e6), condensate)
	f.Add(int64(math.MaxInt64), 8.5, int64(1), 66.0)
	f.Add(int64(-1), math.NaN(), int64(0), math.Inf(1))
	f.Add(int64(1e6), -1e308, int64(1e6), 1e308)
	f.Fuzz(func(t *testing.T, volumeA int64, apiA float64, volumeB int64, apiB float64) {
		a, b := Component{quantity.Micro(volumeA), apiA}, Component{quantity.Micro(volumeB), apiB}
		s, err := Shrink(a, b)
		if err != nil {
			return
		}
		if s.Gross != a.Volume+b.Volume || s.Net+s.Volume != s.Gross || s.Volume < 0 || s.Net <= 0 {
			t.Fatalf("%+v and %+v give %+v", a, b, s)
		}
		if s.LightPercent < 1 || s.LightPercent > 99 || s.Difference < 10 || s.Difference > 100 {
			t.Fatalf("%+v and %+v give %+v", a, b, s)
		}
	})
}
