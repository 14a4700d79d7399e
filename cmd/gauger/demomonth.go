package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cmd/internal/story"
	"github.com/gauger/gauger/metrology/quantity"
)

// monthOutcome is a month of a carrier's common streams: what the books of the bundle that the carrier sealed make it, beside what
// the carrier stated to its shippers. Volumes are decimal strings, exact to the millionth.
type monthOutcome struct {
	Month   string `json:"month"`
	Carrier string `json:"carrier"`
	Basis   string `json:"basis"`
	Bundle  string `json:"bundle"` // of all papers and tickets
	// Closes: every line adds up; the positions in each stream come to its balance, which is made of what crossed its edges, and to
	// what its keeper closed; and what the streams come to is what the shippers come to.
	Closes      bool                `json:"closes"`
	Positions   int                 `json:"positions"` // of shippers in streams
	Streams     []monthSum          `json:"streams"`
	Shippers    []monthSum          `json:"shippers"` // over all streams, the carrier among them
	All         monthSum            `json:"all"`
	Differences []monthDifference   `json:"differences"` // stated, and not so in the books
	Adjustments []adjustmentOutcome `json:"adjustments"` // of the month, after its close
	Lots        []lotOutcome        `json:"lots"`        // that were entered
}

// monthSum is the month of a stream or a shipper.
type monthSum struct {
	Of     string       `json:"of"`             // stream or DID
	Name   string       `json:"name,omitempty"` // of a shipper
	Books  monthFigures `json:"books"`
	Stated monthFigures `json:"stated"`
	Agrees bool         `json:"agrees"`
}

// monthFigures are the figures of a line of a statement, added up over shippers or streams: its shipper is left out.
type monthFigures struct {
	custody.StatementLine
	Shipper *struct{} `json:"shipper,omitempty"` // takes the place of the line's, and is nil
}

// monthDifference is a figure of a statement that the books do not have.
type monthDifference struct {
	Stream     string         `json:"stream"`
	Shipper    string         `json:"shipper"` // DID
	Figure     string         `json:"figure"`
	Stated     quantity.Micro `json:"stated"`
	Books      quantity.Micro `json:"books"`
	Difference quantity.Micro `json:"difference"`
}

// adjustmentOutcome is what a correction after the close made of a position.
type adjustmentOutcome struct {
	Stream  string         `json:"stream"`
	Shipper string         `json:"shipper"` // DID
	Volume  quantity.Micro `json:"volume"`
}

// lotOutcome is how much of a lot that was entered originates: as the stream was mixed, and as the inventory method of the stream
// attributes it, where there is one.
type lotOutcome struct {
	Lot         string         `json:"lot"`
	Entry       string         `json:"entry"`
	Stream      string         `json:"stream"`
	Volume      quantity.Micro `json:"volume"`
	Originating quantity.Micro `json:"originating"` // of the mixture, by what was proven at the entry
	Method      string         `json:"method,omitempty"`
	Ratio       string         `json:"ratio,omitempty"` // of the method
	// Share is the part of the lot that the entry is of, all of it where it is absent.
	Share audit.Share `json:"share,omitempty"`
	// Attributed is what originates by the method; absent without one.
	Attributed *quantity.Micro `json:"attributed,omitempty"`
}

// concludeMonth has the keeper seal a bundle of everything, verifies it, and reads the month from its books.
func concludeMonth(ctx context.Context, w *story.World, decisions []*audit.Decision) (*monthOutcome, error) {
	keeper, did := w.Keeper()
	if keeper == "" {
		return nil, nil
	}
	file, err := w.SealAll(ctx, keeper)
	if err != nil {
		return nil, err
	}
	v, _, err := check(file, w.Trust())
	if err != nil {
		return nil, err
	}
	if v.Case == nil {
		return nil, fmt.Errorf("%s carries no books", file)
	}
	m := &monthOutcome{Carrier: did, Bundle: file, Closes: true, All: monthSum{Of: "all"}, Differences: []monthDifference{}, Adjustments: []adjustmentOutcome{}, Lots: []lotOutcome{}}
	if err := m.read(v.Case); err != nil {
		return nil, err
	}
	for _, d := range decisions {
		lot, err := lotOf(v.Case.Books, d)
		if err != nil {
			return nil, fmt.Errorf("lot %s: %w", d.Batch, err)
		}
		m.Lots = append(m.Lots, lot)
	}
	return m, nil
}

// read takes the month from statements and books.
func (m *monthOutcome) read(c *audit.Case) error {
	shippers := map[string]*monthSum{}
	var order []string
	for _, pool := range c.Books.Pools() {
		all, err := c.Books.Statements(pool)
		if err != nil {
			return err
		}
		for _, s := range all {
			m.Month, m.Basis = s.Month, s.Basis.String()
			stream := monthSum{Of: pool, Agrees: s.Agrees}
			for _, line := range s.Compared {
				of := shippers[line.Shipper]
				if of == nil {
					of = &monthSum{Of: line.Shipper, Name: c.Keys.Name(line.Shipper), Agrees: true}
					shippers[line.Shipper], order = of, append(order, line.Shipper)
				}
				if err := m.line(pool, line, &stream, of); err != nil {
					return err
				}
			}
			if err := m.prove(c.Books, s, stream.Books); err != nil {
				return err
			}
			m.Streams = append(m.Streams, stream)
		}
	}
	slices.Sort(order)
	var again monthFigures
	for _, did := range order {
		m.Shippers = append(m.Shippers, *shippers[did])
		if err := again.Add(shippers[did].Books.StatementLine); err != nil {
			return err
		}
	}
	m.Closes = m.Closes && again == m.All.Books
	m.All.Agrees = m.All.Stated == m.All.Books
	return nil
}

// line takes in a line of a statement, and that of the books beside it.
func (m *monthOutcome) line(pool string, c custody.LineComparison, stream, shipper *monthSum) error {
	stated, books := cmp.Or(c.Stated, &custody.StatementLine{}), cmp.Or(c.Books, &custody.StatementLine{})
	for _, sum := range []*monthSum{stream, shipper, &m.All} {
		if err := errors.Join(sum.Stated.Add(*stated), sum.Books.Add(*books)); err != nil {
			return err
		}
	}
	closing, err := books.Sum()
	if err != nil {
		return err
	}
	m.Closes, m.Positions = m.Closes && closing == books.Closing, m.Positions+1
	theirs := books.Figures()
	for i, f := range stated.Figures() {
		if *f.Volume == *theirs[i].Volume {
			continue
		}
		shipper.Agrees = false
		off, err := f.Volume.Sub(*theirs[i].Volume)
		if err != nil {
			return err
		}
		m.Differences = append(m.Differences, monthDifference{pool, c.Shipper, f.Name, *f.Volume, *theirs[i].Volume, off})
	}
	return nil
}

// prove holds the sum of the positions in a stream against the balance of what crossed its edges, and against its close; and finds
// what was adjusted since.
func (m *monthOutcome) prove(books *custody.Ledger, s custody.StatementState, sum monthFigures) error {
	b, err := books.SystemBalance(custody.System{Name: s.Pool, Pools: []string{s.Pool}}, s.From, s.Until)
	if err != nil {
		return err
	}
	edges := custody.StatementLine{
		Opening: b.Opening, Receipts: b.Receipts, Deliveries: b.Deliveries, Deductions: b.Deductions, OverShort: b.OverShort,
		Adjustments: b.Adjustments, Closing: b.Closing,
	}
	closed := slices.ContainsFunc(books.Closes(s.Pool), func(c custody.CloseState) bool { return c.Until == s.Until && c.Volume == sum.Closing })
	m.Closes = m.Closes && sum.StatementLine == edges && closed
	since, err := books.PoolBalance(s.Pool, s.Until, audit.EndOfTime)
	if err != nil {
		return err
	}
	for _, p := range since.Positions {
		if p.Adjustments != 0 {
			m.Adjustments = append(m.Adjustments, adjustmentOutcome{s.Pool, p.Shipper, p.Adjustments})
		}
	}
	return nil
}

// lotOf returns how much of an entered lot originates.
func lotOf(books *custody.Ledger, d *audit.Decision) (lotOutcome, error) {
	batch, err := books.Batch(d.Batch)
	if err != nil {
		return lotOutcome{}, err
	}
	l := lotOutcome{Lot: d.Batch, Entry: d.Entry, Stream: batch.Line, Volume: d.Lot.Volume, Share: d.Share}
	for i, share := range d.Lot.Shares {
		if d.Sources[i].Originating == custody.Originating {
			l.Originating += share.Book // a part of the volume
		}
	}
	if m := d.Commingled; m != nil && m.Refused == "" {
		l.Method, l.Ratio, l.Attributed = m.Method, m.Ratio, &m.Originating
	}
	return l, nil
}

// sixDecimals prints a volume so that columns align, and nothing as 0.
func sixDecimals(v quantity.Micro) string {
	if v == 0 {
		return "0"
	}
	return v.Decimal(6)
}

// summariseMonth prints the month.
func summariseMonth(out io.Writer, m *monthOutcome) {
	fmt.Fprintf(out, "\nMONTH %s of %s, %s\n", m.Month, m.Carrier, m.Basis)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, f monthFigures, agrees bool) {
		fmt.Fprintf(t, "  %s\t", name)
		for _, v := range f.Figures() {
			fmt.Fprintf(t, "%s\t", sixDecimals(*v.Volume))
		}
		if agrees {
			fmt.Fprint(t, "as stated\t\n")
		} else {
			fmt.Fprint(t, "stated otherwise\t\n")
		}
	}
	head := func(of string) {
		fmt.Fprintf(t, "  %s\t", of)
		for _, f := range m.All.Books.Figures() {
			fmt.Fprintf(t, "%s\t", f.Name)
		}
		fmt.Fprint(t, "carrier\t\n")
	}
	head("stream")
	for _, s := range m.Streams {
		row(s.Of, s.Books, s.Agrees)
	}
	row("all", m.All.Books, m.All.Agrees)
	fmt.Fprint(t, "\n")
	head("shipper")
	for _, s := range m.Shippers {
		row(s.Name, s.Books, s.Agrees)
	}
	row("all", m.All.Books, m.All.Agrees)
	_ = t.Flush() // the writer reports it to whoever looks
	fmt.Fprintln(out)
	if m.Closes {
		fmt.Fprintf(out, "  closes       %d streams and %d positions in them, to the millionth; what %d shippers have adds up to what the streams have\n",
			len(m.Streams), m.Positions, len(m.Shippers))
	} else {
		fmt.Fprintf(out, "  does NOT close\n")
	}
	for _, d := range m.Differences {
		fmt.Fprintf(out, "  difference   %s, %s, %s: stated %s, the books have %s: %s\n", d.Stream, d.Shipper, d.Figure, d.Stated, d.Books, d.Difference)
	}
	for _, a := range m.Adjustments {
		fmt.Fprintf(out, "  adjustment   %s, %s: %s after the close\n", a.Stream, a.Shipper, a.Volume)
	}
	for _, l := range m.Lots {
		fmt.Fprintf(out, "  lot          %s of %s: %s, of the mixture %s originates", l.Lot, l.Stream, l.Volume, l.Originating)
		if l.Method != "" {
			fmt.Fprintf(out, "; by %s %s does (ratio %s)", l.Method, l.Attributed, l.Ratio)
		}
		if l.Share != audit.WholeLot {
			fmt.Fprintf(out, "; entry %s is of the %s share", l.Entry, l.Share)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "  bundle       %s\n", m.Bundle)
}
