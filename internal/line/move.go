// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/picket"
)

// MoveShift gives a shift other hours, for the line's coordinator. Calendars follow (its sequence rises), reminders are queued anew, and everybody who
// is booked is told at once what it was and what it is. Nobody loses her place: who cannot come then cancels. Errors: Missing, Invalid by field,
// Conflict for a shift that has begun or is cancelled.
func (s *Store) MoveShift(ctx context.Context, shiftID, from, to string) (lineID string, err error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if err := tx.Lock(ctx, bookings); err != nil { // whoever books has messages for the one hours or the other
			return "", fmt.Errorf("lock bookings: %w", err)
		}
		x, l, err := shiftOf(ctx, tx, shiftID)
		if err != nil {
			return "", err
		}
		if _, err := s.manage(ctx, tx, l.ID); err != nil {
			return "", err
		}
		if x.Decided == Cancelled || !tx.Now.Before(x.Starts) {
			return "", fault.New(fault.Conflict, "line.moved_too_late")
		}
		was := *x
		if x.Starts, err = picket.WallTime(from, l.zone()); err != nil {
			return "", fault.Field("from", "line.wall."+err.Error(), "Text", from)
		}
		if x.Ends, err = picket.WallTime(to, l.zone()); err != nil {
			return "", fault.Field("to", "line.wall."+err.Error(), "Text", to)
		}
		if !x.Ends.After(x.Starts) || x.Starts.Before(tx.Now) {
			return "", fault.Field("to", "line.ends_before")
		}
		if was.Starts.Equal(x.Starts) && was.Ends.Equal(x.Ends) {
			return l.ID, nil // nothing to tell
		}
		x.Seq++
		_, err = tx.Exec(ctx, `UPDATE shift SET starts = $1, ends = $2, starts_at = $3, ends_at = $4, seq = $5 WHERE id = $6`,
			from, to, x.Starts.UnixMilli(), x.Ends.UnixMilli(), x.Seq, x.ID)
		if err != nil {
			return "", fmt.Errorf("move shift: %w", err)
		}
		if err := s.tellMoved(ctx, tx, x, l, note{WasStarts: was.Starts.UnixMilli(), WasEnds: was.Ends.UnixMilli()}); err != nil {
			return "", err
		}
		return l.ID, s.done(ctx, tx, audit.Entry{Verb: "shift.move", Object: "shift:" + x.ID})
	})
}

// tellMoved drops what was queued for the old hours or place and tells those who are booked what it was.
func (s *Store) tellMoved(ctx context.Context, tx *db.Tx, x *Shift, l *Line, was note) error {
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil {
		return err
	}
	if x.Decided == Open {
		if err := s.lookAtMissing(ctx, tx, x, l, rules, strike); err != nil {
			return err
		}
		if err := s.lookAtHandover(ctx, tx, x, l, strike); err != nil {
			return err
		}
	}
	entries, err := entriesOf(ctx, tx, "shift_id = $1 AND state IN ('booked', 'swap_offered') ORDER BY id", x.ID)
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		if _, err := job.Cancel(ctx, tx, jobMessage, jobKey(l, x, e, ""), "moved"); err != nil {
			return err
		}
		if err := s.reminders(ctx, tx, e, x, l, rules, strike); err != nil {
			return err
		}
		n := noteOf(e, x, strike, "changed", x.Ends)
		n.WasStarts, n.WasEnds, n.WasPlace = was.WasStarts, was.WasEnds, was.WasPlace
		if err := s.put(ctx, tx, n, e, x, l, tx.Now); err != nil {
			return err
		}
	}
	return nil
}
