package cose_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"io"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/cose"
)

const kind = "record"

var payload = []byte("the payload")

func signers(t testing.TB) map[string]crypto.Signer {
	return map[string]crypto.Signer{"Ed25519": edKey(7), "ES256": ecKey(t, 7)}
}

func sign(t testing.TB, key crypto.Signer, claims *cose.Claims) []byte {
	t.Helper()
	m, err := cose.Sign(key, kind, payload, claims)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The message is, byte for byte, what RFC 9052 says, and its signature is over the Sig_structure put together here by hand.
func TestSignByHand(t *testing.T) {
	key := edKey(7)
	kid := keyOf(t, key).Kid()
	head := append(unhex(t, "a3 01 27 04 5820"), kid[:]...)
	head = append(head, unhex(t, "10 7821")...)
	head = append(head, "application/gauger.record.v1+cbor"...)
	structure := append(unhex(t, "84 6a"), "Signature1"...)
	structure = append(append(structure, 0x58, byte(len(head))), head...)
	structure = append(append(structure, 0x40, 0x40|byte(len(payload))), payload...)
	want := append([]byte{0xd2, 0x84, 0x58, byte(len(head))}, head...)
	want = append(append(want, 0xa0, 0x40|byte(len(payload))), payload...)
	want = append(append(want, 0x58, 0x40), ed25519.Sign(key, structure)...)
	if got := sign(t, key, nil); !bytes.Equal(got, want) {
		t.Errorf("message is %x, want %x", got, want)
	}
}

func TestSignAndOpen(t *testing.T) {
	for name, signer := range signers(t) {
		t.Run(name, func(t *testing.T) {
			key := keyOf(t, signer)
			claims := &cose.Claims{Issuer: "did:web:a.example", Subject: "device"}
			message := sign(t, signer, claims)
			got, header, err := cose.Open(message, kind, key)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, payload) || header.Kid != key.Kid() || header.Type != "application/gauger.record.v1+cbor" || *header.Claims != *claims {
				t.Errorf("payload %q, header %+v", got, header)
			}
			if thing, err := cose.Thing(message); err != nil || thing != kind {
				t.Errorf("thing is %q: %v", thing, err)
			}
			m, err := cose.Parse(message, kind)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, m.VerifyDetached(key, payload), "expected it detached")
			refused(t, m.Verify(keyOf(t, edKey(8))), "signed by key")
			refused(t, m.Verify(cose.Key{}), "signed by key")
			_, _, err = cose.Open(message, "ticket", key)
			refused(t, err, `want "application/gauger.ticket.v1+cbor"`)
		})
	}
}

func TestDetached(t *testing.T) {
	for name, signer := range signers(t) {
		t.Run(name, func(t *testing.T) {
			key := keyOf(t, signer)
			message, err := cose.SignDetached(signer, kind, payload)
			if err != nil {
				t.Fatal(err)
			}
			m, err := cose.Parse(message, kind)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(message, payload) || m.Payload != nil {
				t.Error("the message holds the payload")
			}
			refused(t, m.VerifyDetached(key, payload), "")
			refused(t, m.VerifyDetached(key, append(bytes.Clone(payload), 0)), "does not verify")
			refused(t, m.Verify(key), "payload is missing")
		})
	}
}

// Attached and empty is not the same as detached.
func TestEmptyPayload(t *testing.T) {
	for _, empty := range [][]byte{nil, {}} {
		message, err := cose.Sign(edKey(7), kind, empty, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := cose.Open(message, kind, keyOf(t, edKey(7)))
		if err != nil || got == nil || len(got) != 0 {
			t.Errorf("payload is %v: %v", got, err)
		}
	}
}

// Every signature has a twin with n - s for s that ECDSA accepts. Exactly one of the two is accepted here, and it is the one
// that Sign makes.
func TestHighSIsRefused(t *testing.T) {
	key := ecKey(t, 7)
	n := elliptic.P256().Params().N
	digestOf := func(m cose.Message, message []byte) []byte {
		head := message[4 : 4+int(message[3])]
		structure, err := cose.Marshal([]any{"Signature1", head, []byte{}, m.Payload})
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(structure)
		return sum[:]
	}
	for range 16 { // signatures are random: about half of them would be high
		low := sign(t, key, nil)
		m, err := cose.Parse(low, kind)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, m.Verify(keyOf(t, key)), "")
		twin := bytes.Clone(low)
		r, s := new(big.Int).SetBytes(low[len(low)-64:len(low)-32]), new(big.Int).SetBytes(low[len(low)-32:])
		s.Sub(n, s).FillBytes(twin[len(twin)-32:])
		if !ecdsa.Verify(&key.PublicKey, digestOf(m, low), r, s) {
			t.Fatal("the twin is no signature at all: the test proves nothing")
		}
		if m, err = cose.Parse(twin, kind); err != nil {
			t.Fatal(err)
		}
		err = m.Verify(keyOf(t, key))
		refused(t, err, "lower half")
		if !errors.Is(err, cose.ErrSignature) {
			t.Errorf("%v is no ErrSignature", err)
		}
	}
}

// Values of s at the edges: zero, n, and more than n must fail whatever the arithmetic makes of them.
func TestStrangeSIsRefused(t *testing.T) {
	key := ecKey(t, 7)
	n := elliptic.P256().Params().N
	message := sign(t, key, nil)
	s := new(big.Int).SetBytes(message[len(message)-32:])
	for name, other := range map[string]*big.Int{
		"zero": new(big.Int), "n": n, "n + 1": new(big.Int).Add(n, big.NewInt(1)),
		"all ones": new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)), "one more": new(big.Int).Add(s, big.NewInt(1)),
	} {
		altered := bytes.Clone(message)
		other.FillBytes(altered[len(altered)-32:])
		_, _, err := cose.Open(altered, kind, keyOf(t, key))
		if !errors.Is(err, cose.ErrSignature) {
			t.Errorf("s = %s: %v", name, err)
		}
	}
}

// An Ed25519 signature with S + L for S is refused, as RFC 8032 asks.
func TestLargeEd25519SIsRefused(t *testing.T) {
	key := edKey(7)
	message := sign(t, key, nil)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := bytes.Clone(message[len(message)-32:])
	reverse(little)
	s := new(big.Int).SetBytes(little)
	s.Add(s, order).FillBytes(little)
	reverse(little)
	altered := append(bytes.Clone(message[:len(message)-32]), little...)
	_, _, err := cose.Open(altered, kind, keyOf(t, key))
	refused(t, err, "does not verify")
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

// assemble builds a message from its parts and signs it by key 7, so that only the shape is at fault.
func assemble(t *testing.T, tag, head, unprotected string, payloadItem []byte) []byte {
	t.Helper()
	protected := unhex(t, head)
	structure, err := cose.Marshal([]any{"Signature1", protected, []byte{}, payload})
	if err != nil {
		t.Fatal(err)
	}
	item, err := cose.Marshal(protected)
	if err != nil {
		t.Fatal(err)
	}
	out := append(unhex(t, tag+"84"), item...)
	out = append(append(out, unhex(t, unprotected)...), payloadItem...)
	return append(append(out, 0x58, 0x40), ed25519.Sign(edKey(7), structure)...)
}

func TestParseIsStrict(t *testing.T) {
	attached := append([]byte{0x40 | byte(len(payload))}, payload...)
	kid := keyOf(t, edKey(7)).Kid().String()
	const typ = "10 7821 6170706c69636174696f6e2f6761756765722e7265636f72642e76312b63626f72"
	head := "a3 01 27 04 5820" + kid + typ
	for _, tt := range []struct{ name, tag, head, unprotected, want string }{
		{"as it should be", "d2", head, "a0", ""},
		{"untagged", "", head, "a0", "not a tagged COSE_Sign1"},
		{"another tag", "d1", head, "a0", "not a tagged COSE_Sign1"},
		{"tag in a longer form", "d812", head, "a0", "not a tagged COSE_Sign1"},
		{"tagged twice", "d2d2", head, "a0", "not deterministic"},
		{"unprotected kid", "d2", head, "a1 04 4101", "unknown field"},
		{"unprotected empty but long", "d2", head, "b800", "not deterministic"},
		{"unprotected missing", "d2", head, "f6", "not deterministic"},
		{"no algorithm", "d2", "a2 04 5820" + kid + typ, "a0", "not deterministic"},
		{"no kid", "d2", "a2 01 27" + typ, "a0", "not deterministic"},
		{"no typ", "d2", "a2 01 27 04 5820" + kid, "a0", "not deterministic"},
		{"no header", "d2", "", "a0", "EOF"},
		{"kid of 31 bytes", "d2", "a3 01 27 04 581f" + kid[2:] + typ, "a0", "not deterministic"},
		{"unsorted header", "d2", "a3 04 5820" + kid + "01 27" + typ, "a0", "not deterministic"},
		{"algorithm in a longer form", "d2", "a3 01 3807 04 5820" + kid + typ, "a0", "not deterministic"},
		{"critical fields", "d2", "a4 01 27 02 8101 04 5820" + kid + typ, "a0", "unknown field"},
		{"content type", "d2", "a4 01 27 03 00 04 5820" + kid + typ, "a0", "unknown field"},
		{"empty claims", "d2", "a4 01 27 04 5820" + kid + "0f a0" + typ, "a0", "not deterministic"},
		{"claims with an expiry", "d2", "a4 01 27 04 5820" + kid + "0f a3 01 6161 02 6162 04 00" + typ, "a0", "unknown field"},
		{"claims", "d2", "a4 01 27 04 5820" + kid + "0f a2 01 6161 02 6162" + typ, "a0", ""},
		{"algorithm of another kind of key", "d2", "a3 01 26 04 5820" + kid + typ, "a0", "does not suit key"},
		{"Ed25519 by its newer number", "d2", "a3 01 32 04 5820" + kid + typ, "a0", "does not suit key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := cose.Open(assemble(t, tt.tag, tt.head, tt.unprotected, attached), kind, keyOf(t, edKey(7)))
			refused(t, err, tt.want)
		})
	}
}

func TestParseRefusesOddSignatures(t *testing.T) {
	message := sign(t, edKey(7), nil)
	for _, tt := range []struct {
		name    string
		message []byte
		want    string
	}{
		{"empty", nil, "not a tagged"},
		{"one byte", message[:1], "not a tagged"},
		{"63 bytes", append(append(bytes.Clone(message[:len(message)-66]), 0x58, 63), message[len(message)-64:len(message)-1]...), "63 bytes, want 64"},
		{"byte after the end", append(bytes.Clone(message), 0), "extraneous"},
		{"cut off", message[:len(message)-1], "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cose.Parse(tt.message, kind)
			refused(t, err, tt.want)
		})
	}
}

func TestThingIsOfThisProject(t *testing.T) {
	message := sign(t, edKey(7), nil)
	for _, tt := range []struct {
		name    string
		message []byte
		want    string
	}{
		{"untagged", message[1:], "not a tagged"},
		{"another tag", append([]byte{0xd1}, message[1:]...), "not a tagged"},
		{"another prefix", bytes.Replace(message, []byte("application/gauger."), []byte("application/gouger."), 1), "not one of this project"},
		{"another version", bytes.Replace(message, []byte(".v1+"), []byte(".v2+"), 1), "not one of this project"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cose.Thing(tt.message)
			refused(t, err, tt.want)
		})
	}
}

// No byte of a message can change unnoticed.
func TestEveryByteOfAMessageCounts(t *testing.T) {
	for name, signer := range signers(t) {
		t.Run(name, func(t *testing.T) {
			key := keyOf(t, signer)
			message := sign(t, signer, &cose.Claims{Issuer: "did:web:a.example", Subject: "device"})
			for i := range message {
				for bit := range 8 {
					altered := bytes.Clone(message)
					altered[i] ^= 1 << bit
					if _, _, err := cose.Open(altered, kind, key); err == nil {
						t.Errorf("byte %d, bit %d changed, and the message verifies", i, bit)
					}
				}
			}
		})
	}
}

type brokenSigner struct{ crypto.Signer }

func (brokenSigner) Public() crypto.PublicKey { return "no key" }

func TestSignRefusesOtherKeys(t *testing.T) {
	_, err := cose.Sign(brokenSigner{}, kind, payload, nil)
	refused(t, err, "neither ed25519 nor ecdsa")
}

func TestSignAnything(t *testing.T) {
	keys := []crypto.Signer{edKey(7), ecKey(t, 7)}
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom(keys).Draw(t, "key")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		message, err := cose.Sign(key, "thing", body, nil)
		if err != nil {
			t.Fatal(err)
		}
		public, err := cose.NewKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := cose.Open(message, "thing", public)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%x came back as %x: %v", body, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, signer := range signers(f) {
		f.Add(sign(f, signer, nil))
		f.Add(sign(f, signer, &cose.Claims{Issuer: "did:web:a.example", Subject: "device"}))
		detached, err := cose.SignDetached(signer, kind, payload)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(detached)
	}
	key := keyOf(f, edKey(8)) // has signed none of these
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := cose.Parse(b, kind)
		if err != nil {
			return
		}
		if thing, err := cose.Thing(b); err != nil || thing != kind {
			t.Errorf("parsed as a %s, but is a %q: %v", kind, thing, err)
		}
		if m.Verify(key) == nil || m.VerifyDetached(key, payload) == nil {
			t.Error("verifies by a key that has signed nothing")
		}
	})
}

// hasher signs whole messages only, as what stands behind an SSH agent does.
type hasher struct{ *ecdsa.PrivateKey }

func (k hasher) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("signs no digests")
}

func (k hasher) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(k.PrivateKey, random, message, opts)
}

func TestSignsWholeMessages(t *testing.T) {
	key := hasher{ecKey(t, 9)}
	signed, err := cose.Sign(key, "record", []byte("42 bbl"), nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _, err := cose.Open(signed, "record", keyOf(t, key))
	if err != nil || string(payload) != "42 bbl" {
		t.Errorf("%q, %v", payload, err)
	}
}

// says is a P-256 key whose module answers with anything.
type says struct {
	*ecdsa.PrivateKey
	answer []byte
}

func (k says) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return k.answer, nil }

// What a module calls a signature must be one in form, or it is an error here and not at whoever verifies.
func TestSignRefusesNonsense(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "text": "736967", "r only": "3003020101", "zero": "3006 020100 020101", "negative": "3006 020101 0201ff",
		"bytes behind": "3006 020101 020101 00",
		"beyond":       "3026 020101 0221 00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	} {
		if signed, err := cose.Sign(says{ecKey(t, 9), unhex(t, answer)}, "record", nil, nil); err == nil {
			t.Errorf("%s: signed %x", name, signed)
		}
	}
}
