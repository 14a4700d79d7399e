package custody_test

import (
	"crypto/sha256"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// paperOf is a carrier's ticket with the figures of one of ours.
func paperOf(t *ticket.Ticket) custody.Paper {
	return custody.Paper{
		Hash: sha256.Sum256([]byte("paper of " + t.ID)), Number: t.ID, Carrier: t.From, From: t.From, To: t.To, Batch: t.Batch, Point: t.Point,
		Open: t.Open, Close: t.Close, At: t.At, Basis: t.Basis(), Commodity: t.Parameters.Commodity, GSV: t.GSV, Density: t.Density,
	}
}

// onPaper puts the carrier's ticket in the place of a step's own, and leaves out what revises it.
func onPaper(steps []custodytest.Step, i int) ([]custodytest.Step, custody.Paper) {
	p := paperOf(steps[i].Ticket)
	of := steps[i].Event.ID
	steps[i].Event.Ticket, steps[i].Event.Paper, steps[i].Ticket = nil, &p.Hash, nil
	return slices.DeleteFunc(steps, func(s custodytest.Step) bool { return s.Event.Revision != nil && s.Event.Revision.Of == of }), p
}

// Wherever an event rests on a ticket it can rest on the carrier's: the books are the same but for the evidence.
func TestCarriersTicketStandsForOurs(t *testing.T) {
	story := custodytest.Story()
	tried := map[custody.Kind]bool{}
	for i, s := range story {
		if s.Ticket == nil || s.Event.Revision != nil {
			continue
		}
		kind := s.Event.Kind()
		tried[kind] = true
		steps, p := onPaper(custodytest.Story(), i)
		events, tickets := papers(steps)
		l, err := custody.Fold(events, tickets, math.MaxInt64, p)
		if err != nil {
			t.Fatalf("%s on paper: %v", s.Event.ID, err)
		}
		fine(t, l.Check())
		want, err := custody.Fold(foldable(custodytest.Story(), s.Event.ID))
		fine(t, err)
		got, whole := l.Movements(0), want.Movements(0)
		if len(got) != len(whole) {
			t.Fatalf("%s on paper: %d movements, want %d", s.Event.ID, len(got), len(whole))
		}
		attested := 0
		for k, m := range got {
			w := whole[k]
			if m.Event == s.Event.ID {
				attested++
				if m.Evidence != custody.Attested || m.Ticket == nil || m.Ticket.Carrier != p.Carrier || m.Ticket.ID != p.Carrier+"#"+p.Number || m.Ticket.Hash != p.Hash {
					t.Errorf("%s on paper: %s, %+v", s.Event.ID, m.Evidence, m.Ticket)
				}
			}
			if m.Evidence == custody.Attested { // it goes with the oil into the blend
				w.Evidence = m.Evidence
			}
			w.Ticket, m.Ticket = nil, nil
			if m != w {
				t.Errorf("%s on paper: %+v\nwant %+v", s.Event.ID, m, w)
			}
		}
		if attested == 0 {
			t.Errorf("%s on paper moves nothing", s.Event.ID)
		}
	}
	for _, k := range []custody.Kind{custody.KindReceipt, custody.KindTransfer, custody.KindCheck, custody.KindDelivery} {
		if !tried[k] {
			t.Errorf("the story has no %s by ticket", k)
		}
	}
}

// foldable are the arguments of a Fold of steps without the revisions of an event.
func foldable(steps []custodytest.Step, without string) ([]custody.Event, map[record.Hash]*ticket.Ticket, int64) {
	events, tickets := papers(slices.DeleteFunc(steps, func(s custodytest.Step) bool {
		return s.Event.Revision != nil && s.Event.Revision.Of == without
	}))
	return events, tickets, math.MaxInt64
}

// What a carrier's ticket is refused for.
func TestPapersRefused(t *testing.T) {
	delivery := func(steps []custodytest.Step) int {
		return slices.IndexFunc(steps, func(s custodytest.Step) bool { return s.Event.Delivery != nil })
	}
	for _, tt := range []struct {
		name, want string
		alter      func(e *custody.Event, p *custody.Paper)
	}{
		{"it is not here", "which is not here: submit the carrier's ticket first", func(e *custody.Event, _ *custody.Paper) { e.Paper = &record.Hash{1} }},
		{"another batch", `is about batch "B-9"`, func(_ *custody.Event, p *custody.Paper) { p.Batch = "B-9" }},
		{"other parties", "as the party that receives", func(_ *custody.Event, p *custody.Paper) { p.To = custodytest.Terminal }},
		{"nothing passed", "nothing to book", func(_ *custody.Event, p *custody.Paper) { p.GSV = 0 }},
		{"no weight", "nothing to book", func(_ *custody.Event, p *custody.Paper) { p.Density = 0 }},
		{"it was made later", "before ticket", func(e *custody.Event, p *custody.Paper) { p.At = e.At + 1 }},
		{"it opens before the batch came", "before the batch was at", func(_ *custody.Event, p *custody.Paper) { p.Open = 1 }},
		{"no such liquid", "commodity group", func(_ *custody.Event, p *custody.Paper) { p.Commodity = "water" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			steps := custodytest.Story()
			i := delivery(steps)
			steps, p := onPaper(steps, i)
			tt.alter(&steps[i].Event, &p)
			events, tickets := papers(steps)
			if _, err := custody.Fold(events, tickets, math.MaxInt64, p); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want it to say %q", err, tt.want)
			}
		})
	}
}

// A carrier's ticket counts once, whether it is cited twice or covers time of its point that another ticket covers; figures typed
// beside it are its own; and it measures nothing but what passes between two parties.
func TestPapersCountOnce(t *testing.T) {
	p := custody.Paper{
		Hash: record.Hash{7}, Number: "4711", Carrier: custodytest.Railway, From: custodytest.Railway, To: custodytest.Terminal, Point: "TRK-9",
		Open: custodytest.At(1, 0, 1), Close: custodytest.At(1, 0, 5), At: custodytest.At(1, 0, 5), Basis: custodytest.Story()[0].Event.Pool.Basis,
		Commodity: "crude", GSV: custodytest.Units("100"), Density: custodytest.Units("850"),
	}
	later := p
	later.Hash, later.Number, later.Open, later.Close = record.Hash{8}, "4712", p.Close-1, p.Close+1
	next := later
	next.Hash, next.Number, next.Open = record.Hash{9}, "4713", p.Close
	w := &tankOf{t: t, Ledger: custody.NewLedger(p, later, next)}
	w.state(func(e *custody.Event) {
		e.Pool = &custody.Pool{ID: "T", Kind: custody.Tank, Basis: p.Basis, Keeper: custodytest.Terminal, Owner: custodytest.Shipper, Method: custody.Average}
	})
	w.state(func(e *custody.Event) {
		e.Source = &custody.Source{ID: "heavy", Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
	})
	w.n = 10
	receipt := func(h record.Hash, stated *custody.Stated) custody.Event {
		w.n++
		return custody.Event{
			Version: custody.Version, ID: "r" + string(rune('a'+w.n)), By: custodytest.Terminal, At: custodytest.At(1, 0, w.n), Paper: &h,
			Receipt: &custody.Receipt{Pool: "T", Source: "heavy", Stated: stated},
		}
	}
	stated := func(volume, density string) *custody.Stated {
		return &custody.Stated{Volume: custodytest.Units(volume), Basis: p.Basis, Density: custodytest.Units(density)}
	}
	refuse := func(want string, e custody.Event) {
		t.Helper()
		if err := w.Apply(e, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
	refuse("states 99 ", receipt(p.Hash, stated("99", "850")))
	refuse("states 851 kg/m3", receipt(p.Hash, stated("100", "851")))
	first := receipt(p.Hash, stated("100", "850"))
	fine(t, w.Apply(first, nil))
	r, err := w.Receipt(first.ID)
	fine(t, err)
	if r.Evidence != custody.Attested || r.Mass != custodytest.Units("85000") || r.Ticket.Carrier != p.Carrier || r.Ticket.Final {
		t.Errorf("%+v", r)
	}
	refuse("booked already", receipt(p.Hash, nil))
	refuse("no oil counts twice", receipt(later.Hash, nil))
	gauging := custody.Event{
		Version: custody.Version, ID: "g", By: custodytest.Terminal, At: custodytest.At(1, 1, 0), Paper: &next.Hash,
		Gauging: &custody.Gauging{Pool: "T", Volume: custodytest.Units("100"), Basis: p.Basis},
	}
	refuse("no gauging rests on it", gauging)
	fine(t, w.Apply(receipt(next.Hash, nil), nil))
	fine(t, w.Check())
}
