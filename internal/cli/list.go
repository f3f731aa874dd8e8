// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

type listCmd struct {
	Preview listPreviewCmd `cmd:"" help:"cli.help.list_preview"`
	Apply   listApplyCmd   `cmd:"" help:"cli.help.list_apply"`
	Undo    listUndoCmd    `cmd:"" help:"cli.help.list_undo"`
}

// listFlags are those of preview and apply.
type listFlags struct {
	File string `arg:"" help:"cli.arg.list_file"`
	As   string `placeholder:"ADDRESS" help:"cli.flag.as"`
	Kind string `enum:"employer,union" default:"employer" help:"cli.flag.list_kind"`
	AsOf string `placeholder:"YYYY-MM-DD" help:"cli.flag.as_of"`
}

type listPreviewCmd struct{ listFlags }

// Run shows what a list would change and drops it again.
func (l *listPreviewCmd) Run(ctx context.Context, c *console) error {
	return c.asAccount(ctx, l.As, func(ctx context.Context, d *db.DB, s *roster.Store) error {
		id, err := l.previewed(ctx, c, d, s)
		if id != "" {
			err = errors.Join(err, s.Discard(context.WithoutCancel(ctx), id))
		}
		if err == nil {
			c.note("cli.list.nothing_applied")
		}
		return err
	})
}

type listApplyCmd struct{ listFlags }

// Run applies a list. One that stops, or has rows that wait for a decision, stays as a preview for the pages to go on with.
func (l *listApplyCmd) Run(ctx context.Context, c *console) error {
	if err := required(map[string]string{"--as": l.As, "--as-of": l.AsOf}); err != nil {
		return err
	}
	return c.asAccount(ctx, l.As, func(ctx context.Context, d *db.DB, s *roster.Store) error {
		id, err := l.previewed(ctx, c, d, s)
		if err == nil {
			err = s.Apply(ctx, id)
		}
		if err != nil {
			if id != "" {
				c.note("cli.list.waits", "ID", id)
			}
			return err
		}
		c.say("cli.list.applied", "ID", id)
		return nil
	})
}

type listUndoCmd struct {
	ID string `arg:"" help:"cli.arg.list_id"`
	As string `placeholder:"ADDRESS" help:"cli.flag.as"`
}

// Run takes an applied list back.
func (l *listUndoCmd) Run(ctx context.Context, c *console) error {
	return c.asAccount(ctx, l.As, func(ctx context.Context, _ *db.DB, s *roster.Store) error {
		done, err := s.Undo(ctx, l.ID)
		if err != nil {
			return err
		}
		c.say("cli.list.undone", "N", len(done.Lists), "Kept", len(done.Kept))
		return nil
	})
}

// asAccount runs f on the roster as the account that has the address, with what its grants allow and nothing more.
func (c *console) asAccount(ctx context.Context, address string, f func(context.Context, *db.DB, *roster.Store) error) (err error) {
	if err := required(map[string]string{"--as": address}); err != nil {
		return err
	}
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	id, err := db.InRead(ctx, d, func(tx *db.Tx) (id string, err error) {
		_, err = db.Found(tx.Row(ctx, `SELECT id FROM account WHERE email = $1 AND suspended_at = 0`, strings.ToLower(address)).Scan(&id))
		return id, err
	})
	if err != nil {
		return fmt.Errorf("find account: %w", err)
	}
	if id == "" {
		return fault.New(fault.Invalid, "cli.list.no_account", "Address", address)
	}
	accounts := auth.NewStore(d, false)
	identity, err := accounts.IdentityOf(ctx, id)
	if err != nil {
		return err
	}
	log := audit.NewLog(d)
	defer func() { err = errors.Join(err, log.Close()) }()
	people := roster.NewStore(d, log) // a list has here what follows it on a server, too
	people.OnOut, people.OnChange = accounts.SuspendPeople, organize.NewStore(d, log).RosterChanged
	return f(auth.As(ctx, identity), d, people)
}

// previewed brings the file in, previews it and prints what that found. It returns the list's id once there is one.
func (l *listFlags) previewed(ctx context.Context, c *console, d *db.DB, s *roster.Store) (string, error) {
	f, err := os.Open(l.File)
	if err != nil {
		return "", &fault.Error{Code: fault.Invalid, Key: "cli.list.no_file", Args: map[string]any{"File": l.File}, Err: err}
	}
	defer f.Close()
	size, err := fileSize(l.File)
	if err != nil {
		return "", err
	}
	day, err := roster.ParseDate(l.AsOf)
	if err != nil {
		return "", fault.Field("--as-of", "cli.list.as_of_form", "Text", l.AsOf)
	}
	if day.IsZero() {
		day = roster.DateOf(d.Now())
	}
	id, err := s.Upload(ctx, roster.ListKind(l.Kind), filepath.Base(l.File), f, size)
	if err != nil {
		return "", err
	}
	if err := s.SetAsOf(ctx, id, day, false); err != nil {
		return id, err
	}
	if err := s.Preview(ctx, id, nil); err != nil {
		return id, err
	}
	imp, err := s.Import(ctx, id)
	if err != nil {
		return id, err
	}
	c.summary(imp.Summary)
	if err := c.problems(ctx, d, id, filepath.Base(l.File)); err != nil {
		return id, err
	}
	if imp.State == roster.ListStopped {
		return id, fault.New(fault.Conflict, "cli.list.stopped")
	}
	return id, nil
}

// summary prints the counts of a preview, and why the list stopped if it did.
func (c *console) summary(s roster.Summary) {
	fmt.Fprintf(c.out, "%7d  %s\n", s.Rows, c.tr.T("cli.list.rows"))
	for _, state := range slices.Sorted(maps.Keys(s.States)) {
		fmt.Fprintf(c.out, "%7d  %s\n", s.States[state], c.tr.T("cli.list.state_"+state))
	}
	fmt.Fprintf(c.out, "%7d  %s\n", s.Absent, c.tr.T("cli.list.absent"))
	fmt.Fprintf(c.out, "%7d  %s\n", s.AsideN, c.tr.T("cli.list.aside"))
	for _, stop := range s.Stops {
		c.say("cli.list.stop_"+stop.Rule, "Field", stop.Field, "N", stop.N, "Of", stop.Of, "Line", stop.Line)
	}
}

// maxProblems is how many rows are named; the pages show all.
const maxProblems = 50

// problems names the rows that cannot be read: file, line, field, what is wrong.
func (c *console) problems(ctx context.Context, d *db.DB, id, file string) error {
	type row struct {
		line     int
		problems []roster.Finding
	}
	rows, err := db.InRead(ctx, d, func(tx *db.Tx) ([]row, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (one row, err error) {
			var text string
			if err := r.Scan(&one.line, &text); err != nil {
				return one, err
			}
			return one, json.Unmarshal([]byte(text), &one.problems)
		}, `SELECT line, problem FROM list_row WHERE import_id = $1 AND problem <> '' ORDER BY line LIMIT $2`, id, maxProblems)
	})
	if err != nil {
		return fmt.Errorf("read problems of list: %w", err)
	}
	for _, r := range rows {
		for _, p := range r.problems {
			c.say("cli.list.problem", "File", file, "Line", r.line, "Field", p.Field.String(), "Value", p.Value,
				"What", c.tr.T("roster.problem."+p.Code))
		}
	}
	return nil
}
