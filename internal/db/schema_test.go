// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"database/sql"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

// built are the rooms whose tables exist; a room is added here with its migration.
var built = map[string]bool{"roster": true, "auth": true, "audit": true, "organize": true, "strike": true, "line": true}

// unbuilt are entities of theirs that nothing keeps yet.
var unbuilt = map[string]bool{"survey": true, "answer": true}

// Names of the dictionary that SQL keeps for itself, or that say more with the kind of value in them.
var (
	tableOf  = map[string]string{"merge": "person_merge", "grant": "role_grant", "record": "audit_record"}
	columnOf = map[string]string{
		"grant.account": "account_id", "grant.from": "from_at", "grant.until": "until_at", "account.person": "person_id",
		"device.account": "account_id", "device.last_seen": "last_seen_at", "record.grant": "grant_id",
		"unit.employer": "employer_id", "worksite.employer": "employer_id", "person_name.person": "person_id",
		"person_name.from": "from_on", "person_name.source": "source_import", "person_identifier.person": "person_id",
		"person_identifier.issuer": "issuer_id", "person_identifier.from": "from_on", "person_identifier.until": "until_on",
		"employment.person": "person_id", "employment.worksite": "worksite_id", "employment.primary": "is_primary",
		"employment.source": "source_import", "contact_point.person": "person_id", "list_row.import": "import_id",
		"list_row.person": "person_id", "change.import": "import_id", "unit_list.import": "import_id",
		"leadership.since": "since_at", "leadership.until": "until_at", "conversation.person": "person_id", "assessment.person": "person_id",
		"assessment.conversation": "conversation_id", "participation.test": "test_id", "participation.person": "person_id",
		"pledge.person": "person_id", "follow_up.person": "person_id", "follow_up.to": "to_account", "extension.strike": "strike_id",
		"line.strike": "strike_id", "line.worksite": "worksite_id", "shift.line": "line_id", "need.shift": "shift_id",
		"availability.person": "person_id", "availability.odd_hours_ok": "odd_hours", "shift_entry.shift": "shift_id",
		"shift_entry.person": "person_id", "checkin.person": "person_id", "checkin.line": "line_id", "checkin.skew_s": "skew",
		"checkin.device": "device_id", "line_report.line": "line_id", "incident.line": "line_id", "attachment.incident": "incident_id",
	}
	// instead says where a field of the dictionary lives when it is no column of its own: in which other column, or why in none.
	instead = map[string]string{
		"list_row.id": "the key is (import_id, line)",
		"change.seq":  "the id is a UUIDv7: it orders",
		"turf.id":     "people_set.id", "turf.name": "people_set.name", "turf.people": "people_set_member.person_id",
		"turf.kind": "a grant names a worksite, or a set", "turf.rule": "cutting by rule writes the set",
		"strike.sites": "strike_site.worksite_id", "strike.notice": "strike_notice.strike_id", "strike.go_confirmed": "strike_go.account_id",
		"line.lat": "the ZIP places a line", "line.lng": "the ZIP places a line",
		"line.captains": "line_captain.person_id", "line.deputies": "line_captain.deputy", "need.id": "the key is (shift_id, role)",
		"availability.id": "the key is the person", "availability.strike": "one answer for all", "availability.windows": "available.starts_at",
		"availability.roles": "availability.captain", "availability.with": "left out: teams are the campaign's",
		"incident.worksite": "the line's", "incident.text": "incident_text.text", "incident.people": "incident_text.people",
		"incident.witnesses": "incident_text.witnesses",
	}
)

func TestEveryFieldOfTheDataDictionaryIsAColumn(t *testing.T) {
	t.Parallel()

	f, err := os.Open("testdata/entities.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		have := columns(t, d)
		checked := 0
		for _, row := range rows[1:] {
			room, entity, field := row[0], row[1], row[2]
			if !built[room] || unbuilt[entity] {
				continue
			}
			if at := instead[entity+"."+field]; at != "" {
				if !strings.Contains(at, " ") && !have[at] {
					t.Errorf("%s %s.%s: no column %s", room, entity, field, at)
				}
				continue
			}
			table, column := entity, field
			if other, ok := tableOf[entity]; ok {
				table = other
			}
			if other, ok := columnOf[entity+"."+field]; ok {
				column = other
			}
			checked++
			if !have[table+"."+column] {
				t.Errorf("%s %s.%s: no column %s.%s", room, entity, field, table, column)
			}
		}
		if checked < 290 {
			t.Errorf("only %d fields were checked", checked)
		}
	})
}

// columns returns "table.column" of every column.
func columns(t *testing.T, d *db.DB) map[string]bool {
	t.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'`
	if d.Engine == db.Postgres {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	out := map[string]bool{}
	_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (int, error) {
		return 0, tx.Rows(t.Context(), query, nil, func(r *sql.Rows) error {
			var name string
			err := r.Scan(&name)
			out[strings.ToLower(name)] = true
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
