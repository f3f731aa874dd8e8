// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"cmp"
	"embed"
	"fmt"
	"net/http"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// Text holds the room's sentences, Templates its pages.
var (
	//go:embed text/*.json
	Text embed.FS
	//go:embed templates/*.html
	Templates embed.FS
)

// Register puts the room's pages on the server, and its alarm clock on the queue.
func Register(s *web.Server, st *Store, q *job.Queue) error {
	st.Alarms(q)
	act, confirm, read := auth.Need(mayAct), auth.Need(mayConfirm), auth.Need(mayRead)
	err := s.Add(Templates,
		web.Route{Pattern: "GET /strike", Access: web.SignedIn, Handler: st.serveList},
		web.Route{Pattern: "GET /strike/new", Access: act, Handler: st.serveNew},
		web.Route{Pattern: "POST /strike/new", Access: act, Handler: st.takeNew},
		web.Route{Pattern: "GET /strike/{strike}", Access: web.SignedIn, Handler: st.serveStrike},
		web.Route{Pattern: "GET /strike/{strike}/edit", Access: act, Handler: st.serveEdit},
		web.Route{Pattern: "POST /strike/{strike}/edit", Access: act, Handler: st.takeEdit},
		web.Route{Pattern: "POST /strike/{strike}/steps", Access: act, Handler: st.takeStep},
		web.Route{Pattern: "POST /confirmations/{request}/confirm", Access: confirm, Handler: st.takeConfirm},
		web.Route{Pattern: "POST /confirmations/{request}/back", Access: web.SignedIn, Handler: st.takeBack},
		web.Route{Pattern: "GET /strike/{strike}/questions", Access: read, Handler: st.serveQuestions},
		web.Route{Pattern: "POST /strike/{strike}/questions", Access: act, Handler: st.takeAnswers},
		web.Route{Pattern: "GET /strike/{strike}/verdict", Access: read, Handler: st.serveVerdict},
		web.Route{Pattern: "GET /strike/{strike}/deliveries", Access: read, Handler: st.serveDeliveries},
		web.Route{Pattern: "POST /strike/{strike}/notices/{notice}/upload", Access: act, Handler: st.takeDeliveries},
		web.Route{Pattern: "GET /proofs/{proof}", Access: read, Handler: st.sendProof},
		web.Route{Pattern: "GET /strike/{strike}/review", Access: confirm, Handler: st.serveReview},
		web.Route{Pattern: "POST /strike/{strike}/review", Access: confirm, Handler: st.takeReview},
		web.Route{Pattern: "POST /strike/{strike}/counsel", Access: act, Handler: st.takeCounsel},
		web.Route{Pattern: "GET /strike/{strike}/guard", Access: web.SignedIn, Handler: st.serveGuard},
		web.Route{Pattern: "POST /strike/{strike}/go", Access: confirm, Handler: st.takeGo},
		web.Route{Pattern: "POST /strike/{strike}/go/back", Access: confirm, Handler: st.takeGoBack},
		web.Route{Pattern: "POST /strike/{strike}/out", Access: act, Handler: st.takeOut},
		web.Route{Pattern: "POST /strike/{strike}/end", Access: act, Handler: st.takeEnd},
		web.Route{Pattern: "GET /strike/{strike}/off", Access: act, Handler: st.serveOff},
		web.Route{Pattern: "POST /strike/{strike}/know", Access: web.SignedIn, Handler: st.takeKnow},
		web.Route{Pattern: "GET /strike/{strike}/change", Access: read, Handler: st.serveChange},
		web.Route{Pattern: "POST /strike/{strike}/extension/upload", Access: act, Handler: st.takeExtension},
		web.Route{Pattern: "POST /strike/{strike}/again", Access: act, Handler: st.takeAgain},
		web.Route{Pattern: "GET /strike/{strike}/list", Access: read, Handler: st.serveTasks},
		web.Route{Pattern: "POST /strike/{strike}/list", Access: act, Handler: st.addTask},
		web.Route{Pattern: "POST /tasks/{task}", Access: act, Handler: st.setTask},
		web.Route{Pattern: "POST /strike/{strike}/claims", Access: act, Handler: st.takeClaim},
		web.Route{Pattern: "POST /holds", Access: act, Handler: st.takeHold},
		web.Route{Pattern: "POST /holds/{hold}/keep", Access: confirm, Handler: st.keepHold},
		web.Route{Pattern: "POST /holds/{hold}/release", Access: confirm, Handler: st.releaseHold},
	)
	if err != nil {
		return fmt.Errorf("add strike: %w", err)
	}
	s.Show(web.Item{Href: "/strike", Key: "strike.title", Icon: "notice", Access: web.SignedIn})
	return s.Live("strike", web.SignedIn)
}

// shown is what everybody may know of an action: it is no plan any more.
func shown(a *Action) bool { return a.Announced }

// listView is the page of all actions.
type listView struct {
	Rows    []row     `json:"actions"`
	MayAct  bool      `json:"-"`
	MayRead bool      `json:"-"`
	Hold    *holdView `json:"hold,omitempty"`
}

type row struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Kind    Kind   `json:"kind"`
	State   State  `json:"state"`
	Starts  string `json:"starts"`
	Sites   int    `json:"sites"`
	Verdict string `json:"verdict,omitempty"`
	Tone    string `json:"-"`
}

type holdView struct {
	Hold
	Mine   bool
	Second bool // the caller may be the second person
}

// serveList serves GET /strike.
func (s *Store) serveList(w http.ResponseWriter, r *http.Request) error {
	ctx, tr := r.Context(), web.Text(r)
	v := listView{MayAct: may(ctx, mayAct), MayRead: may(ctx, mayRead)}
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		for _, a := range slices.Backward(b.actions) {
			if !v.MayRead && !shown(a) {
				continue
			}
			one := row{ID: a.ID, Title: a.Title, Kind: a.Kind, State: a.State, Starts: sayMoment(tr, a.Starts), Sites: len(a.Sites)}
			if v.MayRead && !a.State.Over() {
				j, err := b.judge(a)
				if err != nil {
					return struct{}{}, err
				}
				if j != nil {
					one.Verdict, one.Tone = j.Verdict.String(), toneOf(j.Verdict)
				}
			}
			v.Rows = append(v.Rows, one)
		}
		v.Hold, err = s.holdOf(r, tx)
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-list", Title: "strike.title", Body: v})
}

// holdOf returns the Hold in force for those who may do something about it.
func (s *Store) holdOf(r *http.Request, tx *db.Tx) (*holdView, error) {
	if !may(r.Context(), mayAct, mayConfirm) {
		return nil, nil //nolint:nilnil // no business of hers
	}
	h, err := s.Held(r.Context(), tx)
	if err != nil || h == nil {
		return nil, err
	}
	v := &holdView{Hold: *h}
	v.Mine, err = sameHuman(r.Context(), tx, h.By)
	v.Second = !v.Mine && may(r.Context(), mayConfirm)
	return v, err
}

// tones of a verdict; the word stands beside it.
var tones = map[notice.Verdict]string{notice.NA: "", notice.Lawful: "ok", notice.AtRisk: "warn", notice.Unsure: "info", notice.Unlawful: "stop"}

func toneOf(v notice.Verdict) string { return tones[v] }

// iconOf names the shape of a tone: colour never stands alone.
func iconOf(tone string) string {
	return cmp.Or(map[string]string{"ok": "ok", "warn": "warn", "info": "unknown", "stop": "stop"}[tone], "info")
}

// sayMoment writes a moment out with its zone: "Wed 5 Nov 2025, 7:00 a.m. CST"; "" for none.
func sayMoment(tr *i18n.Translator, m notice.Moment) string {
	switch {
	case m.IsZero():
		return ""
	case !m.Clock:
		return tr.Day(m.Day.Start())
	}
	return tr.Moment(m.Begin()) + " " + m.Begin().Format("MST")
}

// sayText writes out a day or a moment that the engine wrote; other text stays as it is.
func sayText(tr *i18n.Translator, text string) string {
	if m, err := notice.ParseMoment(text); err == nil {
		return sayMoment(tr, m)
	}
	return tr.ISODay(text)
}

// one returns the action of a request, as far as the caller may see it. Errors: Missing.
func (b *book) one(r *http.Request) (*Action, error) {
	a, err := b.action(r.PathValue("strike"))
	if err == nil && !may(r.Context(), mayRead) && !shown(a) {
		return nil, fault.New(fault.Missing, "strike.missing")
	}
	return a, err
}

// look runs f on the book and the action of a request, then records who opened what.
func (s *Store) look(r *http.Request, f func(tx *db.Tx, b *book, a *Action) error) error {
	ctx := r.Context()
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		a, err := b.one(r)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, f(tx, b, a)
	})
	if err != nil || !may(ctx, mayRead) {
		return err
	}
	return s.log.Read(ctx, audit.Entry{Verb: "strike.open", Object: "strike:" + r.PathValue("strike"), Scope: "unit", Count: 1})
}

// back returns to the page of the action.
func back(w http.ResponseWriter, r *http.Request, id, say string) error {
	if say != "" {
		web.Say(w, r, web.Flash{Key: say})
	}
	return web.Done(w, r, "/strike/"+id, nil)
}
