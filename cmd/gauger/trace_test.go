package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestTrace: a bundle leads from its entry to the sources, for people and for programs, and only after it was verified; what is
// asked for wrongly is refused.
func TestTrace(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	code, out, problem := gauger(t, "trace", e.Number, "--bundle", e.Bundle, "--trust", s.outcome.Trust)
	if code != exitOK || problem != "" {
		t.Errorf("exit code %d: %s", code, problem)
	}
	contains(t, "trail", out, "19888.779566", "pisco-condensate", "whitemud-bitumen", "heel-bitumen")

	code, out, _ = gauger(t, "trace", e.Number, "--bundle", e.Bundle, "--json")
	var trail lineage.Trail
	must(t, json.Unmarshal([]byte(out), &trail))
	sum := quantity.Micro(0)
	for _, p := range trail.Parts {
		sum += p.Share
	}
	if code != exitConsistent || sum != trail.Volume || len(trail.Parts) != 5 {
		t.Errorf("on the bundle's own keys: exit code %d, %d parts add up to %s of %s", code, len(trail.Parts), sum, trail.Volume)
	}

	code, out, _ = gauger(t, "trace", "pisco-condensate", "--forward", "--csv", "--bundle", e.Bundle, "--trust", s.outcome.Trust)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	must(t, err)
	if code != exitOK || len(rows) != 6 || rows[0][len(rows[0])-1] != "share" || rows[5][0] != "delivered:B-1" {
		t.Errorf("forward: exit code %d, %q", code, rows)
	}
	for _, tt := range []struct {
		name, want string
		code       int
		args       []string
	}{
		{"a name that is none", "of that name", exitFailed, []string{"nothing", "--bundle", e.Bundle}},
		{"before anything came in", "of that name", exitFailed, []string{e.Number, "--as-of", "2024-01-01T00:00:00Z", "--bundle", e.Bundle}},
		{"a time that is none", "--as-of", exitUsage, []string{e.Number, "--as-of", "yesterday", "--bundle", e.Bundle}},
		{"no bundle", "not a bundle", exitUsage, []string{e.Number, "--bundle", s.outcome.Trust}},
		{"two places to look", "choose one", exitUsage, []string{e.Number, "--bundle", e.Bundle, "--cloud", "http://127.0.0.1:1"}},
	} {
		if code, _, problem := gauger(t, append([]string{"trace"}, tt.args...)...); code != tt.code || !strings.Contains(problem, tt.want) {
			t.Errorf("%s: exit code %d: %s", tt.name, code, problem)
		}
	}
}
