package story

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/metrology/quantity"
)

const commonStream = "story/common-stream.yaml"

func month(t testing.TB) *Scenario {
	t.Helper()
	file, err := configs.Files.ReadFile(commonStream)
	must(t, err)
	s, err := Load(commonStream, file)
	must(t, err)
	return s
}

// papers are the events of the traffic, and of the acts that state sources, as the parties would sign them. What meters measure
// is not among them.
func papers(t testing.TB, s *Scenario) []custody.Event {
	t.Helper()
	var all []custody.Event
	for i, a := range s.Acts {
		if a.Movement["source"] == nil {
			continue
		}
		body, err := s.resolve(a.Movement)
		must(t, err)
		b, err := json.Marshal(body)
		must(t, err)
		e := custody.Event{Version: custody.Version, ID: a.ID, By: s.did(a.By), At: a.At.UnixMilli(), Order: uint64(i)}
		must(t, json.Unmarshal(b, &e))
		all = append(all, e)
	}
	for day := range s.Traffic.Days + 1 {
		b, _, err := s.opened(day)
		must(t, err)
		all = append(all, b.events...)
	}
	return all
}

// TestTrafficIsBooked: the books take all of the month's traffic, gauged as the file says, and it is the same each time.
func TestTrafficIsBooked(t *testing.T) {
	s := month(t)
	all := papers(t, s)
	if diff := cmp.Diff(all, papers(t, month(t))); diff != "" {
		t.Errorf("another reading gives other papers: %s", diff)
	}
	l := custody.NewLedger()
	lost := map[string]quantity.Micro{}
	day := 0
	apply := func(e custody.Event) {
		t.Helper()
		must(t, l.Apply(e, nil))
	}
	for _, e := range all {
		for ; day <= s.Traffic.Days && e.At > s.day(day).at.UnixMilli(); day++ {
			held := map[string]quantity.Micro{}
			for _, stream := range s.Traffic.Streams {
				if p, err := l.Pool(stream.ID); err == nil {
					held[stream.ID] = p.Volume
				}
			}
			if b := s.gaugings(day, held); b != nil {
				for _, g := range b.events {
					apply(g)
				}
			}
		}
		apply(e)
	}
	must(t, l.Check())
	for _, stream := range s.Traffic.Streams {
		for _, v := range stream.Lost[:3] { // the last is after the last day's papers
			lost[stream.ID] += v
		}
		b, err := l.PoolBalance(stream.ID, 0, math.MaxInt64)
		must(t, err)
		if b.GainLoss != -lost[stream.ID] || b.Closing.Volume <= stream.Fill/2 {
			t.Errorf("%s lost %s, the file says %s; %s are left", stream.ID, -b.GainLoss, lost[stream.ID], b.Closing.Volume)
		}
	}
}

// TestTrafficIsAMonth: twelve streams, forty shippers who all ship, and receipts at several stations on every day.
func TestTrafficIsAMonth(t *testing.T) {
	s := month(t)
	shippers := map[string]bool{}
	stations := map[int64]map[string]bool{}
	first := s.day(1).at.UnixMilli()
	for _, e := range papers(t, s) {
		if e.Receipt == nil || e.At < first {
			continue
		}
		shippers[e.Receipt.Shipper] = true
		if stations[e.At] == nil {
			stations[e.At] = map[string]bool{}
		}
		stations[e.At][e.ID[strings.LastIndex(e.ID, "-"):]] = true
	}
	if len(s.Traffic.Streams) != 12 || len(shippers) != 39 || len(stations) != s.Traffic.Days { // the fortieth ships by meter
		t.Errorf("%d streams, %d shippers, receipts on %d days", len(s.Traffic.Streams), len(shippers), len(stations))
	}
	for at, names := range stations {
		if len(names) < 2 {
			t.Errorf("receipts at %v only at %d", names, at)
		}
	}
}

// TestTrafficRefuses: rows that lead nowhere are named before anything is played.
func TestTrafficRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*Traffic)
	}{
		{"a keeper who is nobody", `traffic: keeper "x" is no party`, func(t *Traffic) { t.Keeper = "x" }},
		{"no days", "traffic: it has 0 days, want 1 to 366", func(t *Traffic) { t.Days = 0 }},
		{"a gauging too few", "traffic: stream PSW has 3 gaugings in lost, and 4 days are in gauged", func(t *Traffic) { t.Streams[0].Lost = t.Streams[0].Lost[1:] }},
		{"a station that is nowhere", `traffic: receipts, row 2: station "x" is not among the stations`, func(t *Traffic) { t.Receipts[1].Station = "x" }},
		{"a shipper who is nobody", `"x" is no party`, func(t *Traffic) { t.Titles[0].To = "x" }},
		{"a stream that there is not", `"x" is not among the streams`, func(t *Traffic) { t.Exchanges[0].For = "x" }},
		{"no rhythm", "it needs a volume and every how many days it comes", func(t *Traffic) { t.Deliveries[0].Every = 0 }},
	} {
		s := month(t)
		s.Traffic.Receipts = slices.Clone(s.Traffic.Receipts)
		c.change(s.Traffic)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	s := month(t)
	s.Traffic.Receipts = append(s.Traffic.Receipts, s.Traffic.Receipts[0])
	if _, _, err := s.booked(s.Traffic.Receipts[0].From); err == nil || !strings.Contains(err.Error(), "is there twice on a day") {
		t.Errorf("a row that comes twice: %v", err)
	}
}

// TestSlip: the clerk's figure stands in the statement, and his own sum follows it.
func TestSlip(t *testing.T) {
	s := month(t)
	draft := func() []custody.Event {
		return []custody.Event{{Close: &custody.Close{Pool: "LSB"}}, {Statement: &custody.MonthlyStatement{Pool: "LSB", Lines: []custody.StatementLine{
			{Shipper: s.did("alder"), Receipts: 70, Deliveries: 30, Closing: 40},
		}}}}
	}
	for _, c := range []struct {
		name string
		slip Slip
		want custody.StatementLine
	}{
		{"receipts", Slip{"LSB", "alder", "receipts", 7}, custody.StatementLine{Shipper: s.did("alder"), Receipts: 7, Deliveries: 30, Closing: -23}},
		{"deliveries", Slip{"LSB", "alder", "deliveries", 3}, custody.StatementLine{Shipper: s.did("alder"), Receipts: 70, Deliveries: 3, Closing: 67}},
	} {
		events := draft()
		must(t, s.slip(events, c.slip))
		if got := events[1].Statement.Lines[0]; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	for want, slip := range map[string]Slip{
		`slip: nothing is stated of stream "MSW"`:   {"MSW", "alder", "receipts", 7},
		"slip: aster has no position in stream LSB": {"LSB", "aster", "receipts", 7},
	} {
		if err := s.slip(draft(), slip); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestCorrectRefuses: only what the traffic has stated is corrected, and only what has a volume that somebody typed.
func TestCorrectRefuses(t *testing.T) {
	w := &World{scenario: month(t), stated: map[string]custody.Event{"TITLE": {ID: "TITLE", Title: &custody.Title{}}}}
	for of, want := range map[string]string{
		"R-1":   `event "R-1" is none of the traffic so far`,
		"TITLE": "event TITLE is a title: only receipts and withdrawals are corrected",
	} {
		if err := w.correct(t.Context(), &Act{By: "aspen", Correction: &Correction{Of: of}}, 1); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
