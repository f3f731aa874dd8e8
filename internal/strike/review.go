// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
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
}

// checked is who has checked a notice as it stands now: older revisions count for nothing.
type checked struct {
	Reviews []Review // the newest of each reviewer
	Counsel *Counsel
}

// agreed returns the reviews that found no difference.
func (c checked) agreed() []Review {
	return slices.DeleteFunc(slices.Clone(c.Reviews), func(r Review) bool { return len(r.Differs) > 0 })
}

func (c checked) differs() bool { return len(c.agreed()) < len(c.Reviews) }

const (
	sqlReviews = `SELECT r.notice_id, r.revision, r.differs, r.by_account, COALESCE(a.display, ''), r.at
		FROM strike_review r LEFT JOIN account a ON a.id = r.by_account WHERE r.notice_id = $1 AND r.revision = $2 ORDER BY r.at, r.id LIMIT 1000`
	sqlCounsel = `SELECT c.notice_id, c.revision, c.decision, c.counsel, c.why, c.by_account, COALESCE(a.display, ''), c.at
		FROM strike_counsel c LEFT JOIN account a ON a.id = c.by_account WHERE c.notice_id = $1 AND c.revision = $2 ORDER BY c.at DESC, c.id DESC LIMIT 1`
)

func checks(ctx context.Context, tx *db.Tx, n *Notice) (checked, error) {
	var c checked
	all, err := db.All(ctx, tx, func(r *sql.Rows) (v Review, err error) {
		var differs string
		var at int64
		err = r.Scan(&v.Notice, &v.Revision, &differs, &v.By, &v.Name, &at)
		v.Differs, v.At = listOf(differs), time.UnixMilli(at)
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
	words, err := db.All(ctx, tx, func(r *sql.Rows) (v Counsel, err error) {
		var decision string
		var at int64
		err = r.Scan(&v.Notice, &v.Revision, &decision, &v.Counsel, &v.Why, &v.By, &v.Name, &at)
		v.Confirmed, v.At = decision == "confirmed", time.UnixMilli(at)
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
		err = tx.Insert(ctx, "strike_review", []string{"id", "notice_id", "revision", "typed", "sites", "differs", "by_account", "at"}, [][]any{{
			newID(), n.ID, n.Revision, starts.String(), jsonList(sites), jsonList(differs), auth.By(ctx).Account, tx.Now.UnixMilli(),
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
	if !n.Withdrawn.IsZero() || a.State != Planned {
		return fault.New(fault.Conflict, "strike.review.not_now")
	}
	if same, err := sameHuman(ctx, tx, n.By); err != nil || same {
		return orFault(err, "strike.review.own")
	}
	c, err := checks(ctx, tx, n)
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
		case a.State != Planned || !n.Withdrawn.IsZero():
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
		err = tx.Insert(ctx, "strike_counsel", []string{"id", "notice_id", "revision", "decision", "counsel", "why", "by_account", "at"}, [][]any{{
			newID(), n.ID, n.Revision, decision, counsel, why, audit.By(ctx).Account, tx.Now.UnixMilli(),
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
