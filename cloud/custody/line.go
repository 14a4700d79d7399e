package custody

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Injection is the place of a batch's first leg; the others are at the ends of the line's segments.
const Injection = "injection"

// batch is a slug of oil in a line.
type batch struct {
	id, tank, line string
	basis          quantity.Basis
	legs           []Leg
	segment        int // it is in, or ended in
	delivered      bool
	custody        []CustodyChange
	owner          string // at the injection
	titles         []TitleChange
	allowance      *AllowanceState
	inBond         []InBondState
	taken          quantity.Micro // deducted since the last leg
	split          string         // event that split it
	into           []string       // its parts
	of             string         // batch that it is a part of
	received       string         // event that took it over after its delivery
	out            Stock          // what was taken over
}

// ownedBy returns the present owner.
func (b *batch) ownedBy() string {
	if n := len(b.titles); n > 0 {
		return b.titles[n-1].Buyer
	}
	return b.owner
}

// here returns a batch that is in a line, and the line.
func (l *Ledger) here(id string) (*batch, *pool, error) {
	b, known := l.batches[id]
	if !known {
		return nil, nil, fmt.Errorf("batch %s is not in any line: its transfer comes first", id)
	}
	return b, l.pools[b.line], nil
}

// segmentOf returns the segment a batch is in; the carrier there has custody of it. A lot left its tank or stream at its place.
func (p *pool) segmentOf(b *batch) Segment {
	if p.Kind != Line {
		return Segment{To: b.legs[0].Place, Custodian: p.Keeper}
	}
	return p.Segments[b.segment]
}

func (l *Ledger) transfer(p *posting) error {
	e := p.event.Transfer
	tank, err := l.vessel(p, e.Tank)
	if err != nil {
		return err
	}
	if err := tank.bears(e.Shipper); err != nil {
		return err
	}
	line, known := l.pools[e.Line]
	switch {
	case !known || line.Kind != Line:
		return fmt.Errorf("%s is not declared as a line: state the pool first", e.Line)
	case line.Basis != tank.Basis:
		return fmt.Errorf("%s %s is kept in %s and line %s in %s: declare the line in the %[1]s's basis", tank.Kind, tank.ID, tank.Basis, line.ID, line.Basis)
	case l.batches[e.Batch] != nil: // or withdrawn
		return fmt.Errorf("batch %s was injected by event %s: a second ticket makes a batch of its own", e.Batch, l.batches[e.Batch].legs[0].Event)
	}
	if err := tank.settled(); err != nil {
		return err
	}
	carrier := line.Segments[0].Custodian
	m, err := l.measure(p, tank.Basis)
	if err != nil {
		return err
	}
	owner := tank.Owner + e.Shipper // one of them is empty
	if err := m.passes(e.Batch, carrier, tank.Keeper, owner); err != nil {
		return err
	}
	withdraw := l.withdraw
	if tank.Kind == Stream {
		withdraw = l.withdrawPosition
	}
	mass, err := withdraw(p, tank, line, m)
	if err != nil {
		return err
	}
	b := &batch{id: e.Batch, tank: tank.ID, line: line.ID, basis: line.Basis, owner: owner}
	b.custody = []CustodyChange{{From: tank.Keeper, To: carrier, At: p.event.At, Place: Injection, Event: p.event.ID}}
	leg, err := l.leg(p, m, Injection, Stock{m.volume, mass}, b.basis)
	if err != nil {
		return err
	}
	p.then(func() {
		b.legs = []Leg{leg}
		l.batches[b.id] = b
		line.batches = append(line.batches, b.id)
	})
	return nil
}

// withdraw moves what the meter says from the tank's mixture into the batch, and returns its mass: the mixture's, which stands
// in the leg beside the density that the ticket names.
func (l *Ledger) withdraw(p *posting, tank, line *pool, m measured) (mass quantity.Micro, err error) {
	e := p.event.Transfer
	account := PoolAccount(tank.ID)
	have := l.stock(account, tank.Basis)
	if have.Volume == 0 {
		return 0, fmt.Errorf("tank %s is empty in the books: state its receipts first", tank.ID)
	}
	if m.volume > have.Volume && !e.Empties {
		return 0, fmt.Errorf("tank %s holds %s %s and ticket %s takes %s: gauge the tank, or say that the transfer empties it",
			tank.ID, have.Volume, tank.Basis, m.cite.ID, m.volume)
	}
	if e.Empties {
		difference := Movement{Pool: tank.ID, From: account, To: TankGainLoss, Basis: tank.Basis, Evidence: m.cite.evidence(), Ticket: m.cite.booked()}
		if err := p.adjust(difference, have, m.volume); err != nil {
			return 0, err
		}
		if have, err = p.after(account, have); err != nil {
			return 0, err
		}
	}
	if mass, err = have.Mass.Ratio(int64(m.volume), int64(have.Volume)); err != nil {
		return 0, err
	}
	p.move(Movement{
		Effect: Transferred, Pool: line.ID, Batch: e.Batch, Place: Injection, From: account, To: BatchAccount(e.Batch),
		Basis: tank.Basis, Volume: m.volume, Mass: mass, Evidence: m.cite.evidence(), Ticket: m.cite.booked(),
	})
	return mass, nil
}

// withdrawPosition is withdraw from a shipper's position in a stream.
func (l *Ledger) withdrawPosition(p *posting, stream, line *pool, m measured) (mass quantity.Micro, err error) {
	e := p.event.Transfer
	if mass, err = l.draw(p, stream, e.Shipper, m.volume); err != nil {
		return 0, err
	}
	p.carry(Movement{
		Effect: Transferred, Pool: line.ID, Batch: e.Batch, Place: Injection, Basis: stream.Basis, Volume: m.volume, Mass: mass, Evidence: m.cite.evidence(),
		Ticket: m.cite.booked(),
	}, stream.end(e.Shipper), plain(BatchAccount(e.Batch)))
	return mass, nil
}

// after returns what the posting's movements so far make of a stock.
func (p *posting) after(a Account, have Stock) (_ Stock, err error) {
	for _, m := range p.movements {
		switch a {
		case m.From:
			have, err = have.add(-m.Volume, -m.Mass)
		case m.To:
			have, err = have.add(m.Volume, m.Mass)
		}
		if err != nil {
			return Stock{}, err
		}
	}
	return have, nil
}

// passage is a batch at the end of its segment, measured there.
type passage struct {
	*batch
	line *pool
	now  Segment
	m    measured
}

// passing checks what a batch measured in the line has in common at every place: it is there, whoever states it carries it,
// its ticket does not begin before it was at the place before, and no batch that was injected earlier is still behind.
func (l *Ledger) passing(p *posting, id string) (passage, error) {
	b, line, err := l.moving(id)
	if err != nil {
		return passage{}, err
	}
	at := passage{batch: b, line: line, now: line.segmentOf(b)}
	last := b.legs[len(b.legs)-1]
	if b.delivered {
		return at, fmt.Errorf("batch %s was delivered by event %s", id, last.Event)
	}
	if err := p.by(at.now.Custodian, fmt.Sprintf("the carrier of batch %s to %s", id, at.now.To)); err != nil {
		return at, err
	}
	if id, open := p.opened(); open < last.Ticket.Open {
		return at, fmt.Errorf("ticket %s opens at %d ms, before the batch was at %s at %d ms", id, open, last.Place, last.Ticket.Open)
	}
	for _, ahead := range line.batches[:slices.Index(line.batches, id)] {
		if a := l.batches[ahead]; !a.delivered && a.split == "" && len(a.legs) <= len(b.legs) {
			return at, fmt.Errorf("batch %s was injected before %s and has not passed %s: line %s is first in, first out", ahead, id, at.now.To, line.ID)
		}
	}
	at.m, err = l.measure(p, line.Basis)
	return at, err
}

// settle brings a batch's book to what the meter at the end of its segment says, and returns the leg and the new stock.
func (l *Ledger) settle(p *posting, at passage) (Leg, Stock, error) {
	account := BatchAccount(at.id)
	have := l.stock(account, at.basis)
	err := p.adjust(Movement{
		Pool: at.line.ID, Batch: at.id, Place: at.now.To, From: account, To: LineGainLoss, Basis: at.basis,
		Evidence: at.m.cite.evidence(), Ticket: at.m.cite.booked(),
	}, have, at.m.volume)
	if err != nil {
		return Leg{}, have, err
	}
	if have, err = p.after(account, have); err != nil {
		return Leg{}, have, err
	}
	leg, err := l.leg(p, at.m, at.now.To, have, at.basis)
	leg.taken = at.taken
	return leg, have, err
}

func (l *Ledger) check(p *posting) error {
	at, err := l.passing(p, p.event.Check.Batch)
	if err != nil {
		return err
	}
	switch {
	case at.last():
		return fmt.Errorf("batch %s is in the last segment of line %s: at %s it is delivered", at.id, at.line.ID, at.now.To)
	case at.checked():
		return fmt.Errorf("batch %s was checked at %s by event %s", at.id, at.now.To, at.legs[at.segment+1].Event)
	}
	if err := at.m.passes(at.id, at.line.Segments[at.segment+1].Custodian, at.now.Custodian); err != nil {
		return err
	}
	leg, _, err := l.settle(p, at)
	if err != nil {
		return err
	}
	p.then(func() { at.batch.legs, at.batch.taken = append(at.batch.legs, leg), 0 })
	return nil
}

func (l *Ledger) handover(p *posting) error {
	h := p.event.Handover
	b, line, err := l.moving(h.Batch)
	if err != nil {
		return err
	}
	at := passage{batch: b, line: line, now: line.segmentOf(b)}
	if err := p.by(at.now.Custodian, fmt.Sprintf("the carrier of batch %s to %s", b.id, at.now.To)); err != nil {
		return err
	}
	if line.Kind != Line {
		return fmt.Errorf("lot %s was delivered by event %s", b.id, b.legs[0].Event)
	}
	if at.last() {
		return fmt.Errorf("batch %s is in the last segment of line %s: custody passes with its delivery", b.id, line.ID)
	}
	if !at.checked() {
		return fmt.Errorf("batch %s has not been metered at %s: state the check first", b.id, at.now.To)
	}
	if next := line.Segments[b.segment+1].Custodian; h.From != at.now.Custodian || h.To != next {
		return fmt.Errorf("custody of batch %s passes from %s to %s at %s, not from %s to %s", b.id, at.now.Custodian, next, at.now.To, h.From, h.To)
	}
	change := CustodyChange{From: h.From, To: h.To, At: p.event.At, Place: at.now.To, Event: p.event.ID}
	p.then(func() {
		b.segment++
		b.custody = append(b.custody, change)
	})
	return nil
}

// last reports whether the batch is in the last segment of its line.
func (at passage) last() bool { return at.segment == len(at.line.Segments)-1 }

// checked reports whether the batch has been metered at the end of its segment.
func (at passage) checked() bool { return len(at.legs) > at.segment+1 }

func (l *Ledger) deliver(p *posting) error {
	d := p.event.Delivery
	at, err := l.passing(p, d.Batch)
	if err != nil {
		return err
	}
	if !at.last() {
		return fmt.Errorf("batch %s is on its way to %s and line %s ends at %s: state its check and handover first",
			at.id, at.now.To, at.line.ID, at.line.Segments[len(at.line.Segments)-1].To)
	}
	if err := at.m.passes(at.id, d.To, at.now.Custodian); err != nil {
		return err
	}
	leg, have, err := l.settle(p, at)
	if err != nil {
		return err
	}
	p.move(Movement{
		Effect: Delivered, Pool: at.line.ID, Batch: at.id, Place: at.now.To, From: BatchAccount(at.id), To: DeliveredAccount(at.id),
		Basis: at.basis, Volume: have.Volume, Mass: have.Mass, Evidence: at.m.cite.evidence(), Ticket: at.m.cite.booked(),
	})
	change := CustodyChange{From: at.now.Custodian, To: d.To, At: p.event.At, Place: at.now.To, Event: p.event.ID}
	p.then(func() {
		at.batch.legs, at.batch.taken = append(at.batch.legs, leg), 0
		at.batch.delivered = true
		at.batch.custody = append(at.batch.custody, change)
	})
	return nil
}
