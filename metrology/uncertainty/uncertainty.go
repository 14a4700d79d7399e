// Package uncertainty says how well a measured quantity is known, and what follows: it combines the uncertainties of inputs to
// a budget, closes balances of measured volumes, and tells whether a value is clear of a legal limit.
package uncertainty

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method that balances of independent measurements name.
const Method = "GUM root sum of squares, uncorrelated, k = 2"

// MethodCommonMeters is the method that balances name in which two measurements of one meter meet.
const MethodCommonMeters = "GUM, measurements of one meter fully correlated, k = 2"

// ErrNone reports that nothing is uncertain: no uncertainty was given, or all of it cancels, which says that a source is missing.
var ErrNone = errors.New("no uncertainty remains")

// Measured is a measured volume and its expanded relative uncertainty (k = 2) in percent, of 0 to 100.
type Measured struct {
	Volume  quantity.Micro
	Percent float64
	// Meter is what made the measurement. Two measurements of one meter err together: their uncertainties add up, or cancel
	// where one is a receipt and the other a delivery. Without a name a measurement is independent of every other.
	Meter string
}

// Change is the change of an inventory, closing less opening, and its expanded uncertainty (k = 2) as a volume.
type Change struct {
	Volume   quantity.Micro
	Expanded quantity.Micro
}

// Level says how an imbalance is to be taken.
type Level string

// The levels: an imbalance of up to 2 sigma is noise, one beyond 3 sigma has a cause.
const (
	Noise   Level = "within uncertainty"
	Warning Level = "warning, beyond 2 sigma"
	Action  Level = "action, beyond 3 sigma"
)

// Balance is what remains of receipts when deliveries and the change of inventory are taken off.
type Balance struct {
	Imbalance quantity.Micro // receipts - deliveries - change, exactly; positive is a loss, negative a gain
	Percent   float64        // of the receipts
	Sigma     float64        // standard uncertainty of the imbalance, in units of volume
	Expanded  float64        // 2 x Sigma
	Z         float64        // Imbalance / Sigma, signed
	Method    string         // Method, or MethodCommonMeters
}

// Level returns what Z amounts to.
func (b Balance) Level() Level {
	switch z := math.Abs(b.Z); {
	case z > 3:
		return Action
	case z > 2:
		return Warning
	}
	return Noise
}

// Close returns the balance of receipts and deliveries, all on one basis:
//
//	sigma^2 = sum (U/100 x Q / 2)^2 + (expanded of the change / 2)^2,  z = imbalance / sigma
//
// The measurements of one named meter make one term of that sum, the square of their sum, deliveries taken off. Close refuses
// volumes that are negative, uncertainties that are no percentage, receipts of nothing, and, with ErrNone, a balance of which
// nothing is uncertain.
func Close(receipts, deliveries []Measured, change Change) (Balance, error) {
	var e errorSum
	in, err := e.add("receipt", receipts, 1)
	if err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	out, err := e.add("delivery", deliveries, -1)
	if err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	if in == 0 {
		return Balance{}, errors.New("balance: nothing was received")
	}
	if change.Expanded < 0 {
		return Balance{}, fmt.Errorf("balance: uncertainty %s of the inventory is negative", change.Expanded)
	}
	b := Balance{Method: e.method()}
	if b.Imbalance, err = in.Sub(out); err == nil {
		b.Imbalance, err = b.Imbalance.Sub(change.Volume)
	}
	if err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	half := change.Expanded.Float() / 2
	b.Sigma = math.Sqrt(e.variance() + half*half)
	if b.Sigma == 0 {
		return Balance{}, fmt.Errorf("balance: %w; give each measurement its own in percent", ErrNone)
	}
	b.Percent = b.Imbalance.Float() / in.Float() * 100
	b.Expanded = 2 * b.Sigma
	b.Z = b.Imbalance.Float() / b.Sigma
	return b, nil
}

// Total returns the sum of measured volumes, on one basis, with the uncertainty of the sum: that of independent meters shrinks
// with their number, that of one meter does not. It refuses what Close refuses.
func Total(all []Measured) (Measured, error) {
	var e errorSum
	sum, err := e.add("measurement", all, 1)
	if err != nil {
		return Measured{}, fmt.Errorf("total: %w", err)
	}
	if sum == 0 {
		return Measured{}, errors.New("total: nothing was measured")
	}
	percent := 2 * math.Sqrt(e.variance()) / sum.Float() * 100
	return Measured{Volume: sum, Percent: min(percent, 100)}, nil // rounding may carry 100 % over itself
}

// errorSum adds up standard uncertainties: squares of the independent ones, and signed sums by meter.
type errorSum struct {
	independent float64
	meters      []meterSum // in the order of first appearance, so that a sum is the same each time
	index       map[string]int
	common      bool // some meter made two measurements
}

// meterSum is the error of a meter: signed, and what it would be if nothing cancelled.
type meterSum struct{ signed, gross float64 }

// add books measurements of one sign and returns the sum of their volumes.
func (e *errorSum) add(kind string, all []Measured, sign float64) (sum quantity.Micro, err error) {
	for i, m := range all {
		if m.Volume < 0 {
			return 0, fmt.Errorf("%s %d of %s is negative; book it on the other side", kind, i+1, m.Volume)
		}
		if !(m.Percent >= 0 && m.Percent <= 100) {
			return 0, fmt.Errorf("uncertainty of %s %d is %v %%, outside 0 to 100 %%", kind, i+1, m.Percent)
		}
		if sum, err = sum.Add(m.Volume); err != nil {
			return 0, fmt.Errorf("%s %d: %w", kind, i+1, err)
		}
		u := m.Percent / 100 * m.Volume.Float() / 2
		if m.Meter == "" {
			e.independent += u * u
			continue
		}
		e.meter(m.Meter, sign*u)
	}
	return sum, nil
}

// meter adds an error to those of a meter.
func (e *errorSum) meter(name string, u float64) {
	i, known := e.index[name]
	if !known {
		if e.index == nil {
			e.index = map[string]int{}
		}
		i = len(e.meters)
		e.index[name] = i
		e.meters = append(e.meters, meterSum{})
	}
	e.common = e.common || known
	e.meters[i].signed += u
	e.meters[i].gross += math.Abs(u)
}

func (e *errorSum) variance() float64 {
	sum := e.independent
	for _, m := range e.meters {
		if math.Abs(m.signed) > 1e-12*m.gross { // else rounding is all that is left
			sum += m.signed * m.signed
		}
	}
	return sum
}

func (e *errorSum) method() string {
	if e.common {
		return MethodCommonMeters
	}
	return Method
}
