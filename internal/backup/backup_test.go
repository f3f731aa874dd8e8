// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
)

const marker = "a text that is looked for"

// site is a database with something in it, keys, and a folder for backups.
type site struct {
	t                        *testing.T
	dir                      string
	cfg                      db.Config
	d                        *db.DB
	signing, officer, second string // key files
}

func newSite(t *testing.T, cfg db.Config) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), cfg: cfg}
	s.signing, s.officer, s.second = filepath.Join(s.dir, "sign"), filepath.Join(s.dir, "officer"), filepath.Join(s.dir, "second")
	_, err := NewSigningKey(s.signing)
	s.must(err)
	for _, f := range []string{s.officer, s.second} {
		_, err := NewIdentity(f)
		s.must(err)
	}
	s.d, err = db.Open(t.Context(), cfg)
	s.must(err)
	t.Cleanup(func() { _ = s.d.Close() })
	_, err = s.d.Migrate(t.Context())
	s.must(err)
	s.put(marker)
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) put(value string) {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := db.PutSetting(ctx, tx, "marker", value); err != nil {
			return err
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "setting.put", Count: 1})
		return err
	}))
}

func (s *site) write(to string) string {
	s.t.Helper()
	sign, err := ReadSigner(s.signing)
	s.must(err)
	var to2 []age.Recipient
	for _, f := range []string{s.officer, s.second} {
		ids, err := ReadIdentities(f)
		s.must(err)
		to2 = append(to2, ids[0].(*age.X25519Identity).Recipient())
	}
	file, _, err := Job{DB: s.d, Config: s.cfg, Recipients: to2, Sign: sign, Program: "test"}.Write(s.t.Context(), to)
	s.must(err)
	return file
}

func (s *site) restore(file, identity string, to db.Config) (string, error) {
	s.t.Helper()
	v, err := ReadVerifier(s.signing + ".pub")
	s.must(err)
	ids, err := ReadIdentities(identity)
	s.must(err)
	_, kept, err := Restore{File: file, Identities: ids, Verify: v, To: to}.Run(s.t.Context())
	return kept, err
}

func holds(t *testing.T, cfg db.Config) string {
	t.Helper()
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, err := db.InRead(t.Context(), d, func(tx *db.Tx) (string, error) { return db.Setting(t.Context(), tx, "marker") })
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func sqliteConfig(t *testing.T, encrypted bool) db.Config {
	t.Helper()
	cfg := db.Config{DSN: filepath.Join(t.TempDir(), "tenday.db")}
	if encrypted {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		cfg.KeyFile = filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(cfg.KeyFile, []byte(hex.EncodeToString(key)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

func eachSQLite(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	for name, encrypted := range map[string]bool{"plain": false, "encrypted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newSite(t, sqliteConfig(t, encrypted)))
		})
	}
}

func TestABackupComesBackAndTheOldDatabaseIsKept(t *testing.T) {
	t.Parallel()

	eachSQLite(t, func(t *testing.T, s *site) {
		file := s.write(filepath.Join(s.dir, "one.age"))
		s.put("written since")
		if _, err := s.restore(file, s.officer, s.cfg); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("restored over a database in use: %v", err)
		}
		s.must(s.d.Close())
		kept, err := s.restore(file, s.second, s.cfg)
		s.must(err)
		if got := holds(t, s.cfg); got != marker {
			t.Errorf("restored %q, want %q", got, marker)
		}
		old := s.cfg
		old.DSN = kept
		if got := holds(t, old); got != "written since" {
			t.Errorf("kept %q", got)
		}
		left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.cfg.DSN), ".*"))
		if len(left) > 0 {
			t.Errorf("temporary files are left: %v", left)
		}
		info, err := os.Stat(s.cfg.DSN)
		s.must(err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("restored with mode %v", info.Mode())
		}
	})
}

// Every byte of both files is changed once, and a few are cut off or added: nothing of it may be restored.
func TestAFlippedByteAnywhereIsRefused(t *testing.T) {
	t.Parallel()

	s := newSite(t, sqliteConfig(t, false))
	file := s.write(filepath.Join(s.dir, "one.age"))
	to := db.Config{DSN: filepath.Join(t.TempDir(), "new.db")}
	good := map[string][]byte{}
	for _, name := range []string{file, file + manifestExt} {
		b, err := os.ReadFile(name)
		s.must(err)
		good[name] = b
	}
	try := func(name, what string, b []byte) {
		t.Helper()
		s.must(os.WriteFile(name, b, 0o600))
		if _, err := s.restore(file, s.officer, to); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s, %s: %v", filepath.Base(name), what, err)
		}
		if _, err := os.Stat(to.DSN); err == nil {
			t.Fatalf("%s, %s: a database was put in place", filepath.Base(name), what)
		}
		s.must(os.WriteFile(name, good[name], 0o600))
	}
	for name, b := range good {
		step := 1
		if len(b) > 2000 {
			step = len(b) / 500 // header, stanzas, MAC, nonce and payload; the last byte below
		}
		for i := 0; i < len(b); i += step {
			bad := bytes.Clone(b)
			bad[i] ^= 1 << (i % 8)
			try(name, "byte changed", bad)
		}
		bad := bytes.Clone(b)
		bad[len(b)-1] ^= 1
		try(name, "last byte changed", bad)
		try(name, "cut", b[:len(b)-1])
		try(name, "added", append(bytes.Clone(b), 'x'))
		try(name, "empty", nil)
	}
	if _, err := s.restore(file, s.officer, to); err != nil {
		t.Errorf("and untouched: %v", err)
	}
}

func TestABackupOfAnotherServerOrForAnotherOfficerIsRefused(t *testing.T) {
	t.Parallel()

	s, other := newSite(t, sqliteConfig(t, false)), newSite(t, sqliteConfig(t, false))
	file, theirs := s.write(filepath.Join(s.dir, "one.age")), other.write(filepath.Join(other.dir, "one.age"))
	to := db.Config{DSN: filepath.Join(t.TempDir(), "new.db")}
	if _, err := s.restore(theirs, other.officer, to); !strings.Contains(err.Error(), "backup.signature") {
		t.Errorf("another server's: %v", err)
	}
	if _, err := s.restore(file, other.officer, to); !strings.Contains(err.Error(), "backup.not_for_you") {
		t.Errorf("another officer's key: %v", err)
	}
}

func TestADatabaseThatDoesNotHoldIsRefusedThoughItsSignatureDoes(t *testing.T) {
	t.Parallel()

	s := newSite(t, sqliteConfig(t, false))
	s.put("more")
	ctx := t.Context()
	s.must(db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE audit_record SET verb = 'x' WHERE seq = 1`)
		return err
	}))
	file := s.write(filepath.Join(s.dir, "one.age"))
	to := db.Config{DSN: filepath.Join(t.TempDir(), "new.db")}
	if _, err := s.restore(file, s.officer, to); err == nil || !strings.Contains(err.Error(), "backup.chain_broken") {
		t.Errorf("a broken chain: %v", err)
	}
	if _, err := os.Stat(to.DSN); err == nil {
		t.Error("a database was put in place")
	}
}

func TestNoPlainByteOfAnEncryptedDatabaseIsInTheCopy(t *testing.T) {
	t.Parallel()

	s := newSite(t, sqliteConfig(t, true))
	file := s.write(filepath.Join(s.dir, "one.age"))
	ids, err := ReadIdentities(s.officer)
	s.must(err)
	f, err := os.Open(file)
	s.must(err)
	defer f.Close()
	v, err := ReadVerifier(s.signing + ".pub")
	s.must(err)
	m, err := ReadManifest(file, v)
	s.must(err)
	var plain bytes.Buffer
	s.must(Restore{Identities: ids}.unpack(m, f, &plain))
	for _, text := range []string{marker, "SQLite format 3"} {
		if bytes.Contains(plain.Bytes(), []byte(text)) {
			t.Errorf("%q stands under age in the clear", text)
		}
	}
}

func TestKeepRemovesTheOldestAndNothingElse(t *testing.T) {
	t.Parallel()

	s := newSite(t, sqliteConfig(t, false))
	dir := t.TempDir()
	for _, name := range []string{
		"tenday-20251101T000000Z.age", "tenday-20251102T000000Z.age", "tenday-20251103T000000Z.age",
		"mine.age", "tenday-20251031T000000Z.age.partial",
	} {
		s.must(os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		s.must(os.WriteFile(filepath.Join(dir, name+manifestExt), nil, 0o600))
	}
	n, err := Keep(dir, 2)
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || n != 1 || len(left) != 8 {
		t.Errorf("Keep = %d, %v; left %v", n, err, left)
	}
}

// What docs/operations.md tells an officer to type, without this program.
func TestPlainAgeOpensABackup(t *testing.T) {
	t.Parallel()

	if _, err := exec.LookPath("age"); err != nil {
		t.Skip("age is not installed: the drill without Tenday was not run")
	}
	eachSQLite(t, func(t *testing.T, s *site) {
		file := s.write(filepath.Join(s.dir, "one.age"))
		to := s.cfg
		to.DSN = filepath.Join(t.TempDir(), "tenday.db")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `age -d -i "$1" "$2" | gunzip > "$3"`, "sh", s.officer, file, to.DSN)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := holds(t, to); got != marker {
			t.Errorf("holds %q", got)
		}
	})
}

func TestAPostgresBackupComesBackIntoAnEmptySchemaAlone(t *testing.T) {
	t.Parallel()

	if _, err := exec.LookPath("pg_restore"); err != nil {
		t.Skip("pg_dump and pg_restore are not installed: PostgreSQL's backup was not tested")
	}
	dsn := dbtest.PostgresDSN(t)
	s := newSite(t, db.Config{DSN: dsn})
	file := s.write(filepath.Join(s.dir, "one.age"))
	if _, err := s.restore(file, s.officer, s.cfg); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("into a schema that is not empty: %v", err)
	}
	if _, err := s.restore(file, s.officer, db.Config{DSN: dbtest.PostgresDSN(t)}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("into a schema of another name: %v", err)
	}

	to := db.Config{DSN: otherDatabase(t, dsn)}
	b, err := os.ReadFile(file)
	s.must(err)
	bad := bytes.Clone(b)
	bad[len(bad)/2] ^= 1
	s.must(os.WriteFile(file, bad, 0o600))
	if _, err := s.restore(file, s.officer, to); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a changed byte: %v", err)
	}
	s.must(os.WriteFile(file, b, 0o600))
	if _, err := s.restore(file, s.second, to); err != nil {
		t.Fatal(err)
	}
	if got := holds(t, to); got != marker {
		t.Errorf("restored %q", got)
	}
}

// otherDatabase makes a database on the server of dsn with an empty schema of the same name, dropped at the end.
func otherDatabase(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	exec := func(on *sql.DB, stmt string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if _, err := on.ExecContext(ctx, stmt); err != nil {
			t.Fatal(err)
		}
	}
	exec(admin, `CREATE DATABASE `+name)
	t.Cleanup(func() {
		exec(admin, `DROP DATABASE `+name+` WITH (FORCE)`)
		_ = admin.Close()
	})
	u.Path = "/" + name
	inside, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	exec(inside, `CREATE SCHEMA `+u.Query().Get("search_path"))
	return u.String()
}
