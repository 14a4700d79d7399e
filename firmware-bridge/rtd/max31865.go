package rtd

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

// Registers and bits of the MAX31865 (Maxim data sheet 19-6478, rev. 3): configuration at 0, the ratio of resistances at 1
// and 2, the thresholds at 3 to 6, the fault status at 7. The high bit of an address writes; the address counts up by
// itself. SPI mode 1 or 3.
const (
	regConfig     = 0x00
	regThresholds = 0x03
	regWrite      = 0x80

	configBias      = 0x80
	configAuto      = 0x40
	configThreeWire = 0x10
	configDetect    = 0x04 // run a fault detection cycle with the chip's own timing
	configDetecting = 0x0c // reads as zero when the cycle has ended
	configClear     = 0x02 // reset the fault status
	config50Hz      = 0x01
	configLasting   = 0xd1 // bits that stay as they were written

	ratioFault = 0x01 // in the low byte of the ratio
)

// The ratio has 15 bits: a code is so many parts in 32768 of the reference resistor.
const (
	codes   = 32768
	maxCode = codes - 1
)

// faults names the bits of the fault status register, from the highest.
var faults = []struct {
	bit  byte
	text string
}{
	{0x80, "resistance at or above the high limit: sensor or lead broken, or hotter than configured"},
	{0x40, "resistance at or below the low limit: sensor or leads shorted, or colder than configured"},
	{0x20, "REFIN- above 85 % of the bias voltage: sensor or FORCE+ lead broken"},
	{0x10, "REFIN- below 85 % of the bias voltage with FORCE- open: sensor shorted to low"},
	{0x08, "RTDIN- below 85 % of the bias voltage with FORCE- open: lead shorted to low or broken"},
	{0x04, "input above the supply or below ground"},
}

// faultError puts a fault status into words.
func faultError(status byte) error {
	var texts []string
	for _, f := range faults {
		if status&f.bit != 0 {
			texts = append(texts, f.text)
		}
	}
	if len(texts) == 0 {
		texts = []string{"not named by the chip"}
	}
	return fmt.Errorf("%w: %s (status %#02x)", bridge.ErrFault, strings.Join(texts, "; "), status)
}

const (
	// clock is well below the 5 MHz of the chip, for the sake of the leads.
	clock = physic.MegaHertz
	// biasTime lets the input filter charge: 10.5 time constants and 1 ms by the data sheet, for filters up to 0.3 ms.
	biasTime = 5 * time.Millisecond
	// firstConversion is the longest time of a first conversion, and some more: three of the later ones of at most 21 ms.
	// (The 21 ms are the data sheet's; the factor is from memory, unverified. A reading that comes too early
	// is of no ohms at all, which is refused.)
	firstConversion = 70 * time.Millisecond
	// detectPolls bounds the looks at a fault detection cycle, which takes less than a millisecond.
	detectPolls = 100
)

// chip is the MAX31865 behind a port.
type chip struct {
	base      byte   // configuration bits for the wiring and the mains
	low, high uint16 // limits of the code
	open      func() (spi.PortCloser, error)
	port      spi.PortCloser
	conn      spi.Conn // nil until the port is open
	running   bool     // set up, and without a fault since
}

// sample returns the code of the newest conversion. All eight registers are read in one transaction: a chip whose settings
// are not what they should be has lost its power since, and is set up again before its ratio is believed.
func (c *chip) sample(ctx context.Context) (uint16, error) {
	if err := c.connect(); err != nil {
		return 0, err
	}
	for range 2 {
		if !c.running {
			if err := c.configure(ctx); err != nil {
				return 0, err
			}
		}
		image, err := c.read(ctx, regConfig, 8)
		if err != nil {
			c.running = false
			return 0, err
		}
		if !c.matches(image) {
			c.running = false
			continue
		}
		ratio, status := binary.BigEndian.Uint16(image[1:]), image[7]
		if ratio&ratioFault != 0 || status != 0 {
			c.running = false // the latches are cleared, and the leads checked, by setting it up again
			return 0, faultError(status)
		}
		c.running = true
		return ratio >> 1, nil
	}
	return 0, fmt.Errorf("registers don't hold what was written: is it a MAX31865, and is it wired to this chip select?")
}

// matches reports whether the registers hold the settings of the driver.
func (c *chip) matches(image []byte) bool {
	return image[0]&configLasting == configBias|configAuto|c.base &&
		binary.BigEndian.Uint16(image[3:]) == c.high<<1 && binary.BigEndian.Uint16(image[5:]) == c.low<<1
}

// configure sets the limits, clears the fault status, checks the leads, and starts conversions. What the check finds stays
// in the fault status for sample.
func (c *chip) configure(ctx context.Context) error {
	thresholds := binary.BigEndian.AppendUint16([]byte{regWrite | regThresholds}, c.high<<1)
	thresholds = binary.BigEndian.AppendUint16(thresholds, c.low<<1)
	if err := c.write(ctx, regWrite|regConfig, configBias|configClear|c.base); err != nil {
		return err
	}
	if err := c.write(ctx, thresholds...); err != nil {
		return err
	}
	if err := pause(ctx, biasTime); err != nil {
		return err
	}
	if err := c.detect(ctx); err != nil {
		return err
	}
	if err := c.write(ctx, regWrite|regConfig, configBias|configAuto|c.base); err != nil {
		return err
	}
	if err := pause(ctx, firstConversion); err != nil {
		return err
	}
	c.running = true
	return nil
}

// detect runs a fault detection cycle and waits for its end.
func (c *chip) detect(ctx context.Context) error {
	if err := c.write(ctx, regWrite|regConfig, configBias|configDetect|c.base); err != nil {
		return err
	}
	for range detectPolls {
		config, err := c.read(ctx, regConfig, 1)
		if err != nil {
			return err
		}
		if config[0]&configDetecting == 0 {
			return nil
		}
	}
	return fmt.Errorf("fault detection does not end: is it a MAX31865, and is it wired to this chip select?")
}

// pause gives the chip the time that its data sheet asks for, whatever the caller's clock shows.
func pause(ctx context.Context, d time.Duration) error {
	wait, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-wait.Done()
	return ctx.Err()
}

// connect opens the port, unless it is open.
func (c *chip) connect() error {
	if c.conn != nil {
		return nil
	}
	port, err := c.open()
	if err != nil {
		return err
	}
	conn, err := port.Connect(clock, spi.Mode1, 8)
	if err != nil {
		port.Close()
		return fmt.Errorf("connect: %w", err)
	}
	c.port, c.conn = port, conn
	return nil
}

// read reads n registers from address on.
func (c *chip) read(ctx context.Context, address byte, n int) ([]byte, error) {
	w, r := make([]byte, 1+n), make([]byte, 1+n)
	w[0] = address
	if err := c.tx(ctx, w, r); err != nil {
		return nil, err
	}
	return r[1:], nil
}

func (c *chip) write(ctx context.Context, frame ...byte) error { return c.tx(ctx, frame, nil) }

func (c *chip) tx(ctx context.Context, w, r []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.conn.Tx(w, r); err != nil {
		return fmt.Errorf("register %#02x: %w", w[0], err)
	}
	return nil
}

func (c *chip) close() error {
	if c.port == nil {
		return nil
	}
	return c.port.Close()
}
