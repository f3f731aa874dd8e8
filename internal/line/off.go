// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
)

// StrikeChanged follows what happens to a strike, in the transaction in which it happens. Off: its future shifts are cancelled, hours of those that run end
// now, queued messages are taken back, and everybody who was booked is told once. A change of its hours leaves the shifts and stops
// their messages until the coordinator has looked (see KeepShifts); any other change lets them go on.
func (s *Store) StrikeChanged(ctx context.Context, tx *db.Tx, before, after Strike) error {
	if after.off() {
		if err := tx.Lock(ctx, bookings); err != nil {
			return fmt.Errorf("lock bookings: %w", err)
		}
	}
	if after.off() && (before.State == "noticed" || before.State == "on") {
		if err := s.askLeaders(ctx, tx, after); err != nil {
			return err
		}
	}
	all, err := shiftsOf(ctx, tx, "line_id IN (SELECT id FROM line WHERE strike_id = $1) AND state <> 'cancelled' AND ends_at > $2", after.ID, tx.Now.UnixMilli())
	if err != nil || len(all) == 0 {
		return err
	}
	if !after.off() {
		if before.Starts.Equal(after.Starts) && before.Ends.Equal(after.Ends) {
			return restamp(ctx, tx, all, after)
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
	for part := range slices.Chunk(all, 500) {
		if err := s.callOff(ctx, tx, part, after, told); err != nil {
			return err
		}
	}
	return s.done(ctx, tx, audit.Entry{Verb: "shift.off", Object: "strike:" + after.ID, Detail: after.State, Subjects: slices.Sorted(maps.Keys(told)), Count: len(all)})
}

// callOff cancels some shifts of a strike and all their bookings, and queues a message for each person who was not told before, those who stand there among them. It writes in a few statements
// whatever tens of thousands hold: nobody else can write meanwhile. Errors: Conflict where a booking moved on at that moment.
func (s *Store) callOff(ctx context.Context, tx *db.Tx, shifts []Shift, strike Strike, told map[string]bool) error {
	at := map[string]*Shift{}
	var ids, leaving []string
	for i := range shifts {
		shifts[i].Seq++
		at[shifts[i].ID] = &shifts[i]
		ids = append(ids, shifts[i].ID)
	}
	for state, ways := range next {
		if ways[Leave] == Off {
			leaving = append(leaving, string(state))
		}
	}
	slices.Sort(leaving)
	var args db.Args
	entries, err := entriesOf(ctx, tx, "shift_id IN "+args.In(ids)+" AND state IN "+args.In(leaving)+" ORDER BY shift_id, id", args...)
	if err != nil {
		return err
	}
	var moved [2]int
	for i, text := range []func(*db.Args) string{
		func(a *db.Args) string {
			return `INSERT INTO shift_step (entry_id, seq, from_state, to_state, why, by_account, at)
				SELECT e.id, COALESCE((SELECT MAX(t.seq) FROM shift_step t WHERE t.entry_id = e.id), 0) + 1, e.state, 'cancelled', CAST(` + a.Add(strike.State) + ` AS TEXT), CAST(` +
				a.Add(audit.By(ctx).Account) + ` AS TEXT), CAST(` + a.Add(tx.Now.UnixMilli()) + ` AS BIGINT) FROM shift_entry e WHERE e.shift_id IN ` + a.In(ids) + ` AND e.state IN ` + a.In(leaving)
		},
		func(a *db.Args) string {
			return `UPDATE shift_entry SET state = 'cancelled', held = 0, seq = seq + 1 WHERE shift_id IN ` + a.In(ids) + ` AND state IN ` + a.In(leaving)
		},
	} {
		args = nil
		query := text(&args)
		if moved[i], err = tx.ExecN(ctx, query, args...); err != nil {
			return fmt.Errorf("end bookings: %w", err)
		}
	}
	if moved[0] != len(entries) || moved[1] != len(entries) {
		return fault.New(fault.Conflict, "line.moved_on")
	}
	args = nil
	query := `UPDATE shift SET state = 'cancelled', off_why = ` + args.Add(strike.State) + `, off_at = ` + args.Add(tx.Now.UnixMilli()) + `, seq = seq + 1 WHERE id IN ` + args.In(ids)
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("cancel shifts: %w", err)
	}
	args = nil
	query = `UPDATE need SET taken = (SELECT COUNT(*) FROM shift_entry e WHERE e.shift_id = need.shift_id AND e.role = need.role
		AND e.state = 'attended' AND e.held = 1) WHERE shift_id IN ` + args.In(ids)
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("free places: %w", err)
	}
	tx.Touch(Topic)
	args = nil
	standing, err := entriesOf(ctx, tx, "shift_id IN "+args.In(ids)+" AND state = 'attended' ORDER BY shift_id, id", args...)
	if err != nil {
		return err
	}
	l := Line{Strike: strike.ID} // all that a message's key needs of it
	entries = append(standing, entries...)
	for i := range entries {
		e := &entries[i]
		if told[e.Person] {
			continue
		}
		told[e.Person] = true
		x := at[e.Shift]
		if err := s.put(ctx, tx, noteOf(e, x, strike, "off", x.Ends), e, x, &l, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

// CancelShift takes a shift away, for the line's coordinator, until check-in opens. Its bookings end, its messages are taken back, and everybody who was on it or
// waited is told at once; drafts go without a word. Errors: Missing, Conflict for one that runs or is over: hours worked are never deleted.
func (s *Store) CancelShift(ctx context.Context, shiftID string) (lineID string, err error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if err := tx.Lock(ctx, bookings); err != nil {
			return "", fmt.Errorf("lock bookings: %w", err)
		}
		x, l, err := shiftOf(ctx, tx, shiftID)
		if err != nil {
			return "", err
		}
		if _, err := s.manage(ctx, tx, l.ID); err != nil {
			return "", err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return "", err
		}
		if x.Decided == Cancelled || !tx.Now.Before(x.Starts.Add(-rules.checkinOpens())) {
			return "", fault.New(fault.Conflict, "line.off_too_late")
		}
		for _, kind := range jobKinds {
			if _, err := job.Cancel(ctx, tx, kind, shiftKey(l, x), "cancelled"); err != nil {
				return "", err
			}
		}
		told := map[string]bool{}
		if err := s.callOff(ctx, tx, []Shift{*x}, Strike{ID: l.Strike, State: byCoordinator}, told); err != nil {
			return "", err
		}
		return l.ID, s.done(ctx, tx, audit.Entry{Verb: "shift.off_one", Object: "shift:" + x.ID, Subjects: slices.Sorted(maps.Keys(told)), Count: len(told)})
	})
}

// byCoordinator is why a shift is cancelled that no strike's state took away.
const byCoordinator = "coordinator"

// restamp gives shifts the strike's present version: the stale guard lets their messages through again, however many wait, since it asks the shift.
func restamp(ctx context.Context, tx *db.Tx, all []Shift, strike Strike) error {
	for part := range slices.Chunk(all, 500) {
		var args db.Args
		query := `UPDATE shift SET facts_version = ` + args.Add(strike.FactsVersion) + ` WHERE id IN `
		var ids []string
		for i := range part {
			ids = append(ids, part[i].ID)
		}
		query += args.In(ids)
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return fmt.Errorf("restamp shifts: %w", err)
		}
	}
	tx.Touch(Topic)
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
		if err := restamp(ctx, tx, all, strike); err != nil {
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
