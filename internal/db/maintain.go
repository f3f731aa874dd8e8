// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/tenday/tenday/internal/fault"
)

// CopyTo writes a consistent copy of the SQLite database to file, which is absent or empty, while others go on reading and
// writing. The copy of an encrypted database is encrypted by the same key: no plain byte of it reaches the disk.
func (d *DB) CopyTo(ctx context.Context, file string) error {
	abs, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("resolve path of copy: %w", err)
	}
	// Without a vfs of its own the copy would be made by that of the database, which has no key for it and fails.
	to := url.URL{Scheme: "file", Path: abs, RawQuery: "vfs=os"}
	if d.key != "" {
		to.RawQuery = "vfs=adiantum&hexkey=" + d.key
	}
	return d.alone(func(pool *sql.DB) error {
		if _, err := pool.ExecContext(ctx, `VACUUM INTO $1`, to.String()); err != nil {
			return fmt.Errorf("copy database: %w", err)
		}
		return nil
	})
}

// Compact rewrites the database, so that what was deleted is gone from its free pages too: all of it on SQLite, the named
// tables on PostgreSQL. Writers wait meanwhile.
func (d *DB) Compact(ctx context.Context, tables ...string) error {
	if d.Engine == Postgres {
		for _, t := range tables {
			if _, err := d.writer.db.ExecContext(ctx, `VACUUM (FULL, ANALYZE) `+t); err != nil {
				return fmt.Errorf("compact %s: %w", t, err)
			}
		}
		return nil
	}
	return d.alone(func(pool *sql.DB) error {
		for _, stmt := range []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
			if _, err := pool.ExecContext(ctx, stmt); err != nil {
				return fmt.Errorf("compact database: %w", err)
			}
		}
		return nil
	})
}

// Settle folds the write-ahead log of an SQLite database into its file, which can then be moved by itself. cfg is the
// database's. Errors: Conflict when another program has it open.
func Settle(ctx context.Context, cfg Config) error {
	d, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	if err := d.Close(); err != nil { // our own connections would stand in the way as well
		return err
	}
	return d.alone(func(pool *sql.DB) error {
		_, err := pool.ExecContext(ctx, `PRAGMA busy_timeout=500;PRAGMA journal_mode=delete`)
		if errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.BUSY_SNAPSHOT) {
			return &fault.Error{Code: fault.Conflict, Key: "db.in_use", Args: map[string]any{"Path": d.path}, Err: err}
		} else if err != nil {
			return fmt.Errorf("settle database: %w", err)
		}
		return nil
	})
}

// alone runs f on a connection outside the pools: what it does cannot be done within a transaction.
func (d *DB) alone(f func(*sql.DB) error) error {
	pool, err := d.sqlitePool(false)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	return f(pool)
}

// Check looks through the whole SQLite file for damage and for rows that refer to none, and returns the first finding in
// SQLite's words, "" for a sound database. PostgreSQL keeps both by itself: "".
func (d *DB) Check(ctx context.Context) (string, error) {
	if d.Engine == Postgres {
		return "", nil
	}
	return InRead(ctx, d, func(tx *Tx) (string, error) {
		said, err := Strings(ctx, tx, `PRAGMA integrity_check(1)`)
		if errors.Is(err, sqlite3.CORRUPT) || errors.Is(err, sqlite3.NOTADB) {
			return "integrity_check: " + err.Error(), nil
		} else if err != nil {
			return "", fmt.Errorf("check database: %w", err)
		}
		if len(said) != 1 || said[0] != "ok" {
			return "integrity_check: " + strings.Join(said, "; "), nil
		}
		orphans, err := Strings(ctx, tx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`)
		if err != nil {
			return "", fmt.Errorf("check references: %w", err)
		}
		if len(orphans) > 0 {
			return "foreign_key_check: " + orphans[0], nil
		}
		return "", nil
	})
}

// Newest returns the newest migration that this program knows.
func Newest() (Step, error) {
	steps, err := released()
	if err != nil {
		return Step{}, err
	}
	return steps[len(steps)-1], nil
}
