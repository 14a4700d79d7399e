package main

import (
	"slices"
	"strings"
	"testing"
)

// first begins the names of all facts of the decision about batch one.
const first = "decision " + entryOne + "."

// TestInputs: one input of the scenario is changed. What follows from it moves, and nothing else. The single pulse shows at the same
// time that the comparison of two worlds sees the smallest difference there is.
func TestInputs(t *testing.T) {
	for _, c := range []struct {
		name     string
		exchange []string
		move     []string // each of these moves
		may      []string // what begins so may move too, and nothing else
	}{
		{
			"a pulse of the condensate's meter",
			[]string{"pulses: 1320011", "pulses: 1320012"},
			[]string{"point RAIL-3, totals.iv", "ticket T-1003:1.iv", "ticket T-1003:1.gsv", first + "lot.shares.0.book", first + "origin.shares.diluent"},
			[]string{"point RAIL-3, ", "ticket T-1003:1.", first + "lot.shares.", first + "origin.", first + "balance.legs."},
		},
		{
			"the temperature at the border while batch one crosses",
			[]string{"pulses: 391801, temperature: 17.5", "pulses: 391801, temperature: 20.5"},
			[]string{"point HASKETT-1, interval 1.ctpl", "ticket T-3001:1.gsv", first + "grossBarrels", first + "assessment.unclaimed.duty", first + "balance.differences.0.z"},
			// Batch two passes the same meter: its ticket begins and ends at other totals, and states the same.
			[]string{"point HASKETT-1, ", "ticket T-3001:1.", "ticket T-3002:1.opening.", "ticket T-3002:1.closing.", first},
		},
		{
			"the price of batch one",
			[]string{`price: "64.40"`, `price: "64.50"`},
			[]string{first + "unitPrice", first + "assessment.claimed.value", first + "assessment.unclaimed.mpf"},
			[]string{first + "assessment."},
		},
		{
			"the laboratory's sediment and water in batch one",
			[]string{`sw: "0.29"`, `sw: "0.39"`},
			[]string{"ticket T-3001:1.nsv", first + "netBarrels", first + "assessment.claimed.barrels", first + "assessment.unclaimed.duty"},
			[]string{"ticket T-3001:1.sw.", first + "sedimentWater", first + "ticket.", first + "balance.legs.1.ticket.", first + "assessment."},
		},
		{
			"the condensate's country: now all originates, and the certificate names another criterion",
			[]string{
				"country: PE,\n       role: diluent, whollyObtained: true, originating: \"no\"",
				"country: US,\n       role: diluent, whollyObtained: true, originating: \"yes\"",
			},
			[]string{first + "origin.criterion", first + "claimRefused", first + "assessment.filed", first + "sources.0.country", first + "country.reasons.0.text"},
			[]string{first + "origin.", first + "assessment.", first + "sources.0.", first + "country."},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := reference(t).facts, play(t, t.TempDir(), small(t, c.exchange...)).facts
			moved := after.moved(before)
			for _, name := range c.move {
				if !slices.Contains(moved, name) {
					t.Errorf("%s is still %s", name, after[name])
				}
			}
			for _, name := range moved {
				if !slices.ContainsFunc(slices.Concat(c.move, c.may), func(p string) bool { return strings.HasPrefix(name, p) }) {
					t.Errorf("%s is %s, it was %s", name, after[name], before[name])
				}
			}
		})
	}
}
