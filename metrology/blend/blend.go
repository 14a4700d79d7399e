// Package blend computes the volume that vanishes when a light and a heavy hydrocarbon are mixed: their molecules pack closer
// together than side by side. Mass stays; the books carry the lost volume as a movement of its own.
//
// The equation knows two components. It was fitted to pairs of a crude oil and a light hydrocarbon, and blending three liquids as
// one pair after the other gives another loss for each order, so nothing here takes more than two: liquids of one role are
// averaged to one component first, or each blending is a blend of its own with the gravity that the mixture then measures.
package blend

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method and edition that results of this package name: the equation was read in a public calculator, not in the
// standard.
const Method = "MPMS 12.3 (equation via a secondary source)"

// PercentDecimals is the number of decimals of Shrinkage.Percent, a choice of ours: the equation is no better than that.
const PercentDecimals = 4

// Percent returns the shrinkage in percent of the volume before blending (MPMS 12.3):
//
//	S = 4.86e-8 x C x (100 - C)^0.819 x G^2.28
//
// C is the light component in percent of that volume, 1 to 99; G is the difference of the API gravities at 60 F, 10 to 100.
// Equation and ranges are those of the first edition (1996, section 5.3 and Table 3) as a public calculator has them. Nothing is
// rounded.
func Percent(c, g float64) (float64, error) {
	if !(c >= 1 && c <= 99) {
		return 0, &quantity.RangeError{Quantity: "light component", Value: c, Min: 1, Max: 99, Unit: "% of the volume"}
	}
	if !(g >= 10 && g <= 100) {
		return 0, &quantity.RangeError{Quantity: "difference of gravities", Value: g, Min: 10, Max: 100, Unit: "API"}
	}
	return 4.86e-8 * c * math.Pow(100-c, 0.819) * math.Pow(g, 2.28), nil
}

// Component is one of the two liquids of a blend.
type Component struct {
	Volume quantity.Micro // at reference conditions, both components on the same basis
	API    float64        // gravity at 60 F, unrounded: to 0.1 it moves the shrinkage by some thousandths of itself
}

// Shrinkage is what blending does to the volume.
type Shrinkage struct {
	LightPercent float64         // C, from the exact volumes
	Difference   float64         // G, API
	Percent      quantity.Factor // S with PercentDecimals decimals, as the books record it
	Gross        quantity.Micro  // the two volumes together
	Volume       quantity.Micro  // lost: Gross x Percent/100, rounded once, half away from zero
	Net          quantity.Micro  // Gross - Volume
	Method       string
}

// Shrink returns the shrinkage of two components, in either order. It refuses volumes that are not positive and, with
// *quantity.RangeError, a blend outside the equation.
func Shrink(a, b Component) (Shrinkage, error) {
	if a.Volume <= 0 || b.Volume <= 0 {
		return Shrinkage{}, errors.New("shrinkage: both components of a blend need a positive volume")
	}
	light, heavy := a, b
	if light.API < heavy.API {
		light, heavy = heavy, light
	}
	s := Shrinkage{Difference: light.API - heavy.API, Method: Method}
	var err error
	if s.Gross, err = a.Volume.Add(b.Volume); err != nil {
		return Shrinkage{}, fmt.Errorf("shrinkage: %w", err)
	}
	s.LightPercent = float64(light.Volume) / float64(s.Gross) * 100
	percent, err := Percent(s.LightPercent, s.Difference)
	if err != nil {
		return Shrinkage{}, fmt.Errorf("shrinkage: %w", err)
	}
	if s.Percent, err = quantity.RoundFactor(percent, PercentDecimals); err != nil {
		return Shrinkage{}, fmt.Errorf("shrinkage: %w", err)
	}
	if s.Volume, err = s.Gross.Mul(s.Percent, quantity.F(1, 2)); err != nil {
		return Shrinkage{}, fmt.Errorf("shrinkage: %w", err)
	}
	s.Net, err = s.Gross.Sub(s.Volume)
	return s, err
}
