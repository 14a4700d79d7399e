package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
)

// stock makes the lines of an inventory of what the custody books moved into a tank or stream and out of it.
type stock struct {
	*Case
	pool   custody.Account
	chosen []custody.InventoryState
	begun  int // of those chosen, how many have begun
	moved  []custody.Movement
	seq    int64
	held   quantity.Micro
	lines  []inventory.Line
}

// drawn returns the pool that a lot was drawn from and the place of that movement among all, or nothing where it was not drawn from a
// tank or stream of these books. What was split was drawn with the whole.
func (c *Case) drawn(lot string, moved []custody.Movement) (pool string, at int, err error) {
	for lot != "" {
		for i, m := range moved {
			if m.Batch == lot && m.Volume > 0 && (m.Effect == custody.Withdrawn || m.Effect == custody.Transferred) {
				if l, known := c.poolOf(m.From); known {
					return l, i, nil
				}
			}
		}
		b, err := c.Books.Batch(lot)
		if err != nil {
			return "", 0, err
		}
		lot = b.Of
	}
	return "", 0, nil
}

// poolOf returns the tank or stream that an account is part of.
func (c *Case) poolOf(a custody.Account) (id string, known bool) {
	const prefix = "pool:"
	name := string(a.Inventory())
	if len(name) <= len(prefix) || name[:len(prefix)] != prefix {
		return "", false
	}
	_, err := c.Books.Pool(name[len(prefix):])
	return name[len(prefix):], err == nil
}

// run keeps the inventory up to a movement that draws on it, and returns its books and when that was in them.
func (s *stock) run(last int) (r inventory.Result, at inventory.Moment, err error) {
	for i := range s.moved[:last+1] {
		if err := s.take(i); err != nil {
			return r, at, err
		}
	}
	at = s.lines[len(s.lines)-1].Moment
	first := s.chosen[0]
	policy, err := policyOf(first.Inventory)
	if err != nil {
		return r, at, err
	}
	year, err := strconv.Atoi(first.Year[5:])
	if err != nil {
		return r, at, err
	}
	o := inventory.Options{Policy: policy, Calendar: inventory.Calendar{
		First: time.Month(year), Zone: time.FixedZone("", int(first.UTCOffset)*60),
	}}
	if first.Decimals != nil {
		o.Rounding.Ratio = inventory.Places(uint8(*first.Decimals)) // at most 12
	}
	r, err = inventory.Run(s.lines, o)
	return r, at, err
}

// take adds the lines of a movement.
func (s *stock) take(i int) error {
	m := s.moved[i]
	in, out := m.To.Inventory() == s.pool, m.From.Inventory() == s.pool
	if in == out || m.Volume == 0 {
		return nil
	}
	if err := s.choose(m.At); err != nil {
		return err
	}
	if out {
		s.held -= m.Volume // custody overdraws nothing
		if s.begun > 0 {
			s.add(m.At, inventory.Line{Kind: inventory.KindWithdrawal, Quantity: m.Volume})
		}
		return nil
	}
	s.held += m.Volume
	shares, err := s.shares(i)
	if err != nil {
		return err
	}
	for _, share := range shares {
		if n := len(share.Made); n > 0 {
			return fmt.Errorf("a part of what it holds is a product of %s, event %s: an inventory method over products is not decided here",
				strings.Join(share.Made[n-1].Steps, ", "), m.Event)
		}
		origin, err := s.originOf(share.Source, m.At)
		if err != nil {
			return err
		}
		if share.Book > 0 {
			s.add(m.At, inventory.Line{Kind: inventory.KindReceipt, Source: share.Source, Origin: origin, Quantity: share.Book})
		}
	}
	return nil
}

func (s *stock) add(at int64, l inventory.Line) {
	s.seq++
	l.Moment = inventory.Moment{Time: time.UnixMilli(at).UTC(), Seq: s.seq}
	s.lines = append(s.lines, l)
}

// choose begins the methods whose fiscal year has begun at an instant, when they are stated: what is in stock then is the opening
// inventory of the first, and of one that is another than before.
func (s *stock) choose(at int64) error {
	for ; s.begun < len(s.chosen); s.begun++ {
		c := s.chosen[s.begun]
		begin := max(c.From, c.At)
		if begin > at {
			return nil
		}
		line := inventory.Line{Kind: inventory.KindOpening, Quantity: s.held}
		if c.Opening == custody.AllNonOriginating {
			line.Origin, line.Source = inventory.NonOriginating, unaccounted
		}
		if s.begun > 0 {
			policy, err := policyOf(c.Inventory)
			if err != nil {
				return err
			}
			before, err := policyOf(s.chosen[s.begun-1].Inventory)
			if err != nil {
				return err
			}
			if line.Kind, line.Quantity, line.Policy = inventory.KindChoice, 0, &policy; policy == before {
				line.Origin, line.Source = "", "" // the method goes on, and so does its inventory
			}
		}
		if s.begun > 0 || s.held > 0 {
			s.add(begin, line)
		}
	}
	return nil
}

// shares returns what a movement brings in, by source. What no source stands behind, such as what a gauge found more, is of a source
// without a name.
func (s *stock) shares(i int) ([]lineage.Share, error) {
	m := s.moved[i]
	if source, is := m.From.Source(); is {
		return []lineage.Share{{Source: source, Book: m.Volume}}, nil
	}
	if !m.From.Holds() {
		return []lineage.Share{{Source: unaccounted, Book: m.Volume}}, nil
	}
	return s.Lineage.Brought(i), nil
}

// unaccounted is the source of what no source accounts for.
const unaccounted = "unaccounted for"

// originOf returns what a source's oil counts as, by what was proven of it when it came.
func (s *stock) originOf(source string, at int64) (inventory.Origin, error) {
	if source == unaccounted {
		return inventory.NonOriginating, nil
	}
	state, err := s.Books.Source(source, at)
	if err != nil || state.Originating != custody.Originating {
		return inventory.NonOriginating, err
	}
	return inventory.Originating, nil
}

// policyOf returns the policy that was chosen. Specific identification has none: what lies there says what leaves.
func policyOf(i custody.Inventory) (inventory.Policy, error) {
	methods := map[custody.Method]inventory.Method{
		custody.Average: inventory.Average, custody.FIFO: inventory.FIFO, custody.LIFO: inventory.LIFO, custody.Specific: inventory.Specific,
	}
	p := inventory.Policy{Method: methods[i.Method], Basis: inventory.Basis(i.Of), Period: inventory.Period(i.Period)}
	return p, p.Valid()
}
