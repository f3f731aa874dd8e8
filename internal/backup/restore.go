// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Restore is one backup to put back.
type Restore struct {
	File       string // NAME.age, its manifest beside it
	Identities []age.Identity
	Verify     note.Verifier
	To         db.Config // database to make: a path, or the address of an empty PostgreSQL schema
}

// Run puts the backup back and returns its manifest and, on SQLite, where the database that was replaced is now kept ("" for
// none). Until everything has been verified nothing is replaced.
// Errors: Invalid for a file that is not what its manifest says, Conflict for a database in use or not empty.
func (r Restore) Run(ctx context.Context) (m Manifest, kept string, err error) {
	m, err = ReadManifest(r.File, r.Verify)
	if err != nil {
		return m, "", err
	}
	if m.Engine == db.Postgres != db.IsPostgres(r.To.DSN) {
		return m, "", fault.New(fault.Invalid, "backup.other_engine", "Engine", m.Engine)
	}
	if m.Encrypted && r.To.KeyFile == "" {
		return m, "", fault.New(fault.Invalid, "backup.key_needed")
	}
	if !m.Encrypted && r.To.KeyFile != "" {
		return m, "", fault.New(fault.Invalid, "backup.key_not_needed")
	}
	f, err := os.Open(r.File)
	if err != nil {
		return m, "", fileFault(r.File, err)
	}
	defer f.Close()
	// The whole file is hashed before a byte of it is decrypted: damage is called damage, not a key that does not fit.
	sum := newMeter(io.Discard)
	if _, err := io.Copy(sum, f); err != nil {
		return m, "", fileFault(r.File, err)
	}
	if sum.n != m.Size || sum.hex() != m.SHA256 {
		return m, "", r.damaged(nil)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return m, "", fmt.Errorf("read backup again: %w", err)
	}
	if m.Engine == db.Postgres {
		return m, "", r.intoPostgres(ctx, m, f)
	}
	kept, err = r.intoFile(ctx, m, f)
	return m, kept, err
}

// intoFile unpacks beside the destination, verifies, and only then changes names.
func (r Restore) intoFile(ctx context.Context, m Manifest, f io.Reader) (kept string, err error) {
	to := strings.TrimPrefix(r.To.DSN, "file:")
	tmp, err := os.CreateTemp(filepath.Dir(to), ".tenday-restore-*.db") // readable by its owner alone
	if err != nil {
		return "", fileFault(to, err)
	}
	defer remove(tmp.Name())
	err = r.unpack(m, f, tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return "", err
	}
	cfg := r.To
	cfg.DSN = tmp.Name()
	if err := r.examine(ctx, cfg, m); err != nil {
		return "", err
	}
	if err := db.Settle(ctx, cfg); err != nil {
		return "", err
	}
	return replace(ctx, r.To, to, tmp.Name())
}

// replace gives the file from the name to; what has that name is kept under another.
func replace(ctx context.Context, cfg db.Config, to, from string) (kept string, err error) {
	if _, err := os.Lstat(to); err == nil {
		// One that cannot be opened is damaged or has another key; it is no reason to refuse, only one in use is.
		if err := db.Settle(ctx, cfg); fault.CodeOf(err) == fault.Conflict {
			return "", err
		}
		kept = to + ".before-restore-" + clock(cfg).UTC().Format("20060102T150405Z")
		if _, err := os.Lstat(kept); err == nil {
			return "", fault.New(fault.Conflict, "backup.file_there", "File", kept)
		}
		for _, end := range beside {
			_ = os.Rename(to+end, kept+end) // there are some only if it could not be opened
		}
		if err := os.Rename(to, kept); err != nil {
			return "", fmt.Errorf("keep old database: %w", err)
		}
	}
	if err := os.Rename(from, to); err != nil {
		if kept != "" {
			err = errors.Join(err, os.Rename(kept, to))
		}
		return "", fmt.Errorf("put restored database in place: %w", err)
	}
	return kept, syncDir(filepath.Dir(to))
}

func clock(cfg db.Config) time.Time {
	if cfg.Clock != nil {
		return cfg.Clock()
	}
	return time.Now()
}

// intoPostgres restores into an empty schema and empties it again if what came does not hold.
func (r Restore) intoPostgres(ctx context.Context, m Manifest, f io.Reader) error {
	d, err := db.Open(ctx, db.Config{DSN: r.To.DSN, Clock: r.To.Clock})
	if err != nil {
		return err
	}
	defer d.Close()
	var namespace string
	tables, err := db.InRead(ctx, d, func(tx *db.Tx) ([]string, error) {
		if err := tx.Row(ctx, `SELECT coalesce(current_schema(), '')`).Scan(&namespace); err != nil {
			return nil, err
		}
		return relations(ctx, tx)
	})
	switch {
	case err != nil:
		return fmt.Errorf("look into database: %w", err)
	case namespace != m.Namespace:
		return fault.New(fault.Invalid, "backup.other_namespace", "Want", m.Namespace, "Have", namespace)
	case len(tables) > 0:
		return fault.New(fault.Conflict, "backup.not_empty", "N", len(tables))
	}
	in, out := io.Pipe()
	unpacked := make(chan error, 1)
	go func() {
		err := r.unpack(m, f, out)
		_ = out.CloseWithError(err)
		unpacked <- err
	}()
	err = undump(ctx, r.To.DSN, m, in)
	_ = in.Close() // pg_restore may have stopped reading
	if uerr := <-unpacked; err == nil {
		err = uerr
	}
	if err == nil {
		err = r.examine(ctx, r.To, m)
	}
	if err != nil {
		return errors.Join(err, empty(ctx, d))
	}
	return nil
}

func relations(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.Strings(ctx, tx, `SELECT quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relname LIMIT 1000`)
}

// empty drops what was restored into a schema that was empty before.
func empty(ctx context.Context, d *db.DB) error {
	ctx = context.WithoutCancel(ctx)
	return db.Do(ctx, d, func(tx *db.Tx) error {
		names, err := relations(ctx, tx)
		if err != nil || len(names) == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `DROP TABLE `+strings.Join(names, ", ")+` CASCADE`)
		return err
	})
}

// unpack decrypts and decompresses f to w, and hashes it once more: the file may have been changed since it was first read.
func (r Restore) unpack(m Manifest, f io.Reader, w io.Writer) error {
	sum := newMeter(io.Discard)
	in := io.TeeReader(f, sum)
	plain, err := age.Decrypt(in, r.Identities...)
	if _, none := errors.AsType[*age.NoIdentityMatchError](err); none {
		return &fault.Error{Code: fault.Invalid, Key: "backup.not_for_you", Err: err}
	} else if err != nil {
		return r.damaged(err)
	}
	zip, err := gzip.NewReader(plain)
	if err != nil {
		return r.damaged(err)
	}
	n, err := io.Copy(w, zip)
	if err != nil {
		return r.damaged(err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return r.damaged(err)
	}
	if n != m.Plain || sum.hex() != m.SHA256 {
		return r.damaged(nil)
	}
	return nil
}

func (r Restore) damaged(err error) error {
	return &fault.Error{Code: fault.Invalid, Key: "backup.damaged", Args: map[string]any{"File": r.File}, Err: err}
}

// examine opens the restored database, checks all that can be checked, and records the restoring in its audit.
func (r Restore) examine(ctx context.Context, cfg db.Config, m Manifest) error {
	cfg.ReadOnly = false
	d, err := db.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	problem, err := d.Check(ctx)
	if err != nil {
		return err
	}
	if problem != "" {
		return r.damaged(errors.New(problem))
	}
	if _, err := d.Plan(ctx); err != nil {
		return err
	}
	chain, err := audit.Verify(ctx, d, nil)
	if err != nil {
		return err
	}
	if chain.Bad != 0 {
		return fault.New(fault.Invalid, "backup.chain_broken", "Seq", chain.Bad)
	}
	if chain.Records != m.AuditSeq || chain.Head != m.AuditHash {
		return fault.New(fault.Invalid, "backup.other_head", "Seq", chain.Records, "Want", m.AuditSeq)
	}
	return db.Do(ctx, d, func(tx *db.Tx) error {
		_, err := audit.Append(ctx, tx, audit.Entry{
			Verb: "backup.restore", Object: "backup:" + m.SHA256[:16],
			Detail: fmt.Sprintf("seq=%d", m.AuditSeq), Count: 1,
		})
		return err
	})
}
