// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// cardView is one person of the chart: who she is, and who keeps contact with her, to be changed.
type cardView struct {
	Held    Held     `json:"person"`
	Mark    mark     `json:"-"`
	Old     bool     `json:"-"`
	Leaders []Leader `json:"leaders,omitempty"` // whom she may be given to, the nearest first
	May     bool     `json:"-"`                 // change her contact
	Record  bool     `json:"-"`                 // record a talk with her
	Path    string   `json:"-"`                 // the chart to go back to
}

// mostOffered is how many leaders a card offers.
const mostOffered = 40

// card serves GET /chart/person/{id}.
func (h chartPages) card(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	wall, err := auth.Allowed(ctx, WallRead)
	if err != nil {
		return err
	}
	v := cardView{Path: chartPath(r.URL.Query().Get("path"))}
	_, err = db.InRead(ctx, h.d, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, h.readCard(ctx, tx, r, wall, &v)
	})
	if err != nil {
		return err
	}
	err = h.log.Read(ctx, audit.Entry{Verb: "wall.card", Object: "person:" + v.Held.Person, Scope: wall.Label(), Subjects: []string{v.Held.Person}, Count: 1})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "chart-card", Title: "organize.chart.title", Body: v})
}

func (h chartPages) readCard(ctx context.Context, tx *db.Tx, r *http.Request, wall auth.Reach, v *cardView) error {
	p, err := within(ctx, tx, wall, r.PathValue("id"))
	if err == nil {
		_, err = within(ctx, tx, reachOf(ctx, auth.PersonRead), p.id)
	}
	if err != nil {
		return err
	}
	var args db.Args
	query := `SELECT ` + held(ctx, &args) + heldFrom + ` WHERE s.person_id = ` + args.Add(p.id)
	all, err := db.All(ctx, tx, oneHeld, query, args...)
	if err != nil {
		return fmt.Errorf("read card: %w", err)
	}
	if len(all) == 0 {
		return fault.New(fault.Missing, "scope.person")
	}
	v.Held = all[0]
	reads := func(a auth.Ability) (bool, error) {
		_, err := within(ctx, tx, reachOf(ctx, a), p.id)
		if fault.CodeOf(err) == fault.Missing {
			return false, nil
		}
		return err == nil, err
	}
	for _, one := range []struct {
		a  auth.Ability
		to func(bool)
	}{
		{auth.TurfManage, func(ok bool) { v.May = ok }},
		{AssessWrite, func(ok bool) { v.Record = ok }},
	} {
		ok, err := reads(one.a)
		if err != nil {
			return err
		}
		one.to(ok)
	}
	sc, err := scaleOf(ctx, tx)
	if err != nil {
		return err
	}
	v.Mark = sc.marks(web.Text(r))[max(0, 2*v.Held.Value-1)]
	stale, err := h.staleAfter(ctx, tx)
	if err != nil {
		return err
	}
	v.Old = v.Held.Value != 0 && v.Held.ValueAt.Before(tx.Now.AddDate(0, 0, -stale))
	if !v.May {
		return nil
	}
	rules, err := RulesOf(ctx, tx)
	if err != nil {
		return err
	}
	return v.offer(ctx, tx, &rules)
}

// offer finds the leaders whom she could be given to: those of her worksite, then the nearest with few people.
func (v *cardView) offer(ctx context.Context, tx *db.Tx, rules *Rules) error {
	all, err := leaders(ctx, tx, reachOf(ctx, auth.TurfManage), rules, "")
	if err != nil {
		return err
	}
	here := Leader{Held: v.Held}
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(lat), 0), COALESCE(MAX(lng), 0) FROM worksite WHERE id = $1`, v.Held.Site).Scan(&here.at[0], &here.at[1]); err != nil {
		return fmt.Errorf("read worksite: %w", err)
	}
	all = slices.DeleteFunc(all, func(l Leader) bool { return l.Person == v.Held.Person })
	slices.SortStableFunc(all, func(a, b Leader) int {
		return cmp.Or(cmp.Compare(here.distance(&a), here.distance(&b)), cmp.Compare(a.Leads, b.Leads), strings.Compare(a.SortKey, b.SortKey))
	})
	v.Leaders = all[:min(len(all), mostOffered)]
	return nil
}

// before returns where somebody whose contact or mark the caller may change stands, and whether her contact person of now could be
// chosen again.
func (h chartPages) before(ctx context.Context, id string) (who Held, again bool, err error) {
	who, err = db.InRead(ctx, h.d, func(tx *db.Tx) (Held, error) {
		turf := reachOf(ctx, auth.TurfManage)
		p, err := within(ctx, tx, turf, id)
		if err != nil {
			return Held{}, err
		}
		var args db.Args
		query := `SELECT ` + held(ctx, &args) + heldFrom + ` WHERE s.person_id = ` + args.Add(p.id)
		all, err := db.All(ctx, tx, oneHeld, query, args...)
		if err != nil {
			return Held{}, fmt.Errorf("read card: %w", err)
		}
		if len(all) == 0 {
			return Held{}, fault.New(fault.Missing, "scope.person")
		}
		if again = all[0].Leader == ""; !again {
			_, err := within(ctx, tx, turf, all[0].Leader)
			if again = err == nil; err != nil && fault.CodeOf(err) != fault.Missing {
				return Held{}, err
			}
		}
		return all[0], nil
	})
	return who, again, err
}

// mark serves POST /chart/person/{id}/mark: she is a leader in a role, or none any more. The undo is the same act with the role of
// before.
func (h chartPages) mark(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	held, _, err := h.before(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	role := r.FormValue("role") // the undo brings it in the query
	if err := h.Mark(ctx, held.Person, role); err != nil {
		return err
	}
	path, key := chartPath(r.FormValue("path")), "organize.chart.marked"
	if role == "" {
		key = "organize.chart.unmarked"
	}
	undo := url.Values{"role": {held.Marked}, "path": {path}}
	web.Say(w, r, web.Flash{Key: key, Args: map[string]any{"Name": held.Name()}, Undo: "/chart/person/" + held.Person + "/mark?" + undo.Encode()})
	return web.Done(w, r, path, nil)
}

// assign serves POST /chart/person/{id}/contact. The undo that it offers is the same act with the contact of before; when that was
// somebody outside the caller's reach, there is none.
func (h chartPages) assign(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	held, again, err := h.before(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := h.Lead(ctx, r.FormValue("leader"), []string{held.Person}); err != nil { // the undo brings it in the query
		return err
	}
	path := chartPath(r.FormValue("path"))
	said := web.Flash{Key: "organize.chart.assigned", Args: map[string]any{"Name": held.Name()}}
	if again {
		said.Undo = "/chart/person/" + held.Person + "/contact?" + url.Values{"leader": {held.Leader}, "path": {path}}.Encode()
	}
	web.Say(w, r, said)
	return web.Done(w, r, path, nil)
}

// chartPath is the chart's address that a form brought along, the chart itself for anything else.
func chartPath(path string) string {
	if !strings.HasPrefix(path, "/chart") {
		return "/chart"
	}
	return web.Local(path)
}
