// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// PairView is a pair with both records side by side.
type PairView struct {
	Pair   *PairRow   `json:"pair"`
	A      Record     `json:"a"`
	B      Record     `json:"b"`
	Winner string     `json:"winner,omitempty"` // once merged
	Since  []Since    `json:"since,omitempty"`
	Fields []TwoSided `json:"fields"`
}

// Record is one of the two: what moves with it, in counts.
type Record struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Contacts int    `json:"contacts"`
	Jobs     int    `json:"jobs"`
	Numbers  int    `json:"numbers"`
	Names    int    `json:"names"`
}

// TwoSided is a field of both records. Choice says that a merge chooses between them; else both are kept.
type TwoSided struct {
	Field  string `json:"field"`
	A      string `json:"a"`
	B      string `json:"b"`
	Choice bool   `json:"choice"`
}

// Pair returns a pair with both records. Errors: Missing, also outside the caller's reach.
func (s *Store) Pair(ctx context.Context, id string) (*PairView, error) {
	reach, err := auth.Allowed(ctx, auth.PairDecide)
	if err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*PairView, error) {
		p, err := pairOf(ctx, tx, reach, id)
		if err != nil {
			return nil, err
		}
		v := &PairView{Pair: p}
		today, err := s.today(ctx, tx)
		if err != nil {
			return nil, err
		}
		towns := map[string]string{}
		if err := tx.Rows(ctx, `SELECT id, town FROM worksite ORDER BY id`, nil, func(r *sql.Rows) error {
			var id, town string
			err := r.Scan(&id, &town)
			towns[id] = town
			return err
		}); err != nil {
			return nil, fmt.Errorf("read towns: %w", err)
		}
		var both [2]*file
		for n, one := range []string{p.A, p.B} { // one by one: together a merged record is read as the other
			all, err := files(ctx, tx, []string{one})
			if err != nil {
				return nil, err
			}
			if len(all) == 0 {
				return nil, missing()
			}
			both[n] = all[0]
			*[]*Record{&v.A, &v.B}[n] = Record{
				ID: one, Name: all[0].shown(today).String(), Contacts: len(all[0].contacts),
				Jobs: len(all[0].employments), Numbers: len(all[0].identifiers), Names: len(all[0].names),
			}
		}
		v.Fields = sideBySide(both[0], both[1], today, towns)
		for _, m := range moving {
			var n [2]int
			for i, one := range []string{p.A, p.B} {
				if err := tx.Row(ctx, m.count, one).Scan(&n[i]); err != nil {
					return nil, fmt.Errorf("count %s: %w", m.field, err)
				}
			}
			v.Fields = append(v.Fields, TwoSided{Field: m.field, A: strconv.Itoa(n[0]), B: strconv.Itoa(n[1])})
		}
		if p.State == PairMerged {
			m, err := mergeOf(ctx, tx, p)
			if err != nil {
				return nil, err
			}
			v.Winner = m.winner
			v.Since, err = sinceMerge(ctx, tx, m)
			return v, err
		}
		return v, nil
	})
}

// moving is what other rooms keep about a record and read as the remaining one's after a merge. Whoever decides sees how much of
// it there is and nothing of what it says; what its author took back is not counted.
var moving = []struct{ field, count string }{
	{"talks", `SELECT COUNT(*) FROM conversation c WHERE c.person_id = $1 AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = c.id AND x.by_account = c.by_account)`},
	{"values", `SELECT COUNT(*) FROM assessment c WHERE c.person_id = $1 AND NOT EXISTS (SELECT 1 FROM retraction x WHERE x.fact_id = c.id AND x.by_account = c.by_account)`},
	{"bookings", `SELECT COUNT(*) FROM shift_entry e WHERE e.person_id = $1 AND e.state <> 'cancelled'`},
}

func sideBySide(a, b *file, today Date, towns map[string]string) []TwoSided {
	var out []TwoSided
	add := func(field string, choice bool, of func(*file) string) {
		x, y := of(a), of(b)
		if x != "" || y != "" {
			out = append(out, TwoSided{field, x, y, choice && x != y})
		}
	}
	add("name", true, func(f *file) string { return f.shown(today).String() })
	add("number", false, func(f *file) string {
		var all []string
		for _, n := range f.identifiers {
			if n.Until.IsZero() {
				all = append(all, n.Value)
			}
		}
		return strings.Join(all, ", ")
	})
	add("jobs", true, func(f *file) string {
		var all []string
		for _, e := range f.jobs(today) {
			all = append(all, strings.TrimSpace(towns[e.WorksiteID]+", "+string(e.JobClass)))
		}
		return strings.Join(all, "; ")
	})
	add("hired", false, func(f *file) string { return f.hired().String() })
	for _, kind := range []string{"phone", "email"} {
		add(kind, false, func(f *file) string {
			var all []string
			for _, c := range f.contacts {
				if c.Kind == kind {
					all = append(all, c.Value)
				}
			}
			return strings.Join(all, ", ")
		})
	}
	add("home_zip", true, func(f *file) string { return f.HomeZIP })
	add("unit_status", true, func(f *file) string { return string(f.UnitStatus) })
	add("member_status", true, func(f *file) string { return f.MemberStatus })
	add("pronouns", true, func(f *file) string { return f.Pronouns })
	add("languages", true, func(f *file) string { return strings.Join(f.Languages, ", ") })
	add("card_signed_on", true, func(f *file) string { return f.CardSignedOn.String() })
	return out
}
