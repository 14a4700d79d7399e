// Package sim is a MAX31865 with a platinum thermometer in a simulated meter run. It answers register reads and writes like
// the chip, with its 15 bits of resolution, and can show every fault of its sensor and leads.
package sim

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"

	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/rtd"
)

// Bits of the configuration and fault status registers.
const (
	auto         = 0x40
	oneShot      = 0x20
	detect       = 0x0c
	clearFaults  = 0x02
	highFault    = 0x80
	lowFault     = 0x40
	leadFaults   = 0x38 // found by a fault detection cycle
	voltageFault = 0x04 // found at any time
)

// Chip is the converter. Its methods may be called at once from several goroutines.
type Chip struct {
	state         func() meter.State
	r0, reference float64 // ohms

	mu     sync.Mutex
	regs   [8]byte
	faults byte // what there is to find
}

// New returns a chip after power-up, with a sensor of nominal ohms at 0 degC and a reference resistor of reference ohms. A
// temperature of +Inf is a broken sensor, NaN a shorted one.
func New(nominal, reference float64, state func() meter.State) *Chip {
	c := &Chip{state: state, r0: nominal, reference: reference}
	c.PowerCycle()
	return c
}

// PowerCycle takes the power away and gives it back.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.regs = [8]byte{3: 0xff, 4: 0xff}
}

// Fault sets the faults that the chip finds from now on, as bits of its fault status: 0x20, 0x10 and 0x08 in a fault
// detection cycle, 0x04 in every conversion. Zero mends them all.
func (c *Chip) Fault(bits byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = bits
}

// Tx is one transaction: an address, and the registers from there on.
func (c *Chip) Tx(w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(w) < 2 {
		return errors.New("MAX31865: a transaction has an address and data")
	}
	if c.regs[0]&auto != 0 {
		c.convert()
	}
	for i := 1; i < len(w); i++ {
		address := (int(w[0]) + i - 1) & 0x7f
		if w[0]&0x80 != 0 {
			c.write(address, w[i])
			continue
		}
		if i < len(r) {
			r[i] = 0xff
			if address < len(c.regs) {
				r[i] = c.regs[address]
			}
		}
	}
	return nil
}

func (c *Chip) write(address int, b byte) {
	switch {
	case address == 0:
		c.configure(b)
	case address >= 3 && address <= 6:
		c.regs[address] = b
	}
}

func (c *Chip) configure(b byte) {
	if b&clearFaults != 0 {
		c.setStatus(0)
	}
	if b&detect != 0 {
		c.setStatus(c.regs[7] | c.faults&leadFaults)
	}
	if b&oneShot != 0 {
		c.convert()
	}
	c.regs[0] = b &^ (clearFaults | detect | oneShot)
}

// convert measures the sensor as it is now.
func (c *Chip) convert() {
	ohms := math.Inf(1)
	switch t := c.state().TemperatureC; {
	case math.IsNaN(t):
		ohms = 0
	case !math.IsInf(t, 1):
		ohms = rtd.Resistance(c.r0, t)
	}
	code := uint16(math.Max(0, math.Min(math.Round(ohms/c.reference*32768), 32767)))
	binary.BigEndian.PutUint16(c.regs[1:], code<<1)
	status := c.regs[7] | c.faults&voltageFault
	if code<<1 >= binary.BigEndian.Uint16(c.regs[3:]) {
		status |= highFault
	}
	if code<<1 <= binary.BigEndian.Uint16(c.regs[5:]) {
		status |= lowFault
	}
	c.setStatus(status)
}

// setStatus sets the fault status and the bit of the ratio that sums it up.
func (c *Chip) setStatus(status byte) {
	c.regs[7] = status
	c.regs[2] &^= 1
	if status != 0 {
		c.regs[2] |= 1
	}
}
