package edge

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	bridge "github.com/gauger/gauger/firmware-bridge"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestMain keeps what the gateway logs about the faults that these tests make out of their output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err) // rapid has this flag
	}
	os.Exit(m.Run())
}

// epoch is the full hour at which the worlds of these tests begin.
var epoch = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

const second, minute = int64(1000), int64(60_000)

const organisation = "did:web:producer.example"

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// signer returns an Ed25519 key that depends on the seed only.
func signer(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) cose.Key {
	k, err := cose.NewKey(key.Public())
	if err != nil {
		panic(err) // ed25519 keys have no other form
	}
	return k
}

// The keys of these worlds.
var (
	deviceKey = signer(1)
	cloudKey  = signer(2)
	logKey    = signer(3)
)

// zeroes is a source of salts for records that nobody publishes.
type zeroes struct{}

var _ io.Reader = zeroes{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func parameters() record.Parameters {
	return record.Parameters{
		KFactor: quantity.F(1000, 0), MeterFactor: quantity.F(10012, 4), Basis: quantity.Metric, Commodity: "crude",
		BaseDensity: 865 * quantity.PerUnit, TemperatureUnit: "degC", PressureUnit: "kPag", Method: liquid.Method11_1,
		Rounding: string(liquid.InputsUnrounded),
	}
}

// pointSettings are those of a point that is sampled once an interval of a minute.
func pointSettings(point string) settings {
	return settings{
		device: public(deviceKey).Kid(), point: point, parameters: parameters(), interval: time.Minute, sample: time.Minute,
		clock: record.Simulated, salt: zeroes{},
	}
}

// sample is a good sample at ordinary conditions.
func sample(count uint64) Sample {
	return Sample{Count: count, Modulus: 1 << 32, Temperature: 20 * quantity.PerUnit, Pressure: 500 * quantity.PerUnit}
}

// seconds says where an instant lies, for transcripts.
func seconds(ms int64) string {
	return fmt.Sprint(time.Duration(ms-epoch.UnixMilli()) * time.Millisecond)
}

// line prints a record in a form that fits a table.
func line(r *record.Record) string {
	if e := r.Event; e != nil {
		return strings.TrimRight(fmt.Sprintf("%s %s %s %s>%s", seconds(r.Start), e.Kind, e.Name, e.Old, e.New), " >")
	}
	i := r.Interval
	out := fmt.Sprintf("%s to %s: %d in %s", seconds(r.Start), seconds(r.End), i.Pulses, time.Duration(i.FlowTime)*time.Millisecond)
	for _, q := range []struct {
		flag record.Quality
		name string
	}{{record.Substituted, " substituted"}, {record.Gap, " gap"}, {record.SuspectCounter, " suspect"}} {
		if i.Quality&q.flag != 0 {
			out += q.name
		}
	}
	return out
}

// volume opens the log of a gateway on a simulated disk.
func volume(t rapid.TB, fsys durable.FS) *durable.Log {
	t.Helper()
	log, err := durable.OpenLog(fsys, journalDir, durable.LogOptions{MaxEntry: maxEntry})
	must(t, err)
	return log
}

const journalDir = "/journal"

// reopened replays the journal on a disk.
func reopened(fsys durable.FS) (*journal, error) {
	log, err := durable.OpenLog(fsys, journalDir, durable.LogOptions{MaxEntry: maxEntry})
	if err != nil {
		return nil, err
	}
	j, err := openJournal(log, public(deviceKey), public(cloudKey))
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return j, nil
}

func openedJournal(t rapid.TB, fsys durable.FS) *journal {
	t.Helper()
	j, err := reopened(fsys)
	must(t, err)
	return j
}

// signatures signs records as the gateway does.
func signatures(t rapid.TB, all []made) (out [][]byte) {
	t.Helper()
	for _, m := range all {
		s, err := cose.SignDetached(deviceKey, record.Thing, m.leaf)
		must(t, err)
		out = append(out, s)
	}
	return out
}

// stampOf is what the statements of these tests say beside their records.
func stampOf() stamp { return stamp{device: public(deviceKey).Kid()} }

// device is a driver that gives what a test put into it, and keeps the contract of bridge.Driver: no reading after Close or
// after the end of ctx, and with an error nothing to use.
type device struct {
	mu       sync.Mutex
	readings []bridge.Reading
	err      error
	closed   bool
}

var _ bridge.Driver = (*device)(nil)

func (d *device) set(err error, readings ...bridge.Reading) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readings, d.err = readings, err
}

func (d *device) Read(ctx context.Context, _ time.Time) ([]bridge.Reading, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return nil, bridge.ErrClosed
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read the device: %w", ctx.Err())
	case d.err != nil:
		stale := slices.Clone(d.readings)
		for i := range stale {
			stale[i].Quality = bridge.Stale
		}
		return stale, d.err
	}
	return slices.Clone(d.readings), nil
}

func (d *device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

func counted(n uint64) bridge.Reading {
	return bridge.Reading{Measure: bridge.Totaliser, Count: n, Modulus: 1 << 32, Unit: "pulse", Quality: bridge.Good}
}

func warm(degrees float64) bridge.Reading {
	v, err := quantity.FromFloat(degrees)
	if err != nil {
		panic(err) // a figure of this file
	}
	return bridge.Reading{Measure: bridge.Temperature, Value: v, Unit: "degC", Quality: bridge.Good}
}

func pressed(kPa int64) bridge.Reading {
	return bridge.Reading{Measure: bridge.Pressure, Value: quantity.Micro(kPa * quantity.PerUnit), Unit: "kPag", Quality: bridge.Good}
}

// hand is a clock that a test sets.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

var _ clock.Clock = (*hand)(nil)

func (h *hand) Now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }

func (h *hand) Source() string { return clock.Simulated }

func (h *hand) WaitUntil(ctx context.Context, t time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	h.set(t)
	return nil
}

func (h *hand) set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.After(h.now) {
		h.now = t
	}
}
