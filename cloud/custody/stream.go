package custody

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// PositionAccount is the volume that a shipper has in a stream. Its oil is not told from anybody else's there, so the mass is the
// whole stream's, in PoolAccount, where no volume stands: who leaves the stream takes the mass of the mixture along.
func PositionAccount(stream, shipper string) Account {
	return PoolAccount(stream) + "/" + Account(shipper)
}

// Inventory returns the account of the oil that is mixed with the account's: of a position its stream, otherwise the account
// itself. What moves within one inventory changes owner, not place.
func (a Account) Inventory() Account {
	if stream, _, position := strings.Cut(string(a), "/"); position && strings.HasPrefix(stream, "pool:") {
		return Account(stream)
	}
	return a
}

// streamBook is what is known of a stream beside its accounts.
type streamBook struct {
	total    Stock                     // all positions and their mass, counted as oil comes in and goes out
	through  map[string]quantity.Micro // by shipper, what came in and went out since the last gauging
	shippers []string                  // who ever had a position, sorted
}

// streamOf returns the stream whose inventory an account is part of, and the shipper when it is a position.
func (l *Ledger) streamOf(a Account) (s *pool, shipper string) {
	id, is := cutAccount(a.Inventory(), "pool:")
	if p := l.pools[id]; is && p != nil && p.Kind == Stream {
		return p, strings.TrimPrefix(string(a[len(a.Inventory()):]), "/")
	}
	return nil, ""
}

// follow counts what a posting brings into streams and takes out of them.
func (l *Ledger) follow(p *posting) error {
	next := map[*pool]streamBook{}
	touch := func(a Account, other Account, volume, mass quantity.Micro, e Effect) (err error) {
		s, shipper := l.streamOf(a)
		if s == nil {
			return nil
		}
		b, touched := next[s]
		if !touched {
			b = streamBook{s.stream.total, maps.Clone(s.stream.through), slices.Clone(s.stream.shippers)}
		}
		if i, known := slices.BinarySearch(b.shippers, shipper); shipper != "" && !known {
			b.shippers = slices.Insert(b.shippers, i, shipper)
		}
		if other.Inventory() != a.Inventory() {
			if b.total, err = b.total.add(volume, mass); err != nil {
				return err
			}
			if shipper != "" && e != Gained && e != Lost && e != Adjusted {
				if b.through[shipper], err = b.through[shipper].Add(max(volume, -volume)); err != nil {
					return err
				}
			}
		}
		next[s] = b
		return nil
	}
	for _, m := range p.movements {
		if err := touch(m.From, m.To, -m.Volume, -m.Mass, m.Effect); err != nil {
			return fmt.Errorf("%s: %w", m.From, err)
		}
		if err := touch(m.To, m.From, m.Volume, m.Mass, m.Effect); err != nil {
			return fmt.Errorf("%s: %w", m.To, err)
		}
	}
	if g := p.event.Gauging; g != nil {
		for _, b := range next {
			clear(b.through) // next holds the stream that was gauged alone
		}
	}
	for s, b := range next {
		p.then(func() { s.stream = b })
	}
	return nil
}

// end is where oil leaves from or arrives: the accounts of its volume and of its mass, which differ for a position only.
type end struct{ volume, mass Account }

func plain(a Account) end { return end{a, a} }

// end returns the accounts of a pool's mixture, in a stream those of a shipper's position.
func (p *pool) end(shipper string) end {
	if p.Kind == Stream {
		return end{PositionAccount(p.ID, shipper), PoolAccount(p.ID)}
	}
	return plain(PoolAccount(p.ID))
}

// carry adds the movement of a volume and its mass from one end to another: one movement, or two where they are booked apart.
func (p *posting) carry(m Movement, from, to end) {
	if from == plain(from.volume) && to == plain(to.volume) {
		m.From, m.To = from.volume, to.volume
		p.move(m)
		return
	}
	mass := m
	m.From, m.To, m.Mass = from.volume, to.volume, 0
	p.move(m)
	mass.From, mass.To, mass.Volume, mass.Input = from.mass, to.mass, 0, 0
	p.move(mass)
}

// vessel returns a tank or stream that the event's party keeps.
func (l *Ledger) vessel(p *posting, id string) (*pool, error) {
	if s, known := l.pools[id]; known && s.Kind == Stream {
		return s, p.by(s.Keeper, "keeper of stream "+id)
	}
	return l.tank(p, id)
}

// bears refuses a shipper where there are no positions, and none where there are.
func (t *pool) bears(shipper string) error {
	switch {
	case t.Kind == Stream && shipper == "":
		return fmt.Errorf("stream %s holds the oil of many: name the shipper whose position it is", t.ID)
	case t.Kind != Stream && shipper != "":
		return fmt.Errorf("%s %s has no positions: leave the shipper %s out", t.Kind, t.ID, shipper)
	}
	return nil
}

// mixture returns what a settled tank or a stream holds after the posting's movements so far.
func (l *Ledger) mixture(p *posting, t *pool) (have Stock, err error) {
	if t.Kind != Stream {
		return p.after(PoolAccount(t.ID), l.stock(PoolAccount(t.ID), t.Basis))
	}
	have = t.stream.total
	for _, m := range p.movements {
		in, out := m.To.Inventory() == PoolAccount(t.ID), m.From.Inventory() == PoolAccount(t.ID)
		switch {
		case in && !out:
			have, err = have.add(m.Volume, m.Mass)
		case out && !in:
			have, err = have.add(-m.Volume, -m.Mass)
		}
		if err != nil {
			return Stock{}, err
		}
	}
	return have, nil
}

// draw checks that a volume can be taken from a pool, in a stream from a shipper's position, and returns its mass: the mixture's.
func (l *Ledger) draw(p *posting, t *pool, shipper string, volume quantity.Micro) (mass quantity.Micro, err error) {
	if err := t.bears(shipper); err != nil {
		return 0, err
	}
	if err := t.settled(); err != nil {
		return 0, err
	}
	all, err := l.mixture(p, t)
	if err != nil {
		return 0, err
	}
	account := t.end(shipper).volume
	have, err := p.after(account, l.stock(account, t.Basis))
	switch {
	case err != nil:
		return 0, err
	case volume > have.Volume && t.Kind == Stream:
		return 0, fmt.Errorf("%s has %s %s in stream %s, %s are to be taken: book its receipts or a title to it first",
			shipper, have.Volume, t.Basis, t.ID, volume)
	case volume > have.Volume:
		return 0, fmt.Errorf("tank %s holds %s %s, %s are to be taken: gauge the tank, or book its receipts first", t.ID, have.Volume, t.Basis, volume)
	}
	return all.Mass.Ratio(int64(volume), int64(all.Volume))
}

// takeIn books a receipt into a stream: at once into the position of its shipper, since a stream is always mixed.
func (l *Ledger) takeIn(p *posting, t *pool, s *source, r *receipt) {
	id := p.event.ID
	p.carry(Movement{
		Effect: Received, Pool: t.ID, Basis: t.Basis, Volume: r.volume, Mass: r.mass, Input: r.volume, Evidence: r.evidence, Ticket: r.cite.booked(),
	}, plain(SourceAccount(s.ID)), t.end(r.shipper))
	p.then(func() { l.receipts[id], t.booked = r, true })
}

// gaugeStream states what a stream holds. What is over or short falls to the positions in proportion to their throughput.
func (l *Ledger) gaugeStream(p *posting, s *pool) error {
	have, found := s.stream.total, p.event.Gauging.Volume
	if have.Volume == 0 {
		return fmt.Errorf("stream %s is empty in the books: its oil needs a receipt with a source", s.ID)
	}
	m := Movement{Effect: Lost, Pool: s.ID, Basis: s.Basis, Evidence: p.stated(), Method: OverShortMethod}
	off := have.Volume - found // neither is negative: no overflow
	if off < 0 {
		m.Effect, off = Gained, -off
	}
	shares, err := l.overShort(s, off, m.Effect == Lost)
	if err != nil {
		return err
	}
	book := func(inStream Account, volume, mass quantity.Micro) {
		m.Volume, m.Mass, m.From, m.To = volume, mass, inStream, StreamGainLoss
		if m.Effect == Gained {
			m.From, m.To = m.To, m.From
		}
		p.move(m)
	}
	for i, shipper := range s.stream.shippers {
		book(PositionAccount(s.ID, shipper), shares[i], 0)
	}
	mass, err := have.Mass.Ratio(int64(off), int64(have.Volume))
	if err != nil {
		return err
	}
	book(PoolAccount(s.ID), 0, mass)
	return nil
}

// OverShortMethod is how over and short of a stream fall to its shippers.
const OverShortMethod = "in proportion to receipts and deliveries since the last gauging, or to positions if there were none; largest remainder; " +
	"a position bears no more than it has, the others bear the rest"

// overShort divides an over or short among a stream's shippers.
func (l *Ledger) overShort(s *pool, off quantity.Micro, short bool) ([]quantity.Micro, error) {
	n := len(s.stream.shippers)
	shares, weights, has := make([]quantity.Micro, n), make([]quantity.Micro, n), make([]quantity.Micro, n)
	for i, shipper := range s.stream.shippers {
		weights[i], has[i] = s.stream.through[shipper], l.stock(PositionAccount(s.ID, shipper), s.Basis).Volume
	}
	for off > 0 {
		parts, weighty := make([]quantity.Part, n), false
		for i, shipper := range s.stream.shippers {
			parts[i] = quantity.Part{ID: shipper, Weight: weights[i]}
			if short && shares[i] == has[i] {
				parts[i].Weight = 0
			}
			weighty = weighty || parts[i].Weight > 0
		}
		if !weighty { // a shortage is at most what the positions have: this ends
			for i := range weights {
				weights[i] = has[i] - shares[i]
				if !short {
					weights[i] = has[i]
				}
			}
			continue
		}
		more, err := quantity.Split(off, parts)
		if err != nil {
			return nil, err
		}
		for i := range more {
			if short {
				more[i] = min(more[i], has[i]-shares[i])
			}
			shares[i] += more[i]
			off -= more[i]
		}
	}
	return shares, nil
}

// allowInKind books the loss allowance on a receipt into a stream: the carrier's own position gets it.
func (l *Ledger) allowInKind(p *posting) error {
	a := p.event.Allowance
	r, known := l.receipts[a.Receipt]
	if !known || r.shipper == "" {
		return fmt.Errorf("%s is no receipt into a stream", a.Receipt)
	}
	s := l.pools[r.pool]
	if err := p.by(s.Keeper, "keeper of stream "+s.ID); err != nil {
		return err
	}
	if r.allowance != "" {
		return fmt.Errorf("receipt %s bears a loss allowance by event %s", a.Receipt, r.allowance)
	}
	if r.shipper == s.Keeper {
		return fmt.Errorf("receipt %s is the carrier's own: it owes itself no allowance", a.Receipt)
	}
	volume, err := r.volume.Mul(a.Percent, quantity.F(1, 2))
	if err != nil {
		return err
	}
	if volume == 0 {
		return errors.New("the allowance comes to nothing: leave it out")
	}
	if err := l.pass(p, AllowedInKind, s, r.shipper, s.Keeper, volume); err != nil {
		return err
	}
	id := p.event.ID
	p.then(func() { r.allowance = id })
	return nil
}

// pass moves a volume from one position of a stream to another: it changes owner, and no mass moves.
func (l *Ledger) pass(p *posting, e Effect, s *pool, from, to string, volume quantity.Micro) error {
	if _, err := l.draw(p, s, from, volume); err != nil {
		return err
	}
	p.move(Movement{
		Effect: e, Pool: s.ID, From: PositionAccount(s.ID, from), To: PositionAccount(s.ID, to), Basis: s.Basis, Volume: volume, Evidence: p.stated(),
	})
	return nil
}

// checkStreams proves that the positions of each stream add up to what came in and went out, volume in positions alone and mass
// in the stream's own account alone.
func (l *Ledger) checkStreams() error {
	sums := map[string]Stock{}
	for _, a := range l.accounts() {
		s, shipper := l.streamOf(a.name)
		if s == nil {
			continue
		}
		stock := l.stocks[a]
		if shipper == "" && stock.Volume != 0 || shipper != "" && stock.Mass != 0 || a.basis != s.Basis {
			return fmt.Errorf("%w: %s stands at %s %s and %s kg", ErrInvariant, a.name, stock.Volume, a.basis, stock.Mass)
		}
		var err error
		if sums[s.ID], err = sums[s.ID].add(stock.Volume, stock.Mass); err != nil {
			return fmt.Errorf("%w: stream %s: %w", ErrInvariant, s.ID, err)
		}
	}
	for _, id := range l.Pools() {
		if p := l.pools[id]; p.Kind == Stream && p.stream.total != sums[id] {
			return fmt.Errorf("%w: positions of stream %s add up to %s (%s kg), it holds %s (%s kg)",
				ErrInvariant, id, sums[id].Volume, sums[id].Mass, p.stream.total.Volume, p.stream.total.Mass)
		}
	}
	return nil
}
