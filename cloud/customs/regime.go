package customs

import (
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// RegimeKind is how often goods are entered.
type RegimeKind string

// The regimes.
const (
	Daily   RegimeKind = "daily" // an entry for each importation, by pipeline for each day's
	Monthly RegimeKind = "monthly"
	InBond  RegimeKind = "in-bond" // goods that leave the country again, which are not entered for consumption
)

// Traffic is how many shipments one shipper sends to one importer through one port.
type Traffic struct {
	PerWeek  int `cbor:"1,keyasint" json:"perWeek"`
	PerMonth int `cbor:"2,keyasint" json:"perMonth"`
}

// byPipeline is the conveyance of goods that flow.
const byPipeline = "pipeline"

// Regime returns how goods are entered that a pipeline brought on a day, with the reason: dutiable goods (any duty is due after
// claims) under the rule of that day, other goods monthly where the shipments are frequent enough.
func (t *Tables) Regime(dutiable bool, traffic Traffic, a dated.AsOf) (RegimeKind, Figure, error) {
	return t.regimeBy(byPipeline, dutiable, traffic, a)
}

// regimeBy is Regime for goods that a conveyance brought. A monthly entry is open to those alone that the table names it for.
func (t *Tables) regimeBy(conveyance string, dutiable bool, traffic Traffic, a dated.AsOf) (RegimeKind, Figure, error) {
	var f Figure
	if dutiable {
		row, err := t.regime("dutiable", Daily, conveyance, a)
		if err != nil {
			return "", f, err
		}
		f.step("Entry regime", row.Row, origin.Pass, "Duty is due, so the goods take %s.", row.Text)
		return Daily, f, nil
	}
	if slices.ContainsFunc(t.rates.Regimes.Rows, func(r regimeRow) bool { return r.Regime == Monthly && r.takes(conveyance) }) {
		row, err := t.regime("free", Monthly, conveyance, a)
		if err != nil {
			return "", f, err
		}
		counts := fmt.Sprintf("%d shipments in the week and %d in the month, against %d or %d", traffic.PerWeek, traffic.PerMonth,
			row.PerWeek, row.PerMonth)
		if traffic.PerWeek >= row.PerWeek || traffic.PerMonth >= row.PerMonth {
			f.step("Entry regime", row.Row, origin.Pass, "No duty is due, and there are %s: %s.", counts, row.Text)
			return Monthly, f, nil
		}
		f.step("Entry regime", row.Row, origin.Fail, "No duty is due, but there are only %s for a monthly entry.", counts)
	}
	each, err := t.regime("free", Daily, conveyance, a)
	if err != nil {
		return "", f, err
	}
	f.step("Entry regime", each.Row, origin.Pass, "The goods take %s.", each.Text)
	return Daily, f, nil
}

// takes reports whether a row is for goods that a conveyance brings.
func (r regimeRow) takes(conveyance string) bool {
	return len(r.By) == 0 || slices.Contains(r.By, conveyance)
}

// Through returns the regime of goods that leave the United States again through its pipelines, with the reason: they pass in bond,
// and nothing is entered for consumption.
func (t *Tables) Through(a dated.AsOf) (RegimeKind, Figure, error) {
	var f Figure
	row, err := t.regime("through", InBond, byPipeline, a)
	if err != nil {
		return "", f, err
	}
	f.step("Entry regime", row.Row, origin.Pass, "The goods leave the country again: %s.", row.Text)
	return InBond, f, nil
}

func (t *Tables) regime(goods string, kind RegimeKind, conveyance string, a dated.AsOf) (regimeRow, error) {
	return t.rates.Regimes.one("the entry regime of "+goods+" goods", a, func(r regimeRow) bool {
		return r.Goods == goods && r.Regime == kind && r.takes(conveyance)
	})
}

// MonthlyDue returns the day by which a monthly entry is to be filed: so many calendar days after the end of the month.
func (t *Tables) MonthlyDue(imported dated.Date, a dated.AsOf) (dated.Date, Figure, error) {
	var f Figure
	row, err := t.deadline("monthly", a)
	if err != nil {
		return "", f, err
	}
	due := imported.MonthEnd().AddDays(row.Days)
	f.step("Deadline", row.Row, origin.Pass, "The monthly entry is due on %s, %d calendar days after month end.", due, row.Days)
	if err := t.noteRestDay(&f, due, a); err != nil {
		return "", f, err
	}
	return due, f, nil
}

// SummaryDue returns the day by which the entry summary of a daily entry is to be filed: so many working days after entry.
func (t *Tables) SummaryDue(entered dated.Date, a dated.AsOf) (dated.Date, Figure, error) {
	var f Figure
	row, err := t.deadline("daily", a)
	if err != nil {
		return "", f, err
	}
	due := entered
	for left := row.Days; left > 0; {
		due = due.AddDays(1)
		rest, err := t.restDay(due)
		if err != nil {
			return "", f, err
		}
		if !rest || !row.Working {
			left--
		}
	}
	f.step("Deadline", row.Row, origin.Pass, "The entry summary is due on %s, %d working days after entry on %s.", due, row.Days, entered)
	f.Unverified = dated.AppendNote(f.Unverified, t.holidayRow())
	return due, f, nil
}

// ClaimUntil returns the last day of a post-importation claim of preference, counted from importation (19 USC 1520(d)).
func (t *Tables) ClaimUntil(imported dated.Date, a dated.AsOf) (dated.Date, Figure, error) {
	var f Figure
	row, err := t.deadline("claim", a)
	if err != nil {
		return "", f, err
	}
	until := imported.AddYears(row.Years)
	f.step("Post-importation claim", row.Row, origin.Pass, "Goods imported on %s without a claim may be claimed for until %s.",
		imported, until)
	return until, f, nil
}

func (t *Tables) deadline(kind string, a dated.AsOf) (deadlineRow, error) {
	return t.rates.Deadlines.one("the deadline of kind "+kind, a, func(r deadlineRow) bool { return r.Kind == kind })
}

// noteRestDay says when a calendar deadline falls on a day off. It is not moved: no rule that would is verified.
func (t *Tables) noteRestDay(f *Figure, due dated.Date, a dated.AsOf) error {
	if rest, err := t.restDay(due); err != nil || !rest {
		return err
	}
	row, err := t.deadline("rolling", a)
	if err != nil {
		return err
	}
	safe, rest := due, true
	for rest {
		safe = safe.AddDays(-1)
		if rest, err = t.restDay(safe); err != nil {
			return err
		}
	}
	f.step("Deadline", row.Row, origin.Noted, "%s is a %s and no working day; whether it moves to the next one is not verified, "+
		"so file by %s.", due, due.Weekday(), safe)
	return nil
}

// restDay reports a Saturday, a Sunday or a legal holiday.
func (t *Tables) restDay(d dated.Date) (bool, error) {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return true, nil
	}
	h := t.rates.Holidays
	if d > h.KnownThrough || d < h.Days[0] {
		return false, &dated.Unknown{
			What: "whether it is a working day", At: d, Reason: "the table holds the holidays of " + string(h.Days[0]) + " to " +
				string(h.KnownThrough),
		}
	}
	_, found := slices.BinarySearch(h.Days, d)
	return found, nil
}

func (t *Tables) holidayRow() dated.Row {
	return dated.Row{ID: "holidays", Citation: t.rates.Holidays.Citation, Verified: t.rates.Holidays.Verified}
}
