// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
)

// planned proposes a plan that gives each of people a place at one of some lines: the first has room for what the others leave.
func (w *world) planned(strike string, people int, rooms ...int) (plan string, shifts []string) {
	w.t.Helper()
	w.people(people)
	for i, most := range rooms {
		id, err := w.Add(w.boss, Line{Name: fmt.Sprintf("Line %d", i), Place: "the corner", ZIP: "55118", Strike: strike})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: most, Max: most}}))
		some, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
		w.must(err)
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		shifts = append(shifts, some...)
	}
	day := w.chicago("2025-11-05T07:00:00")
	w.chicago("2025-11-03T09:00:00")
	var offers, hours [][]any
	for n := 1; n <= people; n++ {
		offers = append(offers, []any{person(n), 1, "test", 0})
		hours = append(hours, []any{person(n), day.UnixMilli(), day.Add(4 * time.Hour).UnixMilli(), "yes"})
	}
	w.do(func(tx *db.Tx) error {
		return errors.Join(tx.Insert(w.t.Context(), "availability", []string{"person_id", "max_shifts", "by_account", "at"}, offers),
			tx.Insert(w.t.Context(), "available", []string{"person_id", "starts_at", "ends_at", "answer"}, hours))
	})
	plan, err := w.Propose(w.boss, strike)
	w.must(err)
	return plan, shifts
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error { return tx.Row(w.t.Context(), query, args...).Scan(&n) })
	return n
}

const sqlLive = `SELECT COUNT(*) FROM shift_entry WHERE state <> 'cancelled'`

func TestAPlanThatIsStoppedHalfWayKeepsWhatIsBookedAndGoesOnLater(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		plan, _ := w.planned("", 60, 60)
		ctx, stop := context.WithCancel(w.boss)
		booked, refused, err := w.Accept(ctx, plan, nil, func(done, total int) {
			if total != 60 || done > total {
				t.Errorf("%d of %d", done, total)
			}
			if done > 0 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) || booked == 0 || booked > batchMost || refused != 0 {
			t.Fatalf("stopped: %d booked, %d refused, %v", booked, refused, err)
		}
		p, err := w.PlanOf(w.boss, plan, "", 0)
		w.must(err)
		if live := w.count(sqlLive); live != booked || p.All.Accepted != booked || p.All.Open != 60-booked {
			t.Errorf("%d booked, %d are; the plan says %+v", booked, live, p.All)
		}
		rest, _, err := w.Accept(w.boss, plan, nil, nil)
		if err != nil || booked+rest != 60 || w.count(sqlLive) != 60 {
			t.Errorf("the rest: %d, %v", rest, err)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit_record WHERE verb = 'line.plan_accept'`); n != 60 {
			t.Errorf("%d of 60 are in the audit", n)
		}
		w.sound()
	})
}

func TestAStrikeThatIsOffWhileItsPlanIsAcceptedLeavesNobodyBooked(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		start := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour), FactsVersion: 3}
		w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{strike}, nil }
		plan, _ := w.planned("s1", 60, 60)
		booked, refused, err := w.Accept(w.boss, plan, nil, func(done, _ int) {
			if done == 0 || strike.off() {
				return
			}
			before := strike
			strike.State, strike.FactsVersion = "called_off", 4
			w.must(db.Do(w.boss, w.d, func(tx *db.Tx) error { return w.StrikeChanged(w.boss, tx, before, strike) }))
			if live := w.count(sqlLive); live != 0 {
				t.Errorf("called off, and %d are booked", live)
			}
		})
		if err != nil || booked == 0 || booked > batchMost || refused != 60-booked {
			t.Fatalf("%d booked, %d refused, %v", booked, refused, err)
		}
		if live := w.count(sqlLive); live != 0 {
			t.Errorf("%d were booked after it was off", live)
		}
		p, err := w.PlanOf(w.boss, plan, "", 0)
		w.must(err)
		for _, one := range p.Places {
			if one.Outcome == "refused" && one.Refusal != "line.strike_off" {
				t.Errorf("refused since %s", one.Refusal)
			}
		}
		w.sound()
	})
}

func TestTwoWhoAcceptAPlanAtOnceAndAThirdWhoSignsUpShareItsPlaces(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		plan, shifts := w.planned("", 60, 60)
		w.peopleFrom(60, 10)
		type end struct {
			n   int
			err error
		}
		ends := make(chan end, 2)
		for range 2 {
			go func() {
				booked, refused, err := w.Accept(w.boss, plan, nil, nil)
				ends <- end{booked + refused, err}
			}()
		}
		for n := 61; n <= 70; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		a, b := <-ends, <-ends
		if err := errors.Join(a.err, b.err); err != nil || a.n+b.n != 60 {
			t.Errorf("%d and %d of 60 places: %v", a.n, b.n, err)
		}
		if held := w.count(`SELECT COUNT(*) FROM shift_entry WHERE held = 1`); held != 60 {
			t.Errorf("%d hold 60 places", held)
		}
		w.sound()
	})
}

// A reason is kept with its numbers.
func TestAPlaceThatIsTakenMeanwhileIsRefusedWithTheNumberThereAre(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		plan, shifts := w.planned("", 2, 2)
		w.peopleFrom(2, 1)
		_, err := w.SignUp(w.as(3), shifts[0], OnLine)
		w.must(err)
		booked, refused, err := w.Accept(w.boss, plan, nil, nil)
		if err != nil || booked != 1 || refused != 1 {
			t.Fatalf("%d booked, %d refused, %v", booked, refused, err)
		}
		p, err := w.PlanOf(w.boss, plan, "", 0)
		w.must(err)
		for _, one := range p.Places {
			if one.Outcome == "refused" && (one.Refusal != "line.full" || fmt.Sprint(one.why["Max"]) != "2") {
				t.Errorf("refused since %q %v", one.Refusal, one.why)
			}
		}
	})
}

func TestAPlanOfMorePlacesThanAPageIsReadByLineAndLosesNone(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		const first, second = planPage + 10, 20
		plan, _ := w.planned("", first+second, first, second)
		p, err := w.PlanOf(w.boss, plan, "", 0)
		w.must(err)
		if len(p.Places) != 0 || len(p.Lines) != 2 || p.All.New != first+second || p.All.Open != first+second || p.Lines[0].New != first || p.Lines[1].Open != second {
			t.Fatalf("%d places, %+v, %+v", len(p.Places), p.All, p.Lines)
		}
		seen := map[string]bool{}
		for _, c := range []struct{ line, from, want int }{{0, 0, planPage}, {0, planPage, 10}, {1, 0, second}, {1, planPage, 0}} {
			part, err := w.PlanOf(w.boss, plan, p.Lines[c.line].Line, c.from)
			w.must(err)
			if len(part.Places) != c.want {
				t.Errorf("line %d from %d: %d places, want %d", c.line, c.from, len(part.Places), c.want)
			}
			for _, one := range part.Places {
				if seen[one.Key] || one.Line != p.Lines[c.line].Line {
					t.Errorf("%+v: shown twice, or elsewhere", one)
				}
				seen[one.Key] = true
			}
		}
		if n := w.count(`SELECT MAX(count) FROM audit_record WHERE verb = 'line.plan_open'`); len(seen) != first+second || n != planPage {
			t.Errorf("%d places were shown, at most %d at a time", len(seen), n)
		}
		booked, _, err := w.Accept(w.boss, plan, func(one *Place) bool { return one.Line == p.Lines[1].Line }, nil)
		if err != nil || booked != second {
			t.Errorf("one line: %d booked, %v", booked, err)
		}
		// The largest of plans: more than are read at a time, and than any page holds.
		const many = 4*openRead + 1
		var rows [][]any
		for i := range many {
			rows = append(rows, []any{"large", fmt.Sprintf("person %06d", i), p.Lines[0].Line, "", "line", 0})
		}
		w.do(func(tx *db.Tx) error {
			var shift string
			if err := tx.Row(t.Context(), `SELECT id FROM shift WHERE line_id = $1`, p.Lines[0].Line).Scan(&shift); err != nil {
				return err
			}
			for i := range rows {
				rows[i][2] = shift
			}
			_, err := tx.Exec(t.Context(), `INSERT INTO line_plan (id, strike_id, mode, input_sha256, levels, by_account, at) VALUES ('large', '', '', '', '[]', '', 0)`)
			return errors.Join(err, tx.Insert(t.Context(), "line_plan_place", []string{"plan_id", "person_id", "shift_id", "from_shift", "role", "minutes"}, rows))
		})
		all, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) ([]Place, error) { return unmade(t.Context(), tx, "large") })
		w.must(err)
		large, err := w.PlanOf(w.boss, "large", "", 0)
		w.must(err)
		if len(all) != many || large.All.Open != many {
			t.Errorf("%d and %d of %d places", len(all), large.All.Open, many)
		}
	})
}
