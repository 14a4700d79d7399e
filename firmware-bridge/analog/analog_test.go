package analog_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"pgregory.net/rapid"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/analog"
	"github.com/gauger/gauger/firmware-bridge/analog/sim"
	"github.com/gauger/gauger/firmware-bridge/bridgetest"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/internal/buslink"
	"github.com/gauger/gauger/metrology/quantity"
)

var at = time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC)

// kPa is a configuration for 0 to 10,000 kPa gauge over 100 ohm, as fast as the chip goes.
var kPa = analog.Config{High: 10_000 * quantity.PerUnit, SamplesPerSecond: 860}

// onBus returns a driver on a simulated converter.
func onBus(t testing.TB, c analog.Config, chip *sim.Chip) (bridge.Driver, *bridgetest.Bus) {
	t.Helper()
	bus := bridgetest.NewBus(t, buslink.Devices{I2C: map[uint16]buslink.Device{0x48: chip}})
	c.Bus, c.Timeout = bus.Name(), 10*time.Second
	d, err := analog.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, bus
}

// loop is a converter with a current, in mA, through 100 ohm at input 0.
func loop(current *float64) *sim.Chip {
	return sim.New([4]func() float64{func() float64 { return *current / 10 }})
}

func read(t testing.TB, d bridge.Driver) bridge.Reading {
	t.Helper()
	rs, err := d.Read(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if len(rs) != 1 {
		t.Fatalf("%d readings", len(rs))
	}
	return rs[0]
}

func TestContract(t *testing.T) {
	bridgetest.Run(t, func(t *testing.T) bridgetest.Rig {
		state := func() meter.State { return meter.State{PressureKPa: 5000} }
		d, bus := onBus(t, kPa, sim.New([4]func() float64{sim.Pressure(0, 10_000, 100, state)}))
		return bridgetest.Rig{
			Driver: d,
			Want:   []bridge.Reading{{Measure: bridge.Pressure, Value: 5000 * quantity.PerUnit, Unit: "kPag", Quality: bridge.Good}},
			At:     func() time.Time { return at },
			Cut:    bus.Cut, Mend: bus.Mend, Hang: bus.Hang, Resume: bus.Resume,
		}
	})
}

func TestQuantisation(t *testing.T) {
	// A reading is within half a step (0.4 kPa) of the truth.
	pressure := 0.0
	state := func() meter.State { return meter.State{PressureKPa: pressure} }
	d, _ := onBus(t, kPa, sim.New([4]func() float64{sim.Pressure(0, 10_000, 100, state)}))
	rapid.Check(t, func(rt *rapid.T) {
		pressure = rapid.Float64Range(0, 10_000).Draw(rt, "kPa")
		r := read(t, d)
		if off := math.Abs(r.Value.Float() - pressure); off > 0.391 || r.Quality != bridge.Good {
			rt.Fatalf("%v kPa read as %+v", pressure, r)
		}
	})
}

func TestCurrents(t *testing.T) {
	// NAMUR NE 43: values between the stops, doubts at the stops, faults beyond.
	tests := []struct {
		name    string
		current float64 // mA
		quality bridge.Quality
		value   float64 // kPa
	}{
		{"broken loop", 0, bridge.Failed, 0},
		{"failure low", 3.599, bridge.Failed, 0},
		{"between failure and stop", 3.7, bridge.Suspect, -187.5},
		{"lower stop", 3.802, bridge.Good, -123.75},
		{"zero", 4, bridge.Good, 0},
		{"middle", 12, bridge.Good, 5000},
		{"full", 20, bridge.Good, 10_000},
		{"upper stop", 20.498, bridge.Good, 10_311.25},
		{"between stop and failure", 20.75, bridge.Suspect, 10_468.75},
		{"failure high", 21.001, bridge.Failed, 0},
		{"short circuit", 60, bridge.Failed, 0},
		{"reversed", -20, bridge.Failed, 0},
	}
	current := 4.0
	d, _ := onBus(t, kPa, loop(&current))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			current = tt.current
			rs, err := d.Read(t.Context(), at)
			if tt.quality == bridge.Failed {
				if !errors.Is(err, bridge.ErrFault) || len(rs) != 0 {
					t.Errorf("%v mA: %v, %v", tt.current, rs, err)
				}
				return
			}
			if err != nil || rs[0].Quality != tt.quality || math.Abs(rs[0].Value.Float()-tt.value) > 0.4 || (rs[0].Note == "") != (tt.quality == bridge.Good) {
				t.Errorf("%v mA: %v, %v", tt.current, rs, err)
			}
		})
	}
}

func TestChannels(t *testing.T) {
	// Each input and pair is read as itself.
	volts := [4]float64{0.5, 0.9, 1.3, 0.1}
	var inputs [4]func() float64
	for i := range volts {
		inputs[i] = func() float64 { return volts[i] }
	}
	for channel, v := range map[string]float64{"0": 0.5, "1": 0.9, "2": 1.3, "1-3": 0.8, "2-3": 1.2} {
		c := kPa
		c.Channel = channel
		d, _ := onBus(t, c, sim.New(inputs))
		if r := read(t, d); math.Abs(r.Value.Float()-(v*10-4)/16*10_000) > 0.4 {
			t.Errorf("channel %s: %+v", channel, r)
		}
	}
}

func TestUnitsAndRanges(t *testing.T) {
	// Other ranges, units, shunts and measures scale alike.
	current := 8.0
	c := analog.Config{Low: -14 * quantity.PerUnit, High: 1500 * quantity.PerUnit, Unit: "psig", SamplesPerSecond: 860}
	d, _ := onBus(t, c, loop(&current))
	if r := read(t, d); r.Unit != "psig" || math.Abs(r.Value.Float()-364.5) > 0.1 {
		t.Errorf("psig: %+v", r)
	}
	c = analog.Config{Measure: bridge.Density, Low: 600 * quantity.PerUnit, High: 1200 * quantity.PerUnit, ShuntOhm: 50 * quantity.PerUnit, SamplesPerSecond: 860}
	d, _ = onBus(t, c, sim.New([4]func() float64{func() float64 { return 0.012 * 50 }}))
	if r := read(t, d); r.Unit != "kg/m3" || r.Measure != bridge.Density || math.Abs(r.Value.Float()-900) > 0.03 {
		t.Errorf("density: %+v", r)
	}
}

func TestSlowConverter(t *testing.T) {
	// A chip that needs longer than the library waits still gives the new value, never the one before.
	current := 4.0
	chip := loop(&current)
	chip.Slow(7)
	d, _ := onBus(t, kPa, chip)
	for _, current = range []float64{6, 19, 4} {
		if r := read(t, d); math.Abs(r.Value.Float()-(current-4)/16*10_000) > 0.4 {
			t.Errorf("%v mA: %+v", current, r)
		}
	}
	chip.Slow(1 << 30)
	if rs, err := d.Read(t.Context(), at); err == nil || !strings.Contains(err.Error(), "does not end") {
		t.Errorf("a chip that never ends: %v, %v", rs, err)
	}
}

// Configuration of input 0, 4.096 V, single shot, 860 a second, no comparator, by the data sheet.
const configHigh, configLow = 0xc3, 0xe3

func op(r []byte, w ...byte) i2ctest.IO { return i2ctest.IO{Addr: 0x48, W: w, R: r} }

func TestBytesOnTheWire(t *testing.T) {
	tests := []struct {
		name string
		ops  []i2ctest.IO
		want string // the reading, or a part of the error
	}{
		{"conversion", []i2ctest.IO{
			op(nil, 1, configHigh, configLow), op([]byte{0, 0}, 0), // the library's own reading comes too early
			op([]byte{0x43, 0xe3}, 1), op([]byte{0xc3, 0xe3}, 1), op([]byte{0x25, 0x80}, 0),
		}, "5000 good"},
		{"another program", []i2ctest.IO{
			op(nil, 1, configHigh, configLow), op([]byte{0x25, 0x80}, 0), op([]byte{0xd3, 0xe3}, 1),
		}, "settings read 0xd3e3 after writing 0xc3e3"},
		{"reset", []i2ctest.IO{
			op(nil, 1, configHigh, configLow), op([]byte{0x25, 0x80}, 0), op([]byte{0x85, 0x83}, 1),
		}, "settings read 0x8583"},
		{"no chip", []i2ctest.IO{
			op(nil, 1, configHigh, configLow), op([]byte{0xff, 0xff}, 0), op([]byte{0xff, 0xff}, 1),
		}, "no ADS1115"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bus := &i2ctest.Playback{Ops: tt.ops, DontPanic: true}
			d, err := analog.OpenOn(kPa, bus)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if rs, err := d.Read(t.Context(), at); err != nil {
				got = err.Error()
			} else {
				got = rs[0].Value.String() + " " + rs[0].Quality.String()
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if err := d.Close(); err != nil {
				t.Errorf("transactions left over: %v", err)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	tests := []struct {
		name, yaml, want string
	}{
		{"sample", analog.Sample, ""},
		{"least", "bus: I2C1\nhigh: 100", ""},
		{"no bus", "high: 100", "no bus named"},
		{"chip select", "bus: unix:/run/meter.sock#1\nhigh: 100", "no chip select"},
		{"address", "bus: I2C1\naddress: 0x50\nhigh: 100", "0x48 to 0x4b"},
		{"channel", "bus: I2C1\nchannel: 1-2\nhigh: 100", "channel"},
		{"shunt", "bus: I2C1\nshuntOhm: 500\nhigh: 100", "1 to 250"},
		{"rate", "bus: I2C1\nsamplesPerSecond: 100\nhigh: 100", "samplesPerSecond"},
		{"unit", "bus: I2C1\nunit: bar\nhigh: 100", "kPag or psig"},
		{"totaliser", "bus: I2C1\nmeasure: totaliser\nhigh: 100", "pulse counter"},
		{"range", "bus: I2C1\nlow: 100\nhigh: 0", "must rise"},
		{"no range", "bus: I2C1", "must rise"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c analog.Config
			if err := yaml.UnmarshalWithOptions([]byte(tt.yaml), &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			_, err := analog.Open(c)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
