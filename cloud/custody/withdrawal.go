package custody

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Withdrawal takes oil out of a tank or stream, by its keeper: into another tank or stream (store out and store in), or to a party
// as a lot. A lot is a batch that was delivered at its place: the rest of the program knows it so. The volume is that of the
// event's ticket, or Stated.
type Withdrawal struct {
	Pool    string `cbor:"1,keyasint" json:"pool"`
	Shipper string `cbor:"2,keyasint,omitempty" json:"shipper,omitempty"` // DID: in a stream, whose position it comes from
	Stated  *Bulk  `cbor:"3,keyasint,omitempty" json:"stated,omitempty"`
	// ToPool is on the same basis. If another keeps it, both must be behind the figure: by a ticket that names them, or a paper.
	ToPool    string `cbor:"4,keyasint,omitempty" json:"toPool,omitempty"`
	ToShipper string `cbor:"5,keyasint,omitempty" json:"toShipper,omitempty"` // DID: in a stream, whose position it goes to
	To        string `cbor:"6,keyasint,omitempty" json:"to,omitempty"`        // DID of the party that receives the lot
	Lot       string `cbor:"7,keyasint,omitempty" json:"lot,omitempty"`       // a name like a batch's, and none of theirs
	Place     string `cbor:"8,keyasint,omitempty" json:"place,omitempty"`     // where it is delivered; a port where it crosses
}

// Bulk is a volume, or energy, that somebody typed of what the books know the density of. SW, Commodity and Also move nothing. An entry
// of the lot can rest on the statement where it has them: of oil, which is entered by net barrels at 60 F, SW and Commodity; of gas,
// whose tariff line counts m3 and whose price mostly is of energy, Also.
type Bulk struct {
	Volume    quantity.Micro   `cbor:"1,keyasint" json:"volume"`
	Basis     quantity.Basis   `cbor:"2,keyasint" json:"basis"`                         // must be the pool's
	SW        *quantity.Factor `cbor:"3,keyasint,omitempty" json:"sw,omitempty"`        // sediment and water, percent
	Commodity string           `cbor:"4,keyasint,omitempty" json:"commodity,omitempty"` // group of MPMS 11.1: crude, refined, ...
	// Also is the same gas by its other measure: the volume of what is booked by energy, the energy of what is booked by volume.
	Also *Amount `cbor:"5,keyasint,omitempty" json:"also,omitempty"`
}

// Amount is a quantity on a basis.
type Amount struct {
	Quantity quantity.Micro `cbor:"1,keyasint" json:"quantity"`
	Basis    quantity.Basis `cbor:"2,keyasint" json:"basis"`
}

func (b *Bulk) check() error {
	if b.Volume <= 0 {
		return errors.New("stated volume must be positive")
	}
	if b.SW != nil {
		if _, err := liquid.SedimentAndWaterFactor(*b.SW); err != nil {
			return err
		}
	}
	if b.Commodity != "" {
		if _, err := liquid.ParseGroup(b.Commodity); err != nil {
			return err
		}
	}
	if err := bookBasis(b.Basis); err != nil {
		return err
	}
	return b.also()
}

// also checks the other measure of gas.
func (b *Bulk) also() error {
	a := b.Also
	if a == nil {
		return nil
	}
	if err := bookBasis(a.Basis); err != nil {
		return fmt.Errorf("also: %w", err)
	}
	if a.Quantity <= 0 || a.Basis.Unit.Dimension() == b.Basis.Unit.Dimension() {
		return fmt.Errorf("also is the other measure of the same gas, a positive volume beside energy or energy beside a volume, not %s %s beside %s", a.Quantity,
			a.Basis, b.Basis)
	}
	if b.SW != nil || b.Commodity != "" {
		return errors.New("also is of gas, sediment and water and the commodity are of oil: state one or the other")
	}
	return nil
}

// repeats refuses what is stated beside a carrier's ticket and is not that ticket's.
func (b *Bulk) repeats(m measured) error {
	if err := m.repeats(b.Volume, b.Basis, 0); err != nil {
		return err
	}
	c := m.cite
	if b.SW != nil && (c.SW == nil || *c.SW != *b.SW) || b.Commodity != "" && b.Commodity != c.Commodity {
		return fmt.Errorf("sediment and water, and the commodity, are those of ticket %s: leave them out", c.ID)
	}
	if b.Also != nil {
		return fmt.Errorf("ticket %s measures a liquid: leave also out", c.ID)
	}
	return nil
}

// Title passes the ownership of a volume within a stream, by the party that gives it up or by the stream's keeper.
type Title struct {
	Pool   string         `cbor:"1,keyasint" json:"pool"`
	From   string         `cbor:"2,keyasint" json:"from"` // DID
	To     string         `cbor:"3,keyasint" json:"to"`   // DID
	Volume quantity.Micro `cbor:"4,keyasint" json:"volume"`
}

// Exchange gives a volume in one stream for the same volume in another (displacement): Party gives it to Other in Pool and gets it
// from Other in ForPool. Both happen or neither. It is stated by the keeper of both streams, or by Party on a paper of both.
type Exchange struct {
	Party   string         `cbor:"1,keyasint" json:"party"` // DID
	Other   string         `cbor:"2,keyasint" json:"other"` // DID
	Pool    string         `cbor:"3,keyasint" json:"pool"`
	ForPool string         `cbor:"4,keyasint" json:"forPool"`
	Volume  quantity.Micro `cbor:"5,keyasint" json:"volume"`
}

func (w *Withdrawal) check() error {
	if err := names("pool", w.Pool); err != nil {
		return err
	}
	for what, name := range map[string]string{"shipper": w.Shipper, "shipper that receives": w.ToShipper} {
		if name != "" {
			if err := names(what, name); err != nil {
				return err
			}
		}
	}
	if s := w.Stated; s != nil {
		if err := s.check(); err != nil {
			return fmt.Errorf("withdrawal from %s: %w", w.Pool, err)
		}
	}
	if w.ToPool == "" {
		if w.ToShipper != "" {
			return fmt.Errorf("withdrawal from %s names a position to go to and no stream", w.Pool)
		}
		return names("party that receives", w.To, "lot", w.Lot, "place", w.Place)
	}
	if w.To != "" || w.Lot != "" || w.Place != "" {
		return fmt.Errorf("withdrawal from %s goes to pool %s or to a party as a lot, not both", w.Pool, w.ToPool)
	}
	if w.ToPool == w.Pool {
		return fmt.Errorf("withdrawal from %s into itself: what changes owner in a stream is a title", w.Pool)
	}
	return names("pool to store in", w.ToPool)
}

func (t *Title) check() error {
	if t.Volume <= 0 || t.From == t.To {
		return fmt.Errorf("title in %s passes a positive volume from one party to another", t.Pool)
	}
	return names("stream", t.Pool, "party that gives", t.From, "party that gets", t.To)
}

func (e *Exchange) check() error {
	if e.Volume <= 0 || e.Party == e.Other || e.Pool == e.ForPool {
		return fmt.Errorf("an exchange is of a positive volume, between two parties and two streams, not %s and %s, %s and %s", e.Party, e.Other, e.Pool, e.ForPool)
	}
	return names("party", e.Party, "other party", e.Other, "stream", e.Pool, "other stream", e.ForPool)
}

func (l *Ledger) withdrawal(p *posting) error {
	w := p.event.Withdrawal
	from, err := l.vessel(p, w.Pool)
	if err != nil {
		return err
	}
	to, other := w.To, (*pool)(nil)
	if w.ToPool != "" {
		if other, err = l.store(p, from, w); err != nil {
			return err
		}
		to = other.Keeper
	}
	m, evidence, err := l.withdrawn(p, from, to)
	if err != nil {
		return err
	}
	mass, err := l.draw(p, from, w.Shipper, m.volume)
	if err != nil {
		return err
	}
	movement := Movement{
		Effect: Withdrawn, Pool: from.ID, Batch: w.Lot, Place: w.Place, Basis: from.Basis, Volume: m.volume, Mass: mass, Evidence: evidence,
		Ticket: m.cite.booked(),
	}
	if other != nil {
		movement.Effect = Stored
		p.carry(movement, from.end(w.Shipper), other.end(w.ToShipper))
		p.then(func() { other.booked = true })
		return nil
	}
	p.carry(movement, from.end(w.Shipper), plain(DeliveredAccount(w.Lot)))
	return l.lot(p, from, m, Stock{m.volume, mass}, evidence)
}

// withdrawn returns what a withdrawal to a party takes, by its ticket, by the carrier's, or as stated.
func (l *Ledger) withdrawn(p *posting, from *pool, to string) (m measured, evidence Evidence, err error) {
	w := p.event.Withdrawal
	if w.Stated != nil {
		if err := from.enter(w.Stated.Basis); err != nil {
			return m, "", err
		}
		if p.paper == nil {
			return measured{volume: w.Stated.Volume}, p.stated(), nil
		}
	}
	if m, err = l.measure(p, from.Basis); err != nil {
		return m, "", err
	}
	if w.Stated != nil {
		if err := w.Stated.repeats(m); err != nil {
			return m, "", err
		}
	}
	return m, m.cite.evidence(), m.passes(w.Lot, to, from.Keeper, w.Shipper+from.Owner) // one of them is empty
}

// store returns the pool that a withdrawal stores into.
func (l *Ledger) store(p *posting, from *pool, w *Withdrawal) (*pool, error) {
	to, known := l.pools[w.ToPool]
	switch {
	case !known || to.Kind == Line:
		return nil, fmt.Errorf("%s is not declared as a tank or stream: state the pool first", w.ToPool)
	case to.Basis != from.Basis:
		return nil, fmt.Errorf("%s is kept in %s and %s in %s: declare both in one basis", from.ID, from.Basis, to.ID, to.Basis)
	case to.Keeper != from.Keeper && p.ticket == nil && p.event.Paper == nil:
		return nil, fmt.Errorf("%s is kept by %s, %s by %s: cite a ticket or a paper of both", from.ID, from.Keeper, to.ID, to.Keeper)
	}
	return to, to.bears(w.ToShipper)
}

// lot makes a batch of what was withdrawn for a party.
func (l *Ledger) lot(p *posting, from *pool, m measured, stock Stock, evidence Evidence) error {
	w := p.event.Withdrawal
	if b := l.batches[w.Lot]; b != nil {
		return fmt.Errorf("batch %s is there by event %s: a lot has a name of its own", w.Lot, b.custody[0].Event)
	}
	leg := Leg{Place: w.Place, Event: p.event.ID, At: p.event.At, Volume: stock.Volume, Evidence: evidence, Stated: w.Stated}
	var err error
	if m.cite != nil {
		leg, err = l.leg(p, m, w.Place, stock, from.Basis)
	} else {
		leg.Density, err = densityOf(stock.Mass, stock.Volume, from.Basis)
	}
	if err != nil {
		return err
	}
	b := &batch{id: w.Lot, line: from.ID, basis: from.Basis, legs: []Leg{leg}, delivered: true, owner: w.Shipper}
	if from.Kind == Tank {
		b.tank, b.owner = from.ID, from.Owner
	}
	b.custody = []CustodyChange{{From: from.Keeper, To: w.To, At: p.event.At, Place: w.Place, Event: p.event.ID}}
	p.then(func() { l.batches[b.id] = b })
	return nil
}

// takeOver brings a batch or lot that was delivered to the keeper into a pool. In a tank it mixes as it is: nothing shrinks.
func (l *Ledger) takeOver(p *posting, t *pool) error {
	r := p.event.Receipt
	b, _, err := l.moving(r.Batch)
	if err != nil {
		return err
	}
	last := b.legs[len(b.legs)-1]
	switch to := b.custody[len(b.custody)-1].To; {
	case !b.delivered:
		return fmt.Errorf("batch %s is not delivered yet", b.id)
	case b.received != "":
		return fmt.Errorf("batch %s was received by event %s", b.id, b.received)
	case to != t.Keeper:
		return fmt.Errorf("batch %s was delivered to %s, %s %s is kept by %s", b.id, to, t.Kind, t.ID, t.Keeper)
	case b.basis != t.Basis:
		return fmt.Errorf("batch %s was delivered in %s, %s %s is kept in %s: state a receipt of a source by its ticket, which is converted",
			b.id, b.basis, t.Kind, t.ID, t.Basis)
	}
	account, evidence := DeliveredAccount(b.id), p.stated()
	if last.Ticket != nil {
		evidence = last.Ticket.evidence()
	}
	have := l.stock(account, b.basis)
	p.carry(Movement{
		Effect: Received, Pool: t.ID, Batch: b.id, Place: last.Place, Basis: t.Basis, Volume: have.Volume, Mass: have.Mass, Evidence: evidence,
		Ticket: last.Ticket.booked(),
	}, plain(account), t.end(r.Shipper))
	id := p.event.ID
	p.then(func() {
		b.received, b.out, t.booked = id, have, true
		if t.Kind == Stream {
			l.receipts[id] = &receipt{pool: t.ID, volume: have.Volume, mass: have.Mass, evidence: evidence, cite: last.Ticket, shipper: r.Shipper}
		}
	})
	return nil
}

// stream returns a declared stream.
func (l *Ledger) stream(id string) (*pool, error) {
	s, known := l.pools[id]
	if !known || s.Kind != Stream {
		return nil, fmt.Errorf("%s is not declared as a stream: state the pool first", id)
	}
	return s, nil
}

func (l *Ledger) title(p *posting) error {
	t := p.event.Title
	s, err := l.stream(t.Pool)
	if err != nil {
		return err
	}
	if p.event.By != t.From && p.event.By != s.Keeper {
		return fmt.Errorf("%s states it, but only %s, who gives it up, or %s, who keeps stream %s, may", p.event.By, t.From, s.Keeper, s.ID)
	}
	return l.pass(p, Titled, s, t.From, t.To, t.Volume)
}

func (l *Ledger) exchange(p *posting) error {
	e := p.event.Exchange
	s, err := l.stream(e.Pool)
	if err != nil {
		return err
	}
	other, err := l.stream(e.ForPool)
	if err != nil {
		return err
	}
	keeper := p.event.By == s.Keeper && p.event.By == other.Keeper
	switch {
	case s.Basis != other.Basis:
		return fmt.Errorf("%s is kept in %s and %s in %s: equal volumes need one basis", s.ID, s.Basis, other.ID, other.Basis)
	case !keeper && p.event.By != e.Party:
		return fmt.Errorf("%s states it, but only %s, who gives in stream %s, or the keeper of both streams may", p.event.By, e.Party, s.ID)
	case !keeper && p.event.Paper == nil:
		return errors.New("one party states it for both: cite a paper of both")
	}
	if err := l.pass(p, Exchanged, s, e.Party, e.Other, e.Volume); err != nil {
		return err
	}
	return l.pass(p, Exchanged, other, e.Other, e.Party, e.Volume)
}
