package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestCustody: the chains of the story's batch, for people and for programs, and as known while it was under way.
func TestCustody(t *testing.T) {
	s := builtinStory(t)
	in := []string{"--bundle", s.outcome.Entries[0].Bundle, "--trust", s.outcome.Trust}
	code, out, problem := gauger(t, append([]string{"custody", "B-1"}, in...)...)
	if code != exitOK || problem != "" || !strings.HasPrefix(out, "B-1 out of PRAIRIE-GATEWAY, 19888.779566 m3 at 15C, delivered\n\nat ") {
		t.Errorf("exit code %d: %s\n%s", code, problem, out)
	}
	contains(t, "chains", strings.Join(strings.Fields(out), " "),
		"2024-03-05 18:30:00Z measured 19906.89736 injection T-2001 version 1 did:web:terminals.battleriver.example did:web:marketing.battleriver.example TRANSFER-1",
		"2024-03-08 22:00:00Z sold did:web:ulc.prairiegateway.example did:web:lakehead.example SALE-2",
		"SALE-2 noted by did:web:ulc.prairiegateway.example",
		"2024-03-12 02:00:00Z measured 19899.33252 Haskett T-3001 version 2 did:web:ulc.prairiegateway.example did:web:lakehead.example CHECK-1",
		"2024-03-12 02:00:00Z passed on Haskett did:web:llc.prairiegateway.example did:web:lakehead.example HANDOVER-1")
	code, out, _ = gauger(t, append([]string{"custody", "B-1", "--csv", "--known-at", "2024-03-08T15:00:00-07:00"}, in...)...)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	must(t, err)
	if code != exitOK || len(rows) != 5 || rows[4][5] != "did:web:lakehead.example" || len(rows[4][14]) != 64 {
		t.Errorf("as CSV: exit code %d, %q", code, rows)
	}
	refused(t, []refusal{
		{"nothing of that name", "batch or lot B-9", exitFailed, append([]string{"custody", "B-9"}, in...)},
		{"a time that is none", `"May" for "--known-at"`, exitUsage, append([]string{"custody", "B-1", "--known-at", "May"}, in...)},
		{"no name", "exactly one argument", exitUsage, []string{"custody"}},
		{"a list that there is not", `no list of "secrets", but of closes`, exitUsage, []string{"books", "secrets"}},
		{"no list", "one of closes", exitUsage, []string{"books"}},
	})
	code, out, _ = gauger(t, append([]string{"books", "voids"}, in...)...)
	if code != exitOK || out != "no voids\n" {
		t.Errorf("voids: exit code %d, %q", code, out)
	}
	code, out, _ = gauger(t, append([]string{"books", "disputes", "--json"}, in...)...)
	var r audit.Register
	if must(t, json.Unmarshal([]byte(out), &r)); code != exitOK || r.Kind != "disputes" {
		t.Errorf("disputes: exit code %d, %q", code, out)
	}
}

// TestRegisterRows: each list has its columns, and a row for each item.
func TestRegisterRows(t *testing.T) {
	for want, r := range map[string]audit.Register{
		"S 2024-03 1970-01-01 00:00:00Z 1 0 6 1970-01-01 00:00:00Z": {Kind: "closes", Closes: []custody.CloseState{{Close: custody.Close{Pool: "S", Month: "2024-03", Volume: 1e6, Movements: 6}}}},
		"E-1 true false did:a 1970-01-01 00:00:00Z V-1 mistaken":    {Kind: "voids", Voids: []custody.VoidState{{Of: "E-1", By: "did:a", Event: "V-1", Replaced: true, Reason: "mistaken"}}},
		"T-1 2 did:a 1970-01-01 00:00:00Z D-1 R-1 wet":              {Kind: "disputes", Disputes: []custody.DisputeState{{Dispute: custody.Dispute{Ticket: "T-1", Version: 2, Reason: "wet"}, By: "did:a", Event: "D-1", Settled: "R-1"}}},
		"P head S-1 1970-01-01 00:00:00Z did:a did:b E-1 1970-01-01 00:00:00Z did:c E-2": {Kind: "seals", Seals: []custody.SealState{{
			ID: "S-1", Point: "P", Part: "head", Installed: custody.SealChange{By: "did:a", Witness: "did:b", Event: "E-1"}, Removed: &custody.SealChange{By: "did:c", Event: "E-2"},
		}}},
		"did:a A Inc. 1970-01-01 00:00:00Z E-1": {Kind: "parties", Parties: []custody.PartyState{{Party: custody.Party{DID: "did:a", Name: "A Inc."}, Event: "E-1"}}},
		"F-1 port did:a 3407 48.500000 -97.900000 1970-01-01 00:00:00Z E-1": {Kind: "facilities", Facilities: []custody.FacilityState{{Facility: custody.Facility{
			ID: "F-1", Kind: custody.Port, Operator: "did:a", Port: "3407", Latitude: 48_500_000, Longitude: -97_900_000,
		}, Event: "E-1"}}},
	} {
		rows := registerRows(&r)
		if len(rows) != 2 || len(rows[0]) != len(rows[1]) {
			t.Errorf("%s: %q", r.Kind, rows)
		}
		var b strings.Builder
		must(t, printRegister(&b, &r))
		contains(t, r.Kind, strings.Join(strings.Fields(b.String()), " "), want)
	}
}

// TestVerdictSaysMore: what is remarked on an entry, and the statements that attest its oil, are printed.
func TestVerdictSaysMore(t *testing.T) {
	s := builtinStory(t)
	v, _, err := check(s.outcome.Entries[0].Bundle, s.outcome.Trust)
	must(t, err)
	v.Remarks = []audit.Remark{{Kind: audit.OpenDispute, Text: "ticket T-3001 version 2 is disputed"}}
	v.Decision.Coverage.Statements = []string{"far-2024-02", "far-2024-03"}
	var b strings.Builder
	printVerdict(&b, v, verification{Trust: "file"})
	contains(t, "verdict", b.String(), "  dispute      ticket T-3001 version 2 is disputed\n", "typed statements; 2 monthly statements of carriers attest: far-2024-02, far-2024-03\n")
}

// TestDecisionOfAProduct: what oil was made into, how, where and on what evidence, and the material that is decided about by itself, are
// printed.
func TestDecisionOfAProduct(t *testing.T) {
	s := builtinStory(t)
	v, _, err := check(s.outcome.Entries[0].Bundle, s.outcome.Trust)
	must(t, err)
	made := custody.Product{
		Work: custody.Work{Steps: []string{"coking", "isomerization"}, Country: "CA"}, Heading: "271012", By: "did:web:a.example", Evidence: custody.Typed,
	}
	v.Decision.Lot.Shares[0].Made = []custody.Product{made}
	v.Decision.Products = []audit.Product{{Made: made, Volume: 300 * quantity.PerUnit, Origin: origin.Decision{
		Agreement: "USMCA", Qualifies: true, Criterion: "B", Rule: "Refining process", AtRisk: []string{"somebody has to look"},
		Reasons:    []origin.Reason{{Outcome: origin.Pass, Text: "The good results from coking."}},
		Unverified: []dated.Note{{Row: "a-row", Tag: "memory", Citation: "from memory"}},
	}}}
	var b strings.Builder
	printDecision(&b, v.Decision)
	contains(t, "decision", b.String(), ", made into 2710.12 by coking, isomerization in CA (typed)\n",
		"  material     300.00 m3, made into 2710.12 by coking, isomerization in CA (typed), by itself originating under USMCA, criterion B: Refining process\n"+
			"    pass  The good results from coking. ", "  at risk      somebody has to look\n", "a-row rests on a row that is memory: from memory")
}
