package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/record"
)

// TestRefusals: what was refused is listed, the newest first, over a restart.
func TestRefusals(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	s := open(t, dir, store.Options{})
	none, err := s.Refusals(ctx)
	must(t, err)
	same(t, "at first", len(none), 0)
	at := time.Date(2026, 2, 1, 12, 0, 0, 0, time.FixedZone("", -6*3600))
	must(t, s.AddRefusal(ctx, store.Refused(at, "documents", record.Hash{1}, errors.New("no key of that day"))))
	must(t, s.AddRefusal(ctx, store.Refused(at, "tickets", record.Hash{2}, errors.New(strings.Repeat("long ", 1000)))))
	must(t, s.Close())
	all, err := open(t, dir, store.Options{}).Refusals(ctx)
	must(t, err)
	same(t, "refusals", len(all), 2)
	same(t, "the newest", len(all[0].Reason), 1000)
	same(t, "the oldest", all[1], store.Refusal{At: "2026-02-01T18:00:00Z", Kind: "documents", Hash: record.Hash{1}, Reason: "no key of that day"})
}

// TestRefusalsAreBounded: the oldest are forgotten.
func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t, t.TempDir(), store.Options{})
	for i := range 1_010 {
		must(t, s.AddRefusal(ctx, store.Refusal{Hash: record.Hash{byte(i), byte(i >> 8)}}))
	}
	all, err := s.Refusals(ctx)
	must(t, err)
	same(t, "kept", len(all), 1_000)
	same(t, "the oldest kept", all[999].Hash, record.Hash{10})
}
