package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
)

// Statement is what books say of a period: the same figures as a page to sign, as a table, and as JSON. It names no price.
type Statement interface {
	// Table returns the figures of the statement for a spreadsheet. Who asks names their source.
	Table() *Table
	layout() layout
}

// MaxLines bounds the tickets, movements or batches of one statement.
const MaxLines = 20_000

// Party is an organisation, and what it is called by its registry, or else by itself in the books.
type Party struct {
	DID  string `json:"did"`
	Name string `json:"name,omitempty"`
}

// String prints the name, or the DID of whom nobody names.
func (p Party) String() string { return cmp.Or(p.Name, p.DID) }

// Period is what a statement is of.
type Period struct {
	Name  string `json:"name"`  // "2024-03", a month
	From  int64  `json:"from"`  // ms since 1970 UTC, included
	Until int64  `json:"until"` // excluded
}

// MonthFrom returns a month such as 2024-03. It begins at midnight UTC, or at the clock time of begins in its offset from UTC, which no
// change of clocks moves: 07:00-07:00. The error wraps audit.ErrQuestion.
func MonthFrom(month, begins string) (Period, error) {
	if t, err := time.Parse("2006-01", month); err != nil || t.Format("2006-01") != month || t.UnixMilli() < 0 {
		return Period{}, fmt.Errorf("%w: month %q, want one such as 2024-03", audit.ErrQuestion, month)
	}
	t, err := time.Parse("2006-01-02T15:04Z07:00", month+"-01T"+cmp.Or(begins, "00:00Z"))
	if err != nil {
		return Period{}, fmt.Errorf("%w: a month begins at %q, want a time of day with its offset from UTC such as 07:00-07:00", audit.ErrQuestion, begins)
	}
	return Period{Name: month, From: max(t.UnixMilli(), 0), Until: t.AddDate(0, 1, 0).UnixMilli()}, nil
}

// Head is what every statement says of itself.
type Head struct {
	Of     string `json:"of"` // what it is of
	Period Period `json:"period"`
	// Event and At are the last event in the books, which the statement is of: ms since 1970 UTC. A page is dated so.
	Event string `json:"event"`
	At    int64  `json:"at"`
}

func headOf(c *audit.Case, of string, period Period) Head {
	h := Head{Of: of, Period: period}
	h.Event, h.At = c.Books.Latest()
	return h
}

// books says in a field what a statement rests on.
func (h Head) books() field {
	if h.Event == "" {
		return field{"Books", "nothing is in them"}
	}
	return field{"Books up to", utc(h.At) + ", event " + h.Event}
}

func (h Head) period() []field {
	return []field{{"From", utc(h.Period.From)}, {"Until, excluded", utc(h.Period.Until)}}
}

// names finds what parties are called.
type names map[string]string

func namesOf(c *audit.Case) names {
	n := names{}
	for _, p := range c.Books.Parties() {
		n[p.DID] = p.Name
	}
	return n
}

// party returns a party with its name: the registry's before its own.
func (n names) party(c *audit.Case, did string) Party {
	if name := c.Keys.Name(did); name != did {
		return Party{did, name}
	}
	return Party{did, n[did]}
}

// monthOf returns a month of a pool: as its keeper closed it, where that was done and no other begin is asked for. Without the
// close of the month before, it begins at the clock time at which it ended.
func monthOf(books *custody.Ledger, pool, month, begins string) (p Period, closed *custody.CloseState, err error) {
	if p, err = MonthFrom(month, begins); err != nil {
		return p, nil, err
	}
	closes := books.Closes(pool)
	i := slices.IndexFunc(closes, func(c custody.CloseState) bool { return c.Month == month })
	if i < 0 {
		return p, nil, nil
	}
	if begins != "" {
		if closes[i].Until == p.Until {
			closed = &closes[i]
		}
		return p, closed, nil
	}
	p.From += closes[i].Until - p.Until
	p.Until = closes[i].Until
	if before, err := time.Parse("2006-01", month); err == nil && i > 0 && closes[i-1].Month == before.AddDate(0, -1, 0).Format("2006-01") {
		p.From = closes[i-1].Until
	}
	return p, &closes[i], nil
}

// sumLines adds up lines. What they are of is left to the caller.
func sumLines(lines []custody.StatementLine) (sum custody.StatementLine, err error) {
	for _, l := range lines {
		if err := sum.Add(l); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// plural prints a number of things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// sentence joins what there is to say.
func sentence(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), " ")
}
