package bench

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/ledger/tilelog"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

const (
	organisation = "did:web:bench.example"
	point        = "BENCH-1"
	batchSize    = 256
)

// device makes records and statements as a gateway does.
type device struct {
	key      ed25519.PrivateKey
	kid      cose.Kid
	public   cose.Key
	chain    record.Chain
	sequence statement.Sequence
}

func newDevice(b *testing.B) *device {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	public, err := cose.NewKey(key.Public())
	if err != nil {
		b.Fatal(err)
	}
	return &device{key: key, kid: public.Kid(), public: public}
}

var parameters = record.Parameters{
	KFactor: quantity.F(1000, 0), MeterFactor: quantity.F(9992, 4), Basis: quantity.Metric, Commodity: "crude",
	BaseDensity: 932 * quantity.PerUnit, TemperatureUnit: "degC", PressureUnit: "kPag", Method: liquid.Method11_1,
	Rounding: string(liquid.InputDiscrimination),
}

// next computes, chains and encodes one interval.
func (d *device) next(b *testing.B) []byte {
	r := &record.Record{Version: record.Version, Device: d.kid, Point: point, Seq: d.chain.Next, Prev: d.chain.Hash, Start: d.chain.End, End: d.chain.End}
	if d.chain.Next == 0 {
		r.Event = &record.Event{Kind: record.Start, Name: "totaliser", New: "0"}
	} else {
		var err error
		r.End += 60_000
		r.Interval, err = record.Compute(parameters, record.Measured{
			Totaliser: d.chain.Count + 71_000, Pulses: 71_000, FlowTime: 60_000, Temperature: 24 * quantity.PerUnit, Pressure: 1900 * quantity.PerUnit,
		}, d.chain.Totals)
		if err != nil {
			b.Fatal(err)
		}
	}
	if _, err := rand.Read(r.Salt[:]); err != nil {
		b.Fatal(err)
	}
	leaf, err := r.Encode()
	if err != nil {
		b.Fatal(err)
	}
	d.chain.Extend(r, leaf)
	return leaf
}

// batch makes a statement over the next n records.
func (d *device) batch(b *testing.B, n int) wire.Batch {
	var records []*record.Record
	var out wire.Batch
	for range n {
		leaf := d.next(b)
		r, err := record.Decode(leaf)
		if err != nil {
			b.Fatal(err)
		}
		signature, err := cose.SignDetached(d.key, record.Thing, leaf)
		if err != nil {
			b.Fatal(err)
		}
		records, out.Leaves, out.Signatures = append(records, r), append(out.Leaves, leaf), append(out.Signatures, signature)
	}
	s := statement.Statement{
		Version: statement.Version, Device: d.kid, Number: d.sequence.Next, Prev: d.sequence.Hash, Runs: statement.Runs(records), Root: proof.Root(out.Leaves),
	}
	signed, err := s.Sign(d.key, organisation)
	if err != nil {
		b.Fatal(err)
	}
	if err := d.sequence.Append(&s, signed); err != nil {
		b.Fatal(err)
	}
	out.Statement = signed
	return out
}

// against reports how long one operation took in units of the raw cryptography on its way, which is measured in the same run.
func against(b *testing.B, took time.Duration, n int, rawOps int, raw func()) {
	begun := time.Now()
	for range rawOps {
		raw()
	}
	rawEach := float64(time.Since(begun)) / float64(rawOps)
	each := float64(took) / float64(n)
	b.ReportMetric(each, "ns/record")
	b.ReportMetric(rawEach, "ns/raw")
	b.ReportMetric(each/rawEach, "x-raw")
}

// BenchmarkSign computes, chains, encodes and signs a record; raw is one Ed25519 signature over the same bytes.
func BenchmarkSign(b *testing.B) {
	d := newDevice(b)
	leaf := d.next(b)
	begun := time.Now()
	n := 0
	for b.Loop() {
		leaf = d.next(b)
		if _, err := cose.SignDetached(d.key, record.Thing, leaf); err != nil {
			b.Fatal(err)
		}
		n++
	}
	against(b, time.Since(begun), n, 2000, func() { ed25519.Sign(d.key, leaf) })
}

// BenchmarkVerify checks a record's signature, link and recomputed volumes; raw is one Ed25519 verification.
func BenchmarkVerify(b *testing.B) {
	d := newDevice(b)
	batch := d.batch(b, batchSize)
	chain := record.Chain{}
	i, n := 0, 0
	begun := time.Now()
	for b.Loop() {
		if i == len(batch.Leaves) {
			i, chain = 0, record.Chain{}
		}
		m, err := cose.Parse(batch.Signatures[i], record.Thing)
		if err != nil {
			b.Fatal(err)
		}
		if err := m.VerifyDetached(d.public, batch.Leaves[i]); err != nil {
			b.Fatal(err)
		}
		if _, err := chain.Append(batch.Leaves[i]); err != nil {
			b.Fatal(err)
		}
		i++
		n++
	}
	took := time.Since(begun)
	signature := ed25519.Sign(d.key, batch.Leaves[1])
	public := d.key.Public().(ed25519.PublicKey)
	against(b, took, n, 2000, func() { ed25519.Verify(public, batch.Leaves[1], signature) })
}

// BenchmarkBatch makes and signs the statement over 256 leaves; raw is hashing these leaves once and one signature. Per record.
func BenchmarkBatch(b *testing.B) {
	d := newDevice(b)
	batch := d.batch(b, batchSize)
	records := make([]*record.Record, len(batch.Leaves))
	for i, leaf := range batch.Leaves {
		var err error
		if records[i], err = record.Decode(leaf); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	begun := time.Now()
	for b.Loop() {
		s := statement.Statement{Version: statement.Version, Device: d.kid, Runs: statement.Runs(records), Root: proof.Root(batch.Leaves)}
		if _, err := s.Sign(d.key, organisation); err != nil {
			b.Fatal(err)
		}
		n += batchSize
	}
	took := time.Since(begun)
	against(b, took, n, 200*batchSize, func() func() {
		i := 0
		return func() {
			sha256.Sum256(batch.Leaves[i%batchSize])
			if i++; i%batchSize == 0 {
				ed25519.Sign(d.key, batch.Leaves[0])
			}
		}
	}())
}

// mailbox counts the replies.
type mailbox chan []byte

func (m mailbox) Publish(_ context.Context, _ string, payload []byte, _ bool) error {
	m <- payload
	return nil
}

// BenchmarkEndToEnd brings batches of 256 individually signed records through ingest, store (SQLite, synchronous=FULL) and
// ledger to their receipts; raw is one Ed25519 signature and one verification. Per record.
func BenchmarkEndToEnd(b *testing.B) {
	ctx := b.Context()
	d := newDevice(b)
	dir := b.TempDir()
	signer, vkey, err := tilelog.NewSigner("bench.example", d.key)
	if err != nil {
		b.Fatal(err)
	}
	log, err := tilelog.Open(ctx, tilelog.Options{Dir: filepath.Join(dir, "ledger"), Signer: signer, VKey: vkey})
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	s, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	keys := &registry.Directory{}
	err = keys.Add(&registry.Registry{Version: registry.Version, Organisation: organisation, Entries: []registry.Entry{
		{Key: d.public.Bytes(), Role: registry.Device, Name: "bench", Points: []string{point}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	replies := make(mailbox, 64)
	in := ingest.New(s, log, d.key, replies, keys, func(err error) { b.Error(err) })
	const batches = 32
	n := 0
	var took time.Duration
	for b.Loop() {
		begun := time.Now()
		for range batches {
			message, err := d.batch(b, batchSize).Encode()
			if err != nil {
				b.Fatal(err)
			}
			in.Handle(ctx, wire.BatchTopic(organisation, d.kid), message)
		}
		for range batches {
			if r, err := wire.OpenReply(<-replies, d.public, d.kid); err != nil || r.Receipt == nil {
				b.Fatalf("reply %+v: %v", r, err)
			}
		}
		took += time.Since(begun)
		n += batches * batchSize
	}
	in.Wait()
	leaf := d.next(b)
	public := d.key.Public().(ed25519.PublicKey)
	against(b, took, n, 2000, func() { ed25519.Verify(public, leaf, ed25519.Sign(d.key, leaf)) })
	b.ReportMetric(float64(n)/took.Seconds(), "records/s")
}
