// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// Extend records a writing that both parties signed before the stated time, 29 U.S.C. 158(g): "extended by the written agreement
// of both parties". It alone moves the start of what was noticed; an e-mail, a word or one signature moves nothing. The end is
// moved by newEnds, zero for an open end. Errors: Missing, Invalid by field, Conflict once the stated time has passed.
func (s *Store) Extend(ctx context.Context, id string, agreed, newStarts, newEnds notice.Moment, document Upload) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		n := b.paper(id)
		f, err := b.facts()
		switch {
		case err != nil:
			return err
		case a.State != Planned && a.State != Noticed || n == nil || !isLocked(f, id):
			return fault.New(fault.Conflict, "strike.extend.not_now")
		case !b.now.Before(a.Starts.Begin()):
			return fault.New(fault.Conflict, "strike.extend.too_late")
		case newStarts.IsZero() || !newStarts.Clock || !newStarts.Begin().After(a.Starts.Begin()):
			return fault.Field("new_starts", "strike.extend.later")
		case agreed.IsZero() || agreed.Begin().After(b.now):
			return fault.Field("agreed", "strike.deliver.future")
		case !newEnds.IsZero() && !newEnds.End().After(newStarts.Begin()):
			return fault.Field("new_ends", "strike.time.ends_before")
		}
		file, problem, err := keepFile(ctx, tx, id, document)
		if err != nil {
			return err
		}
		if problem != nil {
			problem.Field = "document"
			return problem
		}
		before := a.Now()
		err = tx.Insert(ctx, "extension", []string{
			"id", "strike_id", "notice_id", "signed_by_both", "agreed", "new_starts_at", "file_id", "document_sha256", "by_account", "recorded_at",
		}, [][]any{{
			newID(), id, n.ID, 1, agreed.String(), newStarts.String(), file.ID, file.SHA256, audit.By(ctx).Account, tx.Now.UnixMilli(),
		}})
		if err != nil {
			return fmt.Errorf("record extension: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE strike SET starts = $1, starts_at = $2, ends = $3, ends_at = $4, facts_version = facts_version + 1 WHERE id = $5`,
			newStarts.String(), instant(newStarts), newEnds.String(), instant(newEnds), id)
		if err != nil {
			return fmt.Errorf("move start: %w", err)
		}
		if err := s.tell(ctx, tx, before, id); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.extend", Object: "strike:" + id, Detail: "proof=" + file.ID})
	})
}

// Again makes a new draft from an action that is over, or that was called off: stop-and-restart needs its own notice, and the
// whole period runs again. It returns the new id. Errors: Missing, Conflict while the old one may still happen.
func (s *Store) Again(ctx context.Context, id string) (string, error) {
	fresh := newID()
	return fresh, s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		if !a.State.Over() {
			return fault.New(fault.Conflict, "strike.again.first_off")
		}
		return s.make(ctx, tx, b, fresh, Wish{Kind: a.Kind, Title: a.Title, Sites: a.SiteIDs(), Scope: a.StartScope}, a.ID)
	})
}

// PutOut records when the first person went out, where that was not the stated minute. The legal clock judges it. Errors:
// Missing, Invalid by field, Conflict before it is on.
func (s *Store) PutOut(ctx context.Context, id string, at notice.Moment) error {
	if _, err := auth.Allowed(ctx, mayConfirm); err != nil {
		return err
	}
	return s.locked(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		switch {
		case err != nil:
			return err
		case a.Began.IsZero() || a.State == Closed:
			return fault.New(fault.Conflict, "strike.refused."+string(a.State))
		case at.IsZero() || !at.Clock || at.Begin().After(b.now):
			return fault.Field("began", "strike.deliver.future")
		}
		if _, err := tx.Exec(ctx, `UPDATE strike SET began = $1 WHERE id = $2`, at.String(), id); err != nil {
			return fmt.Errorf("record first out: %w", err)
		}
		if err := s.keepReport(ctx, tx, b, a, "began"); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.began", Object: "strike:" + id})
	})
}
