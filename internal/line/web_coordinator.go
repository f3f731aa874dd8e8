// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

type linesView struct {
	Lines  []lineRow   `json:"lines"`
	Plans  []planRow   `json:"plans"`
	Making []makingRow `json:"-"` // plans that are being made, or of which nobody was told how that ended
	Sites  []option    `json:"-"`
	Acts   []option    `json:"-"` // strikes
	Keeps  []option    `json:"-"` // pages of what the plan of a strike keeps to, by its title
	Kinds  []kindRow   `json:"-"` // what shifts of a kind need where their line says nothing
	All    bool        `json:"-"` // the whole unit: may plan and make a wall link
	Texts  bool        `json:"-"` // there is a gateway for text messages
	Form   web.Form    `json:"-"`
}

type makingRow struct {
	Href  string
	Ended bool
}

type option struct {
	Value, Label string
	Selected     bool
}

type lineRow struct {
	Line
	Shifts, Drafts, Unset int
	Taken, Target         int
	Pct                   int
}

// lines serves GET /lines.
func (h handler) lines(w http.ResponseWriter, r *http.Request) error {
	return h.linesForm(w, r, web.Form{}, http.StatusOK)
}

func (h handler) linesForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return err
	}
	v, err := db.InRead(ctx, h.d, func(tx *db.Tx) (linesView, error) {
		v := linesView{All: reach.All, Form: f, Texts: h.Texts != nil}
		all, err := lines(ctx, tx)
		if err != nil {
			return v, err
		}
		for _, l := range all {
			if !l.covers(reach) {
				continue
			}
			row := lineRow{Line: l}
			shifts, err := shiftsOf(ctx, tx, "line_id = $1 AND state <> 'cancelled' AND ends_at > $2", l.ID, tx.Now.UnixMilli())
			if err != nil {
				return v, err
			}
			for _, x := range shifts {
				row.Shifts++
				row.Drafts += bit(x.Decided == Draft)
				row.Unset += bit(len(x.Needs) == 0)
				for _, n := range x.Needs {
					row.Taken, row.Target = row.Taken+min(n.Taken, n.Target), row.Target+n.Target
				}
			}
			if row.Target > 0 {
				row.Pct = 100 * row.Taken / row.Target
			}
			v.Lines = append(v.Lines, row)
		}
		for _, kind := range []string{"day", "night"} {
			row := kindRow{Kind: kind, Label: tr.T("line.needs.kind_" + kind)}
			needs, err := defaults(ctx, tx, "kind:"+kind)
			if err != nil {
				return v, err
			}
			row.Rows = defaultRows(tr, needs)
			v.Kinds = append(v.Kinds, row)
		}
		if v.Plans, err = plans(ctx, tx, tr, web.Now(r).Location()); err != nil {
			return v, err
		}
		v.Sites, err = db.All(ctx, tx, func(rows *sql.Rows) (o option, err error) {
			var region string
			err = rows.Scan(&o.Value, &o.Label, &region)
			o.Selected = o.Value == f.Value("worksite")
			return o, err
		}, `SELECT id, name, region FROM worksite ORDER BY name, id LIMIT 2000`)
		if err != nil {
			return v, err
		}
		if h.Strikes != nil {
			acts, err := h.Strikes(ctx, tx)
			if err != nil {
				return v, err
			}
			acts = slices.DeleteFunc(acts, func(a Strike) bool { return a.State == "closed" })
			for _, a := range acts {
				v.Acts = append(v.Acts, option{a.ID, a.Title, a.ID == f.Value("strike") || len(acts) == 1})
			}
		}
		for _, a := range append(v.Acts, option{}) { // and lines that stand alone
			if slices.ContainsFunc(v.Lines, func(l lineRow) bool { return l.Strike == a.Value }) {
				v.Keeps = append(v.Keeps, option{Value: conditionsPath(a.Value), Label: a.Label})
			}
			if p, ok := h.works.Look(planningKey(a.Value), false); ok && v.All {
				v.Making = append(v.Making, makingRow{planningPath(a.Value), p.Ended})
			}
		}
		return v, nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "lines", Title: "line.lines.title", Status: status, Body: v})
}

// addLine serves POST /lines.
func (h handler) addLine(w http.ResponseWriter, r *http.Request) error {
	get := r.PostFormValue
	id, err := h.Add(r.Context(), Line{
		Strike: get("strike"), Name: get("name"), Place: get("place"), Worksite: get("worksite"), ZIP: get("zip"), PublicWay: get("public_way"),
		Parking: get("parking"), Toilets: get("toilets"), Shelter: get("shelter"),
	})
	if f, ok := web.Refill(r, err); ok {
		return h.linesForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return web.Done(w, r, "/lines/"+id, nil)
}

type lineView struct {
	Line
	Rows   []shiftRow `json:"shifts"`
	Needs  []Need     `json:"needs"`
	Roles  []needRow  `json:"-"`
	Drafts int        `json:"drafts"`
	Unset  int        `json:"needs_not_set"`
	Stale  bool       `json:"stale"`
	Leads  []leadRow  `json:"captains"`
	Form   web.Form   `json:"-"`
	Edit   web.Form   `json:"-"` // of the form for the line itself
	Ahead  int        `json:"-"` // bookings of shifts that have not begun

	Outside       int    `json:"outside"` // shifts outside of the hours that the strike is noticed for
	OutsideDrafts bool   `json:"-"`
	Noticed       string `json:"-"` // those hours, in words
}

type leadRow struct {
	Person, Name string
	Deputy       bool
}

type shiftRow struct {
	Shift
	When        string
	State       ShiftState
	Cells       []needCell
	Unset, Long bool
	Outside     bool // of the noticed hours
	Minutes     int
	Open        bool      // may still be changed
	Own         []needRow // what it needs, each role
}

type needCell struct {
	Label              string
	Taken, Target, Max int
	Short, Below       bool
	Pct                int
}

// line serves GET /lines/{line}: the line's shifts and what they need.
func (h handler) line(w http.ResponseWriter, r *http.Request) error {
	return h.lineForm(w, r, web.Form{}, http.StatusOK)
}

// shownRoles are those that the form asks for; others are set for a single shift.
var shownRoles = []Role{Captain, Safety, Medic, OnLine, Standby}

func (h handler) lineForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	v, err := db.InRead(ctx, h.d, func(tx *db.Tx) (lineView, error) {
		v := lineView{Form: f}
		l, err := h.manage(ctx, tx, r.PathValue("line"))
		if err != nil {
			return v, err
		}
		v.Line = *l
		if strings.HasSuffix(r.URL.Path, "/edit") {
			v.Form, v.Edit = web.Form{}, f
		}
		if v.Ahead, err = ahead(ctx, tx, l.ID); err != nil {
			return v, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return v, err
		}
		strike, err := h.strike(ctx, tx, l.Strike)
		if err != nil {
			return v, err
		}
		shifts, err := shiftsOf(ctx, tx, "line_id = $1", l.ID)
		if err != nil {
			return v, err
		}
		for _, x := range shifts {
			x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
			row := shiftRow{Shift: x, When: span(tr, &x), State: x.State(tx.Now, rules), Unset: len(x.Needs) == 0, Minutes: x.Minutes(), Long: x.Minutes() != rules.Hours*60}
			for _, n := range x.Needs {
				c := needCell{Label: tr.T("line.role." + string(n.Role)), Taken: n.Taken, Target: n.Target, Max: n.Max, Short: n.Taken < n.Target, Below: n.Taken < n.Min}
				if n.Target > 0 {
					c.Pct = min(100, 100*n.Taken/n.Target)
				}
				row.Cells = append(row.Cells, c)
			}
			if row.Outside = x.Decided != Cancelled && x.Ends.After(tx.Now) && x.outside(strike); row.Outside {
				v.Outside++
				v.OutsideDrafts = v.OutsideDrafts || x.Decided == Draft && !row.Unset
			}
			if row.Open = x.Decided != Cancelled && x.Ends.After(tx.Now); row.Open {
				row.Own = needRows(tr, Roles, x.Needs)
			}
			v.Drafts += bit(x.Decided == Draft && len(x.Needs) > 0)
			v.Unset += bit(row.Unset && x.Decided != Cancelled)
			v.Rows = append(v.Rows, row)
		}
		if v.Outside > 0 {
			v.Noticed = tr.T("line.outside.open_end", "From", tr.Moment(strike.Starts.In(l.zone())))
			if !strike.Ends.IsZero() {
				v.Noticed = tr.T("line.outside.hours", "From", tr.Moment(strike.Starts.In(l.zone())), "To", tr.Moment(strike.Ends.In(l.zone())))
			}
		}
		leads, err := db.All(ctx, tx, func(rows *sql.Rows) (x leadRow, err error) { return x, rows.Scan(&x.Person, &x.Deputy) },
			`SELECT person_id, deputy FROM line_captain WHERE line_id = $1 ORDER BY deputy, at, person_id LIMIT 50`, l.ID)
		if err != nil {
			return v, err
		}
		var ids []string
		for _, x := range leads {
			ids = append(ids, x.Person)
		}
		names, err := namesOf(ctx, tx, ids)
		if err != nil {
			return v, err
		}
		for i := range leads {
			leads[i].Name = names[leads[i].Person]
		}
		v.Leads = leads
		var facts int64
		if err := tx.Row(ctx, `SELECT COALESCE(MIN(facts_version), -1) FROM shift WHERE line_id = $1 AND state = 'open' AND ends_at > $2`, l.ID, tx.Now.UnixMilli()).Scan(&facts); err != nil {
			return v, err
		}
		v.Stale = strike.ID != "" && facts >= 0 && facts != int64(strike.FactsVersion)
		if v.Needs, err = defaults(ctx, tx, "line:"+l.ID); err != nil {
			return v, err
		}
		v.Roles = defaultRows(tr, v.Needs)
		return v, err
	})
	if err != nil {
		return err
	}
	if len(v.Leads) > 0 {
		var people []string
		for _, x := range v.Leads {
			people = append(people, x.Person)
		}
		if err := h.audit.Read(ctx, audit.Entry{Verb: "line.roll", Object: "line:" + v.ID, Subjects: people, Count: len(people)}); err != nil {
			return err
		}
	}
	return web.Page(w, r, web.View{Page: "line", Title: "line.line.title", Status: status, Body: v})
}

// lineDone ends a form of a line's page: back to it, with what is wrong or what was done.
func (h handler) lineDone(w http.ResponseWriter, r *http.Request, err error, key string, args map[string]any) error {
	if f, ok := web.Refill(r, err); ok {
		return h.lineForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: key, Args: args})
	return web.Done(w, r, "/lines/"+url.PathEscape(r.PathValue("line")), nil)
}

// nameCaptain serves POST /lines/{line}/captain: name= adds one, out= takes one away.
func (h handler) nameCaptain(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("line")
	var err error
	if out := r.PostFormValue("out"); out != "" {
		err = h.NameCaptain(r.Context(), id, out, false, true)
	} else {
		err = h.NameCaptainByName(r.Context(), id, r.PostFormValue("name"), r.PostFormValue("deputy") != "")
	}
	return h.lineDone(w, r, err, "line.said.captain", nil)
}

// editLine serves POST /lines/{line}/edit.
func (h handler) editLine(w http.ResponseWriter, r *http.Request) error {
	get := func(f string) string { return strings.TrimSpace(r.PostFormValue(f)) }
	n, err := h.Edit(r.Context(), r.PathValue("line"), Line{
		Name: get("name"), Place: get("place"), ZIP: get("zip"), PublicWay: get("public_way"), Parking: get("parking"), Toilets: get("toilets"), Shelter: get("shelter"),
	})
	key := "line.said.edit"
	if n > 0 {
		key = "line.said.edit_told"
	}
	return h.lineDone(w, r, err, key, map[string]any{"N": n})
}

// closeLine serves POST /lines/{line}/close; cancel=1 with the bookings ahead.
func (h handler) closeLine(w http.ResponseWriter, r *http.Request) error {
	err := h.CloseLine(r.Context(), r.PathValue("line"), r.PostFormValue("cancel") != "")
	if f, ok := err.(*fault.Error); ok && f.Key == "line.close_booked" { //nolint:errorlint // the stores return it bare
		err = &fault.Error{Code: fault.Invalid, Key: f.Key, Args: f.Args, Field: "cancel"}
	}
	return h.lineDone(w, r, err, "line.said.close", nil)
}

// addShifts serves POST /lines/{line}/shifts.
func (h handler) addShifts(w http.ResponseWriter, r *http.Request) error {
	run := Run{From: r.PostFormValue("from"), To: r.PostFormValue("to")}
	if text := strings.TrimSpace(r.PostFormValue("hours")); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n == 0 {
			n = -1
		}
		run.Hours = n
	}
	ids, err := h.AddShifts(r.Context(), r.PathValue("line"), run)
	return h.lineDone(w, r, err, "line.said.shifts", map[string]any{"N": len(ids)})
}

// openShifts serves POST /lines/{line}/open.
func (h handler) openShifts(w http.ResponseWriter, r *http.Request) error {
	open := h.OpenShifts
	if r.PostFormValue("outside") != "" {
		open = h.OpenShiftsOutside
	}
	n, err := open(r.Context(), r.PathValue("line"))
	return h.lineDone(w, r, err, "line.said.open", map[string]any{"N": n})
}

// keepShifts serves POST /lines/{line}/keep.
func (h handler) keepShifts(w http.ResponseWriter, r *http.Request) error {
	return h.lineDone(w, r, h.KeepShifts(r.Context(), r.PathValue("line")), "line.said.kept", nil)
}

// leads are the lines that the caller leads.
func (h handler) leads(ctx context.Context) ([]Line, error) {
	return db.InRead(ctx, h.d, func(tx *db.Tx) ([]Line, error) {
		all, err := lines(ctx, tx)
		if err != nil {
			return nil, err
		}
		return h.ledOf(ctx, tx, all)
	})
}
