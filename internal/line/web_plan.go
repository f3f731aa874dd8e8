// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type planRow struct{ ID, Strike, When string }

func plans(ctx context.Context, tx *db.Tx, tr *i18n.Translator, zone *time.Location) ([]planRow, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (p planRow, err error) {
		var at int64
		err = r.Scan(&p.ID, &p.Strike, &at)
		p.When = tr.Moment(time.UnixMilli(at).In(zone))
		return p, err
	}, `SELECT id, strike_id, at FROM line_plan ORDER BY at DESC, id LIMIT 5`)
}

// propose serves POST /line-plans.
func (h handler) propose(w http.ResponseWriter, r *http.Request) error {
	id, err := h.Propose(r.Context(), r.PostFormValue("strike"))
	if err != nil {
		return err
	}
	return web.Done(w, r, "/line-plans/"+id, nil)
}

type planView struct {
	ID     string         `json:"id"`
	When   string         `json:"when"`
	Levels []levelRow     `json:"levels"`
	Places []placeRow     `json:"places"`
	Count  map[string]int `json:"count"`
	Open   int            `json:"open"`
}

type levelRow struct {
	Label        string
	Today, Value int64
	Bound        string
	Better       bool
}

type placeRow struct {
	Place
	Name, To, Was, What, Why string
}

// plan serves GET /line-plans/{plan}: what it would change, and how much better that is.
func (h handler) plan(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	p, err := h.PlanOf(ctx, r.PathValue("plan"))
	if err != nil {
		return err
	}
	v := planView{ID: p.ID, When: tr.Moment(p.At.In(web.Now(r).Location())), Count: map[string]int{}}
	for _, l := range p.Levels {
		row := levelRow{Label: tr.T("line.level." + l.Name), Today: l.Today, Value: l.Value, Better: l.Value < l.Today}
		if l.Bound != nil {
			row.Bound = strconv.FormatInt(*l.Bound, 10)
		}
		v.Levels = append(v.Levels, row)
	}
	v.Places, err = h.placeRows(ctx, tr, p.Places)
	if err != nil {
		return err
	}
	for _, row := range v.Places {
		v.Open += bit(row.Outcome == "")
		v.Count[row.What]++
	}
	return web.Page(w, r, web.View{Page: "lineplan", Title: "line.plan.title", Body: v})
}

func (h handler) placeRows(ctx context.Context, tr *i18n.Translator, places []Place) ([]placeRow, error) {
	return db.InRead(ctx, h.d, func(tx *db.Tx) ([]placeRow, error) {
		var ids []string
		for _, p := range places {
			ids = append(ids, p.Person)
		}
		names, err := namesOf(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		words := map[string]string{"": ""}
		where := func(id string) (string, error) {
			if _, ok := words[id]; !ok {
				x, l, err := shiftOf(ctx, tx, id)
				if err != nil {
					return "", err
				}
				words[id] = l.Name + ", " + span(tr, x)
			}
			return words[id], nil
		}
		var out []placeRow
		for _, p := range places {
			row := placeRow{Place: p, Name: names[p.Person], What: "new"}
			if row.To, err = where(p.Shift); err != nil {
				return nil, err
			}
			if row.Was, err = where(p.From); err != nil {
				return nil, err
			}
			switch {
			case p.Shift == "":
				row.What = "release"
			case p.From != "":
				row.What = "move"
			}
			if p.Refusal != "" {
				row.Why = tr.T(p.Refusal)
			}
			if row.To != "" {
				row.To += ", " + tr.T("line.role."+string(p.Role))
			}
			out = append(out, row)
		}
		return out, nil
	})
}

// accept serves POST /line-plans/{plan}: all=1, or the ticked places.
func (h handler) accept(w http.ResponseWriter, r *http.Request) error {
	keys := r.PostForm["place"]
	if r.PostFormValue("all") != "" {
		keys = nil
	} else if keys == nil {
		keys = []string{}
	}
	id := r.PathValue("plan")
	booked, refusedN, err := h.Accept(r.Context(), id, keys)
	if err != nil {
		return err
	}
	key := "line.said.plan"
	if refusedN > 0 {
		key = "line.said.plan_part"
	}
	web.Say(w, r, web.Flash{Key: key, Args: map[string]any{"N": booked, "Refused": refusedN}})
	return web.Done(w, r, "/line-plans/"+url.PathEscape(id), nil)
}

// makeWall serves POST /walls. The address is shown once, on the page that answers: its token is kept nowhere.
func (h handler) makeWall(w http.ResponseWriter, r *http.Request) error {
	hours, err := strconv.Atoi(r.PostFormValue("hours"))
	if err != nil || hours < 1 || hours > 14*24 {
		return fault.Field("hours", "line.wall_until")
	}
	until := web.Now(r).Add(time.Duration(hours) * time.Hour)
	token, err := h.WallLink(r.Context(), r.PostFormValue("strike"), until)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "wallmade", Title: "line.wall.made", Body: map[string]any{
		"Link": h.BaseURL + "/wall/" + token, "Path": "/wall/" + token, "Until": web.Text(r).Moment(until),
	}})
}

// revokeWall serves POST /walls/{wall}/revoke.
func (h handler) revokeWall(w http.ResponseWriter, r *http.Request) error {
	if err := h.RevokeWall(r.Context(), r.PathValue("wall")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.wall_off"})
	return web.Done(w, r, "/lines/board", nil)
}
