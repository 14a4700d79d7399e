package dated

import (
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Date is a day of the calendar as "2024-03-12". Dates in this form sort as strings.
type Date string

const layout = "2006-01-02"

// ParseDate reads a day of the Gregorian calendar.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(layout, s); err != nil {
		return "", fmt.Errorf("%q is not a date such as 2024-03-12", s)
	}
	return Date(s), nil
}

// Valid reports whether d is a day of the calendar.
func (d Date) Valid() error {
	_, err := ParseDate(string(d))
	return err
}

// UnmarshalText reads a day and refuses anything else.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// UnmarshalYAML reads a day of a table.
func (d *Date) UnmarshalYAML(node ast.Node) error { return Scalar(node, d) }

// midnight returns the start of the day in UTC; the date must be valid.
func (d Date) midnight() time.Time {
	t, _ := time.Parse(layout, string(d))
	return t
}

// AddDays returns the day n days later. The date must be valid.
func (d Date) AddDays(n int) Date { return Date(d.midnight().AddDate(0, 0, n).Format(layout)) }

// AddYears returns the same day n years later, and 28 February for a 29th that the year does not have. The date must be valid.
func (d Date) AddYears(n int) Date {
	t := d.midnight()
	later := t.AddDate(n, 0, 0)
	if later.Month() != t.Month() {
		later = later.AddDate(0, 0, -later.Day())
	}
	return Date(later.Format(layout))
}

// MonthEnd returns the last day of the month. The date must be valid.
func (d Date) MonthEnd() Date {
	t := d.midnight()
	return Date(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Format(layout))
}

// Weekday returns the day of the week. The date must be valid.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// Start returns 00:00 Eastern time of the day. The date must be valid.
func (d Date) Start() time.Time { return d.eastern(0) }

// Noon returns 12:00 Eastern time of the day. The date must be valid.
func (d Date) Noon() time.Time { return d.eastern(12) }

// eastern returns a full hour of the day in Eastern time, but for the second hour, in which the clocks change.
func (d Date) eastern(hour time.Duration) time.Time {
	wall := d.midnight().Add(hour * time.Hour)
	return wall.Add(-EasternOffset(wall.Add(5 * time.Hour)))
}

// Eastern returns the day at an instant in the eastern United States, whose wall time bounds tariff measures.
func Eastern(t time.Time) Date { return Date(t.UTC().Add(EasternOffset(t)).Format(layout)) }

// EasternOffset returns the offset of Eastern time from UTC. Daylight time runs from 02:00 standard time on the second Sunday of
// March to 02:00 daylight time on the first Sunday of November (15 USC 260a as amended for 2007); it is computed here because
// a decision must not depend on the time zone files of a machine. Before 2007 it can be an hour off.
func EasternOffset(t time.Time) time.Duration {
	year := t.UTC().Year()
	start := sunday(year, time.March, 2).Add(7 * time.Hour)
	end := sunday(year, time.November, 1).Add(6 * time.Hour)
	if t.Before(start) || !t.Before(end) {
		return -5 * time.Hour
	}
	return -4 * time.Hour
}

// sunday returns 00:00 UTC of the nth Sunday of a month.
func sunday(year int, month time.Month, nth int) time.Time {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, (7-int(first.Weekday()))%7+7*(nth-1))
}

// Instant is a bound of a period. It is written as a date, meaning 00:00 Eastern time, as a date and a time of day in Eastern
// time ("2025-03-04 00:01", "2025-03-04T00:01:00"), or with an offset as RFC 3339 has it. The zero Instant is open.
type Instant struct {
	t    time.Time
	text string
}

// Set reports whether the bound is given.
func (i Instant) Set() bool { return i.text != "" }

// Time returns the bound in UTC.
func (i Instant) Time() time.Time { return i.t }

// Before reports whether i lies before j.
func (i Instant) Before(j Instant) bool { return i.t.Before(j.t) }

// Reached reports whether t is at or after the bound.
func (i Instant) Reached(t time.Time) bool { return !t.Before(i.t) }

// String returns the bound as the table writes it.
func (i Instant) String() string { return i.text }

// UnmarshalText reads a date, a date and time of day in Eastern time, or an RFC 3339 instant.
func (i *Instant) UnmarshalText(b []byte) error {
	s := string(b)
	if d, err := ParseDate(s); err == nil {
		*i = Instant{t: d.Start(), text: s}
		return nil
	}
	if wall, offset, err := ParseTime(s); err != nil {
		return fmt.Errorf("%q is neither a date, nor a date and time of day in Eastern time such as 2025-03-04 00:01, nor an instant such as "+
			"2025-03-04T00:01:00-05:00", s)
	} else if offset {
		*i = Instant{t: wall.UTC(), text: s}
		return nil
	} else if wall, err = easternWall(wall); err != nil {
		return fmt.Errorf("%q: %w", s, err)
	} else {
		*i = Instant{t: wall, text: s}
	}
	return nil
}

// ParseTime reads a date and time of day, with an offset or without: as RFC 3339 writes it, with a blank for the T or not, with
// seconds and their fraction or without. Without an offset it is what clocks show somewhere, given as if that were UTC.
func ParseTime(s string) (t time.Time, offset bool, err error) {
	if len(s) > len(layout) && s[len(layout)] == ' ' {
		s = s[:len(layout)] + "T" + s[len(layout)+1:]
	}
	for _, clock := range []string{layout + "T15:04:05", layout + "T15:04"} {
		if t, err = time.Parse(clock, s); err == nil {
			return t, false, nil
		}
		if t, err = time.Parse(clock+"Z07:00", s); err == nil {
			return t, true, nil
		}
	}
	return t, false, err
}

// easternWall returns the instant at which clocks in Eastern time show a time of day, given as if it were UTC. It refuses the
// hour that is left out in March and the one that comes twice in November.
func easternWall(wall time.Time) (time.Time, error) {
	var found []time.Time
	for _, offset := range []time.Duration{-4 * time.Hour, -5 * time.Hour} {
		if t := wall.Add(-offset); EasternOffset(t) == offset {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return time.Time{}, errors.New("clocks in Eastern time are put forward over that hour")
	}
	return time.Time{}, errors.New("clocks in Eastern time show that twice in this night: write it with its offset, " +
		found[0].In(time.FixedZone("", -4*3600)).Format(time.RFC3339) + " or " + found[1].In(time.FixedZone("", -5*3600)).Format(time.RFC3339))
}

// UnmarshalYAML reads a bound of a table.
func (i *Instant) UnmarshalYAML(node ast.Node) error { return Scalar(node, i) }
