package clock

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// dialTime bounds the first exchange with the server.
const dialTime = 10 * time.Second

// Remote is a clock whose time comes from a Server over a unix socket. When
// the connection breaks it stays broken: WaitUntil fails with ErrGone, Now goes on
// showing the last time it knew, and the process should end.
type Remote struct {
	conn net.Conn
	path string
	// held is set for a participant in lock step: between its waits the time
	// stands still, so it need not ask for it.
	held bool

	nowMu   sync.Mutex // one askNow at a time
	writeMu sync.Mutex // one message at a time
	waitMu  sync.Mutex // one wait at a time; see TryLock

	nows  chan int64       // answers to askNow
	waits chan wireMessage // answers to askWait
	gone  chan struct{}    // closed when the connection is over

	mu      sync.Mutex // guards what follows
	err     error      // why; set before gone is closed
	last    int64      // last time heard of
	waiting bool       // a wait is under way, so last may be old
}

var _ Clock = (*Remote)(nil)

// Dial connects to the server at path as the participant name, which must have
// joined; an empty name makes an observer, who sees the time but doesn't hold it:
// its WaitUntil returns some time after t has come. A process that comes back after a
// crash dials under its old name and goes on.
func Dial(path, name string) (*Remote, error) {
	if len(name) > maxName {
		return nil, fmt.Errorf("join simulated time as %.80q: the name must be at most %d bytes", name, maxName)
	}
	d := net.Dialer{Timeout: dialTime}
	c, err := d.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("reach simulated time at %s: %w: %w", path, ErrGone, err)
	}
	r := &Remote{
		conn: c, path: path,
		nows: make(chan int64, 1), waits: make(chan wireMessage, 1), gone: make(chan struct{}),
	}
	if err := r.hello(name); err != nil {
		c.Close()
		return nil, fmt.Errorf("join simulated time at %s as %q: %w", path, name, err)
	}
	return r, nil
}

// hello exchanges the first messages and starts the reader. Each question waits
// for the answer before it: a server that refuses hangs up, and a write after that would
// fail before the refusal is read.
func (r *Remote) hello(name string) error {
	if err := r.conn.SetDeadline(time.Now().Add(dialTime)); err != nil {
		return err
	}
	in := bufio.NewReaderSize(r.conn, 512)
	if err := writeName(r.conn, name); err != nil {
		return err
	}
	mode, err := expect(in, sayHello)
	if err != nil {
		return err
	}
	if err := r.send(askNow, 0); err != nil {
		return err
	}
	if r.last, err = expect(in, sayNow); err != nil {
		return err
	}
	r.held = name != "" && mode == 0
	if err := r.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	go r.read(in)
	return nil
}

// expect reads one message of the kind wanted and returns its number.
func expect(in *bufio.Reader, want byte) (int64, error) {
	m, err := readMessage(in)
	switch {
	case err != nil:
		return 0, err
	case m.kind == sayError:
		return 0, codeError(m.number)
	case m.kind != want:
		return 0, codeError(codeProtocol)
	}
	return m.number, nil
}

// read hands out what the server says until the connection ends.
func (r *Remote) read(in *bufio.Reader) {
	for {
		m, err := readMessage(in)
		if err == nil {
			err = r.dispatch(m)
		}
		if err != nil {
			r.mu.Lock()
			r.err = fmt.Errorf("simulated time at %s: %w: %w", r.path, ErrGone, err)
			r.mu.Unlock()
			close(r.gone)
			r.conn.Close()
			return
		}
	}
}

// dispatch passes an answer on. Each question gets one answer, so there is room.
func (r *Remote) dispatch(m wireMessage) error {
	switch m.kind {
	case sayNow:
		select {
		case r.nows <- m.number:
			return nil
		default:
		}
	case sayWoken, sayStop:
		r.mu.Lock()
		r.last, r.waiting = m.number, false
		r.mu.Unlock()
		select {
		case r.waits <- m:
			return nil
		default:
		}
	case sayError:
		return codeError(m.number)
	}
	return codeError(codeProtocol)
}

func (r *Remote) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Source returns Simulated.
func (*Remote) Source() string { return Simulated }

// Now returns the current simulated time, or the last one known when the server is
// gone, which WaitUntil will say.
func (r *Remote) Now() time.Time {
	r.mu.Lock()
	last, known := r.last, r.held && !r.waiting
	r.mu.Unlock()
	if known {
		return fromNanos(last)
	}
	r.nowMu.Lock()
	defer r.nowMu.Unlock()
	if r.send(askNow, 0) != nil {
		return fromNanos(last)
	}
	select {
	case n := <-r.nows:
		return fromNanos(n)
	case <-r.gone:
		return fromNanos(last)
	}
}

func (r *Remote) send(kind byte, number int64) error {
	r.writeMu.Lock()
	defer r.writeMu.Unlock()
	return wireMessage{kind, number}.write(r.conn)
}

// WaitUntil tells the server that all work before t is done and waits for t. Only
// one wait at a time is possible, others get ErrBusy: a process is one
// participant. When ctx ends the wait, the process counts as at work again.
func (r *Remote) WaitUntil(ctx context.Context, t time.Time) error {
	if !r.waitMu.TryLock() {
		return ErrBusy
	}
	defer r.waitMu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.mu.Lock()
	err := r.err
	r.waiting = err == nil
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if err := r.send(askWait, nanos(t)); err != nil {
		r.conn.Close() // the reader finds out
		<-r.gone
		return r.failure()
	}
	stop := ctx.Done()
	for {
		select {
		case m := <-r.waits:
			switch {
			case m.kind == sayWoken:
				return nil
			case ctx.Err() != nil:
				return context.Cause(ctx)
			}
			// Nobody took the wait back, so the time has not come.
			return fmt.Errorf("simulated time at %s: %w: it ended a wait early", r.path, ErrGone)
		case <-r.gone:
			return r.failure()
		case <-stop:
			stop = nil // once; the server answers, with the one or the other
			if r.send(askStop, 0) != nil {
				r.conn.Close()
			}
		}
	}
}

// Close hangs up. For the server a participant that hung up is one that was
// killed: the time waits for it until it is back, or Leave.
func (r *Remote) Close() error {
	err := r.conn.Close()
	<-r.gone
	return err
}
