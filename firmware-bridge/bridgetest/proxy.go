package bridgetest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy stands between a driver and its device on TCP. A test can cut it, and send it to another address while the driver
// keeps dialling the same one.
type Proxy struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex // guards what follows
	target string     // "" while cut
	conns  map[net.Conn]bool
}

// NewProxy starts a proxy to target on a port of its own, until the test ends.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: target, conns: make(map[net.Conn]bool)}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.wg.Wait()
	})
	return p
}

// Addr returns the host and port to dial.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut ends all connections and hangs up on new ones until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = ""
	for c := range p.conns {
		c.Close()
	}
}

// Mend lets connections through again, to target.
func (p *Proxy) Mend(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.forward(c) })
	}
}

// forward copies both ways until either side ends.
func (p *Proxy) forward(c net.Conn) {
	defer c.Close()
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	if target == "" {
		return
	}
	d, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer d.Close()
	if !p.keep(target, c, d) {
		return
	}
	defer p.forget(c, d)
	p.wg.Go(func() {
		io.Copy(d, c)
		d.Close()
	})
	io.Copy(c, d)
}

// keep enters connections for Cut, unless that came first.
func (p *Proxy) keep(target string, conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.target != target {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}
