// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// siteView is one worksite as lists and the map show it.
type siteView struct {
	Worksite
	Now    WorksiteStatus // on the campaign's day
	InUnit int            // people of the unit within the reader's reach; -1: not hers to know

	Status badge  `json:"-"`
	Hours  string `json:"-"`
}

// sitesView is the list of worksites.
type sitesView struct {
	Sites   []siteView `json:"worksites"`
	Closing int        `json:"closing"`
	AsOf    string     `json:"as_of"`
	Counts  bool       `json:"-"`
	MayEdit bool       `json:"-"`
}

// seen is the reach by which a caller may know how many there are: that of counts, else that of people.
func seen(ctx context.Context) auth.Reach {
	if r := reach(ctx, auth.BoardRead); r.Ability != "" {
		return r
	}
	return reach(ctx, auth.PersonRead)
}

// tally is how many people of an occupation and a unit status work at a worksite. Who works at two counts at both.
type tally struct {
	Site, Job, Unit string
	N               int
}

// tallies counts people by worksite, occupation and status.
func (s *Store) tallies(ctx context.Context, tx *db.Tx, r auth.Reach) ([]tally, error) {
	if r.Ability == "" {
		return nil, nil
	}
	sites, err := s.PerSite(ctx, tx, r, "tallies", countTallies)
	if err != nil {
		return nil, fmt.Errorf("count people by worksite: %w", err)
	}
	sum := map[tally]int{}
	for _, some := range sites {
		for _, t := range some.([]tally) {
			sum[tally{Site: t.Site, Job: t.Job, Unit: t.Unit}] += t.N
		}
	}
	all := make([]tally, 0, len(sum))
	for t, n := range sum {
		t.N = n
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b tally) int {
		return cmp.Or(strings.Compare(a.Site, b.Site), strings.Compare(a.Job, b.Job), strings.Compare(a.Unit, b.Unit))
	})
	return all, nil
}

// countTallies counts by the worksite of the primary job.
func countTallies(ctx context.Context, tx *db.Tx, among func(args *db.Args, tables ...string) string) (map[string]any, error) {
	out := map[string]any{}
	add := func(r *sql.Rows) error {
		var first string
		var t tally
		err := r.Scan(&first, &t.Site, &t.Job, &t.Unit, &t.N)
		some, _ := out[first].([]tally)
		out[first] = append(some, t)
		return err
	}
	var args, more db.Args
	return out, errors.Join(
		tx.Rows(ctx, `SELECT p.worksite_id, p.worksite_id, n.job_class, n.unit_status, COUNT(*)`+among(&args, "person_site", "p", "person_now", "n")+
			` AND p.is_primary = 1 GROUP BY p.worksite_id, n.job_class, n.unit_status`, args, add),
		tx.Rows(ctx, `SELECT p.worksite_id, s.worksite_id, n.job_class, n.unit_status, COUNT(*)`+
			among(&more, "person_site", "p", "person_site", "s", "person_now", "n")+
			` AND p.is_primary = 1 AND s.is_primary = 0 GROUP BY p.worksite_id, s.worksite_id, n.job_class, n.unit_status`, more, add))
}

// siteViews returns all worksites with what the caller may know about each.
func (s *Store) siteViews(r *http.Request) (*sitesView, []tally, error) {
	ctx := r.Context()
	by, tr := seen(ctx), web.Text(r)
	v := &sitesView{Counts: by.Ability != "", MayEdit: reach(ctx, auth.RosterEdit).All, AsOf: tr.Moment(web.Now(r))}
	tallies, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]tally, error) {
		rev, err := revision(ctx, tx)
		if err != nil {
			return nil, err
		}
		at, err := s.placed(ctx, tx, rev)
		if err != nil {
			return nil, err
		}
		for i := range at.Sites {
			v.Sites = append(v.Sites, siteView{Worksite: at.Sites[i], InUnit: -1})
		}
		return s.tallies(ctx, tx, by)
	})
	if err != nil {
		return nil, nil, err
	}
	n := map[string]int{}
	for _, t := range tallies {
		if t.Unit == string(InUnit) {
			n[t.Site] += t.N
		}
	}
	today := DateOf(web.Now(r))
	for i := range v.Sites {
		w := &v.Sites[i]
		w.Now = w.On(today)
		if w.Now == Closing {
			v.Closing++
		}
		if v.Counts {
			w.InUnit = n[w.ID]
		}
		w.Status, w.Hours = siteBadge(tr, w), openHours(tr, &w.Worksite)
	}
	return v, tallies, nil
}

var siteBadges = map[WorksiteStatus][2]string{Open: {"ok", "ok"}, Closing: {"warn", "clock"}, Closed: {"", "close"}}

func siteBadge(tr *i18n.Translator, w *siteView) badge {
	look := siteBadges[w.Now]
	return badge{look[0], look[1], tr.T("roster.site."+string(w.Now), "Day", tr.ISODay(w.ClosesOn.String()))}
}

func openHours(tr *i18n.Translator, w *Worksite) string {
	if w.Opens == "" {
		return ""
	}
	return tr.T("roster.site.hours", "Days", openDays(tr, w.OpenDays), "Opens", w.Opens, "Closes", w.Closes)
}

// openDays words "Mon-Fri" or "Mon, Wed" in the reader's language.
func openDays(tr *i18n.Translator, days string) string {
	return weekday.ReplaceAllStringFunc(days, func(d string) string { return tr.T("roster.weekday." + d) })
}

var weekday = regexp.MustCompile(`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b`)

// serveWorksites serves GET /worksites.
func (s *Store) serveWorksites(w http.ResponseWriter, r *http.Request) error {
	v, _, err := s.siteViews(r)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "worksites", Title: "roster.sites.title", Body: v})
}

// worksiteView is one worksite's page.
type worksiteView struct {
	Site      siteView  `json:"worksite"`
	Jobs      []jobLine `json:"occupations"` // of people in the unit, the most first
	Disputed  int       `json:"disputed"`
	Counts    bool      `json:"-"`
	GoTo      *Worksite `json:"patients_go_to,omitempty"`
	People    string    `json:"-"` // address of the people there
	Place     string    `json:"-"` // address, written out
	MayEdit   bool      `json:"-"`
	MayPeople bool      `json:"-"`
	AsOf      string    `json:"as_of"`
}

type jobLine struct {
	Job   string `json:"occupation"`
	N     int    `json:"n"`
	Of    int    `json:"of"`
	Label string `json:"-"`
	Href  string `json:"-"`
	Pct   int    `json:"-"`
}

// serveWorksite serves GET /worksites/{id}.
func (s *Store) serveWorksite(w http.ResponseWriter, r *http.Request) error {
	all, tallies, err := s.siteViews(r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all.Sites, func(o siteView) bool { return o.ID == r.PathValue("id") })
	if i < 0 {
		return fault.New(fault.Missing, "roster.site.missing")
	}
	v := &worksiteView{
		Site: all.Sites[i], Counts: all.Counts, MayEdit: all.MayEdit, AsOf: all.AsOf,
		MayPeople: reach(r.Context(), auth.PersonRead).Ability != "",
	}
	site := &v.Site
	a := asked{"site": site.Code}
	v.People, v.Place = a.address(), postal(&site.Worksite)
	for i := range all.Sites {
		if all.Sites[i].ID == site.PatientsGoTo {
			v.GoTo = &all.Sites[i].Worksite
		}
	}
	tr := web.Text(r)
	for _, t := range tallies {
		switch {
		case t.Site != site.ID:
		case t.Unit == string(Disputed):
			v.Disputed += t.N
		case t.Unit == string(InUnit):
			line := jobLine{
				Job: t.Job, N: t.N, Of: site.InUnit, Label: jobWord(tr, t.Job), Href: a.address("job", t.Job, "unit", "in"),
				Pct: 100 * t.N / max(1, site.InUnit),
			}
			if t.Job == "" {
				line.Label, line.Href = tr.T("roster.people.not_said"), ""
			}
			v.Jobs = append(v.Jobs, line)
		}
	}
	slices.SortStableFunc(v.Jobs, func(a, b jobLine) int { return cmp.Compare(b.N, a.N) })
	return web.Page(w, r, web.View{Page: "worksite", Title: "roster.site.page", Body: v})
}

// postal writes the address as on a letter: the postal city, which need not be the town.
func postal(w *Worksite) string {
	out := w.Address
	for _, part := range []string{w.PostalCity, w.State + " " + w.ZIP} {
		if part != "" && part != " " {
			if out != "" {
				out += ", "
			}
			out += part
		}
	}
	return out
}
