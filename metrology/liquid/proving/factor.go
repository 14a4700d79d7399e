package proving

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// report returns a meter factor as it is reported, or says that there is none: a meter that is off by more than half is another meter.
func report(mf float64) (quantity.Factor, error) {
	if !(mf >= 0.5 && mf <= 1.5) {
		return quantity.Factor{}, &quantity.RangeError{Quantity: "meter factor", Value: mf, Min: 0.5, Max: 1.5, Unit: "times"}
	}
	return quantity.RoundFactor(mf, MeterFactorDecimals)
}

// Composite returns the composite meter factor, CMF = MF x CPL of the meter, with MeterFactorDecimals decimals. It is made of the
// unrounded MF, and stands for MF and CPL together as long as the meter runs at the pressure of the proving.
func (p Proof) Composite() (quantity.Factor, error) {
	cmf, err := report(p.MF * p.Meter.CPL)
	if err != nil {
		return quantity.Factor{}, fmt.Errorf("composite: %w", err)
	}
	return cmf, nil
}

// KFactor returns the K-factor with which a meter has a meter factor of 1: nominal/mf, rounded once to a number of decimals, half away
// from zero. With a composite meter factor it is the composite K-factor. How many decimals it keeps is for the parties to say: the
// third of 8400 pulses a barrel is a tenth of a millionth. It refuses more than 6 decimals anywhere, and a meter factor that Prove
// would not report.
func KFactor(nominal, mf quantity.Factor, decimals uint8) (quantity.Factor, error) {
	const most = 6
	if !nominal.Valid() || max(nominal.Decimals, mf.Decimals, decimals) > most {
		return quantity.Factor{}, fmt.Errorf("k-factor %s over meter factor %s to %d decimals: it must be positive, and none may have more than %d decimals",
			nominal, mf, decimals, most)
	}
	if _, err := report(mf.Float()); err != nil {
		return quantity.Factor{}, fmt.Errorf("k-factor: %w", err)
	}
	num, den := int64(1), mf.Mantissa // at most 1.5e6 x 1e6
	for range mf.Decimals + decimals {
		num *= 10
	}
	for range nominal.Decimals {
		den *= 10
	}
	k, err := quantity.Micro(nominal.Mantissa).Ratio(num, den)
	if err != nil || k == 0 {
		return quantity.Factor{}, fmt.Errorf("k-factor %s over meter factor %s to %d decimals: %w", nominal, mf, decimals, quantity.ErrOverflow)
	}
	return quantity.F(int64(k), decimals), nil
}
