// Package rtd reads the temperature of a platinum resistance thermometer through a MAX31865, a converter on an SPI bus. The
// chip converts continuously and watches its sensor and leads; the driver turns the ratio of resistances into degrees by
// IEC 60751 and the chip's fault bits into words.
package rtd

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/spi"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/internal/buslink"
	"github.com/gauger/gauger/metrology/quantity"
)

// Sample is an example of the driver's configuration, in YAML.
//
//go:embed sample.yaml
var Sample string

// Config says where the converter is and what is wired to it.
type Config struct {
	// Bus is the SPI port: "SPI0.1", or "unix:/run/meter.sock#1" for chip select 1 of a simulated one.
	Bus string `yaml:"bus"`
	// Wires is the number of leads of the sensor: 2, 3 or 4. Zero is 4.
	Wires int `yaml:"wires"`
	// ReferenceOhm is the reference resistor of the board, as measured if it was. Zero is 400.
	ReferenceOhm quantity.Micro `yaml:"referenceOhm"`
	// NominalOhm is the sensor's resistance at 0 degC: 100 for a Pt100. Zero is 100.
	NominalOhm quantity.Micro `yaml:"nominalOhm"`
	// MainsHz is the mains frequency that the converter's filter rejects: 50 or 60. Zero is 60.
	MainsHz int `yaml:"mainsHz"`
	// Low and High, in degC, are the limits beyond which the reading is a fault of the sensor or its leads. Both zero is
	// -50 and 200.
	Low  quantity.Micro `yaml:"low"`
	High quantity.Micro `yaml:"high"`
	// Timeout bounds a transaction on a simulated bus. Zero is one second.
	Timeout time.Duration `yaml:"timeout"`
}

// withDefaults fills in what was left out and refuses what can't work.
func (c Config) withDefaults() (Config, error) {
	c.Wires = cmp.Or(c.Wires, 4)
	c.ReferenceOhm = cmp.Or(c.ReferenceOhm, 400*quantity.PerUnit)
	c.NominalOhm = cmp.Or(c.NominalOhm, 100*quantity.PerUnit)
	c.MainsHz = cmp.Or(c.MainsHz, 60)
	if c.Low == 0 && c.High == 0 {
		c.Low, c.High = -50*quantity.PerUnit, 200*quantity.PerUnit
	}
	switch {
	case c.Wires < 2 || c.Wires > 4:
		return c, fmt.Errorf("wires %d of the sensor must be 2, 3 or 4", c.Wires)
	case c.MainsHz != 50 && c.MainsHz != 60:
		return c, fmt.Errorf("mainsHz %d must be 50 or 60", c.MainsHz)
	case c.NominalOhm < 0 || c.ReferenceOhm < 0:
		return c, fmt.Errorf("nominalOhm %s and referenceOhm %s must be positive", c.NominalOhm, c.ReferenceOhm)
	case c.Low >= c.High || c.Low.Float() < lowest || c.High.Float() > highest:
		return c, fmt.Errorf("limits %s to %s degC must rise and lie within -200 to 850", c.Low, c.High)
	case c.code(c.High) > maxCode:
		return c, fmt.Errorf("a sensor of %s ohm reaches the %s ohm of the reference resistor below %s degC: lower high, or use a larger resistor",
			c.NominalOhm, c.ReferenceOhm, c.High)
	}
	return c, nil
}

// code returns the converter's code at a temperature in micro-degC.
func (c Config) code(t quantity.Micro) int {
	return int(math.Round(Resistance(c.NominalOhm.Float(), t.Float()) / c.ReferenceOhm.Float() * codes))
}

// Open returns a driver, or an error in the configuration. The chip is first spoken to in Read.
func Open(c Config) (bridge.Driver, error) {
	if err := buslink.CheckSPI(c.Bus); err != nil {
		return nil, err
	}
	return open(c, func() (spi.PortCloser, error) { return buslink.OpenSPI(c.Bus, c.Timeout) })
}

func open(c Config, port func() (spi.PortCloser, error)) (*driver, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	d := &driver{config: c, gate: bridge.NewGate(), chip: chip{open: port, low: uint16(c.code(c.Low)), high: uint16(c.code(c.High))}}
	if c.Wires == 3 {
		d.chip.base |= configThreeWire
	}
	if c.MainsHz == 50 {
		d.chip.base |= config50Hz
	}
	return d, nil
}

type driver struct {
	config Config
	gate   *bridge.Gate
	chip   chip // touched by calls through the gate only
}

var _ bridge.Driver = (*driver)(nil)

// Read returns the temperature in degC, at most one conversion (20 ms) old. A fault of the sensor or its leads is an error
// that wraps bridge.ErrFault and names it. The first Read, and each one after a fault, sets the chip up and takes 75 ms.
func (d *driver) Read(ctx context.Context, _ time.Time) ([]bridge.Reading, error) {
	code, err := bridge.Do(ctx, d.gate, func() (uint16, error) { return d.chip.sample(ctx) })
	if err != nil {
		return nil, fmt.Errorf("read thermometer on %s: %w", d.config.Bus, err)
	}
	ohms := float64(code) / codes * d.config.ReferenceOhm.Float()
	celsius, err := Temperature(d.config.NominalOhm.Float(), ohms)
	if err != nil {
		return nil, fmt.Errorf("read thermometer on %s: %w: %w", d.config.Bus, bridge.ErrFault, err)
	}
	value, err := quantity.FromFloat(celsius)
	if err != nil {
		return nil, fmt.Errorf("read thermometer on %s: %w", d.config.Bus, err)
	}
	return []bridge.Reading{{Measure: bridge.Temperature, Value: value, Unit: "degC", Quality: bridge.Good}}, nil
}

// Close lets go of the port; the chip converts on.
func (d *driver) Close() error {
	return d.gate.Close(func() error {
		if err := d.chip.close(); err != nil {
			return fmt.Errorf("close thermometer on %s: %w", d.config.Bus, err)
		}
		return nil
	})
}
