package tilelog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/ledger/monitor"
)

// cache is a shared cache before a log (RFC 9111), as eager as one may be: it keeps for ever what says no date, also a 404, and takes
// no notice of the query. With stale it keeps even what must not be kept.
type cache struct {
	proxy *httputil.ReverseProxy
	stale bool

	mu   sync.Mutex
	kept map[string]*http.Response // by path
	hits int
}

// startCache serves a cache of the server at an address.
func startCache(t *testing.T, at string, stale bool) (*cache, string) {
	t.Helper()
	target, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	c := &cache{stale: stale, kept: map[string]*http.Response{}}
	c.proxy = httputil.NewSingleHostReverseProxy(target)
	c.proxy.ModifyResponse = c.keep
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, server.URL
}

// ServeHTTP answers from the cache, or asks the log.
func (c *cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	kept := c.kept[r.URL.Path]
	if kept != nil {
		c.hits++
	}
	c.mu.Unlock()
	if kept == nil || r.Method != http.MethodGet {
		c.proxy.ServeHTTP(w, r)
		return
	}
	body, err := kept.Request.GetBody()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for name, values := range kept.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Age", "31")
	w.WriteHeader(kept.StatusCode)
	_, _ = io.Copy(w, body)
}

// keep keeps an answer if it may be kept.
func (c *cache) keep(answer *http.Response) error {
	control := answer.Header.Get("Cache-Control")
	mayKeep := answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusNotFound // kept without a date, RFC 9110 section 15.1
	if answer.Request.Method != http.MethodGet || !mayKeep || !c.stale && strings.Contains(control, "no-store") {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	kept := &http.Response{StatusCode: answer.StatusCode, Header: answer.Header.Clone(), Request: &http.Request{
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[answer.Request.URL.Path] = kept
	return nil
}

// Behind a cache that keeps all that it may, readers follow a growing log: every entry, once, every receipt, each checkpoint at once.
func TestBehindACache(t *testing.T) {
	t.Parallel()
	l, server := serve(t, 1)
	c, address := startCache(t, server.URL, false)
	_, trust := options(t, "")
	at, err := monitor.At(address)
	if err != nil {
		t.Fatal(err)
	}
	m, err := monitor.Follow(at, trust, durable.OS, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	read := uint64(0)
	each := func(index uint64, entry []byte) error {
		want, err := l.Entry(t.Context(), index)
		if err != nil || index != read || !bytes.Equal(entry, want) {
			return fmt.Errorf("entry %d is %q, want %d, %q: %w", index, entry, read, want, err)
		}
		read++
		return nil
	}
	for _, n := range []int{2, 250, 2, 1, 260, 0} {
		// Somebody asks too early, and with a query.
		for _, path := range []string{"/tile/0/001.p/9", "/tile/0/001", "/tile/entries/001", "/tile/0/000", "/checkpoint?at=1", "/tile/0/000.p/1?x"} {
			get(t, http.MethodGet, address+path)
		}
		fill(t, l, n)
		newest := receiptOf(t, l, l.Size()-1).Checkpoint
		if _, err := m.Update(t.Context(), each); err != nil {
			t.Fatal(err)
		}
		if read != l.Size() || m.Newest().Size != newest.Size {
			t.Errorf("%d of %d entries were read, to a checkpoint of %d", read, l.Size(), m.Newest().Size)
		}
		for _, index := range []uint64{0, newest.Size / 2, newest.Size - 1} {
			entry, text, err := at.Prove(t.Context(), trust, index)
			if err != nil {
				t.Fatal(err)
			}
			r, err := proof.ParseReceipt(text)
			if err == nil {
				_, err = r.Verify(entry, trust)
			}
			if err != nil || r.Checkpoint.Size != newest.Size {
				t.Errorf("receipt of %d under %d entries, the newest has %d: %v", index, r.Checkpoint.Size, newest.Size, err)
			}
		}
	}
	if c.hits < 20 {
		t.Errorf("the cache answered %d requests: nothing was tried", c.hits)
	}
}

// A cache that keeps checkpoints against the rule shows an old log, never a wrong one; who knows more finds out.
func TestBehindAStaleCache(t *testing.T) {
	t.Parallel()
	l, server := serve(t, 5)
	_, address := startCache(t, server.URL, true)
	_, trust := options(t, "")
	at, err := monitor.At(address)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := at.Read(t.Context(), trust, func(uint64, []byte) error { return nil }); err != nil || c.Size != 5 {
		t.Fatalf("%d entries, %v", c.Size, err)
	}
	fill(t, l, 300)
	newest := receiptOf(t, l, 304)
	if _, _, err := at.Prove(t.Context(), trust, 304); err == nil || !strings.Contains(err.Error(), "entries 0 to 4 under its newest checkpoint") {
		t.Errorf("a proof of an entry that the cache does not know of: %v", err)
	}
	if _, text, err := at.Prove(t.Context(), trust, 4); err != nil || !bytes.Contains(text, []byte("\n5\n")) {
		t.Errorf("an old proof: %q, %v", text, err)
	}
	direct, err := monitor.At(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "state")
	m, err := monitor.Follow(direct, trust, durable.OS, dir)
	if err == nil {
		_, err = m.Update(t.Context(), func(uint64, []byte) error { return nil })
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err = monitor.Follow(at, trust, durable.OS, dir)
	if err != nil {
		t.Fatal(err)
	}
	var stale *monitor.StaleError
	if _, err := m.Update(t.Context(), func(uint64, []byte) error { return nil }); !errors.As(err, &stale) || stale.Shown != 5 || stale.Seen != newest.Checkpoint.Size {
		t.Errorf("a monitor that knows more: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}
