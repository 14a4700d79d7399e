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
	Config    *Config
	Digest    record.Hash // of the configuration
	Binary    record.Hash // SHA-256 of the running program
	Key       crypto.Signer
	CloudKeys []cose.Key // any of which signs replies
	Trust     proof.Trust
	Clock     clock.Clock
	Patient   bool // wait for devices as long as it takes: the clock stands still meanwhile
	FS        durable.FS
	Link      Link
	Flush     time.Duration // how long to wait for receipts at the end
}

// Agent is a running gateway.
type Agent struct {
	o       Options
	device  cose.Key
	key     keeper
	mute    bool // the key did not sign when it was last asked
	journal *journal
	stamp   stamp
	policy  BatchPolicy
	points  []*measuring
	sender  *sender
	metrics *metrics
	cuts    chan cutting
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
	j, err := openJournal(log, device, o.CloudKeys...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", o.Config.Journal, err), log.Close())
	}
	c := o.Config
	a := &Agent{
		o: o, device: device, key: keeper{o.Key}, journal: j, metrics: newMetrics(), cuts: make(chan cutting),
		stamp:  stamp{device: device.Kid(), binary: o.Binary, configuration: o.Digest},
		policy: BatchPolicy{Records: c.Batch.Records, Age: time.Duration(c.Batch.Age)},
	}
	before, err := a.handovers()
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	for i := range c.Points {
		m, err := a.point(&c.Points[i])
		if err != nil {
			return nil, errors.Join(err, a.Close())
		}
		m.settings.before = before[c.Points[i].Name]
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
			device: a.device.Kid(), point: p.Name, parameters: p.parameters(), interval: time.Duration(a.o.Config.Interval), sample: sample,
			clock: kept, salt: rand.Reader, digest: a.o.Digest, proved: p.proved,
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
		cut, err := a.pause(ctx, next)
		for ; cut != nil; cut, err = a.pause(ctx, next) {
			cut.reply <- a.cut(ctx, cut.Cut)
		}
		if err != nil {
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

// resume finds out, for each point that has records, which constants were changed while the device was down.
func (a *Agent) resume(now time.Time) error {
	for _, m := range a.points {
		if m.state.chain.Next == 0 {
			continue
		}
		before, err := a.journal.parameters(m.settings.point)
		if err != nil {
			return err
		}
		m.wake(now, before)
	}
	return nil
}

// sampleAll reads all points at once and records them one after the other.
func (a *Agent) sampleAll(ctx context.Context, now time.Time) error {
	type result struct {
		in     Sample
		faults map[string]string
		err    error
	}
	results := make([]result, len(a.points))
	var g errgroup.Group
	for i, m := range a.points {
		g.Go(func() error {
			r := &results[i]
			r.in, r.faults, r.err = m.source.read(ctx, now)
			return nil
		})
	}
	_ = g.Wait() // results carry their errors
	if ctx.Err() != nil {
		return nil
	}
	for i, m := range a.points {
		r := results[i]
		if err := a.take(m, now, r.in, r.faults, r.err); err != nil {
			return err
		}
	}
	return nil
}

// take records one sample of one point, with the events that go before it, all or nothing.
func (a *Agent) take(m *measuring, now time.Time, in Sample, faults map[string]string, failed error) error {
	st, at := m.state, now.UnixMilli()
	m.stand(faults)
	all, err := m.announce(&st, at, faults)
	if err != nil {
		return err
	}
	if failed == nil {
		var next state
		var more []made
		m.refused = ""
		if next, more, failed = m.advance(st, at, in); failed == nil {
			st, all = next, append(all, more...)
		} else {
			m.refused = failed.Error()
		}
	}
	a.missed(m, failed)
	done, err := a.commit(m, all)
	if err != nil {
		return err
	}
	if done {
		m.kept(st, faults, failed == nil)
	}
	if failed == nil && len(all) == 0 && m.settings.idle(st) {
		err = a.mark(m.settings.point, at)
	}
	if in.Reset && (failed != nil || !done) {
		m.rebase(in.Count)
	}
	return err
}

// mark notes in the journal that nothing flowed up to an instant. Without space it is left out: it only tells a power cut from
// an hour without flow.
func (a *Agent) mark(point string, at int64) error {
	if err := a.journal.addMark(point, at); err != nil && !errors.Is(err, durable.ErrNoSpace) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// missed counts a sample that could not be taken, and logs the first of several.
func (a *Agent) missed(m *measuring, failed error) {
	if failed != nil {
		a.metrics.missed.Inc()
		level := slog.LevelWarn
		if m.missing {
			level = slog.LevelDebug
		}
		slog.Log(context.Background(), level, "sample missed, the next one counts for it", "point", m.settings.point, "error", failed)
	}
	m.missing = failed != nil
}

// commit makes records durable; only then may the point move on. Without space, or while the key does not sign, it reports false
// and nothing is kept: the next sample covers this one.
func (a *Agent) commit(m *measuring, all []made) (bool, error) {
	if len(all) == 0 {
		return true, nil
	}
	signatures, err := a.signEach(all)
	if errors.As(err, new(unsignedError)) {
		a.silent(err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = a.journal.addRecords(all, signatures)
	if errors.Is(err, durable.ErrNoSpace) {
		slog.Error("no space for the journal: free space on its disk; the meter counts on and nothing is lost", "point", m.settings.point, "error", err)
		a.metrics.noSpace.Inc()
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("journal: %w", err)
	}
	a.metrics.records.Add(float64(len(all)))
	return true, nil
}

// signEach returns a signature for each record, or none where only statements are signed.
func (a *Agent) signEach(all []made) (signatures [][]byte, err error) {
	if a.o.Config.Sign != "each" {
		return nil, nil
	}
	for _, r := range all {
		s, err := cose.SignDetached(a.key, record.Thing, r.leaf)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, s)
	}
	a.signed()
	return signatures, nil
}

// batch makes the statements that are due, and hands them to the sender.
func (a *Agent) batch(now time.Time, flush bool) error {
	for {
		due := a.policy.due(a.journal.waiting(), now.UnixMilli(), flush)
		if due == nil {
			return nil
		}
		number, err := a.journal.makeStatement(due, a.stamp, a.key, a.o.Config.Organisation)
		if errors.Is(err, durable.ErrNoSpace) {
			slog.Error("no space for a statement: free space on the journal's disk; records wait", "error", err)
			a.metrics.noSpace.Inc()
			return nil
		}
		if errors.As(err, new(unsignedError)) {
			a.silent(err)
			return nil // the records are in the journal, and due again at the next sample
		}
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		a.signed()
		a.metrics.statements.Inc()
		a.sender.enqueue(number)
	}
}
