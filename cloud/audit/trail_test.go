package audit_test

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestTrail: an entry, its batch and the point where it crossed lead to the same sources, and those forward to the batch.
func TestTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	want, err := c.Trail(audittest.Batch, false, math.MaxInt64)
	must(t, err)
	state, err := c.Books.Batch(audittest.Batch)
	must(t, err)
	same(t, "volume", want.Volume, state.Volume)
	sources := map[string]bool{}
	for _, p := range want.Parts {
		sources[p.Source] = true
	}
	for _, name := range []string{w.Number.String(), audittest.Border} {
		got, err := c.Trail(name, false, math.MaxInt64)
		must(t, err)
		same(t, "trail of "+name, got, want)
	}
	for s := range sources {
		got, err := c.Trail(s, true, math.MaxInt64)
		must(t, err)
		found := quantity.Micro(0)
		for _, p := range got.Parts {
			if p.Batch == audittest.Batch && p.Account.Holds() {
				found += p.Share
			}
		}
		if found == 0 {
			t.Errorf("source %s does not lead to the batch: %+v", s, got)
		}
	}
	_, err = c.Trail("nothing", false, math.MaxInt64)
	if !errors.Is(err, lineage.ErrUnknown) {
		t.Errorf("trail of nothing: %v", err)
	}
}
