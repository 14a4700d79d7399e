package customs

import (
	"fmt"
	"math/big"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/metrology/quantity"
)

// rate is a rate of duty of a table.
type rate struct {
	Type    string  `yaml:"type"`    // free, specific, ad_valorem or compound
	Dollars decimal `yaml:"dollars"` // per unit, of a specific or compound rate
	Share   decimal `yaml:"share"`   // of the value, of an ad valorem or compound rate
}

// valid reports whether the rate has what its type needs, and nothing else.
func (r rate) valid() bool {
	specific, share := r.Type == "specific" || r.Type == "compound", r.Type == "ad_valorem" || r.Type == "compound"
	return (specific || share || r.Type == "free") && r.Dollars.set() == specific && r.Share.set() == share
}

// set reports whether the table gives the decimal; a rate of nothing is written as free.
func (d decimal) set() bool { return d.Valid() }

// specific reports whether the rate counts units.
func (r rate) specific() bool { return r.Dollars.set() }

// String prints the rate as a tariff does: "$0.013 a kg + 5.7 %".
func (r rate) text(unit string) string {
	switch r.Type {
	case "specific":
		return fmt.Sprintf("$%s a %s", r.Dollars, unit)
	case "ad_valorem":
		return percentText(r.Share.Factor)
	case "compound":
		return fmt.Sprintf("$%s a %s + %s", r.Dollars, unit, percentText(r.Share.Factor))
	}
	return "free"
}

// of returns the duty on so many whole units worth so much, rounded once to the cent, half away from zero.
func (r rate) of(units int64, value Cents) (Cents, error) {
	sum := new(big.Rat).Mul(exact(r.Dollars.Factor), new(big.Rat).SetInt64(units))
	sum.Mul(sum, big.NewRat(100, 1))
	sum.Add(sum, new(big.Rat).Mul(exact(r.Share.Factor), new(big.Rat).SetInt64(int64(value))))
	return quotient(sum.Num(), sum.Denom())
}

// base says what a rate is taken of: "50,000 bbl", "$3,500,000", or both.
func (r rate) base(units int64, unit string, value Cents) string {
	amount := origin.Grouped(fmt.Sprint(units)) + " " + unit
	switch r.Type {
	case "specific":
		return amount
	case "compound":
		return amount + " and " + value.dollars()
	}
	return value.dollars()
}

// WholeUnits returns a quantity in whole units: a fraction under one half is dropped, one half or more counts as a unit
// (19 CFR 159.3, specific rates of a dollar or less).
func WholeUnits(q quantity.Micro) (int64, error) {
	whole, err := q.Round(0)
	if err != nil || q < 0 {
		return 0, fmt.Errorf("quantity %s: %w", q, quantity.ErrOverflow)
	}
	return int64(whole / quantity.PerUnit), nil
}
