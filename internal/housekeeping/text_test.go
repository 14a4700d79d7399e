package housekeeping

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// The words are put together here, or this file would hold them.
var (
	promises = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b|not ` + `implemented|unim` + `plemented`)
	machines = regexp.MustCompile(`(^|[^A-Za-z0-9_.:/-])/(wor` + `k|roo` + `t|hom` + `e|User` + `s)/|\.\./sha` + `red\b`)
)

func TestThePatternsFind(t *testing.T) {
	for _, tt := range []struct {
		name  string
		re    *regexp.Regexp
		text  string
		found bool
	}{
		{"a thing left to do", promises, "// TO" + "DO: finish", true},
		{"part of a word is none", promises, "TO" + "DOS", false},
		{"a folder of somebody's machine", machines, "see /hom" + "e/ann/gauger", true},
		{"the same at the start of a line", machines, "/wor" + "k/main", true},
		{"a path of a web address", machines, "https://example.com/hom" + "e/x", false},
		{"a folder of every machine", machines, "/etc/gauger/edge.yaml", false},
	} {
		if got := tt.re.MatchString(tt.text); got != tt.found {
			t.Errorf("%s: %q found %v, want %v", tt.name, tt.text, got, tt.found)
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	nowhere(t, promises, "do it, or say what is missing in the documents")
}

func TestNoPathOfAMachine(t *testing.T) {
	nowhere(t, machines, "a path of one machine means nothing on another")
}

// nowhere reports each line of the tree in which a pattern is found.
func nowhere(t *testing.T, re *regexp.Regexp, why string) {
	tr := repository(t)
	for _, rel := range tr.texts {
		b, err := tr.read(rel)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(b, []byte("\n")) {
			if found := re.Find(line); found != nil {
				t.Errorf("%s:%d: %q: %s", rel, i+1, strings.TrimSpace(string(found)), why)
			}
		}
	}
}
