// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Tx is one transaction. Now is the time at which it began; all that it writes carries that time. A Tx belongs to the
// goroutine that runs it.
type Tx struct {
	Now    time.Time
	Engine Engine

	q       querier
	before  []lastWork
	after   []func()
	touched []string // topics to tell of
}

// querier is what a transaction asks: an *sql.Tx, or an SQLite connection with prepared statements.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// InTx runs f in one writing transaction and commits it if f returns nil, else rolls back. On SQLite writers queue for the
// one writing connection; on PostgreSQL the isolation is read committed.
func InTx[T any](ctx context.Context, d *DB, f func(*Tx) (T, error)) (T, error) {
	return run(ctx, d, &d.writer, f)
}

// InRead runs f in one read-only transaction: everything it reads is of one moment.
func InRead[T any](ctx context.Context, d *DB, f func(*Tx) (T, error)) (T, error) {
	return run(ctx, d, &d.reader, f)
}

// Do is InTx for an f that has no result.
func Do(ctx context.Context, d *DB, f func(*Tx) error) error {
	_, err := InTx(ctx, d, func(tx *Tx) (struct{}, error) { return struct{}{}, f(tx) })
	return err
}

func run[T any](ctx context.Context, d *DB, p *pool, f func(*Tx) (T, error)) (_ T, err error) {
	var none T
	q, end, err := p.begin(ctx)
	if err != nil {
		return none, fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed { // f failed or panicked; its error says more than that of the roll-back
			_ = end(false)
		}
	}()
	tx := &Tx{Now: d.clock(), Engine: d.Engine, q: q}
	result, err := f(tx)
	if err != nil {
		return none, err
	}
	for i := 0; i < len(tx.before); i++ { // one may ask for another
		if err := tx.before[i].do(ctx, tx); err != nil {
			return none, err
		}
	}
	committed = true
	if err := end(true); err != nil {
		return none, fmt.Errorf("commit: %w", err)
	}
	for _, done := range tx.after {
		done()
	}
	d.watchers.tell(tx.touched)
	return result, nil
}

// lastWork is what a transaction does before it ends.
type lastWork struct {
	name string
	do   func(ctx context.Context, tx *Tx) error
}

// BeforeCommit runs do when all else in the transaction is done, once for each name. Its error rolls the transaction back.
func (tx *Tx) BeforeCommit(name string, do func(ctx context.Context, tx *Tx) error) {
	if !slices.ContainsFunc(tx.before, func(w lastWork) bool { return w.name == name }) {
		tx.before = append(tx.before, lastWork{name, do})
	}
}

// AfterCommit runs done once the transaction has been committed, and never if it is not.
func (tx *Tx) AfterCommit(done func()) { tx.after = append(tx.after, done) }

// Exec runs query.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return tx.q.ExecContext(ctx, query, args...)
}

// ExecN runs query and returns how many rows it touched.
func (tx *Tx) ExecN(ctx context.Context, query string, args ...any) (int, error) {
	res, err := tx.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Row returns the first row of query; its Scan answers sql.ErrNoRows if there is none.
func (tx *Tx) Row(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.q.QueryRowContext(ctx, query, args...)
}

// Rows calls scan for each row of query, in the order of the query. There is no way to hold rows open past it, so that one
// prepared statement is never asked twice at once.
func (tx *Tx) Rows(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	if c, ok := tx.q.(*conn); ok {
		if st := c.prepare(ctx, query); st != nil {
			st.busy = true
			defer func() { st.busy = false }()
			return scanAll(func() (*sql.Rows, error) { return st.QueryContext(ctx, args...) }, scan)
		}
		return scanAll(func() (*sql.Rows, error) { return c.c.QueryContext(ctx, query, args...) }, scan)
	}
	return scanAll(func() (*sql.Rows, error) { return tx.q.QueryContext(ctx, query, args...) }, scan)
}

func scanAll(query func() (*sql.Rows, error), scan func(*sql.Rows) error) error {
	rows, err := query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// All returns what scan makes of each row of query, nil for none.
func All[T any](ctx context.Context, tx *Tx, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		one, err := scan(r)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Strings returns the first column of query, read as text.
func Strings(ctx context.Context, tx *Tx, query string, args ...any) ([]string, error) {
	return All(ctx, tx, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }, query, args...)
}

// Found turns the error of a Row's Scan into "is there one": false and nil for sql.ErrNoRows.
func Found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
