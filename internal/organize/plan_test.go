// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

// What each tap asks goes by a key. Counts of the whole unit make one pass over the narrow rows of person_stand, which are kept
// until a fact changes: that alone may scan.
func TestHotQueriesGoByTheirKeys(t *testing.T) {
	t.Parallel()

	d := dbtest.SQLite(t, nil)
	in := `('a', 'b')`
	var args db.Args
	turf := auth.Reach{Sets: []string{"s"}}
	byTurf := strings.NewReplacer("$1", "'s'", "$2", "''").Replace(Among("person_stand", "s", turf, &args))
	args = nil
	second := Part{reach: auth.Reach{Regions: []string{"r"}, Person: "p"}, guests: true, Sites: []string{"w"}}
	bySecond := strings.NewReplacer("$1", "'p'", "$2", "'r'", "$3", "'w'").Replace(second.Among(&args, "person_stand", "s"))
	for name, query := range map[string]string{
		"the record that remains": strings.ReplaceAll(sqlTop, "$1", "'a'"),
		"merged records":          strings.ReplaceAll(sqlBelow, "$1", "'a'"),
		"roster":                  sqlBase + in,
		"values":                  sqlValues + in + ` ORDER BY f.at, f.id`,
		"talks":                   sqlTalks + in + ` ORDER BY f.at, f.id`,
		"leaders":                 sqlLed + in,
		"marks":                   sqlMarks + in,
		"pledges":                 sqlPledge + in,
		"participation":           sqlTook + `'t' AND f.person_id IN ` + in,
		"moved":                   sqlMoved + in,
		"gone":                    sqlGone + in,
		"where she stands":        `SELECT ` + standColumns + ` FROM person_stand s WHERE s.person_id = 'a'`,
		"a captain's counts":      strings.NewReplacer("$1", "1", "$2", "1", "$3", "1", "$4", "'2025-01-01'").Replace(sqlReady) + byTurf + ` GROUP BY s.worksite_id`,
		"second jobs in a region": strings.NewReplacer("$1", "1", "$2", "1", "$3", "1", "$4", "'2025-01-01'").Replace(sqlReady) + bySecond + ` AND s.in_unit + 0 = 1 GROUP BY s.worksite_id`,
		"people of a worksite":    `SELECT ` + heldColumns + heldFrom + ` WHERE s.in_unit = 1 AND s.worksite_id = 'w' ORDER BY s.worksite_id, s.person_id LIMIT 51`,
		"leaders with too many":   `SELECT ` + heldColumns + heldFrom + ` WHERE s.in_unit + 0 = 1 AND s.leads > 0 AND s.leads > 10 ORDER BY s.leads DESC, s.person_id DESC LIMIT 51`,
		"a link":                  `SELECT person_id FROM member_link WHERE code_hash = 'h'`,
		"answers of an open test": `SELECT x.worksite_id, x.state, x.verified, COUNT(*) FROM participation_now x WHERE x.test_id = 't' AND x.in_unit = 1 GROUP BY x.worksite_id, x.state, x.verified`,
		"what was entered":        `SELECT id FROM participation WHERE bulk_id = 'b' AND bulk_id <> ''`,
	} {
		steps, err := db.InRead(t.Context(), d, func(tx *db.Tx) ([]string, error) { return dbtest.Plan(t.Context(), tx, query) })
		for _, step := range steps {
			table, scans := strings.CutPrefix(step, "SCAN ")
			if scans && !strings.HasPrefix(table, "up") && !strings.HasPrefix(table, "down") && table != "few" { // the rows of the walk itself
				t.Errorf("%s: %s", name, step)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
