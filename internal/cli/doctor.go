// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/backup"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

type doctorCmd struct {
	smtpFlags
}

// verdict is what one check found.
type verdict string

const (
	ok   verdict = "OK"
	warn verdict = "WARN"
	bad  verdict = "FAIL"
)

// finding is one line of the doctor's: a sentence that says what was found and, unless all is well, what to do.
type finding struct {
	verdict verdict
	key     string
	args    []any
}

func found(v verdict, key string, args ...any) finding {
	return finding{v, "cli.doctor." + key, args}
}

// check is one question to the database.
type check struct {
	name string
	run  func(ctx context.Context, d *db.DB) (finding, error)
}

// checks are made in this order; each reads the database by itself. An error is a finding too.
var checks = []check{
	{"engine", checkEngine},
	{"schema", checkSchema},
	{"integrity", checkIntegrity},
	{"modes", checkModes},
	{"encryption", checkEncryption},
	{"audit", checkAudit},
	{"derived", checkDerived},
	{"space", checkSpace},
	{"clock", checkClock},
	{"zone", checkZone},
	{"backup", checkBackup},
	{"officers", checkOfficers},
	{"imports", checkImports},
}

// mailCheck asks the mail server for its greeting, when one is named.
func (s *smtpFlags) mailCheck(ctx context.Context, _ *db.DB) (finding, error) {
	if s.SMTPHost == "" {
		return found(warn, "mail_none"), nil
	}
	address := net.JoinHostPort(s.SMTPHost, strconv.Itoa(s.SMTPPort))
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return found(bad, "mail_bad", "Address", address), nil //nolint:nilerr // the sentence says it
	}
	_ = conn.Close()
	return found(ok, "mail", "Address", address), nil
}

// Run makes all checks and ends with exit code 1 when one failed.
func (m *doctorCmd) Run(ctx context.Context, c *console) error {
	d, err := c.openAny(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	count := map[verdict]int{}
	for _, check := range append(slices.Clone(checks), check{"mail", m.mailCheck}) {
		f, err := check.run(ctx, d)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f = found(bad, "error", "Check", check.name, "What", err.Error())
		}
		count[f.verdict]++
		if f.verdict != ok || !c.Quiet {
			fmt.Fprintf(c.out, "%-5s %s\n", f.verdict, c.tr.T(f.key, f.args...))
		}
		if check.name == "schema" && f.verdict == bad {
			break // the rest would ask for tables that may not be there
		}
	}
	c.note("cli.doctor.total", "OK", count[ok], "Warn", count[warn], "Fail", count[bad])
	if count[bad] > 0 {
		return errCheck
	}
	return nil
}

func checkEngine(ctx context.Context, d *db.DB) (finding, error) {
	v, err := engineVersion(ctx, d)
	where := d.Path()
	if d.Engine == db.Postgres {
		where = "PostgreSQL"
	}
	return found(ok, "engine", "Where", where, "Version", v), err
}

func checkSchema(ctx context.Context, d *db.DB) (finding, error) {
	steps, err := d.Plan(ctx)
	if err != nil {
		return found(bad, "schema_foreign"), nil //nolint:nilerr // the sentence says it
	}
	pending := len(slices.DeleteFunc(slices.Clone(steps), func(s db.Step) bool { return !s.Pending }))
	if pending > 0 {
		return found(bad, "schema_old", "N", pending), nil
	}
	return found(ok, "schema", "Version", steps[len(steps)-1].Version), nil
}

func checkIntegrity(ctx context.Context, d *db.DB) (finding, error) {
	problem, err := d.Check(ctx)
	if problem != "" {
		return found(bad, "integrity_bad", "What", problem), err
	}
	return found(ok, "integrity"), err
}

// checkModes asks for what loses no acknowledged write when the power goes.
func checkModes(ctx context.Context, d *db.DB) (finding, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (finding, error) {
		if tx.Engine == db.Postgres {
			var fsync, commit string
			err := tx.Row(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&fsync, &commit)
			if fsync != "on" || commit == "off" {
				return found(bad, "modes_bad", "What", "fsync="+fsync+" synchronous_commit="+commit), err
			}
			return found(ok, "modes", "What", "fsync="+fsync+" synchronous_commit="+commit), err
		}
		var journal, sync string
		err := errors.Join(tx.Row(ctx, `PRAGMA journal_mode`).Scan(&journal), tx.Row(ctx, `PRAGMA synchronous`).Scan(&sync))
		if journal != "wal" || sync != "2" {
			return found(bad, "modes_bad", "What", "journal_mode="+journal+" synchronous="+sync), err
		}
		return found(ok, "modes", "What", "journal_mode=wal synchronous=full"), err
	})
}

func checkEncryption(_ context.Context, d *db.DB) (finding, error) {
	switch {
	case d.Engine == db.Postgres:
		return found(ok, "encryption_server"), nil
	case d.Encrypted():
		return found(ok, "encryption"), nil
	}
	return found(warn, "encryption_none"), nil
}

func checkAudit(ctx context.Context, d *db.DB) (finding, error) {
	chain, err := audit.Verify(ctx, d, nil)
	if chain.Bad != 0 {
		return found(bad, "audit_bad", "Seq", chain.Bad), err
	}
	return found(ok, "audit", "N", int(chain.Records)), err
}

func checkDerived(ctx context.Context, d *db.DB) (finding, error) {
	n, err := roster.NewStore(d, nil).CheckDerived(ctx)
	if n > 0 {
		return found(bad, "derived_bad", "N", n), err
	}
	return found(ok, "derived"), err
}

// A backup makes a copy beside the database, and SQLite rewrites it whole for retention: three times its size is comfortable.
func checkSpace(_ context.Context, d *db.DB) (finding, error) {
	if d.Engine == db.Postgres {
		return found(ok, "space_server"), nil
	}
	free, known := freeBytes(filepath.Dir(d.Path()))
	size, err := fileSize(d.Path())
	if err != nil || !known {
		return found(warn, "space_unknown"), err
	}
	args := []any{"Free", free >> 20, "Size", (size + 1<<20 - 1) >> 20}
	switch {
	case free < uint64(size)+100<<20:
		return found(bad, "space_bad", args...), nil
	case free < 3*uint64(size)+500<<20:
		return found(warn, "space_low", args...), nil
	}
	return found(ok, "space", args...), nil
}

// checkClock compares with what cannot lie in the future: the newest audit record.
func checkClock(ctx context.Context, d *db.DB) (finding, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (finding, error) {
		var last int64
		err := tx.Row(ctx, `SELECT coalesce(max(at), 0) FROM audit_record WHERE seq = (SELECT seq FROM audit_head WHERE id = 1)`).
			Scan(&last)
		now := tx.Now.UTC()
		if newest := time.UnixMilli(last); newest.After(now.Add(time.Minute)) || now.Year() < 2025 {
			return found(bad, "clock_bad", "Now", now.Format(time.RFC3339), "Last", newest.UTC().Format(time.RFC3339)), err
		}
		return found(ok, "clock", "Now", now.Format(time.RFC3339)), err
	})
}

func checkZone(ctx context.Context, d *db.DB) (finding, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (finding, error) {
		name, err := db.Setting(ctx, tx, "campaign.zone")
		if err != nil {
			return finding{}, err
		}
		if name == "" {
			return found(warn, "zone_none"), nil
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			return found(bad, "zone_bad", "Zone", name), nil //nolint:nilerr // the sentence says it
		}
		return found(ok, "zone", "Zone", name, "Now", tx.Now.In(zone).Format("2006-01-02 15:04 MST")), nil
	})
}

// A campaign changes by the hour: a day without a backup is worth a word, a week is a failure of the routine.
func checkBackup(ctx context.Context, d *db.DB) (finding, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (finding, error) {
		text, err := db.Setting(ctx, tx, backup.Last)
		if err != nil || text == "" {
			return found(warn, "backup_none"), err
		}
		last, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return finding{}, fmt.Errorf("read %s: %w", backup.Last, err)
		}
		hours := int(tx.Now.Sub(last).Hours())
		switch {
		case hours >= 7*24:
			return found(bad, "backup_old", "Hours", hours), nil
		case hours >= 26:
			return found(warn, "backup_old", "Hours", hours), nil
		}
		return found(ok, "backup", "Hours", hours), nil
	})
}

func checkOfficers(ctx context.Context, d *db.DB) (finding, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (finding, error) {
		n, err := officers(ctx, tx)
		switch {
		case n == 0:
			return found(bad, "officers_none"), err
		case n == 1:
			return found(warn, "officers_one"), err
		}
		return found(ok, "officers", "N", n), err
	})
}

// officers counts the accounts that hold the officer's role now.
func officers(ctx context.Context, tx *db.Tx) (n int, err error) {
	now := tx.Now.UnixMilli()
	err = tx.Row(ctx, `SELECT count(DISTINCT g.account_id) FROM role_grant g JOIN account a ON a.id = g.account_id
		WHERE g.role = 'officer' AND g.pending = 0 AND g.ended_at = 0 AND g.from_at <= $1 AND g.until_at > $2
			AND a.suspended_at = 0`, now, now).Scan(&n)
	return n, err
}

func checkImports(ctx context.Context, d *db.DB) (finding, error) {
	return db.InRead(ctx, d, func(tx *db.Tx) (finding, error) {
		working, err := db.Strings(ctx, tx, `SELECT id FROM list_import WHERE working <> '' ORDER BY id LIMIT 20`)
		if len(working) > 0 {
			return found(warn, "imports_stale", "IDs", strings.Join(working, ", ")), err
		}
		return found(ok, "imports"), err
	})
}

func fileSize(file string) (int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, fmt.Errorf("measure database: %w", err)
	}
	return info.Size(), nil
}
