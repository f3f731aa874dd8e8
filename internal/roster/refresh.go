// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/db"
)

// file is all that is on file about one person: what pages, previews and refresh work from.
type file struct {
	Person
	names       []PersonName
	identifiers []PersonIdentifier
	employments []Employment // not voided, oldest first
	contacts    []Contact    // in use
}

// shown returns the name to show on day d: the preferred one where there is one, else the legal one.
func (f *file) shown(d Date) Name {
	var legal, preferred, last Name
	for _, n := range f.names {
		if n.From.IsZero() || !d.Before(n.From) {
			switch n.Kind {
			case Legal:
				legal = n.Name
			case Preferred:
				preferred = n.Name
			}
		}
		last = n.Name
	}
	if legal == (Name{}) {
		legal = last
	}
	if preferred.Given != "" {
		legal.Given = preferred.Given
	}
	if preferred.Family != "" {
		legal.Family = preferred.Family
	}
	return legal
}

// jobs returns the employments that cover day d, the primary one first.
func (f *file) jobs(d Date) []Employment {
	var live []Employment
	for _, e := range f.employments {
		if e.Covers(d) {
			live = append(live, e)
		}
	}
	slices.SortStableFunc(live, func(a, b Employment) int {
		return cmp.Or(bit(b.Primary)-bit(a.Primary), b.StartsOn.Compare(a.StartsOn), strings.Compare(a.ID, b.ID))
	})
	return live
}

// chunk is how many people are read at once: the parameters of one IN list.
const chunk = 400

// Each query reads one table by its index on person_id, for as many people as the list holds.
const (
	sqlFilePeople = `SELECT id, unit_status, unit_status_why, member_status, pronouns, languages, home_zip, card_signed_on,
		merged_into FROM person WHERE id IN `
	sqlFileNames = `SELECT id, person_id, kind, given, middle, family, suffix, from_on FROM person_name
		WHERE voided_at = 0 AND person_id IN `
	sqlFileNumbers = `SELECT id, person_id, system, issuer_id, value, from_on, until_on FROM person_identifier WHERE person_id IN `
	sqlFileJobs    = `SELECT id, person_id, worksite_id, department, job_class, title_printed, fte, shift, on_leave, starts_on,
		ends_on, is_primary FROM employment WHERE voided_by = '' AND person_id IN `
	sqlFileContacts = `SELECT id, person_id, kind, value, ext, as_given, is_personal, status, verified_at, shared_with, source
		FROM contact_point WHERE removed_at = 0 AND person_id IN `
)

// files reads what is on file about ids, in their order; ids that nobody has are left out. It is not scoped: callers ask for
// people they may see, or for all.
func files(ctx context.Context, tx *db.Tx, ids []string) ([]*file, error) {
	out := make([]*file, 0, len(ids))
	for part := range slices.Chunk(ids, chunk) {
		some, err := filesOf(ctx, tx, part)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func filesOf(ctx context.Context, tx *db.Tx, ids []string) ([]*file, error) {
	byID := make(map[string]*file, len(ids))
	var merges []merge
	read := func(query string, scan func(*sql.Rows) error) error {
		var args db.Args
		asked := slices.Clone(ids)
		for _, m := range merges {
			asked = append(asked, m.loser)
		}
		// Padding to a whole chunk keeps one prepared text for all lengths but one.
		if len(asked) > 1 && len(asked) < chunk {
			asked = append(asked, make([]string, chunk-len(asked))...)
		}
		in := args.In(asked)
		if err := tx.Rows(ctx, query+in+` ORDER BY id`, args, scan); err != nil {
			return fmt.Errorf("read people on file: %w", err)
		}
		return nil
	}
	err := read(sqlFilePeople, func(r *sql.Rows) error {
		f := &file{}
		var languages string
		err := r.Scan(&f.ID, &f.UnitStatus, &f.UnitStatusWhy, &f.MemberStatus, &f.Pronouns, &languages, &f.HomeZIP,
			&f.CardSignedOn, &f.MergedInto)
		f.Languages = listOf(languages)
		byID[f.ID] = f
		return err
	})
	if err != nil {
		return nil, err
	}
	if merges, err = mergedInto(ctx, tx, ids); err != nil {
		return nil, err
	}
	for _, m := range merges { // what is on the merged record is read as hers
		byID[m.loser] = byID[m.winner]
	}
	err = read(sqlFileNames, func(r *sql.Rows) error {
		var n PersonName
		err := r.Scan(&n.ID, &n.PersonID, &n.Kind, &n.Name.Given, &n.Name.Middle, &n.Name.Family, &n.Name.Suffix, &n.From)
		byID[n.PersonID].names = append(byID[n.PersonID].names, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = read(sqlFileNumbers, func(r *sql.Rows) error {
		var i PersonIdentifier
		err := r.Scan(&i.ID, &i.PersonID, &i.System, &i.IssuerID, &i.Value, &i.From, &i.Until)
		byID[i.PersonID].identifiers = append(byID[i.PersonID].identifiers, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = read(sqlFileJobs, func(r *sql.Rows) error {
		var e Employment
		err := r.Scan(&e.ID, &e.PersonID, &e.WorksiteID, &e.Department, &e.JobClass, &e.TitlePrinted, &e.FTE, &e.Shift, &e.OnLeave,
			&e.StartsOn, &e.EndsOn, &e.Primary)
		byID[e.PersonID].employments = append(byID[e.PersonID].employments, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = read(sqlFileContacts, func(r *sql.Rows) error {
		var c Contact
		var shared string
		err := r.Scan(&c.ID, &c.PersonID, &c.Kind, &c.Value, &c.Ext, &c.AsGiven, &c.Personal, &c.Status, &c.VerifiedAt, &shared,
			&c.Source)
		c.SharedWith = listOf(shared)
		byID[c.PersonID].contacts = append(byID[c.PersonID].contacts, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, m := range merges {
		byID[m.winner].choose(m)
	}
	out := make([]*file, 0, len(ids))
	for _, id := range ids {
		if f := byID[id]; f != nil && f.ID == id {
			f.tidy()
			out = append(out, f)
		}
	}
	return out, nil
}

// tidy puts dated rows into the order of their days.
func (f *file) tidy() {
	slices.SortStableFunc(f.names, func(a, b PersonName) int { return a.From.Compare(b.From) })
	slices.SortStableFunc(f.employments, func(a, b Employment) int { return a.StartsOn.Compare(b.StartsOn) })
}

// refresh rebuilds the derived rows of ids as of today. Writers call it in their transaction for everyone they touched.
func refresh(ctx context.Context, tx *db.Tx, today Date, ids []string) error {
	regions, err := regions(ctx, tx)
	if err != nil {
		return err
	}
	for next := ids; len(next) > 0; { // what changed on a merged record shows on the one that remains
		if next, err = remaining(ctx, tx, next); err != nil {
			return err
		}
		ids = append(ids, next...)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), chunk) {
		var args db.Args
		in := args.In(part)
		for _, table := range []string{"person_now", "person_site", "person_token"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE person_id IN `+in, args...); err != nil {
				return fmt.Errorf("clear %s: %w", table, err)
			}
		}
		all, err := filesOf(ctx, tx, part)
		if err != nil {
			return err
		}
		var d derived
		d.of(all, today, regions)
		if err := d.insert(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// remaining returns the records into which those of ids were merged, by the key of person.
func remaining(ctx context.Context, tx *db.Tx, ids []string) ([]string, error) {
	var out []string
	for part := range slices.Chunk(ids, chunk) {
		var args db.Args
		in := args.In(part)
		some, err := db.Strings(ctx, tx, `SELECT DISTINCT merged_into FROM person WHERE merged_into <> '' AND id IN `+in+
			` ORDER BY merged_into`, args...)
		if err != nil {
			return nil, fmt.Errorf("read what remains of merged people: %w", err)
		}
		out = append(out, some...)
	}
	return out, nil
}

// derived are derived rows to insert.
type derived struct{ now, sites, tokens [][]any }

// of appends the derived rows of people as of today.
func (d *derived) of(all []*file, today Date, regions map[string]string) {
	for _, f := range all {
		if f.MergedInto != "" {
			continue // whoever asks for her is led to the record that remains
		}
		name := f.shown(today)
		key := strings.TrimSpace(Fold(name.Family) + " " + Fold(name.Given) + " " + Fold(name.Middle))
		jobs := f.jobs(today)
		var first Employment
		fte := -1
		seen := map[string]bool{}
		for i, e := range jobs {
			if i == 0 {
				first = e
			}
			if e.FTE >= 0 {
				fte = max(fte, 0) + e.FTE
			}
			if !seen[e.WorksiteID] {
				seen[e.WorksiteID] = true
				d.sites = append(d.sites, []any{e.WorksiteID, key, f.ID, regions[e.WorksiteID], first.JobClass, bit(i == 0)})
			}
		}
		okN, anyN, phone, email := f.reachable()
		d.now = append(d.now, []any{
			f.ID, key, name.Given, name.Family, first.WorksiteID, len(seen), regions[first.WorksiteID],
			first.JobClass, first.Shift, fte, bit(first.OnLeave), f.hired().String(), f.UnitStatus, f.MemberStatus,
			f.number(), okN, anyN, phone, email,
		})
		for _, t := range f.tokens() {
			d.tokens = append(d.tokens, []any{t, f.ID})
		}
	}
}

// insert writes the rows, whose old ones are gone, each table in the order of its key: neighbours share pages, and a list of 100,000
// people then writes each page once.
func (d *derived) insert(ctx context.Context, tx *db.Tx) error {
	for _, t := range []struct {
		name    string
		columns []string
		rows    [][]any
		key     []int // columns that it is sorted by
	}{
		{"person_now", []string{
			"person_id", "sort_key", "given", "family", "worksite_id", "worksite_n", "region", "job_class", "shift",
			"fte", "on_leave", "hired_on", "unit_status", "member_status", "employee_number", "contacts_ok", "contacts_any", "phone",
			"email",
		}, d.now, []int{1, 0}},
		{"person_site", []string{"worksite_id", "sort_key", "person_id", "region", "job_class", "is_primary"}, d.sites, []int{0, 1, 2}},
		{"person_token", []string{"token", "person_id"}, d.tokens, []int{0, 1}},
	} {
		slices.SortFunc(t.rows, func(a, b []any) int {
			for _, k := range t.key {
				if c := strings.Compare(a[k].(string), b[k].(string)); c != 0 {
					return c
				}
			}
			return 0
		})
		if err := tx.Insert(ctx, t.name, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// reachable counts personal contacts by quality and picks the best phone and address.
func (f *file) reachable() (okN, anyN int, phone, email string) {
	rank := map[ContactStatus]int{WorksOK: 2, Unverified: 1}
	best := map[string]int{}
	for _, c := range f.contacts {
		if !c.Personal || rank[c.Status] == 0 {
			continue
		}
		anyN++
		if c.Status == WorksOK {
			okN++
		}
		if rank[c.Status] <= best[c.Kind] {
			continue
		}
		best[c.Kind] = rank[c.Status]
		switch c.Kind {
		case "phone":
			phone = c.Value
		case "email":
			email = c.Value
		}
	}
	return okN, anyN, phone, email
}

// hired returns the first day of the oldest job on file.
func (f *file) hired() Date {
	if len(f.employments) == 0 {
		return Date{}
	}
	return f.employments[0].StartsOn
}

// number returns the employee number in force, "" for none.
func (f *file) number() string {
	for _, i := range f.identifiers {
		if i.System == "employee_number" && i.Until.IsZero() {
			return i.Value
		}
	}
	return ""
}

// tokens are the words by which search finds a person: of all her names, folded, and her numbers.
func (f *file) tokens() []string {
	var out []string
	for _, n := range f.names {
		out = append(out, strings.Fields(Fold(n.Name.Given+" "+n.Name.Middle+" "+n.Name.Family))...)
	}
	for _, i := range f.identifiers {
		if i.Until.IsZero() {
			out = append(out, i.Value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func regions(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	out := map[string]string{}
	err := tx.Rows(ctx, `SELECT id, region FROM worksite ORDER BY id`, nil, func(r *sql.Rows) error {
		var id, region string
		err := r.Scan(&id, &region)
		out[id] = region
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read regions: %w", err)
	}
	return out, nil
}
