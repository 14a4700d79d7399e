package audit

import (
	"github.com/gauger/gauger/cloud/custody"
)

// attend takes in what the entry of a batch does not rest on and its reader asks for. It moves no oil, so that the decision is the same
// with it.
func (c *Case) attend(r *relevance, claims ...*Claim) {
	for _, claim := range claims {
		if claim != nil {
			r.parties[claim.By], r.parties[claim.Importer], r.parties[claim.Exporter] = true, true, true
		}
	}
	c.gather(r, func(e *custody.Event) bool { return r.attends(e) || e.Close != nil && c.alone(r, e.Close) })
}

// attends reports whether an event says something about what was found, without moving any of it.
func (r *relevance) attends(e *custody.Event) bool {
	switch {
	case e.Void != nil:
		return r.events[e.Void.Of]
	case e.Dispute != nil:
		return r.named[e.Dispute.Ticket]
	case e.Seal != nil:
		return r.points[e.Seal.Point]
	case e.Party != nil:
		return r.parties[e.Party.DID]
	}
	return false
}

// alone reports whether all that happened in a line until it was closed for a month is of what was found: the close of a line counts
// every movement in it, and cannot be held against books without those of others.
func (c *Case) alone(r *relevance, closed *custody.Close) bool {
	line, err := c.Books.Pool(closed.Pool)
	if err != nil || line.Kind != custody.Line || !r.declared[closed.Pool] {
		return false
	}
	there := map[string]bool{}
	for _, m := range c.Books.Movements(0) {
		there[m.Batch] = there[m.Batch] || m.Batch != "" && m.Pool == closed.Pool
		if m.At < closed.Until && (m.Pool == closed.Pool || there[m.Batch]) && !r.events[m.Event] {
			return false
		}
	}
	return true
}
