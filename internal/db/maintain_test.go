// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

const marker = "a-text-that-is-looked-for"

func marked(t *testing.T, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), d, func(tx *db.Tx) error {
		return db.PutSetting(t.Context(), tx, "marker", marker)
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestACopyOfAnEncryptedDatabaseIsEncrypted(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, keyFile := range map[string]string{"plain": "", "encrypted": key} {
		d := marked(t, db.Config{DSN: filepath.Join(dir, name+".db"), KeyFile: keyFile})
		out := filepath.Join(dir, name+" copy?#.db") // a name that an address would misread
		if err := d.CopyTo(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if found := bytes.Contains(b, []byte(marker)); found != (keyFile == "") {
			t.Errorf("%s: marker in the copy: %v", name, found)
		}
		c, err := db.Open(t.Context(), db.Config{DSN: out, KeyFile: keyFile})
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.InRead(t.Context(), c, func(tx *db.Tx) (string, error) { return db.Setting(t.Context(), tx, "marker") })
		if err != nil || got != marker {
			t.Errorf("%s: the copy holds %q, %v", name, got, err)
		}
		_ = c.Close()
	}
}

func TestSettleRefusesWhileTheDatabaseIsOpen(t *testing.T) {
	t.Parallel()

	cfg := db.Config{DSN: filepath.Join(t.TempDir(), "x.db")}
	d := marked(t, cfg)
	if err := db.Settle(t.Context(), cfg); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("while open: %v, want a Conflict", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Settle(t.Context(), cfg); err != nil {
		t.Errorf("when closed: %v", err)
	}
	if _, err := os.Stat(cfg.DSN + "-wal"); !os.IsNotExist(err) {
		t.Errorf("the write-ahead log is still there: %v", err)
	}
}

func TestWhatWasDeletedIsGoneFromTheFileAfterCompact(t *testing.T) {
	t.Parallel()

	d := marked(t, db.Config{DSN: filepath.Join(t.TempDir(), "x.db")})
	if err := db.Do(t.Context(), d, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM setting WHERE name = 'marker'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Compact(t.Context(), "setting"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{d.Path(), d.Path() + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(marker)) {
			t.Errorf("%s still holds it", filepath.Base(name))
		}
	}
}
