package scitt_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/scitt"
)

var (
	key    = cosetest.Ed25519
	public = cosetest.Public
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const origin = "log.example/main"

// signer signs checkpoints.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

// world is a log of statements.
type world struct {
	entries [][]byte
	trust   proof.Trust
	signed  proof.SignedCheckpoint
}

func newWorld(t testing.TB, n int) world {
	t.Helper()
	var w world
	for i := range n {
		s, err := cose.Sign(key(7), "statement", fmt.Appendf(nil, "payload %d", i), &cose.Claims{Issuer: "did:web:a.example", Subject: fmt.Sprint(i)})
		must(t, err)
		w.entries = append(w.entries, s)
	}
	vkey, err := note.NewEd25519VerifierKey(origin, key(1).Public().(ed25519.PublicKey))
	must(t, err)
	v, err := note.NewVerifier(vkey)
	must(t, err)
	c := proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: origin, Size: uint64(n), Root: proof.Root(w.entries)}}
	text, err := note.Sign(&note.Note{Text: strings.TrimSuffix(string(c.Format()), "\n")}, signer{v, key(1)})
	must(t, err)
	w.signed, err = proof.ParseCheckpoint(text)
	must(t, err)
	w.trust, err = proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	must(t, err)
	return w
}

// derive returns the COSE receipt of an entry.
func (w world) derive(t testing.TB, i int) []byte {
	t.Helper()
	path, err := proof.Inclusion(w.entries, i)
	must(t, err)
	b, err := scitt.Derive(key(1), proof.Receipt{Index: uint64(i), Path: path, Checkpoint: w.signed}, w.entries[i], w.trust)
	must(t, err)
	return b
}

// TestAnIndependentDecoderReadsBoth: go-cose and a plain CBOR decoder read a receipt and the transparent statement that carries it, by
// the labels of RFC 9942, and verify both signatures; the root is computed here as RFC 9162 says.
func TestAnIndependentDecoderReadsBoth(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 5, 8} {
		w := newWorld(t, n)
		for i := range n {
			transparent, err := scitt.Attach(w.entries[i], w.derive(t, i))
			must(t, err)
			var statement gocose.Sign1Message
			must(t, statement.UnmarshalCBOR(transparent))
			verifier, err := gocose.NewVerifier(gocose.AlgorithmEdDSA, key(7).Public())
			must(t, err)
			must(t, statement.Verify(nil, verifier))
			claims, is := statement.Headers.Protected[int64(15)].(map[any]any)
			if !is || claims[int64(1)] != "did:web:a.example" || claims[int64(2)] != fmt.Sprint(i) || string(statement.Payload) != fmt.Sprintf("payload %d", i) {
				t.Errorf("statement %d: %v, %q", i, statement.Headers.Protected, statement.Payload)
			}
			receipts, is := statement.Headers.Unprotected[int64(394)].([]any)
			if !is || len(receipts) != 1 {
				t.Fatalf("receipts: %v", statement.Headers.Unprotected)
			}
			root := proof.Root(w.entries)
			var receipt gocose.Sign1Message
			must(t, receipt.UnmarshalCBOR(receipts[0].([]byte)))
			if receipt.Payload != nil || receipt.Headers.Protected[int64(395)] != int64(1) {
				t.Errorf("receipt: payload %x, protected %v", receipt.Payload, receipt.Headers.Protected)
			}
			sum := sha256.Sum256(w.entries[i])
			if got := receipt.Headers.Protected[int64(15)].(map[any]any); got[int64(1)] != origin || got[int64(2)] != fmt.Sprintf("%x", sum) {
				t.Errorf("receipt: claims %v, want issuer and subject, which SCITT asks for", got)
			}
			receipt.Payload = root[:]
			if verifier, err = gocose.NewVerifier(gocose.AlgorithmEdDSA, key(1).Public()); err != nil {
				t.Fatal(err)
			}
			must(t, receipt.Verify(nil, verifier))
			proofs := receipt.Headers.Unprotected[int64(396)].(map[any]any)[int64(-1)].([]any)
			var inclusion struct {
				_           struct{} `cbor:",toarray"`
				Size, Index uint64
				Path        [][]byte
			}
			must(t, cbor.Unmarshal(proofs[0].([]byte), &inclusion))
			if got := climb(w.entries[i], inclusion.Index, inclusion.Size, inclusion.Path); inclusion.Size != uint64(n) || !bytes.Equal(got, root[:]) {
				t.Errorf("entry %d of %d: the path leads to %x, not to %x", i, n, got, root)
			}
		}
	}
}

// climb computes the root as RFC 9162 section 2.1.3.2 says.
func climb(entry []byte, index, size uint64, path [][]byte) []byte {
	hash := func(parts ...[]byte) []byte { h := sha256.Sum256(bytes.Join(parts, nil)); return h[:] }
	r, fn, sn := hash([]byte{0}, entry), index, size-1
	for _, p := range path {
		if fn&1 == 1 || fn == sn {
			r = hash([]byte{1}, p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = hash([]byte{1}, r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	return r
}

// TestVerify: what Derive makes is what Verify takes, and Detach gives back the bytes that the log holds.
func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	receipt := w.derive(t, 3)
	r, err := scitt.Verify(receipt, w.entries[3], public(t, key(1)))
	must(t, err)
	if want := (scitt.Receipt{Issuer: origin, Size: 5, Index: 3, Root: proof.Root(w.entries)}); r != want {
		t.Errorf("it shows %+v, want %+v", r, want)
	}
	transparent, err := scitt.Attach(w.entries[3], receipt, receipt)
	must(t, err)
	statement, receipts, err := scitt.Detach(transparent)
	must(t, err)
	if !bytes.Equal(statement, w.entries[3]) || len(receipts) != 2 || !bytes.Equal(receipts[0], receipt) {
		t.Error("Detach gives back something else")
	}
	for _, test := range []struct {
		name    string
		receipt []byte
		entry   []byte
		key     cose.Key
		want    string
	}{
		{"another entry", receipt, w.entries[2], public(t, key(1)), "its subject is"},
		{"another key", receipt, w.entries[3], public(t, key(2)), "signed by key"},
		{"a statement", w.entries[3], w.entries[3], public(t, key(1)), "COSE receipt"},
		{"nothing", nil, w.entries[3], public(t, key(1)), "not a tagged"},
		{"too long", append(bytes.Clone(receipt), make([]byte, scitt.MaxBytes)...), w.entries[3], public(t, key(1)), "not a tagged"},
	} {
		if _, err := scitt.Verify(test.receipt, test.entry, test.key); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.name, err, test.want)
		}
	}
	if _, err := scitt.Attach(w.entries[0]); err == nil {
		t.Error("no receipts were attached")
	}
	if _, _, err := scitt.Detach(w.entries[0]); err == nil {
		t.Error("receipts were detached from a statement without")
	}
	if _, err := scitt.Derive(key(1), proof.Receipt{Index: 1, Checkpoint: w.signed}, w.entries[3], w.trust); err == nil {
		t.Error("a receipt that does not verify was derived from")
	}
}

// TestEveryByteCounts: no receipt with any one byte changed verifies.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	receipt := w.derive(t, 3)
	for at := range receipt {
		for _, mask := range []byte{0x01, 0x20, 0x80} {
			altered := bytes.Clone(receipt)
			altered[at] ^= mask
			if r, err := scitt.Verify(altered, w.entries[3], public(t, key(1))); err == nil {
				t.Errorf("byte %d changed by %#x: it shows %+v", at, mask, r)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	w := newWorld(f, 5)
	f.Add(w.derive(f, 3))
	log := public(f, key(1))
	f.Fuzz(func(t *testing.T, receipt []byte) {
		if r, err := scitt.Verify(receipt, w.entries[3], log); err == nil && (r.Index != 3 || r.Size != 5) {
			t.Errorf("%x shows %+v", receipt, r)
		}
	})
}

func FuzzDetach(f *testing.F) {
	w := newWorld(f, 2)
	transparent, err := scitt.Attach(w.entries[1], w.derive(f, 1))
	must(f, err)
	f.Add(transparent)
	f.Fuzz(func(t *testing.T, b []byte) {
		statement, receipts, err := scitt.Detach(b)
		if err != nil {
			return
		}
		again, err := scitt.Attach(statement, receipts...)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is put together as %x, %v", b, again, err)
		}
	})
}
