// SPDX-License-Identifier: Apache-2.0

// Package dbtest opens fresh, migrated databases for tests: SQLite always, PostgreSQL when TENDAY_TEST_PG holds the address
// of a server where databases and schemas may be made.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/tenday/tenday/internal/db"
)

// Clock is a clock that tests move. The zero value stands at 2025-10-31 21:00 UTC. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		c.now = time.Date(2025, time.October, 31, 21, 0, 0, 0, time.UTC)
	}
	return c.now
}

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock on by d.
func (c *Clock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

// Each runs f on a fresh database of every engine, as subtests "sqlite" and "postgres".
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t, nil))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t, nil))
	})
}

// EachTimed is Each with a clock that f moves, one for each database.
func EachTimed(t *testing.T, f func(t *testing.T, d *db.DB, clock *Clock)) {
	t.Helper()
	for name, fresh := range map[string]func(testing.TB, *Clock) *db.DB{"sqlite": SQLite, "postgres": Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := new(Clock)
			f(t, fresh(t, clock), clock)
		})
	}
}

// SQLite returns a fresh, migrated database in a file of t's own, which nothing flushes to the disk. clock may be nil.
func SQLite(t testing.TB, clock *Clock) *db.DB {
	t.Helper()
	m, err := sqlite()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tenday.db")
	if err := os.WriteFile(path, m.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, db.Config{DSN: path, Scratch: true}, clock)
}

// Postgres returns a fresh, migrated database on the server of TENDAY_TEST_PG, dropped at the end; it skips t without one.
func Postgres(t testing.TB, clock *Clock) *db.DB {
	t.Helper()
	admin := postgres(t)
	name := "t_" + strings.ToLower(rand.Text())
	dsn, err := fromTemplate(t.Context(), admin, name)
	if err != nil {
		t.Fatal(err)
	}
	drop(t, admin, `DROP DATABASE `+name+` WITH (FORCE)`)
	return open(t, db.Config{DSN: dsn}, clock)
}

// PostgresDSN returns the address of a fresh, empty schema.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	admin := postgres(t)
	schema := "t_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(t.Context(), `CREATE SCHEMA `+schema); err != nil {
		t.Fatal(err)
	}
	drop(t, admin, `DROP SCHEMA `+schema+` CASCADE`)
	u, err := url.Parse(server())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// postgres connects to the server of TENDAY_TEST_PG until t ends; it skips t without one.
func postgres(t testing.TB) *sql.DB {
	t.Helper()
	if server() == "" {
		t.Skip("TENDAY_TEST_PG is not set: PostgreSQL not tested")
	}
	admin, err := sql.Open("pgx", server())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	return admin
}

// drop runs a statement when t has ended.
func drop(t testing.TB, admin *sql.DB, statement string) {
	t.Helper()
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Error(err)
		}
	})
}

func open(t testing.TB, cfg db.Config, clock *Clock) *db.DB {
	t.Helper()
	if clock != nil {
		cfg.Clock = clock.Now
	}
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Plan returns how the engine would answer a query, a step a line. In tests tables are small, and PostgreSQL would read them whole for
// that alone: it is told not to where it has an index.
func Plan(ctx context.Context, tx *db.Tx, query string, args ...any) ([]string, error) {
	if tx.Engine == db.Postgres {
		if _, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = off`); err != nil {
			return nil, err
		}
		return db.Strings(ctx, tx, "EXPLAIN "+query, args...)
	}
	return db.All(ctx, tx, func(r *sql.Rows) (step string, err error) {
		var id, parent, unused int
		err = r.Scan(&id, &parent, &unused, &step)
		return step, err
	}, "EXPLAIN QUERY PLAN "+query, args...)
}
