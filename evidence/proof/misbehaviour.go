package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
)

// MaxMisbehaviourBytes bounds evidence of misbehaviour.
const MaxMisbehaviourBytes = 3*MaxNoteBytes + 64<<10

// misbehaviourVersion is the version of the form.
const misbehaviourVersion = 1

// Misbehaviour proves by itself, to anyone who knows the key of a log, that the log told two stories: it signed two checkpoints of
// which the later one does not continue the earlier. Either they have one size and two roots, or the hashes show that the tree
// under the newer root has another tree of the older size in it than the older root.
type Misbehaviour struct {
	Older SignedCheckpoint
	Newer SignedCheckpoint
	// Left are the roots of the perfect trees that the first Older.Size entries of the newer tree fall into, Right those of the
	// entries after them, both from left to right. Empty when the sizes are the same.
	Left  [][32]byte
	Right [][32]byte
}

// misbehaviourJSON is the form in a file.
type misbehaviourJSON struct {
	Version int      `json:"version"`
	Older   string   `json:"older"` // the signed checkpoint
	Newer   string   `json:"newer"`
	Left    [][]byte `json:"left,omitempty"`
	Right   [][]byte `json:"right,omitempty"`
}

// Format returns the evidence as JSON, for a file.
func (m Misbehaviour) Format() ([]byte, error) {
	b, err := json.MarshalIndent(misbehaviourJSON{
		misbehaviourVersion, string(m.Older.Format()), string(m.Newer.Format()), asSlices(m.Left), asSlices(m.Right),
	}, "", " ")
	return append(b, '\n'), err
}

// ParseMisbehaviour reads what Format writes. It verifies nothing.
func ParseMisbehaviour(b []byte) (m Misbehaviour, err error) {
	if len(b) > MaxMisbehaviourBytes {
		return m, fmt.Errorf("evidence of %d bytes, at most %d are allowed", len(b), MaxMisbehaviourBytes)
	}
	var j misbehaviourJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return m, fmt.Errorf("evidence of misbehaviour: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("evidence of misbehaviour: something follows it")
	}
	if j.Version != misbehaviourVersion {
		return m, fmt.Errorf("evidence of misbehaviour: version %d, this program knows %d", j.Version, misbehaviourVersion)
	}
	if m.Older, err = ParseCheckpoint([]byte(j.Older)); err != nil {
		return m, fmt.Errorf("the older checkpoint: %w", err)
	}
	if m.Newer, err = ParseCheckpoint([]byte(j.Newer)); err != nil {
		return m, fmt.Errorf("the newer checkpoint: %w", err)
	}
	if m.Left, err = asHashes(j.Left); err == nil {
		m.Right, err = asHashes(j.Right)
	}
	return m, err
}

func asHashes(raw [][]byte) (hashes [][32]byte, err error) {
	for _, h := range raw {
		if len(h) != 32 {
			return nil, fmt.Errorf("evidence of misbehaviour: a hash of %d bytes, want 32", len(h))
		}
		hashes = append(hashes, [32]byte(h))
	}
	return hashes, nil
}

// ErrNoMisbehaviour reports evidence that proves nothing.
var ErrNoMisbehaviour = errors.New("proves no misbehaviour")

// Verify returns nil if the log has signed both checkpoints and they contradict each other. Witnesses are not asked for: a log that
// signs two stories lies whoever else believed it. Errors match ErrNoMisbehaviour.
func (m Misbehaviour) Verify(trust Trust) error {
	for _, s := range []SignedCheckpoint{m.Older, m.Newer} {
		if _, err := s.VerifyLog(trust); err != nil {
			return fmt.Errorf("%w: %w", ErrNoMisbehaviour, err)
		}
	}
	switch {
	case m.Older.Origin != m.Newer.Origin:
		return fmt.Errorf("%w: the checkpoints are of two logs, %q and %q", ErrNoMisbehaviour, m.Older.Origin, m.Newer.Origin)
	case m.Older.Size > m.Newer.Size:
		return fmt.Errorf("%w: the newer checkpoint has the smaller size", ErrNoMisbehaviour)
	case m.Older.Size == m.Newer.Size:
		if m.Older.Root == m.Newer.Root {
			return fmt.Errorf("%w: the checkpoints are the same", ErrNoMisbehaviour)
		}
		return nil
	}
	older, newer, err := m.roots()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoMisbehaviour, err)
	case newer != m.Newer.Root:
		return fmt.Errorf("%w: the hashes do not lead to the newer root", ErrNoMisbehaviour)
	case older == m.Older.Root:
		return fmt.Errorf("%w: the newer tree continues the older", ErrNoMisbehaviour)
	}
	return nil
}

// roots returns the roots of the first Older.Size entries and of all entries of the tree that the hashes belong to.
func (m Misbehaviour) roots() (older, newer [32]byte, err error) {
	factory := &compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	left, err := factory.NewRange(0, m.Older.Size, asSlices(m.Left))
	if err != nil {
		return older, newer, err
	}
	right, err := factory.NewRange(m.Older.Size, m.Newer.Size, asSlices(m.Right))
	if err != nil {
		return older, newer, err
	}
	if older, err = rootOf(left); err != nil {
		return older, newer, err
	}
	if err := left.AppendRange(right, nil); err != nil {
		return older, newer, err
	}
	newer, err = rootOf(left)
	return older, newer, err
}

func rootOf(r *compact.Range) ([32]byte, error) {
	if r.End() == 0 {
		return emptyRoot(), nil
	}
	h, err := r.GetRootHash(nil)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(h), nil
}
