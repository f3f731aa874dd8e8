// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
)

type migrateCmd struct {
	DryRun bool `help:"cli.flag.migrate_dry_run"`
}

// Run brings the database to this program's schema, or says what that would mean.
func (m *migrateCmd) Run(ctx context.Context, c *console) error {
	d, err := c.openAny(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	steps, err := d.Plan(ctx)
	if err != nil {
		return err
	}
	pending := 0
	for _, s := range steps {
		word := "cli.migrate.applied"
		if s.Pending {
			word, pending = "cli.migrate.pending", pending+1
		}
		fmt.Fprintf(c.out, "%04d  %-24s %s\n", s.Version, s.Name, c.tr.T(word))
	}
	switch {
	case pending == 0:
		c.say("cli.migrate.current")
		return nil
	case m.DryRun:
		c.say("cli.migrate.would", "N", pending)
		return nil
	}
	done, err := d.Migrate(ctx)
	if err != nil {
		return err
	}
	c.say("cli.migrate.done", "N", len(done))
	return nil
}
