// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/fault"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"cli.help.audit_verify"`
	Head   auditHeadCmd   `cmd:"" help:"cli.help.audit_head"`
}

type auditVerifyCmd struct {
	Head string `placeholder:"SEQ:HASH" help:"cli.flag.head"`
}

// Run walks the chain. With --head it also asks whether the record that an officer noted is still in it.
func (a *auditVerifyCmd) Run(ctx context.Context, c *console) error {
	noted, err := parseHead(a.Head)
	if err != nil {
		return err
	}
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	const step = 100_000
	next := int64(step)
	chain, err := audit.Verify(ctx, d, func(n int64) {
		if n >= next {
			c.note("cli.audit.progress", "N", int(n))
			next += step
		}
	})
	if err != nil {
		return err
	}
	if chain.Bad != 0 {
		c.say("cli.audit.broken", "Seq", chain.Bad, "Why", c.tr.T("cli.audit.why_"+chain.Why), "Good", chain.Bad-1)
		return errCheck
	}
	c.say("cli.audit.holds", "N", int(chain.Records), "Head", fmt.Sprintf("%d:%s", chain.Records, chain.Head))
	if noted.hash == "" {
		return nil
	}
	hash, err := audit.HashOf(ctx, d, noted.seq)
	if err != nil {
		return err
	}
	if hash != noted.hash {
		c.say("cli.audit.head_differs", "Seq", noted.seq)
		return errCheck
	}
	c.say("cli.audit.head_fits", "Seq", noted.seq)
	return nil
}

type auditHeadCmd struct{}

// Run prints the newest record's number and hash, for two officers to note each day.
func (auditHeadCmd) Run(ctx context.Context, c *console) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	seq, hash, err := audit.Head(ctx, d)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d:%s\n", seq, hash)
	c.note("cli.audit.head_note", "At", c.tr.Moment(d.Now().UTC()))
	return nil
}

// head is a record as an officer noted it.
type head struct {
	seq  int64
	hash string
}

func parseHead(s string) (head, error) {
	if s == "" {
		return head{}, nil
	}
	var h head
	if _, err := fmt.Sscanf(s, "%d:%64s", &h.seq, &h.hash); err != nil || h.seq < 1 || len(h.hash) != 64 {
		return head{}, fault.New(fault.Invalid, "cli.audit.head_form")
	}
	return h, nil
}
