package custody

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// allow books the loss allowance of a batch between contract and allowance account: no oil moves.
func (l *Ledger) allow(p *posting) error {
	a := p.event.Allowance
	if a.Receipt != "" {
		return l.allowInKind(p)
	}
	b, line, err := l.moving(a.Batch)
	if err != nil {
		return err
	}
	if err := p.by(line.segmentOf(b).Custodian, "the carrier of batch "+b.id); err != nil {
		return err
	}
	if b.allowance != nil {
		return fmt.Errorf("batch %s has a loss allowance of %s %% by event %s", b.id, b.allowance.Percent, b.allowance.Event)
	}
	volume, err := b.legs[0].Volume.Mul(a.Percent, quantity.F(1, 2))
	if err != nil {
		return err
	}
	if volume == 0 {
		return errors.New("the allowance comes to nothing: leave it out")
	}
	p.move(Movement{
		Effect: Allowed, Pool: line.ID, Batch: b.id, From: ContractAccount(b.id), To: LossAllowance, Basis: b.basis,
		Volume: volume, Evidence: Typed,
	})
	state := &AllowanceState{Percent: a.Percent, Volume: volume, Event: p.event.ID}
	p.then(func() { b.allowance = state })
	return nil
}

func (l *Ledger) sell(p *posting) error {
	s := p.event.Sale
	b, line, err := l.moving(s.Batch)
	if err != nil {
		return err
	}
	if err := p.by(s.Seller, "seller"); err != nil {
		return err
	}
	if owner := b.ownedBy(); owner != s.Seller {
		return fmt.Errorf("batch %s is owned by %s: %s can't sell it", b.id, owner, s.Seller)
	}
	if b.delivered && line.Kind == Line {
		return fmt.Errorf("batch %s has left the line: its sale is not for these books", b.id)
	}
	if b.received != "" { // a lot is there from its delivery on: that is what is sold, until it is mixed with other oil
		return fmt.Errorf("lot %s was received by event %s: its sale is not for these books", b.id, b.received)
	}
	title := TitleChange{Seller: s.Seller, Buyer: s.Buyer, At: p.event.At, Event: p.event.ID, Basis: s.Basis, Unit: s.Unit}
	if s.Price != nil {
		price := *s.Price
		title.Price = &price
	}
	p.then(func() {
		b.titles = append(b.titles, title)
		l.sales[p.event.ID] = b.id
	})
	return nil
}

func (l *Ledger) acknowledge(p *posting) error {
	sale := p.event.Acknowledgement.Sale
	id, known := l.sales[sale]
	if !known {
		return fmt.Errorf("the ledger has no sale %s to acknowledge", sale)
	}
	b, line, err := l.here(id)
	if err != nil {
		return err
	}
	if err := p.by(line.segmentOf(b).Custodian, "the carrier of batch "+id); err != nil {
		return err
	}
	for i := range b.titles {
		t := &b.titles[i]
		if t.Event != sale {
			continue
		}
		if t.Acknowledged != nil {
			return fmt.Errorf("sale %s was acknowledged by event %s", sale, t.Acknowledged.Event)
		}
		by := &Acknowledged{By: p.event.By, At: p.event.At, Event: p.event.ID}
		p.then(func() { t.Acknowledged = by })
	}
	return nil
}
