// Package pulse reads the pulses of a flow meter from an LS7366R, a 32-bit quadrature counter on an SPI bus. The chip
// counts by itself, also while the gateway is down; the driver reads it without disturbing the count and reports what would
// make the count worthless: lost power, lost settings, reverse flow.
package pulse

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/spi"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/internal/buslink"
)

// Sample is an example of the driver's configuration, in YAML.
//
//go:embed sample.yaml
var Sample string

// Modulus is where the counter wraps.
const Modulus = 1 << 32

// Config says where the counter is and how it counts.
type Config struct {
	// Bus is the SPI port: "SPI0.1", or "unix:/run/meter.sock#1" for chip select 1 of a simulated one.
	Bus string `yaml:"bus"`
	// Mode is what is counted: "x1", "x2" or "x4" counts of a quadrature cycle of inputs A and B, or "pulse", the pulses of
	// A, down while B is low. Empty is x1, one count a pulse of a dual-pulse meter.
	Mode string `yaml:"mode"`
	// FilterDivider divides the clock of the chip's input filter by 1 or 2. Zero is 1.
	FilterDivider int `yaml:"filterDivider"`
	// Timeout bounds a transaction on a simulated bus. Zero is one second.
	Timeout time.Duration `yaml:"timeout"`
}

// modes are the values of MDR0 for each mode: free-running, index input not used.
var modes = map[string]byte{"pulse": 0x00, "x1": 0x01, "x2": 0x02, "x4": 0x03, "": 0x01}

// Registers returns what the driver writes into the chip's mode registers for c, or an error that names the faulty setting.
//
// MDR1 selects four bytes and counting, and raises the chip's FLAG outputs on carry and borrow. Nothing needs those
// outputs; but no mode register of a chip that lost its power has them on, so that MDR1 tells a chip that was set up from
// one that wasn't in every mode.
func (c Config) Registers() (mdr0, mdr1 byte, err error) {
	mdr0, ok := modes[c.Mode]
	if !ok {
		return 0, 0, fmt.Errorf("mode %q of the counter must be x1, x2, x4 or pulse", c.Mode)
	}
	switch c.FilterDivider {
	case 0, 1:
	case 2:
		mdr0 |= 0x80
	default:
		return 0, 0, fmt.Errorf("filterDivider %d of the counter must be 1 or 2", c.FilterDivider)
	}
	return mdr0, 0xc0, nil
}

// Open returns a driver, or an error in the configuration. The chip is first spoken to in Read.
func Open(c Config) (bridge.Driver, error) {
	if err := buslink.CheckSPI(c.Bus); err != nil {
		return nil, err
	}
	return open(c, func() (spi.PortCloser, error) { return buslink.OpenSPI(c.Bus, c.Timeout) })
}

func open(c Config, port func() (spi.PortCloser, error)) (*driver, error) {
	mdr0, mdr1, err := c.Registers()
	if err != nil {
		return nil, err
	}
	return &driver{bus: c.Bus, chip: chip{mdr0: mdr0, mdr1: mdr1, open: port}, gate: bridge.NewGate()}, nil
}

// driver keeps between two readings what tells a good count from a bad one.
type driver struct {
	bus  string
	gate *bridge.Gate
	chip chip // touched by calls through the gate only

	// Owned by the caller of Read; they change only with a reading that the caller got, so that a reading dropped at the
	// end of a context takes no news with it.
	known       bool   // a count was read before
	last        uint32 // that count
	acknowledge bool   // the latches of the status register were reported and may be cleared
}

var _ bridge.Driver = (*driver)(nil)

// Read returns the count. The qualities besides Good are Restarted, after power or settings were lost, and Suspect, when
// the count ran backwards, went round more than once, or counting is switched off at the chip.
func (d *driver) Read(ctx context.Context, _ time.Time) ([]bridge.Reading, error) {
	acknowledge := d.acknowledge
	s, err := bridge.Do(ctx, d.gate, func() (sample, error) { return d.chip.sample(ctx, acknowledge) })
	if err != nil {
		return nil, fmt.Errorf("read pulse counter on %s: %w", d.bus, err)
	}
	r := bridge.Reading{Measure: bridge.Totaliser, Count: uint64(s.count), Modulus: Modulus, Unit: "pulse"}
	r.Quality, r.Note = d.judge(s)
	d.known, d.last = true, s.count
	return []bridge.Reading{r}, nil
}

// judge compares a sample with the one before. The carry latch is set when the counter passes 2^32, so a smaller count
// with it is a wrap and a smaller count without it is reverse flow. Flags read before the count are sure to belong to it,
// flags read after it are sure not to miss anything: each test uses the side that can't raise a false alarm. A latch is
// cleared by the reading after the one that reported it, so wraps are told apart as long as fewer than 2^31 counts pass
// between two readings; beyond that the verdict may be Suspect.
func (d *driver) judge(s sample) (bridge.Quality, string) {
	const top = 1<<32 - 1 // the chip may hold the latches while the counter stands at its ends
	smaller := d.known && s.count < d.last
	wrapped := smaller && s.after&strCarry != 0
	turned := d.known && !smaller && s.before&strCarry != 0 && s.count != top
	reversed := s.before&strBorrow != 0 && s.count != 0
	d.acknowledge = s.lost || wrapped || turned || reversed || (!d.known && s.before&strCarry != 0 && s.count != top)
	switch {
	case s.lost:
		return bridge.Restarted, s.loss
	case s.before&strEnabled == 0:
		return bridge.Suspect, "counting is switched off at the chip: see its CNT_EN input"
	case reversed, smaller && !wrapped:
		return bridge.Suspect, "count ran backwards: reverse flow, or inputs A and B exchanged"
	case turned:
		return bridge.Suspect, "count went round more than once since the last reading: read more often"
	}
	return bridge.Good, ""
}

// Close lets go of the port; the counter counts on.
func (d *driver) Close() error {
	return d.gate.Close(func() error {
		if err := d.chip.close(); err != nil {
			return fmt.Errorf("close pulse counter on %s: %w", d.bus, err)
		}
		return nil
	})
}

// errNoChip says that the mode registers don't keep what is written into them.
var errNoChip = errors.New("is it an LS7366R, and is it wired to this chip select?")
