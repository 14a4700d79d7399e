package custody

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Split divides a batch in a line into several that follow each other in its place, by its carrier. The volumes add up to the
// batch's. Each part has the batch's legs, in proportion, and its custody and owners; the batch itself is no more.
type Split struct {
	Batch string      `cbor:"1,keyasint" json:"batch"`
	Into  []SplitPart `cbor:"2,keyasint" json:"into"`
}

// SplitPart is a part of a batch, with the name of its own.
type SplitPart struct {
	Batch  string         `cbor:"1,keyasint" json:"batch"`
	Volume quantity.Micro `cbor:"2,keyasint" json:"volume"` // on the batch's basis
}

// Fill changes the volume that a segment of a line holds, by its carrier: what leaves for its end from then on needs Volume over
// the planned rate. It moves no oil; that of a stream is in the carrier's position.
type Fill struct {
	Line   string         `cbor:"1,keyasint" json:"line"`
	To     string         `cbor:"2,keyasint" json:"to"`     // name of the place where the segment ends
	Volume quantity.Micro `cbor:"3,keyasint" json:"volume"` // on the line's basis
}

// InBond says that a batch moves in bond, by whoever has custody of it. It moves no oil.
type InBond struct {
	Batch  string `cbor:"1,keyasint" json:"batch"`
	Number string `cbor:"2,keyasint" json:"number"` // of the in-bond entry
	From   string `cbor:"3,keyasint" json:"from"`   // port, Schedule D
	To     string `cbor:"4,keyasint" json:"to"`
}

// InBondState is an in-bond movement as stated.
type InBondState struct {
	InBond
	By    string `json:"by"`
	At    int64  `json:"at"` // ms since 1970 UTC
	Event string `json:"event"`
}

func (s *Split) check() error {
	if n := len(s.Into); n < 2 || n > MaxParts {
		return fmt.Errorf("batch %s is split into %d, want 2 to %d", s.Batch, n, MaxParts)
	}
	seen := []string{s.Batch}
	for _, part := range s.Into {
		if err := names("part of a batch", part.Batch); err != nil {
			return err
		}
		if slices.Contains(seen, part.Batch) {
			return fmt.Errorf("split of batch %s: the name %s stands for two", s.Batch, part.Batch)
		}
		if part.Volume <= 0 {
			return fmt.Errorf("split of batch %s: volume of %s must be positive", s.Batch, part.Batch)
		}
		seen = append(seen, part.Batch)
	}
	return names("batch", s.Batch)
}

func (f *Fill) check() error {
	if f.Volume <= 0 {
		return fmt.Errorf("fill of line %s to %s must be positive", f.Line, f.To)
	}
	return names("line", f.Line, "end of a segment", f.To)
}

func (b *InBond) check() error {
	return names("batch", b.Batch, "in-bond entry", b.Number, "port of departure", b.From, "port of arrival", b.To)
}

// moving returns a batch that was not split, and its line.
func (l *Ledger) moving(id string) (*batch, *pool, error) {
	b, line, err := l.here(id)
	if err == nil && b.split != "" {
		err = fmt.Errorf("batch %s was split by event %s into %v: name the part", id, b.split, b.into)
	}
	return b, line, err
}

func (l *Ledger) split(p *posting) error {
	s := p.event.Split
	b, line, err := l.moving(s.Batch)
	if err != nil {
		return err
	}
	if b.delivered {
		return fmt.Errorf("batch %s was delivered by event %s: nothing is left to split", b.id, b.legs[len(b.legs)-1].Event)
	}
	if err := p.by(line.segmentOf(b).Custodian, "the carrier of batch "+b.id); err != nil {
		return err
	}
	if b.allowance != nil {
		return fmt.Errorf("batch %s has a loss allowance by event %s: void it, and state one for each part", b.id, b.allowance.Event)
	}
	for _, t := range b.titles {
		if t.Acknowledged == nil {
			return fmt.Errorf("sale %s of batch %s is not acknowledged: the carrier does so before it splits the batch", t.Event, b.id)
		}
	}
	account := BatchAccount(b.id)
	have := l.stock(account, b.basis)
	volumes, weights := make([]quantity.Micro, len(s.Into)), make([]quantity.Part, len(s.Into))
	for i, part := range s.Into {
		if other := l.batches[part.Batch]; other != nil {
			return fmt.Errorf("batch %s is there by event %s: a part has a name of its own", part.Batch, other.custody[0].Event)
		}
		volumes[i], weights[i] = part.Volume, quantity.Part{ID: part.Batch, Weight: part.Volume}
	}
	if sum, err := quantity.Sum(volumes...); err != nil || sum != have.Volume {
		return fmt.Errorf("parts add up to %s, batch %s has %s %s", sum, b.id, have.Volume, b.basis)
	}
	masses, err := quantity.Split(have.Mass, weights)
	if err != nil {
		return err
	}
	parts, err := b.parts(s.Into, weights)
	if err != nil {
		return err
	}
	ids := make([]string, len(parts))
	for i, part := range parts {
		p.move(Movement{
			Effect: Parted, Pool: line.ID, Batch: part.id, From: account, To: BatchAccount(part.id), Basis: b.basis,
			Volume: volumes[i], Mass: masses[i], Evidence: p.stated(),
		})
		ids[i] = part.id
	}
	event := p.event.ID
	p.then(func() {
		b.split, b.into = event, ids
		at := slices.Index(line.batches, b.id)
		line.batches = slices.Insert(line.batches, at+1, ids...)
		for _, part := range parts {
			l.batches[part.id] = part
		}
	})
	return nil
}

// parts makes the parts of a batch, whose legs are divided by weight.
func (b *batch) parts(into []SplitPart, weights []quantity.Part) ([]*batch, error) {
	parts := make([]*batch, len(into))
	for i, part := range into {
		parts[i] = &batch{
			id: part.Batch, tank: b.tank, line: b.line, basis: b.basis, segment: b.segment, owner: b.owner,
			custody: slices.Clone(b.custody), titles: slices.Clone(b.titles), inBond: slices.Clone(b.inBond), of: b.id,
		}
	}
	for _, leg := range b.legs {
		volumes, err := quantity.Split(leg.Volume, weights)
		if err != nil {
			return nil, err
		}
		taken, err := quantity.Split(leg.taken, weights)
		if err != nil {
			return nil, err
		}
		for i := range parts {
			leg.Volume, leg.taken = volumes[i], taken[i] // the citation is shared: a revision is one of every part
			parts[i].legs = append(parts[i].legs, leg)
		}
	}
	for i, part := range parts {
		part.taken = part.legs[len(part.legs)-1].Volume - into[i].Volume // what was deducted since: the parts are no more than the leg
	}
	return parts, nil
}

// fill is the volume of a segment from an instant on.
type fill struct {
	at      int64
	segment int
	volume  quantity.Micro
}

func (l *Ledger) refill(p *posting) error {
	f := p.event.Fill
	line, known := l.pools[f.Line]
	if !known || line.Kind != Line {
		return fmt.Errorf("%s is not declared as a line: state the pool first", f.Line)
	}
	i := slices.IndexFunc(line.Segments, func(s Segment) bool { return s.To == f.To })
	if i < 0 {
		return fmt.Errorf("line %s has no segment to %s", line.ID, f.To)
	}
	if err := p.by(line.Segments[i].Custodian, fmt.Sprintf("the carrier of line %s to %s", line.ID, f.To)); err != nil {
		return err
	}
	s := line.Segments[i]
	s.Fill = f.Volume
	if _, err := s.transit(); err != nil {
		return fmt.Errorf("line %s: segment to %s: %w", line.ID, f.To, err)
	}
	next := fill{at: p.event.At, segment: i, volume: f.Volume}
	p.then(func() { line.fills = append(line.fills, next) })
	return nil
}

// segmentAt returns a segment as it was filled at an instant (ms).
func (p *pool) segmentAt(i int, at int64) Segment {
	s := p.Segments[i]
	for _, f := range p.fills {
		if f.segment == i && f.at <= at {
			s.Fill = f.volume
		}
	}
	return s
}

func (l *Ledger) bond(p *posting) error {
	b, _, err := l.moving(p.event.InBond.Batch)
	if err != nil {
		return err
	}
	if err := p.by(b.custody[len(b.custody)-1].To, "who has custody of batch "+b.id); err != nil {
		return err
	}
	state := InBondState{InBond: *p.event.InBond, By: p.event.By, At: p.event.At, Event: p.event.ID}
	p.then(func() { b.inBond = append(b.inBond, state) })
	return nil
}
