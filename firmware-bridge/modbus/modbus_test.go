package modbus_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/bridgetest"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/modbus"
	"github.com/gauger/gauger/firmware-bridge/modbus/sim"
	"github.com/gauger/gauger/metrology/quantity"
)

var (
	at    = time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC)
	truth = meter.State{Totaliser: 3_000_052_459_594, TemperatureC: 78, PressureKPa: 520.25, DensityKgM3: 1010}
)

// sample is the sample's configuration; its readings of truth are wanted.
func sample(t testing.TB) modbus.Config {
	t.Helper()
	var c modbus.Config
	if err := yaml.UnmarshalWithOptions([]byte(modbus.Sample), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c
}

var wanted = []bridge.Reading{
	{Measure: bridge.Totaliser, Count: 52_459_594, Modulus: 1_000_000_000, Unit: "pulse", Quality: bridge.Good},
	{Measure: bridge.Temperature, Value: 78_000_000, Unit: "degC", Quality: bridge.Good},
	{Measure: bridge.Pressure, Value: 520_250_000, Unit: "kPag", Quality: bridge.Good},
	{Measure: bridge.Density, Value: 1_010_000_000, Unit: "kg/m3", Quality: bridge.Good},
}

// device starts a simulator until the test ends.
func device(t testing.TB, c modbus.Config, state func() meter.State) *sim.Device {
	t.Helper()
	d, err := sim.Start("127.0.0.1:0", c.UnitID, c.Registers, state)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func open(t testing.TB, c modbus.Config) bridge.Driver {
	t.Helper()
	d, err := modbus.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestContract(t *testing.T) {
	bridgetest.Run(t, func(t *testing.T) bridgetest.Rig {
		hung := make(chan chan struct{}, 1) // holds the channel that requests wait for
		release := make(chan struct{})
		close(release)
		hung <- release
		c := sample(t)
		dev := device(t, c, func() meter.State {
			wait := <-hung
			hung <- wait
			<-wait
			return truth
		})
		proxy := bridgetest.NewProxy(t, dev.Addr())
		c.Address, c.Timeout = proxy.Addr(), 10*time.Second
		return bridgetest.Rig{
			Driver: open(t, c), Want: wanted,
			At:  func() time.Time { return at },
			Cut: proxy.Cut, Mend: func() { proxy.Mend(dev.Addr()) },
			Hang: func() {
				<-hung
				release = make(chan struct{})
				hung <- release
			},
			Resume: func() { close(release) },
		}
	})
}

func TestEveryLayout(t *testing.T) {
	// Each type in each order and table comes back as it was sent.
	for _, order := range []modbus.Order{"", modbus.ABCD, modbus.CDAB, modbus.BADC, modbus.DCBA} {
		for _, typ := range []modbus.Type{modbus.U16, modbus.U32, modbus.U64, modbus.I32, modbus.F32, modbus.F64} {
			for _, table := range []modbus.Table{modbus.Holding, modbus.Input, ""} {
				c := modbus.Config{UnitID: 7, Registers: []modbus.Register{
					{Measure: bridge.Totaliser, Table: table, Address: 0, Type: typ, Order: order, Modulus: 60_000},
					{Measure: bridge.Pressure, Table: table, Address: 4, Type: typ, Order: order, Scale: quantity.F(25, 2)},
					{Measure: bridge.Density, Table: table, Address: 65_532, Type: typ, Order: order},
				}}
				dev := device(t, c, func() meter.State { return truth })
				c.Address = dev.Addr()
				d := open(t, c)
				got, err := d.Read(t.Context(), at)
				if err != nil {
					t.Fatalf("%s %s %s: %v", typ, order, table, err)
				}
				want := []bridge.Reading{
					{Measure: bridge.Totaliser, Count: truth.Totaliser % 60_000, Modulus: 60_000, Unit: "pulse", Quality: bridge.Good},
					wanted[2], wanted[3],
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s %s (-want +got):\n%s", typ, order, table, diff)
				}
				d.Close()
				dev.Close()
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	// What the device refuses is a fault that names the register; another request finds the device in order.
	c := sample(t)
	dev := device(t, c, func() meter.State { return truth })
	c.Address = dev.Addr()
	tests := []struct {
		name   string
		change func(*modbus.Config)
		want   string
	}{
		{"no such register", func(c *modbus.Config) { c.Registers[1].Address = 500 }, "input register 500 (temperature): fault at the device: illegal data address"},
		{"half a value", func(c *modbus.Config) { c.Registers[3].Type = modbus.U64 }, "illegal data address"},
		{"other table", func(c *modbus.Config) { c.Registers[0].Table = modbus.Holding }, "holding register 100 (totaliser)"},
		{"other unit", func(c *modbus.Config) { c.UnitID = 9 }, "gateway target device failed to respond"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wrong := sample(t)
			wrong.Address = c.Address
			tt.change(&wrong)
			rs, err := open(t, wrong).Read(t.Context(), at)
			if !errors.Is(err, bridge.ErrFault) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v", rs, err)
			}
		})
	}
	if got, err := open(t, c).Read(t.Context(), at); err != nil || !cmp.Equal(got, wanted) {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

func TestConfig(t *testing.T) {
	const base = "address: 10.0.0.5:502\nregisters:\n"
	tests := []struct {
		name, yaml, want string
	}{
		{"sample", modbus.Sample, ""},
		{"least", base + "- {measure: totaliser, type: u32}", ""},
		{"no address", "registers:\n- {measure: totaliser, type: u32}", "host and a port"},
		{"no port", "address: 10.0.0.5\nregisters:\n- {measure: totaliser, type: u32}", "host and a port"},
		{"no registers", "address: 10.0.0.5:502", "must be 1 to 32"},
		{"timeout", "timeout: 2m\n" + base + "- {measure: totaliser, type: u32}", "at most 1m"},
		{"twice", base + "- {measure: totaliser, type: u32}\n- {measure: totaliser, type: u32}", "configured twice"},
		{"type", base + "- {measure: totaliser, type: i16}", "type \"i16\""},
		{"table", base + "- {measure: totaliser, type: u32, table: coils}", "holding or input"},
		{"order", base + "- {measure: totaliser, type: u32, order: ACBD}", "ABCD, CDAB, BADC or DCBA"},
		{"unit", base + "- {measure: pressure, type: u32, unit: bar}", "kPag or psig"},
		{"measure", base + "- {measure: flow, type: u32}", "none of totaliser"},
		{"end", base + "- {measure: totaliser, type: u32, address: 65535}", "beyond 65535"},
		{"scaled totaliser", base + "- {measure: totaliser, type: u32, scale: \"0.1\"}", "counted raw"},
		{"negative scale", base + "- {measure: pressure, type: u32, scale: \"-0.1\"}", "must be positive"},
		{"modulus of a pressure", base + "- {measure: pressure, type: u32, modulus: 10}", "only a totaliser"},
		{"float counter", base + "- {measure: totaliser, type: f32}", "needs the modulus"},
		{"float counter beyond its mantissa", base + "- {measure: totaliser, type: f32, modulus: 100000000}", "tells only 16777216"},
		{"counter beyond its type", base + "- {measure: totaliser, type: u16, modulus: 100000}", "tells only 65536"},
		{"decimal counter", base + "- {measure: totaliser, type: f32, modulus: 10000000}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c modbus.Config
			if err := yaml.UnmarshalWithOptions([]byte(tt.yaml), &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			_, err := modbus.Open(c)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
