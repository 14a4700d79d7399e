package customs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// unitSpellings are the ways in which documents write the units of tariff lines, in small letters: words, and codes of UN/ECE
// Recommendation 20 (from memory). The first is that of the lines.
var unitSpellings = [][]string{
	{"bbl", "bbls", "barrel", "barrels", "bll"},
	{"m3", "m³", "mtq", "cubic metre", "cubic metres", "cubic meter", "cubic meters"},
	{"liters", "liter", "litres", "litre", "l", "ltr"},
	{"gal", "gallon", "gallons", "gll"},
	{"kg", "kgs", "kgm", "kilogram", "kilograms"},
	{"t", "tonne", "tonnes", "metric ton", "metric tons", "tne"},
}

// unitName returns a unit as tariff lines write it, or the text as it is.
func unitName(text string) string {
	plain := strings.ToLower(strings.TrimSpace(text))
	for _, names := range unitSpellings {
		for _, name := range names {
			if plain == name {
				return names[0]
			}
		}
	}
	return text
}

// conversion is how many units of a tariff line another unit comes to: num/den.
type conversion struct {
	from, to string
	num, den int64
	by       string
}

// conversions are those between units of one kind. Barrels are those of the tariff, 158.98 liters at 60 F; 42 US gallons are one.
var conversions = []conversion{
	{"m3", "bbl", 100_000, 15_898, LegalBarrel},
	{"liters", "bbl", 100, 15_898, LegalBarrel},
	{"gal", "bbl", 1, 42, "42 US gallons a barrel"},
	{"liters", "m3", 1, 1000, "by definition"},
	{"t", "kg", 1000, 1, "by definition"},
	{"kg", "t", 1, 1000, "by definition"},
}

// unit brings the quantity to the unit of the line. It is refused where it has none, or one of another kind that a rate counts; where
// no rate counts units it is left out, with a note. A line that the table does not hold has no unit to compare.
func (e *estimating) unit() error {
	if e.in.Value < 0 || e.in.Quantity < 0 {
		return errors.New("value and quantity cannot be negative")
	}
	if e.in.Unit == "" && e.in.Quantity != 0 {
		return errors.New("unit is missing: a quantity is of some unit, such as bbl")
	}
	row, err := e.tables.line(e.out.HTS, e.at)
	var unknown *dated.Unknown
	if errors.As(err, &unknown) {
		return nil
	} else if err != nil || e.in.Unit == "" {
		return err
	}
	given, want := unitName(e.in.Unit), row.Units[0]
	if given != want {
		return e.convert(row, given)
	}
	e.in.Unit = want
	return nil
}

// convert changes the unit of the quantity, and nothing else: not the temperature at which a volume was measured.
func (e *estimating) convert(row lineRow, given string) error {
	want := row.Units[0]
	for _, c := range conversions {
		if c.from != given || c.to != want {
			continue
		}
		q, err := e.in.Quantity.Ratio(c.num, c.den)
		if err != nil {
			return fmt.Errorf("quantity: %s %s: %w", e.in.Quantity, e.in.Unit, err)
		}
		basis := ""
		if want == "bbl" {
			basis = "; the volume is taken to be at 60 F: one at 15 C goes through gauger calc volume first"
		}
		e.figure.note("Quantity", "%s %s are %s %s by %s%s.", origin.Grouped(e.in.Quantity.String()), given, origin.Grouped(q.String()), want, c.by, basis)
		e.in.Quantity, e.in.Unit, e.goods.Quantity = q, want, q
		return nil
	}
	if row.Rate.specific() || row.Column2.specific() {
		return fmt.Errorf("%s counts in %s, and the quantity is in %q: convert it and give it in %[2]s", row.HTS, want, e.in.Unit)
	}
	e.figure.note("Quantity", "%s is reported in %s, and the quantity is in %s; no rate of the line counts units, so it is left out.",
		row.HTS, want, e.in.Unit)
	e.in.Quantity, e.in.Unit, e.goods.Quantity = 0, "", 0
	return nil
}
