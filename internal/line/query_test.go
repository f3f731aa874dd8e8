// SPDX-License-Identifier: Apache-2.0

package line

import (
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
	asked := map[string]string{"who holds a place": sqlHolds, "who was joined": sqlJoined, "who is free": sqlFree, "why she is here": sqlWhy}
	for name, query := range map[string]string{"here": sqlHere, "here, of all": sqlHereAll, "until": sqlUntil, "until, of all": sqlUntilAll} {
		asked[name], _ = between(query, []string{"a", "b"}, from, to)
	}
	for name, query := range asked {
		query = regexp.MustCompile(`\$\d+`).ReplaceAllString(query, "'1'")
		steps, err := db.InRead(t.Context(), d, func(tx *db.Tx) ([]string, error) { return dbtest.Plan(t.Context(), tx, query) })
		for _, step := range steps {
			table, scans := strings.CutPrefix(step, "SCAN ")
			small := table == "shift" || table == "there" || table == "t" || table == "s" || strings.HasSuffix(table, "person_merged") // shifts are few; those found before; those who were joined
			if scans && !small {
				t.Errorf("%s: %s", name, step)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
