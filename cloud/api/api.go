// Package api is the cloud over HTTP: signed papers go in, evidence comes out. Whoever writes must have signed what he writes;
// whoever reads must be on the network that the address is bound to, which by default is this machine alone.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/ledger"
)

// maxBody bounds what is posted.
const maxBody = 1 << 20

// Server answers the API. All its methods may be called at once.
type Server struct {
	Store  *store.Store
	Ledger ledger.Ledger
	Ingest *ingest.Ingest
	Trust  proof.Trust
	Bytes  []byte       // the trust file, as bundles carry it
	Tables audit.Tables // what entries are decided on: Tables(), or a user's own
	Log    http.Handler // the ledger's own static files, below /log/
	Cache  *store.Cache // keeps trails from one process to the next, see Keep; nil for none
	Clock  clock.Clock  // dates refusals

	papers sync.Mutex // one paper is tried on the books and stored at a time
	kept   kept
	cached cached
}

// Handler returns the routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range s.routes() {
		mux.Handle(pattern, h)
	}
	return http.MaxBytesHandler(mux, maxBody)
}

// routes returns every route by its pattern; docs/reference/openapi.yaml describes them.
func (s *Server) routes() map[string]http.Handler {
	routes := map[string]http.Handler{
		"GET /log/":    http.StripPrefix("/log", s.Log),
		"GET /metrics": promhttp.HandlerFor(s.metrics(), promhttp.HandlerOpts{}),
		"GET /{$}":     http.HandlerFunc(page),
	}
	for pattern, h := range map[string]func(context.Context, *http.Request) (any, error){
		"POST /v1/registries":              s.recorded("registries", s.postRegistry),
		"POST /v1/tickets":                 s.recorded("tickets", s.postTicket),
		"POST /v1/documents":               s.recorded("documents", s.postDocument),
		"POST /v1/document-sets":           s.recorded("document-sets", s.postSet),
		"GET /v1/refusals":                 s.getRefusals,
		"GET /v1/tickets/draft":            s.getDraft,
		"GET /v1/tickets":                  s.getTickets,
		"GET /v1/tickets/{id}":             s.getTicket,
		"GET /v1/points/{point}/last":      s.getLast,
		"GET /v1/counts":                   s.getCounts,
		"GET /v1/gaps":                     s.getGaps,
		"GET /v1/bundle":                   s.getBundle,
		"GET /v1/entries":                  s.getEntries,
		"GET /v1/entries/{number}":         s.getEntry,
		"GET /v1/entries/{number}/bundle":  s.getEntryBundle,
		"GET /v1/balance":                  s.getBalance,
		"GET /v1/lots/{batch}":             s.getLot,
		"GET /v1/trails/{name}":            s.getTrail,
		"GET /v1/balances/{name}":          s.getBalanceSheet,
		"GET /v1/months/{month}":           s.getMonth,
		"GET /v1/crossings/{port}/{month}": s.getCrossings,
		"GET /v1/chains/{lot}":             s.getChain,
		"GET /v1/books/{list}":             s.getRegister,
		"GET /v1/crossings":                s.getPending,
		"GET /v1/utilization":              s.getUtilization,
		"POST /v1/what-if":                 s.postWhatIf,
		"GET /v1/health":                   s.getHealth,

		"GET /v1/statements/{kind}/{of}/{period}": s.getStatement,
	} {
		routes[pattern] = answer(h)
	}
	return routes
}

// problem is an error with its HTTP status (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return p.Detail }

func refuse(status int, err error) error {
	return &problem{Status: status, Title: http.StatusText(status), Detail: err.Error()}
}

// raw is an answer that is not JSON.
type raw struct {
	mediaType string
	body      []byte
}

// answer turns a handler that returns a value into one that writes it. The books that it opened are held until the answer is encoded,
// not until whoever asked has read it.
func answer(h func(context.Context, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := encoded(h, r)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if err != nil {
			writeProblem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", b.mediaType)
		_, _ = w.Write(b.body) // the client may be gone
	}
}

// encoded returns what a handler answers, as bytes.
func encoded(h func(context.Context, *http.Request) (any, error), r *http.Request) (raw, error) {
	ctx, done := withLease(r.Context())
	defer done()
	value, err := h(ctx, r)
	if err != nil {
		return raw{}, err
	}
	if b, ok := value.(raw); ok {
		return b, nil
	}
	b, err := json.Marshal(value)
	return raw{"application/json", append(b, '\n')}, err
}

func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, store.ErrNotFound):
		p = &problem{Status: http.StatusNotFound, Title: "Not Found", Detail: err.Error()}
	case errors.Is(err, store.ErrNoSpace):
		p = &problem{Status: http.StatusInsufficientStorage, Title: "Insufficient Storage", Detail: err.Error()}
	default:
		slog.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		p = &problem{Status: http.StatusInternalServerError, Title: "Internal Server Error", Detail: err.Error()}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func body(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, refuse(http.StatusRequestEntityTooLarge, fmt.Errorf("read the request: %w", err))
	}
	return b, nil
}

func (s *Server) getCounts(ctx context.Context, _ *http.Request) (any, error) {
	return s.Store.Counts(ctx)
}

func (s *Server) getGaps(ctx context.Context, _ *http.Request) (any, error) { return s.Store.Gaps(ctx) }

// healthTimeout bounds how long store and ledger may take to show that they work: the ledger publishes ten times a second.
const healthTimeout = 5 * time.Second

// writeTimeout bounds what is done after a paper was found good. It goes on when whoever posted it is gone: half done, the ledger
// would have what the store has not.
const writeTimeout = 30 * time.Second

func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
}

// getHealth is 200 only while the store answers, and the ledger has a checkpoint to show and takes entries in.
func (s *Server) getHealth(ctx context.Context, _ *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if _, err := s.Store.Counts(ctx); err != nil {
		return nil, refuse(http.StatusServiceUnavailable, err)
	}
	note, err := s.Ledger.Checkpoint(ctx)
	var newest proof.Checkpoint
	if err == nil {
		newest, err = proof.VerifyCheckpoint(note, s.Trust)
	}
	if err != nil {
		return nil, refuse(http.StatusServiceUnavailable, fmt.Errorf("checkpoint: %w", err))
	}
	if err := s.takesIn(ctx, newest.Size); err != nil {
		return nil, refuse(http.StatusServiceUnavailable, fmt.Errorf("the ledger takes nothing in: %w", err))
	}
	return map[string]string{"status": "ok"}, nil
}

// takesIn hands the ledger its newest entry again, which changes nothing: one that has stopped shows its checkpoints all the same. An
// empty ledger passes.
func (s *Server) takesIn(ctx context.Context, size uint64) error {
	if size == 0 {
		return nil
	}
	entry, err := s.Ledger.Entry(ctx, size-1)
	if err == nil {
		_, err = s.Ledger.Append(ctx, entry)
	}
	return err
}

// metrics reads the store when it is scraped.
func (s *Server) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	for name, get := range map[string]func(store.Counts) uint64{
		"records":    func(c store.Counts) uint64 { return c.Records },
		"batches":    func(c store.Counts) uint64 { return c.Batches },
		"statements": func(c store.Counts) uint64 { return c.Statements },
		"tickets":    func(c store.Counts) uint64 { return c.Tickets },
	} {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "gauger", Subsystem: "cloud", Name: name, Help: "How many " + name + " the cloud holds.",
		}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
			defer cancel()
			c, err := s.Store.Counts(ctx)
			if err != nil {
				slog.Error("metrics", "error", err)
			}
			return float64(get(c))
		}))
	}
	return r
}
