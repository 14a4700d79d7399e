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
