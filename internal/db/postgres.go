// SPDX-License-Identifier: Apache-2.0

package db

import (
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tenday/tenday/internal/fault"
)

func (d *DB) openPostgres(cfg Config) error {
	d.Engine = Postgres
	config, err := pgx.ParseConfig(cfg.DSN)
	if err != nil { // the text of err holds the address, and so the password: it does not travel
		return fault.New(fault.Invalid, "db.bad_address")
	}
	if cfg.KeyFile != "" {
		return fault.New(fault.Invalid, "db.key_is_sqlite")
	}
	// The isolation levels are named here, whatever the server's default is: a default of serializable brings errors that no
	// caller retries.
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(2 * readers)
	db.SetMaxIdleConns(readers)
	d.writer = pool{db: db, opts: &sql.TxOptions{Isolation: sql.LevelReadCommitted, ReadOnly: cfg.ReadOnly}}
	rdb := stdlib.OpenDB(*config)
	rdb.SetMaxOpenConns(2 * readers)
	rdb.SetMaxIdleConns(readers)
	d.reader = pool{db: rdb, opts: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}}
	return nil
}

// RedactDSN returns dsn without its password, for messages.
func RedactDSN(dsn string) string {
	if !IsPostgres(dsn) {
		return dsn
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "postgres://(unreadable)"
	}
	return fmt.Sprintf("postgres://%s@%s:%d/%s", config.User, config.Host, config.Port, config.Database)
}
