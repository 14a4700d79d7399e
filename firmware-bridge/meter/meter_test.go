package meter_test

import (
	"math"
	"testing"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/meter"
)

func TestValue(t *testing.T) {
	// The same state in every unit that a driver may ask for, and NaN where it can't.
	s := meter.State{TemperatureC: 82, PressureKPa: 689.4757, DensityKgM3: 1010}
	tests := []struct {
		measure bridge.Measure
		unit    string
		want    float64
	}{
		{bridge.Temperature, "degC", 82},
		{bridge.Temperature, "degF", 179.6},
		{bridge.Pressure, "kPag", 689.4757},
		{bridge.Pressure, "psig", 100},
		{bridge.Density, "kg/m3", 1010},
		{bridge.Totaliser, "pulse", math.NaN()},
		{bridge.Pressure, "bar", math.NaN()},
	}
	for _, tt := range tests {
		got := s.Value(tt.measure, tt.unit)
		if math.IsNaN(got) != math.IsNaN(tt.want) || math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s in %s: %v, want %v", tt.measure, tt.unit, got, tt.want)
		}
	}
}
