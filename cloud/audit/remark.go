package audit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// RemarkKind says what a remark is about.
type RemarkKind string

// The kinds of remarks.
const (
	OpenDispute  RemarkKind = "dispute"   // of a ticket, not settled
	MissingSeal  RemarkKind = "seal"      // off while the meter ran
	Disagreement RemarkKind = "statement" // of a month, other than the books
	OverCapacity RemarkKind = "capacity"  // of a source that gave more in a month than it can produce
	OverClaimed  RemarkKind = "overclaim" // on a certificate, or on what names a producer, more than it covers
)

// Remark is something about an entry that contradicts no rule, and that whoever checks it wants to know.
type Remark struct {
	Kind  RemarkKind `json:"kind"`
	Event string     `json:"event,omitempty"` // that it follows from
	Text  string     `json:"text"`
}

// Remarks returns what the books remark about an entry: open disputes of its tickets, seals that were off while they ran, monthly
// statements of its streams that differ from the books, sources that gave more than they can produce, certificates and producers on which
// more is claimed than they cover. Where nobody states a seal at a meter, a capacity or a quantity, nothing is said about it.
func (c *Case) Remarks(number string) ([]Remark, error) {
	_, claim, _, err := c.Claim(number)
	if err != nil {
		return nil, err
	}
	batch, err := c.Books.Batch(claim.Batch)
	if err != nil {
		return nil, err
	}
	r := c.relevance(batch)
	var all []Remark
	for _, d := range c.Books.Disputes() {
		if r.named[d.Ticket] && d.Settled == "" {
			all = append(all, Remark{OpenDispute, d.Event, fmt.Sprintf("ticket %s version %d is disputed by %s since %s: %s",
				d.Ticket, d.Version, c.Keys.Name(d.By), clockText(d.At), d.Reason)})
		}
	}
	for _, t := range c.running(r) {
		all = append(all, unsealed(t, c.Books.Seals(t.Point))...)
	}
	all = append(all, c.unconfirmed(r)...)
	over, err := c.overCapacity(r)
	if err != nil {
		return nil, err
	}
	all = append(all, over...)
	if over, err = c.overClaimed(claim.Entry.String()); err != nil {
		return nil, err
	}
	all = append(all, over...)
	for _, pool := range c.Books.Pools() {
		if !r.pools[pool] {
			continue
		}
		statements, err := c.Books.Statements(pool)
		if err != nil {
			return nil, err
		}
		for _, s := range statements {
			if !s.Agrees {
				all = append(all, Remark{Disagreement, s.Event, fmt.Sprintf("the statement of %s for %s, by %s, is not what the books have: %s",
					s.Pool, s.Month, c.Keys.Name(s.By), c.disagreement(s))})
			}
		}
	}
	return all, nil
}

// overCapacity returns the sources of an entry's oil of which more was received in a month than whoever stated them says that they
// can produce.
func (c *Case) overCapacity(r *relevance) (all []Remark, err error) {
	totals, err := c.received(func(id string) bool { return r.sources[id] })
	for _, t := range totals {
		if t.Over() > 0 {
			all = append(all, Remark{OverCapacity, t.Entries[len(t.Entries)-1], overText(t)})
		}
	}
	return all, err
}

// overClaimed returns what is wrong with what an entry's claim rests on together with others: see Utilization. Of a bundle, which has one
// entry, that is its own.
func (c *Case) overClaimed(entry string) (all []Remark, err error) {
	found, err := c.exceeded()
	for _, s := range found {
		if s.Kind != BySource && slices.Contains(s.Entries, entry) {
			all = append(all, Remark{OverClaimed, "", s.Finding})
		}
	}
	return all, err
}

// unconfirmed returns the receipts out of streams outside the books that no statement of their carrier confirms.
func (c *Case) unconfirmed(r *relevance) (all []Remark) {
	for _, p := range c.papers {
		if p.event == nil || p.event.Receipt == nil || !r.events[p.event.ID] {
			continue
		}
		at, err := c.Books.Receipt(p.event.ID)
		if err != nil || at.Carried == nil || at.Evidence != custody.Typed {
			continue // taken back, or it rests on more
		}
		all = append(all, Remark{Disagreement, at.Event, fmt.Sprintf("receipt %s of %s out of stream %s is typed: no monthly statement of %s adds up to what came out of it",
			at.Event, at.Volume, at.Carried.Stream, c.Keys.Name(at.Carried.Carrier))})
	}
	return all
}

// clockText writes an instant (ms) in UTC.
func clockText(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// run is when a ticket ran at its point.
type run struct {
	ID, Point   string
	Open, Close int64
}

// running returns the tickets, carriers' own among them, in the order in which they opened: each once, since its versions are over the
// same records.
func (c *Case) running(r *relevance) (all []run) {
	for h := range r.tickets {
		t := c.Tickets[h]
		all = append(all, run{t.ID, t.Point, t.Open, t.Close})
	}
	for _, p := range c.attested {
		if r.papers[p.Hash] {
			all = append(all, run{p.ID(), p.Point, p.Open, p.Close})
		}
	}
	slices.SortFunc(all, func(a, b run) int { return cmp.Or(cmp.Compare(a.Open, b.Open), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(all)
}

// unsealed returns when parts of a meter that are sealed at one time or another were not, while a ticket ran.
func unsealed(t run, seals []custody.SealState) (all []Remark) {
	var parts []string
	for _, s := range seals {
		if !slices.Contains(parts, s.Part) {
			parts = append(parts, s.Part)
		}
	}
	for _, part := range parts {
		at, event := t.Open, "" // sealed up to there, and by what it ended
		gap := func(until int64) {
			if at < until {
				all = append(all, Remark{MissingSeal, event, fmt.Sprintf("the %s at %s had no seal from %s to %s, while ticket %s ran",
					part, t.Point, clockText(at), clockText(until), t.ID)})
			}
		}
		for _, s := range seals { // in the order in which they were put on
			if s.Part != part {
				continue
			}
			gap(min(s.Installed.At, t.Close))
			if s.Removed == nil {
				at = t.Close
				break
			}
			at, event = max(at, s.Removed.At), s.Removed.Event
		}
		gap(t.Close)
	}
	return all
}

// disagreement says which lines of a statement differ, and by what.
func (c *Case) disagreement(s custody.StatementState) (text string) {
	add := func(format string, args ...any) {
		if text != "" {
			text += "; "
		}
		text += fmt.Sprintf(format, args...)
	}
	for _, l := range s.Compared {
		name := c.Keys.Name(l.Shipper)
		if l.Off != 0 {
			add("the line of %s is off by %s", name, l.Off)
		}
		switch {
		case l.Stated == nil:
			add("%s is not in it", name)
		case l.Books == nil && *l.Stated != (custody.StatementLine{Shipper: l.Shipper}):
			add("the books have nothing of %s", name)
		case l.Difference != nil && *l.Difference != (custody.StatementLine{Shipper: l.Shipper}):
			for _, f := range figuresOf(*l.Difference) {
				if f.volume != 0 {
					add("%s of %s by %s", f.name, name, f.volume)
				}
			}
		}
	}
	return text
}

// figure is one of a line, by its name.
type figure struct {
	name   string
	volume quantity.Micro
}

func figuresOf(l custody.StatementLine) []figure {
	return []figure{
		{"opening", l.Opening}, {"receipts", l.Receipts}, {"deliveries", l.Deliveries}, {"transfers", l.Transfers}, {"allowance", l.Allowance},
		{"deductions", l.Deductions}, {"over/short", l.OverShort}, {"adjustments", l.Adjustments}, {"closing", l.Closing},
	}
}
