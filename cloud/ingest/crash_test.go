package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/ledger"
)

// TestCrash: wherever the process dies between store, ledger and reply, the next one finishes what was stored, and the ledger has
// each statement once.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		strike func(w *world, die func(method, at string) func(string) error)
		resume int // replies that the next process sends by itself
	}{
		{"between store and ledger", func(w *world, die func(method, at string) func(string) error) {
			w.ledger.Before = die("Append", "before")
		}, 2},
		{"between ledger and store", func(w *world, die func(method, at string) func(string) error) {
			w.ledger.After = die("Append", "after")
		}, 2},
		{"between ledger and receipt", func(w *world, die func(method, at string) func(string) error) {
			w.ledger.Before = die("Receipt", "before")
		}, 2},
		{"between receipt and store", func(w *world, die func(method, at string) func(string) error) {
			w.ledger.After = die("Receipt", "after")
		}, 2},
		{"between store and reply", func(w *world, _ func(method, at string) func(string) error) {
			w.link.Fail(errors.New("the process is gone"))
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, store.Options{})
			each, whole := w.device(bundletest.Ed25519(51), true, bundletest.Lease), w.device(bundletest.ES256(52), false, bundletest.Truck)
			w.start()
			tt.strike(w, func(method, at string) func(string) error {
				return func(called string) error {
					if called != method {
						return nil
					}
					w.crash()
					return fmt.Errorf("the process is gone, %s %s: %w", at, method, context.Canceled)
				}
			})
			one, two := each.batch(each.news(bundletest.Lease, 0)), whole.batch(whole.news(bundletest.Truck, 0))
			for d, b := range map[*device]batch{each: one, whole: two} {
				message, err := b.Encode()
				must(t, err)
				w.ingest.Handle(context.Background(), d.topic(), message) // the store still works while the process dies
			}
			w.ingest.Wait()
			if sent := w.link.Take(); len(sent) > 0 {
				t.Fatalf("%d replies by a process that is gone", len(sent))
			}
			w.ledger.Before, w.ledger.After = nil, nil
			w.link.Fail(nil)
			w.restart()
			finished := w.link.Take()
			same(t, "replies after the restart", len(finished), tt.resume)
			for d, b := range map[*device]batch{each: one, whole: two} {
				message, err := b.Encode()
				must(t, err)
				again := w.handle(d.topic(), message)
				d.accepted(b, d.open(again))
				for _, m := range finished {
					if m.Topic == again[0].Topic {
						same(t, "reply", again[0], m)
					}
				}
			}
			w.checkStored(map[*device][]string{each: {bundletest.Lease}, whole: {bundletest.Truck}})
		})
	}
}
