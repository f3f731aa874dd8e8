// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// Question is one thing that the legal clock asks. No answer means unknown, which is never good news.
type Question struct {
	Name    string   // the path in the facts file, and the end of its sentence's key
	Choices []string // as package notice names them; nil: a day
	Action  bool     // asked of every action, not once for the campaign
	when    func(answers, *Action) bool
}

// answers are the newest answers, by question; what was taken back is not among them.
type answers map[string]string

var yesNo = []string{"yes", "no"}

func later(a answers, _ *Action) bool {
	return a["bargaining.kind"] == "renewal" || a["bargaining.kind"] == "reopener"
}

func outside(a answers, _ *Action) bool {
	return a["employer.nlra"] == "outside" || a["employer.ownership"] != "" && a["employer.ownership"] != "private"
}

func stands(_ answers, act *Action) bool {
	return act == nil || act.Kind == Rally || act.Kind == Handbilling
}

func appointed(a answers, _ *Action) bool { return a["inquiry"] == "yes" }

// Questions are all of them, in the order in which they are asked.
var Questions = []Question{
	{Name: "employer.ownership", Choices: []string{"private", "state", "local", "federal"}},
	{Name: "employer.nlra", Choices: []string{"covered", "outside"}},
	{Name: "employer.kind", Choices: []string{
		"health_system", "hospital", "clinic", "urgent_care", "nursing_home", "hmo", "convalescent_hospital", "extended_care",
		"dialysis", "mental_health", "home_health", "other_care", "office", "non_health",
	}},
	{Name: "bargaining.kind", Choices: []string{"initial", "renewal", "reopener", "none"}},
	{Name: "bargaining.contract.exists", Choices: yesNo},
	{Name: "bargaining.contract.expires", when: later},
	{Name: "bargaining.contract.no_strike_clause", Choices: yesNo, when: func(a answers, _ *Action) bool {
		return a["bargaining.contract.exists"] == "yes"
	}},
	{Name: "bargaining.initiator", Choices: []string{"union", "employer"}},
	{Name: "bargaining.offered_to_meet", Choices: yesNo, when: later},
	{Name: "bargaining.impasse", Choices: yesNo, when: outside},
	{Name: "bargaining.unit_class", Choices: []string{"essential", "non_essential", "teacher"}, when: outside},
	{Name: "inquiry", Choices: yesNo},
	{Name: "inquiry.appointed_on", when: appointed},
	{Name: "inquiry.notified_on", when: appointed},
	{Name: "inquiry.reported_on", when: appointed},
	{Name: "action.purpose", Action: true, Choices: []string{"bargaining", "ulp", "sympathy", "recognition", "protest"}},
	{Name: "action.target", Action: true, Choices: []string{"employer", "contractor"}},
	{Name: "action.series_announced", Action: true, Choices: yesNo},
	{Name: "action.serious_ulp_claimed", Action: true, Choices: yesNo, when: func(a answers, _ *Action) bool {
		return a["action.purpose"] == "ulp"
	}},
	{Name: "action.conduct.signs", Action: true, Choices: yesNo, when: stands},
	{Name: "action.conduct.patrol", Action: true, Choices: yesNo, when: stands},
}

// asked returns the questions that the answers so far leave to ask, answered ones among them; act may be nil for those of the
// campaign alone.
func asked(given answers, act *Action) []Question {
	var out []Question
	for _, q := range Questions {
		if (act != nil || !q.Action) && (q.when == nil || q.when(given, act)) {
			out = append(out, q)
		}
	}
	return out
}

// open returns how many of the questions have no answer.
func open(given answers, act *Action) int {
	n := 0
	for _, q := range asked(given, act) {
		if given[q.Name] == "" {
			n++
		}
	}
	return n
}

// sqlAnswers reads the newest answer of each question by the key (strike_id, name, seq).
const sqlAnswers = `SELECT f.strike_id, f.name, f.value FROM strike_fact f
	WHERE f.seq = (SELECT MAX(x.seq) FROM strike_fact x WHERE x.strike_id = f.strike_id AND x.name = f.name)
	ORDER BY f.strike_id, f.name LIMIT 20000`

// allAnswers returns the newest answers by action, "" for the campaign.
func allAnswers(ctx context.Context, tx *db.Tx) (map[string]answers, error) {
	out := map[string]answers{}
	err := tx.Rows(ctx, sqlAnswers, nil, func(r *sql.Rows) error {
		var id, name, value string
		err := r.Scan(&id, &name, &value)
		if out[id] == nil {
			out[id] = answers{}
		}
		if value != "" {
			out[id][name] = value
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return out, nil
}

// Answer records answers to questions of the action and of the campaign, by name; "" takes one back: unknown again. Names that
// are not asked are refused, answers that are as before change nothing; version is the one that whoever answers has read. Whatever
// rests on the facts sees that they are others now: the version of every action concerned rises, which voids Go and what is asked,
// and reviews and counsel's word that were given on an answer that has changed count no more. Errors: Invalid by field, Missing,
// Conflict when somebody changed it meanwhile, and for another answer to what a served notice rests on (see AskCorrect).
func (s *Store) Answer(ctx context.Context, action string, version int, given map[string]string) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(action)
		if err != nil {
			return err
		}
		said, err := b.news(a, given)
		switch {
		case err != nil || len(said) == 0:
			return err
		case version != a.FactsVersion:
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		}
		if b.unlocked(a) != nil {
			for _, n := range said {
				if n.of != "" && n.was != "" {
					return fault.Field(n.name, "strike.locked.answer")
				}
			}
		}
		return s.answer(ctx, tx, b, a, said, "strike.answer")
	})
}

// news is an answer that differs from the one before.
type news struct{ of, name, was, value string }

// news returns what of the answers is new, in the order of the questions. Errors: Invalid by field.
func (b *book) news(a *Action, given map[string]string) ([]news, error) {
	var out []news
	var problems []*fault.Error
	for _, q := range Questions {
		value, ok := given[q.Name]
		if !ok {
			continue
		}
		of := ""
		if q.Action {
			of = a.ID
		}
		if problem := q.check(value); problem != nil {
			problems = append(problems, problem)
		} else if was := b.answers[of][q.Name]; was != value {
			out = append(out, news{of, q.Name, was, value})
		}
	}
	return out, fault.Join(problems...)
}

// answer puts answers on file and tells every action that they concern.
func (s *Store) answer(ctx context.Context, tx *db.Tx, b *book, a *Action, said []news, verb string) error {
	var rows [][]any
	var names []string
	concerned := []*Action{a}
	for _, n := range said {
		var seq int
		err := tx.Row(ctx, `SELECT COALESCE(MAX(seq), 0) FROM strike_fact WHERE strike_id = $1 AND name = $2`, n.of, n.name).Scan(&seq)
		if err != nil {
			return fmt.Errorf("number answer: %w", err)
		}
		rows, names = append(rows, []any{n.of, n.name, seq + 1, n.value, audit.By(ctx).Account, tx.Now.UnixMilli()}), append(names, n.name)
		for _, x := range b.actions {
			if n.of == "" && !x.State.Over() && !slices.Contains(concerned, x) { // an answer of the campaign concerns them all
				concerned = append(concerned, x)
			}
		}
	}
	if err := tx.Insert(ctx, "strike_fact", []string{"strike_id", "name", "seq", "value", "by_account", "at"}, rows); err != nil {
		return err
	}
	if i := slices.Index(names, "bargaining.kind"); i >= 0 {
		if err := s.papers(ctx, tx, said[i].value); err != nil {
			return err
		}
	}
	for _, x := range concerned {
		if _, err := tx.Exec(ctx, `UPDATE strike SET facts_version = facts_version + 1 WHERE id = $1`, x.ID); err != nil {
			return fmt.Errorf("raise version: %w", err)
		}
		if err := s.tell(ctx, tx, x.Now(), x.ID); err != nil {
			return err
		}
	}
	return s.done(ctx, tx, audit.Entry{Verb: verb, Object: "strike:" + a.ID, Detail: strings.Join(names, " "), Count: len(rows)})
}

func (q Question) check(value string) *fault.Error {
	switch {
	case value == "":
	case q.Choices == nil:
		if _, err := notice.ParseDay(value); err != nil {
			return fault.Field(q.Name, "strike.time.no_day")
		}
	case !slices.Contains(q.Choices, value):
		return fault.Field(q.Name, "strike.ask.no_such")
	}
	return nil
}
