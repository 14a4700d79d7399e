package custody

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Close closes a month of a pool, by its keeper, with what the books say of it then. No event may move anything in the pool before
// Until any more: books in which one does are not those that were closed. What turns out wrong later is voided, and booked as an
// adjustment in the month in which it is found.
type Close struct {
	Pool  string `cbor:"1,keyasint" json:"pool"`
	Month string `cbor:"2,keyasint" json:"month"` // "2024-03"
	Until int64  `cbor:"3,keyasint" json:"until"` // ms since 1970 UTC, excluded: the end of the month where the pool is
	// Volume, Mass and Movements are the closing inventory and the number of movements of the pool up to Until.
	Volume    quantity.Micro `cbor:"4,keyasint" json:"volume"`
	Mass      quantity.Micro `cbor:"5,keyasint" json:"mass"` // kg
	Movements uint64         `cbor:"6,keyasint" json:"movements"`
}

// CloseState is a close as booked.
type CloseState struct {
	Close
	By    string `json:"by"`
	At    int64  `json:"at"` // ms since 1970 UTC
	Event string `json:"event"`
}

// maxMonthEnd is how far the end of a month may be from that in UTC, ms: zones, and gas and oil days that begin in the morning.
const maxMonthEnd = 36 * 3_600_000

func (c *Close) check() error {
	begin, err := time.Parse("2006-01", c.Month)
	if err != nil {
		return fmt.Errorf("close of %s: month %q is not like 2024-03", c.Pool, c.Month)
	}
	if off := c.Until - begin.AddDate(0, 1, 0).UnixMilli(); off > maxMonthEnd || off < -maxMonthEnd {
		return fmt.Errorf("close of %s: %d ms is not the end of %s anywhere", c.Pool, c.Until, c.Month)
	}
	if c.Volume < 0 || c.Mass < 0 {
		return fmt.Errorf("close of %s: an inventory is not negative", c.Pool)
	}
	return names("pool", c.Pool)
}

// Closing returns the close of a pool's month, which ends at an instant (ms), for its keeper to state.
func (l *Ledger) Closing(pool, month string, until int64) (Close, error) {
	b, err := l.PoolBalance(pool, 0, until)
	if err != nil {
		return Close{}, err
	}
	c := Close{Pool: pool, Month: month, Until: until, Volume: b.Closing.Volume, Mass: b.Closing.Mass}
	c.Movements = l.Count(pool, 0, until)
	return c, c.check()
}

// Count returns the number of movements of a pool from one instant (ms, included) to another (excluded): over its edge, within it,
// or booked for it. It is 0 for a pool that is not declared.
func (l *Ledger) Count(pool string, from, to int64) (n uint64) {
	p, known := l.pools[pool]
	for _, m := range l.movements {
		if known && m.At >= from && m.At < to && l.concerns(p, m) {
			n++
		}
	}
	return n
}

// concerns reports whether a movement is one of a pool's: over its edge or within it, or booked for it, as a loss allowance is.
func (l *Ledger) concerns(p *pool, m Movement) bool {
	return m.Pool == p.ID || l.within(p, m.From) || l.within(p, m.To)
}

// Closes returns the closes of a pool, in their order.
func (l *Ledger) Closes(pool string) []CloseState {
	if p := l.pools[pool]; p != nil {
		return slices.Clone(p.closes)
	}
	return nil
}

func (l *Ledger) close(p *posting) error {
	c := p.event.Close
	of, known := l.pools[c.Pool]
	if !known {
		return fmt.Errorf("pool %s is not declared", c.Pool)
	}
	if err := p.by(of.Keeper, "keeper of pool "+c.Pool); err != nil {
		return err
	}
	if p.event.At < c.Until {
		return fmt.Errorf("it is of %d ms, and %s ends at %d ms: a month is closed when it is over", p.event.At, c.Month, c.Until)
	}
	if n := len(of.closes); n > 0 && c.Until <= of.closes[n-1].Until {
		return fmt.Errorf("pool %s is closed up to %d ms, %s, by event %s", c.Pool, of.closes[n-1].Until, of.closes[n-1].Month, of.closes[n-1].Event)
	}
	now, err := l.Closing(c.Pool, c.Month, c.Until)
	if err != nil {
		return err
	}
	if now != *c {
		return fmt.Errorf("pool %s was closed for %s with %s %s, %s kg and %d movements, and the books have %s, %s kg and %d: "+
			"nothing takes effect in a closed month; void what was wrong, it is adjusted in the open month",
			c.Pool, c.Month, c.Volume, of.Basis, c.Mass, c.Movements, now.Volume, now.Mass, now.Movements)
	}
	state := CloseState{Close: *c, By: p.event.By, At: p.event.At, Event: p.event.ID}
	p.then(func() { of.closes = append(of.closes, state) })
	return nil
}

// closed reports whether a movement of an event at an instant (ms) is in a closed month of a pool.
func (l *Ledger) closed(event string, at int64) bool {
	for _, m := range l.movements {
		if m.Event != event {
			continue
		}
		for _, p := range l.pools {
			n := len(p.closes)
			if n > 0 && at < p.closes[n-1].Until && l.concerns(p, m) {
				return true
			}
		}
	}
	return false
}

// change is what an account must gain or lose, in volume or mass.
type change struct {
	account Account
	amount  quantity.Micro // not negative
}

// amend adds movements that bring all accounts to where other books have them, in which a mistake was never made.
func (l *Ledger) amend(p *posting, right *Ledger) error {
	accounts := l.accounts()
	for _, a := range right.accounts() {
		if _, known := l.stocks[a]; !known {
			accounts = append(accounts, a)
		}
	}
	slices.SortFunc(accounts, func(a, b account) int { return strings.Compare(string(a.name), string(b.name)) })
	type sides struct{ less, more []change }
	volumes, masses, bases := map[quantity.Basis]*sides{}, map[quantity.Basis]*sides{}, []quantity.Basis{}
	enter := func(into map[quantity.Basis]*sides, a account, off quantity.Micro) {
		if off < 0 {
			into[a.basis].less = append(into[a.basis].less, change{a.name, -off})
		} else if off > 0 {
			into[a.basis].more = append(into[a.basis].more, change{a.name, off})
		}
	}
	for _, a := range accounts {
		if volumes[a.basis] == nil {
			volumes[a.basis], masses[a.basis], bases = &sides{}, &sides{}, append(bases, a.basis)
		}
		volume, mass := right.stocks[a].Volume-l.stocks[a].Volume, right.stocks[a].Mass-l.stocks[a].Mass
		if err := measuredSince(a.name, volume, mass); err != nil {
			return err
		}
		enter(volumes, a, volume)
		enter(masses, a, mass)
	}
	pool := l.poolOf(p.event.Void.Of)
	for _, basis := range bases {
		m := Movement{Effect: Adjusted, Pool: pool, Basis: basis, Evidence: p.stated()}
		for _, pair := range settle(volumes[basis].less, volumes[basis].more) {
			m.From, m.To, m.Volume, m.Input = pair.from, pair.to, pair.amount, 0
			if _, is := m.From.Source(); is {
				m.Input = m.Volume
			}
			if err := l.hasOil(p, m); err != nil {
				return err
			}
			p.move(m)
		}
		m.Volume, m.Input = 0, 0
		for _, pair := range settle(masses[basis].less, masses[basis].more) {
			m.From, m.To, m.Mass = pair.from, pair.to, pair.amount
			p.move(m)
		}
	}
	return nil
}

// measuredSince refuses to adjust what a meter or a blend stands for.
func measuredSince(a Account, volume, mass quantity.Micro) error {
	_, receipt := cutAccount(a, "receipt:")
	_, batch := cutAccount(a, "batch:")
	_, delivered := cutAccount(a, "delivered:")
	if receipt && (volume != 0 || mass != 0) || (batch || delivered) && volume != 0 {
		return fmt.Errorf("it changes %s by %s, which later events rest on: void those first, the last first", a, volume)
	}
	return nil
}

// hasOil refuses an adjustment of oil that comes from no source into an inventory that is empty: nobody could say what it is.
func (l *Ledger) hasOil(p *posting, m Movement) error {
	_, source := m.From.Source()
	if !m.To.Holds() || m.From.Holds() || source {
		return nil
	}
	inventory := m.To.Inventory()
	held := quantity.Micro(0)
	for a, s := range l.stocks {
		if a.name.Inventory() == inventory {
			held += s.Volume // a part of what was checked as it came in
		}
	}
	for _, before := range p.movements {
		if before.To.Inventory() == inventory {
			held += before.Volume
		}
		if before.From.Inventory() == inventory {
			held -= before.Volume
		}
	}
	if held <= 0 {
		return fmt.Errorf("it would put %s into %s, which is empty: state a receipt instead", m.Volume, inventory)
	}
	return nil
}

// poolOf returns the pool of an event's first movement.
func (l *Ledger) poolOf(event string) string {
	i := slices.IndexFunc(l.movements, func(m Movement) bool { return m.Event == event })
	if i < 0 {
		return ""
	}
	return l.movements[i].Pool
}

// pair is an amount from an account to another.
type pair struct {
	from, to Account
	amount   quantity.Micro
}

// settle pairs what accounts must lose with what others must gain, each in its order. Both add up to the same.
func settle(less, more []change) (pairs []pair) {
	for len(less) > 0 && len(more) > 0 {
		amount := min(less[0].amount, more[0].amount)
		pairs = append(pairs, pair{less[0].account, more[0].account, amount})
		if less[0].amount -= amount; less[0].amount == 0 {
			less = less[1:]
		}
		if more[0].amount -= amount; more[0].amount == 0 {
			more = more[1:]
		}
	}
	return pairs
}
