package proof_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/proof"
)

var (
	key     = cosetest.Ed25519
	refused = cosetest.Refused
)

// vkey returns the verifier key of type 0x01 of key(seed).
func vkey(name string, seed byte) string {
	v, err := note.NewEd25519VerifierKey(name, key(seed).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return v
}

// plainSigner signs notes as a log does.
type plainSigner struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s plainSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

func logSigner(t testing.TB, name string, seed byte) note.Signer {
	t.Helper()
	v, err := note.NewVerifier(vkey(name, seed))
	if err != nil {
		t.Fatal(err)
	}
	return plainSigner{v, key(seed)}
}

// witness returns a cosigner of another implementation, to hold ours against.
func witness(t testing.TB, name string, seed byte) *torchwood.CosignatureSigner {
	t.Helper()
	w, err := torchwood.NewCosignatureSigner(name, key(seed))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// signText signs any checkpoint text.
func signText(t testing.TB, text string, signers ...note.Signer) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// signTree signs the checkpoint of a tree of these leaves.
func signTree(t testing.TB, origin string, leaves [][]byte, signers ...note.Signer) []byte {
	t.Helper()
	c := proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: origin, Size: uint64(len(leaves)), Root: proof.Root(leaves)}}
	return signText(t, string(bytes.TrimSuffix(c.Format(), []byte("\n"))), signers...)
}

// receipt returns the receipt of leaf i under a checkpoint of the leaves.
func receipt(t testing.TB, leaves [][]byte, i int, signed []byte) proof.Receipt {
	t.Helper()
	path, err := proof.Inclusion(leaves, i)
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.ParseCheckpoint(signed)
	if err != nil {
		t.Fatal(err)
	}
	return proof.Receipt{Index: uint64(i), Path: path, Checkpoint: c}
}

func trust(t testing.TB, format string, args ...any) proof.Trust {
	t.Helper()
	tr, err := proof.ParseTrust(fmt.Appendf(nil, format, args...))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

const origin = "log.example/main"
