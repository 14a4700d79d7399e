package audit_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestRelevant: the papers and tickets of an entry alone decide it to the byte; those of other oil are left out.
func TestRelevant(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newWorld(t, audittest.Options{Late: late})
		c, err := w.Case(w.Papers())
		must(t, err)
		papers, tickets, err := c.Relevant(w.Number.String())
		must(t, err)
		same(t, "decision on the relevant papers", encode(t, w.decision(papers)), encode(t, w.decision(w.Papers())))
		var left []string
		for _, a := range w.Acts {
			if a.Path == "/v1/documents" && !slices.ContainsFunc(papers, func(b []byte) bool { return slices.Equal(b, a.Body) }) {
				left = append(left, a.Name)
			}
		}
		slices.Sort(left)
		same(t, "left out", left, []string{
			"allowance-B-2", "blend-T-2", "declare-T-2", "injection-B-2", "installation-LACT-2", "receipt-B", "source-other",
		})
		var cited []string
		for _, s := range w.Tickets {
			if slices.Contains(tickets, ticket.Hash(s.Ticket)) {
				one, err := ticket.Decode(s.Ticket)
				must(t, err)
				cited = append(cited, one.ID+" "+one.Status())
			}
		}
		slices.Sort(cited)
		same(t, "tickets", cited, []string{"TK-A provisional", "TK-BOR-1 final", "TK-BOR-1 provisional", "TK-INJ-1 provisional"})
		again, _, err := c.Relevant(w.Number.String())
		must(t, err)
		same(t, "another run", again, papers)
	}
}

// TestNothingRelevantIsSpare: without any one of the papers the entry is not decided, or not decided so.
func TestNothingRelevantIsSpare(t *testing.T) {
	t.Parallel()
	records, paper, lot := newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{})
	paper.crossOnPaper()
	lot.crossAsStated()
	for _, tt := range []struct {
		w world
		// What the entry does not hang on, but its reader wants to see: who had custody, who took note, what the laboratory wrote;
		// how good a meter is that no other of the batch is held against, and what else left the tank.
		spare []string
	}{
		{records, []string{"noted-B-1", "handover-B-1", "report"}}, {paper, []string{"noted-B-1", "handover-B-1"}}, {lot, []string{"installation-INJ-1", "installation-LACT-2", "injection-B-2"}},
	} {
		w := tt.w
		want := encode(t, w.decision(w.Papers()))
		c, err := w.Case(w.Papers())
		must(t, err)
		papers, _, err := c.Relevant(w.Number.String())
		must(t, err)
		for i, p := range papers {
			at := slices.IndexFunc(w.Acts, func(a audittest.Act) bool { return slices.Equal(a.Body, p) })
			name := w.Acts[at].Name
			d, err := w.decide(slices.Delete(slices.Clone(papers), i, i+1))
			if unchanged := err == nil && encode(t, d) == want; unchanged != slices.Contains(tt.spare, name) {
				t.Errorf("without %s the decision is unchanged: %t (%v)", name, unchanged, err)
			}
		}
	}
}

// TestRelevantUnknown: there is nothing behind an entry that nobody made, or of a batch that is nowhere.
func TestRelevantUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.claiming(func(c *audit.Claim) { c.Batch = "B-9" }))
	must(t, err)
	if _, _, err := c.Relevant("ZZ9-0312242-4"); !errors.Is(err, audit.ErrNoClaim) {
		t.Errorf("an entry that nobody made: %v", err)
	}
	_, _, err = c.Relevant(w.Number.String())
	says(t, err, "B-9 is not in any line")
}

// TestBatches: at depth tickets a bundle carries the records that its tickets cite, with their proofs, and every statement between,
// refused ones too; at depth records it carries all records of those statements.
func TestBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for _, tt := range []struct {
		depth         bundle.Depth
		leaves, picks int
	}{
		// LACT-1 1 and 3; INJ-1 5, 7; BORDER-1 10, 12.
		{bundle.Tickets, 0, 6},
		// LACT-1 0 to 3 and LACT-2 0 to 3; INJ-1 0 to 7, INJ-1 8, 9 and BORDER-1 0 to 12.
		{bundle.Records, 31, 0},
	} {
		b := w.Bundle(tt.depth)
		var leaves, picks int
		var numbers []uint64
		for _, in := range b.Batches {
			s, _, err := statement.Parse(in.Statement)
			must(t, err)
			numbers = append(numbers, s.Number)
			leaves, picks = leaves+len(in.Leaves), picks+len(in.Picks)
			if refused := in.Receipt == nil; refused && len(in.Leaves)+len(in.Picks) > 0 {
				t.Errorf("statement %d was refused and carries records", s.Number)
			}
		}
		same(t, string(tt.depth)+": leaves", leaves, tt.leaves)
		same(t, string(tt.depth)+": picks", picks, tt.picks)
		slices.Sort(numbers)
		same(t, string(tt.depth)+": statements", numbers, []uint64{0, 0, 1, 2}) // the line's last, number 3, is after the crossing
	}
}

// incomplete is a library that lacks something.
type incomplete struct {
	*audittest.World
	alter func([][]byte) [][]byte
}

func (i incomplete) Batch(ctx context.Context, s *statement.Statement) ([][]byte, error) {
	leaves, err := i.World.Batch(ctx, s)
	return i.alter(leaves), err
}

// TestBatchesRefuse: a library that does not hold what its statements say is no ground for a bundle.
func TestBatchesRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	one, err := ticket.Decode(w.Tickets[0].Ticket)
	must(t, err)
	for _, tt := range []struct {
		name  string
		alter func([][]byte) [][]byte
	}{
		{"a record is missing", func(l [][]byte) [][]byte { return l[1:] }},
		{"a record is altered", func(l [][]byte) [][]byte {
			l = slices.Clone(l)
			l[0] = slices.Clone(l[0])
			l[0][40] ^= 1
			return l
		}},
	} {
		_, err := audit.Batches(t.Context(), incomplete{w.World, tt.alter}, []*ticket.Ticket{one}, bundle.Tickets)
		says(t, err, "statement 0")
	}
	missing := *one
	missing.Last = 99
	_, err = audit.Batches(t.Context(), w, []*ticket.Ticket{&missing}, bundle.Tickets)
	says(t, err, "ticket TK-A: statement over LACT-1 seq 99")
	first := *one
	first.First = 0 // from the very beginning: it opens with no record, and the first is its own
	batches, err := audit.Batches(t.Context(), w, []*ticket.Ticket{&first}, bundle.Tickets)
	must(t, err)
	same(t, "picks", len(batches[0].Picks), 2)
	none, err := audit.Batches(t.Context(), w, nil, bundle.Records)
	must(t, err)
	same(t, "batches of no ticket", len(none), 0)
}

// TestRelevantAfterClose: where the line was closed before a correction behind the entry, its close belongs to the entry if all that it
// counts does; if it counts batches of others, whose papers are left out, the bundle would not say what the books do, and is refused.
func TestRelevantAfterClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	void := func() []byte {
		e, err := custody.Open(w.Act("receipt-D").Body, w.Keys())
		must(t, err)
		e.Receipt.Stated.Density = 700 * quantity.PerUnit
		return w.stated(50*days, custody.Event{ID: "void-1", By: audittest.Terminal, Void: &custody.Void{Of: "receipt-D", Replacement: &e}})
	}
	for _, alone := range []bool{true, false} {
		papers := w.Papers()
		if alone {
			for _, id := range []string{"injection-B-2", "allowance-B-2"} {
				papers = slices.DeleteFunc(papers, func(b []byte) bool { return slices.Equal(b, w.Act(id).Body) })
			}
		}
		c, err := w.Case(papers)
		must(t, err)
		closing, err := c.Books.Closing("LINE", "2026-02", 1772348400000)
		must(t, err)
		closed := w.stated(40*days, custody.Event{ID: "close-1", By: w.Carrier.DID, Close: &closing})
		c, err = w.Case(append(papers, closed, void()))
		must(t, err)
		if v := c.Books.Voids(); len(v) != 1 || !v[0].Adjusted {
			t.Fatalf("voids are %+v", v)
		}
		some, _, err := c.Relevant(w.Number.String())
		if !alone {
			says(t, err, "after the close of a line that held batches of others")
			continue
		}
		must(t, err)
		if !slices.ContainsFunc(some, func(b []byte) bool { return slices.Equal(b, closed) }) {
			t.Error("the close of the line is left out")
		}
	}
}
