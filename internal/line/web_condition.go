// SPDX-License-Identifier: Apache-2.0

package line

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type conditionsView struct {
	Strike string    `json:"strike"`
	All    bool      `json:"-"`
	Teams  []teamRow `json:"teams"`
	Bans   []banRow  `json:"bans"`
	Ways   []wayRow  `json:"ways"`
	Lines  []option  `json:"-"`
	Slots  []option  `json:"-"`
	Form   web.Form  `json:"-"`
	At     string    `json:"-"` // of which kind Form is
}

// Of returns what was put into the form of a kind.
func (v conditionsView) Of(kind string) web.Form {
	if v.At == kind {
		return v.Form
	}
	return web.Form{}
}

type teamRow struct {
	ID    string   `json:"id"`
	N     int      `json:"n"`
	Names []string `json:"names"`
	Left  []string `json:"left_out,omitempty"`
	Apart bool     `json:"apart,omitempty"`
}

type banRow struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Where  string `json:"line"`
	LineID string `json:"-"`
	When   string `json:"when,omitempty"` // "": always
	Reason string `json:"reason,omitempty"`
	Booked int    `json:"booked,omitempty"`
}

type wayRow struct {
	ID      string `json:"id"`
	ZIP     string `json:"zip"`
	Where   string `json:"line"`
	Minutes int    `json:"minutes"`
}

func conditionsPath(strike string) string {
	return "/line-conditions?" + url.Values{"strike": {strike}}.Encode()
}

// conditions serves GET /line-conditions: what the plan of strike= keeps to.
func (h handler) conditions(w http.ResponseWriter, r *http.Request) error {
	return h.conditionsForm(w, r, "", web.Form{}, http.StatusOK)
}

func (h handler) conditionsForm(w http.ResponseWriter, r *http.Request, kind string, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	c, err := h.ConditionsOf(ctx, r.FormValue("strike"))
	if err != nil {
		return err
	}
	var people []string
	for _, t := range c.Teams {
		people = append(people, t.People...)
	}
	for _, b := range c.Bans {
		people = append(people, b.Person)
	}
	names, err := db.InRead(ctx, h.d, func(tx *db.Tx) (map[string]string, error) { return namesOf(ctx, tx, people) })
	if err != nil {
		return err
	}
	v := conditionsView{Strike: c.Strike, All: c.All, Form: f, At: kind}
	all := func(ids []string) (out []string) {
		for _, id := range ids {
			out = append(out, names[id])
		}
		slices.Sort(out)
		return out
	}
	for _, t := range c.Teams {
		v.Teams = append(v.Teams, teamRow{t.ID, t.N, all(t.People), all(t.Left), t.Apart})
	}
	for _, b := range c.Bans {
		row := banRow{ID: b.ID, Name: names[b.Person], Where: b.Line.Name, LineID: b.Line.ID, Reason: b.Reason, Booked: b.Booked}
		if !b.Starts.IsZero() {
			row.When = slotWords(tr, Slot{Starts: b.Starts, Ends: b.Ends}, b.Line.zone())
		}
		v.Bans = append(v.Bans, row)
	}
	for _, one := range c.Ways {
		v.Ways = append(v.Ways, wayRow{one.ID, one.ZIP, one.Line.Name, one.Minutes})
	}
	for _, l := range c.Lines {
		v.Lines = append(v.Lines, option{l.ID, l.Name, l.ID == f.Value("line")})
	}
	for _, s := range c.Slots {
		v.Slots = append(v.Slots, option{slotKey(s), slotWords(tr, s, web.Now(r).Location()), slotKey(s) == f.Value("slot")})
	}
	return web.Page(w, r, web.View{Page: "lineconditions", Title: "line.condition.title", Status: status, Body: v})
}

func slotWords(tr *i18n.Translator, s Slot, zone *time.Location) string {
	return span(tr, &Shift{Starts: s.Starts.In(zone), Ends: s.Ends.In(zone)})
}

// slotOf reads slotKey; the zero Slot where there is none.
func slotOf(key string) Slot {
	from, to, _ := strings.Cut(key, "-")
	f, err1 := strconv.ParseInt(from, 10, 64)
	t, err2 := strconv.ParseInt(to, 10, 64)
	if err1 != nil || err2 != nil || f <= 0 || t <= f {
		return Slot{}
	}
	return Slot{Starts: time.UnixMilli(f), Ends: time.UnixMilli(t)}
}

// addCondition serves POST /line-conditions/{kind}: teams (names=, one a line), bans (name=, line=, slot= or none, reason=), ways (line=, zip=, minutes= or never=1).
func (h handler) addCondition(w http.ResponseWriter, r *http.Request) error {
	ctx, get, kind := r.Context(), r.PostFormValue, r.PathValue("kind")
	var id string
	var err error
	switch kind {
	case teams:
		names := slices.DeleteFunc(strings.Split(get("names"), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
		id, _, err = h.AddTeam(ctx, get("strike"), names)
	case bans:
		id, err = h.AddBan(ctx, get("line"), get("name"), slotOf(get("slot")), get("reason"))
	case ways:
		minutes, bad := strconv.Atoi(strings.TrimSpace(get("minutes")))
		switch {
		case get("never") != "" && get("minutes") != "": // which of the two?
			minutes = -2
		case get("never") != "":
			minutes = -1
		case bad != nil || minutes < 0:
			minutes = -2
		}
		id, err = h.SetWay(ctx, get("line"), get("zip"), minutes)
	default:
		return fault.New(fault.Missing, "web.missing")
	}
	if f, ok := web.Refill(r, err); ok {
		return h.conditionsForm(w, r, kind, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.condition_" + kind, Undo: "/line-conditions/" + kind + "/" + id + "/remove"})
	return web.Done(w, r, conditionsPath(get("strike")), nil)
}

// liftCondition serves POST /line-conditions/{kind}/{condition}/{act}: remove, or back.
func (h handler) liftCondition(w http.ResponseWriter, r *http.Request) error {
	kind, id, act := r.PathValue("kind"), r.PathValue("condition"), r.PathValue("act")
	if act != "remove" && act != "back" {
		return fault.New(fault.Missing, "web.missing")
	}
	strike, err := h.Lift(r.Context(), kind, id, act == "back")
	if err != nil {
		return err
	}
	undo := map[string]string{"remove": "back", "back": "remove"}[act]
	web.Say(w, r, web.Flash{Key: "line.said.condition_" + act, Undo: "/line-conditions/" + kind + "/" + id + "/" + undo})
	return web.Done(w, r, conditionsPath(strike), nil)
}
