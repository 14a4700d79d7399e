package store_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
)

// TestReopen: everything is there again after the store was closed, and a second opening changes nothing.
func TestReopen(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	s, err := store.Open(t.Context(), dir, store.Options{})
	must(t, err)
	w.fill(s)
	w.check(s)
	must(t, s.Close())
	w.check(open(t, dir, store.Options{}))
}

// TestOpenRefuses: a folder that is not there, a file that is no database, and the database of a newer program.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	newer := t.TempDir()
	s, err := store.Open(t.Context(), newer, store.Options{})
	must(t, err)
	must(t, s.Close())
	_, err = raw(t, newer).Exec("PRAGMA user_version = 99")
	must(t, err)
	damaged := t.TempDir()
	write(t, filepath.Join(damaged, "gauger.db"), []byte(strings.Repeat("no database ", 1000)))
	for _, tt := range []struct{ name, dir, want string }{
		{"no folder", filepath.Join(newer, "missing"), "unable to open database file"},
		{"no database", damaged, "not a database"},
		{"newer program", newer, "its schema has version 99, this program knows 2: use a newer program"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := store.Open(t.Context(), tt.dir, store.Options{})
			if err == nil {
				must(t, s.Close())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.dir) {
				t.Errorf("error is %v, want it to name %s and say %q", err, tt.dir, tt.want)
			}
		})
	}
}

// TestStatements: a statement goes from stored to logged to receipted, and nothing of another one changes.
func TestStatements(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	s := open(t, t.TempDir(), store.Options{})
	for i, st := range w.statements {
		must(t, s.AddStatement(ctx, received(st), w.leaves[i]))
	}
	unfinished, err := s.Unfinished(ctx)
	must(t, err)
	var want []store.Statement
	for _, st := range w.statements {
		if !st.Refused {
			want = append(want, received(st))
		}
	}
	same(t, "unfinished, as they came", unfinished, want)
	last := w.statements[len(w.statements)-1]
	must(t, s.SetIndex(ctx, last.Device, last.Number, *last.Index))
	got, err := s.Statement(ctx, last.Device, last.Number)
	must(t, err)
	same(t, "index", got.Index, last.Index)
	must(t, s.SetReceipt(ctx, last.Device, last.Number, last.Receipt, last.Reply))
	got, err = s.Statement(ctx, last.Device, last.Number)
	must(t, err)
	same(t, "receipted", got, last)
	unfinished, err = s.Unfinished(ctx)
	must(t, err)
	same(t, "unfinished, less one", unfinished, want[:len(want)-1])
	for i, st := range w.statements {
		if err := s.AddStatement(ctx, received(st), w.leaves[i]); err == nil {
			t.Errorf("statement %d was stored twice", st.Number)
		}
	}
	counts, err := s.Counts(ctx)
	must(t, err)
	same(t, "counts", counts, store.Counts{Records: uint64(w.records()), Batches: uint64(len(want)), Statements: 1})
}

// TestLedger: the store knows the newest receipt, and how far the ledger was.
func TestLedger(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	s := open(t, t.TempDir(), store.Options{})
	knows := func(what string, receipt []byte, size uint64) {
		t.Helper()
		got, atLeast, err := s.Ledger(ctx)
		must(t, err)
		if !bytes.Equal(got, receipt) || atLeast != size {
			t.Errorf("%s: receipt %q, %d entries; want %q, %d", what, got, atLeast, receipt, size)
		}
	}
	knows("nothing stored", nil, 0)
	first, second := w.statements[0], w.statements[1]
	must(t, s.AddStatement(ctx, received(first), w.leaves[0]))
	must(t, s.AddStatement(ctx, received(second), w.leaves[1]))
	knows("nothing in the ledger", nil, 0)
	must(t, s.SetIndex(ctx, second.Device, second.Number, 6))
	must(t, s.SetReceipt(ctx, second.Device, second.Number, []byte("receipt of 6"), nil))
	must(t, s.SetIndex(ctx, first.Device, first.Number, 7))
	knows("a newer statement without receipt", []byte("receipt of 6"), 0)
	must(t, s.SetReceipt(ctx, first.Device, first.Number, []byte("receipt of 7"), nil))
	knows("with it", []byte("receipt of 7"), 0)
	var paper uint64 = 8
	must(t, s.AddPaper(ctx, "claim", []byte("a claim"), &paper))
	must(t, s.AddPaper(ctx, "movement", []byte("not for the ledger"), nil))
	must(t, s.AddRegistry(ctx, "did:web:one.example", 0, []byte("a registry"), 5))
	knows("papers", []byte("receipt of 7"), 9)
	entries := map[uint64]string{}
	next := uint64(6)
	must(t, s.LedgerEntries(ctx, next, func(index uint64, entry []byte) error {
		if index != next {
			t.Errorf("entry %d comes after %d", index, next-1)
		}
		entries[index], next = string(entry), index+1
		return nil
	}))
	want := map[uint64]string{6: string(second.Signed), 7: string(first.Signed), 8: "a claim"}
	same(t, "what is in the ledger from 6 on", entries, want)
}

func (w *world) records() (n int) {
	for _, leaves := range w.leaves {
		n += len(leaves)
	}
	return n
}

// TestSequence: the number after the last one stored, refused ones included, with the hash of its bytes.
func TestSequence(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	s := open(t, t.TempDir(), store.Options{})
	want := map[cose.Kid]statement.Sequence{}
	for i, st := range w.statements {
		got, err := s.Sequence(ctx, st.Device)
		must(t, err)
		same(t, "sequence", got, want[st.Device])
		must(t, s.AddStatement(ctx, received(st), w.leaves[i]))
		want[st.Device] = statement.Sequence{Next: st.Number + 1, Hash: statement.Hash(st.Signed)}
	}
}

// TestRanges: statements and batches by number, as a bundle takes them.
func TestRanges(t *testing.T) {
	t.Parallel()
	w, ctx, dir := newWorld(t), t.Context(), t.TempDir()
	s := open(t, dir, store.Options{})
	w.fill(s)
	one := w.of(bundletest.Lease)
	got, err := s.Statements(ctx, one[0].Device, 1, 2)
	must(t, err)
	same(t, "statements 1 to 2", got, one[1:3])
	batches, err := s.Batches(ctx, one[0].Device, 0, 2)
	must(t, err)
	for i, st := range one {
		same(t, "batch", batches[i], bundle.Batch{Statement: st.Signed, Receipt: st.Receipt})
	}
	if _, err := s.Batches(ctx, one[0].Device, 1, 3); err == nil || !strings.Contains(err.Error(), "statements 1 to 3 of device "+one[0].Device.String()+": the store holds 2") {
		t.Errorf("statements that do not exist: %v", err)
	}
	_, err = raw(t, dir).Exec("UPDATE statements SET receipt = NULL WHERE device = ? AND number = 2", one[0].Device[:])
	must(t, err)
	if _, err := s.Batches(ctx, one[0].Device, 0, 2); err == nil || !strings.Contains(err.Error(), "has no receipt yet") {
		t.Errorf("a statement without receipt: %v", err)
	}
	for i, st := range w.statements {
		parsed, _, err := statement.Parse(st.Signed)
		must(t, err)
		leaves, err := s.Batch(ctx, parsed)
		must(t, err)
		if !st.Refused {
			_, err = parsed.CheckLeaves(leaves)
			must(t, err)
			same(t, "leaves", len(leaves), len(w.leaves[i]))
		}
	}
}

// of returns the statements of the device that speaks for a point.
func (w *world) of(point string) (all []store.Statement) {
	device := w.leaf(point, 0).Record.Device
	for _, st := range w.statements {
		if st.Device == device {
			all = append(all, st)
		}
	}
	return all
}

func (w *world) leaf(point string, seq uint64) store.Leaf {
	for _, leaves := range w.leaves {
		for _, l := range leaves {
			if l.Record.Point == point && l.Record.Seq == seq {
				return l
			}
		}
	}
	w.t.Fatalf("the world has no %s seq %d", point, seq)
	return store.Leaf{}
}

// TestNotFound: what is not there is ErrNotFound, or empty where nothing is an answer.
func TestNotFound(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t, t.TempDir(), store.Options{})
	for name, ask := range map[string]func() error{
		"statement":     func() error { _, err := s.Statement(ctx, cose.Kid{}, 0); return err },
		"record":        func() error { _, err := s.Record(ctx, cose.Kid{}, "P", 0); return err },
		"last interval": func() error { _, err := s.LastInterval(ctx, "P", 1<<62); return err },
		"statement of":  func() error { _, err := s.StatementOf(ctx, cose.Kid{}, "P", 0); return err },
		"ticket":        func() error { _, err := s.Ticket(ctx, "T"); return err },
		"index":         func() error { return s.SetIndex(ctx, cose.Kid{}, 0, 0) },
		"receipt":       func() error { return s.SetReceipt(ctx, cose.Kid{}, 0, nil, nil) },
		"paper":         func() error { _, err := s.Paper(ctx, record.Hash{}); return err },
	} {
		if err := ask(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	chain, err := s.Chain(ctx, cose.Kid{}, "P")
	must(t, err)
	same(t, "chain", *chain == record.Chain{}, true)
	counts, err := s.Counts(ctx)
	must(t, err)
	same(t, "counts", counts, store.Counts{})
	gaps, err := s.Gaps(ctx)
	must(t, err)
	same(t, "gaps", gaps, []store.Gap{})
}

// TestPapers: registries, tickets and documents come back as they were signed, and the same one twice is one.
func TestPapers(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	s := open(t, t.TempDir(), store.Options{})
	w.fill(s)
	for _, step := range w.steps() {
		if !strings.Contains(step.name, "statement") {
			must(t, step.run(ctx, s))
		}
	}
	w.check(s)
	registries, err := s.Registries(ctx)
	must(t, err)
	for _, signed := range w.registries {
		if index(registries, signed) < 0 {
			t.Error("a registry is not there")
		}
	}
	for _, p := range w.papers {
		got, err := s.Paper(ctx, ticket.Hash(p.Signed))
		must(t, err)
		same(t, "paper", got, p)
	}
	newest, err := s.Ticket(ctx, "T-1")
	must(t, err)
	final, err := ticket.Decode(newest.Ticket)
	must(t, err)
	same(t, "version", final.Version, 2)
	all, err := s.Tickets(ctx)
	must(t, err)
	var versions []string
	for _, signed := range all {
		one, err := ticket.Decode(signed.Ticket)
		must(t, err)
		versions = append(versions, one.ID+" "+one.Status())
	}
	same(t, "tickets", versions, []string{"T-1 provisional", "T-1 final", "T-2 provisional", "T-3 provisional"})
	final.Batch = "another"
	if err := s.AddTicket(ctx, final, w.Countersign(final)); err == nil {
		t.Error("two tickets have one id and version")
	}
}

// TestLastInterval: the newest interval that ends at or before an instant, whatever events and devices came later.
func TestLastInterval(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	s := open(t, t.TempDir(), store.Options{})
	w.fill(s)
	end := w.leaf(bundletest.Lease, 2).Record.End
	for _, tt := range []struct {
		name string
		at   int64
		seq  uint64
	}{
		{"at its end", end, 2},
		{"a moment before", end - 1, 1},
		{"a moment after, past an event of the same instant", end + 1, 2},
		{"a minute later, past another event", end + bundletest.Minute, 4},
		{"at the end of time", 1 << 62, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := s.LastInterval(ctx, bundletest.Lease, tt.at)
			must(t, err)
			same(t, "seq", r.Seq, tt.seq)
		})
	}
	if r, err := s.LastInterval(ctx, bundletest.Lease, bundletest.Epoch); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v, %v before the first interval, want ErrNotFound", r, err)
	}
}

// TestConcurrency: everything may be called at once, and writers wait for each other.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := open(t, t.TempDir(), store.Options{})
	lanes := map[string][]step{}
	for _, step := range w.steps() {
		lane := step.name[strings.LastIndex(step.name, " ")+1:] // the device of a statement
		lanes[lane] = append(lanes[lane], step)
	}
	var writers, readers sync.WaitGroup
	for _, lane := range lanes {
		writers.Go(func() {
			for _, step := range lane {
				if err := step.run(t.Context(), s); err != nil {
					t.Errorf("%s: %v", step.name, err)
				}
			}
		})
	}
	done := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				if _, err := s.Counts(t.Context()); err != nil {
					t.Errorf("counts: %v", err)
				}
				if _, err := s.Unfinished(t.Context()); err != nil {
					t.Errorf("unfinished: %v", err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	counts, err := s.Counts(t.Context())
	must(t, err)
	same(t, "records", counts.Records, uint64(w.records()))
	same(t, "findings", w.fsck(s), nil)
}
