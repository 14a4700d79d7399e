package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/ledger"
	"github.com/gauger/gauger/metrology/quantity"
)

// The statuses of refusals.
const (
	malformed = http.StatusBadRequest
	missing   = http.StatusNotFound
	conflict  = http.StatusConflict
	wrong     = http.StatusUnprocessableEntity
	failed    = http.StatusInternalServerError
)

// TestNotFound: what is not there is a problem with status 404 that names it.
func TestNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	for path, detail := range map[string]string{
		"/v1/tickets/TK-9":                 "ticket TK-9: not in the store",
		"/v1/points/LACT-9/last":           "point LACT-9: not in the store",
		"/v1/entries/ZZ9-0312242-4":        "entry ZZ9-0312242-4: no such claim",
		"/v1/entries/ZZ9-0312242-4/bundle": "entry ZZ9-0312242-4: no such claim",
		"/v1/lots/B-9":                     "B-9",
		"/v1/balances/T-9":                 "T-9 is neither a pool nor a batch",
		"/v1/balances/X=T-1,T-9":           `pool "T-9" of system X`,
		"/v1/crossings/9999/2026-02":       "port 9999",
		"/v1/chains/B-9":                   "batch or lot B-9",
		"/v1/tickets/draft?" + draft(w, url.Values{"point": {"LACT-9"}}): "closing record of LACT-9",
	} {
		w.refused(path, w.do(http.MethodGet, path, nil), missing, detail)
	}
	for _, path := range []string{"/v1/bundle?depth=all", "/v1/entries/ZZ9-0310241-8/bundle?depth=all"} {
		w.refused(path, w.do(http.MethodGet, path, nil), malformed, `depth is "all", want tickets or records`)
	}
}

// TestBooksRefused: a question about the books that has no answer is a problem with status 400.
func TestBooksRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	for path, detail := range map[string]string{
		"/v1/balances/LINE?from=yesterday":           `from is "yesterday", want a time`,
		"/v1/balances/LINE?by=day":                   "by day needs from and to",
		"/v1/balances/B-1?from=2026-02-01T00:00:00Z": "leave the period out",
		"/v1/balances/=LINE":                         "needs a name",
		"/v1/crossings/Walhalla/2026-02":             "want a code of Schedule D",
		"/v1/crossings/3407/February":                "want one such as 2024-03",
		"/v1/crossings":                              "needs an instant to be as of",
		"/v1/crossings?asOf=now":                     `as of "now", want a time`,
		"/v1/chains/B-1?knownAt=now":                 `knownAt is "now", want a time`,
		"/v1/books/closes?knownAt=now":               `knownAt is "now", want a time`,
		"/v1/books/secrets":                          `no list of "secrets"`,
	} {
		w.refused(path, w.do(http.MethodGet, path, nil), malformed, detail)
	}
}

// TestWhatIfRefused: a change that cannot be read, or made, or is of what is not here.
func TestWhatIfRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	for _, tt := range []struct {
		change, detail string
		status         int
	}{
		{`{"certificate":"C-1"}`, "unknown field", malformed},
		{`{"sources":[{"source":"heavy","originating":"maybe"}]}`, "want yes, no or unproven", malformed},
		{`{"withoutCertificates":["C-9"]}`, "certificate C-9", missing},
	} {
		w.refused(tt.change, w.do(http.MethodPost, "/v1/what-if", []byte(tt.change)), tt.status, tt.detail)
	}
}

// draft returns the query for the ticket of the border, with some of it changed.
func draft(w *world, change url.Values) string {
	w.t.Helper()
	q := url.Values{
		"point": {audittest.Border}, "open": {"2026-02-02T02:50:00Z"}, "close": {"2026-02-01T20:52:00-06:00"}, "at": {"2026-02-02T02:53:00Z"},
		"id": {"TK-BOR-1"}, "batch": {audittest.Batch}, "from": {w.Carrier.DID}, "to": {audittest.South}, "of_record": {string(ticket.SumOfIntervals)},
	}
	for k, v := range change {
		q[k] = v
	}
	return q.Encode()
}

// TestDraft: the cloud cuts the very ticket that the parties of the story have signed, in both versions.
func TestDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	n := len(w.Tickets)
	first := w.get("/v1/tickets/draft?" + draft(w, nil))
	same(t, "type", first.header.Get("Content-Type"), "application/cbor")
	same(t, "first version", first.body, w.Tickets[n-2].Ticket)
	final := draft(w, url.Values{
		"version": {"2"}, "previous": {ticket.Hash(w.Tickets[n-2].Ticket).String()}, "report": {ticket.Hash(w.Act("report").Body).String()},
		"at": {"2026-02-02T03:41:00Z"},
	})
	same(t, "final version", w.get("/v1/tickets/draft?"+final).body, w.Tickets[n-1].Ticket)
}

// TestDraftRefused: a draft needs sound terms, and records that close and open where it does.
func TestDraftRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	for _, tt := range []struct {
		name   string
		change url.Values
		status int
		detail string
	}{
		{"a version that is no number", url.Values{"version": {"two"}}, malformed, `version "two"`},
		{"a previous version that is no hash", url.Values{"previous": {"T-1"}}, malformed, "64 hex digits"},
		{"no opening time", url.Values{"open": {""}}, malformed, `open is "": want a time such as`},
		{"a time without a zone", url.Values{"close": {"2026-02-02T02:52:00"}}, malformed, `close is "2026-02-02T02:52:00": want a time such as`},
		{"no time of its own", url.Values{"at": nil}, malformed, `at is "": want a time such as`},
		{"a close that the records have not reached", url.Values{"close": {"2026-02-02T05:00:00Z"}}, conflict,
			"the newest record before 2026-02-02T05:00:00Z ends at 2026-02-02T02:53:00Z: wait for the edge"},
		{"a close within a record", url.Values{"close": {"2026-02-02T02:51:30Z"}}, conflict, "or close the ticket there"},
		{"a close before all records", url.Values{"close": {"2026-02-02T02:40:00Z"}}, missing, "closing record of BORDER-1"},
		{"an opening within the first record", url.Values{"open": {"2026-02-02T02:40:30Z"}}, conflict, "no record ends at or before 2026-02-02T02:40:30Z, and the point began before it"},
		{"an opening at its close", url.Values{"open": {"2026-02-02T02:52:00Z"}}, wrong, "it must open with an earlier interval record"},
		{"nothing flowed", url.Values{"open": {"2026-02-02T02:45:00Z"}, "close": {"2026-02-02T02:46:00Z"}}, wrong, "0 units flowed"},
		{"a report that is not here", url.Values{"report": {strings.Repeat("0", 64)}}, missing, "post it first"},
		{"a report from after it", url.Values{"report": {ticket.Hash(w.Act("report").Body).String()}}, wrong, "from after the ticket"},
		{"another quantity of record", url.Values{"of_record": {"guess"}}, wrong, `quantity of record "guess"`},
		{"no id", url.Values{"id": nil}, wrong, "id"},
		{"no parties", url.Values{"to": nil}, wrong, "needs the parties"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.refused(tt.name, w.do(http.MethodGet, "/v1/tickets/draft?"+draft(w, tt.change), nil), tt.status, tt.detail)
		})
	}
	// From before its beginning a point counts from zero.
	q := draft(w, url.Values{"open": {"2026-02-02T02:40:00Z"}})
	whole, err := ticket.Decode(w.get("/v1/tickets/draft?" + q).body)
	must(t, err)
	same(t, "first record", whole.First, 0)
}

// countersigned returns the body of a ticket that both its parties have signed.
func (w *world) countersigned(t *ticket.Ticket) []byte {
	w.t.Helper()
	encoded, err := t.Encode()
	must(w.t, err)
	s := ticket.Signed{Ticket: encoded}
	for _, did := range []string{t.From, t.To} {
		signature, err := ticket.Sign(w.Hand(did), encoded)
		must(w.t, err)
		s.Signatures = append(s.Signatures, signature)
	}
	body, err := cose.Marshal(s)
	must(w.t, err)
	return body
}

// TestTicketRefused: a ticket whose figures are not those of its records is refused whoever signed it, and so is one that lacks a
// signature or does not follow the version before it.
func TestTicketRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("TK-BOR-1 version 2")
	n := len(w.Tickets)
	altered := func(i int, alter func(t *ticket.Ticket)) []byte {
		one, err := ticket.Decode(w.Tickets[i].Ticket)
		must(t, err)
		alter(one)
		return w.countersigned(one)
	}
	fresh := func(alter func(t *ticket.Ticket)) []byte {
		return altered(n-2, func(t *ticket.Ticket) {
			t.ID = "TK-NEW"
			alter(t)
		})
	}
	half := w.Tickets[n-1]
	half.Signatures = half.Signatures[:1]
	halfSigned, err := cose.Marshal(half)
	must(t, err)
	before := w.contents()
	for _, tt := range []struct {
		name   string
		body   []byte
		status int
		detail string
	}{
		{"no ticket", []byte("ticket"), malformed, "signed ticket"},
		{"a byte too many", append(bytes.Clone(w.Act("TK-BOR-1 version 2").Body), 0), malformed, "signed ticket"},
		{"one signature", halfSigned, wrong, "has 1 signatures"},
		{"a larger volume", fresh(func(t *ticket.Ticket) { t.GSV++ }), wrong, "GSV is 19820.749973, its records make it 19820.749972"},
		{"a later closing", fresh(func(t *ticket.Ticket) { t.Close++ }), wrong, "closing time"},
		{"other totals", fresh(func(t *ticket.Ticket) { t.Closing.Mass++ }), wrong, "closing totals"},
		{"another factor", fresh(func(t *ticket.Ticket) { t.CTPL.Mantissa++ }), wrong, "CTPL"},
		{"another density", fresh(func(t *ticket.Ticket) { t.Density++ }), wrong, "average density"},
		{"records that are not here", fresh(func(t *ticket.Ticket) { t.Last = 99 }), wrong, "closing record: not in the store"},
		{"an opening that is not here", fresh(func(t *ticket.Ticket) { t.First = 999 }), wrong, "opening record: not in the store"},
		{"a report that is not here", altered(n-1, func(t *ticket.Ticket) { t.SW.Report[0] ^= 1 }), wrong, "laboratory report is not in the store"},
		{"less water than the laboratory found", altered(n-1, func(t *ticket.Ticket) { t.SW.Percent.Mantissa-- }), wrong, "S&W"},
		{"the same version for another batch", altered(n-2, func(t *ticket.Ticket) { t.Batch = audittest.Unrelated }), conflict, "ticket TK-BOR-1 version 1 does not follow version 1"},
		{"a version that is skipped", altered(n-1, func(t *ticket.Ticket) { t.Version = 3 }), conflict, "version 3 does not follow version 1"},
		{"a version that follows another", altered(n-1, func(t *ticket.Ticket) { t.Previous[0] ^= 1 }), conflict, "version 2 does not follow version 1"},
		{"a second version of nothing", altered(n-1, func(t *ticket.Ticket) { t.ID = "TK-NEW" }), conflict, "version 2 does not follow version 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.refused(tt.name, w.do(http.MethodPost, "/v1/tickets", tt.body), tt.status, tt.detail)
		})
	}
	same(t, "papers, tickets, registries and ledger entries", w.contents(), before)
}

// TestRegistryRefused: a registry must be signed by an organisation of the trust file, be newer than its last, and take nobody's keys
// or measuring points.
func TestRegistryRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	buyer := w.Party(audittest.Buyer)
	signed := func(alter func(r *registry.Registry)) []byte {
		r := buyer.Registry
		r.Number, r.Entries = 1, slices.Clone(r.Entries)
		alter(&r)
		b, err := r.Sign(buyer.Key)
		must(t, err)
		return b
	}
	point := registry.Entry{Role: registry.Device, Name: "device", Points: []string{audittest.Battery}, From: 1}
	key, err := cose.NewKey(bundletest.Ed25519(99).Public())
	must(t, err)
	point.Key = key.Bytes()
	broken := signed(func(*registry.Registry) {})
	broken[len(broken)-1] ^= 1
	before := w.contents()
	for _, tt := range []struct {
		name   string
		body   []byte
		status int
		detail string
	}{
		{"no registry", []byte("registry"), wrong, "not a tagged COSE_Sign1"},
		{"a broken signature", broken, wrong, "signature does not verify"},
		{"a stranger", signed(func(r *registry.Registry) { r.Organisation = "did:web:stranger.example" }), wrong, "the trust file has no key for it"},
		{"in another's name", signed(func(r *registry.Registry) { r.Organisation = audittest.South }), wrong, "is signed with key"},
		{"the same number", signed(func(r *registry.Registry) { r.Number = 0; r.Name = "Buyer" }), conflict, "number 0 is not above 0"},
		{"another's key", signed(func(r *registry.Registry) {
			r.Entries = append(r.Entries, w.Party(audittest.South).Registry.Entries...)
		}), conflict, "is did:web:south.example's"},
		{"another's measuring point", signed(func(r *registry.Registry) { r.Entries = append(r.Entries, point) }), conflict, "measuring point LACT-1 is did:web:producer.example's"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.refused(tt.name, w.do(http.MethodPost, "/v1/registries", tt.body), tt.status, tt.detail)
		})
	}
	same(t, "papers, tickets, registries and ledger entries", w.contents(), before)
	point.Points = []string{"RACK-1"}
	same(t, "status of a good one", w.do(http.MethodPost, "/v1/registries", signed(func(r *registry.Registry) { r.Entries = append(r.Entries, point) })).status, http.StatusOK)
}

// TestKeyChangesHands: a key that one organisation gives up another may take, whatever their names.
func TestKeyChangesHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for _, a := range w.Acts {
		if a.Path == "/v1/registries" {
			same(t, a.Name, w.post(a).status, http.StatusOK)
		}
	}
	terminal, buyer := w.Party(audittest.Terminal), w.Party(audittest.Buyer)
	for _, next := range []struct {
		of      *bundletest.Organisation
		entries []registry.Entry
	}{{terminal, nil}, {buyer, append(slices.Clone(buyer.Registry.Entries), terminal.Registry.Entries...)}} {
		r := next.of.Registry
		r.Number, r.Entries = 1, next.entries
		signed, err := r.Sign(next.of.Key)
		must(t, err)
		same(t, "status", w.do(http.MethodPost, "/v1/registries", signed).status, http.StatusOK)
	}
	w.get("/v1/entries")
}

// TestDocumentRefused: a paper is tried on the books before it is stored, and a claim must come to a decision.
func TestDocumentRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("claim")
	second, err := customs.NewEntryNumber("ZZ9", 312_242)
	must(t, err)
	event := func(e custody.Event) []byte {
		signed, err := custody.Sign(w.Hand(e.By), e)
		must(t, err)
		return signed
	}
	claim := func(alter func(c *audit.Claim)) []byte {
		c := w.Claim()
		alter(&c)
		signed, err := audit.SignClaim(w.Hand(c.By), c)
		must(t, err)
		return signed
	}
	strange, err := cose.Sign(w.Hand(audittest.Buyer), "testament", []byte{0xa0}, nil)
	must(t, err)
	report := bytes.Clone(w.Act("report").Body)
	report[len(report)-1] ^= 1
	const now = bundletest.Epoch + 700*bundletest.Minute
	gauging := func(id, by, tank string) []byte {
		return event(custody.Event{ID: id, By: by, At: now, Gauging: &custody.Gauging{Pool: tank, Volume: 1e6, Basis: quantity.Metric}})
	}
	sale := event(custody.Event{ID: "sale-2", By: audittest.Shipper, At: now, Sale: &custody.Sale{
		Batch: audittest.Batch, Seller: audittest.Shipper, Buyer: audittest.South,
	}})
	before := w.contents()
	for _, tt := range []struct {
		name   string
		body   []byte
		status int
		detail string
	}{
		{"no paper", []byte("paper"), malformed, "not a tagged COSE_Sign1"},
		{"nothing", nil, malformed, "not a tagged COSE_Sign1"},
		{"an unknown kind", strange, wrong, `a paper of kind "testament" is unknown`},
		{"a report with a broken signature", report, wrong, "signature does not verify"},
		{"work that no rule names", event(custody.Event{ID: "made", By: audittest.Terminal, At: now, Process: &custody.Process{
			Kind: custody.Refine, Basis: quantity.Metric, Work: &custody.Work{Steps: []string{"distilation"}, Country: "CA"},
			Draws:   []custody.Draw{{Pool: "T-2", Volume: 1e6}},
			Outputs: []custody.Output{{Pool: "T-2", Product: "naphtha", Volume: 1e6, Density: 700e6, Heading: "271012"}},
		}}), wrong, `event made states the step "distilation", which no table of rules of origin names`},
		{"an event id that is used", gauging("blend-T-1", audittest.Terminal, "T-2"), wrong, "ids are used once"},
		{"oil from an empty tank", gauging("gauging", audittest.Terminal, "T-1"), wrong, "tank T-1 is empty in the books"},
		{"another's tank", gauging("gauging", audittest.Buyer, "T-2"), wrong, "only did:web:terminal.example may"},
		{"a sale that comes too late", sale, wrong, "is owned by did:web:buyer.example"},
		{"a claim for the wrong records", claim(func(c *audit.Claim) { c.First-- }), wrong, "the claim enters records 10 to 12"},
		{"a claim for somebody without title", claim(func(c *audit.Claim) { c.Importer = audittest.South }), wrong, "passed title to"},
		{"a claim that amends nothing", claim(func(c *audit.Claim) { c.Amends = &c.Ticket }), wrong, "amends one that is not before it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.refused(tt.name, w.do(http.MethodPost, "/v1/documents", tt.body), tt.status, tt.detail)
		})
	}
	same(t, "papers, tickets, registries and ledger entries", w.contents(), before)
	same(t, "status of the claim", w.post(w.Act("claim")).status, http.StatusOK)
	other, again := claim(func(c *audit.Claim) { c.Entry = second }), claim(func(c *audit.Claim) { c.Traffic.PerWeek++ })
	w.refused("the records in another entry", w.do(http.MethodPost, "/v1/documents", other), wrong, "entry ZZ9-0310241-8 enters records")
	w.refused("the entry again", w.do(http.MethodPost, "/v1/documents", again), wrong, "has made this entry")
	w.get("/v1/entries")
	refusals := read[[]store.Refusal](w, "/v1/refusals")
	same(t, "refusals on record", len(refusals), 14)
	newest := refusals[0]
	same(t, "the newest", newest, store.Refusal{At: newest.At, Kind: "documents", Hash: ticket.Hash(again), Reason: newest.Reason})
	if !strings.Contains(newest.Reason, "has made this entry") {
		t.Errorf("the newest refusal says %q", newest.Reason)
	}
}

// TestTooLarge: no body over a MiB is read, whatever it says.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for _, path := range []string{"/v1/registries", "/v1/tickets", "/v1/documents"} {
		w.refused(path, w.do(http.MethodPost, path, make([]byte, 1<<20+1)), http.StatusRequestEntityTooLarge, "request body too large")
		if a := w.do(http.MethodPost, path, make([]byte, 1<<20)); a.status == http.StatusRequestEntityTooLarge || a.status == http.StatusOK {
			t.Errorf("%s: a MiB of zeros is answered with %d", path, a.status)
		}
	}
}

// TestMethods: a path answers to its own methods only.
func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for path, methods := range map[string][]string{
		"/v1/documents": {http.MethodGet, http.MethodPut, http.MethodDelete}, "/v1/entries": {http.MethodPost, http.MethodDelete}, "/v1/counts": {http.MethodPost},
		"/": {http.MethodPost},
	} {
		for _, m := range methods {
			same(t, m+" "+path, w.do(m, path, nil).status, http.StatusMethodNotAllowed)
		}
	}
	same(t, "a path that is none", w.do(http.MethodGet, "/v1/nothing", nil).status, missing)
}

// TestNoSpace: what there is no room for is told so, and taken when there is.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("report")
	must(t, w.store.Close())
	w.open(store.Options{MaxPages: 1})
	for _, name := range []string{"report", "TK-BOR-1 version 2"} {
		w.fill()
		w.refused(name, w.post(w.Act(name)), http.StatusInsufficientStorage, "no space left for the store")
		must(t, w.store.Close())
		w.open(store.Options{})
		same(t, name+" with space", w.post(w.Act(name)).status, http.StatusOK)
		must(t, w.store.Close())
		w.open(store.Options{MaxPages: 1})
	}
}

// fill leaves no room in the store for another paper or ticket.
func (w *world) fill() {
	w.t.Helper()
	filler, err := ticket.Decode(w.Tickets[0].Ticket)
	must(w.t, err)
	for _, add := range []func(n int) error{
		func(n int) error {
			return w.store.AddPaper(w.t.Context(), "filler", []byte(strings.Repeat("x", n)), nil)
		},
		func(n int) error {
			filler.ID = fmt.Sprint("filler-", n)
			encoded, err := filler.Encode()
			must(w.t, err)
			return w.store.AddTicket(w.t.Context(), filler, ticket.Signed{Ticket: encoded})
		},
	} {
		for n := 1; err == nil; n++ {
			err = add(n)
		}
		if !errors.Is(err, store.ErrNoSpace) {
			w.t.Fatal(err)
		}
		err = nil
	}
}

// TestStoreGone: a store that does not answer is an error of the service, not of whoever asks.
func TestStoreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("claim")
	must(t, w.store.Close())
	for _, path := range []string{
		"/v1/tickets", "/v1/tickets/TK-A", "/v1/points/LACT-1/last", "/v1/counts", "/v1/gaps", "/v1/bundle", "/v1/entries", "/v1/entries/ZZ9-0310241-8",
		"/v1/entries/ZZ9-0310241-8/bundle", "/v1/balance", "/v1/lots/B-1", "/v1/tickets/draft?" + draft(w, nil),
	} {
		w.refused(path, w.do(http.MethodGet, path, nil), failed, "closed")
	}
	for _, name := range []string{"registry of " + audittest.Buyer, "TK-A version 1", "claim", "report"} {
		w.refused(name, w.post(w.Act(name)), failed, "closed")
	}
}

// TestHealth: the service is well while store and ledger answer, and says which does not.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.get("/v1/health")
	must(t, w.ledger.Close())
	w.refused("ledger closed", w.do(http.MethodGet, "/v1/health", nil), http.StatusServiceUnavailable, "checkpoint: the ledger is closed")
	w.ledger.Open()
	w.get("/v1/health")
	w.play("claim")
	before := len(w.ledger.Entries())
	w.get("/v1/health")
	if n := len(w.ledger.Entries()); n != before {
		t.Errorf("%d entries after it was asked for its health, %d before", n, before)
	}
	w.ledger.Before = func(method string) error {
		if method == "Append" {
			return &ledger.FatalError{Err: errors.New("disk gone")}
		}
		return nil
	}
	w.refused("ledger stopped", w.do(http.MethodGet, "/v1/health", nil), http.StatusServiceUnavailable,
		"the ledger takes nothing in: ledger stopped: disk gone")
	w.ledger.Before = nil
	must(t, w.store.Close())
	w.refused("store closed", w.do(http.MethodGet, "/v1/health", nil), http.StatusServiceUnavailable, "closed")
}

// TestLedgerFails: what the ledger did not take is not stored, and can be posted again.
func TestLedgerFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.ledger.Before = func(string) error { return errors.New("no answer") }
	first := w.Acts[0]
	w.refused(first.Name, w.post(first), failed, "no answer")
	w.ledger.Before = nil
	w.play("claim")
	w.ledger.Before = func(string) error { return errors.New("no answer") }
	before := w.contents()
	w.refused("claim", w.post(w.Act("claim")), failed, "no answer")
	same(t, "papers, tickets, registries and ledger entries", w.contents(), before)
	w.ledger.Before = nil
	same(t, "claim", w.post(w.Act("claim")).status, http.StatusOK)
}

// TestPage: the page may run its own script and talk to its own server, and nothing else.
func TestPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	a := w.get("/")
	same(t, "type", a.header.Get("Content-Type"), "text/html; charset=utf-8")
	policy := a.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "connect-src 'self'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy is %q, without %s", policy, want)
		}
	}
	if strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("policy %q lets in others", policy)
	}
	if !bytes.Contains(a.body, []byte("<!doctype html>")) && !bytes.Contains(a.body, []byte("<!DOCTYPE html>")) {
		t.Errorf("page begins with %.40q", a.body)
	}
	for _, path := range []string{"/v1/entries", "/v1/tickets/T-9"} {
		h := w.do(http.MethodGet, path, nil).header
		same(t, "headers of "+path, []string{h.Get("Cache-Control"), h.Get("X-Content-Type-Options")}, []string{"no-store", "nosniff"})
	}
}
