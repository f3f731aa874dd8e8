// SPDX-License-Identifier: Apache-2.0

package db

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // the encrypting file system

	"github.com/tenday/tenday/internal/fault"
)

// readers is how many reads go on at once; more gains nothing on the machines that a local has.
const readers = 4

func (d *DB) openSQLite(cfg Config) error {
	d.Engine = SQLite
	path, err := filepath.Abs(strings.TrimPrefix(cfg.DSN, "file:"))
	if err != nil {
		return fmt.Errorf("resolve database path: %w", err)
	}
	d.path, d.scratch = path, cfg.Scratch
	if cfg.KeyFile != "" {
		if d.key, err = readKey(cfg.KeyFile); err != nil {
			return err
		}
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && cfg.ReadOnly {
		return fault.New(fault.Missing, "db.no_file", "Path", path)
	}
	w, err := d.sqlitePool(cfg.ReadOnly)
	if err != nil {
		return err
	}
	d.writer = newSQLitePool(w, 1, `BEGIN IMMEDIATE`)
	if cfg.ReadOnly {
		d.writer.begun = `BEGIN`
	}
	r, err := d.sqlitePool(true)
	if err != nil {
		return err
	}
	d.reader = newSQLitePool(r, readers, `BEGIN`)
	return nil
}

// sqlitePool opens connections to the file. The key goes into a
// pragma rather than the address, which libraries log; and with a key all pragmas must come after it, so all stand here.
func (d *DB) sqlitePool(readOnly bool) (*sql.DB, error) {
	dsn := (&url.URL{Scheme: "file", Path: d.path}).String()
	if d.key != "" {
		dsn += "?vfs=adiantum"
	}
	return driver.Open(dsn, func(c *sqlite3.Conn) error {
		var b strings.Builder
		if d.key != "" {
			b.WriteString(`PRAGMA hexkey='` + d.key + `';`)
		}
		if err := c.Exec(b.String() + `PRAGMA busy_timeout=0`); err != nil {
			return err
		}
		if err := keepWAL(c); err != nil {
			return err
		}
		b.Reset()
		b.WriteString(`PRAGMA busy_timeout=20000;PRAGMA synchronous=full;
			PRAGMA foreign_keys=on;PRAGMA temp_store=memory;PRAGMA trusted_schema=off;`)
		if d.scratch {
			b.WriteString(`PRAGMA synchronous=off;`)
		}
		// Readers keep what lists of 100,000 people touch; the writer, which an import fills, less. Kilobytes, taken as they are used.
		if readOnly {
			b.WriteString(`PRAGMA query_only=on;PRAGMA cache_size=-64000;`)
		} else {
			b.WriteString(`PRAGMA cache_size=-16000;`)
		}
		// Plans do not look at bound values: else a statement with LIMIT $1 is prepared anew each time it runs.
		if _, err := c.Config(sqlite3.DBCONFIG_ENABLE_QPSG, true); err != nil {
			return err
		}
		return c.Exec(b.String())
	})
}

// keepWAL makes the file one with a write-ahead log, for which it tries 20 seconds. SQLite does not wait for that by itself where
// two programs do it to a new file at the same moment, each holding what the other one needs: it says busy at once.
func keepWAL(c *sqlite3.Conn) error {
	for tries := 0; ; tries++ {
		err := c.Exec(`PRAGMA journal_mode=wal`)
		if !errors.Is(err, sqlite3.BUSY) || tries == 1000 {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// readKey returns the 64 hexadecimal digits in file.
func readKey(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", &fault.Error{Code: fault.Invalid, Key: "db.key_unreadable", Args: map[string]any{"File": file}, Err: err}
	}
	key := strings.TrimSpace(string(b))
	if raw, err := hex.DecodeString(key); err != nil || len(raw) != 32 {
		return "", fault.New(fault.Invalid, "db.key_form", "File", file)
	}
	return key, nil
}

// openFault turns what SQLite says of a first read into words: a wrong key looks like a file that is no database.
func (d *DB) openFault(err error) error {
	if err == nil || d.Engine != SQLite {
		return err
	}
	args := map[string]any{"Path": d.path}
	switch {
	case errors.Is(err, sqlite3.NOTADB) && d.key != "":
		return &fault.Error{Code: fault.Invalid, Key: "db.wrong_key", Args: args, Err: err}
	case errors.Is(err, sqlite3.NOTADB):
		return &fault.Error{Code: fault.Invalid, Key: "db.not_a_database", Args: args, Err: err}
	case errors.Is(err, sqlite3.CANTOPEN):
		return &fault.Error{Code: fault.Invalid, Key: "db.cannot_open", Args: args, Err: err}
	}
	return err
}
