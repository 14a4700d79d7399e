// Package statement is the signed summary of a batch of records: which runs of sequence numbers it holds, the Merkle root over
// their leaves, and the hash of the statement before it. Its exact bytes are what goes into the ledger.
package statement

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
)

// Version is the version of the statement format.
const Version = 1

// Thing is the name of a statement in the typ header of its signature.
const Thing = "statement"

// Limits of a statement. MaxSize is the largest entry the ledger takes.
const (
	MaxSize    = 65_535
	MaxRuns    = 1_024
	MaxRecords = 4_096
)

// Run is a contiguous range of records of one measuring point, both ends included.
type Run struct {
	Point string `cbor:"1,keyasint"`
	First uint64 `cbor:"2,keyasint"`
	Last  uint64 `cbor:"3,keyasint"`
}

// Seen is a log checkpoint that the device knew when it made the statement: it dates the statement from below.
type Seen struct {
	Size uint64      `cbor:"1,keyasint"`
	Root record.Hash `cbor:"2,keyasint"`
}

// Statement covers one batch of one device. Leaves are ordered by (point as UTF-8 bytes, sequence number).
type Statement struct {
	Version       uint64      `cbor:"1,keyasint"`
	Device        cose.Kid    `cbor:"2,keyasint"`
	Number        uint64      `cbor:"3,keyasint"`
	Prev          record.Hash `cbor:"4,keyasint"` // SHA-256 of the statement before; zeros at number 0
	Runs          []Run       `cbor:"5,keyasint"`
	Root          record.Hash `cbor:"6,keyasint"`
	Checkpoint    *Seen       `cbor:"7,keyasint,omitempty"`
	Binary        record.Hash `cbor:"8,keyasint"` // SHA-256 of the program that measured
	Configuration record.Hash `cbor:"9,keyasint"` // SHA-256 of its configuration
}

// Hash returns SHA-256 over exactly the signed bytes of a statement: its name, and the next one's Prev.
func Hash(signed []byte) record.Hash { return sha256.Sum256(signed) }

// Sign returns the signed bytes of s: the tagged COSE_Sign1 by the device's key, with the organisation as issuer.
func (s *Statement) Sign(key crypto.Signer, issuer string) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	payload, err := cose.Marshal(s)
	if err != nil {
		return nil, err
	}
	signed, err := cose.Sign(key, Thing, payload, &cose.Claims{Issuer: issuer, Subject: s.Device.String()})
	if err == nil && len(signed) > MaxSize {
		err = fmt.Errorf("statement %d has %d bytes, at most %d are allowed: batch fewer runs", s.Number, len(signed), MaxSize)
	}
	return signed, err
}

// Parse reads signed bytes without verifying the signature; the message is returned for that.
func Parse(signed []byte) (*Statement, cose.Message, error) {
	if len(signed) > MaxSize {
		return nil, cose.Message{}, fmt.Errorf("statement has %d bytes, at most %d are allowed", len(signed), MaxSize)
	}
	m, err := cose.Parse(signed, Thing)
	if err != nil {
		return nil, m, err
	}
	var s Statement
	if err := cose.Unmarshal(m.Payload, &s); err != nil {
		return nil, m, fmt.Errorf("statement: %w", err)
	}
	if s.Device != m.Header.Kid {
		return nil, m, fmt.Errorf("statement %d of device %s is signed by %s", s.Number, s.Device, m.Header.Kid)
	}
	if c := m.Header.Claims; c == nil || c.Issuer == "" || c.Subject != s.Device.String() {
		return nil, m, fmt.Errorf("statement %d: claims must name the organisation and the device %s", s.Number, s.Device)
	}
	return &s, m, s.check()
}

func (s *Statement) check() error {
	if s.Version != Version {
		return fmt.Errorf("statement version is %d, this program knows %d", s.Version, Version)
	}
	if s.Number == 0 && s.Prev != (record.Hash{}) {
		return fmt.Errorf("the first statement of a device names one before it")
	}
	if len(s.Runs) == 0 || len(s.Runs) > MaxRuns {
		return fmt.Errorf("statement %d has %d runs, want 1 to %d", s.Number, len(s.Runs), MaxRuns)
	}
	for i, r := range s.Runs {
		if err := record.CheckPoint(r.Point); err != nil {
			return fmt.Errorf("statement %d: %w", s.Number, err)
		}
		if r.Last < r.First || r.Last-r.First >= MaxRecords {
			return fmt.Errorf("statement %d: run %d to %d of %s is not 1 to %d records long", s.Number, r.First, r.Last, r.Point, MaxRecords)
		}
		if i > 0 && !ordered(s.Runs[i-1], r) {
			return fmt.Errorf("statement %d: runs of %s are out of order, overlap or should be one", s.Number, r.Point)
		}
	}
	if n := s.Records(); n > MaxRecords {
		return fmt.Errorf("statement %d covers %d records, at most %d are allowed", s.Number, n, MaxRecords)
	}
	return nil
}

// ordered reports whether b comes after a and could not have been joined to it.
func ordered(a, b Run) bool {
	return a.Point < b.Point || a.Point == b.Point && a.Last+1 > a.Last && a.Last+1 < b.First
}

// Records returns the number of records covered.
func (s *Statement) Records() int {
	n := 0
	for _, r := range s.Runs {
		n += int(r.Last - r.First + 1)
	}
	return n
}

// Index returns the place of a record among the batch's leaves.
func (s *Statement) Index(point string, seq uint64) (int, bool) {
	n := 0
	for _, r := range s.Runs {
		if r.Point == point && r.First <= seq && seq <= r.Last {
			return n + int(seq-r.First), true
		}
		n += int(r.Last - r.First + 1)
	}
	return 0, false
}

// CheckLeaves checks that leaves are the batch that s states: number, order, device and root. It does not look inside the
// intervals: a record.Chain does.
func (s *Statement) CheckLeaves(leaves [][]byte) ([]*record.Record, error) {
	if len(leaves) != s.Records() {
		return nil, fmt.Errorf("statement %d covers %d records, the batch holds %d", s.Number, s.Records(), len(leaves))
	}
	if root := proof.Root(leaves); root != s.Root {
		return nil, fmt.Errorf("statement %d: leaves hash to root %x, it states %x", s.Number, root[:6], s.Root[:6])
	}
	records := make([]*record.Record, 0, len(leaves))
	for _, run := range s.Runs {
		for seq := run.First; ; seq++ {
			r, err := record.Decode(leaves[len(records)])
			if err != nil {
				return nil, fmt.Errorf("statement %d, %s seq %d: %w", s.Number, run.Point, seq, err)
			}
			if r.Point != run.Point || r.Seq != seq || r.Device != s.Device {
				return nil, fmt.Errorf("statement %d: leaf %d is %s of device %s, expected %s seq %d of %s",
					s.Number, len(records), r.Place(), r.Device, run.Point, seq, s.Device)
			}
			records = append(records, r)
			if seq == run.Last {
				break
			}
		}
	}
	return records, nil
}

// Runs returns the runs that a list of records in batch order makes.
func Runs(records []*record.Record) []Run {
	var runs []Run
	for _, r := range records {
		if n := len(runs); n > 0 && runs[n-1].Point == r.Point && runs[n-1].Last+1 == r.Seq {
			runs[n-1].Last++
			continue
		}
		runs = append(runs, Run{Point: r.Point, First: r.Seq, Last: r.Seq})
	}
	return runs
}

// Sequence follows the statements of one device. The zero Sequence waits for number 0.
type Sequence struct {
	Next uint64
	Hash record.Hash
}

// Append checks that s, whose signed bytes are given, is the next statement, and moves past it.
func (q *Sequence) Append(s *Statement, signed []byte) error {
	if s.Number != q.Next {
		return fmt.Errorf("statement %d of device %s: number %d is next", s.Number, s.Device, q.Next)
	}
	if !bytes.Equal(s.Prev[:], q.Hash[:]) {
		return fmt.Errorf("statement %d of device %s: its prev is not the hash of statement %d", s.Number, s.Device, s.Number-1)
	}
	q.Next, q.Hash = s.Number+1, Hash(signed)
	return nil
}
