package monitor_test

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger/monitor"
	"github.com/gauger/gauger/ledger/tilelog"
)

// log returns the folder of a log of n entries, closed, and the trust in its key.
func log(t *testing.T, n int) (dir string, trust proof.Trust) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "log")
	return dir, grow(t, dir, "entry", 0, n)
}

// grow adds the entries from one number to another to a log in a folder: its entry bundles and checkpoint, which is all that is
// read of it. A log that a ledger wrote is read by TestReadsALedger.
func grow(t *testing.T, dir, word string, from, to int) (trust proof.Trust) {
	t.Helper()
	entries := make([][]byte, 0, to)
	for at := 0; at < from; at += layout.EntryBundleWidth {
		var b api.EntryBundle
		text, err := os.ReadFile(filepath.Join(dir, layout.EntriesPath(uint64(at/layout.EntryBundleWidth), partial(at, from))))
		must(t, err)
		must(t, b.UnmarshalText(text))
		entries = append(entries, b.Entries...)
	}
	for i := from; i < to; i++ {
		entries = append(entries, fmt.Appendf(nil, "%s number %d", word, i))
	}
	for at := 0; at < to; at += layout.EntryBundleWidth {
		var bundle []byte
		for _, e := range entries[at:min(at+layout.EntryBundleWidth, to)] {
			bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(e))), e...)
		}
		path := filepath.Join(dir, layout.EntriesPath(uint64(at/layout.EntryBundleWidth), partial(at, to)))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, bundle, 0o600))
	}
	signer, vkey := signer(t)
	c := proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: origin, Size: uint64(to), Root: proof.Root(entries)}}
	signed, err := note.Sign(&note.Note{Text: strings.TrimSuffix(string(c.Format()), "\n")}, signer)
	must(t, err)
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "checkpoint"), signed, 0o600))
	trust, err = proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	must(t, err)
	return trust
}

// partial returns how many entries the bundle that begins at an index has in a log of a size; 0 for a full one.
func partial(at, size int) uint8 {
	return layout.PartialTileSize(0, uint64(at/layout.EntryBundleWidth), uint64(size))
}

const origin = "log.example/main"

func signer(t *testing.T) (note.Signer, string) {
	t.Helper()
	s, vkey, err := tilelog.NewSigner(origin, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	must(t, err)
	return s, vkey
}

// TestReadsALedger reads what the default ledger wrote.
func TestReadsALedger(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	s, vkey := signer(t)
	l, err := tilelog.Open(t.Context(), tilelog.Options{Dir: dir, Signer: s, VKey: vkey})
	must(t, err)
	for i := range 20 {
		_, err := l.Append(t.Context(), fmt.Appendf(nil, "entry number %d", i))
		must(t, err)
	}
	must(t, l.Close())
	trust, err := proof.ParseTrust([]byte("log " + vkey + "\nquorum none\n"))
	must(t, err)
	entries, c, err := read(t.Context(), dir, trust)
	if err != nil || len(entries) != 20 || c.Size != 20 || entries[19] != "entry number 19" {
		t.Errorf("%d entries under %+v, %v", len(entries), c, err)
	}
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
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()
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
		{nothing.URL, trust, "or its address with /log/"},
		{t.TempDir(), trust, "the folder ledger in its data"},
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
