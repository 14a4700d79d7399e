package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// kept is what stays between calls: the case of all papers up to a head of the store. A call that finds the store elsewhere folds all
// papers anew, so whatever is kept here is right or is not used.
//
// Who changes it holds Server.papers, and mu for writing while he does. Who reads it holds mu for reading until his answer is
// encoded: see lease.
type kept struct {
	mu     sync.RWMutex
	head   store.Head
	books  *audit.Case                  // nil before the first question, and when it cannot be trusted
	trails atomic.Pointer[audit.Trails] // of books, made when they are first asked for
}

// set keeps other books.
func (k *kept) set(books *audit.Case, head store.Head) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.books, k.head = books, head
	k.trails.Store(nil)
}

// lease is a call's hold on the books: they do not change before it is given back.
type lease struct {
	books *audit.Case
	back  func()
}

type leaseKey struct{}

// withLease returns a context in which a call can open the books, and what to call when its answer is encoded.
func withLease(ctx context.Context) (context.Context, func()) {
	l := &lease{back: func() {}}
	return context.WithValue(ctx, leaseKey{}, l), func() { l.back() }
}

// open returns the books of all papers that the store holds. They do not change until the call is answered, and must not be changed.
func (s *Server) open(ctx context.Context) (*audit.Case, error) {
	l, _ := ctx.Value(leaseKey{}).(*lease)
	if l == nil {
		return nil, errors.New("the books are opened outside of a call")
	}
	for l.books == nil {
		s.kept.mu.RLock()
		head, err := s.Store.Head(ctx)
		if err == nil && s.kept.books != nil && s.kept.head == head {
			l.books, l.back = s.kept.books, s.kept.mu.RUnlock
			break
		}
		s.kept.mu.RUnlock()
		if err == nil {
			err = s.refresh(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
	return l.books, nil
}

// refresh folds all papers anew unless the books are of what the store holds.
func (s *Server) refresh(ctx context.Context) error {
	s.papers.Lock()
	defer s.papers.Unlock()
	_, err := s.current(ctx)
	return err
}

// current returns the books of all papers. The caller holds papers.
func (s *Server) current(ctx context.Context) (*audit.Case, error) {
	head, err := s.Store.Head(ctx)
	if err != nil {
		return nil, err
	}
	if s.kept.books != nil && s.kept.head == head {
		return s.kept.books, nil
	}
	s.kept.set(nil, store.Head{}) // not two of them at a time
	books, err := s.fold(ctx)
	if err == nil {
		s.kept.set(books, head)
	}
	return books, err
}

// fold makes the books of all papers that the store holds.
func (s *Server) fold(ctx context.Context) (*audit.Case, error) {
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	signed, err := s.Store.Tickets(ctx)
	if err != nil {
		return nil, err
	}
	tickets := map[record.Hash]*ticket.Ticket{}
	for _, one := range signed {
		if tickets[ticket.Hash(one.Ticket)], err = ticket.Decode(one.Ticket); err != nil {
			return nil, err
		}
	}
	stored, err := s.Store.Papers(ctx)
	if err != nil {
		return nil, err
	}
	papers := make([][]byte, len(stored))
	for i, p := range stored {
		papers[i] = p.Signed
	}
	return audit.NewCase(keys, tickets, papers, s.Tables)
}

// take tries papers on the books, has them stored, and keeps the books with them: nothing is stored that the books refuse, and
// nobody sees them before they are stored. What check says of the books with the papers counts too. The caller holds papers.
func (s *Server) take(ctx context.Context, papers [][]byte, check func(*audit.Case) error, keep func() error) error {
	books, err := s.current(ctx)
	if err != nil {
		return err
	}
	for _, paper := range papers {
		if err := books.CheckWork(paper); err != nil {
			return refuse(http.StatusUnprocessableEntity, err)
		}
	}
	if len(papers) == 1 {
		if done, err := s.append(ctx, books, papers[0], keep); done || err != nil {
			return err
		}
	}
	next, err := books.With(papers...)
	if err == nil {
		err = check(next)
	}
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err)
	}
	if err := keep(); err != nil {
		return err
	}
	s.stored(ctx, next, len(papers))
	return nil
}

// append tries a paper on the books in place, while nobody reads them, and takes it out again when it cannot be stored.
func (s *Server) append(ctx context.Context, books *audit.Case, paper []byte, keep func() error) (done bool, err error) {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	done, err = books.Append(paper)
	switch {
	case err != nil:
		err = refuse(http.StatusUnprocessableEntity, err)
	case !done:
		return false, nil
	default:
		err = keep()
	}
	s.kept.trails.Store(nil)
	if err == nil {
		s.advance(ctx, 1)
		return true, nil
	}
	if broken := books.Undo(); broken != nil {
		s.kept.books, err = nil, errors.Join(err, broken)
	}
	return true, err
}

// stored keeps the books after so many more arrivals, which they have. The caller holds papers.
func (s *Server) stored(ctx context.Context, books *audit.Case, arrivals int) {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	s.kept.books = books
	s.kept.trails.Store(nil)
	s.advance(ctx, arrivals)
}

// advance moves the head on by so many arrivals. Where the store is not there, the books are folded anew for the next question.
func (s *Server) advance(ctx context.Context, arrivals int) {
	head, err := s.Store.Head(context.WithoutCancel(ctx))
	if err != nil || head.Position != s.kept.head.Position+uint64(arrivals) {
		s.kept.books = nil
	}
	s.kept.head = head
}

// passBy keeps a paper that the books take no note of, but hand on.
func (s *Server) passBy(ctx context.Context, paper []byte) {
	if s.kept.books == nil {
		return
	}
	if next, err := s.kept.books.With(paper); err == nil {
		s.stored(ctx, next, 1)
	}
}

// cite keeps a ticket for the movements that will cite it. The caller holds papers, and has stored it.
func (s *Server) cite(ctx context.Context, t *ticket.Ticket, hash record.Hash) {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	if s.kept.books != nil {
		s.kept.books.Tickets[hash] = t
		s.advance(ctx, 1)
	}
}
