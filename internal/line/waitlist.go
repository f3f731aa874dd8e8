// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
)

// ticket gives a number in the waiting list; those who ask at once queue for it.
func ticket(ctx context.Context, tx *db.Tx, e *Entry) error {
	err := tx.Row(ctx, `UPDATE need SET tickets = tickets + 1 WHERE shift_id = $1 AND role = $2 RETURNING tickets`, e.Shift, string(e.Role)).Scan(&e.Ticket)
	if err != nil {
		return fmt.Errorf("take number: %w", err)
	}
	return nil
}

// number is a place in the waiting list, from 1.
func number(ctx context.Context, tx *db.Tx, e *Entry) (n int, err error) {
	err = tx.Row(ctx, `SELECT COUNT(*) FROM shift_entry WHERE shift_id = $1 AND role = $2 AND state = 'waitlist' AND ticket <= $3`,
		e.Shift, string(e.Role), e.Ticket).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count waiting: %w", err)
	}
	return n, nil
}

// sqlNext are those who wait and have not let an offer of this place run out. By shift_entry_queue, and the steps of each by their key.
const sqlNext = `shift_id = $1 AND role = $2 AND state = 'waitlist' AND NOT EXISTS (SELECT 1 FROM shift_step t WHERE t.entry_id = shift_entry.id
	AND t.from_state = 'offered' AND t.to_state = 'waitlist' AND t.at > $3) ORDER BY ticket`

// pass gives a place that became free at a moment to the next who waits, or back to all: it goes down the list once, and nobody is asked twice for it. Back to all, it is
// open to whoever looks, and the nearest who can be asked are told of it. from is who had it, or let the offer of it run out; nil for a place that is new.
func (s *Store) pass(ctx context.Context, tx *db.Tx, shiftID string, role Role, free time.Time, from *Entry) error {
	x, l, err := shiftOf(ctx, tx, shiftID)
	if err != nil {
		return err
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	if x.Decided == Open && tx.Now.Before(x.Ends) {
		waiting, err := entriesOf(ctx, tx, sqlNext, shiftID, string(role), free.UnixMilli())
		if err != nil {
			return err
		}
		for i := range waiting {
			e := &waiting[i]
			if err := s.free(ctx, tx, e.Person, x, rules); fault.CodeOf(err) == fault.Conflict {
				continue // she has found another place meanwhile; she keeps her number
			} else if err != nil {
				return err
			}
			if e.OfferUntil, err = s.answerBy(ctx, tx, e.Person, x, l, rules); err != nil {
				return err
			}
			if err := move(ctx, tx, e, Hold, "next in line"); fault.CodeOf(err) == fault.Conflict {
				continue // she has left meanwhile, or another place that came free is hers
			} else if err != nil {
				return err
			}
			if err := job.Put(ctx, tx, job.Job{Kind: jobOffer, Key: jobKey(l, x, e, "offer"), RunAt: e.OfferUntil, Payload: note{Entry: e.ID, Free: free.UnixMilli()}}); err != nil {
				return err
			}
			return s.tell(ctx, tx, e, x, l, "offered")
		}
	}
	_, err = tx.Exec(ctx, `UPDATE need SET taken = taken - 1 WHERE shift_id = $1 AND role = $2`, shiftID, string(role))
	if err != nil {
		return fmt.Errorf("free place: %w", err)
	}
	if from == nil || x.Decided != Open || !tx.Now.Before(x.Starts) {
		return nil
	}
	return s.askNearest(ctx, tx, from, x, l)
}

// advanceAll offers places that a larger need has made to those who wait.
func (s *Store) advanceAll(ctx context.Context, tx *db.Tx, shiftID string) error {
	for {
		n, err := db.Strings(ctx, tx, `SELECT n.role FROM need n WHERE n.shift_id = $1 AND n.taken < n.max
			AND EXISTS (SELECT 1 FROM shift_entry e WHERE e.shift_id = n.shift_id AND e.role = n.role AND e.state = 'waitlist') ORDER BY n.role LIMIT 1`, shiftID)
		if err != nil {
			return fmt.Errorf("look who waits: %w", err)
		}
		if len(n) == 0 {
			return nil
		}
		before, err := entriesOf(ctx, tx, "shift_id = $1 AND role = $2 AND state = 'waitlist' ORDER BY ticket", shiftID, n[0])
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE need SET taken = taken + 1 WHERE shift_id = $1 AND role = $2`, shiftID, n[0]); err != nil {
			return fmt.Errorf("hold place: %w", err)
		}
		if err := s.pass(ctx, tx, shiftID, Role(n[0]), tx.Now, nil); err != nil {
			return err
		}
		after, err := entriesOf(ctx, tx, "shift_id = $1 AND role = $2 AND state = 'waitlist' ORDER BY ticket", shiftID, n[0])
		if err != nil || len(after) == len(before) {
			return err
		}
	}
}

// TakeOffer books the caller on the place that is held for her. Errors: Conflict when it ran out, or she is elsewhere by now.
func (s *Store) TakeOffer(ctx context.Context, shiftID string) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "line:person:"+person); err != nil {
			return fmt.Errorf("lock person: %w", err)
		}
		e, err := mine(ctx, tx, shiftID, person)
		if err != nil {
			return err
		}
		x, l, err := shiftOf(ctx, tx, shiftID)
		if err != nil {
			return err
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return err
		}
		if e.State == Offered && !tx.Now.Before(e.OfferUntil) {
			return fault.New(fault.Conflict, "line.offer_over")
		}
		if err := s.free(ctx, tx, person, x, rules); err != nil {
			return err
		}
		e.OfferUntil = time.Time{}
		if err := move(ctx, tx, e, Take, "self"); err != nil {
			return err
		}
		if err := s.remind(ctx, tx, e, x, l, rules); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.signup", Object: "shift:" + shiftID, Subjects: []string{person}, Count: 1})
	})
}

// lapse ends an offer that was not taken: she goes to the end of the list, the next in it who has not been asked for this place is.
func (s *Store) lapse(ctx context.Context, tx *db.Tx, n note) error {
	all, err := entriesOf(ctx, tx, "id = $1", n.Entry)
	if err != nil || len(all) == 0 || all[0].State != Offered || tx.Now.Before(all[0].OfferUntil) {
		return err
	}
	e := &all[0]
	if again, err := s.extend(ctx, tx, e, n); again || err != nil {
		return err
	}
	if err := tx.Share(ctx, bookings); err != nil {
		return fmt.Errorf("share bookings: %w", err)
	}
	if err := ticket(ctx, tx, e); err != nil {
		return err
	}
	e.OfferUntil = time.Time{}
	if err := move(ctx, tx, e, Lapse, "ran out"); err != nil {
		return err
	}
	return s.pass(ctx, tx, e.Shift, e.Role, time.UnixMilli(n.Free), e)
}

// answerBy returns until when somebody may take a place that becomes free now. While mail is held nobody hears of it: her time begins when the Hold ends.
func (s *Store) answerBy(ctx context.Context, tx *db.Tx, person string, x *Shift, l *Line, rules Rules) (time.Time, error) {
	zone, err := zoneOf(ctx, tx, person, l)
	if err != nil {
		return time.Time{}, err
	}
	from, err := s.held(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	if !from.After(tx.Now) || !from.Before(x.Starts) {
		from = tx.Now
	}
	return rules.answerBy(from.In(zone), x.Starts), nil
}

// extend gives an offer more time that ran out while mail was held, and says whether it did.
func (s *Store) extend(ctx context.Context, tx *db.Tx, e *Entry, n note) (bool, error) {
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil {
		return false, err
	}
	until, err := s.held(ctx, tx)
	if err != nil || until.IsZero() || !until.Before(x.Starts) {
		return false, err
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return false, err
	}
	if e.OfferUntil, err = s.answerBy(ctx, tx, e.Person, x, l, rules); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `UPDATE shift_entry SET offer_until = $1 WHERE id = $2 AND state = 'offered'`, e.OfferUntil.UnixMilli(), e.ID); err != nil {
		return false, fmt.Errorf("extend offer: %w", err)
	}
	return true, job.Put(ctx, tx, job.Job{Kind: jobOffer, Key: jobKey(l, x, e, "offer"), RunAt: e.OfferUntil, Payload: n})
}
