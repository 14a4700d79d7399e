package liquid

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// lact is a lease meter's ticket, worked out independently of this code: 84,123,450 pulses, hydrometer 38.4 API at 71.5 F,
// gravity rounded to 0.1 on the way, meter at 84.3 F and 62 psig, sediment and water 0.35 %.
func lact(t *testing.T) (Metered, Factors, quantity.Factor) {
	t.Helper()
	sample, err := ToBase(Crude, FromAPIGravity(38.4), quantity.At60F, Fahrenheit(71.5), Psi(0))
	if err != nil {
		t.Fatal(err)
	}
	close9(t, "density at 60 F", sample.RhoBase, 836.7203848164514)
	gravity, err := ReportAPIGravity(sample.Rho60)
	if err != nil || gravity.String() != "37.4" {
		t.Fatalf("gravity %s, %v; want 37.4", gravity, err)
	}
	f, err := FromBase(Crude, FromAPIGravity(gravity.Float()), quantity.At60F, Fahrenheit(84.3), Psi(62))
	if err != nil {
		t.Fatal(err)
	}
	close9(t, "density used", f.RhoBase, 836.9494612196565)
	close9(t, "CTL", f.CTL, 0.9881232683404445)
	close9(t, "CPL", f.CPL, 1.0003507365729998)
	close9(t, "CTPL", f.CTPL, 0.9884698393092836)
	m := Metered{Pulses: 84_123_450, K: quantity.F(8400, 0), MF: quantity.F(1_0012, 4), Unit: quantity.Barrel}
	return m, f, quantity.F(35, 2)
}

// TestTicket: the same movement under the schemes; where one rounds is worth 0.05 bbl either way.
func TestTicket(t *testing.T) {
	m, f, sw := lact(t)
	for _, tc := range []struct {
		scheme                       Scheme
		iv, gv, isv, gsv, nsv, water string
		ctpl, ccf                    string
	}{
		{RoundedCCF, "10014.7", "10026.72", "9899.19", "9911.05", "9876.36", "34.69", "0.98847", "0.98965"},
		{UnroundedIntoCCF, "10014.7", "10026.72", "9899.19", "9911.15", "9876.46", "34.69", "0.98847", "0.98966"},
		{NothingRounded, "10014.696429", "10026.714065", "9899.22537", "9911.10444", "9876.415574", "34.688866", "0.988469839309", "0"},
		{OneProduct, "10014.696429", "10026.714065", "9899.226979", "9911.106052", "9876.417181", "34.688871", "0.98847", "0"},
	} {
		t.Run(string(tc.scheme), func(t *testing.T) {
			v, err := Ticket(tc.scheme, m, f, sw)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []struct {
				what      string
				got, want string
			}{
				{"IV", v.IV.String(), tc.iv}, {"GV", v.GV.String(), tc.gv}, {"ISV", v.ISV.String(), tc.isv}, {"GSV", v.GSV.String(), tc.gsv},
				{"NSV", v.NSV.String(), tc.nsv}, {"water", v.Water.String(), tc.water},
				{"CTPL", v.CTPL.String(), tc.ctpl}, {"CCF", v.CCF.String(), tc.ccf}, {"CSW", v.CSW.String(), "0.9965"},
			} {
				if x.got != x.want {
					t.Errorf("%s = %s, want %s", x.what, x.got, x.want)
				}
			}
			if tc.ccf != "0" && (v.CTL.String() != "0.98812" || v.CPL.String() != "1.00035") {
				t.Errorf("CTL %s and CPL %s, want 0.98812 and 1.00035", v.CTL, v.CPL)
			}
			if v.Scheme != tc.scheme || v.Metered != m || v.Percent != sw || v.Method != Method12_2+"; "+Method11_1 {
				t.Errorf("the ticket does not say what it was made of: %+v", v)
			}
		})
	}
	v, err := Ticket(OneProduct, m, f, sw)
	gv, err1 := GrossVolume(v.IV, m.MF)
	gsv, err2 := GrossStandardVolume(v.IV, m.MF, RoundCTPL(f))
	nsv, water, err3 := NetStandardVolume(gsv, sw)
	if gv != v.GV || gsv != v.GSV || nsv != v.NSV || water != v.Water || errors.Join(err, err1, err2, err3) != nil {
		t.Errorf("step by step %s, %s, %s, %s, %v; at once %+v", gv, gsv, nsv, water, errors.Join(err, err1, err2, err3), v)
	}
	m.Unit = quantity.CubicMetre
	if v, err := Ticket(RoundedCCF, m, f, sw); err != nil || v.IV.String() != "10014.696" {
		t.Errorf("in m3: %+v, %v; want volumes to 0.001", v, err)
	}
}

// TestCCF: 0.98812 x 1.00035 x 1.0012 is 0.98965, but of the unrounded CTL and CPL it is 0.98966: 0.10 bbl in this ticket. Only the
// first can be found again from what the ticket prints, which is why it is the default.
func TestCCF(t *testing.T) {
	m, f, sw := lact(t)
	printed, err1 := Ticket(RoundedCCF, m, f, sw)
	hidden, err2 := Ticket(UnroundedIntoCCF, m, f, sw)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	close9(t, "CCF of the printed factors", 0.98812*1.00035*1.0012, 0.9896520010104) // rounds to 0.98965
	close9(t, "CCF of the unrounded ones", f.CTL*f.CPL*1.0012, 0.989656003116)       // rounds to 0.98966
	if diff, err := hidden.GSV.Sub(printed.GSV); err != nil || diff.String() != "0.1" {
		t.Errorf("GSV differs by %s, %v; want 0.10 bbl", diff, err)
	}
	if DefaultScheme != RoundedCCF {
		t.Errorf("the default is %q", DefaultScheme)
	}
	again, err := CombinedFactor(printed.CTL, printed.CPL, printed.Metered.MF)
	if err != nil || again != printed.CCF || again == hidden.CCF {
		t.Errorf("redone from the ticket, CCF is %s, %v; the ticket has %s", again, err, printed.CCF)
	}
}

// redo evaluates "1 - 0.35 / 100" or "10014.70 x 0.98965" exactly, from left to right but for the products.
func redo(t interface{ Fatalf(string, ...any) }, expression string) *big.Rat {
	terms := strings.Split(expression, " - ")
	var result *big.Rat
	for _, term := range terms {
		words := strings.Fields(term)
		value := new(big.Rat)
		for i := 0; i < len(words); i += 2 {
			x, ok := new(big.Rat).SetString(words[i])
			switch {
			case !ok:
				t.Fatalf("%q is no number in %q", words[i], expression)
			case i == 0:
				value = x
			case words[i-1] == "x":
				value.Mul(value, x)
			case words[i-1] == "/":
				value.Quo(value, x)
			default:
				t.Fatalf("%q is no operation in %q", words[i-1], expression)
			}
		}
		if result == nil {
			result = value
		} else {
			result.Sub(result, value)
		}
	}
	return result
}

// TestArithmetic: every line of a ticket, redone with the figures it prints, gives what it prints, under each scheme.
func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, err := FromBase(Crude, rapid.Float64Range(700, 1000).Draw(t, "rho"), quantity.At60F,
			Fahrenheit(rapid.Float64Range(0, 200).Draw(t, "F")), Psi(rapid.Float64Range(0, 1400).Draw(t, "psi")))
		if err != nil {
			t.Fatal(err)
		}
		m := Metered{
			Pulses: rapid.Int64Range(0, 1e10).Draw(t, "pulses"), K: quantity.F(rapid.Int64Range(1000, 10_000_000).Draw(t, "k"), 3),
			MF: quantity.F(rapid.Int64Range(9_900, 10_100).Draw(t, "mf"), 4), Composite: rapid.Bool().Draw(t, "composite"),
			Unit: rapid.SampledFrom([]quantity.Unit{quantity.Barrel, quantity.CubicMetre}).Draw(t, "unit"),
		}
		scheme := rapid.SampledFrom([]Scheme{OneProduct, RoundedCCF, UnroundedIntoCCF, NothingRounded}).Draw(t, "scheme")
		v, err := Ticket(scheme, m, f, quantity.F(rapid.Int64Range(0, 10_000).Draw(t, "sw"), 3))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := v.Arithmetic()
		if err != nil || len(lines) < 7 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		for _, line := range lines {
			name, rest, _ := strings.Cut(line, " = ")
			expression, result, redoable := strings.Cut(rest, " = ")
			if !redoable {
				if name != "CCF" || scheme != UnroundedIntoCCF {
					t.Fatalf("%q can't be redone", line)
				}
				continue
			}
			result = strings.Fields(result)[0]
			_, decimals, _ := strings.Cut(result, ".")
			if got := redo(t, expression).FloatString(len(decimals)); got != result {
				t.Fatalf("%q gives %s", line, got)
			}
		}
	})
	m, f, sw := lact(t)
	v, err := Ticket(DefaultScheme, m, f, sw)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := v.Arithmetic()
	want := []string{
		"IV = 84123450 / 8400 = 10014.70 bbl",
		"GV = 10014.70 x 1.0012 = 10026.72 bbl",
		"CCF = 0.98812 x 1.00035 x 1.0012 = 0.98965",
		"ISV = 10014.70 x 0.98812 x 1.00035 = 9899.19 bbl",
		"GSV = 10014.70 x 0.98965 = 9911.05 bbl",
		"CSW = 1 - 0.35 / 100 = 0.9965",
		"NSV = 9911.05 x 0.9965 = 9876.36 bbl",
		"S&W = 9911.05 - 9876.36 = 34.69 bbl",
	}
	if err != nil || !slices.Equal(lines, want) {
		t.Errorf("got %q, %v; want %q", lines, err, want)
	}
	if lines, err := (Volumes{}).Arithmetic(); err == nil {
		t.Errorf("no ticket has the lines %q", lines)
	}
}

// TestComposite: a composite factor contains the CPL, which the ticket then must not apply again.
func TestComposite(t *testing.T) {
	m, f, sw := lact(t)
	m.Composite, m.MF = true, quantity.F(1_0016, 4) // 1.0012 x 1.00035, as a proving reports it
	v, err := Ticket(DefaultScheme, m, f, sw)
	if err != nil || v.CPL.String() != "1.00000" || v.CTPL != v.CTL || v.CCF.String() != "0.98970" || v.GSV.String() != "9911.55" {
		t.Errorf("got %+v, %v; want CPL 1, CCF 0.98812 x 1.0016 = 0.98970", v, err)
	}
	m.K, m.MF = quantity.F(8386_58, 2), quantity.One // the composite K-factor: 8400/1.0016
	k, err := Ticket(DefaultScheme, m, f, sw)
	if err != nil || k.IV != k.GV || math.Abs(k.GSV.Float()-v.GSV.Float()) > 0.1 {
		t.Errorf("by K-factor %+v, %v; want about %s", k, err, v.GSV)
	}
}

// TestMass: 100 bbl of 0.158987294928 m3 and of water at 60 F.
func TestMass(t *testing.T) {
	for _, tc := range []struct {
		unit quantity.Unit
		want string
	}{{quantity.Barrel, "15883.085143"}, {quantity.CubicMetre, "99901.6"}} {
		if got, err := Mass(100*quantity.PerUnit, tc.unit, quantity.F(999_016, 3)); err != nil || got.String() != tc.want {
			t.Errorf("100 %s of water are %s kg, %v; want %s", tc.unit, got, err, tc.want)
		}
	}
	if got, err := Mass(1, quantity.Kilogram, quantity.One); err == nil {
		t.Errorf("a mass has the mass %s", got)
	}
	if got, err := Mass(1, quantity.Barrel, quantity.Factor{}); err == nil {
		t.Errorf("without a density the mass is %s", got)
	}
	if _, err := Mass(math.MaxInt64, quantity.CubicMetre, quantity.F(800, 0)); !errors.Is(err, quantity.ErrOverflow) {
		t.Errorf("a mass without end: %v", err)
	}
}

// TestProduct: decimals outside 0 to 6 are those nearest.
func TestProduct(t *testing.T) {
	for _, tc := range []struct {
		places int
		want   string
	}{{-1, "3"}, {0, "3"}, {2, "2.51"}, {6, "2.505"}, {7, "2.505"}} {
		if got, err := Product(tc.places, 2_505_000, quantity.One); err != nil || got.String() != tc.want {
			t.Errorf("2.505 to %d decimals is %s, %v; want %s", tc.places, got, err, tc.want)
		}
	}
}

// FuzzTicket: no figures panic, and what is accepted adds up.
func FuzzTicket(f *testing.F) {
	f.Add(int64(84_123_450), int64(8400), uint8(0), int64(10_012), uint8(4), 0.9881, 1.00035, int64(35), uint8(2), uint8(1))
	f.Add(int64(-1), int64(0), uint8(255), int64(-1), uint8(19), math.NaN(), math.Inf(1), int64(-1), uint8(255), uint8(200))
	f.Add(int64(math.MaxInt64), int64(1), uint8(12), int64(math.MaxInt64), uint8(18), 9.9, 9.9, int64(100), uint8(0), uint8(15))
	f.Fuzz(func(t *testing.T, pulses, k int64, kd uint8, mf int64, mfd uint8, ctl, cpl float64, sw int64, swd, choice uint8) {
		scheme := []Scheme{OneProduct, RoundedCCF, UnroundedIntoCCF, NothingRounded, ""}[choice%5]
		unit := []quantity.Unit{quantity.Barrel, quantity.CubicMetre, quantity.Kilogram}[choice/5%3]
		m := Metered{Pulses: pulses, K: quantity.F(k, kd), MF: quantity.F(mf, mfd), Unit: unit, Composite: choice&128 != 0}
		v, err := Ticket(scheme, m, Factors{CTL: ctl, CPL: cpl, CTPL: ctl * cpl}, quantity.F(sw, swd))
		if err != nil {
			return
		}
		if v.NSV+v.Water != v.GSV || min(v.IV, v.GV, v.ISV, v.GSV, v.NSV, v.Water) < 0 || v.Scheme == "" {
			t.Errorf("ticket %+v does not add up", v)
		}
		if _, err := v.Arithmetic(); err != nil {
			t.Errorf("ticket %+v has no arithmetic: %v", v, err)
		}
	})
}

// TestTicketRoundsOnce: 10,014.69499999996 is 10,014.69; by way of the sixth decimal it would become 10,014.70.
func TestTicketRoundsOnce(t *testing.T) {
	_, f, sw := lact(t)
	m := Metered{Pulses: 1_001_469_499_999_996, K: quantity.F(100_000_000_000, 0), MF: quantity.One, Unit: quantity.Barrel}
	if v, err := Ticket(RoundedCCF, m, f, sw); err != nil || v.IV.String() != "10014.69" {
		t.Errorf("IV = %s, %v; want 10014.69", v.IV, err)
	}
}

// TestTicketRefuses: each part of a ticket that can't be, and the scheme nobody knows.
func TestTicketRefuses(t *testing.T) {
	good, factors, water := lact(t)
	for _, tc := range []struct {
		name   string
		scheme Scheme
		change func(m *Metered, f *Factors, sw *quantity.Factor)
		want   error // nil: any
	}{
		{"unknown scheme", "none", func(*Metered, *Factors, *quantity.Factor) {}, ErrRounding},
		{"no scheme", "", func(*Metered, *Factors, *quantity.Factor) {}, ErrRounding},
		{"backwards", OneProduct, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.Pulses = -1 }, nil},
		{"no k-factor", OneProduct, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.K = quantity.Factor{} }, nil},
		{"k-factor too fine", OneProduct, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.K = quantity.F(1, 13) }, nil},
		{"no meter factor", RoundedCCF, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.MF = quantity.Factor{} }, nil},
		{"mass", OneProduct, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.Unit = quantity.Kilogram }, nil},
		{"no factors", OneProduct, func(_ *Metered, f *Factors, _ *quantity.Factor) { *f = Factors{} }, nil},
		{"no number", NothingRounded, func(_ *Metered, f *Factors, _ *quantity.Factor) { f.CTPL = math.NaN() }, nil},
		{"no CPL", RoundedCCF, func(_ *Metered, f *Factors, _ *quantity.Factor) { f.CPL = 0 }, nil},
		{"more water than oil", OneProduct, func(_ *Metered, _ *Factors, sw *quantity.Factor) { *sw = quantity.F(100_01, 2) }, nil},
		{"negative water", OneProduct, func(_ *Metered, _ *Factors, sw *quantity.Factor) { *sw = quantity.F(-1, 2) }, nil},
		{"water too fine", OneProduct, func(_ *Metered, _ *Factors, sw *quantity.Factor) { *sw = quantity.F(1, 17) }, nil},
		{"pulses without end", OneProduct, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.Pulses, m.K = math.MaxInt64, quantity.F(1, 6) }, quantity.ErrOverflow},
		{"factor without end", OneProduct, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.MF = quantity.F(math.MaxInt64, 0) }, quantity.ErrOverflow},
		{"combined factor without end", RoundedCCF, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.MF = quantity.F(math.MaxInt64, 0) }, quantity.ErrOverflow},
		{"combined factor of nothing", RoundedCCF, func(m *Metered, _ *Factors, _ *quantity.Factor) { m.MF = quantity.F(1, 9) }, quantity.ErrOverflow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, f, sw := good, factors, water
			tc.change(&m, &f, &sw)
			v, err := Ticket(tc.scheme, m, f, sw)
			if err == nil || (tc.want != nil && !errors.Is(err, tc.want)) {
				t.Errorf("got %+v, %v; want a refusal (%v)", v, err, tc.want)
			}
		})
	}
}

// TestNetAddsUp: net volume and water are the gross volume, whatever the percentage, and each is as large as it must be.
func TestNetAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gsv := quantity.Micro(rapid.Int64Range(0, math.MaxInt64).Draw(t, "gsv"))
		decimals := rapid.Uint8Range(0, 6).Draw(t, "decimals")
		percent := quantity.F(rapid.Int64Range(0, power10(int(decimals)+2)).Draw(t, "percent"), decimals)
		nsv, water, err := NetStandardVolume(gsv, percent)
		if err != nil || nsv+water != gsv || nsv < 0 || water < 0 {
			t.Fatalf("%s less %s %% is %s and %s, %v", gsv, percent, nsv, water, err)
		}
		want := gsv.Float() * (1 - percent.Float()/100)
		if math.Abs(nsv.Float()-want) > 1e-6+1e-12*want {
			t.Fatalf("%s less %s %% is %s, want about %v", gsv, percent, nsv, want)
		}
	})
	if _, _, err := NetStandardVolume(1e6, quantity.F(-1, 0)); err == nil {
		t.Error("-1 % of water is accepted")
	}
}

// TestVolumesRefuse: a factor of nothing is a mistake, not a volume of nothing.
func TestVolumesRefuse(t *testing.T) {
	if v, err := GrossVolume(1e6, quantity.Factor{}); err == nil {
		t.Errorf("gross volume %s without a meter factor", v)
	}
	if v, err := GrossStandardVolume(1e6, quantity.One, quantity.Factor{}); err == nil {
		t.Errorf("gross standard volume %s without a CTPL", v)
	}
	if v, err := GrossStandardVolume(1e6, quantity.F(-1, 0), quantity.One); err == nil {
		t.Errorf("gross standard volume %s at a negative meter factor", v)
	}
	if ccf, err := CombinedFactor(quantity.One, quantity.Factor{}, quantity.One); err == nil {
		t.Errorf("combined factor %s without a CPL", ccf)
	}
}

// TestPipelineBatch follows one batch of diluted bitumen from the leases to the refinery: the volumes at seven meters, at 15 C
// by the metric procedure but for the last, which is in barrels at 60 F.
func TestPipelineBatch(t *testing.T) {
	at60, err := Rebase(Crude, 932, quantity.At15C, quantity.At60F)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		rho    float64
		base   quantity.Reference
		t      Temperature
		p      Pressure
		iv, mf string
		ctpl   string
		gsv    string
	}{
		{"hot bitumen, lateral", 1010, quantity.At15C, Celsius(82), KPa(450), "9734.64", "1.0021", "0.95950", "9360.00"},
		{"bitumen, second lease", 1010, quantity.At15C, Celsius(78), KPa(520), "5245.96", "0.9987", "0.96199", "5040.00"},
		{"condensate, rail", 716, quantity.At15C, Celsius(4), KPa(350), "5523.09", "1.0004", "1.01352", "5600.00"},
		{"injection", 932, quantity.At15C, Celsius(24), KPa(1900), "20027.58", "0.9992", "0.99477", "19906.90"},
		{"border", 932, quantity.At15C, Celsius(17.5), KPa(5200), "19861.58", "1.0006", "1.00130", "19899.33"},
		{"outturn", at60.Density, quantity.At60F, Fahrenheit(60.8), Psi(100), "124997.07", "1.0011", "1.00009", "125145.83"},
		{"second batch, injection", 926, quantity.At15C, Celsius(24), KPa(1900), "1", "1", "0.99471", "0.99"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := FromBase(Crude, tc.rho, tc.base, tc.t, tc.p)
			if err != nil {
				t.Fatal(err)
			}
			if got := RoundCTPL(f); got.String() != tc.ctpl {
				t.Errorf("CTPL = %s (%v), want %s", got, f.CTPL, tc.ctpl)
			}
			iv, err1 := quantity.Parse(tc.iv)
			mf, err2 := quantity.ParseFactor(tc.mf)
			gsv, err3 := GrossStandardVolume(iv, mf, RoundCTPL(f))
			if got := gsv.Decimal(2); got != tc.gsv || errors.Join(err1, err2, err3) != nil {
				t.Errorf("GSV = %s, %v; want %s", got, errors.Join(err1, err2, err3), tc.gsv)
			}
		})
	}
}
