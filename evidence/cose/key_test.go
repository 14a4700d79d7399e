package cose_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
)

var (
	ecKey = cosetest.ES256
	edKey = cosetest.Ed25519
	keyOf = cosetest.Public
)

// The example of RFC 9679: its key with the required fields, and the thumbprint that it prints.
func TestThumbprintOfTheRFC(t *testing.T) {
	key := unhex(t, "a4 01 02 20 01 21 5820 65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"+
		"22 5820 1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")
	k, err := cose.ParseKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if want := "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"; k.Kid().String() != want {
		t.Errorf("thumbprint is %s, the RFC says %s", k.Kid(), want)
	}
	if !bytes.Equal(k.Bytes(), key) {
		t.Errorf("key is encoded as %x", k.Bytes())
	}
}

// The thumbprint is SHA-256 over the required fields, put together here byte by byte.
func TestThumbprintByHand(t *testing.T) {
	ed, ec := edKey(7), ecKey(t, 7)
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x := hex.EncodeToString(ed.Public().(ed25519.PublicKey))
	for _, tt := range []struct {
		name   string
		signer crypto.Signer
		coded  []byte
	}{
		{"Ed25519", ed, unhex(t, "a3 01 01 20 06 21 5820 "+x)},
		{"ES256", ec, unhex(t, "a4 01 02 20 01 21 5820 "+hex.EncodeToString(point[1:33])+" 22 5820 "+hex.EncodeToString(point[33:]))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := keyOf(t, tt.signer)
			if k.Kid() != sha256.Sum256(tt.coded) {
				t.Errorf("thumbprint is %s, want %x", k.Kid(), sha256.Sum256(tt.coded))
			}
			back, err := cose.ParseKey(tt.coded)
			if err != nil {
				t.Fatal(err)
			}
			if back.Kid() != k.Kid() || !bytes.Equal(back.Bytes(), tt.coded) || back.IsZero() {
				t.Errorf("%x came back as %x", tt.coded, back.Bytes())
			}
			if public := k.Public().(interface{ Equal(crypto.PublicKey) bool }); !public.Equal(back.Public()) {
				t.Error("the public keys differ")
			}
		})
	}
}

func TestParseKeyIsStrict(t *testing.T) {
	const x = "5820 65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
	const y = "5820 1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"
	for _, tt := range []struct{ name, hex, want string }{
		{"empty", "", "not a COSE_Key"},
		{"with a kid", "a5 01 02 02 4101 20 01 21" + x + "22" + y, "not a COSE_Key"},
		{"with an algorithm", "a4 01 01 03 27 20 06 21" + x, "not a COSE_Key"},
		{"P-384", "a4 01 02 20 02 21" + x + "22" + y, "not a COSE_Key"},
		{"X25519", "a3 01 01 20 04 21" + x, "not a COSE_Key"},
		{"Ed25519 with two coordinates", "a4 01 01 20 06 21" + x + "22" + y, "not a COSE_Key"},
		{"P-256 with a compressed point", "a4 01 02 20 01 21" + x + "22 f5", "not a COSE_Key"},
		{"point off the curve", "a4 01 02 20 01 21" + x + "22" + x, "P-256 key"},
		{"Ed25519 of 31 bytes", "a3 01 01 20 06 21 581f" + x[4:len(x)-2], "has 31 bytes, want 32"},
		{"unsorted", "a3 20 06 01 01 21" + x, "not a COSE_Key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cose.ParseKey(unhex(t, tt.hex))
			refused(t, err, tt.want)
		})
	}
}

func TestNewKeyRefusesOtherKeys(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		public crypto.PublicKey
		want   string
	}{
		{"P-384", p384.Public(), "not on P-256"},
		{"RSA", &rsa.PublicKey{}, "neither ed25519 nor ecdsa"},
		{"nothing", nil, "neither ed25519 nor ecdsa"},
		{"Ed25519 of 31 bytes", ed25519.PublicKey(make([]byte, 31)), "want 32"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cose.NewKey(tt.public)
			refused(t, err, tt.want)
		})
	}
	if !(cose.Key{}).IsZero() {
		t.Error("the zero key is not zero")
	}
}

func TestKidText(t *testing.T) {
	k := keyOf(t, edKey(7)).Kid()
	text, err := k.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back cose.Kid
	if err := back.UnmarshalText(text); err != nil || back != k {
		t.Errorf("%s came back as %s: %v", text, back, err)
	}
	for _, bad := range []string{"", "00", string(bytes.ToUpper(text)), string(text) + "00", "g" + string(text[1:])} {
		_, err := cose.ParseKid(bad)
		refused(t, err, "64 lower-case hex digits")
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(keyOf(f, edKey(7)).Bytes())
	f.Add(keyOf(f, ecKey(f, 7)).Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := cose.ParseKey(b); err == nil && !bytes.Equal(k.Bytes(), b) {
			t.Errorf("%x was accepted, but is %x encoded again", b, k.Bytes())
		}
	})
}
