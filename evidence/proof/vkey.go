package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"
)

// Signature types of c2sp.org/signed-note that this package verifies.
const (
	typeEd25519     = 0x01 // the note text is signed as it is
	typeCosignature = 0x04 // c2sp.org/tlog-cosignature, Ed25519: a witness, with the time of signing
	typeMLDSA       = 0x06 // c2sp.org/tlog-cosignature, ML-DSA-44: a witness with the time of signing, or a log
)

// keyKinds are the signature types by their names in errors, with the bytes of a public key.
var keyKinds = map[byte]struct {
	name  string
	bytes int
}{
	typeEd25519:     {"Ed25519", ed25519.PublicKeySize},
	typeCosignature: {"Ed25519 cosignature of a witness", ed25519.PublicKeySize},
	typeMLDSA:       {"ML-DSA-44 cosignature", mldsa.MLDSA44().PublicKeySize()},
}

// verifierKey is a public key in the form of c2sp.org/signed-note, `<name>+<key id>+<base64 of type and key>`.
type verifierKey struct {
	name    string
	id      uint32
	typ     byte
	public  []byte
	lattice *mldsa.PublicKey // of public, for typeMLDSA
	witness bool             // it says when it signed
}

var _ note.Verifier = verifierKey{}

// newVerifierKey makes a key of its parts.
func newVerifierKey(name string, typ byte, public []byte) (k verifierKey, err error) {
	kind, known := keyKinds[typ]
	switch {
	case !known:
		return k, fmt.Errorf("signature type 0x%02x is unknown", typ)
	case len(public) != kind.bytes:
		return k, fmt.Errorf("%d key bytes, want %d", len(public), kind.bytes)
	}
	if err := checkKeyName(name); err != nil {
		return k, err
	}
	k = verifierKey{name: name, id: keyID(name, append([]byte{typ}, public...)), typ: typ, public: public}
	if typ == typeMLDSA {
		k.lattice, err = mldsa.NewPublicKey(mldsa.MLDSA44(), public)
	}
	return k, err
}

// parseVerifierKey reads a vkey of one of the wanted types. It accepts only the canonical spelling, so that equal keys are equal
// text.
func parseVerifierKey(vkey string, want ...byte) (verifierKey, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, ok := strings.Cut(rest, "+")
	if !ok {
		return verifierKey{}, fmt.Errorf("verifier key %q: want <name>+<8 hex digits>+<base64>", vkey)
	}
	if err := checkKeyName(name); err != nil {
		return verifierKey{}, fmt.Errorf("verifier key %q: %w", vkey, err)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) == 0 {
		return verifierKey{}, fmt.Errorf("verifier key %q: the last part is not base64", vkey)
	}
	if !slices.Contains(want, raw[0]) {
		return verifierKey{}, fmt.Errorf("verifier key %q: signature type 0x%02x, want %s", vkey, raw[0], typeNames(want))
	}
	k, err := newVerifierKey(name, raw[0], raw[1:])
	if err != nil {
		return verifierKey{}, fmt.Errorf("verifier key %q: %w", vkey, err)
	}
	if wantID := fmt.Sprintf("%08x", k.id); id != wantID {
		return verifierKey{}, fmt.Errorf("verifier key %q: key id %s, but name and key give %s (mistyped or cut off)", vkey, id, wantID)
	}
	if k.String() != vkey {
		return verifierKey{}, fmt.Errorf("verifier key %q: not in canonical base64", vkey)
	}
	return k, nil
}

// String returns the vkey text.
func (k verifierKey) String() string {
	raw := append([]byte{k.typ}, k.public...)
	return fmt.Sprintf("%s+%08x+%s", k.name, k.id, base64.StdEncoding.EncodeToString(raw))
}

// Name returns the key name.
func (k verifierKey) Name() string { return k.name }

// KeyHash returns the key id.
func (k verifierKey) KeyHash() uint32 { return k.id }

// Verify reports whether sig, the bytes after the key id in a signature line, is this key's signature of the note text.
func (k verifierKey) Verify(text, sig []byte) bool {
	if k.typ == typeEd25519 {
		return ed25519.Verify(k.public, text, sig)
	}
	if len(sig) < timeBytes {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	if seconds > math.MaxInt64 || k.witness && seconds == 0 {
		return false
	}
	message, err := k.message(text, seconds)
	if err != nil {
		return false
	}
	if k.typ == typeMLDSA {
		return mldsa.Verify(k.lattice, message, sig[timeBytes:], nil) == nil
	}
	return ed25519.Verify(k.public, message, sig[timeBytes:])
}

// keyID is the recommended key id of c2sp.org/signed-note: the first four bytes of SHA-256(name || 0x0A || type || key).
func keyID(name string, typeAndKey []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), typeAndKey...))
	return binary.BigEndian.Uint32(sum[:])
}

// checkKeyName holds a name to c2sp.org/signed-note: not empty, no Unicode space, no plus, valid UTF-8 without control characters.
func checkKeyName(name string) error {
	switch {
	case name == "":
		return errors.New("the key name is empty")
	case !utf8.ValidString(name):
		return errors.New("the key name is not UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r < 0x20 || r == '+' }):
		return fmt.Errorf("key name %q has a space, a plus or a control character", name)
	}
	return nil
}

func typeNames(types []byte) string {
	names := make([]string, len(types))
	for i, typ := range types {
		names[i] = fmt.Sprintf("0x%02x (%s)", typ, keyKinds[typ].name)
	}
	return strings.Join(names, " or ")
}
