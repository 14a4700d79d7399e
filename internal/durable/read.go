package durable

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// readAhead is how much is read with a frame's header: most entries are smaller.
const readAhead = 4 << 10

// Read returns a synced entry; the caller owns the bytes. Its checksum is verified
// anew: a *CorruptError says that the disk changed since OpenLog. An index that
// was pruned or not yet synced gives ErrNoEntry.
func (l *Log) Read(index uint64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil, l.err
	}
	if index < l.segments[0].base || index >= l.last().next() {
		return nil, fmt.Errorf("log %s: entry %d: %w: it holds %d up to %d", l.dir, index, ErrNoEntry, l.segments[0].base, l.last().next())
	}
	i, found := slices.BinarySearchFunc(l.segments, index, func(s *segment, index uint64) int {
		switch {
		case s.next() <= index:
			return -1
		case s.base > index:
			return 1
		}
		return 0
	})
	if !found {
		return nil, fmt.Errorf("log %s: entry %d: %w", l.dir, index, ErrNoEntry)
	}
	s := l.segments[i]
	f, err := l.file(s)
	if err != nil {
		return nil, fmt.Errorf("log %s: entry %d: %w", l.dir, index, err)
	}
	return l.readFrame(f, s, int64(s.offsets[index-s.base]))
}

// file returns an open file of s, the last one opened or the one written to.
func (l *Log) file(s *segment) (File, error) {
	if s == l.last() {
		return l.active, nil
	}
	if l.readerOf == s {
		return l.reader, nil
	}
	if err := l.closeReader(); err != nil {
		return nil, err
	}
	f, err := l.fs.Open(filepath.Join(l.dir, s.name))
	if err != nil {
		return nil, err
	}
	l.reader, l.readerOf = f, s
	return f, nil
}

func (l *Log) closeReader() error {
	if l.reader == nil {
		return nil
	}
	f := l.reader
	l.reader, l.readerOf = nil, nil
	return f.Close()
}

// readFrame reads the entry whose frame begins at offset.
func (l *Log) readFrame(f File, s *segment, offset int64) ([]byte, error) {
	buf := make([]byte, min(readAhead, s.size-offset))
	err := readAt(f, buf, offset)
	if size := frameLength(buf); err == nil && size > len(buf) && offset+int64(size) <= s.size {
		buf = make([]byte, size)
		err = readAt(f, buf, offset)
	}
	if err != nil {
		return nil, fmt.Errorf("log %s: %s at %d: %w", l.dir, s.name, offset, err)
	}
	fr, ok := parseFrame(buf, s.base, offset)
	if !ok || fr.payload == nil {
		return nil, &CorruptError{File: filepath.Join(l.dir, s.name), Offset: offset, Reason: "the entry changed since the log was opened"}
	}
	return slices.Clip(fr.payload), nil
}

// readAt fills buf, with zeros where the file ends, which no checksum fits.
func readAt(f File, buf []byte, offset int64) error {
	n, err := f.ReadAt(buf, offset)
	if n < len(buf) && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
