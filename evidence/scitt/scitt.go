// Package scitt makes and reads COSE receipts (RFC 9942) over the log's tree, and puts them into the statements that they are of, for
// those whose tools speak SCITT. A batch statement is a SCITT signed statement as it is. The receipt of record stays that of
// c2sp.org/tlog-proof (package proof): witnesses sign there, and only there.
package scitt

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
)

// Labels and values of RFC 9942.
const (
	treeSHA256 = 1 // RFC9162_SHA256, the value of label 395 in a receipt
)

// MaxReceipts is how many receipts a statement carries at most.
const MaxReceipts = 16

const (
	tagSign1 = 18
	maxPath  = 63
	// MaxBytes bounds a receipt.
	MaxBytes = 8 << 10
)

// protected is the protected header of a receipt.
type protected struct {
	Alg    int64    `cbor:"1,keyasint"`
	Kid    cose.Kid `cbor:"4,keyasint"`
	Claims struct {
		Issuer  string `cbor:"1,keyasint"`
		Subject string `cbor:"2,keyasint,omitempty"` // of the entry, see subject
	} `cbor:"15,keyasint"`
	Tree int64 `cbor:"395,keyasint"`
}

// subject names the entry that a receipt is of, by its SHA-256 in hex: SCITT asks every receipt for a subject (its
// draft of October 2025 was read, not RFC 9943 itself).
func subject(entry []byte) string {
	sum := sha256.Sum256(entry)
	return hex.EncodeToString(sum[:])
}

// unprotected holds the proofs of a receipt, each encoded by itself.
type unprotected struct {
	Proofs struct {
		Inclusion [][]byte `cbor:"-1,keyasint"`
	} `cbor:"396,keyasint"`
}

// inclusion is the inclusion proof of RFC9162_SHA256.
type inclusion struct {
	_     struct{} `cbor:",toarray"`
	Size  uint64
	Index uint64
	Path  [][32]byte
}

// message is a COSE_Sign1 whose payload, the root of the tree, is left out.
type message[U any] struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected U
	Payload     *[]byte
	Signature   []byte
}

// Receipt says what a COSE receipt shows.
type Receipt struct {
	Issuer string // the log's origin
	Size   uint64
	Index  uint64
	Root   [32]byte
}

// Derive returns the COSE receipt of the entry that a receipt of the log is of. The log's key signs the root, so that only who has it
// can derive one; the receipt must verify under the trust first.
func Derive(key crypto.Signer, receipt proof.Receipt, entry []byte, trust proof.Trust) ([]byte, error) {
	c, err := receipt.Verify(entry, trust)
	if err != nil {
		return nil, err
	}
	public, err := cose.NewKey(key.Public())
	if err != nil {
		return nil, err
	}
	p := protected{Alg: public.Alg(), Kid: public.Kid(), Tree: treeSHA256}
	p.Claims.Issuer, p.Claims.Subject = c.Origin, subject(entry)
	head, err := cose.Marshal(p)
	if err != nil {
		return nil, err
	}
	m := message[unprotected]{Protected: head}
	path, err := cose.Marshal(inclusion{Size: c.Size, Index: receipt.Index, Path: append([][32]byte{}, receipt.Path...)})
	if err != nil {
		return nil, err
	}
	m.Unprotected.Proofs.Inclusion = [][]byte{path}
	if m.Signature, err = cose.SignBytes(key, head, c.Root[:]); err != nil {
		return nil, fmt.Errorf("sign COSE receipt: %w", err)
	}
	return cose.Marshal(cbor.Tag{Number: tagSign1, Content: m})
}

// Verify checks that a COSE receipt by the key of a log shows the entry, and returns what it shows.
func Verify(receipt, entry []byte, key cose.Key) (r Receipt, err error) {
	var m message[unprotected]
	if err := untag(receipt, MaxBytes, &m); err != nil {
		return r, fmt.Errorf("COSE receipt: %w", err)
	}
	var p protected
	var path inclusion
	if err := cose.Unmarshal(m.Protected, &p); err != nil {
		return r, fmt.Errorf("COSE receipt: protected header: %w", err)
	}
	switch proofs := m.Unprotected.Proofs.Inclusion; {
	case p.Tree != treeSHA256:
		return r, fmt.Errorf("COSE receipt: verifiable data structure %d, want RFC9162_SHA256", p.Tree)
	case p.Alg != key.Alg() || p.Kid != key.Kid():
		return r, fmt.Errorf("COSE receipt: signed by key %s, not by %s", p.Kid, key.Kid())
	case p.Claims.Subject != "" && p.Claims.Subject != subject(entry): // those of before had none
		return r, fmt.Errorf("COSE receipt: its subject is %q, the SHA-256 of the entry %s", p.Claims.Subject, subject(entry))
	case m.Payload != nil:
		return r, errors.New("COSE receipt: the payload is attached, the root is to be computed")
	case len(proofs) != 1:
		return r, fmt.Errorf("COSE receipt: %d inclusion proofs, want one", len(proofs))
	default:
		if err := cose.Unmarshal(proofs[0], &path); err != nil {
			return r, fmt.Errorf("COSE receipt: inclusion proof: %w", err)
		}
	}
	if len(path.Path) > maxPath {
		return r, fmt.Errorf("COSE receipt: a path of %d hashes", len(path.Path))
	}
	r = Receipt{Issuer: p.Claims.Issuer, Size: path.Size, Index: path.Index}
	if r.Root, err = proof.RootFromInclusion(path.Size, path.Index, proof.LeafHash(entry), path.Path); err != nil {
		return r, fmt.Errorf("COSE receipt: %w", err)
	}
	if err := key.VerifyBytes(m.Protected, r.Root[:], m.Signature); err != nil {
		return r, fmt.Errorf("COSE receipt: %w", err)
	}
	return r, nil
}

// untag decodes a tagged COSE_Sign1.
func untag(b []byte, limit int, into any) error {
	const headSign1 = 0xc0 | tagSign1
	if len(b) < 2 || len(b) > limit || b[0] != headSign1 {
		return errors.New("not a tagged COSE_Sign1")
	}
	return cose.Unmarshal(b[1:], into)
}

// attached are the receipts in the unprotected header of a statement.
type attached struct {
	Receipts [][]byte `cbor:"394,keyasint,omitempty"`
}

// Attach returns a transparent statement: the signed statement with receipts of it. What the ledger holds, and every hash of it, stays
// that of the statement without them: Detach gives it back.
func Attach(statement []byte, receipts ...[]byte) ([]byte, error) {
	if len(receipts) == 0 || len(receipts) > MaxReceipts {
		return nil, fmt.Errorf("%d receipts, want 1 to %d", len(receipts), MaxReceipts)
	}
	var m message[struct{}]
	if err := untag(statement, maxStatement, &m); err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	return cose.Marshal(cbor.Tag{Number: tagSign1, Content: message[attached]{
		Protected: m.Protected, Unprotected: attached{receipts}, Payload: m.Payload, Signature: m.Signature,
	}})
}

// maxStatement bounds a statement with its receipts.
const maxStatement = 65_535 + MaxReceipts*MaxBytes

// Detach returns the statement and the receipts of a transparent statement. Nothing of it is verified.
func Detach(transparent []byte) (statement []byte, receipts [][]byte, err error) {
	var m message[attached]
	if err := untag(transparent, maxStatement, &m); err != nil {
		return nil, nil, fmt.Errorf("transparent statement: %w", err)
	}
	if len(m.Unprotected.Receipts) == 0 || len(m.Unprotected.Receipts) > MaxReceipts {
		return nil, nil, fmt.Errorf("transparent statement: %d receipts, want 1 to %d", len(m.Unprotected.Receipts), MaxReceipts)
	}
	statement, err = cose.Marshal(cbor.Tag{Number: tagSign1, Content: message[struct{}]{
		Protected: m.Protected, Payload: m.Payload, Signature: m.Signature,
	}})
	return statement, m.Unprotected.Receipts, err
}
