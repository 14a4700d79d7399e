package monitor_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger/monitor"
	"github.com/gauger/gauger/ledger/tilelog"
)

// log returns the folder of a log of n entries, closed, and the trust in its key.
func log(t *testing.T, n int) (dir string, trust proof.Trust) {
	t.Helper()
	signer, vkey, err := tilelog.NewSigner("log.example/main", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "log")
	l, err := tilelog.Open(t.Context(), tilelog.Options{Dir: dir, Signer: signer, VKey: vkey})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := l.Append(t.Context(), fmt.Appendf(nil, "entry number %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	trust, err = proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, trust
}

// read returns what a place gives.
func read(ctx context.Context, place string, trust proof.Trust) (entries []string, c proof.Checkpoint, err error) {
	l, err := monitor.At(place)
	if err != nil {
		return nil, c, err
	}
	c, err = l.Read(ctx, trust, func(index uint64, entry []byte) error {
		if index != uint64(len(entries)) {
			return fmt.Errorf("entry %d came as number %d", index, len(entries))
		}
		entries = append(entries, string(entry))
		return nil
	})
	return entries, c, err
}

func TestReadsAFolderAndAServer(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 256, 600} {
		dir, trust := log(t, n)
		server := httptest.NewServer(http.FileServer(http.Dir(dir)))
		defer server.Close()
		for _, place := range []string{dir, server.URL, server.URL + "/"} {
			entries, c, err := read(t.Context(), place, trust)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != n || c.Size != uint64(n) || c.Origin != "log.example/main" {
				t.Errorf("%d entries under %+v, want %d", len(entries), c, n)
			}
			for i, e := range entries {
				if want := fmt.Sprintf("entry number %d", i); e != want {
					t.Fatalf("entry %d is %q, want %q", i, e, want)
				}
			}
		}
	}
}

// TestAnAlteredLogIsNotBelieved alters each file that is read.
func TestAnAlteredLogIsNotBelieved(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, from, to, want string }{
		{"an entry", "tile/entries/001.p/44", "entry number 299", "entry number 298", "lead to root"},
		{"an entry of a full bundle", "tile/entries/000", "entry number 17", "entry number 18", "lead to root"},
		{"an entry that is gone", "tile/entries/001.p/44", "\x00\x10entry number 299", "", "has 43 entries"},
		{"the checkpoint's size", "checkpoint", "\n300\n", "\n299\n", "signature"},
		{"the checkpoint's origin", "checkpoint", "log.example/main\n300", "log.example/other\n300", "log"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, trust := log(t, 300)
			path := filepath.Join(dir, test.file)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			altered := strings.Replace(string(b), test.from, test.to, 1)
			if altered == string(b) {
				t.Fatalf("%s does not have %q", test.file, test.from)
			}
			if err := os.WriteFile(path, []byte(altered), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := read(t.Context(), dir, trust); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	dir, trust := log(t, 3)
	huge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}))
	defer huge.Close()
	for _, test := range []struct {
		place string
		trust proof.Trust
		want  string
	}{
		{dir, proof.Trust{}, "log"},
		{filepath.Join(dir, "checkpoint"), trust, "folder"},
		{"ftp://127.0.0.1/log", trust, "http"},
		{"http://127.0.0.1/log?x=1", trust, "without a query"},
		{huge.URL, trust, "too large"},
		{huge.URL + "/%zz", trust, "URL"},
	} {
		if _, _, err := read(t.Context(), test.place, test.trust); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.place, err, test.want)
		}
	}
	l, err := monitor.At(dir)
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if _, err := l.Read(t.Context(), trust, func(uint64, []byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("error is %v, want that of the reader", err)
	}
}
