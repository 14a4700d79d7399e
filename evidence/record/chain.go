package record

import (
	"fmt"
)

// Chain follows one measuring point from record to record: it knows what the next one must look like. The zero Chain waits
// for seq 0.
type Chain struct {
	Next   uint64 // sequence number of the next record
	Hash   Hash   // leaf hash of the last record
	End    int64  // end of the last interval, ms; before the first, the time of the record at seq 0
	Totals Totals // running totals after the last interval
	Count  uint64 // the meter's counter at the end of the last interval
	Counts bool   // an interval has been seen, so Count is known

	open bool // taken up in the middle: End and Totals are not known before the first interval
}

// Resume returns a chain that waits for r and takes its word for what lies before it: links and sequence are checked from r
// on, times and totals from the first interval on.
func Resume(r *Record) *Chain {
	return &Chain{Next: r.Seq, Hash: r.Prev, open: r.Seq > 0}
}

// Append checks a leaf as the next of the chain (sequence, link, times that do not run backwards, the interval recomputed)
// and moves the chain past it. On an error the chain stands where it was.
func (c *Chain) Append(leaf []byte) (*Record, error) {
	r, err := Decode(leaf)
	if err != nil {
		return nil, err
	}
	if err := c.check(r); err != nil {
		return nil, fmt.Errorf("record of %s: %w", r.Place(), err)
	}
	if r.Interval != nil {
		before := c.Totals
		if c.open {
			before = r.Interval.Before()
		}
		if err := r.Interval.Recompute(&before); err != nil {
			return nil, fmt.Errorf("record of %s: %w", r.Place(), err)
		}
	}
	c.follow(r, LeafHash(leaf))
	return r, nil
}

// Extend moves the chain past a record this program has just made itself.
func (c *Chain) Extend(r *Record, leaf []byte) { c.follow(r, LeafHash(leaf)) }

func (c *Chain) follow(r *Record, hash Hash) {
	first := c.Next == 0
	c.Next, c.Hash = r.Seq+1, hash
	if r.Interval != nil {
		c.Totals, c.Count, c.Counts, c.open = r.Interval.Totals, r.Interval.Totaliser, true, false
	}
	if r.Interval != nil || first {
		c.End = r.End
	}
}

// check compares a record with its place. Intervals tile the time without a hole: what was not watched is flagged, not left
// out. Events lie inside the running interval.
func (c *Chain) check(r *Record) error {
	switch {
	case r.Seq != c.Next:
		return fmt.Errorf("sequence number %d is next", c.Next)
	case r.Prev != c.Hash:
		return fmt.Errorf("its prev is %x, the record before hashes to %x", r.Prev[:6], c.Hash[:6])
	case c.Next == 0 || c.open:
		return nil
	case r.Interval != nil && r.Start != c.End:
		return fmt.Errorf("it starts at %d ms, the interval before ended at %d ms", r.Start, c.End)
	case r.Event != nil && r.Start < c.End:
		return fmt.Errorf("it is dated %d ms, before the end of the last interval at %d ms", r.Start, c.End)
	}
	return nil
}
