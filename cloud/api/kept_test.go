package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/metrology/quantity"
)

// questions are what is asked of the books.
var questions = []string{
	"/v1/entries", "/v1/entries/ZZ9-0310241-8", "/v1/entries/ZZ9-0310241-8/bundle", "/v1/bundle", "/v1/balance", "/v1/lots/B-1", "/v1/lots/B-2",
	"/v1/trails/B-1", "/v1/trails/ZZ903102418", "/v1/trails/BORDER-1", "/v1/trails/heavy?direction=forward", "/v1/trails/diluent?direction=forward&asOf=2026-02-02T02:46:00Z",
	"/v1/balances/T-1", "/v1/balances/LINE?from=2026-02-01T00:00:00-06:00&to=2026-02-03T00:00:00-06:00&by=day", "/v1/crossings/3407/2026-02",
}

// twin returns another cloud that is told the same story.
func (w *world) twin(o store.Options) *world {
	w.t.Helper()
	twin := &world{World: w.World, t: w.t, dir: w.t.TempDir(), ledger: &ingesttest.Ledger{}}
	twin.open(o)
	return twin
}

// forget has the cloud go on as a process that has just started.
func (w *world) forget() {
	s := w.server
	*w.server = api.Server{Store: s.Store, Ledger: s.Ledger, Ingest: s.Ingest, Trust: s.Trust, Bytes: s.Bytes, Log: s.Log, Tables: s.Tables, Clock: s.Clock}
}

// ask returns what the cloud answers, status and all; of a bundle not the receipts, which depend on when the ledger published.
func (w *world) ask(method, path string, body []byte) string {
	w.t.Helper()
	a := w.do(method, path, body)
	if a.header.Get("Content-Type") == "application/cbor" {
		var b bundle.Bundle
		must(w.t, cose.Unmarshal(a.body, &b))
		b.Batches = nil
		return fmt.Sprintf("%x", b)
	}
	return http.StatusText(a.status) + " " + string(a.body)
}

// corrections are papers that are not at the end of the story: events that are taken back, put otherwise, or come late.
func (w *world) corrections() (all []audittest.Act) {
	w.t.Helper()
	const minute = bundletest.Minute
	diluent := custody.Stated{Volume: 5_601 * quantity.PerUnit, Basis: quantity.Metric, Density: 716 * quantity.PerUnit}
	replaced := custody.Event{
		Version: custody.Version, ID: "receipt-D", By: audittest.Terminal, At: bundletest.Epoch + 4*minute,
		Receipt: &custody.Receipt{Pool: "T-1", Source: "diluent", Stated: &diluent},
	}
	for _, e := range []custody.Event{
		{ID: "void-allowance", By: w.Carrier.DID, At: bundletest.Epoch + 70*minute, Void: &custody.Void{Of: "allowance-B-2"}},
		{ID: "void-D", By: audittest.Terminal, At: bundletest.Epoch + 71*minute, Void: &custody.Void{Of: "receipt-D", Replacement: &replaced}},
		{ID: "void-A", By: audittest.Terminal, At: bundletest.Epoch + 72*minute, Void: &custody.Void{Of: "receipt-A"}},
		{ID: "late-receipt", By: audittest.Terminal, At: bundletest.Epoch + 5*minute, Receipt: &custody.Receipt{Pool: "T-2", Source: "other", Stated: &diluent}},
		{ID: "gauging", By: audittest.Terminal, At: bundletest.Epoch + 80*minute, Gauging: &custody.Gauging{Pool: "T-2", Volume: 5_590e6, Basis: quantity.Metric}},
		{ID: "allowance-B-2", By: w.Carrier.DID, At: bundletest.Epoch + 81*minute, Allowance: &custody.Allowance{Batch: audittest.Unrelated, Percent: quantity.F(20, 2)}},
	} {
		signed, err := custody.Sign(w.Hand(e.By), e)
		must(w.t, err)
		all = append(all, audittest.Act{Path: "/v1/documents", Name: e.ID, Body: signed})
	}
	return all
}

// TestKeptAsFresh: whatever is posted and asked, in whatever order, a cloud that keeps its books answers as one that has just started.
func TestKeptAsFresh(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, audittest.Options{Late: seed%2 == 1})
		fresh := w.twin(store.Options{})
		acts := w.Acts
		others := append(w.corrections(), acts...)
		taken, next := 0, 0
		for next < len(acts) || taken < len(acts)+12 {
			a := others[random.IntN(len(others))]
			if next < len(acts) && (acts[next].Path == "/v1/registries" || random.IntN(5) > 0) {
				a = acts[next]
				next++
				if a.Path != "/v1/registries" && acts[next-2].Path == "/v1/registries" {
					w.measure()
					fresh.measure()
				}
			}
			taken++
			fresh.forget()
			same(t, a.Name, w.ask(http.MethodPost, a.Path, a.Body), fresh.ask(http.MethodPost, a.Path, a.Body))
			for range random.IntN(4) {
				q := questions[random.IntN(len(questions))]
				fresh.forget()
				same(t, q+" after "+a.Name, w.ask(http.MethodGet, q, nil), fresh.ask(http.MethodGet, q, nil))
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		for _, q := range questions {
			fresh.forget()
			same(t, q, w.ask(http.MethodGet, q, nil), fresh.ask(http.MethodGet, q, nil))
		}
	}
}

// TestKeptWhilePosting: who asks while papers come in gets the answer before a paper or after it, never one in between, and never
// an older one than before.
func TestKeptWhilePosting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	fresh := w.twin(store.Options{})
	acts := append(slices.Clone(w.Acts), w.corrections()...)
	asked := []string{"/v1/balance", "/v1/trails/B-1", "/v1/entries", "/v1/balances/T-2"}
	states := map[string][]string{}
	tell := func(w *world, each func()) {
		for i, a := range acts {
			if i > 0 && acts[i-1].Path == "/v1/registries" && a.Path != "/v1/registries" {
				w.measure()
			}
			w.do(http.MethodPost, a.Path, a.Body)
			each()
		}
	}
	tell(fresh, func() {
		for _, q := range asked {
			states[q] = append(states[q], fresh.ask(http.MethodGet, q, nil))
		}
	})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, q := range asked {
		readers.Go(func() {
			before := states[q]
			for more := true; more; {
				select {
				case <-done:
					more = false
				default:
				}
				got := w.ask(http.MethodGet, q, nil)
				i := slices.Index(before, got)
				if i < 0 {
					t.Errorf("%s is answered with what no fold gives, or gave before:\n%s", q, got)
					return
				}
				before = before[i:]
			}
			if got := w.ask(http.MethodGet, q, nil); got != states[q][len(states[q])-1] {
				t.Errorf("%s ends with\n%s", q, got)
			}
		})
	}
	tell(w, func() {})
	close(done)
	readers.Wait()
}

// TestKeptWithoutSpace: a paper that the books took and the store did not is in no answer.
func TestKeptWithoutSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("receipt-A")
	w.get("/v1/balance")
	must(t, w.store.Close())
	w.open(store.Options{MaxPages: 1})
	refused := 0
	for i := range 60 {
		e := custody.Event{ID: "facility-" + string(rune('A'+i)), By: audittest.Terminal, At: bundletest.Epoch + int64(5+i)*bundletest.Minute, Receipt: &custody.Receipt{
			Pool: "T-1", Source: "diluent", Stated: &custody.Stated{Volume: 10 * quantity.PerUnit, Basis: quantity.Metric, Density: 716 * quantity.PerUnit},
		}}
		signed, err := custody.Sign(w.Hand(e.By), e)
		must(t, err)
		if a := w.do(http.MethodPost, "/v1/documents", signed); a.status == http.StatusInsufficientStorage {
			refused++
		} else if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		kept := w.ask(http.MethodGet, "/v1/balance", nil)
		w.forget()
		same(t, "balance", kept, w.ask(http.MethodGet, "/v1/balance", nil))
	}
	if refused == 0 {
		t.Error("the store was never full")
	}
}

// TestUndecidable: an entry that nothing can be decided about any more says why, and the others are decided.
func TestUndecidable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	revision := w.corrections()[0]
	signed, err := custody.Sign(w.Hand(w.Carrier.DID), custody.Event{
		ID: "void-revision", By: w.Carrier.DID, At: bundletest.Epoch + 1000*bundletest.Minute, Void: &custody.Void{Of: audittest.Revision},
	})
	must(t, err)
	revision.Body = signed
	same(t, "status of the void", w.post(revision).status, http.StatusOK)
	got := read[[]struct {
		audit.Decision
		Error string
	}](w, "/v1/entries")
	same(t, "entry", got[0].Entry, w.Number.String())
	if len(got) != 1 || got[0].Version != 0 || got[0].Error == "" {
		t.Errorf("entries are %+v", got)
	}
	w.refused("the entry itself", w.do(http.MethodGet, "/v1/entries/"+w.Number.String(), nil), failed, got[0].Error)
}
