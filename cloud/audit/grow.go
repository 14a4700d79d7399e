package audit

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// With returns the case of the same papers and some more, as NewCase makes it of all of them, without opening again what was opened.
// The case itself stays as it was. The two share what none of the papers changes, books without a movement among them, so neither
// must Append after that.
func (c *Case) With(papers ...[]byte) (*Case, error) {
	with := *c
	k := &with
	k.Order, k.papers, k.attested, k.events = slices.Clip(c.Order), slices.Clip(c.papers), slices.Clip(c.attested), maps.Clone(c.events)
	k.Certificates, k.Claims = maps.Clone(c.Certificates), maps.Clone(c.Claims)
	if c.Books == nil {
		k.Certificates, k.Claims, k.events = map[record.Hash]certified{}, map[record.Hash]Claim{}, map[string]bool{}
	}
	moved := c.Books == nil
	for _, signed := range papers {
		e, err := k.open(signed)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", len(k.papers), err)
		}
		k.note(signed, e)
		moved = moved || e != nil
	}
	if !moved {
		return k, nil
	}
	return k, k.fold()
}

// note keeps a paper that was opened.
func (c *Case) note(signed []byte, e *custody.Event) {
	c.papers = append(c.papers, paper{signed, sha256.Sum256(signed), e})
	if e == nil {
		return
	}
	c.events[e.ID] = true
	if c.last == nil || custody.Compare(*c.last, *e) < 0 {
		c.last = e
	}
}

// fold makes the books of all movements.
func (c *Case) fold() (err error) {
	var events []custody.Event
	for _, p := range c.papers {
		if p.event != nil {
			events = append(events, *p.event)
		}
	}
	if c.Books, err = custody.Fold(events, c.Tickets, math.MaxInt64, c.attested...); err != nil {
		return err
	}
	c.Lineage, c.proved = lineage.New(), 0
	return c.follow()
}

// follow brings the lineage up to the books and proves them when they have grown by a sixteenth: to prove them takes time in
// proportion to all of them.
func (c *Case) follow() error {
	if err := c.Lineage.Apply(c.Books.Movements(c.Lineage.Seen())...); err != nil {
		return err
	}
	n := c.Lineage.Seen()
	if n-c.proved <= c.proved/16 && n > 0 {
		return nil
	}
	c.proved = n
	return c.Books.Check()
}

// Append books one more movement in place, when it comes after all others and neither takes one back nor attests those before it; it
// reports whether it did. Where
// it did not, the case is as it was, and With says why or makes the case with the paper. After an error the books are broken
// until Undo.
func (c *Case) Append(signed []byte) (bool, error) {
	if thing, err := cose.Thing(signed); err != nil || thing != custody.Thing {
		return false, nil
	}
	e, err := custody.Open(signed, c.Keys)
	if err != nil || e.Void != nil || e.Statement != nil || c.events[e.ID] || c.last != nil && custody.Compare(*c.last, e) >= 0 {
		return false, nil
	}
	var cited *ticket.Ticket
	if e.Ticket != nil {
		if cited = c.Tickets[*e.Ticket]; cited == nil {
			return false, nil
		}
	}
	if err := c.Books.Apply(e, cited); err != nil {
		return false, nil
	}
	c.note(signed, &e)
	return true, c.follow()
}

// Undo takes the newest paper, a movement, out again and folds the rest anew: after Append did what should not stay.
func (c *Case) Undo() error {
	n := len(c.papers) - 1
	delete(c.events, c.papers[n].event.ID)
	c.papers, c.last = c.papers[:n], nil
	for _, p := range c.papers {
		if p.event != nil && (c.last == nil || custody.Compare(*c.last, *p.event) < 0) {
			c.last = p.event
		}
	}
	return c.fold()
}

// Papers returns all papers in the order in which they came.
func (c *Case) Papers() [][]byte {
	all := make([][]byte, len(c.papers))
	for i, p := range c.papers {
		all[i] = p.signed
	}
	return all
}
