package custody_test

import (
	"bytes"
	"crypto/ed25519"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// signer returns a key and a directory in which it is a party's key from 1 March on.
func signer(t *testing.T, organisation string) (ed25519.PrivateKey, *registry.Directory) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, err := cose.NewKey(key.Public())
	fine(t, err)
	keys := &registry.Directory{}
	fine(t, keys.Add(&registry.Registry{Version: registry.Version, Organisation: organisation, Name: "Test", Number: 1, Entries: []registry.Entry{
		{Key: public.Bytes(), Role: registry.Party, Name: "desk", From: custodytest.At(1, 0, 0)},
	}}))
	return key, keys
}

// TestSignedEvents: every event of the story survives signing, and its encoding is the only one.
func TestSignedEvents(t *testing.T) {
	for _, s := range custodytest.Story() {
		key, keys := signer(t, s.Event.By)
		signed, err := custody.Sign(key, s.Event)
		fine(t, err)
		e, err := custody.Open(signed, keys)
		fine(t, err)
		if !reflect.DeepEqual(e, s.Event) {
			t.Errorf("event %s came back as %+v", s.Event.ID, e)
		}
		if e.Kind() == "" {
			t.Errorf("event %s has no kind", e.ID)
		}
		signed[len(signed)-1] ^= 1
		if _, err := custody.Open(signed, keys); err == nil {
			t.Errorf("event %s opens with a broken signature", e.ID)
		}
	}
}

// TestEncodings: whatever happens in a network has one encoding, which reads back as the same event.
func TestEncodings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range custodytest.Network(t) {
			if s.Event.Valid() != nil {
				continue
			}
			payload, err := cose.Marshal(s.Event)
			fine(t, err)
			e, err := custody.Decode(payload)
			fine(t, err)
			if !reflect.DeepEqual(e, s.Event) {
				t.Fatalf("event %+v came back as %+v", s.Event, e)
			}
		}
	})
}

// TestOpenRefuses: who signs must be who states, and hold the key at the instant of the event.
func TestOpenRefuses(t *testing.T) {
	_, s := upTo(t, custodytest.FirstBlend)
	key, keys := signer(t, custodytest.Shipper)
	signed, err := custody.Sign(key, s.Event)
	fine(t, err)
	if _, err := custody.Open(signed, keys); err == nil || !strings.Contains(err.Error(), "names "+custodytest.Terminal+" but "+custodytest.Shipper+" signed it") {
		t.Errorf("an event was opened that another party signed: %v", err)
	}
	key, keys = signer(t, custodytest.Terminal)
	s.Event.At = custodytest.At(1, 0, 0) - 1
	signed, err = custody.Sign(key, s.Event)
	fine(t, err)
	if _, err := custody.Open(signed, keys); err == nil {
		t.Error("an event was opened from before its key was valid")
	}
	other, err := cose.Sign(key, "claim", signed, nil)
	fine(t, err)
	if _, err := custody.Open(other, keys); err == nil {
		t.Error("something else was opened as an event")
	}
}

var long, nothing = strings.Repeat("x", custody.MaxName+1), quantity.F(0, 2)

// unsound are events of the story, spoiled so that they make no sense by themselves.
var unsound = []struct {
	name, event string
	spoil       func(e *custody.Event)
	reason      string
}{
	{"version", custodytest.FirstBlend, func(e *custody.Event) { e.Version = 2 }, "this program knows 1"},
	{"no id", custodytest.FirstBlend, func(e *custody.Event) { e.ID = "" }, "name of the id"},
	{"blank in the id", custodytest.FirstBlend, func(e *custody.Event) { e.ID = "a b" }, "name of the id"},
	{"long name", custodytest.FirstBlend, func(e *custody.Event) { e.By = long }, "name of the party"},
	{"before 1970", custodytest.FirstBlend, func(e *custody.Event) { e.At = -1 }, "between 1970 and 9999"},
	{"nothing stated", custodytest.FirstBlend, func(e *custody.Event) { e.Blend = nil }, "states 0 things"},
	{"two things stated", custodytest.FirstBlend, func(e *custody.Event) { e.Check = &custody.Check{Batch: "B"} }, "states 2 things"},
	{"unmeasured transfer", injectOne, func(e *custody.Event) { e.Ticket = nil }, "must cite the ticket"},
	{"measured blend", custodytest.FirstBlend, func(e *custody.Event) { e.Ticket = &record.Hash{1} }, "is not measured"},
	{"receipt without a figure", "receipt-A", func(e *custody.Event) { e.Ticket = nil }, "a ticket or a stated volume"},
	{"receipt with two figures", "receipt-A", func(e *custody.Event) {
		e.Receipt.Stated = &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 1}
	}, "a ticket or a stated volume"},
	{"a ticket and a paper", "receipt-A", func(e *custody.Event) { e.Paper = e.Ticket }, "rests on no paper"},
	{"a sale on a paper", sellOne, func(e *custody.Event) { e.Paper = &record.Hash{1} }, "rests on no paper"},
	{"a tank in order", "declare-T-14", func(e *custody.Event) { e.Pool.Method = custody.FIFO }, "mixes"},
	{"a tank without owner", "declare-T-14", func(e *custody.Event) { e.Pool.Owner = "" }, "owner of the inventory"},
	{"a mixing line", "declare-line", func(e *custody.Event) { e.Pool.Method = custody.Average }, "in order"},
	{"a line without segments", "declare-line", func(e *custody.Event) { e.Pool.Segments = nil }, "has 0 segments"},
	{"a line kept by a stranger", "declare-line", func(e *custody.Event) { e.Pool.Keeper, e.By = long[1:], long[1:] }, "its first segment is"},
	{"a line that ends twice", "declare-line", func(e *custody.Event) { e.Pool.Segments[1].To = custodytest.Border }, "stands for two places"},
	{"a line that stands", "declare-line", func(e *custody.Event) { e.Pool.Segments[1].Rate = 0 }, "must be positive"},
	{"a line without end", "declare-line", func(e *custody.Event) { e.Pool.Segments[1].Fill = math.MaxInt64 }, "more than a year"},
	{"neither tank nor line", "declare-line", func(e *custody.Event) { e.Pool.Kind = "ship" }, "neither tank nor line"},
	{"kept in kg", "declare-line", func(e *custody.Event) { e.Pool.Basis = quantity.Basis{Unit: quantity.Kilogram} }, "no basis of a volume"},
	{"kept in nothing", "declare-line", func(e *custody.Event) { e.Pool.Basis = quantity.Basis{} }, "is none of"},
	{"named and withheld", "source-sandhill-bitumen", func(e *custody.Event) { e.Source.Producer = "did:web:x.example" }, "withholds"},
	{"no heading", "source-us-light", func(e *custody.Event) { e.Source.Heading = "27" }, "four digits"},
	{"a capacity of nothing", "source-us-light", func(e *custody.Event) { e.Source.Capacity = &custody.Capacity{Basis: quantity.Metric} }, "a month is none"},
	{"a capacity in mass", "source-us-light", func(e *custody.Event) {
		e.Source.Capacity = &custody.Capacity{Volume: 1, Basis: quantity.Basis{Unit: quantity.Kilogram, Reference: quantity.None}}
	}, "a month is none"},
	{"no country", "source-us-light", func(e *custody.Event) { e.Source.Country = "usa" }, "ISO 3166"},
	{"no role", "source-us-light", func(e *custody.Event) { e.Source.Role = "" }, "none of heavy, diluent and material"},
	{"no status", "source-us-light", func(e *custody.Event) { e.Source.Originating = "maybe" }, "not yes, no or unproven"},
	{"a line break", "source-us-light", func(e *custody.Event) { e.Source.Facility = "a\nb" }, "control characters"},
	{"no description", "source-us-light", func(e *custody.Event) { e.Source.Description = "" }, "needs a description"},
	{"certainty", "installation-border", func(e *custody.Event) { e.Installation.Uncertainty = quantity.F(0, 2) }, "not a percentage above 0"},
	{"an importer without approval", "installation-border", func(e *custody.Event) { e.Installation.Approval = "" }, "no approval they belong to"},
	{"an empty opening", "opening-T-14", func(e *custody.Event) { e.Opening.Components = nil }, "needs 1 to"},
	{"a source twice", "opening-T-14", func(e *custody.Event) { e.Opening.Components[1].Source = custodytest.HeelHeavy }, "twice"},
	{"a negative heel", "opening-T-14", func(e *custody.Event) { e.Opening.Components[0].Book = -1 }, "must be positive"},
	{"a negative receipt", "trucks-1", func(e *custody.Event) { e.Receipt.Stated.Volume = -1 }, "must be positive"},
	{"a receipt twice", custodytest.FirstBlend, func(e *custody.Event) { e.Blend.Receipts[1] = "receipt-A" }, "twice"},
	{"too many receipts", custodytest.FirstBlend, func(e *custody.Event) { e.Blend.Receipts = make([]string, custody.MaxParts+1) }, "want 1 to"},
	{"all of it allowed", "pla-" + custodytest.BatchOne, func(e *custody.Event) { e.Allowance.Percent = quantity.F(100, 0) }, "not between 0 and 100"},
	{"sold for nothing", sellOne, func(e *custody.Event) { e.Sale.Price = &nothing }, "is not positive"},
	{"certified as maybe", certified, func(e *custody.Event) { e.Certification.Originating = "" }, "not yes, no or unproven"},
}

// TestValid: an event that makes no sense by itself is refused before any book is opened.
func TestValid(t *testing.T) {
	for _, tc := range unsound {
		t.Run(tc.name, func(t *testing.T) {
			_, s := upTo(t, tc.event)
			tc.spoil(&s.Event)
			for what, err := range map[string]error{"ledger": custody.NewLedger().Apply(s.Event, s.Ticket), "check": s.Event.Valid()} {
				if err == nil || !strings.Contains(err.Error(), tc.reason) {
					t.Errorf("%s: got %v, want a refusal with %q", what, err, tc.reason)
				}
			}
		})
	}
	if _, err := custody.Decode(make([]byte, custody.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("an event of any size is decoded: %v", err)
	}
}

// FuzzDecode: no payload makes the decoder fail in any other way than by an error, and what it accepts has one encoding.
func FuzzDecode(f *testing.F) {
	for _, s := range append(custodytest.Story(), rapid.Custom(custodytest.Network).Example(1)...) {
		payload, err := cose.Marshal(s.Event)
		fine(f, err)
		f.Add(payload)
	}
	v := void(custodytest.Terminal, "trucks-1")
	_, s := upTo(f, "trucks-1")
	v.Void.Replacement = &s.Event
	payload, err := cose.Marshal(v)
	fine(f, err)
	f.Add(payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := custody.Decode(payload)
		if err != nil {
			return
		}
		again, err := cose.Marshal(e)
		if err != nil || !bytes.Equal(again, payload) {
			t.Fatalf("%x is decoded, and encoded again is %x (%v)", payload, again, err)
		}
		if e.Kind() == "" || e.Valid() != nil {
			t.Fatalf("decoded an event that is not valid: %+v", e)
		}
	})
}
