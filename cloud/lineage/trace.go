package lineage

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// Lot returns the composition of a batch as the last meter that found a difference left it.
func (b *Book) Lot(batch string) (Lot, error) {
	lots := b.lots[batch]
	if len(lots) == 0 {
		return Lot{}, fmt.Errorf("no movement of batch %s has been followed: its transfer comes first", batch)
	}
	return lots[len(lots)-1].copied(), nil
}

// LotAt returns the composition of a batch as it was at an instant (ms): what a decision of that day rests on, whatever later
// meters found.
func (b *Book) LotAt(batch string, at int64) (Lot, error) {
	lots := b.lots[batch]
	for i := len(lots) - 1; i >= 0; i-- {
		if lots[i].At <= at {
			return lots[i].copied(), nil
		}
	}
	return Lot{}, fmt.Errorf("no movement of batch %s until %d ms has been followed: its transfer comes first", batch, at)
}

func (l Lot) copied() Lot {
	l.Shares = slices.Clone(l.Shares)
	return l
}

// Shares returns the composition of the inventory that an account is part of, in the order of a lot's; nothing for one that is
// empty. For a position in a stream that is the whole stream.
func (b *Book) Shares(a custody.Account) []Share { return slices.Clone(b.accounts[a.Inventory()]) }

// Trace returns the movements that made a batch what it is, oldest first: back over its injection, the blends and receipts of
// the tank since it was last empty, to the sources; with what was lost and gained on the way, and without what left for elsewhere.
func (b *Book) Trace(batch string) ([]custody.Movement, error) {
	found, err := b.trace(batch)
	if err != nil {
		return nil, err
	}
	trace := make([]custody.Movement, len(found))
	for i, at := range found {
		trace[i] = b.steps[at].Movement
	}
	return trace, nil
}

// trace returns the places of those movements.
func (b *Book) trace(batch string) (found []int, err error) {
	if len(b.lots[batch]) == 0 {
		return nil, fmt.Errorf("no movement of batch %s has been followed: its transfer comes first", batch)
	}
	// Backwards, so that what left or entered a tank after the batch had left it is not met.
	wanted := map[custody.Account]int{custody.BatchAccount(batch): 0, custody.DeliveredAccount(batch): 0}
	is := func(a custody.Account, filling int) bool {
		w, ok := wanted[a.Inventory()]
		return ok && w == filling
	}
	for i := len(b.steps) - 1; i >= 0; i-- {
		s := &b.steps[i] // not a copy: there are many
		switch {
		case within(s.Movement): // another owner of the same oil
			continue
		case is(s.To, s.to):
			if s.From.Holds() {
				wanted[s.From.Inventory()] = s.from
			}
		case is(s.From, s.from) && !s.To.Holds(): // a loss
		default:
			continue
		}
		found = append(found, i)
	}
	slices.Reverse(found)
	return found, nil
}

// Brought returns what the i-th movement carried into a tank or stream from another account that holds oil, by source, then evidence;
// nothing for any other movement.
func (b *Book) Brought(i int) []Share { return slices.Clone(b.brought[i]) }

// Coverage says how much of an amount rests on which class of evidence. The three add up to Volume.
type Coverage struct {
	Basis    quantity.Basis `json:"basis"`
	Volume   quantity.Micro `json:"volume"`
	Signed   quantity.Micro `json:"signed"`
	Attested quantity.Micro `json:"attested"`
	Typed    quantity.Micro `json:"typed"`
	// Statements are the carriers' monthly statements, events, that some of what is attested rests on.
	Statements []string `json:"statements,omitempty"`
}

// Statements returns the carriers' monthly statements that receipts behind a batch rest on, sorted.
func (b *Book) Statements(batch string) (events []string, err error) {
	trace, err := b.trace(batch)
	if err != nil {
		return nil, err
	}
	for _, i := range trace {
		m := &b.steps[i].Movement
		if _, is := m.From.Source(); is && m.Statement != "" && !slices.Contains(events, m.Statement) {
			events = append(events, m.Statement)
		}
	}
	slices.Sort(events)
	return events, nil
}

// Coverage returns what the origin of a lot's oil rests on, by book volume. That the lot itself was metered is another matter:
// its tickets say so.
func (l Lot) Coverage() Coverage {
	c := Coverage{Basis: l.Basis, Volume: l.Volume}
	for _, s := range l.Shares {
		switch s.Evidence {
		case custody.Signed:
			c.Signed += s.Book
		case custody.Attested:
			c.Attested += s.Book
		default:
			c.Typed += s.Book
		}
	}
	return c
}
