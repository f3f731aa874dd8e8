// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// baseURL is the setting that holds the campaign's address.
const baseURL = "campaign.base_url"

type initCmd struct {
	Campaign       string   `placeholder:"NAME" help:"cli.flag.campaign"`
	Zone           string   `placeholder:"ZONE" help:"cli.flag.zone"`
	OfficerName    string   `placeholder:"NAME" help:"cli.flag.officer_name"`
	OfficerEmail   string   `placeholder:"ADDRESS" help:"cli.flag.officer_email"`
	Employer       string   `placeholder:"NAME" help:"cli.flag.employer"`
	EmployerDomain []string `placeholder:"DOMAIN" help:"cli.flag.employer_domain"`
	BaseURL        string   `name:"base-url" placeholder:"https://…" help:"cli.flag.base_url"`
	NewKeyFile     string   `placeholder:"PATH" help:"cli.flag.new_key_file"`
}

// Run makes the database and its first officer. What the flags leave open it asks for. A run that was stopped half-way is taken
// up by the next: only an officer makes the database a finished one.
func (i *initCmd) Run(ctx context.Context, c *console) error {
	if i.NewKeyFile != "" && c.KeyFile != "" {
		return fault.New(fault.Invalid, "cli.init.two_keys")
	}
	if i.NewKeyFile != "" && db.IsPostgres(c.DB) {
		return fault.New(fault.Invalid, "db.key_is_sqlite")
	}
	if err := i.refuseFinished(ctx, c); err != nil {
		return err
	}
	if err := i.ask(c); err != nil {
		return err
	}
	if err := i.check(); err != nil {
		return err
	}
	if err := i.makeFiles(c); err != nil {
		return err
	}
	d, err := c.openOrMake(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	link, err := i.fill(ctx, d)
	if err != nil {
		return err
	}
	c.say("cli.init.done", "Database", db.RedactDSN(c.DB))
	if i.NewKeyFile != "" {
		c.say("cli.init.key", "File", i.NewKeyFile)
	}
	base := i.BaseURL
	if base == "" {
		base = "http://" + defaultAddr
	}
	c.say("cli.init.link", "Link", base+link)
	return nil
}

// refuseFinished looks before anything is asked or made.
func (i *initCmd) refuseFinished(ctx context.Context, c *console) error {
	if i.NewKeyFile != "" {
		if _, err := os.Lstat(i.NewKeyFile); err == nil {
			return fault.New(fault.Conflict, "cli.init.key_there", "File", i.NewKeyFile)
		}
	}
	d, err := c.open(ctx)
	if e, ok := errors.AsType[*fault.Error](err); ok && (e.Key == "cli.no_database" || e.Key == "cli.not_migrated") {
		return nil
	} else if err != nil {
		return err
	}
	defer d.Close()
	n, err := db.InRead(ctx, d, func(tx *db.Tx) (int, error) { return officers(ctx, tx) })
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, "cli.init.finished", "Database", db.RedactDSN(c.DB))
	}
	return nil
}

// ask asks for each thing that has no flag; at the end of the input what is still missing is named.
func (i *initCmd) ask(c *console) error {
	in := bufio.NewReader(c.in)
	var problems []*fault.Error
	for _, q := range []struct {
		value     *string
		flag, key string
	}{
		{&i.Campaign, "--campaign", "campaign"},
		{&i.Zone, "--zone", "zone"},
		{&i.Employer, "--employer", "employer"},
		{&i.OfficerName, "--officer-name", "officer_name"},
		{&i.OfficerEmail, "--officer-email", "officer_email"},
	} {
		if *q.value != "" {
			continue
		}
		fmt.Fprint(c.err, c.tr.T("cli.ask."+q.key)+" ")
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read answer: %w", err)
		}
		if err != nil {
			fmt.Fprintln(c.err)
		}
		if *q.value = strings.TrimSpace(line); *q.value == "" {
			problems = append(problems, fault.New(fault.Invalid, "cli.flag_missing", "Flag", q.flag))
		}
	}
	return fault.Join(problems...)
}

// check finds what is wrong before anything is made.
func (i *initCmd) check() error {
	var problems []*fault.Error
	if _, err := time.LoadLocation(i.Zone); err != nil || i.Zone == "Local" {
		problems = append(problems, fault.Field("--zone", "cli.init.zone", "Zone", i.Zone))
	}
	for _, domain := range i.EmployerDomain {
		if !strings.Contains(domain, ".") || strings.ContainsAny(domain, "@/: ") {
			problems = append(problems, fault.Field("--employer-domain", "cli.init.domain", "Domain", domain))
		}
	}
	if _, err := mail.Personal(i.OfficerEmail, i.EmployerDomain); err != nil {
		if e, ok := errors.AsType[*fault.Error](err); ok {
			e.Field = "--officer-email"
			problems = append(problems, e)
		}
	}
	if i.BaseURL != "" {
		var err error
		if i.BaseURL, err = origin(i.BaseURL); err != nil {
			problems = append(problems, fault.Field("--base-url", "cli.base_url_form", "URL", i.BaseURL))
		}
	}
	return fault.Join(problems...)
}

// origin returns the scheme and host of an address, which must hold nothing else.
func origin(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" ||
		u.Fragment != "" || u.User != nil {
		return address, fault.New(fault.Invalid, "cli.base_url_form", "URL", address)
	}
	return u.Scheme + "://" + u.Host, nil
}

// makeFiles makes key and database file, readable by their owner alone.
func (i *initCmd) makeFiles(c *console) error {
	if i.NewKeyFile != "" {
		if _, err := os.Stat(c.DB); err == nil { // it has no key or another
			return fault.New(fault.Conflict, "cli.init.key_too_late", "Path", c.DB)
		}
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		if err := makeFile(i.NewKeyFile, hex.EncodeToString(key)+"\n"); err != nil {
			return err
		}
		c.KeyFile = i.NewKeyFile
	}
	if db.IsPostgres(c.DB) {
		return nil
	}
	if _, err := os.Stat(c.DB); err == nil {
		return nil
	}
	return makeFile(c.DB, "")
}

func makeFile(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "cli.cannot_make", Args: map[string]any{"File": name}, Err: err}
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make %s: %w", name, err)
	}
	return nil
}

// fill sets what the campaign is, its employer and its first officer, and returns the path of her link.
func (i *initCmd) fill(ctx context.Context, d *db.DB) (string, error) {
	employer := false
	err := db.Do(ctx, d, func(tx *db.Tx) error {
		for name, value := range map[string]string{"campaign.name": i.Campaign, "campaign.zone": i.Zone, baseURL: i.BaseURL} {
			if err := db.PutSetting(ctx, tx, name, value); err != nil {
				return err
			}
		}
		var n int
		err := tx.Row(ctx, `SELECT count(*) FROM employer`).Scan(&n)
		employer = n > 0
		return err
	})
	if err != nil {
		return "", err
	}
	if !employer {
		_, _, err := roster.NewStore(d, nil).AddEmployer(ctx, roster.Employer{Name: i.Employer, MailDomains: i.EmployerDomain},
			roster.UnitInfo{Name: i.Campaign})
		if err != nil {
			return "", err
		}
	}
	return auth.FirstOfficer(ctx, d, i.OfficerName, i.OfficerEmail)
}
