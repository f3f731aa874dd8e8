// SPDX-License-Identifier: Apache-2.0

package line

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

// What pages ask that are looked at all day goes by an index: none reads all bookings, marks or people.
func TestHotQueriesReadNoWholeTable(t *testing.T) {
	t.Parallel()

	d := dbtest.SQLite(t, new(dbtest.Clock))
	from, to := time.UnixMilli(1), time.UnixMilli(2)
	asked := map[string]string{"who holds a place": sqlHolds, "who was joined": sqlJoined, "who is free": sqlFree}
	for name, query := range map[string]string{"here": sqlHere, "here, of all": sqlHereAll, "until": sqlUntil, "until, of all": sqlUntilAll} {
		asked[name], _ = between(query, []string{"a", "b"}, from, to)
	}
	for name, query := range asked {
		query = regexp.MustCompile(`\$\d+`).ReplaceAllString(query, "'1'")
		_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Rows(t.Context(), `EXPLAIN QUERY PLAN `+query, nil, func(r *sql.Rows) error {
				var id, parent, unused int
				var step string
				err := r.Scan(&id, &parent, &unused, &step)
				table, scans := strings.CutPrefix(step, "SCAN ")
				small := table == "shift" || table == "there" || table == "t" || table == "s" || strings.HasSuffix(table, "person_merged") // shifts are few; those found before; those who were joined
				if scans && !small {
					t.Errorf("%s: %s", name, step)
				}
				return err
			})
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
