package ingest_test

import (
	"bytes"
	"context"
	"crypto"
	"log/slog"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
)

// TestMain keeps the log of hundreds of refusals to itself.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// cloudKey signs replies. It is an ES256 key, whose signatures differ each time unless the same reply is kept.
var cloudKey = bundletest.ES256(71)

// device makes batches as an edge does. Its bundletest.Device makes the records.
type device struct {
	*bundletest.Device
	w        *world
	org      string
	each     bool // signs each record
	sequence statement.Sequence
	points   map[string]*bundletest.Point
}

// world is a cloud with its store, ledger and broker.
type world struct {
	*bundletest.World
	t       rapid.TB
	dir     string
	options store.Options
	store   *store.Store
	ledger  *ingesttest.Ledger
	link    *ingesttest.Link
	key     crypto.Signer       // of the cloud
	keys    *registry.Directory // with devices added later, if not nil
	ctx     context.Context     // of the running process
	crash   context.CancelFunc
	ingest  *ingest.Ingest
	failed  context.Context // ended by what the process must end for
}

// newWorld returns a cloud that does not run yet: add devices, then start it.
func newWorld(t testing.TB, o store.Options) *world {
	t.Helper()
	w := &world{World: bundletest.New(t), t: t, dir: t.TempDir(), options: o, key: cloudKey, ledger: &ingesttest.Ledger{}, link: &ingesttest.Link{}}
	t.Cleanup(w.stop)
	return w
}

// device adds a device of the producer for points.
func (w *world) device(key crypto.Signer, each bool, points ...string) *device {
	w.t.Helper()
	d := &device{Device: w.Device(key, points...), w: w, org: w.Producer.DID, each: each, points: map[string]*bundletest.Point{}}
	for _, p := range points {
		d.points[p] = d.Point(p, bundletest.Metric())
	}
	return d
}

// start runs the process, first finishing what an earlier one left.
func (w *world) start() {
	w.t.Helper()
	var err error
	w.ctx, w.crash = context.WithCancel(context.Background())
	failed, fail := context.WithCancelCause(context.Background())
	w.failed = failed
	w.store, err = store.Open(w.ctx, w.dir, w.options)
	must(w.t, err)
	if w.keys == nil {
		w.keys = w.Directory()
	}
	w.ingest = ingest.New(w.store, w.ledger, w.key, w.link, w.keys, fail)
	must(w.t, w.ingest.Resume(w.ctx))
	w.ingest.Wait()
}

// stop ends the process.
func (w *world) stop() {
	w.t.Helper()
	if w.store == nil {
		return
	}
	w.crash()
	w.ingest.Wait()
	must(w.t, w.store.Close())
	w.store = nil
}

// restart ends the process and starts another.
func (w *world) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

// interval records a minute at a point.
func (d *device) interval(point string) *bundletest.Leaf {
	d.w.t.Helper()
	p := d.points[point]
	return p.Interval(int64(10_000+len(p.Records)), 20_000_000, 300_000_000)
}

// news returns what a point has recorded from seq on.
func (d *device) news(point string, from int) []*bundletest.Leaf {
	return d.points[point].Records[from:]
}

// batch is a message and what is in it.
type batch struct {
	number    uint64
	statement []byte
	leaves    []*bundletest.Leaf
	wire.Batch
}

// batch states leaves, ordered by point and sequence number, after spoiling the statement.
func (d *device) batch(leaves []*bundletest.Leaf, spoil ...func(*statement.Statement)) batch {
	d.w.t.Helper()
	records, b := make([]*record.Record, len(leaves)), batch{leaves: leaves}
	for i, l := range leaves {
		records[i] = l.Record
		b.Leaves = append(b.Leaves, l.Bytes)
		if d.each {
			signature, err := cose.SignDetached(d.Signer, record.Thing, l.Bytes)
			must(d.w.t, err)
			b.Signatures = append(b.Signatures, signature)
		}
	}
	s := statement.Statement{
		Version: statement.Version, Device: d.Kid, Number: d.sequence.Next, Prev: d.sequence.Hash, Runs: statement.Runs(records),
		Root: proof.Root(b.Leaves),
	}
	for _, f := range spoil {
		f(&s)
	}
	signed, err := s.Sign(d.Signer, d.org)
	must(d.w.t, err)
	b.number, b.statement, b.Statement = s.Number, signed, signed
	return b
}

// consumed moves the device past a batch whose number is used up.
func (d *device) consumed(b batch) {
	d.sequence = statement.Sequence{Next: b.number + 1, Hash: statement.Hash(b.statement)}
}

// topic is where the device sends.
func (d *device) topic() string { return wire.BatchTopic(d.org, d.Kid) }

// send hands a batch to the ingest and returns the replies on the device's own topic, and how many there were elsewhere.
func (d *device) send(b batch) []wire.Reply {
	d.w.t.Helper()
	message, err := b.Encode()
	must(d.w.t, err)
	return d.open(d.w.handle(d.topic(), message))
}

// handle takes a message in and returns what is published until all is settled.
func (w *world) handle(topic string, message []byte) []ingesttest.Message {
	w.t.Helper()
	w.ingest.Handle(w.ctx, topic, message)
	w.ingest.Wait()
	return w.link.Take()
}

// open reads replies as the device does.
func (d *device) open(messages []ingesttest.Message) (replies []wire.Reply) {
	d.w.t.Helper()
	public, err := cose.NewKey(cloudKey.Public())
	must(d.w.t, err)
	for _, m := range messages {
		if m.Topic != wire.ReplyTopic(d.org, d.Kid) {
			d.w.t.Errorf("reply on topic %s", m.Topic)
		}
		r, err := wire.OpenReply(m.Payload, public, d.Kid)
		must(d.w.t, err)
		replies = append(replies, r)
	}
	return replies
}

// accepted expects a receipt for a batch that proves its statement.
func (d *device) accepted(b batch, replies []wire.Reply) {
	d.w.t.Helper()
	if len(replies) != 1 || replies[0].Receipt == nil || replies[0].Statement != statement.Hash(b.statement) {
		d.w.t.Fatalf("statement %d: replies are %+v, want one receipt", b.number, replies)
	}
	receipt, err := proof.ParseReceipt(replies[0].Receipt)
	must(d.w.t, err)
	_, err = receipt.Verify(b.statement, d.w.Trust())
	must(d.w.t, err)
}

// refused expects a refusal with a code.
func (d *device) refused(b batch, replies []wire.Reply, code wire.Code) {
	d.w.t.Helper()
	if len(replies) != 1 || replies[0].Refusal == nil || replies[0].Statement != statement.Hash(b.statement) {
		d.w.t.Fatalf("statement %d: replies are %+v, want one refusal", b.number, replies)
	}
	if got := replies[0].Refusal; got.Code != code || got.Text == "" {
		d.w.t.Errorf("statement %d: refused as %s (%s), want %s", b.number, got.Code, got.Text, code)
	}
}

// give sends a batch that must be accepted.
func (d *device) give(b batch) {
	d.w.t.Helper()
	d.accepted(b, d.send(b))
	d.consumed(b)
}

// checkStored expects the store to hold the records of the points given, each once, in order and as they were signed, and the
// ledger to hold every accepted statement once.
func (w *world) checkStored(want map[*device][]string) {
	w.t.Helper()
	var records, batches uint64
	for d, points := range want {
		for _, p := range points {
			for _, l := range d.points[p].Records {
				r, err := w.store.Record(context.Background(), d.Kid, p, l.Seq)
				must(w.t, err)
				same(w.t, "record", r, l.Record)
				records++
			}
		}
		sequence, err := w.store.Sequence(context.Background(), d.Kid)
		must(w.t, err)
		if sequence.Next == 0 {
			continue
		}
		all, err := w.store.Statements(context.Background(), d.Kid, 0, sequence.Next-1)
		must(w.t, err)
		for _, st := range all {
			logged := 0
			for _, e := range w.ledger.Entries() {
				if bytes.Equal(e, st.Signed) {
					logged++
				}
			}
			if st.Refused == (logged == 1) || logged > 1 {
				w.t.Errorf("statement %d, refused: %t, is %d times in the ledger", st.Number, st.Refused, logged)
			}
			if !st.Refused {
				batches++
			}
		}
	}
	counts, err := w.store.Counts(context.Background())
	must(w.t, err)
	same(w.t, "counts", counts, store.Counts{Records: records, Batches: batches, Statements: batches})
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t rapid.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
