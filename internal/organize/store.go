// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// Topic is touched whenever a fact of the room changed; ListTopic when somebody goes from the list of public pledges, and not when
// somebody pledges: everybody signed in may follow it, and the time of a pledge is hers.
const (
	Topic     = "organize"
	ListTopic = "pledges"
)

// Store keeps the room's facts. It is safe for concurrent use.
type Store struct {
	// Booked returns the ids of people who hold a place on a picket shift; a nil map: no line has opened its shifts yet, and nobody
	// is booked. nil: there are no lines. Set before the first request.
	Booked func(ctx context.Context, tx *db.Tx) (map[string]bool, error)
	// NoticeServed returns whether a strike notice is out: values then grow stale faster. nil: none is. Set before the first
	// request.
	NoticeServed func(ctx context.Context, tx *db.Tx) (bool, error)
	Roster       *roster.Store // is told of numbers that turned out to be wrong. nil: nobody is. Set before the first request
	BaseURL      string        // where links lead, without the final slash; "" for loopback
	Mail         mail.Sender   // carries members' links

	d     *db.DB
	log   *audit.Log
	known known
}

// NewStore returns the room on d; reads of people go to log.
func NewStore(d *db.DB, log *audit.Log) *Store { return &Store{d: d, log: log} }

// today is the campaign's civil day.
func today(ctx context.Context, tx *db.Tx) (roster.Date, error) {
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return roster.Date{}, err
	}
	return roster.DateOf(tx.Now.In(zone)), nil
}

// changed tells whoever looks at the room's numbers that they changed; every transaction that writes a fact calls it.
func changed(tx *db.Tx) { tx.Touch(Topic) }

// Two people are one when one record was merged into the other: sqlTop leads up to the record that remains, sqlBelow lists it
// with all that were merged into it. Both go by the keys of person, a step a merge.
const (
	sqlTop = `WITH RECURSIVE up (id, into_id) AS (SELECT id, merged_into FROM person WHERE id = $1
		UNION SELECT p.id, p.merged_into FROM up JOIN person p ON p.id = up.into_id)
		SELECT id FROM up WHERE into_id = ''`
	sqlBelow = `WITH RECURSIVE down (id) AS (SELECT id FROM person WHERE id = $1
		UNION SELECT p.id FROM down JOIN person p ON p.merged_into = down.id AND p.merged_into <> '')
		SELECT id FROM down ORDER BY id`
)

// merged leads from each record that was merged into another to the one that remains.
type merged map[string]string

// recordsOf reads all merges: there are few, and they may lie on top of each other.
func recordsOf(ctx context.Context, tx *db.Tx) (merged, error) {
	m := merged{}
	err := tx.Rows(ctx, `SELECT id, merged_into FROM person WHERE merged_into <> '' ORDER BY merged_into, id LIMIT 100000`, nil, func(r *sql.Rows) error {
		var id, into string
		err := r.Scan(&id, &into)
		m[id] = into
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read merges: %w", err)
	}
	return m, nil
}

// top is the record that remains of id's.
func (m merged) top(id string) string {
	for m[id] != "" {
		id = m[id]
	}
	return id
}

// all returns the records of people: their own ids and those of all that were merged into them.
func (m merged) all(people []string) []string {
	of := map[string]bool{}
	for _, id := range people {
		of[id] = true
	}
	out := slices.Clone(people)
	for id := range m {
		if of[m.top(id)] {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// someone is a person whom the caller may act upon.
type someone struct {
	id     string // of the record that remains
	status roster.UnitStatus
}

// within returns the person of id if she is within reach, under either of her ids. Errors: Missing.
func within(ctx context.Context, tx *db.Tx, reach auth.Reach, id string) (someone, error) {
	var p someone
	ok, err := db.Found(tx.Row(ctx, sqlTop, id).Scan(&p.id))
	if err != nil {
		return p, fmt.Errorf("find person: %w", err)
	}
	if !ok {
		return p, fault.New(fault.Missing, "scope.person")
	}
	var args db.Args
	query := `SELECT p.unit_status FROM person p WHERE p.id = ` + args.Add(p.id)
	if !reach.All {
		query += ` AND (` + reach.Where("p.id", &args)
		if id != p.id {
			old := args.Add(id)
			query += ` OR EXISTS (SELECT 1 FROM person o WHERE o.id = ` + old + ` AND ` + reach.Where("o.id", &args) + `)`
		}
		query += `)`
	}
	ok, err = db.Found(tx.Row(ctx, query, args...).Scan(&p.status))
	if err != nil {
		return p, fmt.Errorf("read person: %w", err)
	}
	if !ok {
		return p, fault.New(fault.Missing, "scope.person")
	}
	return p, nil
}

// reachOf returns how far the caller's ability goes; the zero Reach, which holds nobody, when she has none.
func reachOf(ctx context.Context, a auth.Ability) auth.Reach {
	if id := auth.By(ctx); id != nil {
		if r, ok := id.Reach(a); ok {
			return r
		}
	}
	return auth.Reach{}
}

// mayOpen tells whether pages that need a are the caller's to open.
func mayOpen(ctx context.Context, a auth.Ability) bool {
	_, ok := auth.By(ctx).Reach(a)
	return ok
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
