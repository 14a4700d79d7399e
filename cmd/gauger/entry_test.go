package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/metrology/quantity"
)

// entered: items 5 and 11, the entry of batch one.
func (s *told) entered(t *testing.T) []figure {
	e := s.outcome.Entries[0]
	d := decisionOf(t, e.Bundle)
	source := func(id string) string {
		for _, x := range d.Sources {
			if x.ID == id {
				return fmt.Sprintf("%s %s %t %s", x.Heading, x.Country, x.Withheld, x.Originating)
			}
		}
		return "missing"
	}
	return append(s.filed(t, 0, entryOne, "claimed", "8040276.00", "0.00", "6554.57", "0.00", "614.35", "2024-04-10", "monthly"),
		figure{"diluent of the good", rounded(d.Origin.Shares.DiluentPercent), "28.13"},
		figure{"not originating", rounded(d.Origin.Shares.NonOriginatingPercent), "27.29"},
		figure{"diluent by the books", share(d, "heel-condensate", "pisco-condensate"), "28.00"},
		figure{"not originating by the books", share(d, "pisco-condensate"), "27.16"},
		figure{"criterion", e.Origin.Criterion, "B"}, figure{"qualifies", fmt.Sprint(e.Origin.Qualifies), "true"},
		figure{"certificate", d.Certificate, "BRM-2024-1"},
		figure{"indicator", d.Assessment.Claimed.SPI, "S"},
		figure{"producer A", source("whitemud-bitumen"), "2709 CA false yes"},
		figure{"producer B is not named", source("producer-b-bitumen"), "2709 CA true yes"},
		figure{"condensate", source("pisco-condensate"), "2709 PE false no"},
		figure{"importer", d.Owner, "did:web:lakehead.example"},
		figure{"coverage", e.Coverage.Signed + " " + e.Coverage.Attested + " " + e.Coverage.Typed, "0.9702 0.0000 0.0298"},
	)
}

// filed returns what an entry says of itself.
func (s *told) filed(t *testing.T, i int, number, way, value, claimed, unclaimed, claimedFee, unclaimedFee, due, regime string) []figure {
	e := s.outcome.Entries[i]
	a := decisionOf(t, e.Bundle).Assessment
	filed := a.Claimed
	if a.Filed == "unclaimed" {
		filed = a.Unclaimed
	}
	unverified := strings.Join(e.Unverified, "\n")
	return []figure{
		{"entry", e.Number, number}, {"port", e.Port, "3407"}, {"line", e.HTS, "2709.00.10.00"}, {"filed", string(a.Filed), way},
		{"value of " + number, e.Value, value}, {"duty with the claim", e.Duty.Claimed.String(), claimed},
		{"duty without", e.Duty.Unclaimed.String(), unclaimed}, {"fee with the claim", e.MPF.Claimed.String(), claimedFee},
		{"fee without", e.MPF.Unclaimed.String(), unclaimedFee}, {"due", e.Due, due}, {"regime", string(filed.Regime), regime},
		{"country of origin", a.Country, "CA"},
		{"the fee's maximum is unverified", fmt.Sprint(strings.Contains(unverified, "mpf-fy2024")), "true"},
		{"the port's pairing is unverified", fmt.Sprint(strings.Contains(unverified, "pairing-3407")), "true"},
		{"bundle", e.Bundle, filepath.Join(s.dir, "bundles", number+".gauger")},
	}
}

// second: items 12 to 14, batch two.
func (s *told) second(t *testing.T) []figure {
	e := s.outcome.Entries[1]
	d := decisionOf(t, e.Bundle)
	mixed, err := s.books(t, entryTwo).Blending("BLEND-2")
	must(t, err)
	heavy, sum, err := heavyAndLight(mixed)
	must(t, err)
	reasons := strings.Join(e.Origin.Reasons, "\n")
	has := func(parts ...string) string {
		for _, p := range parts {
			if !strings.Contains(reasons, p) {
				return "no " + p
			}
		}
		return "all"
	}
	return slices.Concat(
		s.filed(t, 1, entryTwo, "unclaimed", "3262226.00", "0.00", "2630.83", "0.00", "614.35", "2024-03-27", "daily"),
		metered(s.ticket(t, "T-2002", 1), "8035.89", "0.99471", "0.9992", "7986.98", "24.0", "1900", "926.0"),
		metered(s.ticket(t, "T-3002", 2), "7968.49", "1.00132", "1.0006", "7983.79", "17.5", "5200", "926.0"),
		[]figure{
			{"stated", heavy.Decimal(0) + " of " + sum.Decimal(0), "4400 of 8000"},
			{"shrinkage in percent", mixed.Percent.String(), "0.1627"}, {"blend", mixed.Net.Decimal(2), "7986.98"},
			{"density of the blend", mixed.NetDensity.Decimal(1), "926.0"}, {"gravity of the blend", mixed.API, "21.2"},
			{"diluent of the good", rounded(d.Origin.Shares.DiluentPercent), "45.07"},
			{"barrels at 60 F", d.Gross.Decimal(1), "50236.5"}, {"S&W", d.SW.String(), "0.25"}, {"net barrels", e.NetBarrels, "50111"},
			{"price", d.Price.String(), "65.10"}, {"customs day", d.Imported, "2024-03-12"},
			{"qualifies", fmt.Sprint(e.Origin.Qualifies), "false"}, {"criterion", e.Origin.Criterion, ""},
			{"reasons", has("so it is treated as non-originating", "45.0733 %, and the limit is 40 %", "There is no change from another heading", "tried and barred"), "all"},
			{"coverage", e.Coverage.Signed + " " + e.Coverage.Attested + " " + e.Coverage.Typed, "0.0000 0.0000 1.0000"},
		},
	)
}

// reclaimed: item 15, the claim after the entry.
func (s *told) reclaimed(t *testing.T) []figure {
	e := s.outcome.Entries[1]
	d := decisionOf(t, e.Bundle)
	return []figure{
		{"later claim", e.Later.At, "2024-05-20T15:00:00Z"}, {"its criterion", e.Later.Criterion, "A"}, {"comes back", e.Later.Reclaim.String(), "3245.18"},
		{"is refused", e.Later.Refused, ""}, {"open to", string(d.Assessment.ClaimUntil), "2025-03-12"},
		{"batch one needs none", fmt.Sprint(s.outcome.Entries[0].Later == nil), "true"},
	}
}

// rounded cuts a percentage of four decimals to two, rounded.
func rounded(percent string) string {
	m, err := quantity.Parse(percent)
	if err != nil {
		return err.Error()
	}
	return m.Decimal(2)
}

// share is what sources make of a lot by its books, in percent.
func share(d *audit.Decision, sources ...string) string {
	sum := 0.0
	for _, s := range d.Lot.Shares {
		if slices.Contains(sources, s.Source) {
			sum += s.Book.Float()
		}
	}
	return fmt.Sprintf("%.2f", 100*sum/d.Lot.Volume.Float())
}

// schema is what `demo --json` prints, key by key; "[]" stands for the elements of a list.
var schema = []string{
	"counts", "counts.batches", "counts.records", "counts.statements", "counts.tickets", "entries",
	"entries[].bundle", "entries[].coverage", "entries[].coverage.attested", "entries[].coverage.signed", "entries[].coverage.typed",
	"entries[].due", "entries[].duty", "entries[].duty.claimed", "entries[].duty.unclaimed", "entries[].hts",
	"entries[].later", "entries[].later.at", "entries[].later.criterion", "entries[].later.reclaim",
	"entries[].mpf", "entries[].mpf.claimed", "entries[].mpf.unclaimed", "entries[].netBarrels", "entries[].number",
	"entries[].origin", "entries[].origin.criterion", "entries[].origin.qualifies", "entries[].origin.reasons", "entries[].origin.rule",
	"entries[].port", "entries[].quantity", "entries[].quantity.attested", "entries[].quantity.signed", "entries[].quantity.typed",
	"entries[].unverified", "entries[].value", "gaps", "trust",
}

func checkSchema(t *testing.T, printed []byte) {
	t.Helper()
	var v any
	must(t, json.Unmarshal(printed, &v))
	seen := map[string]bool{}
	keys(v, "", seen)
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, schema) {
		t.Errorf("the JSON has the keys\n%q, want\n%q", got, schema)
	}
}

func keys(v any, path string, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			p := strings.TrimPrefix(path+"."+k, ".")
			seen[p] = true
			keys(e, p, seen)
		}
	case []any:
		for _, e := range v {
			keys(e, path+"[]", seen)
		}
	}
}
