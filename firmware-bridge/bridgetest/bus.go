package bridgetest

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gauger/gauger/internal/buslink"
)

// Bus is a unix socket with simulated devices behind it, which a test can cut and hang.
type Bus struct {
	t       testing.TB
	path    string
	devices buslink.Devices
	stop    func() // ends the server; nil while there is none

	mu   sync.Mutex
	hung chan struct{} // closed by Resume; nil while the devices answer
}

// NewBus serves devices on a socket of its own until the test ends.
func NewBus(t testing.TB, devices buslink.Devices) *Bus {
	t.Helper()
	b := &Bus{t: t, path: filepath.Join(t.TempDir(), "bus")}
	b.devices = buslink.Devices{SPI: wrap(b, devices.SPI), I2C: wrap(b, devices.I2C)}
	b.Mend()
	t.Cleanup(func() {
		b.Resume()
		b.Cut()
	})
	return b
}

// Name is the name of the bus in a driver's configuration.
func (b *Bus) Name() string { return "unix:" + b.path }

// Cut ends the server; transactions fail until Mend.
func (b *Bus) Cut() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

// Mend starts the server again after Cut.
func (b *Bus) Mend() {
	b.t.Helper()
	l, err := net.Listen("unix", b.path)
	if err != nil {
		b.t.Fatalf("serve the bus: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- buslink.Serve(ctx, l, b.devices) }()
	b.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("serve the bus: %v", err)
		}
	}
}

// Hang makes transactions wait until Resume.
func (b *Bus) Hang() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hung = make(chan struct{})
}

// Resume lets the transactions go on that wait since Hang.
func (b *Bus) Resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hung != nil {
		close(b.hung)
		b.hung = nil
	}
}

// hangable is a device that waits while its bus hangs.
type hangable struct {
	bus    *Bus
	device buslink.Device
}

// Tx passes the transaction on, after Resume if need be.
func (h hangable) Tx(w, r []byte) error {
	h.bus.mu.Lock()
	hung := h.bus.hung
	h.bus.mu.Unlock()
	if hung != nil {
		<-hung
	}
	return h.device.Tx(w, r)
}

func wrap[K comparable](b *Bus, devices map[K]buslink.Device) map[K]buslink.Device {
	wrapped := make(map[K]buslink.Device, len(devices))
	for k, d := range devices {
		wrapped[k] = hangable{b, d}
	}
	return wrapped
}
