// SPDX-License-Identifier: Apache-2.0

package line

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
)

// need is what a shift wants in a role; nil if nothing.
func (w *world) need(shift string, role Role) *Need {
	w.t.Helper()
	x, err := db.InRead(w.t.Context(), w.d, func(tx *db.Tx) (*Shift, error) {
		x, _, err := shiftOf(w.t.Context(), tx, shift)
		return x, err
	})
	w.must(err)
	return x.Need(role)
}

func TestALineThatSaysNothingOfStandbyHasOneForEveryTen(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 21)
		wants := func(shift string, want int) {
			t.Helper()
			n := w.need(shift, Standby)
			if want == 0 && n != nil || want > 0 && (n == nil || n.Min != 0 || n.Target != want || n.Max != want) {
				t.Errorf("%+v, want %d", n, want)
			}
		}
		wants(shifts[0], 3)
		on := Need{Role: OnLine, Min: 1, Target: 30, Max: 40}
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{on})) // of 30, not of 40
		wants(shifts[0], 3)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{on, {Role: Standby, Min: 0, Target: 5, Max: 6}}))
		if n := w.need(shifts[0], Standby); n == nil || n.Target != 5 || n.Max != 6 {
			t.Errorf("the line says 5: %+v", n)
		}
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{on, {Role: Standby}}))
		wants(shifts[0], 0)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{on}))
		wants(shifts[0], 3)
		w.must(w.SetNeeds(w.boss, "shift:"+shifts[1], []Need{on, {Role: Standby}}))
		wants(shifts[1], 0)
	})
}

// Medics and all others beyond the four roles that the planner knows are booked by hand: the plan counts them apart, and gives nobody of them a second place.
func TestAPlanCountsApartWhatItDoesNotPlanAndBooksNobodyTwice(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, _, at := w.conditioned()
		for _, shift := range at {
			w.must(w.SetNeeds(w.boss, "shift:"+shift, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 3}, {Role: Medic, Min: 1, Target: 2, Max: 2}}))
		}
		for line, shift := range at {
			_, err := w.SignUp(w.as(1), shift, Medic)
			w.must(err)
			delete(at, line)
			break
		}
		id, err := w.Propose(w.boss, "")
		w.must(err)
		p, err := w.PlanOf(w.boss, id, "", 0)
		w.must(err)
		for _, one := range p.Places {
			if one.Person == person(1) {
				t.Errorf("a medic has another place at the same time: %+v", one)
			}
		}
		if len(p.Places) != 2 {
			t.Errorf("%d places for the others", len(p.Places))
		}
		if diff := cmp.Diff([]ByHand{{Role: Medic, Taken: 1, Target: 4, Short: 1}}, p.ByHand); diff != "" {
			t.Errorf("by hand (-want +got):\n%s", diff)
		}
	})
}
