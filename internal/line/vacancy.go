// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/picket"
)

// A repair looks at the lines around a gap and at the free people who live nearest to it: a captain waits for the answer, however large the union is.
const (
	repairLines  = 8
	repairPeople = 400
)

// vacancy is a place that has become empty, and the lines around it: its own, then those that the caller looks after, which alone she may move people from, then
// others, whose bookings count when it is said who has done enough.
type vacancy struct {
	entry *Entry
	shift *Shift
	lines []Line
}

func (s *Store) vacancyOf(ctx context.Context, tx *db.Tx, e *Entry, x *Shift, l *Line) (*vacancy, error) {
	all, err := lines(ctx, tx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o Line) bool { return o.Strike != l.Strike })
	standings, err := s.mayOf(ctx, tx, all, tx.Now)
	if err != nil {
		return nil, err
	}
	type place struct{ led, away int }
	at := map[string]place{}
	for i, o := range all {
		at[o.ID] = place{bit(!standings[i].any()), picket.WayMinutes(l.ZIP, o.ZIP)}
	}
	at[l.ID] = place{-1, 0}
	slices.SortStableFunc(all, func(a, b Line) int {
		return cmp.Or(cmp.Compare(at[a.ID].led, at[b.ID].led), cmp.Compare(at[a.ID].away, at[b.ID].away))
	})
	return &vacancy{e, x, all[:min(len(all), repairLines)]}, nil
}

func (v *vacancy) ids() (all []string) {
	for _, l := range v.lines {
		all = append(all, l.ID)
	}
	return all
}

// sqlFree are those who said that they could come in a slot, are fit for the role and hold no place then. By available_slot and shift_entry_person.
const sqlFree = `SELECT a.person_id, p.home_zip, COALESCE(w.zip, '') FROM available a JOIN person p ON p.id = a.person_id JOIN person_now n ON n.person_id = p.id
	LEFT JOIN worksite w ON w.id = n.worksite_id LEFT JOIN availability v ON v.person_id = a.person_id
	WHERE a.starts_at = $1 AND a.ends_at = $2 AND p.unit_status = 'in' AND p.merged_into = '' AND COALESCE(v.other_duty, 0) = 0
	AND (CAST($3 AS TEXT) NOT IN ('captain', 'safety') OR CAST($4 AS TEXT) = 'captain' AND v.captain = 1 OR CAST($5 AS TEXT) = 'safety' AND v.safety = 1)
	AND NOT EXISTS (SELECT 1 FROM shift_entry e JOIN shift s ON s.id = e.shift_id WHERE e.person_id = a.person_id
		AND e.state IN ('booked', 'offered', 'swap_offered', 'attended') AND s.starts_at < $6 AND s.ends_at > $7)
	ORDER BY a.person_id LIMIT 400000`

// candidates are who holds a place at these lines, and the nearest of those who are free, sorted.
func (v *vacancy) candidates(ctx context.Context, tx *db.Tx, held map[string]int) ([]string, error) {
	type one struct {
		id   string
		away int
	}
	known := map[string]int{} // by ZIP
	from, to, role := v.shift.Starts.UnixMilli(), v.shift.Ends.UnixMilli(), string(v.entry.Role)
	free, err := db.All(ctx, tx, func(r *sql.Rows) (o one, err error) {
		var zip, siteZIP string
		if err := r.Scan(&o.id, &zip, &siteZIP); err != nil {
			return o, err
		}
		key := zip + " " + siteZIP
		away, ok := known[key]
		if !ok {
			away = picket.WayMinutes(usable(zip, siteZIP), v.lines[0].ZIP)
			known[key] = away
		}
		o.away = away
		return o, nil
	}, sqlFree, from, to, role, role, role, to, from)
	if err != nil {
		return nil, fmt.Errorf("look who is free: %w", err)
	}
	slices.SortStableFunc(free, func(a, b one) int { return cmp.Compare(a.away, b.away) })
	out := slices.Collect(maps.Keys(held))
	for _, o := range free[:min(len(free), repairPeople)] {
		if held[o.id] == 0 {
			out = append(out, o.id)
		}
	}
	slices.Sort(out)
	return out, nil
}

// window is a stretch of time as Unix milliseconds.
type window [2]int64

// elsewhere returns when people are not free because of places that the ground does not hold, the rest around them included, and how many of these lie ahead.
func (g *ground) elsewhere(ctx context.Context, tx *db.Tx, people []string, rules Rules) (busy map[string][]window, ahead map[string]int, err error) {
	rest := time.Duration(rules.RestH) * time.Hour
	busy, ahead = map[string][]window{}, map[string]int{}
	for part := range slices.Chunk(people, 500) {
		var args db.Args
		query := `SELECT e.person_id, e.shift_id, e.role, s.starts_at, s.ends_at FROM shift_entry e JOIN shift s ON s.id = e.shift_id WHERE e.person_id IN ` + args.In(part) +
			` AND e.state IN ('booked', 'offered', 'swap_offered', 'attended') AND s.state <> 'cancelled' AND s.ends_at > ` + args.Add(tx.Now.Add(-rest).UnixMilli()) +
			` ORDER BY e.id LIMIT 20000`
		err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
			var person, shift string
			var role Role
			var from, to int64
			if err := r.Scan(&person, &shift, &role, &from, &to); err != nil {
				return err
			}
			if !g.plans(shift, role) {
				busy[person] = append(busy[person], window{from - rest.Milliseconds(), to + rest.Milliseconds()})
				ahead[person] += bit(to > tx.Now.UnixMilli())
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("read other places: %w", err)
		}
	}
	return busy, ahead, nil
}
