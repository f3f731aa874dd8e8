// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// campaign.md 5: one person's Hold stops what is in the queue; a reminder that would be late is dropped; that a shift is off goes out all the same.
func TestAHoldStopsTheMessagesOfTheLinesAndDropsWhatWouldBeLate(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(3)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 1)
		w.chicago("2025-11-03T09:00:00")
		var until time.Time
		w.Held = func(context.Context, *db.Tx) (time.Time, bool, error) { return until, w.clock.Now().Before(until), nil }
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		until = w.clock.Now().Add(30 * time.Minute)
		w.run(q)
		if len(p.sent) != 0 {
			t.Fatalf("it goes out: %v", texts(p))
		}
		w.clock.Advance(30 * time.Minute)
		w.run(q)
		if all := texts(p); len(all) != 1 || !strings.Contains(all[0], "You are booked") {
			t.Fatalf("after the Hold: %v", all)
		}
		p.sent = nil
		w.chicago("2025-11-04T10:59:00")
		until = w.chicago("2025-11-05T00:00:00") // longer than "tomorrow" is true
		w.chicago("2025-11-04T11:00:00")
		w.run(q)
		_, err = w.CancelShift(w.boss, shifts[1])
		w.must(err)
		w.run(q)
		w.clock.Set(until)
		w.run(q)
		if all := strings.Join(texts(p), "\n"); strings.Contains(all, "Tomorrow") {
			t.Errorf("yesterday's reminder: %s", all)
		}
		p.sent = nil
		until = w.clock.Now().Add(30 * time.Minute)
		_, err = w.CancelShift(w.boss, shifts[0])
		w.must(err)
		w.run(q)
		if all := texts(p); len(all) != 1 || !strings.Contains(all[0], "Your shift is cancelled") {
			t.Errorf("off, while mail is held: %v", all)
		}
	})
}

// While mail is held nobody hears of an offer: her time to answer begins afterwards.
func TestTheTimeToAnswerDoesNotPassDuringAHold(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(3)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.chicago("2025-11-03T09:00:00")
		for n := 1; n <= 3; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.must(w.Cancel(w.as(1), shifts[0])) // the second has until ten
		w.run(q)
		p.sent = nil
		until := w.clock.Now().Add(2 * time.Hour)
		w.Held = func(context.Context, *db.Tx) (time.Time, bool, error) { return until, w.clock.Now().Before(until), nil }
		w.chicago("2025-11-03T10:00:00")
		w.run(q)
		if e := w.entry(shifts[0], 2); e.State != Offered || !e.OfferUntil.Equal(until.Add(time.Hour)) {
			t.Errorf("her offer: %+v", e)
		}
		w.clock.Set(until.Add(time.Hour))
		w.run(q)
		if e := w.entry(shifts[0], 3); e.State != Offered {
			t.Errorf("the next: %+v", e)
		}
		if all := texts(p); len(all) != 1 || !strings.HasPrefix(all[0], "p003@") {
			t.Errorf("%v", all)
		}
		w.sound()
	})
}

// picket.md 6.6: quiet hours are nine at night to eight in the morning; a change goes at once, and what is about a shift that begins before eight.
func TestAtNightMessagesWaitForTheMorningAndAnOfferRunsFromThen(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(4)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 1)
		w.chicago("2025-11-03T12:00:00")
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[1], OnLine)
			w.must(err)
		}
		w.run(q)
		p.sent = nil
		w.chicago("2025-11-03T23:30:00")
		_, err := w.Book(w.boss, shifts[0], person(3), OnLine)
		w.must(err)
		w.must(w.Cancel(w.as(1), shifts[1]))
		w.run(q)
		if len(p.sent) != 0 {
			t.Errorf("at night: %v", texts(p))
		}
		eight := w.chicago("2025-11-04T08:00:00")
		if e := w.entry(shifts[1], 2); e.State != Offered || !e.OfferUntil.Equal(eight.Add(time.Hour)) {
			t.Errorf("her offer: %+v", e)
		}
		w.run(q)
		if all := strings.Join(texts(p), "\n"); len(p.sent) != 2 || !strings.Contains(all, "p003@mail.example.org: You are booked") || !strings.Contains(all, "p002@mail.example.org: A place is free") {
			t.Errorf("at eight: %v", texts(p))
		}
		p.sent = nil
		w.chicago("2025-11-05T02:00:00")
		w.must(w.Release(w.boss, w.entry(shifts[0], 3).ID)) // a change
		_, err = w.Book(w.boss, shifts[0], person(4), OnLine)
		w.must(err) // about a shift before eight
		w.run(q)
		if all := strings.Join(texts(p), "\n"); len(p.sent) != 2 || !strings.Contains(all, "p003@mail.example.org: You are no longer") || !strings.Contains(all, "p004@mail.example.org: You are booked") {
			t.Errorf("what cannot wait: %v", texts(p))
		}
	})
}

func TestTheTimeToAnswerPassesWhileSheIsAwake(t *testing.T) {
	t.Parallel()

	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		out, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct{ now, starts, want string }{
		{"2025-11-03T12:00", "2025-11-05T07:00", "2025-11-03T13:00"},
		{"2025-11-03T20:30", "2025-11-05T07:00", "2025-11-04T08:30"}, // half an hour before nine, half an hour after eight
		{"2025-11-03T23:30", "2025-11-05T07:00", "2025-11-04T09:00"},
		{"2025-11-04T02:00", "2025-11-05T07:00", "2025-11-04T09:00"},
		{"2025-11-04T02:00", "2025-11-04T15:00", "2025-11-04T08:15"}, // within twelve hours
		{"2025-11-04T05:00", "2025-11-04T07:00", "2025-11-04T05:15"}, // it begins before she wakes
		{"2025-11-01T23:30", "2025-11-03T07:00", "2025-11-02T09:00"}, // the night in which clocks change
	} {
		if got := houseRules().answerBy(at(c.now), at(c.starts)); !got.Equal(at(c.want)) {
			t.Errorf("offered %s for %s: %s, want %s", c.now, c.starts, got.Format("2006-01-02T15:04"), c.want)
		}
	}
}
