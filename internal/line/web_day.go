// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

type dayView struct {
	Kinds   []option    `json:"-"` // of incidents
	NoTexts bool        `json:"-"` // there is no gateway for text messages
	Line    Line        `json:"line"`
	Rolls   []rollRow   `json:"rolls"`
	Now     string      `json:"now"`
	Here    int         `json:"here"`
	Wishes  []Wish      `json:"-"`
	Eve     bool        `json:"-"` // no shift runs: the list of calls comes first
	Calls   []callRow   `json:"-"` // who has not answered, by shift
	Hands   []Handover  `json:"-"`
	Setup   template.JS `json:"-"`
	Form    web.Form    `json:"-"`
	Report  string      `json:"report,omitempty"`
	Ago     string      `json:"-"`
	Age     int         `json:"report_age_min"`
	Red     bool        `json:"red"`
	NotOn   string      `json:"not_on,omitempty"` // the strike has not begun: what that means for those who come, in words
}

type rollRow struct {
	Shift              Shift
	When               string
	People             []personRow
	Here, Booked, Wait int
	Confirmed          int // said that they are coming
	Open, Missing      bool
	Min                int
}

// callRow is who of a shift is still to be called.
type callRow struct {
	When   string
	People []personRow
}

type personRow struct {
	Listed
	Role, Tel, Since, Find string
	Number                 string // the phone, as people write it
	IsHere, HasLeft, Out   bool
	Waits, Absent, Coming  bool
	Queue                  int  // of the first who waits: how many do. They stand below, by their numbers
	Asked                  bool // and has not answered
}

// day serves GET /lines/{line}/day: the captain's list.
func (h handler) day(w http.ResponseWriter, r *http.Request) error {
	return h.dayPage(w, r, web.Form{}, http.StatusOK)
}

func (h handler) dayPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	l, rolls, err := h.Rolls(ctx, r.PathValue("line"))
	if err != nil {
		return err
	}
	v := dayView{Line: *l, Now: tr.Clock(web.Now(r).In(l.zone())), Form: f, Age: -1, NoTexts: h.Texts == nil}
	if v.Wishes, err = h.Wishes(ctx, l.ID); err != nil {
		return err
	}
	if v.Hands, err = h.Handovers(ctx, l.ID); err != nil {
		return err
	}
	rules, err := db.InRead(ctx, h.d, func(tx *db.Tx) (Rules, error) {
		days, _, err := h.days(ctx, tx, []Line{*l})
		if err != nil {
			return Rules{}, err
		}
		v.Age, v.Red = days[0].Age, days[0].Red
		if !days[0].Report.IsZero() {
			v.Report, v.Ago = tr.Clock(days[0].Report), ago(tr, web.Now(r).Sub(days[0].Report))
		}
		strike, err := h.strike(ctx, tx, l.Strike)
		if err != nil {
			return Rules{}, err
		}
		if strike.waits() {
			v.NotOn = tr.T("line.day.not_on")
			if !strike.Starts.IsZero() && !tx.Now.Before(strike.Starts) {
				v.NotOn = tr.T("line.day.not_begun")
			}
		}
		return rulesOf(ctx, tx)
	})
	if err != nil {
		return err
	}
	for _, k := range IncidentKinds {
		v.Kinds = append(v.Kinds, option{Value: k, Label: tr.T("line.incident." + k)})
	}
	now := web.Now(r)
	v.Eve = true
	for _, roll := range rolls {
		row := rollRow{Shift: roll.Shift, When: span(tr, &roll.Shift), Open: roll.Shift.State(now, rules) == Running}
		v.Eve = v.Eve && !row.Open
		calls := callRow{When: row.When}
		row.Missing = !now.Before(roll.Shift.Starts.Add(minutes(rules.MissingListMin)))
		for _, n := range roll.Shift.Needs {
			row.Min += n.Min
		}
		for _, p := range roll.People {
			row.People = append(row.People, personOf(tr, p))
			if roll.Calls && p.unanswered() {
				calls.People = append(calls.People, personOf(tr, p))
			}
			row.Here += bit(!p.Here.IsZero())
			row.Booked += bit(p.Entry.Held)
			row.Confirmed += bit(p.Entry.Held && !p.Entry.Confirmed.IsZero())
			row.Wait += bit(p.Entry.State == Waiting || p.Entry.State == Offered)
		}
		slices.SortStableFunc(row.People, inTurn)
		if i := slices.IndexFunc(row.People, func(p personRow) bool { return p.Waits }); i >= 0 {
			row.People[i].Queue = row.Wait
		}
		v.Here += row.Here
		v.Rolls = append(v.Rolls, row)
		if len(calls.People) > 0 {
			v.Calls = append(v.Calls, calls)
		}
	}
	if v.Setup, err = h.setup(r, l.ID); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "lineday", Title: "line.day.title", Status: status, Body: v})
}

// inTurn puts who is still to come first, then who came, and last those who wait: whom a place is held for, then by role and number.
func inTurn(a, b personRow) int {
	group := func(p personRow) int {
		switch {
		case p.Waits:
			return 2
		case p.IsHere || p.HasLeft:
			return 1
		}
		return 0
	}
	if c := group(a) - group(b); c != 0 || !a.Waits {
		return c
	}
	return cmp.Or(bit(a.Entry.State == Waiting)-bit(b.Entry.State == Waiting), slices.Index(Roles, a.Entry.Role)-slices.Index(Roles, b.Entry.Role), a.Entry.Number-b.Entry.Number)
}

// keptLine is a line whose day a phone keeps, to open it without a signal.
type keptLine struct {
	Path string `json:"path"`
	Name string `json:"name"`
	At   int64  `json:"at"` // Unix milliseconds, by the server's clock
}

// keptLines is the most that a phone keeps: it is one person's, who stands in one place.
const keptLines = 3

// today serves GET /lines/today: the lines that the caller leads and that have a list now, the first to begin first.
func (h handler) today(w http.ResponseWriter, r *http.Request) error {
	led, err := h.leads(r.Context())
	if err != nil {
		return err
	}
	led, err = h.listed(r.Context(), led)
	if err != nil {
		return err
	}
	out := []keptLine{}
	for _, l := range led[:min(len(led), keptLines)] {
		out = append(out, keptLine{"/lines/" + l.ID + "/day", l.Name, web.Now(r).UnixMilli()})
	}
	return web.JSON(w, http.StatusOK, out)
}

// dayShell serves GET /lines/shell: the day's page without a line, a person or the caller on it.
func (h handler) dayShell(w http.ResponseWriter, r *http.Request) error {
	setup, tr := offline.NewSetup(r, h.server, h.key), web.Text(r)
	for _, word := range []string{"as_of", "needs_signal"} {
		setup.Words[word] = tr.T("line.away." + word)
	}
	return web.Page(w, r, web.View{Page: "lineaway", Title: "line.day.title", Bare: true, Body: setup})
}

func personOf(tr *i18n.Translator, p Listed) personRow {
	row := personRow{
		Listed: p, Role: tr.T("line.role." + string(p.Entry.Role)), Find: roster.Fold(p.Name), IsHere: !p.Here.IsZero(), HasLeft: !p.Left.IsZero(),
		Out: p.Entry.WantsOut, Waits: p.Entry.State == Waiting || p.Entry.State == Offered, Absent: p.Entry.State == Absent,
		Coming: !p.Entry.Confirmed.IsZero() && (p.Entry.State == Booked || p.Entry.State == SwapOffered),
	}
	if p.Phone != "" {
		row.Tel, row.Number = "tel:"+p.Phone, p.Phone
		if n, ok := strings.CutPrefix(p.Phone, "+1"); ok && len(n) == 10 {
			row.Number = "(" + n[:3] + ") " + n[3:6] + "-" + n[6:]
		}
	}
	if row.IsHere {
		row.Since = tr.Clock(p.Here)
	} else if row.HasLeft {
		row.Since = tr.Clock(p.Left)
	}
	return row
}

// setup is what the page's script needs to keep check-ins while there is no network: whose phone it is, the key that it seals to, and its words.
func (h handler) setup(r *http.Request, line string) (template.JS, error) {
	tr := web.Text(r)
	scan := map[string]string{}
	for _, word := range []string{"refused", "none", "away", "other"} {
		scan[word] = tr.T("line.scan." + word)
	}
	return web.Block(map[string]any{
		"account": web.Caller(r).ID, "key": h.key, "line": line,
		"words": map[string]any{
			"scan":    scan,
			"waiting": tr.T("line.day.waiting", "Count", "#"), "none": tr.T("line.day.waiting_none"), "here": tr.T("line.day.here_now"), "left": tr.T("line.day.left_now"),
			"unknown": tr.T("line.code_unknown"), "refused": tr.T("line.day.refused"), "incident": tr.T("line.said.incident"), "incidentKept": tr.T("line.incident.kept_here"),
			"incidentNot": tr.T("line.incident.not_taken"), "keptHere": tr.T("line.day.kept_here"), "again": tr.T("line.day.already"),
			"sent": tr.T("line.day.sent"), "incidentWords": tr.T("line.incident.words_kept"),
		},
	})
}

// checkin serves POST /lines/{line}/checkin, for phones without scripts and for paper typed in later.
func (h handler) checkin(w http.ResponseWriter, r *http.Request) error {
	c := CheckIn{Line: r.PathValue("line"), Person: r.PostFormValue("person"), Code: r.PostFormValue("code"), Kind: r.PostFormValue("kind"), Method: r.PostFormValue("method")}
	if text := r.PostFormValue("paper"); text != "" {
		c.Method, c.Paper = "paper", text
	}
	if err := h.Record(r.Context(), c); err != nil {
		return h.dayPage2(w, r, err)
	}
	web.Say(w, r, web.Flash{Key: "line.said.checkin_" + c.Kind})
	return h.dayDone(w, r)
}

// dayPage2 answers a form of the day's page that was refused: the page again with the reason.
func (h handler) dayPage2(w http.ResponseWriter, r *http.Request, err error) error {
	if f, ok := web.Refill(r, err); ok {
		return h.dayPage(w, r, f, http.StatusUnprocessableEntity)
	}
	return err
}

func (h handler) dayDone(w http.ResponseWriter, r *http.Request) error {
	return web.Done(w, r, "/lines/"+url.PathEscape(r.PathValue("line"))+"/day", nil)
}

// phoneID is the id that a script gave to a form which the phone keeps, too; "" for none.
func phoneID(r *http.Request) string {
	if id, err := uuid.Parse(r.PostFormValue("id")); err == nil {
		return id.String()
	}
	return ""
}

// walkin serves POST /lines/{line}/walkin: somebody who is not on the list, by her whole name.
func (h handler) walkin(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("line")
	person, err := h.FindWalkIn(r.Context(), id, r.PostFormValue("name"))
	if err == nil && person == "" {
		err = fault.Field("name", "line.walk_in_unknown")
	}
	if err == nil {
		err = h.Record(r.Context(), CheckIn{ID: phoneID(r), Line: id, Person: person, Kind: "in", Method: "walk_in", Paper: strings.TrimSpace(r.PostFormValue("paper"))})
	}
	if err != nil {
		return h.dayPage2(w, r, err)
	}
	web.Say(w, r, web.Flash{Key: "line.said.walk_in"})
	return h.dayDone(w, r)
}

// report serves POST /lines/{line}/report.
func (h handler) report(w http.ResponseWriter, r *http.Request) error {
	here, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("here")))
	if err != nil {
		here = -1
	}
	err = h.Report(r.Context(), r.PathValue("line"), ReportIn{
		ID: phoneID(r), Here: here, Weather: strings.TrimSpace(r.PostFormValue("weather")), Supplies: strings.TrimSpace(r.PostFormValue("supplies")), Note: strings.TrimSpace(r.PostFormValue("note")),
	})
	if err != nil {
		return h.dayPage2(w, r, err)
	}
	web.Say(w, r, web.Flash{Key: "line.said.report"})
	return h.dayDone(w, r)
}

// handover serves POST /handovers/{shift}/{act}: say, by the captain who leaves; take, by the one who comes.
func (h handler) handover(w http.ResponseWriter, r *http.Request) error {
	here, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("here")))
	if err != nil {
		here = -1
	}
	shift, act := r.PathValue("shift"), r.PathValue("act")
	switch act {
	case "say":
		err = h.SayCount(r.Context(), shift, here)
	case "take":
		err = h.TakeOver(r.Context(), shift, here, r.PostFormValue("stays") != "")
	default:
		err = fault.New(fault.Missing, "web.missing")
	}
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.handover_" + act})
	return web.Done(w, r, web.Local(r.PostFormValue("next")), nil)
}

// otherwise says of somebody else, to whoever looks after the shift, what a refusal says to a member about herself.
var otherwise = map[string]string{
	"line.clash": "line.book_busy", "line.rest": "line.book_busy", "line.care_duty": "line.book_duty", "line.twice": "line.book_twice", "line.needs_training": "line.book_untrained",
	"line.over": "line.book_over", "line.not_booked": "line.book_not_on",
}

// ofHer is a refusal in words about somebody else; any other error as it is.
func ofHer(err error) error {
	if f, ok := err.(*fault.Error); ok && otherwise[f.Key] != "" { //nolint:errorlint // the stores return it bare
		return &fault.Error{Code: f.Code, Key: otherwise[f.Key], Args: f.Args}
	}
	return err
}

// book serves POST /lines/{line}/book: somebody whom the caller may see, by her whole name; day=1 where the form stands on the day's page.
func (h handler) book(w http.ResponseWriter, r *http.Request) error {
	_, err := h.BookByName(r.Context(), r.PostFormValue("shift"), r.PostFormValue("name"), Role(r.PostFormValue("role")))
	if f, ok := ofHer(err).(*fault.Error); ok && f.Code == fault.Conflict { //nolint:errorlint // the stores return it bare
		err = &fault.Error{Code: fault.Invalid, Key: f.Key, Args: f.Args, Field: "name"}
	}
	if r.PostFormValue("day") == "" {
		return h.lineDone(w, r, err, "line.said.book", nil)
	}
	if err != nil {
		return h.dayPage2(w, r, err)
	}
	web.Say(w, r, web.Flash{Key: "line.said.book"})
	return h.dayDone(w, r)
}
