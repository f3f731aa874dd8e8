// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

// RegisterChart puts the wall chart on s.
func RegisterChart(s *web.Server, st *Store) error {
	h := chartPages{st}
	wall := auth.Need(WallRead)
	if err := s.Live(Topic, auth.Need(auth.BoardRead)); err != nil {
		return err
	}
	s.Show(web.Item{Href: "/chart", Key: "organize.chart.nav", Icon: "columns", Access: wall})
	return s.Add(nil,
		web.Route{Pattern: "GET /chart", Access: wall, Handler: h.chart},
		web.Route{Pattern: "GET /chart/print", Access: wall, Handler: h.print},
		web.Route{Pattern: "GET /chart/person/{id}", Access: wall, Handler: h.card},
		web.Route{Pattern: "POST /chart/person/{id}/contact", Access: auth.Need(auth.TurfManage), Handler: h.assign},
		web.Route{Pattern: "POST /chart/person/{id}/mark", Access: auth.Need(auth.TurfManage), Handler: h.mark},
		web.Route{Pattern: "GET /chart/scale", Access: auth.Need(TestManage), Handler: h.scale},
		web.Route{Pattern: "POST /chart/scale", Access: auth.Need(TestManage), Handler: h.setScale})
}

type chartPages struct{ *Store }

// mark is a symbol of the page: a number in its shape.
type mark struct {
	Value                   int
	ID, Number, Word, Shape string
	Fill, Ink, Edge         string
	Old, Dashed             bool
}

// marksOf returns the symbols of 0 to 5, each as it is drawn fresh and, hollow, when it is old.
func (sc *Scale) marks(tr *i18n.Translator) []mark {
	all := []mark{{ID: "m0", Number: "?", Word: sc.word(tr, 0), Shape: shapes[0], Fill: "#FFFFFF", Ink: "#333333", Edge: "#555555", Dashed: true}}
	for i, c := range sc.Colours {
		m := mark{Value: i + 1, Number: strconv.Itoa(i + 1), Word: sc.word(tr, i+1), Shape: shapes[i+1], Fill: c, Ink: inkOn(c), Edge: edgeOf(c)}
		m.ID = "m" + m.Number
		old := m
		old.ID, old.Fill, old.Ink, old.Old = m.ID+"o", "#FFFFFF", "#222222", true
		all = append(all, m, old)
	}
	return all
}

// word names a value; 0 is not assessed.
func (sc *Scale) word(tr *i18n.Translator, value int) string {
	if value > 0 && sc.Words[value-1] != "" {
		return sc.Words[value-1]
	}
	return tr.T("organize.phone.mark." + strconv.Itoa(value))
}

// chartView is the wall chart as a page.
type chartView struct {
	*Chart
	Marks     []mark        `json:"-"`
	Legend    []mark        `json:"-"`
	Terms     []termRow     `json:"-"`
	Any       bool          `json:"-"`
	Regions   []chartOption `json:"-"`
	Groupings []chartOption `json:"-"`
	Weeks     int           `json:"-"` // ago
	Day       string        `json:"-"` // of AsOf
	Summary   string        `json:"-"`
	Filtered  bool          `json:"-"`
	Prev      string        `json:"-"`
	Next      string        `json:"-"`
	Pager     string        `json:"-"` // where the page is among all
	Path      string        `json:"-"`
	A3, A4    string        `json:"-"`
	By        string        `json:"-"`
	Size      string        `json:"-"` // a3, a4: the page to print
	Maker     string        `json:"-"`
	Scope     string        `json:"-"` // of the print: whose people it holds
	May       bool          `json:"-"` // change colours
	People    bool          `json:"-"` // may open the list of people
	TooMany   string        `json:"-"` // why nothing is drawn, "" otherwise
}

type chartOption struct {
	Value, Label string
	Selected     bool
}

// termRow is one line of the filter's form.
type termRow struct {
	No      int // from 1
	Not     bool
	Options []chartOption
}

// filterRows is how many conditions the form offers.
const filterRows = 3

// mostWeeks is how far back the slider goes.
const mostWeeks = 26

// ask reads what the reader wants. Whatever makes no sense is left out: an address may be old.
func (h chartPages) ask(r *http.Request) (Ask, int) {
	q := r.URL.Query()
	a := Ask{By: Grouping(q.Get("by")), Region: q.Get("region"), Filter: Filter{Any: q.Get("match") == "any"}}
	if !slices.Contains(Groupings, a.By) {
		a.By = BySite
	}
	a.From, _ = strconv.Atoi(q.Get("from"))
	a.Skip, _ = strconv.Atoi(q.Get("skip"))
	for i, text := range q["c"] {
		if text != "" && i < filterRows {
			a.Filter.Terms = append(a.Filter.Terms, Term{Not: i < len(q["m"]) && q["m"][i] == "not", Text: text})
		}
	}
	weeks, _ := strconv.Atoi(q.Get("weeks"))
	if weeks = min(max(weeks, 0), mostWeeks); weeks > 0 {
		a.AsOf = roster.DateOf(web.Now(r).AddDate(0, 0, -7*weeks))
	}
	return a, weeks
}

// chart serves GET /chart.
func (h chartPages) chart(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r, "wall.open")
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "chart", Title: "organize.chart.title", Body: v})
}

// print serves GET /chart/print: the same in black and white for a wall of paper, each sheet dated and with its maker's name.
func (h chartPages) print(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r, "wall.print")
	if err != nil {
		return err
	}
	if v.Size = "a4"; r.URL.Query().Get("size") == "a3" {
		v.Size = "a3"
	}
	return web.Page(w, r, web.View{Page: "chart-print", Title: "organize.chart.title", Body: v})
}

func (h chartPages) view(r *http.Request, verb string) (*chartView, error) {
	ctx, tr := r.Context(), web.Text(r)
	ask, weeks := h.ask(r)
	ask.Whole = verb == "wall.print"
	v := &chartView{Any: ask.Filter.Any, Weeks: weeks, By: string(ask.By), Path: r.URL.RequestURI(), Maker: web.Caller(r).Name, Filtered: len(ask.Filter.Terms) > 0, People: mayOpen(ctx, auth.PersonRead)}
	var err error
	if v.Chart, err = h.Store.chart(ctx, ask, verb); err != nil {
		if v.TooMany = tooMany(tr, err); v.TooMany == "" {
			return nil, err
		}
		v.Chart = &Chart{By: ask.By}
	}
	if !v.AsOf.IsZero() {
		v.Day = tr.Day(v.AsOf.Add(-time.Second).In(web.Now(r).Location()))
	}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		sc, err := scaleOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		v.Marks = sc.marks(tr)
		v.Legend = slices.DeleteFunc(slices.Clone(v.Marks), func(m mark) bool { return m.Old })
		v.speak(tr, &sc)
		v.Regions, err = regions(ctx, tx, reachOf(ctx, WallRead), ask.Region)
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	for _, g := range Groupings {
		v.Groupings = append(v.Groupings, chartOption{string(g), tr.T("organize.chart.by." + string(g)), g == ask.By})
	}
	v.terms(tr, ask.Filter)
	v.May = reachOf(ctx, TestManage).All
	v.Scope = scopeOf(tr, reachOf(ctx, WallRead), ask.Region)
	v.Summary = tr.T("organize.chart.people", "N", v.N)
	if v.Filtered {
		v.Summary = tr.T("organize.chart.kept", "On", v.On, "N", v.Shown)
	}
	link := func(path string, set ...string) string {
		q := r.URL.Query()
		for i := 0; i < len(set); i += 2 {
			if q.Set(set[i], set[i+1]); set[i+1] == "0" {
				q.Del(set[i])
			}
		}
		return path + "?" + q.Encode()
	}
	page := func(from, skip int) string {
		return link("/chart", "from", strconv.Itoa(from), "skip", strconv.Itoa(skip))
	}
	v.A3, v.A4 = link("/chart/print", "size", "a3"), link("/chart/print", "size", "a4")
	if ask.By != BySite {
		return v, nil
	}
	v.Pager = tr.T("organize.chart.columns", "From", v.From, "Shown", len(v.Columns), "Of", v.Of)
	next := v.From + len(v.Columns)
	if len(v.Columns) == 1 && len(v.Columns[0].Cards) < v.Columns[0].N {
		c := &v.Columns[0]
		v.Pager = tr.T("organize.chart.cards", "Column", c.Label, "From", v.Skip+1, "To", v.Skip+len(c.Cards), "N", c.N)
		if v.Skip+len(c.Cards) < c.N {
			v.Next = page(v.From, v.Skip+pageCards)
		}
	}
	if v.Next == "" && next < v.Of {
		v.Next = page(next, 0)
	}
	if v.Skip > 0 {
		v.Prev = page(v.From, max(v.Skip-pageCards, 0))
	} else if v.From > 0 {
		v.Prev = page(max(v.From-len(v.Columns), 0), 0)
	}
	return v, nil
}

// regions returns those in which the reader sees anybody.
func regions(ctx context.Context, tx *db.Tx, reach auth.Reach, chosen string) ([]chartOption, error) {
	var args db.Args
	query := `SELECT DISTINCT w.region FROM worksite w WHERE w.region <> ''`
	if !reach.All {
		query += ` AND EXISTS (SELECT 1 FROM person_site x WHERE x.worksite_id = w.id AND ` + reach.Where("x.person_id", &args) + `)`
	}
	all, err := db.All(ctx, tx, func(row *sql.Rows) (o chartOption, err error) {
		err = row.Scan(&o.Value)
		o.Label, o.Selected = o.Value, o.Value == chosen
		return o, err
	}, query+` ORDER BY w.region LIMIT 500`, args...)
	if err != nil {
		return nil, fmt.Errorf("read regions: %w", err)
	}
	return all, nil
}

// scopeOf says whose people a print holds.
func scopeOf(tr *i18n.Translator, reach auth.Reach, region string) string {
	switch {
	case region != "":
		return tr.T("organize.chart.scope.region", "Name", region)
	case reach.All:
		return tr.T("organize.chart.scope.unit")
	case len(reach.Regions) == 1 && len(reach.Sites)+len(reach.Sets) == 0:
		return tr.T("organize.chart.scope.region", "Name", reach.Regions[0])
	}
	return tr.T("organize.chart.scope.part")
}

// speak names the columns and says each card in words.
func (v *chartView) speak(tr *i18n.Translator, sc *Scale) {
	for i := range v.Columns {
		c := &v.Columns[i]
		switch {
		case v.Chart.By == ByShift:
			c.Label = tr.T("organize.chart.shift", "Shift", c.Key)
		case v.Chart.By == ByContact && c.Key == "":
			c.Label = tr.T("organize.chart.no_contact")
		case c.Label == "":
			c.Label = tr.T("organize.chart.elsewhere")
		}
		for j := range c.Cards {
			c.Cards[j].Label = cardLabel(tr, sc, v.Tests, &c.Cards[j])
		}
	}
}

func cardLabel(tr *i18n.Translator, sc *Scale, tests []ChartTest, c *Card) string {
	parts := []string{c.Name, sc.word(tr, c.Value)}
	if c.Value > 0 {
		parts[1] = strconv.Itoa(c.Value) + " " + parts[1]
	}
	if c.Stale {
		parts = append(parts, tr.T("organize.chart.old"))
	}
	if c.Leads > 0 || c.Marked != "" {
		parts = append(parts, tr.T("organize.chart.leads", "N", c.Leads))
	}
	for i, a := range c.Ticks {
		if a != Unknown {
			parts = append(parts, tests[i].Name+": "+tr.T("organize.chart.answer."+string(a)))
		}
	}
	return strings.Join(parts, ", ")
}

// terms makes the form's lines: those in force, and empty ones to add.
func (v *chartView) terms(tr *i18n.Translator, f Filter) {
	choices := []chartOption{{"", tr.T("organize.chart.everybody"), false}}
	add := func(value, label string) { choices = append(choices, chartOption{value, label, false}) }
	for _, m := range v.Legend {
		value := "none"
		if m.Value > 0 {
			value = m.Number
		}
		add("value:"+value, tr.T("organize.chart.term.value", "Number", m.Number, "Word", m.Word))
	}
	for _, t := range []string{"stale", "pledge:any", "pledge:public", "booked", "leader", "contact:none"} {
		add(t, tr.T("organize.chart.term."+strings.ReplaceAll(t, ":", "_")))
	}
	for _, t := range v.Tests {
		for _, a := range []Answer{Yes, No, Unknown} {
			add("test:"+t.ID+":"+string(a), t.Name+": "+tr.T("organize.chart.answer."+string(a)))
		}
	}
	jobs, shifts := map[string]bool{}, map[string]bool{}
	for i := range v.Columns {
		for j := range v.Columns[i].Cards {
			jobs[v.Columns[i].Cards[j].Job], shifts[v.Columns[i].Cards[j].Shift] = true, true
		}
	}
	for _, t := range f.Terms { // what is chosen stays among the choices
		if what, rest, _ := strings.Cut(t.Text, ":"); what == "job" {
			jobs[rest] = true
		} else if what == "shift" {
			shifts[rest] = true
		}
	}
	for _, j := range sortedKeys(jobs) {
		add("job:"+j, tr.T("organize.chart.term.job", "Job", j))
	}
	for _, s := range sortedKeys(shifts) {
		add("shift:"+s, tr.T("organize.chart.shift", "Shift", s))
	}
	for i := range filterRows {
		row := termRow{No: i + 1, Options: slices.Clone(choices)}
		if i < len(f.Terms) {
			row.Not = f.Terms[i].Not
			for k := range row.Options {
				row.Options[k].Selected = row.Options[k].Value == f.Terms[i].Text
			}
		}
		v.Terms = append(v.Terms, row)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var all []string
	for k := range m {
		if k != "" {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}

// scaleView is the form of colours and words.
type scaleView struct {
	Form  web.Form
	Marks []mark
	Apart int
}

// scale serves GET /chart/scale.
func (h chartPages) scale(w http.ResponseWriter, r *http.Request) error {
	return h.scaleForm(w, r, web.Form{}, http.StatusOK)
}

func (h chartPages) scaleForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx := r.Context()
	if err := wholeUnit(ctx, TestManage); err != nil {
		return err
	}
	sc, err := db.InRead(ctx, h.d, func(tx *db.Tx) (Scale, error) { return scaleOf(ctx, tx) })
	if err != nil {
		return err
	}
	v := scaleView{Form: f}
	apart, _, _ := sc.apart()
	v.Apart = int(apart)
	for _, m := range sc.marks(web.Text(r)) {
		if m.Value > 0 && !m.Old {
			v.Marks = append(v.Marks, m)
		}
	}
	return web.Page(w, r, web.View{Page: "chart-scale", Title: "organize.scale.title", Status: status, Body: v})
}

// setScale serves POST /chart/scale; with "usual" it goes back to the colours that the campaign began with.
func (h chartPages) setScale(w http.ResponseWriter, r *http.Request) error {
	sc := UsualScale()
	if r.PostFormValue("usual") == "" {
		for i := range sc.Colours {
			n := strconv.Itoa(i + 1)
			sc.Colours[i], sc.Words[i] = r.PostFormValue("colour"+n), r.PostFormValue("word"+n)
		}
	}
	err := h.SetScale(r.Context(), sc)
	if f, ok := web.Refill(r, err); ok {
		return h.scaleForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.scale.saved"})
	return web.Done(w, r, "/chart/scale", nil)
}
