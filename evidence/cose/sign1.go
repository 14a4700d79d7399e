package cose

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"
)

// Claims are the CWT claims (RFC 8392) in the protected header of a statement, as SCITT asks for.
type Claims struct {
	Issuer  string `cbor:"1,keyasint"`
	Subject string `cbor:"2,keyasint"`
}

// Header is the protected header of a signature.
type Header struct {
	Kid    Kid
	Type   string // media type, "application/gauger.<thing>.v1+cbor"
	Claims *Claims
}

// protected is the one shape of a protected header that is accepted.
type protected struct {
	Alg    int64   `cbor:"1,keyasint"`
	Kid    Kid     `cbor:"4,keyasint"`
	Claims *Claims `cbor:"15,keyasint,omitempty"`
	Type   string  `cbor:"16,keyasint"`
}

// envelope is the COSE_Sign1 array. The unprotected map is always empty: nothing in it would be covered by the signature.
type envelope struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected struct{}
	Payload     *[]byte // null when detached
	Signature   []byte
}

const (
	tagSign1  = 18
	headSign1 = 0xc0 | tagSign1 // the byte that encodes the tag
	// signatureSize is that of both Ed25519 and ES256.
	signatureSize = 64
)

// MediaType returns the typ header of a thing: "application/gauger.record.v1+cbor".
func MediaType(thing string) string { return "application/gauger." + thing + ".v1+cbor" }

// ErrSignature reports a signature that does not verify.
var ErrSignature = errors.New("signature does not verify")

// Sign returns the tagged COSE_Sign1 of payload with the payload attached.
func Sign(key crypto.Signer, thing string, payload []byte, claims *Claims) ([]byte, error) {
	return sign(key, thing, payload, claims, true)
}

// SignDetached returns the tagged COSE_Sign1 of payload with the payload left out (nil).
func SignDetached(key crypto.Signer, thing string, payload []byte) ([]byte, error) {
	return sign(key, thing, payload, nil, false)
}

func sign(key crypto.Signer, thing string, payload []byte, claims *Claims, attach bool) ([]byte, error) {
	public, err := NewKey(key.Public())
	if err != nil {
		return nil, err
	}
	head, err := Marshal(protected{Alg: int64(public.alg), Kid: public.kid, Claims: claims, Type: MediaType(thing)})
	if err != nil {
		return nil, err
	}
	signature, err := SignBytes(key, head, payload)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", thing, err)
	}
	e := envelope{Protected: head, Signature: signature}
	if attach {
		e.Payload = &payload
	}
	return Marshal(cbor.Tag{Number: tagSign1, Content: e})
}

// SignBytes returns the signature of a COSE_Sign1 over an encoded protected header and a payload, for messages that other
// specifications give a shape to.
func SignBytes(key crypto.Signer, head, payload []byte) ([]byte, error) {
	public, err := NewKey(key.Public())
	if err != nil {
		return nil, err
	}
	if public.alg != gocose.AlgorithmES256 {
		return crypto.SignMessage(key, rand.Reader, toBeSigned(head, payload), crypto.Hash(0))
	}
	// Whole messages, not digests: an SSH agent, and what is behind it, hashes by itself.
	der, err := crypto.SignMessage(key, rand.Reader, toBeSigned(head, payload), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return fixed(der)
}

// fixed returns an ECDSA signature in ASN.1, as crypto.Signer gives it, in the form r || s of RFC 9053 2.1, with low s.
func fixed(der []byte) ([]byte, error) {
	var v struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil {
		return nil, fmt.Errorf("ECDSA signature: %w", err)
	}
	for _, n := range []*big.Int{v.R, v.S} {
		if len(rest) > 0 || n.Sign() <= 0 || n.Cmp(p256Order) >= 0 {
			return nil, errors.New("ECDSA signature: r and s are not numbers of P-256")
		}
	}
	const half = signatureSize / 2
	signature := make([]byte, signatureSize)
	v.R.FillBytes(signature[:half])
	v.S.FillBytes(signature[half:])
	return lowS(signature), nil
}

// toBeSigned is the Sig_structure of RFC 9052 4.4 with empty external data.
func toBeSigned(head, payload []byte) []byte {
	b, err := Marshal([]any{"Signature1", head, []byte{}, payload})
	if err != nil {
		panic(err) // byte strings and a constant always encode
	}
	return b
}

// Message is a parsed COSE_Sign1 whose signature nobody has looked at yet.
type Message struct {
	Header    Header
	Payload   []byte // nil when detached
	alg       int64
	head      []byte
	signature []byte
}

// Parse reads a tagged COSE_Sign1 of the given thing, strictly, without verifying it.
func Parse(message []byte, thing string) (Message, error) {
	if len(message) < 2 || message[0] != headSign1 {
		return Message{}, fmt.Errorf("not a tagged COSE_Sign1 (%s)", thing)
	}
	var e envelope
	if err := Unmarshal(message[1:], &e); err != nil {
		return Message{}, fmt.Errorf("COSE_Sign1 (%s): %w", thing, err)
	}
	var p protected
	if err := Unmarshal(e.Protected, &p); err != nil {
		return Message{}, fmt.Errorf("protected header (%s): %w", thing, err)
	}
	if p.Type != MediaType(thing) {
		return Message{}, fmt.Errorf("typ is %q, want %q", p.Type, MediaType(thing))
	}
	if len(e.Signature) != signatureSize {
		return Message{}, fmt.Errorf("signature (%s) has %d bytes, want %d", thing, len(e.Signature), signatureSize)
	}
	m := Message{Header: Header{Kid: p.Kid, Type: p.Type, Claims: p.Claims}, alg: p.Alg, head: e.Protected, signature: e.Signature}
	if e.Payload != nil {
		m.Payload = *e.Payload
	}
	return m, nil
}

// Thing returns the thing that a tagged COSE_Sign1 says it is ("ticket"), without verifying anything.
func Thing(message []byte) (string, error) {
	var e envelope
	var p protected
	if len(message) < 2 || message[0] != headSign1 || Unmarshal(message[1:], &e) != nil || Unmarshal(e.Protected, &p) != nil {
		return "", errors.New("not a tagged COSE_Sign1 of this project")
	}
	thing, ok := strings.CutPrefix(p.Type, "application/gauger.")
	thing, version := strings.CutSuffix(thing, ".v1+cbor")
	if !ok || !version {
		return "", fmt.Errorf("typ %q is not one of this project", p.Type)
	}
	return thing, nil
}

// VerifyDetached checks the signature over payload by key. The message must have no payload of its own.
func (m Message) VerifyDetached(key Key, payload []byte) error {
	if m.Payload != nil {
		return errors.New("payload is attached, expected it detached")
	}
	return m.verify(key, payload)
}

// Verify checks the signature over the attached payload by key.
func (m Message) Verify(key Key) error {
	if m.Payload == nil {
		return errors.New("payload is missing from the message")
	}
	return m.verify(key, m.Payload)
}

func (m Message) verify(key Key, payload []byte) error {
	if key.IsZero() || m.Header.Kid != key.kid {
		return fmt.Errorf("signed by key %s, not by %s: %w", m.Header.Kid, key.kid, ErrSignature)
	}
	if m.alg != int64(key.alg) {
		return fmt.Errorf("algorithm %d does not suit key %s: %w", m.alg, key.kid, ErrSignature)
	}
	return key.VerifyBytes(m.head, payload, m.signature)
}

// Alg returns the COSE algorithm that the key signs with: -8 EdDSA, -7 ES256.
func (k Key) Alg() int64 { return int64(k.alg) }

// VerifyBytes checks what SignBytes makes. Errors match ErrSignature.
func (k Key) VerifyBytes(head, payload, signature []byte) error {
	if k.IsZero() || len(signature) != signatureSize {
		return fmt.Errorf("signature of %d bytes: %w", len(signature), ErrSignature)
	}
	if k.alg == gocose.AlgorithmES256 && !bytes.Equal(signature, lowS(signature)) {
		return fmt.Errorf("s of the ES256 signature by %s is not in its lower half: %w", k.kid, ErrSignature)
	}
	verifier, err := gocose.NewVerifier(k.alg, k.public)
	if err != nil {
		return err
	}
	if err := verifier.Verify(toBeSigned(head, payload), signature); err != nil {
		return fmt.Errorf("key %s: %w", k.kid, ErrSignature)
	}
	return nil
}

// Open parses and verifies a message with its payload attached, and returns the payload.
func Open(message []byte, thing string, key Key) ([]byte, Header, error) {
	m, err := Parse(message, thing)
	if err != nil {
		return nil, Header{}, err
	}
	return m.Payload, m.Header, m.Verify(key)
}

// p256Order is the order n of the base point of P-256 (FIPS 186-5).
var p256Order, _ = new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)

// lowS returns an ES256 signature (r || s) with s replaced by n - s when it is in the upper half, so that one signer's
// signature over one message has one form.
func lowS(signature []byte) []byte {
	s := new(big.Int).SetBytes(signature[32:])
	if s.Cmp(new(big.Int).Rsh(p256Order, 1)) <= 0 {
		return signature
	}
	low := bytes.Clone(signature)
	s.Sub(p256Order, s).FillBytes(low[32:])
	return low
}
