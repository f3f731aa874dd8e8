// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type coverageView struct {
	*Coverage
	Share   shareView   `json:"share"`
	Lists   []gapLine   `json:"lists"`
	Lines   []coverLine `json:"lines"`
	Over    []overLine  `json:"over"`
	Ratio   int         `json:"-"`
	Days    int         `json:"-"`
	Whole   bool        `json:"-"`
	Holes   int         `json:"holes"` // shifts of worksites without any leader
	Goal    int         `json:"-"`
	Missing int         `json:"missing"` // captains
}

// gapLine leads to one of the lists.
type gapLine struct {
	Gap  Gap    `json:"gap"`
	N    int    `json:"n"`
	Text string `json:"-"`
	Href string `json:"-"`
}

// coverLine is one worksite, with its shifts that no leader works on.
type coverLine struct {
	Name  string `json:"name"`
	Href  string `json:"-"`
	Cover `json:"counts"`
	Share shareView `json:"share"`
	Holes []string  `json:"holes"`
	Hole  bool      `json:"-"`
}

type overLine struct {
	ID, Name, Town string
	Leads          int
	Load           string
	Badge          badge `json:"-"`
	Near           []string
}

// serveCoverage serves GET /coverage.
func (s *Store) serveCoverage(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, auth.TurfManage)
	if err != nil {
		return err
	}
	var v coverageView
	var over []Leader
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		rules, err := RulesOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		if v.Coverage, err = s.coverage(ctx, tx, reach, &rules); err != nil {
			return struct{}{}, err
		}
		_, at, err := places(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		v.Ratio, v.Days, v.Whole, v.Goal = rules.CaptainRatio, rules.ContactDays, reach.All, rules.SiteFloorPct
		v.fill(tr, at)
		if v.Warn+v.Alert == 0 {
			return struct{}{}, nil
		}
		over, err = overloaded(ctx, tx, reach, &rules)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	var ids []string
	for _, l := range over {
		one := overLine{ID: l.Person, Name: l.Name(), Town: l.Town, Leads: l.Leads, Load: l.Load, Badge: badge{"warn", "warn", tr.T("organize.load.warn")}}
		if l.Load == "alert" {
			one.Badge = badge{"stop", "stop", tr.T("organize.load.alert")}
		}
		for _, n := range l.Near {
			one.Near = append(one.Near, tr.T("organize.coverage.near", "Name", n.Name(), "Town", n.Town, "N", n.Leads))
			ids = append(ids, n.Person)
		}
		ids, v.Over = append(ids, l.Person), append(v.Over, one)
	}
	if len(ids) > 0 {
		if err := s.seen(ctx, "coverage.open", "", reach, ids); err != nil {
			return err
		}
	}
	return web.Page(w, r, web.View{Page: "coverage", Title: "organize.coverage.title", Body: v})
}

func (v *coverageView) fill(tr *i18n.Translator, at map[string]*place) {
	v.Share = shareOf(tr, v.Cover.Share(), v.Goal)
	v.Missing = max(0, v.Needed-v.Leaders)
	for _, g := range []gapLine{
		{Gap: GapNoOne, N: v.NoOne},
		{Gap: GapLeft, N: v.Left},
		{Gap: GapUnsure, N: v.Unsure},
		{Gap: GapOld, N: v.Old},
		{Gap: GapOver, N: v.Warn + v.Alert},
		{Gap: GapSilent, N: v.Silent},
	} {
		g.Text, g.Href = tr.T("organize.gap."+string(g.Gap)), "/coverage/people?why="+string(g.Gap)
		v.Lists = append(v.Lists, g)
	}
	for _, sh := range v.Shifts {
		last := len(v.Lines) - 1
		name := tr.T("organize.no_site")
		if p := at[sh.Site]; p != nil {
			name = p.Name
		}
		if last < 0 || v.Lines[last].Href != siteList(sh.Site) {
			v.Lines = append(v.Lines, coverLine{Name: name, Href: siteList(sh.Site)})
			last++
		}
		l := &v.Lines[last]
		l.add(sh.Cover)
		if sh.Leaders == 0 {
			l.Holes = append(l.Holes, tr.T("organize.shift."+cmp.Or(sh.Shift, "none"), "N", sh.N))
		}
	}
	for i := range v.Lines {
		l := &v.Lines[i]
		l.Share = shareOf(tr, l.Cover.Share(), v.Goal)
		if l.Hole = l.Leaders == 0; l.Hole {
			l.Holes = nil // said of the whole worksite
			v.Holes++
		}
		v.Holes += len(l.Holes)
	}
	slices.SortStableFunc(v.Lines, func(a, b coverLine) int { // the worst first
		return cmp.Or(cmp.Compare(a.Covered*b.N, b.Covered*a.N), cmp.Compare(b.N, a.N), strings.Compare(a.Name, b.Name))
	})
}

func siteList(site string) string {
	return "/coverage/people?why=none&site=" + url.QueryEscape(site)
}

// overloaded returns the leaders with too many people, the most first, each with two who could take some.
func overloaded(ctx context.Context, tx *db.Tx, reach auth.Reach, rules *Rules) ([]Leader, error) {
	all, err := leaders(ctx, tx, reach, rules, "")
	if err != nil {
		return nil, err
	}
	var over []Leader
	for _, l := range all {
		if l.Load != "ok" {
			over = append(over, l)
		}
	}
	slices.SortStableFunc(over, func(a, b Leader) int { return cmp.Compare(b.Leads, a.Leads) })
	over = over[:min(20, len(over))]
	near(over, all, rules)
	return over, nil
}

type gapView struct {
	Gap    Gap      `json:"gap"`
	Title  string   `json:"-"`
	Lede   string   `json:"-"`
	People []gapRow `json:"people"`
	Tabs   []option `json:"-"`
	Sites  []option `json:"-"`
	Choose []option `json:"-"` // leaders to give them to
	Site   string   `json:"-"`
	Next   string   `json:"-"`
	May    bool     `json:"-"` // give them to somebody
	Form   web.Form `json:"-"`
}

type gapRow struct {
	ID, Name, Under string
	Why             string
}

// serveGap serves GET /coverage/people?why=&site=: the people of one list, who can be given to a captain at once.
func (s *Store) serveGap(w http.ResponseWriter, r *http.Request) error {
	return s.gapForm(w, r, r.URL.Query(), web.Form{}, http.StatusOK)
}

func (s *Store) gapForm(w http.ResponseWriter, r *http.Request, q url.Values, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, auth.TurfManage)
	if err != nil {
		return err
	}
	v := gapView{Gap: Gap(q.Get("why")), Site: q.Get("site"), Form: f}
	if !slices.Contains(Gaps, v.Gap) {
		v.Gap = GapNoOne
	}
	v.May = v.Gap != GapOver && v.Gap != GapSilent
	v.Title, v.Lede = tr.T("organize.gap."+string(v.Gap)), tr.T("organize.gap_why."+string(v.Gap))
	var ids []string
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		rules, err := RulesOf(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		all, err := gap(ctx, tx, reach, &rules, v.Gap, v.Site, [2]string{q.Get("at"), q.Get("after")})
		if err != nil {
			return struct{}{}, err
		}
		if len(all) > page {
			all = all[:page]
			last := all[page-1]
			v.Next = "/coverage/people?" + url.Values{"why": {string(v.Gap)}, "site": {v.Site}, "at": {last.Site}, "after": {last.Person}}.Encode()
			if !v.May { // by load, not by key: the longest lists stand first, the rest is told
				v.Next = ""
			}
		}
		zone := web.Now(r).Location()
		for _, p := range all {
			row := gapRow{ID: p.Person, Name: p.Name(), Under: join(p.Job, p.Town)}
			switch v.Gap {
			case GapNoOne:
			case GapLeft:
				row.Why = tr.T("organize.gap.leader_left", "Name", cmp.Or(p.LeaderName, tr.T("organize.gap.elsewhere")))
			case GapUnsure:
				row.Why = tr.T("organize.gap.leader_is", "Name", cmp.Or(p.LeaderName, tr.T("organize.gap.elsewhere")), "Value", max(0, p.LeaderValue))
			case GapOld:
				name := cmp.Or(p.LeaderName, tr.T("organize.gap.elsewhere"))
				row.Why = tr.T("organize.gap.never", "Name", name)
				if !p.LeaderTalk.IsZero() {
					row.Why = tr.T("organize.gap.talked", "Name", name, "When", tr.Day(p.LeaderTalk.In(zone)))
				}
			case GapOver, GapSilent:
				row.Why = tr.T("organize.gap.leads", "N", p.Leads)
			}
			ids, v.People = append(ids, p.Person), append(v.People, row)
		}
		return struct{}{}, s.gapOptions(ctx, tx, tr, reach, &rules, &v)
	})
	if err != nil {
		return err
	}
	if err := s.seen(ctx, "coverage.list", "", reach, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "coverage-people", Title: "organize.coverage.title", Status: status, Body: v})
}

// gapOptions are the worksites, and the leaders one can choose: those of the worksite first.
func (s *Store) gapOptions(ctx context.Context, tx *db.Tx, tr *i18n.Translator, reach auth.Reach, rules *Rules, v *gapView) error {
	for _, g := range Gaps {
		v.Tabs = append(v.Tabs, option{"/coverage/people?" + url.Values{"why": {string(g)}, "site": {v.Site}}.Encode(), tr.T("organize.gap." + string(g)), g == v.Gap})
	}
	all, _, err := places(ctx, tx)
	if err != nil {
		return err
	}
	sizes, err := s.sizes(ctx, tx, reach)
	if err != nil {
		return err
	}
	for _, p := range all {
		if slices.ContainsFunc(sizes, func(z size) bool { return z.Site == p.ID }) {
			v.Sites = append(v.Sites, option{p.ID, p.Name, p.ID == v.Site})
		}
	}
	if !v.May {
		return nil
	}
	found, err := leaders(ctx, tx, reach, rules, v.Site)
	if err == nil && len(found) == 0 && v.Site != "" {
		found, err = leaders(ctx, tx, reach, rules, "")
	}
	for _, l := range found {
		v.Choose = append(v.Choose, option{l.Person, tr.T("organize.coverage.leader", "Name", l.Name(), "Town", l.Town, "N", l.Leads), false})
	}
	return err
}

// assign serves POST /coverage/people: those ticked get the chosen leader.
func (s *Store) assign(w http.ResponseWriter, r *http.Request) error {
	leader := r.PostFormValue("leader")
	back := url.Values{"why": {r.PostFormValue("why")}, "site": {r.PostFormValue("site")}}
	var err error
	if leader == "" {
		err = fault.Field("leader", "organize.coverage.choose_leader")
	} else {
		err = s.Lead(r.Context(), leader, slices.Clone(r.PostForm["person"]))
	}
	if f, ok := web.Refill(r, err); ok {
		return s.gapForm(w, r, back, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.coverage.assigned", Args: map[string]any{"N": len(r.PostForm["person"])}})
	return web.Done(w, r, "/coverage/people?"+back.Encode(), nil)
}

// rulesView is the page of thresholds.
type rulesView struct {
	Groups []rulesGroup
	Form   web.Form
}

type rulesGroup struct {
	Title  string
	Fields []rulesField
}

type rulesField struct {
	Name, Label, Hint, Value, Error string
}

// serveRules serves GET /rules.
func (s *Store) serveRules(w http.ResponseWriter, r *http.Request) error {
	return s.rulesForm(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) rulesForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, TestManage)
	if err != nil {
		return err
	}
	if !reach.All {
		return fault.New(fault.Forbidden, "auth.not_your_role")
	}
	rules, err := db.InRead(ctx, s.d, func(tx *db.Tx) (Rules, error) { return RulesOf(ctx, tx) })
	if err != nil {
		return err
	}
	v := rulesView{Form: f}
	for _, n := range rules.numbers() {
		group, label := "people", tr.T("organize.rules."+n.Name)
		if key, ok := strings.CutPrefix(n.Name, "ladder_"); ok {
			group, label = "ladder", tr.T("organize.ladder."+key)
		}
		title := tr.T("organize.rules.group." + group)
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Title != title {
			v.Groups = append(v.Groups, rulesGroup{Title: title})
		}
		one := rulesField{Name: n.Name, Label: label, Hint: tr.T("organize.rules.range", "Min", n.Min, "Max", n.Max), Value: itoa(*n.At), Error: f.Error(n.Name)}
		if f.Values != nil {
			one.Value = f.Value(n.Name)
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Fields = append(g.Fields, one)
	}
	return web.Page(w, r, web.View{Page: "rules", Title: "organize.rules.title", Status: status, Body: v})
}

// saveRules serves POST /rules.
func (s *Store) saveRules(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rules, err := db.InRead(ctx, s.d, func(tx *db.Tx) (Rules, error) { return RulesOf(ctx, tx) })
	if err != nil {
		return err
	}
	var problems []*fault.Error
	for _, n := range rules.numbers() {
		value, err := atoi(r.PostFormValue(n.Name))
		if err != nil {
			problems = append(problems, fault.Field(n.Name, "organize.rules.range", "Min", n.Min, "Max", n.Max))
		}
		*n.At = value
	}
	err = fault.Join(problems...)
	if err == nil {
		err = s.SetRules(ctx, rules)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.rulesForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.rules.saved"})
	return web.Done(w, r, "/rules", nil)
}
