package dated_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/configs/dated"
)

func instant(t *testing.T, s string) dated.Instant {
	t.Helper()
	var i dated.Instant
	if err := i.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return i
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestEastern(t *testing.T) {
	for _, c := range []struct {
		name, at string
		want     dated.Date
	}{
		{"winter, a second before midnight", "2024-03-10T04:59:59Z", "2024-03-09"},
		{"winter, midnight", "2024-03-10T05:00:00Z", "2024-03-10"},
		{"daylight time, a second before midnight", "2024-03-11T03:59:59Z", "2024-03-10"},
		{"daylight time, midnight", "2024-03-11T04:00:00Z", "2024-03-11"},
		{"the night the clocks go back begins in daylight time", "2024-11-03T04:00:00Z", "2024-11-03"},
		{"and ends in standard time", "2024-11-04T04:59:59Z", "2024-11-03"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := dated.Eastern(at(t, c.at)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	for _, d := range []dated.Date{"2024-03-09", "2024-03-10", "2024-03-11", "2024-11-03", "2024-11-04", "2024-02-29"} {
		if dated.Eastern(d.Start()) != d || dated.Eastern(d.Start().Add(-time.Second)) == d || dated.Eastern(d.Noon()) != d {
			t.Errorf("%s starts at %s", d, d.Start())
		}
	}
}

// One moment has several spellings; without an offset they are Eastern time, and an hour more or less is told from them.
func TestInstantSpellings(t *testing.T) {
	for spelling, want := range map[string]string{
		"2025-03-05":                       "2025-03-05T05:00:00Z",
		"2025-03-05 12:00":                 "2025-03-05T17:00:00Z",
		"2025-03-05T12:00":                 "2025-03-05T17:00:00Z",
		"2025-03-05T12:00:01":              "2025-03-05T17:00:01Z",
		"2025-03-05 12:00:00.001":          "2025-03-05T17:00:00.001Z",
		"2025-07-05T12:00:00":              "2025-07-05T16:00:00Z",
		"2025-03-05T12:00Z":                "2025-03-05T12:00:00Z",
		"2025-03-05 12:00:00-07:00":        "2025-03-05T19:00:00Z",
		"2025-03-05T12:00:00.999999-05:00": "2025-03-05T17:00:00.999999Z",
	} {
		if got := instant(t, spelling).Time(); !got.Equal(at(t, want)) {
			t.Errorf("%s is %s, want %s", spelling, got, want)
		}
	}
	for _, wrong := range []string{"", "2025-03-05T", "2025-03-05  12:00", "2025-03-05T24:00", "2025-03-05T12", "2025-03-05T12:00:00 EST", "2025-03-05x12:00", "2025-02-29T12:00",
		"2025-03-09T02:30:00", "2025-11-02 01:30:00"} {
		var i dated.Instant
		if err := i.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q is taken for %s", wrong, i.Time())
		}
	}
}

func TestDate(t *testing.T) {
	if got := dated.Date("2024-02-29").AddYears(1); got != "2025-02-28" {
		t.Errorf("a year after the leap day is %s", got)
	}
	if got := dated.Date("2024-03-12").AddYears(1); got != "2025-03-12" {
		t.Errorf("a year later is %s", got)
	}
	if got := dated.Date("2024-02-11").MonthEnd().AddDays(10); got != "2024-03-10" {
		t.Errorf("ten days after month end is %s", got)
	}
	for _, s := range []string{"", "2024-2-1", "2023-02-29", "2024-03-12T00:00:00Z", "today"} {
		if dated.Date(s).Valid() == nil {
			t.Errorf("%q passes as a date", s)
		}
	}
}

func TestRowInForce(t *testing.T) {
	r := dated.Row{
		ID: "r", ValidFrom: instant(t, "2025-03-04T00:01:00-05:00"), ValidTo: instant(t, "2026-02-24"),
		KnownFrom: instant(t, "2025-02-01"), KnownTo: instant(t, "2026-03-01"), Citation: "c", Verified: dated.Memory,
	}
	for _, c := range []struct {
		name, at, known string
		want            bool
	}{
		{"a minute before", "2025-03-04T00:00:59-05:00", "", false},
		{"from its first instant", "2025-03-04T00:01:00-05:00", "", true},
		{"to the one before its last", "2026-02-23T23:59:59-05:00", "", true},
		{"not at its last", "2026-02-24T00:00:00-05:00", "", false},
		{"not before it was known", "2025-04-01T00:00:00Z", "2025-01-31T00:00:00Z", false},
		{"while it was known", "2025-04-01T00:00:00Z", "2025-04-01T00:00:00Z", true},
		{"not once it was superseded", "2025-04-01T00:00:00Z", "2026-03-01T12:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asOf := dated.AsOf{At: at(t, c.at)}
			if c.known != "" {
				asOf.Known = at(t, c.known)
			}
			if got := r.InForce(asOf); got != c.want {
				t.Errorf("in force: %v", got)
			}
		})
	}
	if notes := dated.AppendNote(dated.AppendNote(nil, r), r); len(notes) != 1 {
		t.Errorf("noted %d times", len(notes))
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	r.ValidTo = r.ValidFrom
	if r.Check() == nil {
		t.Error("an empty period passes")
	}
}

func TestReach(t *testing.T) {
	var unknown *dated.Unknown
	err := dated.Reach("the fee", "2026-09-30", dated.AsOf{At: at(t, "2026-10-01T04:00:00Z")})
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "known through 2026-09-30") {
		t.Errorf("got %v", err)
	}
	if err := dated.Reach("the fee", "2026-09-30", dated.AsOf{At: at(t, "2026-10-01T03:59:59Z")}); err != nil {
		t.Error(err)
	}
}

func TestDecode(t *testing.T) {
	type file struct {
		Day  dated.Date `yaml:"day"`
		Name string     `yaml:"name"`
	}
	for _, c := range []struct{ name, data, says string }{
		{"plain", "day: 2024-03-12\nname: x\n", ""},
		{"an unknown key", "day: 2024-03-12\nnames: x\n", "line 2"},
		{"a key twice", "name: x\nname: y\n", "line 2"},
		{"a bad value", "name: x\nday: 2024-13-12\n", "line 2"},
		{"a list for a text", "name:\n  - x\n", "line 2"},
		{"empty", "", "empty"},
		{"two documents", "name: x\n---\nname: y\n", "one YAML document"},
		{"an anchor", "name: &a x\n", "line 1"},
		{"a tag", "name: !!str x\n", "line 1"},
		{"deep brackets", "name: " + strings.Repeat("[\n", 20), "nested"},
		{"a long line", "name: " + strings.Repeat("x", 2000), "line 1"},
		{"a huge file", strings.Repeat("# x\n", 100_000), "at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v file
			err := dated.Decode([]byte(c.data), &v)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("day: 2024-03-12\nname: x\n"))
	f.Add([]byte("name: [{a: [}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v struct {
			Day dated.Date `yaml:"day"`
		}
		if err := dated.Decode(data, &v); err == nil && v.Day != "" && v.Day.Valid() != nil {
			t.Errorf("decoded %q as a day", v.Day)
		}
	})
}

func TestEasternWallTime(t *testing.T) {
	for in, want := range map[string]string{
		"2025-03-04 00:01": "2025-03-04T05:01:00Z", "2025-08-01 00:01": "2025-08-01T04:01:00Z",
		"2026-03-08 01:59": "2026-03-08T06:59:00Z", "2026-03-08 03:00": "2026-03-08T07:00:00Z",
		"2026-11-01 00:59": "2026-11-01T04:59:00Z", "2026-11-01 02:00": "2026-11-01T07:00:00Z",
	} {
		if got := instant(t, in).Time(); !got.Equal(at(t, want)) {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
	for in, says := range map[string]string{
		"2026-03-08 02:30": "put forward over that hour",
		"2026-11-01 01:30": "2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00",
		"2026-11-01 24:00": "2025-03-04 00:01",
	} {
		if err := new(dated.Instant).UnmarshalText([]byte(in)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", in, err, says)
		}
	}
}
