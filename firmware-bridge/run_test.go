package bridge_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/analog"
	analogsim "github.com/gauger/gauger/firmware-bridge/analog/sim"
	"github.com/gauger/gauger/firmware-bridge/bridgetest"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/pulse"
	pulsesim "github.com/gauger/gauger/firmware-bridge/pulse/sim"
	"github.com/gauger/gauger/firmware-bridge/rtd"
	rtdsim "github.com/gauger/gauger/firmware-bridge/rtd/sim"
	"github.com/gauger/gauger/internal/buslink"
	"github.com/gauger/gauger/metrology/quantity"
)

// meterRun is a whole meter run behind one socket: pulses, temperature and pressure, with the ranges of the demonstration.
type meterRun struct {
	truth   meter.State
	drivers []bridge.Driver
}

func newMeterRun(t testing.TB) *meterRun {
	t.Helper()
	m := &meterRun{truth: meter.State{TemperatureC: 15}}
	state := func() meter.State { return m.truth }
	mdr0, mdr1, err := pulse.Config{}.Registers()
	if err != nil {
		t.Fatal(err)
	}
	bus := bridgetest.NewBus(t, buslink.Devices{
		SPI: map[uint8]buslink.Device{0: pulsesim.NewRunning(mdr0, mdr1, state), 1: rtdsim.New(100, 400, state)},
		I2C: map[uint16]buslink.Device{0x48: analogsim.New([4]func() float64{analogsim.Pressure(0, 10_000, 100, state)})},
	})
	add := func(d bridge.Driver, err error) {
		if err != nil {
			t.Fatal(err)
		}
		m.drivers = append(m.drivers, d)
		t.Cleanup(func() { d.Close() })
	}
	add(pulse.Open(pulse.Config{Bus: bus.Name() + "#0"}))
	add(rtd.Open(rtd.Config{Bus: bus.Name() + "#1"}))
	add(analog.Open(analog.Config{Bus: bus.Name(), High: 10_000 * quantity.PerUnit, SamplesPerSecond: 860}))
	return m
}

// read reads the whole run once.
func (m *meterRun) read(t testing.TB) []bridge.Reading {
	t.Helper()
	var readings []bridge.Reading
	for _, d := range m.drivers {
		rs, err := d.Read(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		readings = append(readings, rs...)
	}
	return readings
}

func TestRoundingUndoesQuantisation(t *testing.T) {
	// A converter's step is finer than the discrimination of API MPMS 11.1 (0.05 degC, 5 kPa), so that a true value which is
	// a multiple of it comes back exactly by rounding the reading to it.
	m := newMeterRun(t)
	for _, truth := range []meter.State{
		{TemperatureC: 82, PressureKPa: 450}, {TemperatureC: 78, PressureKPa: 520}, {TemperatureC: 24, PressureKPa: 1900},
		{TemperatureC: 17.5, PressureKPa: 5200}, {TemperatureC: 4, PressureKPa: 350}, {TemperatureC: -39.95, PressureKPa: 0},
		{TemperatureC: 149.95, PressureKPa: 10_000},
	} {
		t.Run(fmt.Sprintf("%v degC and %v kPa", truth.TemperatureC, truth.PressureKPa), func(t *testing.T) {
			m.truth = truth
			rs := m.read(t)
			celsius, kPa := rs[1].Value.Float(), rs[2].Value.Float()
			t.Logf("off by %+.6f degC and %+.6f kPa", celsius-truth.TemperatureC, kPa-truth.PressureKPa)
			if got := math.Round(celsius*20) / 20; got != truth.TemperatureC {
				t.Errorf("%v degC rounds to %v", celsius, got)
			}
			if got := math.Round(kPa/5) * 5; got != truth.PressureKPa {
				t.Errorf("%v kPa rounds to %v", kPa, got)
			}
		})
	}
}

func TestEveryMultipleSurvives(t *testing.T) {
	// The same for every temperature of that kind from -40 to 150 degC.
	m := newMeterRun(t)
	for i := -800; i <= 3000; i++ {
		m.truth.TemperatureC = float64(i) / 20
		rs, err := m.drivers[1].Read(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got := math.Round(rs[0].Value.Float() * 20); got != float64(i) {
			t.Errorf("%v degC rounds to %v", m.truth.TemperatureC, got/20)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	m := newMeterRun(b)
	m.read(b) // sets the thermometer up
	for i, name := range []string{"pulse", "rtd", "analog at 860 samples a second"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.drivers[i].Read(b.Context(), time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("whole run", func(b *testing.B) {
		for b.Loop() {
			m.read(b)
		}
	})
}
