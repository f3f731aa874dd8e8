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
	"github.com/tenday/tenday/internal/suppress"
)

// Ready is how ready one worksite is, or the whole: n/N of each part, and the weakest, which is the answer.
type Ready struct {
	Site     string `json:"site,omitempty"` // "" for the whole
	Pledged  Share  `json:"pledged"`        // privately or publicly
	Public   Share  `json:"public"`
	Booked   Share  `json:"booked"`
	Coverage Share  `json:"coverage"`
	Recent   Share  `json:"recent"`  // talked with within the days of contact
	Least    Share  `json:"least"`   // of public, booked, coverage
	Limits   string `json:"limits"`  // the name of the least: "public", "booked", "coverage"; "" of nobody
	Version  int    `json:"version"` // of the list
	Hidden   bool   `json:"hidden"`  // too few people on one side for this reader: the shares are empty, N stands

	known int // pledged publicly by the end of yesterday
}

// Readiness is what the board asks: within reach, the whole and each worksite, by id. BookingOpen tells that a line has opened its
// shifts; until then nobody is booked, and that limits everything.
type Readiness struct {
	All         Ready   `json:"all"`
	Sites       []Ready `json:"sites"`
	BookingOpen bool    `json:"booking_open"`
	FloorPct    int     `json:"floor_pct"` // a worksite under it is not ready

	Outside map[string]Outside `json:"outside,omitempty"` // for readers without the names: "pledged", "public", "coverage"
}

// One pass over the narrow rows of person_stand, worksite by worksite as they change.
const sqlReady = `SELECT s.worksite_id, COUNT(*),
	SUM(CASE WHEN s.pledge IN ('private', 'public') THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.pledge = 'public' THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leader_id <> '' AND s.leader_value > 0 AND s.leader_value <= $1 AND s.leader_talk_at >= $2 THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.talk_at >= $3 THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.pledge = 'public' AND s.pledge_day < $4 THEN 1 ELSE 0 END)`

// Readiness returns how ready the people within reach are, exactly: it is for readers who may read who pledged and who was
// assessed. Others get ReadinessFor.
func (s *Store) Readiness(ctx context.Context, tx *db.Tx, reach auth.Reach) (*Readiness, error) {
	r, err := RulesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	day, err := today(ctx, tx)
	if err != nil {
		return nil, err
	}
	talk, _, err := cutoffs(ctx, tx, &r)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprint("ready ", r.LeaderValueMax, " ", r.ContactDays)
	sites, err := PerSite(ctx, tx, s, reach, Question[Ready]{Name: name, Count: func(ctx context.Context, tx *db.Tx, p Part) (map[string]Ready, error) {
		args := db.Args{r.LeaderValueMax, talk, talk, day.String()}
		query := sqlReady + p.Among(&args, "person_stand", "s") + ` AND s.in_unit + 0 = 1 GROUP BY s.worksite_id ORDER BY s.worksite_id LIMIT 20000`
		out := map[string]Ready{}
		err := tx.Rows(ctx, query, args, func(rows *sql.Rows) error {
			var one Ready
			var n int
			err := rows.Scan(&one.Site, &n, &one.Pledged.X, &one.Public.X, &one.Coverage.X, &one.Recent.X, &one.known)
			one.Pledged.N, one.Public.N, one.Booked.N, one.Coverage.N, one.Recent.N = n, n, n, n, n
			out[one.Site] = one
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("count readiness: %w", err)
		}
		return out, nil
	}})
	if err != nil {
		return nil, err
	}
	out := Readiness{FloorPct: r.SiteFloorPct}
	if out.All.Version, err = listVersion(ctx, tx); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(sites)) {
		out.Sites = append(out.Sites, sites[id])
	}
	if err := s.addBooked(ctx, tx, reach, &out); err != nil {
		return nil, err
	}
	for i := range out.Sites {
		one := &out.Sites[i]
		one.Version = out.All.Version
		one.Least, one.Limits = Weakest(one.Public, one.Booked, one.Coverage)
		out.All.known += one.known
		for _, p := range []struct{ all, one *Share }{
			{&out.All.Pledged, &one.Pledged},
			{&out.All.Public, &one.Public},
			{&out.All.Booked, &one.Booked},
			{&out.All.Coverage, &one.Coverage},
			{&out.All.Recent, &one.Recent},
		} {
			p.all.X, p.all.N = p.all.X+p.one.X, p.all.N+p.one.N
		}
	}
	out.All.Least, out.All.Limits = Weakest(out.All.Public, out.All.Booked, out.All.Coverage)
	return &out, nil
}

// addBooked counts who holds a place on a shift.
func (s *Store) addBooked(ctx context.Context, tx *db.Tx, reach auth.Reach, out *Readiness) error {
	if s.Booked == nil {
		return nil
	}
	who, err := s.Booked(ctx, tx)
	if err != nil {
		return fmt.Errorf("read bookings: %w", err)
	}
	if who == nil {
		return nil
	}
	out.BookingOpen = true
	ids := make([]string, 0, len(who))
	for id, booked := range who {
		if booked {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for few := range slices.Chunk(ids, chunk) {
		var args db.Args
		query := `SELECT s.worksite_id, COUNT(*) FROM person_stand s WHERE s.in_unit = 1 AND s.person_id IN ` + args.In(few) + ` AND ` +
			reach.Where("s.person_id", &args) + ` GROUP BY s.worksite_id ORDER BY s.worksite_id`
		if err := tx.Rows(ctx, query, args, func(rows *sql.Rows) error {
			var site string
			var n int
			err := rows.Scan(&site, &n)
			if i, ok := slices.BinarySearchFunc(out.Sites, site, func(r Ready, id string) int { return strings.Compare(r.Site, id) }); ok {
				out.Sites[i].Booked.X += n
			}
			return err
		}); err != nil {
			return fmt.Errorf("count bookings: %w", err)
		}
	}
	return nil
}

// ReadinessFor returns readiness for the caller of ctx within reach: exactly when every person in it is hers to read (pledges and
// assessments, or the wall chart); inside says so. Else Outside holds what was released, of the whole unit, and all else is hidden
// but the list's version.
func (s *Store) ReadinessFor(ctx context.Context, tx *db.Tx, reach auth.Reach) (r *Readiness, inside bool, err error) {
	if insider(ctx, reach) {
		r, err = s.Readiness(ctx, tx, reach)
		return r, true, err
	}
	rules, err := RulesOf(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	r = &Readiness{FloorPct: rules.SiteFloorPct, All: Ready{Hidden: true}}
	if r.All.Version, err = listVersion(ctx, tx); err != nil {
		return nil, false, err
	}
	r.Outside, err = s.outside(ctx, tx)
	return r, false, err
}

// Inside tells whether the caller of ctx may read, person by person, what is counted over reach.
func Inside(ctx context.Context, reach auth.Reach) bool { return insider(ctx, reach) }

// insider tells whether the caller may read, person by person, what is counted over reach.
func insider(ctx context.Context, reach auth.Reach) bool {
	if covers(reachOf(ctx, WallRead), reach) {
		return true
	}
	return covers(reachOf(ctx, AssessRead), reach) && covers(reachOf(ctx, PledgeRead), reach)
}

// covers tells whether outer holds everyone of inner, by what the two are made of.
func covers(outer, inner auth.Reach) bool {
	if outer.All || inner.All {
		return outer.All
	}
	within := func(outer, inner []string) bool {
		return !slices.ContainsFunc(inner, func(x string) bool { return !slices.Contains(outer, x) })
	}
	return within(outer.Regions, inner.Regions) && within(outer.Sites, inner.Sites) && within(outer.Sets, inner.Sets) &&
		(inner.Person == "" || inner.Person == outer.Person)
}

// shownTally is what a reader without the names is shown of a closed test: the yes of its one partition, suppressed.
func shownTally(regions []SiteTally) (shown []bool, total bool) {
	cells := make([]suppress.Count, len(regions))
	for i, r := range regions {
		cells[i] = suppress.Count{X: r.Yes, N: r.N}
	}
	return suppress.Table(cells, suppress.K)
}
