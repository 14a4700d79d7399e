// Package faultfs is a file system in memory that fails as disks do. A hook sees
// each operation before it happens and may make it fail; CrashClone gives the
// file system as a machine may find it after a power cut. It is as unkind as the
// POSIX rules allow: nothing is safe before fsync, no name is safe before its
// directory's fsync, unsynced writes survive in pieces, and a failed fsync loses
// data while the cache goes on showing it.
package faultfs

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/gauger/gauger/internal/durable"
)

// blockSize is the piece in which unsynced data survives a crash or not, in bytes.
// Smaller than any real disk's, so that small tests see torn frames.
const blockSize = 16

// Kind names an operation.
type Kind string

// The operations a hook sees.
const (
	Create   Kind = "create"
	Open     Kind = "open"
	Read     Kind = "read"
	Write    Kind = "write"
	Sync     Kind = "sync"
	Truncate Kind = "truncate"
	Rename   Kind = "rename"
	Remove   Kind = "remove"
	ReadDir  Kind = "readdir"
	Mkdir    Kind = "mkdir"
	SyncDir  Kind = "syncdir"
	Lock     Kind = "lock"
)

// Op is an operation that is about to happen.
type Op struct {
	N    int // counts all operations from 1
	Kind Kind
	Path string
	Size int // bytes to be written
}

// Fault makes an operation fail with Err. Of a write, the first Keep bytes get
// through before.
type Fault struct {
	Err  error
	Keep int
}

// FS is the file system. Its methods may be called at once.
type FS struct {
	mu    sync.Mutex // guards everything below, and all nodes
	hook  func(Op) *Fault
	ops   int
	limit int64 // bytes all files may hold; 0 is unlimited
	dirs  map[string]*directory
	locks map[string]bool
}

var _ durable.FS = (*FS)(nil)

// directory holds names as programs see them, as the disk holds them, and the
// changes in between.
type directory struct {
	now, disk map[string]*node
	pending   []rename
}

// rename is any change of names: of a file from one name to another, or, with
// one of them empty, a creation or a removal. It happens as a whole or not at all.
type rename struct {
	from, to string
	file     *node
}

// node is a file's content as programs see it, as the disk holds it, and the
// changes in between.
type node struct {
	now, disk []byte
	pending   []change
}

// change is a write of data at an offset, or with nil data a truncation to it.
type change struct {
	at   int64
	data []byte
}

// New returns an empty file system with the directories "/" and ".".
func New() *FS {
	f := &FS{dirs: map[string]*directory{}, locks: map[string]bool{}}
	f.dirs["/"], f.dirs["."] = newDirectory(), newDirectory()
	return f
}

func newDirectory() *directory {
	return &directory{now: map[string]*node{}, disk: map[string]*node{}}
}

// Hook has fn called before each operation; a non-nil Fault makes it fail. fn may
// call CrashClone, and nothing else of this FS. nil removes it.
func (f *FS) Hook(fn func(Op) *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = fn
}

// Limit sets how many bytes all files together may hold; a write beyond gets
// through as far as there is room and fails with ENOSPC. 0 is unlimited.
func (f *FS) Limit(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limit = bytes
}

// FailNth returns a hook that fails the n-th operation of a kind, counted from 1, with
// err, and for a write lets keep bytes through.
func FailNth(kind Kind, n int, err error, keep int) func(Op) *Fault {
	var seen atomic.Int64
	return func(op Op) *Fault {
		if op.Kind != kind || seen.Add(1) != int64(n) {
			return nil
		}
		return &Fault{Err: err, Keep: keep}
	}
}

// begin counts an operation and asks the hook. f.mu is held, but not while the
// hook runs, so that it can call CrashClone.
func (f *FS) begin(kind Kind, path string, size int) *Fault {
	f.ops++
	if f.hook == nil {
		return nil
	}
	op, hook := Op{N: f.ops, Kind: kind, Path: path, Size: size}, f.hook
	f.mu.Unlock()
	defer f.mu.Lock()
	return hook(op)
}

// check is begin for operations that fail as a whole.
func (f *FS) check(kind Kind, path string) error {
	if fault := f.begin(kind, path, 0); fault != nil {
		return pathError(kind, path, fault.Err)
	}
	return nil
}

func pathError(kind Kind, path string, err error) error {
	return &fs.PathError{Op: string(kind), Path: path, Err: err}
}

// parent returns the directory a path lies in, and the name in it.
func (f *FS) parent(kind Kind, path string) (*directory, string, error) {
	dir, name := filepath.Split(filepath.Clean(path))
	d := f.dirs[filepath.Clean(dir)]
	if d == nil {
		return nil, "", pathError(kind, path, fs.ErrNotExist)
	}
	return d, name, nil
}

func (d *directory) apply(r rename) {
	d.now = renamed(d.now, r)
	d.pending = append(d.pending, r)
}

// renamed changes names and returns them.
func renamed(names map[string]*node, r rename) map[string]*node {
	delete(names, r.from)
	if r.to != "" {
		names[r.to] = r.file
	}
	return names
}

// Create makes an empty file.
func (f *FS) Create(path string, _ fs.FileMode) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(Create, path); err != nil {
		return nil, err
	}
	d, name, err := f.parent(Create, path)
	if err != nil {
		return nil, err
	}
	if d.now[name] != nil || f.dirs[filepath.Clean(path)] != nil {
		return nil, pathError(Create, path, fs.ErrExist)
	}
	n := &node{}
	d.apply(rename{to: name, file: n})
	return &file{fs: f, path: path, node: n}, nil
}

// Open opens a file. Like the real one it writes out what is cached and then
// forgets the cache: what a failed fsync lost is seen to be lost.
func (f *FS) Open(path string) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(Open, path); err != nil {
		return nil, err
	}
	d, name, err := f.parent(Open, path)
	if err != nil {
		return nil, err
	}
	n := d.now[name]
	if n == nil {
		return nil, pathError(Open, path, fs.ErrNotExist)
	}
	n.sync()
	n.now = slices.Clone(n.disk)
	return &file{fs: f, path: path, node: n}, nil
}

// Rename gives a file another name in the same directory.
func (f *FS) Rename(oldPath, newPath string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(Rename, newPath); err != nil {
		return err
	}
	d, from, err := f.parent(Rename, oldPath)
	if err != nil {
		return err
	}
	d2, to, err := f.parent(Rename, newPath)
	if err != nil {
		return err
	}
	if d != d2 {
		return pathError(Rename, newPath, syscall.EXDEV)
	}
	if d.now[from] == nil {
		return pathError(Rename, oldPath, fs.ErrNotExist)
	}
	d.apply(rename{from: from, to: to, file: d.now[from]})
	return nil
}

// Remove takes a file away.
func (f *FS) Remove(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(Remove, path); err != nil {
		return err
	}
	d, name, err := f.parent(Remove, path)
	if err != nil {
		return err
	}
	if d.now[name] == nil {
		return pathError(Remove, path, fs.ErrNotExist)
	}
	d.apply(rename{from: name})
	return nil
}

// ReadDir lists the files and directories in a directory.
func (f *FS) ReadDir(path string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(ReadDir, path); err != nil {
		return nil, err
	}
	clean := filepath.Clean(path)
	d := f.dirs[clean]
	if d == nil {
		return nil, pathError(ReadDir, path, fs.ErrNotExist)
	}
	names := slices.Collect(maps.Keys(d.now))
	for other := range f.dirs {
		if other != clean && filepath.Dir(other) == clean {
			names = append(names, filepath.Base(other))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Mkdir makes a directory. It survives a crash at once: losing one with all that
// is in it is not simulated.
func (f *FS) Mkdir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(Mkdir, path); err != nil {
		return err
	}
	d, name, err := f.parent(Mkdir, path)
	if err != nil {
		return err
	}
	clean := filepath.Clean(path)
	if f.dirs[clean] != nil || d.now[name] != nil {
		return pathError(Mkdir, path, fs.ErrExist)
	}
	f.dirs[clean] = newDirectory()
	return nil
}

// SyncDir makes the names in a directory durable. When it fails, they are shown, and
// lost in a crash, even if a later SyncDir succeeds.
func (f *FS) SyncDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.begin(SyncDir, path, 0)
	d := f.dirs[filepath.Clean(path)]
	if d == nil {
		return pathError(SyncDir, path, fs.ErrNotExist)
	}
	if fault == nil {
		for _, r := range d.pending {
			d.disk = renamed(d.disk, r)
		}
	}
	d.pending = nil
	if fault != nil {
		return pathError(SyncDir, path, fault.Err)
	}
	return nil
}

// Lock takes a lock. It leaves no file.
func (f *FS) Lock(path string) (io.Closer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(Lock, path); err != nil {
		return nil, err
	}
	clean := filepath.Clean(path)
	if f.locks[clean] {
		return nil, pathError(Lock, path, durable.ErrLocked)
	}
	f.locks[clean] = true
	return &unlocker{fs: f, path: clean}, nil
}

type unlocker struct {
	fs   *FS
	path string
}

func (u *unlocker) Close() error {
	u.fs.mu.Lock()
	defer u.fs.mu.Unlock()
	if !u.fs.locks[u.path] {
		return fmt.Errorf("unlock %s: %w", u.path, fs.ErrClosed)
	}
	delete(u.fs.locks, u.path)
	return nil
}

// CrashClone returns the file system as it may look after a power cut now: of
// what was not synced, each block of 16 bytes, each truncation and each change of a name
// is kept with a chance of keepPercent in 100, decided by seed. Open files, locks,
// hook and limit are gone. The receiver is not changed.
func (f *FS) CrashClone(seed uint64, keepPercent int) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	rnd := rand.New(rand.NewPCG(seed, uint64(keepPercent)))
	keep := func() bool { return rnd.IntN(100) < keepPercent }
	clones := map[*node]*node{}
	out := New()
	for _, path := range slices.Sorted(maps.Keys(f.dirs)) {
		d := f.dirs[path]
		names := maps.Clone(d.disk)
		for _, r := range d.pending {
			if keep() {
				names = renamed(names, r)
			}
		}
		c := newDirectory()
		for _, name := range slices.Sorted(maps.Keys(names)) {
			n := names[name]
			if clones[n] == nil {
				clones[n] = n.crashed(keep)
			}
			c.now[name], c.disk[name] = clones[n], clones[n]
		}
		out.dirs[path] = c
	}
	return out
}

// Files lists the paths of all files, sorted.
func (f *FS) Files() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var paths []string
	for dir, d := range f.dirs {
		for name := range d.now {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	slices.Sort(paths)
	return paths
}

// Edit replaces the content of a file, in the cache and on the disk, by what fn
// makes of it: a bit that flips, an end that is cut off.
func (f *FS) Edit(path string, fn func([]byte) []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, name, err := f.parent(Write, path)
	if err != nil {
		return err
	}
	n := d.now[name]
	if n == nil {
		return pathError(Write, path, fs.ErrNotExist)
	}
	n.disk = fn(slices.Clone(n.now))
	n.now, n.pending = slices.Clone(n.disk), nil
	return nil
}
