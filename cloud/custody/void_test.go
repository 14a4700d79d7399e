package custody_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"pgregory.net/rapid"
)

// papers are steps as events and the tickets that they cite.
func papers(steps []custodytest.Step) (events []custody.Event, tickets map[record.Hash]*ticket.Ticket) {
	tickets = map[record.Hash]*ticket.Ticket{}
	for _, s := range steps {
		events = append(events, s.Event)
		if s.Ticket != nil {
			tickets[*s.Event.Ticket] = s.Ticket
		}
	}
	return events, tickets
}

// void takes an event of the story back on the first of June.
func void(by, of string) custody.Event {
	e := custody.Event{Version: custody.Version, ID: "void-" + of, By: by, At: custodytest.Certified + 12*24*3_600_000}
	e.Void = &custody.Void{Of: of, Reason: "mistaken"}
	return e
}

// TestFoldIsApply: without a void, folding all events in any order gives the books of applying them one by one.
func TestFoldIsApply(t *testing.T) {
	steps := custodytest.Story()
	want := fold(t, steps)
	slices.Reverse(steps)
	events, tickets := papers(steps)
	l, err := custody.Fold(events, tickets, math.MaxInt64)
	fine(t, err)
	if !reflect.DeepEqual(l.Movements(0), want.Movements(0)) || !reflect.DeepEqual(l.Accounts(), want.Accounts()) {
		t.Error("folded books differ from applied ones")
	}
}

// TestVoidReplaces: a receipt that was typed too high is replaced; the blend and all that follows rests on the right figure, under
// the name they knew, and the books as they were known before the void hold the wrong one.
func TestVoidReplaces(t *testing.T) {
	steps := custodytest.Story()
	_, wrong := upTo(t, "trucks-1")
	right := wrong.Event
	right.Receipt = &custody.Receipt{Pool: "T-15", Source: custodytest.Trucked, Stated: &custody.Stated{
		Volume: custodytest.Units("4390"), Basis: right.Receipt.Stated.Basis, Density: right.Receipt.Stated.Density,
	}}
	v := void(custodytest.Terminal, "trucks-1")
	v.Void.Replacement = &right
	events, tickets := papers(append(steps, custodytest.Step{Event: v}))
	for _, tc := range []struct {
		known  int64
		volume string
		voids  int
	}{{v.At - 1, "4400", 0}, {v.At, "4390", 1}, {math.MaxInt64, "4390", 1}} {
		l, err := custody.Fold(events, tickets, tc.known)
		fine(t, err)
		fine(t, l.Check())
		r, err := l.Receipt("trucks-1")
		fine(t, err)
		same(t, "receipt", r.Volume.String(), tc.volume)
		if n := len(l.Voids()); n != tc.voids {
			t.Errorf("%d voids are known at %d ms, want %d", n, tc.known, tc.voids)
		}
	}
	// The replacement was wrong too.
	again, third := v, right
	third.Receipt = &custody.Receipt{Pool: "T-15", Source: custodytest.Trucked, Stated: &custody.Stated{
		Volume: custodytest.Units("4395"), Basis: right.Receipt.Stated.Basis, Density: right.Receipt.Stated.Density,
	}}
	again.ID, again.At, again.Void = "void-again", v.At+1, &custody.Void{Of: "trucks-1", Replacement: &third}
	l, err := custody.Fold(append(events, again), tickets, math.MaxInt64)
	fine(t, err)
	r, err := l.Receipt("trucks-1")
	fine(t, err)
	same(t, "receipt", r.Volume.String(), "4395")
}

// TestVoidRefusals: who may void what, and that nothing rests on it.
func TestVoidRefusals(t *testing.T) {
	replace := func(change func(e *custody.Event)) func(v *custody.Event) {
		return func(v *custody.Event) {
			_, s := upTo(t, v.Void.Of)
			change(&s.Event)
			v.Void.Replacement = &s.Event
		}
	}
	for _, tc := range []struct {
		name, by, of string
		change       func(v *custody.Event)
		reason       string
	}{
		{"by another party", custodytest.Shipper, "trucks-1", nil, "only " + custodytest.Terminal + " may"},
		{"of nothing", custodytest.Terminal, "nothing", nil, "no event nothing before it"},
		{"before the event", custodytest.Terminal, "trucks-1", func(v *custody.Event) { v.At = custodytest.At(1, 0, 0) }, "no event trucks-1 before it"},
		{"of what others rest on", custodytest.Terminal, "trucks-1", nil, "on event trucks-1 rests " + custodytest.NextBlend + ", " + injectTwo + ", " + borderTwo},
		{"of the declaration of a pool", custodytest.Terminal, "declare-T-15", nil, "on event declare-T-15 rests trucks-1"},
		{"a replacement that does not fit", custodytest.Terminal, "trucks-1", replace(func(e *custody.Event) { e.Receipt.Pool = "T-14" }), "on event trucks-1 rests " + custodytest.NextBlend},
		{"a replacement by another", custodytest.Terminal, "trucks-1", replace(func(e *custody.Event) { e.By = custodytest.Shipper }), "the replacement is"},
		{"a replacement to come", custodytest.Terminal, "trucks-1", replace(func(e *custody.Event) { e.At = custodytest.Certified * 2 }), "after the void"},
		{"a replacement of another name", custodytest.Terminal, "trucks-1", replace(func(e *custody.Event) { e.ID = "other" }), "is named other"},
		{"a void as replacement", custodytest.Terminal, "trucks-1", replace(func(e *custody.Event) {
			e.Receipt, e.Void = nil, &custody.Void{Of: "trucks-2"}
		}), "is a void"},
		{"an unsound replacement", custodytest.Terminal, "trucks-1", replace(func(e *custody.Event) { e.Receipt.Stated.Volume = -1 }), "must be positive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := void(tc.by, tc.of)
			if tc.change != nil {
				tc.change(&v)
			}
			events, tickets := papers(append(custodytest.Story(), custodytest.Step{Event: v}))
			if _, err := custody.Fold(events, tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), tc.reason) || !strings.Contains(err.Error(), v.ID) {
				t.Errorf("got %v, want a refusal of %s with %q", err, v.ID, tc.reason)
			}
		})
	}
	v := void(custodytest.Terminal, certified)
	if err := fold(t, custodytest.Story()).Apply(v, nil); err == nil || !strings.Contains(err.Error(), "fold all events anew") {
		t.Errorf("a void was applied to books that hold its event: %v", err)
	}
	events, tickets := papers(append(custodytest.Story(), custodytest.Step{Event: v}))
	again := v
	again.ID, again.At = "again", v.At+1
	ofVoid := again
	ofVoid.Void = &custody.Void{Of: v.ID}
	for reason, e := range map[string]custody.Event{"was voided by event " + v.ID: again, "is a void itself": ofVoid} {
		if _, err := custody.Fold(append(events, e), tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("got %v, want a refusal with %q", err, reason)
		}
	}
	if _, err := custody.Fold(append(events, v), tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), "ids are used once") {
		t.Errorf("an event counts twice: %v", err)
	}
	delete(tickets, *events[slices.IndexFunc(events, func(e custody.Event) bool { return e.ID == borderOne })].Ticket)
	if _, err := custody.Fold(events, tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), "which is not here") {
		t.Errorf("an event is booked without its ticket: %v", err)
	}
}

// TestVoidIsWithout: in any network, a void of an event on which nothing rests gives the books without it, one on which others
// rest is refused with the name of the first, and whoever did not know of the void has the books as they were.
func TestVoidIsWithout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, fit := custody.NewLedger(), []custodytest.Step{}
		for _, s := range custodytest.Network(t) {
			if l.Apply(s.Event, s.Ticket) == nil {
				fit = append(fit, s)
			}
		}
		k := rapid.IntRange(0, len(fit)-1).Draw(t, "voided")
		without, resting := custody.NewLedger(), ""
		for i, s := range fit {
			if i == k {
				continue
			}
			if err := without.Apply(s.Event, s.Ticket); err != nil && resting == "" {
				resting = s.Event.ID
			}
		}
		v := void(fit[k].Event.By, fit[k].Event.ID)
		events, tickets := papers(append(fit, custodytest.Step{Event: v}))
		events = rapid.Permutation(events).Draw(t, "order")
		folded, err := custody.Fold(events, tickets, math.MaxInt64)
		switch {
		case resting != "":
			if err == nil || !strings.Contains(err.Error(), "rests "+resting) {
				t.Fatalf("got %v, want a refusal that names %s", err, resting)
			}
		case err != nil:
			t.Fatal(err)
		case !reflect.DeepEqual(folded.Movements(0), without.Movements(0)) || !reflect.DeepEqual(folded.Accounts(), without.Accounts()):
			t.Fatalf("books without %s differ from those where it is voided", v.Void.Of)
		}
		before, err := custody.Fold(events, tickets, v.At-1)
		fine(t, err)
		if !reflect.DeepEqual(before.Movements(0), l.Movements(0)) {
			t.Fatal("the void was known before it was stated")
		}
	})
}

// TestFoldFitting: what rests on an event that falls is named in its order and left out, the rest closes; without a fall it is Fold.
func TestFoldFitting(t *testing.T) {
	events, tickets := papers(custodytest.Story())
	whole, refused, err := custody.FoldFitting(events, tickets, math.MaxInt64)
	fine(t, err)
	all, err := custody.Fold(events, tickets, math.MaxInt64)
	fine(t, err)
	if len(refused) > 0 || !reflect.DeepEqual(whole.Movements(0), all.Movements(0)) {
		t.Errorf("nothing falls, and yet %v are left out", refused)
	}
	blend := events[slices.IndexFunc(events, func(e custody.Event) bool { return e.ID == custodytest.FirstBlend })]
	l, refused, err := custody.FoldFitting(append(events, void(blend.By, blend.ID)), tickets, math.MaxInt64)
	fine(t, err)
	fine(t, l.Check())
	if _, err := l.Batch(custodytest.BatchOne); err == nil || len(refused) == 0 {
		t.Errorf("batch one came out of a tank that was never blended; %v are left out", refused)
	}
	if _, err := l.Batch(custodytest.BatchTwo); err != nil {
		t.Errorf("batch two rests on something else: %v", err)
	}
	if _, _, err := custody.FoldFitting(append(events, void(blend.By, "nothing")), tickets, math.MaxInt64); err == nil {
		t.Error("a void of nothing")
	}
}
