package monitor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
)

// LieError reports a log that told two stories. The evidence stands by itself.
type LieError struct{ proof.Misbehaviour }

// Error names the two checkpoints.
func (e *LieError) Error() string {
	return fmt.Sprintf("log %q told two stories: it signed %d entries with root %x, and %d entries with root %x that do not continue them",
		e.Older.Origin, e.Older.Size, e.Older.Root, e.Newer.Size, e.Newer.Root)
}

// StaleError reports a log that shows less than it showed before, or than it showed others. It may still catch up: that is no proof.
type StaleError struct {
	Origin      string
	Shown, Seen uint64
}

// Error names the sizes.
func (e *StaleError) Error() string {
	return fmt.Sprintf("log %q shows %d entries, a checkpoint of %d was seen: it was rolled back, hides its end, or waits for witnesses", e.Origin, e.Shown, e.Seen)
}

// Monitor follows one log. It keeps the hash of every entry and the newest checkpoint, 32 bytes an entry, so that it can hold
// against them whatever checkpoint somebody else was shown. It is used by one goroutine.
type Monitor struct {
	log     *Log
	trust   proof.Trust
	journal *durable.Log
	leaves  [][32]byte
	tree    *compact.Range
	last    *proof.SignedCheckpoint // nil before the first
	later   []proof.SignedCheckpoint
}

// The kinds of entries in the journal of a monitor.
const (
	journalHashes     = 'h' // the index of the first in 8 bytes, then hashes of 32 bytes
	journalCheckpoint = 'c' // a signed checkpoint; the hashes before it lead to its root
	journalLater      = 'l' // a signed checkpoint that is ahead of those
)

// maxHashes is how many hashes one entry of the journal holds.
const maxHashes = 1 << 14

var tree = &compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

// Follow opens the monitor of a log in a directory of its own, and verifies what it kept there.
func Follow(l *Log, trust proof.Trust, fsys durable.FS, dir string) (*Monitor, error) {
	journal, err := durable.OpenLog(fsys, dir, durable.LogOptions{})
	if err != nil {
		return nil, err
	}
	m := &Monitor{log: l, trust: trust, journal: journal, tree: tree.NewEmptyRange(0)}
	if err := m.replay(); err != nil {
		return nil, errors.Join(fmt.Errorf("monitor %s: %w", dir, err), journal.Close())
	}
	return m, nil
}

// Close closes the journal.
func (m *Monitor) Close() error { return m.journal.Close() }

// Newest returns the newest checkpoint that was verified; nil for none.
func (m *Monitor) Newest() *proof.SignedCheckpoint { return m.last }

func (m *Monitor) replay() error {
	for e, err := range m.journal.All(0) {
		if err != nil {
			return err
		}
		if err := m.replayEntry(e.Data); err != nil {
			return fmt.Errorf("entry %d of the journal: %w", e.Index, err)
		}
	}
	if m.last == nil {
		m.leaves = nil
		return nil
	}
	if _, err := m.last.VerifyLog(m.trust); err != nil {
		return err
	}
	m.leaves = m.leaves[:m.last.Size]
	for _, h := range m.leaves {
		if err := m.tree.Append(h[:], nil); err != nil {
			return err
		}
	}
	if root := m.rootAt(m.last.Size); root != m.last.Root {
		return fmt.Errorf("its hashes lead to root %x, its checkpoint says %x: the journal was altered, give it up and begin anew", root, m.last.Root)
	}
	m.reached(m.last.Size)
	return nil
}

func (m *Monitor) replayEntry(b []byte) error {
	switch {
	case b[0] == journalHashes && len(b) > 9 && (len(b)-9)%32 == 0:
		first := binary.BigEndian.Uint64(b[1:9])
		if first > uint64(len(m.leaves)) {
			return fmt.Errorf("it begins at hash %d of %d", first, len(m.leaves))
		}
		m.leaves = m.leaves[:first] // what came before a crash and was not finished comes again
		for b = b[9:]; len(b) > 0; b = b[32:] {
			m.leaves = append(m.leaves, [32]byte(b))
		}
		return nil
	case b[0] == journalCheckpoint, b[0] == journalLater:
		s, err := proof.ParseCheckpoint(b[1:])
		if err != nil {
			return err
		}
		if b[0] == journalLater {
			m.later = append(m.later, s)
			return nil
		}
		if s.Size > uint64(len(m.leaves)) {
			return errors.New("it covers more than the hashes before it")
		}
		m.last = &s
		m.reached(s.Size)
		return nil
	}
	return errors.New("it is of no known kind")
}

// Update reads what the log has added, and returns how many entries that were. Each is given to each, and counts once Update returned
// no error, as in Read. Errors are a *LieError, a *StaleError, and what keeps the log from being read or the journal from being
// written; the monitor stays where it was.
func (m *Monitor) Update(ctx context.Context, each func(index uint64, entry []byte) error) (int, error) {
	s, err := m.log.checkpoint(ctx, m.trust)
	if err != nil {
		return 0, err
	}
	if err := m.compare(s); err != nil {
		return 0, err
	}
	for _, l := range m.later {
		if s.Size < l.Size {
			return 0, &StaleError{s.Origin, s.Size, l.Size}
		}
	}
	if m.last != nil && s.Size == m.last.Size {
		return 0, nil
	}
	hashes, grown, err := m.read(ctx, s, each)
	if err == nil {
		err = m.meets(append(m.leaves, hashes...), s)
	}
	var lie *LieError
	switch {
	case errors.As(err, &lie):
		return 0, err
	case err != nil:
		return 0, errors.Join(err, m.remember(s)) // the log has signed it, whatever it serves: it has to come to it
	}
	if err := m.keep(uint64(len(m.leaves)), hashes, s); err != nil {
		return 0, err
	}
	m.leaves, m.tree, m.last = append(m.leaves, hashes...), grown, &s
	m.reached(s.Size)
	return len(hashes), nil
}

// read reads the entries up to a checkpoint, and returns their hashes and the tree.
func (m *Monitor) read(ctx context.Context, s proof.SignedCheckpoint, each func(uint64, []byte) error) ([][32]byte, *compact.Range, error) {
	from := uint64(len(m.leaves))
	var hashes [][32]byte
	grown, err := tree.NewRange(0, from, slices.Clone(m.tree.Hashes())) // a range merges its hashes in place
	if err != nil {
		return nil, nil, err
	}
	if err := m.log.entries(ctx, from, s.Size, s.Size, func(index uint64, entry []byte) error {
		h := proof.LeafHash(entry)
		hashes = append(hashes, h)
		if err := each(index, entry); err != nil {
			return err
		}
		return grown.Append(h[:], nil)
	}); err != nil {
		return nil, nil, fmt.Errorf("log %s: %w", m.log.place, err)
	}
	if root, err := rootOf(grown); err != nil || root != s.Root {
		return nil, nil, errors.Join(err, m.fork(ctx, s))
	}
	return hashes, grown, nil
}

// keep writes hashes and the checkpoint that they lead to.
func (m *Monitor) keep(from uint64, hashes [][32]byte, s proof.SignedCheckpoint) error {
	for len(hashes) > 0 {
		n := min(len(hashes), maxHashes)
		b := binary.BigEndian.AppendUint64([]byte{journalHashes}, from)
		for _, h := range hashes[:n] {
			b = append(b, h[:]...)
		}
		if _, err := m.journal.Append(b); err != nil {
			return err
		}
		if err := m.journal.Sync(); err != nil {
			return err
		}
		from, hashes = from+uint64(n), hashes[n:]
	}
	if _, err := m.journal.Append(append([]byte{journalCheckpoint}, s.Format()...)); err != nil {
		return err
	}
	return m.journal.Sync()
}

// Compare holds a checkpoint that somebody was shown against what this monitor saw: a *LieError when they contradict each other, a
// *StaleError when it is older than ours and was meant to be the newest. A larger one that the log has not shown here yet is no
// error: it is kept, and the next Update has to reach it and to continue it, or the log shows others another story than us.
func (m *Monitor) Compare(s proof.SignedCheckpoint) error {
	err := m.compare(s)
	if err == nil {
		err = m.remember(s)
	}
	return err
}

func (m *Monitor) compare(s proof.SignedCheckpoint) error {
	if _, err := s.VerifyLog(m.trust); err != nil {
		return err
	}
	if m.last == nil || s.Origin != m.last.Origin {
		if m.last != nil {
			return fmt.Errorf("a checkpoint of log %q, this monitor follows %q", s.Origin, m.last.Origin)
		}
		return nil
	}
	if s.Size > m.last.Size {
		return nil
	}
	if m.rootAt(s.Size) != s.Root {
		lie := proof.Misbehaviour{Older: s, Newer: *m.last}
		if s.Size < m.last.Size {
			lie.Left, lie.Right = rangeOf(m.leaves[:s.Size], 0), rangeOf(m.leaves[s.Size:], s.Size)
		}
		return prove(lie, m.trust)
	}
	if s.Size < m.last.Size {
		return &StaleError{s.Origin, s.Size, m.last.Size}
	}
	return nil
}

// fork finds out why new entries don't lead to the root of a new checkpoint: the log altered old entries, which it thereby proves
// itself, or its files are damaged.
func (m *Monitor) fork(ctx context.Context, s proof.SignedCheckpoint) error {
	var leaves [][32]byte
	if err := m.log.entries(ctx, 0, s.Size, s.Size, func(_ uint64, entry []byte) error {
		leaves = append(leaves, proof.LeafHash(entry))
		return nil
	}); err != nil {
		return fmt.Errorf("log %s: %w", m.log.place, err)
	}
	if m.last != nil {
		lie := proof.Misbehaviour{
			Older: *m.last, Newer: s, Left: rangeOf(leaves[:m.last.Size], 0), Right: rangeOf(leaves[m.last.Size:], m.last.Size),
		}
		if lie.Verify(m.trust) == nil {
			return &LieError{lie}
		}
	}
	return fmt.Errorf("log %s: its entries don't lead to the root that it signed for %d of them: its files are damaged, or on their way", m.log.place, s.Size)
}

// prove returns the lie, if the evidence holds.
func prove(m proof.Misbehaviour, trust proof.Trust) error {
	if err := m.Verify(trust); err != nil {
		return fmt.Errorf("two checkpoints of log %q contradict each other, but the evidence does not hold: %w", m.Older.Origin, err)
	}
	return &LieError{m}
}

// rootAt returns the root of the first n entries.
func (m *Monitor) rootAt(n uint64) [32]byte { return rootOfLeaves(m.leaves[:n]) }

func rootOfLeaves(leaves [][32]byte) [32]byte {
	r := tree.NewEmptyRange(0)
	for _, h := range leaves {
		_ = r.Append(h[:], nil) // fails only without a hasher
	}
	root, _ := rootOf(r)
	return root
}

// rangeOf returns the roots of the perfect trees of leaves that begin at an index.
func rangeOf(leaves [][32]byte, from uint64) (hashes [][32]byte) {
	r := tree.NewEmptyRange(from)
	for _, h := range leaves {
		_ = r.Append(h[:], nil) // fails only without a hasher
	}
	for _, h := range r.Hashes() {
		hashes = append(hashes, [32]byte(h))
	}
	return hashes
}

func rootOf(r *compact.Range) ([32]byte, error) {
	if r.End() == 0 {
		return proof.Root(nil), nil
	}
	h, err := r.GetRootHash(nil)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(h), nil
}
