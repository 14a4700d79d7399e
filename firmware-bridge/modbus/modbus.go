// Package modbus reads a flow computer or a transmitter over Modbus TCP. Which register holds what, and how, is
// configuration: devices agree on little more than the frame.
package modbus

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/simonvetter/modbus"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

// Sample is an example of the driver's configuration, in YAML.
//
//go:embed sample.yaml
var Sample string

// Limits of a configuration.
const (
	maxRegisters = 32
	maxTimeout   = time.Minute
)

// Config says where the device is and which of its registers to read.
type Config struct {
	// Address is the device's host and port, as in "10.0.0.5:502".
	Address string `yaml:"address"`
	// UnitID addresses one device behind a gateway, 0 to 255. Devices with an address of their own mostly take any.
	UnitID uint8 `yaml:"unitId"`
	// Timeout bounds one request and its answer. Zero is one second. (Connecting takes up to five, whatever it says.)
	Timeout time.Duration `yaml:"timeout"`
	// Registers are what Read reads, in this order; each measure at most once.
	Registers []Register `yaml:"registers"`
}

// withDefaults fills in what was left out and refuses what can't work.
func (c Config) withDefaults() (Config, error) {
	if host, port, err := net.SplitHostPort(c.Address); err != nil || host == "" || port == "" {
		return c, fmt.Errorf("address %q of the device must be a host and a port, as in 10.0.0.5:502", c.Address)
	}
	c.Timeout = cmp.Or(c.Timeout, time.Second)
	if c.Timeout < 0 || c.Timeout > maxTimeout {
		return c, fmt.Errorf("timeout %v of %s must be at most %v", c.Timeout, c.Address, maxTimeout)
	}
	if len(c.Registers) == 0 || len(c.Registers) > maxRegisters {
		return c, fmt.Errorf("registers of %s: %d are configured, must be 1 to %d", c.Address, len(c.Registers), maxRegisters)
	}
	registers := make([]Register, len(c.Registers))
	seen := make(map[bridge.Measure]bool)
	for i, r := range c.Registers {
		var err error
		if registers[i], err = r.withDefaults(); err != nil {
			return c, fmt.Errorf("register %d (%s) of %s: %w", i+1, r.Measure, c.Address, err)
		}
		if seen[r.Measure] {
			return c, fmt.Errorf("register %d of %s: %s is configured twice", i+1, c.Address, r.Measure)
		}
		seen[r.Measure] = true
	}
	c.Registers = registers
	return c, nil
}

// Open returns a driver, or an error in the configuration. The device is first dialled in Read.
func Open(c Config) (bridge.Driver, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &driver{config: c, gate: bridge.NewGate()}, nil
}

type driver struct {
	config Config
	gate   *bridge.Gate
	client *modbus.ModbusClient // nil while there is no connection; touched by calls through the gate only
}

var _ bridge.Driver = (*driver)(nil)

// Read reads each register in a request of its own. A value that the device marks as none (NaN, infinity), or that can't be
// one (a count at or above the modulus), is a reading of quality Failed. A refused request is an error that wraps
// bridge.ErrFault.
func (d *driver) Read(ctx context.Context, _ time.Time) ([]bridge.Reading, error) {
	rs, err := bridge.Do(ctx, d.gate, func() ([]bridge.Reading, error) { return d.readAll(ctx) })
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d.config.Address, err)
	}
	return rs, nil
}

func (d *driver) readAll(ctx context.Context) ([]bridge.Reading, error) {
	if err := d.connect(); err != nil {
		return nil, err
	}
	readings := make([]bridge.Reading, 0, len(d.config.Registers))
	for _, r := range d.config.Registers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		raw, err := d.client.ReadRawBytes(r.Address, 2*r.Type.words(), r.Table.library())
		if err != nil {
			d.drop()
			if refusal(err) {
				err = fmt.Errorf("%w: %w", bridge.ErrFault, err)
			}
			return nil, fmt.Errorf("%s register %d (%s): %w", r.Table, r.Address, r.Measure, err)
		}
		readings = append(readings, r.decode(raw))
	}
	return readings, nil
}

// refusal reports whether err is an exception of the device, as opposed to the lack of an answer.
func refusal(err error) bool {
	for _, e := range []modbus.Error{
		modbus.ErrIllegalFunction, modbus.ErrIllegalDataAddress, modbus.ErrIllegalDataValue, modbus.ErrServerDeviceFailure,
		modbus.ErrAcknowledge, modbus.ErrServerDeviceBusy, modbus.ErrMemoryParityError, modbus.ErrGWPathUnavailable,
		modbus.ErrGWTargetFailedToRespond,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// connect dials, unless there is a connection.
func (d *driver) connect() error {
	if d.client != nil {
		return nil
	}
	client, err := modbus.NewClient(&modbus.ClientConfiguration{
		URL:     "tcp://" + d.config.Address,
		Timeout: d.config.Timeout,
		Logger:  log.New(io.Discard, "", 0), // it would write to standard output
	})
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	if err := client.SetUnitId(d.config.UnitID); err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	if err := client.Open(); err != nil {
		return err
	}
	d.client = client
	return nil
}

// drop ends the connection after an error; the next Read dials.
func (d *driver) drop() {
	d.client.Close()
	d.client = nil
}

// Close ends the connection.
func (d *driver) Close() error {
	return d.gate.Close(func() error {
		if d.client != nil {
			d.drop()
		}
		return nil
	})
}
