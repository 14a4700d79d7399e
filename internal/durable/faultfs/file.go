package faultfs

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"syscall"

	"github.com/gauger/gauger/internal/durable"
)

// file is an open file.
type file struct {
	fs     *FS
	path   string
	node   *node
	closed bool
}

var _ durable.File = (*file)(nil)

// begin locks the file system and asks the hook; the caller unlocks.
func (f *file) begin(kind Kind, size int) (*Fault, error) {
	f.fs.mu.Lock()
	if f.closed {
		return nil, pathError(kind, f.path, fs.ErrClosed)
	}
	return f.fs.begin(kind, f.path, size), nil
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	fault, err := f.begin(Read, 0)
	defer f.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if fault != nil {
		return 0, pathError(Read, f.path, fault.Err)
	}
	if off < 0 || off >= int64(len(f.node.now)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.now[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) Write(p []byte) (int, error) {
	fault, err := f.begin(Write, len(p))
	defer f.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if fault == nil {
		fault = f.fs.full(len(p))
	}
	if fault == nil {
		f.node.write(p)
		return len(p), nil
	}
	n := min(max(fault.Keep, 0), len(p))
	f.node.write(p[:n])
	return n, pathError(Write, f.path, fault.Err)
}

// full returns the fault of a disk that has no room for size bytes more.
func (f *FS) full(size int) *Fault {
	if f.limit == 0 {
		return nil
	}
	room := f.limit
	for _, d := range f.dirs {
		for _, n := range d.now {
			room -= int64(len(n.now))
		}
	}
	if int64(size) <= room {
		return nil
	}
	return &Fault{Err: syscall.ENOSPC, Keep: int(max(room, 0))}
}

func (f *file) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return 0, pathError(Read, f.path, fs.ErrClosed)
	}
	return int64(len(f.node.now)), nil
}

func (f *file) Truncate(size int64) error {
	fault, err := f.begin(Truncate, 0)
	defer f.fs.mu.Unlock()
	if err != nil {
		return err
	}
	if fault != nil {
		return pathError(Truncate, f.path, fault.Err)
	}
	if size < 0 || size > int64(len(f.node.now)) {
		return pathError(Truncate, f.path, fmt.Errorf("to %d of %d bytes: only cutting is possible", size, len(f.node.now)))
	}
	c := change{at: size}
	f.node.now = c.apply(f.node.now)
	f.node.pending = append(f.node.pending, c)
	return nil
}

// Sync makes the content durable. When it fails, what was not synced is still
// shown, but is lost in a crash, even if a later Sync succeeds.
func (f *file) Sync() error {
	fault, err := f.begin(Sync, 0)
	defer f.fs.mu.Unlock()
	if err != nil {
		return err
	}
	if fault != nil {
		f.node.pending = nil
		return pathError(Sync, f.path, fault.Err)
	}
	f.node.sync()
	return nil
}

func (f *file) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return pathError(Sync, f.path, fs.ErrClosed)
	}
	f.closed = true
	return nil
}

// write appends.
func (n *node) write(p []byte) {
	if len(p) == 0 {
		return
	}
	c := change{at: int64(len(n.now)), data: slices.Clone(p)}
	n.now = c.apply(n.now)
	n.pending = append(n.pending, c)
}

// sync brings the disk up to date, as far as changes are still known.
func (n *node) sync() {
	for _, c := range n.pending {
		n.disk = c.apply(n.disk)
	}
	n.pending = nil
}

// apply makes the change in content and returns it; a gap before it reads as
// zeros.
func (c change) apply(content []byte) []byte {
	if c.data == nil {
		return content[:min(c.at, int64(len(content)))]
	}
	if end := c.at + int64(len(c.data)); end > int64(len(content)) {
		content = append(content, make([]byte, end-int64(len(content)))...)
	}
	copy(content[c.at:], c.data)
	return content
}

// crashed returns the file as the disk holds it after a crash.
func (n *node) crashed(keep func() bool) *node {
	content := slices.Clone(n.disk)
	for _, c := range n.pending {
		if c.data == nil {
			if keep() {
				content = c.apply(content)
			}
			continue
		}
		for i := 0; i < len(c.data); {
			// Blocks lie where the disk has them, whatever the write's bounds.
			end := min(len(c.data), i+blockSize-int((c.at+int64(i))%blockSize))
			if keep() {
				content = change{at: c.at + int64(i), data: c.data[i:end]}.apply(content)
			}
			i = end
		}
	}
	return &node{now: content, disk: slices.Clone(content)}
}
