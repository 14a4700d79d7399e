// Package sim is an LS7366R that counts the pulses of a simulated meter. It answers the instructions of the real chip, a
// transaction at a time, and can lose its power.
package sim

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/gauger/gauger/firmware-bridge/meter"
)

// Bits of the status register.
const (
	sign      = 0x01
	up        = 0x02
	powerLost = 0x04
	enabled   = 0x08
	borrow    = 0x40
	carry     = 0x80
)

// Chip is the counter. Its methods may be called at once from several goroutines.
type Chip struct {
	state func() meter.State

	mu         sync.Mutex
	seen       uint64 // totaliser when it was last looked at
	count      uint32 // CNTR
	dtr, otr   uint32
	mdr0, mdr1 byte
	str        byte // latches, direction and sign
}

// New returns a chip whose power has just come on: the counter is zero, nothing is set up, and the power loss latch is set.
func New(state func() meter.State) *Chip {
	c := &Chip{state: state}
	c.PowerCycle()
	return c
}

// NewRunning returns a chip that was set up with these mode registers when the meter was built and has counted ever since:
// its count is the low 32 bits of the totaliser, and no latch is set.
func NewRunning(mdr0, mdr1 byte, state func() meter.State) *Chip {
	seen := state().Totaliser
	return &Chip{state: state, seen: seen, count: uint32(seen), mdr0: mdr0, mdr1: mdr1, str: up}
}

// PowerCycle takes the power away and gives it back.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = c.state().Totaliser
	c.count, c.dtr, c.otr, c.mdr0, c.mdr1, c.str = 0, 0, 0, 0, 0, powerLost
}

// Tx is one transaction: an instruction and its data.
func (c *Chip) Tx(w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(w) == 0 || len(w) > 5 || len(r) > len(w) {
		return errors.New("LS7366R: a transaction has 1 to 5 bytes")
	}
	c.advance()
	const (
		opClear, opRead, opWrite, opLoad     = 0, 1, 2, 3
		mode0, mode1, data, cntr, out, state = 1, 2, 3, 4, 5, 6
	)
	switch op, register := w[0]>>6, w[0]>>3&7; op {
	case opClear:
		c.clear(register == mode0, register == mode1, register == cntr, register == state)
	case opRead:
		if len(r) > 1 {
			copy(r[1:], c.read(register))
		}
	case opWrite:
		switch {
		case register == mode0 && len(w) > 1:
			c.mdr0 = w[1]
		case register == mode1 && len(w) > 1:
			c.mdr1 = w[1]
		case register == data && len(w) == 5:
			c.dtr = binary.BigEndian.Uint32(w[1:])
		}
	case opLoad:
		switch register {
		case cntr:
			c.count = c.dtr
		case out:
			c.otr = c.count
		}
	}
	return nil
}

func (c *Chip) clear(mode0, mode1, count, status bool) {
	switch {
	case mode0:
		c.mdr0 = 0
	case mode1:
		c.mdr1 = 0
	case count:
		c.count = 0
	case status:
		c.str &= up | sign
	}
}

func (c *Chip) read(register byte) []byte {
	switch register {
	case 1:
		return []byte{c.mdr0}
	case 2:
		return []byte{c.mdr1}
	case 3:
		return binary.BigEndian.AppendUint32(nil, c.dtr)
	case 4:
		c.otr = c.count
		return binary.BigEndian.AppendUint32(nil, c.otr)
	case 5:
		return binary.BigEndian.AppendUint32(nil, c.otr)
	case 6:
		return []byte{c.status()}
	}
	return nil
}

func (c *Chip) status() byte {
	if c.mdr1&0x04 == 0 {
		return c.str | enabled
	}
	return c.str
}

// advance counts what the meter has given since it was last looked at.
func (c *Chip) advance() {
	now := c.state().Totaliser
	delta := int64(now - c.seen)
	c.seen = now
	if delta == 0 || c.mdr1&0x04 != 0 {
		return
	}
	c.str &^= up
	if delta > 0 {
		c.str |= up
	}
	switch sum := int64(c.count) + delta; {
	case sum > 1<<32-1:
		c.str |= carry
		c.str &^= sign
	case sum < 0:
		c.str |= borrow | sign
	}
	c.count += uint32(delta)
}
