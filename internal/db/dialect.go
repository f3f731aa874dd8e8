// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
)

// IsUnique tells whether err says that a row with that key is there already.
func IsUnique(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	return errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY)
}

// Args collects the parameters of a query that is put together: Add returns the next placeholder, so that they stand in
// ascending order as long as the text is written in the order of the calls.
type Args []any

// Add appends v and returns its placeholder, "$3".
func (a *Args) Add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// In returns "($4, $5, $6)" for the values, which must not be empty.
func (a *Args) In(values []string) string {
	var b strings.Builder
	for i, v := range values {
		b.WriteString([]string{"(", ", "}[min(i, 1)])
		b.WriteString(a.Add(v))
	}
	return b.String() + ")"
}

// insertWidth is how many parameters one INSERT carries at the most: below SQLite's 32,766, PostgreSQL's 65,535, and small
// enough that the text is prepared once and reused.
const insertWidth = 800

// Insert adds rows to table, many to a statement. Each row has a value for each column.
func (tx *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	per := max(1, insertWidth/len(columns))
	args := make([]any, 0, per*len(columns))
	for len(rows) > 0 {
		n := min(per, len(rows))
		if n < per && n > 8 { // few text shapes, so that they stay prepared: full, then eights, then ones
			n = 8
		} else if n < 8 {
			n = 1
		}
		args = args[:0]
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := tx.Exec(ctx, insertText(table, columns, n), args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

func insertText(table string, columns []string, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	p := 0
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range columns {
			p++
			b.WriteString([]string{"(", ", "}[min(j, 1)] + "$" + strconv.Itoa(p))
		}
		b.WriteString(")")
	}
	return b.String()
}

// Prefix returns the smallest text above every text that begins with s, for `x >= s AND x < Prefix(s)`: LIKE folds case on
// one engine and not on the other. "" when there is none.
func Prefix(s string) string {
	r := []rune(s)
	for len(r) > 0 {
		last := len(r) - 1
		if r[last] < 0x10FFFF {
			r[last]++
			if r[last] == 0xD800 { // skip the surrogates
				r[last] = 0xE000
			}
			return string(r)
		}
		r = r[:last]
	}
	return ""
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// Ascending returns an error when the placeholders of query do not first appear as $1, $2, …: the SQLite driver binds them by
// order of appearance, so another order gives wrong rows and no error.
func Ascending(query string) error {
	seen := 0
	for _, m := range placeholder.FindAllStringSubmatch(query, -1) {
		n, err := strconv.Atoi(m[1])
		switch {
		case err != nil || n == 0 || n > seen+1:
			return fmt.Errorf("placeholder %s comes before $%d in %q", m[0], seen+1, query)
		case n == seen+1:
			seen = n
		}
	}
	return nil
}

// Lock makes writers that name the same lock queue until the end of the transaction. SQLite has one writer anyway.
func (tx *Tx) Lock(ctx context.Context, name string) error {
	if tx.Engine == SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, name)
	return err
}

// Share makes a writer wait for one that holds the Lock of that name, and that one for it, until the end of the transaction: those that share do not wait for one another.
func (tx *Tx) Share(ctx context.Context, name string) error {
	if tx.Engine == SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))`, name)
	return err
}
