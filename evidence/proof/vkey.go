package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Signature types of c2sp.org/signed-note that this package verifies.
const (
	typeEd25519     = 0x01 // the note text is signed as it is
	typeCosignature = 0x04 // c2sp.org/tlog-cosignature: a witness, with the time of signing
)

// verifierKey is a public key in the form of c2sp.org/signed-note, `<name>+<key id>+<base64 of type and key>`.
type verifierKey struct {
	name   string
	id     uint32
	typ    byte
	public ed25519.PublicKey
}

var _ note.Verifier = verifierKey{}

// parseVerifierKey reads a vkey of the wanted type. It accepts only the canonical spelling, so that equal keys are equal text.
func parseVerifierKey(vkey string, want byte) (verifierKey, error) {
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
	if raw[0] != want {
		return verifierKey{}, fmt.Errorf("verifier key %q: signature type 0x%02x, want 0x%02x (%s)", vkey, raw[0], want, typeName(want))
	}
	if len(raw) != 1+ed25519.PublicKeySize {
		return verifierKey{}, fmt.Errorf("verifier key %q: %d key bytes, want %d", vkey, len(raw)-1, ed25519.PublicKeySize)
	}
	k := verifierKey{name: name, id: keyID(name, raw), typ: want, public: ed25519.PublicKey(raw[1:])}
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
	if k.typ == typeCosignature {
		const timeBytes = 8
		if len(sig) != timeBytes+ed25519.SignatureSize {
			return false
		}
		seconds := binary.BigEndian.Uint64(sig)
		if seconds > math.MaxInt64 {
			return false
		}
		text = append([]byte("cosignature/v1\ntime "+strconv.FormatUint(seconds, 10)+"\n"), text...)
		sig = sig[timeBytes:]
	}
	return ed25519.Verify(k.public, text, sig)
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

func typeName(typ byte) string {
	if typ == typeCosignature {
		return "Ed25519 cosignature of a witness"
	}
	return "Ed25519"
}
