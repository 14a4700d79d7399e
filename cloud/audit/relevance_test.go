package audit

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

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
	left, attending := 0, 0
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
		for _, e := range attendants(t, c.Books) {
			with := append(slices.Clone(events), e)
			if l, err := custody.Fold(with, c.Tickets, math.MaxInt64); err == nil {
				events, c.Books = with, l
			}
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
			c.attend(r)
			attending += len(r.events) - len(c.relevance(batch).events)
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
	if left == 0 || attending == 0 {
		t.Error("everything is relevant to everything, or nothing is said about it")
	}
}

// attendants returns what is said about books without moving anything: closes of line and tank, statements, disputes and names.
func attendants(t *rapid.T, l *custody.Ledger) (all []custody.Event) {
	june := time.Date(2024, time.June, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	add := func(e custody.Event) {
		e.Version, e.ID, e.At = custody.Version, fmt.Sprintf("said-%d", len(all)), june+int64(len(all))
		all = append(all, e)
	}
	for _, id := range l.Pools() {
		pool, err := l.Pool(id)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := l.Closing(id, "2024-05", june); err == nil {
			add(custody.Event{By: pool.Keeper, Close: &c})
		}
		if b, err := l.PoolBalance(id, 1, june); err == nil && pool.Kind == custody.Stream && len(b.Positions) > 0 {
			add(custody.Event{By: pool.Keeper, Statement: &custody.MonthlyStatement{
				Carrier: pool.Keeper, Pool: id, Month: "2024-05", From: 1, Until: june, Basis: pool.Basis, Lines: b.Positions,
			}})
		}
		add(custody.Event{By: pool.Keeper, Party: &custody.Party{DID: pool.Keeper, Name: "Keeper"}})
	}
	for _, m := range l.Movements(0) {
		if m.Ticket != nil {
			add(custody.Event{By: custodytest.Terminal, Dispute: &custody.Dispute{Ticket: m.Ticket.ID, Version: m.Ticket.Version, Reason: "too much"}})
		}
	}
	return all
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
