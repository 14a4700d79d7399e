// Package cosetest has what tests of signed things share: keys that are the same each time, and what an error must say.
package cosetest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/cose"
)

// Ed25519 returns the key whose seed is 32 times the byte given.
func Ed25519(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// ES256 returns the P-256 key whose private number is 32 times the byte given.
func ES256(t testing.TB, scalar byte) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{scalar}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Public returns the public half of a key.
func Public(t testing.TB, signer crypto.Signer) cose.Key {
	t.Helper()
	k, err := cose.NewKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Refused fails the test unless err contains want; an empty want wants no error.
func Refused(t testing.TB, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && err == nil:
		t.Errorf("accepted, want an error with %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("error is %q, want it to contain %q", err, want)
	}
}
