package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/store"
)

// TestNoSpace: at whatever size the database is full, the refused transaction leaves nothing behind, all before it is whole, and
// with more pages the same step succeeds.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	w, top := newWorld(t), t.TempDir()
	steps := w.steps()
	stages := w.stages(filepath.Join(top, "all"))
	full, refused := 0, 0
	for pages := 1; full < 2; pages++ {
		dir := filepath.Join(top, fmt.Sprint(pages))
		must(t, os.Mkdir(dir, 0o700))
		done := 0
		s, err := store.Open(t.Context(), dir, store.Options{MaxPages: pages})
		switch {
		case err == nil:
			done = w.fillUntilFull(s)
			must(t, s.Close())
			w.holds(dir, stages[done])
		case !errors.Is(err, store.ErrNoSpace) || !strings.Contains(err.Error(), dir):
			t.Fatalf("open with %d pages: %v", pages, err)
		}
		if done == len(steps) {
			full++
		} else if err == nil {
			refused++
		}
		s, err = store.Open(t.Context(), dir, store.Options{MaxPages: 10_000})
		must(t, err)
		for _, step := range steps[done:] {
			if err := step.run(t.Context(), s); err != nil {
				t.Fatalf("%d pages, then %s with more: %v", pages, step.name, err)
			}
		}
		must(t, s.Close())
		w.holds(dir, stages[len(steps)])
	}
	if refused < 10 {
		t.Errorf("the store was full at %d sizes only", refused)
	}
}

// stages returns what a store holds after none, one, two ... of all steps. Fsck finds nothing in the last.
func (w *world) stages(dir string) [][]string {
	w.t.Helper()
	must(w.t, os.Mkdir(dir, 0o700))
	s := open(w.t, dir, store.Options{})
	db := raw(w.t, dir)
	all := make([][]string, 1)
	for _, step := range w.steps() {
		must(w.t, step.run(w.t.Context(), s))
		now, err := dump(db)
		must(w.t, err)
		all = append(all, now)
	}
	same(w.t, "findings", w.fsck(s), nil)
	return all
}

// holds expects a closed store to hold exactly what it should.
func (w *world) holds(dir string, want []string) {
	w.t.Helper()
	got, err := dump(raw(w.t, dir))
	must(w.t, err)
	if !slices.Equal(got, want) {
		same(w.t, "store in "+dir, got, want)
	}
}

// fillUntilFull stores what there is room for, and returns the number of steps that were done.
func (w *world) fillUntilFull(s *store.Store) int {
	w.t.Helper()
	steps := w.steps()
	for i, step := range steps {
		if err := step.run(w.t.Context(), s); errors.Is(err, store.ErrNoSpace) {
			return i
		} else if err != nil {
			w.t.Fatalf("%s: %v, want ErrNoSpace", step.name, err)
		}
	}
	return len(steps)
}
