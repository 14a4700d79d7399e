package orifice

import "math"

// MethodUncertainty is the method that a combined uncertainty goes by.
const MethodUncertainty = "ISO 5168, root sum of squares, uncorrelated; sensitivities of qb to first order with Cd and Y held"

// Relative holds one number for each thing that the volume flow at base conditions depends on: its sensitivity, or its relative
// uncertainty.
type Relative struct {
	Cd, Y, Bore, Pipe, DP, P, T, Z float64
}

// Sensitivities returns by how many percent the volume flow changes when one of its causes changes by one percent, at a diameter
// ratio above 0 and below 1: 1 for Cd and Y, 2/(1-beta^4) for the bore, -2 beta^4/(1-beta^4) for the pipe, 1/2 for the pressures,
// -1/2 for the absolute temperature and the compressibility. They follow from the equation of flow with a density of P/(Z T).
func Sensitivities(beta float64) (Relative, error) {
	if err := within("diameter ratio", beta, 1e-6, 1-1e-6, ""); err != nil {
		return Relative{}, err
	}
	b4 := pow4(beta)
	return Relative{Cd: 1, Y: 1, Bore: 2 / (1 - b4), Pipe: -2 * b4 / (1 - b4), DP: 0.5, P: 0.5, T: -0.5, Z: -0.5}, nil
}

// Uncertainty returns the relative uncertainty of the volume flow from those of its causes, in the same terms: percent of percent,
// expanded of expanded. It refuses, with *quantity.RangeError, uncertainties outside 0 to 100.
func Uncertainty(beta float64, u Relative) (float64, error) {
	c, err := Sensitivities(beta)
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, p := range [...][2]float64{
		{c.Cd, u.Cd}, {c.Y, u.Y}, {c.Bore, u.Bore}, {c.Pipe, u.Pipe}, {c.DP, u.DP}, {c.P, u.P}, {c.T, u.T}, {c.Z, u.Z},
	} {
		if err := within("relative uncertainty", p[1], 0, 100, "%"); err != nil {
			return 0, err
		}
		sum += p[0] * p[0] * p[1] * p[1]
	}
	return math.Sqrt(sum), nil
}
