package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

func TestWriteFileOnEachFileSystem(t *testing.T) {
	for name, w := range fileSystems(t) {
		t.Run(name, func(t *testing.T) {
			must(t, durable.MkdirAll(w.fs, w.dir))
			must(t, durable.MkdirAll(w.fs, w.dir))
			path := filepath.Join(w.dir, "state")
			if _, err := durable.ReadFile(w.fs, path, 10); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("reading a missing file: %v, want ErrNotExist", err)
			}
			for _, text := range []string{"one", "", "three"} {
				must(t, durable.WriteFile(w.fs, path, []byte(text), 0o600))
				got, err := durable.ReadFile(w.fs, path, 5)
				if err != nil || string(got) != text {
					t.Errorf("read %q, %v; want %q", got, err, text)
				}
			}
			if _, err := durable.ReadFile(w.fs, path, 4); err == nil || !strings.Contains(err.Error(), "limit is 4") {
				t.Errorf("reading past the limit: %v", err)
			}
			names, err := w.fs.ReadDir(w.dir)
			if err != nil || !slices.Equal(names, []string{"state"}) {
				t.Errorf("directory holds %v, %v", names, err)
			}
		})
	}
}

func TestWriteFileKeepsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	must(t, durable.WriteFile(durable.OS, path, []byte("x"), 0o600))
	fi, err := os.Stat(path)
	must(t, err)
	if p := fi.Mode().Perm(); p != 0o600 {
		t.Errorf("permissions %o, want 600", p)
	}
}

// TestWriteFileOrder pins the order of operations that the comment promises.
func TestWriteFileOrder(t *testing.T) {
	fsys := faultfs.New()
	var got []string
	fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
		got = append(got, fmt.Sprint(op.Kind, " ", op.Path))
		return nil
	})
	must(t, durable.WriteFile(fsys, "/f", []byte("x"), 0o600))
	want := []string{"remove /f.tmp", "create /f.tmp", "write /f.tmp", "sync /f.tmp", "rename /f", "syncdir /"}
	if !slices.Equal(got, want) {
		t.Errorf("operations %q, want %q", got, want)
	}
}

// TestWriteFileIsAtomic crashes before, and fails, each operation of a
// replacement: the file must be the old or the new one, and the new one once WriteFile
// said so.
func TestWriteFileIsAtomic(t *testing.T) {
	const before, after = "the old content, some blocks long", "the new content, also some blocks long"
	for _, fault := range []error{nil, syscall.EIO, syscall.ENOSPC} {
		for n := 1; n <= 6; n++ {
			fsys := faultfs.New()
			must(t, durable.WriteFile(fsys, "f", []byte(before), 0o600))
			count := 0
			fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
				if count++; count == n && fault != nil {
					return &faultfs.Fault{Err: fault, Keep: 20}
				}
				checkOldOrNew(t, fsys, before, after, op)
				return nil
			})
			err := durable.WriteFile(fsys, "f", []byte(after), 0o600)
			fsys.Hook(nil)
			clone := fsys.CrashClone(0, 0)
			got, readErr := durable.ReadFile(clone, "f", 100)
			must(t, readErr)
			switch {
			case fault == nil && (err != nil || string(got) != after):
				t.Errorf("after WriteFile %q, %v", got, err)
			case fault != nil && !errors.Is(err, fault):
				t.Errorf("operation %d failed with %v, but WriteFile says %v", n, fault, err)
			case errors.Is(fault, syscall.ENOSPC) && n == 3 && !errors.Is(err, durable.ErrNoSpace):
				t.Errorf("disk full while writing: %v, want ErrNoSpace", err)
			case fault != nil && (n == 4 || n == 6) && !errors.Is(err, durable.ErrFatal):
				t.Errorf("failed sync: %v, want ErrFatal", err)
			}
			if err := durable.WriteFile(fsys, "f", []byte(after), 0o600); err != nil {
				t.Errorf("again, after operation %d failed with %v: %v", n, fault, err)
			}
		}
	}
}

func checkOldOrNew(t *testing.T, fsys *faultfs.FS, before, after string, op faultfs.Op) {
	t.Helper()
	for _, keep := range keepPercents {
		for seed := range uint64(20) {
			got, err := durable.ReadFile(fsys.CrashClone(seed, keep), "f", 100)
			if err != nil || string(got) != before && string(got) != after {
				t.Errorf("crash before %+v: %q, %v", op, got, err)
			}
		}
	}
}

func TestMkdirAllErrors(t *testing.T) {
	for n := 1; n <= 2; n++ {
		for _, kind := range []faultfs.Kind{faultfs.Mkdir, faultfs.SyncDir} {
			fsys := faultfs.New()
			fsys.Hook(faultfs.FailNth(kind, n, syscall.EIO, 0))
			err := durable.MkdirAll(fsys, "/a/b")
			if !errors.Is(err, syscall.EIO) || errors.Is(err, durable.ErrFatal) != (kind == faultfs.SyncDir) {
				t.Errorf("%s %d failed: %v", kind, n, err)
			}
			if err := durable.MkdirAll(fsys, "/a/b"); err != nil {
				t.Errorf("again: %v", err)
			}
		}
	}
	if err := durable.MkdirAll(durable.OS, filepath.Join(os.Args[0], "x")); err == nil {
		t.Error("made a directory in a file")
	}
}
