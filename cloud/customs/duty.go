package customs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Line is the tariff line of a crude oil, always to ten digits.
type Line struct {
	HTS      string         `cbor:"1,keyasint" json:"hts"`
	Text     string         `cbor:"2,keyasint" json:"text"`
	Unit     string         `cbor:"3,keyasint" json:"unit"`
	API60    quantity.Micro `cbor:"4,keyasint" json:"api60"`    // degrees API at 60 F, as measured
	Reported quantity.Micro `cbor:"5,keyasint" json:"reported"` // rounded to the reporting step: the figure that is tested
	AtRisk   bool           `cbor:"6,keyasint,omitempty" json:"atRisk,omitempty"`
	// Reasons tell why this line, and what is at risk.
	Reasons    []origin.Reason `cbor:"7,keyasint" json:"reasons"`
	Unverified []dated.Note    `cbor:"8,keyasint,omitempty" json:"unverified,omitempty"`
}

// Classify returns the line of crude oil by its unrounded gravity in degrees API at 60 F (19 CFR 151.41). The figure rounded to
// the laboratory's reporting step is what is tested; within the reproducibility of the method the line is at risk, for a person.
func (t *Tables) Classify(api60 quantity.Micro, a dated.AsOf) (Line, error) {
	if api60 < -20*quantity.PerUnit || api60 > 100*quantity.PerUnit {
		return Line{}, fmt.Errorf("gravity of %s degrees API is not that of crude oil", api60)
	}
	split, step, band, err := t.splits(a)
	if err != nil {
		return Line{}, err
	}
	limit, width := split.Degrees.Micro, band.Degrees.Micro
	reported := stepped(api60, step.Degrees.Micro)
	hts, other, tests := split.From, split.Below, split.Degrees.String()+" degrees or more"
	if reported < limit {
		hts, other, tests = split.Below, split.From, "under "+split.Degrees.String()+" degrees"
	}
	row, err := t.line(hts, a)
	if err != nil {
		return Line{}, err
	}
	var f Figure
	f.step("Tariff line", split.Row, origin.Pass, "Crude oil reported at %s degrees API tests %s: line %s.",
		reported.Decimal(1), tests, hts)
	near := max(api60-limit, limit-api60) <= width
	if near {
		f.step("Line at risk", band.Row, origin.Noted, "%s degrees API lies within %s of %s degrees, what the method can tell apart; "+
			"line %s is the other one, and a person decides.", api60, band.Degrees, split.Degrees, other)
	}
	if (api60 < limit) != (reported < limit) {
		f.step("Reporting step", step.Row, origin.Noted, "The gravity of %s unrounded would be on the other side; the figure reported "+
			"to %s degree is tested.", api60, step.Degrees)
	}
	return Line{
		HTS: hts, Text: row.Text, Unit: row.Units[0], API60: api60, Reported: reported, AtRisk: near,
		Reasons: f.Reasons, Unverified: f.Unverified,
	}, nil
}

// splits returns the rows that divide crude oil by gravity.
func (t *Tables) splits(a dated.AsOf) (split, step, band splitRow, err error) {
	for _, x := range []struct {
		kind string
		into *splitRow
	}{{"split", &split}, {"step", &step}, {"band", &band}} {
		*x.into, err = t.rates.Classification.one("the tariff line of crude oil", a, func(r splitRow) bool { return r.Kind == x.kind })
		if err != nil {
			return
		}
	}
	return
}

// stepped rounds to a multiple of a positive step, half away from zero.
func stepped(m, step quantity.Micro) quantity.Micro {
	half := step / 2
	if m < 0 {
		half = -half
	}
	return (m + half) / step * step
}

// written is how people write a tariff number: with all its points, with some (rulings have 2709.00.1000) or with none.
var written = regexp.MustCompile(`^(\d{4})\.?(\d{2})(?:\.?(\d{2}))?(?:\.?(\d{2}))?$`)

// ParseHTS returns a tariff number of eight or ten digits in the form of the tables: "2709.00.10", "2709.00.10.00".
func ParseHTS(s string) (string, error) {
	hts, err := pointed(s)
	if err == nil && len(hts) < len("2709.00.10") {
		err = fmt.Errorf("tariff number %q has not eight or ten digits, such as 2709.00.10.00", s)
	}
	return hts, err
}

// pointed returns a tariff number of six, eight or ten digits with all its points.
func pointed(s string) (string, error) {
	groups := written.FindStringSubmatch(s)
	if groups == nil {
		return "", fmt.Errorf("tariff number %.40q has not eight or ten digits, such as 2709.00.10.00", s)
	}
	return strings.TrimRight(strings.Join(groups[1:], "."), "."), nil
}

// theLine returns the tariff line that a number names. Six digits name one where their subheading has no other.
func (t *Tables) theLine(s string, a dated.AsOf) (string, error) {
	hts, err := pointed(s)
	if err != nil || len(hts) > len("2709.00") {
		return hts, err
	}
	var lines []string
	for _, r := range dated.Select(t.rates.Lines.Rows, a) {
		if strings.HasPrefix(r.HTS, hts) {
			lines = append(lines, r.HTS)
		}
	}
	switch len(lines) {
	case 0:
		return "", fmt.Errorf("tariff number %q has six digits, and the table has no line of it in force: give eight or ten", s)
	case 1:
		return lines[0], nil
	}
	return "", fmt.Errorf("tariff number %q has six digits, which several lines share: say which of %s", s, strings.Join(lines, ", "))
}

// line returns the row of a tariff line, of eight digits or ten.
func (t *Tables) line(hts string, a dated.AsOf) (lineRow, error) {
	row, err := t.rates.Lines.one("the rate of duty of "+hts, a, func(r lineRow) bool { return strings.HasPrefix(hts, r.HTS) })
	if err == nil && len(hts) > len(row.HTS) && !slices.Contains(row.Suffixes, hts[len(row.HTS)+1:]) {
		return row, fmt.Errorf("%s is not a statistical number of %s, which has %s", hts, row.HTS, strings.Join(row.Suffixes, ", "))
	}
	return row, err
}

func (t *Tables) rounding(a dated.AsOf) (roundRow, error) {
	return t.rates.Rounding.one("the rounding of quantities", a, func(roundRow) bool { return true })
}

// column2 reports whether goods of a country take the rates of column 2.
func (t *Tables) column2(country string, a dated.AsOf) bool {
	return slices.ContainsFunc(dated.Select(t.rates.Origins.Rows, a), func(r originRow) bool { return r.Country == country && r.Column2 })
}

// Goods are the facts that duties go by. Country is the country of origin by last substantial transformation, a different question
// from origin under a trade agreement (HTSUS chapter 99, note 2(j)); the two are never merged.
type Goods struct {
	HTS          string // of eight or ten digits, as ParseHTS returns it
	Country      string // ISO 3166 alpha-2
	MOT          string
	SPI          string         // claimed on the line, or empty: qualifying is not enough
	Quantity     quantity.Micro // in the first unit of the line; may be 0 where no rate counts units
	Value        Cents
	Loaded       time.Time // when it was loaded for the last stretch of the way, for relief in transit; zero: not stated
	Transshipped bool      // CBP found it transshipped to evade duties
}

// Duty returns the ordinary duty: the rate of the line, or nothing when the special program claimed makes it free. A specific rate of
// a dollar or less counts whole units, the value goes to the whole dollar (19 CFR 159.3), and the sum is rounded once to the cent. What
// that paragraph does not round, and a line or a year that the table does not hold, is a dated.Unknown.
func (t *Tables) Duty(g Goods, a dated.AsOf) (Figure, error) {
	row, err := t.line(g.HTS, a)
	if err != nil {
		return Figure{}, err
	}
	due, column := row.Rate, ""
	if t.column2(g.Country, a) {
		due, column = row.Column2, ", column 2"
	}
	units, err := t.units(row, due, g.Quantity, a)
	if err != nil {
		return Figure{}, err
	}
	value := wholeDollars(g.Value)
	full, err := due.of(units, value)
	if err != nil {
		return Figure{}, fmt.Errorf("duty of %s: %w", g.HTS, err)
	}
	var f Figure
	if due.Type == "free" {
		f.step("Duty", row.Row, origin.Pass, "Free%s: %s.", column, row.Text)
		return f, nil
	}
	quantities := fmt.Sprintf("%s at %s%s", due.base(units, row.Units[0], value), due.text(row.Units[0]), column)
	if g.SPI != "" && column == "" && slices.Contains(row.Free, g.SPI) {
		f.step("Duty", row.Row, origin.Pass, "Free under %s; %s would be %s.", g.SPI, quantities, full.dollars())
		return f, nil
	}
	f.Amount = full
	f.step("Duty", row.Row, origin.Pass, "%s come to %s.", quantities, full.dollars())
	return f, nil
}

// units returns the whole units that a rate counts, or none for a rate that counts no units.
func (t *Tables) units(row lineRow, due rate, q quantity.Micro, a dated.AsOf) (int64, error) {
	if !due.specific() {
		return 0, nil
	}
	if q <= 0 {
		return 0, fmt.Errorf("%s is dutiable at %s: it needs a quantity in %s", row.HTS, due.text(row.Units[0]), row.Units[0])
	}
	round, err := t.rounding(a)
	if err != nil {
		return 0, err
	}
	if exact(due.Dollars.Factor).Cmp(exact(round.Dollars.Factor)) > 0 {
		return 0, &dated.Unknown{What: "the duty of " + row.HTS, At: dated.Eastern(a.At), Reason: fmt.Sprintf("at %s it is above the $%s a "+
			"unit for which %s rounds quantities", due.text(row.Units[0]), round.Dollars, round.Citation)}
	}
	return WholeUnits(q)
}
