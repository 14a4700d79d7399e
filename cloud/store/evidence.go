package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
)

// Statement is a stored statement and how far it has come.
type Statement struct {
	Device  cose.Kid
	Number  uint64
	Signed  []byte
	Refused bool
	Index   *uint64 // in the ledger, once it is there
	Receipt []byte  // once published
	Reply   []byte  // the final reply, once given
}

// Leaf is a record as it is stored.
type Leaf struct {
	Record    *record.Record
	Leaf      []byte
	Signature []byte // nil when the device signs statements only
}

// AddStatement stores a statement that was verified, with the records it covers, or none and the final reply when it was
// refused. It is durable on return.
func (s *Store) AddStatement(ctx context.Context, st Statement, leaves []Leaf) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		hash := statement.Hash(st.Signed)
		if _, err := tx.ExecContext(ctx, "INSERT INTO statements (device, number, hash, signed, refused, reply) VALUES (?, ?, ?, ?, ?, ?)",
			st.Device[:], st.Number, hash[:], st.Signed, st.Refused, st.Reply); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, "INSERT INTO records (device, point, seq, number, ends, interval, leaf, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		for _, l := range leaves {
			r := l.Record
			if _, err := insert.ExecContext(ctx, r.Device[:], r.Point, r.Seq, st.Number, r.End, r.Interval != nil, l.Leaf, l.Signature); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetIndex notes where the ledger has a statement; ErrNotFound when there is no such statement.
func (s *Store) SetIndex(ctx context.Context, device cose.Kid, number, index uint64) error {
	return s.set(ctx, "UPDATE statements SET log_index = ? WHERE device = ? AND number = ?", index, device[:], number)
}

// SetReceipt stores the receipt of a statement and the reply that carries it; ErrNotFound when there is no such statement.
func (s *Store) SetReceipt(ctx context.Context, device cose.Kid, number uint64, receipt, reply []byte) error {
	return s.set(ctx, "UPDATE statements SET receipt = ?, reply = ? WHERE device = ? AND number = ?", receipt, reply, device[:], number)
}

// set changes one row.
func (s *Store) set(ctx context.Context, query string, args ...any) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, sql.ErrNoRows)
		}
		return nil
	})
}

const statementColumns = "SELECT device, number, signed, refused, log_index, receipt, reply FROM statements "

func scanStatement(row interface{ Scan(...any) error }) (Statement, error) {
	var st Statement
	var device []byte
	var index sql.NullInt64
	err := row.Scan(&device, &st.Number, &st.Signed, &st.Refused, &index, &st.Receipt, &st.Reply)
	if err != nil {
		return st, explain(err)
	}
	if len(device) != len(st.Device) {
		return st, errors.New("device id in the store is damaged")
	}
	copy(st.Device[:], device)
	if index.Valid {
		i := uint64(index.Int64)
		st.Index = &i
	}
	return st, nil
}

// Statement returns one statement, or ErrNotFound.
func (s *Store) Statement(ctx context.Context, device cose.Kid, number uint64) (Statement, error) {
	return scanStatement(s.db.QueryRowContext(ctx, statementColumns+"WHERE device = ? AND number = ?", device[:], number))
}

// Unfinished returns the statements that were stored but not yet answered, in the order in which they came.
func (s *Store) Unfinished(ctx context.Context) ([]Statement, error) {
	return s.statements(ctx, statementColumns+"WHERE reply IS NULL ORDER BY rowid")
}

// Statements returns a device's statements with numbers from first to last.
func (s *Store) Statements(ctx context.Context, device cose.Kid, first, last uint64) ([]Statement, error) {
	return s.statements(ctx, statementColumns+"WHERE device = ? AND number BETWEEN ? AND ? ORDER BY number", device[:], first, last)
}

func (s *Store) statements(ctx context.Context, query string, args ...any) (out []Statement, err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		st, err := scanStatement(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, rows.Err()
}

// Sequence returns where a device's statements stand.
func (s *Store) Sequence(ctx context.Context, device cose.Kid) (statement.Sequence, error) {
	var number uint64
	var signed []byte
	err := s.db.QueryRowContext(ctx, "SELECT number, signed FROM statements WHERE device = ? ORDER BY number DESC LIMIT 1", device[:]).Scan(&number, &signed)
	if errors.Is(err, sql.ErrNoRows) {
		return statement.Sequence{}, nil
	}
	return statement.Sequence{Next: number + 1, Hash: statement.Hash(signed)}, err
}

// Chain returns where the chain of a measuring point stands.
func (s *Store) Chain(ctx context.Context, device cose.Kid, point string) (*record.Chain, error) {
	leaves, err := s.column(ctx, `SELECT leaf FROM records WHERE device = ?1 AND point = ?2 AND seq >= coalesce(
		(SELECT max(seq) FROM records WHERE device = ?1 AND point = ?2 AND interval), 0) ORDER BY seq`, device[:], point)
	if err != nil || len(leaves) == 0 {
		return &record.Chain{}, err
	}
	first, err := record.Decode(leaves[0])
	if err != nil {
		return nil, err
	}
	c := record.Resume(first)
	for _, leaf := range leaves {
		if _, err := c.Append(leaf); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Record returns the record of a point with a sequence number.
func (s *Store) Record(ctx context.Context, device cose.Kid, point string, seq uint64) (*record.Record, error) {
	var leaf []byte
	if err := s.db.QueryRowContext(ctx, "SELECT leaf FROM records WHERE device = ? AND point = ? AND seq = ?", device[:], point, seq).Scan(&leaf); err != nil {
		return nil, explain(err)
	}
	return record.Decode(leaf)
}

// LastInterval returns the newest interval record of a point that ends at or before an instant (ms). Points are unique across
// the devices of one cloud.
func (s *Store) LastInterval(ctx context.Context, point string, at int64) (*record.Record, error) {
	var leaf []byte
	err := s.db.QueryRowContext(ctx, "SELECT leaf FROM records WHERE point = ? AND ends <= ? AND interval ORDER BY ends DESC, seq DESC LIMIT 1", point, at).Scan(&leaf)
	if err != nil {
		return nil, explain(err)
	}
	return record.Decode(leaf)
}

// Batch returns the leaves that a statement covers, in its order.
func (s *Store) Batch(ctx context.Context, st *statement.Statement) ([][]byte, error) {
	var out [][]byte
	for _, run := range st.Runs {
		leaves, err := s.column(ctx, "SELECT leaf FROM records WHERE device = ? AND point = ? AND seq BETWEEN ? AND ? ORDER BY seq",
			st.Device[:], run.Point, run.First, run.Last)
		if err != nil {
			return nil, err
		}
		out = append(out, leaves...)
	}
	return out, nil
}

// recent is how many statements back the newest of the ledger can stand: more than are ever on their way to it at once.
const recent = 4096

// Ledger returns what the store remembers of the ledger: the newest receipt, nil for none, and how many entries it has at least: a paper's
// place was told to whoever brought it, a statement's only by its receipt. The ledger must not be an older copy than that.
func (s *Store) Ledger(ctx context.Context) (receipt []byte, atLeast uint64, err error) {
	const newest = "(SELECT log_index, receipt FROM statements ORDER BY rowid DESC LIMIT ?)"
	err = s.db.QueryRowContext(ctx, `SELECT (SELECT receipt FROM `+newest+` WHERE receipt IS NOT NULL ORDER BY log_index DESC LIMIT 1),
		max(coalesce((SELECT max(log_index) + 1 FROM registries), 0),
		coalesce((SELECT max(log_index) + 1 FROM (SELECT log_index FROM documents ORDER BY position DESC LIMIT ?)), 0))`,
		recent, recent).Scan(&receipt, &atLeast)
	return receipt, atLeast, explain(err)
}

// LedgerEntries gives what the store handed to the ledger to each, in the order of the ledger, each entry once.
func (s *Store) LedgerEntries(ctx context.Context, from uint64, each func(index uint64, entry []byte) error) (err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT log_index, signed FROM (SELECT log_index, signed FROM statements
		UNION ALL SELECT log_index, signed FROM registries UNION ALL SELECT log_index, signed FROM documents)
		WHERE log_index >= ? GROUP BY log_index ORDER BY log_index`, from)
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var index uint64
		var entry []byte
		if err := rows.Scan(&index, &entry); err != nil {
			return explain(err)
		}
		if err := each(index, entry); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}

// StatementOf returns the number of the statement that covers a record.
func (s *Store) StatementOf(ctx context.Context, device cose.Kid, point string, seq uint64) (uint64, error) {
	var number uint64
	err := s.db.QueryRowContext(ctx, "SELECT number FROM records WHERE device = ? AND point = ? AND seq = ?", device[:], point, seq).Scan(&number)
	return number, explain(err)
}

// Counts are the sizes of the store.
type Counts struct {
	Records    uint64 `json:"records"`
	Batches    uint64 `json:"batches"`    // statements of devices that were accepted
	Statements uint64 `json:"statements"` // everything in the ledger
	Tickets    uint64 `json:"tickets"`    // final or provisional, newest versions
}

// Counts returns how much the store holds.
func (s *Store) Counts(ctx context.Context) (c Counts, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM records),
		(SELECT count(*) FROM statements WHERE NOT refused),
		(SELECT count(log_index) FROM statements) + (SELECT count(log_index) FROM registries) + (SELECT count(log_index) FROM documents),
		(SELECT count(DISTINCT id) FROM tickets)`).Scan(&c.Records, &c.Batches, &c.Statements, &c.Tickets)
	return c, err
}

// Gap is a time in which a device was down, as its own signed record says.
type Gap struct {
	Point string `json:"point"`
	Seq   uint64 `json:"seq"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Gaps returns the gaps of all points.
func (s *Store) Gaps(ctx context.Context) ([]Gap, error) {
	leaves, err := s.column(ctx, "SELECT leaf FROM records WHERE NOT interval ORDER BY point, seq")
	if err != nil {
		return nil, err
	}
	gaps := []Gap{}
	for _, leaf := range leaves {
		r, err := record.Decode(leaf)
		if err != nil {
			return nil, err
		}
		if r.Event.Kind == record.GapEvent {
			gaps = append(gaps, Gap{Point: r.Point, Seq: r.Seq, From: r.Event.Old, To: r.Event.New})
		}
	}
	return gaps, nil
}
