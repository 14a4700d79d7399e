package api_test

import (
	"bytes"
	"crypto"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/registry"
)

// TestOrganisationKeyChanges: an organisation states its keys anew with its next key while the trust file has both; from then on all that it
// signed verifies under a trust file with the next one alone, here and in bundles, and the old one states nothing more.
func TestOrganisationKeyChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	buyer, next := w.Party(audittest.Buyer), bundletest.Ed25519(99)
	name := strings.TrimPrefix(audittest.Buyer, "did:web:")
	old := "org " + audittest.Buyer + " " + bundletest.VerifierKey(name, 1, buyer.Key) + "\n"
	line := "org " + audittest.Buyer + " " + bundletest.VerifierKey(name, 1, next) + "\n"
	if !strings.Contains(string(w.TrustFile()), old) {
		t.Fatalf("trust file without %s:\n%s", old, w.TrustFile())
	}
	numbered := func(number uint64, by crypto.Signer) []byte {
		r := buyer.Registry
		r.Number = number
		signed, err := r.Sign(by)
		must(t, err)
		return signed
	}
	trusting := func(text string) proof.Trust {
		trust, err := proof.ParseTrust([]byte(text))
		must(t, err)
		w.server.Trust, w.server.Bytes = trust, []byte(text)
		return trust
	}
	fsck := func(trust proof.Trust) (all []string) {
		findings, err := w.store.Fsck(t.Context(), trust, w.ledger.Entry)
		must(t, err)
		for _, f := range findings {
			all = append(all, f.String())
		}
		return all
	}
	only := strings.Replace(string(w.TrustFile()), old, line, 1)
	if found := fsck(trusting(only)); len(found) == 0 || !strings.Contains(found[0]+found[len(found)-1], "is signed with key") {
		t.Errorf("fsck before the registry is signed with the next key: %q", found)
	}
	both := trusting(string(w.TrustFile()) + line)
	same(t, "status", w.do(http.MethodPost, "/v1/registries", numbered(1, next)).status, http.StatusOK)
	for _, trust := range []proof.Trust{both, trusting(only)} {
		same(t, "fsck", fsck(trust), nil)
		b := w.bundle("/v1/entries/" + w.Number.String() + "/bundle")
		same(t, "registries of the bundle", len(b.Registries), len(w.Registries()))
		v, err := audit.Verify(w.Seal(b, audittest.Buyer), trust, w.Tables())
		if err != nil || v.Decision.Entry != w.Number.String() {
			t.Fatalf("the bundle: %v", err)
		}
	}
	w.server.Trust = both
	same(t, "status of a thief's, while the old key counts", w.do(http.MethodPost, "/v1/registries", numbered(9, buyer.Key)).status, http.StatusOK)
	trusting(only)
	w.refused("by the old key", w.do(http.MethodPost, "/v1/registries", numbered(10, buyer.Key)), http.StatusUnprocessableEntity, "and the trust file has 1 other for")
	w.refused("a used number", w.do(http.MethodPost, "/v1/registries", numbered(9, next)), http.StatusConflict, "number 9 is not above 9")
	same(t, "status of the next", w.do(http.MethodPost, "/v1/registries", numbered(10, next)).status, http.StatusOK)
}

// TestBundleNamesNobodyElse: a bundle of an entry has the registries, and the trust file, of those whom it rests on. That of everything has
// all.
func TestBundleNamesNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	const stranger = "did:web:stranger.example"
	key := bundletest.Ed25519(99)
	text := string(w.TrustFile()) + "org " + stranger + " " + bundletest.VerifierKey("stranger.example", 1, key) + "\n"
	var err error
	w.server.Bytes = []byte(text)
	w.server.Trust, err = proof.ParseTrust(w.server.Bytes)
	must(t, err)
	hand, err := cose.NewKey(bundletest.Ed25519(98).Public())
	must(t, err)
	r := registry.Registry{Version: registry.Version, Organisation: stranger, Name: "Stranger", Number: 1, Entries: []registry.Entry{
		{Key: hand.Bytes(), Role: registry.Party, Name: "hand", From: 1},
	}}
	signed, err := r.Sign(key)
	must(t, err)
	same(t, "status", w.do(http.MethodPost, "/v1/registries", signed).status, http.StatusOK)
	entry, all := w.bundle("/v1/entries/"+w.Number.String()+"/bundle"), w.bundle("/v1/bundle")
	for _, tt := range []struct {
		what       string
		b          *bundle.Bundle
		registries int
		named      bool
	}{
		{"of an entry", entry, len(w.Registries()), false},
		{"of everything", all, len(w.Registries()) + 1, true},
	} {
		same(t, tt.what+": registries", len(tt.b.Registries), tt.registries)
		named := bytes.Contains(tt.b.Trust, []byte(stranger)) || slices.ContainsFunc(tt.b.Registries, func(x []byte) bool { return bytes.Contains(x, []byte(stranger)) })
		same(t, tt.what+": the stranger is named", named, tt.named)
	}
	if _, err := audit.Verify(w.Seal(entry, audittest.Buyer), w.Trust(), w.Tables()); err != nil {
		t.Errorf("by a trust file that does not know the stranger: %v", err)
	}
	own, err := proof.ParseTrust(entry.Trust)
	must(t, err)
	if _, err := audit.Verify(w.Seal(entry, audittest.Buyer), own, w.Tables()); err != nil {
		t.Errorf("by its own trust file: %v", err)
	}
}
