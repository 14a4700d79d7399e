package monitor_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/ledger/monitor"
)

// provesLie expects a proof of a lie between checkpoints of two sizes.
func provesLie(t *testing.T, err error, trust proof.Trust, older, newer uint64) {
	t.Helper()
	var lie *monitor.LieError
	if !errors.As(err, &lie) || lie.Verify(trust) != nil || lie.Older.Size != older || lie.Newer.Size != newer {
		t.Errorf("error is %v, want a proof with %d and %d entries", err, older, newer)
	}
}

// views returns the folder of an honest log of 100 entries that is followed, and folders of what else its operator signed.
func views(t *testing.T) (served string, trust proof.Trust, honest, lying func(size int) string) {
	t.Helper()
	served = filepath.Join(t.TempDir(), "log")
	trust = grow(t, served, "entry", 0, 100)
	view := func(word string) func(int) string {
		return func(size int) string {
			dir := filepath.Join(t.TempDir(), word)
			grow(t, dir, "entry", 0, 100)
			grow(t, dir, word, 100, size)
			return dir
		}
	}
	return served, trust, view("entry"), view("lie")
}

// TestAlwaysAhead: a log that shows a witness another story keeps that one a few entries ahead of ours, so that no tree of one size is ever
// shown to both. What the witness was shown is kept until the log comes to it here, over restarts.
func TestAlwaysAhead(t *testing.T) {
	t.Parallel()
	served, trust, honest, lying := views(t)
	state := t.TempDir()
	m := follow(t, served, trust, durable.OS, state)
	_, err := m.Update(t.Context(), passOver)
	must(t, err)
	must(t, m.Compare(checkpoint(t, lying(150))))
	must(t, m.Compare(checkpoint(t, lying(150)))) // once is enough
	must(t, m.Close())
	replaced(t, served, honest(160))
	for range 2 {
		m = follow(t, served, trust, durable.OS, state)
		_, err = m.Update(t.Context(), passOver)
		provesLie(t, err, trust, 150, 160)
		must(t, m.Close())
	}
	// When it comes to what the witness was shown, all is well again.
	replaced(t, served, lying(160))
	m = follow(t, served, trust, durable.OS, state)
	n, err := m.Update(t.Context(), passOver)
	if n != 60 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	provesLie(t, m.Compare(checkpoint(t, honest(155))), trust, 155, 160)
	must(t, m.Close())
}

// TestTwoOfOneSizeAhead: both are ahead of us, and contradict each other.
func TestTwoOfOneSizeAhead(t *testing.T) {
	t.Parallel()
	served, trust, honest, lying := views(t)
	m := follow(t, served, trust, durable.OS, t.TempDir())
	must(t, m.Compare(checkpoint(t, lying(150)))) // before it read anything
	provesLie(t, m.Compare(checkpoint(t, honest(150))), trust, 150, 150)
	must(t, m.Close())
}

// TestSignedAndNotServed: a log signs one tree and serves another, so that nothing can be proved. What it signed is kept, and proves the
// lie when it shows another story, or that it went back when it shows less.
func TestSignedAndNotServed(t *testing.T) {
	t.Parallel()
	served, trust, honest, lying := views(t)
	m := follow(t, served, trust, durable.OS, t.TempDir())
	_, err := m.Update(t.Context(), passOver)
	must(t, err)
	replaced(t, served, honest(200))
	text, err := os.ReadFile(filepath.Join(lying(200), "checkpoint"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(served, "checkpoint"), text, 0o600))
	if _, err := m.Update(t.Context(), passOver); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error is %v", err)
	}
	replaced(t, served, honest(150))
	var stale *monitor.StaleError
	if _, err := m.Update(t.Context(), passOver); !errors.As(err, &stale) || stale.Seen != 200 {
		t.Errorf("error is %v", err)
	}
	replaced(t, served, honest(250))
	_, err = m.Update(t.Context(), passOver)
	provesLie(t, err, trust, 200, 250)
	must(t, m.Close())
}

// TestTooMuchAhead: what a monitor keeps has a bound.
func TestTooMuchAhead(t *testing.T) {
	t.Parallel()
	served, trust, honest, _ := views(t)
	m := follow(t, served, trust, durable.OS, t.TempDir())
	_, err := m.Update(t.Context(), passOver)
	must(t, err)
	size := 101
	for ; err == nil && size < 200; size++ {
		err = m.Compare(checkpoint(t, honest(size)))
	}
	if err == nil || !strings.Contains(err.Error(), "has not come to any of 64") {
		t.Errorf("after %d: %v", size, err)
	}
	replaced(t, served, honest(200))
	if n, err := m.Update(t.Context(), passOver); n != 100 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	must(t, m.Compare(checkpoint(t, honest(201))))
	must(t, m.Close())
}

// TestHostileServer: a server sends readers elsewhere, or more than any log has, packed small.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	dir, trust := log(t, 3)
	var asked atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inner.Close()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 64 {
		_, err := z.Write(make([]byte, 1<<20))
		must(t, err)
	}
	must(t, z.Close())
	files := http.FileServer(http.Dir(dir))
	for _, test := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"elsewhere", "name that address", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inner.URL+r.URL.Path, http.StatusFound)
		}},
		{"round and round", "more than 3 redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}},
		{"64 MiB in 64 kB", "too large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		}},
		{"within the host", "", func(w http.ResponseWriter, r *http.Request) {
			if path, moved := strings.CutPrefix(r.URL.Path, "/moved"); moved {
				r.URL.Path = path
				files.ServeHTTP(w, r)
				return
			}
			http.Redirect(w, r, "/moved"+r.URL.Path, http.StatusMovedPermanently)
		}},
	} {
		server := httptest.NewServer(test.answer)
		_, _, err := read(t.Context(), server.URL, trust)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: error is %v, want %q", test.name, err, test.want)
		}
		server.Close()
	}
	if asked.Load() > 0 {
		t.Error("the reader went where it was sent")
	}
}
