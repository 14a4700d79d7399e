// Package inventory decides how much of what leaves a stock of fungible oil or gas originates: by the inventory management methods
// of the USMCA Uniform Regulations, in integer micro-units, with the receipts behind each withdrawal recorded, and one method a
// fiscal year.
package inventory

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Edition is the text whose methods this package follows, as results name it. The twin in the law of the United States, 19 CFR
// part 182, Appendix A, Schedule VIII, has not been compared with it word by word.
const Edition = "USMCA Uniform Regulations, SOR/2020-155 s. 8(18)-(22) and Schedule 8 (consolidated to 2025-07-25)"

// Origin says which of the two kinds a quantity is of.
type Origin string

// The two origins, by the letters of the official tables.
const (
	Originating    Origin = "O"
	NonOriginating Origin = "N"
)

// Moment is the place of a line in the books: the time, then the sequence number. A date alone does not order the books: a
// shipment before a receipt of the same day draws on other oil than one after it.
type Moment struct {
	Time time.Time `json:"time"`
	Seq  int64     `json:"seq"`
}

// Compare orders moments.
func (m Moment) Compare(n Moment) int {
	return cmp.Or(m.Time.Compare(n.Time), cmp.Compare(m.Seq, n.Seq))
}

// String prints the moment as "2021-01-10T00:00:00Z #7".
func (m Moment) String() string {
	return fmt.Sprintf("%s #%d", m.Time.UTC().Format(time.RFC3339Nano), m.Seq)
}

// Kind says what a line of the books states.
type Kind string

// The kinds of lines.
const (
	// KindReceipt: a quantity of one origin comes in.
	KindReceipt Kind = "receipt"
	// KindWithdrawal: a quantity leaves, and the method says what it was. Only with Specific it names its origin.
	KindWithdrawal Kind = "withdrawal"
	// KindOpening: what is in stock when the method is chosen. Receipts before it are the books of which it is made up: without an
	// origin it consists of the latest of them (Schedule 8, sections 9(1) and 15(1)), with NonOriginating it is all that (9(3),
	// 15(3)). With Specific it may state both origins, in two lines (9(2), 15(2)).
	KindOpening Kind = "opening"
	// KindChoice: the method of a further fiscal year, before its first line. Another method than before finds an opening inventory
	// by the same rules: without an origin by latest receipts, with NonOriginating as such.
	KindChoice Kind = "choice"
)

// Line is one line of the books of one inventory. All quantities are in one unit, at one reference temperature.
type Line struct {
	Moment
	Row      int             `json:"-"` // where the line stands in its file, for messages; 0 where it stands in none
	Kind     Kind            `json:"kind"`
	Quantity quantity.Micro  `json:"quantity"`           // positive; 0 for a choice
	Origin   Origin          `json:"origin,omitempty"`   // see the kinds
	UnitCost *quantity.Micro `json:"unitCost,omitempty"` // of a receipt, in money a unit; nil where it is not known
	Source   string          `json:"source,omitempty"`   // who or what a receipt came from; without one it is its own source
	Basis    Basis           `json:"basis,omitempty"`    // of a withdrawal: goods or materials, where it is not the policy's
	Policy   *Policy         `json:"policy,omitempty"`   // of a choice
}

// Part is how much of a quantity is of one receipt, or, where a method averages, of one source. By the ratio of a preceding period
// it is of that period's sources: a share by rule, whether or not their oil is still there.
type Part struct {
	Source   string         `json:"source"`
	Receipt  *Moment        `json:"receipt,omitempty"` // nil where receipts are averaged
	Origin   Origin         `json:"origin"`
	Quantity quantity.Micro `json:"quantity"`
}

// Withdrawal is a withdrawal as the method decided it: Originating + NonOriginating is Quantity, and so is the sum of Parts.
type Withdrawal struct {
	Moment
	Row            int            `json:"-"`
	Quantity       quantity.Micro `json:"quantity"`
	Originating    quantity.Micro `json:"originating"`
	NonOriginating quantity.Micro `json:"nonOriginating"`
	// VNM is the value of the non-originating materials, rounded once to the millionth, half away from zero. It is nil where a
	// unit cost is not known, and with averages over a preceding period, for which the official text has no value.
	VNM         *quantity.Micro `json:"vnm,omitempty"`
	AverageCost string          `json:"averageCost,omitempty"` // of a unit in stock, as VNM was computed with it
	Policy      Policy          `json:"policy"`                // the method by which it was decided
	Ratio       *Ratio          `json:"ratio,omitempty"`       // with Average
	Parts       []Part          `json:"parts"`                 // which receipts or sources gave how much
}

// Stock is what an inventory holds.
type Stock struct {
	Originating    quantity.Micro  `json:"originating"`
	NonOriginating quantity.Micro  `json:"nonOriginating"`
	Value          *quantity.Micro `json:"value,omitempty"` // of all of it; nil where it is not known
	Parts          []Part          `json:"parts"`
}

// Opening is an opening inventory as its rule made it.
type Opening struct {
	Moment
	Rule string `json:"rule"` // which of the three
	Stock
}

// The rules for an opening inventory.
const (
	LatestReceipts    = "latest receipts"     // Schedule 8, sections 9(1), 15(1)
	AllNonOriginating = "all non-originating" // sections 9(3), 15(3)
	OriginIdentifier  = "origin identifier"   // sections 9(2), 15(2): specific identification only
)

// Restated is origin that a rule moves without oil: a ratio is applied to what remains, at the end of a period or, rounded,
// after a shipment. The total does not change.
type Restated struct {
	Time           time.Time      `json:"time"`  // end of the period, or of the shipment
	Moved          quantity.Micro `json:"moved"` // how much more originates, or less, than receipts less withdrawals
	Originating    quantity.Micro `json:"originating"`
	NonOriginating quantity.Micro `json:"nonOriginating"` // of what remains
}

// MaxSource is the largest number of bytes of a source's name.
const MaxSource = 64

// MaxSources is the largest number of sources in an average.
const MaxSources = 10_000

// The ranges of a line.
const (
	minYear     = 1900
	maxYear     = 2199
	maxQuantity = 1_000_000_000_000 * quantity.PerUnit
	maxUnitCost = 1_000_000_000 * quantity.PerUnit
)

// checked refuses a line that could not be booked in any state of the books.
func (l Line) checked(p Policy, r Rounding) error {
	if y := l.Time.Year(); y < minYear || y > maxYear {
		return &quantity.RangeError{Quantity: "year", Value: float64(y), Min: minYear, Max: maxYear, Unit: "AD"}
	}
	if l.Kind != KindChoice && (l.Quantity <= 0 || l.Quantity > maxQuantity) {
		return &quantity.RangeError{
			Quantity: "quantity", Value: l.Quantity.Float(), Min: 1e-6, Max: maxQuantity / quantity.PerUnit, Unit: "units",
		}
	}
	if c := l.UnitCost; c != nil && (*c < 0 || *c > maxUnitCost) {
		return &quantity.RangeError{Quantity: "unit cost", Value: c.Float(), Min: 0, Max: maxUnitCost / quantity.PerUnit, Unit: "a unit"}
	}
	if !r.Quantity.holds(l.Quantity) {
		return fmt.Errorf("quantity %s has more decimals than the %s these books are kept with", l.Quantity, r.Quantity)
	}
	if len(l.Source) > MaxSource || !printable(l.Source) {
		return fmt.Errorf("source %.80q is not up to %d bytes of printable text", l.Source, MaxSource)
	}
	return l.fits(p)
}

// fits refuses a field that its kind of line does not have: it would be believed to count.
func (l Line) fits(p Policy) error {
	switch l.Kind {
	case KindReceipt:
		if l.Origin != Originating && l.Origin != NonOriginating {
			return fmt.Errorf("origin of a receipt is %q, want O or N", l.Origin)
		}
	case KindWithdrawal:
		if p.Method == Specific && l.Origin != Originating && l.Origin != NonOriginating {
			return fmt.Errorf("origin of a withdrawal is %q: with specific identification it names O or N", l.Origin)
		}
		if p.Method != Specific && (l.Origin != "" || l.Source != "") {
			return fmt.Errorf("a withdrawal names origin %q, source %q: with %s the method says what it was, leave them out",
				l.Origin, l.Source, p.Method)
		}
		if l.UnitCost != nil {
			return fmt.Errorf("a withdrawal has unit cost %s: its value follows from the receipts, leave it out", l.UnitCost)
		}
	case KindOpening, KindChoice:
		if l.Origin != "" && l.Origin != NonOriginating && (l.Origin != Originating || l.Kind == KindChoice || p.Method != Specific) {
			return fmt.Errorf("origin of an opening inventory is %q: leave it out for that of the latest receipts, or say N", l.Origin)
		}
		if l.Origin == "" && (l.UnitCost != nil || l.Source != "") {
			return fmt.Errorf("an opening inventory of the latest receipts has their sources and costs: leave unit cost and source out")
		}
	default:
		return fmt.Errorf("kind is %q, want receipt, withdrawal, opening or choice", l.Kind)
	}
	if l.Basis != "" && l.Kind != KindWithdrawal {
		return fmt.Errorf("basis %s is of withdrawals, not of a %s", l.Basis, l.Kind)
	}
	if (l.Policy != nil) != (l.Kind == KindChoice) {
		return fmt.Errorf("a choice, and nothing else, names a method")
	}
	return nil
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r == '\uFFFD' || r < ' ' || r == 0x7F })
}
