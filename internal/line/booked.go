// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"github.com/tenday/tenday/internal/db"
)

// sqlHolds is asked for whenever readiness is counted, of tens of thousands: from the index shift_entry_held alone and in its order, without a look at each person.
const sqlHolds = `SELECT e.person_id FROM shift_entry e WHERE e.held = 1 AND e.shift_id IN (SELECT id FROM shift WHERE state = 'open')
	ORDER BY e.shift_id, e.person_id LIMIT 1000000`

// Booked returns the people who hold a place on a picket shift that was not cancelled, worked shifts among them, by the id of the record
// that stands for them today; nil before any line has opened a shift.
func (s *Store) Booked(ctx context.Context, tx *db.Tx) (map[string]bool, error) {
	var opened int
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM (SELECT id FROM shift WHERE state = 'open' LIMIT 1) AS x`).Scan(&opened); err != nil {
		return nil, fmt.Errorf("look for open shifts: %w", err)
	}
	if opened == 0 {
		return nil, nil
	}
	into, err := joined(ctx, tx)
	if err != nil {
		return nil, err
	}
	who := map[string]bool{}
	err = tx.Rows(ctx, sqlHolds, nil, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		who[cmp.Or(into[id], id)] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who is booked: %w", err)
	}
	return who, nil
}
