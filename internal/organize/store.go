// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"fmt"
	"sync"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// Topic is touched whenever a fact of the room changed.
const Topic = "organize"

// Store keeps the room's facts. It is safe for concurrent use.
type Store struct {
	// Booked returns the ids of people who hold a place on a picket shift. nil: no line has opened its shifts yet, and nobody is
	// booked. Set before the first request.
	Booked func(ctx context.Context, tx *db.Tx) (map[string]bool, error)
	// NoticeServed returns whether a strike notice is out: values then grow stale faster. nil: none is. Set before the first
	// request.
	NoticeServed func(ctx context.Context, tx *db.Tx) (bool, error)
	BaseURL      string      // where links lead, without the final slash; "" for loopback
	Mail         mail.Sender // carries members' links

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

// changed marks the room's numbers as changed; every transaction that writes a fact calls it.
func changed(ctx context.Context, tx *db.Tx) error {
	tx.Touch(Topic)
	return db.PutSetting(ctx, tx, "organize.revision", newID())
}

// known keeps counts that were worked out of one revision of the facts on one day. Revision and day are read in the transaction
// that asks, so that what is kept is never older than what stands beside it on a page.
type known struct {
	mu   sync.Mutex
	at   string
	kept map[any]any
}

// mostKept bounds what is remembered; the counts of all readers of a campaign are a few dozen.
const mostKept = 500

func recall[K comparable, T any](ctx context.Context, tx *db.Tx, k *known, key K, work func() (T, error)) (T, error) {
	var none T
	rev, err := db.Setting(ctx, tx, "organize.revision")
	if err != nil {
		return none, err
	}
	day, err := today(ctx, tx)
	if err != nil {
		return none, err
	}
	now := rev + " " + day.String()
	k.mu.Lock()
	if v, ok := k.kept[key]; ok && k.at == now {
		k.mu.Unlock()
		return v.(T), nil
	}
	k.mu.Unlock()
	v, err := work()
	if err != nil {
		return none, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at != now || len(k.kept) >= mostKept {
		k.at, k.kept = now, map[any]any{}
	}
	k.kept[key] = v
	return v, nil
}

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

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
