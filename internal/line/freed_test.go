// SPDX-License-Identifier: Apache-2.0

package line

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/db"
)

// picket.md 6.4: a freed place goes to the waiting list, then to the nearest who can be asked, five at a time, and the first yes wins. It is open to whoever looks meanwhile.
func TestAPlaceThatNobodyWaitsForIsOfferedToTheNearestFiveAtATime(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(14)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		_, other := w.line("Bloomington", "55420", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.chicago("2025-11-03T09:00:00")
		for n := 3; n <= 12; n++ { // the first of them is elsewhere then, the second wants no long way; 13 and 14 are not to be asked
			a := Availability{MaxShifts: 1, CanBeAsked: true}
			if n == 4 {
				a.MaxTravel = 1
			}
			w.must(w.Offer(w.as(n), a))
		}
		w.do(func(tx *db.Tx) error { // farther away, the last
			_, err := tx.Exec(t.Context(), `UPDATE person SET home_zip = '55802' WHERE id = $1`, person(12))
			return err
		})
		_, err := w.SignUp(w.as(3), other[0], OnLine)
		w.must(err)
		for n := 1; n <= 2; n++ { // one has the place, one waits
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.run(q)
		p.sent = nil
		asked := func() (to []string) {
			t.Helper()
			for _, m := range p.sent {
				if strings.HasPrefix(m.Text, "A place is free near you") {
					to = append(to, strings.TrimSuffix(m.To, "@mail.example.org"))
				}
			}
			slices.Sort(to)
			return to
		}
		w.must(w.Cancel(w.as(1), shifts[0]))
		w.run(q)
		if all := asked(); len(all) != 0 {
			t.Errorf("while it is held for the waiting list: %v", all)
		}
		w.chicago("2025-11-03T10:00:00") // the one who waits lets it run out
		w.run(q)
		if all := strings.Join(asked(), " "); all != "p005 p006 p007 p008 p009" {
			t.Fatalf("first %s", all)
		}
		w.chicago("2025-11-03T11:00:00")
		w.run(q)
		if all := strings.Join(asked(), " "); all != "p001 p005 p006 p007 p008 p009 p010 p011 p012" && all != "p005 p006 p007 p008 p009 p010 p011 p012" {
			t.Fatalf("then %s", all)
		}
		p.sent = nil
		e, err := w.SignUp(w.as(13), shifts[0], OnLine) // who was not asked, and looked
		w.must(err)
		if e.State != Booked {
			t.Errorf("%+v", e)
		}
		e, err = w.SignUp(w.as(5), shifts[0], OnLine) // the second yes
		w.must(err)
		if e.State != Waiting {
			t.Errorf("%+v", e)
		}
		w.chicago("2025-11-03T13:00:00")
		w.run(q)
		if all := asked(); len(all) != 0 {
			t.Errorf("after it was taken: %v", all)
		}
		w.sound()
	})
}
