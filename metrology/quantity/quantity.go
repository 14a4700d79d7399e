// Package quantity holds the exact side of measurement: amounts in millionths of a unit, decimal factors, products that are
// rounded once, splits that add up, and the reference conditions that every volume carries. Physics is float64 and lives
// elsewhere; whatever is accounted for is one of these integers.
package quantity

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Micro is an amount in millionths of its unit: 1.5 m3 is 1_500_000. The unit is kept beside it, in a Basis.
type Micro int64

// PerUnit is the number of micro-units in one unit.
const PerUnit = 1_000_000

// ErrOverflow reports a result that does not fit an int64 of micro-units (about 9.2e12 units).
var ErrOverflow = errors.New("quantity out of range")

// Add returns m + n, or ErrOverflow.
func (m Micro) Add(n Micro) (Micro, error) {
	sum := m + n
	if (sum > m) != (n > 0) {
		return 0, fmt.Errorf("add %d and %d micro-units: %w", int64(m), int64(n), ErrOverflow)
	}
	return sum, nil
}

// Sub returns m - n, or ErrOverflow.
func (m Micro) Sub(n Micro) (Micro, error) {
	if n == math.MinInt64 {
		return 0, fmt.Errorf("subtract %d micro-units: %w", int64(n), ErrOverflow)
	}
	return m.Add(-n)
}

// Sum returns the sum of all amounts, or ErrOverflow.
func Sum(amounts ...Micro) (Micro, error) {
	var total Micro
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Float returns the amount in whole units, for physics and display only.
func (m Micro) Float() float64 { return float64(m) / PerUnit }

// FromFloat returns x units, rounded half away from zero to the micro-unit. It refuses NaN, infinities and what overflows.
func FromFloat(x float64) (Micro, error) {
	r := math.Round(x * PerUnit)
	if math.IsNaN(r) || r >= math.MaxInt64 || r <= math.MinInt64 {
		return 0, fmt.Errorf("%v units: %w", x, ErrOverflow)
	}
	return Micro(r), nil
}

// String prints the amount exactly, without trailing zeros: "9360.0000005", "12".
func (m Micro) String() string {
	s := Factor{Mantissa: int64(m), Decimals: 6}.String()
	s = strings.TrimRight(s, "0")
	return strings.TrimSuffix(s, ".")
}

// Decimal prints the amount with the given number of decimals (0 to 6), rounded half away from zero.
func (m Micro) Decimal(places int) string {
	places = max(0, min(places, 6))
	q := roundQuotient(big.NewInt(int64(m)), pow10(6-places))
	return Factor{Mantissa: q.Int64(), Decimals: uint8(places)}.String()
}

// Grouped returns a decimal with its thousands set apart, "20,519.3", for people.
func Grouped(decimal string) string {
	sign := ""
	if strings.HasPrefix(decimal, "-") {
		sign, decimal = "-", decimal[1:]
	}
	whole, fraction, point := strings.Cut(decimal, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}

// Round returns the amount rounded half away from zero to the given number of decimals (0 to 6).
func (m Micro) Round(places int) (Micro, error) {
	places = max(0, min(places, 6))
	q := roundQuotient(big.NewInt(int64(m)), pow10(6-places))
	return toMicro(q.Mul(q, pow10(6-places)))
}

// Parse reads a decimal such as "-12.345678". More than six decimals are refused, never rounded away.
func Parse(s string) (Micro, error) {
	f, err := ParseFactor(s)
	if err != nil {
		return 0, err
	}
	if f.Decimals > 6 {
		return 0, fmt.Errorf("amount %q has more than six decimals", s)
	}
	return toMicro(new(big.Int).Mul(big.NewInt(f.Mantissa), pow10(6-int(f.Decimals))))
}

// MarshalText prints the amount as a decimal string, so that JSON and YAML never see a binary float.
func (m Micro) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText prints.
func (m *Micro) UnmarshalText(b []byte) (err error) {
	*m, err = Parse(string(b))
	return err
}

// MaxDecimals is the largest number of decimals of a Factor.
const MaxDecimals = 18

// Factor is the exact decimal Mantissa x 10^-Decimals: a meter factor, a K-factor, a CTPL as it is printed on the ticket.
type Factor struct {
	_        struct{} `cbor:",toarray"`
	Mantissa int64
	Decimals uint8
}

// One is the factor that changes nothing.
var One = Factor{Mantissa: 1}

// F makes a Factor of a mantissa and a number of decimals: F(95950, 5) is 0.95950.
func F(mantissa int64, decimals uint8) Factor { return Factor{Mantissa: mantissa, Decimals: decimals} }

// RoundFactor returns x with the given number of decimals, rounded half away from zero.
func RoundFactor(x float64, decimals uint8) (Factor, error) {
	r := math.Round(x * math.Pow10(int(decimals)))
	if decimals > MaxDecimals || math.IsNaN(r) || math.Abs(r) >= math.MaxInt64 {
		return Factor{}, fmt.Errorf("factor %v with %d decimals: %w", x, decimals, ErrOverflow)
	}
	return F(int64(r), decimals), nil
}

// ParseFactor reads a plain decimal such as "0.95950" and keeps its trailing zeros: they say how far it was rounded.
func ParseFactor(s string) (Factor, error) {
	whole, frac, point := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-") + frac
	if digits == "" || (point && frac == "") || len(frac) > MaxDecimals || strings.Trim(digits, "0123456789") != "" {
		return Factor{}, fmt.Errorf("%q is not a plain decimal such as 0.95950", s)
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return Factor{}, fmt.Errorf("decimal %q: %w", s, ErrOverflow)
	}
	return F(n, uint8(len(frac))), nil
}

// Float returns the nearest float64.
func (f Factor) Float() float64 { return float64(f.Mantissa) / math.Pow10(int(f.Decimals)) }

// Valid reports whether the factor is positive and has at most MaxDecimals decimals.
func (f Factor) Valid() bool { return f.Mantissa > 0 && f.Decimals <= MaxDecimals }

// String prints all decimals: "0.95950".
func (f Factor) String() string {
	sign, digits := "", strconv.FormatInt(f.Mantissa, 10)
	if f.Mantissa < 0 {
		sign, digits = "-", digits[1:]
	}
	if f.Decimals == 0 {
		return sign + digits
	}
	d := int(f.Decimals)
	if len(digits) <= d {
		digits = strings.Repeat("0", d-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-d] + "." + digits[len(digits)-d:]
}

// MarshalText prints the factor as a decimal string.
func (f Factor) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a plain decimal.
func (f *Factor) UnmarshalText(b []byte) (err error) {
	*f, err = ParseFactor(string(b))
	return err
}

// Mul returns m times all factors as one product, rounded once, half away from zero.
func (m Micro) Mul(factors ...Factor) (Micro, error) {
	num, den := big.NewInt(int64(m)), 0
	for _, f := range factors {
		num.Mul(num, big.NewInt(f.Mantissa))
		den += int(f.Decimals)
	}
	return toMicro(roundQuotient(num, pow10(den)))
}

// Indicated returns the volume of a number of pulses at a K-factor (pulses per unit), rounded once: IV = N / KF,
// API MPMS 12.2.
func Indicated(pulses int64, k Factor) (Micro, error) {
	if !k.Valid() {
		return 0, fmt.Errorf("k-factor %s must be positive", k)
	}
	num := new(big.Int).Mul(big.NewInt(pulses), pow10(6+int(k.Decimals)))
	return toMicro(roundQuotient(num, big.NewInt(k.Mantissa)))
}

// Ratio returns m x num / den, rounded once, half away from zero.
func (m Micro) Ratio(num, den int64) (Micro, error) {
	if den == 0 {
		return 0, errors.New("ratio over zero")
	}
	n, d := new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(num)), big.NewInt(den)
	if den < 0 {
		n, d = n.Neg(n), d.Neg(d)
	}
	return toMicro(roundQuotient(n, d))
}

// roundQuotient returns a/b for positive b, rounded half away from zero. It may change a.
func roundQuotient(a, b *big.Int) *big.Int {
	neg := a.Sign() < 0
	a.Abs(a).Lsh(a, 1).Add(a, b)
	a.Quo(a, new(big.Int).Lsh(b, 1))
	if neg {
		a.Neg(a)
	}
	return a
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func toMicro(x *big.Int) (Micro, error) {
	if !x.IsInt64() {
		return 0, ErrOverflow
	}
	return Micro(x.Int64()), nil
}
