package modbus

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/simonvetter/modbus"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/metrology/quantity"
)

// Type is how a value lies in registers of 16 bits.
type Type string

// The types: unsigned and signed integers and IEEE 754 numbers, of one, two or four registers.
const (
	U16 Type = "u16"
	U32 Type = "u32"
	U64 Type = "u64"
	I32 Type = "i32"
	F32 Type = "f32"
	F64 Type = "f64"
)

// types holds the size of each type in registers, and the number of counts that it tells apart when it holds a counter.
// Zero is 2^64. Of a float that is what its mantissa holds.
var types = map[Type]struct {
	words  uint16
	counts uint64
}{
	U16: {1, 1 << 16}, U32: {2, 1 << 32}, U64: {4, 0}, I32: {2, 1 << 31}, F32: {2, 1 << 24}, F64: {4, 1 << 53},
}

func (t Type) words() uint16 { return types[t].words }

// Order is the order in which the bytes of a value come, A being the most significant. In values of four registers the same
// letters say whether the registers come in reverse order and whether the bytes of each are exchanged.
type Order string

// The orders.
const (
	ABCD Order = "ABCD" // as Modbus has it
	CDAB Order = "CDAB" // registers in reverse order
	BADC Order = "BADC" // bytes exchanged in each register
	DCBA Order = "DCBA" // both
)

// Arrange puts the bytes of a value from big endian into the order of o, in place. It is its own inverse.
func (o Order) Arrange(b []byte) {
	if o == CDAB || o == DCBA {
		for i, j := 0, len(b)-2; i < j; i, j = i+2, j-2 {
			b[i], b[i+1], b[j], b[j+1] = b[j], b[j+1], b[i], b[i+1]
		}
	}
	if o == BADC || o == DCBA {
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
}

// Table is one of the two tables of 16-bit registers.
type Table string

// The tables: read with function 3 and function 4.
const (
	Holding Table = "holding"
	Input   Table = "input"
)

func (t Table) library() modbus.RegType {
	if t == Input {
		return modbus.INPUT_REGISTER
	}
	return modbus.HOLDING_REGISTER
}

// Register is one value of the device.
type Register struct {
	// Measure is what it is of.
	Measure bridge.Measure `yaml:"measure"`
	// Table is holding or input. Empty is holding.
	Table Table `yaml:"table"`
	// Address is the one in the frame, counted from 0: holding register 40001 of a manual is 0, input register 30001 too.
	Address uint16 `yaml:"address"`
	// Type is how the value lies in the registers.
	Type Type `yaml:"type"`
	// Order is the order of its bytes. Empty is ABCD.
	Order Order `yaml:"order"`
	// Scale is what one step of the register is in Unit, as a decimal. Empty is 1. A totaliser has none: its pulses are
	// counted raw.
	Scale quantity.Factor `yaml:"scale"`
	// Unit is the unit after scaling. Empty is pulse, degC, kPag or kg/m3.
	Unit string `yaml:"unit"`
	// Modulus is where a totaliser begins again from zero, when that is before the end of its type. Zero is the end of the
	// type. Signed integers and floats must name it, for their ends are no place to count across.
	Modulus uint64 `yaml:"modulus"`
}

// withDefaults fills in what was left out and refuses what can't work.
func (r Register) withDefaults() (Register, error) {
	r.Table = cmp.Or(r.Table, Holding)
	r.Order = cmp.Or(r.Order, ABCD)
	r.Unit = cmp.Or(r.Unit, bridge.DefaultUnit(r.Measure))
	if err := bridge.CheckUnit(r.Measure, r.Unit); err != nil {
		return r, err
	}
	t, known := types[r.Type]
	switch {
	case !known:
		return r, fmt.Errorf("type %q must be u16, u32, u64, i32, f32 or f64", r.Type)
	case r.Table != Holding && r.Table != Input:
		return r, fmt.Errorf("table %q must be holding or input", r.Table)
	case r.Order != ABCD && r.Order != CDAB && r.Order != BADC && r.Order != DCBA:
		return r, fmt.Errorf("order %q must be ABCD, CDAB, BADC or DCBA", r.Order)
	case int(r.Address)+int(t.words) > 1<<16:
		return r, fmt.Errorf("address %d: a value of %d registers ends beyond 65535", r.Address, t.words)
	}
	if r.Measure == bridge.Totaliser {
		return r.counter(t.counts)
	}
	if r.Modulus != 0 {
		return r, fmt.Errorf("modulus %d: only a totaliser has one", r.Modulus)
	}
	if r.Scale == (quantity.Factor{}) {
		r.Scale = quantity.One
	}
	if !r.Scale.Valid() {
		return r, fmt.Errorf("scale %s must be positive", r.Scale)
	}
	return r, nil
}

// counter checks a totaliser of a type that tells so many counts apart.
func (r Register) counter(counts uint64) (Register, error) {
	if r.Scale != (quantity.Factor{}) {
		return r, fmt.Errorf("scale %s: a totaliser is counted raw, leave it out", r.Scale)
	}
	if r.Modulus == 0 {
		switch r.Type {
		case I32, F32, F64:
			return r, fmt.Errorf("a totaliser of type %s needs the modulus at which the device begins again from zero (at most %d)", r.Type, counts)
		}
		r.Modulus = counts
	}
	if counts != 0 && r.Modulus > counts {
		return r, fmt.Errorf("modulus %d: type %s tells only %d counts apart", r.Modulus, r.Type, counts)
	}
	return r, nil
}

// decode turns the bytes of the register, as they came, into a reading. raw has 2*r.Type.words() bytes and is changed.
func (r Register) decode(raw []byte) bridge.Reading {
	r.Order.Arrange(raw)
	reading := bridge.Reading{Measure: r.Measure, Modulus: r.Modulus, Unit: r.Unit}
	var err error
	if r.Measure == bridge.Totaliser {
		reading.Count, err = r.count(raw)
	} else {
		reading.Value, err = r.value(raw)
	}
	if err != nil {
		reading.Note = err.Error()
		return reading
	}
	reading.Quality = bridge.Good
	return reading
}

// count reads a counter, big endian.
func (r Register) count(b []byte) (n uint64, err error) {
	switch r.Type {
	case U16:
		n = uint64(binary.BigEndian.Uint16(b))
	case U32:
		n = uint64(binary.BigEndian.Uint32(b))
	case U64:
		n = binary.BigEndian.Uint64(b)
	case I32:
		i := int32(binary.BigEndian.Uint32(b))
		if i < 0 {
			return 0, fmt.Errorf("count %d is negative", i)
		}
		n = uint64(i)
	default:
		x := r.float(b)
		if !(x >= 0 && x < float64(r.Modulus) && x == math.Trunc(x)) {
			return 0, fmt.Errorf("%v is not a count below %d", x, r.Modulus)
		}
		n = uint64(x)
	}
	if r.Modulus != 0 && n >= r.Modulus {
		return 0, fmt.Errorf("count %d is not below the modulus %d", n, r.Modulus)
	}
	return n, nil
}

// value reads and scales any other value, big endian. Integers are scaled exactly and rounded once.
func (r Register) value(b []byte) (quantity.Micro, error) {
	micro := quantity.F(quantity.PerUnit, 0)
	switch r.Type {
	case U16:
		return quantity.Micro(binary.BigEndian.Uint16(b)).Mul(r.Scale, micro)
	case U32:
		return quantity.Micro(binary.BigEndian.Uint32(b)).Mul(r.Scale, micro)
	case I32:
		return quantity.Micro(int32(binary.BigEndian.Uint32(b))).Mul(r.Scale, micro)
	case U64:
		n := binary.BigEndian.Uint64(b)
		if n > math.MaxInt64 {
			return 0, fmt.Errorf("value %d: %w", n, quantity.ErrOverflow)
		}
		return quantity.Micro(n).Mul(r.Scale, micro)
	}
	return quantity.FromFloat(r.float(b) * r.Scale.Float())
}

// float reads a float, big endian. Of the numbers that a 32-bit float may stand for it takes the one with the fewest
// digits: 82.35, say, and not 82.3499985, which is as near.
func (r Register) float(b []byte) float64 {
	if r.Type == F64 {
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	x := float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	if short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', -1, 32), 64); err == nil {
		return short
	}
	return x
}
