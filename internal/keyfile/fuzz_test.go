package keyfile

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse reads arbitrary key files: no panic, no key that can't sign, and no key
// material in errors.
func FuzzParse(f *testing.F) {
	for _, kind := range []Kind{Ed25519, P256, MLDSA44} {
		path := filepath.Join(f.TempDir(), "key.pem")
		if _, err := Create(path, kind); err != nil {
			f.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		block, _ := pem.Decode(data)
		key, err := parse(data)
		if err == nil {
			digest := sha256.Sum256(nil)
			if _, err := key.Sign(rand.Reader, digest[:], hashOf(key)); err != nil {
				t.Errorf("key of type %T can't sign: %v", key, err)
			}
			return
		}
		if block != nil && len(block.Bytes) >= 16 && strings.Contains(err.Error(), base64.StdEncoding.EncodeToString(block.Bytes)) {
			t.Errorf("the error shows the key: %v", err)
		}
	})
}

// hashOf returns what key.Sign wants to know about its input.
func hashOf(key crypto.Signer) crypto.Hash {
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		return crypto.SHA256
	}
	return crypto.Hash(0)
}
