// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// config is the database that the flags name.
func (c *console) config() db.Config { return db.Config{DSN: c.DB, KeyFile: c.KeyFile} }

// noSecrets refuses a password in the arguments. In TENDAY_DB it may stand: an environment is its owner's to read.
func (c *console) noSecrets(args []string) error {
	if !db.IsPostgres(c.DB) || !slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, c.DB) }) {
		return nil
	}
	u, err := url.Parse(c.DB)
	if err != nil {
		return fault.New(fault.Invalid, "db.bad_address")
	}
	if _, ok := u.User.Password(); ok || u.Query().Has("password") {
		return fault.New(fault.Invalid, "cli.password_on_line")
	}
	return nil
}

// open opens a database that is there and migrated.
func (c *console) open(ctx context.Context) (*db.DB, error) {
	d, err := c.openAny(ctx)
	if err != nil {
		return nil, err
	}
	steps, err := d.Plan(ctx)
	if err == nil && slices.ContainsFunc(steps, func(s db.Step) bool { return s.Pending }) {
		err = fault.New(fault.Conflict, "cli.not_migrated")
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// openAny opens a database that is there, whatever its schema. It never makes one: a typing error in --db must not.
func (c *console) openAny(ctx context.Context) (*db.DB, error) {
	if !db.IsPostgres(c.DB) {
		if info, err := os.Stat(strings.TrimPrefix(c.DB, "file:")); errors.Is(err, os.ErrNotExist) {
			return nil, fault.New(fault.Missing, "cli.no_database", "Path", c.DB)
		} else if err == nil && info.IsDir() {
			return nil, fault.New(fault.Invalid, "cli.db_is_folder", "Path", c.DB)
		}
	}
	return c.openOrMake(ctx)
}

func (c *console) openOrMake(ctx context.Context) (*db.DB, error) {
	d, err := db.Open(ctx, c.config())
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok { // its text names user and host, no password
		return nil, &fault.Error{Code: fault.Invalid, Key: "cli.no_server", Args: map[string]any{"Address": db.RedactDSN(c.DB)}, Err: err}
	}
	return d, err
}
