// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

// Fifteen minutes after the start who can do something about it is told how many are missing, without a name.
func TestWhoIsMissingIsToldToTheCoordinatorAndTheCaptainOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(4)
		var accounts, grants [][]any
		for name, g := range map[string]string{"c": "picket_coordinator", "o": "organizer", "e": "picket_coordinator", "p": "press"} {
			until := w.clock.Now().AddDate(10, 0, 0).UnixMilli()
			if name == "e" {
				until = 1 // her role has ended
			}
			accounts = append(accounts, []any{name, "", name, name + "@mail.example.org", 0})
			scope := map[bool]string{true: "region", false: "unit"}[name == "o"] // another region's
			grants = append(grants, []any{name, name, g, scope, map[bool]string{true: "West", false: ""}[name == "o"], 0, until, "boss"})
		}
		accounts = append(accounts, []any{"cap", person(4), "cap", "cap@mail.example.org", 0})
		w.do(func(tx *db.Tx) error {
			if err := tx.Insert(t.Context(), "account", []string{"id", "person_id", "display", "email", "created_at"}, accounts); err != nil {
				return err
			}
			return tx.Insert(t.Context(), "role_grant", []string{"id", "account_id", "role", "scope_kind", "scope_id", "from_at", "until_at", "given_by"}, grants)
		})
		w.chicago("2025-11-03T09:00:00")
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 5)
		w.must(w.NameCaptain(w.boss, id, person(4), false, false))
		for n := 1; n <= 3; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.chicago("2025-11-05T07:14:00")
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "search"}))
		w.run(q)
		lists := func() string {
			var to []string
			for _, m := range p.sent {
				if strings.Contains(m.Text, "not there yet") {
					if !strings.HasPrefix(m.Text, "2 people") || strings.Contains(m.Text, "p00") {
						t.Errorf("%s", m.Text)
					}
					to = append(to, m.To[:1])
				}
			}
			return strings.Join(to, " ")
		}
		if got := lists(); got != "" {
			t.Errorf("too early: %s", got)
		}
		w.chicago("2025-11-05T07:15:00")
		w.run(q)
		w.chicago("2025-11-05T07:40:00")
		w.run(q)
		if got := lists(); got != "c c" { // the coordinator, and the captain's account
			t.Errorf("told: %q", got)
		}
		// The second shift: nobody is booked, so there is nothing to tell.
		w.chicago("2025-11-05T11:20:00")
		w.run(q)
		if got := lists(); got != "c c" {
			t.Errorf("told of an empty shift: %q", got)
		}
	})
}

// The board says how many are missing also where nobody at all has come, and counts neither those who stand by at home nor, as yet to come, those who are here.
func TestTheBoardCountsWhoIsMissingWhereNobodyCame(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 3)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 3}, {Role: Standby, Min: 0, Target: 1, Max: 1}}))
		for n := 1; n <= 3; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], map[bool]Role{true: Standby, false: OnLine}[n == 3])
			w.must(err)
		}
		check := func(at string, here, booked, arriving, missing int) {
			t.Helper()
			w.chicago("2025-11-05T" + at)
			days, err := w.Board(w.boss)
			w.must(err)
			if d := days[0]; d.Here != here || d.Booked != booked || d.Arriving != arriving || d.Missing != missing {
				t.Errorf("%s: %d here, %d booked, %d arriving, %d missing", at, d.Here, d.Booked, d.Arriving, d.Missing)
			}
		}
		check("06:30:00", 0, 2, 2, 0)
		check("07:20:00", 0, 2, 0, 2)
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(1), Kind: "in", Method: "paper", Paper: "6:50"}))
		check("06:55:00", 1, 2, 1, 0)
		check("07:25:00", 1, 2, 0, 1)
		w.must(w.Record(w.boss, CheckIn{Line: id, Person: person(2), Kind: "in", Method: "search"}))
		missed, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (int, error) {
			x, _, err := shiftOf(t.Context(), tx, shifts[0])
			w.must(err)
			_, _, n, err := w.absent(t.Context(), tx, note{Shift: x.ID, Seq: x.Seq, SendBefore: x.Ends.UnixMilli()})
			return n, err
		})
		if err != nil || missed != 0 {
			t.Errorf("one who stands by at home is missed: %d, %v", missed, err)
		}
	})
}

// picky takes no mail for one address, and says so as a server does.
type picky struct {
	post
	refuse string
}

func (p *picky) Send(ctx context.Context, m mail.Message) error {
	if m.To == p.refuse {
		return fmt.Errorf("550 5.1.1 <%s>: no such mailbox, call +16515550100", strings.ToUpper(m.To))
	}
	return p.post.Send(ctx, m)
}

// One address that fails is tried again by itself; the others get theirs, and what is kept of the failure names nobody.
func TestAnAddressThatFailsHoldsNobodyUpAndIsNotWrittenDown(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, _ := w.queue()
		w.people(3)
		p := &picky{refuse: "p002@mail.example.org"}
		w.Mail = p
		_, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 5)
		w.chicago("2025-11-03T09:00:00")
		for n := 1; n <= 3; n++ {
			_, err := w.SignUp(w.as(n), shifts[0], OnLine)
			w.must(err)
		}
		w.run(q)
		if len(p.sent) != 2 {
			t.Errorf("%d letters went: %v", len(p.sent), texts(&p.post))
		}
		reasons, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT reason FROM job WHERE reason <> '' ORDER BY id`)
		})
		w.must(err)
		if len(reasons) != 1 || reasons[0] != "send booked: refused with 550" {
			t.Errorf("kept: %q", reasons)
		}
		p.refuse = ""
		w.clock.Advance(60e9)
		w.run(q)
		if len(p.sent) != 3 {
			t.Errorf("%d letters after the address was mended", len(p.sent))
		}
	})
}

func TestTheCoordinatorAndTheCaptainBookThoseWhomTheySeeByName(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		id, shifts := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T15:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		if e, err := w.BookByName(w.boss, shifts[0], "p002 Member", OnLine); err != nil || e.State != Booked || e.Source != "captain" {
			t.Errorf("%+v, %v", e, err)
		}
		for _, name := range []string{"p003 Member", "Nobody Atall"} { // whom she may not see is nobody
			if _, err := w.BookByName(w.as(1), shifts[0], name, OnLine); keyOf(err) != "line.captain_unknown" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.BookByName(w.as(1), shifts[0], "p001 Member", Captain); keyOf(err) != "line.needs_training" {
			t.Errorf("a captain makes herself captain of a shift: %v", err)
		}
		if _, err := w.BookByName(w.as(3), shifts[0], "p003 Member", OnLine); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member: %v", err)
		}
		w.sound()
	})
}

// A family name may be of several words. Whose words could be parted in two ways is not guessed.
func TestSomebodyIsFoundByANameOfManyWords(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(4)
		_, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 4)
		w.chicago("2025-11-03T09:00:00")
		for n, name := range map[int][2]string{1: {"Teresa", "van der Berg"}, 2: {"Ana María", "Prueba Ejemplo"}, 3: {"Kim", "Lee Sample"}, 4: {"Kim Lee", "Sample"}} {
			w.do(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE person_now SET given = $1, family = $2, sort_key = $3 WHERE person_id = $4`,
					name[0], name[1], roster.Fold(name[1]+" "+name[0]), person(n))
				return err
			})
		}
		for n, name := range map[int]string{1: "Teresa van der Berg", 2: "ana maria prueba ejemplo"} {
			_, err := w.BookByName(w.boss, shifts[0], name, OnLine)
			w.must(err)
			if e := w.entry(shifts[0], n); e == nil || e.State != Booked {
				t.Errorf("%s: %+v", name, e)
			}
		}
		for _, name := range []string{"Kim Lee Sample", "Berg Teresa", "van der Berg"} {
			if _, err := w.BookByName(w.boss, shifts[0], name, OnLine); err == nil {
				t.Errorf("%s is somebody", name)
			}
		}
	})
}

// Her place is not taken from her by a list that may be wrong: her captain reads it, and frees it.
func TestWhoHasLeftTheUnitIsWrittenNothingOfTheLineAndStandsOutOnItsList(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		q, p := w.queue()
		w.people(3)
		id, shifts := w.line("Richfield", "55423", "2025-11-05T07:00", "2025-11-05T11:00", 3)
		w.chicago("2025-11-03T09:00:00")
		w.on(shifts[0], 1, 2, 3)
		for n, status := range map[int]string{1: "out", 2: "left"} {
			w.do(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE person_now SET unit_status = $1 WHERE person_id = $2`, status, person(n))
				return err
			})
		}
		w.chicago("2025-11-05T06:00:00")
		w.run(q)
		_, rolls, err := w.Rolls(w.boss, id)
		w.must(err)
		for i, one := range rolls[0].People {
			if one.Gone != (i < 2) {
				t.Errorf("%s on the list: %v", one.Name, one.Gone)
			}
		}
		_, err = w.CancelShift(w.boss, shifts[0])
		w.must(err)
		w.run(q)
		for _, m := range p.sent {
			if m.To != "p003@mail.example.org" {
				t.Errorf("to %s: %s", m.To, m.Text)
			}
		}
		if len(p.sent) == 0 {
			t.Error("nobody is written anything")
		}
	})
}
