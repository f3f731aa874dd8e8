// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/picket"
)

// SetRole gives somebody who is booked on a shift, or is there, another role on it, for whoever looks after the shift: one that she was briefed for and
// that has a place left. She is told; the next who waits for her old place is offered it. Errors: Missing, Conflict with the reason in words.
func (s *Store) SetRole(ctx context.Context, entryID string, role Role) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := s.led(ctx, tx, entryID)
		if err != nil {
			return err
		}
		refused, err := s.exchange(ctx, tx, []Place{{Person: e.Person, Shift: e.Shift, From: e.Shift, Role: role}}, nil)
		if err != nil {
			return err
		}
		if reason := refused[0]; reason != nil {
			return reason
		}
		return s.done(ctx, tx, audit.Entry{Verb: "shift.role", Object: "shift:" + e.Shift, Detail: string(role), Subjects: []string{e.Person}, Count: 1})
	})
}

// rise ends somebody's role on a shift: she is about to take another one there, and has none in between.
func (s *Store) rise(ctx context.Context, tx *db.Tx, e *Entry, role Role) error {
	if e.State == SwapOffered { // what was offered was another place than hers will be
		if err := s.endSwap(ctx, tx, e, "withdrawn", "role"); err != nil {
			return err
		}
	}
	if e.State != Booked && e.State != Attended || e.Role == role {
		return fault.New(fault.Conflict, "line.moved_on")
	}
	n, err := tx.ExecN(ctx, `UPDATE shift_entry SET held = 0, seq = seq + 1 WHERE id = $1 AND state = $2 AND role = $3`, e.ID, string(e.State), string(e.Role))
	if err != nil {
		return fmt.Errorf("end role: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "line.moved_on")
	}
	return nil
}

// settleAs gives her the other role, and tells her.
func (s *Store) settleAs(ctx context.Context, tx *db.Tx, e *Entry, role Role) error {
	x, l, err := shiftOf(ctx, tx, e.Shift)
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
	if x.Need(role) == nil {
		return fault.New(fault.Conflict, "line.no_such_role")
	}
	if err := briefed(ctx, tx, e.Person, role); err != nil {
		return err
	}
	took, err := take(ctx, tx, x.ID, role)
	if err != nil {
		return err
	}
	if !took {
		return full(x, role)
	}
	was := e.Role
	e.Role, e.Held, e.Seq = role, true, e.Seq+1
	if _, err := tx.Exec(ctx, `UPDATE shift_entry SET role = $1, held = 1 WHERE id = $2`, string(role), e.ID); err != nil {
		return fmt.Errorf("give role: %w", err)
	}
	if err := step(ctx, tx, e, e.State, string(was)+" to "+string(role)); err != nil {
		return err
	}
	return s.tell(ctx, tx, e, x, l, "role")
}

// colleagues is how many of a shift's own people are offered for a role on it.
const colleagues = 2

// sqlColleagues are who is booked on a shift or is there, does not want out and was briefed for the role, captains apart: those there first, then those who said that
// they come, and those last whom safety or the reserve would miss. By shift_entry_queue and the keys of the others.
const sqlColleagues = `SELECT e.person_id, e.role FROM shift_entry e JOIN shift s ON s.id = e.shift_id JOIN availability a ON a.person_id = e.person_id
	JOIN person p ON p.id = e.person_id
	WHERE e.shift_id = $1 AND e.state IN ('booked', 'attended') AND e.note = '' AND e.role NOT IN ('captain', CAST($2 AS TEXT)) AND e.person_id <> $3
	AND p.unit_status = 'in' AND a.other_duty = 0 AND (CAST($4 AS TEXT) = 'captain' AND a.captain = 1 OR CAST($5 AS TEXT) = 'safety' AND a.safety = 1)
	AND (e.state = 'booked' OR COALESCE((SELECT c.kind FROM checkin c WHERE c.person_id = e.person_id AND c.line_id = s.line_id ORDER BY c.at DESC, c.id DESC LIMIT 1), 'in') = 'in')
	ORDER BY CASE e.role WHEN 'safety' THEN 1 WHEN 'standby' THEN 2 ELSE 0 END, CASE WHEN e.state = 'attended' THEN 0 WHEN e.confirmed_at > 0 THEN 1 ELSE 2 END, e.id
	LIMIT $6`

// stepUp returns who of a shift could take the place of one of its captains or safety people in her stead. Nobody has to travel for it: her own place is then open.
func stepUp(ctx context.Context, tx *db.Tx, e *Entry, x *Shift) ([]Answer, error) {
	n := x.Need(e.Role)
	if e.Role != Captain && e.Role != Safety || n == nil || n.Taken-bit(e.Held) >= n.Max {
		return nil, nil
	}
	helps := ""
	switch left := n.Taken - bit(e.Held); {
	case left < n.Min && e.Role == Captain:
		helps = picket.ShortCaptain.String()
	case left < n.Min:
		helps = picket.ShortMin.String()
	case left < n.Target:
		helps = picket.ShortTarget.String()
	}
	role := string(e.Role)
	all, err := db.All(ctx, tx, func(r *sql.Rows) (Answer, error) {
		p := Place{Line: x.LineID, Shift: x.ID, From: x.ID, Role: e.Role}
		err := r.Scan(&p.Person, &p.left)
		return Answer{Chain: 1, Places: []Place{p}, Helps: helps}, err
	}, sqlColleagues, x.ID, role, e.Person, role, role, colleagues)
	if err != nil {
		return nil, fmt.Errorf("look among those on the shift: %w", err)
	}
	return all, nil
}
