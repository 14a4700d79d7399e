package clock

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// maxName bounds the name of a participant, in bytes.
const maxName = 64

// maxParticipants bounds their number.
const maxParticipants = 4096

// Server is a simulated time. In lock step, which is the default, the time moves
// only when every participant waits, and then to the earliest moment any of them
// waits for; those who wait for it are woken together. A participant is who was
// named by Join, whether its process runs or not: one that is not there, or was killed,
// holds the time until it is back and waits, or Leave strikes it off. Without
// participants the time stands still. All methods may be called at once.
type Server struct {
	start   int64
	speed   float64   // of free running; used when free is set
	free    bool      // fixed at NewServer
	started time.Time // real time of NewServer

	mu        sync.Mutex // guards what follows
	now       int64      // in lock step
	parts     map[string]*participant
	observers map[*waiter]struct{}
}

// participant is someone for whom the time waits.
type participant struct {
	name   string
	wait   *waiter  // nil while it is at work, or away
	holder *session // the connection that speaks for it; nil for a local one, or an absent one
}

// waiter is one wait.
type waiter struct {
	at   int64
	done chan error // holds one value: nil when the time has come
}

func newWaiter(at int64) *waiter { return &waiter{at: at, done: make(chan error, 1)} }

// ServerOption changes a Server.
type ServerOption func(*Server)

// FreeRunning makes the time run by itself, speed times as fast as the real one,
// and wait for nobody. With a speed that is not a positive number it stands still.
func FreeRunning(speed float64) ServerOption {
	return func(s *Server) {
		s.free = true
		if speed > 0 && !math.IsInf(speed, 0) {
			s.speed = speed
		}
	}
}

// NewServer returns a simulated time that begins at start.
func NewServer(start time.Time, opts ...ServerOption) *Server {
	s := &Server{
		start: nanos(start), started: time.Now(), now: nanos(start),
		parts: map[string]*participant{}, observers: map[*waiter]struct{}{},
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// Join makes name, of 1 to 64 bytes, a participant. Call it before the
// participant's process starts, so that the time doesn't run away in between.
func (s *Server) Join(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("join simulated time as %.80q: the name must be 1 to %d bytes", name, maxName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parts[name] != nil {
		return fmt.Errorf("join simulated time as %q: the name is taken", name)
	}
	if len(s.parts) >= maxParticipants {
		return fmt.Errorf("join simulated time as %q: there are %d participants already, the limit", name, maxParticipants)
	}
	s.parts[name] = &participant{name: name}
	return nil
}

// Leave strikes name off: the time waits for it no more, its waits fail with
// ErrNotJoined, and its connection is closed. Unknown names are ignored.
func (s *Server) Leave(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parts[name]
	if p == nil {
		return
	}
	delete(s.parts, name)
	s.release(p)
	s.advance()
}

// Now returns the current simulated time.
func (s *Server) Now() time.Time { return fromNanos(s.nanos()) }

func (s *Server) nanos() int64 {
	if s.free {
		elapsed := s.speed * float64(time.Since(s.started))
		if elapsed >= float64(math.MaxInt64-max(s.start, 0)) {
			return math.MaxInt64
		}
		return s.start + int64(elapsed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Holders returns the names of the participants the time waits for, sorted: those at
// work, and those who are away. Whoever wonders why the time stands still asks
// here.
func (s *Server) Holders() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, p := range s.parts {
		if p.wait == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Local returns the clock of the participant name in the process of the server. The name
// must have joined; WaitUntil fails with ErrNotJoined otherwise.
func (s *Server) Local(name string) Clock { return localClock{s, name} }

type localClock struct {
	server *Server
	name   string
}

var _ Clock = localClock{}

func (c localClock) Now() time.Time { return c.server.Now() }

func (c localClock) Source() string { return Simulated }

func (c localClock) WaitUntil(ctx context.Context, t time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c.server.free {
		return c.server.sleepUntil(ctx, nanos(t))
	}
	w, err := c.server.wait(c.name, nil, nanos(t))
	if err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		if c.server.withdraw(c.name, w) {
			return context.Cause(ctx)
		}
		return <-w.done // it came at the same moment
	}
}

// sleepUntil waits in free running.
func (s *Server) sleepUntil(ctx context.Context, at int64) error {
	for {
		now := s.nanos()
		if at <= now {
			return nil
		}
		real := float64(time.Second)
		if s.speed > 0 { // the difference of two int64 may overflow, of two float64 not
			real = min(real, math.Ceil((float64(at)-float64(now))/s.speed))
		}
		if err := sleep(ctx, time.Duration(max(real, 1))); err != nil {
			return err
		}
	}
}

// wait says that participant name, for whom holder speaks, is done up to at.
func (s *Server) wait(name string, holder *session, at int64) (*waiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parts[name]
	switch {
	case p == nil || p.holder != holder:
		return nil, fmt.Errorf("%q: %w", name, ErrNotJoined)
	case p.wait != nil:
		return nil, fmt.Errorf("%q: %w", name, ErrBusy)
	}
	w := newWaiter(at)
	if at <= s.now {
		w.done <- nil
		return w, nil
	}
	p.wait = w
	s.advance()
	return w, nil
}

// observe waits without holding the time.
func (s *Server) observe(at int64) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := newWaiter(at)
	if at <= s.now {
		w.done <- nil
	} else {
		s.observers[w] = struct{}{}
	}
	return w
}

// withdraw takes a wait back, so that its participant counts as at work again. It
// returns false when the wait has ended already.
func (s *Server) withdraw(name string, w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.observers[w]; ok {
		delete(s.observers, w)
		return true
	}
	p := s.parts[name]
	if p == nil || p.wait != w {
		return false
	}
	p.wait = nil
	return true
}

// advance moves the time if everybody waits; s.mu is held. Whoever is woken is at
// work then, so one step is all there can be.
func (s *Server) advance() {
	if s.free || len(s.parts) == 0 {
		return
	}
	next := int64(math.MaxInt64)
	for _, p := range s.parts {
		if p.wait == nil {
			return
		}
		next = min(next, p.wait.at)
	}
	if next == math.MaxInt64 {
		return // all wait for ever
	}
	s.now = next
	for _, p := range s.parts {
		if p.wait.at <= next {
			p.wait.done <- nil
			p.wait = nil
		}
	}
	for w := range s.observers {
		if w.at <= next {
			w.done <- nil
			delete(s.observers, w)
		}
	}
}

// attach makes holder the connection that speaks for name. One that did so before
// is closed: its process was killed, or is about to be.
func (s *Server) attach(name string, holder *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parts[name]
	if p == nil {
		return fmt.Errorf("%q: %w", name, ErrNotJoined)
	}
	s.release(p)
	p.holder = holder
	return nil
}

// detach notes that the connection holder is over. Its participant stays, and
// holds the time from now on.
func (s *Server) detach(name string, holder *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.parts[name]; p != nil && p.holder == holder {
		s.release(p)
	}
}

// release ends the wait of p without its time having come, and its connection;
// s.mu is held. A connection that waits is told why and then closed by its session.
func (s *Server) release(p *participant) {
	if p.wait != nil {
		p.wait.done <- fmt.Errorf("%q: %w", p.name, ErrNotJoined)
	} else if p.holder != nil {
		p.holder.conn.Close()
	}
	p.wait, p.holder = nil, nil
}
