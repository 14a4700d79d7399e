package main

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of a server that strangers can reach. Whoever holds connections open without asking for anything would take the files that
// ledger and witness need, and both end when they can't write.
const (
	maxConnections = 512
	maxHeaderBytes = 16 << 10
	headerLimit    = 5 * time.Second
	bodyLimit      = 30 * time.Second
	idleLimit      = time.Minute
)

// newServer returns a server of the handler. An answer takes no longer than write, from the end of the request's header on.
func newServer(h http.Handler, write time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerLimit, ReadTimeout: bodyLimit, WriteTimeout: write, IdleTimeout: idleLimit,
		MaxHeaderBytes: maxHeaderBytes,
	}
}

// listenTCP listens at an address, for so many connections at once; more wait.
func listenTCP(address string, connections int) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return &boundedListener{Listener: l, free: make(chan struct{}, connections), closed: make(chan struct{})}, nil
}

// boundedListener accepts a connection when fewer than so many are open.
type boundedListener struct {
	net.Listener
	free   chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept waits for a connection to end if there are too many.
func (l *boundedListener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &boundedConn{Conn: c, free: l.free}, nil
}

// Close lets waiting Accepts go.
func (l *boundedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// boundedConn makes room when it is closed.
type boundedConn struct {
	net.Conn
	once sync.Once
	free chan struct{}
}

// Close makes room for another connection, once.
func (c *boundedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.free })
	return err
}
