// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/picket"
)

// Worth is what one more person is worth in a role of a shift that has too few.
type Worth struct {
	Shift  string
	Role   Role
	Placed int
	Min    int
	Target int
	Level  string // of the plan: the first that she makes better

	engine picket.Worth
}

func worthOf(shift string, placed int, w picket.Worth) Worth {
	out := Worth{Shift: shift, Role: planned[w.Need.Role], Placed: placed, Min: w.Need.Min, Target: w.Need.Target, engine: w}
	for _, l := range []picket.Level{picket.ShortCaptain, picket.ShortMin, picket.ShortTarget, picket.Disturbed} {
		if w.Delta[l] < 0 {
			out.Level = l.String()
			break
		}
	}
	return out
}

// worths are the places that a plan leaves short, the best to recruit for first.
func (g *ground) worths(r *picket.Result) (all []Worth) {
	placed := map[picket.Need]int{}
	for _, s := range r.Shortages {
		placed[s.Need] = s.Placed
	}
	for _, w := range r.Recruit() {
		if n, short := placed[w.Need]; short {
			all = append(all, worthOf(g.shifts[[2]string{g.in.Sites[w.Need.Site].ID, g.in.Shifts[w.Need.Shift].ID}], n, w))
		}
	}
	return all
}

// worthsNow are the places that are short by the bookings of some shifts, the best to recruit for first, if nobody moves.
func worthsNow(shifts []*Shift) (all []Worth) {
	for _, x := range shifts {
		for _, n := range x.Needs {
			if role := engineRole(n.Role); slices.Contains(planned, n.Role) && n.Taken < n.Target {
				all = append(all, worthOf(x.ID, n.Taken, picket.Need{Role: role, Min: n.Min, Target: n.Target, Max: n.Max}.One(n.Taken)))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Worth) int { return a.engine.Compare(b.engine) })
	return all
}

func keepWorths(ctx context.Context, tx *db.Tx, plan string, all []Worth) error {
	var rows [][]any
	for i, w := range all {
		rows = append(rows, []any{plan, i + 1, w.Shift, string(w.Role), w.Placed, w.Min, w.Target, w.Level})
	}
	return tx.Insert(ctx, "line_plan_worth", []string{"plan_id", "nth", "shift_id", "role", "placed", "min", "target", "level"}, rows)
}

const fromWorths = ` FROM line_plan_worth w JOIN shift s ON s.id = w.shift_id `

// worthShown is how many of them a page shows: whoever recruits begins with the first.
const worthShown = 8

// worthsOf returns the first of a plan's short places, of one line or ("") of all, and how many there are.
func worthsOf(ctx context.Context, tx *db.Tx, plan, line string) (all []Worth, n int, err error) {
	if err := tx.Row(ctx, `SELECT COUNT(*)`+fromWorths+`WHERE w.plan_id = $1 AND (s.line_id = $2 OR $3 = '')`, plan, line, line).Scan(&n); err != nil {
		return nil, 0, fmt.Errorf("count short places: %w", err)
	}
	all, err = db.All(ctx, tx, func(r *sql.Rows) (w Worth, err error) {
		return w, r.Scan(&w.Shift, &w.Role, &w.Placed, &w.Min, &w.Target, &w.Level)
	}, `SELECT w.shift_id, w.role, w.placed, w.min, w.target, w.level`+fromWorths+`WHERE w.plan_id = $1 AND (s.line_id = $2 OR $3 = '')
		ORDER BY w.nth LIMIT $4`, plan, line, line, worthShown)
	if err != nil {
		return nil, 0, fmt.Errorf("read short places: %w", err)
	}
	return all, n, nil
}

// words says what one more person is worth.
func (w *Worth) words(tr *i18n.Translator) string {
	key, left := "line.worth."+w.Level, w.Target-w.Placed-1
	least := w.Level == picket.ShortCaptain.String() || w.Level == picket.ShortMin.String()
	if least {
		left = w.Min - w.Placed - 1
	}
	switch {
	case least && (left < 0 || (w.Level == picket.ShortCaptain.String()) != (w.Role == Captain)):
		key += "_elsewhere" // somebody who is here can go there
	case w.Level != picket.Disturbed.String() && left == 0:
		key += "_last"
	}
	return tr.T(key, "N", left)
}
