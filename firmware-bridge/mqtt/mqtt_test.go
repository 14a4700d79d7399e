package mqtt_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/bridgetest"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/mqtt"
	"github.com/gauger/gauger/firmware-bridge/mqtt/sim"
	"github.com/gauger/gauger/internal/broker"
	"github.com/gauger/gauger/internal/mqttlink"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // links and brokers report every cut
	os.Exit(m.Run())
}

// world is a meter, a broker, and the clock that meter and driver share.
type world struct {
	t      testing.TB
	broker *broker.Broker
	proxy  *bridgetest.Proxy // in front of the broker, for the driver
	config mqtt.Config
	meter  *sim.Meter

	mu    sync.Mutex
	truth meter.State
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, truth: meter.State{
		Time: time.Date(2024, 3, 2, 8, 0, 0, 0, time.UTC), Totaliser: 66_277_065, TemperatureC: 4, PressureKPa: 350.5,
	}}
	if err := yaml.UnmarshalWithOptions([]byte(mqtt.Sample), &w.config, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	w.broker = w.startBroker()
	w.proxy = bridgetest.NewProxy(t, w.broker.Addr())
	w.config.Broker = "tcp://" + w.proxy.Addr()
	w.meter = sim.New(w.config, w.link("meter"), w.state)
	return w
}

func (w *world) startBroker() *broker.Broker {
	w.t.Helper()
	b, err := broker.Start(broker.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { b.Close() })
	return b
}

// link connects a client through the proxy.
func (w *world) link(id string) *mqttlink.Link {
	w.t.Helper()
	l, err := mqttlink.Dial(w.t.Context(), mqttlink.Options{Broker: "tcp://" + w.proxy.Addr(), ClientID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(l.Close)
	return l
}

// run has the meter repeat its newest reading until the test ends.
func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ticker := time.NewTicker(5 * time.Millisecond)
	var wg sync.WaitGroup
	wg.Go(func() { w.meter.Run(ctx, ticker.C) })
	w.t.Cleanup(func() {
		cancel()
		ticker.Stop()
		wg.Wait()
	})
}

func (w *world) state() meter.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.truth
}

func (w *world) now() time.Time { return w.state().Time }

// pass lets time pass without a word from the meter.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.truth.Time = w.truth.Time.Add(d)
}

// publish has the meter publish, which may fail when the broker is away.
func (w *world) publish() error {
	ctx, cancel := context.WithTimeout(w.t.Context(), 50*time.Millisecond)
	defer cancel()
	return w.meter.Publish(ctx)
}

func (w *world) open() bridge.Driver {
	w.t.Helper()
	d, err := mqtt.Open(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { d.Close() })
	return d
}

// read reads within 20 s.
func (w *world) read(d bridge.Driver) ([]bridge.Reading, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	return d.Read(ctx, w.now())
}

func readings(q bridge.Quality) []bridge.Reading {
	return []bridge.Reading{
		{Measure: bridge.Totaliser, Count: 66_277_065, Unit: "pulse", Quality: q},
		{Measure: bridge.Temperature, Value: 4_000_000, Unit: "degC", Quality: q},
		{Measure: bridge.Pressure, Value: 350_500_000, Unit: "kPag", Quality: q},
	}
}

func TestContract(t *testing.T) {
	bridgetest.Run(t, func(t *testing.T) bridgetest.Rig {
		w := newWorld(t)
		if err := w.meter.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.run()
		return bridgetest.Rig{
			Driver: w.open(), Want: readings(bridge.Good), At: w.now,
			Cut: func() {
				w.proxy.Cut()
				w.pass(time.Hour)
			},
			Mend: func() {
				w.proxy.Mend(w.broker.Addr())
				w.publish() // the broker may not be back yet: then Run will
			},
			Hang: func() { w.pass(time.Hour) },
			Resume: func() {
				if err := w.meter.Publish(t.Context()); err != nil {
					t.Error(err)
				}
			},
		}
	})
}

func TestBrokerRestart(t *testing.T) {
	// What the meter published to a broker that was away, or that forgot it, is read when there is a broker again.
	w := newWorld(t)
	w.run()
	d := w.open()
	if err := w.meter.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(d); err != nil {
		t.Fatal(err)
	}
	w.proxy.Cut()
	w.broker.Close()
	w.pass(time.Minute)
	if err := w.publish(); err == nil {
		t.Fatal("published without a broker")
	}
	w.proxy.Mend(w.startBroker().Addr())
	rs, err := w.read(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if !r.Time.Equal(w.now()) || r.Quality != bridge.Good {
			t.Errorf("got %+v, want the reading of %s", r, w.now())
		}
	}
}

func TestWaitsForAYoungReading(t *testing.T) {
	// Read waits for the meter, and returns as soon as it spoke.
	w := newWorld(t)
	d := w.open()
	if err := w.meter.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.read(d)
		done <- err
	}()
	w.run()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Second)
	if _, err := w.read(d); err != nil {
		t.Errorf("as old as maxAge: %v", err)
	}
	w.pass(time.Millisecond)
	go func() {
		_, err := w.read(d)
		done <- err
	}()
	if err := w.meter.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("older than maxAge: %v", err)
	}
}

func TestPassword(t *testing.T) {
	// The password comes from a file, and a broker that wants it lets only that one in.
	w := newWorld(t)
	b, err := broker.Start(broker.Options{Addr: "127.0.0.1:0", Allow: func(id, user, password, _ string, _ bool) bool {
		return id == "meter" || user == "gauger" && password == "open sesame"
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	w.proxy.Cut()
	w.proxy.Mend(b.Addr())
	w.run()
	w.publish()
	file := filepath.Join(t.TempDir(), "password")
	w.config.Username, w.config.PasswordFile = "gauger", file
	d := w.open()
	if _, err := w.read(d); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
	if err := os.WriteFile(file, []byte("\nopen sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(d); err == nil || !strings.Contains(err.Error(), "first line") {
		t.Errorf("empty first line: %v", err)
	}
	if err := os.WriteFile(file, []byte("open sesame\r\nsecond line"), 0o600); err != nil {
		t.Fatal(err)
	}
	if rs, err := w.read(d); err != nil || rs[0].Count != 66_277_065 {
		t.Errorf("with the password: %v, %v", rs, err)
	}
}

// publisher collects what a meter publishes.
type publisher struct {
	err  error
	sent chan string
}

func (p publisher) Publish(_ context.Context, topic string, payload []byte, retained bool) error {
	if retained || topic != "t" {
		return errors.New("wrong topic, or retained")
	}
	p.sent <- string(payload)
	return p.err
}

func TestMeterRepeats(t *testing.T) {
	// The meter says nothing before it is told to, then repeats the newest at every tick, whatever became of it.
	truth := meter.State{Time: time.Date(2024, 3, 2, 8, 0, 0, 125e6, time.FixedZone("", -7*3600)), Totaliser: 7}
	p := publisher{io.ErrClosedPipe, make(chan string, 1)}
	c := mqtt.Config{Topic: "t", Fields: []mqtt.Field{{Name: "n", Measure: bridge.Totaliser, Modulus: 10}}}
	m := sim.New(c, p, func() meter.State { return truth })
	tick := make(chan time.Time)
	run := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			m.Run(ctx, tick)
			close(done)
		}()
		return func() {
			cancel()
			<-done
		}
	}
	stop := run()
	tick <- time.Time{}
	stop()
	if len(p.sent) != 0 {
		t.Errorf("published %s before it was told to", <-p.sent)
	}
	stop = run()
	defer stop()
	var got []string
	for range 2 {
		if err := m.Publish(t.Context()); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("publish: %v", err)
		}
		got = append(got, <-p.sent)
		tick <- time.Time{}
		got = append(got, <-p.sent)
		truth.Totaliser += 5
	}
	first, second := `{"n":7,"time":"2024-03-02T15:00:00.125Z"}`, `{"n":2,"time":"2024-03-02T15:00:00.125Z"}`
	if diff := cmp.Diff([]string{first, first, second, second}, got); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

func TestConfig(t *testing.T) {
	const base = "broker: tcp://127.0.0.1:1883\nclientId: a\ntopic: t\n"
	const field = "fields: [{name: n, measure: totaliser}]\n"
	tests := []struct {
		name, yaml, want string
	}{
		{"sample", mqtt.Sample, ""},
		{"least", base + field, ""},
		{"no broker", "clientId: a\ntopic: t\n" + field, "broker of the meter"},
		{"no client", "broker: tcp://h\ntopic: t\n" + field, "clientId"},
		{"no topic", "broker: tcp://h\nclientId: a\n" + field, "one topic"},
		{"broker of another kind", "broker: http://h\nclientId: a\ntopic: a/b\n" + field, "must be tcp://host:port"},
		{"wildcard", "broker: tcp://h\nclientId: a\ntopic: a/+\n" + field, "without wildcards"},
		{"password without user", base + field + "passwordFile: /x", "without a username"},
		{"negative age", base + field + "maxAge: -1s", "not be negative"},
		{"no fields", base, "0 with values"},
		{"unit", base + "fields: [{name: p, measure: pressure, unit: bar}]", "kPag or psig"},
		{"modulus", base + "fields: [{name: p, measure: pressure, modulus: 5}]", "only a totaliser"},
		{"measure twice", base + "fields: [{name: a, measure: pressure}, {name: b, measure: pressure}]", "configured twice"},
		{"name twice", base + "fields: [{name: a, measure: pressure}, {name: a, measure: density}]", "must differ"},
		{"name of the time", base + "fields: [{name: time, measure: pressure}]", "must differ"},
		{"ignored and read", base + field + "ignore: [n]", "must differ"},
		{"nameless", base + "fields: [{measure: pressure}]", "not be empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c mqtt.Config
			if err := yaml.UnmarshalWithOptions([]byte(tt.yaml), &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			_, err := mqtt.Open(c)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
