// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// brief makes somebody fit for the role of captain.
func (w *world) brief(line string, n int) {
	w.t.Helper()
	w.must(w.Brief(w.boss, line, person(n), true, false))
}

// read counts the readings of a verb on record, with how many people they named in all.
func (w *world) read(verb string) (n int) {
	w.t.Helper()
	n, err := db.InRead(w.t.Context(), w.d, func(tx *db.Tx) (n int, err error) {
		return n, tx.Row(w.t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb = $1`, verb).Scan(&n)
	})
	w.must(err)
	return n
}

func (w *world) join(loser, winner int) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `UPDATE person SET merged_into = $1 WHERE id = $2`, person(winner), person(loser))
		return err
	})
}

// A captain has her list, and those who show their code; no id and no name brings anybody else onto it, by a form or by a phone's queue.
func TestACaptainChecksInThoseOnHerListAndThoseWhoShowTheirCodeAndNobodyElse(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(5)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		_, err := w.SignUp(w.as(2), shifts[0], OnLine)
		w.must(err)
		_, err = w.SignUp(w.as(3), shifts[0], OnLine)
		w.must(err)
		w.must(w.Cancel(w.as(3), shifts[0]))
		captain, at := w.as(1), w.chicago("2025-11-05T06:50:00")
		for _, n := range []int{3, 4, 99} { // who left the shift, who never was on it, nobody at all: one answer
			for _, method := range []string{"walk_in", "search", "paper"} {
				if err := w.Record(captain, CheckIn{Line: id, Person: person(n), Kind: "in", Method: method, PaperAt: at.UnixMilli()}); keyOf(err) != "scope.person" {
					t.Errorf("person %d by %s: %v", n, method, err)
				}
			}
			data, _ := json.Marshal(CheckIn{Line: id, Person: person(n), Kind: "in", Method: "walk_in"})
			err := db.Do(captain, w.d, func(tx *db.Tx) error {
				return w.Apply(captain, tx, uuid.Must(uuid.NewV7()), at, at, 0, "phone", data)
			})
			if keyOf(err) != "scope.person" {
				t.Errorf("person %d by a phone: %v", n, err)
			}
		}
		for _, name := range []string{"p004 Member", "Nobody Atall"} {
			if found, err := w.FindWalkIn(captain, id, name); err != nil || found != "" {
				t.Errorf("%s: %q, %v", name, found, err)
			}
		}
		code, err := w.MyCode(w.as(4))
		w.must(err)
		w.must(w.Record(captain, CheckIn{Line: id, Code: code, Kind: "in", Method: "code"}))
		_, rolls, err := w.Rolls(captain, id)
		w.must(err)
		phones := map[string]string{}
		for _, p := range rolls[0].People {
			phones[p.Name] = p.Phone
		}
		if len(phones) != 2 || phones["p002 Member"] == "" || phones["p004 Member"] != "" {
			t.Errorf("her list: %v", phones)
		}
		// A code that was photographed is of no use once its owner has made another.
		w.must(w.NewCode(w.as(4)))
		if err := w.Record(captain, CheckIn{Line: id, Code: code, Kind: "out", Method: "code"}); keyOf(err) != "line.code_unknown" {
			t.Errorf("the old code: %v", err)
		}
		w.sound()
	})
}

// Her numbers: of those booked, from a day before to the end of the shift.
func TestNumbersAreOnTheListFromTheDayBeforeToTheEndAndOfThoseBookedAlone(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.must(w.NameCaptain(w.boss, id, person(3), false, false))
		for n := 1; n <= 2; n++ { // the second waits
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		for _, c := range []struct {
			at   string
			want int
		}{{"2025-11-03T09:00:00", 0}, {"2025-11-04T06:59:00", 0}, {"2025-11-04T07:00:00", 1}, {"2025-11-05T11:29:00", 1}} {
			w.chicago(c.at)
			_, rolls, err := w.Rolls(w.as(3), id)
			w.must(err)
			got := 0
			for _, p := range rolls[0].People {
				got += bit(p.Phone != "")
			}
			if got != c.want {
				t.Errorf("%s: %d numbers, want %d", c.at, got, c.want)
			}
		}
	})
}

// The captain of one shift reaches that shift.
func TestTheCaptainOfOneShiftReachesThatShiftAndNoOtherOfTheLine(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(6)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 5)
		w.brief(id, 1)
		_, err := w.SignUp(w.as(1), shifts[0], Captain)
		w.must(err)
		_, err = w.SignUp(w.as(2), shifts[0], OnLine)
		w.must(err)
		_, err = w.SignUp(w.as(3), shifts[1], OnLine)
		w.must(err)
		captain := w.as(1)
		w.chicago("2025-11-04T06:00:00")
		if _, _, err := w.Rolls(captain, id); fault.CodeOf(err) != fault.Missing {
			t.Errorf("more than a day before: %v", err)
		}
		w.chicago("2025-11-05T07:20:00")
		_, rolls, err := w.Rolls(captain, id)
		w.must(err)
		if len(rolls) != 1 || rolls[0].Shift.ID != shifts[0] {
			t.Errorf("%d lists", len(rolls))
		}
		other := w.entry(shifts[1], 3).ID
		for name, err := range map[string]error{
			"release":  w.Release(captain, other),
			"absent":   w.MarkAbsent(captain, other),
			"book":     func() error { _, err := w.Book(captain, shifts[1], person(1), OnLine); return err }(),
			"replace":  func() error { _, _, err := w.Repairs(captain, other); return err }(),
			"repair":   w.Repair(captain, other, nil),
			"check in": w.Record(captain, CheckIn{Line: id, Person: person(3), Kind: "in", Method: "search"}),
		} {
			if fault.CodeOf(err) != fault.Missing {
				t.Errorf("%s on another shift: %v", name, err)
			}
		}
		// A move is hers only between her own shifts, and of people whom she may see or who offered the hours.
		mine := w.entry(shifts[0], 2).ID
		for name, places := range map[string][]Place{
			"out of another shift": {{Person: person(3), From: shifts[1], Shift: shifts[0], Role: OnLine}},
			"into another shift":   {{Person: person(5), Shift: shifts[1], Role: OnLine}},
			"who offered nothing":  {{Person: person(5), Shift: shifts[0], Role: OnLine}},
		} {
			if err := w.Repair(captain, mine, places); fault.CodeOf(err) != fault.Missing {
				t.Errorf("%s: %v", name, err)
			}
		}
		if e := w.entry(shifts[0], 2); e.State != Booked {
			t.Errorf("a refused repair let her go: %+v", e)
		}
		w.chicago("2025-11-05T12:00:00")
		if err := w.Record(captain, CheckIn{Line: id, Person: person(3), Kind: "in", Method: "search"}); keyOf(err) != "line.no_shift_then" {
			t.Errorf("in the next captain's shift: %v", err)
		}
		w.chicago("2025-11-06T12:00:00")
		if _, _, err := w.Rolls(captain, id); fault.CodeOf(err) != fault.Missing {
			t.Errorf("more than a day after: %v", err)
		}
		// What her phone kept while it was dead is heard two days later; what it says of today is not.
		at, data := w.chicago("2025-11-05T07:30:00"), []byte(`{"line":"`+id+`","kind":"in","method":"search","person":"`+person(2)+`"}`)
		now := w.chicago("2025-11-07T07:00:00")
		send := func(at time.Time) error {
			return db.Do(captain, w.d, func(tx *db.Tx) error { return w.Apply(captain, tx, uuid.Must(uuid.NewV7()), at, at, 0, "phone", data) })
		}
		w.must(send(at))
		if e := w.entry(shifts[0], 2); e.State != Attended {
			t.Errorf("%+v", e)
		}
		if err := send(now); fault.CodeOf(err) != fault.Missing {
			t.Errorf("after her time: %v", err)
		}
		incident := []byte(`{"line":"` + id + `","kind":"police","text":"They came."}`)
		w.must(db.Do(captain, w.d, func(tx *db.Tx) error { return w.ApplyIncident(captain, tx, uuid.Must(uuid.NewV7()), at, incident) }))
		if all, err := w.Incidents(captain); err != nil || len(all) != 1 || all[0].State != "described" || !all[0].At.Equal(at) {
			t.Errorf("%+v, %v", all, err)
		}
		w.sound()
	})
}

// Incidents: the line's captain all of her line, the captain of one shift what happened in it, the reader of privileged ones the whole unit.
func TestTheCaptainOfOneShiftReadsWhatHappenedInIt(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T19:00", 5)
		elsewhere, _ := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T19:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(2), false, false))
		w.brief(id, 1)
		_, err := w.SignUp(w.as(1), shifts[0], Captain)
		w.must(err)
		capture := func(by context.Context, line, at string, privileged bool) string {
			w.chicago(at)
			one, err := w.Capture(by, Incident{Line: line, Kind: "police", Privileged: privileged}, "words", nil)
			w.must(err)
			return one
		}
		morning, evening := capture(w.boss, id, "2025-11-05T08:00:00", false), capture(w.boss, id, "2025-11-05T17:00:00", false)
		few, far := capture(w.boss, id, "2025-11-05T09:00:00", true), capture(w.boss, elsewhere, "2025-11-05T09:00:00", false)
		for n, want := range map[int][]string{1: {morning}, 2: {evening, morning}, 3: nil} {
			all, err := w.Incidents(w.as(n))
			w.must(err)
			var got []string
			for _, in := range all {
				got = append(got, in.ID)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("member %d reads %d incidents, want %d", n, len(got), len(want))
			}
			for _, in := range []string{morning, evening, few, far} {
				if _, err := w.OneIncident(w.as(n), in); (err == nil) != slices.Contains(want, in) {
					t.Errorf("member %d opens one: %v", n, err)
				}
			}
		}
		if all, err := w.Incidents(w.boss); err != nil || len(all) != 4 {
			t.Errorf("the coordinator reads %d, %v", len(all), err)
		}
		if n := w.read("incident.list"); n != 3 { // one who saw none has read nothing
			t.Errorf("%d readings of the list on record", n)
		}
	})
}

// Nobody is her own witness.
func TestWhoChecksHerselfInWantsAnotherWitnessAlsoUnderAnotherRecord(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		w.must(w.NameCaptain(w.boss, id, person(3), true, false))
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.join(4, 1) // the fourth record is the captain's, too, and her account was made for it
		w.chicago("2025-11-05T06:45:00")
		w.must(w.Record(w.as(4), CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		w.must(w.Record(w.as(1), CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		alone := func() (out []string) {
			_, rolls, err := w.Rolls(w.as(3), id)
			w.must(err)
			for _, p := range rolls[0].People {
				if p.Alone {
					out = append(out, p.Name)
				}
			}
			return out
		}
		flags := func() string {
			hours, err := w.HoursOf(w.boss, "")
			w.must(err)
			for _, h := range hours {
				if h.Person == person(1) {
					return strings.Join(h.Flags, " ")
				}
			}
			return "none"
		}
		if got := alone(); len(got) != 1 || got[0] != "p001 Member" || flags() != "self_only still_here" {
			t.Errorf("without a witness: %v, %s", got, flags())
		}
		w.chicago("2025-11-05T06:55:00")
		w.must(w.Record(w.as(3), CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		if got := alone(); len(got) != 0 || flags() != "repeat_in still_here" {
			t.Errorf("after the deputy's word: %v, %s", got, flags())
		}
	})
}

// The time on a sheet lies in a shift.
func TestACheckInLiesInAShift(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		_, err := w.SignUp(w.as(2), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-05T12:00:00")
		zone := w.clock.Now()
		for _, c := range []struct{ method, at, kind, key string }{
			{"paper", "2025-11-05T06:39:59", "in", "line.no_shift_then"},
			{"paper", "2025-11-05T06:40:00", "in", ""},
			{"search", "2025-11-05T06:39:59", "in", "line.no_shift_then"}, // as its words say: twenty minutes before
			{"search", "2025-11-05T06:40:00", "in", ""},                   // her hours begin at seven
			{"search", "2025-11-05T11:29:00", "out", ""},
			{"search", "2025-11-05T11:30:00", "out", "line.no_shift_then"},
			{"paper", "2025-11-04T07:30:00", "in", "line.no_shift_then"},
		} {
			at := w.chicago(c.at)
			w.clock.Set(zone)
			in := CheckIn{Line: id, Person: person(2), Kind: c.kind, Method: c.method, At: at}
			if c.method == "paper" {
				in.At, in.PaperAt = time.Time{}, at.UnixMilli()
			}
			if err := w.Record(w.as(1), in); keyOf(err) != c.key {
				t.Errorf("%s at %s: %q, want %q", c.method, c.at, keyOf(err), c.key)
			}
		}
		// Four days later the captain writes no more; the coordinator types in what is left of the paper.
		w.chicago("2025-11-09T12:00:00")
		in := CheckIn{Line: id, Person: person(2), Kind: "out", Method: "paper", PaperAt: zone.Add(-90 * time.Minute).UnixMilli()}
		if err := w.Record(w.as(1), in); keyOf(err) != "line.no_shift_then" {
			t.Errorf("four days later: %v", err)
		}
		w.must(w.Record(w.boss, in))
		hours, err := w.HoursOf(w.boss, "")
		if err != nil || len(hours) != 1 || hours[0].Minutes != 210 {
			t.Errorf("%+v, %v", hours, err)
		}
	})
}

// The captain's own number is hers to give.
func TestTheCaptainsNumberIsShownIfSheGivesItOnTheDayToThoseOnHerShift(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		w.brief(id, 1)
		_, err := w.SignUp(w.as(1), shifts[0], Captain)
		w.must(err)
		for n := 2; n <= 3; n++ { // the third waits
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		sees := func(n int) string {
			m, err := w.OneShift(w.as(n), shifts[0])
			w.must(err)
			return m.Captain + m.Phone
		}
		w.chicago("2025-11-05T06:00:00")
		if got := sees(2); got != "p001 Member" {
			t.Errorf("she has not given it: %q", got)
		}
		a, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (Availability, error) { return availabilityOf(t.Context(), tx, person(1)) })
		w.must(err)
		a.ShowPhone = true
		w.must(w.Offer(w.as(1), a))
		for _, c := range []struct {
			at   string
			n    int
			want string
		}{
			{"2025-11-04T06:59:00", 2, "p001 Member"},
			{"2025-11-04T07:01:00", 2, "p001 Member+16515550100"},
			{"2025-11-05T07:30:00", 2, "p001 Member+16515550100"},
			{"2025-11-05T07:30:00", 3, ""}, // waits
			{"2025-11-05T07:30:00", 4, ""}, // is not on it
			{"2025-11-05T11:31:00", 2, "p001 Member"},
		} {
			w.chicago(c.at)
			if got := sees(c.n); got != c.want {
				t.Errorf("%s: member %d sees %q, want %q", c.at, c.n, got, c.want)
			}
		}
		if name, phone := w.read("line.captain_name"), w.read("line.captain_phone"); name != 3 || phone != 2 {
			t.Errorf("on record: %d readings of the name, %d of the number", name, phone)
		}
	})
}

// The board has a captain's number while there is an alarm.
func TestTheBoardHasACaptainsNumberWhileThereIsAnAlarm(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		for n := 1; n <= 2; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		phone := func(at string) bool {
			w.chicago(at)
			days, err := w.Board(w.boss)
			w.must(err)
			return days[0].Phone != ""
		}
		if phone("2025-11-04T09:00:00") {
			t.Error("the day before")
		}
		if !phone("2025-11-05T07:05:00") {
			t.Error("the shift runs, and she is not there")
		}
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		if phone("2025-11-05T07:10:00") {
			t.Error("she is there")
		}
		if !phone("2025-11-05T08:30:00") {
			t.Error("no report for over an hour")
		}
	})
}

// Drafts are nobody's but the coordinator's.
func TestMembersDoNotSeeDrafts(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		id, err := w.Add(w.boss, Line{Name: "WSP", Place: "x", ZIP: "55118"})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 2}}))
		shifts, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
		w.must(err)
		_, never := w.SignUp(w.as(1), uuid.NewString(), OnLine)
		_, signUp := w.SignUp(w.as(1), shifts[0], OnLine)
		_, open := w.OneShift(w.as(1), shifts[0])
		for name, err := range map[string]error{"sign up": signUp, "open": open, "leave": w.Cancel(w.as(1), shifts[0])} {
			if fault.CodeOf(err) != fault.Missing {
				t.Errorf("%s: %v", name, err)
			}
		}
		if keyOf(signUp) != keyOf(never) {
			t.Errorf("a draft answers %q, what is not %q", keyOf(signUp), keyOf(never))
		}
		start := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-01T07:00:00")
		slot := Slot{Starts: start, Ends: start.Add(4 * time.Hour), Answer: "yes"}
		offered := func() int {
			w.must(w.Offer(w.as(1), Availability{MaxShifts: 1, Slots: []Slot{slot}}))
			my, err := w.MyShifts(w.as(1), "")
			w.must(err)
			slots, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) ([]Slot, error) { return slotsOf(t.Context(), tx, person(1)) })
			w.must(err)
			n := len(my.Own) + len(my.Open)
			for _, s := range slots {
				n += bit(s.Answer == "yes")
			}
			return n
		}
		if n := offered(); n != 0 {
			t.Errorf("%d of a draft", n)
		}
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		if n := offered(); n != 2 {
			t.Errorf("%d of an open shift", n)
		}
	})
}

// A swap is approved by somebody whom it does not concern, whatever record her account was made for.
func TestNobodyApprovesASwapOfHerOwn(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 3)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		w.must(w.NameCaptain(w.boss, id, person(2), true, false))
		w.must(w.Offer(w.as(2), Availability{MaxShifts: 1, CanBeAsked: true}))
		w.join(4, 1)
		_, err := w.SignUp(w.as(4), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-04T09:00:00")
		_, err = w.SeekOther(w.as(1), shifts[0])
		w.must(err)
		my, err := w.MyShifts(w.as(2), "")
		w.must(err)
		asks := my.Asks
		w.must(w.TakeSwap(w.as(2), asks[0].Swap))
		for _, n := range []int{1, 2, 4} {
			if err := w.ApproveSwap(w.as(n), asks[0].Swap); keyOf(err) != "line.swap_own" {
				t.Errorf("member %d: %v", n, err)
			}
		}
		if all, err := w.Wishes(w.as(1), id); err != nil || len(all) != 1 || !all[0].Own {
			t.Errorf("%+v, %v", all, err)
		}
		w.must(w.ApproveSwap(w.boss, asks[0].Swap))
		if n := w.read("line.swaps"); n != 1 {
			t.Errorf("%d readings of who swaps on record", n)
		}
		w.sound()
	})
}

// Two records of one human being are one at the lines.
func TestTwoRecordsOfOneHumanAreAtOneLine(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		_, a := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 3)
		_, b := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 3)
		w.join(2, 1)
		_, err := w.SignUp(w.as(2), a[0], OnLine)
		w.must(err)
		if _, err := w.SignUp(w.as(1), b[0], OnLine); keyOf(err) != "line.clash" {
			t.Errorf("at two lines: %v", err)
		}
		if m, err := w.OneShift(w.as(1), a[0]); err != nil || m.Entry == nil {
			t.Errorf("she does not see her place: %+v, %v", m, err)
		}
	})
}

// Words that somebody wrote are not for a screen in a hall.
func TestTheWallShowsNoWordsThatSomebodyWrote(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 3)
		now := w.chicago("2025-11-05T08:00:00")
		w.must(w.Report(w.boss, id, ReportIn{Here: 1, Weather: "Kim froze", Supplies: "Kim has the coffee", Note: "Kim left"}))
		token, err := w.WallLink(w.boss, "", now.Add(time.Hour))
		w.must(err)
		days, err := w.Wall(t.Context(), token)
		w.must(err)
		if b, _ := json.Marshal(days); strings.Contains(string(b), "Kim") {
			t.Errorf("%s", b)
		}
		stranger := auth.As(t.Context(), &auth.Identity{Account: "x", Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}}})
		if _, err := w.Links(stranger); err == nil {
			t.Error("a member lists the links")
		}
	})
}

// The captain reads the same number beside somebody who waits as she does herself.
func TestTheListHasTheNumbersOfThoseWhoWait(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 1)
		for _, n := range []int{1, 4, 2, 3} {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		_, rolls, err := w.Rolls(w.boss, id)
		w.must(err)
		got := map[string]int{}
		for _, p := range rolls[0].People {
			got[p.Name] = p.Entry.Number
		}
		if !maps.Equal(got, map[string]int{"p001 Member": 0, "p004 Member": 1, "p002 Member": 2, "p003 Member": 3}) {
			t.Errorf("%v", got)
		}
	})
}

// The timetable has captains in at 6:15 (picket.md 6.7): who leads the shift checks in 45 minutes before it, and is at the line from then on; nobody else does.
func TestCaptainsOfAShiftCheckInFortyFiveMinutesBefore(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(5)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T03:00", "2025-11-05T11:00", 5)
		w.must(w.SetNeeds(w.boss, "shift:"+shifts[1], []Need{{Role: Captain, Target: 1, Max: 1}, {Role: Safety, Target: 1, Max: 1}, {Role: OnLine, Target: 5, Max: 5}}))
		w.must(w.Brief(w.boss, id, person(1), true, false))
		w.must(w.Brief(w.boss, id, person(2), false, true))
		w.brief(id, 4)
		for n, role := range []Role{Captain, Safety, OnLine, Captain} { // the fourth waits
			_, err := w.SignUp(w.as(n+1), shifts[1], role)
			w.must(err)
		}
		mark := func(n int) CheckIn { return CheckIn{Line: id, Person: person(n), Kind: "in", Method: "search"} }
		w.chicago("2025-11-05T06:14:59")
		if err := w.Record(w.boss, mark(1)); fault.CodeOf(err) != fault.Missing { // the shift that runs has her not
			t.Errorf("a second too early: %v", err)
		}
		w.chicago("2025-11-05T06:15:00")
		w.must(w.Record(w.as(1), mark(1)))
		w.must(w.Record(w.boss, mark(2)))
		for n := 3; n <= 4; n++ {
			if err := w.Record(w.boss, mark(n)); fault.CodeOf(err) != fault.Missing {
				t.Errorf("who stands on the line, or waits to lead it, at 6:15: %v", err)
			}
		}
		if e := w.entry(shifts[0], 3); e != nil {
			t.Errorf("she came to the shift before: %+v", e)
		}
		for n := 1; n <= 2; n++ {
			if e := w.entry(shifts[1], n); e.State != Attended {
				t.Errorf("%d: %+v", n, e)
			}
		}
		if days, err := w.Board(w.boss); err != nil || days[0].Here != 2 || days[0].Leaving != 0 {
			t.Errorf("%+v, %v", days, err)
		}
		w.chicago("2025-11-05T06:40:00")
		w.must(w.Record(w.as(1), mark(3)))
		w.chicago("2025-11-05T11:00:00")
		for n := 1; n <= 3; n++ {
			w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(n), Kind: "out", Method: "search"}))
		}
		hours, err := w.HoursOf(w.boss, "")
		w.must(err)
		for _, h := range hours {
			if h.Minutes != 240 || strings.Contains(strings.Join(h.Flags, " "), "before") {
				t.Errorf("minutes before the start do not count, and are nothing odd: %+v", h)
			}
		}
	})
}

// picket.md 6.2: nobody is absent before half an hour has passed, and the refusal says the same.
func TestNobodyIsAbsentBeforeHalfAnHourAfterTheStart(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(1)
		_, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		_, err := w.SignUp(w.as(1), shifts[0], OnLine)
		w.must(err)
		w.chicago("2025-11-05T07:29:59")
		err = w.MarkAbsent(w.boss, w.entry(shifts[0], 1).ID)
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Key != "line.absent_early" || f.Args["Min"] != 30 {
			t.Errorf("a second too early: %v", err)
		}
		w.chicago("2025-11-05T07:30:00")
		w.must(w.MarkAbsent(w.boss, w.entry(shifts[0], 1).ID))
	})
}
