package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gauger/gauger/cloud/audit"
)

// getBalanceSheet returns the balance of a pool, batch or system over a period, by day or month where that is asked for.
func (s *Server) getBalanceSheet(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	period, err := audit.ParsePeriod(q.Get("from"), q.Get("to"), q.Get("by"))
	if err != nil {
		return nil, asked(err)
	}
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	sheet, err := o.Balance(r.PathValue("name"), period)
	return sheet, asked(err)
}

// getMonth drafts what a keeper states when a month is over.
func (s *Server) getMonth(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	period, err := audit.ParsePeriod(q.Get("from"), q.Get("to"), "")
	if err != nil {
		return nil, asked(err)
	}
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	m, err := o.Month(r.PathValue("month"), q.Get("keeper"), period)
	return m, asked(err)
}

// getCrossings returns what crossed a port in a month, against what was entered of it.
func (s *Server) getCrossings(ctx context.Context, r *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	c, err := o.Crossings(r.PathValue("port"), r.PathValue("month"))
	return c, asked(err)
}

// getPending returns the lots that crossed and whose entry waits, as of an instant.
func (s *Server) getPending(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	at, days, err := audit.ParsePending(q.Get("port"), q.Get("asOf"), q.Get("within"))
	if err != nil {
		return nil, asked(err)
	}
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	p, err := o.Pending(q.Get("port"), at, days)
	return p, asked(err)
}

// getUtilization returns what claims rest on, against what that covers.
func (s *Server) getUtilization(ctx context.Context, _ *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return o.Utilization()
}

// known returns the instant of asOf, 0 where it is not given.
func known(r *http.Request) (int64, error) {
	at, err := audit.ParseKnown(r.URL.Query().Get("asOf"))
	return at, asked(err)
}

// getChain returns who had a batch or lot in custody, and who owned it.
func (s *Server) getChain(ctx context.Context, r *http.Request) (any, error) {
	at, err := known(r)
	if err != nil {
		return nil, err
	}
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	chain, err := o.Chain(r.PathValue("lot"), at)
	return chain, asked(err)
}

// getRegister returns a list of what the books keep beside their movements.
func (s *Server) getRegister(ctx context.Context, r *http.Request) (any, error) {
	at, err := known(r)
	if err != nil {
		return nil, err
	}
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	list, err := o.Register(r.PathValue("list"), at)
	return list, asked(err)
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
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	consequences, err := o.WhatIf(ch)
	return consequences, asked(err)
}

// asked refuses a question that is at fault itself.
func asked(err error) error {
	switch {
	case errors.Is(err, audit.ErrQuestion):
		return refuse(http.StatusBadRequest, err)
	case errors.Is(err, audit.ErrUnknown):
		return refuse(http.StatusNotFound, err)
	}
	return err
}
