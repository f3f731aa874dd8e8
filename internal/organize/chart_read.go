// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
)

// Ask is what a reader wants of the wall chart.
type Ask struct {
	By     Grouping
	Region string      // "" for all of the reader's
	From   int         // first column, by worksite
	Skip   int         // cards of the first column, where it is more than a page
	Whole  bool        // all cards of a column, for paper
	AsOf   roster.Date // zero: now
	Filter Filter
}

// mostCards is how many people one page of the chart holds: a paper wall of 600 fits, and 60,000 come worksite by worksite.
const mostCards = 800

// pageCards is how many it holds when the wall is too small for all.
const pageCards = 250

// chartTests is how many tests the cards carry ticks of, the newest.
const chartTests = 5

// Chart returns the wall chart of the people whose chart and names the caller may see, and records that she saw them. A person
// with jobs at two worksites stands in both columns and is counted once. Errors: Forbidden, Invalid (more people than a page
// holds and no worksites to page by, with what to choose).
func (s *Store) Chart(ctx context.Context, ask Ask) (*Chart, error) {
	return s.chart(ctx, ask, "wall.open")
}

func (s *Store) chart(ctx context.Context, ask Ask, verb string) (*Chart, error) {
	wall, err := auth.Allowed(ctx, WallRead)
	if err != nil {
		return nil, err
	}
	var ids []string
	c, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Chart, error) {
		r := &chartReader{s: s, ask: ask, wall: wall, names: reachOf(ctx, auth.PersonRead), chart: &Chart{By: ask.By}}
		err := r.read(ctx, tx)
		ids = r.ids
		return r.chart, err
	})
	if err != nil {
		return nil, err
	}
	return c, s.log.Read(ctx, audit.Entry{Verb: verb, Scope: wall.Label(), Detail: "by=" + string(ask.By), Subjects: ids, Count: len(ids)})
}

// chartReader fills one chart.
type chartReader struct {
	s           *Store
	ask         Ask
	wall, names auth.Reach
	chart       *Chart
	cards       map[string]*Card
	ids         []string        // in the order of names
	values      map[string]bool // of whom the reader may read assessments
}

func (r *chartReader) read(ctx context.Context, tx *db.Tx) error {
	if err := r.list(ctx, tx); err != nil {
		return err
	}
	if !r.ask.AsOf.IsZero() {
		end, err := endOf(ctx, tx, r.ask.AsOf)
		if err != nil {
			return err
		}
		if end.Before(tx.Now) {
			r.chart.AsOf = end
		}
	}
	sites, err := r.sites(ctx, tx)
	if err != nil {
		return err
	}
	if err := r.people(ctx, tx, sites); err != nil {
		return err
	}
	if err := r.facts(ctx, tx); err != nil {
		return err
	}
	return r.columns(ctx, tx, sites)
}

// list finds the version of the unit's list.
func (r *chartReader) list(ctx context.Context, tx *db.Tx) error {
	_, err := db.Found(tx.Row(ctx, `SELECT version, as_of FROM unit_list ORDER BY version DESC LIMIT 1`).Scan(&r.chart.List, &r.chart.ListDay))
	if err != nil {
		return fmt.Errorf("read list version: %w", err)
	}
	return nil
}

// seen is the condition that the person of column, whose place on the wall she sees, is hers by name, too, and of the region.
func (r *chartReader) seen(column string, args *db.Args) string {
	where := r.names.Where(column, args)
	if r.ask.Region != "" {
		where += ` AND ` + auth.Reach{Regions: []string{r.ask.Region}}.Where(column, args)
	}
	return where
}

// site is a worksite that may be a column.
type chartSite struct {
	id, code, name, town string
	n                    int
}

// sites returns the worksites of the page, by code, and counts people and worksites in all. Whoever sees the whole unit sees
// worksites without people, too.
func (r *chartReader) sites(ctx context.Context, tx *db.Tx) ([]chartSite, error) {
	all, err := r.count(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("count the chart: %w", err)
	}
	r.chart.N = all.n
	rows, err := db.All(ctx, tx, func(row *sql.Rows) (w chartSite, err error) {
		var region string
		err = row.Scan(&w.id, &w.code, &w.name, &w.town, &region)
		if w.n = all.sites[w.id]; w.n == 0 && (!r.wall.All || r.ask.Region != "" && r.ask.Region != region) {
			w.id = ""
		}
		return w, err
	}, `SELECT id, code, name, town, region FROM worksite WHERE status <> 'closed' OR EXISTS (SELECT 1 FROM person_site x WHERE x.worksite_id = worksite.id)
		ORDER BY code, id LIMIT 20000`)
	if err != nil {
		return nil, fmt.Errorf("read worksites: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(w chartSite) bool { return w.id == "" })
	if r.ask.By != BySite {
		if r.chart.N > mostCards {
			return nil, fault.New(fault.Invalid, "organize.chart.too_many", "N", r.chart.N, "Max", mostCards)
		}
		return rows, nil
	}
	r.chart.Of, r.chart.From = len(rows), min(max(r.ask.From, 0), len(rows))
	rows = rows[r.chart.From:]
	n, most := 0, mostCards
	if all.n > mostCards {
		most = pageCards
	}
	for i, w := range rows {
		if n += w.n; n > most && i > 0 {
			return rows[:i], nil
		}
	}
	return rows, nil
}

// onWall counts people of the unit, and by worksite: who has jobs at two stands at both.
type onWall struct {
	n     int
	sites map[string]int
}

// count counts whom the reader sees on the wall.
func (r *chartReader) count(ctx context.Context, tx *db.Tx) (onWall, error) {
	reach := r.wall
	if r.ask.Region != "" && reach.All {
		reach = auth.Reach{Regions: []string{r.ask.Region}}
	} else if r.ask.Region != "" {
		reach = auth.Reach{}
	}
	all := onWall{sites: map[string]int{}}
	if covers(r.names, r.wall) && (reach.All || len(reach.Regions)+len(reach.Sites) > 0 && len(reach.Sets) == 0) {
		sites, err := PerSite(ctx, tx, r.s, reach, Question[onWall]{Name: "chart", Who: true, Count: countWall})
		for _, one := range sites {
			all.n += one.n
			for id, n := range one.sites {
				all.sites[id] += n
			}
		}
		return all, err
	}
	work := func() (onWall, error) {
		var args db.Args
		from, where := among(r.wall, &args, "person_site", "x", "person_stand", "t")
		query := `SELECT x.worksite_id, COUNT(*)` + from + where + ` AND t.in_unit = 1 AND ` + r.seen("x.person_id", &args) + ` GROUP BY x.worksite_id`
		err := tx.Rows(ctx, query, args, func(row *sql.Rows) error {
			var id string
			var n int
			err := row.Scan(&id, &n)
			all.sites[id] = n
			return err
		})
		if err == nil {
			args = nil
			query = `SELECT COUNT(*)` + Among("person_stand", "t", r.wall, &args) + ` AND t.in_unit = 1 AND ` + r.seen("t.person_id", &args)
			err = tx.Row(ctx, query, args...).Scan(&all.n)
		}
		return all, err
	}
	if len(r.wall.Sets)+len(r.names.Sets) > 0 { // who is in a turf changes without the roster
		return work()
	}
	return recall(ctx, tx, &r.s.known, "chart\x00"+r.wall.Key()+"\x00"+r.names.Key()+"\x00"+r.ask.Region, []string{rosterRevision}, work)
}

// countWall counts by the worksite of the primary job.
func countWall(ctx context.Context, tx *db.Tx, p Part) (map[string]onWall, error) {
	out := map[string]onWall{}
	add := func(row *sql.Rows) error {
		var site, at string
		var n, first int
		err := row.Scan(&site, &at, &n, &first)
		one, ok := out[site]
		if !ok {
			one.sites = map[string]int{}
		}
		one.n += first
		one.sites[at] += n
		out[site] = one
		return err
	}
	var args, more db.Args
	return out, errors.Join(
		tx.Rows(ctx, `SELECT s.worksite_id, s.worksite_id, COUNT(*), COUNT(*)`+p.Among(&args, "person_stand", "s")+` AND s.in_unit = 1 GROUP BY s.worksite_id`, args, add),
		tx.Rows(ctx, `SELECT s.worksite_id, x.worksite_id, COUNT(*), 0`+p.Among(&more, "person_stand", "s", "person_site", "x")+
			` AND x.is_primary = 0 AND s.in_unit + 0 = 1 GROUP BY s.worksite_id, x.worksite_id`, more, add))
}

// people reads the cards. By worksite they are found through the page's worksites, else they are all that is within reach.
func (r *chartReader) people(ctx context.Context, tx *db.Tx, sites []chartSite) error {
	var args db.Args
	sees := func(a auth.Ability) string { return reachOf(ctx, a).Where("p.person_id", &args) }
	text := `SELECT p.person_id, p.given, p.family, p.worksite_id, p.job_class, p.shift,
		CASE WHEN ` + sees(AssessRead) + ` THEN 1 ELSE 0 END, t.value, t.value_at,
		t.marked, t.leads, t.leader_id, CASE WHEN ` + sees(PledgeRead) + ` THEN t.pledge ELSE '' END`
	from, where := among(r.wall, &args, "person_stand", "t", "person_now", "p")
	text += from + where + ` AND t.in_unit + 0 = 1 AND ` + r.seen("p.person_id", &args)
	if r.ask.By == BySite {
		ids := make([]string, len(sites))
		for i, w := range sites {
			ids[i] = w.id
		}
		text += ` AND p.person_id IN (SELECT x.person_id FROM person_site x WHERE x.worksite_id IN ` + args.In(ids) + `)`
	}
	text += ` ORDER BY p.sort_key, p.person_id LIMIT ` + args.Add(4*mostCards)
	r.cards, r.values = map[string]*Card{}, map[string]bool{}
	err := tx.Rows(ctx, text, args, func(row *sql.Rows) error {
		var c Card
		var given, family string
		var valueAt int64
		var values bool
		if err := row.Scan(&c.Person, &given, &family, &c.Site, &c.Job, &c.Shift, &values, &c.Value, &valueAt, &c.Marked, &c.Leads, &c.Contact, &c.Pledge); err != nil {
			return err
		}
		c.Name, c.ValueAt = strings.TrimSpace(given+" "+family), moment(valueAt)
		if r.values[c.Person] = values; !values {
			c.Value, c.ValueAt = 0, time.Time{}
		}
		r.cards[c.Person] = &c
		r.ids = append(r.ids, c.Person)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the chart: %w", err)
	}
	r.chart.Shown = len(r.ids)
	return nil
}

// facts adds what else the cards carry, and what the filter keeps.
func (r *chartReader) facts(ctx context.Context, tx *db.Tx) error {
	if err := r.ticks(ctx, tx); err != nil {
		return err
	}
	if at := r.chart.AsOf; !at.IsZero() {
		if err := r.asOf(ctx, tx, at); err != nil {
			return err
		}
	} else if r.s.Booked != nil {
		booked, err := r.s.Booked(ctx, tx)
		if err != nil {
			return fmt.Errorf("read bookings: %w", err)
		}
		for id, c := range r.cards {
			if booked == nil {
				break
			}
			c.Booked = map[bool]string{true: "yes", false: "no"}[booked[id]]
		}
	}
	stale, err := r.s.staleAfter(ctx, tx)
	if err != nil {
		return err
	}
	now := tx.Now
	if !r.chart.AsOf.IsZero() {
		now = r.chart.AsOf
	}
	oldest := now.AddDate(0, 0, -stale)
	for _, c := range r.cards {
		c.Stale = c.Value != 0 && c.ValueAt.Before(oldest)
		c.On = r.ask.Filter.keeps(c, r.chart.Tests)
		r.chart.On += bit(c.On)
	}
	return nil
}

// staleAfter returns the age in days from which a value is drawn hollow.
func (s *Store) staleAfter(ctx context.Context, tx *db.Tx) (int, error) {
	rules, err := RulesOf(ctx, tx)
	if err != nil || s.NoticeServed == nil {
		return rules.StaleDays, err
	}
	served, err := s.NoticeServed(ctx, tx)
	if served {
		return rules.StaleNoticeDays, err
	}
	return rules.StaleDays, err
}

// tooMany returns the sentence of a refusal to draw so many people, "" for any other error.
func tooMany(tr *i18n.Translator, err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Key == "organize.chart.too_many" {
		return tr.M(f.Key, f.Args)
	}
	return ""
}

// ticks reads who took part in the newest tests: of open ones the answers so far, of closed ones what was frozen.
func (r *chartReader) ticks(ctx context.Context, tx *db.Tx) error {
	all, err := tests(ctx, tx, r.wall, TestOpen, TestClosed)
	if err != nil {
		return err
	}
	for _, t := range all {
		if r.chart.AsOf.IsZero() || t.Opens.Before(r.chart.AsOf) {
			r.chart.Tests = append(r.chart.Tests, ChartTest{ID: t.ID, Name: t.Name, Open: t.State == TestOpen})
		}
	}
	r.chart.Tests = r.chart.Tests[:min(len(r.chart.Tests), chartTests)]
	slices.Reverse(r.chart.Tests) // the oldest first: how they came
	for _, c := range r.cards {
		c.Ticks = make([]Answer, len(r.chart.Tests))
		for i := range c.Ticks {
			c.Ticks[i] = Unknown
		}
	}
	for i, t := range r.chart.Tests {
		from := `structure_test_eligible WHERE test_id = $1`
		if t.Open {
			from = `participation_now WHERE test_id || '' = $1` // by people: the test has sixty thousand
		}
		for few := range slices.Chunk(r.ids, chunk) {
			args := db.Args{t.ID}
			err := tx.Rows(ctx, `SELECT person_id, state FROM `+from+` AND state <> 'unknown' AND person_id IN `+args.In(few), args,
				func(row *sql.Rows) error {
					var id string
					var a Answer
					err := row.Scan(&id, &a)
					if c := r.cards[id]; c != nil {
						c.Ticks[i] = a
					}
					return err
				})
			if err != nil {
				return fmt.Errorf("read ticks: %w", err)
			}
		}
	}
	return nil
}

// asOf puts values, pledges and contacts back to what they were at the instant. The unit is today's.
func (r *chartReader) asOf(ctx context.Context, tx *db.Tx, at time.Time) error {
	for _, c := range r.cards {
		c.Value, c.ValueAt, c.Contact, c.Leads = 0, time.Time{}, "", 0
		if c.Pledge != "" {
			c.Pledge = NoPledge
		}
	}
	zone, err := db.Zone(ctx, tx)
	if err != nil {
		return err
	}
	lastDay := roster.DateOf(at.Add(-time.Millisecond).In(zone)).String()
	records, err := recordsOf(ctx, tx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(r.ids, chunk) {
		few := records.all(part)
		card := func(id string) *Card { return r.cards[records.top(id)] }
		args := db.Args{at.UnixMilli()}
		err := tx.Rows(ctx, `SELECT f.person_id, f.value, f.at FROM assessment f WHERE f.at < $1 AND`+sqlCounted+` AND f.person_id IN `+args.In(few)+
			` ORDER BY f.at, f.id`, args, func(row *sql.Rows) error {
			var id string
			var value int
			var when int64
			err := row.Scan(&id, &value, &when)
			if c := card(id); c != nil && r.values[c.Person] {
				c.Value, c.ValueAt = value, moment(when)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read values as of then: %w", err)
		}
		args = db.Args{lastDay}
		err = tx.Rows(ctx, `SELECT f.person_id, f.state FROM pledge f WHERE f.day <= $1 AND f.person_id IN `+args.In(few)+` ORDER BY f.day, f.seq, f.id`, args, func(row *sql.Rows) error {
			var id string
			var state PledgeState
			err := row.Scan(&id, &state)
			if c := card(id); c != nil && c.Pledge != "" {
				c.Pledge = state
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read pledges as of then: %w", err)
		}
		args = db.Args{at.UnixMilli(), at.UnixMilli()}
		err = tx.Rows(ctx, `SELECT f.led, f.leader FROM leadership f WHERE f.since_at < $1 AND (f.until_at = 0 OR f.until_at >= $2) AND f.led IN `+
			args.In(few)+` ORDER BY f.since_at, f.id`, args, func(row *sql.Rows) error {
			var id, leader string
			err := row.Scan(&id, &leader)
			if c := card(id); c != nil {
				c.Contact = records.top(leader)
			}
			if l := card(leader); l != nil {
				l.Leads++
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read contacts as of then: %w", err)
		}
	}
	return nil
}

// columns sorts the cards into them.
func (r *chartReader) columns(ctx context.Context, tx *db.Tx, sites []chartSite) error {
	at := map[string]int{}
	column := func(key, label, under string) *Column {
		if _, ok := at[key]; !ok {
			at[key] = len(r.chart.Columns)
			r.chart.Columns = append(r.chart.Columns, Column{Key: key, Label: label, Under: under})
		}
		return &r.chart.Columns[at[key]]
	}
	switch r.ask.By {
	case BySite:
		for _, w := range sites {
			column(w.id, w.town, w.code)
		}
		for few := range slices.Chunk(r.ids, chunk) {
			var args db.Args
			err := tx.Rows(ctx, `SELECT person_id, worksite_id FROM person_site WHERE person_id IN `+args.In(few)+` ORDER BY sort_key, person_id, worksite_id`, args,
				func(row *sql.Rows) error {
					var id, site string
					err := row.Scan(&id, &site)
					if i, ok := at[site]; ok && r.cards[id] != nil {
						r.chart.Columns[i].Cards = append(r.chart.Columns[i].Cards, *r.cards[id])
					}
					return err
				})
			if err != nil {
				return fmt.Errorf("read where people work: %w", err)
			}
		}
	case ByContact:
		column("", "", "")
		for _, id := range r.ids {
			if c := r.cards[id]; c.Leads > 0 || c.Marked != "" {
				column(id, c.Name, "")
			}
		}
		for _, id := range r.ids {
			key := r.cards[id].Contact
			if _, ok := at[key]; !ok {
				column(key, "", "") // her contact is out of the reader's reach: a column without a name
			}
			r.chart.Columns[at[key]].Cards = append(r.chart.Columns[at[key]].Cards, *r.cards[id])
		}
	default:
		for _, id := range r.ids {
			c := r.cards[id]
			key := map[Grouping]string{ByShift: c.Shift, ByJob: c.Job}[r.ask.By]
			k := column(key, key, "")
			k.Cards = append(k.Cards, *c)
		}
		slices.SortStableFunc(r.chart.Columns, func(a, b Column) int { return len(b.Cards) - len(a.Cards) })
	}
	for i := range r.chart.Columns {
		order(r.chart.Columns[i].Cards)
		r.chart.Columns[i].sum()
	}
	if r.ask.By != BySite {
		r.chart.Of = len(r.chart.Columns)
	} else if len(r.chart.Columns) == 1 && !r.ask.Whole {
		r.cut(&r.chart.Columns[0])
	}
	return nil
}

// cut leaves a page of a column that is longer. Its sums are of all.
func (r *chartReader) cut(c *Column) {
	if c.N <= pageCards {
		return
	}
	r.chart.Skip = min(max(r.ask.Skip, 0), c.N-1)
	c.Cards = c.Cards[r.chart.Skip:min(r.chart.Skip+pageCards, c.N)]
	r.ids = r.ids[:0]
	for i := range c.Cards {
		r.ids = append(r.ids, c.Cards[i].Person)
	}
}
