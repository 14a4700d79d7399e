// Package buslink carries SPI and I2C transactions over a unix socket, so that a device can live in another process: the
// client side is a periph port or bus like any other, the server side passes each transaction to a device. Opened by a name
// that isn't a socket, the same functions give the real ports and buses of the machine.
package buslink

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/host/v3"
)

// MaxTransfer is the largest number of bytes that one transaction moves in one direction; Linux's spidev has the same
// limit unless told otherwise.
const MaxTransfer = 4096

// DefaultTimeout bounds a transaction over a socket when the caller names no time.
const DefaultTimeout = time.Second

// unixScheme starts the name of a bus that is reached over a socket.
const unixScheme = "unix:"

// CheckSPI reports whether OpenSPI can make sense of a name, without opening anything: "unix:" and an absolute path,
// perhaps with '#' and a chip select from 0 to 255 behind it, or any name that doesn't start with "unix:".
func CheckSPI(name string) error {
	if strings.HasPrefix(name, unixScheme) {
		_, _, err := parseSPI(name)
		return err
	}
	return checkRegistered(name, "unix:/run/meter.sock#0 or a port such as SPI0.0")
}

// CheckI2C is CheckSPI for OpenI2C; there is no chip select.
func CheckI2C(name string) error {
	if strings.HasPrefix(name, unixScheme) {
		_, err := parseI2C(name)
		return err
	}
	return checkRegistered(name, "unix:/run/meter.sock or a bus such as I2C1")
}

// OpenSPI opens an SPI port by name. "unix:/path#1" is chip select 1 (0 if left out) of the server that listens on the
// socket /path: nothing is dialled before the first transaction, and timeout (DefaultTimeout if zero) bounds each one.
// Any other name is looked up among the machine's ports, as "SPI0.1" or "/dev/spidev0.1"; there the kernel sets the limits.
func OpenSPI(name string, timeout time.Duration) (spi.PortCloser, error) {
	if strings.HasPrefix(name, unixScheme) {
		path, chipSelect, err := parseSPI(name)
		if err != nil {
			return nil, err
		}
		return &spiPort{name: name, link: newLink(path, timeout), chipSelect: chipSelect}, nil
	}
	if err := CheckSPI(name); err != nil {
		return nil, err
	}
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("look for the SPI ports of this machine: %w", err)
	}
	port, err := spireg.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open SPI port %s (is SPI switched on, and may this user open it?): %w", name, err)
	}
	return port, nil
}

// OpenI2C opens an I2C bus by name: "unix:/path" as in OpenSPI, or one of the machine's buses, as "I2C1" or "/dev/i2c-1".
func OpenI2C(name string, timeout time.Duration) (i2c.BusCloser, error) {
	if strings.HasPrefix(name, unixScheme) {
		path, err := parseI2C(name)
		if err != nil {
			return nil, err
		}
		return &i2cBus{name: name, link: newLink(path, timeout)}, nil
	}
	if err := CheckI2C(name); err != nil {
		return nil, err
	}
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("look for the I2C buses of this machine: %w", err)
	}
	bus, err := i2creg.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open I2C bus %s (is I2C switched on, and may this user open it?): %w", name, err)
	}
	return bus, nil
}

// checkRegistered refuses the empty name: periph would take it for the first bus it finds, and a meter is not a matter of
// chance.
func checkRegistered(name, example string) error {
	if name == "" {
		return fmt.Errorf("no bus named: write %s", example)
	}
	return nil
}

func parseSPI(name string) (path string, chipSelect uint16, err error) {
	path, digits, given := strings.Cut(strings.TrimPrefix(name, unixScheme), "#")
	if given {
		n, err := strconv.ParseUint(digits, 10, 8)
		if err != nil {
			return "", 0, fmt.Errorf("bus %q: the chip select after # must be a number from 0 to 255", name)
		}
		chipSelect = uint16(n)
	}
	return path, chipSelect, checkPath(name, path)
}

func parseI2C(name string) (path string, err error) {
	path = strings.TrimPrefix(name, unixScheme)
	if strings.Contains(path, "#") {
		return "", fmt.Errorf("bus %q: an I2C bus has no chip select, leave out # and what follows", name)
	}
	return path, checkPath(name, path)
}

func checkPath(name, path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("bus %q: unix: must be followed by an absolute path such as /run/meter.sock", name)
	}
	return nil
}
