package customs

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/metrology/quantity"
)

// Cents is an amount of US dollars in cents.
type Cents int64

// maxCents bounds every amount, so that sums of a month of entries cannot overflow.
const maxCents = 1_000_000_000_000_000

var errTooMuch = errors.New("amount is out of range")

// String prints dollars and cents: "6554.57".
func (c Cents) String() string { return quantity.F(int64(c), 2).String() }

// MarshalText prints dollars and cents, so that JSON never sees a binary float.
func (c Cents) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads dollars with at most two decimals.
func (c *Cents) UnmarshalText(b []byte) error {
	f, err := quantity.ParseFactor(string(b))
	if err != nil {
		return fmt.Errorf("dollars: %w", err)
	}
	*c, err = cents(f)
	return err
}

// dollars prints an amount for a sentence: "$6,554.57", "$8,040,276".
func (c Cents) dollars() string { return "$" + origin.Grouped(strings.TrimSuffix(c.String(), ".00")) }

// cents returns an amount of dollars that has no fraction of a cent.
func cents(dollars quantity.Factor) (Cents, error) {
	c, err := product(1, dollars)
	if err != nil {
		return 0, err
	}
	if dollars.Decimals > 2 && new(big.Int).Rem(big.NewInt(dollars.Mantissa), pow10(int(dollars.Decimals)-2)).Sign() != 0 {
		return 0, fmt.Errorf("%s dollars has a fraction of a cent", dollars)
	}
	return c, nil
}

// product returns units x dollars, rounded once to the cent, half away from zero.
func product(units int64, dollars quantity.Factor) (Cents, error) {
	n := new(big.Int).Mul(big.NewInt(units), big.NewInt(dollars.Mantissa))
	return quotient(n.Mul(n, big.NewInt(100)), pow10(int(dollars.Decimals)))
}

// share returns a fraction of an amount, rounded once to the cent, half away from zero.
func (c Cents) share(rate quantity.Factor) (Cents, error) {
	return quotient(new(big.Int).Mul(big.NewInt(int64(c)), big.NewInt(rate.Mantissa)), pow10(int(rate.Decimals)))
}

// quotient returns n/d cents for positive d, rounded half away from zero.
func quotient(n, d *big.Int) (Cents, error) {
	half := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).Abs(n), 1), d)
	q := half.Quo(half, new(big.Int).Lsh(d, 1))
	if !q.IsInt64() || q.Int64() > maxCents {
		return 0, errTooMuch
	}
	if n.Sign() < 0 {
		return Cents(-q.Int64()), nil
	}
	return Cents(q.Int64()), nil
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// EnteredValue returns the value of a quantity at a price per unit of it, to the whole dollar (19 CFR 159.3).
func EnteredValue(q quantity.Micro, price quantity.Factor) (Cents, error) {
	n := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(price.Mantissa))
	dollars, err := quotient(n, pow10(int(price.Decimals)+6))
	if err != nil || dollars > maxCents/100 {
		return 0, fmt.Errorf("value of %s units at %s: %w", q, price, errTooMuch)
	}
	return dollars * 100, nil
}

// wholeDollars returns a value to the whole dollar: under 50 cents are dropped, 50 or more count as a dollar (19 CFR 159.3).
func wholeDollars(value Cents) Cents { return (value + 50) / 100 * 100 }

// percentText prints a rate of a value as people read it: 0.003464 is "0.3464 %".
func percentText(rate quantity.Factor) string {
	hundred := new(big.Rat).SetFrac(big.NewInt(rate.Mantissa), pow10(int(rate.Decimals)))
	s := hundred.Mul(hundred, big.NewRat(100, 1)).FloatString(quantity.MaxDecimals)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + " %"
}
