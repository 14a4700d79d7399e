package edge

import (
	"cmp"
	"slices"
	"time"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
)

// BatchPolicy says when records are batched.
type BatchPolicy struct {
	Records int           // at most so many in one batch
	Age     time.Duration // and none waits longer, by the records' own times
}

// due returns the records for the next statement, in batch order, or nil when it is not time yet. Flush takes what there is.
func (p BatchPolicy) due(waiting []pending, now int64, flush bool) []pending {
	if len(waiting) == 0 {
		return nil
	}
	oldest := slices.MinFunc(waiting, func(a, b pending) int { return cmp.Compare(a.end, b.end) })
	if !flush && len(waiting) < p.Records && time.Duration(now-oldest.end)*time.Millisecond < p.Age {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(waiting), func(a, b pending) int {
		return cmp.Or(cmp.Compare(a.point, b.point), cmp.Compare(a.seq, b.seq))
	})
	return p.fit(sorted)
}

// fit cuts a batch to the policy's size. Of each point the lowest sequence numbers go first, and a point that is passed over
// comes into the batch after it: batches are made until none is due, and the oldest record decides that.
func (p BatchPolicy) fit(sorted []pending) []pending {
	if len(sorted) <= p.Records {
		return sorted
	}
	share := max(1, p.Records/len(slices.CompactFunc(slices.Clone(sorted), func(a, b pending) bool { return a.point == b.point })))
	var out []pending
	taken := map[string]int{}
	for _, r := range sorted {
		if len(out) < p.Records && taken[r.point] < share {
			taken[r.point]++
			out = append(out, r)
		}
	}
	return out
}

// stamp is what a statement says beside its records.
type stamp struct {
	device        cose.Kid
	binary        record.Hash
	configuration record.Hash
}

// statementOver returns the statement over a batch of leaves in batch order.
func (s stamp) statementOver(q statement.Sequence, seen *statement.Seen, records []*record.Record, leaves [][]byte) *statement.Statement {
	return &statement.Statement{
		Version: statement.Version, Device: s.device, Number: q.Next, Prev: q.Hash, Runs: statement.Runs(records),
		Root: proof.Root(leaves), Checkpoint: seen, Binary: s.binary, Configuration: s.configuration,
	}
}
