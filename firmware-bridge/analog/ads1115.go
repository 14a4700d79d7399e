package analog

import (
	"context"
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ads1x15"
)

// overrangeMA is the current that must fit the converter's input range, so that failure signals above 21 mA are seen as
// what they are.
const overrangeMA = 22.0

// channels are the inputs by their names in a configuration.
var channels = map[string]ads1x15.Channel{
	"0": ads1x15.Channel0, "1": ads1x15.Channel1, "2": ads1x15.Channel2, "3": ads1x15.Channel3,
	"0-1": ads1x15.Channel0Minus1, "0-3": ads1x15.Channel0Minus3, "1-3": ads1x15.Channel1Minus3, "2-3": ads1x15.Channel2Minus3,
}

// rates are the conversions a second that the chip can do.
var rates = map[int]bool{8: true, 16: true, 32: true, 64: true, 128: true, 250: true, 475: true, 860: true}

// Registers and bits of the ADS1115 (Texas Instruments data sheet SBAS444).
const (
	regConversion = 0x00
	regConfig     = 0x01

	configIdle = 0x8000 // reads as set while no conversion runs
)

// readyPolls bounds the looks at a conversion that takes longer than its nominal time, since the chip's oscillator drifts
// (data sheet, 9.3.5). At 400 kHz a thousand looks are a tenth of a second: most of a conversion at the slowest rate.
const readyPolls = 1000

// converter is the ADS1115 behind a bus. periph's driver starts a conversion, waits for its nominal time and reads the
// result. The chip's clock may be slower than nominal, and the result that is read then is the one before, perhaps of
// another channel; so the result is read once more after the chip said that it is done, and that it did what it was told.
type converter struct {
	config Config
	open   func() (i2c.BusCloser, error)
	bus    i2c.BusCloser
	tap    *tap
	pin    ads1x15.PinADC // nil until the bus is open
}

// tap remembers what is written to the configuration register.
type tap struct {
	i2c.Bus
	config uint16
}

// Tx passes the transaction on.
func (t *tap) Tx(address uint16, w, r []byte) error {
	if len(w) == 3 && w[0] == regConfig {
		t.config = binary.BigEndian.Uint16(w[1:])
	}
	return t.Bus.Tx(address, w, r)
}

// sample converts once and returns volts.
func (c *converter) sample(ctx context.Context) (float64, error) {
	if err := c.connect(); err != nil {
		return 0, err
	}
	if _, err := c.pin.Read(); err != nil {
		return 0, fmt.Errorf("convert: %w", err)
	}
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	raw, err := c.register(ctx, regConversion)
	if err != nil {
		return 0, err
	}
	_, full := c.pin.Range()
	return float64(int16(raw)) / 32768 * float64(full.V) / float64(physic.Volt), nil
}

// ready waits until the chip is idle, and makes sure that its settings are those of this conversion: another master on the
// bus, or a loss of power, may have changed them.
func (c *converter) ready(ctx context.Context) error {
	for range readyPolls {
		config, err := c.register(ctx, regConfig)
		switch {
		case err != nil:
			return err
		case (config^c.tap.config)&^configIdle != 0:
			return fmt.Errorf("settings read %#04x after writing %#04x: chip reset, shared with another program, or no ADS1115", config, c.tap.config)
		case config&configIdle != 0:
			return nil
		}
	}
	return fmt.Errorf("conversion does not end: chip not idle after %d looks", readyPolls)
}

func (c *converter) register(ctx context.Context, register byte) (uint16, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var r [2]byte
	if err := c.tap.Tx(c.config.Address, []byte{register}, r[:]); err != nil {
		return 0, fmt.Errorf("register %d: %w", register, err)
	}
	return binary.BigEndian.Uint16(r[:]), nil
}

// connect opens the bus, unless it is open.
func (c *converter) connect() error {
	if c.pin != nil {
		return nil
	}
	bus, err := c.open()
	if err != nil {
		return err
	}
	t := &tap{Bus: bus}
	pin, err := c.makePin(t)
	if err != nil {
		bus.Close()
		return fmt.Errorf("set up: %w", err)
	}
	c.bus, c.tap, c.pin = bus, t, pin
	return nil
}

// makePin chooses the narrowest input range that holds overrangeMA.
func (c *converter) makePin(bus i2c.Bus) (ads1x15.PinADC, error) {
	dev, err := ads1x15.NewADS1115(bus, &ads1x15.Opts{I2cAddress: c.config.Address})
	if err != nil {
		return nil, err
	}
	full := physic.ElectricPotential(overrangeMA / 1000 * c.config.ShuntOhm.Float() * float64(physic.Volt))
	rate := physic.Frequency(c.config.SamplesPerSecond) * physic.Hertz
	return dev.PinForChannel(channels[c.config.Channel], full, rate, ads1x15.BestQuality)
}

func (c *converter) close() error {
	if c.bus == nil {
		return nil
	}
	return c.bus.Close()
}
