package unit

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	temperature = Want{Kind: Temperature, Example: "84.3F"}
	pressure    = Want{Kind: Pressure, Example: "62psig"}
	gauge       = Want{Kind: Pressure, Units: []string{"psig", "kPag"}, Example: "62psig"}
	difference  = Want{Kind: Difference, Example: "110.2inH2O60"}
	density     = Want{Kind: Density, Example: "38.4API"}
	volume      = Want{Kind: Volume, Units: []string{"bbl", "m3"}, Sign: NotNegative, Exact: true, Example: "10014.70bbl"}
	length      = Want{Kind: Length, Sign: Positive, Example: "17.25in"}
	gasVolume   = Want{Kind: GasVolume, Sign: NotNegative, Example: "125000acf"}
	viscosity   = Want{Kind: Viscosity, Sign: Positive, Example: "0.2825cP"}
	percent     = Want{Kind: Percentage, Sign: NotNegative, Example: "0.35%"}
	plain       = Want{Kind: Number, Example: "0.05"}
	expansion   = Want{Kind: Expansion, Sign: Positive, Example: "0.00057634/F"}
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name    string
		want    Want
		in      string
		written string
		si      float64
	}{
		{"degrees F", temperature, "84.3F", "84.3F", (84.3 + 459.67) / 1.8},
		{"degrees C", temperature, "29.05C", "29.05C", 302.2},
		{"kelvin", temperature, "302.2K", "302.2K", 302.2},
		{"a blank between", temperature, " 84.3 F ", "84.3F", (84.3 + 459.67) / 1.8},
		{"with its circle", temperature, "84.3°F", "84.3F", (84.3 + 459.67) / 1.8},
		{"below zero", temperature, "-27.7F", "-27.7F", (-27.7 + 459.67) / 1.8},
		{"with a plus", temperature, "+5C", "5C", 278.15},
		{"absolute zero", temperature, "-273.15C", "-273.15C", 0},
		{"psig", pressure, "62psig", "62psig", 62 * 6894.757293168},
		{"psia", pressure, "614.45psia", "614.45psia", 614.45 * 6894.757293168},
		{"kPag", gauge, "400kPag", "400kPag", 400_000},
		{"bara", pressure, "50bara", "50bara", 5_000_000},
		{"a slight vacuum", gauge, "-5psig", "-5psig", -5 * 6894.757293168},
		{"inches of water", difference, "27.707inH2O60", "27.707inH2O60", 6894.757293168},
		{"API gravity", density, "10API", "10API", 999.016},
		{"negative API gravity", density, "-10API", "-10API", 141.5 / 121.5 * 999.016},
		{"relative density", density, "0.8372RD", "0.8372RD", 0.8372 * 999.016},
		{"specific gravity is one", density, "0.8372SG", "0.8372RD", 0.8372 * 999.016},
		{"kg/m3", density, "926.5kg/m3", "926.5kg/m3", 926.5},
		{"g/cm3", density, "0.9265g/cm3", "0.9265g/cm3", 926.5},
		{"lbm/ft3", density, "62.366lb/ft3", "62.366lbm/ft3", 62.366 * 16.01846337396014},
		{"barrels keep their zeros", volume, "10014.70bbl", "10014.70bbl", 10014.70 * 0.158987294928},
		{"cubic metres", volume, "1592m3", "1592m3", 1592},
		{"acf", gasVolume, "125000acf", "125000acf", 125000 * 0.028316846592},
		{"inches", length, "17.25in", "17.25in", 0.43815},
		{"no digit before the point", length, ".375in", ".375in", 0.009525},
		{"no digit after it", length, "12.in", "12.in", 0.3048},
		{"centipoise", viscosity, "0.2825cP", "0.2825cP", 0.0002825},
		{"percent", percent, "0.35%", "0.35%", 0.0035},
		{"per F", expansion, "0.00057634/F", "0.00057634/F", 0.001037412},
		{"without a unit", plain, "-0.05", "-0.05", -0.05},
		{"with an exponent", expansion, "6.2e-6/F", "6.2e-6/F", 1.116e-5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := tc.want.Parse(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if v.Written() != tc.written {
				t.Errorf("%q is read as %q, want %q", tc.in, v.Written(), tc.written)
			}
			if got := v.SI(); math.Abs(got-tc.si) > 1e-12*math.Abs(tc.si)+1e-9 {
				t.Errorf("%q is %v in the SI, want %v", tc.in, got, tc.si)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		want Want
		in   string
		says string
	}{
		{"no unit", temperature, "84.3", "84.3 has no unit: write it with the number, in F, C or K, such as 84.3F"},
		{"nothing", temperature, "", "want a plain number with its unit, such as 84.3F"},
		{"only a unit", temperature, "F", "want a plain number with its unit, such as 84.3F"},
		{"no number", temperature, "NaNF", "want a plain number with its unit, such as 84.3F"},
		{"infinite", temperature, "InfF", "want a plain number with its unit, such as 84.3F"},
		{"hexadecimal", length, "0x10in", `unknown unit "x10in": a length is written in in, ft, mi, mm, cm, m or km, such as 17.25in`},
		{"too large for a number", length, "1e999in", "1e999 is out of range"},
		{"too large for pascals", pressure, "1e305MPaa", "1e305 MPaa is out of range"},
		{"other case", pressure, "62PSIG", `unknown unit "PSIG": did you mean psig?`},
		{"brackets", pressure, "400kPa(g)", `unknown unit "kPa(g)": did you mean kPag?`},
		{"spelt out", temperature, "84.3 deg F", `unknown unit "deg F": did you mean F?`},
		{"nobody's unit", pressure, "3bananas", `unknown unit "bananas": a pressure is written in psig, psia, kPag, kPaa, barg, bara, MPag or MPaa, such as 62psig`},
		{"pressure for a temperature", temperature, "62psig", "psig is a unit of pressure, and a temperature is due: write it in F, C or K, such as 84.3F"},
		{"gauge or absolute", pressure, "62psi", "psi does not say whether gauge or absolute: write psig or psia"},
		{"where gauge is due", gauge, "400kPa", "kPa does not say whether gauge or absolute: write kPag"},
		{"absolute where gauge is due", gauge, "62psia", "psia is not taken here: write the pressure in psig or kPag"},
		{"water of any temperature", difference, "50inH2O", "inH2O does not say enough: write inH2O60 (water at 60 F, as AGA 3 has it), or convert it"},
		{"feet that say not which", gasVolume, "125000ft3", "ft3 does not say enough: write acf"},
		{"colder than cold", temperature, "-500F", "-500 F is below absolute zero (-459.67 F, -273.15 C)"},
		{"colder than cold in K", temperature, "-1K", "-1 K is below absolute zero (-459.67 F, -273.15 C)"},
		{"less than nothing", pressure, "-1psia", "-1 psia is below a perfect vacuum"},
		{"less than nothing, gauge", pressure, "-20psig", "-20 psig is below a perfect vacuum"},
		{"a negative length", length, "-3in", "a length must be positive, not -3 in"},
		{"no length", length, "0in", "a length must be positive, not 0 in"},
		{"a negative volume", volume, "-1bbl", "a volume must not be negative, as -1 bbl is"},
		{"a negative density", density, "-1kg/m3", "a density must be positive, not -1 kg/m3"},
		{"no API gravity", density, "-131.5API", "-131.5 API is no API gravity: those begin above -131.5 API"},
		{"thousands", volume, "10,014.70bbl", "want a plain number with its unit, such as 10014.70bbl"},
		{"thousands with a blank", volume, "10 014.70bbl", "want a plain number with its unit, such as 10014.70bbl"},
		{"a decimal comma", volume, "1,5bbl", "want a plain number with its unit, such as 10014.70bbl"},
		{"gallons where barrels are due", volume, "42gal", "gal is not taken here: write the volume in bbl or m3"},
		{"finer than the books", volume, "1.0000001bbl", `amount "1.0000001" has more than six decimals`},
		{"an exponent where digits count", volume, "1e3bbl", `"1e3" is not a plain decimal such as 0.95950`},
		{"more than fits", volume, "99999999999999999999bbl", `decimal "99999999999999999999": quantity out of range`},
		{"a unit where none is due", plain, "0.05in", `"in" stands after 0.05: write a plain number, such as 0.05`},
		{"a novel", volume, strings.Repeat("9", 65), "65 characters are no value such as 10014.70bbl"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := tc.want.Parse(tc.in)
			if err == nil || err.Error() != tc.says {
				t.Errorf("%q: %v, %v\nwant %s", tc.in, v, err, tc.says)
			}
		})
	}
}

// TestExact: what was written is what is accounted for, to the digit.
func TestExact(t *testing.T) {
	v, err := volume.Parse("10014.700001bbl")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v.Micro()
	if err != nil || m != 10014_700001 {
		t.Errorf("%d, %v", m, err)
	}
	f, err := v.Factor()
	if err != nil || f.String() != "10014.700001" {
		t.Errorf("%s, %v", f, err)
	}
	if v.In("bbl") != 10014.700001 {
		t.Errorf("%v", v.In("bbl"))
	}
}

func TestIn(t *testing.T) {
	for _, tc := range []struct {
		want     Want
		in, unit string
		out      float64
	}{
		{temperature, "84.3F", "F", 84.3},
		{temperature, "212F", "C", 100},
		{temperature, "0C", "F", 32},
		{pressure, "14.73psia", "kPaa", 101.55977492836464},
		{length, "1ft", "in", 12},
		{density, "10API", "RD", 1},
		{density, "1RD", "API", 10},
		{expansion, "0.001/F", "/C", 0.0018},
		{percent, "100ppm", "%", 0.01},
	} {
		v, err := tc.want.Parse(tc.in)
		if got := v.In(tc.unit); err != nil || math.Abs(got-tc.out) > 1e-10*math.Abs(tc.out) {
			t.Errorf("%s in %s is %v, %v; want %v", tc.in, tc.unit, got, err, tc.out)
		}
	}
	v, err := temperature.Parse("84.3F")
	if err != nil || !math.IsNaN(v.In("psig")) || !math.IsNaN(v.In("parsec")) {
		t.Errorf("84.3F in psig is %v, %v", v.In("psig"), err)
	}
}

// TestTable: each way to write a unit means one unit, whose own name is read as itself.
func TestTable(t *testing.T) {
	seen := map[string]string{}
	for _, u := range units {
		for _, n := range append(strings.Fields(u.also), u.Name) {
			if other, twice := seen[n]; twice {
				t.Errorf("%s is both %s and %s", n, other, u.Name)
			}
			seen[n] = u.Name
			if got, ok := find(n); !ok || got.Name != u.Name {
				t.Errorf("%s is read as %q", n, got.Name)
			}
		}
		if !(u.scale > 0) || number.FindString(u.Name) != "" {
			t.Errorf("unit %+v cannot stand after a number", u)
		}
		if slices.Contains([]string{"e", "E"}, u.Name[:1]) {
			t.Errorf("%s would be read as an exponent", u.Name)
		}
	}
	for name := range vague {
		if u, ok := find(name); ok && u.Kind != Difference {
			t.Errorf("%s is vague, and yet a %s", name, u.Kind)
		}
	}
}

// TestRoundTrip: a value is read again as it is written, in any unit.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.SampledFrom(units).Draw(t, "unit")
		text := rapid.StringMatching(`[1-9][0-9]{0,5}(\.[0-9]{1,6})?`).Draw(t, "number")
		w := Want{Kind: u.Kind, Sign: Positive, Exact: true, Example: "1" + u.Name}
		v, err := w.Parse(text + " " + u.Name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.Parse(v.Written())
		if err != nil || again != v || v.Text != text {
			t.Errorf("%s is %+v, and again %+v, %v", text, v, again, err)
		}
		if x := v.In(u.Name); x != v.Number {
			t.Errorf("%s in its own unit is %v", v, x)
		}
	})
}

// FuzzParse: whatever is written is refused with a message, or is a finite value that can be.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"84.3F", "-500F", "62psi", "1e9MPaa", "10,014.70bbl", "\xff", "-0%", "1e-999in", "38.4API", "٣F", "+.5 kPa(g)", "0x1p-2in"} {
		f.Add(s, uint8(0))
	}
	wants := []Want{temperature, pressure, gauge, difference, density, volume, length, gasVolume, viscosity, percent, expansion, plain}
	f.Fuzz(func(t *testing.T, s string, which uint8) {
		w := wants[int(which)%len(wants)]
		v, err := w.Parse(s)
		if err != nil {
			if err.Error() == "" || v != (Value{}) && v.Given() {
				t.Errorf("%q: %v with %v", s, v, err)
			}
			return
		}
		si := v.SI()
		if math.IsNaN(si) || math.IsInf(si, 0) || v.Unit.Kind != w.Kind || w.Kind == Temperature && si < 0 || w.Sign == Positive && si <= 0 {
			t.Errorf("%q is %v, %v in the SI", s, v, si)
		}
		if _, err := v.Micro(); w.Exact && err != nil {
			t.Errorf("%q is not exact: %v", s, err)
		}
		if again, err := w.Parse(v.Written()); err != nil || again != v {
			t.Errorf("%q is %v, and again %v, %v", s, v, again, err)
		}
	})
}
