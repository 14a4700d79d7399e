package tilelog

import (
	"context"
	"fmt"
	"slices"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

// Size returns the number of entries in the tree, published or not.
func (l *Log) Size() uint64 { return l.gate.size() }

// Entry implements ledger.Ledger. It holds the entry against its leaf hash in the tree.
func (l *Log) Entry(ctx context.Context, index uint64) ([]byte, error) {
	size, err := l.sizeFor(ctx, index)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", index, err)
	}
	entry, err := l.folder.entry(index, size)
	if err != nil {
		return nil, l.damage(fmt.Errorf("entry %d: %w", index, err))
	}
	return slices.Clone(entry), nil
}

// sizeFor returns the size of the tree if it has the index.
func (l *Log) sizeFor(ctx context.Context, index uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	size := l.Size()
	if index >= size {
		return 0, fmt.Errorf("the log has %d entries: %w", size, ledger.ErrNotFound)
	}
	return size, nil
}

// Receipt implements ledger.Ledger. It holds the path against the root that was signed before it hands the receipt out.
func (l *Log) Receipt(ctx context.Context, index uint64) ([]byte, error) {
	if _, err := l.sizeFor(ctx, index); err != nil {
		return nil, fmt.Errorf("receipt for entry %d: %w", index, err)
	}
	newest, err := l.published(ctx, index+1)
	if err != nil {
		return nil, fmt.Errorf("receipt for entry %d: %w", index, err)
	}
	path, err := newest.prover.path(index)
	if err != nil {
		return nil, l.damage(fmt.Errorf("receipt for entry %d: %w", index, err))
	}
	return proof.Receipt{Index: index, Path: path, Checkpoint: newest.signed}.Format(), nil
}

// Checkpoint implements ledger.Ledger.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	newest, err := l.published(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return slices.Clone(newest.text), nil
}
