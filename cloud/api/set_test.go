package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// together reports whether an act can be handed in with others.
func together(t testing.TB, a audittest.Act) bool {
	t.Helper()
	if a.Path != "/v1/documents" {
		return false
	}
	thing, err := cose.Thing(a.Body)
	must(t, err)
	return thing != audit.ClaimThing && thing != ticket.ReportThing
}

// set encodes documents that are handed in together.
func set(t testing.TB, documents ...[]byte) []byte {
	t.Helper()
	b, err := cose.Marshal(documents)
	must(t, err)
	return b
}

// TestSets: papers handed in together, few or many at a time, come to the same decision as one by one, and answer for each of them.
func TestSets(t *testing.T) {
	t.Parallel()
	one := newWorld(t, audittest.Options{})
	one.play("")
	want := one.get("/v1/entries").body
	for _, most := range []int{2, 1000} {
		w := newWorld(t, audittest.Options{})
		var waiting [][]byte
		flush := func() {
			if len(waiting) == 0 {
				return
			}
			body := set(t, waiting...)
			got := w.do(http.MethodPost, "/v1/document-sets", body)
			var answer []struct{ Hash string }
			if got.status != http.StatusOK || json.Unmarshal(got.body, &answer) != nil || len(answer) != len(waiting) {
				t.Fatalf("a set of %d: %d %s", len(waiting), got.status, got.body)
			}
			same(t, "hash of the last", answer[len(answer)-1].Hash, ticket.Hash(waiting[len(waiting)-1]).String())
			held := w.contents()
			again := w.do(http.MethodPost, "/v1/document-sets", body)
			same(t, "answer to the same set again", string(again.body), string(got.body))
			same(t, "what is held after the same set again", w.contents(), held)
			waiting = nil
		}
		registered := false
		for _, a := range w.Acts {
			if !registered && a.Path != "/v1/registries" {
				registered = true
				w.measure()
			}
			if together(t, a) {
				if waiting = append(waiting, a.Body); len(waiting) == most {
					flush()
				}
				continue
			}
			flush()
			if got := w.post(a); got.status != http.StatusOK {
				t.Fatalf("%s: %d %s", a.Name, got.status, got.body)
			}
		}
		flush()
		same(t, "entries", string(w.get("/v1/entries").body), string(want))
		same(t, "what is held", w.contents(), one.contents())
	}
}

// TestSetRefused: a set in which one paper is wrong leaves nothing behind, and what can't be in a set is named with its place.
func TestSetRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	var good, claim, report []byte
	for _, a := range w.Acts {
		switch thing, _ := cose.Thing(a.Body); { // of a ticket there is none
		case a.Path == "/v1/registries":
			if got := w.post(a); got.status != http.StatusOK {
				t.Fatalf("%s: %s", a.Name, got.body)
			}
		case thing == audit.ClaimThing:
			claim = a.Body
		case thing == ticket.ReportThing:
			report = a.Body
		case good == nil && together(t, a):
			good = a.Body
		}
	}
	broken := append([]byte{}, good...)
	broken[len(broken)-1] ^= 1
	held := w.contents()
	for _, c := range []struct {
		name, detail string
		status       int
		body         []byte
	}{
		{"no set", "set of documents", malformed, good},
		{"an empty set", "the set has 0 documents, want 1 to 4096", malformed, set(t)},
		{"too large a set", "the set has 4097 documents", malformed, set(t, make([][]byte, 4097)...)},
		{"what is no document", "document 2 of the set", malformed, set(t, good, []byte("x"))},
		{"a claim", "document 2 of the set is a claim: hand it in by itself", malformed, set(t, good, claim)},
		{"a report", "document 1 of the set is a ", malformed, set(t, report, good)},
		{"a signature that is none", "document 1", wrong, set(t, good, broken)},
	} {
		w.refused(c.name, w.do(http.MethodPost, "/v1/document-sets", c.body), c.status, c.detail)
		same(t, "what is held after "+c.name, w.contents(), held)
	}
}

// TestMonths: the draft of a month holds a close of each pool of its keeper, as the books have it, and a question without an answer is
// refused.
func TestMonths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	q := url.Values{"keeper": {audittest.Terminal}, "from": {"2026-02-01T00:00:00-06:00"}, "to": {"2026-03-01T00:00:00-06:00"}}
	m := read[audit.Month](w, "/v1/months/2026-02?"+q.Encode())
	if len(m.Closes) == 0 || len(m.Statements) != 0 {
		t.Fatalf("%d closes, %d statements of streams", len(m.Closes), len(m.Statements))
	}
	for _, c := range m.Closes {
		b := read[audit.BalanceSheet](w, "/v1/balances/"+c.Pool+"?to="+url.QueryEscape("2026-03-01T00:00:00-06:00"))
		if c.Volume != b.Pool.Closing.Volume || c.Mass != b.Pool.Closing.Mass || c.Movements == 0 || c.Month != "2026-02" {
			t.Errorf("close of %s is %+v, its balance %+v", c.Pool, c, b.Pool.Closing)
		}
	}
	ask := func(month string, change url.Values) answer {
		asked := url.Values{}
		for _, v := range []url.Values{q, change} {
			for k := range v {
				asked.Set(k, v.Get(k))
			}
		}
		return w.do(http.MethodGet, "/v1/months/"+month+"?"+asked.Encode(), nil)
	}
	w.refused("a keeper of nothing", ask("2026-02", url.Values{"keeper": {"did:web:nobody.example"}}), missing, `nobody named "did:web:nobody.example" keeps a pool`)
	w.refused("no beginning", ask("2026-02", url.Values{"from": {""}}), malformed, "a month needs from and to")
	w.refused("a month that is none", ask("February", nil), malformed, `month "February" is not like 2024-03`)
	w.refused("another month's end", ask("2026-04", nil), malformed, "is not the end of 2026-04 anywhere")
	w.refused("a time that is none", ask("2026-02", url.Values{"to": {"tomorrow"}}), malformed, `to is "tomorrow"`)
}

// TestMonthOfAStream: the carrier signs the draft of a month as it is, and the books take it. What is closed is drafted no more.
func TestMonthOfAStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	const tenth, until = int64(1770681600000), int64(1772323200000) // of February 2026, UTC, and its end
	n := uint64(0)
	event := func(at int64, fill func(e *custody.Event)) []byte {
		n++
		e := custody.Event{ID: fmt.Sprintf("month-%d", n), By: audittest.Terminal, At: at, Order: n}
		fill(&e)
		signed, err := custody.Sign(w.Hand(audittest.Terminal), e)
		must(t, err)
		return signed
	}
	hand := func(documents ...[]byte) {
		t.Helper()
		if got := w.do(http.MethodPost, "/v1/document-sets", set(t, documents...)); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	hand(event(tenth+1, func(e *custody.Event) {
		e.Pool = &custody.Pool{ID: "LSB", Kind: custody.Stream, Basis: quantity.Metric, Keeper: audittest.Terminal, Method: custody.Average}
	}), event(tenth+2, func(e *custody.Event) {
		e.Source = &custody.Source{ID: "field", Description: "light oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
	}), event(tenth+3, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: audittest.Shipper, Stated: &custody.Stated{
			Volume: 100 * quantity.PerUnit, Basis: quantity.Metric, Density: 850 * quantity.PerUnit,
		}}
	}))
	path := "/v1/months/2026-02?" + url.Values{
		"keeper": {audittest.Terminal}, "from": {"2026-02-01T00:00:00Z"}, "to": {"2026-03-01T00:00:00Z"},
	}.Encode()
	m := read[audit.Month](w, path)
	if len(m.Statements) != 1 || len(m.Statements[0].Lines) != 1 || m.Statements[0].Lines[0].Closing != 100*quantity.PerUnit {
		t.Fatalf("statements %+v", m.Statements)
	}
	var documents [][]byte
	for _, c := range m.Closes {
		documents = append(documents, event(until+1, func(e *custody.Event) { e.Close = &c }))
	}
	for _, s := range m.Statements {
		documents = append(documents, event(until+2, func(e *custody.Event) { e.Statement = &s }))
	}
	hand(documents...)
	if again := read[audit.Month](w, path); len(again.Closes)+len(again.Statements) != 0 {
		t.Errorf("after the close %+v is drafted", again)
	}
}
