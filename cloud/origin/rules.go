package origin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Rules is a table of rules of origin of one agreement, as ParseRules read it. It does not change.
type Rules struct {
	Agreement    string
	SPI          string // the special program indicator that claims it
	Parties      []string
	KnownThrough dated.Date
	Digest       [sha256.Size]byte // of the bytes of the table
	rows         []rule
}

// The kinds of rules that the engine can apply.
const (
	kindAgreement      = "agreement"
	kindTransit        = "transit"
	kindWhollyObtained = "wholly_obtained"
	kindMaterials      = "originating_materials"
	kindReaction       = "chemical_reaction"
	kindDiluent        = "diluent"
	kindNear           = "near_limit"
	kindShift          = "tariff_shift"
	kindDilution       = "mere_dilution"
	kindDeMinimis      = "de_minimis"
	kindDiluentHeading = "diluent_heading"
)

// needs says which fields a kind of rule takes beyond those of every row.
var needs = map[string]struct{ headings, diluents, limit, criterion, chapters bool }{
	kindAgreement:      {},
	kindTransit:        {},
	kindWhollyObtained: {criterion: true},
	kindMaterials:      {criterion: true},
	kindReaction:       {headings: true, criterion: true},
	kindDiluent:        {headings: true, diluents: true, limit: true, criterion: true},
	kindNear:           {headings: true, limit: true},
	kindShift:          {headings: true, criterion: true},
	kindDilution:       {},
	kindDeMinimis:      {limit: true, chapters: true},
	kindDiluentHeading: {headings: true},
}

// rule is a row of the table.
type rule struct {
	dated.Row       `yaml:",inline"`
	Name            string   `yaml:"name"`
	Kind            string   `yaml:"kind"`
	Criterion       string   `yaml:"criterion"`
	Headings        []string `yaml:"headings"` // of the good; none means any
	DiluentHeadings []string `yaml:"diluent_headings"`
	Limit           decimal  `yaml:"limit_percent"`
	BarredChapters  []int    `yaml:"barred_chapters"` // first and last
}

// decimal is an exact decimal of a table.
type decimal struct{ quantity.Factor }

// UnmarshalYAML reads a plain decimal.
func (d *decimal) UnmarshalYAML(node ast.Node) error { return dated.Scalar(node, &d.Factor) }

// ParseRules reads a table of rules of origin strictly: an unknown key, a kind that the engine cannot apply or a row that lacks
// what its kind needs is refused with its line or id.
func ParseRules(data []byte) (*Rules, error) {
	var file struct {
		Agreement    string     `yaml:"agreement"`
		SPI          string     `yaml:"spi"`
		Parties      []string   `yaml:"parties"`
		KnownThrough dated.Date `yaml:"known_through"`
		Rules        []rule     `yaml:"rules"`
	}
	if err := dated.Decode(data, &file); err != nil {
		return nil, fmt.Errorf("read rules of origin: %w", err)
	}
	if file.Agreement == "" || file.SPI == "" || len(file.Parties) == 0 || file.KnownThrough == "" || len(file.Rules) == 0 {
		return nil, fmt.Errorf("rules of origin need agreement, spi, parties, known_through and rules")
	}
	seen := map[string]bool{}
	for _, r := range file.Rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("rules of origin of %s: %w", file.Agreement, err)
		}
		if seen[r.ID] {
			return nil, fmt.Errorf("rules of origin of %s: row %s occurs twice", file.Agreement, r.ID)
		}
		seen[r.ID] = true
	}
	return &Rules{
		Agreement: file.Agreement, SPI: file.SPI, Parties: file.Parties, KnownThrough: file.KnownThrough,
		Digest: sha256.Sum256(data), rows: file.Rules,
	}, nil
}

// check reports a row that lacks what its kind needs, or has what its kind cannot use.
func (r rule) check() error {
	if err := r.Row.Check(); err != nil {
		return err
	}
	need, known := needs[r.Kind]
	if !known {
		return fmt.Errorf("row %s: no engine applies a rule of kind %q", r.ID, r.Kind)
	}
	for _, f := range []struct {
		name      string
		has, need bool
	}{
		{"headings", len(r.Headings) > 0, need.headings},
		{"diluent_headings", len(r.DiluentHeadings) > 0, need.diluents},
		{"limit_percent", r.Limit.Valid(), need.limit},
		{"criterion", r.Criterion != "", need.criterion},
		{"barred_chapters", len(r.BarredChapters) == 2, need.chapters},
		{"name", r.Name != "", true},
	} {
		if f.need && !f.has {
			return fmt.Errorf("row %s: a rule of kind %s needs %s", r.ID, r.Kind, f.name)
		}
		if f.has && !f.need {
			return fmt.Errorf("row %s: a rule of kind %s has no use for %s", r.ID, r.Kind, f.name)
		}
	}
	for _, h := range slices.Concat(r.Headings, r.DiluentHeadings) {
		if !digits(h, 4) {
			return fmt.Errorf("row %s: heading %q is not four digits", r.ID, h)
		}
	}
	return nil
}

// percent returns the limit as an exact fraction of one.
func (r rule) percent() *big.Rat {
	den := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.Limit.Decimals)), nil)
	limit := new(big.Rat).SetFrac(big.NewInt(r.Limit.Mantissa), den)
	return limit.Quo(limit, big.NewRat(100, 1))
}

// NoRuleError says that the table has no rule for a heading. It is no refusal of origin: nobody looked.
type NoRuleError struct {
	Agreement string
	Heading   string
}

// Error names the heading and the agreement.
func (e *NoRuleError) Error() string {
	return fmt.Sprintf("no rule loaded for heading %s under %s; load its product-specific rules before deciding",
		e.Heading, e.Agreement)
}

// pick returns the one row of a kind that is in force for a heading.
func (r *Rules) pick(kind, heading string, a dated.AsOf) (rule, error) {
	var found []rule
	for _, row := range dated.Select(r.rows, a) {
		if row.Kind == kind && (len(row.Headings) == 0 || slices.Contains(row.Headings, heading)) {
			found = append(found, row)
		}
	}
	what := fmt.Sprintf("the %s rule %q for heading %s", r.Agreement, kind, heading)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return rule{}, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: "no row of the table is in force"}
	}
	return rule{}, fmt.Errorf("%s: rows %s and %s are in force together; the table must say which", what, found[0].ID, found[1].ID)
}

// covers reports whether the table has product-specific rules for a heading, on whatever day.
func (r *Rules) covers(heading string) bool {
	for _, row := range r.rows {
		if row.Kind == kindShift && slices.Contains(row.Headings, heading) {
			return true
		}
	}
	return false
}

func (r *Rules) digest() string { return hex.EncodeToString(r.Digest[:]) }
