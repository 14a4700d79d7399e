package custody

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// Void takes an event back, by the party that stated it. Both stay in the ledger of statements; books folded with the knowledge
// of an earlier instant hold the event still. A void is not voided: state the event anew. Where the event is in a month that one of
// its pools was closed for before the void, or something closed rests on it, it stays in the books, and what it would have made
// different is booked as adjustments at the instant of the void.
type Void struct {
	Of string `cbor:"1,keyasint" json:"of"` // event ID
	// Replacement is the event as it should have been, whole: it bears the same id and party, so that what refers to it goes on
	// doing so, and stands where its own instant and order put it. A later void of the same id corrects the replacement.
	Replacement *Event `cbor:"2,keyasint,omitempty" json:"replacement,omitempty"`
	Reason      string `cbor:"3,keyasint,omitempty" json:"reason,omitempty"`
}

func (v *Void) check() error {
	if err := names("event to void", v.Of); err != nil {
		return err
	}
	if r := v.Replacement; r != nil {
		if r.Void != nil {
			return fmt.Errorf("the replacement of event %s is a void: leave it out", v.Of)
		}
		if r.ID != v.Of {
			return fmt.Errorf("the replacement of event %s is named %s: it takes the place of the event, name included", v.Of, r.ID)
		}
		if err := r.Valid(); err != nil {
			return fmt.Errorf("replacement: %w", err)
		}
	}
	return texts("reason", v.Reason)
}

// VoidState is a void as the books took it.
type VoidState struct {
	Event    string `json:"event"`
	Of       string `json:"of"`
	By       string `json:"by"`
	At       int64  `json:"at"` // ms since 1970 UTC: known from then on
	Replaced bool   `json:"replaced"`
	Adjusted bool   `json:"adjusted"` // in the open month
	Reason   string `json:"reason,omitempty"`
}

// Voids returns the voids that the books know of, in their order.
func (l *Ledger) Voids() []VoidState { return slices.Clone(l.voids) }

// take notes a void. What it takes back was left out before: only Fold can do that.
func (l *Ledger) take(p *posting) error {
	v := p.event.Void
	if !p.folded {
		return fmt.Errorf("it changes what is in the books already, as event %s: fold all events anew", v.Of)
	}
	state := VoidState{Event: p.event.ID, Of: v.Of, By: p.event.By, At: p.event.At, Replaced: v.Replacement != nil, Reason: v.Reason, Adjusted: p.right != nil}
	p.then(func() { l.voids = append(l.voids, state) })
	if p.right == nil {
		return nil
	}
	l.corrected(p)
	return l.amend(p, p.right)
}

// version is an event as it is to be booked, and when it was stated so.
type version struct {
	Event
	stated int64 // ms since 1970 UTC
}

// Fold returns the books of all events as they were known at an instant (ms): of the events that took effect until then, with
// those left out or replaced that a void until then says. Tickets and papers are those that the events cite, verified by the
// caller. The order of events given does not matter.
//
// An event that does not fit is refused as Apply refuses it. A void of an event on which others rest is refused with their
// names, unless its replacement is such that they all fit still.
func Fold(events []Event, tickets map[record.Hash]*ticket.Ticket, knownAt int64, papers ...Paper) (*Ledger, error) {
	events = known(events, knownAt)
	f := folder{events, tickets, papers}
	l, refused, err := f.fold()
	if err == nil {
		return l, nil
	}
	i := lastVoid(events)
	if i < 0 || errors.Is(err, ErrInvariant) {
		return nil, err
	}
	// Is it the newest void that makes it so? Without it, fewer events are refused.
	last := events[i]
	_, without, _ := folder{slices.Delete(slices.Clone(events), i, i+1), tickets, papers}.fold()
	resting := slices.DeleteFunc(refused, func(id string) bool { return id == last.ID || id == last.Void.Of || slices.Contains(without, id) })
	if len(resting) == 0 {
		return nil, err
	}
	return nil, fmt.Errorf("event %s, %s: on event %s rests %s: void that first, the last first, or replace the event so that it fits: %w",
		last.ID, KindVoid, last.Void.Of, enumerate(resting), err)
}

// FoldFitting is Fold for books in which something is missing: events that do not fit without it are left out, and their ids
// returned in their order. It answers what would be left if a statement fell; the books of record are those of Fold. It fails
// where even what is left cannot be told: a void of what is nobody's to void, or books that are broken.
func FoldFitting(events []Event, tickets map[record.Hash]*ticket.Ticket, knownAt int64, papers ...Paper) (l *Ledger, refused []string, err error) {
	l, refused, err = folder{known(events, knownAt), tickets, papers}.fold()
	if l != nil {
		err = nil
	}
	return l, refused, err
}

// known returns the events that took effect until an instant (ms), in their order.
func known(events []Event, at int64) []Event {
	events = slices.Clone(events)
	slices.SortFunc(events, Compare)
	if i := slices.IndexFunc(events, func(e Event) bool { return e.At > at }); i >= 0 {
		events = events[:i]
	}
	return events
}

// lastVoid returns the place of the newest void, or -1.
func lastVoid(events []Event) int {
	for i, e := range slices.Backward(events) {
		if e.Void != nil {
			return i
		}
	}
	return -1
}

// enumerate lists names, so many as a reader takes in.
func enumerate(names []string) string {
	const most = 10
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// folder folds events, which are sorted.
type folder struct {
	events  []Event
	tickets map[record.Hash]*ticket.Ticket
	papers  []Paper
}

// before returns the folder of the events before one.
func (f folder) before(e Event) folder {
	i := slices.IndexFunc(f.events, func(o Event) bool { return Compare(o, e) >= 0 })
	return folder{f.events[:i], f.tickets, f.papers}
}

// fold returns the books. With events that are refused it returns the books of the others too, and the first reason.
func (f folder) fold() (l *Ledger, refused []string, err error) {
	if _, err := f.inForce(nil); err != nil {
		return nil, nil, err
	}
	late, err := f.late()
	if err != nil {
		return nil, nil, err
	}
	versions, err := f.inForce(late)
	if err != nil {
		return nil, nil, err
	}
	l, refused, first := f.book(versions, late)
	if l == nil {
		return nil, nil, first
	}
	if err := l.attest(); err != nil {
		return nil, nil, err
	}
	return l, refused, first
}

// late returns the voids that come after the month of what they take back was closed, by id: see isLate.
func (f folder) late() (map[string]bool, error) {
	late, at, adjusted := map[string]bool{}, map[string]int64{}, map[string]bool{}
	var ends []int64 // of the months closed so far
	for _, e := range f.events {
		at[e.ID] = e.At
		if e.Close != nil {
			ends = append(ends, e.Close.Until)
		}
		if e.Void == nil {
			continue
		}
		of := e.Void.Of
		if !adjusted[of] && slices.ContainsFunc(ends, func(until int64) bool { return at[of] < until }) {
			var err error
			if adjusted[of], err = f.isLate(e, at[of], late); err != nil {
				return nil, err
			}
		}
		if adjusted[of] {
			late[e.ID] = true
		}
		if r := e.Void.Replacement; r != nil {
			at[of] = r.At
		}
	}
	return late, nil
}

// isLate reports whether a void comes too late to be booked in the place of the event that it takes back: when the event moved oil of
// a pool that was closed for its month, or something that was closed rests on it. Of the voids before it, those given are late.
func (f folder) isLate(void Event, at int64, late map[string]bool) (bool, error) {
	before := f.before(void)
	versions, err := before.inForce(late)
	if err != nil {
		return false, err
	}
	l, _, err := before.book(versions, late)
	if err != nil {
		return false, err
	}
	if l.closed(void.Void.Of, at) {
		return true, nil
	}
	with := folder{append(slices.Clone(before.events), void), f.tickets, f.papers}
	if versions, err = with.inForce(late); err != nil {
		return false, err
	}
	_, refused, _ := with.book(versions, late)
	return slices.ContainsFunc(versions, func(v version) bool { return v.Close != nil && slices.Contains(refused, v.ID) }), nil
}

// right returns the books before a void and with it, as if no month had been closed.
func (f folder) right(void Event) (*Ledger, error) {
	f = f.before(void)
	f.events = slices.DeleteFunc(append(slices.Clone(f.events), void), func(e Event) bool { return e.Close != nil })
	versions, err := f.inForce(nil)
	if err != nil {
		return nil, err
	}
	l, refused, err := f.book(versions, nil)
	if err != nil && len(refused) > 0 {
		err = fmt.Errorf("on event %s rests %s: void that first, the last first, or replace the event so that it fits: %w", void.Void.Of, enumerate(refused), err)
	}
	return l, err
}

// inForce returns the events as the voids among them leave them. Those that are late leave them alone.
func (f folder) inForce(late map[string]bool) (versions []version, err error) {
	type standing struct {
		version
		void string // that took it back
		gone bool
	}
	standings := map[string]*standing{}
	for _, e := range f.events {
		if err := e.Valid(); err != nil {
			return nil, err
		}
		if standings[e.ID] != nil {
			return nil, fmt.Errorf("event %s: %w", e.ID, errUsed)
		}
		standings[e.ID] = &standing{version: version{e, e.At}}
		if e.Void == nil || late[e.ID] {
			continue
		}
		s, known := standings[e.Void.Of]
		switch {
		case !known:
			err = fmt.Errorf("the ledger has no event %s before it to void", e.Void.Of)
		case s.By != e.By:
			err = fmt.Errorf("%s states it, but only %s may, who stated event %s", e.By, s.By, e.Void.Of)
		case s.gone:
			err = fmt.Errorf("event %s was voided by event %s: state it anew", e.Void.Of, s.void)
		case s.Void != nil:
			err = fmt.Errorf("event %s is a void itself: state anew what it took back", e.Void.Of)
		case s.Close != nil:
			err = fmt.Errorf("event %s closed a month: what is closed stays closed", e.Void.Of)
		case e.Void.Replacement == nil:
			s.gone = true
		case e.Void.Replacement.By != s.By:
			err = fmt.Errorf("the replacement is %s's, the event %s's", e.Void.Replacement.By, s.By)
		case e.Void.Replacement.At > e.At:
			err = fmt.Errorf("the replacement takes effect at %d ms, after the void at %d ms", e.Void.Replacement.At, e.At)
		default:
			s.version = version{*e.Void.Replacement, e.At}
		}
		if err != nil {
			return nil, fmt.Errorf("event %s, %s: %w", e.ID, KindVoid, err)
		}
		s.void = e.ID
	}
	for _, e := range f.events {
		if s := standings[e.ID]; !s.gone {
			versions = append(versions, s.version)
		}
	}
	slices.SortFunc(versions, func(a, b version) int { return Compare(a.Event, b.Event) })
	return versions, nil
}

// book applies versions in their order. It goes on after one that is refused, to say which others are; the error is the first. Books
// that are broken are not returned.
func (f folder) book(versions []version, late map[string]bool) (_ *Ledger, refused []string, first error) {
	l := NewLedger(f.papers...)
	for _, v := range versions {
		p := &posting{event: &v.Event, known: v.stated, folded: true}
		err := error(nil)
		if v.Ticket != nil {
			if p.ticket = f.tickets[*v.Ticket]; p.ticket == nil {
				err = fmt.Errorf("event %s cites ticket %s, which is not here", v.ID, *v.Ticket)
			}
		}
		if v.Dispute != nil {
			p.correction = f.correction(v.Event)
		}
		if late[v.ID] {
			if p.right, err = f.right(v.Event); err != nil {
				err = fmt.Errorf("event %s, %s: %w", v.ID, KindVoid, err)
			}
		}
		if err == nil {
			err = l.apply(p)
		}
		if errors.Is(err, ErrInvariant) {
			return nil, nil, err
		}
		if err != nil {
			refused = append(refused, v.ID)
			if first == nil {
				first = err
			}
		}
	}
	return l, refused, first
}
