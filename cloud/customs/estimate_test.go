package customs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// eastern returns an instant written as a user writes it.
func eastern(t testing.TB, s string) time.Time {
	t.Helper()
	var i dated.Instant
	if err := i.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return i.Time()
}

// crude is 50,000 bbl of under 25 degrees worth $3,500,000, a product of Canada, by pipeline, as known when it is entered.
func crude(t testing.TB, entered, claim string) customs.Importation {
	at := eastern(t, entered)
	return customs.Importation{
		Entered: at, Known: at, HTS: "2709.00.10.00", Quantity: bbl(t, "50000"), Unit: "bbl", Value: 350_000_000, Origin: "XA", Export: "CA",
		SPI: claim, MOT: "70", Route: customs.Standard,
	}
}

// other is goods that are not of chapter 27.
func other(t testing.TB, entered, origin string) customs.Importation {
	i := crude(t, entered, "")
	i.HTS, i.Quantity, i.Unit, i.Value, i.Origin, i.Export = "4407.12.00", 0, "", 10_000_000, origin, ""
	return i
}

// extras prints additional duties: "9903.01.13 350000.00".
func extras(e customs.Estimate) string {
	var all []string
	for _, x := range e.Additional {
		all = append(all, x.Heading+" "+x.Amount.String())
	}
	return strings.Join(all, ", ")
}

func TestEstimateVectors(t *testing.T) {
	with := func(i customs.Importation, change func(*customs.Importation)) customs.Importation {
		change(&i)
		return i
	}
	gas := func(entered string) customs.Importation {
		return with(crude(t, entered, ""), func(i *customs.Importation) {
			i.HTS, i.Quantity, i.Unit, i.Value = "2711.21.00.00", 0, "", 10_000_000
		})
	}
	line := func(hts, amount, unit string, value customs.Cents) customs.Importation {
		return with(crude(t, "2025-02-03 12:00", ""), func(i *customs.Importation) {
			i.HTS, i.Quantity, i.Unit, i.Value = hts, bbl(t, amount), unit, value
		})
	}
	for _, c := range []struct {
		name                              string
		in                                customs.Importation
		base, additional, mpf, hmf, total string
		headings                          string
	}{
		{"D1", crude(t, "2025-03-03 12:00", ""), "2625.00", "", "634.62", "0.00", "3259.62", "2709.00.10.00"},
		{"D2", crude(t, "2025-03-05 12:00", ""), "2625.00", "9903.01.13 350000.00", "634.62", "0.00", "353259.62", "9903.01.13 2709.00.10.00"},
		{"D3", crude(t, "2025-03-05 12:00", "S"), "0.00", "9903.01.13 350000.00", "0.00", "0.00", "350000.00", "9903.01.13 2709.00.10.00"},
		{"D4", crude(t, "2025-03-10 12:00", "S"), "0.00", "", "0.00", "0.00", "0.00", "9903.01.14 2709.00.10.00"},
		{"D5", crude(t, "2025-12-15", ""), "2625.00", "9903.01.13 350000.00", "651.50", "0.00", "353276.50", "9903.01.13 2709.00.10.00"},
		{"D6", crude(t, "2026-03-01", ""), "2625.00", "", "651.50", "0.00", "3276.50", "9903.03.03 2709.00.10.00"},
		{"D7", crude(t, "2026-08-01", ""), "2625.00", "", "651.50", "0.00", "3276.50", "9903.05.86 2709.00.10.00"},
		{"D8 and T22", crude(t, "2026-11-01", ""), "2625.00", "", "unknown", "0.00", "unknown", "9903.05.86 2709.00.10.00"},
		{"D9", with(crude(t, "2025-03-05", ""), func(i *customs.Importation) { i.Origin, i.Export, i.MOT = "MX", "MX", "10" }),
			"2625.00", "9903.01.01 875000.00", "634.62", "4375.00", "882634.62", "9903.01.01 2709.00.10.00"},
		{"D10", gas("2025-03-10"), "0.00", "9903.01.13 10000.00", "346.40", "0.00", "10346.40", "9903.01.13 2711.21.00.00"},
		{"a pipeline day of free gas", with(gas("2025-03-01"), func(i *customs.Importation) {
			i.Route, i.Value = customs.PipelineDay, 350_000_000
		}), "0.00", "", "400.00", "0.00", "400.00", "2711.21.00.00"},
		{"an LNG tanker", with(gas("2026-03-01"), func(i *customs.Importation) {
			i.HTS, i.MOT, i.Value = "2711.11.00.00", "11", 350_000_000
		}), "0.00", "", "651.50", "4375.00", "5026.50", "9903.03.03 2711.11.00.00"},
		{"T31 a fraction under one half", with(crude(t, "2025-02-03", ""), func(i *customs.Importation) { i.Quantity = bbl(t, "50000.49") }),
			"2625.00", "", "634.62", "0.00", "3259.62", "2709.00.10.00"},
		{"T31 one half", with(crude(t, "2025-02-03", ""), func(i *customs.Importation) { i.Quantity = bbl(t, "50000.50") }),
			"2625.05", "", "634.62", "0.00", "3259.67", "2709.00.10.00"},
		{"ad valorem: 5.8 % of a value to the whole dollar", line("2710.19.35.00", "1000", "kg", 1_000_050), "580.06", "", "34.64", "0.00", "614.70", "2710.19.35.00"},
		{"compound: 1.3 c/kg + 5.7 %", line("2710.19.40.00", "10000.5", "kg", 2_000_000), "1270.01", "", "69.28", "0.00", "1339.29", "2710.19.40.00"},
		{"motor fuel", line("2710.12.15.10", "1000", "bbl", 9_000_000), "525.00", "", "311.76", "0.00", "836.76", "2710.12.15.10"},
		{"column 2", with(crude(t, "2025-02-03", ""), func(i *customs.Importation) { i.Origin, i.Export, i.MOT = "RU", "RU", "10" }),
			"10500.00", "unknown unknown", "634.62", "4375.00", "unknown", "2709.00.10.00"},
		{"petroleum coke is none of the energy of 9903.01.13", with(gas("2025-04-01"), func(i *customs.Importation) { i.HTS = "2713.11.00.00" }),
			"0.00", "9903.01.10 25000.00", "346.40", "0.00", "25346.40", "9903.01.10 2713.11.00.00"},
		{"everything else", other(t, "2025-07-31 23:59", "XA"), "unknown", "9903.01.10 25000.00", "346.40", "0.00", "unknown", "9903.01.10 4407.12.00"},
		{"everything else at the new rate", other(t, "2025-08-01 00:01", "XA"), "unknown", "9903.01.10 35000.00", "346.40", "0.00", "unknown", "9903.01.10 4407.12.00"},
		{"transshipped, in place of it", with(other(t, "2025-08-02", "XA"), func(i *customs.Importation) { i.Transshipped = true }),
			"unknown", "9903.01.16 40000.00", "346.40", "0.00", "unknown", "9903.01.16 4407.12.00"},
		{"transshipped, with a claim", with(other(t, "2025-08-02", "XA"), func(i *customs.Importation) { i.Transshipped, i.SPI = true, "S" }),
			"unknown", "", "0.00", "0.00", "unknown", "9903.01.14 4407.12.00"},
		{"everything else of Mexico", other(t, "2025-08-02", "MX"), "unknown", "9903.01.01 25000.00", "346.40", "0.00", "unknown", "9903.01.01 4407.12.00"},
		{"Section 122", other(t, "2026-03-02", "XA"), "unknown", "9903.03.01 10000.00", "346.40", "0.00", "unknown", "9903.03.01 4407.12.00"},
		{"Section 122, on a vessel in transit", with(other(t, "2026-02-27", "MX"), func(i *customs.Importation) {
			i.MOT, i.Loaded = "11", eastern(t, "2026-02-20")
		}), "unknown", "", "346.40", "125.00", "unknown", "9903.03.02 4407.12.00"},
		{"Section 122, in transit and entered too late", with(other(t, "2026-02-28 00:01", "MX"), func(i *customs.Importation) {
			i.MOT, i.Loaded = "11", eastern(t, "2026-02-20")
		}), "unknown", "9903.03.01 10000.00", "346.40", "125.00", "unknown", "9903.03.01 4407.12.00"},
		{"Section 301", other(t, "2026-08-01", "XA"), "unknown", "9903.05.29 10000.00", "346.40", "0.00", "unknown", "9903.05.29 4407.12.00"},
		{"the minute in which Section 122 gives way to Section 301", other(t, "2026-07-24 00:01", "XA"),
			"unknown", "9903.05.29 10000.00", "346.40", "0.00", "unknown", "9903.05.29 4407.12.00"},
		{"and the one before", other(t, "2026-07-24", "XA"), "unknown", "9903.03.01 10000.00", "346.40", "0.00", "unknown", "9903.03.01 4407.12.00"},
		{"Section 338 lists are not here", other(t, "2026-09-01", "XA"), "unknown", "unknown unknown", "346.40", "0.00", "unknown", "4407.12.00"},
		{"CAFTA-DR by vessel", with(crude(t, "2025-02-03", "P"), func(i *customs.Importation) { i.Origin, i.Export, i.MOT = "GT", "GT", "10" }),
			"0.00", "", "0.00", "4375.00", "4375.00", "2709.00.10.00"},
		{"NAFTA", crude(t, "2019-03-01", "CA"), "0.00", "", "0.00", "0.00", "0.00", "2709.00.10.00"},
		{"beyond what the tables know", crude(t, "2027-01-04", "S"), "unknown", "unknown unknown", "unknown", "unknown", "unknown", ""},
		{"T37 through the United States", with(gas("2026-03-01"), func(i *customs.Importation) { i.Destination = "CA" }),
			"0.00", "", "0.00", "0.00", "0.00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := tables(t).Estimate(c.in)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{e.Base.String(), extras(e), e.MPF.String(), e.HMF.String(), e.Total.String(), strings.Join(e.Headings, " ")}
			if diff := cmp.Diff([]string{c.base, c.additional, c.mpf, c.hmf, c.total, c.headings}, got); diff != "" {
				t.Error(diff)
			}
			if len(e.Unknown) > 0 != e.Total.Unknown {
				t.Errorf("total %s, unknown %+v", e.Total, e.Unknown)
			}
		})
	}
}

// T33: what was due on the day does not change; what can be claimed back depends on what was known.
func TestEstimateRefunds(t *testing.T) {
	for _, c := range []struct {
		known, refunds string
	}{
		{"2025-03-05 12:00", ""},
		{"2026-01-01", ""},
		{"2026-02-20", "9903.01.13 350000.00 false"},
		{"2026-04-20", "9903.01.13 350000.00 true"},
		{"2026-11-20", "9903.01.13 350000.00 true"},
	} {
		i := crude(t, "2025-03-05 12:00", "")
		i.Known = eastern(t, c.known)
		e, err := tables(t).Estimate(i)
		if err != nil {
			t.Fatal(err)
		}
		var refunds []string
		for _, r := range e.Refunds {
			open := " false"
			if r.Open {
				open = " true"
			}
			refunds = append(refunds, r.Heading+" "+r.Amount.String()+open)
		}
		if got := strings.Join(refunds, ", "); got != c.refunds || extras(e) != "9903.01.13 350000.00" {
			t.Errorf("known on %s: %s, refunds %q, want %q", c.known, extras(e), got, c.refunds)
		}
	}
	i := other(t, "2026-03-02", "XA")
	i.Known = eastern(t, "2026-06-01")
	e, err := tables(t).Estimate(i)
	if err != nil || len(e.Refunds) != 1 || e.Refunds[0].Open || !strings.Contains(e.Refunds[0].Citation, "appeal") {
		t.Errorf("Section 122 after the court: %+v, %v", e.Refunds, err)
	}
}

// The trace says of each heading that was known why it does not apply.
func TestEstimateTellsWhyNot(t *testing.T) {
	for _, c := range []struct {
		name string
		in   customs.Importation
		says []string
	}{
		{"T36 relief in transit is for vessels", crude(t, "2026-02-24 12:00", ""), []string{
			"9903.03.02 (goods on a vessel and in transit before 2026-02-24 00:01 and entered before 2026-02-28 00:01; a pipeline is no vessel) " +
				"does not help: it is for a vessel only, and the goods come by pipeline.",
			"Exempt from 9903.03.01 under 9903.03.03: lines listed in note 2(aa)(ii).",
			"does not apply: it needs the claim S or S+ on the line.",
			"9903.03.08 (goods of Mexico under the USMCA) does not apply: it is not for goods of CA.",
			"does not apply: it is in force from 2025-03-04 00:01 to 2026-02-24.",
		}},
		{"a heading for what is left", crude(t, "2025-08-05", ""), []string{
			"does not apply: 9903.01.13 is in its place.", "does not apply: CBP has not found the goods transshipped to evade duties.",
			"by 19 CFR part 102 and last substantial transformation",
			"carries the code", // replaced below: the province
		}},
		{"a vessel whose loading is not stated", func() customs.Importation {
			i := other(t, "2026-02-25", "MX")
			i.MOT = "10"
			return i
		}(), []string{"it is for goods loaded before 2026-02-24 00:01, and it is not stated when these were"}},
		{"as known later than the table is", func() customs.Importation {
			i := crude(t, "2025-03-05", "")
			i.Known = eastern(t, "2027-01-01")
			return i
		}(), []string{"Asked as known on 2027-01-01; the table knows what was public by 2026-11-21."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "a heading for what is left" {
				c.in.Origin, c.says[3] = "CA", "carry the code of the province on the line, such as XA"
			}
			e, err := tables(t).Estimate(c.in)
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, r := range e.Trace {
				all.WriteString(r.Text + "\n")
			}
			for _, says := range c.says {
				if !strings.Contains(all.String(), says) {
					t.Errorf("nothing says %q in\n%s", says, all.String())
				}
			}
		})
	}
}

func TestEstimateRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*customs.Importation)
		says   string
	}{
		{"correction 5: a dutiable entry by pipeline day", func(i *customs.Importation) { i.Route = customs.PipelineDay }, "dutiable goods are entered daily"},
		{"an additional duty makes it dutiable", func(i *customs.Importation) {
			*i = crude(t, "2025-03-05", "S")
			i.Route = customs.PipelineDay
		}, "not open to these goods"},
		{"a pipeline day by vessel, of goods that are free", func(i *customs.Importation) {
			i.HTS, i.Unit, i.Quantity, i.MOT, i.Route = "2711.11.00.00", "", 0, "10", customs.PipelineDay
		}, "not open to these goods: the goods come by vessel"},
		{"a unit of another kind", func(i *customs.Importation) { i.Unit = "kg" }, "2709.00.10 counts in bbl"},
		{"a unit that is none", func(i *customs.Importation) { i.Unit = "drums" }, "2709.00.10 counts in bbl"},
		{"no quantity", func(i *customs.Importation) { i.Quantity, i.Unit = 0, "" }, "needs a quantity in bbl"},
		{"a quantity without unit", func(i *customs.Importation) { i.Unit = "" }, "unit is missing"},
		{"a unit without the quantity that the rate needs", func(i *customs.Importation) { i.Quantity = 0 }, "needs a quantity in bbl"},
		{"a suffix that is none", func(i *customs.Importation) { i.HTS = "2709.00.10.50" }, "not a statistical number of 2709.00.10"},
		{"six digits of several lines", func(i *customs.Importation) { i.HTS = "2709.00" }, "say which of 2709.00.10, 2709.00.20"},
		{"six digits of no line", func(i *customs.Importation) { i.HTS = "270999" }, "the table has no line of it"},
		{"points at odd places", func(i *customs.Importation) { i.HTS = "2709.001.000" }, "eight or ten digits"},
		{"a country of export in words", func(i *customs.Importation) { i.Export = "Canada" }, "two letters of a country"},
		{"a line of four digits", func(i *customs.Importation) { i.HTS = "2709" }, "eight or ten digits"},
		{"no line", func(i *customs.Importation) { i.HTS = "" }, "hts is missing"},
		{"a gravity of another line", func(i *customs.Importation) {
			api := bbl(t, "32")
			i.API60 = &api
		}, "32 degrees API are of line 2709.00.20.90"},
		{"a program of other countries", func(i *customs.Importation) { i.SPI, i.MOT = "P", "10" }, "P is for goods of CR, DO"},
		{"CAFTA-DR by pipeline", func(i *customs.Importation) { i.SPI, i.Origin, i.Export = "P", "GT", "GT" }, "come by vessel"},
		{"a program before its time", func(i *customs.Importation) { *i = crude(t, "2020-06-30", "S") }, "no row of the table was in force and known; it holds CA, MX, P+, P"},
		{"a program that the special column does not name", func(i *customs.Importation) { i.SPI = "S+" }, "special column of 2709.00.10 does not name S+"},
		{"a negative value", func(i *customs.Importation) { i.Value = -1 }, "negative"},
		{"a mode that is none", func(i *customs.Importation) { i.MOT = "40" }, "mode of transportation 40"},
		{"an origin that is none", func(i *customs.Importation) { i.Origin = "XX" }, "no row of the table was in force and known; it holds CA, XA, XB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := crude(t, "2025-02-03", "")
			c.change(&i)
			if e, err := tables(t).Estimate(i); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, %v; want %q", e.Total, err, c.says)
			}
		})
	}
}

// TestEstimateAsWritten: what people write for the same importation comes to the same.
func TestEstimateAsWritten(t *testing.T) {
	want, err := tables(t).Estimate(crude(t, "2025-03-05 12:00", ""))
	if err != nil {
		t.Fatal(err)
	}
	gas := func(i *customs.Importation) { i.HTS, i.Unit, i.Quantity = "2711.21.00", "", 0 }
	free := crude(t, "2025-03-05 12:00", "")
	gas(&free)
	none, err := tables(t).Estimate(free)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*customs.Importation)
		want   customs.Estimate
	}{
		"ten digits without points":       {func(i *customs.Importation) { i.HTS = "2709001000" }, want},
		"with the points of a ruling":     {func(i *customs.Importation) { i.HTS = "2709.00.1000" }, want},
		"a unit in capitals":              {func(i *customs.Importation) { i.Unit = "BBL" }, want},
		"a province for the export":       {func(i *customs.Importation) { i.Export = "XA" }, want},
		"six digits of one line":          {func(i *customs.Importation) { gas(i); i.HTS = "2711.21" }, none},
		"a unit and no quantity, of free": {func(i *customs.Importation) { gas(i); i.Unit = "M3" }, none},
	} {
		i := crude(t, "2025-03-05 12:00", "")
		c.change(&i)
		if e, err := tables(t).Estimate(i); err != nil || !cmp.Equal(e, c.want) {
			t.Errorf("%s: %v %s", name, err, cmp.Diff(c.want, e))
		}
	}
}

func TestEstimateByGravity(t *testing.T) {
	for api, hts := range map[string]string{"21.1": "2709.00.10.00", "24.96": "2709.00.20.90"} { // T17
		i := crude(t, "2025-02-03", "")
		gravity := bbl(t, api)
		i.HTS, i.API60 = "", &gravity
		e, err := tables(t).Estimate(i)
		if err != nil || e.HTS != hts {
			t.Errorf("%s degrees: %s, %v", api, e.HTS, err)
		}
	}
}

func TestMemos(t *testing.T) {
	memos := func(i customs.Importation) string {
		e, err := tables(t).Estimate(i)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, m := range e.Memo {
			all = append(all, m.Tax+" "+m.Amount.String()+" "+string(m.Verified))
		}
		return strings.Join(all, ", ")
	}
	sands := crude(t, "2026-03-01", "")
	sands.TarSands = true
	for want, i := range map[string]customs.Importation{
		"Hazardous Substance Superfund 9000.00 verified":                                                  crude(t, "2026-03-01", ""),
		"Hazardous Substance Superfund 8500.00 memory, Oil Spill Liability Trust Fund 4500.00 verified":   crude(t, "2025-12-31", ""),
		"Hazardous Substance Superfund 8200.00 verified, Oil Spill Liability Trust Fund 4500.00 verified": crude(t, "2023-06-01", ""),
		"excise taxes on petroleum 0.00 secondary":                                                        sands,
	} {
		if got := memos(i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// importations draws what a user could state about oil and gas.
func importations(t *rapid.T) customs.Importation {
	days := rapid.IntRange(0, 3200).Draw(t, "day")
	at := time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(days)*24*time.Hour + time.Duration(rapid.IntRange(0, 1439).Draw(t, "minute"))*time.Minute)
	i := customs.Importation{
		Entered: at, Known: at, Value: customs.Cents(rapid.Int64Range(0, 1_000_000_000_00).Draw(t, "value")),
		Origin: rapid.SampledFrom([]string{"XA", "CA", "MX", "GT", "RU"}).Draw(t, "origin"), MOT: rapid.SampledFrom([]string{"70", "10", "11"}).Draw(t, "mot"),
		SPI: rapid.SampledFrom([]string{"", "S", "P", "CA"}).Draw(t, "claim"), Route: rapid.SampledFrom([]customs.Route{customs.Standard, customs.PipelineDay}).Draw(t, "route"),
		HTS: rapid.SampledFrom([]string{"2709.00.10.00", "2709.00.20", "2710.19.40.00", "2710.12.90", "2711.21.00.00", "2713.12.00", "4407.12.00"}).Draw(t, "hts"),
	}
	if unit := map[string]string{"2709": "bbl", "2710": "kg"}[i.HTS[:4]]; unit != "" {
		i.Unit, i.Quantity = unit, quantity.Micro(rapid.Int64Range(1, 1_000_000_000_000_000).Draw(t, "quantity"))
	}
	if rapid.Bool().Draw(t, "later") {
		i.Known = at.AddDate(0, rapid.IntRange(1, 30).Draw(t, "months"), 0)
	}
	return i
}

// An estimate adds up and is never without its trace; what is not known is said, and makes the total unknown.
func TestEstimatesAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e, err := tables(t).Estimate(importations(rt))
		if err != nil {
			return
		}
		sum, open := e.Base.Cents+e.MPF.Cents+e.HMF.Cents, e.Base.Unknown || e.MPF.Unknown || e.HMF.Unknown
		for _, x := range e.Additional {
			sum, open = sum+x.Amount.Cents, open || x.Amount.Unknown
		}
		if e.Total.Unknown != open || !open && e.Total.Cents != sum {
			rt.Errorf("total %s of %+v", e.Total, e)
		}
		if len(e.Trace) == 0 || e.Label != customs.Label || open != (len(e.Unknown) > 0) {
			rt.Errorf("no trace, label or reason: %+v", e)
		}
	})
}

// A claim that stands, a program or the vessel in transit, never raises what is due.
func TestReliefNeverRaises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		with := importations(rt)
		with.Route = customs.Standard
		without := with
		without.SPI, without.Loaded = "", time.Time{}
		with.Loaded = with.Entered.AddDate(0, 0, -rapid.IntRange(1, 20).Draw(rt, "days at sea"))
		a, err := tables(t).Estimate(with)
		if err != nil {
			return
		}
		b, err := tables(t).Estimate(without)
		if err != nil {
			rt.Fatalf("refused without a claim: %v", err)
		}
		if !a.Total.Unknown && !b.Total.Unknown && a.Total.Cents > b.Total.Cents {
			rt.Errorf("%s with relief, %s without", a.Total, b.Total)
		}
	})
}

// What becomes known later changes no duty of the day, only refunds, unless the duty was not yet public.
func TestKnowledgeChangesRefundsOnly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		late := importations(rt)
		then := late
		then.Known = then.Entered
		a, err := tables(t).Estimate(late)
		b, err2 := tables(t).Estimate(then)
		if err != nil || err2 != nil {
			if (err == nil) != (err2 == nil) && !errors.Is(err, customs.ErrRoute) && !errors.Is(err2, customs.ErrRoute) {
				rt.Errorf("%v, but then %v", err, err2)
			}
			return
		}
		if a.Total != b.Total || extras(a) != extras(b) || len(a.Refunds) < len(b.Refunds) {
			rt.Errorf("%s later, %s then", a.Total, b.Total)
		}
	})
}
