package edge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// waits makes pending records from "A/3@60", the time in seconds after the epoch.
func waits(list string) (out []pending) {
	for _, item := range strings.Fields(list) {
		var p pending
		if _, err := fmt.Sscanf(strings.ReplaceAll(strings.ReplaceAll(item, "/", " "), "@", " "), "%s %d %d", &p.point, &p.seq, &p.end); err != nil {
			panic(err) // a text of this file
		}
		p.end = epoch.UnixMilli() + p.end*second
		out = append(out, p)
	}
	return out
}

// TestDue: when records are batched, which, and in which order.
func TestDue(t *testing.T) {
	policy := BatchPolicy{Records: 4, Age: 10 * time.Minute}
	for _, tc := range []struct {
		name, why string
		waiting   string
		now       int64 // seconds
		flush     bool
		want      string
	}{
		{"nothing", "not even a flush makes an empty batch", "", 1000, true, ""},
		{"few and young", "they wait", "A/0@0 A/1@60", 599, false, ""},
		{"one is old", "all go with it", "A/1@60 A/0@0", 600, false, "A/0 A/1"},
		{"many", "they go at once, in batch order", "B/7@60 A/0@0 B/6@0 A/1@60", 61, false, "A/0 A/1 B/6 B/7"},
		{"flush", "takes what there is", "A/0@0", 1, true, "A/0"},
		{"too many of one point", "the lowest sequence numbers go first", "A/2@0 A/0@0 A/1@0 A/4@0 A/3@0", 1, false, "A/0 A/1 A/2 A/3"},
		{"two points", "each has its share", "A/0@0 A/1@0 A/2@0 A/3@0 B/0@0 B/1@0 B/2@0", 1, false, "A/0 A/1 B/0 B/1"},
		{"more points than records", "the batch keeps its size; the others come into the next", "A/0@0 B/0@0 C/0@0 D/0@0 E/0@0 F/0@0", 1, false, "A/0 B/0 C/0 D/0"},
		{"refused records", "which are old, come again at once, before younger ones of their point", "A/9@600 A/2@120 A/3@180", 900, false, "A/2 A/3 A/9"},
		{"points by their bytes", "capitals before small letters, longer after shorter", "a/0@0 B/0@0 A1/0@0 A/0@0", 1, false, "A/0 A1/0 B/0 a/0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := policy.due(waits(tc.waiting), epoch.UnixMilli()+tc.now*second, tc.flush)
			if !slices.Equal(places(got), strings.Fields(tc.want)) {
				t.Errorf("%s: %v, want %s", tc.why, places(got), tc.want)
			}
		})
	}
}

// TestBatchesHoldEverything: whatever waits, batches until none is due hold each record once, keep to the size, are in order, and
// leave no record that is old. A flush leaves none at all.
func TestBatchesHoldEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := BatchPolicy{Records: rapid.IntRange(1, 9).Draw(t, "records"), Age: time.Duration(rapid.IntRange(0, 20).Draw(t, "age")) * time.Minute}
		var waiting []pending
		for _, point := range []string{"A", "B", "C", "D"} {
			first := rapid.Uint64Range(0, 5).Draw(t, "first")
			for seq := range rapid.Uint64Range(0, 8).Draw(t, "records") {
				waiting = append(waiting, pending{point: point, seq: first + seq, end: epoch.UnixMilli() + int64(seq)*minute})
			}
		}
		waiting = rapid.Permutation(waiting).Draw(t, "order")
		all, flush, now := len(waiting), rapid.Bool().Draw(t, "flush"), epoch.UnixMilli()+rapid.Int64Range(0, 30).Draw(t, "now")*minute
		sent := 0
		for {
			batch := policy.due(waiting, now, flush)
			if batch == nil {
				break
			}
			if len(batch) > policy.Records {
				t.Fatalf("%d records in a batch of at most %d", len(batch), policy.Records)
			}
			for i, p := range batch {
				if i > 0 && (batch[i-1].point > p.point || batch[i-1].point == p.point && batch[i-1].seq >= p.seq) {
					t.Fatalf("out of order: %v", places(batch))
				}
				for _, w := range waiting {
					if w.point == p.point && w.seq < p.seq && !slices.Contains(batch, w) {
						t.Fatalf("%v leaves out %v", places(batch), w)
					}
				}
			}
			before := len(waiting)
			waiting = slices.DeleteFunc(waiting, func(p pending) bool { return slices.Contains(batch, p) })
			if before-len(waiting) != len(batch) {
				t.Fatalf("%v were not all waiting, or one came twice", places(batch))
			}
			sent += len(batch)
		}
		for _, p := range waiting {
			if flush || time.Duration(now-p.end)*time.Millisecond >= policy.Age {
				t.Fatalf("%v is left", p)
			}
		}
		if len(waiting) >= policy.Records || sent+len(waiting) != all {
			t.Fatalf("%d are left, %d were batched of %d", len(waiting), sent, all)
		}
	})
}
