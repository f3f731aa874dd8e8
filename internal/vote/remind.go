// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
)

// Remind queues a mail to everybody on the roll who votes in the booth (numbers nil), or to the numbers that the credential officer's
// own list says have not voted. The server cannot work them out itself: it does not know whose credential is whose. Nobody is told who
// they are; the page says how many. Errors: Missing, Conflict, Invalid.
func (s *Store) Remind(ctx context.Context, id string, numbers []string) error {
	_, officer := manages(ctx)
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		v, err := known(ctx, tx, id)
		if err != nil {
			return err
		}
		_, mine, err := ownerOf(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case numbers != nil && !mine:
			return errMissing()
		case numbers == nil && officer != nil:
			return officer
		case v.State != Open:
			return fault.New(fault.Conflict, "vote.remind.not_now")
		}
		who := map[bool]string{true: "absent", false: "all"}[numbers != nil]
		all, err := roll(ctx, tx, auth.Reach{All: true}, id, 0, 200000)
		if err != nil {
			return err
		}
		wanted := map[int]bool{}
		for _, text := range numbers {
			no, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				return fault.Field("numbers", "vote.remind.numbers_form", "Text", clip(text))
			}
			wanted[no] = true
		}
		rid := newID()
		var rows [][]any
		for _, e := range all {
			if e.Way == Electronic && (numbers == nil || wanted[e.No]) {
				rows = append(rows, []any{rid, e.No})
			}
		}
		if len(rows) == 0 || numbers != nil && len(rows) != len(wanted) {
			return fault.Field("numbers", "vote.remind.numbers_unknown", "N", len(rows), "Want", len(wanted))
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_reminder (id, vote_id, who, n, by_account, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			rid, id, who, len(rows), audit.By(ctx).Account, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("add reminder: %w", err)
		}
		if err := tx.Insert(ctx, "vote_reminder_to", []string{"reminder_id", "no"}, rows); err != nil {
			return err
		}
		if err := job.Put(ctx, tx, job.Job{Kind: jobRemind, Key: rid, Payload: rid}); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.remind", Object: "vote:" + id, Detail: "who=" + who, Count: len(rows)})
		return err
	})
}

func clip(s string) string {
	if len(s) > 20 {
		return s[:20]
	}
	return s
}

// words speaks the room's sentences in mail.
var words = sync.OnceValue(func() *i18n.Bundle {
	b, err := i18n.New(Text)
	if err != nil {
		panic(err) // embedded: every test reads it
	}
	return b
})

var errNoMail = errors.New("no mail sender is set up")

// runRemind sends a reminder to whoever did not get it yet. A mail that was sent and not noted goes twice rather than not at all.
func (s *Store) runRemind(ctx context.Context, r job.Run) error {
	var id string
	if err := r.Read(&id); err != nil {
		return err
	}
	if s.Mail == nil {
		return errNoMail
	}
	type to struct {
		no     int
		email  string
		locale string
	}
	var v *Vote
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]to, error) {
		var vote string
		if err := tx.Row(ctx, `SELECT vote_id FROM vote_reminder WHERE id = $1`, id).Scan(&vote); err != nil {
			return nil, fmt.Errorf("read reminder: %w", err)
		}
		var err error
		if v, err = voteBy(ctx, tx, "id", vote); err != nil {
			return nil, err
		}
		return db.All(ctx, tx, func(r *sql.Rows) (t to, err error) { return t, r.Scan(&t.no, &t.email, &t.locale) },
			`SELECT t.no, n.email, COALESCE(a.locale, '') FROM vote_reminder_to t JOIN vote_roll l ON l.vote_id = $1 AND l.no = t.no
			JOIN person p ON p.id = l.person_id
			JOIN person_now n ON n.person_id = CASE WHEN p.merged_into = '' THEN p.id ELSE p.merged_into END
			LEFT JOIN account a ON a.person_id = n.person_id
			WHERE t.reminder_id = $2 AND t.sent_at = 0 AND n.email <> '' ORDER BY t.no LIMIT 200000`, vote, id)
	})
	if err != nil {
		return fmt.Errorf("read reminder: %w", err)
	}
	for _, one := range all {
		if v.State != Open || !s.d.Now().Before(v.Draft.closesAt()) {
			break // too late to be of use
		}
		tr := words().For(one.locale)
		err := s.Mail.Send(ctx, mail.Message{
			To: one.email, Subject: tr.T("vote.mail.subject"),
			Text: tr.T("vote.mail.remind", "Closes", tr.Moment(v.Draft.closesAt()), "Link", s.BaseURL+"/b/"+v.UUID),
		})
		if err != nil {
			return fmt.Errorf("remind number %d: %w", one.no, err)
		}
		if err := db.Do(ctx, s.d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE vote_reminder_to SET sent_at = $1 WHERE reminder_id = $2 AND no = $3`, tx.Now.UnixMilli(), id, one.no)
			return err
		}); err != nil {
			return fmt.Errorf("note reminder: %w", err)
		}
	}
	return nil
}

// runHead mails the newest signed head to the observers.
func (s *Store) runHead(ctx context.Context, r job.Run) error {
	var id string
	if err := r.Read(&id); err != nil {
		return err
	}
	v, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Vote, error) { return voteBy(ctx, tx, "id", id) })
	if err != nil {
		return err
	}
	if len(v.Draft.Observers) == 0 {
		return nil
	}
	if s.Mail == nil {
		return errNoMail
	}
	head, err := s.Head(ctx, v.UUID, -1)
	if err != nil {
		return err
	}
	tr := words().For("en")
	for _, to := range v.Draft.Observers {
		err := s.Mail.Send(ctx, mail.Message{
			To: to, Subject: tr.T("vote.mail.subject"),
			Text: tr.T("vote.mail.head", "Head", string(head.Marshal()), "Link", s.BaseURL+"/b/"+v.UUID+"/check"),
		})
		if err != nil {
			return fmt.Errorf("mail head of vote %s: %w", id, err)
		}
	}
	return nil
}
