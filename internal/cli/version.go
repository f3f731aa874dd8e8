// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/tenday/tenday/internal/db"
)

// version is set by the release build.
var version = ""

// programVersion is the release's, else what the Go tool knows of the sources.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && info.Main.Version == "(devel)" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}

type versionCmd struct{}

// Run prints what a report of a fault should begin with. SQLite is asked in memory: no database is opened.
func (versionCmd) Run(ctx context.Context, c *console) error {
	memory, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return fmt.Errorf("ask SQLite: %w", err)
	}
	defer memory.Close()
	var sqlite string
	if err := memory.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&sqlite); err != nil {
		return fmt.Errorf("ask SQLite: %w", err)
	}
	newest, err := db.Newest()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "tenday %s\n%s %s/%s\nSQLite %s\nschema %04d\n", programVersion(), runtime.Version(), runtime.GOOS,
		runtime.GOARCH, sqlite, newest.Version)
	return nil
}

func engineVersion(ctx context.Context, d *db.DB) (string, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (string, error) {
		query, name := `SELECT sqlite_version()`, "SQLite"
		if tx.Engine == db.Postgres {
			query, name = `SHOW server_version`, "PostgreSQL"
		}
		var v string
		err := tx.Row(ctx, query).Scan(&v)
		return name + " " + v, err
	})
}
