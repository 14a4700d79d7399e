package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/ledger/tilelog"
)

// TestSameReply: the same batch gets the same bytes back, however often it comes and whatever process answers.
func TestSameReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	bad := d.batch(d.news(bundletest.Lease, 0), func(s *statement.Statement) { s.Root[0] ^= 1 })
	d.consumed(bad)
	good := d.batch(d.news(bundletest.Lease, 0))
	var first []ingesttest.Message
	for i := range 4 {
		var sent []ingesttest.Message
		for _, b := range []batch{bad, good} {
			message, err := b.Encode()
			must(t, err)
			sent = append(sent, w.handle(d.topic(), message)...)
		}
		if i == 0 {
			first = sent
			replies := d.open(sent)
			d.refused(bad, replies[:1], wire.BadLeaves)
			d.accepted(good, replies[1:])
			continue
		}
		same(t, "replies", sent, first)
		w.restart()
	}
	w.checkStored(map[*device][]string{d: {bundletest.Lease}})
}

// TestWant: a statement out of its turn is not looked into; the one that is missing is asked for.
func TestWant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.ES256(52), false, bundletest.Truck)
	w.start()
	var batches []batch
	for i := range 3 {
		if i > 0 {
			d.interval(bundletest.Truck)
		}
		b := d.batch(d.news(bundletest.Truck, i))
		d.consumed(b)
		batches = append(batches, b)
	}
	for _, i := range []int{2, 1, 2} {
		replies := d.send(batches[i])
		if len(replies) != 1 || replies[0].Want == nil || replies[0].Want.Number != 0 || replies[0].Statement != (record.Hash{}) {
			t.Fatalf("replies to statement %d are %+v, want one that asks for 0", i, replies)
		}
	}
	d.accepted(batches[0], d.send(batches[0]))
	if r := d.send(batches[2]); len(r) != 1 || r[0].Want == nil || r[0].Want.Number != 1 {
		t.Fatalf("replies to statement 2 are %+v, want one that asks for 1", r)
	}
	d.accepted(batches[1], d.send(batches[1]))
	d.accepted(batches[2], d.send(batches[2]))
	w.checkStored(map[*device][]string{d: {bundletest.Truck}})
}

// TestRefusedThenListedAgain: a refusal uses the number up; the next statement names it and lists its records with the new ones.
func TestRefusedThenListedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease, bundletest.Spare)
	w.start()
	all := func() []*bundletest.Leaf { return append(d.news(bundletest.Lease, 0), d.news(bundletest.Spare, 0)...) }
	bad := d.batch(all(), func(s *statement.Statement) { s.Runs[1].Point = "LACT-3" })
	d.refused(bad, d.send(bad), wire.BadPoint)
	d.interval(bundletest.Spare)
	early := d.batch(all()) // as if nothing had been sent before: its number is used
	d.refused(early, d.send(early), wire.BadChain)
	d.consumed(bad)
	d.give(d.batch(all()))
	w.checkStored(map[*device][]string{d: {bundletest.Lease, bundletest.Spare}})
}

// TestSignBatch: a device that signs statements only is answered like one that signs each record, and what it signed is stored.
func TestSignBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	each, whole := w.device(bundletest.Ed25519(51), true, bundletest.Lease), w.device(bundletest.ES256(52), false, bundletest.Truck)
	w.start()
	for _, d := range []*device{each, whole} {
		for p := range d.points {
			d.interval(p)
			d.give(d.batch(d.news(p, 0)))
		}
	}
	w.checkStored(map[*device][]string{each: {bundletest.Lease}, whole: {bundletest.Truck}})
	w.fsck()
}

// fsck expects the store to be as it was verified, but for registries, which the api stores.
func (w *world) fsck() {
	w.t.Helper()
	for _, o := range []*bundletest.Organisation{w.Producer, w.Carrier, w.Laboratory} {
		signed, err := o.Registry.Sign(o.Key)
		must(w.t, err)
		index, err := w.ledger.Append(context.Background(), signed)
		must(w.t, err)
		must(w.t, w.store.AddRegistry(context.Background(), o.DID, o.Registry.Number, signed, index))
	}
	findings, err := w.store.Fsck(context.Background(), w.Trust(), w.ledger.Entry)
	must(w.t, err)
	for _, f := range findings {
		w.t.Errorf("fsck: %s", f)
	}
}

// TestBrokerAway: a reply that the broker did not take is no error; the device asks again.
func TestBrokerAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	b := d.batch(d.news(bundletest.Lease, 0))
	w.link.Fail(errors.New("no connection"))
	if replies := d.send(b); len(replies) > 0 {
		t.Fatalf("replies are %+v", replies)
	}
	w.link.Fail(nil)
	d.accepted(b, d.send(b))
	if w.failed.Err() != nil {
		t.Errorf("the process is to end: %v", context.Cause(w.failed))
	}
	w.checkStored(map[*device][]string{d: {bundletest.Lease}})
}

// TestNoSpace: a batch for which there is no room is not answered and not lost: it is taken when there is room again. The next is
// not taken in its place.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	for pages := 18; pages < 44; pages += 5 {
		t.Run(fmt.Sprint(pages), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, store.Options{MaxPages: pages})
			d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
			w.start()
			at, answered := 0, true
			var b batch
			for answered {
				for range 10 {
					d.interval(bundletest.Lease)
				}
				b = d.batch(d.news(bundletest.Lease, at))
				if answered = len(d.send(b)) == 1; answered {
					d.consumed(b)
					at = len(d.points[bundletest.Lease].Records)
				}
			}
			full := len(w.ledger.Entries())
			if replies := d.send(b); len(replies) > 0 {
				t.Fatalf("replies are %+v", replies)
			}
			if now := len(w.ledger.Entries()); now != full {
				t.Errorf("the ledger went from %d to %d entries while the store was full", full, now)
			}
			if w.failed.Err() != nil {
				t.Fatalf("the process is to end: %v", context.Cause(w.failed))
			}
			w.options.MaxPages = 10_000
			w.restart()
			w.link.Take() // answers of the new process to what the old one had stored
			d.give(b)
			at = len(d.points[bundletest.Lease].Records)
			d.interval(bundletest.Lease)
			d.give(d.batch(d.news(bundletest.Lease, at)))
			w.checkStored(map[*device][]string{d: {bundletest.Lease}})
		})
	}
}

// TestTooManyUnderWay: no more statements than 256 wait for the ledger at once; the others wait for them.
func TestTooManyUnderWay(t *testing.T) {
	t.Parallel()
	const limit, total = 256, 300
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), false, bundletest.Lease)
	w.start()
	arrived, release := make(chan struct{}, total), make(chan struct{})
	var under, most atomic.Int64
	w.ledger.Before = func(method string) error {
		if method != "Receipt" {
			return nil
		}
		n := under.Add(1)
		defer under.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		arrived <- struct{}{}
		<-release
		return nil
	}
	var messages [][]byte
	for i := range total {
		if i > 0 {
			d.points[bundletest.Lease].Event(record.Event{Kind: record.Alarm, Name: "level"})
		}
		b := d.batch(d.news(bundletest.Lease, i))
		d.consumed(b)
		message, err := b.Encode()
		must(t, err)
		messages = append(messages, message)
	}
	handled := make(chan struct{})
	go func() {
		defer close(handled)
		for _, m := range messages {
			w.ingest.Handle(w.ctx, d.topic(), m)
		}
	}()
	for range limit {
		<-arrived
	}
	close(release)
	<-handled
	w.ingest.Wait()
	same(t, "most statements under way", most.Load(), limit)
	same(t, "replies", len(w.link.Take()), total)
	w.checkStored(map[*device][]string{d: {bundletest.Lease}})
}

// TestTilelog: with the ledger that the cloud runs on, every reply is a receipt that verifies, and store and ledger agree.
func TestTilelog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	each, whole := w.device(bundletest.Ed25519(51), true, bundletest.Lease), w.device(bundletest.ES256(52), false, bundletest.Truck)
	w.start()
	signer, vkey, err := tilelog.NewSigner(bundletest.LogName, bundletest.Ed25519(1))
	must(t, err)
	log, err := tilelog.Open(t.Context(), tilelog.Options{Dir: filepath.Join(t.TempDir(), "log"), Signer: signer, VKey: vkey})
	must(t, err)
	defer func() { must(t, log.Close()) }()
	trust, err := proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	must(t, err)
	in := ingest.New(w.store, log, cloudKey, w.link, w.keys, func(err error) { t.Errorf("the process is to end: %v", err) })
	hashes := map[record.Hash]batch{}
	for i := range 5 {
		for _, d := range []*device{each, whole} {
			for p := range d.points {
				if i > 0 {
					d.interval(p)
				}
				b := d.batch(d.news(p, i))
				d.consumed(b)
				hashes[statement.Hash(b.statement)] = b
				message, err := b.Encode()
				must(t, err)
				in.Handle(t.Context(), d.topic(), message)
			}
		}
	}
	in.Wait()
	for _, m := range w.link.Take() {
		d := each
		if m.Topic != wire.ReplyTopic(each.org, each.Kid) {
			d = whole
		}
		r := d.open([]ingesttest.Message{m})[0]
		receipt, err := proof.ParseReceipt(r.Receipt)
		must(t, err)
		_, err = receipt.Verify(hashes[r.Statement].statement, trust)
		must(t, err)
		entry, err := log.Entry(t.Context(), receipt.Index)
		must(t, err)
		if !bytes.Equal(entry, hashes[r.Statement].statement) {
			t.Errorf("entry %d is not statement %d", receipt.Index, hashes[r.Statement].number)
		}
		delete(hashes, r.Statement)
	}
	if len(hashes) > 0 {
		t.Errorf("%d statements were not answered", len(hashes))
	}
}
