// Package ingesttest holds what tests put around the cloud's ingest: a ledger in memory that fails when told to, and a link that
// keeps what it is given.
package ingesttest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

// Ledger is a ledger.Ledger in memory, signed and witnessed with the keys of package bundletest. It publishes at once. The zero
// Ledger is empty and open.
type Ledger struct {
	// Before is asked before each call and After when it has succeeded, by the name of the method. An error becomes the call's,
	// so that one from After leaves an Append done and not acknowledged. They may block. Set them while no call is under way.
	Before, After func(method string) error

	mu      sync.Mutex
	entries [][]byte
	closed  bool
}

var _ ledger.Ledger = (*Ledger)(nil)

// Append implements ledger.Ledger.
func (l *Ledger) Append(ctx context.Context, entry []byte) (uint64, error) {
	if len(entry) == 0 || len(entry) > ledger.MaxEntryBytes {
		return 0, ledger.ErrEntrySize
	}
	var index uint64
	err := l.call(ctx, "Append", func() error {
		if l.closed {
			return ledger.ErrClosed
		}
		if i := slices.IndexFunc(l.entries, func(e []byte) bool { return bytes.Equal(e, entry) }); i >= 0 {
			index = uint64(i)
			return nil
		}
		index = uint64(len(l.entries))
		l.entries = append(l.entries, bytes.Clone(entry))
		return nil
	})
	return index, err
}

// Entry implements ledger.Ledger.
func (l *Ledger) Entry(ctx context.Context, index uint64) (entry []byte, err error) {
	err = l.call(ctx, "Entry", func() error {
		if index >= uint64(len(l.entries)) {
			return fmt.Errorf("entry %d: %w", index, ledger.ErrNotFound)
		}
		entry = bytes.Clone(l.entries[index])
		return nil
	})
	return entry, err
}

// Receipt implements ledger.Ledger.
func (l *Ledger) Receipt(ctx context.Context, index uint64) (text []byte, err error) {
	err = l.call(ctx, "Receipt", func() error {
		if index >= uint64(len(l.entries)) {
			return fmt.Errorf("receipt for entry %d: %w", index, ledger.ErrNotFound)
		}
		path, err := proof.Inclusion(l.entries, int(index))
		text = proof.Receipt{Index: index, Path: path, Checkpoint: bundletest.Checkpoint(l.entries)}.Format()
		return err
	})
	return text, err
}

// Checkpoint implements ledger.Ledger.
func (l *Ledger) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = l.call(ctx, "Checkpoint", func() error {
		if l.closed {
			return ledger.ErrClosed
		}
		note = bundletest.Checkpoint(l.entries).Format()
		return nil
	})
	return note, err
}

func (l *Ledger) call(ctx context.Context, method string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if l.Before != nil {
		if err := l.Before(method); err != nil {
			return err
		}
	}
	l.mu.Lock()
	err := do()
	l.mu.Unlock()
	if err == nil && l.After != nil {
		err = l.After(method)
	}
	return err
}

// Close makes the ledger refuse appends and show no checkpoint until it is opened again. A second Close does nothing.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}

// Open opens the ledger again with all its entries.
func (l *Ledger) Open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = false
}

// Entries returns all entries.
func (l *Ledger) Entries() [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// Message is one that a Link was given.
type Message struct {
	Topic   string
	Payload []byte
}

// Link is an ingest.Link that keeps what it is given, unless it was told to fail.
type Link struct {
	mu   sync.Mutex
	sent []Message
	err  error
}

// Publish implements ingest.Link. A retained message is an error: replies are for whoever asks now.
func (l *Link) Publish(_ context.Context, topic string, payload []byte, retained bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if retained {
		return fmt.Errorf("message on %s is retained", topic)
	}
	if l.err == nil {
		l.sent = append(l.sent, Message{topic, bytes.Clone(payload)})
	}
	return l.err
}

// Fail makes every Publish return err, which may be nil.
func (l *Link) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// Take returns what was published since the last Take, in its order.
func (l *Link) Take() []Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}
