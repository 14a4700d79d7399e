package inventory

import (
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Calendar says when the fiscal years and periods of the books begin: at midnight in their zone. Fiscal years of 52 or 53 weeks
// are not covered.
type Calendar struct {
	First time.Month     // the first month of the fiscal year; 0: January
	Zone  *time.Location // nil: UTC
}

// Valid refuses a month that is none with *quantity.RangeError.
func (c Calendar) Valid() error {
	if c.First < 0 || c.First > 12 {
		return &quantity.RangeError{Quantity: "first month of the fiscal year", Value: float64(c.First), Min: 1, Max: 12, Unit: "month"}
	}
	return nil
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// months counts the months since the one in which the fiscal year of the year 0 begins.
func (c Calendar) months(t time.Time) int {
	year, month, _ := t.In(c.zone()).Date()
	return year*12 + int(month) - int(max(c.First, 1))
}

// start returns the first instant of a month that months counts.
func (c Calendar) start(months int) time.Time {
	return time.Date(0, max(c.First, 1)+time.Month(months), 1, 0, 0, 0, 0, c.zone())
}

// length returns how many months a period has.
func (p Period) length() int {
	if p == Quarter {
		return 3
	}
	return 1
}

// period returns the number of the period in which an instant is.
func (c Calendar) period(p Period, t time.Time) int { return c.months(t) / p.length() }

// begin returns the first instant of a numbered period.
func (c Calendar) begin(p Period, n int) time.Time { return c.start(n * p.length()) }

// Year is a fiscal year.
type Year struct {
	First time.Time // its first instant, in the zone of the books
	Next  time.Time // the first instant of the year after it
}

// Year returns the fiscal year in which an instant is.
func (c Calendar) Year(t time.Time) Year {
	n := c.months(t) / 12
	return Year{First: c.start(n * 12), Next: c.start(n*12 + 12)}
}

// String prints the year as "2021-04-01 to 2022-03-31".
func (y Year) String() string {
	return fmt.Sprintf("%s to %s", y.First.Format(time.DateOnly), y.Next.AddDate(0, 0, -1).Format(time.DateOnly))
}

// MarshalText prints what String does.
func (y Year) MarshalText() ([]byte, error) { return []byte(y.String()), nil }

// has reports whether an instant is in the year.
func (y Year) has(t time.Time) bool { return !t.Before(y.First) && t.Before(y.Next) }
