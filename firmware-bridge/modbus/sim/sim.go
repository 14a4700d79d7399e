// Package sim is a flow computer on Modbus TCP that serves the state of a simulated meter in registers laid out as a
// driver's configuration has them. It knows no other registers and lets nobody write.
package sim

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"syscall"

	library "github.com/simonvetter/modbus"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/modbus"
)

// Device is a running simulator.
type Device struct {
	server *library.ModbusServer
	addr   string
}

// Start serves registers at address (host and port; port 0 takes a free one). state is asked once for each request, so the
// values of one answer are of one moment; it may be called from several goroutines at once. Pressures are in kPa or psi
// gauge, temperatures in degC or degF, as the registers say; a temperature or pressure of NaN can be told only by a float.
func Start(address string, unitID uint8, registers []modbus.Register, state func() meter.State) (*Device, error) {
	handler := &handler{unitID: unitID, registers: registers, state: state}
	for range 10 {
		addr, err := free(address)
		if err != nil {
			return nil, fmt.Errorf("simulate a Modbus device: %w", err)
		}
		server, err := library.NewServer(&library.ServerConfiguration{URL: "tcp://" + addr, Logger: log.New(io.Discard, "", 0)}, handler)
		if err != nil {
			return nil, fmt.Errorf("simulate a Modbus device at %s: %w", addr, err)
		}
		err = server.Start()
		if err == nil {
			return &Device{server: server, addr: addr}, nil
		}
		// Between looking for a free port and taking it, another program may have been faster.
		if !errors.Is(err, syscall.EADDRINUSE) || addr == address {
			return nil, fmt.Errorf("simulate a Modbus device at %s: %w", addr, err)
		}
	}
	return nil, fmt.Errorf("simulate a Modbus device at %s: no free port found", address)
}

// free replaces port 0 by a free port: the library doesn't say which port it was given.
func free(address string) (string, error) {
	if _, port, err := net.SplitHostPort(address); err != nil || port != "0" {
		return address, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Addr returns the host and port of the device.
func (d *Device) Addr() string { return d.addr }

// Close ends the device and its connections.
func (d *Device) Close() error { return d.server.Stop() }

// handler answers requests.
type handler struct {
	unitID    uint8
	registers []modbus.Register
	state     func() meter.State
}

// HandleCoils refuses.
func (h *handler) HandleCoils(*library.CoilsRequest) ([]bool, error) {
	return nil, library.ErrIllegalFunction
}

// HandleDiscreteInputs refuses.
func (h *handler) HandleDiscreteInputs(*library.DiscreteInputsRequest) ([]bool, error) {
	return nil, library.ErrIllegalFunction
}

// HandleHoldingRegisters serves the registers of that table.
func (h *handler) HandleHoldingRegisters(r *library.HoldingRegistersRequest) ([]uint16, error) {
	if r.IsWrite {
		return nil, library.ErrIllegalFunction
	}
	return h.read(modbus.Holding, r.UnitId, r.Addr, r.Quantity)
}

// HandleInputRegisters serves the registers of that table.
func (h *handler) HandleInputRegisters(r *library.InputRegistersRequest) ([]uint16, error) {
	return h.read(modbus.Input, r.UnitId, r.Addr, r.Quantity)
}

// read returns the registers from addr on, all of which must be part of a value.
func (h *handler) read(table modbus.Table, unitID uint8, addr, quantity uint16) ([]uint16, error) {
	if unitID != h.unitID {
		return nil, library.ErrGWTargetFailedToRespond
	}
	state := h.state()
	image := make(map[int]uint16)
	for _, r := range h.registers {
		if cmp.Or(r.Table, modbus.Holding) != table {
			continue
		}
		b, err := Encode(r, state)
		if err != nil {
			return nil, library.ErrServerDeviceFailure
		}
		for i := 0; i < len(b); i += 2 {
			image[int(r.Address)+i/2] = binary.BigEndian.Uint16(b[i:])
		}
	}
	words := make([]uint16, 0, quantity)
	for i := range int(quantity) {
		word, ok := image[int(addr)+i]
		if !ok {
			return nil, library.ErrIllegalDataAddress
		}
		words = append(words, word)
	}
	return words, nil
}

// Encode returns the bytes of r, as they go over the line, for a state of the meter. Values are rounded to the steps of the
// register; it refuses what doesn't fit.
func Encode(r modbus.Register, s meter.State) ([]byte, error) {
	b, err := encode(r, s)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", r.Measure, err)
	}
	r.Order.Arrange(b)
	return b, nil
}

func encode(r modbus.Register, s meter.State) ([]byte, error) {
	x, n := 0.0, s.Totaliser
	if r.Measure == bridge.Totaliser {
		if r.Modulus != 0 {
			n %= r.Modulus
		}
		x = float64(n)
	} else {
		x = s.Value(r.Measure, cmp.Or(r.Unit, bridge.DefaultUnit(r.Measure)))
		if r.Scale.Valid() {
			x /= r.Scale.Float()
		}
	}
	switch r.Type {
	case modbus.F32:
		return binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(x))), nil
	case modbus.F64:
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(x)), nil
	}
	if r.Measure != bridge.Totaliser {
		x = math.Round(x)
		if !(x >= -1<<31 && x < 1<<62) || (x < 0 && r.Type != modbus.I32) {
			return nil, fmt.Errorf("%v does not fit type %s", x, r.Type)
		}
		n = uint64(int64(x))
	}
	return integer(r, n)
}

// integer returns n, or its two's complement for I32, in the width of the type. A counter without a modulus wraps there.
func integer(r modbus.Register, n uint64) ([]byte, error) {
	wraps := r.Measure == bridge.Totaliser
	switch r.Type {
	case modbus.U16:
		if n > math.MaxUint16 && !wraps {
			return nil, fmt.Errorf("%d does not fit type u16", n)
		}
		return binary.BigEndian.AppendUint16(nil, uint16(n)), nil
	case modbus.U32:
		if n > math.MaxUint32 && !wraps {
			return nil, fmt.Errorf("%d does not fit type u32", n)
		}
		return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
	case modbus.I32:
		if int64(n) > math.MaxInt32 {
			return nil, fmt.Errorf("%d does not fit type i32", int64(n))
		}
		return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
	case modbus.U64:
		return binary.BigEndian.AppendUint64(nil, n), nil
	}
	return nil, fmt.Errorf("unknown type %q", r.Type)
}
