package api

import (
	"context"
	"errors"
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
