// SPDX-License-Identifier: Apache-2.0

package line

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/fault"
)

func TestThePlanFillsPlacesFromHoursAndKeepsWhoIsBooked(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(12)
		wsp, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 4)
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		day := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-01T09:00:00")
		for n := 2; n <= 12; n++ {
			slot := Slot{day.Add(time.Duration(n%2*4) * time.Hour), day.Add(time.Duration(n%2*4+4) * time.Hour), "yes"}
			w.must(w.Offer(w.as(n), Availability{MaxShifts: 1, OtherDuty: n == 12, Slots: []Slot{slot}}))
		}
		w.must(w.Brief(w.boss, wsp, person(2), true, false))
		id, err := w.Propose(w.boss, "")
		w.must(err)
		plan, err := w.PlanOf(w.boss, id, "", 0)
		w.must(err)
		if len(plan.Places) != 8 || plan.Levels[2].Name != "short_target" || plan.Levels[2].Value >= plan.Levels[2].Today {
			t.Fatalf("%d places, levels %+v", len(plan.Places), plan.Levels)
		}
		for _, p := range plan.Places {
			if p.Person == person(1) || p.Person == person(12) {
				t.Errorf("%+v: booked herself, or on other duty", p)
			}
		}
		if _, err := w.PlanOf(w.as(1), id, "", 0); err == nil {
			t.Error("a member reads the plan")
		}
		booked, refused, err := w.Accept(w.boss, id, func(p *Place) bool { return p.Key == plan.Places[0].Key || p.Key == plan.Places[1].Key }, nil)
		if err != nil || booked != 2 || refused != 0 {
			t.Fatalf("in part: %d, %d, %v", booked, refused, err)
		}
		// Somebody takes another's place meanwhile: that one is refused in words, the rest goes on.
		w.must(w.SetNeeds(w.boss, "shift:"+shifts[1], []Need{{Role: OnLine, Min: 0, Target: 3, Max: 3}}))
		booked, refused, err = w.Accept(w.boss, id, nil, nil)
		if err != nil || booked+refused != len(plan.Places)-2 {
			t.Fatalf("all: %d, %d, %v", booked, refused, err)
		}
		w.sound()
		again, err := w.Propose(w.boss, "")
		w.must(err)
		after, err := w.PlanOf(w.boss, again, "", 0)
		w.must(err)
		for _, p := range after.Places {
			if p.From != "" {
				t.Errorf("a second plan moves %+v", p)
			}
		}
	})
}

func TestADropOutIsRepairedInOneTap(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(5)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(5), false, false))
		day := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-04T18:00:00")
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.must(w.Offer(w.as(3), Availability{MaxShifts: 1, Slots: []Slot{{day, day.Add(4 * time.Hour), "yes"}}}))
		e, answers, err := w.Repairs(w.as(5), w.entry(shifts[0], 1).ID)
		if err != nil || len(answers) == 0 || answers[0].Chain != 1 || len(answers[0].Places) != 1 || answers[0].Places[0].Person != person(3) {
			t.Fatalf("%+v, %v", answers, err)
		}
		if _, _, err := w.Repairs(w.as(1), e.ID); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member repairs: %v", err)
		}
		q, p := w.queue()
		w.run(q)
		p.sent = nil
		w.must(w.Repair(w.as(5), e.ID, answers[0].Places))
		w.run(q)
		if all := strings.Join(texts(p), "\n"); !strings.Contains(all, "p001@mail.example.org: You are no longer on this shift") || !strings.Contains(all, "p003@mail.example.org: You are booked") {
			t.Errorf("both are told: %v", texts(p))
		}
		if a, b := w.entry(shifts[0], 1), w.entry(shifts[0], 3); a.State != Off || b.State != Booked {
			t.Errorf("%+v, %+v", a, b)
		}
		p.sent = nil
		w.must(w.Release(w.as(5), w.entry(shifts[0], 2).ID))
		w.run(q)
		if all := texts(p); len(all) != 1 || !strings.HasPrefix(all[0], "p002@mail.example.org: You are no longer on this shift") {
			t.Errorf("who is taken off is told: %v", all)
		}
		w.sound()
	})
}

// A replacement is looked for around the gap alone. Who is elsewhere then, has no shift left to give or lacks the rest is not offered, though her other place
// is at a line that the search does not read: far from here, with nearer ones between.
func TestAReplacementIsNobodyWhoIsNeededElsewhere(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(9)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(5), false, false))
		for i := range repairLines {
			w.line(fmt.Sprintf("Between %d", i), "55118", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		}
		_, same := w.line("Same hours", "55303", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		_, next := w.line("The next day", "55303", "2025-11-06T07:00", "2025-11-06T11:00", 5)
		_, after := w.line("Right after", "55303", "2025-11-05T11:00", "2025-11-05T15:00", 5)
		day := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-04T18:00:00")
		slot := []Slot{{day, day.Add(4 * time.Hour), "yes"}}
		for n, at := range map[int]string{1: shifts[0], 2: shifts[0], 3: same[0], 4: next[0], 6: after[0]} {
			_, err := w.SignUp(w.as(n), at, OnLine)
			w.must(err)
		}
		most := map[int]int{3: 3, 4: 1, 6: 3}
		for n, shifts := range most {
			w.must(w.Offer(w.as(n), Availability{MaxShifts: shifts, Slots: slot}))
		}
		gap := w.entry(shifts[0], 1).ID
		offered := func() (all []string) {
			t.Helper()
			_, answers, err := w.Repairs(w.as(5), gap)
			w.must(err)
			for _, a := range answers {
				for _, p := range a.Places {
					all = append(all, p.Person)
				}
			}
			return all
		}
		if all := offered(); len(all) > 0 {
			t.Errorf("nobody is free, but %v are offered", all)
		}
		w.must(w.Offer(w.as(4), Availability{MaxShifts: 2, Slots: slot})) // has one left
		if all := offered(); !slices.Equal(all, []string{person(4)}) {
			t.Errorf("%v are offered", all)
		}
	})
}
