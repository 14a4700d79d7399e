package customs

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// Figure is an amount with the steps that led to it and the unverified rows that it rests on.
type Figure struct {
	Amount     Cents
	Reasons    []origin.Reason
	Unverified []dated.Note
}

// step records a reason. A step that bears on the amount and rests on an unverified row leaves a note about it.
func (f *Figure) step(rule string, r dated.Row, outcome origin.Outcome, format string, args ...any) {
	f.Reasons = append(f.Reasons, origin.Reason{
		Rule: rule, Citation: r.Citation, Text: fmt.Sprintf(format, args...), Outcome: outcome, Verified: r.Verified,
	})
	if outcome != origin.NotApplicable {
		f.Unverified = dated.AppendNote(f.Unverified, r)
	}
}

// note records what bears on no amount and rests on no row.
func (f *Figure) note(rule, format string, args ...any) {
	f.Reasons = append(f.Reasons, origin.Reason{Rule: rule, Text: fmt.Sprintf(format, args...), Outcome: origin.Noted, Verified: dated.Verified})
}

// take adds the steps and notes of another figure, each once, but not its amount.
func (f *Figure) take(g Figure) {
	for _, r := range g.Reasons {
		if !slices.Contains(f.Reasons, r) {
			f.Reasons = append(f.Reasons, r)
		}
	}
	for _, n := range g.Unverified {
		if !slices.Contains(f.Unverified, n) {
			f.Unverified = append(f.Unverified, n)
		}
	}
}
