// Package ledger says what a ledger is: an append-only list of entries that proves, to anyone who knows its key, what it holds
// and that nothing in it has changed. The entries are opaque here. Each ledger has a folder of its own, and package ledgertest
// holds them all to the contract.
package ledger

import (
	"context"
	"errors"
	"fmt"
)

// MaxEntryBytes is the size of the largest entry. It is what a C2SP tlog-tiles entry bundle can hold.
const MaxEntryBytes = 65535

// Errors that a ledger returns, perhaps wrapped. None of them harms the ledger.
var (
	// ErrEntrySize refuses an entry that is empty or longer than MaxEntryBytes. Trying again does not help.
	ErrEntrySize = errors.New("an entry has 1 to 65535 bytes")
	// ErrNotFound reports an index at which no entry has been appended yet.
	ErrNotFound = errors.New("no entry at this index")
	// ErrClosed refuses work after Close.
	ErrClosed = errors.New("the ledger is closed")
)

// FatalError reports a ledger that can't go on writing: its storage failed, or it holds something else than it should. What
// was acknowledged before is not in doubt, the entry in hand is. The writer must stop; opening the ledger again verifies it
// from the disk. Every later Append returns a FatalError too; reads may go on.
type FatalError struct {
	Err error
}

// Error names the cause and the way out.
func (e *FatalError) Error() string {
	return fmt.Sprintf("ledger stopped: %v; restart to verify it from storage", e.Err)
}

// Unwrap returns the cause.
func (e *FatalError) Unwrap() error { return e.Err }

// Ledger is an append-only, publicly verifiable list of entries, indexed from 0 without gaps. All methods may be called at
// once by any number of goroutines, and none keeps a slice that it was given or gives out one that it keeps. An error that
// is no *FatalError, ErrEntrySize, ErrNotFound or ErrClosed is transient: the call may be made again.
//
// A ledger that is opened is closed by io.Closer; entries acknowledged before are there when it is opened again, also after
// the process was killed.
type Ledger interface {
	// Append anchors the entry, 1 to MaxEntryBytes bytes, and returns its index. When it returns, the entry is durable and part
	// of the tree, and Entry finds it; a published checkpoint that covers it follows soon after. When it returns an error, for
	// instance because ctx ended, the entry may still have been added or be added later. An entry is there once: bytes that were
	// appended before, by whomever, also before the ledger was opened, give the index that they have.
	Append(ctx context.Context, entry []byte) (index uint64, err error)

	// Entry returns the bytes at index, exactly as appended, or ErrNotFound.
	Entry(ctx context.Context, index uint64) ([]byte, error)

	// Receipt returns the c2sp.org/tlog-proof@v1 text for the entry at index, under a published checkpoint that covers it,
	// usually the newest. It waits for that checkpoint to be published until ctx ends. It returns ErrNotFound, without
	// waiting, if the index has not been appended.
	Receipt(ctx context.Context, index uint64) ([]byte, error)

	// Checkpoint returns the newest published checkpoint, a signed note; there is one from the start, of size 0. The sizes
	// never shrink, and each checkpoint is consistent with all before it.
	Checkpoint(ctx context.Context) ([]byte, error)
}
