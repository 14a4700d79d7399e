package document

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/uncertainty"
)

// PipelineStatement is a carrier's month of a stream or line: what each shipper had, shipped, took and has. The lines of the shippers
// add up to the total, and the total is the inventory of the pool.
type PipelineStatement struct {
	Head
	Kind      custody.PoolKind `json:"kind"` // stream or line
	Carrier   Party            `json:"carrier"`
	Basis     quantity.Basis   `json:"basis"`
	Lines     []ShipperLine    `json:"lines"` // by shipper
	Total     ShipperLine      `json:"total"`
	Movements uint64           `json:"movements"` // in the month: over the edge of the pool, within it, or booked for it
	Receipts  Evidenced        `json:"receiptsBy"`
	Delivered Evidenced        `json:"deliveriesBy"`
	// Contract is the loss allowance by contract on batches of a line: it moves no oil, and is in no line of the statement.
	Contract quantity.Micro      `json:"contract"`
	Percent  *quantity.Factor    `json:"percent,omitempty"` // over and short in percent of receipts from outside
	Z        *quantity.Factor    `json:"z,omitempty"`       // |over and short| over its standard uncertainty, as custody.PoolBalance has it
	Level    uncertainty.Level   `json:"level,omitempty"`
	Closed   *custody.CloseState `json:"closed,omitempty"` // what the keeper closed the month with: the books hold it
	Stated   []StatedMonth       `json:"stated,omitempty"`
}

// ShipperLine is the month of one shipper, or of all.
type ShipperLine struct {
	custody.StatementLine
	Name string `json:"name,omitempty"` // of the shipper
}

// Evidenced says what a volume rests on. The three add up to it.
type Evidenced struct {
	Signed   quantity.Micro `json:"signed"`
	Attested quantity.Micro `json:"attested"`
	Typed    quantity.Micro `json:"typed"`
}

func (e *Evidenced) add(of custody.Evidence, volume quantity.Micro) (err error) {
	into := &e.Typed
	switch of {
	case custody.Signed:
		into = &e.Signed
	case custody.Attested:
		into = &e.Attested
	case custody.Typed:
	}
	*into, err = into.Add(volume)
	return err
}

// StatedMonth says whether a monthly statement that somebody put into the books agrees with them.
type StatedMonth struct {
	By     Party  `json:"by"`
	At     int64  `json:"at"` // ms since 1970 UTC
	Event  string `json:"event"`
	Agrees bool   `json:"agrees"`
}

// Pipeline returns the statement of a stream or line for a month: as its keeper closed it, or else as MonthFrom has it. The error
// wraps audit.ErrQuestion or audit.ErrUnknown where the question is at fault.
func Pipeline(c *audit.Case, pool, month, begins string) (*PipelineStatement, error) {
	state, err := sharedPool(c, pool)
	if err != nil {
		return nil, err
	}
	period, closed, err := monthOf(c.Books, pool, month, begins)
	if err != nil {
		return nil, err
	}
	n := namesOf(c)
	s := &PipelineStatement{
		Head: headOf(c, pool, period), Kind: state.Kind, Carrier: n.party(c, state.Keeper), Basis: state.Basis, Lines: []ShipperLine{}, Closed: closed,
		Movements: c.Books.Count(pool, period.From, period.Until),
	}
	lines, err := c.Books.Positions(pool, period.From, period.Until)
	if err != nil {
		return nil, err
	}
	if s.Contract, err = contract(c.Books, pool, "", period); err != nil {
		return nil, err
	}
	if s.Total.StatementLine, err = sumLines(lines); err != nil {
		return nil, err
	}
	moved, err := s.evidence(c)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		if moved[line.Shipper] || line.Opening != 0 {
			s.Lines = append(s.Lines, ShipperLine{line, n.party(c, line.Shipper).Name})
		}
	}
	if len(s.Lines) > MaxLines {
		return nil, fmt.Errorf("%w: %s has %d shippers, at most %d fit a statement", audit.ErrQuestion, pool, len(s.Lines), MaxLines)
	}
	return s, s.compare(c, n)
}

// contract returns the loss allowances by contract on batches of a line in a period: on those that a shipper owned, or with "" on all.
func contract(books *custody.Ledger, pool, shipper string, period Period) (sum quantity.Micro, err error) {
	for _, m := range books.Movements(0) {
		if m.Effect != custody.Allowed || m.Pool != pool || m.At < period.From || m.At >= period.Until {
			continue
		}
		b, err := books.Batch(m.Batch)
		if err != nil {
			return 0, err
		}
		if shipper != "" && b.OwnerAt(m.At) != shipper {
			continue
		}
		if sum, err = sum.Add(m.Volume); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// owed says what is owed by contract, "" for nothing.
func owed(contract quantity.Micro, basis quantity.Basis) string {
	if contract == 0 {
		return ""
	}
	return fmt.Sprintf("Loss allowance by contract: %s %s. It moves no oil in a line, and is in no figure above.", quantity.Grouped(contract.Decimal(6)), spoken(basis))
}

// sharedPool returns a stream or line, in which shippers have positions.
func sharedPool(c *audit.Case, id string) (custody.PoolState, error) {
	if !slices.Contains(c.Books.Pools(), id) {
		return custody.PoolState{}, fmt.Errorf("%w: %s is no stream or line", audit.ErrUnknown, id)
	}
	state, err := c.Books.Pool(id)
	if err == nil && state.Kind == custody.Tank {
		err = fmt.Errorf("%w: %s is a tank, and all of it is %s's: a statement is of a stream or line; gauger balance has the tank",
			audit.ErrQuestion, id, state.Owner)
	}
	return state, err
}

// evidence counts what receipts and deliveries rest on, and returns the shippers in whose positions anything moved.
func (s *PipelineStatement) evidence(c *audit.Case) (moved map[string]bool, err error) {
	all, err := c.Books.PositionMovements(s.Of, "", s.Period.From, s.Period.Until)
	moved = map[string]bool{}
	for _, m := range all {
		moved[m.Shipper] = true
		switch m.Item {
		case custody.Receipts:
			err = cmp.Or(err, s.Receipts.add(m.Evidence, m.Change))
		case custody.Deliveries:
			err = cmp.Or(err, s.Delivered.add(m.Evidence, -m.Change))
		default:
		}
	}
	return moved, err
}

// compare sets the sum of the lines against the pool's inventory, and the month against what was stated of it.
func (s *PipelineStatement) compare(c *audit.Case, n names) error {
	b, err := c.Books.PoolBalance(s.Of, s.Period.From, s.Period.Until)
	if err != nil {
		return err
	}
	if s.Total.Opening != b.Opening.Volume || s.Total.Closing != b.Closing.Volume || s.Total.OverShort != b.GainLoss {
		return fmt.Errorf("%w: positions in %s go from %s to %s, over and short %s; it holds %s and %s, over and short %s", custody.ErrInvariant,
			s.Of, s.Total.Opening, s.Total.Closing, s.Total.OverShort, b.Opening.Volume, b.Closing.Volume, b.GainLoss)
	}
	system, err := c.Books.SystemBalance(custody.System{Name: s.Of, Pools: []string{s.Of}}, s.Period.From, s.Period.Until)
	if err != nil {
		return err
	}
	s.Percent, s.Z, s.Level = system.Percent, b.Z, b.Level
	all, err := c.Books.Statements(s.Of)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Month == s.Period.Name {
			s.Stated = append(s.Stated, StatedMonth{n.party(c, m.By), m.At, m.Event, m.Agrees})
		}
	}
	return nil
}

// Table returns a row for each shipper, and the total. What is taken off is negative, so that each row adds up to its closing.
func (s *PipelineStatement) Table() *Table {
	names := []string{"of", "month", "from", "until", "carrier", "row", "shipper", "name"}
	for _, f := range positionOf(custody.StatementLine{}) {
		names = append(names, "#"+f.name)
	}
	g := newGrid(append(names, "#loss allowance by contract", "#percent", "#sigmas", "level", "#movements", "closed by event")...)
	put := func(kind string, line ShipperLine) {
		g.row()
		g.texts("of", s.Of, "month", s.Period.Name, "from", instant(s.Period.From), "until", instant(s.Period.Until), "carrier", s.Carrier.DID,
			"row", kind, "shipper", line.Shipper, "name", line.Name)
		for _, f := range positionOf(line.StatementLine) {
			g.amount(f.name, s.Basis.String(), f.volume)
		}
	}
	for _, line := range s.Lines {
		put("shipper", line)
	}
	put("total", s.Total)
	g.amount("loss allowance by contract", s.Basis.String(), s.Contract)
	g.texts("sigmas", s.sigmas(), "level", string(s.Level), "movements", strconv.FormatUint(s.Movements, 10))
	if s.Percent != nil {
		g.set("percent", "%", s.Percent.String())
	}
	if s.Closed != nil {
		g.texts("closed by event", s.Closed.Event)
	}
	t := g.table("pipeline statement")
	t.Made = s.At
	return t
}

// sigmas returns over and short in sigmas with its sign, "" where they are not known.
func (s *PipelineStatement) sigmas() string {
	if s.Z == nil {
		return ""
	}
	if s.Total.OverShort < 0 && s.Z.Mantissa != 0 {
		return "-" + s.Z.String()
	}
	return s.Z.String()
}

// positionColumns are the headings of the figures of a position.
var positionColumns = []column{
	{"\nOpening", "", true}, {"\nReceipts", "", true}, {"\nDeliveries", "", true}, {"Titles and\nexchanges", "", true}, {"Loss\nallowance", "", true},
	{"\nDeductions", "", true}, {"Over and\nshort", "", true}, {"Adjust-\nments", "", true}, {"\nClosing", "", true},
}

// positionCells are the figures of a position.
func positionCells(line custody.StatementLine) []cell {
	var all []cell
	for _, f := range positionOf(line) {
		all = append(all, measures(f.volume))
	}
	return all
}

func (s *PipelineStatement) layout() layout {
	l := layout{
		title: "PIPELINE STATEMENT", subtitle: "Month of a " + string(s.Kind) + " by shipper, the carrier's own position included", lying: true, made: s.At,
		number: s.Of + ", " + s.Period.Name, status: statusOf(s.Closed), signers: []string{"Carrier: " + s.Carrier.String(), "Reviewed"},
	}
	over, sigmas := NotStated, NotStated
	if s.Percent != nil {
		over = s.Percent.String() + " % of what was received"
	}
	if s.Z != nil {
		sigmas = s.sigmas() + " (" + string(s.Level) + ")"
	}
	l.about[0] = append([]field{{"Carrier", s.Carrier.String()}, {"Of " + string(s.Kind), s.Of}}, s.period()...)
	l.about[1] = []field{{"Movements", strconv.FormatUint(s.Movements, 10)}, {"Over and short", over}, {"in sigmas", sigmas}, s.books()}
	p := part{
		name: "Shippers", note: "volumes in " + spoken(s.Basis) + "; what is taken off is negative: each row adds up to its closing, each column to its total",
		columns: append([]column{{"\nShipper", "", false}}, positionColumns...),
	}
	for _, line := range s.Lines {
		p.rows = append(p.rows, row{cells: append(cellsOf(Party{line.Shipper, line.Name}.String()), positionCells(line.StatementLine)...)})
	}
	p.rows = append(p.rows, row{kind: totalRow, cells: append(cellsOf(plural(len(s.Lines), "shipper", "shippers")), positionCells(s.Total.StatementLine)...)})
	evidence := part{name: "Evidence", note: "what the volumes of the month rest on, in " + spoken(s.Basis), columns: []column{
		{"Volume", "", false}, {"Signed by meters", "", true}, {"Attested on paper", "", true}, {"Typed", "", true},
	}, rows: []row{s.Receipts.row("Receipts"), s.Delivered.row("Deliveries")}}
	l.parts, l.notes = []part{p, evidence}, []string{s.closing(), "The total is what the books have in " + s.Of + ", and the sum of its shippers' statements."}
	if text := owed(s.Contract, s.Basis); text != "" {
		l.notes = append(l.notes, text)
	}
	for _, m := range s.Stated {
		says := "agrees with these figures."
		if !m.Agrees {
			says = "differs: gauger bundle export --what statements has it figure by figure."
		}
		l.notes = append(l.notes, fmt.Sprintf("The statement of %s for the month, of %s (event %s), %s", m.By, utc(m.At), m.Event, says))
	}
	return l
}

func (e Evidenced) row(name string) row {
	return row{cells: []cell{says(name), measures(e.Signed), measures(e.Attested), measures(e.Typed)}}
}

// notClosed is said of a month that can still change.
const notClosed = "The carrier has not closed this month: what is booked in it can still change."

// closing says what the month was closed with.
func (s *PipelineStatement) closing() string {
	if s.Closed == nil {
		return notClosed
	}
	return fmt.Sprintf("Closed by %s on %s (event %s) with %s %s, %s kg and %d movements since the first: the books have the same.",
		s.Carrier, utc(s.Closed.At), s.Closed.Event, quantity.Grouped(s.Closed.Volume.Decimal(3)), spoken(s.Basis), quantity.Grouped(s.Closed.Mass.Decimal(0)), s.Closed.Movements)
}

// statusOf says of a month whether it was closed.
func statusOf(closed *custody.CloseState) string {
	if closed == nil {
		return "PROVISIONAL \u2013 NOT CLOSED"
	}
	return "CLOSED"
}

// spoken names a basis for a page.
func spoken(b quantity.Basis) string {
	n := len(b.Reference) - 1
	if n < 1 {
		return string(b.Unit)
	}
	return string(b.Unit) + " at " + string(b.Reference[:n]) + " \u00b0" + string(b.Reference[n:])
}
