package reference_test

import (
	"testing"

	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/cose"
	"pgregory.net/rapid"
)

// TestMovementsMatch: what happens in the story and in random networks is a movement as formats.cddl has it.
func TestMovementsMatch(t *testing.T) {
	s := readSchema(t)
	match := func(t rapid.TB, steps []custodytest.Step) {
		for _, step := range steps {
			if step.Event.Valid() != nil {
				continue
			}
			payload, err := cose.Marshal(step.Event)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.matchBytes(named("movement"), payload); err != nil {
				t.Errorf("event %s, %s: %v", step.Event.ID, step.Event.Kind(), err)
			}
		}
	}
	match(t, custodytest.Story())
	rapid.Check(t, func(t *rapid.T) { match(t, custodytest.Network(t)) })
}
