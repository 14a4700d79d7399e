package orifice

import "math"

// coefficients are the discharge coefficient of Reader-Harris and Gallagher for flange taps (14.3.1, 14.3.3) at one diameter ratio
// and pipe, arranged by powers of X = 4000/Re as in 14.3.4:
//
//	Cd = c0 + c1 X^0.7 + (c2 + c3 X^0.8) Fc + c4 X^0.8
type coefficients struct {
	c0, c1, c2, c3, c4 float64
}

// X counts in Reynolds numbers of 4000: 1e6/Re is 250 X and 19 000/Re is 4.75 X.
var (
	of250p35 = math.Pow(250, 0.35)
	of250p70 = math.Pow(250, 0.70)
	of475p80 = math.Pow(4.75, 0.80)
)

// newCoefficients takes the diameter ratio and the diameter of the pipe in inches, both at flowing temperature.
func newCoefficients(beta, pipe float64) coefficients {
	b2 := beta * beta
	b4 := b2 * b2
	lnBeta := math.Log(beta)
	l := 1 / pipe            // distance of either tap from the plate, 1 inch, in diameters
	m2 := 2 * l / (1 - beta) // the downstream distance in dam heights
	m1 := max(2.8-pipe, 0)   // small pipes, below 2.8 inches

	upstream := (0.0433 + 0.0712*math.Exp(-8.5*l) - 0.1145*math.Exp(-6*l)) * b4 / (1 - b4)
	downstream := -0.0116 * (m2 - 0.52*math.Pow(m2, 1.3)) * math.Exp(1.1*lnBeta)
	a := of475p80 * math.Exp(0.8*lnBeta) // of X^0.8: the A of the equation
	return coefficients{
		c0: 0.5961 + 0.0291*b2 - 0.2290*b4*b4 + 0.003*(1-beta)*m1 + upstream + downstream,
		c1: 0.000511 * of250p70 * math.Exp(0.7*lnBeta),
		c2: 0.0210 * b4 * of250p35,
		c3: 0.0049 * a * b4 * of250p35,
		c4: (-0.23*upstream - 0.14*downstream) * a,
	}
}

// Below a Reynolds number of about 3502, X above lowX, X^0.35 gives way to a hyperbola (14.3.4), which stays finite.
const (
	lowX = 1.142139337256165
	lowA = 4.343524261523267
	lowB = 3.764387693320165
)

// at returns Cd and its derivative by ln X.
func (c coefficients) at(x float64) (cd, slope float64) {
	ln := math.Log(x)
	x35, x80 := math.Exp(0.35*ln), math.Exp(0.8*ln)
	x70 := x35 * x35
	fc, fcSlope := x35, 0.35*x35
	if x >= lowX {
		fc, fcSlope = lowA-lowB/x, lowB/x
	}
	cd = c.c0 + c.c1*x70 + (c.c2+c.c3*x80)*fc + c.c4*x80
	slope = 0.7*c.c1*x70 + 0.8*c.c3*x80*fc + (c.c2+c.c3*x80)*fcSlope + 0.8*c.c4*x80
	return cd, slope
}

// The iteration ends when Cd moves by less than tolerance, or fails after maxIterations.
const (
	tolerance     = 1e-14
	maxIterations = 50
)

// solve returns the Cd for which X = fi/Cd gives Cd again, by Newton's method, and the number of iterations. A step goes no
// further than half of Cd, so that Cd stays positive.
func (c coefficients) solve(fi float64) (cd float64, iterations int, err error) {
	cd = 0.6
	for i := range maxIterations {
		value, slope := c.at(fi / cd)
		step := (cd - value) / (1 + slope/cd)
		step = max(-cd/2, min(cd/2, step))
		cd -= step
		if math.Abs(step) < tolerance*cd {
			return c.settled(cd, fi, i+1)
		}
	}
	return c.settled(cd, fi, maxIterations)
}

// settled returns cd when it solves the equation to the digits that a float64 holds, and is a coefficient of discharge at all.
func (c coefficients) settled(cd, fi float64, iterations int) (float64, int, error) {
	const residual, least, most = 1e-13, 0.1, 10
	value, _ := c.at(fi / cd)
	if !(math.Abs(value-cd) <= residual*cd && cd >= least && cd <= most) {
		return 0, 0, ErrNoConvergence
	}
	return cd, iterations, nil
}
