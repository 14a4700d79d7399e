package runticket

import (
	"math/big"

	"github.com/gauger/gauger/metrology/quantity"
)

// rat returns a decimal exactly.
func rat(f quantity.Factor) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(f.Mantissa), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.Decimals)), nil))
}

// decimal rounds a fraction to decimals, half away from zero.
func decimal(r *big.Rat, decimals uint8) (quantity.Factor, error) {
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	half := big.NewRat(1, 2)
	if scaled.Sign() < 0 {
		half.Neg(half)
	}
	scaled.Add(scaled, half)
	n := new(big.Int).Quo(scaled.Num(), scaled.Denom()) // towards zero
	if !n.IsInt64() {
		return quantity.Factor{}, quantity.ErrOverflow
	}
	return quantity.F(n.Int64(), decimals), nil
}

// micro returns a decimal as an amount, rounded to six decimals.
func micro(f quantity.Factor) (quantity.Micro, error) {
	v, err := decimal(rat(f), 6)
	return quantity.Micro(v.Mantissa), err
}

func pow10(n uint8) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
