// Package edge is the gateway at a well, terminal or pipeline station: it reads meters, computes standard volumes, chains and
// signs each record, journals it before it counts, batches records into statements, and sends these until the cloud has
// answered for good. Measuring never waits for sending.
package edge

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable"
)

// Link carries batches to the cloud and replies back, at least once, in any order, or not at all.
type Link interface {
	Publish(ctx context.Context, topic string, payload []byte, retained bool) error
	Subscribe(topic string, handler func(topic string, payload []byte)) error
}

// Options of an Agent.
type Options struct {
	Config   *Config
	Digest   record.Hash // of the configuration
	Binary   record.Hash // SHA-256 of the running program
	Key      crypto.Signer
	CloudKey cose.Key
	Trust    proof.Trust
	Clock    clock.Clock
	Patient  bool // wait for devices as long as it takes: the clock stands still meanwhile
	FS       durable.FS
	Link     Link
	Flush    time.Duration // how long to wait for receipts at the end
}

// Agent is a running gateway.
type Agent struct {
	o       Options
	device  cose.Key
	journal *journal
	stamp   stamp
	policy  BatchPolicy
	points  []*measuring
	sender  *sender
	metrics *metrics
}

// measuring is one point with its devices and where it stands.
type measuring struct {
	settings settings
	source   *source
	state    state
}

// Open replays the journal, verifies it, and opens the devices.
func Open(o Options) (*Agent, error) {
	device, err := cose.NewKey(o.Key.Public())
	if err != nil {
		return nil, err
	}
	log, err := durable.OpenLog(o.FS, o.Config.Journal, durable.LogOptions{MaxEntry: maxEntry})
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", o.Config.Journal, err)
	}
	j, err := openJournal(log, device, o.CloudKey)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", o.Config.Journal, err), log.Close())
	}
	c := o.Config
	a := &Agent{
		o: o, device: device, journal: j, metrics: newMetrics(),
		stamp:  stamp{device: device.Kid(), binary: o.Binary, configuration: o.Digest},
		policy: BatchPolicy{Records: c.Batch.Records, Age: time.Duration(c.Batch.Age)},
	}
	for i := range c.Points {
		m, err := a.point(&c.Points[i])
		if err != nil {
			return nil, errors.Join(err, a.Close())
		}
		a.points = append(a.points, m)
	}
	a.sender = newSender(a)
	return a, nil
}

// maxEntry bounds a journal entry: a statement or a reply is the largest.
const maxEntry = 256 << 10

func (a *Agent) point(p *PointConfig) (*measuring, error) {
	kept, err := a.o.Config.clock()
	if err != nil {
		return nil, err
	}
	if a.o.Clock.Source() == clock.Simulated {
		kept = record.Simulated
	}
	drivers, err := p.open()
	if err != nil {
		return nil, err
	}
	sample := time.Duration(a.o.Config.Sample)
	m := &measuring{
		settings: settings{
			device: a.device.Kid(), point: p.Name, parameters: p.parameters(), interval: time.Duration(a.o.Config.Interval),
			clock: kept, salt: rand.Reader, digest: a.o.Digest,
		},
		source: newSource(p, drivers, a.o.Patient, min(sample, maxReadTime)),
	}
	if st := a.journal.chains[p.Name]; st != nil {
		m.state = *st
	}
	return m, nil
}

// maxReadTime bounds one read of a device, so that a dead one does not hold up the others' next sample for long.
const maxReadTime = 5 * time.Second

// Close closes devices and journal.
func (a *Agent) Close() error {
	var err error
	for _, m := range a.points {
		err = errors.Join(err, m.source.close())
	}
	return errors.Join(err, a.journal.log.Close())
}

// Run measures and sends until ctx ends, then batches what is left and waits for receipts as long as Options.Flush allows.
// An error is one after which the process must end; a restart verifies everything from disk.
func (a *Agent) Run(ctx context.Context) error {
	sending, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	if err := a.sender.start(sending, stop); err != nil {
		return err
	}
	err := a.measure(ctx, sending)
	if err == nil {
		err = a.batch(a.o.Clock.Now(), true)
	}
	if err == nil {
		a.sender.drain(sending, a.o.Flush)
	}
	stop(nil)
	a.sender.wait()
	return errors.Join(err, a.sender.err)
}

// measure samples all points at each sample boundary until ctx ends.
func (a *Agent) measure(ctx, sending context.Context) error {
	sample := time.Duration(a.o.Config.Sample)
	now := a.o.Clock.Now()
	if err := a.resume(now); err != nil {
		return err
	}
	for {
		if err := a.sampleAll(ctx, now); err != nil {
			return err
		}
		if err := a.batch(now, false); err != nil {
			return err
		}
		next := now.Truncate(sample).Add(sample)
		if err := a.o.Clock.WaitUntil(ctx, next); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("wait for %s: %w", next.Format(time.RFC3339), err)
		}
		if cause := context.Cause(sending); cause != nil {
			return cause
		}
		// A stopped or stepped clock is not our sample grid: take the time as it is, but never behind the grid.
		if now = a.o.Clock.Now().Truncate(time.Millisecond); now.Before(next) || now.Sub(next) < sample {
			now = next
		}
	}
}

// resume records that the device came back, and which constants were changed while it was down.
func (a *Agent) resume(now time.Time) error {
	for _, m := range a.points {
		if m.state.chain.Next == 0 {
			continue
		}
		events := []record.Event{{Kind: record.Restart, Old: instant(m.state.chain.End), New: instant(now.UnixMilli())}}
		before, err := a.journal.parameters(m.settings.point)
		if err != nil {
			return err
		}
		if before != nil {
			events = append(events, changes(*before, m.settings.parameters)...)
		}
		if err := a.events(m, now, events); err != nil {
			return err
		}
	}
	return nil
}

func (a *Agent) events(m *measuring, now time.Time, events []record.Event) error {
	st := m.state
	var all []made
	for _, e := range events {
		made, err := m.settings.event(&st, max(now.UnixMilli(), st.chain.End), e)
		if err != nil {
			return err
		}
		all = append(all, made)
	}
	return a.commit(m, st, all)
}

// sampleAll reads all points at once and records them one after the other.
func (a *Agent) sampleAll(ctx context.Context, now time.Time) error {
	type result struct {
		in     Sample
		alarms []alarm
		err    error
	}
	results := make([]result, len(a.points))
	var g errgroup.Group
	for i, m := range a.points {
		g.Go(func() error {
			r := &results[i]
			r.in, r.alarms, r.err = m.source.read(ctx, now)
			return nil
		})
	}
	_ = g.Wait() // results carry their errors
	if ctx.Err() != nil {
		return nil
	}
	for i, m := range a.points {
		r := results[i]
		if err := a.take(m, now, r.in, r.alarms, r.err); err != nil {
			return err
		}
	}
	return nil
}

// take records one sample of one point.
func (a *Agent) take(m *measuring, now time.Time, in Sample, alarms []alarm, failed error) error {
	if m.state.chain.Next > 0 && len(alarms) > 0 {
		var events []record.Event
		for _, al := range alarms {
			events = append(events, record.Event{Kind: record.Alarm, Name: al.name, Old: clip(al.before), New: clip(al.now)})
		}
		if err := a.events(m, now, events); err != nil {
			return err
		}
	}
	if failed != nil {
		slog.Warn("sample missed, the next one counts for it", "point", m.settings.point, "error", failed)
		a.metrics.missed.Inc()
		return nil
	}
	st, all, err := m.settings.step(m.state, now.UnixMilli(), in, false)
	if err != nil {
		slog.Error("sample not recorded, the next one counts for it", "point", m.settings.point, "error", err)
		a.metrics.missed.Inc()
		return nil
	}
	return a.commit(m, st, all)
}

// commit makes records durable and only then moves the point on. Without space nothing moves: the next sample covers this one.
func (a *Agent) commit(m *measuring, st state, all []made) error {
	if len(all) == 0 {
		m.state = st
		return nil
	}
	var signatures [][]byte
	if a.o.Config.Sign == "each" {
		for _, r := range all {
			s, err := cose.SignDetached(a.o.Key, record.Thing, r.leaf)
			if err != nil {
				return err
			}
			signatures = append(signatures, s)
		}
	}
	err := a.journal.addRecords(all, signatures)
	if errors.Is(err, durable.ErrNoSpace) {
		slog.Error("no space for the journal: free space on its disk; the meter counts on and nothing is lost", "point", m.settings.point, "error", err)
		a.metrics.noSpace.Inc()
		return nil
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	m.state = st
	a.metrics.records.Add(float64(len(all)))
	return nil
}

// batch makes the statements that are due, and hands them to the sender.
func (a *Agent) batch(now time.Time, flush bool) error {
	for {
		due := a.policy.due(a.journal.waiting(), now.UnixMilli(), flush)
		if due == nil {
			return nil
		}
		number, err := a.journal.makeStatement(due, a.stamp, a.o.Key, a.o.Config.Organisation)
		if errors.Is(err, durable.ErrNoSpace) {
			slog.Error("no space for a statement: free space on the journal's disk; records wait", "error", err)
			a.metrics.noSpace.Inc()
			return nil
		}
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		a.metrics.statements.Inc()
		a.sender.enqueue(number)
	}
}

// changes lists the constants that differ.
func changes(old, now record.Parameters) (out []record.Event) {
	for _, c := range []struct{ name, old, now string }{
		{"k_factor", old.KFactor.String(), now.KFactor.String()},
		{"meter_factor", old.MeterFactor.String(), now.MeterFactor.String()},
		{"basis", old.Basis.String(), now.Basis.String()},
		{"commodity", old.Commodity, now.Commodity},
		{"base_density", old.BaseDensity.String(), now.BaseDensity.String()},
		{"temperature_unit", old.TemperatureUnit, now.TemperatureUnit},
		{"pressure_unit", old.PressureUnit, now.PressureUnit},
		{"method", old.Method, now.Method},
		{"rounding", old.Rounding, now.Rounding},
	} {
		if c.old != c.now {
			out = append(out, record.Event{Kind: record.Parameter, Name: c.name, Old: c.old, New: c.now, Who: "configuration file"})
		}
	}
	return out
}

// clip shortens a text to what an event can hold, at a rune's end.
func clip(s string) string {
	const limit = 500
	if len(s) <= limit {
		return s
	}
	for i := limit; ; i-- {
		if s[i]&0xc0 != 0x80 {
			return s[:i]
		}
	}
}
