// SPDX-License-Identifier: Apache-2.0

package job

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

// Whoever leaves a shift takes her own few messages back, however many wait for others.
func TestCancelFindsItsJobsByTheirKey(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		query := strings.NewReplacer("$1", "'r'", "$2", "1", "$3", "'k'", "$4", "'a'", "$5", "'b'").Replace(cancelText(d.Engine))
		var plan strings.Builder
		err := db.Do(t.Context(), d, func(tx *db.Tx) error {
			if d.Engine == db.Postgres {
				if _, err := tx.Exec(t.Context(), `SET LOCAL enable_seqscan = off`); err != nil {
					return err
				}
				return tx.Rows(t.Context(), "EXPLAIN "+query, nil, func(r *sql.Rows) error {
					var line string
					err := r.Scan(&line)
					plan.WriteString(line + "\n")
					return err
				})
			}
			return tx.Rows(t.Context(), "EXPLAIN QUERY PLAN "+query, nil, func(r *sql.Rows) error {
				var id, parent, unused int
				var line string
				err := r.Scan(&id, &parent, &unused, &line)
				fmt.Fprintln(&plan, line)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		want := "job_key (kind=? AND key>? AND key<?)"
		if d.Engine == db.Postgres {
			want = "job_key"
		}
		if !strings.Contains(plan.String(), want) {
			t.Errorf("no %q in\n%s", want, plan.String())
		}
	})
}
