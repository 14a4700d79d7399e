package inventory

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// mix adds a layer to the pool, in which the receipts of one source and origin are one part.
func (s *state) mix(in layer) error {
	total, err := s.pooled.Add(in.Quantity)
	if err != nil { // what has left the pool since is counted in pooled: is it really too much?
		total = in.Quantity
		for _, p := range s.pool {
			if total, err = total.Add(p.Quantity); err != nil {
				return fmt.Errorf("stock and receipts of the period: %w", err)
			}
		}
	}
	s.pooled = total
	part := Part{Source: in.Source, Origin: in.Origin, Quantity: in.Quantity}
	i, found := slices.BinarySearchFunc(s.pool, part, func(a, b Part) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(string(a.Origin), string(b.Origin)))
	})
	switch {
	case found:
		s.pool[i].Quantity += in.Quantity
	case len(s.pool) >= MaxSources:
		return fmt.Errorf("%w: an average is over at most %d; give receipts from one source its name", ErrSources, MaxSources)
	default:
		s.pool = slices.Insert(s.pool, i, part)
	}
	if in.cost == nil {
		s.valued = false
		return nil
	}
	value, err := worth([]layer{in})
	if err == nil {
		s.value, err = s.value.Add(*value)
	}
	return err
}

// averagesPeriods reports whether there are periods that end.
func (s *state) averagesPeriods() bool {
	return s.policy.Method == Average && s.policy.Period != Shipment
}

// turn ends the periods that are over at an instant.
func (s *state) turn(t time.Time) error {
	if !s.averagesPeriods() {
		return nil
	}
	now := s.calendar.period(s.policy.Period, t)
	if !s.any {
		s.period = now
	}
	for s.period < now {
		pool := s.pool
		if err := s.endPeriod(); err != nil {
			return err
		}
		if slices.Equal(pool, s.pool) {
			s.period = now // nothing came, and nothing else will change until then
		}
	}
	return nil
}

// endPeriod applies the ratio of the period to what remains: Schedule 8, sections 6(2), 7(2), 14(2).
func (s *state) endPeriod() error {
	s.period++
	s.before = s.pool
	if len(s.pool) == 0 {
		return nil
	}
	ratio := s.ratio(s.pool)
	if err := s.decide(ratio); err != nil {
		return err
	}
	return s.restate(s.calendar.begin(s.policy.Period, s.period), ratio)
}

// decide divides the withdrawals of a period by its own ratio, and values them as example 4 of Appendix A does: the average cost
// of a unit in stock, times the other ratio, is the value in one unit.
func (s *state) decide(r *Ratio) error {
	average := s.average(r.All)
	for _, w := range s.pending {
		if err := s.draw(&w, s.pool); err != nil {
			return err
		}
		s.originating -= w.Originating
		if s.valued {
			other := new(big.Rat).Sub(big.NewRat(1, 1), r.applied)
			perUnit := s.rounding.UnitVNM.round(other.Mul(other, average))
			if err := s.price(&w, average, perUnit.Mul(perUnit, rat(w.Quantity))); err != nil {
				return err
			}
		}
		s.withdrawals = append(s.withdrawals, w)
	}
	s.pending = nil
	return nil
}

// ship divides a withdrawal by the ratio in stock, and values it as example 3 of Appendix A does: its non-originating part at the
// average cost of a unit in stock.
func (s *state) ship(w *Withdrawal) error {
	if err := s.draw(w, s.pool); err != nil || !s.valued {
		return err
	}
	average := s.average(w.Ratio.All)
	return s.price(w, average, new(big.Rat).Mul(average, rat(w.NonOriginating)))
}

// remain applies the ratio of a shipment to what remains: section 8(2). Where nothing is rounded, that is the rest of each source.
func (s *state) remain(w Withdrawal) error {
	if s.rounding.Ratio.rounded || s.rounding.Quantity.rounded {
		return s.restate(w.Time, w.Ratio)
	}
	s.pool = less(s.pool, w.Parts)
	s.emptied()
	return nil
}

// draw divides a withdrawal by the ratio of a pool.
func (s *state) draw(w *Withdrawal, pool []Part) error {
	if len(pool) == 0 {
		before := s.calendar.begin(s.policy.Period, s.period-1)
		return fmt.Errorf("%w for the %s from %s: in the one from %s nothing was in stock or received; state the opening inventory",
			ErrNoRatio, s.policy.Period, s.calendar.begin(s.policy.Period, s.period).Format(time.DateOnly), before.Format(time.DateOnly))
	}
	w.Ratio = s.ratio(pool)
	var err error
	w.Originating, w.Parts, err = s.portion(w.Quantity, pool, w.Ratio)
	w.NonOriginating = w.Quantity - w.Originating
	return err
}

// restate makes the pool the stock, of which the ratio originates.
func (s *state) restate(at time.Time, r *Ratio) error {
	originating, parts, err := s.portion(s.stock, s.pool, r)
	if err != nil {
		return err
	}
	if moved := originating - s.originating; moved != 0 {
		s.restated = append(s.restated, Restated{Time: at.UTC(), Moved: moved, Originating: originating, NonOriginating: s.stock - originating})
	}
	s.pool, s.originating = parts, originating
	s.emptied()
	return nil
}

// emptied forgets what rounding left of the value of a stock that is gone.
func (s *state) emptied() {
	if s.stock == 0 {
		s.value, s.valued = 0, true
	}
}

// ratio returns how much of a pool originates. The pool is not empty.
func (s *state) ratio(pool []Part) *Ratio {
	var originating, all quantity.Micro // mix has added them up before
	for _, p := range pool {
		all += p.Quantity
		if p.Origin == Originating {
			originating += p.Quantity
		}
	}
	return s.rounding.Ratio.ratio(originating, all)
}

// portion divides an amount by the ratio of a pool. The originating part is the ratio times the amount, rounded once, however many
// sources there are; they share it in proportion to what they have in the pool.
func (s *state) portion(amount quantity.Micro, pool []Part, r *Ratio) (originating quantity.Micro, parts []Part, err error) {
	exact := new(big.Rat).Mul(r.applied, rat(amount))
	if s.rounding.Quantity.rounded {
		unit := big.NewRat(quantity.PerUnit, 1)
		exact.Mul(s.rounding.Quantity.round(exact.Quo(exact, unit)), unit)
	}
	if originating, err = micro(exact); err != nil {
		return 0, nil, err
	}
	var rate *big.Rat
	if !s.rounding.Ratio.rounded && !s.rounding.Quantity.rounded {
		rate = big.NewRat(int64(amount), int64(r.All))
	}
	shares := make([]quantity.Micro, len(pool))
	share(shares, pool, Originating, originating, rate)
	share(shares, pool, NonOriginating, amount-originating, rate)
	for i, p := range pool {
		if p.Quantity = shares[i]; p.Quantity > 0 {
			parts = append(parts, p)
		}
	}
	return originating, parts, nil
}

// share divides an amount among the parts of an origin: each gets its quantity times the rate, rounded down, and what is left goes
// by the micro-unit to the largest remainders, ties to the smaller source. The rate is that of the whole pool where nothing is
// rounded, so that no part is a micro-unit off its exact share; otherwise the amount over what the origin has.
func share(shares []quantity.Micro, pool []Part, origin Origin, amount quantity.Micro, rate *big.Rat) {
	var order []int
	var all quantity.Micro
	for i, p := range pool {
		if p.Origin == origin {
			order = append(order, i)
			all += p.Quantity
		}
	}
	if amount == 0 || all == 0 {
		return
	}
	if rate == nil {
		rate = big.NewRat(int64(amount), int64(all))
	}
	rests := make([]*big.Int, len(pool))
	for _, i := range order {
		whole := new(big.Int).Mul(big.NewInt(int64(pool[i].Quantity)), rate.Num())
		whole, rests[i] = whole.QuoRem(whole, rate.Denom(), new(big.Int))
		shares[i] = quantity.Micro(whole.Int64())
		amount -= shares[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) }) // the pool is in the order of sources
	for _, i := range order[:amount] {
		shares[i]++
	}
}

// less returns what is left of a pool.
func less(pool, taken []Part) []Part {
	var left []Part
	for _, p := range pool {
		if len(taken) > 0 && taken[0].Source == p.Source && taken[0].Origin == p.Origin {
			p.Quantity -= taken[0].Quantity
			taken = taken[1:]
		}
		if p.Quantity > 0 {
			left = append(left, p)
		}
	}
	return left
}

// average returns the cost of a unit in the pool.
func (s *state) average(all quantity.Micro) *big.Rat {
	return s.rounding.Cost.round(big.NewRat(int64(s.value), int64(all)))
}

// price gives a withdrawal its value of non-originating materials, and takes its whole cost out of the stock's. Rounded averages
// may add up to more than there is: a stock is worth no less than nothing.
func (s *state) price(w *Withdrawal, average, value *big.Rat) error {
	vnm, err := micro(value)
	if err != nil {
		return fmt.Errorf("value of non-originating materials: %w", err)
	}
	cost, err := micro(new(big.Rat).Mul(average, rat(w.Quantity)))
	if err != nil {
		return fmt.Errorf("value of the withdrawal: %w", err)
	}
	w.VNM, w.AverageCost = &vnm, s.rounding.Cost.show(average)
	s.value -= min(cost, s.value)
	return nil
}
