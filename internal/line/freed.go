// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/job"
)

// freeFor says whether a place in a role is free.
func (s *Shift) freeFor(role Role) bool {
	n := s.Need(role)
	return s.Decided == Open && n != nil && n.Taken < n.Max
}

// askNearest has the nearest be asked to take a place that nobody waits for, unless they are being asked for another of that shift and role: then the same
// messages do for both.
func (s *Store) askNearest(ctx context.Context, tx *db.Tx, from *Entry, x *Shift, l *Line) error {
	key := shiftKey(l, x) + "freed/" + string(from.Role)
	var asking int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM job WHERE kind = $1 AND key = $2 AND key <> '' AND state IN ('waiting', 'running')`, jobFreed, key).Scan(&asking)
	if err != nil {
		return fmt.Errorf("look who is being asked: %w", err)
	}
	if asking > 0 {
		return nil
	}
	return job.Put(ctx, tx, job.Job{Kind: jobFreed, Key: key, Payload: note{Entry: from.ID, Seq: x.Seq}})
}

// askNext asks the next few, nearest first, and comes back when their time to answer is over: as long as the place is free and the shift has not begun. Whoever takes
// it first has it, also somebody who was not asked.
func (s *Store) askNext(ctx context.Context, tx *db.Tx, n note) error {
	all, err := entriesOf(ctx, tx, "id = $1", n.Entry)
	if err != nil || len(all) == 0 {
		return err
	}
	e := &all[0]
	x, l, err := shiftOf(ctx, tx, e.Shift)
	if err != nil || x.Seq != n.Seq || !x.freeFor(e.Role) || !tx.Now.Before(x.Starts) {
		return err
	}
	strike, err := s.strike(ctx, tx, l.Strike)
	if err != nil || strike.off() {
		return err
	}
	key := shiftKey(l, x) + "freed/" + string(e.Role)
	if until, err := s.held(ctx, tx); err != nil {
		return err
	} else if !until.IsZero() {
		return job.Put(ctx, tx, job.Job{Kind: jobFreed, Key: key, RunAt: until, Payload: n})
	}
	rules, err := rulesOf(ctx, tx)
	if err != nil {
		return err
	}
	near, err := s.near(ctx, tx, e, x, l, rules, rules.AskFreed, n.Asked)
	if err != nil || len(near) == 0 {
		return err
	}
	for _, person := range near {
		if err := s.ask(ctx, tx, e, x, l, "freed", person, x.Starts); err != nil {
			return err
		}
	}
	n.Asked = append(n.Asked, near...)
	again := rules.answerBy(tx.Now.In(l.zone()), x.Starts)
	if err := job.Put(ctx, tx, job.Job{Kind: jobFreed, Key: key, RunAt: again, Payload: n}); err != nil {
		return err
	}
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "shift.ask_nearest", Object: "shift:" + x.ID, Subjects: near, Count: len(near)})
	return err
}
