// Package runticket reads what a carrier measured itself, recomputes it, and makes of it what the books can cite: tickets and hourly
// records as CSV, tickets as PIDX XML, monthly statements as CSV. A ticket that both its parties signed stands where a ticket of
// this program would; its evidence is theirs, attested, never that of a signed meter.
package runticket

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Format is the version of the format of a carrier's ticket.
const Format = 1

// Kind says by what a ticket measures.
type Kind string

// The kinds of tickets.
const (
	Meter Kind = "meter" // a LACT unit, a flow computer: 43 CFR 3174.12(b)
	Tank  Kind = "tank"  // two gauges of a tank: 43 CFR 3174.12(a)
)

// Ticket is a carrier's own ticket: the figures that it states, with the digits that it prints. What follows from them is computed
// by Recompute whenever somebody looks, and stands nowhere.
type Ticket struct {
	Format    uint64         `cbor:"1,keyasint" json:"format"`
	Source    record.Hash    `cbor:"2,keyasint" json:"source"` // SHA-256 of the file it was read from
	Line      uint64         `cbor:"3,keyasint" json:"line"`   // at which it begins there, from 1
	Kind      Kind           `cbor:"4,keyasint" json:"kind"`
	Number    string         `cbor:"5,keyasint" json:"number"`  // the carrier's
	Carrier   string         `cbor:"6,keyasint" json:"carrier"` // DID of whose ticket it is: one of the next two
	From      string         `cbor:"7,keyasint" json:"from"`    // DID of the party that delivers
	To        string         `cbor:"8,keyasint" json:"to"`      // DID of the party that receives
	Batch     string         `cbor:"9,keyasint,omitempty" json:"batch,omitempty"`
	Point     string         `cbor:"10,keyasint" json:"point"` // the meter or tank
	Open      int64          `cbor:"11,keyasint" json:"open"`  // ms since 1970 UTC
	Close     int64          `cbor:"12,keyasint" json:"close"`
	At        int64          `cbor:"13,keyasint" json:"at"` // when it was made a paper, ms since 1970 UTC
	Basis     quantity.Basis `cbor:"14,keyasint" json:"basis"`
	Commodity string         `cbor:"15,keyasint" json:"commodity"` // group of MPMS 11.1: crude, refined, ...
	Figures   []Figure       `cbor:"16,keyasint" json:"figures"`   // in the order of the list of names
	Texts     []Text         `cbor:"17,keyasint,omitempty" json:"texts,omitempty"`
	// CPL is InFactor where the meter factor holds the CPL of the proving, so that CPL is 1.
	CPL string `cbor:"18,keyasint,omitempty" json:"cpl,omitempty"`
	// Inputs is what the carrier does to temperature, pressure and density before MPMS 11.1; empty is unrounded.
	Inputs liquid.Rounding `cbor:"19,keyasint,omitempty" json:"inputs,omitempty"`
	// OfRecord says that GSV is a sum of intervals, which the ticket's averages do not make; empty is made of averages.
	OfRecord ticket.OfRecord `cbor:"20,keyasint,omitempty" json:"ofRecord,omitempty"`
}

// InFactor says where the correction for pressure is: in a composite meter factor.
const InFactor = "in meter factor"

// Figure is a number as the ticket prints it, trailing zeros included: they say how far it was rounded.
type Figure struct {
	Name  Name            `cbor:"1,keyasint" json:"name"`
	Unit  string          `cbor:"2,keyasint,omitempty" json:"unit,omitempty"`
	Value quantity.Factor `cbor:"3,keyasint" json:"value"`
}

// Text is what a ticket says that nothing is computed from: the lease, the seals, the gauger.
type Text struct {
	Name  string `cbor:"1,keyasint" json:"name"`
	Value string `cbor:"2,keyasint" json:"value"`
}

// Figure returns what the ticket states under a name.
func (t *Ticket) Figure(n Name) (Figure, bool) { return find(t.Figures, n) }

func find(figures []Figure, n Name) (Figure, bool) {
	i := slices.IndexFunc(figures, func(f Figure) bool { return f.Name == n })
	if i < 0 {
		return Figure{}, false
	}
	return figures[i], true
}

// Text returns a text of the ticket, or "".
func (t *Ticket) Text(name string) string {
	i := slices.IndexFunc(t.Texts, func(x Text) bool { return x.Name == name })
	if i < 0 {
		return ""
	}
	return t.Texts[i].Value
}

// Limits of a ticket.
const (
	maxName  = 64
	maxText  = 256
	maxTime  = 253402300799999 // the end of the year 9999, ms
	maxDigit = 12              // decimals of a figure
)

// stands reports the first thing that is wrong with what is in a file: a ticket by itself, without parties and times.
func (t *Ticket) stands() error {
	if t.Kind != Meter && t.Kind != Tank {
		return fmt.Errorf("kind %q is neither %s nor %s", t.Kind, Meter, Tank)
	}
	if err := volumeBasis(t.Basis); err != nil {
		return err
	}
	if _, err := liquid.ParseGroup(t.Commodity); err != nil {
		return err
	}
	switch {
	case t.Inputs != "" && t.Inputs.Valid() != nil:
		return t.Inputs.Valid()
	case t.CPL != "" && t.CPL != InFactor:
		return fmt.Errorf("CPL %q: leave it out, or say %q", t.CPL, InFactor)
	case t.OfRecord != "" && t.OfRecord != ticket.SumOfIntervals && t.OfRecord != ticket.FromAverages:
		return fmt.Errorf("quantity of record %q is neither %q nor %q", t.OfRecord, ticket.SumOfIntervals, ticket.FromAverages)
	}
	if err := checkFigures(t.Figures, t.Basis.Unit); err != nil {
		return err
	}
	for _, x := range t.Texts {
		if !slices.Contains(textNames, x.Name) || x.Value == "" || !printable(x.Value, maxText, true) {
			return fmt.Errorf("text %q: want one of %s, with 1 to %d bytes that print", x.Name, strings.Join(textNames, ", "), maxText)
		}
	}
	return nil
}

// Valid reports the first thing for which a ticket can be no paper: it names its parties, the point and the period, states a gross
// standard volume, and has a density.
func (t *Ticket) Valid() error {
	if t.Format != Format {
		return fmt.Errorf("carrier's ticket format is %d, this program knows %d", t.Format, Format)
	}
	for _, x := range []struct{ what, value, flag string }{
		{"number", t.Number, "ticket"}, {"carrier", t.Carrier, "carrier"}, {"party that delivers", t.From, "from"},
		{"party that receives", t.To, "to"}, {"point", t.Point, "point"},
	} {
		if !printable(x.value, maxName, false) {
			return fmt.Errorf("carrier's ticket %q: its %s %q must have 1 to %d bytes that print, without blanks: give it with --%s",
				t.Number, x.what, x.value, maxName, x.flag)
		}
	}
	err := t.stands()
	gsv, stated := t.Figure(GSV)
	switch {
	case err != nil:
	case t.Batch != "" && !printable(t.Batch, maxName, false):
		err = fmt.Errorf("its batch %q must have at most %d bytes that print, without blanks", t.Batch, maxName)
	case t.From == t.To || t.Carrier != t.From && t.Carrier != t.To:
		err = fmt.Errorf("it is %s's, between %s and %s: a carrier's ticket passes oil between the carrier and another", t.Carrier, t.From, t.To)
	case t.Open < 0 || t.Close <= t.Open || t.At < t.Close || t.At > maxTime:
		err = fmt.Errorf("it opens at %d, closes at %d and is made a paper at %d ms: want them in this order, give --open, --close, --at",
			t.Open, t.Close, t.At)
	case !stated || gsv.Value.Mantissa <= 0:
		err = errors.New("it states no gross standard volume: nothing can be booked")
	default:
		err = t.weighs()
	}
	if err != nil {
		return fmt.Errorf("carrier's ticket %s: %w", t.Number, err)
	}
	return nil
}

// weighs refuses a ticket that does not say how dense its oil is.
func (t *Ticket) weighs() error {
	rho, err := t.baseDensity()
	if err == nil && rho <= 0 {
		err = fmt.Errorf("density %s kg/m3 must be positive", rho)
	}
	return err
}

// volumeBasis refuses what no liquid volume is counted in.
func volumeBasis(b quantity.Basis) error {
	if err := b.Valid(); err != nil || b.Reference != quantity.None {
		return err
	}
	return fmt.Errorf("%s is no basis of a liquid volume: want bbl at 60F, m3 at 15C or the like", b)
}

// printable reports whether a text has 1 to most bytes of UTF-8 that print.
func printable(s string, most int, blanks bool) bool {
	bad := func(c rune) bool { return !unicode.IsPrint(c) || !blanks && unicode.IsSpace(c) }
	return s != "" && len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, bad)
}
