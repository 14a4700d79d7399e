package lineage_test

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// shares adds the parts of a trail up, by source.
func shares(t rapid.TB, trail lineage.Trail) map[string]quantity.Micro {
	t.Helper()
	by, sum := map[string]quantity.Micro{}, quantity.Micro(0)
	for _, p := range trail.Parts {
		by[p.Source] += p.Share
		sum += p.Share
	}
	if sum != trail.Volume {
		t.Fatalf("parts of %v add up to %s, not %s", trail.Of, sum, trail.Volume)
	}
	return by
}

// closeTo compares the sources of a trail with those of a lot: the lot is divided source by source, the trail holding by holding,
// so they may differ by the rounding of the steps between.
func closeTo(t rapid.TB, trail lineage.Trail, lot lineage.Lot) {
	t.Helper()
	if trail.Volume != lot.Volume {
		t.Fatalf("trail of %s, lot of %s", trail.Volume, lot.Volume)
	}
	by := shares(t, trail)
	for _, s := range lot.Shares {
		by[s.Source] -= s.Book
	}
	for source, off := range by {
		if math.Abs(float64(off)) > float64(trail.Passed) {
			t.Fatalf("source %s is off by %d micro-units over %d holdings", source, int64(off), trail.Passed)
		}
	}
}

// TestStoryTrail: both batches lead back to their sources, with what the lots say of them, at every meter; and forward from a
// source to the batches, the heel and what was lost.
func TestStoryTrail(t *testing.T) {
	_, b := story(t)
	for _, batch := range []string{custodytest.BatchOne, custodytest.BatchTwo} {
		for _, at := range []int64{custodytest.At(13, 0, 0), custodytest.At(21, 5, 53), math.MaxInt64} {
			trail, err := b.Chart().Back(at, batch)
			fine(t, err)
			lot, err := b.LotAt(batch, at)
			fine(t, err)
			closeTo(t, trail, lot)
		}
	}
	trail, err := b.Chart().Forward(math.MaxInt64, custodytest.Condensate)
	fine(t, err)
	var got []string
	for _, p := range trail.Parts {
		got = append(got, string(p.Account)+" "+p.Share.Decimal(1))
	}
	shares(t, trail)
	want := []string{
		"account:shrinkage 26.1", "pool:T-14 166.4", "account:line gain and loss 2.1", "account:line gain and loss 2.9",
		"delivered:" + custodytest.BatchOne + " 5402.7",
	}
	if len(got) != len(want) {
		t.Fatalf("the condensate went to %q, want %q", got, want)
	}
	for i := range got {
		same(t, "part", got[i], want[i])
	}
	both, err := b.Chart().Back(math.MaxInt64, custodytest.BatchOne, custodytest.BatchTwo)
	fine(t, err)
	shares(t, both)
	same(t, "both batches", both.Volume.Decimal(3), "27872.569")
	if _, err := b.Chart().Back(math.MaxInt64, "nothing"); !errors.Is(err, lineage.ErrUnknown) {
		t.Errorf("traced what is not there: %v", err)
	}
	if _, err := b.Chart().Forward(custodytest.At(5, 10, 39), custodytest.BatchOne); !errors.Is(err, lineage.ErrUnknown) {
		t.Errorf("found a batch before its injection: %v", err)
	}
}

// TestTrailsAddUp: in any small network each batch leads back to its sources and each source forward to where its oil is, with
// nothing left over.
func TestTrailsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, b := custody.NewLedger(), lineage.New()
		for _, s := range custodytest.Network(t) {
			if l.Apply(s.Event, s.Ticket) == nil {
				fine(t, b.Apply(l.Movements(b.Seen())...))
			}
		}
		for _, id := range l.Batches() {
			trail, err := b.Chart().Back(math.MaxInt64, id)
			fine(t, err)
			lot, err := b.Lot(id)
			fine(t, err)
			closeTo(t, trail, lot)
		}
		given := map[string]quantity.Micro{}
		for _, m := range l.Movements(0) {
			if s, is := m.From.Source(); is {
				given[s] += m.Volume
			}
		}
		for s, volume := range given {
			trail, err := b.Chart().Forward(math.MaxInt64, s)
			fine(t, err)
			shares(t, trail)
			if trail.Volume != volume {
				t.Fatalf("source %s gave %s, followed are %s", s, volume, trail.Volume)
			}
		}
	})
}
