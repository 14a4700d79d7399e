package main

import (
	"slices"
	"strings"
	"testing"
)

// The entries of the small scenario, as facts are named.
const (
	one = "decision ZZ9-0310241-8."
	two = "decision ZZ9-0312242-4."
)

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
			[]string{"point RAIL-3, totals.iv", "ticket T-1003:1.iv", "ticket T-1003:1.gsv", one + "lot.shares.0.book", one + "origin.shares.diluent"},
			[]string{"point RAIL-3, ", "ticket T-1003:1.", one + "lot.shares.", one + "origin.", one + "balance.legs."},
		},
		{
			"the temperature at the border while batch one crosses",
			[]string{"pulses: 391801, temperature: 17.5", "pulses: 391801, temperature: 20.5"},
			[]string{"point HASKETT-1, interval 1.ctpl", "ticket T-3001:1.gsv", one + "grossBarrels", one + "assessment.unclaimed.duty", one + "balance.differences.0.z"},
			// Batch two passes the same meter: its ticket begins and ends at other totals, and states the same.
			[]string{"point HASKETT-1, ", "ticket T-3001:1.", "ticket T-3002:1.opening.", "ticket T-3002:1.closing.", one},
		},
		{
			"the price of batch one",
			[]string{`price: "64.40"`, `price: "64.50"`},
			[]string{one + "unitPrice", one + "assessment.claimed.value", one + "assessment.unclaimed.mpf"},
			[]string{one + "assessment."},
		},
		{
			"the laboratory's sediment and water in batch one",
			[]string{`sw: "0.29"`, `sw: "0.39"`},
			[]string{"ticket T-3001:1.nsv", one + "netBarrels", one + "assessment.claimed.barrels", one + "assessment.unclaimed.duty"},
			[]string{"ticket T-3001:1.sw.", one + "sedimentWater", one + "ticket.", one + "balance.legs.1.ticket.", one + "assessment."},
		},
		{
			"the condensate's country: now all originates, and the certificate names another criterion",
			[]string{
				"country: PE,\n       role: diluent, whollyObtained: true, originating: \"no\"",
				"country: US,\n       role: diluent, whollyObtained: true, originating: \"yes\"",
			},
			[]string{one + "origin.criterion", one + "claimRefused", one + "assessment.filed", one + "sources.0.country"},
			[]string{one + "origin.", one + "assessment.", one + "sources.0."},
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
