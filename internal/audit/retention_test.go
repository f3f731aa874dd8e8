// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

func TestTheChainHoldsAfterItsOldestRecordsWereDeleted(t *testing.T) {
	t.Parallel()

	run := func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		do := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := db.Do(t.Context(), d, f); err != nil {
				t.Fatal(err)
			}
		}
		purge := func(want int) {
			t.Helper()
			do(func(tx *db.Tx) error {
				n, err := Purge(t.Context(), tx)
				if n != want {
					t.Errorf("Purge = %d, want %d", n, want)
				}
				return err
			})
		}
		verify := func(want Chain) {
			t.Helper()
			got, err := Verify(t.Context(), d, nil)
			if err != nil {
				t.Fatal(err)
			}
			got.Head = ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Verify (-want +got):\n%s", diff)
			}
		}

		fill(t, d, 3)
		clock.Advance(KeepDays * 24 * time.Hour)
		purge(0) // to the day: nothing is older yet
		clock.Advance(time.Minute)
		purge(0) // all are, and none is left to carry the chain
		fill(t, d, 2)
		purge(3)
		verify(Chain{Records: 6})
		purge(0)

		clock.Advance((KeepDays + 1) * 24 * time.Hour)
		fill(t, d, 1)
		purge(3) // the record of the first deletion among them
		verify(Chain{Records: 8})

		do(func(tx *db.Tx) error { // somebody cuts the chain short and says it was retention
			var hash string
			if err := tx.Row(t.Context(), `SELECT hash FROM audit_record WHERE seq = 7`).Scan(&hash); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `DELETE FROM audit_record WHERE seq = 7`); err != nil {
				return err
			}
			return db.PutSetting(t.Context(), tx, baseSetting, base{7, hash}.String())
		})
		verify(Chain{Records: 8, Bad: 7, Why: "missing"})
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		clock := &dbtest.Clock{}
		run(t, dbtest.SQLite(t, clock), clock)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		clock := &dbtest.Clock{}
		run(t, dbtest.Postgres(t, clock), clock)
	})
}
