// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// sqlInherit gives a shift the needs of an owner. A line that says nothing of standby has one for every ten it wants: about so many do not come (picket 6.5).
const sqlInherit = `INSERT INTO need (shift_id, role, min, target, max, source)
	SELECT CAST($1 AS TEXT), d.role, d.min, d.target, d.max, CAST($2 AS TEXT) FROM (SELECT role, min, target, max FROM need_default WHERE owner = $3 AND max > 0
		UNION ALL SELECT 'standby', 0, (target + 9) / 10, (target + 9) / 10 FROM need_default WHERE owner = $4 AND role = 'line' AND target > 0
			AND NOT EXISTS (SELECT 1 FROM need_default WHERE owner = $5 AND role = 'standby')) AS d WHERE d.max > 0
	ON CONFLICT (shift_id, role) DO UPDATE SET min = excluded.min, target = excluded.target,
		max = CASE WHEN excluded.max < need.taken THEN need.taken ELSE excluded.max END, source = excluded.source
	WHERE need.source <> 'shift'`

// inherit gives a shift its line's needs, or those of its kind where the line has none. Needs of its own stay; a standby that nobody wants any more goes, unless
// somebody stands by or waits to.
func inherit(ctx context.Context, tx *db.Tx, x *Shift) error {
	for _, owner := range []string{"line:" + x.LineID, "kind:" + x.Kind} {
		n, err := tx.ExecN(ctx, sqlInherit, x.ID, strings.SplitN(owner, ":", 2)[0], owner, owner, owner)
		if err != nil {
			return fmt.Errorf("inherit needs: %w", err)
		}
		if n == 0 {
			continue
		}
		_, err = tx.Exec(ctx, `DELETE FROM need WHERE shift_id = $1 AND role = 'standby' AND source <> 'shift' AND EXISTS
			(SELECT 1 FROM need_default d WHERE d.owner = $2 AND d.role = 'standby' AND d.max = 0) AND NOT EXISTS
			(SELECT 1 FROM shift_entry e WHERE e.shift_id = need.shift_id AND e.role = need.role AND e.state <> 'cancelled' AND e.source <> 'walk_in')`, x.ID, owner)
		if err != nil {
			return fmt.Errorf("drop standby: %w", err)
		}
		return nil
	}
	return nil
}

// SetNeeds says what a line ("line:<id>"), a kind of shift ("kind:day", "kind:night") or one shift ("shift:<id>") needs. What inherits from it
// changes with it; a shift loses the roles that are not named; nobody who is booked loses her place. Errors: Invalid by field, Missing.
func (s *Store) SetNeeds(ctx context.Context, owner string, needs []Need) error {
	reach, err := auth.Allowed(ctx, mayManage)
	if err != nil {
		return err
	}
	for _, n := range needs {
		if !slices.Contains(Roles, n.Role) || n.Min < 0 || n.Min > n.Target || n.Target > n.Max || n.Max > 100000 {
			return fault.Field(string(n.Role), "line.need_order")
		}
	}
	kind, id, _ := strings.Cut(owner, ":")
	if kind == "shift" { // a role without places is none; of a line it says that there is no standby
		needs = slices.DeleteFunc(slices.Clone(needs), func(n Need) bool { return n.Max == 0 })
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, bookings); err != nil { // it counts all places anew
			return fmt.Errorf("lock bookings: %w", err)
		}
		if kind == "shift" {
			return s.shiftNeeds(ctx, tx, id, needs)
		}
		where, args := "kind = $1 AND state <> 'cancelled'", []any{id}
		switch kind {
		case "line":
			if _, err := s.manage(ctx, tx, id); err != nil {
				return err
			}
			where = "line_id = $1 AND state <> 'cancelled'"
		case "kind":
			if !reach.All || id != "day" && id != "night" {
				return missing()
			}
		default:
			return missing()
		}
		if _, err := tx.Exec(ctx, `DELETE FROM need_default WHERE owner = $1`, owner); err != nil {
			return fmt.Errorf("set needs: %w", err)
		}
		var rows [][]any
		for _, n := range needs {
			rows = append(rows, []any{owner, string(n.Role), n.Min, n.Target, n.Max})
		}
		if err := tx.Insert(ctx, "need_default", []string{"owner", "role", "min", "target", "max"}, rows); err != nil {
			return err
		}
		all, err := shiftsOf(ctx, tx, where, args...)
		if err != nil {
			return err
		}
		for i := range all {
			if all[i].Ends.Before(tx.Now) {
				continue
			}
			if err := inherit(ctx, tx, &all[i]); err != nil {
				return err
			}
			if err := s.advanceAll(ctx, tx, all[i].ID); err != nil {
				return err
			}
		}
		return s.done(ctx, tx, audit.Entry{Verb: "line.needs", Object: owner, Count: len(needs)})
	})
}

func (s *Store) shiftNeeds(ctx context.Context, tx *db.Tx, id string, needs []Need) error {
	x, l, err := shiftOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := s.manage(ctx, tx, l.ID); err != nil {
		return err
	}
	for _, n := range needs {
		if was := x.Need(n.Role); was != nil && n.Max < was.Taken {
			return fault.Field(string(n.Role), "line.need_taken", "N", was.Taken)
		}
		_, err := tx.Exec(ctx, `INSERT INTO need (shift_id, role, min, target, max, source) VALUES ($1, $2, $3, $4, $5, 'shift')
			ON CONFLICT (shift_id, role) DO UPDATE SET min = excluded.min, target = excluded.target, max = excluded.max, source = 'shift'`,
			x.ID, string(n.Role), n.Min, n.Target, n.Max)
		if err != nil {
			return fmt.Errorf("set need: %w", err)
		}
	}
	for _, was := range x.Needs { // a role that is not named any more goes, unless somebody stands or waits for it
		if slices.ContainsFunc(needs, func(n Need) bool { return n.Role == was.Role }) {
			continue
		}
		n, err := tx.ExecN(ctx, `DELETE FROM need WHERE shift_id = $1 AND role = $2 AND NOT EXISTS
			(SELECT 1 FROM shift_entry e WHERE e.shift_id = need.shift_id AND e.role = need.role AND e.state <> 'cancelled' AND e.source <> 'walk_in')`, x.ID, string(was.Role))
		if err != nil {
			return fmt.Errorf("drop need: %w", err)
		}
		if n == 0 {
			return fault.Field(string(was.Role), "line.need_taken", "N", max(was.Taken, 1))
		}
	}
	if err := s.advanceAll(ctx, tx, x.ID); err != nil {
		return err
	}
	return s.done(ctx, tx, audit.Entry{Verb: "line.needs", Object: "shift:" + x.ID, Count: len(needs)})
}
