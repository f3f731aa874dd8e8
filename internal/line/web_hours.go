// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/sheet"
	"github.com/tenday/tenday/internal/web"
)

type hoursOfView struct {
	Strike  string       `json:"strike,omitempty"`
	Acts    []option     `json:"-"` // what there are hours of
	Rows    []hoursOfRow `json:"people"`
	N       int          `json:"n"` // people in all
	Minutes int          `json:"minutes"`
	Sum     string       `json:"-"`
	Flagged int          `json:"flagged"`
	Odd     string       `json:"-"` // address of those alone
	All     string       `json:"-"` // address of everybody, where only those are shown
	Made    string       `json:"-"`
	Export  bool         `json:"-"` // may take them out in a file
	Second  bool         `json:"-"` // for which a second person is needed
	Here    string       `json:"-"` // this page
	Shown   string       `json:"-"` // "1 to 100 of 600"; "" where all are there
	Prev    string       `json:"-"`
	Next    string       `json:"next,omitempty"`
}

type hoursOfRow struct {
	Worked
	Time  string   `json:"time"`                // "4 h 20 min"
	Words []string `json:"words,omitempty"`     // what is odd
	Now   string   `json:"now,omitempty"`       // that she is on the line
	Said  string   `json:"certified,omitempty"` // by whom and when
	Asked bool     `json:"-"`                   // wants somebody's word, and may have the reader's
}

// hoursShown is how many people stand on one page of hours.
const hoursShown = 100

// hoursOf serves GET /line-hours (strike, page, and odd=1 for those with something to look at): everybody's minutes at the lines of one act, for the coordinator of
// the whole.
func (h handler) hoursOf(w http.ResponseWriter, r *http.Request) error {
	ctx, tr, now := r.Context(), web.Text(r), web.Now(r)
	v := &hoursOfView{Made: tr.Moment(now)}
	acts, err := h.workedActs(ctx)
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	if v.Strike = asked.Get("strike"); !asked.Has("strike") && len(acts) > 0 {
		v.Strike = acts[0].ID
	}
	for _, a := range acts {
		v.Acts = append(v.Acts, option{a.ID, actTitle(tr, a), a.ID == v.Strike})
	}
	all, err := h.Worked(ctx, v.Strike)
	if err != nil {
		return err
	}
	v.N, v.Second = len(all), len(all) > roster.AloneUpTo
	for i := range all {
		v.Minutes += all[i].Minutes
		v.Flagged += bit(all[i].odd())
	}
	v.Sum = duration(tr, v.Minutes)
	odd := asked.Has("odd")
	if odd {
		all = slices.DeleteFunc(all, func(one Worked) bool { return !one.odd() })
	}
	at := func(page int, odd bool) string {
		q := url.Values{"strike": {v.Strike}}
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		if odd {
			q.Set("odd", "1")
		}
		return "/line-hours?" + q.Encode()
	}
	v.Odd, v.All = at(1, true), ""
	if odd {
		v.Odd, v.All = "", at(1, false)
	}
	pages := max(1, (len(all)+hoursShown-1)/hoursShown)
	page, err := strconv.Atoi(asked.Get("page"))
	if err != nil {
		page = 1
	}
	page = min(max(page, 1), pages)
	from, to := (page-1)*hoursShown, min(page*hoursShown, len(all))
	if v.Here = at(page, odd); pages > 1 {
		v.Shown = tr.T("line.of.shown", "From", tr.Int(from+1), "To", tr.Int(to), "Of", tr.Int(len(all)))
	}
	if page > 1 {
		v.Prev = at(page-1, odd)
	}
	if page < pages {
		v.Next = at(page+1, odd)
	}
	for _, one := range all[from:to] {
		v.Rows = append(v.Rows, rowOf(tr, one, now.Location()))
	}
	_, v.Export = auth.By(ctx).Reach(auth.Export)
	return web.Page(w, r, web.View{Page: "linehours", Title: "line.of.title", Body: v})
}

func actTitle(tr *i18n.Translator, a Strike) string {
	if a.ID == "" {
		return tr.T("line.of.alone")
	}
	return a.Title
}

func rowOf(tr *i18n.Translator, one Worked, zone *time.Location) hoursOfRow {
	row := hoursOfRow{Worked: one, Time: duration(tr, one.Minutes), Asked: one.wanting() && !one.Me}
	for _, f := range one.Flags {
		if text := tr.T("line.of.flag." + f); f == StillHere {
			row.Now = text
		} else {
			row.Words = append(row.Words, text)
		}
	}
	if !one.SaidAt.IsZero() {
		key := "line.of.said"
		if one.Said != one.Minutes {
			key = "line.of.said_then"
		}
		row.Said = tr.T(key, "Name", one.SaidBy, "When", tr.Moment(one.SaidAt.In(zone)), "Time", duration(tr, one.Said))
	}
	return row
}

// duration writes minutes as people say them.
func duration(tr *i18n.Translator, minutes int) string {
	return tr.T("line.of.time", "H", tr.Int(minutes/60), "Min", minutes%60)
}

// hoursFile serves POST /line-hours/hours.csv (strike): the same as a file, for who may both coordinate and export; or, for more than 100 people, the wish for one.
// GET /line-hours/hours.csv (of, export) is the file that a second person approved.
func (h handler) hoursFile(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	strike, export := r.PostFormValue("strike"), ""
	if r.Method == http.MethodGet {
		strike, export = r.URL.Query().Get("of"), r.URL.Query().Get("export")
		if export == "" {
			return fault.New(fault.Missing, "web.missing")
		}
	}
	acts, err := h.workedActs(ctx)
	if err != nil {
		return err
	}
	act := tr.T("line.of.alone")
	if i := slices.IndexFunc(acts, func(a Strike) bool { return a.ID == strike }); i >= 0 {
		act = actTitle(tr, acts[i])
	}
	all, err := h.TakeHours(ctx, roster.File{Path: "/line-hours/hours.csv", Of: strike, Word: "line.of.title", Name: act}, export)
	if err != nil {
		return err
	}
	if all == nil {
		web.Say(w, r, web.Flash{Key: "roster.export.asked", Tone: "info"})
		return web.Done(w, r, "/exports", map[string]string{"state": "waits"})
	}
	now := web.Now(r)
	who := web.Caller(r).Name
	sum := 0
	for i := range all {
		sum += all[i].Minutes
	}
	t := &sheet.Table{
		Name: tr.T("line.of.title"), Watermark: who + ", " + now.Format(time.DateOnly), WatermarkTitle: tr.T("roster.export.copy_of"),
		Preface: [][]string{
			{tr.T("roster.export.who"), who},
			{tr.T("roster.export.when"), tr.Moment(now)},
			{tr.T("roster.export.scope"), string(auth.Unit)},
			{tr.T("line.of.act"), act},
			{tr.T("roster.export.people"), tr.Int(len(all))},
			{tr.T("line.of.sum"), strconv.Itoa(sum)},
		},
		Columns: []sheet.Column{{Title: tr.T("line.of.name")}, {Title: tr.T("line.of.minutes"), Kind: sheet.Number}, {Title: tr.T("line.of.flags")}, {Title: tr.T("line.of.certified")}},
		Rows: func(yield func([]string, error) bool) {
			for _, one := range all {
				row := rowOf(tr, one, now.Location())
				words := row.Words
				if row.Now != "" {
					words = append(words, row.Now)
				}
				if !yield([]string{row.Name, strconv.Itoa(row.Minutes), strings.Join(words, "; "), row.Said}, nil) {
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

// certify serves POST /line-hours: strike, person, the minutes as the page showed them, and next, the page.
func (h handler) certify(w http.ResponseWriter, r *http.Request) error {
	minutes, err := strconv.Atoi(r.PostFormValue("minutes"))
	if err != nil {
		minutes = -1
	}
	if err := h.Certify(r.Context(), r.PostFormValue("strike"), r.PostFormValue("person"), minutes); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.certified"})
	return web.Done(w, r, web.Local(cmp.Or(r.PostFormValue("next"), "/line-hours")), nil)
}
