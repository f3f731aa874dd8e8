// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// meanwhile runs act while a transaction is open that has done before, and ends that one when act has come to an end or, as on SQLite from its beginning, waits for
// it. It returns what act ended with.
func (w *world) meanwhile(before func(tx *db.Tx) error, act func() error, after ...func(tx *db.Tx) error) error {
	w.t.Helper()
	end := make(chan error, 1)
	w.do(func(tx *db.Tx) error {
		if err := before(tx); err != nil {
			return err
		}
		var pid int
		if tx.Engine == db.Postgres {
			w.must(tx.Row(w.t.Context(), `SELECT pg_backend_pid()`).Scan(&pid))
		}
		go func() { end <- act() }()
		for waits := tx.Engine == db.SQLite; !waits && len(end) == 0; runtime.Gosched() {
			some, err := db.InRead(w.t.Context(), w.d, func(tx *db.Tx) (n int, err error) {
				return n, tx.Row(w.t.Context(), `SELECT COUNT(*) FROM pg_stat_activity a WHERE CAST($1 AS INTEGER) = ANY (pg_blocking_pids(a.pid))`, pid).Scan(&n)
			})
			w.must(err)
			waits = some > 0
		}
		for _, f := range after {
			if err := f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return <-end
}

// lone is a shift of a strike with two places; the first two people are on it.
func (w *world) lone() (strike Strike, shift string) {
	w.t.Helper()
	w.people(6)
	start := w.chicago("2025-11-05T07:00:00")
	strike = Strike{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour), FactsVersion: 3}
	w.chicago("2025-11-03T09:00:00")
	_, shifts := w.ofStrike(&strike, "2025-11-05T07:00", "2025-11-05T11:00", 2)
	w.on(shifts[0], 1, 2)
	return strike, shifts[0]
}

// calledOff calls the strike off.
func (w *world) calledOff(tx *db.Tx, strike Strike) error {
	off := strike
	off.State = "called_off"
	return w.StrikeChanged(w.boss, tx, strike, off)
}

func (w *world) alive(shift string) int {
	return w.count(fmt.Sprintf(`SELECT COUNT(*) FROM shift_entry WHERE shift_id = '%s' AND state <> 'cancelled'`, shift))
}

func TestWhoSignsUpWhileTheStrikeIsCalledOffIsRefused(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		strike, shift := w.lone()
		w.must(w.Cancel(w.as(2), shift))
		err := w.meanwhile(func(tx *db.Tx) error { return w.calledOff(tx, strike) }, func() error {
			_, err := w.SignUp(w.as(3), shift, OnLine)
			return err
		})
		if keyOf(err) != "line.strike_off" || w.alive(shift) != 0 {
			t.Errorf("%v, and %d are booked on what is cancelled", err, w.alive(shift))
		}
	})
}

func TestWhoSignsUpJustBeforeTheStrikeIsCalledOffIsTakenOffWithTheOthers(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		strike, shift := w.lone()
		w.must(w.Cancel(w.as(2), shift))
		err := w.meanwhile(func(tx *db.Tx) error {
			return w.book(w.as(3), tx, &Entry{Shift: shift, Person: person(3), Role: OnLine, Source: "self"}, true)
		}, func() error {
			return db.Do(w.boss, w.d, func(tx *db.Tx) error { return w.calledOff(tx, strike) })
		})
		if err != nil || w.alive(shift) != 0 {
			t.Errorf("%v, and %d are booked on what is cancelled", err, w.alive(shift))
		}
	})
}

func TestAStrikeIsCalledOffWhileSomebodyLeavesAShift(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		strike, shift := w.lone()
		e := w.entry(shift, 1)
		err := w.meanwhile(func(tx *db.Tx) error { return move(w.as(1), tx, e, Leave, "self") }, func() error {
			return db.Do(w.boss, w.d, func(tx *db.Tx) error { return w.calledOff(tx, strike) })
		}, func(tx *db.Tx) error {
			return errors.Join(forget(w.as(1), tx, e, "self"), w.pass(w.as(1), tx, shift, OnLine, tx.Now, e))
		})
		if err != nil || w.alive(shift) != 0 {
			t.Errorf("%v, and %d are booked on what is cancelled", err, w.alive(shift))
		}
	})
}

// On PostgreSQL two who wait for each other's rows are a deadlock, which one of them reads as our fault.
func TestASwapIsApprovedWhileWhoGivesThePlaceCancels(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, shift := w.lone()
		w.must(w.Offer(w.as(3), Availability{CanBeAsked: true}))
		n, err := w.SeekOther(w.as(1), shift)
		w.must(err)
		if n != 1 {
			t.Fatalf("%d were asked", n)
		}
		my, err := w.MyShifts(w.as(3), "")
		w.must(err)
		w.must(w.TakeSwap(w.as(3), my.Asks[0].Swap))
		swap := my.Asks[0].Swap
		e := w.entry(shift, 1)
		err = w.meanwhile(func(tx *db.Tx) error { return move(w.as(1), tx, e, Leave, "self") }, func() error { return w.ApproveSwap(w.boss, swap) }, func(tx *db.Tx) error {
			_, err := tx.Exec(w.t.Context(), `UPDATE swap SET state = 'withdrawn' WHERE id = $1`, swap)
			return err
		})
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Conflict {
			t.Errorf("%v", err)
		}
	})
}

func TestAWalkInIsRecordedByNameWhileSheCancels(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, shift := w.lone()
		w.chicago("2025-11-05T07:00:00")
		e := w.entry(shift, 1)
		line, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (id string, err error) {
			return id, tx.Row(t.Context(), `SELECT line_id FROM shift`).Scan(&id)
		})
		w.must(err)
		in := CheckIn{Line: line, Name: "p001 Member", Kind: "in", Method: "walk_in"}
		err = w.meanwhile(func(tx *db.Tx) error { return move(w.as(1), tx, e, Leave, "self") }, func() error { return w.Record(w.boss, in) },
			func(tx *db.Tx) error {
				return w.done(w.as(1), tx, audit.Entry{Verb: "shift.cancel", Object: "shift:" + shift})
			})
		w.must(err)
		if e := w.entry(shift, 1); e.State != Attended {
			t.Errorf("she is there, and her booking is %s", e.State)
		}
	})
}

func TestWhoCancelsWhileSheIsGivenAnotherRoleLeavesNoPlaceBehind(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shift := w.captained(2)
		w.brief(id, 2)
		w.must(w.Release(w.boss, w.entry(shift, 1).ID))
		err := w.meanwhile(func(tx *db.Tx) error {
			_, err := w.exchange(w.boss, tx, []Place{{Person: person(2), Shift: shift, From: shift, Role: Captain}}, nil)
			return err
		}, func() error { return w.Cancel(w.as(2), shift) })
		if err != nil && keyOf(err) != "line.moved_on" {
			t.Error(err)
		}
		w.sound()
	})
}

func TestWhoSignsUpWhileAShiftIsMovedIsToldOfIt(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, shift := w.lone()
		w.must(w.Cancel(w.as(2), shift))
		err := w.meanwhile(func(tx *db.Tx) error {
			return w.book(w.as(3), tx, &Entry{Shift: shift, Person: person(3), Role: OnLine, Source: "self"}, true)
		}, func() error {
			_, err := w.MoveShift(w.boss, shift, "2025-11-05T08:00", "2025-11-05T12:00")
			return err
		})
		w.must(err)
		if n := w.count(`SELECT COUNT(*) FROM job WHERE kind = $1 AND payload LIKE $2 AND payload LIKE '%changed%'`, jobMessage, "%"+w.entry(shift, 3).ID+"%"); n != 1 {
			t.Errorf("she is told %d times", n)
		}
	})
}

// atOnce does everything at the same time. Each may be refused in words; nothing else may go wrong.
func (w *world) atOnce(acts ...func() error) {
	w.t.Helper()
	ends := make(chan error, len(acts))
	for _, act := range acts {
		go func() { ends <- act() }()
	}
	for range acts {
		if err := <-ends; err != nil {
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Conflict && f.Code != fault.Missing {
				w.t.Error(err)
			}
		}
	}
}

func TestBeforeAShiftEverythingAtOnceGivesEachPlaceOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, _ := w.queue()
		w.people(40)
		start := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour), FactsVersion: 3}
		w.chicago("2025-11-03T09:00:00")
		id, shifts := w.ofStrike(&strike, "2025-11-05T07:00", "2025-11-05T19:00", 6)
		w.brief(id, 1)
		w.brief(id, 2)
		w.on(shifts[0], 1, 2, 3, 4, 5, 6, 7, 8)
		w.on(shifts[2], 11, 12, 13, 14)
		for n := 20; n <= 30; n++ {
			w.must(w.Offer(w.as(n), Availability{MaxShifts: 2, CanBeAsked: true}))
		}
		plan := w.proposal(Place{Person: person(11), From: shifts[2], Shift: shifts[0]}, Place{Person: person(3), From: shifts[0], Shift: shifts[2]},
			Place{Person: person(4), From: shifts[0], Shift: shifts[2]}, Place{Person: person(12), From: shifts[2]}, Place{Person: person(31), Shift: shifts[2]}, Place{Person: person(32), Shift: shifts[0]})
		_, err := w.SeekOther(w.as(5), shifts[0])
		w.must(err)
		var swap string
		w.do(func(tx *db.Tx) error { return tx.Row(t.Context(), `SELECT id FROM swap`).Scan(&swap) })
		gap := w.entry(shifts[0], 6).ID
		repair := func(n int) func() error {
			return func() error {
				return w.Repair(w.boss, gap, []Place{{Person: person(n), Shift: shifts[0], Role: OnLine}})
			}
		}
		acts := []func() error{
			repair(33), repair(34),
			func() error { _, _, err := w.Accept(w.boss, plan, nil, nil); return err },
			func() error { _, _, err := w.Accept(w.boss, plan, nil, nil); return err },
			func() error { return w.SetRole(w.boss, w.entryID(shifts[0], 1), Captain) },
			func() error { return w.SetRole(w.boss, w.entryID(shifts[0], 2), Captain) },
			func() error { return w.ApproveSwap(w.boss, swap) },
			func() error { return w.KeepPlace(w.as(5), shifts[0]) },
			func() error { _, err := q.RunDue(t.Context()); return err },
			func() error {
				return w.SetNeeds(w.boss, "line:"+id, []Need{{Role: Captain, Max: 1}, {Role: OnLine, Min: 1, Target: 8, Max: 8}})
			},
			func() error {
				_, err := w.Edit(w.boss, id, Line{Name: "WSP", Place: "the other corner", ZIP: "55118"})
				return err
			},
			func() error { _, err := w.CancelShift(w.boss, shifts[1]); return err },
		}
		for n := 20; n <= 30; n++ {
			acts = append(acts, func() error { return w.TakeSwap(w.as(n), swap) }, func() error { _, err := w.SignUp(w.as(n), shifts[n%3], OnLine); return err })
		}
		for n := 1; n <= 8; n++ {
			acts = append(acts, func() error { return w.Cancel(w.as(n), shifts[0]) }, func() error { return w.TakeOffer(w.as(n), shifts[0]) }, func() error { return w.TellCaptain(w.as(n), shifts[0]) },
				func() error { return w.Confirm(w.as(n), shifts[0]) })
		}
		w.atOnce(acts...)
		w.sound()
		off := strike
		off.State = "called_off"
		acts = []func() error{func() error {
			return db.Do(w.boss, w.d, func(tx *db.Tx) error { return w.StrikeChanged(w.boss, tx, strike, off) })
		}}
		for n := 1; n <= 40; n++ {
			acts = append(acts, func() error { _, err := w.SignUp(w.as(n), shifts[n%3], OnLine); return err }, func() error { return w.Cancel(w.as(n), shifts[n%3]) })
		}
		w.atOnce(acts...)
		w.sound()
		if n := w.count(sqlLive); n != 0 {
			t.Errorf("%d stand on what is off", n)
		}
	})
}

func (w *world) entryID(shift string, n int) string {
	if e := w.entry(shift, n); e != nil {
		return e.ID
	}
	return ""
}

func TestDuringAShiftEverythingAtOnceKeepsEachMark(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shifts := w.relay()
		w.peopleFrom(4, 20)
		w.chicago("2025-11-05T10:45:00")
		for n := 5; n <= 8; n++ {
			_, err := w.Book(w.boss, shifts[1], person(n), OnLine)
			w.must(err)
		}
		w.must(w.Record(w.as(2), CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		w.chicago("2025-11-05T11:30:00")
		var acts []func() error
		for n := 5; n <= 8; n++ {
			e := w.entry(shifts[1], n).ID
			in := CheckIn{Line: id, Person: person(n), Kind: "in", Method: "search"}
			acts = append(acts, func() error { return w.MarkAbsent(w.boss, e) }, func() error { return w.Release(w.boss, e) }, func() error { return w.Record(w.boss, in) },
				func() error { return w.Record(w.as(2), in) }, func() error { return w.SetRole(w.boss, e, Captain) })
		}
		for n := 9; n <= 14; n++ {
			in := CheckIn{Line: id, Person: person(n), Kind: "in", Method: "walk_in"}
			acts = append(acts, func() error { return w.Record(w.boss, in) }, func() error { return w.Record(w.boss, in) }, func() error { _, err := w.SignUp(w.as(n), shifts[1], OnLine); return err })
		}
		for range 2 {
			acts = append(acts, func() error { return w.SayCount(w.as(1), shifts[1], 3) }, func() error { return w.TakeOver(w.as(2), shifts[1], 3, false) },
				func() error { return w.TakeOver(w.boss, shifts[1], 4, false) })
		}
		w.atOnce(acts...)
		w.sound()
		if n := w.count(`SELECT COUNT(*) FROM handover WHERE at > 0`); n > 1 {
			t.Errorf("%d handovers", n)
		}
	})
}

func TestTwoWhoTakeALineOverAtOnceSignWhoLeavesOutOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shifts := w.relay()
		w.chicago("2025-11-05T10:55:00")
		w.must(w.Record(w.as(2), CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		w.must(w.SayCount(w.as(1), shifts[1], 3))
		take := func(ctx context.Context, n int) func() error {
			return func() error { return w.TakeOver(ctx, shifts[1], n, false) }
		}
		w.atOnce(take(w.as(2), 3), take(w.boss, 4), take(w.as(2), 3), func() error { return w.SayCount(w.as(1), shifts[1], 5) })
		if n := w.count(`SELECT COUNT(*) FROM checkin WHERE person_id = $1 AND kind = 'out'`, person(1)); n != 1 {
			t.Errorf("who leaves was signed out %d times", n)
		}
	})
}

func TestTwoWhoLeaveAtOnceMakeRoomForTwoWhoWait(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, shift := w.lone()
		w.on(shift, 3, 4)
		e := w.entry(shift, 1)
		w.must(w.meanwhile(func(tx *db.Tx) error { return w.leave(w.as(1), tx, e, "self") }, func() error { return w.Cancel(w.as(2), shift) }))
		if a, b := w.entry(shift, 3), w.entry(shift, 4); a.State != Offered || b.State != Offered {
			t.Errorf("%s and %s", a.State, b.State)
		}
		w.sound()
	})
}

func TestTwoRepairsOfWhoCameAndLeftGiveHerPlaceOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, shift := w.captained(3)
		entry, spare := w.entry(shift, 2), Place{Person: person(5), Shift: shift, Role: OnLine}
		came := w.entry(shift, 2)
		w.do(func(tx *db.Tx) error { return move(w.boss, tx, came, Arrive, "search") })
		err := w.meanwhile(func(tx *db.Tx) error { // the other repair
			if _, err := tx.Exec(t.Context(), `UPDATE shift_entry SET held = 0 WHERE id = $1`, entry.ID); err != nil {
				return err
			}
			return vacate(t.Context(), tx, seat{shift, OnLine}, 1)
		}, func() error { return w.Repair(w.boss, entry.ID, []Place{spare}) })
		if _, ok := refusal(err); err != nil && !ok {
			t.Error(err)
		}
		w.sound()
	})
}
