// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
)

func set(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

func get(t *testing.T, d *db.DB, name string) string {
	t.Helper()
	v, err := db.InRead(t.Context(), d, func(tx *db.Tx) (string, error) {
		var v string
		err := tx.Row(t.Context(), `SELECT value FROM setting WHERE name = $1`, name).Scan(&v)
		if errors.Is(err, sql.ErrNoRows) {
			return "", nil
		}
		return v, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestATransactionIsKeptWholeOrNotAtAll(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		committed := 0
		err := db.Do(t.Context(), d, func(tx *db.Tx) error {
			tx.AfterCommit(func() { committed++ })
			return set(t.Context(), tx, "a", "1")
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		err = db.Do(t.Context(), d, func(tx *db.Tx) error {
			tx.AfterCommit(func() { committed++ })
			if err := set(t.Context(), tx, "a", "2"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("error = %v, want %v", err, stop)
		}
		if got := get(t, d, "a"); got != "1" || committed != 1 {
			t.Errorf("a = %q after %d commits, want 1 after 1", got, committed)
		}
	})
}

func TestAPanicRollsBackAndLeavesTheWriterFree(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		func() {
			defer func() { _ = recover() }()
			_ = db.Do(t.Context(), d, func(tx *db.Tx) error {
				_ = set(t.Context(), tx, "a", "1")
				panic("a mistake of ours")
			})
		}()
		if err := db.Do(t.Context(), d, func(tx *db.Tx) error { return set(t.Context(), tx, "b", "2") }); err != nil {
			t.Fatal(err)
		}
		if a, b := get(t, d, "a"), get(t, d, "b"); a != "" || b != "2" {
			t.Errorf("a = %q, b = %q, want none and 2", a, b)
		}
	})
}

func TestACallerWhoLeavesRollsBackAndLeavesTheWriterFree(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Do(ctx, d, func(tx *db.Tx) error {
			if err := set(ctx, tx, "a", "1"); err != nil {
				return err
			}
			cancel()
			return set(ctx, tx, "a", "2")
		})
		if err == nil {
			t.Error("a cancelled transaction was committed")
		}
		if err := db.Do(t.Context(), d, func(tx *db.Tx) error { return set(t.Context(), tx, "b", "2") }); err != nil {
			t.Fatal(err)
		}
		if a := get(t, d, "a"); a != "" {
			t.Errorf("a = %q, want none", a)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (int, error) { return 0, set(t.Context(), tx, "a", "1") })
		if err == nil {
			t.Error("a reading transaction wrote")
		}
	})
}

func TestTheSameQueryMayRunInsideItsOwnRows(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const numbers = `SELECT seq FROM audit_record WHERE seq < $1 ORDER BY seq`
		if _, ok := os.LookupEnv("TENDAY_TEST_PG"); ok && d.Engine == db.Postgres {
			t.Skip("one connection of PostgreSQL reads one result at a time; nesting is SQLite's alone")
		}
		err := db.Do(t.Context(), d, func(tx *db.Tx) error {
			for i := range 3 {
				if _, err := tx.Exec(t.Context(), `INSERT INTO audit_record (seq, at, actor, grant_id, verb, object, scope, detail,
					subjects, count, device, prev, hash) VALUES ($1, 0, '', '', '', '', '', '', '', 0, '', '', '')`, i+1); err != nil {
					return err
				}
			}
			seen := 0
			err := tx.Rows(t.Context(), numbers, []any{9}, func(r *sql.Rows) error {
				return tx.Rows(t.Context(), numbers, []any{3}, func(r *sql.Rows) error { seen++; return nil })
			})
			if seen != 6 {
				t.Errorf("inner rows seen = %d, want 3 x 2", seen)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestInsertTakesAnyNumberOfRows(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, n := range []int{0, 1, 7, 8, 9, 399, 400, 401, 1234} {
			err := db.Do(t.Context(), d, func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), `DELETE FROM person_token`); err != nil {
					return err
				}
				rows := make([][]any, n)
				for i := range rows {
					rows[i] = []any{"t", strings.Repeat("x", i+1)}
				}
				if err := tx.Insert(t.Context(), "person_token", []string{"token", "person_id"}, rows); err != nil {
					return err
				}
				var got int
				if err := tx.Row(t.Context(), `SELECT count(*) FROM person_token`).Scan(&got); err != nil {
					return err
				}
				if got != n {
					t.Errorf("inserted %d rows, found %d", n, got)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestIsUniqueKnowsADoubleKey(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := db.Do(t.Context(), d, func(tx *db.Tx) error {
			for range 2 {
				if _, err := tx.Exec(t.Context(), `INSERT INTO setting (name, value) VALUES ($1, $2)`, "a", "1"); err != nil {
					return err
				}
			}
			return nil
		})
		if !db.IsUnique(err) {
			t.Errorf("IsUnique(%v) = false", err)
		}
	})
}

func TestAWrongKeyIsRefusedInWords(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	keyFile := func(name, key string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right, wrong := keyFile("right", strings.Repeat("ab", 32)), keyFile("wrong", strings.Repeat("cd", 32))
	path := filepath.Join(dir, "tenday.db")
	d, err := db.Open(t.Context(), db.Config{DSN: path, KeyFile: right})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), d, func(tx *db.Tx) error { return set(t.Context(), tx, "secret", "marigold") }); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("marigold")) || bytes.Contains(b, []byte("SQLite format")) {
			t.Errorf("%s is readable without the key", filepath.Base(file))
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, key string }{
		{"another key", wrong, "db.wrong_key"},
		{"no key", "", "db.not_a_database"},
		{"a key that is too short", keyFile("short", "abcd"), "db.key_form"},
		{"a key file that is not there", filepath.Join(dir, "none"), "db.key_unreadable"},
	} {
		_, err := db.Open(t.Context(), db.Config{DSN: path, KeyFile: c.file})
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Key != c.key {
			t.Errorf("%s: error = %v, want %s", c.name, err, c.key)
		}
	}
	d, err = db.Open(t.Context(), db.Config{DSN: path, KeyFile: right})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := get(t, d, "secret"); got != "marigold" {
		t.Errorf("secret = %q with the right key", got)
	}
}

func TestProgramsThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()

	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "tenday.db") },
		"postgres": func(t *testing.T) string { return dbtest.PostgresDSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := dsn(t)
			var wg sync.WaitGroup
			errs := make(chan error, 4)
			for range cap(errs) {
				wg.Go(func() {
					d, err := db.Open(t.Context(), db.Config{DSN: dsn})
					if err != nil {
						errs <- err
						return
					}
					defer d.Close()
					_, err = d.Migrate(t.Context())
					errs <- err
				})
			}
			wg.Wait()
			close(errs)
			for err := range errs {
				if err != nil {
					t.Error(err)
				}
			}
			d, err := db.Open(t.Context(), db.Config{DSN: dsn})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			steps, err := d.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range steps {
				if s.Pending || s.Applied.IsZero() {
					t.Errorf("%s is pending after four starts", s.Name)
				}
			}
		})
	}
}

func TestAnEditedOrNewerMigrationIsRefused(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		try := func(key, query string) {
			t.Helper()
			if err := db.Do(t.Context(), d, func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), query); return err }); err != nil {
				t.Fatal(err)
			}
			_, err := d.Migrate(t.Context())
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Key != key {
				t.Errorf("error = %v, want %s", err, key)
			}
		}
		try("db.migration_edited", `UPDATE schema_checksum SET sha256 = 'other' WHERE version = 2`)
		try("db.migration_edited", `UPDATE schema_checksum SET sha256 = 'x' WHERE version = 1`)
	})
}
