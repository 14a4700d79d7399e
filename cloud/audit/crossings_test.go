package audit_test

import (
	"errors"
	"testing"
	_ "time/tzdata" // so that every machine has the zones

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// The crossing of the story: of February by UTC, and of its first day at the port.
const (
	port  = "3407"
	month = "2026-02"
)

// stated returns an event of minute m signed by whoever states it.
func (w world) stated(m int64, e custody.Event) []byte {
	w.t.Helper()
	e.At = bundletest.Epoch + m*bundletest.Minute
	signed, err := custody.Sign(w.Hand(e.By), e)
	must(w.t, err)
	return signed
}

// lot returns the withdrawal of what nobody enters: 50 m3 out of the other tank, handed over at the port.
func (w world) lot() []byte {
	return w.stated(20, custody.Event{ID: "lot-1", By: audittest.Terminal, Withdrawal: &custody.Withdrawal{
		Pool: "T-2", Stated: &custody.Bulk{Volume: 50 * quantity.PerUnit, Basis: quantity.Metric}, To: audittest.Buyer, Lot: "L-1", Place: port,
	}})
}

// crossings returns what crossed on papers.
func (w world) crossings(papers [][]byte, port string) *audit.Crossings {
	w.t.Helper()
	c, err := w.Case(papers)
	must(w.t, err)
	r, err := c.Crossings(port, month)
	must(w.t, err)
	return r
}

// TestCrossings: a lot that was entered to the last drop, and one without an entry, by carrier, shipper and day, and together.
func TestCrossings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	r := w.crossings(append(w.Papers(), w.lot()), port)
	const crossed, stated = 19_820_749_972, 50 * quantity.PerUnit
	claim := w.Claim()
	same(t, "crossings", r, &audit.Crossings{
		Port: port, Name: "Walhalla ND", Month: month,
		Lots: []audit.Crossing{
			{
				Batch: audittest.Batch, Line: "LINE", Place: "border", Belongs: audit.ByEntry, Point: audittest.Border, Ticket: "TK-BOR-1", Evidence: custody.Signed,
				At: bundletest.Epoch + 12*bundletest.Minute, Day: "2026-02-01", UTCOffset: -360, Carrier: w.Carrier.DID, Shipper: audittest.Buyer,
				Basis: quantity.Metric, Crossed: crossed, Entered: crossed,
				Entries: []audit.CrossingEntry{{
					Entry: "ZZ9-0310241-8", Importer: audittest.Buyer, Port: port, Of: "records 11 to 12 of BORDER-1", First: claim.First, Last: claim.Last, Volume: crossed,
				}},
				Due:   audit.EntryDue{Dutiable: "2026-02-13", Free: "2026-03-10"},
				Right: audit.Right{Status: audit.Settled, Party: audittest.Buyer, Sale: audittest.Sale, Since: bundletest.Epoch + 12*bundletest.Minute},
			},
			{
				Batch: "L-1", Line: "T-2", Place: port, Belongs: audit.ByPlace, Evidence: custody.Typed, At: bundletest.Epoch + 20*bundletest.Minute, Day: "2026-02-01",
				UTCOffset: -360, Carrier: audittest.Terminal, Shipper: audittest.Shipper, Basis: quantity.Metric, Crossed: stated,
				Difference: stated, Entries: []audit.CrossingEntry{},
				Due:   audit.EntryDue{Dutiable: "2026-02-13", Free: "2026-03-10"},
				Right: audit.Right{Status: audit.Settled, Party: audittest.Shipper, Since: bundletest.Epoch + 20*bundletest.Minute},
			},
		},
		Sums: []audit.CrossingSum{
			{Day: "2026-02-01", Carrier: w.Carrier.DID, Shipper: audittest.Buyer, Basis: quantity.Metric, Lots: 1, Crossed: crossed, Entered: crossed},
			{
				Day: "2026-02-01", Carrier: audittest.Terminal, Shipper: audittest.Shipper, Basis: quantity.Metric, Lots: 1, Crossed: stated,
				NotEntered: stated, Difference: stated,
			},
		},
		Totals: []audit.CrossingSum{
			{Line: "LINE", Basis: quantity.Metric, Lots: 1, Crossed: crossed, Entered: crossed},
			{Line: "T-2", Basis: quantity.Metric, Lots: 1, Crossed: stated, NotEntered: stated, Difference: stated},
		},
		Unmatched: []audit.UnmatchedEntry{},
	})
	in := w.crossings(append(w.Papers(), w.lot(), w.stated(30, custody.Event{
		ID: "bond-1", By: audittest.Buyer, InBond: &custody.InBond{Batch: "L-1", Number: "V-1", From: port, To: "5301"},
	})), port)
	x := in.Lots[1]
	if x.Bond != "V-1" || x.InBond != stated || x.Difference != 0 || in.Totals[1].NotEntered != 0 || in.Totals[1].InBond != stated {
		t.Errorf("in bond: %+v, in all %+v", x, in.Totals[1])
	}
}

// TestCrossingsBelong: what makes a place one of the port, and whose word goes before whose.
func TestCrossingsBelong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	bare := w.Replaced("claim")
	installed := func(papers [][]byte, alter func(i *custody.Installation)) [][]byte {
		id := "installation-" + audittest.Border
		return swapped(papers, w.Act(id).Body, w.event(id, func(e *custody.Event) { alter(e.Installation) }))
	}
	facility := func(kind custody.FacilityKind, id, code string) []byte {
		return w.stated(0, custody.Event{ID: "facility-" + id, By: w.Carrier.DID, Facility: &custody.Facility{ID: id, Kind: kind, Operator: w.Carrier.DID, Port: code}})
	}
	approved := func(papers [][]byte, code string) [][]byte {
		return installed(papers, func(i *custody.Installation) { i.Approval = "19 CFR 151.42, port " + code })
	}
	haskett := swapped(bare, w.Act("declare-line").Body, w.event("declare-line", func(e *custody.Event) { e.Pool.Segments[0].To = "Haskett" }))
	station := append(installed(w.Papers(), func(i *custody.Installation) { i.Facility, i.Approval = "F-1", "port 3407" }), facility(custody.Station, "F-1", "3404"))
	for _, tt := range []struct {
		name, port string
		papers     [][]byte
		want       audit.Belonging
		entries    int
	}{
		{"approval", port, approved(bare, port), audit.ByApproval, 0},
		{"approval before entry", "3404", approved(w.Papers(), "3404"), audit.ByApproval, 1},
		{"facility before approval", "3404", station, audit.ByFacility, 1},
		{"place before entry", "3404", append(w.Papers(), facility(custody.Port, "border", "3404")), audit.ByPlace, 1},
		{"table", port, haskett, audit.ByTable, 0},
	} {
		r := w.crossings(tt.papers, tt.port)
		if len(r.Lots) != 1 || r.Lots[0].Belongs != tt.want || len(r.Lots[0].Entries) != tt.entries || len(r.Unmatched) != 0 {
			t.Errorf("%s: %+v", tt.name, r)
		}
		if x := r.Lots[0]; x.Day != "2026-02-01" || x.UTCOffset != -6*60 { // by the zone of the port where there is no entry
			t.Errorf("%s: on %s by a clock of %d minutes", tt.name, x.Day, x.UTCOffset)
		}
	}
	other := w.crossings(station, port)
	if len(other.Lots) != 0 || len(other.Unmatched) != 1 || other.Unmatched[0].Entry != "ZZ9-0310241-8" || other.Unmatched[0].Day != "2026-02-01" {
		t.Errorf("at the port that the entry names and the oil did not cross: %+v", other)
	}
	if none := w.crossings(bare, port); len(none.Lots) != 0 {
		t.Errorf("nothing says where the border station is, yet %+v", none.Lots)
	}
}

// swapped returns papers with one in the place of another.
func swapped(papers [][]byte, old, by []byte) (all [][]byte) {
	for _, p := range papers {
		if string(p) == string(old) {
			p = by
		}
		all = append(all, p)
	}
	return all
}

// TestCrossingsSplit: a batch that is split behind the border has crossed once.
func TestCrossingsSplit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	before := w.crossings(w.Papers(), port)
	after := w.crossings(append(w.Papers(), w.stated(700, custody.Event{ID: "split-1", By: audittest.South, Split: &custody.Split{
		Batch: audittest.Batch, Into: []custody.SplitPart{
			{Batch: "B-1a", Volume: 9_000 * quantity.PerUnit}, {Batch: "B-1b", Volume: before.Lots[0].Crossed - 9_000*quantity.PerUnit},
		},
	}})), port)
	same(t, "after the split", after, before)
}

// TestCrossingsInDoubt: an entry of other records than its ticket's counts for nothing, and the lot is not one without an entry.
func TestCrossingsInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	r := w.crossings(w.claiming(func(c *audit.Claim) { c.Last-- }), port)
	x := r.Lots[0]
	if len(x.Entries) != 1 || x.Entries[0].Doubt == "" || x.Entered != 0 || x.Difference != x.Crossed || r.Totals[0].NotEntered != 0 {
		t.Errorf("%+v, in all %+v", x, r.Totals[0])
	}
	r = w.crossings(w.claiming(func(c *audit.Claim) { c.First, c.Last = 1_000, 1_001 }), port)
	if len(r.Lots) != 1 || len(r.Lots[0].Entries) != 0 || len(r.Unmatched) != 1 || r.Totals[0].NotEntered != x.Crossed {
		t.Errorf("an entry of other records: %+v", r)
	}
}

// TestCrossingsRefused: a port or a month that is none, and a port that nobody knows.
func TestCrossingsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	for _, tt := range []struct {
		port, month string
		want        error
	}{
		{"Walhalla", month, audit.ErrQuestion}, {"", month, audit.ErrQuestion}, {port, "2026-2", audit.ErrQuestion}, {port, "2026-13", audit.ErrQuestion},
		{port, "", audit.ErrQuestion}, {"9999", month, audit.ErrUnknown},
	} {
		if _, err := c.Crossings(tt.port, tt.month); !errors.Is(err, tt.want) {
			t.Errorf("port %q in %q: %v", tt.port, tt.month, err)
		}
	}
	if r, err := c.Crossings(port, "2026-03"); err != nil || len(r.Lots)+len(r.Unmatched) != 0 {
		t.Errorf("the month after: %+v, %v", r, err)
	}
}
