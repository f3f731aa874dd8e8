// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/web"
)

// sheetRow is one person of the spreadsheet view.
type sheetRow struct {
	Held
	Took Answer
	Mark mark `json:"-"`
	Old  bool `json:"-"`
}

// sheetView is the wall chart for those who think in rows: people down, facts across, one open test to tick off.
type sheetView struct {
	Rows      []sheetRow    `json:"rows"`
	Tests     []chartOption `json:"-"`
	Test      string        `json:"test,omitempty"`
	Name      string        `json:"-"` // of the test
	Sites     []chartOption `json:"-"`
	Evidences []chartOption `json:"-"`
	Marks     []mark        `json:"-"`
	May       bool          `json:"-"` // tick off
	People    bool          `json:"-"` // may open the list of people
	Site      string        `json:"-"`
	First     string        `json:"-"`
	Next      string        `json:"-"`
	Path      string        `json:"-"`
}

// sheetPage is how many rows a page has: a sheet of the paper that it may be typed from has thirty.
const sheetPage = 100

// RegisterSheet puts the spreadsheet view on s.
func RegisterSheet(s *web.Server, st *Store) error {
	h := sheetPages{st}
	return s.Add(nil,
		web.Route{Pattern: "GET /chart/sheet", Access: auth.Need(WallRead), Handler: h.sheet},
		web.Route{Pattern: "POST /chart/sheet", Access: auth.Need(AssessWrite), Handler: h.tick},
		web.Route{Pattern: "POST /chart/sheet/undo/{bulk}", Access: auth.Need(AssessWrite), Handler: h.undo})
}

type sheetPages struct{ *Store }

// sheet serves GET /chart/sheet, by name: ?test= the open test to tick off, ?site= one worksite, ?after= the key of the last row of
// the page before, sealed, for it begins with a name.
func (h sheetPages) sheet(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	wall, err := auth.Allowed(ctx, WallRead)
	if err != nil {
		return err
	}
	v := sheetView{Site: q.Get("site"), Path: r.URL.RequestURI(), People: mayOpen(r.Context(), auth.PersonRead)}
	var last string
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, h.readSheet(ctx, tx, r, wall, &v, &last)
	})
	if err != nil {
		return err
	}
	if last != "" {
		next := url.Values{"test": {v.Test}, "site": {v.Site}, "after": {web.Seal(r, "sheet", last)}}
		v.Next = "/chart/sheet?" + next.Encode()
	}
	if q.Get("after") != "" {
		v.First = "/chart/sheet?" + url.Values{"test": {v.Test}, "site": {v.Site}}.Encode()
	}
	ids := make([]string, len(v.Rows))
	for i, row := range v.Rows {
		ids[i] = row.Person
	}
	if err := h.log.Read(ctx, audit.Entry{Verb: "wall.sheet", Scope: wall.Label(), Subjects: ids, Count: len(ids)}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "chart-sheet", Title: "organize.sheet.title", Body: v})
}

func (h sheetPages) readSheet(ctx context.Context, tx *db.Tx, r *http.Request, wall auth.Reach, v *sheetView, last *string) error {
	tr, names := web.Text(r), reachOf(ctx, auth.PersonRead)
	open, err := tests(ctx, tx, wall, TestOpen)
	if err != nil {
		return err
	}
	asked := r.URL.Query().Get("test")
	for i, t := range open {
		if asked == t.ID || asked == "" && i == 0 {
			v.Test, v.Name = t.ID, t.Name
		}
		v.Tests = append(v.Tests, chartOption{t.ID, t.Name, false})
	}
	for i := range v.Tests {
		v.Tests[i].Selected = v.Tests[i].Value == v.Test
	}
	write := reachOf(ctx, AssessWrite)
	v.May = v.Test != "" && (write.All || len(write.Regions)+len(write.Sites)+len(write.Sets) > 0)
	for _, e := range Evidences {
		if e != SelfLink && (e == ByCaptain || e == Sheet || reachOf(ctx, TestManage).Ability != "") {
			v.Evidences = append(v.Evidences, chartOption{string(e), tr.T("organize.sheet.evidence." + string(e)), e == Sheet})
		}
	}
	sc, err := scaleOf(ctx, tx)
	if err != nil {
		return err
	}
	v.Marks = sc.marks(tr)
	stale, err := h.staleAfter(ctx, tx)
	if err != nil {
		return err
	}
	var args db.Args
	text := `SELECT ` + held(ctx, &args) + `, COALESCE((SELECT a.state FROM participation_now a WHERE a.person_id = n.person_id AND a.test_id = ` +
		args.Add(v.Test) + `), 'unknown')`
	from, where := among(wall, &args, "person_now", "n", "person_stand", "s")
	text += from + ` LEFT JOIN worksite w ON w.id = s.worksite_id LEFT JOIN person_now l ON l.person_id = s.leader_id AND s.leader_id <> ''` + where +
		` AND s.in_unit + 0 = 1 AND ` + names.Where("n.person_id", &args)
	if v.Site != "" {
		text += ` AND s.worksite_id = ` + args.Add(v.Site)
	}
	if key, id, ok := cutKey(web.Unseal(r, "sheet", r.URL.Query().Get("after"))); ok {
		text += ` AND (n.sort_key, n.person_id) > (` + args.Add(key) + `, ` + args.Add(id) + `)`
	}
	text += ` ORDER BY n.sort_key, n.person_id LIMIT ` + args.Add(sheetPage+1)
	oldest := tx.Now.AddDate(0, 0, -stale)
	v.Rows, err = db.All(ctx, tx, func(rows *sql.Rows) (row sheetRow, err error) {
		row.Held, err = scanHeld(rows, &row.Took)
		row.Mark, row.Old = v.Marks[max(0, 2*row.Value-1)], row.Value != 0 && row.ValueAt.Before(oldest)
		return row, err
	}, text, args...)
	if err != nil {
		return fmt.Errorf("read sheet: %w", err)
	}
	if len(v.Rows) > sheetPage {
		v.Rows = v.Rows[:sheetPage]
		*last = v.Rows[sheetPage-1].SortKey + "\x1f" + v.Rows[sheetPage-1].Person
	}
	v.Sites, err = siteOptions(ctx, tx, wall, v.Site)
	return err
}

// siteOptions returns the worksites where the reader sees anybody.
func siteOptions(ctx context.Context, tx *db.Tx, reach auth.Reach, chosen string) ([]chartOption, error) {
	var args db.Args
	query := `SELECT w.id, w.town, w.code FROM worksite w`
	if !reach.All {
		query += ` WHERE EXISTS (SELECT 1 FROM person_site x WHERE x.worksite_id = w.id AND ` + reach.Where("x.person_id", &args) + `)`
	}
	all, err := db.All(ctx, tx, func(row *sql.Rows) (o chartOption, err error) {
		var code string
		err = row.Scan(&o.Value, &o.Label, &code)
		o.Label, o.Selected = o.Label+" ("+code+")", o.Value == chosen
		return o, err
	}, query+` ORDER BY w.town, w.code, w.id LIMIT 2000`, args...)
	if err != nil {
		return nil, fmt.Errorf("read worksites: %w", err)
	}
	return all, nil
}

// cutKey takes the place after which a page begins apart.
func cutKey(s string) (key, id string, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '\x1f' {
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

// tick serves POST /chart/sheet: of the people that the page showed (person), those ticked (yes) took part, and of those that were
// ticked before (was) the others are unknown again. All of it is one act with one undo.
func (h sheetPages) tick(w http.ResponseWriter, r *http.Request) error {
	test := r.PostFormValue("test")
	yes, was := r.PostForm["yes"], r.PostForm["was"]
	answers := map[string]Answer{}
	for _, id := range yes {
		if !slices.Contains(was, id) {
			answers[id] = Yes
		}
	}
	on := len(answers)
	for _, id := range was {
		if !slices.Contains(yes, id) {
			answers[id] = Unknown
		}
	}
	back := chartPath(r.PostFormValue("path"))
	if len(answers) == 0 {
		web.Say(w, r, web.Flash{Key: "organize.sheet.nothing", Tone: "info"})
		return web.Done(w, r, back, nil)
	}
	bulk, err := h.EnterMany(r.Context(), test, answers, Evidence(r.PostFormValue("evidence")))
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{
		Key: "organize.sheet.saved", Args: map[string]any{"On": on, "Off": len(answers) - on},
		Undo: "/chart/sheet/undo/" + bulk + "?" + url.Values{"path": {back}}.Encode(),
	})
	return web.Done(w, r, back, map[string]string{"bulk": bulk, "on": strconv.Itoa(on)})
}

// undo serves POST /chart/sheet/undo/{bulk}.
func (h sheetPages) undo(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.UndoMany(r.Context(), r.PathValue("bulk")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.sheet.undone"})
	return web.Done(w, r, chartPath(r.FormValue("path")), nil)
}
