//go:build unix

package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/cloud/lineage/graph/graphtest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/metrology/quantity"
)

// firstLimit is what the first answer after opening the store may take.
const firstLimit = 500 * time.Millisecond

// asked is the batch that is traced: the newest.
const asked = "B-NEWEST"

// BenchmarkFirstTrace opens a store on the disk and answers GET /v1/trails/B-NEWEST, with a million ancestors and three million edges,
// from what the process before left. The file is read from the disk each time: internal/durable has the system drop what it holds of
// it. ms-cpu is the processor time, of all cores; x-sqlite is as for BenchmarkTrace.
func BenchmarkFirstTrace(b *testing.B) {
	h, err := history()
	if err != nil {
		b.Fatal(err)
	}
	trails, err := named(h.graph)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	save(b, dir, trails)
	fastest, used := time.Hour, processorTime()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		begin := time.Now()
		s, err := store.Open(b.Context(), dir, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		server := &api.Server{Store: s, Log: http.NotFoundHandler(), Cache: store.NewCache(durable.OS, dir, record.Hash{})}
		r := httptest.NewRecorder()
		server.Handler().ServeHTTP(r, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/trails/"+asked, nil))
		fastest = min(fastest, time.Since(begin))
		want := fmt.Sprintf(`"passed":%d}`, h.ancestors)
		if r.Code != http.StatusOK || !strings.HasSuffix(r.Body.String(), want+"\n") {
			b.Fatalf("status %d, %d bytes that do not end with %s", r.Code, r.Body.Len(), want)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	each := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(each.Milliseconds()), "ms")
	b.ReportMetric(float64(fastest.Milliseconds()), "ms-fastest")
	b.ReportMetric(float64((processorTime()-used).Milliseconds())/float64(b.N), "ms-cpu")
	b.ReportMetric(float64(firstLimit.Milliseconds()), "ms-limit")
	b.ReportMetric(h.took.Seconds()/each.Seconds(), "x-sqlite")
}

// named gives every lot of a history what a holding has: most lie in tanks, every tenth is a batch.
func named(g *graph.Graph) (*audit.Trails, error) {
	c := lineage.NewChart()
	t := &audit.Trails{Chart: c, Batches: map[string][]string{}}
	for n := range g.Lots() {
		l := graph.Lot(n)
		h := lineage.Holding{
			Account: custody.PoolAccount(fmt.Sprintf("T-%d", n%1000)), Event: fmt.Sprintf("receipt-2024-%09d", n), At: g.At(l),
			Place: "HARDISTY", Evidence: custody.Signed, Basis: quantity.Metric, Volume: g.Volume(l),
		}
		switch {
		case n < graphtest.Sources:
			h.Source, h.Point = fmt.Sprintf("lease-%d", n), fmt.Sprintf("LACT-%d", n)
		case n%10 == 0 || n == g.Lots()-1:
			h.Batch = fmt.Sprintf("B-%09d", n)
			if n == g.Lots()-1 {
				h.Batch = asked
			}
			h.Account, h.Point = custody.BatchAccount(h.Batch), "BORDER-1"
			t.Batches[h.Point] = append(t.Batches[h.Point], h.Batch)
			c.Note(h.Batch, h.At, h.Volume)
		}
		if _, err := c.Add(h, g.Made(l)...); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// save makes a store and the cache beside it.
func save(b *testing.B, dir string, trails *audit.Trails) {
	b.Helper()
	s, err := store.Open(b.Context(), dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.AddPaper(b.Context(), "paper", []byte("paper"), nil); err != nil {
		b.Fatal(err)
	}
	head, err := s.Head(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	cache := store.NewCache(durable.OS, dir, record.Hash{})
	begin := time.Now()
	if err := cache.Save(func(to []byte) ([]byte, store.Head, error) {
		to, err := trails.Append(to)
		return to, head, err
	}); err != nil {
		b.Fatal(err)
	}
	took := time.Since(begin)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(cache.Path())
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("cache of %d MB, saved in %d ms", info.Size()>>20, took.Milliseconds())
}
