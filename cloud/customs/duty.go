package customs

import (
	"fmt"
	"slices"

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
		HTS: hts, Text: row.Text, Unit: row.Unit, API60: api60, Reported: reported, AtRisk: near,
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

// line returns the row of a tariff line.
func (t *Tables) line(hts string, a dated.AsOf) (lineRow, error) {
	return t.rates.Lines.one("the rate of duty of "+hts, a, func(r lineRow) bool { return r.HTS == hts })
}

func (t *Tables) rounding(a dated.AsOf) (roundRow, error) {
	return t.rates.Rounding.one("the rounding of quantities", a, func(roundRow) bool { return true })
}

// Duty returns the ordinary duty on a whole number of barrels of a line: its specific rate, or nothing when the special program
// claimed (empty: none) makes it free. Use WholeBarrels first; a rate above what 19 CFR 159.3 rounds that way is refused.
func (t *Tables) Duty(hts string, barrels int64, spi string, a dated.AsOf) (Figure, error) {
	row, err := t.line(hts, a)
	if err != nil {
		return Figure{}, err
	}
	round, err := t.rounding(a)
	if err != nil {
		return Figure{}, err
	}
	if row.Dollars.Float() > round.Dollars.Float() {
		return Figure{}, fmt.Errorf("duty of %s: the rate of $%s is above the $%s for which quantities are rounded to whole units",
			hts, row.Dollars, round.Dollars)
	}
	full, err := product(barrels, row.Dollars.Factor)
	if err != nil {
		return Figure{}, fmt.Errorf("duty of %s: %w", hts, err)
	}
	var f Figure
	quantities := fmt.Sprintf("%s %s at $%s", origin.Grouped(fmt.Sprint(barrels)), row.Unit, row.Dollars)
	if spi != "" && slices.Contains(row.Free, spi) {
		f.step("Duty", row.Row, origin.Pass, "Free under %s; %s would be %s.", spi, quantities, full.dollars())
		return f, nil
	}
	f.Amount = full
	f.step("Duty", row.Row, origin.Pass, "%s come to %s.", quantities, full.dollars())
	return f, nil
}
