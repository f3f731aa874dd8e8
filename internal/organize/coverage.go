// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// Cover counts people by how well somebody keeps contact with them. Of those who are not covered each counts once, under the
// first reason that holds: nobody leads her; her leader has left the unit; her leader is not a 1 herself; their last talk is too
// old, or there was none.
type Cover struct {
	N       int `json:"n"`
	Covered int `json:"covered"`
	NoOne   int `json:"no_leader"`
	Left    int `json:"leader_left"`
	Unsure  int `json:"leader_value"`
	Old     int `json:"talk_old"`
	Leaders int `json:"leaders"` // marked as such, or leading somebody
}

func (c *Cover) add(o Cover) {
	c.N, c.Covered, c.NoOne, c.Left = c.N+o.N, c.Covered+o.Covered, c.NoOne+o.NoOne, c.Left+o.Left
	c.Unsure, c.Old, c.Leaders = c.Unsure+o.Unsure, c.Old+o.Old, c.Leaders+o.Leaders
}

// Share is the coverage.
func (c Cover) Share() Share { return Share{c.Covered, c.N} }

// ShiftCover is that of one shift of one worksite.
type ShiftCover struct {
	Site, Shift string
	Cover
}

// Coverage is who keeps contact with whom, within one reach.
type Coverage struct {
	Cover
	Shifts  []ShiftCover // by worksite and shift
	Warn    int          // leaders with more people than is good
	Alert   int          // with far too many
	Silent  int          // who lead and have recorded nothing for days
	Needed  int          // captains, by the rule of thumb
	Sites   int
	Version int // of the list
}

// One pass over the rows of person_stand in the order of its key, which "+ 0" keeps to: an index on in_unit would lead to each row
// one by one, worksite by worksite as they change.
const sqlCoverage = `SELECT s.worksite_id, s.shift, COUNT(*),
	SUM(CASE WHEN s.leader_id = '' THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leader_id <> '' AND s.leader_value < 0 THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leader_id <> '' AND (s.leader_value = 0 OR s.leader_value > $1) THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leader_id <> '' AND s.leader_value > 0 AND s.leader_value <= $2 AND s.leader_talk_at < $3 THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leads > 0 OR s.marked <> '' THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leads > $4 AND s.leads <= $5 THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leads > $6 THEN 1 ELSE 0 END),
	SUM(CASE WHEN s.leads > 0 AND s.acted_at < $7 THEN 1 ELSE 0 END)`

// siteCover is the coverage of one worksite.
type siteCover struct {
	shifts              []ShiftCover
	warn, alert, silent int
}

// coverage counts within reach.
func (s *Store) coverage(ctx context.Context, tx *db.Tx, reach auth.Reach, r *Rules) (*Coverage, error) {
	talk, act, err := cutoffs(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	rules := *r
	sites, err := PerSite(ctx, tx, s, reach, Question[siteCover]{Name: fmt.Sprint("coverage ", rules), Count: func(ctx context.Context, tx *db.Tx, p Part) (map[string]siteCover, error) {
		args := db.Args{rules.LeaderValueMax, rules.LeaderValueMax, talk, rules.LoadWarnOver, rules.LoadAlertOver, rules.LoadAlertOver, act}
		query := sqlCoverage + p.Among(&args, "person_stand", "s") +
			` AND s.in_unit + 0 = 1 GROUP BY s.worksite_id, s.shift ORDER BY s.worksite_id, s.shift LIMIT 50000`
		out := map[string]siteCover{}
		err := tx.Rows(ctx, query, args, func(rows *sql.Rows) error {
			var one ShiftCover
			var warn, alert, silent int
			err := rows.Scan(&one.Site, &one.Shift, &one.N, &one.NoOne, &one.Left, &one.Unsure, &one.Old, &one.Leaders, &warn, &alert, &silent)
			one.Covered = one.N - one.NoOne - one.Left - one.Unsure - one.Old
			c := out[one.Site]
			c.shifts = append(c.shifts, one)
			c.warn, c.alert, c.silent = c.warn+warn, c.alert+alert, c.silent+silent
			out[one.Site] = c
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("count coverage: %w", err)
		}
		return out, nil
	}})
	if err != nil {
		return nil, err
	}
	c := &Coverage{Sites: len(sites)}
	for _, id := range slices.Sorted(maps.Keys(sites)) {
		one := sites[id]
		c.Shifts = append(c.Shifts, one.shifts...)
		for i := range one.shifts {
			c.add(one.shifts[i].Cover)
		}
		c.Warn, c.Alert, c.Silent = c.Warn+one.warn, c.Alert+one.alert, c.Silent+one.silent
	}
	c.Needed = CaptainsNeeded(c.Sites, c.N, r.CaptainRatio)
	c.Version, err = listVersion(ctx, tx)
	return c, err
}

// cutoffs are the instants before which a leader's talk is too old, and before which her last record makes her silent.
func cutoffs(ctx context.Context, tx *db.Tx, r *Rules) (talk, act int64, err error) {
	day, err := today(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	zone, err := db.Zone(ctx, tx)
	return since(day, r.ContactDays, zone).UnixMilli(), since(day, r.SilentDays, zone).UnixMilli(), err
}

// Coverage returns who keeps contact with whom, within the caller's reach. Errors: Forbidden.
func (s *Store) Coverage(ctx context.Context) (*Coverage, error) {
	reach, err := auth.Allowed(ctx, auth.TurfManage)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Coverage, error) {
		r, err := RulesOf(ctx, tx)
		if err != nil {
			return nil, err
		}
		return s.coverage(ctx, tx, reach, &r)
	})
}

// Held is a person as the lists of the room show her.
type Held struct {
	Current
	Given, Family string
	Job           string
	LeaderName    string
	LeaderValue   int
	SortKey       string `json:"-"`
	Town          string
}

// Name is the name as shown.
func (h Held) Name() string { return h.Given + " " + h.Family }

const (
	heldColumns = standColumns + `, n.given, n.family, n.job_class, n.sort_key, COALESCE(w.town, ''), COALESCE(l.given || ' ' || l.family, ''), s.leader_value`
	heldFrom    = ` FROM person_stand s JOIN person_now n ON n.person_id = s.person_id LEFT JOIN worksite w ON w.id = s.worksite_id
		LEFT JOIN person_now l ON l.person_id = s.leader_id AND s.leader_id <> ''`
)

// held returns the columns that scanHeld reads: heldColumns, and whether the caller may see her assessment, her pledge, the name of
// her contact person, and that person's own value. A list of one reach may name a contact person of another.
func held(ctx context.Context, args *db.Args) string {
	sees := func(a auth.Ability, column string) string {
		return `, CASE WHEN ` + reachOf(ctx, a).Where(column, args) + ` THEN 1 ELSE 0 END`
	}
	return heldColumns + sees(AssessRead, "s.person_id") + sees(PledgeRead, "s.person_id") + sees(auth.PersonRead, "s.leader_id") + sees(AssessRead, "s.leader_id")
}

// scanHeld reads a row of held and then more. What the reader may not see stays zero.
func scanHeld(r *sql.Rows, more ...any) (h Held, err error) {
	var value, pledge, name, leaderValue bool
	h.Current, err = scanStand(r, append([]any{
		&h.Given, &h.Family, &h.Job, &h.SortKey, &h.Town, &h.LeaderName, &h.LeaderValue, &value, &pledge, &name, &leaderValue,
	}, more...)...)
	if !value {
		h.Value, h.Basis, h.ValueAt, h.TriedAt, h.TalkAt, h.Outcome, h.LeaderTalk = 0, "", time.Time{}, time.Time{}, time.Time{}, "", time.Time{}
	}
	if !pledge {
		h.Pledge, h.PledgeDay = "", roster.Date{}
	}
	if !name {
		h.LeaderName = ""
	}
	if !leaderValue {
		h.LeaderValue = 0
	}
	return h, err
}

func oneHeld(r *sql.Rows) (Held, error) { return scanHeld(r) }

// Gap is why somebody stands on a list of the coverage page.
type Gap string

// The lists.
const (
	GapNoOne  Gap = "none"   // nobody leads her
	GapLeft   Gap = "left"   // her leader has left
	GapUnsure Gap = "unsure" // her leader is not a 1
	GapOld    Gap = "old"    // no talk with her leader lately
	GapOver   Gap = "over"   // leads more than is good
	GapSilent Gap = "silent" // leads, and has recorded nothing for days
)

// Gaps lists them.
var Gaps = []Gap{GapNoOne, GapLeft, GapUnsure, GapOld, GapOver, GapSilent}

// page is how many people a list shows at once.
const page = 50

// gap returns a page of the people of one list, of one worksite when site is not "", by worksite and then by id; after is the key
// of the last line of the page before. It walks person_stand by its key and stops when the page is full.
func gap(ctx context.Context, tx *db.Tx, reach auth.Reach, r *Rules, g Gap, site string, after [2]string) ([]Held, error) {
	talk, act, err := cutoffs(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	var args db.Args
	columns := held(ctx, &args)
	var where string
	order := ` ORDER BY s.worksite_id, s.person_id`
	switch g {
	case GapNoOne:
		where = `s.leader_id = ''`
	case GapLeft:
		where = `s.leader_id <> '' AND s.leader_value < 0`
	case GapUnsure:
		where = `s.leader_id <> '' AND (s.leader_value = 0 OR s.leader_value > ` + args.Add(r.LeaderValueMax) + `)`
	case GapOld:
		where = `s.leader_id <> '' AND s.leader_value > 0 AND s.leader_value <= ` + args.Add(r.LeaderValueMax) + ` AND s.leader_talk_at < ` + args.Add(talk)
	case GapOver: // few: by the index on leads
		where = `s.leads > 0 AND s.leads > ` + args.Add(r.LoadWarnOver)
		order = ` ORDER BY s.leads DESC, s.person_id DESC`
	case GapSilent:
		where = `s.leads > 0 AND s.acted_at < ` + args.Add(act)
		order = ` ORDER BY s.leads DESC, s.person_id DESC`
	}
	query := `SELECT ` + columns + heldFrom + ` WHERE s.in_unit + 0 = 1 AND ` + where
	if site != "" {
		query += ` AND s.worksite_id = ` + args.Add(site)
	}
	if after[1] != "" {
		query += ` AND (s.worksite_id, s.person_id) > (` + args.Add(after[0]) + `, ` + args.Add(after[1]) + `)`
	}
	query += ` AND ` + reach.Where("s.person_id", &args) + order + ` LIMIT ` + args.Add(page+1)
	all, err := db.All(ctx, tx, oneHeld, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read who is not covered: %w", err)
	}
	return all, nil
}

// Leader is somebody who could take people, or has too many.
type Leader struct {
	Held
	Load string     // ok, warn, alert
	Near []Leader   // of one with too many: two who could take some, the nearest first
	at   [2]float64 // latitude and longitude of her worksite
}

// mostLeaders is how many leaders are offered to choose from; a campaign of 60,000 has 6,000.
const mostLeaders = 400

// leaders returns the leaders within reach by worksite, of one worksite when site is not "".
func leaders(ctx context.Context, tx *db.Tx, reach auth.Reach, r *Rules, site string) ([]Leader, error) {
	var args db.Args
	query := `SELECT ` + held(ctx, &args) + `, COALESCE(w.lat, 0), COALESCE(w.lng, 0)` + heldFrom + ` WHERE s.in_unit + 0 = 1 AND (s.leads > 0 OR s.marked <> '') AND ` +
		reach.Where("s.person_id", &args)
	if site != "" {
		query += ` AND s.worksite_id = ` + args.Add(site)
	}
	query += ` ORDER BY s.worksite_id, s.person_id LIMIT ` + args.Add(mostLeaders)
	all, err := db.All(ctx, tx, func(rows *sql.Rows) (l Leader, err error) {
		l.Held, err = scanHeld(rows, &l.at[0], &l.at[1])
		l.Load = r.Load(l.Leads)
		return l, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read leaders: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Leader) int {
		return cmp.Or(strings.Compare(a.Town, b.Town), strings.Compare(a.SortKey, b.SortKey))
	})
	return all, nil
}

// near fills in, for each of over, the two nearest of all who lead fewer than the ratio: at her worksite first, then by distance,
// then those who lead the fewest.
func near(over, all []Leader, r *Rules) {
	for i := range over {
		o := &over[i]
		var free []Leader
		for _, l := range all {
			if l.Person != o.Person && l.Leads < r.CaptainRatio {
				free = append(free, l)
			}
		}
		slices.SortFunc(free, func(a, b Leader) int {
			return cmp.Or(cmp.Compare(o.distance(&a), o.distance(&b)), cmp.Compare(a.Leads, b.Leads), strings.Compare(a.Person, b.Person))
		})
		o.Near = free[:min(2, len(free))]
	}
}

// distance is good for comparing alone: degrees on a sphere, squared. Worksites without a place are far.
func (l *Leader) distance(o *Leader) float64 {
	switch {
	case l.Site == o.Site:
		return 0
	case l.at == [2]float64{} || o.at == [2]float64{}:
		return math.Inf(1)
	}
	x := (l.at[1] - o.at[1]) * math.Cos((l.at[0]+o.at[0])/2*math.Pi/180)
	y := l.at[0] - o.at[0]
	return x*x + y*y
}
