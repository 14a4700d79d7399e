package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestProcessAsDocumented: the process that the page on running a cloud shows can be signed as it stands there.
func TestProcessAsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "run-cloud.md"))
	must(t, err)
	shown := regexp.MustCompile("(?s)```json\n([^`]*\"process\"[^`]*)```").FindSubmatch(page)
	if shown == nil || !strings.Contains(string(shown[1]), `"work"`) {
		t.Fatal("the page shows no process with its work")
	}
	dir := t.TempDir()
	paper, key := filepath.Join(dir, "process.json"), filepath.Join(dir, "party.key")
	must(t, os.WriteFile(paper, shown[1], 0o600))
	for _, args := range [][]string{{"key", "new", key}, {"document", "sign", "--kind", "movement", "--key", key, "-o", filepath.Join(dir, "signed"), paper}} {
		if code, _, problem := gauger(t, args...); code != exitOK {
			t.Fatalf("%q: exit code %d: %s", args, code, problem)
		}
	}
}
