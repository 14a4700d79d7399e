package audit_test

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// chosen returns the signed choice of an inventory method for the tank behind the entry.
func (w world) chosen(alter func(i *custody.Inventory)) []byte {
	w.t.Helper()
	e := custody.Event{
		ID: "method-T-1", By: audittest.Terminal, At: bundletest.Epoch + 2*bundletest.Minute, Inventory: &custody.Inventory{
			Pool: "T-1", Year: "2026-01", UTCOffset: -420, Of: custody.FungibleMaterials, Method: custody.Average, Period: custody.ByShipment,
			Opening: custody.LatestReceipts,
		},
	}
	alter(e.Inventory)
	signed, err := custody.Sign(w.Hand(e.By), e)
	must(w.t, err)
	return signed
}

func nobodyAlters(*custody.Inventory) {}

// twice returns the papers of two entries of one lot, its originating share with a claim and the rest without, after a method was
// chosen, and the number of the second.
func (w world) twice(method []byte) ([][]byte, customs.EntryNumber) {
	w.t.Helper()
	certificate, err := audit.SignCertificate(w.Hand(audittest.Shipper), audittest.Certificate("A"))
	must(w.t, err)
	rest := w.Claim()
	rest.Share = audit.RestShare
	rest.Entry, err = customs.NewEntryNumber("ZZ9", 310_242)
	must(w.t, err)
	second, err := audit.SignClaim(w.Hand(audittest.Broker), rest)
	must(w.t, err)
	papers := append([][]byte{method, certificate}, w.claiming(func(c *audit.Claim) {
		c.Share, c.Certificate = audit.OriginatingShare, hashOf(certificate)
	})...)
	return append(papers, second), rest.Entry
}

// TestTwoEntriesOfOneLot: what originates by the inventory method is entered with the claim, the rest without, and they add up to the
// lot, in barrels and in what crossed.
func TestTwoEntriesOfOneLot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	whole := w.decision(w.Papers())
	papers, second := w.twice(w.chosen(nobodyAlters))
	c, err := w.Case(papers)
	must(t, err)
	d, err := c.Decide(w.Number.String())
	must(t, err)
	rest, err := c.Decide(second.String())
	must(t, err)
	m := d.Commingled
	if m == nil || m.Originating == 0 || m.NonOriginating == 0 || m.Originating+m.NonOriginating != m.Quantity || len(m.Parts) != 2 || len(m.Reasons) < 3 {
		t.Fatalf("by the method the lot counts as %+v", m)
	}
	for _, tt := range []struct{ what, got, want string }{
		{"method", m.Method, "average per shipment"},
		{"chosen by", m.Chosen, "method-T-1"},
		{"net of both", (d.Net + rest.Net).String(), whole.Net.String()},
		{"gross of both", (d.Gross + rest.Gross).String(), whole.Gross.String()},
		{"net of the share", d.Net.String(), m.OriginatingNet.String()},
		{"net of the rest", rest.Net.String(), m.RestNet.String()},
		{"refused", d.ClaimRefused, ""},
		{"criterion", d.Origin.Criterion, "A"},
		{"filed", string(d.Assessment.Filed), "claimed"},
		{"the rest, filed", string(rest.Assessment.Filed), "unclaimed"},
		{"composition stays", encode(t, d.Lot), encode(t, whole.Lot)},
	} {
		same(t, tt.what, tt.got, tt.want)
	}
	if rest.Origin.Qualifies {
		t.Errorf("the rest qualifies by %s", rest.Origin.Rule)
	}
	relevant, _, err := c.Relevant(w.Number.String())
	must(t, err)
	same(t, "decision on the relevant papers", encode(t, w.decision(relevant)), encode(t, d))
	crossed, err := c.Crossings("3407", "2026-02")
	must(t, err)
	if len(crossed.Lots) != 1 || len(crossed.Lots[0].Entries) != 2 || crossed.Lots[0].Difference != 0 {
		t.Errorf("crossed: %s", encode(t, crossed.Lots))
	}
}

// TestShareOfALot: a claim that does not fit what the inventory method says is refused, or cannot stand.
func TestShareOfALot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	method := w.chosen(nobodyAlters)
	d := w.decision(append([][]byte{method}, w.Papers()...))
	if !strings.Contains(d.ClaimRefused, "enter the lot twice") || d.Assessment.Filed != customs.WithoutClaim {
		t.Errorf("a claim on all of it: %q, filed %s", d.ClaimRefused, d.Assessment.Filed)
	}
	_, err := w.decide(w.claiming(func(c *audit.Claim) { c.Share = audit.OriginatingShare }))
	says(t, err, "no inventory method divides it")
	apart := w.chosen(func(i *custody.Inventory) { i.Method, i.Period = custody.Specific, "" })
	if d := w.decision(append([][]byte{apart}, w.Papers()...)); d.Commingled != nil || d.ClaimRefused != "" {
		t.Errorf("kept apart: %+v, %q", d.Commingled, d.ClaimRefused)
	}
	months := w.chosen(func(i *custody.Inventory) { i.Period = custody.ByMonth })
	d = w.decision(append([][]byte{months}, w.Papers()...))
	if d.Commingled == nil || !strings.Contains(d.Commingled.Refused, "no ratio") || !strings.Contains(d.ClaimRefused, "no ratio") {
		t.Errorf("without a preceding month: %+v, %q", d.Commingled, d.ClaimRefused)
	}
	papers, _ := w.twice(method)
	again, err := audit.OpenClaim(papers[len(papers)-1], w.Keys())
	must(t, err)
	for share, refusal := range map[audit.Share]string{audit.OriginatingShare: "BORDER-1 already", audit.WholeLot: "BORDER-1 already", "half": "share \"half\""} {
		again.Share = share
		signed, err := audit.SignClaim(w.Hand(audittest.Broker), again)
		if err == nil {
			_, err = w.Case(append(papers[:len(papers)-1:len(papers)-1], signed))
		}
		says(t, err, refusal)
	}
	again.Share, again.SPI, again.Certificate = audit.RestShare, "S", hashOf(method)
	_, err = audit.SignClaim(w.Hand(audittest.Broker), again)
	says(t, err, "no preference is claimed on it")
}

// TestMethodsByReceipts: FIFO and LIFO say which receipts left, and what a gauge found more originates nowhere.
func TestMethodsByReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for method, says := range map[custody.Method]string{custody.FIFO: "fifo", custody.LIFO: "lifo"} {
		chosen := w.chosen(func(i *custody.Inventory) { i.Method, i.Period = method, "" })
		d := w.decision(append([][]byte{chosen}, w.Papers()...))
		var sum quantity.Micro
		for _, p := range d.Commingled.Parts {
			sum += p.Volume
		}
		same(t, "method", d.Commingled.Method, says)
		same(t, "parts", sum, d.Commingled.Quantity)
		if d.Commingled.Refused != "" || d.Commingled.Originating == 0 {
			t.Errorf("%s: %+v", method, d.Commingled)
		}
	}
}

// TestOpeningInventory: what lies there when a method is chosen counts by the latest receipts, or as non-originating.
func TestOpeningInventory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	first := w.decision(append([][]byte{w.chosen(nobodyAlters)}, w.Papers()...))
	for opening, want := range map[custody.OpeningRule]quantity.Micro{
		custody.LatestReceipts: first.Commingled.Originating, custody.AllNonOriginating: 0,
	} {
		e, err := custody.Open(w.chosen(func(i *custody.Inventory) { i.Opening = opening }), w.Keys())
		must(t, err)
		e.At = bundletest.Epoch + 7*bundletest.Minute // blended at 5, drawn at 8
		late, err := custody.Sign(w.Hand(e.By), e)
		must(t, err)
		d := w.decision(append([][]byte{late}, w.Papers()...))
		same(t, string(opening), d.Commingled.Originating, want)
		if d.ClaimRefused == "" {
			t.Errorf("opening by %s: a claim on all of it stands", opening)
		}
	}
}
