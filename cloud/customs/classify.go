package customs

import (
	"fmt"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Line is the tariff line of goods, to ten digits; to eight where gravity points to another subheading than the one declared.
type Line struct {
	HTS  string `cbor:"1,keyasint" json:"hts"`
	Text string `cbor:"2,keyasint" json:"text"`
	Unit string `cbor:"3,keyasint" json:"unit"` // that the line counts in: bbl, m3, kg
	// API60 is the gravity in degrees API at 60 F, as measured; Reported is it rounded to the reporting step: the figure that is tested.
	// Both are absent where gravity does not tell the line from another.
	API60    *quantity.Micro `cbor:"4,keyasint,omitempty" json:"api60,omitempty"`
	Reported *quantity.Micro `cbor:"5,keyasint,omitempty" json:"reported,omitempty"`
	AtRisk   bool            `cbor:"6,keyasint,omitempty" json:"atRisk,omitempty"`
	// Reasons tell why this line, and what is at risk.
	Reasons    []origin.Reason `cbor:"7,keyasint" json:"reasons"`
	Unverified []dated.Note    `cbor:"8,keyasint,omitempty" json:"unverified,omitempty"`
}

// crude is the heading of crude oil, what gravity divides unless a number is declared that it divides too.
const crude = "2709"

// Classify returns the line of crude oil by its unrounded gravity in degrees API at 60 F (19 CFR 151.41). The figure rounded to
// the laboratory's reporting step is what is tested; within the reproducibility of the method the line is at risk, for a person.
func (t *Tables) Classify(api60 quantity.Micro, a dated.AsOf) (Line, error) {
	split, err := t.rates.Classification.one("the tariff line of crude oil", a, func(r splitRow) bool { return r.divides(crude) })
	if err != nil {
		return Line{}, err
	}
	return t.byGravity(split, "", api60, a)
}

// divides reports whether gravity tells goods of a number, of four digits or more, from others by this row.
func (r splitRow) divides(hts string) bool {
	of := func(line string) bool { // to eight digits
		return strings.HasPrefix(line[:10], hts) || strings.HasPrefix(hts, line[:10])
	}
	return r.Kind == "split" && (of(r.Below) || of(r.From))
}

// split returns the row by which gravity divides the goods of a declared line, and false where it does not.
func (t *Tables) split(hts string, a dated.AsOf) (splitRow, bool) {
	for _, r := range dated.Select(t.rates.Classification.Rows, a) {
		if r.divides(hts) {
			return r, true
		}
	}
	return splitRow{}, false
}

// byGravity tells two subheadings apart. Which statistical number of its subheading a good has is for the declaration to say.
func (t *Tables) byGravity(split splitRow, declared string, api60 quantity.Micro, a dated.AsOf) (Line, error) {
	if api60 < -20*quantity.PerUnit || api60 > 100*quantity.PerUnit {
		return Line{}, fmt.Errorf("gravity of %s degrees API is not that of crude oil or of a product of it", api60)
	}
	step, band, err := t.reporting(a)
	if err != nil {
		return Line{}, err
	}
	limit, width := split.Degrees.Micro, band.Degrees.Micro
	reported := stepped(api60, step.Degrees.Micro)
	hts, other, tests := split.From, split.Below, split.Degrees.String()+" degrees or more"
	if reported < limit {
		hts, other, tests = split.Below, split.From, "under "+split.Degrees.String()+" degrees"
	}
	if _, err := t.line(declared, a); err == nil && tenDigits(declared) && declared[:10] == hts[:10] {
		hts = declared
	}
	row, err := t.line(hts, a)
	if err != nil {
		return Line{}, err
	}
	var f Figure
	goods := "Oil"
	if split.divides(crude) {
		goods = "Crude oil"
	}
	f.step("Tariff line", split.Row, origin.Pass, "%s reported at %s degrees API tests %s: line %s.", goods, reported.Decimal(1), tests, hts)
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
		HTS: hts, Text: row.Text, Unit: row.Units[0], API60: &api60, Reported: &reported, AtRisk: near,
		Reasons: f.Reasons, Unverified: f.Unverified,
	}, nil
}

// reporting returns the step to which gravity is reported, and the band within which a line is at risk.
func (t *Tables) reporting(a dated.AsOf) (step, band splitRow, err error) {
	for _, x := range []struct {
		kind string
		into *splitRow
	}{{"step", &step}, {"band", &band}} {
		*x.into, err = t.rates.Classification.one("the tariff line by gravity", a, func(r splitRow) bool { return r.Kind == x.kind })
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

// lineOf returns the line of goods that are declared under a number of eight or ten digits, "" for crude oil. A gravity that is stated
// decides: between the lines that the table divides by it if the declared one is among them, and between those of crude oil otherwise.
func (t *Tables) lineOf(declared string, api60 *quantity.Micro, a dated.AsOf) (Line, error) {
	if api60 != nil {
		split, divided := t.split(declared, a)
		if declared == "" || !divided {
			return t.Classify(*api60, a)
		}
		return t.byGravity(split, declared, *api60, a)
	}
	row, err := t.line(declared, a)
	if err != nil {
		return Line{}, err
	}
	var f Figure
	f.step("Tariff line", row.Row, origin.Pass, "Line %s is declared: %s.", declared, row.Text)
	return Line{HTS: declared, Text: row.Text, Unit: row.Units[0], Reasons: f.Reasons, Unverified: f.Unverified}, nil
}
