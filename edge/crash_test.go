package edge

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

// promises are what a gateway has said so far: what it acknowledged must be there after any crash, and what it published must
// never be said again in other words.
type promises struct {
	leaves    map[string][][]byte // acknowledged, by point
	published [][]byte            // statements, by number
	answered  []outcome           // what is known of them
}

func (p *promises) snapshot() promises {
	out := promises{leaves: map[string][][]byte{}, published: slices.Clone(p.published), answered: slices.Clone(p.answered)}
	for point, leaves := range p.leaves {
		out.leaves[point] = slices.Clone(leaves)
	}
	return out
}

// scenario is a short life of a journal with two points, in front of a cloud that refuses the second statement once. Records,
// statements and replies are written the way the agent writes them: without space nothing moves, and the next step covers it.
type scenario struct {
	t       *testing.T
	journal *journal
	cloud   *cloud
	points  []*scripted
	said    promises
}

func newScenario(t *testing.T) *scenario {
	s := &scenario{t: t, cloud: newCloud(), said: promises{leaves: map[string][][]byte{}}}
	s.cloud.refuse = func(x *statement.Statement) *wire.Refusal {
		if x.Number == 1 {
			return &wire.Refusal{Code: wire.BadPoint, Text: "not registered yet"}
		}
		return nil
	}
	for _, name := range []string{"A", "B"} {
		s.points = append(s.points, &scripted{t: t, settings: pointSettings(name)})
	}
	return s
}

// length is the number of samples of each point; the last one is forced, so that all pulses are in records.
const length = 7

// run lives the life on a disk until an error that is not a full disk.
func (s *scenario) run(fsys durable.FS) (err error) {
	for range 2 { // the disk may be full at once
		if s.journal, err = reopened(fsys); !errors.Is(err, durable.ErrNoSpace) {
			break
		}
	}
	if err != nil {
		return err
	}
	for k := range length {
		for i, p := range s.points {
			if err := s.sample(p, uint64(k*(70+i)), k == length-1); err != nil {
				return err
			}
		}
		if k%2 == 1 || k == length-1 {
			if err := s.state(); err != nil {
				return err
			}
		}
	}
	// The disk may have been full at the end: what was left then goes now.
	for i, p := range s.points {
		if err := s.sample(p, uint64((length-1)*(70+i)), true); err != nil {
			return err
		}
	}
	if err := s.settle(); err != nil {
		return err
	}
	return s.journal.log.Close()
}

// settle sends again what is unanswered, because the disk had no room for the reply, and states what waits, to the end.
func (s *scenario) settle() error {
	for range 10 {
		for n, f := range s.journal.statements {
			if f.outcome != open {
				continue
			}
			message, err := s.journal.message(uint64(n))
			if err != nil {
				return err
			}
			if err := s.answer(uint64(n), s.cloud.handle(message)); err != nil {
				return err
			}
		}
		if len(s.journal.waiting()) == 0 {
			return nil
		}
		if err := s.state(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d records wait for ever", len(s.journal.waiting()))
}

func (s *scenario) sample(p *scripted, count uint64, force bool) error {
	p.at += minute
	st, all, err := p.settings.step(p.state, epoch.UnixMilli()+p.at, sample(count), force)
	must(s.t, err)
	if len(all) > 0 {
		err = s.journal.addRecords(all, nil)
		if errors.Is(err, durable.ErrNoSpace) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	p.state = st
	for _, m := range all {
		s.said.leaves[m.record.Point] = append(s.said.leaves[m.record.Point], m.leaf)
	}
	return nil
}

// state makes a statement over all that waits, publishes it, and files the reply.
func (s *scenario) state() error {
	due := BatchPolicy{Records: 100}.due(s.journal.waiting(), 0, true)
	if due == nil {
		return nil
	}
	n, err := s.journal.makeStatement(due, stampOf(), deviceKey, organisation)
	if errors.Is(err, durable.ErrNoSpace) {
		return nil
	}
	if err != nil {
		return err
	}
	for ; n < s.journal.made(); n++ {
		message, err := s.journal.message(n)
		if err != nil {
			return err
		}
		batch, err := wire.DecodeBatch(message)
		must(s.t, err)
		if int(n) != len(s.said.published) {
			return fmt.Errorf("statement %d follows %d others", n, len(s.said.published))
		}
		s.said.published = append(s.said.published, batch.Statement)
		s.said.answered = append(s.said.answered, open)
		if err := s.answer(n, s.cloud.handle(message)); err != nil {
			return err
		}
	}
	return nil
}

func (s *scenario) answer(n uint64, message []byte) error {
	r, err := wire.OpenReply(message, public(cloudKey), public(deviceKey).Kid())
	must(s.t, err)
	err = s.journal.addReply(r, message)
	switch {
	case errors.Is(err, durable.ErrNoSpace):
		return nil // said again when it is sent again
	case err != nil:
		return err
	case r.Receipt != nil:
		s.said.answered[n] = receipted
	default:
		s.said.answered[n] = refused
	}
	return nil
}

// holds opens the journal on a disk after a crash and checks it against the promises, then makes one more statement.
func (p promises) holds(fsys durable.FS) error {
	j, err := reopened(fsys)
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	for point, leaves := range p.leaves {
		for seq, leaf := range leaves {
			if _, e, err := j.record(point, uint64(seq)); err != nil {
				return fmt.Errorf("acknowledged: %w", err)
			} else if !bytes.Equal(e.Body, leaf) {
				return fmt.Errorf("record %s seq %d is another one now", point, seq)
			}
		}
	}
	if err := p.keptStatements(j); err != nil {
		return err
	}
	if err := whole(j); err != nil {
		return err
	}
	if due := j.waiting(); len(due) > 0 {
		n, err := j.makeStatement(BatchPolicy{Records: 100}.due(due, 0, true), stampOf(), deviceKey, organisation)
		if err != nil {
			return err
		}
		if n < uint64(len(p.published)) {
			return fmt.Errorf("statement number %d is used again", n)
		}
	}
	return j.log.Close()
}

func (p promises) keptStatements(j *journal) error {
	for n, published := range p.published {
		signed, err := j.signed(uint64(n))
		if err != nil {
			return fmt.Errorf("published: %w", err)
		}
		if !bytes.Equal(signed, published) {
			return fmt.Errorf("statement %d says something else now", n)
		}
		if got := j.statements[n].outcome; got != p.answered[n] && p.answered[n] != open {
			return fmt.Errorf("statement %d is %d, was %d", n, got, p.answered[n])
		}
	}
	return nil
}

// whole checks that each record is in one statement that counts, or waits for one.
func whole(j *journal) error {
	times := map[string]int{}
	for _, p := range j.waiting() {
		times[fmt.Sprint(p.point, p.seq)]++
	}
	for n, f := range j.statements {
		s, err := j.statement(uint64(n))
		if err != nil {
			return err
		}
		for _, run := range s.Runs {
			for seq := run.First; seq <= run.Last && f.outcome != refused; seq++ {
				times[fmt.Sprint(run.Point, seq)]++
			}
		}
	}
	for point, records := range j.records {
		for seq := range records {
			if n := times[fmt.Sprint(point, seq)]; n != 1 {
				return fmt.Errorf("record of %s seq %d is stated or waits %d times", point, seq, n)
			}
		}
	}
	return nil
}

// finished checks that the cloud has everything, exactly once.
func (s *scenario) finished() error {
	for i, p := range s.points {
		if err := s.cloud.lost(p.settings.point, p.state.chain.Next); err != nil {
			return err
		}
		// Counting begins with the first record that the disk had room for.
		start, err := record.Decode(s.said.leaves[p.settings.point][0])
		must(s.t, err)
		if got, want := p.state.chain.Totals.IV, fmt.Sprintf("%.3f", float64((length-1)*(70+i))/1000); start.Event.New == "0" && got.Decimal(3) != want {
			return fmt.Errorf("%s measured %s m3, want %s", p.settings.point, got, want)
		}
	}
	return nil
}

var keepPercents = []int{0, 50, 100}

// TestCrashAtEveryOperation cuts the power before each operation on the disk, with none, half and all of what was not synced
// kept. The journal opens, and no promise is broken.
func TestCrashAtEveryOperation(t *testing.T) {
	fsys, s, crashes := faultfs.New(), newScenario(t), 0
	fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
		if op.Kind == faultfs.Read || op.Kind == faultfs.Open || op.N%stride > 0 {
			return nil // reading changes nothing: the crash before the next operation is the same
		}
		now := s.said.snapshot()
		for _, keep := range keepPercents {
			for seed := range uint64(3) {
				if keep != 50 && seed > 0 {
					break // nothing is left to chance
				}
				if err := now.holds(fsys.CrashClone(seed, keep)); err != nil {
					t.Fatalf("crash before operation %+v, keep %d %%, seed %d: %v", op, keep, seed, err)
				}
				crashes++
			}
		}
		return nil
	})
	must(t, s.run(fsys))
	must(t, s.finished())
	if crashes < 300/stride {
		t.Errorf("only %d crashes: the life is too short", crashes)
	}
	if got, want := s.said.answered, []outcome{receipted, refused, receipted, receipted, receipted}; !slices.Equal(got, want) {
		t.Errorf("statements ended as %v, want %v", got, want)
	}
}

// TestDiskFullAtEveryWrite fills the disk at each write, with nothing, a part and all of it let through. Nothing is lost: the
// totals at the end are those of the undisturbed life.
func TestDiskFullAtEveryWrite(t *testing.T) {
	for _, keep := range []int{0, 7, 1 << 20} {
		for n := 1; ; n += stride {
			fsys, s, hit := faultfs.New(), newScenario(t), false
			full := faultfs.FailNth(faultfs.Write, n, syscall.ENOSPC, keep)
			fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
				fault := full(op)
				hit = hit || fault != nil
				return fault
			})
			err := s.run(fsys)
			if !hit {
				break
			}
			if err == nil {
				err = s.finished()
			}
			fsys.Hook(nil)
			if err == nil {
				err = s.said.holds(fsys.CrashClone(uint64(n), 50))
			}
			if err != nil {
				t.Fatalf("write %d full after %d bytes: %v", n, keep, err)
			}
		}
	}
}

// TestFailedSyncEndsTheJournal: after a failed fsync nobody knows what is on the disk. The journal says so and takes nothing
// more, and what it acknowledged before is there after the restart.
func TestFailedSyncEndsTheJournal(t *testing.T) {
	for n := 2; ; n += stride { // the first one makes the empty journal
		fsys, s, hit := faultfs.New(), newScenario(t), false
		fail := faultfs.FailNth(faultfs.Sync, n, syscall.EIO, 0)
		fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
			fault := fail(op)
			hit = hit || fault != nil
			return fault
		})
		err := s.run(fsys)
		if !hit {
			break
		}
		if !errors.Is(err, durable.ErrFatal) {
			t.Fatalf("sync %d failed: %v, want a fatal error", n, err)
		}
		for seed, keep := range keepPercents {
			if err := s.said.holds(fsys.CrashClone(uint64(seed), keep)); err != nil {
				t.Fatalf("sync %d failed: %v", n, err)
			}
		}
	}
}
