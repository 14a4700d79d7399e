package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEntryOnPaperAsDocumented: each command line and file of the page on entering oil that no signed meter measured stands in the script
// that plays it, but for where the cloud is and for hashes.
func TestEntryOnPaperAsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "enter-on-a-carriers-ticket.md"))
	must(t, err)
	script, err := os.ReadFile(filepath.Join("testdata", "script", "enter-on-paper.txtar"))
	must(t, err)
	hashes := regexp.MustCompile(`[0-9a-f]{64}|SHA-256-OF-THE-(PAPER|EVENT)`)
	played := hashes.ReplaceAllString(strings.NewReplacer(" --cloud $CLOUD", "", "$CLOUD", "http://127.0.0.1:8080").Replace(string(script)), "HASH")
	commands, files := 0, 0
	for _, block := range regexp.MustCompile("(?ms)^```(sh|json|csv)\n(.*?)^```").FindAllStringSubmatch(string(page), -1) {
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
	if commands < 20 || files < 7 {
		t.Errorf("%d commands and %d files found", commands, files)
	}
}
