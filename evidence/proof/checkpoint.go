package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// Limits on a signed checkpoint. The signature count is above the 16 that c2sp.org/signed-note asks every verifier to accept,
// and the size leaves room for signatures of 5 kB.
const (
	MaxNoteBytes      = 128 << 10
	MaxNoteSignatures = 64
)

const signaturePrefix = "— " // em dash, space

// Checkpoint is what a log says of itself: the tree of Size entries has this Root (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string // the log's name, and the name of its key
	Size   uint64 // entries; at most 2^63-1
	Root   [32]byte
}

// Signature is one signature line of a note, a claim until it is verified.
type Signature struct {
	Name  string // key name
	KeyID uint32
	Bytes []byte // what follows the key id
}

// SignedCheckpoint is a checkpoint as a log publishes it. Nothing in it may be believed before Verify.
type SignedCheckpoint struct {
	Checkpoint
	Extensions []string // extension lines, opaque; usually none
	Signatures []Signature
}

// ParseCheckpoint reads a signed checkpoint: c2sp.org/tlog-checkpoint text in a c2sp.org/signed-note. It verifies no
// signature, and is strict: what it accepts, Format gives back byte for byte.
func ParseCheckpoint(signed []byte) (SignedCheckpoint, error) {
	s, err := parseCheckpoint(signed)
	if err != nil {
		return SignedCheckpoint{}, fmt.Errorf("parse checkpoint: %w", err)
	}
	return s, nil
}

func parseCheckpoint(signed []byte) (SignedCheckpoint, error) {
	if len(signed) > MaxNoteBytes {
		return SignedCheckpoint{}, fmt.Errorf("%d bytes, at most %d are allowed", len(signed), MaxNoteBytes)
	}
	if !utf8.Valid(signed) || bytes.ContainsFunc(signed, func(r rune) bool { return r < 0x20 && r != '\n' }) {
		return SignedCheckpoint{}, errors.New("not plain UTF-8 lines")
	}
	text, lines, ok := strings.Cut(string(signed), "\n\n")
	if !ok {
		return SignedCheckpoint{}, errors.New("no empty line between text and signatures")
	}
	s, err := parseText(text)
	if err != nil {
		return SignedCheckpoint{}, err
	}
	if s.Signatures, err = parseSignatures(lines); err != nil {
		return SignedCheckpoint{}, err
	}
	if !bytes.Equal(s.Format(), signed) {
		return SignedCheckpoint{}, errors.New("not in canonical form: formatted again it differs")
	}
	return s, nil
}

// parseText reads the lines above the empty line.
func parseText(text string) (SignedCheckpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 || lines[0] == "" {
		return SignedCheckpoint{}, errors.New("want the lines origin, size and root hash")
	}
	s := SignedCheckpoint{Checkpoint: Checkpoint{Origin: lines[0]}}
	var err error
	if s.Size, err = parseNumber(lines[1]); err != nil {
		return SignedCheckpoint{}, fmt.Errorf("size: %w", err)
	}
	if s.Root, err = parseHash(lines[2]); err != nil {
		return SignedCheckpoint{}, fmt.Errorf("root hash: %w", err)
	}
	if len(lines) > 3 {
		s.Extensions = lines[3:]
	}
	return s, nil
}

func parseSignatures(text string) ([]Signature, error) {
	text, ok := strings.CutSuffix(text, "\n")
	if !ok {
		return nil, errors.New("the last signature line is missing or cut off")
	}
	lines := strings.Split(text, "\n")
	if len(lines) > MaxNoteSignatures {
		return nil, fmt.Errorf("%d signatures, at most %d are allowed", len(lines), MaxNoteSignatures)
	}
	signatures := make([]Signature, len(lines))
	for i, line := range lines {
		rest, ok := strings.CutPrefix(line, signaturePrefix)
		name, encoded, _ := strings.Cut(rest, " ")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(raw) <= 4 {
			return nil, fmt.Errorf("signature line %d is not `— <key name> <base64>`", i+1)
		}
		if err := checkKeyName(name); err != nil {
			return nil, fmt.Errorf("signature line %d: %w", i+1, err)
		}
		signatures[i] = Signature{Name: name, KeyID: binary.BigEndian.Uint32(raw), Bytes: raw[4:]}
	}
	return signatures, nil
}

// Format returns the signed note: the very bytes that were parsed.
func (s SignedCheckpoint) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%d\n%s\n", s.Origin, s.Size, base64.StdEncoding.EncodeToString(s.Root[:]))
	for _, line := range s.Extensions {
		b.WriteString(line + "\n")
	}
	b.WriteByte('\n')
	for _, sig := range s.Signatures {
		raw := binary.BigEndian.AppendUint32(nil, sig.KeyID)
		fmt.Fprintf(&b, "%s%s %s\n", signaturePrefix, sig.Name, base64.StdEncoding.EncodeToString(append(raw, sig.Bytes...)))
	}
	return b.Bytes()
}

// Verify returns the checkpoint if a log key of the trust file whose name is the origin has signed it and the file's witness
// quorum has cosigned it. Signatures by unknown keys are ignored; a wrong signature by a known key condemns the checkpoint, as
// c2sp.org/signed-note advises.
func (s SignedCheckpoint) Verify(trust Trust) (Checkpoint, error) {
	if err := s.verify(trust); err != nil {
		return Checkpoint{}, fmt.Errorf("verify checkpoint of log %q, size %d: %w", s.Origin, s.Size, err)
	}
	return s.Checkpoint, nil
}

func (s SignedCheckpoint) verify(trust Trust) error {
	logs := trust.logKeys(s.Origin)
	if len(logs) == 0 {
		return fmt.Errorf("no log of that name in the trust file (it names %s)", trust.logNames())
	}
	if s.Size == 0 && s.Root != emptyRoot() {
		return errors.New("the root of an empty tree is not SHA-256 of nothing")
	}
	opened, err := note.Open(s.Format(), note.VerifierList(append(logs, trust.witnessKeys()...)...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return errors.New("no signature by a key of the trust file")
	}
	if err != nil {
		return err
	}
	signed := make(map[keyRef]bool)
	for _, sig := range opened.Sigs {
		signed[keyRef{sig.Name, sig.Hash}] = true
	}
	for _, log := range logs {
		if signed[refOf(log)] {
			return trust.checkQuorum(signed)
		}
	}
	return errors.New("witnesses have signed it, the log has not")
}

// VerifyCheckpoint parses a signed checkpoint and verifies it, see ParseCheckpoint and SignedCheckpoint.Verify.
func VerifyCheckpoint(signed []byte, trust Trust) (Checkpoint, error) {
	s, err := ParseCheckpoint(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	return s.Verify(trust)
}

// VerifyConsistency checks that the tree of newer continues the tree of older: same log, and the first older.Size entries are
// unchanged (RFC 9162 section 2.1.4.2). It looks at no signature: both must have been verified. Older may be empty, and both
// may be equal; the path is empty then.
func VerifyConsistency(older, newer Checkpoint, path [][32]byte) error {
	if older.Origin != newer.Origin {
		return fmt.Errorf("checkpoints of two logs, %q and %q, can't be consistent", older.Origin, newer.Origin)
	}
	if newer.Size < older.Size {
		return fmt.Errorf("log %q: the newer checkpoint is smaller, %d entries after %d: the log was rolled back", older.Origin, newer.Size, older.Size)
	}
	for _, c := range []Checkpoint{older, newer} {
		if c.Size == 0 && c.Root != emptyRoot() {
			return fmt.Errorf("log %q: the root of an empty tree is not SHA-256 of nothing", c.Origin)
		}
	}
	err := proof.VerifyConsistency(rfc6962.DefaultHasher, older.Size, newer.Size, asSlices(path), older.Root[:], newer.Root[:])
	if err != nil {
		return fmt.Errorf("log %q from size %d to %d: %w", older.Origin, older.Size, newer.Size, readable(err))
	}
	return nil
}

// parseNumber reads a decimal without sign or leading zeros, at most 2^63-1 because other tools keep it in a signed integer.
func parseNumber(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("%q is not a plain decimal number below 2^63", s)
	}
	return n, nil
}

// parseHash reads the base64 of 32 bytes.
func parseHash(s string) ([32]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(raw) != 32 {
		return [32]byte{}, fmt.Errorf("%q is not the base64 of 32 bytes", s)
	}
	return [32]byte(raw), nil
}
