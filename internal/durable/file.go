package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// WriteFile replaces the file at path by data, so that a crash at any moment leaves
// the old content or the new, never a mixture, and a nil error means that
// the new is on the disk. It goes through the file path + ".tmp"; one process at a time may
// write a given path. Errors match ErrNoSpace or, after a failed fsync,
// ErrFatal; on any error before the rename the old content stays.
//
// The system calls, on Linux:
//
//	unlink(path.tmp)                                   left by an earlier crash
//	openat(path.tmp, O_RDWR|O_CREAT|O_EXCL|O_APPEND)
//	write(data)
//	fsync                                              the data, before the name
//	close
//	rename(path.tmp, path)
//	openat(dir)
//	fsync                                              the name
//	close
func WriteFile(fsys FS, path string, data []byte, perm fs.FileMode) error {
	tmp := path + ".tmp"
	if err := fsys.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := writeTemp(fsys, tmp, data, perm); err != nil {
		// Best effort: the next WriteFile removes it otherwise.
		_ = fsys.Remove(tmp)
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fsys.Rename(tmp, path); err != nil {
		_ = fsys.Remove(tmp)
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fsys.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: sync its directory: %w: %w", path, ErrFatal, err)
	}
	return nil
}

func writeTemp(fsys FS, tmp string, data []byte, perm fs.FileMode) error {
	f, err := fsys.Create(tmp, perm)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(classify(err), f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync: %w: %w", ErrFatal, err), f.Close())
	}
	return f.Close()
}

// ReadFile returns the content of a file of at most limit bytes.
func ReadFile(fsys FS, path string, limit int64) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := readAll(f, limit)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

func readAll(f File, limit int64) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%d bytes long, the limit is %d", size, limit)
	}
	data := make([]byte, size)
	n, err := f.ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if int64(n) < size {
		return nil, fmt.Errorf("ends after %d of %d bytes", n, size)
	}
	return data, nil
}
