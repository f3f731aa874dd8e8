// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// enterRow is one person of the form that enters many at once.
type enterRow struct {
	ID, Name, Under string
	State           Answer
	Badge           *badge // nil: unknown
}

type enterView struct {
	Test     Test
	People   []enterRow
	Sites    []option // with all of them first where they may be looked at together
	More     bool     // there are more than the form shows: choose a worksite
	Evidence []option
	Form     web.Form
	Open     bool
	Site     string
}

// serveEnter serves GET /tests/{test}/enter: the people of a worksite, or the caller's own, with a tick for each.
func (s *Store) serveEnter(w http.ResponseWriter, r *http.Request) error {
	return s.enterForm(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) enterForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, AssessWrite)
	if err != nil {
		return err
	}
	v := enterView{Form: f, Site: r.URL.Query().Get("site")}
	if f.Values != nil {
		v.Site = f.Value("site")
	}
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		if v.Test, err = testOf(ctx, tx, r.PathValue("test")); err != nil {
			return struct{}{}, err
		}
		if ok, err := touches(ctx, tx, reach, &v.Test); err != nil || !ok || v.Test.State != TestOpen && v.Test.State != TestClosed {
			return struct{}{}, orMissing(err)
		}
		v.Open = v.Test.State == TestOpen
		all, _, err := places(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		sizes, err := s.sizes(ctx, tx, reach)
		if err != nil {
			return struct{}{}, err
		}
		for _, p := range all {
			if slices.ContainsFunc(sizes, func(z size) bool { return z.Site == p.ID }) && inScope(&v.Test, &p) {
				v.Sites = append(v.Sites, option{p.ID, p.Name, p.ID == v.Site})
			}
		}
		switch {
		case len(v.Sites) < 2 && !reach.All, len(v.Sites) == 0:
		case !reach.All: // her own people, of whatever worksite
			v.Sites = slices.Insert(v.Sites, 0, option{"", tr.T("organize.all_sites"), v.Site == ""})
		case v.Site == "":
			v.Site = v.Sites[0].Value
			v.Sites[0].Selected = true
		}
		v.People, err = enterRows(ctx, tx, tr, reach, &v.Test, v.Site)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if v.More = len(v.People) > mostBulk; v.More {
		v.People = v.People[:mostBulk]
	}
	ids := make([]string, len(v.People))
	for i := range v.People {
		ids[i] = v.People[i].ID
		if f.Values != nil && slices.Contains(f.Values["person"], ids[i]) {
			v.People[i].State = Yes
		}
	}
	manage := reachOf(ctx, TestManage).Ability != ""
	for _, e := range []Evidence{ByCaptain, Sheet, Signature, Photo} {
		if manage || !e.Verified() {
			v.Evidence = append(v.Evidence, option{string(e), tr.T("organize.evidence." + string(e)), string(e) == f.Value("evidence")})
		}
	}
	if err := s.seen(ctx, "test.enter", "test:"+v.Test.ID, reach, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "test-enter", Title: "organize.enter.title", Status: status, Body: v})
}

func orMissing(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Missing, "organize.test.missing")
}

func inScope(t *Test, p *place) bool {
	return t.Scope == auth.Unit || t.Scope == auth.Region && p.Region == t.ScopeID || t.Scope == auth.Site && p.ID == t.ScopeID
}

// enterRows lists who may be entered, by name. It reads person_now through the worksite's people.
func enterRows(ctx context.Context, tx *db.Tx, tr *i18n.Translator, reach auth.Reach, t *Test, site string) ([]enterRow, error) {
	var args db.Args
	last := func(column string) string {
		return `(SELECT x.` + column + ` FROM participation_now x WHERE x.test_id = ` + args.Add(t.ID) + ` AND x.person_id = s.person_id)`
	}
	query := `SELECT s.person_id, n.given, n.family, COALESCE(w.town, ''), n.job_class, COALESCE(` + last("state") + `, 'unknown'), COALESCE(` + last("evidence") + `, '')`
	from, where := among(reach, &args, "person_stand", "s", "person_now", "n")
	query += from + ` LEFT JOIN worksite w ON w.id = s.worksite_id` + where + ` AND s.in_unit = 1`
	switch {
	case site != "":
		query += ` AND s.worksite_id = ` + args.Add(site)
	case t.Scope == auth.Site:
		query += ` AND s.worksite_id = ` + args.Add(t.ScopeID)
	case t.Scope == auth.Region:
		query += ` AND w.region = ` + args.Add(t.ScopeID)
	}
	query += ` ORDER BY n.sort_key, s.person_id LIMIT ` + args.Add(mostBulk+1)
	return db.All(ctx, tx, func(r *sql.Rows) (e enterRow, err error) {
		var given, family, town, job string
		var evidence Evidence
		err = r.Scan(&e.ID, &given, &family, &town, &job, &e.State, &evidence)
		e.Name, e.Under = given+" "+family, join(job, town)
		switch e.State {
		case Yes:
			e.Badge = &badge{"ok", "check", tr.T("organize.answer.yes_by", "Evidence", tr.T("organize.evidence."+string(evidence)))}
		case No:
			e.Badge = &badge{"warn", "close", tr.T("organize.answer.no")}
		case Unknown:
		}
		return e, err
	}, query, args...)
}

func join(parts ...string) string {
	out := ""
	for _, p := range parts {
		if p != "" && out != "" {
			out += " · "
		}
		out += p
	}
	return out
}

// enter serves POST /tests/{test}/enter: all ticked in one act, which one undo takes back.
func (s *Store) enter(w http.ResponseWriter, r *http.Request) error {
	test := r.PathValue("test")
	answers := map[string]Answer{}
	for _, id := range r.PostForm["person"] {
		answers[id] = Answer(r.PostFormValue("do"))
	}
	bulk, err := s.EnterMany(r.Context(), test, answers, Evidence(r.PostFormValue("evidence")))
	if f, ok := web.Refill(r, err); ok && fault.CodeOf(err) == fault.Invalid {
		return s.enterForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{
		Key: "organize.enter.did", Args: map[string]any{"N": len(answers)},
		Undo: "/answers/" + bulk + "/undo",
	})
	next := "/tests/" + test + "/enter"
	if site := r.PostFormValue("site"); site != "" {
		next += "?site=" + url.QueryEscape(site)
	}
	return web.Done(w, r, next, map[string]string{"bulk": bulk})
}

// undoEnter serves POST /answers/{bulk}/undo.
func (s *Store) undoEnter(w http.ResponseWriter, r *http.Request) error {
	test, err := s.UndoMany(r.Context(), r.PathValue("bulk"))
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.enter.undone"})
	return web.Done(w, r, "/tests/"+test+"/enter", nil)
}

type softView struct {
	People []softRow `json:"people"`
	Tests  []string  `json:"tests"`
	Next   string    `json:"-"`
	Said   int       `json:"-"`
}

type softRow struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Under    string   `json:"under"`
	Captain  string   `json:"captain"`
	NewGroup bool     `json:"-"` // the first of a captain's
	Value    int      `json:"value"`
	Said     string   `json:"said"`
	Did      []string `json:"did"`
}

// serveSoft serves GET /tests/soft: who says yes and does not act, by captain.
func (s *Store) serveSoft(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, AssessRead)
	if err != nil {
		return err
	}
	var v softView
	var ids []string
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		all, done, err := soft(ctx, tx, reach, [2]string{r.URL.Query().Get("of"), r.URL.Query().Get("after")}, page)
		if err != nil {
			return struct{}{}, err
		}
		for _, t := range done {
			v.Tests = append(v.Tests, t.Name)
		}
		if len(all) > page {
			last := all[page-1]
			v.Next = "/tests/soft?" + url.Values{"of": {last.Leader}, "after": {last.Person}}.Encode()
			all = all[:page]
		}
		zone := web.Now(r).Location()
		for i, p := range all {
			row := softRow{
				ID: p.Person, Name: p.Name(), Under: join(p.Job, p.Town), Captain: p.LeaderName, Value: p.Value,
				NewGroup: i == 0 || all[i-1].Leader != p.Leader,
				Said:     tr.T("organize.soft.said", "Value", p.Value, "Basis", tr.T("organize.basis."+string(p.Basis)), "When", tr.Day(p.ValueAt.In(zone))),
			}
			for _, did := range p.Did {
				row.Did = append(row.Did, tr.T("organize.answer."+string(did)))
			}
			ids, v.People = append(ids, p.Person), append(v.People, row)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	if err := s.seen(ctx, "test.soft", "", reach, ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "test-soft", Title: "organize.soft.title", Body: v})
}
