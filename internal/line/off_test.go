// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// B14: what this room does when the strike is off, and the stale guard.
func TestWhenTheStrikeIsOffShiftsGoQueuedMessagesAreDroppedAndEverybodyIsToldOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(4)
		start := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour), FactsVersion: 3}
		w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{strike}, nil }
		w.chicago("2025-11-03T09:00:00")
		id, err := w.Add(w.boss, Line{Name: "WSP", Place: "x", ZIP: "55118", Strike: "s1"})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 2}}))
		shifts, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T15:00"})
		w.must(err)
		strike.State = "planned"
		if _, err := w.OpenShifts(w.boss, id); keyOf(err) != "line.not_noticed" {
			t.Errorf("before the notice: %v", err)
		}
		strike.State = "noticed"
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		for n := 1; n <= 3; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		_, err = w.SignUp(w.as(1), shifts[1], OnLine)
		w.must(err)
		w.run(q)
		if len(p.sent) != 3 { // three bookings; who waits is told when a place is hers
			t.Fatalf("%d letters: %v", len(p.sent), texts(p))
		}
		change := func(to Strike) {
			t.Helper()
			before := strike
			strike = to
			w.must(db.Do(w.boss, w.d, func(tx *db.Tx) error { return w.StrikeChanged(w.boss, tx, before, to) }))
		}
		// On: the facts' version rises, and reminders go on.
		on := strike
		on.State, on.FactsVersion = "on", 4
		change(on)
		w.chicago("2025-11-04T11:00:00")
		w.run(q)
		if n := strings.Count(strings.Join(texts(p), "\n"), "Are you coming?"); n != 3 {
			t.Errorf("%d confirm requests after the strike began: %v", n, texts(p))
		}
		// The hours move: messages stand still until somebody has looked.
		moved := strike
		moved.Starts, moved.FactsVersion = start.Add(time.Hour), 5
		change(moved)
		sent := len(p.sent)
		w.chicago("2025-11-04T20:00:00")
		w.run(q)
		if len(p.sent) != sent {
			t.Errorf("yesterday's text went out: %v", texts(p)[sent:])
		}
		effects, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) ([]Effect, error) {
			off := strike
			off.State = "settled"
			return w.WouldCancel(t.Context(), tx, off)
		})
		w.must(err)
		if diff := cmp.Diff([]Effect{{"line.effect.shifts", 2}, {"line.effect.people", 3}}, effects); diff != "" {
			t.Error(diff)
		}
		off := strike
		off.State, off.FactsVersion = "settled", 6
		change(off)
		w.run(q)
		if n := strings.Count(strings.Join(texts(p), "\n"), "Your shift is cancelled"); n != 3 {
			t.Errorf("%d were told: %v", n, texts(p))
		}
		sent = len(p.sent)
		w.chicago("2025-11-05T16:30:00")
		w.run(q)
		if len(p.sent) != sent {
			t.Errorf("after it was off: %v", texts(p)[sent:])
		}
		for n := 1; n <= 3; n++ {
			if e := w.entry(shifts[0], n); e.State != Off {
				t.Errorf("%+v", e)
			}
		}
		w.sound()
	})
}

// A long strike has more shifts than a page would list: all of them are off.
func TestAllShiftsOfALongStrikeAreOff(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.chicago("2025-11-04T07:00:00")
		id, err := w.Add(w.boss, Line{Name: "WSP", Place: "x", ZIP: "55118", Strike: "s1"})
		w.must(err)
		var rows [][]any
		for i := range 5200 {
			from := w.clock.Now().Add(time.Duration(4*i) * time.Hour).UnixMilli()
			rows = append(rows, []any{newID(), id, "day", "", "", from, from + 4*3_600_000, "open", "x", 0})
		}
		w.do(func(tx *db.Tx) error {
			return tx.Insert(t.Context(), "shift", []string{"id", "line_id", "kind", "starts", "ends", "starts_at", "ends_at", "state", "by_account", "at"}, rows)
		})
		w.do(func(tx *db.Tx) error {
			return w.StrikeChanged(w.boss, tx, Strike{ID: "s1", State: "on"}, Strike{ID: "s1", State: "called_off"})
		})
		var left int
		w.do(func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT COUNT(*) FROM shift WHERE state = 'open'`).Scan(&left)
		})
		if left != 0 {
			t.Errorf("%d shifts go on", left)
		}
	})
}

// A strike that is suspended at eight: who stands on the line is told, too, and nothing counts from then on.
func TestWhoStandsOnTheLineWhenTheStrikeIsOffIsToldAndHerHoursEndThen(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(3)
		start := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", Title: "Strike", State: "on", Starts: start, Ends: start.Add(24 * time.Hour), On: start, FactsVersion: 3}
		w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{strike}, nil }
		w.chicago("2025-11-03T09:00:00")
		id, err := w.Add(w.boss, Line{Name: "WSP", Place: "x", ZIP: "55118", Strike: "s1"})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 2}}))
		shifts, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
		w.must(err)
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.chicago("2025-11-05T07:00:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		w.run(q)
		p.sent = nil
		w.chicago("2025-11-05T08:00:00")
		before := strike
		strike.State, strike.FactsVersion = "suspended", 4
		w.must(db.Do(w.boss, w.d, func(tx *db.Tx) error { return w.StrikeChanged(w.boss, tx, before, strike) }))
		w.run(q)
		if all := strings.Join(texts(p), "\n"); len(p.sent) != 2 || !strings.Contains(all, "p001@mail.example.org: Your shift is cancelled") || !strings.Contains(all, "p002@mail.example.org: Your shift is cancelled") {
			t.Errorf("told: %v", texts(p))
		}
		w.chicago("2025-11-05T08:25:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "out", Method: "search"}))
		hours, err := w.HoursOf(w.boss, "s1")
		if err != nil || len(hours) != 1 || hours[0].Minutes != 60 {
			t.Errorf("hours: %+v, %v", hours, err)
		}
	})
}

// The coordinator takes one shift away: who is on it or waits for it is told at once and gets no reminder; the others go on.
func TestTheCoordinatorCancelsOneShiftAndTellsWhoIsOnIt(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(4)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 1)
		w.chicago("2025-11-03T09:00:00")
		for n := 1; n <= 2; n++ { // one is booked, one waits
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		_, err := w.SignUp(w.as(3), shifts[1], OnLine)
		w.must(err)
		w.run(q)
		p.sent = nil
		if _, err := w.CancelShift(w.as(1), shifts[0]); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member cancels: %v", err)
		}
		_, err = w.CancelShift(w.boss, shifts[0])
		w.must(err)
		w.run(q)
		if all := strings.Join(texts(p), "\n"); len(p.sent) != 2 || !strings.Contains(all, "p001@mail.example.org: Your shift is cancelled") || !strings.Contains(all, "p002@mail.example.org: Your shift is cancelled") {
			t.Errorf("told: %v", texts(p))
		}
		p.sent = nil
		w.chicago("2025-11-04T11:00:00")
		w.run(q)
		if all := texts(p); len(all) != 1 || !strings.HasPrefix(all[0], "p003@") {
			t.Errorf("reminded: %v", all)
		}
		if _, err := w.SignUp(w.as(4), shifts[0], OnLine); keyOf(err) != "line.shift_off" {
			t.Errorf("somebody signs up for a cancelled shift: %v", err)
		}
		w.chicago("2025-11-05T10:40:00") // check-in is open
		if _, err := w.CancelShift(w.boss, shifts[1]); keyOf(err) != "line.off_too_late" {
			t.Errorf("a shift that runs: %v", err)
		}
		w.sound()
	})
}
