// SPDX-License-Identifier: Apache-2.0

package line

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// B12.1: whoever is marked twice, on one phone or on two, and by whatever method, has come once; her time is that of the first mark.
func TestWhoeverIsMarkedTwiceHasComeOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(6)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(5), false, false))
		w.must(w.NameCaptain(w.boss, id, person(6), true, false))
		w.on(shifts[0], 1, 2, 3)
		code := func(n int) string {
			text, err := w.MyCode(w.as(n))
			w.must(err)
			return text
		}
		captain, deputy := w.as(5), w.as(6)
		first := w.chicago("2025-11-05T07:10:00")
		again := first.Add(5 * time.Minute)
		for _, c := range []struct {
			n             int
			first, second CheckIn
		}{
			{1, CheckIn{Code: code(1), Method: "code"}, CheckIn{Code: code(1), Method: "code"}},
			{2, CheckIn{Person: person(2), Method: "search"}, CheckIn{Code: code(2), Method: "code"}},
			{3, CheckIn{Person: person(3), Method: "paper", PaperAt: first.UnixMilli()}, CheckIn{Code: code(3), Method: "code"}},
		} {
			for i, in := range []CheckIn{c.first, c.second} {
				in.Line, in.Kind = id, "in"
				w.clock.Set([]time.Time{first, again}[i])
				if i == 0 {
					w.must(w.Record(captain, in))
				} else {
					w.must(w.Record(deputy, in)) // her phone has not heard of the first
				}
			}
			if e := w.entry(shifts[0], c.n); e.State != Attended || !e.Held {
				t.Errorf("%d: %+v", c.n, e)
			}
			if n := w.count(`SELECT COUNT(*) FROM shift_step t JOIN shift_entry e ON e.id = t.entry_id WHERE e.person_id = $1 AND t.to_state = 'attended'`, person(c.n)); n != 1 {
				t.Errorf("%d arrived %d times", c.n, n)
			}
		}
		if days, err := w.Board(captain); err != nil || days[0].Here != 3 || days[0].Booked != 3 {
			t.Errorf("%+v, %v", days, err)
		}
		_, rolls, err := w.Rolls(captain, id)
		w.must(err)
		for _, p := range rolls[0].People {
			if !p.Here.Equal(first) || p.Other != "" {
				t.Errorf("%s is here since %v", p.Name, p.Here)
			}
		}
		w.sound()
		w.chicago("2025-11-05T11:00:00")
		for n := 1; n <= 3; n++ {
			for range 2 {
				w.must(w.Record(captain, CheckIn{Line: id, Person: person(n), Kind: "out", Method: "search"}))
			}
		}
		hours, err := w.HoursOf(w.boss, "")
		w.must(err)
		var got []string
		for _, h := range hours {
			got = append(got, fmt.Sprint(h.Minutes, h.Flags))
		}
		if want := "230 [out_without_in repeat_in]"; strings.Join(got, "; ") != strings.Join([]string{want, want, want}, "; ") {
			t.Errorf("%v", got)
		}
	})
}
