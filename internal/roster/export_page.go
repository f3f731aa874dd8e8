// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"iter"
	"net/http"
	"net/url"
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
	out, err := s.leaving(r.Context(), a, web.Unseal(r, a["q"]))
	if err != nil {
		return err
	}
	if len(out.lines) <= aloneUpTo {
		return s.send(w, r, a, format, out)
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
	a := readAsked(values)
	out, err := s.leaving(r.Context(), a, web.Unseal(r, a["q"]))
	if err != nil {
		return err
	}
	if len(out.lines) > e.N && len(out.lines) > aloneUpTo { // the second person said yes to fewer
		return fault.New(fault.Conflict, "roster.export.grew", "N", len(out.lines), "Was", e.N)
	}
	return s.send(w, r, a, e.Format, out)
}

// send audits the file, then writes it. Nothing leaves before the entry is durable.
func (s *Store) send(w http.ResponseWriter, r *http.Request, a asked, format string, out exported) error {
	ctx := r.Context()
	ids := make([]string, len(out.lines))
	for i := range out.lines {
		ids[i] = out.lines[i].ID
	}
	scope := reach(ctx, auth.Export).Label()
	if err := s.log.Read(ctx, audit.Entry{Verb: "person.export", Scope: scope, Detail: format + " " + a.detail(), Subjects: ids,
		Count: len(ids)}); err != nil {
		return err
	}
	tr, now := web.Text(r), web.Now(r)
	t := exportTable(tr, out, reach(ctx, auth.PersonContact).Ability != "", web.Caller(r).Name, scope, tr.Moment(now), now)
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
			{t("roster.export.who"), who}, {t("roster.export.when"), when}, {t("roster.export.scope"), scope},
			{t("roster.export.list"), list}, {t("roster.export.people"), tr.Int(len(out.lines))},
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
			row := []string{l.Family, l.Given, l.Number, code, town, l.Region, jobWord(tr, l.Job), shift, fteText(l.FTE), yesNo[l.OnLeave],
				l.HiredOn, tr.T("roster.unit." + l.Unit), tr.T("roster.member." + l.Member)}
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
	if !v.Second {
		return fault.New(fault.Forbidden, "scope.export")
	}
	all, err := s.exports(ctx)
	if err != nil {
		return err
	}
	tr, now, me := web.Text(r), web.Now(r), audit.By(ctx).Account
	for _, e := range all {
		line := exportLine{exportRequest: e, When: tr.Moment(e.AskedAt.In(now.Location()))}
		switch {
		case e.ApprovedBy == "":
			line.State = badge{"warn", "clock", tr.T("roster.export.is_waiting")}
			line.Approve = e.Account != me
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
