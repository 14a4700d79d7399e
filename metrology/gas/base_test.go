package gas_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

func closeTo(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Abs(want)
}

func TestNamedBases(t *testing.T) {
	for _, c := range []struct {
		base   gas.Base
		text   string
		kPa, k float64
	}{
		{gas.USInterstate, "14.73psia 60F", 101.5597749, 288.7055556},
		{gas.API, "14.696psia 60F", 101.3253532, 288.7055556},
		{gas.ISO13443, "101.325kPa 15C", 101.325, 288.15},
		{gas.Normal, "101.325kPa 0C", 101.325, 273.15},
		{gas.PsiaF(14.65, 60), "14.65psia 60F", 101.0081943, 288.7055556},
		{gas.PsiaF(15.025, 60), "15.025psia 60F", 103.5937283, 288.7055556},
	} {
		if c.base.String() != c.text || !closeTo(c.base.KPa(), c.kPa, 1e-9) || !closeTo(c.base.Kelvin(), c.k, 1e-9) {
			t.Errorf("%s: %q, %v kPa, %v K; want %v kPa, %v K", c.text, c.base, c.base.KPa(), c.base.Kelvin(), c.kPa, c.k)
		}
		if read, err := gas.ParseBase(c.text); err != nil || read != c.base {
			t.Errorf("%q was read as %+v, %v", c.text, read, err)
		}
		if s := c.base.State(); s.T != c.base.Kelvin() || s.P != c.base.KPa() {
			t.Errorf("%s: state %+v", c.text, s)
		}
	}
}

func TestConversions(t *testing.T) {
	// 1 psi is 6894.757293168361 Pa.
	if !closeTo(gas.Psi(1), 6.894757293168361, 1e-15) || gas.Fahrenheit(32) != 273.15 || gas.Celsius(-273.15) != 0 {
		t.Errorf("psi %v, 32 F %v, -273.15 C %v", gas.Psi(1), gas.Fahrenheit(32), gas.Celsius(-273.15))
	}
	if b, err := gas.ParseBase("1.01325bar 288.15K"); err != nil || !b.Same(gas.ISO13443) || !closeTo(b.Psia(), 14.69594878, 1e-9) {
		t.Errorf("%v, %v: want the conditions of ISO 13443", b, err)
	}
}

func TestSame(t *testing.T) {
	if !gas.KPaC(101.325, 15).Same(gas.KPaC(101.325, 15)) {
		t.Error("a base is not itself")
	}
	if b, err := gas.ParseBase("101.325kPa 59F"); err != nil || !b.Same(gas.ISO13443) || b == gas.ISO13443 {
		t.Errorf("59 F is not 15 C: %v, %v", b, err)
	}
	if gas.API.Same(gas.PsiaF(14.7, 60)) || gas.API.Same(gas.KPaC(101.325, (60.0-32)/1.8)) || gas.Normal.Same(gas.ISO13443) {
		t.Error("different conditions are the same")
	}
}

func TestBaseRefusals(t *testing.T) {
	for _, c := range []struct {
		base   gas.Base
		ranged bool
	}{
		{gas.Base{}, false}, {gas.PsiaF(0, 60), true}, {gas.PsiaF(14.73, 400), true}, {gas.KPaC(14.73, 15), true}, {gas.KPaC(-1, 15), true},
		{gas.KPaC(math.NaN(), 15), true}, {gas.KPaC(101.325, math.NaN()), true}, {gas.KPaC(math.Inf(1), 15), true},
	} {
		var ranged *quantity.RangeError
		if err := c.base.Valid(); err == nil || errors.As(err, &ranged) != c.ranged {
			t.Errorf("%v: error %v", c.base, err)
		}
		if text, err := c.base.MarshalText(); err == nil {
			t.Errorf("%v was printed as %q", c.base, text)
		}
	}
	if got := (gas.Base{}).String(); !strings.Contains(got, "not given") {
		t.Errorf("the zero base prints as %q", got)
	}
}

func TestParseBaseRefusals(t *testing.T) {
	for _, s := range []string{
		"", " ", "14.73psia", "60F 14.73psia", "14.73 psia 60F", "14.73psia  60F", "14.73psig 60F", "14.73psia 60R", "14.73psia 60", "psia F",
		"1e1psia 60F", "+14.73psia 60F", "0x1ppsia 60F", "NaNpsia 60F", "14.73psia 60F ", "14,73psia 60F", "14.73psia 6_0F", "14.73psia 999F",
		"0psia 60F", "99999999999999999999psia 60F",
	} {
		if b, err := gas.ParseBase(s); err == nil {
			t.Errorf("%q was read as %v", s, b)
		}
	}
}

func TestBaseAsText(t *testing.T) {
	type contract struct{ Base gas.Base }
	text, err := json.Marshal(contract{gas.USInterstate})
	if err != nil || string(text) != `{"Base":"14.73psia 60F"}` {
		t.Fatalf("%s, %v", text, err)
	}
	var c contract
	if err := json.Unmarshal(text, &c); err != nil || c.Base != gas.USInterstate {
		t.Errorf("%+v, %v", c, err)
	}
	if err := json.Unmarshal([]byte(`{"Base":"60F"}`), &c); err == nil || c.Base != gas.USInterstate {
		t.Errorf("after a failed read: %+v, %v", c, err)
	}
}

func TestBaseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := gas.PsiaF(rapid.Float64Range(8, 28).Draw(t, "psia"), rapid.Float64Range(0, 120).Draw(t, "F"))
		if rapid.Bool().Draw(t, "metric") {
			b = gas.KPaC(rapid.Float64Range(51, 199).Draw(t, "kPa"), rapid.Float64Range(-20, 50).Draw(t, "C"))
		}
		text := b.String()
		if read, err := gas.ParseBase(text); err != nil || read != b {
			t.Fatalf("%q was read as %v, %v", text, read, err)
		}
	})
}

func FuzzParseBase(f *testing.F) {
	for _, s := range []string{"14.73psia 60F", "101.325kPa 15C", "1.01325bar 273.15K", "1psia -5F", "14.73psia 60", "\x00", "NaNkPa infC"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := gas.ParseBase(s)
		if err != nil {
			if b != (gas.Base{}) {
				t.Fatalf("%q: %v, and yet %v", s, err, b)
			}
			return
		}
		if err := b.Valid(); err != nil {
			t.Fatalf("%q was read as %v: %v", s, b, err)
		}
		if again, err := gas.ParseBase(b.String()); err != nil || again != b {
			t.Fatalf("%q was read as %v, and that as %v, %v", s, b, again, err)
		}
	})
}
