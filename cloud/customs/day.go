package customs

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/qtr"
)

// Span is a stretch of time within one measurement day and one customs day. The two are kept apart: a gas day runs from 09:00 to
// 09:00 Central, a customs day is one of the port's calendar.
type Span struct {
	MeasurementDay, CustomsDay dated.Date
	Start, End                 time.Time // UTC
}

// maxSpans bounds how many stretches a period may be cut into: two a day for a year, and more.
const maxSpans = 1000

// Spans cuts a period wherever a measurement day, a customs day, or a rate (at one of the instants given, in any order) changes, so
// that each importation falls under one day and one rate. The spans follow each other without gap or overlap, in nights in which the
// clocks change too. Measurement is the calendar of the contract, port that of the port, whose days begin at midnight.
func Spans(from, to time.Time, measurement, port qtr.Calendar, changes ...time.Time) ([]Span, error) {
	if err := errors.Join(measurement.Valid(), port.Valid()); err != nil {
		return nil, err
	}
	if port.DayHour != 0 {
		return nil, fmt.Errorf("a customs day begins at midnight of the port, not at %02d:00", port.DayHour)
	}
	changes = slices.Clone(changes)
	slices.SortFunc(changes, time.Time.Compare)
	var spans []Span
	for start := from.UTC(); start.Before(to); {
		if len(spans) == maxSpans {
			return nil, fmt.Errorf("from %s to %s are more than %d spans: cut the period into shorter ones", from.Format(time.RFC3339),
				to.Format(time.RFC3339), maxSpans)
		}
		measured, customs := measurement.Day(start), port.Day(start)
		end := to.UTC()
		for _, cut := range append([]time.Time{measured.End, customs.End}, changes...) {
			if cut.After(start) && cut.Before(end) {
				end = cut.UTC()
			}
		}
		spans = append(spans, Span{
			MeasurementDay: dated.Date(measured.String()), CustomsDay: dated.Date(customs.String()), Start: start, End: end,
		})
		start = end
	}
	return spans, nil
}

// Changes returns the instants within a period at which an additional duty on goods begins or ends, as known: a stream that flows
// through one of them is of two importations.
func (t *Tables) Changes(g Goods, from, to time.Time, known time.Time) []time.Time {
	var found []time.Time
	for _, r := range t.rates.Additional.Rows {
		if r.strays(g) != "" || !r.KnownBy(dated.AsOf{Known: known}) {
			continue
		}
		for _, bound := range []dated.Instant{r.ValidFrom, r.ValidTo} {
			if at := bound.Time(); bound.Set() && at.After(from) && at.Before(to) {
				found = append(found, at)
			}
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return slices.CompactFunc(found, time.Time.Equal)
}
