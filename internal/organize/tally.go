// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// place is a worksite as the room's pages name it.
type place struct {
	ID, Town, Name, Region string
	Lat, Lng               float64
}

// places returns the worksites by town; where a town has several the name says which.
func places(ctx context.Context, tx *db.Tx) ([]place, map[string]*place, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (p place, err error) {
		return p, r.Scan(&p.ID, &p.Town, &p.Name, &p.Region, &p.Lat, &p.Lng)
	},
		`SELECT id, town, name, region, lat, lng FROM worksite ORDER BY town, name, id LIMIT 20000`)
	if err != nil {
		return nil, nil, fmt.Errorf("read worksites: %w", err)
	}
	towns := map[string]int{}
	for _, p := range all {
		towns[p.Town]++
	}
	by := make(map[string]*place, len(all))
	for i := range all {
		if towns[all[i].Town] == 1 {
			all[i].Name = all[i].Town
		}
		by[all[i].ID] = &all[i]
	}
	return all, by, nil
}

// answered is how many of a worksite gave one answer.
type answered struct {
	counting
	n int
}

// count returns the tally of each worksite, by its id, of those within reach whom t counts: of a closed test as frozen, of an open
// one as of now. A closed test gives the same for ever.
func (s *Store) count(ctx context.Context, tx *db.Tx, t *Test, reach auth.Reach, at map[string]*place) ([]SiteTally, error) {
	if t.State == TestClosed {
		return closedTally(ctx, tx, t, reach)
	}
	sizes, err := s.sizes(ctx, tx, reach)
	if err != nil {
		return nil, err
	}
	test := t.ID
	answers, err := PerSite(ctx, tx, s, reach, Question[[]answered]{Name: "test " + test, Count: func(ctx context.Context, tx *db.Tx, p Part) (map[string][]answered, error) {
		var args db.Args
		query := `SELECT x.worksite_id, x.state, x.verified, COUNT(*)` + p.Among(&args, "participation_now", "x") + ` AND x.test_id = ` + args.Add(test) + ` AND x.in_unit = 1 GROUP BY x.worksite_id, x.state, x.verified ORDER BY x.worksite_id, x.state, x.verified`
		out := map[string][]answered{}
		err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
			var site string
			var c answered
			err := r.Scan(&site, &c.state, &c.verified, &c.n)
			out[site] = append(out[site], c)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("count answers: %w", err)
		}
		return out, nil
	}})
	if err != nil {
		return nil, err
	}
	var out []SiteTally
	for _, z := range sizes {
		var region string
		if p := at[z.Site]; p != nil {
			region = p.Region
		}
		if t.Scope == auth.Region && region != t.ScopeID || t.Scope == auth.Site && z.Site != t.ScopeID {
			continue
		}
		one := SiteTally{Site: z.Site, Region: region, Tally: Tally{N: z.N, Unknown: z.N}}
		for _, a := range answers[z.Site] {
			one.take(a.tally(t.Verified), a.n)
		}
		out = append(out, one)
	}
	return out, nil
}

// take counts n people of one answer, who were unknown so far.
func (t *Tally) take(one Tally, n int) {
	t.Yes, t.Verified, t.Captain, t.No = t.Yes+n*one.Yes, t.Verified+n*one.Verified, t.Captain+n*one.Captain, t.No+n*one.No
	t.Unknown -= n * (1 - one.Unknown)
}

type size struct {
	Site string
	N    int
}

// sizes counts the unit by worksite within reach, today.
func (s *Store) sizes(ctx context.Context, tx *db.Tx, reach auth.Reach) ([]size, error) {
	sites, err := PerSite(ctx, tx, s, reach, Question[int]{Name: "sizes", Who: true, Count: func(ctx context.Context, tx *db.Tx, p Part) (map[string]int, error) {
		var args db.Args
		query := `SELECT s.worksite_id, COUNT(*)` + p.Among(&args, "person_stand", "s") +
			` AND s.in_unit = 1 GROUP BY s.worksite_id ORDER BY s.worksite_id LIMIT 20000`
		out := map[string]int{}
		err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
			var id string
			var n int
			err := r.Scan(&id, &n)
			out[id] = n
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("count the unit by worksite: %w", err)
		}
		return out, nil
	}})
	if err != nil {
		return nil, err
	}
	var all []size
	for _, id := range slices.Sorted(maps.Keys(sites)) {
		all = append(all, size{id, sites[id]})
	}
	return all, nil
}

// closedTally reads a frozen result. The whole unit's stands with the test; a region or worksites are a part of its lines, as the
// worksites were then; a turf is counted person by person.
func closedTally(ctx context.Context, tx *db.Tx, t *Test, reach auth.Reach) ([]SiteTally, error) {
	if reach.All {
		return t.Result.Sites, nil
	}
	var out []SiteTally
	if len(reach.Sets) == 0 && reach.Person == "" {
		for _, one := range t.Result.Sites {
			if slices.Contains(reach.Sites, one.Site) || slices.Contains(reach.Regions, one.Region) && one.Region != "" {
				out = append(out, one)
			}
		}
		return out, nil
	}
	var args db.Args
	query := `SELECT e.worksite_id, e.state, e.verified, COUNT(*) FROM structure_test_eligible e WHERE e.test_id = ` + args.Add(t.ID) + ` AND ` +
		reach.Where("e.person_id", &args) + ` GROUP BY e.worksite_id, e.state, e.verified ORDER BY e.worksite_id, e.state, e.verified`
	err := tx.Rows(ctx, query, args, func(r *sql.Rows) error {
		var site string
		var c counting
		var n int
		if err := r.Scan(&site, &c.state, &c.verified, &n); err != nil {
			return err
		}
		if len(out) == 0 || out[len(out)-1].Site != site {
			out = append(out, SiteTally{Site: site})
		}
		last := &out[len(out)-1]
		last.N, last.Unknown = last.N+n, last.Unknown+n
		last.take(c.tally(t.Verified), n)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count frozen answers: %w", err)
	}
	return out, nil
}

// sum adds worksites up.
func sum(all []SiteTally) Tally {
	var t Tally
	for _, one := range all {
		t.add(one.Tally)
	}
	return t
}

// byRegion adds worksites up by region, by name.
func byRegion(all []SiteTally) []SiteTally {
	at := map[string]int{}
	var out []SiteTally
	for _, one := range all {
		i, ok := at[one.Region]
		if !ok {
			i = len(out)
			at[one.Region] = i
			out = append(out, SiteTally{Region: one.Region})
		}
		out[i].add(one.Tally)
	}
	slices.SortFunc(out, func(a, b SiteTally) int { return strings.Compare(a.Region, b.Region) })
	return out
}

// Soft is somebody whose word and deeds differ: assessed 1 or 2, and no yes in the last public tests.
type Soft struct {
	Held
	Did []Answer // in those tests, the newest first; Unknown: not there, or not counted then
}

// softTests is how many closed public tests are looked at.
const softTests = 2

// soft returns a page of the soft ones within reach, by captain: current value <= 2 and no public yes in the last two closed
// public tests, which it returns too, the newest first. Without any such test nobody is soft: nothing was asked. It walks the index on
// the leader, then those without one.
func soft(ctx context.Context, tx *db.Tx, reach auth.Reach, after [2]string, most int) ([]Soft, []Test, error) {
	done, err := db.All(ctx, tx, func(r *sql.Rows) (Test, error) { return scanTest(r) }, `SELECT `+testColumns+` FROM structure_test
		WHERE state = 'closed' AND public = 1 ORDER BY closes DESC, id LIMIT $1`, softTests)
	if err != nil || len(done) == 0 {
		return nil, nil, err
	}
	var args db.Args
	var query strings.Builder
	query.WriteString(`SELECT ` + held(ctx, &args))
	for i := range softTests {
		query.WriteString(`, COALESCE((SELECT e.state FROM structure_test_eligible e WHERE e.test_id = ` + args.Add(done[min(i, len(done)-1)].ID) +
			` AND e.person_id = s.person_id), 'unknown')`)
	}
	from, where := among(reach, &args, "person_stand", "s", "person_now", "n")
	query.WriteString(from + ` LEFT JOIN worksite w ON w.id = s.worksite_id LEFT JOIN person_now l ON l.person_id = s.leader_id AND s.leader_id <> ''` +
		where + ` AND s.in_unit = 1 AND s.value IN (1, 2)`)
	for i := range done {
		query.WriteString(` AND NOT EXISTS (SELECT 1 FROM structure_test_eligible e WHERE e.test_id = ` + args.Add(done[i].ID) +
			` AND e.person_id = s.person_id AND e.state = 'yes')`)
	}
	if after[1] != "" {
		query.WriteString(` AND (s.leader_id, s.person_id) > (` + args.Add(after[0]) + `, ` + args.Add(after[1]) + `)`)
	}
	query.WriteString(` ORDER BY s.leader_id, s.person_id LIMIT ` + args.Add(most+1))
	all, err := db.All(ctx, tx, func(r *sql.Rows) (x Soft, err error) {
		var did [softTests]Answer
		x.Held, err = scanHeld(r, &did[0], &did[1])
		x.Did = slices.Clone(did[:len(done)])
		return x, err
	}, query.String(), args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read who said and did not do: %w", err)
	}
	return all, done, nil
}
