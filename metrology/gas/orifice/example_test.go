package orifice_test

import (
	"fmt"

	"github.com/gauger/gauger/metrology/gas/orifice"
)

// A plate of 2.66406 inches in a 4-inch tube, with 56.211 inches of water across it at 200 psia and 0 F: case 3 of API MPMS 14.3.4.
// Densities and isentropic exponent come from an equation of state.
func ExampleMeter_Flow() {
	meter := orifice.Meter{
		Bore: 2.66406, Pipe: 4.02638, Plate: orifice.StainlessSteel, Tube: orifice.CarbonSteel,
		Reference: orifice.ReferenceF, Tap: orifice.Upstream, Expansion: orifice.Expansion1992,
	}
	flow, err := meter.Flow(orifice.Conditions{
		T: 0, P: 200, DP: 56.211, Viscosity: 0.01352, Density: 2.0466, BaseDensity: 0.116198, K: 1.3198,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Cd %.8f, Y %.6f: %.4f lbm/h, %.3f ft3/h\n", flow.Cd, flow.Y, flow.Mass, flow.Base)
	fmt.Println(flow.Method)
	// Output:
	// Cd 0.60543643, Y 0.996334: 18313.9862 lbm/h, 157610.167 ft3/h
	// API MPMS 14.3-1992 (AGA 3), flange taps, expansion factor of 1992, unrounded
}
