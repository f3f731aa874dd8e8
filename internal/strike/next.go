// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/notice"
)

// guardFrom is how long before the start the clock of the day is the next step.
const guardFrom = 2 * time.Hour

// next fills the seven steps and the one that is next. Steps may be taken in any order; the page leads through them in this one,
// and comes back to questions that were left open when nothing else is to be done.
func (s *Store) next(ctx context.Context, tx *db.Tx, tr *i18n.Translator, b *book, a *Action, j *Judged, v *strikeView) error {
	if a.State == Draft || a.State == Planned {
		if err := s.steps(ctx, tx, tr, b, a, j, v); err != nil {
			return err
		}
	} else {
		if a.State == Noticed { // what made it so may hold no more
			blocks, err := s.blocks(ctx, tx, b, a)
			if err != nil {
				return err
			}
			v.Blocks = said(tr, blocks)
		}
		v.Next = b.afterwards(a, v)
	}
	v.Next.write(tr)
	return nil
}

// steps fills what leads from a plan to "noticed".
func (s *Store) steps(ctx context.Context, tx *db.Tx, tr *i18n.Translator, b *book, a *Action, j *Judged, v *strikeView) error {
	at := "/strike/" + a.ID
	planned := a.State == Planned
	blocks, err := s.blocks(ctx, tx, b, a)
	if err != nil {
		return err
	}
	v.Blocks = said(tr, blocks)
	unanswered, begun := open(b.given(a), a), len(b.given(a)) > 0
	n := b.paper(a.ID)
	paper := j != nil && j.Paper()
	var c checked
	if n != nil {
		if c, err = checks(ctx, tx, b, n); err != nil {
			return err
		}
	}
	missing := 0
	if paper && planned {
		missing = len(b.unproved(j, a))
	}
	agreed := min(len(c.agreed()), reviewsNeeded)
	reviewed := agreed == reviewsNeeded && !c.differs()
	add := func(key, href string, done bool, args ...any) {
		one := stepOf{Key: key, Text: tr.T("strike.step." + key), Href: href, Done: done}
		if !done {
			one.Under = tr.T("strike.step."+key+".under", args...)
		}
		v.Steps = append(v.Steps, one)
	}
	add("plan", at+"/edit", planned)
	add("questions", at+"/questions", planned && unanswered == 0, "N", unanswered)
	if paper || a.Kind == Strike || a.Kind == Picket {
		letter := at
		if n != nil && len(n.Deliveries) > 0 {
			letter = "/letters/" + n.Deliveries[0].ID
		}
		add("paper", letter, n != nil && (n.Sent() || len(c.Reviews) > 0))
		add("reviews", at+"/review", reviewed, "N", agreed)
		add("counsel", at+"/review#counsel", c.heard())
		add("serve", at+"/deliveries", paper && n != nil && missing == 0, "N", missing)
	}
	add("confirm", at+"#confirm", false)

	n7 := func(key, href string) { v.Next = nextStep{Key: key, Href: href} }
	switch {
	case !planned && (a.Starts.IsZero() || len(a.Sites) == 0):
		n7("draft", at+"/edit")
	case !planned:
		n7("plan", "")
	case v.Request != nil:
		v.Next = b.waiting(v)
	case !begun:
		n7("questions", at+"/questions")
	case c.differs():
		n7("differs", at+"/review")
	case paper && !reviewed:
		n7("reviews", at+"/review")
		v.Next.Args = map[string]any{"N": reviewsNeeded - agreed}
	case paper && !c.heard():
		n7("counsel", at+"/review#counsel")
	case missing > 0:
		n7("serve", at+"/deliveries")
		v.Next.Args = map[string]any{"N": missing}
	case unanswered > 0 && (j.Verdict == notice.Unsure || !j.Chosen):
		n7("left", at+"/questions")
		v.Next.Args = map[string]any{"N": unanswered}
	case len(blocks) > 0:
		n7("blocked", at+"/verdict")
		v.Next.Tone = "stop"
	default:
		n7("confirm", "")
	}
	current := map[string]string{"draft": "plan", "plan": "plan", "differs": "reviews", "left": "questions", "blocked": "serve"}
	key := v.Next.Key
	if to := current[key]; to != "" {
		key = to
	}
	for i := range v.Steps {
		v.Steps[i].Current = v.Steps[i].Key == key && !v.Steps[i].Done
	}
	return nil
}

// waiting is the next step while an act of two people waits.
func (b *book) waiting(v *strikeView) nextStep {
	n := nextStep{Key: "waits", Tone: "warn", Args: map[string]any{"Name": v.Request.Name, "N": v.Request.Left}}
	if v.Request.Second {
		n.Key = "second"
	}
	return n
}

// afterwards is the next step from "noticed" on.
func (b *book) afterwards(a *Action, v *strikeView) nextStep {
	at := "/strike/" + a.ID
	switch {
	case v.Request != nil:
		return b.waiting(v)
	case a.State == Noticed && v.Go.Passed:
		return nextStep{Key: "too_late", Href: at + "/guard", Tone: "stop"}
	case a.State == Noticed && len(v.Blocks) > 0:
		return nextStep{Key: "recheck", Href: at + "/review", Tone: "warn"}
	case a.State == Noticed && v.Go.Open && len(v.Go.Words) < 2:
		return nextStep{Key: "go", Tone: "warn", Args: map[string]any{"N": 2 - len(v.Go.Words)}}
	case a.State == Noticed && v.Acks != nil && len(v.Acks.Silent()) > 0:
		return nextStep{Key: "acks_moved", Tone: "warn", Args: map[string]any{"N": len(v.Acks.Silent())}}
	case a.State == Noticed && a.Starts.Begin().Sub(b.now) <= guardFrom:
		return nextStep{Key: "guard", Href: at + "/guard", Tone: "ok"}
	case a.State == Noticed && v.Go.Open:
		return nextStep{Key: "go_said", Href: at + "/list", Tone: "ok"}
	case a.State == Noticed:
		return nextStep{Key: "noticed", Href: at + "/list", Tone: "ok"}
	case a.State == On:
		return nextStep{Key: "on", Href: at + "/guard", Tone: "ok"}
	case v.Acks != nil && len(v.Acks.Silent()) > 0 && a.State != Closed:
		return nextStep{Key: "acks", Tone: "warn", Args: map[string]any{"N": len(v.Acks.Silent())}}
	case a.State == CalledOff:
		return nextStep{Key: "called_off", Tone: "info"}
	case a.State == Closed:
		return nextStep{Key: "closed", Tone: "ok"}
	}
	return nextStep{Key: "return", Tone: "info"}
}
