package customs

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// Route is a way to compute the merchandise processing fee.
type Route string

// The routes of 19 CFR 24.23. The pipeline day takes the lesser of the ad valorem fee and a cap for each day's importations; it
// belongs to goods entered monthly, so dutiable goods, which are entered daily, cannot take it.
const (
	Standard    Route = "standard"
	PipelineDay Route = "pipeline-day"
)

// ErrRoute reports a route that the goods cannot take.
var ErrRoute = errors.New("the pipeline-day route is not open to these goods")

// FeeBase is what the merchandise processing fee goes by.
type FeeBase struct {
	Value    Cents  // entered value, of the entry or of the day
	SPI      string // claimed, or empty
	Route    Route
	Dutiable bool
}

// MPF returns the merchandise processing fee of a formal entry, class code 499 (19 CFR 24.23): a rate of the value between a
// minimum and a maximum that change every fiscal year, nothing under an exempt program. A year that the table does not hold is a
// dated.Unknown; a dutiable good on the pipeline-day route is ErrRoute.
func (t *Tables) MPF(b FeeBase, a dated.AsOf) (Figure, error) {
	const what = "the merchandise processing fee"
	var f Figure
	if b.Route == PipelineDay && b.Dutiable {
		return f, fmt.Errorf("%w: it is for goods entered monthly (19 CFR 24.23(d)(1)), and dutiable goods are entered daily; "+
			"the fee goes by entry", ErrRoute)
	}
	if b.SPI != "" {
		exempt, err := t.rates.MPFExempt.one(what+" under "+b.SPI, a, func(r exemptRow) bool { return r.SPI == b.SPI })
		var unknown *dated.Unknown
		if err == nil {
			f.step("Merchandise processing fee", exempt.Row, origin.Pass, "Goods that claim %s are exempt.", b.SPI)
			return f, nil
		}
		if !errors.As(err, &unknown) || unknown.Through != "" {
			return f, err
		}
	}
	rows := t.rates.MPF
	if b.Route == PipelineDay {
		rows = t.rates.MPFDay
	}
	row, err := rows.one(what, a, func(mpfRow) bool { return true })
	if err != nil {
		return f, err
	}
	ad, err := b.Value.share(row.Share.Factor)
	if err != nil {
		return f, fmt.Errorf("%s: %w", what, err)
	}
	f.Amount = min(max(ad, row.Min.Cents), row.Max.Cents)
	text := fmt.Sprintf("%s of %s is %s", percentText(row.Share.Factor), b.Value.dollars(), ad.dollars())
	switch {
	case ad < row.Min.Cents:
		text += ", below the minimum of " + row.Min.dollars() + ", which is due"
	case ad > row.Max.Cents:
		text += ", above the maximum of " + row.Max.dollars() + ", which is due"
	}
	f.step("Merchandise processing fee", row.Row, origin.Pass, "%s.", text)
	return f, nil
}

// mode returns the mode of transportation.
func (t *Tables) mode(mot string, a dated.AsOf) (modeRow, error) {
	return t.rates.Modes.one("mode of transportation "+mot, a, func(r modeRow) bool { return r.MOT == mot })
}

// HMF returns the harbor maintenance fee, class code 501, on a value: a share of it for cargo of a vessel, nothing by pipeline (19 CFR
// 24.24). A mode that the tables cannot assess is a dated.Unknown.
func (t *Tables) HMF(mot string, value Cents, a dated.AsOf) (Figure, error) {
	const what = "the harbor maintenance fee"
	var f Figure
	mode, err := t.mode(mot, a)
	if err != nil {
		return f, err
	}
	row, err := t.rates.HMF.one(what, a, func(hmfRow) bool { return true })
	if err != nil {
		return f, err
	}
	if row.Conveyance != mode.Conveyance {
		f.step("Harbor maintenance fee", row.Row, origin.Pass, "None: the fee falls on cargo of a %s, not on what comes by %s.",
			row.Conveyance, mode.Conveyance)
		return f, nil
	}
	if f.Amount, err = value.share(row.Share.Factor); err != nil {
		return f, fmt.Errorf("%s: %w", what, err)
	}
	f.step("Harbor maintenance fee", row.Row, origin.Pass, "%s of %s is %s.", percentText(row.Share.Factor), value.dollars(), f.Amount.dollars())
	f.Unverified = dated.AppendNote(f.Unverified, mode.Row)
	return f, nil
}
