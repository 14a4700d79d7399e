package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/internal/clock"
)

// TestMain keeps the log of refused batches and failed requests to itself.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// world is a cloud behind HTTP, and the story that it is told.
type world struct {
	*audittest.World
	t      testing.TB
	dir    string
	store  *store.Store
	ledger *ingesttest.Ledger
	ingest *ingest.Ingest
	server *api.Server
	url    string
}

// newWorld starts a cloud to which nobody has said anything.
func newWorld(t testing.TB, o audittest.Options) *world {
	t.Helper()
	w := &world{World: audittest.New(t, o), t: t, dir: t.TempDir(), ledger: &ingesttest.Ledger{}}
	w.open(store.Options{})
	return w
}

// open starts the cloud on what its store holds.
func (w *world) open(o store.Options) {
	w.t.Helper()
	s, err := store.Open(w.t.Context(), w.dir, o)
	must(w.t, err)
	w.store = s
	w.t.Cleanup(func() { must(w.t, s.Close()) })
	keys := &registry.Directory{}
	stored, err := s.Registries(w.t.Context())
	must(w.t, err)
	for _, signed := range stored {
		r, err := registry.Open(signed, w.Trust().Organisation)
		must(w.t, err)
		must(w.t, keys.Add(r))
	}
	w.ingest = ingest.New(s, w.ledger, bundletest.Ed25519(71), &ingesttest.Link{}, keys, func(err error) { w.t.Errorf("the process is to end: %v", err) })
	tables, err := api.Tables()
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = &api.Server{
		Store: s, Ledger: w.ledger, Ingest: w.ingest, Trust: w.Trust(), Bytes: w.TrustFile(), Tables: tables, Clock: clock.Real(),
		Log: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, "log file "+r.URL.Path) }),
	}
	server := httptest.NewServer(w.server.Handler())
	w.t.Cleanup(server.Close)
	w.url = server.URL
}

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do asks the API.
func (w *world) do(method, path string, body []byte) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader(body))
	must(w.t, err)
	response, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer func() { must(w.t, response.Body.Close()) }()
	b, err := io.ReadAll(response.Body)
	must(w.t, err)
	return answer{response.StatusCode, response.Header, b}
}

// get asks for something that must be there.
func (w *world) get(path string) answer {
	w.t.Helper()
	a := w.do(http.MethodGet, path, nil)
	if a.status != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	return a
}

// read reads the JSON of something that must be there.
func read[T any](w *world, path string) (v T) {
	w.t.Helper()
	a := w.get(path)
	same(w.t, "type of "+path, a.header.Get("Content-Type"), "application/json")
	must(w.t, json.Unmarshal(a.body, &v))
	return v
}

// refused expects a problem with a status and a detail that says why.
func (w *world) refused(what string, a answer, status int, detail string) {
	w.t.Helper()
	var p struct {
		Status        int
		Title, Detail string
	}
	if err := json.Unmarshal(a.body, &p); err != nil || a.header.Get("Content-Type") != "application/problem+json" {
		w.t.Fatalf("%s: %d %s %s, want a problem", what, a.status, a.header.Get("Content-Type"), a.body)
	}
	if a.status != status || p.Status != status || p.Title != http.StatusText(status) || !strings.Contains(p.Detail, detail) {
		w.t.Errorf("%s: %d %s: %q, want %d and a detail with %q", what, a.status, p.Title, p.Detail, status, detail)
	}
}

// post plays one act of the story.
func (w *world) post(a audittest.Act) answer {
	w.t.Helper()
	return w.do(http.MethodPost, a.Path, a.Body)
}

// play tells the story up to an act, which is left out; all of it without one. The devices speak once they are registered.
func (w *world) play(until string) {
	w.t.Helper()
	registered := false
	for _, a := range w.Acts {
		if !registered && a.Path != "/v1/registries" {
			registered = true
			w.measure()
		}
		if a.Name == until {
			return
		}
		if got := w.post(a); got.status != http.StatusOK {
			w.t.Fatalf("%s: %d %s", a.Name, got.status, got.body)
		}
	}
	if until != "" {
		w.t.Fatalf("the story has no act %q", until)
	}
}

// measure has the devices send what they have measured.
func (w *world) measure() {
	w.t.Helper()
	for _, m := range w.Messages() {
		w.ingest.Handle(context.Background(), m.Topic, m.Payload)
	}
	w.ingest.Wait()
}

// contents returns how much store and ledger hold.
func (w *world) contents() [4]int {
	w.t.Helper()
	papers, err := w.store.Papers(w.t.Context())
	must(w.t, err)
	tickets, err := w.store.Tickets(w.t.Context())
	must(w.t, err)
	registries, err := w.store.Registries(w.t.Context())
	must(w.t, err)
	return [...]int{len(papers), len(tickets), len(registries), len(w.ledger.Entries())}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
