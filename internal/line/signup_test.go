// SPDX-License-Identifier: Apache-2.0

package line

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
)

// keyOf is the sentence of a refusal, "" for none.
func keyOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := err.(*fault.Error); ok { //nolint:errorlint // the stores return it bare
		return e.Key
	}
	return err.Error()
}

// B10.2
func TestOfTwoHundredWhoTapAtOnceOneGetsTheLastPlaceAndTheOthersANumberEach(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		const many = 200
		w.people(many)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		var mu sync.Mutex
		booked, numbers := 0, map[int]bool{}
		var wg sync.WaitGroup
		for n := 1; n <= many; n++ {
			wg.Go(func() {
				e, err := w.SignUp(w.as(n), shifts[0], OnLine)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case e.State == Booked:
					booked++
				case e.State == Waiting:
					numbers[e.Number] = true
				}
			})
		}
		wg.Wait()
		if booked != 1 || len(numbers) != many-1 || !numbers[1] || !numbers[many-1] {
			t.Errorf("%d booked, %d different numbers", booked, len(numbers))
		}
		w.sound()
	})
}

func TestOnePersonWhoTapsAtTwoLinesAtOnceIsBookedAtOne(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		_, a := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 20)
		_, b := w.line("Coon Rapids", "55433", "2025-11-05T07:00", "2025-11-05T11:00", 20)
		got := map[string]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				shift := a[0]
				if i%2 == 0 {
					shift = b[0]
				}
				_, err := w.SignUp(w.as(1), shift, OnLine)
				mu.Lock()
				got[keyOf(err)]++
				mu.Unlock()
			})
		}
		wg.Wait()
		if got[""] != 1 || got["line.clash"] != 10 || got["line.twice"] != 9 {
			t.Errorf("%v", got)
		}
		w.sound()
	})
}

func TestEveryReasonToRefuseIsSaid(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		wsp, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-06T07:00", 1)
		if len(shifts) != 6 {
			t.Fatalf("%d shifts in 24 hours", len(shifts))
		}
		_, coon := w.line("Coon Rapids", "55433", "2025-11-05T07:00", "2025-11-05T19:00", 2)
		_, late := w.line("Late", "55433", "2025-11-20T07:00", "2025-11-20T11:00", 2)
		bare, err := w.Add(w.boss, Line{Name: "Bare", Place: "x", ZIP: "55118"})
		w.must(err)
		unset, err := w.AddShifts(w.boss, bare, Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
		w.must(err)
		_, err = w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.must(w.Offer(w.as(3), Availability{MaxShifts: 1, OtherDuty: true}))
		strike := Strike{ID: "", State: ""}
		_ = strike
		for _, c := range []struct {
			name  string
			n     int
			shift string
			role  Role
			key   string
		}{
			{"she is elsewhere", 1, coon[0], OnLine, "line.clash"},
			{"too little rest", 1, coon[1], OnLine, "line.rest"},
			{"the next shift of the same line", 1, shifts[1], OnLine, ""},
			{"the captain's place", 2, coon[0], Captain, "line.needs_training"},
			{"a role that nobody asked for", 2, coon[0], Medic, "line.no_such_role"},
			{"other duty", 3, coon[0], OnLine, "line.care_duty"},
			{"too early to sign up", 2, late[0], OnLine, "line.not_open_until"},
			{"a draft", 2, unset[0], OnLine, "line.missing"},
			{"a shift that is not", 2, "nothing", OnLine, "line.missing"},
			{"twice", 1, shifts[0], OnLine, "line.twice"},
		} {
			if _, err := w.SignUp(w.as(c.n), c.shift, c.role); keyOf(err) != c.key {
				t.Errorf("%s: %q, want %q", c.name, keyOf(err), c.key)
			}
		}
		if _, err := w.Book(w.boss, shifts[0], person(2), OnLine); keyOf(err) != "line.full" {
			t.Errorf("a full shift: %v", err)
		}
		if _, err := w.Book(w.boss, unset[0], person(2), OnLine); keyOf(err) != "line.not_open" {
			t.Errorf("needs not set: %v", err)
		}
		if _, err := w.Book(w.as(2), shifts[0], person(2), OnLine); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member books: %v", err)
		}
		w.must(w.NameCaptain(w.boss, wsp, person(4), false, false))
		w.chicago("2025-11-05T12:00:00")
		if _, err := w.SignUp(w.as(2), shifts[0], OnLine); keyOf(err) != "line.over" {
			t.Errorf("a shift that is over: %v", err)
		}
		w.sound()
	})
}

// B10.4, B10.5
func TestAFreedPlaceIsOfferedDownTheListAndEveryStepIsARow(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q := job.NewQueue(w.d, nil)
		words, err := i18n.New(i18n.Text, Text)
		w.must(err)
		w.Jobs(q, words)
		w.people(4)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.chicago("2025-11-03T10:00:00")
		for n := 1; n <= 3; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.must(w.Cancel(w.as(1), shifts[0]))
		if e := w.entry(shifts[0], 2); e.State != Offered || e.OfferUntil.Sub(w.clock.Now()) != time.Hour {
			t.Fatalf("%+v", e)
		}
		w.sound()
		if e, err := w.SignUp(w.as(4), shifts[0], OnLine); err != nil || e.State != Waiting || e.Number != 2 {
			t.Errorf("who comes while a place is held: %+v, %v", e, err)
		}
		w.clock.Advance(61 * time.Minute)
		if err := w.TakeOffer(w.as(2), shifts[0]); keyOf(err) != "line.offer_over" {
			t.Errorf("an offer that ran out: %v", err)
		}
		_, err = q.RunDue(t.Context())
		w.must(err)
		if two, three := w.entry(shifts[0], 2), w.entry(shifts[0], 3); two.State != Waiting || three.State != Offered {
			t.Fatalf("%+v, %+v", two, three)
		}
		w.must(w.TakeOffer(w.as(3), shifts[0]))
		if e := w.entry(shifts[0], 3); e.State != Booked {
			t.Errorf("%+v", e)
		}
		w.sound()
		rows, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT from_state || '>' || to_state || ' ' || why FROM shift_step WHERE entry_id = $1 ORDER BY seq`, w.entry(shifts[0], 2).ID)
		})
		w.must(err)
		if diff := cmp.Diff([]string{">waitlist full", "waitlist>offered next in line", "offered>waitlist ran out"}, rows); diff != "" {
			t.Error(diff)
		}
		w.chicago("2025-11-05T04:10:00") // 2 h 50 min before
		if err := w.Cancel(w.as(3), shifts[0]); keyOf(err) != "line.too_late_to_cancel" {
			t.Errorf("late: %v", err)
		}
		w.must(w.TellCaptain(w.as(3), shifts[0]))
		w.must(w.Release(w.boss, w.entry(shifts[0], 3).ID))
		// The next in line now is the fourth: she asked before the second came to the end of the list.
		if e := w.entry(shifts[0], 4); e.State != Offered || e.OfferUntil.Sub(w.clock.Now()) != 15*time.Minute {
			t.Errorf("%+v", e)
		}
		w.sound()
	})
}

// A place that nobody takes goes down the list once, and then back to all: who sleeps is not written to every hour of the night.
func TestAPlaceThatNobodyTakesIsOfferedToEachOnceAndThenOpenToAll(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(5)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.chicago("2025-11-03T10:00:00")
		for n := 1; n <= 4; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.must(w.Cancel(w.as(1), shifts[0]))
		for range 8 {
			w.run(q)
			w.clock.Advance(61 * time.Minute)
		}
		w.run(q)
		if n := strings.Count(strings.Join(texts(p), "\n"), "A place is free for you"); n != 3 {
			t.Errorf("%d offers to three who wait: %v", n, texts(p))
		}
		if e, err := w.SignUp(w.as(5), shifts[0], OnLine); err != nil || e.State != Booked {
			t.Errorf("who wants the place that nobody took: %+v, %v", e, err)
		}
		w.sound()
		w.must(w.Cancel(w.as(5), shifts[0])) // free anew: they are asked anew
		if e := w.entry(shifts[0], 2); e.State != Offered {
			t.Errorf("the next time: %+v", e)
		}
		w.sound()
	})
}

func TestMorePlacesAreOfferedToThoseWhoWait(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		for n := 1; n <= 4; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.must(w.SetNeeds(w.boss, "shift:"+shifts[0], []Need{{Role: OnLine, Min: 1, Target: 2, Max: 3}}))
		states := []State{}
		for n := 1; n <= 4; n++ {
			states = append(states, w.entry(shifts[0], n).State)
		}
		if diff := cmp.Diff([]State{Booked, Offered, Offered, Waiting}, states); diff != "" {
			t.Error(diff)
		}
		if err := w.SetNeeds(w.boss, "shift:"+shifts[0], []Need{{Role: OnLine, Min: 0, Target: 1, Max: 2}}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("fewer places than are taken: %v", err)
		}
		if err := w.SetNeeds(w.boss, "shift:"+shifts[0], []Need{{Role: Medic, Min: 0, Target: 1, Max: 1}}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a role that people stand for is gone: %v", err)
		}
		roles := func() (out []Role) {
			x, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (*Shift, error) { x, _, err := shiftOf(t.Context(), tx, shifts[0]); return x, err })
			w.must(err)
			for _, n := range x.Needs {
				out = append(out, n.Role)
			}
			return out
		}
		if diff := cmp.Diff([]Role{OnLine}, roles()); diff != "" { // the line's captain was not named: nobody stands for it
			t.Error(diff)
		}
		w.sound()
	})
}

func TestTheNightTheClocksChangeHasSixShiftsOfWhichOneIsLongerOrShorter(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		from, to string
		minutes  []int
	}{
		{"2025-11-01T07:00", "2025-11-02T07:00", []int{240, 240, 240, 240, 300, 240}},
		{"2026-03-07T07:00", "2026-03-08T07:00", []int{240, 240, 240, 240, 180, 240}},
		{"2025-11-05T07:00", "2025-11-06T07:00", []int{240, 240, 240, 240, 240, 240}},
	} {
		zone, err := time.LoadLocation("America/Chicago")
		if err != nil {
			t.Fatal(err)
		}
		walls, err := Run{From: c.from, To: c.to, Hours: 4}.cut(zone)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for i := range walls[1:] {
			got = append(got, int(walls[i+1].at.Sub(walls[i].at).Minutes()))
		}
		if diff := cmp.Diff(c.minutes, got); diff != "" {
			t.Errorf("%s: %s", c.from, diff)
		}
	}
	zone, _ := time.LoadLocation("America/Chicago")
	if _, err := (Run{From: "2026-03-08T02:30", To: "2026-03-08T07:00", Hours: 4}).cut(zone); keyOf(err) != "line.wall.time_does_not_exist" {
		t.Errorf("%v", err)
	}
}

// The union set eight hours between two lines: a minute less is refused.
func TestEightHoursLieBetweenTwoLines(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		_, morning := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		_, early := w.line("Early", "55423", "2025-11-05T18:59", "2025-11-05T22:00", 2)
		_, right := w.line("Right", "55423", "2025-11-05T19:00", "2025-11-05T22:00", 2)
		w.on(morning[0], 1)
		if _, err := w.SignUp(w.as(1), early[0], OnLine); keyOf(err) != "line.rest" {
			t.Errorf("a minute less: %v", err)
		}
		w.on(right[0], 1)
	})
}
