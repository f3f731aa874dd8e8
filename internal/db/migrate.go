// SPDX-License-Identifier: Apache-2.0

package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"github.com/tenday/tenday/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Step is one numbered migration and where it stands.
type Step struct {
	Version int64
	Name    string // file name
	SHA256  string // of the file, as it was released
	Applied time.Time
	Pending bool
}

// Plan returns every migration in order, those applied with their time. It changes nothing.
// Errors: Conflict when the database was made by a newer program or by an edited migration.
func (d *DB) Plan(ctx context.Context) ([]Step, error) {
	steps, err := released()
	if err != nil {
		return nil, err
	}
	applied, err := d.applied(ctx)
	if err != nil {
		return nil, err
	}
	for i, s := range steps {
		a, ok := applied[s.Version]
		if !ok {
			steps[i].Pending = true
			continue
		}
		steps[i].Applied = a.at
		if a.sum != "" && a.sum != s.SHA256 {
			return nil, fault.New(fault.Conflict, "db.migration_edited", "Name", s.Name)
		}
		delete(applied, s.Version)
	}
	for v := range applied {
		return nil, fault.New(fault.Conflict, "db.newer", "Version", v)
	}
	return steps, nil
}

// Migrate brings the database to the newest version and returns what it applied, in order. Programs that start at once wait
// for one another; a migration that fails leaves the database as it was before that file.
func (d *DB) Migrate(ctx context.Context) ([]Step, error) {
	steps, err := d.Plan(ctx)
	if err != nil {
		return nil, err
	}
	var todo []Step
	for _, s := range steps {
		if s.Pending {
			todo = append(todo, s)
		}
	}
	if len(todo) == 0 {
		return nil, nil
	}
	if err := d.up(ctx); err != nil {
		return nil, err
	}
	return todo, Do(ctx, d, func(tx *Tx) error {
		for _, s := range steps {
			if _, err := tx.Exec(ctx, sqlSum, s.Version, s.SHA256, tx.Now.UnixMilli()); err != nil {
				return fmt.Errorf("record checksum: %w", err)
			}
		}
		return nil
	})
}

// sqlSum keeps the checksum that was first recorded: a later edit of the file must show.
const sqlSum = `INSERT INTO schema_checksum (version, sha256, at) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING`

func (d *DB) up(ctx context.Context) error {
	var (
		pool    *sql.DB
		dialect database.Dialect
		opts    = []goose.ProviderOption{goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true)}
		err     error
	)
	switch d.Engine {
	case SQLite:
		dialect = database.DialectSQLite3
		unlock, err := d.lockFile(ctx)
		if err != nil {
			return err
		}
		defer unlock()
		if pool, err = d.sqlitePool(false); err != nil {
			return err
		}
		defer pool.Close()
		pool.SetMaxOpenConns(1)
	case Postgres:
		dialect, pool = database.DialectPostgres, d.writer.db
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID(ctx, pool)), lock.WithLockTimeout(1, 300))
		if err != nil {
			return fmt.Errorf("make migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, pool, dialectFS{d.Engine}, opts...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// lockID is the advisory lock of the schema: two campaigns on one server do not wait for each other. Should the schema's name
// not be had, all share one.
func lockID(ctx context.Context, pool *sql.DB) int64 {
	id := lock.DefaultLockID
	_ = pool.QueryRowContext(ctx, `SELECT hashtextextended('tenday ' || current_schema(), 0)`).Scan(&id)
	return id
}

// lockFile waits until no other program migrates the SQLite file. The lock is an SQLite lock on an empty file beside it,
// which works wherever the database does and goes with the process that held it.
func (d *DB) lockFile(ctx context.Context) (unlock func(), err error) {
	pool, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: d.path + "-migrate"}).String()+
		"?_txlock=exclusive&_pragma=busy_timeout(60000)")
	if err != nil {
		return nil, fmt.Errorf("open migration lock: %w", err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("wait for migration lock: %w", err)
	}
	return func() {
		_ = tx.Rollback()
		_ = pool.Close()
	}, nil
}

type appliedStep struct {
	at  time.Time
	sum string
}

func (d *DB) applied(ctx context.Context) (map[int64]appliedStep, error) {
	return InRead(ctx, d, func(tx *Tx) (map[int64]appliedStep, error) {
		out := map[int64]appliedStep{}
		if ok, err := tx.hasTable(ctx, "schema_version"); !ok || err != nil {
			return out, err
		}
		err := tx.Rows(ctx, `SELECT version_id FROM schema_version WHERE version_id > 0 AND is_applied ORDER BY version_id`, nil,
			func(r *sql.Rows) error {
				var v int64
				err := r.Scan(&v)
				out[v] = appliedStep{}
				return err
			})
		if err != nil {
			return nil, fmt.Errorf("read schema version: %w", err)
		}
		if ok, err := tx.hasTable(ctx, "schema_checksum"); !ok || err != nil {
			return out, err
		}
		err = tx.Rows(ctx, `SELECT version, sha256, at FROM schema_checksum ORDER BY version`, nil, func(r *sql.Rows) error {
			var v, at int64
			var a appliedStep
			err := r.Scan(&v, &a.sum, &at)
			a.at = time.UnixMilli(at)
			if _, ok := out[v]; ok {
				out[v] = a
			}
			return err
		})
		return out, err
	})
}

func (tx *Tx) hasTable(ctx context.Context, name string) (bool, error) {
	query := `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`
	if tx.Engine == Postgres {
		query = `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`
	}
	var n int
	err := tx.Row(ctx, query, name).Scan(&n)
	return n > 0, err
}

// released returns the embedded migrations in order, with their checksums.
func released() ([]Step, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, name := range names {
		b, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		v, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("number of %s: %w", name, err)
		}
		sum := sha256.Sum256(b)
		steps = append(steps, Step{Version: v, Name: strings.TrimPrefix(name, "migrations/"), SHA256: hex.EncodeToString(sum[:])})
	}
	return steps, nil
}

// dialectFS serves the migrations as one engine reads them. They are written in PostgreSQL's words; SQLite wants other names
// for three types, and STRICT. Every table with a key of text is stored by that key (WITHOUT ROWID), which halves what an
// insert writes; a table whose rows are long, or numbered, ends in `) /* rows */;` and keeps SQLite's row numbers.
type dialectFS struct{ engine Engine }

// Open serves goose, which reads the directory and then each file.
func (f dialectFS) Open(name string) (fs.File, error) {
	if name == "." {
		return migrations.Open("migrations")
	}
	b, err := migrations.ReadFile("migrations/" + name)
	if err != nil {
		return nil, err
	}
	info, err := fs.Stat(migrations, "migrations/"+name)
	if err != nil {
		return nil, err
	}
	if f.engine == SQLite {
		b = forSQLite(b)
	}
	return &memFile{Reader: bytes.NewReader(b), info: info}, nil
}

var (
	sqliteType  = regexp.MustCompile(`\b(BIGINT|BYTEA|DOUBLE PRECISION)\b`)
	sqliteNames = map[string]string{"BIGINT": "INTEGER", "BYTEA": "BLOB", "DOUBLE PRECISION": "REAL"}
)

func forSQLite(b []byte) []byte {
	s := sqliteType.ReplaceAllStringFunc(string(b), func(t string) string { return sqliteNames[t] })
	s = strings.ReplaceAll(s, ` COLLATE "C"`, "") // bytes, which is SQLite's own order
	s = strings.ReplaceAll(s, "\n) /* rows */;", "\n) STRICT;")
	return []byte(strings.ReplaceAll(s, "\n);", "\n) STRICT, WITHOUT ROWID;"))
}

type memFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memFile) Close() error               { return nil }
