// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Undone says what the undoing of a list left standing. It holds ids and columns, no values.
type Undone struct {
	Lists []string `json:"lists"` // undone, the newest first
	Kept  []Kept   `json:"kept,omitempty"`
}

// Kept is something that a list brought and that stays, since a person has worked on it since.
type Kept struct {
	Person string `json:"person"`
	Table  string `json:"table"`
	Field  string `json:"field,omitempty"` // "" for the whole row
	Why    string `json:"why"`             // edited, referred, taken
}

// references are the columns elsewhere that hold a person: somebody whom a list made and who stands in one of them stays. A room
// with such a column adds it here.
var references = []string{
	"account.person_id", "people_set_member.person_id", "person_merge.winner", "person_merge.loser",
	"conversation.person_id", "conversation.by_person", "assessment.person_id", "person_note.person_id", "follow_up.person_id",
	"leader_mark.person_id", "leadership.leader", "leadership.led", "participation.person_id", "pledge.person_id", "member_link.person_id",
	"structure_test_eligible.person_id",
	"vote_roll.person_id", "vote_challenge.person_id",
	"shift_entry.person_id", "checkin.person_id", "line_captain.person_id", "line_report.captain", "availability.person_id", "available.person_id",
	"member_code.person_id", "swap.taker_id", "swap_ask.person_id", "line_plan_place.person_id",
}

// Undo takes list id back, in one transaction, after the lists of its kind that were applied later. Every field is again what it
// was, except where a person edited it since; whoever the list made is gone, except where something else refers to her: she
// stays with the unit status unknown. What stays is in the result. Errors: Conflict when the list is not applied.
func (s *Store) Undo(ctx context.Context, id string) (*Undone, error) {
	if err := wholeUnit(ctx, auth.ListRevert); err != nil {
		return nil, err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (*Undone, error) {
		i, err := importOf(ctx, tx, id, ListReverted)
		if err != nil {
			return nil, err
		}
		if i.State != ListApplied {
			return nil, fault.New(fault.Conflict, "roster.list.step_refused", "From", string(i.State), "To", string(ListReverted))
		}
		all, err := db.Strings(ctx, tx, `SELECT id FROM list_import WHERE kind = $1 AND state = 'applied' AND version >= $2 ORDER BY version DESC`,
			i.Kind, i.Version)
		if err != nil {
			return nil, fmt.Errorf("find later lists: %w", err)
		}
		u := undoing{kept: map[Kept]bool{}}
		if err := u.edits(ctx, tx, i); err != nil {
			return nil, err
		}
		for _, one := range all {
			u.by = author{account: audit.By(ctx).Account, imp: one}
			if err := u.revert(ctx, tx); err != nil {
				return nil, err
			}
		}
		return u.end(ctx, tx, s, i, all)
	})
}

// undoing takes lists back, one after the other.
type undoing struct {
	by      author
	made    []string // people whom the list made
	gone    []string // of those, who goes
	removed []string // who is gone, of all lists that are taken back
	stays   map[string]bool
	kept    map[Kept]bool
	out     []Kept
	outed   []string // people who are out of the unit again
	touched []string
}

// dated are the tables of a person's dated rows.
var dated = []string{"person_name", "person_identifier", "employment", "contact_point"}

func (u *undoing) revert(ctx context.Context, tx *db.Tx) error {
	for _, step := range []func(context.Context, *db.Tx) error{u.people, u.rows, u.removePeople, u.fields} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE list_import SET state = 'reverted', reverted_at = $1, reverted_by = $2 WHERE id = $3`, tx.Now.UnixMilli(),
		u.by.account, u.by.imp)
	return err
}

func (u *undoing) keep(k Kept) {
	if !u.kept[k] {
		u.kept[k] = true
		u.out = append(u.out, k)
	}
}

// edits lists what people have changed or added since the list was applied: it stays.
func (u *undoing) edits(ctx context.Context, tx *db.Tx, i *Import) error {
	var last string // what the list itself wrote comes before
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(id), $1) FROM change WHERE import_id = $2`, i.ID, i.ID).Scan(&last); err != nil {
		return fmt.Errorf("find last change of list: %w", err)
	}
	queries := []string{`SELECT DISTINCT person_id, entity, field FROM change WHERE import_id = '' AND person_id <> '' AND at >= $1 AND id > $2
		ORDER BY person_id, entity, field LIMIT 1000`}
	for _, table := range dated {
		queries = append(queries, `SELECT DISTINCT person_id, '`+table+`', '' FROM `+table+` WHERE source_import = '' AND at >= $1 AND id > $2
			ORDER BY person_id LIMIT 1000`)
	}
	for _, q := range queries {
		err := tx.Rows(ctx, q, []any{i.AppliedAt, last}, func(r *sql.Rows) error {
			k := Kept{Why: "edited"}
			err := r.Scan(&k.Person, &k.Table, &k.Field)
			u.keep(k)
			return err
		})
		if err != nil {
			return fmt.Errorf("find edits since: %w", err)
		}
	}
	return nil
}

// notReverted is the condition that a change was made by a hand or by a list that still stands.
const notReverted = ` NOT EXISTS (SELECT 1 FROM list_import r WHERE r.id = l.import_id AND r.state = 'reverted') `

// people finds whom the list made, and who of them stays: whoever somebody else has worked on, or something else refers to.
func (u *undoing) people(ctx context.Context, tx *db.Tx) (err error) {
	imp := u.by.imp
	if u.made, err = db.Strings(ctx, tx, `SELECT id FROM person WHERE source_import = $1 ORDER BY id`, imp); err != nil {
		return fmt.Errorf("find people of list: %w", err)
	}
	u.stays = map[string]bool{}
	if len(u.made) == 0 {
		u.gone = nil
		return nil
	}
	queries := []string{
		`SELECT DISTINCT l.person_id FROM change l JOIN person p ON p.id = l.person_id WHERE p.source_import = $1 AND l.import_id <> $2 AND` +
			notReverted,
		`SELECT DISTINCT r.person_id FROM list_row r JOIN list_import i ON i.id = r.import_id AND i.state = 'applied'
			JOIN person p ON p.id = r.person_id WHERE p.source_import = $1 AND r.import_id <> $2`,
		`SELECT x.a FROM pair x JOIN person p ON p.id = x.a WHERE p.source_import = $1 AND x.state <> 'open' AND x.id <> $2`,
		`SELECT x.b FROM pair x JOIN person p ON p.id = x.b WHERE p.source_import = $1 AND x.state <> 'open' AND x.id <> $2`,
	}
	for _, table := range dated {
		queries = append(queries, `SELECT DISTINCT t.person_id FROM `+table+` t JOIN person p ON p.id = t.person_id
			WHERE p.source_import = $1 AND t.source_import <> $2`)
	}
	for _, r := range references {
		table, column, _ := strings.Cut(r, ".")
		queries = append(queries, `SELECT t.`+column+` FROM `+table+` t JOIN person p ON p.id = t.`+column+` WHERE p.source_import = $1 AND p.id <> $2`)
	}
	for _, q := range queries {
		ids, err := db.Strings(ctx, tx, q, imp, imp)
		if err != nil {
			return fmt.Errorf("find who refers to people of list: %w", err)
		}
		for _, id := range ids {
			u.stays[id] = true
		}
	}
	u.gone = slices.DeleteFunc(slices.Clone(u.made), func(id string) bool { return u.stays[id] })
	for _, id := range u.made {
		if !u.stays[id] {
			continue
		}
		u.keep(Kept{Person: id, Table: "person", Why: "referred"})
		u.touched = append(u.touched, id)
		var status string
		if err := tx.Row(ctx, `SELECT unit_status FROM person WHERE id = $1`, id).Scan(&status); err != nil {
			return fmt.Errorf("read unit status: %w", err)
		}
		if status != string(UnitUnknown) {
			if err := set(ctx, tx, author{account: u.by.account}, field{"person", id, id, "unit_status", status, string(UnitUnknown)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows removes the rows that the list added to people it did not make, but for those that somebody has edited since.
func (u *undoing) rows(ctx context.Context, tx *db.Tx) error {
	for _, table := range dated {
		edited, err := db.Strings(ctx, tx, `SELECT DISTINCT l.entity_id FROM change l JOIN `+table+` t ON t.id = l.entity_id
			WHERE t.source_import = $1 AND l.import_id <> $2 AND`+notReverted, u.by.imp, u.by.imp)
		if err != nil {
			return fmt.Errorf("find rows edited since: %w", err)
		}
		var ids []string
		err = tx.Rows(ctx, `SELECT t.id, t.person_id FROM `+table+` t JOIN person p ON p.id = t.person_id
			WHERE t.source_import = $1 AND p.source_import <> $2 ORDER BY t.id`, []any{u.by.imp, u.by.imp}, func(r *sql.Rows) error {
			var id, person string
			if err := r.Scan(&id, &person); err != nil {
				return err
			}
			u.touched = append(u.touched, person)
			if slices.Contains(edited, id) {
				u.keep(Kept{Person: person, Table: table, Why: "edited"})
				if table == "employment" {
					u.stays["jobs "+person] = true // a job that stays is not given back the one before it
				}
				return nil
			}
			ids = append(ids, id)
			return nil
		})
		if err != nil {
			return fmt.Errorf("find rows of list: %w", err)
		}
		if err := deleteIn(ctx, tx, table, "id", ids); err != nil {
			return err
		}
	}
	return nil
}

func (u *undoing) removePeople(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM pair WHERE source_import = $1 AND state = 'open'`, u.by.imp); err != nil {
		return fmt.Errorf("remove pairs: %w", err)
	}
	for _, table := range append([]string{"person_now", "person_site", "person_token"}, dated...) {
		if err := deleteIn(ctx, tx, table, "person_id", u.gone); err != nil {
			return err
		}
	}
	for _, column := range []string{"a", "b"} {
		if err := deleteIn(ctx, tx, "pair", column, u.gone); err != nil {
			return err
		}
	}
	u.removed = append(u.removed, u.gone...)
	return deleteIn(ctx, tx, "person", "id", u.gone)
}

func deleteIn(ctx context.Context, tx *db.Tx, table, column string, ids []string) error {
	for part := range slices.Chunk(ids, chunk) {
		var args db.Args
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE `+column+` IN `+args.In(part), args...); err != nil {
			return fmt.Errorf("remove from %s: %w", table, err)
		}
	}
	return nil
}

// fields gives every field that the list changed its value from before, the last change first.
func (u *undoing) fields(ctx context.Context, tx *db.Tx) error {
	edited := map[string]bool{}
	err := tx.Rows(ctx, `SELECT DISTINCT c.entity_id, c.field FROM change c JOIN change l ON l.entity_id = c.entity_id AND l.field = c.field
		AND l.id > c.id AND l.import_id <> c.import_id WHERE c.import_id = $1 AND`+notReverted, []any{u.by.imp}, func(r *sql.Rows) error {
		var id, column string
		err := r.Scan(&id, &column)
		edited[id+" "+column] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("find fields edited since: %w", err)
	}
	for _, table := range []string{"person", "person_name", "person_identifier", "employment", "contact_point", "pair"} {
		var all []field
		err := tx.Rows(ctx, `SELECT c.person_id, c.entity_id, c.field, c.before, c.after FROM change c JOIN `+table+` t ON t.id = c.entity_id
			WHERE c.import_id = $1 AND c.entity = $2 ORDER BY c.id DESC`, []any{u.by.imp, table}, func(r *sql.Rows) error {
			f := field{table: table}
			var before, after string
			err := r.Scan(&f.person, &f.id, &f.column, &before, &after)
			if err == nil { // what stood after it stands before its undoing
				f.before, err = journalled(after)
			}
			if err == nil {
				f.after, err = journalled(before)
			}
			switch {
			case err != nil:
				return err
			case edited[f.id+" "+f.column], table == "employment" && u.stays["jobs "+f.person]:
				u.keep(Kept{Person: f.person, Table: table, Field: f.column, Why: "edited"})
			default:
				all = append(all, f)
			}
			if f.person != "" {
				u.touched = append(u.touched, f.person)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read changes of list: %w", err)
		}
		if table == "person_identifier" {
			if all, err = u.free(ctx, tx, all); err != nil {
				return err
			}
		}
		if err := setAll(ctx, tx, u.by, all); err != nil {
			return err
		}
		u.outed = append(u.outed, outed(all)...)
	}
	return nil
}

// free leaves out numbers that somebody else holds now: they stay hers.
func (u *undoing) free(ctx context.Context, tx *db.Tx, all []field) ([]field, error) {
	var out []field
	for _, f := range all {
		var n int
		err := tx.Row(ctx, `SELECT COUNT(*) FROM person_identifier a JOIN person_identifier b ON b.system = a.system AND b.issuer_id = a.issuer_id
			AND b.value = a.value AND b.until_on = '' AND b.id <> a.id WHERE a.id = $1`, f.id).Scan(&n)
		if err != nil {
			return nil, fmt.Errorf("find holder of number: %w", err)
		}
		if n > 0 && f.column == "until_on" && f.after == "" {
			u.keep(Kept{Person: f.person, Table: f.table, Field: f.column, Why: "taken"})
			continue
		}
		out = append(out, f)
	}
	return out, nil
}

func (u *undoing) end(ctx context.Context, tx *db.Tx, s *Store, i *Import, lists []string) (*Undone, error) {
	today, err := s.today(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(refresh(ctx, tx, today, u.touched), s.tell(ctx, tx, slices.Concat(u.touched, u.removed)),
		s.out(ctx, tx, u.outed)); err != nil {
		return nil, err
	}
	if i.Kind == EmployerList {
		h, err := head(ctx, tx, i.Kind)
		if err != nil {
			return nil, err
		}
		if h != nil { // the version before speaks again, under a number of its own
			if err := unitVersion(ctx, tx, h.AsOf, h.ID); err != nil {
				return nil, err
			}
		}
	}
	if err := changed(ctx, tx); err != nil {
		return nil, err
	}
	out := &Undone{Lists: lists, Kept: u.out}
	i.Summary.Undone = out
	seq, err := audit.Append(ctx, tx, audit.Entry{
		Verb: "list.revert", Object: "list:" + i.ID, Detail: fmt.Sprintf("%d lists, %d kept", len(lists), len(u.out)),
		Count: i.RowsTotal,
	})
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE list_import SET summary = $1, reverted_seq = $2 WHERE id = $3`, jsonValue(i.Summary), seq, i.ID); err != nil {
		return nil, fmt.Errorf("keep what stays: %w", err)
	}
	return out, nil
}
