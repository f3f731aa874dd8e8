// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

func callsRead(action string, people []string) audit.Entry {
	return audit.Entry{Verb: "strike.calls", Object: "strike:" + action, Scope: "unit", Subjects: people, Count: len(people)}
}

// takeStep serves POST /strike/{strike}/steps: what one person may do is done, what takes two is asked.
func (s *Store) takeStep(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("strike")
	e := Event(r.PostFormValue("event"))
	version, _ := strconv.Atoi(r.PostFormValue("version")) // a wrong one is a stale one
	state, err := db.InRead(ctx, s.d, func(tx *db.Tx) (State, error) {
		a, err := actionOf(ctx, tx, id)
		if err != nil {
			return "", err
		}
		return a.State, nil
	})
	if err != nil {
		return err
	}
	step, err := state.Next(e)
	say := "strike.said.saved"
	switch {
	case err != nil:
	case step.By == OnePerson:
		err = s.Take(ctx, id, e, version)
	default:
		say = "strike.said.asked"
		_, err = s.Ask(ctx, id, e, version, strings.TrimSpace(r.PostFormValue("why")))
	}
	if fault.CodeOf(err) == fault.Invalid { // what is missing belongs to the form that asked
		if f, ok := web.Refill(r, err); ok && step.Off {
			return s.offPage(w, r, f, http.StatusUnprocessableEntity)
		} else if ok {
			return s.strikePage(w, r, f, http.StatusUnprocessableEntity)
		}
	}
	if err != nil {
		return err
	}
	return back(w, r, id, say)
}

// takeConfirm serves POST /confirmations/{request}/confirm: the second person's word, with what she reads on a signed writing.
func (s *Store) takeConfirm(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "strike.form")
	}
	var id string
	var err error
	if r.PostForm.Has("read_date") {
		starts, problem := readMoment(r.PostForm, "read")
		if problem != nil {
			starts = notice.Moment{}
		}
		id, err = s.ConfirmExtend(r.Context(), r.PathValue("request"), starts, r.PostFormValue("signed") == "both")
		if problem != nil && fault.CodeOf(err) == fault.Invalid {
			err = problem
		}
	} else {
		id, err = s.Confirm(r.Context(), r.PathValue("request"))
	}
	if f, ok := web.Refill(r, err); ok && fault.CodeOf(err) == fault.Invalid && id != "" {
		r.SetPathValue("strike", id)
		return s.strikePage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, id, "strike.said.confirmed")
}

// takeBack serves POST /confirmations/{request}/back.
func (s *Store) takeBack(w http.ResponseWriter, r *http.Request) error {
	id, err := s.TakeBack(r.Context(), r.PathValue("request"))
	if err != nil {
		return err
	}
	return back(w, r, id, "strike.said.taken_back")
}

// takeGo serves POST /strike/{strike}/go.
func (s *Store) takeGo(w http.ResponseWriter, r *http.Request) error {
	if err := s.SayGo(r.Context(), r.PathValue("strike")); err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.go")
}

// takeGoBack serves POST /strike/{strike}/go/back.
func (s *Store) takeGoBack(w http.ResponseWriter, r *http.Request) error {
	if err := s.TakeGoBack(r.Context(), r.PathValue("strike")); err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.go_back")
}

// takeOut serves POST /strike/{strike}/out: one of two says when the first person went out.
func (s *Store) takeOut(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "strike.form")
	}
	id := r.PathValue("strike")
	version, _ := strconv.Atoi(r.PostFormValue("version")) // a wrong one is a stale one
	at, problem := readMoment(r.PostForm, "began")
	err := fault.Join(problem)
	if err == nil {
		_, err = s.AskOut(r.Context(), id, version, at, strings.TrimSpace(r.PostFormValue("why")))
	}
	if f, ok := web.Refill(r, err); ok {
		return s.guardPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, id, "strike.said.asked")
}

// takeEnd serves POST /strike/{strike}/end: one of two says that the end is another one.
func (s *Store) takeEnd(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "strike.form")
	}
	id := r.PathValue("strike")
	version, _ := strconv.Atoi(r.PostFormValue("version")) // a wrong one is a stale one
	ends, problem := readMoment(r.PostForm, "end")
	err := fault.Join(problem)
	if err == nil {
		_, err = s.AskEnd(r.Context(), id, version, ends, strings.TrimSpace(r.PostFormValue("why")))
	}
	if f, ok := web.Refill(r, err); ok {
		return s.changePage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, id, "strike.said.asked")
}

// takeKnow serves POST /strike/{strike}/know: a captain says that she knows.
func (s *Store) takeKnow(w http.ResponseWriter, r *http.Request) error {
	if err := s.Know(r.Context(), r.PathValue("strike")); err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.know")
}

// takeAgain serves POST /strike/{strike}/again: a new draft from this one.
func (s *Store) takeAgain(w http.ResponseWriter, r *http.Request) error {
	id, err := s.Again(r.Context(), r.PathValue("strike"))
	if err != nil {
		return err
	}
	return web.Done(w, r, "/strike/"+id+"/edit", map[string]string{"id": id})
}

// takeHold serves POST /holds.
func (s *Store) takeHold(w http.ResponseWriter, r *http.Request) error {
	if err := s.Stop(r.Context()); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "strike.said.held", Tone: "warn"})
	return web.Done(w, r, web.Local(r.PostFormValue("path")), nil)
}

// keepHold serves POST /holds/{hold}/keep.
func (s *Store) keepHold(w http.ResponseWriter, r *http.Request) error {
	if err := s.Keep(r.Context(), r.PathValue("hold")); err != nil {
		return err
	}
	return web.Done(w, r, web.Local(r.PostFormValue("path")), nil)
}

// releaseHold serves POST /holds/{hold}/release.
func (s *Store) releaseHold(w http.ResponseWriter, r *http.Request) error {
	if err := s.Release(r.Context(), r.PathValue("hold")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "strike.said.released"})
	return web.Done(w, r, web.Local(r.PostFormValue("path")), nil)
}

// offView is the page of the one button.
type offView struct {
	ID, Title, Starts string
	Version           int
	Form              web.Form `json:"-"`
	Choices           []offChoice
	Captains          int
	Request           *requestView
	Drill             bool
	Served            bool // papers have left: calling off withdraws them
}

type offChoice struct {
	Event   Event
	Effects []Effect
	Why     string // key of what is asked: a reason, or the settlement's reference
}

// serveOff serves GET /strike/{strike}/off. With drill=1 it is the same page for practice, and does nothing.
func (s *Store) serveOff(w http.ResponseWriter, r *http.Request) error {
	return s.offPage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) offPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	v := offView{Form: f, Drill: r.URL.Query().Get("drill") != ""}
	ctx := r.Context()
	err := s.look(r, func(tx *db.Tx, b *book, a *Action) error {
		v.ID, v.Title, v.Version, v.Starts = a.ID, a.Title, a.FactsVersion, sayMoment(web.Text(r), a.Starts)
		if n := b.paper(a.ID); n != nil {
			v.Served = n.Sent()
		}
		for _, e := range []Event{CallOff, Suspend, Settle} {
			step, err := a.State.Next(e)
			if err != nil {
				continue // not from here
			}
			effects, err := s.effectsOf(ctx, tx, a, step.To)
			if err != nil {
				return err
			}
			why := "why"
			if e == Settle {
				why = "settlement"
			}
			v.Choices = append(v.Choices, offChoice{e, effects, why})
		}
		if len(v.Choices) == 0 {
			return fault.New(fault.Conflict, "strike.refused."+string(a.State))
		}
		now := tx.Now.UnixMilli()
		captains, err := db.Strings(ctx, tx, sqlCaptains, now, now, now)
		if err != nil {
			return err
		}
		v.Captains = len(captains)
		v.Request, err = s.requestOf(ctx, tx, a)
		return err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-off", Title: "strike.off.title", Status: status, Body: v})
}
