package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// Paper is a signed document of any kind but a ticket.
type Paper struct {
	Position uint64 // order of arrival, from 1
	Thing    string
	Signed   []byte
	Index    *uint64 // in the ledger, for the kinds that go there
}

// AddRegistry stores a verified registry. The same one twice is no error.
func (s *Store) AddRegistry(ctx context.Context, organisation string, number uint64, signed []byte, index uint64) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		return insert(ctx, tx, registries, signed, "INSERT OR IGNORE INTO registries (organisation, number, signed, log_index) VALUES (?, ?, ?, ?)",
			organisation, number, signed, index)
	})
}

// Registries returns every registry in order of arrival: a key that changed hands is given up in one before it is taken up in another.
func (s *Store) Registries(ctx context.Context) ([][]byte, error) {
	return s.column(ctx, "SELECT signed FROM registries ORDER BY rowid")
}

// LastRegistry returns the highest number of the registries that an organisation has handed in, and -1 without any.
func (s *Store) LastRegistry(ctx context.Context, organisation string) (number int64, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT COALESCE(MAX(number), -1) FROM registries WHERE organisation = ?", organisation).Scan(&number)
	return number, err
}

// AddTicket stores a ticket that both parties signed. The same one twice is no error.
func (s *Store) AddTicket(ctx context.Context, t *ticket.Ticket, signed ticket.Signed) error {
	b, err := cose.Marshal(signed)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		hash := ticket.Hash(signed.Ticket)
		return insert(ctx, tx, tickets, b, "INSERT INTO tickets (id, version, hash, signed) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
			t.ID, t.Version, hash[:], b)
	})
}

// Tickets returns every version of every ticket, each after the one before it.
func (s *Store) Tickets(ctx context.Context) ([]ticket.Signed, error) {
	rows, err := s.column(ctx, "SELECT signed FROM tickets ORDER BY id, version")
	if err != nil {
		return nil, err
	}
	out := make([]ticket.Signed, len(rows))
	for i, b := range rows {
		if err := cose.Unmarshal(b, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Ticket returns the newest version of a ticket, or ErrNotFound.
func (s *Store) Ticket(ctx context.Context, id string) (ticket.Signed, error) {
	var b []byte
	var signed ticket.Signed
	if err := s.db.QueryRowContext(ctx, "SELECT signed FROM tickets WHERE id = ? ORDER BY version DESC LIMIT 1", id).Scan(&b); err != nil {
		return signed, explain(err)
	}
	return signed, cose.Unmarshal(b, &signed)
}

// AddPaper stores a verified document; index is its place in the ledger, or nil. The same one twice is no error.
func (s *Store) AddPaper(ctx context.Context, thing string, signed []byte, index *uint64) error {
	return s.AddPapers(ctx, Paper{Thing: thing, Signed: signed, Index: index})
}

// AddPapers stores verified documents in their order, all or none; their positions are given here. Those that are stored already
// stay where they are.
func (s *Store) AddPapers(ctx context.Context, papers ...Paper) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, p := range papers {
			hash := sha256.Sum256(p.Signed)
			if err := insert(ctx, tx, documents, p.Signed, "INSERT OR IGNORE INTO documents (hash, thing, signed, log_index) VALUES (?, ?, ?, ?)",
				hash[:], p.Thing, p.Signed, p.Index); err != nil {
				return err
			}
		}
		return nil
	})
}

// HasTicket reports whether a version of a ticket is stored, by the hash of its bytes.
func (s *Store) HasTicket(ctx context.Context, hash record.Hash) (has bool, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM tickets WHERE hash = ?)", hash[:]).Scan(&has)
	return has, err
}

const paperColumns = "SELECT position, thing, signed, log_index FROM documents "

func scanPaper(row interface{ Scan(...any) error }) (Paper, error) {
	var p Paper
	var index sql.NullInt64
	if err := row.Scan(&p.Position, &p.Thing, &p.Signed, &index); err != nil {
		return p, explain(err)
	}
	if index.Valid {
		i := uint64(index.Int64)
		p.Index = &i
	}
	return p, nil
}

// Papers returns every document in order of arrival.
func (s *Store) Papers(ctx context.Context) (out []Paper, err error) {
	rows, err := s.db.QueryContext(ctx, paperColumns+"ORDER BY position")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scanPaper(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Paper returns the document whose signed bytes have a hash, or ErrNotFound.
func (s *Store) Paper(ctx context.Context, hash record.Hash) (Paper, error) {
	return scanPaper(s.db.QueryRowContext(ctx, paperColumns+"WHERE hash = ?", hash[:]))
}
