package inventory

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is an inventory management method of Schedule 8, sections 2 and 11.
type Method string

// The methods.
const (
	// Specific: originating and non-originating oil is kept apart, and each withdrawal says which it is (sections 4, 13).
	Specific Method = "specific"
	// FIFO: what was received first leaves first.
	FIFO Method = "fifo"
	// LIFO: what was received last leaves first.
	LIFO Method = "lifo"
	// Average: each withdrawal is of both origins, by a ratio (sections 5 to 8, 14).
	Average Method = "average"
)

// Basis says what the inventory is of.
type Basis string

// The two bases, Parts 2 and 1 of Schedule 8.
const (
	Goods     Basis = "goods"     // commingled and exported in the same form
	Materials Basis = "materials" // used in the production of a good
)

// Period is what a ratio is calculated for.
type Period string

// The averaging periods. A month begins on its first day, a quarter on the first day of the fiscal year's first, fourth, seventh
// and tenth month.
const (
	// Shipment: the ratio in stock just before each withdrawal; materials of a good with a regional value content (section 8).
	Shipment Period = "shipment"
	// Month and Quarter: the ratio of the preceding period (sections 6, 14) or, with NetCost, of the same (section 7). The first
	// period takes that of the opening inventory. Where nothing was in stock or received in the preceding period, and where there
	// is no opening inventory, a withdrawal is refused with ErrNoRatio: the regulations do not say what it was.
	Month   Period = "month"
	Quarter Period = "quarter"
)

// Policy is what is chosen for one inventory and fiscal year.
type Policy struct {
	Method Method `json:"method"`
	Basis  Basis  `json:"basis"`
	Period Period `json:"period,omitempty"` // with Average only
	// NetCost: the regional value content of the good is averaged over the period by the net cost method, so that the ratio is
	// that of the same period, known when it is over (section 7).
	NetCost bool `json:"netCost,omitempty"`
}

// Valid reports whether there is such a method.
func (p Policy) Valid() error {
	if p.Basis != Goods && p.Basis != Materials {
		return fmt.Errorf("basis is %q, want goods or materials", p.Basis)
	}
	switch p.Method {
	case Specific, FIFO, LIFO:
		if p.Period != "" || p.NetCost {
			return fmt.Errorf("%s has no averaging period", p.Method)
		}
		return nil
	case Average:
	default:
		return fmt.Errorf("method is %q, want fifo, lifo, average or specific", p.Method)
	}
	switch p.Period {
	case Shipment:
		if p.Basis == Goods {
			return errors.New("fungible goods are averaged by month or quarter, not by shipment: Schedule 8, section 14")
		}
		if p.NetCost {
			return errors.New("net cost is averaged by month or quarter, not by shipment: Schedule 8, section 7")
		}
	case Month, Quarter:
		if p.Basis == Goods && p.NetCost {
			return errors.New("net cost is for materials: fungible goods take the ratio of the preceding period")
		}
	default:
		return fmt.Errorf("averaging period is %q, want shipment, month or quarter", p.Period)
	}
	return nil
}

// String prints the policy as people say it: "average over the preceding month".
func (p Policy) String() string {
	switch {
	case p.Method != Average:
		return string(p.Method)
	case p.Period == Shipment:
		return "average per shipment"
	case p.NetCost:
		return "average over the same " + string(p.Period) + " (net cost)"
	}
	return "average over the preceding " + string(p.Period)
}

// same reports whether two policies are one method with one averaging period: goods and materials of one inventory must be.
func (p Policy) same(q Policy) bool {
	p.Basis, q.Basis = "", ""
	return p == q
}

// of returns the policy for a withdrawal of goods or of materials.
func (p Policy) of(b Basis) (Policy, error) {
	if b == "" || b == p.Basis {
		return p, nil
	}
	have := p
	p.Basis = b
	if err := p.Valid(); err != nil {
		return Policy{}, fmt.Errorf("%s from an inventory of %s by %s: %w: %w", b, have.Basis, have, ErrMixed, err)
	}
	return p, nil
}

// Decimals says how far a figure is rounded, half away from zero. The zero value is Exact.
type Decimals struct {
	places  uint8
	rounded bool
}

// Exact rounds nothing. A quantity is then in micro-units, rounded once.
var Exact Decimals

// MaxDecimals is the largest number of places.
const MaxDecimals = 12

// Places rounds to a number of decimals.
func Places(n uint8) Decimals { return Decimals{places: n, rounded: true} }

// String prints "exact" or the number of decimals.
func (d Decimals) String() string {
	if !d.rounded {
		return "exact"
	}
	return strconv.Itoa(int(d.places))
}

// MarshalText prints what String does.
func (d Decimals) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "exact" or a number of decimals from 0 to MaxDecimals.
func (d *Decimals) UnmarshalText(b []byte) error {
	if string(b) == "exact" {
		*d = Exact
		return nil
	}
	n, err := strconv.ParseUint(string(b), 10, 8)
	if err != nil || n > MaxDecimals {
		return fmt.Errorf("decimals are %q, want 0 to %d or exact", b, MaxDecimals)
	}
	*d = Places(uint8(n))
	return nil
}

// round returns a non-negative x, rounded.
func (d Decimals) round(x *big.Rat) *big.Rat {
	if !d.rounded {
		return x
	}
	return new(big.Rat).SetFrac(nearest(new(big.Rat).Mul(x, new(big.Rat).SetInt(pow10(d.places)))), pow10(d.places))
}

// holds reports whether an amount has no more decimals.
func (d Decimals) holds(m quantity.Micro) bool {
	if !d.rounded || d.places >= 6 {
		return true
	}
	return new(big.Int).Rem(big.NewInt(int64(m)), pow10(6-d.places)).Sign() == 0
}

// Rounding says which figures of a calculation are rounded, and how far. The zero value rounds nothing but quantities and values,
// each once, to the millionth. The regulations give no rule: their examples differ.
type Rounding struct {
	Ratio    Decimals `json:"ratio"`    // of originating to all; the other ratio is one less this
	Quantity Decimals `json:"quantity"` // the originating part of a withdrawal and of what remains, 0 to 6; the other is the rest
	Cost     Decimals `json:"cost"`     // the average cost of a unit in stock
	UnitVNM  Decimals `json:"unitVnm"`  // with NetCost, the value of non-originating materials in one unit
}

// Valid refuses numbers of decimals out of range with *quantity.RangeError.
func (r Rounding) Valid() error {
	for _, f := range []struct {
		name string
		Decimals
		most uint8
	}{
		{"ratio", r.Ratio, MaxDecimals}, {"quantity", r.Quantity, 6}, {"cost", r.Cost, MaxDecimals}, {"value per unit", r.UnitVNM, MaxDecimals},
	} {
		if f.rounded && f.places > f.most {
			return &quantity.RangeError{
				Quantity: "decimals of " + f.name, Value: float64(f.places), Min: 0, Max: float64(f.most), Unit: "decimals",
			}
		}
	}
	return nil
}

// Ratio is the share of originating oil in a stock: the exact one, and the one that was applied.
type Ratio struct {
	Originating quantity.Micro `json:"originating"`
	All         quantity.Micro `json:"all"`
	Applied     string         `json:"applied"` // with its decimals; where it is exact, the first nine, rounded
	Exact       bool           `json:"exact"`   // the fraction itself was applied

	applied *big.Rat
}

// shownDecimals is how many decimals of an exact figure are shown.
const shownDecimals = 9

func (d Decimals) ratio(originating, all quantity.Micro) *Ratio {
	r := &Ratio{Originating: originating, All: all, Exact: !d.rounded}
	r.applied = d.round(big.NewRat(int64(originating), int64(all)))
	r.Applied = d.show(r.applied)
	return r
}

func (d Decimals) show(x *big.Rat) string {
	if !d.rounded {
		return x.FloatString(shownDecimals)
	}
	return x.FloatString(int(d.places))
}

// nearest returns the integer next to a non-negative x, half away from zero.
func nearest(x *big.Rat) *big.Int {
	twice := new(big.Int).Lsh(x.Denom(), 1)
	up := new(big.Int).Lsh(x.Num(), 1)
	return up.Quo(up.Add(up, x.Denom()), twice)
}

// micro returns a non-negative number of micro-units, rounded once.
func micro(x *big.Rat) (quantity.Micro, error) {
	n := nearest(x)
	if !n.IsInt64() {
		return 0, quantity.ErrOverflow
	}
	return quantity.Micro(n.Int64()), nil
}

func rat(m quantity.Micro) *big.Rat { return new(big.Rat).SetInt64(int64(m)) }

func pow10(n uint8) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
