// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// Change is one line of a person's history: a field that changed, or a row that was added (Field is "" then).
type Change struct {
	ID            string
	At            time.Time
	Account       string
	Import        string // "" by hand
	Entity        string // table
	EntityID      string
	Field         string
	Before, After string // as shown; of a row added, After says what it is
	raw           [2]string
}

// Each is read by its index on person_id; a person has tens of them.
const (
	sqlChanges = `SELECT id, at, by_account, import_id, entity, entity_id, field, before, after FROM change
		WHERE person_id = $1 ORDER BY id DESC LIMIT 500`
	sqlAddedPeople = `SELECT id, at, by_account, source_import, '' FROM person WHERE id = $1`
	sqlAddedNames  = `SELECT id, at, by_account, source_import, given || ' ' || family FROM person_name WHERE person_id = $1 ORDER BY id`
	sqlAddedJobs   = `SELECT e.id, e.at, e.by_account, e.source_import, w.name FROM employment e
		JOIN worksite w ON w.id = e.worksite_id WHERE e.person_id = $1 ORDER BY e.id`
	sqlAddedContacts = `SELECT id, at, by_account, source_import, value FROM contact_point WHERE person_id = $1 ORDER BY id`
)

// changesOf returns the history of a person, newest first. Rows that came with the person herself are not told apart from her.
func changesOf(ctx context.Context, tx *db.Tx, id string) ([]Change, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (c Change, err error) {
		var at int64
		err = r.Scan(&c.ID, &at, &c.Account, &c.Import, &c.Entity, &c.EntityID, &c.Field, &c.raw[0], &c.raw[1])
		c.At = time.UnixMilli(at)
		c.Before, c.After = shownValue(c.raw[0]), shownValue(c.raw[1])
		return c, err
	}, sqlChanges, id)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	var began int64
	for _, q := range []struct{ entity, text string }{
		{"person", sqlAddedPeople}, {"person_name", sqlAddedNames}, {"employment", sqlAddedJobs}, {"contact_point", sqlAddedContacts},
	} {
		err := tx.Rows(ctx, q.text, []any{id}, func(r *sql.Rows) error {
			c := Change{Entity: q.entity}
			var at int64
			err := r.Scan(&c.EntityID, &at, &c.Account, &c.Import, &c.After)
			c.At = time.UnixMilli(at)
			switch {
			case q.entity == "person":
				began = at
				all = append(all, c)
			case at != began:
				all = append(all, c)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read additions: %w", err)
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return b.At.Compare(a.At) })
	return all, nil
}

// shownValue turns a journalled value into what a reader sees.
func shownValue(raw string) string {
	v, err := journalled(raw)
	if err != nil {
		return raw
	}
	text, ok := v.(string)
	if !ok {
		return fmt.Sprint(v)
	}
	var list []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &list) == nil {
		return strings.Join(list, ", ")
	}
	return text
}

// fileAsOf returns what is on file about id, with the fields that have no date of their own as they stood before the instant
// end (Unix milliseconds). Names and jobs are dated themselves and stay: what is known today of an earlier day is what counts.
func fileAsOf(ctx context.Context, tx *db.Tx, id string, end int64, now bool, changes []Change) (*file, error) {
	all, err := filesOf(ctx, tx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, missing()
	}
	f := all[0]
	if now {
		return f, nil
	}
	if f.contacts, err = contactsAsOf(ctx, tx, id, end); err != nil {
		return nil, err
	}
	for _, c := range changes { // newest first: the last to be rolled back is the oldest one after the day
		if c.At.UnixMilli() >= end && c.Field != "" {
			v, err := journalled(c.raw[0])
			if err != nil {
				return nil, fmt.Errorf("read journal %s: %w", c.ID, err)
			}
			f.put(c, v)
		}
	}
	return f, nil
}

const sqlContactsAsOf = `SELECT id, person_id, kind, value, ext, as_given, is_personal, status, verified_at, shared_with, source
	FROM contact_point WHERE person_id = $1 AND at < $2 AND (removed_at = 0 OR removed_at >= $3) ORDER BY id`

func contactsAsOf(ctx context.Context, tx *db.Tx, id string, end int64) ([]Contact, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (c Contact, err error) {
		var shared string
		err = r.Scan(&c.ID, &c.PersonID, &c.Kind, &c.Value, &c.Ext, &c.AsGiven, &c.Personal, &c.Status, &c.VerifiedAt, &shared, &c.Source)
		c.SharedWith = listOf(shared)
		return c, err
	}, sqlContactsAsOf, id, end, end)
	if err != nil {
		return nil, fmt.Errorf("read contacts of a day: %w", err)
	}
	return all, nil
}

// put sets one journalled field back. Dates of jobs and names are facts of their own and are left alone.
func (f *file) put(c Change, v any) {
	text, _ := v.(string)
	number, _ := v.(int64)
	switch c.Entity {
	case "person":
		p := &f.Person
		switch c.Field {
		case "unit_status":
			p.UnitStatus = UnitStatus(text)
		case "unit_status_why":
			p.UnitStatusWhy = text
		case "member_status":
			p.MemberStatus = text
		case "pronouns":
			p.Pronouns = text
		case "languages":
			p.Languages = listOf(text)
		case "home_zip":
			p.HomeZIP = text
		case "card_signed_on":
			_ = p.CardSignedOn.UnmarshalText([]byte(text))
		}
	case "person_name":
		for i := range f.names {
			if n := &f.names[i]; n.ID == c.EntityID {
				switch c.Field {
				case "given":
					n.Name.Given = text
				case "middle":
					n.Name.Middle = text
				case "family":
					n.Name.Family = text
				case "suffix":
					n.Name.Suffix = text
				}
			}
		}
	case "employment":
		for i := range f.employments {
			if e := &f.employments[i]; e.ID == c.EntityID {
				switch c.Field {
				case "department":
					e.Department = text
				case "job_class":
					e.JobClass = JobClass(text)
				case "title_printed":
					e.TitlePrinted = text
				case "fte":
					e.FTE = int(number)
				case "shift":
					e.Shift = Shift(text)
				case "on_leave":
					e.OnLeave = number == 1
				case "is_primary":
					e.Primary = number == 1
				}
			}
		}
	case "contact_point":
		for i := range f.contacts {
			if p := &f.contacts[i]; p.ID == c.EntityID && c.Field == "status" {
				p.Status = ContactStatus(text)
			}
		}
	}
}
