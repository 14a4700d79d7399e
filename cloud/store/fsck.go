package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/evidence/wire"
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
	cloud    bool // a registry lists the keys of clouds
	reports  map[record.Hash]*ticket.SignedReport
	entry    func(context.Context, uint64) ([]byte, error)
	findings []Finding
}

// Fsck verifies everything in the store as if it came from strangers: registries against the trust file, the database's own
// structure, signatures, chains, roots, volumes, receipts, papers, tickets, the order in which they arrived, the columns that repeat what was signed, and that the
// ledger holds each entry where the store says. Replies are held against their statements, and their signatures verified if the
// registries list any cloud's key. It returns what it finds; an error means that it could not go on looking.
func (s *Store) Fsck(ctx context.Context, trust proof.Trust, entry func(context.Context, uint64) ([]byte, error)) ([]Finding, error) {
	f := &fsck{store: s, trust: trust, keys: &registry.Directory{}, reports: map[record.Hash]*ticket.SignedReport{}, entry: entry}
	for _, step := range []func(context.Context) error{f.database, f.registries, f.devices, f.orphans, f.papers, f.tickets, f.arrivals} {
		if err := step(ctx); err != nil {
			return f.findings, err
		}
	}
	return f.findings, nil
}

func (f *fsck) report(where string, err error) {
	if err != nil && len(f.findings) < maxFindings {
		f.findings = append(f.findings, Finding{Where: where, What: err.Error()})
	}
}

func (f *fsck) database(ctx context.Context) error {
	var result string
	if err := f.store.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&result); err != nil {
		result = err.Error()
	}
	if result != "ok" {
		f.report("database "+f.store.path, errors.New(result))
	}
	return ctx.Err()
}

// logged checks that the ledger holds an entry where the store says.
func (f *fsck) logged(ctx context.Context, index uint64, signed []byte) error {
	entry, err := f.entry(ctx, index)
	if err != nil {
		return fmt.Errorf("ledger entry %d: %w", index, err)
	}
	if !bytes.Equal(entry, signed) {
		return fmt.Errorf("ledger entry %d is something else", index)
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
	for first := uint64(0); ; {
		statements, err := f.store.statements(ctx, statementColumns+"WHERE device = ? AND number >= ? ORDER BY number LIMIT ?", kid[:], first, page)
		if err != nil || len(statements) == 0 {
			return err
		}
		for _, st := range statements {
			where := fmt.Sprintf("statement %d of device %s", st.Number, kid)
			first = st.Number + 1
			s, err := openStatement(st, holder, &sequence)
			if err != nil {
				f.report(where, err)
				sequence = statement.Sequence{Next: first, Hash: statement.Hash(st.Signed)}
				continue
			}
			if err := f.statement(ctx, where, st, s, holder.Key, chains); err != nil {
				return err
			}
		}
	}
}

// openStatement verifies the signed bytes of a statement and its place in the sequence.
func openStatement(st Statement, holder registry.Holder, sequence *statement.Sequence) (*statement.Statement, error) {
	s, m, err := statement.Parse(st.Signed)
	if err != nil {
		return nil, err
	}
	if err := m.Verify(holder.Key); err != nil {
		return nil, err
	}
	if s.Number != st.Number || m.Header.Claims.Issuer != holder.Organisation {
		return nil, fmt.Errorf("it says that it is statement %d of a device of %s", s.Number, m.Header.Claims.Issuer)
	}
	return s, sequence.Append(s, st.Signed)
}

func (f *fsck) statement(ctx context.Context, where string, st Statement, s *statement.Statement, key cose.Key, chains map[string]*record.Chain) error {
	if hash := statement.Hash(st.Signed); f.store.db.QueryRowContext(ctx, "SELECT number FROM statements WHERE hash = ?", hash[:]).Scan(new(uint64)) != nil {
		f.report(where, errors.New("it is not found by its hash"))
	}
	f.report(where+", its reply", f.reply(st))
	if st.Refused {
		return nil
	}
	if st.Receipt != nil {
		r, err := proof.ParseReceipt(st.Receipt)
		if err == nil {
			_, err = r.Verify(st.Signed, f.trust)
		}
		f.report(where+", its receipt", err)
	}
	if st.Index != nil {
		f.report(where, f.logged(ctx, *st.Index, st.Signed))
	} else if st.Receipt != nil {
		f.report(where, errors.New("it has a receipt, but no place in the ledger"))
	}
	return f.leaves(ctx, where, s, key, chains)
}

// reply holds a reply against its statement.
func (f *fsck) reply(st Statement) error {
	if st.Reply == nil {
		if st.Refused || st.Receipt != nil {
			return errors.New("it is missing, although the statement is settled")
		}
		return nil
	}
	m, err := cose.Parse(st.Reply, wire.ReplyThing)
	if err != nil {
		return err
	}
	var r wire.Reply
	if err := cose.Unmarshal(m.Payload, &r); err != nil {
		return err
	}
	if r.Device != st.Device || r.Statement != statement.Hash(st.Signed) || (r.Refusal != nil) != st.Refused || !bytes.Equal(r.Receipt, st.Receipt) {
		return errors.New("it says something else than the store does about this statement")
	}
	if !f.cloud {
		return nil
	}
	h, err := f.keys.Lookup(m.Header.Kid, registry.Cloud)
	if err != nil {
		return err
	}
	return m.Verify(h.Key)
}

// row is a record as it is stored.
type row struct {
	leaf, signature []byte
	number          uint64
	ends            int64
	interval        bool
}

// leaves checks the records of one statement. Where all fit together and yet not to the root, one was altered that no later record
// vouches for: the last of a run.
func (f *fsck) leaves(ctx context.Context, where string, s *statement.Statement, key cose.Key, chains map[string]*record.Chain) error {
	before := len(f.findings)
	var leaves [][]byte
	var unsigned []string
	ends := ""
	for _, run := range s.Runs {
		chain := chains[run.Point]
		if chain == nil {
			chain = &record.Chain{}
			chains[run.Point] = chain
		}
		for seq := run.First; ; seq++ {
			place := fmt.Sprintf("%s seq %d", run.Point, seq)
			r, err := f.row(ctx, s.Device, run.Point, seq)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				err = r.check(chain, s.Number, key)
			}
			f.report(place, err)
			if r.signature == nil {
				unsigned = append(unsigned, place)
			}
			leaves = append(leaves, r.leaf)
			if seq == run.Last {
				ends += ", " + place
				break
			}
		}
	}
	if root := proof.Root(leaves); root != s.Root && len(f.findings) == before {
		f.report(where+ends, errors.New("its records do not hash to its root"))
	}
	for _, place := range unsigned {
		if len(unsigned) < len(leaves) {
			f.report(place, errors.New("it has no signature, others of its statement have one"))
		}
	}
	return nil
}

func (f *fsck) row(ctx context.Context, device cose.Kid, point string, seq uint64) (r row, err error) {
	err = f.store.db.QueryRowContext(ctx, "SELECT leaf, signature, number, ends, interval FROM records WHERE device = ? AND point = ? AND seq = ?",
		device[:], point, seq).Scan(&r.leaf, &r.signature, &r.number, &r.ends, &r.interval)
	return r, explain(err)
}

// check verifies the record of a row by itself and as the next of its chain, which goes on with it whatever is wrong.
func (r row) check(chain *record.Chain, number uint64, key cose.Key) error {
	if r.signature != nil {
		m, err := cose.Parse(r.signature, record.Thing)
		if err == nil {
			err = m.VerifyDetached(key, r.leaf)
		}
		if err != nil {
			r.follow(chain)
			return err
		}
	}
	rec, err := chain.Append(r.leaf)
	if err != nil {
		r.follow(chain)
		return err
	}
	if r.number != number || r.ends != rec.End || r.interval != (rec.Interval != nil) {
		return fmt.Errorf("its row says statement %d, end at %d ms, interval %t; it is of statement %d and ends at %d ms", r.number, r.ends, r.interval, number, rec.End)
	}
	return nil
}

// follow moves a chain past a record that is wrong, so that the records after it are judged by themselves.
func (r row) follow(chain *record.Chain) {
	if rec, err := record.Decode(r.leaf); err == nil {
		*chain = *record.Resume(rec)
		chain.Extend(rec, r.leaf)
	}
}

// orphans finds records that no accepted statement covers: the walk over the statements passes them by.
func (f *fsck) orphans(ctx context.Context) (err error) {
	rows, err := f.store.db.QueryContext(ctx, "SELECT device, point, seq, number FROM records ORDER BY device, point, seq")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var c cover
	for rows.Next() {
		var device []byte
		var point string
		var seq, number uint64
		if err := rows.Scan(&device, &point, &seq, &number); err != nil {
			return err
		}
		if !c.known || c.number != number || !bytes.Equal(c.device, device) {
			if c, err = f.cover(ctx, device, number); err != nil {
				return err
			}
		}
		if _, covered := c.statement.Index(point, seq); !covered && !c.unreadable {
			f.report(fmt.Sprintf("%s seq %d", point, seq), fmt.Errorf("no accepted statement covers this record of device %x", device))
		}
	}
	return rows.Err()
}

// cover is what an accepted statement covers: nothing when there is none.
type cover struct {
	known      bool
	device     []byte
	number     uint64
	statement  statement.Statement
	unreadable bool // reported already
}

func (f *fsck) cover(ctx context.Context, device []byte, number uint64) (cover, error) {
	c := cover{known: true, device: device, number: number}
	var signed []byte
	err := f.store.db.QueryRowContext(ctx, "SELECT signed FROM statements WHERE device = ? AND number = ? AND NOT refused", device, number).Scan(&signed)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	s, _, err := statement.Parse(signed)
	if err != nil {
		c.unreadable = true
		return c, nil
	}
	c.statement = *s
	return c, nil
}
