// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

// world is a line with shifts and made-up people, without the rest of the house.
type world struct {
	*Store
	t     testing.TB
	d     *db.DB
	clock *dbtest.Clock
	boss  context.Context // picket coordinator
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	log := audit.NewLog(d)
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{Store: NewStore(d, log), t: t, d: d, clock: clock}
	w.boss = auth.As(t.Context(), &auth.Identity{Account: "boss", Grants: []auth.Grant{{Role: "picket_coordinator", Scope: auth.Unit}, {Role: auth.Lead, Scope: auth.Unit}}})
	w.do(func(tx *db.Tx) error { return db.PutSetting(t.Context(), tx, "campaign.zone", "America/Chicago") })
	return w
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	w.must(db.Do(w.t.Context(), w.d, f))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// people adds n made-up members of the unit, p001 and on, all of one ZIP.
func (w *world) people(n int) { w.peopleFrom(0, n) }

func (w *world) peopleFrom(first, n int) {
	w.t.Helper()
	var people, now [][]any
	for i := first; i < first+n; i++ {
		id, name := fmt.Sprintf("0199a6b0-0000-7000-8000-%012d", i+1), fmt.Sprintf("p%03d", i+1)
		people = append(people, []any{id, "in", "55118", "test", 0})
		now = append(now, []any{"member " + name, id, name, "Member", "", 0, "", "NP", "", 80, 0, "", "in", "member", "", 1, 1, "+16515550100", name + "@mail.example.org"})
	}
	w.do(func(tx *db.Tx) error {
		if err := tx.Insert(w.t.Context(), "person", []string{"id", "unit_status", "home_zip", "by_account", "at"}, people); err != nil {
			return err
		}
		return tx.Insert(w.t.Context(), "person_now", []string{
			"sort_key", "person_id", "given", "family", "worksite_id", "worksite_n", "region", "job_class", "shift", "fte", "on_leave",
			"hired_on", "unit_status", "member_status", "employee_number", "contacts_ok", "contacts_any", "phone", "email",
		}, now)
	})
}

func person(n int) string { return fmt.Sprintf("0199a6b0-0000-7000-8000-%012d", n) }

// as is the n-th member signed in.
func (w *world) as(n int) context.Context {
	return auth.As(w.t.Context(), &auth.Identity{Account: fmt.Sprintf("a%d", n), Person: person(n), Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
}

// line makes a line with shifts from..to that are open and need that many people on the line and a captain.
func (w *world) line(name, zip, from, to string, most int) (id string, shifts []string) {
	w.t.Helper()
	id, err := w.Add(w.boss, Line{Name: name, Place: "the corner", ZIP: zip, Parking: "the ramp"})
	w.must(err)
	w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: Captain, Min: 0, Target: 1, Max: 1}, {Role: OnLine, Min: min(1, most), Target: most, Max: most}}))
	shifts, err = w.AddShifts(w.boss, id, Run{From: from, To: to})
	w.must(err)
	_, err = w.OpenShifts(w.boss, id)
	w.must(err)
	return id, shifts
}

// chicago sets the clock.
func (w *world) chicago(text string) time.Time {
	w.t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	w.must(err)
	at, err := time.ParseInLocation("2006-01-02T15:04:05", text, zone)
	w.must(err)
	w.clock.Set(at)
	return at
}

// entry is somebody's newest booking of a shift.
func (w *world) entry(shift string, n int) *Entry {
	w.t.Helper()
	e, err := db.InRead(w.t.Context(), w.d, func(tx *db.Tx) (*Entry, error) {
		all, err := entriesOf(w.t.Context(), tx, "shift_id = $1 AND person_id = $2 ORDER BY id DESC", shift, person(n))
		if err != nil || len(all) == 0 {
			return nil, err
		}
		return &all[0], nil
	})
	w.must(err)
	return e
}

// sound checks what must always hold: the places taken are the bookings that stand for one, never more than there are, and nobody is at two lines at once.
func (w *world) sound() {
	w.t.Helper()
	bad, err := db.InRead(w.t.Context(), w.d, func(tx *db.Tx) ([]string, error) {
		return db.Strings(w.t.Context(), tx, `SELECT n.shift_id || ' ' || n.role FROM need n WHERE n.taken > n.max OR n.taken <>
			(SELECT COUNT(*) FROM shift_entry e WHERE e.shift_id = n.shift_id AND e.role = n.role AND e.held = 1 AND e.state <> 'cancelled')
			UNION ALL SELECT a.person_id FROM shift_entry a JOIN shift x ON x.id = a.shift_id JOIN shift_entry b ON b.person_id = a.person_id AND b.id <> a.id
			JOIN shift y ON y.id = b.shift_id WHERE a.held = 1 AND b.held = 1 AND a.state IN ('booked', 'swap_offered', 'attended')
			AND b.state IN ('booked', 'swap_offered', 'attended') AND x.starts_at < y.ends_at AND y.starts_at < x.ends_at`)
	})
	w.must(err)
	if len(bad) > 0 {
		w.t.Fatalf("not sound: %v", bad)
	}
}
