package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// reckoning is the work on crossings.
type reckoning struct {
	*Case
	law        *law
	tables     *customs.Tables
	out        *Crossings
	known      bool              // to the port table or the books
	pipelines  []string          // of the port, by the table
	facilities map[string]string // port by facility
	claims     []Claim           // at entry, as they came
	matched    map[string]bool   // entries whose records crossed here, in any month
	zone       *time.Location    // of the port by the table; nil where it is not there, or this machine has no time zones
}

func (c *Case) reckon(out *Crossings) (*reckoning, error) {
	law, err := c.law()
	if err != nil {
		return nil, err
	}
	r := &reckoning{Case: c, law: law, tables: law.tables, out: out, facilities: map[string]string{}, matched: map[string]bool{}}
	out.Name, r.pipelines, r.known = law.tables.Port(out.Port)
	if zone := law.tables.Zone(out.Port); zone != "" {
		if r.zone, err = time.LoadLocation(zone); err != nil {
			r.zone = nil
		}
	}
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

// portOf returns the port that a leg belongs to, "" for none, and why. The goods are those of the leg: see goodsOf.
func (r *reckoning) portOf(g custody.Leg, goods Claim) (port string, by Belonging) {
	var installed custody.InstallationState
	if g.Ticket != nil {
		for _, i := range r.Books.Installations(g.Ticket.Point) {
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
	if port = r.enteredAt(goods); port != "" {
		return port, ByEntry
	}
	paired := func(p string) bool { return strings.Contains(p, "("+g.Place+")") }
	if slices.ContainsFunc(r.pipelines, paired) {
		return r.out.Port, ByTable
	}
	return "", ""
}

// enteredAt returns the port of the entry of some goods, else that of the first entry of what was measured at their point or stated at
// their place.
func (r *reckoning) enteredAt(goods Claim) (port string) {
	for _, claim := range r.claims {
		if claim.overlaps(goods) {
			return claim.Port
		}
		if claim.Point == goods.Point && (claim.Event == "") == (goods.Event == "") && port == "" {
			port = claim.Port
		}
	}
	return port
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
		goods := r.goodsOf(b, g)
		port, by := r.portOf(g, goods)
		isEntered := slices.ContainsFunc(r.claims, goods.overlaps)
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
		Batch: b.Batch, Line: b.Line, Place: g.Place, At: g.At, Carrier: carrier(b, g), Basis: b.Basis, Crossed: g.Volume, Evidence: g.Evidence,
		Entries: []CrossingEntry{},
	}
	goods, ended := r.goodsOf(b, g), g.At
	if t := g.Ticket; t != nil {
		x.Point, x.Ticket, x.At, ended = t.Point, t.ID, t.Close, last(*t)
	}
	nearest := r.nearest(x.At)
	if r.zone != nil {
		nearest.UTCOffset = r.clock(x.At)
	}
	x.Shipper, x.UTCOffset = b.OwnerAt(x.At), nearest.UTCOffset
	claimed := ""
	for _, claim := range r.claims {
		if !claim.overlaps(goods) {
			continue
		}
		e, err := r.entry(claim, b)
		if err != nil {
			return x, err
		}
		r.matched[e.Entry], x.UTCOffset, claimed, nearest = true, claim.UTCOffset, claim.Sale, claim
		if x.Entered, err = x.Entered.Add(e.Volume); err != nil {
			return x, err
		}
		x.Entries = append(x.Entries, e)
	}
	x.Day = Claim{UTCOffset: x.UTCOffset}.day(ended)
	x.Right, x.Due = right(b, claimed), r.due(ended, nearest)
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

// entry returns an entry of a batch with the volume of what it enters.
func (r *reckoning) entry(c Claim, b custody.BatchState) (e CrossingEntry, err error) {
	e = CrossingEntry{Entry: c.Entry.String(), Importer: c.Importer, Port: c.Port, Of: c.named(), First: c.First, Last: c.Last}
	known := false
	if e.Volume, known, err = r.volume(c, b); err != nil || known && c.Share == WholeLot {
		return e, err
	}
	if !known {
		e.Doubt = "nothing that it cites is over just this: its volume is not counted"
		return e, nil
	}
	rules, err := r.law.under(c, dated.AsOf{At: time.UnixMilli(c.EnteredAt)})
	if err != nil {
		return e, err
	}
	m, err := r.commingled(rules, c.Batch)
	if err != nil || m == nil || m.Refused != "" {
		e.Volume, e.Doubt = 0, fmt.Sprintf("no inventory method says what the %s share of the lot is: its volume is not counted", c.Share)
		return e, nil
	}
	e.Volume, err = m.of(c.Share, e.Volume)
	return e, err
}

// volume returns what a claim enters of a batch, on its basis, and whether the ticket that the claim cites, or the event, is over just that.
func (r *reckoning) volume(c Claim, b custody.BatchState) (v quantity.Micro, known bool, err error) {
	if c.Event != "" {
		v, known = r.statedVolume(c)
		return v, known, nil
	}
	var on *custody.Citation
	if t := r.Tickets[c.Ticket]; t != nil && t.Device == c.Device && t.Point == c.Point && t.First == c.First && t.Last == c.Last {
		if on, err = custody.Cite(t); err != nil {
			return 0, false, err
		}
	}
	for _, p := range r.attested {
		if p.Hash == c.Ticket && p.Carrier == c.Carrier && p.Point == c.Point && p.Open == c.Open && p.Close == c.Close {
			on = p.Cite()
		}
	}
	if on == nil {
		return 0, false, nil
	}
	v, _, err = on.Convert(b.Basis)
	return v, err == nil, err
}

// statedVolume returns what the paper that a claim names states of its lot, which is on the lot's basis, and whether it states just that
// lot. A paper that was taken back since says what was entered, as an earlier version of a ticket does.
func (r *reckoning) statedVolume(c Claim) (v quantity.Micro, known bool) {
	for _, p := range r.papers {
		if p.hash != c.Ticket || p.event == nil {
			continue
		}
		e := *p.event
		if e.Void != nil && e.Void.Replacement != nil {
			e = *e.Void.Replacement
		}
		if w := e.Withdrawal; w != nil && w.Stated != nil && e.ID == c.Event && e.By == c.Carrier && e.At == c.Close && w.Lot == c.Batch && w.Place == c.Point {
			return w.Stated.Volume, true
		}
	}
	return 0, false
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

// clock returns what the clock of the port is ahead of UTC at an instant, in minutes: by its zone, else as the nearest entry there has
// it, else 0.
func (r *reckoning) clock(at int64) int {
	if r.zone == nil {
		return r.nearest(at).UTCOffset
	}
	_, seconds := time.UnixMilli(at).In(r.zone).Zone()
	return seconds / 60
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
		if ended, known := r.ended(c); known {
			day = c.day(ended)
		}
		if r.matched[c.Entry.String()] || !strings.HasPrefix(string(day), r.out.Month) {
			continue
		}
		r.out.Unmatched = append(r.out.Unmatched, UnmatchedEntry{
			Entry: c.Entry.String(), Importer: c.Importer, Batch: c.Batch, Point: c.Point, Of: c.named(), First: c.First, Last: c.Last, Day: day,
			Why: fmt.Sprintf("by the books no batch or lot crossed port %s on this", c.Port),
		})
	}
}

// ended returns the last instant of what a claim enters (ms), and whether anything says it.
func (r *reckoning) ended(c Claim) (at int64, known bool) {
	t := r.Tickets[c.Ticket]
	switch {
	case c.Event != "":
		return c.Close, true
	case c.Carrier != "":
		return c.Close - 1, true
	case t != nil:
		return t.Close - 1, true
	}
	return 0, false
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
