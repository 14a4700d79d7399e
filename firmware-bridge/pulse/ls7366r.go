package pulse

import (
	"context"
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// Instructions of the LS7366R: two bits of operation (read, write, load, clear) and three of register. LSI/CSI data sheet
// LS7366R, instruction register, table 1. An instruction is the first byte after chip select goes low; SPI mode 0.
const (
	clearStatus = 0x30
	readMode0   = 0x48
	readMode1   = 0x50
	readOutput  = 0x68
	readStatus  = 0x70
	writeMode0  = 0x88
	writeMode1  = 0x90
	loadOutput  = 0xe8 // copies the running counter into the output register
)

// Bits of the status register. Carry, borrow and power loss are latches that clearStatus resets.
const (
	strPowerLost = 0x04
	strEnabled   = 0x08
	strBorrow    = 0x40
	strCarry     = 0x80
)

// clock is far below what the chip can do, for the sake of the leads.
const clock = physic.MegaHertz

// chip is the LS7366R behind a port.
type chip struct {
	mdr0, mdr1 byte // what its mode registers should hold
	open       func() (spi.PortCloser, error)
	port       spi.PortCloser
	conn       spi.Conn // nil until the port is open
}

// state is what the chip says of itself.
type state struct{ mdr0, mdr1, str byte }

// sample is one look at the counter.
type sample struct {
	count         uint32
	before, after byte // status register before and after the count was taken
	lost          bool // power or settings were lost since the last look
	loss          string
}

// sample takes the count between two looks at the chip's state. The counter itself is never written. acknowledge clears
// the latches that an earlier sample reported.
func (c *chip) sample(ctx context.Context, acknowledge bool) (s sample, err error) {
	if err := c.connect(); err != nil {
		return s, err
	}
	before, err := c.state(ctx)
	if err != nil {
		return s, err
	}
	intact := before.mdr0 == c.mdr0 && before.mdr1 == c.mdr1
	if acknowledge && intact { // otherwise power went again in the meantime, and the latch is news
		if err := c.write(ctx, clearStatus); err != nil {
			return s, err
		}
		if before.str, err = c.register(ctx, readStatus); err != nil {
			return s, err
		}
	}
	switch {
	case before.str&strPowerLost != 0:
		s.lost, s.loss = true, "the counter lost its power and began again from zero"
	case !intact:
		s.lost, s.loss = true, fmt.Sprintf("the counter lost its settings (mode registers %#02x %#02x)", before.mdr0, before.mdr1)
	}
	if !intact {
		if err := c.configure(ctx); err != nil {
			return s, err
		}
	}
	if s.count, err = c.latch(ctx); err != nil {
		return s, err
	}
	after, err := c.state(ctx)
	if err != nil {
		return s, err
	}
	if after.mdr0 != c.mdr0 || after.mdr1 != c.mdr1 || (before.str^after.str)&strPowerLost != 0 {
		return s, fmt.Errorf("chip was reset while it was read: check its supply")
	}
	s.before, s.after = before.str, after.str
	return s, nil
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
	conn, err := port.Connect(clock, spi.Mode0, 8)
	if err != nil {
		port.Close()
		return fmt.Errorf("connect: %w", err)
	}
	c.port, c.conn = port, conn
	return nil
}

// configure writes the mode registers and reads them back.
func (c *chip) configure(ctx context.Context) error {
	if err := c.write(ctx, writeMode0, c.mdr0); err != nil {
		return err
	}
	if err := c.write(ctx, writeMode1, c.mdr1); err != nil {
		return err
	}
	s, err := c.state(ctx)
	if err != nil {
		return err
	}
	if s.mdr0 != c.mdr0 || s.mdr1 != c.mdr1 {
		return fmt.Errorf("mode registers read %#02x %#02x after writing %#02x %#02x: %w", s.mdr0, s.mdr1, c.mdr0, c.mdr1, errNoChip)
	}
	return nil
}

// latch copies the counter into the output register and reads that, so that the count is of one moment.
func (c *chip) latch(ctx context.Context) (uint32, error) {
	if err := c.write(ctx, loadOutput); err != nil {
		return 0, err
	}
	var r [5]byte
	if err := c.tx(ctx, []byte{readOutput, 0, 0, 0, 0}, r[:]); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(r[1:]), nil
}

func (c *chip) state(ctx context.Context) (s state, err error) {
	if s.mdr0, err = c.register(ctx, readMode0); err != nil {
		return s, err
	}
	if s.mdr1, err = c.register(ctx, readMode1); err != nil {
		return s, err
	}
	s.str, err = c.register(ctx, readStatus)
	return s, err
}

func (c *chip) register(ctx context.Context, instruction byte) (byte, error) {
	var r [2]byte
	err := c.tx(ctx, []byte{instruction, 0}, r[:])
	return r[1], err
}

func (c *chip) write(ctx context.Context, frame ...byte) error { return c.tx(ctx, frame, nil) }

func (c *chip) tx(ctx context.Context, w, r []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.conn.Tx(w, r); err != nil {
		return fmt.Errorf("instruction %#02x: %w", w[0], err)
	}
	return nil
}

func (c *chip) close() error {
	if c.port == nil {
		return nil
	}
	return c.port.Close()
}
