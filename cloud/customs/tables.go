// Package customs computes what an import entry of crude oil by pipeline comes to: tariff line, duty, fees, additional duties,
// entry regime and deadlines, with and without a claim of preference. Rates, fees, dates and ports are data; what the tables do
// not reach is unknown. Every amount is a computed estimate: a licensed broker or the importer files. It is pure.
package customs

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Tables are the rate and port tables, as ParseTables read them. They do not change.
type Tables struct {
	RatesDigest [sha256.Size]byte // of the bytes of the rate table
	PortsDigest [sha256.Size]byte // of the bytes of the port table
	rates       rates
	ports       ports
}

// rates is the file of rates.
type rates struct {
	Classification section[splitRow]     `yaml:"classification"`
	Lines          section[lineRow]      `yaml:"lines"`
	Rounding       section[roundRow]     `yaml:"rounding"`
	MPF            section[mpfRow]       `yaml:"mpf"`
	MPFExempt      section[exemptRow]    `yaml:"mpf_exempt"`
	Modes          section[modeRow]      `yaml:"modes"`
	Programs       section[programRow]   `yaml:"programs"`
	Origins        section[originRow]    `yaml:"origins"`
	Additional     section[extraRow]     `yaml:"additional"`
	Regimes        section[regimeRow]    `yaml:"regimes"`
	Deadlines      section[deadlineRow]  `yaml:"deadlines"`
	Holidays       holidays              `yaml:"holidays"`
	Tolerances     section[toleranceRow] `yaml:"tolerances"`
}

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
	Below     string  `yaml:"below"`
	From      string  `yaml:"from"`
}

type lineRow struct {
	dated.Row `yaml:",inline"`
	HTS       string   `yaml:"hts"`
	Text      string   `yaml:"text"`
	Unit      string   `yaml:"unit"`
	Dollars   decimal  `yaml:"dollars"`
	Free      []string `yaml:"free"`
}

type roundRow struct {
	dated.Row `yaml:",inline"`
	Dollars   decimal `yaml:"dollars"`
}

type mpfRow struct {
	dated.Row `yaml:",inline"`
	Route     Route   `yaml:"route"`
	Rate      decimal `yaml:"rate"`
	Min       money   `yaml:"min"`
	Max       money   `yaml:"max"`
}

type exemptRow struct {
	dated.Row `yaml:",inline"`
	SPI       string `yaml:"spi"`
}

type modeRow struct {
	dated.Row `yaml:",inline"`
	MOT       string `yaml:"mot"`
	Name      string `yaml:"name"`
	HarborFee bool   `yaml:"harbor_fee"`
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
}

// extraRow is a heading of chapter 99, or a gap where one is missing.
type extraRow struct {
	dated.Row  `yaml:",inline"`
	Kind       string        `yaml:"kind"` // additional, exemption or gap
	Origins    []string      `yaml:"origins"`
	HTS        []string      `yaml:"hts"` // prefixes
	Exempts    []string      `yaml:"exempts"`
	Claim      string        `yaml:"claim"`      // the SPI that an exemption needs
	Conveyance string        `yaml:"conveyance"` // the mode that an exemption needs
	Scope      string        `yaml:"scope"`
	Rate       decimal       `yaml:"rate"`
	Held       dated.Instant `yaml:"held"` // when it was held unlawful
	Open       dated.Instant `yaml:"open"` // when refunds began
	Refund     string        `yaml:"refund"`
}

type regimeRow struct {
	dated.Row `yaml:",inline"`
	Regime    RegimeKind `yaml:"regime"`
	Goods     string     `yaml:"goods"` // free or dutiable
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
	Citation  string    `yaml:"citation"`
	Verified  dated.Tag `yaml:"verified"`
	Pipelines []string  `yaml:"pipelines"`
}

// section is a list of rows of one kind and the last day that it knows.
type section[R row] struct {
	KnownThrough dated.Date `yaml:"known_through"`
	Rows         []R        `yaml:"rows"`
}

// row is what the row types have in common: what they embed, and a check of their own fields.
type row interface {
	Key() string
	Check() error
	InForce(dated.AsOf) bool
	lacks() string
}

// ParseTables reads the rate and port tables strictly: an unknown key, or a row without what its kind needs, is refused with its
// line or id. Both files are kept by digest, so that a decision can name what it was made on.
func ParseTables(rateTable, portTable []byte) (*Tables, error) {
	t := &Tables{RatesDigest: sha256.Sum256(rateTable), PortsDigest: sha256.Sum256(portTable)}
	if err := dated.Decode(rateTable, &t.rates); err != nil {
		return nil, fmt.Errorf("read rate table: %w", err)
	}
	if err := dated.Decode(portTable, &t.ports); err != nil {
		return nil, fmt.Errorf("read port table: %w", err)
	}
	r := &t.rates
	if err := errors.Join(
		r.Classification.check("classification"), r.Lines.check("lines"), r.Rounding.check("rounding"), r.MPF.check("mpf"),
		r.MPFExempt.check("mpf_exempt"), r.Modes.check("modes"), r.Programs.check("programs"), r.Origins.check("origins"),
		r.Additional.check("additional"), r.Regimes.check("regimes"), r.Deadlines.check("deadlines"),
		r.Tolerances.check("tolerances"), r.Holidays.check(), checkExempts(r.Additional.Rows),
	); err != nil {
		return nil, fmt.Errorf("rate table: %w", err)
	}
	if err := t.ports.check(); err != nil {
		return nil, fmt.Errorf("port table: %w", err)
	}
	return t, nil
}

func (s section[R]) check(name string) error {
	if s.KnownThrough == "" || len(s.Rows) == 0 {
		return fmt.Errorf("section %s needs known_through and rows", name)
	}
	for _, r := range s.Rows {
		if err := r.Check(); err != nil {
			return fmt.Errorf("section %s: %w", name, err)
		}
		if lack := r.lacks(); lack != "" {
			return fmt.Errorf("section %s: row %s lacks %s", name, r.Key(), lack)
		}
	}
	return nil
}

// one returns the single row in force that fits; none is an Unknown, two are a fault of the table.
func (s section[R]) one(what string, a dated.AsOf, fits func(R) bool) (R, error) {
	var none R
	if err := dated.Reach(what, s.KnownThrough, a); err != nil {
		return none, err
	}
	found := slices.DeleteFunc(dated.Select(s.Rows, a), func(r R) bool { return !fits(r) })
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return none, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: "no row of the table was in force and known"}
	}
	return none, fmt.Errorf("%s: %d rows of the table are in force together", what, len(found))
}

func (r splitRow) lacks() string {
	ok := r.Kind == "step" || r.Kind == "band" || r.Kind == "split" && tenDigits(r.Below) && tenDigits(r.From)
	return unless(ok && r.Degrees.Micro > 0, "a kind of split, step or band, its degrees, and two ten-digit lines for a split")
}

func (r lineRow) lacks() string {
	return unless(tenDigits(r.HTS) && r.Text != "" && r.Unit == "bbl" && r.Dollars.Valid(), "hts, text, unit bbl or dollars")
}

func (r roundRow) lacks() string { return unless(r.Dollars.Valid(), "dollars") }

func (r mpfRow) lacks() string {
	return unless((r.Route == Standard || r.Route == PipelineDay) && r.Rate.Valid() && r.Min.Cents >= 0 && r.Max.Cents > r.Min.Cents,
		"a route, a rate, or a min below its max")
}

func (r exemptRow) lacks() string { return unless(r.SPI != "", "spi") }

func (r modeRow) lacks() string { return unless(r.MOT != "" && r.Name != "", "mot or name") }

func (r programRow) lacks() string {
	return unless(r.SPI != "" && r.Agreement != "" && len(r.Origins) > 0, "spi, agreement or origins")
}

func (r originRow) lacks() string {
	return unless(len(r.Code) == 2 && len(r.Country) == 2 && r.Name != "", "code, country or name")
}

func (r extraRow) lacks() string {
	ok := len(r.Origins) > 0 && len(r.HTS) > 0 && r.Scope != "" && r.Open.Set() == (r.Refund != "") && (!r.Open.Set() || r.Held.Set())
	switch r.Kind {
	case "additional":
		ok = ok && r.Rate.Valid() && len(r.Exempts) == 0
	case "exemption":
		ok = ok && len(r.Exempts) > 0
	case "gap":
	default:
		ok = false
	}
	return unless(ok, "what its kind (additional, exemption or gap) needs")
}

// checkExempts reports an exemption from a row that there is not.
func checkExempts(rows []extraRow) error {
	for _, r := range rows {
		for _, id := range r.Exempts {
			if !slices.ContainsFunc(rows, func(x extraRow) bool { return x.ID == id && x.Kind == "additional" }) {
				return fmt.Errorf("section additional: row %s exempts from %s, which is no additional duty here", r.ID, id)
			}
		}
	}
	return nil
}

func (r regimeRow) lacks() string {
	ok := (r.Regime == Daily || r.Regime == Monthly && r.PerWeek > 0 && r.PerMonth > 0) && r.Text != ""
	return unless(ok && (r.Goods == "free" || r.Goods == "dutiable"), "a regime, goods, text, or the fewest shipments of a monthly one")
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

// Port returns the name of a port by its code (Schedule D), and the pipelines that are taken to cross there, which is inferred from
// geography and unverified.
func (t *Tables) Port(code string) (name string, pipelines []string, known bool) {
	i := slices.IndexFunc(t.ports.Ports, func(r portRow) bool { return r.Code == code })
	if i < 0 {
		return "", nil, false
	}
	return t.ports.Ports[i].Name, slices.Clone(t.ports.Ports[i].Pipelines), true
}

// PortCodes returns the codes of all ports of the table, sorted.
func (t *Tables) PortCodes() []string {
	codes := make([]string, 0, len(t.ports.Ports))
	for _, r := range t.ports.Ports {
		codes = append(codes, r.Code)
	}
	return codes
}

func (p ports) check() error {
	if p.KnownThrough == "" || len(p.Ports) == 0 {
		return errors.New("needs known_through and ports")
	}
	for i, r := range p.Ports {
		if len(r.Code) != 4 || strings.Trim(r.Code, "0123456789") != "" || r.Name == "" || r.Citation == "" || r.Verified == "" {
			return fmt.Errorf("port %q needs a code of four digits, a name, a citation and verified", r.Code)
		}
		if i > 0 && r.Code <= p.Ports[i-1].Code {
			return fmt.Errorf("port %s: ports are listed once each, in order of their codes", r.Code)
		}
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

// tenDigits reports a tariff number written to ten digits, "2709.00.10.00".
func tenDigits(hts string) bool {
	return len(hts) == 13 && hts[4] == '.' && hts[7] == '.' && hts[10] == '.' && strings.Trim(hts, "0123456789.") == ""
}
