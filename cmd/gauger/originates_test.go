package main

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/origin"
)

// TestOriginates: a yes by an open argument never prints as originating.
func TestOriginates(t *testing.T) {
	d := origin.Decision{Agreement: "USMCA", Qualifies: true, Criterion: "B", Rule: "Change of heading"}
	if got := originates(d); got != "originating under USMCA, criterion B: Change of heading" {
		t.Errorf("got %q", got)
	}
	d.ForCounsel = true
	if got := originates(d); strings.Contains(got, "originating") || !strings.HasPrefix(got, "for counsel under USMCA") {
		t.Errorf("got %q", got)
	}
	if got := originates(origin.Decision{Agreement: "USMCA", Rule: "none"}); got != "not originating under USMCA: none" {
		t.Errorf("got %q", got)
	}
}
