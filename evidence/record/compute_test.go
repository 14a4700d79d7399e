package record_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// exact returns a/b x c/d x ... of numerators and denominators in turn, rounded half away from zero, by other means than the
// program's.
func exact(parts ...int64) quantity.Micro {
	r := big.NewRat(1, 1)
	for i := 0; i < len(parts); i += 2 {
		r.Mul(r, big.NewRat(parts[i], parts[i+1]))
	}
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r.Add(r, half)
	return quantity.Micro(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
}

// The figures of an interval, one by one, from the factors on: by rational arithmetic.
func TestComputeByRationals(t *testing.T) {
	bbl := parameters()
	bbl.Basis, bbl.TemperatureUnit, bbl.PressureUnit = quantity.Customary, "degF", "psig"
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom([]record.Parameters{parameters(), bbl}).Draw(rt, "parameters")
		p.KFactor = quantity.F(rapid.Int64Range(1, 9_999_999).Draw(rt, "K"), rapid.Uint8Range(0, 4).Draw(rt, "decimals of K"))
		p.MeterFactor = quantity.F(rapid.Int64Range(9_900, 10_100).Draw(rt, "MF"), 4)
		m := record.Measured{
			Pulses: rapid.Int64Range(0, 1_000_000).Draw(rt, "pulses"), Temperature: quantity.Micro(rapid.Int64Range(-40e6, 120e6).Draw(rt, "T")),
			Pressure: quantity.Micro(rapid.Int64Range(0, 1400e6).Draw(rt, "P")),
		}
		i, err := record.Compute(p, m, record.Totals{})
		if err != nil {
			rt.Fatal(err)
		}
		ten := func(n uint8) int64 { return int64(math.Round(math.Pow10(int(n)))) }
		if want := exact(m.Pulses, 1, ten(6), p.KFactor.Mantissa, ten(p.KFactor.Decimals), 1); i.IV != want {
			rt.Errorf("IV is %s, want %s", i.IV, want)
		}
		if want := exact(int64(i.IV), 1, p.MeterFactor.Mantissa, ten(4), i.CTPL.Mantissa, ten(5)); i.GSV != want {
			rt.Errorf("GSV is %s, want %s", i.GSV, want)
		}
		barrel := []int64{1, 1}
		if p.Basis.Unit == quantity.Barrel {
			barrel = []int64{158_987_294_928, ten(12)}
		}
		if want := exact(int64(i.GSV), 1, int64(p.BaseDensity), ten(6), barrel[0], barrel[1]); i.Mass != want {
			rt.Errorf("mass is %s, want %s", i.Mass, want)
		}
		for name, sum := range map[string][2]quantity.Micro{
			"temperature": {i.Totals.Temperature, m.Temperature}, "pressure": {i.Totals.Pressure, m.Pressure}, "density": {i.Totals.Density, p.BaseDensity},
		} {
			if want := exact(int64(sum[1]), 1, int64(i.IV), ten(6)); sum[0] != want {
				rt.Errorf("sum of %s x IV is %s, want %s", name, sum[0], want)
			}
		}
	})
}

func TestComputeRefuses(t *testing.T) {
	tests := []struct {
		name  string
		alter func(p *record.Parameters, m *record.Measured)
		want  string
	}{
		{"negative pulses", func(_ *record.Parameters, m *record.Measured) { m.Pulses = -1 }, "neither may be negative"},
		{"negative flow time", func(_ *record.Parameters, m *record.Measured) { m.FlowTime = -1 }, "neither may be negative"},
		{"unknown commodity", func(p *record.Parameters, _ *record.Measured) { p.Commodity = "milk" }, "milk"},
		{"unknown temperature unit", func(p *record.Parameters, _ *record.Measured) { p.TemperatureUnit = "K" }, "neither degC nor degF"},
		{"absolute pressure", func(p *record.Parameters, _ *record.Measured) { p.PressureUnit = "kPa" }, "neither kPag nor psig"},
		{"unknown method", func(p *record.Parameters, _ *record.Measured) { p.Method = "by eye" }, "is unknown"},
		{"unknown rounding", func(p *record.Parameters, _ *record.Measured) { p.Rounding = "up" }, "up"},
		{"temperature out of range", func(_ *record.Parameters, m *record.Measured) { m.Temperature = 151_000_000 }, "temperature"},
		{"density out of range", func(p *record.Parameters, _ *record.Measured) { p.BaseDensity = 1_000_000 }, "density"},
		{"volume out of range", func(p *record.Parameters, m *record.Measured) {
			p.KFactor, m.Pulses = quantity.F(1, 18), math.MaxInt64
		}, "out of range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, m := parameters(), measured()
			tt.alter(&p, &m)
			_, err := record.Compute(p, m, record.Totals{})
			refused(t, err, tt.want)
		})
	}
}

// Each total that would not fit 64 bits is refused, whichever it is.
func TestTotalsOverflow(t *testing.T) {
	tests := []struct {
		name string
		fill func(t *record.Totals) // so that one more does not fit
	}{
		{"IV", func(t *record.Totals) { t.IV = math.MaxInt64 }},
		{"GSV", func(t *record.Totals) { t.GSV = math.MaxInt64 }},
		{"mass", func(t *record.Totals) { t.Mass = math.MaxInt64 }},
		{"temperature", func(t *record.Totals) { t.Temperature = math.MaxInt64 }},
		{"pressure", func(t *record.Totals) { t.Pressure = math.MaxInt64 }},
		{"density", func(t *record.Totals) { t.Density = math.MaxInt64 }},
		{"flow time", func(t *record.Totals) { t.FlowTime = math.MaxInt64 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before record.Totals
			tt.fill(&before)
			_, err := record.Compute(parameters(), measured(), before)
			if !errors.Is(err, quantity.ErrOverflow) {
				t.Errorf("error is %v, want ErrOverflow", err)
			}
			r := interval(t, measured(), record.Totals{})
			if err := r.Interval.Recompute(&before); !errors.Is(err, quantity.ErrOverflow) {
				t.Errorf("recompute says %v, want ErrOverflow", err)
			}
		})
	}
}

// Every figure of an interval is either recomputed or an input that moves one which is. The two that are not, the meter's
// counter and the quality flags, are covered by the leaf hash alone.
func TestRecomputeCatchesEachField(t *testing.T) {
	tests := []struct {
		name  string
		alter func(i *record.Interval)
		alone bool // caught without the totals before it, too
		want  string
	}{
		{"nothing", func(*record.Interval) {}, true, ""},
		{"totaliser", func(i *record.Interval) { i.Totaliser++ }, true, ""},
		{"quality", func(i *record.Interval) { i.Quality = record.Gap }, true, ""},
		{"pulses", func(i *record.Interval) { i.Pulses++ }, true, "IV is"},
		{"K-factor", func(i *record.Interval) { i.Parameters.KFactor.Mantissa++ }, true, "IV is"},
		{"meter factor", func(i *record.Interval) { i.Parameters.MeterFactor.Mantissa++ }, true, "GSV is"},
		{"unit", func(i *record.Interval) { i.Parameters.Basis.Unit = quantity.Barrel }, true, "mass is"},
		{"reference", func(i *record.Interval) { i.Parameters.Basis.Reference = quantity.At20C }, true, "CTL is"},
		{"commodity", func(i *record.Interval) { i.Parameters.Commodity = "refined" }, true, "CTL is"},
		{"density", func(i *record.Interval) { i.Parameters.BaseDensity += 1_000_000 }, true, "CTL is"},
		{"density, a little", func(i *record.Interval) { i.Parameters.BaseDensity++ }, true, "mass is"},
		{"temperature unit", func(i *record.Interval) { i.Parameters.TemperatureUnit = "degF" }, true, "CTL is"},
		{"pressure unit", func(i *record.Interval) { i.Parameters.PressureUnit = "psig" }, true, "CPL is"},
		{"method", func(i *record.Interval) { i.Parameters.Method = "" }, true, "method"},
		{"rounding", func(i *record.Interval) { i.Parameters.Rounding = "MPMS 11.1 input discrimination" }, true, "CTL is"},
		{"temperature", func(i *record.Interval) { i.Temperature += 1_000 }, true, "CTL is"},
		{"temperature, a little", func(i *record.Interval) { i.Temperature++ }, false, "running totals are"},
		{"pressure", func(i *record.Interval) { i.Pressure += 1_000_000 }, true, "CPL is"},
		{"pressure, a little", func(i *record.Interval) { i.Pressure++ }, false, "running totals are"},
		{"IV", func(i *record.Interval) { i.IV++ }, true, "IV is"},
		{"CTL", func(i *record.Interval) { i.CTL.Mantissa += 2 }, true, "CTL is"},
		{"CTL with fewer decimals", func(i *record.Interval) { i.CTL = quantity.F(i.CTL.Mantissa/10, 8) }, true, "has 8 decimals, want 9"},
		{"CPL", func(i *record.Interval) { i.CPL.Mantissa -= 2 }, true, "CPL is"},
		{"CTPL", func(i *record.Interval) { i.CTPL.Mantissa++ }, true, "CTPL is"},
		{"CTPL with more decimals", func(i *record.Interval) { i.CTPL = quantity.F(10*i.CTPL.Mantissa, 6) }, true, "has 6 decimals, want 5"},
		{"GSV", func(i *record.Interval) { i.GSV-- }, true, "GSV is"},
		{"mass", func(i *record.Interval) { i.Mass++ }, true, "mass is"},
		{"IV in all", func(i *record.Interval) { i.Totals.IV++ }, false, "running totals are"},
		{"GSV in all", func(i *record.Interval) { i.Totals.GSV++ }, false, "running totals are"},
		{"mass in all", func(i *record.Interval) { i.Totals.Mass++ }, false, "running totals are"},
		{"sum of temperatures", func(i *record.Interval) { i.Totals.Temperature++ }, false, "running totals are"},
		{"sum of pressures", func(i *record.Interval) { i.Totals.Pressure++ }, false, "running totals are"},
		{"sum of densities", func(i *record.Interval) { i.Totals.Density++ }, false, "running totals are"},
		{"flow time", func(i *record.Interval) { i.FlowTime-- }, false, "running totals are"},
		{"flow time in all", func(i *record.Interval) { i.Totals.FlowTime++ }, false, "running totals are"},
	}
	before := interval(t, measured(), record.Totals{}).Interval.Totals
	m := measured()
	m.Pulses = 8_764_913 // much, so that a millionth of a degree shows in the sums
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := interval(t, m, before).Interval
			tt.alter(i)
			refused(t, i.Recompute(&before), tt.want)
			if tt.alone {
				refused(t, i.Recompute(nil), tt.want)
			} else {
				refused(t, i.Recompute(nil), "")
			}
		})
	}
}

// F10: a factor is right within half its last digit and a billionth, both included, and not beyond.
func TestCheckFactor(t *testing.T) {
	f := quantity.F(98_765, 5) // 0.98765
	for _, tt := range []struct {
		name     string
		computed float64
		decimals uint8
		want     string
	}{
		{"equal", 0.98765, 5, ""},
		{"rounded up to it", 0.987645, 5, ""},
		{"rounded down to it", 0.987655, 5, ""},
		{"within the billionth below", 0.987645 - 0.9e-9, 5, ""},
		{"beyond the billionth below", 0.987645 - 1.1e-9, 5, "is 0.98765, recomputed 0.9876450"},
		{"within the billionth above", 0.987655 + 0.9e-9, 5, ""},
		{"beyond the billionth above", 0.987655 + 1.1e-9, 5, "is 0.98765, recomputed 0.9876550"},
		{"one digit off", 0.98766, 5, "is 0.98765"},
		{"the sign", -0.98765, 5, "is 0.98765"},
		{"other decimals", 0.98765, 9, "has 5 decimals, want 9"},
		{"no number", math.NaN(), 5, "is 0.98765"},
		{"infinite", math.Inf(1), 5, "is 0.98765"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, record.CheckFactor("CTPL", f, tt.computed, tt.decimals), tt.want)
		})
	}
	nine := quantity.F(987_654_321, 9)
	refused(t, record.CheckFactor("CTL", nine, 0.987654321+1.4e-9, 9), "")
	refused(t, record.CheckFactor("CTL", nine, 0.987654321+1.6e-9, 9), "CTL is 0.987654321")
}
