package bridge_test

import (
	"testing"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

func TestCheckUnit(t *testing.T) {
	tests := []struct {
		measure bridge.Measure
		unit    string
		good    bool
		why     string
	}{
		{bridge.Totaliser, "pulse", true, "counters count pulses"},
		{bridge.Totaliser, "m3", false, "a volume is computed from pulses, not read"},
		{bridge.Temperature, "degC", true, "metric"},
		{bridge.Temperature, "degF", true, "customary"},
		{bridge.Temperature, "K", false, "no meter run is calibrated in kelvin"},
		{bridge.Pressure, "kPag", true, "gauge"},
		{bridge.Pressure, "psig", true, "gauge"},
		{bridge.Pressure, "kPa", false, "gauge or absolute must be said"},
		{bridge.Density, "kg/m3", true, "metric"},
		{bridge.Density, "", false, "a unit is never implied"},
		{"flow", "m3/h", false, "not a measure"},
	}
	for _, tt := range tests {
		t.Run(string(tt.measure)+" in "+tt.unit, func(t *testing.T) {
			if err := bridge.CheckUnit(tt.measure, tt.unit); (err == nil) != tt.good {
				t.Errorf("%s: %v", tt.why, err)
			}
		})
	}
}

func TestDefaultUnits(t *testing.T) {
	// Each measure has a default unit that its own check accepts; anything else has none.
	for _, m := range []bridge.Measure{bridge.Totaliser, bridge.Temperature, bridge.Pressure, bridge.Density} {
		if err := bridge.CheckUnit(m, bridge.DefaultUnit(m)); err != nil {
			t.Error(err)
		}
	}
	if u := bridge.DefaultUnit("flow"); u != "" {
		t.Errorf("flow has unit %q", u)
	}
}

func TestQualityOrder(t *testing.T) {
	// The zero value promises nothing, and what may be used sorts above what may not.
	if bridge.Quality(0) != bridge.Failed {
		t.Error("the zero quality is not failed")
	}
	order := []bridge.Quality{bridge.Failed, bridge.Stale, bridge.Suspect, bridge.Restarted, bridge.Good}
	names := "failed stale suspect restarted good "
	got := ""
	for i, q := range order {
		if i > 0 && q <= order[i-1] {
			t.Errorf("%s is not better than %s", q, order[i-1])
		}
		got += q.String() + " "
	}
	if got != names {
		t.Errorf("names %q", got)
	}
	if s := bridge.Quality(99).String(); s != "quality(99)" {
		t.Errorf("unknown quality prints as %q", s)
	}
}
