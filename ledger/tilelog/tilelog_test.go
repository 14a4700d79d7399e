package tilelog_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
	"github.com/gauger/gauger/ledger/ledgertest"
	"github.com/gauger/gauger/ledger/tilelog"
)

const origin = "log.example/main"

// key returns an Ed25519 key that depends on the seed byte only.
func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// options returns the options of the log in dir that most tests use, and the trust in it.
func options(t testing.TB, dir string) (tilelog.Options, proof.Trust) {
	t.Helper()
	signer, vkey, err := tilelog.NewSigner(origin, key(1))
	if err != nil {
		t.Fatal(err)
	}
	trust, err := proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	return tilelog.Options{Dir: dir, Signer: signer, VKey: vkey}, trust
}

// open opens the log in dir until the test ends.
func open(t testing.TB, dir string) *tilelog.Log {
	t.Helper()
	o, _ := options(t, dir)
	l, err := tilelog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// fill appends n new entries, all at once.
func fill(t testing.TB, l *tilelog.Log, n int) {
	t.Helper()
	size := l.Size()
	var wg sync.WaitGroup
	for i := range uint64(n) {
		wg.Go(func() {
			if _, err := l.Append(context.Background(), fmt.Appendf(nil, "entry number %d", size+i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// filled returns the folder of a closed log of n entries.
func filled(t testing.TB, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "log")
	l := open(t, dir)
	fill(t, l, n)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestConformance(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) (func() (ledgertest.Opened, error), proof.Trust) {
		o, trust := options(t, filepath.Join(t.TempDir(), "log"))
		return func() (ledgertest.Opened, error) { return tilelog.Open(t.Context(), o) }, trust
	})
}

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, origin string
		key          crypto.Signer
		want         string
	}{
		{"no key", origin, nil, "no key"},
		{"another kind of key", origin, ec, "want Ed25519"},
		{"empty name", "", key(1), "key name is empty"},
		{"blank in the name", "log example", key(1), "verifier key"},
		{"plus in the name", "log+example", key(1), "verifier key"},
		{"line end in the name", "log\nquorum none", key(1), "verifier key"},
		{"control character in the name", "log\x01", key(1), "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, vkey, err := tilelog.NewSigner(tt.origin, tt.key)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("vkey %q, error %v, want it to contain %q", vkey, err, tt.want)
			}
		})
	}
}

// faultyKey stands for a module that signs wrongly.
type faultyKey struct{ ed25519.PrivateKey }

func (k faultyKey) Sign(r io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	signature, err := k.PrivateKey.Sign(r, message, o)
	signature[0] ^= 1
	return signature, err
}

func TestSignerNoticesAFaultyKey(t *testing.T) {
	t.Parallel()
	signer, _, err := tilelog.NewSigner(origin, faultyKey{key(1)})
	if err != nil {
		t.Fatal(err)
	}
	if signature, err := signer.Sign([]byte("text\n")); err == nil {
		t.Errorf("signature %x", signature)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, dir, name string, alter func([]byte) []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, alter(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, dir, name string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	setState := func(size uint64, root [32]byte) func([]byte) []byte {
		return func([]byte) []byte {
			b, _ := json.Marshal(struct {
				Size uint64 `json:"size"`
				Root []byte `json:"root"`
			}{size, root[:]})
			return b
		}
	}
	flip := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	tests := []struct {
		name  string
		alter func(t *testing.T, dir string, o *tilelog.Options)
		want  string
	}{
		{"no folder named", func(_ *testing.T, _ string, o *tilelog.Options) { o.Dir = "" }, "want a folder and a signer"},
		{"no signer", func(_ *testing.T, _ string, o *tilelog.Options) { o.Signer = nil }, "want a folder and a signer"},
		{"a parent folder that does not exist", func(_ *testing.T, dir string, o *tilelog.Options) {
			o.Dir = filepath.Join(dir, "not", "there")
		}, "create log folder"},
		{"a file in place of the folder", func(_ *testing.T, dir string, o *tilelog.Options) {
			o.Dir = filepath.Join(dir, "checkpoint")
		}, "open log folder"},
		{"a folder in use", func(t *testing.T, dir string, _ *tilelog.Options) { open(t, dir) }, "another process writes to it, stop that first"},
		{"a verifier key of another signer", func(t *testing.T, _ string, o *tilelog.Options) {
			_, o.VKey, _ = tilelog.NewSigner(origin, key(2))
		}, "does not belong to verifier key"},
		{"a verifier key that is none", func(t *testing.T, _ string, o *tilelog.Options) { o.VKey = "x" }, "verifier key \"x\""},
		{"a log of another key", func(t *testing.T, _ string, o *tilelog.Options) {
			o.Signer, o.VKey, _ = tilelog.NewSigner(origin, key(2))
		}, "no signature by a key of the trust file"},
		{"a log of another name", func(t *testing.T, _ string, o *tilelog.Options) {
			o.Signer, o.VKey, _ = tilelog.NewSigner("log.example/second", key(1))
		}, "no log of that name"},
		{"no checkpoint", func(t *testing.T, dir string, _ *tilelog.Options) { remove(t, dir, "checkpoint") }, "checkpoint"},
		{"no tree state", func(t *testing.T, dir string, _ *tilelog.Options) { remove(t, dir, ".state/treeState") },
			"a checkpoint of 300 entries, but no .state/treeState"},
		{"a tree state that is no JSON", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, ".state/treeState", func([]byte) []byte { return []byte("{") })
		}, ".state/treeState"},
		{"a tree state without a size", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, ".state/treeState", func([]byte) []byte { return []byte("{}") })
		}, "not size and root as they are written"},
		{"an older tree state", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, ".state/treeState", setState(299, [32]byte{}))
		}, "has 299 entries, the signed checkpoint 300: restored from an old copy?"},
		{"a tree state with another root", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, ".state/treeState", setState(300, [32]byte{1}))
		}, "the tiles have"},
		{"a tree state of entries that are not there", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, ".state/treeState", setState(301, [32]byte{1}))
		}, "tile/0/001.p/45 is missing"},
		{"a flipped bit in the last tile", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, "tile/0/001.p/44", flip)
		}, "the tiles have"},
		{"a tile cut off", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, "tile/0/001.p/44", func(b []byte) []byte { return b[:32] })
		}, "tile/0/001.p/44: 32 bytes, want 1408"},
		{"a flipped bit in the last bundle", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, "tile/entries/001.p/44", flip)
		}, "tile/entries/001.p/44: entry 43 does not hash to its leaf in tile/0/001.p/44"},
		{"a last bundle cut off", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, "tile/entries/001.p/44", func(b []byte) []byte { return b[:len(b)-1] })
		}, "tile/entries/001.p/44: entry 43 is cut off"},
		{"a tile of great length", func(t *testing.T, dir string, _ *tilelog.Options) {
			write(t, dir, "tile/0/001.p/44", func([]byte) []byte { return make([]byte, 10000) })
		}, "more than 8192 bytes"},
	}
	template := filled(t, 300)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
				t.Fatal(err)
			}
			o, _ := options(t, dir)
			tt.alter(t, dir, &o)
			l, err := tilelog.Open(t.Context(), o)
			if err == nil {
				_ = l.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want it to contain %q", err, tt.want)
			}
		})
	}
}

// A ledger whose storage fails stops for good and says so; reads go on; opened again it has what it acknowledged.
func TestStorageFailureIsFatal(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	l := open(t, dir)
	fill(t, l, 3)
	// The next bundle can't be written where a file has its folder's name.
	bundles := filepath.Join(dir, "tile", "entries")
	if err := os.Rename(bundles, bundles+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bundles, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var fatal *ledger.FatalError
	if index, err := l.Append(t.Context(), []byte("lost")); !errors.As(err, &fatal) {
		t.Fatalf("append to broken storage: index %d, error %v", index, err)
	}
	if err := os.Remove(bundles); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(bundles+".away", bundles); err != nil {
		t.Fatal(err)
	}
	if index, err := l.Append(t.Context(), []byte("too late")); !errors.As(err, &fatal) {
		t.Errorf("append after a fatal error: index %d, error %v", index, err)
	}
	if _, err := l.Entry(t.Context(), 2); err != nil {
		t.Errorf("reading after a fatal error: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if size := again.Size(); size != 3 {
		t.Errorf("opened again it has %d entries, want 3", size)
	}
	if _, err := again.Append(t.Context(), []byte("fourth")); err != nil {
		t.Error(err)
	}
}

// A log whose disk is full refuses entries, and nothing else; with room again it goes on, without a restart.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	l := open(t, filepath.Join(t.TempDir(), "log"))
	fill(t, l, 3)
	l.SetFree(10 << 20)
	var fatal *ledger.FatalError
	for _, entry := range []string{"refused", "entry number 1"} {
		_, err := l.Append(t.Context(), []byte(entry))
		if err == nil || errors.As(err, &fatal) || !strings.Contains(err.Error(), "10 MiB are free") {
			t.Errorf("append %q to a full disk: %v", entry, err)
		}
	}
	if _, err := l.Receipt(t.Context(), 2); err != nil {
		t.Errorf("a receipt: %v", err)
	}
	l.SetFree(1 << 30)
	if index, err := l.Append(t.Context(), []byte("refused")); err != nil || index != 3 {
		t.Errorf("with room again: index %d, %v", index, err)
	}
	if err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A reader who comes upon damage gets no wrong entry, and the writer stops.
func TestDamageStopsTheWriter(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tile/entries/000", "tile/0/000"} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t, 260)
			l := open(t, dir)
			path := filepath.Join(dir, name)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)-1] ^= 0x10 // in the last entry of the bundle, in its leaf hash in the tile
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Entry(t.Context(), 254); err != nil {
				t.Errorf("an entry beside the damage: %v", err)
			}
			var fatal *ledger.FatalError
			if text, err := l.Receipt(t.Context(), 254); name == "tile/0/000" && !errors.As(err, &fatal) {
				t.Errorf("a receipt over a damaged tile: %q, error %v", text, err)
			}
			if entry, err := l.Entry(t.Context(), 255); !errors.As(err, &fatal) || !strings.Contains(err.Error(), name) {
				t.Errorf("the damaged entry is %q, error %v", entry, err)
			}
			if _, err := l.Append(t.Context(), []byte("next")); !errors.As(err, &fatal) {
				t.Errorf("append to a damaged log: %v", err)
			}
		})
	}
}

// A checkpoint whose name may not be on the disk is shown to nobody, and the log stops.
func TestUnsyncedCheckpointStopsTheWriter(t *testing.T) {
	t.Parallel()
	l := open(t, filled(t, 2))
	before, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.SetSync(syscall.EIO)
	index, err := l.Append(t.Context(), []byte("durable"))
	if err != nil {
		t.Fatal(err)
	}
	var fatal *ledger.FatalError
	if _, err := l.Receipt(t.Context(), index); !errors.As(err, &fatal) || !errors.Is(err, syscall.EIO) {
		t.Errorf("receipt: %v", err)
	}
	if _, err := l.Append(t.Context(), []byte("next")); !errors.As(err, &fatal) {
		t.Errorf("append: %v", err)
	}
	if now, err := l.Checkpoint(t.Context()); err != nil || !bytes.Equal(now, before) {
		t.Errorf("it shows another checkpoint than before: %s, %v", now, err)
	}
}

// A log that sees its own checkpoint go back in time stops: somebody else writes here.
func TestRolledBackCheckpointStopsTheWriter(t *testing.T) {
	t.Parallel()
	dir := filled(t, 2)
	path := filepath.Join(dir, "checkpoint")
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, dir)
	fill(t, l, 2)
	if _, err := l.Receipt(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	var fatal *ledger.FatalError
	for !errors.As(err, &fatal) { // each round the log may have replaced the checkpoint before it looked
		put(t, path+".old", old)
		if err := os.Rename(path+".old", path); err != nil {
			t.Fatal(err)
		}
		_, err = l.Append(t.Context(), []byte("next"))
	}
	if !strings.Contains(err.Error(), "the size went from") {
		t.Errorf("error is %v", err)
	}
}

// Receipt gives up when its context does, and says how far publication is.
func TestReceiptWaitsOnlyAsLongAsItsContext(t *testing.T) {
	t.Parallel()
	l := open(t, filepath.Join(t.TempDir(), "log"))
	index, err := l.Append(t.Context(), []byte("entry"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Receipt(ctx, index); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if _, err := l.Receipt(t.Context(), index); err != nil {
		t.Error(err)
	}
}
