// SPDX-License-Identifier: Apache-2.0

package board

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
	"github.com/tenday/tenday/internal/roster"
)

// Store reads the board. It is safe for concurrent use.
type Store struct {
	d        *db.DB
	roster   *roster.Store
	organize *organize.Store
}

// NewStore returns the board of d.
func NewStore(d *db.DB, r *roster.Store, o *organize.Store) *Store {
	return &Store{d: d, roster: r, organize: o}
}

// List is an employer list that was applied, or waits in preview.
type List struct {
	ID      string
	Version int // 0 until applied
	AsOf    roster.Date
}

// group is people of one worksite, occupation and unit status, with how many have one and two contacts that work.
type group struct {
	site, region string
	job          roster.JobClass
	status       roster.UnitStatus
	n, one, two  int
}

const (
	// One pass over the people, who have a job today; the answer is as long as worksites times occupations.
	sqlGroups = `SELECT p.worksite_id, p.region, p.job_class, p.unit_status, COUNT(*),
		SUM(CASE WHEN p.contacts_ok >= 1 THEN 1 ELSE 0 END), SUM(CASE WHEN p.contacts_ok >= 2 THEN 1 ELSE 0 END)`
	sqlGroupsBy = ` AND p.worksite_id <> '' GROUP BY p.worksite_id, p.region, p.job_class, p.unit_status
		ORDER BY p.worksite_id, p.job_class, p.unit_status LIMIT 50000`
	// By the index on kind, state and version.
	sqlApplied = `SELECT id, version, as_of FROM list_import WHERE kind = 'employer' AND state = 'applied' AND historical = 0
		ORDER BY version DESC, id LIMIT 2`
	sqlWaiting = `SELECT id, version, as_of FROM list_import WHERE kind = 'employer' AND state IN ('previewed', 'stopped')
		ORDER BY uploaded_at DESC, id LIMIT 1`
	sqlUnit = `SELECT name, certified_n, certified_src FROM unit ORDER BY id LIMIT 1`
	// The rows of one list that change something, by their index.
	sqlChanges = `SELECT kinds, COUNT(DISTINCT person_id) FROM list_row WHERE import_id = $1 AND kinds <> '' GROUP BY kinds
		ORDER BY kinds LIMIT 1000`
	// A decision may have found somebody absent in another row of the list.
	sqlAbsent = `SELECT a.decision, COUNT(*) FROM list_absent a WHERE a.import_id = $1 AND NOT EXISTS (SELECT 1 FROM list_row r
		WHERE r.person_id = a.person_id AND r.import_id = a.import_id AND r.state = 'applied')
		GROUP BY a.decision ORDER BY a.decision LIMIT 10`
)

// state is all that a board is made of, read at one moment.
type state struct {
	groups    []group
	sites     []roster.Worksite
	lists     []List // the newest first, two at the most
	waiting   *List
	unit      roster.UnitInfo
	kinds     map[string]int
	absent    map[string]int
	timeline  []Entry
	everybody bool // the reach is the unit
}

// read gathers what people within reach add up to.
func (s *Store) read(ctx context.Context, reach auth.Reach) (*state, error) {
	sites, err := s.roster.Worksites(ctx)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*state, error) {
		out := &state{sites: sites, everybody: reach.All, kinds: map[string]int{}, absent: map[string]int{}}
		if out.groups, err = s.groups(ctx, tx, reach); err != nil {
			return nil, err
		}
		if out.lists, err = db.All(ctx, tx, scanList, sqlApplied); err != nil {
			return nil, fmt.Errorf("read lists: %w", err)
		}
		waiting, err := db.All(ctx, tx, scanList, sqlWaiting)
		if err != nil {
			return nil, fmt.Errorf("read waiting list: %w", err)
		}
		if len(waiting) > 0 {
			out.waiting = &waiting[0]
		}
		if _, err := db.Found(tx.Row(ctx, sqlUnit).Scan(&out.unit.Name, &out.unit.CertifiedN, &out.unit.CertifiedSource)); err != nil {
			return nil, fmt.Errorf("read unit: %w", err)
		}
		if len(out.lists) == 2 {
			if err := counts(ctx, tx, sqlChanges, out.lists[0].ID, out.kinds); err != nil {
				return nil, err
			}
			if err := counts(ctx, tx, sqlAbsent, out.lists[0].ID, out.absent); err != nil {
				return nil, err
			}
		}
		out.timeline, err = timeline(ctx, tx)
		return out, err
	})
}

// groups counts the people within reach.
func (s *Store) groups(ctx context.Context, tx *db.Tx, reach auth.Reach) ([]group, error) {
	sites, err := organize.PerSite(ctx, tx, s.organize, reach, organize.Question[[]group]{Name: "groups", Who: true, Count: count})
	if err != nil {
		return nil, err
	}
	var all []group
	for _, id := range slices.Sorted(maps.Keys(sites)) {
		all = append(all, sites[id]...)
	}
	return all, nil
}

func count(ctx context.Context, tx *db.Tx, p organize.Part) (map[string][]group, error) {
	var args db.Args
	from := p.Among(&args, "person_now", "p")
	if p.Sites != nil { // person_now is in the order of names: the others know who works where
		args = nil
		from = p.Among(&args, "person_stand", "s", "person_now", "p")
	}
	out := map[string][]group{}
	err := tx.Rows(ctx, sqlGroups+from+sqlGroupsBy, args, func(r *sql.Rows) error {
		var g group
		err := r.Scan(&g.site, &g.region, &g.job, &g.status, &g.n, &g.one, &g.two)
		out[g.site] = append(out[g.site], g)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count people: %w", err)
	}
	return out, nil
}

func scanList(r *sql.Rows) (List, error) {
	var l List
	err := r.Scan(&l.ID, &l.Version, &l.AsOf)
	return l, err
}

func counts(ctx context.Context, tx *db.Tx, query, id string, into map[string]int) error {
	err := tx.Rows(ctx, query, []any{id}, func(r *sql.Rows) error {
		var key string
		var n int
		err := r.Scan(&key, &n)
		into[key] = n
		return err
	})
	if err != nil {
		return fmt.Errorf("count changes of list %s: %w", id, err)
	}
	return nil
}
