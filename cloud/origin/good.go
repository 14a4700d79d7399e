// Package origin decides whether a good originates under a trade agreement, and prints the reasoning line by line. The rules are
// dated data; the engine knows how to apply each kind of rule, never a figure or a date. It is pure: the same rules, good and
// day give the same decision anywhere.
package origin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Status says whether an input originates under the agreement.
type Status string

// The statuses of an input. An unproven one is treated as non-originating, and the decision says so.
const (
	Originating    Status = "yes"
	NonOriginating Status = "no"
	Unproven       Status = "unproven"
)

// Role is what an input is for in a blend.
type Role string

// The roles of an input of crude oil.
const (
	Heavy   Role = "heavy"   // the oil that is to be moved
	Diluent Role = "diluent" // what thins it
)

// Good is a quantity of a blended good whose origin is asked, with the facts that bear on it.
type Good struct {
	Agreement  string         `cbor:"1,keyasint" json:"agreement"`  // "USMCA"
	Heading    string         `cbor:"2,keyasint" json:"heading"`    // HS heading, "2709"
	Subheading string         `cbor:"3,keyasint" json:"subheading"` // HS subheading, "2709.00"
	Name       string         `cbor:"4,keyasint" json:"name"`
	Basis      quantity.Basis `cbor:"5,keyasint" json:"basis"`  // of Volume and of every input, such as m3 at 15C
	Volume     quantity.Micro `cbor:"6,keyasint" json:"volume"` // of the blended good, after shrinkage: what shares are taken of
	// EaseTransport states that the diluent was added to ease transport between the Parties.
	EaseTransport bool `cbor:"7,keyasint,omitempty" json:"easeTransport,omitempty"`
	// OutsideParties lists the countries (ISO 3166 alpha-2) outside the Parties through which the good passed after production.
	OutsideParties []string `cbor:"8,keyasint,omitempty" json:"outsideParties,omitempty"`
	Inputs         []Input  `cbor:"9,keyasint" json:"inputs"`
}

// Input is one material of a good.
type Input struct {
	Source         string         `cbor:"1,keyasint" json:"source"` // identifier of the spigot, lot or statement it came from
	Name           string         `cbor:"2,keyasint" json:"name"`   // "field condensate"
	Heading        string         `cbor:"3,keyasint" json:"heading"`
	Country        string         `cbor:"4,keyasint" json:"country"` // where it was produced, ISO 3166 alpha-2
	Volume         quantity.Micro `cbor:"5,keyasint" json:"volume"`  // before shrinkage
	Role           Role           `cbor:"6,keyasint" json:"role"`
	Originating    Status         `cbor:"7,keyasint" json:"originating"`
	WhollyObtained bool           `cbor:"8,keyasint,omitempty" json:"whollyObtained,omitempty"` // extracted in a Party
	Proof          string         `cbor:"9,keyasint,omitempty" json:"proof,omitempty"`          // certificate, statement or meter
}

// Limits of a good.
const (
	maxInputs = 10_000
	maxText   = 200
)

// Valid reports the first thing that is wrong with the facts: missing or contradictory ones are refused, not guessed around.
func (g Good) Valid(parties []string) error {
	if err := g.Basis.Valid(); err != nil {
		return fmt.Errorf("good %q: %w", g.Name, err)
	}
	if g.Volume <= 0 {
		return fmt.Errorf("good %q: volume %s must be positive", g.Name, g.Volume)
	}
	if !digits(g.Heading, 4) || len(g.Subheading) != 7 || g.Subheading[:5] != g.Heading+"." || !digits(g.Subheading[5:], 2) {
		return fmt.Errorf("good %q: heading %q and subheading %q are not of the form 2709 and 2709.00",
			g.Name, g.Heading, g.Subheading)
	}
	if len(g.Inputs) == 0 || len(g.Inputs) > maxInputs {
		return fmt.Errorf("good %q: %d inputs, want 1 to %d", g.Name, len(g.Inputs), maxInputs)
	}
	if len(g.Name) > maxText || len(g.OutsideParties) > 10 {
		return fmt.Errorf("good: a name has at most %d bytes, a route at most 10 countries", maxText)
	}
	for _, in := range g.Inputs {
		if err := in.valid(parties); err != nil {
			return fmt.Errorf("good %q: input %s (%s): %w", g.Name, in.Source, in.Name, err)
		}
	}
	return nil
}

func (in Input) valid(parties []string) error {
	switch {
	case in.Source == "" || in.Name == "" || len(in.Source)+len(in.Name)+len(in.Proof) > 5*maxText:
		return fmt.Errorf("needs a source and a name, %d bytes with the proof at most", 5*maxText)
	case !digits(in.Heading, 4):
		return fmt.Errorf("heading %q is not four digits", in.Heading)
	case len(in.Country) != 2 || strings.Trim(in.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return fmt.Errorf("country %q is not an ISO 3166 alpha-2 code", in.Country)
	case in.Volume <= 0:
		return fmt.Errorf("volume %s must be positive", in.Volume)
	case in.Role != Heavy && in.Role != Diluent:
		return fmt.Errorf("role %q is neither heavy nor diluent", in.Role)
	}
	party := slices.Contains(parties, in.Country)
	switch in.Originating {
	case NonOriginating, Unproven:
	case Originating:
		if !party {
			return fmt.Errorf("is called originating, but %s is none of %s", in.Country, strings.Join(parties, ", "))
		}
	default:
		return fmt.Errorf("originating is %q, not yes, no or unproven", in.Originating)
	}
	if in.WhollyObtained && in.Originating == NonOriginating && party {
		return fmt.Errorf("is called wholly obtained in %s and yet non-originating", in.Country)
	}
	return nil
}

// digits reports whether s is exactly n decimal digits.
func digits(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }

// Outcome is what became of one step of a decision.
type Outcome string

// The outcomes.
const (
	Pass          Outcome = "pass"
	Fail          Outcome = "fail"
	NotApplicable Outcome = "n/a"
	Noted         Outcome = "note"
)

// Reason is one step of a decision: the rule, where it stands, and one sentence with the figures.
type Reason struct {
	Rule     string    `cbor:"1,keyasint" json:"rule"`
	Citation string    `cbor:"2,keyasint" json:"citation"`
	Text     string    `cbor:"3,keyasint" json:"text"`
	Outcome  Outcome   `cbor:"4,keyasint" json:"outcome"`
	Verified dated.Tag `cbor:"5,keyasint" json:"verified"`
}

// Shares are volumes over the blended good. The percentages are the exact quotients printed to four decimals; no decision is
// taken on the printed figures.
type Shares struct {
	Diluent               quantity.Micro `cbor:"1,keyasint" json:"diluent"` // all diluent, originating or not
	DiluentPercent        string         `cbor:"2,keyasint" json:"diluentPercent"`
	NonOriginating        quantity.Micro `cbor:"3,keyasint" json:"nonOriginating"` // all inputs not proven to originate
	NonOriginatingPercent string         `cbor:"4,keyasint" json:"nonOriginatingPercent"`
	Good                  quantity.Micro `cbor:"5,keyasint" json:"good"` // what they are divided by
}

// Decision is the answer with its reasoning. Qualifies is true only where the rules as read literally are met; where an argument
// remains that a customs lawyer must weigh, it is false and AtRisk says which. AtRisk beside a true answer lists what a person
// should look at before relying on it.
type Decision struct {
	Agreement  string       `cbor:"1,keyasint" json:"agreement"`
	At         dated.Date   `cbor:"2,keyasint" json:"at"`
	Qualifies  bool         `cbor:"3,keyasint" json:"qualifies"`
	Criterion  string       `cbor:"4,keyasint" json:"criterion"` // A, B, C, or empty
	Rule       string       `cbor:"5,keyasint" json:"rule"`      // the rule that decided
	Shares     Shares       `cbor:"6,keyasint" json:"shares"`
	Reasons    []Reason     `cbor:"7,keyasint" json:"reasons"`
	AtRisk     []string     `cbor:"8,keyasint,omitempty" json:"atRisk,omitempty"`
	Unverified []dated.Note `cbor:"9,keyasint,omitempty" json:"unverified,omitempty"`
	Rules      string       `cbor:"10,keyasint" json:"rules"` // SHA-256 of the rule table, in hex
}
