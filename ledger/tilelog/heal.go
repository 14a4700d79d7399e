package tilelog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/tessera"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
)

// Entries gives the entries of a log from an index on to each, in the order of their indexes and each once.
type Entries func(ctx context.Context, from uint64, each func(index uint64, entry []byte) error) error

// wanted returns how many entries the folder, of this size, must have before anything is signed: more than it has if it is an older copy
// and the missing entries were kept. An older copy that can't be made complete is a *ForkError.
func (l *Log) wanted(ctx context.Context, o Options, size uint64) (uint64, error) {
	want := max(size, o.AtLeast)
	for _, s := range o.Seen {
		if _, err := s.VerifyLog(l.trust); err != nil {
			return 0, fmt.Errorf("a checkpoint that was kept of this log: %w", err)
		}
		want = max(want, s.Size)
	}
	if size < want && o.Missing != nil {
		if err := l.proveMissing(ctx, o, size, want); err != nil {
			return 0, err
		}
		return want, l.folder.begin()
	}
	if err := l.checkKept(ctx, o, size); err != nil {
		return 0, err
	}
	return want, l.askWitnesses(ctx, o.Policy, size)
}

// begin gives an empty folder the state of an empty tree. Tessera would publish that tree first, though more was published before.
func (f folder) begin() error {
	name := filepath.Join(string(f), treeStateFile)
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	root := proof.Root(nil)
	text, err := json.Marshal(treeState{Root: root[:]})
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), durable.WriteFile(durable.OS, name, text, 0o644))
}

// complete appends again what the folder lacks. Nothing is signed meanwhile.
func (l *Log) complete(ctx context.Context, o Options, size, want uint64) error {
	if size == want {
		return nil
	}
	slog.Warn("the ledger's folder is an older copy: what it lacks is appended again", "dir", o.Dir, "entries", size, "lacks", want-size)
	if err := l.appendMissing(ctx, o.Missing, size, want); err != nil {
		return err
	}
	size, _, err := l.folder.treeState()
	if err != nil {
		return err
	}
	if err := l.checkKept(ctx, o, size); err != nil {
		return err
	}
	return l.askWitnesses(ctx, o.Policy, size)
}

// proveMissing checks, before anything is written, that the missing entries up to the wanted size are all there and lead from the
// folder's tree to the roots that the log signed.
func (l *Log) proveMissing(ctx context.Context, o Options, size, want uint64) error {
	edge, err := l.folder.edge(ctx, size, size)
	if err != nil {
		return err
	}
	if err := l.signedAt(ctx, o.Seen, edge, size); err != nil {
		return err
	}
	err = inOrder(ctx, o.Missing, size, want, func(entry []byte) error {
		hash := proof.LeafHash(entry)
		if err := edge.Append(hash[:], nil); err != nil {
			return err
		}
		return l.signedAt(ctx, o.Seen, edge, size)
	})
	if err == nil && edge.End() < want {
		err = &ForkError{Dir: o.Dir, Size: size, By: keeper, Seen: want}
	}
	return err
}

// signedAt holds a tree against the checkpoints of its size.
func (l *Log) signedAt(ctx context.Context, seen []proof.SignedCheckpoint, edge *compact.Range, here uint64) error {
	for _, s := range seen {
		if s.Size < here && edge.End() == here { // older than the folder
			if err := l.continues(ctx, s, here, keeper); err != nil {
				return err
			}
		}
		if s.Size != edge.End() {
			continue
		}
		root, err := rootOf(edge)
		if err != nil {
			return err
		}
		if root != s.Root {
			return &ForkError{Dir: string(l.folder), Size: here, By: keeper, Seen: s.Size, Other: true}
		}
	}
	return nil
}

// errEnough ends the reading of entries.
var errEnough = errors.New("enough")

// inOrder gives the entries from one index, included, to another, excluded, as far as there is no gap.
func inOrder(ctx context.Context, entries Entries, from, to uint64, each func(entry []byte) error) error {
	next := from
	err := entries(ctx, from, func(index uint64, entry []byte) error {
		if next == to || index != next {
			return errEnough
		}
		next++
		return each(entry)
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// appendMissing appends the entries from one size to another, in groups.
func (l *Log) appendMissing(ctx context.Context, entries Entries, from, to uint64) error {
	var group []tessera.IndexFuture
	at := from
	await := func() error {
		for _, future := range group {
			index, err := future()
			if err == nil && index.Index != at {
				err = fmt.Errorf("entry %d came to stand at %d", at, index.Index)
			}
			if err != nil {
				return fmt.Errorf("append again: %w", err)
			}
			at++
		}
		group = group[:0]
		return nil
	}
	err := inOrder(ctx, entries, from, to, func(entry []byte) error {
		group = append(group, l.add(ctx, tessera.NewEntry(entry)))
		if len(group) < maxGroup {
			return nil
		}
		return await()
	})
	return errors.Join(err, await())
}
