package audit_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// drop takes acts out of the story.
func (w world) drop(names ...string) {
	w.Acts = slices.DeleteFunc(w.Acts, func(a audittest.Act) bool { return slices.Contains(names, a.Name) })
}

// crossOnPaper has the batch cross on the carrier's own ticket, with the laboratory's sediment and water in it, and claimed by that.
func (w world) crossOnPaper() {
	w.t.Helper()
	w.OnPaper("border-B-1", func(t *runticket.Ticket) {
		t.Figures = append(t.Figures, runticket.Figure{Name: runticket.SW, Unit: "%", Value: quantity.F(29, 2)})
	})
	w.drop("report", audittest.Revision, "TK-BOR-1 version 1", "TK-BOR-1 version 2")
	w.Tickets = slices.DeleteFunc(w.Tickets, func(s ticket.Signed) bool {
		t, err := ticket.Decode(s.Ticket)
		must(w.t, err)
		return t.ID == "TK-BOR-1"
	})
	w.reclaim(w.ofPaper)
}

// ofPaper has a claim name the carrier's ticket of the border.
func (w world) ofPaper(c *audit.Claim) {
	c.Ticket, c.Device, c.First, c.Last = *hashOf(w.Act("paper of border-B-1").Body), cose.Kid{}, 0, 0
	c.Carrier, c.Point = w.Carrier.DID, "CARRIER-"+audittest.Border
	t, err := runticket.Parse(w.Act("paper of border-B-1").Body)
	must(w.t, err)
	c.Open, c.Close = t.Open, t.Close
}

// reclaim has the claim of the story made otherwise.
func (w world) reclaim(alter func(c *audit.Claim)) {
	w.t.Helper()
	signed := w.claim("claim", alter)
	at := slices.IndexFunc(w.Acts, func(a audittest.Act) bool { return a.Name == "claim" })
	w.Acts[at].Body = signed
}

// The lot that nothing but a statement measures: 50 m3 out of the other tank, handed over at the port and sold.
const (
	lotAt   = 20 // minute
	lotSold = "sale-L-1"
)

func lotWithdrawal() custody.Event {
	sw := quantity.F(29, 2)
	return custody.Event{ID: "lot-1", By: audittest.Terminal, Withdrawal: &custody.Withdrawal{
		Pool: "T-2", Stated: &custody.Bulk{Volume: 50 * quantity.PerUnit, Basis: quantity.Metric, SW: &sw, Commodity: "crude"},
		To: audittest.Buyer, Lot: "L-1", Place: port,
	}}
}

// crossAsStated has that lot entered.
func (w world) crossAsStated() {
	w.t.Helper()
	price := quantity.F(6_440, 2)
	lot := w.stated(lotAt, lotWithdrawal())
	sold := w.stated(lotAt+1, custody.Event{ID: lotSold, By: audittest.Shipper, Sale: &custody.Sale{
		Batch: "L-1", Seller: audittest.Shipper, Buyer: audittest.Buyer, Price: &price, Basis: "FOB",
	}})
	w.drop("certificate")
	w.reclaim(w.ofLot(lot))
	at := slices.IndexFunc(w.Acts, func(a audittest.Act) bool { return a.Name == "claim" })
	w.Acts = slices.Insert(w.Acts, at, audittest.Act{Path: "/v1/documents", Name: "lot-1", Body: lot}, audittest.Act{Path: "/v1/documents", Name: lotSold, Body: sold})
}

// ofLot has a claim name the stated lot, without a preference.
func (w world) ofLot(signed []byte) func(c *audit.Claim) {
	return func(c *audit.Claim) {
		c.Batch, c.Ticket, c.Sale, c.Device, c.First, c.Last = "L-1", *hashOf(signed), lotSold, cose.Kid{}, 0, 0
		c.Carrier, c.Point, c.Close, c.Event = audittest.Terminal, port, bundletest.Epoch+lotAt*bundletest.Minute, "lot-1"
		c.SPI, c.Certificate, c.HeldSince = "", nil, 0
	}
}

// verified returns what a sealed bundle of the entry comes to.
func (w world) verified() *audit.Verdict {
	w.t.Helper()
	v, err := audit.Verify(w.Seal(w.Bundle(bundle.Tickets), audittest.Broker), w.Trust(), w.Tables())
	must(w.t, err)
	return v
}

// TestEntryOnCarriersTicket: an importer whose pipeline has no signed meter at the border enters by the carrier's own ticket: the same
// barrels, duty and origin, and another class of evidence, which bundle and crossings say.
func TestEntryOnCarriersTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	signed := w.decision(w.Papers())
	w.crossOnPaper()
	v := w.verified()
	d := v.Decision
	same(t, "net", d.Net, signed.Net)
	same(t, "assessment", encode(t, d.Assessment), encode(t, signed.Assessment))
	same(t, "imported", d.Imported, signed.Imported)
	same(t, "ticket", []string{d.Ticket.ID, d.Ticket.Carrier}, []string{w.Carrier.DID + "#4711", w.Carrier.DID})
	same(t, "quantity", d.Quantity, lineage.Coverage{Basis: quantity.Customary, Volume: d.Gross, Attested: d.Gross})
	same(t, "composition", d.Coverage, signed.Coverage)
	if !slices.ContainsFunc(v.Unchecked, func(s string) bool {
		return s == "the records behind the quantity: ticket "+d.Ticket.ID+" is Carrier Inc.'s own, and both its parties signed its figures"
	}) {
		t.Errorf("not shown: %q", v.Unchecked)
	}
	if len(v.Evidence.Tickets) != 2 {
		t.Errorf("%d tickets of signed records, want those of battery and injection", len(v.Evidence.Tickets))
	}
	r := w.crossings(w.Papers(), port)
	if len(r.Lots) != 1 || len(r.Unmatched) != 0 {
		t.Fatalf("crossed %+v", r)
	}
	x := r.Lots[0]
	same(t, "crossed", []any{x.Ticket, x.Point, x.Evidence, x.Belongs, x.Difference, x.Day}, []any{
		d.Ticket.ID, "CARRIER-BORDER-1", custody.Attested, audit.ByEntry, quantity.Micro(0), r.Lots[0].Day})
	same(t, "entered", x.Entries, []audit.CrossingEntry{{
		Entry: d.Entry, Importer: audittest.Buyer, Port: port, Volume: x.Crossed,
		Of: "the ticket of did:web:carrier.example at CARRIER-BORDER-1 from 2026-02-02T02:50:00Z to 2026-02-02T02:52:00Z",
	}})

	torn := w.Bundle(bundle.Tickets)
	paper := w.Act("paper of border-B-1").Body
	torn.Documents = slices.DeleteFunc(torn.Documents, func(b []byte) bool { return bytes.Equal(b, paper) })
	_, err := audit.Verify(w.Seal(torn, audittest.Broker), w.Trust(), w.Tables())
	says(t, err, "which is not here: submit the carrier's ticket first")
}

// TestEntryOnStatement: a lot whose volume a party typed can be entered where the statement has what an entry needs.
func TestEntryOnStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.crossAsStated()
	v := w.verified()
	d := v.Decision
	for _, tt := range []struct{ what, got, want string }{
		{"gross", d.Gross.Decimal(2), "314.60"},
		{"net", d.Net.Decimal(2), "313.68"},
		{"API", d.API60.String(), "8.508"},
		{"imported", d.Imported, "2026-02-01"},
		{"event", d.Ticket.ID, "lot-1"},
		{"stated by", d.Ticket.Carrier, audittest.Terminal},
		{"not shown", v.Unchecked[len(v.Unchecked)-1], "how the quantity was measured: Terminal LP typed it, event lot-1"},
	} {
		same(t, tt.what, tt.got, tt.want)
	}
	same(t, "quantity", d.Quantity, lineage.Coverage{Basis: quantity.Customary, Volume: d.Gross, Typed: d.Gross})
	r := w.crossings(w.Papers(), port)
	same(t, "lots", len(r.Lots), 1)
	x := r.Lots[0]
	same(t, "crossed", []any{x.Batch, x.Evidence, x.Entered, x.Difference}, []any{"L-1", custody.Typed, quantity.Micro(50 * quantity.PerUnit), quantity.Micro(0)})
	same(t, "entered", x.Entries[0].Of, "event lot-1 at 3407, as did:web:terminal.example stated it for 2026-02-02T03:00:00Z")
	attested := lotWithdrawal()
	attested.Paper = &record.Hash{7}
	lot := w.stated(lotAt, attested)
	papers := swapped(w.Papers(), w.Act("lot-1").Body, lot)
	papers = swapped(papers, w.Act("claim").Body, w.claim("claim", func(c *audit.Claim) { c.Ticket = *hashOf(lot) }))
	d = w.decision(papers)
	same(t, "on a paper of both", d.Quantity, lineage.Coverage{Basis: quantity.Customary, Volume: d.Gross, Attested: d.Gross})
}

// TestCoverageAddsUp: whatever is measured by signed records and by carriers' tickets, all of the quantity and all of the composition
// rest on something.
func TestCoverageAddsUp(t *testing.T) {
	t.Parallel()
	for on := range 4 {
		w := newWorld(t, audittest.Options{})
		if on&1 != 0 {
			w.OnPaper("receipt-A", func(t *runticket.Ticket) { t.Number = "4712" })
		}
		if on&2 != 0 {
			w.crossOnPaper()
		}
		d := w.decision(w.Papers())
		for _, c := range []lineage.Coverage{d.Quantity, d.Coverage} {
			same(t, "sum", c.Signed+c.Attested+c.Typed, c.Volume)
		}
		same(t, "quantity is of the gross", d.Quantity.Volume, d.Gross)
		same(t, "border on paper", d.Quantity.Attested > 0, on&2 != 0)
		same(t, "battery on paper", d.Coverage.Attested > 0, on&1 != 0)
	}
}

// TestEntriesOfOnePaper: two entries over one ticket of a carrier, or one stated lot, are refused in one set of books and found in the
// ledger.
func TestEntriesOfOnePaper(t *testing.T) {
	t.Parallel()
	paper, lot := newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{})
	paper.crossOnPaper()
	lot.crossAsStated()
	for _, tt := range []struct {
		w     world
		alter func(c *audit.Claim)
		says  string
	}{
		{paper, func(*audit.Claim) {}, "entry ZZ9-0310241-8 enters the ticket of did:web:carrier.example at CARRIER-BORDER-1"},
		{paper, func(c *audit.Claim) { c.Ticket, c.Close = record.Hash{1}, c.Close-1 }, "entry ZZ9-0310241-8 enters the ticket of"},
		{lot, func(*audit.Claim) {}, "entry ZZ9-0310241-8 enters event lot-1 at 3407"},
	} {
		again := tt.w.claim("claim", func(c *audit.Claim) {
			c.Entry = number(t, 310_242)
			tt.alter(c)
		})
		_, err := tt.w.Case(append(tt.w.Papers(), again))
		says(t, err, tt.says)
		a := audit.Anchors{Log: "here", Trust: tt.w.Trust()}
		for i, entry := range append(tt.w.Registries(), tt.w.Act("claim").Body, again) {
			a.Take(uint64(i), entry)
		}
		overlaps, err := audit.Overlaps(a.Claims)
		must(t, err)
		if len(a.Unread) != 0 || len(overlaps) != 1 || overlaps[0].Kind != audit.SamePaper {
			t.Errorf("found %+v, unread %+v", overlaps, a.Unread)
		}
	}
}

// TestEntryOnPaperRefused: a claim that does not name what the books have, and papers that lack what an entry needs.
func TestEntryOnPaperRefused(t *testing.T) {
	t.Parallel()
	paper, lot := newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{})
	paper.crossOnPaper()
	lot.crossAsStated()
	for _, tt := range []struct {
		name  string
		w     world
		alter func(c *audit.Claim)
		says  string
	}{
		{"another carrier", paper, func(c *audit.Claim) { c.Carrier = audittest.South }, "the claim enters the ticket of did:web:south.example at"},
		{"another time", paper, func(c *audit.Claim) { c.Close++ }, "by ticket did:web:carrier.example#4711 it is the ticket of did:web:carrier.example at CARRIER-BORDER-1 from"},
		{"another point", paper, func(c *audit.Claim) { c.Point = "P" }, "the claim enters the ticket of did:web:carrier.example at P from"},
		{"no carrier", paper, func(c *audit.Claim) { c.Carrier, c.Open, c.Close, c.Device[0] = "", 0, 0, 1 }, ": name carrier, point, open and close, and no records"},
		{"another paper", paper, func(c *audit.Claim) { c.Ticket[0] ^= 1 }, "is not the newest one of any meter that batch B-1 passed"},
		{"an event of a ticket", paper, func(c *audit.Claim) { c.Ticket[0], c.Open, c.Event = c.Ticket[0]^1, 0, "border-B-1" }, "event border-B-1 states no volume of batch B-1"},
		{"another statement", lot, func(c *audit.Claim) { c.Ticket[0] ^= 1 }, "event lot-1 is in the books by paper"},
		{"another instant", lot, func(c *audit.Claim) { c.Close++ }, "by event lot-1 it is event lot-1 at 3407"},
		{"another place", lot, func(c *audit.Claim) { c.Point = "border" }, "the claim enters event lot-1 at border"},
		{"another party", lot, func(c *audit.Claim) { c.Carrier = audittest.South }, "as did:web:south.example stated it"},
		{"the lot by a ticket", lot, func(c *audit.Claim) { c.Event, c.Open = "", 1 }, "its volume was stated, so that a claim names event lot-1"},
	} {
		_, err := tt.w.decide(tt.w.Replaced("claim", tt.w.claim("claim", tt.alter)))
		if err == nil {
			t.Errorf("%s is accepted", tt.name)
			continue
		}
		says(t, err, tt.says)
	}
	dry := newWorld(t, audittest.Options{})
	dry.OnPaper("border-B-1", func(*runticket.Ticket) {})
	dry.drop(audittest.Revision)
	dry.reclaim(dry.ofPaper)
	_, err := dry.decide(dry.Papers())
	says(t, err, "the carrier's own, states no sediment and water")
	for _, tt := range []struct {
		alter func(b *custody.Bulk)
		says  string
	}{
		{func(b *custody.Bulk) { b.SW = nil }, "event lot-1 states a volume without sediment and water (sw), so"},
		{func(b *custody.Bulk) { b.SW, b.Commodity = nil, "" }, "without sediment and water (sw) and commodity, so"},
	} {
		e := lotWithdrawal()
		tt.alter(e.Withdrawal.Stated)
		bare := lot.stated(lotAt, e)
		papers := swapped(lot.Papers(), lot.Act("lot-1").Body, bare)
		_, err := lot.decide(swapped(papers, lot.Act("claim").Body, lot.claim("claim", func(c *audit.Claim) { c.Ticket = *hashOf(bare) })))
		says(t, err, tt.says)
	}
}

// TestRestatedLot: a statement that was taken back for another is entered by the void, and no more by what it said at first.
func TestRestatedLot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.crossAsStated()
	now := lotWithdrawal()
	now.Version, now.At = custody.Version, bundletest.Epoch+lotAt*bundletest.Minute
	now.Withdrawal.Stated.Volume = 60 * quantity.PerUnit
	void := w.stated(lotAt+9, custody.Event{ID: "void-1", By: audittest.Terminal, Void: &custody.Void{Of: "lot-1", Replacement: &now}})
	papers := append(w.Papers(), void)
	_, err := w.decide(papers)
	says(t, err, "event lot-1 is in the books by paper "+hashOf(void).String())
	d := w.decision(swapped(papers, w.Act("claim").Body, w.claim("claim", func(c *audit.Claim) { c.Ticket = *hashOf(void) })))
	same(t, "gross", d.Ticket.GSV, quantity.Micro(60*quantity.PerUnit))
	x := w.crossings(papers, port).Lots[0]
	same(t, "entered before", []quantity.Micro{x.Crossed, x.Entered, x.Difference}, []quantity.Micro{60 * quantity.PerUnit, 50 * quantity.PerUnit, 10 * quantity.PerUnit})
}

// TestRecordsWithTimes: a claim of records can say when they were made, so that one of a carrier's ticket can be held against it; it has
// to be true.
func TestRecordsWithTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	until := int64(bundletest.Epoch + 12*bundletest.Minute)
	d := w.decision(w.claiming(func(c *audit.Claim) { c.Open, c.Close = until-2*bundletest.Minute, until }))
	same(t, "net", d.Net, w.decision(w.Papers()).Net)
	_, err := w.decide(w.claiming(func(c *audit.Claim) { c.Open, c.Close = until-bundletest.Minute, until }))
	says(t, err, "ticket TK-BOR-1 states 2026-02-02T02:50:00Z to 2026-02-02T02:52:00Z")
}

// TestStatedLotByEntry: where nothing else says to which port a place belongs, the entry of what was stated there does.
func TestStatedLotByEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.crossAsStated()
	e := lotWithdrawal()
	e.Withdrawal.Place = "yard"
	lot := w.stated(lotAt, e)
	papers := swapped(w.Papers(), w.Act("lot-1").Body, lot)
	r := w.crossings(papers, port)
	if len(r.Lots) != 1 || r.Lots[0].Belongs != audit.ByEntry || r.Lots[0].Difference != 50*quantity.PerUnit || r.Lots[0].Entries[0].Doubt == "" {
		t.Errorf("before the entry names the yard, and the paper that does: %+v", r)
	}
	r = w.crossings(swapped(papers, w.Act("claim").Body, w.claim("claim", func(c *audit.Claim) { c.Ticket, c.Point = *hashOf(lot), "yard" })), port)
	if len(r.Lots) != 1 || r.Lots[0].Belongs != audit.ByEntry || r.Lots[0].Difference != 0 {
		t.Errorf("crossed %+v", r.Lots)
	}
}

// TestQuestionsOfPaper: what would change, what is claimed on certificates, who may make entry and what waits are answered of entries on paper as of those on records.
func TestQuestionsOfPaper(t *testing.T) {
	t.Parallel()
	records, paper, lot := newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{})
	paper.crossOnPaper()
	lot.crossAsStated()
	uncertified := audit.Change{Certificates: []string{"C-1"}}
	same(t, "without the certificate", paper.whatIf(uncertified).Owed, records.whatIf(uncertified).Owed)

	used, err := records.known().Utilization()
	must(t, err)
	again, err := paper.known().Utilization()
	must(t, err)
	same(t, "claimed on what the entry rests on", again, used)
	if len(used) == 0 {
		t.Error("nothing is claimed on anything")
	}

	more := lotWithdrawal()
	more.Version, more.At = custody.Version, bundletest.Epoch+lotAt*bundletest.Minute
	more.Withdrawal.Stated.Volume = 60 * quantity.PerUnit
	r := lot.whatIf(audit.Change{Voids: []custody.Void{{Of: "lot-1", Replacement: &more}}})
	if len(r.Differences) != 1 || r.Differences[0].Before.Barrels != 314 || r.Differences[0].After.Barrels != 376 {
		t.Errorf("if the lot were greater: %+v", r)
	}
	r = lot.whatIf(audit.Change{Voids: []custody.Void{{Of: "lot-1"}}})
	if len(r.Differences) != 1 || r.Differences[0].After.Undecided == "" {
		t.Errorf("without the lot: %+v", r)
	}

	for _, tt := range []struct {
		w     world
		right audit.RightStatus
		waits []string
	}{
		{paper, audit.Settled, nil},
		{lot, audit.PendingSale, []string{"L-1; 3407; 2026-02-13, 11 days; sale sale-L-1 is not acknowledged by the carrier"}},
	} {
		x := tt.w.crossings(tt.w.Papers(), port).Lots[0]
		same(t, "right", []any{x.Right.Status, x.Right.Party}, []any{tt.right, audittest.Buyer})
		same(t, "waits after the entry", tt.w.pending(tt.w.Papers(), port, 11, -1), tt.waits)
	}
	same(t, "waits before the entry", lot.pending(lot.Papers(), port, 5, -1), []string{
		"L-1; 3407; 2026-02-13, 11 days; not entered, sale sale-L-1 is not acknowledged by the carrier",
	})
}

// TestPaperDoubted: the records of a paper that does not say so are not counted as entered.
func TestPaperDoubted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.crossOnPaper()
	r := w.crossings(w.Replaced("claim", w.claim("claim", func(c *audit.Claim) { c.Close-- })), port)
	if len(r.Lots) != 1 || r.Lots[0].Entered != 0 || r.Lots[0].Entries[0].Doubt != "nothing that it cites is over just this: its volume is not counted" {
		t.Errorf("crossed %+v", r.Lots)
	}
}

// TestRemarksOnPaper: a dispute of the carrier's ticket, and a seal that was off while it ran, are remarked as they are of ours, and are
// in the bundle.
func TestRemarksOnPaper(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.crossOnPaper()
	id, point := w.Carrier.DID+"#4711", "CARRIER-"+audittest.Border
	w.Acts = append(w.Acts, audittest.Act{Path: "/v1/documents", Name: "dispute-1", Body: w.stated(70, custody.Event{
		ID: "dispute-1", By: audittest.South, Dispute: &custody.Dispute{Ticket: id, Version: 1, Reason: "too much"},
	})}, audittest.Act{Path: "/v1/documents", Name: "installation", Body: w.stated(0, custody.Event{
		ID: "installation", By: w.Carrier.DID, Installation: &custody.Installation{Point: point, Uncertainty: quantity.F(20, 2)},
	})}, audittest.Act{Path: "/v1/documents", Name: "seal-1", Body: w.stated(71, custody.Event{
		ID: "seal-1", By: w.Carrier.DID, Seal: &custody.Seal{ID: "S-1", Point: point, Part: "prover valve", Action: custody.SealInstalled},
	})})
	v := w.verified()
	var texts []string
	for _, r := range v.Remarks {
		texts = append(texts, string(r.Kind)+": "+r.Text)
	}
	same(t, "remarks", texts, []string{
		"dispute: ticket " + id + " version 1 is disputed by South Pipe LLC since 2026-02-02T03:50:00Z: too much",
		"seal: the prover valve at CARRIER-BORDER-1 had no seal from 2026-02-02T02:50:00Z to 2026-02-02T02:52:00Z, while ticket " + id + " ran",
	})
}

// TestClaimVersions: a claim of records has the version and keys that it had; what names a ticket or an event is version 2, and
// neither says the other.
func TestClaimVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	paper := w.Claim()
	w.OnPaper("border-B-1", func(*runticket.Ticket) {})
	w.ofPaper(&paper)
	for _, tt := range []struct {
		claim   audit.Claim
		version uint64
		keys    []uint64
	}{
		{w.Claim(), 1, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 24}},
		{paper, 2, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 24, 26, 27, 28}},
	} {
		signed, err := audit.SignClaim(w.Hand(audittest.Broker), tt.claim)
		must(t, err)
		m, err := cose.Parse(signed, audit.ClaimThing)
		must(t, err)
		var fields map[uint64]any
		must(t, cose.Unmarshal(m.Payload, &fields))
		same(t, "keys", slices.Sorted(maps.Keys(fields)), tt.keys)
		same(t, "version", fields[1], any(tt.version))
		c, err := audit.OpenClaim(signed, w.Keys())
		must(t, err)
		c.Version = 3 - tt.version
		payload, err := cose.Marshal(c)
		must(t, err)
		other, err := cose.Sign(w.Hand(audittest.Broker), audit.ClaimThing, payload, nil)
		must(t, err)
		_, err = audit.OpenClaim(other, w.Keys())
		says(t, err, "by what it names it is")
	}
	for _, tt := range []struct {
		alter func(c *audit.Claim)
		says  string
	}{
		{func(c *audit.Claim) { c.First, c.Last = 1, 1 }, "not both"},
		{func(c *audit.Claim) { c.Carrier = "" }, "needs the carrier"},
		{func(c *audit.Claim) { c.Carrier, c.Open, c.Close = "", 0, 0 }, "needs the carrier"},
		{func(c *audit.Claim) { c.Carrier = "did:web:carrier.example " }, "name of the carrier"},
		{func(c *audit.Claim) { c.Point = "BORDER 1" }, "name of the point"},
		{func(c *audit.Claim) { c.Event, c.Open = "lot 1", 0 }, "name of the event"},
		{func(c *audit.Claim) { c.Event, c.Open, c.Point = "lot-1", 0, "at the\nborder" }, "the point of a claim must have at most 256 bytes"},
		{func(c *audit.Claim) { c.Close = 253402300800000 }, "close of a claim is 253402300800000 ms"},
		{func(c *audit.Claim) { c.Open, c.Close = c.Close, c.Open }, "needs its open and close"},
		{func(c *audit.Claim) { c.Event = "lot-1" }, "and no open"},
		{func(c *audit.Claim) { c.Event, c.Open, c.Close = "lot-1", 0, 0 }, "needs close"},
		{func(c *audit.Claim) { c.Carrier, c.Event = "", "lot-1" }, "needs the carrier"},
	} {
		c := paper
		tt.alter(&c)
		_, err := audit.SignClaim(w.Hand(audittest.Broker), c)
		says(t, err, tt.says)
	}
}
