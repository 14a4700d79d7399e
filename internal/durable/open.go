package durable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// lockName is the file in a log's directory that is locked while it is open.
const lockName = "LOCK"

// suffix ends the name of each segment file.
const suffix = ".log"

// Torn says what OpenLog cut off the end of a log: the rest of a write that a crash
// interrupted, or a mark that never reached the disk. No synced entry was in
// it, unless the disk lost data after it had promised to keep it.
type Torn struct {
	File   string // path
	Offset int64  // where the cut is
	Bytes  int64  // how much was behind it
}

// CorruptError is damage that no crash explains. Nothing was changed: the file
// should be copied for examination, and the log restored from what
// others hold of it.
type CorruptError struct {
	File   string // path
	Offset int64  // of the first byte that can't be trusted
	Reason string
}

// Error names the file and the offset.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d: %s; keep a copy and restore it", e.File, e.Offset, e.Reason)
}

func segmentName(base uint64) string { return fmt.Sprintf("%020d%s", base, suffix) }

// OpenLog opens the log in dir, making both if need be, and holds its lock until
// Close; ErrLocked says that another holds it. Every entry is read and
// verified. A torn end is cut off, see Log.Torn; any other damage is a *CorruptError
// and changes nothing.
func OpenLog(fsys FS, dir string, o LogOptions) (*Log, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", dir, err)
	}
	if err := MkdirAll(fsys, dir); err != nil {
		return nil, fmt.Errorf("open log %s: %w", dir, err)
	}
	lock, err := fsys.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", dir, err)
	}
	l := &Log{fs: fsys, dir: dir, opts: o, lock: lock}
	if err := l.load(); err != nil {
		if l.active != nil {
			err = errors.Join(err, l.active.Close())
		}
		return nil, errors.Join(fmt.Errorf("open log %s: %w", dir, err), lock.Close())
	}
	return l, nil
}

func (o LogOptions) withDefaults() (LogOptions, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 16 << 20
	}
	if o.MaxEntry == 0 {
		o.MaxEntry = 1 << 20
	}
	if o.SegmentBytes < 64 || o.SegmentBytes > maxSegmentBytes {
		return o, fmt.Errorf("segments of %d bytes: must be 64 to %d", o.SegmentBytes, maxSegmentBytes)
	}
	if o.MaxEntry < 1 || o.MaxEntry > maxEntry {
		return o, fmt.Errorf("entries of up to %d bytes: must be 1 to %d", o.MaxEntry, maxEntry)
	}
	return o, nil
}

// load reads the directory, verifies every segment, and makes the last one ready
// for writing.
func (l *Log) load() error {
	bases, err := l.list()
	if err != nil {
		return err
	}
	if len(bases) == 0 {
		f, s, err := createSegment(l.fs, l.dir, 0)
		if err != nil {
			return err
		}
		l.active, l.synced, l.segments = f, headerSize, []*segment{s}
		return nil
	}
	for i, base := range bases {
		if i > 0 && l.last().next() != base {
			prev := l.last()
			return &CorruptError{
				File: filepath.Join(l.dir, prev.name), Offset: prev.size,
				Reason: fmt.Sprintf("it ends before entry %d, the next file begins with entry %d", prev.next(), base),
			}
		}
		if err := l.loadSegment(base, i == len(bases)-1); err != nil {
			return err
		}
	}
	// A process that was killed may have left names that are not on the disk yet.
	return l.fs.SyncDir(l.dir)
}

// list returns the first indexes of the segments in the directory, in order.
func (l *Log) list() ([]uint64, error) {
	names, err := l.fs.ReadDir(l.dir)
	if err != nil {
		return nil, err
	}
	var bases []uint64
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, suffix)
		base, err := strconv.ParseUint(digits, 10, 64)
		if ok && err == nil && segmentName(base) == name {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return bases, nil
}

// loadSegment verifies a segment and adds it; the last one stays open.
func (l *Log) loadSegment(base uint64, last bool) error {
	s := &segment{base: base, name: segmentName(base)}
	path := filepath.Join(l.dir, s.name)
	f, err := l.fs.Open(path)
	if err != nil {
		return err
	}
	if last {
		l.active = f
	} else {
		defer f.Close() // only read: nothing to lose
	}
	data, err := readAll(f, maxFile)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := s.scan(path, data); err != nil {
		return err
	}
	if s.size < int64(len(data)) || s.size == 0 {
		torn := Torn{File: path, Offset: s.size, Bytes: int64(len(data)) - s.size}
		if !last {
			return &CorruptError{File: path, Offset: s.size, Reason: "it was complete when the next file was begun"}
		}
		if err := l.cut(s, f); err != nil {
			return fmt.Errorf("cut the torn end off %s: %w", path, err)
		}
		l.torn = &torn
	}
	l.segments = append(l.segments, s)
	l.synced = s.size
	return nil
}

// scan walks the frames of a segment up to the first bad byte, which s.size then
// is; 0 means that the header is torn. It fails when that byte was good once.
func (s *segment) scan(path string, data []byte) error {
	if base, ok := parseHeader(data); ok && base != s.base {
		return &CorruptError{File: path, Offset: 8, Reason: fmt.Sprintf("it belongs to the entries from %d on", base)}
	} else if ok {
		s.size = headerSize
	}
	for s.size > 0 && s.size < int64(len(data)) {
		f, ok := parseFrame(data[s.size:], s.base, s.size)
		if !ok {
			break
		}
		if f.payload != nil {
			s.offsets = append(s.offsets, uint32(s.size))
		}
		s.size += int64(f.size)
	}
	if at, ok := s.vouched(data); ok {
		return &CorruptError{File: path, Offset: s.size, Reason: fmt.Sprintf("what was written later, at byte %d, says that it was complete", at)}
	}
	return nil
}

// vouched looks behind the first bad byte for a good frame which says that this
// byte was on the disk before.
func (s *segment) vouched(data []byte) (at int64, ok bool) {
	for at := s.size + 1; at+frameSize <= int64(len(data)); at++ {
		// A look at synced spares most of the checksums.
		if int64(binary.LittleEndian.Uint32(data[at+4:])) <= s.size {
			continue
		}
		if _, ok := parseFrame(data[at:], s.base, at); ok {
			return at, true
		}
	}
	return 0, false
}

// cut removes the torn end of the last segment, durably, before anything is
// written behind it.
func (l *Log) cut(s *segment, f File) error {
	if err := f.Truncate(s.size); err != nil {
		return err
	}
	if s.size == 0 {
		if _, err := f.Write(appendHeader(nil, s.base)); err != nil {
			return err
		}
		s.size = headerSize
	}
	return f.Sync()
}
