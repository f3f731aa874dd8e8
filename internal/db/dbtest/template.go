// SPDX-License-Identifier: Apache-2.0

package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenday/tenday/internal/db"
)

// made is a migrated SQLite database, and what migrated it.
type made struct {
	file  []byte
	steps []db.Step
}

// sqlite is made once for all tests of a program: a copy takes a hundredth of the time.
var sqlite = sync.OnceValues(func() (m made, err error) {
	dir, err := os.MkdirTemp("", "tenday-template-")
	if err != nil {
		return made{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tenday.db")
	if m.steps, err = migrate(db.Config{DSN: path, Scratch: true}); err != nil {
		return made{}, err
	}
	m.file, err = os.ReadFile(path)
	return m, err
})

// template is the name of a migrated PostgreSQL database on the server of the tests. It is named after what migrates it, made by the
// first program that needs it, and stays.
var template = sync.OnceValues(func() (name string, err error) {
	m, err := sqlite()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, s := range m.steps {
		fmt.Fprintln(sum, s.Name, s.SHA256)
	}
	name = "tenday_template_" + hex.EncodeToString(sum.Sum(nil))[:16]
	ctx := context.Background()
	admin, err := sql.Open("pgx", server())
	if err != nil {
		return "", err
	}
	defer admin.Close()
	one, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = one.Close() }() // lets go of the lock
	if _, err := one.ExecContext(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, name); err != nil {
		return "", err
	}
	var there bool
	err = one.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn)`, name).Scan(&there)
	if err != nil || there {
		return name, err
	}
	for _, statement := range []string{`DROP DATABASE IF EXISTS ` + name, `CREATE DATABASE ` + name} {
		if _, err := one.ExecContext(ctx, statement); err != nil {
			return "", err
		}
	}
	dsn, err := withDatabase(name)
	if err == nil {
		_, err = migrate(db.Config{DSN: dsn})
	}
	if err == nil { // who finds it closed finds it whole
		_, err = one.ExecContext(ctx, `ALTER DATABASE `+name+` WITH ALLOW_CONNECTIONS false`)
	}
	return name, err
})

func migrate(cfg db.Config) (steps []db.Step, err error) {
	ctx := context.Background()
	d, err := db.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Migrate(ctx)
}

// fromTemplate makes a database of its own for a test and returns its address.
func fromTemplate(ctx context.Context, admin *sql.DB, name string) (dsn string, err error) {
	from, err := template()
	if err != nil {
		return "", fmt.Errorf("make template: %w", err)
	}
	for range 50 {
		_, err = admin.ExecContext(ctx, `CREATE DATABASE `+name+` TEMPLATE `+from+` STRATEGY FILE_COPY`)
		// vacuum may be at work in the template
		if e, ok := errors.AsType[*pgconn.PgError](err); !ok || e.Code != "55006" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		return "", err
	}
	return withDatabase(name)
}

func server() string { return os.Getenv("TENDAY_TEST_PG") }

// withDatabase returns the address of another database on the server of the tests.
func withDatabase(name string) (string, error) {
	u, err := url.Parse(server())
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}
