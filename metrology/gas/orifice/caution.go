package orifice

import "strings"

// Caution is a set of the limits of the standard that a flow lies outside of. The flow is computed all the same: the limits are
// quoted from memory, unverified, and the test cases of 14.3.4 itself overstep some of them. A contract may refuse it.
type Caution uint8

// The limits.
const (
	LowReynolds     Caution = 1 << iota // Reynolds number below 4000
	BetaRange                           // diameter ratio outside 0.10 to 0.75
	SmallBore                           // bore of 0.45 inch or less
	SmallPipe                           // pipe below 1.687 inches, the narrowest of 2 inches nominal
	LargeRatio                          // differential pressure above 0.20 of the static pressure of a gas
	IterationCapped                     // iteration flow factor above 1000 and cut down to it, as 14.3.4 has it
)

// String names the limits: "low Reynolds number, small bore".
func (c Caution) String() string {
	var names []string
	for i, name := range [...]string{
		"low Reynolds number", "diameter ratio", "small bore", "small pipe", "large differential pressure", "iteration flow factor capped",
	} {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// cautions holds a flow against the limits; fi is its iteration flow factor before the cap.
func cautions(m Meter, f Flow, fi float64) (c Caution) {
	set := func(is bool, limit Caution) {
		if is {
			c |= limit
		}
	}
	set(f.Beta < 0.10 || f.Beta > 0.75, BetaRange)
	set(m.Bore <= 0.45, SmallBore)
	set(m.Pipe < 1.687, SmallPipe)
	set(f.Ratio > 0.20 && f.Y < 1, LargeRatio) // a liquid does not expand
	if f.Mass > 0 {                            // a Reynolds number of 0 is no flow
		set(f.Reynolds < 4000, LowReynolds)
		set(fi > maxFI, IterationCapped)
	}
	return c
}
