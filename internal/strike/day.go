// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// guardView is the clock of the day: the stated minute beside now.
type guardView struct {
	ID, Title   string
	Stated, Now string // times of day
	StatedDay   string
	Zone        string
	Minutes     int    // to the start, negative after it
	Late        int    // minutes since the start, negative before it
	State       string // of notice.Guard, "called_off" and the like for an action that is off
	Tone, Icon  string
	Say         string // the engine's sentence, English
	Sites       int
	Words       int
	Off         State // "" while it is on or to come
	Version     int
	Form        web.Form
	Began       momentField
	CanPut      bool
	Disclaimer  string
	Soon        bool // two hours before and later
}

// serveGuard serves GET /strike/{strike}/guard.
func (s *Store) serveGuard(w http.ResponseWriter, r *http.Request) error {
	return s.guardPage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) guardPage(w http.ResponseWriter, r *http.Request, form web.Form, status int) error {
	tr := web.Text(r)
	v := guardView{Disclaimer: notice.Disclaimer, Form: form}
	err := s.look(r, func(tx *db.Tx, b *book, a *Action) error {
		f, err := b.facts()
		if err != nil {
			return err
		}
		g, err := notice.Guard(f, a.ID, tx.Now)
		if err != nil {
			return fault.New(fault.Conflict, "strike.block.plan")
		}
		v.ID, v.Title, v.State, v.Say, v.Minutes, v.Sites = a.ID, a.Title, g.State, g.Say, g.MinutesToStart, len(a.Sites)
		v.Late = -v.Minutes
		if at, err := notice.ParseMoment(g.Stated); err == nil {
			v.Stated, v.StatedDay, v.Zone = tr.Clock(at.Begin()), tr.Day(at.Day.Start()), at.Begin().Format("MST")
		}
		if at, err := notice.ParseMoment(g.Now); err == nil {
			v.Now = tr.Clock(at.Begin())
		}
		v.Tone = map[string]string{
			notice.GuardFar: "info", notice.GuardNear: "info", notice.GuardImminent: "warn", notice.GuardGo: "ok", notice.GuardTooLate: "stop",
			notice.GuardStarted: "ok", notice.GuardNoNotice: "stop",
		}[g.State]
		v.Soon = v.Minutes <= int(guardFrom.Minutes())
		if a.State.Over() {
			v.Off, v.Tone = a.State, "stop"
		}
		if v.Icon = iconOf(v.Tone); v.Tone == "info" {
			v.Icon = "clock"
		}
		if a.State == Noticed {
			if v.Words, err = b.said(r.Context(), tx, a); err != nil {
				return err
			}
			j, err := b.judge(a)
			if err != nil {
				return err
			}
			if soon := g.State == notice.GuardImminent || g.State == notice.GuardGo; soon && !j.Yes() {
				v.State, v.Tone, v.Icon = "no_yes", "stop", "stop"
			} else if soon && v.Words < 2 {
				v.State, v.Tone, v.Icon = "no_go", "stop", "stop"
			}
		}
		v.CanPut, v.Version = may(r.Context(), mayAct) && !a.Began.IsZero() && a.State != Closed, a.FactsVersion
		typed := form.Values
		if typed == nil {
			typed = url.Values{}
		}
		v.Began = b.momentOf(tr, typed, "began", a.Began, form.Error("began"))
		return nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-guard", Title: "strike.guard.title", Status: status, Body: v})
}

// changeView is what is left once a notice was sent: an extension that both signed, or withdraw and serve a new notice.
type changeView struct {
	ID, Title, Starts string
	Version           int
	State             State
	Locked            bool
	CanExtend         bool
	CanEnd            bool
	Waits             bool // something is asked already
	EndOnly           bool // the form that was sent is the one of the end
	Form              web.Form
	NewStarts         momentField
	NewEnds           momentField // with a new start
	End               momentField // alone
	Agreed            momentField
	Hurt              []lineView // what a later start without a writing would do
	MayAct            bool
	Extensions        []extensionView
	CanOff            bool
	MaxMB             int
	Disclaimer        string
}

type extensionView struct {
	NewStarts, Agreed string
	File              File
}

// serveChange serves GET /strike/{strike}/change.
func (s *Store) serveChange(w http.ResponseWriter, r *http.Request) error {
	return s.changePage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) changePage(w http.ResponseWriter, r *http.Request, form web.Form, status int) error {
	tr := web.Text(r)
	v := changeView{Form: form, MayAct: may(r.Context(), mayAct), MaxMB: ProofMost >> 20, Disclaimer: notice.Disclaimer}
	err := s.look(r, func(tx *db.Tx, b *book, a *Action) error {
		v.ID, v.Title, v.Starts, v.Version, v.State = a.ID, a.Title, sayMoment(tr, a.Starts), a.FactsVersion, a.State
		j, err := b.judge(a)
		if err != nil {
			return err
		}
		q, err := request(r.Context(), tx, "q.strike_id", a.ID)
		if err != nil {
			return err
		}
		v.Waits = q != nil && q.Version == a.FactsVersion
		v.EndOnly = form.Values.Has("why")
		v.Locked = j != nil && b.locked(j.Facts, a.ID)
		v.CanExtend = v.MayAct && v.Locked && (a.State == Planned || a.State == Noticed) && b.now.Before(a.Starts.Begin())
		v.CanEnd = v.MayAct && !a.State.Over() && b.unlocked(a) != nil
		v.CanOff = v.MayAct && (a.State == Planned || a.State == Noticed)
		typed := form.Values
		if typed == nil {
			typed = url.Values{}
		}
		v.NewStarts = b.momentOf(tr, typed, "new_starts", a.Starts, form.Error("new_starts"))
		v.NewEnds = b.momentOf(tr, typed, "new_ends", a.Ends, form.Error("new_ends"))
		v.End = b.momentOf(tr, typed, "end", a.Ends, form.Error("end"))
		v.Agreed = b.momentOf(tr, typed, "agreed", notice.Moment{}, form.Error("agreed"))
		v.NewStarts.Required, v.Agreed.Required = true, true
		if n := b.paper(a.ID); n != nil {
			for _, e := range n.Extensions {
				v.Extensions = append(v.Extensions, extensionView{sayMoment(tr, e.NewStarts), sayMoment(tr, e.Agreed), e.File})
			}
		}
		if v.Locked {
			v.Hurt, err = b.hurt(r, a, j)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-change", Title: "strike.change.title", Status: status, Body: v})
}

// hurt asks the engine what one hour later without a writing would do, and to whom.
func (b *book) hurt(r *http.Request, a *Action, j *Judged) ([]lineView, error) {
	later := a.Starts.Begin().Add(60 * 60 * 1e9)
	at := later.Format("2006-01-02T15:04-07:00") + "[" + later.Location().String() + "]"
	f, err := j.Facts.Edited([]notice.Edit{{Op: "set", Path: "actions[" + a.ID + "].start", Value: at}, {Op: "unset", Path: "actions[" + a.ID + "].end"}})
	if err != nil {
		f, err = j.Facts.Edited([]notice.Edit{{Op: "set", Path: "actions[" + a.ID + "].start", Value: at}})
	}
	if err != nil {
		return nil, err
	}
	var out []lineView
	names := b.names(web.Text(r))
	before := map[string]notice.Verdict{}
	for _, l := range j.Lines {
		before[l.Rule] = l.Verdict
	}
	for _, l := range notice.Evaluate(j.Pack, f, j.AsOf).Lines {
		if l.Action == a.ID && l.Verdict > before[l.Rule] && len(l.Hurts) > 0 {
			out = append(out, lineOf(web.Text(r), names, l))
		}
	}
	return out, nil
}

// takeExtension serves POST /strike/{strike}/extension/upload.
func (s *Store) takeExtension(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(ProofMost); err != nil {
		return err
	}
	q := r.PostForm
	q.Set("new_ends_zone", q.Get("new_starts_zone"))
	var problems [3]*fault.Error
	var at [3]notice.Moment
	for i, name := range []string{"agreed", "new_starts", "new_ends"} {
		at[i], problems[i] = readMoment(q, name)
	}
	document, err := readUpload(r, "document")
	if err != nil {
		return err
	}
	signed := q.Get("signed") == "both"
	err = fault.Join(problems[:]...)
	if err == nil && !signed {
		err = fault.Field("signed", "strike.extend.both")
	}
	version, _ := strconv.Atoi(q.Get("version")) // a wrong one is a stale one
	if err == nil {
		_, err = s.AskExtend(r.Context(), r.PathValue("strike"), version, at[0], at[1], at[2], document)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.changePage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.asked")
}

// tasksView is the ten-day list with its days.
type tasksView struct {
	ID, Title string
	Starts    string
	Rows      []taskRow
	Done      int
	Owners    []option
	MayAct    bool
	Form      web.Form
}

type taskRow struct {
	Task
	Date, DayText, Text string
	Late, Today         bool
	Owners              []option
}

// serveTasks serves GET /strike/{strike}/list.
func (s *Store) serveTasks(w http.ResponseWriter, r *http.Request) error {
	return s.tasksPage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) tasksPage(w http.ResponseWriter, r *http.Request, form web.Form, status int) error {
	tr := web.Text(r)
	v := tasksView{MayAct: may(r.Context(), mayAct), Form: form}
	err := s.look(r, func(tx *db.Tx, b *book, a *Action) error {
		v.ID, v.Title, v.Starts = a.ID, a.Title, sayMoment(tr, a.Starts)
		all, err := tasks(r.Context(), tx, a.ID)
		if err != nil {
			return err
		}
		people, err := holders(r.Context(), tx)
		if err != nil {
			return err
		}
		today := notice.DayOf(b.now)
		for _, t := range all {
			one := taskRow{Task: t, Text: t.What, DayText: tr.T("strike.task.on", "N", t.Day)}
			if said, ok := tr.Plain(t.What); ok {
				one.Text = said
			}
			if t.Day > 0 {
				one.DayText = tr.T("strike.task.on_after", "N", t.Day)
			}
			if !a.Starts.IsZero() {
				day := a.Starts.Day + notice.Day(t.Day)
				one.Date, one.Late, one.Today = tr.ISODay(day.String()), t.Done.IsZero() && day < today, day == today
			}
			if !t.Done.IsZero() {
				v.Done++
			}
			one.Owners = append(one.Owners, option{"", tr.T("strike.task.nobody"), t.Owner == ""})
			for _, h := range people {
				one.Owners = append(one.Owners, option{h.ID, h.Name, h.ID == t.Owner})
			}
			v.Rows = append(v.Rows, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-tasks", Title: "strike.tasks.title", Status: status, Body: v})
}

// addTask serves POST /strike/{strike}/list.
func (s *Store) addTask(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("strike")
	day, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("day")))
	if err != nil {
		err = fault.Field("day", "strike.task.day")
	} else {
		err = s.AddTask(r.Context(), id, day, strings.TrimSpace(r.PostFormValue("what")))
	}
	if f, ok := web.Refill(r, err); ok {
		return s.tasksPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return web.Done(w, r, "/strike/"+id+"/list", nil)
}

// setTask serves POST /tasks/{task}: the owner and the tick.
func (s *Store) setTask(w http.ResponseWriter, r *http.Request) error {
	action, err := s.SetTask(r.Context(), r.PathValue("task"), r.PostFormValue("owner"), r.PostFormValue("done") != "")
	if err != nil {
		return err
	}
	return web.Done(w, r, "/strike/"+action+"/list#"+r.PathValue("task"), nil)
}

// takeClaim serves POST /strike/{strike}/claims: what somebody printed.
func (s *Store) takeClaim(w http.ResponseWriter, r *http.Request) error {
	on, err := notice.ParseDay(r.PostFormValue("printed_on"))
	if err != nil {
		return fault.Field("printed_on", "strike.time.no_day")
	}
	says, err := notice.ParseDay(r.PostFormValue("says"))
	if err != nil {
		return fault.Field("says", "strike.time.no_day")
	}
	if err := s.Hear(r.Context(), r.PathValue("strike"), strings.TrimSpace(r.PostFormValue("source")), on, says); err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.saved")
}
