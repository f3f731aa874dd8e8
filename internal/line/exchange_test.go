// SPDX-License-Identifier: Apache-2.0

package line

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// threeLines are lines with one shift each at the same hours, with so many places on the line.
func (w *world) threeLines(most int) (shifts []string) {
	w.t.Helper()
	for i := range 3 {
		_, some := w.line(fmt.Sprintf("Line %d", i), "55118", "2025-11-05T07:00", "2025-11-05T11:00", most)
		shifts = append(shifts, some...)
	}
	w.chicago("2025-11-03T09:00:00")
	return shifts
}

// on books people on shifts: 1 on the first, and so on.
func (w *world) on(shift string, people ...int) {
	w.t.Helper()
	for _, n := range people {
		_, err := w.SignUp(w.as(n), shift, OnLine)
		w.must(err)
	}
}

// proposal keeps a plan of these places, as if the planner had made it.
func (w *world) proposal(places ...Place) string {
	w.t.Helper()
	var rows [][]any
	for _, p := range places {
		if p.Role == "" {
			p.Role = OnLine
		}
		rows = append(rows, []any{"chosen", p.Person, p.Shift, p.From, string(p.Role), 5})
	}
	w.do(func(tx *db.Tx) error {
		if _, err := tx.Exec(w.t.Context(), `INSERT INTO line_plan (id, strike_id, mode, input_sha256, levels, by_account, at) VALUES ('chosen', '', '', '', '[]', '', 0)`); err != nil {
			return err
		}
		return tx.Insert(w.t.Context(), "line_plan_place", []string{"plan_id", "person_id", "shift_id", "from_shift", "role", "minutes"}, rows)
	})
	return "chosen"
}

// accepts accepts a plan, or of it whom pick names, and expects so many made and refused.
func (w *world) accepts(plan string, made, refused int, pick ...int) {
	w.t.Helper()
	var choose func(*Place) bool
	if len(pick) > 0 {
		choose = func(p *Place) bool {
			return slices.ContainsFunc(pick, func(n int) bool { return person(n) == p.Person })
		}
	}
	a, b, err := w.Accept(w.boss, plan, choose, nil)
	if err != nil || a != made || b != refused {
		w.t.Errorf("%d made and %d refused, want %d and %d: %v", a, b, made, refused, err)
	}
	w.sound()
}

// stands checks who has a place where.
func (w *world) stands(shift string, want ...int) {
	w.t.Helper()
	var got []string
	w.do(func(tx *db.Tx) (err error) {
		got, err = db.Strings(w.t.Context(), tx, `SELECT person_id FROM shift_entry WHERE shift_id = $1 AND held = 1 ORDER BY person_id`, shift)
		return err
	})
	var people []string
	for _, n := range want {
		people = append(people, person(n))
	}
	if !slices.Equal(got, people) {
		w.t.Errorf("%v have a place, want %v", got, people)
	}
}

// fate is what became of somebody's change in a plan.
func (w *world) fate(plan string, n int) Place {
	w.t.Helper()
	p, err := w.PlanOf(w.boss, plan, "", 0)
	w.must(err)
	for _, one := range p.Places {
		if one.Person == person(n) {
			return one
		}
	}
	w.t.Fatalf("%d has no change", n)
	return Place{}
}

func TestAPlanInWhichPeopleFollowOneAnotherIsMadeAsAWhole(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		x := w.threeLines(1)
		w.on(x[0], 1)
		w.on(x[1], 2)
		// 1 to where 2 is, 2 to the third, 3 to where 1 was: whatever the order of their ids, all fits in the end.
		plan := w.proposal(Place{Person: person(1), From: x[0], Shift: x[1]}, Place{Person: person(2), From: x[1], Shift: x[2]}, Place{Person: person(3), Shift: x[0]})
		w.accepts(plan, 3, 0)
		w.stands(x[0], 3)
		w.stands(x[1], 1)
		w.stands(x[2], 2)
	})
}

func TestPeopleChangePlacesInOnePlan(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		x := w.threeLines(1)
		for i := range 3 {
			w.on(x[i], i+1)
		}
		q, p := w.queue()
		w.run(q)
		p.sent = nil
		plan := w.proposal(Place{Person: person(1), From: x[0], Shift: x[1]}, Place{Person: person(2), From: x[1], Shift: x[2]}, Place{Person: person(3), From: x[2], Shift: x[0]})
		w.accepts(plan, 3, 0)
		w.stands(x[0], 3)
		w.stands(x[1], 1)
		w.stands(x[2], 2)
		w.run(q)
		if all := strings.Join(texts(p), "\n"); strings.Count(all, "You are booked") != 3 {
			t.Errorf("all three are told: %v", texts(p))
		}
	})
}

// A hundred who change places in one plan fall into rounds of at most as many as there are shifts: each is made alone, nobody is kept from writing meanwhile, and
// one who cannot be moved keeps few others where they are.
func TestManyWhoChangePlacesFallIntoSmallRounds(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		const people = 99
		w.people(people)
		x := w.threeLines(people / 3)
		var changes []Place
		for i, n := range rand.New(rand.NewPCG(1, 2)).Perm(people) {
			w.on(x[i%3], i+1)
			if n%3 != i%3 {
				changes = append(changes, Place{Person: person(i + 1), From: x[i%3], Shift: x[n%3]})
			}
		}
		plan := w.proposal(changes...)
		w.do(func(tx *db.Tx) error {
			all, err := unmade(w.t.Context(), tx, plan)
			w.must(err)
			some, err := bundles(w.t.Context(), tx, all)
			for _, b := range some {
				if len(b) > 3 {
					t.Errorf("%d go together", len(b))
				}
			}
			return err
		})
		w.accepts(plan, len(changes), 0)
	})
}

// Who waits for a place that a plan empties and fills again is not asked to come; for what the plan leaves empty she is.
func TestWhatAPlanLeavesEmptyAloneIsOfferedToThoseWhoWait(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(6)
		x := w.threeLines(1)
		w.on(x[0], 1, 5)
		w.on(x[1], 2, 6)
		plan := w.proposal(Place{Person: person(1), From: x[0], Shift: x[1]}, Place{Person: person(2), From: x[1], Shift: x[2]})
		w.accepts(plan, 2, 0)
		if a, b := w.entry(x[0], 5), w.entry(x[1], 6); a.State != Offered || b.State != Waiting {
			t.Errorf("left empty: %s; filled again: %s", a.State, b.State)
		}
		w.stands(x[1], 1)
		w.stands(x[2], 2)
	})
}

// Somebody whom a plan gives the place that she waits for gets it, and waits no more.
func TestWhoWaitsForThePlaceThatAPlanGivesHerIsBooked(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		x := w.threeLines(1)
		w.on(x[0], 1, 3, 2)
		plan := w.proposal(Place{Person: person(1), From: x[0]}, Place{Person: person(2), Shift: x[0]})
		w.accepts(plan, 2, 0)
		w.stands(x[0], 2)
		if e := w.entry(x[0], 2); e.State != Booked {
			t.Errorf("%+v", e)
		}
		if e := w.entry(x[0], 3); e.State != Waiting {
			t.Errorf("%+v", e)
		}
	})
}

func TestWhoIsRefusedKeepsHerPlaceAndWhoNeededItKeepsHers(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(6)
		x := w.threeLines(1)
		w.on(x[0], 1)
		w.on(x[1], 2)
		_, other := w.line("Elsewhere", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.on(other[0], 3, 4)
		w.on(x[2], 5) // took the third since the plan was made
		_, free := w.line("Free", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		plan := w.proposal(Place{Person: person(1), From: x[0], Shift: x[1]}, Place{Person: person(2), From: x[1], Shift: x[2]},
			Place{Person: person(3), From: other[0], Shift: free[0]}, Place{Person: person(6), Shift: other[0]})
		w.accepts(plan, 2, 2)
		w.stands(x[0], 1)
		w.stands(x[1], 2)
		w.stands(x[2], 5)
		w.stands(other[0], 4, 6)
		w.stands(free[0], 3)
		for _, n := range []int{1, 2} {
			if e := w.entry(x[n-1], n); e.State != Booked || e.Seq != 0 {
				t.Errorf("%d lost her place: %+v", n, e)
			}
		}
		if a, b := w.fate(plan, 1), w.fate(plan, 2); a.Refusal != "line.plan_full" || b.Refusal != "line.full" || !a.Again || b.Again {
			t.Errorf("%+v, %+v", a, b)
		}
		// The third becomes free: both are offered again, and go.
		w.must(w.Release(w.boss, w.entry(x[2], 5).ID))
		if a, b := w.fate(plan, 1), w.fate(plan, 2); !a.Again || !b.Again {
			t.Errorf("free again: %+v, %+v", a, b)
		}
		w.accepts(plan, 0, 0)       // all that is open: nothing is
		w.accepts(plan, 2, 0, 1, 2) // chosen again
		w.stands(x[0])
		w.stands(x[1], 1)
		w.stands(x[2], 2)
		if p := w.fate(plan, 1); p.Outcome != "accepted" || p.Refusal != "" || p.Again {
			t.Errorf("%+v", p)
		}
	})
}

func TestAMoveThatNeedsAnotherWhichIsNotTickedIsRefusedAndGoesLater(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		x := w.threeLines(1)
		w.on(x[0], 1)
		w.on(x[1], 2)
		plan := w.proposal(Place{Person: person(1), From: x[0], Shift: x[1]}, Place{Person: person(2), From: x[1], Shift: x[2]})
		w.accepts(plan, 0, 1, 1)
		if p := w.fate(plan, 1); p.Refusal != "line.plan_full" || fmt.Sprint(p.why["Max"], p.why["N"]) != "1 1" || !p.Again {
			t.Errorf("%+v %v", p, p.why)
		}
		w.stands(x[0], 1)
		w.accepts(plan, 1, 0) // the open one
		w.accepts(plan, 1, 0, 1)
		w.stands(x[0])
		w.stands(x[1], 1)
		w.stands(x[2], 2)
	})
}

// A release and a place at other hours are one person's: she keeps the one if she does not get the other.
func TestNobodyIsReleasedForAPlaceThatSheDoesNotGet(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		x := w.threeLines(1)
		_, later := w.line("Later", "55118", "2025-11-05T12:00", "2025-11-05T16:00", 1)
		w.on(x[0], 1)
		w.on(later[0], 2)
		plan := w.proposal(Place{Person: person(1), From: x[0]}, Place{Person: person(1), Shift: later[0]})
		w.accepts(plan, 0, 2)
		w.stands(x[0], 1)
		w.stands(later[0], 2)
	})
}

// Two accept at once, and others sign up and cancel meanwhile: nobody is at two lines, and no place is given twice.
func TestTwoWhoAcceptChangesOfPlaceAtOnceGiveEachPlaceOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(40)
		x := w.threeLines(10)
		var places []Place
		for n := 1; n <= 30; n++ {
			w.on(x[(n-1)/10], n)
			places = append(places, Place{Person: person(n), From: x[(n-1)/10], Shift: x[((n-1)/10+1)%3]})
		}
		plan := w.proposal(places...)
		ends := make(chan error, 22)
		for range 2 {
			go func() {
				_, _, err := w.Accept(w.boss, plan, nil, nil)
				ends <- err
			}()
		}
		for n := 31; n <= 40; n++ {
			go func() {
				_, err := w.SignUp(w.as(n), x[n%3], OnLine)
				ends <- err
			}()
		}
		for n := 1; n <= 10; n++ {
			go func() {
				err := w.Cancel(w.as(n), x[0]) // she has left by then, or leaves
				if _, ok := refusal(err); ok {
					err = nil
				}
				ends <- err
			}()
		}
		for range cap(ends) {
			if err := <-ends; err != nil {
				t.Error(err)
			}
		}
		w.sound()
		p, err := w.PlanOf(w.boss, plan, "", 0)
		w.must(err)
		if p.All.Open != 0 || p.All.Accepted+p.All.Refused != 30 {
			t.Errorf("%+v", p.All)
		}
		for _, one := range p.Places {
			if one.Outcome == "refused" && one.Refusal == "" {
				t.Errorf("%+v: without a reason", one)
			}
		}
	})
}

// Somebody waits for the place in the middle of a chain: that one is for whom the captain chose.
func TestARepairPassesNoPlaceOfItsChainToThoseWhoWait(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(6)
		x := w.threeLines(1)
		w.on(x[0], 1, 5)
		w.on(x[1], 2, 6)
		day := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-03T09:00:00")
		w.must(w.Offer(w.as(3), Availability{MaxShifts: 1, Slots: []Slot{{day, day.Add(4 * time.Hour), "yes"}}}))
		chain := []Place{{Person: person(2), From: x[1], Shift: x[0], Role: OnLine}, {Person: person(3), Shift: x[1], Role: OnLine}}
		w.must(w.Repair(w.boss, w.entry(x[0], 1).ID, chain))
		w.stands(x[0], 2)
		w.stands(x[1], 3)
		if a, b := w.entry(x[0], 5), w.entry(x[1], 6); a.State != Waiting || b.State != Waiting {
			t.Errorf("%s, %s", a.State, b.State)
		}
		w.sound()
		// What is left over at the end is offered.
		w.must(w.Repair(w.boss, w.entry(x[0], 2).ID, []Place{{Person: person(3), From: x[1], Shift: x[0], Role: OnLine}}))
		w.stands(x[0], 3)
		w.stands(x[1], 6)
		if a, b := w.entry(x[0], 5), w.entry(x[1], 6); a.State != Waiting || b.State != Offered {
			t.Errorf("%s, %s", a.State, b.State)
		}
		w.sound()
	})
}
