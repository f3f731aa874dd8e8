// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Availability is what a member offers. Why somebody has other duty is not asked.
type Availability struct {
	Person     string
	MaxShifts  int
	MaxTravel  int // minutes; 0: the campaign's limit
	Captain    bool
	Safety     bool
	Standby    bool
	CanBeAsked bool
	OddHours   bool // messages at night about her own shift
	OtherDuty  bool
	ShowPhone  bool // as the captain of a shift, to those on it, from the day before to its end
	Slots      []Slot
}

// Slot is a time in which shifts lie, at whatever line, and what she says to it: yes, if_needed, or "" for no.
type Slot struct {
	Starts, Ends time.Time
	Answer       string
}

func availabilityOf(ctx context.Context, tx *db.Tx, person string) (Availability, error) {
	a := Availability{Person: person, MaxShifts: 1}
	_, err := db.Found(tx.Row(ctx, `SELECT max_shifts, max_travel, captain, safety, standby, can_be_asked, odd_hours, other_duty, show_phone FROM availability
		WHERE person_id = $1`, person).Scan(&a.MaxShifts, &a.MaxTravel, &a.Captain, &a.Safety, &a.Standby, &a.CanBeAsked, &a.OddHours, &a.OtherDuty, &a.ShowPhone))
	if err != nil {
		return a, fmt.Errorf("read availability: %w", err)
	}
	return a, nil
}

// Offer records what the caller offers. The roles that need a briefing stay as the coordinator set them.
func (s *Store) Offer(ctx context.Context, a Availability) error {
	person, err := me(ctx)
	if err != nil {
		return err
	}
	if a.MaxShifts < 0 || a.MaxShifts > 20 {
		return fault.Field("max_shifts", "line.max_shifts_range")
	}
	if a.MaxTravel < 0 || a.MaxTravel > 600 {
		return fault.Field("max_travel", "line.max_travel_range")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO availability (person_id, max_shifts, max_travel, standby, can_be_asked, odd_hours, other_duty, show_phone, by_account, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (person_id) DO UPDATE SET max_shifts = excluded.max_shifts,
			max_travel = excluded.max_travel, standby = excluded.standby, can_be_asked = excluded.can_be_asked, odd_hours = excluded.odd_hours,
			other_duty = excluded.other_duty, show_phone = excluded.show_phone, by_account = excluded.by_account, at = excluded.at`,
			person, a.MaxShifts, a.MaxTravel, bit(a.Standby), bit(a.CanBeAsked), bit(a.OddHours), bit(a.OtherDuty), bit(a.ShowPhone), audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("record availability: %w", err)
		}
		return s.offerSlots(ctx, tx, person, a.Slots)
	})
}

// offerSlots records what was said to each slot; what is no slot of an open shift is left out.
func (s *Store) offerSlots(ctx context.Context, tx *db.Tx, person string, slots []Slot) error {
	known, err := slotsOf(ctx, tx, person)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, slot := range slots {
		i := slices.IndexFunc(known, func(k Slot) bool { return k.Starts.Equal(slot.Starts) && k.Ends.Equal(slot.Ends) })
		if i < 0 || known[i].Answer == slot.Answer {
			continue
		}
		if known[i].Answer != "" {
			if _, err := tx.Exec(ctx, `DELETE FROM available WHERE person_id = $1 AND starts_at = $2 AND ends_at = $3`, person, slot.Starts.UnixMilli(), slot.Ends.UnixMilli()); err != nil {
				return fmt.Errorf("take hours back: %w", err)
			}
		}
		known[i].Answer = slot.Answer // said twice in one form, the last counts
		if slot.Answer == "yes" || slot.Answer == "if_needed" {
			rows = append(rows, []any{person, slot.Starts.UnixMilli(), slot.Ends.UnixMilli(), slot.Answer})
		}
	}
	if err := tx.Insert(ctx, "available", []string{"person_id", "starts_at", "ends_at", "answer"}, rows); err != nil {
		return err
	}
	return s.done(ctx, tx, audit.Entry{Verb: "shift.hours", Object: "person:" + person, Subjects: []string{person}, Count: 1})
}

// Brief says for which roles somebody has been briefed. Errors: Missing.
func (s *Store) Brief(ctx context.Context, lineID, person string, captain, safety bool) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := s.manage(ctx, tx, lineID); err != nil {
			return err
		}
		if err := s.inReach(ctx, tx, person); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO availability (person_id, captain, safety, by_account, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (person_id) DO UPDATE SET captain = excluded.captain, safety = excluded.safety, by_account = excluded.by_account, at = excluded.at`,
			person, bit(captain), bit(safety), audit.By(ctx).Account, tx.Now.UnixMilli())
		if err != nil {
			return fmt.Errorf("record briefing: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.brief", Object: "person:" + person, Subjects: []string{person}, Count: 1})
	})
}

// slotsOf are the times in which open shifts of the campaign lie from now on, with what somebody said to each. Drafts say nothing to members.
func slotsOf(ctx context.Context, tx *db.Tx, person string) ([]Slot, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (s Slot, err error) {
		var from, to int64
		err = r.Scan(&from, &to, &s.Answer)
		s.Starts, s.Ends = time.UnixMilli(from), time.UnixMilli(to)
		return s, err
	}, `SELECT s.starts_at, s.ends_at, COALESCE(MAX(a.answer), '') FROM shift s LEFT JOIN available a ON a.person_id = $1 AND a.starts_at = s.starts_at AND a.ends_at = s.ends_at
		WHERE s.state = 'open' AND s.starts_at > $2 GROUP BY s.starts_at, s.ends_at ORDER BY s.starts_at, s.ends_at LIMIT 500`, person, tx.Now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read hours: %w", err)
	}
	return all, nil
}
