// Package durable is the only door to the disk for whatever must survive a power
// cut. It knows when a byte is safe (after fsync of the file, and of the directory
// that names it), treats a failed fsync as the end of the process's
// knowledge, and repairs nothing silently. WriteFile replaces a small file as a
// whole; Log is a journal. Both work on an FS, so that faultfs can put them through
// every crash and fault there is.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

var (
	// ErrFatal marks errors after which nobody knows what is on the disk: a
	// failed fsync, or a fault in the middle of undoing another. Whoever gets it must
	// exit and start again from what the disk then shows; trying again would
	// succeed and lie, since the system drops the data it could not write.
	ErrFatal = errors.New("state of the disk unknown, restart the program")
	// ErrNoSpace marks errors of a full disk (or quota). What was to be written
	// is undone, and writing works again when there is room.
	ErrNoSpace = errors.New("no space left on the disk")
	// ErrLocked is returned when another process holds the lock.
	ErrLocked = errors.New("in use by another process")
)

// FS is a file system, as little of it as durable storage needs. Paths are those of
// package filepath. Missing files give errors that match fs.ErrNotExist,
// existing ones fs.ErrExist. Its methods may be called at once.
type FS interface {
	// Create makes an empty file for appending and reading; it must not exist.
	Create(name string, perm fs.FileMode) (File, error)
	// Open opens an existing file for reading and appending. What is read from
	// it is what the disk holds, not what a cache pretends.
	Open(name string) (File, error)
	// Rename gives a file another name, replacing what had that name.
	Rename(oldName, newName string) error
	// Remove takes a file away.
	Remove(name string) error
	// ReadDir lists the names in a directory, sorted.
	ReadDir(name string) ([]string, error)
	// Mkdir makes one directory.
	Mkdir(name string) error
	// SyncDir makes the names in a directory durable: creations, renames and
	// removals so far.
	SyncDir(name string) error
	// Lock takes a lock named by the file name, creating it if need be, until
	// the closer is closed or the process ends. It fails with ErrLocked at once
	// when another holds it.
	Lock(name string) (io.Closer, error)
}

// File is an open file. It is written at its end only.
type File interface {
	io.ReaderAt
	// Write appends; fewer bytes than given come with an error.
	io.Writer
	io.Closer
	// Size returns the length in bytes.
	Size() (int64, error)
	// Truncate cuts the file to size bytes.
	Truncate(size int64) error
	// Sync returns nil when the content is on the disk. After an error, part of what was
	// written may be lost for good even if a later Sync succeeds.
	Sync() error
}

// OS is the file system of the machine.
var OS FS = osFS{}

type osFS struct{}

// osFile is an open file of the machine.
type osFile struct{ *os.File }

var _ File = osFile{}

func (f osFile) Size() (int64, error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

func (osFS) Create(name string, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Open writes out and then drops what the system caches of the file. After a
// failed fsync Linux keeps the data in its cache, marked as written; a process
// that restarts and reads it back would believe it.
//
// BUG: dropping is a request. Pages that another process has mapped stay, and
// systems other than Linux know no such request; there only a reboot tells the truth.
func (osFS) Open(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	err = f.Sync()
	if err == nil {
		err = dropCache(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), f.Close())
	}
	return osFile{f}, nil
}

func (osFS) Rename(oldName, newName string) error { return os.Rename(oldName, newName) }

func (osFS) Remove(name string) error { return os.Remove(name) }

func (osFS) ReadDir(name string) ([]string, error) {
	d, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(-1)
	if err = errors.Join(err, d.Close()); err != nil {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

func (osFS) Mkdir(name string) error { return os.Mkdir(name, 0o755) }

func (osFS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (osFS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), f.Close())
	}
	return f, nil
}

// classify adds ErrNoSpace to an error of a full disk, and ErrFatal to any other.
func classify(err error) error {
	if errors.Is(err, ErrNoSpace) || errors.Is(err, ErrFatal) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return fmt.Errorf("%w: %w", ErrFatal, err)
}

// MkdirAll makes dir and the directories above it that are missing, and makes
// their names durable.
func MkdirAll(fsys FS, dir string) error {
	dir = filepath.Clean(dir)
	_, err := fsys.ReadDir(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return err
	}
	if err := MkdirAll(fsys, parent); err != nil {
		return err
	}
	if err := fsys.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make directory %s: %w", dir, err)
	}
	if err := fsys.SyncDir(parent); err != nil {
		return fmt.Errorf("sync directory %s: %w: %w", parent, ErrFatal, err)
	}
	return nil
}
