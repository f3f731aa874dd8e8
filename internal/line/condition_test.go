// SPDX-License-Identifier: Apache-2.0

package line

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// conditioned has a near line with one place and a far one with three, and three members who would come to either.
func (w *world) conditioned() (near, far Line, at map[string]string) {
	w.t.Helper()
	w.people(4)
	nearID, a := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 1)
	farID, b := w.line("Coon Rapids", "55448", "2025-11-05T07:00", "2025-11-05T11:00", 3)
	day := w.chicago("2025-11-05T07:00:00")
	w.chicago("2025-11-01T09:00:00")
	for n := 1; n <= 3; n++ {
		w.must(w.Offer(w.as(n), Availability{MaxShifts: 1, Slots: []Slot{{day, day.Add(4 * time.Hour), "yes"}}}))
	}
	return Line{ID: nearID}, Line{ID: farID}, map[string]string{nearID: a[0], farID: b[0]}
}

// proposed is where a plan would put people, by their number, and how long they would travel.
func (w *world) proposed() (at map[int]string, minutes map[int]int) {
	w.t.Helper()
	id, err := w.Propose(w.boss, "")
	w.must(err)
	p, err := w.PlanOf(w.boss, id, "", 0)
	w.must(err)
	at, minutes = map[int]string{}, map[int]int{}
	for _, one := range p.Places {
		for n := 1; n <= 4; n++ {
			if one.Person == person(n) {
				at[n], minutes[n] = one.Shift, one.Minutes
			}
		}
	}
	return at, minutes
}

func (w *world) called(n int) string { return "p00" + string(rune('0'+n)) + " Member" }

func key(err error) string {
	f, _ := errors.AsType[*fault.Error](err)
	if f == nil {
		return ""
	}
	return f.Key
}

func TestAPlanKeepsACarPoolTogetherAndSaysSoToItsPeople(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, far, shift := w.conditioned()
		_, n, err := w.AddTeam(w.boss, "", []string{w.called(1), w.called(2)})
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
		w.must(w.SetNeeds(w.boss, "shift:"+shift[near.ID], []Need{{Role: OnLine, Min: 1, Target: 1, Max: 1}}))
		w.acceptPlan()
		if a, b, c := w.entry(shift[far.ID], 1), w.entry(shift[far.ID], 2), w.entry(shift[near.ID], 3); a == nil || b == nil || c == nil {
			t.Fatalf("not together: %v, %v, %v", a, b, c)
		}
		v, text := w.why(shift[far.ID], 1)
		if v == nil || !strings.Contains(text, "Your car pool 1 stays together, so all of you are at Coon Rapids.") || strings.Contains(text, "p002") {
			t.Errorf("she reads:\n%s", text)
		}
	})
}

func TestACarPoolOfWhichSomeCannotComeHindersNoPlanAndShowsIt(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		_, far, shift := w.conditioned()
		_, _, err := w.AddTeam(w.boss, "", []string{w.called(1), w.called(2)})
		w.must(err)
		_, _, err = w.AddTeam(w.boss, "", []string{w.called(3), w.called(4)})
		w.must(err)
		for name, names := range map[string][]string{
			"line.condition.team_size": {w.called(1)}, "line.condition.team_twice": {w.called(1), w.called(4)}, "line.condition.unknown": {w.called(1), "No Body"},
		} {
			if _, _, err := w.AddTeam(w.boss, "", names); key(err) != name {
				t.Errorf("%v: %v, want %s", names, err, name)
			}
		}
		w.must(w.Offer(w.as(2), Availability{MaxShifts: 1, OtherDuty: true}))
		_, err = w.SignUp(w.as(3), shift[far.ID], OnLine)
		w.must(err)
		if at, _ := w.proposed(); at[1] == "" {
			t.Errorf("who is left of a car pool has no place: %v", at)
		}
		c, err := w.ConditionsOf(w.boss, "")
		w.must(err)
		if !slices.Equal(c.Teams[0].Left, []string{person(2)}) || c.Teams[0].Apart || !c.Teams[1].Apart {
			t.Errorf("%+v", c.Teams)
		}
		// It is taken away and put back, unless somebody of it is in another by then.
		_, err = w.Lift(w.boss, teams, c.Teams[0].ID, false)
		w.must(err)
		_, n, err := w.AddTeam(w.boss, "", []string{w.called(1), w.called(2)})
		if err != nil || n != 3 {
			t.Errorf("number %d, %v", n, err)
		}
		if _, err := w.Lift(w.boss, teams, c.Teams[0].ID, true); key(err) != "line.condition.team_twice" {
			t.Errorf("put back: %v", err)
		}
	})
}

func TestWhoIsKeptFromALineHasNoPlaceThereByAnyDoor(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, far, shift := w.conditioned()
		day := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-01T09:00:00")
		const secret = "an order of the court"
		for n := 1; n <= 2; n++ {
			_, err := w.AddBan(w.boss, near.ID, w.called(n), Slot{}, secret)
			w.must(err)
		}
		later := Slot{Starts: day.Add(8 * time.Hour), Ends: day.Add(12 * time.Hour)}
		_, err := w.AddBan(w.boss, near.ID, w.called(3), later, secret) // not in these hours
		w.must(err)
		ban, err := w.AddBan(w.boss, far.ID, w.called(4), Slot{Starts: day.Add(3 * time.Hour), Ends: day.Add(5 * time.Hour)}, secret)
		w.must(err)
		at, _ := w.proposed()
		if at[1] != shift[far.ID] || at[2] != shift[far.ID] || at[3] != shift[near.ID] {
			t.Errorf("the plan has %v", at)
		}
		for n, at := range map[int]string{1: near.ID, 4: far.ID} {
			if _, err := w.SignUp(w.as(n), shift[at], OnLine); key(err) != "picket.say.ban" {
				t.Errorf("%d signs up: %v", n, err)
			}
		}
		if _, err := w.Book(w.boss, shift[near.ID], person(1), OnLine); key(err) != "line.banned" {
			t.Errorf("somebody books her: %v", err)
		}
		b, _ := w.why(shift[far.ID], 1)
		if b != nil {
			t.Errorf("she has no place yet: %+v", b)
		}
		w.acceptPlan()
		if _, text := w.why(shift[far.ID], 1); !strings.Contains(text, "You cannot be placed at West St. Paul. Ask the picket coordinator.") || strings.Contains(text, secret) {
			t.Errorf("she reads:\n%s", text)
		}
		kept, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT why FROM line_plan_place UNION SELECT detail FROM audit_record`)
		})
		w.must(err)
		if strings.Contains(strings.Join(kept, " "), secret) {
			t.Error("the reason is kept elsewhere")
		}
		strike, err := w.Lift(w.boss, bans, ban, false)
		if err != nil || strike != "" {
			t.Fatal(strike, err)
		}
		if _, err := w.SignUp(w.as(4), shift[far.ID], OnLine); err != nil {
			t.Errorf("after the ban: %v", err)
		}
		_, err = w.Lift(w.boss, bans, ban, true)
		w.must(err)
		c, err := w.ConditionsOf(w.boss, "")
		w.must(err)
		if i := slices.IndexFunc(c.Bans, func(b Ban) bool { return b.ID == ban }); i < 0 || c.Bans[i].Booked != 1 {
			t.Errorf("a booking against a ban is not shown: %+v", c.Bans)
		}
	})
}

func TestAPlanCountsWithAWayThatWasCorrected(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, far, shift := w.conditioned()
		way, err := w.SetWay(w.boss, near.ID, "551", -1)
		w.must(err)
		_, err = w.SetWay(w.boss, far.ID, "55118", 77)
		w.must(err)
		at, minutes := w.proposed()
		for n := 1; n <= 3; n++ {
			if at[n] != shift[far.ID] || minutes[n] != 77 {
				t.Errorf("%d: %s, %d minutes", n, at[n], minutes[n])
			}
		}
		again, err := w.SetWay(w.boss, near.ID, "551", 12)
		if err != nil || again != way {
			t.Errorf("said anew it is another one: %s, %s, %v", way, again, err)
		}
		if at, _ := w.proposed(); !slices.Contains([]string{at[1], at[2], at[3]}, shift[near.ID]) {
			t.Errorf("nobody goes where one can go again: %v", at)
		}
		for _, bad := range []struct {
			zip     string
			minutes int
		}{{"5511", 5}, {"", 5}, {"55118", 601}, {"55118", -2}} {
			if _, err := w.SetWay(w.boss, near.ID, bad.zip, bad.minutes); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestConditionsAreForThoseWhoCoordinateTheLine(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, _, _ := w.conditioned()
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE line SET region = 'South' WHERE id = $1`, near.ID)
			return err
		})
		_, _, err := w.AddTeam(w.boss, "", []string{w.called(1), w.called(2)})
		w.must(err)
		ban, err := w.AddBan(w.boss, near.ID, w.called(1), Slot{}, "")
		w.must(err)
		region := func(name string) *Conditions {
			t.Helper()
			ctx := auth.As(t.Context(), &auth.Identity{Account: name, Grants: []auth.Grant{{Role: "picket_coordinator", Scope: auth.Region, ScopeID: name}}})
			c, err := w.ConditionsOf(ctx, "")
			if fault.CodeOf(err) == fault.Missing {
				_, err := w.Lift(ctx, bans, ban, false)
				if fault.CodeOf(err) != fault.Missing {
					t.Errorf("%s lifts it: %v", name, err)
				}
				return nil
			}
			w.must(err)
			if _, _, err := w.AddTeam(ctx, "", []string{w.called(3), w.called(4)}); fault.CodeOf(err) != fault.Missing {
				t.Errorf("%s makes a car pool: %v", name, err)
			}
			return c
		}
		if c := region("South"); c == nil || len(c.Bans) != 1 || len(c.Teams) != 0 || len(c.Lines) != 1 {
			t.Errorf("of the line's region: %+v", c)
		}
		if c := region("North"); c != nil {
			t.Errorf("of another region: %+v", c)
		}
		if _, err := w.ConditionsOf(w.as(1), ""); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("a member: %v", err)
		}
	})
}
