package customs

import (
	"fmt"
	"math/big"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Net returns a gross volume less its sediment and water, in percent by volume, rounded once: the allowance of 19 USC 1507(b).
func Net(gross quantity.Micro, percent quantity.Factor) (quantity.Micro, error) {
	if percent.Mantissa < 0 || percent.Decimals > quantity.MaxDecimals-2 || percent.Float() > 100 {
		return 0, fmt.Errorf("sediment and water of %s %% is not between 0 and 100", percent)
	}
	hundred := pow10(int(percent.Decimals) + 2)
	rest := new(big.Int).Sub(hundred, big.NewInt(percent.Mantissa))
	return gross.Mul(quantity.F(rest.Int64(), percent.Decimals+2))
}

// Allowance returns the net volume under 19 CFR 151.14: the commercial laboratory's sediment and water stands while CBP's differs
// by no more than the tolerance; beyond it CBP's counts, unless the commercial laboratory can show it wrong. Percentages are by
// volume.
func (t *Tables) Allowance(gross quantity.Micro, commercial, cbp quantity.Factor, a dated.AsOf) (quantity.Micro, Figure, error) {
	var f Figure
	row, err := t.tolerance("sediment_water", a)
	if err != nil {
		return 0, f, err
	}
	difference := new(big.Rat).Sub(exact(commercial), exact(cbp))
	used, verdict := commercial, "within the tolerance, so the commercial result stands"
	if difference.Abs(difference).Cmp(exact(row.Percent.Factor)) > 0 {
		used, verdict = cbp, "beyond the tolerance, so CBP's counts unless the commercial laboratory can show it wrong"
	}
	net, err := Net(gross, used)
	if err != nil {
		return 0, f, err
	}
	f.step("Sediment and water", row.Row, origin.Pass, "Commercial %s %%, CBP %s %%, tolerance %s points: %s; net %s.", commercial, cbp,
		row.Percent, verdict, origin.Grouped(net.Decimal(2)))
	return net, f, nil
}

// CheckEstimate tests an estimate "more or less" against the gross quantity unladen, both in the same unit (19 CFR 151.41), and
// reports whether it is near enough.
func (t *Tables) CheckEstimate(estimate, unladen quantity.Micro, a dated.AsOf) (bool, Figure, error) {
	var f Figure
	if unladen <= 0 || estimate < 0 {
		return false, f, fmt.Errorf("estimate %s of %s unladen is not a quantity", estimate, unladen)
	}
	row, err := t.tolerance("estimate", a)
	if err != nil {
		return false, f, err
	}
	off := big.NewRat(int64(estimate), int64(unladen))
	off.Sub(off, big.NewRat(1, 1)).Abs(off).Mul(off, big.NewRat(100, 1))
	ok, outcome := off.Cmp(exact(row.Percent.Factor)) <= 0, origin.Pass
	if !ok {
		outcome = origin.Fail
	}
	f.step("Estimate", row.Row, outcome, "The estimate is off by %s %% of the gross quantity unladen, and %s %% is allowed.",
		off.FloatString(3), row.Percent)
	return ok, f, nil
}

func (t *Tables) tolerance(kind string, a dated.AsOf) (toleranceRow, error) {
	return t.rates.Tolerances.one("the tolerance of kind "+kind, a, func(r toleranceRow) bool { return r.Kind == kind })
}

func exact(f quantity.Factor) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(f.Mantissa), pow10(int(f.Decimals)))
}
