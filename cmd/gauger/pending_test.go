package main

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
)

const waiting = `as of 2024-03-20 12:00:00Z, due within 5 days

due         days left  port             lot  crossed on  volume                 waits for    entry due   right to make entry
2024-03-25  5          3407 Walhalla ND  B-1  2024-03-11  19899.33252 m3 at 15C  not entered  2024-03-25  did:web:lakehead.example, settled by SALE-2
`

// TestPending: between its crossing and its entry batch one of the story waits, and a timer can tell by the exit code. No entry tells the
// clock of the port yet: the day is that of its time zone in the port table.
func TestPending(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	due := func(code int, args ...string) string {
		t.Helper()
		got, out, problem := gauger(t, append([]string{"crossings", "--due", "--bundle", e.Bundle, "--trust", s.outcome.Trust}, args...)...)
		if got != code || problem != "" {
			t.Fatalf("%q: exit code %d, want %d: %s", args, got, code, problem)
		}
		return out
	}
	asOf := []string{"--as-of", "2024-03-20T07:00:00-05:00"}
	if out := due(exitDue, append(asOf, "--within", "5d")...); strings.Join(strings.Fields(out), " ") != strings.Join(strings.Fields(waiting), " ") {
		t.Errorf("waiting:\n%s", out)
	}
	rows, err := csv.NewReader(strings.NewReader(due(exitDue, append(asOf, "3407", "--csv")...))).ReadAll()
	must(t, err)
	if len(rows) != 2 || len(rows[1]) != len(rows[0]) || rows[1][1] != "2024-03-25" || rows[1][17] != "SALE-2" {
		t.Errorf("as CSV: %q", rows)
	}
	for name, args := range map[string][]string{
		"not near its deadline": append(asOf, "--within", "4d"), "at another port": append(asOf, "3404"), "now, when all is entered": nil,
	} {
		contains(t, name, due(exitOK, args...), "nothing waits for its entry")
	}
	refused(t, []refusal{
		{"two ports", "one port or none", exitUsage, []string{"crossings", "--due", "3407", "3404"}},
		{"a bound without --due", "go with --due", exitUsage, []string{"crossings", "3407", "2024-03", "--within", "5d"}},
		{"a bound that is none", "want a number of days such as 5d", exitUsage, []string{"crossings", "--due", "--within", "soon"}},
	})
}

// TestPendingTexts: what the columns say of a lot that nobody has the right to enter yet, of one whose deadline no table knows, and of
// one in bond.
func TestPendingTexts(t *testing.T) {
	lots := []audit.Crossing{
		{Batch: "B-1", At: 9, Difference: 1, Due: audit.EntryDue{Dutiable: "2026-02-13", Free: "2026-03-10"}, Right: audit.Right{Status: audit.PendingSale, Party: "did:b", Sale: "S-1"}},
		{Batch: "B-2", At: 9, Difference: 1, Due: audit.EntryDue{Unknown: "no holidays"}, Right: audit.Right{Status: audit.Settled, Party: "did:a"}},
		{Batch: "B-3", At: 9, Bond: "V-1", Right: audit.Right{Status: audit.Settled, Party: "did:b", Sale: "S-2", Since: 10}},
	}
	p := &audit.PendingEntries{Days: -1}
	for _, x := range lots {
		p.Lots = append(p.Lots, audit.PendingEntry{Due: x.Due.First(), Lot: x})
	}
	var b strings.Builder
	must(t, printPending(&b, p))
	contains(t, "list", b.String(), "2026-02-13, free of duty 2026-03-10", "did:b, pending since 1970-01-01 00:00:00Z: S-1 is not acknowledged", "unknown: no holidays",
		"did:a, never sold", "in bond", "did:b, settled by S-2 after the crossing")
}
