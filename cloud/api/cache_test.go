package api_test

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable"
)

// program is what the clouds of these tests run.
var program = record.Hash{1, 2, 3}

// restart has the cloud go on as a process that has just started, with the cache that the one before it left.
func (w *world) restart() {
	w.forget()
	w.server.Cache = store.NewCache(durable.OS, w.dir, program)
}

// once is a clock by which nothing happens twice: whoever waits is told to end.
type once struct {
	clock.Clock
	end context.CancelFunc
}

func (o once) WaitUntil(ctx context.Context, _ time.Time) error {
	o.end()
	return context.Cause(ctx)
}

// keep has the cloud look after its cache as it does when it starts.
func (w *world) keep() {
	ctx, end := context.WithCancel(w.t.Context())
	defer end()
	w.server.Keep(ctx, once{clock.Real(), end})
}

// cached returns the trails in the cache.
func (w *world) cached() (*audit.Trails, store.Head) {
	w.t.Helper()
	head, err := w.store.Head(w.t.Context())
	must(w.t, err)
	content, err := w.server.Cache.Load(head)
	must(w.t, err)
	trails, err := audit.ReadTrails(content)
	must(w.t, err)
	return trails, head
}

var trails = slices.DeleteFunc(slices.Clone(questions), func(q string) bool { return !strings.HasPrefix(q, "/v1/trails/") })

// answers returns what the cloud says to each question about oil.
func (w *world) answers() (all []string) {
	w.t.Helper()
	for _, q := range append(trails, "/v1/trails/nothing") {
		all = append(all, w.ask(http.MethodGet, q, nil))
	}
	return all
}

// TestCache: a cloud that starts answers from what the one before it left, as the books would, until it has them.
func TestCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.restart()
	w.play("")
	want := w.answers()
	w.keep()
	must(t, w.server.CheckCache(t.Context()))
	w.restart()
	same(t, "answers from the cache", w.answers(), want)
	w.keep()
	same(t, "answers from the books", w.answers(), want)

	// That it was the cache: with other trails of the same papers, the answers are others, until the books are there. fsck says so.
	forged, head := w.cached()
	forged.Batches[w.Number.String()] = []string{audittest.Unrelated}
	must(t, w.server.Cache.Save(func(b []byte) ([]byte, store.Head, error) {
		b, err := forged.Append(b)
		return b, head, err
	}))
	w.restart()
	path := "/v1/trails/" + w.Number.String()
	other := w.ask(http.MethodGet, "/v1/trails/"+audittest.Unrelated, nil)
	same(t, "answer from another cache", w.ask(http.MethodGet, path, nil), other)
	if err := w.server.CheckCache(t.Context()); err == nil || !strings.Contains(err.Error(), "is not what the papers come to: delete it") {
		t.Errorf("the cache is other trails, and it is said: %v", err)
	}
	w.get("/v1/entries")
	same(t, "answers from the books", w.answers(), want)
}

// TestCacheOfOtherPapers: what was cached before a paper came, or by another program, is in no answer.
func TestCacheOfOtherPapers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.restart()
	w.play("")
	w.keep()
	_, before := w.cached()
	same(t, "status", w.post(w.corrections()[1]).status, http.StatusOK)
	want := w.answers()
	w.restart()
	same(t, "answers after a void", w.answers(), want)
	w.keep()
	if _, err := w.server.Cache.Load(before); err == nil {
		t.Error("the cache is still on the papers before the void")
	}
	must(t, w.server.CheckCache(t.Context()))
	forged, head := w.cached()
	forged.Chart = lineage.NewChart()
	must(t, w.server.Cache.Save(func(b []byte) ([]byte, store.Head, error) {
		b, err := forged.Append(b)
		return b, head, err
	}))
	w.restart()
	w.server.Cache = store.NewCache(durable.OS, w.dir, record.Hash{1})
	same(t, "answers of another program", w.answers(), want)
	w.restart()
	if slices.Equal(w.answers(), want) {
		t.Error("an empty cache answers as the books do")
	}
}

// TestCacheDamaged: whatever happens to the file, the answers are those of the books.
func TestCacheDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.restart()
	w.play("")
	want := w.answers()
	w.keep()
	path := w.server.Cache.Path()
	file, err := os.ReadFile(path)
	must(t, err)
	damaged := [][]byte{nil, file[:1], file[:8], file[:43], file[:44], file[:len(file)-1], append(slices.Clone(file), 0)}
	for at := 0; at < len(file); at += max(1, len(file)/40) {
		b := slices.Clone(file)
		b[at] ^= 0x10
		damaged = append(damaged, b)
	}
	for i, b := range damaged {
		must(t, os.WriteFile(path, b, 0o600))
		w.restart()
		if got := w.answers(); !slices.Equal(got, want) {
			t.Errorf("with file %d, of %d bytes, the answers are %q", i, len(b), got)
		}
	}
	w.keep()
	w.cached()
	must(t, os.Remove(path))
	must(t, os.Mkdir(path, 0o700))
	w.restart()
	same(t, "answers with a folder in the place of the file", w.answers(), want)
	w.keep()
}
