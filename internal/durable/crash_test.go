package durable_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

var keepPercents = []int{0, 50, 100}

// TestCrashAtEveryOperation cuts the power before each operation of the day, with
// none, half (20 different ones) and all of the unsynced data kept, and once
// more during each operation of the recovery.
func TestCrashAtEveryOperation(t *testing.T) {
	fsys, m := faultfs.New(), &model{}
	crashes := 0
	fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
		now := m.snapshot()
		for _, keep := range keepPercents {
			for seed := range uint64(20) {
				if keep != 50 && seed > 0 {
					break // nothing is left to chance
				}
				clone := fsys.CrashClone(seed, keep)
				if seed == 0 && keep == 50 {
					crashInRecovery(t, clone, now, op)
				}
				if err := now.verify(clone); err != nil {
					t.Fatalf("crash before operation %+v, keep %d %%, seed %d: %v", op, keep, seed, err)
				}
				crashes++
			}
		}
		return nil
	})
	if _, err := m.run(fsys); err != nil {
		t.Fatal(err)
	}
	if crashes < 22*80 {
		t.Errorf("only %d crashes: the day is too short", crashes)
	}
}

// crashInRecovery crashes again at each operation of opening the log and adding to it.
func crashInRecovery(t *testing.T, crashed *faultfs.FS, now model, first faultfs.Op) {
	crashed = crashed.CrashClone(0, 100) // the caller still needs its own
	crashed.Hook(func(op faultfs.Op) *faultfs.Fault {
		for _, keep := range keepPercents {
			again := now.snapshot()
			again.entries = append(again.entries, []byte("and on it goes")) // what verify adds
			l, err := durable.OpenLog(crashed.CrashClone(7, keep), dir, small)
			if err != nil {
				t.Fatalf("crash before %+v, and before %+v of the recovery, keep %d %%: %v", first, op, keep, err)
			}
			if n := l.Durable(); n < uint64(now.synced) || n > uint64(len(again.entries)) {
				t.Fatalf("crash before %+v, and before %+v of the recovery, keep %d %%: %d entries, want %d to %d",
					first, op, keep, n, now.synced, len(again.entries))
			}
		}
		return nil
	})
	if err := now.verify(crashed); err != nil {
		t.Fatalf("crash before %+v: %v", first, err)
	}
}

// TestDiskFullAtEveryWrite fills the disk at each write, with nothing, a part and
// all of the write let through. The log must say so, go on when there is room, and
// never bring back what it said was gone, crash or no crash.
func TestDiskFullAtEveryWrite(t *testing.T) {
	for _, keep := range []int{0, 7, 1 << 20} {
		for n := 1; ; n++ {
			fsys, m := faultfs.New(), &model{}
			full := faultfs.FailNth(faultfs.Write, n, syscall.ENOSPC, keep)
			hit := false
			fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
				if hit {
					now := m.snapshot()
					for seed, keep := range keepPercents {
						if err := now.verify(fsys.CrashClone(uint64(seed), keep)); err != nil {
							t.Fatalf("write %d full, crash before %+v: %v", n, op, err)
						}
					}
				}
				fault := full(op)
				hit = hit || fault != nil
				return fault
			})
			l, err := m.run(fsys)
			if err != nil {
				t.Fatalf("write %d full after %d bytes: %v", n, keep, err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			fsys.Hook(nil)
			if err := m.verify(fsys); err != nil {
				t.Fatalf("write %d full after %d bytes: %v", n, keep, err)
			}
			if !hit {
				if n < 20 {
					t.Errorf("only %d writes: the day is too short", n)
				}
				break
			}
		}
	}
}

// TestDiskFullByAndBy gives the log a little more room at a time.
func TestDiskFullByAndBy(t *testing.T) {
	for room := int64(1); room < 1500; room += 13 {
		fsys := faultfs.New()
		fsys.Limit(room)
		m := &model{}
		l, err := m.run(fsys)
		if err != nil && !errors.Is(err, durable.ErrNoSpace) {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
		if l != nil {
			if err := l.Close(); err != nil {
				t.Fatalf("room for %d bytes: %v", room, err)
			}
		}
		fsys.Limit(0)
		if err := m.verify(fsys); err != nil {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
	}
}

// TestFaultAtEveryOperation lets each operation of each kind fail once with EIO.
// The error must come out, a failed sync must be fatal for good, and both after a restart
// of the program and after a power cut every synced entry must be there.
func TestFaultAtEveryOperation(t *testing.T) {
	kinds := []faultfs.Kind{
		faultfs.Create, faultfs.Open, faultfs.Read, faultfs.Write, faultfs.Sync, faultfs.Truncate,
		faultfs.Remove, faultfs.ReadDir, faultfs.Mkdir, faultfs.SyncDir, faultfs.Lock,
	}
	for _, kind := range kinds {
		for n := 1; ; n++ {
			fsys, m := faultfs.New(), &model{}
			fail := faultfs.FailNth(kind, n, syscall.EIO, 5)
			hit := false
			fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
				fault := fail(op)
				hit = hit || fault != nil
				return fault
			})
			l, err := m.run(fsys)
			if !hit {
				break
			}
			if err := afterFault(fsys, m, l, err, kind); err != nil {
				t.Fatalf("%s %d failed: %v", kind, n, err)
			}
		}
	}
}

func afterFault(fsys *faultfs.FS, m *model, l *durable.Log, err error, kind faultfs.Kind) error {
	isSync := kind == faultfs.Sync || kind == faultfs.SyncDir
	if err != nil && !errors.Is(err, syscall.EIO) {
		return err
	}
	if err == nil && isSync {
		return errors.New("nobody noticed")
	}
	if isSync && l != nil && !errors.Is(err, durable.ErrFatal) {
		return fmt.Errorf("%w: not marked as fatal", err)
	}
	if errors.Is(err, durable.ErrFatal) && l != nil {
		_, e1 := l.Append([]byte("x"))
		_, e2 := l.Read(l.First())
		for _, e := range []error{e1, e2, l.Sync()} {
			if !errors.Is(e, durable.ErrFatal) && !errors.Is(e, durable.ErrLogClosed) {
				return fmt.Errorf("after a fatal error: %w, want it again", e)
			}
		}
	}
	for _, keep := range keepPercents {
		for seed := range uint64(5) {
			if err := m.verify(fsys.CrashClone(seed, keep)); err != nil {
				return fmt.Errorf("power cut, keep %d %%, seed %d: %w", keep, seed, err)
			}
		}
	}
	if l != nil {
		_ = l.Close() // its error is the fault's
	}
	fsys.Hook(nil)
	if err := m.verify(fsys); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	return nil
}

// TestCloseReportsAFailedSync fails the last sync of all.
func TestCloseReportsAFailedSync(t *testing.T) {
	fsys := faultfs.New()
	l, err := (&model{}).run(fsys)
	if err != nil {
		t.Fatal(err)
	}
	fsys.Hook(faultfs.FailNth(faultfs.Sync, 1, syscall.EIO, 0))
	if err := l.Close(); !errors.Is(err, durable.ErrFatal) {
		t.Errorf("Close: %v, want ErrFatal", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// TestRolledBackEntriesStayGone lets a write get through as a whole although the
// disk is full. Once Sync has said that the entry is gone, no crash brings it back.
func TestRolledBackEntriesStayGone(t *testing.T) {
	fsys := faultfs.New()
	l, err := durable.OpenLog(fsys, dir, small)
	must(t, err)
	fsys.Hook(faultfs.FailNth(faultfs.Write, 1, syscall.ENOSPC, 1<<20))
	_, err = l.Append([]byte("x"))
	must(t, err)
	if err := l.Sync(); !errors.Is(err, durable.ErrNoSpace) {
		t.Fatalf("Sync: %v, want ErrNoSpace", err)
	}
	for seed := range uint64(200) {
		if err := (&model{}).verify(fsys.CrashClone(seed, 50)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// TestCutEntriesStayGone crashes twice. The first crash tears entry 0 and leaves
// entry 1, which recovery cuts off; then another entry 0 of the same size is
// written in its place. If the cut were not durable, a second crash could put
// the old entry 1 behind the new entry 0.
func TestCutEntriesStayGone(t *testing.T) {
	fsys := faultfs.New()
	l, err := durable.OpenLog(fsys, dir, small)
	must(t, err)
	for _, e := range []string{"old 0", "old 1"} {
		_, err := l.Append([]byte(e))
		must(t, err)
	}
	var torn []*faultfs.FS
	fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
		for seed := range uint64(30) {
			if op.Kind == faultfs.Sync {
				torn = append(torn, fsys.CrashClone(seed, 70))
			}
		}
		return nil
	})
	must(t, l.Sync())
	cuts := 0
	for _, once := range torn {
		l, err := durable.OpenLog(once, dir, small)
		must(t, err)
		if l.Torn() == nil || l.Durable() > 0 {
			continue
		}
		cuts++
		_, err = l.Append([]byte("new 0"))
		must(t, err)
		m := model{entries: [][]byte{[]byte("new 0")}}
		once.Hook(func(op faultfs.Op) *faultfs.Fault {
			for seed := range uint64(30) {
				if err := m.verify(once.CrashClone(seed, 50)); err != nil {
					t.Fatalf("second crash before %+v, seed %d: %v", op, seed, err)
				}
			}
			return nil
		})
		must(t, l.Sync())
	}
	if cuts == 0 {
		t.Error("no crash tore the first entry")
	}
}

// TestOpenMakesNamesDurable kills the process, not the machine, between making a
// file and making its name durable. The next process must do that before it promises
// anything.
func TestOpenMakesNamesDurable(t *testing.T) {
	first := faultfs.New()
	l, err := durable.OpenLog(first, dir, small)
	must(t, err)
	must(t, l.Close())
	header := content(t, first)

	fsys := faultfs.New()
	must(t, durable.MkdirAll(fsys, dir))
	f, err := fsys.Create(first.Files()[0], 0o644)
	must(t, err)
	_, err = f.Write(header)
	must(t, err)
	must(t, errors.Join(f.Sync(), f.Close()))

	if l, err = durable.OpenLog(fsys, dir, small); err != nil {
		t.Fatal(err)
	}
	_, err = l.Append([]byte("x"))
	must(t, err)
	must(t, l.Sync())
	m := model{entries: [][]byte{[]byte("x")}, synced: 1}
	if err := m.verify(fsys.CrashClone(0, 0)); err != nil {
		t.Error(err)
	}
}
