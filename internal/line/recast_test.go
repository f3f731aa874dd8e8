// SPDX-License-Identifier: Apache-2.0

package line

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// captained is a line with one captain's place, whose captain is 1, with 2 and 3 on it; 2 was briefed for captain, 3 was not.
func (w *world) captained(most int) (id, shift string) {
	w.t.Helper()
	w.people(9)
	id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", most)
	w.brief(id, 1)
	w.brief(id, 2)
	_, err := w.SignUp(w.as(1), shifts[0], Captain)
	w.must(err)
	w.on(shifts[0], 2, 3)
	return id, shifts[0]
}

// She asks at 6:50 to be freed, or has come and has to go: whom the line names hears of it, else headquarters, and a colleague can follow her.
func TestTheCaptainWhoDropsOutAtTenToSevenIsHeardAndFollowed(t *testing.T) {
	t.Parallel()

	for name, came := range map[string]bool{"at home": false, "there": true} {
		for deputy, to := range map[bool]string{false: "hq@mail.example.org", true: "p009@mail.example.org"} {
			t.Run(fmt.Sprintf("%s %v", name, deputy), func(t *testing.T) {
				t.Parallel()
				each(t, func(t *testing.T, w *world) {
					id, shift := w.captained(3)
					w.do(func(tx *db.Tx) error {
						return errors.Join(tx.Insert(t.Context(), "account", []string{"id", "person_id", "display", "email", "created_at"}, [][]any{{"hq", "", "hq", "hq@mail.example.org", 0}}),
							tx.Insert(t.Context(), "role_grant", []string{"id", "account_id", "role", "scope_kind", "scope_id", "from_at", "until_at", "given_by"},
								[][]any{{"hq", "hq", "picket_coordinator", "unit", "", 0, w.clock.Now().AddDate(10, 0, 0).UnixMilli(), "boss"}}))
					})
					if deputy {
						w.must(w.NameCaptain(w.boss, id, person(9), true, false))
					}
					q, p := w.queue()
					w.run(q)
					heard := func(what string) {
						t.Helper()
						p.sent = nil
						w.run(q)
						all := slices.DeleteFunc(texts(p), func(m string) bool { return !strings.Contains(m, what) })
						if len(all) != 1 || !strings.HasPrefix(all[0], to) || strings.Contains(all[0], "Member") {
							t.Errorf("%q", all)
						}
					}
					if came {
						w.chicago("2025-11-05T06:20:00")
						w.must(w.Record(w.as(1), CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
					}
					w.chicago("2025-11-05T06:50:00")
					if came {
						w.must(w.Record(w.as(1), CheckIn{Line: id, Person: person(1), Kind: "out", Method: "search"}))
					} else {
						w.must(w.TellCaptain(w.as(1), shift))
						heard("asks to be freed")
					}
					_, answers, err := w.Repairs(w.boss, w.entry(shift, 1).ID)
					w.must(err)
					if len(answers) == 0 || answers[0].Places[0].Person != person(2) {
						t.Fatalf("%+v", answers)
					}
					w.must(w.Repair(w.boss, w.entry(shift, 1).ID, answers[0].Places))
					w.sound()
					if e := w.entry(shift, 2); e.Role != Captain || !e.Held {
						t.Errorf("%+v", e)
					}
					w.must(w.Record(w.as(2), CheckIn{Line: id, Person: person(3), Kind: "in", Method: "search"}))
					if !came { // the one who follows her leaves, too
						w.must(w.Release(w.boss, w.entry(shift, 2).ID))
						heard("has left")
					}
				})
			})
		}
	}
}

func TestACaptainWhoDropsOutBeforeTheStartIsFollowedByABriefedColleague(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shift := w.captained(2)
		w.on(shift, 4) // waits
		q, p := w.queue()
		w.run(q)
		p.sent = nil
		w.chicago("2025-11-05T06:50:00")
		captain := w.as(1) // by her booking alone
		e, answers, err := w.Repairs(captain, w.entry(shift, 1).ID)
		w.must(err)
		if len(answers) != 1 || answers[0].Chain != 1 || answers[0].Helps != "short_target" || len(answers[0].Places) != 1 {
			t.Fatalf("%+v", answers)
		}
		if a := answers[0].Places[0]; a.Person != person(2) || a.Role != Captain || a.From != shift || a.Shift != shift || a.Hidden {
			t.Fatalf("%+v", a)
		}
		w.must(w.Repair(captain, e.ID, answers[0].Places))
		w.run(q)
		if a, b := w.entry(shift, 1), w.entry(shift, 2); a.State != Off || b.State != Booked || b.Role != Captain || b.Source != "self" {
			t.Errorf("%+v, %+v", a, b)
		}
		if e := w.entry(shift, 4); e.State != Offered {
			t.Errorf("her own place is offered to the next: %+v", e)
		}
		if all := strings.Join(texts(p), "\n"); !strings.Contains(all, "p002@mail.example.org: Your task has changed") || !strings.Contains(all, "you are now: line captain") ||
			!strings.Contains(all, "p001@mail.example.org: You are no longer on this shift") {
			t.Errorf("both are told: %v", texts(p))
		}
		if _, _, err := w.Rolls(w.as(2), id); err != nil {
			t.Errorf("the new captain has the list: %v", err)
		}
		if _, _, err := w.Rolls(captain, id); fault.CodeOf(err) != fault.Missing {
			t.Errorf("the old one has it still: %v", err)
		}
		w.sound()
	})
}

// Well before the start those who are free are asked first, and a colleague of the shift is the last of the answers; who has left, or wants out, is none.
func TestAColleagueOfTheShiftIsTheLastAnswerWhereOthersCanStillCome(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shift := w.captained(5)
		w.brief(id, 5)
		day := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-04T12:00:00")
		w.must(w.Offer(w.as(5), Availability{MaxShifts: 1, Slots: []Slot{{day, day.Add(4 * time.Hour), "yes"}}}))
		who := func() (all []string) {
			t.Helper()
			_, answers, err := w.Repairs(w.boss, w.entry(shift, 1).ID)
			w.must(err)
			for _, a := range answers {
				for _, p := range a.Places {
					all = append(all, fmt.Sprintf("%s %v", p.Person, p.From == p.Shift))
				}
			}
			return all
		}
		if got := who(); len(got) < 2 || got[0] != person(5)+" false" || !slices.Contains(got, person(2)+" true") {
			t.Errorf("%v", got)
		}
		w.chicago("2025-11-05T07:20:00")
		if got := who(); len(got) == 0 || got[0] != person(2)+" true" {
			t.Errorf("once it runs: %v", got)
		}
		w.must(w.TellCaptain(w.as(2), shift))
		if got := who(); slices.Contains(got, person(2)+" true") {
			t.Errorf("she wants out: %v", got)
		}
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE shift_entry SET note = ''`)
			return err
		})
		if got := who(); !slices.Contains(got, person(2)+" true") {
			t.Errorf("she is there: %v", got)
		}
		w.chicago("2025-11-05T09:00:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(2), Kind: "out", Method: "search"}))
		if got := who(); slices.Contains(got, person(2)+" true") {
			t.Errorf("she has left: %v", got)
		}
	})
}

func TestARoleIsGivenInOneTapToWhoFitsWhereAPlaceIsLeft(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shift := w.captained(2)
		w.must(w.NameCaptain(w.boss, id, person(9), false, false))
		w.chicago("2025-11-05T06:50:00")
		lead := w.as(9)
		entry := func(n int) string { return w.entry(shift, n).ID }
		if err := w.SetRole(lead, entry(2), Captain); keyOf(err) != "line.full" {
			t.Errorf("there is one already: %v", err)
		}
		if err := w.SetRole(lead, entry(3), Captain); keyOf(err) != "line.needs_training" {
			t.Errorf("no briefing: %v", err)
		}
		if err := w.SetRole(lead, entry(2), Medic); keyOf(err) != "line.no_such_role" {
			t.Errorf("no such place: %v", err)
		}
		if err := w.SetRole(lead, entry(2), OnLine); keyOf(err) != "line.moved_on" {
			t.Errorf("what she is: %v", err)
		}
		if err := w.SetRole(w.as(3), entry(2), Captain); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a colleague: %v", err)
		}
		w.sound()
		fits := func(n int) []Role {
			t.Helper()
			_, rolls, err := w.Rolls(lead, id)
			w.must(err)
			for _, p := range rolls[0].People {
				if p.Entry.Person == person(n) {
					return p.Fits
				}
			}
			return nil
		}
		if got := fits(2); len(got) != 0 {
			t.Errorf("offered while there is a captain: %v", got)
		}
		w.must(w.Release(lead, entry(1)))
		if a, b := fits(2), fits(3); !slices.Equal(a, []Role{Captain}) || len(b) != 0 {
			t.Errorf("offered: %v, %v", a, b)
		}
		// She is there already, and stays marked so.
		w.must(w.Record(lead, CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		q, p := w.queue()
		w.run(q)
		p.sent = nil
		w.must(w.SetRole(lead, entry(2), Captain))
		w.sound()
		if e := w.entry(shift, 2); e.State != Attended || e.Role != Captain || !e.Held {
			t.Errorf("%+v", e)
		}
		w.run(q)
		if all := texts(p); len(all) != 1 || !strings.HasPrefix(all[0], "p002@mail.example.org: Your task has changed") {
			t.Errorf("she is told: %v", all)
		}
		// Somebody who came without a booking gets a place with the role.
		w.brief(id, 6)
		w.must(w.SetNeeds(w.boss, "shift:"+shift, []Need{{Role: Captain, Max: 2, Target: 1}, {Role: OnLine, Max: 2, Target: 2}}))
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(6), Kind: "in", Method: "walk_in"}))
		w.must(w.SetRole(lead, entry(6), Captain))
		w.sound()
		if e := w.entry(shift, 6); e.Role != Captain || !e.Held {
			t.Errorf("%+v", e)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit_record WHERE verb = 'shift.role'`); n != 2 {
			t.Errorf("%d on record", n)
		}
	})
}

// Two are made captain at once: there is one place.
func TestTwoWhoAreMadeCaptainAtOnceShareNoPlace(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shift := w.captained(5)
		w.brief(id, 3)
		w.must(w.Release(w.boss, w.entry(shift, 1).ID))
		ends := make(chan error, 2)
		for _, n := range []int{2, 3} {
			entry := w.entry(shift, n).ID
			go func() { ends <- w.SetRole(w.boss, entry, Captain) }()
		}
		keys := []string{keyOf(<-ends), keyOf(<-ends)}
		slices.Sort(keys)
		if !slices.Equal(keys, []string{"", "line.full"}) {
			t.Errorf("%v", keys)
		}
		w.sound()
	})
}

func TestNobodyIsLookedForOnALineThatIsClosed(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shift := w.captained(2)
		entry := w.entry(shift, 2).ID
		w.must(w.CloseLine(w.boss, id, true))
		if _, answers, err := w.Repairs(w.boss, entry); err != nil || len(answers) != 0 {
			t.Errorf("%+v, %v", answers, err)
		}
	})
}
