package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gauger/gauger/cloud/audit"
)

// getBalanceSheet returns the balance of a pool, batch or system over a period, by day or month where that is asked for.
func (s *Server) getBalanceSheet(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	period, err := audit.ParsePeriod(q.Get("from"), q.Get("to"), q.Get("by"))
	if err != nil {
		return nil, asked(err)
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Balance(r.PathValue("name"), period) })
}

// getMonth drafts what a keeper states when a month is over.
func (s *Server) getMonth(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	period, err := audit.ParsePeriod(q.Get("from"), q.Get("to"), "")
	if err != nil {
		return nil, asked(err)
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Month(r.PathValue("month"), q.Get("keeper"), period) })
}

// getCrossings returns what crossed a port in a month, against what was entered of it.
func (s *Server) getCrossings(ctx context.Context, r *http.Request) (any, error) {
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Crossings(r.PathValue("port"), r.PathValue("month")) })
}

// getPending returns the lots that crossed and whose entry waits, as of an instant.
func (s *Server) getPending(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	at, days, err := audit.ParsePending(q.Get("port"), q.Get("asOf"), q.Get("within"))
	if err != nil {
		return nil, asked(err)
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Pending(q.Get("port"), at, days) })
}

// getUtilization returns what claims rest on, against what that covers.
func (s *Server) getUtilization(ctx context.Context, _ *http.Request) (any, error) {
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Utilization() })
}

// getChain returns who had a batch or lot in custody, and who owned it.
func (s *Server) getChain(ctx context.Context, r *http.Request) (any, error) {
	at, err := instantIn(r, "knownAt", 0)
	if err != nil {
		return nil, err
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Chain(r.PathValue("lot"), at) })
}

// getRegister returns a list of what the books keep beside their movements.
func (s *Server) getRegister(ctx context.Context, r *http.Request) (any, error) {
	at, err := instantIn(r, "knownAt", 0)
	if err != nil {
		return nil, err
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Register(r.PathValue("list"), at) })
}

// postWhatIf returns what a change would make of the entries. Nothing is stored: whoever may read may ask.
func (s *Server) postWhatIf(ctx context.Context, r *http.Request) (any, error) {
	b, err := body(r)
	if err != nil {
		return nil, err
	}
	var ch audit.Change
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&ch); err != nil {
		return nil, refuse(http.StatusBadRequest, fmt.Errorf("change: %w", err))
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.WhatIf(ch) })
}

// byBooks answers a question by the books of all papers that the store holds.
func (s *Server) byBooks(ctx context.Context, answer func(*audit.Case) (any, error)) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	a, err := answer(o)
	return a, asked(err)
}

// instantIn returns the instant that a query names, ms since 1970 UTC, and without it what stands for none.
func instantIn(r *http.Request, name string, none int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return none, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.UnixMilli() <= 0 || at.UnixMilli() > audit.EndOfTime {
		return 0, refuse(http.StatusBadRequest, fmt.Errorf("%s is %q, want a time such as 2024-03-05T06:00:00-07:00", name, text))
	}
	return at.UnixMilli(), nil
}

// asked refuses a question that is at fault itself, or asks for what is not here.
func asked(err error) error {
	switch {
	case errors.Is(err, audit.ErrQuestion):
		return refuse(http.StatusBadRequest, err)
	case errors.Is(err, audit.ErrUnknown), errors.Is(err, audit.ErrNoClaim):
		return refuse(http.StatusNotFound, err)
	}
	return err
}
