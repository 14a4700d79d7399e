package pulse

import (
	"periph.io/x/conn/v3/spi"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

// OpenOn is Open with a port of the test's own.
func OpenOn(c Config, port spi.PortCloser) (bridge.Driver, error) {
	return open(c, func() (spi.PortCloser, error) { return port, nil })
}
