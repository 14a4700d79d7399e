package bundletest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/gauger/gauger/evidence/proof"
)

// Ed25519 returns the key whose seed is 32 times the byte given.
func Ed25519(seed byte) crypto.Signer {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// ES256 returns the P-256 key whose private number is 32 times the byte given. It signs deterministically (RFC 6979).
func ES256(scalar byte) crypto.Signer {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{scalar}, 32))
	if err != nil {
		panic(err) // only 0 and 255 are out of range
	}
	return deterministic{k}
}

type deterministic struct{ *ecdsa.PrivateKey }

// Sign ignores the random source: without one the standard library signs as RFC 6979 has it.
func (k deterministic) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, crypto.SHA256)
}

// The log and its witness.
const (
	LogName     = "log.example/main"
	WitnessName = "witness.example"
)

var (
	logKey     = Ed25519(1)
	witnessKey = Ed25519(11)
)

// LogKey returns the log's verifier key.
func LogKey() string { return VerifierKey(LogName, 0x01, logKey) }

// WitnessKey returns the witness's verifier key.
func WitnessKey() string { return VerifierKey(WitnessName, 0x04, witnessKey) }

// VerifierKey returns the vkey of c2sp.org/signed-note of an Ed25519 key with the given name and signature type.
func VerifierKey(name string, kind byte, key crypto.Signer) string {
	raw := append([]byte{kind}, key.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, raw), base64.StdEncoding.EncodeToString(raw))
}

func keyID(name string, raw []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return binary.BigEndian.Uint32(sum[:])
}

// Checkpoint returns the checkpoint of a log of these entries, signed by the log and cosigned by the witness.
func Checkpoint(entries [][]byte) proof.SignedCheckpoint {
	c := proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: LogName, Size: uint64(len(entries)), Root: proof.Root(entries)}}
	text := bytes.TrimSuffix(c.Format(), []byte("\n"))
	const seconds = Epoch / 1000
	cosigned := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, text)
	c.Signatures = []proof.Signature{
		signature(LogName, 0x01, logKey, nil, text),
		signature(WitnessName, 0x04, witnessKey, binary.BigEndian.AppendUint64(nil, seconds), cosigned),
	}
	return c
}

func signature(name string, kind byte, key crypto.Signer, prefix, message []byte) proof.Signature {
	sig, err := key.Sign(nil, message, crypto.Hash(0))
	if err != nil {
		panic(err) // Ed25519 signs anything
	}
	raw := append([]byte{kind}, key.Public().(ed25519.PublicKey)...)
	return proof.Signature{Name: name, KeyID: keyID(name, raw), Bytes: append(prefix, sig...)}
}

// Receipt returns the receipt of a log entry under the newest checkpoint.
func (w *World) Receipt(entry int) []byte {
	w.t.Helper()
	path, err := proof.Inclusion(w.Entries, entry)
	w.must(err)
	return proof.Receipt{Index: uint64(entry), Path: path, Checkpoint: Checkpoint(w.Entries)}.Format()
}
