// SPDX-License-Identifier: Apache-2.0

package line

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
)

func (w *world) inWords(all []Worth, names map[string]string) (out []string) {
	w.t.Helper()
	b, err := i18n.New(Text)
	w.must(err)
	for _, one := range all {
		out = append(out, names[one.Shift]+", "+string(one.Role)+": "+one.words(b.For("en")))
	}
	return out
}

// short has three lines that want more people than there are: one for the first, who could go to the second.
func (w *world) short() (names map[string]string, shifts []*Shift) {
	w.t.Helper()
	w.people(4)
	names = map[string]string{}
	day := w.chicago("2025-11-05T07:00:00")
	w.chicago("2025-11-01T09:00:00")
	for _, l := range []struct {
		name, zip   string
		captain     Need
		least, want int
	}{
		{"West St. Paul", "55118", Need{Role: Captain, Max: 1}, 1, 2},
		{"Burnsville", "55337", Need{Role: Captain, Max: 1}, 2, 4},
		{"Coon Rapids", "55448", Need{Role: Captain, Min: 1, Target: 2, Max: 2}, 0, 1},
	} {
		_, at := w.line(l.name, l.zip, "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.must(w.SetNeeds(w.boss, "shift:"+at[0], []Need{l.captain, {Role: OnLine, Min: l.least, Target: l.want, Max: max(l.want, 1)}}))
		names[at[0]] = l.name
		x, err := db.InRead(w.t.Context(), w.d, func(tx *db.Tx) (*Shift, error) {
			x, _, err := shiftOf(w.t.Context(), tx, at[0])
			return x, err
		})
		w.must(err)
		shifts = append(shifts, x)
	}
	w.must(w.Offer(w.as(1), Availability{MaxShifts: 1, Slots: []Slot{{day, day.Add(4 * time.Hour), "yes"}}}))
	return names, shifts
}

func TestAPlanSaysWhereOneMorePersonIsWorthMost(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		names, shifts := w.short()
		id, err := w.Propose(w.boss, "")
		w.must(err)
		p, err := w.PlanOf(w.boss, id, "", 0)
		w.must(err)
		want := []string{
			"Coon Rapids, captain: With one more captain here, none would be missing.",
			"West St. Paul, line: With one more person here, somebody could go to a line below its minimum.",
			"Burnsville, line: With one more person here, 1 would still be missing to the minimum.",
			"Coon Rapids, line: With one more person here, there would be as many as wanted.",
		}
		got := w.inWords(p.Worths, names)
		slices.Sort(got[1:3])
		slices.Sort(want[1:3]) // worth the same
		if diff := cmp.Diff(want, got); diff != "" || p.Short != 4 {
			t.Errorf("%d short (-want +got):\n%s", p.Short, diff)
		}
		one, err := w.PlanOf(w.boss, id, shifts[1].LineID, 0)
		w.must(err)
		if diff := cmp.Diff(want[1:2], w.inWords(one.Worths, names)); diff != "" || one.Short != 1 {
			t.Errorf("of one line, %d short (-want +got):\n%s", one.Short, diff)
		}
	})
}

func TestTheDaySaysWhereOneMorePersonIsWorthMostWhenNobodyMoves(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		names, shifts := w.short()
		_, err := w.SignUp(w.as(1), shifts[0].ID, OnLine)
		w.must(err)
		_, err = w.SignUp(w.as(2), shifts[1].ID, OnLine)
		w.must(err)
		w.chicago("2025-11-04T12:00:00")
		days, err := w.Board(w.boss)
		w.must(err)
		var open []*Shift
		for i := range days {
			open = append(open, days[i].Shift)
		}
		want := []string{
			"Coon Rapids, captain: With one more captain here, none would be missing.",
			"Burnsville, line: With one more person here, the minimum would be reached.",
			"Coon Rapids, line: With one more person here, there would be as many as wanted.",
			"West St. Paul, line: With one more person here, there would be as many as wanted.",
		}
		if diff := cmp.Diff(want, w.inWords(worthsNow(open), names)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
