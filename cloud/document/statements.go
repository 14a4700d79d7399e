package document

import (
	"strconv"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// figure is one figure of a shipper's position in a stream.
type figure struct {
	name   string
	volume quantity.Micro
}

// positionOf returns the figures of a position with their signs: those before the last add up to it.
func positionOf(p custody.StatementLine) []figure {
	return []figure{
		{"opening", p.Opening}, {"receipts", p.Receipts}, {"deliveries", -p.Deliveries}, {"transfers", p.Transfers},
		{"loss allowance", -p.Allowance}, {"deductions", -p.Deductions}, {"over and short", p.OverShort}, {"adjustments", p.Adjustments},
		{"closing", p.Closing},
	}
}

// Statements returns the monthly statements of all streams in the books, shipper by shipper: what was stated, what the books make it,
// and the difference, a row each. What is taken off a position is negative, so that each row adds up to its closing; off is what
// the stated closing differs from that.
func Statements(books *custody.Ledger) (*Table, error) {
	names := []string{"stream", "month", "carrier", "stated by", "stated at", "evidence", "agrees", "shipper", "row"}
	for _, f := range positionOf(custody.StatementLine{}) {
		names = append(names, "#"+f.name)
	}
	g := newGrid(append(names, "#off")...)
	for _, pool := range books.Pools() {
		all, err := books.Statements(pool)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			g.statement(s)
		}
	}
	return g.table("statements"), nil
}

func (g *grid) statement(s custody.StatementState) {
	for _, c := range s.Compared {
		for _, r := range []struct {
			name string
			line *custody.StatementLine
		}{{"stated", c.Stated}, {"books", c.Books}, {"difference", c.Difference}} {
			if r.line == nil {
				continue
			}
			g.row()
			g.texts("stream", s.Pool, "month", s.Month, "carrier", s.Carrier, "stated by", s.By, "stated at", instant(s.At),
				"evidence", string(s.Evidence), "agrees", strconv.FormatBool(s.Agrees), "shipper", c.Shipper, "row", r.name)
			for _, f := range positionOf(*r.line) {
				g.amount(f.name, s.Basis.String(), f.volume)
			}
			if r.line == c.Stated {
				g.amount("off", s.Basis.String(), c.Off)
			}
		}
	}
}
