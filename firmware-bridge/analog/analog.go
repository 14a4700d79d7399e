// Package analog reads a transmitter's 4-20 mA loop through a shunt resistor and an ADS1115, a 16-bit converter on an I2C
// bus, and scales the current to the transmitter's range. Currents by which a transmitter signals its own failure (NAMUR
// NE 43) are faults, not values.
package analog

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/internal/buslink"
	"github.com/gauger/gauger/metrology/quantity"
)

// Sample is an example of the driver's configuration, in YAML.
//
//go:embed sample.yaml
var Sample string

// The currents of a loop in milliamperes. The range is 4 to 20; the limits are those of NAMUR NE 43: transmitters leave
// 3.8 to 20.5 only to signal a failure, by 3.6 or less or by 21 or more. (Taken from manufacturers' notes on NE 43, not
// from the recommendation itself.)
const (
	zeroMA      = 4.0
	spanMA      = 16.0
	failLowMA   = 3.6
	failHighMA  = 21.0
	validLowMA  = 3.8
	validHighMA = 20.5
)

// Config says where the converter is and what hangs on it.
type Config struct {
	// Bus is the I2C bus: "I2C1", or "unix:/run/meter.sock" for a simulated one.
	Bus string `yaml:"bus"`
	// Address is the converter's: 0x48 to 0x4b. Zero is 0x48.
	Address uint16 `yaml:"address"`
	// Channel is the input: "0" to "3" against ground, or "0-1", "0-3", "1-3", "2-3" between two. Empty is "0".
	Channel string `yaml:"channel"`
	// ShuntOhm is the resistor that the loop's current passes, as measured if it was. Zero is 100.
	ShuntOhm quantity.Micro `yaml:"shuntOhm"`
	// SamplesPerSecond is the converter's rate: 8, 16, 32, 64, 128, 250, 475 or 860; a slow one is a quiet one. Zero is 128.
	SamplesPerSecond int `yaml:"samplesPerSecond"`
	// Measure is what the transmitter measures. Empty is pressure.
	Measure bridge.Measure `yaml:"measure"`
	// Unit is the unit of Low and High and of the readings. Empty is kPag, or what suits Measure.
	Unit string `yaml:"unit"`
	// Low and High are the values at 4 and at 20 mA.
	Low  quantity.Micro `yaml:"low"`
	High quantity.Micro `yaml:"high"`
	// Timeout bounds a transaction on a simulated bus. Zero is one second.
	Timeout time.Duration `yaml:"timeout"`
}

// withDefaults fills in what was left out and refuses what can't work.
func (c Config) withDefaults() (Config, error) {
	c.Address = cmp.Or(c.Address, 0x48)
	c.Channel = cmp.Or(c.Channel, "0")
	c.ShuntOhm = cmp.Or(c.ShuntOhm, 100*quantity.PerUnit)
	c.SamplesPerSecond = cmp.Or(c.SamplesPerSecond, 128)
	c.Measure = cmp.Or(c.Measure, bridge.Pressure)
	c.Unit = cmp.Or(c.Unit, bridge.DefaultUnit(c.Measure))
	if err := bridge.CheckUnit(c.Measure, c.Unit); err != nil {
		return c, err
	}
	_, channel := channels[c.Channel]
	switch {
	case c.Measure == bridge.Totaliser:
		return c, fmt.Errorf("measure totaliser can't be had from a current: use a pulse counter")
	case c.Address < 0x48 || c.Address > 0x4b:
		return c, fmt.Errorf("address %#02x of the converter must be 0x48 to 0x4b", c.Address)
	case !channel:
		return c, fmt.Errorf("channel %q must be 0, 1, 2, 3, 0-1, 0-3, 1-3 or 2-3", c.Channel)
	case c.ShuntOhm < quantity.PerUnit || c.ShuntOhm > 250*quantity.PerUnit:
		return c, fmt.Errorf("shuntOhm %s must be 1 to 250: the converter must see %.0f mA", c.ShuntOhm, overrangeMA)
	case !rates[c.SamplesPerSecond]:
		return c, fmt.Errorf("samplesPerSecond %d must be 8, 16, 32, 64, 128, 250, 475 or 860", c.SamplesPerSecond)
	case c.Low >= c.High:
		return c, fmt.Errorf("range %s to %s %s must rise: low is the value at 4 mA, high at 20 mA", c.Low, c.High, c.Unit)
	}
	return c, nil
}

// Open returns a driver, or an error in the configuration. The converter is first spoken to in Read.
func Open(c Config) (bridge.Driver, error) {
	if err := buslink.CheckI2C(c.Bus); err != nil {
		return nil, err
	}
	return open(c, func() (i2c.BusCloser, error) { return buslink.OpenI2C(c.Bus, c.Timeout) })
}

func open(c Config, bus func() (i2c.BusCloser, error)) (*driver, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &driver{config: c, gate: bridge.NewGate(), converter: converter{config: c, open: bus}}, nil
}

type driver struct {
	config    Config
	gate      *bridge.Gate
	converter converter // touched by calls through the gate only
}

var _ bridge.Driver = (*driver)(nil)

// Read converts once and returns the scaled value. A current of 3.6 mA or less, or of 21 mA or more, is an error that wraps
// bridge.ErrFault; between those and 3.8 or 20.5 mA the transmitter is at its stops and the reading is Suspect.
func (d *driver) Read(ctx context.Context, _ time.Time) ([]bridge.Reading, error) {
	volts, err := bridge.Do(ctx, d.gate, func() (float64, error) { return d.converter.sample(ctx) })
	if err != nil {
		return nil, fmt.Errorf("read current loop at %#02x on %s: %w", d.config.Address, d.config.Bus, err)
	}
	r, err := d.scale(volts / d.config.ShuntOhm.Float() * 1000)
	if err != nil {
		return nil, fmt.Errorf("read current loop at %#02x on %s: %w", d.config.Address, d.config.Bus, err)
	}
	return []bridge.Reading{r}, nil
}

// scale turns a current in milliamperes into a reading.
func (d *driver) scale(current float64) (bridge.Reading, error) {
	r := bridge.Reading{Measure: d.config.Measure, Unit: d.config.Unit, Quality: bridge.Good}
	switch {
	case current <= failLowMA:
		return r, fmt.Errorf("%w: %.3f mA is the failure signal low of the transmitter, or a broken loop", bridge.ErrFault, current)
	case current >= failHighMA:
		return r, fmt.Errorf("%w: %.3f mA is the failure signal high of the transmitter, or a short circuit", bridge.ErrFault, current)
	case current < validLowMA:
		r.Quality, r.Note = bridge.Suspect, "transmitter at the lower stop of its range"
	case current > validHighMA:
		r.Quality, r.Note = bridge.Suspect, "transmitter at the upper stop of its range"
	}
	low, high := d.config.Low.Float(), d.config.High.Float()
	var err error
	r.Value, err = quantity.FromFloat(low + (high-low)*(current-zeroMA)/spanMA)
	return r, err
}

// Close lets go of the bus.
func (d *driver) Close() error {
	return d.gate.Close(func() error {
		if err := d.converter.close(); err != nil {
			return fmt.Errorf("close current loop at %#02x on %s: %w", d.config.Address, d.config.Bus, err)
		}
		return nil
	})
}
