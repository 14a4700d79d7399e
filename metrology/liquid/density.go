package liquid

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// WaterDensity is the density of water at 60 F in kg/m3 that relative densities refer to since API MPMS 11.1-2004. Older tables
// used 999.012 (from memory); the two must not be mixed.
const WaterDensity = 999.016

// FromRelativeDensity returns the density in kg/m3 of a relative density 60/60 F.
func FromRelativeDensity(rd float64) float64 { return rd * WaterDensity }

// RelativeDensity returns the relative density 60/60 F of a density in kg/m3.
func RelativeDensity(rho float64) float64 { return rho / WaterDensity }

// FromAPIGravity returns the density in kg/m3 of an API gravity: 141.5/(API + 131.5) times the density of water.
func FromAPIGravity(api float64) float64 { return 141.5 / (api + 131.5) * WaterDensity }

// APIGravity returns the API gravity of a density in kg/m3, unrounded. The gravity of a liquid is that of its density at 60 F,
// Factors.Rho60.
func APIGravity(rho float64) float64 { return 141.5/(rho/WaterDensity) - 131.5 }

// ReportAPIGravity returns the API gravity of a density in kg/m3 as it is reported, to 0.1: a step of its own, since a
// calculation that goes on from the rounded gravity gives another result. It refuses densities that are not positive numbers.
func ReportAPIGravity(rho float64) (quantity.Factor, error) {
	if !(rho > 0) || math.IsInf(rho, 1) {
		return quantity.Factor{}, fmt.Errorf("density %v kg/m3 has no API gravity: it must be positive", rho)
	}
	return quantity.RoundFactor(roundTo(APIGravity(rho), 1, 10), 1)
}
