package origin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// CountryRules is a table of what transforms a good substantially, as ParseCountryRules read it. It does not change.
type CountryRules struct {
	Processes    []string
	KnownThrough dated.Date
	Digest       [sha256.Size]byte
	rows         []countryRule
}

// The kinds of rows of a table of countries of origin.
const (
	kindTransformation = "substantial_transformation"
	kindNone           = "no_transformation"
	kindSameCountry    = "inputs_of_one_country"
	kindUndecided      = "undecided"
)

type countryRule struct {
	dated.Row `yaml:",inline"`
	Name      string   `yaml:"name"`
	Kind      string   `yaml:"kind"`
	Processes []string `yaml:"processes"`
}

// CountryAnswer is the country of origin of a good for duties that go by country, such as those of chapter 99: where it was last
// substantially transformed. It is no answer to whether the good originates under an agreement, nor the country of export; none
// of the three stands in for another.
type CountryAnswer struct {
	Country    string       `cbor:"1,keyasint" json:"country"` // ISO 3166 alpha-2; empty: for a person to decide
	Rule       string       `cbor:"2,keyasint" json:"rule"`
	Reasons    []Reason     `cbor:"3,keyasint" json:"reasons"`
	Unverified []dated.Note `cbor:"4,keyasint,omitempty" json:"unverified,omitempty"`
	Rules      string       `cbor:"5,keyasint" json:"rules"` // SHA-256 of the table, in hex
}

// ParseCountryRules reads a table of what transforms a good, strictly.
func ParseCountryRules(data []byte) (*CountryRules, error) {
	var file struct {
		Processes    []string      `yaml:"processes"`
		KnownThrough dated.Date    `yaml:"known_through"`
		Rules        []countryRule `yaml:"rules"`
	}
	if err := dated.Decode(data, &file); err != nil {
		return nil, fmt.Errorf("read rules of country of origin: %w", err)
	}
	if file.KnownThrough == "" || len(file.Rules) == 0 {
		return nil, fmt.Errorf("rules of country of origin need known_through and rules")
	}
	for i, row := range file.Rules {
		if err := row.check(file.Processes); err != nil {
			return nil, fmt.Errorf("rules of country of origin: %w", err)
		}
		if slices.ContainsFunc(file.Rules[:i], func(r countryRule) bool { return r.ID == row.ID }) {
			return nil, fmt.Errorf("rules of country of origin: row %s occurs twice", row.ID)
		}
	}
	return &CountryRules{Processes: file.Processes, KnownThrough: file.KnownThrough, Digest: sha256.Sum256(data), rows: file.Rules}, nil
}

func (r countryRule) check(known []string) error {
	if err := r.Row.Check(); err != nil {
		return err
	}
	named := r.Kind == kindTransformation || r.Kind == kindNone
	if !named && r.Kind != kindSameCountry && r.Kind != kindUndecided {
		return fmt.Errorf("row %s: no engine applies a rule of kind %q", r.ID, r.Kind)
	}
	if r.Name == "" || named != (len(r.Processes) > 0) {
		return fmt.Errorf("row %s needs a name, and processes where it is about some", r.ID)
	}
	for _, p := range r.Processes {
		if !slices.Contains(known, p) {
			return fmt.Errorf("row %s: process %q is not among the processes at the head of the table", r.ID, p)
		}
	}
	return nil
}

// Country answers in which country a good was last substantially transformed, of its processes in their order. Without such a
// process it is the country of all its inputs, if they share one; else nobody guesses, and a person decides. It returns a
// dated.Unknown beyond the time of the table.
func (r *CountryRules) Country(good Good, at time.Time) (CountryAnswer, error) {
	asOf := dated.AsOf{At: at}
	if err := dated.Reach("the country of origin of "+good.Name, r.KnownThrough, asOf); err != nil {
		return CountryAnswer{}, err
	}
	if len(good.Inputs) > MaxInputs || len(good.Processes) > maxProcesses {
		return CountryAnswer{}, fmt.Errorf("good %q: at most %d inputs and %d processes are taken", good.Name, MaxInputs, maxProcesses)
	}
	a := &CountryAnswer{Reasons: []Reason{}, Rules: hex.EncodeToString(r.Digest[:])}
	for _, step := range slices.Backward(good.Processes) {
		row, err := r.pick(asOf, func(x countryRule) bool { return slices.Contains(x.Processes, step.Name) })
		if err != nil {
			return CountryAnswer{}, fmt.Errorf("%s: %w", step.Name, err)
		}
		if row.Kind == kindNone {
			a.add(row, Fail, "%s transforms nothing substantially.", sentence(step.Name))
			continue
		}
		if step.Country == "" {
			a.add(row, Fail, "The good was last transformed by %s, and nobody states in which country.", step.Name)
			return *a, nil
		}
		a.add(row, Pass, "The good was last transformed by %s, in %s.", step.Name, step.place())
		a.Country, a.Rule = step.Country, row.Name+", "+row.Citation
		return *a, nil
	}
	err := r.shared(a, good, asOf)
	return *a, err
}

// shared answers by the inputs of a good that no process transformed.
func (r *CountryRules) shared(a *CountryAnswer, good Good, asOf dated.AsOf) error {
	same, err := r.pick(asOf, func(x countryRule) bool { return x.Kind == kindSameCountry })
	if err != nil {
		return err
	}
	q := &inquiry{good: good}
	for i := range good.Inputs {
		q.inputs = append(q.inputs, &good.Inputs[i])
	}
	countries := q.countries()
	total, err := sumOf(q.inputs)
	if err != nil {
		return err
	}
	switch {
	case good.Volume-total > quantity.Micro(len(q.inputs)): // one micro-unit for each is left to rounding
		a.add(same, Fail, "The inputs do not account for %s of the good.", q.volume(good.Volume-total))
	case len(countries) == 1:
		a.add(same, Pass, "Nothing transformed the inputs, and all of them are of %s.", countries[0])
		a.Country, a.Rule = countries[0], same.Name+", "+same.Citation
		return nil
	default:
		a.add(same, Fail, "The inputs are of %s, and blending them transforms nothing.", join(countries))
	}
	row, err := r.pick(asOf, func(x countryRule) bool { return x.Kind == kindUndecided })
	if err != nil {
		return err
	}
	a.add(row, Noted, "Which country a blend of several is of is for a person; no majority decides.")
	a.Rule = row.Name
	return nil
}

// pick returns the one row in force that fits.
func (r *CountryRules) pick(a dated.AsOf, fits func(countryRule) bool) (countryRule, error) {
	var found []countryRule
	for _, row := range dated.Select(r.rows, a) {
		if fits(row) {
			found = append(found, row)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return countryRule{}, &dated.Unknown{What: "the rule of country of origin", At: dated.Eastern(a.At), Reason: "no row of the table is in force"}
	}
	return countryRule{}, fmt.Errorf("rows %s and %s are in force together; the table must say which", found[0].ID, found[1].ID)
}

func (a *CountryAnswer) add(row countryRule, outcome Outcome, format string, args ...any) {
	a.Reasons = append(a.Reasons, Reason{
		Rule: row.Name, Citation: row.Citation, Text: fmt.Sprintf(format, args...), Outcome: outcome, Verified: row.Verified,
	})
	a.Unverified = dated.AppendNote(a.Unverified, row.Row)
}
