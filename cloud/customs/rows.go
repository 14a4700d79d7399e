package customs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// decimal is an exact decimal of a table.
type decimal struct{ quantity.Factor }

// UnmarshalYAML reads a plain decimal.
func (d *decimal) UnmarshalYAML(node ast.Node) error { return dated.Scalar(node, &d.Factor) }

// degrees is a gravity, or a difference of two, in a table.
type degrees struct{ quantity.Micro }

// UnmarshalYAML reads a plain decimal of at most six places.
func (d *degrees) UnmarshalYAML(node ast.Node) error { return dated.Scalar(node, &d.Micro) }

// money is an amount of dollars in a table.
type money struct{ Cents }

// UnmarshalYAML reads dollars with at most two decimals.
func (m *money) UnmarshalYAML(node ast.Node) error { return dated.Scalar(node, &m.Cents) }

type splitRow struct {
	dated.Row `yaml:",inline"`
	Kind      string  `yaml:"kind"` // split, step or band
	Degrees   degrees `yaml:"degrees"`
	Below     string  `yaml:"below"` // of ten digits, or of eight where the subheading has several statistical numbers
	From      string  `yaml:"from"`
}

// lineRow is a subheading of eight digits with its statistical suffixes.
type lineRow struct {
	dated.Row `yaml:",inline"`
	HTS       string   `yaml:"hts"` // "2709.00.10"
	Suffixes  []string `yaml:"suffixes"`
	Text      string   `yaml:"text"`
	Units     []string `yaml:"units"` // to report; a specific rate is per unit of the first
	Rate      rate     `yaml:"rate"`
	Column2   rate     `yaml:"column2"`
	Free      []string `yaml:"free"` // programs of the special column
}

type roundRow struct {
	dated.Row `yaml:",inline"`
	Dollars   decimal `yaml:"dollars"`
}

type mpfRow struct {
	dated.Row `yaml:",inline"`
	Share     decimal `yaml:"share"`
	Min       money   `yaml:"min"`
	Max       money   `yaml:"max"`
}

type exemptRow struct {
	dated.Row `yaml:",inline"`
	SPI       string `yaml:"spi"`
}

// hmfRow is the harbor maintenance fee.
type hmfRow struct {
	dated.Row  `yaml:",inline"`
	Conveyance string  `yaml:"conveyance"`
	Share      decimal `yaml:"share"`
}

// taxRow is an excise tax for the memo, or an exclusion from all of them.
type taxRow struct {
	dated.Row `yaml:",inline"`
	Kind      string   `yaml:"kind"` // tax or exclusion
	Tax       string   `yaml:"tax"`  // its name, or what is excluded
	Dollars   decimal  `yaml:"dollars"`
	HTS       []string `yaml:"hts"`
}

type modeRow struct {
	dated.Row  `yaml:",inline"`
	MOT        string `yaml:"mot"`
	Name       string `yaml:"name"`
	Conveyance string `yaml:"conveyance"` // "pipeline", "vessel", "rail" or "truck"
}

type programRow struct {
	dated.Row `yaml:",inline"`
	SPI       string   `yaml:"spi"`
	Agreement string   `yaml:"agreement"`
	Origins   []string `yaml:"origins"`
}

type originRow struct {
	dated.Row `yaml:",inline"`
	Code      string `yaml:"code"`
	Name      string `yaml:"name"`
	Country   string `yaml:"country"`
	Column2   bool   `yaml:"column2"` // its goods take the rates of column 2
}

// extraRow is a heading of chapter 99, or a gap where one is missing.
type extraRow struct {
	dated.Row     `yaml:",inline"`
	Number        string        `yaml:"heading"` // left out where it is the id
	Kind          string        `yaml:"kind"`    // additional, in_lieu, exemption or gap
	Origins       []string      `yaml:"origins"` // or any
	ExceptOrigins []string      `yaml:"except_origins"`
	Basis         string        `yaml:"origin_basis"` // a key of bases
	HTS           []string      `yaml:"hts"`          // prefixes, or any
	ExceptHTS     []string      `yaml:"except_hts"`
	Described     bool          `yaml:"described"` // a person confirms that the goods are in the scope
	Exempts       []string      `yaml:"exempts"`   // headings
	Replaces      []string      `yaml:"replaces"`  // headings, of an in_lieu
	Claim         []string      `yaml:"claim"`     // the indicators of which an exemption needs one
	Conveyance    string        `yaml:"conveyance"`
	LoadedBefore  dated.Instant `yaml:"loaded_before"`
	Transshipped  bool          `yaml:"transshipped"` // only where CBP found it so
	Scope         string        `yaml:"scope"`
	Rate          rate          `yaml:"rate"`
	Held          dated.Instant `yaml:"held"` // when it was held unlawful
	Open          dated.Instant `yaml:"open"` // when refunds began
	Refund        string        `yaml:"refund"`
}

type regimeRow struct {
	dated.Row `yaml:",inline"`
	Regime    RegimeKind `yaml:"regime"`
	Goods     string     `yaml:"goods"` // free, dutiable or through
	By        []string   `yaml:"by"`    // conveyances; none: whatever brings them
	PerWeek   int        `yaml:"per_week"`
	PerMonth  int        `yaml:"per_month"`
	Text      string     `yaml:"text"`
}

type deadlineRow struct {
	dated.Row `yaml:",inline"`
	Kind      string `yaml:"kind"` // monthly, daily, claim or rolling
	Days      int    `yaml:"days"`
	Working   bool   `yaml:"working"`
	Years     int    `yaml:"years"`
}

type toleranceRow struct {
	dated.Row `yaml:",inline"`
	Kind      string  `yaml:"kind"` // sediment_water or estimate
	Percent   decimal `yaml:"percent"`
}

type holidays struct {
	KnownThrough dated.Date   `yaml:"known_through"`
	Citation     string       `yaml:"citation"`
	Verified     dated.Tag    `yaml:"verified"`
	Days         []dated.Date `yaml:"days"`
}

// ports is the file of ports.
type ports struct {
	KnownThrough dated.Date `yaml:"known_through"`
	Ports        []portRow  `yaml:"ports"`
}

type portRow struct {
	Code      string    `yaml:"code"`
	Name      string    `yaml:"name"`
	Zone      string    `yaml:"zone"` // IANA
	Citation  string    `yaml:"citation"`
	Verified  dated.Tag `yaml:"verified"`
	Pipelines []string  `yaml:"pipelines"`
}

func (r splitRow) lacks() string {
	line := func(hts string) bool { return eightDigits(hts) || tenDigits(hts) }
	ok := r.Kind == "step" || r.Kind == "band" || r.Kind == "split" && line(r.Below) && line(r.From)
	return unless(ok && r.Degrees.Micro > 0, "a kind of split, step or band, its degrees, and two lines of eight or ten digits for a split")
}

func (r lineRow) lacks() string {
	ok := eightDigits(r.HTS) && len(r.Suffixes) > 0 && r.Text != "" && len(r.Units) > 0 && r.Rate.valid() && r.Column2.valid()
	for _, s := range r.Suffixes {
		ok = ok && len(s) == 2 && digits(s)
	}
	return unless(ok, "hts to eight digits, suffixes of two, text, units, or what the type of rate and column2 needs")
}

func (r roundRow) lacks() string { return unless(r.Dollars.Valid(), "dollars") }

func (r mpfRow) lacks() string {
	return unless(r.Share.Valid() && r.Min.Cents >= 0 && r.Max.Cents > r.Min.Cents, "a share, or a min below its max")
}

func (r exemptRow) lacks() string { return unless(r.SPI != "", "spi") }

func (r hmfRow) lacks() string {
	return unless(r.Conveyance != "" && r.Share.Valid(), "conveyance or share")
}

func (r taxRow) lacks() string {
	ok := r.Tax != "" && len(r.HTS) > 0 && (r.Kind == "tax" && r.Dollars.Valid() || r.Kind == "exclusion" && !r.Dollars.Valid())
	return unless(ok, "a kind of tax or exclusion, tax, hts, or the dollars of a tax")
}

func (r modeRow) lacks() string {
	known := slices.Contains([]string{byPipeline, "vessel", "rail", "truck"}, r.Conveyance)
	return unless(r.MOT != "" && r.Name != "" && known, "mot, name or a conveyance of pipeline, vessel, rail or truck")
}

func (r programRow) lacks() string {
	return unless(r.SPI != "" && r.Agreement != "" && len(r.Origins) > 0, "spi, agreement or origins")
}

func (r originRow) lacks() string {
	return unless(len(r.Code) == 2 && len(r.Country) == 2 && r.Name != "", "code, country or name")
}

// bases say what the country of origin of a heading goes by.
var bases = map[string]string{
	"part102": "by 19 CFR part 102 and last substantial transformation", "gn11": "by General Note 11", "gn12": "by General Note 12",
	"gn29": "by General Note 29", "any": "of whatever origin",
}

func (r extraRow) lacks() string {
	ok := len(r.Origins) > 0 && len(r.HTS) > 0 && r.Scope != "" && bases[r.Basis] != "" && r.Open.Set() == (r.Refund != "") &&
		(!r.Open.Set() || r.Held.Set()) && (len(r.Replaces) > 0) == (r.Kind == "in_lieu")
	switch r.Kind {
	case "additional", "in_lieu":
		ok = ok && r.Rate.valid() && r.Rate.Type != "free"
	case "exemption":
		ok = ok && len(r.Exempts) > 0
	case "gap":
	default:
		ok = false
	}
	return unless(ok, "what its kind (additional, in_lieu, exemption or gap) needs")
}

// checkHeadings reports an exemption from a heading, or the replacement of one, that there is not.
func checkHeadings(rows []extraRow) error {
	for _, r := range rows {
		for _, heading := range slices.Concat(r.Exempts, r.Replaces) {
			if !slices.ContainsFunc(rows, func(x extraRow) bool { return x.heading() == heading && x.adds() }) {
				return fmt.Errorf("section additional: row %s names %s, which is no additional duty here", r.ID, heading)
			}
		}
	}
	return nil
}

func (r regimeRow) lacks() string {
	ok := r.Regime == InBond && r.Goods == "through" || r.Goods == "dutiable" && r.Regime == Daily ||
		r.Goods == "free" && (r.Regime == Daily || r.Regime == Monthly && r.PerWeek > 0 && r.PerMonth > 0)
	return unless(ok && r.Text != "", "a regime, goods, text, or the fewest shipments of a monthly one")
}

func (r deadlineRow) lacks() string {
	ok := r.Kind == "rolling" || (r.Kind == "monthly" || r.Kind == "daily") && r.Days > 0 || r.Kind == "claim" && r.Years > 0
	return unless(ok, "a kind of monthly, daily, claim or rolling, and its days or years")
}

func (r toleranceRow) lacks() string {
	return unless((r.Kind == "sediment_water" || r.Kind == "estimate") && r.Percent.Valid(), "a kind of sediment_water or estimate, or percent")
}

func (h holidays) check() error {
	if h.KnownThrough == "" || h.Citation == "" || h.Verified == "" || len(h.Days) == 0 || !slices.IsSorted(h.Days) {
		return errors.New("section holidays needs known_through, citation, verified, and days in order")
	}
	return nil
}

// unless returns what is lacking unless all is well.
func unless(ok bool, lack string) string {
	if ok {
		return ""
	}
	return lack
}

// tenDigits and eightDigits report a tariff number written so: "2709.00.10.00", "2709.00.10".
func tenDigits(hts string) bool {
	return len(hts) == 13 && hts[10] == '.' && eightDigits(hts[:10]) && digits(hts[11:])
}

func eightDigits(hts string) bool {
	return len(hts) == 10 && hts[4] == '.' && hts[7] == '.' && digits(hts[:4]+hts[5:7]+hts[8:])
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
