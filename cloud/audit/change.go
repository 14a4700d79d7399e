package audit

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/record"
)

// Change is what could turn out otherwise than the case has it. What is left out stays as it is.
type Change struct {
	// Certificates support no claim any more: each by its id, or by its SHA-256 in hex.
	Certificates []string `json:"withoutCertificates,omitempty"`
	// Sources have another origin, from the start: whatever was certified of them.
	Sources []SourceChange `json:"sources,omitempty"`
	// Voids take events back, or put others in their place, as their own parties would now.
	Voids []custody.Void `json:"voids,omitempty"`
	// Rules and Rates are other tables, YAML, in the place of those decided on.
	Rules string `json:"rules,omitempty"`
	Rates string `json:"rates,omitempty"`
	// KnownAt takes what was known at an instant, ms since 1970 UTC: papers, entries and, of the rates, the rows. 0 takes everything.
	KnownAt int64 `json:"knownAt,omitempty"`
}

// SourceChange is another origin of a source.
type SourceChange struct {
	Source      string         `json:"source"`
	Originating custody.Status `json:"originating"`
}

// maxChanges bounds each list of a change.
const maxChanges = 100

// Empty reports whether a change changes nothing.
func (ch Change) Empty() bool {
	return len(ch.Certificates)+len(ch.Sources)+len(ch.Voids)+len(ch.Rules)+len(ch.Rates) == 0 && ch.KnownAt == 0
}

// whole reports whether a change can reach any entry, whatever oil it is of.
func (ch Change) whole() bool { return ch.Rules != "" || ch.Rates != "" || ch.KnownAt != 0 }

// check refuses a change of what is not in the case.
func (ch Change) check(c *Case) error {
	if len(ch.Certificates) > maxChanges || len(ch.Sources) > maxChanges || len(ch.Voids) > maxChanges || ch.KnownAt < 0 {
		return fmt.Errorf("%w: at most %d certificates, sources and events, and no time before 1970", ErrQuestion, maxChanges)
	}
	for i, s := range ch.Sources {
		if !slices.Contains([]custody.Status{custody.Originating, custody.NonOriginating, custody.Unproven}, s.Originating) {
			return fmt.Errorf("%w: origin %q of source %s, want yes, no or unproven", ErrQuestion, s.Originating, s.Source)
		}
		if slices.ContainsFunc(ch.Sources[:i], func(o SourceChange) bool { return o.Source == s.Source }) {
			return fmt.Errorf("%w: source %s is named twice", ErrQuestion, s.Source)
		}
		if _, err := c.Books.Source(s.Source, 0); err != nil {
			return fmt.Errorf("%w: source %s", ErrUnknown, s.Source)
		}
	}
	return nil
}

// changed returns the case with a change made, and the ids of the events that fall with what it takes back. Papers, claims and
// tickets are shared with the case: deciding alters none of them.
func (c *Case) changed(ch Change) (k *Case, fallen []string, err error) {
	if err := ch.check(c); err != nil {
		return nil, nil, err
	}
	with := *c
	k = &with
	if ch.Rules != "" {
		k.Tables.Rules = []byte(ch.Rules)
	}
	if ch.Rates != "" {
		k.Tables.Rates = []byte(ch.Rates)
	}
	k.law = k.Tables.law()
	if _, err := k.law(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	if k.withdrawn, err = c.withdraw(ch.Certificates); err != nil {
		return nil, nil, err
	}
	if ch.KnownAt != 0 {
		k.knownAt = ch.KnownAt
		k.Order = slices.DeleteFunc(slices.Clone(c.Order), func(h record.Hash) bool { return c.Claims[h].At > ch.KnownAt })
	}
	if len(ch.Sources)+len(ch.Voids) > 0 || ch.KnownAt != 0 {
		fallen, err = k.refold(ch)
	}
	return k, fallen, err
}

// withdraw finds certificates by their ids or hashes.
func (c *Case) withdraw(names []string) (map[record.Hash]bool, error) {
	gone := map[record.Hash]bool{}
	for _, name := range names {
		var found []record.Hash
		for h, cert := range c.Certificates {
			if cert.ID == name || h.String() == name {
				found = append(found, h)
			}
		}
		switch {
		case len(found) == 0:
			return nil, fmt.Errorf("%w: certificate %s", ErrUnknown, name)
		case len(found) > 1:
			return nil, fmt.Errorf("%w: %d certificates have the id %s: name one by its SHA-256", ErrQuestion, len(found), name)
		}
		gone[found[0]] = true
	}
	return gone, nil
}

// refold makes the books anew with a change in them.
func (c *Case) refold(ch Change) (fallen []string, err error) {
	known := int64(math.MaxInt64)
	if ch.KnownAt != 0 {
		known = ch.KnownAt
	}
	var events []custody.Event
	for _, p := range c.papers {
		if p.event != nil {
			events = append(events, ch.restate(*p.event))
		}
	}
	voids, err := voidsOf(events, ch.Voids, known)
	if err != nil {
		return nil, err
	}
	events = append(events, voids...)
	refuse := func(err error) error {
		if errors.Is(err, custody.ErrInvariant) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	if c.Books, fallen, err = custody.FoldFitting(events, c.Tickets, known, c.attested...); err != nil {
		return nil, refuse(err)
	}
	if slices.ContainsFunc(voids, func(v custody.Event) bool { return slices.Contains(fallen, v.ID) }) {
		_, err := custody.Fold(events, c.Tickets, known, c.attested...)
		return nil, refuse(err)
	}
	c.Lineage = lineage.New()
	if err := c.Lineage.Apply(c.Books.Movements(0)...); err != nil {
		return nil, err
	}
	return fallen, c.Books.Check()
}

// restate returns an event with the origin of sources as a change has it.
func (ch Change) restate(e custody.Event) custody.Event {
	status := func(id string) (custody.Status, bool) {
		i := slices.IndexFunc(ch.Sources, func(s SourceChange) bool { return s.Source == id })
		if i < 0 {
			return "", false
		}
		return ch.Sources[i].Originating, true
	}
	// Oil that was extracted in a country of the agreement originates there: where it does not, it was not.
	extracted := func(was, is custody.Status, stated bool) bool {
		return stated && (is != custody.NonOriginating || was == custody.NonOriginating)
	}
	switch {
	case e.Source != nil:
		if is, changed := status(e.Source.ID); changed {
			s := *e.Source
			s.WhollyObtained = extracted(s.Originating, is, s.WhollyObtained)
			s.Originating, e.Source = is, &s
		}
	case e.Certification != nil:
		if is, changed := status(e.Certification.Source); changed {
			s := *e.Certification
			s.WhollyObtained = extracted(s.Originating, is, s.WhollyObtained)
			s.Originating, e.Certification = is, &s
		}
	case e.Void != nil && e.Void.Replacement != nil:
		v := *e.Void
		r := ch.restate(*v.Replacement)
		v.Replacement, e.Void = &r, &v
	}
	return e
}

// voidsOf returns voids as events that the parties of what they take back would state after everything else that is known.
func voidsOf(events []custody.Event, voids []custody.Void, known int64) (all []custody.Event, err error) {
	at := int64(0)
	for _, e := range events {
		if e.At <= known {
			at = max(at, e.At)
		}
	}
	for _, v := range voids {
		i := slices.IndexFunc(events, func(e custody.Event) bool { return e.ID == v.Of && e.At <= known })
		if i < 0 {
			return nil, fmt.Errorf("%w: event %s", ErrUnknown, v.Of)
		}
		all = append(all, custody.Event{Version: custody.Version, By: events[i].By, At: at, Order: math.MaxUint64, Void: &v})
	}
	// What rests on another goes first, as its parties would void it.
	slices.SortStableFunc(all, func(a, b custody.Event) int {
		place := func(e custody.Event) custody.Event {
			return events[slices.IndexFunc(events, func(o custody.Event) bool { return o.ID == e.Void.Of })]
		}
		return custody.Compare(place(b), place(a))
	})
	for i := range all {
		all[i].ID = fmt.Sprintf("~what-if-%03d", i+1)
	}
	return all, nil
}
