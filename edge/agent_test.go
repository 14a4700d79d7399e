package edge

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/modbus"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
	"github.com/gauger/gauger/metrology/quantity"
)

// rig is a gateway with one point whose device the test plays, on a simulated disk.
type rig struct {
	t      *testing.T
	fs     *faultfs.FS
	config *Config
	key    crypto.Signer
	link   *direct
	device *device
	agent  *Agent
	now    time.Time
}

func newRig(t *testing.T) *rig {
	p := pointConfig("LACT-1")
	p.Modbus = &modbus.Config{Address: "127.0.0.1:1", Registers: []modbus.Register{{Measure: bridge.Totaliser, Type: modbus.U32}}}
	return &rig{
		t: t, fs: faultfs.New(), key: deviceKey, link: &direct{cloud: newCloud()}, now: epoch,
		config: &Config{
			Organisation: organisation, Journal: journalDir, Interval: conf.Duration(time.Minute), Sample: conf.Duration(time.Minute),
			Sign: "each", Clock: "NTP", Batch: BatchConfig{Records: 50, Age: conf.Duration(5 * time.Minute), Retry: conf.Duration(time.Second)},
			Points: []PointConfig{*p},
		},
	}
}

// options are those of a gateway on a clock.
func (r *rig) options(c clock.Clock) Options {
	return Options{Config: r.config, Key: r.key, CloudKeys: []cose.Key{public(cloudKey)}, Trust: trusted(), Clock: c, FS: r.fs, Link: r.link, Flush: 10 * time.Second}
}

// open opens the gateway and puts the test's device in the place of its own.
func (r *rig) open(o Options, d bridge.Driver) (err error) {
	for range 2 { // the disk may be full at once
		if r.agent, err = Open(o); !errors.Is(err, durable.ErrNoSpace) {
			break
		}
	}
	if err == nil {
		must(r.t, r.agent.points[0].source.close())
		r.agent.points[0].source.drivers = []bridge.Driver{d}
	}
	return err
}

// start opens the gateway and lets it resume.
func (r *rig) start() {
	r.t.Helper()
	r.device = &device{}
	must(r.t, r.open(r.options(&hand{now: r.now}), r.device))
	must(r.t, r.agent.resume(r.now))
}

// restart closes the gateway, properly, and opens it again.
func (r *rig) restart() {
	r.t.Helper()
	must(r.t, r.agent.Close())
	r.start()
}

// sample plays one sample, a minute after the one before.
func (r *rig) sample(err error, readings ...bridge.Reading) {
	r.t.Helper()
	r.device.set(err, readings...)
	must(r.t, r.agent.sampleAll(r.t.Context(), r.now))
	must(r.t, r.agent.batch(r.now, false))
	r.now = r.now.Add(time.Minute)
}

func (r *rig) flow(n uint64) { r.t.Helper(); r.sample(nil, counted(n), warm(20), pressed(500)) }

// lines prints the records of the journal.
func (r *rig) lines() (out []string) {
	r.t.Helper()
	j := r.agent.journal
	for seq := range j.records["LACT-1"] {
		x, _, err := j.record("LACT-1", uint64(seq))
		must(r.t, err)
		out = append(out, line(x))
	}
	return out
}

// TestAlarms: an input that fails is an event when it fails and one when it comes back, and nothing in between. So is a sample
// that cannot be counted.
func TestAlarms(t *testing.T) {
	r := newRig(t)
	r.start()
	broken := ofQuality(warm(0), bridge.Failed, "broken")
	r.sample(nil, counted(0), warm(20), ofQuality(pressed(500), bridge.Suspect, "drifts"))
	r.sample(nil, counted(10), broken, pressed(500))
	r.sample(nil, counted(20), broken, pressed(500))
	r.flow(30)
	r.flow(40)
	r.sample(errDevice)
	r.sample(errDevice)
	r.flow(70)
	r.flow(600_000_070)
	r.flow(80)
	r.flow(90)
	const refused = "LACT-1: counted 600000000 pulses in one interval, at most 500000000 are believed: check K-factor and counter"
	want := []string{
		"0s start totaliser >0",
		"1m0s alarm temperature >failed: broken", "0s to 1m0s: 10 in 1m0s substituted",
		"1m0s to 2m0s: 10 in 1m0s substituted",
		"3m0s alarm temperature failed: broken", "2m0s to 3m0s: 10 in 1m0s",
		"3m0s to 4m0s: 10 in 1m0s",
		"5m0s alarm device 1 >no answer",
		"7m0s alarm device 1 no answer", "4m0s to 7m0s: 30 in 3m0s substituted gap", "7m0s gap  2026-03-01T06:04:00Z>2026-03-01T06:07:00Z",
		"9m0s alarm sample >" + refused,
		"7m0s to 9m0s: 10 in 2m0s substituted gap", "9m0s gap  2026-03-01T06:07:00Z>2026-03-01T06:09:00Z",
		"10m0s alarm sample " + refused,
		"9m0s to 10m0s: 10 in 1m0s",
	}
	if diff := cmp.Diff(want, r.lines()); diff != "" {
		t.Error(diff)
	}
	must(t, r.agent.Close())
}

// TestStandingAlarms: while a device does not answer nobody knows that its thermometer came back.
func TestStandingAlarms(t *testing.T) {
	r := newRig(t)
	r.start()
	r.flow(0)
	r.sample(nil, counted(10), ofQuality(warm(0), bridge.Failed, "broken"), pressed(500))
	r.sample(errDevice)
	r.flow(30)
	want := []string{
		"0s start totaliser >0",
		"1m0s alarm temperature >failed: broken", "0s to 1m0s: 10 in 1m0s substituted",
		"2m0s alarm device 1 >no answer",
		"3m0s alarm device 1 no answer", "3m0s alarm temperature failed: broken",
		"1m0s to 3m0s: 20 in 2m0s substituted gap", "3m0s gap  2026-03-01T06:01:00Z>2026-03-01T06:03:00Z",
	}
	if diff := cmp.Diff(want, r.lines()); diff != "" {
		t.Error(diff)
	}
	must(t, r.agent.Close())
}

// TestChangedConstants: a change of constants ends the running interval under the old ones, and is in the record.
func TestChangedConstants(t *testing.T) {
	r := newRig(t)
	r.start()
	r.flow(0)
	r.flow(100)
	r.config.Points[0].MeterFactor, r.config.Points[0].Commodity, r.config.Points[0].proved = quantity.F(9987, 4), "refined", "proved today"
	r.restart()
	r.now = r.now.Add(-30 * time.Second) // within the minute
	r.sample(errDevice)
	r.now = r.now.Add(-50 * time.Second)
	r.flow(140)
	r.now = epoch.Add(3 * time.Minute)
	r.flow(200)
	r.restart()
	r.flow(200)
	want := []string{
		"0s start totaliser >0",
		"0s to 1m0s: 100 in 1m0s",
		"1m30s restart  2026-03-01T06:01:00Z>2026-03-01T06:02:00Z",
		"1m30s alarm device 1 >no answer",
		"1m40s alarm device 1 no answer",
		"1m0s to 1m40s: 40 in 40s",
		"1m40s parameter meter_factor 1.0012>0.9987",
		"1m40s parameter commodity crude>refined",
		"1m40s proving meter_factor 1.0012>0.9987",
		"1m40s to 3m0s: 60 in 1m20s substituted gap",
		"3m0s gap  2026-03-01T06:01:40Z>2026-03-01T06:03:00Z",
		"4m0s restart  2026-03-01T06:03:00Z>2026-03-01T06:04:00Z",
	}
	if diff := cmp.Diff(want, r.lines()); diff != "" {
		t.Error(diff)
	}
	j := r.agent.journal
	for seq, factor := range map[uint64]string{5: "1.0012", 9: "0.9987"} {
		x, _, err := j.record("LACT-1", seq)
		must(t, err)
		if got := x.Interval.Parameters.MeterFactor.String(); got != factor {
			t.Errorf("%s was computed with %s, want %s", line(x), got, factor)
		}
	}
	must(t, r.agent.Close())
}

// TestResetIsToldOnce: a counter that began anew says so once. When that sample cannot be recorded, counting goes on from where
// the counter stood then.
func TestResetIsToldOnce(t *testing.T) {
	anew := ofQuality(counted(50), bridge.Restarted, "power lost")
	for _, tc := range []struct {
		name string
		play func(*rig)
	}{
		{"recorded", func(r *rig) { r.sample(nil, anew, warm(20), pressed(500)) }},
		{"no space", func(r *rig) {
			r.fs.Hook(func(op faultfs.Op) *faultfs.Fault {
				if op.Kind != faultfs.Write {
					return nil
				}
				return &faultfs.Fault{Err: syscall.ENOSPC}
			})
			r.sample(nil, anew, warm(20), pressed(500))
			r.fs.Hook(nil)
		}},
		{"no temperature yet", func(r *rig) {
			clear(r.agent.points[0].source.last)
			r.sample(nil, anew, pressed(500))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			r.start()
			r.flow(10)
			r.flow(40)
			tc.play(r)
			r.flow(90) // more than 40: without the notice it would look like flow
			if got := r.agent.points[0].state.chain.Totals.IV; got != 70_000 {
				t.Errorf("measured %s m3, want 0.07: %v", got, r.lines())
			}
			if all := strings.Join(r.lines(), "\n"); strings.Count(all, "suspect") != 1 {
				t.Errorf("not flagged once: %s", all)
			}
			must(t, r.agent.Close())
		})
	}
}

// life is a quarter of an hour with failures and a restart. It returns what was recorded besides intervals, and the total.
func (r *rig) life() (events []string, total quantity.Micro) {
	r.t.Helper()
	r.start()
	broken := ofQuality(warm(0), bridge.Failed, "broken")
	for k := range uint64(16) {
		switch k {
		case 4, 5:
			r.sample(nil, counted(10*k), broken, pressed(500))
		case 8, 9:
			r.sample(errDevice)
		case 10:
			r.restart()
			fallthrough
		default:
			r.flow(10 * k)
		}
	}
	for range 8 { // whatever was held up by a full disk
		r.flow(150)
	}
	r.now = r.now.Add(time.Hour)
	r.flow(150)
	for seq := range r.agent.journal.records["LACT-1"] {
		x, _, err := r.agent.journal.record("LACT-1", uint64(seq))
		must(r.t, err)
		if x.Event != nil && x.Event.Kind != record.GapEvent && x.Event.Kind != record.Start {
			events = append(events, strings.TrimSpace(fmt.Sprintf("%s %s %s", x.Event.Kind, x.Event.Name, x.Event.New[:min(len(x.Event.New), 6)])))
		}
	}
	return events, r.agent.points[0].state.chain.Totals.IV
}

// TestAgentOnAFullDisk: at whichever write the disk fills up, for one write or a dozen, the totals at the end are exact and no
// event is lost.
func TestAgentOnAFullDisk(t *testing.T) {
	events, total := newRig(t).life()
	if want := []string{"alarm temperature failed", "alarm temperature", "alarm device 1 no ans", "restart  2026-0"}; total != 150_000 || !slices.Equal(events, want) {
		t.Fatalf("undisturbed: %s m3, %v", total, events)
	}
	for _, width := range []int{1, 12} {
		for n := 4; ; n += stride { // the header, the start and its mark are before the first total
			r, seen, hit := newRig(t), 0, false
			r.fs.Hook(func(op faultfs.Op) *faultfs.Fault {
				if op.Kind != faultfs.Write {
					return nil
				}
				if seen++; seen < n || seen >= n+width {
					return nil
				}
				hit = true
				return &faultfs.Fault{Err: syscall.ENOSPC, Keep: 5}
			})
			gotEvents, got := r.life()
			must(t, r.agent.Close())
			if !hit {
				break
			}
			if got != total {
				t.Fatalf("writes %d to %d full: %s m3, want %s", n, n+width-1, got, total)
			}
			// A start or an alarm that is over before there is room again is not told; nothing is told twice.
			if width == 1 && !slices.Equal(gotEvents, events) {
				t.Fatalf("write %d full: %v, want %v", n, gotEvents, events)
			}
		}
	}
}

// moving is a driver whose meter counts a pulse each second of the caller's clock.
type moving struct{ device }

func (m *moving) Read(ctx context.Context, at time.Time) ([]bridge.Reading, error) {
	m.set(nil, counted(uint64(at.Sub(epoch)/time.Second)), warm(20), pressed(500))
	return m.device.Read(ctx, at)
}

// lockStep returns the clock of the only participant of a simulated time: it goes from step to step without waiting.
func lockStep(t *testing.T, start time.Time) clock.Clock {
	t.Helper()
	server := clock.NewServer(start)
	must(t, server.Join("edge"))
	return server.Local("edge")
}

// TestFailedSyncEndsRun: a failed fsync, of a record, a statement or a reply, ends Run with a fatal error. What was acknowledged
// before is there after the restart.
func TestFailedSyncEndsRun(t *testing.T) {
	for n := 2; n < 20; n += stride {
		r := newRig(t)
		r.config.Batch.Age = conf.Duration(2 * time.Minute)
		must(t, r.open(r.options(lockStep(t, epoch)), &moving{}))
		r.fs.Hook(faultfs.FailNth(faultfs.Sync, n, syscall.EIO, 0))
		if err := r.agent.Run(t.Context()); !errors.Is(err, durable.ErrFatal) {
			t.Fatalf("sync %d failed: Run returned %v", n, err)
		}
		if err := r.agent.Close(); err != nil && !errors.Is(err, durable.ErrFatal) && !errors.Is(err, syscall.EIO) {
			t.Errorf("sync %d failed: Close returned %v", n, err)
		}
		j, err := reopened(r.fs.CrashClone(uint64(n), 50))
		if err != nil {
			t.Fatalf("sync %d failed: %v", n, err)
		}
		must(t, whole(j))
	}
}

// until is a clock that ends a context at an instant.
type until struct {
	clock.Clock
	end    time.Time
	cancel context.CancelFunc
}

func (u until) WaitUntil(ctx context.Context, t time.Time) error {
	if t.After(u.end) {
		u.cancel()
	}
	return u.Clock.WaitUntil(ctx, t)
}

// TestRunDrains: at the end what is left is batched and sent, and Run returns when all of it is answered.
func TestRunDrains(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	must(t, r.open(r.options(until{lockStep(t, epoch), epoch.Add(90 * time.Minute), cancel}), &moving{}))
	must(t, r.agent.Run(ctx))
	must(t, r.link.cloud.lost("LACT-1", 91))
	if got := r.agent.points[0].state.chain.Totals.IV; got != 5_400_000 {
		t.Errorf("measured %s m3, want 5.4", got)
	}
	if w := r.agent.journal.waiting(); len(w) > 0 || r.agent.journal.unanswered > 0 {
		t.Errorf("%v wait, %d statements are unanswered", places(w), r.agent.journal.unanswered)
	}
	page := httptest.NewRecorder()
	r.agent.Metrics().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(page.Body)
	must(t, err)
	for _, want := range []string{"gauger_edge_records_total 91", "gauger_edge_samples_missed_total 0", "gauger_edge_statements_waiting 0"} {
		if !strings.Contains(string(body), want+"\n") {
			t.Errorf("metrics lack %q", want)
		}
	}
	must(t, r.agent.Close())
}

// TestNoNetwork: measuring does not wait for sending. What could not be sent is sent after the next start.
func TestNoNetwork(t *testing.T) {
	r := newRig(t)
	r.link.down = true
	for i, end := range []time.Duration{time.Hour, 2 * time.Hour} {
		ctx, cancel := context.WithCancel(t.Context())
		start := epoch.Add(time.Duration(i) * time.Hour)
		o := r.options(until{lockStep(t, start), epoch.Add(end), cancel})
		if r.link.down {
			o.Flush = 0
		}
		must(t, r.open(o, &moving{}))
		must(t, r.agent.Run(ctx))
		cancel()
		must(t, r.agent.Close())
		r.link.down = false
	}
	// A start, sixty intervals, a restart, sixty more.
	must(t, r.link.cloud.lost("LACT-1", 122))
}

// TestOpenRefuses: what is wrong with the journal or a device stops the gateway before it measures.
func TestOpenRefuses(t *testing.T) {
	t.Run("locked", func(t *testing.T) {
		r := newRig(t)
		r.start()
		if _, err := Open(r.options(&hand{now: epoch})); !errors.Is(err, durable.ErrLocked) || !strings.HasPrefix(err.Error(), "open journal /journal: ") {
			t.Errorf("error is %v", err)
		}
		must(t, r.agent.Close())
	})
	t.Run("another key", func(t *testing.T) {
		r := newRig(t)
		r.start()
		r.flow(1)
		must(t, r.agent.Close())
		o := r.options(&hand{now: epoch})
		o.Key = signer(9)
		if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "the key is that of "+public(signer(9)).Kid().String()) {
			t.Errorf("error is %v", err)
		}
		r.start() // the lock was let go
		must(t, r.agent.Close())
	})
	t.Run("device", func(t *testing.T) {
		r := newRig(t)
		r.config.Points[0].Modbus.Address = "nowhere"
		if _, err := Open(r.options(&hand{now: epoch})); err == nil || !strings.HasPrefix(err.Error(), "point LACT-1: address \"nowhere\"") {
			t.Errorf("error is %v", err)
		}
		r.config.Points[0].Modbus.Address = "127.0.0.1:1"
		r.start()
		must(t, r.agent.Close())
	})
}
