// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// derive brings the derived rows of the person whose record is person, or was merged, up to date. late: what stood at the end of a day
// that has passed changes, too.
func (s *Store) derive(ctx context.Context, tx *db.Tx, person string, late bool) error {
	b, together := ctx.Value(togetherKey{}).(*together)
	if !together {
		b = newTogether()
	}
	b.people = append(b.people, person)
	if late {
		b.builder.late = append(b.builder.late, person)
	}
	if together {
		return nil
	}
	changed(tx)
	return s.rebuild(ctx, tx, b.people, &b.builder)
}

// RosterChanged follows a change of the roster: it is roster.Store's OnChange. After most changes, of a phone number say, people stand
// where they stood: then nothing is derived anew.
func (s *Store) RosterChanged(ctx context.Context, tx *db.Tx, people []string) error {
	var differ []string
	sites := map[string]bool{}
	collect := func(r *sql.Rows) error {
		var id, was, is string
		var other bool
		err := r.Scan(&id, &was, &is, &other)
		sites[was], sites[is] = true, true
		if other {
			differ = append(differ, id)
		}
		return err
	}
	if err := each(ctx, tx, sqlMoved, people, ``, collect); err != nil {
		return err
	}
	if err := each(ctx, tx, sqlGone, people, ``, collect); err != nil {
		return err
	}
	if len(differ) == 0 {
		return s.touchSites(ctx, tx, sites)
	}
	if len(people) <= fewPeople { // a merge or its undoing: the other record's facts come or go, too
		differ = people
	}
	changed(tx)
	return s.rebuild(ctx, tx, differ, &builder{sites: sites})
}

const fewPeople = 10

// Where people stood and stand now, and whether their worksite, shift or standing in the unit is another than in the derived row;
// and whose derived row has nobody any more.
const (
	sqlMoved = `SELECT n.person_id, COALESCE(s.worksite_id, ''), n.worksite_id, CASE WHEN s.person_id IS NULL OR s.worksite_id <> n.worksite_id
		OR s.shift <> n.shift OR s.in_unit <> CASE WHEN n.unit_status = 'in' AND n.worksite_id <> '' THEN 1 ELSE 0 END THEN 1 ELSE 0 END
		FROM person_now n LEFT JOIN person_stand s ON s.person_id = n.person_id WHERE n.person_id IN `
	sqlGone = `SELECT s.person_id, s.worksite_id, '', 1 FROM person_stand s LEFT JOIN person_now n ON n.person_id = s.person_id
		WHERE n.person_id IS NULL AND s.person_id IN `
)

// chunk is how many people one query names.
const chunk = 400

// Rebuild makes the derived rows of people anew, in the transaction that changed a fact about them or their record. Ids that are merged into others stand for those; what nobody has is removed.
func (s *Store) Rebuild(ctx context.Context, tx *db.Tx, people []string) error {
	return s.rebuild(ctx, tx, people, &builder{sites: map[string]bool{}})
}

func (s *Store) rebuild(ctx context.Context, tx *db.Tx, people []string, b *builder) error {
	b.into, b.leads = map[string]string{}, map[string]bool{}
	if err := b.merges(ctx, tx, people); err != nil {
		return err
	}
	var err error
	if b.open, err = db.Strings(ctx, tx, `SELECT id FROM structure_test WHERE state = 'open' ORDER BY closes, id LIMIT 100`); err != nil {
		return fmt.Errorf("read open tests: %w", err)
	}
	if b.bare, err = noFacts(ctx, tx); err != nil {
		return err
	}
	if b.day, err = today(ctx, tx); err != nil {
		return err
	}
	for part := range slices.Chunk(b.tops, chunk) {
		if err := b.part(ctx, tx, part); err != nil {
			return err
		}
	}
	if err := b.leaders(ctx, tx); err != nil {
		return err
	}
	if err := each(ctx, tx, `SELECT DISTINCT worksite_id FROM person_stand WHERE person_id IN `, b.late, ``, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		b.mark(id, true)
		return err
	}); err != nil {
		return err
	}
	return s.touchSites(ctx, tx, b.sites)
}

// noFacts tells whether nothing is recorded yet: the first list of 60,000 people then costs one insert each.
func noFacts(ctx context.Context, tx *db.Tx) (bool, error) {
	var n int
	err := tx.Row(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM conversation) OR EXISTS (SELECT 1 FROM assessment) OR EXISTS (SELECT 1 FROM leadership)
		OR EXISTS (SELECT 1 FROM leader_mark) OR EXISTS (SELECT 1 FROM pledge) OR EXISTS (SELECT 1 FROM participation) THEN 0 ELSE 1 END`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for facts: %w", err)
	}
	return n == 1, nil
}

// builder derives rows.
type builder struct {
	tops  []string            // people to derive
	below map[string][]string // top -> records merged into it, when any
	into  map[string]string   // record -> top, for those of tops
	gone  []string            // ids that are no record of their own
	open  []string            // structure tests
	bare  bool
	day   roster.Date     // today
	leads map[string]bool // leaders whose numbers change
	sites map[string]bool // worksites whose people change; true: by the roster, or in their past
	late  []string        // people whose past changes
}

func (b *builder) mark(site string, who bool) { b.sites[site] = b.sites[site] || who }

// at notes the worksites of those whom condition, which ends before a list of ids, finds.
func (b *builder) at(ctx context.Context, tx *db.Tx, condition string, ids []string) error {
	return each(ctx, tx, `SELECT DISTINCT worksite_id FROM person_stand WHERE `+condition+` IN `, ids, ``, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		b.mark(id, false)
		return err
	})
}

// merges finds for each id the record that remains and all that were merged into it.
func (b *builder) merges(ctx context.Context, tx *db.Tx, people []string) error {
	b.below = map[string][]string{}
	parent, err := recordsOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range people {
		t := parent.top(id)
		if t != id {
			b.gone = append(b.gone, id)
		}
		b.tops = append(b.tops, t)
	}
	slices.Sort(b.tops)
	b.tops = slices.Compact(b.tops)
	for _, t := range b.tops {
		b.into[t] = t
	}
	for id := range parent {
		if t := parent.top(id); b.into[t] != "" {
			b.below[t] = append(b.below[t], id)
			b.into[id] = t
		}
	}
	return nil
}

// standing is a row of person_stand as it is put together.
type standing struct {
	Current
	acted int64
}

const sqlCounted = ` NOT EXISTS (SELECT 1 FROM retraction r WHERE r.fact_id = f.id AND r.by_account = f.by_account)`

// Each reads one table by its index on the person, for as many people as the list names.
const (
	sqlBase   = `SELECT n.person_id, n.worksite_id, n.shift, CASE WHEN n.unit_status = 'in' AND n.worksite_id <> '' THEN 1 ELSE 0 END FROM person_now n WHERE n.person_id IN `
	sqlValues = `SELECT f.person_id, f.value, f.basis, f.at FROM assessment f WHERE` + sqlCounted + ` AND f.person_id IN `
	sqlTalks  = `SELECT f.person_id, f.outcome, f.by_person, f.at FROM conversation f WHERE` + sqlCounted + ` AND f.person_id IN `
	sqlLed    = `SELECT f.led, f.leader FROM leadership f WHERE f.until_at = 0 AND f.led IN `
	sqlMarks  = `SELECT f.person_id, f.role_id FROM leader_mark f WHERE f.until_at = 0 AND f.person_id IN `
	sqlPledge = `SELECT f.person_id, f.state, f.day FROM pledge f JOIN pledge_time t ON t.pledge_id = f.id WHERE f.person_id IN `
	sqlTook   = `SELECT f.person_id, f.state, f.evidence, f.verified_by, f.at FROM participation f WHERE` + sqlCounted + ` AND f.test_id = `
)

func (b *builder) part(ctx context.Context, tx *db.Tx, tops []string) error {
	ids := slices.Clone(tops)
	for _, t := range tops {
		ids = append(ids, b.below[t]...)
	}
	old := slices.Concat(ids, b.gone)
	b.gone = nil
	if !b.bare { // whoever led them, or leads them from now on, counts anew
		if err := each(ctx, tx, `SELECT DISTINCT leader_id FROM person_stand WHERE leader_id <> '' AND person_id IN `, old, ``, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			b.leads[id] = true
			return err
		}); err != nil {
			return err
		}
	}
	if err := b.at(ctx, tx, `person_id`, old); err != nil {
		return err
	}
	listed, err := b.listed(ctx, tx, old)
	if err != nil {
		return err
	}
	for _, table := range []string{"person_stand", "participation_now"} {
		for few := range slices.Chunk(old, chunk) {
			var args db.Args
			in := args.In(padded(few))
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE person_id IN `+in, args...); err != nil {
				return fmt.Errorf("clear %s: %w", table, err)
			}
		}
	}
	rows := map[string]*standing{}
	if err := each(ctx, tx, sqlBase, tops, ``, func(r *sql.Rows) error {
		p := &standing{Current: Current{Pledge: NoPledge}}
		err := r.Scan(&p.Person, &p.Site, &p.Shift, &p.InUnit)
		rows[p.Person] = p
		b.mark(p.Site, false)
		return err
	}); err != nil {
		return err
	}
	if !b.bare {
		if err := b.facts(ctx, tx, ids, rows); err != nil {
			return err
		}
	}
	if err := insertStand(ctx, tx, tops, rows); err != nil {
		return err
	}
	if slices.ContainsFunc(listed, func(id string) bool { return !rows[id].listed(b.day) }) {
		tx.Touch(ListTopic)
	}
	if b.bare {
		return nil
	}
	for _, test := range b.open {
		if err := b.took(ctx, tx, test, ids, rows); err != nil {
			return err
		}
	}
	return nil
}

// listed returns those of ids who stand on the list of public pledges.
func (b *builder) listed(ctx context.Context, tx *db.Tx, ids []string) (out []string, err error) {
	if b.bare {
		return nil, nil
	}
	return out, each(ctx, tx, `SELECT person_id, pledge_day FROM person_stand WHERE in_unit + 0 = 1 AND pledge = 'public' AND person_id IN `, ids, ``,
		func(r *sql.Rows) error {
			p := standing{Current: Current{InUnit: true, Pledge: PledgePublic}}
			err := r.Scan(&p.Person, &p.PledgeDay)
			if p.listed(b.day) {
				out = append(out, p.Person)
			}
			return err
		})
}

// listed tells whether the list of public pledges names p: until the day is over it names nobody, so that it does not tell when.
func (p *standing) listed(day roster.Date) bool {
	return p != nil && p.InUnit && p.Pledge == PledgePublic && p.PledgeDay.String() < day.String()
}

// facts reads what is recorded under ids into rows. Of each kind the last by time, then id, is what counts.
func (b *builder) facts(ctx context.Context, tx *db.Tx, ids []string, rows map[string]*standing) error {
	of := func(id string) *standing {
		if p := rows[b.into[id]]; p != nil {
			return p
		}
		return &standing{} // nobody on the roster today: thrown away
	}
	err := each(ctx, tx, sqlValues, ids, ` ORDER BY f.at, f.id`, func(r *sql.Rows) error {
		var id string
		var c Current
		var at int64
		err := r.Scan(&id, &c.Value, &c.Basis, &at)
		p := of(id)
		p.Value, p.Basis, p.ValueAt = c.Value, c.Basis, moment(at)
		return err
	})
	if err != nil {
		return err
	}
	// A merged record may have had a leader of its own: the one named last keeps contact.
	leader := map[string]string{}
	if err := each(ctx, tx, sqlLed, ids, ` ORDER BY f.since_at, f.id`, func(r *sql.Rows) error {
		var id, who string
		err := r.Scan(&id, &who)
		leader[b.into[id]] = who
		return err
	}); err != nil {
		return err
	}
	for led, who := range leader {
		var top string
		if _, err := db.Found(tx.Row(ctx, sqlTop, who).Scan(&top)); err != nil {
			return fmt.Errorf("find leader: %w", err)
		}
		if top != led {
			of(led).Leader = top
			b.leads[top] = true
		}
	}
	if err := each(ctx, tx, sqlTalks, ids, ` ORDER BY f.at, f.id`, func(r *sql.Rows) error {
		var id, by string
		var outcome Outcome
		var at int64
		err := r.Scan(&id, &outcome, &by, &at)
		p := of(id)
		p.TriedAt, p.Outcome = moment(at), outcome
		if outcome == Talked {
			p.TalkAt = p.TriedAt
			if by != "" && by == p.Leader {
				p.LeaderTalk = p.TriedAt
			}
		}
		return err
	}); err != nil {
		return err
	}
	if err := each(ctx, tx, sqlMarks, ids, ` ORDER BY f.since_at, f.id`, func(r *sql.Rows) error {
		var id, role string
		err := r.Scan(&id, &role)
		of(id).Marked = role
		return err
	}); err != nil {
		return err
	}
	if err := each(ctx, tx, sqlPledge, ids, ` ORDER BY t.at, f.seq, f.id`, func(r *sql.Rows) error {
		var id string
		var c Current
		err := r.Scan(&id, &c.Pledge, &c.PledgeDay)
		p := of(id)
		if p.Pledge != c.Pledge { // the same to newer words: it stands since the first day
			p.Pledge, p.PledgeDay = c.Pledge, c.PledgeDay
		}
		return err
	}); err != nil {
		return err
	}
	for _, table := range []string{"conversation", "assessment", "participation"} { // each by its index on the author
		if err := each(ctx, tx, `SELECT f.by_person, MAX(f.at) FROM `+table+` f WHERE f.by_person <> '' AND f.by_person IN `, ids, ` GROUP BY f.by_person`,
			func(r *sql.Rows) error {
				var id string
				var at int64
				err := r.Scan(&id, &at)
				p := of(id)
				p.acted = max(p.acted, at)
				return err
			}); err != nil {
			return err
		}
	}
	return nil
}

func insertStand(ctx context.Context, tx *db.Tx, tops []string, rows map[string]*standing) error {
	var out [][]any
	for _, id := range tops {
		p := rows[id]
		if p == nil {
			continue
		}
		out = append(out, []any{
			p.Site, p.Person, p.Shift, bit(p.InUnit), p.Value, p.Basis, millis(p.ValueAt), millis(p.TriedAt), millis(p.TalkAt),
			p.Outcome, p.Leader, millis(p.LeaderTalk), p.Marked, p.acted, p.Pledge, p.PledgeDay.String(),
		})
	}
	slices.SortFunc(out, func(a, b []any) int { return compareText(a[0], b[0], a[1], b[1]) })
	return tx.Insert(ctx, "person_stand", []string{
		"worksite_id", "person_id", "shift", "in_unit", "value", "basis", "value_at", "tried_at", "talk_at",
		"outcome", "leader_id", "leader_talk_at", "marked", "acted_at", "pledge", "pledge_day",
	}, out)
}

// took derives the participation of ids in one open test.
func (b *builder) took(ctx context.Context, tx *db.Tx, test string, ids []string, rows map[string]*standing) error {
	type took struct {
		state    Answer
		evidence Evidence
		verified int
		at       int64
	}
	last := map[string]took{}
	for few := range slices.Chunk(ids, chunk) {
		var args db.Args
		query := sqlTook + args.Add(test) + ` AND f.person_id IN ` + args.In(few) + ` ORDER BY f.at, f.id`
		if err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
			var id, by string
			var t took
			err := r.Scan(&id, &t.state, &t.evidence, &by, &t.at)
			t.verified = bit(t.evidence.Verified() || by != "")
			last[b.into[id]] = t
			return err
		}); err != nil {
			return fmt.Errorf("read participation: %w", err)
		}
	}
	var out [][]any
	for id, t := range last {
		if p := rows[id]; p != nil {
			out = append(out, []any{test, p.Site, id, bit(p.InUnit), t.state, t.evidence, t.verified, t.at})
		}
	}
	return tx.Insert(ctx, "participation_now", []string{"test_id", "worksite_id", "person_id", "in_unit", "state", "evidence", "verified", "at"}, out)
}

// leaders brings up to date what one person's row says of another: the value of her leader, and how many a leader leads.
func (b *builder) leaders(ctx context.Context, tx *db.Tx) error {
	if b.bare {
		return nil
	}
	const value = `UPDATE person_stand SET leader_value = COALESCE((SELECT CASE WHEN l.in_unit = 1 THEN l.value ELSE -1 END
		FROM person_stand l WHERE l.person_id = person_stand.leader_id), -1) WHERE leader_id <> '' AND `
	for few := range slices.Chunk(b.tops, chunk) {
		for _, column := range []string{"person_id", "leader_id"} {
			var args db.Args
			in := args.In(padded(few))
			if _, err := tx.Exec(ctx, value+column+` IN `+in, args...); err != nil {
				return fmt.Errorf("derive leaders' values: %w", err)
			}
		}
	}
	for _, t := range b.tops {
		b.leads[t] = true
	}
	var all []string
	for id := range b.leads {
		all = append(all, id)
	}
	slices.Sort(all)
	if err := errors.Join(b.at(ctx, tx, `leader_id <> '' AND leader_id`, b.tops), b.at(ctx, tx, `person_id`, all)); err != nil {
		return err
	}
	for few := range slices.Chunk(all, chunk) {
		var args db.Args
		in := args.In(padded(few))
		if _, err := tx.Exec(ctx, `UPDATE person_stand SET leads = (SELECT COUNT(*) FROM person_stand l
			WHERE l.leader_id = person_stand.person_id AND l.leader_id <> '' AND l.in_unit = 1) WHERE person_id IN `+in, args...); err != nil {
			return fmt.Errorf("count whom leaders lead: %w", err)
		}
	}
	return nil
}

// each runs query for the ids, some hundreds at a time.
func each(ctx context.Context, tx *db.Tx, query string, ids []string, end string, scan func(*sql.Rows) error) error {
	for few := range slices.Chunk(ids, chunk) {
		var args db.Args
		few = padded(few)
		in := args.In(few)
		if err := tx.Rows(ctx, query+in+end, args, scan); err != nil {
			return fmt.Errorf("derive where people stand: %w", err)
		}
	}
	return nil
}

// padded fills up to one of a few lengths, so that few texts are prepared; nobody has the id "".
func padded(few []string) []string {
	n := 1
	for n < len(few) {
		n *= 4
	}
	if n = min(n, chunk); n == len(few) {
		return few
	}
	return append(slices.Clone(few), make([]string, n-len(few))...)
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// compareText compares pairs of texts, the first pair first.
func compareText(pairs ...any) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		a, b := pairs[i].(string), pairs[i+1].(string)
		if a != b {
			if a < b {
				return -1
			}
			return 1
		}
	}
	return 0
}

// standColumns are those that scanStand reads.
const standColumns = `s.person_id, s.worksite_id, s.shift, s.in_unit, s.value, s.basis, s.value_at, s.tried_at, s.talk_at, s.outcome,
	s.leader_id, s.leader_talk_at, s.marked, s.leads, s.pledge, s.pledge_day`

func scanStand(r interface{ Scan(...any) error }, more ...any) (Current, error) {
	var c Current
	var value, tried, talk, leaderTalk int64
	err := r.Scan(append([]any{
		&c.Person, &c.Site, &c.Shift, &c.InUnit, &c.Value, &c.Basis, &value, &tried, &talk, &c.Outcome, &c.Leader, &leaderTalk,
		&c.Marked, &c.Leads, &c.Pledge, &c.PledgeDay,
	}, more...)...)
	c.ValueAt, c.TriedAt, c.TalkAt, c.LeaderTalk = moment(value), moment(tried), moment(talk), moment(leaderTalk)
	return c, err
}

// Current returns where the person of id stands, if the caller may read assessments of her: the zero Current of her id when
// nothing is recorded. Errors: Missing out of reach.
func (s *Store) Current(ctx context.Context, tx *db.Tx, id string) (Current, error) {
	p, err := within(ctx, tx, reachOf(ctx, AssessRead), id)
	if err != nil {
		return Current{}, err
	}
	c, err := scanStand(tx.Row(ctx, `SELECT `+standColumns+` FROM person_stand s WHERE s.person_id = $1`, p.id))
	ok, err := db.Found(err)
	if err != nil {
		return c, fmt.Errorf("read where she stands: %w", err)
	}
	if !ok {
		c = Current{Person: p.id, Pledge: NoPledge}
	}
	return c, nil
}

// ValuesAt returns the assessment of each person within reach as of an instant, by the record that remains: the latest row at or
// before it that was not taken back. Whoever has none is not in the map.
func (s *Store) ValuesAt(ctx context.Context, tx *db.Tx, at time.Time) (map[string]Current, error) {
	reach := reachOf(ctx, AssessRead)
	out := map[string]Current{}
	var args db.Args
	query := `SELECT f.person_id, f.value, f.basis, f.at FROM assessment f WHERE f.at <= ` + args.Add(at.UnixMilli()) + ` AND` + sqlCounted + ` AND ` +
		reach.Where("f.person_id", &args) + ` ORDER BY f.at, f.id`
	records, err := recordsOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	err = tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var c Current
		var when int64
		err := r.Scan(&c.Person, &c.Value, &c.Basis, &when)
		c.Person, c.ValueAt = records.top(c.Person), moment(when)
		out[c.Person] = c
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read assessments as of then: %w", err)
	}
	return out, nil
}
