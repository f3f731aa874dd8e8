// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/fault"
)

func TestWhoHasNotAnsweredIsCalledTheEveningBefore(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(6)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.SetNeeds(w.boss, "shift:"+shifts[0], []Need{{Role: OnLine, Min: 3, Target: 5, Max: 5}}))
		w.must(w.NameCaptain(w.boss, id, person(6), false, false))
		w.chicago("2025-11-03T09:00:00")
		for n := 1; n <= 5; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.must(w.Confirm(w.as(1), shifts[0]))
		day := func() Day {
			t.Helper()
			all, err := w.Board(w.boss)
			w.must(err)
			return all[0]
		}
		calls := func() (n int) {
			t.Helper()
			_, rolls, err := w.Rolls(w.as(6), id)
			w.must(err)
			for _, p := range rolls[0].People {
				if rolls[0].Calls && p.unanswered() {
					n++
				}
			}
			return n
		}
		w.chicago("2025-11-04T17:59:00")
		if d := day(); d.Expected != 4 || d.CallNow || d.Asked != 0 || calls() != 0 {
			t.Errorf("before the hour: %+v, %d", d, calls())
		}
		w.chicago("2025-11-04T18:00:00")
		if d := day(); d.Expected != 1 || !d.CallNow || d.Asked != 4 || calls() != 4 { // one of five confirmed
			t.Errorf("at the hour: %+v, %d", d, calls())
		}
		captain := w.as(6)
		if err := w.ConfirmFor(w.as(2), w.entry(shifts[0], 3).ID); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member confirms for another: %v", err)
		}
		for n := 2; n <= 4; n++ {
			w.must(w.ConfirmFor(captain, w.entry(shifts[0], n).ID))
		}
		if e := w.entry(shifts[0], 2); !e.Told || e.Confirmed.IsZero() || w.entry(shifts[0], 1).Told {
			t.Errorf("on record: %+v", e)
		}
		if d := day(); d.Expected != 3 || d.CallNow || d.Asked != 1 || calls() != 1 {
			t.Errorf("called: %+v", d)
		}
		w.chicago("2025-11-05T07:00:00")
		if d := day(); d.Asked != 0 || calls() != 0 {
			t.Errorf("it runs: %+v", d)
		}
	})
}

func TestFromTheEveningOnThePackHoldsAllOfTheNextDay(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		id, _ := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-06T15:00", 5)
		pack := func(at string) int {
			t.Helper()
			w.chicago(at)
			_, rolls, err := w.Rolls(w.boss, id)
			w.must(err)
			return len(rolls)
		}
		for _, c := range []struct {
			at   string
			want int
		}{
			{"2025-11-04T09:00:00", 1}, // the first alone
			{"2025-11-04T17:59:00", 1},
			{"2025-11-04T18:00:00", 5}, // 7, 11, 15, 19, 23: what begins on the day
			{"2025-11-05T18:00:00", 6}, // 15 and 19 of this day, the night, 3, 7 and 11 of the next
		} {
			if got := pack(c.at); got != c.want {
				t.Errorf("%s: %d shifts, want %d", c.at, got, c.want)
			}
		}
	})
}

// sms collects texts.
type sms struct{ sent []string }

func (s *sms) Text(_ context.Context, to, words string) error {
	s.sent = append(s.sent, to+": "+words)
	return nil
}

func TestMailsCarryWhatTheDayNeedsAndChangesGoByTextToo(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		gate := &sms{}
		w.Texts = gate
		w.people(2)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T11:00", "2025-11-05T15:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(2), false, false))
		w.must(w.Brief(w.boss, id, person(2), true, false))
		w.must(w.Offer(w.as(2), Availability{MaxShifts: 1, ShowPhone: true}))
		w.chicago("2025-11-03T09:00:00")
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.run(q)
		if m := p.sent[0]; !strings.Contains(m.Text, "Captain: p002 Member.") || strings.Contains(m.Text, "+1651") || len(m.Files) != 1 ||
			!strings.Contains(m.Files[0].Body, "BEGIN:VEVENT") || strings.Contains(m.Files[0].Body, "p002") {
			t.Errorf("the booking, two days before: %+v", m)
		}
		w.chicago("2025-11-04T23:00:00")
		w.must(w.Report(w.boss, id, ReportIn{Weather: "icy, gusts"}))
		p.sent = nil
		w.chicago("2025-11-05T08:00:00")
		w.run(q)
		got := strings.Join(texts(p), "\n")
		for _, want := range []string{"Captain: p002 Member (+16515550100)", "icy, gusts", "geo:0,0?q=the%20corner%2C%2055423"} {
			if !strings.Contains(got, want) {
				t.Errorf("the day's mail lacks %q: %s", want, got)
			}
		}
		p.sent, gate.sent = nil, nil
		_, err = w.MoveShift(w.boss, shifts[0], "2025-11-05T12:00", "2025-11-05T16:00")
		w.must(err)
		w.run(q)
		if len(gate.sent) != 1 || len(p.sent) != 1 || !strings.HasPrefix(gate.sent[0], "+16515550100: Your shift has changed") || !strings.Contains(p.sent[0].Files[0].Body, "SEQUENCE:1") {
			t.Errorf("a change: %q, %+v", gate.sent, p.sent)
		}
		p.sent, gate.sent = nil, nil
		_, err = w.CancelShift(w.boss, shifts[0])
		w.must(err)
		w.run(q)
		if len(gate.sent) != 1 || len(p.sent) != 1 || !strings.Contains(gate.sent[0], "cancelled") || !strings.Contains(p.sent[0].Files[0].Body, "STATUS:CANCELLED") {
			t.Errorf("off: %q, %+v", gate.sent, p.sent)
		}
	})
}
