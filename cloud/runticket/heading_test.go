package runticket

import (
	"strings"
	"testing"
)

// Every heading that is listed is found, in the form in which headings are looked up, and means one thing.
func TestHeadingsMeanOneThing(t *testing.T) {
	seen := map[string]string{}
	add := func(what, also string) {
		for _, words := range append(strings.Split(also, "|"), normal(what)) {
			if normal(words) != words {
				t.Errorf("%q of %s can never be met: write it %q", words, what, normal(words))
			}
			if other, twice := seen[words]; twice && other != what {
				t.Errorf("%q means %s and %s", words, other, what)
			}
			seen[words] = what
		}
	}
	for _, d := range definitions {
		add(string(d.name), d.also)
	}
	for name, also := range attributes {
		add(string(name), also)
	}
	for _, name := range textNames {
		add(name, textHeadings[name])
	}
	if len(textHeadings) != len(textNames) {
		t.Errorf("headings of %d texts, %d have names", len(textHeadings), len(textNames))
	}
}

func TestGroups(t *testing.T) {
	for s, want := range map[string]string{"Crude": "crude", "6A": "crude", "54b": "refined", "24D": "lubricating", "A": "a", "6C": "6c", "": ""} {
		if got := groupOf(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}
