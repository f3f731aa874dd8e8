// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/line"
)

// The planner fills what people left open, and takes nobody out of a shift that she chose by herself.
func TestThePlanLeavesThoseWhoChoseTheirShiftWhereTheyAre(t *testing.T) {
	t.Parallel()
	slow(t)

	d := begin(t, "2025-11-01T10:00")
	chose := func() map[string]string {
		t.Helper()
		where := map[string]string{}
		_, err := db.InRead(t.Context(), d.now.DB, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Rows(t.Context(), `SELECT person_id, shift_id FROM shift_entry WHERE source = 'self' AND held = 1 ORDER BY person_id LIMIT 1000`,
				nil, func(r *sql.Rows) error {
					var person, shift string
					err := r.Scan(&person, &shift)
					where[person] = shift
					return err
				})
		})
		if err != nil {
			t.Fatal(err)
		}
		return where
	}
	before := chose()
	if len(before) != allBooked {
		t.Errorf("%d hold a shift that they chose, want %d", len(before), allBooked)
	}
	to, err := parse(d.now.zone, opening)
	if err != nil {
		t.Fatal(err)
	}
	if fresh, err := d.move(t.Context(), to); err != nil || fresh {
		t.Fatalf("to the morning: fresh %t, %v", fresh, err)
	}
	if diff := cmp.Diff(before, chose()); diff != "" {
		t.Errorf("after the plan (-before +after):\n%s", diff)
	}
	_, _, shifts, err := d.now.theLines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, of := range shifts {
		for k, id := range of {
			if n, err := d.now.taken(t.Context(), id); err != nil || n[line.Captain] == 0 || n[line.OnLine] < 8 {
				t.Errorf("shift %d at %s: %v, %v", k, lineSites[i].name, n, err)
			}
		}
	}
}
