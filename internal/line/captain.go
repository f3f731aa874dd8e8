// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
)

// What the captain of a shift is written to about.
const (
	heardLeft  = "captain_left"  // somebody has left, shortly before the start
	heardTaken = "captain_taken" // somebody takes another's place, and it waits for the captain
	heardWish  = "captain_wish"  // somebody asks to be freed who may not leave by herself any more
)

var toCaptain = []string{heardLeft, heardTaken, heardWish}

const (
	leftLate     = 12 * time.Hour // before the start: from then on the captain hears of each who leaves
	captainAwake = 3 * time.Hour  // before the start she is written to also at night
)

// sqlShiftCaptains are who is booked to lead a shift beside somebody; where nobody is, whom its line names.
const sqlShiftCaptains = `SELECT e.person_id FROM shift_entry e WHERE e.shift_id = $1 AND e.person_id <> $2 AND e.role = 'captain' AND e.state IN ('booked', 'swap_offered', 'attended')
	UNION SELECT c.person_id FROM line_captain c WHERE c.line_id = $3 AND c.person_id <> $4 AND NOT EXISTS (SELECT 1 FROM shift_entry e WHERE e.shift_id = $5
		AND e.person_id <> $6 AND e.role = 'captain' AND e.state IN ('booked', 'swap_offered', 'attended')) ORDER BY 1 LIMIT 20`

// tellCaptain queues a message to the captain of a shift about one of its bookings, without a name: that stands on the list. Whoever did it herself is not told.
// Where nobody else leads it, headquarters hears of what waits for somebody's word, and that the captain has left.
func (s *Store) tellCaptain(ctx context.Context, tx *db.Tx, e *Entry, kind string) error {
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil {
		return err
	}
	if x.Decided != Open || !tx.Now.Before(x.Ends) || kind == heardLeft && x.Starts.Sub(tx.Now) >= leftLate {
		return nil
	}
	all, err := db.Strings(ctx, tx, sqlShiftCaptains, x.ID, e.Person, l.ID, e.Person, x.ID, e.Person)
	if err != nil {
		return fmt.Errorf("read captains of shift: %w", err)
	}
	if len(all) == 0 && (kind != heardLeft || e.Role == Captain) {
		return s.tellHeadquarters(ctx, tx, e, x, l, kind)
	}
	for _, person := range slices.Compact(all) {
		if own, err := isMe(ctx, tx, person); err != nil {
			return err
		} else if own {
			continue
		}
		if err := s.ask(ctx, tx, e, x, l, kind, person, x.Ends); err != nil {
			return err
		}
	}
	return nil
}

// tellHeadquarters queues one letter to each who coordinates the line, but not to the caller.
func (s *Store) tellHeadquarters(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line, kind string) error {
	to, err := s.headquarters(ctx, tx, l)
	if err != nil {
		return err
	}
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(to, func(account string) bool { return account == audit.By(ctx).Account })
	return write(ctx, tx, jobUnled, jobKey(l, x, e, kind), noteOf(e, x, strike, kind, x.Ends), to)
}

// sendUnled writes to one of them, without a name, unless it is so no more.
func (s *Store) sendUnled(ctx context.Context, r job.Run, words *i18n.Bundle) error {
	var n note
	if err := r.Read(&n); err != nil {
		return err
	}
	var x *Shift
	var l *Line
	var role Role
	var email, locale string
	var held time.Time
	stale, err := db.InRead(ctx, s.d, func(tx *db.Tx) (bool, error) {
		all, err := entriesOf(ctx, tx, "id = $1", n.Entry)
		if err != nil || len(all) == 0 {
			return true, err
		}
		role = all[0].Role
		if x, l, err = shiftOf(ctx, tx, all[0].Shift); err != nil {
			return true, err
		}
		strike, err := s.strike(ctx, tx, l.Strike)
		if err != nil || n.stale(tx.Now, &all[0], x, strike) {
			return true, err
		}
		captains, err := db.Strings(ctx, tx, sqlShiftCaptains, x.ID, all[0].Person, l.ID, all[0].Person, x.ID, all[0].Person)
		if err != nil || len(captains) > 0 {
			return true, err
		}
		if held, err = s.held(ctx, tx); err != nil {
			return true, err
		}
		_, err = db.Found(tx.Row(ctx, `SELECT email, locale FROM account WHERE id = $1 AND suspended_at = 0`, n.To).Scan(&email, &locale))
		return false, err
	})
	if err != nil {
		return fmt.Errorf("read who leads the shift: %w", err)
	}
	return s.post(ctx, r, words, notice{
		kind: n.Kind, email: email, locale: locale, stale: stale, held: held,
		text: func(tr *i18n.Translator) string {
			return tr.M("line.mail.unled."+n.Kind, map[string]any{"Line": l.Name, "When": span(tr, x), "Role": tr.T("line.role." + string(role)), "Link": s.BaseURL + "/lines/" + l.ID + "/day"})
		},
		entry: audit.Entry{Verb: "line.unled", Object: "entry:" + n.Entry, Detail: n.Kind},
	})
}
