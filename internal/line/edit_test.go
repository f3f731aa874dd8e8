// SPDX-License-Identifier: Apache-2.0

package line

import (
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/fault"
)

func TestAnotherPlaceIsToldToEverybodyBookedAndNobodyElse(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(4)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 2)
		w.chicago("2025-11-03T09:00:00")
		for n := 1; n <= 3; n++ { // the third waits
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.run(q)
		p.sent = nil
		to := Line{Name: "Richfield", Place: "the corner", ZIP: "55423", Parking: "the lot behind"}
		if n, err := w.Edit(w.boss, id, to); err != nil || n != 0 {
			t.Errorf("parking: %d, %v", n, err)
		}
		to.Place = "the north gate"
		if _, err := w.Edit(w.as(1), id, to); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member: %v", err)
		}
		if _, err := w.Edit(w.boss, id, Line{Name: "", Place: "x", ZIP: "55423"}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("no name: %v", err)
		}
		if n, err := w.Edit(w.boss, id, to); err != nil || n != 2 {
			t.Errorf("place: %d, %v", n, err)
		}
		w.run(q)
		got := texts(p)
		if len(got) != 2 || !strings.HasPrefix(got[0], "p001") || !strings.HasPrefix(got[1], "p002") ||
			!strings.Contains(got[0], "It was: the corner; it is now: Richfield") || !strings.Contains(got[0], "at the north gate") {
			t.Errorf("%q", got)
		}
		p.sent = nil
		w.chicago("2025-11-04T11:00:00") // reminders go on, with the new place
		w.run(q)
		if got := texts(p); len(got) != 2 {
			t.Errorf("%q", got)
		}
	})
}

func TestALineWithBookingsAheadIsClosedWithThemOrNotAtAll(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(3)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 2)
		w.chicago("2025-11-03T09:00:00")
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[n-1], OnLine)
			w.must(err)
		}
		w.chicago("2025-11-05T07:00:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		w.run(q)
		p.sent = nil
		w.chicago("2025-11-05T08:00:00")
		if err := w.CloseLine(w.boss, id, false); keyOf(err) != "line.close_booked" {
			t.Fatalf("with a booking ahead: %v", err)
		}
		if err := w.CloseLine(w.as(1), id, true); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member: %v", err)
		}
		w.must(w.CloseLine(w.boss, id, true))
		w.run(q)
		got := strings.Join(texts(p), "\n")
		if strings.Count(got, "cancelled") != 2 || !strings.Contains(got, "p001") || !strings.Contains(got, "p002") {
			t.Errorf("told: %s", got)
		}
		if _, err := w.AddShifts(w.boss, id, Run{From: "2025-11-06T07:00", To: "2025-11-06T11:00"}); keyOf(err) != "line.closed" {
			t.Errorf("another shift: %v", err)
		}
		if days, err := w.Board(w.boss); err != nil || len(days) != 0 {
			t.Errorf("the board: %+v, %v", days, err)
		}
		w.chicago("2025-11-05T12:00:00")
		hours, err := w.HoursOf(w.boss, "")
		if err != nil || len(hours) != 1 || hours[0].Minutes != 60 {
			t.Errorf("hours: %+v, %v", hours, err)
		}
		w.sound()
	})
}
