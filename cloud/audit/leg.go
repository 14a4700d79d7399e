package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// goodsOf returns what a claim of a leg names of it: the records of its ticket, the carrier's ticket, or the event that states it.
// Of an event the books don't have the hash.
func (c *Case) goodsOf(b custody.BatchState, g custody.Leg) Claim {
	goods := Claim{Batch: b.Batch}
	switch t := g.Ticket; {
	case t == nil:
		goods.Point, goods.Carrier, goods.Close, goods.Event = g.Place, b.Custody[0].From, g.At, g.Event
	case t.Carrier != "":
		goods.Ticket, goods.Point, goods.Carrier, goods.Open, goods.Close = t.Hash, t.Point, t.Carrier, t.Open, t.Close
	default:
		goods.Ticket, goods.Point = t.Hash, t.Point
		if of := c.Tickets[t.Hash]; of != nil {
			goods.Device, goods.First, goods.Last = of.Device, of.First, of.Last
		}
	}
	return goods
}

// legOf returns the leg that a claim enters, and what its quantity rests on. Of what a party stated
// the ticket is the event: as long as Open and Close, at its instant, and of version 0.
func (c *Case) legOf(claim Claim, b custody.BatchState) (leg custody.Leg, on custody.Citation, err error) {
	i := slices.IndexFunc(b.Legs, func(g custody.Leg) bool {
		if g.Ticket == nil {
			return g.Event == claim.Event
		}
		return g.Ticket.Hash == claim.Ticket
	})
	if i < 0 && claim.Event != "" {
		return leg, on, fmt.Errorf("event %s states no volume of batch %s: one that cites a ticket is claimed by that", claim.Event, claim.Batch)
	}
	if i < 0 {
		err = fmt.Errorf("ticket %s is not the newest one of any meter that batch %s passed", claim.Ticket, claim.Batch)
		if g := b.Legs[0]; g.Ticket == nil {
			err = fmt.Errorf("%w: its volume was stated, so that a claim names event %s", err, g.Event)
		}
		return leg, on, err
	}
	leg = b.Legs[i]
	goods := c.goodsOf(b, leg)
	if leg.Ticket != nil {
		on = *leg.Ticket
	} else if on, err = c.asTicket(claim, b, leg); err != nil {
		return leg, on, err
	}
	goods.Ticket = on.Hash
	if claim.goods() != goods {
		err = fmt.Errorf("the claim enters %s, by %s it is %s", claim.named(), nameOf(on), goods.named())
		if claim.Carrier == "" && on.Carrier != "" {
			err = fmt.Errorf("%w: name carrier, point, open and close, and no records", err)
		}
		return leg, on, err
	}
	if claim.Carrier == "" && claim.Close != 0 && (claim.Open != on.Open || claim.Close != on.Close) {
		return leg, on, fmt.Errorf("the claim says %s to %s, %s states %s to %s", clockText(claim.Open), clockText(claim.Close), nameOf(on),
			clockText(on.Open), clockText(on.Close))
	}
	return leg, on, nil
}

// asTicket returns what an event states of a lot that no ticket measured, in the form of a ticket. The claim names the event by the
// SHA-256 of the paper that states it as it is now.
func (c *Case) asTicket(claim Claim, b custody.BatchState, g custody.Leg) (on custody.Citation, err error) {
	on = custody.Citation{
		ID: g.Event, Hash: claim.Ticket, Point: g.Place, Open: g.At, Close: g.At, Basis: b.Basis, GSV: g.Volume, SW: g.Stated.SW,
		Density: g.Density, Commodity: g.Stated.Commodity, Final: g.Stated.SW != nil, Carrier: b.Custody[0].From,
	}
	if by := c.stated()[g.Event]; by != claim.Ticket {
		return on, fmt.Errorf("event %s is in the books by paper %s, the claim names %s: name that in ticket", g.Event, by, claim.Ticket)
	}
	return on, nil
}

// nameOf says what a quantity rests on.
func nameOf(on custody.Citation) string {
	if on.Version == 0 {
		return "event " + on.ID
	}
	return "ticket " + on.ID
}

// lacks refuses what does not say all that an entry by net barrels needs.
func lacks(on custody.Citation) error {
	switch {
	case on.Basis.Unit.Dimension() == quantity.Energy:
		return fmt.Errorf("event %s states energy, which is of gas, and the line that is claimed counts barrels", on.ID)
	case on.Version > 0 && on.SW != nil:
		return nil
	case on.Version > 0 && on.Carrier == "":
		return fmt.Errorf("ticket %s is provisional: the laboratory's sediment and water is missing", on.ID)
	case on.Version > 0:
		return fmt.Errorf("ticket %s, the carrier's own, states no sediment and water, so that its net barrels are not known: have both parties sign one "+
			"that does, and void the event that cites it with a replacement that cites that", on.ID)
	}
	var missing []string
	if on.SW == nil {
		missing = append(missing, "sediment and water (sw)")
	}
	if on.Commodity == "" {
		missing = append(missing, "commodity")
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("event %s states a volume without %s, so that its net barrels at 60 F are not known: void it with a replacement that has them beside "+
		"the volume", on.ID, strings.Join(missing, " and "))
}

// last returns the last instant of what a quantity rests on (ms): a ticket ends before it closes.
func last(on custody.Citation) int64 {
	if on.Version == 0 {
		return on.Close
	}
	return on.Close - 1
}

// quantityOf says what a gross volume of a leg rests on.
func quantityOf(g custody.Leg, basis quantity.Basis, gross quantity.Micro) lineage.Coverage {
	q := lineage.Coverage{Basis: basis, Volume: gross}
	switch g.Evidence {
	case custody.Signed:
		q.Signed = gross
	case custody.Attested:
		q.Attested = gross
	default:
		q.Typed = gross
	}
	if g.Statement != "" {
		q.Statements = []string{g.Statement}
	}
	return q
}
