// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

func TestWatchersHearOfWhatWasCommittedAndOfNothingElse(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		line, end := d.Watch("line")
		other, endOther := d.Watch("strike")
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
		end()
		if touch(nil); heard(line) {
			t.Error("told after the watch ended")
		}
	})
}
