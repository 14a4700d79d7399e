package audit_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
)

// TestDecide holds the figures of the story, from the meter to the duty.
func TestDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	d := w.decision(w.Papers())
	for _, tt := range []struct{ what, got, want string }{
		{"entry", d.Entry, "ZZ9-0310241-8"},
		{"batch", d.Batch, audittest.Batch},
		{"imported", d.Imported, "2026-02-01"}, // 2 February by UTC, still the 1st at the port
		// 19,915,000 pulses at 1,000 a m3, meter factor 1.0005, CTPL of 932 kg/m3 at 24 C and 1,900 kPa.
		{"gross m3", d.Ticket.GSV.Decimal(2), "19820.75"},
		{"gross barrels", d.Gross.Decimal(1), "124717.8"},
		{"net barrels", d.Net.Decimal(1), "124356.1"}, // 124,717.8 x 0.9971
		{"gravity", d.API60.Decimal(1), "20.2"},
		{"price", d.Price.String(), "64.40"},
		{"owner", d.Owner, audittest.Buyer},
		{"diluent", d.Origin.Shares.DiluentPercent, "28.2115"}, // what is left of 5,600 m3, over 19,820.75
		{"criterion", d.Origin.Criterion, "B"},
		{"line", d.Assessment.Line.HTS, "2709.00.10.00"},
		{"filed", string(d.Assessment.Filed), "claimed"},
		{"value", d.Assessment.Claimed.Value.String(), "8008526.00"}, // 124,356 x 64.40
		{"duty with the claim", d.Assessment.Claimed.Duty.String(), "0.00"},
		{"duty without", d.Assessment.Unclaimed.Duty.String(), "6528.69"}, // 124,356 x 0.0525
		{"due", string(d.Assessment.Claimed.Due), "2026-03-10"},
		{"typed share", d.Coverage.Typed.Decimal(0), "5566"},
		{"refused", d.ClaimRefused, ""},
		{"certificate", d.Certificate, "C-1"},
		{"notes", strings.Join(d.Notes, ";"), ""},
	} {
		same(t, tt.what, tt.got, tt.want)
	}
	if len(d.Sources) != 2 || len(d.Arrivals) != 2 || len(d.Balance.Legs) != 2 || d.Later != nil {
		t.Errorf("%d sources, %d arrivals, %d legs, later claim %v", len(d.Sources), len(d.Arrivals), len(d.Balance.Legs), d.Later)
	}
	same(t, "another run", encode(t, w.decision(w.Papers())), encode(t, d))
}

// TestDecideOrder: papers may come in any order that puts a later claim behind the one it amends; the decision is the same.
func TestDecideOrder(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newWorld(t, audittest.Options{Late: late})
		papers := w.Papers()
		want := encode(t, w.decision(papers))
		n := len(papers)
		if late {
			n--
		}
		slices.Reverse(papers[:n])
		same(t, "decision on papers turned round", encode(t, w.decision(papers)), want)
	}
}

// TestLaterClaim: without proof of origin the entry is dutiable and the claim open; a year's claim under 19 USC 1520(d) is decided
// on what was proven when it was made, the entry itself on what was proven before.
func TestLaterClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Late: true})
	before := w.decision(w.Replaced("later claim"))
	same(t, "refused at entry", before.ClaimRefused, "the goods do not qualify: no rule of origin is met")
	same(t, "filed", before.Assessment.Filed, customs.WithoutClaim)
	if before.Later != nil || before.Origin.Qualifies {
		t.Errorf("before the later claim the goods qualify: %t, later: %+v", before.Origin.Qualifies, before.Later)
	}
	d := w.decision(w.Papers())
	if d.Later == nil || !d.Later.Origin.Qualifies || d.Later.Refused != "" {
		t.Fatalf("later claim is %+v", d.Later)
	}
	same(t, "criterion", d.Later.Origin.Criterion, "A")
	same(t, "claimed at", d.Later.At, "2026-04-03T02:40:00Z")
	same(t, "reclaims", d.Later.Reclaim.String(), "9206.17") // 162,946 bbl x 0.0525 and the fee of 651.50
	later := d.Later
	d.Later = nil
	same(t, "the entry itself", encode(t, d), encode(t, before))

	for _, tt := range []struct {
		name   string
		papers [][]byte
		want   string
	}{
		{"before the certification", w.Replaced("later claim", w.claim("later claim", func(c *audit.Claim) { c.At -= 20 * 24 * 60 * bundletest.Minute })), "do not qualify"},
		{"after more than a year", w.Replaced("later claim", w.claim("later claim", func(c *audit.Claim) { c.At += 306 * 24 * 60 * bundletest.Minute })), "the last day was 2027-02-01"},
		{"without the certificate", w.Replaced("certificate"), "is not here"},
		{"held too late", w.Replaced("later claim", w.claim("later claim", func(c *audit.Claim) { c.HeldSince = c.At + 1 })), "not held"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := w.decide(tt.papers)
			must(t, err)
			if !strings.Contains(d.Later.Refused, tt.want) || d.Later.Reclaim != 0 {
				t.Errorf("refused: %q, reclaims %s; want it to say %q", d.Later.Refused, d.Later.Reclaim, tt.want)
			}
		})
	}
	again := w.claim("later claim", func(c *audit.Claim) { c.At++ })
	same(t, "the last of two later claims", w.decision(append(w.Papers(), again)).Later.At, later.At)
}

// TestClaimRefused: a preference that the certificate does not carry is refused with the reason, and the entry is filed without it.
func TestClaimRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for _, tt := range []struct {
		name   string
		papers [][]byte
		want   string
	}{
		{"no certificate", w.Replaced("certificate"), "is not here"},
		{"not held yet", w.claiming(func(c *audit.Claim) { c.HeldSince = c.At + 1 }), "not held"},
		{"another program", w.claiming(func(c *audit.Claim) { c.SPI = "JO" }), "JO"},
		{"certified by the importer under the exporter's name", w.certified(audittest.Buyer, func(*origin.Certificate) {}),
			"names Shipper Marketing Ltd. as certifier, but Buyer Refining Co. signed it"},
		{"another criterion", w.certified(audittest.Shipper, func(c *origin.Certificate) { c.Criterion = "A" }), "criterion"},
		{"another year", w.certified(audittest.Shipper, func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = "2025-01-01", "2025-12-31" }), "does not cover"},
		{"another importer", w.certified(audittest.Shipper, func(c *origin.Certificate) { c.Importer.Name = "Someone" }), "names importer"},
		{"another good", w.certified(audittest.Shipper, func(c *origin.Certificate) { c.HS6 = "271000" }), "is for HS"},
		{"another shipment", w.certified(audittest.Shipper, func(c *origin.Certificate) {
			c.BlanketFrom, c.BlanketTo, c.Shipment = "", "", audittest.Unrelated
		}), "is for shipment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := w.decide(tt.papers)
			must(t, err)
			if !strings.Contains(d.ClaimRefused, tt.want) || d.Assessment.Filed != customs.WithoutClaim {
				t.Errorf("refused: %q, filed %s; want it to say %q", d.ClaimRefused, d.Assessment.Filed, tt.want)
			}
		})
	}
	d := w.decision(w.certified(audittest.Shipper, func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo, c.Shipment = "", "", audittest.Batch }))
	same(t, "refused with a certificate of this shipment", d.ClaimRefused, "")
}

// TestDecideFails: where the claim and the books do not fit together there is no decision, and the error names the entry.
func TestDecideFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	provisional := func() [][]byte {
		papers := w.claiming(func(c *audit.Claim) { c.Ticket = *w.eventOf("border-B-1").Ticket })
		return slices.DeleteFunc(papers, func(b []byte) bool { return slices.Equal(b, w.Act(audittest.Revision).Body) })
	}
	for _, tt := range []struct {
		name   string
		papers [][]byte
		want   string
	}{
		{"a batch that is nowhere", w.claiming(func(c *audit.Claim) { c.Batch = "B-9" }), "B-9 is not in any line"},
		{"another batch", w.claiming(func(c *audit.Claim) { c.Batch = audittest.Unrelated }), "is not the newest one of any meter that batch B-2 passed"},
		{"an earlier version of the ticket", w.claiming(func(c *audit.Claim) { c.Ticket = *w.eventOf("border-B-1").Ticket }), "is not the newest one"},
		{"a provisional ticket", provisional(), "TK-BOR-1 is provisional"},
		{"other records", w.claiming(func(c *audit.Claim) { c.First++ }), "the claim enters records 12 to 12 of BORDER-1, by ticket TK-BOR-1 it is records 11 to 12"},
		{"another device", w.claiming(func(c *audit.Claim) { c.Device[0] ^= 1 }), "the claim enters records"},
		{"over midnight", w.claiming(func(c *audit.Claim) { c.UTCOffset = -171 }), "runs over two customs days, 2026-02-01 and 2026-02-02"},
		{"no such sale", w.claiming(func(c *audit.Claim) { c.Sale = "sale-9" }), "sale sale-9 of batch B-1 is not in the books"},
		{"another importer", w.claiming(func(c *audit.Claim) { c.Importer = audittest.South }), "passed title to did:web:buyer.example, the importer is did:web:south.example"},
		{"a sale without a price", w.Replaced(audittest.Sale, w.event(audittest.Sale, func(e *custody.Event) { e.Sale.Price = nil })), "states no price"},
		{"a time that the tables do not reach", w.claiming(func(c *audit.Claim) { c.EnteredAt *= 2 }), "2082"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.decide(tt.papers)
			says(t, err, tt.want)
			says(t, err, "entry ZZ9-0310241-8: ")
		})
	}
	c, err := w.Case(w.Papers())
	must(t, err)
	if _, err := c.Decide("ZZ9-0312242-4"); !errors.Is(err, audit.ErrNoClaim) {
		t.Errorf("an entry that nobody made: %v", err)
	}
	same(t, "entries", c.Numbers(), []string{"ZZ9-0310241-8"})
	for _, table := range []func(*audit.Tables) *[]byte{
		func(t *audit.Tables) *[]byte { return &t.Rules }, func(t *audit.Tables) *[]byte { return &t.Rates }, func(t *audit.Tables) *[]byte { return &t.Ports },
	} {
		tables := w.Tables()
		*table(&tables) = []byte("nonsense")
		c, err := w.CaseOn(tables, w.Papers())
		must(t, err)
		if _, err := c.Decide(w.Number.String()); err == nil {
			t.Error("a table that makes no sense decides")
		}
	}
}

// eventOf returns an event of the story.
func (w world) eventOf(id string) custody.Event {
	w.t.Helper()
	e, err := custody.Open(w.Act(id).Body, w.Keys())
	must(w.t, err)
	return e
}

// TestOwnerAfterTheCrossing: who bought after the crossing may make entry, and the decision says so.
func TestOwnerAfterTheCrossing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	late := func(e *custody.Event) { e.At += 60 * bundletest.Minute }
	papers := w.Replaced(audittest.Sale, w.event(audittest.Sale, late))
	i := slices.IndexFunc(papers, func(b []byte) bool { return slices.Equal(b, w.Act("noted-B-1").Body) })
	papers[i] = w.event("noted-B-1", func(e *custody.Event) {
		late(e)
		e.By = audittest.South
	})
	d := w.decision(papers)
	same(t, "owner", d.Owner, audittest.Shipper)
	same(t, "notes", d.Notes, []string{"the right to make entry came with sale " + audittest.Sale + ", by which the importer became owner 59m0s after ticket TK-BOR-1 of the crossing closed"})
}

// TestCaseRefuses: papers that are not what they say, or contradict another, are in no case.
func TestCaseRefuses(t *testing.T) {
	t.Parallel()
	w, late := newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{Late: true})
	second, err := customs.NewEntryNumber("ZZ9", 312_242)
	must(t, err)
	strange, err := cose.Sign(w.Hand(audittest.Broker), "testament", []byte{0xa0}, nil)
	must(t, err)
	byLab, err := audit.SignClaim(w.Laboratory.Hand, w.Claim())
	must(t, err)
	empty, err := cose.Sign(w.Hand(audittest.Broker), audit.ClaimThing, []byte{0xa0}, nil)
	must(t, err)
	large, err := cose.Sign(w.Hand(audittest.Broker), audit.ClaimThing, make([]byte, 17<<10), nil)
	must(t, err)
	broken := slices.Clone(w.Act("claim").Body)
	broken[len(broken)-1] ^= 1
	forOther := w.claim("claim", func(c *audit.Claim) { c.Entry, c.First, c.Last = second, 0, 5 })
	for _, tt := range []struct {
		name   string
		w      world
		papers [][]byte
		want   string
	}{
		{"no paper", w, append(w.Papers(), []byte("paper")), "not a tagged COSE_Sign1"},
		{"a paper of another kind", w, append(w.Papers(), strange), `a paper of kind "testament" is unknown`},
		{"a claim with a broken signature", w, w.Replaced("claim", broken), "signature does not verify"},
		{"a claim that says nothing", w, w.Replaced("claim", empty), "not deterministic CBOR"},
		{"a claim too large", w, w.Replaced("claim", large), "at most 16384 are allowed"},
		{"a claim by no party", w, w.Replaced("claim", byLab), "registered as lab, not as party"},
		{"a claim in another's name", w, w.Replaced("claim", w.signed(audittest.South)), "it names did:web:broker.example but did:web:south.example signed it"},
		{"a claim from before its key", w, w.claiming(func(c *audit.Claim) { c.At = bundletest.Epoch - 1 }), "was not valid at"},
		{"the same entry twice", w, append(w.Papers(), w.claim("claim", func(c *audit.Claim) { c.At++ })), "has made this entry"},
		{"the same claim twice", w, append(w.Papers(), w.Act("claim").Body), "has made this entry"},
		{"the same records in another entry", w, append(w.Papers(), w.claim("claim", func(c *audit.Claim) { c.Entry = second })), "entry ZZ9-0310241-8 enters records 11 to 12 of BORDER-1 already"},
		{"one record in another entry", w, append(w.Papers(), w.claim("claim", func(c *audit.Claim) { c.Entry, c.First, c.Last = second, 12, 40 })), "BORDER-1 already"},
		{"a later claim before the first", late, append([][]byte{late.Act("later claim").Body}, late.Replaced("later claim")...), "amends one that is not before it"},
		{"a later claim on a later claim", late, append(late.Papers(), late.claim("later claim", func(c *audit.Claim) { c.Amends = hashOf(late.Act("later claim").Body) })),
			"amends one that is not before it"},
		{"a later claim by a stranger", late, late.Replaced("later claim", late.claim("later claim", func(c *audit.Claim) { c.By = audittest.South })),
			"it is by did:web:south.example, the entry is did:web:buyer.example's, made by did:web:broker.example"},
		{"a later claim for another entry", late, late.Replaced("later claim", late.claim("later claim", func(c *audit.Claim) { c.Entry = second })), "it is of other goods, or of another entry"},
		{"a later claim for other records", late, late.Replaced("later claim", late.claim("later claim", func(c *audit.Claim) { c.First-- })), "it is of other goods"},
		{"a movement that the books refuse", w, w.Replaced("blend-T-1"), "injection-B-1"},
		{"a ticket that is not here", w, w.Replaced("injection-B-1", w.event("injection-B-1", func(e *custody.Event) { e.Ticket = &record.Hash{1} })), "cites ticket 01"},
		{"a movement in another's name", w, w.Replaced(audittest.Sale, w.forged(audittest.Sale)), "signed it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.w.Case(tt.papers)
			says(t, err, tt.want)
		})
	}
	_, err = w.Case(append(w.Papers(), forOther)) // of records that nobody has entered
	must(t, err)
}

// signed returns the story's claim with the signature of another party.
func (w world) signed(by string) []byte {
	w.t.Helper()
	c, err := audit.OpenClaim(w.Act("claim").Body, w.Keys())
	must(w.t, err)
	signed, err := audit.SignClaim(w.Hand(by), c)
	must(w.t, err)
	return signed
}

// forged returns an event with the signature of the party south of the border.
func (w world) forged(id string) []byte {
	w.t.Helper()
	signed, err := custody.Sign(w.Hand(audittest.South), w.eventOf(id))
	must(w.t, err)
	return signed
}

// TestSignRefuses: nobody signs a claim or certificate that could not be opened.
func TestSignRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for _, tt := range []struct {
		name  string
		alter func(c *audit.Claim)
		want  string
	}{
		{"nobody's", func(c *audit.Claim) { c.By = "" }, "needs by, importer"},
		{"without a batch", func(c *audit.Claim) { c.Batch = "" }, "needs by, importer"},
		{"without a sale", func(c *audit.Claim) { c.Sale = "" }, "needs by, importer"},
		{"backwards", func(c *audit.Claim) { c.First = c.Last + 1 }, "run from first to last"},
		{"on another planet", func(c *audit.Claim) { c.UTCOffset = 15 * 60 }, "none of this earth"},
		{"without a certificate", func(c *audit.Claim) { c.SPI = "S" }, "needs the certificate"},
		{"with a wrong check digit", func(c *audit.Claim) { c.Entry = "ZZ903102411" }, "check digit"},
		{"of any length", func(c *audit.Claim) { c.HTS = strings.Repeat("9", 17<<10) }, "has not eight or ten digits"},
		{"with a blank in a name", func(c *audit.Claim) { c.Batch = "B 1" }, "name of the batch"},
		{"at a port that is none", func(c *audit.Claim) { c.Port = "Walhalla" }, "not a code of four digits"},
		{"of a country that is none", func(c *audit.Claim) { c.ExportCountry = "Canada" }, "two capital letters"},
		{"under a program that is none", func(c *audit.Claim) { c.SPI, c.Certificate = "USMCA", &record.Hash{} }, "not a symbol of one or two"},
		{"with less than no traffic", func(c *audit.Claim) { c.Traffic.PerMonth = -1 }, "is negative"},
		{"entered before there was time", func(c *audit.Claim) { c.EnteredAt = 0 }, "enteredAt of a claim is 0 ms"},
		{"made after all years", func(c *audit.Claim) { c.At = 253402300800000 }, "not between 1970 and 9999"},
		{"held before there was time", func(c *audit.Claim) { c.HeldSince = -1 }, "heldSince"},
	} {
		c := w.Claim()
		tt.alter(&c)
		_, err := audit.SignClaim(w.Hand(audittest.Broker), c)
		says(t, err, tt.want)
	}
	certificate := audittest.Certificate("E")
	_, err := audit.SignCertificate(w.Hand(audittest.Shipper), certificate)
	says(t, err, "origin criterion")
	certificate = audittest.Certificate("B")
	certificate.Statement = strings.Repeat("I certify. ", 1500)
	_, err = audit.SignCertificate(w.Hand(audittest.Shipper), certificate)
	says(t, err, "at most 16384 are allowed")
}

// TestClaimHasOneForm: an entry number with hyphens and one without are the same in every claim, or nobody would find it on two.
func TestClaimHasOneForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	plain, written := w.Claim(), w.Claim()
	written.Entry, written.HTS = customs.EntryNumber(plain.Entry.String()), "2709001000"
	one, err := audit.SignClaim(w.Hand(audittest.Broker), plain)
	must(t, err)
	other, err := audit.SignClaim(w.Hand(audittest.Broker), written)
	must(t, err)
	if !bytes.Equal(one, other) {
		t.Error("entry and tariff number with and without their points sign to two claims")
	}
	for _, c := range []audit.Claim{{Entry: written.Entry, HTS: plain.HTS}, {Entry: plain.Entry, HTS: written.HTS}} {
		unsigned := plain
		unsigned.Entry, unsigned.HTS = c.Entry, c.HTS
		payload, err := cose.Marshal(unsigned)
		must(t, err)
		signed, err := cose.Sign(w.Hand(audittest.Broker), audit.ClaimThing, payload, nil)
		must(t, err)
		_, err = audit.OpenClaim(signed, w.Keys())
		says(t, err, "stand in a claim as ZZ903102418 and 2709.00.10.00")
	}
}

// TestCertificateAfterItsKey: nobody certifies with a key that has ended; a certification from before there was a key stands.
func TestCertificateAfterItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	signed := w.Act("certificate").Body
	at := audittest.Certificate("B").SignedAt
	_, holder, err := audit.OpenCertificate(signed, w.Keys())
	must(t, err)
	for _, tt := range []struct {
		from, to int64
		says     string
	}{{at + 1, 0, ""}, {1, at + 1, ""}, {1, at, "ended at"}} {
		entry := holder.Entry
		entry.From, entry.To = tt.from, tt.to
		keys := &registry.Directory{}
		must(t, keys.Add(&registry.Registry{Version: registry.Version, Organisation: holder.Organisation, Number: 1, Entries: []registry.Entry{entry}}))
		_, _, err := audit.OpenCertificate(signed, keys)
		if tt.says == "" {
			must(t, err)
			continue
		}
		says(t, err, tt.says)
	}
}
