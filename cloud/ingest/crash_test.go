package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/ledger"
)

// interruption is a place on the way from the store to the reply at which something ends.
type interruption struct {
	name   string
	strike func(w *world, err error)
	resume int // replies of a new process to the two statements that were on their way
}

// at makes an error of one method.
func at(method string, err error) func(string) error {
	return func(called string) error {
		if called != method {
			return nil
		}
		return err
	}
}

var interruptions = []interruption{
	{"between store and ledger", func(w *world, err error) { w.ledger.Before = at("Append", err) }, 2},
	{"between ledger and store", func(w *world, err error) { w.ledger.After = at("Append", err) }, 2},
	{"between ledger and receipt", func(w *world, err error) { w.ledger.Before = at("Receipt", err) }, 2},
	{"between receipt and store", func(w *world, err error) { w.ledger.After = at("Receipt", err) }, 2},
	{"between store and reply", func(w *world, err error) { w.link.Fail(err) }, 0},
}

// mend lets everything work again.
func (w *world) mend() {
	w.ledger.Before, w.ledger.After = nil, nil
	w.link.Fail(nil)
}

// TestInterrupted: wherever the process dies, or the ledger fails for a while, the statement is finished later, by the next process
// itself or when the device asks again, and the ledger has it once.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, tt := range interruptions {
		for _, restarts := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, restarts %t", tt.name, restarts), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, store.Options{})
				each, whole := w.device(bundletest.Ed25519(51), true, bundletest.Lease), w.device(bundletest.ES256(52), false, bundletest.Truck)
				w.start()
				tt.strike(w, errors.New("interrupted"))
				batches := map[*device]batch{
					each: each.batch(each.news(bundletest.Lease, 0)), whole: whole.batch(whole.news(bundletest.Truck, 0)),
				}
				for d, b := range batches {
					if replies := d.send(b); len(replies) > 0 {
						t.Fatalf("replies are %+v", replies)
					}
				}
				if w.failed.Err() != nil {
					t.Fatalf("the process is to end: %v", context.Cause(w.failed))
				}
				w.mend()
				var finished []ingesttest.Message
				if restarts {
					w.restart()
					finished = w.link.Take()
					same(t, "replies after the restart", len(finished), tt.resume)
				}
				for d, b := range batches {
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
}

// TestFatal: after an error that puts store or ledger in doubt nothing is answered and the process must end; the next one answers.
func TestFatal(t *testing.T) {
	t.Parallel()
	fatal := &ledger.FatalError{Err: errors.New("fsync failed")}
	for _, tt := range []struct {
		name   string
		strike func(w *world)
	}{
		{"append", func(w *world) { w.ledger.Before = at("Append", fatal) }},
		{"append that was done", func(w *world) { w.ledger.After = at("Append", fatal) }},
		{"receipt", func(w *world) { w.ledger.Before = at("Receipt", fatal) }},
		{"store", func(w *world) { must(w.t, w.store.Close()) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, store.Options{})
			d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
			w.start()
			tt.strike(w)
			b := d.batch(d.news(bundletest.Lease, 0))
			if replies := d.send(b); len(replies) > 0 {
				t.Errorf("replies are %+v", replies)
			}
			if cause := context.Cause(w.failed); cause == nil || tt.name != "store" && !errors.Is(cause, fatal) {
				t.Errorf("the process is to end for %v", cause)
			}
			w.mend()
			w.restart()
			w.link.Take()
			d.accepted(b, d.send(b))
			w.checkStored(map[*device][]string{d: {bundletest.Lease}})
		})
	}
}

// TestResumeFindsItsOwn: a process that starts finds its statements in the ledger, among the entries of others, and adds none twice.
func TestResumeFindsItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	w.ledger.Before = at("Append", errors.New("interrupted"))
	b := d.batch(d.news(bundletest.Lease, 0))
	d.send(b)
	w.mend()
	for _, entry := range [][]byte{[]byte("of others"), b.statement, []byte("of others, too")} {
		_, err := w.ledger.Append(t.Context(), entry)
		must(t, err)
	}
	w.restart()
	st, err := w.store.Statement(t.Context(), d.Kid, 0)
	must(t, err)
	if st.Index == nil || *st.Index != 1 || len(w.ledger.Entries()) != 3 {
		t.Errorf("the statement is at index %v of %d entries, want 1 of 3", st.Index, len(w.ledger.Entries()))
	}
	d.accepted(b, d.open(w.link.Take()))
	w.ledger.Before = at("Entry", errors.New("cannot read"))
	must(t, w.ingest.Resume(t.Context())) // nothing is open: nothing is read
}

// TestAnyBroker: whatever the network loses, doubles and reorders, whenever the ledger stumbles and the process restarts, in the end
// every record is stored once, in order, and every batch has one answer.
func TestAnyBroker(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, store.Options{})
		w.t = rt
		defer w.stop()
		d := w.device(bundletest.Ed25519(51), rapid.Bool().Draw(rt, "each"), bundletest.Lease, bundletest.Spare)
		batches := d.journal(rt)
		w.start()
		answers := map[record.Hash][]byte{}
		hear := func(messages []ingesttest.Message) {
			for i, r := range d.open(messages) {
				if r.Want != nil {
					continue
				}
				if before, heard := answers[r.Statement]; heard && string(before) != string(messages[i].Payload) {
					rt.Fatalf("statement %s got two answers", r.Statement)
				}
				answers[r.Statement] = messages[i].Payload
			}
		}
		for range rapid.IntRange(0, 30).Draw(rt, "deliveries") {
			w.mend()
			switch rapid.SampledFrom([]string{"restart", "stumble", "deliver", "deliver", "deliver"}).Draw(rt, "what") {
			case "restart":
				w.restart()
				hear(w.link.Take())
				continue
			case "stumble":
				interruptions[rapid.IntRange(0, len(interruptions)-1).Draw(rt, "where")].strike(w, errors.New("stumble"))
			}
			b := batches[rapid.IntRange(0, len(batches)-1).Draw(rt, "batch")]
			message, err := b.Encode()
			must(rt, err)
			hear(w.handle(d.topic(), message))
		}
		w.mend()
		for _, b := range batches {
			message, err := b.Encode()
			must(rt, err)
			hear(w.handle(d.topic(), message))
			if answers[statement.Hash(b.statement)] == nil {
				rt.Fatalf("statement %d was not answered", b.number)
			}
		}
		w.checkStored(map[*device][]string{d: {bundletest.Lease, bundletest.Spare}})
	})
}

// journal draws what a device states in its life: some statements are refused, and their records listed again in the next.
func (d *device) journal(t *rapid.T) (all []batch) {
	stated := map[string]int{}
	for i := range rapid.IntRange(1, 6).Draw(t, "statements") {
		for p := range rapid.IntRange(0, 2).Draw(t, "minutes") {
			d.interval([]string{bundletest.Lease, bundletest.Spare}[p%2])
		}
		var leaves []*bundletest.Leaf
		for _, p := range []string{bundletest.Lease, bundletest.Spare} {
			leaves = append(leaves, d.news(p, stated[p])...)
		}
		if len(leaves) == 0 {
			continue
		}
		if i > 0 && rapid.Bool().Draw(t, "refused") {
			b := d.batch(leaves, func(s *statement.Statement) { s.Root[0] ^= 1 })
			d.consumed(b)
			all = append(all, b)
		}
		b := d.batch(leaves)
		d.consumed(b)
		all = append(all, b)
		for p := range d.points {
			stated[p] = len(d.points[p].Records)
		}
	}
	return all
}

// TestOvertaken: a message that was read when its statement was not yet answered, and is acted on when it is, changes nothing.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	w.ledger.Before = at("Append", errors.New("interrupted"))
	b := d.batch(d.news(bundletest.Lease, 0))
	d.send(b)
	stale, err := w.store.Statement(t.Context(), d.Kid, 0)
	must(t, err)
	w.mend()
	message, err := b.Encode()
	must(t, err)
	first := w.handle(d.topic(), message)
	must(t, ingest.Finish(w.ingest, t.Context(), d.org, stale, true))
	w.ingest.Wait()
	same(t, "replies", w.link.Take(), first)
	w.checkStored(map[*device][]string{d: {bundletest.Lease}})
}
