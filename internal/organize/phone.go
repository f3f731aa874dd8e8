// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
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

	Took   map[string]Answer `json:"took,omitempty"`   // in open tests, by id; a test that is not in it: not known
	Sure   []string          `json:"sure,omitempty"`   // of those, the tests in which it is her own word, or verified by others: not to take back here
	Shared []roster.Sharer   `json:"shared,omitempty"` // who else is reached by Phone
}

// OpenTest is a structure test that a captain answers for her people from her phone.
type OpenTest struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Question string   `json:"question"` // what a yes means
	Closes   int64    `json:"closes"`
	Evidence Evidence `json:"evidence"`       // how whoever answers here knows
	Weak     bool     `json:"weak,omitempty"` // the test counts what is verified alone, and this is a captain's word
	Of       []string `json:"of,omitempty"`   // the people whom it counts, of a test of a part of the unit; else all

	scope auth.Scope
	place string
}

// counts tells whether t counts the person.
func (t OpenTest) counts(person string) bool {
	return t.scope == auth.Unit || slices.Contains(t.Of, person)
}

// mineTests is how many open tests a phone shows.
const mineTests = 5

// asked returns what a captain may answer for people of hers: the open tests but those of pledges, which come by link or on paper,
// and the version of the words that a paper pledge is signed to, 0 for none.
func asked(ctx context.Context, tx *db.Tx, people []Mine) (open []OpenTest, words int, err error) {
	all, err := tests(ctx, tx, reachOf(ctx, AssessWrite), TestOpen)
	if err != nil {
		return nil, 0, err
	}
	for _, t := range all {
		if t.Kind == "pledge" || len(open) == mineTests {
			continue
		}
		one := OpenTest{
			ID: t.ID, Name: t.Name, Question: t.Question, Closes: t.Closes.UnixMilli(), Evidence: ByCaptain, Weak: t.Verified, scope: t.Scope, place: t.ScopeID,
		}
		if t.Verified { // whoever manages the test says that she saw what it asks for
			if ok, err := contains(ctx, tx, reachOf(ctx, TestManage), t.Scope, t.ScopeID); err != nil {
				return nil, 0, err
			} else if ok {
				one.Evidence, one.Weak = Photo, false
				if t.Kind == "petition" {
					one.Evidence = Signature
				}
			}
		}
		if err := one.among(ctx, tx, people); err != nil {
			return nil, 0, err
		}
		if one.scope == auth.Unit || len(one.Of) > 0 {
			open = append(open, one)
		}
	}
	text, err := PledgeText(ctx, tx, 0)
	if fault.CodeOf(err) == fault.Missing {
		return open, 0, nil
	}
	return open, text.Version, err
}

// among finds whom a test of a part of the unit counts of people, by the rule that answers to it are taken by.
func (t *OpenTest) among(ctx context.Context, tx *db.Tx, people []Mine) (err error) {
	if t.scope == auth.Unit || len(people) == 0 {
		return nil
	}
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var args db.Args
	column := map[auth.Scope]string{auth.Site: "worksite_id", auth.Region: "region"}[t.scope]
	query := `SELECT DISTINCT person_id FROM person_site WHERE person_id IN ` + args.In(ids) + ` AND ` + column + ` = ` + args.Add(t.place) + ` ORDER BY person_id`
	if t.Of, err = db.Strings(ctx, tx, query, args...); err != nil {
		return fmt.Errorf("read whom the test counts: %w", err)
	}
	return nil
}

// mineTook finds who took part in the open tests.
func mineTook(ctx context.Context, tx *db.Tx, by map[string]*Mine, people []Mine) error {
	open, _, err := asked(ctx, tx, people)
	if err != nil || len(open) == 0 {
		return err
	}
	var args db.Args
	ids, how := make([]string, len(open)), map[string]Evidence{}
	for i, t := range open {
		ids[i], how[t.ID] = t.ID, t.Evidence
	}
	query := `SELECT person_id, test_id, state, evidence FROM participation_now WHERE person_id IN ` + args.In(slices.Sorted(maps.Keys(by))) + ` AND test_id || '' IN ` + args.In(ids) +
		` ORDER BY person_id, test_id` // by the key on the person
	return tx.Rows(ctx, query, args, func(rows *sql.Rows) error {
		var id, test string
		var state Answer
		var evidence Evidence
		err := rows.Scan(&id, &test, &state, &evidence)
		if m := by[id]; m != nil && state != Unknown {
			if m.Took == nil {
				m.Took = map[string]Answer{}
			}
			m.Took[test] = state
			if evidence == SelfLink || evidence.Verified() && !how[test].Verified() {
				m.Sure = append(m.Sure, test)
			}
		}
		return err
	})
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

// mine reads them; one of them when only is her id. Her own turf is a few rows of people_set_member and of person_stand_led, which
// stand first: by name the planner would walk the whole unit.
func (s *Store) mine(ctx context.Context, tx *db.Tx, reach auth.Reach, only string) ([]Mine, error) {
	var args db.Args
	text := `SELECT p.person_id, p.given, p.family, p.job_class, COALESCE(w.town, ''), r.languages, t.value, t.basis, t.value_at, t.tried_at,
		t.talk_at, t.outcome, CASE WHEN ` + reachOf(ctx, auth.PersonContact).Where("p.person_id", &args) + ` THEN p.phone ELSE '' END,
		CASE WHEN ` + reachOf(ctx, PledgeRead).Where("p.person_id", &args) + ` THEN t.pledge ELSE '' END
		FROM (`
	if me := authorOf(ctx).person; only != "" {
		text += `SELECT id AS person_id FROM person WHERE id = ` + args.Add(only)
	} else {
		if len(reach.Sets) > 0 {
			text += `SELECT person_id FROM people_set_member WHERE set_id IN ` + args.In(reach.Sets) + ` UNION `
		}
		text += `SELECT person_id FROM person_stand WHERE leader_id <> '' AND leader_id = ` + args.Add(me) + ` AND person_id <> ` + args.Add(me)
	}
	text += `) few CROSS JOIN person_now p JOIN person r ON r.id = p.person_id JOIN person_stand t ON t.person_id = p.person_id
		LEFT JOIN worksite w ON w.id = p.worksite_id
		WHERE p.person_id = few.person_id AND p.unit_status = 'in' AND ` + reach.Where("p.person_id", &args)
	if only == "" {
		text += ` AND p.person_id <> ` + args.Add(authorOf(ctx).person)
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
	of, err := recordsOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids := of.all(slices.Sorted(maps.Keys(by)))
	if err := errors.Join(mineSteps(ctx, tx, by, of, ids), mineTook(ctx, tx, by, all), mineShared(ctx, tx, by)); err != nil {
		return nil, err
	}
	return all, mineWords(ctx, tx, by, of, ids)
}

// mineShared says of whose number somebody else is reached by, too: a wrong number is asked about then.
func mineShared(ctx context.Context, tx *db.Tx, by map[string]*Mine) error {
	phones := map[string]string{}
	for id, m := range by {
		if m.Phone != "" {
			phones[id] = m.Phone
		}
	}
	shared, err := roster.Sharing(ctx, tx, phones)
	for id, all := range shared {
		by[id].Shared = all
	}
	return err
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
	if who == nil {
		return nil
	}
	for id, m := range by {
		m.Booked = "no"
		if who[id] {
			m.Booked = "yes"
		}
	}
	return nil
}

// mineSteps finds what each agreed upon last, and what the caller has taken on since.
func mineSteps(ctx context.Context, tx *db.Tx, by map[string]*Mine, of merged, ids []string) error {
	var args db.Args
	text := `SELECT f.person_id, f.what, f.on_day FROM (
		SELECT person_id, next_step AS what, next_at AS on_day, at, id FROM conversation c
			WHERE (next_step <> '' OR outcome NOT IN ('no_answer', 'busy', 'left_message')) AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = c.id AND x.by_account = c.by_account)
			AND c.person_id IN ` + args.In(ids) + `
		UNION ALL SELECT person_id, what, due, at, id FROM follow_up u
			WHERE done_at = 0 AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = u.id AND x.by_account = u.by_account)
			AND to_account = ` + args.Add(authorOf(ctx).account) + ` AND u.person_id IN ` + args.In(ids) + `
		) f ORDER BY f.at DESC, f.id DESC LIMIT 2000`
	seen := map[string]bool{}
	return tx.Rows(ctx, text, args, func(rows *sql.Rows) error {
		var id, what, on string
		if err := rows.Scan(&id, &what, &on); err != nil {
			return err
		}
		id = of.top(id)
		if m := by[id]; m != nil && !seen[id] { // the newest says what is next, also when that is nothing
			seen[id], m.Next, m.NextOn = true, what, on
		}
		return nil
	})
}

// mineWords finds the newest notes on each: her own, and those that are shared with whoever may read notes.
func mineWords(ctx context.Context, tx *db.Tx, by map[string]*Mine, of merged, ids []string) error {
	me := authorOf(ctx).account
	var args db.Args
	query := `SELECT person_id FROM person_now WHERE person_id IN ` + args.In(ids) + ` AND ` + reachOf(ctx, NoteRead).Where("person_id", &args)
	open, err := db.Strings(ctx, tx, query, args...)
	if err != nil {
		return fmt.Errorf("read whose notes are shared with her: %w", err)
	}
	args = nil
	part := func(table, column string) string {
		return `SELECT t.person_id, t.at, t.note, t.` + column + ` AS visibility, t.by_account, t.id FROM ` + table + ` t
			WHERE t.note <> '' AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = t.id AND x.by_account = t.by_account) AND t.person_id IN ` + args.In(ids) + `
			AND (t.by_account = ` + args.Add(me) + ` OR t.` + column + ` = 'shared')`
	}
	text := `SELECT f.person_id, f.at, f.note, f.visibility, f.by_account FROM (` +
		part("conversation", "note_visibility") + ` UNION ALL ` + part("person_note", "visibility") + `
		) f ORDER BY f.at DESC, f.id DESC LIMIT 1000`
	return tx.Rows(ctx, text, args, func(rows *sql.Rows) error {
		var id, visibility, author string
		var n MineNote
		if err := rows.Scan(&id, &n.At, &n.Text, &visibility, &author); err != nil {
			return err
		}
		n.Own, n.Only = author == me, visibility == string(Private)
		id = of.top(id)
		if m := by[id]; m != nil && len(m.Notes) < mineNotes && (n.Own || slices.Contains(open, id)) {
			m.Notes = append(m.Notes, n)
		}
		return nil
	})
}
