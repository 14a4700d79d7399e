// Package meter holds the truth about a simulated meter. The simulators of the drivers ask for it through a function, so
// that one meter can be seen through several instruments at once, each with the resolution of its kind.
package meter

import (
	"math"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

// State is the state of a meter run at one moment.
type State struct {
	Time         time.Time // by the meter's clock
	Totaliser    uint64    // pulses since the meter was built
	TemperatureC float64   // degC
	PressureKPa  float64   // kPa gauge
	DensityKgM3  float64   // observed, kg/m3
}

// kPaPerPsi converts pressures as API MPMS 11.1 does.
const kPaPerPsi = 6.894757

// Value returns the temperature, pressure or density in one of the units of bridge.CheckUnit, and NaN for anything else.
func (s State) Value(m bridge.Measure, unit string) float64 {
	switch {
	case m == bridge.Temperature && unit == "degC":
		return s.TemperatureC
	case m == bridge.Temperature && unit == "degF":
		return s.TemperatureC*1.8 + 32
	case m == bridge.Pressure && unit == "kPag":
		return s.PressureKPa
	case m == bridge.Pressure && unit == "psig":
		return s.PressureKPa / kPaPerPsi
	case m == bridge.Density && unit == "kg/m3":
		return s.DensityKgM3
	}
	return math.NaN()
}
