// Package uncertainty says whether a balance of measured volumes closes: it combines the uncertainties of the measurements and
// sets the imbalance against them.
package uncertainty

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method that results of this package name.
const Method = "GUM root sum of squares, uncorrelated, k = 2"

// Measured is a measured volume and its expanded relative uncertainty (k = 2) in percent, of 0 to 100.
type Measured struct {
	Volume  quantity.Micro
	Percent float64
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

// Close returns the balance of receipts and deliveries that are measured independently of each other, all on one basis:
//
//	sigma^2 = sum (U/100 x Q / 2)^2 + (expanded of the change / 2)^2,  z = imbalance / sigma
//
// It refuses volumes that are negative, uncertainties that are no percentage, receipts of nothing, and a balance all of whose
// uncertainties are zero.
func Close(receipts, deliveries []Measured, change Change) (Balance, error) {
	in, inVariance, err := total("receipt", receipts)
	if err != nil {
		return Balance{}, err
	}
	out, outVariance, err := total("delivery", deliveries)
	if err != nil {
		return Balance{}, err
	}
	if in == 0 {
		return Balance{}, errors.New("balance: nothing was received")
	}
	if change.Expanded < 0 {
		return Balance{}, fmt.Errorf("balance: uncertainty %s of the inventory is negative", change.Expanded)
	}
	var b Balance
	if b.Imbalance, err = in.Sub(out); err == nil {
		b.Imbalance, err = b.Imbalance.Sub(change.Volume)
	}
	if err != nil {
		return Balance{}, fmt.Errorf("balance: %w", err)
	}
	half := change.Expanded.Float() / 2
	b.Sigma = math.Sqrt(inVariance + outVariance + half*half)
	if b.Sigma == 0 {
		return Balance{}, errors.New("balance: no measurement has an uncertainty; give each its own in percent")
	}
	b.Percent = b.Imbalance.Float() / in.Float() * 100
	b.Expanded = 2 * b.Sigma
	b.Z = b.Imbalance.Float() / b.Sigma
	return b, nil
}

// total returns the sum of volumes and the variance of the sum.
func total(kind string, all []Measured) (sum quantity.Micro, variance float64, err error) {
	for i, m := range all {
		if m.Volume < 0 {
			return 0, 0, fmt.Errorf("balance: %s %d of %s is negative; book it on the other side", kind, i+1, m.Volume)
		}
		if !(m.Percent >= 0 && m.Percent <= 100) {
			return 0, 0, fmt.Errorf("balance: uncertainty of %s %d is %v %%, outside 0 to 100 %%", kind, i+1, m.Percent)
		}
		if sum, err = sum.Add(m.Volume); err != nil {
			return 0, 0, fmt.Errorf("balance: %s %d: %w", kind, i+1, err)
		}
		u := m.Percent / 100 * m.Volume.Float() / 2
		variance += u * u
	}
	return sum, variance, nil
}
