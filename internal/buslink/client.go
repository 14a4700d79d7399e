package buslink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// ErrClosed is returned by a port or bus that was closed.
var ErrClosed = errors.New("bus is closed")

// link is the client's side of one socket. It dials when it must and forgets the connection after any error: a transaction
// that failed midway may or may not have reached the device, which is for the driver to judge, so nothing is repeated here.
type link struct {
	path    string
	timeout time.Duration

	mu     sync.Mutex // held during a transaction; guards what follows
	conn   net.Conn   // nil while there is none
	in     *bufio.Reader
	frame  []byte
	closed bool
}

func newLink(path string, timeout time.Duration) *link {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return &link{path: path, timeout: timeout}
}

// tx makes one transaction, dialling and all within the timeout, and fills read.
func (l *link) tx(k kind, address uint16, w, read []byte) error {
	r := request{kind: k, address: address, w: w, want: len(read)}
	if err := r.check(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	if err := l.dial(ctx); err != nil {
		return err
	}
	refused, err := l.exchange(r, read)
	if err != nil {
		l.drop()
		return fmt.Errorf("transaction over %s: %w", l.path, err)
	}
	return refused
}

// dial makes sure of a connection and sets the deadline of the transaction.
func (l *link) dial(ctx context.Context) error {
	if l.conn == nil {
		var d net.Dialer
		c, err := d.DialContext(ctx, "unix", l.path)
		if err != nil {
			return fmt.Errorf("dial bus (is the device's process running?): %w", err)
		}
		l.conn, l.in = c, bufio.NewReaderSize(c, replyHeader+MaxTransfer)
	}
	deadline, _ := ctx.Deadline()
	if err := l.conn.SetDeadline(deadline); err != nil {
		l.drop()
		return fmt.Errorf("transaction over %s: %w", l.path, err)
	}
	return nil
}

func (l *link) exchange(r request, read []byte) (refused, err error) {
	l.frame = r.append(l.frame[:0])
	if _, err := l.conn.Write(l.frame); err != nil {
		return nil, err
	}
	return readReply(l.in, read)
}

func (l *link) drop() {
	l.conn.Close()
	l.conn, l.in = nil, nil
}

func (l *link) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn != nil {
		l.drop()
	}
	return nil
}

// spiPort is an SPI port over a link.
type spiPort struct {
	name       string
	link       *link
	chipSelect uint16

	mu        sync.Mutex
	connected bool
}

var _ spi.PortCloser = (*spiPort)(nil)

// String returns the name that the port was opened with.
func (p *spiPort) String() string { return p.name }

// Close ends the connection; transactions fail with ErrClosed from then on.
func (p *spiPort) Close() error { return p.link.close() }

// LimitSpeed accepts any positive frequency: a socket has no clock.
func (p *spiPort) LimitSpeed(f physic.Frequency) error {
	if f <= 0 {
		return fmt.Errorf("speed limit %s of %s: must be positive", f, p.name)
	}
	return nil
}

// Connect returns the port's only connection. The clock and its polarity mean nothing here and are taken as they come; what
// would change the bytes is refused.
func (p *spiPort) Connect(_ physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	if bits != 8 || mode&^spi.Mode3 != 0 {
		return nil, fmt.Errorf("connect %s with %d bits and %s: only 8 bits, full duplex, most significant bit first", p.name, bits, mode)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.connected {
		return nil, fmt.Errorf("connect %s: already connected", p.name)
	}
	p.connected = true
	return &spiConn{p}, nil
}

// spiConn is the connection to one chip.
type spiConn struct{ port *spiPort }

var (
	_ spi.Conn    = (*spiConn)(nil)
	_ conn.Limits = (*spiConn)(nil)
)

// String returns the name of the port.
func (c *spiConn) String() string { return c.port.name }

// Duplex returns conn.Full.
func (c *spiConn) Duplex() conn.Duplex { return conn.Full }

// MaxTxSize returns MaxTransfer.
func (c *spiConn) MaxTxSize() int { return MaxTransfer }

// Tx makes one transaction, chip select low from its first byte to its last.
func (c *spiConn) Tx(w, r []byte) error {
	return c.port.link.tx(kindSPI, c.port.chipSelect, w, r)
}

// TxPackets makes one transaction of each run of packets that keep the chip selected. The last packet must let go of it.
func (c *spiConn) TxPackets(packets []spi.Packet) error {
	for len(packets) > 0 {
		n, size := 0, 0
		for more := true; more; n++ {
			if n == len(packets) {
				return fmt.Errorf("packets for %s: the last one keeps the chip selected", c.port.name)
			}
			p := packets[n]
			if p.BitsPerWord != 0 && p.BitsPerWord != 8 {
				return fmt.Errorf("packet for %s of %d bits a word: only 8", c.port.name, p.BitsPerWord)
			}
			size += max(len(p.W), len(p.R))
			more = p.KeepCS
		}
		if err := c.txRun(packets[:n], size); err != nil {
			return err
		}
		packets = packets[n:]
	}
	return nil
}

// txRun makes one transaction of several packets; a direction that a packet leaves out is sent as zeros or dropped.
func (c *spiConn) txRun(packets []spi.Packet, size int) error {
	w, r := make([]byte, 0, size), make([]byte, size)
	for _, p := range packets {
		w = append(w, p.W...)
		w = append(w, make([]byte, max(0, len(p.R)-len(p.W)))...)
	}
	if err := c.Tx(w, r); err != nil {
		return err
	}
	for _, p := range packets {
		copy(p.R, r)
		r = r[max(len(p.W), len(p.R)):]
	}
	return nil
}

// i2cBus is an I2C bus over a link.
type i2cBus struct {
	name string
	link *link
}

var _ i2c.BusCloser = (*i2cBus)(nil)

// String returns the name that the bus was opened with.
func (b *i2cBus) String() string { return b.name }

// Close ends the connection; transactions fail with ErrClosed from then on.
func (b *i2cBus) Close() error { return b.link.close() }

// SetSpeed accepts any positive frequency: a socket has no clock.
func (b *i2cBus) SetSpeed(f physic.Frequency) error {
	if f <= 0 {
		return fmt.Errorf("speed %s of %s: must be positive", f, b.name)
	}
	return nil
}

// Tx writes w to the device and then reads r from it, either of which may be empty.
func (b *i2cBus) Tx(address uint16, w, r []byte) error {
	return b.link.tx(kindI2C, address, w, r)
}
