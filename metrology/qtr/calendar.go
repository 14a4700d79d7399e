package qtr

import (
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Calendar is a contract's division of time: hours of the civil clock of a place, and days that begin at one of them. A
// contract day has 24 hours, 23 when the clock is put forward and 25 when it is put back.
type Calendar struct {
	Location *time.Location // nil is refused by Valid, and otherwise UTC
	DayHour  int            // the civil hour at which a contract day begins: 9 of the gas day of many contracts, 0 to 23
}

// Valid refuses a calendar without a place, and hours that are none.
func (c Calendar) Valid() error {
	if c.Location == nil {
		return errors.New("calendar without a place: name a time zone, such as America/Chicago, and load its location")
	}
	if c.DayHour < 0 || c.DayHour > 23 {
		return &quantity.RangeError{Quantity: "hour at which the contract day begins", Value: float64(c.DayHour), Min: 0, Max: 23, Unit: "h"}
	}
	return nil
}

// Date is a day of a calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String prints the date: "2026-03-08".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// next returns the date a number of days later.
func (d Date) next(days int) Date {
	return dateOf(time.Date(d.Year, d.Month, d.Day+days, 0, 0, 0, 0, time.UTC))
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Day is a contract day: from Start to End, and named after the date on which it begins.
type Day struct {
	Date       Date
	Start, End time.Time // UTC
}

// String prints the day by its date.
func (d Day) String() string { return d.Date.String() }

const secondsPerHour = 3600

// HourEnd returns the end, in UTC, of the hour that an instant is in; an instant on the hour begins one. Hours end when the
// civil clock shows a whole hour. They end too when the clock is changed by anything but whole hours, which happens: on Lord
// Howe Island the hour before has 60 minutes and the one after 30. So none is longer than 60 minutes.
func (c Calendar) HourEnd(t time.Time) time.Time {
	second, offset := t.Unix(), c.offset(t.Unix())
	past := (second + offset) % secondsPerHour
	if past < 0 {
		past += secondsPerHour
	}
	end := second + secondsPerHour - past
	if (c.offset(end)-offset)%secondsPerHour != 0 { // by whole hours would not matter: the minutes run on
		for before := second; end-before > 1; { // halve until the change is found
			if middle := before + (end-before)/2; c.offset(middle) == offset {
				before = middle
			} else {
				end = middle
			}
		}
	}
	return time.Unix(end, 0).UTC()
}

// offset returns what the civil clock is ahead of UTC at an instant, in seconds. Nothing else is asked of package time, which
// gives no bounds of a zone to rely on: on 31 December of leap years after its tables' end they lie in the past.
func (c Calendar) offset(second int64) int64 {
	loc := c.Location
	if loc == nil {
		loc = time.UTC
	}
	_, offset := time.Unix(second, 0).In(loc).Zone()
	return int64(offset)
}

// Day returns the contract day that an instant is in.
func (c Calendar) Day(t time.Time) Day {
	d := dateOf(time.Unix(t.Unix()+c.offset(t.Unix())-int64(c.DayHour)*secondsPerHour, 0).UTC())
	begin := c.Begin(d)
	// Where the clock was changed the guess may be a day off, or two where a whole date was left out.
	for range maxOff {
		if !begin.After(t) {
			break
		}
		d = d.next(-1)
		begin = c.Begin(d)
	}
	end := c.Begin(d.next(1))
	for range maxOff {
		if end.After(t) {
			break
		}
		d, begin = d.next(1), end
		end = c.Begin(d.next(1))
	}
	return Day{Date: d, Start: begin, End: end}
}

// maxOff bounds how many days a guess may be off.
const maxOff = 4

// Begin returns the instant, in UTC, at which the contract day of a date begins: the first end of an hour at which the civil
// clock shows DayHour of that date, or later if the clock jumped over it. The day of a date that was left out has no length, or
// only what is left of it.
func (c Calendar) Begin(d Date) time.Time {
	civil := time.Date(d.Year, d.Month, d.Day, c.DayHour, 0, 0, 0, time.UTC).Unix()
	const lead = 25 * secondsPerHour // more than any clock was ever changed by
	t := time.Unix(civil-c.offset(civil)-lead, 0)
	for range maxHours {
		if t.Unix()+c.offset(t.Unix()) >= civil {
			break
		}
		t = c.HourEnd(t)
	}
	return t.UTC()
}

// Hours returns the number of hours of a contract day: 24, or 23 or 25 when the clock is put forward or back.
func (c Calendar) Hours(d Day) int {
	n := 0
	for t := d.Start; t.Before(d.End) && n < maxHours; n++ {
		t = c.HourEnd(t)
	}
	return n
}

// maxHours bounds the hours of a day: where a date was left out the day before has up to 48.
const maxHours = 100
