// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// outWindow is how far from the stated start the first person can have gone out.
const outWindow = 24 * time.Hour

// moves tells whether the event leaves the state as it is and moves a fact.
func (e Event) moves() bool { return e == Extend || e == MoveEnd || e == FirstOut || e == Correct }

// AskEnd is the first of two words that the end is another one, once a copy of the notice has left; zero is an open end. The start
// stays, and whoever said Go has said it. Errors: Missing, Invalid by field, Conflict for a plan of which nothing has left (Change
// it), and once it is over.
func (s *Store) AskEnd(ctx context.Context, id string, version int, ends notice.Moment, why string) (Request, error) {
	return s.askFor(ctx, id, version, MoveEnd, why, func(a *Action) Terms { return Terms{Was: a.Ends.String(), Ends: ends.String()} })
}

// AskOut is the first of two words that the first person did not go out at the minute on record. The legal clock judges the new one;
// the one before stays in the history. Errors: Missing, Invalid by field, Conflict before it is on.
func (s *Store) AskOut(ctx context.Context, id string, version int, at notice.Moment, why string) (Request, error) {
	return s.askFor(ctx, id, version, FirstOut, why, func(a *Action) Terms { return Terms{Was: a.Began.String(), Began: at.String()} })
}

// AskCorrect is the first of two words that an answer about the action, on which a served notice rests, was wrong. Errors: Missing,
// Invalid by field, Conflict while one person may still change it (see Answer), and when nothing would change.
func (s *Store) AskCorrect(ctx context.Context, id string, version int, given map[string]string, why string) (Request, error) {
	return s.askFor(ctx, id, version, Correct, why, func(*Action) Terms { return Terms{Answers: given} })
}

func (s *Store) askFor(ctx context.Context, id string, version int, e Event, why string, terms func(*Action) Terms) (Request, error) {
	var req Request
	err := s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		t := terms(a)
		if err := b.movable(a, e, t); err != nil {
			return err
		}
		switch {
		case version != a.FactsVersion:
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		case why == "" || len(why) > whyMost:
			return fault.Field("why", "strike.why_needed")
		}
		req, err = s.propose(ctx, tx, a, e, t, why)
		return err
	})
	return req, err
}

// propose puts a request about a fact on file, with what it would do.
func (s *Store) propose(ctx context.Context, tx *db.Tx, a *Action, e Event, t Terms, why string) (Request, error) {
	req := asking(ctx, tx, a, e, why)
	req.Terms = t
	if start := a.Starts.Begin(); e == Extend && start.Before(req.Until) {
		req.Until = start // after the stated time nothing moves it
	}
	var err error
	if req.Effects, err = amends(ctx, tx, a, e); err != nil {
		return req, err
	}
	return req, s.put(ctx, tx, req)
}

// amends says what moving a fact would do here: what people said of the other facts counts no more.
func amends(ctx context.Context, tx *db.Tx, a *Action, e Event) ([]Effect, error) {
	if e != Extend && e != Correct {
		return nil, nil
	}
	said, err := words(ctx, tx, a)
	if err != nil || len(said) == 0 {
		return nil, err
	}
	return []Effect{{"strike.effect.go", len(said)}}, nil
}

// movable says why the fact may not be moved, now and to that.
func (b *book) movable(a *Action, e Event, t Terms) error {
	switch e {
	case Extend:
		return b.extendable(a, t)
	case MoveEnd:
		ends := momentText(t.Ends)
		switch {
		case a.State.Over() || b.unlocked(a) == nil:
			return fault.New(fault.Conflict, "strike.end.not_now")
		case !ends.IsZero() && !ends.End().After(a.Starts.Begin()):
			return fault.Field("end", "strike.time.ends_before")
		case !ends.IsZero() && !ends.End().After(b.now):
			return fault.Field("end", "strike.end.past")
		case t.Ends == a.Ends.String():
			return fault.Field("end", "strike.end.same")
		}
	case FirstOut:
		at := momentText(t.Began)
		switch {
		case a.Began.IsZero() || a.State == Closed:
			return fault.New(fault.Conflict, "strike.refused."+string(a.State))
		case at.IsZero() || !at.Clock || at.Begin().After(b.now):
			return fault.Field("began", "strike.deliver.future")
		case at.Begin().Sub(a.Starts.Begin()).Abs() > outWindow:
			return fault.Field("began", "strike.out.far")
		case !a.Over.IsZero() && at.Begin().After(a.Over.Begin()):
			return fault.Field("began", "strike.out.over")
		}
	case Correct:
		said, err := b.news(a, t.Answers)
		if err != nil {
			return err
		}
		if a.State.Over() || b.unlocked(a) == nil || !slices.ContainsFunc(said, func(n news) bool { return n.of != "" && n.was != "" }) {
			return fault.New(fault.Conflict, "strike.correct.not_now")
		}
	}
	return nil
}

// amend moves a fact at two people's word. What it was stays in the history.
func (s *Store) amend(ctx context.Context, tx *db.Tx, b *book, a *Action, q *Request, m moving) error {
	was, becomes := q.Terms.Was, ""
	before := a.Now()
	var err error
	switch q.Event {
	case Extend:
		becomes, err = q.Terms.Starts, s.extend(ctx, tx, b, a, q.Terms, m)
	case MoveEnd:
		becomes = q.Terms.Ends
		_, err = tx.Exec(ctx, `UPDATE strike SET ends = $1, ends_at = $2 WHERE id = $3`, becomes, instant(momentText(becomes)), a.ID)
	case FirstOut:
		becomes = q.Terms.Began
		_, err = tx.Exec(ctx, `UPDATE strike SET began = $1 WHERE id = $2`, becomes, a.ID)
	case Correct:
		next := *a
		next.FactsVersion++
		if err := record(ctx, tx, &next, a.State, m, "", ""); err != nil {
			return err
		}
		said, err := b.news(a, q.Terms.Answers)
		if err != nil {
			return err
		}
		return s.answer(ctx, tx, b, a, said, "strike.correct")
	}
	if err != nil {
		return fmt.Errorf("move fact: %w", err)
	}
	if q.Event != FirstOut { // what began is no plan of anybody's: shifts and messages follow the start and the end
		a.FactsVersion++
		if _, err := tx.Exec(ctx, `UPDATE strike SET facts_version = $1 WHERE id = $2`, a.FactsVersion, a.ID); err != nil {
			return fmt.Errorf("raise version: %w", err)
		}
	}
	if q.Event == MoveEnd { // they said Go to the start, which stands
		_, err := tx.Exec(ctx, `INSERT INTO strike_go (strike_id, facts_version, account_id, device_id, at)
			SELECT strike_id, facts_version + 1, account_id, device_id, at FROM strike_go
			WHERE strike_id = $1 AND facts_version = $2 AND taken_back_at = 0`, a.ID, a.FactsVersion-1)
		if err != nil {
			return fmt.Errorf("keep Go: %w", err)
		}
	}
	if err := record(ctx, tx, a, a.State, m, was, becomes); err != nil {
		return err
	}
	if q.Event == Extend && a.State == Noticed { // who leads people to a line at the old hour would lead them out unannounced
		if err := s.askCaptains(ctx, tx, a.ID); err != nil {
			return err
		}
	}
	after, err := s.open(ctx, tx)
	if err != nil {
		return err
	}
	now, err := after.action(a.ID)
	if err != nil {
		return err
	}
	if err := errors.Join(s.keepReport(ctx, tx, after, now, string(q.Event)), s.tell(ctx, tx, before, a.ID)); err != nil {
		return err
	}
	return s.done(ctx, tx, audit.Entry{Verb: "strike." + string(q.Event), Object: "strike:" + a.ID, Detail: "asked_by=" + q.By})
}

// momentText reads a moment that a Moment wrote; zero for "".
func momentText(text string) notice.Moment {
	m, err := notice.ParseMoment(text)
	if err != nil {
		return notice.Moment{}
	}
	return m
}
