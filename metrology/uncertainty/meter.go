package uncertainty

import (
	"fmt"
	"math"
)

// Typical expanded uncertainties (k = 2) of installations in good order, in percent of the quantity; each pair is a range. From
// memory, unverified: they say whether a budget is of the right size, and replace none.
const (
	TypicalOrificeLow, TypicalOrificeHigh         = 0.6, 1.0
	TypicalTurbineGas                             = 0.5
	TypicalUltrasonicLow, TypicalUltrasonicHigh   = 0.3, 0.5
	TypicalLACTLow, TypicalLACTHigh               = 0.15, 0.25 // positive displacement meter
	TypicalCoriolis                               = 0.15
	TypicalTankGaugingLow, TypicalTankGaugingHigh = 0.1, 0.25 // of the transfer
)

// Orifice is an orifice meter for gas. All uncertainties are expanded (k = 2) and in percent of their own quantity; those of
// pressure and temperature are of the absolute ones.
type Orifice struct {
	Beta float64 // bore over pipe diameter, 0.1 to 0.75

	Discharge       float64 // coefficient Cd
	Expansion       float64 // factor Y
	Bore            float64 // of the plate
	Pipe            float64 // inner diameter
	Differential    float64 // pressure
	Static          float64 // pressure
	Temperature     float64
	Compressibility float64 // Z at flowing conditions
	RelativeDensity float64
}

// TypicalOrifice returns an orifice meter with uncertainties as a well kept one has. From memory, unverified.
func TypicalOrifice(beta float64) Orifice {
	return Orifice{
		Beta: beta, Discharge: 0.5, Expansion: 0.1, Bore: 0.05, Pipe: 0.25, Differential: 0.5, Static: 0.25, Temperature: 0.15,
		Compressibility: 0.1, RelativeDensity: 0.3,
	}
}

// Budget returns the budget of the volume at base conditions, in percent of it (Value is 100). The sensitivities follow from
//
//	q ~ Cd Y d^2 / sqrt(1 - (d/D)^4) x sqrt(dP x P / (T x Z x G))
//
// which is 1 for Cd and Y, 2/(1 - beta^4) for d, -2 beta^4/(1 - beta^4) for D, and a half for each factor of the square root.
// That Cd and Y themselves depend on the rest is neglected. The range of beta is from memory, unverified (AGA 3).
func (o Orifice) Budget() (Budget, error) {
	if err := inRange("beta", o.Beta, 0.1, 0.75, "(bore over pipe)"); err != nil {
		return Budget{}, fmt.Errorf("orifice: %w", err)
	}
	b4 := o.Beta * o.Beta * o.Beta * o.Beta
	return relative("orifice", []factor{
		{"discharge coefficient", o.Discharge, 1},
		{"expansion factor", o.Expansion, 1},
		{"bore", o.Bore, 2 / (1 - b4)},
		{"pipe diameter", o.Pipe, -2 * b4 / (1 - b4)},
		{"differential pressure", o.Differential, 0.5},
		{"static pressure", o.Static, 0.5},
		{"temperature", o.Temperature, -0.5},
		{"compressibility", o.Compressibility, -0.5},
		{"relative density", o.RelativeDensity, -0.5},
	})
}

// LinearMeter is a gas meter whose pulses are proportional to volume: turbine, ultrasonic, rotary. All uncertainties are expanded
// (k = 2) and in percent of their own quantity; those of pressure and temperature are of the absolute ones.
type LinearMeter struct {
	Meter           float64 // calibration, linearity and installation
	Static          float64 // pressure
	Temperature     float64
	Compressibility float64 // the ratio of Z at base and at flowing conditions
}

// TypicalLinearMeter returns an ultrasonic meter with uncertainties as a well kept one has. From memory, unverified.
func TypicalLinearMeter() LinearMeter {
	return LinearMeter{Meter: 0.3, Static: 0.2, Temperature: 0.15, Compressibility: 0.1}
}

// Budget returns the budget of the volume at base conditions, in percent of it (Value is 100), of Vb = V x P/Pb x Tb/T x Zb/Z.
func (m LinearMeter) Budget() (Budget, error) {
	return relative("linear meter", []factor{
		{"meter", m.Meter, 1},
		{"static pressure", m.Static, 1},
		{"temperature", m.Temperature, -1},
		{"compressibility", m.Compressibility, -1},
	})
}

// factor is a factor of a product: its expanded uncertainty in percent, and its exponent.
type factor struct {
	name     string
	percent  float64
	exponent float64
}

// relative returns the budget, in percent, of a product of powers.
func relative(what string, factors []factor) (Budget, error) {
	inputs := make([]Input, len(factors))
	for i, f := range factors {
		if err := inRange("uncertainty of "+f.name, f.percent, 0, 100, "%"); err != nil {
			return Budget{}, fmt.Errorf("%s: %w", what, err)
		}
		inputs[i] = Input{Name: f.name, Value: 100, Standard: f.percent / 2, Sensitivity: f.exponent}
	}
	b, err := Combine(100, inputs)
	if err != nil {
		return Budget{}, fmt.Errorf("%s: %w", what, err)
	}
	return b, nil
}

// Tank is a transfer out of or into a tank, measured by two gaugings. Volumes are at reference conditions and in any one unit;
// uncertainties are standard ones.
type Tank struct {
	Opening, Closing float64 // volume of liquid before and after, not negative
	Gradient         float64 // volume per unit of level, from the capacity table
	Level            float64 // of each gauging, in the unit of level: the two are independent
	Table            float64 // of the capacity table, percent: its error is common to both gaugings
	Expansion        float64 // thermal expansion of the liquid, per degree
	Temperature      float64 // of each average temperature, degrees
	// SameThermometer is how far the errors of the two temperatures are one: the coefficient of correlation, 0 to 1.
	SameThermometer float64
	Water           float64 // of the sediment and water of the transfer, percent of the volume
}

// TypicalTank returns a transfer with uncertainties as automatic gauges of a vertical tank have: 1.5 mm of level, 0.05 % of the
// table, 0.25 degrees C half of which is common, 0.025 % of sediment and water. Gradient is in units of volume per mm. From
// memory, unverified.
func TypicalTank(opening, closing, gradient, expansion float64) Tank {
	return Tank{
		Opening: opening, Closing: closing, Gradient: gradient, Level: 1.5, Table: 0.05, Expansion: expansion, Temperature: 0.25,
		SameThermometer: 0.5, Water: 0.025,
	}
}

// Budget returns the budget of the transfer, closing less opening, in the unit of its volumes. It refuses a transfer of nothing.
func (t Tank) Budget() (Budget, error) {
	transfer := t.Closing - t.Opening
	if !(t.Opening >= 0 && t.Closing >= 0) || transfer == 0 {
		return Budget{}, fmt.Errorf("tank: opening %v and closing %v must be different volumes, and not negative", t.Opening, t.Closing)
	}
	if err := inRange("correlation of the temperatures", t.SameThermometer, 0, 1, "(a coefficient)"); err != nil {
		return Budget{}, fmt.Errorf("tank: %w", err)
	}
	b, err := Combine(transfer, []Input{
		{Name: "opening level", Standard: t.Level, Sensitivity: -t.Gradient},
		{Name: "closing level", Standard: t.Level, Sensitivity: t.Gradient},
		{Name: "capacity table", Value: 100, Standard: t.Table, Sensitivity: transfer / 100},
		{Name: "opening temperature", Standard: t.Temperature, Sensitivity: t.Expansion * t.Opening},
		{Name: "closing temperature", Standard: t.Temperature, Sensitivity: -t.Expansion * t.Closing},
		{Name: "sediment and water", Standard: t.Water, Sensitivity: -math.Abs(transfer) / 100},
	}, Correlation{A: "opening temperature", B: "closing temperature", R: t.SameThermometer})
	if err != nil {
		return Budget{}, fmt.Errorf("tank: %w", err)
	}
	return b, nil
}
