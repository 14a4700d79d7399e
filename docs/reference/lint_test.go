package reference_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/customs/lint"
)

// The table of rules in lint.md is that of the program, row by row.
func TestLintRulesAreDocumented(t *testing.T) {
	b, err := os.ReadFile("lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "| L") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	rules := lint.Rules()
	if len(got) != len(rules) {
		t.Errorf("%d rows, %d rules", len(got), len(rules))
	}
	for i, r := range rules {
		want := fmt.Sprintf("| %s | %s | %s | %s | %s |", r.ID, r.Title, r.Severity, r.Citation, r.Verified)
		if i < len(got) && got[i] != want {
			t.Errorf("the row is\n%s\nwant\n%s", got[i], want)
		}
	}
}
