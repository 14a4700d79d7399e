// Package dated gives the rule and rate tables their common shape: a row holds for a period, was known from a day on, cites
// its source and says how well the source was checked. Beyond what a table knows there is an Unknown, never a stale figure.
package dated

import (
	"fmt"
	"time"
)

// Tag says how well a row was checked against its source.
type Tag string

// The tags. Whatever rests on a row that is not Verified is reported with the result.
const (
	Verified  Tag = "verified"  // read in the source it cites, or in a public copy of its text
	Secondary Tag = "secondary" // read in somebody's account of the source
	Memory    Tag = "memory"    // not read: an assumption to check before relying on it
)

// Row is what all rows have. A period runs from its first instant up to, and not including, its last; an instant left out is
// open. Known is when the row was public, so that a decision can be repeated as it would have been made on an earlier day.
type Row struct {
	ID        string  `yaml:"id"`
	ValidFrom Instant `yaml:"valid_from"`
	ValidTo   Instant `yaml:"valid_to"`
	KnownFrom Instant `yaml:"known_from"`
	KnownTo   Instant `yaml:"known_to"`
	Citation  string  `yaml:"citation"`
	Verified  Tag     `yaml:"verified"`
}

// Check reports what a row lacks: an id, a citation, a tag, a first day, or periods that run forward.
func (r Row) Check() error {
	if r.ID == "" {
		return fmt.Errorf("a row has no id")
	}
	if r.Citation == "" {
		return fmt.Errorf("row %s cites no source", r.ID)
	}
	switch r.Verified {
	case Verified, Secondary, Memory:
	default:
		return fmt.Errorf("row %s: verified is %q, not verified, secondary or memory", r.ID, r.Verified)
	}
	if !r.ValidFrom.Set() {
		return fmt.Errorf("row %s has no valid_from", r.ID)
	}
	if r.ValidTo.Set() && !r.ValidFrom.Before(r.ValidTo) {
		return fmt.Errorf("row %s: valid_to is not after valid_from", r.ID)
	}
	if r.KnownFrom.Set() && r.KnownTo.Set() && !r.KnownFrom.Before(r.KnownTo) {
		return fmt.Errorf("row %s: known_to is not after known_from", r.ID)
	}
	return nil
}

// Key returns the id.
func (r Row) Key() string { return r.ID }

// AsOf is a point in both times: what held At, as it was Known. A zero Known takes all that the table knows.
type AsOf struct {
	At    time.Time
	Known time.Time
}

// InForce reports whether the row holds at that point.
func (r Row) InForce(a AsOf) bool {
	if r.ValidFrom.Set() && a.At.Before(r.ValidFrom.t) || r.ValidTo.Set() && !a.At.Before(r.ValidTo.t) {
		return false
	}
	return r.KnownBy(a)
}

// KnownBy reports whether the row was known then, whatever period it holds for.
func (r Row) KnownBy(a AsOf) bool {
	if a.Known.IsZero() {
		return true
	}
	return (!r.KnownFrom.Set() || !a.Known.Before(r.KnownFrom.t)) && (!r.KnownTo.Set() || a.Known.Before(r.KnownTo.t))
}

// Note returns the note about a result that rests on this row, and whether one is due: it is not for a verified row.
func (r Row) Note() (Note, bool) {
	return Note{Row: r.ID, Tag: r.Verified, Citation: r.Citation}, r.Verified != Verified
}

// Note names an unverified row that a result rests on.
type Note struct {
	Row      string `cbor:"1,keyasint" json:"row"`
	Tag      Tag    `cbor:"2,keyasint" json:"tag"`
	Citation string `cbor:"3,keyasint" json:"citation"`
}

// AppendNote adds the note about a row to notes, once, and not at all for a verified row.
func AppendNote(notes []Note, r Row) []Note {
	note, due := r.Note()
	if !due {
		return notes
	}
	for _, n := range notes {
		if n == note {
			return notes
		}
	}
	return append(notes, note)
}

// Select returns the rows that are in force, in the order of the table.
func Select[R interface{ InForce(AsOf) bool }](rows []R, a AsOf) []R {
	var found []R
	for _, r := range rows {
		if r.InForce(a) {
			found = append(found, r)
		}
	}
	return found
}

// Unknown is the error of a question that the tables do not reach.
type Unknown struct {
	What    string // "the merchandise processing fee"
	At      Date
	Through Date // the last day the table knows, if that is the reason
	Reason  string
}

// Error says what is unknown, why, and how to mend it.
func (u *Unknown) Error() string {
	if u.Through != "" {
		return fmt.Sprintf("%s on %s is unknown: the table is known through %s; bring the table up to date",
			u.What, u.At, u.Through)
	}
	return fmt.Sprintf("%s on %s is unknown: %s", u.What, u.At, u.Reason)
}

// Reach returns an Unknown if the point lies beyond the last day that a table knows.
func Reach(what string, through Date, a AsOf) error {
	if at := Eastern(a.At); at > through {
		return &Unknown{What: what, At: at, Through: through}
	}
	return nil
}
