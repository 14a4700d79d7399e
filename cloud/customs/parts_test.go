package customs_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

func asOf(t testing.TB, s string) dated.AsOf {
	t.Helper()
	return dated.AsOf{At: time.UnixMilli(ms(t, s))}
}

func TestEntryCheckDigits(t *testing.T) {
	for base, want := range map[string]byte{ // T01
		"ABC1234567": '6', "9999999999": '0', "ABC9999999": '9', "ABC0080526": '9', "0010000001": '7', "A010000001": '6',
		"ZZZ0000000": '3', "7346188261": '2', "1234512345": '4', "SP33456375": '9', "ZZ90310241": '8', "ZZ90312242": '4',
	} {
		if got, err := customs.CheckDigit(base); err != nil || got != want {
			t.Errorf("%s: %c, %v; want %c", base, got, err, want)
		}
	}
}

func TestParseEntryNumber(t *testing.T) {
	for _, c := range []struct{ name, in, want, says string }{
		{"with hyphens", "ZZ9-0310241-8", "ZZ9-0310241-8", ""},
		{"without", "ZZ903102418", "ZZ9-0310241-8", ""},
		{"L9 the published example has a wrong digit, and the error gives the right one", "73461882610", "", "check digit is 2, not 0"},
		{"L9 another", "12345123456", "", "check digit is 4, not 6"},
		{"L9 a third, with its hyphen in another place", "SP3-34563756", "", "not of the form"},
		{"L9 the same without", "SP334563756", "", "check digit is 9, not 6"},
		{"too short", "ZZ9-031024", "", "not of the form"},
		{"without its check digit", "ZZ9-0310241", "", "seven digits"},
		{"a filer code of all zeros", "00003102418", "", "no filer code"},
		{"a small letter", "zz903102418", "", "neither digit nor capital letter"},
		{"letters in the number", "ZZ9031O2418", "", "seven digits"},
		{"empty", "", "", "not of the form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := customs.ParseEntryNumber(c.in)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %q", err, c.says)
			}
			if err == nil && n.String() != c.want {
				t.Errorf("got %s", n)
			}
		})
	}
	if n, err := customs.NewEntryNumber("ZZ9", 310241); err != nil || n != "ZZ903102418" {
		t.Errorf("made %s, %v", n, err)
	}
}

// Any single wrong digit is found.
func TestCheckDigitFindsOneWrongDigit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, err := customs.NewEntryNumber("ZZ9", rapid.IntRange(0, 9_999_999).Draw(rt, "number"))
		if err != nil {
			rt.Fatal(err)
		}
		b := []byte(n)
		i := rapid.IntRange(3, 10).Draw(rt, "position")
		b[i] = '0' + (b[i]-'0'+byte(rapid.IntRange(1, 9).Draw(rt, "error")))%10
		if _, err := customs.ParseEntryNumber(string(b)); err == nil {
			rt.Fatalf("%s passes for %s", b, n)
		}
	})
}

func FuzzParseEntryNumber(f *testing.F) {
	f.Add("ZZ9-0310241-8")
	f.Add("SP334563756")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := customs.ParseEntryNumber(s)
		if err != nil {
			return
		}
		if again, err := customs.ParseEntryNumber(n.String()); err != nil || again != n {
			t.Errorf("%q reads as %s, which reads as %s, %v", s, n, again, err)
		}
	})
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name, api, hts string
		risk           bool
		unverified     int
	}{
		{"T17 21.1 is under 25", "21.1", "2709.00.10.00", false, 0},
		{"T17 24.96 is reported 25.0: at risk", "24.96", "2709.00.20.90", true, 2},
		{"T17 25.01 is 25 or more, with a flag", "25.01", "2709.00.20.90", true, 1},
		{"24.94 is reported 24.9", "24.94", "2709.00.10.00", true, 1},
		{"the edge of the band", "24.5", "2709.00.10.00", true, 1},
		{"outside the band", "24.499999", "2709.00.10.00", false, 0},
		{"light crude", "41.0", "2709.00.20.90", false, 0},
		{"exactly 25", "25", "2709.00.20.90", true, 1},
		{"heavier than water", "8.5", "2709.00.10.00", false, 0},
		{"below zero", "-1.25", "2709.00.10.00", false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, err := tables(t).Classify(bbl(t, c.api), asOf(t, "2025-06-01T12:00:00Z"))
			if err != nil {
				t.Fatal(err)
			}
			if line.HTS != c.hts || line.AtRisk != c.risk || len(line.Unverified) != c.unverified {
				t.Errorf("%s, at risk %v, unverified %+v", line.HTS, line.AtRisk, line.Unverified)
			}
		})
	}
	if _, err := tables(t).Classify(bbl(t, "900"), asOf(t, "2025-06-01T12:00:00Z")); err == nil {
		t.Error("900 degrees API passes: a density given for a gravity")
	}
}

func TestDutyRounding(t *testing.T) {
	for _, c := range []struct {
		net     string
		barrels int64
		hts     string
		want    string
	}{
		{"50000.49", 50_000, "2709.00.10.00", "2625.00"}, // T31
		{"50000.50", 50_001, "2709.00.10.00", "2625.05"},
		{"50000", 50_000, "2709.00.20.90", "5250.00"},
		{"124849.08", 124_849, "2709.00.10.00", "6554.57"},
		{"50110.9", 50_111, "2709.00.10.00", "2630.83"},
	} {
		barrels, err := customs.WholeUnits(bbl(t, c.net))
		if err != nil || barrels != c.barrels {
			t.Errorf("%s: %d barrels, %v", c.net, barrels, err)
		}
		duty, err := tables(t).Duty(customs.Goods{HTS: c.hts, Country: "CA", Quantity: bbl(t, c.net)}, asOf(t, "2025-06-01T12:00:00Z"))
		if err != nil || duty.Amount.String() != c.want {
			t.Errorf("%s: duty %s, %v, want %s", c.net, duty.Amount, err, c.want)
		}
	}
	if _, err := customs.WholeUnits(-1); err == nil {
		t.Error("negative barrels pass")
	}
	free, err := tables(t).Duty(customs.Goods{HTS: "2709.00.10.00", Country: "CA", SPI: "S", Quantity: bbl(t, "50000")}, asOf(t, "2025-06-01T12:00:00Z"))
	if err != nil || free.Amount != 0 {
		t.Errorf("duty under S: %s, %v", free.Amount, err)
	}
	before, err := tables(t).Duty(customs.Goods{HTS: "2709.00.20.90", Country: "CA", Quantity: bbl(t, "1")}, asOf(t, "2024-06-01T12:00:00Z"))
	if err != nil || len(before.Unverified) != 1 {
		t.Errorf("an unread rate is not named: %+v, %v", before, err)
	}
}

func TestMPF(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    string
		base  customs.FeeBase
		want  string
		error error
	}{
		{"T21 the minimum", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 100_000, Route: customs.Standard}, "33.58", nil},
		{"T21 ad valorem", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 10_000_000, Route: customs.Standard}, "346.40", nil},
		{"T21 the maximum", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 18_807_800, Route: customs.Standard}, "651.50", nil},
		{"the break of the minimum", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 969_600, Route: customs.Standard}, "33.59", nil},
		{"T21 where the minimum ends", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 969_400, Route: customs.Standard}, "33.58", nil},
		{"T21 where the maximum begins", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 18_807_737, Route: customs.Standard}, "651.50", nil},
		{"T21 just below", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 18_807_500, Route: customs.Standard}, "651.49", nil},
		{"T21 where the cap of a pipeline day begins", "2026-01-05T12:00:00Z",
			customs.FeeBase{Value: 11_547_344, Route: customs.PipelineDay}, "400.00", nil},
		{"a pipeline day is refused to dutiable goods with a claim", "2026-01-05T12:00:00Z",
			customs.FeeBase{Value: 350_000_000, SPI: "S", Route: customs.PipelineDay, Dutiable: true}, "", customs.ErrRoute},
		{"exempt under S", "2026-01-05T12:00:00Z", customs.FeeBase{Value: 10_000_000, SPI: "S", Route: customs.Standard}, "0.00", nil},
		{"a pipeline day of free goods, capped", "2026-01-05T12:00:00Z",
			customs.FeeBase{Value: 350_000_000, Route: customs.PipelineDay}, "400.00", nil},
		{"a pipeline day below the cap", "2026-01-05T12:00:00Z",
			customs.FeeBase{Value: 10_000_000, Route: customs.PipelineDay}, "346.40", nil},
		{"a pipeline day is refused to dutiable goods", "2026-01-05T12:00:00Z",
			customs.FeeBase{Value: 350_000_000, Route: customs.PipelineDay, Dutiable: true}, "", customs.ErrRoute},
	} {
		t.Run(c.name, func(t *testing.T) {
			fee, err := tables(t).MPF(c.base, asOf(t, c.at))
			if !errors.Is(err, c.error) || err == nil && fee.Amount.String() != c.want {
				t.Errorf("%s, %v", fee.Amount, err)
			}
		})
	}
	for fiscal, want := range map[string][2]string{
		"2018-03-01": {"25.67", "497.99"}, "2019-03-01": {"26.22", "508.70"}, "2020-03-01": {"26.79", "519.76"},
		"2021-03-01": {"27.23", "528.33"}, "2022-03-01": {"27.75", "538.40"}, "2023-03-01": {"29.66", "575.35"},
		"2024-03-01": {"31.67", "614.35"}, "2025-03-01": {"32.71", "634.62"}, "2026-09-30": {"33.58", "651.50"},
	} {
		for i, value := range []customs.Cents{100, 100_000_000} {
			fee, err := tables(t).MPF(customs.FeeBase{Value: value, Route: customs.Standard}, asOf(t, fiscal+"T16:00:00Z"))
			if err != nil || fee.Amount.String() != want[i] {
				t.Errorf("%s: %s, %v, want %s", fiscal, fee.Amount, err, want[i])
			}
		}
	}
	var unknown *dated.Unknown
	_, err := tables(t).MPF(customs.FeeBase{Value: 100, Route: customs.Standard}, asOf(t, "2026-10-01T04:00:00Z"))
	if !errors.As(err, &unknown) { // T22
		t.Errorf("fiscal year 2027: %v", err)
	}
}

func TestRegime(t *testing.T) {
	often := customs.Traffic{PerWeek: 2, PerMonth: 2}
	for _, c := range []struct {
		name     string
		dutiable bool
		traffic  customs.Traffic
		at       string
		want     customs.RegimeKind
		citation string
	}{
		{"dutiable in 2024: option A", true, often, "2024-03-12T12:00:00Z", customs.Daily, "CSMS 08-000352"},
		{"dutiable since 2025-04-25", true, often, "2025-04-25T12:00:00Z", customs.Daily, "CSMS 64859298"},
		{"free and often enough in the week", false, often, "2024-03-11T12:00:00Z", customs.Monthly, "ENT-1-AC"},
		{"free and often enough in the month", false, customs.Traffic{PerWeek: 1, PerMonth: 7}, "2024-03-11T12:00:00Z", customs.Monthly, "ENT-1-AC"},
		{"free, too seldom", false, customs.Traffic{PerWeek: 1, PerMonth: 6}, "2024-03-11T12:00:00Z", customs.Daily, "141.4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, f, err := tables(t).Regime(c.dutiable, c.traffic, asOf(t, c.at))
			if err != nil || got != c.want || !strings.Contains(f.Reasons[len(f.Reasons)-1].Citation, c.citation) {
				t.Errorf("%s for %+v, %v", got, f.Reasons, err)
			}
		})
	}
}

// T37: gas of Canada that goes back to Canada is not entered for consumption.
func TestThrough(t *testing.T) {
	got, f, err := tables(t).Through(asOf(t, "2026-03-01T12:00:00Z"))
	if err != nil || got != customs.InBond || !strings.Contains(f.Reasons[0].Citation, "HQ H256573") {
		t.Errorf("%s for %+v, %v", got, f.Reasons, err)
	}
}

func TestDeadlines(t *testing.T) {
	x, at := tables(t), asOf(t, "2024-03-12T12:00:00Z")
	if due, f, err := x.MonthlyDue("2024-03-11", at); err != nil || due != "2024-04-10" || len(f.Unverified) > 0 {
		t.Errorf("month: %s, %v", due, err)
	}
	for entered, want := range map[dated.Date]dated.Date{
		"2024-03-12": "2024-03-26",
		"2024-12-20": "2025-01-07", // two holidays on the way
		"2025-01-10": "2025-01-27",
	} {
		if due, _, err := x.SummaryDue(entered, at); err != nil || due != want {
			t.Errorf("summary of %s: %s, %v, want %s", entered, due, err, want)
		}
	}
	var unknown *dated.Unknown
	if due, _, err := x.SummaryDue("2026-12-24", at); !errors.As(err, &unknown) {
		t.Errorf("holidays of 2027: %s, %v", due, err)
	}
	for imported, want := range map[dated.Date]dated.Date{"2024-03-12": "2025-03-12", "2024-02-29": "2025-02-28"} {
		if until, _, err := x.ClaimUntil(imported, at); err != nil || until != want {
			t.Errorf("claim for %s: %s, %v", imported, until, err)
		}
	}
}

func TestAllowance(t *testing.T) {
	for _, c := range []struct {
		name            string
		commercial, cbp quantity.Factor
		want            string
	}{
		{"T27 0.35 against 0.40 stays", quantity.F(35, 2), quantity.F(40, 2), "59790.00"},
		{"T27 0.35 against 0.50 does not", quantity.F(35, 2), quantity.F(50, 2), "59700.00"},
		{"exactly 0.11 apart stays", quantity.F(35, 2), quantity.F(46, 2), "59790.00"},
		{"either way", quantity.F(50, 2), quantity.F(350, 3), "59790.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			net, _, err := tables(t).Allowance(bbl(t, "60000"), c.commercial, c.cbp, asOf(t, "2025-06-01T12:00:00Z"))
			if err != nil || net.Decimal(2) != c.want {
				t.Errorf("%s, %v", net, err)
			}
		})
	}
	if net, err := customs.Net(bbl(t, "125212.2"), quantity.F(29, 2)); err != nil || net.Decimal(2) != "124849.08" {
		t.Errorf("the story's net is %s, %v", net, err)
	}
	if _, err := customs.Net(1, quantity.F(101, 0)); err == nil {
		t.Error("101 % passes")
	}
}

func TestCheckEstimate(t *testing.T) {
	for _, c := range []struct {
		unladen string
		ok      bool
		says    string
	}{{"103000", true, "2.913 %"}, {"103100", false, "3.007 %"}} { // T28
		ok, f, err := tables(t).CheckEstimate(bbl(t, "100000"), bbl(t, c.unladen), asOf(t, "2025-06-01T12:00:00Z"))
		if err != nil || ok != c.ok || !strings.Contains(f.Reasons[0].Text, c.says) {
			t.Errorf("%s: %v, %+v, %v", c.unladen, ok, f.Reasons, err)
		}
	}
	if _, _, err := tables(t).CheckEstimate(1, 0, asOf(t, "2025-06-01T12:00:00Z")); err == nil {
		t.Error("nothing unladen passes")
	}
}

func TestCents(t *testing.T) {
	data, err := json.Marshal(struct{ Duty customs.Cents }{655457})
	if err != nil || string(data) != `{"Duty":"6554.57"}` {
		t.Errorf("%s, %v", data, err)
	}
	for in, want := range map[string]customs.Cents{"6554.57": 655457, "400": 40000, "0": 0, "33.580": 3358, "-1.5": -150} {
		var c customs.Cents
		if err := c.UnmarshalText([]byte(in)); err != nil || c != want {
			t.Errorf("%s reads as %d, %v", in, c, err)
		}
	}
	for _, in := range []string{"", "1.005", "x", "99999999999999999"} {
		if err := new(customs.Cents).UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q passes as an amount", in)
		}
	}
}

// decision and certificate as the story's first claim needs them.
func claimed(t testing.TB) (customs.Entry, customs.Claim, origin.Decision, origin.Certificate) {
	party := origin.Party{
		Disclosure: origin.Named, Name: "Battle River Marketing Ltd", Title: "Manager", Address: "1 Main Street", Country: "CA",
		Telephone: "+1 403 555 0100", Email: "customs@example.com",
	}
	e := batchOne(t)
	return e, customs.Claim{SPI: "S", At: e.EnteredAt},
		origin.Decision{Agreement: "USMCA", Qualifies: true, Criterion: "B", Rule: "Diluent rule"},
		origin.Certificate{
			Version: 1, ID: "BRM-2024-01", Agreement: "USMCA", Roles: []origin.CertifierRole{origin.AsExporter}, Certifier: party,
			Exporter: origin.Party{Disclosure: origin.Same}, Producer: origin.Party{Disclosure: origin.Withheld},
			Importer: origin.Party{Disclosure: origin.Various}, Description: "diluted bitumen", HS6: "270900", Criterion: "B",
			BlanketFrom: "2024-01-01", BlanketTo: "2024-12-31", SignedAt: ms(t, "2023-12-18T12:00:00-05:00"), Signatory: "A. Person",
			Statement: "I certify",
		}
}

func TestCheckClaim(t *testing.T) {
	const minute = 60_000
	for _, c := range []struct {
		name   string
		change func(*customs.Entry, *customs.Claim, *origin.Decision, *origin.Certificate)
		says   string // empty: the claim stands
		until  dated.Date
	}{
		{"at entry", func(*customs.Entry, *customs.Claim, *origin.Decision, *origin.Certificate) {}, "", ""},
		{"T25 the certificate is signed one minute after the claim",
			func(_ *customs.Entry, c *customs.Claim, _ *origin.Decision, x *origin.Certificate) {
				x.SignedAt = c.At + minute
			},
			"not held", "2025-03-11"},
		{"held too late", func(_ *customs.Entry, c *customs.Claim, _ *origin.Decision, _ *origin.Certificate) {
			c.HeldSince = c.At + minute
		}, "not held", "2025-03-11"},
		{"the goods do not qualify", func(_ *customs.Entry, _ *customs.Claim, d *origin.Decision, _ *origin.Certificate) {
			*d = origin.Decision{Agreement: "USMCA", Rule: "no rule of origin is met"}
		}, "do not qualify: no rule of origin is met", "2025-03-11"},
		{"the goods qualify by an argument for counsel", func(_ *customs.Entry, _ *customs.Claim, d *origin.Decision, _ *origin.Certificate) {
			d.ForCounsel, d.AtRisk = true, []string{"mere dilution?"}
		}, "customs lawyer has to weigh first", "2025-03-11"},
		{"the certificate names another criterion", func(_ *customs.Entry, _ *customs.Claim, _ *origin.Decision, x *origin.Certificate) {
			x.Criterion = "A"
		}, "criterion B, the certificate says A", "2025-03-11"},
		{"another agreement", func(_ *customs.Entry, _ *customs.Claim, d *origin.Decision, _ *origin.Certificate) {
			d.Agreement = "NAFTA"
		}, "NAFTA", "2025-03-11"},
		{"a claim that the entry does not carry", func(e *customs.Entry, _ *customs.Claim, _ *origin.Decision, _ *origin.Certificate) {
			e.SPI = ""
		}, "the entry carries", "2025-03-11"},
		{"a program that is none", func(e *customs.Entry, c *customs.Claim, _ *origin.Decision, _ *origin.Certificate) {
			e.SPI, c.SPI = "Q", "Q"
		}, "program Q", "2025-03-11"},
		{"after entry, on the last day", func(e *customs.Entry, c *customs.Claim, _ *origin.Decision, _ *origin.Certificate) {
			e.SPI, c.At = "", ms(t, "2025-03-11T23:59:00-04:00")
		}, "", ""},
		{"a day too late", func(e *customs.Entry, c *customs.Claim, _ *origin.Decision, _ *origin.Certificate) {
			e.SPI, c.At = "", ms(t, "2025-03-12T00:01:00-04:00")
		}, "the last day was 2025-03-11", ""},
		{"after entry, though it was claimed at entry", func(_ *customs.Entry, c *customs.Claim, _ *origin.Decision, _ *origin.Certificate) {
			c.At += minute
		}, "nothing is left to claim", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, claim, d, cert := claimed(t)
			c.change(&e, &claim, &d, &cert)
			err := tables(t).CheckClaim(e, claim, d, cert)
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var refused *customs.ClaimError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.says) || refused.Until != c.until {
				t.Errorf("got %v, want %q until %q", err, c.says, c.until)
			}
		})
	}
}

func TestParseTablesIsStrict(t *testing.T) {
	rates, ports := string(file(t, configs.Rates)), string(file(t, configs.Ports))
	for _, c := range []struct{ name, old, new, says string }{
		{"an unknown key", "      degrees: \"25\"", "      degree: \"25\"", `unknown field "degree"`},
		{"a rate that is none", "dollars: \"0.0525\"", "dollars: \"5.25c\"", "line "},
		{"a line to ten digits", "hts: 2709.00.10,", "hts: 2709.00.10.00,", "lacks hts"},
		{"a maximum below the minimum", `min: "31.67", max: "614.35"`, `min: "614.35", max: "31.67"`, "mpf-fy2024"},
		{"an exemption from nothing", `exempts: ["9903.05.29"]`, `exempts: ["9903.05.30"]`, "which is no additional duty"},
		{"an additional duty without rate", "      rate: {type: ad_valorem, share: \"0.40\"}\n", "", "9903.01.16"},
		{"a compound rate without its share", `{type: compound, dollars: "0.013", share: "0.057"}`, `{type: compound, dollars: "0.013"}`, "2710.19.40"},
		{"a free rate with dollars", "rate: {type: free}", `rate: {type: free, dollars: "1"}`, "2711.11.00"},
		{"a rate of a type that is none", "rate: {type: free}", "rate: {type: freee}", "2711.11.00"},
		{"a replacement of nothing", `replaces: ["9903.01.10", "9903.01.13"]`, `replaces: ["9903.01.99"]`, "9903.01.99"},
		{"an origin by no basis", "origin_basis: gn11", "origin_basis: gn13", "what its kind"},
		{"a tax without dollars", `dollars: "0.164", `, "", "superfund-2023"},
		{"a mode without conveyance", "conveyance: pipeline, ", "", "mot-70"},
		{"a refund without its day", "      open: 2026-04-20\n", "", "9903.01.13"},
		{"a monthly regime without numbers", "      per_week: 2\n", "", "monthly-consolidated"},
		{"holidays out of order", "    - 2024-01-01\n    - 2024-01-15\n", "    - 2024-01-15\n    - 2024-01-01\n", "in order"},
		{"a tolerance of no kind", "kind: estimate", "kind: guess", "estimate-difference"},
		{"a section without its reach", "rounding:\n  known_through: 2026-11-21\n", "rounding:\n", "rounding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(rates, c.old, c.new, 1)
			if bad == rates {
				t.Fatal("the table no longer has what this test changes")
			}
			if _, err := customs.ParseTables([]byte(bad), []byte(ports)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
	for _, bad := range []string{
		strings.Replace(ports, `"3407"`, `"34O7"`, 1), strings.Replace(ports, `"3407"`, `"3404"`, 1),
		strings.Replace(ports, "name: \"Walhalla ND\", ", "", 1), strings.Replace(ports, "zone: America/Chicago, ", "", 1), "ports: []\n",
	} {
		if _, err := customs.ParseTables([]byte(rates), []byte(bad)); err == nil {
			t.Error("a bad port table passes")
		}
	}
}

func FuzzParseTables(f *testing.F) {
	ports := file(f, configs.Ports)
	f.Add(file(f, configs.Rates))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := customs.ParseTables(data, ports)
		if err != nil {
			return
		}
		// Whatever tables parse, an entry is assessed or refused.
		if s, err := x.Assess(batchOne(t)); err == nil && s.Label != customs.Label {
			t.Errorf("an assessment without its label: %+v", s)
		}
		for _, claim := range []string{"", "S"} {
			if e, err := x.Estimate(crude(t, "2026-03-01", claim)); err == nil && len(e.Trace) == 0 {
				t.Errorf("an estimate without its trace: %+v", e)
			}
		}
	})
}
