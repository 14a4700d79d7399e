package linepack

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
	"pgregory.net/rapid"
)

// twelve is 100 km of pipe 12 inches wide inside: 7297 m3.
var twelve = Segment{Name: "KP 0 to 100", Length: 100_000, Inner: 0.3048, Wall: 0.0095, Steel: steel.MildSteel}

// oil is crude of 35 API.
func oil(t liquid.Temperature, p liquid.Pressure) State {
	return State{Group: liquid.Crude, RhoBase: liquid.FromAPIGravity(35), T: t, P: p}
}

func pack(t *testing.T, s Segment, at State, basis quantity.Basis) Pack {
	t.Helper()
	p, err := Fill(s, at, basis)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFill: geometry and steel by hand, the liquid by MPMS 11.1: at 86 F, 26 above the base, 1 + 26 x 1.24e-5; at 500 psi in 304.8 mm of
// 9.5 mm wall 1 + 500 x 304.8/9.5/3e7.
func TestFill(t *testing.T) {
	at := oil(liquid.Fahrenheit(86), liquid.Psi(500))
	p := pack(t, twelve, at, quantity.Basis{Unit: quantity.CubicMetre, Reference: quantity.At60F})
	for _, x := range []struct {
		what                 string
		got, want, tolerance float64
	}{
		{"geometric volume", p.Geometric, 7296.587699, 1e-6},
		{"CTS", p.CTS, 1.0003224, 1e-14},
		{"CPS", p.CPS, 1.00053473684210526, 1e-14},
	} {
		if math.Abs(x.got-x.want) > x.tolerance {
			t.Errorf("%s = %.15g, want %.15g", x.what, x.got, x.want)
		}
	}
	f, err := liquid.FromBase(at.Group, at.RhoBase, quantity.At60F, at.T, at.P)
	if err != nil || p.Liquid != f {
		t.Errorf("liquid %+v, want %+v, %v", p.Liquid, f, err)
	}
	want := p.Geometric * 1.0003224 * 1.00053473684210526 * f.CTPL
	if math.Abs(p.Volume.Float()-want) > 1e-6 || p.Rounding != Rounding {
		t.Errorf("volume %s m3, want %v", p.Volume, want)
	}
	for _, part := range []string{"line pack", "unverified", liquid.Method11_1, steel.Method} {
		if !strings.Contains(p.Method, part) {
			t.Errorf("method %q does not name %q", p.Method, part)
		}
	}
	barrels := pack(t, twelve, at, quantity.Customary)
	if same, err := quantity.ToCubicMetres(barrels.Volume); err != nil || math.Abs(same.Float()-want) > 1e-5 {
		t.Errorf("%s bbl are %s m3, %v; want %v", barrels.Volume, same, err, want)
	}
}

// TestRulesOfThumb: of 100 km, 6.4 m3 for a degree C of the liquid alone; per degree F -4.9e-4 of the volume, per 100 psi 5.5e-4.
func TestRulesOfThumb(t *testing.T) {
	base := pack(t, twelve, oil(liquid.Celsius(20), liquid.KPa(3000)), quantity.Metric)
	warmer := pack(t, twelve, oil(liquid.Celsius(21), liquid.KPa(3000)), quantity.Metric)
	c, err := Between([]Pack{base}, []Pack{warmer})
	if err != nil {
		t.Fatal(err)
	}
	steelGrows := base.Volume.Float() * 2.232e-5
	if got := c.Volume.Float(); math.Abs(got-steelGrows+6.4) > 0.3 {
		t.Errorf("a degree changes %v m3, of the liquid alone %v; want about -6.4", got, got-steelGrows)
	}
	if perF := (warmer.Liquid.CTL/base.Liquid.CTL - 1) / 1.8; math.Abs(perF+4.9e-4) > 0.2e-4 {
		t.Errorf("a degree F changes the volume by %v, want about -4.9e-4", perF)
	}
	pressed := pack(t, twelve, oil(liquid.Celsius(20), liquid.KPa(3000+689.4757)), quantity.Metric)
	if per100 := pressed.Liquid.CPL/base.Liquid.CPL - 1; math.Abs(per100-5.5e-4) > 0.5e-4 {
		t.Errorf("100 psi change the volume by %v, want about 5.5e-4", per100)
	}
}

// TestBetween: a line is the sum of its segments, and only the same line can be compared.
func TestBetween(t *testing.T) {
	short := twelve
	short.Name, short.Length = "KP 100 to 130", 30_000
	cool, warm := oil(liquid.Celsius(10), liquid.KPa(4000)), oil(liquid.Celsius(14), liquid.KPa(3500))
	before := []Pack{pack(t, twelve, cool, quantity.Metric), pack(t, short, cool, quantity.Metric)}
	after := []Pack{pack(t, twelve, warm, quantity.Metric), pack(t, short, warm, quantity.Metric)}
	c, err := Between(before, after)
	if err != nil || c.Before != before[0].Volume+before[1].Volume || c.After != after[0].Volume+after[1].Volume || c.Volume != c.After-c.Before || c.Volume >= 0 {
		t.Errorf("got %+v, %v", c, err)
	}
	if c.Basis != quantity.Metric || c.Method != after[0].Method {
		t.Errorf("the change does not say what it is: %+v", c)
	}
	foreign := []Pack{after[0], pack(t, short, warm, quantity.Customary)}
	endless := []Pack{{Volume: math.MaxInt64}, {Volume: math.MaxInt64}}
	for name, pair := range map[string][2][]Pack{
		"nothing": {nil, nil}, "one more": {before, after[:1]}, "the other way round": {before, {after[1], after[0]}},
		"two bases": {before, foreign}, "without end": {endless, endless},
	} {
		if c, err := Between(pair[0], pair[1]); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestFillRefuses: what is no pipe, and what is no state of a liquid.
func TestFillRefuses(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(*Segment, *State, *quantity.Basis)
		message string
	}{
		{"no length", func(s *Segment, _ *State, _ *quantity.Basis) { s.Length = 0 }, `segment "KP 0 to 100": length: 0 m`},
		{"length NaN", func(s *Segment, _ *State, _ *quantity.Basis) { s.Length = math.NaN() }, "length: NaN"},
		{"inches", func(s *Segment, _ *State, _ *quantity.Basis) { s.Inner = 12 }, "inner diameter: 12 m"},
		{"no wall", func(s *Segment, _ *State, _ *quantity.Basis) { s.Wall = 0 }, "wall thicknesses"},
		{"no steel", func(s *Segment, _ *State, _ *quantity.Basis) { s.Steel = steel.Material{} }, "expansion of steel"},
		{"no temperature", func(_ *Segment, at *State, _ *quantity.Basis) { at.T = liquid.Temperature{} }, "temperature not given"},
		{"no pressure", func(_ *Segment, at *State, _ *quantity.Basis) { at.P = liquid.Pressure{} }, "pressure not given"},
		{"no density", func(_ *Segment, at *State, _ *quantity.Basis) { at.RhoBase = 0 }, "density"},
		{"no group", func(_ *Segment, at *State, _ *quantity.Basis) { at.Group = liquid.Group{} }, "unknown commodity group"},
		{"no reference", func(_ *Segment, _ *State, b *quantity.Basis) { b.Reference = "" }, "unknown reference conditions"},
		{"mass", func(_ *Segment, _ *State, b *quantity.Basis) { b.Unit = quantity.Kilogram }, `not "kg"`},
	} {
		s, at, basis := twelve, oil(liquid.Celsius(20), liquid.KPa(3000)), quantity.Metric
		tc.change(&s, &at, &basis)
		p, err := Fill(s, at, basis)
		if err == nil || !strings.Contains(err.Error(), tc.message) || p != (Pack{}) {
			t.Errorf("%s: %+v, %v; want a refusal that says %q", tc.name, p, err, tc.message)
		}
	}
}

// TestPackMoves: warmer lines hold less, pressed ones more, longer ones in proportion.
func TestPackMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, kPa := rapid.Float64Range(-20, 80).Draw(t, "C"), rapid.Float64Range(0, 9000).Draw(t, "kPa")
		hold := func(c, kPa, length float64) float64 {
			s := twelve
			s.Length = length
			p, err := Fill(s, oil(liquid.Celsius(c), liquid.KPa(kPa)), quantity.Metric)
			if err != nil {
				t.Fatal(err)
			}
			return p.Volume.Float()
		}
		here := hold(c, kPa, 10_000)
		if hold(c+0.1, kPa, 10_000) >= here || hold(c, kPa+10, 10_000) <= here || math.Abs(hold(c, kPa, 20_000)-2*here) > 2e-6 {
			t.Fatalf("at %v C, %v kPa: %v", c, kPa, here)
		}
	})
}

// FuzzFill: no segment and state panic or give a volume that is none.
func FuzzFill(f *testing.F) {
	f.Add(100_000.0, 0.3048, 0.0095, 837.0, 20.0, 3000.0, uint8(0))
	f.Add(math.NaN(), math.Inf(1), -1.0, 0.0, 1e300, -1e300, uint8(255))
	f.Add(1e7, 3.0, 0.01, 1163.5, -50.0, 10342.0, uint8(1))
	f.Fuzz(func(t *testing.T, length, inner, wall, rho, c, kPa float64, choice uint8) {
		s := Segment{Length: length, Inner: inner, Wall: wall, Steel: steel.MildSteel}
		basis := quantity.Basis{
			Unit:      []quantity.Unit{quantity.CubicMetre, quantity.Barrel}[choice%2],
			Reference: []quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C}[choice/2%3],
		}
		group := []liquid.Group{liquid.Crude, liquid.Refined, liquid.Lubricating}[choice/6%3]
		p, err := Fill(s, State{Group: group, RhoBase: rho, T: liquid.Celsius(c), P: liquid.KPa(kPa)}, basis)
		if err == nil && (p.Volume < 0 || !(p.Geometric > 0) || !(p.CTS > 0.9 && p.CPS >= 1)) {
			t.Errorf("%+v without an error", p)
		}
		if err != nil {
			var out *quantity.RangeError
			if !errors.As(err, &out) && !errors.Is(err, liquid.ErrNoConvergence) {
				t.Errorf("%v is of no type that a program can tell", err)
			}
		}
	})
}

// TestNoAllocations: a balance computes the pack of every segment every minute.
func TestNoAllocations(t *testing.T) {
	at := oil(liquid.Celsius(20), liquid.KPa(3000))
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Fill(twelve, at, quantity.Metric); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkFill(b *testing.B) {
	b.ReportAllocs()
	at := oil(liquid.Celsius(20), liquid.KPa(3000))
	for b.Loop() {
		if _, err := Fill(twelve, at, quantity.Metric); err != nil {
			b.Fatal(err)
		}
	}
}
