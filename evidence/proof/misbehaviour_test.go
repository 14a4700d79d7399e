package proof_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/gauger/gauger/evidence/proof"
)

// hashesOf returns the roots of the perfect trees of leaves from one to another.
func hashesOf(t testing.TB, leaves [][]byte, from, to int) (hashes [][32]byte) {
	t.Helper()
	r := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(uint64(from))
	for _, l := range leaves[from:to] {
		h := proof.LeafHash(l)
		if err := r.Append(h[:], nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range r.Hashes() {
		hashes = append(hashes, [32]byte(h))
	}
	return hashes
}

func signedTree(t testing.TB, leaves [][]byte, seed byte) proof.SignedCheckpoint {
	t.Helper()
	s, err := proof.ParseCheckpoint(signTree(t, origin, leaves, logSigner(t, origin, seed)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMisbehaviour: two stories of a log are proved by two checkpoints, of any sizes; one story is not.
func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	honest := make([][]byte, 20)
	for i := range honest {
		honest[i] = fmt.Appendf(nil, "entry %d", i)
	}
	tr := trust(t, "log %s\nlog %s\nquorum none\n", vkey(origin, 1), vkey("log.example/other", 2))
	for m := range 13 {
		for n := m; n <= 20; n++ {
			for _, altered := range []int{-1, 0, m / 2, m - 1, m} {
				liar := bytes.Split(bytes.Join(honest[:n], []byte{0}), []byte{0})[:n]
				if altered >= 0 && altered < n {
					liar[altered] = []byte("something else")
				}
				e := proof.Misbehaviour{Older: signedTree(t, honest[:m], 1), Newer: signedTree(t, liar, 1)}
				if m < n {
					e.Left, e.Right = hashesOf(t, liar, 0, m), hashesOf(t, liar, m, n)
				}
				b, err := e.Format()
				if err != nil {
					t.Fatal(err)
				}
				parsed, err := proof.ParseMisbehaviour(b)
				if err != nil {
					t.Fatal(err)
				}
				lied := altered >= 0 && altered < m
				if err := parsed.Verify(tr); (err == nil) != lied || err != nil && !errors.Is(err, proof.ErrNoMisbehaviour) {
					t.Errorf("%d and %d entries, entry %d altered: %v", m, n, altered, err)
				}
			}
		}
	}
	liar := append([][]byte{[]byte("something else")}, honest[1:]...)
	good := proof.Misbehaviour{
		Older: signedTree(t, honest[:6], 1), Newer: signedTree(t, liar, 1), Left: hashesOf(t, liar, 0, 6), Right: hashesOf(t, liar, 6, 20),
	}
	for _, test := range []struct {
		name  string
		alter func(*proof.Misbehaviour)
		want  string
	}{
		{"as it is", func(*proof.Misbehaviour) {}, ""},
		{"a stranger signed", func(m *proof.Misbehaviour) { m.Newer = signedTree(t, liar, 3) }, "has not signed"},
		{"the wrong way round", func(m *proof.Misbehaviour) { m.Older, m.Newer = m.Newer, m.Older }, "smaller size"},
		{"hashes of the honest tree", func(m *proof.Misbehaviour) { m.Left = hashesOf(t, honest, 0, 6) }, "newer root"},
		{"a hash too few", func(m *proof.Misbehaviour) { m.Left = m.Left[1:] }, ErrText},
		{"no hashes", func(m *proof.Misbehaviour) { m.Left, m.Right = nil, nil }, ErrText},
		{"the root altered", func(m *proof.Misbehaviour) { m.Newer.Root[0]++ }, "invalid signature"},
	} {
		m := good
		test.alter(&m)
		err := m.Verify(tr)
		if (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.name, err, test.want)
		}
	}
}

// ErrText is what every error of Verify says.
const ErrText = "proves no misbehaviour"

// FuzzMisbehaviour reads anything: what it accepts it writes the same again.
func FuzzMisbehaviour(f *testing.F) {
	a := signedTree(f, [][]byte{[]byte("a")}, 1)
	b := signedTree(f, [][]byte{[]byte("b")}, 1)
	for _, m := range []proof.Misbehaviour{{Older: a, Newer: b}, {Older: a, Newer: b, Left: [][32]byte{{1}}, Right: [][32]byte{{2}}}} {
		text, err := m.Format()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	tr := trust(f, "log %s\nquorum none\n", vkey(origin, 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := proof.ParseMisbehaviour(text)
		if err != nil {
			return
		}
		_ = m.Verify(tr)
		again, err := m.Format()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := proof.ParseMisbehaviour(again); err != nil {
			t.Errorf("%q is written as %q: %v", text, again, err)
		}
	})
}
