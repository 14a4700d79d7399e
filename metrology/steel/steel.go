// Package steel computes what temperature and pressure do to the steel around a liquid: the measuring pipe of a prover, the shell of
// a tank, the wall of a pipeline. They move by millionths, as the volumes of custody transfer do.
package steel

import (
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method that results of this package name. The equations of CTS and CPS were read in a maker's manual of small-volume
// provers that quotes MPMS 12.2.4, that of CTSh in a surveyor's handbook that quotes 12.1.1; the coefficients are from memory. Nobody
// has held either against the text of the standards.
const Method = "API MPMS 12.2-2021 and 12.1.1, steel (equations via secondary sources, coefficients unverified)"

// Expansion is the growth of a piece of steel for a degree, relative to what it measures at the base temperature.
type Expansion struct {
	Linear  float64 // of a length
	Area    float64 // of a cross section
	Cubical float64 // of a volume
}

// Material is a steel. Its expansion is tabulated for both scales, to three digits each, so that a PerC is not 1.8 times the PerF to
// the last digit. The packages that stand on this one take PerF whatever scale a temperature was given in: one steel, one result.
// From a certificate per degree C, PerF is the figure there divided by 1.8.
type Material struct {
	Name       string
	PerF, PerC Expansion
	Elasticity float64 // modulus of elasticity, psi; 0 where none is tabulated
}

// The steels of API MPMS 12.2, from memory (unverified). The linear figures of mild steel, 6.20e-6 per F and 1.12e-5 per C, were seen
// in a surveyor's handbook too.
var (
	MildSteel = Material{
		Name: "mild steel", Elasticity: 3.0e7,
		PerF: Expansion{Linear: 6.20e-6, Area: 1.24e-5, Cubical: 1.86e-5},
		PerC: Expansion{Linear: 1.12e-5, Area: 2.23e-5, Cubical: 3.35e-5},
	}
	Stainless304 = Material{
		Name: "stainless steel 304", Elasticity: 2.8e7,
		PerF: Expansion{Linear: 9.60e-6, Area: 1.92e-5, Cubical: 2.88e-5},
		PerC: Expansion{Linear: 1.73e-5, Area: 3.46e-5, Cubical: 5.18e-5},
	}
	Stainless316 = Material{
		Name: "stainless steel 316", Elasticity: 2.8e7,
		PerF: Expansion{Linear: 8.83e-6, Area: 1.77e-5, Cubical: 2.65e-5},
		PerC: Expansion{Linear: 1.59e-5, Area: 3.18e-5, Cubical: 4.77e-5},
	}
	Stainless17_4PH = Material{
		Name: "stainless steel 17-4PH", Elasticity: 2.85e7,
		PerF: Expansion{Linear: 6.00e-6, Area: 1.20e-5, Cubical: 1.80e-5},
		PerC: Expansion{Linear: 1.08e-5, Area: 2.16e-5, Cubical: 3.24e-5},
	}
	// Invar carries the detectors of small-volume provers; it is never a measuring pipe and has no modulus here.
	Invar = Material{
		Name: "Invar",
		PerF: Expansion{Linear: 0.80e-6, Area: 1.60e-6, Cubical: 2.40e-6},
		PerC: Expansion{Linear: 1.44e-6, Area: 2.88e-6, Cubical: 4.32e-6},
	}
)

// CTS returns the correction for the temperature of steel, 1 + dT x coefficient: of a pipe prover with the cubical coefficient, of a
// pipe that is held along its length with that of the area. DT is the temperature of the steel less that of its base volume, in
// degrees F or C as the coefficient has it.
//
// With *quantity.RangeError it refuses a dT beyond 300 degrees and a coefficient outside 1e-7 to 1e-4, which is that of no steel.
func CTS(dT, coefficient float64) (float64, error) {
	if err := check(dT, coefficient); err != nil {
		return 0, err
	}
	return 1 + dT*coefficient, nil
}

// CTSDetached returns the correction for the temperature of a small-volume prover whose detectors are mounted apart from the measuring
// pipe: (1 + dT x area) x (1 + dTMount x linear). The pipe, dT warmer than at base, grows in its area; the length between the
// detectors is that of their mount, dTMount warmer. It refuses what CTS refuses.
func CTSDetached(dT, area, dTMount, linear float64) (float64, error) {
	pipe, err := CTS(dT, area)
	if err != nil {
		return 0, err
	}
	mount, err := CTS(dTMount, linear)
	return pipe * mount, err
}

// CTSh returns the correction for the temperature of the shell of an upright cylindrical tank, 1 + 2 a dT + (a dT)^2, of the linear
// coefficient a: the cross section grows, and the level is measured by a tape of its own. It refuses what CTS refuses.
func CTSh(dT, linear float64) (float64, error) {
	if err := check(dT, linear); err != nil {
		return 0, err
	}
	return 1 + 2*linear*dT + linear*linear*dT*dT, nil
}

// CPS returns the correction for the pressure in a pipe, 1 + gauge x inner/(elasticity x wall). Gauge pressure and elasticity are in
// one unit, inner diameter and wall thickness in another. A pressure below 0 counts as 0, as MPMS 11.1 has it for the liquid. A pipe
// with the same pressure outside (double wall) has a CPS of 1, and no need of this.
//
// With *quantity.RangeError it refuses an elasticity outside 1e6 to 1e9 (steel is 3e7 psi, 2e8 kPa, 2e6 bar), an inner diameter of
// less than 2 or more than 1000 wall thicknesses, and a pressure that would stretch the pipe by more than 1 %.
func CPS(gauge, inner, wall, elasticity float64) (float64, error) {
	if !(elasticity >= 1e6 && elasticity <= 1e9) {
		return 0, &quantity.RangeError{Quantity: "modulus of elasticity", Value: elasticity, Min: 1e6, Max: 1e9, Unit: "in the unit of the pressure"}
	}
	slimness := inner / wall
	if !(slimness >= 2 && slimness <= 1000 && wall > 0) {
		return 0, &quantity.RangeError{Quantity: "inner diameter", Value: slimness, Min: 2, Max: 1000, Unit: "wall thicknesses"}
	}
	stretch := max(gauge, 0) * slimness / elasticity
	const most = 0.01
	if !(stretch <= most) || math.IsInf(gauge, -1) {
		return 0, &quantity.RangeError{Quantity: "stretch of steel by pressure", Value: stretch, Min: 0, Max: most, Unit: "of the volume"}
	}
	return 1 + stretch, nil
}

func check(dT, coefficient float64) error {
	if !(coefficient >= 1e-7 && coefficient <= 1e-4) {
		return &quantity.RangeError{Quantity: "expansion of steel", Value: coefficient, Min: 1e-7, Max: 1e-4, Unit: "per degree"}
	}
	if !(dT >= -300 && dT <= 300) {
		return &quantity.RangeError{Quantity: "steel above its base temperature", Value: dT, Min: -300, Max: 300, Unit: "degrees"}
	}
	return nil
}
