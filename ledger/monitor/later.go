package monitor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/evidence/proof"
)

// maxLater bounds the checkpoints that a monitor keeps because the log has not come to them yet: one of each witness, and of each file
// that somebody hands over.
const maxLater = 64

// remember keeps a checkpoint that is ahead of the newest one, over restarts too. If it were forgotten, a log could always show a witness
// a little more than us, and never be asked for the same tree twice. Two of one size contradict each other at once.
func (m *Monitor) remember(s proof.SignedCheckpoint) error {
	if m.last != nil && s.Size <= m.last.Size {
		return nil
	}
	for _, l := range m.later {
		switch {
		case l.Checkpoint == s.Checkpoint:
			return nil
		case l.Origin != s.Origin:
			return fmt.Errorf("a checkpoint of log %q, this monitor waits for %q", s.Origin, l.Origin)
		case l.Size == s.Size:
			return prove(proof.Misbehaviour{Older: l, Newer: s}, m.trust)
		}
	}
	if len(m.later) == maxLater {
		return fmt.Errorf("log %s: it has not come to any of %d checkpoints that it has signed: keep that of %d entries yourself",
			m.log.place, maxLater, s.Size)
	}
	_, err := m.journal.Append(append([]byte{journalLater}, s.Format()...))
	if err == nil {
		err = m.journal.Sync()
	}
	if err != nil {
		return err
	}
	m.later = append(m.later, s)
	return nil
}

// meets holds the tree of a new checkpoint against those that were seen before it.
func (m *Monitor) meets(leaves [][32]byte, s proof.SignedCheckpoint) error {
	var err error
	for _, l := range m.later {
		if l.Size > s.Size || rootOfLeaves(leaves[:l.Size]) == l.Root {
			continue
		}
		lie := proof.Misbehaviour{Older: l, Newer: s}
		if l.Size < s.Size {
			lie.Left, lie.Right = rangeOf(leaves[:l.Size], 0), rangeOf(leaves[l.Size:], l.Size)
		}
		err = errors.Join(err, prove(lie, m.trust))
	}
	return err
}

// reached drops what the log has come to.
func (m *Monitor) reached(size uint64) {
	m.later = slices.DeleteFunc(m.later, func(s proof.SignedCheckpoint) bool { return s.Size <= size })
}
