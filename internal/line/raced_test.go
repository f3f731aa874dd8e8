// SPDX-License-Identifier: Apache-2.0

package line

import (
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
		if err != nil && keyOf(err) != "line.moved_on" {
			t.Errorf("%v", err)
		}
	})
}
