package custody

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// Dispute says that a party of a ticket does not agree to a version of it. It moves nothing: the books stand as the ticket has
// them until it is settled, by a revision with a later version, which both sign; by a void of the event that cited the ticket, which
// takes the ticket out of the books; or by a void of the dispute.
type Dispute struct {
	Ticket  string `cbor:"1,keyasint" json:"ticket"` // id
	Version uint64 `cbor:"2,keyasint" json:"version"`
	Reason  string `cbor:"3,keyasint" json:"reason"`
}

// DisputeState is a dispute as it stands.
type DisputeState struct {
	Dispute
	By      string `json:"by"`
	At      int64  `json:"at"` // ms since 1970 UTC
	Event   string `json:"event"`
	Settled string `json:"settled,omitempty"` // event of the revision or void that settled it
}

// facts is what is remembered of a ticket beside its citation.
type facts struct {
	from, to    string
	uncertainty *quantity.Factor // of its installation, percent
}

func (d *Dispute) check() error {
	if d.Version == 0 || d.Reason == "" {
		return fmt.Errorf("dispute of ticket %s needs a version and a reason", d.Ticket)
	}
	if err := texts("reason", d.Reason); err != nil {
		return err
	}
	return names("ticket", d.Ticket)
}

func (l *Ledger) dispute(p *posting) error {
	d := p.event.Dispute
	state := DisputeState{Dispute: *d, By: p.event.By, At: p.event.At, Event: p.event.ID}
	cited, known := l.tickets[d.Ticket]
	if c := p.correction; c != nil && (!known || cited.Hash != c.hash) {
		state.Settled = c.void
		p.then(func() { l.disputes = append(l.disputes, state) })
		return c.party(p.event.By)
	}
	if !known {
		return fmt.Errorf("the books hold no ticket %s", d.Ticket)
	}
	if f := l.facts[d.Ticket]; p.event.By != f.from && p.event.By != f.to {
		return fmt.Errorf("%s states it, but ticket %s is between %s and %s", p.event.By, d.Ticket, f.from, f.to)
	}
	if d.Version != cited.Version {
		return fmt.Errorf("ticket %s is at version %d in the books, not %d: dispute that", d.Ticket, cited.Version, d.Version)
	}
	for _, o := range l.disputes {
		if o.Ticket == d.Ticket && o.By == p.event.By && o.Settled == "" {
			return fmt.Errorf("%s disputes ticket %s already, by event %s", o.By, d.Ticket, o.Event)
		}
	}
	p.then(func() { l.disputes = append(l.disputes, state) })
	return nil
}

// correction is a void that took a ticket out of the books after it was disputed. The dispute does not hold it up: it is what the void
// settles.
type correction struct {
	void   string // event
	hash   record.Hash
	ticket *ticket.Ticket
}

func (c *correction) party(by string) error {
	if by != c.ticket.From && by != c.ticket.To {
		return fmt.Errorf("%s states it, but ticket %s is between %s and %s", by, c.ticket.ID, c.ticket.From, c.ticket.To)
	}
	return nil
}

// correction returns the first void after a dispute that takes back what cited the disputed version, or nil.
func (f folder) correction(dispute Event) *correction {
	citing := map[string]record.Hash{} // by event, as it stood when the dispute was stated
	note := func(e Event) {
		delete(citing, e.ID)
		if e.Ticket == nil {
			return
		}
		if t := f.tickets[*e.Ticket]; t != nil && t.ID == dispute.Dispute.Ticket && t.Version == dispute.Dispute.Version {
			citing[e.ID] = *e.Ticket
		}
	}
	for _, e := range f.events {
		v, before := e.Void, Compare(e, dispute) < 0
		switch {
		case v == nil && before:
			note(e)
		case v != nil && before && v.Replacement != nil:
			note(*v.Replacement)
		case v != nil && before:
			delete(citing, v.Of)
		case v != nil:
			if hash, is := citing[v.Of]; is {
				return &correction{e.ID, hash, f.tickets[hash]}
			}
		}
	}
	return nil
}

// corrected marks the disputes of a ticket that a void takes out after its month was closed: the books hold it still, and adjust it.
func (l *Ledger) corrected(p *posting) {
	cite := l.events[p.event.Void.Of].cite
	if r := p.event.Void.Replacement; cite == nil || r != nil && r.Ticket != nil && *r.Ticket == cite.Hash {
		return
	}
	for i := range l.disputes {
		if d := &l.disputes[i]; d.Ticket == cite.ID && d.Settled == "" {
			p.then(func() { d.Settled = p.event.ID })
		}
	}
}

// settles marks the disputes that a later version of a ticket ends.
func (l *Ledger) settles(p *posting) {
	for i := range l.disputes {
		if d := &l.disputes[i]; d.Ticket == p.ticket.ID && d.Settled == "" && p.ticket.Version > d.Version {
			p.then(func() { d.Settled = p.event.ID })
		}
	}
}

// Disputes returns all disputes, in their order. Whether both parties signed the version that settled one, its ticket shows.
func (l *Ledger) Disputes() []DisputeState { return slices.Clone(l.disputes) }
