// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
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

type trendKey struct {
	reach, days string
}

// Trend returns the pledges of today's people within reach as they stood at the end of some days. What was withdrawn since counted
// then. It is for readers who may read who pledged.
func (s *Store) Trend(ctx context.Context, tx *db.Tx, reach auth.Reach, days ...roster.Date) ([]Week, error) {
	all := make([]Week, len(days))
	for i := range all {
		all[i].Day = days[i]
	}
	work := func() ([]Week, error) {
		args := db.Args{}
		text := `SELECT s.person_id, f.day, f.state FROM pledge f JOIN person p ON p.id = f.person_id
			JOIN person_stand s ON s.person_id = COALESCE(NULLIF(p.merged_into, ''), p.id)
			WHERE s.in_unit = 1 AND ` + reach.Where("s.person_id", &args) + ` ORDER BY s.person_id, f.seq, f.id`
		var who string
		states := make([]PledgeState, len(days)) // of the person that is read
		add := func() {
			for i, state := range states {
				all[i].Pledged += bit(state == PledgePrivate || state == PledgePublic)
				all[i].Public += bit(state == PledgePublic)
			}
			clear(states)
		}
		err := tx.Rows(ctx, text, args, func(row *sql.Rows) error {
			var id string
			var on roster.Date
			var state PledgeState
			if err := row.Scan(&id, &on, &state); err != nil {
				return err
			}
			if id != who {
				add()
				who = id
			}
			for i := range all {
				if !all[i].Day.Before(on) {
					states[i] = state
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read how pledges grew: %w", err)
		}
		add()
		return all, nil
	}
	if len(reach.Sets) > 0 {
		return work()
	}
	kept, err := recall(ctx, tx, &s.known, trendKey{reach.Key(), fmt.Sprint(days)}, work)
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
