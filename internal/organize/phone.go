// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Mine is somebody of the caller's own people as her phone shows her. Times are Unix milliseconds, 0 for never.
type Mine struct {
	ID        string      `json:"id"`
	Given     string      `json:"given"`
	Family    string      `json:"family"`
	Job       string      `json:"job"`
	Town      string      `json:"town"`
	Phone     string      `json:"phone"` // E.164; "" for none, or not hers to see
	Languages []string    `json:"languages,omitempty"`
	Value     int         `json:"value"` // 0: not assessed
	Basis     Basis       `json:"basis,omitempty"`
	ValueAt   int64       `json:"value_at"`
	TriedAt   int64       `json:"tried_at"`
	TalkAt    int64       `json:"talk_at"`
	Outcome   Outcome     `json:"outcome,omitempty"`
	Pledge    PledgeState `json:"pledge,omitempty"` // "" where the caller may not see it
	Booked    string      `json:"booked,omitempty"` // yes, no; "" while no line has opened its shifts
	Next      string      `json:"next,omitempty"`
	NextOn    string      `json:"next_on,omitempty"`
	Notes     []MineNote  `json:"notes,omitempty"` // newest first, five at most
}

// MineNote is what was noted about somebody: the caller's own, or shared.
type MineNote struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
	Own  bool   `json:"own"`
	Only bool   `json:"only"` // for its author alone
}

// mineMost is how many people a phone shows. A captain has ten; who has more has a list for that.
const mineMost = 60

// mineNotes is how many notes of each stand on the phone.
const mineNotes = 5

// Mine returns the people whom the caller keeps contact with, by name: those of her turfs and those she leads, as far as she may
// record talks with them, without herself, and of the unit alone. It records that she saw them. Errors: Forbidden.
func (s *Store) Mine(ctx context.Context) ([]Mine, error) {
	reach, err := auth.Allowed(ctx, AssessWrite)
	if err != nil {
		return nil, err
	}
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Mine, error) { return s.mine(ctx, tx, reach, "") })
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return all, s.log.Read(ctx, audit.Entry{Verb: "phone.list", Scope: reach.Label(), Subjects: ids, Count: len(ids)})
}

// MineOne returns one of them and records that she was looked at. Errors: Forbidden, Missing.
func (s *Store) MineOne(ctx context.Context, id string) (Mine, error) {
	reach, err := auth.Allowed(ctx, AssessWrite)
	if err != nil {
		return Mine{}, err
	}
	all, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Mine, error) {
		p, err := within(ctx, tx, reach, id)
		if err != nil {
			return nil, err
		}
		return s.mine(ctx, tx, reach, p.id)
	})
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Missing, "scope.person")
	}
	if err != nil {
		return Mine{}, err
	}
	return all[0], s.log.Read(ctx, audit.Entry{
		Verb: "person.open", Object: "person:" + all[0].ID, Scope: reach.Label(), Subjects: []string{all[0].ID}, Count: 1,
	})
}

// mine reads them; one of them when only is her id. Her own turf is a few rows of people_set_member and of person_stand_led.
func (s *Store) mine(ctx context.Context, tx *db.Tx, reach auth.Reach, only string) ([]Mine, error) {
	var args db.Args
	text := `SELECT p.person_id, p.given, p.family, p.job_class, COALESCE(w.town, ''), r.languages, t.value, t.basis, t.value_at, t.tried_at,
		t.talk_at, t.outcome, CASE WHEN ` + reachOf(ctx, auth.PersonContact).Where("p.person_id", &args) + ` THEN p.phone ELSE '' END,
		CASE WHEN ` + reachOf(ctx, PledgeRead).Where("p.person_id", &args) + ` THEN t.pledge ELSE '' END
		FROM person_now p JOIN person r ON r.id = p.person_id JOIN person_stand t ON t.person_id = p.person_id
		LEFT JOIN worksite w ON w.id = p.worksite_id
		WHERE p.unit_status = 'in' AND ` + reach.Where("p.person_id", &args)
	if only != "" {
		text += ` AND p.person_id = ` + args.Add(only)
	} else {
		me := authorOf(ctx).person
		own := auth.Reach{Sets: reach.Sets}
		text += ` AND p.person_id <> ` + args.Add(me) + ` AND (` + own.Where("p.person_id", &args) +
			` OR t.leader_id <> '' AND t.leader_id = ` + args.Add(me) + `)`
	}
	text += ` ORDER BY p.sort_key, p.person_id LIMIT ` + args.Add(mineMost)
	all, err := db.All(ctx, tx, func(rows *sql.Rows) (Mine, error) {
		var m Mine
		var languages string
		err := rows.Scan(&m.ID, &m.Given, &m.Family, &m.Job, &m.Town, &languages, &m.Value, &m.Basis, &m.ValueAt, &m.TriedAt, &m.TalkAt,
			&m.Outcome, &m.Phone, &m.Pledge)
		if err == nil {
			err = json.Unmarshal([]byte(languages), &m.Languages)
		}
		return m, err
	}, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read own people: %w", err)
	}
	if len(all) == 0 {
		return all, nil
	}
	by := make(map[string]*Mine, len(all))
	for i := range all {
		by[all[i].ID] = &all[i]
	}
	if err := s.booked(ctx, tx, by); err != nil {
		return nil, err
	}
	if err := mineSteps(ctx, tx, by); err != nil {
		return nil, err
	}
	return all, mineWords(ctx, tx, by)
}

// booked says who holds a place on a picket shift, once there are any.
func (s *Store) booked(ctx context.Context, tx *db.Tx, by map[string]*Mine) error {
	if s.Booked == nil {
		return nil
	}
	who, err := s.Booked(ctx, tx)
	if err != nil {
		return fmt.Errorf("read bookings: %w", err)
	}
	for id, m := range by {
		m.Booked = "no"
		if who[id] {
			m.Booked = "yes"
		}
	}
	return nil
}

// records returns a condition that column is one of the people or a record merged into one of them, whose facts are hers.
func records(column string, by map[string]*Mine, args *db.Args) string {
	ids := slices.Sorted(maps.Keys(by))
	return `(` + column + ` IN ` + args.In(ids) + ` OR ` + column + ` IN (SELECT id FROM person WHERE merged_into IN ` + args.In(ids) + `))`
}

// mineSteps finds what each agreed upon last, and what the caller has taken on since.
func mineSteps(ctx context.Context, tx *db.Tx, by map[string]*Mine) error {
	var args db.Args
	text := `SELECT COALESCE(NULLIF(o.merged_into, ''), o.id), f.what, f.on_day FROM (
		SELECT person_id, next_step AS what, next_at AS on_day, at, id FROM conversation c
			WHERE (next_step <> '' OR outcome NOT IN ('no_answer', 'busy', 'left_message')) AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = c.id)
			AND ` + records("c.person_id", by, &args) + `
		UNION ALL SELECT person_id, what, due, at, id FROM follow_up u
			WHERE done_at = 0 AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = u.id)
			AND to_account = ` + args.Add(authorOf(ctx).account) + ` AND ` + records("u.person_id", by, &args) + `
		) f JOIN person o ON o.id = f.person_id ORDER BY f.at DESC, f.id DESC LIMIT 2000`
	seen := map[string]bool{}
	return tx.Rows(ctx, text, args, func(rows *sql.Rows) error {
		var id, what, on string
		if err := rows.Scan(&id, &what, &on); err != nil {
			return err
		}
		if m := by[id]; m != nil && !seen[id] { // the newest says what is next, also when that is nothing
			seen[id], m.Next, m.NextOn = true, what, on
		}
		return nil
	})
}

// mineWords finds the newest notes on each: her own, and those that are shared with whoever may read notes.
func mineWords(ctx context.Context, tx *db.Tx, by map[string]*Mine) error {
	me := authorOf(ctx).account
	var args db.Args
	part := func(table, column string) string {
		return `SELECT t.person_id, t.at, t.note, t.` + column + ` AS visibility, t.by_account, t.id FROM ` + table + ` t
			WHERE t.note <> '' AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = t.id) AND ` + records("t.person_id", by, &args) + `
			AND (t.by_account = ` + args.Add(me) + ` OR t.` + column + ` = 'shared' AND ` + reachOf(ctx, NoteRead).Where("t.person_id", &args) + `)`
	}
	text := `SELECT COALESCE(NULLIF(o.merged_into, ''), o.id), f.at, f.note, f.visibility, f.by_account FROM (` +
		part("conversation", "note_visibility") + ` UNION ALL ` + part("person_note", "visibility") + `
		) f JOIN person o ON o.id = f.person_id ORDER BY f.at DESC, f.id DESC LIMIT 1000`
	return tx.Rows(ctx, text, args, func(rows *sql.Rows) error {
		var id, visibility, author string
		var n MineNote
		if err := rows.Scan(&id, &n.At, &n.Text, &visibility, &author); err != nil {
			return err
		}
		n.Own, n.Only = author == me, visibility == string(Private)
		if m := by[id]; m != nil && len(m.Notes) < mineNotes {
			m.Notes = append(m.Notes, n)
		}
		return nil
	})
}
