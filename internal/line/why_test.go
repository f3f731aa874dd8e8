// SPDX-License-Identifier: Apache-2.0

package line

import (
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
)

// offering makes two lines, one with a place and one with two, and two members who would come to either.
func (w *world) offering() (near, far string, day time.Time) {
	w.t.Helper()
	w.people(3)
	_, at := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 1)
	_, away := w.line("Coon Rapids", "55448", "2025-11-05T07:00", "2025-11-05T11:00", 2)
	day = w.chicago("2025-11-05T07:00:00")
	w.chicago("2025-11-01T09:00:00")
	for n := 1; n <= 2; n++ {
		w.must(w.Offer(w.as(n), Availability{MaxShifts: 1, Slots: []Slot{{day, day.Add(4 * time.Hour), "yes"}}}))
	}
	return at[0], away[0], day
}

func (w *world) acceptPlan() string {
	w.t.Helper()
	id, err := w.Propose(w.boss, "")
	w.must(err)
	_, refused, err := w.Accept(w.boss, id, nil, nil)
	w.must(err)
	if refused > 0 {
		w.t.Fatalf("%d refused", refused)
	}
	return id
}

// why is what somebody reads of how she came to a shift.
func (w *world) why(shift string, n int) (*whyView, string) {
	w.t.Helper()
	b, err := i18n.New(Text)
	w.must(err)
	m, err := w.OneShift(w.as(n), shift)
	w.must(err)
	v := whyOf(b.For("en"), m)
	if v == nil {
		return nil, ""
	}
	return v, strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(v.How + "\n" + strings.Join(v.Reasons, "\n"))
}

func TestAMemberReadsWhyThePlanPutHerHereAndWhatAnyOtherPlaceWouldCost(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, far, _ := w.offering()
		w.acceptPlan()
		at := func(n int) string {
			if w.entry(near, n) != nil {
				return near
			}
			return far
		}
		if at(1) == at(2) {
			t.Fatalf("both are at one line, the other has nobody")
		}
		for n := 1; n <= 2; n++ {
			v, text := w.why(at(n), n)
			if v == nil || v.Changed || !strings.Contains(text, "The plan of Sat 1 Nov 2025, 9:00 a.m. put you here.") {
				t.Fatalf("member %d: %+v", n, v)
			}
			here, other := "West St. Paul", "Coon Rapids"
			if at(n) == far {
				here, other = other, here
			}
			if !strings.Contains(text, "You are at "+here+", Wed 5 Nov 2025, 7:00 a.m. to 11:00 a.m.: on the line. About ") ||
				!strings.Contains(text, "minutes from 55118 (estimate)") || !strings.Contains(text, "\n"+other+", Wed 5 Nov 2025, 7:00 a.m. to 11:00 a.m., on the line") {
				t.Errorf("member %d reads:\n%s", n, text)
			}
			for _, secret := range []string{"p001", "p002", "p003", "Member", person(1), person(2)} {
				if strings.Contains(text, secret) {
					t.Errorf("member %d reads %q:\n%s", n, secret, text)
				}
			}
		}
		_, err := w.SignUp(w.as(3), far, OnLine)
		w.must(err)
		if v, _ := w.why(far, 3); v == nil || v.How != "You chose this." || len(v.Reasons) > 0 {
			t.Errorf("who signed up herself reads %+v", v)
		}
	})
}

func TestReasonsSayWhenTheyMayNoLongerHold(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, far, day := w.offering()
		w.acceptPlan()
		moved, stays := 1, 2
		if w.entry(near, 1) == nil {
			moved, stays = 2, 1
		}
		_, err := w.MoveShift(w.boss, near, "2025-11-05T08:00", "2025-11-05T12:00")
		w.must(err)
		if v, _ := w.why(near, moved); v == nil || !v.Changed {
			t.Errorf("the shift has moved: %+v", v)
		}
		if v, _ := w.why(far, stays); v == nil || v.Changed {
			t.Errorf("nothing of hers has changed: %+v", v)
		}
		w.chicago("2025-11-01T10:00:00")
		w.must(w.Offer(w.as(stays), Availability{MaxShifts: 2, Slots: []Slot{{day, day.Add(4 * time.Hour), "if_needed"}}}))
		if v, _ := w.why(far, stays); v == nil || !v.Changed {
			t.Errorf("she changed her hours: %+v", v)
		}
	})
}

func TestReasonsOfPlacesThatNobodyAcceptedGoWithTheNextPlan(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		near, far, _ := w.offering()
		first, err := w.Propose(w.boss, "")
		w.must(err)
		kept := func(plan string) int {
			t.Helper()
			n, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (n int, err error) {
				return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM line_plan_place WHERE plan_id = $1 AND why <> ''`, plan).Scan(&n)
			})
			w.must(err)
			return n
		}
		if n := kept(first); n != 2 {
			t.Fatalf("the first plan keeps %d reasons", n)
		}
		late, err := w.propose(w.boss, "", newID(), func(int, int) {})
		w.must(err)
		second, err := w.Propose(w.boss, "")
		w.must(err)
		if a, b := kept(first), kept(second); a != 0 || b != 2 {
			t.Errorf("the first keeps %d, the second %d", a, b)
		}
		w.must(late(t.Context(), func(int, int) {})) // what was still to be written when a newer plan came
		_, refused, err := w.Accept(w.boss, first, nil, nil)
		if err != nil || refused > 0 {
			t.Fatal(refused, err)
		}
		shift := near
		if w.entry(near, 1) == nil {
			shift = far
		}
		if v, text := w.why(shift, 1); v == nil || !strings.HasSuffix(strings.TrimSpace(text), "Its reasons are not written down, or not yet.") {
			t.Errorf("of the old plan: %q", text)
		}
		if n := kept(second); n != 2 {
			t.Errorf("the second keeps %d", n)
		}
	})
}
