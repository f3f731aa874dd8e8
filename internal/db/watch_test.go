// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

func TestWatchersHearOfWhatWasCommittedAndOfNothingElse(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		line, end := d.Watch("line", time.Hour) // nothing was touched yet
		other, endOther := d.Watch("strike", 0)
		defer endOther()
		touch := func(result error) {
			err := db.Do(t.Context(), d, func(tx *db.Tx) error {
				tx.Touch("line")
				tx.Touch("line")
				return result
			})
			if !errors.Is(err, result) {
				t.Fatal(err)
			}
		}
		heard := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		if touch(context.Canceled); heard(line) {
			t.Error("a rolled-back change was told")
		}
		touch(nil)
		touch(nil)
		if !heard(line) || heard(line) {
			t.Error("two changes are to leave one token")
		}
		if heard(other) {
			t.Error("another topic was told")
		}
		late, endLate := d.Watch("line", time.Minute) // her page was asked for before the change
		defer endLate()
		fresh, endFresh := d.Watch("line", 0)
		defer endFresh()
		if !heard(late) || heard(fresh) {
			t.Error("a page from before the change is to hear of it, one from after it is not")
		}
		end()
		if touch(nil); heard(line) {
			t.Error("told after the watch ended")
		}
	})
}
