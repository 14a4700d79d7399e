package store_test

import (
	"bytes"
	"context"
	"crypto"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/ledger"
)

func kid(t testing.TB, key crypto.Signer) []byte {
	k := public(t, key).Kid()
	return k[:]
}

// world is the story of package bundletest as the cloud stores it: device one signs each record, the others their statements
// only. The third has made one larger batch.
type world struct {
	*bundletest.World
	t          testing.TB
	entries    [][]byte // of the ledger
	registries [][]byte
	statements []store.Statement // in the order stored
	leaves     [][]store.Leaf    // of each statement
	papers     []store.Paper
}

var cloudKey = bundletest.Ed25519(71)

// The measuring point of the larger batch, and its records.
const (
	bulk     = "BULK-1"
	bulkSize = 60
)

func public(t testing.TB, key crypto.Signer) cose.Key {
	t.Helper()
	k, err := cose.NewKey(key.Public())
	must(t, err)
	return k
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: bundletest.New(t).Story(), t: t}
	w.Producer.Registry.Entries = append(w.Producer.Registry.Entries, registry.Entry{
		Key: public(t, cloudKey).Bytes(), Role: registry.Cloud, Name: "cloud", From: bundletest.Epoch,
	})
	three := w.Device(bundletest.Ed25519(53), bulk)
	point := three.Point(bulk, bundletest.Metric())
	for i := range bulkSize - 1 {
		point.Interval(int64(1_000+i), 20_000_000, 300_000_000)
	}
	three.Batch()
	b := w.Bundle(bundle.Records)
	w.registries = b.Registries
	w.entries = append(append(w.entries, w.Entries...), b.Registries...)
	keys := map[cose.Kid]crypto.Signer{}
	for _, key := range []crypto.Signer{bundletest.Ed25519(51), bundletest.ES256(52), bundletest.Ed25519(53)} {
		keys[public(t, key).Kid()] = key
	}
	for _, in := range b.Batches {
		w.state(in, keys)
	}
	for _, d := range b.Documents {
		thing, err := cose.Thing(d)
		must(t, err)
		p := store.Paper{Position: uint64(len(w.papers) + 1), Thing: thing, Signed: d}
		if thing != ticket.ReportThing {
			p.Index = ptr(uint64(len(w.entries)))
			w.entries = append(w.entries, d)
		}
		w.papers = append(w.papers, p)
	}
	return w
}

// state makes of a batch what the store holds of it.
func (w *world) state(in bundle.Batch, keys map[cose.Kid]crypto.Signer) {
	w.t.Helper()
	s, _, err := statement.Parse(in.Statement)
	must(w.t, err)
	st := store.Statement{Device: s.Device, Number: s.Number, Signed: in.Statement, Refused: in.Receipt == nil, Receipt: in.Receipt}
	reply := wire.Reply{Device: s.Device, Statement: statement.Hash(in.Statement), Receipt: in.Receipt}
	if st.Refused {
		reply.Refusal = &wire.Refusal{Code: wire.BadRecord, Text: "not computed right"}
	} else {
		st.Index = ptr(uint64(index(w.Entries, in.Statement)))
	}
	st.Reply, err = wire.SignReply(cloudKey, reply)
	must(w.t, err)
	var leaves []store.Leaf
	for _, leaf := range in.Leaves {
		r, err := record.Decode(leaf)
		must(w.t, err)
		l := store.Leaf{Record: r, Leaf: leaf}
		if r.Point == bundletest.Lease || r.Point == bundletest.Spare {
			l.Signature, err = cose.SignDetached(keys[s.Device], record.Thing, leaf)
			must(w.t, err)
		}
		leaves = append(leaves, l)
	}
	w.statements, w.leaves = append(w.statements, st), append(w.leaves, leaves)
}

func index(entries [][]byte, entry []byte) int {
	for i, e := range entries {
		if bytes.Equal(e, entry) {
			return i
		}
	}
	return -1
}

// step is one thing that the cloud stores.
type step struct {
	name string
	run  func(context.Context, *store.Store) error
}

// steps returns all that is stored, in the order in which it comes.
func (w *world) steps() (all []step) {
	w.t.Helper()
	add := func(run func(context.Context, *store.Store) error, format string, args ...any) {
		all = append(all, step{fmt.Sprintf(format, args...), run})
	}
	for i, signed := range w.registries {
		r, err := registry.Open(signed, w.Trust().Organisation)
		must(w.t, err)
		add(func(ctx context.Context, s *store.Store) error {
			return s.AddRegistry(ctx, r.Organisation, r.Number, signed, uint64(len(w.Entries)+i))
		}, "registry of %s", r.Organisation)
	}
	for i, st := range w.statements {
		name := fmt.Sprintf("statement %d of %s", st.Number, st.Device)
		add(func(ctx context.Context, s *store.Store) error { return s.AddStatement(ctx, received(st), w.leaves[i]) }, "%s", name)
		if st.Refused {
			continue
		}
		add(func(ctx context.Context, s *store.Store) error {
			return s.SetIndex(ctx, st.Device, st.Number, *st.Index)
		}, "index of %s", name)
		add(func(ctx context.Context, s *store.Store) error {
			return s.SetReceipt(ctx, st.Device, st.Number, st.Receipt, st.Reply)
		}, "receipt of %s", name)
	}
	for _, p := range w.papers {
		add(func(ctx context.Context, s *store.Store) error { return s.AddPaper(ctx, p.Thing, p.Signed, p.Index) }, "paper %d", p.Position)
	}
	for i, signed := range w.Tickets {
		t, err := ticket.Decode(signed.Ticket)
		must(w.t, err)
		add(func(ctx context.Context, s *store.Store) error { return s.AddTicket(ctx, t, signed) }, "ticket %d", i)
	}
	return all
}

// fill stores everything.
func (w *world) fill(s *store.Store) {
	w.t.Helper()
	for _, step := range w.steps() {
		if err := step.run(w.t.Context(), s); err != nil {
			w.t.Fatalf("%s: %v", step.name, err)
		}
	}
}

// check compares everything that a full store holds with what was put in.
func (w *world) check(s *store.Store) {
	w.t.Helper()
	ctx := w.t.Context()
	for i, want := range w.statements {
		got, err := s.Statement(ctx, want.Device, want.Number)
		must(w.t, err)
		same(w.t, fmt.Sprintf("statement %d", i), got, want)
		for _, l := range w.leaves[i] {
			r, err := s.Record(ctx, want.Device, l.Record.Point, l.Record.Seq)
			must(w.t, err)
			same(w.t, "record", r, l.Record)
			n, err := s.StatementOf(ctx, want.Device, l.Record.Point, l.Record.Seq)
			must(w.t, err)
			same(w.t, "statement of "+l.Record.Place(), n, want.Number)
		}
	}
	papers, err := s.Papers(ctx)
	must(w.t, err)
	same(w.t, "papers", papers, w.papers)
	tickets, err := s.Tickets(ctx)
	must(w.t, err)
	same(w.t, "tickets", len(tickets), len(w.Tickets))
	same(w.t, "findings", w.fsck(s), nil)
}

// received is a statement as it is when it has just come.
func received(st store.Statement) store.Statement {
	st.Index, st.Receipt = nil, nil
	if !st.Refused {
		st.Reply = nil
	}
	return st
}

// entry is the ledger.
func (w *world) entry(_ context.Context, index uint64) ([]byte, error) {
	if index >= uint64(len(w.entries)) {
		return nil, fmt.Errorf("entry %d: %w", index, ledger.ErrNotFound)
	}
	return w.entries[index], nil
}

// fsck returns the findings in a store, as they are printed.
func (w *world) fsck(s *store.Store) []string {
	w.t.Helper()
	findings, err := s.Fsck(w.t.Context(), w.Trust(), w.entry)
	must(w.t, err)
	var all []string
	for _, f := range findings {
		all = append(all, f.String())
	}
	return all
}

// open opens the store in a directory until the test ends.
func open(t testing.TB, dir string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir, o)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// raw opens the database behind a store as somebody else would.
func raw(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "gauger.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

// dump returns everything in the tables, row by row.
func dump(db *sql.DB) (all []string, err error) {
	for _, table := range []string{"registries", "statements", "records", "tickets", "documents", "arrivals"} {
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			return nil, err
		}
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			all = append(all, fmt.Sprintf("%s %x", table, values))
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func ptr[T any](v T) *T { return &v }

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	must(t, os.WriteFile(path, b, 0o600))
}
