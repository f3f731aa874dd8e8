// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/sheet"
	"github.com/tenday/tenday/internal/web"
)

// exportPeople serves POST /people/export (query, format): the list as a file, or, for more than 100 people, the wish for one.
func (s *Store) exportPeople(w http.ResponseWriter, r *http.Request) error {
	values, err := url.ParseQuery(r.PostFormValue("query"))
	format := r.PostFormValue("format")
	if err != nil || format != "xlsx" && format != "csv" {
		return fault.Field("format", "roster.export.format_unknown")
	}
	a := readAsked(values)
	out, err := s.leaving(r.Context(), a, web.Unseal(r, "people", a["q"]))
	if err != nil {
		return err
	}
	entry := out.entry(r, a, format)
	if len(out.lines) <= AloneUpTo {
		ok, err := s.alone(r.Context(), entry)
		if err != nil {
			return err
		}
		if ok {
			return send(w, r, entry.Scope, format, out)
		}
	}
	id, err := s.askExport(r.Context(), a, format, len(out.lines))
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.export.asked", Tone: "info"})
	return web.Done(w, r, "/exports", map[string]string{"id": id, "state": "waits"})
}

// sendExport serves GET /exports/{id}/file to whoever asked for it, within a day of the second person's word.
func (s *Store) sendExport(w http.ResponseWriter, r *http.Request) error {
	e, err := s.approved(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(e.Query)
	if err != nil {
		return err
	}
	if values.Has("file") { // another room's: it writes it
		http.Redirect(w, r, values.Get("file")+"?"+url.Values{"of": values["of"], "export": {e.ID}}.Encode(), http.StatusSeeOther)
		return nil
	}
	a := readAsked(values)
	out, err := s.leaving(r.Context(), a, web.Unseal(r, "people", a["q"]))
	if err != nil {
		return err
	}
	if len(out.lines) > e.N && len(out.lines) > AloneUpTo { // the second person said yes to fewer
		return fault.New(fault.Conflict, "roster.export.grew", "N", len(out.lines), "Was", e.N)
	}
	entry := out.entry(r, a, e.Format)
	entry.Object = "export:" + e.ID
	if err := s.log.Read(r.Context(), entry); err != nil {
		return err
	}
	return send(w, r, entry.Scope, e.Format, out)
}

// entry is the record of the file. Nothing leaves before it is durable.
func (o *exported) entry(r *http.Request, a asked, format string) audit.Entry {
	ids := make([]string, len(o.lines))
	for i := range o.lines {
		ids[i] = o.lines[i].ID
	}
	return audit.Entry{
		Verb: "person.export", Scope: reach(r.Context(), auth.Export).Label(), Detail: format + " " + a.detail(),
		Subjects: ids, Count: len(ids),
	}
}

// send writes the file.
func send(w http.ResponseWriter, r *http.Request, scope, format string, out exported) error {
	tr, now := web.Text(r), web.Now(r)
	t := exportTable(tr, out, reach(r.Context(), auth.PersonContact).Ability != "", web.Caller(r).Name, scope, tr.Moment(now), now)
	kind, write := "text/csv; charset=utf-8", sheet.WriteCSV
	if format == "xlsx" {
		kind, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.WriteXLSX
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="people-`+now.Format(time.DateOnly)+`.`+format+`"`)
	return write(w, t)
}

// exportTable lays the lines out. Phones are written without their plus sign, which a spreadsheet takes for a formula.
func exportTable(tr *i18n.Translator, out exported, contacts bool, who, scope, when string, now time.Time) *sheet.Table {
	t := tr.T
	list := t("roster.export.no_list")
	if out.at.List > 0 {
		list = t("roster.people.list", "Version", out.at.List, "Day", tr.ISODay(out.at.ListAsOf))
	}
	names := []string{"family", "given", "number", "site_code", "site", "region", "job", "shift", "fte", "on_leave", "hired", "unit", "member"}
	if contacts {
		names = append(names, "contact", "phone", "email")
	}
	table := &sheet.Table{
		Name: t("roster.people.title"), Watermark: who + ", " + now.Format(time.DateOnly), WatermarkTitle: t("roster.export.copy_of"),
		Preface: [][]string{
			{t("roster.export.who"), who},
			{t("roster.export.when"), when},
			{t("roster.export.scope"), scope},
			{t("roster.export.list"), list},
			{t("roster.export.people"), tr.Int(len(out.lines))},
		},
		Rows: exportRows(tr, out, contacts),
	}
	for _, name := range names {
		c := sheet.Column{Title: t("roster.export.column." + name)}
		if name == "fte" {
			c.Kind = sheet.Number
		}
		table.Columns = append(table.Columns, c)
	}
	return table
}

func exportRows(tr *i18n.Translator, out exported, contacts bool) iter.Seq2[[]string, error] {
	yesNo := map[bool]string{true: tr.T("roster.yes"), false: tr.T("roster.no")}
	return func(yield func([]string, error) bool) {
		for i := range out.lines {
			l := &out.lines[i]
			var code, town, shift string
			if w := out.at.ByID[l.WorksiteID]; w != nil {
				code, town = w.Code, w.Town
			}
			if l.Shift != "" {
				shift = tr.T("roster.shift." + l.Shift)
			}
			row := []string{
				l.Family, l.Given, l.Number, code, town, l.Region, jobWord(tr, l.Job), shift, fteText(l.FTE), yesNo[l.OnLeave],
				l.HiredOn, tr.T("roster.unit." + l.Unit), tr.T("roster.member." + l.Member),
			}
			if contacts {
				quality := ""
				switch {
				case !l.MayContact:
				case l.ContactsAny == 0:
					quality = tr.T("roster.quality.none")
				case l.ContactsOK == 0:
					quality = tr.T("roster.quality.unverified")
				default:
					quality = tr.T("roster.quality.verified")
				}
				row = append(row, quality, showPhone(l.Phone), l.Email)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// told says in words whom the list of an address holds; of a search that there was one.
func (v *peopleView) told(query string) (string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	if word := values.Get("word"); word != "" { // a file of another room's
		return v.tr.T(word) + ": " + values.Get("name"), nil
	}
	a := readAsked(values)
	var parts []string
	if a["q"] != "" {
		parts = append(parts, v.tr.T("roster.filter.q"))
	}
	for _, f := range v.choices() {
		if a[f.name] == "" {
			continue
		}
		said := unknown
		for _, o := range f.options {
			if o[0] == a[f.name] {
				said = o[1]
			}
		}
		parts = append(parts, v.tr.T("roster.filter."+f.name)+": "+said)
	}
	if len(parts) == 0 {
		return v.tr.T("roster.export.everybody"), nil
	}
	return strings.Join(parts, " · "), nil
}

// exportsView is the list of files asked for.
type exportsView struct {
	Requests []exportLine `json:"exports"`
	Second   bool         `json:"may_approve"`
}

type exportLine struct {
	exportRequest
	State   badge  `json:"-"`
	When    string `json:"-"`
	Href    string `json:"-"` // of the file, "" when the reader cannot fetch it
	Approve bool   `json:"-"`
}

// serveExports serves GET /exports.
func (s *Store) serveExports(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := exportsView{Second: mayApprove(ctx)}
	if !v.Second && reach(ctx, auth.Export).Ability == "" {
		return fault.New(fault.Forbidden, "scope.export")
	}
	tr, now, me := web.Text(r), web.Now(r), audit.By(ctx).Account
	all, err := s.exports(ctx, tr)
	if err != nil {
		return err
	}
	for _, e := range all {
		line := exportLine{exportRequest: e, When: tr.Moment(e.AskedAt.In(now.Location()))}
		switch {
		case e.ApprovedBy == "":
			line.State = badge{"warn", "clock", tr.T("roster.export.is_waiting")}
			line.Approve = v.Second && e.Account != me
		case e.open(now):
			line.State = badge{"ok", "ok", tr.T("roster.export.is_approved", "By", e.ApprovedBy)}
			if e.Account == me {
				line.Href = "/exports/" + e.ID + "/file"
			}
		default:
			line.State = badge{"", "close", tr.T("roster.export.is_over")}
		}
		v.Requests = append(v.Requests, line)
	}
	return web.Page(w, r, web.View{Page: "exports", Title: "roster.export.title", Body: v})
}

// approveExport serves POST /exports/{id}/approve.
func (s *Store) approveExport(w http.ResponseWriter, r *http.Request) error {
	if err := s.approve(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.export.approved"})
	return web.Done(w, r, "/exports", nil)
}
