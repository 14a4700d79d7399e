package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/cose"
)

// CheckWork refuses a movement that states a step of work which no table of rules names: nothing could be decided about what it makes.
// It is for whoever takes papers in. What the books have stays there, whatever the tables become. Other papers pass.
func (c *Case) CheckWork(signed []byte) error {
	m, err := cose.Parse(signed, custody.Thing)
	if err != nil {
		return nil
	}
	e, err := custody.Decode(m.Payload)
	if err != nil {
		return err
	}
	work := workOf(e)
	if work == nil {
		return nil
	}
	law, err := c.law()
	if err != nil {
		return err
	}
	known := slices.Clone(law.rules.Processes)
	for _, read := range law.others {
		rules, err := read()
		if err != nil {
			return err
		}
		known = append(known, rules.Processes...)
	}
	for _, step := range work.Steps {
		if !slices.Contains(known, step) {
			slices.Sort(known)
			return fmt.Errorf("event %s states the step %q, which no table of rules of origin names; there are %s", e.ID, step, strings.Join(slices.Compact(known), ", "))
		}
	}
	return nil
}

// workOf returns the work that an event, or what replaces another, states; nil without any.
func workOf(e custody.Event) *custody.Work {
	switch {
	case e.Process != nil:
		return e.Process.Work
	case e.Blend != nil:
		return e.Blend.Work
	case e.Void != nil && e.Void.Replacement != nil:
		return workOf(*e.Void.Replacement)
	}
	return nil
}
