// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// AskExtend is the first of two words that a writing about a later start is on file, 29 U.S.C. 158(g): "extended by the written
// agreement of both parties". Nothing moves yet: another person reads the writing (see ConfirmExtend). An e-mail, a word or one
// signature moves nothing. The end is moved by newEnds, zero for an open end. The request waits ten minutes, and no longer than to
// the stated start. Errors: Missing, Invalid by field, Conflict once the stated time has passed.
func (s *Store) AskExtend(ctx context.Context, id string, version int, agreed, newStarts, newEnds notice.Moment, document Upload) (Request, error) {
	var req Request
	err := s.write(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		t := Terms{Was: a.Starts.String(), Starts: newStarts.String(), Ends: newEnds.String(), Agreed: agreed.String()}
		if err := b.movable(a, Extend, t); err != nil {
			return err
		}
		if version != a.FactsVersion {
			return fault.New(fault.Conflict, "strike.changed_meanwhile")
		}
		file, problem, err := keepFile(ctx, tx, id, document)
		if err != nil {
			return err
		}
		if problem != nil {
			problem.Field = "document"
			return problem
		}
		t.File = file.ID
		req, err = s.propose(ctx, tx, a, Extend, t, "")
		return err
	})
	return req, err
}

// ConfirmExtend is the second person's word: she has the writing before her, both signatures are on it, and it says the start that
// she types, unseen. Only then does the start move. It returns the action. Errors: as Confirm; Invalid by field when she reads
// another start or does not see both signatures.
func (s *Store) ConfirmExtend(ctx context.Context, requestID string, starts notice.Moment, signedByBoth bool) (action string, err error) {
	return s.confirm(ctx, requestID, &read{starts, signedByBoth})
}

// reads refuses what the second person does not find on the writing. Errors: Invalid by field.
func (t Terms) reads(writing *read) error {
	switch {
	case writing == nil || writing.starts.IsZero() || !writing.starts.Clock:
		return fault.Field("read", "strike.extend.read")
	case !writing.signed:
		return fault.Field("signed", "strike.extend.both")
	case writing.starts.String() != t.Starts:
		return fault.Field("read", "strike.extend.reads_other")
	}
	return nil
}

// extendable says why terms of an extension do not hold.
func (b *book) extendable(a *Action, t Terms) error {
	starts, ends, agreed := momentText(t.Starts), momentText(t.Ends), momentText(t.Agreed)
	n := b.paper(a.ID)
	switch {
	case a.State != Planned && a.State != Noticed || n == nil || b.unlocked(a) == nil:
		return fault.New(fault.Conflict, "strike.extend.not_now")
	case !b.now.Before(a.Starts.Begin()):
		return fault.New(fault.Conflict, "strike.extend.too_late")
	case starts.IsZero() || !starts.Clock || !starts.Begin().After(a.Starts.Begin()):
		return fault.Field("new_starts", "strike.extend.later")
	case agreed.IsZero() || agreed.Begin().After(b.now):
		return fault.Field("agreed", "strike.deliver.future")
	case !ends.IsZero() && !ends.End().After(starts.Begin()):
		return fault.Field("new_ends", "strike.time.ends_before")
	}
	return nil
}

// extend records the writing and moves the start.
func (s *Store) extend(ctx context.Context, tx *db.Tx, b *book, a *Action, t Terms, m moving) error {
	var sha string
	if err := tx.Row(ctx, `SELECT sha256 FROM strike_file WHERE id = $1`, t.File).Scan(&sha); err != nil {
		return fmt.Errorf("read signed writing: %w", err)
	}
	err := tx.Insert(ctx, "extension", []string{
		"id", "strike_id", "notice_id", "signed_by_both", "agreed", "new_starts_at", "file_id", "document_sha256", "by_account", "second_by",
		"recorded_at",
	}, [][]any{{newID(), a.ID, b.paper(a.ID).ID, 1, t.Agreed, t.Starts, t.File, sha, m.by, m.second, tx.Now.UnixMilli()}})
	if err != nil {
		return fmt.Errorf("record extension: %w", err)
	}
	starts, ends := momentText(t.Starts), momentText(t.Ends)
	_, err = tx.Exec(ctx, `UPDATE strike SET starts = $1, starts_at = $2, ends = $3, ends_at = $4 WHERE id = $5`, t.Starts, instant(starts),
		t.Ends, instant(ends), a.ID)
	if err != nil {
		return fmt.Errorf("move start: %w", err)
	}
	return nil
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
