package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
)

// maxSet bounds the documents that are handed in together.
const maxSet = 4096

// postSet takes several signed papers, such as a carrier's day, after trying them on the books together: all are stored, or none.
// Those that are here already are no error.
func (s *Server) postSet(ctx context.Context, r *http.Request) (any, error) {
	b, err := body(r)
	if err != nil {
		return nil, err
	}
	var set [][]byte
	if err := cose.Unmarshal(b, &set); err != nil {
		return nil, refuse(http.StatusBadRequest, fmt.Errorf("set of documents: %w", err))
	}
	if n := len(set); n == 0 || n > maxSet {
		return nil, refuse(http.StatusBadRequest, fmt.Errorf("the set has %d documents, want 1 to %d: hand it in in parts", n, maxSet))
	}
	s.papers.Lock()
	defer s.papers.Unlock()
	answer := make([]accepted, len(set))
	var fresh []store.Paper
	var signed [][]byte
	for i, paper := range set {
		hash := ticket.Hash(paper)
		answer[i].Hash = hash.String()
		switch known, err := s.Store.Paper(ctx, hash); {
		case err == nil:
			answer[i].Index = known.Index
			continue
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
		thing, err := cose.Thing(paper)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, fmt.Errorf("document %d of the set: %w", i+1, err))
		}
		if thing == audit.ClaimThing || thing == ticket.ReportThing {
			return nil, refuse(http.StatusBadRequest, fmt.Errorf("document %d of the set is a %s: hand it in by itself", i+1, thing))
		}
		fresh, signed = append(fresh, store.Paper{Thing: thing, Signed: paper}), append(signed, paper)
	}
	if len(fresh) == 0 {
		return answer, nil
	}
	return answer, s.take(ctx, signed, func(*audit.Case) error { return nil }, func() error {
		ctx, cancel := finishing(ctx)
		defer cancel()
		return s.Store.AddPapers(ctx, fresh...)
	})
}
