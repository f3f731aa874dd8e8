// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// SignUp books the caller, or gives her a number in the waiting list when every place is taken: which of the two stands in the Entry. One
// transaction: of two hundred who tap at once, one gets the last place. Errors: Conflict with the reason in words.
func (s *Store) SignUp(ctx context.Context, shiftID string, role Role) (*Entry, error) {
	person, err := me(ctx)
	if err != nil {
		return nil, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (*Entry, error) {
		e := &Entry{Shift: shiftID, Person: person, Role: role, Source: "self"}
		if err := s.book(ctx, tx, e, true); err != nil {
			return nil, err
		}
		return e, s.done(ctx, tx, audit.Entry{Verb: "shift.signup", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}

// Book books somebody whom the caller may see on a shift that she looks after. It does not wait: a shift that is full is refused. Errors: Missing,
// Conflict with the reason in words.
func (s *Store) Book(ctx context.Context, shiftID, person string, role Role) (*Entry, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (*Entry, error) {
		_, _, c, err := s.ledShift(ctx, tx, shiftID)
		if err != nil {
			return nil, err
		}
		if err := s.inReach(ctx, tx, person); err != nil {
			return nil, err
		}
		if !c.coordinates { // a captain makes no captains
			if err := briefed(ctx, tx, person, role); err != nil {
				return nil, err
			}
		}
		e := &Entry{Shift: shiftID, Person: person, Role: role, Source: "captain"}
		if err := s.book(ctx, tx, e, false); err != nil {
			return nil, err
		}
		return e, s.done(ctx, tx, audit.Entry{Verb: "shift.book", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}

// BookByName is Book for a whole name. Errors: Invalid too, when nobody whom the caller may see, or more than one, has it.
func (s *Store) BookByName(ctx context.Context, shiftID, name string, role Role) (*Entry, error) {
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]string, error) {
		if _, _, _, err := s.ledShift(ctx, tx, shiftID); err != nil {
			return nil, err
		}
		return named(ctx, tx, name)
	})
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fault.Field("name", "line.captain_unknown")
	}
	return s.Book(ctx, shiftID, all[0], role)
}

// book checks the reasons to refuse, then takes a place. What one person does at once queues behind herself, so that she cannot be at two lines.
func (s *Store) book(ctx context.Context, tx *db.Tx, e *Entry, wait bool) error {
	if err := tx.Lock(ctx, "line:person:"+e.Person); err != nil {
		return fmt.Errorf("lock person: %w", err)
	}
	if err := tx.Share(ctx, bookings); err != nil { // before the shift is read: it is not cancelled until this is over
		return fmt.Errorf("share bookings: %w", err)
	}
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil {
		return err
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	if x.Decided == Draft && e.Source == "self" {
		return missing() // members do not see it: it answers as what does not exist does
	}
	if err := s.open(ctx, tx, x, l, rules); err != nil {
		return err
	}
	if err := s.suits(ctx, tx, e, x, rules); err != nil {
		return err
	}
	took, err := take(ctx, tx, x.ID, e.Role)
	if err != nil {
		return err
	}
	if took {
		e.State, e.Held = Booked, true
		if err := addEntry(ctx, tx, e, e.Source); err != nil {
			return err
		}
		return s.remind(ctx, tx, e, x, l, rules)
	}
	if !wait {
		return full(x, e.Role)
	}
	e.State = Waiting
	if err := ticket(ctx, tx, e); err != nil {
		return err
	}
	if err := addEntry(ctx, tx, e, "full"); err != nil {
		return err
	}
	e.Number, err = number(ctx, tx, e)
	return err
}

// open says why nobody can book the shift now.
func (s *Store) open(ctx context.Context, tx *db.Tx, x *Shift, l *Line, rules Rules) error {
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil {
		return err
	}
	switch opens := x.Starts.Add(-time.Duration(rules.SignupAdvanceH) * time.Hour); {
	case strike.off() || x.Decided == Cancelled && x.OffWhy != byCoordinator:
		return fault.New(fault.Conflict, "line.strike_off")
	case x.Decided == Cancelled:
		return fault.New(fault.Conflict, "line.shift_off")
	case !tx.Now.Before(x.Ends):
		return fault.New(fault.Conflict, "line.over")
	case x.Decided == Draft || len(x.Needs) == 0:
		return fault.New(fault.Conflict, "line.not_open")
	case tx.Now.Before(opens):
		return &fault.Error{Code: fault.Conflict, Key: "line.not_open_until", Args: map[string]any{"Day": opens.Format(time.DateOnly)}}
	}
	return nil
}

// suits says why this person cannot have this place.
func (s *Store) suits(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, rules Rules) error {
	if x.Need(e.Role) == nil {
		return fault.New(fault.Conflict, "line.no_such_role")
	}
	a, err := availabilityOf(ctx, tx, e.Person)
	if err != nil {
		return err
	}
	if a.OtherDuty {
		return fault.New(fault.Conflict, "line.care_duty")
	}
	if e.Source == "self" {
		if err := briefed(ctx, tx, e.Person, e.Role); err != nil {
			return err
		}
	}
	return s.free(ctx, tx, e.Person, x, rules)
}

// briefed refuses a role that wants a briefing to somebody who had none.
func briefed(ctx context.Context, tx *db.Tx, person string, role Role) error {
	a, err := availabilityOf(ctx, tx, person)
	if err != nil {
		return err
	}
	if role == Captain && !a.Captain || role == Safety && !a.Safety {
		return fault.New(fault.Conflict, "line.needs_training", "Role", string(role))
	}
	return nil
}

// free says whether somebody is kept from the line, is elsewhere then, or would have too little rest. Shifts that follow one another on the same line do not need
// any between them.
func (s *Store) free(ctx context.Context, tx *db.Tx, person string, x *Shift, rules Rules) error {
	rest := time.Duration(rules.RestH) * time.Hour
	ids, err := selves(ctx, tx, person)
	if err != nil {
		return err
	}
	if err := banned(ctx, tx, ids, x); err != nil {
		return err
	}
	var name, tz, shift string
	var from, to int64
	var args db.Args
	starts, ends := x.Starts.UnixMilli(), x.Ends.UnixMilli()
	query := `SELECT s.id, l.name, l.tz, s.starts_at, s.ends_at FROM shift_entry e JOIN shift s ON s.id = e.shift_id JOIN line l ON l.id = s.line_id
		WHERE e.person_id IN ` + args.In(ids) + ` AND e.state IN ('booked', 'offered', 'swap_offered', 'attended') AND s.starts_at < ` +
		args.Add(x.Ends.Add(rest).UnixMilli()) + ` AND s.ends_at > ` + args.Add(x.Starts.Add(-rest).UnixMilli()) + ` AND s.id <> ` + args.Add(x.ID) +
		` AND NOT (s.line_id = ` + args.Add(x.LineID) + ` AND (s.ends_at = ` + args.Add(starts) + ` OR s.starts_at = ` + args.Add(ends) + `))
		ORDER BY CASE WHEN s.starts_at < ` + args.Add(ends) + ` AND s.ends_at > ` + args.Add(starts) + ` THEN 0 ELSE 1 END, s.starts_at, s.id LIMIT 1`
	switch err := tx.Row(ctx, query, args...).Scan(&shift, &name, &tz, &from, &to); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for clash: %w", err)
	}
	l := Line{Zone: tz}
	start, end := time.UnixMilli(from), time.UnixMilli(to)
	if start.Before(x.Ends) && end.After(x.Starts) {
		return &fault.Error{Code: fault.Conflict, Key: "line.clash", Args: map[string]any{
			"Line": name, "From": start.In(l.zone()).Format("15:04"), "To": end.In(l.zone()).Format("15:04"), "Shift": shift,
		}}
	}
	gap := start.Sub(x.Ends)
	if start.Before(x.Starts) {
		gap = x.Starts.Sub(end)
	}
	return fault.New(fault.Conflict, "line.rest", "H", int(gap.Hours()), "Min", rules.RestH)
}

// take gives one place, if there is one. The condition stands in the statement and a CHECK behind it.
func take(ctx context.Context, tx *db.Tx, shiftID string, role Role) (bool, error) {
	n, err := tx.ExecN(ctx, `UPDATE need SET taken = taken + 1 WHERE shift_id = $1 AND role = $2 AND taken < max`, shiftID, string(role))
	if err != nil {
		return false, fmt.Errorf("take place: %w", err)
	}
	return n == 1, nil
}

func full(x *Shift, role Role) error {
	return fault.New(fault.Conflict, keyFull, "Max", x.Need(role).Max)
}

const keyFull = "line.full"

const entryColumns = `SELECT id, shift_id, person_id, role, state, source, held, ticket, offer_until, confirmed_at, CASE WHEN confirmed_by <> '' THEN 1 ELSE 0 END, note, seq FROM shift_entry`

func scanEntry(r *sql.Rows) (e Entry, err error) {
	var until, confirmed int64
	var note string
	err = r.Scan(&e.ID, &e.Shift, &e.Person, &e.Role, &e.State, &e.Source, &e.Held, &e.Ticket, &until, &confirmed, &e.Told, &note, &e.Seq)
	if until > 0 {
		e.OfferUntil = time.UnixMilli(until)
	}
	if confirmed > 0 {
		e.Confirmed = time.UnixMilli(confirmed)
	}
	e.WantsOut = note == "wants_out"
	return e, err
}

func entriesOf(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Entry, error) {
	all, err := db.All(ctx, tx, scanEntry, entryColumns+" WHERE "+where+" LIMIT 400000", args...)
	if err != nil {
		return nil, fmt.Errorf("read bookings: %w", err)
	}
	return all, nil
}

// mine returns the person's live booking of a shift. Errors: Missing.
func mine(ctx context.Context, tx *db.Tx, shiftID, person string) (*Entry, error) {
	ids, err := selves(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	var args db.Args
	where := "shift_id = " + args.Add(shiftID) + " AND person_id IN " + args.In(ids) + " AND state <> 'cancelled' ORDER BY id"
	all, err := entriesOf(ctx, tx, where, args...)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Missing, "line.not_booked")
	}
	return &all[0], nil
}

// Cancel takes the caller off a shift, until three hours before it starts; who waits or was offered a place may always leave. The next in the
// waiting list is offered the place. Errors: Conflict when it is too late: her captain can still free her.
func (s *Store) Cancel(ctx context.Context, shiftID string) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return err
		}
		x, _, err := shiftOf(ctx, tx, shiftID)
		if err != nil {
			return err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return err
		}
		if late := !tx.Now.Before(x.Starts.Add(-rules.cancelUntil())); late && (e.State == Booked || e.State == SwapOffered) {
			return fault.New(fault.Conflict, "line.too_late_to_cancel", "H", rules.CancelUntilH)
		}
		if err := s.leave(ctx, tx, e, "self"); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.cancel", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}

// Release takes somebody off a shift for its captain, at any time before it ends. Who had a place is told.
func (s *Store) Release(ctx context.Context, entryID string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := s.led(ctx, tx, entryID)
		if err != nil {
			return err
		}
		held := e.Held
		if err := s.leave(ctx, tx, e, "captain"); err != nil {
			return err
		}
		if held {
			if err := s.tellGone(ctx, tx, e); err != nil {
				return err
			}
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.release", Object: "shift:" + e.Shift, Subjects: []string{e.Person}, Count: 1})
	})
}

// tellGone tells somebody that she is no longer on a shift, and need not come.
func (s *Store) tellGone(ctx context.Context, tx *db.Tx, e *Entry) error {
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, e, x, l, "handed_over")
}

// leave ends a booking and passes its place on.
func (s *Store) leave(ctx context.Context, tx *db.Tx, e *Entry, why string) error {
	held, was := e.Held, e.State
	if err := s.depart(ctx, tx, e, why); err != nil || !held {
		return err
	}
	if was != Offered {
		if err := s.tellCaptain(ctx, tx, e, heardLeft); err != nil {
			return err
		}
	}
	return s.pass(ctx, tx, e.Shift, e.Role, tx.Now, e)
}

// depart ends a booking with all that hangs on it; who gets a place that it held is the caller's to say.
func (s *Store) depart(ctx context.Context, tx *db.Tx, e *Entry, why string) error {
	e.OfferUntil = time.Time{}
	if err := move(ctx, tx, e, Leave, why); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE swap SET state = 'withdrawn', decided_by = $1 WHERE entry_id = $2 AND state IN ('open', 'taken')`,
		audit.By(ctx).Account, e.ID); err != nil {
		return fmt.Errorf("end swap: %w", err)
	}
	return forget(ctx, tx, e, why)
}
