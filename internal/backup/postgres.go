// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// dump writes pg_dump's custom format to w. The transaction that reads the audit's head stays open and lends pg_dump its
// snapshot, so that both speak of the same moment.
func (j Job) dump(ctx context.Context, w io.Writer, m *Manifest) error {
	_, err := db.InRead(ctx, j.DB, func(tx *db.Tx) (struct{}, error) {
		var snapshot string
		err := tx.Row(ctx, `SELECT pg_export_snapshot(), current_schema()`).Scan(&snapshot, &m.Namespace)
		if err != nil {
			return struct{}{}, fmt.Errorf("export snapshot: %w", err)
		}
		if m.AuditSeq, m.AuditHash, err = audit.HeadIn(ctx, tx); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, run(ctx, j.Config.DSN, nil, w, "pg_dump", "--format=custom", "--compress=0", "--no-owner",
			"--no-privileges", "--snapshot="+snapshot, "--schema="+quote(m.Namespace))
	})
	return err
}

// undump feeds a dump to pg_restore, which makes all of it or nothing.
func undump(ctx context.Context, dsn string, m Manifest, r io.Reader) error {
	// --schema also keeps pg_restore from making the schema itself, which is there and empty.
	return run(ctx, dsn, r, io.Discard, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
		"--schema="+m.Namespace)
}

// quote writes a name so that pg_dump, which takes a pattern, reads it as it is.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// libpq knows these words of an address; pgx knows more, search_path among them, which PostgreSQL's programs would refuse.
var libpq = []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "target_session_attrs", "passfile", "service"}

// run calls one of PostgreSQL's programs on the database of dsn. The password goes by the environment: a command line can be
// read by everyone on the machine.
func run(ctx context.Context, dsn string, in io.Reader, out io.Writer, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fault.New(fault.Missing, "backup.no_tool", "Tool", name)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return fault.New(fault.Invalid, "db.bad_address")
	}
	env := append(os.Environ(), "PGAPPNAME=tenday")
	if password, ok := u.User.Password(); ok {
		env = append(env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for word := range q {
		if !slices.Contains(libpq, word) {
			q.Del(word)
		}
	}
	u.RawQuery = q.Encode()
	cmd := exec.CommandContext(ctx, path, append(args, "--no-password", "--dbname="+u.String())...)
	var said bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, in, out, &said
	if err := cmd.Run(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return &fault.Error{Code: fault.Conflict, Key: "backup.tool_failed", Args: map[string]any{"Tool": name, "Said": line}, Err: err}
	}
	return nil
}
