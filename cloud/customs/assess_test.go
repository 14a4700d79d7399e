package customs_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/metrology/quantity"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := configs.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parsed is read once: tables do not change.
var parsed = sync.OnceValues(func() (*customs.Tables, error) {
	rates, err := configs.Files.ReadFile(configs.Rates)
	if err != nil {
		return nil, err
	}
	ports, err := configs.Files.ReadFile(configs.Ports)
	if err != nil {
		return nil, err
	}
	return customs.ParseTables(rates, ports)
})

func tables(t testing.TB) *customs.Tables {
	t.Helper()
	x, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func ms(t testing.TB, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

func bbl(t testing.TB, s string) quantity.Micro {
	t.Helper()
	m, err := quantity.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ptr[T any](v T) *T { return &v }

// batchOne is the entry of the story's first batch.
func batchOne(t testing.TB) customs.Entry {
	t.Helper()
	return customs.Entry{
		Number: "ZZ903102418", Type: "01", MOT: "70", Port: "3407", Importer: "Lakehead Refining Co",
		Exporter: "Battle River Marketing Ltd", OriginCode: "XA", ExportCountry: "CA", HTS: "2709.00.10.00",
		Days: []customs.Day{{
			Date: "2024-03-11", Net: bbl(t, "124849.084620"), Gross: bbl(t, "125212.2"), SedimentWater: quantity.F(29, 2),
		}},
		EnteredAt: ms(t, "2024-04-09T15:00:00-04:00"), API60: ptr(bbl(t, "20.2")), Unit: "bbl", UnitPrice: quantity.F(6440, 2), SPI: "S",
		Traffic: customs.Traffic{PerWeek: 2, PerMonth: 2}, KnownAt: ms(t, "2024-04-09T15:00:00-04:00"),
	}
}

// batchTwo is the entry of the second.
func batchTwo(t testing.TB) customs.Entry {
	e := batchOne(t)
	e.Number, e.SPI, e.UnitPrice, e.API60 = "ZZ903122424", "", quantity.F(6510, 2), ptr(bbl(t, "21.2"))
	e.Days = []customs.Day{{Date: "2024-03-12", Net: bbl(t, "50110.9")}}
	e.EnteredAt = ms(t, "2024-03-13T10:00:00-04:00")
	e.KnownAt = e.EnteredAt
	return e
}

func TestAssessStory(t *testing.T) {
	s, err := tables(t).Assess(batchOne(t))
	if err != nil {
		t.Fatal(err)
	}
	free, full := s.Claimed, s.Unclaimed
	if s.Filed != customs.WithClaim || free.Duty != 0 || free.MPF != 0 || free.Total != 0 || s.Reclaim != 0 {
		t.Errorf("claimed: %+v", free)
	}
	if free.Barrels != 124_849 || free.Value.String() != "8040276.00" {
		t.Errorf("%d barrels at %s", free.Barrels, free.Value)
	}
	if text := told(free); !strings.Contains(text, "None was in force on such goods") ||
		!strings.Contains(text, "124,849.08462 bbl net count as 124,849 and are worth $8,040,276 at $64.40 a barrel; one entry") {
		t.Errorf("reasons: %s", text)
	}
	if free.Regime != customs.Monthly || free.Due != "2024-04-10" || s.ClaimUntil != "2025-03-11" {
		t.Errorf("%s, due %s, until %s", free.Regime, free.Due, s.ClaimUntil)
	}
	if full.Duty.String() != "6554.57" || full.MPF.String() != "614.35" || full.HMF != 0 || full.Additional != 0 ||
		full.Regime != customs.Daily || full.Due != "2024-03-25" {
		t.Errorf("unclaimed: %+v", full)
	}
	if len(s.Findings) > 0 || s.PortName != "Walhalla ND" || s.Country != "CA" {
		t.Errorf("findings %+v, port %s, country %s", s.Findings, s.PortName, s.Country)
	}
	if want := []dated.Note{{
		Row: "pairing-3407", Tag: dated.Memory, Citation: "inferred from geography: pairing unverified",
	}}; !cmp.Equal(s.Unverified, want) {
		t.Errorf("unverified: %+v", s.Unverified)
	}
	if len(full.Unverified) != 2 || full.Unverified[0].Row != "mpf-fy2024" || full.Unverified[1].Row != "holidays" {
		t.Errorf("unverified without the claim: %+v", full.Unverified)
	}

	two, err := tables(t).Assess(batchTwo(t))
	if err != nil {
		t.Fatal(err)
	}
	full = two.Unclaimed
	if full.Barrels != 50_111 || full.Value.String() != "3262226.00" || full.Duty.String() != "2630.83" ||
		full.MPF.String() != "614.35" || full.Regime != customs.Daily || full.Due != "2024-03-27" {
		t.Errorf("batch two: %+v", full)
	}
	if two.Filed != customs.WithoutClaim || two.Reclaim.String() != "3245.18" || two.ClaimUntil != "2025-03-12" {
		t.Errorf("filed %s, reclaim %s until %s", two.Filed, two.Reclaim, two.ClaimUntil)
	}
	for _, x := range []customs.Assessment{s, two} {
		roundTrips(t, x)
	}
	roundTrips(t, batchOne(t))
	roundTrips(t, batchTwo(t))
}

// told returns all sentences of one way.
func told(c customs.Computed) string {
	var b strings.Builder
	for _, r := range c.Reasons {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}

func roundTrips[T any](t *testing.T, v T) {
	t.Helper()
	data, err := cose.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := cose.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, back); diff != "" {
		t.Error(diff)
	}
}

// vector is 50,000 barrels of under 25 degrees worth $3,500,000, a product of Canada, imported on one day.
func vector(t testing.TB, entered, spi string) customs.Entry {
	e := batchOne(t)
	at := ms(t, entered)
	e.Days = []customs.Day{{Date: dated.Eastern(time.UnixMilli(at)), Net: bbl(t, "50000")}}
	e.EnteredAt, e.UnitPrice, e.API60, e.SPI, e.KnownAt = at, quantity.F(70, 0), ptr(bbl(t, "21.1")), spi, 0
	return e
}

func TestDutyVectors(t *testing.T) {
	for _, c := range []struct {
		name, entered, spi           string
		duty, additional, mpf, total string
		headings                     string
	}{
		{"D1 before the additional duty", "2025-03-03T12:00:00-05:00", "", "2625.00", "0.00", "634.62", "3259.62", "2709.00.10.00"},
		{"D2 under it", "2025-03-05T12:00:00-05:00", "", "2625.00", "350000.00", "634.62", "353259.62", "9903.01.13 2709.00.10.00"},
		{"D3 a claim did not save it at first", "2025-03-05T12:00:00-05:00", "S", "0.00", "350000.00", "0.00", "350000.00", "9903.01.13 2709.00.10.00"},
		{"D4 then it did", "2025-03-10T12:00:00-04:00", "S", "0.00", "0.00", "0.00", "0.00", "9903.01.14 2709.00.10.00"},
		{"D5 without a claim", "2025-12-15T12:00:00-05:00", "", "2625.00", "350000.00", "651.50", "353276.50", "9903.01.13 2709.00.10.00"},
		{"D6 exempt by its line", "2026-03-01T12:00:00-05:00", "", "2625.00", "0.00", "651.50", "3276.50", "9903.03.03 2709.00.10.00"},
		{"D7 exempt by its line", "2026-08-01T12:00:00-04:00", "", "2625.00", "0.00", "651.50", "3276.50", "9903.05.86 2709.00.10.00"},
		{"the last minute before 9903.01.13", "2025-03-04T00:00:59-05:00", "", "2625.00", "0.00", "634.62", "3259.62", "2709.00.10.00"},
		{"its first", "2025-03-04T00:01:00-05:00", "", "2625.00", "350000.00", "634.62", "353259.62", "9903.01.13 2709.00.10.00"},
		{"T36 no relief in transit for a pipeline, exempt by its line", "2026-02-24T12:00:00-05:00", "", "2625.00", "0.00", "651.50", "3276.50", "9903.03.03 2709.00.10.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := tables(t).Assess(vector(t, c.entered, c.spi))
			if err != nil {
				t.Fatal(err)
			}
			w := s.Unclaimed
			if c.spi != "" {
				w = s.Claimed
			}
			got := []string{w.Duty.String(), w.Additional.String(), w.MPF.String(), w.Total.String(), strings.Join(w.Headings, " ")}
			want := []string{c.duty, c.additional, c.mpf, c.total, c.headings}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			roundTrips(t, s)
		})
	}
	t.Run("D8 the fee of fiscal year 2027 is unknown, the duty is not", func(t *testing.T) {
		e := vector(t, "2026-11-01T12:00:00-05:00", "")
		var unknown *dated.Unknown
		if _, err := tables(t).Assess(e); !errors.As(err, &unknown) || unknown.Through != "2026-09-30" {
			t.Errorf("got %v", err)
		}
		at := dated.AsOf{At: time.UnixMilli(e.EnteredAt)}
		duty, err := tables(t).Duty(customs.Goods{HTS: "2709.00.10.00", Country: "CA", Quantity: bbl(t, "50000")}, at)
		if err != nil || duty.Amount.String() != "2625.00" {
			t.Errorf("duty %s, %v", duty.Amount, err)
		}
		extra, err := tables(t).Additional(customs.Goods{HTS: "2709.00.10.00", Country: "CA", MOT: "70", Value: 350_000_000}, at)
		if err != nil || extra.Amount != 0 {
			t.Errorf("additional %s, %v", extra.Amount, err)
		}
		e.SPI = "S"
		s, err := tables(t).Assess(e)
		if err != nil || s.Claimed.Total != 0 || s.Claimed.Unknown != "" || s.Unclaimed.Unknown == "" {
			t.Errorf("with a claim: %+v, %v", s, err)
		}
		roundTrips(t, s)
	})
}

func TestRefundDependsOnWhatWasKnown(t *testing.T) {
	for _, c := range []struct {
		name, known string
		refunds     int
		open        bool
	}{
		{"T33 as known before the ruling", "2026-01-01T12:00:00-05:00", 0, false},
		{"held unlawful, no procedure yet", "2026-03-01T12:00:00-05:00", 1, false},
		{"T33 as known after refunds opened", "2026-05-01T12:00:00-04:00", 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := vector(t, "2025-03-05T12:00:00-05:00", "")
			e.KnownAt = ms(t, c.known)
			s, err := tables(t).Assess(e)
			if err != nil {
				t.Fatal(err)
			}
			if s.Unclaimed.Additional.String() != "350000.00" || len(s.Refunds) != c.refunds {
				t.Fatalf("additional %s, refunds %+v", s.Unclaimed.Additional, s.Refunds)
			}
			if c.refunds == 1 && (s.Refunds[0].Amount.String() != "350000.00" || s.Refunds[0].Open != c.open) {
				t.Errorf("refund %+v", s.Refunds[0])
			}
		})
	}
	e := vector(t, "2025-12-15T12:00:00-05:00", "")
	e.KnownAt = ms(t, "2025-07-01T12:00:00-04:00")
	var unknown *dated.Unknown
	if _, err := tables(t).Assess(e); !errors.As(err, &unknown) {
		t.Errorf("the fee of a year not yet announced: %v", err)
	}
}

// month is 31 days of $3,500,000 each.
func month(t testing.TB, first dated.Date, days int, spi string) customs.Entry {
	e := vector(t, "2026-04-01T12:00:00-04:00", spi)
	e.Days = nil
	for i := range days {
		e.Days = append(e.Days, customs.Day{Date: first.AddDays(i), Net: bbl(t, "50000")})
	}
	e.Traffic = customs.Traffic{PerWeek: 7, PerMonth: days}
	e.EnteredAt = ms(t, string(e.Days[days-1].Date)+"T23:00:00-04:00")
	return e
}

func TestMonthOfDays(t *testing.T) {
	s, err := tables(t).Assess(month(t, "2026-03-01", 31, ""))
	if err != nil {
		t.Fatal(err)
	}
	full := s.Unclaimed
	if full.Entries != 31 || full.MPF.String() != "20196.50" || full.Duty.String() != "81375.00" {
		t.Errorf("T23: %d entries, MPF %s, duty %s", full.Entries, full.MPF, full.Duty)
	}
	if len(s.Findings) != 1 || s.Findings[0].Code != "one-day" {
		t.Errorf("findings %+v", s.Findings)
	}
	if len(full.Reasons) > 8 {
		t.Errorf("the same steps are told %d times", len(full.Reasons))
	}
	s, err = tables(t).Assess(month(t, "2026-04-01", 30, "S"))
	if err != nil {
		t.Fatal(err)
	}
	free := s.Claimed
	if free.Entries != 1 || free.Total != 0 || free.Regime != customs.Monthly || free.Due != "2026-05-10" || free.Barrels != 1_500_000 {
		t.Errorf("T24: %+v", free)
	}
	if len(s.Findings) > 0 {
		t.Errorf("findings %+v", s.Findings)
	}
	if text := told(free); !strings.Contains(text, "2026-05-10 is a Sunday") || !strings.Contains(text, "file by 2026-05-08") {
		t.Errorf("nothing says that the deadline is a Sunday: %s", text)
	}
	s, err = tables(t).Assess(month(t, "2025-12-01", 31, ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Refunds) != 1 || s.Refunds[0].Amount.String() != "10850000.00" {
		t.Errorf("refunds of a month: %+v", s.Refunds)
	}
}

func TestLint(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*customs.Entry)
		code   string
		level  customs.Level
	}{
		{"CA instead of the province", func(e *customs.Entry) { e.OriginCode = "CA" }, "origin-province", customs.Error},
		{"a pipeline entry that claims CAFTA-DR", func(e *customs.Entry) { e.SPI = "P" }, "spi-mode", customs.Error},
		{"a program of other countries", func(e *customs.Entry) { e.SPI = "P" }, "spi-origin", customs.Error},
		{"a program that is none", func(e *customs.Entry) { e.SPI = "Q" }, "spi", customs.Error},
		{"the wrong line for the gravity", func(e *customs.Entry) { e.HTS = "2709.00.20.90" }, "hts-line", customs.Error},
		{"dilbit as tar sands", func(e *customs.Entry) { e.HTS = "2714.10.00.00" }, "hts-line", customs.Error},
		{"a port that is none", func(e *customs.Entry) { e.Port = "9999" }, "port", customs.Error},
		{"exported from elsewhere", func(e *customs.Entry) { e.ExportCountry = "MX" }, "export-country", customs.Warning},
		{"L4 net above gross", func(e *customs.Entry) { e.Days[0].Gross = bbl(t, "100000") }, "net-gross", customs.Error},
		{"sediment and water not taken off", func(e *customs.Entry) { e.Days[0].Net = e.Days[0].Gross }, "sediment-water", customs.Error},
		{"more sediment and water than oil", func(e *customs.Entry) { e.Days[0].SedimentWater = quantity.F(101, 0) }, "sediment-water", customs.Error},
		{"an additional duty that a claim would have saved", func(e *customs.Entry) {
			*e = vector(t, "2025-12-15T12:00:00-05:00", "")
		}, "additional-reclaim", customs.Warning},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := batchOne(t)
			c.change(&e)
			s, err := tables(t).Assess(e)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range s.Findings {
				found = found || f.Code == c.code && f.Level == c.level
			}
			if !found {
				t.Errorf("%s is not among %+v", c.code, s.Findings)
			}
		})
	}
}

func TestAssessRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*customs.Entry)
		says   string
	}{
		{"a wrong check digit, with the right one", func(e *customs.Entry) { e.Number = "ZZ903102410" }, "check digit is 8"},
		{"another entry type", func(e *customs.Entry) { e.Type = "06" }, "06"},
		{"a mode that the tables cannot assess", func(e *customs.Entry) { e.MOT = "99" }, "mode of transportation 99"},
		{"an origin that the tables do not hold", func(e *customs.Entry) { e.OriginCode = "PE" }, "origin code PE"},
		{"no days", func(e *customs.Entry) { e.Days = nil }, "days of importation"},
		{"days of two months", func(e *customs.Entry) {
			e.Days = append(e.Days, customs.Day{Date: "2024-04-01", Net: 1_000_000})
		}, "within one month"},
		{"a day that is none", func(e *customs.Entry) { e.Days[0].Date = "2024-02-30" }, "not a date"},
		{"no price", func(e *customs.Entry) { e.UnitPrice = quantity.Factor{} }, "unit price"},
		{"a value out of range", func(e *customs.Entry) { e.UnitPrice = quantity.F(1<<62, 0) }, "out of range"},
		{"before the tables begin", func(e *customs.Entry) { e.EnteredAt = ms(t, "2019-01-01T00:00:00Z") }, "unknown"},
		{"an origin whose additional duties the tables do not hold", func(e *customs.Entry) {
			*e = vector(t, "2026-08-01T12:00:00-04:00", "")
			e.OriginCode, e.ExportCountry = "GT", "GT"
		}, "not in this table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := batchOne(t)
			c.change(&e)
			if _, err := tables(t).Assess(e); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestMexico(t *testing.T) {
	e := vector(t, "2025-03-05T12:00:00-05:00", "")
	e.OriginCode, e.ExportCountry = "MX", "MX"
	s, err := tables(t).Assess(e)
	if err != nil {
		t.Fatal(err)
	}
	if s.Unclaimed.Additional.String() != "875000.00" {
		t.Errorf("D9's additional duty on crude of Mexico: %s", s.Unclaimed.Additional)
	}
}
