// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Numbers of 60,000 people are counted worksite by worksite, by the worksite of each one's primary job, and each worksite's count is
// kept until something about its people changes: one talk costs the counting of one worksite. stand_revision holds what a worksite's
// people were changed to last; it is written in the transaction that changes them and read in the one that asks, so that what is
// kept is never older or newer than what stands beside it on a page. Who changes people of many worksites at once, as a list does,
// counts them anew before she commits: nobody waits for it who only looks.

// Question is one that is answered worksite by worksite.
type Question[T any] struct {
	Name  string // says all that the answer depends on beside the day and the people
	Who   bool   // the answer is of the roster and of days that have passed: nothing recorded today changes it
	Count func(ctx context.Context, tx *db.Tx, p Part) (map[string]T, error)
}

// Part is whom a Question is asked about.
type Part struct {
	Sites []string // whose primary job is there; nil: anywhere

	reach  auth.Reach
	guests bool // only those who are within reach by another job than the primary one, or in person
}

// Among returns FROM and WHERE of a query over the part: tables, each with its alias, hold rows of one person; the first one names the
// worksite of her primary job.
func (p Part) Among(args *db.Args, tables ...string) string {
	reach, column := p.reach, tables[1]+".person_id"
	if p.guests {
		reach = auth.Reach{All: true}
	}
	from, where := among(reach, args, tables...)
	if p.guests {
		where = ` WHERE ` + guests(p.reach, column, args)
	}
	if p.Sites != nil {
		site := tables[1] + `.worksite_id`
		if p.guests {
			site += ` || ''` // they are few: found as such, not worksite by worksite
		}
		where += ` AND ` + site + ` IN ` + args.In(padded(p.Sites))
	}
	return from + where
}

// guests is the condition that the person of column is within reach whatever her primary job is. It goes by the index on second jobs.
func guests(reach auth.Reach, column string, args *db.Args) string {
	var or []string
	if reach.Person != "" {
		or = append(or, column+` = `+args.Add(reach.Person))
	}
	if len(reach.Sites) > 0 {
		or = append(or, column+` IN (SELECT person_id FROM person_site WHERE is_primary = 0 AND worksite_id IN `+args.In(reach.Sites)+`)`)
	}
	if len(reach.Regions) > 0 {
		or = append(or, column+` IN (SELECT person_id FROM person_site WHERE is_primary = 0 AND region IN `+args.In(reach.Regions)+`)`)
	}
	if len(or) == 0 {
		return `1 = 0`
	}
	return `(` + strings.Join(or, ` OR `) + `)`
}

// known keeps what was counted.
type known struct {
	mu    sync.Mutex
	kept  map[string]keptAnswer
	sites map[string]keptCounts // by question and reach
}

// keptAnswer is an answer, and all that it depends on.
type keptAnswer struct {
	at string
	of any
}

// mostKept bounds what is remembered; the counts of all readers of a campaign are a few dozen.
const mostKept = 500

// rosterRevision is the setting that the roster writes whatever it changes.
const rosterRevision = "roster.revision"

// recall returns what work says, which depends on the day and on what the named settings stand for.
func recall[T any](ctx context.Context, tx *db.Tx, k *known, key string, settings []string, work func() (T, error)) (T, error) {
	var none T
	day, err := today(ctx, tx)
	if err != nil {
		return none, err
	}
	values := []string{day.String()}
	for _, name := range settings {
		value, err := db.Setting(ctx, tx, name)
		if err != nil {
			return none, err
		}
		values = append(values, value)
	}
	at := strings.Join(values, " ")
	k.mu.Lock()
	kept := k.kept[key]
	k.mu.Unlock()
	if kept.at == at {
		return kept.of.(T), nil
	}
	v, err := work()
	if err != nil {
		return none, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= mostKept {
		k.kept = map[string]keptAnswer{}
	}
	k.kept[key] = keptAnswer{at, v}
	return v, nil
}

// keptCounts are siteCounts of any question.
type keptCounts interface {
	renewed(ctx context.Context, tx *db.Tx, at string, revs revisions) (keptCounts, error)
	whole() bool
	forget(sites []string)
}

// siteCounts are the counts of one question, by worksite, each with the revision that it was counted at.
type siteCounts[T any] struct {
	q    Question[T]
	part Part
	at   string // the day
	revs map[string]string
	of   map[string]T
}

// revisions are those of each worksite's people: of all that stands about them, and of what Question.Who speaks of.
type revisions struct{ all, who map[string]string }

func readRevisions(ctx context.Context, tx *db.Tx) (revisions, error) {
	r := revisions{map[string]string{}, map[string]string{}}
	err := tx.Rows(ctx, `SELECT worksite_id, revision, people FROM stand_revision ORDER BY worksite_id LIMIT 100000`, nil, func(row *sql.Rows) error {
		var id, all, who string
		err := row.Scan(&id, &all, &who)
		r.all[id], r.who[id] = all, who
		return err
	})
	if err != nil {
		return r, fmt.Errorf("read which worksites changed: %w", err)
	}
	return r, nil
}

// touchSites marks the people of worksites as changed; where the value is true, by the roster or in their past.
func (s *Store) touchSites(ctx context.Context, tx *db.Tx, sites map[string]bool) error {
	rev := newID()
	for _, id := range slices.Sorted(maps.Keys(sites)) { // in one order, so that two writers do not wait for one another crosswise
		people, keep := rev, `excluded.people`
		if !sites[id] {
			people, keep = "", `stand_revision.people`
		}
		if _, err := tx.Exec(ctx, `INSERT INTO stand_revision (worksite_id, revision, people) VALUES ($1, $2, $3)
			ON CONFLICT (worksite_id) DO UPDATE SET revision = excluded.revision, people = `+keep, id, rev, people); err != nil {
			return fmt.Errorf("mark worksite as changed: %w", err)
		}
	}
	tx.Touch(countsTopic)
	if len(sites) > fewSites {
		tx.BeforeCommit("organize.counts", s.known.countAhead)
	}
	return nil
}

// fewSites is how many worksites a reader counts anew herself.
const fewSites = 3

// countAhead counts anew what was asked of the whole unit today, as the transaction will leave it.
func (k *known) countAhead(ctx context.Context, tx *db.Tx) error {
	fresh, before, err := k.anew(ctx, tx)
	if err != nil {
		return err
	}
	after, err := readRevisions(ctx, tx)
	if err != nil {
		return err
	}
	var moved []string // PostgreSQL shows a writer what others commit meanwhile: such a worksite is counted when it is asked for
	for id, rev := range after.all {
		if before.all[id] != rev {
			moved = append(moved, id)
		}
	}
	tx.AfterCommit(func() {
		for _, c := range fresh {
			c.forget(moved)
		}
		k.put(fresh)
	})
	return nil
}

// anew counts what was asked of the whole unit today and has changed, as of the revisions that it returns.
func (k *known) anew(ctx context.Context, tx *db.Tx) (map[string]keptCounts, revisions, error) {
	day, err := today(ctx, tx)
	if err != nil {
		return nil, revisions{}, err
	}
	revs, err := readRevisions(ctx, tx)
	if err != nil {
		return nil, revs, err
	}
	k.mu.Lock()
	kept := maps.Clone(k.sites)
	k.mu.Unlock()
	fresh := map[string]keptCounts{}
	for key, c := range kept {
		if !c.whole() {
			continue
		}
		n, err := c.renewed(ctx, tx, day.String(), revs)
		if err != nil {
			return nil, revs, err
		}
		if n != nil {
			fresh[key] = n
		}
	}
	return fresh, revs, nil
}

func (k *known) put(fresh map[string]keptCounts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, c := range fresh {
		if k.sites == nil || len(k.sites) >= mostKept {
			k.sites = map[string]keptCounts{}
		}
		k.sites[key] = c
	}
}

// countsTopic is touched when a worksite's people changed.
const countsTopic = "organize.counts"

// leastPause is how long changes are gathered before they are counted; no more than a twentieth of the time goes into counting.
const leastPause = 2 * time.Second

// CountAlong keeps what is asked of the whole unit counted, until ctx ends: who looks at a page after an hour of talks at all worksites
// finds it so. What is shown does not depend on it: a reader counts whatever changed since.
func (s *Store) CountAlong(ctx context.Context, log *slog.Logger) {
	changed, end := s.d.Watch(countsTopic, 0)
	defer end()
	for pause := leastPause; ; {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		start := time.Now()
		if err := s.CountAnew(ctx); err != nil && ctx.Err() == nil {
			log.Error("count along", "error", err)
		}
		pause = max(leastPause, 20*time.Since(start))
	}
}

// CountAnew counts what changed of all that was asked of the whole unit today.
func (s *Store) CountAnew(ctx context.Context) error {
	fresh, err := db.InRead(ctx, s.d, func(tx *db.Tx) (map[string]keptCounts, error) {
		fresh, _, err := s.known.anew(ctx, tx)
		return fresh, err
	})
	if err == nil {
		s.known.put(fresh)
	}
	return err
}

func (c *siteCounts[T]) whole() bool { return c.part.reach.All }

func (c *siteCounts[T]) forget(sites []string) {
	for _, id := range sites {
		delete(c.revs, id)
	}
}

// renewed returns the counts as of revs, nil when those that there are hold or are of another day.
func (c *siteCounts[T]) renewed(ctx context.Context, tx *db.Tx, at string, revs revisions) (keptCounts, error) {
	if c.at != at {
		return nil, nil
	}
	n, err := c.renew(ctx, tx, c.q, at, revs)
	if err != nil || n == c {
		return nil, err
	}
	return n, nil
}

// renew returns the counts as of revs: c itself when they hold. q is of the caller: it asks the same and may be of another Store.
func (c *siteCounts[T]) renew(ctx context.Context, tx *db.Tx, q Question[T], at string, all revisions) (*siteCounts[T], error) {
	revs := all.all
	if q.Who {
		revs = all.who
	}
	part := c.part
	part.Sites = nil
	if c.at == at {
		for id, rev := range revs {
			if known, ok := c.revs[id]; !ok || known != rev {
				part.Sites = append(part.Sites, id)
			}
		}
		if len(part.Sites) == 0 {
			return c, nil
		}
		slices.Sort(part.Sites)
		if len(part.Sites) > chunk || len(part.Sites) == len(revs) {
			part.Sites = nil
		}
	}
	fresh, err := q.Count(ctx, tx, part)
	if err != nil {
		return nil, err
	}
	if part.Sites != nil { // what was handed out before is not changed under its reader
		whole := maps.Clone(c.of)
		for _, id := range part.Sites {
			delete(whole, id)
		}
		maps.Copy(whole, fresh)
		fresh = whole
	}
	return &siteCounts[T]{q, c.part, at, maps.Clone(revs), fresh}, nil
}

// PerSite returns the answer for each worksite within reach that has anybody, by id; nobody may change it. What is counted of the
// whole unit serves every reach: of a region it is the worksites in it, and beside them those who have a second job there.
func PerSite[T any](ctx context.Context, tx *db.Tx, s *Store, reach auth.Reach, q Question[T]) (map[string]T, error) {
	if len(reach.Sets) > 0 && !reach.All { // a turf changes without a fact of this room, and is small
		return q.Count(ctx, tx, Part{reach: reach})
	}
	day, err := today(ctx, tx)
	if err != nil {
		return nil, err
	}
	revs, err := readRevisions(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := keptOrNew(ctx, tx, &s.known, q, Part{reach: auth.Reach{All: true}}, day.String(), revs)
	if err != nil || reach.All {
		return all, err
	}
	others, err := keptOrNew(ctx, tx, &s.known, q, Part{reach: reach, guests: true}, day.String(), revs)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(others)
	args := db.Args{}
	where := `1 = 0`
	if len(reach.Sites) > 0 {
		where += ` OR id IN ` + args.In(reach.Sites)
	}
	if len(reach.Regions) > 0 {
		where += ` OR region IN ` + args.In(reach.Regions)
	}
	within, err := db.Strings(ctx, tx, `SELECT id FROM worksite WHERE `+where+` ORDER BY id LIMIT 20000`, args...)
	if err != nil {
		return nil, fmt.Errorf("read worksites within reach: %w", err)
	}
	for _, id := range within {
		if one, ok := all[id]; ok {
			out[id] = one
		} else {
			delete(out, id)
		}
	}
	return out, nil
}

// RosterPerSite is roster.Store's PerSite.
func (s *Store) RosterPerSite(ctx context.Context, tx *db.Tx, reach auth.Reach, name string,
	count func(ctx context.Context, tx *db.Tx, among func(args *db.Args, tables ...string) string) (map[string]any, error),
) (map[string]any, error) {
	return PerSite(ctx, tx, s, reach, Question[any]{Name: "roster " + name, Who: true, Count: func(ctx context.Context, tx *db.Tx, p Part) (map[string]any, error) {
		return count(ctx, tx, p.Among)
	}})
}

func keptOrNew[T any](ctx context.Context, tx *db.Tx, k *known, q Question[T], part Part, at string, revs revisions) (map[string]T, error) {
	key := q.Name + "\x00" + part.reach.Key()
	k.mu.Lock()
	kept, ok := k.sites[key].(*siteCounts[T])
	k.mu.Unlock()
	if !ok {
		kept = &siteCounts[T]{part: part}
	}
	fresh, err := kept.renew(ctx, tx, q, at, revs)
	if err != nil {
		return nil, err
	}
	if fresh != kept {
		k.put(map[string]keptCounts{key: fresh})
	}
	return fresh.of, nil
}

// Among returns FROM and WHERE of a query over the people within reach: table holds a row for each, under the name alias. A turf is a
// few people among 60,000: they stand first, and no planner is asked what it thinks of that.
func Among(table, alias string, reach auth.Reach, args *db.Args) string {
	from, where := among(reach, args, table, alias)
	return from + where
}

// among is Among for several tables, each with its alias, that hold rows of one person.
func among(reach auth.Reach, args *db.Args, tables ...string) (from, where string) {
	first := tables[1] + ".person_id"
	if reach.All || len(reach.Regions)+len(reach.Sites) > 0 || len(reach.Sets) == 0 {
		parts := []string{tables[0] + ` ` + tables[1]}
		for i := 2; i < len(tables); i += 2 {
			parts = append(parts, tables[i]+` `+tables[i+1]+` ON `+tables[i+1]+`.person_id = `+first)
		}
		return ` FROM ` + strings.Join(parts, ` JOIN `), ` WHERE ` + reach.Where(first, args)
	}
	parts := []string{`(SELECT person_id FROM people_set_member WHERE set_id IN ` + args.In(reach.Sets) + ` UNION SELECT id FROM person WHERE id = ` +
		args.Add(reach.Person) + `) few`}
	var same []string
	for i := 0; i < len(tables); i += 2 {
		parts = append(parts, tables[i]+` `+tables[i+1])
		same = append(same, tables[i+1]+`.person_id = few.person_id`)
	}
	return ` FROM ` + strings.Join(parts, ` CROSS JOIN `), ` WHERE ` + strings.Join(same, ` AND `) // CROSS JOIN keeps to this order
}
