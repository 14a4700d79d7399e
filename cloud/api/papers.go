package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

// accepted is the answer to a paper that was taken in.
type accepted struct {
	Hash  string  `json:"hash"`            // SHA-256 of what was posted
	Index *uint64 `json:"index,omitempty"` // in the ledger
}

// registries returns the registries in order of arrival, opened.
func (s *Server) registries(ctx context.Context) ([]registry.Opened, error) {
	all, err := s.Store.Registries(ctx)
	if err != nil {
		return nil, err
	}
	return registry.OpenAll(all, s.Trust.Organisation)
}

// keys returns the directory over all registries.
func (s *Server) keys(ctx context.Context) (*registry.Directory, error) {
	all, err := s.registries(ctx)
	if err != nil {
		return nil, err
	}
	keys := &registry.Directory{}
	for _, r := range all {
		if err := keys.Add(r.Registry); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// postRegistry takes an organisation's newest registry. The same one twice is no error.
func (s *Server) postRegistry(ctx context.Context, r *http.Request) (any, error) {
	signed, err := body(r)
	if err != nil {
		return nil, err
	}
	reg, err := registry.Open(signed, s.Trust.Organisation)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	s.papers.Lock()
	defer s.papers.Unlock()
	a := accepted{Hash: ticket.Hash(signed).String()}
	if known, err := s.Store.Registries(ctx); err != nil || slices.ContainsFunc(known, func(b []byte) bool { return bytes.Equal(b, signed) }) {
		return a, err
	}
	if err := s.admit(ctx, reg); err != nil {
		return nil, err
	}
	ctx, cancel := finishing(ctx)
	defer cancel()
	index, err := s.Ledger.Append(ctx, signed)
	if err != nil {
		return nil, err
	}
	if err := s.Store.AddRegistry(ctx, reg.Organisation, reg.Number, signed, index); err != nil {
		return nil, err
	}
	a.Index = &index
	s.kept.set(nil, store.Head{}) // keys changed: every signature is to be verified anew
	return a, s.Ingest.AddRegistry(reg)
}

// admit refuses a registry that does not go with those that are stored: its number must be new, its keys nobody else's, and so the
// measuring points of its devices, since records are asked for by point.
func (s *Server) admit(ctx context.Context, reg *registry.Registry) error {
	keys, err := s.keys(ctx)
	if err != nil {
		return err
	}
	if err := keys.Add(reg); err != nil {
		return refuse(http.StatusConflict, err)
	}
	if last, err := s.Store.LastRegistry(ctx, reg.Organisation); err != nil {
		return err
	} else if last >= 0 && reg.Number <= uint64(last) { // one with a key that the trust file does not name any more
		return refuse(http.StatusConflict, fmt.Errorf("registry of %s: number %d is not above %d", reg.Organisation, reg.Number, last))
	}
	all, err := s.registries(ctx)
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for _, r := range all {
		for _, e := range r.Entries {
			for _, p := range e.Points {
				owners[p] = r.Organisation
			}
		}
	}
	for _, e := range reg.Entries {
		for _, p := range e.Points {
			if o := owners[p]; o != "" && o != reg.Organisation {
				return refuse(http.StatusConflict, fmt.Errorf("registry of %s: measuring point %s is %s's: give it another name", reg.Organisation, p, o))
			}
		}
	}
	return nil
}

// postTicket takes a ticket with both signatures, after checking it against the records it states.
func (s *Server) postTicket(ctx context.Context, r *http.Request) (any, error) {
	b, err := body(r)
	if err != nil {
		return nil, err
	}
	var signed ticket.Signed
	if err := cose.Unmarshal(b, &signed); err != nil {
		return nil, refuse(http.StatusBadRequest, fmt.Errorf("signed ticket: %w", err))
	}
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	t, err := signed.Open(keys)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	reports := map[record.Hash]*ticket.SignedReport{}
	if t.SW != nil {
		switch report, err := s.report(ctx, t.SW.Report); {
		case err == nil:
			reports[t.SW.Report] = report
		case !errors.Is(err, store.ErrNotFound): // CheckTicket says so
			return nil, err
		}
	}
	if err := s.Store.CheckTicket(ctx, t, reports); err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	s.papers.Lock()
	defer s.papers.Unlock()
	hash := ticket.Hash(signed.Ticket)
	a := accepted{Hash: hash.String()}
	if known, err := s.Store.HasTicket(ctx, hash); known || err != nil {
		return a, err
	}
	if err := s.succeeds(ctx, t); err != nil {
		return nil, err
	}
	if err := s.Store.AddTicket(ctx, t, signed); err != nil {
		return nil, err
	}
	s.cite(ctx, t, hash)
	return a, nil
}

// succeeds refuses a ticket that does not follow the newest version of it that is stored.
func (s *Server) succeeds(ctx context.Context, t *ticket.Ticket) error {
	var version uint64
	var hash record.Hash
	switch newest, err := s.Store.Ticket(ctx, t.ID); {
	case err == nil:
		before, err := ticket.Decode(newest.Ticket)
		if err != nil {
			return err
		}
		version, hash = before.Version, ticket.Hash(newest.Ticket)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if t.Version != version+1 || t.Previous != hash {
		return refuse(http.StatusConflict, fmt.Errorf("ticket %s version %d does not follow version %d, the newest here: cut it anew", t.ID, t.Version, version))
	}
	return nil
}

// report returns a laboratory report that is stored, opened; store.ErrNotFound when it is not here.
func (s *Server) report(ctx context.Context, hash record.Hash) (*ticket.SignedReport, error) {
	p, err := s.Store.Paper(ctx, hash)
	if err != nil {
		return nil, err
	}
	if p.Thing != ticket.ReportThing {
		return nil, store.ErrNotFound
	}
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	return ticket.OpenReport(p.Signed, keys)
}

// getDraft cuts the ticket that both parties are to sign: between the last interval record at or before `open` and the one
// that ends at `close`.
func (s *Server) getDraft(ctx context.Context, r *http.Request) (any, error) {
	q := r.URL.Query()
	terms, open, close, err := draftTerms(q)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err)
	}
	point := q.Get("point")
	closing, err := s.Store.LastInterval(ctx, point, close)
	if err != nil {
		return nil, fmt.Errorf("closing record of %s: %w", point, err)
	}
	if closing.End != close {
		return nil, refuse(http.StatusConflict, fmt.Errorf("%s: the newest record before %s ends at %s: wait for the edge, or close the ticket there",
			point, instant(close), instant(closing.End)))
	}
	opening, err := s.opening(ctx, closing, open)
	if err != nil {
		return nil, err
	}
	report, err := s.named(ctx, q.Get("report"))
	if err != nil {
		return nil, err
	}
	t, err := ticket.Cut(opening, closing, terms, report)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	encoded, err := t.Encode()
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, err)
	}
	return raw{"application/cbor", encoded}, nil
}

// opening returns the record that a ticket opens with, or nil when the point's first record does not end before it.
func (s *Server) opening(ctx context.Context, closing *record.Record, open int64) (*record.Record, error) {
	opening, err := s.Store.LastInterval(ctx, closing.Point, open)
	if err == nil && opening.Device == closing.Device {
		return opening, nil
	}
	first, err := s.Store.Record(ctx, closing.Device, closing.Point, 0)
	if err != nil {
		return nil, err
	}
	// What another device measured after `open`, under the gateway's former key as a rule, has totals of its own.
	if other, err := s.Store.LastInterval(ctx, closing.Point, first.Start); err == nil && other.Device != closing.Device && other.End > open {
		return nil, refuse(http.StatusConflict, fmt.Errorf("%s: device %s measured here until %s, and %s from then on: a ticket is of one device, so close one there and open the next there",
			closing.Point, other.Device, instant(other.End), closing.Device))
	}
	if first.Start < open {
		return nil, refuse(http.StatusConflict, fmt.Errorf("%s: no record ends at or before %s, and the point began before it", closing.Point, instant(open)))
	}
	return nil, nil
}

// named returns the laboratory report whose hash a query gives, or nil for none.
func (s *Server) named(ctx context.Context, hash string) (*ticket.SignedReport, error) {
	if hash == "" {
		return nil, nil
	}
	h, err := cose.ParseKid(hash)
	if err == nil {
		var report *ticket.SignedReport
		if report, err = s.report(ctx, record.Hash(h)); err == nil {
			return report, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return nil, refuse(http.StatusNotFound, fmt.Errorf("laboratory report %s is not here: post it first", hash))
}

func draftTerms(q url.Values) (t ticket.Terms, open, close int64, err error) {
	t = ticket.Terms{ID: q.Get("id"), Batch: q.Get("batch"), From: q.Get("from"), To: q.Get("to"), OfRecord: ticket.OfRecord(q.Get("of_record")), Version: 1}
	if v := q.Get("version"); v != "" {
		if t.Version, err = strconv.ParseUint(v, 10, 32); err != nil {
			return t, 0, 0, fmt.Errorf("version %q is not a number", v)
		}
	}
	if p := q.Get("previous"); p != "" {
		h, err := cose.ParseKid(p)
		if err != nil {
			return t, 0, 0, fmt.Errorf("previous: want the 64 hex digits of the version before: %w", err)
		}
		t.Previous = record.Hash(h)
	}
	for _, p := range []struct {
		name string
		to   *int64
	}{{"open", &open}, {"close", &close}, {"at", &t.At}} {
		at, err := time.Parse(time.RFC3339, q.Get(p.name))
		if err != nil {
			return t, 0, 0, fmt.Errorf("%s is %q: want a time such as 2024-03-05T06:00:00-07:00", p.name, q.Get(p.name))
		}
		*p.to = at.UnixMilli()
	}
	return t, open, close, nil
}

// TicketView is a ticket as people and programs read it.
type TicketView struct {
	*ticket.Ticket
	Hash    string `json:"hash"`
	Status  string `json:"status"`
	Opened  string `json:"opened,omitempty"` // not with the device's first record, before which nothing says when
	Closed  string `json:"closed"`
	BasisOf string `json:"basis"`
}

// View returns what an encoded ticket says.
func View(encoded []byte) (TicketView, error) {
	t, err := ticket.Decode(encoded)
	if err != nil {
		return TicketView{}, err
	}
	v := TicketView{Ticket: t, Hash: ticket.Hash(encoded).String(), Status: t.Status(), Closed: instant(t.Close), BasisOf: t.Basis().String()}
	if t.First > 0 {
		v.Opened = instant(t.Open)
	}
	return v, nil
}

func (s *Server) getTickets(ctx context.Context, _ *http.Request) (any, error) {
	all, err := s.Store.Tickets(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]TicketView, 0, len(all))
	for _, signed := range all {
		v, err := View(signed.Ticket)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (s *Server) getTicket(ctx context.Context, r *http.Request) (any, error) {
	signed, err := s.Store.Ticket(ctx, r.PathValue("id"))
	if err != nil {
		return nil, fmt.Errorf("ticket %s: %w", r.PathValue("id"), err)
	}
	return View(signed.Ticket)
}

// last says how far a measuring point has come.
type last struct {
	Device cose.Kid `json:"device"`
	Seq    uint64   `json:"seq"`
	End    string   `json:"end"`
}

func (s *Server) getLast(ctx context.Context, r *http.Request) (any, error) {
	rec, err := s.Store.LastInterval(ctx, r.PathValue("point"), 1<<62)
	if err != nil {
		return nil, fmt.Errorf("point %s: %w", r.PathValue("point"), err)
	}
	return last{Device: rec.Device, Seq: rec.Seq, End: instant(rec.End)}, nil
}

// instant is a time to the millisecond, as whoever cuts the next ticket there has to give it.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }
