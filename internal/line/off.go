// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/job"
)

// StrikeChanged follows what happens to a strike, in the transaction in which it happens. Off: its future shifts are cancelled, hours of those that run end
// now, queued messages are taken back, and everybody who was booked is told once. A change of its hours leaves the shifts and stops
// their messages until the coordinator has looked (see KeepShifts); any other change lets them go on.
func (s *Store) StrikeChanged(ctx context.Context, tx *db.Tx, before, after Strike) error {
	all, err := shiftsOf(ctx, tx, "line_id IN (SELECT id FROM line WHERE strike_id = $1) AND state <> 'cancelled' AND ends_at > $2", after.ID, tx.Now.UnixMilli())
	if err != nil || len(all) == 0 {
		return err
	}
	if !after.off() {
		if before.Starts.Equal(after.Starts) && before.Ends.Equal(after.Ends) {
			return s.restamp(ctx, tx, all, after)
		}
		tx.Touch(Topic)
		return nil
	}
	for _, kind := range jobKinds {
		if _, err := job.Cancel(ctx, tx, kind, after.ID+"/", after.State); err != nil {
			return err
		}
	}
	told := map[string]bool{}
	var ids []string
	for i := range all {
		x := &all[i]
		l, err := lineOf(ctx, tx, x.LineID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE shift SET state = 'cancelled', off_why = $1, off_at = $2, seq = seq + 1 WHERE id = $3`, after.State, tx.Now.UnixMilli(), x.ID); err != nil {
			return fmt.Errorf("cancel shift: %w", err)
		}
		x.Seq++
		if _, err := tx.Exec(ctx, `UPDATE need SET taken = (SELECT COUNT(*) FROM shift_entry e WHERE e.shift_id = need.shift_id AND e.role = need.role
			AND e.state = 'attended' AND e.held = 1) WHERE shift_id = $1`, x.ID); err != nil {
			return fmt.Errorf("free places: %w", err)
		}
		entries, err := entriesOf(ctx, tx, "shift_id = $1 AND state IN ('booked', 'waitlist', 'offered', 'swap_offered') ORDER BY id", x.ID)
		if err != nil {
			return err
		}
		for k := range entries {
			e := &entries[k]
			if err := move(ctx, tx, e, Leave, after.State); err != nil {
				return err
			}
			if told[e.Person] {
				continue
			}
			told[e.Person] = true
			ids = append(ids, e.Person)
			if err := s.tell(ctx, tx, e, x, l, "off"); err != nil {
				return err
			}
		}
	}
	slices.Sort(ids)
	return s.done(ctx, tx, audit.Entry{Verb: "shift.off", Object: "strike:" + after.ID, Detail: after.State, Subjects: ids, Count: len(all)})
}

// restamp gives shifts and their reminders the strike's present version, so that the stale guard lets them through.
func (s *Store) restamp(ctx context.Context, tx *db.Tx, all []Shift, strike Strike) error {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	for i := range all {
		x := &all[i]
		l, err := lineOf(ctx, tx, x.LineID)
		if err != nil {
			return err
		}
		x.Starts, x.Ends = x.Starts.In(l.zone()), x.Ends.In(l.zone())
		if _, err := tx.Exec(ctx, `UPDATE shift SET facts_version = $1 WHERE id = $2`, strike.FactsVersion, x.ID); err != nil {
			return fmt.Errorf("restamp shift: %w", err)
		}
		if x.Decided == Open {
			if err := s.lookAtMissing(ctx, tx, x, l, rules, strike); err != nil {
				return err
			}
		}
		entries, err := entriesOf(ctx, tx, "shift_id = $1 AND state IN ('booked', 'swap_offered', 'attended') ORDER BY id", x.ID)
		if err != nil {
			return err
		}
		for k := range entries {
			if err := s.reminders(ctx, tx, &entries[k], x, l, rules, strike); err != nil {
				return err
			}
		}
	}
	return nil
}

// KeepShifts says that the shifts of a line hold although the strike's facts have changed: their reminders go on.
func (s *Store) KeepShifts(ctx context.Context, lineID string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		l, err := s.manage(ctx, tx, lineID)
		if err != nil {
			return err
		}
		strike, err := s.strike(ctx, tx, l.Strike)
		if err != nil {
			return err
		}
		all, err := shiftsOf(ctx, tx, "line_id = $1 AND state = 'open' AND ends_at > $2", l.ID, tx.Now.UnixMilli())
		if err != nil {
			return err
		}
		if err := s.restamp(ctx, tx, all, strike); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.keep", Object: "line:" + l.ID, Count: len(all)})
	})
}

// Effect is what a step of the strike would do here, in numbers: Key is a plural sentence.
type Effect struct {
	Key string
	N   int
}

// WouldCancel says what the strike's state would do to shifts and people; nothing where it would leave them.
func (s *Store) WouldCancel(ctx context.Context, tx *db.Tx, strike Strike) ([]Effect, error) {
	if !strike.off() {
		return nil, nil
	}
	var shifts, people int
	err := tx.Row(ctx, `SELECT (SELECT COUNT(*) FROM shift s JOIN line l ON l.id = s.line_id WHERE l.strike_id = $1 AND s.state <> 'cancelled' AND s.ends_at > $2),
		(SELECT COUNT(DISTINCT e.person_id) FROM shift_entry e JOIN shift s ON s.id = e.shift_id JOIN line l ON l.id = s.line_id
			WHERE l.strike_id = $3 AND s.state <> 'cancelled' AND s.ends_at > $4 AND e.state IN ('booked', 'waitlist', 'offered', 'swap_offered'))`,
		strike.ID, tx.Now.UnixMilli(), strike.ID, tx.Now.UnixMilli()).Scan(&shifts, &people)
	if err != nil {
		return nil, fmt.Errorf("count shifts: %w", err)
	}
	if shifts == 0 {
		return nil, nil
	}
	return []Effect{{"line.effect.shifts", shifts}, {"line.effect.people", people}}, nil
}
