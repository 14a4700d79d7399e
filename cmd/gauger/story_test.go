package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/evidence/bundle"
)

// bundles returns the bundle files of a world.
func bundles(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "bundles", "*.gauger"))
	must(t, err)
	return names
}

// decisionOf reads the decision that a bundle carries.
func decisionOf(t testing.TB, name string) *audit.Decision {
	t.Helper()
	file, err := os.ReadFile(name)
	must(t, err)
	b, _, err := bundle.Parse(file)
	must(t, err)
	var d audit.Decision
	must(t, json.Unmarshal(b.Decision, &d))
	return &d
}
