package uncertainty

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestMeters holds the ready budgets against sums of squares computed independently.
func TestMeters(t *testing.T) {
	for _, tc := range []struct {
		name      string
		budget    func() (Budget, error)
		want      float64 // expanded, k = 2
		low, high float64 // what such an installation has, percent
	}{
		{"orifice", TypicalOrifice(0.6).Budget, 0.62248873728711587, TypicalOrificeLow, TypicalOrificeHigh},
		{"ultrasonic", TypicalLinearMeter().Budget, 0.40311288741492749, TypicalUltrasonicLow, TypicalUltrasonicHigh},
		{"tank", TypicalTank(2000, 15000, 1.2, 8e-4).Budget, 2 * 8.2007621597019871, TypicalTankGaugingLow, TypicalTankGaugingHigh},
	} {
		b, err := tc.budget()
		if err != nil {
			t.Fatal(err)
		}
		within(t, tc.name, 2*b.Standard, tc.want, 1e-12)
		m, err := b.Measured(1e6, "")
		if err != nil || m.Percent < tc.low || m.Percent > tc.high {
			t.Errorf("%s: %v %%, %v; typical are %v to %v", tc.name, m.Percent, err, tc.low, tc.high)
		}
	}
}

// TestOrificeSensitivities: the coefficients are the slopes of the flow equation.
func TestOrificeSensitivities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		beta := rapid.Float64Range(0.1, 0.75).Draw(t, "beta")
		analytic, err := TypicalOrifice(beta).Budget()
		if err != nil {
			t.Fatal(err)
		}
		x := []float64{0.6, 0.99, 100 * beta, 100, 25e3, 4e6, 290, 0.92, 0.6}
		inputs := make([]Input, len(x))
		for i, l := range analytic.Lines {
			inputs[i] = Input{Name: l.Name, Value: x[i], Standard: l.Standard / 100 * x[i]}
		}
		numeric, err := Propagate(func(x []float64) (float64, error) {
			return x[0] * x[1] * x[2] * x[2] / math.Sqrt(1-math.Pow(x[2]/x[3], 4)) * math.Sqrt(x[4]*x[5]/(x[6]*x[7]*x[8])), nil
		}, inputs)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range numeric.Lines {
			got := l.Sensitivity * l.Value / numeric.Value
			if want := analytic.Lines[i].Sensitivity; math.Abs(got-want) > 1e-8 {
				t.Fatalf("%s at beta %v: %v, want %v", l.Name, beta, got, want)
			}
		}
		if r := numeric.Standard / numeric.Value * 100; math.Abs(r/analytic.Standard-1) > 1e-8 {
			t.Fatalf("u %v %%, want %v %%", r, analytic.Standard)
		}
	})
}

// TestMetersRefuse: what is no meter, or no percentage.
func TestMetersRefuse(t *testing.T) {
	change := func(f func(*Tank)) func() (Budget, error) {
		tank := TypicalTank(2000, 15000, 1.2, 8e-4)
		f(&tank)
		return tank.Budget
	}
	negative := TypicalOrifice(0.6)
	negative.Pipe = -1
	for name, budget := range map[string]func() (Budget, error){
		"small beta":          TypicalOrifice(0.0999).Budget,
		"large beta":          TypicalOrifice(0.7501).Budget,
		"no beta":             TypicalOrifice(math.NaN()).Budget,
		"negative":            negative.Budget,
		"no percentage":       LinearMeter{Meter: math.NaN()}.Budget,
		"everything known":    LinearMeter{}.Budget,
		"no transfer":         change(func(t *Tank) { t.Closing = t.Opening }),
		"negative volume":     change(func(t *Tank) { t.Opening = -1 }),
		"no volume":           change(func(t *Tank) { t.Closing = math.NaN() }),
		"infinite":            change(func(t *Tank) { t.Closing = math.Inf(1) }),
		"no gradient":         change(func(t *Tank) { t.Gradient = math.NaN() }),
		"negative level":      change(func(t *Tank) { t.Level = -1 }),
		"opposite errors":     change(func(t *Tank) { t.SameThermometer = -0.5 }),
		"more than one error": change(func(t *Tank) { t.SameThermometer = 1.5 }),
	} {
		if b, err := budget(); err == nil {
			t.Errorf("%s: %+v, want a refusal", name, b)
		}
	}
}

// TestTankCommonErrors: an error that opening and closing share counts for the transfer alone, and the thermometer's that they
// share takes part of itself off.
func TestTankCommonErrors(t *testing.T) {
	tank := Tank{Opening: 9000, Closing: 10000, Gradient: 1, Table: 0.05, Expansion: 1e-3, Temperature: 0.25}
	b, err := tank.Budget()
	if err != nil {
		t.Fatal(err)
	}
	within(t, "table", b.Lines[2].Contribution, 0.5, 1e-12)
	apart := b.Standard
	tank.SameThermometer = 1
	if b, err = tank.Budget(); err != nil {
		t.Fatal(err)
	}
	within(t, "one thermometer", b.Standard, math.Hypot(0.5, 0.25), 1e-12)
	within(t, "two thermometers", apart, math.Sqrt(0.25+2.25*2.25+2.5*2.5), 1e-12)
}

// crude is CTPL by MPMS 11.1, unrounded, of crude at 15 C in degrees C, kPa and kg/m3.
func crude(celsius, kPa, density float64) (float64, error) {
	f, err := liquid.FromBase(liquid.Crude, density, quantity.At15C, liquid.Celsius(celsius), liquid.KPa(kPa))
	return f.CTPL, err
}

// TestTicket: the budget of a crude ticket. The sensitivities are those of the product, and to temperature and pressure about
// what heat and pressure do to crude.
func TestTicket(t *testing.T) {
	ticket := TypicalTicket(84_123_450, 52_834.4, 1.0012, 29, 430, 836.7, 0.35)
	b, err := ticket.Budget(crude)
	if err != nil {
		t.Fatal(err)
	}
	ctpl, err := crude(29, 430, 836.7)
	if err != nil {
		t.Fatal(err)
	}
	nsv := 84_123_450 / 52_834.4 * 1.0012 * ctpl * 0.9965
	within(t, "NSV", b.Value, nsv, 1e-14)
	line := map[string]Line{}
	for _, l := range b.Lines {
		line[l.Name] = l
	}
	for name, want := range map[string]float64{
		"pulses": nsv / 84_123_450, "meter factor": nsv / 1.0012, "CTPL equation": nsv, "sediment and water": -nsv / 99.65,
	} {
		within(t, "sensitivity to "+name, line[name].Sensitivity, want, 1e-8)
	}
	within(t, "expansion", line["temperature"].Sensitivity/nsv, -8.9e-4, 0.02)   // 341.0957/836.7^2 x 1.8 per degree C
	within(t, "compressibility", line["pressure"].Sensitivity/nsv, 7.9e-7, 0.05) // per kPa
	within(t, "k-factor known exactly", line["k-factor"].Contribution, 0, 0)
	m, err := b.Measured(quantity.Micro(math.Round(nsv*1e6)), "LACT-1")
	if err != nil || m.Percent < TypicalLACTLow || m.Percent > TypicalLACTHigh {
		t.Errorf("%+v, %v; typical are %v to %v %%", m, err, TypicalLACTLow, TypicalLACTHigh)
	}
	if closed, err := Close([]Measured{m}, []Measured{{Volume: m.Volume - 1e6, Percent: 0.2}}, Change{}); err != nil || closed.Level() != Noise {
		t.Errorf("a cubic metre of %s: %+v, %v", m.Volume, closed, err)
	}
}

// TestTicketRefuses: figures that no ticket has, and what CTPL itself refuses.
func TestTicketRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Ticket)
		ctpl   func(t, p, rho float64) (float64, error)
		want   string
	}{
		{"no pulses", func(t *Ticket) { t.Pulses.Value = 0 }, crude, "pulses 0"},
		{"negative k-factor", func(t *Ticket) { t.K.Value = -1 }, crude, "k-factor -1"},
		{"no meter factor", func(t *Ticket) { t.MF.Value = math.NaN() }, crude, "meter factor NaN"},
		{"no equation", func(t *Ticket) { t.Equation = Input{} }, crude, "equation 0"},
		{"all water", func(t *Ticket) { t.Water.Value = 100 }, crude, "sediment and water"},
		{"no water", func(t *Ticket) { t.Water.Value = math.NaN() }, crude, "sediment and water"},
		{"too hot", func(t *Ticket) { t.Temperature.Value = 200 }, crude, "temperature"},
		{"negative CTPL", func(*Ticket) {}, func(float64, float64, float64) (float64, error) { return -1, nil }, "CTPL is not positive"},
		{"no uncertainty", func(t *Ticket) { t.MF.Standard = math.Inf(1) }, crude, "uncertainty of meter factor"},
	} {
		ticket := TypicalTicket(84_123_450, 52_834.4, 1.0012, 29, 430, 836.7, 0.35)
		tc.change(&ticket)
		if b, err := ticket.Budget(tc.ctpl); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %+v, %v; want a refusal that says %q", tc.name, b, err, tc.want)
		}
	}
	hot := TypicalTicket(84_123_450, 52_834.4, 1.0012, 200, 430, 836.7, 0.35)
	var out *quantity.RangeError
	if _, err := hot.Budget(crude); !errors.As(err, &out) {
		t.Errorf("the refusal of CTPL is lost: %v", err)
	}
}

// FuzzMeters: any figures make a finite budget or are refused.
func FuzzMeters(f *testing.F) {
	f.Add(0.6, 0.5, 100.0, 10_000.0, 1.2, 0.5)
	f.Add(0.1, 0.0, 1e100, 0.0, -1e100, 1.0)
	f.Add(math.NaN(), math.Inf(1), -1.0, 5e-324, 0.0, 0.0)
	f.Fuzz(func(t *testing.T, beta, percent, opening, closing, gradient, r float64) {
		tank := Tank{opening, closing, gradient, percent, percent, gradient, percent, r, percent}
		for _, budget := range []func() (Budget, error){
			Orifice{beta, percent, percent, percent, percent, percent, percent, percent, percent, percent}.Budget,
			LinearMeter{percent, percent, percent, percent}.Budget,
			tank.Budget,
			func() (Budget, error) {
				return TypicalTicket(closing, gradient, r, beta, percent, opening, percent).Budget(crude)
			},
		} {
			if b, err := budget(); err == nil && (!(b.Standard > 0) || math.IsInf(b.Standard, 0) || math.IsNaN(b.Value)) {
				t.Fatalf("%+v", b)
			}
		}
	})
}
