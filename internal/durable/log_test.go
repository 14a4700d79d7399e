package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

// fileSystems are the real one and the simulated one, with a place for a log.
func fileSystems(t *testing.T) map[string]struct {
	fs  durable.FS
	dir string
} {
	return map[string]struct {
		fs  durable.FS
		dir string
	}{
		"os":      {durable.OS, filepath.Join(t.TempDir(), "a", "b")},
		"faultfs": {faultfs.New(), "/a/b"},
	}
}

func TestLogOnEachFileSystem(t *testing.T) {
	for name, w := range fileSystems(t) {
		t.Run(name, func(t *testing.T) {
			open := func() *durable.Log {
				l, err := durable.OpenLog(w.fs, w.dir, durable.LogOptions{SegmentBytes: 10000, MaxEntry: 9000})
				must(t, err)
				return l
			}
			l := open()
			if l.Next() != 0 || l.Torn() != nil {
				t.Errorf("new log: next %d, torn %v", l.Next(), l.Torn())
			}
			want := map[uint64][]byte{}
			for i := range 60 {
				e := bytes.Repeat([]byte{byte(i + 1)}, 1+i*150) // some longer than one read
				index, err := l.Append(e)
				must(t, err)
				if _, err := l.Read(index); !errors.Is(err, durable.ErrNoEntry) {
					t.Errorf("entry %d readable before Sync: %v", index, err)
				}
				want[index] = bytes.Clone(e)
				clear(e) // the log has its own copy
				must(t, l.Sync())
			}
			check := func() {
				t.Helper()
				for i := l.First(); i < l.Next(); i++ {
					if got, err := l.Read(i); err != nil || !bytes.Equal(got, want[i]) {
						t.Fatalf("entry %d: %d bytes, %v; want %d", i, len(got), err, len(want[i]))
					}
				}
			}
			check()
			must(t, l.Prune(40))
			if f := l.First(); f == 0 || f > 40 {
				t.Errorf("first entry after Prune(40) is %d", f)
			}
			if _, err := l.Read(0); !errors.Is(err, durable.ErrNoEntry) {
				t.Errorf("pruned entry: %v, want ErrNoEntry", err)
			}
			if _, err := durable.OpenLog(w.fs, w.dir, durable.LogOptions{}); !errors.Is(err, durable.ErrLocked) {
				t.Errorf("second OpenLog: %v, want ErrLocked", err)
			}
			must(t, l.Close())
			if _, err := l.Append([]byte("x")); !errors.Is(err, durable.ErrLogClosed) {
				t.Errorf("Append after Close: %v", err)
			}
			l = open()
			if l.Next() != 60 {
				t.Errorf("reopened: next %d, want 60", l.Next())
			}
			check()
			must(t, l.Prune(1000))
			if f, n := l.First(), l.Next(); f == n || n != 60 {
				t.Errorf("Prune of everything left %d up to %d: the last segment must stay", f, n)
			}
			must(t, l.Close())
		})
	}
}

func TestLogLimits(t *testing.T) {
	fsys := faultfs.New()
	for _, o := range []durable.LogOptions{{SegmentBytes: 63}, {SegmentBytes: 1 << 40}, {MaxEntry: -1}, {MaxEntry: 17 << 20}} {
		if _, err := durable.OpenLog(fsys, dir, o); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("options %+v: %v", o, err)
		}
	}
	l, err := durable.OpenLog(fsys, dir, durable.LogOptions{MaxEntry: 10})
	must(t, err)
	for _, n := range []int{0, 11} {
		if _, err := l.Append(make([]byte, n)); err == nil {
			t.Errorf("entry of %d bytes accepted", n)
		}
	}
	for i := 0; ; i++ {
		if _, err := l.Append([]byte("x")); err != nil {
			if i != 1<<16 {
				t.Errorf("refused after %d entries without Sync: %v", i, err)
			}
			break
		}
	}
	must(t, l.Sync())
	if n := l.Durable(); n != 1<<16 {
		t.Errorf("%d entries durable, want %d", n, 1<<16)
	}
}

func TestAllSeesEntriesThatComeLater(t *testing.T) {
	l, err := durable.OpenLog(faultfs.New(), dir, small)
	must(t, err)
	seen := 0
	for range 3 {
		_, err := l.Append([]byte("x"))
		must(t, err)
	}
	must(t, l.Sync())
	for e, err := range l.All(1) {
		must(t, err)
		seen++
		if e.Index == 2 { // add while reading
			_, err := l.Append([]byte("y"))
			must(t, err)
			must(t, l.Sync())
		}
	}
	if seen != 3 {
		t.Errorf("saw %d entries from 1 on, want 3", seen)
	}
	for range l.All(0) {
		break // may stop early
	}
	for range l.All(100) {
		t.Error("an entry from beyond the end")
	}
}

func TestLogFromManyGoroutines(t *testing.T) {
	l, err := durable.OpenLog(faultfs.New(), dir, small)
	must(t, err)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 50 {
				if _, err := l.Append(fmt.Appendf(nil, "%d/%d", g, i)); err != nil {
					t.Error(err)
				}
				if err := l.Sync(); err != nil {
					t.Error(err)
				}
				for _, err := range l.All(l.Durable() - 1) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if n := len(entries(t, l)); n != 200 {
		t.Errorf("%d entries, want 200", n)
	}
}

// TestSegmentsDoNotShow runs arbitrary appends, syncs, prunes and crashes against
// logs with different segment sizes, which must hold the same entries.
func TestSegmentsDoNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := durable.LogOptions{SegmentBytes: rapid.Int64Range(64, 2000).Draw(t, "segment bytes"), MaxEntry: 100}
		fsys := faultfs.New()
		l, err := durable.OpenLog(fsys, dir, o)
		if err != nil {
			t.Fatal(err)
		}
		var m model
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"append", "append", "append", "sync", "prune", "crash"}).Draw(t, "step") {
			case "append":
				e := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "entry")
				if _, err := l.Append(e); err != nil {
					t.Fatal(err)
				}
				m.entries = append(m.entries, e)
			case "sync":
				if err := m.sync(l); err != nil {
					t.Fatal(err)
				}
			case "prune":
				m.pruned = max(m.pruned, rapid.Uint64Range(0, uint64(m.synced)).Draw(t, "before"))
				if err := l.Prune(m.pruned); err != nil {
					t.Fatal(err)
				}
			case "crash":
				fsys = fsys.CrashClone(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 100).Draw(t, "keep"))
				if l, err = durable.OpenLog(fsys, dir, o); err != nil {
					t.Fatal(err)
				}
				n, err := m.compare(l)
				if err != nil {
					t.Fatal(err)
				}
				m.entries, m.synced = m.entries[:n:n], int(n)
			}
		}
	})
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "LOCK")
	first, err := durable.OS.Lock(path)
	must(t, err)
	if _, err := durable.OS.Lock(path); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("second lock: %v, want ErrLocked", err)
	}
	must(t, first.Close())
	again, err := durable.OS.Lock(path)
	must(t, err)
	must(t, again.Close())
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
