// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

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
