// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// reviewsNeeded is how many members other than the author check a notice, and none of them twice.
const reviewsNeeded = 2

// Review is what a reviewer typed from the final paper, and where it differs from the record.
type Review struct {
	Notice   string
	Revision int
	Differs  []string // start, sites; nil: they say the same
	By, Name string   // account and its shown name
	At       time.Time
	Stale    bool // an answer of the legal clock that was given by then is another one now
	Again    bool // of the author, or of a human who has reviewed it already: found out later
	answers  answers
}

// Counsel is counsel's word on one revision of a notice, or who went without it and why.
type Counsel struct {
	Notice    string
	Revision  int
	Confirmed bool // else waived
	Counsel   string
	Why       string
	By, Name  string
	At        time.Time
	Stale     bool // the answers of the legal clock are others now
}

// checked is who has checked a notice as it stands now: older revisions count for nothing.
type checked struct {
	Reviews []Review // the newest of each reviewer
	Counsel *Counsel
}

// agreed returns the reviews that count: they found no difference, and rest on facts that still hold.
func (c checked) agreed() []Review {
	return slices.DeleteFunc(slices.Clone(c.Reviews), func(r Review) bool { return len(r.Differs) > 0 || r.Stale || r.Again })
}

func (c checked) differs() bool {
	return slices.ContainsFunc(c.Reviews, func(r Review) bool { return len(r.Differs) > 0 })
}

// heard tells whether counsel's word, or the word of who went without it, was given on the facts as they are.
func (c checked) heard() bool { return c.Counsel != nil && !c.Counsel.Stale }

// stale tells whether something was said on other facts.
func (c checked) stale() bool {
	return c.Counsel != nil && c.Counsel.Stale || slices.ContainsFunc(c.Reviews, func(r Review) bool { return r.Stale })
}

const (
	sqlReviews = `SELECT r.notice_id, r.revision, r.differs, r.answers, r.by_account, COALESCE(a.display, ''), r.at
		FROM strike_review r LEFT JOIN account a ON a.id = r.by_account WHERE r.notice_id = $1 AND r.revision = $2 ORDER BY r.at, r.id LIMIT 1000`
	sqlCounsel = `SELECT c.notice_id, c.revision, c.decision, c.counsel, c.why, c.answers, c.by_account, COALESCE(a.display, ''), c.at
		FROM strike_counsel c LEFT JOIN account a ON a.id = c.by_account WHERE c.notice_id = $1 AND c.revision = $2 ORDER BY c.at DESC, c.id DESC LIMIT 1`
)

// checks returns who has checked n. A review rests on what was known by then: it holds while none of that has changed. Counsel's
// word is on all the facts: one more answer, and it is asked for again.
func checks(ctx context.Context, tx *db.Tx, b *book, n *Notice) (checked, error) {
	var c checked
	a, err := b.action(n.Action)
	if err != nil {
		return c, err
	}
	given := b.given(a)
	all, err := db.All(ctx, tx, func(r *sql.Rows) (v Review, err error) {
		var differs, then string
		var at int64
		err = r.Scan(&v.Notice, &v.Revision, &differs, &then, &v.By, &v.Name, &at)
		v.Differs, v.At, v.answers = listOf(differs), time.UnixMilli(at), answersOf(then)
		for name, value := range v.answers {
			v.Stale = v.Stale || given[name] != value
		}
		return v, err
	}, sqlReviews, n.ID, n.Revision)
	if err != nil {
		return c, fmt.Errorf("read reviews: %w", err)
	}
	for _, r := range all {
		if i := slices.IndexFunc(c.Reviews, func(o Review) bool { return o.By == r.By }); i >= 0 {
			c.Reviews[i] = r
		} else {
			c.Reviews = append(c.Reviews, r)
		}
	}
	for i := range c.Reviews {
		others := []string{n.By}
		for _, r := range c.Reviews[:i] {
			others = append(others, r.By)
		}
		for _, by := range others {
			same, err := oneHuman(ctx, tx, by, c.Reviews[i].By)
			if err != nil {
				return c, err
			}
			c.Reviews[i].Again = c.Reviews[i].Again || same
		}
	}
	words, err := db.All(ctx, tx, func(r *sql.Rows) (v Counsel, err error) {
		var decision, then string
		var at int64
		err = r.Scan(&v.Notice, &v.Revision, &decision, &v.Counsel, &v.Why, &then, &v.By, &v.Name, &at)
		v.Confirmed, v.At, v.Stale = decision == "confirmed", time.UnixMilli(at), !maps.Equal(answersOf(then), given)
		return v, err
	}, sqlCounsel, n.ID, n.Revision)
	if err != nil {
		return c, fmt.Errorf("read counsel's word: %w", err)
	}
	if len(words) > 0 {
		c.Counsel = &words[0]
	}
	return c, nil
}

// Check records what the caller read off the final paper, unseen: its start and its sites. A difference blocks until the record
// or the reviewer's reading is put right. Errors: Missing, Forbidden for the author and for one human under two accounts,
// Conflict for a notice that is withdrawn.
func (s *Store) Check(ctx context.Context, noticeID string, starts notice.Moment, sites []string) (differs []string, err error) {
	if _, err := auth.Allowed(ctx, mayConfirm); err != nil {
		return nil, err
	}
	err = s.locked(ctx, func(tx *db.Tx, b *book) error {
		n, err := b.notice(noticeID)
		if err != nil {
			return err
		}
		if err := b.reviewable(ctx, tx, n); err != nil {
			return err
		}
		if n.Starts.String() != starts.String() {
			differs = append(differs, "start")
		}
		if !slices.Equal(slices.Compact(sorted(sites)), slices.Compact(sorted(n.Sites))) {
			differs = append(differs, "sites")
		}
		err = tx.Insert(ctx, "strike_review", []string{"id", "notice_id", "revision", "typed", "sites", "differs", "answers", "by_account", "at"}, [][]any{{
			newID(), n.ID, n.Revision, starts.String(), jsonList(sites), jsonList(differs), b.told(n.Action), auth.By(ctx).Account, tx.Now.UnixMilli(),
		}})
		if err != nil {
			return fmt.Errorf("record review: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.review", Object: "notice:" + n.ID, Detail: "differs=" + strings.Join(differs, "+")})
	})
	return differs, err
}

// reviewable says why the caller may not review n.
func (b *book) reviewable(ctx context.Context, tx *db.Tx, n *Notice) error {
	a, err := b.action(n.Action)
	if err != nil {
		return fault.New(fault.Missing, "strike.notice.missing") // papers of the campaign announce nothing
	}
	if !n.Withdrawn.IsZero() || !reviewed(a) {
		return fault.New(fault.Conflict, "strike.review.not_now")
	}
	if same, err := sameHuman(ctx, tx, n.By); err != nil || same {
		return orFault(err, "strike.review.own")
	}
	c, err := checks(ctx, tx, b, n)
	if err != nil {
		return err
	}
	for _, r := range c.Reviews {
		if r.By == auth.By(ctx).Account {
			continue // she may look again
		}
		if same, err := sameHuman(ctx, tx, r.By); err != nil || same {
			return orFault(err, "strike.review.twice")
		}
	}
	return nil
}

// reviewed tells whether the notice of a may be checked: before it counts as served, and after it when facts have changed.
func reviewed(a *Action) bool { return a.State == Planned || a.State == Noticed }

// told is all that the legal clock has been told of an action, as a column keeps it.
func (b *book) told(action string) string {
	a, err := b.action(action)
	if err != nil {
		return "{}" // papers of the campaign are not reviewed
	}
	text, err := json.Marshal(b.given(a))
	if err != nil {
		return "{}" // texts marshal
	}
	return string(text)
}

func answersOf(text string) answers {
	given := answers{}
	_ = json.Unmarshal([]byte(text), &given) // written by told alone
	return given
}

// Advise records counsel's word on the notice as it stands, or that the committee goes without it and why. Errors: Missing,
// Invalid by field, Conflict.
func (s *Store) Advise(ctx context.Context, noticeID string, confirmed bool, counsel, why string) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		n, err := b.notice(noticeID)
		if err != nil {
			return err
		}
		a, err := b.action(n.Action)
		switch {
		case err != nil:
			return err
		case !reviewed(a) || !n.Withdrawn.IsZero():
			return fault.New(fault.Conflict, "strike.review.not_now")
		case confirmed && counsel == "" || len(counsel) > titleMost:
			return fault.Field("counsel", "strike.counsel.name")
		case !confirmed && why == "" || len(why) > whyMost:
			return fault.Field("why", "strike.counsel.why")
		}
		decision := "waived"
		if confirmed {
			decision = "confirmed"
		}
		err = tx.Insert(ctx, "strike_counsel", []string{"id", "notice_id", "revision", "decision", "counsel", "why", "answers", "by_account", "at"}, [][]any{{
			newID(), n.ID, n.Revision, decision, counsel, why, b.told(n.Action), audit.By(ctx).Account, tx.Now.UnixMilli(),
		}})
		if err != nil {
			return fmt.Errorf("record counsel's word: %w", err)
		}
		if err := s.keepReport(ctx, tx, b, a, "counsel"); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.counsel", Object: "notice:" + n.ID, Detail: "decision=" + decision})
	})
}
