package audit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// wide is how many lots of sources of their own are behind an entry.
const wide = 10_000

// wideLimit is how long the decision about such an entry may take.
const wideLimit = 50 * time.Millisecond

// ofMany returns the papers of the entry with the diluent from a stream that was filled from so many sources, every second of which
// is proven to originate. With a method the tank's withdrawals count by it.
func (w world) ofMany(n int, method ...[]byte) [][]byte {
	w.t.Helper()
	papers := w.Papers()
	drop := func(name string, by ...[]byte) {
		i := slices.IndexFunc(papers, func(b []byte) bool { return slices.Equal(b, w.Act(name).Body) })
		papers = slices.Replace(papers, i, i+1, by...)
	}
	drop("blend-T-1", w.event("blend-T-1", func(e *custody.Event) { e.Blend.Receipts = []string{"receipt-A"} }))
	drop("receipt-D")
	at := int64(bundletest.Epoch + bundletest.Minute)
	state := func(e custody.Event) {
		e.By, e.Order = audittest.Terminal, uint64(len(papers))
		if e.At == 0 {
			e.At = at
		}
		signed, err := custody.Sign(w.Hand(e.By), e)
		must(w.t, err)
		papers = append(papers, signed)
	}
	state(custody.Event{ID: "declare-many", Pool: &custody.Pool{ID: "MANY", Kind: custody.Stream, Basis: quantity.Metric, Keeper: audittest.Terminal, Method: custody.Average}})
	each, total := quantity.Micro(5_600*quantity.PerUnit/int64(n)), quantity.Micro(0)
	for i := range n {
		source := custody.Source{
			ID: fmt.Sprintf("lease-%05d", i), Description: "light crude", Heading: "2709", Country: "CA", Role: custody.Heavy, WhollyObtained: true,
			Originating: []custody.Status{custody.Originating, custody.Unproven}[i%2],
		}
		state(custody.Event{ID: "source-" + source.ID, Source: &source})
		state(custody.Event{ID: "receipt-" + source.ID, Receipt: &custody.Receipt{
			Pool: "MANY", Source: source.ID, Shipper: audittest.Shipper,
			Stated: &custody.Stated{Volume: each, Basis: quantity.Metric, Density: 716 * quantity.PerUnit},
		}})
		total += each
	}
	state(custody.Event{ID: "store-many", At: bundletest.Epoch + 6*bundletest.Minute, Withdrawal: &custody.Withdrawal{
		Pool: "MANY", Shipper: audittest.Shipper, ToPool: "T-1", Stated: &custody.Bulk{Volume: total, Basis: quantity.Metric},
	}})
	return append(papers, method...)
}

// TestDecideOfMany: all lots behind an entry are in its decision, by the mixture and by the inventory method.
func TestDecideOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	d := w.decision(w.ofMany(2_000, w.chosen(nobodyAlters)))
	if len(d.Lot.Shares) != 2_001 || d.Commingled == nil || d.Commingled.Refused != "" || len(d.Commingled.Parts) != 2_001 {
		t.Errorf("%d shares, by the method %+.300v", len(d.Lot.Shares), d.Commingled)
	}
}

// BenchmarkDecide decides about an entry with ten thousand lots behind it, with all reasons. x-limit is the time that it takes over the
// 50 ms that it may take; the tables are read before.
func BenchmarkDecide(b *testing.B) {
	for _, bb := range []struct {
		name   string
		method func(w world) [][]byte
	}{
		{"mixture", func(world) [][]byte { return nil }},
		{"average", func(w world) [][]byte { return [][]byte{w.chosen(nobodyAlters)} }},
		{"fifo", func(w world) [][]byte {
			return [][]byte{w.chosen(func(i *custody.Inventory) { i.Method, i.Period = custody.FIFO, "" })}
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := newWorld(b, audittest.Options{})
			c, err := w.Case(w.ofMany(wide-1, bb.method(w)...))
			must(b, err)
			decide := func() *audit.Decision {
				d, err := c.Decide(w.Number.String())
				must(b, err)
				return d
			}
			if d := decide(); len(d.Lot.Shares) != wide || d.Commingled != nil && d.Commingled.Refused != "" {
				b.Fatalf("%d shares, %+.300v", len(d.Lot.Shares), d.Commingled)
			}
			b.ReportAllocs()
			for b.Loop() {
				decide()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/wideLimit.Seconds(), "x-limit")
		})
	}
}
