// Package sim is an ADS1115 with 4-20 mA transmitters on shunt resistors. It answers the registers of the real chip, with
// its 16 bits of resolution and its input ranges.
package sim

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"

	"github.com/gauger/gauger/firmware-bridge/meter"
)

// Chip is the converter. Its methods may be called at once from several goroutines.
type Chip struct {
	inputs [4]func() float64 // volts at each input

	mu         sync.Mutex
	pointer    byte
	config     uint16
	conversion uint16
	late       int // looks that find a conversion still running
	pending    int // of these, those that are left
	previous   uint16
}

// New returns a chip after power-up with volts at its four inputs; nil is ground.
func New(inputs [4]func() float64) *Chip {
	c := &Chip{inputs: inputs}
	c.PowerCycle()
	return c
}

// Pressure returns the volts across a shunt of so many ohms that carries the current of a pressure transmitter with a range
// of low to high kPa gauge. Beyond its range the transmitter stops at 3.8 and 20.5 mA.
func Pressure(low, high, shunt float64, state func() meter.State) func() float64 {
	return func() float64 {
		current := 4 + 16*(state().PressureKPa-low)/(high-low)
		return math.Max(3.8, math.Min(current, 20.5)) / 1000 * shunt
	}
}

// PowerCycle takes the power away and gives it back.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pointer, c.config, c.conversion, c.pending = 0, 0x8583, 0, 0
}

// Slow makes conversions end only after so many looks at the configuration register, as a chip with a slow clock does.
func (c *Chip) Slow(looks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.late = looks
}

// Tx is one transaction: the pointer register and perhaps a register's new value are written, then a register is read.
func (c *Chip) Tx(w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(w) == 2 || len(w) > 3 || len(r) > 2 {
		return errors.New("ADS1115: a transaction writes a pointer, perhaps with two bytes, and reads up to two")
	}
	if len(w) > 0 {
		c.pointer = w[0] & 3
	}
	if len(w) == 3 && c.pointer == 1 {
		c.configure(binary.BigEndian.Uint16(w[1:]))
	}
	if len(r) > 0 {
		copy(r, binary.BigEndian.AppendUint16(nil, c.read()))
	}
	return nil
}

func (c *Chip) configure(config uint16) {
	c.config = config | 0x8000
	if config&0x8000 == 0 {
		return
	}
	c.previous, c.pending = c.conversion, c.late
	c.conversion = uint16(convert(c.differential(config>>12&7), config>>9&7))
}

func (c *Chip) read() uint16 {
	switch c.pointer {
	case 0:
		if c.pending > 0 {
			return c.previous
		}
		return c.conversion
	case 1:
		if c.pending > 0 {
			c.pending--
			return c.config &^ 0x8000
		}
		return c.config
	case 2:
		return 0x8000 // lower threshold of the comparator, never used
	}
	return 0x7fff // upper threshold
}

// differential returns the volts between the inputs that a multiplexer setting selects.
func (c *Chip) differential(mux uint16) float64 {
	pairs := [8][2]int{{0, 1}, {0, 3}, {1, 3}, {2, 3}, {0, -1}, {1, -1}, {2, -1}, {3, -1}}
	return c.volts(pairs[mux][0]) - c.volts(pairs[mux][1])
}

func (c *Chip) volts(input int) float64 {
	if input < 0 || c.inputs[input] == nil {
		return 0
	}
	return c.inputs[input]()
}

// convert returns the code of a voltage in one of the input ranges, which ends at the rails of the range.
func convert(volts float64, gain uint16) int16 {
	ranges := [8]float64{6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256}
	code := math.Round(volts / ranges[gain] * 32768)
	return int16(math.Max(-32768, math.Min(code, 32767)))
}
