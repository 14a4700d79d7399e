package audit

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
)

// paper is a signed paper as it was opened: a movement with its event, or another with its hash.
type paper struct {
	signed []byte
	hash   record.Hash
	event  *custody.Event
}

// Relevant returns the tickets and papers that an entry rests on, and those that its reader asks for: disputes of its tickets, monthly
// statements of its streams, seals at its meters, names of its parties. No others: what a company does with its other oil is nobody's
// business who checks this entry. Deciding on these alone gives the same decision.
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
	c.attend(r, &claim, later)
	wanted := map[record.Hash]bool{hash: true}
	for _, cl := range []*Claim{&claim, later} {
		if cl != nil && cl.Certificate != nil {
			wanted[*cl.Certificate] = true
		}
	}
	for h := range r.papers {
		wanted[h] = true
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
	return papers, tickets, c.enough(number, papers)
}

// enough refuses papers that lead to another decision than all of the case. That can be after a correction in a month for which the
// line was closed: without its close, which counts the batches of others too, the correction is none of a closed month.
func (c *Case) enough(number string, papers [][]byte) error {
	if !slices.ContainsFunc(c.Books.Voids(), func(v custody.VoidState) bool { return v.Adjusted }) {
		return nil
	}
	all, err := c.Decide(number)
	if err != nil {
		return err
	}
	alone, err := NewCase(c.Keys, c.Tickets, papers, c.Tables)
	if err != nil {
		return err
	}
	again, err := alone.Decide(number)
	if err == nil && !reflect.DeepEqual(again, all) {
		err = fmt.Errorf("entry %s was adjusted after the close of a line that held batches of others too, and is decided otherwise without "+
			"their papers: make a bundle of all papers, without an entry", number)
	}
	return err
}

// relevance is what belongs to a batch.
type relevance struct {
	batch      custody.BatchState
	events     map[string]bool
	sources    map[string]bool
	pools      map[string]bool // tanks and streams that its oil was in, or was mixed with what was in
	declared   map[string]bool // pools that an event of it names
	batches    map[string]bool // from those tanks, whole or in part
	whole      map[string]bool // the batch and those it is a part of
	points     map[string]bool
	facilities map[string]bool
	tickets    map[record.Hash]bool
	papers     map[record.Hash]bool // carrier's tickets among them
	named      map[string]bool      // the tickets by id
	parties    map[string]bool      // that state something of it, or pass it on
	owners     map[string]string    // of tanks
	carried    map[portage]bool     // what brought receipts of it from outside the books
	voided     map[string]bool      // events that a void which belongs to it takes back
}

// relevance collects the events of the batch, of the tanks and streams behind it, and of the line as far as they concern batches of
// those tanks.
func (c *Case) relevance(batch custody.BatchState) *relevance {
	r := &relevance{
		batch: batch, events: map[string]bool{}, sources: map[string]bool{}, pools: map[string]bool{}, declared: map[string]bool{batch.Line: true},
		batches: map[string]bool{batch.Batch: true}, whole: map[string]bool{batch.Batch: true}, points: map[string]bool{},
		facilities: map[string]bool{}, tickets: map[record.Hash]bool{}, papers: map[record.Hash]bool{}, named: map[string]bool{}, parties: map[string]bool{}, voided: map[string]bool{},
		owners: map[string]string{}, carried: map[portage]bool{},
	}
	for _, id := range c.Books.Pools() {
		if pool, err := c.Books.Pool(id); err == nil {
			r.owners[id] = pool.Owner
		}
	}
	if batch.Tank != "" {
		r.pools[batch.Tank] = true
	} else {
		r.pools[batch.Line] = true // a lot, from a stream
	}
	for of := batch.Of; of != ""; {
		r.whole[of], r.batches[of] = true, true
		parent, err := c.Books.Batch(of)
		if err != nil {
			break // the books have every batch that another is a part of
		}
		of = parent.Of
	}
	c.gather(r, r.wants)
	return r
}

// gather takes events in until nothing that is wanted hangs on what was found.
func (c *Case) gather(r *relevance, wants func(*custody.Event) bool) {
	for more := true; more; {
		more = false
		for _, p := range c.papers {
			if p.event != nil && !r.events[p.event.ID] && wants(p.event) {
				r.take(p.event, c)
				more = true
			}
		}
	}
}

func (r *relevance) wants(e *custody.Event) bool {
	switch {
	case r.voided[e.ID]:
		return true
	case e.Void != nil:
		return r.events[e.Void.Of] || e.Void.Replacement != nil && r.wants(e.Void.Replacement)
	case e.Pool != nil:
		return r.pools[e.Pool.ID] || r.declared[e.Pool.ID]
	case e.Opening != nil:
		return r.pools[e.Opening.Pool]
	case e.Receipt != nil:
		return r.pools[e.Receipt.Pool] || r.carried[r.portage(e.Receipt)]
	case e.Blend != nil:
		return r.pools[e.Blend.Pool]
	case e.Gauging != nil:
		return r.pools[e.Gauging.Pool]
	case e.Transfer != nil:
		return r.pools[e.Transfer.Tank] || r.batches[e.Transfer.Batch]
	case e.Check != nil:
		return r.batches[e.Check.Batch]
	case e.Handover != nil:
		return r.batches[e.Handover.Batch]
	case e.Delivery != nil:
		return r.batches[e.Delivery.Batch]
	case e.Allowance != nil:
		return e.Allowance.Batch == r.batch.Batch || r.events[e.Allowance.Receipt]
	case e.Sale != nil:
		return r.whole[e.Sale.Batch]
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
	return r.wantsMore(e)
}

// wantsMore is wants for what happens in streams, to batches on their way, and around them.
func (r *relevance) wantsMore(e *custody.Event) bool {
	switch {
	case e.Withdrawal != nil:
		return r.pools[e.Withdrawal.Pool] || r.pools[e.Withdrawal.ToPool] || r.batches[e.Withdrawal.Lot]
	case e.Title != nil:
		return r.pools[e.Title.Pool]
	case e.Exchange != nil:
		return r.pools[e.Exchange.Pool] || r.pools[e.Exchange.ForPool]
	case e.Deduction != nil:
		return r.pools[e.Deduction.Pool] || r.pools[e.Deduction.ToPool] || r.batches[e.Deduction.Batch]
	case e.Process != nil:
		return slices.ContainsFunc(e.Process.Draws, func(d custody.Draw) bool { return r.pools[d.Pool] }) ||
			slices.ContainsFunc(e.Process.Outputs, func(o custody.Output) bool { return r.pools[o.Pool] })
	case e.Split != nil:
		return r.batches[e.Split.Batch] || slices.ContainsFunc(e.Split.Into, func(s custody.SplitPart) bool { return r.batches[s.Batch] })
	case e.Fill != nil:
		return e.Fill.Line == r.batch.Line
	case e.InBond != nil:
		return r.whole[e.InBond.Batch]
	case e.Close != nil:
		return r.pools[e.Close.Pool]
	case e.Inventory != nil:
		return r.pools[e.Inventory.Pool]
	case e.Statement != nil:
		return r.pools[e.Statement.Pool] || slices.ContainsFunc(e.Statement.Lines, func(l custody.StatementLine) bool {
			return r.carried[portage{custody.Carried{Carrier: e.Statement.Carrier, Stream: e.Statement.Pool}, l.Shipper}]
		})
	case e.Facility != nil:
		return r.facilities[e.Facility.ID]
	}
	return false
}

// portage is a stream outside the books that brought a shipper's oil: all of it is held against its monthly statement.
type portage struct {
	custody.Carried
	shipper string
}

// portage returns what brought a receipt, nothing where the books have it all.
func (r *relevance) portage(e *custody.Receipt) (p portage) {
	if e.Carried != nil {
		p = portage{*e.Carried, r.owners[e.Pool] + e.Shipper}
	}
	return p
}

func (r *relevance) take(e *custody.Event, c *Case) {
	r.events[e.ID], r.parties[e.By] = true, true
	switch {
	case e.Void != nil:
		r.voided[e.Void.Of] = true
		if e.Void.Replacement != nil {
			r.take(e.Void.Replacement, c)
		}
	case e.Receipt != nil:
		r.sources[e.Receipt.Source], r.declared[e.Receipt.Pool] = true, true
		if e.Receipt.Carried != nil {
			r.carried[r.portage(e.Receipt)] = true
		}
		if e.Receipt.Batch != "" {
			r.batches[e.Receipt.Batch] = true
		}
	case e.Opening != nil:
		for _, part := range e.Opening.Components {
			r.sources[part.Source] = true
		}
	case e.Installation != nil:
		r.facilities[e.Installation.Facility] = true
	default:
		r.reach(e)
	}
	for _, p := range c.attested {
		if e.Paper != nil && p.Hash == *e.Paper {
			r.papers[p.Hash], r.named[p.ID()], r.points[p.Point], r.parties[p.From], r.parties[p.To] = true, true, true, true, true
		}
	}
	if e.Ticket == nil {
		return
	}
	for h := *e.Ticket; c.Tickets[h] != nil && !r.tickets[h]; h = c.Tickets[h].Previous {
		t := c.Tickets[h]
		r.tickets[h], r.named[t.ID], r.points[t.Point] = true, true, true
		r.parties[t.From], r.parties[t.To] = true, true
	}
}

// reach takes in the pools and batches that an event moves oil between: all of those that it comes from, and the names of those
// that it goes to.
func (r *relevance) reach(e *custody.Event) {
	switch {
	case e.Transfer != nil:
		r.pools[e.Transfer.Tank], r.declared[e.Transfer.Line], r.batches[e.Transfer.Batch] = true, true, true
	case e.Split != nil:
		r.batches[e.Split.Batch] = true
		for _, part := range e.Split.Into {
			r.batches[part.Batch] = true
		}
	case e.Withdrawal != nil:
		r.pools[e.Withdrawal.Pool], r.declared[e.Withdrawal.ToPool] = true, true
	case e.Exchange != nil:
		r.pools[e.Exchange.Pool], r.pools[e.Exchange.ForPool] = true, true
	case e.Deduction != nil:
		r.declared[e.Deduction.ToPool] = true
		if e.Deduction.Batch != "" {
			r.batches[e.Deduction.Batch] = true
		} else {
			r.pools[e.Deduction.Pool] = true
		}
	case e.Process != nil:
		for _, d := range e.Process.Draws {
			r.pools[d.Pool] = true
		}
		for _, o := range e.Process.Outputs {
			r.declared[o.Pool] = true
		}
	}
}
