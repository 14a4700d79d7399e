package story

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/internal/clock"
)

// Options say how to play.
type Options struct {
	Scenario *Scenario
	Source   []byte // the scenario file, for the children
	Dir      string // where everything is kept; must be empty
	Program  string // the gauger binary
	Env      []string
	Progress io.Writer
	Broker   string  // another broker than ours, "tcp://..."
	Speed    float64 // simulated seconds a second; 0: lock step
	Faults   []Fault
}

// Fault breaks something at an instant of simulated time.
type Fault struct {
	At     time.Time
	Target string        // "edge:<site>", "cloud", "broker"
	Down   time.Duration // simulated time until it starts again; 0: at once, as it must be for an edge in lock step
}

// World is a story being played.
type World struct {
	options    Options
	scenario   *Scenario
	dir        string
	sockets    string // short path for unix sockets
	clock      *clock.Server
	conductor  clock.Clock
	children   *children
	cloudKey   ed25519.PrivateKey
	registries map[string][]map[string]any
	api        string
	broker     string
	modbus     map[string]string
	papers     map[string]filedPaper    // by act
	stated     map[string]custody.Event // by id, of the traffic

	brokerListen string
	taken        []net.Listener
	stopClock    context.CancelFunc
}

// filedPaper is a paper or ticket that an act has made.
type filedPaper struct {
	hash string // SHA-256 of the signed paper, or of the encoded ticket
	file string // below papers/
}

// happening is something that the conductor does at an instant.
type happening struct {
	at    time.Time
	order int
	do    func(context.Context) error
}

// New lays a world out. Close must be called.
func New(ctx context.Context, o Options) (*World, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("directory %s is not empty: name another with --dir, or remove it", dir)
	}
	w := &World{
		options: o, scenario: o.Scenario, dir: dir, broker: o.Broker, registries: map[string][]map[string]any{},
		modbus: map[string]string{}, papers: map[string]filedPaper{}, stated: map[string]custody.Event{},
	}
	for _, f := range o.Faults {
		if f.Down > 0 && w.waitsFor(f.Target) {
			return nil, fmt.Errorf("fault: %s can't be down for %s, time waits for it: give the clock a speed", f.Target, f.Down)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	// Unix sockets have short names: they are kept outside of a directory that may be deep.
	if w.sockets, err = os.MkdirTemp("", "gauger"); err != nil {
		return nil, err
	}
	if err := w.setup(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.sockets))
	}
	return w, os.WriteFile(w.path("scenario.yaml"), o.Source, 0o644)
}

// Play plays the story to its end. The broker and the cloud run on afterwards, until Close.
func (w *World) Play(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	w.children = &children{program: w.options.Program, env: w.options.Env, logs: w.path("logs"), all: map[string]*process{}, fail: fail}
	if err := w.startClock(ctx); err != nil {
		return err
	}
	err := w.startServers(ctx)
	if err == nil {
		err = w.signRegistries(ctx)
	}
	for _, h := range w.happenings() {
		if err == nil {
			err = w.conductor.WaitUntil(ctx, h.at)
		}
		if err == nil {
			err = h.do(ctx)
		}
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// Close ends everything that runs.
func (w *World) Close() error {
	if w.children != nil {
		w.children.stopAll()
	}
	if w.stopClock != nil {
		w.stopClock()
	}
	return os.RemoveAll(w.sockets)
}

func (w *World) startClock(ctx context.Context) error {
	var options []clock.ServerOption
	if w.options.Speed > 0 {
		options = append(options, clock.FreeRunning(w.options.Speed))
	}
	w.clock = clock.NewServer(w.scenario.Start.Time, options...)
	if err := w.clock.Join("conductor"); err != nil {
		return err
	}
	w.conductor = w.clock.Local("conductor")
	l, err := net.Listen("unix", w.clockSocket())
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stopClock = stop
	go func() {
		if err := w.clock.Serve(serving, l); err != nil {
			w.children.fail(err)
		}
	}()
	return nil
}

func (w *World) clockSocket() string { return filepath.Join(w.sockets, "clock") }

func (w *World) startServers(ctx context.Context) error {
	if w.brokerListen != "" {
		if _, err := w.children.start("broker", w.dir, "broker", "--listen", w.brokerListen); err != nil {
			return err
		}
	}
	if _, err := w.children.start("cloud", w.path("cloud"), "cloud", "--config", "cloud.yaml"); err != nil {
		return err
	}
	return w.cloudAnswers(ctx)
}

// patience bounds, in real time, how long the conductor waits for something that must come.
const patience = 2 * time.Minute

// cloudAnswers waits until the cloud is healthy.
func (w *World) cloudAnswers(ctx context.Context) error {
	return w.until(ctx, "the cloud answers", func() error {
		res, err := http.Get(w.url() + "/v1/health")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return errors.New(res.Status)
		}
		return nil
	})
}

// until tries something again until it succeeds or patience ends. Simulated time stands still meanwhile.
func (w *World) until(ctx context.Context, what string, try func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s until %s: %w", patience, what, err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// happenings lists what happens when: sites open and close, parties act, faults strike.
func (w *World) happenings() []happening {
	all := w.traffic()
	add := func(at time.Time, order int, do func(context.Context) error) {
		all = append(all, happening{at, order, do})
	}
	for i := range w.scenario.Sites {
		s := &w.scenario.Sites[i]
		add(s.Opens.Time, 0, func(ctx context.Context) error { return w.openSite(ctx, s) })
		add(s.Closes.Time, 2, func(context.Context) error { return w.closeSite(s) })
	}
	for i := range w.scenario.Acts {
		a := &w.scenario.Acts[i]
		add(a.At.Time, 3, func(ctx context.Context) error {
			w.say(a.At, "%s %s", a.ID, a.Note)
			if err := w.act(ctx, a, i); err != nil {
				return fmt.Errorf("act %s: %w", a.ID, err)
			}
			return nil
		})
	}
	for _, f := range w.options.Faults {
		add(f.At, 1, func(ctx context.Context) error { return w.strike(ctx, f.Target) })
		add(f.At.Add(f.Down), 1, func(ctx context.Context) error { return w.revive(ctx, f.Target) })
	}
	slices.SortStableFunc(all, func(a, b happening) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.order, b.order))
	})
	return all
}

func (w *World) say(at Time, format string, args ...any) {
	if w.options.Progress != nil {
		fmt.Fprintf(w.options.Progress, "%s  %s\n", at.Format("2006-01-02 15:04 -0700"), fmt.Sprintf(format, args...))
	}
}

func (w *World) openSite(ctx context.Context, s *Site) error {
	w.say(s.Opens, "%s: gateway switched on", s.Name)
	for _, p := range s.Points {
		if p.Instruments == "mqtt" {
			if err := w.clock.Join("meter:" + s.ID); err != nil {
				return err
			}
		}
	}
	meters, err := w.children.start("meters:"+s.ID, w.dir, "meters", "--scenario", "scenario.yaml", "--site", s.ID, "--sockets", w.sockets,
		"--clock", w.clockSocket(), "--broker", w.broker, "--modbus", w.modbus[s.ID])
	if err != nil {
		return err
	}
	if err := meters.ready(ctx); err != nil {
		return err
	}
	if err := w.edgeConfig(s); err != nil {
		return err
	}
	return w.startEdge(s)
}

func (w *World) startEdge(s *Site) error {
	if err := w.clock.Join("edge:" + s.ID); err != nil {
		return err
	}
	_, err := w.children.start("edge:"+s.ID, w.path("sites", s.ID), "edge", "--config", "edge.yaml", "--clock", w.clockSocket(),
		"--name", "edge:"+s.ID, fmt.Sprintf("--patient=%t", w.options.Speed == 0))
	return err
}

// newProduct has a site's operator change a base density in the gateway's configuration and start the gateway again.
func (w *World) newProduct(p *Product) error {
	s := w.scenario.site(p.Site)
	if err := w.children.all["edge:"+s.ID].end(syscall.SIGTERM); err != nil {
		return err
	}
	w.clock.Leave("edge:" + s.ID)
	s.point(p.Point).BaseDensity = p.BaseDensity
	if err := w.edgeConfig(s); err != nil {
		return err
	}
	return w.startEdge(s)
}

// closeSite switches a gateway off: it batches what is left and waits for its receipts.
func (w *World) closeSite(s *Site) error {
	w.say(s.Closes, "%s: gateway switched off", s.Name)
	if err := w.children.all["edge:"+s.ID].end(syscall.SIGTERM); err != nil {
		return err
	}
	w.clock.Leave("edge:" + s.ID)
	err := w.children.all["meters:"+s.ID].end(syscall.SIGTERM)
	w.clock.Leave("meter:" + s.ID) // after its end: a participant that was struck off may not wait any more
	return err
}

// strike kills a process as a power cut would.
func (w *World) strike(ctx context.Context, target string) error {
	p := w.children.all[target]
	if p == nil {
		return fmt.Errorf("fault: %s does not run", target)
	}
	if err := p.end(syscall.SIGKILL); err != nil {
		return err
	}
	if !w.waitsFor(target) {
		return nil
	}
	// The clock hears of the end a moment later: until then it takes a gateway that was waiting for one that still waits.
	return w.until(ctx, "the clock misses "+target, func() error {
		if !slices.Contains(w.clock.Holders(), target) {
			return errors.New("it still counts as waiting")
		}
		return nil
	})
}

// waitsFor reports whether simulated time stands still while a process is down.
func (w *World) waitsFor(target string) bool {
	return w.options.Speed == 0 && strings.HasPrefix(target, "edge:")
}

func (w *World) revive(ctx context.Context, target string) error {
	if err := w.children.run(w.children.all[target]); err != nil {
		return err
	}
	if target == "cloud" {
		return w.cloudAnswers(ctx)
	}
	return nil
}
