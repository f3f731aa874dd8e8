// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// pool hands out transactions. PostgreSQL's are those of database/sql: pgx prepares by itself. SQLite's run on connections of
// our own that keep their prepared statements, because preparing costs SQLite more than most of our reads do, and a statement
// prepared through sql.DB would need a second connection, which the single writer does not have.
type pool struct {
	db    *sql.DB
	opts  *sql.TxOptions
	begun string     // SQLite: how a transaction begins
	conns chan *conn // SQLite: idle connections; nil on PostgreSQL
}

// conn is an SQLite connection with its prepared statements, by text.
type conn struct {
	c     *sql.Conn
	stmts map[string]*statement
}

type statement struct {
	*sql.Stmt
	busy bool // rows of it are being read
}

// maxStatements bounds what one connection keeps: filters make texts of many shapes.
const maxStatements = 300

func newSQLitePool(db *sql.DB, n int, begin string) pool {
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	p := pool{db: db, begun: begin, conns: make(chan *conn, n)}
	for range n {
		p.conns <- &conn{stmts: map[string]*statement{}}
	}
	return p
}

func (p *pool) close() error {
	if p.db == nil {
		return nil
	}
	if p.conns != nil {
		for range cap(p.conns) { // waits for transactions under way
			(<-p.conns).close()
		}
		p.conns = nil
	}
	err := p.db.Close()
	p.db = nil
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// begin starts a transaction and returns whom to ask and how to end it; end must be called once.
func (p *pool) begin(ctx context.Context) (querier, func(commit bool) error, error) {
	if p.db == nil {
		return nil, nil, errors.New("database is closed")
	}
	if p.conns == nil {
		tx, err := p.db.BeginTx(ctx, p.opts)
		if err != nil {
			return nil, nil, err
		}
		return tx, func(commit bool) error {
			if commit {
				return tx.Commit()
			}
			return tx.Rollback()
		}, nil
	}
	var c *conn
	select {
	case c = <-p.conns:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if err := c.open(ctx, p.db); err != nil {
		p.conns <- c
		return nil, nil, err
	}
	if _, err := c.ExecContext(ctx, p.begun); err != nil {
		p.conns <- c
		return nil, nil, err
	}
	return c, func(commit bool) error {
		defer func() { p.conns <- c }()
		end := context.WithoutCancel(ctx) // a caller who has gone must not leave the transaction open
		if commit {
			_, err := c.ExecContext(end, `COMMIT`)
			if err == nil {
				return nil
			}
			_, _ = c.ExecContext(end, `ROLLBACK`)
			return err
		}
		_, err := c.ExecContext(end, `ROLLBACK`)
		return err
	}, nil
}

func (c *conn) open(ctx context.Context, db *sql.DB) error {
	if c.c != nil {
		return nil
	}
	var err error
	c.c, err = db.Conn(ctx)
	return err
}

// close ends the connection, its statements first: SQLite keeps a connection alive as long as one of them is.
func (c *conn) close() {
	for _, st := range c.stmts {
		_ = st.Close()
	}
	if c.c != nil {
		_ = c.c.Close()
	}
}

// prepare returns the statement of query, or nil when it must run unprepared: being read already, or too many are kept.
func (c *conn) prepare(ctx context.Context, query string) *statement {
	if st, ok := c.stmts[query]; ok {
		if st.busy {
			return nil
		}
		return st
	}
	if len(c.stmts) >= maxStatements {
		for text, st := range c.stmts { // forget one, whichever: the hot ones come back
			if !st.busy {
				_ = st.Close()
				delete(c.stmts, text)
				break
			}
		}
	}
	st, err := c.c.PrepareContext(ctx, query)
	if err != nil {
		return nil // running it unprepared tells the error
	}
	c.stmts[query] = &statement{Stmt: st}
	return c.stmts[query]
}

func (c *conn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if st := c.prepare(ctx, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return c.c.ExecContext(ctx, query, args...)
}

func (c *conn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := c.prepare(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return c.c.QueryContext(ctx, query, args...)
}

func (c *conn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := c.prepare(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return c.c.QueryRowContext(ctx, query, args...)
}
