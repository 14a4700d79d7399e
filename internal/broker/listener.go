package broker

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// listener accepts connections for mochi-mqtt in place of its own listener, which
// stops for good at the first failed accept, gives a silent connection no
// deadline, waits for it in vain when it stops, and lets a panic in one connection
// take the process along.
type listener struct {
	addr     string
	tls      *tls.Config
	maxConns int
	log      *slog.Logger
	wg       sync.WaitGroup // one for each connection

	mu     sync.Mutex // guards what follows
	ln     net.Listener
	conns  map[*conn]struct{}
	closed bool
}

// conn is a client's connection, and the password it came with, which the access
// rule wants to see and mochi-mqtt doesn't keep.
type conn struct {
	net.Conn
	password string // set once, before the session starts
}

var _ listeners.Listener = (*listener)(nil)

func newListener(addr string, cfg *tls.Config, maxConns int, log *slog.Logger) *listener {
	return &listener{addr: addr, tls: cfg, maxConns: maxConns, log: log, conns: map[*conn]struct{}{}}
}

// ID names the listener inside mochi-mqtt.
func (*listener) ID() string { return "gauger" }

// Protocol names the transport in mochi's log.
func (*listener) Protocol() string { return "tcp" }

// Init binds the address.
func (l *listener) Init(*slog.Logger) error {
	ln, err := net.Listen("tcp", l.addr)
	if err != nil {
		return err
	}
	l.addr = ln.Addr().String()
	if l.tls != nil {
		ln = tls.NewListener(ln, l.tls)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ln = ln
	return nil
}

// Address returns the address with its port once Init was called.
func (l *listener) Address() string { return l.addr }

// Serve accepts until Close.
func (l *listener) Serve(establish listeners.EstablishFn) {
	pause := time.Millisecond
	for {
		nc, err := l.ln.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// Out of file descriptors, most likely: it passes.
			l.log.Warn("accept failed, will try again", "error", err)
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		pause = time.Millisecond
		c := &conn{Conn: nc}
		if !l.add(c) {
			nc.Close()
			continue
		}
		go l.serve(c, establish)
	}
}

// add counts c in, or says that there is no room for it.
func (l *listener) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if len(l.conns) >= l.maxConns {
		l.log.Warn("too many clients, connection refused", "limit", l.maxConns)
		return false
	}
	l.conns[c] = struct{}{}
	l.wg.Add(1)
	return true
}

// serve runs one connection to its end. mochi decodes and routes a client's
// packets in this goroutine, so whatever a packet breaks, it breaks this client.
func (l *listener) serve(c *conn, establish listeners.EstablishFn) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("connection ended by a panic in the broker", "panic", p, "stack", string(debug.Stack()))
		}
		c.Close()
		l.mu.Lock()
		delete(l.conns, c)
		l.mu.Unlock()
		l.wg.Done()
	}()
	// mochi replaces this deadline by the keep-alive's after CONNECT.
	if err := c.SetDeadline(time.Now().Add(handshakeTime)); err != nil {
		return
	}
	err := establish(l.ID(), c)
	l.log.Debug("connection ended", "remote", c.RemoteAddr().String(), "error", err)
}

// Close frees the address, cuts all connections and waits for them. It does not
// use closeClients, which writes to each client first and may block on one that
// doesn't read, and doesn't know connections that never said CONNECT.
func (l *listener) Close(listeners.CloseFn) {
	l.mu.Lock()
	l.closed = true
	l.ln.Close()
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}
