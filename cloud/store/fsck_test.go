package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
)

// alteration is something done to a store behind its back, and what Fsck must say of it.
type alteration struct {
	name string
	do   func(a *altering)
	want string // how a finding begins; %lease and %truck stand for the devices
	what string // and what it says
}

// altering is a full store, open to everyone.
type altering struct {
	t  *testing.T
	db *sql.DB
	w  *world
}

// exec runs a statement that changes exactly one row.
func (a *altering) exec(query string, args ...any) {
	a.t.Helper()
	result, err := a.db.Exec(query, args...)
	must(a.t, err)
	n, err := result.RowsAffected()
	must(a.t, err)
	if n != 1 {
		a.t.Fatalf("%s changes %d rows", query, n)
	}
}

// flip changes the last bit of the byte at a place, from the end if negative, in a blob of one row.
func (a *altering) flip(column, table, where string, place int) {
	a.t.Helper()
	var b []byte
	must(a.t, a.db.QueryRow("SELECT "+column+" FROM "+table+" WHERE "+where).Scan(&b))
	if place < 0 {
		place += len(b)
	}
	b[place] ^= 1
	a.exec("UPDATE "+table+" SET "+column+" = ? WHERE "+where, b)
}

// salt flips a bit in the salt of a record: nothing but hashes and signatures can show it.
func (a *altering) salt(point string, seq int) {
	a.t.Helper()
	leaf := a.w.leaf(point, uint64(seq))
	at := strings.Index(string(leaf.Leaf), string(leaf.Record.Salt[:]))
	a.flip("leaf", "records", fmt.Sprintf("point = '%s' AND seq = %d", point, seq), at)
}

// of is the condition for a statement of the device that speaks for a point.
func (a *altering) of(point string, number int) string {
	return fmt.Sprintf("device = x'%s' AND number = %d", a.w.leaf(point, 0).Record.Device, number)
}

const (
	lease = bundletest.Lease
	truck = bundletest.Truck
)

var alterations = []alteration{
	{"a signed record", func(a *altering) { a.salt(lease, 4) }, "LACT-1 seq 4", "signature"},
	{"a record that its statement alone signs", func(a *altering) { a.salt(truck, 0) }, "TRUCK-7 seq 1", "the record before hashes to"},
	{"the last record of a statement", func(a *altering) { a.salt(truck, 1) }, "statement 0 of device %truck, TRUCK-7 seq 1", "do not hash to its root"},
	{"the last record of a point", func(a *altering) { a.salt(truck, 2) }, "statement 1 of device %truck, TRUCK-7 seq 2", "do not hash to its root"},
	{"the kind of a record", func(a *altering) { a.flip("leaf", "records", "point = 'TRUCK-7' AND seq = 1", 2) }, "TRUCK-7 seq 1", "version"},
	{"the form of a record", func(a *altering) { a.flip("leaf", "records", "point = 'TRUCK-7' AND seq = 1", 0) }, "TRUCK-7 seq 1", "record"},
	{"a volume", func(a *altering) {
		r := *a.w.leaf(truck, 1).Record
		interval := *r.Interval
		interval.GSV++
		r.Interval = &interval
		leaf, err := r.Encode()
		must(a.t, err)
		a.exec("UPDATE records SET leaf = ? WHERE point = 'TRUCK-7' AND seq = 1", leaf)
	}, "TRUCK-7 seq 1", "GSV"},
	{"a signature", func(a *altering) { a.flip("signature", "records", "point = 'LACT-1' AND seq = 3", -1) }, "LACT-1 seq 3", "signature"},
	{"no signature", func(a *altering) { a.exec("UPDATE records SET signature = NULL WHERE point = 'LACT-2' AND seq = 0") }, "LACT-2 seq 0", "has no signature"},
	{"a deleted record", func(a *altering) { a.exec("DELETE FROM records WHERE point = 'LACT-1' AND seq = 5") }, "LACT-1 seq 5", "not in the store"},
	{"the deleted last record", func(a *altering) { a.exec("DELETE FROM records WHERE point = 'TRUCK-7' AND seq = 2") }, "TRUCK-7 seq 2", "not in the store"},
	{"an inserted record", func(a *altering) {
		a.exec("INSERT INTO records SELECT device, point, 99, number, ends, interval, leaf, signature FROM records WHERE point = 'LACT-1' AND seq = 6")
	}, "LACT-1 seq 99", "no accepted statement covers"},
	{"a record under another point", func(a *altering) { a.exec("UPDATE records SET point = 'LACT-3' WHERE point = 'LACT-1' AND seq = 1") }, "LACT-3 seq 1", "no accepted"},
	{"the end in a row", func(a *altering) { a.exec("UPDATE records SET ends = ends + 1 WHERE point = 'LACT-1' AND seq = 2") }, "LACT-1 seq 2", "its row says"},
	{"the kind in a row", func(a *altering) { a.exec("UPDATE records SET interval = 0 WHERE point = 'LACT-1' AND seq = 2") }, "LACT-1 seq 2", "its row says"},
	{"the statement in a row", func(a *altering) { a.exec("UPDATE records SET number = 1 WHERE point = 'LACT-1' AND seq = 2") }, "LACT-1 seq 2", "its row says"},

	{"a statement", func(a *altering) { a.flip("signed", "statements", a.of(lease, 2), 200) }, "statement 2 of device %lease", ""},
	{"a statement's signature", func(a *altering) { a.flip("signed", "statements", a.of(lease, 2), -1) }, "statement 2 of device %lease", "signature"},
	{"a statement's number", func(a *altering) { a.exec("UPDATE statements SET number = 7 WHERE " + a.of(lease, 2)) }, "statement 7 of device %lease", "statement 2"},
	{"a statement's device", func(a *altering) {
		a.exec("UPDATE statements SET device = ?, number = 3 WHERE "+a.of(truck, 1), a.w.leaf(lease, 0).Record.Device[:])
	}, "statement 3 of device %lease", "signed by key"},
	{"a statement's hash", func(a *altering) { a.flip("hash", "statements", a.of(lease, 1), 0) }, "statement 1 of device %lease", "hash"},
	{"a deleted statement", func(a *altering) { a.exec("DELETE FROM statements WHERE " + a.of(lease, 0)) }, "statement 1 of device %lease", "number 0 is next"},
	{"the deleted last statement", func(a *altering) { a.exec("DELETE FROM statements WHERE " + a.of(lease, 2)) }, "LACT-1 seq 3", "no accepted statement covers"},
	{"an accepted statement called refused", func(a *altering) { a.exec("UPDATE statements SET refused = 1 WHERE " + a.of(truck, 1)) }, "TRUCK-7 seq 2", "no accepted"},
	{"a refused statement called accepted", func(a *altering) { a.exec("UPDATE statements SET refused = 0 WHERE " + a.of(lease, 1)) }, "statement 1 of device %lease, its reply", "something else"},
	{"a receipt", func(a *altering) { a.flip("receipt", "statements", a.of(lease, 0), 100) }, "statement 0 of device %lease, its receipt", ""},
	{"no receipt", func(a *altering) { a.exec("UPDATE statements SET receipt = NULL WHERE " + a.of(lease, 0)) }, "statement 0 of device %lease, its reply", "something else"},
	{"a reply", func(a *altering) { a.flip("reply", "statements", a.of(lease, 0), -1) }, "statement 0 of device %lease, its reply", "signature"},
	{"a reply's key", func(a *altering) {
		a.flip("reply", "statements", a.of(lease, 0), strings.Index(string(a.w.of(lease)[0].Reply), string(kid(a.t, cloudKey))))
	}, "statement 0 of device %lease, its reply", "in no registry"},
	{"another reply", func(a *altering) {
		a.exec("UPDATE statements SET reply = (SELECT reply FROM statements WHERE " + a.of(lease, 0) + ") WHERE " + a.of(lease, 2))
	}, "statement 2 of device %lease, its reply", "something else"},
	{"no reply", func(a *altering) { a.exec("UPDATE statements SET reply = NULL WHERE " + a.of(lease, 1)) }, "statement 1 of device %lease, its reply", "missing"},
	{"a log index", func(a *altering) { a.exec("UPDATE statements SET log_index = log_index + 1 WHERE " + a.of(lease, 0)) }, "statement 0 of device %lease", "something else"},
	{"a log index beyond the log", func(a *altering) { a.exec("UPDATE statements SET log_index = 1000 WHERE " + a.of(lease, 0)) }, "statement 0 of device %lease", "no entry at this index"},
	{"no log index", func(a *altering) { a.exec("UPDATE statements SET log_index = NULL WHERE " + a.of(lease, 0)) }, "statement 0 of device %lease", "no place in the ledger"},

	{"a registry", func(a *altering) { a.flip("signed", "registries", "organisation LIKE '%lab%'", -1) }, "registry 0 of did:web:lab.example", "signature"},
	{"a registry's number", func(a *altering) { a.exec("UPDATE registries SET number = 3 WHERE organisation LIKE '%lab%'") }, "registry 3 of did:web:lab.example", "number 0"},
	{"a registry's log index", func(a *altering) { a.exec("UPDATE registries SET log_index = 0 WHERE organisation LIKE '%lab%'") }, "registry 0 of did:web:lab.example", "something else"},
	{"a deleted registry", func(a *altering) { a.exec("DELETE FROM registries WHERE organisation LIKE '%producer%'") }, "device %lease", "in no registry"},
	{"a ticket", func(a *altering) { a.flip("signed", "tickets", "id = 'T-2'", 100) }, "ticket T-2 version 1", ""},
	{"a ticket's signature", func(a *altering) { a.flip("signed", "tickets", "id = 'T-1' AND version = 2", -1) }, "ticket T-1 version 2", "signature"},
	{"a ticket's form", func(a *altering) { a.flip("signed", "tickets", "id = 'T-3'", 0) }, "ticket T-3 version 1", ""},
	{"a ticket's version", func(a *altering) { a.exec("UPDATE tickets SET version = 3 WHERE id = 'T-1' AND version = 2") }, "ticket T-1 version 3", "version 2 of ticket T-1"},
	{"a ticket's hash", func(a *altering) { a.flip("hash", "tickets", "id = 'T-3'", 0) }, "ticket T-3 version 1", ""},
	{"a laboratory report", func(a *altering) { a.flip("signed", "documents", "thing = 'report'", -1) }, "document 1", ""},
	{"a deleted laboratory report", func(a *altering) { a.exec("DELETE FROM documents WHERE thing = 'report'") }, "ticket T-1 version 2", "laboratory report is not in the store"},
	{"a document", func(a *altering) { a.flip("signed", "documents", "position = 2", -1) }, "document 2", ""},
	{"a document's kind", func(a *altering) { a.exec("UPDATE documents SET thing = 'claim' WHERE position = 2") }, "document 2", "typ is"},
	{"a document's hash", func(a *altering) { a.flip("hash", "documents", "position = 2", 0) }, "document 2", "not in the store"},
	{"a document's log index", func(a *altering) { a.exec("UPDATE documents SET log_index = 0 WHERE position = 2") }, "document 2", "something else"},

	{"an arrival's hash", func(a *altering) { a.flip("hash", "arrivals", "position = 3", 0) }, "arrival 3", "does not follow the one before it"},
	{"an arrival's chain", func(a *altering) { a.flip("chain", "arrivals", "position = 3", 0) }, "arrival 3", "does not follow"},
	{"the last arrival's chain", func(a *altering) {
		a.exec("UPDATE arrivals SET chain = zeroblob(32) WHERE position = (SELECT max(position) FROM arrivals)")
	}, "arrival ", "does not follow"},
	{"a short chain", func(a *altering) { a.exec("UPDATE arrivals SET chain = x'00' WHERE position = 3") }, "arrival 3", "is damaged"},
	{"an arrival of another kind", func(a *altering) { a.exec("UPDATE arrivals SET kind = 'tickets' WHERE position = 3") }, "arrival 3", "not among the tickets"},
	{"a deleted arrival", func(a *altering) { a.exec("DELETE FROM arrivals WHERE position = 3") }, "arrivals", "1 of the registries never arrived"},
	{"the deleted last arrival", func(a *altering) {
		a.exec("DELETE FROM arrivals WHERE position = (SELECT max(position) FROM arrivals)")
	}, "arrivals", "1 of the tickets never arrived"},
	{"a deleted paper", func(a *altering) { a.exec("DELETE FROM documents WHERE position = 2") }, "arrival ", "what arrived is not among the documents"},
}

// TestFsck: whatever is altered is found, and named by measuring point and sequence number where it is a record.
func TestFsck(t *testing.T) {
	t.Parallel()
	w, full := newWorld(t), t.TempDir()
	s := open(t, full, store.Options{})
	w.fill(s)
	same(t, "findings in a store that nobody touched", w.fsck(s), nil)
	must(t, s.Close())
	file := read(t, filepath.Join(full, "gauger.db"))
	devices := strings.NewReplacer("%lease", w.leaf(lease, 0).Record.Device.String(), "%truck", w.leaf(truck, 0).Record.Device.String())
	for _, tt := range alterations {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "gauger.db"), file)
			tt.do(&altering{t, raw(t, dir), w})
			findings, err := open(t, dir, store.Options{}).Fsck(t.Context(), w.Trust(), w.entry)
			must(t, err)
			want := devices.Replace(tt.want)
			if !slices.ContainsFunc(findings, func(f store.Finding) bool {
				return strings.HasPrefix(f.Where, want) && strings.Contains(f.What, tt.what)
			}) {
				t.Errorf("findings are\n%v\nnone is of %s and says %q", findings, want, tt.what)
			}
			if len(findings) > 12 {
				t.Errorf("%d findings for one alteration:\n%v", len(findings), findings)
			}
		})
	}
}

// TestFsckLedger: a ledger that lost an entry or does not answer is found at every statement it held.
func TestFsckLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := open(t, t.TempDir(), store.Options{})
	w.fill(s)
	findings, err := s.Fsck(t.Context(), w.Trust(), func(context.Context, uint64) ([]byte, error) { return nil, errors.New("gone") })
	must(t, err)
	same(t, "findings", len(findings), len(w.entries))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Fsck(ctx, w.Trust(), w.entry); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was cancelled: %v", err)
	}
	strangers := bundletest.New(t)
	strangers.Producer.Key = bundletest.Ed25519(99)
	findings, err = s.Fsck(t.Context(), strangers.Trust(), w.entry)
	must(t, err)
	if len(findings) == 0 || findings[0].Where != "registry 0 of did:web:producer.example" {
		t.Errorf("findings on another trust file are %v", findings)
	}
}

// TestFsckIsBounded: a store that is wrong all over is told of a thousand times, not more.
func TestFsckIsBounded(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	s := open(t, dir, store.Options{})
	w.fill(s)
	_, err := raw(t, dir).Exec(`WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
		INSERT INTO records SELECT device, point, i, number, ends, interval, leaf, signature FROM records, n WHERE point = 'LACT-1' AND seq = 6`)
	must(t, err)
	same(t, "findings", len(w.fsck(s)), 1000)
}

// TestFsckBehindAHole: the walk does not end where many statements are missing.
func TestFsckBehindAHole(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	s := open(t, dir, store.Options{})
	w.fill(s)
	a := altering{t, raw(t, dir), w}
	a.exec("UPDATE statements SET number = 1000 WHERE " + a.of(truck, 0))
	a.exec("UPDATE statements SET number = 1001 WHERE " + a.of(truck, 1))
	if all := strings.Join(w.fsck(s), "\n"); !strings.Contains(all, "statement 1000 of") || !strings.Contains(all, "statement 1001 of") {
		t.Errorf("findings are\n%s", all)
	}
}

// TestDamagedPages: wherever a byte of the database file is changed, Fsck finds it, or cannot even open or read the file, or the
// byte was in nobody's use.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	w, full := newWorld(t), t.TempDir()
	s := open(t, full, store.Options{})
	w.fill(s)
	must(t, s.Close())
	file := read(t, filepath.Join(full, "gauger.db"))
	intact, err := dump(raw(t, full))
	must(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range flips {
		place, bit := random.IntN(len(file)), byte(1)<<random.IntN(8)
		dir := t.TempDir()
		damaged := slices.Clone(file)
		damaged[place] ^= bit
		write(t, filepath.Join(dir, "gauger.db"), damaged)
		findings, err := w.look(dir)
		if err != nil || len(findings) > 0 {
			found++
			continue
		}
		after, err := dump(raw(t, dir))
		must(t, err)
		same(t, fmt.Sprintf("nothing is found, but with bit %#x of byte %d changed the store", bit, place), after, intact)
	}
	if found < flips/2 {
		t.Errorf("%d of %d changes were found: this test changes the wrong bytes", found, flips)
	}
}

// look opens a store and runs Fsck on it.
func (w *world) look(dir string) (findings []store.Finding, err error) {
	s, err := store.Open(w.t.Context(), dir, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Fsck(w.t.Context(), w.Trust(), w.entry)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}
