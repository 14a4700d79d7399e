package custody

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Item is the figure of a StatementLine that a movement of a position belongs to.
type Item string

// The items, in the order of a StatementLine.
const (
	Receipts    Item = "receipts"
	Deliveries  Item = "deliveries"
	Transfers   Item = "transfers"
	InKind      Item = "loss allowance"
	Deductions  Item = "deductions"
	OverShort   Item = "over and short"
	Adjustments Item = "adjustments"
)

// PositionMovement is a movement as the position of one shipper sees it.
type PositionMovement struct {
	Movement
	Shipper string         `json:"shipper"` // DID, whose position it is
	Item    Item           `json:"item"`
	Change  quantity.Micro `json:"change"`          // of the position, on the movement's basis: negative when it leaves
	Other   string         `json:"other,omitempty"` // DID of the shipper whose position gives or gets, of a transfer
}

// Positions returns the position of each shipper in a stream or line from one instant (ms, included) to another (excluded), by
// shipper. They add up to what the pool has. In a line the shipper is who owns the batch, and a sale there is a transfer of what
// the books have of the batch when title passes. A tank has one owner, so no positions.
func (l *Ledger) Positions(pool string, from, to int64) ([]StatementLine, error) {
	p, err := l.shared(pool)
	if err != nil {
		return nil, err
	}
	return l.positions(p, from, to)
}

// PositionMovements returns the movements behind a shipper's line of Positions, or with shipper "" behind all, in the order of the
// books, without those that move no volume. Their changes, by item, are the figures of the line.
func (l *Ledger) PositionMovements(pool, shipper string, from, to int64) ([]PositionMovement, error) {
	p, err := l.shared(pool)
	if err != nil {
		return nil, err
	}
	var all []PositionMovement
	err = l.eachChange(p, to, func(of string, m PositionMovement) error {
		if (shipper == "" || of == shipper) && m.At >= from {
			m.Shipper, m.Ticket = of, m.Ticket.booked()
			all = append(all, m)
		}
		return nil
	})
	return all, err
}

// shared returns a pool in which several shippers have positions.
func (l *Ledger) shared(id string) (*pool, error) {
	p, known := l.pools[id]
	if !known {
		return nil, fmt.Errorf("pool %s is not declared", id)
	}
	if p.Kind == Tank {
		return nil, fmt.Errorf("%s is a tank, all of it is %s's: shippers have positions in a stream or line", id, p.Owner)
	}
	return p, nil
}

func (l *Ledger) positions(p *pool, from, to int64) ([]StatementLine, error) {
	lines := make([]StatementLine, len(p.stream.shippers))
	for i, shipper := range p.stream.shippers {
		lines[i].Shipper = shipper
	}
	err := l.eachChange(p, to, func(shipper string, m PositionMovement) error {
		i, known := slices.BinarySearchFunc(lines, shipper, func(s StatementLine, of string) int { return cmp.Compare(s.Shipper, of) })
		if !known {
			lines = slices.Insert(lines, i, StatementLine{Shipper: shipper})
		}
		if err := lines[i].add(m, m.At < from); err != nil {
			return fmt.Errorf("position of %s in %s %s: %w", shipper, p.Kind, p.ID, err)
		}
		return nil
	})
	return lines, err
}

// eachChange calls a function for each change of a position in a stream or line before an instant (ms).
func (l *Ledger) eachChange(p *pool, to int64, do func(shipper string, m PositionMovement) error) error {
	if p.Kind == Line {
		return l.eachInLine(p, to, do)
	}
	for _, m := range l.movements {
		if m.At >= to || m.Volume == 0 {
			continue
		}
		out, gives := l.streamOf(m.From)
		in, gets := l.streamOf(m.To)
		within := out == in
		if out == p && gives != "" {
			c := changed(m, false, within)
			if within {
				c.Other = gets
			}
			if err := do(gives, c); err != nil {
				return err
			}
		}
		if in == p && gets != "" {
			c := changed(m, true, within)
			if within {
				c.Other = gives
			}
			if err := do(gets, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// changed returns a movement as one of its sides sees it. Within says that both sides are positions in one pool.
func changed(m Movement, in, within bool) PositionMovement {
	c := PositionMovement{Movement: m, Change: m.Volume}
	if !in {
		c.Change = -m.Volume
	}
	switch {
	case m.Effect == Gained || m.Effect == Lost:
		c.Item = OverShort
	case m.Effect == Adjusted:
		c.Item = Adjustments
	case m.Effect == AllowedInKind:
		c.Item = InKind
	case within:
		c.Item = Transfers
	case in:
		c.Item = Receipts
	case m.Effect == Withdrawn || m.Effect == Stored || m.Effect == Transferred || m.Effect == Processed || m.Effect == Delivered:
		c.Item = Deliveries
	default:
		c.Item = Deductions
	}
	return c
}

// eachInLine is eachChange of a line: its movements, and between them the sales of batches, by instant.
func (l *Ledger) eachInLine(p *pool, to int64, do func(shipper string, m PositionMovement) error) error {
	var sales []sale
	for _, id := range p.batches {
		for _, t := range l.batches[id].titles {
			if t.At < to {
				sales = append(sales, sale{t, id})
			}
		}
	}
	slices.SortStableFunc(sales, func(a, b sale) int { return cmp.Compare(a.At, b.At) })
	held := map[string]quantity.Micro{} // by batch
	pass := func(until int64) error {
		for len(sales) > 0 && sales[0].At <= until {
			s := sales[0]
			sales = sales[1:]
			if held[s.batch] == 0 {
				continue // before the part of a split was, or after the whole
			}
			m := Movement{
				Event: s.Event, At: s.At, Effect: Titled, Pool: p.ID, From: BatchAccount(s.batch), To: BatchAccount(s.batch), Batch: s.batch,
				Basis: p.Basis, Volume: held[s.batch], Evidence: Typed,
			}
			gives, gets := changed(m, false, true), changed(m, true, true)
			gives.Other, gets.Other = s.Buyer, s.Seller
			if err := errors.Join(do(s.Seller, gives), do(s.Buyer, gets)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, m := range l.movements {
		if m.At >= to || m.Volume == 0 {
			continue
		}
		if err := pass(m.At); err != nil {
			return err
		}
		within := l.within(p, m.From) && l.within(p, m.To)
		for _, side := range []struct {
			account Account
			in      bool
		}{{m.From, false}, {m.To, true}} {
			id, is := cutAccount(side.account, "batch:")
			if !is || l.batches[id].line != p.ID {
				continue
			}
			c := changed(m, side.in, within)
			var err error
			if held[id], err = held[id].Add(c.Change); err != nil {
				return err
			}
			if err := do(ownerAt(l.batches[id].owner, l.batches[id].titles, m.At), c); err != nil {
				return err
			}
		}
	}
	return pass(to)
}

// sale is a sale of a batch.
type sale struct {
	TitleChange
	batch string
}

// add books a movement of a position.
func (s *StatementLine) add(m PositionMovement, before bool) (err error) {
	if s.Closing, err = s.Closing.Add(m.Change); err != nil {
		return err
	}
	if before {
		s.Opening = s.Closing
		return nil
	}
	into, amount := &s.Transfers, m.Change
	switch m.Item {
	case Receipts:
		into = &s.Receipts
	case Deliveries:
		into, amount = &s.Deliveries, -m.Change
	case InKind:
		into, amount = &s.Allowance, -m.Change
	case Deductions:
		into, amount = &s.Deductions, -m.Change
	case OverShort:
		into = &s.OverShort
	case Adjustments:
		into = &s.Adjustments
	}
	*into, err = into.Add(amount)
	return err
}
