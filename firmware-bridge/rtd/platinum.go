package rtd

import (
	"fmt"
	"math"
)

// Coefficients of the Callendar-Van Dusen equation for industrial platinum sensors, IEC 60751.
const (
	coefficientA = 3.9083e-3
	coefficientB = -5.775e-7
	coefficientC = -4.183e-12 // below 0 degC only
)

// The range of the equation in degC, IEC 60751.
const (
	lowest  = -200.0
	highest = 850.0
)

// Resistance returns the resistance in ohms, at t degC (-200 to 850), of a platinum sensor that has r0 ohms at 0 degC:
// R = R0 [1 + A t + B t^2 + C (t - 100) t^3], without the term in C above 0 degC (IEC 60751).
func Resistance(r0, t float64) float64 {
	ratio := 1 + coefficientA*t + coefficientB*t*t
	if t < 0 {
		ratio += coefficientC * (t - 100) * t * t * t
	}
	return r0 * ratio
}

// Temperature returns the temperature in degC at which a platinum sensor of r0 ohms at 0 degC has r ohms: the inverse of
// Resistance, to better than 1e-6 degC. It refuses what lies outside -200 to 850 degC.
func Temperature(r0, r float64) (float64, error) {
	if !(r >= Resistance(r0, lowest) && r <= Resistance(r0, highest)) {
		return 0, fmt.Errorf("%.3f ohm of a sensor with %.3f ohm at 0 degC is outside -200 to 850 degC", r, r0)
	}
	// The quadratic equation, solved without the difference of two nearly equal numbers.
	w := r/r0 - 1
	t := 2 * w / (coefficientA + math.Sqrt(coefficientA*coefficientA+4*coefficientB*w))
	if t >= 0 {
		return t, nil
	}
	// Below zero it is off by up to 2.4 degC; Newton's method squares the error with each step.
	for range 4 {
		slope := coefficientA + 2*coefficientB*t + coefficientC*(4*t-300)*t*t
		t -= (Resistance(1, t) - r/r0) / slope
	}
	return t, nil
}
