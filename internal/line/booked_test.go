// SPDX-License-Identifier: Apache-2.0

package line

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
)

// Who waits for a place has none, and before a line opens its shifts nobody can have one.
func TestBookedAreThoseWhoHoldAPlaceUnderTheRecordOfToday(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		booked := func() map[string]bool {
			t.Helper()
			who, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (map[string]bool, error) { return w.Booked(t.Context(), tx) })
			w.must(err)
			return who
		}
		if who := booked(); who != nil {
			t.Errorf("before there is a shift: %v", who)
		}
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		if who := booked(); who == nil || len(who) > 0 {
			t.Errorf("an open shift without anybody: %v", who)
		}
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		if got := slices.Collect(maps.Keys(booked())); !cmp.Equal(got, []string{person(1)}) {
			t.Errorf("booked are %v", got)
		}
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE person SET merged_into = $1 WHERE id = $2`, person(3), person(1))
			return err
		})
		if got := slices.Collect(maps.Keys(booked())); !cmp.Equal(got, []string{person(3)}) {
			t.Errorf("after the merge booked are %v", got)
		}
	})
}
