package customs_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that every machine has the zones

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/qtr"
	"github.com/gauger/gauger/metrology/quantity"
)

func calendar(t testing.TB, zone string, hour int) qtr.Calendar {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return qtr.Calendar{Location: location, DayHour: hour}
}

// T34: gas days and customs days at a port in Central time, on a leap day and in the nights in which clocks change.
func TestSpans(t *testing.T) {
	gas, port := calendar(t, "America/Chicago", 9), calendar(t, tables(t).Zone("3401"), 0)
	for _, c := range []struct {
		name, from, to string
		want           []string // measurement day, customs day, hours
	}{
		{"the leap day", "2024-02-28T15:00:00Z", "2024-03-01T15:00:00Z", []string{
			"2024-02-28 2024-02-28 15h0m0s", "2024-02-28 2024-02-29 9h0m0s", "2024-02-29 2024-02-29 15h0m0s", "2024-02-29 2024-03-01 9h0m0s"}},
		{"clocks are put forward: gas and customs day have 23 hours", "2026-03-07T15:00:00Z", "2026-03-09T05:00:00Z", []string{
			"2026-03-07 2026-03-07 15h0m0s", "2026-03-07 2026-03-08 8h0m0s", "2026-03-08 2026-03-08 15h0m0s"}},
		{"clocks are put back: both have 25", "2026-10-31T14:00:00Z", "2026-11-02T06:00:00Z", []string{
			"2026-10-31 2026-10-31 15h0m0s", "2026-10-31 2026-11-01 10h0m0s", "2026-11-01 2026-11-01 15h0m0s"}},
		{"nothing", "2026-03-08T15:00:00Z", "2026-03-08T15:00:00Z", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, to := eastern(t, c.from), eastern(t, c.to)
			spans, err := customs.Spans(from, to, gas, port)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range spans {
				got = append(got, string(s.MeasurementDay)+" "+string(s.CustomsDay)+" "+s.End.Sub(s.Start).String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	if _, err := customs.Spans(time.Time{}, time.Now(), gas, port); err == nil || !strings.Contains(err.Error(), "shorter") {
		t.Errorf("two thousand years: %v", err)
	}
	if _, err := customs.Spans(time.Time{}, time.Time{}, gas, gas); err == nil || !strings.Contains(err.Error(), "midnight") {
		t.Errorf("a customs day at nine: %v", err)
	}
	if _, err := customs.Spans(time.Time{}, time.Time{}, gas, qtr.Calendar{}); err == nil {
		t.Error("a port without zone passes")
	}
}

// A stream that flows while a duty begins is cut there.
func TestSpansAtARateChange(t *testing.T) {
	day := calendar(t, "America/Chicago", 0)
	from, to := eastern(t, "2025-03-04T06:00:00-06:00").Add(-12*time.Hour), eastern(t, "2025-03-04T12:00:00-06:00")
	g := customs.Goods{HTS: "2709.00.10", Country: "CA"}
	changes := tables(t).Changes(g, from, to, time.Time{})
	if len(changes) != 1 || !changes[0].Equal(eastern(t, "2025-03-04 00:01")) {
		t.Fatalf("changes at %v", changes)
	}
	spans, err := customs.Spans(from, to, day, day, changes...)
	if err != nil || len(spans) != 3 || !spans[0].End.Equal(changes[0]) || spans[0].CustomsDay != "2025-03-03" || spans[1].CustomsDay != "2025-03-03" {
		t.Errorf("00:01 Eastern is 23:01 Central of the day before: %+v, %v", spans, err)
	}
	if known := tables(t).Changes(g, from, to, eastern(t, "2025-01-01")); len(known) > 0 {
		t.Errorf("changes at %v before anyone knew", known)
	}
}

// Spans follow each other, lose and double nothing, and each lies in one day of both calendars.
func TestSpansLoseNothing(t *testing.T) {
	var ports []qtr.Calendar
	for _, code := range []string{"3401", "3310", "3302", "0901", "3802"} {
		ports = append(ports, calendar(t, tables(t).Zone(code), 0))
	}
	gas := calendar(t, "America/Chicago", 9)
	rapid.Check(t, func(rt *rapid.T) {
		from := time.Unix(rapid.Int64Range(1_500_000_000, 1_900_000_000).Draw(rt, "from"), 0)
		to := from.Add(time.Duration(rapid.IntRange(0, 100*3600).Draw(rt, "seconds")) * time.Second)
		port := rapid.SampledFrom(ports).Draw(rt, "port")
		spans, err := customs.Spans(from, to, gas, port)
		if err != nil {
			rt.Fatal(err)
		}
		at := from
		for _, s := range spans {
			if !s.Start.Equal(at) || !s.End.After(s.Start) {
				rt.Errorf("%v does not follow %s", s, at)
			}
			last := s.End.Add(-time.Nanosecond)
			if d := dated.Date(last.In(port.Location).Format(time.DateOnly)); d != s.CustomsDay {
				rt.Errorf("%v ends on %s", s, d)
			}
			if d := dated.Date(gas.Day(last).String()); d != s.MeasurementDay {
				rt.Errorf("%v ends in gas day %s", s, d)
			}
			at = s.End
		}
		if !at.Equal(to) {
			rt.Errorf("ends at %s, want %s", at, to)
		}
	})
}

// T19: the reference temperature and the barrel are two steps, and there are two barrels.
func TestBarrels(t *testing.T) {
	exact, err := quantity.ToBarrels(bbl(t, "9500"))
	if err != nil || exact.Decimal(2) != "59753.20" {
		t.Errorf("exact barrel: %s, %v", exact, err)
	}
	legal, err := customs.ToLegalBarrels(bbl(t, "9500"))
	if err != nil || legal.Decimal(2) != "59755.94" {
		t.Errorf("legal barrel: %s, %v", legal, err)
	}
	at60, _, err := liquid.ConvertVolume(liquid.Crude, bbl(t, "9500"), quantity.Metric, quantity.Customary, 926.5)
	if err != nil || at60.Decimal(2) != "59776.97" {
		t.Errorf("at 60 F: %s, %v", at60, err)
	}
	for m3, want := range map[string]string{"900000": "5661089.45", "18170.9": "114296.77"} {
		if got, err := customs.ToLegalBarrels(bbl(t, m3)); err != nil || got.Decimal(2) != want {
			t.Errorf("%s m3: %s, %v", m3, got, err)
		}
	}
}
