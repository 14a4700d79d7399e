package proof

import (
	"crypto"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"filippo.io/mldsa"
)

// timeBytes is the time in front of a cosignature.
const timeBytes = 8

// message returns what a cosignature of the note text signs (c2sp.org/tlog-cosignature). ML-DSA-44 signs the tree and the names of
// log and cosigner, Ed25519 the text.
func (k verifierKey) message(text []byte, seconds uint64) ([]byte, error) {
	if k.typ == typeCosignature {
		return append([]byte("cosignature/v1\ntime "+strconv.FormatUint(seconds, 10)+"\n"), text...), nil
	}
	s, err := parseText(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return nil, err
	}
	const longest = 255
	if len(k.name) > longest || len(s.Origin) > longest {
		return nil, fmt.Errorf("names of at most %d bytes can be cosigned with ML-DSA", longest)
	}
	m := append([]byte("subtree/v1\n\x00"), byte(len(k.name)))
	m = append(m, k.name...)
	m = binary.BigEndian.AppendUint64(m, seconds)
	m = append(m, byte(len(s.Origin)))
	m = append(m, s.Origin...)
	m = binary.BigEndian.AppendUint64(m, 0) // the tree from its first entry
	m = binary.BigEndian.AppendUint64(m, s.Size)
	return append(m, s.Root[:]...), nil
}

// Cosigner signs checkpoints as a witness does, or a log with ML-DSA-44 (c2sp.org/tlog-cosignature). It may be used by any number
// of goroutines if its key may.
type Cosigner struct {
	public verifierKey
	key    crypto.Signer
}

// NewCosigner returns the cosigner of a name. The key is Ed25519 or an *mldsa.PrivateKey of ML-DSA-44, or any crypto.Signer with
// such a public key.
func NewCosigner(name string, key crypto.Signer) (*Cosigner, error) {
	if key == nil {
		return nil, fmt.Errorf("cosigner %q: no key", name)
	}
	var k verifierKey
	var err error
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		k, err = newVerifierKey(name, typeCosignature, public)
	case *mldsa.PublicKey:
		k, err = newVerifierKey(name, typeMLDSA, public.Bytes())
	default:
		err = fmt.Errorf("the key is a %T, want Ed25519 or ML-DSA-44", public)
	}
	if err != nil {
		return nil, fmt.Errorf("cosigner %q: %w", name, err)
	}
	return &Cosigner{k, key}, nil
}

// VKey returns the verifier key, for a trust file.
func (c *Cosigner) VKey() string { return c.public.String() }

// Name returns the key name.
func (c *Cosigner) Name() string { return c.public.name }

// KeyHash returns the key id.
func (c *Cosigner) KeyHash() uint32 { return c.public.id }

// Cosign returns the signature of a checkpoint as of a time, in whole seconds. Only a log, which makes no statement of the time,
// may leave it zero, and only with ML-DSA. The signature is verified as well: a faulty module must not spoil a checkpoint.
func (c *Cosigner) Cosign(s SignedCheckpoint, at time.Time) (Signature, error) {
	var seconds int64
	if !at.IsZero() {
		seconds = at.Unix()
	}
	if seconds < 0 || seconds == 0 && (!at.IsZero() || c.public.typ == typeCosignature) {
		return Signature{}, fmt.Errorf("cosign as %q: no time of this age", c.public.name)
	}
	s.Signatures = nil
	text, _ := strings.CutSuffix(string(s.Format()), "\n")
	message, err := c.public.message([]byte(text), uint64(seconds))
	if err != nil {
		return Signature{}, fmt.Errorf("cosign as %q: %w", c.public.name, err)
	}
	signature, err := c.key.Sign(nil, message, crypto.Hash(0))
	if err != nil {
		return Signature{}, fmt.Errorf("cosign as %q: %w", c.public.name, err)
	}
	signature = append(binary.BigEndian.AppendUint64(nil, uint64(seconds)), signature...)
	if !c.public.Verify([]byte(text), signature) {
		return Signature{}, fmt.Errorf("cosign as %q: %w", c.public.name, errors.New("the key returned a wrong signature"))
	}
	return Signature{c.public.name, c.public.id, signature}, nil
}

// Sign signs the text of a checkpoint as its log, without a time. It makes an ML-DSA cosigner a note.Signer.
func (c *Cosigner) Sign(text []byte) ([]byte, error) {
	s, err := parseText(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint as %q: %w", c.public.name, err)
	}
	signature, err := c.Cosign(s, time.Time{})
	return signature.Bytes, err
}

// Signed returns when this cosigner signed a checkpoint, in POSIX seconds, and whether it did.
func (c *Cosigner) Signed(s SignedCheckpoint) (seconds int64, signed bool) {
	var sigs []Signature
	for _, sig := range s.Signatures {
		if sig.Name == c.public.name && sig.KeyID == c.public.id {
			sigs = append(sigs, sig)
		}
	}
	s.Signatures = nil
	text, _ := strings.CutSuffix(string(s.Format()), "\n")
	if len(sigs) == 0 || !c.public.Verify([]byte(text), sigs[0].Bytes) {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(sigs[0].Bytes)), true
}
