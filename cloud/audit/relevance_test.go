package audit

import (
	"math"
	"reflect"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"pgregory.net/rapid"
)

// TestRelevanceIsEnough: in any network, what is relevant to a batch or lot gives the same batch, balance and composition as all of
// the books, voids included.
func TestRelevanceIsEnough(t *testing.T) {
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		l, events, c := custody.NewLedger(), []custody.Event{}, &Case{Tickets: map[record.Hash]*ticket.Ticket{}}
		for _, s := range custodytest.Network(t) {
			if l.Apply(s.Event, s.Ticket) != nil {
				continue
			}
			if s.Ticket != nil {
				c.Tickets[*s.Event.Ticket] = s.Ticket
			}
			events = append(events, s.Event)
		}
		of := rapid.SampledFrom(events).Draw(t, "voided")
		v := custody.Event{Version: custody.Version, ID: "void", By: of.By, At: custodytest.Certified, Void: &custody.Void{Of: of.ID}}
		if rapid.Bool().Draw(t, "replaced") {
			v.Void.Replacement = &of
		}
		if _, err := custody.Fold(append(events, v), c.Tickets, math.MaxInt64); err == nil {
			events = append(events, v)
		}
		var err error
		if c.Books, err = custody.Fold(events, c.Tickets, math.MaxInt64); err != nil {
			t.Fatal(err)
		}
		for i := range events {
			c.papers = append(c.papers, paper{event: &events[i]})
		}
		for _, id := range c.Books.Batches() {
			batch, err := c.Books.Batch(id)
			if err != nil {
				t.Fatal(err)
			}
			r := c.relevance(batch)
			var some []custody.Event
			for _, e := range events {
				if r.events[e.ID] {
					some = append(some, e)
				}
			}
			left += len(events) - len(some)
			fewer, err := custody.Fold(some, c.Tickets, math.MaxInt64)
			if err != nil {
				t.Fatalf("what is relevant to %s is not enough: %v", id, err)
			}
			if got, want := known(t, fewer, id), known(t, c.Books, id); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s is %+v by what is relevant, %+v by all", id, got, want)
			}
		}
	})
	if left == 0 {
		t.Error("everything is relevant to everything")
	}
}

// known returns what books say of a batch.
func known(t *rapid.T, l *custody.Ledger, id string) (all [3]any) {
	batch, err := l.Batch(id)
	if err != nil {
		t.Fatal(err)
	}
	batch.Received = "" // what became of it later is not behind it
	balance, err := l.Balance(id)
	if err != nil {
		t.Fatal(err)
	}
	b := lineage.New()
	if err := b.Apply(l.Movements(0)...); err != nil {
		t.Fatal(err)
	}
	lot, err := b.Lot(id)
	if err != nil {
		t.Fatal(err)
	}
	return [3]any{batch, balance, lot}
}
