package proof

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// MaxReceiptBytes bounds a receipt: a checkpoint of the largest size, and room for path and extra data.
const MaxReceiptBytes = MaxNoteBytes + 32<<10

// maxPath is the longest audit path: a tree has fewer than 2^63 entries.
const maxPath = 63

const receiptHeader = "c2sp.org/tlog-proof@v1"

// Receipt shows that a log holds an entry: c2sp.org/tlog-proof@v1. Nothing in it may be believed before Verify.
type Receipt struct {
	Extra      []byte // opaque and never authenticated; nil without an extra line
	Index      uint64 // of the entry in the log, from 0
	Path       [][32]byte
	Checkpoint SignedCheckpoint
}

// ParseReceipt reads the text of a receipt. It verifies nothing, and is strict: what it accepts, Format gives back byte for byte.
func ParseReceipt(b []byte) (Receipt, error) {
	r, err := parseReceipt(b)
	if err != nil {
		return Receipt{}, fmt.Errorf("parse receipt: %w", err)
	}
	return r, nil
}

func parseReceipt(b []byte) (Receipt, error) {
	if len(b) > MaxReceiptBytes {
		return Receipt{}, fmt.Errorf("%d bytes, at most %d are allowed", len(b), MaxReceiptBytes)
	}
	head, signed, ok := bytes.Cut(b, []byte("\n\n"))
	if !ok {
		return Receipt{}, errors.New("no empty line before the checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != receiptHeader {
		return Receipt{}, fmt.Errorf("the first line is not %q: this is no receipt", receiptHeader)
	}
	lines = lines[1:]
	var r Receipt
	var err error
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if r.Extra, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[0], "extra ")); err != nil {
			return Receipt{}, errors.New("the extra line is not base64")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return Receipt{}, errors.New("no index line")
	}
	if r.Index, err = parseNumber(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return Receipt{}, fmt.Errorf("index: %w", err)
	}
	if r.Path, err = parsePath(lines[1:]); err != nil {
		return Receipt{}, err
	}
	if r.Checkpoint, err = parseCheckpoint(signed); err != nil {
		return Receipt{}, fmt.Errorf("checkpoint: %w", err)
	}
	if !bytes.Equal(r.Format(), b) {
		return Receipt{}, errors.New("not in canonical form: formatted again it differs")
	}
	return r, nil
}

func parsePath(lines []string) ([][32]byte, error) {
	if len(lines) > maxPath {
		return nil, fmt.Errorf("a path of %d hashes, at most %d are possible", len(lines), maxPath)
	}
	path := make([][32]byte, len(lines))
	for i, line := range lines {
		var err error
		if path[i], err = parseHash(line); err != nil {
			return nil, fmt.Errorf("path hash %d: %w", i+1, err)
		}
	}
	return path, nil
}

// Format returns the text of the receipt, c2sp.org/tlog-proof@v1.
func (r Receipt) Format() []byte {
	var b bytes.Buffer
	b.WriteString(receiptHeader + "\n")
	if r.Extra != nil {
		fmt.Fprintf(&b, "extra %s\n", base64.StdEncoding.EncodeToString(r.Extra))
	}
	fmt.Fprintf(&b, "index %d\n", r.Index)
	for _, hash := range r.Path {
		b.WriteString(base64.StdEncoding.EncodeToString(hash[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(r.Checkpoint.Format())
	return b.Bytes()
}

// Verify checks that the log holds exactly these entry bytes at r.Index, under a checkpoint that the trust file accepts, and
// returns that checkpoint. It does not look at r.Extra.
func (r Receipt) Verify(entry []byte, trust Trust) (Checkpoint, error) {
	c, err := r.Checkpoint.Verify(trust)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verify receipt: %w", err)
	}
	if err := VerifyInclusion(c.Root, c.Size, r.Index, LeafHash(entry), r.Path); err != nil {
		return Checkpoint{}, fmt.Errorf("verify receipt: entry not in log %q: %w", c.Origin, err)
	}
	return c, nil
}
