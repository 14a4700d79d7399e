package uncertainty

import (
	"errors"
	"fmt"
	"math"
)

// Ticket is what a metered ticket was computed from. Of each input Value, Standard and Freedom count; name and sensitivity are
// given by Budget. Units are the caller's, as long as CTPL of Budget reads the same.
type Ticket struct {
	Pulses, K, MF                  Input // K in pulses per unit of volume
	Temperature, Pressure, Density Input // of the liquid; what CTPL is a function of
	Equation                       Input // 1, with the uncertainty of the equation behind CTPL
	Water                          Input // sediment and water, percent of the volume
}

// TypicalTicket returns a ticket of a proved meter for liquids with uncertainties as a well kept LACT unit has (standard ones):
// half a pulse at either end, meter factor 0.07 %, 0.25 degrees C, 25 kPa, 0.5 kg/m3, 0.02 % for the equation of CTPL and 0.025 %
// of sediment and water. Temperature is in degrees C, pressure in kPa, density in kg/m3. From memory, unverified.
func TypicalTicket(pulses, k, mf, celsius, kPa, density, water float64) Ticket {
	return Ticket{
		Pulses:      Input{Value: pulses, Standard: Rectangular(0.5) * math.Sqrt2},
		K:           Input{Value: k},
		MF:          Input{Value: mf, Standard: 0.0007 * mf},
		Temperature: Input{Value: celsius, Standard: 0.25},
		Pressure:    Input{Value: kPa, Standard: 25},
		Density:     Input{Value: density, Standard: 0.5},
		Equation:    Input{Value: 1, Standard: 0.0002},
		Water:       Input{Value: water, Standard: 0.025},
	}
}

// Budget returns the budget of the net standard volume, in the unit of the K-factor:
//
//	NSV = pulses/K x MF x CTPL(T, P, density) x equation x (1 - water/100)
//
// with sensitivities by Propagate, so CTPL must be unrounded, such as Factors.CTPL of package liquid. The budget's Measured feeds
// Close.
func (t Ticket) Budget(ctpl func(temperature, pressure, density float64) (float64, error)) (Budget, error) {
	inputs := []Input{t.Pulses, t.K, t.MF, t.Temperature, t.Pressure, t.Density, t.Equation, t.Water}
	for i, name := range [...]string{
		"pulses", "k-factor", "meter factor", "temperature", "pressure", "density", "CTPL equation", "sediment and water",
	} {
		inputs[i].Name, inputs[i].Sensitivity = name, 0
	}
	if !(t.Pulses.Value > 0 && t.K.Value > 0 && t.MF.Value > 0 && t.Equation.Value > 0) {
		return Budget{}, fmt.Errorf("ticket: pulses %v, k-factor %v, meter factor %v and equation %v must be positive",
			t.Pulses.Value, t.K.Value, t.MF.Value, t.Equation.Value)
	}
	if err := inRange("sediment and water", t.Water.Value, 0, 99.9, "%"); err != nil {
		return Budget{}, fmt.Errorf("ticket: %w", err)
	}
	b, err := Propagate(func(x []float64) (float64, error) {
		factor, err := ctpl(x[3], x[4], x[5])
		if err == nil && !(factor > 0) {
			err = errors.New("CTPL is not positive")
		}
		return x[0] / x[1] * x[2] * factor * x[6] * (1 - x[7]/100), err
	}, inputs)
	if err != nil {
		return Budget{}, fmt.Errorf("ticket: %w", err)
	}
	return b, nil
}
