// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

const (
	pageSize  = 50
	printSize = 100 // a print is for one's own people; more of them are a file, with a second person
)

// peopleView is the people list as a page, as a print and as JSON.
type peopleView struct {
	People   []Listed `json:"people"`
	From     int      `json:"from"` // number of the first line, 0 when there is none
	To       int      `json:"to"`
	Total    int      `json:"total"`
	Next     string   `json:"next,omitempty"`
	Prev     string   `json:"prev,omitempty"`
	List     int      `json:"list_version"`
	ListAsOf string   `json:"list_as_of,omitempty"`
	AsOf     string   `json:"as_of"`

	Search  string          `json:"-"`
	Views   []savedView     `json:"-"`
	Here    string          `json:"-"` // the query of this list, for forms that come back to it
	Selects []template.HTML `json:"-"`
	More    []template.HTML `json:"-"`
	Hidden  [][2]string     `json:"-"` // for the form of the filters: all that it does not ask for
	Kept    [][2]string     `json:"-"` // for the form of the columns
	Chips   []chip          `json:"-"`
	Columns []columnView    `json:"-"`
	Picks   []columnView    `json:"-"`
	Print   string          `json:"-"`
	Printed bool            `json:"-"`
	Fresh   bool            `json:"-"` // nobody within reach at all

	MayAdd, MayImport, MayExport bool `json:"-"`

	tr *i18n.Translator
	at *placed
}

type chip struct{ Text, Href string }

type columnView struct {
	column
	Title, Href, Order string
	Shown              bool
}

// servePeople serves GET /people, to a reader of one clinic as to one of the whole unit: what is out of reach is not in the SQL.
func (s *Store) servePeople(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	read, err := auth.Allowed(ctx, auth.PersonRead)
	if err != nil {
		return err
	}
	values := r.URL.Query()
	a := readAsked(values)
	v := &peopleView{tr: web.Text(r), Search: web.Unseal(r, "people", a["q"]), Printed: values.Get("print") != ""}
	size, verb := pageSize, "person.list"
	if v.Printed {
		size, verb = printSize, "person.print"
	}
	c := openCursor(r, values.Get("at"))
	contact := reach(ctx, auth.PersonContact)
	var before, after bool
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (_ struct{}, err error) {
		rev, err := revision(ctx, tx)
		if err != nil {
			return
		}
		if v.at, err = s.placed(ctx, tx, rev); err != nil {
			return
		}
		a.settle(v.at)
		if read.Person != "" {
			if read.Person, err = myself(ctx, tx); err != nil {
				return
			}
		}
		q := newPeopleQuery(a.filter(v.Search, v.at), read, contact)
		if v.People, before, after, err = q.page(ctx, tx, c, size); err != nil {
			return
		}
		if v.Total, err = s.total(ctx, tx, q, rev); err != nil || v.Printed {
			return
		}
		v.Fresh = v.Total == 0 && !q.narrows()
		v.Views, err = savedViews(ctx, tx, a)
		return
	})
	if err != nil {
		return err
	}
	if v.Printed && v.Total > printSize {
		return fault.New(fault.Invalid, "roster.people.print_too_many", "N", v.Total, "Max", printSize)
	}
	ids := make([]string, len(v.People))
	for i := range v.People {
		l := &v.People[i]
		ids[i] = l.ID
		if w := v.at.ByID[l.WorksiteID]; w != nil {
			l.Town = w.Town
		}
	}
	if err := s.log.Read(ctx, audit.Entry{Verb: verb, Scope: read.Label(), Detail: a.detail(), Subjects: ids, Count: len(ids)}); err != nil {
		return err
	}
	v.place(r, a, c, before, after)
	v.dress(ctx, a, contact)
	page := web.View{Page: "people", Title: "roster.people.title", Body: v}
	if v.Printed {
		page.Page = "people-print"
	}
	return web.Page(w, r, page)
}

// place says which lines these are and where the others stand.
func (v *peopleView) place(r *http.Request, a asked, c *cursor, before, after bool) {
	v.List, v.ListAsOf, v.AsOf = v.at.List, v.at.ListAsOf, v.tr.Moment(web.Now(r))
	n := len(v.People)
	if n == 0 {
		return
	}
	v.From = 1
	if c != nil && before {
		v.From = max(2, c.From)
	}
	v.To = v.From + n - 1
	if after {
		v.Next = a.address("at", sealCursor(r, edge(&v.People[n-1], false, v.To+1)))
	}
	if before {
		v.Prev = a.address("at", sealCursor(r, edge(&v.People[0], true, v.From-pageSize)))
	}
}

// dress makes what only the page shows: filters, chips, columns.
func (v *peopleView) dress(ctx context.Context, a asked, contact auth.Reach) {
	t := v.tr.T
	v.Here, v.Print = a.with(), a.address("print", "1")
	v.MayAdd, v.MayImport = mayAdd(ctx), reach(ctx, auth.ListImport).Ability != ""
	v.MayExport = reach(ctx, auth.Export).Ability != ""
	chosen := a.columns()
	for _, c := range columns {
		if c.contact && contact.Ability == "" {
			continue
		}
		cv := columnView{column: c, Title: t("roster.column." + c.name), Shown: slices.Contains(chosen, c.name)}
		v.Picks = append(v.Picks, cv)
		if cv.Shown {
			v.Columns = append(v.Columns, v.sorted(cv, a))
		}
	}
	v.Columns = slices.Insert(v.Columns, 0, v.sorted(columnView{column: column{name: "name", sort: "name"}, Title: t("roster.column.name")}, a))
	if v.Printed {
		return
	}
	for _, name := range askedNames {
		if a[name] == "" {
			continue
		}
		if !slices.Contains(filterNames, name) {
			v.Hidden = append(v.Hidden, [2]string{name, a[name]})
		}
		if name != "col" {
			v.Kept = append(v.Kept, [2]string{name, a[name]})
		}
	}
	for i, f := range v.choices() {
		if f.name == "contact" && contact.Ability == "" {
			continue
		}
		label := t("roster.filter." + f.name)
		field := selectField(f, label, a[f.name], t("roster.filter.any"))
		if i < 3 {
			v.Selects = append(v.Selects, field)
		} else {
			v.More = append(v.More, field)
		}
		for _, o := range f.options {
			if o[0] == a[f.name] && o[0] != "" {
				v.Chips = append(v.Chips, chip{label + ": " + o[1], a.address(f.name, "")})
			}
		}
	}
	if v.Search != "" {
		v.Chips = append(v.Chips, chip{t("roster.filter.q") + ": " + v.Search, a.address("q", "")})
	}
}

// sorted gives a column's head its link: a click sorts by it, the next turns it round.
func (v *peopleView) sorted(c columnView, a asked) columnView {
	if c.sort == "" {
		return c
	}
	by, now := c.sort, a["sort"]
	if by == "name" {
		by = ""
	}
	desc := ""
	if by == now {
		c.Order = "ascending"
		if a["desc"] != "" {
			c.Order = "descending"
		} else {
			desc = "1"
		}
	}
	c.Href = a.address("sort", by, "desc", desc)
	return c
}

type choice struct {
	name    string
	options [][2]string // value, label
}

// choices are the filters, the three that are used most first.
func (v *peopleView) choices() []choice {
	words := func(prefix string, values ...string) [][2]string {
		all := make([][2]string, len(values))
		for i, value := range values {
			all[i] = [2]string{value, v.tr.T(prefix + value)}
		}
		return all
	}
	var sites, regions, jobs, units [][2]string
	for i := range v.at.Sites {
		w := &v.at.Sites[i]
		sites = append(sites, [2]string{w.Code, v.at.label(w)})
	}
	for _, region := range slices.Sorted(slices.Values(v.at.Regions)) {
		regions = append(regions, [2]string{region, region})
	}
	for _, j := range jobRank {
		jobs = append(jobs, [2]string{string(j), jobWord(v.tr, string(j))})
	}
	for _, u := range UnitStatuses {
		units = append(units, [2]string{string(u), v.tr.T("roster.unit." + string(u))})
	}
	return []choice{
		{"site", sites},
		{"job", jobs},
		{"unit", units},
		{"region", regions},
		{"shift", words("roster.shift.", filterWords["shift"]...)},
		{"contact", words("roster.quality.", "none", "unverified", "verified")},
		{"member", words("roster.member.", filterWords["member"]...)},
		{"leave", words("roster.leave.", filterWords["leave"]...)},
	}
}

// label names a worksite in few words: its town, and its kind where the town has several.
func (p *placed) label(w *Worksite) string {
	for i := range p.Sites {
		if o := &p.Sites[i]; o.Town == w.Town && o.ID != w.ID {
			return w.Town + " (" + w.Code + ")"
		}
	}
	return w.Town
}

// selectField writes the field of one filter; sixty worksites cost the template more than the whole list.
func selectField(f choice, label, selected, anyone string) template.HTML {
	var b strings.Builder
	b.Grow(200 + 48*len(f.options))
	esc := template.HTMLEscapeString
	b.WriteString(`<div class="field"><label for="f-` + f.name + `">` + esc(label) + `</label><select id="f-` + f.name + `" name="` + f.name +
		`"><option value="">` + esc(anyone) + `</option>`)
	for _, o := range f.options {
		b.WriteString(`<option value="` + esc(o[0]) + `"`)
		if o[0] == selected {
			b.WriteString(` selected`)
		}
		b.WriteString(`>` + esc(o[1]) + `</option>`)
	}
	b.WriteString(`</select></div>`)
	return template.HTML(b.String()) //nolint:gosec // every value is escaped above
}

// jobWord names an occupation: letters stay as they are, words are translated.
func jobWord(tr *i18n.Translator, job string) string {
	if job == string(Physician) {
		return tr.T("roster.job.physician")
	}
	return job
}
