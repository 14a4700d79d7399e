package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/ticket"
)

// recorded notes what a handler refuses to take in: who was refused can be told what, and who was overlooked too. A refusal that
// can't be noted is answered all the same.
func (s *Server) recorded(kind string, h func(context.Context, *http.Request) (any, error)) func(context.Context, *http.Request) (any, error) {
	return func(ctx context.Context, r *http.Request) (any, error) {
		handed, err := body(r)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(handed))
		answer, err := h(ctx, r)
		var p *problem
		if errors.As(err, &p) && p.Status < http.StatusInternalServerError {
			ctx, cancel := finishing(ctx)
			defer cancel()
			if failed := s.Store.AddRefusal(ctx, store.Refused(s.Clock.Now(), kind, ticket.Hash(handed), err)); failed != nil {
				slog.Warn("a refusal is not noted", "kind", kind, "refusal", err, "error", failed)
			}
		}
		return answer, err
	}
}

// getRefusals returns what was not taken in, the newest first.
func (s *Server) getRefusals(ctx context.Context, _ *http.Request) (any, error) {
	all, err := s.Store.Refusals(ctx)
	if all == nil {
		all = []store.Refusal{}
	}
	return all, err
}
