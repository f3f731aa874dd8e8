// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/web"
)

// questionsView is the form of what the legal clock asks.
type questionsView struct {
	ID, Title string
	Form      web.Form
	Asked     []askedView
	Fixed     []askedView // of the action and answered: the served notice rests on them, two people may correct them
	Version   int
	Left      int
	MayAct    bool
}

// askedView is one question. Options has "not known" first; nil: a day.
type askedView struct {
	Question
	Text, Hint, Value string
	Options           []option
	Known             bool
}

// serveQuestions serves GET /strike/{strike}/questions.
func (s *Store) serveQuestions(w http.ResponseWriter, r *http.Request) error {
	return s.questionsPage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) questionsPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	tr := web.Text(r)
	v := questionsView{Form: f, MayAct: may(r.Context(), mayAct)}
	err := s.look(r, func(_ *db.Tx, b *book, a *Action) error {
		v.ID, v.Title = a.ID, a.Title
		given := b.given(a)
		v.Left, v.Version = open(given, a), a.FactsVersion
		fixed := b.unlocked(a) != nil
		for _, q := range asked(given, a) {
			value := given[q.Name]
			if f.Values.Has(q.Name) {
				value = f.Value(q.Name)
			}
			one := askedView{Question: q, Text: tr.T("strike.ask." + q.Name), Value: value, Known: given[q.Name] != ""}
			if hint, ok := tr.Plain("strike.ask." + q.Name + ".hint"); ok {
				one.Hint = hint
			}
			if q.Choices != nil {
				one.Options = append(one.Options, option{"", tr.T("strike.ask.unknown"), value == ""})
			}
			for _, c := range q.Choices {
				one.Options = append(one.Options, option{c, tr.T("strike.answer." + c), value == c})
			}
			if fixed && q.Action && one.Known {
				v.Fixed = append(v.Fixed, one)
			} else {
				v.Asked = append(v.Asked, one)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-questions", Title: "strike.questions.title", Status: status, Body: v})
}

// takeAnswers serves POST /strike/{strike}/questions. An answer may open more questions: then the page comes back with them. One that
// a served notice rests on is corrected by two people.
func (s *Store) takeAnswers(w http.ResponseWriter, r *http.Request) error {
	given := map[string]string{}
	for _, q := range Questions {
		if r.PostFormValue(q.Name) != "" || r.PostForm.Has(q.Name) {
			given[q.Name] = r.PostFormValue(q.Name)
		}
	}
	id := r.PathValue("strike")
	version, _ := strconv.Atoi(r.PostFormValue("version")) // a wrong one is a stale one
	correct := r.PostFormValue("correct") != ""
	var err error
	if correct {
		_, err = s.AskCorrect(r.Context(), id, version, given, strings.TrimSpace(r.PostFormValue("why")))
	} else {
		err = s.Answer(r.Context(), id, version, given)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.questionsPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	if correct {
		return back(w, r, id, "strike.said.asked")
	}
	more, err := db.InRead(r.Context(), s.d, func(tx *db.Tx) (bool, error) {
		b, err := s.open(r.Context(), tx)
		if err != nil {
			return false, err
		}
		a, err := b.action(id)
		if err != nil {
			return false, err
		}
		for _, q := range asked(b.given(a), a) {
			if _, was := given[q.Name]; !was {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if more {
		web.Say(w, r, web.Flash{Key: "strike.said.more", Tone: "info"})
		return web.Done(w, r, "/strike/"+id+"/questions", nil)
	}
	return back(w, r, id, "strike.said.answered")
}
