package record

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// factorDecimals is the number of decimals that CTL and CPL are recorded with; CTPL has the five of MPMS 11.1.
const factorDecimals = 9

// Measured is what the instruments gave for an interval.
type Measured struct {
	Totaliser   uint64
	Pulses      int64
	FlowTime    int64          // ms
	Temperature quantity.Micro // flow-weighted average, in the unit of the parameters
	Pressure    quantity.Micro // flow-weighted average, gauge, in the unit of the parameters
	Quality     Quality
}

// Compute returns the interval that m makes under the parameters p, on top of the running totals before it: IV and GSV by
// API MPMS 12.2, the factors by 11.1. It is what the edge records and what every verifier repeats.
func Compute(p Parameters, m Measured, before Totals) (*Interval, error) {
	if m.Pulses < 0 || m.FlowTime < 0 {
		return nil, fmt.Errorf("%d pulses in %d ms of flow: neither may be negative", m.Pulses, m.FlowTime)
	}
	f, err := Factors(p, m.Temperature, m.Pressure)
	if err != nil {
		return nil, err
	}
	i := &Interval{
		Totaliser: m.Totaliser, Pulses: m.Pulses, FlowTime: m.FlowTime, Temperature: m.Temperature,
		Pressure: m.Pressure, Parameters: p, Quality: m.Quality,
	}
	if i.CTL, err = quantity.RoundFactor(f.CTL, factorDecimals); err != nil {
		return nil, err
	}
	if i.CPL, err = quantity.RoundFactor(f.CPL, factorDecimals); err != nil {
		return nil, err
	}
	i.CTPL = liquid.RoundCTPL(f)
	return i, i.integrate(before)
}

// integrate fills in what follows from pulses and factors by integer arithmetic.
func (i *Interval) integrate(before Totals) (err error) {
	p := i.Parameters
	if i.IV, err = quantity.Indicated(i.Pulses, p.KFactor); err != nil {
		return err
	}
	if i.GSV, err = liquid.GrossStandardVolume(i.IV, p.MeterFactor, i.CTPL); err != nil {
		return err
	}
	if i.Mass, err = i.GSV.Mul(massFactors(p)...); err != nil {
		return err
	}
	i.Totals, err = before.add(i)
	return err
}

// massFactors turn GSV into kg: the base density, and for barrels the cubic metres of one.
func massFactors(p Parameters) []quantity.Factor {
	density := quantity.F(int64(p.BaseDensity), 6)
	if p.Basis.Unit == quantity.Barrel {
		return []quantity.Factor{density, quantity.F(158_987_294_928, 12)}
	}
	return []quantity.Factor{density}
}

func (t Totals) add(i *Interval) (Totals, error) {
	sums := []struct {
		to    *quantity.Micro
		value quantity.Micro
		by    []quantity.Factor
	}{
		{&t.IV, i.IV, nil},
		{&t.GSV, i.GSV, nil},
		{&t.Mass, i.Mass, nil},
		{&t.Temperature, i.Temperature, []quantity.Factor{quantity.F(int64(i.IV), 6)}},
		{&t.Pressure, i.Pressure, []quantity.Factor{quantity.F(int64(i.IV), 6)}},
		{&t.Density, i.Parameters.BaseDensity, []quantity.Factor{quantity.F(int64(i.IV), 6)}},
	}
	for _, s := range sums {
		share, err := s.value.Mul(s.by...)
		if err != nil {
			return Totals{}, err
		}
		if *s.to, err = s.to.Add(share); err != nil {
			return Totals{}, err
		}
	}
	if t.FlowTime < 0 || i.FlowTime > math.MaxInt64-t.FlowTime {
		return Totals{}, quantity.ErrOverflow
	}
	t.FlowTime += i.FlowTime
	return t, nil
}

// Factors returns the unrounded volume correction factors of MPMS 11.1 at a temperature and pressure in the units of p.
func Factors(p Parameters, temperature, pressure quantity.Micro) (liquid.Factors, error) {
	group, err := liquid.ParseGroup(p.Commodity)
	if err != nil {
		return liquid.Factors{}, err
	}
	t, err := TemperatureIn(p.TemperatureUnit, temperature)
	if err != nil {
		return liquid.Factors{}, err
	}
	g, err := PressureIn(p.PressureUnit, pressure)
	if err != nil {
		return liquid.Factors{}, err
	}
	if p.Method != liquid.Method11_1 {
		return liquid.Factors{}, fmt.Errorf("method %q is unknown, this program computes %q", p.Method, liquid.Method11_1)
	}
	rounding := liquid.Rounding(p.Rounding)
	if t, err = rounding.Temperature(t); err != nil {
		return liquid.Factors{}, err
	}
	if g, err = rounding.Pressure(g); err != nil {
		return liquid.Factors{}, err
	}
	rho, err := rounding.Density(p.BaseDensity.Float())
	if err != nil {
		return liquid.Factors{}, err
	}
	return liquid.FromBase(group, rho, p.Basis.Reference, t, g)
}

// TemperatureIn returns a temperature given in degC or degF.
func TemperatureIn(unit string, v quantity.Micro) (liquid.Temperature, error) {
	switch unit {
	case "degC":
		return liquid.Celsius(v.Float()), nil
	case "degF":
		return liquid.Fahrenheit(v.Float()), nil
	}
	return liquid.Temperature{}, fmt.Errorf("temperature unit %q is neither degC nor degF", unit)
}

// PressureIn returns a gauge pressure given in kPag or psig.
func PressureIn(unit string, v quantity.Micro) (liquid.Pressure, error) {
	switch unit {
	case "kPag":
		return liquid.KPa(v.Float()), nil
	case "psig":
		return liquid.Psi(v.Float()), nil
	}
	return liquid.Pressure{}, fmt.Errorf("pressure unit %q is neither kPag nor psig", unit)
}

// Recompute checks an interval: the factors to half their last digit (platforms differ in the last bits of a float64),
// everything after them exactly. The running totals are checked against those before it, unless before is nil: then the
// interval stands alone and only its own figures are checked.
func (i *Interval) Recompute(before *Totals) error {
	f, err := Factors(i.Parameters, i.Temperature, i.Pressure)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name     string
		recorded quantity.Factor
		computed float64
		decimals uint8
	}{{"CTL", i.CTL, f.CTL, factorDecimals}, {"CPL", i.CPL, f.CPL, factorDecimals}, {"CTPL", i.CTPL, f.CTPL, 5}} {
		if err := CheckFactor(c.name, c.recorded, c.computed, c.decimals); err != nil {
			return err
		}
	}
	again, alone := *i, before == nil
	if alone {
		before = &Totals{}
	}
	if err := again.integrate(*before); err != nil {
		return err
	}
	switch {
	case again.IV != i.IV:
		return fmt.Errorf("IV is %s, %d pulses at %s make %s", i.IV, i.Pulses, i.Parameters.KFactor, again.IV)
	case again.GSV != i.GSV:
		return fmt.Errorf("GSV is %s, IV x MF x CTPL makes %s", i.GSV, again.GSV)
	case again.Mass != i.Mass:
		return fmt.Errorf("mass is %s kg, GSV x density makes %s", i.Mass, again.Mass)
	case !alone && again.Totals != i.Totals:
		return fmt.Errorf("running totals are %+v, the record before and this interval make %+v", i.Totals, again.Totals)
	}
	return nil
}

// CheckFactor accepts a recorded factor with the given number of decimals that lies within half its last digit + 1e-9 of the
// computed one.
func CheckFactor(name string, recorded quantity.Factor, computed float64, decimals uint8) error {
	if recorded.Decimals != decimals {
		return fmt.Errorf("%s %s has %d decimals, want %d", name, recorded, recorded.Decimals, decimals)
	}
	if !(math.Abs(recorded.Float()-computed) <= 0.5*math.Pow10(-int(decimals))+1e-9) { // so written, it refuses NaN too
		return fmt.Errorf("%s is %s, recomputed %.*f", name, recorded, decimals+2, computed)
	}
	return nil
}

// Before returns the running totals that the interval itself implies for the record before it. A share that overflows counts
// as nothing: Recompute then finds the totals wrong.
func (i *Interval) Before() Totals {
	own, err := (Totals{}).add(i)
	if err != nil {
		own = Totals{}
	}
	t := i.Totals
	return Totals{
		IV: t.IV - own.IV, GSV: t.GSV - own.GSV, Mass: t.Mass - own.Mass, Temperature: t.Temperature - own.Temperature,
		Pressure: t.Pressure - own.Pressure, Density: t.Density - own.Density, FlowTime: t.FlowTime - own.FlowTime,
	}
}
