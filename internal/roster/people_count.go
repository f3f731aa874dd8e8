// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"fmt"
	"sync"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// known keeps what was worked out of one revision of the roster: counts of lists, the worksites. The revision is read in the
// transaction that reads the list, so what is kept is never older or newer than the lines beside it.
type known struct {
	mu       sync.Mutex
	revision string
	kept     map[any]any
}

// mostKept bounds it; who keeps asking for new things makes it forget, one for one.
const mostKept = 2000

// recallAt returns what is kept under key for a revision, or works it out.
func recallAt[K comparable, T any](k *known, now string, key K, work func() (T, error)) (T, error) {
	k.mu.Lock()
	if k.revision == now {
		if v, ok := k.kept[key]; ok {
			k.mu.Unlock()
			return v.(T), nil
		}
	}
	k.mu.Unlock()
	v, err := work()
	if err != nil {
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.revision != now || k.kept == nil { // nothing is kept before the first list, whose revision is ""
		// A reader of an older moment may come late and set this back: then the next one works it out again.
		k.revision, k.kept = now, map[any]any{}
	}
	for old := range k.kept {
		if len(k.kept) < mostKept {
			break
		}
		delete(k.kept, old)
	}
	k.kept[key] = v
	return v, nil
}

// placed is what every list needs beside its lines.
type placed struct {
	Sites    []Worksite
	ByID     map[string]*Worksite
	ByCode   map[string]*Worksite
	Regions  []string
	List     int    // version of the newest list, 0 before the first
	ListAsOf string // its day
}

type placedKey struct{}

func (s *Store) placed(ctx context.Context, tx *db.Tx, revision string) (*placed, error) {
	return recallAt(&s.known, revision, placedKey{}, func() (*placed, error) {
		sites, err := worksites(ctx, tx)
		if err != nil {
			return nil, err
		}
		p := &placed{Sites: sites, ByID: map[string]*Worksite{}, ByCode: map[string]*Worksite{}}
		seen := map[string]bool{}
		for i := range sites {
			w := &sites[i]
			p.ByID[w.ID], p.ByCode[w.Code] = w, w
			if w.Region != "" && !seen[w.Region] {
				seen[w.Region] = true
				p.Regions = append(p.Regions, w.Region)
			}
		}
		err = tx.Row(ctx, `SELECT version, as_of FROM unit_list ORDER BY version DESC LIMIT 1`).Scan(&p.List, &p.ListAsOf)
		if _, err := db.Found(err); err != nil {
			return nil, fmt.Errorf("read list version: %w", err)
		}
		return p, nil
	})
}

type countKey struct {
	Filter
	read, contact string
}

// total returns how many people the list of q holds. A turf changes without the roster changing and is small: not kept.
func (s *Store) total(ctx context.Context, tx *db.Tx, q *peopleQuery, revision string) (int, error) {
	if len(q.read.Sets) > 0 || len(q.contact.Sets) > 0 {
		return q.count(ctx, tx)
	}
	f := q.Filter
	f.Sort, f.Desc = "", false
	return recallAt(&s.known, revision, countKey{f, q.read.Key(), q.contact.Key() + string(q.contact.Ability)}, func() (int, error) {
		return q.count(ctx, tx)
	})
}

// reach returns how far the caller's ability goes; the zero Reach, which holds nobody, when she has none.
func reach(ctx context.Context, a auth.Ability) auth.Reach {
	if id := auth.By(ctx); id != nil {
		if r, ok := id.Reach(a); ok {
			return r
		}
	}
	return auth.Reach{}
}
