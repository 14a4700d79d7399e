package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

// saving returns what saves a content from the papers up to a head.
func saving(head store.Head, content string) func([]byte) ([]byte, store.Head, error) {
	return func(b []byte) ([]byte, store.Head, error) { return append(b, content...), head, nil }
}

var (
	yesterday, today = store.Head{Position: 1, Chain: record.Hash{1}}, store.Head{Position: 2, Chain: record.Hash{2}}
	program          = record.Hash{7}
	oldTrails        = "where the oil of yesterday came from, some blocks long"
	newTrails        = "where the oil of today came from, also some blocks long"
)

// TestCacheCrash: power that goes before each step of a save, or a step that fails, leaves the old cache, the new one or none, each
// of its own papers only. Nothing is ever loaded that was not saved.
func TestCacheCrash(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{nil, syscall.EIO, syscall.ENOSPC} {
		for n := 1; n <= 6; n++ {
			fsys := faultfs.New()
			c := store.NewCache(fsys, ".", program)
			must(t, c.Save(saving(yesterday, oldTrails)))
			count, crashes := 0, 0
			fsys.Hook(func(op faultfs.Op) *faultfs.Fault {
				for seed := range uint64(20) {
					for _, keep := range []int{0, 50, 100} {
						crashes++
						loads(t, fmt.Sprintf("crash before %+v", op), fsys.CrashClone(seed, keep))
					}
				}
				if count++; count == n && fault != nil {
					return &faultfs.Fault{Err: fault, Keep: 90}
				}
				return nil
			})
			err := c.Save(saving(today, newTrails))
			fsys.Hook(nil)
			if (err != nil) != (fault != nil) || fault != nil && !errors.Is(err, fault) {
				t.Errorf("step %d failed with %v, the save says %v", n, fault, err)
			}
			if crashes == 0 {
				t.Error("nothing was written")
			}
			after := fsys.CrashClone(0, 0)
			loads(t, fmt.Sprintf("step %d failed with %v", n, fault), after)
			if content, err := store.NewCache(after, ".", program).Load(today); fault == nil && (err != nil || string(content) != newTrails) {
				t.Errorf("what was saved is gone after a crash: %q, %v", content, err)
			}
			must(t, c.Save(saving(today, newTrails)))
		}
	}
}

// loads checks what a file system that a crash left has in the cache.
func loads(t *testing.T, what string, fsys durable.FS) {
	t.Helper()
	c, found := store.NewCache(fsys, ".", program), 0
	for head, want := range map[store.Head]string{yesterday: oldTrails, today: newTrails} {
		content, err := c.Load(head)
		switch {
		case err == nil && string(content) != want:
			t.Errorf("%s: %q is loaded for %q", what, content, want)
		case err == nil:
			found++
		}
	}
	if found > 1 {
		t.Errorf("%s: one file is of two heads", what)
	}
}

// TestCacheDamage: with any bit changed, or any part of it missing, a cache is as good as none.
func TestCacheDamage(t *testing.T) {
	t.Parallel()
	fsys := faultfs.New()
	c := store.NewCache(fsys, ".", program)
	if _, err := c.Load(yesterday); !errors.Is(err, store.ErrNoCache) {
		t.Errorf("no file: %v", err)
	}
	must(t, c.Save(saving(yesterday, oldTrails)))
	file, err := durable.ReadFile(fsys, c.Path(), 1<<10)
	must(t, err)
	load := func(b []byte) ([]byte, error) {
		must(t, durable.WriteFile(fsys, c.Path(), b, 0o600))
		return c.Load(yesterday)
	}
	content, err := load(file)
	must(t, err)
	same(t, "content", string(content), oldTrails)
	for at := range file {
		b := bytes.Clone(file)
		b[at] ^= 1
		if _, err := load(b); err == nil {
			t.Errorf("loaded with byte %d changed", at)
		}
		if _, err := load(file[:at]); err == nil {
			t.Errorf("loaded with %d bytes", at)
		}
	}
	if _, err := c.Load(today); !errors.Is(err, store.ErrNoCache) {
		t.Errorf("other papers: %v", err)
	}
	if _, err := store.NewCache(fsys, ".", record.Hash{8}).Load(yesterday); !errors.Is(err, store.ErrNoCache) {
		t.Errorf("another program: %v", err)
	}
	if err := c.Save(func([]byte) ([]byte, store.Head, error) { return nil, yesterday, errors.New("no books") }); err == nil || err.Error() != "no books" {
		t.Errorf("nothing to save: %v", err)
	}
}
