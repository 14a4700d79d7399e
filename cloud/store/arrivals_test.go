package store_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
)

// TestHead: each paper moves the head on, by a chain that anyone can compute, and the same paper again does not.
func TestHead(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	s := open(t, dir, store.Options{})
	head, err := s.Head(t.Context())
	must(t, err)
	same(t, "head of an empty store", head, store.Head{})
	w.fill(s)
	var want store.Head
	add := func(kind string, signed []byte) {
		hash := sha256.Sum256(signed)
		want.Position++
		want.Chain = sha256.Sum256([]byte(string(want.Chain[:]) + kind + "\x00" + string(hash[:])))
	}
	for _, signed := range w.registries {
		add("registries", signed)
	}
	for _, p := range w.papers {
		add("documents", p.Signed)
	}
	for _, signed := range w.Tickets {
		b, err := cose.Marshal(signed)
		must(t, err)
		add("tickets", b)
	}
	for range 2 {
		head, err = s.Head(t.Context())
		must(t, err)
		same(t, "head", head, want)
		for _, step := range w.steps() {
			if strings.HasPrefix(step.name, "registry") || strings.HasPrefix(step.name, "paper") || strings.HasPrefix(step.name, "ticket") {
				must(t, step.run(t.Context(), s)) // again
			}
		}
	}
	has, err := s.HasTicket(t.Context(), record.Hash(sha256.Sum256(w.Tickets[0].Ticket)))
	must(t, err)
	same(t, "a ticket that is here", has, true)
	has, err = s.HasTicket(t.Context(), record.Hash{})
	must(t, err)
	same(t, "one that is not", has, false)
}

// TestArrivalsOfAnOlderStore: a store from before arrivals were noted is opened, once, with all its papers in the order that is known.
func TestArrivalsOfAnOlderStore(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	s, err := store.Open(t.Context(), dir, store.Options{})
	must(t, err)
	w.fill(s)
	head, err := s.Head(t.Context())
	must(t, err)
	must(t, s.Close())
	db := raw(t, dir)
	for _, change := range []string{"DROP TABLE arrivals", "DROP TABLE refusals", "PRAGMA user_version = 1"} {
		_, err := db.Exec(change)
		must(t, err)
	}
	for range 2 {
		s, err = store.Open(t.Context(), dir, store.Options{})
		must(t, err)
		again, err := s.Head(t.Context())
		must(t, err)
		same(t, "position", again.Position, head.Position)
		same(t, "findings", w.fsck(s), nil)
		must(t, s.Close())
	}
}
