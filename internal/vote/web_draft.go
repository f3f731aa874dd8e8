// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// draftView is the form of a draft.
type draftView struct {
	ID   string
	Form web.Form
	Zone string
	tr   *i18n.Translator
}

// option is one choice of a field.
type option struct {
	Value, Label string
	Selected     bool
}

// newDraft serves the empty form, or that of a draft.
func (h handler) newDraft(w http.ResponseWriter, r *http.Request) error {
	v := &draftView{ID: r.PathValue("vote"), Zone: web.Now(r).Location().String(), tr: web.Text(r)}
	if v.ID == "" {
		now := web.Now(r)
		v.Form.Values = values(&Draft{
			Kind: kinds[0], Answers: []string{web.Text(r).T("vote.answer.yes"), web.Text(r).T("vote.answer.no")}, Blank: true, Max: 1,
			AsOf: now.Format(time.DateOnly), Quorum: ballot.Quorum{Kind: "none"},
			Pass:      ballot.Pass{Denominator: "cast", Test: "more_than", Fraction: "1/2"},
			Retention: 365, Trustees: 3, Threshold: 2,
		})
	} else {
		one, err := db.InRead(r.Context(), h.s.d, func(tx *db.Tx) (*Vote, error) { return known(r.Context(), tx, v.ID) })
		if err != nil {
			return err
		}
		if one.State != Drafted {
			return fault.New(fault.Conflict, "vote.draft.frozen")
		}
		v.Form.Values = values(&one.Draft)
	}
	return web.Page(w, r, web.View{Page: "vote-draft", Title: "vote.draft.title", Body: v})
}

// saveDraft takes the form.
func (h handler) saveDraft(w http.ResponseWriter, r *http.Request) error {
	d, err := readDraft(r.PostForm, web.Now(r).Location().String())
	id := r.PathValue("vote")
	if err == nil {
		id, err = h.s.Draft(r.Context(), id, d)
	}
	if err != nil {
		f, ok := web.Refill(r, err)
		if !ok {
			return err
		}
		v := &draftView{ID: r.PathValue("vote"), Form: f, Zone: web.Now(r).Location().String(), tr: web.Text(r)}
		return web.Page(w, r, web.View{Page: "vote-draft", Title: "vote.draft.title", Status: http.StatusUnprocessableEntity, Body: v})
	}
	web.Say(w, r, web.Flash{Key: "vote.said.draft"})
	return web.Done(w, r, "/votes/"+id, nil)
}

func values(d *Draft) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"kind": d.Kind, "name": d.Name, "description": d.Description, "question": d.Question, "answers": strings.Join(d.Answers, "\n"),
		"max": strconv.Itoa(d.Max), "as_of": d.AsOf, "challenge_days": strconv.Itoa(d.ChallengeDays), "opens": d.Opens, "closes": d.Closes,
		"quorum": quorumText(d.Quorum), "denominator": d.Pass.Denominator, "test": d.Pass.Test, "pass": d.Pass.Fraction, "source": d.Source,
		"retention": strconv.Itoa(d.Retention), "trustees": strconv.Itoa(d.Trustees), "threshold": strconv.Itoa(d.Threshold),
		"observers": strings.Join(d.Observers, "\n"),
	} {
		v.Set(name, value)
	}
	for name, on := range map[string]bool{"blank": d.Blank, "good_standing": d.GoodStanding} {
		if on {
			v.Set(name, "on")
		}
	}
	return v
}

// A quorum is written as nothing, as a number of ballots, or as a fraction of the roll.
func quorumText(q ballot.Quorum) string {
	switch q.Kind {
	case "count":
		return strconv.Itoa(q.Count)
	case "fraction":
		return q.Fraction
	}
	return ""
}

func readQuorum(text string) ballot.Quorum {
	if text == "" {
		return ballot.Quorum{Kind: "none"}
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return ballot.Quorum{Kind: "count", Count: n}
	}
	return ballot.Quorum{Kind: "fraction", Test: "at_least", Fraction: text}
}

// readDraft reads the form; what the numbers mean is checked with the rest.
func readDraft(f url.Values, zone string) (Draft, error) {
	var problems []*fault.Error
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(f.Get(name)))
		if err != nil {
			problems = append(problems, fault.Field(name, "vote.draft.number_form"))
		}
		return n
	}
	text := func(name string) string { return strings.TrimSpace(f.Get(name)) }
	lines := func(name string) (all []string) {
		for l := range strings.Lines(f.Get(name)) {
			if l = strings.TrimSpace(l); l != "" {
				all = append(all, l)
			}
		}
		return all
	}
	d := Draft{
		Kind: f.Get("kind"), Name: text("name"), Description: text("description"), Question: text("question"), Answers: lines("answers"),
		Blank: f.Get("blank") != "", Max: number("max"), AsOf: text("as_of"), GoodStanding: f.Get("good_standing") != "",
		ChallengeDays: number("challenge_days"), Opens: text("opens"), Closes: text("closes"), Zone: zone, Quorum: readQuorum(text("quorum")),
		Pass:   ballot.Pass{Denominator: f.Get("denominator"), Test: f.Get("test"), Fraction: text("pass")},
		Source: text("source"), Retention: number("retention"), Trustees: number("trustees"), Threshold: number("threshold"),
		Observers: lines("observers"),
	}
	return d, fault.Join(problems...)
}

// Kinds, Tests and Denominators are the choices of the form, in the reader's language.
func (v *draftView) Kinds() []option { return v.options("kind", "vote.kind.", kinds...) }

// Tests are the two ways to compare with the share that is asked for.
func (v *draftView) Tests() []option { return v.options("test", "vote.test.", "more_than", "at_least") }

// Denominators are what that share is of.
func (v *draftView) Denominators() []option {
	return v.options("denominator", "vote.denominator.", "cast", "cast_nonblank", "eligible", "present")
}

func (v *draftView) options(field, prefix string, values ...string) []option {
	var all []option
	for _, value := range values {
		all = append(all, option{value, v.tr.T(prefix + value), value == v.Form.Value(field)})
	}
	return all
}
