// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/picket"
)

// Where lines are many, a member's page has the open shifts of those nearest to her, and a way to every other.
func TestOfManyLinesAMemberSeesTheNearestAndReachesAll(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.chicago("2025-11-04T07:00:00")
		w.people(1) // lives in 55118
		var far, near []string
		for i := range 12 {
			zip, to := "55303", &far
			if i >= 8 {
				zip, to = "55118", &near
			}
			id, _ := w.line(fmt.Sprintf("Line %02d", i), zip, "2025-11-05T07:00", "2025-11-06T07:00", 2)
			*to = append(*to, id)
		}
		lines := func(all []Mine) map[string]int {
			n := map[string]int{}
			for _, m := range all {
				n[m.Line.ID]++
			}
			return n
		}
		my, err := w.MyShifts(w.as(1), "")
		w.must(err)
		want := map[string]int{}
		for _, id := range near {
			want[id] = 6
		}
		if diff := cmp.Diff(want, lines(my.Open)); diff != "" || len(my.Lines) != 12 || my.Line != "" {
			t.Errorf("%d lines to choose from; open (-want +got):\n%s", len(my.Lines), diff)
		}
		one, err := w.MyShifts(w.as(1), far[3])
		w.must(err)
		if diff := cmp.Diff(map[string]int{far[3]: 6}, lines(one.Open)); diff != "" || one.Line != far[3] {
			t.Errorf("of one line (-want +got):\n%s", diff)
		}
		_, err = w.SignUp(w.as(1), one.Open[2].Shift.ID, OnLine)
		w.must(err)
		for _, line := range []string{"", far[3], "no such line"} {
			my, err := w.MyShifts(w.as(1), line)
			w.must(err)
			if len(my.Own) != 1 || my.Own[0].Shift.ID != one.Open[2].Shift.ID || my.Own[0].Entry.State != Booked {
				t.Errorf("%q: her own %+v", line, my.Own)
			}
			if n := lines(my.Open)[far[3]]; line == far[3] && n != 5 {
				t.Errorf("%d others open on the line of her shift", n)
			}
		}
	})
}

// Whether a line is counted alone or with all others: who went on to another line is not here, by whichever of her records she was marked.
func TestALineCountsAloneAsItDoesAmongAll(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.chicago("2025-11-04T07:00:00")
		w.people(7)
		first, shifts := w.line("First", "55118", "2025-11-05T07:00", "2025-11-05T19:00", 10)
		second, others := w.line("Second", "55118", "2025-11-05T07:00", "2025-11-05T19:00", 10)
		w.must(w.NameCaptain(w.boss, first, person(7), false, false))
		for n := range 5 {
			_, err := w.SignUp(w.as(n+1), shifts[0], OnLine)
			w.must(err)
		}
		_, err := w.SignUp(w.as(6), others[1], OnLine)
		w.must(err)
		w.chicago("2025-11-05T07:05:00")
		for _, n := range []int{1, 2, 3, 4} {
			w.must(w.Record(w.boss, CheckIn{Line: first, Person: person(n), Kind: "in", Method: "search"}))
		}
		w.join(6, 4) // the same human being: she goes on under her other record
		w.chicago("2025-11-05T10:30:00")
		w.must(w.Record(w.boss, CheckIn{Line: first, Person: person(2), Kind: "out", Method: "search"}))
		w.do(func(tx *db.Tx) error {
			return tx.Insert(t.Context(), "checkin", []string{"id", "person_id", "line_id", "kind", "at", "at_device", "skew", "method", "device_id", "by_account", "received_at"},
				[][]any{{newID(), person(6), second, "in", tx.Now.UnixMilli(), 0, 0, "search", "", "x", 0}})
		})
		all, err := w.Board(w.boss)
		w.must(err)
		alone, err := w.Board(w.as(7))
		w.must(err)
		if len(all) != 2 || len(alone) != 1 {
			t.Fatalf("%d lines and %d", len(all), len(alone))
		}
		if d := all[0]; d.Here != 2 || d.Booked != 5 || d.Expected != 3 || d.Missing != 1 || d.Leaving != 2 {
			t.Errorf("%+v", d)
		}
		if all[1].Here != 1 {
			t.Errorf("at the second: %+v", all[1])
		}
		if diff := cmp.Diff(all[0], alone[0]); diff != "" {
			t.Errorf("alone (-among all +alone):\n%s", diff)
		}
	})
}

// B10.1: who books reads who leads; whoever looks around does not learn the captains' names.
func TestWhoIsBookedReadsTheCaptainsName(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.must(w.NameCaptain(w.boss, id, person(3), false, false))
		captain := func(n int) string {
			t.Helper()
			one, err := w.OneShift(w.as(n), shifts[0])
			w.must(err)
			if one.Phone != "" {
				t.Errorf("a number days before: %q", one.Phone)
			}
			return one.Captain
		}
		if got := captain(1); got != "" {
			t.Errorf("before she is booked: %q", got)
		}
		w.on(shifts[0], 1, 2)
		if a, b := captain(1), captain(2); a != "p003 Member" || b != "" { // the second waits
			t.Errorf("%q and %q", a, b)
		}
		if n := w.read("line.captain_name"); n != 1 {
			t.Errorf("read %d times on record", n)
		}
	})
}

// picket.md 2.9: the last shift ends at the minute work resumes, and each of its people reads how far that is.
func TestWhoIsOnTheLastShiftReadsHowFarHerClinicIs(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		zone, err := time.LoadLocation("America/Chicago")
		w.must(err)
		strike := Strike{ID: "s1", State: "noticed", Zone: "America/Chicago", Starts: time.Date(2025, 11, 5, 7, 0, 0, 0, zone), Ends: time.Date(2025, 11, 5, 15, 0, 0, 0, zone)}
		w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{strike}, nil }
		w.chicago("2025-11-01T09:00:00")
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO employer (id, name) VALUES ('e1', 'Example Health')`)
			if err == nil {
				_, err = tx.Exec(t.Context(), `INSERT INTO worksite (id, employer_id, code, name, town, zip, tz, kind, status) VALUES ('w1', 'e1', '0901', 'Hastings', 'Hastings', '55033', 'America/Chicago', 'clinic', 'open')`)
			}
			if err == nil {
				_, err = tx.Exec(t.Context(), `UPDATE person_now SET worksite_id = 'w1' WHERE person_id = $1`, person(1))
			}
			return err
		})
		id, err := w.Add(w.boss, Line{Strike: "s1", Name: "West St. Paul", Place: "the corner", ZIP: "55118"})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 4, Max: 4}}))
		shifts, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T15:00"})
		w.must(err)
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		for n := 1; n <= 2; n++ {
			for _, shift := range shifts {
				_, err := w.SignUp(w.as(n), shift, OnLine)
				w.must(err)
			}
		}
		for i, want := range []string{"", "Hastings"} {
			m, err := w.OneShift(w.as(1), shifts[i])
			if err != nil || m.Back != want || want != "" && m.BackMin != picket.WayMinutes("55118", "55033") {
				t.Errorf("shift %d: %q, %d minutes, %v", i, m.Back, m.BackMin, err)
			}
		}
		if m, err := w.OneShift(w.as(2), shifts[1]); err != nil || m.Back != "" {
			t.Errorf("who works at no site: %q, %v", m.Back, err)
		}
	})
}
