// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/internal/work"
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

// patience is how long a form waits for its work before a page shows how far it is: a small union sees no such page.
const patience = 2 * time.Second

func planningPath(strike string) string {
	return "/line-plans?" + url.Values{"strike": {strike}}.Encode()
}

// The keys of work: a strike has one plan being made, a plan is accepted by one person at a time, and its reasons are written beside both.
func planningKey(strike string) string { return "strike:" + strike }
func acceptKey(plan string) string     { return "plan:" + plan }
func whyKey(plan string) string        { return "why:" + plan }

// propose serves POST /line-plans: strike=, and stop=1 to give up the plan that is being made for it. Whoever asks for a plan while one is being made
// waits for the same.
func (h handler) propose(w http.ResponseWriter, r *http.Request) error {
	ctx, strike, id := r.Context(), r.PostFormValue("strike"), newID()
	if err := whole(ctx); err != nil {
		return err
	}
	key, page := planningKey(strike), planningPath(strike)
	if r.PostFormValue("stop") != "" {
		h.works.Stop(key)
		return web.Done(w, r, page, nil)
	}
	if p, ok := h.works.Look(key, false); ok && !p.Ended {
		return web.Done(w, r, page, nil)
	}
	ended, err := h.works.Begin(ctx, key, id, patience, func(ctx context.Context, progress func(step, steps int)) error {
		explain, err := h.Store.propose(ctx, strike, id, progress)
		if err == nil {
			_, err = h.works.Begin(ctx, whyKey(id), "explain", time.Second, explain)
		}
		return err
	})
	if err != nil {
		return err
	}
	if ended {
		page = planPath(id)
	}
	return web.Done(w, r, page, nil)
}

func planPath(id string) string { return "/line-plans/" + url.PathEscape(id) }

// workView is what a page shows of work.
type workView struct {
	Work    *work.Progress `json:"work,omitempty"`
	Stopped bool           `json:"stopped,omitempty"` // it has ended, since somebody stopped it
	Failed  string         `json:"failed,omitempty"`  // why it has ended otherwise
}

// look returns what is under way under key, or how it ended: told once, and not to the script that only asks whether to load the page. Errors: what it
// ended with, where that is no reason in words.
func (h handler) look(r *http.Request, key string) (v workView, end *work.Progress, err error) {
	tell := !web.ByScript(r)
	p, ok := h.works.Look(key, tell)
	switch {
	case !ok || p.Ended && !tell:
		return v, nil, nil
	case !p.Ended:
		v.Work = &p
		return v, nil, nil
	case p.Stopped:
		v.Stopped = true
	case p.Err != nil:
		if _, words := errors.AsType[*fault.Error](p.Err); !words {
			return v, nil, fmt.Errorf("in the background: %w", p.Err)
		}
		v.Failed = web.ProblemOf(web.Text(r), p.Err).Text
	}
	return v, &p, nil
}

type planningView struct {
	workView
	Strike string    `json:"strike"`
	Plans  []planRow `json:"plans"`
}

// planning serves GET /line-plans: how far the plan is that is being made for strike=, and the plan when it is made.
func (h handler) planning(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := whole(ctx); err != nil {
		return err
	}
	v := planningView{Strike: r.FormValue("strike")}
	var end *work.Progress
	var err error
	if v.workView, end, err = h.look(r, planningKey(v.Strike)); err != nil {
		return err
	}
	if end != nil && end.Err == nil {
		return web.Done(w, r, planPath(end.Verb), nil)
	}
	v.Plans, err = db.InRead(ctx, h.d, func(tx *db.Tx) ([]planRow, error) { return plans(ctx, tx, web.Text(r), web.Now(r).Location()) })
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "lineplanning", Title: "line.plan.title", Renew: 2 * bit(v.Work != nil), Body: v})
}

type planView struct {
	workView
	ID     string         `json:"id"`
	When   string         `json:"when"`
	Levels []levelRow     `json:"levels"`
	Places []placeRow     `json:"places"` // of the page shown
	Count  map[string]int `json:"count"`
	Open   int            `json:"open"`
	All    PlanSum        `json:"all"`
	Lines  []PlanSum      `json:"lines"`
	At     *PlanSum       `json:"line,omitempty"` // whose places are shown
	Pager  string         `json:"-"`
	Prev   string         `json:"prev,omitempty"`
	Next   string         `json:"next,omitempty"`
	Worths []worthRow     `json:"worth,omitempty"`
	More   int            `json:"more_short,omitempty"` // places that are short beside those shown
	ByHand []byHandRow    `json:"by_hand,omitempty"`
	Groups []placeGroup   `json:"-"` // the places of the page by line
	Again  bool           `json:"-"` // some that were refused can be tried again
}

type byHandRow struct {
	ByHand
	Label string `json:"-"`
}

// worthRow is a place to recruit for, in words.
type worthRow struct {
	Line   string `json:"line"`
	Href   string `json:"-"`
	When   string `json:"when"`
	Role   string `json:"role"`
	Placed string `json:"placed"`
	What   string `json:"worth"`
}

func (w *Worth) row(tr *i18n.Translator, x *Shift, l *Line, href string) worthRow {
	return worthRow{l.Name, href, span(tr, x), tr.T("line.role." + string(w.Role)), tr.T("line.worth.placed", "X", w.Placed, "N", w.Target), w.words(tr)}
}

// worthRows leads from each place to its line's page.
func (h handler) worthRows(ctx context.Context, tr *i18n.Translator, all []Worth) ([]worthRow, error) {
	return db.InRead(ctx, h.d, func(tx *db.Tx) (rows []worthRow, err error) {
		for _, w := range all {
			x, l, err := shiftOf(ctx, tx, w.Shift)
			if err != nil {
				return nil, err
			}
			rows = append(rows, w.row(tr, x, l, "/lines/"+l.ID))
		}
		return rows, nil
	})
}

type placeGroup struct {
	PlanSum
	Places []placeRow
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
	Left                     string // what she is now, where only her role changes
}

// plan serves GET /line-plans/{plan}: what it would change, and how much better that is; line= shows one line's places, from the one numbered from=. While it is
// being accepted the page shows how far that is, and nobody's name.
func (h handler) plan(w http.ResponseWriter, r *http.Request) error {
	ctx, tr, id, line := r.Context(), web.Text(r), r.PathValue("plan"), r.FormValue("line")
	if err := whole(ctx); err != nil {
		return err
	}
	working, _, err := h.look(r, acceptKey(id))
	if err != nil {
		return err
	}
	var p *Proposal
	from, _ := strconv.Atoi(r.FormValue("from")) // none, or nonsense, is the first
	from = max(from, 0)
	if working.Work != nil {
		p, err = db.InRead(ctx, h.d, func(tx *db.Tx) (*Proposal, error) { return planOf(ctx, tx, id) })
	} else {
		p, err = h.PlanOf(ctx, id, line, from)
	}
	if err != nil {
		return err
	}
	v := planView{
		workView: working, ID: p.ID, When: tr.Moment(p.At.In(web.Now(r).Location())), All: p.All, Lines: p.Lines, Open: p.All.Open,
		Count: map[string]int{"new": p.All.New, "move": p.All.Move, "release": p.All.Release},
	}
	for _, l := range p.Levels {
		row := levelRow{Label: tr.T("line.level." + l.Name), Today: l.Today, Value: l.Value, Better: l.Value < l.Today}
		if l.Bound != nil {
			row.Bound = strconv.FormatInt(*l.Bound, 10)
		}
		v.Levels = append(v.Levels, row)
	}
	if i := slices.IndexFunc(p.Lines, func(one PlanSum) bool { return one.Line == line }); i >= 0 {
		v.At = &p.Lines[i]
		v.pages(tr, from, len(p.Places))
	} else if line != "" {
		return missing()
	}
	if v.Places, err = h.placeRows(ctx, tr, p.Places); err != nil {
		return err
	}
	if v.Worths, err = h.worthRows(ctx, tr, p.Worths); err != nil {
		return err
	}
	v.More = p.Short - len(p.Worths)
	for _, b := range p.ByHand {
		v.ByHand = append(v.ByHand, byHandRow{b, tr.T("line.role." + string(b.Role))})
	}
	v.Again = slices.ContainsFunc(p.Places, func(one Place) bool { return one.Again })
	for _, sum := range p.Lines {
		g := placeGroup{PlanSum: sum}
		for _, row := range v.Places {
			if row.Line == sum.Line {
				g.Places = append(g.Places, row)
			}
		}
		if len(g.Places) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return web.Page(w, r, web.View{Page: "lineplan", Title: "line.plan.title", Renew: 2 * bit(v.Work != nil), Body: v})
}

// pages says which of a line's places are shown, and where the others are.
func (v *planView) pages(tr *i18n.Translator, from, shown int) {
	of := v.At.N()
	if of <= planPage || shown == 0 {
		return
	}
	page := func(from int) string {
		return planPath(v.ID) + "?" + url.Values{"line": {v.At.Line}, "from": {strconv.Itoa(from)}}.Encode()
	}
	v.Pager = tr.T("line.plan.pager", "From", tr.Int(from+1), "To", tr.Int(from+shown), "Of", tr.Int(of))
	if from > 0 {
		v.Prev = page(max(from-planPage, 0))
	}
	if from+shown < of {
		v.Next = page(from + shown)
	}
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
			if p.From == p.Shift && p.left != "" {
				row.Left = tr.T("line.role." + string(p.left))
			}
			if p.Refusal != "" {
				row.Why = tr.M(cmp.Or(otherwise[p.Refusal], p.Refusal), p.why)
			}
			if row.To != "" {
				row.To += ", " + tr.T("line.role."+string(p.Role))
			}
			out = append(out, row)
		}
		return out, nil
	})
}

// accept serves POST /line-plans/{plan}: all=1, all of line=, or the ticked places (place=), which may have been refused before; stop=1 ends what is being
// accepted. shown= is the line whose page it came from.
func (h handler) accept(w http.ResponseWriter, r *http.Request) error {
	if err := whole(r.Context()); err != nil {
		return err
	}
	id, line := r.PathValue("plan"), r.PostFormValue("line")
	key, back := acceptKey(id), planPath(id)
	if shown := r.PostFormValue("shown"); shown != "" {
		back += "?" + url.Values{"line": {shown}}.Encode()
	}
	if r.PostFormValue("stop") != "" {
		h.works.Stop(key)
		return web.Done(w, r, back, nil)
	}
	if p, ok := h.works.Look(key, false); ok && !p.Ended && !jsonWanted(r) {
		web.Say(w, r, web.Flash{Key: "line.plan_busy", Tone: "warn"})
		return web.Done(w, r, back, nil)
	}
	ticked := map[string]bool{}
	for _, one := range r.PostForm["place"] {
		ticked[one] = true
	}
	pick := func(p *Place) bool { return ticked[p.Key] }
	if line != "" {
		pick = func(p *Place) bool { return p.Line == line && p.Outcome == "" }
	}
	if r.PostFormValue("all") != "" {
		pick = nil
	}
	var booked, refusedN int
	ended, err := h.works.Begin(r.Context(), key, "accept", patience, func(ctx context.Context, progress func(done, total int)) (err error) {
		booked, refusedN, err = h.Accept(ctx, id, pick, progress)
		return err
	})
	if err != nil {
		return err
	}
	if ended {
		said := "line.said.plan"
		if refusedN > 0 {
			said = "line.said.plan_part"
		}
		web.Say(w, r, web.Flash{Key: said, Args: map[string]any{"N": booked, "Refused": refusedN}})
	}
	return web.Done(w, r, back, nil)
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
