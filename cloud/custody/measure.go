package custody

import (
	"fmt"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Citation is a ticket, or a carrier's own, as the books cite it, in its own basis.
type Citation struct {
	ID      string           `json:"id"`
	Version uint64           `json:"version"`
	Hash    record.Hash      `json:"hash"` // SHA-256 of the encoded ticket; of the signed paper where it is a carrier's own
	Point   string           `json:"point"`
	Open    int64            `json:"open"` // ms since 1970 UTC
	Close   int64            `json:"close"`
	Basis   quantity.Basis   `json:"basis"`
	GSV     quantity.Micro   `json:"gsv"`
	SW      *quantity.Factor `json:"sw,omitempty"`  // sediment and water, percent; absent while provisional
	NSV     *quantity.Micro  `json:"nsv,omitempty"` // absent while provisional
	Density quantity.Micro   `json:"density"`       // kg/m3 at the reference conditions of Basis
	// Commodity is the group of MPMS 11.1 that its oil is of: crude, refined, ...
	Commodity string `json:"commodity"`
	Final     bool   `json:"final"`
	Carrier   string `json:"carrier,omitempty"` // DID of whose own ticket it is; absent where it is one of signed records
}

// Cite returns what the books cite of a ticket.
func Cite(t *ticket.Ticket) (*Citation, error) {
	encoded, err := t.Encode()
	if err != nil {
		return nil, err
	}
	c := &Citation{
		ID: t.ID, Version: t.Version, Hash: ticket.Hash(encoded), Point: t.Point, Open: t.Open, Close: t.Close,
		Basis: t.Basis(), GSV: t.GSV, Density: t.Density, Commodity: t.Parameters.Commodity, Final: t.Final(),
	}
	if t.SW != nil {
		sw, nsv := t.SW.Percent, t.NSV
		c.SW, c.NSV = &sw, &nsv
	}
	return c, nil
}

// booked returns the citation as it is now, for a movement to keep.
func (c *Citation) booked() *Citation {
	if c == nil {
		return nil
	}
	now := *c
	return &now
}

// Conversion is one named step from a ticket's basis to another.
type Conversion struct {
	Name   string          `json:"name"` // "MPMS 11.1 60F->15C", "exact-barrel"
	Factor quantity.Factor `json:"factor"`
	From   quantity.Basis  `json:"from"`
	To     quantity.Basis  `json:"to"`
	Result quantity.Micro  `json:"result"`
}

// Convert states the gross volume of a ticket on another basis: a change of reference conditions by MPMS 11.1 with the ticket's
// commodity and base density, then a change of unit. Each is a step; none is made that is not needed.
func (c *Citation) Convert(to quantity.Basis) (quantity.Micro, []Conversion, error) {
	group, err := liquid.ParseGroup(c.Commodity)
	if err != nil {
		return 0, nil, fmt.Errorf("ticket %s: %w", c.ID, err)
	}
	result, made, err := liquid.ConvertVolume(group, c.GSV, c.Basis, to, c.Density.Float())
	if err != nil {
		return 0, nil, fmt.Errorf("ticket %s: %w", c.ID, err)
	}
	var steps []Conversion
	for _, c := range made {
		steps = append(steps, Conversion(c))
	}
	return result, steps, nil
}

// measured is what a ticket, or a carrier's own, says, on the basis of a pool.
type measured struct {
	cite            *Citation
	from, to, batch string
	uncertainty     *quantity.Factor // of the installation, percent
	mass            quantity.Micro
	volume          quantity.Micro
	steps           []Conversion
}

// measure takes the posting's ticket, or the carrier's that it cites instead, for an amount on a basis. A ticket, and each record
// behind it, counts once in the ledger.
func (l *Ledger) measure(p *posting, basis quantity.Basis) (m measured, err error) {
	if basis.Unit.Dimension() == quantity.Energy {
		return m, fmt.Errorf("the inventory is kept in %s, and a ticket measures the volume of a liquid: state the energy", basis)
	}
	if p.ticket == nil {
		return l.attested(p, basis)
	}
	t := p.ticket
	m = measured{from: t.From, to: t.To, batch: t.Batch, uncertainty: l.uncertainty(t.Point, t.From, t.To), mass: t.Mass}
	if m.cite, err = Cite(t); err != nil {
		return m, err
	}
	if t.GSV <= 0 || t.Mass <= 0 {
		return m, fmt.Errorf("ticket %s states %s %s of %s kg: there is nothing to book", t.ID, t.GSV, t.Basis(), t.Mass)
	}
	if used, is := l.tickets[t.ID]; is {
		return m, fmt.Errorf("version %d of ticket %s is booked already: a later version comes as a revision", used.Version, t.ID)
	}
	meter := t.Device.String() + " " + t.Point
	for _, s := range l.spans[meter] {
		if t.First <= s.last && s.first <= t.Last {
			return m, fmt.Errorf("ticket %s rests on records %d to %d of %s, ticket %s on %d to %d of them: no oil counts twice",
				t.ID, t.First, t.Last, t.Point, s.ticket, s.first, s.last)
		}
	}
	if err := l.free(m.cite); err != nil {
		return m, err
	}
	if m.volume, m.steps, err = m.cite.Convert(basis); err != nil {
		return m, err
	}
	p.book(l, m)
	p.then(func() { l.spans[meter] = append(l.spans[meter], span{t.First, t.Last, t.ID}) })
	return m, nil
}

// book notes what the posting was measured by.
func (p *posting) book(l *Ledger, m measured) {
	p.cite = m.cite
	p.then(func() {
		l.tickets[m.cite.ID] = m.cite
		l.facts[m.cite.ID] = facts{m.from, m.to, m.uncertainty}
	})
}

// passes refuses a ticket that names other parties, or another batch, than those between whom the oil passes.
func (m measured) passes(batch, to string, from ...string) error {
	if batch != "" && m.batch != batch {
		return fmt.Errorf("ticket %s is about batch %q, not %q", m.cite.ID, m.batch, batch)
	}
	if m.to != to {
		return fmt.Errorf("ticket %s names %s as the party that receives, it must be %s", m.cite.ID, m.to, to)
	}
	for _, f := range from {
		if m.from == f {
			return nil
		}
	}
	if len(from) > 0 {
		return fmt.Errorf("ticket %s names %s as the party that delivers, it must be one of %v", m.cite.ID, m.from, from)
	}
	return nil
}

// revise puts a later version of a ticket where an event cited an earlier one.
func (l *Ledger) revise(p *posting) error {
	of := p.event.Revision.Of
	revised, known := l.events[of]
	if !known {
		return fmt.Errorf("the ledger has no event %s to revise", of)
	}
	if err := p.by(revised.by, "the party that stated event "+of); err != nil {
		return err
	}
	cited := revised.cite
	if cited == nil || cited.Carrier != "" {
		return fmt.Errorf("event %s, %s, cites no ticket that could be revised: void it with a replacement", of, revised.kind)
	}
	next, err := Cite(p.ticket)
	if err != nil {
		return err
	}
	t := p.ticket
	if t.ID != cited.ID || t.Version != cited.Version+1 || t.Previous != cited.Hash {
		return fmt.Errorf("version %d of ticket %s does not follow version %d of ticket %s, which event %s cites: revise version by version",
			t.Version, t.ID, cited.Version, cited.ID, of)
	}
	if next.Basis != cited.Basis || next.Point != cited.Point || next.GSV != cited.GSV || next.Open != cited.Open || next.Close != cited.Close {
		return fmt.Errorf("version %d of ticket %s states %s %s at %s, the version before %s %s at %s: "+
			"a revision settles sediment and water only, the next meter or gauge finds the rest",
			t.Version, t.ID, next.GSV, next.Basis, next.Point, cited.GSV, cited.Basis, cited.Point)
	}
	if cited.Final && !next.Final {
		return fmt.Errorf("version %d of ticket %s takes sediment and water back: cut it with a laboratory report", t.Version, t.ID)
	}
	p.then(func() { *cited = *next })
	l.settles(p)
	return nil
}

// install notes a metering and sampling installation.
func (l *Ledger) install(p *posting) error {
	if f := p.event.Installation.Facility; f != "" {
		if _, known := l.facilities[f]; !known {
			return fmt.Errorf("facility %s is not stated: its operator does so first", f)
		}
	}
	i := InstallationState{Installation: *p.event.Installation, Operator: p.event.By, At: p.event.At, Event: p.event.ID}
	p.then(func() { l.installations[i.Point] = append(l.installations[i.Point], i) })
	return nil
}

// uncertainty returns the expanded uncertainty, in percent, of the installation behind a ticket as it is known when the ticket is
// booked: one that a party of the ticket operates. Nobody else can speak for the meter.
func (l *Ledger) uncertainty(point, from, to string) *quantity.Factor {
	var u *quantity.Factor
	for _, i := range l.installations[point] {
		if i.Operator == from || i.Operator == to {
			u = &i.Uncertainty
		}
	}
	return u
}
