// Package keyfile keeps private keys in PKCS#8 PEM files that nobody but their owner can read.
package keyfile

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

// Kind is a kind of key.
type Kind string

// The kinds of keys.
const (
	Ed25519 Kind = "ed25519"
	P256    Kind = "p256"
)

const (
	maxSize   = 16 << 10
	blockType = "PRIVATE KEY"
)

// Load reads a private key: an ed25519.PrivateKey or an *ecdsa.PrivateKey on P-256. It refuses a file that group or others
// can read, and never prints what is in it.
func Load(path string) (crypto.Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key %s is not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s can be read by others (mode %04o): chmod 600 %s, and replace the key if it was exposed", path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", path, err)
	}
	key, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	return key, nil
}

func parse(data []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(data)
	if len(data) > maxSize || block == nil || block.Type != blockType || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("not one PEM block of type %q", blockType)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not a PKCS#8 private key")
	}
	switch k := key.(type) {
	case ed25519.PrivateKey:
		if weak(k.Seed()) {
			return nil, errors.New("its seed is one byte repeated: nobody drew it at random, make a new key")
		}
		return k, nil
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return k, nil
		}
	}
	return nil, fmt.Errorf("keys of type %T are not supported, want Ed25519 or ECDSA on P-256", key)
}

// weak reports a seed whose bytes are all the same: a placeholder, not a key.
func weak(seed []byte) bool {
	return bytes.Count(seed, seed[:1]) == len(seed)
}

// Create draws a new key, writes it with mode 0600 and returns it. It never overwrites a file.
func Create(path string, kind Kind) (crypto.Signer, error) {
	var key crypto.Signer
	var err error
	switch kind {
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case P256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = fmt.Errorf("kind of key %q is neither %s nor %s", kind, Ed25519, P256)
	}
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, write(path, pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}

func write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("create key %s: %w", path, err), os.Remove(path))
	}
	return nil
}
