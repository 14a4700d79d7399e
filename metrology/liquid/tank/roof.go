package tank

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Roof is a floating roof: a body whose mass stands in for some of the liquid that the capacity table promises. The zero Roof is none:
// a fixed roof, or one that rests on its legs, which displaces nothing. In the critical zone between resting and floating nobody knows
// what a roof displaces, and no gauge counts.
type Roof struct {
	kind      roofKind
	entered   quantity.Micro
	mass      float64
	reference quantity.Factor
	perDegree quantity.Micro
}

type roofKind uint8

const (
	noRoof roofKind = iota
	enteredRoof
	roofByMass
	roofInTable
)

// EnteredRoof is an adjustment (FRA) that somebody stated, with its sign: negative takes liquid away.
func EnteredRoof(adjustment quantity.Micro) Roof { return Roof{kind: enteredRoof, entered: adjustment} }

// RoofByMass is a floating roof of a mass in kg whose displacement the capacity table leaves out: FRA = -mass/observed density.
func RoofByMass(kg float64) Roof { return Roof{kind: roofByMass, mass: kg} }

// RoofInTable is a floating roof whose displacement the capacity table has deducted already, for a liquid of a reference API gravity at
// tank temperature. The rest is FRA = (reference - observed gravity) x perDegree, the observed gravity at tank temperature, to 0.1.
func RoofInTable(referenceAPI quantity.Factor, perDegree quantity.Micro) Roof {
	return Roof{kind: roofInTable, reference: referenceAPI, perDegree: perDegree}
}

// The ways to come by an FRA, as results name them. The two equations were read in a surveyor's handbook and a maker's manual.
const (
	FRANone    = "no floating roof adjustment"
	FRAEntered = "FRA entered"
	FRAByMass  = "FRA = -roof mass/observed density (API MPMS 12.1.1 via secondary sources)"
	FRAInTable = "FRA = (reference API - observed API) x volume per degree (API MPMS 12.1.1 via secondary sources)"
)

const cubicMetresPerBarrel = 0.158987294928

// heaviestRoof is a mass in kg that no roof has.
const heaviestRoof = 1e8

// adjustment returns the FRA in m3 or bbl with a number of decimals, for a liquid of rhoObserved kg/m3 at tank temperature, and its name.
func (r Roof) adjustment(rhoObserved float64, unit quantity.Unit, places int) (fra quantity.Micro, source string, err error) {
	switch r.kind {
	case enteredRoof:
		fra, err = r.entered.Round(places)
		return fra, FRAEntered, err
	case roofByMass:
		if !(r.mass > 0 && r.mass <= heaviestRoof) {
			return 0, "", &quantity.RangeError{Quantity: "floating roof", Value: r.mass, Min: 1, Max: heaviestRoof, Unit: "kg"}
		}
		displaced := r.mass / rhoObserved
		if unit == quantity.Barrel {
			displaced /= cubicMetresPerBarrel
		}
		scale := math.Pow10(places)
		fra, err = quantity.FromFloat(-math.Round(displaced*scale) / scale)
		return fra, FRAByMass, err
	case roofInTable:
		observed, err := liquid.ReportAPIGravity(rhoObserved)
		if err != nil {
			return 0, "", err
		}
		if r.reference.Decimals > 1 {
			return 0, "", fmt.Errorf("floating roof: reference gravity %s API has more than one decimal", r.reference)
		}
		if api := r.reference.Float(); !(api >= -100 && api <= 200) {
			return 0, "", &quantity.RangeError{Quantity: "reference gravity of the floating roof", Value: api, Min: -100, Max: 200, Unit: "API"}
		}
		tenths := r.reference.Mantissa
		if r.reference.Decimals == 0 {
			tenths *= 10
		}
		fra, err = liquid.Product(places, r.perDegree, quantity.F(tenths-observed.Mantissa, 1))
		return fra, FRAInTable, err
	}
	return 0, FRANone, nil
}
