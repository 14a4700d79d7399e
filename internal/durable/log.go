package durable

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"sync"
)

// maxUnsynced bounds the entries that wait for Sync, in bytes of payload.
const maxUnsynced = 2 * maxEntry

// maxUnsyncedEntries bounds their number, and with it the frames around them.
const maxUnsyncedEntries = 1 << 16

// LogOptions shape a log; the zero value is good.
type LogOptions struct {
	// SegmentBytes is the size from which a new file is begun, in bytes: the
	// step in which Prune frees space. 64 bytes to 256 MiB, default 16 MiB.
	SegmentBytes int64
	// MaxEntry is the largest entry that Append takes, in bytes. 1 byte to 16 MiB,
	// default 1 MiB.
	MaxEntry int
}

// Entry is an entry of a log with its place in it.
type Entry struct {
	Index uint64
	Data  []byte
}

// ErrNoEntry is returned for an index that was pruned or not yet synced.
var ErrNoEntry = errors.New("no such entry")

// ErrLogClosed is returned by a log that was closed.
var ErrLogClosed = errors.New("log is closed")

// segment is one file of a log.
type segment struct {
	base    uint64 // index of its first entry
	name    string
	offsets []uint32 // of each entry's frame
	size    int64    // where the next frame goes
}

func (s *segment) next() uint64 { return s.base + uint64(len(s.offsets)) }

// Log is an append-only journal in a directory. Entries are numbered from 0
// on. Append collects, Sync makes durable; after a crash the log holds every synced
// entry, and of those appended since possibly the first few. All methods may be called
// at once from several goroutines.
type Log struct {
	fs   FS
	dir  string
	opts LogOptions
	lock io.Closer
	torn *Torn

	mu       sync.Mutex // guards what follows
	segments []*segment // oldest first, no gaps; the last is written to
	active   File       // of the last segment
	synced   int64      // bytes of it that are on the disk
	reader   File       // of readerOf, which is not the last; may be nil
	readerOf *segment
	pending  [][]byte // appended, not synced
	bytes    int      // of pending
	err      error    // once set, the log refuses everything
}

// Append adds an entry of 1 to MaxEntry bytes, copied, and returns its index. It
// touches no disk: the entry counts only after Sync.
func (l *Log) Append(entry []byte) (index uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	if len(entry) == 0 || len(entry) > l.opts.MaxEntry {
		return 0, fmt.Errorf("append to log %s: entry of %d bytes, must be 1 to %d", l.dir, len(entry), l.opts.MaxEntry)
	}
	if l.bytes+len(entry) > maxUnsynced || len(l.pending) >= maxUnsyncedEntries {
		return 0, fmt.Errorf("append to log %s: %d bytes in %d entries await Sync, call it more often", l.dir, l.bytes, len(l.pending))
	}
	index = l.next()
	l.pending = append(l.pending, append([]byte(nil), entry...))
	l.bytes += len(entry)
	return index, nil
}

// Sync makes everything appended so far durable, all in one write and one fsync.
// An error that matches ErrNoSpace means that the entries since the last good Sync are gone,
// Next is back where it was, and the log goes on when there is
// room. Any other error matches ErrFatal: then they may or may not be
// there after a restart, and this Log refuses everything.
func (l *Log) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if len(l.pending) == 0 {
		return nil
	}
	entries := l.pending
	l.pending, l.bytes = nil, 0
	if l.last().size >= l.opts.SegmentBytes {
		if err := l.rotate(); err != nil {
			return l.failed(err)
		}
	}
	s := l.last()
	offsets, out := encode(s, uint32(l.synced), entries)
	if err := l.write(s, out); err != nil {
		return l.failed(err)
	}
	if err := l.active.Sync(); err != nil {
		return l.failed(fmt.Errorf("sync %s: %w: %w", s.name, ErrFatal, err))
	}
	s.offsets = append(s.offsets, offsets...)
	s.size += int64(len(out))
	l.synced = s.size
	l.mark(s)
	return nil
}

// encode makes the frames of a batch and says where each begins.
func encode(s *segment, synced uint32, entries [][]byte) (offsets []uint32, out []byte) {
	for _, e := range entries {
		at := uint32(s.size) + uint32(len(out))
		offsets = append(offsets, at)
		out = appendFrame(out, s.base, at, synced, e)
	}
	return offsets, out
}

// write appends to the last segment; when the disk is full it takes back what got
// through, durably, so that no crash can bring back entries the caller was told are gone.
func (l *Log) write(s *segment, out []byte) error {
	_, err := l.active.Write(out)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("write %s: %w", s.name, classify(err))
	if !errors.Is(err, ErrNoSpace) {
		return err
	}
	undo := l.active.Truncate(s.size)
	if undo == nil {
		undo = l.active.Sync()
	}
	if undo != nil {
		return fmt.Errorf("%w; undo it: %w: %w", err, ErrFatal, undo)
	}
	return err
}

// mark vouches for what was just synced. It is a help for a later diagnosis only,
// so its failure is no failure of Sync, unless it leaves half a mark behind.
func (l *Log) mark(s *segment) {
	out := appendFrame(nil, s.base, uint32(s.size), uint32(l.synced), nil)
	if _, err := l.active.Write(out); err != nil {
		if undo := l.active.Truncate(s.size); undo != nil {
			l.err = fmt.Errorf("log %s: mark %s: %w: %w", l.dir, s.name, ErrFatal, errors.Join(err, undo))
		}
		return
	}
	s.size += int64(len(out))
}

// failed notes an error of the log, for good when it is fatal.
func (l *Log) failed(err error) error {
	err = fmt.Errorf("log %s: %w", l.dir, err)
	if errors.Is(err, ErrFatal) {
		l.err = err
	}
	return err
}

// rotate begins a new segment. The old one is synced before the new one exists, its last
// mark included: whatever is wrong in a file that has a successor is damage.
func (l *Log) rotate() error {
	old := l.last()
	if err := l.active.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w: %w", old.name, ErrFatal, err)
	}
	f, s, err := createSegment(l.fs, l.dir, old.next())
	if err != nil {
		return err
	}
	if err := l.active.Close(); err != nil {
		return errors.Join(fmt.Errorf("close %s: %w: %w", old.name, ErrFatal, err), f.Close())
	}
	l.active, l.synced = f, headerSize
	l.segments = append(l.segments, s)
	return nil
}

// createSegment makes a segment file with its header, durably. A full disk leaves
// nothing behind and matches ErrNoSpace; everything else matches ErrFatal.
func createSegment(fsys FS, dir string, base uint64) (File, *segment, error) {
	s := &segment{base: base, name: segmentName(base), size: headerSize}
	path := filepath.Join(dir, s.name)
	f, err := fsys.Create(path, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("create %s: %w", s.name, classify(err))
	}
	if _, err := f.Write(appendHeader(nil, base)); err != nil {
		err = fmt.Errorf("write %s: %w", s.name, classify(err))
		if undo := errors.Join(f.Close(), fsys.Remove(path)); undo != nil {
			err = fmt.Errorf("%w; remove it: %w: %w", err, ErrFatal, undo)
		}
		return nil, nil, err
	}
	err = f.Sync()
	if err == nil {
		err = fsys.SyncDir(dir)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("sync %s: %w: %w", s.name, ErrFatal, err), f.Close())
	}
	return f, s, nil
}

func (l *Log) last() *segment { return l.segments[len(l.segments)-1] }

func (l *Log) next() uint64 { return l.last().next() + uint64(len(l.pending)) }

// First returns the index of the oldest entry that is kept, or Durable when there is
// none.
func (l *Log) First() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[0].base
}

// Next returns the index that the next Append will give.
func (l *Log) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next()
}

// Durable returns the index after the last synced entry.
func (l *Log) Durable() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last().next()
}

// Torn returns what OpenLog cut off the end, nil when the end was whole.
func (l *Log) Torn() *Torn { return l.torn }

// Prune removes the segments that hold only entries before index, oldest first,
// each durably before the next, so that a crash leaves no gap. The last segment stays.
// When it fails without ErrFatal, a later call goes on where it stopped.
func (l *Log) Prune(before uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.segments) > 1 && l.segments[0].next() <= before {
		if l.err != nil {
			return l.err
		}
		s := l.segments[0]
		if l.readerOf == s {
			if err := l.closeReader(); err != nil {
				return fmt.Errorf("log %s: %w", l.dir, err)
			}
		}
		if err := l.fs.Remove(filepath.Join(l.dir, s.name)); err != nil {
			return fmt.Errorf("log %s: prune: %w", l.dir, err)
		}
		l.segments = l.segments[1:]
		if err := l.fs.SyncDir(l.dir); err != nil {
			return l.failed(fmt.Errorf("prune %s: %w: %w", s.name, ErrFatal, err))
		}
	}
	return l.err
}

// Close releases the log. Entries that were not synced are lost.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, ErrLogClosed) {
		return nil
	}
	var err error
	if l.err == nil {
		if err = l.active.Sync(); err != nil { // the last mark
			err = fmt.Errorf("log %s: sync %s: %w: %w", l.dir, l.last().name, ErrFatal, err)
		}
	}
	l.err = fmt.Errorf("log %s: %w", l.dir, ErrLogClosed)
	l.pending = nil
	return errors.Join(err, l.active.Close(), l.closeReader(), l.lock.Close())
}

// All gives the synced entries from index from on (or First, if that is later) up
// to the last one synced when it gets there. An error ends it.
func (l *Log) All(from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i := max(from, l.First()); i < l.Durable(); i++ {
			data, err := l.Read(i)
			if !yield(Entry{Index: i, Data: data}, err) || err != nil {
				return
			}
		}
	}
}
