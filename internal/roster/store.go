// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/work"
)

// Store keeps the roster. It is safe for concurrent use.
type Store struct {
	// OnOut is called in the transaction in which people are put out of the unit, with their ids and those of records joined to
	// theirs: whoever is out keeps no account, session or turf. nil: nothing. Set before the first request.
	OnOut func(ctx context.Context, tx *db.Tx, people []string) error
	// OnChange is called in the transaction that made the derived rows of people anew or removed them, with their ids: what a room
	// derives from the roster follows. nil: nothing. Set before the first request.
	OnChange func(ctx context.Context, tx *db.Tx, people []string) error
	// PerSite returns what count says of the people within reach by the worksite of their primary job, and may keep it until one of
	// them changes. among gives count FROM and WHERE over tables, each with its alias, the first with that worksite. Set before the
	// first request.
	PerSite func(ctx context.Context, tx *db.Tx, reach auth.Reach, name string,
		count func(ctx context.Context, tx *db.Tx, among func(args *db.Args, tables ...string) string) (map[string]any, error)) (map[string]any, error)

	d     *db.DB
	log   *audit.Log
	known known
	works work.Desk
}

// NewStore returns the roster of d; reads of people go to log.
func NewStore(d *db.DB, log *audit.Log) *Store {
	return &Store{d: d, log: log, works: work.Desk{Busy: "roster.list.working"}}
}

// LogTo says where errors of imports stand that go on while nobody looks. Set before the first request.
func (s *Store) LogTo(log *slog.Logger) { s.works.Log = log }

// Today is the campaign's civil day in the zone of the unit.
func (s *Store) today(ctx context.Context, tx *db.Tx) (Date, error) {
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return Date{}, err
	}
	return DateOf(tx.Now.In(zone)), nil
}

// additions are rows to add; every id is made beforehand.
type additions struct {
	people      []Person
	names       []PersonName
	identifiers []PersonIdentifier
	employments []Employment
	contacts    []Contact
}

// author says who adds or changes: an account, and the import that it acts by ("" by hand).
type author struct {
	account string
	imp     string
}

func byHand(ctx context.Context) author { return author{account: audit.By(ctx).Account} }

// add inserts the rows. Errors: Conflict when an identifier is somebody's already.
func add(ctx context.Context, tx *db.Tx, by author, a additions) error {
	now := tx.Now.UnixMilli()
	var rows [][]any
	insert := func(table string, columns ...string) error {
		err := tx.Insert(ctx, table, append(columns, "source_import", "by_account", "at"), rows)
		rows = rows[:0]
		return err
	}
	row := func(values ...any) { rows = append(rows, append(values, by.imp, by.account, now)) }

	for _, p := range a.people {
		row(p.ID, p.UnitStatus, p.UnitStatusWhy, orNone(p.MemberStatus), p.Pronouns, jsonList(p.Languages), p.HomeZIP,
			p.CardSignedOn.String(), p.MergedInto)
	}
	if err := insert("person", "id", "unit_status", "unit_status_why", "member_status", "pronouns", "languages", "home_zip",
		"card_signed_on", "merged_into"); err != nil {
		return err
	}
	for _, n := range a.names {
		row(n.ID, n.PersonID, n.Kind, n.Name.Given, n.Name.Middle, n.Name.Family, n.Name.Suffix, n.From.String())
	}
	if err := insert("person_name", "id", "person_id", "kind", "given", "middle", "family", "suffix", "from_on"); err != nil {
		return err
	}
	for _, i := range a.identifiers {
		row(i.ID, i.PersonID, i.System, i.IssuerID, i.Value, i.From.String(), i.Until.String())
	}
	err := insert("person_identifier", "id", "person_id", "system", "issuer_id", "value", "from_on", "until_on")
	if db.IsUnique(err) {
		return &fault.Error{Code: fault.Conflict, Key: "roster.number_taken", Err: err}
	} else if err != nil {
		return err
	}
	for _, e := range a.employments {
		row(e.ID, e.PersonID, e.WorksiteID, e.Department, e.JobClass, e.TitlePrinted, e.FTE, e.Shift, bit(e.OnLeave),
			e.StartsOn.String(), e.EndsOn.String(), bit(e.Primary))
	}
	if err := insert("employment", "id", "person_id", "worksite_id", "department", "job_class", "title_printed", "fte", "shift",
		"on_leave", "starts_on", "ends_on", "is_primary"); err != nil {
		return err
	}
	for _, c := range a.contacts {
		row(c.ID, c.PersonID, c.Kind, c.Value, c.Ext, c.AsGiven, bit(c.Personal), c.Status, c.VerifiedAt, jsonList(c.SharedWith),
			c.Source)
	}
	return insert("contact_point", "id", "person_id", "kind", "value", "ext", "as_given", "is_personal", "status", "verified_at",
		"shared_with", "source")
}

// field is one column of one row that changes, with what stands there now.
type field struct {
	table, id, person string // person: whose history it belongs to, "" for none
	column            string
	before, after     any // text or int
}

// changeable lists the columns that set may write, by table; no other text ever becomes SQL.
var changeable = map[string][]string{
	"person": {
		"unit_status", "unit_status_why", "member_status", "pronouns", "languages", "home_zip", "card_signed_on",
		"merged_into",
	},
	"person_name":       {"given", "middle", "family", "suffix", "voided_at", "person_id"},
	"person_identifier": {"until_on", "person_id"},
	"employment": {
		"department", "job_class", "title_printed", "fte", "shift", "on_leave", "starts_on", "ends_on", "is_primary",
		"voided_by", "person_id",
	},
	"contact_point": {
		"status", "verified_at", "last_ok_at", "shared_with", "consent_text", "consent_mail", "opted_out_at",
		"removed_at", "person_id",
	},
	"pair": {"state", "score", "reasons", "evidence", "decided_at", "decided_by"},
	"worksite": {
		"name", "town", "address", "postal_city", "state", "county", "zip", "lat", "lng", "tz", "region", "kind", "phone",
		"opens", "closes", "open_days", "status", "closes_on", "patients_go_to", "aliases",
	},
	"employer":     {"name", "mail_domains", "payroll_id_width"},
	"unit":         {"name", "recognised_on", "certified_n", "certified_src"},
	"conversation": {"person_id"}, "assessment": {"person_id"}, "person_note": {"person_id"}, "follow_up": {"person_id"}, "participation": {"person_id"},
}

// set changes one column and journals it. A row that no longer holds before is a Conflict: somebody else was faster.
func set(ctx context.Context, tx *db.Tx, by author, f field) error {
	return setAll(ctx, tx, by, []field{f})
}

// setAll changes columns in order and journals them.
func setAll(ctx context.Context, tx *db.Tx, by author, all []field) error {
	journal := make([][]any, 0, len(all))
	for _, f := range all {
		if !canChange(f.table, f.column) {
			return fmt.Errorf("set %s.%s: not a column that changes", f.table, f.column)
		}
		n, err := tx.ExecN(ctx, `UPDATE `+f.table+` SET `+f.column+` = $1 WHERE id = $2 AND `+f.column+` = $3`, f.after, f.id, f.before)
		if db.IsUnique(err) {
			return &fault.Error{Code: fault.Conflict, Key: "roster.number_taken", Err: err}
		} else if err != nil {
			return fmt.Errorf("set %s.%s: %w", f.table, f.column, err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "roster.changed_meanwhile")
		}
		journal = append(journal, []any{
			newID(), by.imp, f.person, f.table, f.id, f.column, jsonValue(f.before), jsonValue(f.after),
			by.account, tx.Now.UnixMilli(),
		})
	}
	if err := tx.Insert(ctx, "change", []string{
		"id", "import_id", "person_id", "entity", "entity_id", "field", "before", "after",
		"by_account", "at",
	}, journal); err != nil {
		return fmt.Errorf("journal changes: %w", err)
	}
	return nil
}

// outed returns the people whom fields put out of the unit.
func outed(fields []field) []string {
	var people []string
	for _, f := range fields {
		if f.table == "person" && f.column == "unit_status" && f.after == string(OutOfUnit) {
			people = append(people, f.id)
		}
	}
	return people
}

// out tells OnOut about people who were put out of the unit, and about the records joined to theirs.
func (s *Store) out(ctx context.Context, tx *db.Tx, people []string) error {
	if s.OnOut == nil || len(people) == 0 {
		return nil
	}
	merges, err := mergedInto(ctx, tx, people)
	if err != nil {
		return err
	}
	for _, m := range merges {
		people = append(people, m.loser)
	}
	return s.OnOut(ctx, tx, people)
}

// tell tells OnChange whose derived rows are new or gone.
func (s *Store) tell(ctx context.Context, tx *db.Tx, people []string) error {
	if s.OnChange == nil || len(people) == 0 {
		return nil
	}
	return s.OnChange(ctx, tx, people)
}

func canChange(table, column string) bool {
	return slices.Contains(changeable[table], column)
}

// jsonValue writes a column's value for the journal: a text or a number.
func jsonValue(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return `""` // texts and numbers alone come here
	}
	return string(b)
}

// journalled reads a value that jsonValue wrote: string, int64 or float64.
func journalled(s string) (any, error) {
	var text string
	if err := json.Unmarshal([]byte(s), &text); err == nil {
		return text, nil
	}
	var n int64
	if err := json.Unmarshal([]byte(s), &n); err == nil {
		return n, nil
	}
	var f float64
	err := json.Unmarshal([]byte(s), &f)
	return f, err
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	return jsonValue(list)
}

func listOf(s string) []string {
	var list []string
	_ = json.Unmarshal([]byte(s), &list) // written by jsonList alone
	return list
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// revision counts the changes to the roster: what was worked out of one revision (a preview, a cached count) holds for that one.
func revision(ctx context.Context, tx *db.Tx) (string, error) {
	return db.Setting(ctx, tx, "roster.revision")
}

// changed marks the roster as changed; every writing method calls it once.
func changed(ctx context.Context, tx *db.Tx) error {
	return db.PutSetting(ctx, tx, "roster.revision", newID())
}

// missing is the answer for whoever is not there, or not within reach.
func missing() error { return fault.New(fault.Missing, "scope.person") }
