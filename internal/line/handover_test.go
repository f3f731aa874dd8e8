// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// relay is a line with two shifts, each with a captain of its own who is briefed, and somebody on the line: all checked in.
func (w *world) relay() (id string, shifts []string) {
	w.t.Helper()
	w.people(4)
	var accounts [][]any
	for _, name := range []string{"boss", "a1", "a2"} {
		accounts = append(accounts, []any{name, "", name, name + "@mail.example.org", 0})
	}
	w.do(func(tx *db.Tx) error {
		if err := tx.Insert(w.t.Context(), "account", []string{"id", "person_id", "display", "email", "created_at"}, accounts); err != nil {
			return err
		}
		return tx.Insert(w.t.Context(), "role_grant", []string{"id", "account_id", "role", "scope_kind", "scope_id", "from_at", "until_at", "given_by"},
			[][]any{{"g", "boss", "picket_coordinator", "unit", "", 0, w.clock.Now().AddDate(10, 0, 0).UnixMilli(), "boss"}})
	})
	w.chicago("2025-11-03T09:00:00")
	id, shifts = w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T15:00", 5)
	for i := range shifts {
		_, err := w.Book(w.boss, shifts[i], person(i+1), Captain)
		w.must(err)
	}
	_, err := w.Book(w.boss, shifts[0], person(3), OnLine)
	w.must(err)
	w.chicago("2025-11-05T07:00:00")
	for n := 1; n <= 3; n += 2 {
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(n), Kind: "in", Method: "search"}))
	}
	return id, shifts
}

func TestWhoComesConfirmsTheCountAndReleasesWhoLeaves(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		id, shifts := w.relay()
		leaves, comes := w.as(1), w.as(2)
		w.chicago("2025-11-05T10:45:00")
		if all, err := w.Handovers(leaves, id); err != nil || len(all) != 0 {
			t.Errorf("before the next captain is there: %+v, %v", all, err)
		}
		w.must(w.Record(comes, CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		all, err := w.Handovers(leaves, id)
		if err != nil || len(all) != 1 || all[0].Here != 3 || !all[0].Leaves || all[0].Comes || all[0].Said != -1 {
			t.Fatalf("who leaves sees %+v, %v", all, err)
		}
		if err := w.TakeOver(comes, shifts[1], 3, false); keyOf(err) != "line.handover.unsaid" {
			t.Errorf("before the count: %v", err)
		}
		if err := w.SayCount(comes, shifts[1], 3); fault.CodeOf(err) != fault.Missing {
			t.Errorf("who comes says the count of who leaves: %v", err)
		}
		if err := w.SayCount(w.as(3), shifts[1], 3); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member: %v", err)
		}
		w.must(w.SayCount(w.boss, shifts[1], 5)) // who looks after both shifts is one word, not two
		if err := w.TakeOver(w.boss, shifts[1], 5, false); keyOf(err) != "line.handover.self" {
			t.Errorf("who said the count confirms it: %v", err)
		}
		w.must(w.SayCount(leaves, shifts[1], 4))
		if err := w.TakeOver(leaves, shifts[1], 4, false); fault.CodeOf(err) != fault.Missing {
			t.Errorf("who leaves takes over: %v", err)
		}
		if all, err = w.Handovers(comes, id); err != nil || len(all) != 1 || all[0].Said != 4 || !all[0].Comes || all[0].SaidBy != "a1" {
			t.Fatalf("who comes sees %+v, %v", all, err)
		}
		w.must(w.TakeOver(comes, shifts[1], 3, false))
		if err := w.TakeOver(comes, shifts[1], 3, false); keyOf(err) != "line.handover.over" {
			t.Errorf("twice: %v", err)
		}
		days, err := w.Board(w.boss)
		if err != nil || days[0].Here != 2 || days[0].Untaken {
			t.Errorf("%+v, %v", days, err)
		}
		if all, err = w.Handovers(comes, id); err != nil || len(all) != 0 {
			t.Errorf("after: %+v, %v", all, err)
		}
		w.sound()
	})
}

func TestHeadquartersHearsOnceOfALineThatWasNotHandedOver(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		_, _ = w.relay()
		heard := func() string {
			var to []string
			for _, m := range p.sent {
				if strings.Contains(m.Text, "handed over") {
					to = append(to, m.To)
				}
			}
			return strings.Join(to, " ")
		}
		w.chicago("2025-11-05T10:50:00")
		w.run(q)
		w.chicago("2025-11-05T11:09:59")
		w.run(q)
		if got := heard(); got != "" {
			t.Errorf("too early, or of a shift with none before it: %s", got)
		}
		until := w.chicago("2025-11-05T11:20:00") // somebody holds all mail meanwhile
		w.Held = func(context.Context, *db.Tx) (time.Time, bool, error) { return until, w.clock.Now().Before(until), nil }
		w.chicago("2025-11-05T11:10:00")
		w.run(q)
		w.run(q)
		if got := heard(); got != "" {
			t.Errorf("during a Hold: %s", got)
		}
		w.chicago("2025-11-05T11:40:00")
		w.run(q)
		if got := heard(); got != "boss@mail.example.org" {
			t.Errorf("told: %q", got)
		}
		if days, err := w.Board(w.boss); err != nil || !days[0].Untaken {
			t.Errorf("the board: %+v, %v", days, err)
		}
	})
}

// Nobody said Go: what was worked then is marked, never silently counted.
func TestHoursOfAStrikeThatIsNotOnAreMarked(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		starts := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", State: "noticed", Starts: starts, Ends: starts.Add(24 * time.Hour), FactsVersion: 1}
		w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{strike}, nil }
		id, err := w.Add(w.boss, Line{Strike: "s1", Name: "Richfield", Place: "the corner", ZIP: "55423"})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 2}}))
		shifts, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
		w.must(err)
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		w.chicago("2025-11-05T06:40:00")
		_, err = w.Book(w.boss, shifts[0], person(1), OnLine)
		w.must(err)
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		flags := func() string {
			t.Helper()
			all, err := w.HoursOf(w.boss, "s1")
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return strings.Join(all[0].Flags, " ")
		}
		if got := flags(); got != StillHere {
			t.Errorf("before the hour: %q", got)
		}
		w.chicago("2025-11-05T12:00:00")
		if got := flags(); got != NoOut+" "+NotOn {
			t.Errorf("after a day without a Go: %q", got)
		}
		strike.State, strike.On = "on", starts
		if got := flags(); got != NoOut {
			t.Errorf("on: %q", got)
		}
	})
}

// Somebody is on the list under two records: marked under one, and under the other, and signed out there; the two are found to be one person, afterwards.
func TestHoursUnderTwoRecordsOfOnePersonAreHers(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.on(shifts[0], 1, 2)
		mark := func(at string, n int, kind string) {
			t.Helper()
			w.chicago(at)
			w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(n), Kind: kind, Method: "search"}))
		}
		mark("2025-11-05T07:00:00", 1, "in")
		mark("2025-11-05T09:00:00", 2, "in")
		mark("2025-11-05T10:00:00", 2, "out")
		if all, err := w.HoursOf(w.boss, ""); err != nil || len(all) != 2 {
			t.Errorf("as two: %+v, %v", all, err)
		}
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE person SET merged_into = $1 WHERE id = $2`, person(1), person(2))
			return err
		})
		all, err := w.HoursOf(w.boss, "")
		if err != nil || len(all) != 1 || all[0].Person != person(1) || all[0].Minutes != 180 || !slices.Contains(all[0].Flags, RepeatIn) {
			t.Errorf("as one: %+v, %v", all, err)
		}
	})
}

func TestNobodyCertifiesHerOwnHours(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.on(shifts[0], 1, 2)
		w.chicago("2025-11-05T07:00:00")
		for n := 1; n <= 2; n++ {
			w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(n), Kind: "in", Method: "search"}))
		}
		w.chicago("2025-11-05T12:00:00")
		coordinator := auth.As(t.Context(), &auth.Identity{Account: "a1", Person: person(1), Grants: auth.By(w.boss).Grants})
		if err := w.Certify(coordinator, "", person(1), 240); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("her own: %v", err)
		}
		w.must(w.Certify(coordinator, "", person(2), 240))
		w.must(w.Certify(w.boss, "", person(1), 240))
	})
}
