package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

func (f *fsck) registries(ctx context.Context) (err error) {
	rows, err := f.store.db.QueryContext(ctx, "SELECT organisation, number, signed, log_index FROM registries ORDER BY rowid")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	verified, unknown := map[string]bool{}, []func(){}
	for rows.Next() {
		var organisation string
		var number, index uint64
		var signed []byte
		if err := rows.Scan(&organisation, &number, &signed, &index); err != nil {
			return err
		}
		where := fmt.Sprintf("registry %d of %s", number, organisation)
		r, err := registry.Open(signed, f.trust.Organisation)
		if k := (*registry.KeyError)(nil); errors.As(err, &k) {
			err = nil
			unknown = append(unknown, func() {
				if !verified[k.Organisation] { // else it was replaced, by another key of the organisation
					f.report(where, k)
				}
			})
		} else if err == nil {
			verified[organisation] = true
			f.cloud = f.cloud || slices.ContainsFunc(r.Entries, func(e registry.Entry) bool { return e.Role == registry.Cloud })
			err = f.keys.Add(r)
		}
		if r != nil && err == nil && (r.Organisation != organisation || r.Number != number) {
			err = fmt.Errorf("it says that it is number %d of %s", r.Number, r.Organisation)
		}
		f.report(where, err)
		f.report(where, f.logged(ctx, index, signed))
	}
	for _, judge := range unknown {
		judge()
	}
	return rows.Err()
}

// papers checks signatures and places in the ledger. What the papers say is for the books.
func (f *fsck) papers(ctx context.Context) error {
	papers, err := f.store.Papers(ctx)
	if err != nil {
		return err
	}
	for _, p := range papers {
		where := fmt.Sprintf("document %d", p.Position)
		f.report(where, f.paper(ctx, p))
		if p.Index != nil {
			f.report(where, f.logged(ctx, *p.Index, p.Signed))
		}
	}
	return nil
}

func (f *fsck) paper(ctx context.Context, p Paper) error {
	if _, err := f.store.Paper(ctx, ticket.Hash(p.Signed)); err != nil {
		return fmt.Errorf("by the hash of its bytes: %w", err)
	}
	if p.Thing == ticket.ReportThing {
		r, err := ticket.OpenReport(p.Signed, f.keys)
		if err == nil {
			f.reports[r.Hash()] = r
		}
		return err
	}
	m, err := cose.Parse(p.Signed, p.Thing)
	if err != nil {
		return err
	}
	h, err := f.keys.Lookup(m.Header.Kid, registry.Party)
	if err != nil {
		return err
	}
	return m.Verify(h.Key)
}

func (f *fsck) tickets(ctx context.Context) (err error) {
	rows, err := f.store.db.QueryContext(ctx, "SELECT id, version, hash, signed FROM tickets ORDER BY id, version")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		var version uint64
		var hash, signed []byte
		if err := rows.Scan(&id, &version, &hash, &signed); err != nil {
			return err
		}
		f.report(fmt.Sprintf("ticket %s version %d", id, version), f.ticket(ctx, id, version, hash, signed))
	}
	return rows.Err()
}

func (f *fsck) ticket(ctx context.Context, id string, version uint64, hash, b []byte) error {
	var signed ticket.Signed
	if err := cose.Unmarshal(b, &signed); err != nil {
		return err
	}
	t, err := signed.Open(f.keys)
	if err != nil {
		return err
	}
	if h := ticket.Hash(signed.Ticket); t.ID != id || t.Version != version || string(h[:]) != string(hash) {
		return fmt.Errorf("it says that it is version %d of ticket %s", t.Version, t.ID)
	}
	return f.store.CheckTicket(ctx, t, f.reports)
}

// CheckTicket recuts a ticket from the store's records and the reports given by hash.
func (s *Store) CheckTicket(ctx context.Context, t *ticket.Ticket, reports map[record.Hash]*ticket.SignedReport) error {
	closing, err := s.Record(ctx, t.Device, t.Point, t.Last)
	if err != nil {
		return fmt.Errorf("closing record: %w", err)
	}
	var opening *record.Record
	if t.First > 0 {
		if opening, err = s.Record(ctx, t.Device, t.Point, t.First-1); err != nil {
			return fmt.Errorf("opening record: %w", err)
		}
	}
	var report *ticket.SignedReport
	if t.SW != nil {
		if report = reports[t.SW.Report]; report == nil {
			return fmt.Errorf("its laboratory report is not in the store")
		}
	}
	return t.Check(opening, closing, report)
}
