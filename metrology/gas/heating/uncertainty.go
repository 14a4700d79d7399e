package heating

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// Correlation holds the correlation coefficients of the mole fractions of two components. Fractions that were normalized are
// correlated: they add up to 1.
type Correlation [gas.Components][gas.Components]float64

// ISO6976Uncertainty returns the standard uncertainties (k = 1) of the properties that ISO6976 returns (ISO 6976:2016, Annex B).
// They come from those of the mole fractions, u, with their correlation, and from those of the standard's own tables. A nil
// correlation means that the fractions are independent of each other, which overstates most uncertainties. The inferior values
// are those by vaporization.
//
// It refuses what ISO6976 refuses, with *quantity.RangeError uncertainties outside 0 to 1, and what is no correlation matrix.
func ISO6976Uncertainty(x, u gas.Composition, r *Correlation, ref Reference) (Figures, error) {
	if err := x.Valid(); err != nil {
		return Figures{}, err
	}
	g, err := evaluate(x[:], table[:], ref)
	if err != nil {
		return Figures{}, err
	}
	if ref.Inferior != ByVaporization {
		return Figures{}, fmt.Errorf("inferior values of 1995 have no uncertainty in ISO 6976:2016")
	}
	for i, v := range u {
		if !(v >= 0 && v <= 1) {
			return Figures{}, &quantity.RangeError{Quantity: "uncertainty of " + gas.Component(i).String(), Value: v, Min: 0, Max: 1, Unit: "mol/mol"}
		}
	}
	if r == nil {
		return g.uncertainties(u[:], nil)
	}
	if err := r.valid(); err != nil {
		return Figures{}, err
	}
	return g.uncertainties(u[:], func(i, j int) float64 { return r[i][j] })
}

// valid refuses coefficients beyond -1 and 1, a diagonal other than 1, and a matrix that is not symmetric.
func (r *Correlation) valid() error {
	for i := range r {
		for j := range r {
			c := r[i][j]
			if !(c >= -1 && c <= 1) || c != r[j][i] || (i == j && c != 1) {
				return fmt.Errorf("correlation of %s and %s is %v: it must be from -1 to 1, the same both ways, and 1 with itself",
					gas.Component(i), gas.Component(j), c)
			}
		}
	}
	return nil
}

// product is a property as a product of powers of what it is made of: heating value, molar mass, compressibility, molar volume,
// and molar mass and compressibility of air.
type product struct {
	heat, m, z, v, airM, airZ float64
}

// The properties of ISO 6976 as products.
var (
	molar       = product{heat: 1}
	mass        = product{heat: 1, m: -1}
	idealVolume = product{heat: 1, v: -1}
	realVolume  = product{heat: 1, v: -1, z: -1}
	idealWobbe  = product{heat: 1, v: -1, m: -0.5, airM: 0.5}
	realWobbe   = product{heat: 1, v: -1, m: -0.5, z: -0.5, airM: 0.5, airZ: -0.5}
)

// uncertainties returns the standard uncertainty of every property. A nil r means uncorrelated fractions.
func (g mixture) uncertainties(u []float64, r func(i, j int) float64) (f Figures, err error) {
	of := func(p product, inferior bool) float64 {
		variance := g.variance(p, inferior, u, r)
		if !(variance >= 0) && err == nil {
			err = fmt.Errorf("correlation of the mole fractions is none: it makes a variance of %v", variance)
		}
		return math.Sqrt(max(variance, 0))
	}
	calorific := func(inferior bool) Calorific {
		return Calorific{
			Molar: of(molar, inferior), Mass: of(mass, inferior),
			IdealVolume: of(idealVolume, inferior), Volume: of(realVolume, inferior),
			IdealWobbe: of(idealWobbe, inferior), Wobbe: of(realWobbe, inferior),
		}
	}
	f = Figures{
		M: of(product{m: 1}, false), Z: of(product{z: 1}, false),
		Superior: calorific(false), Inferior: calorific(true),
		IdealDensity: of(product{m: 1, v: -1}, false), Density: of(product{m: 1, v: -1, z: -1}, false),
		IdealRelativeDensity: of(product{m: 1, airM: -1}, false),
		RelativeDensity:      of(product{m: 1, z: -1, airM: -1, airZ: 1}, false),
	}
	if err != nil {
		return Figures{}, err
	}
	return f, nil
}

// variance returns the variance of a property. It stays exact for a gas that does not burn, whose heating value of 0 has an
// uncertainty all the same: the heating value is left out of the product, and its own terms are absolute.
func (g mixture) variance(p product, inferior bool, u []float64, r func(i, j int) float64) float64 {
	heat, condensed := 1.0, 0.0
	if inferior {
		condensed = g.vapor / 2 // of the heat, for each atom of hydrogen
	}
	if p.heat != 0 {
		heat = g.heat - condensed*g.atoms[hydrogen]
	}
	zBySum := -2 * g.ratio * g.s / g.z // relative change of z by the sum of x s
	byFraction := func(i int) float64 {
		row := &g.rows[i]
		own := p.heat * (row.heat[g.burnt] - condensed*row.atoms[hydrogen])
		return (own + heat*(p.m*row.m/g.m+p.z*zBySum*row.sum[g.metered])) * u[i]
	}
	var fractions, heats, sums, masses float64
	for i := range g.rows {
		ci := byFraction(i)
		fractions += ci * ci
		for j := 0; r != nil && j < i; j++ {
			fractions += 2 * ci * byFraction(j) * r(i, j)
		}
		heats += square(g.x[i] * g.rows[i].uHeat)
		sums += square(g.x[i] * g.rows[i].uSum)
	}
	for e, n := range g.atoms {
		masses += square(n * uAtomic[e])
	}
	if inferior {
		heats += square(g.atoms[hydrogen] / 2 * uVapor)
	}
	relative := square(p.m/g.m)*masses + square(p.z*zBySum)*sums + square(p.v*uGasConstant/gasConstant) +
		square(p.airM*uAirMass/airMass) + square(p.airZ*uAirZ/g.airZ)
	scale := math.Pow(g.m, p.m) * math.Pow(g.z, p.z) * math.Pow(g.v, p.v) * math.Pow(airMass, p.airM) * math.Pow(g.airZ, p.airZ)
	return scale * scale * (fractions + p.heat*p.heat*heats + heat*heat*relative)
}

func square(x float64) float64 { return x * x }
