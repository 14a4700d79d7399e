package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCalculateAsDocumented runs each command line of the page on calculating.
func TestCalculateAsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "calculate.md"))
	must(t, err)
	lines := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		text := regexp.MustCompile(`(\\|\|)\n +`).ReplaceAllString(block[1], "$1 ")
		for line := range strings.Lines(strings.ReplaceAll(text, `\ `, "")) {
			lines++
			shown, piped, pipes := strings.Cut(strings.TrimSpace(line), " | ")
			if pipes {
				in := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(shown, "printf "), "'"), `\n`, "\n")
				file := filepath.Join(t.TempDir(), "rows.csv")
				must(t, os.WriteFile(file, []byte(in), 0o600))
				shown = strings.TrimSuffix(piped, "-") + file
			}
			words := strings.Fields(shown)
			if words[0] != "gauger" || words[1] != "calc" {
				t.Fatalf("%q is no calculation", line)
			}
			code, out, problem := gauger(t, words[1:]...)
			want := "rounding"
			switch {
			case words[2] == "duty" && strings.Contains(line, "2711"):
				want = "5026.50"
			case words[2] == "duty":
				want = "353259.62"
			case words[2] == "liquid" && pipes:
				want = "989.97"
			case words[2] == "origin":
				want = "All 9,500 MMBtu were extracted in CA."
			case words[2] == "inventory":
				want = "52500 O, 17500 N"
			}
			if code != exitOK || problem != "" || !strings.Contains(out, want) {
				t.Errorf("%s: exit code %d, %s\n%s", shown, code, problem, out)
			}
		}
	}
	if lines < 10 {
		t.Errorf("%d command lines found", lines)
	}
}
