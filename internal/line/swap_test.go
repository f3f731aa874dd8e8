// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

// The two who are asked are the nearest of all who can be, however many there are and whatever their ids.
func TestThoseAskedToTakeAPlaceAreTheNearestOfThousands(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		const many = 5200
		w.people(many)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.do(func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `UPDATE person SET home_zip = CASE WHEN id > $1 THEN '55423' ELSE '55802' END`, person(many-3)); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `INSERT INTO availability (person_id, can_be_asked, by_account, at) SELECT id, 1, 'test', 0 FROM person WHERE id <> $1`, person(1))
			return err
		})
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-05T05:00:00")
		if asked, err := w.SeekOther(w.as(1), shifts[0]); err != nil || asked != 2 {
			t.Fatalf("asked %d, %v", asked, err)
		}
		for n := many - 2; n <= many-1; n++ {
			if my, err := w.MyShifts(w.as(n), ""); err != nil || len(my.Asks) != 1 {
				t.Errorf("%d, who lives there, was asked %d times (%v)", n, len(my.Asks), err)
			}
		}
	})
}

// B11.1, B11.2, B11.3
func TestASwapIsOneOutAndOneInWithTheCaptainsTap(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(6)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.must(w.NameCaptain(w.boss, id, person(6), false, false))
		for n := 2; n <= 4; n++ {
			w.must(w.Offer(w.as(n), Availability{MaxShifts: 1, CanBeAsked: true}))
		}
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-05T05:00:00")
		asked, err := w.SeekOther(w.as(1), shifts[0])
		if err != nil || asked != 2 {
			t.Fatalf("asked %d, %v", asked, err)
		}
		w.run(q)
		if n := strings.Count(strings.Join(texts(p), "\n"), "A colleague looks for someone"); n != 2 {
			t.Errorf("%d were written to", n)
		}
		var swap string
		var takers []int
		for n := 2; n <= 5; n++ {
			my, err := w.MyShifts(w.as(n), "")
			w.must(err)
			for _, a := range my.Asks {
				swap, takers = a.Swap, append(takers, n)
			}
		}
		if len(takers) != 2 {
			t.Fatalf("%v were asked", takers)
		}
		if err := w.TakeSwap(w.as(5), swap); fault.CodeOf(err) != fault.Missing {
			t.Errorf("somebody who was not asked: %v", err)
		}
		w.must(w.TakeSwap(w.as(takers[0]), swap))
		if err := w.TakeSwap(w.as(takers[1]), swap); keyOf(err) != "line.swap_gone" {
			t.Errorf("the second: %v", err)
		}
		if err := w.ApproveSwap(w.as(takers[0]), swap); fault.CodeOf(err) != fault.Missing {
			t.Errorf("the taker approves herself: %v", err)
		}
		w.must(w.ApproveSwap(w.as(6), swap))
		if a, b := w.entry(shifts[0], 1), w.entry(shifts[0], takers[0]); a.State != Off || b.State != Booked || !b.Held {
			t.Errorf("%+v, %+v", a, b)
		}
		w.sound()

		// And one that nobody takes: she stays booked, with a note.
		w.must(w.Release(w.boss, w.entry(shifts[0], takers[0]).ID))
		_, err = w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		_, err = w.SeekOther(w.as(1), shifts[0])
		w.must(err)
		w.chicago("2025-11-05T06:31:00")
		w.run(q)
		if e := w.entry(shifts[0], 1); e.State != Booked || !e.WantsOut {
			t.Errorf("%+v", e)
		}
		w.sound()
	})
}

// Two colleagues say yes at the same moment: one comes, and the other reads that somebody was faster; of two captains' taps one counts, too.
func TestOfTwoWhoTakeOneSwapAtOnceOneGetsItAndTheOtherIsToldInWords(t *testing.T) {
	t.Parallel()

	words, err := i18n.New(i18n.Text, Text)
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, w *world) {
		w.people(9)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.must(w.NameCaptain(w.boss, id, person(9), false, false))
		for n := 2; n <= 3; n++ {
			w.must(w.Offer(w.as(n), Availability{MaxShifts: 1, CanBeAsked: true}))
		}
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-05T05:00:00")
		_, err = w.SeekOther(w.as(1), shifts[0])
		w.must(err)
		my, err := w.MyShifts(w.as(2), "")
		w.must(err)
		swap := my.Asks[0].Swap
		race := func(ctxs []context.Context, act func(ctx context.Context) error) (won int, lost []string) {
			errs := make([]error, len(ctxs))
			var wg sync.WaitGroup
			for i, ctx := range ctxs {
				wg.Go(func() { errs[i] = act(ctx) })
			}
			wg.Wait()
			for i, err := range errs {
				if err == nil {
					won = i
					continue
				}
				lost = append(lost, keyOf(err))
			}
			return won, lost
		}
		takers := []context.Context{w.as(2), w.as(3), w.as(2), w.as(3)} // each of them taps twice
		won, lost := race(takers, func(ctx context.Context) error { return w.TakeSwap(ctx, swap) })
		if !slices.Equal(lost, []string{"line.swap_gone", "line.swap_gone", "line.swap_gone"}) {
			t.Fatalf("%v", lost)
		}
		for _, locale := range []string{"en", "es"} {
			if text := words.For(locale).M(lost[0], nil); text == "" || text == lost[0] {
				t.Errorf("%s: %q", locale, text)
			}
		}
		taker := 2 + won%2
		if my, err := w.MyShifts(w.as(5-taker), ""); err != nil || len(my.Asks) != 0 {
			t.Errorf("the other is asked still: %+v, %v", my, err)
		}
		_, lost = race([]context.Context{w.boss, w.as(9)}, func(ctx context.Context) error { return w.ApproveSwap(ctx, swap) })
		if len(lost) != 1 || !slices.Contains([]string{"line.swap_gone", "line.moved_on"}, lost[0]) {
			t.Errorf("two captains: %v", lost)
		}
		if a, b := w.entry(shifts[0], 1), w.entry(shifts[0], taker); a.State != Off || b == nil || b.State != Booked || !b.Held {
			t.Errorf("%+v, %+v", a, b)
		}
		if e := w.entry(shifts[0], 5-taker); e != nil {
			t.Errorf("the other: %+v", e)
		}
		w.sound()
	})
}

// B11.4
func TestNoSequenceOfActsOverbooksOrPutsAnybodyAtTwoLines(t *testing.T) {
	t.Parallel()

	clock := &dbtest.Clock{}
	w := newWorld(t, dbtest.SQLite(t, clock), clock)
	q, _ := w.queue()
	first := 0
	rapid.Check(t, func(rt *rapid.T) {
		w.chicago("2025-10-30T07:00:00")
		w.peopleFrom(first, 5) // new people at new lines, in the same database
		base := first
		first += 5
		id, a := w.line("A", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 2)
		_, b := w.line("B", "55423", "2025-11-05T09:00", "2025-11-05T13:00", 1)
		w.must(w.NameCaptain(w.boss, id, person(base+5), false, false))
		for n := 1; n <= 5; n++ {
			w.must(w.Offer(w.as(base+n), Availability{MaxShifts: 2, CanBeAsked: true}))
		}
		shifts := slices.Concat(a, b)
		w.chicago("2025-11-04T07:00:00")
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			n, shift := rapid.IntRange(1, 5).Draw(rt, "who"), rapid.SampledFrom(shifts).Draw(rt, "shift")
			var err error
			switch rapid.SampledFrom([]string{"signup", "signup", "signup", "cancel", "take", "seek", "keep", "swap", "approve", "more", "later", "release", "in", "absent"}).Draw(rt, "act") {
			case "signup":
				_, err = w.SignUp(w.as(base+n), shift, OnLine)
			case "cancel":
				err = w.Cancel(w.as(base+n), shift)
			case "take":
				err = w.TakeOffer(w.as(base+n), shift)
			case "seek":
				_, err = w.SeekOther(w.as(base+n), shift)
			case "keep":
				err = w.KeepPlace(w.as(base+n), shift)
			case "swap", "approve":
				my, e := w.MyShifts(w.as(base+n), "")
				w.must(e)
				for _, ask := range my.Asks {
					if ask.Mine {
						err = w.ApproveSwap(w.boss, ask.Swap)
					} else {
						err = w.TakeSwap(w.as(base+n), ask.Swap)
					}
				}
			case "more":
				err = w.SetNeeds(w.boss, "shift:"+shift, []Need{{Role: OnLine, Min: 0, Target: 1, Max: rapid.IntRange(1, 3).Draw(rt, "most")}})
			case "later":
				clock.Advance(time.Duration(rapid.IntRange(1, 400).Draw(rt, "minutes")) * time.Minute)
				w.run(q)
			case "release", "in", "absent":
				e := w.entry(shift, base+n)
				if e == nil {
					continue
				}
				switch {
				case rapid.Bool().Draw(rt, "release"):
					err = w.Release(w.boss, e.ID)
				case rapid.Bool().Draw(rt, "absent"):
					err = w.MarkAbsent(w.boss, e.ID)
				default:
					err = w.Record(w.boss, CheckIn{Line: id, Person: person(base + n), Kind: "in", Method: "search"})
				}
			}
			if c := fault.CodeOf(err); c == fault.Internal {
				rt.Fatal(err)
			}
			w.sound()
		}
	})
}

// Much may change between the question and the yes, and between the yes and the captain's tap.
func TestWhoComesInAnothersPlaceComesByTheRulesOfASignUp(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.chicago("2025-11-05T05:00:00")
		can, cares := Availability{MaxShifts: 1, CanBeAsked: true}, Availability{MaxShifts: 1, OtherDuty: true}
		w.must(w.Offer(w.as(2), can))
		w.on(shifts[0], 1)
		_, err := w.SeekOther(w.as(1), shifts[0])
		w.must(err)
		my, err := w.MyShifts(w.as(2), "")
		w.must(err)
		swap := my.Asks[0].Swap
		w.must(w.Offer(w.as(2), cares))
		if err := w.TakeSwap(w.as(2), swap); keyOf(err) != "line.care_duty" {
			t.Errorf("she has other duty by now: %v", err)
		}
		w.must(w.Offer(w.as(2), can))
		w.must(w.TakeSwap(w.as(2), swap))
		w.must(w.Offer(w.as(2), cares))
		if err := w.ApproveSwap(w.boss, swap); keyOf(err) != "line.care_duty" {
			t.Errorf("she has other duty since: %v", err)
		}
		w.must(w.Offer(w.as(2), can))
		w.chicago("2025-11-05T12:00:00")
		if err := w.ApproveSwap(w.boss, swap); keyOf(err) != "line.over" {
			t.Errorf("the shift is over, and somebody else is said to have missed it: %v", err)
		}
	})
}
