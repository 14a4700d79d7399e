package keyfile_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"filippo.io/mldsa"

	"github.com/gauger/gauger/internal/keyfile"
)

func write(t *testing.T, data []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(t *testing.T, blockType string, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der})
}

func TestCreateAndLoad(t *testing.T) {
	for _, kind := range []keyfile.Kind{keyfile.Ed25519, keyfile.P256, keyfile.MLDSA44} {
		path := filepath.Join(t.TempDir(), "key.pem")
		made, err := keyfile.Create(path, kind)
		if err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(path)
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 600", kind, fi.Mode(), err)
		}
		link := path + ".link"
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, link} {
			key, err := keyfile.Load(p)
			if err != nil {
				t.Fatal(err)
			}
			if !key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(made.Public()) {
				t.Errorf("%s: %s holds another key", kind, p)
			}
			verify(t, key)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, link} {
			if _, err := keyfile.Create(p, kind); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "not overwritten") {
				t.Errorf("Create over %s: %v, want fs.ErrExist with advice", p, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the key was changed, %v", kind, err)
		}
	}
}

// verify signs with a key and checks the signature with its public half.
func verify(t *testing.T, key crypto.Signer) {
	t.Helper()
	digest := sha256.Sum256([]byte("42 bbl"))
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		sig, err := key.Sign(nil, digest[:], crypto.Hash(0))
		if err != nil || !ed25519.Verify(public, digest[:], sig) {
			t.Errorf("bad signature, %v", err)
		}
	case *ecdsa.PublicKey:
		sig, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || !ecdsa.VerifyASN1(public, digest[:], sig) {
			t.Errorf("bad signature, %v", err)
		}
	case *mldsa.PublicKey:
		sig, err := key.Sign(nil, digest[:], crypto.Hash(0))
		if err != nil || mldsa.Verify(public, digest[:], sig, nil) != nil {
			t.Errorf("bad signature, %v", err)
		}
	default:
		t.Errorf("public key of type %T", public)
	}
}

func TestCreateErrors(t *testing.T) {
	if _, err := keyfile.Create(filepath.Join(t.TempDir(), "k"), "rsa"); err == nil || !strings.Contains(err.Error(), `"ed25519", "p256" or "mldsa44"`) {
		t.Errorf("unknown kind: %v", err)
	}
	if _, err := keyfile.Create(filepath.Join(t.TempDir(), "no", "k"), keyfile.P256); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

func TestLoadRefusesModes(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	good := encode(t, "PRIVATE KEY", key)
	for mode, ok := range map[os.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true,
		0o640: false, 0o604: false, 0o620: false, 0o601: false, 0o666: false,
	} {
		path := write(t, good, mode)
		_, err := keyfile.Load(path)
		if ok && err != nil {
			t.Errorf("mode %o: %v", mode, err)
		}
		if !ok && (err == nil || !strings.Contains(err.Error(), "chmod 600 "+path)) {
			t.Errorf("mode %o: %v, want the advice to chmod", mode, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := encode(t, "PRIVATE KEY", ed)
	seed := func(b []byte) []byte { return encode(t, "PRIVATE KEY", ed25519.NewKeyFromSeed(b)) }
	small := func(n int64) []byte {
		b := make([]byte, 32)
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), big.NewInt(n).FillBytes(b))
		if err != nil {
			t.Fatal(err)
		}
		return encode(t, "PRIVATE KEY", k)
	}
	counted := make([]byte, 32)
	for i := range counted {
		counted[i] = byte(i)
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "no PEM block"},
		{"raw bytes", []byte("0123456789abcdef0123456789abcdef"), "no PEM block"},
		{"too large", bytes.Repeat([]byte("x"), 16<<10+1), "larger than"},
		{"other block", encode(t, "EC PRIVATE KEY", ed), "openssl pkcs8"},
		{"public key", encode(t, "PUBLIC KEY", ed), "PUBLIC KEY"},
		{"encrypted", encode(t, "ENCRYPTED PRIVATE KEY", ed), "encrypted"},
		{"two keys", append(bytes.Clone(good), good...), "more than one"},
		{"damaged", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1, 2, 3}}), "not a PKCS#8 key"},
		{"RSA", encode(t, "PRIVATE KEY", rsaKey), "only Ed25519, P-256 and ML-DSA-44"},
		{"P-384", encode(t, "PRIVATE KEY", p384), "P-384"},
		{"seed of zeros", seed(make([]byte, 32)), "not random"},
		{"seed of spaces", seed(bytes.Repeat([]byte(" "), 32)), "not random"},
		{"seed repeats a word", seed(bytes.Repeat([]byte("password"), 4)), "not random"},
		{"seed counted up", seed(counted), "not random"},
		{"P-256 key 1", small(1), "not random"},
		{"P-256 key of one word", small(0x0123456789abcdef), "not random"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			path := write(t, tc.data, 0o600)
			key, err := keyfile.Load(path)
			if key != nil || err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want one with the path and %q", err, tc.want)
			}
		})
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                       "not a regular file",
		pipe:                      "not a regular file",
		filepath.Join(dir, "nix"): "no such file",
	} {
		if _, err := keyfile.Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
