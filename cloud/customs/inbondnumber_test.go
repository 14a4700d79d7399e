package customs_test

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/customs"
)

func TestNewInBond(t *testing.T) {
	for base, want := range map[string]string{"82345678": "823456782", "25770005": "257700052", "25770003": "257700030"} { // T02
		if got, err := customs.NewInBond(base); err != nil || got != want {
			t.Errorf("%s: %s, %v", base, got, err)
		}
		if got, err := customs.ParseInBond(want); err != nil || got != want {
			t.Errorf("%s: %s, %v", want, got, err)
		}
	}
	for bad, says := range map[string]string{"823456780": "check digit is 2, not 0", "8234567": "nine digits", "8234567a1": "eight digits", "+23456782": "eight digits"} {
		if _, err := customs.ParseInBond(bad); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", bad, err, says)
		}
	}
}
