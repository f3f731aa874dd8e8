// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
)

// told is what a mail about a challenge is made of. It names nobody: the queue is no place for names.
type told struct {
	Challenge string `json:"challenge"`
	Event     string `json:"event"` // filed, allow, refuse, appeal
}

// tell has whoever a challenge is about told of it, in the transaction that makes it so.
func tell(ctx context.Context, tx *db.Tx, challenge, event string) error {
	return job.Put(ctx, tx, job.Job{Kind: jobTell, Payload: told{challenge, event}})
}

// runTell mails whoever a challenge is about. Somebody without a personal address hears it from her captain; the page shows it anyway.
func (s *Store) runTell(ctx context.Context, r job.Run) error {
	var what told
	if err := r.Read(&what); err != nil {
		return err
	}
	if s.Mail == nil {
		return errNoMail
	}
	var vote, kind, email, locale string
	found, err := db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) {
		return db.Found(tx.Row(ctx, `SELECT c.vote_id, c.kind, COALESCE(n.email, ''),
			COALESCE((SELECT MIN(a.locale) FROM account a WHERE a.person_id = n.person_id), '') FROM vote_challenge c
			JOIN person p ON p.id = c.person_id
			LEFT JOIN person_now n ON n.person_id = CASE WHEN p.merged_into = '' THEN p.id ELSE p.merged_into END
			WHERE c.id = $1`, what.Challenge).Scan(&vote, &kind, &email, &locale))
	})
	if err != nil {
		return fmt.Errorf("read challenge %s: %w", what.Challenge, err)
	}
	if !found || email == "" {
		return nil
	}
	tr := words().For(locale)
	err = s.Mail.Send(ctx, mail.Message{
		To: email, Subject: tr.T("vote.mail.roll_subject"),
		Text: tr.T("vote.mail.roll_"+what.Event, "Kind", tr.T("vote.challenge.is_"+kind), "Link", s.BaseURL+"/votes/"+vote),
	})
	if err != nil {
		return fmt.Errorf("tell of challenge %s: %w", what.Challenge, err)
	}
	return nil
}
