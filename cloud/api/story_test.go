package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
)

// TestStory: what was posted act by act comes back decided, and as a bundle that verifies once its party has sealed it.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newWorld(t, audittest.Options{Late: late})
		w.play("")
		c, err := w.Case(w.Papers())
		must(t, err)
		d, err := c.Decide(w.Number.String())
		must(t, err)
		want, err := json.Marshal(d)
		must(t, err)
		for _, path := range []string{"/v1/entries/ZZ9-0310241-8", "/v1/entries/ZZ903102418"} {
			same(t, path, strings.TrimSpace(string(w.get(path).body)), string(want))
		}
		same(t, "entries", strings.TrimSpace(string(w.get("/v1/entries").body)), "["+string(want)+"]")
		for query, depth := range map[string]bundle.Depth{"": bundle.Tickets, "?depth=tickets": bundle.Tickets, "?depth=records": bundle.Records} {
			b := w.bundle("/v1/entries/ZZ9-0310241-8/bundle" + query)
			same(t, "depth", b.Depth, depth)
			v, err := audit.Verify(w.Seal(b, audittest.Buyer), w.Trust(), w.Tables())
			must(t, err)
			same(t, "entry", v.Decision.Entry, "ZZ9-0310241-8")
			same(t, "tickets of the entry", len(v.Evidence.Tickets), 4)
			all := w.bundle("/v1/bundle" + query)
			v, err = audit.Verify(w.Seal(all, audittest.Shipper), w.Trust(), w.Tables())
			must(t, err)
			if v.Decision != nil || len(v.Evidence.Tickets) != 6 || len(v.Evidence.Bundle.Documents) != len(w.Papers()) {
				t.Errorf("the bundle of everything has %d tickets and %d documents", len(v.Evidence.Tickets), len(v.Evidence.Bundle.Documents))
			}
		}
	}
}

// bundle fetches the payload of a bundle, as a party's program does before it seals it.
func (w *world) bundle(path string) *bundle.Bundle {
	w.t.Helper()
	a := w.get(path)
	same(w.t, "type of "+path, a.header.Get("Content-Type"), "application/cbor")
	var b bundle.Bundle
	must(w.t, cose.Unmarshal(a.body, &b))
	b.Sealed = bundletest.Epoch + 1_000_000*bundletest.Minute
	return &b
}

// TestViews: what the store and the books hold can be read.
func TestViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	same(t, "counts", read[store.Counts](w, "/v1/counts"), store.Counts{Records: 32, Batches: 4, Statements: 13, Tickets: 5})
	same(t, "gaps", read[[]store.Gap](w, "/v1/gaps"), []store.Gap{})

	last := read[map[string]any](w, "/v1/points/"+audittest.Border+"/last")
	same(t, "end of the last interval", last["end"], any("2026-02-02T02:53:00Z"))
	same(t, "its seq", last["seq"], any(float64(13)))

	tickets := read[[]map[string]any](w, "/v1/tickets")
	same(t, "ticket versions", len(tickets), 6)
	one := read[map[string]any](w, "/v1/tickets/TK-BOR-1")
	for key, want := range map[string]any{
		"id": "TK-BOR-1", "version": float64(2), "status": "final", "gsv": "19820.749972", "basis": "m3 at 15C", "opened": "2026-02-02T02:50:00Z",
		"closed": "2026-02-02T02:52:00Z", "hash": ticket.Hash(w.Tickets[len(w.Tickets)-1].Ticket).String(),
	} {
		same(t, key+" of the ticket", one[key], want)
	}

	balance := read[struct {
		Batches []struct{ Batch string }
		Pools   []struct{ Pool string }
	}](w, "/v1/balance")
	same(t, "batches and pools", []int{len(balance.Batches), len(balance.Pools)}, []int{2, 3})
	lot := read[struct {
		Lot   lineage.Lot
		Trace []struct{ Event string }
	}](w, "/v1/lots/B-1")
	same(t, "volume of the lot", lot.Lot.Volume.String(), "19820.749972")
	same(t, "trace begins with", lot.Trace[0].Event, "receipt-A")

	trail := read[lineage.Trail](w, "/v1/trails/"+w.Number.String())
	same(t, "volume of the entry's trail", trail.Volume.String(), "19820.749972")
	same(t, "its sources", len(trail.Parts), 2)
	where := read[lineage.Trail](w, "/v1/trails/"+trail.Parts[0].Source+"?direction=forward&asOf="+time.UnixMilli(trail.Parts[0].At).UTC().Format(time.RFC3339))
	same(t, "account of a source's oil before it was blended", string(where.Parts[0].Account), "receipt:receipt-A")

	line := read[audit.BalanceSheet](w, "/v1/balances/LINE?from=2026-02-01T00:00:00-06:00&to=2026-02-03T00:00:00-06:00&by=day")
	same(t, "days of the line", []int{len(line.Series.Balances), len(line.Segments), len(line.Pool.Flows)}, []int{2, 2, 2})
	same(t, "kind of a system", read[audit.BalanceSheet](w, "/v1/balances/NORTH=T-1,LINE").Kind, "system")
	crossed := read[audit.Crossings](w, "/v1/crossings/3407/2026-02")
	same(t, "crossed and entered", [2]string{crossed.Lots[0].Crossed.String(), crossed.Sums[0].Entered.String()}, [2]string{"19820.749972", "19820.749972"})

	chain := read[audit.Chain](w, "/v1/chains/B-1")
	same(t, "end of the chains", [2]string{chain.Custodian, chain.Owner}, [2]string{audittest.South, audittest.Buyer})
	same(t, "before it was handed over", read[audit.Chain](w, "/v1/chains/B-1?knownAt=2026-02-02T02:50:00Z").Custodian, w.Carrier.DID)
	same(t, "closes", len(read[audit.Register](w, "/v1/books/closes").Closes), 0)
	same(t, "waiting", len(read[audit.PendingEntries](w, "/v1/crossings?asOf=2026-02-10T00:00:00Z&within=5d&port=3407").Lots), 0)
	claimed := read[[]audit.Utilization](w, "/v1/utilization")
	same(t, "claimed on certificates", []string{claimed[0].Of, claimed[0].Claimed.Decimal(0), claimed[0].Entries[0]}, []string{"C-1", "124356", w.Number.String()})
	var without audit.Consequences
	asked := w.do(http.MethodPost, "/v1/what-if", []byte(`{"withoutCertificates":["C-1"]}`))
	must(t, json.Unmarshal(asked.body, &without))
	same(t, "owed without the certificate", []string{without.Differences[0].Entry, without.Owed.Duty.String()}, []string{w.Number.String(), "6528.69"})

	metrics := string(w.get("/metrics").body)
	for _, want := range []string{"gauger_cloud_records 32", "gauger_cloud_batches 4", "gauger_cloud_statements 13", "gauger_cloud_tickets 5"} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("metrics are without %q", want)
		}
	}
	same(t, "log", string(w.get("/log/tile/0/000").body), "log file /tile/0/000")
}

// TestEmpty: a cloud that was told nothing answers with empty lists.
func TestEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for path, want := range map[string]string{
		"/v1/entries": "[]", "/v1/tickets": "[]", "/v1/gaps": "[]", "/v1/balance": `{"batches":[],"pools":[]}`,
		"/v1/counts": `{"records":0,"batches":0,"statements":0,"tickets":0}`, "/v1/health": `{"status":"ok"}`,
	} {
		same(t, path, strings.TrimSpace(string(w.get(path).body)), want)
	}
	same(t, "tickets in the bundle", len(w.bundle("/v1/bundle").Tickets), 0)
}

// TestTwice: what is posted again is answered as before, and neither store nor ledger has it twice.
func TestTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Late: true})
	w.play("")
	before := w.contents()
	for _, a := range w.Acts {
		if got := w.post(a); got.status != http.StatusOK {
			t.Errorf("%s again: %d %s", a.Name, got.status, got.body)
		}
	}
	same(t, "papers, tickets, registries and ledger entries", w.contents(), before)
}

// TestLedger: registries and claims are in the ledger where the answer says, and nothing else but statements is.
func TestLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("claim")
	var a struct {
		Hash  string
		Index *uint64
	}
	claim := w.Act("claim")
	must(t, json.Unmarshal(w.post(claim).body, &a))
	same(t, "hash", a.Hash, ticket.Hash(claim.Body).String())
	if a.Index == nil {
		t.Fatal("the claim has no place in the ledger")
	}
	entry, err := w.ledger.Entry(t.Context(), *a.Index)
	must(t, err)
	same(t, "entry", string(entry), string(claim.Body))
	same(t, "entries", len(w.ledger.Entries()), len(w.Registries())+4+1)
	a.Index = nil
	must(t, json.Unmarshal(w.post(w.Act("certificate")).body, &a))
	if a.Index != nil {
		t.Errorf("the certificate is in the ledger at %d", *a.Index)
	}
	findings, err := w.store.Fsck(context.Background(), w.Trust(), w.ledger.Entry)
	must(t, err)
	for _, f := range findings {
		t.Errorf("fsck: %s", f)
	}
}
