// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/mail"
)

// B14.2: whenever the strike's state changes, also while a server is taking a message, no message that was sent later speaks of the
// state before.
func TestNoMessageIsSentAfterTheStrikeIsOffButThatItIs(t *testing.T) {
	t.Parallel()

	kept, dropped, during := 0, 0, 0
	check := func(rt *rapid.T) {
		clock := &dbtest.Clock{}
		w := newWorld(t, dbtest.SQLite(t, clock), clock)
		q, _ := w.queue()
		const people = 4
		w.people(people)
		start := w.chicago("2025-11-05T07:00:00")
		strike := Strike{ID: "s1", Title: "Strike", State: "noticed", Starts: start, Ends: start.Add(24 * time.Hour), FactsVersion: 3}
		w.Strikes = func(context.Context, *db.Tx) ([]Strike, error) { return []Strike{strike}, nil }
		w.chicago("2025-11-03T09:00:00")
		id, err := w.Add(w.boss, Line{Name: "WSP", Place: "x", ZIP: "55118", Strike: "s1"})
		w.must(err)
		w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: OnLine, Min: 1, Target: 2, Max: 3}}))
		shifts, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-05T11:00"})
		w.must(err)
		_, err = w.OpenShifts(w.boss, id)
		w.must(err)
		var off time.Time
		change := func() {
			after := strike
			after.State = rapid.SampledFrom([]string{"suspended", "settled", "called_off", "ended"}).Draw(rt, "state")
			after.FactsVersion++
			before := strike
			w.must(db.Do(w.boss, w.d, func(tx *db.Tx) error {
				off, strike = tx.Now, after
				return w.StrikeChanged(w.boss, tx, before, after)
			}))
		}
		sending := rapid.IntRange(1, 12).Draw(rt, "the message during which it changes; most often none")
		w.Mail = mailer(func() {
			clock.Advance(time.Duration(rapid.IntRange(0, 90).Draw(rt, "seconds that the server takes")) * time.Second)
			if sending--; sending == 0 && off.IsZero() {
				change()
				during++
			}
			clock.Advance(time.Second)
		})
		for range rapid.IntRange(3, 25).Draw(rt, "steps") {
			who := rapid.IntRange(1, people).Draw(rt, "who")
			switch rapid.SampledFrom([]string{"sign up", "leave", "seek", "time", "time", "run", "run", "off"}).Draw(rt, "step") {
			case "sign up":
				_, _ = w.SignUp(w.as(who), shifts[0], OnLine) // refusals are other tests'
			case "leave":
				_ = w.Cancel(w.as(who), shifts[0])
			case "seek":
				_, _ = w.SeekOther(w.as(who), shifts[0])
			case "time":
				clock.Advance(time.Duration(rapid.IntRange(1, 20*60).Draw(rt, "minutes")) * time.Minute)
			case "run":
				w.run(q)
			case "off":
				if off.IsZero() && rapid.Bool().Draw(rt, "now") {
					change()
				}
			}
		}
		w.run(q)
		_, err = db.InRead(t.Context(), w.d, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Rows(t.Context(), `SELECT kind, outcome, at FROM line_message`, nil, func(r *sql.Rows) error {
				var kind, outcome string
				var at int64
				err := r.Scan(&kind, &outcome, &at)
				switch {
				case outcome != "sent":
					dropped++
				case off.IsZero() || at <= off.UnixMilli():
					kept++
				case kind != "off":
					rt.Errorf("%s was sent %v after the strike was off", kind, time.UnixMilli(at).Sub(off))
				}
				return err
			})
		})
		w.must(err)
	}
	for round := 0; round < 100 && (kept == 0 || during == 0); round++ {
		rapid.Check(t, func(rt *rapid.T) {
			for range round {
				rapid.Uint64().Draw(rt, "round") // from one seed, too, each round draws other mornings
			}
			check(rt)
		})
	}
	if kept == 0 || during == 0 {
		t.Errorf("%d sent, %d changes during one: the test cannot fail", kept, during)
	}
	t.Logf("%d sent in time, %d dropped, %d changes while one was sent", kept, dropped, during)
}

// mailer does something while it takes a message.
type mailer func()

func (m mailer) Send(context.Context, mail.Message) error {
	m()
	return nil
}
