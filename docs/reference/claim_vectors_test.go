package reference_test

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
)

// claimCase is a claim, and the key of the producer's party.
type claimCase struct{ signedCase }

func (c claimCase) check(t *testing.T) error {
	_, err := audit.OpenClaim(c.Signed, partyUntil(t))
	return err
}

// ofRecords is a claim of records, of version 1.
func ofRecords() audit.Claim {
	return audit.Claim{
		Version: 1, Entry: "ZZ903102418", By: "did:web:producer.example", Importer: "did:web:refiner.example", Exporter: "did:web:shipper.example", Batch: "B-7",
		Ticket: record.Hash{7}, Device: cose.Kid{8}, Point: "BORDER-1", First: 11, Last: 12, Port: "3407", UTCOffset: -360, OriginCode: "XA",
		ExportCountry: "CA", HTS: "2709.00.10.00", Sale: "SALE-7", EnteredAt: bundletest.Epoch, Traffic: customs.Traffic{PerWeek: 2, PerMonth: 5},
		At: bundletest.Epoch,
	}
}

// onTicket makes a claim one of a carrier's ticket.
func onTicket(c *audit.Claim) {
	c.Version, c.Device, c.First, c.Last, c.Carrier = 2, cose.Kid{}, 0, 0, "did:web:carrier.example"
	c.Open, c.Close = bundletest.Epoch-2*bundletest.Minute, bundletest.Epoch-bundletest.Minute
}

// onStatement makes a claim one of a lot that a party stated.
func onStatement(c *audit.Claim) {
	onTicket(c)
	c.Open, c.Event, c.Point = 0, "LOT-7", "Walhalla, ND"
}

// byVessel makes a claim one of what came by vessel.
func byVessel(c *audit.Claim) {
	c.Version, c.MOT, c.Arrived = 2, "10", bundletest.Epoch
}

// preferred makes a claim one of a preference.
func preferred(c *audit.Claim) {
	c.SPI, c.Certificate, c.HeldSince = "S+", &record.Hash{9}, 1
}

func claimVectors(t *testing.T) group {
	w := bundletest.New(t)
	by := func(o outcome, key crypto.Signer, alter ...func(*audit.Claim)) vector {
		c := ofRecords()
		for _, a := range alter {
			a(&c)
		}
		signed := must[[]byte](t)(cose.Sign(key, audit.ClaimThing, must[[]byte](t)(cose.Marshal(c)), nil))
		return claimCase{signedOf(t, signedCase{outcome: o, Key: keyOf(t, w.Producer.Hand).Bytes(), Signed: signed, thing: audit.ClaimThing})}
	}
	of := func(o outcome, alter ...func(*audit.Claim)) vector { return by(o, w.Producer.Hand, alter...) }
	cases := []vector{
		of(ok("of records")),
		of(ok("of records, with their time"), func(c *audit.Claim) { c.Version, c.Open, c.Close = 2, 1, 2 }),
		of(ok("of a carrier's ticket"), onTicket),
		of(ok("of a lot that a party stated"), onStatement),
		of(ok("of records that came by vessel"), byVessel),
		of(ok("of a lot that came by vessel, loaded as it arrived"), onStatement, byVessel, func(c *audit.Claim) { c.LoadedAt = c.Arrived }),
		of(ok("of a preference"), preferred),
		of(ok("later, of a preference"), preferred, func(c *audit.Claim) { c.Amends, c.At = &record.Hash{1}, keyEnds-1 }),
		of(ok("of what originates of a lot"), preferred, func(c *audit.Claim) { c.Share = audit.OriginatingShare }),
		of(ok("of the rest of a lot"), func(c *audit.Claim) { c.Share = audit.RestShare }),
		of(ok("of eight digits, by a filer with three digits"), func(c *audit.Claim) { c.HTS, c.Entry = "2709.00.10", entryOf(t, "123", 1) }),
		of(ok("by a filer with other letters"), func(c *audit.Claim) { c.Entry = entryOf(t, "AJR", 9_999_999) }),
		by(bad("by a stranger", "its signer is in a registry", "in no registry"), bundletest.Ed25519(99)),
		of(bad("in another's name", "the signer is a party of by", "signed it"), func(c *audit.Claim) { c.By = "did:web:carrier.example" }),
		of(bad("before the key", "the key is valid from 1770000000000 on", "was not valid"), func(c *audit.Claim) { c.At-- }),
		of(bad("after the key", "the key ends at 1780000000000", "was not valid"), func(c *audit.Claim) { c.At = keyEnds }),
		of(bad("version 1 of what came by vessel", "a conveyance takes version 2", "by what it names it is 2"), byVessel, func(c *audit.Claim) { c.Version = 1 }),
		of(bad("by pipeline, said so", "what came by pipeline names no mode", "leave it out"), byVessel, func(c *audit.Claim) { c.MOT = "70" }),
		of(bad("by ship", "a mode is a code", "code of two digits"), byVessel, func(c *audit.Claim) { c.MOT = "ship" }),
		of(bad("by vessel, never arrived", "it arrives", "needs mot and arrived"), byVessel, func(c *audit.Claim) { c.Arrived = 0 }),
		of(bad("arrived by nothing", "it came by something", "needs mot and arrived"), byVessel, func(c *audit.Claim) { c.MOT = "" }),
		of(bad("loaded after it arrived", "it is loaded before", "before they arrived"), byVessel, func(c *audit.Claim) { c.LoadedAt = c.Arrived + 1 }),
		of(bad("arrived after all", "years end with 9999", "arrived"), byVessel, func(c *audit.Claim) { c.Arrived = 253_402_300_800_000 }),
		of(bad("version 3", "there are two versions", "claim version is 3"), func(c *audit.Claim) { c.Version = 3 }),
		of(bad("version 2 of records", "each has the lowest version", "by what it names it is 1"), func(c *audit.Claim) { c.Version = 2 }),
		of(bad("version 1 of a ticket", "a carrier's ticket takes version 2", "by what it names it is 2"), onTicket, func(c *audit.Claim) { c.Version = 1 }),
		of(bad("of nothing", "a claim without records has a carrier", "needs the carrier"), func(c *audit.Claim) { c.Device = cose.Kid{} }),
		of(bad("of a ticket and of records", "it enters one or the other", "not both"), onTicket, func(c *audit.Claim) { c.Last = 1 }),
		of(bad("of an event of nobody", "somebody stated it", "needs the carrier"), onStatement, func(c *audit.Claim) { c.Carrier = "" }),
		of(bad("of an event with records", "it enters one or the other", "not both"), onStatement, func(c *audit.Claim) { c.Device = cose.Kid{8} }),
		of(bad("of an event that opens", "an event is an instant", "and no open"), onStatement, func(c *audit.Claim) { c.Open = 1 }),
		of(bad("of an event without instant", "an event is an instant", "needs close"), onStatement, func(c *audit.Claim) { c.Close = 0 }),
		of(bad("of a ticket that closes as it opens", "close is after open", "in this order"), onTicket, func(c *audit.Claim) { c.Open = c.Close }),
		of(bad("of records that never close", "close is there with open", "in this order"), func(c *audit.Claim) { c.Version, c.Open = 2, 1 }),
		of(bad("of records backwards", "first is not after last", "from first to last"), func(c *audit.Claim) { c.First = 13 }),
	}
	about := "Claims (F14). The key given is registered as did:web:producer.example's party from 1770000000000 until just before 1780000000000."
	return group{"claim.json", about, append(cases, claimFields(of)...)}
}

func entryOf(t *testing.T, filer string, number int) customs.EntryNumber {
	return must[customs.EntryNumber](t)(customs.NewEntryNumber(filer, number))
}

// claimFields are claims with a field that is missing, or not in its one form.
func claimFields(of func(o outcome, alter ...func(*audit.Claim)) vector) []vector {
	return []vector{
		of(bad("with hyphens", "an entry number has one form", "stand in a claim as"), func(c *audit.Claim) { c.Entry = "ZZ9-0310241-8" }),
		of(bad("another check digit", "it is 8", "check digit"), func(c *audit.Claim) { c.Entry = "ZZ903102417" }),
		of(bad("filer 000", "no filer has it", "no filer code"), func(c *audit.Claim) { c.Entry = "00003102418" }),
		of(bad("a filer in small letters", "they are capitals", "filer code"), func(c *audit.Claim) { c.Entry = "zz903102418" }),
		of(bad("no importer", "somebody imports", "needs by, importer"), func(c *audit.Claim) { c.Importer = "" }),
		of(bad("no sale", "the value is a price", "needs by, importer"), func(c *audit.Claim) { c.Sale = "" }),
		of(bad("a blank in a batch", "a name has no blanks", "without blanks"), func(c *audit.Claim) { c.Batch = "B 7" }),
		of(bad("a long exporter", "a name has at most 64 bytes", "1 to 64 bytes"), func(c *audit.Claim) { c.Exporter = "did:web:" + strings.Repeat("x", 57) }),
		of(bad("a blank in a point", "a point is a name", "without blanks"), func(c *audit.Claim) { c.Point = "BORDER 1" }),
		of(bad("a place of two lines", "a text has no control characters", "without control characters"), onStatement, func(c *audit.Claim) { c.Point = "a\nb" }),
		of(bad("a long place", "a text has at most 256 bytes", "at most 256 bytes"), onStatement, func(c *audit.Claim) { c.Point = strings.Repeat("x", 257) }),
		of(bad("a port by name", "a port has four digits", "code of four digits"), func(c *audit.Claim) { c.Port = "Pembina" }),
		of(bad("off this earth", "clocks are at most 14 h ahead", "none of this earth"), func(c *audit.Claim) { c.UTCOffset = 841 }),
		of(bad("an origin code of three letters", "it has two", "two capital letters"), func(c *audit.Claim) { c.OriginCode = "CAN" }),
		of(bad("a country in small letters", "they are capitals", "two capital letters"), func(c *audit.Claim) { c.ExportCountry = "ca" }),
		of(bad("a tariff number without points", "it has one form", "stand in a claim as"), func(c *audit.Claim) { c.HTS = "2709001000" }),
		of(bad("a subheading", "a line has eight digits, or ten", "eight or ten digits"), func(c *audit.Claim) { c.HTS = "2709.00" }),
		of(bad("never entered", "it is entered after 1970 began", "enteredAt"), func(c *audit.Claim) { c.EnteredAt = 0 }),
		of(bad("entered after all", "years end with 9999", "enteredAt"), func(c *audit.Claim) { c.EnteredAt = 253_402_300_800_000 }),
		of(bad("less than no traffic", "shipments are counted", "is negative"), func(c *audit.Claim) { c.Traffic.PerWeek = -1 }),
		of(bad("a preference without certificate", "a certificate supports it", "needs the certificate"), func(c *audit.Claim) { c.SPI = "S" }),
		of(bad("a program by name", "a program has a symbol", "not a symbol"), preferred, func(c *audit.Claim) { c.SPI = "USMCA" }),
		of(bad("held before 1970", "times are not negative", "heldSince"), preferred, func(c *audit.Claim) { c.HeldSince = -1 }),
		of(bad("a share that is none", "there are two", "enters share"), func(c *audit.Claim) { c.Share = "half" }),
		of(bad("a preference for the rest", "the rest does not originate", "no preference"), preferred, func(c *audit.Claim) { c.Share = audit.RestShare }),
	}
}

// overlapCase is two claims, and in what they enter the same.
type overlapCase struct {
	outcome
	Claims [2]loggedClaim      `json:"claims"`
	Kinds  []audit.OverlapKind `json:"kinds,omitempty"`
}

// loggedClaim is a claim in a log.
type loggedClaim struct {
	Log     string `json:"log"`
	Payload raw    `json:"payload"`
	claim   audit.Claim
}

func (c overlapCase) check(*testing.T) error {
	var all []audit.Anchored
	for i, x := range c.Claims {
		all = append(all, audit.Anchored{Log: x.Log, Index: uint64(i), Hash: sha256.Sum256(x.Payload), Claim: x.claim})
	}
	found, err := audit.Overlaps(all)
	if err != nil || len(found) == 0 {
		return err
	}
	var kinds []audit.OverlapKind
	for _, o := range found {
		kinds = append(kinds, o.Kind)
	}
	return fmt.Errorf("twice in %v", kinds)
}

func overlapVectors(t *testing.T) group {
	second := func(c *audit.Claim) { c.Entry, c.Batch, c.At = entryOf(t, "ZZ9", 1), "B-8", c.At+1 }
	times := func(c *audit.Claim) { c.Version, c.Open, c.Close = 2, bundletest.Epoch-90_000, bundletest.Epoch-30_000 }
	pair := func(o outcome, log string, kinds []audit.OverlapKind, first func(*audit.Claim), then ...func(*audit.Claim)) vector {
		a, b := ofRecords(), ofRecords()
		first(&a)
		first(&b)
		for _, alter := range then {
			alter(&b)
		}
		x := overlapCase{outcome: o, Kinds: kinds}
		if len(kinds) > 0 {
			x.err = fmt.Sprintf("twice in %v", kinds)
		}
		for i, c := range []audit.Claim{a, b} {
			if i == 1 && c.Amends != nil { // zeros stand for the first of the two
				h := record.Hash(sha256.Sum256(x.Claims[0].Payload))
				c.Amends = &h
			}
			x.Claims[i] = loggedClaim{[]string{"north", log}[i], must[[]byte](t)(cose.Marshal(c)), c}
		}
		return x
	}
	apart := func(name, log string, first func(*audit.Claim), then ...func(*audit.Claim)) vector {
		return pair(ok(name), log, nil, first, then...)
	}
	twice := func(name, why, log string, kinds []audit.OverlapKind, first func(*audit.Claim), then ...func(*audit.Claim)) vector {
		return pair(bad(name, why, ""), log, kinds, first, then...)
	}
	kinds := func(k ...audit.OverlapKind) []audit.OverlapKind { return k }
	none := func(*audit.Claim) {}
	return group{"overlap.json", "Two claims each, and in what they enter the same (F14). Signatures aside; a log is named by a word. What amends names the SHA-256 of the other payload.", []vector{
		apart("the next records", "north", none, second, func(c *audit.Claim) { c.First, c.Last = 13, 20 }),
		apart("records of another device, in another log", "south", none, second, func(c *audit.Claim) { c.Device = cose.Kid{9} }),
		apart("records of another point, in another log", "south", none, second, func(c *audit.Claim) { c.Point = "BORDER-2" }),
		apart("the same claim in two logs", "south", none),
		apart("an amendment", "north", none, preferred, func(c *audit.Claim) { c.Amends = &record.Hash{} }),
		apart("the two shares of a lot", "north", func(c *audit.Claim) { c.Share = audit.RestShare }, func(c *audit.Claim) {
			c.Entry, c.Share = entryOf(t, "ZZ9", 1), audit.OriginatingShare
		}),
		apart("a ticket of another carrier, in another log", "south", onTicket, second, func(c *audit.Claim) { c.Carrier, c.Ticket = "did:web:other.example", record.Hash{1} }),
		apart("the carrier's next ticket", "north", onTicket, second, func(c *audit.Claim) { c.Ticket, c.Open, c.Close = record.Hash{1}, c.Close, c.Close+1 }),
		apart("another lot at one place and time", "north", onStatement, second, func(c *audit.Claim) { c.Ticket, c.Event = record.Hash{1}, "LOT-8" }),
		apart("a ticket and records without their time", "north", onTicket, second, func(c *audit.Claim) {
			c.Version, c.Carrier, c.Open, c.Close, c.Device = 1, "", 0, 0, cose.Kid{8}
		}),
		apart("a batch of that name in another log", "south", none, second, func(c *audit.Claim) { c.Batch, c.Device = "B-7", cose.Kid{9} }),
		apart("the next day of a batch", "north", none, second, func(c *audit.Claim) { c.Batch, c.First, c.Last = "B-7", 13, 20 }),
		twice("one record", "record 12 is entered twice", "south", kinds(audit.SameRecords), none, second, func(c *audit.Claim) { c.First, c.Last = 12, 20 }),
		twice("records around others", "records 11 and 12 are entered twice", "north", kinds(audit.SameRecords), none, second, func(c *audit.Claim) { c.First, c.Last = 0, 99 }),
		twice("an amendment of other goods", "it amends nothing", "north", kinds(audit.SameRecords), none, func(c *audit.Claim) { c.Amends, c.Last = &record.Hash{}, 13 }),
		twice("an amendment for another importer", "it amends nothing", "north", kinds(audit.SameRecords), none, func(c *audit.Claim) {
			c.Amends, c.Importer = &record.Hash{}, "did:web:other.example"
		}),
		twice("an amendment of how it came", "it amends nothing", "north", kinds(audit.SameRecords), none, byVessel, func(c *audit.Claim) { c.Amends = &record.Hash{} }),
		twice("one share twice", "the other share is the rest", "north", kinds(audit.SameRecords), func(c *audit.Claim) { c.Share = audit.RestShare }, second),
		twice("the two shares, of two importers", "they do not complete each other", "north", kinds(audit.SameRecords), func(c *audit.Claim) { c.Share = audit.RestShare },
			func(c *audit.Claim) {
				c.Entry, c.Share, c.Importer = entryOf(t, "ZZ9", 1), audit.OriginatingShare, "did:web:other.example"
			}),
		twice("one ticket of a carrier", "the ticket is entered twice", "south", kinds(audit.SamePaper), onTicket, second),
		twice("two tickets of a carrier over one time", "they meet", "south", kinds(audit.SamePaper), onTicket, second, func(c *audit.Claim) {
			c.Ticket, c.Open, c.Close = record.Hash{1}, c.Close-1, c.Close+1
		}),
		twice("a ticket that does not say when it opened", "it counts by its end", "south", kinds(audit.SamePaper), onTicket, second, func(c *audit.Claim) {
			c.Ticket, c.Open = record.Hash{1}, 0
		}),
		twice("one lot by two papers", "the event is entered twice", "south", kinds(audit.SamePaper), onStatement, second, func(c *audit.Claim) { c.Ticket = record.Hash{1} }),
		twice("tickets of two carriers at one point", "they meet", "north", kinds(audit.SamePoint), onTicket, second, func(c *audit.Claim) {
			c.Carrier, c.Ticket = "did:web:other.example", record.Hash{1}
		}),
		twice("a ticket, and records of that time", "they meet", "north", kinds(audit.SamePoint), onTicket, second, times, func(c *audit.Claim) {
			c.Carrier, c.Device = "", cose.Kid{8}
		}),
		twice("a batch at two meters", "it is entered at both", "north", kinds(audit.SameBatch), none, second, func(c *audit.Claim) { c.Batch, c.Device = "B-7", cose.Kid{9} }),
		twice("one entry of two batches", "an entry number stands on one claim", "south", kinds(audit.SameEntry), none, func(c *audit.Claim) {
			c.Batch, c.First, c.Last = "B-8", 13, 20
		}),
		twice("the two shares under one number", "they are two entries", "north", kinds(audit.SameEntry), func(c *audit.Claim) { c.Share = audit.RestShare },
			func(c *audit.Claim) { c.Share = audit.OriginatingShare }),
		twice("a batch at two meters, under one number", "it is both", "north", kinds(audit.SameBatch, audit.SameEntry), none, func(c *audit.Claim) { c.Device = cose.Kid{9} }),
	}}
}
