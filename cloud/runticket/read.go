package runticket

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// Limits of what is read.
const (
	MaxFile    = 8 << 20 // bytes
	MaxRows    = 20_000  // of a file: a month of hours at 27 meters
	maxColumns = 200
	maxCell    = 1000 // bytes
)

// Options say what a file leaves open.
type Options struct {
	Zone      *time.Location // of times without one; nil refuses those
	Units     []string       // of columns that do not say theirs: "F", "psig", "API", "bbl at 60F"
	Commodity string         // group of MPMS 11.1 of tickets that do not say theirs; empty is crude
}

// Form is what a file holds.
type Form string

// The forms that are read.
const (
	TicketsCSV  Form = "tickets, CSV"
	HoursCSV    Form = "hourly records, CSV"
	TicketsPIDX Form = "tickets, PIDX XML"
)

// File is what was read of a file.
type File struct {
	Name    string              `json:"name"`
	SHA256  record.Hash         `json:"sha256"`
	Form    Form                `json:"form"`
	Tickets []Ticket            `json:"-"`
	Hours   []Ticket            `json:"-"`               // records of a meter, without number
	Notes   []string            `json:"notes,omitempty"` // what was assumed, and which columns were passed over
	seen    map[[2]string]place // tickets by number and point
}

// RowError says what is wrong where.
type RowError struct {
	File   string
	Line   int
	Column string // heading, or element; may be empty
	Err    error
}

// Error names file, line and column.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("%s: line %d: %v", e.File, e.Line, e.Err)
	}
	return fmt.Sprintf("%s: line %d, column %q: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns what is wrong.
func (e *RowError) Unwrap() error { return e.Err }

// Read reads a file of at most MaxFile bytes: tickets or hourly records as CSV, which the headings tell apart, or PIDX XML.
// Nothing of a bad file is returned: the *RowError names the first fault.
func Read(name string, in io.Reader, o Options) (*File, error) {
	text, err := readAll(name, in)
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, SHA256: sha256.Sum256(text)}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if start := bytes.TrimLeft(text, " \t\r\n"); len(start) > 0 && start[0] == '<' {
		return f, f.readPIDX(text, o)
	}
	return f, f.readCSV(text, o)
}

// readAll reads a file of at most MaxFile bytes.
func readAll(name string, in io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(text) > MaxFile:
		return nil, fmt.Errorf("%s has more than %d bytes: split it", name, MaxFile)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, fmt.Errorf("%s is empty", name)
	}
	return text, nil
}

func (f *File) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(f.Notes, n) {
		f.Notes = append(f.Notes, n)
	}
}

// unit returns the unit and reference conditions that the options give for a dimension.
func (o Options) unit(d dimension) (unit string, at quantity.Reference) {
	for _, s := range o.Units {
		if u, at, is := basisUnit(d, s); is {
			return u, at
		}
	}
	return "", quantity.None
}

// basisUnit reads a unit with or without reference conditions: "F", "bbl at 60F", "kg/m3 @ 15 C".
func basisUnit(d dimension, s string) (unit string, at quantity.Reference, is bool) {
	before, after, _ := strings.Cut(strings.ReplaceAll(s, "@", " at "), " at ")
	if unit, is = unitOf(d, strings.TrimSpace(before)); !is {
		return "", "", false
	}
	if after == "" {
		return unit, quantity.None, true
	}
	at, is = reference(after)
	return unit, at, is
}

// reference reads reference conditions: "60F", "60 deg F", "15 C".
func reference(s string) (quantity.Reference, bool) {
	s = strings.NewReplacer(" ", "", "°", "", "deg", "").Replace(strings.ToLower(s))
	for _, r := range []quantity.Reference{quantity.At60F, quantity.At15C, quantity.At20C} {
		if strings.EqualFold(string(r), s) || strings.TrimRight(strings.ToLower(string(r)), "fc") == s {
			return r, true
		}
	}
	return "", false
}

// CheckUnits refuses units that mean nothing.
func (o Options) CheckUnits() error {
	for _, s := range o.Units {
		known := false
		for d := volume; d <= mass; d++ {
			_, _, is := basisUnit(d, s)
			known = known || is
		}
		if !known {
			return fmt.Errorf("unit %q is unknown: want one such as F, psig, API, bbl at 60F", s)
		}
	}
	return nil
}

// clockLayouts are the ways in which a time is written, month before day where there are slashes.
var clockLayouts = []string{
	"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "1/2/2006 15:04:05", "1/2/2006 15:04",
	"1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "2006-01-02", "1/2/2006",
}

// instant reads a time, in ms since 1970 UTC.
func (o Options) instant(s string) (int64, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return bounded(t)
	}
	for _, layout := range clockLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if o.Zone == nil {
			return 0, fmt.Errorf("time %q has no zone: write it as 2024-03-05T06:00:00-07:00, or say --zone America/Edmonton", s)
		}
		local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, o.Zone)
		if local.Format(layout) != t.Format(layout) {
			return 0, fmt.Errorf("the clocks of %s never showed %s: they were put forward", o.Zone, s)
		}
		return bounded(local)
	}
	return 0, fmt.Errorf("%q is no time such as 2024-03-05T06:00:00-07:00, 2024-03-05 06:00 or 3/5/2024 06:00", s)
}

func bounded(t time.Time) (int64, error) {
	if ms := t.UnixMilli(); ms >= 0 && ms <= maxTime {
		return ms, nil
	}
	return 0, fmt.Errorf("%s is not between 1970 and 9999", t.Format(time.RFC3339))
}

// number reads a figure as it is printed: "10,014.70", ".35", "0.35%".
func number(s string) (quantity.Factor, error) {
	plain := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	if whole, _, _ := strings.Cut(strings.TrimPrefix(plain, "-"), "."); strings.Contains(plain, ",") && grouped(whole) {
		plain = strings.ReplaceAll(plain, ",", "")
	}
	v, err := quantity.ParseFactor(strings.TrimPrefix(plain, "+"))
	if err != nil {
		return v, fmt.Errorf("%q is no number such as 10014.70 or 10,014.70", s)
	}
	if v.Decimals > maxDigit {
		return v, fmt.Errorf("%s has more than %d decimals: round it where it was printed", s, maxDigit)
	}
	return v, nil
}

// grouped reports whether commas part the digits of a whole number into thousands.
func grouped(whole string) bool {
	parts := strings.Split(whole, ",")
	for i, p := range parts {
		if len(p) > 3 || len(p) == 0 || i > 0 && len(p) != 3 {
			return false
		}
	}
	return true
}
