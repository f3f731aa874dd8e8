// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/work"
)

// Begin runs verb ("preview", "apply" or "undo") on list id in the background of the caller, and returns when it has ended or
// after patience, whichever comes first. The error is that of work that ended in time.
func (s *Store) Begin(ctx context.Context, id, verb string, patience time.Duration) (ended bool, err error) {
	run := map[string]work.Run{
		"preview": func(ctx context.Context, progress func(done, total int)) error { return s.Preview(ctx, id, progress) },
		"apply":   func(ctx context.Context, progress func(done, total int)) error { return s.apply(ctx, id, progress) },
		"undo":    func(ctx context.Context, _ func(done, total int)) error { _, err := s.Undo(ctx, id); return err },
	}[verb]
	if run == nil {
		return false, fmt.Errorf("begin %s: no such work on a list", verb)
	}
	return s.works.Begin(ctx, id, verb, patience, run)
}

// Close ends the work under way, which leaves nothing half done, and waits for it.
func (s *Store) Close() error { return s.works.Close() }

// Start clears what a program that was killed left behind: a preview that did not come to its end is no preview.
func (s *Store) Start(ctx context.Context) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		ids, err := db.Strings(ctx, tx, `SELECT id FROM list_import WHERE working <> '' ORDER BY id LIMIT 1000`)
		if err != nil {
			return fmt.Errorf("find lists in work: %w", err)
		}
		for _, id := range ids {
			i, err := importOf(ctx, tx, id, "")
			if err != nil {
				return err
			}
			if i.State == ListMapped {
				if err := forgetPreview(ctx, tx, i, ListMapped); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, `UPDATE list_import SET working = '' WHERE id = $1`, id); err != nil {
				return err
			}
		}
		return nil
	})
}
