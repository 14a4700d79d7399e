package monitor_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
	"github.com/gauger/gauger/ledger/monitor"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// follow opens the monitor of a log.
func follow(t *testing.T, place string, trust proof.Trust, fsys durable.FS, dir string) *monitor.Monitor {
	t.Helper()
	l, err := monitor.At(place)
	must(t, err)
	m, err := monitor.Follow(l, trust, fsys, dir)
	must(t, err)
	return m
}

func passOver(uint64, []byte) error { return nil }

// replaced puts another folder in the place of a log, as who serves it can.
func replaced(t *testing.T, place, by string) {
	t.Helper()
	must(t, os.RemoveAll(place))
	must(t, os.CopyFS(place, os.DirFS(by)))
}

// TestFollow: the monitor gets every entry once, over restarts, and finds a log that went back or altered its past, and files that
// are damaged; it tells one from the other, and what it calls a lie is proved.
func TestFollow(t *testing.T) {
	t.Parallel()
	served, state := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "state")
	trust := grow(t, served, "entry", 0, 100)
	old, liar := filepath.Join(t.TempDir(), "old"), filepath.Join(t.TempDir(), "liar")
	must(t, os.CopyFS(old, os.DirFS(served)))
	grow(t, liar, "lie", 0, 1)
	grow(t, liar, "entry", 1, 400)

	m := follow(t, served, trust, durable.OS, state)
	var got []string
	take := func(index uint64, entry []byte) error {
		if index != uint64(len(got)) {
			return fmt.Errorf("entry %d came as number %d", index, len(got))
		}
		got = append(got, string(entry))
		return nil
	}
	update := func(want int) {
		t.Helper()
		if n, err := m.Update(t.Context(), take); err != nil || n != want {
			t.Fatalf("%d entries, %v; want %d", n, err, want)
		}
	}
	update(100)
	update(0)
	grow(t, served, "entry", 100, 300)
	must(t, m.Close())
	m = follow(t, served, trust, durable.OS, state)
	update(200)
	if len(got) != 300 || got[299] != "entry number 299" {
		t.Fatalf("%d entries, the last is %q", len(got), got[len(got)-1])
	}

	honest := filepath.Join(t.TempDir(), "honest")
	must(t, os.CopyFS(honest, os.DirFS(served)))
	replaced(t, served, old)
	var stale *monitor.StaleError
	if _, err := m.Update(t.Context(), passOver); !errors.As(err, &stale) || stale.Shown != 100 || stale.Seen != 300 {
		t.Errorf("an older copy: %v", err)
	}
	replaced(t, served, liar)
	lies := func(what string, err error, older, newer uint64) {
		t.Helper()
		var lie *monitor.LieError
		if !errors.As(err, &lie) {
			t.Errorf("%s: %v", what, err)
			return
		}
		text, err := lie.Format()
		must(t, err)
		read, err := proof.ParseMisbehaviour(text)
		must(t, err)
		if err := read.Verify(trust); err != nil || read.Older.Size != older || read.Newer.Size != newer {
			t.Errorf("%s: the evidence of %d and %d entries: %v", what, read.Older.Size, read.Newer.Size, err)
		}
	}
	_, err := m.Update(t.Context(), passOver)
	lies("a log that altered its past", err, 300, 400)

	// Against what others were shown, of any size.
	for _, size := range []int{1, 2, 99, 300} {
		other := filepath.Join(t.TempDir(), fmt.Sprint(size))
		grow(t, other, "lie", 0, 1)
		grow(t, other, "entry", 1, size)
		lies(fmt.Sprintf("a checkpoint of %d entries", size), m.Compare(checkpoint(t, other)), uint64(size), 300)
	}
	if err := m.Compare(checkpoint(t, honest)); err != nil {
		t.Errorf("the same checkpoint: %v", err)
	}
	if err := m.Compare(checkpoint(t, old)); !errors.As(err, &stale) {
		t.Errorf("an older checkpoint: %v", err)
	}

	// Damage is no lie.
	replaced(t, served, honest)
	grow(t, served, "entry", 300, 310)
	path := filepath.Join(served, "tile", "entries", "001.p", "54")
	b, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(b), "number 305", "number 503", 1)), 0o600))
	if _, err := m.Update(t.Context(), passOver); err == nil || !strings.Contains(err.Error(), "damaged") || errors.As(err, new(*monitor.LieError)) {
		t.Errorf("damaged files: %v", err)
	}
	must(t, os.WriteFile(path, b, 0o600))
	update(10)
	must(t, m.Close())

	journal, err := filepath.Glob(filepath.Join(state, "*"))
	must(t, err)
	must(t, os.RemoveAll(journal[0]))
}

// checkpoint reads the checkpoint of a folder.
func checkpoint(t *testing.T, dir string) proof.SignedCheckpoint {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	must(t, err)
	s, err := proof.ParseCheckpoint(b)
	must(t, err)
	return s
}

// TestMonitorCrashes cuts the power at each operation on the journal: the monitor comes back to a checkpoint that it had verified,
// and goes on.
func TestMonitorCrashes(t *testing.T) {
	t.Parallel()
	var steps []string
	var trust proof.Trust
	place := filepath.Join(t.TempDir(), "log")
	for i, size := range []int{0, 3, 5, 9} {
		from := max(0, []int{0, 0, 3, 5}[i])
		trust = grow(t, place, "entry", from, size)
		steps = append(steps, filepath.Join(t.TempDir(), fmt.Sprint(size)))
		must(t, os.CopyFS(steps[i], os.DirFS(place)))
	}
	for cut := 0; ; cut++ {
		fsys := faultfs.New()
		var crashed []*faultfs.FS
		operations, verified := 0, uint64(0)
		fsys.Hook(func(faultfs.Op) *faultfs.Fault {
			if operations == cut {
				for _, keep := range []int{0, 50, 100} {
					crashed = append(crashed, fsys.CrashClone(uint64(cut), keep))
				}
			}
			operations++
			return nil
		})
		for _, step := range steps {
			m := follow(t, step, trust, fsys, "/m")
			_, err := m.Update(t.Context(), passOver)
			must(t, err)
			if crashed == nil {
				verified = m.Newest().Size
			}
			must(t, m.Close())
		}
		if crashed == nil {
			return // every operation was cut
		}
		for _, disk := range crashed {
			m := follow(t, steps[3], trust, disk, "/m")
			if m.Newest() == nil && verified > 0 || m.Newest() != nil && m.Newest().Size < verified {
				t.Fatalf("cut %d: it forgot the checkpoint of %d entries", cut, verified)
			}
			_, err := m.Update(t.Context(), passOver)
			must(t, err)
			if m.Newest().Size != 9 {
				t.Fatalf("cut %d: it follows to %d entries", cut, m.Newest().Size)
			}
			must(t, m.Close())
		}
	}
}
