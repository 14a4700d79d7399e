package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/metrology/quantity"
)

// days after the beginning, in minutes.
const days = 24 * 60

// spoken returns the story with more said about its oil, and about oil that is nobody's business here, by the ids of the events.
func (w world) spoken() (papers, others [][]byte) {
	w.t.Helper()
	seal := func(m int64, id, point, part string, action custody.SealAction) []byte {
		by := w.Carrier.DID
		if point == audittest.Other {
			by = audittest.Terminal
		}
		return w.stated(m, custody.Event{ID: id + string(action), By: by, Seal: &custody.Seal{ID: id, Point: point, Part: part, Action: action}})
	}
	dispute := func(id, by, ticket string, version uint64) []byte {
		return w.stated(70, custody.Event{ID: id, By: by, Dispute: &custody.Dispute{Ticket: ticket, Version: version, Reason: "too much water"}})
	}
	party := func(did string) []byte {
		return w.stated(1, custody.Event{ID: "party-" + did[8:], By: did, Party: &custody.Party{DID: did, Name: "N."}})
	}
	statement := func(id string, pool string, receipts quantity.Micro) []byte {
		line := custody.StatementLine{Shipper: audittest.Shipper, Receipts: receipts, Deliveries: 40e6, Closing: receipts - 40e6}
		return w.stated(40*days, custody.Event{ID: id, By: audittest.Terminal, Statement: &custody.MonthlyStatement{
			Carrier: audittest.Terminal, Pool: pool, Month: "2026-02", From: 1769929200000, Until: 1772348400000, Basis: quantity.Metric, Lines: []custody.StatementLine{line},
		}})
	}
	stream := func(m int64, pool string) [][]byte {
		return [][]byte{
			w.stated(m, custody.Event{ID: "declare-" + pool, By: audittest.Terminal, Pool: &custody.Pool{
				ID: pool, Kind: custody.Stream, Basis: quantity.Metric, Keeper: audittest.Terminal, Method: custody.Average,
			}}),
			w.stated(m+1, custody.Event{ID: "receipt-" + pool, By: audittest.Terminal, Receipt: &custody.Receipt{
				Pool: pool, Source: "diluent", Shipper: audittest.Shipper, Stated: &custody.Stated{Volume: 100e6, Basis: quantity.Metric, Density: 716e6},
			}}),
		}
	}
	papers = append(stream(20, "ST"),
		w.stated(22, custody.Event{ID: "out-ST", By: audittest.Terminal, Withdrawal: &custody.Withdrawal{
			Pool: "ST", Shipper: audittest.Shipper, Stated: &custody.Bulk{Volume: 40e6, Basis: quantity.Metric}, ToPool: "T-1",
		}}),
		seal(1, "S-1", audittest.Border, "meter head", custody.SealInstalled), seal(11, "S-1", audittest.Border, "meter head", custody.SealRemoved),
		dispute("dispute-1", audittest.South, "TK-BOR-1", 2), party(audittest.Broker), party(audittest.Buyer),
		statement("statement-good", "ST", 100e6), statement("statement-bad", "ST", 100e6+1),
	)
	others = append(stream(30, "SX"), seal(1, "S-2", audittest.Other, "meter head", custody.SealInstalled), dispute("dispute-2", w.Carrier.DID, "TK-INJ-2", 1),
		statement("statement-other", "SX", 100e6))
	return papers, others
}

// TestRemarks: what is said about an entry comes along with it, changes no decision, and is remarked.
func TestRemarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	ours, others := w.spoken()
	c, err := w.Case(slices.Concat(w.Papers(), ours, others))
	must(t, err)
	papers, _, err := c.Relevant(w.Number.String())
	must(t, err)
	has := func(all [][]byte, paper []byte) bool {
		return slices.ContainsFunc(all, func(p []byte) bool { return slices.Equal(p, paper) })
	}
	for i, p := range ours {
		if !has(papers, p) {
			t.Errorf("paper %d about the entry is left out", i)
		}
	}
	for i, p := range others {
		if has(papers, p) {
			t.Errorf("paper %d about other oil comes along", i)
		}
	}
	same(t, "decision on the relevant papers", encode(t, w.decision(papers)), encode(t, w.decision(w.Papers())))
	alone, err := w.Case(papers)
	must(t, err)
	got, err := alone.Remarks(w.Number.String())
	must(t, err)
	all, err := c.Remarks(w.Number.String())
	must(t, err)
	same(t, "by all papers", all, got)
	same(t, "remarks", got, []audit.Remark{
		{Kind: audit.OpenDispute, Event: "dispute-1", Text: "ticket TK-BOR-1 version 2 is disputed by South Pipe LLC since 2026-02-02T03:50:00Z: too much water"},
		{Kind: audit.MissingSeal, Event: "S-1removed", Text: "the meter head at BORDER-1 had no seal from 2026-02-02T02:51:00Z to 2026-02-02T02:52:00Z, while ticket TK-BOR-1 ran"},
		{Kind: audit.Disagreement, Event: "statement-bad", Text: "the statement of ST for 2026-02, by Terminal LP, is not what the books have: " +
			"receipts of Shipper Marketing Ltd. by 0.000001; closing of Shipper Marketing Ltd. by 0.000001"},
	})
	b := w.Bundle(bundle.Tickets)
	b.Documents = papers
	v, err := audit.Verify(w.Seal(b, audittest.Broker), w.Trust(), w.Tables())
	must(t, err)
	same(t, "remarks of the bundle", v.Remarks, got)
}

// TestCarried: the diluent of the story comes out of a stream whose carrier states nothing here but its month. All receipts of the shipper
// out of that stream come along, whatever tank they are in, and the coverage names the statement.
func TestCarried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	far := custody.Carried{Carrier: audittest.South, Stream: "FAR"}
	papers := swapped(w.Papers(), w.Act("receipt-D").Body, w.event("receipt-D", func(e *custody.Event) { e.Receipt.Carried = &far }))
	other := w.stated(21, custody.Event{ID: "receipt-far", By: audittest.Terminal, Receipt: &custody.Receipt{
		Pool: "T-2", Source: "other", Carried: &far, Stated: &custody.Stated{Volume: 400e6, Basis: quantity.Metric, Density: 900e6},
	}})
	statement := w.stated(40*days, custody.Event{ID: "far-2026-02", By: audittest.South, Statement: &custody.MonthlyStatement{
		Carrier: audittest.South, Pool: "FAR", Month: "2026-02", From: 1769929200000, Until: 1772348400000, Basis: quantity.Metric,
		Lines: []custody.StatementLine{{Shipper: audittest.Shipper, Opening: 9_000e6, Deliveries: 6_000e6, Closing: 3_000e6}},
	}})
	all := append(papers, other, statement)
	d := w.decision(all)
	if c := d.Coverage; c.Typed != 0 || c.Attested == 0 || len(c.Statements) != 1 || c.Statements[0] != "far-2026-02" {
		t.Errorf("with the statement: %+v", c)
	}
	c, err := w.Case(all)
	must(t, err)
	some, _, err := c.Relevant(w.Number.String())
	must(t, err)
	same(t, "decision on the relevant papers", encode(t, w.decision(some)), encode(t, d))
	remarks, err := c.Remarks(w.Number.String())
	if err != nil || len(remarks) > 0 {
		t.Errorf("%+v, %v", remarks, err)
	}
	if c := w.decision(append(papers, statement)).Coverage; c.Typed == 0 || c.Attested != 0 || c.Statements != nil {
		t.Errorf("without the other receipt, which it counts too: %+v", c)
	}
	c, err = w.Case(papers)
	must(t, err)
	remarks, err = c.Remarks(w.Number.String())
	must(t, err)
	same(t, "remarks without the statement", remarks, []audit.Remark{{Kind: audit.Disagreement, Event: "receipt-D", Text: "receipt receipt-D of 5600 out of stream " +
		"FAR is typed: no monthly statement of South Pipe LLC adds up to what came out of it"}})
}

// TestRemarksNone: nothing is said about the plain story, nor about seals that were changed while the meter stood still.
func TestRemarksNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	seal := func(m int64, id string, action custody.SealAction) []byte {
		return w.stated(m, custody.Event{ID: id + string(action), By: w.Carrier.DID, Seal: &custody.Seal{ID: id, Point: audittest.Border, Part: "sampler", Action: action}})
	}
	c, err := w.Case(append(w.Papers(), seal(1, "S-1", custody.SealInstalled), seal(2, "S-1", custody.SealRemoved), seal(3, "S-2", custody.SealInstalled)))
	must(t, err)
	got, err := c.Remarks(w.Number.String())
	if err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	late, err := w.Case(append(w.Papers(), seal(900, "S-1", custody.SealInstalled)))
	must(t, err)
	got, err = late.Remarks(w.Number.String())
	if err != nil || len(got) != 1 || !strings.Contains(got[0].Text, "from 2026-02-02T02:50:00Z to 2026-02-02T02:52:00Z") {
		t.Errorf("sealed afterwards: %v, %v", got, err)
	}
	if _, err := c.Remarks("ZZ9-0312242-4"); err == nil {
		t.Error("remarks on an entry that nobody made")
	}
}

// TestOverCapacity: a source that gave more in a month than it is said to produce is remarked, and one that gave just that is not.
func TestOverCapacity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	var gave quantity.Micro
	for _, m := range c.Books.Movements(0) {
		if m.From == custody.SourceAccount("diluent") && m.Effect == custody.Received {
			gave += m.Volume
		}
	}
	with := func(capacity quantity.Micro, basis quantity.Basis) []audit.Remark {
		t.Helper()
		source := w.event("source-diluent", func(e *custody.Event) { e.Source.Capacity = &custody.Capacity{Volume: capacity, Basis: basis} })
		c, err := w.Case(swapped(w.Papers(), w.Act("source-diluent").Body, source))
		must(t, err)
		got, err := c.Remarks(w.Number.String())
		must(t, err)
		return got
	}
	same(t, "just that", len(with(gave, quantity.Metric)), 0)
	same(t, "in another unit nothing is compared", len(with(1, quantity.Customary)), 0)
	got := with(gave-1, quantity.Metric)
	if len(got) != 1 || got[0].Kind != audit.OverCapacity || !strings.Contains(got[0].Text, "source diluent gave") || !strings.Contains(got[0].Text, "2026-02-01 to 2026-02-28") {
		t.Errorf("a micro-unit too much: %v", got)
	}
}
