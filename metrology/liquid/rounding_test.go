package liquid

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestUnits: a value asked for in the unit it was given in is that value, and in another unit the same amount.
func TestUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e4, 1e4).Draw(t, "x")
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*(math.Abs(a)+100) }
		if c := Celsius(x); c.Celsius() != x || !near(Fahrenheit(c.Fahrenheit()).Celsius(), x) {
			t.Fatalf("%v C is %v C, %v F", x, c.Celsius(), c.Fahrenheit())
		}
		if f := Fahrenheit(x); f.Fahrenheit() != x || !near(Celsius(f.Celsius()).Fahrenheit(), x) {
			t.Fatalf("%v F is %v F, %v C", x, f.Fahrenheit(), f.Celsius())
		}
		for _, p := range []Pressure{Psi(x), KPa(x), Bar(x)} {
			if !near(KPa(p.KPa()).Psi(), p.Psi()) || !near(Bar(p.Bar()).Psi(), p.Psi()) {
				t.Fatalf("%s is %v psi, %v kPa, %v bar", p, p.Psi(), p.KPa(), p.Bar())
			}
		}
		if Psi(x).Psi() != x || KPa(x).KPa() != x || Bar(x).Bar() != x {
			t.Fatalf("%v changes in the unit it was given in", x)
		}
	})
	if got := Fahrenheit(60).Celsius(); math.Abs(got-140.0/9) > 1e-12 {
		t.Errorf("60 F is %v C", got)
	}
	if got := Psi(1500).KPa(); math.Abs(got-10342.1355) > 1e-9 {
		t.Errorf("1500 psi is %v kPa", got)
	}
}

// TestUnitStrings: a condition prints in the unit it was given in.
func TestUnitStrings(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{Celsius(17.5).String(), "17.5 C"},
		{Fahrenheit(60.8).String(), "60.8 F"},
		{Temperature{}.String(), "not given"},
		{KPa(1900).String(), "1900 kPa"},
		{Psi(100).String(), "100 psi"},
		{Bar(24.65).String(), "24.65 bar"},
		{Pressure{}.String(), "not given"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

// TestDensity: the three scales of density agree, and gravity is reported to 0.1.
func TestDensity(t *testing.T) {
	if got := FromAPIGravity(10); got != WaterDensity {
		t.Errorf("10 API is %v kg/m3, want that of water", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		rho := rapid.Float64Range(400, 1300).Draw(t, "rho")
		if got := FromAPIGravity(APIGravity(rho)); math.Abs(got-rho) > 1e-9 {
			t.Fatalf("%v kg/m3 comes back from API gravity as %v", rho, got)
		}
		if got := FromRelativeDensity(RelativeDensity(rho)); math.Abs(got-rho) > 1e-9 {
			t.Fatalf("%v kg/m3 comes back from relative density as %v", rho, got)
		}
	})
	for _, tc := range []struct {
		rho  float64
		want string
	}{
		{836.7203848164514, "37.4"}, {WaterDensity, "10.0"}, {1100, "-3.0"}, {931.6338244155253, "20.2"},
	} {
		if got, err := ReportAPIGravity(tc.rho); err != nil || got.String() != tc.want {
			t.Errorf("%v kg/m3 is reported as %s API, %v; want %s", tc.rho, got, err, tc.want)
		}
	}
	for _, rho := range []float64{0, -1, math.NaN(), math.Inf(1), 5e-324} {
		if got, err := ReportAPIGravity(rho); err == nil {
			t.Errorf("%v kg/m3 is reported as %s API, want a refusal", rho, got)
		}
	}
}

// TestInputDiscrimination: each unit has its increment, and a half goes to the even multiple.
func TestInputDiscrimination(t *testing.T) {
	for _, tc := range []struct{ give, want Temperature }{
		{Fahrenheit(10.05), Fahrenheit(10.0)},
		{Fahrenheit(10.15), Fahrenheit(10.2)},
		{Fahrenheit(-27.74), Fahrenheit(-27.7)},
		{Celsius(5.34), Celsius(5.35)},
		{Celsius(5.375), Celsius(5.4)},
		{Celsius(5.325), Celsius(5.3)},
		{Celsius(-5.325), Celsius(-5.3)},
		{Temperature{}, Temperature{}},
	} {
		if got, err := InputDiscrimination.Temperature(tc.give); err != nil || got != tc.want {
			t.Errorf("%s is rounded to %s, %v; want %s", tc.give, got, err, tc.want)
		}
	}
	for _, tc := range []struct{ give, want Pressure }{
		{Psi(247.3), Psi(247)}, {Psi(0.5), Psi(0)}, {Psi(1.5), Psi(2)},
		{KPa(1234), KPa(1235)}, {KPa(2587.5), KPa(2590)}, {KPa(2582.5), KPa(2580)},
		{Bar(24.66), Bar(24.65)}, {Bar(103.43), Bar(103.45)},
		{Pressure{}, Pressure{}},
	} {
		if got, err := InputDiscrimination.Pressure(tc.give); err != nil || got != tc.want {
			t.Errorf("%s is rounded to %s, %v; want %s", tc.give, got, err, tc.want)
		}
	}
	for _, tc := range []struct{ give, want float64 }{{836.72, 836.7}, {850.25, 850.2}, {850.75, 850.8}} {
		if got, err := InputDiscrimination.Density(tc.give); err != nil || got != tc.want {
			t.Errorf("%v kg/m3 is rounded to %v, %v; want %v", tc.give, got, err, tc.want)
		}
	}
}

// TestInputsUnrounded: the default policy touches nothing.
func TestInputsUnrounded(t *testing.T) {
	temperature, err1 := InputsUnrounded.Temperature(Celsius(5.34))
	pressure, err2 := InputsUnrounded.Pressure(KPa(1234))
	density, err3 := InputsUnrounded.Density(836.72)
	if temperature != Celsius(5.34) || pressure != KPa(1234) || density != 836.72 || errors.Join(err1, err2, err3) != nil {
		t.Errorf("got %s, %s, %v, %v", temperature, pressure, density, errors.Join(err1, err2, err3))
	}
}

// TestUnknownRounding: a policy that nobody knows is refused, not taken for none.
func TestUnknownRounding(t *testing.T) {
	for _, r := range []Rounding{"", "mpms 11.1 inputs unrounded"} {
		_, err1 := r.Temperature(Celsius(5.34))
		_, err2 := r.Pressure(KPa(1234))
		_, err3 := r.Density(836.72)
		for _, err := range []error{r.Valid(), err1, err2, err3} {
			if !errors.Is(err, ErrRounding) {
				t.Errorf("policy %q: %v, want %v", r, err, ErrRounding)
			}
		}
	}
}

// TestRoundingIsStable: a rounded input lies within half an increment and rounds to itself.
func TestRoundingIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-2000, 2000).Draw(t, "x")
		increment := rapid.SampledFrom([][2]float64{{1, 10}, {1, 20}, {1, 1}, {5, 1}}).Draw(t, "increment")
		once := roundTo(x, increment[0], increment[1])
		if twice := roundTo(once, increment[0], increment[1]); twice != once {
			t.Fatalf("%v rounds to %v, and that to %v", x, once, twice)
		}
		if math.Abs(once-x) > increment[0]/increment[1]/2+1e-12 {
			t.Fatalf("%v rounds to %v, more than half of %v away", x, once, increment)
		}
	})
}

// TestRoundCTPL: five decimals, a half to the even digit; what is no factor stays invalid.
func TestRoundCTPL(t *testing.T) {
	for _, tc := range []struct {
		ctpl float64
		want string
	}{
		{0.9594968645324286, "0.95950"}, {1.001297676514762, "1.00130"},
		{0.5 + 1.0/1024/1024, "0.50000"}, {1.5, "1.50000"}, {1.000005, "1.00000"}, {1.000015, "1.00002"}, {0.999995, "1.00000"},
		{0, "0"}, {-1, "0"}, {math.NaN(), "0"}, {math.Inf(1), "0"},
	} {
		got := RoundCTPL(Factors{CTPL: tc.ctpl})
		if got.String() != tc.want || got.Valid() != (tc.want != "0") {
			t.Errorf("CTPL %v rounds to %s, want %s", tc.ctpl, got, tc.want)
		}
	}
	if got := round5(2.5 / 100_000); got != quantity.F(2, 5) {
		t.Errorf("2.5e-5 rounds to %s, want 0.00002", got)
	}
}
