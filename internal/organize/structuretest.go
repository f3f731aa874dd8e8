// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/roster"
)

// TestState is where a structure test stands.
type TestState string

// TestEvent is what moves it on.
type TestEvent string

// The states and events.
const (
	TestDraft  TestState = "draft"
	TestOpen   TestState = "open"
	TestClosed TestState = "closed" // the people counted are frozen
	TestVoid   TestState = "void"

	OpenIt  TestEvent = "open"
	CloseIt TestEvent = "close"
	VoidIt  TestEvent = "void"
)

// testNext is the whole life of a structure test. A closed one is never opened again: a correction stands beside its result.
var testNext = map[TestState]map[TestEvent]TestState{
	TestDraft: {OpenIt: TestOpen, VoidIt: TestVoid},
	TestOpen:  {CloseIt: TestClosed, VoidIt: TestVoid},
}

// Next returns the state that e leads to. Errors: Conflict, with what is possible now.
func (s TestState) Next(e TestEvent) (TestState, error) {
	if to, ok := testNext[s][e]; ok {
		return to, nil
	}
	return "", fault.New(fault.Conflict, "organize.test.step_refused", "State", string(s), "Event", string(e), "Allowed", slices.Sorted(maps.Keys(testNext[s])))
}

// Test is one structure test: an action that shows who acts.
type Test struct {
	ID           string
	Name         string
	Question     string // what a yes means
	Kind         string // petition, sticker, picket, pledge, contact
	Public       bool   // colleagues and the employer see who took part
	Opens        time.Time
	Closes       time.Time
	AsOf         roster.Date // the day whose unit is counted
	ThresholdPct int
	PerSite      bool       // every worksite must reach the threshold, not the unit alone
	Scope        auth.Scope // Unit, Region or Site
	ScopeID      string
	Verified     bool // what a captain marks does not count
	Partition    auth.Scope
	State        TestState
	VoidWhy      string
	ClosedAt     time.Time
	IDsSHA256    string
	N            int // frozen
	ListVersion  int
	Result       Result // of a closed one
	By           string
}

// Kinds are the kinds of structure tests, in the order of the ladder.
var Kinds = []string{"contact", "petition", "sticker", "picket", "pledge"}

// Tally is how many took part. Yes is what counts towards the threshold; Captain is the part of all yeses that rests on a
// captain's word alone. Unknown is nobody's no.
type Tally struct {
	N        int `json:"n"`
	Yes      int `json:"yes"`
	Verified int `json:"verified"`
	Captain  int `json:"captain"`
	No       int `json:"no"`
	Unknown  int `json:"unknown"`
}

func (t *Tally) add(o Tally) {
	t.N, t.Yes, t.Verified, t.Captain, t.No, t.Unknown = t.N+o.N, t.Yes+o.Yes, t.Verified+o.Verified, t.Captain+o.Captain, t.No+o.No, t.Unknown+o.Unknown
}

// SiteTally is the tally of one worksite.
type SiteTally struct {
	Site   string `json:"site"`
	Region string `json:"region,omitempty"`
	Tally
}

// Result is what a test came to: the whole, then its worksites by id.
type Result struct {
	Tally
	Sites []SiteTally `json:"sites"`
}

const testColumns = `id, name, question, kind, public, opens, closes, as_of, threshold_pct, per_site, scope, scope_id, evidence_needed,
	partition, state, void_why, closed_at, frozen_ids_sha256, frozen_n, frozen_list_version, result, by_account`

func scanTest(r interface{ Scan(...any) error }) (t Test, err error) {
	var opens, closes, closed int64
	var needed, result string
	err = r.Scan(&t.ID, &t.Name, &t.Question, &t.Kind, &t.Public, &opens, &closes, &t.AsOf, &t.ThresholdPct, &t.PerSite, &t.Scope, &t.ScopeID,
		&needed, &t.Partition, &t.State, &t.VoidWhy, &closed, &t.IDsSHA256, &t.N, &t.ListVersion, &result, &t.By)
	if err != nil {
		return t, err
	}
	t.Opens, t.Closes, t.ClosedAt, t.Verified = moment(opens), moment(closes), moment(closed), needed == "verified"
	if result != "" {
		err = json.Unmarshal([]byte(result), &t.Result)
	}
	return t, err
}

func testOf(ctx context.Context, tx *db.Tx, id string) (Test, error) {
	t, err := scanTest(tx.Row(ctx, `SELECT `+testColumns+` FROM structure_test WHERE id = $1`, id))
	ok, err := db.Found(err)
	if err != nil {
		return t, fmt.Errorf("read structure test: %w", err)
	}
	if !ok {
		return t, fault.New(fault.Missing, "organize.test.missing")
	}
	return t, nil
}

// tests returns the tests in the given states whose scope touches reach, the newest first.
func tests(ctx context.Context, tx *db.Tx, reach auth.Reach, states ...TestState) ([]Test, error) {
	var args db.Args
	var in []string
	for _, s := range states {
		in = append(in, string(s))
	}
	query := `SELECT ` + testColumns + ` FROM structure_test WHERE state IN ` + args.In(in) + ` ORDER BY closes DESC, id LIMIT 200`
	all, err := db.All(ctx, tx, func(r *sql.Rows) (Test, error) { return scanTest(r) }, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read structure tests: %w", err)
	}
	var out []Test
	for i := range all {
		ok, err := touches(ctx, tx, reach, &all[i])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// touches tells whether anyone whom t counts can be within reach: a test of another region is not there for her.
func touches(ctx context.Context, tx *db.Tx, reach auth.Reach, t *Test) (bool, error) {
	if reach.All || t.Scope == auth.Unit {
		return true, nil
	}
	var args db.Args
	where := map[auth.Scope]string{auth.Site: `worksite_id = `, auth.Region: `region = `}[t.Scope] + args.Add(t.ScopeID)
	var n int
	query := `SELECT CASE WHEN EXISTS (SELECT 1 FROM person_site x WHERE x.` + where + ` AND ` + reach.Where("x.person_id", &args) + `) THEN 1 ELSE 0 END`
	if err := tx.Row(ctx, query, args...).Scan(&n); err != nil {
		return false, fmt.Errorf("look whom the test counts: %w", err)
	}
	return n == 1, nil
}

// contains tells whether reach holds everyone whom t counts: who manages a test reaches all of it.
func contains(ctx context.Context, tx *db.Tx, reach auth.Reach, scope auth.Scope, id string) (bool, error) {
	switch {
	case reach.All:
		return true, nil
	case scope == auth.Region:
		return slices.Contains(reach.Regions, id), nil
	case scope == auth.Site:
		var region string
		if _, err := db.Found(tx.Row(ctx, `SELECT region FROM worksite WHERE id = $1`, id).Scan(&region)); err != nil {
			return false, fmt.Errorf("read worksite: %w", err)
		}
		return slices.Contains(reach.Sites, id) || region != "" && slices.Contains(reach.Regions, region), nil
	}
	return false, nil
}

// manage returns the test if the caller may manage it. Errors: Missing.
func manage(ctx context.Context, tx *db.Tx, id string) (Test, error) {
	reach, err := auth.Allowed(ctx, TestManage)
	if err != nil {
		return Test{}, err
	}
	t, err := testOf(ctx, tx, id)
	if err != nil {
		return t, err
	}
	ok, err := contains(ctx, tx, reach, t.Scope, t.ScopeID)
	if err == nil && !ok {
		err = fault.New(fault.Missing, "organize.test.missing")
	}
	return t, err
}

// closeJob closes tests when their time has come.
const closeJob = "organize.close"

// MakeTest writes a draft, or opens it at once, and returns its id. Errors: Invalid by field, Forbidden for people the caller
// does not reach.
func (s *Store) MakeTest(ctx context.Context, t Test, open bool) (string, error) {
	reach, err := auth.Allowed(ctx, TestManage)
	if err != nil {
		return "", err
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (string, error) {
		if t.Opens.IsZero() {
			t.Opens = tx.Now
		}
		if t.AsOf.IsZero() {
			if t.AsOf, err = today(ctx, tx); err != nil {
				return "", err
			}
		}
		if err := t.check(tx.Now); err != nil {
			return "", err
		}
		if ok, err := contains(ctx, tx, reach, t.Scope, t.ScopeID); err != nil || !ok {
			return "", errors.Join(err, fault.Field("scope", "organize.test.scope_yours"))
		}
		t.ID, t.State = newID(), TestDraft
		_, err := tx.Exec(ctx, `INSERT INTO structure_test (id, name, question, kind, public, opens, closes, as_of, threshold_pct, per_site,
			scope, scope_id, evidence_needed, partition, state, by_account, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			t.ID, t.Name, t.Question, t.Kind, bit(t.Public), t.Opens.UnixMilli(), t.Closes.UnixMilli(), t.AsOf.String(), t.ThresholdPct, bit(t.PerSite),
			t.Scope, t.ScopeID, map[bool]string{true: "verified", false: "any"}[t.Verified], t.Partition, t.State, audit.By(ctx).Account,
			tx.Now.UnixMilli())
		if err != nil {
			return "", fmt.Errorf("add structure test: %w", err)
		}
		verb := "test.draft"
		if open {
			verb = "test.open"
			if err := openTest(ctx, tx, &t); err != nil {
				return "", err
			}
		}
		changed(tx)
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: verb, Object: "test:" + t.ID, Scope: string(t.Scope), Count: 1})
		return t.ID, err
	})
}

// check says what is wrong with a new test. now bounds its days.
func (t *Test) check(now time.Time) error {
	problems := []*fault.Error{tidy(&t.Name, "name", 80), tidy(&t.Question, "question", longestLine)}
	wrong := func(bad bool, field, key string) {
		if bad {
			problems = append(problems, fault.Field(field, key))
		}
	}
	wrong(t.Name == "", "name", "organize.needed")
	wrong(t.Question == "", "question", "organize.needed")
	wrong(!slices.Contains(Kinds, t.Kind), "kind", "organize.choose")
	wrong(t.ThresholdPct < 1 || t.ThresholdPct > 100, "threshold", "organize.test.threshold_range")
	wrong(!t.Closes.After(t.Opens) || !t.Closes.After(now), "closes", "organize.test.closes_later")
	if t.Partition == "" {
		t.Partition = auth.Region
	}
	wrong(t.Partition != auth.Region && t.Partition != auth.Unit, "partition", "organize.choose")
	if t.Scope == "" {
		t.Scope = auth.Unit
	}
	wrong(t.Scope != auth.Unit && t.Scope != auth.Region && t.Scope != auth.Site || (t.Scope == auth.Unit) != (t.ScopeID == ""), "scope", "organize.choose")
	return fault.Join(problems...)
}

// openTest moves a draft to open and has the clock close it.
func openTest(ctx context.Context, tx *db.Tx, t *Test) error {
	to, err := t.State.Next(OpenIt)
	if err != nil {
		return err
	}
	if !t.Closes.After(tx.Now) {
		return fault.Field("closes", "organize.test.closes_later")
	}
	t.State = to
	n, err := tx.ExecN(ctx, `UPDATE structure_test SET state = 'open', opens = $1 WHERE id = $2 AND state = 'draft'`, max(t.Opens.UnixMilli(), tx.Now.UnixMilli()), t.ID)
	if err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.Conflict, "roster.changed_meanwhile"))
	}
	return job.Put(ctx, tx, job.Job{Kind: closeJob, Key: t.ID, RunAt: t.Closes, Payload: closing{t.ID}})
}

type closing struct{ Test string }

// OpenTest opens a draft. Errors: Missing, Conflict for one that is no draft.
func (s *Store) OpenTest(ctx context.Context, id string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		t, err := manage(ctx, tx, id)
		if err != nil {
			return err
		}
		changed(tx)
		if err := openTest(ctx, tx, &t); err != nil {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "test.open", Object: "test:" + id, Scope: string(t.Scope), Count: 1})
		return err
	})
}

// CloseTest closes an open test before its time: whoever is eligible on its day is frozen with her answer, and neither result nor
// n changes again. Errors: Missing, Conflict.
func (s *Store) CloseTest(ctx context.Context, id string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		t, err := manage(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.close(ctx, tx, &t)
	})
}

// VoidTest ends a draft or an open test without a result, with the reason. Errors: Missing, Conflict, Invalid without a reason.
func (s *Store) VoidTest(ctx context.Context, id, why string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		t, err := manage(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := t.State.Next(VoidIt); err != nil {
			return err
		}
		if p := tidy(&why, "why", longestLine); p != nil || why == "" && t.State == TestOpen {
			return fault.Join(p, fault.Field("why", "organize.needed"))
		}
		n, err := tx.ExecN(ctx, `UPDATE structure_test SET state = 'void', void_why = $1 WHERE id = $2 AND state = $3`, why, id, t.State)
		if err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "roster.changed_meanwhile"))
		}
		if _, err := job.Cancel(ctx, tx, closeJob, id, "void"); err != nil {
			return err
		}
		changed(tx)
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "test.void", Object: "test:" + id, Count: 1})
		return err
	})
}

// NoteTest puts a dated correction beside the result of a closed test. Errors: Missing, Conflict before it is closed.
func (s *Store) NoteTest(ctx context.Context, id, note string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		t, err := manage(ctx, tx, id)
		if err != nil {
			return err
		}
		if t.State != TestClosed {
			return fault.New(fault.Conflict, "organize.test.note_closed")
		}
		if p := tidy(&note, "note", longestNote); p != nil || note == "" {
			return fault.Join(p, fault.Field("note", "organize.needed"))
		}
		if _, err := tx.Exec(ctx, `INSERT INTO structure_test_note (id, test_id, note, by_account, at) VALUES ($1, $2, $3, $4, $5)`, newID(), id, note,
			audit.By(ctx).Account, tx.Now.UnixMilli()); err != nil {
			return fmt.Errorf("add correction: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "test.note", Object: "test:" + id, Count: 1})
		return err
	})
}

// closeDue is the job's handler: it closes a test whose time has come.
func (s *Store) closeDue(ctx context.Context, r job.Run) error {
	var c closing
	if err := r.Read(&c); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		t, err := testOf(ctx, tx, c.Test)
		if err != nil {
			return err
		}
		if t.State != TestOpen {
			return r.Drop(ctx, tx, string(t.State))
		}
		if err := r.Finish(ctx, tx); err != nil {
			return err
		}
		return s.close(ctx, tx, &t)
	})
}

// close freezes who is eligible on the test's day, and the answers. The lock keeps answers that come meanwhile out.
func (s *Store) close(ctx context.Context, tx *db.Tx, t *Test) error {
	if _, err := t.State.Next(CloseIt); err != nil {
		return err
	}
	if err := tx.Lock(ctx, "test:"+t.ID); err != nil {
		return fmt.Errorf("lock structure test: %w", err)
	}
	all, err := eligible(ctx, tx, t)
	if err != nil {
		return err
	}
	version, err := listVersion(ctx, tx)
	if err != nil {
		return err
	}
	var ids []string
	var rows [][]any
	sites := map[string]*SiteTally{}
	var result Result
	for _, p := range all {
		ids = append(ids, p.id)
		rows = append(rows, []any{t.ID, p.id, p.site, p.state, bit(p.verified)})
		one := p.tally(t.Verified)
		if sites[p.site] == nil {
			sites[p.site] = &SiteTally{Site: p.site, Region: p.region}
		}
		sites[p.site].add(one)
		result.add(one)
	}
	for _, id := range slices.Sorted(maps.Keys(sites)) {
		result.Sites = append(result.Sites, *sites[id])
	}
	if err := tx.Insert(ctx, "structure_test_eligible", []string{"test_id", "person_id", "worksite_id", "state", "verified"}, rows); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	n, err := tx.ExecN(ctx, `UPDATE structure_test SET state = 'closed', closed_at = $1, closed_by = $2, frozen_ids_sha256 = $3, frozen_n = $4,
		frozen_list_version = $5, result = $6 WHERE id = $7 AND state = 'open'`,
		tx.Now.UnixMilli(), audit.By(ctx).Account, hex.EncodeToString(sum[:]), len(ids), version, jsonOf(result), t.ID)
	if err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.Conflict, "roster.changed_meanwhile"))
	}
	if _, err := tx.Exec(ctx, `DELETE FROM participation_now WHERE test_id = $1`, t.ID); err != nil {
		return fmt.Errorf("clear open answers: %w", err)
	}
	if _, err := job.Cancel(ctx, tx, closeJob, t.ID, "closed"); err != nil {
		return err
	}
	changed(tx)
	_, err = audit.Append(ctx, tx, audit.Entry{Verb: "test.close", Object: "test:" + t.ID, Detail: "sha256=" + hex.EncodeToString(sum[:]), Count: len(ids)})
	return err
}

// counting is one person whom a test counts.
type counting struct {
	id, site, region string
	state            Answer
	verified         bool
}

func (c counting) tally(strict bool) Tally {
	t := Tally{N: 1}
	switch {
	case c.state == Yes && (c.verified || !strict):
		t.Yes = 1
		t.Verified, t.Captain = bit(c.verified), bit(!c.verified)
	case c.state == Yes: // on a captain's word alone, where that is not enough
		t.Captain, t.Unknown = 1, 1
	case c.state == No:
		t.No = 1
	default:
		t.Unknown = 1
	}
	return t
}

// eligible(u, d) of the specification, section 3.1: distinct people, merged ones once, in the unit on the day and with a job that
// covers it. Today's unit stands in person_stand. For another day the jobs are asked, and the status is the one before the
// first change made after that day.
func eligible(ctx context.Context, tx *db.Tx, t *Test) ([]counting, error) {
	day, err := today(ctx, tx)
	if err != nil {
		return nil, err
	}
	var args db.Args
	query := `SELECT s.person_id, s.worksite_id FROM person_stand s WHERE s.in_unit = 1`
	if t.AsOf != day {
		end, err := endOf(ctx, tx, t.AsOf)
		if err != nil {
			return nil, err
		}
		query = `SELECT p.id, (SELECT e.worksite_id FROM employment e WHERE e.person_id = p.id AND e.voided_by = '' AND e.starts_on <= ` + args.Add(t.AsOf.String()) +
			` AND (e.ends_on = '' OR e.ends_on >= ` + args.Add(t.AsOf.String()) + `) ORDER BY e.is_primary DESC, e.starts_on DESC, e.id LIMIT 1)
			FROM person p WHERE p.merged_into = '' AND COALESCE((SELECT c.before FROM change c WHERE c.entity_id = p.id AND c.field = 'unit_status'
			AND c.at >= ` + args.Add(end.UnixMilli()) + ` ORDER BY c.id LIMIT 1), '"' || p.unit_status || '"') = '"in"'`
	}
	regions := map[string]string{}
	if err := tx.Rows(ctx, `SELECT id, region FROM worksite ORDER BY id LIMIT 100000`, nil, func(r *sql.Rows) error {
		var id, region string
		err := r.Scan(&id, &region)
		regions[id] = region
		return err
	}); err != nil {
		return nil, fmt.Errorf("read regions: %w", err)
	}
	var all []counting
	if err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		c := counting{state: Unknown}
		var site sql.NullString
		if err := r.Scan(&c.id, &site); err != nil || !site.Valid {
			return err
		}
		c.site, c.region = site.String, regions[site.String]
		if t.Scope == auth.Unit || t.Scope == auth.Region && c.region == t.ScopeID || t.Scope == auth.Site && c.site == t.ScopeID {
			all = append(all, c)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read who is eligible: %w", err)
	}
	slices.SortFunc(all, func(a, b counting) int { return strings.Compare(a.id, b.id) })
	where := make(map[string]int, len(all))
	for i, c := range all {
		where[c.id] = i
	}
	err = tx.Rows(ctx, `SELECT person_id, state, verified FROM participation_now WHERE test_id = $1`, []any{t.ID}, func(r *sql.Rows) error {
		var id string
		var c counting
		err := r.Scan(&id, &c.state, &c.verified)
		if i, ok := where[id]; ok {
			all[i].state, all[i].verified = c.state, c.verified
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return all, nil
}

// endOf returns the instant at which day ends in the campaign's zone.
func endOf(ctx context.Context, tx *db.Tx, day roster.Date) (time.Time, error) {
	zone, err := db.Zone(ctx, tx)
	return time.Date(day.Year, day.Month, day.Day+1, 0, 0, 0, 0, zone), err
}

// listVersion is that of the newest unit list, 0 before the first.
func listVersion(ctx context.Context, tx *db.Tx) (int, error) {
	var n int
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(version), 0) FROM unit_list`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read list version: %w", err)
	}
	return n, nil
}
