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

// Edit changes what a line is called, where it is and what there is nearby; its worksite, zone and strike stay. Where the place is another, calendars follow, and everybody
// who is booked ahead is told at once what it was and what it is; told says how many. Errors: Missing, Invalid by field, Conflict for a closed line.
func (s *Store) Edit(ctx context.Context, lineID string, to Line) (told int, err error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (int, error) {
		l, err := s.manage(ctx, tx, lineID)
		if err != nil {
			return 0, err
		}
		if err := tx.Lock(ctx, bookings); err != nil { // whoever books is told of the one place or the other
			return 0, fmt.Errorf("lock bookings: %w", err)
		}
		if l.Closed {
			return 0, fault.New(fault.Conflict, "line.closed")
		}
		was := *l
		l.Name, l.Place, l.ZIP, l.PublicWay, l.Parking, l.Toilets, l.Shelter = to.Name, to.Place, to.ZIP, to.PublicWay, to.Parking, to.Toilets, to.Shelter
		if err := l.check(); err != nil {
			return 0, err
		}
		if *l == was {
			return 0, nil
		}
		_, err = tx.Exec(ctx, `UPDATE line SET name = $1, place = $2, zip = $3, public_way = $4, parking = $5, toilets = $6, shelter = $7 WHERE id = $8`,
			l.Name, l.Place, l.ZIP, l.PublicWay, l.Parking, l.Toilets, l.Shelter, l.ID)
		if err != nil {
			return 0, fmt.Errorf("edit line: %w", err)
		}
		people := map[string]bool{}
		if l.Place != was.Place {
			if people, err = s.tellPlace(ctx, tx, l, was.Place); err != nil {
				return 0, err
			}
		}
		return len(people), s.done(ctx, tx, audit.Entry{Verb: "line.edit", Object: "line:" + l.ID, Subjects: slices.Sorted(maps.Keys(people)), Count: len(people)})
	})
}

// tellPlace raises the sequence of the shifts that are not over, and tells those who are booked on them.
func (s *Store) tellPlace(ctx context.Context, tx *db.Tx, l *Line, was string) (map[string]bool, error) {
	all, err := shiftsOf(ctx, tx, "line_id = $1 AND state <> 'cancelled' AND ends_at > $2", l.ID, tx.Now.UnixMilli())
	if err != nil {
		return nil, err
	}
	people := map[string]bool{}
	for i := range all {
		x := &all[i]
		x.Starts, x.Ends, x.Seq = x.Starts.In(l.zone()), x.Ends.In(l.zone()), x.Seq+1
		if _, err := tx.Exec(ctx, `UPDATE shift SET seq = $1 WHERE id = $2`, x.Seq, x.ID); err != nil {
			return nil, fmt.Errorf("raise shift: %w", err)
		}
		if err := s.tellMoved(ctx, tx, x, l, note{WasPlace: was}); err != nil {
			return nil, err
		}
		booked, err := db.Strings(ctx, tx, `SELECT person_id FROM shift_entry WHERE shift_id = $1 AND state IN ('booked', 'swap_offered') ORDER BY person_id LIMIT 20000`, x.ID)
		if err != nil {
			return nil, fmt.Errorf("read who is told: %w", err)
		}
		for _, p := range booked {
			people[p] = true
		}
	}
	return people, nil
}

// ahead counts the bookings of a line's shifts that have not begun: of those who hold a place, and who wait for one.
func ahead(ctx context.Context, tx *db.Tx, lineID string) (n int, err error) {
	err = tx.Row(ctx, `SELECT COUNT(*) FROM shift s JOIN shift_entry e ON e.shift_id = s.id WHERE s.line_id = $1 AND s.state <> 'cancelled' AND s.starts_at > $2
		AND e.state IN ('booked', 'swap_offered', 'offered', 'waitlist')`, lineID, tx.Now.UnixMilli()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count bookings ahead: %w", err)
	}
	return n, nil
}

// CloseLine ends a line: it gets no more shifts, those that run end now, those ahead are cancelled. Bookings ahead stand in the way unless they are to be cancelled with it: then
// everybody is told as of any cancelled shift. Hours that were worked stay. Errors: Missing, Conflict.
func (s *Store) CloseLine(ctx context.Context, lineID string, cancel bool) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		l, err := s.manage(ctx, tx, lineID)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, bookings); err != nil {
			return fmt.Errorf("lock bookings: %w", err)
		}
		if l.Closed {
			return fault.New(fault.Conflict, "line.closed")
		}
		n, err := ahead(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		if n > 0 && !cancel {
			return fault.New(fault.Conflict, "line.close_booked", "N", n)
		}
		all, err := shiftsOf(ctx, tx, "line_id = $1 AND state <> 'cancelled' AND ends_at > $2", l.ID, tx.Now.UnixMilli())
		if err != nil {
			return err
		}
		told := map[string]bool{}
		for part := range slices.Chunk(all, 500) {
			for i := range part {
				for _, kind := range jobKinds {
					if _, err := job.Cancel(ctx, tx, kind, shiftKey(l, &part[i]), "closed"); err != nil {
						return err
					}
				}
			}
			if err := s.callOff(ctx, tx, part, Strike{ID: l.Strike, State: byCoordinator}, told); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE line SET closed_at = $1 WHERE id = $2`, tx.Now.UnixMilli(), l.ID); err != nil {
			return fmt.Errorf("close line: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.close", Object: "line:" + l.ID, Subjects: slices.Sorted(maps.Keys(told)), Count: len(all)})
	})
}
