// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Last is the setting that holds when the last backup was written, in RFC 3339.
const Last = "backup.last"

// Job is one backup to write.
type Job struct {
	DB         *db.DB
	Config     db.Config // what DB was opened by
	Recipients []age.Recipient
	Sign       note.Signer
	Program    string // version
}

// stamped is the name of a backup in a folder; Keep touches no other file.
var stamped = regexp.MustCompile(`^tenday-\d{8}T\d{6}Z\.age$`)

// Write writes a backup to the file named to, or into the folder named to under a name made of the time, and returns the path of
// the .age file. The act is in the audit of the live database, after the head that the backup holds.
// Errors: Conflict when the file is there, Missing when pg_dump is.
func (j Job) Write(ctx context.Context, to string) (string, Manifest, error) {
	now := j.DB.Now().UTC()
	if info, err := os.Stat(to); strings.HasSuffix(to, "/") || err == nil && info.IsDir() {
		if err != nil {
			return "", Manifest{}, fileFault(to, err)
		}
		to = filepath.Join(to, now.Format("tenday-20060102T150405Z.age"))
	}
	for _, name := range []string{to, to + manifestExt} {
		if _, err := os.Lstat(name); err == nil {
			return "", Manifest{}, fault.New(fault.Conflict, "backup.file_there", "File", name)
		}
	}
	m := Manifest{
		Format: format, Created: now.Truncate(time.Second), Program: j.Program, Engine: j.DB.Engine,
		Encrypted: j.DB.Encrypted(),
	}
	steps, err := j.DB.Plan(ctx)
	if err != nil {
		return "", m, err
	}
	for _, s := range steps {
		if s.Pending {
			return "", m, fault.New(fault.Conflict, "backup.not_migrated")
		}
		m.Schema = s.Version
	}
	err = writeFile(to, func(w io.Writer) error {
		sum := newMeter(w)
		if err := j.seal(ctx, sum, &m); err != nil {
			return err
		}
		m.Size, m.SHA256 = sum.n, sum.hex()
		return nil
	})
	if err != nil {
		return "", m, err
	}
	signed, err := m.sign(j.Sign)
	if err != nil {
		return "", m, err
	}
	if err := writeFile(to+manifestExt, func(w io.Writer) error {
		_, err := w.Write(signed)
		return err
	}); err != nil {
		return "", m, err
	}
	return to, m, j.record(ctx, m)
}

// seal writes copy or dump to w: compressed, then encrypted.
func (j Job) seal(ctx context.Context, w io.Writer, m *Manifest) error {
	enc, err := age.Encrypt(w, j.Recipients...)
	if err != nil {
		return fmt.Errorf("encrypt backup: %w", err)
	}
	zip := gzip.NewWriter(enc)
	plain := newMeter(zip)
	if j.DB.Engine == db.Postgres {
		err = j.dump(ctx, plain, m)
	} else {
		err = j.copy(ctx, plain, m)
	}
	if err != nil {
		return err
	}
	m.Plain = plain.n
	return errors.Join(zip.Close(), enc.Close())
}

// copy makes a copy of the SQLite file beside it, where it is exposed to nobody new, and writes that to w.
func (j Job) copy(ctx context.Context, w io.Writer, m *Manifest) error {
	tmp, err := os.CreateTemp(filepath.Dir(j.DB.Path()), ".tenday-backup-*.db") // readable by its owner alone
	if err != nil {
		return fmt.Errorf("make copy: %w", err)
	}
	name := tmp.Name()
	_ = tmp.Close()
	defer remove(name)
	if err := j.DB.CopyTo(ctx, name); err != nil {
		return err
	}
	c, err := db.Open(ctx, db.Config{DSN: name, KeyFile: j.Config.KeyFile, ReadOnly: true})
	if err != nil {
		return err
	}
	m.AuditSeq, m.AuditHash, err = audit.Head(ctx, c)
	if err := errors.Join(err, c.Close()); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open copy: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// record leaves the time for the doctor and the act in the audit.
func (j Job) record(ctx context.Context, m Manifest) error {
	return db.Do(ctx, j.DB, func(tx *db.Tx) error {
		if err := db.PutSetting(ctx, tx, Last, m.Created.Format(time.RFC3339)); err != nil {
			return err
		}
		_, err := audit.Append(ctx, tx, audit.Entry{
			Verb: "backup.write", Object: "backup:" + m.SHA256[:16],
			Detail: fmt.Sprintf("seq=%d bytes=%d recipients=%d", m.AuditSeq, m.Size, len(j.Recipients)), Count: 1,
		})
		return err
	})
}

// Keep removes all but the newest n backups in folder dir and returns how many went. Files of other names stay.
func Keep(dir string, n int) (int, error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return 0, fileFault(dir, err)
	}
	var names []string // ReadDir sorts: oldest first
	for _, e := range all {
		if _, err := os.Stat(filepath.Join(dir, e.Name()+manifestExt)); err == nil && stamped.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	old := names[:max(0, len(names)-n)]
	for _, name := range old {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.Remove(file+manifestExt), os.Remove(file)); err != nil {
			return 0, fmt.Errorf("remove old backup: %w", err)
		}
	}
	return len(old), nil
}

// writeFile gives file its content by way of a temporary name, so that it is there whole and durable, or not at all.
func writeFile(file string, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return fileFault(file, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // after the renaming there is none
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return fmt.Errorf("name backup: %w", err)
	}
	return syncDir(filepath.Dir(file))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	defer d.Close()
	_ = d.Sync() // some file systems cannot, and then renaming is as durable as they make it
	return nil
}

// remove deletes an SQLite file with all that stands beside it.
func remove(file string) {
	for _, end := range slices.Concat([]string{""}, beside) {
		_ = os.Remove(file + end)
	}
}

// beside are the files that SQLite and migration keep next to a database.
var beside = []string{"-wal", "-shm", "-journal", "-migrate", "-migrate-journal"}

// meter counts and hashes what goes through it.
type meter struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func newMeter(w io.Writer) *meter { return &meter{w: w, sum: sha256.New()} }

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.w.Write(b)
	m.sum.Write(b[:n])
	m.n += int64(n)
	return n, err
}

func (m *meter) hex() string { return hex.EncodeToString(m.sum.Sum(nil)) }
