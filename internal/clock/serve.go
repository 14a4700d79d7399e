package clock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// maxConnections bounds what Serve accepts at once.
const maxConnections = 2 * maxParticipants

// helloTime is how long a connection may take to say its name.
const helloTime = 10 * time.Second

// Serve answers participants and observers on ln, a unix socket, until ctx is
// done; then it closes ln and all connections, and returns nil. The socket gives
// power over the time of the whole simulation: put it in a directory of its own.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	places := make(chan struct{}, maxConnections)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel() // before waiting
	for {
		c, err := ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return errors.Join(fmt.Errorf("serve simulated time: %w", err), ln.Close())
		}
		select {
		case places <- struct{}{}:
		default:
			c.Close()
			continue
		}
		wg.Go(func() {
			defer func() { <-places }()
			s.serveConn(ctx, c)
		})
	}
}

// session is one connection to the server.
type session struct {
	server *Server
	conn   net.Conn
	name   string // empty for an observer

	writeMu sync.Mutex // one message at a time

	waitMu sync.Mutex
	cancel context.CancelFunc // ends the wait under way; nil without one
	wg     sync.WaitGroup     // the wait under way
}

// serveConn speaks with one client until it hangs up, breaks the rules, or ctx is
// done. Errors need no reporting: they end the connection, which the client sees.
func (s *Server) serveConn(ctx context.Context, c net.Conn) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if c.SetReadDeadline(time.Now().Add(helloTime)) != nil {
		return
	}
	r := bufio.NewReaderSize(c, 512)
	name, err := readName(r)
	if err != nil {
		return
	}
	ses := &session{server: s, conn: c, name: name}
	if name != "" {
		if err := s.attach(name, ses); err != nil {
			ses.say(sayError, codeNotJoined)
			return
		}
		defer s.detach(name, ses)
	}
	if c.SetReadDeadline(time.Time{}) != nil {
		return
	}
	mode := int64(0)
	if s.free {
		mode = 1
	}
	ses.say(sayHello, mode)
	ctx, cancel := context.WithCancel(ctx)
	defer ses.wg.Wait()
	defer cancel()
	for {
		m, err := readMessage(r)
		if err != nil || !ses.answer(ctx, m) {
			return
		}
	}
}

// say sends a message; a failure shows in the next read.
func (ses *session) say(kind byte, number int64) {
	ses.writeMu.Lock()
	defer ses.writeMu.Unlock()
	_ = wireMessage{kind, number}.write(ses.conn)
}

// answer deals with one message; false ends the connection.
func (ses *session) answer(ctx context.Context, m wireMessage) bool {
	switch m.kind {
	case askNow:
		ses.say(sayNow, ses.server.nanos())
		return true
	case askStop:
		ses.waitMu.Lock()
		defer ses.waitMu.Unlock()
		if ses.cancel != nil {
			ses.cancel()
		}
		return true
	case askWait:
		return ses.startWait(ctx, m.number)
	}
	ses.say(sayError, codeProtocol)
	return false
}

// startWait waits in the background, so that the client can ask for the time or
// take the wait back meanwhile.
func (ses *session) startWait(ctx context.Context, at int64) bool {
	ses.waitMu.Lock()
	defer ses.waitMu.Unlock()
	if ses.cancel != nil {
		ses.say(sayError, codeBusy)
		return false
	}
	var w *waiter
	switch {
	case ses.server.free:
	case ses.name == "":
		w = ses.server.observe(at)
	default:
		var err error
		if w, err = ses.server.wait(ses.name, ses, at); err != nil {
			ses.say(sayError, codeNotJoined)
			return false
		}
	}
	waitCtx, cancel := context.WithCancel(ctx)
	ses.cancel = cancel
	ses.wg.Go(func() {
		kind := ses.finishWait(waitCtx, at, w)
		if kind == sayError {
			ses.say(sayError, codeNotJoined)
		}
		if kind == sayError || ctx.Err() != nil {
			ses.conn.Close() // of a server that stops, the client learns no more
			return
		}
		now := ses.server.nanos()
		// The client may wait again as soon as it is told, so first the place is freed.
		ses.waitMu.Lock()
		cancel()
		ses.cancel = nil
		ses.waitMu.Unlock()
		ses.say(kind, now)
	})
	return true
}

// finishWait waits for w, or for the free-running time, and returns what to tell
// the client.
func (ses *session) finishWait(ctx context.Context, at int64, w *waiter) (kind byte) {
	if w == nil {
		if ses.server.sleepUntil(ctx, at) != nil {
			return sayStop
		}
		return sayWoken
	}
	var err error
	select {
	case err = <-w.done:
	case <-ctx.Done():
		if ses.server.withdraw(ses.name, w) {
			return sayStop
		}
		err = <-w.done // it came at the same moment
	}
	if err != nil {
		return sayError
	}
	return sayWoken
}
