package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
)

// Finding is something in the store that is not as it was verified.
type Finding struct {
	Where string // "statement 12 of device ab12...", "LACT-1 seq 99"
	What  string
}

// String prints place and finding.
func (f Finding) String() string { return f.Where + ": " + f.What }

// maxFindings bounds what one Fsck reports.
const maxFindings = 1_000

// fsck is one run of Fsck.
type fsck struct {
	store    *Store
	trust    proof.Trust
	keys     *registry.Directory
	entry    func(context.Context, uint64) ([]byte, error)
	findings []Finding
}

// Fsck verifies everything in the store as if it came from strangers: registries against the trust file, the database's own
// structure, signatures, chains, roots, volumes, receipts, tickets, and that the ledger holds each statement where the store
// says. It returns what it finds; an error means that it could not go on looking.
func (s *Store) Fsck(ctx context.Context, trust proof.Trust, entry func(context.Context, uint64) ([]byte, error)) ([]Finding, error) {
	f := &fsck{store: s, trust: trust, keys: &registry.Directory{}, entry: entry}
	for _, step := range []func(context.Context) error{f.database, f.registries, f.devices, f.orphans, f.tickets} {
		if err := step(ctx); err != nil {
			return f.findings, err
		}
	}
	return f.findings, nil
}

func (f *fsck) report(where string, err error) {
	if len(f.findings) < maxFindings {
		f.findings = append(f.findings, Finding{Where: where, What: err.Error()})
	}
}

func (f *fsck) database(ctx context.Context) error {
	var result string
	if err := f.store.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		f.report("database "+f.store.path, fmt.Errorf("%s", result))
	}
	return nil
}

func (f *fsck) registries(ctx context.Context) error {
	all, err := f.store.Registries(ctx)
	if err != nil {
		return err
	}
	for i, signed := range all {
		r, err := registry.Open(signed, f.trust.Organisation)
		if err == nil {
			err = f.keys.Add(r)
		}
		if err != nil {
			f.report(fmt.Sprintf("registry %d", i), err)
		}
	}
	return nil
}

func (f *fsck) devices(ctx context.Context) error {
	kids, err := f.store.column(ctx, "SELECT DISTINCT device FROM statements ORDER BY device")
	if err != nil {
		return err
	}
	for _, b := range kids {
		if len(b) != len(cose.Kid{}) {
			f.report(fmt.Sprintf("device %x", b), fmt.Errorf("its id has %d bytes", len(b)))
			continue
		}
		if err := f.device(ctx, cose.Kid(b)); err != nil {
			return err
		}
	}
	return nil
}

// device walks the statements of one device page by page.
func (f *fsck) device(ctx context.Context, kid cose.Kid) error {
	const page = 256
	holder, err := f.keys.Lookup(kid, registry.Device)
	if err != nil {
		f.report("device "+kid.String(), err)
		return nil
	}
	var sequence statement.Sequence
	chains := map[string]*record.Chain{}
	for first := uint64(0); ; first += page {
		statements, err := f.store.Statements(ctx, kid, first, first+page-1)
		if err != nil || len(statements) == 0 {
			return err
		}
		for _, st := range statements {
			where := fmt.Sprintf("statement %d of device %s", st.Number, kid)
			s, m, err := statement.Parse(st.Signed)
			if err == nil {
				err = m.Verify(holder.Key)
			}
			if err == nil {
				err = sequence.Append(s, st.Signed)
			}
			if err != nil {
				f.report(where, err)
				sequence = statement.Sequence{Next: st.Number + 1, Hash: statement.Hash(st.Signed)}
				continue
			}
			if err := f.statement(ctx, where, st, s, holder.Key, chains); err != nil {
				return err
			}
		}
	}
}

func (f *fsck) statement(ctx context.Context, where string, st Statement, s *statement.Statement, key cose.Key, chains map[string]*record.Chain) error {
	if st.Refused {
		return nil
	}
	if st.Receipt != nil {
		r, err := proof.ParseReceipt(st.Receipt)
		if err == nil {
			_, err = r.Verify(st.Signed, f.trust)
		}
		if err != nil {
			f.report(where+", its receipt", err)
		}
	}
	if st.Index != nil {
		if entry, err := f.entry(ctx, *st.Index); err != nil {
			f.report(where, fmt.Errorf("ledger entry %d: %w", *st.Index, err))
		} else if !bytes.Equal(entry, st.Signed) {
			f.report(where, fmt.Errorf("ledger entry %d is something else", *st.Index))
		}
	}
	return f.leaves(ctx, where, s, key, chains)
}

// leaves checks the records of one statement, and names the first that is wrong.
func (f *fsck) leaves(ctx context.Context, where string, s *statement.Statement, key cose.Key, chains map[string]*record.Chain) error {
	before := len(f.findings)
	var leaves [][]byte
	for _, run := range s.Runs {
		chain := chains[run.Point]
		if chain == nil {
			chain = &record.Chain{}
			chains[run.Point] = chain
		}
		for seq := run.First; ; seq++ {
			place := fmt.Sprintf("%s seq %d", run.Point, seq)
			var leaf, signature []byte
			err := explain(f.store.db.QueryRowContext(ctx, "SELECT leaf, signature FROM records WHERE device = ? AND point = ? AND seq = ?",
				s.Device[:], run.Point, seq).Scan(&leaf, &signature))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				err = checkLeaf(chain, leaf, signature, key)
			}
			if err != nil {
				f.report(place, err)
				if r, bad := record.Decode(leaf); bad == nil {
					*chain = *record.Resume(r)
					chain.Extend(r, leaf)
				}
			}
			leaves = append(leaves, leaf)
			if seq == run.Last {
				break
			}
		}
	}
	if root := proof.Root(leaves); root != s.Root && len(f.findings) == before {
		f.report(where, fmt.Errorf("its records do not hash to its root"))
	}
	return nil
}

func checkLeaf(chain *record.Chain, leaf, signature []byte, key cose.Key) error {
	if signature != nil {
		m, err := cose.Parse(signature, record.Thing)
		if err != nil {
			return err
		}
		if err := m.VerifyDetached(key, leaf); err != nil {
			return err
		}
	}
	_, err := chain.Append(leaf)
	return err
}

// orphans finds records that no accepted statement covers: the walk over the statements would pass them by.
func (f *fsck) orphans(ctx context.Context) error {
	var stored, covered int
	if err := f.store.db.QueryRowContext(ctx, "SELECT count(*) FROM records").Scan(&stored); err != nil {
		return err
	}
	signed, err := f.store.column(ctx, "SELECT signed FROM statements WHERE NOT refused")
	if err != nil {
		return err
	}
	for _, b := range signed {
		if s, _, err := statement.Parse(b); err == nil {
			covered += s.Records()
		}
	}
	if stored != covered {
		f.report("records", fmt.Errorf("the store holds %d, its statements cover %d", stored, covered))
	}
	return nil
}

func (f *fsck) tickets(ctx context.Context) error {
	all, err := f.store.Tickets(ctx)
	if err != nil {
		return err
	}
	papers, err := f.store.Papers(ctx)
	if err != nil {
		return err
	}
	reports := map[record.Hash]*ticket.SignedReport{}
	for _, p := range papers {
		if p.Thing != ticket.ReportThing {
			continue
		}
		r, err := ticket.OpenReport(p.Signed, f.keys)
		if err != nil {
			f.report(fmt.Sprintf("document %d", p.Position), err)
			continue
		}
		reports[r.Hash()] = r
	}
	for i, signed := range all {
		t, err := signed.Open(f.keys)
		if err != nil {
			f.report(fmt.Sprintf("ticket row %d", i), err)
			continue
		}
		if err := f.store.CheckTicket(ctx, t, reports); err != nil {
			f.report("ticket "+t.ID, err)
		}
	}
	return nil
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
