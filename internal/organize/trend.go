// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// Week is how many had pledged at the end of a day.
type Week struct {
	Day     roster.Date `json:"day"`
	Pledged int         `json:"pledged"` // privately or publicly
	Public  int         `json:"public"`
}

// Trend returns the pledges of today's people within reach as they stood at the end of some days that have passed. What was withdrawn since counted
// then. It is for readers who may read who pledged.
func (s *Store) Trend(ctx context.Context, tx *db.Tx, reach auth.Reach, days ...roster.Date) ([]Week, error) {
	all := make([]Week, len(days))
	for i := range all {
		all[i].Day = days[i]
	}
	work := func() ([]Week, error) {
		args := db.Args{}
		in := map[string]bool{}
		err := tx.Rows(ctx, `SELECT s.person_id`+Among("person_stand", "s", reach, &args)+` AND s.in_unit = 1`, args, func(row *sql.Rows) error {
			var id string
			err := row.Scan(&id)
			in[id] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read whose pledges count: %w", err)
		}
		records, err := recordsOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		type promise struct {
			on    roster.Date
			state PledgeState
		}
		made := map[string][]promise{}
		add := func(row *sql.Rows) error {
			var id string
			var p promise
			err := row.Scan(&id, &p.on, &p.state)
			if id = records.top(id); in[id] {
				made[id] = append(made[id], p)
			}
			return err
		}
		const query = `SELECT f.person_id, f.day, f.state FROM pledge f`
		if ids := records.all(slices.Sorted(maps.Keys(in))); len(reach.Sets) > 0 {
			err = each(ctx, tx, query+` WHERE f.person_id IN `, ids, ` ORDER BY f.day, f.seq, f.id`, add)
		} else {
			err = tx.Rows(ctx, query+` ORDER BY f.day, f.seq, f.id`, nil, add)
		}
		if err != nil {
			return nil, fmt.Errorf("read how pledges grew: %w", err)
		}
		for _, one := range made {
			for i := range all {
				state := NoPledge
				for _, p := range one {
					if !all[i].Day.Before(p.on) {
						state = p.state
					}
				}
				all[i].Pledged += bit(state == PledgePrivate || state == PledgePublic)
				all[i].Public += bit(state == PledgePublic)
			}
		}
		return all, nil
	}
	if len(reach.Sets) > 0 {
		return work()
	}
	kept, err := recall(ctx, tx, &s.known, fmt.Sprint("trend ", days, " ", reach.Key()), []string{rosterRevision, pastRevision}, work)
	return slices.Clone(kept), err
}

// Came is what a closed structure test came to, for a reader of the board.
type Came struct {
	ID, Name string
	Yes      Share
	Pct      int // threshold
	Met      bool
	Version  int // of the list it was frozen with
	Hidden   bool
}

// Came returns the newest closed tests within reach, n at most: exactly for readers of the names, else as far as few people on one
// side allow.
func (s *Store) Came(ctx context.Context, tx *db.Tx, reach auth.Reach, n int) ([]Came, error) {
	all, err := tests(ctx, tx, reach, TestClosed)
	if err != nil {
		return nil, err
	}
	var out []Came
	for i := range all[:min(n, len(all))] {
		t := &all[i]
		c := Came{ID: t.ID, Name: t.Name, Pct: t.ThresholdPct, Version: t.ListVersion}
		sites, err := closedTally(ctx, tx, t, reach)
		if err != nil {
			return nil, err
		}
		for _, one := range sites {
			c.Yes.X, c.Yes.N = c.Yes.X+one.Yes, c.Yes.N+one.N
		}
		c.Met = c.Yes.Meets(t.ThresholdPct)
		if !insider(ctx, reach) {
			// Her one view is that of the whole test; a part of it is for those who read the names.
			c.Yes = Share{t.Result.Yes, t.Result.N}
			_, total := shownTally(partition(t, t.Result.Sites))
			c.Met, c.Hidden = c.Yes.Meets(t.ThresholdPct), !total || !reach.All
			if c.Hidden {
				c.Yes.X, c.Met = 0, false
			}
		}
		out = append(out, c)
	}
	return out, nil
}
