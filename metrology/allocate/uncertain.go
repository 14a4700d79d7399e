package allocate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that results name: a paper by Stockton and Wilson at the North Sea Flow Measurement Workshop of 2012.
const (
	MethodTotalFixed    = "by uncertainty, total fixed (Stockton and Wilson 2012), largest remainder, ties to the smaller ID"
	MethodTotalAdjusted = "by uncertainty, total adjusted (Stockton and Wilson 2012), largest remainder, ties to the smaller ID"
)

// TotalFixed divides a total that is taken as exact: the imbalance goes to the parties in proportion to the variances of their
// measurements, so that a good meter is hardly moved,
//
//	share = measured + sigma^2 / sum of sigma^2 x imbalance,  sigma = percent/200 x measured
//
// and shares are rounded as ProRata has it. It refuses, with *NegativeError, a share below nothing, claims of which none is
// uncertain, uncertainties that are no percentage, and what ProRata refuses.
func TotalFixed(total quantity.Micro, claims []Claim, decimals int) (Result, error) {
	return byUncertainty(total, quantity.Factor{}, claims, decimals, MethodTotalFixed)
}

// TotalAdjusted divides a total that is itself measured, with an expanded uncertainty (k = 2) in percent: it takes its part of
// the imbalance as one more measurement, so Total of the result lies between the total given and the sum of the measurements. It
// refuses what TotalFixed refuses.
func TotalAdjusted(total quantity.Micro, percent quantity.Factor, claims []Claim, decimals int) (Result, error) {
	return byUncertainty(total, percent, claims, decimals, MethodTotalAdjusted)
}

func byUncertainty(total quantity.Micro, percent quantity.Factor, claims []Claim, decimals int, method string) (Result, error) {
	r, err := begin(total, claims, decimals)
	if err != nil {
		return Result{}, err
	}
	r.Method = method
	variances := make([]*big.Int, len(claims))
	whole, err := variance("total", total, percent)
	if err != nil {
		return Result{}, err
	}
	sum := new(big.Int).Set(whole)
	for i, c := range claims {
		if variances[i], err = variance(c.ID, c.Measured, c.Percent); err != nil {
			return Result{}, err
		}
		sum.Add(sum, variances[i])
	}
	if sum.Sign() == 0 {
		return Result{}, errors.New("allocation: no measurement has an uncertainty; give each its own, or allocate pro rata")
	}
	sumF, _ := new(big.Float).SetInt(sum).Float64()
	r.Z = float64(r.Imbalance) / (math.Sqrt(sumF) / variancePerMicro)

	// All shares as fractions over the sum of variances.
	imbalance := big.NewInt(int64(r.Imbalance))
	fractions := make([]*big.Int, len(claims))
	for i, c := range claims {
		f := new(big.Int).Mul(big.NewInt(int64(c.Measured)), sum)
		fractions[i] = f.Add(f, variances[i].Mul(variances[i], imbalance))
		r.Shares[i].Unrounded = units(f, sum)
		if f.Sign() < 0 {
			return Result{}, fmt.Errorf("allocation: %w", &NegativeError{ID: c.ID, Share: r.Shares[i].Unrounded})
		}
	}
	adjusted := new(big.Int).Mul(big.NewInt(int64(total)), sum)
	adjusted.Sub(adjusted, whole.Mul(whole, imbalance))
	return r, r.round(fractions, adjusted, sum)
}

// percentDecimals is the number of decimals that percentages are brought to, and variancePerMicro what a standard uncertainty of
// a micro-unit is then: 2 x 100 x 10^18.
const (
	percentDecimals  = quantity.MaxDecimals
	variancePerMicro = 200e18
)

// variance returns the square of an amount times its percentage, as an integer that is common to all but for a constant.
func variance(id string, amount quantity.Micro, percent quantity.Factor) (*big.Int, error) {
	if percent.Mantissa < 0 || percent.Decimals > percentDecimals || percent.Float() > 100 {
		return nil, fmt.Errorf("allocation: uncertainty of %q is %s %%, outside 0 to 100 %%", id, percent)
	}
	v := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(percentDecimals-percent.Decimals)), nil)
	v.Mul(v, big.NewInt(percent.Mantissa)).Mul(v, big.NewInt(int64(amount)))
	return v.Mul(v, v), nil
}

// round sets the shares, none negative, to fractions over den, each rounded down to the step, what is left of the rounded total
// one step each to the largest remainders. The fractions add up to total.
func (r *Result) round(fractions []*big.Int, total, den *big.Int) error {
	step := unit(r.Decimals)
	stepDen := new(big.Int).Mul(den, big.NewInt(int64(step)))
	// The total is rounded half away from zero; it is not negative.
	twice := new(big.Int).Lsh(stepDen, 1)
	left := new(big.Int).Lsh(total, 1)
	left.Add(left, stepDen).Quo(left, twice)
	rounded := new(big.Int).Mul(left, big.NewInt(int64(step)))
	if !rounded.IsInt64() {
		return fmt.Errorf("allocation: %w", quantity.ErrOverflow)
	}
	r.Total = quantity.Micro(rounded.Int64())
	order := make([]int, len(fractions))
	for i, f := range fractions {
		steps, rest := f.QuoRem(f, stepDen, new(big.Int))
		r.Shares[i].Allocated = quantity.Micro(steps.Int64()) * step
		left.Sub(left, steps)
		fractions[i], order[i] = rest, i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(fractions[b].Cmp(fractions[a]), cmp.Compare(r.Shares[a].ID, r.Shares[b].ID))
	})
	for _, i := range order[:left.Int64()] {
		r.Shares[i].Allocated += step
	}
	return nil
}
