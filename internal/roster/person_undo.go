// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// undoLife is how long an edit may be taken back by whoever made it.
const undoLife = time.Hour

// keepSteps keeps what an edit did, so that its author can take it back, and returns under which id. The steps never leave the
// server: what came back from a browser could name any row.
func keepSteps(ctx context.Context, tx *db.Tx, person string, steps []step) (string, error) {
	b, err := json.Marshal(steps)
	if err != nil {
		return "", fmt.Errorf("write steps: %w", err)
	}
	id := newID()
	_, err = tx.Exec(ctx, `DELETE FROM edit_undo WHERE expires_at < $1`, tx.Now.UnixMilli())
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO edit_undo (id, account_id, person_id, steps, expires_at) VALUES ($1, $2, $3, $4, $5)`,
			id, audit.By(ctx).Account, person, string(b), tx.Now.Add(undoLife).UnixMilli())
	}
	if err != nil {
		return "", fmt.Errorf("keep steps: %w", err)
	}
	return id, nil
}

// undo takes the caller's own edit of person id back, the last step first. Errors: Conflict when there is no such edit of hers, it is
// too old or taken back already, or something changed since; Missing and Forbidden as of edit.
func (s *Store) undo(ctx context.Context, id, act string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		var text string
		err := tx.Row(ctx, `DELETE FROM edit_undo WHERE id = $1 AND account_id = $2 AND person_id = $3 AND expires_at >= $4 RETURNING steps`,
			act, audit.By(ctx).Account, id, tx.Now.UnixMilli()).Scan(&text)
		if ok, err := db.Found(err); err != nil || !ok {
			return errors.Join(err, fault.New(fault.Conflict, "roster.edited.undo_gone"))
		}
		var steps []step
		if err := json.Unmarshal([]byte(text), &steps); err != nil {
			return fmt.Errorf("read steps: %w", err)
		}
		ownToo := !slices.ContainsFunc(steps, func(st step) bool { return st.Table == "employment" || st.Column == "unit_status" })
		e, err := s.begin(ctx, tx, id, ownToo)
		if err != nil {
			return err
		}
		for _, st := range slices.Backward(steps) {
			if st.Person != id {
				e.touched = append(e.touched, st.Person)
			}
			if err := e.setOf(st.Person, st.Table, st.ID, st.Column, wholeNumber(st.After), wholeNumber(st.Before)); err != nil {
				return err
			}
		}
		return e.finish("person.undo", "")
	})
}

// wholeNumber turns JSON's number into the whole number that it was.
func wholeNumber(v any) any {
	if n, ok := v.(float64); ok {
		return int64(n)
	}
	return v
}
