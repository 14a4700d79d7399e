package buslink

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// maxConnections bounds the clients that a server talks to at once; more are hung up on.
const maxConnections = 64

// Device is what sits at one chip select or address. Tx is one transaction: on SPI w and r are as long as each other and
// pass at the same time, on I2C w is written first and r read then, and either may be empty. r arrives zeroed. Calls come
// one at a time, for all devices of a server together, as on a bus. An error is passed to the client as text.
type Device interface {
	Tx(w, r []byte) error
}

// Devices are the devices of a server: SPI by chip select, I2C by address.
type Devices struct {
	SPI map[uint8]Device
	I2C map[uint16]Device
}

// Serve answers transactions from l until ctx ends, and then returns nil after the transactions under way. Any other end
// is an error of the listener, which is closed in every case.
func Serve(ctx context.Context, l net.Listener, d Devices) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &server{devices: d}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	context.AfterFunc(ctx, func() { l.Close() })
	places := make(chan struct{}, maxConnections)
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return nil
		case err != nil:
			return fmt.Errorf("accept clients of the bus: %w", err)
		}
		select {
		case places <- struct{}{}:
			wg.Go(func() {
				defer func() { <-places }()
				s.serve(ctx, c)
			})
		default:
			c.Close()
		}
	}
}

// server is what the connections share.
type server struct {
	devices Devices
	bus     sync.Mutex // held during a transaction
}

// serve answers one client until it hangs up, breaks the protocol, or ctx ends.
func (s *server) serve(ctx context.Context, c net.Conn) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	in := bufio.NewReaderSize(c, requestHeader+MaxTransfer)
	var frame []byte
	for {
		r, err := readRequest(ctx, c, in)
		if err != nil {
			return
		}
		read := make([]byte, r.want)
		failure := s.tx(r, read)
		frame = appendReply(frame[:0], read, failure)
		if err := within(ctx, c, func() error { _, err := c.Write(frame); return err }); err != nil {
			return
		}
	}
}

// readRequest waits without limit for a request to begin, and DefaultTimeout for the rest of it.
func readRequest(ctx context.Context, c net.Conn, in *bufio.Reader) (r request, err error) {
	if _, err := in.Peek(1); err != nil {
		return request{}, err
	}
	err = within(ctx, c, func() error {
		var h [requestHeader]byte
		if _, err := io.ReadFull(in, h[:]); err != nil {
			return err
		}
		if r, err = parseHeader(h); err != nil {
			return err
		}
		_, err := io.ReadFull(in, r.w)
		return err
	})
	return r, err
}

// within runs f with DefaultTimeout as the deadline of c, and takes the deadline away again.
func within(ctx context.Context, c net.Conn, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return c.SetDeadline(time.Time{})
}

// tx passes a transaction to its device.
func (s *server) tx(r request, read []byte) error {
	var d Device
	if r.kind == kindSPI {
		d = s.devices.SPI[uint8(r.address)]
		if d == nil || r.address > 0xff {
			return fmt.Errorf("no device at chip select %d", r.address)
		}
		// A direction that the client leaves out still passes on the wire.
		size := max(len(r.w), len(read))
		r.w = append(r.w, make([]byte, size-len(r.w))...)
		read = append(read, make([]byte, size-len(read))...)
	} else if d = s.devices.I2C[r.address]; d == nil {
		return fmt.Errorf("no device acknowledges I2C address %#02x", r.address)
	}
	s.bus.Lock()
	defer s.bus.Unlock()
	return d.Tx(r.w, read)
}
