// SPDX-License-Identifier: Apache-2.0

package job

import (
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
		steps, err := db.InTx(t.Context(), d, func(tx *db.Tx) ([]string, error) { return dbtest.Plan(t.Context(), tx, query) })
		if err != nil {
			t.Fatal(err)
		}
		want := "job_key (kind=? AND key>? AND key<?)"
		if d.Engine == db.Postgres {
			want = "job_key"
		}
		if plan := strings.Join(steps, "\n"); !strings.Contains(plan, want) {
			t.Errorf("no %q in\n%s", want, plan)
		}
	})
}
