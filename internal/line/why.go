// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/picket"
)

// Reasons are written of so many people at once, and kept if the work on the others is stopped. What one costs grows with how many the plan has: 0.2 ms at 600 people,
// 10 at 10,000; a plan of more than explainUpTo has none.
const (
	explainMost = 100
	explainUpTo = 20_000
)

// explain writes why a plan puts people where it does, for those whom it gives a place. Reasons of places that were not accepted before a newer plan came go, and
// so does the work on them: they would fill the database with what nobody reads.
func (s *Store) explain(ctx context.Context, strikeID, id string, r *picket.Result, g *ground, places []Place, progress func(done, total int)) error {
	if len(g.in.Members) > explainUpTo {
		return nil
	}
	members := map[string]int32{}
	for i := range g.in.Members {
		members[long(g.in.Members[i].ID)] = int32(i)
	}
	for done := 0; done < len(places); done += explainMost {
		progress(done, len(places))
		some := places[done:min(done+explainMost, len(places))]
		why := make([]string, len(some))
		for i, p := range some { // outside any transaction: it takes its time
			if err := ctx.Err(); err != nil {
				return err
			}
			if p.Shift == "" {
				continue
			}
			member := members[p.Person]
			var all []sentence
			for _, one := range r.Say(member) {
				all = append(all, sentenceOf(g.in, member, one))
			}
			text, err := json.Marshal(all)
			if err != nil {
				return fmt.Errorf("write reasons: %w", err)
			}
			why[i] = string(text)
		}
		newest, err := db.InTx(ctx, s.d, func(tx *db.Tx) (bool, error) {
			if done == 0 {
				_, err := tx.Exec(ctx, `UPDATE line_plan_place SET why = '' WHERE outcome <> 'accepted' AND why <> ''
					AND plan_id IN (SELECT id FROM line_plan WHERE strike_id = $1 AND id < $2)`, strikeID, id)
				if err != nil {
					return false, fmt.Errorf("drop reasons: %w", err)
				}
			}
			var newer int
			if err := tx.Row(ctx, `SELECT COUNT(*) FROM line_plan WHERE strike_id = $1 AND id > $2`, strikeID, id).Scan(&newer); err != nil {
				return false, fmt.Errorf("look for a newer plan: %w", err)
			}
			for i, p := range some {
				if why[i] == "" || newer > 0 {
					continue
				}
				_, err := tx.Exec(ctx, `UPDATE line_plan_place SET why = $1 WHERE plan_id = $2 AND person_id = $3 AND shift_id = $4 AND from_shift = $5`,
					why[i], id, p.Person, p.Shift, p.From)
				if err != nil {
					return false, fmt.Errorf("keep reasons: %w", err)
				}
			}
			return newer == 0, nil
		})
		if err != nil || !newest {
			return err
		}
	}
	return nil
}

// Why is how somebody came to a shift: by herself, by her captain, or by a plan, which has its reasons.
type Why struct {
	By      string    // self, captain, plan; "" where nothing is known
	At      time.Time // when the plan was made
	Changed bool      // what the plan rested on is no longer so: her hours, her role, or the shift's time
	Reasons []sentence
}

// sqlWhy is the newest accepted place of somebody on a shift, by line_plan_place_person.
const sqlWhy = `SELECT l.at, p.why FROM line_plan_place p JOIN line_plan l ON l.id = p.plan_id WHERE p.person_id = $1 AND p.shift_id = $2 AND p.outcome = 'accepted'
	ORDER BY l.at DESC, l.id DESC LIMIT 1`

// whyHere reads how m's booking came about.
func (m *Mine) whyHere(ctx context.Context, tx *db.Tx) error {
	m.Why = &Why{By: m.Entry.Source}
	if m.Why.By != "plan" {
		return nil
	}
	var at, offered int64
	var text string
	found, err := db.Found(tx.Row(ctx, sqlWhy, m.Entry.Person, m.Shift.ID).Scan(&at, &text))
	if err != nil {
		return fmt.Errorf("read reasons: %w", err)
	}
	if !found { // a repair: whoever looks after the shift chose it
		m.Why.By = "captain"
		return nil
	}
	m.Why.At = time.UnixMilli(at)
	if text != "" {
		if err := json.Unmarshal([]byte(text), &m.Why.Reasons); err != nil {
			return fmt.Errorf("read reasons: %w", err)
		}
	}
	if _, err := db.Found(tx.Row(ctx, `SELECT at FROM availability WHERE person_id = $1`, m.Entry.Person).Scan(&offered)); err != nil {
		return fmt.Errorf("read when she offered hours: %w", err)
	}
	m.Why.Changed = offered > at || text != "" && !m.Why.placed(m)
	return nil
}

// placed says whether the plan meant this very place.
func (w *Why) placed(m *Mine) bool {
	for _, s := range w.Reasons {
		if s.Key == "placed" && s.Role == string(m.Entry.Role) && s.At.From == m.Shift.Starts.Unix() && s.At.To == m.Shift.Ends.Unix() {
			return true
		}
	}
	return false
}
