package custody

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Carried names what brought a receipt: a stream of a carrier that states no events in these books. What the receipt then rests on
// is the carrier's monthly statement.
type Carried struct {
	Carrier string `cbor:"1,keyasint" json:"carrier"` // DID
	Stream  string `cbor:"2,keyasint" json:"stream"`  // as the statements name it
}

// carried refuses a receipt out of a stream that is in these books: it is withdrawn from there.
func (l *Ledger) carried(c *Carried) error {
	if c == nil {
		return nil
	}
	if s, known := l.pools[c.Stream]; known && s.Keeper == c.Carrier {
		return fmt.Errorf("stream %s of %s is in these books: withdraw it from there into the pool", c.Stream, c.Carrier)
	}
	return nil
}

// attest raises what one party typed to attested where the carrier's own monthly statement confirms it to the micro-unit: the typed
// receipts into and withdrawals out of a position whose whole line is the books', and the receipts that name a stream outside these
// books and add up to the deliveries of its line. A statement that only a shipper repeats confirms nothing. What is signed stays
// signed. It looks back, so it is done when all events are folded.
func (l *Ledger) attest() error {
	for _, s := range l.statements {
		if s.by != s.Carrier {
			continue
		}
		for _, line := range s.Lines {
			sum, err := line.Sum()
			if err != nil {
				return err
			}
			if sum != line.Closing {
				continue
			}
			confirm := l.confirmOutside
			if l.pools[s.Pool] != nil {
				confirm = l.confirmHere
			}
			events, err := confirm(s, line)
			if err != nil {
				return err
			}
			l.rest(events, s.event)
		}
	}
	return nil
}

// confirmHere returns the events behind the receipts and deliveries of a position in a stream of these books, if the line is the books'.
func (l *Ledger) confirmHere(s statement, line StatementLine) (map[string]bool, error) {
	books, err := l.positions(l.pools[s.Pool], s.From, s.Until)
	if err != nil {
		return nil, err
	}
	events := map[string]bool{}
	for _, b := range books {
		if b != line {
			continue
		}
		position := PositionAccount(s.Pool, line.Shipper)
		for _, m := range l.movements {
			crosses := (m.From == position || m.To == position) && m.From.Inventory() != m.To.Inventory()
			moved := m.Effect == Received || m.Effect == Withdrawn || m.Effect == Stored
			if crosses && moved && s.From <= m.At && m.At < s.Until {
				events[m.Event] = true
			}
		}
	}
	return events, nil
}

// confirmOutside returns the receipts of a shipper out of a stream that is not in these books, if they add up to what its carrier states
// to have delivered.
func (l *Ledger) confirmOutside(s statement, line StatementLine) (map[string]bool, error) {
	events, total := map[string]bool{}, quantity.Micro(0)
	for id, r := range l.receipts {
		pool := l.pools[r.pool]
		if r.carried == nil || *r.carried != (Carried{s.Carrier, s.Pool}) || pool.Owner+r.shipper != line.Shipper || r.at < s.From || r.at >= s.Until {
			continue
		}
		if pool.Basis != s.Basis {
			return nil, nil // they can't be compared
		}
		events[id] = true
		var err error
		if total, err = total.Add(r.volume); err != nil {
			return nil, fmt.Errorf("receipts out of stream %s of %s: %w", s.Pool, s.Carrier, err)
		}
	}
	if total != line.Deliveries {
		return nil, nil
	}
	return events, nil
}

// rest notes that what is typed in events rests on a statement.
func (l *Ledger) rest(events map[string]bool, statement string) {
	for i := range l.movements {
		if m := &l.movements[i]; events[m.Event] && m.Evidence == Typed && m.Effect != Allowed {
			m.Evidence, m.Statement = Attested, statement
		}
	}
	for id := range events {
		if r := l.receipts[id]; r != nil && r.evidence == Typed {
			r.evidence, r.statement = Attested, statement
		}
	}
}
