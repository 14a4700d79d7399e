// Package ledgertest is the conformance suite of package ledger: every kind of ledger passes it, and what it asks is what users
// of a ledger may rely on.
package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

// Opened is an open ledger, to be closed before it is opened again.
type Opened interface {
	ledger.Ledger
	io.Closer
}

// Run holds a kind of ledger to the contract of ledger.Ledger. For each test it calls create, which prepares a new, empty
// ledger and returns a function that opens it, first and again after Close, and the trust under which its receipts and
// checkpoints verify.
func Run(t *testing.T, create func(t *testing.T) (open func() (Opened, error), trust proof.Trust)) {
	tests := []struct {
		name string
		run  func(s *suite)
	}{
		{"a new ledger publishes the empty tree", (*suite).emptyLedger},
		{"entries come back as appended", (*suite).entriesComeBack},
		{"the same entry again has the same index", (*suite).sameEntryAgain},
		{"the same entry from many at once has one index", (*suite).sameEntryAtOnce},
		{"everything is there after reopening", (*suite).reopen},
		{"receipts verify, for their own entry only", (*suite).receipts},
		{"concurrent appends get indexes of their own", (*suite).concurrent},
		{"every checkpoint continues the one before", (*suite).checkpoints},
		{"entries of the wrong size are refused", (*suite).wrongSizes},
		{"indexes that were not appended are not found", (*suite).notFound},
		{"a cancelled call harms nothing", (*suite).cancelled},
		{"a closed ledger refuses work", (*suite).closed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // most of the time goes by waiting for publication
			s := &suite{T: t}
			s.open, s.trust = create(t)
			s.reopenLedger()
			t.Cleanup(s.closeLedger)
			tt.run(s)
		})
	}
}

// suite is one test: the ledger under test, and what must be in it.
type suite struct {
	*testing.T
	open    func() (Opened, error)
	trust   proof.Trust
	ledger  Opened
	entries [][]byte // in the order of their indexes
}

func (s *suite) reopenLedger() {
	s.Helper()
	l, err := s.open()
	if err != nil {
		s.Fatalf("open: %v", err)
	}
	s.ledger = l
}

// closeLedger closes the ledger if it is open.
func (s *suite) closeLedger() {
	if s.ledger == nil {
		return
	}
	if err := s.ledger.Close(); err != nil {
		s.Errorf("close: %v", err)
	}
	s.ledger = nil
}

// append adds an entry and expects the next index.
func (s *suite) append(entry []byte) {
	s.Helper()
	index, err := s.ledger.Append(s.Context(), entry)
	if err != nil {
		s.Fatalf("append entry %d: %v", len(s.entries), err)
	}
	if want := uint64(len(s.entries)); index != want {
		s.Fatalf("the only writer got index %d, want %d", index, want)
	}
	s.entries = append(s.entries, slices.Clone(entry))
}

// appendMany adds n further entries of different bytes.
func (s *suite) appendMany(n int) {
	s.Helper()
	for range n {
		s.append(fmt.Appendf(nil, "entry %d", len(s.entries)))
	}
}

// checkEntries reads every entry.
func (s *suite) checkEntries() {
	s.Helper()
	for i, want := range s.entries {
		got, err := s.ledger.Entry(s.Context(), uint64(i))
		if err != nil {
			s.Fatalf("entry %d: %v", i, err)
		}
		if !bytes.Equal(got, want) {
			s.Fatalf("entry %d is %d bytes %.40q, want %d bytes %.40q", i, len(got), got, len(want), want)
		}
	}
}

// checkTree holds a verified checkpoint against the entries.
func (s *suite) checkTree(c proof.Checkpoint) {
	s.Helper()
	if c.Size > uint64(len(s.entries)) {
		s.Fatalf("a checkpoint of size %d after %d entries", c.Size, len(s.entries))
	}
	if want := proof.Root(s.entries[:c.Size]); c.Root != want {
		s.Fatalf("the checkpoint of size %d has root %x, its entries have %x", c.Size, c.Root, want)
	}
}

// checkReceipt fetches and verifies the receipt of an entry, and returns its checkpoint.
func (s *suite) checkReceipt(index int) proof.Checkpoint {
	s.Helper()
	text, err := s.ledger.Receipt(s.Context(), uint64(index))
	if err != nil {
		s.Fatalf("receipt of entry %d: %v", index, err)
	}
	r, err := proof.ParseReceipt(text)
	if err != nil {
		s.Fatalf("receipt of entry %d: %v", index, err)
	}
	if r.Index != uint64(index) {
		s.Fatalf("the receipt of entry %d is for index %d", index, r.Index)
	}
	c, err := r.Verify(s.entries[index], s.trust)
	if err != nil {
		s.Fatalf("receipt of entry %d: %v", index, err)
	}
	if _, err := r.Verify(append(slices.Clone(s.entries[index]), 0), s.trust); err == nil {
		s.Fatalf("the receipt of entry %d proves another entry", index)
	}
	s.checkTree(c)
	return c
}

// checkpoint fetches and verifies the newest checkpoint.
func (s *suite) checkpoint() proof.Checkpoint {
	s.Helper()
	text, err := s.ledger.Checkpoint(s.Context())
	if err != nil {
		s.Fatalf("checkpoint: %v", err)
	}
	c, err := proof.VerifyCheckpoint(text, s.trust)
	if err != nil {
		s.Fatal(err)
	}
	s.checkTree(c)
	return c
}

func (s *suite) emptyLedger() {
	if c := s.checkpoint(); c.Size != 0 {
		s.Errorf("a new ledger has %d entries", c.Size)
	}
	s.closeLedger()
	s.reopenLedger()
	if c := s.checkpoint(); c.Size != 0 {
		s.Errorf("a new ledger, opened again, has %d entries", c.Size)
	}
}

func (s *suite) entriesComeBack() {
	for _, size := range []int{1, 2, 255, 256, 4096, ledger.MaxEntryBytes} {
		s.append(bytes.Repeat([]byte{byte(size)}, size))
	}
	s.append([]byte{0})
	s.append([]byte("line\n\nanother\x00\xff"))
	reused := []byte("a buffer that the caller uses again")
	s.append(reused)
	copy(reused, "OVERWRITTEN")
	s.checkEntries()
	got, err := s.ledger.Entry(s.Context(), 0)
	if err != nil {
		s.Fatal(err)
	}
	got[0] ^= 1 // what a reader does to his copy is his affair
	s.checkEntries()
}

func (s *suite) sameEntryAgain() {
	again := func(want uint64) {
		s.Helper()
		index, err := s.ledger.Append(s.Context(), slices.Clone(s.entries[want]))
		if err != nil || index != want {
			s.Errorf("entry %d appended again has index %d, %v", want, index, err)
		}
	}
	s.append([]byte("once"))
	again(0)
	s.append([]byte("twice"))
	again(0)
	s.appendMany(300) // more than one bundle
	again(1)
	again(299)
	s.closeLedger()
	s.reopenLedger()
	for _, i := range []uint64{0, 1, 255, 256, 301} {
		again(i)
	}
	s.append([]byte("after reopening"))
	again(302)
	s.checkEntries()
	for i := range s.entries {
		s.checkReceipt(i)
	}
}

func (s *suite) sameEntryAtOnce() {
	const writers, different = 32, 4
	got := make([]uint64, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			index, err := s.ledger.Append(s.Context(), fmt.Appendf(nil, "entry %d", w%different))
			if err != nil {
				s.Error(err)
			}
			got[w] = index
		})
	}
	wg.Wait()
	for w, index := range got {
		if index >= different || index != got[w%different] {
			s.Fatalf("%d entries appended by %d writers have the indexes %v", different, writers, got)
		}
		entry, err := s.ledger.Entry(s.Context(), index)
		if want := fmt.Sprintf("entry %d", w%different); err != nil || string(entry) != want {
			s.Errorf("entry %d is %q, %v; want %q", index, entry, err, want)
		}
	}
	if _, err := s.ledger.Entry(s.Context(), different); !errors.Is(err, ledger.ErrNotFound) {
		s.Errorf("there are more than %d entries: %v", different, err)
	}
}

// reopen spans several sessions and more than one bundle of 256 entries, and the sessions without any append.
func (s *suite) reopen() {
	for _, n := range []int{3, 0, 250, 1, 0, 7} {
		s.appendMany(n)
		before := s.checkpoint()
		s.closeLedger()
		s.reopenLedger()
		if after := s.checkpoint(); after.Size < before.Size {
			s.Fatalf("the published size went from %d to %d over a restart", before.Size, after.Size)
		}
		s.checkEntries()
	}
	for _, i := range []int{0, 2, 3, 127, 255, 256, len(s.entries) - 1} {
		s.checkReceipt(i)
	}
}

func (s *suite) receipts() {
	for range 3 {
		s.appendMany(1)
		s.checkReceipt(len(s.entries) - 1) // not published yet when asked for, most likely
	}
	s.appendMany(60)
	for i := range s.entries {
		s.checkReceipt(i)
	}
}

func (s *suite) concurrent() {
	const writers, each = 16, 20
	got := make(map[uint64][]byte)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				entry := fmt.Appendf(nil, "writer %d entry %d", w, i)
				index, err := s.ledger.Append(s.Context(), entry)
				if err != nil {
					s.Errorf("writer %d: %v", w, err)
					return
				}
				mu.Lock()
				if other, ok := got[index]; ok {
					s.Errorf("index %d given to %q and to %q", index, other, entry)
				}
				got[index] = entry
				mu.Unlock()
				if back, err := s.ledger.Entry(s.Context(), index); err != nil || !bytes.Equal(back, entry) {
					s.Errorf("entry %d is %q (%v) after it was acknowledged as %q", index, back, err, entry)
				}
			}
		})
	}
	wg.Wait()
	for i := range uint64(len(got)) {
		if got[i] == nil {
			s.Fatalf("no entry at index %d of %d", i, len(got))
		}
		s.entries = append(s.entries, got[i])
	}
	if len(s.entries) != writers*each {
		s.Fatalf("%d entries, want %d", len(s.entries), writers*each)
	}
	s.checkEntries()
	for i := 0; i < len(s.entries); i += 37 {
		s.checkReceipt(i)
	}
}

// checkpoints recomputes the tree of every checkpoint it sees from the entries, which proves them consistent with each other.
func (s *suite) checkpoints() {
	var last uint64
	see := func(c proof.Checkpoint) {
		if c.Size < last {
			s.Fatalf("the published size went from %d to %d", last, c.Size)
		}
		last = c.Size
	}
	see(s.checkpoint())
	for range 4 {
		s.appendMany(5)
		see(s.checkpoint())
		if c := s.checkReceipt(len(s.entries) - 1); c.Size > last {
			see(c)
		}
		see(s.checkpoint())
	}
	if last != uint64(len(s.entries)) {
		s.Errorf("after the receipt of the last of %d entries the newest checkpoint has size %d", len(s.entries), last)
	}
}

func (s *suite) wrongSizes() {
	s.appendMany(1)
	for _, size := range []int{0, ledger.MaxEntryBytes + 1, 1 << 20} {
		if index, err := s.ledger.Append(s.Context(), make([]byte, size)); !errors.Is(err, ledger.ErrEntrySize) {
			s.Errorf("an entry of %d bytes: index %d, error %v, want ErrEntrySize", size, index, err)
		}
	}
	s.appendMany(2)
	s.checkEntries()
}

func (s *suite) notFound() {
	s.appendMany(2)
	for _, index := range []uint64{2, 3, 256, 1 << 40, 1<<64 - 1} {
		if entry, err := s.ledger.Entry(s.Context(), index); !errors.Is(err, ledger.ErrNotFound) {
			s.Errorf("entry %d of 2 is %q, error %v, want ErrNotFound", index, entry, err)
		}
		if text, err := s.ledger.Receipt(s.Context(), index); !errors.Is(err, ledger.ErrNotFound) {
			s.Errorf("receipt %d of 2 is %q, error %v, want ErrNotFound", index, text, err)
		}
	}
	s.appendMany(1)
	s.checkEntries()
}

func (s *suite) cancelled() {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if index, err := s.ledger.Append(ctx, []byte("cancelled")); !errors.Is(err, context.Canceled) {
		s.Fatalf("append with a cancelled context: index %d, error %v", index, err)
	}
	// The entry may be there all the same.
	index, err := s.ledger.Append(s.Context(), []byte("after"))
	if err != nil || index > 1 {
		s.Fatalf("append after a cancelled one: index %d, error %v", index, err)
	}
	for range index {
		s.entries = append(s.entries, []byte("cancelled"))
	}
	s.entries = append(s.entries, []byte("after"))
	s.checkEntries()
	s.checkReceipt(int(index))
}

func (s *suite) closed() {
	s.appendMany(2)
	l := s.ledger
	s.closeLedger()
	if index, err := l.Append(s.Context(), []byte("late")); !errors.Is(err, ledger.ErrClosed) {
		s.Errorf("append after Close: index %d, error %v, want ErrClosed", index, err)
	}
	if err := l.Close(); err != nil {
		s.Errorf("the second Close returns %v", err)
	}
	s.reopenLedger()
	s.checkEntries()
}
