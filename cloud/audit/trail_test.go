package audit_test

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
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

// TestTrailsStored: trails that were kept as bytes answer as the case does, whatever it is asked; bytes that are not whole are refused.
func TestTrailsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	trails, err := c.Trails()
	must(t, err)
	b, err := trails.Append(nil)
	must(t, err)
	stored, err := audit.ReadTrails(b)
	must(t, err)
	names := append(c.Books.Batches(), c.Books.Sources()...)
	for _, name := range append(names, w.Number.String(), string(w.Number), audittest.Border, audittest.Line, audittest.Battery) {
		for _, at := range []int64{math.MaxInt64, bundletest.Epoch + 11*bundletest.Minute} {
			for _, forward := range []bool{false, true} {
				want, wantErr := c.Trail(name, forward, at)
				got, err := stored.Trail(name, forward, at)
				if (err == nil) != (wantErr == nil) {
					t.Errorf("trail of %s, forward %t, at %d: %v, by the case: %v", name, forward, at, err, wantErr)
				}
				same(t, "trail of "+name, got, want)
			}
		}
	}
	for n := range b {
		if _, err := audit.ReadTrails(b[:n]); err == nil {
			t.Fatalf("trails were read from %d of %d bytes", n, len(b))
		}
	}
	if _, err := audit.ReadTrails(append(b, 0)); err == nil {
		t.Error("trails were read with a byte too many")
	}
	trails.Batches = map[string][]string{"POINT-9": nil}
	none, err := trails.Append(nil)
	must(t, err)
	if _, err := audit.ReadTrails(none); err == nil {
		t.Error("a name that stands for no batch was read")
	}
}
