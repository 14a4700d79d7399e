// Package witness cosigns the checkpoints of logs, each only if it continues the one before (c2sp.org/tlog-witness). Whoever
// demands cosignatures of witnesses that don't trust each other can't be shown a history that others are not shown.
package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
)

// Errors of Add, for which the protocol has answers of their own.
var (
	ErrUnknownLog   = errors.New("no log of that name is witnessed here")               // 404
	ErrNotSigned    = errors.New("not signed by a key that is known for the log")       // 403
	ErrBadRequest   = errors.New("not a request for a cosignature")                     // 400
	ErrInconsistent = errors.New("does not continue what was cosigned before")          // 422
	ErrTooMany      = errors.New("too many requests for this log")                      // 429
	ErrClock        = errors.New("the clock of the witness is behind what it cosigned") // 503
)

// ConflictError refuses a request whose old size is not that of the checkpoint cosigned last.
type ConflictError struct{ Size uint64 }

// Error names the size.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the checkpoint cosigned last has size %d", e.Size)
}

// FatalError reports storage in an unknown state. The witness signs no more; the process must end and open it again.
type FatalError struct{ Err error }

// Error names the cause.
func (e *FatalError) Error() string { return fmt.Sprintf("witness stopped: %v", e.Err) }

// Unwrap returns the cause.
func (e *FatalError) Unwrap() error { return e.Err }

// Options say whom a witness watches and how it signs.
type Options struct {
	FS        durable.FS
	Dir       string // an existing directory of its own
	Logs      proof.Trust
	Cosigners []*proof.Cosigner // the first key first in answers; at least one
	Now       func() time.Time
	// PerSecond and Burst bound the steps that one log makes; 0 is 10 a second and 50 at once. What is refused does not count, nor what
	// was cosigned before and is asked for again: anyone can send that, and would use up what the log needs.
	PerSecond float64
	Burst     int
}

// Witness keeps the checkpoint that it cosigned last of each log. Its methods may be called at once.
type Witness struct {
	o    Options
	lock io.Closer

	logs   map[string]*log // by origin
	hashed map[string]*log // by the hash of the origin
	said   rate.Sometimes

	mu    sync.Mutex
	fatal error
}

// log is one log. Checking a checkpoint and storing it is one step under its lock.
type log struct {
	mu      sync.Mutex
	limiter *rate.Limiter
	last    *proof.SignedCheckpoint // as stored, with the signatures of log and witness; nil before the first
	own     []proof.Signature       // those of the witness, if it made them since it was opened
	at      int64                   // when that was cosigned, POSIX seconds
	lied    bool                    // the proof that it did is stored
}

// newest returns what the witness remembers of the log; the empty tree before the first checkpoint. The caller holds mu.
func (l *log) newest(origin string) proof.Checkpoint {
	if l.last == nil {
		return proof.EmptyCheckpoint(origin)
	}
	return l.last.Checkpoint
}

// Open opens the witness in its directory. Stored checkpoints are verified: one that log and witness did not both sign is refused,
// since whatever was put there instead would be continued.
func Open(o Options) (*Witness, error) {
	if len(o.Cosigners) == 0 || o.Now == nil || o.FS == nil || o.Dir == "" {
		return nil, errors.New("open witness: want a directory, a clock and at least one key")
	}
	if o.PerSecond == 0 {
		o.PerSecond, o.Burst = 10, 50
	}
	lock, err := o.FS.Lock(filepath.Join(o.Dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open witness %s: %w", o.Dir, err)
	}
	w := &Witness{o: o, lock: lock, logs: map[string]*log{}, hashed: map[string]*log{}, said: rate.Sometimes{Interval: time.Second}}
	for _, origin := range o.Logs.Policy().Origins() {
		l := &log{limiter: rate.NewLimiter(rate.Limit(o.PerSecond), o.Burst)}
		err := w.load(l, origin)
		if err == nil {
			err = w.hasForgotten(l, origin)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open witness: %w", err), lock.Close())
		}
		w.logs[origin], w.hashed[OriginHash(origin)] = l, l
	}
	return w, nil
}

// Close releases the directory.
func (w *Witness) Close() error { return w.lock.Close() }

// OriginHash names a log in addresses and files: the SHA-256 of its origin in hex.
func OriginHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

func (w *Witness) path(origin, suffix string) string {
	return filepath.Join(w.o.Dir, OriginHash(origin)+suffix)
}

// load reads what was cosigned last of a log.
func (w *Witness) load(l *log, origin string) error {
	path := w.path(origin, ".checkpoint")
	text, err := durable.ReadFile(w.o.FS, path, proof.MaxNoteBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := proof.ParseCheckpoint(text)
	if err == nil {
		_, err = s.VerifyLog(w.o.Logs)
	}
	if err == nil && s.Origin != origin {
		err = fmt.Errorf("it is of log %q", s.Origin)
	}
	if err == nil {
		l.at, err = w.cosigned(s)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	l.last = &s
	return nil
}

// cosigned returns when a checkpoint was cosigned last by a key of this witness. One of its keys will do: the other may be new.
func (w *Witness) cosigned(s proof.SignedCheckpoint) (at int64, err error) {
	err = fmt.Errorf("%s has not cosigned it: restore the file, or give up the witness key", w.o.Cosigners[0].Name())
	for _, c := range w.o.Cosigners {
		if seconds, signed := c.Signed(s); signed {
			at, err = max(at, seconds), nil
		}
	}
	return at, err
}

// Add cosigns a checkpoint that continues the one cosigned last, which must have size old; the path proves it (RFC 6962 section
// 2.1.2). The checkpoint is stored before the signatures are returned. Errors are those above, or a *FatalError.
func (w *Witness) Add(old uint64, path [][32]byte, signed proof.SignedCheckpoint) ([]proof.Signature, error) {
	l := w.logs[signed.Origin]
	if err := w.failure(); err != nil {
		return nil, err
	}
	if l == nil {
		return nil, fmt.Errorf("%q: %w", signed.Origin, ErrUnknownLog)
	}
	byLog, err := signed.VerifyLog(w.o.Logs)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSigned, err)
	}
	if old > signed.Size {
		return nil, fmt.Errorf("%w: the old size %d is above the checkpoint's %d", ErrBadRequest, old, signed.Size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := w.remembers(l, signed); err != nil {
		return nil, err
	}
	signed.Signatures = byLog // and no stranger's
	if err := l.continues(old, path, signed); err != nil {
		return nil, errors.Join(err, w.keep(l, signed))
	}
	if l.last != nil && l.last.Checkpoint == signed.Checkpoint {
		return w.again(l, signed)
	}
	if !l.limiter.AllowN(w.o.Now(), 1) {
		return nil, fmt.Errorf("%q: %w", signed.Origin, ErrTooMany)
	}
	return w.cosign(l, signed)
}

// again cosigns the tree that was cosigned last once more, at most once a second. Checkpoints are public, so that anyone can send one
// again, and leave out signatures of the log, or what only some of them cover: nothing that is stored may be lost by that. The caller
// holds l.mu.
func (w *Witness) again(l *log, signed proof.SignedCheckpoint) ([]proof.Signature, error) {
	stored, err := l.last.VerifyLog(w.o.Logs)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSigned, err)
	}
	missing := slices.DeleteFunc(stored, func(s proof.Signature) bool { return hasKeyOf(signed.Signatures, s) })
	switch sameText := slices.Equal(signed.Extensions, l.last.Extensions); {
	case sameText:
		fresh := slices.ContainsFunc(signed.Signatures, func(s proof.Signature) bool { return !hasKeyOf(l.last.Signatures, s) })
		if l.own != nil && !fresh && l.at == w.o.Now().Unix() {
			return l.own, nil
		}
		signed.Signatures = slices.Concat(signed.Signatures, missing)
	case len(missing) > 0:
		return nil, fmt.Errorf("%w: other extension lines than before, and fewer signatures of the log", ErrNotSigned)
	case !l.limiter.AllowN(w.o.Now(), 1):
		return nil, fmt.Errorf("%q: %w", signed.Origin, ErrTooMany)
	}
	return w.cosign(l, signed)
}

// hasKeyOf reports whether the key of a signature made one of these.
func hasKeyOf(signatures []proof.Signature, of proof.Signature) bool {
	return slices.ContainsFunc(signatures, func(s proof.Signature) bool { return s.Name == of.Name && s.KeyID == of.KeyID })
}

// keep stores the proof that a log told two stories, where the checkpoints prove it by themselves: one of each log, the first.
func (w *Witness) keep(l *log, signed proof.SignedCheckpoint) error {
	if l.last == nil || l.lied {
		return nil
	}
	m := proof.Misbehaviour{Older: *l.last, Newer: signed}
	if m.Older.Size != m.Newer.Size || m.Verify(w.o.Logs) != nil {
		return nil
	}
	text, err := m.Format()
	if err == nil {
		err = w.write(w.path(signed.Origin, ".misbehaviour.json"), text)
	}
	l.lied = err == nil
	return err
}

// write stores a file. After an error that leaves the disk in an unknown state the witness signs no more.
func (w *Witness) write(path string, text []byte) error {
	err := durable.WriteFile(w.o.FS, path, text, 0o644)
	if err != nil && (!errors.Is(err, durable.ErrNoSpace) || errors.Is(err, durable.ErrFatal)) {
		return w.stop(fmt.Errorf("%w; restart it", err))
	}
	return err
}

// continues checks a checkpoint against the last. The caller holds mu.
func (l *log) continues(old uint64, path [][32]byte, signed proof.SignedCheckpoint) error {
	last := l.newest(signed.Origin)
	if old != last.Size {
		return &ConflictError{last.Size}
	}
	if old == 0 && len(path) > 0 {
		return fmt.Errorf("%w: nothing is to be proved from an empty tree", ErrInconsistent)
	}
	if err := proof.VerifyConsistency(last, signed.Checkpoint, path); err != nil {
		return fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	return nil
}

// cosign signs a checkpoint, stores it and returns the signatures. The caller holds l.mu.
func (w *Witness) cosign(l *log, s proof.SignedCheckpoint) ([]proof.Signature, error) {
	now := w.o.Now()
	if now.Unix() < l.at {
		return nil, fmt.Errorf("%w: it says %s, and %s was cosigned: set it right", ErrClock, now.UTC().Format(time.RFC3339),
			time.Unix(l.at, 0).UTC().Format(time.RFC3339))
	}
	var own []proof.Signature
	for _, c := range w.o.Cosigners {
		signature, err := c.Cosign(s, now)
		if err != nil {
			return nil, err
		}
		own = append(own, signature)
	}
	s.Signatures = slices.Concat(s.Signatures, own)
	if err := w.write(w.path(s.Origin, ".checkpoint"), s.Format()); err != nil {
		return nil, err
	}
	l.last, l.own, l.at = &s, own, now.Unix()
	return own, nil
}

// stop ends the signing: nobody knows what the disk holds.
func (w *Witness) stop(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fatal == nil {
		w.fatal = &FatalError{err}
	}
	return w.fatal
}

// failure returns why the witness signs no more; nil while it does.
func (w *Witness) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fatal
}

// Latest returns the checkpoint of a log, by the hash of its origin, as it was cosigned last; nil for none.
func (w *Witness) Latest(originHash string) []byte {
	l := w.hashed[originHash]
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		return nil
	}
	return l.last.Format()
}
