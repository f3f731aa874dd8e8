// SPDX-License-Identifier: Apache-2.0

package line

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/sheet"
	"github.com/tenday/tenday/internal/web"
)

type hoursOfView struct {
	Strike  string       `json:"strike,omitempty"`
	Acts    []option     `json:"-"` // what there are hours of
	Rows    []hoursOfRow `json:"people"`
	Minutes int          `json:"minutes"`
	Sum     string       `json:"-"`
	Flagged int          `json:"flagged"`
	Made    string       `json:"-"`
	Export  bool         `json:"-"` // may take them out in a file
	Titles  []string     `json:"-"` // of the file
	zone    *time.Location
}

type hoursOfRow struct {
	Worked
	Time  string   `json:"time"` // "4 h 20 min"
	Words []string `json:"words,omitempty"`
	Said  string   `json:"certified,omitempty"` // by whom and when
	Asked bool     `json:"-"`                   // wants somebody's word, and may have the reader's
}

// hoursOf serves GET /line-hours: everybody's minutes at the lines of one act, for the coordinator of the whole.
func (h handler) hoursOf(w http.ResponseWriter, r *http.Request) error {
	v, err := h.hoursView(r, hoursRead)
	if err != nil {
		return err
	}
	_, v.Export = auth.By(r.Context()).Reach(auth.Export)
	return web.Page(w, r, web.View{Page: "linehours", Title: "line.of.title", Body: v})
}

func (h handler) hoursView(r *http.Request, verb string) (*hoursOfView, error) {
	ctx, tr, now := r.Context(), web.Text(r), web.Now(r)
	v := &hoursOfView{Made: tr.Moment(now), zone: now.Location()}
	acts, err := h.workedActs(ctx)
	if err != nil {
		return nil, err
	}
	asked, ok := r.URL.Query().Get("strike"), r.URL.Query().Has("strike")
	if !ok && len(acts) > 0 {
		asked = acts[0].ID
	}
	v.Strike = asked
	for _, a := range acts {
		title := a.Title
		if a.ID == "" {
			title = tr.T("line.of.alone")
		}
		v.Acts = append(v.Acts, option{a.ID, title, a.ID == asked})
	}
	all, err := h.Worked(ctx, asked, verb)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		row := hoursOfRow{Worked: one, Time: duration(tr, one.Minutes)}
		for _, f := range one.Flags {
			row.Words = append(row.Words, tr.T("line.of.flag."+f))
		}
		if !one.SaidAt.IsZero() {
			key := "line.of.said"
			if one.Said != one.Minutes {
				key = "line.of.said_then"
			}
			row.Said = tr.T(key, "Name", one.SaidBy, "When", tr.Moment(one.SaidAt.In(v.zone)), "Time", duration(tr, one.Said))
		}
		row.Asked = one.wanting() && !one.Me
		v.Minutes += one.Minutes
		v.Flagged += min(1, len(one.Flags))
		v.Rows = append(v.Rows, row)
	}
	v.Sum = duration(tr, v.Minutes)
	return v, nil
}

// duration writes minutes as people say them.
func duration(tr *i18n.Translator, minutes int) string {
	return tr.T("line.of.time", "H", tr.Int(minutes/60), "Min", minutes%60)
}

// hoursFile serves GET /line-hours/hours.csv: the same as a file, for who may both coordinate and export.
func (h handler) hoursFile(w http.ResponseWriter, r *http.Request) error {
	v, err := h.hoursView(r, "line.hours_export")
	if err != nil {
		return err
	}
	tr, now := web.Text(r), web.Now(r)
	who := web.Caller(r).Name
	act := tr.T("line.of.alone")
	if i := slices.IndexFunc(v.Acts, func(o option) bool { return o.Selected }); i >= 0 {
		act = v.Acts[i].Label
	}
	t := &sheet.Table{
		Name: tr.T("line.of.title"), Watermark: who + ", " + now.Format(time.DateOnly), WatermarkTitle: tr.T("roster.export.copy_of"),
		Preface: [][]string{
			{tr.T("roster.export.who"), who},
			{tr.T("roster.export.when"), v.Made},
			{tr.T("roster.export.scope"), string(auth.Unit)},
			{tr.T("line.of.act"), act},
			{tr.T("roster.export.people"), tr.Int(len(v.Rows))},
			{tr.T("line.of.sum"), strconv.Itoa(v.Minutes)},
		},
		Columns: []sheet.Column{{Title: tr.T("line.of.name")}, {Title: tr.T("line.of.minutes"), Kind: sheet.Number}, {Title: tr.T("line.of.flags")}, {Title: tr.T("line.of.certified")}},
		Rows: func(yield func([]string, error) bool) {
			for i := range v.Rows {
				row := &v.Rows[i]
				if !yield([]string{row.Name, strconv.Itoa(row.Minutes), strings.Join(row.Words, "; "), row.Said}, nil) {
					return
				}
			}
		},
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="hours-`+now.Format(time.DateOnly)+`.csv"`)
	w.Header().Set("Cache-Control", "private, no-store")
	return sheet.WriteCSV(w, t)
}

// certify serves POST /line-hours: strike, person, and the minutes as the page showed them.
func (h handler) certify(w http.ResponseWriter, r *http.Request) error {
	minutes, err := strconv.Atoi(r.PostFormValue("minutes"))
	if err != nil {
		minutes = -1
	}
	strike := r.PostFormValue("strike")
	if err := h.Certify(r.Context(), strike, r.PostFormValue("person"), minutes); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.certified"})
	return web.Done(w, r, "/line-hours?"+url.Values{"strike": {strike}}.Encode(), nil)
}
