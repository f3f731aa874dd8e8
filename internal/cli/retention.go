// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// hold is the setting that holds why a legal hold is in force; "" for none.
const hold = "retention.hold"

type retentionCmd struct {
	Purge   retentionRunCmd     `cmd:"" name:"run" default:"withargs" help:"cli.help.retention_run"`
	Hold    retentionHoldCmd    `cmd:"" help:"cli.help.retention_hold"`
	Release retentionReleaseCmd `cmd:"" help:"cli.help.retention_release"`
}

type retentionRunCmd struct {
	DryRun bool `help:"cli.flag.retention_dry_run"`
}

// due is what is past its date, by kind.
type due struct {
	roster.Expired
	audit  int
	phones int // rows of what phones sent
}

// Run deletes what is past its date and rewrites the database, so that it is gone from its free pages too.
func (r *retentionRunCmd) Run(ctx context.Context, c *console) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	store := roster.NewStore(d, nil)
	store.OnChange = organize.NewStore(d, nil).RosterChanged
	if r.DryRun {
		n, err := db.InRead(ctx, d, func(tx *db.Tx) (n due, err error) {
			if n.Expired, err = store.Expired(ctx, tx); err == nil {
				n.audit, err = audit.Expired(ctx, tx)
			}
			if err == nil {
				n.phones, err = offline.Expired(ctx, tx)
			}
			return n, err
		})
		if err != nil {
			return err
		}
		c.due("cli.retention.would", n)
		return nil
	}
	n, err := db.InTx(ctx, d, func(tx *db.Tx) (n due, err error) {
		why, err := db.Setting(ctx, tx, hold)
		if err != nil {
			return n, err
		}
		if why != "" {
			return n, fault.New(fault.Conflict, "cli.retention.held", "Why", why)
		}
		if n.Expired, err = store.Purge(ctx, tx); err == nil {
			n.audit, err = audit.Purge(ctx, tx)
		}
		if err == nil {
			n.phones, err = offline.Purge(ctx, tx)
		}
		return n, err
	})
	if err != nil {
		return err
	}
	if n != (due{}) {
		if err := d.Compact(ctx, slices.Concat([]string{"audit_record"}, roster.RetentionTables, offline.RetentionTables)...); err != nil {
			return err
		}
	}
	c.due("cli.retention.done", n)
	return nil
}

func (c *console) due(key string, n due) {
	c.say(key, "Files", n.Files, "People", n.People, "Audit", n.audit)
	if n.phones > 0 {
		c.say("cli.retention.phones", "N", n.phones)
	}
}

type retentionHoldCmd struct {
	Why string `arg:"" help:"cli.arg.hold_why"`
}

// Run puts a legal hold in force: nothing is deleted until it is released.
func (r *retentionHoldCmd) Run(ctx context.Context, c *console) error {
	return c.setHold(ctx, r.Why, "retention.hold", "cli.retention.hold_set")
}

type retentionReleaseCmd struct{}

// Run ends the legal hold.
func (retentionReleaseCmd) Run(ctx context.Context, c *console) error {
	return c.setHold(ctx, "", "retention.release", "cli.retention.hold_ended")
}

func (c *console) setHold(ctx context.Context, why, verb, said string) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	err = db.Do(ctx, d, func(tx *db.Tx) error {
		if err := db.PutSetting(ctx, tx, hold, why); err != nil {
			return err
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: verb, Count: 1})
		return err
	})
	if err == nil {
		c.say(said)
	}
	return err
}
