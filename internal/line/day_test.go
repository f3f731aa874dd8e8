// SPDX-License-Identifier: Apache-2.0

package line

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/mail"
)

// post collects what is sent.
type post struct{ sent []mail.Message }

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.sent = append(p.sent, m)
	return nil
}

func (w *world) queue() (*job.Queue, *post) {
	w.t.Helper()
	q := job.NewQueue(w.d, nil)
	words, err := i18n.New(i18n.Text, Text)
	w.must(err)
	p := &post{}
	w.Mail = p
	w.Jobs(q, words)
	return q, p
}

func (w *world) run(q *job.Queue) {
	w.t.Helper()
	_, err := q.RunDue(w.t.Context())
	w.must(err)
}

func texts(p *post) (all []string) {
	for _, m := range p.sent {
		all = append(all, m.To+": "+m.Text)
	}
	return all
}

// Who takes no messages at night has the mail of an early shift on the evening before: it does not say that the shift is today.
func TestTheMailOfTheEveningBeforeSpeaksOfNoToday(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(1)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.chicago("2025-11-04T12:00:00")
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.run(q)
		p.sent = nil
		w.chicago("2025-11-04T20:00:00")
		w.run(q)
		if all := texts(p); len(all) != 1 || !strings.Contains(all[0], "Your shift: Richfield (Wed 5 Nov 2025") || strings.Contains(all[0], "Today") {
			t.Errorf("%v", all)
		}
	})
}

// B12.2, B12.4, B13: a day at two lines, with a double scan, a dead phone and somebody at two places.
func TestTheDayAtTheLine(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(8)
		wsp, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 5)
		rich, other := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, wsp, person(8), false, false))
		w.must(w.NameCaptain(w.boss, rich, person(7), true, false))
		for n := 1; n <= 4; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		captain := w.as(8)
		w.chicago("2025-11-05T06:40:00")
		code, err := w.MyCode(w.as(1))
		w.must(err)
		apply := func(id string, at time.Time, c CheckIn) error {
			data, err := json.Marshal(c)
			w.must(err)
			return db.Do(captain, w.d, func(tx *db.Tx) error {
				return w.Apply(captain, tx, uuid.MustParse(id), at, at.Add(-3*time.Minute), 3*time.Minute, "phone", data)
			})
		}
		scan := "0199a6b0-1111-7000-8000-000000000001"
		for range 2 { // sent twice
			w.must(apply(scan, w.clock.Now(), CheckIn{Line: wsp, Code: strings.ToLower(code), Kind: "in", Method: "code"}))
		}
		w.must(w.Record(captain, CheckIn{Line: wsp, Person: person(2), Kind: "in", Method: "search"}))
		if err := w.Record(captain, CheckIn{Line: rich, Person: person(2), Kind: "in", Method: "search"}); fault.CodeOf(err) != fault.Missing {
			t.Errorf("another line's list: %v", err)
		}
		if err := w.Record(captain, CheckIn{Line: wsp, Person: person(6), Kind: "in", Method: "search"}); fault.CodeOf(err) != fault.Missing {
			t.Errorf("somebody who is not on her list: %v", err)
		}
		found, err := w.FindWalkIn(w.boss, wsp, "p006 Member")
		if err != nil || found != person(6) {
			t.Fatalf("walk-in: %q, %v", found, err)
		}
		if found, err := w.FindWalkIn(w.boss, wsp, "p00 Member"); err != nil || found != "" {
			t.Errorf("half a name finds %q, %v", found, err)
		}
		w.must(w.Record(w.boss, CheckIn{Line: wsp, Person: person(6), Kind: "in", Method: "walk_in"}))
		if e := w.entry(shifts[0], 6); e == nil || e.State != Attended || e.Source != "walk_in" || e.Held {
			t.Errorf("walk-in: %+v", e)
		}
		w.sound()
		day := func() Day {
			days, err := w.Board(captain)
			w.must(err)
			if len(days) != 1 || days[0].Line.ID != wsp {
				t.Fatalf("the captain sees %d lines", len(days))
			}
			return days[0]
		}
		if d := day(); d.Here != 3 || d.Expected != 5 || d.Booked != 4 || d.Missing != 0 || d.Red || d.OnDuty || d.Captain != "p008 Member" {
			t.Errorf("06:40: %+v", d)
		}
		w.chicago("2025-11-05T07:41:30")
		if d := day(); !d.Red || d.Age != 61 || d.Missing != 2 {
			t.Errorf("no report for 61 min: %+v", d)
		}
		w.must(w.Report(captain, wsp, ReportIn{Here: 3, Weather: "3 °C, rain", Supplies: "water low"}))
		if d := day(); d.Red || d.Age != 0 || d.Weather == "" {
			t.Errorf("after the report: %+v", d)
		}
		// The paper of a dead phone, later; then somebody appears at the other line.
		w.must(w.Record(captain, CheckIn{Line: wsp, Person: person(3), Kind: "in", Method: "paper", PaperAt: w.chicago("2025-11-05T07:05:00").UnixMilli()}))
		w.chicago("2025-11-05T10:30:00")
		if d := day(); d.Here != 4 || d.Leaving != 4 {
			t.Errorf("10:30: %+v", d)
		}
		shown, err := w.MyCode(w.as(2))
		w.must(err)
		w.must(w.Record(w.as(7), CheckIn{Line: rich, Code: shown, Kind: "in", Method: "code"}))
		_, rolls, err := w.Rolls(captain, wsp)
		w.must(err)
		two := ""
		for _, p := range rolls[0].People {
			if p.Entry.Person == person(2) {
				two = p.Other
			}
		}
		if two != "Richfield" {
			t.Errorf("at two lines: %q", two)
		}
		if d := day(); d.Here != 3 {
			t.Errorf("10:30, one has gone over: %+v", d)
		}
		w.must(w.MarkAbsent(captain, w.entry(shifts[0], 4).ID))
		w.sound()
		w.chicago("2025-11-05T11:20:00")
		for _, n := range []int{1, 3} {
			w.must(w.Record(captain, CheckIn{Line: wsp, Person: person(n), Kind: "out", Method: "search"}))
		}
		w.must(w.Record(captain, CheckIn{Line: wsp, Person: person(4), Kind: "in", Method: "paper", PaperAt: w.chicago("2025-11-05T10:55:00").UnixMilli()}))
		if e := w.entry(shifts[0], 4); e.State != Attended {
			t.Errorf("a later check-in overrides an absence: %+v", e)
		}
		w.chicago("2025-11-05T12:00:00")
		hours, err := w.HoursOf(w.boss, "")
		w.must(err)
		got := map[string]string{}
		for _, h := range hours {
			got[h.Person[len(h.Person)-1:]] = fmt.Sprint(h.Minutes, h.Flags)
		}
		want := map[string]string{
			"1": "260 [clock]", "2": "240 [no_out two_lines]", "3": "255 []", "4": "5 [no_out]", "6": "240 [no_out]",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := w.HoursOf(captain, ""); err == nil {
			t.Error("a captain reads everybody's hours")
		}
		_ = other
		w.sound()
	})
}

// B13.2
func TestAWallLinkShowsCountsUntilItEnds(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		now := w.chicago("2025-11-05T07:00:00")
		token, err := w.WallLink(w.boss, "", now.Add(2*time.Hour))
		w.must(err)
		days, err := w.Wall(t.Context(), token)
		if err != nil || len(days) != 1 || days[0].Captain != "" {
			t.Errorf("%+v, %v", days, err)
		}
		if b, _ := json.Marshal(days); bytes.Contains(b, []byte("p001")) || bytes.Contains(b, []byte("+1651")) {
			t.Errorf("a name or number on the wall: %s", b)
		}
		if _, err := w.Wall(t.Context(), token+"x"); fault.CodeOf(err) != fault.Missing {
			t.Errorf("another token: %v", err)
		}
		w.clock.Advance(2 * time.Hour)
		if _, err := w.Wall(t.Context(), token); fault.CodeOf(err) != fault.Missing {
			t.Errorf("after its time: %v", err)
		}
		token, err = w.WallLink(w.boss, "", w.clock.Now().Add(time.Hour))
		w.must(err)
		links, err := w.Links(w.boss)
		if err != nil || len(links) != 1 {
			t.Fatalf("%v, %v", links, err)
		}
		w.must(w.RevokeWall(w.boss, links[0].ID))
		if _, err := w.Wall(t.Context(), token); fault.CodeOf(err) != fault.Missing {
			t.Errorf("revoked: %v", err)
		}
		if _, err := w.WallLink(w.as(1), "", w.clock.Now().Add(time.Hour)); err == nil {
			t.Error("a member makes a wall link")
		}
	})
}
