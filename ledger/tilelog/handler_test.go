package tilelog_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera/client"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
	"github.com/gauger/gauger/ledger/tilelog"
)

// serve serves a log of n entries, all published.
func serve(t *testing.T, n int) (*tilelog.Log, *httptest.Server) {
	t.Helper()
	l := open(t, filepath.Join(t.TempDir(), "log"))
	fill(t, l, n)
	if n > 0 {
		if _, err := l.Receipt(t.Context(), uint64(n-1)); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(l.Handler())
	t.Cleanup(server.Close)
	return l, server
}

// published returns the verified checkpoint that a server shows.
func published(t *testing.T, server *httptest.Server) proof.Checkpoint {
	t.Helper()
	_, trust := options(t, "")
	_, body, _ := get(t, http.MethodGet, server.URL+"/checkpoint")
	c, err := proof.VerifyCheckpoint(body, trust)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t *testing.T, method, url string) (status int, body []byte, header http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request) // no redirects
	if err != nil {
		t.Fatal(err)
	}
	body, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body, response.Header
}

func TestHandlerServesTlogTiles(t *testing.T) {
	t.Parallel()
	_, server := serve(t, 300)
	const immutable = "public, max-age=31536000, immutable"
	tests := []struct {
		name, path  string
		status      int
		bytes       int // -1: any
		contentType string
		cache       string
	}{
		{"checkpoint", "/checkpoint", 200, -1, "text/plain; charset=utf-8", "no-store"},
		{"full tile", "/tile/0/000", 200, 8192, "application/octet-stream", immutable},
		{"partial tile", "/tile/0/001.p/44", 200, 44 * 32, "application/octet-stream", immutable},
		{"partial tile of an earlier size", "/tile/0/001.p/7", 200, 7 * 32, "application/octet-stream", immutable},
		{"partial tile that a full one replaced", "/tile/0/000.p/255", 200, 255 * 32, "application/octet-stream", immutable},
		{"tile of level 1", "/tile/1/000.p/1", 200, 32, "application/octet-stream", immutable},
		{"full bundle", "/tile/entries/000", 200, -1, "application/octet-stream", immutable},
		{"partial bundle", "/tile/entries/001.p/44", 200, -1, "application/octet-stream", immutable},
		{"partial bundle of an earlier size", "/tile/entries/000.p/1", 200, -1, "application/octet-stream", immutable},
		{"partial tile beyond the checkpoint", "/tile/0/001.p/45", 404, -1, "", ""},
		{"full tile beyond the checkpoint", "/tile/0/001", 404, -1, "", ""},
		{"bundle beyond the checkpoint", "/tile/entries/001", 404, -1, "", ""},
		{"tile of a level above the tree", "/tile/2/000.p/1", 404, -1, "", ""},
		{"tile of the highest level", "/tile/63/000", 404, -1, "", ""},
		{"no such level", "/tile/64/000", 404, -1, "", ""},
		{"level with a leading zero", "/tile/00/000", 404, -1, "", ""},
		{"partial of width 0", "/tile/0/000.p/0", 404, -1, "", ""},
		{"partial of width 256", "/tile/0/000.p/256", 404, -1, "", ""},
		{"width with a leading zero", "/tile/0/000.p/01", 404, -1, "", ""},
		{"index with a superfluous group", "/tile/0/x000/000", 404, -1, "", ""},
		{"short index", "/tile/0/0", 404, -1, "", ""},
		{"no index", "/tile/0/", 404, -1, "", ""},
		{"state", "/.state/treeState", 404, -1, "", ""},
		{"root", "/", 404, -1, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body, header := get(t, http.MethodGet, server.URL+tt.path)
			if status != tt.status {
				t.Fatalf("status %d, want %d: %.100q", status, tt.status, body)
			}
			if tt.bytes >= 0 && len(body) != tt.bytes {
				t.Errorf("%d bytes, want %d", len(body), tt.bytes)
			}
			if status == 200 && (header.Get("Content-Type") != tt.contentType || header.Get("Cache-Control") != tt.cache) {
				t.Errorf("headers are %v", header)
			}
		})
	}
	if status, _, _ := get(t, http.MethodPost, server.URL+"/checkpoint"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST has status %d", status)
	}
	if status, body, _ := get(t, http.MethodHead, server.URL+"/checkpoint"); status != 200 || len(body) != 0 {
		t.Errorf("HEAD has status %d and %d bytes", status, len(body))
	}
}

// Readers of a damaged log get an error and no paths, and the writer stops.
func TestHandlerOfADamagedLog(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tile/0/000.p/3", "tile/entries/000.p/3"} {
		dir := filepath.Join(t.TempDir(), "log")
		l := open(t, dir)
		fill(t, l, 3)
		if _, err := l.Receipt(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(l.Handler())
		t.Cleanup(server.Close)
		put(t, filepath.Join(dir, name), []byte("short"))
		status, body, header := get(t, http.MethodGet, server.URL+"/"+name)
		if status != http.StatusInternalServerError || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, headers %v", name, status, header)
		}
		if bytes.Contains(body, []byte(name)) || bytes.Contains(body, []byte(dir)) {
			t.Errorf("%s: the answer is %q", name, body)
		}
		var fatal *ledger.FatalError
		if _, err := l.Append(t.Context(), []byte("next")); !errors.As(err, &fatal) {
			t.Errorf("%s: append after it: %v", name, err)
		}
	}
}

// A client of another implementation reads and authenticates every entry.
func TestHandlerServesAnIndependentClient(t *testing.T) {
	t.Parallel()
	const n = 700
	l, server := serve(t, n)
	c := published(t, server)
	fetcher, err := torchwood.NewTileFetcher(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := torchwood.NewClient(fetcher)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := torchwood.ParseCheckpoint(fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:])))
	if err != nil {
		t.Fatal(err)
	}
	var count int64
	for index, entry := range reader.AllEntries(context.Background(), parsed.Tree, 0) {
		want, err := l.Entry(t.Context(), uint64(index))
		if err != nil {
			t.Fatal(err)
		}
		if index != count || !bytes.Equal(entry, want) {
			t.Fatalf("entry %d is %q, want %d, %q", index, entry, count, want)
		}
		count++
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	if count != n {
		t.Errorf("read %d entries, want %d", count, n)
	}
}

// Consistency proofs made from what the handler serves hold between the checkpoints it served.
func TestCheckpointsServedAreConsistent(t *testing.T) {
	t.Parallel()
	l, server := serve(t, 0)
	root, err := url.Parse(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	tiles, err := client.NewHTTPFetcher(root, server.Client())
	if err != nil {
		t.Fatal(err)
	}
	seen := []proof.Checkpoint{published(t, server)}
	for _, n := range []int{1, 1, 5, 249, 1, 30} {
		fill(t, l, n)
		size := l.Size()
		if _, err := l.Receipt(t.Context(), size-1); err != nil {
			t.Fatal(err)
		}
		newest := published(t, server)
		builder, err := client.NewProofBuilder(t.Context(), newest.Size, tiles.ReadTile)
		if err != nil {
			t.Fatal(err)
		}
		for _, older := range seen {
			raw, err := builder.ConsistencyProof(t.Context(), older.Size, newest.Size)
			if err != nil {
				t.Fatal(err)
			}
			path := make([][32]byte, len(raw))
			for i := range raw {
				path[i] = [32]byte(raw[i])
			}
			if err := proof.VerifyConsistency(older, newest, path); err != nil {
				t.Error(err)
			}
		}
		seen = append(seen, newest)
	}
}
