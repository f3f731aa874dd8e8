// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Numbers of 60,000 people are counted worksite by worksite, and each worksite's count is kept until something about its people
// changes: one talk costs the counting of one worksite. stand_revision holds what a worksite's people were changed to last; it is
// written in the transaction that changes them and read in the one that asks, so that what is kept is never older than what stands
// beside it on a page.

// known keeps what was counted.
type known struct {
	mu    sync.Mutex
	kept  map[string]keptAnswer
	sites map[string]any // question and reach -> *siteCounts
}

// keptAnswer is an answer, and all that it depends on.
type keptAnswer struct {
	at string
	of any
}

// mostKept bounds what is remembered; the counts of all readers of a campaign are a few dozen.
const mostKept = 500

// The settings that change with what counts depend on: the roster writes the first, whatever it changes; this room the second, when
// somebody's worksite or standing in the unit changes, or a pledge comes late and is put on a day that has passed.
const (
	rosterRevision = "roster.revision"
	pastRevision   = "organize.past_revision"
)

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

// siteCounts are the counts of one question, by worksite, each with the revision that it was counted at.
type siteCounts[T any] struct {
	at   string // all that they depend on beside the revisions
	revs map[string]string
	of   map[string]T
}

// touchSites marks the people of worksites as changed.
func touchSites(ctx context.Context, tx *db.Tx, sites map[string]bool) error {
	rev := newID()
	for _, id := range slices.Sorted(maps.Keys(sites)) { // in one order, so that two writers do not wait for one another crosswise
		if _, err := tx.Exec(ctx, `INSERT INTO stand_revision (worksite_id, revision) VALUES ($1, $2)
			ON CONFLICT (worksite_id) DO UPDATE SET revision = excluded.revision`, id, rev); err != nil {
			return fmt.Errorf("mark worksite as changed: %w", err)
		}
	}
	return nil
}

// recallSites returns what count says of each worksite within reach that has anybody. count is asked for the worksites that changed
// since it was asked last, or for all when sites is nil. what names the question and all that its answer depends on beside the day,
// the reach and the people.
func recallSites[T any](ctx context.Context, tx *db.Tx, k *known, reach auth.Reach, what string, count func(sites []string) (map[string]T, error)) (map[string]T, error) {
	if len(reach.Sets) > 0 { // a turf changes without a fact of this room, and is small
		return count(nil)
	}
	day, err := today(ctx, tx)
	if err != nil {
		return nil, err
	}
	at := day.String()
	if !reach.All { // who works where a reach goes is the roster's
		rev, err := db.Setting(ctx, tx, rosterRevision)
		if err != nil {
			return nil, err
		}
		at += " " + rev
	}
	revs := map[string]string{}
	if err := tx.Rows(ctx, `SELECT worksite_id, revision FROM stand_revision ORDER BY worksite_id LIMIT 100000`, nil, func(r *sql.Rows) error {
		var id, rev string
		err := r.Scan(&id, &rev)
		revs[id] = rev
		return err
	}); err != nil {
		return nil, fmt.Errorf("read which worksites changed: %w", err)
	}
	key := what + "\x00" + reach.Key()
	k.mu.Lock()
	kept, ok := k.sites[key].(*siteCounts[T])
	k.mu.Unlock()
	var stale []string
	if ok = ok && kept.at == at; ok {
		for id, rev := range revs {
			if kept.revs[id] != rev {
				stale = append(stale, id)
			}
		}
		if len(stale) == 0 {
			return kept.of, nil
		}
		slices.Sort(stale)
	}
	if !ok || len(stale) > chunk {
		stale = nil
	}
	fresh, err := count(stale)
	if err != nil {
		return nil, err
	}
	if stale != nil { // what was handed out before is not changed under its reader
		all := maps.Clone(kept.of)
		for _, id := range stale {
			delete(all, id)
		}
		maps.Copy(all, fresh)
		fresh = all
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sites == nil || len(k.sites) >= mostKept {
		k.sites = map[string]any{}
	}
	k.sites[key] = &siteCounts[T]{at, revs, fresh}
	return fresh, nil
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

// ofSites is the condition that column is one of the worksites; all of them when sites is nil.
func ofSites(column string, sites []string, args *db.Args) string {
	if sites == nil {
		return ""
	}
	return ` AND ` + column + ` IN ` + args.In(padded(sites))
}
