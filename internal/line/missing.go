// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
)

// lookAtMissing queues, or renews, the look at who of a shift is not there fifteen minutes after its start.
func (s *Store) lookAtMissing(ctx context.Context, tx *db.Tx, x *Shift, l *Line, rules Rules, strike Strike) error {
	at := x.Starts.Add(minutes(rules.MissingListMin))
	if !at.After(tx.Now) {
		return nil
	}
	n := note{Shift: x.ID, Seq: x.Seq, Facts: strike.FactsVersion, SendBefore: x.Ends.UnixMilli()}
	return job.Put(ctx, tx, job.Job{Kind: jobMissing, Key: shiftKey(l, x) + "missing", RunAt: at, Payload: n})
}

// missing counts who is booked and not there, and queues one letter to each who can do something about it: an address that fails holds nobody else up.
func (s *Store) missing(ctx context.Context, tx *db.Tx, n note) error {
	x, l, absent, err := s.absent(ctx, tx, n)
	if err != nil || absent == 0 {
		return err
	}
	to, err := s.wardens(ctx, tx, x, l)
	if err != nil {
		return err
	}
	return write(ctx, tx, jobMissingMail, shiftKey(l, x)+"missing/", n, to)
}

// write queues a letter to each of some accounts.
func write(ctx context.Context, tx *db.Tx, kind, key string, n note, to []string) error {
	for _, account := range to {
		n.To = account
		if err := job.Put(ctx, tx, job.Job{Kind: kind, Key: key + account, Payload: n}); err != nil {
			return err
		}
	}
	return nil
}

// absent returns how many of a shift are booked and not there now; none where the shift or the strike is not what it was.
func (s *Store) absent(ctx context.Context, tx *db.Tx, n note) (*Shift, *Line, int, error) {
	x, l, err := shiftOf(ctx, tx, n.Shift)
	if err != nil {
		return nil, nil, 0, err
	}
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil || x.Decided != Open || x.Seq != n.Seq || tx.Now.UnixMilli() >= n.SendBefore || strike.ID != "" && (strike.off() || n.overtaken(x, strike)) {
		return x, l, 0, err
	}
	var absent int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM shift_entry WHERE shift_id = $1 AND state IN ('booked', 'swap_offered') AND role <> 'standby'`, x.ID).Scan(&absent); err != nil {
		return nil, nil, 0, fmt.Errorf("count who is missing: %w", err)
	}
	return x, l, absent, nil
}

// headquarters are the accounts that coordinate a line.
func (s *Store) headquarters(ctx context.Context, tx *db.Tx, l *Line) ([]string, error) {
	var args db.Args
	all, err := db.Strings(ctx, tx, coordinators(&args, tx, l)+` ORDER BY 1 LIMIT 40`, args...)
	if err != nil {
		return nil, fmt.Errorf("read who coordinates: %w", err)
	}
	return all, nil
}

// coordinators is the query for them.
func coordinators(args *db.Args, tx *db.Tx, l *Line) string {
	var roles []string
	for _, r := range auth.Roles() {
		if r.Has(mayManage) {
			roles = append(roles, string(r))
		}
	}
	now := tx.Now.UnixMilli()
	return `SELECT g.account_id FROM role_grant g WHERE g.role IN ` + args.In(roles) + ` AND g.from_at <= ` + args.Add(now) + ` AND g.until_at > ` + args.Add(now) +
		` AND g.ended_at = 0 AND g.pending = 0 AND (g.scope_kind = 'unit' OR g.scope_kind = 'region' AND g.scope_id = ` + args.Add(l.Region) +
		` AND g.scope_id <> '' OR g.scope_kind = 'site' AND g.scope_id = ` + args.Add(l.Worksite) + ` AND g.scope_id <> '')`
}

// wardens are the accounts that are told of a shift's gaps: who coordinates the line, who leads it, and the shift's own captains.
func (s *Store) wardens(ctx context.Context, tx *db.Tx, x *Shift, l *Line) ([]string, error) {
	var args db.Args
	query := coordinators(&args, tx, l) + `
		UNION SELECT a.id FROM account a WHERE a.person_id <> '' AND a.person_id IN (SELECT person_id FROM line_captain WHERE line_id = ` + args.Add(l.ID) + `
			UNION SELECT person_id FROM shift_entry WHERE shift_id = ` + args.Add(x.ID) + ` AND role = 'captain' AND state IN ('booked', 'swap_offered', 'attended'))
		ORDER BY 1 LIMIT 40`
	all, err := db.Strings(ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read who is told: %w", err)
	}
	return all, nil
}

// sendMissing writes to one of them: how many, at which line and shift, and where the list is. Names stand on the list alone.
func (s *Store) sendMissing(ctx context.Context, r job.Run, words *i18n.Bundle) error {
	var n note
	if err := r.Read(&n); err != nil {
		return err
	}
	var x *Shift
	var l *Line
	var email, locale string
	var held time.Time
	absent, err := db.InRead(ctx, s.d, func(tx *db.Tx) (absent int, err error) {
		if x, l, absent, err = s.absent(ctx, tx, n); err != nil || absent == 0 {
			return 0, err
		}
		if held, err = s.held(ctx, tx); err != nil {
			return 0, err
		}
		_, err = db.Found(tx.Row(ctx, `SELECT email, locale FROM account WHERE id = $1 AND suspended_at = 0`, n.To).Scan(&email, &locale))
		return absent, err
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read who is missing: %w", err)
	}
	return s.post(ctx, r, words, notice{
		kind: "missing", email: email, locale: locale, stale: absent == 0, held: held,
		text: func(tr *i18n.Translator) string {
			return tr.M("line.mail.missing", map[string]any{"N": absent, "Line": l.Name, "When": span(tr, x), "Link": s.BaseURL + "/lines/" + l.ID + "/day"})
		},
		entry: audit.Entry{Verb: "shift.missing", Object: "shift:" + n.Shift, Count: absent},
	})
}

// notice is a letter to one person that is no message about her own booking.
type notice struct {
	kind          string
	email, locale string
	stale         bool      // what it speaks of is so no more
	held          time.Time // until when it waits; zero: it does not
	text          func(tr *i18n.Translator) string
	entry         audit.Entry // its Detail becomes what came of it
}

// post delivers a notice for a job, or lets it wait, or drops it; which of them is on file. Nothing is sent inside a transaction.
func (s *Store) post(ctx context.Context, r job.Run, words *i18n.Bundle, n notice) error {
	end := r.Finish
	drop := func(why string) {
		n.entry.Detail = why
		end = func(ctx context.Context, tx *db.Tx) error { return r.Drop(ctx, tx, why) }
	}
	switch {
	case n.stale:
		drop("stale")
	case !n.held.IsZero():
		n.entry.Detail = "waits"
		end = func(ctx context.Context, tx *db.Tx) error { return r.Later(ctx, tx, n.held, "waits") }
	case n.email == "":
		drop("no_address")
	case s.Mail == nil:
		return errors.New("there is no mail server")
	default:
		tr := words.For(n.locale)
		if err := s.Mail.Send(ctx, mail.Message{To: n.email, Subject: tr.T("line.mail.subject"), Text: n.text(tr)}); err != nil {
			return unsent(n.kind, err)
		}
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := end(ctx, tx); err != nil {
			return err
		}
		return s.done(ctx, tx, n.entry)
	})
}

// jobKinds are those that fall with a booking, a shift or a strike.
var jobKinds = []string{jobMessage, jobOffer, jobSwap, jobMissing, jobMissingMail, jobFreed, jobHandover, jobHandoverMail, jobUnled}
