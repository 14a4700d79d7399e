package durable_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

// largestFrame is the most that one frame of these tests takes, in bytes.
const largestFrame = 12 + 64

// TestBitFlips flips a bit in each byte of each file of a closed log. Opening it must
// name the file and the place; only a mark at the very end, which carries no
// entry, may be cut off.
func TestBitFlips(t *testing.T) {
	fsys, m := closedLog(t)
	for _, path := range fsys.Files() {
		for i := range size(t, fsys, path) {
			hurt := fsys.CrashClone(0, 0)
			edit(t, hurt, path, func(b []byte) []byte { b[i] ^= 1 << (i % 8); return b })
			before := content(t, hurt)
			l, err := durable.OpenLog(hurt, dir, small)
			var corrupt *durable.CorruptError
			switch {
			case errors.As(err, &corrupt):
				if corrupt.File != path || corrupt.Offset > i || i >= corrupt.Offset+largestFrame {
					t.Errorf("%s byte %d flipped: reported as %v", path, i, err)
				}
				if !slices.Equal(before, content(t, hurt)) {
					t.Errorf("%s byte %d flipped: opening it changed files", path, i)
				}
			case err != nil:
				t.Errorf("%s byte %d flipped: %v, want a CorruptError", path, i, err)
			case l.Torn() == nil:
				t.Errorf("%s byte %d flipped: nobody noticed", path, i)
			default:
				if torn := l.Torn(); torn.File != path || torn.Offset > i || i >= torn.Offset+torn.Bytes {
					t.Errorf("%s byte %d flipped: reported as %+v", path, i, torn)
				}
				if n, err := m.compare(l); err != nil || n != uint64(m.synced) {
					t.Errorf("%s byte %d flipped: %d of %d entries, %v", path, i, n, m.synced, err)
				}
			}
		}
	}
}

// markSize is what the mark at the end of each file takes, in bytes.
const markSize = 12

// TestTruncation cuts each file at each length. A file with a successor must be
// reported, unless just its last mark is gone, and with it no entry; the last
// file loses its end, and what is left is a prefix of what was there.
func TestTruncation(t *testing.T) {
	fsys, m := closedLog(t)
	paths := fsys.Files()
	for f, path := range paths {
		for n := range size(t, fsys, path) {
			hurt := fsys.CrashClone(0, 0)
			edit(t, hurt, path, func(b []byte) []byte { return b[:n] })
			l, err := durable.OpenLog(hurt, dir, small)
			if f < len(paths)-1 && n != size(t, fsys, path)-markSize {
				var corrupt *durable.CorruptError
				if !errors.As(err, &corrupt) || corrupt.File != path || corrupt.Offset > n {
					t.Errorf("%s cut to %d bytes: %v, want a CorruptError there", path, n, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s cut to %d bytes: %v", path, n, err)
				continue
			}
			prefix := *m
			prefix.synced = 0
			kept, err := prefix.compare(l)
			if err != nil {
				t.Errorf("%s cut to %d bytes: %v", path, n, err)
			}
			if torn := l.Torn(); torn != nil && (torn.File != path || torn.Offset+torn.Bytes != n) {
				t.Errorf("%s cut to %d bytes: reported as %+v", path, n, torn)
			} else if torn == nil && kept == uint64(m.synced) && n < size(t, fsys, path)-markSize {
				t.Errorf("%s cut to %d bytes: nothing is missing", path, n)
			}
		}
	}
}

func TestMissingAndForeignFiles(t *testing.T) {
	tests := []struct {
		name string
		hurt func(*testing.T, *faultfs.FS, []string)
		want string // part of the error; empty: opens
	}{
		{"a file in the middle is gone", func(t *testing.T, f *faultfs.FS, p []string) { must(t, f.Remove(p[1])) }, "next file begins with entry"},
		{"a file was renamed", func(t *testing.T, f *faultfs.FS, p []string) {
			must(t, f.Rename(p[0], dir+"/00000000000000000000.log"))
		}, "belongs to the entries from"},
		{"two files were swapped", func(t *testing.T, f *faultfs.FS, p []string) {
			must(t, errors.Join(f.Rename(p[0], dir+"/x"), f.Rename(p[1], p[0]), f.Rename(dir+"/x", p[1])))
		}, "belongs to the entries from"},
		{"files of others are left alone", func(t *testing.T, f *faultfs.FS, _ []string) {
			for _, name := range []string{"notes.txt", "1.log", "00000000000000000007.log.tmp", "-0000000000000000001.log"} {
				must(t, durable.WriteFile(f, dir+"/"+name, []byte("hello"), 0o600))
			}
		}, ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			fsys, _ := closedLog(t)
			tc.hurt(t, fsys, fsys.Files())
			_, err := durable.OpenLog(fsys, dir, small)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestReadNoticesLaterDamage(t *testing.T) {
	fsys, _ := closedLog(t)
	l, err := durable.OpenLog(fsys, dir, small)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range fsys.Files() {
		edit(t, fsys, path, func(b []byte) []byte { return b[:20] }) // all entries gone
	}
	for _, i := range []uint64{l.First(), l.Durable() - 1} {
		var corrupt *durable.CorruptError
		if _, err := l.Read(i); !errors.As(err, &corrupt) {
			t.Errorf("entry %d: %v, want a CorruptError", i, err)
		}
	}
	for _, err := range l.All(0) {
		if err == nil {
			t.Error("All gives entries that are gone")
		}
	}
}

// FuzzOpenLog opens logs whose only file is arbitrary. It may refuse; if it doesn't, it
// must have cut the file to something that it then takes as it is, with the same
// entries.
func FuzzOpenLog(f *testing.F) {
	fsys := faultfs.New()
	l, err := durable.OpenLog(fsys, dir, durable.LogOptions{})
	if err != nil {
		f.Fatal(err)
	}
	for range 3 {
		for _, e := range []string{"one", "two two"} {
			if _, err := l.Append([]byte(e)); err != nil {
				f.Fatal(err)
			}
		}
		if err := l.Sync(); err != nil {
			f.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	whole := content(f, fsys)
	f.Add(whole)
	f.Add(whole[:len(whole)-15])
	f.Add(whole[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fsys.CrashClone(0, 0)
		edit(t, fsys, fsys.Files()[0], func([]byte) []byte { return data })
		l, err := durable.OpenLog(fsys, dir, small)
		if err != nil {
			if !slices.Equal(content(t, fsys), data) {
				t.Errorf("%v, but the file was changed", err)
			}
			return
		}
		first := entries(t, l)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if l, err = durable.OpenLog(fsys, dir, small); err != nil || l.Torn() != nil {
			t.Fatalf("second open: %v, torn %+v", err, l.Torn())
		}
		if again := entries(t, l); !slices.EqualFunc(first, again, bytes.Equal) {
			t.Errorf("first %q, then %q", first, again)
		}
	})
}

func entries(t testing.TB, l *durable.Log) (all [][]byte) {
	t.Helper()
	for e, err := range l.All(0) {
		must(t, err)
		all = append(all, e.Data)
	}
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func edit(t testing.TB, fsys *faultfs.FS, path string, fn func([]byte) []byte) {
	t.Helper()
	must(t, fsys.Edit(path, fn))
}

func size(t testing.TB, fsys durable.FS, path string) int64 {
	t.Helper()
	b, err := durable.ReadFile(fsys, path, 1<<20)
	must(t, err)
	return int64(len(b))
}

// content returns all files, one behind the other.
func content(t testing.TB, fsys *faultfs.FS) []byte {
	t.Helper()
	var all []byte
	for _, path := range fsys.Files() {
		b, err := durable.ReadFile(fsys, path, 1<<20)
		must(t, err)
		all = append(all, b...)
	}
	return all
}
