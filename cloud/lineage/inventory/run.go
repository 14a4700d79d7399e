package inventory

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// MaxLines is the largest number of lines of a run.
const MaxLines = 100_000

// Result is what a run decided, and all that the decision can be made again from.
type Result struct {
	Edition     string       `json:"edition"`
	Rounding    Rounding     `json:"rounding"`
	Openings    []Opening    `json:"openings,omitempty"`
	Withdrawals []Withdrawal `json:"withdrawals"`
	Restated    []Restated   `json:"restated,omitempty"`
	Ending      Stock        `json:"ending"`
	Years       []YearRecord `json:"years"`
}

// Run keeps the books of one inventory over its lines, in whatever order they are handed in: they are booked by (time, seq). The
// last averaging period is taken to be complete. An error that is a line's is a *LineError.
func Run(lines []Line, o Options) (Result, error) {
	if len(lines) > MaxLines {
		return Result{}, fmt.Errorf("%d lines are more than the %d of one run", len(lines), MaxLines)
	}
	book, err := New(o)
	if err != nil {
		return Result{}, err
	}
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b Line) int { return a.Compare(b.Moment) })
	if err := book.Apply(sorted...); err != nil {
		return Result{}, err
	}
	if s := book.now; s.averagesPeriods() && s.any {
		if err := book.Close(s.calendar.begin(s.policy.Period, s.period+1)); err != nil {
			return Result{}, err
		}
	}
	r := Result{Edition: Edition, Rounding: o.Rounding, Openings: book.openings, Withdrawals: book.withdrawals, Restated: book.restated}
	if r.Withdrawals == nil {
		r.Withdrawals = []Withdrawal{}
	}
	if r.Ending, err = book.now.holding(); err != nil {
		return Result{}, err
	}
	r.Years, err = Years(r.Withdrawals, o.Calendar)
	return r, err
}

// YearRecord shows for a fiscal year that one method decided all its withdrawals.
type YearRecord struct {
	Year           Year           `json:"year"`
	Policy         Policy         `json:"policy"`
	Withdrawals    int            `json:"withdrawals"`
	First          Moment         `json:"first"`
	Last           Moment         `json:"last"`
	Quantity       quantity.Micro `json:"quantity"`
	Originating    quantity.Micro `json:"originating"`
	NonOriginating quantity.Micro `json:"nonOriginating"`
}

// Years returns a record for each fiscal year in which something was withdrawn. It trusts nothing but the withdrawals: where two
// of one year were decided by different methods or averaging periods, it refuses with a *ChangeError in a *LineError.
func Years(withdrawals []Withdrawal, c Calendar) ([]YearRecord, error) {
	if err := c.Valid(); err != nil {
		return nil, err
	}
	records := []YearRecord{}
	for _, w := range withdrawals {
		n := len(records) - 1
		if n >= 0 && w.Compare(records[n].Last) <= 0 {
			return nil, &LineError{Row: w.Row, Moment: w.Moment, Err: ErrOrder}
		}
		if n < 0 || !records[n].Year.has(w.Time) {
			records = append(records, YearRecord{Year: c.Year(w.Time), Policy: w.Policy, First: w.Moment})
			n++
		}
		r := &records[n]
		if !r.Policy.same(w.Policy) {
			return nil, &LineError{Row: w.Row, Moment: w.Moment, Err: &ChangeError{Year: r.Year, Have: r.Policy, Want: w.Policy}}
		}
		r.Last = w.Moment
		r.Withdrawals++
		for _, sum := range []struct {
			of *quantity.Micro
			by quantity.Micro
		}{{&r.Quantity, w.Quantity}, {&r.Originating, w.Originating}, {&r.NonOriginating, w.NonOriginating}} {
			var err error
			if *sum.of, err = sum.of.Add(sum.by); err != nil {
				return nil, &LineError{Row: w.Row, Moment: w.Moment, Err: fmt.Errorf("withdrawals of the fiscal year %s: %w", r.Year, err)}
			}
		}
	}
	return records, nil
}
