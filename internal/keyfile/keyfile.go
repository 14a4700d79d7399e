// Package keyfile keeps private keys in files: PKCS#8 in PEM, Ed25519, ECDSA
// P-256 or ML-DSA-44, readable by their owner alone. It never shows key material, not in errors
// either, and never overwrites a key.
package keyfile

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509" // the standard library's, with ML-DSA
)

// maxBytes is more than any key in PEM needs.
const maxBytes = 16 << 10

// Kind is a kind of key.
type Kind string

// The kinds of keys there are.
const (
	Ed25519 Kind = "ed25519"
	P256    Kind = "p256"
	MLDSA44 Kind = "mldsa44"
)

const blockType = "PRIVATE KEY"

// Load returns the private key in the file at path, an ed25519.PrivateKey, an
// *ecdsa.PrivateKey or an *mldsa.PrivateKey. Symbolic links are followed. It refuses, with an error that names the
// file and the mend, files that group or others may use (on Windows this can't be
// told from the mode, and is not checked), that are not regular, larger than
// 16 KiB, or hold anything but one PKCS#8 key of these kinds, and keys that are
// obviously not random.
func Load(path string) (crypto.Signer, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	key, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// read returns the content of a file that is fit to hold a key.
func read(path string) ([]byte, error) {
	// Opening a pipe would wait for its other end, so look first.
	if fi, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	} else if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer f.Close() // only read
	fi, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if mode := fi.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("key file %s: mode %#o lets group or others use it: run chmod 600 %s, and replace the key if they may have", path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("key file %s: larger than %d bytes, this is no key", path, maxBytes)
	}
	return data, nil
}

// parse decodes one key.
func parse(data []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, errors.New(`no PEM block: the file must begin with "-----BEGIN PRIVATE KEY-----"`)
	}
	defer clear(block.Bytes)
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || len(block.Headers) > 0:
		return nil, errors.New("encrypted: a device that starts by itself needs it plain, convert it with openssl pkcs8 -topk8 -nocrypt")
	case block.Type != blockType:
		return nil, fmt.Errorf("PEM block of type %.40q, want %q: convert it with openssl pkcs8 -topk8 -nocrypt", block.Type, blockType)
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, errors.New("more than one PEM block: keep one key in a file")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a PKCS#8 key: %w", err)
	}
	return check(key)
}

// check accepts keys of our kinds that look random.
func check(key any) (crypto.Signer, error) {
	var signer crypto.Signer
	var secret []byte
	switch k := key.(type) {
	case ed25519.PrivateKey:
		signer, secret = k, k.Seed()
	case *ecdsa.PrivateKey:
		if k.Curve != elliptic.P256() {
			return nil, fmt.Errorf("ECDSA on curve %s: of these only P-256 is used here", k.Params().Name)
		}
		b, err := k.Bytes()
		if err != nil {
			return nil, fmt.Errorf("not a P-256 key: %w", err)
		}
		signer, secret = k, b
	case *mldsa.PrivateKey:
		if k.PublicKey().Parameters() != mldsa.MLDSA44() {
			return nil, fmt.Errorf("an %s key: of these only ML-DSA-44 is used here", k.PublicKey().Parameters())
		}
		signer, secret = k, k.Bytes()
	default:
		return nil, fmt.Errorf("a %T: only Ed25519, P-256 and ML-DSA-44 keys are used here", key)
	}
	defer clear(secret)
	if weak(secret) {
		return nil, errors.New("the key is not random: make a new one, this one can be guessed")
	}
	return signer, nil
}

// weak reports whether 32 secret bytes are obviously not random: spaces, zeros, a
// small number, a repeated pattern, or counted up. Of random keys fewer than one in 10^29
// have less than ten different bytes.
func weak(secret []byte) bool {
	var seen [256]bool
	different, counted := 0, true
	for i, b := range secret {
		if !seen[b] {
			seen[b] = true
			different++
		}
		if i > 1 && b-secret[i-1] != secret[1]-secret[0] {
			counted = false
		}
	}
	return different < 10 || counted
}

// Create makes a new key and writes it to path with mode 0600, durably. A file
// that is there already, even as a symbolic link, is left alone: the error then matches
// fs.ErrExist.
func Create(path string, kind Kind) (crypto.Signer, error) {
	key, err := generate(kind)
	if err != nil {
		return nil, fmt.Errorf("create key file %s: %w", path, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("create key file %s: %w", path, err)
	}
	defer clear(der)
	text := pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der})
	defer clear(text)
	if err := write(path, text); err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	return key, nil
}

func generate(kind Kind) (crypto.Signer, error) {
	switch kind {
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case MLDSA44:
		return mldsa.GenerateKey(mldsa.MLDSA44())
	}
	return nil, fmt.Errorf("kind of key %.40q: use %q, %q or %q", kind, Ed25519, P256, MLDSA44)
}

// write makes the file, and takes it away again if it can't be finished: half a key is
// worse than none.
func write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: keys are not overwritten, choose another name or move it away", err)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
