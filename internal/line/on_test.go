// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
)

// ofStrike makes a line of a strike with open shifts that want people on the line.
func (w *world) ofStrike(strike *Strike, from, to string, most int) (id string, shifts []string) {
	w.t.Helper()
	w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{*strike}, nil }
	id, err := w.Add(w.boss, Line{Name: "WSP", Place: "x", ZIP: "55118", Strike: strike.ID})
	w.must(err)
	w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: Captain, Max: 1}, {Role: OnLine, Min: 1, Target: most, Max: most}}))
	shifts, err = w.AddShifts(w.boss, id, Run{From: from, To: to})
	w.must(err)
	_, err = w.OpenShifts(w.boss, id)
	w.must(err)
	return id, shifts
}

// campaign-states.json, strike: check-ins count from when it is on. Who comes while nobody has said Go is written down, and flagged; her hours begin when the strike
// does, and where it never does there are none.
func TestHoursCountFromWhenTheStrikeIsOn(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		start := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour), FactsVersion: 3}
		w.chicago("2025-11-03T09:00:00")
		id, shifts := w.ofStrike(&strike, "2025-11-05T07:00", "2025-11-05T11:00", 2)
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-05T07:10:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		if e := w.entry(shifts[0], 1); e.State != Attended {
			t.Errorf("it is not written down: %+v", e)
		}
		var flags string
		w.do(func(tx *db.Tx) error { return tx.Row(t.Context(), `SELECT flags FROM checkin`).Scan(&flags) })
		if flags != "not_on" {
			t.Errorf("flagged %q", flags)
		}
		w.chicago("2025-11-05T11:00:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "out", Method: "search"}))
		hours := func() []Hours {
			all, err := w.HoursOf(w.boss, "s1")
			w.must(err)
			return all
		}
		if diff := cmp.Diff([]Hours{{Person: person(1), Flags: []string{"not_on"}}}, hours()); diff != "" {
			t.Errorf("nobody said Go (-want +got):\n%s", diff)
		}
		strike.State, strike.On = "on", start.Add(time.Hour)
		if diff := cmp.Diff([]Hours{{Person: person(1), Minutes: 180, Flags: []string{"before_on"}}}, hours()); diff != "" {
			t.Errorf("on from eight (-want +got):\n%s", diff)
		}
		strike.State = "ended" // what counted counts still
		if diff := cmp.Diff([]Hours{{Person: person(1), Minutes: 180, Flags: []string{"before_on"}}}, hours()); diff != "" {
			t.Errorf("ended (-want +got):\n%s", diff)
		}
	})
}
