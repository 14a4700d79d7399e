package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
)

// number returns an entry number.
func number(t testing.TB, n int) customs.EntryNumber {
	t.Helper()
	entry, err := customs.NewEntryNumber("ZZ9", n)
	must(t, err)
	return entry
}

// TestAnchorsOfALedger takes in a ledger as a stranger reads it.
func TestAnchorsOfALedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	var ledger [][]byte
	ledger = append(ledger, []byte("no paper at all"))
	ledger = append(ledger, w.Registries()...)
	ledger = append(ledger, w.Papers()...)
	again := w.Claim()
	again.Entry, again.First = number(t, 310_242), again.First+1
	signed, err := audit.SignClaim(w.Hand(audittest.Broker), again)
	must(t, err)
	ledger = append(ledger, w.Act("claim").Body, signed) // the first one for the second time
	a := audit.Anchors{Log: "here", Trust: w.Trust()}
	for i, entry := range ledger {
		a.Take(uint64(i), entry)
	}
	same(t, "claims that nothing vouches for", a.Unread, nil)
	same(t, "claims", len(a.Claims), 2)
	overlaps, err := audit.Overlaps(a.Claims)
	must(t, err)
	same(t, "overlaps", len(overlaps), 1)
	o := overlaps[0]
	same(t, "kind", o.Kind, audit.SameRecords)
	same(t, "records", []uint64{o.First, o.Last}, []uint64{again.First, again.Last})
	same(t, "entries", []string{o.Claims[0].Entry, o.Claims[1].Entry}, []string{w.Number.String(), again.Entry.String()})

	stranger := audit.Anchors{Log: "here", Trust: w.Trust()}
	stranger.Take(0, signed) // before any registry
	same(t, "claims of a stranger", len(stranger.Claims), 0)
	same(t, "passed over", len(stranger.Unread), 1)
}

// TestOverlaps says what is one and what is none.
func TestOverlaps(t *testing.T) {
	t.Parallel()
	first, second := record.Hash{1}, record.Hash{2}
	claim := func(entry int, point string, from, to uint64) audit.Claim {
		return audit.Claim{Entry: number(t, entry), Batch: fmt.Sprint(entry), Point: point, First: from, Last: to}
	}
	a := audit.Anchored{Log: "a", Hash: first, Claim: claim(1, "P", 10, 19)}
	beside := func(log string, change func(*audit.Claim)) audit.Anchored {
		b := audit.Anchored{Log: log, Index: 1, Hash: second, Claim: claim(2, "P", 20, 29)}
		b.At = 1
		change(&b.Claim)
		return b
	}
	for _, test := range []struct {
		name string
		b    audit.Anchored
		want []audit.OverlapKind
	}{
		{"beside", beside("a", func(*audit.Claim) {}), nil},
		{"one record", beside("b", func(c *audit.Claim) { c.First = 19 }), []audit.OverlapKind{audit.SameRecords}},
		{"around", beside("b", func(c *audit.Claim) { c.First = 0 }), []audit.OverlapKind{audit.SameRecords}},
		{"another point", beside("b", func(c *audit.Claim) { c.First, c.Point = 0, "Q" }), nil},
		{"another meter", beside("b", func(c *audit.Claim) { c.First, c.Device = 0, cose.Kid{9} }), nil},
		{"the batch at another meter", beside("a", func(c *audit.Claim) { c.Batch, c.Point = "1", "Q" }), []audit.OverlapKind{audit.SameBatch}},
		{"a batch of that name elsewhere", beside("b", func(c *audit.Claim) { c.Batch, c.Point = "1", "Q" }), nil},
		{"the batch's next day", beside("a", func(c *audit.Claim) { c.Batch = "1" }), nil},
		{"the number again", beside("b", func(c *audit.Claim) { c.Entry = a.Entry }), []audit.OverlapKind{audit.SameEntry}},
		{"an amendment", beside("b", func(c *audit.Claim) { *c = a.Claim; c.Amends = &first }), nil},
		{"an amendment of other goods", beside("b", func(c *audit.Claim) { *c = a.Claim; c.Amends, c.Last = &first, 20 }), []audit.OverlapKind{audit.SameRecords}},
		{"an amendment of nothing", beside("b", func(c *audit.Claim) { *c = a.Claim; c.Amends = &second }), []audit.OverlapKind{audit.SameRecords}},
		{"the same claim elsewhere", audit.Anchored{Log: "b", Hash: first, Claim: a.Claim}, nil},
	} {
		overlaps, err := audit.Overlaps([]audit.Anchored{a, test.b})
		must(t, err)
		var got []audit.OverlapKind
		for _, o := range overlaps {
			got = append(got, o.Kind)
		}
		same(t, test.name, got, test.want)
	}
}

// TestOverlapsOfShares: the two shares of one lot enter nothing both; anything else of the same records does.
func TestOverlapsOfShares(t *testing.T) {
	t.Parallel()
	a := audit.Anchored{Log: "a", Hash: record.Hash{1}, Claim: audit.Claim{Entry: number(t, 1), Batch: "B", Last: 9, Share: audit.OriginatingShare}}
	for name, test := range map[string]struct {
		change func(c *audit.Claim)
		want   []audit.OverlapKind
	}{
		"the rest":                  {func(*audit.Claim) {}, nil},
		"the same share":            {func(c *audit.Claim) { c.Share = audit.OriginatingShare }, []audit.OverlapKind{audit.SameRecords}},
		"all of it":                 {func(c *audit.Claim) { c.Share = audit.WholeLot }, []audit.OverlapKind{audit.SameRecords}},
		"the rest of other":         {func(c *audit.Claim) { c.Last = 8 }, []audit.OverlapKind{audit.SameRecords}},
		"somebody else's rest":      {func(c *audit.Claim) { c.Importer = "did:web:x" }, []audit.OverlapKind{audit.SameRecords}},
		"the rest under its number": {func(c *audit.Claim) { c.Entry = a.Entry }, []audit.OverlapKind{audit.SameEntry}},
	} {
		b := a
		b.Hash, b.Index, b.Share, b.Entry = record.Hash{2}, 1, audit.RestShare, number(t, 2)
		test.change(&b.Claim)
		overlaps, err := audit.Overlaps([]audit.Anchored{a, b})
		must(t, err)
		var got []audit.OverlapKind
		for _, o := range overlaps {
			got = append(got, o.Kind)
		}
		same(t, name, got, test.want)
	}
}

// TestOverlapsOfPapers: a carrier's ticket is found by itself and by its point and time, a stated lot by its event; and records at the
// point and time of a ticket where the claim of them says when.
func TestOverlapsOfPapers(t *testing.T) {
	t.Parallel()
	const carrier = "did:web:carrier"
	a := audit.Anchored{Log: "a", Hash: record.Hash{1}, Claim: audit.Claim{
		Entry: number(t, 1), Batch: "1", Ticket: record.Hash{7}, Carrier: carrier, Point: "P", Open: 100, Close: 200,
	}}
	lot := a
	lot.Open, lot.Event = 0, "lot-1"
	records := func(open, until int64) func(b *audit.Anchored) {
		return func(b *audit.Anchored) {
			b.Carrier, b.Device, b.First, b.Last, b.Open, b.Close = "", cose.Kid{9}, 5, 6, open, until
		}
	}
	for _, test := range []struct {
		name   string
		a      audit.Anchored
		change func(b *audit.Anchored)
		want   []audit.OverlapKind
	}{
		{"the paper in another ledger", a, func(b *audit.Anchored) { b.Ticket, b.Log, b.Point = a.Ticket, "b", "Q" }, []audit.OverlapKind{audit.SamePaper}},
		{"its point and time, signed anew", a, func(b *audit.Anchored) { b.Log, b.Open = "b", 199 }, []audit.OverlapKind{audit.SamePaper}},
		{"the time after it", a, func(b *audit.Anchored) { b.Open, b.Close = 200, 300 }, nil},
		{"its end alone", a, func(b *audit.Anchored) { b.Open, b.Close = 0, 200 }, []audit.OverlapKind{audit.SamePaper}},
		{"another point", a, func(b *audit.Anchored) { b.Point = "Q" }, nil},
		{"another carrier's point of that name, in one ledger", a, func(b *audit.Anchored) { b.Carrier = "did:web:x" }, []audit.OverlapKind{audit.SamePoint}},
		{"in another", a, func(b *audit.Anchored) { b.Carrier, b.Log = "did:web:x", "b" }, nil},
		{"records at that time", a, records(150, 250), []audit.OverlapKind{audit.SamePoint}},
		{"records later", a, records(200, 250), nil},
		{"records that nobody gave a time", a, records(0, 0), nil},
		{"the batch by its records", a, func(b *audit.Anchored) { records(0, 0)(b); b.Batch = "1" }, []audit.OverlapKind{audit.SameBatch}},
		{"the other share of the ticket", a, func(b *audit.Anchored) {
			*b = a
			b.Hash, b.Index, b.Entry, b.Share = record.Hash{2}, 1, number(t, 2), audit.RestShare
		}, []audit.OverlapKind{audit.SamePaper}},
		{"a lot stated at the point and time", a, func(b *audit.Anchored) { b.Open, b.Close, b.Event = 0, 150, "lot-1" }, nil},
		{"the lot again, stated otherwise", lot, func(b *audit.Anchored) { b.Open, b.Close, b.Event = 0, 150, "lot-1" }, []audit.OverlapKind{audit.SamePaper}},
		{"another lot of that instant", lot, func(b *audit.Anchored) { b.Open, b.Event = 0, "lot-2" }, nil},
		{"a lot of that name by another", lot, func(b *audit.Anchored) { b.Open, b.Event, b.Carrier = 0, "lot-1", "did:web:x" }, nil},
	} {
		b := audit.Anchored{Log: "a", Index: 1, Hash: record.Hash{2}, Claim: a.Claim}
		b.Entry, b.Batch, b.Ticket, b.At = number(t, 2), "2", record.Hash{8}, 1
		test.change(&b)
		overlaps, err := audit.Overlaps([]audit.Anchored{b, test.a})
		must(t, err)
		var got []audit.OverlapKind
		for _, o := range overlaps {
			got = append(got, o.Kind)
			if o.Kind == audit.SamePaper && (o.Carrier != carrier || o.Point != "P") {
				t.Errorf("%s: %+v", test.name, o)
			}
		}
		same(t, test.name, got, test.want)
	}
	first, rest := a, a
	first.Share, rest.Share, rest.Hash, rest.Entry = audit.OriginatingShare, audit.RestShare, record.Hash{2}, number(t, 2)
	overlaps, err := audit.Overlaps([]audit.Anchored{first, rest})
	must(t, err)
	same(t, "the two shares of a ticket", len(overlaps), 0)
}

// drawClaim draws a claim of records, of a carrier's ticket or of a stated lot.
func drawClaim(t *rapid.T, i int) audit.Anchored {
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	c := audit.Anchored{Log: pick("log", "a", "b"), Index: uint64(i), Hash: record.Hash{byte(i)}}
	c.Point, c.Batch, c.Entry = pick("point", "P", "Q"), pick("batch", "B-1", "B-2", "B-3"), customs.EntryNumber(pick("entry", "1", "2", "3", "4"))
	c.Ticket, c.Carrier = record.Hash{byte(rapid.IntRange(0, 5).Draw(t, "ticket"))}, pick("carrier", "", "", "X", "Y")
	if c.Carrier == "" {
		c.First = rapid.Uint64Range(0, 20).Draw(t, "first")
		c.Last = c.First + rapid.Uint64Range(0, 8).Draw(t, "more")
	}
	if c.Carrier != "" || rapid.Bool().Draw(t, "times") {
		c.Open = rapid.Int64Range(0, 20).Draw(t, "open")
		c.Close = c.Open + rapid.Int64Range(1, 8).Draw(t, "minutes")
	}
	if c.Carrier != "" && rapid.Bool().Draw(t, "stated") {
		c.Open, c.Event = 0, pick("event", "e-1", "e-2")
	}
	return c
}

// enteredTwice says by what two claims enter the same, as the documentation has it; "" if they don't.
func enteredTwice(a, b audit.Anchored) audit.OverlapKind {
	from := func(c audit.Anchored) int64 {
		if c.Open == 0 {
			return c.Close - 1
		}
		return c.Open
	}
	records := a.Carrier == "" && b.Carrier == ""
	timed := a.Close > 0 && b.Close > 0 && a.Event == "" && b.Event == "" && a.Point == b.Point && from(a) < b.Close && from(b) < a.Close
	switch {
	case records && a.Point == b.Point && a.First <= b.Last && b.First <= a.Last:
		return audit.SameRecords
	case !records && a.Carrier == b.Carrier && (a.Ticket == b.Ticket || a.Event != "" && a.Event == b.Event || timed):
		return audit.SamePaper
	case !records && a.Carrier != b.Carrier && a.Log == b.Log && timed:
		return audit.SamePoint
	}
	return ""
}

// TestOverlapsAsByEachPair finds, in any order of the claims, what looking at each pair finds.
func TestOverlapsAsByEachPair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var claims []audit.Anchored
		for i := range rapid.IntRange(0, 12).Draw(t, "claims") {
			claims = append(claims, drawClaim(t, i))
		}
		var want []string
		add := func(kind audit.OverlapKind, a, b audit.Anchored) {
			want = append(want, fmt.Sprint(kind, a.Index, " ", b.Index))
		}
		for i, b := range claims {
			for _, a := range claims[:i] {
				kind := enteredTwice(a, b)
				if kind != "" {
					add(kind, a, b)
					continue
				}
				if a.Log == b.Log && a.Batch == b.Batch && (a.Point != b.Point || a.Carrier != b.Carrier) {
					add(audit.SameBatch, a, b)
				}
				if a.Entry == b.Entry {
					add(audit.SameEntry, a, b)
				}
			}
		}
		shuffled := rapid.Permutation(claims).Draw(t, "order")
		overlaps, err := audit.Overlaps(shuffled)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range overlaps {
			x, y := o.Claims[0].Index, o.Claims[1].Index
			got = append(got, fmt.Sprint(o.Kind, min(x, y), " ", max(x, y)))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, want %v", got, want)
		}
	})
}

func TestOverlapsAreLimited(t *testing.T) {
	t.Parallel()
	claims := make([]audit.Anchored, 200)
	for i := range claims {
		claims[i] = audit.Anchored{Hash: record.Hash{byte(i), 1}}
		claims[i].Entry = customs.EntryNumber(fmt.Sprint(i))
	}
	overlaps, err := audit.Overlaps(claims)
	if !errors.Is(err, audit.ErrTooMany) || len(overlaps) != 10_000 {
		t.Errorf("%d overlaps with error %v, want the first 10,000 of 19,900", len(overlaps), err)
	}
}
