package tank

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

// shore is a bare mild steel tank in barrels at 60 F.
var shore = Tank{Unit: quantity.Barrel, Base: quantity.At60F, Shell: Bare, Steel: steel.MildSteel, Group: liquid.Crude}

// receipt is a receipt worked out independently of this code: its opening and its closing gauge.
func receipt() (opening, closing Gauging) {
	opening = Gauging{
		TOV: 12_034_550_000, FW: 150_200_000, Roof: EnteredRoof(-12_350_000), Liquid: liquid.Fahrenheit(77), Ambient: liquid.Fahrenheit(85),
		RhoBase: liquid.FromAPIGravity(37.4), SW: quantity.F(25, 2),
	}
	closing = opening
	closing.TOV, closing.FW, closing.Roof = 96_211_800_000, 152_400_000, EnteredRoof(12_100_000)
	return opening, closing
}

func measure(t *testing.T, r Rounding, g Gauging) Contents {
	t.Helper()
	c, err := shore.Measure(r, g)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func transfer(t *testing.T, r Rounding) Transfer {
	t.Helper()
	opening, closing := receipt()
	moved, err := Between(measure(t, r, opening), measure(t, r, closing), Line{})
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

// float redoes the gross standard volume from what a result records, without the rounding of volumes.
func (c Contents) float() float64 {
	return ((c.Gauging.TOV.Float()-c.Gauging.FW.Float())*c.CTSh.Float() + c.FRA.Float()) * c.CTL.Float()
}

// TestReceipt: the worked receipt. The factors are those of the example to all digits, so that the volumes redone from what the result
// records are too. The result's own volumes are made of each other in millionths: the last digit of one may be another.
func TestReceipt(t *testing.T) {
	moved := transfer(t, CTLRounded)
	opening, closing := moved.Opening, moved.Closing
	if opening.ShellT != liquid.Fahrenheit(78) || opening.CTSh.String() != "1.00022321245456" || opening.CTL.String() != "0.99170" {
		t.Errorf("shell %s, CTSh %s, CTL %s; want 78 F, 1.00022321245456, 0.99170", opening.ShellT, opening.CTSh, opening.CTL)
	}
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"GSV at opening", opening.float(), 11776.093117234394},
		{"GSV at closing", closing.float(), 95295.37023872559},
		{"GSV received", closing.float() - opening.float(), 83519.27712149119},
		{"NSV received", (closing.float() - opening.float()) * closing.CSW.Float(), 83310.47892868747},
	} {
		if math.Abs(x.got-x.want) > 1e-14*x.want+1e-10 {
			t.Errorf("%s = %.16g, want %.16g", x.what, x.got, x.want)
		}
	}
	for _, x := range []struct {
		what string
		got  quantity.Micro
		want string
	}{
		{"GSV at opening", opening.GSV, "11776.093117"},
		{"GSV at closing", closing.GSV, "95295.370238"}, // unrounded ...2387
		{"GSV received", moved.GSV, "83519.277121"},
		{"NSV received", moved.NSV, "83310.478928"}, // unrounded ...9287
		{"free water", moved.FreeWater, "2.2"},
		{"TCV at closing", closing.TCV, "95447.770238"},
		{"sediment and water", moved.Water, "208.798193"},
	} {
		if x.got.String() != x.want {
			t.Errorf("%s = %s, want %s", x.what, x.got, x.want)
		}
	}
}

// TestTicketRounding: the same receipt as a person does it, line by line: 11884.35 x 1.00022 - 12.35 = 11874.61, x 0.99170 = 11776.05,
// x 0.9975 = 11746.61; 96059.40 x 1.00022 + 12.10 = 96092.63, x 0.99170 = 95295.06, x 0.9975 = 95056.82.
func TestTicketRounding(t *testing.T) {
	moved := transfer(t, DefaultRounding)
	for _, x := range []struct {
		what string
		got  quantity.Micro
		want string
	}{
		{"GOV at opening", moved.Opening.GOV, "11874.61"},
		{"GSV at opening", moved.Opening.GSV, "11776.05"},
		{"NSV at opening", moved.Opening.NSV, "11746.61"},
		{"GOV at closing", moved.Closing.GOV, "96092.63"},
		{"GSV at closing", moved.Closing.GSV, "95295.06"},
		{"NSV at closing", moved.Closing.NSV, "95056.82"},
		{"GSV received", moved.GSV, "83519.01"},
		{"NSV received", moved.NSV, "83310.21"},
	} {
		if x.got.String() != x.want {
			t.Errorf("%s = %s, want %s", x.what, x.got, x.want)
		}
	}
	if c := moved.Opening; c.CTSh.String() != "1.00022" || c.Rounding != TicketRounding {
		t.Errorf("CTSh %s by %q", c.CTSh, c.Rounding)
	}
	for _, part := range []string{Method, FRAEntered, liquid.Method11_1, MethodAir, steel.Method} {
		if !strings.Contains(moved.Method, part) {
			t.Errorf("method %q does not name %q", moved.Method, part)
		}
	}
}

// TestNothingRounded: CTL keeps its digits.
func TestNothingRounded(t *testing.T) {
	opening, _ := receipt()
	c := measure(t, NothingRounded, opening)
	if math.Abs(c.CTL.Float()-c.Liquid.CTL) > 1e-14 || c.CTL.Decimals != 14 {
		t.Errorf("CTL %s of %v", c.CTL, c.Liquid.CTL)
	}
}

// TestShell: the temperature of the shell, as a surveyor's handbook works it out (135 F inside, 80 F and 88 F outside), and how a
// ticket rounds it.
func TestShell(t *testing.T) {
	for _, tc := range []struct {
		shell           Shell
		inside, outside liquid.Temperature
		want            float64 // F
	}{
		{Bare, liquid.Fahrenheit(135), liquid.Fahrenheit(80), 128.125},
		{Bare, liquid.Fahrenheit(135), liquid.Fahrenheit(88), 129.125},
		{Bare, liquid.Celsius(25), liquid.Celsius(-7), 69.8},
		{Insulated, liquid.Fahrenheit(135), liquid.Temperature{}, 135},
	} {
		got, err := ShellTemperature(tc.shell, tc.inside, tc.outside)
		if err != nil || math.Abs(got.Fahrenheit()-tc.want) > 1e-12 {
			t.Errorf("%s, %s inside, %s outside: %s, %v; want %v F", tc.shell, tc.inside, tc.outside, got, err, tc.want)
		}
	}
	g, _ := receipt()
	g.Liquid, g.Ambient = liquid.Fahrenheit(135), liquid.Fahrenheit(80)
	if c := measure(t, TicketRounding, g); c.ShellT != liquid.Fahrenheit(128) || c.CTSh.String() != "1.00084" {
		t.Errorf("at 60 F: shell %s, CTSh %s; want 128 F, 1.00084", c.ShellT, c.CTSh)
	}
	g.Ambient = liquid.Fahrenheit(88)
	if c := measure(t, TicketRounding, g); c.ShellT != liquid.Fahrenheit(129) || c.CTSh.String() != "1.00086" {
		t.Errorf("at 60 F: shell %s, CTSh %s; want 129 F, 1.00086", c.ShellT, c.CTSh)
	}
	metric := shore
	metric.Base, metric.Unit = quantity.At15C, quantity.CubicMetre
	g.Liquid, g.Ambient = liquid.Celsius(25), liquid.Celsius(-7) // 21.0 C
	if c, err := metric.Measure(TicketRounding, g); err != nil || c.ShellT != liquid.Celsius(21) || c.CTSh.String() != "1.00013" {
		t.Errorf("at 15 C: shell %s, CTSh %s, %v; want 21 C, 1.00013", c.ShellT, c.CTSh, err)
	}
	g.Ambient = liquid.Celsius(-4) // 21.375 C
	if c, err := metric.Measure(TicketRounding, g); err != nil || c.ShellT != liquid.Celsius(21.5) {
		t.Errorf("at 15 C: shell %s, %v; want 21.5 C", c.ShellT, err)
	}
	metric.Shell, metric.Steel = NoCTSh, steel.Material{}
	if c, err := metric.Measure(TicketRounding, g); err != nil || c.CTSh != quantity.One || strings.Contains(c.Method, steel.Method) {
		t.Errorf("a ship's compartment: CTSh %s by %q, %v", c.CTSh, c.Method, err)
	}
}

// TestRoof: two examples of a maker's manual and a surveyor's handbook. 1,215,000 lb float on crude of 40.0 API at 84 F; the table is for
// 35.0 API, at 24.59 bbl a degree, and the liquid of 40.3 API has 42.4 API at 84 F.
func TestRoof(t *testing.T) {
	g, _ := receipt()
	g.TOV, g.FW, g.Liquid, g.RhoBase = 50_000*quantity.PerUnit, 0, liquid.Fahrenheit(84), liquid.FromAPIGravity(40)
	g.Roof = RoofByMass(1_215_000 * 0.45359237)
	c := measure(t, TicketRounding, g)
	if math.Abs(c.FRA.Float()+4257.02) > 0.3 || !strings.Contains(c.Method, FRAByMass) { // the manual takes a CTL of four digits
		t.Errorf("by mass FRA is %s bbl by %q, want about -4257", c.FRA, c.Method)
	}
	g.RhoBase, g.Roof = liquid.FromAPIGravity(40.3), RoofInTable(quantity.F(350, 1), 24_590_000)
	c = measure(t, TicketRounding, g)
	if c.FRA.String() != "-181.97" || !strings.Contains(c.Method, FRAInTable) {
		t.Errorf("in the table FRA is %s bbl by %q, want (35.0 - 42.4) x 24.59 = -181.97", c.FRA, c.Method)
	}
	g.Roof = RoofInTable(quantity.F(45, 0), 24_590_000)
	if c = measure(t, CTLRounded, g); c.FRA.String() != "63.934" {
		t.Errorf("of a heavier liquid FRA is %s bbl, want (45 - 42.4) x 24.59 = 63.934", c.FRA)
	}
	g.Roof = Roof{}
	if c = measure(t, CTLRounded, g); c.FRA != 0 || !strings.Contains(c.Method, FRANone) {
		t.Errorf("without a roof FRA is %s by %q", c.FRA, c.Method)
	}
	metric := shore
	metric.Base, metric.Unit = quantity.At15C, quantity.CubicMetre
	g.Roof = RoofByMass(80_000)
	m, err := metric.Measure(CTLRounded, g)
	if err != nil || math.Abs(m.FRA.Float()+80_000/m.Liquid.RhoObserved) > 1e-6 {
		t.Errorf("in m3 FRA is %s, %v", m.FRA, err)
	}
}

// TestAir: the equation of MPMS 11.5.3 is buoyancy in air of 1.199228 kg/m3 against weights of 8000 kg/m3.
func TestAir(t *testing.T) {
	for _, rho := range []float64{600, 800, 999.016, 1100} {
		const air, weights = 1.199228, 8000
		if want := rho * (1 - air/rho) / (1 - air/weights); math.Abs(InAir(rho)-want) > 1e-4 {
			t.Errorf("%v kg/m3 weighs %v, by buoyancy %v", rho, InAir(rho), want)
		}
	}
	if got, err := WCF(850, quantity.CubicMetre); err != nil || got.String() != "848.928029" {
		t.Errorf("WCF of 850 kg/m3 is %s kg/m3, %v; want 848.928029", got, err)
	}
	if got, err := WCF(850, quantity.Barrel); err != nil || got.String() != "134.968771" {
		t.Errorf("WCF of 850 kg/m3 is %s kg/bbl, %v; want 134.968771", got, err)
	}
	opening, _ := receipt()
	c := measure(t, CTLRounded, opening)
	if want := c.GSV.Float() * c.WCF.Float(); math.Abs(c.GSW.Float()-want) > 1e-5 || !(c.NSW < c.GSW) {
		t.Errorf("GSW %s, NSW %s; want %v", c.GSW, c.NSW, want)
	}
	for _, rho := range []float64{0, 99, 2001, math.NaN(), math.Inf(1)} {
		if got, err := WCF(rho, quantity.CubicMetre); err == nil {
			t.Errorf("WCF of %v kg/m3 is %s", rho, got)
		}
	}
	if got, err := WCF(850, quantity.Kilogram); err == nil {
		t.Errorf("a kilogram weighs %s", got)
	}
}

// TestLine: what the line took up is added, and gauges of two tanks or two policies are not subtracted.
func TestLine(t *testing.T) {
	moved := transfer(t, CTLRounded)
	with, err := Between(moved.Opening, moved.Closing, Line{GSV: -10_000_000, NSV: -9_975_000})
	if err != nil || with.GSV != moved.GSV-10_000_000 || with.NSV != moved.NSV-9_975_000 || with.Water != moved.Water-25_000 || !(with.GSW < moved.GSW) {
		t.Errorf("got %+v, %v", with, err)
	}
	back, err := Between(moved.Closing, moved.Opening, Line{})
	if err != nil || back.NSV != -moved.NSV || back.GSW != -moved.GSW || back.FreeWater != -moved.FreeWater {
		t.Errorf("a delivery is %+v, %v", back, err)
	}
	other := moved.Closing
	other.Tank.Shell = Insulated
	if _, err := Between(moved.Opening, other, Line{}); err == nil {
		t.Error("two tanks are one")
	}
	other = moved.Closing
	other.Rounding = TicketRounding
	if _, err := Between(moved.Opening, other, Line{}); err == nil {
		t.Error("two policies are one")
	}
	if _, err := Between(Contents{}, Contents{}, Line{}); err == nil {
		t.Error("a transfer between no gauges")
	}
	if _, err := Between(moved.Opening, moved.Closing, Line{GSV: math.MaxInt64, NSV: math.MinInt64}); !errors.Is(err, quantity.ErrOverflow) {
		t.Errorf("a line without end: %v", err)
	}
}

// TestMeasureRefuses: each part of a gauging that can't be.
func TestMeasureRefuses(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(*Tank, *Rounding, *Gauging)
		message string
	}{
		{"mass", func(t *Tank, _ *Rounding, _ *Gauging) { t.Unit = quantity.Kilogram }, "volumes are in m3 or bbl"},
		{"no policy", func(_ *Tank, r *Rounding, _ *Gauging) { *r = "" }, "unknown rounding policy"},
		{"no base", func(t *Tank, _ *Rounding, _ *Gauging) { t.Base = "" }, "unknown reference conditions"},
		{"no group", func(t *Tank, _ *Rounding, _ *Gauging) { t.Group = liquid.Group{} }, "unknown commodity group"},
		{"no shell", func(t *Tank, _ *Rounding, _ *Gauging) { t.Shell = "" }, `shell "" is none of bare, insulated, no CTSh`},
		{"no steel", func(t *Tank, _ *Rounding, _ *Gauging) { t.Steel = steel.Material{} }, "shell: expansion of steel"},
		{"no temperature", func(_ *Tank, _ *Rounding, g *Gauging) { g.Liquid = liquid.Temperature{} }, "temperature not given"},
		{"no air", func(_ *Tank, _ *Rounding, g *Gauging) { g.Ambient = liquid.Temperature{} }, "air around a bare shell: temperature not given"},
		{"air of NaN", func(_ *Tank, _ *Rounding, g *Gauging) { g.Ambient = liquid.Celsius(math.NaN()) }, "air around a bare shell"},
		{"no density", func(_ *Tank, _ *Rounding, g *Gauging) { g.RhoBase = math.NaN() }, "density at 60 F of crude"},
		{"more water than volume", func(_ *Tank, _ *Rounding, g *Gauging) { g.FW = g.TOV + 1 }, "nor the oil"},
		{"negative water", func(_ *Tank, _ *Rounding, g *Gauging) { g.FW = -1 }, "may be negative"},
		{"all sediment", func(_ *Tank, _ *Rounding, g *Gauging) { g.SW = quantity.F(101, 0) }, "outside 0 to 100 %"},
		{"roof of nothing", func(_ *Tank, _ *Rounding, g *Gauging) { g.Roof = RoofByMass(0) }, "floating roof: 0 kg"},
		{"roof of NaN", func(_ *Tank, _ *Rounding, g *Gauging) { g.Roof = RoofByMass(math.NaN()) }, "floating roof: NaN kg"},
		{"roof on the ground", func(_ *Tank, _ *Rounding, g *Gauging) { g.TOV, g.Roof = g.FW, RoofByMass(1e5) }, "more than there is"},
		{"roof in hundredths", func(_ *Tank, _ *Rounding, g *Gauging) { g.Roof = RoofInTable(quantity.F(3500, 2), 1) }, "more than one decimal"},
		{"roof of no gravity", func(_ *Tank, _ *Rounding, g *Gauging) { g.Roof = RoofInTable(quantity.F(math.MaxInt64, 0), 1) }, "reference gravity"},
		{"roof without end", func(_ *Tank, _ *Rounding, g *Gauging) { g.Roof = EnteredRoof(math.MaxInt64) }, "quantity out of range"},
		{"volume without end", func(_ *Tank, _ *Rounding, g *Gauging) { g.TOV = math.MaxInt64 }, "quantity out of range"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tank, policy := shore, CTLRounded
			g, _ := receipt()
			tc.change(&tank, &policy, &g)
			c, err := tank.Measure(policy, g)
			if err == nil || !strings.Contains(err.Error(), tc.message) || c != (Contents{}) {
				t.Errorf("got %+v, %v; want a refusal that says %q", c, err, tc.message)
			}
		})
	}
}

// TestContentsAddUp: what a tank holds adds up under every policy, and a warmer shell holds more.
func TestContentsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tov := rapid.Int64Range(0, 1e12).Draw(t, "tov")
		g := Gauging{
			TOV: quantity.Micro(tov), FW: quantity.Micro(rapid.Int64Range(0, tov).Draw(t, "fw")), RhoBase: rapid.Float64Range(620, 1150).Draw(t, "rho"),
			Liquid: liquid.Fahrenheit(rapid.Float64Range(-50, 290).Draw(t, "F")), Ambient: liquid.Fahrenheit(rapid.Float64Range(-50, 120).Draw(t, "air")),
			SW: quantity.F(rapid.Int64Range(0, 10_000).Draw(t, "sw"), 2),
		}
		policy := rapid.SampledFrom([]Rounding{TicketRounding, CTLRounded, NothingRounded}).Draw(t, "policy")
		c, err := shore.Measure(policy, g)
		if err != nil {
			t.Fatal(err)
		}
		if c.NSV+c.Water != c.GSV || min(c.GOV, c.GSV, c.NSV, c.Water) < 0 || math.Abs(c.GSV.Float()-c.float()) > 0.02+1e-12*c.float() {
			t.Fatalf("%+v does not add up to %v", c, c.float())
		}
		g.Ambient = liquid.Fahrenheit(g.Ambient.Fahrenheit() + 20)
		if warmer, err := shore.Measure(policy, g); err != nil || warmer.GSV < c.GSV {
			t.Fatalf("a warmer shell holds %s, %v; a colder one %s", warmer.GSV, err, c.GSV)
		}
	})
}

// FuzzMeasure: no gauging panics, and what is accepted adds up.
func FuzzMeasure(f *testing.F) {
	f.Add(int64(12_034_550_000), int64(150_200_000), int64(-12_350_000), 77.0, 85.0, 836.9, 0.0, int64(25), uint8(0))
	f.Add(int64(math.MaxInt64), int64(0), int64(math.MinInt64), math.NaN(), math.Inf(1), -1.0, math.NaN(), int64(-1), uint8(255))
	f.Add(int64(math.MaxInt64), int64(0), int64(math.MaxInt64), 302.0, -58.0, 610.6, 1e8, int64(10_000), uint8(77))
	f.Fuzz(func(t *testing.T, tov, fw, adjustment int64, temperature, air, rho, mass float64, sw int64, choice uint8) {
		tank := shore
		tank.Unit = []quantity.Unit{quantity.Barrel, quantity.CubicMetre}[choice%2]
		tank.Base = []quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C}[choice/2%3]
		tank.Shell = []Shell{Bare, Insulated, NoCTSh}[choice/6%3]
		policy := []Rounding{TicketRounding, CTLRounded, NothingRounded}[choice/18%3]
		roofs := []Roof{{}, EnteredRoof(quantity.Micro(adjustment)), RoofByMass(mass), RoofInTable(quantity.F(adjustment, choice%3), quantity.Micro(tov))}
		c, err := tank.Measure(policy, Gauging{
			TOV: quantity.Micro(tov), FW: quantity.Micro(fw), Roof: roofs[choice/54%4], Liquid: liquid.Fahrenheit(temperature),
			Ambient: liquid.Fahrenheit(air), RhoBase: rho, SW: quantity.F(sw, 2),
		})
		if err != nil {
			return
		}
		if c.NSV+c.Water != c.GSV || min(c.GOV, c.GSV, c.NSV, c.Water, c.TCV, c.GSW, c.NSW) < 0 || !c.CTSh.Valid() || !c.CTL.Valid() || !c.WCF.Valid() {
			t.Errorf("%+v does not add up", c)
		}
		if _, err := Between(c, c, Line{GSV: quantity.Micro(adjustment), NSV: quantity.Micro(fw)}); err != nil && !errors.Is(err, quantity.ErrOverflow) {
			t.Errorf("transfer: %v", err)
		}
	})
}
