package audit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/metrology/quantity"
)

// always is the period of everything.
func always(t testing.TB) audit.Period {
	t.Helper()
	p, err := audit.ParsePeriod("", "", "")
	must(t, err)
	return p
}

// TestBalance: a pool, a batch and a system close, and the days of one add up to it.
func TestBalance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	for name, kind := range map[string]string{"T-1": "tank", "LINE": "line", "NORTH=T-1,T-2,LINE": "system"} {
		s, err := c.Balance(name, always(t))
		must(t, err)
		b := s.System
		sum, err := quantity.Sum(b.Opening, b.Receipts, -b.Deliveries, -b.Deductions, b.OverShort, b.Adjustments)
		must(t, err)
		if s.Kind != kind || s.Batch != nil || (s.Pool == nil) != (kind == "system") || (s.Segments == nil) != (kind != "line") || s.Series != nil {
			t.Errorf("%s: %+v", name, s)
		}
		if sum != b.Closing || b.Receipts == 0 || s.Pool != nil && s.Pool.GainLoss != b.OverShort {
			t.Errorf("%s comes to %s: %+v", name, sum, b)
		}
	}
	s, err := c.Balance("LINE", always(t))
	must(t, err)
	same(t, "segments", len(s.Segments), 2)
	same(t, "found beyond the book at the border", s.Segments[0].OverShort, s.System.OverShort)
	for _, name := range []string{audittest.Batch, "batch:" + audittest.Batch} {
		b, err := c.Balance(name, always(t))
		must(t, err)
		want, err := c.Books.Balance(audittest.Batch)
		must(t, err)
		same(t, name, encode(t, b), encode(t, &audit.BalanceSheet{Name: name, Kind: "batch", Batch: &want}))
	}
	p, err := audit.ParsePeriod("2026-01-31T00:00:00-06:00", "2026-02-03T12:00:00-06:00", "day")
	must(t, err)
	s, err = c.Balance("LINE", p)
	must(t, err)
	same(t, "days", len(s.Series.Balances), 4)
	same(t, "findings are a list", s.Series.Findings == nil, false)
	sum := quantity.Micro(0)
	for i, day := range s.Series.Balances {
		sum += day.Receipts
		if i > 0 && day.Opening != s.Series.Balances[i-1].Closing {
			t.Errorf("day %d opens at %s", i, day.Opening)
		}
	}
	same(t, "receipts of the days", sum, s.System.Receipts)
}

// TestBalanceRefused: names that stand for nothing, and questions without an answer.
func TestBalanceRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	day, err := audit.ParsePeriod("2026-02-01T00:00:00-06:00", "2026-02-02T00:00:00-06:00", "")
	must(t, err)
	for _, tt := range []struct {
		name string
		p    audit.Period
		want error
	}{
		{"T-9", always(t), audit.ErrUnknown}, {"", always(t), audit.ErrUnknown}, {"batch:LINE", always(t), audit.ErrUnknown},
		{"NORTH=", always(t), audit.ErrUnknown}, {"NORTH=T-1,T-9", always(t), audit.ErrUnknown}, {"=T-1", always(t), audit.ErrQuestion},
		{audittest.Batch, day, audit.ErrQuestion},
	} {
		if _, err := c.Balance(tt.name, tt.p); !errors.Is(err, tt.want) {
			t.Errorf("balance of %q: %v", tt.name, err)
		}
	}
}

// TestParsePeriod: days and months begin at the hour of the first, in its offset, and the end cuts the last one.
func TestParsePeriod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to, by string
		want         []string
	}{
		{"2024-02-28T07:00:00-07:00", "2024-03-02T07:00:00-07:00", "day", []string{"02-28T14", "02-29T14", "03-01T14", "03-02T14"}},
		{"2024-02-28T07:00:00-07:00", "2024-02-29T12:00:00-07:00", "day", []string{"02-28T14", "02-29T14", "02-29T19"}},
		{"2024-01-28T00:00:00Z", "2024-04-01T00:00:00Z", "month", []string{"01-28T00", "02-28T00", "03-28T00", "04-01T00"}},
		{"2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "", nil},
	} {
		p, err := audit.ParsePeriod(tt.from, tt.to, tt.by)
		must(t, err)
		var got []string
		for _, ms := range p.Instants {
			got = append(got, time.UnixMilli(ms).UTC().Format("01-02T15"))
		}
		same(t, tt.from+" by "+tt.by, got, tt.want)
	}
	for _, bad := range [][3]string{
		{"yesterday", "", ""}, {"", "2024-03-01", ""}, {"2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z", ""}, {"1969-03-01T00:00:00Z", "", ""},
		{"", "", "day"}, {"2024-03-01T00:00:00Z", "", "day"}, {"2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z", "week"},
		{"2024-03-29T00:00:00Z", "2024-06-01T00:00:00Z", "month"}, {"2020-03-01T00:00:00Z", "2024-06-01T00:00:00Z", "day"},
	} {
		if _, err := audit.ParsePeriod(bad[0], bad[1], bad[2]); !errors.Is(err, audit.ErrQuestion) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
