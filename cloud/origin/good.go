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

// Role is what an input is for in a good.
type Role string

// The roles of an input.
const (
	Heavy    Role = "heavy"    // the oil that is to be moved
	Diluent  Role = "diluent"  // what thins it
	Material Role = "material" // anything that a good is made of; to the rules the same as heavy
)

// Good is a quantity of a good whose origin is asked, with the facts that bear on it.
type Good struct {
	Agreement string `cbor:"1,keyasint" json:"agreement"` // "USMCA"
	HTS       Code   `cbor:"2,keyasint" json:"hts"`       // six digits or more
	Name      string `cbor:"3,keyasint" json:"name"`
	// Basis is what Volume and every input are counted in: a volume such as m3 at 15C, energy in MMBtu or GJ, mass in kg; zero: a volume whose
	// unit nobody names. A limit by volume cannot be tested on energy or mass.
	Basis  quantity.Basis `cbor:"4,keyasint" json:"basis"`
	Volume quantity.Micro `cbor:"5,keyasint" json:"volume"` // of the good as it is, after shrinkage: what shares are taken of
	// EaseTransport states that the diluent was added to ease transport between the Parties.
	EaseTransport bool `cbor:"6,keyasint,omitempty" json:"easeTransport,omitempty"`
	// OutsideParties lists the countries (ISO 3166 alpha-2) outside the Parties through which the good passed after production.
	OutsideParties []string `cbor:"7,keyasint,omitempty" json:"outsideParties,omitempty"`
	Inputs         []Input  `cbor:"8,keyasint" json:"inputs"`
	// Processes are what was done to make the good, in their order.
	Processes []Process       `cbor:"9,keyasint,omitempty" json:"processes,omitempty"`
	Value     *quantity.Micro `cbor:"10,keyasint,omitempty" json:"value,omitempty"`   // transaction value, in one currency; nil: not given
	NetCost   *quantity.Micro `cbor:"11,keyasint,omitempty" json:"netCost,omitempty"` // in the same currency
}

// Process is one step of making a good.
type Process struct {
	Name    string `cbor:"1,keyasint" json:"name"`                        // as the table spells it: "atmospheric distillation"
	Country string `cbor:"2,keyasint,omitempty" json:"country,omitempty"` // where it was done; empty: in the Parties, as is stated
	Proof   string `cbor:"3,keyasint,omitempty" json:"proof,omitempty"`   // what says so: "typed statement of Refinery Inc."
}

// Input is one material of a good.
type Input struct {
	Source         string         `cbor:"1,keyasint" json:"source"`  // identifier of the spigot, lot or statement it came from
	Name           string         `cbor:"2,keyasint" json:"name"`    // "field condensate"
	HTS            Code           `cbor:"3,keyasint" json:"hts"`     // a heading of four digits, or more
	Country        string         `cbor:"4,keyasint" json:"country"` // where it was produced, ISO 3166 alpha-2
	Volume         quantity.Micro `cbor:"5,keyasint" json:"volume"`  // on the basis of the good, before shrinkage
	Role           Role           `cbor:"6,keyasint" json:"role"`
	Originating    Status         `cbor:"7,keyasint" json:"originating"`
	WhollyObtained bool           `cbor:"8,keyasint,omitempty" json:"whollyObtained,omitempty"` // extracted in a Party
	Proof          string         `cbor:"9,keyasint,omitempty" json:"proof,omitempty"`          // certificate, statement or meter
	// Uncertainty is the expanded one of Volume (k = 2), in percent of it; 0: not given.
	Uncertainty quantity.Micro  `cbor:"10,keyasint,omitempty" json:"uncertainty,omitempty"`
	Value       *quantity.Micro `cbor:"11,keyasint,omitempty" json:"value,omitempty"` // nil: not given
}

// Limits of a good.
const (
	MaxInputs    = 10_000
	maxProcesses = 20
	maxText      = 200
)

// valid reports the first thing that is wrong with the facts: missing or contradictory ones are refused, not guessed around.
func (g Good) valid(parties, processes []string) error {
	if g.Basis != (quantity.Basis{}) {
		if err := g.Basis.Valid(); err != nil {
			return fmt.Errorf("good %q: %w", g.Name, err)
		}
	}
	c, err := ParseCode(string(g.HTS))
	switch {
	case g.Volume <= 0:
		return fmt.Errorf("good %q: %s %s must be positive", g.Name, g.dimension(), g.Volume)
	case err != nil || c != g.HTS || len(c) < 6:
		return fmt.Errorf("good %q: tariff number %q is not of six digits or more, such as 270900", g.Name, string(g.HTS))
	case len(g.Inputs) > MaxInputs:
		return fmt.Errorf("good %q: %d inputs, at most %d are taken: add up those that do not differ", g.Name, len(g.Inputs), MaxInputs)
	case len(g.Name) > maxText || len(g.OutsideParties) > 10 || len(g.Processes) > maxProcesses:
		return fmt.Errorf("good: a name has at most %d bytes, a route at most 10 countries, a good at most %d processes", maxText, maxProcesses)
	case g.Value != nil && *g.Value <= 0 || g.NetCost != nil && *g.NetCost <= 0:
		return fmt.Errorf("good %q: value and net cost must be positive where they are given", g.Name)
	}
	for _, p := range g.Processes {
		if !slices.Contains(processes, p.Name) {
			return fmt.Errorf("good %q: process %q is none of %s", g.Name, p.Name, strings.Join(processes, ", "))
		}
		if len(p.Proof) > 5*maxText {
			return fmt.Errorf("good %q: the proof of %s has %d bytes, at most %d are taken", g.Name, p.Name, len(p.Proof), 5*maxText)
		}
		if p.Country != "" && !countryCode(p.Country) {
			return fmt.Errorf("good %q: %s in %q, which is not an ISO 3166 alpha-2 code", g.Name, p.Name, p.Country)
		}
	}
	for _, c := range g.OutsideParties {
		if !countryCode(c) || slices.Contains(parties, c) {
			return fmt.Errorf("good %q: passed through %q, which is no country (ISO 3166 alpha-2) outside the Parties", g.Name, c)
		}
	}
	for i := range g.Inputs {
		if err := g.Inputs[i].valid(parties, g.dimension()); err != nil {
			return fmt.Errorf("good %q: input %s (%s): %w", g.Name, g.Inputs[i].Source, g.Inputs[i].Name, err)
		}
	}
	return nil
}

// dimension returns what the amounts of the good and its inputs are of.
func (g Good) dimension() quantity.Dimension {
	if g.Basis == (quantity.Basis{}) {
		return quantity.Volume
	}
	return g.Basis.Unit.Dimension()
}

func (in *Input) valid(parties []string, of quantity.Dimension) error {
	c, err := ParseCode(string(in.HTS))
	switch {
	case in.Source == "" || in.Name == "" || len(in.Source)+len(in.Name)+len(in.Proof) > 5*maxText:
		return fmt.Errorf("needs a source and a name, %d bytes with the proof at most", 5*maxText)
	case err != nil || c != in.HTS || len(c) < 4:
		return fmt.Errorf("tariff number %q is not a heading of four digits, or more of them, such as 2709", string(in.HTS))
	case !countryCode(in.Country):
		return fmt.Errorf("country %q is not an ISO 3166 alpha-2 code", in.Country)
	case in.Volume <= 0:
		return fmt.Errorf("%s %s must be positive", of, in.Volume)
	case in.Role != Heavy && in.Role != Diluent && in.Role != Material:
		return fmt.Errorf("role %q is none of heavy, diluent, material", in.Role)
	case in.Uncertainty < 0 || in.Uncertainty > 100*quantity.PerUnit:
		return fmt.Errorf("uncertainty %s %% is not between 0 and 100", in.Uncertainty)
	case in.Value != nil && *in.Value < 0:
		return fmt.Errorf("value %s must not be negative", in.Value)
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
	Limit    string    `cbor:"6,keyasint,omitempty" json:"limit,omitempty"` // "40 %", where the rule has one
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

// Decision is the answer with its reasoning. AtRisk lists what a person should look at before relying on it. Where the rules are
// met by their words and an argument remains that a customs lawyer must weigh, such as whether blending is mere dilution,
// Qualifies is true and ForCounsel too: that is no plain yes, and customs.CheckClaim refuses to file on it.
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
	ForCounsel bool         `cbor:"11,keyasint,omitempty" json:"forCounsel,omitempty"`
}
