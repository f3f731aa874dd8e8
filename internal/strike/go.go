// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/notice"
)

// goWindow is how long before the start two people may say Go.
const goWindow = 24 * time.Hour

// Word is one person's Go.
type Word struct {
	By, Name string
	Device   string
	At       time.Time
}

// SayGo is the caller's word that it begins at the stated time. Two people's are needed in the 24 hours before; once the minute
// has passed nobody can say it any more. Errors: Missing, Forbidden for one human's second word, Conflict outside the window, or
// when what made it "noticed" holds no more: the verdict, a receipt's proof, reviews and counsel's word on the facts as they are.
func (s *Store) SayGo(ctx context.Context, id string) error {
	if _, err := auth.Allowed(ctx, mayConfirm); err != nil {
		return err
	}
	return s.locked(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		start := a.Starts.Begin()
		switch {
		case a.State != Noticed:
			return fault.New(fault.Conflict, "strike.refused."+string(a.State))
		case !b.now.Before(start):
			return fault.New(fault.Conflict, "strike.go.too_late")
		case start.Sub(b.now) > goWindow:
			return fault.New(fault.Conflict, "strike.go.early")
		}
		if err := s.ready(ctx, tx, b, a); err != nil {
			return err
		}
		said, err := words(ctx, tx, a)
		if err != nil {
			return err
		}
		for _, w := range said {
			if err := secondTo(ctx, tx, w.By, w.Device); err != nil {
				return err
			}
		}
		me := auth.By(ctx)
		_, err = tx.Exec(ctx, `INSERT INTO strike_go (strike_id, facts_version, account_id, device_id, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (strike_id, facts_version, account_id) DO UPDATE SET at = excluded.at, device_id = excluded.device_id, taken_back_at = 0`,
			a.ID, a.FactsVersion, me.Account, me.Device, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("record word: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.go", Object: "strike:" + id})
	})
}

// TakeGoBack takes the caller's own word back, while it has not begun. Errors: Missing, Conflict.
func (s *Store) TakeGoBack(ctx context.Context, id string) error {
	if _, err := auth.Allowed(ctx, mayConfirm); err != nil {
		return err
	}
	return s.locked(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		n, err := tx.ExecN(ctx, `UPDATE strike_go SET taken_back_at = $1 WHERE strike_id = $2 AND facts_version = $3 AND account_id = $4 AND taken_back_at = 0`,
			tx.Now.UnixMilli(), a.ID, a.FactsVersion, auth.By(ctx).Account)
		if err != nil || n == 0 || a.State != Noticed {
			return orConflict(err, "strike.go.none")
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.go_back", Object: "strike:" + id})
	})
}

// words returns who said Go for the facts as they are now, in the 24 hours before the start, in order: one for each human, and none
// of who could not say it today.
func words(ctx context.Context, tx *db.Tx, a *Action) ([]Word, error) {
	if a.Starts.IsZero() {
		return nil, nil
	}
	start := a.Starts.Begin()
	all, err := db.All(ctx, tx, func(r *sql.Rows) (w Word, err error) {
		var at int64
		err = r.Scan(&w.By, &w.Name, &w.Device, &at)
		w.At = time.UnixMilli(at)
		return w, err
	}, `SELECT g.account_id, COALESCE(a.display, ''), g.device_id, g.at FROM strike_go g LEFT JOIN account a ON a.id = g.account_id
		WHERE g.strike_id = $1 AND g.facts_version = $2 AND g.taken_back_at = 0 AND g.at >= $3 AND g.at < $4
		ORDER BY g.at, g.account_id LIMIT 100`, a.ID, a.FactsVersion, start.Add(-goWindow).UnixMilli(), start.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read who said Go: %w", err)
	}
	var out []Word
	for _, w := range all {
		counts, err := stillMay(ctx, tx, w.By, w.Device, mayConfirm)
		for _, o := range out {
			if counts && err == nil {
				var same bool
				same, err = oneHuman(ctx, tx, o.By, w.By)
				counts = !same
			}
		}
		if err != nil {
			return nil, err
		}
		if counts {
			out = append(out, w)
		}
	}
	return out, nil
}

// voided returns how many accounts said Go for facts that have changed since: their word counts no more.
func voided(ctx context.Context, tx *db.Tx, a *Action) (n int, err error) {
	err = tx.Row(ctx, `SELECT COUNT(DISTINCT g.account_id) FROM strike_go g WHERE g.strike_id = $1 AND g.facts_version < $2 AND g.taken_back_at = 0
		AND NOT EXISTS (SELECT 1 FROM strike_go x WHERE x.strike_id = g.strike_id AND x.account_id = g.account_id AND x.facts_version = $3)`,
		a.ID, a.FactsVersion, a.FactsVersion).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read who said Go before: %w", err)
	}
	return n, nil
}

// said returns how many said Go.
func (b *book) said(ctx context.Context, tx *db.Tx, a *Action) (int, error) {
	all, err := words(ctx, tx, a)
	return len(all), err
}

// Tick makes the steps whose time has come: an action begins at its stated start if two people said Go, and ends at its stated
// end. Without their Go it stays noticed for good: late is not begun. It may be called at any time, by the clock alone.
func (s *Store) Tick(ctx context.Context) error {
	due, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]string, error) {
		return db.Strings(ctx, tx, `SELECT id FROM strike WHERE state = 'noticed' AND starts_at <= $1 OR state = 'on' AND ends_at > 0 AND ends_at <= $2
			ORDER BY starts_at, id LIMIT 500`, tx.Now.UnixMilli(), tx.Now.UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("look for due strikes: %w", err)
	}
	var errs []error
	for _, id := range due {
		for _, e := range []Event{Begin, End} { // a program that slept through both makes both
			if err := s.tick(ctx, id, e); err != nil && fault.CodeOf(err) != fault.Conflict {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Store) tick(ctx context.Context, id string, e Event) error {
	return s.locked(ctx, func(tx *db.Tx, b *book) error {
		a, err := b.action(id)
		if err != nil {
			return err
		}
		if _, err := a.State.Next(e); err != nil {
			return err
		}
		at := a.Starts
		if e == End {
			at = a.Ends
		}
		if at.IsZero() || b.now.Before(at.Begin()) {
			return fault.New(fault.Conflict, "strike.go.early")
		}
		if err := s.guard(ctx, tx, b, a, e, "clock"); err != nil {
			return err
		}
		return s.move(ctx, tx, b, a, moving{event: e, at: at})
	})
}

// The alarm clock's jobs; the key is the action.
const (
	jobBegin = "strike.begin"
	jobEnd   = "strike.end"
)

// schedule sets the alarm clock for what the clock does next with an action, and for nothing else.
func schedule(ctx context.Context, tx *db.Tx, a *Action) error {
	for kind, due := range map[string]struct {
		at notice.Moment
		on bool
	}{jobBegin: {a.Starts, a.State == Noticed}, jobEnd: {a.Ends, a.State == On}} {
		var err error
		if due.on && !due.at.IsZero() {
			err = job.Put(ctx, tx, job.Job{Kind: kind, Key: a.ID, RunAt: due.at.Begin(), Payload: a.ID})
		} else {
			_, err = job.Cancel(ctx, tx, kind, a.ID, "changed")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Alarms has the queue make the steps whose time has come.
func (s *Store) Alarms(q *job.Queue) {
	for _, kind := range []string{jobBegin, jobEnd} {
		q.Handle(kind, func(ctx context.Context, _ job.Run) error { return s.Tick(ctx) })
	}
}
