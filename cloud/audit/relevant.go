package audit

import (
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// paper is a signed paper as it was opened: a movement with its event, or another with its hash.
type paper struct {
	signed []byte
	hash   record.Hash
	event  *custody.Event
}

// Relevant returns the tickets and papers that an entry rests on and no others: what a company does with its other oil is
// nobody's business who checks this entry. Deciding on these alone gives the same decision.
func (c *Case) Relevant(number string) (papers [][]byte, tickets []record.Hash, err error) {
	hash, claim, later, err := c.Claim(number)
	if err != nil {
		return nil, nil, err
	}
	batch, err := c.Books.Batch(claim.Batch)
	if err != nil {
		return nil, nil, err
	}
	r := c.relevance(batch)
	wanted := map[record.Hash]bool{hash: true}
	for _, cl := range []*Claim{&claim, later} {
		if cl != nil && cl.Certificate != nil {
			wanted[*cl.Certificate] = true
		}
	}
	for h, t := range c.Tickets {
		if r.tickets[h] && t.SW != nil {
			wanted[t.SW.Report] = true
		}
	}
	for _, p := range c.papers {
		amends := p.event == nil && c.Claims[p.hash].Amends != nil && *c.Claims[p.hash].Amends == hash
		if wanted[p.hash] || amends || p.event != nil && r.events[p.event.ID] {
			papers = append(papers, p.signed)
		}
	}
	for h := range r.tickets {
		tickets = append(tickets, h)
	}
	slices.SortFunc(tickets, func(a, b record.Hash) int { return slices.Compare(a[:], b[:]) })
	return papers, tickets, nil
}

// relevance is what belongs to a batch.
type relevance struct {
	batch   custody.BatchState
	events  map[string]bool
	sources map[string]bool
	batches map[string]bool // from the same tank
	points  map[string]bool
	tickets map[record.Hash]bool
}

// relevance collects the events of the batch, of its tank, and of the line as far as they concern batches of that tank.
func (c *Case) relevance(batch custody.BatchState) *relevance {
	r := &relevance{
		batch: batch, events: map[string]bool{}, sources: map[string]bool{}, batches: map[string]bool{batch.Batch: true},
		points: map[string]bool{}, tickets: map[record.Hash]bool{},
	}
	for _, p := range c.papers {
		if e := p.event; e != nil && e.Transfer != nil && e.Transfer.Tank == batch.Tank {
			r.batches[e.Transfer.Batch] = true
		}
	}
	for range 2 { // the second time round, what hangs on the first finds: revisions, acknowledgements, sources, installations
		for _, p := range c.papers {
			if p.event != nil && r.wants(p.event) {
				r.take(p.event, c.Tickets)
			}
		}
	}
	return r
}

func (r *relevance) wants(e *custody.Event) bool {
	switch {
	case e.Pool != nil:
		return e.Pool.ID == r.batch.Tank || e.Pool.ID == r.batch.Line
	case e.Opening != nil:
		return e.Opening.Pool == r.batch.Tank
	case e.Receipt != nil:
		return e.Receipt.Pool == r.batch.Tank
	case e.Blend != nil:
		return e.Blend.Pool == r.batch.Tank
	case e.Gauging != nil:
		return e.Gauging.Pool == r.batch.Tank
	case e.Transfer != nil:
		return r.batches[e.Transfer.Batch]
	case e.Check != nil:
		return r.batches[e.Check.Batch]
	case e.Handover != nil:
		return r.batches[e.Handover.Batch]
	case e.Delivery != nil:
		return r.batches[e.Delivery.Batch]
	case e.Allowance != nil:
		return e.Allowance.Batch == r.batch.Batch
	case e.Sale != nil:
		return e.Sale.Batch == r.batch.Batch
	case e.Acknowledgement != nil:
		return r.events[e.Acknowledgement.Sale]
	case e.Revision != nil:
		return r.events[e.Revision.Of]
	case e.Source != nil:
		return r.sources[e.Source.ID]
	case e.Certification != nil:
		return r.sources[e.Certification.Source]
	case e.Installation != nil:
		return r.points[e.Installation.Point]
	}
	return false
}

func (r *relevance) take(e *custody.Event, tickets map[record.Hash]*ticket.Ticket) {
	r.events[e.ID] = true
	if e.Receipt != nil {
		r.sources[e.Receipt.Source] = true
	}
	if e.Opening != nil {
		for _, part := range e.Opening.Components {
			r.sources[part.Source] = true
		}
	}
	if e.Ticket == nil {
		return
	}
	for h := *e.Ticket; tickets[h] != nil && !r.tickets[h]; h = tickets[h].Previous {
		r.tickets[h] = true
		r.points[tickets[h].Point] = true
	}
}
