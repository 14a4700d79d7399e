package bench

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"filippo.io/mldsa"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/ledger/tilelog"
	"github.com/gauger/gauger/ledger/witness"
)

const (
	logName = "log.bench.example/main"
	// offered is how many statements a second arrive, whether or not those before are answered, and for how long.
	offered    = 1000
	offeredFor = 10 * time.Second
	// writers is how many append at once when the ledger sets the pace, and for how long.
	writers     = 1024
	saturateFor = 5 * time.Second
	// statementBytes is what a statement of a few runs has.
	statementBytes = 512
)

// anchor appends an entry to a ledger and returns when a published checkpoint covers it.
type anchor func(ctx context.Context, entry []byte) error

// BenchmarkLedger anchors statements, each to its receipt, with real fsyncs: as they arrive, 1,000 a second (the time counts from
// when a statement was due), and as fast as the ledger takes them. The same load goes to Tessera as it comes (Appender and
// PublicationAwaiter, which give a checkpoint and no receipt) in the same run. x-tessera-p50 and -p99 say how many times as long our
// receipt takes, x-tessera how many times as many leaves a second we take.
func BenchmarkLedger(b *testing.B) {
	kinds := []struct {
		name string
		open func(b *testing.B) anchor
	}{
		{"tessera", bareTessera},
		{"gauger", func(b *testing.B) anchor { return openLedger(b, nil) }},
		{"gauger with a witness", func(b *testing.B) anchor { return openLedger(b, startWitness(b)) }},
	}
	var bare load
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			for range b.N {
				got := measure(b, k.open(b))
				if k.name == "tessera" {
					bare = got
				}
				got.report(b, bare)
			}
		})
	}
}

// load is how a ledger bore it.
type load struct {
	p50, p95, p99, max time.Duration
	perSecond          float64 // at saturation
}

func (l load) report(b *testing.B, bare load) {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(l.p50), "p50-ms")
	b.ReportMetric(ms(l.p95), "p95-ms")
	b.ReportMetric(ms(l.p99), "p99-ms")
	b.ReportMetric(ms(l.max), "max-ms")
	b.ReportMetric(l.perSecond, "leaves/s")
	b.ReportMetric(ms(l.p50)/ms(bare.p50), "x-tessera-p50")
	b.ReportMetric(ms(l.p99)/ms(bare.p99), "x-tessera-p99")
	b.ReportMetric(l.perSecond/bare.perSecond, "x-tessera")
}

func measure(b *testing.B, to anchor) load {
	took := offer(b, to)
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100] }
	return load{p50: at(50), p95: at(95), p99: at(99), max: at(100), perSecond: saturate(b, to)}
}

// entry returns a statement's worth of bytes, different for each n.
func entry(n int, phase byte) []byte {
	e := bytes.Repeat([]byte{phase}, statementBytes)
	binary.BigEndian.PutUint64(e, uint64(n))
	return e
}

// offer anchors at the offered rate and returns how long each took from when it was due.
func offer(b *testing.B, to anchor) []time.Duration {
	n := int(offered * offeredFor.Seconds())
	took := make([]time.Duration, n)
	var all sync.WaitGroup
	begun := time.Now()
	for i := range n {
		due := begun.Add(time.Duration(i) * time.Second / offered)
		time.Sleep(time.Until(due))
		all.Go(func() {
			if err := to(b.Context(), entry(i, 'o')); err != nil {
				b.Error(err)
			}
			took[i] = time.Since(due)
		})
	}
	all.Wait()
	return took
}

// saturate anchors from many goroutines at once and returns how many leaves a second that makes.
func saturate(b *testing.B, to anchor) float64 {
	counts := make([]int, writers)
	var all sync.WaitGroup
	begun := time.Now()
	for w := range writers {
		all.Go(func() {
			for time.Since(begun) < saturateFor {
				if err := to(b.Context(), entry(counts[w]*writers+w, 's')); err != nil {
					b.Error(err)
					return
				}
				counts[w]++
			}
		})
	}
	all.Wait()
	sum := 0
	for _, c := range counts {
		sum += c
	}
	return float64(sum) / time.Since(begun).Seconds()
}

func logSigner(b *testing.B) (note.Signer, string) {
	signer, vkey, err := tilelog.NewSigner(logName, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		b.Fatal(err)
	}
	return signer, vkey
}

// openLedger opens our ledger, under the trust's quorum of witnesses if there is one.
func openLedger(b *testing.B, trust *proof.Trust) anchor {
	o := tilelog.Options{Dir: filepath.Join(b.TempDir(), "log")}
	o.Signer, o.VKey = logSigner(b)
	if trust != nil {
		o.Policy = trust.Policy()
	}
	l, err := tilelog.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return func(ctx context.Context, e []byte) error {
		index, err := l.Append(ctx, e)
		if err != nil {
			return err
		}
		_, err = l.Receipt(ctx, index)
		return err
	}
}

// startWitness serves a witness of ML-DSA-44 on this machine and returns the trust that asks for it.
func startWitness(b *testing.B) *proof.Trust {
	_, vkey := logSigner(b)
	logs, err := proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	if err != nil {
		b.Fatal(err)
	}
	key, err := mldsa.GenerateKey(mldsa.MLDSA44())
	if err != nil {
		b.Fatal(err)
	}
	c, err := proof.NewCosigner("witness.bench.example", key)
	if err != nil {
		b.Fatal(err)
	}
	w, err := witness.Open(witness.Options{
		FS: durable.OS, Dir: b.TempDir(), Logs: logs, Cosigners: []*proof.Cosigner{c}, Now: time.Now, PerSecond: 100, Burst: 100,
	})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(w.Handler(func(err error) { b.Error(err) }))
	b.Cleanup(func() {
		server.Close()
		if err := w.Close(); err != nil {
			b.Error(err)
		}
	})
	trust, err := proof.ParseTrust(fmt.Appendf(nil, "log %s\nwitness W %s %s\nquorum W\n", vkey, c.VKey(), server.URL))
	if err != nil {
		b.Fatal(err)
	}
	return &trust
}

// bareTessera opens a log by Tessera alone, with a checkpoint as often as ours and groups that suit the load.
func bareTessera(b *testing.B) anchor {
	signer, _ := logSigner(b)
	ctx, cancel := context.WithCancel(context.Background()) // b.Context() ends before Cleanup shuts the log down
	driver, err := posix.New(ctx, posix.Config{Path: filepath.Join(b.TempDir(), "log")})
	if err != nil {
		b.Fatal(err)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithCheckpointInterval(100*time.Millisecond).WithBatching(256, 10*time.Millisecond))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := shutdown(ctx); err != nil {
			b.Error(err)
		}
		cancel()
	})
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 10*time.Millisecond)
	return func(ctx context.Context, e []byte) error {
		_, _, err := awaiter.Await(ctx, appender.Add(ctx, tessera.NewEntry(e)))
		return err
	}
}
