package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEntryAsDocumented: each command line and file of the pages on entering oil and gas that no signed meter measured, and what came by vessel, stands in the
// script that plays it, but for where the cloud is and for hashes.
func TestEntryAsDocumented(t *testing.T) {
	asPlayed(t, "enter-on-a-carriers-ticket.md", "enter-on-paper.txtar", 20, 7)
	asPlayed(t, "enter-gas.md", "enter-gas.txtar", 15, 5)
	asPlayed(t, "enter-by-vessel.md", "enter-by-vessel.txtar", 12, 5)
}

// asPlayed holds a page, which has at least so many commands and files, to a script.
func asPlayed(t *testing.T, page, by string, leastCommands, leastFiles int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", page))
	must(t, err)
	script, err := os.ReadFile(filepath.Join("testdata", "script", by))
	must(t, err)
	hashes := regexp.MustCompile(`[0-9a-f]{64}|SHA-256-OF-THE-(PAPER|EVENT|CERTIFICATE)`)
	played := hashes.ReplaceAllString(strings.NewReplacer(" --cloud $CLOUD", "", "$CLOUD", "http://127.0.0.1:8080").Replace(string(script)), "HASH")
	commands, files := 0, 0
	for _, block := range regexp.MustCompile("(?ms)^```(sh|json|csv)\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		if block[1] != "sh" {
			files++
			if !strings.Contains(played, " --\n"+hashes.ReplaceAllString(block[2], "HASH")+"-- ") && !strings.HasSuffix(played, block[2]) {
				t.Errorf("no file of the script is\n%s", block[2])
			}
			continue
		}
		for line := range strings.Lines(block[2]) {
			commands++
			if !strings.Contains(played, "exits 0 "+line) {
				t.Errorf("the script does not run %s", line)
			}
		}
	}
	if commands < leastCommands || files < leastFiles {
		t.Errorf("%s: %d commands and %d files found", page, commands, files)
	}
}
