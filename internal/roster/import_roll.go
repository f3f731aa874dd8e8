// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/db"
)

// roll is everybody on file as the matching sees them: one record a person, what came from a merged record included.
type roll struct {
	people []Known
	at     map[string]int32 // person id, merged ones too -> index
	live   []bool           // has a job on the day
	left   []bool
	places []Worksite
	code   map[string]string // worksite id -> code
	site   map[string]string // code -> worksite id
	width  int               // digits of department codes; 0: they are not all alike
}

// Whole tables are read: a preview compares a list with everybody, and one pass in the order of the table is what costs least.
const (
	sqlRollPeople  = `SELECT id, merged_into, unit_status FROM person ORDER BY id`
	sqlRollNames   = `SELECT person_id, given, middle, family, suffix FROM person_name WHERE voided_at = 0`
	sqlRollNumbers = `SELECT person_id, system, value FROM person_identifier WHERE until_on = ''`
	sqlRollJobs    = `SELECT person_id, worksite_id, department, job_class, starts_on, ends_on FROM employment WHERE voided_by = ''
		ORDER BY person_id, starts_on, id`
	sqlRollContacts = `SELECT person_id, kind, value, is_personal, shared_with FROM contact_point
		WHERE removed_at = 0 AND kind IN ('phone', 'email')`
)

// readRoll reads everybody on file, with their jobs as of day.
func readRoll(ctx context.Context, tx *db.Tx, day Date) (*roll, error) {
	r := &roll{at: map[string]int32{}, code: map[string]string{}, site: map[string]string{}}
	var err error
	if r.places, err = worksites(ctx, tx); err != nil {
		return nil, err
	}
	for _, w := range r.places {
		r.code[w.ID], r.site[w.Code] = w.Code, w.ID
	}
	merged := map[string]string{}
	read := func(query string, scan func(*sql.Rows) error) {
		if err == nil {
			err = tx.Rows(ctx, query, nil, scan)
		}
	}
	read(sqlRollPeople, func(rows *sql.Rows) error {
		var id, into string
		var status UnitStatus
		if err := rows.Scan(&id, &into, &status); err != nil {
			return err
		}
		if into != "" {
			merged[id] = into
			return nil
		}
		r.at[id] = int32(len(r.people))
		r.people = append(r.people, Known{ID: id})
		r.left = append(r.left, status == LeftUnit)
		return nil
	})
	for id, into := range merged {
		for range len(merged) { // a merged record may be merged again
			if next, ok := merged[into]; ok {
				into = next
			}
		}
		if i, ok := r.at[into]; ok {
			r.at[id] = i
		}
	}
	r.live = make([]bool, len(r.people))
	read(sqlRollNames, func(rows *sql.Rows) error {
		var id string
		var n Name
		if err := rows.Scan(&id, &n.Given, &n.Middle, &n.Family, &n.Suffix); err != nil {
			return err
		}
		k := &r.people[r.at[id]]
		k.Names = append(k.Names, n)
		return nil
	})
	read(sqlRollNumbers, func(rows *sql.Rows) error {
		var id string
		var n Identifier
		if err := rows.Scan(&id, &n.System, &n.Value); err != nil {
			return err
		}
		k := &r.people[r.at[id]]
		k.Identifiers = append(k.Identifiers, n)
		return nil
	})
	widths := map[int]bool{}
	read(sqlRollJobs, func(rows *sql.Rows) error {
		var id, site, department string
		var e Employment
		if err := rows.Scan(&id, &site, &department, &e.JobClass, &e.StartsOn, &e.EndsOn); err != nil {
			return err
		}
		i := r.at[id]
		k := &r.people[i]
		if k.HireDate.IsZero() || e.StartsOn.Before(k.HireDate) {
			k.HireDate = e.StartsOn
		}
		if e.Covers(day) && !r.live[i] { // what ended before says less
			r.live[i] = true
			k.Worksites = k.Worksites[:0]
		}
		if e.Covers(day) || !r.live[i] {
			k.JobClass = e.JobClass
			if code := r.code[site]; !slices.Contains(k.Worksites, code) {
				k.Worksites = append(k.Worksites, code)
			}
		}
		if department != "" && allDigits(department) {
			widths[len(department)] = true
		} else if department != "" {
			widths[0] = true
		}
		return nil
	})
	if len(widths) == 1 {
		for w := range widths {
			r.width = w
		}
	}
	read(sqlRollContacts, func(rows *sql.Rows) error {
		var id, kind, value, shared string
		var personal bool
		if err := rows.Scan(&id, &kind, &value, &personal, &shared); err != nil {
			return err
		}
		k := &r.people[r.at[id]]
		switch {
		case kind == "email":
			k.Emails = append(k.Emails, KnownEmail{Value: value, Personal: personal})
		case personal:
			k.Phones = append(k.Phones, KnownPhone{Value: value, Shared: shared != "[]"})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read roll: %w", err)
	}
	return r, nil
}

// resolve returns the person who stands for id now: the one she was merged into, or herself.
func (r *roll) resolve(id string) string {
	if i, ok := r.at[id]; ok {
		return r.people[i].ID
	}
	return ""
}

// context says how rows of a list are read against this roll.
func (r *roll) context(e Employer) ParseContext {
	all := make([]Place, len(r.places))
	for i, w := range r.places {
		all[i] = Place{Code: w.Code, Name: w.Name, Town: w.Town, Kind: w.Kind, Aliases: w.Aliases}
	}
	return ParseContext{NumberWidth: e.NumberWidth, DepartmentWidth: r.width, Places: NewPlaces(all), MailDomains: e.MailDomains, Region: "US"}
}

// dismissals returns the pairs that somebody called different people.
func dismissals(ctx context.Context, tx *db.Tx) ([]Dismissal, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (d Dismissal, err error) { return d, r.Scan(&d.A, &d.B, &d.Evidence) },
		`SELECT a, b, evidence FROM pair WHERE state = 'different' ORDER BY a, b`)
}
