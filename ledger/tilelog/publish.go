package tilelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

// publication is a checkpoint that the folder shows to the world.
type publication struct {
	text   []byte
	signed proof.SignedCheckpoint
	prover *prover
}

// gate signs for Tessera what is durable, until it is shut. Tessera reads the tree state as soon as it has its new name, when a power
// cut could still take the name away: a checkpoint signed then would cover entries that may come to be others. Nor does Tessera
// say when its goroutines have ended; but they write no checkpoint without a signature, and the last that was signed can be waited for.
type gate struct {
	note.Signer
	mu      sync.Mutex
	moved   *sync.Cond
	durable uint64 // entries that are known to be on the disk
	least   uint64 // entries that were signed for before: a smaller tree is one that is still being made whole
	shut    bool
	last    []byte    // the text that was signed last
	at      time.Time // when
}

func newGate(s note.Signer) *gate {
	g := &gate{Signer: s}
	g.moved = sync.NewCond(&g.mu)
	return g
}

// Sign signs the text of a checkpoint as soon as its entries are durable, or returns ledger.ErrClosed.
func (g *gate) Sign(text []byte) ([]byte, error) {
	size, err := sizeIn(text)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.shut && g.durable < size {
		g.moved.Wait()
	}
	if g.shut {
		return nil, ledger.ErrClosed
	}
	if size < g.least {
		return nil, fmt.Errorf("%d entries are there of %d", size, g.least)
	}
	signature, err := g.Signer.Sign(text)
	if err == nil {
		g.last, g.at = slices.Clone(text), time.Now()
	}
	return signature, err
}

// sizeIn returns the size that the text of a checkpoint claims: its second line.
func sizeIn(text []byte) (uint64, error) {
	lines := strings.SplitN(string(text), "\n", 3)
	if len(lines) < 3 {
		return 0, fmt.Errorf("the text to be signed is no checkpoint: %q", text)
	}
	return strconv.ParseUint(lines[1], 10, 63)
}

// demand says that nothing smaller may be signed.
func (g *gate) demand(size uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.least = size
}

// expects reports whether something newer than this checkpoint was signed just now.
func (g *gate) expects(text []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last != nil && !bytes.HasPrefix(text, g.last) && time.Since(g.at) < expectLimit
}

// raise says that this many entries are durable.
func (g *gate) raise(size uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.durable = max(g.durable, size)
	g.moved.Broadcast()
}

// size returns how many entries are known to be durable.
func (g *gate) size() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.durable
}

// close shuts the gate and returns the text of the last checkpoint that went through.
func (g *gate) close() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	g.moved.Broadcast()
	return g.last
}

// settle shuts the gate and waits until the last checkpoint has reached the folder. After an error of the storage it may never
// do so; then settleLimit is long enough for the attempt to have ended.
func (l *Log) settle() {
	last := l.gate.close()
	ctx, cancel := context.WithTimeout(context.Background(), settleLimit)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		text, err := l.folder.checkpoint()
		if last == nil || err == nil && bytes.HasPrefix(text, last) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// published returns the newest checkpoint as soon as it covers size entries.
func (l *Log) published(ctx context.Context, size uint64) (publication, error) {
	for {
		l.mu.Lock()
		newest, changed, fatal := l.newest, l.changed, l.fatal
		l.mu.Unlock()
		if newest.text != nil && newest.signed.Size >= size {
			return newest, nil
		}
		if fatal != nil {
			return publication{}, fatal
		}
		select {
		case <-changed:
		case <-l.ended:
			return publication{}, ledger.ErrClosed
		case <-ctx.Done():
			return publication{}, fmt.Errorf("%w while the newest checkpoint covers %d entries, not %d", ctx.Err(), newest.signed.Size, size)
		}
	}
}

// lateLimit is after what time it is said that entries wait to be published.
const lateLimit = 5 * time.Second

// follow looks for new checkpoints until ctx ends, more often while one is on its way, and says when they stay away.
func (l *Log) follow(ctx context.Context) {
	tick := time.NewTimer(pollInterval)
	defer tick.Stop()
	var moved time.Time // when the newest checkpoint was seen first, or had nothing behind it
	var shown uint64
	late := false
	for {
		if err := l.look(); err != nil {
			_ = l.fail(err)
			return
		}
		newest := l.shown()
		size, published := l.Size(), newest.signed.Size
		if published != shown || published == size || moved.IsZero() {
			moved, shown = time.Now(), published
		}
		if waits := time.Since(moved) > lateLimit; waits != late {
			late = waits
			l.sayLate(late, size-published)
		}
		tick.Reset(pollInterval)
		if l.gate.expects(newest.text) {
			tick.Reset(expectInterval)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// shown returns the newest checkpoint.
func (l *Log) shown() publication {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest
}

func (l *Log) sayLate(late bool, entries uint64) {
	if !late {
		slog.Info("the ledger publishes again", "dir", string(l.folder))
		return
	}
	slog.Error("entries wait to be published: is the disk full, or a witness away? They are kept, and their receipts come later",
		"dir", string(l.folder), "entries", entries)
}

// look takes note of the checkpoint in the folder, after verifying it, and wakes who waits for it.
func (l *Log) look() error {
	text, err := l.folder.checkpoint()
	if err == nil && !slices.Equal(text, l.shown().text) {
		// Tessera goes on after a failed sync of this name, and the system tells of a failure once to each file that was open at the time:
		// the folder has been open since before.
		if err := l.names(); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(err, fs.ErrNotExist) && l.newest.text == nil {
		return nil // a new log, about to publish
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if slices.Equal(text, l.newest.text) {
		return nil
	}
	signed, err := proof.ParseCheckpoint(text)
	if err == nil {
		_, err = signed.Verify(l.trust)
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if signed.Size < l.newest.signed.Size {
		return fmt.Errorf("checkpoint: the size went from %d to %d", l.newest.signed.Size, signed.Size)
	}
	l.newest = publication{text, signed, &prover{folder: l.folder, checkpoint: signed}}
	l.wake()
	return nil
}

// wake lets everyone who waits look again. The caller holds mu.
func (l *Log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}
