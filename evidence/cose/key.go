package cose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	gocose "github.com/veraison/go-cose"
)

// Kid names a key: the SHA-256 COSE Key Thumbprint of RFC 9679.
type Kid [32]byte

// String prints the kid in lower-case hex, as topics and claims carry it.
func (k Kid) String() string { return hex.EncodeToString(k[:]) }

// MarshalText prints the kid in hex.
func (k Kid) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText prints.
func (k *Kid) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKid(string(b))
	return err
}

// ParseKid reads 64 lower-case hex digits.
func ParseKid(s string) (Kid, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 32 || hex.EncodeToString(b) != s {
		return Kid{}, fmt.Errorf("%q is not a kid of 64 lower-case hex digits", s)
	}
	return Kid(b), nil
}

// Key is a public key: Ed25519, or ECDSA on P-256.
type Key struct {
	public crypto.PublicKey
	alg    gocose.Algorithm
	kid    Kid
	coded  []byte
}

// okp and ec2 are the COSE_Key maps of RFC 9053 with the required fields only, which RFC 9679 hashes.
type okp struct {
	Kty int64  `cbor:"1,keyasint"`
	Crv int64  `cbor:"-1,keyasint"`
	X   []byte `cbor:"-2,keyasint"`
}

type ec2 struct {
	Kty int64  `cbor:"1,keyasint"`
	Crv int64  `cbor:"-1,keyasint"`
	X   []byte `cbor:"-2,keyasint"`
	Y   []byte `cbor:"-3,keyasint"`
}

// NewKey wraps an ed25519.PublicKey or an *ecdsa.PublicKey on P-256.
func NewKey(public crypto.PublicKey) (Key, error) {
	var coded any
	alg := gocose.AlgorithmEdDSA
	switch p := public.(type) {
	case ed25519.PublicKey:
		if len(p) != ed25519.PublicKeySize {
			return Key{}, fmt.Errorf("ed25519 public key has %d bytes, want %d", len(p), ed25519.PublicKeySize)
		}
		coded = okp{Kty: 1, Crv: 6, X: p}
	case *ecdsa.PublicKey:
		if p.Curve != elliptic.P256() {
			return Key{}, errors.New("ecdsa key is not on P-256")
		}
		point, err := p.Bytes() // 0x04 || X || Y; refuses points off the curve
		if err != nil {
			return Key{}, fmt.Errorf("ecdsa key: %w", err)
		}
		coded, alg = ec2{Kty: 2, Crv: 1, X: point[1:33], Y: point[33:]}, gocose.AlgorithmES256
	default:
		return Key{}, fmt.Errorf("key of type %T is neither ed25519 nor ecdsa on P-256", public)
	}
	b, err := Marshal(coded)
	if err != nil {
		return Key{}, err
	}
	return Key{public: public, alg: alg, kid: sha256.Sum256(b), coded: b}, nil
}

// ParseKey decodes a COSE_Key with exactly the required fields.
func ParseKey(b []byte) (Key, error) {
	var o okp
	if err := Unmarshal(b, &o); err == nil && o.Kty == 1 && o.Crv == 6 {
		return NewKey(ed25519.PublicKey(o.X))
	}
	var e ec2
	if err := Unmarshal(b, &e); err != nil || e.Kty != 2 || e.Crv != 1 || len(e.X) != 32 || len(e.Y) != 32 {
		return Key{}, errors.New("not a COSE_Key of Ed25519 or P-256 with the required fields only")
	}
	point := append(append([]byte{4}, e.X...), e.Y...)
	p, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return Key{}, fmt.Errorf("P-256 key: %w", err)
	}
	return NewKey(p)
}

// Kid returns the key's thumbprint.
func (k Key) Kid() Kid { return k.kid }

// Bytes returns the COSE_Key encoding that ParseKey reads.
func (k Key) Bytes() []byte { return k.coded }

// Public returns the key in the form of Go's standard library.
func (k Key) Public() crypto.PublicKey { return k.public }

// IsZero reports whether the key was never set.
func (k Key) IsZero() bool { return k.public == nil }
