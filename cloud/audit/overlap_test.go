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

// TestOverlapsAsByEachPair finds, in any order of the claims, what looking at each pair finds.
func TestOverlapsAsByEachPair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var claims []audit.Anchored
		for i := range rapid.IntRange(0, 12).Draw(t, "claims") {
			c := audit.Anchored{Log: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "log"), Index: uint64(i), Hash: record.Hash{byte(i)}}
			c.Point = rapid.SampledFrom([]string{"P", "Q"}).Draw(t, "point")
			c.First = rapid.Uint64Range(0, 20).Draw(t, "first")
			c.Last = c.First + rapid.Uint64Range(0, 8).Draw(t, "more")
			c.Batch = rapid.SampledFrom([]string{"B-1", "B-2", "B-3"}).Draw(t, "batch")
			c.Entry = customs.EntryNumber(rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, "entry"))
			claims = append(claims, c)
		}
		var want []string
		add := func(kind audit.OverlapKind, a, b audit.Anchored) {
			want = append(want, fmt.Sprint(kind, a.Index, " ", b.Index))
		}
		for i, b := range claims {
			for _, a := range claims[:i] {
				records := a.Point == b.Point && a.First <= b.Last && b.First <= a.Last
				if records {
					add(audit.SameRecords, a, b)
				}
				if a.Log == b.Log && a.Batch == b.Batch && a.Point != b.Point {
					add(audit.SameBatch, a, b)
				}
				if a.Entry == b.Entry && !records {
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
