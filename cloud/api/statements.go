package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/document"
)

// booksHere is what statements say they were made from.
const booksHere = "the books of a cloud, " + string(document.Unverified)

// getStatement returns a statement of a month: as JSON, or as pages, a workbook or CSV.
func (s *Server) getStatement(ctx context.Context, r *http.Request) (any, error) {
	q, err := document.QuestionOf(r.PathValue("kind"), r.PathValue("of"), r.PathValue("period"), r.URL.Query())
	if err != nil {
		return nil, asked(err)
	}
	return s.byBooks(ctx, func(o *audit.Case) (any, error) {
		statement, err := q.Answer(o)
		if err != nil {
			return nil, err
		}
		return handed(statement, r.URL.Query())
	})
}

// handed returns a statement in the format and on the paper that a query asks for.
func handed(s document.Statement, query url.Values) (any, error) {
	t := s.Table()
	t.Source = booksHere
	switch format := query.Get("format"); format {
	case "", "json":
		return s, nil
	case "csv":
		b, err := t.CSV()
		return raw{"text/csv; charset=utf-8", b}, err
	case "xlsx":
		b, err := t.XLSX()
		return raw{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b}, err
	case "pdf":
		paper := document.Paper(query.Get("paper"))
		if paper == "" {
			paper = document.A4
		}
		if paper != document.A4 && paper != document.Letter {
			return nil, fmt.Errorf("%w: paper is %q, want %s or %s", audit.ErrQuestion, paper, document.A4, document.Letter)
		}
		b, err := document.PDF(s, paper, booksHere)
		return raw{"application/pdf", b}, err
	default:
		return nil, fmt.Errorf("%w: format is %q, want json, csv, xlsx or pdf", audit.ErrQuestion, format)
	}
}
