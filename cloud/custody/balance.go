package custody

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/uncertainty"
)

// Leg is a batch as one meter saw it, or a lot as a party stated it.
type Leg struct {
	Place       string           `json:"place"` // Injection, or the end of a segment
	Event       string           `json:"event"`
	At          int64            `json:"at"`               // ms since 1970 UTC, of the event
	Ticket      *Citation        `json:"ticket,omitempty"` // newest version; absent when a lot's volume was stated
	Volume      quantity.Micro   `json:"volume"`           // gross standard volume on the batch's basis: the book from here on
	Conversions []Conversion     `json:"conversions,omitempty"`
	Density     quantity.Micro   `json:"density"`               // kg/m3 by the books: mass over Volume, beside the ticket's
	Uncertainty *quantity.Factor `json:"uncertainty,omitempty"` // expanded (k = 2), percent; absent when no installation states it
	Evidence    Evidence         `json:"evidence"`              // what Volume rests on
	// Statement is the carrier's monthly statement that attests what was stated, an event.
	Statement string `json:"statement,omitempty"`
	// Stated is what the event says of a lot that no ticket measured.
	Stated *Bulk          `json:"stated,omitempty"`
	taken  quantity.Micro // deducted since the leg before
}

// leg returns the leg of a measured batch that the books now hold as a stock.
func (l *Ledger) leg(p *posting, m measured, place string, book Stock, basis quantity.Basis) (leg Leg, err error) {
	leg = Leg{
		Place: place, Event: p.event.ID, At: p.event.At, Ticket: m.cite, Volume: book.Volume, Conversions: m.steps,
		Uncertainty: m.uncertainty, Evidence: m.cite.evidence(),
	}
	leg.Density, err = densityOf(book.Mass, book.Volume, basis)
	return leg, err
}

// Difference compares two legs of a batch.
type Difference struct {
	From    string          `json:"from"` // place of the earlier leg
	To      string          `json:"to"`
	Volume  quantity.Micro  `json:"volume"`  // later less earlier, and what was deducted on the way is none: negative is a loss
	Percent quantity.Factor `json:"percent"` // of the earlier, to three decimals
	// Z is |Volume| over its standard uncertainty, to two decimals, and Level what that amounts to (uncertainty.Method). Both are
	// absent when an installation does not state its uncertainty.
	Z     *quantity.Factor  `json:"z,omitempty"`
	Level uncertainty.Level `json:"level,omitempty"`
}

// AllowanceState is a pipeline loss allowance as booked.
type AllowanceState struct {
	Percent quantity.Factor `json:"percent"`
	Volume  quantity.Micro  `json:"volume"` // Percent of the injected volume, rounded once
	Event   string          `json:"event"`
}

// Balance is what became of a batch between its meters.
type Balance struct {
	Batch string         `json:"batch"`
	Line  string         `json:"line"`
	Basis quantity.Basis `json:"basis"`
	Legs  []Leg          `json:"legs"`
	// Differences compare each leg with the injection, and with the leg before it where that is another one.
	Differences []Difference    `json:"differences,omitempty"`
	Allowance   *AllowanceState `json:"allowance,omitempty"`
	// Shipper is what the shipper got beyond what the contract owes: delivered - (injected - allowance). Absent until delivered.
	Shipper *quantity.Micro `json:"shipper,omitempty"`
	Method  string          `json:"method"` // of the z scores
}

// Balance returns the balance of a batch.
func (l *Ledger) Balance(batch string) (Balance, error) {
	b, line, err := l.here(batch)
	if err != nil {
		return Balance{}, err
	}
	r := Balance{Batch: batch, Line: line.ID, Basis: b.basis, Legs: copyLegs(b.legs), Allowance: copied(b.allowance), Method: uncertainty.Method}
	for i := 1; i < len(b.legs); i++ {
		for _, from := range slices.Compact([]int{0, i - 1}) {
			d, err := compare(b.legs[from : i+1])
			if err != nil {
				return Balance{}, fmt.Errorf("batch %s, %s to %s: %w", batch, b.legs[from].Place, b.legs[i].Place, err)
			}
			r.Differences = append(r.Differences, d)
		}
	}
	if b.delivered && line.Kind == Line {
		over := b.legs[len(b.legs)-1].Volume - b.legs[0].Volume // neither is negative: no overflow
		if b.allowance != nil {
			over += b.allowance.Volume // less than the injected volume that was taken off
		}
		r.Shipper = &over
	}
	return r, nil
}

// compare sets the last of some legs against the first.
func compare(legs []Leg) (Difference, error) {
	from, to := legs[0], legs[len(legs)-1]
	taken := deducted(legs)
	d := Difference{From: from.Place, To: to.Place, Volume: to.Volume + taken - from.Volume}
	thousandths, err := d.Volume.Ratio(100_000, int64(from.Volume))
	if err != nil {
		return d, err
	}
	d.Percent = quantity.F(int64(thousandths), 3)
	if from.Uncertainty == nil || to.Uncertainty == nil {
		return d, nil
	}
	c, err := uncertainty.Close([]uncertainty.Measured{from.measured()}, []uncertainty.Measured{to.measured()}, uncertainty.Change{Volume: taken})
	if err != nil {
		return d, err
	}
	z, err := quantity.RoundFactor(max(c.Z, -c.Z), 2)
	d.Z, d.Level = &z, c.Level()
	return d, err
}

// deducted returns what was deducted between the first and the last of some legs: less than the batch.
func deducted(legs []Leg) (sum quantity.Micro) {
	for _, g := range legs[1:] {
		sum += g.taken
	}
	return sum
}

func (l Leg) measured() uncertainty.Measured {
	return uncertainty.Measured{Volume: l.Volume, Percent: l.Uncertainty.Float()}
}

// Flow is the sum of all movements of one effect over the edge of a pool, within a period.
type Flow struct {
	Effect Effect `json:"effect"`
	In     bool   `json:"in"`
	Stock
}

// PoolBalance is the inventory of a pool over a period: Opening and all that came in less all that went out is Closing.
type PoolBalance struct {
	Pool    string         `json:"pool"`
	Basis   quantity.Basis `json:"basis"`
	From    int64          `json:"from"` // ms since 1970 UTC, included
	To      int64          `json:"to"`   // excluded
	Opening Stock          `json:"opening"`
	Closing Stock          `json:"closing"`
	Flows   []Flow         `json:"flows"` // by effect, in before out
	// Positions are those of a stream, by shipper. They add up to Opening and Closing.
	Positions []StatementLine `json:"positions,omitempty"`
	// GainLoss is what meters or gauges found beyond the books in the period, negative for a loss. Z and Level set it against the
	// uncertainty of the first and last meter that each batch saw in a line, or of the meters into and out of a stream. They are
	// absent for tanks, and where an uncertainty is missing.
	GainLoss quantity.Micro    `json:"gainLoss"`
	Z        *quantity.Factor  `json:"z,omitempty"`
	Level    uncertainty.Level `json:"level,omitempty"`
}

// PoolBalance returns the inventory of a pool from one instant (ms, included) to another (excluded).
func (l *Ledger) PoolBalance(id string, from, to int64) (PoolBalance, error) {
	p, known := l.pools[id]
	if !known {
		return PoolBalance{}, fmt.Errorf("pool %s is not declared", id)
	}
	if to < from {
		return PoolBalance{}, fmt.Errorf("balance of pool %s: the period ends at %d ms, before it begins at %d ms", id, to, from)
	}
	r := PoolBalance{Pool: id, Basis: p.Basis, From: from, To: to}
	for _, m := range l.movements {
		in, out := l.within(p, m.To), l.within(p, m.From)
		if in == out || m.At >= to {
			continue
		}
		if err := r.add(m, in, m.At < from); err != nil {
			return PoolBalance{}, fmt.Errorf("balance of pool %s: %w", id, err)
		}
	}
	slices.SortStableFunc(r.Flows, func(a, b Flow) int {
		switch {
		case a.In && !b.In:
			return -1
		case b.In && !a.In:
			return 1
		}
		return 0
	})
	if p.Kind == Stream {
		var err error
		if r.Positions, err = l.positions(p, from, to); err != nil {
			return PoolBalance{}, err
		}
		s, err := l.SystemBalance(System{Name: id, Pools: []string{id}}, from, to)
		if err != nil {
			return PoolBalance{}, err
		}
		r.Z, r.Level = s.Z, s.Level
	}
	if p.Kind == Line {
		if err := l.score(p, &r); err != nil {
			return PoolBalance{}, fmt.Errorf("balance of pool %s: %w", id, err)
		}
	}
	return r, nil
}

// add books a movement over the edge of the pool: before the period it makes the opening stock.
func (r *PoolBalance) add(m Movement, in, before bool) (err error) {
	volume, mass := m.Volume, m.Mass
	if !in {
		volume, mass = -volume, -mass
	}
	if r.Closing, err = r.Closing.add(volume, mass); err != nil {
		return err
	}
	if before {
		r.Opening = r.Closing
		return nil
	}
	if m.Effect == Gained || m.Effect == Lost {
		if r.GainLoss, err = r.GainLoss.Add(volume); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(r.Flows, func(f Flow) bool { return f.Effect == m.Effect && f.In == in })
	if i < 0 {
		i = len(r.Flows)
		r.Flows = append(r.Flows, Flow{Effect: m.Effect, In: in})
	}
	r.Flows[i].Stock, err = r.Flows[i].add(m.Volume, m.Mass)
	return err
}

// within reports whether an account is part of a pool's inventory.
func (l *Ledger) within(p *pool, a Account) bool {
	if a.Inventory() == PoolAccount(p.ID) {
		return true
	}
	if id, is := cutAccount(a, "receipt:"); is {
		return l.receipts[id].pool == p.ID
	}
	id, is := cutAccount(a, "batch:")
	return is && l.batches[id].line == p.ID
}

// score sets the gains and losses of a line against its meters: of each batch that was measured in the period, the leg before the
// first of those measurements and the last of them.
func (l *Ledger) score(p *pool, r *PoolBalance) error {
	var in, out []uncertainty.Measured
	var taken quantity.Micro
	for _, id := range p.batches {
		legs := l.batches[id].legs
		if l.batches[id].split != "" {
			continue // its parts are in the line's list themselves
		}
		first := slices.IndexFunc(legs, func(g Leg) bool { return g.Place != Injection && g.At >= r.From && g.At < r.To })
		if first < 0 {
			continue
		}
		last := first
		for last+1 < len(legs) && legs[last+1].At < r.To {
			last++
		}
		a, b := legs[first-1], legs[last]
		taken += deducted(legs[first-1 : last+1])
		if a.Uncertainty == nil || b.Uncertainty == nil {
			return nil
		}
		in, out = append(in, a.measured()), append(out, b.measured())
	}
	if in == nil {
		return nil
	}
	c, err := uncertainty.Close(in, out, uncertainty.Change{Volume: taken})
	if err != nil {
		return err
	}
	z, err := quantity.RoundFactor(max(c.Z, -c.Z), 2)
	r.Z, r.Level = &z, c.Level()
	return err
}
