package tilelog

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
)

// NewSigner returns the signer of a log and its verifier key, the vkey of the `log` line in a trust file. The name is the
// origin of the checkpoints, by custom a URL without its scheme such as log.example.com/main; it has no spaces, no plus and no
// control characters, and never changes. The key is an ed25519.PrivateKey or any crypto.Signer that holds an Ed25519 key, such
// as a hardware module's.
func NewSigner(name string, key crypto.Signer) (signer note.Signer, vkey string, err error) {
	if key == nil {
		return nil, "", errors.New("log signer: no key")
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, "", fmt.Errorf("log signer %q: the key is a %T, want Ed25519", name, key.Public())
	}
	if vkey, err = note.NewEd25519VerifierKey(name, public); err != nil {
		return nil, "", fmt.Errorf("log signer %q: %w", name, err)
	}
	if _, err := trustIn(vkey); err != nil {
		return nil, "", fmt.Errorf("log signer %q: %w", name, err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, "", fmt.Errorf("log signer %q: %w", name, err)
	}
	return ed25519Signer{verifier, key}, vkey, nil
}

// ed25519Signer signs notes as c2sp.org/signed-note type 0x01.
type ed25519Signer struct {
	note.Verifier
	key crypto.Signer
}

// Sign returns the signature of the note text. It verifies it as well: a faulty module must not spoil a checkpoint.
func (s ed25519Signer) Sign(text []byte) ([]byte, error) {
	signature, err := s.key.Sign(nil, text, crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint as %q: %w", s.Name(), err)
	}
	if !s.Verify(text, signature) {
		return nil, fmt.Errorf("sign checkpoint as %q: the key returned a wrong signature", s.Name())
	}
	return signature, nil
}

// trustIn returns the trust in one log, without witnesses.
func trustIn(vkey string) (proof.Trust, error) {
	return proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
}
