package analog

import (
	"periph.io/x/conn/v3/i2c"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

// OpenOn is Open with a bus of the test's own.
func OpenOn(c Config, bus i2c.BusCloser) (bridge.Driver, error) {
	return open(c, func() (i2c.BusCloser, error) { return bus, nil })
}
