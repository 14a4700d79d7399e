// Package tilelog is the default ledger: a tile-based transparency log on the files of one machine, written by Tessera and
// served as C2SP tlog-tiles. The folder can be copied, mirrored and served by any web server; everything in it is proved by the
// checkpoint, so that who controls the disk can destroy the log but not alter an entry unseen, and who controls the key can show
// two histories to two readers unless witnesses cosign.
package tilelog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
	_ "github.com/gauger/gauger/ledger/tesseralog"
)

const (
	// checkpointInterval is the shortest that Tessera's POSIX storage allows.
	checkpointInterval = 100 * time.Millisecond
	// pollInterval is how often the folder is looked at for a new checkpoint.
	pollInterval = 10 * time.Millisecond
	// expectInterval is how often while a checkpoint that was signed is on its way there, for expectLimit at most.
	expectInterval = time.Millisecond
	expectLimit    = time.Second
	// maxGroup is how many entries are written at once: a full entry bundle.
	maxGroup = 256
	// groupAge is how long Tessera holds back a group that is not full. It only has to outlast the handing over of the group.
	groupAge = 500 * time.Microsecond
	// maxQueue bounds the entries that wait for the group before them.
	maxQueue = 1024
	// collectInterval is how often partial tiles and bundles that a full one has replaced are removed. Entries appended one
	// by one leave 255 partial bundles for each full one, so it is short.
	collectInterval = 10 * time.Second
	// closeLimit bounds how long Close waits for the storage.
	closeLimit = 30 * time.Second
	// settleLimit bounds how long Close waits for a checkpoint that was being written when it was called.
	settleLimit = time.Second
)

// Options say where a log is and who signs for it.
type Options struct {
	// Dir is the folder of the log, on a local disk. Open creates it in an existing parent folder.
	Dir string
	// Signer signs the checkpoints; its name is the log's origin. See NewSigner.
	Signer note.Signer
	// VKey is the verifier key of Signer. An existing log must have been signed by it.
	VKey string
	// Also are further keys that sign each checkpoint, such as one of ML-DSA-44 (proof.NewCosigner); they have the same name.
	Also []note.Signer
	// Policy says which witnesses have to cosign a checkpoint before it is published; it is that of a trust file (proof.Trust).
	// Without a quorum none are asked. Entries are durable and have their index before that; receipts wait for it.
	Policy proof.Policy
	// Seen are checkpoints of this log that somebody kept outside of its folder, such as that of the newest receipt, and AtLeast is
	// how many entries it is known to have acknowledged. Open refuses a folder that does not continue them, with a *ForkError: it is
	// an older copy. It asks the witnesses for what they cosigned last to the same end.
	Seen    []proof.SignedCheckpoint
	AtLeast uint64
	// Missing gives the entries that the keeper of Seen has as well; nil for none. What an older copy lacks is appended again from it,
	// if it leads from the tree in the folder to the roots of Seen.
	Missing Entries
}

// Log is a ledger.Ledger on POSIX files. It is the only writer of its folder while it is open.
type Log struct {
	folder folder
	trust  proof.Trust
	lock   io.Closer
	gate   *gate
	add    tessera.AddFn

	witnessed bool // checkpoints wait for witnesses

	known map[[hashBytes]byte]uint64 // index by leaf hash, of every entry; the writer's alone: some 50 bytes an entry
	free  func() (uint64, error)     // bytes of the disk
	names func() error               // makes the names in the folder durable
	full  bool                       // the disk had no room for the last group; the writer's alone

	queue   chan request
	closing chan struct{}      // closed by Close: no new work
	written chan struct{}      // closed by the writer when the queue is done with
	ended   chan struct{}      // closed when nothing more will be published
	stop    context.CancelFunc // ends Tessera's goroutines and follow
	follows sync.WaitGroup

	mu      sync.Mutex // guards what follows
	closed  bool
	fatal   *ledger.FatalError
	newest  publication
	changed chan struct{} // closed and replaced with each new checkpoint or fatal error
}

var (
	_ ledger.Ledger = (*Log)(nil)
	_ io.Closer     = (*Log)(nil)
)

// Open opens the log in a folder, or makes a new one. It first holds tree state, right edge of the tree, last entry bundle and
// checkpoint against each other, and refuses a log that another key signed, that is damaged there, or that went back in time;
// Verify checks the rest. ctx bounds the opening only. The log must be closed.
func Open(ctx context.Context, options Options) (*Log, error) {
	trust, err := options.check()
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{
		folder:    folder(options.Dir),
		trust:     trust,
		gate:      newGate(options.Signer),
		witnessed: options.Policy.Quorum != "",
		queue:     make(chan request, maxQueue),
		closing:   make(chan struct{}),
		written:   make(chan struct{}),
		ended:     make(chan struct{}),
		changed:   make(chan struct{}),
	}
	l.free = l.folder.free
	dir, err := l.folder.lock()
	if err != nil {
		return nil, err
	}
	l.lock, l.names = dir, dir.Sync
	if err := l.start(ctx, options); err != nil {
		return nil, errors.Join(fmt.Errorf("open log %s: %w", options.Dir, err), l.lock.Close())
	}
	return l, nil
}

// check returns the trust in the signer of the options.
func (o Options) check() (proof.Trust, error) {
	if o.Dir == "" || o.Signer == nil {
		return proof.Trust{}, errors.New("want a folder and a signer")
	}
	verifier, err := note.NewVerifier(o.VKey)
	if err != nil {
		return proof.Trust{}, fmt.Errorf("verifier key %q: %w", o.VKey, err)
	}
	if verifier.Name() != o.Signer.Name() || verifier.KeyHash() != o.Signer.KeyHash() {
		return proof.Trust{}, fmt.Errorf("signer %s+%08x does not belong to verifier key %q", o.Signer.Name(), o.Signer.KeyHash(), o.VKey)
	}
	return trustIn(o.VKey)
}

// start checks what is there, starts Tessera and waits for a checkpoint to exist.
func (l *Log) start(ctx context.Context, options Options) error {
	size, err := l.folder.checkStart(ctx, l.trust)
	if err != nil {
		return err
	}
	want, err := l.wanted(ctx, options, size)
	if err != nil {
		return err
	}
	l.gate.demand(want)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	if l.add, err = l.appender(running, options); err == nil {
		err = l.complete(ctx, options, size, want)
	}
	if err == nil {
		l.gate.raise(want) // from now on Tessera can sign
		err = l.learn()
	}
	if err == nil {
		l.follows.Go(func() { l.follow(running) })
		_, err = l.published(ctx, 0)
	}
	if err != nil {
		stop()
		l.follows.Wait()
		l.settle()
		return err
	}
	l.stop = stop
	go l.write()
	return nil
}

// appender starts Tessera, until ctx ends.
func (l *Log) appender(ctx context.Context, options Options) (tessera.AddFn, error) {
	also, err := options.signers()
	if err != nil {
		return nil, err
	}
	witnesses, err := quorum(options.Policy)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: options.Dir, HTTPClient: l.witnessClient()})
	if err != nil {
		return nil, err
	}
	// A checkpoint has no date: to publish an unchanged one again would tell nobody anything.
	appender, _, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(l.gate, also...).
		WithWitnesses(witnesses, &tessera.WitnessOptions{Timeout: witnessLimit}).
		WithCheckpointInterval(checkpointInterval).
		WithCheckpointRepublishInterval(0).
		WithBatching(maxGroup, groupAge).
		WithGarbageCollectionInterval(collectInterval))
	if err != nil {
		return nil, err
	}
	return appender.Add, nil
}

// Close lets the writer finish what was handed to it, waits until that is published, and releases the folder. After a fatal
// error nothing more is published. If the storage does not answer within half a minute, Close returns an error and the folder
// stays locked until the process ends. A second Close does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	close(l.closing)
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	select {
	case <-l.written:
	case <-ctx.Done():
		return fmt.Errorf("close log %s: the storage does not answer: %w", l.folder, ctx.Err())
	}
	err := l.publishAll(ctx)
	l.stop()
	l.follows.Wait()
	l.settle()
	close(l.ended)
	return errors.Join(err, l.lock.Close())
}

// publishAll waits until the checkpoint covers the tree, unless there was a fatal error. What witnesses don't cosign in time is
// published when the log is open again.
func (l *Log) publishAll(ctx context.Context) error {
	if l.failure() != nil {
		return nil
	}
	size := l.Size()
	if l.witnessed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, witnessLimit)
		defer cancel()
	}
	_, err := l.published(ctx, size)
	switch {
	case err == nil || l.failure() != nil:
		return nil
	case l.witnessed && errors.Is(err, context.DeadlineExceeded):
		slog.Warn("entries wait for witnesses: they are published when the log is open again", "dir", string(l.folder), "error", err)
		return nil
	}
	return fmt.Errorf("close log %s: %w", l.folder, err)
}

// failure returns the fatal error, if there was one.
func (l *Log) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal != nil {
		return l.fatal
	}
	return nil
}

// fail stops all writing and signing, and returns the fatal error for this cause; later appends are told the first.
func (l *Log) fail(cause error) error {
	fatal := &ledger.FatalError{Err: cause}
	l.gate.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		l.fatal = fatal
		l.wake()
		slog.Error("ledger stopped", "dir", string(l.folder), "cause", cause)
	}
	return fatal
}

// damage stops all writing if err found the storage damaged: what is appended to a damaged tree could not be proved.
func (l *Log) damage(err error) error {
	if errors.Is(err, errDamaged) || errors.Is(err, fs.ErrNotExist) {
		return l.fail(err)
	}
	return err
}
