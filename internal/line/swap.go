// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/picket"
)

// Swap is a booking that looks for somebody else.
type Swap struct {
	ID, Entry, State, Taker string
	Giver, Shift            string
}

// SeekOther offers the caller's place to others. Two colleagues who said that they can be asked and who live near are asked; she stays booked until
// somebody took it and the captain approved. Errors: Conflict when it starts too soon.
func (s *Store) SeekOther(ctx context.Context, shiftID string) (asked int, err error) {
	person, err := me(ctx)
	if err != nil {
		return 0, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return 0, err
		}
		x, l, err := shiftOf(ctx, tx, shiftID)
		if err != nil {
			return 0, err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return 0, err
		}
		ends := x.Starts.Add(-minutes(rules.SwapEndsMin))
		if !tx.Now.Before(ends) {
			return 0, fault.New(fault.Conflict, "line.swap_too_late", "Min", rules.SwapEndsMin)
		}
		e.WantsOut = true
		if err := move(ctx, tx, e, Seek, "self"); err != nil {
			return 0, err
		}
		id := newID()
		if _, err := tx.Exec(ctx, `INSERT INTO swap (id, entry_id, state, at) VALUES ($1, $2, 'open', $3)`, id, e.ID, tx.Now.UnixMilli()); err != nil {
			return 0, fmt.Errorf("offer place: %w", err)
		}
		near, err := s.near(ctx, tx, e, x, l, rules, rules.AskAtOnce, nil)
		if err != nil {
			return 0, err
		}
		for _, p := range near {
			if _, err := tx.Exec(ctx, `INSERT INTO swap_ask (swap_id, person_id, at) VALUES ($1, $2, $3)`, id, p, tx.Now.UnixMilli()); err != nil {
				return 0, fmt.Errorf("ask: %w", err)
			}
			if err := s.ask(ctx, tx, e, x, l, "asked", p, ends); err != nil {
				return 0, err
			}
		}
		if err := job.Put(ctx, tx, job.Job{Kind: jobSwap, Key: jobKey(l, x, e, "swap"), RunAt: ends, Payload: note{Entry: e.ID}}); err != nil {
			return 0, err
		}
		return len(near), s.done(ctx, tx, audit.Entry{Verb: "shift.offer", Object: "shift:" + shiftID, Subjects: append(near, person), Count: len(near)})
	})
}

// near returns the n who are asked first to come in somebody's place, by the way to the line: in the unit, can be asked, free then, fit for the role, no farther away than
// they said, and not among those asked before.
func (s *Store) near(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line, rules Rules, n int, before []string) ([]string, error) {
	type one struct {
		person, zip    string
		limit, minutes int
	}
	all, err := db.All(ctx, tx, func(r *sql.Rows) (o one, err error) { return o, r.Scan(&o.person, &o.zip, &o.limit) },
		`SELECT p.id, p.home_zip, a.max_travel FROM availability a JOIN person p ON p.id = a.person_id
			WHERE a.can_be_asked = 1 AND a.other_duty = 0 AND p.unit_status = 'in' AND p.merged_into = '' AND p.id <> $1
			AND (CAST($2 AS TEXT) NOT IN ('captain', 'safety') OR CAST($3 AS TEXT) = 'captain' AND a.captain = 1 OR CAST($4 AS TEXT) = 'safety' AND a.safety = 1)
			ORDER BY p.id LIMIT 400000`, e.Person, string(e.Role), string(e.Role), string(e.Role))
	if err != nil {
		return nil, fmt.Errorf("find colleagues: %w", err)
	}
	away := map[string]int{} // by ZIP: many live in few
	for i := range all {
		zip := all[i].zip
		if _, ok := away[zip]; !ok {
			away[zip] = picket.WayMinutes(zip, l.ZIP)
		}
		all[i].minutes = away[zip]
	}
	slices.SortStableFunc(all, func(a, b one) int { return cmp.Compare(a.minutes, b.minutes) })
	asked := map[string]bool{}
	for _, p := range before {
		asked[p] = true
	}
	var out []string
	for _, p := range all {
		if len(out) == n {
			break
		}
		if asked[p.person] || p.limit > 0 && p.minutes > p.limit {
			continue
		}
		if err := s.free(ctx, tx, p.person, x, rules); fault.CodeOf(err) == fault.Conflict {
			continue
		} else if err != nil {
			return nil, err
		}
		if _, err := mine(ctx, tx, x.ID, p.person); err == nil { // on the same shift already, or waiting for it
			continue
		} else if fault.CodeOf(err) != fault.Missing {
			return nil, err
		}
		out = append(out, p.person)
	}
	return out, nil
}

func swapOf(ctx context.Context, tx *db.Tx, id string) (*Swap, error) {
	var w Swap
	found, err := db.Found(tx.Row(ctx, `SELECT w.id, w.entry_id, w.state, w.taker_id, e.person_id, e.shift_id FROM swap w JOIN shift_entry e ON e.id = w.entry_id
		WHERE w.id = $1`, id).Scan(&w.ID, &w.Entry, &w.State, &w.Taker, &w.Giver, &w.Shift))
	if err != nil {
		return nil, fmt.Errorf("read swap: %w", err)
	}
	if !found {
		return nil, missing()
	}
	return &w, nil
}

// TakeSwap says that the caller comes instead; it waits for the captain's word. Of two at once one wins. Only who was asked may. Errors: Missing,
// Conflict when somebody else was faster, or she cannot come then.
func (s *Store) TakeSwap(ctx context.Context, swapID string) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "line:person:"+person); err != nil {
			return fmt.Errorf("lock person: %w", err)
		}
		w, err := swapOf(ctx, tx, swapID)
		if err != nil {
			return err
		}
		var asked int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM swap_ask WHERE swap_id = $1 AND person_id = $2`, w.ID, person).Scan(&asked); err != nil {
			return fmt.Errorf("look who was asked: %w", err)
		}
		if asked == 0 {
			return missing()
		}
		giver, err := entriesOf(ctx, tx, "id = $1", w.Entry)
		if err != nil || len(giver) == 0 {
			return cmp.Or(err, missing())
		}
		if err := s.comesFor(ctx, tx, person, &giver[0]); err != nil {
			return err
		}
		n, err := tx.ExecN(ctx, `UPDATE swap SET state = 'taken', taker_id = $1, taken_at = $2 WHERE id = $3 AND state = 'open'`, person, tx.Now.UnixMilli(), w.ID)
		if err != nil {
			return fmt.Errorf("take swap: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "line.swap_gone")
		}
		if err := s.tellCaptain(ctx, tx, &giver[0], heardTaken); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.swap_take", Object: "shift:" + w.Shift, Subjects: []string{person}, Count: 1})
	})
}

// comesFor says why somebody cannot come in another's place, by the rules of a sign-up: much may have changed since she was asked.
func (s *Store) comesFor(ctx context.Context, tx *db.Tx, person string, giver *Entry) error {
	x, l, err := shiftOf(ctx, tx, giver.Shift)
	if err != nil {
		return err
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := s.open(ctx, tx, x, l, rules); err != nil {
		return err
	}
	return s.suits(ctx, tx, &Entry{Shift: x.ID, Person: person, Role: giver.Role, Source: "self"}, x, rules)
}

// ApproveSwap puts the one in the other's place, for the line's captain: one out, one in, in one transaction, and the count never dips. Both are told.
// Errors: Conflict also when the captain is one of the two.
func (s *Store) ApproveSwap(ctx context.Context, swapID string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		w, err := swapOf(ctx, tx, swapID)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "line:person:"+w.Taker); err != nil {
			return fmt.Errorf("lock person: %w", err)
		}
		if w, err = swapOf(ctx, tx, swapID); err != nil { // another captain may have had the lock before
			return err
		}
		giver, err := s.led(ctx, tx, w.Entry)
		if err != nil {
			return err
		}
		for _, one := range []string{w.Giver, w.Taker} { // nobody decides for herself: another captain does, or the coordinator
			if own, err := isMe(ctx, tx, one); err != nil {
				return err
			} else if own {
				return fault.New(fault.Conflict, "line.swap_own")
			}
		}
		if w.State != "taken" {
			return fault.New(fault.Conflict, "line.swap_gone")
		}
		x, l, err := shiftOf(ctx, tx, w.Shift)
		if err != nil {
			return err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.comesFor(ctx, tx, w.Taker, giver); err != nil {
			return err
		}
		held := giver.Held
		// Her booking before her search, as when she cancels: on PostgreSQL the one waits for the other.
		if err := move(ctx, tx, giver, HandOver, "swap"); err != nil {
			return err
		}
		n, err := tx.ExecN(ctx, `UPDATE swap SET state = 'approved', decided_by = $1 WHERE id = $2 AND state = 'taken'`, audit.By(ctx).Account, w.ID)
		if err != nil {
			return fmt.Errorf("approve swap: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "line.swap_gone")
		}
		if err := forget(ctx, tx, giver, "swap"); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, giver, x, l, "handed_over"); err != nil {
			return err
		}
		e := &Entry{Shift: w.Shift, Person: w.Taker, Role: giver.Role, State: Booked, Source: "self", Held: held}
		if err := addEntry(ctx, tx, e, "swap"); err != nil { // the place is the giver's: nothing is taken
			return err
		}
		if err := s.remind(ctx, tx, e, x, l, rules); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.swap", Object: "shift:" + w.Shift, Subjects: []string{w.Giver, w.Taker}, Count: 2})
	})
}

// KeepPlace ends the caller's search: she comes herself.
func (s *Store) KeepPlace(ctx context.Context, shiftID string) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return err
		}
		e.WantsOut = false
		if err := s.endSwap(ctx, tx, e, "withdrawn", "self"); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.offer_back", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}

func (s *Store) endSwap(ctx context.Context, tx *db.Tx, e *Entry, to, why string) error {
	if err := move(ctx, tx, e, Keep, why); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE swap SET state = $1, decided_by = $2 WHERE entry_id = $3 AND state IN ('open', 'taken')`, to, audit.By(ctx).Account, e.ID); err != nil {
		return fmt.Errorf("end swap: %w", err)
	}
	return nil
}

// swapOver ends a search that nobody answered: she stays booked, with a note that she asked. Nobody is marked absent by a machine. Who has taken it
// already still waits for the captain.
func (s *Store) swapOver(ctx context.Context, tx *db.Tx, entryID string) error {
	all, err := entriesOf(ctx, tx, "id = $1", entryID)
	if err != nil || len(all) == 0 || all[0].State != SwapOffered {
		return err
	}
	var taken int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM swap WHERE entry_id = $1 AND state = 'taken'`, entryID).Scan(&taken); err != nil {
		return fmt.Errorf("look for taker: %w", err)
	}
	if taken > 0 {
		return nil
	}
	return s.endSwap(ctx, tx, &all[0], "expired", "nobody came forward")
}

// TellCaptain notes, and writes to her captain, that the caller asks to be freed when it is too late to leave by herself.
func (s *Store) TellCaptain(ctx context.Context, shiftID string) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := tx.Share(ctx, bookings); err != nil {
			return fmt.Errorf("share bookings: %w", err)
		}
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return err
		}
		if e.State != Booked && e.State != SwapOffered {
			return fault.New(fault.Conflict, "line.moved_on")
		}
		if _, err := tx.Exec(ctx, `UPDATE shift_entry SET note = 'wants_out' WHERE id = $1`, e.ID); err != nil {
			return fmt.Errorf("note wish: %w", err)
		}
		e.WantsOut = true
		if err := step(ctx, tx, e, e.State, "wants out"); err != nil {
			return err
		}
		if err := s.tellCaptain(ctx, tx, e, heardWish); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.wants_out", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}
