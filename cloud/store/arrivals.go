package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"github.com/gauger/gauger/evidence/record"
)

// Head is how far the papers have come: registries, tickets and documents in one order of arrival. Two stores with the same head
// have taken in the same papers, in the same order.
type Head struct {
	Position uint64      // how many, of all kinds
	Chain    record.Hash // zero for none; each arrival makes SHA-256(chain before || kind || 0x00 || SHA-256(signed))
}

// The kinds of arrivals. They name the tables.
const (
	registries = "registries"
	tickets    = "tickets"
	documents  = "documents"
)

// next returns the head after one more arrival.
func (h Head) next(kind string, hash record.Hash) Head {
	b := append(h.Chain[:], kind...)
	b = append(b, 0)
	return Head{h.Position + 1, sha256.Sum256(append(b, hash[:]...))}
}

// Head returns how far the papers have come.
func (s *Store) Head(ctx context.Context) (Head, error) { return scanHead(ctx, s.db) }

func scanHead(ctx context.Context, from interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (h Head, err error) {
	var chain []byte
	err = from.QueryRowContext(ctx, "SELECT position, chain FROM arrivals ORDER BY position DESC LIMIT 1").Scan(&h.Position, &chain)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Head{}, nil
	case err == nil && len(chain) != len(h.Chain):
		err = fmt.Errorf("the chain of arrival %d in the store is damaged", h.Position)
	}
	copy(h.Chain[:], chain)
	return h, err
}

// insert runs a statement that stores one paper, and notes its arrival unless the paper was there.
func insert(ctx context.Context, tx *sql.Tx, kind string, signed []byte, query string, args ...any) error {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return arrive(ctx, tx, kind, signed)
}

func arrive(ctx context.Context, tx *sql.Tx, kind string, signed []byte) error {
	h, err := scanHead(ctx, tx)
	if err != nil {
		return err
	}
	hash := record.Hash(sha256.Sum256(signed))
	h = h.next(kind, hash)
	_, err = tx.ExecContext(ctx, "INSERT INTO arrivals (position, kind, hash, chain) VALUES (?, ?, ?, ?)", h.Position, kind, hash[:], h.Chain[:])
	return err
}

// inOrder are the papers of each kind in order of arrival, as far as it is known of those that came before arrivals were noted.
var inOrder = []struct{ kind, query string }{
	{registries, "SELECT signed FROM registries ORDER BY rowid"},
	{tickets, "SELECT signed FROM tickets ORDER BY rowid"},
	{documents, "SELECT signed FROM documents ORDER BY position"},
}

// noteArrivals makes the arrivals of a store that has noted none.
func noteArrivals(ctx context.Context, tx *sql.Tx) error {
	for _, o := range inOrder {
		all, err := column(ctx, tx, o.query)
		if err != nil {
			return err
		}
		for _, signed := range all {
			if err := arrive(ctx, tx, o.kind, signed); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrivals checks the chain, and that just what it names is in the store.
func (f *fsck) arrivals(ctx context.Context) error {
	stored := map[string]map[record.Hash]bool{}
	for _, o := range inOrder {
		stored[o.kind] = map[record.Hash]bool{}
		all, err := f.store.column(ctx, o.query)
		if err != nil {
			return err
		}
		for _, signed := range all {
			stored[o.kind][sha256.Sum256(signed)] = true
		}
	}
	rows, err := f.store.db.QueryContext(ctx, "SELECT position, kind, hash, chain FROM arrivals ORDER BY position")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var head Head
	for rows.Next() {
		var position uint64
		var kind string
		var hash, chain []byte
		if err := rows.Scan(&position, &kind, &hash, &chain); err != nil {
			return err
		}
		where := fmt.Sprintf("arrival %d", position)
		if len(hash) != len(record.Hash{}) || len(chain) != len(record.Hash{}) {
			f.report(where, errors.New("its hash or chain is damaged"))
			continue
		}
		head = head.next(kind, record.Hash(hash))
		if head.Position != position || !bytes.Equal(head.Chain[:], chain) {
			f.report(where, errors.New("it does not follow the one before it: papers were taken out, put in or exchanged"))
			head = Head{position, record.Hash(chain)}
		}
		if !stored[kind][record.Hash(hash)] {
			f.report(where, fmt.Errorf("what arrived is not among the %s, or it was altered", kind))
		}
		delete(stored[kind], record.Hash(hash))
	}
	for _, o := range inOrder {
		if n := len(stored[o.kind]); n > 0 {
			f.report("arrivals", fmt.Errorf("%d of the %s never arrived", n, o.kind))
		}
	}
	return rows.Err()
}
