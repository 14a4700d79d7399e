package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/internal/clock"
)

// cached are the trails that an earlier process worked out, for as long as this one has no books.
type cached struct {
	mu     sync.Mutex
	looked bool
	head   store.Head // that was looked for
	trails *audit.Trails
}

// fromCache returns the trails of what the store holds as an earlier process left them, or nil when there are none or the books are
// there. What is wrong with the file is said in the log, once.
func (s *Server) fromCache(ctx context.Context) (*audit.Trails, error) {
	s.kept.mu.RLock()
	warm := s.kept.books != nil
	s.kept.mu.RUnlock()
	c := &s.cached
	c.mu.Lock()
	defer c.mu.Unlock()
	if warm || s.Cache == nil {
		c.trails = nil
		return nil, nil
	}
	head, err := s.Store.Head(ctx)
	if err != nil || c.looked && c.head == head {
		return c.trails, err
	}
	c.looked, c.head, c.trails = true, head, nil
	content, err := s.Cache.Load(head)
	if err == nil {
		c.trails, err = audit.ReadTrails(content)
	}
	if err != nil && !errors.Is(err, store.ErrNoCache) {
		slog.Warn("trails are worked out anew", "file", s.Cache.Path(), "error", err)
	}
	return c.trails, nil
}

// trails returns what answers where oil came from and went: by the books, or by what is cached of them while they are not folded yet.
func (s *Server) trails(ctx context.Context) (*audit.Trails, error) {
	if t, err := s.fromCache(ctx); t != nil || err != nil {
		return t, err
	}
	return s.bookTrails(ctx)
}

// bookTrails returns what answers by the books.
func (s *Server) bookTrails(ctx context.Context) (*audit.Trails, error) {
	books, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if t := s.kept.trails.Load(); t != nil {
		return t, nil
	}
	t, err := books.Trails()
	if err == nil {
		s.kept.trails.Store(t)
	}
	return t, err
}

// getTrail follows the oil of an entry, batch, source or measuring point, back or forward, as of an instant.
func (s *Server) getTrail(ctx context.Context, r *http.Request) (any, error) {
	at, err := instantIn(r, "asOf", audit.EndOfTime)
	if err != nil {
		return nil, err
	}
	direction := r.URL.Query().Get("direction")
	if direction != "" && direction != "back" && direction != "forward" {
		return nil, refuse(http.StatusBadRequest, fmt.Errorf("direction is %q, want back or forward", direction))
	}
	t, err := s.trails(ctx)
	if err != nil {
		return nil, err
	}
	trail, err := t.Trail(r.PathValue("name"), direction == "forward", at)
	if errors.Is(err, lineage.ErrUnknown) {
		err = refuse(http.StatusNotFound, err)
	}
	return trail, err
}

// The cache is looked after once a minute, and less often when writing it takes long: never more than a fiftieth of the time.
const (
	cachePause = time.Minute
	cacheShare = 50
)

// Keep folds the books and keeps the cache up to them, until ctx ends: then it saves what is new and returns.
func (s *Server) Keep(ctx context.Context, c clock.Clock) {
	var saved store.Head
	if t, err := s.fromCache(ctx); t != nil && err == nil {
		saved = s.cached.head
	}
	for ctx.Err() == nil {
		begun := c.Now()
		if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
			slog.Error("the books cannot be folded", "error", err)
		}
		saved = s.save(ctx, saved)
		_ = c.WaitUntil(ctx, begun.Add(max(cachePause, cacheShare*c.Now().Sub(begun))))
	}
	last, cancel := finishing(ctx)
	defer cancel()
	s.save(last, saved)
}

// save writes the trails of the books, unless they are those saved before or there are none. It returns what is saved now.
func (s *Server) save(ctx context.Context, saved store.Head) store.Head {
	s.kept.mu.RLock()
	current, books := s.kept.head, s.kept.books
	s.kept.mu.RUnlock()
	if s.Cache == nil || books == nil || current == saved {
		return saved
	}
	err := s.Cache.Save(func(b []byte) ([]byte, store.Head, error) {
		ctx, done := withLease(ctx)
		defer done()
		t, err := s.bookTrails(ctx)
		if err != nil {
			return nil, store.Head{}, err
		}
		current = s.kept.head
		b, err = t.Append(b)
		return b, current, err
	})
	if err != nil {
		slog.Warn("trails are not cached", "error", err)
		return saved
	}
	return current
}

// CheckCache holds the cached trails against the books, folded anew. It returns what is wrong, and nil when nothing is cached of what
// the store holds.
func (s *Server) CheckCache(ctx context.Context) error {
	head, err := s.Store.Head(ctx)
	if err != nil {
		return err
	}
	books, err := s.fold(ctx)
	if err != nil {
		return fmt.Errorf("books: %w", err)
	}
	if s.Cache == nil {
		return nil
	}
	content, err := s.Cache.Load(head)
	if errors.Is(err, store.ErrNoCache) {
		return nil
	}
	if err != nil {
		return err
	}
	trails, err := books.Trails()
	if err != nil {
		return err
	}
	want, err := trails.Append(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(content, want) {
		return fmt.Errorf("%s is not what the papers come to: delete it", s.Cache.Path())
	}
	return nil
}
