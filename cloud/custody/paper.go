package custody

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// Paper is a carrier's own ticket that both its parties signed, as far as the books need it. An event that cites it as Event.Paper
// rests on it as on a ticket, but for its evidence, which is attested: no records of a meter stand behind it.
type Paper struct {
	Hash      record.Hash // SHA-256 of the signed document
	Number    string      // the carrier's
	Carrier   string      // DID of whose ticket it is
	From, To  string      // DIDs of the parties that deliver and receive
	Batch     string
	Point     string
	Open      int64 // ms since 1970 UTC
	Close     int64
	At        int64 // when it was made
	Basis     quantity.Basis
	Commodity string // group of MPMS 11.1
	GSV       quantity.Micro
	SW        *quantity.Factor // percent; absent when the ticket does not state it
	NSV       *quantity.Micro
	Density   quantity.Micro // kg/m3 at the reference conditions of Basis
}

// ID is what the books call it: carriers number their tickets without regard to each other.
func (t *Paper) ID() string { return t.Carrier + "#" + t.Number }

// Cite returns what the books cite of a carrier's ticket.
func (t *Paper) Cite() *Citation {
	return &Citation{
		ID: t.ID(), Version: 1, Hash: t.Hash, Point: t.Point, Open: t.Open, Close: t.Close, Basis: t.Basis, GSV: t.GSV,
		SW: copied(t.SW), NSV: copied(t.NSV), Density: t.Density, Commodity: t.Commodity, Final: t.NSV != nil, Carrier: t.Carrier,
	}
}

// evidence is what a figure rests on that was taken from a ticket or paper.
func (c *Citation) evidence() Evidence {
	if c.Carrier != "" {
		return Attested
	}
	return Signed
}

// admitPaper finds the carrier's ticket that an event cites. Of another paper the books have the hash alone; nothing can be
// measured by that.
func (l *Ledger) admitPaper(p *posting) error {
	e := p.event
	if e.Paper == nil {
		return nil
	}
	c, err := e.content()
	if err != nil {
		return err
	}
	p.paper = l.papers[*e.Paper]
	switch {
	case p.paper == nil && (c.ticket == always || c.ticket == either && !e.states()):
		return fmt.Errorf("it rests on paper %s, which is not here: submit the carrier's ticket first, signed by both, or cite a ticket", e.Paper)
	case p.paper == nil:
		return nil
	case c.ticket == never:
		return fmt.Errorf("paper %s is ticket %s, which measures what passes between two parties: no %s rests on it", e.Paper, p.paper.ID(), c.kind)
	case p.known < p.paper.At:
		return fmt.Errorf("it takes effect at %d ms, before ticket %s was made a paper at %d ms", p.known, p.paper.ID(), p.paper.At)
	}
	return nil
}

// states reports whether a receipt or withdrawal states its volume.
func (e *Event) states() bool {
	return e.Receipt != nil && e.Receipt.Stated != nil || e.Withdrawal != nil && e.Withdrawal.Stated != nil
}

// opened returns the name of what measured an event, and when it opened.
func (p *posting) opened() (id string, at int64) {
	if p.ticket == nil {
		return p.paper.ID(), p.paper.Open
	}
	return p.ticket.ID, p.ticket.Open
}

// attested takes the posting's carrier's ticket for an amount on a basis. It counts once in the ledger.
func (l *Ledger) attested(p *posting, basis quantity.Basis) (m measured, err error) {
	t := p.paper
	m = measured{cite: t.Cite(), from: t.From, to: t.To, batch: t.Batch, uncertainty: l.uncertainty(t.Point, t.From, t.To)}
	if used, is := l.tickets[t.ID()]; is {
		return m, fmt.Errorf("ticket %s is booked already, as paper %s: no oil counts twice", t.ID(), used.Hash)
	}
	if err := l.free(m.cite); err != nil {
		return m, err
	}
	if m.mass, err = massOf(t.GSV, t.Basis, t.Density); err != nil {
		return m, err
	}
	if t.GSV <= 0 || m.mass <= 0 {
		return m, fmt.Errorf("ticket %s states %s %s of %s kg: there is nothing to book", t.ID(), t.GSV, t.Basis, m.mass)
	}
	if m.volume, m.steps, err = m.cite.Convert(basis); err != nil {
		return m, err
	}
	p.book(l, m)
	return m, nil
}

// free refuses a ticket whose point and time another covers already, where one of them has no records to tell them apart by. A
// ticket from the first record on does not say when it opened: its end alone counts.
func (l *Ledger) free(c *Citation) error {
	from := func(c *Citation) int64 {
		if c.Open == 0 {
			return c.Close - 1
		}
		return c.Open
	}
	for _, id := range slices.Sorted(maps.Keys(l.tickets)) {
		o := l.tickets[id]
		if o.Point == c.Point && from(o) < c.Close && from(c) < o.Close && (o.Carrier != "" || c.Carrier != "") {
			return fmt.Errorf("ticket %s covers %s from %d to %d ms, ticket %s from %d to %d ms: no oil counts twice",
				c.ID, c.Point, c.Open, c.Close, o.ID, o.Open, o.Close)
		}
	}
	return nil
}

// repeats refuses a stated figure that is not that of the carrier's ticket which it names.
func (m measured) repeats(volume quantity.Micro, basis quantity.Basis, density quantity.Micro) error {
	if volume != m.volume {
		return fmt.Errorf("it states %s %s, ticket %s comes to %s: state that, or leave the figure out", volume, basis, m.cite.ID, m.volume)
	}
	if density != 0 && basis.Reference == m.cite.Basis.Reference && density != m.cite.Density {
		return fmt.Errorf("it states %s kg/m3, ticket %s %s: state that, or leave the figure out", density, m.cite.ID, m.cite.Density)
	}
	return nil
}
