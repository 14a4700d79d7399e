package tilelog

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api/layout"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

// request is an entry on its way to the writer.
type request struct {
	entry *tessera.Entry
	hash  [hashBytes]byte // of the leaf
	done  chan result     // of capacity 1: the writer never waits for the caller
}

type result struct {
	index uint64
	err   error
}

// Append implements ledger.Ledger. Entries that arrive while others are being written form the next group, and share its cost.
func (l *Log) Append(ctx context.Context, entry []byte) (uint64, error) {
	if len(entry) == 0 || len(entry) > ledger.MaxEntryBytes {
		return 0, fmt.Errorf("append %d bytes: %w", len(entry), ledger.ErrEntrySize)
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	r := request{tessera.NewEntry(slices.Clone(entry)), proof.LeafHash(entry), make(chan result, 1)}
	select {
	case <-l.closing:
		return 0, ledger.ErrClosed
	default:
	}
	select {
	case l.queue <- r:
	case <-l.closing:
		return 0, ledger.ErrClosed
	case <-ctx.Done():
		return 0, fmt.Errorf("append: %w while %d entries wait before it", ctx.Err(), maxQueue)
	}
	select {
	case done := <-r.done:
		return done.index, done.err
	case <-ctx.Done():
		return 0, fmt.Errorf("append: %w; the entry may still be added", ctx.Err())
	case <-l.written:
	}
	select {
	case done := <-r.done: // served last thing
		return done.index, done.err
	default:
		return 0, ledger.ErrClosed
	}
}

// write hands groups of entries to Tessera, one group at a time, until Close has been called and the queue is empty.
func (l *Log) write() {
	defer close(l.written)
	for {
		select {
		case first := <-l.queue:
			l.writeGroup(l.gather(first))
			continue
		default:
		}
		select {
		case first := <-l.queue:
			l.writeGroup(l.gather(first))
		case <-l.closing:
			return
		}
	}
}

// gather returns first and what waits behind it, up to a full group.
func (l *Log) gather(first request) []request {
	group := []request{first}
	for len(group) < maxGroup {
		select {
		case r := <-l.queue:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// writeGroup appends the entries that are not there yet, and answers every caller. Whatever goes wrong here left the storage in an
// unknown state.
func (l *Log) writeGroup(group []request) {
	err := l.failure()
	if err == nil {
		err = l.checkRoom()
	}
	if err != nil {
		for _, r := range group {
			r.done <- result{err: err}
		}
		return
	}
	added := map[[hashBytes]byte]tessera.IndexFuture{}
	for _, r := range group {
		if _, there := l.known[r.hash]; !there && added[r.hash] == nil {
			added[r.hash] = l.add(context.Background(), r.entry)
		}
	}
	err = l.await(added)
	for _, r := range group {
		index, there := l.known[r.hash]
		if !there {
			r.done <- result{err: err}
			continue
		}
		r.done <- result{index: index}
	}
}

// reserve is what has to be free on the disk before a group is begun: it fits into it several times, tiles and checkpoint too. So a
// disk that fills up is noticed before a write fails, which leaves nobody knowing what became of it.
const reserve = 64 << 20

// checkRoom returns a transient error while the disk is full. What it returns is said once.
func (l *Log) checkRoom() error {
	free, err := l.free()
	if err != nil {
		return l.fail(fmt.Errorf("append: %w", err))
	}
	full := free < reserve
	if full != l.full {
		l.full = full
		if full {
			slog.Error("no room for the ledger: nothing is appended until there is", "dir", string(l.folder), "free", free, "want", reserve)
		} else {
			slog.Info("there is room for the ledger again", "dir", string(l.folder), "free", free)
		}
	}
	if full {
		return fmt.Errorf("append: %d MiB are free on the disk of %s, want %d: make room, nothing was lost", free>>20, l.folder, reserve>>20)
	}
	return nil
}

// await waits until all that was added is durable, and notes where it is. Tessera may have written it in two steps: the size of the
// tree is that after the last, since only the sizes after a step have tiles.
func (l *Log) await(added map[[hashBytes]byte]tessera.IndexFuture) error {
	if len(added) == 0 {
		return nil
	}
	indexes := make(map[[hashBytes]byte]uint64, len(added))
	for hash, future := range added {
		index, err := future()
		if err != nil {
			return l.fail(fmt.Errorf("append: %w", err)) // and so will the others, most with the same words
		}
		indexes[hash] = index.Index
	}
	size, _, err := l.folder.treeState()
	if err != nil {
		return l.fail(fmt.Errorf("append: %w", err))
	}
	maps.Copy(l.known, indexes)
	l.gate.raise(size)
	return nil
}

// learn reads which entries the tree has, by their leaf hashes. Of equal ones the first counts.
func (l *Log) learn() error {
	size := l.Size()
	l.known = make(map[[hashBytes]byte]uint64, size)
	for tile := uint64(0); width(0, tile, size) > 0; tile++ {
		hashes, _, err := l.folder.tile(0, tile, size)
		if err != nil {
			return err
		}
		for i := range len(hashes) / hashBytes {
			hash := [hashBytes]byte(hashes[i*hashBytes:])
			if _, earlier := l.known[hash]; !earlier {
				l.known[hash] = tile*layout.TileWidth + uint64(i)
			}
		}
	}
	return nil
}
