package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/store"
)

// TestNoSpace: at whatever size the database is full, the refused transaction leaves nothing behind, all before it is whole, and
// with more pages the same step succeeds.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	w, top := newWorld(t), t.TempDir()
	full, refused := 0, 0
	for pages := 1; full < 3; pages++ {
		dir := filepath.Join(top, fmt.Sprint(pages))
		must(t, os.Mkdir(dir, 0o700))
		rest := w.steps()
		s, err := store.Open(t.Context(), dir, store.Options{MaxPages: pages})
		switch {
		case err == nil:
			rest = w.fillUntilFull(s, raw(t, dir))
			same(t, fmt.Sprintf("findings with %d pages", pages), w.fsck(s), nil)
			must(t, s.Close())
		case !errors.Is(err, store.ErrNoSpace) || !strings.Contains(err.Error(), dir):
			t.Fatalf("open with %d pages: %v", pages, err)
		}
		if len(rest) == 0 {
			full++
		} else if err == nil {
			refused++
		}
		s, err = store.Open(t.Context(), dir, store.Options{MaxPages: 10_000})
		must(t, err)
		for _, step := range rest {
			if err := step.run(t.Context(), s); err != nil {
				t.Fatalf("%d pages, then %s with more: %v", pages, step.name, err)
			}
		}
		w.check(s)
		must(t, s.Close())
	}
	if refused < 10 {
		t.Errorf("the store was full at %d sizes only", refused)
	}
}

// fillUntilFull stores what there is room for, and returns the rest, the step that was refused first.
func (w *world) fillUntilFull(s *store.Store, db *sql.DB) []step {
	w.t.Helper()
	steps := w.steps()
	for i, step := range steps {
		before, err := dump(db)
		must(w.t, err)
		err = step.run(w.t.Context(), s)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNoSpace) {
			w.t.Fatalf("%s: %v, want ErrNoSpace", step.name, err)
		}
		after, err := dump(db)
		must(w.t, err)
		same(w.t, step.name+" was refused, the store", after, before)
		return steps[i:]
	}
	return nil
}
