// SPDX-License-Identifier: Apache-2.0

package line

import (
	"slices"
	"strings"
	"testing"
)

// A child is sick at five in the morning: the captain of that shift hears of it, and of nobody who leaves days before; at night only when the start is near.
func TestTheCaptainOfAShiftHearsOfWhoLeavesShortlyBeforeIt(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(12)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 6)
		w.must(w.NameCaptain(w.boss, id, person(9), false, false)) // of the line; the first shift has its own
		w.brief(id, 8)
		_, err := w.SignUp(w.as(8), shifts[0], Captain)
		w.must(err)
		for n := 1; n <= 5; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		_, err = w.SignUp(w.as(6), shifts[1], OnLine)
		w.must(err)
		w.must(w.Offer(w.as(7), Availability{MaxShifts: 1, CanBeAsked: true}))
		heard := func(at string) (all []string) {
			t.Helper()
			p.sent = nil
			w.chicago(at)
			w.run(q)
			for _, m := range p.sent {
				for _, words := range []string{"Somebody has left", "Somebody comes in", "Somebody on your shift asks"} {
					if strings.HasPrefix(m.Text, words) {
						all = append(all, m.To[:4]+" "+words)
					}
				}
			}
			slices.Sort(all)
			return all
		}
		same := func(name string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		w.chicago("2025-11-04T12:00:00")
		w.must(w.Cancel(w.as(1), shifts[0]))
		same("a day before", heard("2025-11-04T12:01:00"))
		w.chicago("2025-11-04T20:00:00")
		w.must(w.Cancel(w.as(2), shifts[0]))
		same("eleven hours before", heard("2025-11-04T20:01:00"), "p008 Somebody has left")
		w.chicago("2025-11-05T02:00:00")
		w.must(w.Cancel(w.as(3), shifts[0]))
		same("at night, five hours before", heard("2025-11-05T02:01:00"))
		same("three hours before", heard("2025-11-05T04:00:00"), "p008 Somebody has left")
		w.chicago("2025-11-05T05:00:00")
		w.must(w.TellCaptain(w.as(5), shifts[0]))
		_, err = w.SeekOther(w.as(4), shifts[0])
		w.must(err)
		my, err := w.MyShifts(w.as(7), "")
		w.must(err)
		if len(my.Asks) != 1 {
			t.Fatalf("asked: %+v", my.Asks)
		}
		w.must(w.TakeSwap(w.as(7), my.Asks[0].Swap))
		same("two hours before", heard("2025-11-05T05:01:00"), "p008 Somebody comes in", "p008 Somebody on your shift asks")
		w.must(w.Release(w.as(8), w.entry(shifts[0], 5).ID))
		same("what she did herself", heard("2025-11-05T05:02:00"))
		w.chicago("2025-11-05T07:30:00")
		w.must(w.Cancel(w.as(6), shifts[1]))
		same("where no captain is booked, whom the line names", heard("2025-11-05T08:00:00"), "p009 Somebody has left")
	})
}
