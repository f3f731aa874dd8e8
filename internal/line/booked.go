// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tenday/tenday/internal/db"
)

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
	who := map[string]bool{}
	err := tx.Rows(ctx, `SELECT DISTINCT COALESCE(NULLIF(p.merged_into, ''), p.id) AS human FROM shift_entry e JOIN shift s ON s.id = e.shift_id
		JOIN person p ON p.id = e.person_id WHERE s.state = 'open' AND e.held = 1 ORDER BY human LIMIT 1000000`, nil,
		func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			who[id] = true
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read who is booked: %w", err)
	}
	return who, nil
}
