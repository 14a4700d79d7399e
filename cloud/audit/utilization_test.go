package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/metrology/quantity"
)

// sharing returns the papers of the two entries on another certificate, signed by a party.
func (w world) sharing(alter func(c *origin.Certificate)) [][]byte {
	w.t.Helper()
	c := audittest.Certificate("A")
	alter(&c)
	signed, err := audit.SignCertificate(w.Hand(audittest.Shipper), c)
	must(w.t, err)
	papers := swapped(w.Papers(), w.Act("certificate").Body, signed)
	for _, name := range []string{"claim", "claim of B-2"} {
		papers = swapped(papers, w.Act(name).Body, w.claim(name, func(c *audit.Claim) { c.Certificate = hashOf(signed) }))
	}
	return papers
}

// claimed returns what the claims of papers rest on, of a kind.
func (w world) claimed(papers [][]byte, kind audit.UtilizationKind) []audit.Utilization {
	w.t.Helper()
	c, err := w.Case(papers)
	must(w.t, err)
	all, err := c.Utilization()
	must(w.t, err)
	return slices.DeleteFunc(all, func(s audit.Utilization) bool { return s.Kind != kind })
}

// TestUtilizationOnACertificate: all entries that claim on a certificate are added up against the quantity that it states, in a month or over
// its period, to the millionth; the same is remarked about each of them, and a bundle of one sees its own.
func TestUtilizationOnACertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Two: true})
	c, err := w.Case(w.Papers())
	must(t, err)
	first, err := c.Decide(w.Number.String())
	must(t, err)
	second, err := c.Decide(w.Second.String())
	must(t, err)
	both := first.Net + second.Net
	plain := w.claimed(w.Papers(), audit.ByCertificate)
	if len(plain) != 1 || plain[0].Limit != nil || plain[0].Claimed != both || plain[0].Finding != "" || plain[0].From != "2026-01-01" || len(plain[0].Entries) != 2 {
		t.Fatalf("without a quantity: %s", encode(t, plain))
	}
	stating := func(volume quantity.Micro, perMonth bool) [][]byte {
		return w.sharing(func(c *origin.Certificate) {
			c.Quantity = &origin.CertifiedQuantity{Volume: volume, Basis: quantity.Customary, PerMonth: perMonth}
		})
	}
	if got := w.claimed(stating(both, true), audit.ByCertificate); len(got) != 1 || got[0].Finding != "" || *got[0].Limit != both || got[0].To != "2026-02-28" {
		t.Errorf("just that: %s", encode(t, got))
	}
	papers := stating(both-1, false)
	got := w.claimed(papers, audit.ByCertificate)
	want := "certificate C-1 supports " + origin.Grouped((both - 1).String()) + " bbl at 60F from 2026-01-01 to 2026-12-31 (Shipper Marketing Ltd.), and " +
		origin.Grouped(both.String()) + " is claimed: 0.000001 too much, by " + w.Number.String() + " and " + w.Second.String()
	if len(got) != 1 || got[0].Finding != want {
		t.Errorf("a millionth too much: %s, want %q", encode(t, got), want)
	}
	c, err = w.Case(papers)
	must(t, err)
	for _, number := range []string{w.Number.String(), w.Second.String()} {
		remarks, err := c.Remarks(number)
		must(t, err)
		same(t, "remarks about "+number, remarks, []audit.Remark{{Kind: audit.OverClaimed, Text: want}})
	}
	alone, _, err := c.Relevant(w.Number.String())
	must(t, err)
	c, err = w.Case(alone)
	must(t, err)
	if remarks, err := c.Remarks(w.Number.String()); err != nil || len(remarks) > 0 {
		t.Errorf("of one entry alone: %v, %v", remarks, err)
	}
	metric := w.sharing(func(c *origin.Certificate) {
		c.Quantity = &origin.CertifiedQuantity{Volume: 1_000 * quantity.PerUnit, Basis: quantity.Metric}
	})
	if got := w.claimed(metric, audit.ByCertificate); len(got) != 1 || got[0].Basis != quantity.Metric || got[0].Claimed >= both/6 || !strings.Contains(got[0].Finding, "1,000 m3 at 15C") {
		t.Errorf("in cubic metres: %s", encode(t, got))
	}
}

// TestSingleShipment: a certificate of one shipment carries one entry, or the quantity that it states. What it does not cover is no use of it.
func TestSingleShipment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Two: true})
	c, err := w.Case(w.Papers())
	must(t, err)
	first, err := c.Decide(w.Number.String())
	must(t, err)
	single := func(q *origin.CertifiedQuantity) [][]byte {
		return w.sharing(func(c *origin.Certificate) {
			c.BlanketFrom, c.BlanketTo, c.Shipment, c.Quantity = "", "", audittest.Batch, q
		})
	}
	got := w.claimed(single(nil), audit.ByCertificate)
	if len(got) != 1 || len(got[0].Entries) != 1 || got[0].Finding != "" || got[0].Shipment != audittest.Batch || got[0].Claimed != first.Net {
		t.Errorf("the other batch is another shipment: %s", encode(t, got))
	}
	got = w.claimed(single(&origin.CertifiedQuantity{Volume: first.Net - 1, Basis: quantity.Customary}), audit.ByCertificate)
	if len(got) != 1 || !strings.Contains(got[0].Finding, "0.000001 too much") || got[0].From != "2026-02-01" {
		t.Errorf("more than the shipment: %s", encode(t, got))
	}
	once := audittest.Certificate("A")
	once.BlanketFrom, once.BlanketTo, once.Shipment = "", "", audittest.Batch
	signed, err := audit.SignCertificate(w.Hand(audittest.Shipper), once)
	must(t, err)
	more, again := w.Injected()
	again.Certificate = hashOf(signed)
	second, err := audit.SignClaim(w.Hand(again.By), again)
	must(t, err)
	papers := swapped(w.Replaced("claim of B-2"), w.Act("certificate").Body, signed)
	papers = swapped(papers, w.Act("claim").Body, w.claim("claim", func(c *audit.Claim) { c.Certificate = hashOf(signed) }))
	got = w.claimed(append(append(papers, more...), second), audit.ByCertificate)
	if len(got) != 1 || got[0].Finding != "certificate C-1 is for the single shipment B-1 and states no quantity: it carries one entry, and 2 claim on it, "+
		w.Number.String()+", "+w.Second.String() {
		t.Errorf("claimed twice: %s", encode(t, got))
	}
	_, err = audit.SignCertificate(w.Hand(audittest.Shipper), func() origin.Certificate {
		c := audittest.Certificate("A")
		c.BlanketFrom, c.BlanketTo, c.Shipment = "", "", audittest.Batch
		c.Quantity = &origin.CertifiedQuantity{Volume: 1, Basis: quantity.Customary, PerMonth: true}
		return c
	}())
	says(t, err, "a single shipment, which has no months")
}

// TestUtilizationOfAProducer: claims on certificates that name a producer are added up against all that its sources can produce; a source is
// told with the entries that hold oil of it.
func TestUtilizationOfAProducer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Two: true})
	name := w.Keys().Name(w.Producer.DID)
	papers := w.sharing(func(c *origin.Certificate) {
		c.Producer = origin.Party{Disclosure: origin.Named, Name: strings.ToUpper(name), Address: "1 Main Street", Country: "CA", Email: "office@example.com"}
	})
	with := func(capacity quantity.Micro) [][]byte {
		return swapped(papers, w.Act("source-heavy").Body, w.event("source-heavy", func(e *custody.Event) {
			e.Source.Capacity = &custody.Capacity{Volume: capacity, Basis: quantity.Metric}
		}))
	}
	if got := w.claimed(papers, audit.ByProducer); len(got) != 0 {
		t.Errorf("nobody states a capacity: %s", encode(t, got))
	}
	enough := with(100_000 * quantity.PerUnit)
	got := w.claimed(enough, audit.ByProducer)
	if len(got) != 1 || got[0].Finding != "" || got[0].Of != name || len(got[0].Entries) != 2 || got[0].From != "2026-02-01" || got[0].To != "2026-02-28" {
		t.Fatalf("%s", encode(t, got))
	}
	got = w.claimed(with(got[0].Claimed-1), audit.ByProducer)
	if len(got) != 1 || !strings.Contains(got[0].Finding, "0.000001 too much") || !strings.Contains(got[0].Finding, "stored would account for it") {
		t.Errorf("a millionth too much: %s", encode(t, got))
	}
	source := w.claimed(enough, audit.BySource)
	if len(source) != 1 || source[0].Of != "heavy" || source[0].Finding != "" || !slices.Equal(source[0].Entries, []string{w.Number.String()}) {
		t.Errorf("only the first lot holds it: %s", encode(t, source))
	}
	if got := w.claimed(with(1), audit.BySource); len(got) != 1 || !strings.Contains(got[0].Finding, "source heavy gave") {
		t.Errorf("%s", encode(t, got))
	}
}

// TestWhatIfExceeded: what a change would bring over what is stated is told, and what is over by as much already is not.
func TestWhatIfExceeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for capacity, want := range map[quantity.Micro]int{6_000 * quantity.PerUnit: 1, 7_000 * quantity.PerUnit: 0, 5_000 * quantity.PerUnit: 1} {
		c, err := w.Case(swapped(w.Papers(), w.Act("source-diluent").Body, w.event("source-diluent", func(e *custody.Event) {
			e.Source.Capacity = &custody.Capacity{Volume: capacity, Basis: quantity.Metric}
		})))
		must(t, err)
		what, err := c.WhatIf(audit.Change{Voids: []custody.Void{w.diluted(6_500 * quantity.PerUnit)}})
		must(t, err)
		if len(what.Exceeded) != want || want > 0 && !strings.HasPrefix(what.Exceeded[0], "source diluent gave 6,500 m3 at 15C") {
			t.Errorf("of %s a month: %q", capacity, what.Exceeded)
		}
		if what, err = c.WhatIf(audit.Change{Certificates: []string{"C-1"}}); err != nil || len(what.Exceeded) != 0 {
			t.Errorf("of %s a month, as it is: %q, %v", capacity, what.Exceeded, err)
		}
	}
}

// TestUtilizationLater: a claim after the entry counts on its certificate when it stands, and an entry without a claim on none.
func TestUtilizationLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Late: true})
	if got := w.claimed(w.Papers(), audit.ByCertificate); len(got) != 1 || !slices.Equal(got[0].Entries, []string{w.Number.String()}) {
		t.Errorf("%s", encode(t, got))
	}
	if got := w.claimed(w.Replaced("later claim"), audit.ByCertificate); len(got) != 0 {
		t.Errorf("nobody claims: %s", encode(t, got))
	}
}
