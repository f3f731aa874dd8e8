// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// requestView is an act of two people that waits.
type requestView struct {
	Request
	Mine    bool     // the caller asked
	Second  bool     // the caller may confirm
	Effects []Effect // as they are now
	Left    int      // minutes
	Moves   bool     // a fact, and not the state
	Was     string   // the fact, before and after
	Becomes string   // "" for who is to read it on the writing herself
	Read    momentField
	Changes []changeOf // of answers
}

// changeOf is one answer, before and after.
type changeOf struct{ Text, Was, Becomes string }

// requestOf returns the request that waits and can still be confirmed, nil for none.
func (s *Store) requestOf(ctx context.Context, tx *db.Tx, a *Action) (*requestView, error) {
	q, err := request(ctx, tx, "q.strike_id", a.ID)
	if err != nil || q == nil {
		return nil, err
	}
	if q.Version != a.FactsVersion {
		return nil, nil // nobody can confirm it any more
	}
	v := &requestView{Request: *q, Moves: q.Event.moves(), Left: int((q.Until.Sub(tx.Now) + time.Minute - 1) / time.Minute)}
	if q.Event.moves() {
		if v.Effects, err = amends(ctx, tx, a, q.Event); err != nil {
			return nil, err
		}
	} else if step, err := a.State.Next(q.Event); err == nil {
		if v.Effects, err = s.effectsOf(ctx, tx, a, step.To); err != nil {
			return nil, err
		}
	}
	if v.Mine, err = sameHuman(ctx, tx, q.By); err != nil {
		return nil, err
	}
	v.Second = !v.Mine && q.Device != auth.By(ctx).Device && may(ctx, mayConfirm)
	return v, nil
}

// say writes out which fact is to become what. A later start is not shown to the second person: she reads it on the writing.
func (v *requestView) say(tr *i18n.Translator, b *book, a *Action, f web.Form) {
	switch {
	case v.Event == Correct:
		given := b.given(a)
		for _, q := range Questions {
			if value, ok := v.Terms.Answers[q.Name]; ok && given[q.Name] != value {
				v.Changes = append(v.Changes, changeOf{tr.T("strike.ask." + q.Name), q.said(tr, given[q.Name]), q.said(tr, value)})
			}
		}
	case v.Moves:
		becomes := v.Terms.Starts + v.Terms.Began
		if v.Event == MoveEnd {
			becomes = v.Terms.Ends
		}
		v.Was, v.Becomes = cmp.Or(sayText(tr, v.Terms.Was), tr.T("strike.open_end")), cmp.Or(sayText(tr, becomes), tr.T("strike.open_end"))
		if v.Event == Extend && v.Second {
			v.Becomes = ""
			typed := f.Values
			if typed == nil {
				typed = url.Values{}
			}
			v.Read = b.momentOf(tr, typed, "read", notice.Moment{}, f.Error("read"))
			v.Read.Required = true
		}
	}
}

// said is an answer in words.
func (q Question) said(tr *i18n.Translator, value string) string {
	switch {
	case value == "":
		return tr.T("strike.ask.unknown")
	case q.Choices == nil:
		return tr.ISODay(value)
	}
	return tr.T("strike.answer." + value)
}
