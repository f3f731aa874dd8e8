// SPDX-License-Identifier: Apache-2.0

package line

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/calendar"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// card is a shift on a page.
type card struct {
	Mine
	When, Until string
	Places      string // "12 of 30"
	Left        int    // places on the line that are free
	Role        string
	Pct         int
	Tel         string
}

func cardOf(tr *i18n.Translator, m Mine) card {
	c := card{Mine: m, When: span(tr, &m.Shift)}
	if n := m.Shift.Need(OnLine); n != nil && n.Max > 0 {
		c.Places, c.Pct, c.Left = tr.T("line.x_of_n", "X", n.Taken, "N", n.Max), 100*n.Taken/n.Max, n.Max-n.Taken
	}
	if e := m.Entry; e != nil {
		c.Role = tr.T("line.role." + string(e.Role))
		if !e.OfferUntil.IsZero() {
			c.Until = tr.Moment(e.OfferUntil.In(m.Line.zone()))
		}
	}
	if m.Phone != "" {
		c.Tel = "tel:" + m.Phone
	}
	return c
}

type shiftsView struct {
	Own, Open []card   `json:"-"`
	Asks      []askRow `json:"-"`
	Person    bool     `json:"person"`
	Leads     []Line   `json:"leads"`
	Shifts    int      `json:"shifts"`
	Lines     []option `json:"-"` // where others are open; none where all are shown
	Line      string   `json:"line,omitempty"`
}

type askRow struct {
	Ask
	When, What string
}

// shifts serves GET /shifts: a member's own page of the lines.
func (h handler) shifts(w http.ResponseWriter, r *http.Request) error {
	tr := web.Text(r)
	v := shiftsView{}
	var err error
	if v.Leads, err = h.leads(r.Context()); err != nil {
		return err
	}
	my, err := h.MyShifts(r.Context(), r.URL.Query().Get("line"))
	switch fault.CodeOf(err) {
	case fault.Forbidden: // staff who are not on the roster may still lead
		return web.Page(w, r, web.View{Page: "shifts", Title: "line.shifts.title", Body: v})
	case fault.OK:
	default:
		return err
	}
	v.Person, v.Shifts, v.Line = true, len(my.Own), my.Line
	for _, m := range my.Own {
		v.Own = append(v.Own, cardOf(tr, m))
	}
	for _, m := range my.Open {
		v.Open = append(v.Open, cardOf(tr, m))
	}
	for _, a := range my.Asks {
		v.Asks = append(v.Asks, askRow{a, span(tr, &a.Shift), tr.T("line.role." + string(a.Role))})
	}
	for _, l := range my.Lines {
		v.Lines = append(v.Lines, option{l.ID, l.Name, l.ID == my.Line})
	}
	return web.Page(w, r, web.View{Page: "shifts", Title: "line.shifts.title", Body: v})
}

type shiftView struct {
	card
	Roles   []roleRow `json:"-"`
	Refusal string    `json:"refusal,omitempty"`
	OtherID string    `json:"-"` // the shift that stands against it
	Minutes int       `json:"minutes"`
	Why     *whyView  `json:"why,omitempty"`
}

// whyView is how she came to the shift, in words.
type whyView struct {
	How     string   `json:"how"`
	Changed bool     `json:"changed,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
}

func whyOf(tr *i18n.Translator, m *Mine) *whyView {
	w := m.Why
	if w == nil || w.By == "walk_in" {
		return nil
	}
	v := &whyView{How: tr.T("line.why." + w.By), Changed: w.Changed}
	if w.By == "plan" {
		v.How = tr.T("line.why.plan_"+map[bool]string{true: "then", false: "alone"}[len(w.Reasons) > 0], "When", tr.Moment(w.At.In(m.Line.zone())))
	}
	for _, s := range w.Reasons {
		v.Reasons = append(v.Reasons, s.words(tr))
	}
	return v
}

type roleRow struct {
	Role        Role
	Label       string
	Taken, Max  int
	Full, First bool
}

// shift serves GET /shifts/{shift}.
func (h handler) shift(w http.ResponseWriter, r *http.Request) error {
	return h.shiftPage(w, r, nil)
}

func (h handler) shiftPage(w http.ResponseWriter, r *http.Request, refusal error) error {
	tr := web.Text(r)
	m, err := h.OneShift(r.Context(), r.PathValue("shift"))
	if err != nil {
		return err
	}
	v := shiftView{card: cardOf(tr, *m), Minutes: m.Shift.Minutes(), Why: whyOf(tr, m)}
	for _, n := range m.Shift.Needs {
		if n.Role != Captain && n.Role != Safety || m.Briefed[n.Role] {
			v.Roles = append(v.Roles, roleRow{n.Role, tr.T("line.role." + string(n.Role)), n.Taken, n.Max, n.Taken >= n.Max, n.Role == OnLine})
		}
	}
	slices.SortStableFunc(v.Roles, func(a, b roleRow) int { return bit(b.First) - bit(a.First) })
	status := http.StatusOK
	if refusal != nil {
		e := fault.CodeOf(refusal)
		v.Refusal = said(tr, refusal)
		status = map[fault.Code]int{fault.Conflict: http.StatusConflict}[e]
		if f, ok := refusal.(*fault.Error); ok { //nolint:errorlint // the stores return it bare
			v.OtherID, _ = f.Args["Shift"].(string)
		}
	}
	return web.Page(w, r, web.View{Page: "shift", Title: "line.shift.title", Status: status, Body: v})
}

// said writes a refusal; its times and roles are put in the reader's words.
func said(tr *i18n.Translator, err error) string {
	f, ok := err.(*fault.Error) //nolint:errorlint // the stores return it bare
	if !ok {
		return tr.Fault(err)
	}
	args := map[string]any{}
	maps.Copy(args, f.Args)
	for _, k := range []string{"From", "To"} {
		if text, ok := args[k].(string); ok {
			if at, err := time.Parse("15:04", text); err == nil {
				args[k] = tr.Clock(at)
			}
		}
	}
	if role, ok := args["Role"].(string); ok {
		args["Role"] = tr.T("line.role." + role)
	}
	if day, ok := args["Day"].(string); ok {
		args["Day"] = tr.ISODay(day)
	}
	return tr.M(f.Key, args)
}

// act serves POST /shifts/{shift}/{act}: what a member does about a shift. A refusal is the page again, with the reason and the ways on.
func (h handler) act(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("shift")
	var err error
	key := "line.said." + r.PathValue("act")
	args := map[string]any{}
	switch r.PathValue("act") {
	case "signup":
		role := Role(r.PostFormValue("role"))
		if role == "" {
			role = OnLine
		}
		var e *Entry
		if e, err = h.SignUp(ctx, id, role); err == nil && e.State == Waiting {
			key, args["Number"] = "line.said.waiting", e.Number
		}
	case "cancel":
		err = h.Cancel(ctx, id)
	case "take":
		err = h.TakeOffer(ctx, id)
	case "seek":
		args["N"], err = h.SeekOther(ctx, id)
	case "keep":
		err = h.KeepPlace(ctx, id)
	case "tell":
		err = h.TellCaptain(ctx, id)
	case "confirm":
		err = h.Confirm(ctx, id)
	case "there", "not_there":
		err = h.AnswerAttended(ctx, id, r.PathValue("act") == "there")
	case "move": // by the line's coordinator
		lineID, err := h.MoveShift(ctx, id, r.PostFormValue("from"), r.PostFormValue("to"))
		if err != nil {
			return err
		}
		web.Say(w, r, web.Flash{Key: key})
		return web.Done(w, r, "/lines/"+lineID, nil)
	case "off": // by the line's coordinator
		lineID, err := h.CancelShift(ctx, id)
		if err != nil {
			return err
		}
		web.Say(w, r, web.Flash{Key: key})
		return web.Done(w, r, "/lines/"+lineID, nil)
	default:
		return fault.New(fault.Missing, "web.missing")
	}
	if fault.CodeOf(err) == fault.Conflict && !jsonWanted(r) {
		return h.shiftPage(w, r, err)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: key, Args: args})
	return web.Done(w, r, "/shifts/"+url.PathEscape(id), nil)
}

func jsonWanted(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// swap serves POST /swaps/{swap}/{act}: take, by somebody who was asked; approve, by the captain.
func (h handler) swap(w http.ResponseWriter, r *http.Request) error {
	id, next := r.PathValue("swap"), "/shifts"
	var err error
	switch r.PathValue("act") {
	case "take":
		err = h.TakeSwap(r.Context(), id)
	case "approve":
		err = ofHer(h.ApproveSwap(r.Context(), id))
		next = web.Local(r.PostFormValue("next"))
	default:
		return fault.New(fault.Missing, "web.missing")
	}
	if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.swap_" + r.PathValue("act")})
	return web.Done(w, r, next, nil)
}

// ics serves GET /shifts/{shift}/shift.ics: one event with a stable id, which rises when the shift moves. It names nobody.
func (h handler) ics(w http.ResponseWriter, r *http.Request) error {
	tr := web.Text(r)
	m, err := h.OneShift(r.Context(), r.PathValue("shift"))
	if err != nil {
		return err
	}
	if m.Entry == nil {
		return fault.New(fault.Missing, "line.not_booked")
	}
	e := h.event(tr, &m.Shift, &m.Line, m.Entry, web.Now(r))
	w.Header().Set("Content-Type", calendar.ContentType)
	w.Header().Set("Content-Disposition", `attachment; filename="shift.ics"`)
	return calendar.Write(w, "", []calendar.Event{e})
}

// event is a booking as calendars keep it: its id stays, its sequence rises when the shift moves. It names nobody.
func (s *Store) event(tr *i18n.Translator, x *Shift, l *Line, e *Entry, stamp time.Time) calendar.Event {
	host := "localhost"
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" {
		host = u.Host
	}
	return calendar.Event{
		UID: "shift." + x.ID + "." + e.ID + "@" + host, Seq: x.Seq, Stamp: stamp, Start: x.Starts, End: x.Ends, Zone: l.Zone,
		Summary: tr.T("line.ics.summary"), Location: l.Place, Class: calendar.Private, Cancelled: x.Decided == Cancelled || e.State == Off,
		Description: tr.T("line.ics.description", "Link", s.BaseURL+"/shifts/"+x.ID), Alarms: []time.Duration{2 * time.Hour},
	}
}

type hoursView struct {
	Availability
	Days []hoursDay
	Form web.Form `json:"-"`
}

type hoursDay struct {
	Day   string
	Slots []hoursSlot
}

type hoursSlot struct{ Key, From, To, Answer string }

// hours serves GET /shifts/hours.
func (h handler) hours(w http.ResponseWriter, r *http.Request) error {
	return h.hoursForm(w, r, web.Form{}, http.StatusOK)
}

func (h handler) hoursForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	person, err := me(r.Context())
	if err != nil {
		return err
	}
	tr := web.Text(r)
	v, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (hoursView, error) {
		v := hoursView{Form: f}
		var err error
		if v.Availability, err = availabilityOf(r.Context(), tx, person); err != nil {
			return v, err
		}
		slots, err := slotsOf(r.Context(), tx, person)
		for _, s := range slots {
			from, to := s.Starts.In(web.Now(r).Location()), s.Ends.In(web.Now(r).Location())
			day := tr.Day(from)
			if n := len(v.Days); n == 0 || v.Days[n-1].Day != day {
				v.Days = append(v.Days, hoursDay{Day: day})
			}
			last := &v.Days[len(v.Days)-1]
			last.Slots = append(last.Slots, hoursSlot{slotKey(s), tr.Clock(from), tr.Clock(to), s.Answer})
		}
		return v, err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "hours", Title: "line.hours.title", Status: status, Body: v})
}

func slotKey(s Slot) string {
	return strconv.FormatInt(s.Starts.UnixMilli(), 10) + "-" + strconv.FormatInt(s.Ends.UnixMilli(), 10)
}

// saveHours serves POST /shifts/hours.
func (h handler) saveHours(w http.ResponseWriter, r *http.Request) error {
	number := func(field string) int {
		n, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue(field)))
		if r.PostFormValue(field) == "" {
			return 0
		} else if err != nil {
			return -1
		}
		return n
	}
	on := func(field string) bool { return r.PostFormValue(field) != "" }
	a := Availability{
		MaxShifts: number("max_shifts"), MaxTravel: number("max_travel"), Standby: on("standby"), CanBeAsked: on("can_be_asked"),
		OddHours: on("odd_hours"), OtherDuty: on("other_duty"), ShowPhone: on("show_phone"),
	}
	for field, values := range r.PostForm {
		key, ok := strings.CutPrefix(field, "slot-")
		from, to, _ := strings.Cut(key, "-")
		f, err1 := strconv.ParseInt(from, 10, 64)
		t, err2 := strconv.ParseInt(to, 10, 64)
		if ok && err1 == nil && err2 == nil {
			a.Slots = append(a.Slots, Slot{time.UnixMilli(f), time.UnixMilli(t), values[0]})
		}
	}
	err := h.Offer(r.Context(), a)
	if f, ok := web.Refill(r, err); ok {
		return h.hoursForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.hours"})
	return web.Done(w, r, "/shifts", nil)
}

type codeView struct {
	Square *web.Square `json:"-"`
	Code   string      `json:"code"`
}

// code serves GET /shifts/code: what a member shows at the line.
func (h handler) code(w http.ResponseWriter, r *http.Request) error {
	code, err := h.MyCode(r.Context())
	if err != nil {
		return err
	}
	q, err := web.QR(code)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "code", Title: "line.code.title", Body: codeView{q, code}})
}

// newCode serves POST /shifts/code.
func (h handler) newCode(w http.ResponseWriter, r *http.Request) error {
	if err := h.NewCode(r.Context()); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "line.said.code"})
	return web.Done(w, r, "/shifts/code", nil)
}
