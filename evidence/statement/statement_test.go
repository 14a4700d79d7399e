package statement_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
)

var (
	edKey   = cosetest.Ed25519
	keyOf   = cosetest.Public
	refused = cosetest.Refused
)

const organisation = "did:web:producer.example"

func valid(t testing.TB) *statement.Statement {
	return &statement.Statement{
		Version: statement.Version, Device: keyOf(t, edKey(7)).Kid(), Number: 3, Prev: record.Hash{1},
		Runs: []statement.Run{{Point: "LACT-1", First: 5, Last: 7}, {Point: "LACT-2", First: 0, Last: 0}}, Root: record.Hash{2},
		Binary: record.Hash{3}, Configuration: record.Hash{4},
	}
}

func sign(t testing.TB, s *statement.Statement) []byte {
	t.Helper()
	signed, err := s.Sign(edKey(7), organisation)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestCheckOfAStatement(t *testing.T) {
	run := func(point string, first, last uint64) statement.Run {
		return statement.Run{Point: point, First: first, Last: last}
	}
	runs := func(r ...statement.Run) func(*statement.Statement) {
		return func(s *statement.Statement) { s.Runs = r }
	}
	many := make([]statement.Run, statement.MaxRuns+1)
	for i := range many {
		many[i] = run("P", uint64(2*i), uint64(2*i))
	}
	tests := []struct {
		name  string
		alter func(s *statement.Statement)
		want  string
	}{
		{"as it should be", func(*statement.Statement) {}, ""},
		{"with a checkpoint", func(s *statement.Statement) { s.Checkpoint = &statement.Seen{Size: 9} }, ""},
		{"version 2", func(s *statement.Statement) { s.Version = 2 }, "version is 2"},
		{"first with a link", func(s *statement.Statement) { s.Number = 0 }, "names one before it"},
		{"first", func(s *statement.Statement) { s.Number, s.Prev = 0, record.Hash{} }, ""},
		{"no runs", runs(), "0 runs"},
		{"as many runs as allowed", runs(many[:statement.MaxRuns]...), ""},
		{"too many runs", runs(many...), "1025 runs"},
		{"bad point", runs(run("LACT 1", 0, 0)), "blanks"},
		{"run backwards", runs(run("P", 1, 0)), "not 1 to 4096 records long"},
		{"longest run", runs(run("P", 1, 4096)), ""},
		{"run too long", runs(run("P", 1, 4097)), "not 1 to 4096 records long"},
		{"run over everything", runs(run("P", 0, math.MaxUint64)), "not 1 to 4096 records long"},
		{"too many records in all", runs(run("P", 1, 4096), run("Q", 0, 0)), "covers 4097 records"},
		{"points unsorted", runs(run("Q", 0, 0), run("P", 0, 0)), "out of order"},
		{"points sorted by bytes", runs(run("Z", 0, 0), run("a", 0, 0), run("Ä", 0, 0)), ""},
		{"runs of a point unsorted", runs(run("P", 5, 5), run("P", 0, 0)), "out of order"},
		{"runs overlap", runs(run("P", 0, 5), run("P", 5, 6)), "out of order, overlap"},
		{"runs that should be one", runs(run("P", 0, 5), run("P", 6, 6)), "should be one"},
		{"runs with a hole", runs(run("P", 0, 5), run("P", 7, 7)), ""},
		{"a run after the last number", runs(run("P", math.MaxUint64, math.MaxUint64), run("P", 1, 1)), "out of order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := valid(t)
			tt.alter(s)
			_, err := s.Sign(edKey(7), organisation)
			refused(t, err, tt.want)
			payload, err := cose.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := cose.Sign(edKey(7), statement.Thing, payload, &cose.Claims{Issuer: organisation, Subject: s.Device.String()})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = statement.Parse(signed)
			refused(t, err, tt.want)
		})
	}
}

func TestParseGivesBack(t *testing.T) {
	s := valid(t)
	s.Checkpoint = &statement.Seen{Size: 9, Root: record.Hash{5}}
	signed := sign(t, s)
	back, m, err := statement.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	if again := sign(t, back); !bytes.Equal(again, signed) {
		t.Errorf("%x came back as %x", signed, again)
	}
	if err := m.Verify(keyOf(t, edKey(7))); err != nil {
		t.Error(err)
	}
	if m.Header.Claims.Issuer != organisation || m.Header.Claims.Subject != s.Device.String() {
		t.Errorf("claims are %+v", m.Header.Claims)
	}
}

// The header must say of the statement what the statement says of itself.
func TestParseHoldsTheHeaderToTheStatement(t *testing.T) {
	s := valid(t)
	payload, err := cose.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		signer byte
		claims *cose.Claims
		want   string
	}{
		{"no claims", 7, nil, "claims must name"},
		{"no issuer", 7, &cose.Claims{Subject: s.Device.String()}, "claims must name"},
		{"another subject", 7, &cose.Claims{Issuer: organisation, Subject: organisation}, "claims must name"},
		{"another key", 8, &cose.Claims{Issuer: organisation, Subject: s.Device.String()}, "is signed by"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signed, err := cose.Sign(edKey(tt.signer), statement.Thing, payload, tt.claims)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = statement.Parse(signed)
			refused(t, err, tt.want)
		})
	}
	_, _, err = statement.Parse(make([]byte, statement.MaxSize+1))
	refused(t, err, "at most 65535")
	detached, err := cose.SignDetached(edKey(7), statement.Thing, payload)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = statement.Parse(detached)
	refused(t, err, "EOF")
}

func TestSizeIsBounded(t *testing.T) {
	s := valid(t)
	s.Runs = nil
	for i := range statement.MaxRuns {
		s.Runs = append(s.Runs, statement.Run{Point: strings.Repeat("p", 60) + string(rune('A'+i/32)) + string(rune('A'+i%32)), First: 1 << 60, Last: 1 << 60})
	}
	_, err := s.Sign(edKey(7), organisation)
	refused(t, err, "at most 65535 are allowed: batch fewer runs")
}

// batch returns records of two points in batch order, and their statement.
func batch(t testing.TB) (*statement.Statement, [][]byte) {
	t.Helper()
	s := valid(t)
	s.Runs = nil
	var leaves [][]byte
	var records []*record.Record
	for _, r := range []struct {
		point string
		seqs  []uint64
	}{{"LACT-1", []uint64{5, 6, 7, 9}}, {"LACT-2", []uint64{0}}} {
		for _, seq := range r.seqs {
			e := &record.Record{Version: record.Version, Device: s.Device, Point: r.point, Seq: seq, Event: &record.Event{Kind: record.Alarm}}
			leaf, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			records, leaves = append(records, e), append(leaves, leaf)
		}
	}
	s.Runs, s.Root = statement.Runs(records), proof.Root(leaves)
	return s, leaves
}

func TestCheckLeaves(t *testing.T) {
	other := func(t *testing.T, alter func(*record.Record)) []byte {
		e := &record.Record{Version: record.Version, Device: keyOf(t, edKey(7)).Kid(), Point: "LACT-1", Seq: 6, Event: &record.Event{Kind: record.Alarm}}
		alter(e)
		leaf, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return leaf
	}
	tests := []struct {
		name   string
		alter  func(t *testing.T, s *statement.Statement, leaves [][]byte) [][]byte
		reroot bool // the device states the root of what came of it
		want   string
	}{
		{"true", func(_ *testing.T, _ *statement.Statement, l [][]byte) [][]byte { return l }, false, ""},
		{"one missing", func(_ *testing.T, _ *statement.Statement, l [][]byte) [][]byte { return l[1:] }, false, "covers 5 records, the batch holds 4"},
		{"one too many", func(_ *testing.T, _ *statement.Statement, l [][]byte) [][]byte { return append(l, l[0]) }, false, "the batch holds 6"},
		{"one altered", func(t *testing.T, _ *statement.Statement, l [][]byte) [][]byte {
			l[1] = other(t, func(r *record.Record) { r.Salt[0] = 1 })
			return l
		}, false, "leaves hash to root"},
		{"two in each other's place", func(_ *testing.T, _ *statement.Statement, l [][]byte) [][]byte {
			l[0], l[1] = l[1], l[0]
			return l
		}, true, "leaf 0 is LACT-1 seq 6"},
		{"record of another point", func(t *testing.T, _ *statement.Statement, l [][]byte) [][]byte {
			l[1] = other(t, func(r *record.Record) { r.Point = "LACT-3" })
			return l
		}, true, "expected LACT-1 seq 6"},
		{"record of another device", func(t *testing.T, _ *statement.Statement, l [][]byte) [][]byte {
			l[1] = other(t, func(r *record.Record) { r.Device[0] ^= 1 })
			return l
		}, true, "of device"},
		{"leaf that is no record", func(_ *testing.T, _ *statement.Statement, l [][]byte) [][]byte {
			l[1] = []byte("leaf")
			return l
		}, true, "LACT-1 seq 6: record"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, leaves := batch(t)
			leaves = tt.alter(t, s, leaves)
			if tt.reroot {
				s.Root = proof.Root(leaves)
			}
			records, err := s.CheckLeaves(leaves)
			refused(t, err, tt.want)
			if err == nil && len(records) != len(leaves) {
				t.Errorf("%d records of %d leaves", len(records), len(leaves))
			}
		})
	}
}

func TestIndexAndRuns(t *testing.T) {
	s, leaves := batch(t)
	if want := []statement.Run{{"LACT-1", 5, 7}, {"LACT-1", 9, 9}, {"LACT-2", 0, 0}}; len(s.Runs) != 3 || s.Runs[0] != want[0] || s.Runs[1] != want[1] || s.Runs[2] != want[2] {
		t.Errorf("runs are %v, want %v", s.Runs, want)
	}
	if s.Records() != len(leaves) {
		t.Errorf("%d records, want %d", s.Records(), len(leaves))
	}
	for _, tt := range []struct {
		point string
		seq   uint64
		want  int // -1: not covered
	}{
		{"LACT-1", 4, -1}, {"LACT-1", 5, 0}, {"LACT-1", 7, 2}, {"LACT-1", 8, -1}, {"LACT-1", 9, 3}, {"LACT-1", 10, -1}, {"LACT-2", 0, 4},
		{"LACT-2", 1, -1}, {"LACT-3", 5, -1},
	} {
		i, ok := s.Index(tt.point, tt.seq)
		if ok != (tt.want >= 0) || ok && i != tt.want {
			t.Errorf("%s seq %d is at %d (%v), want %d", tt.point, tt.seq, i, ok, tt.want)
		}
	}
}

func TestSequence(t *testing.T) {
	first := valid(t)
	first.Number, first.Prev = 0, record.Hash{}
	signed := sign(t, first)
	second := valid(t)
	second.Number, second.Prev = 1, statement.Hash(signed)
	tests := []struct {
		name  string
		alter func(s *statement.Statement)
		want  string
	}{
		{"next", func(*statement.Statement) {}, ""},
		{"left out", func(s *statement.Statement) { s.Number = 2 }, "number 1 is next"},
		{"again", func(s *statement.Statement) { s.Number, s.Prev = 0, record.Hash{} }, "number 1 is next"},
		{"another before it", func(s *statement.Statement) { s.Prev[0] ^= 1 }, "not the hash of statement 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var q statement.Sequence
			if err := q.Append(first, signed); err != nil {
				t.Fatal(err)
			}
			s := *second
			tt.alter(&s)
			before := q
			err := q.Append(&s, sign(t, &s))
			refused(t, err, tt.want)
			if err != nil && q != before {
				t.Errorf("the sequence moved to %+v", q)
			}
			if err == nil && (q.Next != 2 || q.Hash != statement.Hash(sign(t, &s))) {
				t.Errorf("the sequence stands at %+v", q)
			}
		})
	}
}

// Runs and Index are each other's inverse, whatever the records.
func TestRunsCoverTheirRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []*record.Record
		for _, point := range []string{"A", "B", "C"} {
			seq := uint64(0)
			for range rapid.IntRange(0, 9).Draw(t, "records") {
				seq += rapid.Uint64Range(1, 3).Draw(t, "step")
				records = append(records, &record.Record{Point: point, Seq: seq})
			}
		}
		s := statement.Statement{Runs: statement.Runs(records)}
		if s.Records() != len(records) {
			t.Fatalf("%d records, want %d", s.Records(), len(records))
		}
		for want, r := range records {
			if i, ok := s.Index(r.Point, r.Seq); !ok || i != want {
				t.Fatalf("%s is at %d (%v), want %d", r.Place(), i, ok, want)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	s := valid(f)
	f.Add(sign(f, s))
	s.Checkpoint = &statement.Seen{Size: 9, Root: record.Hash{5}}
	f.Add(sign(f, s))
	f.Fuzz(func(t *testing.T, signed []byte) {
		s, m, err := statement.Parse(signed)
		if err != nil {
			return
		}
		if payload, err := cose.Marshal(s); err != nil || !bytes.Equal(payload, m.Payload) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", m.Payload, payload, err)
		}
		for _, r := range s.Runs {
			if _, ok := s.Index(r.Point, r.Last); !ok {
				t.Errorf("%s seq %d is not covered", r.Point, r.Last)
			}
		}
	})
}
