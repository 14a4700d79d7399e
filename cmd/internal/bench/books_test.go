package bench

import (
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// papersBefore is how many papers the books hold when one more comes.
const papersBefore = 20_000

// BenchmarkTakeIn books one more receipt into the stream of a carrier, with twenty sources and twenty thousand receipts before it:
// its signature, custody and lineage. x-anew is how many times as long it takes to open and fold all papers instead, in the same
// run, and x-folded to fold papers that are opened, as for a void.
func BenchmarkTakeIn(b *testing.B) {
	d := newDevice(b)
	keys := &registry.Directory{}
	if err := keys.Add(&registry.Registry{Version: registry.Version, Organisation: organisation, Entries: []registry.Entry{
		{Key: d.public.Bytes(), Role: registry.Party, Name: "bench"},
	}}); err != nil {
		b.Fatal(err)
	}
	papers := receipts(b, d.key, papersBefore)
	begin := time.Now()
	books, err := audit.NewCase(keys, map[record.Hash]*ticket.Ticket{}, papers, audit.Tables{})
	if err != nil {
		b.Fatal(err)
	}
	anew := time.Since(begin)
	more := receipts(b, d.key, len(papers)+b.N+1)[len(papers):]
	begin = time.Now()
	if _, err := books.With(more[b.N]); err != nil {
		b.Fatal(err)
	}
	folded := time.Since(begin)
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		if done, err := books.Append(more[n]); !done || err != nil {
			b.Fatal(done, err)
		}
	}
	b.StopTimer()
	each := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(anew.Seconds()/each, "x-anew")
	b.ReportMetric(folded.Seconds()/each, "x-folded")
}

// receipts returns the papers of a stream: what declares it and its sources, and receipts, so many in all.
func receipts(b *testing.B, key ed25519.PrivateKey, n int) (papers [][]byte) {
	b.Helper()
	const sources = 20
	for i := range n {
		e := custody.Event{ID: fmt.Sprintf("receipt-%09d", i), By: organisation, At: int64(i) * 60_000}
		switch {
		case i == 0:
			e.Pool = &custody.Pool{ID: "STREAM", Kind: custody.Stream, Basis: quantity.Metric, Keeper: organisation, Method: custody.Average}
		case i <= sources:
			e.Source = &custody.Source{ID: fmt.Sprint("lease-", i), Description: "crude", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
		default:
			e.Receipt = &custody.Receipt{Pool: "STREAM", Source: fmt.Sprint("lease-", i%sources+1), Shipper: organisation, Stated: &custody.Stated{
				Volume: quantity.Micro(100+i%7) * quantity.PerUnit, Basis: quantity.Metric, Density: 900 * quantity.PerUnit,
			}}
		}
		signed, err := custody.Sign(key, e)
		if err != nil {
			b.Fatal(err)
		}
		papers = append(papers, signed)
	}
	return papers
}
