package faultfs_test

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, fsys durable.FS, path string) string {
	t.Helper()
	b, err := durable.ReadFile(fsys, path, 1000)
	if errors.Is(err, fs.ErrNotExist) {
		return "(none)"
	}
	must(t, err)
	return string(b)
}

// TestCrash pins what a crash keeps: each row does something and says what the
// file may then hold when nothing, some or everything unsynced survives.
func TestCrash(t *testing.T) {
	const long = "0123456789abcdef" + "0123456789ABCDEF" // two blocks
	tests := []struct {
		name      string
		do        func(*faultfs.FS) error
		none, all string
		some      []string // further possibilities
	}{
		{"nothing synced", func(f *faultfs.FS) error { return write(f, "x", long, false, false) }, "(none)", long,
			[]string{"", long[:16], strings.Repeat("\x00", 16) + long[16:]}},
		{"name not synced", func(f *faultfs.FS) error { return write(f, "x", "abc", true, false) }, "(none)", "abc", nil},
		{"content not synced", func(f *faultfs.FS) error { return write(f, "x", "abc", false, true) }, "", "abc", nil},
		{"all synced", func(f *faultfs.FS) error { return write(f, "x", "abc", true, true) }, "abc", "abc", nil},
		{"rename not synced", func(f *faultfs.FS) error {
			return errors.Join(write(f, "x", "old", true, true), write(f, "y", "new", true, true), f.Rename("y", "x"))
		}, "old", "new", nil},
		{"removal not synced", func(f *faultfs.FS) error {
			return errors.Join(write(f, "x", "abc", true, true), f.Remove("x"))
		}, "abc", "(none)", nil},
		{"truncation not synced", func(f *faultfs.FS) error {
			err := write(f, "x", "abc", true, true)
			h, err2 := f.Open("x")
			return errors.Join(err, err2, h.Truncate(1))
		}, "abc", "a", nil},
		{"a failed sync loses data for good", func(f *faultfs.FS) error {
			f.Hook(faultfs.FailNth(faultfs.Sync, 1, syscall.EIO, 0))
			h, err := f.Create("x", 0o600)
			_, err2 := h.Write([]byte(long[:16]))
			if h.Sync() == nil {
				err = errors.New("the fault did not come")
			}
			_, err3 := h.Write([]byte(long[16:]))
			return errors.Join(err, err2, err3, h.Sync(), f.SyncDir("."))
		}, strings.Repeat("\x00", 16) + long[16:], strings.Repeat("\x00", 16) + long[16:], nil},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			fsys := faultfs.New()
			must(t, tc.do(fsys))
			if got := read(t, fsys.CrashClone(1, 0), "x"); got != tc.none {
				t.Errorf("keeping nothing: %q, want %q", got, tc.none)
			}
			if got := read(t, fsys.CrashClone(1, 100), "x"); got != tc.all {
				t.Errorf("keeping all: %q, want %q", got, tc.all)
			}
			checkHalf(t, fsys, append(tc.some, tc.none, tc.all))
		})
	}
}

// checkHalf checks that x is one of the expected when half of the unsynced data
// survives, and each of them at some time.
func checkHalf(t *testing.T, fsys *faultfs.FS, expected []string) {
	t.Helper()
	seen := map[string]bool{}
	for seed := range uint64(100) {
		got := read(t, fsys.CrashClone(seed, 50), "x")
		if got != read(t, fsys.CrashClone(seed, 50), "x") {
			t.Fatalf("seed %d gives different results", seed)
		}
		seen[got] = true
	}
	for _, want := range expected {
		if !seen[want] {
			t.Errorf("keeping half: %q never came", want)
		}
	}
	for got := range seen {
		if !slices.Contains(expected, got) {
			t.Errorf("keeping half: unexpected %q", got)
		}
	}
}

func write(f *faultfs.FS, path, text string, sync, syncDir bool) error {
	h, err := f.Create(path, 0o600)
	if err != nil {
		return err
	}
	if _, err := h.Write([]byte(text)); err != nil {
		return err
	}
	if sync {
		err = h.Sync()
	}
	if syncDir {
		err = errors.Join(err, f.SyncDir("."))
	}
	return errors.Join(err, h.Close())
}

func TestCacheLiesAfterAFailedSync(t *testing.T) {
	fsys := faultfs.New()
	fsys.Hook(faultfs.FailNth(faultfs.Sync, 1, syscall.EIO, 0))
	h, err := fsys.Create("x", 0o600)
	must(t, err)
	_, err = h.Write([]byte("abc"))
	must(t, err)
	if err := h.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Sync: %v", err)
	}
	var b [3]byte
	if _, err := h.ReadAt(b[:], 0); err != nil || string(b[:]) != "abc" {
		t.Errorf("read %q, %v through the open file, want abc", b, err)
	}
	if got := read(t, fsys, "x"); got != "" {
		t.Errorf("read %q after opening again, want what the disk has", got)
	}
}

func TestLimit(t *testing.T) {
	fsys := faultfs.New()
	fsys.Limit(5)
	h, err := fsys.Create("x", 0o600)
	must(t, err)
	n, err := h.Write([]byte("1234567"))
	if n != 5 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d bytes, %v; want 5 and ENOSPC", n, err)
	}
	must(t, h.Truncate(2))
	if _, err := h.Write([]byte("abc")); err != nil {
		t.Errorf("with room again: %v", err)
	}
	must(t, fsys.Remove("x"))
	must(t, write(fsys, "y", "12345", false, false))
}

func TestErrors(t *testing.T) {
	fsys := faultfs.New()
	must(t, write(fsys, "x", "abc", true, true))
	must(t, fsys.Mkdir("/d"))
	h, err := fsys.Open("x")
	must(t, err)
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"create twice", second(fsys.Create("x", 0)), fs.ErrExist},
		{"create over a directory", second(fsys.Create("/d", 0)), fs.ErrExist},
		{"create nowhere", second(fsys.Create("/no/x", 0)), fs.ErrNotExist},
		{"open nothing", second(fsys.Open("y")), fs.ErrNotExist},
		{"remove nothing", fsys.Remove("y"), fs.ErrNotExist},
		{"rename nothing", fsys.Rename("y", "z"), fs.ErrNotExist},
		{"rename across", fsys.Rename("x", "/d/x"), syscall.EXDEV},
		{"list nothing", second(fsys.ReadDir("/no")), fs.ErrNotExist},
		{"sync nothing", fsys.SyncDir("/no"), fs.ErrNotExist},
		{"make twice", fsys.Mkdir("/d"), fs.ErrExist},
		{"edit nothing", fsys.Edit("y", nil), fs.ErrNotExist},
		{"read past the end", second(h.ReadAt(make([]byte, 1), 3)), io.EOF},
		{"close", h.Close(), nil},
		{"close twice", h.Close(), fs.ErrClosed},
		{"write after close", second(h.Write(nil)), fs.ErrClosed},
		{"sync after close", h.Sync(), fs.ErrClosed},
	}
	for _, tc := range tests {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, tc.err, tc.want)
		}
	}
	if names, err := fsys.ReadDir("/"); err != nil || !slices.Equal(names, []string{"d"}) {
		t.Errorf("root holds %v, %v", names, err)
	}
	lock, err := fsys.Lock("L")
	must(t, err)
	if _, err := fsys.Lock("./L"); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	must(t, lock.Close())
	if err := lock.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("unlocked twice: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
