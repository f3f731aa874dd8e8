// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
)

// leastNews is how many ballots, of as many people, must have come since the last list of who had not voted, before another is taken.
const leastNews = 10

// Remind mails everybody on the roll who votes in the booth (numbers nil), or the numbers that the credential officer's own list says
// have not voted. The server cannot work them out itself: it does not know whose credential is whose. Nobody is told who they are; the
// page says how many.
//
// Her list is held in memory until its mails have gone, and never stored: two such lists and the board between them would tell whose
// ballot is whose, so the difference must be of ten people at least. What a stop of the program leaves unsent is not sent. Errors:
// Missing, Conflict, Invalid.
func (s *Store) Remind(ctx context.Context, id string, numbers []string) error {
	_, officer := manages(ctx)
	var rid string
	var v *Vote
	var to []recipient
	err := db.Do(ctx, s.d, func(tx *db.Tx) (err error) {
		if v, err = known(ctx, tx, id); err != nil {
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
		t, err := tallyOf(ctx, tx, id)
		if err != nil {
			return err
		}
		_, voters, err := castCounts(ctx, tx, v.UUID)
		if err != nil {
			return err
		}
		r := Reminder{Who: "all", N: t.Electronic}
		rid = newID()
		if numbers != nil {
			if to, err = absent(ctx, tx, v, numbers, voters); err != nil {
				return err
			}
			r = Reminder{Who: "absent", N: len(to)}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_reminder (id, vote_id, who, n, voters, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			rid, id, r.Who, r.N, voters, audit.By(ctx).Account, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("add reminder: %w", err)
		}
		if numbers == nil {
			if err := job.Put(ctx, tx, job.Job{Kind: jobRemind, Key: rid, Payload: rid}); err != nil {
				return err
			}
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "vote.remind", Object: "vote:" + id, Detail: "who=" + r.Who, Count: r.N})
		return err
	})
	if err != nil || numbers == nil {
		return err
	}
	if s.Mail == nil {
		return fault.New(fault.Conflict, "vote.remind.no_mail")
	}
	s.posts.Go(func() { s.remindAbsent(v, rid, to) })
	return nil
}

// recipient is whom a reminder goes to.
type recipient struct {
	no            int
	email, locale string
}

// absent returns the people behind the numbers that have not voted, as the credential officer's list says. Errors: Invalid, Conflict.
func absent(ctx context.Context, tx *db.Tx, v *Vote, numbers []string, voters int) ([]recipient, error) {
	wanted := map[int]bool{}
	for _, text := range numbers {
		no, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return nil, fault.Field("numbers", "vote.remind.numbers_form", "Text", clip(text))
		}
		wanted[no] = true
	}
	var before int
	there, err := db.Found(tx.Row(ctx, `SELECT voters FROM vote_reminder WHERE vote_id = $1 AND who = 'absent' ORDER BY id DESC LIMIT 1`, v.ID).Scan(&before))
	if err != nil {
		return nil, fmt.Errorf("read last reminder: %w", err)
	}
	if there && voters > before && voters-before < leastNews {
		return nil, fault.New(fault.Conflict, "vote.remind.too_soon", "N", leastNews)
	}
	all, err := recipients(ctx, tx, v.ID, 0, 200000)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r recipient) bool { return !wanted[r.no] })
	if len(all) == 0 || len(all) != len(wanted) {
		return nil, fault.Field("numbers", "vote.remind.numbers_unknown", "N", len(all), "Want", len(wanted))
	}
	return all, nil
}

// recipients returns who votes in the booth, after number from; without a personal address too.
func recipients(ctx context.Context, tx *db.Tx, id string, from, most int) ([]recipient, error) {
	return db.All(ctx, tx, func(r *sql.Rows) (to recipient, err error) { return to, r.Scan(&to.no, &to.email, &to.locale) },
		`SELECT l.no, COALESCE(n.email, ''), COALESCE((SELECT MIN(a.locale) FROM account a WHERE a.person_id = n.person_id), '') FROM vote_roll l
		JOIN person p ON p.id = l.person_id
		LEFT JOIN person_now n ON n.person_id = CASE WHEN p.merged_into = '' THEN p.id ELSE p.merged_into END
		WHERE l.vote_id = $1 AND l.no > $2 AND `+sqlWay+` = 'electronic' ORDER BY l.no LIMIT $3`, id, from, most)
}

// remindAbsent sends to a list that exists nowhere else, and then notes how many got it.
func (s *Store) remindAbsent(v *Vote, id string, to []recipient) {
	sent := 0
	for _, one := range to {
		if s.ending.Err() != nil || !s.d.Now().Before(v.Draft.closesAt()) {
			break
		}
		if one.email != "" && s.Mail.Send(s.ending, s.reminder(v, one)) == nil { // one bad address must not keep it from the others
			sent++
		}
	}
	_ = s.noteSent(context.WithoutCancel(s.ending), id, sent, 0) // the page then says fewer than there were
}

func (s *Store) noteSent(ctx context.Context, id string, sent, after int) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE vote_reminder SET sent = sent + $1, after_no = $2 WHERE id = $3`, sent, after, id)
		tx.Touch(Topic)
		return err
	})
}

func (s *Store) reminder(v *Vote, to recipient) mail.Message {
	tr := words().For(to.locale)
	return mail.Message{
		To: to.email, Subject: tr.T("vote.mail.subject"),
		Text: tr.T("vote.mail.remind", "Closes", tr.Moment(v.Draft.closesAt()), "Link", s.BaseURL+"/b/"+v.UUID),
	}
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

// mailsAtOnce is how many mails go between two notes of how far down the roll a reminder has come.
const mailsAtOnce = 20

// runRemind sends a reminder to everybody, down the roll. Mails that went and were not noted go twice rather than not at all.
func (s *Store) runRemind(ctx context.Context, r job.Run) error {
	var id string
	if err := r.Read(&id); err != nil {
		return err
	}
	if s.Mail == nil {
		return errNoMail
	}
	for {
		var v *Vote
		all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]recipient, error) {
			var vote string
			var after int
			if err := tx.Row(ctx, `SELECT vote_id, after_no FROM vote_reminder WHERE id = $1`, id).Scan(&vote, &after); err != nil {
				return nil, err
			}
			var err error
			if v, err = voteBy(ctx, tx, "id", vote); err != nil {
				return nil, err
			}
			return recipients(ctx, tx, vote, after, mailsAtOnce)
		})
		if err != nil {
			return fmt.Errorf("read reminder: %w", err)
		}
		if len(all) == 0 || v.State != Open || !s.d.Now().Before(v.Draft.closesAt()) {
			return nil // done, or too late to be of use
		}
		sent := 0
		for _, one := range all {
			if one.email == "" {
				continue
			}
			if err := s.Mail.Send(ctx, s.reminder(v, one)); err != nil {
				return fmt.Errorf("remind number %d: %w", one.no, err)
			}
			sent++
		}
		if err := s.noteSent(ctx, id, sent, all[len(all)-1].no); err != nil {
			return fmt.Errorf("note reminder: %w", err)
		}
	}
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
