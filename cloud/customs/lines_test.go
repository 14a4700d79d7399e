package customs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// goods is an importation of one day from Canada, without a claim.
func goods(t testing.TB, entered, hts, mot, unit, net string, price quantity.Factor) customs.Entry {
	t.Helper()
	e := batchOne(t)
	at := ms(t, entered)
	e.HTS, e.MOT, e.Unit, e.UnitPrice, e.SPI, e.API60, e.KnownAt = hts, mot, unit, price, "", nil, 0
	e.Days, e.EnteredAt = []customs.Day{{Date: dated.Eastern(time.UnixMilli(at)), Net: bbl(t, net)}}, at
	e.Traffic = customs.Traffic{PerWeek: 7, PerMonth: 30}
	return e
}

// TestAssessLines: any line of the table, by any conveyance, in the unit that it counts in. The figures follow from the rates of the
// tariff, 19 CFR 24.23 and 24.24.
func TestAssessLines(t *testing.T) {
	const free, taxed = "2024-03-11T12:00:00-04:00", "2025-03-10T12:00:00-04:00"
	gas := goods(t, taxed, "2711.21.00.00", "70", "m3", "800000", quantity.F(125, 3))
	byEnergy := goods(t, free, "2711.21.00.00", "70", "m3", "1000000.4", quantity.F(310, 2))
	byEnergy.PriceUnit, byEnergy.Days[0].Priced = "MMBtu", bbl(t, "35300.25")
	heavy := goods(t, free, "2710.19.06.05", "11", "bbl", "10000", quantity.F(60, 0))
	heavy.EnteredAt, heavy.Days[0].Date, heavy.API60 = ms(t, taxed), "2025-03-10", ptr(bbl(t, "14.2"))
	for _, c := range []struct {
		name     string
		entry    customs.Entry
		quantity int64
		value    string
		duty     string
		extra    string
		mpf      string
		hmf      string
		regime   customs.RegimeKind
		says     string
	}{
		{"D10 natural gas under 9903.01.13", gas, 800_000, "100000.00", "0.00", "10000.00", "346.40", "0.00", customs.Daily,
			"800,000 m3 count as 800,000 and are worth $100,000 at $0.125 per m3; one entry."},
		{"natural gas priced by energy, free, monthly: a fee for the day", byEnergy, 1_000_000, "109431.00", "0.00", "0.00", "379.07", "0.00", customs.Monthly,
			"1,000,000.4 m3 count as 1,000,000; they are 35,300.25 MMBtu, worth $109,431 at $3.10 per MMBtu; one entry."},
		{"LNG by vessel", goods(t, "2026-03-02T12:00:00-05:00", "2711.11.00.00", "10", "m3", "140000", quantity.F(25, 0)), 140_000, "3500000.00", "0.00", "0.00", "651.50",
			"4375.00", customs.Daily, "an entry for each importation"},
		{"propane by rail", goods(t, "2026-03-02T12:00:00-05:00", "2711.12.00.10", "20", "m3", "90.49", quantity.F(210, 0)), 90, "18900.00", "0.00", "0.00", "65.47", "0.00",
			customs.Daily, "not on what comes by rail"},
		{"grease by truck, a compound rate", goods(t, "2026-03-02T12:00:00-05:00", "2710.19.40.00", "30", "kg", "20000.5", quantity.F(2, 0)), 20_001, "40002.00", "2540.13",
			"0.00", "138.57", "0.00", customs.Daily, "20,001 kg and $40,002 at $0.013 a kg + 5.7 %"},
		{"naphtha by pipeline", goods(t, "2026-03-02T12:00:00-05:00", "2710.12.25.00", "70", "bbl", "30000", quantity.F(70, 0)), 30_000, "2100000.00", "3150.00", "0.00",
			"651.50", "0.00", customs.Daily, "30,000 bbl net count as 30,000"},
		{"fuel oil under 25 degrees by vessel", heavy, 10_000, "600000.00", "525.00", "60000.00", "634.62", "750.00", customs.Daily, "10,000 bbl at $0.0525 a bbl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := tables(t).Assess(c.entry)
			if err != nil {
				t.Fatal(err)
			}
			w := s.Unclaimed
			got := []string{w.Value.String(), w.Duty.String(), w.Additional.String(), w.MPF.String(), w.HMF.String(), string(w.Regime)}
			want := []string{c.value, c.duty, c.extra, c.mpf, c.hmf, string(c.regime)}
			if strings.Join(got, " ") != strings.Join(want, " ") || w.Reported() != c.quantity {
				t.Errorf("%d for %v; want %d for %v", w.Reported(), got, c.quantity, want)
			}
			if !strings.Contains(told(w), c.says) {
				t.Errorf("nothing says %q: %s", c.says, told(w))
			}
			if (w.Barrels > 0) != (s.Line.Unit == "bbl") || s.Line.HTS != c.entry.HTS {
				t.Errorf("%d barrels of line %s, which counts in %s", w.Barrels, s.Line.HTS, s.Line.Unit)
			}
			roundTrips(t, c.entry)
			roundTrips(t, s)
		})
	}
}

// TestDeclaredLine: gravity decides where the table divides by it, and nowhere else.
func TestDeclaredLine(t *testing.T) {
	for _, c := range []struct {
		name, hts, unit, api string
		line, finding, fails string
	}{
		{"gas has no gravity", "2711.21.00.00", "m3", "", "2711.21.00.00", "", ""},
		{"fuel oil of its line", "2710.19.11.02", "bbl", "30", "2710.19.11.02", "", ""},
		{"fuel oil of the other line", "2710.19.11.02", "bbl", "20", "2710.19.06", "hts-line", ""},
		{"with biodiesel", "2710.20.05.10", "bbl", "24.9", "2710.20.05.10", "", ""},
		{"jet fuel is what it is declared, whatever its gravity", "2710.19.16.00", "bbl", "44", "2710.19.16.00", "", ""},
		{"condensate keeps its statistical number", "2709.00.20.10", "bbl", "60", "2709.00.20.10", "", ""},
		{"a statistical number that there is not", "2709.00.20.77", "bbl", "60", "2709.00.20.90", "hts-line", ""},
		{"crude oil declared as tar sands, which count in t", "2714.10.00.00", "bbl", "21", "2709.00.10.00", "hts-line", ""},
		{"two units to report", "2710.12.90.00", "kg", "", "2710.12.90.00", "second-unit", ""},
		{"fuel oil without its gravity", "2710.19.06.05", "bbl", "", "", "", "state the degrees API at 60 F"},
		{"crude oil without it", "2709.00.10.00", "bbl", "", "", "", "state the degrees API at 60 F"},
		{"gas in barrels", "2711.21.00.00", "bbl", "", "", "", "line 2711.21.00.00 counts in m3, and the quantities are in bbl"},
		{"crude oil in m3", "2709.00.10.00", "m3", "21", "", "", "counts in bbl, and the quantities are in m3"},
		{"eight digits", "2711.21.00", "m3", "", "", "", "want ten digits"},
		{"a line that the table does not hold", "2204.21.60.00", "liters", "", "", "", "unknown"},
		{"no unit", "2711.21.00.00", "", "", "", "", "names no unit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := goods(t, "2026-03-02T12:00:00-05:00", c.hts, "70", c.unit, "1000", quantity.F(50, 0))
			if c.api != "" {
				e.API60 = ptr(bbl(t, c.api))
			}
			s, err := tables(t).Assess(e)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Fatalf("%v, want %q", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			finding := ""
			for _, f := range s.Findings {
				finding += f.Code
			}
			if s.Line.HTS != c.line || finding != c.finding {
				t.Errorf("line %s, findings %q", s.Line.HTS, finding)
			}
		})
	}
}

// TestPriceUnit: a price of another unit needs how much of it there is, and only then.
func TestPriceUnit(t *testing.T) {
	for _, c := range []struct {
		name, unit string
		priced     quantity.Micro
	}{
		{"no quantity of it", "MMBtu", 0},
		{"a quantity without its unit", "", 5},
		{"the unit of the line again", "m3", 5},
		{"a negative quantity", "", -5},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := goods(t, "2026-03-02T12:00:00-05:00", "2711.21.00.00", "70", "m3", "1000", quantity.F(50, 0))
			e.PriceUnit, e.Days[0].Priced = c.unit, c.priced
			if err := e.Valid(); err == nil {
				t.Error("it is valid")
			}
		})
	}
}

// TestOneEngine: an entry of one day comes to what an estimate of the same importation comes to, whatever the line, way, origin, time and
// claim; and where one of them does not know, neither does the other.
func TestOneEngine(t *testing.T) {
	lines := []struct{ hts, unit, api string }{
		{"2709.00.10.00", "bbl", "20.1"}, {"2709.00.20.90", "bbl", "38.2"}, {"2710.12.15.14", "bbl", ""}, {"2710.12.90.00", "kg", ""},
		{"2710.19.06.05", "bbl", "12"}, {"2710.19.11.02", "bbl", "33.5"}, {"2710.19.40.00", "kg", ""}, {"2711.11.00.00", "m3", ""},
		{"2711.13.00.20", "m3", ""}, {"2711.21.00.00", "m3", ""}, {"2711.29.00.20", "kg", ""}, {"2713.20.00.00", "t", ""}, {"2714.10.00.00", "t", ""},
	}
	first, last := ms(t, "2024-01-03T12:00:00-05:00"), ms(t, "2026-11-20T12:00:00-05:00")
	x := tables(t)
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom(lines).Draw(t, "line")
		at := time.UnixMilli(rapid.Int64Range(first, last).Draw(t, "at"))
		e := customs.Entry{
			Number: "ZZ903102418", Type: "01", Port: "3407", Importer: "importer", Exporter: "exporter", HTS: line.hts, Unit: line.unit, ExportCountry: "CA",
			MOT:        rapid.SampledFrom([]string{"70", "10", "11", "20", "30"}).Draw(t, "mot"),
			OriginCode: rapid.SampledFrom([]string{"XA", "MX", "RU", "GT"}).Draw(t, "origin"),
			SPI:        rapid.SampledFrom([]string{"", "S", "P"}).Draw(t, "spi"),
			Days:       []customs.Day{{Date: dated.Eastern(at), Net: quantity.Micro(rapid.Int64Range(1, 1e12).Draw(t, "net"))}},
			EnteredAt:  at.UnixMilli(), KnownAt: at.UnixMilli(), UnitPrice: quantity.F(rapid.Int64Range(1, 1e6).Draw(t, "price"), 3),
		}
		i := customs.Importation{
			Entered: at, Known: at, HTS: e.HTS, Quantity: e.Days[0].Net, Unit: e.Unit, Origin: e.OriginCode, Export: "CA", SPI: e.SPI, MOT: e.MOT, Route: customs.Standard,
		}
		if line.api != "" {
			api, err := quantity.Parse(line.api)
			if err != nil {
				t.Fatal(err)
			}
			e.API60, i.API60 = &api, &api
		}
		s, err := x.Assess(e)
		w := s.Unclaimed
		if e.SPI != "" {
			w = s.Claimed
		}
		i.Value = w.Value
		var unknown *dated.Unknown
		if errors.As(err, &unknown) {
			i.Value = 1
		} else if err != nil {
			t.Fatal(err)
		}
		got, refused := x.Estimate(i)
		if refused != nil {
			if len(s.Findings) == 0 && unknown == nil { // what an estimate refuses, an entry finds fault with
				t.Fatalf("the estimate refuses what the entry has no finding about: %v", refused)
			}
			return
		}
		if unknown != nil {
			if !got.Total.Unknown {
				t.Fatalf("the entry: %v; the estimate knows %+v", err, got)
			}
			return
		}
		var extra customs.Cents
		for _, x := range got.Additional {
			extra += x.Amount.Cents
		}
		if got.Total.Unknown || got.Base.Cents != w.Duty || extra != w.Additional || got.MPF.Cents != w.MPF || got.HMF.Cents != w.HMF || got.Total.Cents != w.Total {
			t.Fatalf("the estimate %+v, the entry %+v", got, w)
		}
	})
}
