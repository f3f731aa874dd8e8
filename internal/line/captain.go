// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/db"
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

// sqlShiftCaptains are who is booked to lead a shift; where nobody is, whom its line names.
const sqlShiftCaptains = `SELECT e.person_id FROM shift_entry e WHERE e.shift_id = $1 AND e.role = 'captain' AND e.state IN ('booked', 'swap_offered', 'attended')
	UNION SELECT c.person_id FROM line_captain c WHERE c.line_id = $2 AND NOT EXISTS (SELECT 1 FROM shift_entry e WHERE e.shift_id = $3 AND e.role = 'captain'
		AND e.state IN ('booked', 'swap_offered', 'attended')) ORDER BY 1 LIMIT 20`

// tellCaptain queues a message to the captain of a shift about one of its bookings, without a name: that stands on the list. Whoever did it herself is not told.
func (s *Store) tellCaptain(ctx context.Context, tx *db.Tx, e *Entry, kind string) error {
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil {
		return err
	}
	if x.Decided != Open || !tx.Now.Before(x.Ends) || kind == heardLeft && x.Starts.Sub(tx.Now) >= leftLate {
		return nil
	}
	all, err := db.Strings(ctx, tx, sqlShiftCaptains, x.ID, l.ID, x.ID)
	if err != nil {
		return fmt.Errorf("read captains of shift: %w", err)
	}
	for _, person := range slices.Compact(all) {
		if own, err := isMe(ctx, tx, person); err != nil {
			return err
		} else if own || person == e.Person {
			continue
		}
		if err := s.ask(ctx, tx, e, x, l, kind, person, x.Ends); err != nil {
			return err
		}
	}
	return nil
}
