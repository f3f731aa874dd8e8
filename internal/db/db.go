// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Engine names the database behind a DB.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open.
type Config struct {
	// DSN is a file path (SQLite, created when absent) or a URL that begins with postgres:// or postgresql://.
	DSN string
	// KeyFile, for SQLite, is a file holding 64 hexadecimal digits; the database is encrypted with them. Empty: plain.
	KeyFile string
	// Clock gives Tx.Now; nil is the machine's clock.
	Clock func() time.Time
	// ReadOnly opens for reading alone: nothing is created, no transaction may write.
	ReadOnly bool
	// Scratch, for SQLite, flushes nothing to the disk: a power cut may leave a torn file. For databases that nobody would miss.
	Scratch bool
}

// DB is an open database: one writer and many readers. Close it when done.
type DB struct {
	Engine Engine

	writer, reader pool
	clock          func() time.Time
	path           string // SQLite: the file
	key            string // SQLite: hexadecimal key, "" when plain
	scratch        bool
	watchers       watchers
}

// Open opens the database of cfg without migrating it; Migrate does. It fails with a *fault.Error when the key does not fit.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{clock: cfg.Clock}
	if d.clock == nil {
		d.clock = time.Now
	}
	var err error
	if IsPostgres(cfg.DSN) {
		err = d.openPostgres(cfg)
	} else {
		err = d.openSQLite(cfg)
	}
	if err == nil {
		err = d.openFault(d.Ping(ctx))
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// IsPostgres tells whether dsn names a PostgreSQL server rather than a file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Now is the campaign's time: the machine's, or the demo's own.
func (d *DB) Now() time.Time { return d.clock() }

// Path is the SQLite file, "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// Encrypted tells whether the SQLite file is encrypted.
func (d *DB) Encrypted() bool { return d.key != "" }

// Close ends all connections. It may be called twice.
func (d *DB) Close() error {
	return errors.Join(d.writer.close(), d.reader.close())
}

// Ping asks both pools for an answer.
func (d *DB) Ping(ctx context.Context) error {
	for _, p := range []*pool{&d.writer, &d.reader} {
		q, end, err := p.begin(ctx)
		if err != nil {
			return fmt.Errorf("ping database: %w", err)
		}
		var one int
		err = q.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
		if err := errors.Join(err, end(false)); err != nil {
			return fmt.Errorf("ping database: %w", err)
		}
	}
	return nil
}
