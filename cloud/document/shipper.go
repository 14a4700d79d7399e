package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// ShipperStatement is a shipper's month: its line of each stream or line's PipelineStatement, with every movement behind it.
type ShipperStatement struct {
	Head
	Shipper  Party     `json:"shipper"`
	Accounts []Account `json:"accounts"` // by stream or line
	Totals   []Total   `json:"totals"`   // of the accounts, by basis
}

// Account is a shipper's month in one stream or line. Opening and the volumes of the movements add up to closing.
type Account struct {
	Pool      string                `json:"pool"`
	Kind      custody.PoolKind      `json:"kind"`
	Carrier   Party                 `json:"carrier"`
	Basis     quantity.Basis        `json:"basis"`
	Period    Period                `json:"period"` // as this carrier closed it
	Closed    *custody.CloseState   `json:"closed,omitempty"`
	Line      custody.StatementLine `json:"line"`
	Contract  quantity.Micro        `json:"contract"` // as of a PipelineStatement
	Movements []Posting             `json:"movements"`
}

// Posting is a movement in a shipper's account.
type Posting struct {
	Event    string           `json:"event"`
	At       int64            `json:"at"`   // ms since 1970 UTC
	Item     custody.Item     `json:"item"` // the figure of the line that it is part of
	Effect   custody.Effect   `json:"effect"`
	Ticket   string           `json:"ticket,omitempty"`
	Version  uint64           `json:"version,omitempty"` // of the ticket, as booked
	Batch    string           `json:"batch,omitempty"`
	With     string           `json:"with"`    // who or what it came from, or went to
	Volume   quantity.Micro   `json:"volume"`  // negative when it left
	Balance  quantity.Micro   `json:"balance"` // after it
	Evidence custody.Evidence `json:"evidence"`
}

// Total is the sum of lines on one basis.
type Total struct {
	Basis quantity.Basis        `json:"basis"`
	Line  custody.StatementLine `json:"line"`
}

// Shipper returns the statement of a shipper, by its DID, for a month as Pipeline has it: in one stream or line, or with pool "" in all
// that the carrier keeps, with carrier "" any. What it never had oil in is left out. The error wraps audit.ErrQuestion or
// audit.ErrUnknown where the question is at fault.
func Shipper(c *audit.Case, did, month, begins, carrier, pool string) (*ShipperStatement, error) {
	period, err := MonthFrom(month, begins)
	if err != nil {
		return nil, err
	}
	pools := c.Books.Pools()
	if pool != "" {
		if _, err := sharedPool(c, pool); err != nil {
			return nil, err
		}
		pools = []string{pool}
	}
	a := accounts{Case: c, names: namesOf(c), did: did}
	s := &ShipperStatement{Head: headOf(c, did, period), Shipper: a.party(c, did), Accounts: []Account{}, Totals: []Total{}}
	lines := 0
	for _, id := range pools {
		state, err := c.Books.Pool(id)
		if err != nil {
			return nil, err
		}
		if state.Kind == custody.Tank || carrier != "" && state.Keeper != carrier {
			continue
		}
		account, known, err := a.account(state, month, begins)
		if err != nil {
			return nil, err
		}
		if lines += len(account.Movements); lines > MaxLines {
			return nil, fmt.Errorf("%w: %s has more than %d movements in %s: ask for one stream", audit.ErrQuestion, did, MaxLines, month)
		}
		if known {
			s.Accounts = append(s.Accounts, account)
		}
	}
	if len(s.Accounts) == 0 {
		return nil, fmt.Errorf("%w: %s had no oil in any %s until the end of %s", audit.ErrUnknown, did, asked(carrier, pool), month)
	}
	return s, s.sum()
}

// asked names where a shipper was looked for.
func asked(carrier, pool string) string {
	switch {
	case pool != "":
		return pool
	case carrier != "":
		return "stream or line of " + carrier
	}
	return "stream or line"
}

// accounts is the work on a shipper's accounts.
type accounts struct {
	*audit.Case
	names
	did string
}

// account returns the shipper's month in a stream or line, and whether it had anything to do with it.
func (a accounts) account(pool custody.PoolState, month, begins string) (r Account, known bool, err error) {
	r = Account{Pool: pool.ID, Kind: pool.Kind, Carrier: a.party(a.Case, pool.Keeper), Basis: pool.Basis, Movements: []Posting{}}
	if r.Period, r.Closed, err = monthOf(a.Books, pool.ID, month, begins); err != nil {
		return r, false, err
	}
	lines, err := a.Books.Positions(pool.ID, r.Period.From, r.Period.Until)
	if err != nil {
		return r, false, err
	}
	i := slices.IndexFunc(lines, func(l custody.StatementLine) bool { return l.Shipper == a.did })
	if i < 0 {
		return r, false, nil
	}
	r.Line = lines[i]
	if r.Contract, err = contract(a.Books, pool.ID, a.did, r.Period); err != nil {
		return r, false, err
	}
	all, err := a.Books.PositionMovements(pool.ID, a.did, r.Period.From, r.Period.Until)
	if err != nil {
		return r, false, err
	}
	balance := r.Line.Opening
	for _, m := range all {
		if balance, err = balance.Add(m.Change); err != nil {
			return r, false, err
		}
		r.Movements = append(r.Movements, a.posting(m, balance))
	}
	if balance != r.Line.Closing {
		return r, false, fmt.Errorf("%w: the movements of %s in %s come to %s, its closing is %s", custody.ErrInvariant, a.did, pool.ID, balance, r.Line.Closing)
	}
	return r, len(all) > 0 || r.Line.Opening != 0, nil
}

func (a accounts) posting(m custody.PositionMovement, balance quantity.Micro) Posting {
	p := Posting{
		Event: m.Event, At: m.At, Item: m.Item, Effect: m.Effect, Batch: m.Batch, Volume: m.Change, Balance: balance, Evidence: m.Evidence,
	}
	if m.Ticket != nil {
		p.Ticket, p.Version = m.Ticket.ID, m.Ticket.Version
	}
	switch {
	case m.Other != "":
		p.With = a.party(a.Case, m.Other).String()
	case m.Change < 0:
		p.With = a.side(m, m.To)
	default:
		p.With = a.side(m, m.From)
	}
	return p
}

// side says what the other account of a movement is to a person.
func (a accounts) side(m custody.PositionMovement, account custody.Account) string {
	kind, name, _ := strings.Cut(string(account), ":")
	switch kind {
	case "source":
		return "source " + name
	case "pool":
		pool, shipper, position := strings.Cut(name, "/")
		if position {
			return pool + ", " + a.party(a.Case, shipper).String()
		}
		return pool
	case "delivered":
		if b, err := a.Books.Batch(name); err == nil {
			return listed(a.party(a.Case, b.Custody[len(b.Custody)-1].To).String(), m.Place)
		}
	}
	return name
}

// sum adds the accounts up, by basis.
func (s *ShipperStatement) sum() (err error) {
	for _, a := range s.Accounts {
		i := slices.IndexFunc(s.Totals, func(t Total) bool { return t.Basis == a.Basis })
		if i < 0 {
			i = len(s.Totals)
			s.Totals = append(s.Totals, Total{Basis: a.Basis})
		}
		if s.Totals[i].Line, err = sumLines([]custody.StatementLine{s.Totals[i].Line, a.Line}); err != nil {
			return err
		}
		s.Totals[i].Line.Shipper = s.Of
	}
	return nil
}

// Table returns, for each stream or line, the opening, a row for each movement, and the closing. Opening and movements add up to it.
func (s *ShipperStatement) Table() *Table {
	g := newGrid("shipper", "name", "month", "of", "carrier", "row", "at", "item", "effect", "ticket", "#ticket version", "batch", "from or to",
		"evidence", "event", "#volume", "#balance", "#loss allowance by contract")
	for _, a := range s.Accounts {
		put := func(kind string, at int64, balance quantity.Micro) {
			g.row()
			g.texts("shipper", s.Of, "name", s.Shipper.Name, "month", s.Period.Name, "of", a.Pool, "carrier", a.Carrier.DID, "row", kind, "at", instant(at))
			g.amount("balance", a.Basis.String(), balance)
		}
		put("opening", a.Period.From, a.Line.Opening)
		for _, m := range a.Movements {
			put("movement", m.At, m.Balance)
			g.texts("item", string(m.Item), "effect", string(m.Effect), "ticket", m.Ticket, "batch", m.Batch, "from or to", m.With,
				"evidence", string(m.Evidence), "event", m.Event)
			if m.Ticket != "" {
				g.texts("ticket version", strconv.FormatUint(m.Version, 10))
			}
			g.amount("volume", a.Basis.String(), m.Volume)
		}
		put("closing", a.Period.Until, a.Line.Closing)
		g.amount("loss allowance by contract", a.Basis.String(), a.Contract)
	}
	t := g.table("shipper statement")
	t.Made = s.At
	return t
}

func (s *ShipperStatement) layout() layout {
	l := layout{
		title: "SHIPPER STATEMENT", subtitle: "Month of a shipper by stream and line, with every movement", lying: true, made: s.At, number: s.Period.Name, status: "CLOSED",
		signers: []string{"Carrier", "Shipper: " + s.Shipper.String()},
	}
	var one Account // the first, if there is any: an answer from elsewhere may have none
	if len(s.Accounts) > 0 {
		one = s.Accounts[0]
	}
	if len(s.Accounts) == 1 {
		l.number = one.Pool + ", " + l.number
	}
	if !slices.ContainsFunc(s.Accounts, func(a Account) bool { return a.Carrier != one.Carrier }) {
		l.signers[0] = "Carrier: " + one.Carrier.String()
	}
	l.about[0] = []field{{"Shipper", s.Shipper.String()}, {"DID", s.Of}, s.books()}
	l.about[1] = []field{{"Month", "of each stream or line as its carrier closed it"}}
	if !slices.ContainsFunc(s.Accounts, func(a Account) bool { return a.Period != one.Period }) {
		l.about[1] = Head{Period: one.Period}.period()
	}
	sums := part{
		name: "Month", note: "what is taken off is negative: each row adds up to its closing",
		columns: slices.Concat([]column{{"\nIn", "", false}, {"\nCarrier", "", false}, {"\nBasis", "", false}}, positionColumns),
	}
	l.parts = []part{sums}
	open := 0
	for _, a := range s.Accounts {
		sums.rows = append(sums.rows, row{cells: append(cellsOf(a.Pool, a.Carrier.String(), a.Basis.String()), positionCells(a.Line)...)})
		if a.Closed == nil {
			open++
		}
		l.parts = append(l.parts, a.part())
		if text := owed(a.Contract, a.Basis); text != "" {
			l.notes = append(l.notes, a.Pool+": "+text)
		}
	}
	for _, t := range s.Totals {
		if len(s.Accounts) == 1 {
			break // the row above is the total
		}
		sums.rows = append(sums.rows, row{kind: totalRow, cells: append(cellsOf("Total", "", t.Basis.String()), positionCells(t.Line)...)})
	}
	l.parts[0] = sums
	if open > 0 {
		l.status = statusOf(nil)
		says := notClosed
		if len(s.Accounts) > 1 {
			says = fmt.Sprintf("Of %s, %d are not closed by the carrier: what is booked there can still change.", plural(len(s.Accounts), "stream or line", "streams and lines"), open)
		}
		l.notes = append(l.notes, says)
	}
	l.notes = append(l.notes, "The statements of all shippers in a stream or line add up to its pipeline statement.")
	return l
}

// part lists the movements of an account.
func (a Account) part() part {
	p := part{name: a.Pool, note: "movements from " + utc(a.Period.From) + " until " + utc(a.Period.Until) + ", volumes in " + spoken(a.Basis), columns: []column{
		{"At, UTC", "", false}, {"What", "", false}, {"Ticket", "", false}, {"Batch or lot", "", false}, {"From or to", "", false},
		{"Evidence", "", false}, {"Event", "", false}, {"Volume", "", true}, {"Balance", "", true},
	}}
	end := func(name string, balance quantity.Micro) row {
		return row{kind: totalRow, cells: append(cellsOf("", name, "", "", "", "", "", ""), measures(balance))}
	}
	p.rows = append(p.rows, end("Opening", a.Line.Opening))
	for _, m := range a.Movements {
		t := m.Ticket
		if t != "" {
			t += " v" + strconv.FormatUint(m.Version, 10)
		}
		what := string(m.Item)
		switch m.Item {
		case custody.Transfers:
			what = string(m.Effect)
		case custody.Deductions:
			what += ", " + string(m.Effect)
		default:
		}
		p.rows = append(p.rows, row{cells: append(cellsOf(short(m.At), what, t, m.Batch, m.With, string(m.Evidence), m.Event),
			measures(m.Volume), measures(m.Balance))})
	}
	p.rows = append(p.rows, end("Closing", a.Line.Closing))
	return p
}
