// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/suppress"
)

// Release is what readers without the names are shown of a measure: its counts by the one partition that it has, as they stood on
// the day when they were released. Counts that move by one when somebody changes her mind would say who did; the next release
// waits until it differs from every earlier one by nothing, or by enough people on either side.
type Release struct {
	Day    roster.Date
	Beside int // people whom the measure leaves out, since everybody knows of them: a page adds them to both sides
	Cells  map[string]suppress.Count
}

// Publish releases what a measure counts now, if it was not looked at yet today and no earlier release speaks against it.
// cells must always be of the same partition.
func (s *Store) Publish(ctx context.Context, measure string, beside int, cells map[string]suppress.Count) error {
	var day string
	tried, err := db.InRead(ctx, s.d, func(tx *db.Tx) (string, error) {
		now, err := today(ctx, tx)
		if err != nil {
			return "", err
		}
		day = now.String()
		return db.Setting(ctx, tx, releaseSetting+measure)
	})
	if err != nil || tried == day {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "release:"+measure); err != nil {
			return fmt.Errorf("lock releases: %w", err)
		}
		before, err := releases(ctx, tx, measure, 1000)
		if err != nil {
			return err
		}
		if err := db.PutSetting(ctx, tx, releaseSetting+measure, day); err != nil || !suppressNext(before, cells) {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO measure_release (measure, day, at, beside, cells) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (measure, day) DO NOTHING`,
			measure, day, tx.Now.UnixMilli(), beside, jsonOf(cells))
		if err != nil {
			return fmt.Errorf("release measure: %w", err)
		}
		return nil
	})
}

const releaseSetting = "organize.release." // and the measure: the day it was looked at last

// suppressNext asks suppress.Next with the cells of all releases in one order. A cell that one of them lacks is empty there.
func suppressNext(before []Release, next map[string]suppress.Count) bool {
	names := map[string]bool{}
	for _, r := range before {
		for name := range r.Cells {
			names[name] = true
		}
	}
	for name := range next {
		names[name] = true
	}
	row := func(cells map[string]suppress.Count) []suppress.Count {
		var out []suppress.Count
		for _, name := range slices.Sorted(maps.Keys(names)) {
			out = append(out, cells[name])
		}
		return out
	}
	var old [][]suppress.Count
	for _, r := range before {
		old = append(old, row(r.Cells))
	}
	return suppress.Next(old, row(next), suppress.K)
}

// Published returns the newest release of a measure, false before the first.
func Published(ctx context.Context, tx *db.Tx, measure string) (Release, bool, error) {
	all, err := releases(ctx, tx, measure, 1)
	if err != nil || len(all) == 0 {
		return Release{}, false, err
	}
	return all[0], true, nil
}

// releases reads the newest most of them.
func releases(ctx context.Context, tx *db.Tx, measure string, most int) ([]Release, error) {
	all, err := db.All(ctx, tx, func(row *sql.Rows) (r Release, err error) {
		var cells string
		if err := row.Scan(&r.Day, &r.Beside, &cells); err != nil {
			return r, err
		}
		return r, json.Unmarshal([]byte(cells), &r.Cells)
	}, `SELECT day, beside, cells FROM measure_release WHERE measure = $1 ORDER BY day DESC LIMIT $2`, measure, most)
	if err != nil {
		return nil, fmt.Errorf("read releases: %w", err)
	}
	return all, nil
}

// Outside is one number of the board for a reader without the names, as of the end of a day or of its release.
type Outside struct {
	Share
	Day    roster.Date
	Hidden bool
}

// The measures of readiness that are released, each of the whole unit. What a page shows beside another number it must not give
// away by subtraction: pledges are released as those who pledged privately, among those who did not publicly, which everybody
// may read by name.
const (
	measurePledged  = "pledged"
	measureCoverage = "coverage"
)

// PublishReadiness releases what readiness counts now.
func (s *Store) PublishReadiness(ctx context.Context) error {
	var all Ready
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		r, err := s.Readiness(ctx, tx, auth.Reach{All: true})
		if err == nil {
			all = r.All
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	private := suppress.Count{X: all.Pledged.X - all.Public.X, N: all.Pledged.N - all.Public.X}
	return errors.Join(
		s.Publish(ctx, measurePledged, all.Public.X, map[string]suppress.Count{"": private}),
		s.Publish(ctx, measureCoverage, 0, map[string]suppress.Count{"": {X: all.Coverage.X, N: all.Coverage.N}}))
}

// outside are the numbers of readiness for readers without the names, by the names of Ready's parts: Public to the end of
// yesterday, like the list of names; the others as they were released.
func (s *Store) outside(ctx context.Context, tx *db.Tx) (map[string]Outside, error) {
	out := map[string]Outside{}
	day, err := today(ctx, tx)
	if err != nil {
		return nil, err
	}
	whole, err := s.Readiness(ctx, tx, auth.Reach{All: true})
	if err != nil {
		return nil, err
	}
	unit := whole.All.Public.N
	out["public"] = Outside{Share: Share{whole.All.known, unit}, Day: day.AddDays(-1)}
	for _, measure := range []string{measurePledged, measureCoverage} {
		r, ok, err := Published(ctx, tx, measure)
		if err != nil {
			return nil, err
		}
		cell := r.Cells[""]
		out[measure] = Outside{Share: Share{r.Beside + cell.X, r.Beside + cell.N}, Day: r.Day}
		if !ok || !cell.Passes(suppress.K) {
			out[measure] = Outside{Share: Share{0, unit}, Hidden: true}
		}
	}
	return out, nil
}
