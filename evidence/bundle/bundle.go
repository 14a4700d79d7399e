// Package bundle is the one file that carries everything behind an entry: registries, statements with their receipts, records
// with their proofs, tickets, documents, and the tables that the decision was made on. It is a single COSE_Sign1, so no byte of
// it is uncovered.
package bundle

import (
	"crypto"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
)

// Version is the version of the bundle format.
const Version = 1

// Thing is the name of a bundle in the typ header of its signature.
const Thing = "bundle"

// Depth says which records a bundle carries.
type Depth string

// The two depths.
const (
	// Tickets: the opening and closing record of each ticket, and every statement between them.
	Tickets Depth = "tickets"
	// Records: every record of those statements.
	Records Depth = "records"
)

// Bundle is the payload. Lists are in the order a verifier reads them.
type Bundle struct {
	Version    uint64          `cbor:"1,keyasint"`
	Depth      Depth           `cbor:"2,keyasint"`
	Sealed     int64           `cbor:"3,keyasint"` // ms since 1970 UTC
	Trust      []byte          `cbor:"4,keyasint"` // the trust file of whoever sealed it: enough for CONSISTENT, never for VERIFIED
	Registries [][]byte        `cbor:"5,keyasint"` // signed registries
	Batches    []Batch         `cbor:"6,keyasint"` // by device (its kid), then statement number
	Tickets    []ticket.Signed `cbor:"7,keyasint"` // each version after the one before it
	Documents  [][]byte        `cbor:"8,keyasint"` // signed reports, movements, certificates, claims; the typ header says which
	Tables     []Table         `cbor:"9,keyasint,omitempty"`
	Decision   []byte          `cbor:"10,keyasint,omitempty"` // what was decided on all this, for the verifier to decide again
}

// Batch is a statement with its receipt. Without a receipt the statement was refused: it fills its place in the chain of
// statements, and its records count nowhere.
type Batch struct {
	Statement []byte   `cbor:"1,keyasint"`
	Receipt   []byte   `cbor:"2,keyasint,omitempty"`
	Leaves    [][]byte `cbor:"3,keyasint,omitempty"` // depth records: all of them
	Picks     []Pick   `cbor:"4,keyasint,omitempty"` // depth tickets: those that tickets cite
}

// Pick is one record of a batch with its path to the statement's root.
type Pick struct {
	Leaf []byte     `cbor:"1,keyasint"`
	Path [][32]byte `cbor:"2,keyasint"`
}

// Table is a file of rules or rates, carried whole so that the decision can be repeated on exactly these rows.
type Table struct {
	Name  string `cbor:"1,keyasint"`
	Bytes []byte `cbor:"2,keyasint"`
}

// Seal returns the bundle file, signed by a party's key.
func (b *Bundle) Seal(key crypto.Signer) ([]byte, error) {
	b.Version = Version
	payload, err := cose.Marshal(b)
	if err != nil {
		return nil, err
	}
	sealed, err := cose.Sign(key, Thing, payload, nil)
	if err == nil && len(sealed) > cose.MaxMessage {
		err = fmt.Errorf("bundle has %d bytes, at most %d are allowed", len(sealed), cose.MaxMessage)
	}
	return sealed, err
}

// Parse reads a bundle file strictly, without verifying anything.
func Parse(file []byte) (*Bundle, cose.Message, error) {
	m, err := cose.Parse(file, Thing)
	if err != nil {
		return nil, m, err
	}
	var b Bundle
	if err := cose.Unmarshal(m.Payload, &b); err != nil {
		return nil, m, fmt.Errorf("bundle: %w", err)
	}
	if b.Version != Version || b.Depth != Tickets && b.Depth != Records {
		return nil, m, fmt.Errorf("bundle version %d of depth %q is unknown", b.Version, b.Depth)
	}
	return &b, m, nil
}

// Failure is the first thing that is wrong with a bundle, and where.
type Failure struct {
	Entry  string  `json:"entry,omitempty"`
	Ticket string  `json:"ticket,omitempty"`
	Point  string  `json:"point,omitempty"`
	Seq    *uint64 `json:"seq,omitempty"`
	What   string  `json:"what"`
}

// Error names the place and what is wrong there.
func (f *Failure) Error() string {
	s := ""
	for _, p := range []struct{ name, value string }{{"entry", f.Entry}, {"ticket", f.Ticket}, {"point", f.Point}} {
		if p.value != "" {
			s += p.name + " " + p.value + ", "
		}
	}
	if f.Seq != nil {
		s += fmt.Sprintf("sequence number %d, ", *f.Seq)
	}
	if s != "" {
		s = s[:len(s)-2] + ": "
	}
	return s + f.What
}

func failure(err error) *Failure { return &Failure{What: err.Error()} }

func at(point string, seq uint64, err error) *Failure {
	return &Failure{Point: point, Seq: &seq, What: err.Error()}
}
