// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// standing is what the caller is to a line. The zero standing is a stranger's.
type standing struct {
	coordinates bool     // sets needs, shifts, captains
	leads       bool     // the whole line: named for it, or by a grant that reaches it
	shifts      []string // those whose captain she is, from a day before the start to a day after the end
}

func (c standing) any() bool { return c.leads || len(c.shifts) > 0 }

// over says whether a shift of the line is hers to look after.
func (c standing) over(shift string) bool { return c.leads || slices.Contains(c.shifts, shift) }

// shiftReach is how long before and after her shift its captain may look after it.
const shiftReach = 24 * time.Hour

// may says what the caller is to a line now. Who is captain of one shift reaches that shift, and no other of the line.
func (s *Store) may(ctx context.Context, tx *db.Tx, l *Line) (standing, error) {
	return s.mayAt(ctx, tx, l, tx.Now)
}

// mayAt is may for the captain of a shift as of some moment: what she recorded while she was in charge is heard, however late her phone finds a signal.
func (s *Store) mayAt(ctx context.Context, tx *db.Tx, l *Line, at time.Time) (standing, error) {
	all, err := s.mayOf(ctx, tx, []Line{*l}, at)
	if err != nil {
		return standing{}, err
	}
	return all[0], nil
}

// mayOf says what the caller is to each of some lines as of a moment. However many they are, her own records are asked once.
func (s *Store) mayOf(ctx context.Context, tx *db.Tx, of []Line, at time.Time) ([]standing, error) {
	id := auth.By(ctx)
	if id == nil {
		return nil, fault.New(fault.SignedOut, "auth.signed_out")
	}
	out := make([]standing, len(of))
	manage, manages := id.Reach(mayManage)
	check, checks := id.Reach(mayCheckIn)
	index := map[string]int{} // those that no grant reaches
	for i := range of {
		switch l := &of[i]; {
		case manages && l.covers(manage):
			out[i] = standing{coordinates: true, leads: true}
		case checks && l.covers(check):
			out[i] = standing{leads: true}
		default:
			index[l.ID] = i
		}
	}
	if id.Person == "" || len(index) == 0 {
		return out, nil
	}
	ids, err := selves(ctx, tx, id.Person)
	if err != nil {
		return nil, err
	}
	var args db.Args
	named, err := db.Strings(ctx, tx, `SELECT line_id FROM line_captain WHERE person_id IN `+args.In(ids)+` ORDER BY line_id LIMIT 1000`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for captain: %w", err)
	}
	for _, line := range named {
		if i, ok := index[line]; ok {
			out[i] = standing{leads: true}
		}
	}
	args = nil
	query := `SELECT s.line_id, s.id FROM shift_entry e JOIN shift s ON s.id = e.shift_id WHERE e.person_id IN ` + args.In(ids) +
		` AND e.role = 'captain' AND e.state IN ('booked', 'swap_offered', 'attended') AND s.starts_at < ` + args.Add(at.Add(shiftReach).UnixMilli()) +
		` AND s.ends_at > ` + args.Add(at.Add(-shiftReach).UnixMilli()) + ` ORDER BY s.starts_at, s.id LIMIT 200`
	err = tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var line, shift string
		if err := r.Scan(&line, &shift); err != nil {
			return err
		}
		if i, ok := index[line]; ok && !out[i].leads {
			out[i].shifts = append(out[i].shifts, shift)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for captain of a shift: %w", err)
	}
	return out, nil
}

// ledOf are those of some lines that the caller leads, or a shift of them.
func (s *Store) ledOf(ctx context.Context, tx *db.Tx, of []Line) ([]Line, error) {
	all, err := s.mayOf(ctx, tx, of, tx.Now)
	if err != nil {
		return nil, err
	}
	var out []Line
	for i := range of {
		if all[i].any() {
			out = append(out, of[i])
		}
	}
	return out, nil
}

// lead returns the line and what the caller is to it, if she leads it or a shift of it. Errors: Missing, the same for one that does not exist.
func (s *Store) lead(ctx context.Context, tx *db.Tx, id string) (*Line, standing, error) {
	return s.leadAt(ctx, tx, id, tx.Now)
}

// leadAt is lead as of some moment of the last three days.
func (s *Store) leadAt(ctx context.Context, tx *db.Tx, id string, at time.Time) (*Line, standing, error) {
	l, err := lineOf(ctx, tx, id)
	if err != nil {
		return nil, standing{}, err
	}
	if at.After(tx.Now) || at.Before(tx.Now.Add(-longStale)) {
		at = tx.Now
	}
	c, err := s.mayAt(ctx, tx, l, at)
	if err != nil {
		return nil, standing{}, err
	}
	if !c.any() {
		return nil, standing{}, missing()
	}
	return l, c, nil
}

// manage returns the line if the caller coordinates it. Errors: Missing.
func (s *Store) manage(ctx context.Context, tx *db.Tx, id string) (*Line, error) {
	l, err := lineOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	c, err := s.may(ctx, tx, l)
	if err != nil {
		return nil, err
	}
	if !c.coordinates {
		return nil, missing()
	}
	return l, nil
}

// ledShift returns a shift that the caller looks after. Errors: Missing.
func (s *Store) ledShift(ctx context.Context, tx *db.Tx, id string) (*Shift, *Line, standing, error) {
	x, l, err := shiftOf(ctx, tx, id)
	if err != nil {
		return nil, nil, standing{}, err
	}
	c, err := s.may(ctx, tx, l)
	if err != nil {
		return nil, nil, standing{}, err
	}
	if !c.over(x.ID) {
		return nil, nil, standing{}, missing()
	}
	return x, l, c, nil
}

// led returns a booking of a shift that the caller looks after. Errors: Missing.
func (s *Store) led(ctx context.Context, tx *db.Tx, entryID string) (*Entry, error) {
	all, err := entriesOf(ctx, tx, "id = $1", entryID)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, missing()
	}
	if _, _, _, err := s.ledShift(ctx, tx, all[0].Shift); err != nil {
		return nil, err
	}
	return &all[0], nil
}

func missing() error { return fault.New(fault.Missing, "line.missing") }

// human returns the record that stands for a person now: her own, or the one that hers was joined to.
func human(ctx context.Context, tx *db.Tx, id string) (string, error) {
	for range 20 { // a chain of joins; a circle cannot be made
		var into string
		if _, err := db.Found(tx.Row(ctx, `SELECT merged_into FROM person WHERE id = $1`, id).Scan(&into)); err != nil {
			return "", fmt.Errorf("read person: %w", err)
		}
		if into == "" {
			return id, nil
		}
		id = into
	}
	return id, nil
}

// selves returns all records of one human being, the one that remains first: bookings and marks keep the record they were made for, since a join
// can be undone.
func selves(ctx context.Context, tx *db.Tx, id string) ([]string, error) {
	one, err := human(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all := []string{one}
	for i := 0; i < len(all) && i < 20; i++ {
		more, err := db.Strings(ctx, tx, `SELECT id FROM person WHERE merged_into = $1 AND merged_into <> '' ORDER BY id LIMIT 20`, all[i])
		if err != nil {
			return nil, fmt.Errorf("read joined records: %w", err)
		}
		all = append(all, more...)
	}
	return all, nil
}

// isMe says whether a person is the caller herself, by whatever record.
func isMe(ctx context.Context, tx *db.Tx, person string) (bool, error) {
	id := auth.By(ctx)
	if id == nil || id.Person == "" {
		return false, nil
	}
	one, err := human(ctx, tx, id.Person)
	if err != nil {
		return false, err
	}
	other, err := human(ctx, tx, person)
	return one == other, err
}
