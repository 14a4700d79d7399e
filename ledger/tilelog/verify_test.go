package tilelog_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/ledger/tilelog"
)

// needed are the files of a log of 300 entries that its checkpoint and tree state stand on.
var needed = []string{
	"checkpoint", ".state/treeState", "tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1",
}

func TestVerifyFindsEveryDamagedFile(t *testing.T) {
	t.Parallel()
	dir := filled(t, 300)
	o, _ := options(t, dir)
	if err := tilelog.Verify(t.Context(), dir, o.VKey); err != nil {
		t.Fatalf("an undamaged log: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, name := range needed {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			finds := func(what string) {
				t.Helper()
				if err := tilelog.Verify(t.Context(), dir, o.VKey); err == nil {
					t.Errorf("%s in %s is not found", what, name)
				} else if !strings.Contains(err.Error(), name) {
					t.Errorf("%s in %s: the error names another file: %v", what, name, err)
				}
			}
			for range 40 {
				bad := []byte(string(good))
				bit := random.IntN(len(bad) * 8)
				bad[bit/8] ^= 1 << (bit % 8)
				put(t, path, bad)
				finds("a flipped bit")
			}
			put(t, path, good[:len(good)-1])
			finds("a missing last byte")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			finds("a missing file")
			put(t, path, good)
		})
	}
	if err := tilelog.Verify(t.Context(), dir, o.VKey); err != nil {
		t.Errorf("with every file restored: %v", err)
	}
}

// Every flipped bit and every missing end is found in a small log, in the right file.
func TestEveryBitAndLength(t *testing.T) {
	t.Parallel()
	dir := filled(t, 3)
	o, _ := options(t, dir)
	for _, name := range []string{"checkpoint", ".state/treeState", ".state/version", "tile/entries/000.p/3", "tile/0/000.p/3"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, at int) {
				t.Helper()
				err := tilelog.Verify(t.Context(), dir, o.VKey)
				if err == nil && name == ".state/version" { // of the program that writes; there is nothing to verify
					if l, err2 := tilelog.Open(t.Context(), o); err2 == nil {
						_ = l.Close()
					} else {
						err = err2
					}
				}
				if err == nil || !strings.Contains(err.Error(), filepath.Base(filepath.Dir(name))) && !strings.Contains(err.Error(), filepath.Base(name)) {
					t.Errorf("%s %d: %v", what, at, err)
				}
			}
			for bit := range len(good) * 8 {
				bad := bytes.Clone(good)
				bad[bit/8] ^= 1 << (bit % 8)
				put(t, path, bad)
				check("bit", bit)
			}
			for length := range good {
				put(t, path, good[:length])
				check("cut off at", length)
			}
			put(t, path, good)
		})
	}
	if err := tilelog.Verify(t.Context(), dir, o.VKey); err != nil {
		t.Errorf("with every file restored: %v", err)
	}
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A log whose tree is ahead of its checkpoint, as after a crash, is right; its entries beyond the checkpoint are verified too.
func TestVerifyGoesBeyondTheCheckpoint(t *testing.T) {
	t.Parallel()
	dir := filled(t, 5)
	o, _ := options(t, dir)
	old, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, dir)
	fill(t, l, 4)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "checkpoint"), old)
	if err := tilelog.Verify(t.Context(), dir, o.VKey); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tile", "entries", "000.p", "9")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	put(t, path, b)
	if err := tilelog.Verify(t.Context(), dir, o.VKey); err == nil || !strings.Contains(err.Error(), "tile/entries/000.p/9") {
		t.Errorf("error is %v", err)
	}
}

func TestVerifyOfALogInUse(t *testing.T) {
	t.Parallel()
	l := open(t, filepath.Join(t.TempDir(), "log"))
	if err := l.Verify(t.Context()); err != nil {
		t.Errorf("an empty log: %v", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fill(t, l, 2000)
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if err := l.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestVerifyRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	dir := filled(t, 1)
	_, other, err := tilelog.NewSigner(origin, key(2))
	if err != nil {
		t.Fatal(err)
	}
	if err := tilelog.Verify(t.Context(), dir, other); err == nil || !strings.Contains(err.Error(), "no signature by a key") {
		t.Errorf("error is %v", err)
	}
	if err := tilelog.Verify(t.Context(), dir, "no key"); err == nil {
		t.Error("a text that is no key is accepted")
	}
}
