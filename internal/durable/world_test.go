package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

// dir is where the logs of these tests live.
const dir = "data/log"

// small makes many segments out of few entries.
var small = durable.LogOptions{SegmentBytes: 300, MaxEntry: 64}

// model is what the user of a log knows about it.
type model struct {
	entries [][]byte // all appended, and not reported as gone
	synced  int      // how many of them Sync confirmed
	pruned  uint64   // the largest index given to Prune
	made    int      // entries ever made, so that no two are alike
}

// entry makes the next entry, 1 to 60 bytes.
func (m *model) entry(rnd *rand.Rand) []byte {
	m.made++
	text := fmt.Sprintf("#%d ", m.made)
	return bytes.Repeat([]byte(text), 1+rnd.IntN(60/len(text)))
}

// run plays a day in the life of a log on fsys and stops at the first error that
// is not a full disk, which it gets over. Each step keeps m up to date.
func (m *model) run(fsys durable.FS) (l *durable.Log, err error) {
	rnd := rand.New(rand.NewPCG(1, 2))
	if l, err = openRetrying(fsys); err != nil {
		return nil, err
	}
	for step := range 18 {
		for range 1 + rnd.IntN(3) {
			e := m.entry(rnd)
			index, err := l.Append(e)
			if err != nil {
				return l, err
			}
			if index != uint64(len(m.entries)) {
				return l, fmt.Errorf("append gave index %d, want %d", index, len(m.entries))
			}
			m.entries = append(m.entries, e)
		}
		if rnd.IntN(4) == 0 {
			continue // two batches in one sync
		}
		if err := m.sync(l); err != nil {
			return l, err
		}
		switch {
		case step%5 == 4:
			m.pruned = max(m.pruned, uint64(m.synced-min(m.synced, 6)))
			if err := l.Prune(m.pruned); err != nil {
				return l, err
			}
		case step == 11:
			if err := l.Close(); err != nil {
				return l, err
			}
			if l, err = openRetrying(fsys); err != nil {
				return nil, err
			}
		}
	}
	return l, m.sync(l)
}

func (m *model) sync(l *durable.Log) error {
	err := l.Sync()
	switch {
	case err == nil:
		m.synced = len(m.entries)
	case errors.Is(err, durable.ErrNoSpace) && !errors.Is(err, durable.ErrFatal):
		m.entries = m.entries[:m.synced]
		if l.Next() != uint64(m.synced) || l.Durable() != uint64(m.synced) {
			return fmt.Errorf("after a full disk the log ends at %d (durable %d), want %d", l.Next(), l.Durable(), m.synced)
		}
		return nil
	}
	return err
}

// openRetrying opens the log, a second time if the disk was full.
func openRetrying(fsys durable.FS) (*durable.Log, error) {
	l, err := durable.OpenLog(fsys, dir, small)
	if errors.Is(err, durable.ErrNoSpace) && !errors.Is(err, durable.ErrFatal) {
		return durable.OpenLog(fsys, dir, small)
	}
	return l, err
}

// verify opens the log on fsys after a crash, compares it with what m promises,
// and checks that it goes on from there.
func (m *model) verify(fsys durable.FS) error {
	l, err := durable.OpenLog(fsys, dir, small)
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	n, err := m.compare(l)
	if err != nil {
		return err
	}
	more := []byte("and on it goes")
	index, err := l.Append(more)
	if err != nil || index != n {
		return fmt.Errorf("append after the crash: %d, %w; want %d", index, err, n)
	}
	if err := errors.Join(l.Sync(), l.Close()); err != nil {
		return fmt.Errorf("sync after the crash: %w", err)
	}
	after := model{entries: append(m.entries[:n:n], more), synced: int(n) + 1, pruned: m.pruned}
	if l, err = durable.OpenLog(fsys, dir, small); err != nil {
		return fmt.Errorf("second reopen: %w", err)
	}
	if t := l.Torn(); t != nil {
		return fmt.Errorf("a closed log has a torn end: %+v", t)
	}
	if _, err = after.compare(l); err != nil {
		return fmt.Errorf("second reopen: %w", err)
	}
	return l.Close()
}

// compare checks that every synced entry is there, that nothing is there that was
// not appended, and returns how many the log holds.
func (m *model) compare(l *durable.Log) (n uint64, err error) {
	n = l.Durable()
	if n < uint64(m.synced) {
		return n, fmt.Errorf("lost: %d entries, %d were synced", n, m.synced)
	}
	if n > uint64(len(m.entries)) {
		return n, fmt.Errorf("phantom: %d entries, %d were appended", n, len(m.entries))
	}
	if l.First() > m.pruned {
		return n, fmt.Errorf("lost: first entry is %d, pruned were those before %d", l.First(), m.pruned)
	}
	next := l.First()
	for e, err := range l.All(0) {
		if err != nil {
			return n, err
		}
		if e.Index != next || !bytes.Equal(e.Data, m.entries[e.Index]) {
			return n, fmt.Errorf("entry %d (want %d) is %q, want %q", e.Index, next, e.Data, m.entries[e.Index])
		}
		next++
	}
	if next != n {
		return n, fmt.Errorf("All ended at %d, want %d", next, n)
	}
	return n, nil
}

// snapshot is m as it is now, for the time when a clone made now is looked at.
func (m *model) snapshot() model {
	s := *m
	s.entries = s.entries[:len(s.entries):len(s.entries)]
	return s
}

// mustRun plays the day without faults.
func mustRun(t *testing.T, fsys durable.FS) *model {
	t.Helper()
	m := &model{}
	l, err := m.run(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

// closedLog returns a file system with a log of several segments, properly
// closed, and the model of it.
func closedLog(t *testing.T) (*faultfs.FS, *model) {
	t.Helper()
	fsys := faultfs.New()
	m := mustRun(t, fsys)
	if n := len(fsys.Files()); n < 3 {
		t.Fatalf("%d segments, want at least 3", n)
	}
	return fsys, m
}
