package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// reckoning is the work on crossings.
type reckoning struct {
	*Case
	tables     *customs.Tables
	out        *Crossings
	known      bool              // to the port table or the books
	pipelines  []string          // of the port, by the table
	facilities map[string]string // port by facility
	claims     []Claim           // at entry, as they came
	matched    map[string]bool   // entries whose records crossed here, in any month
}

func (c *Case) reckon(out *Crossings) (*reckoning, error) {
	law, err := c.law()
	if err != nil {
		return nil, err
	}
	r := &reckoning{Case: c, tables: law.tables, out: out, facilities: map[string]string{}, matched: map[string]bool{}}
	out.Name, r.pipelines, r.known = law.tables.Port(out.Port)
	for _, f := range c.Books.Facilities() {
		r.facilities[f.ID] = f.Port
	}
	for _, h := range c.Order {
		if claim := c.Claims[h]; claim.Amends == nil {
			r.claims = append(r.claims, claim)
		}
	}
	return r, nil
}

// portOf returns the port that a leg belongs to, "" for none, and why.
func (r *reckoning) portOf(g custody.Leg, t *ticket.Ticket) (port string, by Belonging) {
	var installed custody.InstallationState
	if t != nil {
		for _, i := range r.Books.Installations(t.Point) {
			if i.At <= g.At || installed.Event == "" {
				installed = i
			}
		}
	}
	if port = r.facilities[installed.Facility]; port != "" {
		return port, ByFacility
	}
	if port = r.facilities[g.Place]; port != "" {
		return port, ByPlace
	}
	if portCode.MatchString(g.Place) {
		return g.Place, ByPlace
	}
	if named := approvedPort.FindStringSubmatch(installed.Approval); named != nil {
		return named[1], ByApproval
	}
	if port = r.enteredAt(t); port != "" {
		return port, ByEntry
	}
	paired := func(p string) bool { return strings.Contains(p, "("+g.Place+")") }
	if slices.ContainsFunc(r.pipelines, paired) {
		return r.out.Port, ByTable
	}
	return "", ""
}

// enteredAt returns the port of the entry of a ticket's records, else that of the first entry of records of its point.
func (r *reckoning) enteredAt(t *ticket.Ticket) (port string) {
	for _, claim := range r.claims {
		switch {
		case t == nil:
		case enters(claim, t):
			return claim.Port
		case claim.Point == t.Point && port == "":
			port = claim.Port
		}
	}
	return port
}

// enters reports whether a claim enters a record of a ticket.
func enters(c Claim, t *ticket.Ticket) bool {
	return c.overlaps(Claim{Device: t.Device, Point: t.Point, First: t.First, Last: t.Last})
}

// ticketOf returns the ticket of a leg, nil when its volume was stated.
func (r *reckoning) ticketOf(g custody.Leg) *ticket.Ticket {
	if g.Ticket == nil {
		return nil
	}
	return r.Tickets[g.Ticket.Hash]
}

// batch adds the crossing of a batch, if it crossed here in the month.
func (r *reckoning) batch(id string) error {
	b, err := r.Books.Batch(id)
	if err != nil {
		return err
	}
	var leg *custody.Leg
	var belongs Belonging
	entered := false
	for i, g := range b.Legs {
		t := r.ticketOf(g)
		port, by := r.portOf(g, t)
		isEntered := t != nil && slices.ContainsFunc(r.claims, func(c Claim) bool { return enters(c, t) })
		if port == r.out.Port && (leg == nil || isEntered && !entered) {
			leg, belongs, entered = &b.Legs[i], by, isEntered
		}
	}
	if leg == nil {
		return nil
	}
	r.known = true
	if b.Of != "" {
		whole, err := r.Books.Batch(b.Of)
		if err != nil || slices.ContainsFunc(whole.Legs, func(g custody.Leg) bool { return g.Event == leg.Event }) {
			return err // it was split after the crossing, and crossed with the whole
		}
	}
	x, err := r.crossing(b, *leg)
	if err != nil {
		return err
	}
	if x.Belongs = belongs; strings.HasPrefix(string(x.Day), r.out.Month) {
		r.out.Lots = append(r.out.Lots, x)
	}
	return nil
}

// crossing sets a leg against what was entered of it.
func (r *reckoning) crossing(b custody.BatchState, g custody.Leg) (Crossing, error) {
	x := Crossing{
		Batch: b.Batch, Line: b.Line, Place: g.Place, At: g.At, Carrier: carrier(b, g), Basis: b.Basis, Crossed: g.Volume,
		Entries: []CrossingEntry{},
	}
	t := r.ticketOf(g)
	last := g.At // within the day: a ticket may close at midnight
	if t != nil {
		x.Point, x.Ticket, x.At, last = t.Point, t.ID, t.Close, t.Close-1
	}
	nearest := r.nearest(x.At)
	x.Shipper, x.UTCOffset = b.OwnerAt(x.At), nearest.UTCOffset
	claimed := ""
	for _, claim := range r.claims {
		if t == nil || !enters(claim, t) {
			continue
		}
		e, err := r.entry(claim, b.Basis)
		if err != nil {
			return x, err
		}
		r.matched[e.Entry], x.UTCOffset, claimed, nearest = true, claim.UTCOffset, claim.Sale, claim
		if x.Entered, err = x.Entered.Add(e.Volume); err != nil {
			return x, err
		}
		x.Entries = append(x.Entries, e)
	}
	x.Day = Claim{UTCOffset: x.UTCOffset}.day(last)
	x.Right, x.Due = right(b, claimed), r.due(last, nearest)
	var err error
	if x.Difference, err = x.Crossed.Sub(x.Entered); err != nil {
		return x, err
	}
	for _, bond := range b.InBond {
		if bond.From == r.out.Port && x.Difference > 0 {
			x.Bond, x.InBond, x.Difference = bond.Number, x.Difference, 0
		}
	}
	return x, nil
}

// entry returns an entry with the volume that the ticket which it cites states over the records that it enters.
func (r *reckoning) entry(c Claim, basis quantity.Basis) (e CrossingEntry, err error) {
	e = CrossingEntry{Entry: c.Entry.String(), Importer: c.Importer, Port: c.Port, First: c.First, Last: c.Last}
	t := r.Tickets[c.Ticket]
	if t == nil || t.Device != c.Device || t.Point != c.Point || t.First != c.First || t.Last != c.Last {
		e.Doubt = "no ticket that it cites is over just these records: its volume is not counted"
		return e, nil
	}
	e.Volume, _, err = custody.Convert(t, t.GSV, basis)
	return e, err
}

// carrier returns who brought a batch to a leg: whoever gave it from hand to hand there; where nobody did, who had it then. At the
// injection it is who took it.
func carrier(b custody.BatchState, g custody.Leg) (did string) {
	for _, c := range b.Custody {
		if c.Place == g.Place && g.Place != custody.Injection {
			return c.From
		}
		if c.At <= g.At || did == "" {
			did = c.To
		}
	}
	return did
}

// nearest returns the entry at the port whose time is nearest to an instant: what happened there then went by its clock. A claim of
// nothing where there is none.
func (r *reckoning) nearest(at int64) (claim Claim) {
	least := int64(-1)
	for _, c := range r.claims {
		if away := max(c.EnteredAt-at, at-c.EnteredAt); c.Port == r.out.Port && (least < 0 || away < least) {
			least, claim = away, c
		}
	}
	return claim
}

// unmatched adds the entries at the port of what did not cross there.
func (r *reckoning) unmatched() {
	for _, c := range r.claims {
		if c.Port != r.out.Port {
			continue
		}
		r.known = true
		day := c.day(c.EnteredAt)
		if t := r.Tickets[c.Ticket]; t != nil {
			day = c.day(t.Close - 1)
		}
		if r.matched[c.Entry.String()] || !strings.HasPrefix(string(day), r.out.Month) {
			continue
		}
		r.out.Unmatched = append(r.out.Unmatched, UnmatchedEntry{
			Entry: c.Entry.String(), Importer: c.Importer, Batch: c.Batch, Point: c.Point, First: c.First, Last: c.Last, Day: day,
			Why: fmt.Sprintf("by the books no batch or lot crossed port %s on these records", c.Port),
		})
	}
}

// sum adds the lots up.
func (r *reckoning) sum() (err error) {
	for _, x := range r.out.Lots {
		of := CrossingSum{Day: x.Day, Carrier: x.Carrier, Shipper: x.Shipper, Basis: x.Basis}
		if r.out.Sums, err = add(r.out.Sums, of, x); err != nil {
			return err
		}
		if r.out.Totals, err = add(r.out.Totals, CrossingSum{Line: x.Line, Basis: x.Basis}, x); err != nil {
			return err
		}
	}
	return nil
}

// add adds a lot to the sum of the same heads as of, which is a new one if there is none.
func add(sums []CrossingSum, of CrossingSum, x Crossing) ([]CrossingSum, error) {
	i := slices.IndexFunc(sums, func(s CrossingSum) bool {
		return s.Line == of.Line && s.Day == of.Day && s.Carrier == of.Carrier && s.Shipper == of.Shipper && s.Basis == of.Basis
	})
	if i < 0 {
		i, sums = len(sums), append(sums, of)
	}
	s := &sums[i]
	s.Lots++
	left := x.Difference
	if len(x.Entries) > 0 {
		left = 0
	}
	for _, pair := range []struct {
		into *quantity.Micro
		more quantity.Micro
	}{{&s.Crossed, x.Crossed}, {&s.Entered, x.Entered}, {&s.InBond, x.InBond}, {&s.NotEntered, left}, {&s.Difference, x.Difference}} {
		var err error
		if *pair.into, err = pair.into.Add(pair.more); err != nil {
			return nil, fmt.Errorf("sum of %s %s: %w", of.Day, of.Line, err)
		}
	}
	return sums, nil
}
