// SPDX-License-Identifier: Apache-2.0

package board

import (
	"cmp"
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/suppress"
	"github.com/tenday/tenday/internal/web"
)

// readyView answers "are we ready?" in counts of N.
type readyView struct {
	*organize.Readiness
	Inside   bool            `json:"-"` // reads the people that are counted: nothing is hidden
	Whole    bool            `json:"-"`
	Stats    []readyStat     `json:"-"`
	Weak     []weakSite      `json:"weak"` // worksites under the floor, the weakest first
	WeakAll  int             `json:"weak_all"`
	Strong   int             `json:"ready_sites"` // worksites at or over the floor
	Trend    []trendWeek     `json:"trend"`
	Came     []organize.Came `json:"tests"`
	UnitOnly *readyStat      `json:"-"` // for a captain: the unit beside her own people
}

// readyStat is one number with its bar.
type readyStat struct {
	Key, Label, Under string
	Share             Share
}

// weakSite is a worksite that is not ready, and what limits it.
type weakSite struct {
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	Least  organize.Share `json:"least"`
	Limits string         `json:"limits"`
	Others []string       `json:"-"`
}

type trendWeek struct {
	organize.Week
	Day    string `json:"-"`
	Share  Share  `json:"-"`
	Public Share  `json:"-"`
	Now    bool   `json:"-"`
}

const (
	trendWeeks = 6
	cameTests  = 4
	weakMost   = 12
)

// ready reads it for the caller.
func (s *Store) ready(ctx context.Context, tr *i18n.Translator) (*readyView, error) {
	reach, err := auth.Allowed(ctx, auth.BoardRead)
	if err != nil {
		return nil, err
	}
	v := &readyView{Whole: reach.All}
	if !organize.Inside(ctx, reach) {
		if err := s.organize.PublishReadiness(ctx); err != nil {
			return nil, err
		}
	}
	_, err = db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) { return struct{}{}, s.readReady(ctx, tx, reach, tr, v) })
	return v, err
}

func (s *Store) readReady(ctx context.Context, tx *db.Tx, reach auth.Reach, tr *i18n.Translator, v *readyView) error {
	var err error
	if v.Readiness, v.Inside, err = s.organize.ReadinessFor(ctx, tx, reach); err != nil {
		return err
	}
	if v.Came, err = s.organize.Came(ctx, tx, reach, cameTests); err != nil {
		return err
	}
	rules, err := organize.RulesOf(ctx, tx)
	if err != nil {
		return err
	}
	stat := func(key string, x organize.Share, goal int, args ...any) {
		one := readyStat{Key: key, Label: tr.T("board.ready." + key), Share: Share{X: x.X, N: x.N, Goal: goal}}
		one.Under = tr.T("board.ready."+key+"_under", args...)
		if !v.Inside {
			o, ok := v.Outside[key]
			if !ok { // not for readers without the names
				return
			}
			one.Share = Share{X: o.X, N: o.N, Goal: goal, Hidden: o.Hidden}
			if !o.Hidden {
				one.Under += " · " + tr.T("board.as_of", "Moment", tr.ISODay(o.Day.String()))
			}
		}
		v.Stats = append(v.Stats, one)
	}
	goals := map[string]int{}
	for _, step := range rules.Ladder {
		goals[step.Key] = step.Pct
	}
	stat("pledged", v.All.Pledged, goals["pledge_private"])
	stat("public", v.All.Public, goals["pledge_public"])
	if v.BookingOpen {
		stat("booked", v.All.Booked, goals["booked"], "N", rules.Expected(v.All.Booked.X))
	}
	stat("coverage", v.All.Coverage, rules.SiteFloorPct, "Days", rules.ContactDays)
	stat("recent", v.All.Recent, goals["contact"], "Days", rules.ContactDays)
	if !v.Inside {
		return nil
	}
	if err := v.weak(ctx, tx, tr); err != nil {
		return err
	}
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return err
	}
	today := roster.DateOf(tx.Now.In(zone))
	days := make([]roster.Date, trendWeeks)
	for i := range days {
		days[i] = today.AddDays(-7 * (trendWeeks - i))
	}
	weeks, err := s.organize.Trend(ctx, tx, reach, days...)
	if err != nil {
		return err
	}
	for _, w := range weeks {
		v.Trend = append(v.Trend, trendWeek{Week: w, Day: tr.ISODay(w.Day.String()), Share: Share{X: w.Pledged, N: v.All.Pledged.N}, Public: Share{X: w.Public, N: v.All.Public.N}})
	}
	v.Trend = append(v.Trend, trendWeek{Share: Share{X: v.All.Pledged.X, N: v.All.Pledged.N}, Public: Share{X: v.All.Public.X, N: v.All.Public.N}, Now: true})
	if len(reach.Sets) > 0 && !reach.All { // a captain sees how far the others are, and nothing of where
		// As of last night: a number that moves with each pledge would tell when somebody pledged.
		all, err := s.organize.Trend(ctx, tx, auth.Reach{All: true}, today.AddDays(-1))
		if err != nil {
			return err
		}
		whole, err := s.organize.Readiness(ctx, tx, auth.Reach{All: true})
		if err != nil {
			return err
		}
		v.UnitOnly = &readyStat{Key: "public", Label: tr.T("board.ready.unit_public"), Share: Share{X: all[0].Public, N: whole.All.Public.N, Goal: goals["pledge_public"]}}
		v.UnitOnly.Share.Hidden = !suppress.Count{X: v.UnitOnly.Share.X, N: v.UnitOnly.Share.N}.Passes(suppress.K)
	}
	return nil
}

// weak finds the worksites under the floor.
func (v *readyView) weak(ctx context.Context, tx *db.Tx, tr *i18n.Translator) error {
	names := map[string]string{}
	err := tx.Rows(ctx, `SELECT id, town, code FROM worksite ORDER BY id LIMIT 20000`, nil, func(r *sql.Rows) error {
		var id, town, code string
		err := r.Scan(&id, &town, &code)
		names[id] = town + " (" + code + ")"
		return err
	})
	if err != nil {
		return err
	}
	for i := range v.Sites {
		one := &v.Sites[i]
		if one.Site == "" || one.Least.N == 0 {
			continue
		}
		if one.Least.Meets(v.FloorPct) {
			v.Strong++
			continue
		}
		w := weakSite{ID: one.Site, Name: names[one.Site], Least: one.Least, Limits: one.Limits}
		for _, m := range []struct {
			key   string
			share organize.Share
		}{{"public", one.Public}, {"booked", one.Booked}, {"coverage", one.Coverage}} {
			if m.key != one.Limits && (m.key != "booked" || v.BookingOpen) && !m.share.Meets(v.FloorPct) {
				w.Others = append(w.Others, tr.T("board.ready.measure."+m.key)+" "+tr.T("board.x_of_n", "X", m.share.X, "N", m.share.N))
			}
		}
		v.Weak = append(v.Weak, w)
	}
	slices.SortStableFunc(v.Weak, func(a, b weakSite) int {
		return cmp.Or(cmp.Compare(a.Least.X*b.Least.N, b.Least.X*a.Least.N), cmp.Compare(b.Least.N, a.Least.N), strings.Compare(a.Name, b.Name))
	})
	v.WeakAll = len(v.Weak)
	return nil
}

// Few returns the weak worksites that the board names; the rest is behind them.
func (v *readyView) Few() []weakSite { return v.Weak[:min(len(v.Weak), weakMost)] }

// WeakTone is ok when no worksite is under the floor.
func (v *readyView) WeakTone() string {
	if v.WeakAll > 0 {
		return "warn"
	}
	return "ok"
}

// readyPage serves GET /board/ready: the part of the board that renews itself, and all weak worksites.
func (h handler) readyPage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.store.ready(r.Context(), web.Text(r))
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "board-ready", Title: "board.title", Body: v})
}
