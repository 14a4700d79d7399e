package inventory

import (
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Options are what one inventory's books are kept by.
type Options struct {
	Policy
	Rounding Rounding `json:"rounding"`
	Calendar Calendar `json:"-"`
}

// Valid reports whether books can be kept by the options.
func (o Options) Valid() error {
	if err := o.Policy.Valid(); err != nil {
		return err
	}
	if err := o.Rounding.Valid(); err != nil {
		return err
	}
	return o.Calendar.Valid()
}

// Book is the inventory of one grade of one owner in one place: a fold over its lines. It is not safe for concurrent use.
type Book struct {
	now         state
	withdrawals []Withdrawal
	openings    []Opening
	restated    []Restated
}

// New returns the books of an empty inventory.
func New(o Options) (*Book, error) {
	if err := o.Valid(); err != nil {
		return nil, err
	}
	return &Book{now: state{policy: o.Policy, rounding: o.Rounding, calendar: o.Calendar, valued: true}}, nil
}

// state is what the books know after a line, and what lines decided since it was cloned.
type state struct {
	policy   Policy
	rounding Rounding
	calendar Calendar

	any    bool // a line has been booked
	last   Moment
	closed time.Time // nothing before this is booked any more
	opened bool      // by an opening line
	drawn  bool      // something has been withdrawn
	moved  bool      // something has come in or left since the opening

	stock       quantity.Micro
	originating quantity.Micro // of the stock: receipts less withdrawals, plus what was restated
	receipts    []layer        // the latest on the books, at least as much as the stock
	layers      []layer        // specific, FIFO, LIFO: what is left of each receipt, oldest first

	// Averages. The pool is what the next ratio is of: by shipment the stock, otherwise the stock at the beginning of the period
	// and all receipts since.
	pool    []Part
	pooled  quantity.Micro // all that the pool ever took in since it was last added up: no less than it holds
	before  []Part         // the pool of the preceding period, as it was at its end
	period  int
	pending []Withdrawal // by net cost: until the period is over
	value   quantity.Micro
	valued  bool // the unit cost of everything in the pool is known

	withdrawals []Withdrawal
	openings    []Opening
	restated    []Restated
}

// layer is a receipt, or what is left of it.
type layer struct {
	Part
	cost *quantity.Micro
}

// Apply books the next lines. All are booked or, on an error, none; the error is a *LineError.
func (b *Book) Apply(lines ...Line) error {
	next := b.now.clone()
	for _, l := range lines {
		if err := next.book(l); err != nil {
			return &LineError{Row: l.Row, Moment: l.Moment, Err: err}
		}
	}
	b.take(next)
	return nil
}

// Close states that the books are complete up to an instant: the periods that end until then are over, and no line before it is
// booked any more. By net cost the withdrawals of a period are decided only then.
func (b *Book) Close(at time.Time) error {
	if y := at.Year(); y < minYear || y > maxYear+1 {
		return &quantity.RangeError{Quantity: "year", Value: float64(y), Min: minYear, Max: maxYear + 1, Unit: "AD"}
	}
	next := b.now.clone()
	if err := next.turn(at); err != nil {
		return err
	}
	if at.After(next.closed) {
		next.closed = at
	}
	b.take(next)
	return nil
}

// take makes a clone the state of the books.
func (b *Book) take(next state) {
	b.withdrawals = append(b.withdrawals, next.withdrawals...)
	b.openings = append(b.openings, next.openings...)
	b.restated = append(b.restated, next.restated...)
	next.withdrawals, next.openings, next.restated = nil, nil, nil
	b.now = next
}

func (s state) clone() state {
	s.receipts, s.layers = slices.Clone(s.receipts), slices.Clone(s.layers)
	s.pool, s.before, s.pending = slices.Clone(s.pool), slices.Clone(s.before), slices.Clone(s.pending)
	return s
}

// Withdrawals returns the withdrawals that are decided, in the order of the books.
func (b *Book) Withdrawals() []Withdrawal { return slices.Clone(b.withdrawals) }

// Openings returns the opening inventories.
func (b *Book) Openings() []Opening { return slices.Clone(b.openings) }

// Restated returns where origin was moved without oil: for each origin, receipts less withdrawals plus this is what is in stock.
func (b *Book) Restated() []Restated { return slices.Clone(b.restated) }

// Stock returns what the inventory holds. Where a ratio is of a period, it is as if the period ended with the last line.
func (b *Book) Stock() (Stock, error) {
	s := b.now.clone()
	if s.averagesPeriods() && s.any {
		if err := s.endPeriod(); err != nil {
			return Stock{}, err
		}
	}
	return s.holding()
}

// book books one line.
func (s *state) book(l Line) error {
	if err := l.checked(s.policy, s.rounding); err != nil {
		return err
	}
	if s.any && l.Compare(s.last) <= 0 {
		return fmt.Errorf("comes after %s: %w", s.last, ErrOrder)
	}
	if l.Time.Before(s.closed) {
		return fmt.Errorf("the books are closed up to %s: %w", s.closed.UTC().Format(time.RFC3339), ErrOrder)
	}
	if err := s.turn(l.Time); err != nil {
		return err
	}
	l.Time = l.Time.UTC()
	var err error
	switch l.Kind {
	case KindReceipt:
		s.moved = true
		err = s.receive(received(l))
	case KindWithdrawal:
		s.moved = true
		err = s.withdraw(l)
	case KindOpening:
		err = s.open(l)
	default:
		err = s.choose(l)
	}
	s.any, s.last = true, l.Moment
	return err
}

// received returns the layer that a line adds.
func received(l Line) layer {
	at := l.Moment
	source := l.Source
	if source == "" {
		source = at.String()
	}
	return layer{Part: Part{Source: source, Receipt: &at, Origin: l.Origin, Quantity: l.Quantity}, cost: l.UnitCost}
}

// receive adds a layer to the stock.
func (s *state) receive(in layer) error {
	if in.Quantity > maxQuantity-s.stock {
		return &quantity.RangeError{
			Quantity: "stock", Value: s.stock.Float() + in.Quantity.Float(), Min: 0, Max: maxQuantity / quantity.PerUnit, Unit: "units",
		}
	}
	s.stock += in.Quantity
	if in.Origin == Originating {
		s.originating += in.Quantity
	}
	s.receipts = append(s.receipts, in)
	if s.policy.Method != Average {
		s.layers = append(s.layers, in)
		return nil
	}
	return s.mix(in)
}

// withdraw takes a line's quantity out of the stock.
func (s *state) withdraw(l Line) error {
	if l.Quantity > s.stock {
		return &StockError{Asked: l.Quantity, Stock: s.stock}
	}
	policy, err := s.policy.of(l.Basis)
	if err != nil {
		return err
	}
	w := Withdrawal{Moment: l.Moment, Row: l.Row, Quantity: l.Quantity, Policy: policy}
	switch {
	case policy.Method != Average:
		err = s.unlayer(&w, l)
	case policy.Period == Shipment:
		err = s.ship(&w)
	case policy.NetCost:
		s.pending = append(s.pending, w)
	default:
		err = s.draw(&w, s.before)
	}
	if err != nil {
		return err
	}
	s.drawn = true
	s.stock -= l.Quantity
	s.forget()
	if policy.NetCost {
		return nil
	}
	s.originating -= w.Originating
	s.withdrawals = append(s.withdrawals, w)
	if policy.Method == Average && policy.Period == Shipment {
		return s.remain(w)
	}
	return nil
}

// forget drops receipts that no opening inventory will be made of: there are later ones for all that is in stock. Before an
// opening line everything is kept, since its quantity is not known yet.
func (s *state) forget() {
	var later quantity.Micro
	for i := len(s.receipts) - 1; i >= 0; i-- {
		if later >= s.stock {
			s.receipts = s.receipts[i+1:]
			return
		}
		later += s.receipts[i].Quantity
	}
}
