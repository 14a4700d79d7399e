package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/gauger/gauger/evidence/record"
)

// maxRefusals is how many refusals are kept, the newest; maxReason bounds the text of one, in bytes.
const (
	maxRefusals = 1_000
	maxReason   = 1_000
)

// Refusal is a paper that was not taken in. Refused statements of devices are not among them: they keep their numbers, and stand
// with the others.
type Refusal struct {
	At     string      `json:"at"`     // RFC 3339, by the clock of the machine
	Kind   string      `json:"kind"`   // what it was handed in as: "registries", "tickets", "documents", "document-sets"
	Hash   record.Hash `json:"hash"`   // SHA-256 of what was handed in
	Reason string      `json:"reason"` // as it was answered
}

// AddRefusal notes that something was not taken in. Of more than a thousand the oldest are forgotten.
func (s *Store) AddRefusal(ctx context.Context, r Refusal) error {
	if len(r.Reason) > maxReason {
		r.Reason = r.Reason[:maxReason]
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO refusals (at, kind, hash, reason) VALUES (?, ?, ?, ?)", r.At, r.Kind, r.Hash[:], r.Reason)
		if err != nil {
			return err
		}
		newest, err := done.LastInsertId()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM refusals WHERE position <= ?", newest-maxRefusals)
		return err
	})
}

// Refusals returns what was not taken in, the newest first.
func (s *Store) Refusals(ctx context.Context) (out []Refusal, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT at, kind, hash, reason FROM refusals ORDER BY position DESC")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Refusal
		var hash []byte
		if err := rows.Scan(&r.At, &r.Kind, &hash, &r.Reason); err != nil {
			return nil, err
		}
		copy(r.Hash[:], hash)
		out = append(out, r)
	}
	return out, rows.Err()
}

// Refused returns the refusal of a body at an instant.
func Refused(at time.Time, kind string, hash record.Hash, reason error) Refusal {
	return Refusal{at.UTC().Format(time.RFC3339), kind, hash, reason.Error()}
}
