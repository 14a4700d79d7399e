package inventory

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// unlayer takes a withdrawal from the receipts, in the order of the method.
func (s *state) unlayer(w *Withdrawal, l Line) error {
	var taken []layer
	for left := w.Quantity; left > 0; {
		i := s.following(l)
		if i < 0 {
			return &StockError{Asked: w.Quantity, Stock: w.Quantity - left, Origin: l.Origin, Source: l.Source}
		}
		part := s.layers[i]
		part.Quantity = min(left, part.Quantity)
		taken = append(taken, part)
		left -= part.Quantity
		s.layers[i].Quantity -= part.Quantity
		switch {
		case s.layers[i].Quantity > 0:
		case i == 0:
			s.layers = s.layers[1:] // without moving the others
		default:
			s.layers = slices.Delete(s.layers, i, i+1)
		}
	}
	var not []layer
	for _, t := range taken {
		w.Parts = append(w.Parts, t.Part)
		if t.Origin == Originating {
			w.Originating += t.Quantity
		} else {
			w.NonOriginating += t.Quantity
			not = append(not, t)
		}
	}
	var err error
	w.VNM, err = worth(not)
	return err
}

// following returns the layer that the method draws on next, or -1.
func (s *state) following(l Line) int {
	switch s.policy.Method {
	case FIFO:
		return min(0, len(s.layers)-1)
	case LIFO:
		return len(s.layers) - 1
	}
	return slices.IndexFunc(s.layers, func(have layer) bool {
		return have.Origin == l.Origin && (l.Source == "" || have.Source == l.Source)
	})
}

// worth returns the cost of layers, rounded once to the millionth, or nil where one of them has no unit cost.
func worth(layers []layer) (*quantity.Micro, error) {
	sum := new(big.Rat)
	for _, l := range layers {
		if l.cost == nil {
			return nil, nil
		}
		sum.Add(sum, new(big.Rat).Mul(rat(l.Quantity), perUnit(*l.cost)))
	}
	value, err := micro(sum)
	if err != nil {
		return nil, fmt.Errorf("cost of %.6g in all: %w", inUnits(sum), err)
	}
	return &value, nil
}

// inUnits returns micro-units in units, for messages.
func inUnits(x *big.Rat) float64 {
	f, _ := x.Float64()
	return f / quantity.PerUnit
}

// perUnit returns a unit cost in money a unit, which is also millionths of money a micro-unit.
func perUnit(cost quantity.Micro) *big.Rat { return big.NewRat(int64(cost), quantity.PerUnit) }

// holding returns the stock with its parts.
func (s *state) holding() (Stock, error) {
	if s.policy.Method != Average {
		value, err := worth(s.layers)
		if err != nil {
			return Stock{}, fmt.Errorf("stock: %w", err)
		}
		return stockOf(partsOf(s.layers), value), nil
	}
	var value *quantity.Micro
	if s.valued && (s.policy.Period == Shipment || s.policy.NetCost) {
		v := s.value
		value = &v
	}
	return stockOf(slices.Clone(s.pool), value), nil
}

func partsOf(layers []layer) []Part {
	parts := make([]Part, len(layers))
	for i, l := range layers {
		parts[i] = l.Part
	}
	return parts
}

// stockOf adds parts up by origin.
func stockOf(parts []Part, value *quantity.Micro) Stock {
	held := Stock{Parts: parts, Value: value}
	for _, p := range parts {
		if p.Origin == Originating {
			held.Originating += p.Quantity
		} else {
			held.NonOriginating += p.Quantity
		}
	}
	return held
}
