package record_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// grow appends n true records to a chain: the start event, then intervals.
func grow(t testing.TB, c *record.Chain, n int) {
	t.Helper()
	for range n {
		r := next(t, c)
		if _, err := c.Append(encode(t, r)); err != nil {
			t.Fatal(err)
		}
	}
}

// next returns a true record for the end of a chain.
func next(t testing.TB, c *record.Chain) *record.Record {
	t.Helper()
	if c.Next == 0 {
		return event()
	}
	m := measured()
	m.Totaliser += c.Count
	r := interval(t, m, c.Totals)
	r.Seq, r.Prev, r.Start, r.End = c.Next, c.Hash, c.End, c.End+minute
	return r
}

func TestChainAppend(t *testing.T) {
	toEvent := func(r *record.Record, at int64) {
		r.Interval, r.Event, r.Start, r.End = nil, &record.Event{Kind: record.Alarm}, at, at
	}
	tests := []struct {
		name  string
		after int // records before it
		alter func(r *record.Record)
		want  string
	}{
		{"first event", 0, func(*record.Record) {}, ""},
		{"interval after the start", 1, func(*record.Record) {}, ""},
		{"interval after an interval", 3, func(*record.Record) {}, ""},
		{"first with seq 1", 0, func(r *record.Record) { r.Seq = 1 }, "sequence number 0 is next"},
		{"seq left out", 2, func(r *record.Record) { r.Seq++ }, "sequence number 2 is next"},
		{"seq again", 2, func(r *record.Record) { r.Seq-- }, "sequence number 2 is next"},
		{"link altered", 2, func(r *record.Record) { r.Prev[0] ^= 1 }, "its prev is"},
		{"no link", 2, func(r *record.Record) { r.Prev = record.Hash{} }, "its prev is"},
		{"first interval later than the start", 1, func(r *record.Record) { r.Start++ }, "it starts at 1770000000001 ms, the interval before ended at 1770000000000 ms"},
		{"hole between intervals", 2, func(r *record.Record) { r.Start++ }, "it starts at"},
		{"intervals overlap", 2, func(r *record.Record) { r.Start-- }, "it starts at"},
		{"an interval of no length", 2, func(r *record.Record) { r.End = r.Start }, ""},
		{"event at the end of the interval", 2, func(r *record.Record) { toEvent(r, r.Start) }, ""},
		{"event within the next interval", 2, func(r *record.Record) { toEvent(r, r.End-1) }, ""},
		{"event before the end of the interval", 2, func(r *record.Record) { toEvent(r, r.Start-1) }, "before the end of the last interval"},
		{"volume altered", 2, func(r *record.Record) { r.Interval.GSV++ }, "GSV is"},
		{"totals begin anew", 2, func(r *record.Record) { r.Interval.Totals = interval(t, measured(), record.Totals{}).Interval.Totals }, "running totals are"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c record.Chain
			grow(t, &c, tt.after)
			r := next(t, &c)
			tt.alter(r)
			before := c
			got, err := c.Append(encode(t, r))
			refused(t, err, tt.want)
			if tt.want != "" && c != before {
				t.Errorf("the chain moved from %+v to %+v", before, c)
			}
			if tt.want == "" && (got.Seq != r.Seq || c.Next != r.Seq+1 || c.Hash != record.LeafHash(encode(t, r))) {
				t.Errorf("the chain stands at %+v", c)
			}
		})
	}
}

func TestChainRefusesWhatIsNoRecord(t *testing.T) {
	var c record.Chain
	_, err := c.Append([]byte{0xa0})
	refused(t, err, "record: not deterministic")
}

// Events do not end an interval: the next one starts where the last one ended, not where the event was.
func TestIntervalsTileAcrossEvents(t *testing.T) {
	var c record.Chain
	grow(t, &c, 3)
	end := c.End
	e := event()
	e.Seq, e.Prev, e.Start, e.End = c.Next, c.Hash, end+17, end+17
	if _, err := c.Append(encode(t, e)); err != nil {
		t.Fatal(err)
	}
	if c.End != end {
		t.Errorf("the event moved the end of the interval from %d to %d", end, c.End)
	}
	grow(t, &c, 1)
	if c.End != end+minute {
		t.Errorf("the next interval ends at %d", c.End)
	}
}

// An interval may be the first record of all.
func TestChainBeginsWithAnInterval(t *testing.T) {
	var c record.Chain
	r := interval(t, measured(), record.Totals{})
	if _, err := c.Append(encode(t, r)); err != nil {
		t.Fatal(err)
	}
	if c.End != r.End || c.Totals != r.Interval.Totals || !c.Counts || c.Count != r.Interval.Totaliser {
		t.Errorf("the chain stands at %+v", c)
	}
	r.Interval.Totals.IV++
	var other record.Chain
	_, err := other.Append(encode(t, r))
	refused(t, err, "running totals are")
}

// Extend and Append agree on where a chain stands.
func TestExtendIsAppendUnchecked(t *testing.T) {
	var a, b record.Chain
	for range 4 {
		r := next(t, &a)
		leaf := encode(t, r)
		if _, err := a.Append(leaf); err != nil {
			t.Fatal(err)
		}
		b.Extend(r, leaf)
		if a != b {
			t.Fatalf("Append made %+v, Extend %+v", a, b)
		}
	}
}

func TestResume(t *testing.T) {
	var whole record.Chain
	var records []*record.Record
	for range 6 {
		records = append(records, next(t, &whole))
		grow(t, &whole, 1)
	}
	for i := range records {
		c := record.Resume(records[i])
		for _, r := range records[i:] {
			if _, err := c.Append(encode(t, r)); err != nil {
				t.Fatalf("resumed at seq %d: %v", i, err)
			}
		}
		if *c != whole {
			t.Errorf("resumed at seq %d the chain ends at %+v, want %+v", i, *c, whole)
		}
	}
}

// What lies before a resumed chain is taken on its word, but the first interval's own figures and everything after it are not.
func TestResumeStillChecks(t *testing.T) {
	var whole record.Chain
	grow(t, &whole, 3)
	tests := []struct {
		name  string
		alter func(first, second *record.Record)
		want  [2]string
	}{
		{"true", func(_, _ *record.Record) {}, [2]string{"", ""}},
		{"first volume", func(first, _ *record.Record) { first.Interval.IV++ }, [2]string{"IV is", ""}},
		{"first factor", func(first, _ *record.Record) { first.Interval.CTPL.Mantissa-- }, [2]string{"CTPL is", ""}},
		{"second totals", func(_, second *record.Record) { second.Interval.Totals.Mass-- }, [2]string{"", "running totals are"}},
		{"second time", func(_, second *record.Record) { second.Start++ }, [2]string{"", "it starts at"}},
		{"less flow time in all than in the interval", func(first, _ *record.Record) { first.Interval.Totals.FlowTime = 1 }, [2]string{"out of range", ""}},
		{"totals that wrap", func(first, _ *record.Record) { first.Interval.Totals.IV = -1 << 63 }, [2]string{"out of range", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := whole
			first := next(t, &c)
			grow(t, &c, 1)
			second := next(t, &c)
			tt.alter(first, second)
			second.Prev = record.LeafHash(encode(t, first))
			resumed := record.Resume(first)
			_, err := resumed.Append(encode(t, first))
			refused(t, err, tt.want[0])
			if err != nil {
				return
			}
			_, err = resumed.Append(encode(t, second))
			refused(t, err, tt.want[1])
		})
	}
}

// Whatever flows, a chain accepts what Compute makes of it, and its totals are the sums of the intervals.
func TestTotalsAreSums(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var c record.Chain
		grow(t, &c, 1)
		var sum record.Totals
		for range rapid.IntRange(1, 12).Draw(rt, "intervals") {
			m := record.Measured{
				Pulses: rapid.Int64Range(0, 1_000_000).Draw(rt, "pulses"), FlowTime: rapid.Int64Range(0, minute).Draw(rt, "flow time"),
				Temperature: quantity.Micro(rapid.Int64Range(-40_000_000, 120_000_000).Draw(rt, "temperature")),
				Pressure:    quantity.Micro(rapid.Int64Range(0, 5_000_000_000).Draw(rt, "pressure")),
			}
			m.Totaliser = c.Count + uint64(m.Pulses)
			r := interval(t, m, c.Totals)
			r.Seq, r.Prev, r.Start, r.End = c.Next, c.Hash, c.End, c.End+minute
			if got := r.Interval.Before(); got != c.Totals {
				rt.Fatalf("the interval implies %+v before it, the chain has %+v", got, c.Totals)
			}
			if _, err := c.Append(encode(t, r)); err != nil {
				rt.Fatal(err)
			}
			sum.IV += r.Interval.IV
			sum.GSV += r.Interval.GSV
			sum.Mass += r.Interval.Mass
			sum.FlowTime += r.Interval.FlowTime
		}
		if c.Totals.IV != sum.IV || c.Totals.GSV != sum.GSV || c.Totals.Mass != sum.Mass || c.Totals.FlowTime != sum.FlowTime {
			rt.Fatalf("totals are %+v, the intervals add up to %+v", c.Totals, sum)
		}
	})
}
