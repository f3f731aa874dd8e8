// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// Lead makes leader the one contact of each of led, from now on; "" leaves them with nobody. Whoever led one of them until now
// does so no more, and the person moves from that captain's turf to the new one's. Errors: Forbidden, Missing for anybody out of
// reach, Conflict for a leader or a person who is not in the unit, or who would lead herself.
func (s *Store) Lead(ctx context.Context, leader string, led []string) error {
	reach, err := auth.Allowed(ctx, auth.TurfManage)
	if err != nil {
		return err
	}
	if len(led) == 0 {
		return fault.Field("person", "organize.nobody_chosen")
	}
	if len(led) > mostBulk {
		return fault.Field("person", "organize.too_many", "Max", mostBulk)
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		var who someone
		if leader != "" {
			if who, err = within(ctx, tx, reach, leader); err != nil {
				return err
			}
			if who.status != roster.InUnit {
				return fault.New(fault.Conflict, "organize.lead_unit")
			}
		}
		slices.Sort(led) // two who appoint at once take the locks in one order
		for _, id := range slices.Compact(led) {
			p, err := within(ctx, tx, reach, id)
			if err != nil {
				return err
			}
			switch {
			case p.status != roster.InUnit && leader != "":
				return fault.New(fault.Conflict, "organize.lead_unit")
			case p.id == who.id:
				return fault.Field("leader", "organize.lead_self")
			}
			if err := appoint(ctx, tx, who.id, p.id); err != nil {
				return err
			}
		}
		changed(tx)
		if err := s.Rebuild(ctx, tx, led); err != nil {
			return err
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "leader.set", Scope: reach.Label(), Subjects: append(led, who.id), Count: len(led)})
		return err
	})
}

// appoint ends whatever leadership of led stands and begins the new one at the same instant. The unique index on the active rows
// decides where two did not see each other.
func appoint(ctx context.Context, tx *db.Tx, leader, led string) error {
	if err := tx.Lock(ctx, "person:"+led); err != nil {
		return fmt.Errorf("lock person: %w", err)
	}
	below, err := db.Strings(ctx, tx, sqlBelow, led)
	if err != nil {
		return fmt.Errorf("find merged records: %w", err)
	}
	by, now := audit.By(ctx).Account, tx.Now.UnixMilli()
	for _, id := range below {
		var row, was, set string
		var from int64
		ok, err := db.Found(tx.Row(ctx, `SELECT id, leader, set_id, since_at FROM leadership WHERE led = $1 AND until_at = 0`, id).Scan(&row, &was, &set, &from))
		if err != nil {
			return fmt.Errorf("read leadership: %w", err)
		}
		if !ok {
			continue
		}
		if was == leader && id == led {
			return nil
		}
		now = max(now, from) // a clock that was set back makes no two leaders at one instant
		if _, err := tx.Exec(ctx, `UPDATE leadership SET until_at = $1, ended_by = $2 WHERE id = $3`, now, by, row); err != nil {
			return fmt.Errorf("end leadership: %w", err)
		}
		if set != "" {
			if _, err := tx.Exec(ctx, `DELETE FROM people_set_member WHERE set_id = $1 AND person_id = $2`, set, id); err != nil {
				return fmt.Errorf("take from turf: %w", err)
			}
		}
	}
	if leader == "" {
		return nil
	}
	// Between the end of one and the beginning of the next nothing may lie: neither a gap nor an overlap.
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(until_at), 0) FROM leadership WHERE led = $1`, led).Scan(&now); err != nil {
		return fmt.Errorf("read leadership: %w", err)
	}
	now = max(now, tx.Now.UnixMilli())
	set, err := addToTurf(ctx, tx, leader, led)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO leadership (id, leader, led, since_at, set_id, by_account) VALUES ($1, $2, $3, $4, $5, $6)`,
		newID(), leader, led, now, set, by)
	if db.IsUnique(err) {
		return &fault.Error{Code: fault.Conflict, Key: "roster.changed_meanwhile", Err: err}
	} else if err != nil {
		return fmt.Errorf("begin leadership: %w", err)
	}
	return nil
}

// addToTurf puts led into the turf of the leader's captain grant, so that she sees whom she leads, and returns the turf when she
// was not in it before; "" for a leader without an account.
func addToTurf(ctx context.Context, tx *db.Tx, leader, led string) (string, error) {
	now := tx.Now.UnixMilli()
	var set string
	ok, err := db.Found(tx.Row(ctx, `SELECT g.scope_id FROM account a JOIN role_grant g ON g.account_id = a.id
		WHERE a.person_id = $1 AND a.suspended_at = 0 AND g.role = 'captain' AND g.scope_kind = 'turf' AND g.pending = 0 AND g.from_at <= $2
		AND g.until_at > $3 AND (g.ended_at = 0 OR g.ended_at > $4) ORDER BY g.id LIMIT 1`, leader, now, now, now).Scan(&set))
	if err != nil || !ok {
		return "", err
	}
	n, err := tx.ExecN(ctx, `INSERT INTO people_set_member (set_id, person_id, added_at) VALUES ($1, $2, $3)
		ON CONFLICT (set_id, person_id) DO NOTHING`, set, led, now)
	if err != nil {
		return "", fmt.Errorf("add to turf: %w", err)
	}
	if n == 0 {
		return "", nil
	}
	return set, nil
}

// Mark says that somebody is a leader in a role ("captain", "deputy"), or "" that she is none any more. Errors: Forbidden,
// Missing, Invalid for an unknown role, Conflict for somebody who is not in the unit.
func (s *Store) Mark(ctx context.Context, person, role string) error {
	reach, err := auth.Allowed(ctx, auth.TurfManage)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		p, err := within(ctx, tx, reach, person)
		if err != nil {
			return err
		}
		if role != "" && p.status != roster.InUnit {
			return fault.New(fault.Conflict, "organize.lead_unit")
		}
		if err := tx.Lock(ctx, "person:"+p.id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE leader_mark SET until_at = $1 WHERE person_id = $2 AND until_at = 0 AND role_id <> $3`, tx.Now.UnixMilli(), p.id, role); err != nil {
			return fmt.Errorf("end mark: %w", err)
		}
		if role != "" {
			var n int
			if err := tx.Row(ctx, `SELECT COUNT(*) FROM leader_role WHERE id = $1`, role).Scan(&n); err != nil {
				return fmt.Errorf("read leaders' roles: %w", err)
			}
			if n == 0 {
				return fault.Field("role", "organize.choose")
			}
			if _, err := tx.Exec(ctx, `INSERT INTO leader_mark (id, person_id, role_id, since_at, by_account) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (person_id) WHERE until_at = 0 DO NOTHING`, newID(), p.id, role, tx.Now.UnixMilli(), audit.By(ctx).Account); err != nil {
				return fmt.Errorf("mark leader: %w", err)
			}
		}
		if err := s.derive(ctx, tx, p.id, false); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "leader.mark", Object: "person:" + p.id, Subjects: []string{p.id}, Count: 1})
		return err
	})
}
