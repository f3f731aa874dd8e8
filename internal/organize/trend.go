// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	sites, err := PerSite(ctx, tx, s, reach, Question[[]Week]{Name: fmt.Sprint("trend ", days), Who: true, Count: func(ctx context.Context, tx *db.Tx, p Part) (map[string][]Week, error) {
		made, err := promises(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		out := map[string][]Week{}
		for _, one := range made {
			weeks := out[one.site]
			if weeks == nil {
				weeks = make([]Week, len(days))
				out[one.site] = weeks
			}
			for i := range days {
				state := one.at(days[i])
				weeks[i].Pledged += bit(state == PledgePrivate || state == PledgePublic)
				weeks[i].Public += bit(state == PledgePublic)
			}
		}
		return out, nil
	}})
	if err != nil {
		return nil, err
	}
	all := make([]Week, len(days))
	for i := range all {
		all[i].Day = days[i]
		for _, weeks := range sites {
			all[i].Pledged, all[i].Public = all[i].Pledged+weeks[i].Pledged, all[i].Public+weeks[i].Public
		}
	}
	return all, nil
}

// promised is all that one person promised, and the worksite where she is counted.
type promised struct {
	site string
	all  []promise
}

type promise struct {
	id    string
	on    roster.Date
	seq   int
	state PledgeState
}

// at is what stood at the end of day. Of several promises of one day the last counts.
func (p *promised) at(day roster.Date) PledgeState {
	last := promise{state: NoPledge}
	for _, one := range p.all {
		if !day.Before(one.on) && cmp.Or(one.on.Compare(last.on), cmp.Compare(one.seq, last.seq), strings.Compare(one.id, last.id)) > 0 {
			last = one
		}
	}
	return last.state
}

// promises reads what the part's people of the unit promised, those under merged records, too, by person.
func promises(ctx context.Context, tx *db.Tx, p Part) (map[string]*promised, error) {
	made := map[string]*promised{}
	add := func(id, site string, one promise) {
		if made[id] == nil {
			made[id] = &promised{site: site}
		}
		made[id].all = append(made[id].all, one)
	}
	var args db.Args
	query := `SELECT f.person_id, s.worksite_id, f.id, f.day, f.seq, f.state` + p.Among(&args, "person_stand", "s", "pledge", "f") + ` AND s.in_unit = 1`
	if err := tx.Rows(ctx, query, args, func(row *sql.Rows) error {
		var id, site string
		var one promise
		err := row.Scan(&id, &site, &one.id, &one.on, &one.seq, &one.state)
		add(id, site, one)
		return err
	}); err != nil {
		return nil, fmt.Errorf("read how pledges grew: %w", err)
	}
	records, err := recordsOf(ctx, tx)
	if err != nil || len(records) == 0 {
		return made, err
	}
	tops := map[string]bool{}
	for id := range records {
		tops[records.top(id)] = true
	}
	at := map[string]string{} // of those whose records were joined: the worksite
	for few := range slices.Chunk(slices.Sorted(maps.Keys(tops)), chunk) {
		var args db.Args
		query := `SELECT s.person_id, s.worksite_id` + p.Among(&args, "person_stand", "s") + ` AND s.in_unit = 1 AND s.person_id IN ` + args.In(padded(few))
		if err := tx.Rows(ctx, query, args, func(row *sql.Rows) error {
			var id, site string
			err := row.Scan(&id, &site)
			at[id] = site
			return err
		}); err != nil {
			return nil, fmt.Errorf("read whose records were joined: %w", err)
		}
	}
	var below []string
	for id := range records {
		if at[records.top(id)] != "" {
			below = append(below, id)
		}
	}
	slices.Sort(below)
	return made, each(ctx, tx, `SELECT f.person_id, f.id, f.day, f.seq, f.state FROM pledge f WHERE f.person_id IN `, below, ``, func(row *sql.Rows) error {
		var id string
		var one promise
		err := row.Scan(&id, &one.id, &one.on, &one.seq, &one.state)
		id = records.top(id)
		add(id, at[id], one)
		return err
	})
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
