package customs

import (
	"slices"
	"strings"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// What the tables say of a code whenever it was in force, for those who check the form of a document and not what an entry comes to.

// Origin returns the country behind an origin code of an entry line, such as CA for XA, and the name of the code. A country that has
// codes for its provinces only is known too, and has no name here.
func (t *Tables) Origin(code string) (country, name string, known bool) {
	if len(t.Provinces(code)) > 0 {
		return code, "", true
	}
	i := slices.IndexFunc(t.rates.Origins.Rows, func(r originRow) bool { return r.Code == code })
	if i < 0 {
		return "", "", false
	}
	return t.rates.Origins.Rows[i].Country, t.rates.Origins.Rows[i].Name, true
}

// Provinces returns the origin codes that stand for parts of a country, in the order of the table.
func (t *Tables) Provinces(country string) []string {
	var codes []string
	for _, r := range t.rates.Origins.Rows {
		if r.Country == country && r.Code != country && !slices.Contains(codes, r.Code) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// Program returns the agreement of a special program indicator and the countries whose goods may claim it.
func (t *Tables) Program(spi string) (agreement string, countries []string, known bool) {
	i := slices.IndexFunc(t.rates.Programs.Rows, func(r programRow) bool { return r.SPI == spi })
	if i < 0 {
		return "", nil, false
	}
	return t.rates.Programs.Rows[i].Agreement, slices.Clone(t.rates.Programs.Rows[i].Origins), true
}

// Agreement returns the agreement that a claim of a special program is under. Without an indicator, and with one that goods of the origin
// code cannot claim then, it is that of the program which they can; "" where the table has none.
func (t *Tables) Agreement(spi, code string, at dated.AsOf) string {
	country, _, known := t.Origin(code)
	if !known {
		country = code
	}
	open := slices.DeleteFunc(dated.Select(t.rates.Programs.Rows, at), func(r programRow) bool { return !slices.Contains(r.Origins, country) })
	if i := slices.IndexFunc(open, func(r programRow) bool { return r.SPI == spi }); i >= 0 {
		return open[i].Agreement
	}
	if len(open) == 0 {
		return ""
	}
	return open[0].Agreement
}

// UnitsOf returns the units of quantity of a tariff line to ten digits, "2709.00.10.00", or none for a line that is not in the table.
func (t *Tables) UnitsOf(hts string) []string {
	i := slices.IndexFunc(t.rates.Lines.Rows, func(r lineRow) bool { return strings.HasPrefix(hts, r.HTS) })
	if i < 0 {
		return nil
	}
	return slices.Clone(t.rates.Lines.Rows[i].Units)
}

// Crude is how crude oil divides by gravity, by the newest rows of the table.
type Crude struct {
	Below, From string         // tariff lines of what tests under Limit, and from it on
	Limit       quantity.Micro // degrees API
	Step        quantity.Micro // of the figure that is tested
	Band        quantity.Micro // within which of Limit the line is at risk
}

// Crude returns how crude oil divides by gravity.
func (t *Tables) Crude() Crude {
	var c Crude
	for _, r := range t.rates.Classification.Rows { // a later row of a kind takes the place of an earlier one
		switch {
		case r.Kind == "split" && r.divides(crude):
			c.Below, c.From, c.Limit = r.Below, r.From, r.Degrees.Micro
		case r.Kind == "step":
			c.Step = r.Degrees.Micro
		case r.Kind == "band":
			c.Band = r.Degrees.Micro
		}
	}
	return c
}

// Line returns the tariff line of a gravity in degrees API at 60 F, and whether it is at risk.
func (c Crude) Line(api60 quantity.Micro) (hts string, atRisk bool) {
	tested := api60
	if c.Step > 0 {
		tested = stepped(api60, c.Step)
	}
	if tested < c.Limit {
		hts = c.Below
	} else {
		hts = c.From
	}
	return hts, max(api60-c.Limit, c.Limit-api60) <= c.Band
}
