// Package store keeps what the cloud has verified in SQLite (WAL, synchronous=FULL): registries, statements, records, tickets
// and documents. It checks nothing that its callers have not checked, but for one thing: Fsck verifies all of it again.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNoSpace reports a full disk, or a full database when its pages are limited. Nothing of the transaction was kept.
var ErrNoSpace = errors.New("no space left for the store: free space on its disk, nothing was lost")

// ErrNotFound reports that the store holds no such thing.
var ErrNotFound = errors.New("not in the store")

const schemaVersion = 2

const schema = `
CREATE TABLE registries (
	organisation TEXT NOT NULL, number INTEGER NOT NULL, signed BLOB NOT NULL, log_index INTEGER,
	PRIMARY KEY (organisation, number)) STRICT;
CREATE TABLE statements (
	device BLOB NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, signed BLOB NOT NULL,
	refused INTEGER NOT NULL, log_index INTEGER, reply BLOB, receipt BLOB,
	PRIMARY KEY (device, number)) STRICT;
CREATE TABLE records (
	device BLOB NOT NULL, point TEXT NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL, ends INTEGER NOT NULL,
	interval INTEGER NOT NULL, leaf BLOB NOT NULL, signature BLOB,
	PRIMARY KEY (device, point, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_end ON records (point, ends, seq);
CREATE TABLE tickets (
	id TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, signed BLOB NOT NULL,
	PRIMARY KEY (id, version)) STRICT;
CREATE TABLE documents (
	position INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, thing TEXT NOT NULL, signed BLOB NOT NULL, log_index INTEGER) STRICT;
` + secondTables

// secondTables are what version 2 has beyond version 1.
const secondTables = `
CREATE TABLE arrivals (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, hash BLOB NOT NULL, chain BLOB NOT NULL) STRICT;
CREATE TABLE refusals (position INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, hash BLOB NOT NULL, reason TEXT NOT NULL) STRICT;
`

// Store is safe for concurrent use; writes are serialised.
type Store struct {
	db   *sql.DB
	path string
}

// Options of Open.
type Options struct {
	// MaxPages limits the database's size in pages of 4096 bytes; 0 is SQLite's own limit.
	MaxPages int
}

// Open opens or creates the store in a directory.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	path := filepath.Join(dir, "gauger.db")
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "trusted_schema(OFF)",
	}}
	if o.MaxPages > 0 {
		q.Add("_pragma", fmt.Sprintf("max_page_count(%d)", o.MaxPages))
	}
	db, err := sql.Open("sqlite", "file:"+path+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db.SetMaxOpenConns(4)
	s := &Store{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *Store) migrate(ctx context.Context) error {
	setVersion := fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)
	return s.update(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		switch version {
		case schemaVersion:
			return nil
		case 0:
			_, err := tx.ExecContext(ctx, schema+setVersion)
			return err
		case 1:
			if _, err := tx.ExecContext(ctx, secondTables+setVersion); err != nil {
				return err
			}
			return noteArrivals(ctx, tx)
		}
		return fmt.Errorf("its schema has version %d, this program knows %d: use a newer program", version, schemaVersion)
	})
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// update runs f in a transaction that is durable when update returns nil.
func (s *Store) update(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := f(tx); err != nil {
		return errors.Join(explain(err), tx.Rollback())
	}
	return explain(tx.Commit())
}

// explain turns SQLite's codes into this package's errors.
func explain(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_FULL {
		return fmt.Errorf("%w (%w)", ErrNoSpace, err)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// column scans the single blob column of each row.
func (s *Store) column(ctx context.Context, query string, args ...any) ([][]byte, error) {
	return column(ctx, s.db, query, args...)
}

func column(ctx context.Context, from interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string, args ...any) (out [][]byte, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}
