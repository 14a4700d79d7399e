package rtd_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/spi/spitest"
	"pgregory.net/rapid"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/bridgetest"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/rtd"
	"github.com/gauger/gauger/firmware-bridge/rtd/sim"
	"github.com/gauger/gauger/internal/buslink"
	"github.com/gauger/gauger/metrology/quantity"
)

var at = time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC)

// bath is a thermostat that the test sets.
type bath struct{ celsius float64 }

func (b *bath) state() meter.State { return meter.State{TemperatureC: b.celsius} }

// onBus returns a driver on a simulated Pt100, and the means to do it harm.
func onBus(t testing.TB, b *bath) (bridge.Driver, *sim.Chip, *bridgetest.Bus) {
	t.Helper()
	chip := sim.New(100, 400, b.state)
	bus := bridgetest.NewBus(t, buslink.Devices{SPI: map[uint8]buslink.Device{2: chip}})
	d, err := rtd.Open(rtd.Config{Bus: bus.Name() + "#2", Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, chip, bus
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
		d, _, bus := onBus(t, &bath{0})
		return bridgetest.Rig{
			Driver: d,
			Want:   []bridge.Reading{{Measure: bridge.Temperature, Unit: "degC", Quality: bridge.Good}},
			At:     func() time.Time { return at },
			Cut:    bus.Cut, Mend: bus.Mend, Hang: bus.Hang, Resume: bus.Resume,
		}
	})
}

func TestResistance(t *testing.T) {
	// Values of IEC 60751 for a Pt100, which the standard tabulates to 0.01 ohm.
	for celsius, ohms := range map[float64]float64{
		-200: 18.52, -100: 60.26, -50: 80.31, 0: 100, 100: 138.51, 200: 175.86, 275: 203.11, 400: 247.09, 550: 297.49, 850: 390.48,
	} {
		if got := rtd.Resistance(100, celsius); math.Abs(got-ohms) > 0.005 {
			t.Errorf("%v degC: %.4f ohm, want %.2f", celsius, got, ohms)
		}
	}
}

func TestTemperatureInvertsResistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		celsius := rapid.Float64Range(-200, 850).Draw(t, "celsius")
		r0 := rapid.SampledFrom([]float64{100, 99.97, 1000}).Draw(t, "r0")
		got, err := rtd.Temperature(r0, rtd.Resistance(r0, celsius))
		if err != nil || math.Abs(got-celsius) > 1e-6 {
			t.Fatalf("%v degC came back as %v, %v", celsius, got, err)
		}
	})
	for _, ohms := range []float64{18.5, 390.5, 0, -1, math.NaN(), math.Inf(1)} {
		if got, err := rtd.Temperature(100, ohms); err == nil {
			t.Errorf("%v ohm gave %v degC", ohms, got)
		}
	}
}

func TestQuantisation(t *testing.T) {
	// A reading is within half a step of the truth, and less than 0.017 degC off where oil is measured.
	b := &bath{20}
	d, _, _ := onBus(t, b)
	rapid.Check(t, func(rt *rapid.T) {
		b.celsius = rapid.Float64Range(-40, 150).Draw(rt, "celsius")
		r := read(t, d)
		if off := math.Abs(r.Value.Float() - b.celsius); off > 0.017 || r.Quality != bridge.Good {
			rt.Fatalf("%v degC read as %+v", b.celsius, r)
		}
	})
}

func TestFaults(t *testing.T) {
	// A fault is an error that names it; when it is mended, the next reading is good.
	tests := []struct {
		name    string
		celsius float64
		bits    byte
		want    string
	}{
		{"sensor broken", math.Inf(1), 0, "high limit: sensor or lead broken"},
		{"sensor shorted", math.NaN(), 0, "low limit: sensor or leads shorted"},
		{"too hot", 201, 0, "high limit"},
		{"too cold", -51, 0, "low limit"},
		{"voltage", 20, 0x04, "above the supply or below ground"},
		{"FORCE+ broken", 20, 0x20, "FORCE+ lead broken"},
		{"shorted to low", 20, 0x10, "REFIN- below 85 %"},
		{"lead shorted", 20, 0x08, "RTDIN- below 85 %"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bath{tt.celsius}
			d, chip, _ := onBus(t, b)
			chip.Fault(tt.bits)
			for range 2 {
				rs, err := d.Read(t.Context(), at)
				if !errors.Is(err, bridge.ErrFault) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("got %v, %v", rs, err)
				}
			}
			chip.Fault(0)
			b.celsius = 0
			if r := read(t, d); r.Value != 0 || r.Quality != bridge.Good {
				t.Errorf("after repair: %+v", r)
			}
		})
	}
}

func TestPowerLoss(t *testing.T) {
	// A chip that lost its power is set up again before its ratio is believed.
	b := &bath{0}
	d, chip, _ := onBus(t, b)
	read(t, d)
	chip.PowerCycle()
	if r := read(t, d); r.Value != 0 || r.Quality != bridge.Good {
		t.Errorf("after power loss: %+v", r)
	}
}

func io(w, r []byte) conntest.IO { return conntest.IO{W: w, R: r} }

// wanted are the settings of sampleConfig as the chip holds them: 3 wires, 50 Hz, limits of 0 and 100 degC.
var (
	sampleConfig = rtd.Config{Wires: 3, MainsHz: 50, High: 100 * quantity.PerUnit}
	burst        = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0}
	setUp        = []conntest.IO{
		io([]byte{0x80, 0x93}, nil),                   // bias on, fault status cleared
		io([]byte{0x83, 0x58, 0xa4, 0x40, 0x00}, nil), // 138.5055/400 and 100/400 of 32768, one bit to the left
		io([]byte{0x80, 0x95}, nil),                   // fault detection
		io([]byte{0x00, 0x00}, []byte{0, 0x95}),       // under way
		io([]byte{0x00, 0x00}, []byte{0, 0x91}),       // done
		io([]byte{0x80, 0xd1}, nil),                   // conversions
		io(burst, []byte{0, 0xd1, 0x4a, 0x5a, 0x58, 0xa4, 0x40, 0x00, 0x00}),
	}
)

func TestBytesOnTheWire(t *testing.T) {
	// The exact transactions, by the data sheet: setting up once, one burst for each further reading.
	again := io(burst, []byte{0, 0xd1, 0x4a, 0x5c, 0x58, 0xa4, 0x40, 0x00, 0x00})
	d, err := rtd.OpenOn(sampleConfig, &spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: append(append([]conntest.IO{}, setUp...), again)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []float64{0x4a5a / 2, 0x4a5c / 2} {
		want, err := rtd.Temperature(100, code/32768*400)
		if err != nil {
			t.Fatal(err)
		}
		if r := read(t, d); math.Abs(r.Value.Float()-want) > 1e-6 {
			t.Errorf("read %s degC, want %v", r.Value, want)
		}
	}
	if err := d.Close(); err != nil {
		t.Errorf("transactions left over: %v", err)
	}
}

func TestDataSheetCodes(t *testing.T) {
	// Codes and temperatures of the data sheet's table for a Pt100 with 400 ohm, which is made to 0.03 degC.
	for code, celsius := range map[float64]float64{16639: 275, 17371: 300, 20242: 400, 23018: 500, 24370: 550} {
		got, err := rtd.Temperature(100, code/32768*400)
		if err != nil || math.Abs(got-celsius) > 0.03 {
			t.Errorf("code %v: %v degC, %v, want %v", code, got, err, celsius)
		}
	}
}

func TestNoChip(t *testing.T) {
	// Data lines that nobody drives read as ones or zeros, and are not taken for a temperature.
	for _, level := range []byte{0x00, 0xff} {
		ops := []conntest.IO{io([]byte{0x80, 0x93}, nil), io([]byte{0x83, 0x58, 0xa4, 0x40, 0x00}, nil), io([]byte{0x80, 0x95}, nil)}
		r := make([]byte, 9)
		for i := range r {
			r[i] = level
		}
		for range 100 {
			ops = append(ops, io([]byte{0, 0}, r[:2]))
		}
		if level == 0 {
			once := append(append([]conntest.IO{}, ops[:4]...), io([]byte{0x80, 0xd1}, nil), io(burst, r))
			ops = append(once, once...)
		}
		d, err := rtd.OpenOn(sampleConfig, &spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: ops}})
		if err != nil {
			t.Fatal(err)
		}
		if rs, err := d.Read(t.Context(), at); err == nil || !strings.Contains(err.Error(), "is it a MAX31865") {
			t.Errorf("lines at %#02x: %v, %v", level, rs, err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("lines at %#02x: transactions left over: %v", level, err)
		}
	}
}

func TestConfig(t *testing.T) {
	tests := []struct {
		name, yaml, want string
	}{
		{"sample", rtd.Sample, ""},
		{"least", "bus: SPI0.0", ""},
		{"Pt1000", "bus: SPI0.0\nnominalOhm: 1000\nreferenceOhm: 4300", ""},
		{"no bus", "wires: 4", "no bus named"},
		{"wires", "bus: SPI0.0\nwires: 5", "must be 2, 3 or 4"},
		{"mains", "bus: SPI0.0\nmainsHz: 55", "must be 50 or 60"},
		{"negative", "bus: SPI0.0\nreferenceOhm: -400", "must be positive"},
		{"limits fall", "bus: SPI0.0\nlow: 100\nhigh: 50", "must rise"},
		{"limits too wide", "bus: SPI0.0\nlow: -201\nhigh: 50", "within -200 to 850"},
		{"reference too small", "bus: SPI0.0\nreferenceOhm: 150", "larger resistor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c rtd.Config
			if err := yaml.UnmarshalWithOptions([]byte(tt.yaml), &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			_, err := rtd.Open(c)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
