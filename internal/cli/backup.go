// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/backup"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

type backupCmd struct {
	Write    backupWriteCmd    `cmd:"" default:"withargs" help:"cli.help.backup_write"`
	Keygen   backupKeygenCmd   `cmd:"" help:"cli.help.backup_keygen"`
	Identity backupIdentityCmd `cmd:"" help:"cli.help.backup_identity"`
}

type backupWriteCmd struct {
	To             string   `placeholder:"DIR|FILE" help:"cli.flag.backup_to"`
	Recipient      []string `placeholder:"age1…" help:"cli.flag.recipient"`
	RecipientsFile string   `placeholder:"PATH" help:"cli.flag.recipients_file"`
	SignKeyFile    string   `env:"TENDAY_SIGN_KEY_FILE" placeholder:"PATH" help:"cli.flag.sign_key_file"`
	Keep           int      `placeholder:"N" help:"cli.flag.keep"`
}

// Run writes one backup.
func (b *backupWriteCmd) Run(ctx context.Context, c *console) error {
	err := required(map[string]string{"--to": b.To, "--sign-key-file": b.SignKeyFile})
	if err != nil {
		return err
	}
	if info, err := os.Stat(b.To); b.Keep < 0 || b.Keep > 0 && (err != nil || !info.IsDir()) {
		return fault.New(fault.Invalid, "cli.keep_needs_folder")
	}
	to, err := backup.Recipients(b.Recipient, b.RecipientsFile)
	if err != nil {
		return err
	}
	sign, err := backup.ReadSigner(b.SignKeyFile)
	if err != nil {
		return err
	}
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	file, m, err := backup.Job{DB: d, Config: c.config(), Recipients: to, Sign: sign, Program: programVersion()}.Write(ctx, b.To)
	if err != nil {
		return err
	}
	c.say("cli.backup.written", "File", file, "Bytes", m.Size, "Seq", m.AuditSeq)
	if len(to) == 1 {
		c.note("cli.backup.one_recipient")
	}
	if b.Keep > 0 {
		n, err := backup.Keep(b.To, b.Keep)
		if err != nil {
			return err
		}
		c.note("cli.backup.removed", "N", n)
	}
	return nil
}

type backupKeygenCmd struct {
	File string `arg:"" help:"cli.arg.keygen"`
}

// Run makes the pair of keys that signs and verifies manifests.
func (b *backupKeygenCmd) Run(c *console) error {
	if _, err := backup.NewSigningKey(b.File); err != nil {
		return err
	}
	c.say("cli.backup.keygen", "File", b.File)
	return nil
}

type backupIdentityCmd struct {
	File string `arg:"" help:"cli.arg.identity"`
}

// Run makes an age identity for one officer.
func (b *backupIdentityCmd) Run(c *console) error {
	recipient, err := backup.NewIdentity(b.File)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, recipient)
	c.note("cli.backup.identity", "File", b.File)
	return nil
}

type restoreCmd struct {
	File         string `arg:"" help:"cli.arg.restore"`
	IdentityFile string `placeholder:"PATH" help:"cli.flag.identity_file"`
	VerifyKey    string `placeholder:"PATH" help:"cli.flag.verify_key"`
	To           string `placeholder:"PATH|postgres://…" help:"cli.flag.restore_to"`
	Yes          bool   `help:"cli.flag.yes"`
}

// Run puts a backup back. What it would replace it asks about first.
func (r *restoreCmd) Run(ctx context.Context, c *console) error {
	err := required(map[string]string{"--identity-file": r.IdentityFile, "--verify-key": r.VerifyKey})
	if err != nil {
		return err
	}
	to := c.config()
	if r.To != "" {
		to.DSN = r.To
	}
	ids, err := backup.ReadIdentities(r.IdentityFile)
	if err != nil {
		return err
	}
	verify, err := backup.ReadVerifier(r.VerifyKey)
	if err != nil {
		return err
	}
	if !r.Yes && !db.IsPostgres(to.DSN) {
		if _, err := os.Stat(to.DSN); err == nil && !c.agrees("cli.restore.ask", "Path", to.DSN) {
			return fault.New(fault.Conflict, "cli.restore.not_agreed")
		}
	}
	m, kept, err := backup.Restore{File: r.File, Identities: ids, Verify: verify, To: to}.Run(ctx)
	if err != nil {
		return err
	}
	c.say("cli.restore.done", "File", filepath.Base(r.File), "At", c.tr.Moment(m.Created), "Seq", m.AuditSeq)
	if kept != "" {
		c.say("cli.restore.kept", "Path", kept)
	}
	return nil
}

// agrees asks a question whose answer is the word for yes; without an answer it is no.
func (c *console) agrees(key string, args ...any) bool {
	fmt.Fprint(c.err, c.tr.T(key, args...)+" ")
	line, _ := bufio.NewReader(c.in).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(line), c.tr.T("cli.yes"))
}

// required returns an Invalid that names every flag without a value.
func required(flags map[string]string) error {
	var problems []*fault.Error
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] == "" {
			problems = append(problems, fault.New(fault.Invalid, "cli.flag_missing", "Flag", name))
		}
	}
	return fault.Join(problems...)
}
