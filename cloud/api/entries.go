package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

// Tables returns the tables that come with this program.
func Tables() (t audit.Tables, err error) {
	for name, into := range map[string]*[]byte{
		configs.USMCA: &t.Rules, configs.Rates: &t.Rates, configs.Ports: &t.Ports, configs.Country: &t.Country,
	} {
		if *into, err = configs.Files.ReadFile(name); err != nil {
			return t, err
		}
	}
	t.Others = map[string][]byte{}
	for agreement, name := range configs.Agreements {
		if agreement == audit.Agreement {
			continue
		}
		if t.Others[agreement], err = configs.Files.ReadFile(name); err != nil {
			return t, err
		}
	}
	return t, nil
}

// postDocument takes a signed paper after trying it on the books. Claims go into the ledger too. The same paper twice is no error.
func (s *Server) postDocument(ctx context.Context, r *http.Request) (any, error) {
	signed, err := body(r)
	if err != nil {
		return nil, err
	}
	thing, err := cose.Thing(signed)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err)
	}
	s.papers.Lock()
	defer s.papers.Unlock()
	hash := ticket.Hash(signed)
	a := accepted{Hash: hash.String()}
	switch known, err := s.Store.Paper(ctx, hash); {
	case err == nil:
		a.Index = known.Index
		return a, nil
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	keep := func() error {
		ctx, cancel := finishing(ctx)
		defer cancel()
		if thing == audit.ClaimThing {
			index, err := s.Ledger.Append(ctx, signed)
			if err != nil {
				return err
			}
			a.Index = &index
		}
		return s.Store.AddPaper(ctx, thing, signed, a.Index)
	}
	if thing == ticket.ReportThing { // of the ticket that cites it, not of the books
		if _, err := ticket.OpenReport(signed, keys); err != nil {
			return nil, refuse(http.StatusUnprocessableEntity, err)
		}
		if err := keep(); err != nil {
			return nil, err
		}
		s.passBy(ctx, signed)
		return a, nil
	}
	err = s.take(ctx, [][]byte{signed}, func(books *audit.Case) error {
		if thing != audit.ClaimThing {
			return nil
		}
		claim, err := audit.OpenClaim(signed, keys)
		if err == nil {
			_, err = books.Decide(claim.Entry.String())
		}
		return err
	}, keep)
	return a, err
}

// undecided is an entry that no decision can be made about on the papers that are here.
type undecided struct {
	Entry string `json:"entry"`
	Error string `json:"error"`
}

// getEntries decides about all entries. One that nothing can be decided about does not hide the others.
func (s *Server) getEntries(ctx context.Context, _ *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, number := range o.Numbers() {
		if d, err := o.Decide(number); err != nil {
			out = append(out, undecided{number, err.Error()})
		} else {
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *Server) getEntry(ctx context.Context, r *http.Request) (any, error) {
	return s.byBooks(ctx, func(o *audit.Case) (any, error) { return o.Decide(r.PathValue("number")) })
}

// getEntryBundle returns everything behind an entry as a bundle's payload, for the importer or broker to seal with his own key.
func (s *Server) getEntryBundle(ctx context.Context, r *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	number := r.PathValue("number")
	d, err := o.Decide(number)
	if err != nil {
		return nil, asked(err)
	}
	papers, tickets, err := o.Relevant(number)
	if err != nil {
		return nil, err
	}
	b, err := s.gather(ctx, o, papers, tickets, r.URL.Query().Get("depth"))
	if err != nil {
		return nil, err
	}
	registries, err := s.registries(ctx)
	if err != nil {
		return nil, err
	}
	if err := audit.Speakers(b, registries, s.Trust); err != nil {
		return nil, err
	}
	if err := audit.Pack(b, d, s.Tables); err != nil {
		return nil, err
	}
	return encode(b)
}

// getBundle returns the evidence of all tickets and papers, without a decision.
func (s *Server) getBundle(ctx context.Context, r *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	var tickets []record.Hash
	for h := range o.Tickets {
		tickets = append(tickets, h)
	}
	b, err := s.gather(ctx, o, o.Papers(), tickets, r.URL.Query().Get("depth"))
	if err != nil {
		return nil, err
	}
	registries, err := s.registries(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range registry.Newest(registries) {
		b.Registries = append(b.Registries, r.Signed)
	}
	return encode(b)
}

func encode(b *bundle.Bundle) (any, error) {
	payload, err := cose.Marshal(b)
	return raw{"application/cbor", payload}, err
}

// gather collects batches, tickets and papers.
func (s *Server) gather(ctx context.Context, o *audit.Case, papers [][]byte, wanted []record.Hash, depth string) (*bundle.Bundle, error) {
	b := &bundle.Bundle{Version: bundle.Version, Depth: bundle.Tickets, Trust: s.Bytes, Documents: papers, Tickets: []ticket.Signed{}}
	switch bundle.Depth(depth) {
	case "", bundle.Tickets:
	case bundle.Records:
		b.Depth = bundle.Records
	default:
		return nil, refuse(http.StatusBadRequest, fmt.Errorf("depth is %q, want tickets or records", depth))
	}
	all, err := s.Store.Tickets(ctx)
	if err != nil {
		return nil, err
	}
	var tickets []*ticket.Ticket
	for _, signed := range all { // each version after the one before it
		if h := ticket.Hash(signed.Ticket); slices.Contains(wanted, h) {
			b.Tickets, tickets = append(b.Tickets, signed), append(tickets, o.Tickets[h])
		}
	}
	b.Batches, err = audit.Batches(ctx, s.Store, tickets, b.Depth)
	return b, err
}

// balanceView is the balance of every batch and tank.
type balanceView struct {
	Batches []custody.Balance     `json:"batches"`
	Pools   []custody.PoolBalance `json:"pools"`
}

func (s *Server) getBalance(ctx context.Context, _ *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	v := balanceView{Batches: []custody.Balance{}, Pools: []custody.PoolBalance{}}
	for _, id := range o.Books.Batches() {
		b, err := o.Books.Balance(id)
		if err != nil {
			return nil, err
		}
		v.Batches = append(v.Batches, b)
	}
	for _, id := range o.Books.Pools() {
		p, err := o.Books.PoolBalance(id, 0, audit.EndOfTime)
		if err != nil {
			return nil, err
		}
		v.Pools = append(v.Pools, p)
	}
	return v, nil
}

// lotView is a batch's composition and where it comes from.
type lotView struct {
	Lot   lineage.Lot        `json:"lot"`
	Trace []custody.Movement `json:"trace"`
}

func (s *Server) getLot(ctx context.Context, r *http.Request) (any, error) {
	o, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	lot, err := o.Lineage.Lot(r.PathValue("batch"))
	if err != nil {
		return nil, refuse(http.StatusNotFound, err)
	}
	trace, err := o.Lineage.Trace(r.PathValue("batch"))
	return lotView{lot, trace}, err
}
