package inventory

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// open states the opening inventory. Receipts before it were made before the method was chosen.
func (s *state) open(l Line) error {
	if s.drawn {
		return fmt.Errorf("%w: something was withdrawn before it", ErrOpening)
	}
	if !s.opened {
		s.opened, s.moved = true, false
		return s.begin(l, l.Quantity)
	}
	if s.policy.Method != Specific || l.Origin == "" || s.moved {
		return fmt.Errorf("%w: it comes once, before all that the method decides", ErrOpening)
	}
	in := received(l) // the other origin, by its own mark
	if err := s.record(l, []layer{in}); err != nil {
		return err
	}
	return s.receive(in)
}

// choose takes the method of a further fiscal year. Where it is the one so far, that goes on, and nothing is opened anew.
func (s *state) choose(l Line) error {
	want := *l.Policy
	if err := want.Valid(); err != nil {
		return err
	}
	if want.same(s.policy) {
		if l.Origin != "" {
			return errors.New("the method goes on, and so does its inventory: leave the origin out")
		}
		s.policy = want
		return nil
	}
	if year := s.calendar.Year(l.Time); s.any && year.has(s.last.Time) {
		return &ChangeError{Year: year, Have: s.policy, Want: want}
	}
	s.policy = want
	l.Quantity = s.stock
	return s.begin(l, s.stock)
}

// begin makes the stock an opening inventory of an amount.
func (s *state) begin(l Line, amount quantity.Micro) error {
	var layers []layer
	if l.Origin != "" {
		layers = []layer{received(l)}
	} else {
		var err error
		if layers, err = latest(s.receipts, amount); err != nil {
			return err
		}
	}
	s.stock, s.originating, s.value, s.valued = 0, 0, 0, true
	s.receipts, s.layers, s.pool = nil, nil, nil
	if amount > 0 {
		if err := s.record(l, layers); err != nil {
			return err
		}
		for _, in := range layers {
			if err := s.receive(in); err != nil {
				return err
			}
		}
	}
	s.before = slices.Clone(s.pool) // the first period has no other ratio than that of what it begins with
	if s.averagesPeriods() {
		s.period = s.calendar.period(s.policy.Period, l.Time)
	}
	return nil
}

// latest returns the latest receipts that add up to an amount, in the order in which they came; the earliest of them in part,
// where it is needed in part.
func latest(receipts []layer, amount quantity.Micro) ([]layer, error) {
	left := amount
	for i := len(receipts) - 1; left > 0; i-- {
		if i < 0 {
			return nil, fmt.Errorf("%w: it is %s, but all receipts on the books are %s: give earlier ones, or say N, for non-originating",
				ErrOpening, amount, amount-left)
		}
		take := min(left, receipts[i].Quantity)
		if left -= take; left == 0 {
			found := slices.Clone(receipts[i:])
			found[0].Quantity = take
			return found, nil
		}
	}
	return nil, nil
}

// record keeps an opening inventory as its rule made it.
func (s *state) record(l Line, layers []layer) error {
	rule := LatestReceipts
	switch {
	case s.policy.Method == Specific && l.Kind == KindOpening && l.Origin != "":
		rule = OriginIdentifier
	case l.Origin == NonOriginating:
		rule = AllNonOriginating
	}
	value, err := worth(layers)
	s.openings = append(s.openings, Opening{Moment: l.Moment, Rule: rule, Stock: stockOf(partsOf(layers), value)})
	return err
}
