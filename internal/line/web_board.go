// SPDX-License-Identifier: Apache-2.0

package line

import (
	"net/http"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/suppress"
	"github.com/tenday/tenday/internal/web"
)

type boardView struct {
	Days  []dayRow  `json:"days"`
	Links []wallRow `json:"-"`
	Total Day       `json:"total"`
	At    string    `json:"at"`
	All   bool      `json:"-"`
	Wall  bool      `json:"-"`
	Token string    `json:"-"`
	Long  int       `json:"incidents"`

	Worths []worthRow `json:"worth,omitempty"` // of the shifts that run or open next
	More   int        `json:"more_short,omitempty"`
}

type wallRow struct{ ID, Until string }

type dayRow struct {
	Day
	When, Tel, Since string
	Ago              string // how long ago the last report came

	tr *i18n.Translator
}

// Count writes a count of people.
func (r dayRow) Count(n int) string {
	switch n {
	case Few:
		return r.tr.T("line.wall.few", "N", suppress.K)
	case Hidden:
		return "–"
	}
	return r.tr.Int(n)
}

// dayRows writes lines in words; what is only Few of a line is not in the total, so that nobody finds it there.
func dayRows(tr *i18n.Translator, days []Day, now time.Time) (rows []dayRow, total Day) {
	for _, d := range days {
		row := dayRow{Day: d, tr: tr}
		if d.Shift != nil {
			row.When = tr.T("line.board.shift", "From", tr.Clock(d.Shift.Starts), "To", tr.Clock(d.Shift.Ends))
		}
		if d.Phone != "" {
			row.Tel = "tel:" + d.Phone
		}
		if !d.Report.IsZero() {
			row.Since, row.Ago = tr.Clock(d.Report), ago(tr, now.Sub(d.Report))
		}
		rows = append(rows, row)
		total.Here, total.Expected, total.Leaving = total.Here+max(d.Here, 0), total.Expected+max(d.Expected, 0), total.Leaving+max(d.Leaving, 0)
		total.Missing, total.Incidents = total.Missing+max(d.Missing, 0), total.Incidents+d.Incidents
	}
	return rows, total
}

// worths fills in where one more person helps most: at the shifts that the page shows.
func (v *boardView) worths(tr *i18n.Translator, days []Day) {
	var open []*Shift
	at := map[string]*Day{}
	for i := range days {
		if x := days[i].Shift; x != nil && x.Decided == Open {
			open = append(open, x)
			at[x.ID] = &days[i]
		}
	}
	all := worthsNow(open)
	for _, w := range all[:min(len(all), worthShown)] {
		d := at[w.Shift]
		v.Worths = append(v.Worths, w.row(tr, d.Shift, &d.Line, "/lines/"+d.Line.ID+"/day"))
	}
	v.More = len(all) - len(v.Worths)
}

// ago writes how long ago something was, in minutes, or from two hours on in hours and minutes.
func ago(tr *i18n.Translator, d time.Duration) string {
	n := max(0, int(d.Minutes()))
	if n < 120 {
		return tr.T("line.board.min", "N", n)
	}
	return duration(tr, n)
}

// board serves GET /lines/board: the day at the lines that the caller leads.
func (h handler) board(w http.ResponseWriter, r *http.Request) error {
	days, err := h.Board(r.Context())
	if err != nil {
		return err
	}
	reach, _ := auth.By(r.Context()).Reach(mayManage)
	if len(days) == 0 && !reach.All {
		return missing()
	}
	tr := web.Text(r)
	v := boardView{At: tr.Clock(web.Now(r)), All: reach.All}
	v.Days, v.Total = dayRows(tr, days, web.Now(r))
	v.worths(tr, days)
	if reach.All {
		links, err := h.Links(r.Context())
		if err != nil {
			return err
		}
		for _, l := range links {
			v.Links = append(v.Links, wallRow{l.ID, tr.Moment(l.Until.In(web.Now(r).Location()))})
		}
	}
	return web.Page(w, r, web.View{Page: "lineboard", Title: "line.board.title", Body: v})
}

// wall serves GET /wall/{token}: the same counts on a hall's screen, without a name.
func (h handler) wall(w http.ResponseWriter, r *http.Request) error {
	days, err := h.Wall(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	tr := web.Text(r)
	v := boardView{At: tr.Clock(web.Now(r)), Wall: true, Token: r.PathValue("token")}
	v.Days, v.Total = dayRows(tr, days, web.Now(r))
	w.Header().Set("Referrer-Policy", "no-referrer")
	return web.Page(w, r, web.View{Page: "linewall", Title: "line.wall.title", Bare: true, Body: v})
}

// wallLive serves GET /live/wall/{token}.
func (h handler) wallLive(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.Wall(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return web.Stream(w, r, Topic)
}
