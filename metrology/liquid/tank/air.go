package tank

import (
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// MethodAir is how a volume becomes the mass that it weighs in air.
const MethodAir = "API MPMS 11.5.3-2009, weight in air (equation via a secondary source)"

// WCFDecimals is the number of decimals of a WCF, a choice of ours: a gram in a cubic metre is a millionth of oil.
const WCFDecimals = 6

// InAir returns the density in kg/m3 that a liquid of rho kg/m3 seems to have when it is weighed in air:
//
//	1.000149926 x rho - 1.199407795
//
// which is what buoyancy leaves in air of 1.199228 kg/m3, set against weights of 8000 kg/m3 that it lifts too.
func InAir(rho float64) float64 { return 1.000149926*rho - 1.199407795 }

// WCF returns what a m3 or bbl of a liquid of rhoBase kg/m3 weighs in air, kg, with WCFDecimals decimals. Densities are 100 to 2000
// kg/m3.
func WCF(rhoBase float64, unit quantity.Unit) (quantity.Factor, error) {
	if !(rhoBase >= 100 && rhoBase <= 2000) {
		return quantity.Factor{}, &quantity.RangeError{Quantity: "density", Value: rhoBase, Min: 100, Max: 2000, Unit: "kg/m3"}
	}
	perCubicMetre, err := quantity.FromFloat(InAir(rhoBase))
	if err != nil {
		return quantity.Factor{}, err
	}
	kg, err := liquid.Mass(perCubicMetre, unit, quantity.One)
	return quantity.F(int64(kg), WCFDecimals), err
}

// weigh fills in the weights in air.
func (c *Contents) weigh() (err error) {
	if c.WCF, err = WCF(c.Gauging.RhoBase, c.Tank.Unit); err != nil {
		return err
	}
	if c.GSW, err = c.GSV.Mul(c.WCF); err != nil {
		return err
	}
	c.NSW, err = c.NSV.Mul(c.WCF)
	return err
}
