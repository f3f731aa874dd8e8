// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Profile is what one reader may see of one person, as of a day.
type Profile struct {
	Person
	Name        Name
	On          Date // the day it is as of
	Now         bool // that day is today
	Names       []PersonName
	Jobs        []Employment // that cover the day, the primary one first
	Past        []Employment // ended before it, newest first
	FTE         int          // sum over Jobs, hundredths; -1: not said
	Identifiers []PersonIdentifier
	Contacts    []Contact // nil when the reader may not see them
	Changes     []Change  // newest first
	MayContact  bool
	MayEdit     bool // all of it
	MayEditOwn  bool // contacts, preferred name, pronouns and languages
	Own         bool // the reader herself

	zone    *time.Location
	sites   *placed
	authors map[string]string // account -> shown name
	sources map[string]string // import -> file name
}

// tooMuch is the sum of shares of full time from which on somebody should look: two full jobs are rare, a typing error is not.
const tooMuch = 150

// inReach tells whether the person is within r, by the one condition that every page uses.
func inReach(ctx context.Context, tx *db.Tx, r auth.Reach, id string) (bool, error) {
	if r.Ability == "" {
		return false, nil
	}
	if r.Person != "" && r.Person != id {
		me, err := myself(ctx, tx)
		if err != nil {
			return false, err
		}
		r.Person = me
	}
	var args db.Args
	var one int
	text := `SELECT 1 FROM person p WHERE p.id = ` + args.Add(id) + ` AND p.merged_into = '' AND ` + r.Where("p.id", &args)
	return db.Found(tx.Row(ctx, text, args...).Scan(&one))
}

// myself returns the record of the caller herself, "" for none: the one that remains when hers was joined to another. The account
// keeps the record it was made for, since a join can be undone.
func myself(ctx context.Context, tx *db.Tx) (string, error) {
	who := auth.By(ctx)
	if who == nil || who.Person == "" {
		return "", nil
	}
	id, err := remains(ctx, tx, who.Person)
	if fault.CodeOf(err) == fault.Missing {
		return "", nil
	}
	return id, err
}

// remains returns the id of the record that stands for id now: itself, or the one that it was joined to.
func remains(ctx context.Context, tx *db.Tx, id string) (string, error) {
	for range 20 { // a chain of joins; a circle cannot be made
		var into string
		ok, err := db.Found(tx.Row(ctx, `SELECT merged_into FROM person WHERE id = $1`, id).Scan(&into))
		if err != nil {
			return "", fmt.Errorf("read person: %w", err)
		}
		if !ok {
			return "", missing()
		}
		if into == "" {
			return id, nil
		}
		id = into
	}
	return "", missing()
}

// Profile returns the person as of day on (the zero Date: today) and records that she was looked at. The id may be that of a
// record that was joined to another: the Profile carries the id of the one that remains. Errors: Missing, also out of reach.
func (s *Store) Profile(ctx context.Context, id string, on Date) (*Profile, error) {
	read, err := auth.Allowed(ctx, auth.PersonRead)
	if err != nil {
		return nil, err
	}
	p, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Profile, error) {
		id, err := remains(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if ok, err := inReach(ctx, tx, read, id); err != nil {
			return nil, err
		} else if !ok {
			return nil, missing()
		}
		return s.profile(ctx, tx, id, on)
	})
	if err != nil {
		return nil, err
	}
	return p, s.log.Read(ctx, audit.Entry{Verb: "person.open", Object: "person:" + p.ID, Scope: read.Label(), Subjects: []string{p.ID}, Count: 1})
}

func (s *Store) profile(ctx context.Context, tx *db.Tx, id string, on Date) (*Profile, error) {
	today, err := s.today(ctx, tx)
	if err != nil {
		return nil, err
	}
	if on.IsZero() {
		on = today
	}
	p := &Profile{On: on, Now: on == today, FTE: -1}
	rev, err := revision(ctx, tx)
	if err != nil {
		return nil, err
	}
	if p.sites, err = s.placed(ctx, tx, rev); err != nil {
		return nil, err
	}
	if p.zone, err = db.Zone(ctx, tx); err != nil {
		return nil, err
	}
	if p.Changes, err = changesOf(ctx, tx, id); err != nil {
		return nil, err
	}
	end := time.Date(on.Year, on.Month, on.Day+1, 0, 0, 0, 0, p.zone).UnixMilli()
	f, err := fileAsOf(ctx, tx, id, end, p.Now, p.Changes)
	if err != nil {
		return nil, err
	}
	p.Person, p.Name, p.Identifiers, p.Names = f.Person, f.shown(on), f.identifiers, f.names
	p.Jobs = f.jobs(on)
	for _, e := range p.Jobs {
		if e.FTE >= 0 {
			p.FTE = max(p.FTE, 0) + e.FTE
		}
	}
	for _, e := range slices.Backward(f.employments) {
		if !e.EndsOn.IsZero() && e.EndsOn.Before(on) {
			p.Past = append(p.Past, e)
		}
	}
	if err := s.rights(ctx, tx, p); err != nil {
		return nil, err
	}
	if p.MayContact {
		p.Contacts = f.contacts
		if err := hideStrangers(ctx, tx, p.Contacts); err != nil {
			return nil, err
		}
	} else {
		p.HomeZIP = ""
	}
	p.Changes = slices.DeleteFunc(p.Changes, func(c Change) bool {
		private := c.Entity == "contact_point" || c.Field == "home_zip"
		return c.At.UnixMilli() >= end || private && !p.MayContact
	})
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Field == "shared_with" { // ids of others
			c.Before, c.After = "", ""
		}
	}
	return p, s.credit(ctx, tx, p)
}

// rights says what the reader may see and do beyond reading.
func (s *Store) rights(ctx context.Context, tx *db.Tx, p *Profile) (err error) {
	me, err := myself(ctx, tx)
	if err != nil {
		return err
	}
	p.Own = me == p.ID
	if p.MayContact, err = inReach(ctx, tx, reach(ctx, auth.PersonContact), p.ID); err != nil {
		return err
	}
	p.MayEdit, p.MayEditOwn, err = mayEdit(ctx, tx, p.ID)
	return err
}

// mayEdit tells whether the caller may change all of a person, or only what a member says of herself. Of herself nobody changes
// more than that, whatever her role.
func mayEdit(ctx context.Context, tx *db.Tx, id string) (all, own bool, err error) {
	if own, err = inReach(ctx, tx, reach(ctx, auth.PersonEdit), id); err != nil {
		return false, false, err
	}
	me, err := myself(ctx, tx)
	return own && me != id, own, err
}

// hideStrangers leaves in SharedWith those alone whose contacts the caller may see.
func hideStrangers(ctx context.Context, tx *db.Tx, all []Contact) error {
	r := reach(ctx, auth.PersonContact)
	if r.All {
		return nil
	}
	for i := range all {
		var kept []string
		for _, id := range all[i].SharedWith {
			ok, err := inReach(ctx, tx, r, id)
			if err != nil {
				return err
			}
			if ok {
				kept = append(kept, id)
			}
		}
		all[i].SharedWith = kept
	}
	return nil
}

// credit finds the names of accounts and the files of imports that the changes speak of.
func (s *Store) credit(ctx context.Context, tx *db.Tx, p *Profile) error {
	p.authors, p.sources = map[string]string{}, map[string]string{}
	for _, c := range p.Changes {
		p.authors[c.Account], p.sources[c.Import] = "", ""
	}
	read := func(into map[string]string, query string) error {
		var ids []string
		for id := range into {
			ids = append(ids, id)
		}
		if len(ids) == 0 {
			return nil
		}
		slices.Sort(ids)
		var args db.Args
		in := args.In(ids)
		return tx.Rows(ctx, query+in, args, func(r *sql.Rows) error {
			var id, name string
			err := r.Scan(&id, &name)
			into[id] = name
			return err
		})
	}
	if err := read(p.authors, `SELECT id, display FROM account WHERE id IN `); err != nil {
		return fmt.Errorf("read authors: %w", err)
	}
	if err := read(p.sources, `SELECT id, file_name FROM list_import WHERE id IN `); err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	return nil
}

// parseOn reads the day of ?on=, the zero Date for none. Errors: Invalid.
func parseOn(text string) (Date, error) {
	d, err := ParseDate(text)
	if err != nil {
		return Date{}, &fault.Error{Code: fault.Invalid, Key: "roster.problem.date_form", Field: "on", Err: err}
	}
	return d, nil
}
