package clock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }

// serve starts s on a socket and returns its path.
func serve(t testing.TB, s *Server) (path string, stop func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "time")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return path, stop
}

func join(t testing.TB, s *Server, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := s.Join(name); err != nil {
			t.Fatal(err)
		}
	}
}

func dial(t testing.TB, path, name string) *Remote {
	t.Helper()
	r, err := Dial(path, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// waiting starts a wait in the background.
func waiting(t testing.TB, c Clock, until time.Time) <-chan error {
	done := make(chan error, 1)
	go func() { done <- c.WaitUntil(t.Context(), until) }()
	return done
}

// holders waits until exactly these participants hold the time.
func holders(t testing.TB, s *Server, names ...string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		got := s.Holders()
		if slices.Equal(got, names) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the time waits for %q, want %q", got, names)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func recv[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func ok(t testing.TB, ch <-chan error) {
	t.Helper()
	if err := recv(t, ch); err != nil {
		t.Fatal(err)
	}
}

func showing(t testing.TB, c interface{ Now() time.Time }, want time.Time) {
	t.Helper()
	if got := c.Now(); !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("the clock shows %v, want %v", got, want)
	}
}

func TestReal(t *testing.T) {
	c := Real()
	if c.Source() != "system" || (&Remote{}).Source() != "simulated" || NewServer(epoch).Local("x").Source() != "simulated" {
		t.Error("wrong source")
	}
	start := c.Now()
	if start.Location() != time.UTC || strings.Contains(start.String(), "m=") {
		t.Errorf("now is %v, want UTC without monotonic time", start)
	}
	goal := start.Add(3 * time.Millisecond)
	if err := c.WaitUntil(t.Context(), goal); err != nil || c.Now().Before(goal) {
		t.Errorf("woken at %v, %v; want %v", c.Now(), err, goal)
	}
	if err := c.WaitUntil(t.Context(), start.Add(-time.Hour)); err != nil {
		t.Errorf("waiting for the past: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.WaitUntil(ctx, start.Add(time.Hour)) }()
	cancel()
	if err := recv(t, done); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled wait: %v", err)
	}
}

// TestLockStep runs random participants, in this process and over the socket, to
// their ends: they are woken in the order of time, exactly when they
// wanted, and never while another is at work on something earlier.
func TestLockStep(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := NewServer(epoch)
		path, stop := serve(t, s)
		defer stop()
		type wake struct {
			who      int
			now, due time.Time
		}
		var mu sync.Mutex
		var wakes []wake
		total := 0
		var wg sync.WaitGroup
		for who := range rapid.IntRange(1, 5).Draw(rt, "participants") {
			name := fmt.Sprint("p", who)
			steps := rapid.SliceOfN(rapid.IntRange(-2, 9), 1, 12).Draw(rt, "steps of "+name)
			total += len(steps)
			join(t, s, name)
			c := s.Local(name)
			if rapid.Bool().Draw(rt, name+" is remote") {
				c = dial(t, path, name)
			}
			wg.Go(func() {
				defer s.Leave(name)
				for _, step := range steps {
					before := c.Now()
					due := before.Add(time.Duration(step) * time.Second)
					if err := c.WaitUntil(t.Context(), due); err != nil {
						t.Error(err)
					}
					mu.Lock()
					now := c.Now()
					wakes = append(wakes, wake{who, now, due})
					mu.Unlock()
					if want := maxTime(due, before); !now.Equal(want) {
						t.Errorf("%s woken at %v, want %v", name, now, want)
					}
				}
			})
		}
		wg.Wait()
		if len(wakes) != total {
			t.Errorf("%d wake-ups, want %d", len(wakes), total)
		}
		if !slices.IsSortedFunc(wakes, func(a, b wake) int { return a.now.Compare(b.now) }) {
			t.Errorf("wake-ups out of order: %v", wakes)
		}
	})
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestTimeWaitsForTheAbsent(t *testing.T) {
	s := NewServer(epoch)
	path, _ := serve(t, s)
	join(t, s, "edge", "meter")
	holders(t, s, "edge", "meter")
	meter := s.Local("meter")
	atFive := waiting(t, meter, at(5))
	holders(t, s, "edge") // not started yet
	showing(t, s, at(0))

	edge := dial(t, path, "edge")
	atTen := waiting(t, edge, at(10))
	ok(t, atFive)
	showing(t, meter, at(5))

	if err := edge.Close(); err != nil { // killed while it waits
		t.Fatal(err)
	}
	if err := recv(t, atTen); !errors.Is(err, ErrGone) {
		t.Errorf("the wait of a dead connection: %v", err)
	}
	holders(t, s, "edge", "meter")
	atTwenty := waiting(t, meter, at(20))
	holders(t, s, "edge")
	showing(t, s, at(5))

	edge = dial(t, path, "edge")
	showing(t, edge, at(5))
	atTen = waiting(t, edge, at(10))
	ok(t, atTen)
	showing(t, edge, at(10))
	holders(t, s, "edge")

	s.Leave("edge") // for good, while at work
	ok(t, atTwenty)
	showing(t, s, at(20))
	if err := edge.WaitUntil(t.Context(), at(30)); !errors.Is(err, ErrGone) {
		t.Errorf("a participant struck off waits: %v", err)
	}
	s.Leave("edge")
	join(t, s, "edge") // the name is free again
}

func TestRestartedProcessReplacesItsOldConnection(t *testing.T) {
	s := NewServer(epoch)
	path, _ := serve(t, s)
	join(t, s, "edge", "meter")
	old := dial(t, path, "edge")
	oldWait := waiting(t, old, at(10))
	holders(t, s, "meter")
	fresh := dial(t, path, "edge")
	if err := recv(t, oldWait); !errors.Is(err, ErrNotJoined) {
		t.Errorf("wait of the old connection: %v, want ErrNotJoined", err)
	}
	holders(t, s, "edge", "meter")
	freshWait := waiting(t, fresh, at(10))
	holders(t, s, "meter")
	fresher := dial(t, path, "edge")
	recv(t, freshWait)
	dial(t, path, "edge") // replaces one that does not wait
	<-fresher.gone
	holders(t, s, "edge", "meter")
}

func TestTakingAWaitBack(t *testing.T) {
	s := NewServer(epoch)
	path, _ := serve(t, s)
	join(t, s, "local", "remote", "holder")
	for name, c := range map[string]Clock{"local": s.Local("local"), "remote": dial(t, path, "remote"), "observer": dial(t, path, "")} {
		for range 20 {
			ctx, cancel := context.WithCancelCause(t.Context())
			stopped := errors.New("stopped")
			done := make(chan error, 1)
			go func() { done <- c.WaitUntil(ctx, at(10)) }()
			if rand.IntN(2) == 0 {
				time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
			}
			cancel(stopped)
			if err := recv(t, done); !errors.Is(err, stopped) {
				t.Errorf("%s: %v, want the cause of the cancellation", name, err)
			}
			showing(t, c, at(0))
		}
		holders(t, s, "holder", "local", "remote")
	}
	if n := len(s.observers); n > 0 {
		t.Errorf("%d observers are still waited for", n)
	}
}

func TestObserversSeeButDoNotHold(t *testing.T) {
	s := NewServer(epoch)
	path, _ := serve(t, s)
	o := dial(t, path, "")
	showing(t, o, at(0))
	join(t, s, "p")
	p := s.Local("p")
	seen := waiting(t, o, at(7))
	for _, step := range []int{5, 10, 15} {
		if err := p.WaitUntil(t.Context(), at(step)); err != nil {
			t.Fatal(err)
		}
		showing(t, o, at(step))
	}
	ok(t, seen)
	ok(t, waiting(t, o, at(3))) // long past
}

func TestNowWhileWaiting(t *testing.T) {
	s := NewServer(epoch)
	path, _ := serve(t, s)
	join(t, s, "a", "b")
	a := dial(t, path, "a")
	long := waiting(t, a, at(100))
	b := s.Local("b")
	for step := 10; step < 100; step += 10 {
		if err := b.WaitUntil(t.Context(), at(step)); err != nil {
			t.Fatal(err)
		}
		showing(t, a, at(step)) // another goroutine of process a looks at its clock
	}
	if err := a.WaitUntil(t.Context(), at(1)); !errors.Is(err, ErrBusy) {
		t.Errorf("second wait of one participant: %v, want ErrBusy", err)
	}
	last := waiting(t, b, at(100))
	ok(t, long)
	ok(t, last)
}

func TestNames(t *testing.T) {
	s := NewServer(epoch)
	path, _ := serve(t, s)
	for _, name := range []string{"", strings.Repeat("x", 65)} {
		if err := s.Join(name); err == nil {
			t.Errorf("joined as %q", name)
		}
	}
	long := strings.Repeat("x", 64)
	join(t, s, long)
	dial(t, path, long)
	if err := s.Join(long); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("joined twice: %v", err)
	}
	if _, err := Dial(path, long+"x"); err == nil {
		t.Error("dialled with a name too long")
	}
	if _, err := Dial(path, "stranger"); !errors.Is(err, ErrNotJoined) {
		t.Errorf("a stranger dialled: %v, want ErrNotJoined", err)
	}
	if err := s.Local("stranger").WaitUntil(t.Context(), at(1)); !errors.Is(err, ErrNotJoined) {
		t.Errorf("a stranger waits: %v, want ErrNotJoined", err)
	}
	join(t, s, "local")
	first := waiting(t, s.Local("local"), at(1))
	holders(t, s, long)
	if err := s.Local("local").WaitUntil(t.Context(), at(2)); !errors.Is(err, ErrBusy) {
		t.Errorf("second wait: %v, want ErrBusy", err)
	}
	s.Leave("local")
	if err := recv(t, first); !errors.Is(err, ErrNotJoined) {
		t.Errorf("the wait of one struck off: %v, want ErrNotJoined", err)
	}
}

func TestServerGone(t *testing.T) {
	s := NewServer(epoch)
	path, stop := serve(t, s)
	join(t, s, "p", "q")
	p, o := dial(t, path, "p"), dial(t, path, "")
	waits := []<-chan error{waiting(t, o, at(1)), waiting(t, p, at(10))}
	holders(t, s, "q")
	stop()
	for _, wait := range waits {
		if err := recv(t, wait); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), path) {
			t.Errorf("wait: %v, want ErrGone naming %s", err, path)
		}
	}
	if err := p.WaitUntil(t.Context(), at(11)); !errors.Is(err, ErrGone) {
		t.Errorf("next wait: %v, want ErrGone", err)
	}
	showing(t, p, at(0))
	showing(t, o, at(0))
	if _, err := Dial(path, "p"); !errors.Is(err, ErrGone) {
		t.Errorf("Dial: %v, want ErrGone", err)
	}
}

func TestFarAwayTimes(t *testing.T) {
	s := NewServer(epoch)
	join(t, s, "p")
	p := s.Local("p")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.WaitUntil(ctx, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) }()
	holders(t, s)
	showing(t, s, at(0)) // when all wait for ever, nothing happens
	cancel()
	if err := recv(t, done); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for ever: %v", err)
	}
	if err := p.WaitUntil(t.Context(), time.Time{}); err != nil {
		t.Errorf("waiting for the year 1: %v", err)
	}
}

func TestFreeRunning(t *testing.T) {
	s := NewServer(epoch, FreeRunning(1e6))
	path, _ := serve(t, s)
	join(t, s, "local", "remote", "absent")
	for _, c := range []Clock{s.Local("local"), dial(t, path, "remote"), dial(t, path, "")} {
		goal := c.Now().Add(time.Hour) // 3.6 ms
		if err := c.WaitUntil(t.Context(), goal); err != nil || c.Now().Before(goal) {
			t.Errorf("woken at %v, %v; want %v or later", c.Now(), err, goal)
		}
	}
	fast := NewServer(epoch, FreeRunning(1e300))
	if y := fast.Now().Year(); y > 2262 {
		t.Errorf("the year is %d", y)
	}
	for _, speed := range []float64{0, -1} {
		still := NewServer(epoch, FreeRunning(speed))
		join(t, still, "p")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := still.Local("p").WaitUntil(ctx, at(1)); !errors.Is(err, context.Canceled) {
			t.Errorf("speed %v: %v", speed, err)
		}
		showing(t, still, epoch)
	}
	join(t, s, "p2")
	r := dial(t, path, "p2")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.WaitUntil(ctx, epoch.AddDate(200, 0, 0)) }()
	cancel()
	if err := recv(t, done); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled wait: %v", err)
	}
}
