package origin

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Rules is a table of rules of origin of one agreement, as ParseRules read it. It does not change.
type Rules struct {
	Agreement    string
	SPI          []string // the special program indicators that claim it
	Processes    []string // the names of processes that the table knows
	KnownThrough dated.Date
	Digest       [sha256.Size]byte // of the bytes of the table
	rows         []rule
}

// The kinds of rules that the engine can apply.
const (
	kindAgreement      = "agreement"
	kindParties        = "parties"
	kindTransit        = "transit"
	kindWhollyObtained = "wholly_obtained"
	kindMaterials      = "originating_materials"
	kindReaction       = "chemical_reaction"
	kindDiluent        = "diluent"
	kindDiluentHeading = "diluent_heading"
	kindNear           = "near_limit"
	kindShift          = "tariff_shift"
	kindFeedstock      = "feedstock"
	kindProcess        = "process"
	kindBlend          = "direct_blend"
	kindValue          = "value_content"
	kindDilution       = "mere_dilution"
	kindDeMinimis      = "de_minimis"
	kindFungible       = "fungible"
	kindCertification  = "certification"
)

// products are the kinds of product-specific rules. Rows of one alternative have to be met together.
var products = []string{kindShift, kindFeedstock, kindProcess, kindBlend, kindValue}

// needs says which fields a kind of rule must and may have beyond those of every row.
var needs = map[string]struct{ must, may []string }{
	kindAgreement:      {},
	kindParties:        {must: []string{"countries"}},
	kindTransit:        {},
	kindWhollyObtained: {must: []string{"criterion", "materials", "processes"}},
	kindMaterials:      {must: []string{"criterion"}},
	kindReaction:       {must: []string{"goods", "criterion", "processes"}, may: []string{"not_processes"}},
	kindDiluent:        {must: []string{"goods", "materials", "limit_percent", "criterion"}, may: []string{"by"}},
	kindDiluentHeading: {must: []string{"goods"}},
	kindNear:           {must: []string{"of", "limit_percent"}},
	kindShift:          {must: []string{"goods", "from", "criterion"}, may: []string{"except", "alternative", "caution"}},
	kindFeedstock:      {must: []string{"goods", "materials", "limit_percent", "criterion"}, may: []string{"by", "alternative", "caution"}},
	kindProcess:        {must: []string{"goods", "processes", "criterion"}, may: []string{"alternative", "caution"}},
	kindBlend:          {must: []string{"goods", "processes", "materials", "limit_percent", "criterion"}, may: []string{"by", "without", "alternative", "caution"}},
	kindValue:          {must: []string{"goods", "method", "limit_percent", "criterion"}, may: []string{"alternative", "caution"}},
	kindDilution:       {must: []string{"goods"}, may: []string{"processes"}},
	kindDeMinimis:      {must: []string{"limit_percent", "criterion"}, may: []string{"goods", "barred_chapters", "caution"}},
	kindFungible:       {},
	kindCertification:  {must: []string{"valid_years"}},
}

// Level is how far up the tariff a material must have changed.
type Level string

// The levels of a change of tariff classification.
const (
	Chapter    Level = "chapter"
	Heading    Level = "heading"
	Subheading Level = "subheading"
	Anything   Level = "anything" // from within the subheading too
)

// digits returns how many digits of two tariff numbers have to differ somewhere; 0: none.
func (l Level) digits() int {
	return map[Level]int{Chapter: 2, Heading: 4, Subheading: 6}[l]
}

// The methods of a regional value content.
const (
	TransactionValue = "transaction_value"
	NetCost          = "net_cost"
)

// rule is a row of the table.
type rule struct {
	dated.Row      `yaml:",inline"`
	Name           string   `yaml:"name"`
	Kind           string   `yaml:"kind"`
	Goods          spans    `yaml:"goods"` // none means any
	Alternative    string   `yaml:"alternative"`
	Criterion      string   `yaml:"criterion"`
	From           Level    `yaml:"from"`
	Except         spans    `yaml:"except"`
	Materials      spans    `yaml:"materials"`
	Without        spans    `yaml:"without"`
	Processes      []string `yaml:"processes"`
	NotProcesses   []string `yaml:"not_processes"`
	Limit          decimal  `yaml:"limit_percent"`
	By             string   `yaml:"by"` // what a limit is a share of: volume, which it is without, mass or energy
	Method         string   `yaml:"method"`
	BarredChapters []int    `yaml:"barred_chapters"` // first and last
	Of             []string `yaml:"of"`              // rows
	Countries      []string `yaml:"countries"`
	ValidYears     int      `yaml:"valid_years"`
	Caution        string   `yaml:"caution"` // what a lawyer has to weigh before relying on the row
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
		SPI          []string   `yaml:"spi"`
		Processes    []string   `yaml:"processes"`
		KnownThrough dated.Date `yaml:"known_through"`
		Rules        []rule     `yaml:"rules"`
	}
	if err := dated.Decode(data, &file); err != nil {
		return nil, fmt.Errorf("read rules of origin: %w", err)
	}
	if file.Agreement == "" || len(file.SPI) == 0 || file.KnownThrough == "" || len(file.Rules) == 0 {
		return nil, fmt.Errorf("rules of origin need agreement, spi, known_through and rules")
	}
	r := &Rules{
		Agreement: file.Agreement, SPI: file.SPI, Processes: file.Processes, KnownThrough: file.KnownThrough,
		Digest: sha256.Sum256(data), rows: file.Rules,
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("rules of origin of %s: %w", file.Agreement, err)
	}
	return r, nil
}

// check reports the first row that is wrong by itself, or that does not fit the others.
func (r *Rules) check() error {
	limits, near := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	for _, row := range r.rows {
		if err := row.check(); err != nil {
			return err
		}
		if seen[row.ID] {
			return fmt.Errorf("row %s occurs twice", row.ID)
		}
		seen[row.ID] = true
		for _, p := range slices.Concat(row.Processes, row.NotProcesses) {
			if !slices.Contains(r.Processes, p) {
				return fmt.Errorf("row %s: process %q is not among the processes at the head of the table", row.ID, p)
			}
		}
		switch row.Kind {
		case kindDiluent, kindFeedstock, kindBlend:
			limits[row.ID] = true
		case kindNear:
			for _, id := range row.Of {
				near[id] = true
			}
		}
	}
	for _, row := range r.rows {
		if limits[row.ID] && !near[row.ID] {
			return fmt.Errorf("row %s has a limit of a share, and no row of kind %s says how near is too near: name it in one's \"of\"", row.ID, kindNear)
		}
		for _, id := range row.Of {
			if !limits[id] {
				return fmt.Errorf("row %s: %q is no row with a limit of a share", row.ID, id)
			}
		}
	}
	return nil
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
	if r.Name == "" {
		return fmt.Errorf("row %s has no name", r.ID)
	}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"goods", len(r.Goods) > 0}, {"alternative", r.Alternative != ""}, {"criterion", r.Criterion != ""}, {"from", r.From != ""},
		{"except", len(r.Except) > 0}, {"materials", len(r.Materials) > 0}, {"without", len(r.Without) > 0},
		{"processes", len(r.Processes) > 0}, {"not_processes", len(r.NotProcesses) > 0}, {"limit_percent", r.Limit.Valid()}, {"by", r.By != ""},
		{"method", r.Method != ""}, {"barred_chapters", len(r.BarredChapters) > 0}, {"of", len(r.Of) > 0},
		{"countries", len(r.Countries) > 0}, {"valid_years", r.ValidYears != 0}, {"caution", r.Caution != ""},
	} {
		must := slices.Contains(need.must, f.name)
		if must && !f.has {
			return fmt.Errorf("row %s: a rule of kind %s needs %s", r.ID, r.Kind, f.name)
		}
		if f.has && !must && !slices.Contains(need.may, f.name) {
			return fmt.Errorf("row %s: a rule of kind %s has no use for %s", r.ID, r.Kind, f.name)
		}
	}
	return r.values()
}

// values reports a field whose value no engine applies.
func (r rule) values() error {
	b := r.BarredChapters
	switch {
	case r.From != "" && r.From != Anything && r.From.digits() == 0:
		return fmt.Errorf("row %s: from is %q, want chapter, heading, subheading or anything", r.ID, r.From)
	case r.By != "" && !slices.Contains([]quantity.Dimension{quantity.Volume, quantity.Mass, quantity.Energy}, quantity.Dimension(r.By)):
		return fmt.Errorf("row %s: by is %q, want volume, mass or energy", r.ID, r.By)
	case r.Method != "" && r.Method != TransactionValue && r.Method != NetCost:
		return fmt.Errorf("row %s: method is %q, want %s or %s", r.ID, r.Method, TransactionValue, NetCost)
	case len(b) != 0 && (len(b) != 2 || b[0] < 1 || b[1] < b[0] || b[1] > 99):
		return fmt.Errorf("row %s: barred_chapters are the first and the last chapter, such as [1, 27]", r.ID)
	case r.Limit.Valid() && r.percent().Cmp(big.NewRat(1, 1)) > 0:
		return fmt.Errorf("row %s: limit_percent is %s, more than 100", r.ID, r.Limit)
	case r.ValidYears < 0 || r.ValidYears > 50:
		return fmt.Errorf("row %s: valid_years is %d, want 1 to 50", r.ID, r.ValidYears)
	case len(r.Criterion) > 1:
		return fmt.Errorf("row %s: criterion is %q, want one letter", r.ID, r.Criterion)
	}
	for _, c := range r.Countries {
		if !countryCode(c) {
			return fmt.Errorf("row %s: country %q is not an ISO 3166 alpha-2 code", r.ID, c)
		}
	}
	return nil
}

// countryCode reports a code of the form of ISO 3166 alpha-2.
func countryCode(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// by returns what the limit is a share of.
func (r rule) by() quantity.Dimension {
	return cmp.Or(quantity.Dimension(r.By), quantity.Volume)
}

// percent returns the limit as an exact fraction of one.
func (r rule) percent() *big.Rat {
	den := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.Limit.Decimals)), nil)
	limit := new(big.Rat).SetFrac(big.NewInt(r.Limit.Mantissa), den)
	return limit.Quo(limit, big.NewRat(100, 1))
}

// NoRuleError says that the table has no rule for a good. It is no refusal of origin: nobody looked.
type NoRuleError struct {
	Agreement string // that was asked for
	Table     string // the agreement of the table
	Good      Code
}

// Error names the good and the agreement.
func (e *NoRuleError) Error() string {
	if e.Table != "" && e.Table != e.Agreement {
		return fmt.Sprintf("the origin under %s is asked for, and the table is of %s: load the rules of %[1]s", e.Agreement, e.Table)
	}
	return fmt.Sprintf("no rule loaded for %s under %s; load its product-specific rules before deciding", e.Good.words(), e.Agreement)
}

// NotInForceError says that an agreement was not in force on a day. No good originates under it then.
type NotInForceError struct {
	Agreement string
	At        dated.Date
	From, To  string // To is the first day on which it was in force no more, or empty
}

// Error names the days between which it is.
func (e *NotInForceError) Error() string {
	until := ""
	if e.To != "" {
		until = ", and no more on " + e.To
	}
	return fmt.Sprintf("%s was not in force on %s, so nothing originates under it: it is in force from %s%s; ask for the agreement of that day",
		e.Agreement, e.At, e.From, until)
}

// inForce returns the row by which the agreement is in force, or that it is not, or that the table does not say.
func (r *Rules) inForce(a dated.AsOf) (rule, error) {
	err := error(&dated.Unknown{What: "whether " + r.Agreement + " is in force", At: dated.Eastern(a.At), Reason: "the table has no row of kind agreement"})
	for _, row := range r.rows {
		if row.Kind != kindAgreement {
			continue
		}
		if row.InForce(a) {
			return row, nil
		}
		err = &NotInForceError{Agreement: r.Agreement, At: dated.Eastern(a.At), From: row.ValidFrom.String(), To: row.ValidTo.String()}
	}
	return rule{}, err
}

// errAbsent reports a kind of which the table has no row for a good; the agreement may do without.
var errAbsent = errors.New("the table has no such row")

// pick returns the one row of a kind in force for a good: of several the one that names most digits of it. Two that name as many
// are an error, none is errAbsent.
func (r *Rules) pick(kind string, good Code, a dated.AsOf) (rule, error) {
	var found []rule
	most := 0
	for _, row := range r.rows {
		if row.Kind != kind || !row.InForce(a) {
			continue
		}
		switch depth := row.Goods.depth(good); {
		case depth == 0 || depth < most:
		case depth > most:
			found, most = []rule{row}, depth
		default:
			found = append(found, row)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return rule{}, errAbsent
	}
	return rule{}, fmt.Errorf("the %s rule %q for %s: rows %s and %s are in force together; the table must say which", r.Agreement, kind,
		good.words(), found[0].ID, found[1].ID)
}

// product returns the product-specific rows in force for a good, in the order of the table: of all that reach it those that name
// most digits of it.
func (r *Rules) product(good Code, a dated.AsOf) []rule {
	var found []rule
	most := 0
	for _, row := range r.rows {
		if !slices.Contains(products, row.Kind) || !row.InForce(a) {
			continue
		}
		switch depth := row.Goods.depth(good); {
		case depth == 0 || depth < most:
		case depth > most:
			found, most = []rule{row}, depth
		default:
			found = append(found, row)
		}
	}
	return found
}

// covers reports whether the table has product-specific rules for a good, on whatever day.
func (r *Rules) covers(good Code) bool {
	return slices.ContainsFunc(r.rows, func(row rule) bool {
		return slices.Contains(products, row.Kind) && row.Goods.depth(good) > 0
	})
}

// parties returns the countries that are Parties, and the rows that say so.
func (r *Rules) parties(a dated.AsOf) (countries []string, rows []rule) {
	for _, row := range r.rows {
		if row.Kind == kindParties && row.InForce(a) {
			countries = append(countries, row.Countries...)
			rows = append(rows, row)
		}
	}
	return countries, rows
}

// Extracted reports whether goods of a tariff number are minerals as extracted at a moment, which are wholly obtained where they
// come out of the ground. What is refined or fractionated is not.
func (r *Rules) Extracted(good Code, a dated.AsOf) bool {
	row, err := r.pick(kindWhollyObtained, good, a)
	return err == nil && row.Materials.has(good)
}

// Party reports whether a country is a Party at a moment.
func (r *Rules) Party(country string, a dated.AsOf) bool {
	countries, _ := r.parties(a)
	return slices.Contains(countries, country)
}

func (r *Rules) digest() string { return hex.EncodeToString(r.Digest[:]) }
