package custody

import (
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// MonthlyStatement repeats what a carrier states for a month of a stream, by the carrier or by a shipper in it. Where the carrier
// does not state its events in these books it is what receipts out of the stream rest on, see Carried; where it does, the two are
// compared. It moves nothing. What was typed and the carrier's own statement confirms is attested, see Fold.
type MonthlyStatement struct {
	Carrier string          `cbor:"1,keyasint" json:"carrier"` // DID
	Pool    string          `cbor:"2,keyasint" json:"pool"`    // a stream, declared or not
	Month   string          `cbor:"3,keyasint" json:"month"`   // "2024-03"
	From    int64           `cbor:"4,keyasint" json:"from"`    // ms since 1970 UTC, included
	Until   int64           `cbor:"5,keyasint" json:"until"`   // excluded
	Basis   quantity.Basis  `cbor:"6,keyasint" json:"basis"`
	Lines   []StatementLine `cbor:"7,keyasint" json:"lines"` // by shipper
}

// StatementLine is the month of one shipper's position. It comes to
//
//	Closing = Opening + Receipts - Deliveries + Transfers - Allowance - Deductions + OverShort + Adjustments
type StatementLine struct {
	Shipper     string         `cbor:"1,keyasint" json:"shipper"` // DID
	Opening     quantity.Micro `cbor:"2,keyasint" json:"opening"`
	Receipts    quantity.Micro `cbor:"3,keyasint" json:"receipts"`    // into the stream
	Deliveries  quantity.Micro `cbor:"4,keyasint" json:"deliveries"`  // out of it, to parties, into store or into a line
	Transfers   quantity.Micro `cbor:"5,keyasint" json:"transfers"`   // titles and exchanges: got less given
	Allowance   quantity.Micro `cbor:"6,keyasint" json:"allowance"`   // loss allowance in kind: given; the carrier's is negative
	Deductions  quantity.Micro `cbor:"7,keyasint" json:"deductions"`  // water, samples, fuel, interface, flare
	OverShort   quantity.Micro `cbor:"8,keyasint" json:"overShort"`   // negative when short
	Adjustments quantity.Micro `cbor:"9,keyasint" json:"adjustments"` // of months before
	Closing     quantity.Micro `cbor:"10,keyasint" json:"closing"`
}

func (s *MonthlyStatement) check() error {
	if _, err := time.Parse("2006-01", s.Month); err != nil {
		return fmt.Errorf("statement of %s: month %q is not like 2024-03", s.Pool, s.Month)
	}
	if s.From < 0 || s.Until <= s.From || s.Until > maxTime {
		return fmt.Errorf("statement of %s: %d to %d ms is no period", s.Pool, s.From, s.Until)
	}
	if n := len(s.Lines); n == 0 || n > MaxParts {
		return fmt.Errorf("statement of %s has %d lines, want 1 to %d", s.Pool, n, MaxParts)
	}
	for i, line := range s.Lines {
		if err := names("shipper", line.Shipper); err != nil {
			return err
		}
		if slices.ContainsFunc(s.Lines[:i], func(o StatementLine) bool { return o.Shipper == line.Shipper }) {
			return fmt.Errorf("statement of %s names %s twice", s.Pool, line.Shipper)
		}
	}
	if err := bookBasis(s.Basis); err != nil {
		return err
	}
	return names("carrier", s.Carrier, "stream", s.Pool)
}

// LineFigure is one of the volumes of a line.
type LineFigure struct {
	Name   string
	Volume *quantity.Micro // in the line
}

// Figures returns the volumes of a line in their order, Closing last.
func (s *StatementLine) Figures() []LineFigure {
	return []LineFigure{
		{"opening", &s.Opening}, {"receipts", &s.Receipts}, {"deliveries", &s.Deliveries}, {"transfers", &s.Transfers}, {"allowance", &s.Allowance},
		{"deductions", &s.Deductions}, {"over/short", &s.OverShort}, {"adjustments", &s.Adjustments}, {"closing", &s.Closing},
	}
}

// Add adds the volumes of another line.
func (s *StatementLine) Add(o StatementLine) error {
	others := o.Figures()
	for i, f := range s.Figures() {
		var err error
		if *f.Volume, err = f.Volume.Add(*others[i].Volume); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// Sum returns what the figures of a line before Closing come to.
func (s StatementLine) Sum() (quantity.Micro, error) {
	return quantity.Sum(s.Opening, s.Receipts, -s.Deliveries, s.Transfers, -s.Allowance, -s.Deductions, s.OverShort, s.Adjustments)
}

func (l *Ledger) stateMonth(p *posting) error {
	s := p.event.Statement
	shipper := slices.ContainsFunc(s.Lines, func(o StatementLine) bool { return o.Shipper == p.event.By })
	if p.event.By != s.Carrier && !shipper {
		return fmt.Errorf("%s states it, but only %s or a shipper in it may", p.event.By, s.Carrier)
	}
	if p.event.At < s.Until {
		return fmt.Errorf("it is of %d ms, and the month ends at %d ms: state it when it is over", p.event.At, s.Until)
	}
	if of, known := l.pools[s.Pool]; known && (of.Kind != Stream || of.Keeper != s.Carrier || of.Basis != s.Basis) {
		return fmt.Errorf("%s is a %s kept by %s in %s, not a stream of %s in %s", s.Pool, of.Kind, of.Keeper, of.Basis, s.Carrier, s.Basis)
	}
	for _, line := range s.Lines {
		if _, err := line.Sum(); err != nil {
			return err
		}
	}
	state := statement{MonthlyStatement: *s, by: p.event.By, at: p.event.At, event: p.event.ID, evidence: p.stated()}
	state.Lines = slices.Clone(s.Lines)
	p.then(func() { l.statements = append(l.statements, state) })
	return nil
}

// statement is a monthly statement as booked.
type statement struct {
	MonthlyStatement
	by, event string
	at        int64
	evidence  Evidence
}

// StatementState is a monthly statement beside the books.
type StatementState struct {
	MonthlyStatement
	By       string           `json:"by"`
	At       int64            `json:"at"` // ms since 1970 UTC
	Event    string           `json:"event"`
	Evidence Evidence         `json:"evidence"`
	Compared []LineComparison `json:"compared"` // by shipper, those of the statement and those of the books
	Agrees   bool             `json:"agrees"`   // every line adds up and is the books', where there are any
}

// LineComparison is a line of a statement beside that of the books.
type LineComparison struct {
	Shipper string         `json:"shipper"`
	Off     quantity.Micro `json:"off"`             // stated closing less what the stated figures come to
	Stated  *StatementLine `json:"stated"`          // null when the statement does not name the shipper
	Books   *StatementLine `json:"books,omitempty"` // absent when the stream, or the shipper, is not in the books
	// Difference is Stated less Books, figure by figure, where there are both.
	Difference *StatementLine `json:"difference,omitempty"`
}

// Statements returns the monthly statements of a stream, in their order, compared with the books as they are.
func (l *Ledger) Statements(pool string) ([]StatementState, error) {
	var all []StatementState
	for _, s := range l.statements {
		if s.Pool != pool {
			continue
		}
		r := StatementState{MonthlyStatement: s.MonthlyStatement, By: s.by, At: s.at, Event: s.event, Evidence: s.evidence, Agrees: true}
		r.Lines = slices.Clone(s.Lines)
		var books []StatementLine
		if p := l.pools[pool]; p != nil {
			var err error
			if books, err = l.positions(p, s.From, s.Until); err != nil {
				return nil, err
			}
		}
		for i := range r.Lines {
			c := LineComparison{Shipper: r.Lines[i].Shipper, Stated: &r.Lines[i]}
			sum, err := c.Stated.Sum()
			if err != nil {
				return nil, err
			}
			if c.Off, err = c.Stated.Closing.Sub(sum); err != nil {
				return nil, err
			}
			if k := slices.IndexFunc(books, func(b StatementLine) bool { return b.Shipper == c.Shipper }); k >= 0 {
				c.Books = &books[k]
				if c.Difference, err = c.Stated.less(books[k]); err != nil {
					return nil, err
				}
			}
			blank := StatementLine{Shipper: c.Shipper}
			unknown := c.Books == nil && l.pools[pool] != nil && *c.Stated != blank
			r.Agrees = r.Agrees && c.Off == 0 && !unknown && (c.Difference == nil || *c.Difference == blank)
			r.Compared = append(r.Compared, c)
		}
		for i, b := range books {
			if b != (StatementLine{Shipper: b.Shipper}) && !slices.ContainsFunc(r.Lines, func(o StatementLine) bool { return o.Shipper == b.Shipper }) {
				r.Compared, r.Agrees = append(r.Compared, LineComparison{Shipper: b.Shipper, Books: &books[i]}), false
			}
		}
		all = append(all, r)
	}
	return all, nil
}

// less returns the difference of two lines of a shipper.
func (s StatementLine) less(o StatementLine) (*StatementLine, error) {
	others := o.Figures()
	for i, f := range s.Figures() {
		var err error
		if *f.Volume, err = f.Volume.Sub(*others[i].Volume); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return &s, nil
}
