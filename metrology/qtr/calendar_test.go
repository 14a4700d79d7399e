package qtr

import (
	"errors"
	"math"
	"testing"
	"time"
	_ "time/tzdata" // so that every machine has the zones

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/quantity"
)

// zones are places whose clocks do, or once did, everything that a clock can do: whole and half hours forward and back, at two,
// at midnight and a minute after, offsets of quarters of an hour, dates left out and lived through twice.
var zones = []string{
	"UTC", "America/Chicago", "America/New_York", "America/Edmonton", "America/Mexico_City", "America/St_Johns", "America/Santiago",
	"America/Caracas", "America/Sao_Paulo", "America/Havana", "Europe/London", "Europe/Oslo", "Europe/Dublin", "Europe/Istanbul",
	"Africa/Casablanca", "Africa/Monrovia", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Pyongyang", "Asia/Gaza",
	"Australia/Sydney", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kwajalein", "Pacific/Norfolk",
	"Antarctica/Troll", "Etc/GMT+12",
}

func place(t interface {
	Helper()
	Fatal(...any)
}, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// The days and hours around changes of the clock, as the almanac has them.
func TestContractDays(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		hour       int
		in         string // an instant of the day
		date       string
		start, end string // civil
		hours      int
	}{
		{"9:00 Central, an ordinary day", "America/Chicago", 9, "2026-06-10T12:00:00Z", "2026-06-09", "2026-06-09T09:00:00-05:00", "2026-06-10T09:00:00-05:00", 24},
		{"the clock is put forward in the night", "America/Chicago", 9, "2026-03-08T07:30:00Z", "2026-03-07", "2026-03-07T09:00:00-06:00", "2026-03-08T09:00:00-05:00", 23},
		{"and back", "America/Chicago", 9, "2026-11-01T12:00:00Z", "2026-10-31", "2026-10-31T09:00:00-05:00", "2026-11-01T09:00:00-06:00", 25},
		{"midnight, forward", "America/Chicago", 0, "2026-03-08T12:00:00Z", "2026-03-08", "2026-03-08T00:00:00-06:00", "2026-03-09T00:00:00-05:00", 23},
		{"midnight, back", "America/Chicago", 0, "2026-11-01T12:00:00Z", "2026-11-01", "2026-11-01T00:00:00-05:00", "2026-11-02T00:00:00-06:00", 25},
		{"the day's hour is jumped over", "America/Chicago", 2, "2026-03-08T12:00:00Z", "2026-03-08", "2026-03-08T03:00:00-05:00", "2026-03-09T02:00:00-05:00", 23},
		{"and the day before still has 24", "America/Chicago", 2, "2026-03-08T07:59:59Z", "2026-03-07", "2026-03-07T02:00:00-06:00", "2026-03-08T03:00:00-05:00", 24},
		{"the day's hour comes twice: the first counts", "America/Chicago", 1, "2026-11-01T06:30:00Z", "2026-11-01", "2026-11-01T01:00:00-05:00", "2026-11-02T01:00:00-06:00", 25},
		{"the clock goes back just before it strikes the day's hour", "America/Chicago", 2, "2026-11-01T07:30:00Z", "2026-10-31", "2026-10-31T02:00:00-05:00", "2026-11-01T02:00:00-06:00", 25},
		{"European gas day", "Europe/Oslo", 6, "2026-03-29T00:30:00Z", "2026-03-28", "2026-03-28T06:00:00+01:00", "2026-03-29T06:00:00+02:00", 23},
		{"quarter of an hour", "Asia/Kathmandu", 9, "2026-06-10T12:00:00Z", "2026-06-10", "2026-06-10T09:00:00+05:45", "2026-06-11T09:00:00+05:45", 24},
		{"half an hour forward", "Australia/Lord_Howe", 0, "2026-10-04T00:00:00Z", "2026-10-04", "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00", 24},
		{"half an hour back", "Australia/Lord_Howe", 0, "2026-04-05T00:00:00Z", "2026-04-05", "2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30", 25},
		{"a minute after midnight", "America/St_Johns", 0, "2010-03-14T12:00:00Z", "2010-03-14", "2010-03-14T00:00:00-03:30", "2010-03-15T00:00:00-02:30", 23},
		{"the clock goes back to the evening before just after the day began", "America/St_Johns", 0, "2010-11-07T02:45:00Z", "2010-11-07", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30", 25},
		{"the day's hour is jumped over, and the hour goes on", "America/St_Johns", 1, "2010-03-14T04:00:00Z", "2010-03-13", "2010-03-13T01:00:00-03:30", "2010-03-14T02:00:00-02:30", 24},
		{"a date that was left out", "Pacific/Apia", 9, "2011-12-30T22:00:00Z", "2011-12-31", "2011-12-31T09:00:00+14:00", "2012-01-01T09:00:00+14:00", 24},
		{"the date left out is the hours from the jump on", "Pacific/Apia", 9, "2011-12-30T12:00:00Z", "2011-12-30", "2011-12-31T00:00:00+14:00", "2011-12-31T09:00:00+14:00", 9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			c := Calendar{Location: place(t, tt.zone), DayHour: tt.hour}
			d := c.Day(at)
			civil := func(t time.Time) string { return t.In(c.Location).Format(time.RFC3339) }
			if d.String() != tt.date || civil(d.Start) != tt.start || civil(d.End) != tt.end || c.Hours(d) != tt.hours {
				t.Errorf("day %s from %s to %s of %d hours, want %s from %s to %s of %d", d, civil(d.Start), civil(d.End), c.Hours(d), tt.date, tt.start, tt.end, tt.hours)
			}
		})
	}
}

// Where the clock is changed by half an hour no hour is longer than 60 minutes: at the whole hour, and in the middle of one.
func TestHalfHours(t *testing.T) {
	for _, tt := range []struct {
		zone string
		from time.Time
		want string
	}{
		{"Australia/Lord_Howe", time.Date(2026, 4, 4, 14, 0, 0, 0, time.UTC), "01:30 1h0m0s, 02:00 30m0s, 03:00 1h0m0s, "},
		{"Australia/Lord_Howe", time.Date(2026, 10, 3, 14, 30, 0, 0, time.UTC), "02:30 1h0m0s, 03:00 30m0s, 04:00 1h0m0s, "},
		{"Asia/Pyongyang", time.Date(2018, 5, 4, 14, 30, 0, 0, time.UTC), "00:00 30m0s, 01:00 1h0m0s, 02:00 1h0m0s, "},
		{"Asia/Pyongyang", time.Date(2015, 8, 14, 14, 0, 0, 0, time.UTC), "23:30 1h0m0s, 00:00 30m0s, 01:00 1h0m0s, "},
		{"America/Caracas", time.Date(2016, 5, 1, 6, 30, 0, 0, time.UTC), "03:00 30m0s, 04:00 1h0m0s, 05:00 1h0m0s, "},
		{"America/St_Johns", time.Date(2010, 3, 14, 3, 30, 0, 0, time.UTC), "02:00 1h0m0s, 03:00 1h0m0s, 04:00 1h0m0s, "},
	} {
		c := Calendar{Location: place(t, tt.zone)}
		at, got := tt.from, ""
		for range 3 {
			end := c.HourEnd(at)
			got += end.In(c.Location).Format("15:04 ") + end.Sub(at).String() + ", "
			at = end
		}
		if got != tt.want {
			t.Errorf("hours of %s from %s end at %q, want %q", tt.zone, tt.from.In(c.Location), got, tt.want)
		}
	}
}

// Anywhere and at any time: hours have at most 60 minutes and end on a whole civil hour or where the clock was changed; days
// are made of whole hours, follow each other, and have 23 to 25 hours but where half hours or whole dates were left out.
func TestCalendarTilesTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{Location: place(t, rapid.SampledFrom(zones).Draw(t, "zone")), DayHour: rapid.IntRange(0, 23).Draw(t, "hour")}
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).UTC()
		if rapid.Bool().Draw(t, "near a change") {
			if _, change := at.In(c.Location).ZoneBounds(); !change.IsZero() {
				away := rapid.OneOf(rapid.Int64Range(-3e14, 3e14), rapid.Int64Range(-7200e9, 7200e9)).Draw(t, "away")
				at = change.Add(time.Duration(away)).UTC()
			}
		}
		d := c.Day(at)
		if at.Before(d.Start) || !at.Before(d.End) {
			t.Fatalf("%s is not in its day %s from %s to %s", at, d, d.Start, d.End)
		}
		follows := func(a, b Date) bool { // the next date, or the one after where the next was left out
			return b == a.next(1) || b == a.next(2) && c.Begin(a.next(1)).Equal(c.Begin(b))
		}
		if next := c.Day(d.End); !next.Start.Equal(d.End) || !follows(d.Date, next.Date) {
			t.Fatalf("day %s ends %s, and then comes %s from %s", d, d.End, next, next.Start)
		}
		if before := c.Day(d.Start.Add(-1)); !before.End.Equal(d.Start) || !follows(before.Date, d.Date) {
			t.Fatalf("day %s begins %s, after %s to %s", d, d.Start, before, before.End)
		}
		within := time.Duration(rapid.Int64Range(0, int64(d.End.Sub(d.Start))-1).Draw(t, "within"))
		if again := c.Day(d.Start.Add(within)); again != d {
			t.Fatalf("%s later in day %s it is day %s", within, d, again)
		}
		hours := 0
		for h := d.Start; h.Before(d.End); hours++ {
			end := c.HourEnd(h)
			length := end.Sub(h)
			if length <= 0 || length > time.Hour || end.After(d.End) {
				t.Fatalf("day %s has an hour from %s to %s", d, h, end)
			}
			if inside := h.Add(time.Duration(rapid.Int64Range(0, int64(length)-1).Draw(t, "inside"))); !c.HourEnd(inside).Equal(end) {
				t.Fatalf("from %s the hour ends %s, from %s %s", h, end, inside, c.HourEnd(inside))
			}
			if local := end.In(c.Location); local.Minute() != 0 || local.Second() != 0 {
				if start, _ := local.ZoneBounds(); !start.Equal(end) {
					t.Fatalf("hour ends at %s", local)
				}
			}
			h = end
		}
		if hours != c.Hours(d) {
			t.Fatalf("day %s has %d hours, Hours says %d", d, hours, c.Hours(d))
		}
		if length := d.End.Sub(d.Start); length%time.Hour == 0 && length > 20*time.Hour && length < 28*time.Hour {
			if time.Duration(hours) < length/time.Hour || time.Duration(hours) > length/time.Hour+2 {
				t.Fatalf("day %s of %s has %d hours", d, length, hours)
			}
		}
	})
}

// Where clocks change by whole hours, each year of days of 24 hours has one of 23 and one of 25.
func TestYearOfDays(t *testing.T) {
	for zone, want := range map[string][3]int{
		"America/Chicago": {1, 363, 1}, "Europe/Oslo": {1, 363, 1}, "Australia/Sydney": {1, 363, 1}, "America/Santiago": {1, 363, 1},
		"America/Phoenix": {0, 365, 0}, "Asia/Kolkata": {0, 365, 0}, "America/Mexico_City": {0, 365, 0},
	} {
		for _, hour := range []int{0, 2, 7, 9} {
			c := Calendar{Location: place(t, zone), DayHour: hour}
			var got [3]int
			d := c.Day(c.Begin(Date{2026, time.January, 1}))
			for range 365 {
				n := c.Hours(d)
				if n < 23 || n > 25 || d.End.Sub(d.Start) != time.Duration(n)*time.Hour {
					t.Fatalf("%s at %d:00: day %s has %d hours", zone, hour, d, n)
				}
				got[n-23]++
				d = c.Day(d.End)
			}
			if got != want || d.String() != "2027-01-01" {
				t.Errorf("%s at %d:00: %v days of 23, 24, 25 hours, want %v; then comes %s", zone, hour, got, want, d)
			}
		}
	}
}

func TestCalendarValid(t *testing.T) {
	if err := (Calendar{}).Valid(); err == nil {
		t.Error("a calendar of nowhere is accepted")
	}
	var out *quantity.RangeError
	for _, hour := range []int{-1, 24} {
		if err := (Calendar{time.UTC, hour}).Valid(); !errors.As(err, &out) {
			t.Errorf("hour %d: %v", hour, err)
		}
	}
	if err := (Calendar{time.UTC, 23}).Valid(); err != nil {
		t.Error(err)
	}
}

// FuzzCalendar: instants of any year, zones of any offset and hours that are none end in some answer.
func FuzzCalendar(f *testing.F) {
	f.Add(int64(1772956800), int64(0), 0, 9)
	f.Add(int64(math.MaxInt64), int64(999_999_999), math.MaxInt32, -5)
	f.Add(int64(math.MinInt64), int64(-1), math.MinInt32, 1<<40)
	f.Add(int64(1772956800), int64(5), 20_700, 23)
	f.Fuzz(func(t *testing.T, second, nanosecond int64, offset, hour int) {
		at := time.Unix(second, nanosecond)
		c := Calendar{Location: time.FixedZone("here", offset), DayHour: hour}
		d, end := c.Day(at), c.HourEnd(at)
		n := c.Hours(d)
		if c.Valid() != nil || offset > 86400 || offset < -86400 || at.Before(earliest) || at.After(latest) {
			return
		}
		if at.Before(d.Start) || !at.Before(d.End) || n != 24 || !end.After(at) || end.Sub(at) > time.Hour {
			t.Fatalf("%s is in day %s from %s to %s of %d hours, its hour ends %s", at, d, d.Start, d.End, n, end)
		}
	})
}
