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

const (
	fromEmployer = "employer_list" // sources of contacts
	fromUnion    = "union_list"
)

// newRow adds the person of a row, or another job of one whom a row before it added.
func (a *applying) newRow(r rowOf, p *Parsed) {
	v := &p.Values
	asOf, f := a.imp.AsOf, a.fresh[r.person]
	first := f == nil && !a.before[r.person]
	if strings.Contains(r.kinds, " "+string(Repeat)+" ") {
		return
	}
	e := Employment{
		ID: newID(), PersonID: r.person, WorksiteID: a.site[v[FieldWorksiteCode]], FTE: -1, Primary: first,
		StartsOn: cmpDate(p.Date(FieldHireDate), asOf),
	}
	fill(&e, p)
	if !first {
		a.add.employments = append(a.add.employments, e)
		if f == nil {
			a.touched = append(a.touched, r.person)
		} else {
			f.employments = append(f.employments, e)
		}
		return
	}
	status, why := unitStatus(v[FieldJobTitle], JobClass(v[FieldJobClass]))
	f = &file{Person: Person{ID: r.person, UnitStatus: status, UnitStatusWhy: why, MemberStatus: "none", HomeZIP: v[FieldHomeZIP]}}
	f.names = []PersonName{{ID: newID(), PersonID: f.ID, Kind: Legal, Name: p.Name(), From: e.StartsOn}}
	if nick := v[FieldPreferredName]; nick != "" {
		f.names = append(f.names, PersonName{ID: newID(), PersonID: f.ID, Kind: Preferred, Name: Name{Given: nick}, From: e.StartsOn})
	}
	f.identifiers = a.identifiersOf(f.ID, p, nil)
	f.employments = []Employment{e}
	if n := p.Phone(); n != "" {
		f.contacts = append(f.contacts, a.contactOf(f.ID, "phone", n, true))
	}
	if m := v[FieldEmail]; m != "" {
		f.contacts = append(f.contacts, a.contactOf(f.ID, "email", m, false))
	}
	a.fresh[f.ID] = f
	a.add.people = append(a.add.people, f.Person)
	a.add.names = append(a.add.names, f.names...)
	a.add.identifiers = append(a.add.identifiers, f.identifiers...)
	a.add.employments = append(a.add.employments, e)
	a.add.contacts = append(a.add.contacts, f.contacts...)
}

func cmpDate(d, otherwise Date) Date { return cmp.Or(d, otherwise) }

// fill takes over what the row says about the job; blanks leave it.
func fill(e *Employment, p *Parsed) {
	v := &p.Values
	e.Department = cmp.Or(v[FieldDepartment], e.Department)
	e.TitlePrinted = cmp.Or(v[FieldJobTitle], e.TitlePrinted)
	e.Shift = Shift(cmp.Or(v[FieldShift], string(e.Shift)))
	if j := JobClass(v[FieldJobClass]); j != "" && !j.covers(e.JobClass) {
		e.JobClass = j
	}
	if n, ok := p.FTE(); ok {
		e.FTE = n
	}
	if s := v[FieldStatus]; s != "" {
		e.OnLeave = s == "leave"
	}
}

func (a *applying) contactOf(person, kind, value string, personal bool) Contact {
	source := fromEmployer
	if a.imp.Kind == UnionList {
		source = fromUnion
	}
	return Contact{ID: newID(), PersonID: person, Kind: kind, Value: value, AsGiven: value, Personal: personal, Status: Unverified, Source: source}
}

// identifiersOf returns the row's numbers that nobody on this list has yet and that are not in have.
func (a *applying) identifiersOf(person string, p *Parsed, have []PersonIdentifier) []PersonIdentifier {
	var out []PersonIdentifier
	for _, f := range []Field{FieldEmployeeNumber, FieldNPI, FieldUnionID} {
		n := PersonIdentifier{ID: newID(), PersonID: person, System: f.String(), Value: p.Values[f], From: a.imp.AsOf}
		if f == FieldEmployeeNumber {
			n.IssuerID = a.employer
		}
		key := n.System + " " + n.Value
		if n.Value == "" || a.numbers[key] != "" || slices.ContainsFunc(have, func(h PersonIdentifier) bool {
			return h.System == n.System && h.Value == n.Value && h.Until.IsZero()
		}) {
			continue
		}
		a.numbers[key] = person
		out = append(out, n)
	}
	return out
}

// linkedRow writes what the row changes about a person on file.
func (a *applying) linkedRow(f *file, p *Parsed, d *rowDiff) {
	if a.imp.Historical {
		a.historicalRow(f, p)
		return
	}
	if a.imp.Kind == EmployerList {
		a.jobs(f, p, d)
	}
	v := &p.Values
	for _, x := range d.Deltas {
		switch x.Kind {
		case Renamed:
			a.add.names = append(a.add.names, PersonName{ID: newID(), PersonID: f.ID, Kind: Legal, Name: p.Name(), From: a.imp.AsOf})
		case GoesBy:
			a.add.names = append(a.add.names, PersonName{ID: newID(), PersonID: f.ID, Kind: Preferred, Name: Name{Given: x.After}, From: a.imp.AsOf})
		case PhoneOther:
			a.contact(f, "phone", x.After, true)
		case PersMail:
			a.contact(f, "email", x.After, true)
		case EmailOther:
			a.contact(f, "email", x.After, false)
		case ZIPChange:
			a.person(f, "home_zip", &f.HomeZIP, x.After)
		case Pronoun:
			a.person(f, "pronouns", &f.Pronouns, x.After)
		case Signed:
			a.set("person", f.ID, f.ID, "card_signed_on", f.CardSignedOn.String(), x.After)
			f.CardSignedOn = p.Date(FieldCardSignedOn)
		case Speaks:
			list := strings.Split(v[FieldLanguages], ", ")
			a.set("person", f.ID, f.ID, "languages", jsonList(f.Languages), jsonList(list))
			f.Languages = list
		case Returned:
			if f.UnitStatus == LeftUnit {
				status, why := unitStatus(v[FieldJobTitle], JobClass(v[FieldJobClass]))
				a.set("person", f.ID, f.ID, "unit_status", string(f.UnitStatus), string(status))
				a.person(f, "unit_status_why", &f.UnitStatusWhy, why)
				f.UnitStatus = status
			}
		case NumberKind:
			for _, n := range a.identifiersOf(f.ID, p, f.identifiers) {
				n.From = a.imp.AsOf
				a.add.identifiers = append(a.add.identifiers, n)
			}
		}
	}
	for _, id := range d.Retire {
		a.set("person_identifier", id, f.ID, "until_on", "", a.imp.AsOf.AddDays(-1).String())
	}
}

func (a *applying) person(f *file, column string, now *string, after string) {
	a.set("person", f.ID, f.ID, column, *now, after)
	*now = after
}

// contact adds a contact, and takes out the one that an employer's list gave before unless somebody has checked it since.
func (a *applying) contact(f *file, kind, value string, personal bool) {
	if a.imp.Kind == EmployerList {
		for _, c := range f.contacts {
			if c.Kind == kind && c.Personal == personal && c.Source == fromEmployer && c.Status == Unverified {
				a.set("contact_point", c.ID, f.ID, "removed_at", int64(0), a.now)
			}
		}
	}
	c := a.contactOf(f.ID, kind, value, personal)
	f.contacts = append(slices.DeleteFunc(f.contacts, func(o Contact) bool {
		return a.imp.Kind == EmployerList && o.Kind == kind && o.Personal == personal && o.Source == fromEmployer && o.Status == Unverified
	}), c)
	a.add.contacts = append(a.add.contacts, c)
}

// jobs closes and opens employments as the row says.
func (a *applying) jobs(f *file, p *Parsed, d *rowDiff) {
	if d.Opens {
		e := Employment{FTE: -1, WorksiteID: a.site[p.Values[FieldWorksiteCode]], Primary: len(f.jobs(a.imp.AsOf)) == 0 || d.Job != "" && len(f.jobs(a.imp.AsOf)) == 1}
		starts := a.imp.AsOf
		if old := f.employment(d.Job); old != nil {
			site := e.WorksiteID
			e = *old
			e.WorksiteID = cmp.Or(site, old.WorksiteID)
			if day := p.Date(FieldEffectiveDate); old.StartsOn.Before(day) {
				starts = day
			}
			a.closeJob(old, starts)
		}
		fill(&e, p)
		e.ID, e.PersonID, e.StartsOn, e.EndsOn = newID(), f.ID, starts, Date{}
		a.add.employments = append(a.add.employments, e)
	}
	for _, id := range d.Ends {
		old := f.employment(id)
		if old == nil {
			continue
		}
		a.closeJob(old, a.imp.AsOf)
		if !old.Primary {
			continue
		}
		if d.Opens { // the job that goes on is now the first
			a.add.employments[len(a.add.employments)-1].Primary = true
		} else if stays := f.employment(d.Job); stays != nil {
			a.set("employment", stays.ID, f.ID, "is_primary", bit(stays.Primary), 1)
		}
	}
}

// closeJob ends an employment on the day before starts; one that had not begun by then is void.
func (a *applying) closeJob(e *Employment, starts Date) {
	if !e.StartsOn.Before(starts) {
		a.set("employment", e.ID, e.PersonID, "voided_by", "", a.imp.ID)
		return
	}
	a.set("employment", e.ID, e.PersonID, "ends_on", e.EndsOn.String(), starts.AddDays(-1).String())
}

// historicalRow adds the job of that day where none is on file for it: the list says no more.
func (a *applying) historicalRow(f *file, p *Parsed) {
	site := a.site[p.Values[FieldWorksiteCode]]
	if site == "" || slices.ContainsFunc(f.jobs(a.imp.AsOf), func(e Employment) bool { return e.WorksiteID == site }) {
		return
	}
	e := Employment{ID: newID(), PersonID: f.ID, WorksiteID: site, FTE: -1, StartsOn: a.imp.AsOf, EndsOn: a.imp.AsOf}
	fill(&e, p)
	a.add.employments = append(a.add.employments, e)
}

func (f *file) employment(id string) *Employment {
	for i := range f.employments {
		if f.employments[i].ID == id {
			return &f.employments[i]
		}
	}
	return nil
}

// absent does what was decided about people who are not on the list; most often nothing.
func (a *applying) absent(ctx context.Context, tx *db.Tx) error {
	decided := map[string]AbsentDecision{}
	var ids []string
	err := tx.Rows(ctx, `SELECT a.person_id, a.decision FROM list_absent a WHERE a.import_id = $1 AND a.decision IN ('left', 'on_leave')
		AND NOT EXISTS (SELECT 1 FROM list_row r WHERE r.person_id = a.person_id AND r.import_id = $2 AND r.state = 'linked')
		ORDER BY a.person_id`, []any{a.imp.ID, a.imp.ID}, func(r *sql.Rows) error {
		var id string
		var d AbsentDecision
		err := r.Scan(&id, &d)
		decided[id] = d
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("read absent people: %w", err)
	}
	all, err := files(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, f := range all {
		a.touched = append(a.touched, f.ID)
		if decided[f.ID] == AbsentLeft {
			a.set("person", f.ID, f.ID, "unit_status", string(f.UnitStatus), string(LeftUnit))
			a.set("person", f.ID, f.ID, "unit_status_why", f.UnitStatusWhy, "")
		}
		for _, e := range f.jobs(a.imp.AsOf) {
			switch {
			case decided[f.ID] == AbsentLeft:
				a.closeJob(&e, a.imp.AsOf)
			case !e.OnLeave:
				a.closeJob(&e, a.imp.AsOf)
				e.ID, e.StartsOn, e.EndsOn, e.OnLeave = newID(), a.imp.AsOf, Date{}, true
				a.add.employments = append(a.add.employments, e)
			}
		}
	}
	return nil
}
