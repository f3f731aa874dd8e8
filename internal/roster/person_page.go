// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// personView is a Profile as a page.
type personView struct {
	*Profile
	Form web.Form `json:"form"`

	Title    string       `json:"-"`
	Sub      []string     `json:"-"`
	Edit     string       `json:"-"` // the form that is open: one of acts, "" for none
	Job      *jobView     `json:"-"` // the job it is about
	Unit     badge        `json:"-"`
	Leave    bool         `json:"-"`
	FTEText  string       `json:"-"`
	TooMuch  bool         `json:"-"`
	Jobs     []jobView    `json:"-"`
	Past     []jobView    `json:"-"`
	Names    []nameView   `json:"-"`
	Numbers  [][2]string  `json:"-"`
	Contacts []contactRow `json:"-"`
	Lines    []changeLine `json:"-"`
	Call     template.URL `json:"-"`
	Text     template.URL `json:"-"`
	Refused  bool         `json:"-"` // a contact was refused, which only she takes back
	Today    string       `json:"-"`
	MayAdd   bool         `json:"-"` // a job somewhere

	tr   *i18n.Translator
	mine *placed // where
}

type badge struct{ Tone, Icon, Text string }

// option is one of a select's.
type option struct {
	Value, Label string
	Selected     bool
}

type jobView struct {
	Employment
	Site, Occupation, FTEText, ShiftText string
}

type nameView struct{ Kind, Text, Since string }

type contactRow struct {
	Contact
	KindText, Shown string
	Href            template.URL
	Quality         badge
	Shared          bool
	Locked          bool // refused, and the reader is not she
}

type changeLine struct {
	What, Before, After, By string
	Latest                  bool
}

// servePerson serves GET /people/{id}, with ?on=2025-06-01 as of that day and ?edit= with one of its forms open.
func (s *Store) servePerson(w http.ResponseWriter, r *http.Request) error {
	on, err := parseOn(r.URL.Query().Get("on"))
	if err != nil {
		return err
	}
	p, err := s.Profile(r.Context(), r.PathValue("id"), on)
	if err != nil {
		return err
	}
	if p.ID != r.PathValue("id") {
		http.Redirect(w, r, "/people/"+p.ID, http.StatusSeeOther)
		return nil
	}
	v := newPersonView(r, p)
	v.open(r.URL.Query().Get("edit"), r.URL.Query().Get("job"))
	return web.Page(w, r, web.View{Page: "person", Title: "roster.person.page", Body: v})
}

// editPerson serves POST /people/{id} (act, and the fields of that act).
func (s *Store) editPerson(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id, what := r.PathValue("id"), r.PostForm.Get("act")
	if act, status, ok := strings.Cut(what, ":"); ok { // the buttons of one menu say both: "contact-mark:wrong"
		what = act
		r.PostForm.Set("status", status)
	}
	out, err := s.edit(r.Context(), id, what, r.PostForm)
	if err != nil {
		form, ok := web.Refill(r, err)
		if !ok || !forms[what] {
			return err
		}
		p, err := s.Profile(r.Context(), id, Date{})
		if err != nil {
			return err
		}
		v := newPersonView(r, p)
		v.Form = form
		v.open(what, r.PostForm.Get("job"))
		return web.Page(w, r, web.View{Page: "person", Title: "roster.person.page", Status: http.StatusUnprocessableEntity, Body: v})
	}
	flash := web.Flash{Key: "roster.edited." + what}
	if out.Undo != "" {
		flash.Undo = "/people/" + id + "/undo/" + out.Undo
	}
	if out.FTE > tooMuch {
		flash.Key, flash.Tone, flash.Args = "roster.edited.too_much", "warn", map[string]any{"FTE": fteText(out.FTE)}
	}
	web.Say(w, r, flash)
	return web.Done(w, r, "/people/"+id, map[string]string{"location": "/people/" + id, "undo": flash.Undo})
}

// undoEdit serves POST /people/{id}/undo/{act}.
func (s *Store) undoEdit(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := s.undo(r.Context(), id, r.PathValue("act")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.edited.undone"})
	return web.Done(w, r, "/people/"+id, nil)
}

// forms are the acts that have a form on the page; the others are single buttons.
var forms = map[string]bool{"status": true, "name": true, "about": true, "contact": true, "job": true, "job-change": true, "job-end": true}

func newPersonView(r *http.Request, p *Profile) *personView {
	v := &personView{
		Profile: p, tr: web.Text(r), Title: p.Name.String(), TooMuch: p.FTE > tooMuch, FTEText: fteText(p.FTE),
		Today: DateOf(web.Now(r)).String(), MayAdd: p.MayEdit && mayAdd(r.Context()), mine: addable(r.Context(), p.sites),
	}
	t := v.tr.T
	look := unitBadges[string(p.UnitStatus)]
	v.Unit = badge{look[0], look[1], t("roster.unit." + string(p.UnitStatus))}
	for _, j := range p.Jobs {
		jv := v.job(j)
		v.Leave = v.Leave || j.OnLeave
		v.Jobs = append(v.Jobs, jv)
	}
	for _, j := range p.Past {
		v.Past = append(v.Past, v.job(j))
	}
	if len(v.Jobs) > 0 {
		v.Sub = append(v.Sub, v.Jobs[0].Occupation, v.Jobs[0].Site)
	}
	for _, n := range p.Names {
		v.Names = append(v.Names, nameView{t("roster.name." + string(n.Kind)), n.Name.String(), v.tr.ISODay(n.From.String())})
	}
	for _, i := range p.Identifiers {
		if i.Until.IsZero() {
			v.Numbers = append(v.Numbers, [2]string{t("roster.number." + i.System), i.Value})
		}
	}
	for _, c := range p.Contacts {
		v.Contacts = append(v.Contacts, v.contact(c))
	}
	for i, c := range p.Changes {
		v.Lines = append(v.Lines, v.change(c, i == 0))
	}
	return v
}

// open shows one of the forms to whoever may send it.
func (v *personView) open(what, job string) {
	if !forms[what] || !v.Now || !v.MayEdit && (!v.MayEditOwn || !acts[what].own) || what == "job" && !v.MayAdd {
		return
	}
	if strings.HasPrefix(what, "job-") {
		for i := range v.Jobs {
			if v.Jobs[i].ID == job {
				v.Job = &v.Jobs[i]
			}
		}
		if v.Job == nil {
			return
		}
	}
	v.Edit = what
	if v.Form.Values == nil {
		v.Form.Values = v.initial(what)
	}
}

// initial is what a form holds before anything was typed.
func (v *personView) initial(what string) url.Values {
	out := url.Values{}
	switch what {
	case "status":
		out.Set("unit_status", string(v.UnitStatus))
	case "name":
		for _, n := range v.Profile.Names {
			if n.Kind == Preferred {
				out.Set("given", n.Name.Given)
				out.Set("family", n.Name.Family)
			}
		}
	case "about":
		out.Set("pronouns", v.Pronouns)
		out.Set("languages", strings.Join(v.Languages, ", "))
	case "job":
		out.Set("starts_on", v.Today)
	case "job-end":
		out.Set("ends_on", v.Today)
	case "job-change":
		j := v.Job
		out.Set("job_class", string(j.JobClass))
		out.Set("title", j.TitlePrinted)
		out.Set("department", j.Department)
		out.Set("fte", fteText(j.FTE))
		out.Set("shift", string(j.Shift))
		if j.OnLeave {
			out.Set("on_leave", "1")
		}
		if j.Primary {
			out.Set("primary", "1")
		}
	}
	return out
}

// Options are the options of a select of the open form.
func (v *personView) Options(name string) []option {
	return formOptions(v.tr, v.mine, name, v.Form.Value(name))
}

func formOptions(tr *i18n.Translator, at *placed, name, selected string) []option {
	var all []option
	put := func(value, label string) { all = append(all, option{value, label, value == selected}) }
	switch name {
	case "unit_status":
		for _, u := range UnitStatuses {
			put(string(u), tr.T("roster.unit."+string(u)))
		}
	case "worksite":
		put("", tr.T("roster.form.choose"))
		for i := range at.Sites {
			put(at.Sites[i].ID, at.label(&at.Sites[i]))
		}
	case "job_class":
		put("", tr.T("roster.people.not_said"))
		for _, j := range jobRank {
			put(string(j), jobWord(tr, string(j)))
		}
	case "shift":
		put("", tr.T("roster.people.not_said"))
		for _, s := range []Shift{Day, Evening, Night, Weekend, Rotating} {
			put(string(s), tr.T("roster.shift."+string(s)))
		}
	case "kind":
		put("phone", tr.T("roster.contact.phone"))
		put("email", tr.T("roster.contact.email"))
	}
	return all
}

func (v *personView) job(j Employment) jobView {
	out := jobView{Employment: j, Site: v.tr.T("roster.people.not_said"), Occupation: jobWord(v.tr, string(j.JobClass)), FTEText: fteText(j.FTE)}
	if w := v.sites.ByID[j.WorksiteID]; w != nil {
		out.Site = w.Name
	}
	if j.Shift != "" {
		out.ShiftText = v.tr.T("roster.shift." + string(j.Shift))
	}
	return out
}

var qualityBadges = map[ContactStatus][2]string{
	Unverified: {"", "unknown"}, WorksOK: {"ok", "ok"}, Bounced: {"warn", "warn"}, WrongOne: {"stop", "stop"}, Refused: {"stop", "hidden"},
}

func (v *personView) contact(c Contact) contactRow {
	look := qualityBadges[c.Status]
	row := contactRow{
		Contact: c, KindText: v.tr.T("roster.contact." + c.Kind), Shown: c.Value, Shared: len(c.SharedWith) > 0,
		Quality: badge{look[0], look[1], v.tr.T("roster.contact.is_" + string(c.Status))}, Locked: c.Status == Refused && !v.Own,
	}
	if !c.Personal {
		row.Quality = badge{"warn", "eye", v.tr.T("roster.contact.employer")}
		row.KindText = v.tr.T("roster.contact.work_" + c.Kind)
	}
	reachable := c.Personal && (c.Status == WorksOK || c.Status == Unverified)
	switch c.Kind {
	case "phone":
		row.Shown = showPhone(c.Value)
		if c.Ext != "" {
			row.Shown += " x" + c.Ext
		}
		if reachable {
			row.Href = template.URL("tel:" + c.Value) //nolint:gosec // E.164: digits
			if v.Call == "" || c.Status == WorksOK {
				v.Call, v.Text = row.Href, template.URL("sms:"+c.Value) //nolint:gosec // E.164
			}
		}
	case "email":
		if reachable {
			row.Href = template.URL("mailto:" + url.PathEscape(c.Value)) //nolint:gosec // escaped
		}
	}
	v.Refused = v.Refused || row.Locked
	return row
}

// change words one line of the history.
func (v *personView) change(c Change, latest bool) changeLine {
	t := v.tr.T
	line := changeLine{Latest: latest, Before: v.shown(c, c.Before), After: v.shown(c, c.After)}
	if c.Field == "" {
		line.What = t("roster.added." + c.Entity)
	} else {
		line.What = t("roster.changed." + c.Entity + "." + c.Field)
	}
	by := v.authors[c.Account]
	if by == "" {
		by = t("roster.history.system")
	}
	if c.Import != "" {
		by = t("roster.history.import", "File", v.sourceOf(c.Import), "By", by)
	}
	line.By = v.tr.Moment(c.At.In(v.zone)) + " · " + by
	return line
}

func (v *personView) sourceOf(id string) string {
	if name := v.sources[id]; name != "" {
		return name
	}
	return id
}

// shown words a journalled value; instants of removal and ids say nothing to a reader.
func (v *personView) shown(c Change, value string) string {
	t := v.tr.T
	switch c.Field {
	case "unit_status":
		return t("roster.unit." + value)
	case "member_status":
		return t("roster.member." + value)
	case "status":
		return t("roster.contact.is_" + value)
	case "shift":
		if value != "" {
			return t("roster.shift." + value)
		}
	case "on_leave", "is_primary", "consent_text", "consent_mail":
		if value == "1" {
			return t("roster.yes")
		}
		return t("roster.no")
	case "fte":
		if value == "-1" {
			return ""
		}
		if len(value) > 0 && len(value) < 4 {
			return FormatFTE(atoi(value))
		}
	case "starts_on", "ends_on", "card_signed_on":
		return v.tr.ISODay(value)
	case "voided_at", "voided_by", "removed_at", "verified_at", "last_ok_at", "opted_out_at", "shared_with", "merged_into":
		return ""
	}
	return value
}
